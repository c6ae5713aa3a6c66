//! The program and the slow, plain second implementation agree on folders of exports that overlap: on the input errors that end
//! the run, else on every partner's consumption and on the rows that count.
//!
//! When they do not agree, the specification decides which of them is wrong; the folder is kept, and the message says where.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "support/nasty/dice.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod dice;
#[path = "support/folders/mod.rs"]
mod folders;
#[path = "support/reference/overlaps/mod.rs"]
mod overlaps;
#[path = "support/reference/mod.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod reference;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use folders::Folder;
use overlaps::{Choices, Counted, OnOverlap};
use reference::Options;
use reference::figures::floor_to_cents;

const FOLDERS: u64 = 1_000;
const AS_OF: &str = "2017-07-07";
const ERRORS: [&str; 3] = [overlaps::INCOMPLETE_RUN, overlaps::OVERLAP_UNCLEAR, overlaps::DATASETS_OVERLAP];

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// The specification does not say which rows count.
    Undecided,
    Errors(BTreeSet<String>),
    Report(Figures),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Figures {
    /// USD to the cent, of every partner that has some.
    consumption: BTreeMap<String, String>,
    /// Rows. `None` where copies of rows that are not accepted are credited or not.
    credited: Option<String>,
    /// Rows. `None` where rows are left out for either reason.
    not_preferred: Option<String>,
}

fn expected(root: &Path, folder: &Folder) -> Outcome {
    let options = Options {
        data_until: None,
        as_of: AS_OF.parse().unwrap(),
        trailing_days: false,
        partner_id: None,
        window_months: None,
    };
    let on_overlap = match folder.on_overlap {
        "newest" => OnOverlap::Newest,
        "sum" => OnOverlap::Sum,
        "error" => OnOverlap::Error,
        _ => OnOverlap::Auto,
    };
    match overlaps::judge(root, &options, &Choices { on_overlap, prefer: folder.prefer.clone() }) {
        Err(codes) => Outcome::Errors(codes.into_iter().map(str::to_owned).collect()),
        Ok(Counted { is_decided: false, .. }) => Outcome::Undecided,
        Ok(Counted { consumption, credited, not_preferred, superseded, not_accepted, .. }) => {
            Outcome::Report(Figures {
                consumption: consumption
                    .into_iter()
                    .map(|(head, usd)| (head.0, floor_to_cents(usd)))
                    .filter(|(_, usd)| usd != "0.00")
                    .collect(),
                credited: (not_accepted == 0).then(|| credited.to_string()),
                not_preferred: (not_accepted == 0 && superseded == 0).then(|| not_preferred.to_string()),
            })
        }
    }
}

fn arguments(folder: &Folder) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "report",
        "input",
        "--as-of",
        AS_OF,
        "-o",
        "report.csv",
        "--allow",
        "all",
        "--max-rejects",
        "100%",
        "--quiet",
    ]
    .map(str::to_owned)
    .into();
    if folder.on_overlap != "auto" {
        arguments.extend(["--on-overlap".to_owned(), folder.on_overlap.to_owned()]);
    }
    if !folder.prefer.is_empty() {
        arguments.extend(["--prefer".to_owned(), folder.prefer.join(",")]);
    }
    arguments
}

fn written(keep: &Path, folder: &Folder) -> Result<Outcome, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attain"));
    let output = command.current_dir(keep).args(arguments(folder)).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(0) => (),
        Some(1) => {
            let codes = ERRORS.iter().filter(|code| told.contains(&format!("{code}: ")));
            let codes: BTreeSet<String> = codes.map(|code| (*code).to_owned()).collect();
            return if codes.is_empty() { Err(told) } else { Ok(Outcome::Errors(codes)) };
        }
        other => return Err(format!("exit {other:?}: {told}")),
    }
    let mut reader = csv::Reader::from_path(keep.join("report.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let column = header.iter().position(|name| name == "consumption_usd").unwrap();
    let rows = reader.records().map(|row| row.unwrap());
    let consumption = rows.map(|row| (row[0].to_owned(), row[column].to_owned()));
    let summary: Value =
        serde_json::from_slice(&std::fs::read(keep.join("report.run.json")).unwrap()).unwrap();
    let count = |pointer: &str| summary.pointer(pointer).map_or("0".to_owned(), Value::to_string);
    Ok(Outcome::Report(Figures {
        consumption: consumption.filter(|(_, usd)| usd != "0.00").collect(),
        credited: Some(count("/control_totals/rows/credited")),
        not_preferred: Some(count("/control_totals/rows/excluded/not_preferred")),
    }))
}

/// Of several input errors the program may name the first it meets.
fn agree(expected: &Outcome, written: &Outcome) -> bool {
    match (expected, written) {
        (Outcome::Errors(expected), Outcome::Errors(written)) => !written.is_disjoint(expected),
        (Outcome::Report(expected), Outcome::Report(written)) => {
            let is_same = |expected: &Option<String>, written: &Option<String>| {
                expected.is_none() || expected == written
            };
            expected.consumption == written.consumption
                && is_same(&expected.credited, &written.credited)
                && is_same(&expected.not_preferred, &written.not_preferred)
        }
        _ => false,
    }
}

/// Compares one folder; `Err` says how they differ, and the folder is kept.
fn compare(seed: u64) -> Result<String, String> {
    let keep = tempfile::tempdir().unwrap();
    let root = keep.path().join("input");
    std::fs::create_dir(&root).unwrap();
    let folder = folders::generate(&root, seed);
    let expected = expected(&root, &folder);
    let written = written(keep.path(), &folder);
    match written {
        Ok(_) if expected == Outcome::Undecided => Ok("undecided".to_owned()),
        Ok(written) if agree(&expected, &written) => Ok(match written {
            Outcome::Errors(codes) => codes.into_iter().collect::<Vec<_>>().join(" "),
            Outcome::Report(_) | Outcome::Undecided => "report".to_owned(),
        }),
        other => {
            let place = keep.keep();
            let said = arguments(&folder).join(" ");
            let about = folder.about.join("\n  ");
            Err(format!(
                "seed {seed}, kept in {}: attain {said}\n  {about}\n  expected {expected:?}\n  written  {other:?}",
                place.display()
            ))
        }
    }
}

#[test]
fn both_agree_on_folders_of_exports_that_overlap() {
    let (next, done) =
        (AtomicU64::new(0), Mutex::new((BTreeMap::<String, u64>::new(), Vec::<String>::new())));
    let worker = || loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= FOLDERS {
            break;
        }
        let outcome = compare(seed);
        let mut done = done.lock().unwrap();
        match outcome {
            Ok(ending) => *done.0.entry(ending).or_default() += 1,
            Err(difference) => done.1.push(difference),
        }
    };
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(worker))));
    let (endings, differences) = done.into_inner().unwrap();
    assert!(endings.len() > 5, "the folders are one-sided: {endings:?}");
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}
