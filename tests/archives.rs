//! Files in zip archives: read like files in folders, bounded, and gone once the run has ended. Comes in: archives made here. Goes out:
//! nothing, or a panic that shows where a report or a message differs.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;
use std::io::{Cursor, Write};
use std::process::{Command, Output};

use serde_json::Value;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

const HEAD: &str = "date,partner_id,association,subscription_id,amount,currency\n";

fn usage(amount: u32) -> String {
    format!("{HEAD}2017-06-01,4000001,dpor,s{amount},{amount},USD\n")
}

fn json(amount: u32) -> String {
    format!(
        "{{\"date\":\"2017-06-02\",\"partner_id\":4000001,\"association\":\"dpor\",\"subscription_id\":\"j{amount}\",\"amount\":{amount},\"currency\":\"USD\"}}\n"
    )
}

fn packed(method: CompressionMethod, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn deflated(files: &[(&str, &[u8])]) -> Vec<u8> {
    packed(CompressionMethod::Deflated, files)
}

/// A folder with files and a folder for temporary files beside it.
struct Run(tempfile::TempDir);

impl Run {
    fn new(files: &[(&str, &[u8])]) -> Run {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join("input").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        fs::create_dir(folder.path().join("tmp")).unwrap();
        Run(folder)
    }

    fn attain(&self, args: &str) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_attain"))
            .args(args.split(' '))
            .current_dir(self.0.path())
            .env("TMPDIR", self.0.path().join("tmp"))
            .env("TMP", self.0.path().join("tmp"))
            .output()
            .unwrap();
        let left = fs::read_dir(self.0.path().join("tmp")).unwrap().count();
        assert_eq!(left, 0, "no temporary file is left");
        output
    }

    /// The exit code and standard error of a report; other outputs beside it.
    fn report(&self, input: &str) -> (i32, String) {
        let args = format!("report {input} --as-of 2017-07-07 -o report.csv --allow all --digest sha256");
        let output = self.attain(&args);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn summary(&self) -> Value {
        serde_json::from_str(&self.read("report.run.json")).unwrap()
    }

    /// What the report says that partner 4000001 has.
    fn consumption(&self) -> String {
        let report = self.read("report.csv");
        let line = report.lines().find(|line| line.starts_with("4000001,")).expect("the partner has a line");
        line.split(',').nth(9).unwrap().to_owned()
    }
}

fn names(summary: &Value, list: &str) -> Vec<String> {
    let files = summary[list].as_array().unwrap().iter();
    files.map(|file| file["file"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_file_in_an_archive_is_read_like_a_file_in_a_folder() {
    let book = {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (row, line) in usage(4).lines().enumerate() {
            for (column, cell) in line.split(',').enumerate() {
                sheet.write_string(row.try_into().unwrap(), column.try_into().unwrap(), cell).unwrap();
            }
        }
        book.save_to_buffer().unwrap()
    };
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let zip = packed(
            method,
            &[
                ("2017/06/a.csv", usage(1).as_bytes()),
                ("2017/06/b.jsonl", json(2).as_bytes()),
                ("c", usage(8).replace(',', "\t").as_bytes()),
                ("sheet.xlsx", &book),
                ("__MACOSX/2017/06/._a.csv", b"\0\x05\x16\x07"),
                ("2017/.DS_Store", b"\0\0\0\x01Bud1"),
                ("readme.txt", b"What this is.\n"),
                ("old\\d.csv", usage(16).as_bytes()),
            ],
        );
        let run = Run::new(&[("june.zip", &zip), ("e.csv", usage(32).as_bytes())]);
        let (exit, stderr) = run.report("input");
        assert_eq!((exit, run.consumption().as_str()), (0, "63.00"), "{stderr}");
        let summary = run.summary();
        let inputs = [
            "e.csv",
            "june.zip/2017/06/a.csv",
            "june.zip/2017/06/b.jsonl",
            "june.zip/c",
            "june.zip/old/d.csv",
            "june.zip/sheet.xlsx",
        ];
        assert_eq!(names(&summary, "inputs"), inputs.map(|name| format!("input/{name}")));
        let skipped = ["june.zip/2017/.DS_Store", "june.zip/__MACOSX/2017/06/._a.csv", "june.zip/readme.txt"];
        assert_eq!(names(&summary, "skipped"), skipped.map(|name| format!("input/{name}")));
        let of_zip = &summary["inputs"][1];
        assert_eq!(of_zip["bytes"], usage(1).len());
        assert_eq!(of_zip["digest"], summary["inputs"][2]["digest"], "the digest of the archive as stored");
        let (exit, stderr) = run.report("input/june.zip");
        assert_eq!((exit, run.consumption().as_str()), (0, "31.00"), "{stderr}");
    }
}

#[test]
fn a_file_once_plain_and_once_in_an_archive_counts_once() {
    let zip = deflated(&[("usage.csv", usage(7).as_bytes())]);
    let run = Run::new(&[("usage.csv", usage(7).as_bytes()), ("usage.zip", &zip), ("more.zip", &zip)]);
    let (exit, stderr) = run.report("input");
    assert_eq!((exit, run.consumption().as_str()), (0, "7.00"), "{stderr}");
    assert!(stderr.contains("same-bytes"), "{stderr}");
}

#[test]
fn a_reject_in_an_archive_names_the_archive_and_the_file() {
    let text = format!("{}2017-06-01,4000001,dpor,s,x,USD\n", usage(7));
    let run = Run::new(&[("u.zip", &deflated(&[("in/usage.csv", text.as_bytes())]))]);
    assert_eq!(run.report("input").0, 3);
    assert!(run.read("report.rejects.csv").contains("\ninput/u.zip/in/usage.csv,,3,"));
}

#[test]
fn a_file_that_is_alone_in_an_archive_of_its_name_has_the_place_of_the_archive() {
    // Two runs of one series: the newer one counts for the days of both.
    let older = deflated(&[("usage-2017-06-02.csv", usage(7).as_bytes())]);
    let newer = usage(7).replace(",7,USD", ",9,USD");
    let newer = deflated(&[("usage-2017-06-03.csv", newer.as_bytes())]);
    let run = Run::new(&[("usage-2017-06-02.csv.zip", &older), ("usage-2017-06-03.zip", &newer)]);
    let (exit, stderr) = run.report("input");
    assert_eq!((exit, run.consumption().as_str()), (0, "9.00"), "{stderr}");
    // A manifest lists the file as delivered.
    let manifest = br#"{"blobs": [{"blobName": "x/part_0_0001.csv", "byteCount": 5, "dataRowCount": 1}]}"#;
    let part = deflated(&[("part_0_0001.csv", usage(5).as_bytes())]);
    let run = Run::new(&[("_manifest.json", manifest), ("part_0_0001.csv.zip", &part)]);
    let (exit, stderr) = run.report("input");
    assert_eq!((exit, run.consumption().as_str()), (0, "5.00"), "{stderr}");
}

#[test]
fn a_manifest_in_an_archive_lists_the_files_beside_it_and_its_token_is_never_shown() {
    let manifest = r#"{"id": "1", "dataFormat": "compressedJSONLines", "createdDateTime": "2017-07-01T10:00:00Z",
        "rootDirectory": "https://s.example/c?sig=NOT-A-REAL-TOKEN", "sasToken": "sv=1&sig=NOT-A-REAL-TOKEN",
        "partitionType": "ItemCount", "blobCount": 2, "blobs": [{"name": "a.json"}, {"name": "b.json?sig=NOT-A-REAL-TOKEN"}]}"#;
    let (a, b) = (json(1), json(2));
    let complete: &[(&str, &[u8])] = &[
        ("run/manifest.json", manifest.as_bytes()),
        ("run/a.json", a.as_bytes()),
        ("run/b.json", b.as_bytes()),
    ];
    let cut = &manifest[..manifest.len() - 90];
    for (files, expected) in [
        (complete.to_vec(), 0),
        (complete[..2].to_vec(), 1),
        (vec![("run/manifest.json", cut.as_bytes()), complete[1], complete[2]], 0),
        (vec![("run/answer.json", manifest.as_bytes()), complete[1], complete[2]], 0),
        (vec![("run/answer.json", cut.as_bytes()), complete[1], complete[2]], 0),
        (vec![("run/answer.txt", &manifest.as_bytes()[150..]), complete[1], complete[2]], 0),
    ] {
        let zip = deflated(&files);
        let run = Run::new(&[("run.zip", &zip), ("c.csv", usage(4).as_bytes())]);
        let plain = Run::new(&files);
        for (run, input) in [(&run, "input"), (&plain, "input")] {
            let (exit, stderr) = run.report(input);
            assert_eq!(exit, expected, "{stderr}");
            let check = run.attain("check input");
            let mut shown = format!("{stderr}{}", String::from_utf8_lossy(&check.stdout));
            shown += &String::from_utf8_lossy(&check.stderr);
            for output in fs::read_dir(run.0.path()).unwrap().map(|entry| entry.unwrap().path()) {
                shown += &fs::read_to_string(output).unwrap_or_default();
            }
            assert!(!shown.contains("NOT-A-REAL-TOKEN"), "{shown}");
        }
        // By name too.
        let (name, _) = files[0];
        let (exit, stderr) = plain.report(&format!("input/{name} input/run/a.json"));
        assert!(exit <= 1 && !stderr.contains("NOT-A-REAL-TOKEN"), "{stderr}");
    }
}

/// The message on an archive of this name.
fn message(name: &str, bytes: &[u8]) -> String {
    let run = Run::new(&[(name, bytes), ("z.csv", usage(1).as_bytes())]);
    let (exit, stderr) = run.report("input");
    assert_eq!(exit, 1, "{stderr}");
    assert!(!run.0.path().join("report.csv").exists());
    stderr
}

#[test]
fn what_cannot_be_unpacked_is_an_input_error_that_names_the_file() {
    let one = deflated(&[("in/usage.csv", usage(1).as_bytes())]);
    let cut = message("u.zip", &one[..one.len() - 30]);
    assert!(cut.contains("input/u.zip: truncated: the archive ends too early"), "{cut}");
    let half = message("u.zip", &one[..one.len() / 2]);
    assert!(half.contains("input/u.zip: truncated: "), "{half}");
    let mut flipped = one.clone();
    flipped[60] ^= 0x55;
    let damaged = message("u.zip", &flipped);
    assert!(damaged.contains("input/u.zip/in/usage.csv: corrupt: the archive is damaged"), "{damaged}");
    let nested = message("u.zip", &deflated(&[("a/b.zip", &one)]));
    assert!(nested.contains("input/u.zip/a/b.zip: unsupported: an archive in an archive"), "{nested}");
    let mut encrypted = one.clone();
    for magic in [b"PK\x03\x04", b"PK\x01\x02"] {
        let at = encrypted.windows(4).position(|bytes| bytes == magic).unwrap();
        encrypted[at + if magic[2] == 3 { 6 } else { 8 }] |= 1;
    }
    let encrypted = message("u.zip", &encrypted);
    assert!(encrypted.contains("input/u.zip: encrypted: its file in/usage.csv is encrypted"), "{encrypted}");
    let mut other = one.clone();
    for (magic, at) in [(b"PK\x03\x04", 8), (b"PK\x01\x02", 10)] {
        let start = other.windows(4).position(|bytes| bytes == magic).unwrap();
        other[start + at] = 12;
    }
    let other = message("u.zip", &other);
    assert!(other.contains("input/u.zip: unsupported: its file in/usage.csv is compressed by"), "{other}");
    let delta =
        message("u.zip", &deflated(&[("t/_delta_log/0.json", b"{}"), ("t/a.csv", usage(1).as_bytes())]));
    assert!(delta.contains("a Delta table"), "{delta}");
    let two = deflated(&[("a.csv", usage(1).as_bytes()), ("b.csv", usage(2).as_bytes())]);
    let mut twice = two.clone();
    for at in (0..two.len() - 5).filter(|at| two[*at..].starts_with(b"b.csv")) {
        twice[at] = b'a';
    }
    let twice = message("u.zip", &twice);
    assert!(twice.contains("two of its files have one name"), "{twice}");
    let empty = Run::new(&[("u.zip", &deflated(&[]))]);
    assert!(empty.report("input/u.zip").1.contains("unknown-header: the archive holds no file"));
    let prose = Run::new(&[("u.zip", &deflated(&[("readme.txt", b"What this is.\n")]))]);
    let (exit, stderr) = prose.report("input/u.zip");
    assert_eq!(exit, 1);
    assert!(stderr.contains("input/u.zip: unknown-header: no file of the archive is read"), "{stderr}");
}

#[test]
fn a_bomb_is_refused_whatever_size_it_states() {
    let zeros = vec![0; 300 << 20];
    let bomb = deflated(&[("usage.csv", &zeros)]);
    let honest = message("u.zip", &bomb);
    assert!(honest.contains("input/u.zip: expands-absurdly: the archive expands absurdly"), "{honest}");
    // The directory and the header of the file state a small size.
    let mut lying = bomb;
    for (magic, at) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
        let start = lying.windows(4).position(|bytes| bytes == magic).unwrap();
        lying[start + at..start + at + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    let lying = message("u.zip", &lying);
    assert!(lying.contains("expands-absurdly") || lying.contains("corrupt"), "{lying}");
}

#[test]
fn a_workbook_and_a_document_stay_what_they_are() {
    let document = deflated(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("word/document.xml", b"<a/>"),
        ("a.csv", usage(1).as_bytes()),
    ]);
    let run = Run::new(&[("letter.docx", &document), ("z.csv", usage(2).as_bytes())]);
    let (exit, stderr) = run.report("input");
    assert_eq!((exit, run.consumption().as_str()), (0, "2.00"), "{stderr}");
    assert_eq!(names(&run.summary(), "skipped"), ["input/letter.docx"]);
}

#[test]
fn the_order_of_files_in_an_archive_and_the_threads_decide_nothing() {
    let texts: Vec<(String, String)> = (1..20).map(|n| (format!("f{n}.csv"), usage(n))).collect();
    let mut files: Vec<(&str, &[u8])> =
        texts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let forward = Run::new(&[("u.zip", &deflated(&files))]);
    files.reverse();
    let backward = Run::new(&[("u.zip", &deflated(&files))]);
    for run in [&forward, &backward] {
        assert_eq!(run.report("input --threads 1").0, 0);
        let one = run.read("report.csv");
        assert_eq!(run.report("input --threads 3").0, 0);
        assert_eq!(one, run.read("report.csv"));
    }
    assert_eq!(forward.read("report.csv"), backward.read("report.csv"));
}
