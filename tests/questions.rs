//! Questions to a report (SPEC 3.12): they choose what is written, and never what is read or counted.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Questions of every kind, and the lines of the sample data that each shows.
const QUESTIONS: [(&str, usize); 9] = [
    ("--partner 4000113,4000101", 2),
    ("--country canada", 3),
    ("--tier gold", 3),
    ("--tier none,undetermined", 13),
    ("--near 0.01", 6),
    ("--near 100% --top 5", 5),
    ("--sort tier:desc,consumption_usd", 26),
    ("--columns partner_id,tier", 26),
    ("--top 1 --columns notes --sort notes", 1),
];

/// The report and the run summary of the sample data.
fn run(folder: &Path, question: &str) -> (String, Value) {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let output = Command::new(env!("CARGO_BIN_EXE_attain"))
        .args(["report", sample.to_str().unwrap(), "--as-of", "2017-07-07", "-o", "report.csv"])
        .args(question.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{question}: {}", String::from_utf8_lossy(&output.stderr));
    let mut summary: Value =
        serde_json::from_slice(&fs::read(folder.join("report.run.json")).unwrap()).unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let shown = summary.as_object_mut().unwrap().remove("shown");
    let not_shown = shown.as_ref().map(|shown| shown["not_shown"].to_string());
    assert_eq!(told.contains("\nshown "), shown.is_some(), "{told}");
    assert!(not_shown.is_none_or(|lines| told.contains(&format!(", {lines} not ("))), "{told}");
    (fs::read_to_string(folder.join("report.csv")).unwrap(), summary)
}

#[test]
fn a_question_changes_no_total_and_no_line() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, mut expected) = run(folder.path(), "");
    let lasting = |summary: &mut Value| {
        ["outputs", "started", "ended", "timings"]
            .iter()
            .for_each(|key| drop(summary.as_object_mut().unwrap().remove(*key)));
    };
    lasting(&mut expected);
    for (question, lines) in QUESTIONS {
        let (report, mut summary) = run(folder.path(), question);
        lasting(&mut summary);
        assert_eq!(summary, expected, "{question}");
        assert_eq!(report.lines().count(), lines + 1, "{question}: {report}");
        let is_whole_line = |line: &str| whole.lines().any(|other| other == line);
        assert!(question.contains("--columns") || report.lines().all(is_whole_line), "{question}");
    }
}

#[test]
fn a_report_of_chosen_columns_in_a_walked_folder_is_passed_over_and_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let here =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/golden/question-near-and-sorted/input");
    for entry in fs::read_dir(here).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    let run = |args: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_attain"))
            .args(["report", ".", "--as-of", "2017-07-07", "--quiet"])
            .args(args.split_whitespace())
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    };
    for columns in ["partner_id,tier", "partner_id,country,next_tier,consumption_usd"] {
        let args = format!("--columns {columns} -o cut.csv");
        run(&args);
        run(&args);
    }
    // Another run meets it too.
    run("-o report.csv");
}
