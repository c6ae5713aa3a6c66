//! Every threshold just under, at and just over; every market; and laws that hold for all facts.

use std::sync::LazyLock;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{PartnerVerdict, RequirementVerdict, Status, TierVerdict, judge};
use crate::base::amount::{Amount, DecimalMark};
use crate::base::ids::PartnerId;
use crate::base::market::Market;
use crate::config::rules::{
    GroupCounting, Measure, MeasureUnit, Quantity, RuleSet, Threshold, builtin, parse,
};
use crate::judge::facts::PartnerFacts;

use Status::{Met, NotMet, Undetermined};

fn usd(text: &str) -> Amount {
    Amount::parse(text.as_bytes(), DecimalMark::Point).unwrap().amount
}

/// The smallest amount that there is.
const TINY: Amount = Amount::from_raw(1);

/// Facts for `rules` of two groups; `pooled` is the size of the union of both.
fn facts(
    rules: &RuleSet,
    market: Option<Market>,
    consumption: Amount,
    individuals: [u64; 2],
    pooled: u64,
) -> PartnerFacts<'static> {
    static PARTNER: LazyLock<PartnerId> = LazyLock::new(|| PartnerId::parse("1000001").unwrap());
    let value = |measure: &Measure| {
        let (groups, counting) = match measure {
            Measure::Consumption => return Quantity::Usd(consumption),
            Measure::Individuals { groups, counting } => (groups, counting),
        };
        Quantity::Count(match counting {
            GroupCounting::Union => pooled,
            GroupCounting::LargestGroup => groups.iter().map(|group| individuals[*group]).max().unwrap(),
        })
    };
    PartnerFacts {
        partner: &PARTNER,
        name: None,
        country: None,
        market,
        values: rules.measures.iter().map(value).collect(),
        includes: Vec::new(),
        lacks_rate: false,
        is_assumed: false,
    }
}

/// Judged by each built-in rule set, which agree on all that is tested here.
fn judged(market: Option<Market>, consumption: Amount, individuals: [u64; 2]) -> PartnerVerdict {
    let pooled = individuals[0] + individuals[1];
    let judge_by = |rules: &RuleSet| judge(&facts(rules, market, consumption, individuals, pooled), rules);
    let verdicts: Vec<PartnerVerdict> = builtin().iter().map(judge_by).collect();
    assert!(verdicts.iter().all(|verdict| *verdict == verdicts[0]));
    verdicts.into_iter().next().unwrap()
}

fn statuses(verdict: &PartnerVerdict) -> Vec<Status> {
    verdict.tiers.iter().map(|tier| tier.status).collect()
}

/// The verdict on consumption: the first requirement of every tier here that has two.
fn consumption(tier: &TierVerdict) -> RequirementVerdict {
    tier.requirements[0]
}

/// The verdict on individuals: the second requirement.
fn individuals(tier: &TierVerdict) -> RequirementVerdict {
    tier.requirements[1]
}

/// Required and missing consumption of a tier, as text; `-` where it is absent.
fn money(tier: &TierVerdict) -> (String, String) {
    let text = |quantity: Option<Quantity>| match quantity {
        None => "-".to_owned(),
        Some(Quantity::Usd(amount)) => amount.to_string(),
        Some(Quantity::Count(_)) => panic!("consumption is in USD"),
    };
    (text(consumption(tier).required), text(consumption(tier).shortfall))
}

#[test]
fn a_partner_at_a_threshold_attains_the_tier_and_one_smallest_amount_below_it_does_not() {
    use Market::{Developed, Developing};
    for (market, tier, threshold) in [
        (Developed, 0, "15000"),
        (Developing, 0, "10000"),
        (Developed, 1, "100000"),
        (Developing, 1, "100000"),
    ] {
        let at = usd(threshold);
        let status = |amount| judged(Some(market), amount, [2, 2]).tiers[tier].status;
        let place = format!("{market:?} {threshold}");
        assert_eq!(status(at.minus(TINY)), NotMet, "{place}");
        assert_eq!(status(at), Met, "{place}");
        assert_eq!(status(at.plus(TINY)), Met, "{place}");
        let under = &judged(Some(market), at.minus(TINY), [2, 2]).tiers[tier];
        assert_eq!(money(under), (threshold.to_owned(), TINY.to_string()), "{place}");
        let over = &judged(Some(market), at.plus(TINY), [2, 2]).tiers[tier];
        assert_eq!(money(over), (threshold.to_owned(), "0".to_owned()), "{place}");
    }
}

