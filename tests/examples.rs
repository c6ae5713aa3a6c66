//! The examples of schedulers: what each of them starts is run, in a folder laid out as the examples say.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[expect(dead_code, reason = "only the copying is needed here")]
#[path = "support/case/mod.rs"]
mod case;

/// The folder in which the examples stand when they are used.
const HOME: &str = "/srv/attain";

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples").join(name);
    fs::read_to_string(path).unwrap()
}

/// A folder with the project file, the script and the exports, in place of [`HOME`].
fn home() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    case::copy_folder(&sample, &folder.path().join("exports"));
    fs::write(folder.path().join("attain.toml"), example("attain.toml")).unwrap();
    fs::write(folder.path().join("night.sh"), in_place(&example("night.sh"), folder.path())).unwrap();
    folder
}

/// The text of an example, with `folder` in place of [`HOME`].
fn in_place(text: &str, folder: &Path) -> String {
    text.replace(HOME, folder.to_str().unwrap())
}

/// Runs a command line of an example, as of a day.
fn run(line: &str, folder: &Path, as_of: &str) -> Output {
    let line = in_place(line, folder);
    let line = match line.strip_suffix("/night.sh") {
        Some(_) => format!("sh {line}"),
        None => line,
    };
    let programs = Path::new(env!("CARGO_BIN_EXE_attain")).parent().unwrap();
    let paths = std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect::<Vec<PathBuf>>();
    let paths = std::env::join_paths([programs.to_owned()].into_iter().chain(paths)).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).current_dir(folder).env("PATH", paths).env("ATTAIN_AS_OF", as_of);
    shell.output().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Two nights, the second of which tells what changed.
fn two_nights(line: &str) {
    let folder = home();
    for as_of in ["2017-06-07", "2017-07-07"] {
        let output = run(line, folder.path(), as_of);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), told.as_str()), (Some(0), ""), "{line}");
    }
    let out = folder.path().join("out");
    let report = fs::read_to_string(out.join("report-2017-07-07.csv")).unwrap();
    let expected =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/sample_data/report.csv"));
    assert_eq!(report, expected.unwrap());
    for ending in ["csv", "xlsx", "html", "rejects.csv", "run.json"] {
        let name = format!("report-2017-06-07.{ending}");
        assert!(names(&out).contains(&name), "{name} is missing: {:?}", names(&out));
    }
    let changes = fs::read_to_string(out.join("changes.txt")).unwrap();
    assert!(changes.contains("6 won, 1 lost"), "{changes}");
    let metrics = fs::read_to_string(folder.path().join("metrics/attain.prom")).unwrap();
    assert!(metrics.contains("attain_run_success 1"), "{metrics}");
}

#[test]
fn the_line_of_cron_runs() {
    let text = example("crontab");
    let line = text.lines().find(|line| line.starts_with(|c: char| c.is_ascii_digit())).unwrap();
    // Five fields of time, then the command.
    let command = line.split_whitespace().skip(5).collect::<Vec<_>>().join(" ");
    two_nights(&command);
}

#[test]
fn the_service_of_systemd_runs() {
    let text = example("attain.service");
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).unwrap().to_owned();
    assert_eq!(value("WorkingDirectory="), HOME);
    // The night writes to the folders that the service may write to, and to no others.
    let folder = home();
    let before = names(folder.path());
    run(&value("ExecStart="), folder.path(), "2017-07-07");
    let after = names(folder.path()).into_iter().filter(|name| !before.contains(name));
    let written: Vec<String> = after.map(|name| format!("{HOME}/{name}")).collect();
    let mut allowed: Vec<String> = value("ReadWritePaths=").split(' ').map(str::to_owned).collect();
    allowed.sort();
    assert_eq!(written, allowed);
    two_nights(&value("ExecStart="));
    assert!(example("attain.timer").contains("OnCalendar=*-*-* 05:15:00 UTC"));
}

#[test]
fn the_arguments_of_the_cronjob_run() {
    let text = example("cronjob.yaml");
    let line = text.lines().find_map(|line| line.trim().strip_prefix("args: ")).unwrap();
    let args: Vec<String> = serde_json::from_str(line).unwrap();
    let folder = home();
    let output = run(&format!("attain {}", args.join(" ")), folder.path(), "2017-07-07");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(names(&folder.path().join("out")).contains(&"report-2017-07-07.csv".to_owned()));
}
