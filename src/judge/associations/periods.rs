//! What is in force of one subscription, and when. Comes in: the terms of its associations. Goes out: periods, and outcomes,
//! each once. It looks nobody up.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use chrono::Days;
use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::subscriptions::{NOBODY, Period};
use super::{Dating, InForce};
use crate::base::association::{Association, AssociationSet};
use crate::base::calendar::{Day, Window};
use crate::rows::small::AssociationRecord;

/// Outcomes, each once.
#[derive(Debug)]
pub(super) struct Outcomes {
    pub(super) outcomes: Vec<InForce>,
    table: HashTable<u32>,
    hasher: FixedState,
    /// Of one head with one type: by both. `NOBODY`: not yet known.
    single: Vec<u32>,
}

impl Outcomes {
    /// None but that of nobody; heads are numbered below `heads`.
    pub(super) fn new(heads: usize) -> Outcomes {
        let single = vec![NOBODY; heads * Association::ALL.len()];
        let mut known =
            Outcomes { outcomes: Vec::new(), table: HashTable::new(), hasher: FixedState::default(), single };
        known.number(&[]);
        known
    }

    fn single(&mut self, head: u32, association: Association) -> u32 {
        let place = head as usize * Association::ALL.len() + association as usize;
        if self.single[place] == NOBODY {
            self.single[place] = self.number(&[(head, AssociationSet::of(association))]);
        }
        self.single[place]
    }

    fn number(&mut self, in_force: &[(u32, AssociationSet)]) -> u32 {
        let hash = self.hasher.hash_one(in_force);
        let (outcomes, hasher) = (&mut self.outcomes, &self.hasher);
        if let Some(number) = self.table.find(hash, |n| outcomes[*n as usize] == in_force) {
            return *number;
        }
        let number = u32::try_from(outcomes.len()).expect("fewer than 2^32 outcomes");
        outcomes.push(in_force.to_vec());
        self.table.insert_unique(hash, number, |n| hasher.hash_one(outcomes[*n as usize].as_slice()));
        number
    }
}

/// One record, reduced to what its days need.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    head: u32,
    association: Association,
    first: Day,
    /// The day after the last. **Absent**: for ever.
    past: Option<Day>,
}

pub(super) fn term(record: &AssociationRecord, head: u32, dating: Dating) -> Term {
    let first = match dating {
        Dating::FromItsFirstDay => record.from.unwrap_or(Day::MIN),
        Dating::Retroactive => Day::MIN,
    };
    let past = record.to.and_then(|to| to.checked_add_days(Days::new(1)));
    Term { head, association: record.association, first, past }
}

/// Where what is in force changes within the window, and to what.
pub(super) fn periods(terms: &[Term], window: Window, known: &mut Outcomes, periods: &mut Vec<Period>) {
    periods.clear();
    match terms {
        [term] => {
            let first = term.first.max(window.first);
            if first <= window.last && term.past.is_none_or(|past| past > first) {
                let outcome = known.single(term.head, term.association);
                periods.push(Period { from: first, outcome });
                let end = term.past.filter(|past| *past <= window.last);
                periods.extend(end.map(|from| Period { from, outcome: NOBODY }));
            }
        }
        [_, ..] if terms.len() <= FEW => periods_of_few(terms, window, known, periods),
        _ => periods_of_many(terms, window, known, periods),
    }
}

/// So few that each day of a change looks at all of them: nearly every subscription has no more.
const FEW: usize = 3;

fn periods_of_few(terms: &[Term], window: Window, known: &mut Outcomes, periods: &mut Vec<Period>) {
    let mut terms: [Option<Term>; FEW] = std::array::from_fn(|nth| terms.get(nth).copied());
    terms.sort_unstable_by_key(|term| term.map(|term| (term.head, term.association)));
    let terms = terms.iter().flatten();
    let mut days = [None; 2 * FEW];
    for (term, pair) in terms.clone().zip(days.chunks_mut(2)) {
        pair[0] = Some(term.first.max(window.first));
        pair[1] = term.past.map(|past| past.max(window.first));
    }
    days.sort_unstable();
    for from in days.into_iter().flatten().filter(|day| *day <= window.last) {
        let mut in_force = [(0, AssociationSet::default()); FEW];
        let mut heads = 0;
        let is_in_force = |term: &&Term| term.first <= from && term.past.is_none_or(|past| from < past);
        for term in terms.clone().filter(is_in_force) {
            if heads == 0 || in_force[heads - 1].0 != term.head {
                in_force[heads].0 = term.head;
                heads += 1;
            }
            in_force[heads - 1].1.insert(term.association);
        }
        let outcome = known.number(&in_force[..heads]);
        if periods.last().is_none_or(|last| last.outcome != outcome) {
            periods.push(Period { from, outcome });
        }
    }
}

/// Sweeps over the days once: a placeholder subscription may have very many associations.
fn periods_of_many(terms: &[Term], window: Window, known: &mut Outcomes, periods: &mut Vec<Period>) {
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
        let outcome = known.number(&in_force);
        if periods.last().is_none_or(|last| last.outcome != outcome) {
            periods.push(Period { from, outcome });
        }
    }
}
