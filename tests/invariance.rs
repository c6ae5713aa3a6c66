//! Promise 1: the same inputs, in any order, read by any number of threads in blocks of any size, plain or compressed, give the
//! same bytes in every output, but for the timings of the summary.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use attain::testdata::{Options, Order, Spread, generate};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

/// All outputs of a run; the summary without its timings.
#[derive(PartialEq)]
struct Outputs {
    report: Vec<u8>,
    rejects: Vec<u8>,
    summary: Value,
}

/// Runs `attain report` in `folder`.
fn run(folder: &Path, args: &[&str]) -> Outputs {
    run_with(folder, args, Stdio::null())
}

fn run_with(folder: &Path, args: &[&str], stdin: Stdio) -> Outputs {
    let out = folder.join("out");
    fs::create_dir_all(&out).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_attain"));
    command.current_dir(folder).arg("report").args(args).stdin(stdin);
    command.args(["-o", "out/r.csv", "--as-of", "2017-07-07", "--max-rejects", "100%", "--quiet"]);
    command.args(["--allow", "all"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| fs::read(out.join(name)).unwrap();
    let mut summary: Value = serde_json::from_slice(&read("r.run.json")).unwrap();
    for key in ["started", "ended", "timings"] {
        summary.as_object_mut().unwrap().remove(key).expect("a summary has its times");
    }
    let outputs = Outputs { report: read("r.csv"), rejects: read("r.rejects.csv"), summary };
    fs::remove_dir_all(out).unwrap();
    outputs
}

/// Says where two runs differ, without a megabyte of bytes.
fn assert_same(ours: &Outputs, first: &Outputs, what: &str) {
    for (name, a, b) in [("report", &ours.report, &first.report), ("rejects", &ours.rejects, &first.rejects)]
    {
        let line = a.split(|b| *b == b'\n').zip(b.split(|b| *b == b'\n')).find(|(a, b)| a != b);
        let shown = line.map(|(a, b)| [a, b].map(String::from_utf8_lossy));
        assert!(a == b, "{what}: the {name} differs: {shown:?}, {} and {} bytes", a.len(), b.len());
    }
    assert_eq!(ours.summary, first.summary, "{what}");
}

const DIALECTS: [&str; 5] =
    ["cost-enterprise", "cost-partner", "focus", "insights-azure-usage", "recon-daily-rated"];

/// Writes generated exports of several dialects, with all small roles, to the folder `in`.
fn write_exports(folder: &Path) {
    let input = folder.join("in");
    fs::create_dir(&input).unwrap();
    for (seed, dialect) in (1..).zip(DIALECTS) {
        let dir = folder.join(dialect);
        let order = if seed % 2 == 0 { Order::Grouped } else { Order::Random };
        let (partners, dialect) = (40, dialect.to_owned());
        generate(&Options {
            dir: dir.clone(),
            partners,
            rows: 900,
            dialect,
            columns: Vec::new(),
            seed,
            order,
            spread: Spread::Skewed,
            threads: 1,
        })
        .unwrap();
        for entry in fs::read_dir(&dir).unwrap() {
            let entry = entry.unwrap();
            let is_consumption = entry.file_name().to_string_lossy().starts_with("consumption");
            if is_consumption || seed == 1 {
                fs::rename(entry.path(), input.join(entry.file_name())).unwrap();
            }
        }
        fs::remove_dir_all(dir).unwrap();
    }
}

/// Puts broken lines among the rows of every file: whatever can be wrong with a row, and what shifts the end of a record.
fn break_rows(folder: &Path) {
    let broken: [&[u8]; 9] = [
        b"ragged,row",
        b"",
        b"\"text\"after a quote,x",
        b"nul\0byte",
        b"\xff\xfe,bad text",
        b"\"a field\r\nof\n\nfour lines\",x",
        b"a\rlone cr,x\r",
        b",,,,,,,,,,,,,,,,",
        b"x,\"doubled \"\"quotes\"\"\",\"\"",
    ];
    for (nth, name) in files(folder).iter().enumerate() {
        let path = folder.join(name);
        let text = fs::read(&path).unwrap();
        let lines: Vec<&[u8]> = text.split_inclusive(|b| *b == b'\n').collect();
        let mut out = Vec::new();
        for (line, bytes) in lines.iter().enumerate() {
            if line > 0 && (line + nth) % 11 == 0 {
                out.extend_from_slice(broken[(line / 11 + nth) % broken.len()]);
                out.push(b'\n');
            }
            match line {
                0 => out.extend_from_slice(bytes),
                // A row with a hole, a row with a number that is none, a row with a lost quote.
                _ if line % 29 == 7 => out.extend(bytes.iter().filter(|b| **b != b'5')),
                _ if line % 31 == 7 => out.extend(bytes.iter().map(|b| if *b == b'1' { b'x' } else { *b })),
                _ if line % 97 == 7 => out.extend(without_its_first_quote(bytes)),
                _ => out.extend_from_slice(bytes),
            }
        }
        if nth == 0 {
            out.extend_from_slice(b"a,\"quote that\nnever closes");
        }
        fs::write(path, out).unwrap();
    }
}

fn without_its_first_quote(line: &[u8]) -> Vec<u8> {
    let mut line = line.to_vec();
    if let Some(at) = line.iter().position(|b| *b == b'"') {
        line.remove(at);
    }
    line
}

/// Names of all files below a folder, sorted.
fn files(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(folder.join(&below)).unwrap() {
            let entry = entry.unwrap();
            let name = below.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(name);
            } else {
                names.push(name.to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    names.sort();
    names
}

fn copy_folder(from: &Path, to: &Path) {
    for name in files(from) {
        let path = to.join(&name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(from.join(name), path).unwrap();
    }
}

/// Folders with a folder `in` each: broken exports of several dialects, and data in the repository.
fn data_sets() -> Vec<tempfile::TempDir> {
    let broken = tempfile::tempdir().unwrap();
    write_exports(broken.path());
    break_rows(&broken.path().join("in"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sets = vec![broken];
    for stored in ["tests/cases/totals/input", "sample-data"] {
        let set = tempfile::tempdir().unwrap();
        copy_folder(&root.join(stored), &set.path().join("in"));
        sets.push(set);
    }
    sets
}

#[test]
fn every_output_byte_is_the_same_for_any_threads_and_block_size_and_when_run_again() {
    for set in data_sets() {
        let first = run(set.path(), &["in"]);
        let ways = [
            ("1", "2097152"),
            ("2", "2097152"),
            ("1", "1024"),
            ("2", "4097"),
            ("3", "1024"),
            ("8", "16383"),
            ("8", "65537"),
            ("3", "300007"),
        ];
        for (threads, block_bytes) in ways {
            let ours = run(set.path(), &["in", "--threads", threads, "--block-bytes", block_bytes]);
            assert_same(&ours, &first, &format!("{threads} threads, blocks of {block_bytes}"));
        }
    }
}

#[test]
fn the_broken_rows_are_refused_for_many_reasons() {
    let set = data_sets().swap_remove(0);
    let outputs = run(set.path(), &["in"]);
    let refused = outputs.summary["rejects"].as_array().unwrap();
    let codes: Vec<&str> = refused.iter().map(|refused| refused["code"].as_str().unwrap()).collect();
    for code in ["unclosed-quote", "nul-byte", "bad-quote", "ragged-row", "bad-date", "no-partner"] {
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
    assert!(outputs.report.split(|b| *b == b'\n').count() > 40);
}

/// Names of the inputs of a set that are read.
fn inputs(set: &Path, outputs: &Outputs) -> Vec<String> {
    let mut names: Vec<String> = files(&set.join("in")).iter().map(|name| format!("in/{name}")).collect();
    names.retain(|name| outputs.summary["inputs"].to_string().contains(name.as_str()));
    names
}

#[test]
fn every_output_byte_is_the_same_for_any_threads_blocks_and_order_at_once() {
    let sets: Vec<_> = data_sets()
        .into_iter()
        .map(|set| {
            let names = inputs(set.path(), &run(set.path(), &["in"]));
            let first = run(set.path(), &names.iter().map(String::as_str).collect::<Vec<_>>());
            (set, names, first)
        })
        .collect();
    let ways = (0..sets.len(), 1..9_usize, 500..70_000_usize, vec(any::<u32>(), 64));
    let mut runner = TestRunner::new(Config { cases: 32, failure_persistence: None, ..Config::default() });
    runner
        .run(&ways, |(which, threads, block_bytes, keys)| {
            let (set, names, first) = &sets[which];
            let mut order: Vec<(u32, &str)> =
                keys.into_iter().zip(names.iter().map(String::as_str)).collect();
            assert_eq!(order.len(), names.len(), "every input has a key");
            order.sort_unstable();
            let (threads, block_bytes) = (threads.to_string(), block_bytes.to_string());
            let mut args: Vec<&str> = order.into_iter().map(|(_, name)| name).collect();
            args.extend(["--threads", &threads, "--block-bytes", &block_bytes]);
            let ours = run(set.path(), &args);
            assert_same(&ours, first, &args.join(" "));
            // The order of its keys, too.
            assert_eq!(ours.summary.to_string(), first.summary.to_string());
            Ok(())
        })
        .unwrap();
}

#[test]
fn every_output_byte_is_the_same_for_any_order_of_the_inputs() {
    for set in data_sets() {
        let first = run(set.path(), &["in"]);
        let mut names = inputs(set.path(), &first);
        for turn in 0..4 {
            let turned = (turn * 2 + 1) % names.len();
            names.rotate_left(turned);
            names.reverse();
            let args: Vec<&str> = names.iter().map(String::as_str).collect();
            let ours = run(set.path(), &args);
            let mut summary = first.summary.clone();
            // A file that is given by name is not one that was passed over in a walk.
            summary["skipped"] = ours.summary["skipped"].clone();
            let first = Outputs { report: first.report.clone(), rejects: first.rejects.clone(), summary };
            assert_same(&ours, &first, &format!("order {turn}"));
        }
    }
}

#[test]
fn compressed_inputs_and_standard_input_give_the_same_report_and_rejects() {
    for set in data_sets() {
        let first = run(set.path(), &["in"]);
        let packed = tempfile::tempdir().unwrap();
        copy_folder(&set.path().join("in"), &packed.path().join("in"));
        let names = files(&packed.path().join("in"));
        for (nth, name) in names.iter().enumerate().filter(|(_, name)| !name.ends_with(".json")) {
            let path = packed.path().join("in").join(name);
            let bytes = fs::read(&path).unwrap();
            if bytes.starts_with(b"PK") || bytes.starts_with(&[0x1f, 0x8b]) {
                continue;
            }
            // By content, not by name: so the names in the outputs are the same.
            let bytes = if nth % 2 == 0 {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(&bytes).unwrap();
                encoder.finish().unwrap()
            } else {
                zstd::stream::encode_all(&bytes[..], 1).unwrap()
            };
            fs::write(path, bytes).unwrap();
        }
        for args in [&["in"][..], &["in", "--threads", "3", "--block-bytes", "4099"]] {
            let ours = run(packed.path(), args);
            assert!(ours.report == first.report, "the report differs");
            assert!(ours.rejects == first.rejects, "the rejects differ");
            assert_eq!(ours.summary["control_totals"], first.summary["control_totals"]);
        }
        let is_input = |name: &&String| !name.ends_with(".md");
        let bytes = |name: &&String| fs::metadata(set.path().join("in").join(name)).unwrap().len();
        let largest = names.iter().filter(is_input).max_by_key(bytes);
        let largest = set.path().join("in").join(largest.unwrap());
        let aside = set.path().join("aside");
        fs::rename(largest, &aside).unwrap();
        let stdin = Stdio::from(fs::File::open(&aside).unwrap());
        let ours = run_with(set.path(), &["-", "in", "--block-bytes", "30011"], stdin);
        assert!(ours.report == first.report, "the report differs");
        assert_eq!(ours.summary["control_totals"], first.summary["control_totals"]);
    }
}

#[test]
fn one_export_in_one_file_or_in_several_gives_the_same_report_and_control_totals() {
    let set = tempfile::tempdir().unwrap();
    write_exports(set.path());
    let first = run(set.path(), &["in"]);
    let input = set.path().join("in");
    for name in files(&input).into_iter().filter(|name| name.starts_with("consumption")) {
        let text = fs::read_to_string(input.join(&name)).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        let rows: Vec<&str> = rows.split_inclusive('\n').collect();
        fs::remove_file(input.join(&name)).unwrap();
        for (part, rows) in rows.chunks(rows.len() / 3).enumerate() {
            let (stem, extension) = name.rsplit_once('.').unwrap();
            fs::create_dir_all(input.join(stem)).unwrap();
            let path = input.join(stem).join(format!("part_{part}.{extension}"));
            fs::write(path, format!("{header}\n{}", rows.concat())).unwrap();
        }
    }
    let ours = run(set.path(), &["in"]);
    assert!(ours.report == first.report, "the report differs");
    assert_eq!(ours.summary["control_totals"], first.summary["control_totals"]);
}
