//! The house rules that Rust does not check inside a crate: which room may use which, the home of each library, how a file opens, names,
//! the words of comments, and citations. Comes in: the files of the repository. Goes out: every breach with its place.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms whose types it may know: all of them stand before it, so that no arrow runs back. The
/// doors, `cli` for people and `internals` for benches and fuzzing, come last and know all.
const ROOMS: [(&str, &str); 12] = [
    ("base", ""),
    ("diagnostics", "base"),
    ("config", "base diagnostics"),
    ("formats", "base diagnostics config"),
    ("sources", "base config"),
    ("rows", "base diagnostics config formats"),
    ("roster", "base diagnostics rows"),
    ("credits", "base diagnostics config formats rows"),
    ("judge", "base diagnostics config sources formats rows roster credits"),
    ("outputs", "base diagnostics config judge"),
    ("testdata", "base config"),
    ("job", "base diagnostics config formats sources rows roster credits judge outputs"),
];

/// Where each library lives.
const LIBRARIES: [(&str, &str); 35] = [
    ("base64", "outputs/page"),
    ("blake3", "formats"),
    ("brotli_decompressor", "formats/parquet"),
    ("calamine", "formats/workbook"),
    (
        "chrono",
        "base/calendar diagnostics/spill credits judge sources testdata formats/parquet formats/workbook outputs/writers/parquet main",
    ),
    ("clap", "cli"),
    ("clap_complete", "cli/completions"),
    ("clap_mangen", "cli/completions"),
    ("crc32fast", "formats/parquet"),
    ("csv", "outputs testdata"),
    ("encoding_rs", "formats rows/text"),
    ("ethnum", "base/amount"),
    ("flate2", "formats/decode formats/reference_reader outputs/page"),
    ("foldhash", "credits judge"),
    ("globset", "formats/discover"),
    ("hashbrown", "credits judge"),
    ("indicatif", "job/progress"),
    ("itoa", "outputs/figures"),
    ("lz4_flex", "formats/parquet"),
    ("memchr", "formats"),
    ("polars_parquet", "formats/parquet outputs/writers/parquet"),
    ("polars_parquet_format", "formats/parquet"),
    (
        "rayon",
        "formats/scheduler formats/digest formats/recognise formats/reference_reader credits judge outputs job testdata",
    ),
    ("rust_decimal", "base/amount rows config judge outputs"),
    ("rust_xlsxwriter", "outputs/workbook"),
    ("serde", "base config diagnostics/log credits/control outputs formats/json_lines"),
    (
        "serde_json",
        "diagnostics/log formats/json_lines sources/manifest sources/delta credits/control outputs",
    ),
    ("sha2", "formats/digest outputs/hashed"),
    ("tempfile", "diagnostics/spill formats outputs"),
    ("terminal_size", "outputs/writers/terminal"),
    ("thiserror", "diagnostics/error testdata formats/workbook"),
    ("toml", "config/located_toml config/dialect/schema config/project config/rules/raw"),
    ("walkdir", "formats/discover"),
    ("zip", "formats/workbook formats/archive"),
    ("zstd", "formats/decode outputs/writers/parquet"),
];
/// What is unsafe stands in one file, which gives its reasons.
const UNSAFE: &str = "base/simd/backends";
/// Binary floats stand where a spreadsheet's cell or a Parquet double becomes decimal text or the other way, and nowhere else.
const FLOATS: &str = "formats/floats formats/workbook/cell_text outputs/workbook/cells";

/// Files over 400 lines, and why they are not two.
const LONG: [(&str, &str); 2] = [
    ("formats/parquet/column_decoder", "each encoding is decoded into one state, and read from it"),
    ("base/simd/backends", "all that is unsafe stands in one file"),
];

/// Rooms and files of `src/` whose names and comments follow the two lists below, and whose types have names of their own.
const ROOMS_IN_VOICE: &str =
    "base config diagnostics formats rows roster judge credits sources outputs job cli internals testdata";

/// Words and phrases that make a riddle of a comment: name the thing or the technique instead.
const RIDDLES: [&str; 20] = [
    "whoever",
    "nobody",
    "somebody",
    "anybody",
    "of which",
    "that of",
    "those of",
    "look over",
    "looked over",
    "looks over",
    "the long way",
    "the quick way",
    "twin",
    "became of",
    "says of",
    "say of",
    "speaks for",
    "speak for",
    "must say",
    "since ever",
];

/// Beginnings of a doc comment that do not name its thing.
const VAGUE_BEGINNINGS: [&str; 5] = ["Its ", "The same", "That of ", "Those of ", "Likewise"];

