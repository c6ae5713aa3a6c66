//! Folders that a user could have sent us: what is in them is run as it stands, and what comes out is compared byte for byte.
//!
//! A case is a folder with `args`, the command line after `attain` in one line, split at blanks; perhaps `stdin`; and its
//! inputs. It is run in a copy of the folder, so that every path is relative to it. What must come out stands beside them:
//! `exit` (the exit code), `stdout`, `stderr`, and the outputs `report.*` and `rejects.csv`. A file that is missing there
//! must not come out, or must be empty. The line that tells the time is cut after its first word. `about` says what the case
//! shows, and how its figures were worked out.
//!
//! `ATTAIN_BLESS=1 cargo test` writes what came out to the folders; `git diff` then shows what changed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const OUTPUTS: [&str; 7] =
    ["exit", "stdout", "stderr", "report.csv", "report.tsv", "report.json", "rejects.csv"];

/// What came out, or must come out, by the name of its file.
pub(crate) type Outcome = BTreeMap<&'static str, Vec<u8>>;

/// A case.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
}

impl Case {
    /// All cases in a folder of `tests/cases`, by name; in a build without Parquet, those whose name says nothing of it.
    pub(crate) fn all(of: &str) -> Vec<Case> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(of);
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut cases: Vec<Case> = entries
            .filter(|path| path.is_dir())
            .map(|folder| Case { name: folder.file_name().unwrap().to_str().unwrap().to_owned(), folder })
            .collect();
        cases.retain(|case| cfg!(feature = "parquet") || !case.name.contains("parquet"));
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        cases
    }

    fn read(&self, file: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.join(file)).ok()
    }

    /// What must come out.
    pub(crate) fn expected(&self) -> Outcome {
        OUTPUTS.into_iter().filter_map(|name| Some((name, self.read(name)?))).collect()
    }

    /// Runs the case in a copy of its folder, with what `prepare` puts there.
    pub(crate) fn run(&self, prepare: impl FnOnce(&Path)) -> Outcome {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(&self.folder, copy.path());
        OUTPUTS.iter().for_each(|name| drop(fs::remove_file(copy.path().join(name))));
        prepare(copy.path());
        let args = String::from_utf8(self.read("args").expect("a case has args")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_attain"))
            .args(args.split_whitespace())
            .current_dir(copy.path())
            .env_remove("CLICOLOR_FORCE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A run that fails early reads nothing.
        drop(stdin.write_all(&self.read("stdin").unwrap_or_default()));
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let mut outcome = Outcome::new();
        let exit = output.status.code().map_or("killed".to_owned(), |code| code.to_string());
        outcome.insert("exit", (exit + "\n").into_bytes());
        outcome.insert("stdout", output.stdout);
        outcome.insert("stderr", without_time(&output.stderr));
        for name in &OUTPUTS[3..] {
            if let Ok(bytes) = fs::read(copy.path().join(name)) {
                outcome.insert(name, bytes);
            }
        }
        outcome.retain(|_, bytes| !bytes.is_empty());
        outcome
    }

    /// What differs from what must come out, for people; nothing if blessed.
    pub(crate) fn compare(&self, outcome: &Outcome) -> Vec<String> {
        if is_blessing() {
            OUTPUTS.iter().for_each(|name| drop(fs::remove_file(self.folder.join(name))));
            outcome.iter().for_each(|(name, bytes)| fs::write(self.folder.join(name), bytes).unwrap());
            return Vec::new();
        }
        let expected = self.expected();
        let differing = OUTPUTS.iter().filter(|name| expected.get(*name) != outcome.get(*name));
        let shown = |bytes: Option<&Vec<u8>>| {
            bytes.map_or("nothing".into(), |b| String::from_utf8_lossy(b).into_owned())
        };
        differing
            .map(|name| {
                let (wanted, found) = (shown(expected.get(name)), shown(outcome.get(name)));
                format!("== {}/{name}: expected\n{wanted}\n-- found\n{found}", self.name)
            })
            .collect()
    }
}

/// Whether what comes out is written down as what must come out.
pub(crate) fn is_blessing() -> bool {
    std::env::var_os("ATTAIN_BLESS").is_some()
}

/// Runs all cases of a folder and fails with everything that differs.
pub(crate) fn run_all(cases: &[Case]) {
    let wrong: Vec<String> = cases.iter().flat_map(|case| case.compare(&case.run(|_| {}))).collect();
    assert!(wrong.is_empty(), "{}\nATTAIN_BLESS=1 writes what was found", wrong.join("\n"));
}

fn without_time(stderr: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(stderr);
    text.split_inclusive('\n')
        .map(|line| if line.starts_with("took ") { "took\n" } else { line })
        .collect::<String>()
        .into_bytes()
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
