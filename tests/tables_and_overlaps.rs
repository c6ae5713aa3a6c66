//! Overlaps that a run does not judge itself: of other windows of a history, and of the runs that read its credits table. Each gives what the exports
//! give, or stops; none counts a consumption twice, or not at all.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const HEADER: &str =
    "Date,SubscriptionId,CostInBillingCurrency,BillingCurrencyCode,ChargeType,PublisherType,AccountOwnerId";

/// A folder with an associations file: both subscriptions are of partner 1.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = (1..=2).map(|nth| format!("{},1,dpor,,", subscription(nth))).collect();
    let text = format!("subscription_id,partner_id,association,from,to\n{}\n", lines.join("\n"));
    fs::write(folder.path().join("associations.csv"), text).unwrap();
    folder
}

fn subscription(nth: u32) -> String {
    format!("00000001-0000-4000-8000-{nth:012}")
}

/// Writes an export of one month with rows of (day, subscription, USD).
fn export(folder: &TempDir, name: &str, month: u32, rows: &[(u32, u32, u32)]) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let row = |(day, nth, usd): &(u32, u32, u32)| {
        format!("{month:02}/{day:02}/2017,{},{usd},USD,Usage,Azure,x\n", subscription(*nth))
    };
    fs::write(path, format!("{HEADER}\n{}", rows.iter().map(row).collect::<String>())).unwrap();
}

