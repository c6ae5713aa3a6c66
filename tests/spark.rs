//! The job for Apache Spark, and its folder as an input. Comes in: `tests/cases/spark`: an export, others beside it, and the folder that a job of this
//! program wrote of the export on Spark 4.0.1. What Spark itself does is tried by `tests/spark/run`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/spark")
}

fn attain(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_attain")).current_dir(folder).args(args).output().unwrap()
}

fn job(args: &[&str]) -> String {
    let output = attain(&cases(), &[&["spark"], args].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn data(job: &str) -> serde_json::Value {
    let data = job.split("JOB = json.loads(r\"\"\"").nth(1).unwrap().split("\"\"\"").next().unwrap();
    assert!(!data.contains('\''), "no quote of the data may end the text of Python");
    serde_json::from_str(data).unwrap()
}

#[test]
fn a_job_is_one_file_that_a_person_can_read_with_every_dialect_of_consumption() {
    let job = job(&["abfss://lake@account.dfs.core.windows.net/exports/*.csv.gz"]);
    let before = job.split("JOB = ").next().unwrap().lines().count();
    assert!(before < 300, "{before} lines");
    let data = data(&job);
    assert_eq!(data["sources"][0], "abfss://lake@account.dfs.core.windows.net/exports/*.csv.gz");
    let listed = attain(&cases(), &["dialects", "list"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    let of_consumption = listed.lines().filter(|line| line.split_whitespace().nth(1) == Some("consumption"));
    assert_eq!(data["dialects"].as_array().unwrap().len(), of_consumption.count());
}

#[test]
fn a_job_says_what_keeps_spark_from_reading_wrong_in_silence() {
    let job = job(&["x.csv"]);
    for setting in [
        "\"mode\": \"FAILFAST\"",
        "\"escape\": '\"'",
        "\"columnPruning\": \"false\"",
        "\"ignoreCorruptFiles\": \"false\"",
        "\"ignoreMissingFiles\": \"false\"",
        "\"recursiveFileLookup\": \"true\"",
        "\"spark.sql.csv.filterPushdown.enabled\": \"false\"",
        "\"spark.sql.ansi.enabled\": \"true\"",
        "\"spark.sql.session.timeZone\": \"UTC\"",
        "\"spark.sql.legacy.timeParserPolicy\": \"CORRECTED\"",
        ".mode(\"error\")",
    ] {
        assert!(job.contains(setting), "{setting}");
    }
}

#[test]
fn a_sample_or_a_name_chooses_the_dialects_and_a_dialect_of_another_role_is_wrong_usage() {
    let names = |job: &str| -> Vec<String> {
        let of = |dialect: &serde_json::Value| dialect["name"].as_str().unwrap().to_owned();
        data(job)["dialects"].as_array().unwrap().iter().map(of).collect()
    };
    assert_eq!(names(&job(&["x.csv", "--sample", "export/consumption.csv"])), ["cost-partner"]);
    assert_eq!(
        names(&job(&["x.csv", "--dialect", "focus", "--dialect", "cost-partner"])),
        ["cost-partner", "focus"]
    );
    let output = attain(&cases(), &["spark", "x.csv", "--dialect", "rates"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_listing_gives_the_newest_snapshots_and_names_the_superseded_ones() {
    let folder = tempfile::tempdir().unwrap();
    let run =
        |time: &str| format!("daily/20260601-20260630/{time}/part_1_0001.csv;  Content Length: 1.00 KiB\n");
    fs::write(folder.path().join("list"), run("202606100300") + &run("202606110300")).unwrap();
    let args = ["spark", "abfss://c@a/exports", "--listing", "list", "--dialect", "cost-partner"];
    let output = attain(folder.path(), &args);
    let data = data(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(
        data["sources"][0],
        "abfss://c@a/exports/daily/20260601-20260630/202606110300/part_1_0001.csv"
    );
    assert_eq!(
        data["superseded"][0]["file"],
        "abfss://c@a/exports/daily/20260601-20260630/202606100300/part_1_0001.csv"
    );
    let output = attain(folder.path(), &args[..4]);
    assert_eq!(output.status.code(), Some(2), "the dialects of a listing must be of one kind");
}

#[cfg(feature = "parquet")]
mod folder_of_a_job {
    use super::*;

    const CODES: [&str; 3] = ["bad-number", "impossible-date", "unknown-charge-type"];

    fn report(folder: &Path, input: &str) -> (Option<i32>, String, String) {
        let others = ["partners.csv", "credentials.csv", "insights-training.csv", "markets.csv", "rates.csv"];
        let others: Vec<String> = others
            .iter()
            .map(|name| cases().join("others").join(name).to_str().unwrap().to_owned())
            .collect();
        let mut args = vec!["report", input, "--as-of", "2017-06-30", "--max-rejects", "100%", "-o", "r.csv"];
        args.extend(others.iter().map(String::as_str));
        let output = attain(folder, &args);
        let report = fs::read_to_string(folder.join("r.csv")).unwrap_or_default();
        (output.status.code(), report, String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn copied() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for part in ["credits", "rejects", "control"] {
            fs::create_dir_all(folder.path().join("out").join(part)).unwrap();
            for entry in fs::read_dir(cases().join("out").join(part)).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), folder.path().join("out").join(part).join(entry.file_name())).unwrap();
            }
        }
        folder
    }

    fn parts(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder.join("out/credits")).unwrap().map(|entry| entry.unwrap().path());
        let mut parts: Vec<PathBuf> =
            entries.filter(|path| path.extension().is_some_and(|e| e == "parquet")).collect();
        parts.sort();
        parts
    }

    #[test]
    fn it_gives_the_report_of_its_exports_with_their_rejects() {
        let folder = copied();
        let export = cases().join("export/consumption.csv");
        let (code, of_export, _) = report(folder.path(), export.to_str().unwrap());
        let rejects = |folder: &Path| fs::read_to_string(folder.join("r.rejects.csv")).unwrap();
        let expected = rejects(folder.path());
        assert_eq!(code, Some(0));
        let (code, of_folder, stderr) = report(folder.path(), "out");
        assert_eq!((code, &of_folder), (Some(0), &of_export), "{stderr}");
        let found = rejects(folder.path());
        for code in CODES {
            assert!(expected.contains(code) && found.contains(code), "{code}: {found}");
        }
    }

    #[test]
    fn without_its_control_it_is_an_input_error() {
        let folder = copied();
        fs::remove_dir_all(folder.path().join("out/control")).unwrap();
        let (code, report, stderr) = report(folder.path(), "out");
        assert_eq!((code, report.as_str()), (Some(1), ""));
        assert!(stderr.contains("no-control"), "{stderr}");
    }

    #[test]
    fn a_file_less_a_file_more_or_a_file_of_another_job_is_an_input_error() {
        let cut = copied();
        fs::remove_file(&parts(cut.path())[0]).unwrap();
        let doubled = copied();
        let first = &parts(doubled.path())[0];
        let bytes = fs::read(first).unwrap();
        fs::write(doubled.path().join("out/credits/part-9.parquet"), bytes).unwrap();
        let mixed = copied();
        let control = fs::read_dir(mixed.path().join("out/control")).unwrap();
        let control =
            control.map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some()).unwrap();
        let text = fs::read_to_string(&control).unwrap();
        let at = text.find("\"source\": \"").unwrap() + 11;
        fs::write(&control, format!("{}ffff{}", &text[..at], &text[at + 4..])).unwrap();
        for (what, folder) in [("cut", cut), ("doubled", doubled), ("mixed", mixed)] {
            let (code, report, stderr) = report(folder.path(), "out");
            assert_eq!((code, report.as_str()), (Some(1), ""), "{what}: {stderr}");
            assert!(stderr.contains("control-mismatch"), "{what}: {stderr}");
        }
    }
}
