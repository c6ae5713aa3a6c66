//! Who is associated with a subscription on a day. Comes in: the records of associations files, the roster. Goes out: for
//! each subscription, periods in which the same partners, after roll-up, have the same types of association in force.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Days;

use super::AssociationSet;
use crate::calendar::Day;
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

/// Each partner, after roll-up, with the types of its associations in force; sorted by partner.
pub(crate) type InForce = Vec<(PartnerId, AssociationSet)>;

/// Who is associated with which subscription, when.
#[derive(Debug, Default)]
pub(crate) struct AssociationIndex {
    subscriptions: hashbrown::HashMap<String, Vec<Period>, foldhash::fast::FixedState>,
    /// What can be in force, each once.
    pub(crate) outcomes: Vec<InForce>,
    partners: BTreeSet<PartnerId>,
}

/// From this day on, until the next period begins, this outcome is in force.
#[derive(Debug, Clone, Copy)]
struct Period {
    from: Day,
    outcome: u32,
}

impl AssociationIndex {
    /// Builds the index.
    pub(crate) fn build(
        mut records: Vec<AssociationRecord>,
        roster: &Roster,
        dating: Dating,
        doubts: &mut Doubts,
    ) -> AssociationIndex {
        let mut index = AssociationIndex::default();
        let mut known: BTreeMap<InForce, u32> = BTreeMap::new();
        index.outcomes.push(Vec::new());
        known.insert(Vec::new(), 0);
        records.sort_by(|a, b| {
            let key = |r: &AssociationRecord| (r.from, r.to, r.association);
            (&a.subscription, &a.partner, key(a)).cmp(&(&b.subscription, &b.partner, key(b)))
        });
        for of_one in records.chunk_by(|a, b| a.subscription == b.subscription) {
            index.partners.extend(of_one.iter().map(|r| r.partner.clone()));
            doubt_overlapping_dpor(of_one, roster, doubts);
            let periods = periods(of_one, roster, dating)
                .into_iter()
                .map(|(from, in_force)| {
                    let outcome = *known.entry(in_force).or_insert_with_key(|in_force| {
                        index.outcomes.push(in_force.clone());
                        u32::try_from(index.outcomes.len() - 1).expect("fewer outcomes than associations")
                    });
                    Period { from, outcome }
                })
                .collect();
            index.subscriptions.insert(of_one[0].subscription.clone(), periods);
        }
        index
    }

    /// The outcome on a day, an index into `outcomes`. `None`: nobody is associated with the subscription on that day.
    pub(crate) fn outcome(&self, subscription: &str, day: Day) -> Option<u32> {
        let periods = self.subscriptions.get(subscription)?;
        let after = periods.partition_point(|p| p.from <= day);
        let outcome = periods[after.checked_sub(1)?].outcome;
        (outcome != 0).then_some(outcome)
    }

    /// Every partner that a record names.
    pub(crate) fn partners(&self) -> impl Iterator<Item = &PartnerId> {
        self.partners.iter()
    }
}

fn first_day(record: &AssociationRecord, dating: Dating) -> Day {
    match dating {
        Dating::FromItsFirstDay => record.from.unwrap_or(Day::MIN),
        Dating::Retroactive => Day::MIN,
    }
}

/// Where what is in force changes, and to what.
fn periods(records: &[AssociationRecord], roster: &Roster, dating: Dating) -> Vec<(Day, InForce)> {
    let mut changes: BTreeSet<Day> = BTreeSet::new();
    for record in records {
        changes.insert(first_day(record, dating));
        changes.extend(record.to.and_then(|to| to.checked_add_days(Days::new(1))));
    }
    let mut periods: Vec<(Day, InForce)> = Vec::new();
    for from in changes {
        let mut in_force: BTreeMap<&PartnerId, AssociationSet> = BTreeMap::new();
        for record in records {
            if first_day(record, dating) <= from && record.to.is_none_or(|to| from <= to) {
                in_force.entry(roster.head(&record.partner)).or_default().insert(record.association);
            }
        }
        let in_force: InForce = in_force.into_iter().map(|(partner, set)| (partner.clone(), set)).collect();
        if periods.last().is_none_or(|(_, last)| *last != in_force) {
            periods.push((from, in_force));
        }
    }
    periods
}

/// A subscription has one DPOR at a time; two are odd, and both get credit. Locations of one head are one partner.
fn doubt_overlapping_dpor(records: &[AssociationRecord], roster: &Roster, doubts: &mut Doubts) {
    let dpor: Vec<&AssociationRecord> =
        records.iter().filter(|r| r.association == Association::Dpor).collect();
    let mut told = BTreeSet::new();
    for (i, a) in dpor.iter().enumerate() {
        for b in &dpor[i + 1..] {
            let overlap = a.from.unwrap_or(Day::MIN) <= b.to.unwrap_or(Day::MAX)
                && b.from.unwrap_or(Day::MIN) <= a.to.unwrap_or(Day::MAX);
            let (one, two) = (roster.head(&a.partner), roster.head(&b.partner));
            if overlap && one != two && told.insert((one.min(two), one.max(two))) {
                let (one, two) = (one.min(two), one.max(two));
                let text = format!(
                    "subscription {}: partners {one} and {two} are its DPOR on the same days",
                    a.subscription
                );
                doubts.add(DoubtCode::OverlappingDpor, text);
            }
        }
    }
}

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
        (AssociationIndex::build(records, &roster, dating, &mut doubts), doubts)
    }

    fn on(index: &AssociationIndex, text: &str) -> Vec<(String, String)> {
        let outcome = index.outcome("s", day(text));
        outcome.map_or(Vec::new(), |o| {
            index.outcomes[o as usize].iter().map(|(p, set)| (p.to_string(), set.to_string())).collect()
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
