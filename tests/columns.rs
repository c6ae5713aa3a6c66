//! What columns mean: `docs/COLUMNS.md` and `attain columns` say the same, of all columns that the program writes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn attain(args: &[&str]) -> Output {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Command::new(env!("CARGO_BIN_EXE_attain")).args(args).current_dir(here).output().unwrap()
}

fn text(args: &[&str]) -> String {
    let output = attain(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

type Column = BTreeMap<String, Option<String>>;

fn columns(args: &[&str]) -> Vec<Column> {
    serde_json::from_str(&text(&[&["columns"], args, &["--format", "json"]].concat())).unwrap()
}

fn header_of(csv: &str) -> Vec<&str> {
    csv.lines().next().unwrap().split(',').collect()
}

#[test]
fn the_page_of_columns_says_what_the_program_says() {
    let mut page = String::from(
        "# Columns\n\nWhat each column of each table means, for the built-in rule set `cloud-platform`; `attain columns --rules FILE` tells it for another \
         one.\nA blank cell is something that cannot be known, or that there is none of; it is never 0. In JSON it is null.\n",
    );
    let titles = text(&["columns"]);
    let titles: Vec<&str> =
        titles.lines().filter(|line| !line.starts_with(' ') && !line.is_empty()).collect();
    let all = columns(&[]);
    let cell = |column: &Column, name: &str| column[name].clone().unwrap_or_default().replace('|', "\\|");
    for (of_table, title) in all.chunk_by(|a, b| a["table"] == b["table"]).zip(titles) {
        writeln!(page, "\n## {}\n\n{title}\n", cell(&of_table[0], "table")).unwrap();
        page += "| column | kind | unit | may be blank | meaning |\n| --- | --- | --- | --- | --- |\n";
        for column in of_table {
            let blank = if cell(column, "may_be_blank") == "true" { "yes" } else { "" };
            let (name, kind, unit) = (cell(column, "column"), cell(column, "kind"), cell(column, "unit"));
            writeln!(page, "| `{name}` | {kind} | {unit} | {blank} | {} |", cell(column, "meaning")).unwrap();
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/COLUMNS.md");
    if std::env::var_os("ATTAIN_BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(fs::read_to_string(path).unwrap() == page, "docs/COLUMNS.md is another:\n{page}");
}

#[test]
fn the_columns_that_are_explained_are_the_columns_that_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (report, credits, ledger) = (path("report.csv"), path("credits.csv"), path("ledger.csv"));
    let as_of = ["--as-of", "2017-07-07", "--quiet"];
    let files = ["report", "sample-data", "-o", &report, "--credits", &credits, "--ledger", &ledger];
    text(&[&files[..], &as_of].concat());
    let read = |name: &str| fs::read_to_string(path(name)).unwrap();
    let of_command = |args: &[&str]| text(&[args, &as_of].concat());
    for (table, csv) in [
        ("report", read("report.csv")),
        ("rejects", read("report.rejects.csv")),
        ("credits", read("credits.csv")),
        ("ledger", read("ledger.csv")),
        ("history", of_command(&["history", "sample-data"])),
        ("explanation", of_command(&["explain", "4000103", "sample-data", "--format", "csv"])),
        ("plan", of_command(&["plan", "sample-data", "--format", "csv"])),
        (
            "difference",
            text(&["diff", &path("report.run.json"), &path("report.run.json"), "--format", "csv"]),
        ),
        (
            "rules-difference",
            text(&[
                "rules",
                "diff",
                "cloud-platform@2017-07-07",
                "cloud-platform@2017-12-15",
                "--format",
                "csv",
            ]),
        ),
    ] {
        let explained = columns(&[table]);
        let names: Vec<String> = explained.iter().map(|column| column["column"].clone().unwrap()).collect();
        assert_eq!(names, header_of(&csv), "{table}");
    }
}

#[test]
fn a_table_that_there_is_not_gives_the_nearest() {
    let output = attain(&["columns", "rejcts"]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("the nearest is `rejects`"), "{message}");
}
