//! Who is associated with a subscription on a day. Comes in: the records of associations files, the roster. Goes out: for
//! each subscription, periods in which the same partners, after roll-up, have the same types of association in force.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;

use chrono::Days;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use rayon::prelude::*;

use super::AssociationSet;
use crate::calendar::{Day, Window};
use crate::dialects::Association;
use crate::doubts::{DoubtCode, Doubts};
use crate::ids::PartnerId;
use crate::records::small::AssociationRecord;
use crate::roster::Roster;

/// From when an association counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dating {
    /// From its first day.
    FromItsFirstDay,
    /// For days before its first day too: the rule set is retroactive.
    Retroactive,
}

/// Each partner, after roll-up, with the types of its associations in force: partners by their number among
/// [`AssociationIndex::heads`], which is in report order.
pub(crate) type InForce = Vec<(u32, AssociationSet)>;

/// Who is associated with which subscription, when, on the days of a window.
#[derive(Debug, Default)]
pub(crate) struct AssociationIndex {
    subscriptions: hashbrown::HashMap<String, SubscriptionNumber, FixedState>,
    /// By subscription, in order of days.
    periods: Vec<Period>,
    /// Where the periods of each subscription end.
    ends: Vec<u32>,
    /// What can be in force, each once; the first is nobody.
    pub(crate) outcomes: Vec<InForce>,
    /// Heads of all partners that a record names, sorted.
    pub(crate) heads: Vec<PartnerId>,
    partners: Vec<PartnerId>,
}

/// A subscription that a record names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SubscriptionNumber(pub(super) u32);

/// From this day on, until the next period begins, this outcome is in force.
#[derive(Debug, Clone, Copy)]
struct Period {
    from: Day,
    outcome: u32,
}

impl AssociationIndex {
    /// Builds the index of the days of `window`.
    pub(crate) fn build(
        mut records: Vec<AssociationRecord>,
        roster: &Roster,
        dating: Dating,
        window: Window,
        doubts: &mut Doubts,
    ) -> AssociationIndex {
        // The head of each partner; looked up by hash, since records are many and partners are few.
        let mut head_of = hashbrown::HashMap::with_hasher(FixedState::default());
        for record in &records {
            if !head_of.contains_key(&record.partner) {
                head_of.insert(record.partner.clone(), 0_u32);
            }
        }
        let mut partners: Vec<PartnerId> = head_of.keys().cloned().collect();
        partners.sort_unstable();
        let mut heads: Vec<PartnerId> = partners.iter().map(|partner| roster.head(partner).clone()).collect();
        heads.sort_unstable();
        heads.dedup();
        for (partner, number) in &mut head_of {
            let at = heads.binary_search(roster.head(partner)).expect("it is among them");
            *number = u32::try_from(at).expect("fewer than 2^32 partners");
        }
        let mut known = Outcomes::default();
        known.number(Vec::new());
        let (mut all_periods, mut ends) = (Vec::new(), Vec::new());
        records.par_sort_unstable_by(|a, b| {
            let key = |r: &AssociationRecord| (r.from, r.to, r.association);
            (&a.subscription, &a.partner, key(a)).cmp(&(&b.subscription, &b.partner, key(b)))
        });
        let mut subscriptions =
            hashbrown::HashMap::with_capacity_and_hasher(records.len(), FixedState::default());
        let mut terms: Vec<Term> = Vec::new();
        for of_one in records.chunk_by_mut(|a, b| a.subscription == b.subscription) {
            terms.clear();
            terms.extend(of_one.iter().map(|record| term(record, head_of[&record.partner], dating)));
            doubt_overlapping_dpor(of_one, roster, doubts);
            periods(&terms, window, &mut known, &mut all_periods);
            let number =
                SubscriptionNumber(u32::try_from(ends.len()).expect("fewer than 2^32 subscriptions"));
            ends.push(u32::try_from(all_periods.len()).expect("fewer than 2^32 periods"));
            subscriptions.insert(std::mem::take(&mut of_one[0].subscription), number);
        }
        let outcomes = known.outcomes;
        AssociationIndex { subscriptions, periods: all_periods, ends, outcomes, heads, partners }
    }

    /// An index that speaks of these outcomes, and of no subscription.
    #[cfg(test)]
    pub(super) fn speaking_of(heads: Vec<PartnerId>, outcomes: Vec<InForce>) -> AssociationIndex {
        AssociationIndex { heads, outcomes, ..AssociationIndex::default() }
    }

    /// The number of a subscription. `None`: no record names it.
    pub(crate) fn subscription(&self, subscription: &str) -> Option<SubscriptionNumber> {
        self.subscriptions.get(subscription).copied()
    }

    /// TEMPORARY.
    pub(crate) fn subscription_of_guid(&self, guid: u128) -> Option<SubscriptionNumber> {
        let digits = format!("{guid:032x}");
        let text = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-");
        self.subscription(&text)
    }

