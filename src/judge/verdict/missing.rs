//! What a partner lacks for its next tier (SPEC 3.12). Comes in: facts, a verdict, the rule set. Goes out: the missing consumption as a share of
//! what the tier requires, and the missing people. Where the market is unknown, the market that requires most decides.

use crate::base::amount::{Amount, Share};
use crate::base::market::Market;
use crate::config::rules::{Quantity, Requirement, RuleSet, Tier};
use crate::judge::facts::PartnerFacts;
use crate::judge::verdict::PartnerVerdict;

/// What is missing for a tier. Order: less comes first, by the share of consumption, then by people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingForTier {
    /// The missing consumption, of what the tier requires; 0 of 0 if it requires none. **Unit**: USD.
    pub consumption: Share,
    /// Missing individuals.
    pub individuals: u64,
}

/// The least value that meets a requirement in every market that a partner may have.
pub fn required_in_every_market(requirement: &Requirement, market: Option<Market>) -> Quantity {
    let most = || Market::ALL.into_iter().map(|market| requirement.at_least.of(market)).max();
    match market {
        Some(market) => requirement.at_least.of(market),
        None => most().expect("there are markets"),
    }
}

impl MissingForTier {
    /// What is missing for a tier.
    pub fn of(facts: &PartnerFacts<'_>, tier: &Tier) -> MissingForTier {
        let mut missing =
            MissingForTier { consumption: Share { part: Amount::ZERO, whole: Amount::ZERO }, individuals: 0 };
        for requirement in &tier.requires {
            let required = required_in_every_market(requirement, facts.market);
            match (required, facts.values[requirement.measure].shortfall_to(required)) {
                (Quantity::Usd(whole), Quantity::Usd(part)) => missing.consumption = Share { part, whole },
                (_, Quantity::Count(count)) => missing.individuals = count,
                (Quantity::Count(_), Quantity::Usd(_)) => {
                    unreachable!("a shortfall has the unit of its threshold")
                }
            }
        }
        missing
    }

    /// What is missing for the next tier. `None` if there is none.
    pub fn for_next(
        facts: &PartnerFacts<'_>,
        verdict: &PartnerVerdict,
        rules: &RuleSet,
    ) -> Option<MissingForTier> {
        verdict.next.map(|tier| MissingForTier::of(facts, &rules.tiers[tier]))
    }
}
