//! A shard: the accounts of some subscriptions. Rows come to it many at a time, in steps that ask memory for one thing of every
//! row: what one step waits for, it waits for all rows at once.

use super::keys::AccountKey;
use super::ledger::Ledger;
use crate::money::Amount;

/// Rows of a step.
const STEP_ROWS: usize = 128;

/// What has no account yet.
const NONE: u32 = u32::MAX;

/// Accounts, and where to find them.
#[derive(Debug, Default)]
pub(super) struct Shard {
    /// A power of two: the tag and the number of each account, at its tag or after it; 0 is nothing.
    buckets: Vec<u64>,
    pub(super) ledger: Ledger,
}

/// A row of an account.
#[derive(Debug, Clone, Copy)]
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
            self.step(entries);
        }
    }

    fn step(&mut self, entries: &[Entry]) {
        let mut buckets = [0; STEP_ROWS];
        let mut places = [None; STEP_ROWS];
        if let Some(mask) = self.buckets.len().checked_sub(1) {
            for (bucket, entry) in buckets.iter_mut().zip(entries) {
                *bucket = self.buckets[tag(entry.hash) as usize & mask];
            }
        }
        for ((place, bucket), entry) in places.iter_mut().zip(buckets).zip(entries) {
            let account = self.candidate(bucket, tag(entry.hash));
            *place = self.ledger.place(account, &entry.key).map(|place| (account, place));
        }
        for (place, entry) in places.iter().zip(entries) {
            match *place {
                Some((account, place)) => self.ledger.add_at(place, account, entry.month, entry.amount()),
                None => {
                    let account = self.account(entry);
                    self.ledger.add(account, entry.month, 1, entry.amount());
                }
            }
        }
    }

    /// The first account of a tag, whose bucket, or the one before, is known. [`NONE`]: there is none.
    #[inline]
    fn candidate(&self, mut bucket: u64, tag: u32) -> u32 {
        let mut at = tag as usize;
        loop {
            let (account, found) = split(bucket);
            if bucket == 0 {
                return NONE;
            } else if found == tag {
                return account;
            }
            at += 1;
            bucket = self.buckets[at & (self.buckets.len() - 1)];
        }
    }

    /// The account of a row, which is opened if there is none.
    fn account(&mut self, entry: &Entry) -> u32 {
        self.grow();
        let (tag, mask) = (tag(entry.hash), self.buckets.len() - 1);
        let mut at = tag as usize & mask;
        while self.buckets[at] != 0 {
            let (account, found) = split(self.buckets[at]);
            if found == tag && self.ledger.key(account) == entry.key {
                return account;
            }
            at = (at + 1) & mask;
        }
        let account = self.ledger.open(entry.key);
        self.buckets[at] = u64::from(account) << 32 | u64::from(tag);
        account
    }

    /// Makes room for one more: at most half of the buckets are taken.
    fn grow(&mut self) {
        if 2 * (self.ledger.keys().len() + 1) <= self.buckets.len() {
            return;
        }
        let doubled = vec![0; (2 * self.buckets.len()).max(1 << 6)];
        let mask = doubled.len() - 1;
        for bucket in std::mem::replace(&mut self.buckets, doubled) {
            let mut at = split(bucket).1 as usize & mask;
            while bucket != 0 && self.buckets[at] != 0 {
                at = (at + 1) & mask;
            }
            if bucket != 0 {
                self.buckets[at] = bucket;
            }
        }
    }
}

/// What a bucket knows of a hash; never 0, which would look like nothing.
#[inline]
fn tag(hash: u64) -> u32 {
    let [a, b, c, d, ..] = hash.to_le_bytes();
    u32::from_le_bytes([a, b, c, d]) | 1 << 31
}

/// The number and the tag of a bucket.
#[inline]
fn split(bucket: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = bucket.to_le_bytes();
    (u32::from_le_bytes([e, f, g, h]), u32::from_le_bytes([a, b, c, d]))
}
