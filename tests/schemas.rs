//! The JSON Schemas of docs/ describe every run summary, record of a failed run, document of `check`, explanation and difference that the golden
//! cases and the specimens of errors give: no field is undescribed, and each has the type that is described.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test stops at the first surprise"
)]

#[path = "support/case/mod.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod case;
#[path = "support/json_schema.rs"]
mod json_schema;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use case::{Case, copy_folder};
use json_schema::faults;
use serde_json::{Value, json};

fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Runs a case with other arguments, and gives standard output and the files that came out of it.
fn run(case: &Case, args: &[&str]) -> (Vec<u8>, Vec<Value>) {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&case.folder, copy.path());
    let given: Vec<_> = fs::read_dir(copy.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let stdin = fs::File::open(case.folder.join("stdin")).map_or(Stdio::null(), Stdio::from);
    let output = Command::new(env!("CARGO_BIN_EXE_attain"))
        .args(args)
        .current_dir(copy.path())
        .stdin(stdin)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let is_new = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        !given.contains(path) && (name.ends_with(".run.json") || name.ends_with(".failed.json"))
    };
    let entries = fs::read_dir(copy.path()).unwrap().map(|entry| entry.unwrap().path());
    let values = entries.filter(is_new).map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap());
    (output.stdout, values.collect())
}

fn arguments(case: &Case) -> Vec<String> {
    let args = fs::read_to_string(case.folder.join("args")).unwrap();
    args.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn every_run_summary_and_record_of_a_failed_run_is_as_its_schema_describes() {
    let schema = schema("run.schema.json");
    let (mut runs, mut failures, mut wrong) = (0, 0, Vec::new());
    for case in Case::all("golden").into_iter().chain(Case::all("errors")) {
        let args = arguments(&case);
        if !["report", "history"].contains(&args[0].as_str()) {
            continue;
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        for value in run(&case, &args).1 {
            *(if value.get("status").is_some() { &mut failures } else { &mut runs }) += 1;
            wrong.extend(faults(&schema, &value).into_iter().map(|fault| format!("{}: {fault}", case.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(runs > 100 && failures > 50, "{runs} runs, {failures} failures");
}

#[test]
fn every_document_of_check_is_as_its_schema_describes() {
    let schema = schema("check.schema.json");
    let (mut documents, mut wrong) = (0, Vec::new());
    for case in Case::all("golden").into_iter().chain(Case::all("errors")) {
        if !case.folder.join("input").is_dir() {
            continue;
        }
        for args in [
            vec!["check", "input", "--format", "json"],
            vec!["check", "input", "--format", "json", "--as-of", "2017-07-07", "--keep-going"],
        ] {
            let (stdout, _) = run(&case, &args);
            let value: Value =
                serde_json::from_slice(&stdout).unwrap_or_else(|error| panic!("{}: {error}", case.name));
            documents += 1;
            wrong.extend(faults(&schema, &value).into_iter().map(|fault| format!("{}: {fault}", case.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(documents > 200, "{documents} documents");
}

/// Golden cases whose input is a folder.
fn cases_with_a_folder() -> impl Iterator<Item = Case> {
    Case::all("golden").into_iter().filter(|case| case.folder.join("input").is_dir())
}

#[test]
fn every_explanation_is_as_its_schema_describes() {
    let schema = schema("explanation.schema.json");
    let (mut partners, mut wrong) = (0, Vec::new());
    for case in cases_with_a_folder() {
        for depth in ["rows", "tier"] {
            let line = format!(
                "explain --all input --as-of 2017-07-07 --format json --depth {depth} --max-rejects 100% --allow all"
            );
            let (stdout, _) = run(&case, &line.split(' ').collect::<Vec<_>>());
            // Some cases need options of their own.
            let Ok(value) = serde_json::from_slice::<Value>(&stdout) else { continue };
            partners += value["partners"].as_array().unwrap().len();
            wrong.extend(faults(&schema, &value).into_iter().map(|fault| format!("{}: {fault}", case.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(partners > 200, "{partners} partners");
}

#[test]
fn every_difference_is_as_its_schema_describes() {
    let schema = schema("difference.schema.json");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let folders = cases_with_a_folder().step_by(5).map(|case| case.folder.join("input"));
    let (mut partners, mut wrong) = (0, Vec::new());
    for input in std::iter::once(sample).chain(folders) {
        let copy = tempfile::tempdir().unwrap();
        let attain = |line: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_attain"));
            command.args(line.split(' ')).current_dir(copy.path()).stderr(Stdio::null());
            command.output().unwrap().stdout
        };
        copy_folder(&input, &copy.path().join("input"));
        for ledger in ["--ledger LEDGER.csv", "--allow all"] {
            for day in ["2017-06-07", "2017-07-07"] {
                let ledger = ledger.replace("LEDGER", &format!("ledger-{day}"));
                attain(&format!(
                    "report input --as-of {day} -o {day}.csv --allow all --max-rejects 100% {ledger}"
                ));
            }
            let stdout = attain("diff 2017-06-07.run.json 2017-07-07.run.json --format json");
            // Some cases need options of their own.
            let Ok(value) = serde_json::from_slice::<Value>(&stdout) else { continue };
            partners += value["partners"].as_array().unwrap().len();
            let fault = |fault| format!("{}: {fault}", input.display());
            wrong.extend(faults(&schema, &value).into_iter().map(fault));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(partners > 40, "{partners} partners");
}

#[test]
fn a_field_that_is_missing_of_another_type_or_not_described_is_a_fault() {
    let schema = schema("run.schema.json");
    let sound = json!({
        "schema": 1, "program": { "name": "attain", "version": "1" }, "status": "failed", "exit_code": 1,
        "started": "2017-07-07T00:00:00.000Z", "ended": "2017-07-07T00:00:00.000Z",
        "faults": [{ "file": null, "sheet": null, "code": "usage", "message": "m" }],
    });
    assert_eq!(faults(&schema, &sound), Vec::<String>::new());
    for (field, value) in [
        ("status", json!("well")),
        ("started", json!("yesterday")),
        ("exit_code", json!("1")),
        ("faults", json!([{ "file": null }])),
        ("new", json!(1)),
    ] {
        let mut other = sound.clone();
        other[field] = value;
        assert!(!faults(&schema, &other).is_empty(), "{field}");
    }
    let mut without = sound.clone();
    without.as_object_mut().unwrap().remove("program");
    assert!(!faults(&schema, &without).is_empty());
}
