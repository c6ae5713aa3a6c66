//! Promises 3 and 4: a run that fails or is killed leaves the old outputs as they were, and memory does not grow with an input.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

const HEADER: &str = "date,partner_id,association,subscription_id,amount,currency\n";
const OLD: [(&str, &str); 3] =
    [("r.csv", "old report"), ("r.rejects.csv", "old rejects"), ("r.run.json", "old summary")];

/// A folder with good consumption in `in` and old outputs in `out`.
fn case() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    let rows: String = (0..200).map(|n| format!("2017-05-31,{n}1,dpor,s{n},{n}.5,USD\n")).collect();
    fs::write(folder.path().join("in/good.csv"), format!("{HEADER}{rows}")).unwrap();
    for (name, text) in OLD {
        fs::write(folder.path().join("out").join(name), text).unwrap();
    }
    folder
}

fn attain(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attain"));
    command
        .current_dir(folder)
        .args(["report", "--as-of", "2017-07-07", "--quiet", "--allow", "all"])
        .args(args);
    command
}

/// Names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Asserts that the old outputs are there, as they were.
fn assert_old(folder: &Path, what: &str) {
    for (name, text) in OLD {
        assert_eq!(fs::read_to_string(folder.join("out").join(name)).unwrap(), text, "{what}");
    }
}

fn assert_nothing_new(folder: &Path, what: &str) {
    assert_old(folder, what);
    assert_eq!(names(&folder.join("out")), OLD.map(|(name, _)| name), "{what}");
}