/// The code, the cells of a column on standard output, and what is told.
fn run(folder: &Path, line: &str, column: &str) -> (i32, Vec<String>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attain"));
    command.current_dir(folder).args(line.split(' ')).args(["--allow", "all", "--quiet"]);
    let output = command.output().unwrap();
    let mut reader = csv::Reader::from_reader(&*output.stdout);
    let headers = reader.headers().unwrap().clone();
    let nth = headers.iter().position(|name| name == column);
    let cells = nth
        .map_or(Vec::new(), |nth| reader.records().map(|record| record.unwrap()[nth].to_owned()).collect());
    (output.status.code().unwrap(), cells, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The consumption of the one partner of a report.
fn usd(folder: &TempDir, inputs: &str, args: &str) -> String {
    let line = format!("report {inputs} associations.csv {args}");
    let (code, cells, told) = run(folder.path(), &line, "consumption_usd");
    assert_eq!((code, cells.len()), (0, 1), "{line}: {told}");
    cells[0].clone()
}

/// Asserts that a report stops since the table has a month only as a whole.
fn assert_month_cut(folder: &TempDir, inputs: &str) {
    let line = format!("report {inputs} associations.csv --as-of 2017-06-30");
    let (code, _, told) = run(folder.path(), &line, "consumption_usd");
    assert_eq!(code, 1, "{line}: {told}");
    assert!(told.contains("month-cut") && told.contains("--credits-by-day"), "{told}");
}

const JUNE: &str = "--as-of 2017-06-30";

#[test]
fn days_apart_are_no_overlap_in_a_history_whose_last_window_has_left_them() {
    let folder = folder();
    export(&folder, "e/a.csv", 5, &[(1, 1, 9)]);
    export(&folder, "e/b.csv", 5, &[(2, 1, 9), (1, 2, 1)]);
    assert_eq!(usd(&folder, "e", JUNE), "19.00");
    for as_of in ["2017-06-30", "2018-05-31", "2019-07-31"] {
        let line = format!("history e associations.csv --from 2017-06-30 --as-of {as_of}");
        let (code, cells, told) = run(folder.path(), &line, "consumption_usd");
        assert_eq!((code, cells[0].as_str()), (0, "19.00"), "{line}: {told}");
    }
}

#[test]
fn a_longer_copy_counts_once_in_a_history_whose_last_window_has_left_it() {
    let folder = folder();
    export(&folder, "e/a.csv", 5, &[(1, 1, 1), (2, 1, 1), (3, 1, 1)]);
    export(&folder, "e/b.csv", 5, &[(1, 1, 1), (2, 1, 1), (3, 1, 1), (4, 1, 1)]);
    let line = "history e associations.csv --from 2017-06-30 --as-of 2019-07-31";
    let (code, cells, told) = run(folder.path(), line, "consumption_usd");
    assert_eq!((code, cells[0].as_str()), (0, "4.00"), "{told}");
}

#[test]
fn a_table_gives_what_its_exports_give_also_for_a_window_that_its_run_did_not_judge() {
    let folder = folder();
    export(&folder, "e/a.csv", 5, &[(1, 1, 9)]);
    export(&folder, "e/b.csv", 5, &[(2, 1, 9), (1, 2, 1)]);
    assert_eq!(usd(&folder, "e", "--as-of 2018-05-31 --credits t.csv"), "0.00");
    assert_eq!(usd(&folder, "t.csv", JUNE), "19.00");
}

#[test]
fn a_run_that_newer_ones_supersede_is_superseded_in_its_table_too() {
    let folder = folder();
    export(&folder, "e/use_20170611.csv", 6, &[(1, 1, 1), (2, 1, 1)]);
    export(&folder, "e/use_20170621.csv", 6, &[(1, 1, 1), (2, 1, 1), (3, 1, 1), (4, 1, 1)]);
    export(&folder, "e/use_20170630.csv", 6, &[(3, 1, 1), (4, 1, 1), (5, 1, 1)]);
    assert_eq!(usd(&folder, "e", "--as-of 2017-07-07 --credits t.csv"), "5.00");
    assert_eq!(usd(&folder, "t.csv", "--as-of 2017-07-07"), "5.00");
}

#[test]
fn a_table_of_whole_months_beside_an_export_or_a_table_of_the_same_days_stops() {
    let folder = folder();
    let days = |days: std::ops::Range<u32>| days.map(|day| (day, 1, 1)).collect::<Vec<_>>();
    export(&folder, "e/a.csv", 5, &days(1..10));
    export(&folder, "longer.csv", 5, &days(1..13));
    export(&folder, "later.csv", 5, &days(10..19));
    usd(&folder, "e", &format!("{JUNE} --credits t.csv"));
    usd(&folder, "longer.csv", &format!("{JUNE} --credits longer-table.csv"));
    assert_month_cut(&folder, "t.csv longer.csv");
    assert_month_cut(&folder, "t.csv longer-table.csv");
    // Days apart share nothing, whole or not.
    assert_eq!(usd(&folder, "t.csv later.csv", JUNE), "18.00");
    usd(&folder, "e", &format!("{JUNE} --credits t.csv --credits-by-day"));
    assert_eq!(usd(&folder, "t.csv longer.csv", JUNE), "12.00");
}

#[test]
fn a_history_whose_window_cuts_a_month_that_the_table_has_whole_stops() {
    let folder = folder();
    export(&folder, "e/a.csv", 5, &[(26, 1, 4000)]);
    assert_eq!(usd(&folder, "e", &format!("{JUNE} --credits t.csv")), "4000.00");
    let line = "history t.csv associations.csv --window trailing-days --every day --from 2018-05-26 --as-of 2018-06-02";
    let (code, _, told) = run(folder.path(), line, "consumption_usd");
    assert_eq!(code, 1, "{told}");
    assert!(told.starts_with("attain: t.csv: month-cut: the table has 2017-05 only as a whole"), "{told}");
    let (code, cells, told) = run(folder.path(), &line.replace("t.csv", "e"), "consumption_usd");
    assert_eq!((code, cells[0].as_str(), cells.last().unwrap().as_str()), (0, "0.00", "0.00"), "{told}");
}

#[test]
fn invoices_of_different_numbers_add_although_their_names_make_them_a_series() {
    let folder = folder();
    let header = "PartnerId,MPNID,ResellerMPNID,CustomerId,InvoiceNumber,SubscriptionId,EntitlementId,UsageDate,ChargeType,PricingPreTaxTotal,PricingCurrency,BillingPreTaxTotal,BillingCurrency";
    let invoice = |number: &str, usd: u32| {
        format!("{header}\np,1,1,c,{number},plan,s1,6/1/2017,New,{usd},USD,{usd},USD\n")
    };
    fs::write(folder.path().join("bill_20170701.csv"), invoice("G1", 5)).unwrap();
    fs::write(folder.path().join("bill_20170702.csv"), invoice("G2", 6)).unwrap();
    fs::write(folder.path().join("bill_20170703.csv"), invoice("G2", 7)).unwrap();
    assert_eq!(usd(&folder, "bill_20170701.csv bill_20170702.csv", "--as-of 2017-07-07"), "11.00");
    assert_eq!(
        usd(&folder, "bill_20170701.csv bill_20170702.csv bill_20170703.csv", "--as-of 2017-07-07"),
        "12.00"
    );
}

#[test]
fn files_of_other_partners_are_no_series_where_rows_name_no_subscription() {
    let folder = tempfile::tempdir().unwrap();
    let header = "date,partner_id,association,subscription_id,customer_id,amount,currency";
    let file =
        |name: &str, rows: &str| fs::write(folder.path().join(name), format!("{header}\n{rows}")).unwrap();
    file("use_20170610.csv", "2017-06-01,1,dpor,,,5,USD\n");
    file("use_20170611.csv", "2017-06-01,2,dpor,,,6,USD\n");
    let line = "report . --as-of 2017-06-30";
    let (code, cells, told) = run(folder.path(), line, "consumption_usd");
    assert_eq!((code, cells), (0, vec!["5.00".to_owned(), "6.00".to_owned()]), "{told}");
    file("use_20170611.csv", "2017-06-01,1,dpor,,,7,USD\n2017-06-01,2,dpor,,,6,USD\n");
    let (code, cells, told) = run(folder.path(), line, "consumption_usd");
    assert_eq!((code, cells), (0, vec!["7.00".to_owned(), "6.00".to_owned()]), "{told}");
}

#[test]
fn a_table_has_the_days_of_associations_that_begin_outside_of_the_window_of_its_run() {
    let folder = folder();
    let associations =
        format!("subscription_id,partner_id,association,from,to\n{},1,dpor,2017-05-02,\n", subscription(1));
    fs::write(folder.path().join("associations.csv"), associations).unwrap();
    export(&folder, "e/a.csv", 5, &[(1, 1, 9), (2, 1, 5)]);
    assert_eq!(usd(&folder, "e", "--as-of 2019-05-31 --credits t.csv"), "0.00");
    assert_eq!(usd(&folder, "t.csv", JUNE), usd(&folder, "e", JUNE));
    assert_eq!(usd(&folder, "t.csv", JUNE), "5.00");
}
