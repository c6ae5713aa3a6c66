//! Evaluation: facts and a rule set in, verdicts out. Pure and total: no IO, no `Result`, no clock.

mod judge;
#[cfg(test)]
mod tests;

use crate::base::amount::Amount;

pub use judge::judge;

/// Whether something is attained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It is.
    Met,
    /// It is not.
    NotMet,
    /// It depends on the market, which is unknown.
    Undetermined,
}

impl Status {
    /// Its word in the report.
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
pub struct Verdict {
    /// For each tier of the rule set, lowest first.
    pub tiers: Vec<TierVerdict>,
    /// Index of the highest met tier. **Absent**: none.
    pub attained: Option<usize>,
    /// Index of the lowest tier above the attained one. **Absent**: none.
    pub next: Option<usize>,
}

/// The outcome for one tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierVerdict {
    /// Of all its requirements together.
    pub status: Status,
    /// **Absent**: the tier requires no consumption.
    pub consumption: Option<ConsumptionVerdict>,
    /// **Absent**: the tier requires no individuals.
    pub individuals: Option<IndividualsVerdict>,
}

/// The outcome for a requirement of consumption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsumptionVerdict {
    /// Whether it is met.
    pub status: Status,
    /// **Unit**: USD. **Absent**: the possible markets give different values.
    pub required: Option<Amount>,
    /// What is missing; never negative. **Unit**: USD. **Absent**: the possible markets give different values.
    pub shortfall: Option<Amount>,
}

/// The outcome for a requirement of individuals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndividualsVerdict {
    /// Whether it is met.
    pub status: Status,
    /// How many.
    pub required: u64,
    /// How many are missing.
    pub shortfall: u64,
}
