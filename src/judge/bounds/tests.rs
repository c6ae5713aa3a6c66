//! Possible tiers against every point within the bounds, on random rule sets; and the rates of refused rows.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::AmountReach;
use super::refused::{PossibleRates, RefusedFacts};
use super::tiers::{MeasureBounds, TierSpace};
use crate::base::amount::Amount;
use crate::base::association::AssociationSet;
use crate::base::calendar::{Day, Month, Window};
use crate::base::market::Market;
use crate::config::rules::{
    CredentialGroup, GroupCounting, Measure, Quantity, Requirement, RuleSet, Threshold, Tier, builtin,
};
use crate::diagnostics::reject::RejectTally;

/// Units of the largest value and threshold.
const MOST: u64 = 4;

/// The requirements of a tier: index of the measure, and the thresholds of developed and developing markets.
type TierOfTest = [Option<(usize, u64, u64)>; 2];

fn usd(units: u64) -> Quantity {
    Quantity::Usd(Amount::from_raw(i128::from(units) * 10_i128.pow(24)))
}

/// A rule set with two groups: consumption, each group, and both groups together.
fn rules(counting: GroupCounting, tiers: &[TierOfTest]) -> RuleSet {
    let mut measures = Measure::of_every_rule_set(2);
    measures.push(Measure::individuals(vec![0, 1], counting));
    let group = |name: &str| CredentialGroup { name: name.to_owned(), credentials: Vec::new() };
    let requirement = |(measure, developed, developing): (usize, u64, u64)| Requirement {
        measure,
        at_least: Threshold::new(
            measures[measure].kind().unit(),
            Decimal::from(developed),
            Decimal::from(developing),
        )
        .unwrap(),
    };
    let tier = |requires: &TierOfTest| Tier {
        name: "tier".to_owned(),
        requires: requires.iter().flatten().copied().map(requirement).collect(),
    };
    let tiers = tiers.iter().map(tier).collect();
    RuleSet { groups: vec![group("a"), group("b")], measures, tiers, ..builtin()[0].clone() }
}

/// The tiers of every point within the bounds.
fn by_every_point(
    rules: &RuleSet,
    counting: GroupCounting,
    bounds: &[(u64, u64); 4],
    markets: &[Market],
) -> Vec<Option<usize>> {
    let range = |nth: usize| bounds[nth].0..=bounds[nth].1;
    let mut tiers = Vec::new();
    for (consumption, a, b) in range(0)
        .flat_map(|consumption| range(1).map(move |a| (consumption, a)))
        .flat_map(|(consumption, a)| range(2).map(move |b| (consumption, a, b)))
    {
        let together: Vec<u64> = match counting {
            GroupCounting::LargestGroup => vec![a.max(b)],
            GroupCounting::Union => {
                let least = a.max(b).max(bounds[3].0);
                (least..=bounds[3].1.max(least)).collect()
            }
        };
        for together in together {
            let values =
                [usd(consumption), Quantity::Count(a), Quantity::Count(b), Quantity::Count(together)];
            for market in markets {
                let meets =
                    |required: &Requirement| values[required.measure] >= required.at_least.of(*market);
                let tier = rules.tiers.iter().rposition(|tier| tier.requires.iter().all(meets));
                tiers.push(tier);
            }
        }
    }
    tiers.sort_unstable();
    tiers.dedup();
    tiers
}

fn requirement() -> impl Strategy<Value = TierOfTest> {
    let consumption = proptest::option::of((Just(0_usize), 0..=MOST, 0..=MOST));
    let individuals = proptest::option::of((1..4_usize, 0..=MOST))
        .prop_map(|of| of.map(|(nth, count)| (nth, count, count)));
    (consumption, individuals).prop_map(|(consumption, individuals)| [consumption, individuals])
}

fn bounds() -> impl Strategy<Value = (u64, u64)> {
    (0..=MOST, 0..=MOST).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_possible_tiers_are_those_of_every_point_within_the_bounds(
        tiers in proptest::collection::vec(requirement(), 1..4),
        counting in prop_oneof![Just(GroupCounting::LargestGroup), Just(GroupCounting::Union)],
        of_measures in [bounds(), bounds(), bounds(), bounds()],
        markets in prop_oneof![Just(&Market::ALL[..]), Just(&Market::ALL[..1]), Just(&Market::ALL[1..])],
    ) {
        let rules = rules(counting, &tiers);
        let [consumption, a, b, mut together] = of_measures;
        together = match counting {
            GroupCounting::LargestGroup => (a.0.max(b.0), a.1.max(b.1)),
            // A union has at least the persons of each group.
            GroupCounting::Union => (together.0.max(a.0).max(b.0), together.1.max(a.1).max(b.1)),
        };
        let count = |(least, greatest): (u64, u64)| (Quantity::Count(least), Quantity::Count(greatest));
        let of_space: Vec<MeasureBounds> =
            vec![(usd(consumption.0), usd(consumption.1)), count(a), count(b), count(together)];
        let found = TierSpace::new(&rules).possible(&of_space, markets).tiers();
        prop_assert_eq!(found, by_every_point(&rules, counting, &[consumption, a, b, together], markets));
    }
}

#[test]
fn an_amount_without_a_day_counts_by_the_rate_that_moves_it_most_and_without_limit_if_a_month_has_none() {
    let day = |text: &str| -> Day { text.parse().unwrap() };
    let window = Window { first: day("2017-05-01"), last: day("2017-06-30") };
    let (may, june) = (Month::of(window.first), Month::of(window.last));
    let mut rates = BTreeMap::from([(("EUR".to_owned(), may), Decimal::from(2))]);
    let refused = RefusedFacts::of(&RejectTally::default(), AssociationSet::default());
    let units = |units: i128| Amount::from_raw(units * 10_i128.pow(24));
    let reach = |rates: &BTreeMap<(String, Month), Decimal>, currency: &str| {
        let possible = PossibleRates { rates, refused: &refused.rates, window };
        possible.reach_of_any_month(currency, units(-10))
    };
    assert_eq!(reach(&rates, "USD"), AmountReach::of_amount(units(-10)));
    assert_eq!(reach(&rates, "EUR"), AmountReach::of_sign(units(-1)));
    rates.insert(("EUR".to_owned(), june), Decimal::from(3));
    assert_eq!(reach(&rates, "EUR"), AmountReach::of_amount(units(-30)));
}
