//! The report of `tests/cases/totals/input` against sums that another tool computed once (`tests/cases/totals/README.md`): consumption per
//! partner to the cent, and the control totals to the last digit, for several windows.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const DECIMALS: usize = 18;
const CENT: i128 = 10_i128.pow(16);

/// One line of `expected.csv`: what a partner has in a month by an association.
struct Sum {
    partner: String,
    month: String,
    association: String,
    /// Whether it goes to the second partner of its rows.
    shared: bool,
    rows: u64,
    /// 10⁻¹⁸ USD.
    amount: i128,
}

/// A plain decimal text in 10⁻¹⁸.
fn scaled(text: &str) -> i128 {
    let (units, decimals) = text.split_once('.').unwrap_or((text, ""));
    assert!(decimals.len() <= DECIMALS, "{text} has more than {DECIMALS} decimals");
    format!("{units}{decimals:0<DECIMALS$}").parse().unwrap()
}

fn expected(folder: &Path) -> Vec<Sum> {
    let mut reader = csv::Reader::from_path(folder.join("expected.csv")).unwrap();
    let sum = |row: csv::StringRecord| Sum {
        partner: row[0].to_owned(),
        month: row[1].to_owned(),
        association: row[2].to_owned(),
        shared: row[3].parse().unwrap(),
        rows: row[4].parse().unwrap(),
        amount: scaled(&row[5]),
    };
    reader.records().map(|row| sum(row.unwrap())).collect()
}

/// The report's `consumption_usd` per partner, and the control totals.
fn report(folder: &Path, as_of: &str) -> (BTreeMap<String, String>, Value) {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("report.csv");
    let output = Command::new(env!("CARGO_BIN_EXE_attain"))
        .arg("report")
        .arg(folder.join("input"))
        .args(["--as-of", as_of, "--quiet", "--allow", "all", "-o"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let column = reader.headers().unwrap().iter().position(|name| name == "consumption_usd").unwrap();
    let rows = reader.records().map(Result::unwrap);
    let consumption = rows.map(|row| (row[0].to_owned(), row[column].to_owned())).collect();
    let summary: Value =
        serde_json::from_slice(&std::fs::read(out.path().join("report.run.json")).unwrap()).unwrap();
    (consumption, summary["control_totals"].clone())
}

fn assert_totals(as_of: &str, first_month: &str, last_month: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/totals");
    let (consumption, totals) = report(&folder, as_of);
    let sums = expected(&folder);
    let inside = |s: &&Sum| *s.month >= *first_month && *s.month <= *last_month;
    let total = |of: &dyn Fn(&&Sum) -> bool| -> i128 {
        sums.iter().filter(inside).filter(|s| of(s)).map(|s| s.amount).sum()
    };

    // 1000002 rolls up to 1000001 and has no line.
    for partner in ["1000001", "1000003", "1000004", "1000005"] {
        let exact = total(&|s| s.partner == partner && s.association != "pal");
        let cents = exact.div_euclid(CENT);
        let sign = if cents < 0 { "-" } else { "" };
        let printed = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
        assert_eq!(consumption[partner], printed, "{partner} as of {as_of}");
    }
    assert_eq!(consumption.len(), 4);

    let figure = |pointer: &str| {
        let value = totals.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {totals}"));
        scaled(value.as_str().unwrap())
    };
    assert_eq!(figure("/amounts/USD/credited_rows"), total(&|s| !s.shared));
    assert_eq!(figure("/amounts/USD/shared"), total(&|s| s.shared));
    assert_eq!(figure("/amounts/USD/all_credits"), total(&|_| true));
    assert_eq!(figure("/judging_usd/all_credits"), total(&|_| true));
    assert_eq!(figure("/judging_usd/not_accepted/pal"), total(&|s| s.association == "pal"));
    assert_eq!(figure("/judging_usd/consumption"), total(&|s| s.association != "pal"));
    let rows: u64 = sums.iter().filter(inside).filter(|s| !s.shared).map(|s| s.rows).sum();
    assert_eq!(totals.pointer("/rows/credited").and_then(Value::as_u64), Some(rows));
}

#[test]
fn the_totals_are_those_that_another_tool_computed() {
    assert_totals("2017-07-07", "2016-07", "2017-06");
}

#[test]
fn the_totals_of_an_earlier_window_are_those_that_another_tool_computed() {
    assert_totals("2017-03-31", "2016-04", "2017-03");
}
