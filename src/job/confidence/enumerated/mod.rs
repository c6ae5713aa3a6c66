//! Confidence against brute force: small random runs whose unknowns are completed in every way. The program reads and judges the spoilt
//! files; the test completes each unknown by itself, from the words of SPEC 3.8, and judges every completion.

mod case;
mod completions;
mod dice;
mod effects;
mod subscriptions;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::num::NonZeroUsize;

use super::*;
use crate::base::calendar::WindowKind;
use crate::base::market::Market;
use crate::credits::engine::local::fold::RowPath;
use crate::diagnostics::log::Log;
use crate::diagnostics::warning::DeniedWarnings;
use crate::formats::GivenPath;
use crate::job::{self, HeldTime};
use crate::judge::facts::{self, FactSources};
use crate::judge::measures::{self, MeasureSources};
use crate::judge::overlaps::OverlapChoices;
use crate::rows::ReadingOptions;
use case::{Case, PARTNERS};

/// Random cases.
const CASES: u64 = 2_000;

/// The confidence that the program gives, by partner.
fn program(case: &Case) -> BTreeMap<String, Confidence> {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("usage.csv", &case.usage),
        ("enterprise.csv", &case.enterprise),
        ("insights.csv", &case.insights),
        ("associations.csv", &case.associations),
        ("partners.csv", &case.partners),
        ("markets.csv", &case.markets),
        ("rates.csv", &case.rates),
        ("credentials.csv", &case.credentials),
    ];
    let given = files.map(|(name, text)| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        GivenPath { path, role: None, is_assumed: false, source: None }
    });
    let options = RunOptions {
        required: Vec::new(),
        sources: Vec::new(),
        project: None,
        given: given.into(),
        rules: "cloud-platform".to_owned(),
        as_of: "2017-07-07".parse().unwrap(),
        window: WindowKind::CompleteMonths,
        window_months: None,
        covers_all_time: false,
        demand: job::RoleDemand::Files,
        dialects: Vec::new(),
        reading: ReadingOptions::default(),
        threads: NonZeroUsize::new(1),
        block_bytes: NonZeroUsize::new(1 << 19).unwrap(),
        denied: DeniedWarnings::new(&[], &[]),
        overlaps: OverlapChoices::default(),
        digest: None,
        keeps_going: false,
        log: Log::silent(),
        outputs: Vec::new(),
        lists_partners: false,
        tells_losses: false,
        held: HeldTime::Window,
        path: RowPath::FastOrSlow,
    };
    let rules = job::rules_of(&options).unwrap();
    let mut reading = job::read(&options, &rules, &[], Vec::new(), None).unwrap();
    let judged = job::judge_credits(&reading, &rules, &options).unwrap();
    let (individuals, _) = CountedIndividuals::count(
        &reading.passes,
        &rules.rules,
        &reading.roster,
        options.as_of,
        &mut reading.warnings,
    );
    let sources = MeasureSources { consumption: &judged.consumption, individuals: &individuals };
    let values = measures::values(&rules.rules, &sources);
    let sources = FactSources { roster: &reading.roster, values: &values, lacks_rate: &judged.lacks_rate };
    let facts = facts::of_partners(reading.roster.partners(), &sources);
    let refused = job::refused_facts(&reading, &rules);
    let unknowns = RunUnknowns::new(&reading, &rules, &options, &refused);
    let confidences = unknowns.confidence(&facts, &judged, &individuals, &case.missing_months);
    facts.iter().map(|facts| facts.partner.to_string()).zip(confidences).collect()
}

#[test]
#[expect(clippy::print_stdout, reason = "the number of cases is the evidence")]
fn a_tier_is_certain_exactly_if_no_completion_of_the_unknowns_gives_another() {
    let all: BTreeSet<ConfidenceCode> = ConfidenceCode::ALL.into_iter().collect();
    let (rules, _) = job::load_rules("cloud-platform", "2017-07-07".parse().unwrap()).unwrap();
    let (mut partners, mut uncertain, mut of_steps) = (0, 0, 0);
    let mut by_code: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..CASES {
        let case = Case::of(seed);
        let program = program(&case);
        for head in case.heads() {
            let found = &program[PARTNERS[head]];
            let told = || {
                format!(
                    "case {seed}, partner {}: {found:?}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}",
                    PARTNERS[head],
                    case.usage,
                    case.enterprise,
                    case.insights,
                    case.associations,
                    case.partners,
                    case.markets,
                    case.rates,
                    case.credentials
                )
            };
            let markets: Vec<Option<Market>> = match case.market_of[&head] {
                Some(_) => vec![None],
                None => Market::ALL.map(Some).into(),
            };
            let tiers = |in_part: bool| -> BTreeSet<Option<usize>> {
                markets.iter().flat_map(|market| case.tiers(head, &all, *market, in_part, &rules)).collect()
            };
            let possible = tiers(false);
            assert_eq!(found.is_certain(), possible.len() == 1, "{possible:?} {}", told());
            partners += 1;
            if found.is_certain() {
                continue;
            }
            uncertain += 1;
            assert_eq!(found.possible.iter().copied().collect::<BTreeSet<_>>(), tiers(true), "{}", told());
            assert_eq!(found.codes, case.codes(head, true, &rules), "{}", told());
            of_steps += u64::from(found.codes != case.codes(head, false, &rules));
            for code in &found.codes {
                *by_code.entry(code.as_str()).or_default() += 1;
            }
        }
    }
    println!("{CASES} cases, {partners} partners, {uncertain} of them uncertain: {by_code:?}; ");
    println!("{of_steps} with other codes if rows count wholly or not at all");
    // These cases leave no file out: golden cases do.
    let met: BTreeSet<&str> = by_code.keys().copied().chain([ConfidenceCode::FileLeftOut.as_str()]).collect();
    assert!(met.len() == ConfidenceCode::ALL.len() && uncertain > CASES / 2);
}