/// Standard terms that hold one of the words below.
const STANDARD_TERMS: [&str; 2] = ["read_ahead", "ReadAhead"];

/// Files that stand in for a room in a build without its feature, and repeat the names of its types.
const STAND_INS: &str = "formats/no_parquet";

/// Everyday words that are no part of a name of a type, a module or a function.
const EVERYDAY: [&str; 20] = [
    "usual", "unusual", "twin", "kept", "ahead", "made", "memo", "look", "looks", "who", "whom", "whose",
    "known", "listed", "found", "seen", "said", "nobody", "somebody", "anybody",
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
                    let is_door =
                        ["mod", "lib", "main"].iter().any(|door| path.file_stem().unwrap() == *door);
                    let folder =
                        if is_door { path.parent().unwrap().to_owned() } else { path.with_extension("") };
                    tests.insert(folder.join(module.0));
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
fn the_preflight_of_workbooks_and_calamine_unzip_with_one_version_of_zip() {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    assert_eq!(lock.matches("\nname = \"zip\"\n").count(), 1, "two versions may read two different archives");
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

#[test]
fn every_file_is_a_module_of_another() {
    let sources = sources();
    let is_module = |source: &Source| {
        let (parent, stem) = source.name.rsplit_once('/').unwrap_or(("lib", &source.name));
        let names = [format!("mod {stem};"), format!("path = \"{stem}.rs\"")];
        let mut parents = sources.iter().filter(|other| other.name == parent);
        parents.any(|other| names.iter().any(|name| other.text.contains(name)))
    };
    let is_root = |source: &&Source| ["lib", "main"].contains(&source.name.as_str());
    let orphans = sources.iter().filter(|source| !is_root(source) && !is_module(source));
    assert_none(orphans.map(|source| format!("{} is compiled nowhere", source.name)).collect());
}

/// The comments of a text, each run of comment lines in one line, with the number of its first line. Doc comments keep `///` and `//!`
/// in front.
fn comments(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut is_open = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start();
        match line.starts_with("//") {
            true if is_open => {
                let (_, comment) = found.last_mut().unwrap();
                comment.push(' ');
                comment.push_str(line.trim_start_matches(['/', '!', ' ']));
            }
            true => found.push((number + 1, line.to_owned())),
            false => {}
        }
        is_open = line.starts_with("//");
    }
    found
}

/// Whether a text has a phrase at the bounds of words, in any case.
fn has_phrase(text: &str, phrase: &str) -> bool {
    let text = text.to_lowercase();
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(phrase).any(|(at, found)| {
        !text[..at].ends_with(is_letter) && !text[at + found.len()..].starts_with(is_letter)
    })
}

#[test]
fn comments_name_their_thing_in_plain_words() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.is_in(ROOMS_IN_VOICE)) {
        for (line, comment) in comments(&source.text) {
            let riddles = RIDDLES.iter().filter(|phrase| has_phrase(&comment, phrase));
            wrong.extend(riddles.map(|phrase| format!("{}:{line}: \"{phrase}\"", source.name)));
            let doc = comment.strip_prefix("/// ").unwrap_or_default();
            let vague = VAGUE_BEGINNINGS.iter().filter(|beginning| doc.starts_with(**beginning));
            wrong.extend(
                vague.map(|beginning| format!("{}:{line}: begins with \"{beginning}\"", source.name)),
            );
            if comment.contains("`None`:") {
                wrong.push(format!("{}:{line}: say \"`None` if ...\"", source.name));
            }
        }
    }
    assert_none(wrong);
}

/// Names that the code of a file gives behind one of `keywords`.
fn names<'s>(source: &'s Source, keywords: &[&str]) -> Vec<&'s str> {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let behind = |keyword: &str| -> Vec<&'s str> {
        let lines = source.code.lines().map(str::trim_start);
        let given = lines.filter_map(|line| {
            let line = line.strip_prefix("pub").map_or(line, |rest| match rest.strip_prefix('(') {
                Some(rest) => rest.split_once(") ").map_or(rest, |(_, rest)| rest),
                None => rest.trim_start(),
            });
            let line = line.strip_prefix("const fn ").map_or(line, |_| &line["const ".len()..]);
            line.strip_prefix(keyword)?.split(|c| !is_letter(c)).next().filter(|name| !name.is_empty())
        });
        given.collect()
    };
    keywords.iter().flat_map(|keyword| behind(keyword)).collect()
}

/// The words of a name, `TypeName` or `function_name`, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c.is_uppercase() {
            words.push(String::new());
        }
        if c != '_' {
            words.last_mut().unwrap().extend(c.to_lowercase());
        }
    }
    words
}

