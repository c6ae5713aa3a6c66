//! Facts: what is exactly known of each partner, after roll-up, choice of association and conversion. Comes in: credits,
//! passes, roster, rates, a rule set. Goes out: [`PartnerFacts`], sorted by partner. It judges nobody.

mod attribute;
mod choose;
pub(crate) mod consumption;
pub(crate) mod people;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::base::amount::Amount;
use crate::base::ids::PartnerId;
use crate::base::market::Market;
use crate::roster::{Entry, Roster};

use consumption::Judged;
use people::HeadPeople;

/// What is known of one partner that gets a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerFacts<'f> {
    /// The partner: a head.
    pub partner: &'f PartnerId,
    /// **Source**: roster or profile. **Absent**: unknown, or lines disagree.
    pub name: Option<Cow<'f, str>>,
    /// **Source**: roster or profile. **Absent**: unknown, or lines disagree.
    pub country: Option<Cow<'f, str>>,
    /// **Source**: the partner's own, else that of its country. **Absent**: unknown.
    pub market: Option<Market>,
    /// Exact consumption of the window that counts. **Unit**: USD.
    pub consumption: Amount,
    /// Distinct individuals with a counted pass, for each group of the rule set.
    pub individuals: Cow<'f, [u64]>,
    /// Distinct individuals with a counted pass in any of a tier's groups, for each tier of the rule set.
    pub pooled_individuals: Cow<'f, [u64]>,
    /// Partners that roll up to this one, sorted.
    pub includes: Vec<&'f PartnerId>,
    /// Whether some of its credit has no rate, so that its consumption is not complete.
    pub lacks_rate: bool,
}

/// What facts are made of.
pub(crate) struct Known<'f> {
    pub(crate) roster: &'f Roster,
    pub(crate) judged: &'f Judged,
    /// By head, sorted.
    pub(crate) people: &'f [(PartnerId, HeadPeople)],
    /// What is known of the people of a head that is not among `people`.
    pub(crate) nobody: &'f HeadPeople,
}

/// The facts of every partner that gets a line, in report order: the heads of all `named` partners, to whom belong all that have
/// credit or people.
pub(crate) fn of_partners<'f>(
    named: impl Iterator<Item = &'f PartnerId>,
    known: &Known<'f>,
) -> Vec<PartnerFacts<'f>> {
    let Known { roster, judged, people, nobody } = *known;
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
    // A thread takes heads in their order, and begins anywhere.
    let lists = || (Ascending(roster.entries()), Ascending(judged.consumption.as_slice()), Ascending(people));
    let facts = |(entries, consumption, people): &mut (_, Ascending<'f, _>, Ascending<'f, _>), head| {
        let entry = Ascending::get(entries, head);
        let HeadPeople { individuals, pooled } = people.get(head).unwrap_or(nobody);
        PartnerFacts {
            partner: head,
            name: entry.and_then(|entry: &Entry| entry.name.as_deref()).map(Cow::Borrowed),
            country: entry.and_then(|entry| entry.country.as_deref()).map(Cow::Borrowed),
            market: entry.and_then(|entry| roster.market(entry)),
            consumption: consumption.get(head).copied().unwrap_or(Amount::ZERO),
            individuals: Cow::Borrowed(individuals),
            pooled_individuals: Cow::Borrowed(pooled),
            includes: includes.get(head).map_or(Vec::new(), |set| set.iter().copied().collect()),
            lacks_rate: judged.lacks_rate.contains(head),
        }
    };
    heads.into_par_iter().map_init(lists, facts).collect()
}

/// Sorts, and leaves each partner once.
fn sort_once(partners: &mut Vec<&PartnerId>) {
    // Stable, since it is made of sorted pieces.
    partners.sort();
    partners.dedup();
}

/// A sorted list in which partners are looked up in their order.
struct Ascending<'s, T>(&'s [(PartnerId, T)]);

impl<'s, T> Ascending<'s, T> {
    /// What is said of a partner, who comes after those asked for before. Most are found a step after the one before.
    fn get(&mut self, partner: &PartnerId) -> Option<&'s T> {
        let is_before = |(other, _): &(PartnerId, T)| other < partner;
        let mut steps = 1;
        while self.0.get(steps - 1).is_some_and(is_before) {
            steps *= 2;
        }
        let passed = self.0[..steps.min(self.0.len())].partition_point(is_before);
        self.0 = &self.0[passed..];
        self.0.first().filter(|(found, _)| found == partner).map(|(_, said)| said)
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
            let mut found = Ascending(&all);
            for asked in (first..45).step_by(step) {
                let expected = all.iter().map(|(_, number)| number).find(|number| **number == asked);
                assert_eq!(found.get(&id(asked)), expected);
            }
        }
    }
}
