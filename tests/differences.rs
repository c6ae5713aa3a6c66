//! The difference of two runs over generated pairs of folders: the parts add up to the last digit, they are those of runs in which one thing
//! after the other is replaced, a run does not differ from itself, and the way back is the negative.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "support/case/mod.rs"]
#[allow(dead_code, reason = "only the copying is needed here")]
mod case;
#[path = "support/nasty/dice.rs"]
#[allow(dead_code, reason = "other tests throw more")]
mod dice;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use attain::base::amount::{Amount, DecimalMark};
use dice::Dice;
use serde_json::Value;

/// What can be replaced, in the order of SPEC 3.9.
const THINGS: [&str; 7] = ["rule_set", "window", "roll_up", "associations", "snapshots", "amounts", "rates"];

/// The parts of the difference, in order.
const PARTS: [&str; 8] =
    ["rule_set", "window_left", "window_entered", "roll_up", "associations", "snapshots", "amounts", "rates"];

/// The amounts of a run: seeds of what stands in its files. Each thing has an old and a new seed.
#[derive(Clone, Copy)]
struct World {
    seed: u64,
    /// Whether each of [`THINGS`] is the new one.
    is_new: [bool; 7],
}

impl World {
    /// Chance for one thing, the same in every run with this version of it.
    fn dice(&self, thing: usize) -> Dice {
        Dice::new(self.seed * 1_000 + thing as u64 * 10 + u64::from(self.is_new[thing]))
    }
}

const PARTNERS: usize = 6;
const SUBSCRIPTIONS: usize = 10;
const MONTHS: [&str; 4] = ["2017-03", "2017-04", "2017-05", "2017-06"];

fn id(partner: usize) -> String {
    format!("400000{partner}")
}

fn roster(world: &World) -> String {
    let mut text = "partner_id,name,country,market,rolls_up_to,tenant_id\n".to_owned();
    let mut dice = world.dice(2);
    for partner in 0..PARTNERS {
        // Only to partners before it, so that there is no cycle.
        let head = if partner > 0 && dice.chance(350) { id(dice.below(partner)) } else { String::new() };
        let tenant = format!("7e4a0000-0000-4000-8000-00000000000{partner}");
        writeln!(text, "{},P{partner},,developed,{head},{tenant}", id(partner)).unwrap();
    }
    text
}

fn associations(world: &World) -> String {
    let mut text = "subscription_id,partner_id,type,from,to\n".to_owned();
    let mut dice = world.dice(3);
    for subscription in 0..SUBSCRIPTIONS {
        for _ in 0..dice.below(3) {
            let partner = id(dice.below(PARTNERS));
            let kind = dice.pick(&["dpor", "tpor", "pal"]).to_owned();
            let from = ["", "", "2017-04-01", "2017-05-11"][dice.below(4)];
            writeln!(text, "file-{subscription},{partner},{kind},{from},").unwrap();
        }
    }
    text
}

fn rates(world: &World) -> String {
    let mut text = "currency,month,usd_per_unit\n".to_owned();
    let mut dice = world.dice(6);
    for month in ["2017-01", "2017-02"].iter().chain(&MONTHS) {
        writeln!(text, "EUR,{month},1.{}", dice.digits(7)).unwrap();
    }
    text
}

