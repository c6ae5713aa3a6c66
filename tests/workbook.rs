//! The workbook, read back by another library: every cell of its sheet of partners is the CSV's, whatever the names are; the same run gives the same
//! bytes; every part of it is well-formed XML.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[expect(dead_code, reason = "the cases of this module are other tests' subject")]
#[path = "support/case/mod.rs"]
mod case;
#[path = "support/workbook.rs"]
mod workbook;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use attain::outputs::OutputFormat;
use case::{Case, copy_folder};
use rust_decimal::{Decimal, RoundingStrategy};
use workbook::{Book, assert_partners_equal, assert_well_formed, part, shown};

/// Runs attain in a folder.
fn attain(folder: &Path, args: &[&str], stdin: &[u8]) -> i32 {
    let mut child = Command::new(env!("CARGO_BIN_EXE_attain"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    drop(std::io::Write::write_all(&mut input, stdin));
    drop(input);
    let output = child.wait_with_output().unwrap();
    let code = output.status.code().unwrap();
    assert!([0, 3, 4].contains(&code), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    code
}

/// A folder with these files in `data`.
fn folder_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join("data").join(name), text).unwrap();
    }
    folder
}

const USAGE: &str = "date,partner_id,association,subscription_id,customer_id,amount,currency\n";

/// A roster of two partners, the first with this name and country, and their usage.
fn roster_with(name: &str) -> tempfile::TempDir {
    let mut roster = csv::Writer::from_writer(Vec::new());
    roster.write_record(["partner_id", "name", "country", "market", "rolls_up_to", "tenant_id"]).unwrap();
    roster.write_record(["4000001", name, name, "developed", "", ""]).unwrap();
    roster.write_record(["4000002", "Fabrikam", "France", "developed", "", ""]).unwrap();
    let roster = String::from_utf8(roster.into_inner().unwrap()).unwrap();
    let usage = format!(
        "{USAGE}2017-06-30,4000001,dpor,00000001-abcd-4000-8000-000000000000,,20000,USD\n\
        2017-05-31,4000002,dpor,00000002-abcd-4000-8000-000000000000,,700.125,USD\n"
    );
    folder_of(&[("p.csv", &roster), ("u.csv", &usage)])
}

const REPORT: [&str; 8] = ["report", "data", "--as-of", "2017-07-07", "--allow", "all", "--quiet", "-o"];

#[test]
fn every_cell_of_partners_is_the_csv_s_in_every_golden_case() {
    let mut compared = 0;
    for case in Case::all("golden") {
        let args = fs::read_to_string(case.folder.join("args")).unwrap();
        if !args.starts_with("report ") {
            continue;
        }
        let copy = tempfile::tempdir().unwrap();
        copy_folder(&case.folder, copy.path());
        fs::remove_file(copy.path().join("report.csv")).unwrap();
        let stdin = fs::read(case.folder.join("stdin")).unwrap_or_default();
        let args: Vec<&str> = args.split_whitespace().chain(["-o", "book.xlsx"]).collect();
        attain(copy.path(), &args, &stdin);
        let csv = fs::read_to_string(copy.path().join("report.csv")).unwrap();
        assert_eq!(csv.as_bytes(), fs::read(case.folder.join("report.csv")).unwrap(), "{}", case.name);
        let path = copy.path().join("book.xlsx");
        assert_partners_equal(&Book::open(&path), &csv, &case.name);
        assert_well_formed(&path);
        compared += 1;
    }
    assert!(compared > 90, "{compared}");
}