    /// The outcome on a day of the window, an index into `outcomes`. `None`: nobody is associated with the subscription then.
    pub(crate) fn outcome(&self, SubscriptionNumber(number): SubscriptionNumber, day: Day) -> Option<u32> {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before as usize]);
        let periods = &self.periods[start as usize..self.ends[number as usize] as usize];
        let after = periods.partition_point(|p| p.from <= day);
        let outcome = periods[after.checked_sub(1)?].outcome;
        (outcome != NOBODY).then_some(outcome)
    }

    /// Those for whom an outcome speaks.
    pub(crate) fn in_force(&self, outcome: u32) -> impl Iterator<Item = (&PartnerId, AssociationSet)> {
        self.outcomes[outcome as usize].iter().map(|(head, set)| (&self.heads[*head as usize], *set))
    }

    /// Every partner that a record names.
    pub(crate) fn partners(&self) -> impl Iterator<Item = &PartnerId> {
        self.partners.iter()
    }
}

/// The outcome that nobody is associated: the first one.
const NOBODY: u32 = 0;

/// Outcomes, each once.
#[derive(Debug, Default)]
struct Outcomes {
    outcomes: Vec<InForce>,
    table: HashTable<u32>,
    hasher: FixedState,
}

impl Outcomes {
    fn number(&mut self, in_force: InForce) -> u32 {
        let hash = self.hasher.hash_one(&in_force);
        let (outcomes, hasher) = (&mut self.outcomes, &self.hasher);
        if let Some(number) = self.table.find(hash, |n| outcomes[*n as usize] == in_force) {
            return *number;
        }
        let number = u32::try_from(outcomes.len()).expect("fewer than 2^32 outcomes");
        outcomes.push(in_force);
        self.table.insert_unique(hash, number, |n| hasher.hash_one(&outcomes[*n as usize]));
        number
    }
}

/// One record, reduced to what its days need.
#[derive(Debug, Clone, Copy)]
struct Term {
    head: u32,
    association: Association,
    first: Day,
    /// The day after the last. **Absent**: for ever.
    past: Option<Day>,
}

fn term(record: &AssociationRecord, head: u32, dating: Dating) -> Term {
    let first = match dating {
        Dating::FromItsFirstDay => record.from.unwrap_or(Day::MIN),
        Dating::Retroactive => Day::MIN,
    };
    let past = record.to.and_then(|to| to.checked_add_days(Days::new(1)));
    Term { head, association: record.association, first, past }
}

/// Adds where what is in force changes within the window, and to what. Sweeps over the days once: a placeholder subscription
/// may have very many associations.
fn periods(terms: &[Term], window: Window, known: &mut Outcomes, periods: &mut Vec<Period>) {
    let before = periods.len();
    if let [term] = terms {
        // As nearly every subscription has it.
        let from = term.first.max(window.first);
        if from <= window.last && term.past.is_none_or(|past| past > from) {
            let outcome = known.number(vec![(term.head, AssociationSet::of(term.association))]);
            periods.push(Period { from, outcome });
            let end = term.past.filter(|past| *past <= window.last);
            periods.extend(end.map(|from| Period { from, outcome: NOBODY }));
        }
        return;
    }
    // What begins (+1) and ends (−1) on which day; what began before the window begins with it.
    let mut changes: BTreeMap<Day, Vec<(u32, Association, i32)>> = BTreeMap::new();
    for term in terms {
        let first = term.first.max(window.first);
        if first > window.last || term.past.is_some_and(|past| past <= first) {
            continue;
        }
        changes.entry(first).or_default().push((term.head, term.association, 1));
        if let Some(past) = term.past.filter(|past| *past <= window.last) {
            changes.entry(past).or_default().push((term.head, term.association, -1));
        }
    }
    let mut running: BTreeMap<(u32, Association), i32> = BTreeMap::new();
    for (from, of_day) in changes {
        for (head, association, change) in of_day {
            let count = running.entry((head, association)).or_default();
            *count += change;
            if *count == 0 {
                running.remove(&(head, association));
            }
        }
        let mut in_force: InForce = Vec::new();
        for (head, association) in running.keys() {
            match in_force.last_mut() {
                Some((last, set)) if last == head => set.insert(*association),
                _ => in_force.push((*head, AssociationSet::of(*association))),
            }
        }
        let outcome = known.number(in_force);
        if periods[before..].last().is_none_or(|last| last.outcome != outcome) {
            periods.push(Period { from, outcome });
        }
    }
}

/// A subscription has one DPOR at a time; two are odd, and both get credit. Locations of one head are one partner. One doubt
/// for each subscription.
fn doubt_overlapping_dpor(records: &[AssociationRecord], roster: &Roster, doubts: &mut Doubts) {
    if records.len() < 2 {
        return;
    }
    let mut terms: Vec<(Day, Day, &PartnerId)> = records
        .iter()
        .filter(|r| r.association == Association::Dpor)
        .map(|r| (r.from.unwrap_or(Day::MIN), r.to.unwrap_or(Day::MAX), roster.head(&r.partner)))
        .collect();
    terms.sort_unstable();
    // Of what came before: the latest end, and the latest end of any other partner.
    let mut latest: Option<(Day, &PartnerId)> = None;
    let mut other: Option<(Day, &PartnerId)> = None;
    let mut overlapping: BTreeSet<&PartnerId> = BTreeSet::new();
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
    if !overlapping.is_empty() {
        let shown: Vec<&str> = overlapping.iter().take(PARTNERS_SHOWN).map(|p| p.as_str()).collect();
        let more = overlapping.len() - shown.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let (subscription, shown) = (&records[0].subscription, shown.join(" and "));
        let text =
            format!("subscription {subscription}: partners {shown}{more} are its DPOR on the same days");
        doubts.add(DoubtCode::OverlappingDpor, text);
    }
}

