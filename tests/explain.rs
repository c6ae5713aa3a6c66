//! Explanations, ledger and report are one account: for every partner, what the ledger counts, what the months of its explanation add up to,
//! and the consumption of the report before it is rounded, are the same to the last digit.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[allow(dead_code, reason = "only the list of cases and the copying are needed here")]
#[path = "support/case/mod.rs"]
mod case;
#[allow(dead_code, reason = "the story of a folder is another test's subject")]
#[path = "support/folders/mod.rs"]
mod folders;

#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "support/nasty/mod.rs"]
mod nasty;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use nasty::dice;

/// Generated folders of exports that overlap.
const FOLDERS: u64 = 200;
/// Generated folders of every dialect, with associations, currencies and rows at fault.
const NASTY_FOLDERS: u64 = 20;

fn attain(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_attain")).args(args).current_dir(folder).output().unwrap()
}

/// Units of 10⁻²⁴ of a decimal text.
fn exact(text: &str) -> i128 {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (units, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    assert!(decimals.len() <= 24, "{text}");
    sign * format!("{units}{decimals:0<24}").parse::<i128>().unwrap()
}

fn floor_cents(raw: i128) -> i128 {
    raw.div_euclid(10_i128.pow(22))
}

/// The rows of a CSV, each by the names of its columns.
fn table(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    reader
        .records()
        .map(|row| names.iter().cloned().zip(row.unwrap().iter().map(read_back)).collect())
        .collect()
}

/// A cell as it was before it was defused.
fn read_back(cell: &str) -> String {
    let is_formula = |text: &&str| text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    cell.strip_prefix('\'').filter(is_formula).unwrap_or(cell).to_owned()
}

/// Σ `counted_usd` of the ledger by head. Checks each line by itself.
fn counted_by_head(ledger: &str) -> BTreeMap<String, i128> {
    let mut by_head: BTreeMap<String, i128> = BTreeMap::new();
    let mut keys = Vec::new();
    for line in table(ledger) {
        let counted = exact(&line["counted_usd"]);
        match line["reason"].as_str() {
            "counted" => {
                assert_eq!(counted, exact(&line["usd"]), "{line:?}");
                *by_head.entry(line["head"].clone()).or_default() += counted;
            }
            _ => assert_eq!(counted, 0, "{line:?}"),
        }
        if line["currency"] == "USD" {
            assert_eq!((line["rate"].as_str(), &line["usd"]), ("1", &line["amount"]), "{line:?}");
        }
        assert_eq!(
            line["reason"] == "unassociated",
            line["head"].is_empty()
                && line["reason"] != "outside-window"
                && !matches!(line["reason"].as_str(), "superseded" | "not-preferred"),
            "{line:?}"
        );
        let names =
            ["head", "partner", "subscription", "month", "association", "currency", "source", "reason"];
        keys.push(names.map(|name| line[name].clone()));
    }
    let lines = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), lines, "a key stands on two lines");
    by_head
}

