//! What a workbook and a page tell of each partner is what `explain --all` and `--ledger` tell, over generated folders: exports that overlap, and nasty
//! data. The one way makes lines for some heads at a time, from the accounts by head; the other goes over all accounts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "support/folders/mod.rs"]
mod folders;
#[path = "support/nasty/mod.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod nasty;
#[path = "support/workbook.rs"]
#[allow(dead_code, reason = "the ledger alone is read")]
mod workbook;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use calamine::Data;
use flate2::read::ZlibDecoder;
use nasty::dice;
use serde_json::Value;
use workbook::{Book, shown};

const OVERLAPPING: u64 = 50;
const NASTY: u64 = 20;
const AS_OF: &str = "2017-07-07";

/// Runs attain, and gives its exit code and standard output.
fn attain(folder: &Path, args: &[&str]) -> (i32, Vec<u8>) {
    let output = Command::new(env!("CARGO_BIN_EXE_attain")).args(args).current_dir(folder).output().unwrap();
    (output.status.code().unwrap(), output.stdout)
}

/// The columns of the details of a page, each read from its beginning.
struct Details {
    texts: Vec<String>,
    columns: HashMap<String, std::vec::IntoIter<String>>,
}

impl Details {
    fn of(page: &str) -> Details {
        let (_, rest) = page.split_once(" id=\"detail-0\">").unwrap();
        let bytes = STANDARD.decode(rest.split_once("</script>").unwrap().0).unwrap();
        let mut text = String::new();
        ZlibDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
        let block: Value = serde_json::from_str(&text).unwrap();
        let texts = block["texts"].as_array().unwrap();
        let texts = texts.iter().map(|text| text.as_str().unwrap().to_owned()).collect();
        let mut columns = HashMap::new();
        for (name, column) in block.as_object().unwrap() {
            if let Some(column) = column.as_str() {
                let tokens: Vec<String> = column.split(',').map(str::to_owned).collect();
                columns.insert(name.clone(), tokens.into_iter());
            }
        }
        Details { texts, columns }
    }

    fn next(&mut self, column: &str) -> String {
        self.columns.get_mut(column).unwrap().next().unwrap()
    }

    fn text(&mut self, column: &str) -> String {
        let place = self.next(column);
        self.texts[place.parse::<usize>().unwrap()].clone()
    }

    fn assert_text(&mut self, column: &str, expected: &Value, about: &str) {
        assert_eq!(self.text(column), expected.as_str().unwrap(), "{column} of {about}");
    }

    fn assert_cents(&mut self, column: &str, expected: &Value, about: &str) {
        assert_eq!(self.next(column), cents(expected), "{column} of {about}");
    }

    fn assert_count(&mut self, column: &str, expected: usize, about: &str) {
        assert_eq!(self.next(column), expected.to_string(), "{column} of {about}");
    }
}

/// An exact amount in whole cents, rounded down.
fn cents(amount: &Value) -> String {
    let text = amount.as_str().unwrap();
    let (units, decimals) = text.split_once('.').unwrap_or((text, ""));
    let exact: i128 = format!("{units}{decimals:0<24}").parse().unwrap();
    exact.div_euclid(10_i128.pow(22)).to_string()
}

fn list<'v>(partner: &'v Value, name: &str) -> &'v [Value] {
    partner[name].as_array().unwrap()
}

/// Asserts that the details of every partner are those of `explain --all`; gives how many lines were compared.
fn assert_details_equal(page: &str, explained: &Value, about: &str) -> usize {
    let mut details = Details::of(page);
    let mut lines = 0;
    for partner in list(explained, "partners") {
        let about = format!("{} of {about}", partner["partner_id"]);
        let about = about.as_str();
        details.assert_text("sentence", &partner["sentence"], about);
        details.assert_text("market_reason", &partner["market_reason"], about);
        let months = list(partner, "months");
        details.assert_count("month_count", months.len(), about);
        months.iter().for_each(|month| details.assert_cents("month_cents", &month["usd"], about));
        for parts in ["associations", "locations", "sources"] {
            let parts = list(partner, parts);
            details.assert_count("part_count", parts.len(), about);
            parts.iter().for_each(|part| details.assert_text("part_name", &part["name"], about));
        }
        let subscriptions = list(partner, "subscriptions");
        details.assert_count("subscription_count", subscriptions.len(), about);
        for line in subscriptions {
            details.assert_text("subscription_association", &line["association"], about);
            details.assert_text("subscription_first", &line["first_month"], about);
            details.assert_text("subscription_last", &line["last_month"], about);
            details.assert_cents("subscription_cents", &line["usd"], about);
            assert_eq!(details.next("subscription_months"), line["months"].to_string(), "{about}");
        }
        let not_counted = list(partner, "not_counted");
        details.assert_count("uncounted_count", not_counted.len(), about);
        for line in not_counted {
            for name in ["reason", "why", "association", "source", "currency"] {
                details.assert_text(&format!("uncounted_{name}"), &line[name], about);
            }
            details.assert_text("uncounted_first", &line["first_month"], about);
            details.assert_text("uncounted_last", &line["last_month"], about);
            details.assert_cents("uncounted_cents", &line["amount"], about);
        }
        lines += months.len() + subscriptions.len() + not_counted.len();
    }
    lines
}

