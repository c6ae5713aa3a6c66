//! Golden cases: folders that a user could have sent us, with the report that must come out. A changed golden is a changed
//! figure. Every figure was worked out apart from the program; `about` in each folder says how.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "support/case/mod.rs"]
mod case;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use attain::config::dialect::builtin;
use case::{Case, copy_folder, run_all};
use serde_json::Value;

#[test]
fn every_golden_case_gives_its_report_to_the_byte() {
    run_all(&Case::all("golden"));
}

#[test]
fn every_dialect_has_a_golden_case_that_says_what_it_shows() {
    let cases = Case::all("golden");
    for dialect in builtin() {
        let name = format!("dialect-{}", dialect.name);
        assert!(cases.iter().any(|case| case.name == name), "no tests/cases/golden/{name}");
    }
    for case in &cases {
        assert!(case.folder.join("about").is_file(), "{} has no `about`", case.name);
    }
}

#[test]
fn every_golden_case_is_judged_alike_from_its_credits_table() {
    let formats: &[&str] =
        if cfg!(feature = "parquet") { &["csv", "tsv", "parquet"] } else { &["csv", "tsv"] };
    for case in Case::all("golden") {
        // `tests/history.rs` judges a history again.
        if fs::read_to_string(case.folder.join("args")).unwrap().starts_with("report ") {
            formats.iter().for_each(|format| judge_again(&case, format));
        }
    }
}

/// Judges a case from its exports, then from the table of their credits, by month and by day. Exports in a workbook with other sheets
/// stay, and count once.
fn judge_again(case: &Case, format: &str) {
    let args = fs::read_to_string(case.folder.join("args")).unwrap();
    let args: Vec<&str> = args.split_whitespace().collect();
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&case.folder, copy.path());
    fs::remove_file(copy.path().join("report.csv")).unwrap();
    let stdin = fs::read(case.folder.join("stdin")).unwrap_or_default();
    let table = format!("credits.{format}");
    // The table of this case has months only.
    let forms: &[bool] = if case.name == "dialect-credits" { &[false] } else { &[false, true] };
    for &by_day in forms {
        // A credits table holds what was read: assumed records join it when it is judged.
        let mut with_credits = args.clone();
        let mut assumed = Vec::new();
        while let Some(at) = with_credits.iter().position(|arg| *arg == "--assume") {
            assumed.extend(with_credits.drain(at..at + 2).nth(1));
        }
        assumed.iter().for_each(|file| drop(fs::remove_file(copy.path().join(file))));
        with_credits.extend(["--summary", "run.json", "--credits", &table]);
        with_credits.extend(by_day.then_some("--credits-by-day"));
        let exports = attain(copy.path(), &with_credits, &stdin);
        let report = fs::read(copy.path().join("report.csv")).unwrap_or_default();
        assert!(!report.is_empty(), "{}: {}", case.name, String::from_utf8_lossy(&exports.stderr));
        let expected = fs::read(case.folder.join("report.csv")).unwrap();
        let is_whole = assumed.is_empty();
        assert!(!is_whole || report == expected, "{}: the report with --credits", case.name);

        let other = tempfile::tempdir().unwrap();
        copy_folder(&case.folder, other.path());
        fs::remove_file(other.path().join("report.csv")).unwrap();
        let summary: Value =
            serde_json::from_slice(&fs::read(copy.path().join("run.json")).unwrap()).unwrap();
        let files = |is_wanted: &dyn Fn(&str) -> bool| -> BTreeSet<String> {
            let inputs = summary["inputs"].as_array().unwrap().iter();
            let wanted = inputs.filter(|input| is_wanted(input["role"].as_str().unwrap()));
            wanted.map(|input| input["file"].as_str().unwrap().to_owned()).collect()
        };
        let mut exports_of_case = files(&|role| role == "consumption" || role == "credits");
        let unread = summary["snapshots"].as_array().unwrap().iter().filter(|one| one["is_read"] == false);
        exports_of_case.extend(unread.map(|one| one["file"].as_str().unwrap().to_owned()));
        // The control of the table tells of files that were left out.
        let left_out = summary["left_out"].as_array().into_iter().flatten().filter(|one| {
            let roles = one["roles"].as_array().unwrap();
            roles.is_empty() || roles.iter().any(|role| role == "consumption")
        });
        exports_of_case.extend(left_out.map(|one| one["file"].as_str().unwrap().to_owned()));
        let is_mixed =
            !exports_of_case.is_disjoint(&files(&|role| !["consumption", "credits"].contains(&role)));
        for file in exports_of_case.iter().filter(|file| !is_mixed && *file != "-") {
            fs::remove_file(other.path().join(file)).unwrap();
        }
        remove_manifests(other.path());
        for name in [table.clone(), format!("{table}.control.json")] {
            let from = copy.path().join(&name);
            if from.exists() {
                let to =
                    if is_mixed { other.path().join(&name) } else { other.path().join("input").join(&name) };
                fs::copy(from, to).unwrap();
            }
        }
        let is_given =
            |arg: &&str| *arg != "-" && !arg.contains("usage-*") && !arg.starts_with("--usage-only");
        let mut args: Vec<&str> = args.iter().copied().filter(is_given).collect();
        // The table states every currency, and a currency for a file that is not there is an error.
        while let Some(at) = args.iter().position(|arg| *arg == "--currency") {
            args.drain(at..at + 2);
        }
        let name = if is_mixed { table.clone() } else { format!("input/{table}") };
        if is_mixed || !args.contains(&"input") {
            args.insert(1, &name);
        }
        let stored = attain(other.path(), &args, &[]);
        let told = String::from_utf8_lossy(&stored.stderr);
        assert_eq!(stored.status.code(), exports.status.code(), "{} ({format}): {told}", case.name);
        let again = fs::read_to_string(other.path().join("report.csv")).unwrap_or_default();
        assert_eq!(again, String::from_utf8(expected).unwrap(), "{} ({format}): {told}", case.name);
    }
}