#[test]
fn names_are_no_everyday_words() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.is_in(ROOMS_IN_VOICE)) {
        let module = source.name.rsplit('/').next().unwrap();
        let given = names(source, &["struct ", "enum ", "trait ", "type ", "mod ", "fn "]);
        for name in given.into_iter().chain([module]).filter(|name| !STANDARD_TERMS.contains(name)) {
            let everyday = words(name).into_iter().find(|word| EVERYDAY.contains(&word.as_str()));
            wrong
                .extend(everyday.map(|word| format!("{}: {name} has the everyday word {word}", source.name)));
        }
    }
    assert_none(wrong);
}

#[test]
fn no_type_name_stands_twice_in_the_crate() {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let in_voice = |source: &&Source| source.is_in(ROOMS_IN_VOICE) && !source.is_in(STAND_INS);
    for source in sources().iter().filter(in_voice) {
        let at_margin =
            source.code.lines().filter(|line| !line.starts_with(' ')).collect::<Vec<_>>().join("\n");
        let file = Source { name: source.name.clone(), text: String::new(), code: at_margin };
        for name in names(&file, &["struct ", "enum ", "trait ", "type ", "union "]) {
            homes.entry(name.to_owned()).or_default().push(source.name.clone());
        }
    }
    assert!(homes.len() > 20);
    let twice = homes.into_iter().filter(|(_, homes)| homes.len() > 1);
    assert_none(twice.map(|(name, homes)| format!("{name} stands in {}", homes.join(", "))).collect());
}

/// The text files that may cite a page: sources, tests and pages, without the data of cases. Each with its path below the root.
fn citing_files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> = ["src", "tests", "docs", "benches", "fuzz/fuzz_targets", "sample-data"]
        .map(|name| root.join(name))
        .into();
    open.extend(
        ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "build.rs", "Cargo.toml", ".ci/run"]
            .map(|name| root.join(name)),
    );
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            if !["golden", "errors", "input"].iter().any(|name| path.ends_with(name)) {
                open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            }
            continue;
        }
        if let Ok(text) = fs::read_to_string(&path) {
            found.push((path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"), text));
        }
    }
    found
}

#[test]
fn every_citation_can_be_followed_inside_the_repository() {
    let files = citing_files();
    let (_, spec) = files.iter().find(|(path, _)| path == "docs/SPEC.md").unwrap();
    let headings: BTreeSet<&str> = spec
        .lines()
        .filter_map(|line| line.strip_prefix("## ").or_else(|| line.strip_prefix("### ")))
        .filter_map(|heading| heading.split([' ']).next())
        .map(|number| number.trim_end_matches('.'))
        .collect();
    // Pages that were never part of the repository; put together so that this file does not cite them.
    let absent = [concat!("DES", "IGN"), concat!("DOM", "AIN")];
    let mut wrong = Vec::new();
    for (path, text) in &files {
        for (number, line) in text.lines().enumerate() {
            let pages =
                absent.iter().filter(|page| has_phrase(line, &page.to_lowercase()) && line.contains(**page));
            wrong.extend(pages.map(|page| format!("{path}:{}: cites {page}", number + 1)));
            for cited in line.split("SPEC ").skip(1) {
                let number_of = cited
                    .split(|c: char| !c.is_ascii_digit() && c != '.')
                    .next()
                    .unwrap()
                    .trim_end_matches('.');
                if number_of.starts_with(|c: char| c.is_ascii_digit()) && !headings.contains(number_of) {
                    wrong.push(format!("{path}:{}: there is no SPEC {number_of}", number + 1));
                }
            }
        }
    }
    assert!(headings.len() > 20 && files.len() > 200, "{} headings, {} files", headings.len(), files.len());
    assert_none(wrong);
}

#[test]
fn every_path_that_a_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    let mut paths = 0;
    for page in ["ARCHITECTURE.md", "docs/TESTING.md", "docs/DECISIONS.md"] {
        let text = fs::read_to_string(root.join(page)).unwrap();
        let quoted = text.split('`').skip(1).step_by(2);
        let is_path = |name: &&str| {
            let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '/' | '.'));
            let folders = ["src/", "tests/", "docs/", "benches/"];
            is_plain
                && name.contains('/')
                && (name.ends_with(".rs") || folders.iter().any(|f| name.starts_with(f)))
        };
        for name in quoted.filter(is_path) {
            paths += 1;
            if ![root.to_owned(), root.join("src")].iter().any(|folder| folder.join(name).exists()) {
                wrong.push(format!("{page}: there is no {name}"));
            }
        }
    }
    assert!(paths > 20, "{paths}");
    assert_none(wrong);
}