/// The exports: rows whose owner the associations file decides, rows of their own owner, rows that are repeated once per association, and rows
/// of resellers and providers.
fn exports(world: &World) -> [(&'static str, String); 4] {
    let mut dice = world.dice(5);
    let mut cost = "SubscriptionGuid,UsageDateTime,PreTaxCost,Currency,OfferId,ServiceTier,MeterId,UsageQuantity,ResourceRate,InstanceId\n".to_owned();
    let mut own = "month,partner_id,association,subscription_id,amount,currency\n".to_owned();
    let mut insights = "Month\tMPNID\tSubscriptionId\tPartnerAttributionType\tACR_USD\n".to_owned();
    let mut recon = "MPNID,ResellerMPNID,SubscriptionId,EntitlementId,UsageDate,ChargeType,PricingPreTaxTotal,PricingCurrency,BillingPreTaxTotal,BillingCurrency,PublisherName\n".to_owned();
    for month in ["2017-01", "2017-02"].iter().chain(&MONTHS) {
        for subscription in 0..SUBSCRIPTIONS {
            if dice.chance(150) {
                continue;
            }
            for day in ["05", "25"] {
                let currency = ["USD", "EUR"][subscription % 2];
                let amount = format!("{}.{}", dice.below(900), dice.digits(9));
                writeln!(cost, "file-{subscription},{month}-{day},{amount},{currency},,,,1,,").unwrap();
            }
            let amount = format!("{}.{}", dice.below(900), dice.digits(3));
            let owner = id(subscription % PARTNERS);
            let kind = ["dpor", "pal"][subscription % 2];
            writeln!(own, "{month},{owner},{kind},own-{subscription},{amount},EUR").unwrap();
            for kind in ["Partner of record", "Partner admin link", "CSP Tier 2"] {
                for partner in [subscription % PARTNERS, (subscription + 1) % PARTNERS] {
                    if (subscription + partner + kind.len()) % 3 > 0 {
                        writeln!(
                            insights,
                            "{month}-01\t{}\tins-{subscription}\t{kind}\t{amount}",
                            id(partner)
                        )
                        .unwrap();
                    }
                }
            }
            let (provider, reseller) = (id(subscription % 2), id(2 + subscription % 4));
            writeln!(
                recon,
                "{provider},{reseller},plan,csp-{subscription},{}/3/2017,New,{amount},USD,1,EUR,Microsoft",
                &month[5..].trim_start_matches('0')
            )
            .unwrap();
        }
    }
    [("cost.csv", cost), ("own.csv", own), ("insights.tsv", insights), ("recon.csv", recon)]
}

/// The same subscriptions in two kinds of data, of which one counts by choice.
fn chosen(world: &World) -> [(&'static str, String); 2] {
    let mut dice = Dice::new(world.seed);
    let mut own = "month,partner_id,association,subscription_id,amount,currency\n".to_owned();
    let mut insights = "Month\tMPNID\tSubscriptionId\tPartnerAttributionType\tACR_USD\n".to_owned();
    for month in MONTHS {
        let owner = id(dice.below(PARTNERS));
        writeln!(own, "{month},{owner},dpor,both-1,{},USD", dice.below(900)).unwrap();
        writeln!(insights, "{month}-01\t{owner}\tboth-1\tPartner of record\t{}", dice.below(900)).unwrap();
    }
    [("both-own.csv", own), ("both-insights.tsv", insights)]
}

const RULES: &str = include_str!("cases/differences/rules.toml");

/// Runs a report, with its ledger. Returns its summary.
fn report(root: &Path, name: &str, world: &World) -> PathBuf {
    let folder = root.join(name);
    fs::create_dir_all(folder.join("input")).unwrap();
    let input = |name: &str, text: &str| fs::write(folder.join("input").join(name), text).unwrap();
    input("partners.csv", &roster(world));
    input("associations.csv", &associations(world));
    input("rates.csv", &rates(world));
    exports(world).iter().chain(&chosen(world)).for_each(|(name, text)| input(name, text));
    // Even seeds: associations count from their first day, as in the old rule set.
    let rules = if world.seed.is_multiple_of(2) {
        RULES.replace("retroactive = true", "retroactive = false")
    } else {
        RULES.to_owned()
    };
    fs::write(folder.join("rules.toml"), rules).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_attain"));
    command.current_dir(&folder).args(["report", "input", "--quiet", "--allow", "all", "-o", "report.csv"]);
    command.args([
        "--window-months",
        "4",
        "--as-of",
        if world.is_new[1] { "2017-07-01" } else { "2017-06-01" },
    ]);
    command.args(["--prefer", if world.is_new[4] { "own" } else { "insights" }]);
    if world.is_new[0] {
        command.args(["--rules", "rules.toml"]);
    }
    command.args(["--ledger", if world.seed.is_multiple_of(3) { LEDGER } else { "ledger.csv" }]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder.join("report.run.json")
}

/// A ledger of another format.
const LEDGER: &str = if cfg!(feature = "parquet") { "ledger.parquet" } else { "ledger.tsv" };

fn attain(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_attain")).args(args).output().unwrap()
}

fn amount(text: &str) -> i128 {
    Amount::parse(text.as_bytes(), DecimalMark::Point).unwrap().amount.raw()
}

/// The difference of two runs.
fn difference(old: &Path, new: &Path) -> Value {
    let output = attain(&["diff", old.to_str().unwrap(), new.to_str().unwrap(), "--format", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Old, new and parts of each partner's consumption, and of all.
fn changes(difference: &Value) -> BTreeMap<String, (i128, i128, [i128; 8])> {
    let change = |value: &Value| {
        let figure = |value: &Value| amount(value.as_str().unwrap());
        let parts = PARTS.map(|part| figure(&value["parts"][format!("{part}_usd")]));
        (figure(&value["old_usd"]), figure(&value["new_usd"]), parts)
    };
    let partners = difference["partners"].as_array().unwrap().iter();
    let mut changes: BTreeMap<_, _> = partners
        .map(|partner| (partner["partner_id"].as_str().unwrap().to_owned(), change(&partner["consumption"])))
        .collect();
    changes.insert("all".to_owned(), change(&difference["consumption"]));
    changes
}

fn with(seed: u64, things: &[usize]) -> World {
    let mut is_new = [false; 7];
    things.iter().for_each(|thing| is_new[*thing] = true);
    World { seed, is_new }
}

/// The command line of a file of a case.
fn args_of(folder: &Path, file: &str) -> Vec<String> {
    let args = fs::read_to_string(folder.join(file)).unwrap();
    args.split_whitespace().map(str::to_owned).collect()
}

/// Runs `attain` in a folder. Returns its output, if it ends with this code.
fn output_of(folder: &Path, args: &[String], exit: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_attain")).args(args).current_dir(folder).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(exit), "{args:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn two_nights_differ_as_worked_out_by_hand() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/differences/two-nights");
    let copy = tempfile::tempdir().unwrap();
    case::copy_folder(&case, copy.path());
    output_of(copy.path(), &args_of(&case, "args.old"), 0);
    output_of(copy.path(), &args_of(&case, "args.new"), 0);
    let diff = |more: &[&str], exit| {
        let args = ["diff", "old.run.json", "new.run.json"].iter().chain(more);
        output_of(copy.path(), &args.map(|arg| (*arg).to_owned()).collect::<Vec<_>>(), exit)
    };
    for (format, file) in [("text", "diff.txt"), ("csv", "diff.csv"), ("json", "diff.json")] {
        let shown = diff(&["--format", format, "--exit-code"], 5);
        diff(&["-o", file], 0);
        assert_eq!(fs::read_to_string(copy.path().join(file)).unwrap(), shown);
        if case::is_blessing() {
            fs::write(case.join(file), &shown).unwrap();
        }
        assert_eq!(shown, fs::read_to_string(case.join(file)).unwrap(), "{file}; ATTAIN_BLESS=1 writes it");
    }
    // Moved together, the files are found beside the summary; a difference is passed over in a walk.
    let night = copy.path().join("night");
    fs::create_dir(&night).unwrap();
    for file in ["old.csv", "old.run.json", "old.ledger.csv", "new.json", "new.run.json", "new.ledger.tsv"] {
        fs::rename(copy.path().join(file), night.join(file)).unwrap();
    }
    let args = ["diff", "night/old.run.json", "night/new.run.json", "--format", "csv"].map(str::to_owned);
    let moved = output_of(copy.path(), &args, 0);
    assert_eq!(moved, fs::read_to_string(case.join("diff.csv")).unwrap());
    for file in ["diff.csv", "diff.json", "diff.txt"] {
        fs::rename(copy.path().join(file), copy.path().join("old").join(file)).unwrap();
    }
    let mut args = args_of(&case, "args.old");
    args.retain(|arg| arg != "all" && arg != "--allow");
    args.extend(["--allow", "missing-months"].map(str::to_owned));
    output_of(copy.path(), &args, 0);
    // Without its ledger a run has no parts.
    fs::remove_file(night.join("new.ledger.tsv")).unwrap();
    let args = ["diff", "night/old.run.json", "night/new.run.json"].map(str::to_owned);
    let text = output_of(copy.path(), &args, 0);
    assert!(text.contains("missing    night/new.run.json has no ledger: run report with --ledger"), "{text}");
    assert!(!text.contains("\nparts"), "{text}");
}

#[test]
fn a_run_on_the_credits_of_a_run_writes_the_ledger_that_its_parts_need() {
    let root = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    case::copy_folder(&sample, &root.path().join("sample-data"));
    let run = |args: &str| {
        let args: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
        output_of(root.path(), &args, 0)
    };
    let facts = "sample-data/associations.csv sample-data/credentials.csv sample-data/markets.csv sample-data/partners.csv sample-data/rates.csv \
                 sample-data/insights/profile.csv sample-data/insights/training-completions.csv --allow all --quiet";
    for (name, as_of) in [("old", "2017-05-31"), ("new", "2017-06-30")] {
        let day = format!("--as-of {as_of}");
        run(&format!(
            "report sample-data {day} -o {name}.csv --credits {name}.credits.csv --allow all --quiet"
        ));
        run(&format!(
            "report sample-data {day} -o {name}-e.csv --ledger {name}-e.ledger.csv --allow all --quiet"
        ));
        run(&format!("report {name}.credits.csv {facts} {day} -o {name}-c.csv --ledger {name}-c.ledger.csv"));
    }
    let text = run("diff old.run.json new.run.json");
    let table = "--ledger on old.credits.csv and the other inputs";
    assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(table), "{text}");
    let parts = |old: &str, new: &str| {
        let table = run(&format!("diff {old} {new} --format csv"));
        table.lines().filter(|line| !line.starts_with("new-warning")).map(str::to_owned).collect::<Vec<_>>()
    };
    let of_exports = parts("old-e.run.json", "new-e.run.json");
    assert!(of_exports.len() > 3, "{of_exports:?}");
    assert_eq!(of_exports, parts("old-c.run.json", "new-c.run.json"));
}

#[test]
fn what_alone_was_replaced_makes_up_the_whole_change() {
    let root = tempfile::tempdir().unwrap();
    for seed in 1..=12 {
        let old = report(root.path(), "old", &with(seed, &[]));
        for (thing, name) in THINGS.iter().enumerate() {
            let new = report(root.path(), "new", &with(seed, &[thing]));
            let difference = difference(&old, &new);
            for (partner, (old, new, parts)) in changes(&difference) {
                let own = |part: &str| part.starts_with(name);
                let of_thing: i128 =
                    PARTS.iter().zip(parts).filter(|(part, _)| own(part)).map(|(_, sum)| sum).sum();
                assert_eq!(of_thing, new - old, "{name} of seed {seed}: {partner}: {parts:?}");
                assert_eq!(parts.iter().sum::<i128>(), new - old);
            }
        }
    }
}

/// Compares the parts of a difference with runs in which one of `things` after the other is replaced. Returns how many parts are not 0.
fn compare_with_steps(root: &Path, seed: u64, things: &[usize]) -> usize {
    let old = report(root, "old", &with(seed, &[]));
    let new = report(root, "new", &with(seed, things));
    let of_all = changes(&difference(&old, &new));
    let mut steps: BTreeMap<String, BTreeMap<usize, i128>> = BTreeMap::new();
    let mut last = old;
    for nth in 1..=things.len() {
        let step = report(root, &format!("step-{nth}"), &with(seed, &things[..nth]));
        for (partner, (old, new, _)) in changes(&difference(&last, &step)) {
            steps.entry(partner).or_default().insert(things[nth - 1], new - old);
        }
        last = step;
    }
    let mut moved = 0;
    for (partner, (.., parts)) in of_all {
        // Parts without the second one of the window.
        let parts: Vec<i128> =
            parts.iter().enumerate().filter(|(nth, _)| *nth != 2).map(|(_, part)| *part).collect();
        let of_step =
            |thing: usize| steps.get(&partner).and_then(|steps| steps.get(&thing)).copied().unwrap_or(0);
        let expected: Vec<i128> = (0..THINGS.len()).map(of_step).collect();
        assert_eq!(parts, expected, "{things:?} of seed {seed}: {partner}");
        moved += parts.iter().filter(|part| **part != 0).count();
    }
    moved
}

#[test]
fn the_parts_are_the_steps_of_runs_in_which_one_thing_after_the_other_is_replaced() {
    let root = tempfile::tempdir().unwrap();
    let mut moved = 0;
    // Even seeds: both rule sets count an association from its first day. Where roll-up changes together with associations or files, ledgers do
    // not tell all; and where the window changes, months that entered count with the figures of the new run.
    for seed in (100..=120).step_by(2) {
        for things in [&[0, 2, 4, 6][..], &[0, 3, 4, 6], &[0, 5, 6]] {
            moved += compare_with_steps(root.path(), seed, things);
        }
    }
    assert!(moved > 200, "{moved}");
}

#[test]
fn whatever_is_replaced_the_parts_add_up_and_the_way_back_is_the_negative() {
    let root = tempfile::tempdir().unwrap();
    for seed in 1_000..1_040 {
        let mut dice = Dice::new(seed);
        let things: Vec<usize> = (0..THINGS.len()).filter(|_| dice.chance(500)).collect();
        let old = report(root.path(), "old", &with(seed, &[]));
        let new = report(root.path(), "new", &with(seed, &things));
        let there = changes(&difference(&old, &new));
        let back = changes(&difference(&new, &old));
        assert_eq!(there.len(), back.len(), "seed {seed}");
        for (partner, (old, new, parts)) in &there {
            assert_eq!(parts.iter().sum::<i128>(), new - old, "seed {seed}: {partner}");
            let (other_old, other_new, other_parts) = back[partner];
            assert_eq!((other_old, other_new), (*new, *old), "seed {seed}: {partner}");
            assert_eq!(other_parts.iter().sum::<i128>(), old - new, "seed {seed}: {partner}");
        }
        let same = difference(&new, &new);
        assert_eq!(same["partners"].as_array().unwrap().len(), 0);
        assert_eq!(same["warnings"].as_array().unwrap().len(), 0);
        assert!(same["consumption"]["parts"].as_object().unwrap().values().all(|part| part == "0"));
    }
}