/// Partners that a doubt names.
const PARTNERS_SHOWN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::small::PartnerRecord;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn id(text: &str) -> PartnerId {
        PartnerId::parse(text).unwrap()
    }

    fn record(
        partner: &str,
        association: Association,
        from: Option<&str>,
        to: Option<&str>,
    ) -> AssociationRecord {
        AssociationRecord {
            subscription: "s".to_owned(),
            partner: id(partner),
            association,
            from: from.map(day),
            to: to.map(day),
        }
    }

    fn index(records: Vec<AssociationRecord>, dating: Dating) -> (AssociationIndex, Doubts) {
        let up = |partner: &str| PartnerRecord {
            partner: id(partner),
            name: None,
            country: None,
            market: None,
            rolls_up_to: Some(id("1")),
            tenant: None,
            rank: 0,
        };
        let mut doubts = Doubts::default();
        let (roster, _) = Roster::build(vec![up("11"), up("12")], &[], &mut doubts);
        let window = Window { first: day("2015-01-01"), last: day("2018-12-31") };
        (AssociationIndex::build(records, &roster, dating, window, &mut doubts), doubts)
    }

    fn on(index: &AssociationIndex, text: &str) -> Vec<(String, String)> {
        let outcome = index.subscription("s").and_then(|s| index.outcome(s, day(text)));
        outcome.map_or(Vec::new(), |o| {
            index.in_force(o).map(|(p, set)| (p.to_string(), set.to_string())).collect()
        })
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn an_association_is_in_force_on_its_first_and_its_last_day_and_on_no_other_side() {
        let (index, _) = index(
            vec![record("7", Association::Dpor, Some("2017-01-10"), Some("2017-01-20"))],
            Dating::FromItsFirstDay,
        );
        assert_eq!(on(&index, "2017-01-09"), []);
        assert_eq!(on(&index, "2017-01-10"), pairs(&[("7", "dpor")]));
        assert_eq!(on(&index, "2017-01-20"), pairs(&[("7", "dpor")]));
        assert_eq!(on(&index, "2017-01-21"), []);
    }

    #[test]
    fn locations_of_one_head_get_one_credit_with_all_their_types() {
        let records = vec![
            record("11", Association::Dpor, None, None),
            record("12", Association::Tpor, Some("2017-01-10"), None),
            record("9", Association::Pal, None, Some("2017-01-31")),
        ];
        let (index, _) = index(records, Dating::FromItsFirstDay);
        assert_eq!(on(&index, "2017-01-01"), pairs(&[("1", "dpor"), ("9", "pal")]));
        assert_eq!(on(&index, "2017-01-15"), pairs(&[("1", "tpor+dpor"), ("9", "pal")]));
        assert_eq!(on(&index, "2017-02-01"), pairs(&[("1", "tpor+dpor")]));
    }

    #[test]
    fn a_retroactive_rule_set_counts_days_before_the_first_but_not_after_the_last() {
        let (index, _) = index(
            vec![record("7", Association::Dpor, Some("2017-01-10"), Some("2017-01-20"))],
            Dating::Retroactive,
        );
        assert_eq!(on(&index, "2016-01-01"), pairs(&[("7", "dpor")]));
        assert_eq!(on(&index, "2017-01-21"), []);
    }

    #[test]
    fn very_many_associations_of_one_subscription_are_swept_once() {
        let of = |n: usize| record(&format!("{}", 100 + n), Association::Dpor, Some("2017-01-10"), None);
        let (index, doubts) = index((0..20_000).map(of).collect(), Dating::FromItsFirstDay);
        assert_eq!(on(&index, "2017-01-10").len(), 20_000);
        assert_eq!(doubts.iter().next().map(|(_, count, _)| count), Some(1));
    }

    #[test]
    fn two_partners_that_are_dpor_on_the_same_days_are_a_doubt() {
        let dpor = |partner: &str, from: &str| record(partner, Association::Dpor, Some(from), None);
        let (_, doubts) =
            index(vec![dpor("7", "2017-01-01"), dpor("8", "2017-02-01")], Dating::FromItsFirstDay);
        assert_eq!(doubts.iter().next().unwrap().0, DoubtCode::OverlappingDpor);
        let (_, doubts) =
            index(vec![dpor("11", "2017-01-01"), dpor("12", "2017-02-01")], Dating::FromItsFirstDay);
        assert_eq!(doubts.iter().count(), 0);
    }
}
