//! A shard: the accounts of some subscriptions, in a hash table with open addressing. Comes in: rows, many at a time. Goes out: sums. Rows
//! are added by staged probing: every stage touches one cache line of each row of a step, so that cache misses overlap.

use super::sum_table::first_month_of;
use crate::base::amount::Amount;
use crate::base::calendar::Month;
use crate::credits::keys::AccountKey;
use crate::credits::periods::HeldPeriods;
use crate::credits::sums::{Addend, BlockNumber, Blocks, DaySums, Slot, Sums};

/// Rows of a step.
const STEP_ROWS: usize = 256;

/// The hash table of accounts, and their sums.
#[derive(Debug, Default)]
pub(super) struct Shard {
    /// A power of two; each account at the position of its hash or after it. At most three in four slots are taken.
    slots: Vec<Slot>,
    taken: usize,
    blocks: Blocks,
    days: DaySums,
}

/// A row of an account, buffered for its shard.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct BufferedRow {
    pub(super) key: AccountKey,
    pub(super) hash: u32,
    pub(super) amount: [u8; 16],
    /// From 0.
    pub(super) month: u8,
    /// Day of the month, from 1.
    pub(super) day: u8,
}

impl BufferedRow {
    #[inline]
    fn amount(&self) -> Amount {
        Amount::from_raw(i128::from_ne_bytes(self.amount))
    }
}

/// The held periods that decide, when an account is opened, which of its months are held by day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening<'t> {
    pub(super) periods: &'t HeldPeriods,
    pub(super) first_month: Month,
}

impl Opening<'_> {
    fn slot(self, key: AccountKey) -> Slot {
        let account = key.account();
        Slot::open(
            key,
            self.periods.by_day(account.subscription, first_month_of(self.first_month, account.year)),
        )
    }
}

impl Shard {
    /// Adds rows; accounts that are new are opened.
    pub(super) fn add(&mut self, entries: &[BufferedRow], opening: Opening<'_>) {
        for entries in entries.chunks(STEP_ROWS) {
            self.grow(entries.len());
            self.step(entries, opening);
        }
    }

    /// Adds one sum of several rows.
    pub(super) fn add_sum(&mut self, entry: &BufferedRow, rows: u32, opening: Opening<'_>) {
        self.grow(1);
        self.add_slowly(entry, rows, opening);
    }

    fn step(&mut self, entries: &[BufferedRow], opening: Opening<'_>) {
        let mask = self.slots.len() - 1;
        // Prefetch the slot of every row before probing any, so that cache misses overlap: branching on a slot that has not arrived
        // would serialise them.
        let touched =
            entries.iter().fold(0, |all, entry| all ^ self.slots[position(entry.hash) & mask].prefetch());
        std::hint::black_box(touched);
        let mut blocks = [BlockNumber::default(); STEP_ROWS];
        for (block, entry) in blocks.iter_mut().zip(entries) {
            let mut at = position(entry.hash) & mask;
            while self.slots[at].key() != entry.key {
                if self.slots[at].key().is_none() {
                    break;
                }
                at = (at + 1) & mask;
            }
            *block = self.slots[at].block_of(entry.month);
        }
        // Prefetch the month of every row.
        let rows = blocks.iter().zip(entries);
        let touched = rows.fold(0, |all, (block, entry)| all ^ self.blocks.prefetch(*block, entry.month));
        std::hint::black_box(touched);
        for (block, entry) in blocks.into_iter().zip(entries) {
            if !self.blocks.add_at(block, entry.month, 1, entry.amount()) {
                self.add_slowly(entry, 1, opening);
            }
        }
    }

    /// Adds to an account that is new, has one month, or holds the month by day.
    fn add_slowly(&mut self, entry: &BufferedRow, rows: u32, opening: Opening<'_>) {
        let at = self.find(entry, opening);
        let BufferedRow { month, day, .. } = *entry;
        let row = Addend { month, day, rows, amount: entry.amount() };
        self.slots[at].add(&mut self.blocks, &mut self.days, row);
    }

    /// The slot of a row's account, which is opened if there is none.
    fn find(&mut self, entry: &BufferedRow, opening: Opening<'_>) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = position(entry.hash) & mask;
        while !self.slots[at].key().is_none() {
            if self.slots[at].key() == entry.key {
                return at;
            }
            at = (at + 1) & mask;
        }
        self.slots[at] = opening.slot(entry.key);
        self.taken += 1;
        at
    }

    /// Makes room for `more` accounts.
    fn grow(&mut self, more: usize) {
        let wanted = (4 * (self.taken + more)).div_ceil(3).next_power_of_two();
        if wanted <= self.slots.len() {
            return;
        }
        let mask = wanted - 1;
        let grown = vec![Slot::default(); wanted];
        for slot in std::mem::replace(&mut self.slots, grown) {
            if !slot.key().is_none() {
                let mut at = position(slot.key().hash().hash) & mask;
                while !self.slots[at].key().is_none() {
                    at = (at + 1) & mask;
                }
                self.slots[at] = slot;
            }
        }
    }

    /// The sums of all accounts.
    pub(super) fn finish(self) -> Sums {
        Sums::new(self.slots.into_iter().filter(|slot| !slot.key().is_none()), self.blocks, self.days)
    }
}

#[inline(always)]
fn position(hash: u32) -> usize {
    hash as usize
}