/// Removes the manifests of exports that are no longer there.
fn remove_manifests(folder: &Path) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            remove_manifests(&path);
        } else if path.file_name().unwrap() == "manifest.json" {
            fs::remove_file(path).unwrap();
        }
    }
}

/// Every file below a folder, but those in hidden folders; a hidden folder stands for what is in it.
fn files_of(folder: &Path, shown: &str) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let below = format!("{shown}/{name}");
        if entry.path().is_dir() && !name.starts_with('.') {
            files.extend(files_of(&entry.path(), &below));
        } else {
            files.insert(below);
        }
    }
    files
}

fn names_in(summary: &Value, list: &str) -> BTreeSet<String> {
    let entries = summary[list].as_array().into_iter().flatten();
    entries.map(|entry| entry["file"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_file_of_a_walked_folder_is_an_input_or_is_passed_over() {
    let mut walked = 0;
    for case in Case::all("golden") {
        let args = fs::read_to_string(case.folder.join("args")).unwrap();
        let mut args: Vec<&str> = args.split_whitespace().collect();
        if !args.contains(&"input") || args.contains(&"-") {
            continue;
        }
        args.extend(["--summary", "run.json"]);
        let copy = tempfile::tempdir().unwrap();
        copy_folder(&case.folder, copy.path());
        fs::remove_file(copy.path().join("report.csv")).unwrap();
        attain(copy.path(), &args, &[]);
        let summary: Value =
            serde_json::from_slice(&fs::read(copy.path().join("run.json")).unwrap()).unwrap();
        let [inputs, skipped, left_out] =
            ["inputs", "skipped", "left_out"].map(|list| names_in(&summary, list));
        // Assumed files may lie elsewhere.
        let is_walked = |file: &&String| file.starts_with("input/");
        let listed = inputs.union(&skipped).chain(&left_out).filter(is_walked);
        let listed: BTreeSet<String> = listed.cloned().collect();
        assert_eq!(listed, files_of(&copy.path().join("input"), "input"), "{}", case.name);
        walked += 1;
    }
    assert!(walked > 50, "{walked}");
}

#[test]
fn files_that_are_passed_over_have_a_class() {
    let cases = Case::all("golden");
    let case = cases.iter().find(|case| case.name == "walk").unwrap();
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&case.folder, copy.path());
    let more: [(&str, &[u8]); 8] = [
        ("zz/lines.jsonl", b"{\"a\": 1}\n{\"a\": 2}\n"),
        ("zz/lost.txt", b"2017-06-30\ts1\t1.5\n2017-06-30\ts2\t2.5\n"),
        ("zz/old.7z", b"7z\xbc\xaf\x27\x1c\0\x04"),
        ("zz/old.failed.json", b"{}"),
        ("zz/old.zip", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        ("zz/run.json", b"{\n  \"schema\": 1,\n  \"program\": {\n    \"name\": \"attain\""),
        ("zz/tool.py", b"import a\nx = [1, 2, 3]\n"),
        ("zz/usage.parquet", b"QAR1\x15\x04\0\0"),
    ];
    fs::create_dir(copy.path().join("input/zz")).unwrap();
    more.iter().for_each(|(name, bytes)| fs::write(copy.path().join("input").join(name), bytes).unwrap());
    attain(copy.path(), &["report", "input", "--as-of", "2017-07-07", "--summary", "run.json"], &[]);
    let summary: Value = serde_json::from_slice(&fs::read(copy.path().join("run.json")).unwrap()).unwrap();
    let class = |skipped: &Value| {
        let text = |key: &str| skipped[key].as_str().unwrap().to_owned();
        (text("file"), text("class"), skipped["looks_like_data"].as_bool().unwrap())
    };
    let classes: Vec<_> = summary["skipped"].as_array().unwrap().iter().map(class).collect();
    let expected = [
        (".hidden.csv", "hidden", false),
        ("_manifest.json", "companion", false),
        ("empty.csv", "empty", false),
        ("logo.png", "no-data", false),
        ("notes.txt", "no-data", false),
        ("old.csv", "output", false),
        ("old.rejects.csv", "output", false),
        ("prices.csv", "foreign", true),
        ("zz/lines.jsonl", "unrecognised", true),
        ("zz/lost.txt", "unrecognised", true),
        ("zz/old.7z", "unrecognised", true),
        ("zz/old.failed.json", "output", false),
        ("zz/old.zip", "empty", false),
        ("zz/run.json", "output", false),
        ("zz/tool.py", "no-data", false),
        ("zz/usage.parquet", "unrecognised", true),
    ];
    let expected =
        expected.map(|(file, class, is_data)| (format!("input/{file}"), class.to_owned(), is_data));
    assert_eq!(classes, expected);
    let warnings = summary["warnings"].as_array().unwrap().iter();
    let unrecognised = warnings.filter(|warning| warning["code"] == "unrecognised-file");
    assert_eq!(unrecognised.map(|warning| warning["count"].as_u64().unwrap()).sum::<u64>(), 4);
}

fn attain(folder: &Path, args: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_attain"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // A run that fails early reads nothing.
    drop(input.write_all(stdin));
    drop(input);
    child.wait_with_output().unwrap()
}
