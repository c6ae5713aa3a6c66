//! Outputs in the folder that is read: a second night reads what the first did, writes over its own files, and takes none of them for an export.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::Command;

#[expect(dead_code, reason = "only the copying is needed here")]
#[path = "support/case/mod.rs"]
mod case;

#[test]
fn every_output_may_lie_among_the_inputs() {
    let folder = tempfile::tempdir().unwrap();
    case::copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data"), folder.path());
    let run = |line: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attain"));
        let output = command.args(line.split(' ')).current_dir(folder.path()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), told.as_str()), (Some(0), ""), "{line}");
    };
    let mut reports = Vec::new();
    for night in 1..=2 {
        for line in [
            "report . -o report.csv -o report.xlsx -o report.html -o report.json --ledger ledger.csv --credits credits.csv --metrics attain.prom",
            "explain --all . --depth rows -o explanation.csv",
            "explain --all . --format json -o explanation.json",
            "history . -o history.csv",
            "plan . -o plan.csv",
        ] {
            run(&format!("{line} --as-of 2017-07-07 --quiet"));
        }
        for (name, line) in [
            ("report.txt", "report . --format table --as-of 2017-07-07"),
            ("history.txt", "history . --format table --as-of 2017-07-07"),
            ("explanation.txt", "explain --all . --depth rows --as-of 2017-07-07"),
            ("plan.txt", "plan . --as-of 2017-07-07"),
            ("check.txt", "check ."),
            ("check.json", "check . --format json"),
            ("difference.txt", "diff report.run.json report.run.json"),
            ("rules.txt", "rules diff cloud-platform@2017-07-07 cloud-platform@2017-12-15"),
            ("columns.txt", "columns"),
        ] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_attain"));
            let output = command.args(line.split(' ')).current_dir(folder.path()).output().unwrap();
            assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
            fs::write(folder.path().join(name), output.stdout).unwrap();
            fs::write(folder.path().join(format!("log-of-{name}")), output.stderr).unwrap();
        }
        run("diff report.run.json report.run.json -o difference.csv --quiet");
        run("rules diff cloud-platform@2017-07-07 cloud-platform@2017-12-15 -o rules.csv --quiet");
        reports.push(fs::read(folder.path().join("report.csv")).unwrap());
        assert!(reports[0] == reports[night - 1], "the report of night {night} is another");
    }
    let summary = fs::read(folder.path().join("report.run.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
    let skipped = summary["skipped"].as_array().unwrap();
    for name in [
        "report.txt",
        "explanation.txt",
        "plan.txt",
        "check.txt",
        "check.json",
        "difference.txt",
        "columns.txt",
    ] {
        let skipped = skipped.iter().find(|one| one["file"] == *name).unwrap();
        assert_eq!(skipped["class"], "output", "{skipped}");
    }
    let init =
        Command::new(env!("CARGO_BIN_EXE_attain")).arg("init").current_dir(folder.path()).output().unwrap();
    assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
    let drafts = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let drafts: Vec<_> = drafts.filter(|name| name.to_string_lossy().ends_with(".dialect.toml")).collect();
    assert!(drafts.is_empty(), "{drafts:?}");
}
