//! Facts: what is exactly known of each partner, after roll-up, choice of association and conversion. Comes in: credits,
//! passes, roster, rates, a rule set. Goes out: [`PartnerFacts`], sorted by partner. It judges nobody.

pub(crate) mod consumption;
pub(crate) mod people;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::ids::PartnerId;
use crate::market::Market;
use crate::money::Amount;
use crate::roster::Roster;
use crate::rules::RuleSet;

use consumption::Judged;
use people::HeadPeople;

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

/// The facts of every partner that gets a line, in report order: the heads of all `named` partners, of all credit and of all
/// people.
pub(crate) fn of_partners<'p>(
    named: impl Iterator<Item = &'p PartnerId>,
    roster: &Roster,
    judged: &Judged,
    people: &BTreeMap<PartnerId, HeadPeople>,
    rules: &RuleSet,
) -> Vec<PartnerFacts> {
    let mut heads: Vec<&PartnerId> = named.collect();
    sort_once(&mut heads);
    for head in &mut heads {
        *head = roster.head(head);
    }
    heads.extend(judged.consumption.iter().map(|(head, _)| head));
    heads.extend(people.keys());
    sort_once(&mut heads);
    let mut includes: BTreeMap<&PartnerId, BTreeSet<&PartnerId>> = BTreeMap::new();
    for (partner, head) in roster.rolled_up() {
        includes.entry(head).or_default().insert(partner);
    }
    let nobody = HeadPeople { individuals: vec![0; rules.groups.len()], pooled: vec![0; rules.tiers.len()] };
    let facts = |head: &PartnerId| {
        let HeadPeople { individuals, pooled } = people.get(head).unwrap_or(&nobody).clone();
        PartnerFacts {
            partner: head.clone(),
            name: roster.name(head).map(str::to_owned),
            country: roster.country(head).map(str::to_owned),
            market: roster.market(head),
            consumption: judged
                .consumption
                .binary_search_by(|(p, _)| p.cmp(head))
                .map_or(Amount::ZERO, |at| judged.consumption[at].1),
            individuals,
            pooled_individuals: pooled,
            includes: includes
                .get(head)
                .map(|set| set.iter().map(|p| (*p).clone()).collect())
                .unwrap_or_default(),
            lacks_rate: judged.lacks_rate.contains(head),
        }
    };
    heads.into_par_iter().map(facts).collect()
}

/// Sorts, and leaves each partner once.
fn sort_once(partners: &mut Vec<&PartnerId>) {
    // Stable, since it is made of sorted pieces.
    partners.sort();
    partners.dedup();
}