/// Holds the three accounts of one run to each other. Returns how many partners have consumption; `None` if there is no report.
fn hold(folder: &Path, args: &[&str]) -> Option<usize> {
    // A question to the report changes neither the ledger nor an explanation.
    let mut args = args.to_vec();
    let questions =
        ["--partner", "--country", "--tier", "--near", "--losing-by", "--sort", "--top", "--columns"];
    while let Some(at) = args.iter().position(|arg| questions.contains(arg)) {
        args.drain(at..at + 2);
    }
    let mut report: Vec<&str> = args.clone();
    if !report.contains(&"-o") {
        report.extend(["-o", "report.csv"]);
    }
    report.extend(["--ledger", "ledger.csv"]);
    let output = attain(folder, &report);
    if !matches!(output.status.code(), Some(0 | 3 | 4)) {
        return None;
    }
    let ledger = fs::read_to_string(folder.join("ledger.csv")).unwrap();
    fs::remove_file(folder.join("ledger.csv")).unwrap();
    let (by_head, counted) = (counted_by_head(&ledger), counted_amounts(&ledger));
    let mut explain = vec!["explain", "--all", "--format", "json", "--depth", "rows"];
    let mut rest = args[1..].iter();
    while let Some(arg) = rest.next() {
        match *arg {
            "-o" | "--rejects" | "--summary" | "--format" | "--credits" | "--digest" => drop(rest.next()),
            arg => explain.push(arg),
        }
    }
    let output = attain(folder, &explain);
    assert!(
        matches!(output.status.code(), Some(0 | 3 | 4)),
        "{explain:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let explained: Value = serde_json::from_slice(&output.stdout).unwrap();
    let usd = |value: &Value, name: &str| exact(value[name].as_str().unwrap());
    let sum = |list: &Value| -> i128 { list.as_array().unwrap().iter().map(|part| usd(part, "usd")).sum() };
    let mut with_consumption = 0;
    let mut explained_ids = Vec::new();
    for partner in explained["partners"].as_array().unwrap() {
        let id = partner["partner_id"].as_str().unwrap();
        let total = usd(partner, "consumption_usd");
        assert_eq!(total, by_head.get(id).copied().unwrap_or_default(), "{id}: ledger");
        for parts in ["months", "associations", "locations", "sources", "subscriptions"] {
            assert_eq!(total, sum(&partner[parts]), "{id}: {parts}");
        }
        hold_rows(partner, &counted);
        with_consumption += usize::from(total != 0);
        explained_ids.push((id.to_owned(), floor_cents(total)));
    }
    // The report may have another format, or another name.
    if let Ok(report) = fs::read_to_string(folder.join("report.csv")) {
        let report: Vec<(String, i128)> = table(&report)
            .into_iter()
            .map(|row| {
                let cents = exact(&row["consumption_usd"]) / 10_i128.pow(22);
                (row["partner_id"].clone(), cents)
            })
            .collect();
        assert_eq!(report, explained_ids);
    }
    Some(with_consumption)
}

/// What the ledger counts: by head, subscription, month, association and currency, in the currency.
type CountedAmounts = BTreeMap<[String; 5], i128>;

fn counted_amounts(ledger: &str) -> CountedAmounts {
    let mut amounts = CountedAmounts::new();
    for line in table(ledger).iter().filter(|line| line["reason"] == "counted") {
        let key = ["head", "subscription", "month", "association", "currency"].map(|name| line[name].clone());
        *amounts.entry(key).or_default() += exact(&line["amount"]);
    }
    amounts
}

/// Each row of a partner has one outcome, and those that count add up to what the ledger counts, wherever all of them are plain decimals.
fn hold_rows(partner: &Value, ledger: &CountedAmounts) {
    let id = partner["partner_id"].as_str().unwrap();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let plain = |amount: &str| {
        let is_decimal = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-');
        let decimals = amount.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        (amount.chars().all(is_decimal) && decimals <= 24).then(|| exact(amount))
    };
    let mut by_credit: BTreeMap<[String; 5], Option<i128>> = BTreeMap::new();
    for row in partner["rows"].as_array().unwrap() {
        let outcome = text(row, "outcome");
        let is_one = outcome.starts_with("refused: ") || !outcome.contains(" or ");
        assert!(is_one && outcome != "not judged", "{id}: {row}");
        if outcome == "counted" {
            let month = text(row, "day")[..7].to_owned();
            let key = [
                id.to_owned(),
                text(row, "subscription"),
                month,
                text(row, "association"),
                text(row, "currency"),
            ];
            let sum = by_credit.entry(key).or_insert(Some(0));
            *sum = sum.zip(plain(&text(row, "amount"))).map(|(sum, amount)| sum + amount);
        }
    }
    for (key, sum) in &by_credit {
        if let Some(sum) = sum {
            assert_eq!(Some(sum), ledger.get(key), "{key:?}: rows");
        }
    }
    if partner["without_rows"] == serde_json::json!([]) {
        for key in ledger.keys().filter(|key| key[0] == id) {
            assert!(by_credit.contains_key(key), "{key:?} has no row");
        }
    }
}

#[test]
fn rows_without_a_known_tenant_are_those_of_the_partner_that_an_option_names() {
    let root = tempfile::tempdir().unwrap();
    let input = root.path().join("input");
    fs::create_dir(&input).unwrap();
    let row = |day: u32, reseller: &str| {
        let tenant = "aaaaaaaa-0000-4000-8000-000000000001";
        format!("03/{day:02}/2017,Usage,Azure,s{day},{reseller},{tenant},{day}00")
    };
    let rows = [row(1, "4000002"), row(2, "4000003"), row(3, "")].join("\n");
    let header = "date,chargeType,publisherType,SubscriptionId,resellerMpnId,partnerTenantId,costInUsd";
    fs::write(input.join("cost.csv"), format!("{header}\n{rows}\n")).unwrap();
    let roster = "partner_id,name,country,market,rolls_up_to\n4000001,Contoso,France,developed,\n4000002,Branch,France,developed,4000001\n";
    fs::write(input.join("partners.csv"), roster).unwrap();
    let args =
        ["report", "input", "--as-of", "2017-06-30", "--allow", "all", "--quiet", "--partner-id=4000001"];
    assert_eq!(hold(root.path(), &args), Some(2));
}

#[test]
fn explanations_show_no_mail_address_and_ids_of_people_only_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    case::copy_folder(&here, &folder.path().join("sample-data"));
    let (mut mails, mut ids) = (Vec::new(), Vec::new());
    for file in ["credentials.csv", "insights/training-completions.csv"] {
        let bytes = fs::read(here.join(file)).unwrap();
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        for row in table(&text) {
            let is_of =
                |name: &str, words: [&str; 2]| words.iter().any(|word| name.to_lowercase().contains(word));
            mails.extend(row.values().filter(|cell| cell.contains('@')).cloned());
            let ids_of_row = row.iter().filter(|(name, _)| is_of(name, ["individual_id", "mcid"]));
            ids.extend(ids_of_row.map(|(_, cell)| cell.clone()).filter(|cell| cell.len() > 3));
        }
    }
    assert!(mails.len() > 10 && ids.len() > 10, "{} mails, {} ids", mails.len(), ids.len());
    for format in ["text", "json", "csv"] {
        for people in ["numbers", "ids"] {
            let args = ["explain", "--all", "sample-data", "--as-of", "2017-07-07", "--depth", "rows"];
            let args = [&args[..], &["--format", format, "--people", people]].concat();
            let output = attain(folder.path(), &args);
            assert!(output.status.success());
            let shown = String::from_utf8(output.stdout).unwrap().to_lowercase();
            for mail in &mails {
                assert!(!shown.contains(&mail.to_lowercase()), "{format} {people}: {mail}");
            }
            let has_ids = ids.iter().any(|id| shown.contains(&id.to_lowercase()));
            assert_eq!(has_ids, people == "ids", "{format} {people}");
        }
    }
}

