//! Confidence agrees with a plain second evaluation of SPEC 3.8 on generated folders: every completion of the unknown facts is
//! tried for `certain`, every set of codes for the codes that are named. Comes in: seeds. Goes out: the first differences.
//!
//! Covered: refused rows of consumption and of credentials, missing months, a missing role, unknown markets. Not covered: rates,
//! associations, roll-ups, tenants.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "support/nasty/dice.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod dice;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use dice::Dice;

const FOLDERS: u64 = 200;
const MONTHS: [&str; 12] = [
    "2016-07", "2016-08", "2016-09", "2016-10", "2016-11", "2016-12", "2017-01", "2017-02", "2017-03",
    "2017-04", "2017-05", "2017-06",
];
/// USD: the amounts of rows, so that sums fall on both sides of a threshold.
const AMOUNTS: [i64; 10] = [4_000, 5_000, 9_999, 10_000, 14_999, 15_000, 50_000, 99_999, 100_000, 1];
const HUGE: i64 = 1_000_000_000;
const CODES: [&str; 4] = ["missing-months", "refused-rows", "role-missing", "unknown-market"];

/// USD that a silver tier needs in a developed and in a developing market; gold needs the same in both.
const SILVER: [i64; 2] = [15_000, 10_000];
const GOLD: i64 = 100_000;

/// What the generator knows of one partner.
#[derive(Debug, Default, Clone)]
struct Partner {
    /// USD that counts.
    consumption: i64,
    /// USD of each refused row that may be of the partner. `None` if the amount was not read.
    refused: Vec<Option<i64>>,
    /// Individuals with an assessment and with an exam.
    individuals: [usize; 2],
    /// Refused credentials of each group.
    refused_credentials: [usize; 2],
    /// Index into `SILVER`. `None` if the market is not known.
    market: Option<usize>,
}

#[derive(Debug, Default)]
struct Folder {
    partners: Vec<Partner>,
    is_month_missing: bool,
    is_role_missing: bool,
}

/// 0 is no tier, 1 silver, 2 gold.
fn tier(consumption: i64, individuals: [usize; 2], market: usize) -> usize {
    let people = individuals[0].max(individuals[1]);
    if consumption >= GOLD && people >= 2 {
        2
    } else {
        usize::from(consumption >= SILVER[market] && people >= 1)
    }
}

