//! The judgement of one partner (SPEC 3.5). Comes in: its facts and the rule set. Goes out: its verdict. It rounds nothing
//! and looks at no other partner.

use super::{ConsumptionVerdict, IndividualsVerdict, Status, TierVerdict, Verdict};
use crate::base::amount::Amount;
use crate::base::market::Market;
use crate::config::rules::{ConsumptionRequirement, IndividualsRequirement, RuleSet};
use crate::judge::facts::PartnerFacts;

/// Judges a partner by the rule set for which its facts were made: they hold a count for each of its groups and tiers.
pub fn judge(facts: &PartnerFacts<'_>, rules: &RuleSet) -> Verdict {
    let possible_markets = match &facts.market {
        Some(known) => std::slice::from_ref(known),
        None => &Market::ALL,
    };
    let tiers: Vec<TierVerdict> = rules
        .tiers
        .iter()
        .enumerate()
        .map(|(index, tier)| {
            let consumption = tier
                .consumption
                .as_ref()
                .map(|requirement| judge_consumption(facts.consumption, requirement, possible_markets));
            let individuals = tier.individuals.as_ref().map(|requirement| {
                let pooled = rules.pooled.then(|| facts.pooled_individuals[index]);
                judge_individuals(pooled.unwrap_or_else(|| largest(facts, requirement)), requirement)
            });
            let statuses = [consumption.map(|c| c.status), individuals.map(|i| i.status)];
            TierVerdict { status: status_of_all(statuses.into_iter().flatten()), consumption, individuals }
        })
        .collect();
    let attained = tiers.iter().rposition(|tier| tier.status == Status::Met);
    let above = attained.map_or(0, |index| index + 1);
    let next = (above < tiers.len()).then_some(above);
    Verdict { tiers, attained, next }
}

fn judge_consumption(
    consumption: Amount,
    requirement: &ConsumptionRequirement,
    possible_markets: &[Market],
) -> ConsumptionVerdict {
    let required = || possible_markets.iter().map(|market| requirement.amount(*market));
    let met = required().filter(|required| consumption >= *required).count();
    let status = if met == possible_markets.len() {
        Status::Met
    } else if met == 0 {
        Status::NotMet
    } else {
        Status::Undetermined
    };
    let shortfalls = required().map(|required| required.minus(consumption).max(Amount::ZERO));
    ConsumptionVerdict { status, required: if_one(required()), shortfall: if_one(shortfalls) }
}

/// The value that all of `values` have; `None` if they differ.
fn if_one(mut values: impl Iterator<Item = Amount>) -> Option<Amount> {
    let first = values.next()?;
    values.all(|other| other == first).then_some(first)
}

/// Individuals of the largest group that the requirement lists.
fn largest(facts: &PartnerFacts<'_>, requirement: &IndividualsRequirement) -> u64 {
    requirement.groups.iter().map(|group| facts.individuals[*group]).max().unwrap_or(0)
}

fn judge_individuals(count: u64, requirement: &IndividualsRequirement) -> IndividualsVerdict {
    let shortfall = requirement.count.saturating_sub(count);
    let status = if shortfall == 0 { Status::Met } else { Status::NotMet };
    IndividualsVerdict { status, required: requirement.count, shortfall }
}

/// Of all requirements together: one that is not met decides, then one that is undetermined.
fn status_of_all(statuses: impl Iterator<Item = Status>) -> Status {
    statuses.fold(Status::Met, |all, one| match (all, one) {
        (Status::NotMet, _) | (_, Status::NotMet) => Status::NotMet,
        (Status::Undetermined, _) | (_, Status::Undetermined) => Status::Undetermined,
        (Status::Met, Status::Met) => Status::Met,
    })
}
