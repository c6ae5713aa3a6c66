//! Two DPOR of one subscription on one day. Comes in: the records of a subscription with their heads. Goes out: the heads that overlap, and
//! the text of a warning. It changes no credit.

use std::collections::BTreeSet;

use crate::base::association::Association;
use crate::base::calendar::Day;
use crate::rows::small::AssociationRecord;

/// The heads that are DPOR of a subscription on the same days as another head. A subscription should have one DPOR at a time; if it has
/// two, both get credit, and a warning says so. Locations of one head are one partner.
pub(super) fn overlapping_dpor<'r>(
    records: impl Iterator<Item = (&'r AssociationRecord, u32)> + Clone,
) -> BTreeSet<u32> {
    let dpor = records.filter(|(record, _)| record.association == Association::Dpor);
    let mut overlapping = BTreeSet::new();
    if dpor.clone().nth(1).is_none() {
        return overlapping;
    }
    let term =
        |(r, head): (&AssociationRecord, u32)| (r.from.unwrap_or(Day::MIN), r.to.unwrap_or(Day::MAX), head);
    let mut terms: Vec<(Day, Day, u32)> = dpor.map(term).collect();
    terms.sort_unstable();
    // Of the terms before: the latest end with its partner, and the latest end of any other partner.
    let mut latest: Option<(Day, u32)> = None;
    let mut other: Option<(Day, u32)> = None;
    for (from, to, partner) in terms {
        for (end, before) in [latest, other].into_iter().flatten() {
            if before != partner && from <= end {
                overlapping.extend([before, partner]);
            }
        }
        match latest {
            Some((end, same)) if same == partner => latest = Some((end.max(to), partner)),
            Some((end, _)) if to <= end => {
                if other.is_none_or(|(end, _)| end < to) {
                    other = Some((to, partner));
                }
            }
            _ => {
                other = latest;
                latest = Some((to, partner));
            }
        }
    }
    overlapping
}

/// The text of the warning. `shown`: the heads that it names; `more`: the number of all others.
pub(super) fn warning_text(shown: &[&str], more: usize) -> String {
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("partners {}{more} are its DPOR on the same days", shown.join(" and "))
}

/// Partners that a warning names.
pub(super) const PARTNERS_SHOWN: usize = 4;
