//! `attain plan`: its answer, assumed, attains the tier on the day that it names; one cent or one person less does not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

#[expect(dead_code, reason = "only the copying is needed here")]
#[path = "support/case/mod.rs"]
mod case;

const TIERS: [&str; 4] = ["", "undetermined", "silver", "gold"];
const RULES: [&str; 2] = ["--rules", "cloud-platform@2017-07-07"];

fn attain(folder: &Path, args: &[&str]) -> String {
    let common = ["--allow", "all", "--max-rejects", "100%"];
    let output = Command::new(env!("CARGO_BIN_EXE_attain"))
        .args(args)
        .args(RULES)
        .args(common)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The rows of a CSV without quotes, by column.
fn rows(csv: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let row = |line: &str| {
        names.iter().zip(line.split(',')).map(|(name, cell)| ((*name).to_owned(), cell.to_owned())).collect()
    };
    lines.map(row).collect()
}

fn cents(usd: &str) -> i64 {
    usd.replace('.', "").parse().unwrap()
}

/// What is added to an answer before it is assumed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Change {
    Nothing,
    OneCentLess,
    OnePersonLess,
}

/// Assumes the answers of one way and day, changed, for all partners; gives the tier of each as of that day.
fn tiers_with(
    folder: &Path,
    (window, by): (&str, &str),
    answers: &[&BTreeMap<String, String>],
    change: Change,
) -> BTreeMap<String, String> {
    let mut usage = "date,partner_id,association,subscription_id,amount,currency\n".to_owned();
    let mut people = "partner_id,individual_id,credential,completed_on\n".to_owned();
    // Complete months end before `by` where that is no month's last day: then the last day of the window takes what is missing today.
    let last_day = answers[0]["window_end"].as_str();
    for answer in answers {
        let partner = &answer["partner_id"];
        let missing = &answer["consumption_missing_usd"];
        if !missing.is_empty() && cents(missing) > 0 {
            let less = i64::from(change == Change::OneCentLess);
            let cents = cents(missing) - less;
            writeln!(
                usage,
                "{last_day},{partner},dpor,assumed-{partner},{}.{:02},USD",
                cents / 100,
                cents % 100
            )
            .unwrap();
        }
        let code = if answer["group"].contains("assessment") { "13736" } else { "70-533" };
        let count: u64 = answer["individuals_missing"].parse().unwrap_or(0);
        let less = u64::from(change == Change::OnePersonLess);
        for nth in 0..count.saturating_sub(less) {
            writeln!(people, "{partner},assumed-{partner}-{nth},{code},{by}").unwrap();
        }
    }
    fs::write(folder.join("assumed-usage.csv"), usage).unwrap();
    fs::write(folder.join("assumed-people.csv"), people).unwrap();
    let args =
        ["report", "input", "--as-of", by, "--window", window, "--quiet", "--columns", "partner_id,tier"];
    let assumed = ["--assume", "assumed-usage.csv", "--assume", "assumed-people.csv"];
    let report = rows(&attain(folder, &[&args[..], &assumed].concat()));
    report
        .into_iter()
        .map(|mut row| (row.remove("partner_id").unwrap(), row.remove("tier").unwrap()))
        .collect()
}

/// Checks every way and day of the plan of a folder. Returns how many answers were checked.
fn check(folder: &Path, as_of: &str, window: &str) -> usize {
    let plan = ["plan", "input", "--as-of", as_of, "--window", window, "--format", "csv"];
    let mut plan = rows(&attain(folder, &plan));
    let mut checked = 0;
    let mut days: Vec<String> = plan.iter().map(|row| row["by"].clone()).collect();
    days.sort();
    days.dedup();
    assert_eq!(days.len(), 4, "today and three month ends");
    for by in &days {
        let report = ["report", "input", "--as-of", by, "--window", window, "--quiet"];
        let report = rows(&attain(
            folder,
            &[&report[..], &["--columns", "partner_id,window_end,consumption_usd", "--top", "1"]].concat(),
        ));
        for row in plan.iter_mut().filter(|row| row["by"] == *by) {
            row.insert("window_end".to_owned(), report[0]["window_end"].clone());
        }
        for way in ["1", "2"] {
            // Nothing can be said of a day on which consumption is not known.
            let is_it = |row: &&BTreeMap<String, String>| {
                row["by"] == *by && row["way"] == way && !row["consumption_missing_usd"].is_empty()
            };
            let answers: Vec<&BTreeMap<String, String>> = plan.iter().filter(is_it).collect();
            if answers.is_empty() {
                continue;
            }
            for change in [Change::Nothing, Change::OneCentLess, Change::OnePersonLess] {
                let tiers = tiers_with(folder, (window, by), &answers, change);
                for answer in &answers {
                    let rank = |tier: &str| TIERS.iter().position(|other| *other == tier).unwrap();
                    let tier = &tiers[&answer["partner_id"]];
                    let is_attained = rank(tier) >= rank(&answer["next_tier"]);
                    let is_changed = match change {
                        Change::Nothing => false,
                        Change::OneCentLess => cents(&answer["consumption_missing_usd"]) > 0,
                        // Another group may have enough people on that day.
                        Change::OnePersonLess => plan
                            .iter()
                            .filter(|row| row["by"] == *by && row["partner_id"] == answer["partner_id"])
                            .all(|row| row["individuals_missing"].parse().is_ok_and(|count: u64| count > 0)),
                    };
                    assert_eq!(is_attained, !is_changed, "{window} {change:?} by {by}: {tier} of {answer:?}");
                    checked += 1;
                }
            }
        }
    }
    checked
}

