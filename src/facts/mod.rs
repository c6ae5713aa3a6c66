//! Facts: what is exactly known of each partner, after roll-up, choice of association and conversion. Comes in: credits,
//! passes, roster, rates, a rule set. Goes out: [`PartnerFacts`], sorted by partner. It judges nobody.

use crate::ids::PartnerId;
use crate::money::Amount;
use crate::rules::Market;

/// What is known of one partner that gets a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerFacts {
    /// The partner: a head.
    pub partner: PartnerId,
    /// **Source**: roster or profile. **Absent**: unknown, or lines disagree.
    pub name: Option<String>,
    /// **Source**: roster or profile. **Absent**: unknown, or lines disagree.
    pub country: Option<String>,
    /// **Source**: the partner's own, else that of its country. **Absent**: unknown.
    pub market: Option<Market>,
    /// Exact consumption of the window that counts. **Unit**: USD.
    pub consumption: Amount,
    /// Distinct individuals with a counted pass, for each group of the rule set.
    pub individuals: Vec<u64>,
    /// Distinct individuals with a counted pass in any of a tier's groups, for each tier of the rule set.
    pub pooled_individuals: Vec<u64>,
    /// Partners that roll up to this one, sorted.
    pub includes: Vec<PartnerId>,
    /// Whether some of its credit has no rate, so that its consumption is not complete.
    pub lacks_rate: bool,
}