#[test]
fn the_sample_data_give_every_sheet_and_the_same_bytes_on_any_number_of_threads() {
    let folder = folder_of(&[]);
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    copy_folder(&sample, &folder.path().join("data"));
    let book_of = |name: &str, threads: &str| {
        attain(folder.path(), &[&REPORT[..], &["r.csv", "-o", name, "--threads", threads]].concat(), &[]);
        fs::read(folder.path().join(name)).unwrap()
    };
    let first = book_of("1.xlsx", "1");
    assert!(first == book_of("2.xlsx", "2") && first == book_of("3.xlsx", "2"), "the bytes differ");
    let path = folder.path().join("1.xlsx");
    let book = Book::open(&path);
    let sheets =
        ["Summary", "Partners", "Months", "Ledger", "People", "Rejects", "Warnings and coverage", "About"];
    assert_eq!(book.names, sheets);
    assert_partners_equal(&book, &fs::read_to_string(folder.path().join("r.csv")).unwrap(), "the sample");
    assert_well_formed(&path);
    let heads: Vec<String> = book.rows("Partners")[0].iter().map(shown).collect();
    assert_eq!(
        heads[..12],
        [
            "partner_id",
            "partner_name",
            "country",
            "market",
            "tier",
            "confidence",
            "next_tier",
            "next_consumption_shortfall_usd",
            "next_individuals_shortfall",
            "lost_on",
            "trend",
            "share_of_next_tier"
        ]
    );
    // The months of a partner add up to its consumption, since no month of the sample is rounded for these.
    let northwind = book.rows("Months").iter().find(|row| shown(&row[0]) == "4000103").unwrap();
    let months: Vec<String> = northwind[3..].iter().map(shown).collect();
    assert_eq!(months[3..6], ["7000.25", "8000.25", "7450.25"]);
    assert_eq!((months.len(), months[12].as_str(), months[0].as_str()), (13, "22450.75", "0"));
    let shares = book.column("Partners", "share_of_next_tier");
    // 22,450.75 of 100,000; 14,999.99 of 15,000 is not yet all; gold has no next tier.
    assert_eq!(
        (shown(shares[2]).as_str(), shown(shares[5]).as_str(), shown(shares[0]).as_str()),
        ("0.2245", "0.9999", "")
    );
    let people = book.text("People");
    assert!(people.contains("\nperson 1\n") && !people.contains('@'), "{people}");
    let about = book.text("About");
    for word in
        ["competency-cloud-platform.md", "judging usd", "insights-azure-usage", "First day on which the tier"]
    {
        assert!(about.contains(word), "{word}: {about}");
    }
    let core = part(&path, "docProps/core.xml");
    assert!(core.contains(">2017-07-07T00:00:00Z<"), "{core}");
    let partners = part(&path, "xl/worksheets/sheet2.xml");
    for word in [
        "<x14:sparkline>",
        "dataBar",
        "<pane xSplit=\"2\" ySplit=\"1\"",
        "landscape",
        "fitToHeight=\"0\"",
        "cellIs",
    ] {
        assert!(partners.contains(word), "{word}");
    }
}

#[test]
fn months_are_those_of_explanations_in_both_kinds_of_windows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = [
        (root.join("sample-data"), "complete-months", "2017-07-07"),
        (root.join("tests/cases/golden/loss-trailing-days/input"), "trailing-days", "2017-07-15"),
    ];
    for (data, window, as_of) in cases {
        let folder = folder_of(&[]);
        copy_folder(&data, &folder.path().join("data"));
        let at = ["--as-of", as_of, "--window", window, "--allow", "all", "--quiet"];
        attain(folder.path(), &[&["report", "data", "-o", "r.xlsx"][..], &at].concat(), &[]);
        let explain = ["explain", "--all", "data", "--format", "json", "-o", "why.json"];
        attain(folder.path(), &[&explain[..], &at].concat(), &[]);
        let json = fs::read(folder.path().join("why.json")).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let book = Book::open(&folder.path().join("r.xlsx"));
        let rows = book.rows("Months");
        let mut compared = 0;
        for explained in json["partners"].as_array().unwrap() {
            let id = explained["partner_id"].as_str().unwrap();
            let row = rows.iter().find(|row| shown(&row[0]) == id).unwrap();
            for month in explained["months"].as_array().unwrap() {
                let place = rows[0].iter().position(|head| shown(head) == month["month"].as_str().unwrap());
                let exact: Decimal = month["usd"].as_str().unwrap().parse().unwrap();
                let down = exact.round_dp_with_strategy(2, RoundingStrategy::ToNegativeInfinity);
                assert_eq!(shown(&row[place.unwrap()]), down.normalize().to_string(), "{id} {month}");
                compared += 1;
            }
        }
        assert!(compared > 3, "{window}: {compared}");
    }
}

#[test]
fn hostile_names_are_the_text_that_they_are() {
    let names = [
        "=1+2",
        "+1",
        "-1",
        "@SUM(A1)",
        "'=1",
        "a\u{1}b\u{7}\u{1f}",
        "_x0041_ _x005F_",
        "\u{fffe}\u{ffff}",
        "[]:*?/\\",
        "</t></is></c><f>1+2</f>&amp;\"'",
        " blanks \t",
        "two\nlines",
        "007",
        "NaN",
        "1e5",
        "\u{202e}Größe\u{1f600}",
    ];
    for name in names {
        let folder = roster_with(name);
        attain(folder.path(), &[&REPORT[..], &["r.json", "-o", "r.csv", "-o", "r.xlsx"]].concat(), &[]);
        let path = folder.path().join("r.xlsx");
        assert_well_formed(&path);
        let book = Book::open(&path);
        let json: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.path().join("r.json")).unwrap()).unwrap();
        for column in ["partner_name", "country"] {
            // What the report has: JSON has no guard.
            let expected = json[0][column].as_str().unwrap_or_default();
            assert_eq!(shown(book.column("Partners", column)[0]), expected, "{name:?}");
        }
        assert_partners_equal(&book, &fs::read_to_string(folder.path().join("r.csv")).unwrap(), name);
        assert!(book.text("Summary").contains(json[0]["country"].as_str().unwrap_or_default()), "{name:?}");
    }
}

