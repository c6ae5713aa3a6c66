//! A history has the lines of the reports of its days, byte for byte: on clean data, where one judging serves every day, and on nasty data,
//! where each day is judged alone. With `--changes` it has the lines whose tier changes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "support/nasty/mod.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod nasty;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use attain::testdata::{self, Order, Spread};

/// Runs the program; every exit code that comes with a table is a success.
fn attain(args: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_attain")).args(args).output().unwrap();
    let code = output.status.code().unwrap();
    assert!([0, 3, 4].contains(&code), "{code}: {args:?}\n{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The lines of a CSV without line breaks in its cells, by day, and its header.
fn by_day(csv: &[u8]) -> (String, BTreeMap<String, Vec<String>>) {
    let text = std::str::from_utf8(csv).unwrap();
    let header = text.lines().next().unwrap().to_owned();
    let as_of = header.split(',').position(|name| name == "as_of").unwrap();
    let mut reader = csv::Reader::from_reader(csv);
    let mut days: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut last = String::new();
    for record in reader.records().map(Result::unwrap) {
        assert!(record[as_of] >= *last, "days are in order");
        last = record[as_of].to_owned();
        let mut line =
            csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
        line.write_record(&record).unwrap();
        days.entry(last.clone()).or_default().push(String::from_utf8(line.into_inner().unwrap()).unwrap());
    }
    (header, days)
}

/// Asserts that a history has the lines of the reports of its days. Returns how many lines there are.
fn assert_is_that_of_reports(folder: &Path, args: &[&str]) -> usize {
    let folder = folder.to_str().unwrap();
    let common = ["--quiet", "--max-rejects", "100%", "--allow", "all", "--on-overlap", "sum"];
    let with = |first: &[&str]| attain(&[first, &common[..]].concat());
    let history = with(&[&["history", folder][..], args].concat());
    let (header, days) = by_day(&history);
    assert!(days.len() > 3, "{} days", days.len());
    let window: Vec<&str> = match args.iter().position(|arg| *arg == "--window") {
        Some(at) => args[at..at + 2].to_vec(),
        None => Vec::new(),
    };
    for (as_of, lines) in &days {
        let report = with(&[&["report", folder, "--as-of", as_of][..], &window].concat());
        let (of_report, of_day) = by_day(&report);
        assert_eq!(header, of_report);
        let expected = &of_day[as_of];
        for (line, expected) in lines.iter().zip(expected) {
            assert_eq!(line, expected, "as of {as_of} in {folder}");
        }
        assert_eq!(lines.len(), expected.len(), "lines as of {as_of}");
    }
    assert_changes(&header, &history, &with(&[&["history", folder, "--changes"][..], args].concat()));
    days.values().map(Vec::len).sum()
}

/// Asserts that `changes` has the lines of `history` whose tier differs from the tier in the line of the partner before.
fn assert_changes(header: &str, history: &[u8], changes: &[u8]) {
    let tier = header.split(',').position(|name| name == "tier").unwrap();
    let records = |csv: &[u8]| -> Vec<csv::StringRecord> {
        csv::Reader::from_reader(csv).records().map(Result::unwrap).collect()
    };
    let mut tiers: BTreeMap<String, String> = BTreeMap::new();
    let mut changes_tier = |record: &csv::StringRecord| {
        let before = tiers.insert(record[0].to_owned(), record[tier].to_owned()).unwrap_or_default();
        before != record[tier]
    };
    let expected: Vec<csv::StringRecord> =
        records(history).into_iter().filter(|record| changes_tier(record)).collect();
    let found = records(changes);
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
}

fn generated(seed: u64, dialect: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    testdata::generate(&testdata::Options {
        dir: folder.path().to_owned(),
        partners: 40,
        rows: 600,
        dialect: dialect.to_owned(),
        columns: Vec::new(),
        seed,
        order: Order::Random,
        spread: Spread::Skewed,
        threads: 1,
    })
    .unwrap();
    folder
}

#[test]
fn on_clean_data_a_history_has_the_lines_of_the_reports() {
    for (seed, dialect) in [
        (1, "cost-partner"),
        (2, "insights-azure-usage"),
        (3, "focus"),
        (4, "recon-daily-rated"),
        (5, "consumption"),
    ] {
        let folder = generated(seed, dialect);
        let lines = assert_is_that_of_reports(folder.path(), &["--all", "--as-of", "2018-07-15"]);
        assert!(lines > 100);
    }
}

#[test]
fn on_nasty_data_a_history_has_the_lines_of_the_reports() {
    for seed in 0..4 {
        let keep = tempfile::tempdir().unwrap();
        let as_of = "2018-01-31".parse().unwrap();
        nasty::write(keep.path(), &nasty::Wish { seed, as_of, monthly: true, rows_per_export: 12 });
        let from = if seed % 2 == 0 { "2017-05-01" } else { "2017-10-01" };
        assert_is_that_of_reports(keep.path(), &["--from", from, "--as-of", "2018-02-28"]);
    }
}

#[test]
fn days_of_trailing_windows_and_of_complete_months_are_those_of_the_reports() {
    for seed in 20..22 {
        let keep = tempfile::tempdir().unwrap();
        let as_of = "2018-01-31".parse().unwrap();
        nasty::write(keep.path(), &nasty::Wish { seed, as_of, monthly: false, rows_per_export: 12 });
        let days = ["--every", "day", "--from", "2017-12-13", "--to", "2017-12-17"];
        assert_is_that_of_reports(keep.path(), &[&days[..], &["--window", "trailing-days"]].concat());
        assert_is_that_of_reports(keep.path(), &days);
    }
}

#[test]
fn a_history_from_a_credits_table_is_the_history_from_its_exports() {
    let folder = generated(11, "cost-partner");
    let out = tempfile::tempdir().unwrap();
    let credits = out.path().join("credits.csv");
    let input = folder.path().to_str().unwrap();
    let common = ["--as-of", "2017-07-31", "--quiet", "--allow", "all"];
    attain(&[&["report", input, "--credits", credits.to_str().unwrap()][..], &common].concat());
    let files = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let others: Vec<String> = files
        .map(|path| path.to_str().unwrap().to_owned())
        .filter(|path| !path.contains("consumption-"))
        .chain([credits.to_str().unwrap().to_owned()])
        .collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let from_exports = attain(&[&["history", input, "--all"][..], &common].concat());
    let from_table = attain(&[&["history", "--all"][..], &others, &common].concat());
    assert!(from_exports == from_table);
    assert!(by_day(&from_exports).1.len() > 10);
}

#[test]
fn a_series_of_tables_is_one_array_of_json() {
    let folder = generated(9, "cost-partner");
    let folder = folder.path().to_str().unwrap();
    let args = ["history", folder, "--all", "--as-of", "2017-06-30", "--quiet", "--allow", "all"];
    let csv = attain(&args);
    let json: Vec<serde_json::Value> =
        serde_json::from_slice(&attain(&[&args[..], &["--format", "json"]].concat())).unwrap();
    let (_, days) = by_day(&csv);
    assert_eq!(json.len(), days.values().map(Vec::len).sum::<usize>());
    let of_json: BTreeSet<&str> = json.iter().map(|line| line["as_of"].as_str().unwrap()).collect();
    assert_eq!(of_json, days.keys().map(String::as_str).collect());
}

#[test]
fn without_a_full_window_there_is_a_header_alone_and_outputs_stand_beside_the_history() {
    let folder = generated(10, "cost-partner");
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("history.csv");
    let args =
        ["history", folder.path().to_str().unwrap(), "--as-of", "2016-01-31", "--quiet", "--allow", "all"];
    attain(&[&args[..], &["-o", file.to_str().unwrap()]].concat());
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 1);
    for beside in ["history.rejects.csv", "history.run.json"] {
        assert!(out.path().join(beside).is_file());
    }
}
