//! Losses of tiers in the run summary. Comes in: counts of losses, and the first ones. Goes out: a part of the summary, and a line for people. It
//! computes no loss.

use serde::{Serialize, Serializer};

use crate::base::calendar::Day;

/// Partners with a tier by whether they lose it, if no data come after `as_of`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LossCounts {
    /// Partners that lose their tier on a day that is told.
    pub dated: usize,
    /// Partners among them that lose it soon.
    pub soon: SoonLosses,
    /// Partners that never lose their tier.
    pub never: usize,
    /// Partners whose loss cannot be known.
    pub unknown: usize,
    /// The partners that lose their tier next, at most [`crate::base::limits::PARTNERS_LISTED`], in the order of days, then of the report.
    pub next: Vec<NextLoss>,
}

/// Partners that lose their tier within three months.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SoonLosses {
    /// The last day that is soon.
    #[serde(serialize_with = "day")]
    pub by: Day,
    /// Partners that lose their tier on this day or before.
    pub partners: usize,
}

/// A partner that loses its tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NextLoss {
    /// The partner's id.
    pub partner: String,
    /// The tier that it loses. **Absent**: none.
    pub tier: Option<String>,
    /// The first day on which the tier no longer holds.
    #[serde(serialize_with = "day")]
    pub lost_on: Day,
}

fn day<S: Serializer>(day: &Day, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

/// The partners that lose their tier next, for people. `None` if no loss is told.
pub(super) fn of_people(counts: &LossCounts) -> Option<Vec<String>> {
    let one = |NextLoss { partner, tier, lost_on }: &NextLoss| match tier {
        Some(tier) => format!("{partner} {tier} on {lost_on}"),
        None => format!("{partner} on {lost_on}"),
    };
    (counts.dated > 0).then(|| counts.next.iter().map(one).collect())
}
