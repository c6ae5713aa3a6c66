//! Verdicts: the tier of each partner. Comes in: facts and a rule set. Goes out: verdicts. Pure and total: no IO, no `Result`, no clock.

mod judge;
mod missing;
#[cfg(test)]
mod tests;

use crate::config::rules::Quantity;

pub use judge::judge;
pub(crate) use judge::{is_met, judge_tier};
pub use missing::{MissingForTier, required_in_every_market};

/// Whether a requirement or a tier is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Met.
    Met,
    /// Not met.
    NotMet,
    /// Unknown: it depends on the market, which is unknown.
    Undetermined,
}

impl Status {
    /// Word of the status in the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Met => "met",
            Status::NotMet => "not-met",
            Status::Undetermined => "undetermined",
        }
    }
}

/// The outcome for one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerVerdict {
    /// For each tier of the rule set, lowest first.
    pub tiers: Vec<TierVerdict>,
    /// Index of the highest met tier. **Absent**: none.
    pub attained: Option<usize>,
    /// Index of the lowest tier above the attained one. **Absent**: none.
    pub next: Option<usize>,
}

impl PartnerVerdict {
    /// Whether the attained tier depends on an unknown market: no tier is met, and at least one is undetermined.
    pub fn is_undetermined(&self) -> bool {
        self.attained.is_none() && self.tiers.iter().any(|tier| tier.status == Status::Undetermined)
    }
}

/// The outcome for one tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierVerdict {
    /// The status of all requirements together.
    pub status: Status,
    /// For each requirement of the tier, in the order of [`Tier::requires`](crate::config::rules::Tier::requires).
    pub requirements: Vec<RequirementVerdict>,
}

/// The outcome for one requirement. All quantities have the unit of the requirement's measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequirementVerdict {
    /// Whether the requirement is met.
    pub status: Status,
    /// The partner's value of the measure.
    pub actual: Quantity,
    /// The threshold. **Absent**: the possible markets give different values.
    pub required: Option<Quantity>,
    /// The quantity that is missing to the threshold; never negative. **Absent**: the possible markets give different values.
    pub shortfall: Option<Quantity>,
}
