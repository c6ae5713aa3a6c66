//! The judgement of one partner (SPEC 3.5). Comes in: its facts and the rule set. Goes out: its verdict. It rounds nothing
//! and looks at no other partner.

use super::{PartnerVerdict, RequirementVerdict, Status, TierVerdict};
use crate::base::market::Market;
use crate::config::rules::{Quantity, RuleSet, Threshold, Tier};
use crate::judge::facts::PartnerFacts;

/// Judges a partner by the rule set for which its facts were made: they hold a value for each of its measures.
pub fn judge(facts: &PartnerFacts<'_>, rules: &RuleSet) -> PartnerVerdict {
    let tiers: Vec<TierVerdict> =
        rules.tiers.iter().map(|tier| judge_tier(&facts.values, tier, facts.market)).collect();
    let attained = tiers.iter().rposition(|tier| tier.status == Status::Met);
    let above = attained.map_or(0, |index| index + 1);
    let next = (above < tiers.len()).then_some(above);
    PartnerVerdict { tiers, attained, next }
}

/// Judges one tier by the value of each measure of the rule set. `market` is **absent** if it is not known.
pub(crate) fn judge_tier(values: &[Quantity], tier: &Tier, market: Option<Market>) -> TierVerdict {
    let possible_markets = possible(market.as_ref());
    let requirements: Vec<RequirementVerdict> = tier
        .requires
        .iter()
        .map(|required| judge_requirement(values[required.measure], &required.at_least, possible_markets))
        .collect();
    let status = status_of_all(requirements.iter().map(|requirement| requirement.status));
    TierVerdict { status, requirements }
}

/// Whether a value reaches the threshold, in every possible market.
pub(crate) fn is_met(actual: Quantity, at_least: &Threshold, market: Option<Market>) -> bool {
    possible(market.as_ref()).iter().all(|market| actual >= at_least.of(*market))
}

fn possible(market: Option<&Market>) -> &[Market] {
    market.map_or(&Market::ALL, std::slice::from_ref)
}

/// Compares a value with the threshold of each possible market.
fn judge_requirement(
    actual: Quantity,
    at_least: &Threshold,
    possible_markets: &[Market],
) -> RequirementVerdict {
    let required = || possible_markets.iter().map(|market| at_least.of(*market));
    let met = required().filter(|required| actual >= *required).count();
    let status = if met == possible_markets.len() {
        Status::Met
    } else if met == 0 {
        Status::NotMet
    } else {
        Status::Undetermined
    };
    let shortfalls = required().map(|required| actual.shortfall_to(required));
    RequirementVerdict { status, actual, required: if_one(required()), shortfall: if_one(shortfalls) }
}

/// The value that all of `values` have; `None` if they differ.
fn if_one(mut values: impl Iterator<Item = Quantity>) -> Option<Quantity> {
    let first = values.next()?;
    values.all(|other| other == first).then_some(first)
}

/// The status of requirements that must all be met: one that is not met decides, then one that is undetermined.
fn status_of_all(statuses: impl Iterator<Item = Status>) -> Status {
    statuses.fold(Status::Met, |all, one| match (all, one) {
        (Status::NotMet, _) | (_, Status::NotMet) => Status::NotMet,
        (Status::Undetermined, _) | (_, Status::Undetermined) => Status::Undetermined,
        (Status::Met, Status::Met) => Status::Met,
    })
}