/// Writes the folder of a seed below `root`.
fn generate(root: &Path, seed: u64) -> Folder {
    let mut dice = Dice::new(seed);
    let mut folder = Folder { is_month_missing: dice.chance(150), ..Folder::default() };
    let has_credentials = dice.chance(800);
    // A file of months covers all from its first to its last.
    let missing = [0, 11][dice.below(2)];
    let mut told = "month,partner_id,association,subscription_id,customer_id,amount,currency\n".to_owned();
    for (at, month) in MONTHS.iter().enumerate() {
        if !(folder.is_month_missing && at == missing) {
            writeln!(told, "{month},1000,dpor,told,,0,USD").unwrap();
        }
    }
    let mut roster = "partner_id,name,country,market\n1000,None,France,developed\n".to_owned();
    let mut usage = "date,partner_id,association,subscription_id,customer_id,amount,currency\n".to_owned();
    let mut credentials =
        "partner_id,individual_id,email,kind,credential,completed_on,expires_on\n".to_owned();
    let mut old = usage.clone();
    let mut of_every_partner = Partner::default();
    for id in 1001..1005 {
        let mut partner =
            Partner { market: [Some(0), Some(0), Some(1), None][dice.below(4)], ..Partner::default() };
        let market = partner.market.map_or("", |at| ["developed", "developing"][at]);
        writeln!(roster, "{id},P{id},,{market}").unwrap();
        for _ in 0..dice.below(3) {
            let usd = AMOUNTS[dice.below(AMOUNTS.len())] * if dice.chance(150) { -1 } else { 1 };
            partner.consumption += usd;
            writeln!(usage, "2017-05-31,{id},dpor,a,,{usd},USD").unwrap();
        }
        for _ in 0..[0, 0, 0, 1, 2][dice.below(5)] {
            let usd = AMOUNTS[dice.below(AMOUNTS.len())] * if dice.chance(300) { -1 } else { 1 };
            match dice.below(11) {
                // The association is not read.
                0..=4 => {
                    partner.refused.push(Some(usd));
                    writeln!(usage, "2017-05-31,{id},?,a,,{usd},USD").unwrap();
                }
                // The amount is not read.
                5 | 6 => {
                    partner.refused.push(None);
                    writeln!(usage, "2017-05-31,{id},dpor,a,,x,USD").unwrap();
                }
                // No tier counts a pal.
                7 => writeln!(usage, "2017-05-31,{id},pal,a,,x,USD").unwrap(),
                // Outside of the window.
                8 => writeln!(old, "2015-05-31,{id},?,a,,{usd},USD").unwrap(),
                // The date is not read.
                9 => {
                    partner.refused.push(Some(usd));
                    writeln!(usage, "2017-05-99,{id},dpor,a,,{usd},USD").unwrap();
                }
                // Names no partner.
                _ => {
                    of_every_partner.refused.push(Some(usd));
                    writeln!(usage, "2017-05-31,,dpor,a,,{usd},USD").unwrap();
                }
            }
        }
        if has_credentials {
            for (group, credential) in ["13736", "70-533"].into_iter().enumerate() {
                partner.individuals[group] = dice.below(3);
                for person in 0..partner.individuals[group] {
                    let kind = ["assessment", "exam"][group];
                    writeln!(credentials, "{id},M{id}-{person},,{kind},{credential},2017-01-31,").unwrap();
                }
                if dice.chance(80) {
                    partner.refused_credentials[group] += 1;
                    let kind = ["assessment", "exam"][group];
                    writeln!(credentials, "{id},R{id},,{kind},{credential},2017-99-31,").unwrap();
                }
            }
        }
        folder.partners.push(partner);
    }
    for partner in &mut folder.partners {
        partner.refused.extend(&of_every_partner.refused);
    }
    folder.is_role_missing = folder.partners.iter().all(|partner| partner.individuals == [0, 0]);
    for (name, text) in [("told", told), ("p", roster), ("usage", usage), ("old", old), ("c", credentials)] {
        if name != "c" || has_credentials {
            std::fs::write(root.join(format!("{name}.csv")), text).unwrap();
        }
    }
    folder
}

/// Tries every completion of the unknown facts.
fn is_certain(folder: &Folder, partner: &Partner) -> bool {
    let mut sums = BTreeSet::from([partner.consumption]);
    for row in &partner.refused {
        let amounts = row.map_or(vec![-HUGE, -1, 1, 10_000, GOLD, HUGE], |usd| vec![usd]);
        let counted: Vec<i64> =
            sums.iter().flat_map(|sum| amounts.iter().map(move |usd| sum + usd)).collect();
        sums.extend(counted);
    }
    if folder.is_month_missing {
        let counted: Vec<i64> =
            sums.iter().flat_map(|sum| [1, 5_000, GOLD, 9 * HUGE].map(|usd| sum + usd)).collect();
        sums.extend(counted);
    }
    let mut people = BTreeSet::new();
    for assessments in 0..=partner.refused_credentials[0] {
        for exams in 0..=partner.refused_credentials[1] {
            people.insert([partner.individuals[0] + assessments, partner.individuals[1] + exams]);
        }
    }
    if folder.is_role_missing {
        people.extend((0..3).flat_map(|assessments| (0..3).map(move |exams| [assessments, exams])));
    }
    let markets = partner.market.map_or(vec![0, 1], |market| vec![market]);
    let tiers: BTreeSet<usize> = sums
        .iter()
        .flat_map(|sum| people.iter().map(move |people| (*sum, *people)))
        .flat_map(|(sum, people)| markets.iter().map(move |market| tier(sum, people, *market)))
        .collect();
    tiers.len() == 1
}

