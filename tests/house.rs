//! The walls that Rust does not have inside a crate: which room may know which, where each library lives, and how a file opens.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms whose types it may know: all of them stand before it, so that no arrow runs back. The
/// doors, `cli` for people and `internals` for benches and fuzzing, come last and know all.
const ROOMS: [(&str, &str); 11] = [
    ("base", ""),
    ("diagnostics", "base"),
    ("config", "base diagnostics"),
    ("formats", "base diagnostics config"),
    ("rows", "base diagnostics config formats"),
    ("roster", "base diagnostics config rows"),
    ("credits", "base diagnostics config formats rows roster"),
    ("judge", "base diagnostics config rows roster credits"),
    ("outputs", "base diagnostics config judge"),
    ("testdata", "base config"),
    ("job", "base diagnostics config formats rows roster credits judge outputs"),
];

/// Where each library lives.
const LIBRARIES: [(&str, &str); 29] = [
    ("blake3", "formats"),
    ("calamine", "formats/workbook"),
    ("chrono", "base/calendar roster credits testdata formats/parquet formats/workbook main"),
    ("clap", "cli"),
    ("crc32fast", "formats/parquet"),
    ("csv", "outputs testdata"),
    ("encoding_rs", "formats rows/text"),
    ("ethnum", "base/amount"),
    ("flate2", "formats/open formats/twin"),
    ("foldhash", "credits roster"),
    ("globset", "formats/find"),
    ("hashbrown", "credits roster"),
    ("indicatif", "job/progress"),
    ("itoa", "outputs/figures"),
    ("memchr", "formats"),
    ("polars_parquet", "formats/parquet outputs/credits"),
    ("polars_parquet_format", "formats/parquet"),
    ("rayon", "formats/read formats/twin roster credits judge outputs job testdata"),
    ("rust_decimal", "base/amount rows config/rules judge outputs"),
    ("serde", "base config outputs"),
    ("serde_json", "formats/manifest outputs"),
    ("sha2", "formats/digest outputs/hashed"),
    ("tempfile", "formats outputs"),
    ("terminal_size", "outputs/writers/terminal"),
    ("thiserror", "diagnostics/error testdata formats/workbook"),
    ("toml", "config"),
    ("walkdir", "formats/find"),
    ("zip", "formats/workbook"),
    ("zstd", "formats/open"),
];
/// What is unsafe stands in one file, which gives its reasons.
const UNSAFE: &str = "base/simd/lanes";
/// Binary floats stand where a spreadsheet's cell or a Parquet double becomes decimal text, and nowhere else.
const FLOATS: &str = "formats/floats formats/workbook/cells";

/// Files over 400 lines, and why they are not two.
const LONG: [(&str, &str); 5] = [
    ("cli", "the command line is one list of options, as people see it"),
    ("config/dialect/schema", "one file format, and what each of its keys becomes"),
    ("formats/recognise", "text and workbooks are recognised by the same steps"),
    ("outputs/summary", "one file format, field by field"),
    ("base/simd/lanes", "all that is unsafe stands in one file"),
];

/// A file of `src/`: its name below it, without `.rs` and `/mod`; all its text; and its code without comments and tests.
struct Source {
    name: String,
    text: String,
    code: String,
}

impl Source {
    fn is_in(&self, places: &str) -> bool {
        places.split(' ').any(|place| {
            self.name.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Words in the code that stand before `after` and not behind a path or a letter.
    fn has_word(&self, word: &str, after: &str) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        self.code.match_indices(&format!("{word}{after}")).any(|(at, found)| {
            let next = self.code[at + found.len()..].chars().next();
            !self.code[..at].ends_with(is_word) && (!after.is_empty() || !next.is_some_and(is_word))
        })
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found) = (vec![root.clone()], Vec::new());
    let mut tests: BTreeSet<PathBuf> = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                for module in text.split("#[cfg(test)]\nmod ").skip(1).filter_map(|rest| rest.split_once(';'))
                {
                    tests.insert(path.parent().unwrap().join(module.0));
                }
                found.push((path.with_extension(""), text));
            }
        }
    }
    let source = |(path, text): (PathBuf, String)| {
        let is_test = path.ancestors().any(|path| tests.contains(path));
        let code = if is_test { "" } else { text.split("#[cfg(test)]\nmod tests {").next().unwrap() };
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        let name = name.trim_end_matches("/mod").to_owned();
        Source { name, code: code.collect::<Vec<_>>().join("\n"), text }
    };
    found.into_iter().map(source).collect()
}

fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_room_knows_a_later_one() {
    let mut wrong = Vec::new();
    for (nth, (room, known)) in ROOMS.iter().enumerate() {
        let is_before = |other: &&str| ROOMS[..nth].iter().any(|(before, _)| before == other);
        wrong.extend(
            known.split_whitespace().filter(|k| !is_before(k)).map(|k| format!("{room} is before {k}")),
        );
    }
    for source in sources().iter().filter(|source| !source.is_in("main lib cli internals")) {
        let room = source.name.split('/').next().unwrap();
        let Some((_, known)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{room} is in no list of rooms"));
            continue;
        };
        for path in source.code.split("crate::").skip(1) {
            let other = path.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            if other != room && !known.split(' ').any(|k| k == other) {
                wrong.push(format!("{} knows {other}", source.name));
            }
        }
        let depth = source.name.split('/').count();
        if source.code.contains(&"super::".repeat(depth)) {
            wrong.push(format!("{} leaves its room by super", source.name));
        }
    }
    assert_none(wrong);
}

#[test]
fn every_library_and_all_floats_and_unsafe_code_stay_in_their_rooms() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let wanted = manifest.split("[dependencies]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let wanted =
        wanted.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    let wanted: BTreeSet<String> = wanted.map(|(name, _)| name.replace('-', "_")).collect();
    let listed: BTreeSet<String> = LIBRARIES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(wanted, listed, "each library of Cargo.toml has a home");
    let mut wrong = Vec::new();
    for source in sources() {
        let strays =
            LIBRARIES.iter().filter(|(name, homes)| source.has_word(name, "::") && !source.is_in(homes));
        wrong.extend(
            strays.map(|(name, homes)| format!("{} uses {name}, which lives in {homes}", source.name)),
        );
        if ["f64", "f32"].iter().any(|float| source.has_word(float, "")) && !source.is_in(FLOATS) {
            wrong.push(format!("{} has a binary float", source.name));
        }
        if source.has_word("unsafe", " ") && !source.is_in(UNSAFE) {
            wrong.push(format!("{} has unsafe code", source.name));
        }
    }
    assert_none(wrong);
}

#[test]
fn every_file_says_what_it_is_has_one_subject_and_is_finished() {
    let mut wrong = Vec::new();
    let sources = sources();
    for source in &sources {
        let lines = source.text.lines().count();
        let has_reason = LONG.iter().any(|(name, _)| *name == source.name);
        if !source.text.starts_with("//! ") {
            wrong.push(format!("{} does not open with //!", source.name));
        }
        if (lines > 400) != has_reason {
            wrong.push(format!(
                "{} has {lines} lines; over 400 want a reason in LONG, others none",
                source.name
            ));
        }
        let unfinished =
            ["todo!", "unimplemented!", "dbg!"].iter().filter(|word| source.text.contains(**word));
        wrong.extend(unfinished.map(|word| format!("{} has {word}", source.name)));
    }
    assert!(sources.len() > 50);
    assert_none(wrong);
}
