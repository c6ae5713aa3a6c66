//! What a run tells beside its outputs: standard error as text and as JSON lines, colours, metrics, folders of outputs, completions, the version.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const HEADER: &str = "month,partner_id,association,subscription_id,customer_id,amount,currency\n";

/// A folder with an export, a file of credentials, and a file in which nothing is known.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("input")).unwrap();
    write(
        "input/usage.csv",
        &format!("{HEADER}2017-06,4000001,dpor,s1,c1,15000,USD\n2017-06,4000001,dpor,s1,c1,x,USD\n"),
    );
    write(
        "input/people.csv",
        "partner_id,individual_id,email,kind,credential,completed_on,expires_on\n4000001,MC1,,exam,70-533,2017-01-01,\n",
    );
    write("broken.csv", "a,b,c\n");
    folder
}

fn attain(folder: &Path, args: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attain"));
    command.args(args.split_whitespace()).current_dir(folder);
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command.output().unwrap()
}

fn events(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

const REPORT: &str = "report input --as-of 2017-07-07 --max-rejects 1";

#[test]
fn a_json_log_has_an_object_a_line_and_ends_with_the_exit_code() {
    let folder = folder();
    let output = attain(folder.path(), &format!("{REPORT} --log-format json -o report.csv -v"));
    let events = events(&output);
    for event in &events {
        let time = event["time"].as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z') && time.as_bytes()[10] == b'T', "{event}");
        assert!(["info", "warning", "error"].contains(&event["level"].as_str().unwrap()), "{event}");
        assert!(event["code"].is_string() && event["message"].is_string(), "{event}");
    }
    let of =
        |code: &str| events.iter().find(|event| event["code"] == code).unwrap_or_else(|| panic!("{code}"));
    assert_eq!(of("reading")["level"], "info");
    assert_eq!(
        (&of("bad-number")["level"], &of("bad-number")["file"]),
        (&"warning".into(), &"input/usage.csv".into())
    );
    assert_eq!(of("missing-months")["level"], "error");
    assert_eq!(
        (&events.last().unwrap()["code"], &events.last().unwrap()["exit_code"]),
        (&"ended".into(), &4.into())
    );
    let read: Vec<&Value> =
        events.iter().filter(|event| event["code"] == "reading").map(|event| &event["file"]).collect();
    assert_eq!(read.len(), 2, "{read:?}");
}

#[test]
fn a_json_log_of_a_failed_run_names_each_fault_and_a_quiet_one_nothing_else() {
    let folder = folder();
    let output = attain(folder.path(), "report input broken.csv nowhere.csv --log-format json --quiet");
    let events = events(&output);
    let codes: Vec<&str> = events.iter().map(|event| event["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["unknown-header", "not-found", "ended"]);
    assert_eq!(events[0]["file"], "broken.csv");
    assert!(!events[0]["message"].as_str().unwrap().contains("broken.csv"), "{}", events[0]);
    let quiet = attain(folder.path(), &format!("{REPORT} --allow all --log-format json --quiet"));
    assert_eq!((quiet.status.code(), quiet.stderr.len()), (Some(0), 0));
}

#[test]
fn a_verbose_log_has_times_and_each_file_as_it_is_read_and_others_have_none() {
    let folder = folder();
    let verbose = String::from_utf8(attain(folder.path(), &format!("{REPORT} -v")).stderr).unwrap();
    for line in verbose.lines() {
        assert_eq!((line.as_bytes()[10], &line[23..25]), (b'T', "Z "), "{line}");
    }
    assert!(
        verbose.contains("Z reading input/usage.csv: consumption (consumption), UTF-8 text, delimiter ,"),
        "{verbose}"
    );
    let normal = String::from_utf8(attain(folder.path(), REPORT).stderr).unwrap();
    assert!(normal.starts_with("INCOMPLETE ") && !normal.contains("reading "), "{normal}");
    assert_eq!(attain(folder.path(), &format!("{REPORT} -q --allow all")).stderr, b"");
}

#[test]
fn metrics_appear_with_a_run_and_with_one_that_fails() {
    let folder = folder();
    let metrics = || fs::read_to_string(folder.path().join("m/attain.prom")).unwrap();
    let has = |line: &str| metrics().lines().any(|other| other == line);
    attain(folder.path(), &format!("{REPORT} -o report.csv --metrics m/attain.prom"));
    for line in [
        "attain_run_success 0",
        "attain_run_exit_code 4",
        "attain_rows_refused{code=\"bad-number\"} 1",
        "attain_partners{tier=\"silver\"} 1",
        "attain_months_missing 11",
    ] {
        assert!(has(line), "{line}: {}", metrics());
    }
    attain(folder.path(), &format!("{REPORT} --allow all -o report.csv --metrics m/attain.prom"));
    assert!(has("attain_run_success 1") && has("attain_run_exit_code 0"), "{}", metrics());
    let last_success = |text: String| {
        let is_it = |line: &&str| line.starts_with("attain_run_last_success_timestamp_seconds ");
        text.lines().find(is_it).map(str::to_owned)
    };
    let success = last_success(metrics());
    assert!(success.is_some());
    // Nothing of the run before is left but when it ended.
    attain(folder.path(), "report input broken.csv -o report.csv --metrics m/attain.prom");
    assert!(
        has("attain_run_success 0") && has("attain_run_faults{code=\"unknown-header\"} 1"),
        "{}",
        metrics()
    );
    assert!(!metrics().contains("attain_partners"), "{}", metrics());
    assert_eq!(last_success(metrics()), success);
    let summary: Value =
        serde_json::from_slice(&fs::read(folder.path().join("report.run.json")).unwrap()).unwrap();
    assert_eq!(summary["exit_code"], 0);
    assert!(summary["started"].as_str() <= summary["ended"].as_str());
}

#[test]
fn metrics_count_the_tiers_that_changed_since_an_earlier_run() {
    let folder = folder();
    let report = |more: &str| attain(folder.path(), &format!("{REPORT} --allow all -o report.csv {more}"));
    report("");
    fs::write(
        folder.path().join("input/usage.csv"),
        format!("{HEADER}2017-06,4000002,dpor,s1,c1,15000,USD\n"),
    )
    .unwrap();
    report("--previous report.run.json --metrics attain.prom");
    let metrics = fs::read_to_string(folder.path().join("attain.prom")).unwrap();
    for line in ["lost\"} 1", "came\"} 1", "won\"} 0", "changed\"} 0", "vanished\"} 0"] {
        assert!(metrics.contains(&format!("attain_tier_changes{{change=\"{line}\n")), "{line}: {metrics}");
    }
    // Without the report of the earlier run nothing can be counted.
    fs::write(folder.path().join("report.csv"), "another\n").unwrap();
    report("--previous report.run.json --metrics attain.prom");
    let metrics = fs::read_to_string(folder.path().join("attain.prom")).unwrap();
    assert!(!metrics.contains("attain_tier_changes"), "{metrics}");
}

#[test]
fn folders_of_outputs_are_made_by_a_run_that_writes_and_by_no_other() {
    let folder = folder();
    assert_eq!(
        attain(folder.path(), "report input -o out/july/report.csv --rules nowhere.toml").status.code(),
        Some(2)
    );
    assert!(!folder.path().join("out").exists(), "a wrong command makes no folder");
    assert_eq!(
        attain(folder.path(), &format!("{REPORT} --allow all -o out/july/report.csv")).status.code(),
        Some(0)
    );
    assert!(folder.path().join("out/july/report.run.json").is_file());
    // A run that fails leaves its record, and so its folder.
    assert_eq!(attain(folder.path(), "report broken.csv -o night/report.csv").status.code(), Some(1));
    let entries = fs::read_dir(folder.path().join("night")).unwrap();
    let names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names, ["report.failed.json"]);
    let two = attain(folder.path(), "report input -o new/report.csv --rejects new/../new/report.csv");
    assert_eq!(two.status.code(), Some(2), "two outputs of a folder that is not there are one file");
}

#[test]
fn equal_faults_are_the_first_five_and_a_count_and_all_stand_in_the_record() {
    let folder = folder();
    fs::create_dir(folder.path().join("many")).unwrap();
    (0..3_000)
        .for_each(|nth| fs::write(folder.path().join(format!("many/{nth:04}.csv")), "a,b,c\n").unwrap());
    let output = attain(folder.path(), "report many/*.csv input -o report.csv");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.lines().count(), 6, "{told}");
    assert!(
        told.ends_with(
            "attain: unknown-header: 2995 more in 2995 files of many; all are in report.failed.json\n"
        ),
        "{told}"
    );
    let record: Value =
        serde_json::from_slice(&fs::read(folder.path().join("report.failed.json")).unwrap()).unwrap();
    assert_eq!(record["faults"].as_array().unwrap().len(), 3_000);
    let verbose = attain(folder.path(), "report many/*.csv input -v");
    let told = String::from_utf8(verbose.stderr).unwrap();
    assert_eq!(told.lines().filter(|line| line.contains(": unknown-header: ")).count(), 3_000);
    let output = attain(folder.path(), &format!("{REPORT} many/*.csv --keep-going -o report.csv"));
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8(output.stderr).unwrap().lines().count() <= 15);
    let summary: Value =
        serde_json::from_slice(&fs::read(folder.path().join("report.run.json")).unwrap()).unwrap();
    assert_eq!(summary["left_out"].as_array().unwrap().len(), 3_000);
    assert!(!folder.path().join("report.failed.json").exists());
}