/// Asserts that the sheet of the ledger has the lines of the ledger whose head has a line in the report: one all of whose consumption lies outside of
/// the window has none.
fn assert_ledgers_equal(book: &Book, ledger: &str, about: &str) -> usize {
    let mut reader = csv::Reader::from_reader(ledger.as_bytes());
    let heads: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let reported: BTreeSet<String> = book.column("Partners", "partner_id").into_iter().map(shown).collect();
    let mut expected: Vec<Vec<String>> = records
        .iter()
        .filter(|record| reported.contains(&unguarded(&record[0])))
        .map(|record| record.iter().map(unguarded).collect())
        .collect();
    let rows = book.rows("Ledger");
    let names: Vec<String> = rows[0].iter().map(shown).collect();
    let place = |name: &str| names.iter().position(|other| other == name);
    let value = |row: &[Data], head: &str| {
        let exact =
            place(&format!("{head}_exact")).map(|beside| shown(&row[beside])).filter(|text| !text.is_empty());
        match (&row[place(head).unwrap()], exact) {
            (_, Some(exact)) => exact,
            (cell, None) => shown(cell),
        }
    };
    let mut lines: Vec<Vec<String>> =
        rows[1..].iter().map(|row| heads.iter().map(|head| value(row, head)).collect()).collect();
    let plain = |lines: &mut Vec<Vec<String>>| {
        lines.iter_mut().flatten().for_each(|text| *text = without_final_zeros(text));
        lines.sort();
    };
    plain(&mut lines);
    plain(&mut expected);
    for (line, expected) in lines.iter().zip(&expected) {
        assert_eq!(line, expected, "{about}");
    }
    assert_eq!(lines.len(), expected.len(), "{about}");
    lines.len()
}

/// A text of a CSV without the apostrophe that keeps spreadsheets from running it.
fn unguarded(text: &str) -> String {
    let is_formula = |text: &str| text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text).to_owned()
}

