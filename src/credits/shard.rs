//! A shard: the accounts of some subscriptions. Rows come to it many at a time, in steps that ask memory for one thing of every
//! row: what one step waits for, it waits for all rows at once.

use super::keys::AccountKey;
use super::ledger::{Ledger, Line, LineYear, Years};
use crate::base::amount::Amount;

/// Rows of a step.
const STEP_ROWS: usize = 256;

/// Accounts, where they are found, and their months.
#[derive(Debug, Default)]
pub(super) struct Shard {
    /// A power of two; each account at the place of its hash or after it. At most three in four of the places are taken.
    places: Vec<Line>,
    taken: usize,
    years: Years,
}

/// A row of an account.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Entry {
    pub(super) key: AccountKey,
    pub(super) hash: u64,
    pub(super) amount: [u8; 16],
    pub(super) month: u8,
}

impl Entry {
    #[inline]
    fn amount(&self) -> Amount {
        Amount::from_raw(i128::from_ne_bytes(self.amount))
    }
}

impl Shard {
    /// Adds rows; accounts that are new are opened.
    pub(super) fn add(&mut self, entries: &[Entry]) {
        for entries in entries.chunks(STEP_ROWS) {
            self.grow(entries.len());
            self.step(entries);
        }
    }

    fn step(&mut self, entries: &[Entry]) {
        let mask = self.places.len() - 1;
        // Nothing is decided before all of it has come: a wrong guess of a branch would wait for memory alone.
        let come = entries.iter().fold(0, |all, entry| all ^ self.places[place(entry.hash) & mask].touch());
        std::hint::black_box(come);
        let mut years = [LineYear::default(); STEP_ROWS];
        for (year, entry) in years.iter_mut().zip(entries) {
            let mut at = place(entry.hash) & mask;
            while self.places[at].key() != entry.key {
                if self.places[at].key().is_none() {
                    break;
                }
                at = (at + 1) & mask;
            }
            *year = self.places[at].year();
        }
        let rows = years.iter().zip(entries);
        let come = rows.fold(0, |all, (year, entry)| all ^ self.years.touch(*year, entry.month));
        std::hint::black_box(come);
        for (year, entry) in years.into_iter().zip(entries) {
            if !self.years.add_at(year, entry.month, 1, entry.amount()) {
                let at = self.find(entry);
                self.places[at].add(&mut self.years, entry.month, 1, entry.amount());
            }
        }
    }

    /// Where the account of a row is, which is opened if there is none.
    fn find(&mut self, entry: &Entry) -> usize {
        let mask = self.places.len() - 1;
        let mut at = place(entry.hash) & mask;
        while !self.places[at].key().is_none() {
            if self.places[at].key() == entry.key {
                return at;
            }
            at = (at + 1) & mask;
        }
        self.places[at] = Line::open(entry.key);
        self.taken += 1;
        at
    }

    /// Makes room for so many more.
    fn grow(&mut self, more: usize) {
        let wanted = (4 * (self.taken + more)).div_ceil(3).next_power_of_two();
        if wanted <= self.places.len() {
            return;
        }
        let mask = wanted - 1;
        let grown = vec![Line::default(); wanted];
        for line in std::mem::replace(&mut self.places, grown) {
            if !line.key().is_none() {
                let mut at = place(line.key().hash().hash) & mask;
                while !self.places[at].key().is_none() {
                    at = (at + 1) & mask;
                }
                self.places[at] = line;
            }
        }
    }

    /// All of its accounts.
    pub(super) fn finish(self) -> Ledger {
        Ledger::new(self.places.into_iter().filter(|line| !line.key().is_none()), self.years)
    }
}

/// Where an account is looked for first, but for the bits that choose its shard.
#[inline(always)]
fn place(hash: u64) -> usize {
    let [a, b, c, d, ..] = hash.to_le_bytes();
    u32::from_le_bytes([a, b, c, d]) as usize
}