/// Asserts that a failed run has left its record, with its exit code and what it told, and nothing else.
fn assert_failure_alone(folder: &Path, output: &Output, what: &str) {
    let path = folder.join("out/r.failed.json");
    let record: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(record["status"], "failed", "{what}");
    assert_eq!(record["exit_code"].as_i64(), output.status.code().map(i64::from), "{what}");
    let told = String::from_utf8_lossy(&output.stderr);
    for fault in record["faults"].as_array().unwrap() {
        assert!(told.contains(fault["message"].as_str().unwrap()), "{what}: {fault}: {told}");
    }
    fs::remove_file(path).unwrap();
    assert_nothing_new(folder, what);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_run_that_fails_leaves_the_old_outputs_as_they_were_and_no_other_file() {
    let one_row = |row: &str| format!("{HEADER}{row}\n").into_bytes();
    let packed = gzip(&one_row(&"2017-05-31,7,dpor,s1,1,USD\n".repeat(9_000)));
    let cycle = b"partner_id,name,country,market,rolls_up_to\n1,,,,2\n2,,,,1\n".to_vec();
    let month =
        b"month,partner_id,association,subscription_id,amount,currency\n2016-07,7,dpor,s,1,USD\n".to_vec();
    let refused_before =
        [HEADER.as_bytes(), &b"no row\n".repeat(5_000), b"2017-05-31,7,dpor,s,9e14,USD\n"].concat();
    let out = ["-o", "out/r.csv"];
    let cases: [(&str, Vec<u8>, &[&str], i32); 11] = [
        ("truncated gzip", packed[..packed.len() - 9].to_vec(), &["in"], 1),
        ("a roll-up cycle", cycle, &["in"], 1),
        ("one file given twice", Vec::new(), &["in", "in/good.csv"], 1),
        ("no such file", Vec::new(), &["in", "nowhere.csv"], 1),
        ("an unknown header given by name", b"a,b\n1,2\n".to_vec(), &["in", "in/bad.csv"], 1),
        ("a month that is cut", month, &["in", "--window", "trailing-days"], 1),
        ("amounts too large", refused_before, &["in", "--max-rejects", "100%"], 1),
        ("a file for the folder of the rejects", Vec::new(), &["in", "--rejects", "in/good.csv/r.csv"], 1),
        ("a folder for a summary", Vec::new(), &["in", "--summary", "in"], 1),
        ("no such rule set", Vec::new(), &["in", "--rules", "no-such-rules"], 2),
        ("an input for an output", Vec::new(), &["in/good.csv", "--rejects", "in/good.csv"], 1),
    ];
    for (what, bad, args, code) in cases {
        let folder = case();
        fs::write(folder.path().join("in/bad.csv"), &bad).unwrap();
        let output = attain(folder.path(), args).args(out).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{what}: {told}");
        assert!(told.starts_with("attain: "), "{what}: {told}");
        assert_failure_alone(folder.path(), &output, what);
        assert_eq!(names(&folder.path().join("in")), ["bad.csv", "good.csv"], "{what}");
        assert_eq!(fs::read(folder.path().join("in/bad.csv")).unwrap(), bad, "{what}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_leaves_the_other_outputs_as_they_were() {
    let folder = case();
    let args = ["in", "-o", "/dev/full", "--rejects", "out/r.rejects.csv", "--summary", "out/r.run.json"];
    let output = attain(folder.path(), &args).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert_nothing_new(folder.path(), "/dev/full");
}

#[test]
fn a_disk_that_takes_no_more_leaves_the_old_outputs_as_they_were() {
    let commands = [
        "report in --as-of 2017-07-07 --quiet -o out/r.csv",
        "report in --as-of 2017-07-07 --quiet -o out/r.xlsx",
        "history in --from 2017-05-01 --to 2017-07-07 --every day --quiet -o out/r.csv",
    ];
    for command in commands {
        let folder = case();
        // A limit on the size of files stands for a full disk: writing past it is an error.
        let script = format!("trap '' XFSZ; ulimit -f 8; exec \"$0\" {command}");
        let output = Command::new("sh")
            .current_dir(folder.path())
            .args(["-c", &script, env!("CARGO_BIN_EXE_attain")])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        let target = if command.ends_with("xlsx") { "out/r.xlsx" } else { "out/r.csv" };
        assert_eq!(output.status.code(), Some(1), "{command}: {told}");
        assert!(told.starts_with(&format!("attain: {target}: cannot be written: ")), "{command}: {told}");
        assert_failure_alone(folder.path(), &output, command);
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_run_that_is_killed_while_it_reads_changes_nothing() {
    let folder = case();
    let mut child = attain(folder.path(), &["-", "-o", "out/r.csv", "--block-bytes", "64"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let row = "2017-05-31,7,dpor,s1,1,USD\nno row\n";
    let text = format!("{HEADER}{}", row.repeat(100_000));
    child.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    kill(child);
    assert_nothing_new(folder.path(), "killed while reading");
}

/// A run whose report goes to a pipe that nobody reads: it has staged all outputs, and waits before the first of them appears.
fn waiting_run(folder: &Path, args: &[&str]) -> Child {
    let pipe = folder.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let outputs = ["-o", "pipe", "--rejects", "out/r.rejects.csv", "--summary", "out/r.run.json"];
    let child = attain(folder, args).args(outputs).args(["--max-rejects", "100%"]).spawn().unwrap();
    let staged = |name: &String| {
        name.starts_with('.') && fs::metadata(folder.join("out").join(name)).is_ok_and(|file| file.len() > 0)
    };
    wait_until("staging", || names(&folder.join("out")).iter().filter(|name| staged(name)).count() == 2);
    child
}

#[test]
fn a_run_that_is_killed_before_its_first_output_appears_leaves_the_old_ones_and_the_next_run_passes_over_the_rest()
 {
    let folder = case();
    kill(waiting_run(folder.path(), &["in"]));
    assert_old(folder.path(), "killed while writing");
    let output = attain(folder.path(), &["in", "out", "-o", "new.csv"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("new.run.json")).unwrap()).unwrap();
    assert_eq!(summary["inputs"].as_array().unwrap().len(), 1);
    let is_temporary = |skipped: &&serde_json::Value| skipped["file"].as_str().unwrap().contains(".attain");
    let temporary: Vec<_> = summary["skipped"].as_array().unwrap().iter().filter(is_temporary).collect();
    assert!(temporary.iter().all(|skipped| skipped["class"] == "hidden"), "{temporary:?}");
}

#[test]
fn the_next_good_run_removes_the_record_of_a_failed_one_and_a_walk_passes_over_it() {
    let folder = case();
    let output = attain(folder.path(), &["in", "out", "nowhere.csv", "-o", "out/new.csv"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let record = folder.path().join("out/new.failed.json");
    assert!(record.exists());
    let output = attain(folder.path(), &["in", "out", "-o", "other.csv"]).output().unwrap();
    assert_eq!((output.status.code(), record.exists()), (Some(0), true));
    let output = attain(folder.path(), &["in", "-o", "out/new.csv"]).output().unwrap();
    assert_eq!((output.status.code(), record.exists()), (Some(0), false));
}

#[test]
fn a_pipe_is_read_as_often_as_its_numbers_need() {
    let folder = case();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut run = attain(folder.path(), &["pipe", "-o", "out/r.csv"]);
    let run = run.stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = File::options().write(true).open(pipe).unwrap();
    pipe.write_all(format!("{HEADER}2017-05-31,7,dpor,s1,\"1,5\",USD\n").as_bytes()).unwrap();
    drop(pipe);
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let report = fs::read_to_string(folder.path().join("out/r.csv")).unwrap();
    assert!(report.lines().nth(1).is_some_and(|line| line.contains(",1.50,")), "{report}");
}

#[test]
fn a_file_that_is_written_to_between_its_header_and_its_rows_is_an_error_also_if_its_size_stays() {
    let parquet = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/parquet/duckdb-v1-snappy.parquet");
    let mut kinds = vec!["in/good.csv", "in/good.csv.gz", "in/good.csv.zst", "in/good.utf-16.csv"];
    kinds.extend(cfg!(feature = "parquet").then_some("in/good.parquet"));
    for name in kinds {
        let folder = case();
        let text = fs::read_to_string(folder.path().join("in/good.csv")).unwrap();
        let utf_16: Vec<u8> =
            format!("\u{feff}{text}").encode_utf16().flat_map(|unit| unit.to_le_bytes()).collect();
        fs::write(folder.path().join("in/good.csv.gz"), gzip(text.as_bytes())).unwrap();
        fs::write(folder.path().join("in/good.csv.zst"), zstd::encode_all(text.as_bytes(), 3).unwrap())
            .unwrap();
        fs::write(folder.path().join("in/good.utf-16.csv"), utf_16).unwrap();
        fs::copy(&parquet, folder.path().join("in/good.parquet")).unwrap();
        let (file, pipe) = (folder.path().join(name), folder.path().join("pipe"));
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let mut run = attain(folder.path(), &[name, "pipe", "-o", "out/r.csv"]);
        let run = run.stderr(Stdio::piped()).spawn().unwrap();
        // Opened as soon as the run opens it, which knows the other file by then.
        let mut pipe = File::options().write(true).open(pipe).unwrap();
        let same = fs::read(&file).unwrap();
        fs::write(&file, same).unwrap();
        File::options().write(true).open(file).unwrap().set_modified(SystemTime::now()).unwrap();
        pipe.write_all(HEADER.as_bytes()).unwrap();
        drop(pipe);
        let output = run.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            told,
            format!("attain: {name}: unreadable: cannot be read: the file changed while it was read\n")
        );
        assert_eq!(output.status.code(), Some(1));
        assert_failure_alone(folder.path(), &output, name);
    }
}

/// The most memory that a run has held, when all is staged. Unit: bytes.
#[cfg(target_os = "linux")]
fn peak_bytes(text: &str) -> u64 {
    let folder = case();
    fs::write(folder.path().join("in/more.csv"), text).unwrap();
    let child = waiting_run(folder.path(), &["in", "--threads", "2", "--block-bytes", "65536"]);
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    kill(child);
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() << 10
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_rows_of_an_input_sound_or_refused() {
    let wide = "x".repeat(500);
    let sound = format!("2017-05-31,7,dpor,s1,1.25,USD,{wide}\n");
    let refused = format!("31.5.2017,7,dpor,s1,1.25,USD,{wide}\n");
    for row in [sound, refused] {
        let header = format!("{},more\n", HEADER.trim_end());
        let peak = |rows| peak_bytes(&format!("{header}{}", row.repeat(rows)));
        let (few, many) = (peak(2_000), peak(60_000));
        // 29 MB of rows more.
        assert!(many < few + (6 << 20), "{few} bytes for 2,000 rows, {many} for 60,000");
    }
}