#[test]
fn a_pipe_is_read_once_though_faulty_files_are_left_out() {
    let folder = folder();
    let usage = fs::File::open(folder.path().join("input/usage.csv")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_attain"))
        .args("report - broken.csv --as-of 2017-07-07 --keep-going --allow all --max-rejects 1".split(' '))
        .current_dir(folder.path())
        .stdin(usage)
        .output()
        .unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("\n4000001,") && report.contains("15000.00"), "{report}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_reader_of_standard_output_that_ends_early_is_no_message() {
    for args in ["columns", "rules show cloud-platform", "dialects list"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_attain"));
        let output = command.args(args.split(' ')).stdout(writer).output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{args}");
        assert_eq!(output.status.code(), Some(1), "{args}");
    }
}

#[test]
fn colours_are_on_standard_output_if_asked_for_and_never_in_a_file() {
    let folder = folder();
    let table = |more: &str| attain(folder.path(), &format!("{REPORT} --format table -q {more}")).stdout;
    assert!(!table("").contains(&0x1b) && table("--color always").contains(&0x1b));
    assert!(!table("--color always -o t.txt").contains(&0x1b));
    assert!(!fs::read(folder.path().join("t.txt")).unwrap().contains(&0x1b));
    let plain = attain(folder.path(), &format!("{REPORT} -q --color always")).stdout;
    assert!(!plain.contains(&0x1b), "CSV has no colours");
    let explain = "explain 4000001 input --as-of 2017-07-07 --max-rejects 1 -q";
    assert!(attain(folder.path(), &format!("{explain} --color always")).stdout.contains(&0x1b));
    assert!(!attain(folder.path(), explain).stdout.contains(&0x1b));
    let stripped = |text: Vec<u8>| {
        let text = String::from_utf8(text).unwrap();
        let mut parts = text.split('\u{1b}');
        let first = parts.next().unwrap().to_owned();
        parts.fold(first, |text, part| text + part.split_once('m').unwrap().1)
    };
    assert_eq!(stripped(table("--color always")), String::from_utf8(table("--color never")).unwrap());
}

#[test]
fn the_short_version_is_one_line_and_the_long_one_tells_of_the_build() {
    let folder = tempfile::tempdir().unwrap();
    let text = |args: &str| String::from_utf8(attain(folder.path(), args).stdout).unwrap();
    let short = format!("attain {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(text("-V"), short);
    let long = text("--version");
    assert!(long.starts_with(&short), "{long}");
    for line in ["commit: ", "target: ", "features: "] {
        assert!(long.lines().any(|other| other.starts_with(line)), "{long}");
    }
}

#[test]
fn the_short_help_is_shorter_than_the_long_one_and_the_long_one_has_examples_and_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let text = |args: &str| String::from_utf8(attain(folder.path(), args).stdout).unwrap();
    for command in [
        "",
        "report",
        "history",
        "explain",
        "plan",
        "check",
        "diff",
        "rules",
        "dialects",
        "columns",
        "spark",
        "init",
        "run",
        "config",
        "generate",
        "completions",
        "man",
    ] {
        let (short, long) = (text(&format!("{command} -h")), text(&format!("{command} --help")));
        assert!(short.lines().count() < long.lines().count(), "{command}");
        assert!(!short.contains("Exit codes:"), "{command}");
        for heading in ["Examples:\n", "Exit codes:\n"] {
            assert!(long.contains(heading), "{command} --help has no {heading}");
        }
        assert!(!short.contains('\u{1b}') && !long.contains('\u{1b}'), "{command}");
    }
}

#[test]
fn bash_understands_its_completions_and_offers_options() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("attain.bash"), attain(folder.path(), "completions bash").stdout).unwrap();
    let script = "bash -n attain.bash && . ./attain.bash && COMP_WORDS=(attain report --keep) COMP_CWORD=2 && \
                  _attain attain --keep report && echo \"${COMPREPLY[@]}\"";
    // Where there is no bash, it has nothing to understand.
    if let Ok(output) = Command::new("bash").args(["-c", script]).current_dir(folder.path()).output() {
        assert_eq!(String::from_utf8_lossy(&output.stdout), "--keep-going\n", "{output:?}");
    }
}
