//! Periods of one subscription: the days within which the same associations are in force. Comes in: the terms of its associations. Goes
//! out: periods, and outcomes, each once. It looks up no roster.

use std::hash::BuildHasher;

use chrono::Days;
use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::subscriptions::{NO_PARTNER, Period};
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
    /// The outcome of one head with one association, by both. `NO_PARTNER` if it has no number yet.
    single: Vec<u32>,
}

impl Outcomes {
    /// Only the outcome without a partner. Heads are numbered below `heads`.
    pub(super) fn new(heads: usize) -> Outcomes {
        let single = vec![NO_PARTNER; heads * Association::ALL.len()];
        let mut outcomes =
            Outcomes { outcomes: Vec::new(), table: HashTable::new(), hasher: FixedState::default(), single };
        outcomes.number(&[]);
        outcomes
    }

    /// The number of the outcome of one head with one association.
    fn single(&mut self, head: u32, association: Association) -> u32 {
        let place = head as usize * Association::ALL.len() + association as usize;
        if self.single[place] == NO_PARTNER {
            self.single[place] = self.number(&[(head, AssociationSet::of(association))]);
        }
        self.single[place]
    }

    /// The number of an outcome, which is added if it is new.
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

/// One record, reduced to its head, its association and its days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    head: u32,
    association: Association,
    first: Day,
    /// The day after the last. **Absent**: it has no end.
    past: Option<Day>,
}

impl Term {
    /// The head with its association.
    pub(super) fn owner(&self) -> (u32, AssociationSet) {
        (self.head, AssociationSet::of(self.association))
    }

    /// Whether the term lasts for all days of the window.
    pub(super) fn covers(&self, window: Window) -> bool {
        self.first <= window.first && self.past.is_none_or(|past| past > window.last)
    }
}

/// The term of a record. `head`: the number of the head of its partner.
pub(super) fn term(record: &AssociationRecord, head: u32, dating: Dating) -> Term {
    let first = match dating {
        Dating::FromItsFirstDay => record.from.unwrap_or(Day::MIN),
        Dating::Retroactive => Day::MIN,
    };
    let past = record.to.and_then(|to| to.checked_add_days(Days::new(1)));
    Term { head, association: record.association, first, past }
}

/// Divides the window into periods, for one subscription at a time; buffers are reused.
#[derive(Debug, Default)]
pub(super) struct PeriodSweep {
    /// The periods of the last subscription, in order of days.
    pub(super) periods: Vec<Period>,
    changes: Vec<Change>,
    /// How many terms of each (head, association) are in force, sorted; none is 0.
    running: Vec<(u32, Association, u32)>,
    in_force: InForce,
}

/// A term begins or ends on a day.
#[derive(Debug, Clone, Copy)]
struct Change {
    day: Day,
    head: u32,
    association: Association,
    begins: bool,
}

impl PeriodSweep {
    /// Finds the periods of the terms of one subscription within the window.
    pub(super) fn run(&mut self, terms: &[Term], window: Window, outcomes: &mut Outcomes) {
        self.periods.clear();
        match terms {
            [term] => self.run_one(*term, window, outcomes),
            _ => self.run_several(terms, window, outcomes),
        }
    }

    /// Fast path: most subscriptions have one association, whose outcome is found without a hash.
    fn run_one(&mut self, term: Term, window: Window, outcomes: &mut Outcomes) {
        let first = term.first.max(window.first);
        if first <= window.last && term.past.is_none_or(|past| past > first) {
            let outcome = outcomes.single(term.head, term.association);
            self.periods.push(Period { from: first, outcome });
            let end = term.past.filter(|past| *past <= window.last);
            self.periods.extend(end.map(|from| Period { from, outcome: NO_PARTNER }));
        }
    }

    /// Sweeps over the days of change once, since a placeholder subscription may have very many associations.
    fn run_several(&mut self, terms: &[Term], window: Window, outcomes: &mut Outcomes) {
        self.changes.clear();
        self.running.clear();
        for Term { head, association, first, past } in terms.iter().copied() {
            // A term that began before the window begins with it.
            let first = first.max(window.first);
            if first > window.last || past.is_some_and(|past| past <= first) {
                continue;
            }
            self.changes.push(Change { day: first, head, association, begins: true });
            let end = past.filter(|past| *past <= window.last);
            self.changes.extend(end.map(|day| Change { day, head, association, begins: false }));
        }
        // Changes of one day may come in any order, since a term ends on a later day than it begins.
        self.changes.sort_unstable_by_key(|change| change.day);
        for of_day in self.changes.chunk_by(|a, b| a.day == b.day) {
            for Change { head, association, begins, .. } in of_day.iter().copied() {
                let key = (head, association);
                match (
                    self.running.binary_search_by_key(&key, |(head, association, _)| (*head, *association)),
                    begins,
                ) {
                    (Ok(nth), true) => self.running[nth].2 += 1,
                    (Ok(nth), false) if self.running[nth].2 > 1 => self.running[nth].2 -= 1,
                    (Ok(nth), false) => {
                        self.running.remove(nth);
                    }
                    (Err(nth), true) => self.running.insert(nth, (head, association, 1)),
                    (Err(_), false) => unreachable!("a term ends on a later day than it begins"),
                }
            }
            self.in_force.clear();
            for (head, association, _) in self.running.iter().copied() {
                match self.in_force.last_mut() {
                    Some((last, set)) if *last == head => set.insert(association),
                    _ => self.in_force.push((head, AssociationSet::of(association))),
                }
            }
            let outcome = outcomes.number(&self.in_force);
            if self.periods.last().is_none_or(|last| last.outcome != outcome) {
                self.periods.push(Period { from: of_day[0].day, outcome });
            }
        }
    }
}
