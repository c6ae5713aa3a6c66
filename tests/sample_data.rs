//! The sample data: what README shows, byte for byte. Every figure of it is explained in `sample-data/README.md`, and was
//! worked out by hand and by another program before it was written down in `tests/cases/sample_data`.
//!
//! `ATTAIN_BLESS=1` writes what came out.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

// Only the copying is needed here.
#[expect(dead_code, reason = "the cases of this module are other tests' subject")]
#[path = "support/case/mod.rs"]
mod case;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn attain(folder: &Path, args: &[&str]) -> Output {
    let command = ["report", "sample-data", "--as-of", "2017-07-07"];
    Command::new(env!("CARGO_BIN_EXE_attain")).args(command).args(args).current_dir(folder).output().unwrap()
}

fn with_sample_data() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    case::copy_folder(&here, &folder.path().join("sample-data"));
    folder
}

fn assert_expected(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/sample_data").join(name);
    if case::is_blessing() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert!(expected == found, "{name} differs; found\n{found}");
}

/// The run summary without what changes from run to run, or from version to version.
fn lasting(summary: &str) -> String {
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(summary.contains(&version), "{summary}");
    let (lasting, timings) = summary.split_once(",\n  \"started\"").unwrap();
    assert_eq!(timings.lines().count(), 8, "{timings}");
    lasting.replace(&version, "\"version\": \"*\"") + "\n}\n"
}

#[test]
fn the_sample_data_give_the_expected_report_rejects_and_summary() {
    let folder = with_sample_data();
    let output = attain(folder.path(), &["-o", "report.csv"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
    let written = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_expected("report.csv", &written("report.csv"));
    assert_expected("rejects.csv", &written("report.rejects.csv"));
    assert_expected("run.json", &lasting(&written("report.run.json")));
}

#[test]
fn standard_output_gets_the_same_report_and_no_file_appears() {
    let folder = with_sample_data();
    let output = attain(folder.path(), &["--quiet"]);
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
    assert_expected("report.csv", std::str::from_utf8(&output.stdout).unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_summary_for_people_has_no_refused_row_and_only_the_intended_warnings() {
    let folder = with_sample_data();
    let stderr = String::from_utf8(attain(folder.path(), &[]).stderr).unwrap();
    let (lines, time) = stderr.rsplit_once("took ").unwrap();
    assert_eq!(time.lines().count(), 1, "{stderr}");
    assert_expected("stderr", lines);
}