#[test]
fn ledger_explanation_and_report_of_every_golden_case_are_one_account() {
    let mut with_consumption = 0;
    for case in case::Case::all("golden") {
        let args = fs::read_to_string(case.folder.join("args")).unwrap();
        let args: Vec<&str> = args.split_whitespace().collect();
        if args.first() != Some(&"report") || args.contains(&"-") {
            continue;
        }
        let copy = tempfile::tempdir().unwrap();
        case::copy_folder(&case.folder, copy.path());
        with_consumption +=
            hold(copy.path(), &args).unwrap_or_else(|| panic!("{} gives no report", case.name));
    }
    assert!(with_consumption > 100, "{with_consumption} partners have consumption");
}

#[test]
fn ledger_explanation_and_report_of_nasty_folders_are_one_account() {
    let mut with_consumption = 0;
    for seed in 1..=NASTY_FOLDERS {
        let root = tempfile::tempdir().unwrap();
        let input = root.path().join("input");
        fs::create_dir(&input).unwrap();
        let monthly = seed % 2 == 0;
        let as_of = "2017-07-07".parse().unwrap();
        nasty::write(&input, &nasty::Wish { seed, as_of, monthly, rows_per_export: 100 });
        let mut args =
            vec!["report", "input", "--as-of", "2017-07-07", "--allow", "all", "--max-rejects", "100%"];
        args.extend(["--quiet", "--on-overlap", "sum", "--partner-id=4000001"]);
        if !monthly {
            args.extend(["--window", "trailing-days"]);
        }
        with_consumption += hold(root.path(), &args).unwrap_or_else(|| panic!("seed {seed} gives no report"));
    }
    assert!(with_consumption > 200, "{with_consumption} partners have consumption");
}

#[test]
fn ledger_explanation_and_report_of_generated_folders_are_one_account() {
    let (mut reports, mut with_consumption) = (0, 0);
    for seed in 1..=FOLDERS {
        let root = tempfile::tempdir().unwrap();
        let input = root.path().join("input");
        fs::create_dir(&input).unwrap();
        let folder = folders::generate(&input, seed);
        let prefer = folder.prefer.join(",");
        let mut args =
            vec!["report", "input", "--as-of", "2017-07-07", "--allow", "all", "--max-rejects", "100%"];
        args.extend(["--quiet", "--on-overlap", folder.on_overlap]);
        if !prefer.is_empty() {
            args.extend(["--prefer", &prefer]);
        }
        if let Some(partners) = hold(root.path(), &args) {
            reports += 1;
            with_consumption += partners;
        }
    }
    assert!(reports >= FOLDERS / 2, "{reports} folders give a report");
    assert!(with_consumption > 200, "{with_consumption} partners have consumption");
}
