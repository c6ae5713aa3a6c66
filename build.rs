//! Lists the data files that are part of the program, so that a new one needs no line of code. Comes in: the TOML files of the dialects
//! and the documented headers. Goes out: one Rust file for each list, each name with its text embedded. It reads no meaning: of a
//! dialect only the line `order = N`, its place in lists.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

fn main() -> Result<(), Box<dyn Error>> {
    version()?;
    let dialect = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("src/config/dialect");
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let mut dialects = Vec::new();
    for (name, path) in files(&dialect.join("builtin"), "toml")? {
        dialects.push((order(&path)?, name, path));
    }
    dialects.sort();
    let mut list = String::from("&[");
    for (_, name, path) in &dialects {
        write!(list, "({name:?}, include_str!({path:?})),")?;
    }
    fs::write(out.join("dialects.rs"), list + "]")?;

    // In the order of the dialects; headers of no dialect stand at the end.
    let mut headers = Vec::new();
    for (name, path) in files(&dialect.join("headers"), "csv")? {
        let place = place_of_dialect(&name, &dialects)?;
        headers.push((place.unwrap_or(dialects.len()), name, path));
    }
    headers.sort();
    let mut list = String::from("&[");
    for (place, name, path) in &headers {
        let dialect = dialects.get(*place).map(|(_, dialect, _)| dialect);
        write!(
            list,
            "DocumentedHeader {{ name: {name:?}, dialect: {dialect:?}, text: include_str!({path:?}) }},"
        )?;
    }
    fs::write(out.join("headers.rs"), list + "]")?;
    Ok(())
}

/// Hands over what `--version` says of the build: the commit, the target and the features. They are the same for the same sources.
fn version() -> Result<(), Box<dyn Error>> {
    let features: Vec<&str> = ["parquet", "internals"]
        .into_iter()
        .filter(|feature| env::var_os(format!("CARGO_FEATURE_{}", feature.to_uppercase())).is_some())
        .collect();
    let features = if features.is_empty() { "none".to_owned() } else { features.join(", ") };
    let mut out = io::stdout();
    writeln!(out, "cargo::rustc-env=ATTAIN_TARGET={}", env::var("TARGET")?)?;
    writeln!(out, "cargo::rustc-env=ATTAIN_FEATURES={features}")?;
    writeln!(out, "cargo::rerun-if-env-changed=ATTAIN_COMMIT")?;
    let given = env::var("ATTAIN_COMMIT").ok().filter(|commit| !commit.is_empty());
    let commit = given.or_else(commit).unwrap_or_else(|| "unknown: built without git".to_owned());
    writeln!(out, "cargo::rustc-env=ATTAIN_COMMIT={commit}")?;
    Ok(())
}

/// The commit of the sources. `None` if they are in no repository of their own, or there is no git.
fn commit() -> Option<String> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?).canonicalize().ok()?;
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(&root).args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    // Sources that were unpacked within another repository are not its commit.
    let top = PathBuf::from(git(&["rev-parse", "--show-toplevel"])?).canonicalize().ok()?;
    if top != root {
        return None;
    }
    // Either file changes when another commit is checked out or made.
    for name in ["HEAD", "logs/HEAD"] {
        let path = root.join(git(&["rev-parse", "--git-path", name])?);
        if path.is_file() {
            writeln!(io::stdout(), "cargo::rerun-if-changed={}", path.display()).ok()?;
        }
    }
    git(&["rev-parse", "HEAD"])
}

/// Name (without extension) and path of every file of a folder that has the extension.
fn files(folder: &Path, extension: &str) -> Result<Vec<(String, PathBuf)>, Box<dyn Error>> {
    writeln!(io::stdout(), "cargo::rerun-if-changed={}", folder.display())?;
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            let name = path.file_stem().and_then(|name| name.to_str()).ok_or("a name that is no UTF-8")?;
            found.push((name.to_owned(), path));
        }
    }
    Ok(found)
}

/// The number in the line `order = N` of a dialect.
fn order(path: &Path) -> Result<u32, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let number = text.lines().find_map(|line| line.strip_prefix("order = "));
    let number = number.ok_or_else(|| format!("{}: say `order = N`, its place in lists", path.display()))?;
    Ok(number.trim().parse()?)
}

/// The place of the dialect that a documented header belongs to: the longest name that the header's name is, or begins with before a
/// `-`. `None` if the header's name begins with `none-`.
///
/// Errors: no dialect has such a name.
fn place_of_dialect(
    header: &str,
    dialects: &[(u32, String, PathBuf)],
) -> Result<Option<usize>, Box<dyn Error>> {
    if header.starts_with("none-") {
        return Ok(None);
    }
    let belongs =
        |name: &str| header.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    let names = dialects.iter().enumerate().filter(|(_, (_, name, _))| belongs(name));
    let place = names.max_by_key(|(_, (_, name, _))| name.len()).map(|(place, _)| place);
    place.map(Some).ok_or_else(|| format!("headers/{header}.csv begins with the name of no dialect").into())
}
