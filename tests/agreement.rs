//! The program and a slow, plain second implementation agree on nasty data: every cell of the report, the control totals, and the
//! refused rows by code.
//!
//! When they do not agree, the specification decides which of them is wrong; the data set and what the program made of it are kept,
//! and the message says where.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "support/by_hand/mod.rs"]
mod by_hand;
#[path = "support/nasty/mod.rs"]
mod nasty;
#[path = "support/reference/mod.rs"]
mod reference;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::NaiveDate;
use serde_json::Value;

use nasty::Wish;
use reference::figures::exact;
use reference::{Options, Outcome};

const ROWS_PER_EXPORT: usize = 1_200;

/// Everything that the program wrote, as text.
struct Written {
    header: Vec<String>,
    report: Vec<Vec<String>>,
    summary: Value,
    refused: BTreeMap<String, u64>,
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn run(folder: &Path, out: &Path, options: &Options) -> Written {
    let report = out.join("report.csv");
    let mut command = Command::new(env!("CARGO_BIN_EXE_attain"));
    command.arg("report").arg(folder).args(["--as-of", &options.as_of.to_string()]);
    command.arg("-o").arg(&report).args(["--max-rejects", "100%", "--quiet", "--allow", "all"]);
    // Rows without a subscription of several exports are in one cell.
    command.args(["--on-overlap", "sum"]);
    if options.trailing_days {
        command.args(["--window", "trailing-days"]);
    }
    if let Some(id) = &options.partner_id {
        command.arg(format!("--partner-id={id}"));
    }
    if let Some(months) = options.window_months {
        command.args(["--window-months", &months.to_string()]);
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{} in {}\n{}",
        output.status,
        folder.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    let (header, report) = table(&report);
    let (columns, rejects) = table(&out.join("report.rejects.csv"));
    let code = columns.iter().position(|c| c == "code").unwrap();
    let mut refused = BTreeMap::new();
    rejects.iter().for_each(|row| *refused.entry(row[code].clone()).or_default() += 1);
    let summary = serde_json::from_slice(&std::fs::read(out.join("report.run.json")).unwrap()).unwrap();
    Written { header, report, summary, refused }
}

fn table(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let text = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let header = text(reader.headers().unwrap());
    (header, reader.records().map(|record| text(&record.unwrap())).collect())
}

/// Every difference, one line each.
fn differences(expected: &Outcome, written: &Written) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: String, expected: String, written: String| {
        if expected != written {
            found.push(format!("{what}: expected {expected:?}, the program wrote {written:?}"));
        }
    };
    // The reference implementation knows no bounds: `job/confidence/enumerated` holds the column to brute force.
    let header: Vec<&str> =
        written.header.iter().map(String::as_str).filter(|name| !is_checked_elsewhere(name)).collect();
    compare("header".to_owned(), expected.header.join(","), header.join(","));
    let lines = |report: &[Vec<String>]| -> BTreeMap<String, Vec<String>> {
        report.iter().map(|row| (row[0].clone(), row.clone())).collect()
    };
    let (left, right) = (lines(&expected.report), lines(&written.report));
    let ids = |report: &[Vec<String>]| report.iter().map(|row| row[0].clone()).collect::<Vec<_>>().join(" ");
    compare("partners in order".to_owned(), ids(&expected.report), ids(&written.report));
    for (id, cells) in &left {
        for (column, cell) in expected.header.iter().zip(cells) {
            let index = written.header.iter().position(|c| c == column);
            let other = index.and_then(|i| right.get(id)?.get(i).cloned());
            let other = if column == "notes" { other.map(|notes| without_losses(&notes)) } else { other };
            compare(format!("partner {id}, {column}"), cell.clone(), other.unwrap_or("nothing".to_owned()));
        }
    }
    compare(
        "rejects by code".to_owned(),
        format!("{:?}", expected.refused),
        format!("{:?}", written.refused),
    );
    let warnings = written.summary["warnings"].as_array().unwrap();
    let of_code = warnings.iter().find(|warning| warning["code"] == "provider-unknown");
    let count = of_code.map_or("0".to_owned(), |warning| warning["count"].to_string());
    compare("files with a provider that is unknown".to_owned(), expected.provider_unknown.to_string(), count);
    let by_option = written.summary.pointer("/partner_id/rows").map_or("0".to_owned(), plain_text);
    compare("rows by --partner-id".to_owned(), expected.by_option.to_string(), by_option);
    for (pointer, figure) in control_totals(expected) {
        let other = written.summary["control_totals"].pointer(&pointer).map(plain_text);
        compare(format!("control_totals{pointer}"), figure, other.unwrap_or("nothing".to_owned()));
    }
    found
}

/// Whether another comparison checks a column: `job/confidence/enumerated` that of confidence, [`losses_agree`] the losses.
fn is_checked_elsewhere(column: &str) -> bool {
    column == "confidence" || column.starts_with("lost_")
}

fn without_losses(notes: &str) -> String {
    let others = notes.split("; ").filter(|note| !["never-lost", "loss-unknown"].contains(note));
    others.collect::<Vec<_>>().join("; ")
}

/// Losses whose days are examined of a data set.
const LOSS_DAYS: usize = 3;

/// Holds each loss to the reference, on data that end with `as_of`: the tier is met on every examined day before, and not on the day itself.
/// Returns how many losses there are, by whether the tier lacks consumption or people.
fn losses_agree(folder: &Path, options: &Options, written: &Written) -> Result<[usize; 2], String> {
    let column = |name: &str| written.header.iter().position(|c| c == name).unwrap();
    let [tier, lost_on, usd, people] =
        ["tier", "lost_on", "lost_consumption_shortfall_usd", "lost_individuals_shortfall"].map(column);
    let lost: std::collections::BTreeSet<NaiveDate> =
        written.report.iter().filter(|row| !row[lost_on].is_empty()).map(|row| day(&row[lost_on])).collect();
    let step = lost.len().div_ceil(LOSS_DAYS).max(1);
    let examined = lost.iter().step_by(step).flat_map(|lost| [lost.pred_opt().unwrap(), *lost]);
    let examined: std::collections::BTreeSet<NaiveDate> =
        examined.filter(|day| *day > options.as_of).collect();
    let mut later: BTreeMap<NaiveDate, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for as_of in examined {
        let options = Options {
            as_of,
            data_until: Some(options.as_of),
            partner_id: options.partner_id.clone(),
            ..*options
        };
        let report = reference::judge(folder, &options).report;
        later.insert(as_of, report.into_iter().map(|row| (row[0].clone(), row)).collect());
    }
    let header = reference::report::header();
    let cell = |row: &[String], name: String| row[header.iter().position(|c| *c == name).unwrap()].clone();
    let mut counts = [0, 0];
    for row in written.report.iter().filter(|row| ["silver", "gold"].contains(&row[tier].as_str())) {
        let (id, tier) = (&row[0], &row[tier]);
        let lost_on = (!row[lost_on].is_empty()).then(|| day(&row[lost_on]));
        if lost_on.is_none() {
            return Err(format!("partner {id} never loses {tier}: {:?}", row.last()));
        }
        for (as_of, report) in &later {
            let nothing = || vec![String::new(); header.len()];
            let found = report.get(id).cloned().unwrap_or_else(nothing);
            let is_met = cell(&found, format!("{tier}_status")) == "met";
            if lost_on.is_some_and(|lost_on| *as_of < lost_on) && !is_met {
                return Err(format!("partner {id} loses {tier} by {as_of}, not on {lost_on:?}"));
            }
            if lost_on != Some(*as_of) {
                continue;
            }
            let lacks = [
                cell(&found, format!("{tier}_consumption_shortfall_usd")),
                cell(&found, format!("{tier}_individuals_shortfall")),
            ];
            if is_met || lacks != [row[usd].clone(), row[people].clone()] {
                return Err(format!("partner {id} lacks {lacks:?} for {tier} on {as_of}: {row:?}"));
            }
            counts[0] += usize::from(lacks[0] != "0.00");
            counts[1] += usize::from(lacks[1] != "0");
        }
    }
    Ok(counts)
}

fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Where each control total stands in the run summary, and what it must be.
fn control_totals(expected: &Outcome) -> Vec<(String, String)> {
    let (rows, passes, judging) = (&expected.rows, &expected.passes, &expected.judging);
    let counts = [
        ("/rows/read", rows.read),
        ("/rows/credited", rows.credited),
        ("/rows/excluded/not_consumption", rows.not_consumption),
        ("/rows/excluded/outside_window", rows.outside_window),
        ("/rows/excluded/no_subscription", rows.no_subscription),
        ("/rows/excluded/unassociated", rows.unassociated),
        ("/rows/refused", rows.refused),
        ("/passes/read", passes.read),
        ("/passes/counted", passes.counted),
        ("/passes/not_named", passes.not_named),
        ("/passes/too_late", passes.too_late),
        ("/passes/expired", passes.expired),
        ("/passes/refused", passes.refused),
    ];
    let mut totals: Vec<(String, String)> =
        counts.map(|(pointer, count)| (pointer.to_owned(), count.to_string())).into();
    for (currency, amounts) in &expected.amounts {
        let mut total = |name, amount| totals.push((format!("/amounts/{currency}/{name}"), exact(amount)));
        total("credited_rows", amounts.credited_rows);
        total("shared", amounts.shared);
        total("all_credits", amounts.all_credits);
    }
    let mut total = |name: &str, amount| totals.push((format!("/judging_usd/{name}"), exact(amount)));
    total("all_credits", judging.all_credits);
    total("duplicate", judging.duplicate);
    total("consumption", judging.consumption);
    for (kind, amount) in &judging.not_accepted {
        total(&format!("not_accepted/{kind}"), *amount);
    }
    totals
}

/// The control totals of the second implementation balance too.
fn assert_balance(outcome: &Outcome) {
    let rows = &outcome.rows;
    let excluded = rows.not_consumption + rows.outside_window + rows.no_subscription + rows.unassociated;
    assert_eq!(rows.read, rows.credited + excluded + rows.refused);
    let passes = &outcome.passes;
    let out = passes.not_named + passes.too_late + passes.expired + passes.refused;
    assert_eq!(passes.read, passes.counted + out);
    for amounts in outcome.amounts.values() {
        assert_eq!(amounts.all_credits, amounts.credited_rows + amounts.shared);
    }
    let judging = &outcome.judging;
    let not_accepted: i128 = judging.not_accepted.values().sum();
    assert_eq!(judging.all_credits, not_accepted + judging.duplicate + judging.consumption);
}

fn data_set(seed: u64, options: &Options, rows_per_export: usize) -> (tempfile::TempDir, PathBuf) {
    let keep = tempfile::tempdir().unwrap();
    let folder = keep.path().join("input");
    std::fs::create_dir(&folder).unwrap();
    let wish = Wish { seed, as_of: options.as_of, monthly: !options.trailing_days, rows_per_export };
    nasty::write(&folder, &wish);
    (keep, folder)
}

fn agree(seed: u64, options: &Options) {
    let rows = agree_on(seed, options, ROWS_PER_EXPORT);
    assert!(rows > 20_000, "five such data sets are at least 100,000 rows");
}

/// Asserts that both agree on a data set; returns its rows of consumption.
fn agree_on(seed: u64, options: &Options, rows_per_export: usize) -> u64 {
    let (keep, folder) = data_set(seed, options, rows_per_export);
    let expected = reference::judge(&folder, options);
    assert_balance(&expected);
    let written = run(&folder, keep.path(), options);
    let mut found = differences(&expected, &written);
    if (rows_per_export < ROWS_PER_EXPORT && seed.is_multiple_of(3)) || seed <= 2 {
        found.extend(losses_agree(&folder, options, &written).err());
    }
    if !found.is_empty() {
        let kept = keep.keep();
        let first = found[..found.len().min(40)].join("\n");
        panic!("seed {seed}: {} differences, kept in {}:\n{first}", found.len(), kept.display());
    }
    expected.rows.read
}

fn on(as_of: &str) -> Options {
    Options {
        as_of: day(as_of),
        trailing_days: false,
        partner_id: None,
        window_months: None,
        data_until: None,
    }
}

#[test]
fn both_agree_on_the_day_of_the_rules() {
    agree(1, &on("2017-07-07"));
}

#[test]
fn both_agree_on_the_last_day_of_a_month() {
    agree(2, &Options { partner_id: Some("12345".to_owned()), ..on("2017-06-30") });
}

#[test]
fn both_agree_on_the_last_but_one_day_of_a_month() {
    agree(3, &on("2017-05-30"));
}

#[test]
fn both_agree_on_the_last_day_of_a_february() {
    agree(4, &on("2017-02-28"));
}

#[test]
fn both_agree_on_the_second_version_of_the_rules() {
    agree(5, &on("2018-06-30"));
}

#[test]
fn both_agree_when_the_retired_exam_is_no_longer_accepted() {
    agree(6, &Options { partner_id: Some("@acme".to_owned()), ..on("2019-01-31") });
}

#[test]
fn both_agree_on_trailing_days() {
    agree(7, &Options { trailing_days: true, ..on("2017-07-07") });
}

#[test]
fn both_agree_on_trailing_days_from_a_29_february() {
    agree(8, &Options { trailing_days: true, ..on("2020-02-29") });
}

#[test]
fn both_agree_on_windows_of_other_lengths() {
    agree(9, &Options { window_months: Some(5), ..on("2017-07-07") });
    agree(10, &Options { trailing_days: true, window_months: Some(13), ..on("2017-07-07") });
}

/// Small data sets have cases alone that larger ones have together.
#[test]
fn both_agree_on_very_many_small_data_sets() {
    const DATA_SETS: u64 = 500;
    const ROWS: usize = 24;
    let days = ["2017-07-07", "2017-06-30", "2017-02-28", "2018-06-30", "2019-01-31", "2020-02-29"];
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for thread in 0..threads as u64 {
            scope.spawn(move || {
                for seed in (1_000..1_000 + DATA_SETS).filter(|seed| seed % threads as u64 == thread) {
                    let options = Options {
                        trailing_days: seed % 5 == 0,
                        partner_id: (seed % 3 == 0).then(|| "12345".to_owned()),
                        window_months: (seed % 7 == 0).then_some(3),
                        ..on(days[usize::try_from(seed).unwrap() % days.len()])
                    };
                    agree_on(seed, &options, ROWS);
                }
            });
        }
    });
}