fn sample() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    case::copy_folder(&here, &folder.path().join("input"));
    folder
}

/// Partners whose consumption changes from day to day, with people whose passes expire, in markets that are known or not.
fn generated(seed: u64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("input")).unwrap();
    let mut state = seed;
    let mut dice = |sides: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % sides
    };
    let mut usage = "date,partner_id,association,subscription_id,amount,currency\n".to_owned();
    let mut people = "partner_id,individual_id,credential,completed_on,expires_on\n".to_owned();
    let mut roster = "partner_id,market,rolls_up_to\n".to_owned();
    for partner in 1..=24 {
        let market = ["developed", "developing", ""][usize::try_from(dice(3)).unwrap()];
        let head = if dice(6) == 0 && partner > 1 { "1" } else { "" };
        writeln!(roster, "{partner},{market},{head}").unwrap();
        let size = [20, 800, 4000, 9000][usize::try_from(dice(4)).unwrap()];
        for _ in 0..dice(30) {
            let (year, month) = [(2016, 7 + dice(6)), (2017, 1 + dice(7))][usize::try_from(dice(2)).unwrap()];
            let day = if (year, month) == (2017, 7) { 1 + dice(7) } else { 1 + dice(28) };
            let sign = if dice(10) == 0 { "-" } else { "" };
            let association = ["dpor", "tpor", "pal"][usize::try_from(dice(3)).unwrap()];
            writeln!(
                usage,
                "{year}-{month:02}-{day:02},{partner},{association},s{partner},{sign}{}.{:03},USD",
                dice(size),
                dice(1000)
            )
            .unwrap();
        }
        for person in 0..dice(4) {
            let code = ["70-533", "13736", "70-532"][usize::try_from(dice(3)).unwrap()];
            let expires = ["", "2017-07-07", "2017-07-20", "2017-08-31", "2017-09-29"]
                [usize::try_from(dice(5)).unwrap()];
            writeln!(people, "{partner},p{partner}-{person},{code},2017-01-{:02},{expires}", 1 + dice(28))
                .unwrap();
        }
    }
    fs::write(folder.path().join("input/usage.csv"), usage).unwrap();
    fs::write(folder.path().join("input/people.csv"), people).unwrap();
    fs::write(folder.path().join("input/partners.csv"), roster).unwrap();
    folder
}

#[test]
fn the_plan_of_the_sample_data_attains_each_tier_on_each_day() {
    let folder = sample();
    // No row of the sample data is of a later day.
    let checked = check(folder.path(), "2017-08-15", "complete-months");
    assert!(checked > 200, "{checked}");
}

#[test]
fn the_plan_of_generated_data_attains_each_tier_on_each_day_whatever_the_window() {
    let mut checked = 0;
    for seed in 1..=3 {
        let folder = generated(seed);
        for window in ["complete-months", "trailing-days"] {
            for as_of in ["2017-07-07", "2017-07-31"] {
                checked += check(folder.path(), as_of, window);
            }
        }
    }
    assert!(checked > 3000, "{checked}");
}

#[test]
fn a_plan_says_today_what_the_report_says() {
    let folder = sample();
    let columns =
        ["--columns", "partner_id,next_tier,next_consumption_shortfall_usd,next_individuals_shortfall"];
    let report = ["report", "input", "--as-of", "2017-07-07", "--quiet"];
    let report = rows(&attain(folder.path(), &[&report[..], &columns].concat()));
    let plan = rows(&attain(folder.path(), &["plan", "input", "--as-of", "2017-07-07", "--format", "csv"]));
    for line in report {
        let today = plan.iter().find(|row| {
            row["partner_id"] == line["partner_id"] && row["by"] == "2017-07-07" && row["way"] == "1"
        });
        assert_eq!(today.is_some(), !line["next_tier"].is_empty(), "{line:?}");
        let Some(today) = today else { continue };
        assert_eq!(today["next_tier"], line["next_tier"]);
        // A shortfall that depends on the market is blank in the report.
        let usd = &line["next_consumption_shortfall_usd"];
        assert!(usd.is_empty() || *usd == today["consumption_missing_usd"], "{line:?} {today:?}");
        let people = today["individuals_missing"].parse().unwrap_or(0_u64);
        assert_eq!(people.to_string(), line["next_individuals_shortfall"], "{line:?}");
    }
    let ranks: Vec<u64> = plan.iter().map(|row| row["rank"].parse().unwrap()).collect();
    assert!(ranks.is_sorted());
}