#[test]
fn a_text_that_is_longer_than_a_cell_is_cut_and_the_summary_tells() {
    let folder = roster_with(&"long ".repeat(8_000));
    attain(folder.path(), &[&REPORT[..], &["r.xlsx"]].concat(), &[]);
    let book = Book::open(&folder.path().join("r.xlsx"));
    let name = shown(book.column("Partners", "partner_name")[0]);
    assert_eq!(name.chars().count(), 32_767);
    assert!(name.ends_with('…'), "{}", &name[name.len() - 20..]);
    assert!(
        book.text("Summary").contains("2 texts longer than a cell end in …"),
        "{}",
        book.text("Summary").len()
    );
}

#[test]
fn money_of_more_than_15_digits_is_text_with_every_digit() {
    let usage = format!(
        "{USAGE}2017-06-30,4000001,dpor,00000001-abcd-4000-8000-000000000000,,12345678901234.56,USD\n\
        2017-06-30,4000002,dpor,00000002-abcd-4000-8000-000000000000,,0.123456789012345678,USD\n\
        2017-06-30,4000003,dpor,00000003-abcd-4000-8000-000000000000,,9999999999999.99,USD\n"
    );
    let folder = folder_of(&[("u.csv", &usage)]);
    attain(folder.path(), &[&REPORT[..], &["r.csv", "-o", "r.xlsx"]].concat(), &[]);
    let book = Book::open(&folder.path().join("r.xlsx"));
    assert_partners_equal(&book, &fs::read_to_string(folder.path().join("r.csv")).unwrap(), "long money");
    let consumption = book.column("Partners", "consumption_usd");
    let kinds: Vec<bool> = consumption.iter().map(|cell| matches!(cell, calamine::Data::String(_))).collect();
    assert_eq!(kinds, [true, false, false], "{consumption:?}");
    let exact: Vec<String> = book.column("Ledger", "amount_exact").into_iter().map(shown).collect();
    assert_eq!(exact, ["12345678901234.56", "0.123456789012345678", ""]);
    let amounts = book.column("Ledger", "amount");
    assert!(amounts.iter().all(|cell| matches!(cell, calamine::Data::Float(_))), "{amounts:?}");
}

#[test]
fn a_question_cuts_lines_and_columns_of_partners_and_the_summary_tells() {
    let folder = folder_of(&[]);
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data"), &folder.path().join("data"));
    let ask = |question: &[&str]| {
        let args = [&REPORT[..], &["r.csv", "-o", "r.xlsx"], question].concat();
        attain(folder.path(), &args, &[]);
        let (path, csv) = (folder.path().join("r.xlsx"), folder.path().join("r.csv"));
        assert_well_formed(&path);
        let book = Book::open(&path);
        assert_partners_equal(&book, &fs::read_to_string(csv).unwrap(), &question.join(" "));
        book
    };
    let book = ask(&["--tier", "silver", "--sort", "consumption_usd:desc", "--top", "4"]);
    let ids = |book: &Book, sheet, column| -> Vec<String> {
        book.column(sheet, column).into_iter().map(shown).collect()
    };
    let shown_ids = ids(&book, "Partners", "partner_id");
    assert_eq!(shown_ids.len(), 4);
    // Lines of months are the lines of partners, in the same order.
    assert_eq!(ids(&book, "Months", "partner_id"), shown_ids);
    assert_eq!(ids(&book, "Months", "consumption_usd"), ids(&book, "Partners", "consumption_usd"));
    let of_ledger: BTreeSet<String> = ids(&book, "Ledger", "head").into_iter().collect();
    assert_eq!(of_ledger, shown_ids.iter().cloned().collect());
    let summary = book.text("Summary");
    assert!(summary.contains("4 of 26 partners; 22 are not shown (--tier silver --top 4)"), "{summary}");
    let book = ask(&["--columns", "tier,partner_id,lost_on"]);
    assert_eq!(
        book.rows("Partners")[0].iter().map(shown).collect::<Vec<_>>(),
        ["tier", "partner_id", "lost_on"]
    );
    let book = ask(&["--columns", "partner_id"]);
    assert_eq!(book.rows("Partners")[0].len(), 1);
    ask(&["--partner", "4000103"]);
    ask(&["--window-months", "1"]);
    let book = ask(&["--near", "0"]);
    assert!(book.text("Summary").contains("not shown"));
    let book = ask(&["--losing-by", "2017-07-01"]);
    assert_eq!(book.rows("Partners").len(), 1, "only heads");
    assert_eq!(book.rows("Months").len(), 1, "only heads");
}