#[test]
fn an_unknown_market_leaves_only_what_it_decides_undetermined() {
    for (consumption, silver, required, shortfall) in [
        ("-1", NotMet, "-", "-"),
        ("9999.999999999999999999999999", NotMet, "-", "-"),
        ("10000", Undetermined, "-", "-"),
        ("14999.999999999999999999999999", Undetermined, "-", "-"),
        ("15000", Met, "-", "0"),
        ("99999.999999999999999999999999", Met, "-", "0"),
    ] {
        let verdict = judged(None, usd(consumption), [1, 0]);
        assert_eq!(statuses(&verdict), [silver, NotMet], "{consumption}");
        assert_eq!(money(&verdict.tiers[0]), (required.to_owned(), shortfall.to_owned()), "{consumption}");
        let missing = usd("100000").minus(usd(consumption)).to_string();
        assert_eq!(money(&verdict.tiers[1]), ("100000".to_owned(), missing), "{consumption}");
    }
    assert_eq!(statuses(&judged(None, usd("100000"), [2, 0])), [Met, Met]);
}

#[test]
fn a_tier_without_its_individuals_is_not_met_whatever_the_market() {
    let verdict = judged(None, usd("12000"), [0, 0]);
    assert_eq!(statuses(&verdict), [NotMet, NotMet]);
    assert_eq!(consumption(&verdict.tiers[0]).status, Undetermined);
    assert_eq!(individuals(&verdict.tiers[0]).status, NotMet);
}

#[test]
fn individuals_of_two_groups_are_not_added_up() {
    for (counts, expected, missing) in [
        ([0, 0], [NotMet, NotMet], [1, 2]),
        ([1, 0], [Met, NotMet], [0, 1]),
        ([0, 1], [Met, NotMet], [0, 1]),
        ([1, 1], [Met, NotMet], [0, 1]),
        ([2, 1], [Met, Met], [0, 0]),
        ([0, 3], [Met, Met], [0, 0]),
    ] {
        let verdict = judged(Some(Market::Developed), usd("100000"), counts);
        assert_eq!(statuses(&verdict), expected, "{counts:?}");
        let count = |count| Some(Quantity::Count(count));
        let found: Vec<_> = verdict.tiers.iter().map(|tier| individuals(tier).shortfall).collect();
        assert_eq!(found, missing.map(count), "{counts:?}");
        let required: Vec<_> = verdict.tiers.iter().map(|tier| individuals(tier).required).collect();
        assert_eq!(required, [1, 2].map(count));
    }
}

#[test]
fn a_pooled_rule_set_counts_the_union_of_the_groups() {
    let rules = parse(&builtin()[0].text.replace("pooled = false", "pooled = true")).unwrap();
    for (pooled, gold, missing) in [(1, NotMet, 1), (2, Met, 0)] {
        let verdict = judge(&facts(&rules, Some(Market::Developed), usd("100000"), [1, 1], pooled), &rules);
        assert_eq!(statuses(&verdict), [Met, gold]);
        assert_eq!(individuals(&verdict.tiers[1]).shortfall, Some(Quantity::Count(missing)));
    }
}

#[test]
fn attained_is_the_highest_met_tier_and_next_the_lowest_above_it() {
    for (consumption, attained, next) in
        [("0", None, Some(0)), ("15000", Some(0), Some(1)), ("100000", Some(1), None)]
    {
        let verdict = judged(Some(Market::Developed), usd(consumption), [2, 0]);
        assert_eq!((verdict.attained, verdict.next), (attained, next), "{consumption}");
    }
    let undetermined = judged(None, usd("12000"), [2, 0]);
    assert_eq!((undetermined.attained, undetermined.next), (None, Some(0)));
}

/// `silver` depends on the market and on assessments, `gold` only on exams, `platinum` only on consumption.
const INDEPENDENT: &str = r#"
name = "independent"
title = "Tiers that differ in what they require"
valid_from = "2017-01-01"
source = ["none: synthetic"]
window_months = 12
accepted_associations = ["dpor"]
retroactive = false
pooled = false
[[group]]
name = "assessment"
credential = [{ code = "1" }]
[[group]]
name = "exam"
credential = [{ code = "2" }]
[[tier]]
name = "silver"
requires = [
    { measure = "consumption", developed_usd = 20, developing_usd = 10 },
    { measure = "individuals", count = 1, groups = ["assessment"] },
]
[[tier]]
name = "gold"
requires = [
    { measure = "consumption", every_market_usd = "20" },
    { measure = "individuals", count = 1, groups = ["exam"] },
]
[[tier]]
name = "platinum"
requires = [
    { measure = "consumption", developed_usd = 20, developing_usd = "25.5" },
    { measure = "individuals", count = 5, groups = ["exam"] },
]
"#;

#[test]
fn tiers_are_independent_so_that_a_higher_one_may_be_met_alone() {
    let rules = parse(INDEPENDENT).unwrap();
    let verdict = judge(&facts(&rules, Some(Market::Developed), usd("20"), [0, 1], 1), &rules);
    assert_eq!(statuses(&verdict), [NotMet, Met, NotMet]);
    assert_eq!((verdict.attained, verdict.next), (Some(1), Some(2)));
}