/// The input of `tests/totals.rs` can be written anew; the figures beside it must then be computed anew too.
#[test]
fn the_input_of_the_totals_is_what_the_generator_writes() {
    let written = tempfile::tempdir().unwrap();
    nasty::sound::write(written.path());
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/totals/input");
    for entry in std::fs::read_dir(written.path()).unwrap() {
        let entry = entry.unwrap();
        let (ours, theirs) =
            (std::fs::read(entry.path()).unwrap(), std::fs::read(committed.join(entry.file_name())));
        assert!(ours == theirs.unwrap(), "{} differs", entry.path().display());
    }
}

/// A data set is worth its rows only if it has every case that it is meant to have.
#[test]
fn the_generated_data_have_every_case() {
    let options = on("2017-07-07");
    let (_keep, folder) = data_set(1, &options, ROWS_PER_EXPORT);
    let outcome = reference::judge(&folder, &options);
    assert_balance(&outcome);
    for code in [
        "unclosed-quote",
        "record-too-long",
        "nul-byte",
        "bad-quote",
        "ragged-row",
        "bad-text",
        "unknown-charge-type",
        "unknown-publisher-type",
        "unknown-provider",
        "bad-date",
        "impossible-date",
        "foreign-year",
        "no-partner",
        "unknown-association",
        "no-amount",
        "bad-number",
        "usd-unavailable",
        "no-currency",
        "no-rate",
        "no-individual",
        "no-credential",
        "no-subscription",
        "unknown-market",
        "no-country",
        "bad-period",
        "duplicate-rate",
    ] {
        assert!(outcome.refused.contains_key(code), "no row is refused with {code}");
    }
    let rows = &outcome.rows;
    for count in [
        rows.credited,
        rows.not_consumption,
        rows.outside_window,
        rows.no_subscription,
        rows.unassociated,
        outcome.passes.counted,
        outcome.passes.not_named,
        outcome.passes.too_late,
        outcome.passes.expired,
    ] {
        assert!(count > 0);
    }
    assert!(rows.credited * 4 > rows.read, "most of the rows in the window give credit");
    assert!(outcome.amounts.values().any(|a| a.shared != 0) && outcome.judging.duplicate != 0);
    for kind in ["pal", "partner-as-end-customer", "deal-registration"] {
        assert!(outcome.judging.not_accepted.contains_key(kind), "nothing is of the type {kind}");
    }
    for case in ["both", "no-reseller", "one-partner", "one-head", "provider-unknown"] {
        let rows = outcome.csp_cases.get(case).copied().unwrap_or_default();
        assert!(rows > 5, "{rows} CSP rows are of the case {case}");
    }
    let column = |name| outcome.header.iter().position(|c| c == name).unwrap();
    for (name, values) in [
        ("silver_status", &["met", "not-met", "undetermined"][..]),
        ("gold_status", &["met", "not-met"]),
        ("tier", &["", "undetermined", "silver", "gold"]),
        ("market", &["", "developed", "developing"]),
        ("next_tier", &["", "silver", "gold"]),
    ] {
        for value in values {
            assert!(outcome.report.iter().any(|row| row[column(name)] == *value), "no {name} is {value:?}");
        }
    }
    for note in ["includes ", "market-unknown", "no-rate"] {
        assert!(outcome.report.iter().any(|row| row[column("notes")].contains(note)), "nobody has {note}");
    }
    assert!(!outcome.unassociated.is_empty());
}
