//! Facts: the exact values of each partner, after roll-up, choice of association and conversion. Comes in: roster and the values
//! of measures. Goes out: [`PartnerFacts`], sorted by partner. It judges no partner.

pub(crate) mod consumption;

use std::borrow::{Borrow, Cow};
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::base::ids::PartnerId;
use crate::base::market::Market;
use crate::config::rules::Quantity;
use crate::judge::measures::MeasureValues;
use crate::roster::{Roster, RosterEntry};

/// The facts of one partner that gets a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerFacts<'f> {
    /// The partner: a head.
    pub partner: &'f PartnerId,
    /// **Source**: roster or profile. **Absent**: unknown, or lines disagree.
    pub name: Option<Cow<'f, str>>,
    /// **Source**: roster or profile. **Absent**: unknown, or lines disagree.
    pub country: Option<Cow<'f, str>>,
    /// **Source**: the partner's own, else its country's. **Absent**: unknown.
    pub market: Option<Market>,
    /// The exact value of each measure of the rule set, in the order of [`RuleSet::measures`].
    ///
    /// [`RuleSet::measures`]: crate::config::rules::RuleSet::measures
    pub values: Vec<Quantity>,
    /// Partners that roll up to this one, sorted.
    pub includes: Vec<&'f PartnerId>,
    /// Whether some of its credit has no rate, so that its consumption is not complete.
    pub lacks_rate: bool,
    /// Whether a record that the user assumes is about it.
    pub is_assumed: bool,
}

/// The inputs of facts.
pub(crate) struct FactSources<'f> {
    pub(crate) roster: &'f Roster,
    /// The values of each measure of the rule set.
    pub(crate) values: &'f [MeasureValues<'f>],
    /// Heads with credit that has no rate.
    pub(crate) lacks_rate: &'f BTreeSet<PartnerId>,
}

/// The facts of every partner that gets a line, in report order: the heads of all `named` partners. `named` must hold every
/// partner with credit or people.
pub(crate) fn of_partners<'f>(
    named: impl Iterator<Item = &'f PartnerId>,
    sources: &FactSources<'f>,
) -> Vec<PartnerFacts<'f>> {
    let FactSources { roster, values, lacks_rate } = *sources;
    let mut heads: Vec<&PartnerId> = named.collect();
    sort_once(&mut heads);
    for head in &mut heads {
        *head = roster.head(head);
    }
    sort_once(&mut heads);
    let mut includes: BTreeMap<&PartnerId, BTreeSet<&PartnerId>> = BTreeMap::new();
    for (partner, head) in roster.rolled_up() {
        includes.entry(head).or_default().insert(partner);
    }
    // A thread takes consecutive heads, from any head on.
    let lookups = || {
        let of_measures: Vec<_> = values.iter().map(|values| AscendingLookup(&values.by_head)).collect();
        (AscendingLookup(roster.entries()), of_measures)
    };
    let facts = |(entries, of_measures): &mut (AscendingLookup<'f, _, _>, Vec<_>), head: &'f PartnerId| {
        let entry: Option<&RosterEntry> = entries.get(head);
        let value = |(lookup, values): (&mut AscendingLookup<'f, _, Quantity>, &MeasureValues<'f>)| {
            lookup.get(head).copied().unwrap_or(values.of_others)
        };
        PartnerFacts {
            partner: head,
            name: entry.and_then(|entry| entry.name.as_deref()).map(Cow::Borrowed),
            country: entry.and_then(|entry| entry.country.as_deref()).map(Cow::Borrowed),
            market: entry.and_then(|entry| roster.market(entry)),
            values: of_measures.iter_mut().zip(values).map(value).collect(),
            includes: includes.get(head).map_or(Vec::new(), |set| set.iter().copied().collect()),
            lacks_rate: lacks_rate.contains(head),
            is_assumed: roster.is_assumed(head),
        }
    };
    heads.into_par_iter().map_init(lookups, facts).collect()
}

/// Sorts the partners, and removes duplicates.
fn sort_once(partners: &mut Vec<&PartnerId>) {
    // A stable sort, since the list consists of sorted runs.
    partners.sort();
    partners.dedup();
}

/// A sorted list in which partners are looked up in their order, by galloping search from the partner before.
struct AscendingLookup<'s, K, T>(&'s [(K, T)]);

impl<'s, K: Borrow<PartnerId>, T> AscendingLookup<'s, K, T> {
    /// The value of a partner. Partners must be asked for in ascending order; most stand one step after the one before.
    fn get(&mut self, partner: &PartnerId) -> Option<&'s T> {
        let is_before = |(other, _): &(K, T)| other.borrow() < partner;
        let mut steps = 1;
        while self.0.get(steps - 1).is_some_and(is_before) {
            steps *= 2;
        }
        let passed = self.0[..steps.min(self.0.len())].partition_point(is_before);
        self.0 = &self.0[passed..];
        self.0.first().filter(|(found, _)| found.borrow() == partner).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_are_found_in_their_order_whatever_stands_between_them() {
        let id = |number: u32| PartnerId::parse(&number.to_string()).unwrap();
        let all: Vec<(PartnerId, u32)> =
            [2, 3, 5, 8, 13, 14, 15, 40].map(|number| (id(number), number)).into();
        for (first, step) in (1..45).flat_map(|first| [1, 2, 7].map(|step| (first, step))) {
            let mut found = AscendingLookup(&all);
            for asked in (first..45).step_by(step) {
                let expected = all.iter().map(|(_, number)| number).find(|number| **number == asked);
                assert_eq!(found.get(&id(asked)), expected);
            }
        }
    }
}