/// A decimal number without zeros at its end, as a cell's number has it.
fn without_final_zeros(text: &str) -> String {
    let is_decimal =
        text.contains('.') && text.bytes().all(|byte| byte.is_ascii_digit() || b"-.".contains(&byte));
    if is_decimal { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

/// Compares the outputs of one folder; gives the lines of its details and of its ledger. `None` if the folder gives no report.
fn compared(folder: &Path, more: &[&str], about: &str) -> Option<(usize, usize)> {
    let common = ["--as-of", AS_OF, "--max-rejects", "100%", "--quiet", "--allow", "all"];
    let outputs = ["-o", "r.xlsx", "-o", "r.html", "--ledger", "l.csv"];
    let args = [&["report", "input"][..], &common, more, &outputs].concat();
    let (code, _) = attain(folder, &args);
    if code != 0 {
        assert_eq!(code, 1, "{about}");
        let record = fs::read_to_string(folder.join("r.failed.json")).unwrap();
        assert!(record.contains("overlap") || record.contains("incomplete-run"), "{about}: {record}");
        return None;
    }
    let args = [&["explain", "--all", "input", "--format", "json"][..], &common, more].concat();
    let (code, explained) = attain(folder, &args);
    assert_eq!(code, 0, "{about}");
    let explained: Value = serde_json::from_slice(&explained).unwrap();
    let page = fs::read_to_string(folder.join("r.html")).unwrap();
    let details = match list(&explained, "partners") {
        [] => 0,
        _ => assert_details_equal(&page, &explained, about),
    };
    let ledger = fs::read_to_string(folder.join("l.csv")).unwrap();
    Some((details, assert_ledgers_equal(&Book::open(&folder.join("r.xlsx")), &ledger, about)))
}

#[test]
fn the_accounts_by_head_give_what_explain_and_the_ledger_give_on_folders_that_overlap() {
    let (mut reports, mut details, mut ledger) = (0, 0, 0);
    for seed in 0..OVERLAPPING {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("input");
        fs::create_dir(&input).unwrap();
        let generated = folders::generate(&input, seed);
        let prefer = generated.prefer.join(",");
        let mut more = vec!["--on-overlap", generated.on_overlap];
        if !prefer.is_empty() {
            more.extend(["--prefer", &prefer]);
        }
        let about = format!("overlapping folder {seed}: {:?}", generated.about);
        if let Some((of_details, of_ledger)) = compared(folder.path(), &more, &about) {
            (reports, details, ledger) = (reports + 1, details + of_details, ledger + of_ledger);
        }
    }
    assert!(
        reports > 25 && details > 200 && ledger > 200,
        "{reports} reports, {details} lines, {ledger} lines of ledgers"
    );
}

#[test]
fn the_accounts_by_head_give_what_explain_and_the_ledger_give_on_nasty_data() {
    let (mut details, mut ledger) = (0, 0);
    for seed in 0..NASTY {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("input");
        fs::create_dir(&input).unwrap();
        let wish =
            nasty::Wish { seed, as_of: AS_OF.parse().unwrap(), monthly: seed % 2 == 0, rows_per_export: 80 };
        nasty::write(&input, &wish);
        // A window in days cuts months, so that no export may be monthly.
        let window = if seed % 4 == 1 { &["--window", "trailing-days"][..] } else { &[] };
        let more = [&["--on-overlap", "sum"][..], window].concat();
        let found = compared(folder.path(), &more, &format!("nasty folder {seed}"));
        let (of_details, of_ledger) = found.unwrap_or_else(|| panic!("nasty folder {seed} gives no report"));
        (details, ledger) = (details + of_details, ledger + of_ledger);
    }
    assert!(details > 5_000 && ledger > 2_000, "{details} lines, {ledger} lines of ledgers");
}

#[test]
fn a_partner_of_very_many_subscriptions_and_as_many_without_a_partner_are_whole_in_the_ledger() {
    // More accounts than a chunk of the ledger makes at a time.
    const SUBSCRIPTIONS: usize = 17_000;
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input");
    fs::create_dir(&input).unwrap();
    let lines = |line: &dyn Fn(usize) -> String| (0..SUBSCRIPTIONS).map(line).collect::<String>();
    let own = "date,partner_id,association,subscription_id,customer_id,amount,currency\n";
    let of_partner = lines(&|nth| format!("2017-01-13,4000001,dpor,s{nth:05},c1,0.25,USD\n"));
    let others = "2017-01-13,4000000,dpor,a,c1,1,USD\n2017-01-13,4000002,dpor,z,c1,2,USD\n";
    fs::write(input.join("own.csv"), format!("{own}{of_partner}{others}")).unwrap();
    let enterprise = "Date,AccountOwnerId,ChargeType,SubscriptionId,PublisherType,BillingCurrencyCode,CostInBillingCurrency\n";
    let of_none = lines(&|nth| format!("2017-01-15,,Usage,u{nth:05},Azure,USD,0.5\n"));
    fs::write(input.join("enterprise.csv"), format!("{enterprise}{of_none}")).unwrap();
    let (code, _) = attain(
        folder.path(),
        &[
            "report", "input", "--as-of", AS_OF, "--quiet", "--allow", "all", "-o", "r.csv", "--ledger",
            "l.csv",
        ],
    );
    assert_eq!(code, 0);
    let ledger = fs::read_to_string(folder.path().join("l.csv")).unwrap();
    let subscriptions: Vec<(String, String)> = csv::Reader::from_reader(ledger.as_bytes())
        .records()
        .map(|record| record.map(|record| (record[0].to_owned(), record[2].to_owned())).unwrap())
        .collect();
    let of = |head: &str, subscription: String| (head.to_owned(), subscription);
    let expected: Vec<(String, String)> = std::iter::once(of("4000000", "a".to_owned()))
        .chain((0..SUBSCRIPTIONS).map(|nth| of("4000001", format!("s{nth:05}"))))
        .chain(std::iter::once(of("4000002", "z".to_owned())))
        .chain((0..SUBSCRIPTIONS).map(|nth| of("", format!("u{nth:05}"))))
        .collect();
    assert!(subscriptions == expected, "{} lines", subscriptions.len());
}
