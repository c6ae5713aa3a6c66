//! The lines of one step between two ledgers, and what of them counts. Comes in: lines of one subscription and month. Goes out: USD by head.
//! It knows no ledger.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::base::amount::Amount;
use crate::base::association::AssociationSet;

/// USD by head.
pub(super) type HeadSums = BTreeMap<u32, Amount>;

/// Exports that are compared with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SourceClass {
    /// A source that both runs read: its rows are the same.
    Common(u32),
    /// Sources of the old run that others replaced in the new one.
    Replaced,
}

/// A line as it would be in a run of some step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StepLine {
    pub(super) head: u32,
    pub(super) partner: u32,
    pub(super) associations: AssociationSet,
    pub(super) currency: u32,
    pub(super) class: SourceClass,
    /// Whether the export repeats consumption once per association.
    pub(super) repeats: bool,
    /// Whether the snapshot counts here.
    pub(super) is_chosen: bool,
    pub(super) amount: Amount,
    /// **Unit**: USD. **Absent**: there is no rate.
    pub(super) usd: Option<Amount>,
}

/// The consumption of each head: accepted credit that has a rate, of snapshots that count; of exports that repeat consumption one
/// association for a head (SPEC 3.3).
pub(super) fn counted(lines: &[StepLine], accepted: AssociationSet) -> HeadSums {
    let mut sums = HeadSums::new();
    let mut rivals: BTreeMap<(u32, u32, AssociationSet), Amount> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.is_chosen && line.associations.meets(accepted)) {
        let Some(usd) = line.usd else { continue };
        let sum = match line.repeats {
            true => rivals.entry((line.head, line.partner, line.associations)).or_default(),
            false => sums.entry(line.head).or_default(),
        };
        *sum = sum.plus(usd);
    }
    let rivals: Vec<_> = rivals.into_iter().collect();
    for of_head in rivals.chunk_by(|a, b| a.0.0 == b.0.0) {
        let chosen = of_head.iter().min_by_key(|((_, partner, associations), usd)| {
            (associations.iter().next(), Reverse(*usd), *partner, *associations)
        });
        if let Some(((head, ..), usd)) = chosen {
            let sum = sums.entry(*head).or_default();
            *sum = sum.plus(*usd);
        }
    }
    sums
}