/// The tiers that are possible if only the codes of `set` (bits, by `CODES`) leave something unknown.
fn possible(folder: &Folder, partner: &Partner, set: usize, market: usize) -> BTreeSet<usize> {
    let has = |code: &str| CODES.iter().position(|c| *c == code).is_some_and(|at| set & 1 << at != 0);
    let (mut least, mut greatest) = (partner.consumption, partner.consumption);
    let mut most = partner.individuals;
    if has("refused-rows") {
        for row in &partner.refused {
            least += row.map_or(-HUGE, |usd| usd.min(0));
            greatest += row.map_or(HUGE, |usd| usd.max(0));
        }
        most = [0, 1].map(|group| most[group] + partner.refused_credentials[group]);
    }
    if has("missing-months") && folder.is_month_missing {
        greatest += 9 * HUGE;
    }
    if has("role-missing") && folder.is_role_missing {
        most = [9, 9];
    }
    let markets = if has("unknown-market") && partner.market.is_none() { vec![0, 1] } else { vec![market] };
    let steps = [least, greatest, SILVER[0], SILVER[1], GOLD, SILVER[0] - 1, SILVER[1] - 1, GOLD - 1];
    let sums = steps.into_iter().filter(|usd| (least..=greatest).contains(usd));
    let mut tiers = BTreeSet::new();
    for sum in sums {
        for assessments in partner.individuals[0]..=most[0] {
            for exams in partner.individuals[1]..=most[1] {
                tiers.extend(markets.iter().map(|market| tier(sum, [assessments, exams], *market)));
            }
        }
    }
    tiers
}

/// The cell `confidence`: a code is named if some set of the others leaves fewer tiers possible without it.
fn confidence(folder: &Folder, partner: &Partner) -> String {
    let assumed = partner.market.map_or(vec![0, 1], |market| vec![market]);
    let is_named = |at: usize| {
        let sets = (0..1 << CODES.len()).filter(|set: &usize| set & 1 << at == 0);
        sets.into_iter().any(|set| {
            assumed.iter().any(|market| {
                let without = possible(folder, partner, set, *market);
                let with = possible(folder, partner, set | 1 << at, *market);
                without.len() < with.len()
            })
        })
    };
    let named: Vec<&str> = (0..CODES.len()).filter(|at| is_named(*at)).map(|at| CODES[at]).collect();
    if named.is_empty() { "certain".to_owned() } else { named.join("+") }
}

#[test]
fn confidence_is_that_of_a_plain_second_evaluation() {
    let mut endings: BTreeMap<String, u64> = BTreeMap::new();
    let mut differences = Vec::new();
    for seed in 0..FOLDERS {
        let keep = tempfile::tempdir().unwrap();
        let root = keep.path().join("input");
        std::fs::create_dir(&root).unwrap();
        let folder = generate(&root, seed);
        let arguments =
            "report input --as-of 2017-07-07 --max-rejects 100% --allow all --quiet -o report.csv";
        let output = Command::new(env!("CARGO_BIN_EXE_attain"))
            .current_dir(keep.path())
            .args(arguments.split(' '))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "seed {seed}: {told}");
        let mut reader = csv::Reader::from_path(keep.path().join("report.csv")).unwrap();
        let header = reader.headers().unwrap().clone();
        let column = header.iter().position(|name| name == "confidence").unwrap();
        let written: BTreeMap<String, String> = reader
            .records()
            .map(|row| row.unwrap())
            .map(|row| (row[0].to_owned(), row[column].to_owned()))
            .collect();
        let mut is_different = false;
        for (partner, id) in folder.partners.iter().zip(1001..) {
            let expected = confidence(&folder, partner);
            let written = &written[&format!("{id}")];
            let is_same_word = is_certain(&folder, partner) == (written == "certain");
            if *written != expected || !is_same_word {
                is_different = true;
                differences.push(format!(
                    "seed {seed}, {id}: expected {expected}, written {written}: {partner:?}, month missing {}, role missing {}, kept in {}",
                    folder.is_month_missing,
                    folder.is_role_missing,
                    keep.path().display()
                ));
            }
            *endings.entry(expected).or_default() += 1;
        }
        if is_different {
            let _ = keep.keep();
        }
    }
    let certain = endings.remove("certain").unwrap_or_default();
    assert!(
        certain > 0 && endings.len() > 5,
        "the folders are one-sided: {certain} are certain, {endings:?}"
    );
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}