#[test]
fn a_run_without_partners_is_a_workbook_of_heads() {
    let folder = folder_of(&[("u.csv", USAGE)]);
    attain(folder.path(), &[&REPORT[..], &["r.csv", "-o", "r.xlsx"]].concat(), &[]);
    let path = folder.path().join("r.xlsx");
    assert_well_formed(&path);
    let book = Book::open(&path);
    assert_partners_equal(&book, &fs::read_to_string(folder.path().join("r.csv")).unwrap(), "no partners");
    assert!(book.text("Summary").contains("No partner has a next tier."));
}

#[test]
fn a_previous_run_stands_beside_the_counts() {
    let folder = roster_with("Contoso");
    let at = |as_of: &str, args: &[&str]| {
        let run = ["report", "data", "--as-of", as_of, "--allow", "all", "--quiet"];
        attain(folder.path(), &[&run[..], args].concat(), &[]);
    };
    at("2017-06-07", &["-o", "old.csv"]);
    at("2017-07-07", &["-o", "new.xlsx", "--previous", "old.run.json"]);
    let path = folder.path().join("new.xlsx");
    let summary = Book::open(&path);
    let rows: Vec<Vec<String>> =
        summary.rows("Summary").iter().map(|row| row.iter().map(shown).collect()).collect();
    let head = rows.iter().position(|row| row[0] == "tier").unwrap();
    assert_eq!(rows[head][1..5], ["as of 2017-07-07", "share", "as of 2017-06-07", "change"]);
    let line = |tier: &str| rows[head..].iter().find(|row| row[0] == tier).unwrap()[1..5].to_vec();
    // Both partners lack their people on both days.
    assert_eq!(line("no tier"), ["2", "1", "2", "0"]);
    assert_well_formed(&path);
    let chart = part(&path, "xl/charts/chart1.xml");
    assert_eq!(chart.matches("<c:ser>").count(), 2, "{chart}");
}

#[test]
fn the_workbook_is_a_format_of_the_report_alone() {
    assert!(OutputFormat::OF_REPORT.contains(&OutputFormat::Xlsx));
    assert!(!OutputFormat::OF_CREDITS.contains(&OutputFormat::Xlsx));
}

/// Runs the sample's report into a workbook by a shell, which prepares what `before` says; gives standard error.
#[cfg(unix)]
fn failing_workbook(before: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("report.xlsx");
    let output = Command::new("sh")
        .args(["-c", &format!("{before} exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_attain")])
        .args(["report", "sample-data", "--as-of", "2017-07-07", "--quiet", "-o"])
        .arg(&book)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(!book.exists() && folder.path().join("report.failed.json").exists());
    String::from_utf8(output.stderr).unwrap().replace(folder.path().to_str().unwrap(), "FOLDER")
}

#[cfg(unix)]
#[test]
fn a_folder_for_temporary_files_that_is_missing_is_named() {
    let expected = "attain: FOLDER/report.xlsx: cannot be written: a temporary file cannot be written in /missing/folder: No such file or directory (os error 2); \
                    make room, or name another folder by TMPDIR\n";
    assert_eq!(failing_workbook("TMPDIR=/missing/folder; export TMPDIR;"), expected);
}

/// A limit of 20 KiB a file stands for a full disk: the rows of the ledger have no room, and the record of the failed run has.
#[cfg(target_os = "linux")]
#[test]
fn a_temporary_file_that_has_no_room_is_an_error_and_no_panic() {
    let expected = "attain: FOLDER/report.xlsx: cannot be written: a temporary file cannot be written in /tmp: File too large; \
                    make room, or name another folder by TMPDIR\n";
    assert_eq!(failing_workbook("TMPDIR=/tmp; export TMPDIR; trap '' XFSZ; ulimit -f 40;"), expected);
}