#[test]
fn a_higher_tier_may_be_met_while_a_lower_one_is_undetermined() {
    let mut rules = parse(INDEPENDENT).unwrap();
    // Gold requires no consumption here. The reader of rule sets refuses this for a higher tier.
    rules.tiers[1].requires.remove(0);
    let verdict = judge(&facts(&rules, None, usd("15"), [1, 1], 2), &rules);
    assert_eq!(statuses(&verdict), [Undetermined, Met, NotMet]);
    assert_eq!((verdict.attained, verdict.next), (Some(1), Some(2)));
    assert_eq!(verdict.tiers[1].requirements.len(), 1);
}

#[test]
fn an_undetermined_tier_above_the_attained_one_is_the_next() {
    let rules = parse(INDEPENDENT).unwrap();
    let verdict = judge(&facts(&rules, None, usd("20"), [1, 5], 6), &rules);
    assert_eq!(statuses(&verdict), [Met, Met, Undetermined]);
    assert_eq!((verdict.attained, verdict.next), (Some(1), Some(2)));
    assert_eq!(money(&verdict.tiers[2]), ("-".to_owned(), "-".to_owned()));
    let verdict = judge(&facts(&rules, None, usd("25.5"), [1, 5], 6), &rules);
    assert_eq!(money(&verdict.tiers[2]), ("-".to_owned(), "0".to_owned()));
}

#[test]
fn the_most_negative_consumption_and_the_highest_threshold_do_not_overflow() {
    let most = Decimal::from_str_exact("9999999999999.999999999999999").unwrap();
    let mut rules = parse(INDEPENDENT).unwrap();
    rules.tiers[2].requires[0].at_least = Threshold::new(MeasureUnit::Usd, most, most).unwrap();
    let least = usd("-99999999999999.999999999999999999999999");
    let verdict = judge(&facts(&rules, Some(Market::Developing), least, [0, 0], 0), &rules);
    let missing = Amount::from_decimal(most).unwrap().minus(least);
    assert_eq!(consumption(&verdict.tiers[2]).shortfall, Some(Quantity::Usd(missing)));
}

fn market() -> impl Strategy<Value = Option<Market>> {
    prop_oneof![Just(None), Just(Some(Market::Developed)), Just(Some(Market::Developing))]
}

/// Amounts around the thresholds, and anywhere.
fn amount() -> impl Strategy<Value = Amount> {
    let near = (prop_oneof![Just("10000"), Just("15000"), Just("100000"), Just("0")], -2_i128..=2)
        .prop_map(|(threshold, off)| Amount::from_raw(usd(threshold).raw() + off));
    prop_oneof![near, (-(10_i128.pow(30))..10_i128.pow(30)).prop_map(Amount::from_raw)]
}

/// How far a status is up the way from not met to met.
fn height(status: Status) -> u8 {
    match status {
        NotMet => 0,
        Undetermined => 1,
        Met => 2,
    }
}

proptest! {
    #[test]
    fn more_consumption_or_more_people_never_lower_a_status(
        market in market(), a in amount(), b in amount(), one in 0_u64..4, other in 0_u64..4, more in 0_u64..3,
    ) {
        let low = judged(market, a.min(b), [one, other]);
        let high = judged(market, a.max(b), [one + more, other]);
        for (low, high) in low.tiers.iter().zip(&high.tiers) {
            prop_assert!(height(low.status) <= height(high.status));
        }
        prop_assert!(low.attained <= high.attained);
    }

    #[test]
    fn a_shortfall_is_zero_exactly_when_the_requirement_is_met(
        market in market(), amount in amount(), one in 0_u64..4, other in 0_u64..4,
    ) {
        for tier in judged(market, amount, [one, other]).tiers {
            for (requirement, unit) in tier.requirements.iter().zip([MeasureUnit::Usd, MeasureUnit::Count]) {
                let zero = Quantity::zero(unit);
                prop_assert_eq!(requirement.status == Met, requirement.shortfall == Some(zero));
                prop_assert!(requirement.shortfall.is_none_or(|shortfall| shortfall >= zero));
            }
        }
    }

    #[test]
    fn an_unknown_market_agrees_with_both_markets_where_they_agree_and_is_undetermined_elsewhere(
        amount in amount(), one in 0_u64..4, other in 0_u64..4,
    ) {
        let unknown = judged(None, amount, [one, other]);
        let known = Market::ALL.map(|market| judged(Some(market), amount, [one, other]));
        for (index, tier) in unknown.tiers.iter().enumerate() {
            let [developed, developing] = [&known[0].tiers[index], &known[1].tiers[index]];
            let expected =
                if developed.status == developing.status { developed.status } else { Undetermined };
            prop_assert_eq!(tier.status, expected);
            let [a, b] = [consumption(developed), consumption(developing)];
            let both = |a: Option<Quantity>, b: Option<Quantity>| if a == b { a } else { None };
            prop_assert_eq!(consumption(tier).required, both(a.required, b.required));
            prop_assert_eq!(consumption(tier).shortfall, both(a.shortfall, b.shortfall));
        }
    }
}
