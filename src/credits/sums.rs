//! Sums of accounts by month, in little memory: an account of one month holds its sum in its slot; one of more has a block of twelve
//! months; months that are held by day have a sum for each day. Comes in: rows of accounts. Goes out: sums by account, month and day.
//!
//! ```text
//! slot   64 bytes   key 32 | sum of one month 20 | block 4 | provider 4 | month 1 | months by day 2
//! block 256 bytes   four quarters of 64 bytes, each three sums of 20: a month lies in one cache line
//! ```

use std::ops::Range;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::keys::AccountKey;
use crate::base::amount::Amount;

/// Months of a block.
pub(crate) const MONTHS: u8 = 12;

/// No block yet.
const NO_BLOCK: u32 = u32::MAX;
/// The month is held by day.
const BY_DAY: u32 = u32::MAX - 1;

/// Some rows and their amount, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RowsAndAmount {
    /// The number of rows.
    pub(crate) rows: u64,
    /// The exact sum of their amounts. **Unit**: the currency of the account.
    pub(crate) amount: Amount,
}

impl RowsAndAmount {
    pub(crate) fn add(&mut self, rows: u64, amount: Amount) {
        self.rows += rows;
        self.amount = self.amount.plus_unchecked(amount);
    }
}

/// Sums by account, month and day.
#[derive(Debug, Default)]
pub(super) struct Sums {
    slots: Vec<Slot>,
    blocks: Blocks,
    /// Sorted by slot, month and day.
    days: Vec<DaySum>,
    /// The slots that have days, sorted, each with the range of its days in `days`.
    days_of: Vec<(u32, Range<usize>)>,
}

/// One account.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub(super) struct Slot {
    words: [u64; 4],
    /// The sum of the one month, if the account has no block.
    sum: PackedSum,
    block: BlockNumber,
    provider: u32,
    /// The one month; [`MONTHS`] if the account has no rows yet.
    month: u8,
    /// Months that are held by day: a bit for each.
    by_day: u16,
}

/// Where the months of an account are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockNumber(u32);

/// The months of accounts that have more than one.
#[derive(Debug, Default)]
pub(super) struct Blocks(Vec<[Quarter; QUARTERS]>);

const QUARTERS: usize = 4;
const QUARTER_MONTHS: usize = 3;

/// Three months in one cache line.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Quarter([PackedSum; QUARTER_MONTHS]);

/// A sum in 20 bytes, without padding, since sums take most of a run's memory.
#[derive(Debug, Clone, Copy, Default)]
struct PackedSum {
    rows: u32,
    amount: [u8; 16],
}

/// The sum of one day of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DaySum {
    /// From 0.
    pub(crate) month: u8,
    /// Day of the month, from 1.
    pub(crate) day: u8,
    pub(crate) sum: RowsAndAmount,
}

/// The sums of days of a shard, while rows are added.
#[derive(Debug, Default)]
pub(super) struct DaySums(HashMap<([u64; 5], u8, u8), RowsAndAmount, FixedState>);

impl PackedSum {
    #[inline]
    fn add(&mut self, rows: u32, amount: Amount) {
        self.rows =
            self.rows.checked_add(rows).expect("2^32 rows of one account and month would fill 400 GB");
        let sum = Amount::from_raw(i128::from_ne_bytes(self.amount)).plus_unchecked(amount);
        self.amount = sum.raw().to_ne_bytes();
    }

    fn get(&self) -> RowsAndAmount {
        RowsAndAmount { rows: self.rows.into(), amount: Amount::from_raw(i128::from_ne_bytes(self.amount)) }
    }
}

impl Default for BlockNumber {
    fn default() -> BlockNumber {
        BlockNumber(NO_BLOCK)
    }
}

/// A row that is added: its month and day, how many rows it stands for, and their amount.
#[derive(Debug, Clone, Copy)]
pub(super) struct Addend {
    /// From 0.
    pub(super) month: u8,
    /// Day of the month, from 1.
    pub(super) day: u8,
    pub(super) rows: u32,
    pub(super) amount: Amount,
}

impl Slot {
    /// The slot of an account that has no rows yet.
    pub(super) fn open(key: AccountKey, by_day: u16) -> Slot {
        let AccountKey { words, provider } = key;
        Slot { words, provider, month: MONTHS, by_day, ..Slot::default() }
    }

    #[inline(always)]
    pub(super) fn key(&self) -> AccountKey {
        AccountKey { words: self.words, provider: self.provider }
    }

    /// Reads a part of the slot, to prefetch it.
    #[inline(always)]
    pub(super) fn prefetch(&self) -> u32 {
        self.block.0
    }

    /// The block of a month, for [`Blocks::add_at`]; no block if the month is held by day.
    #[inline(always)]
    pub(super) fn block_of(&self, month: u8) -> BlockNumber {
        if self.by_day >> month & 1 == 0 { self.block } else { BlockNumber(BY_DAY) }
    }

    /// Adds rows.
    #[inline]
    pub(super) fn add(&mut self, blocks: &mut Blocks, days: &mut DaySums, row: Addend) {
        let Addend { month, day, rows, amount } = row;
        if self.by_day >> month & 1 == 1 {
            let [a, b, c, d] = self.words;
            days.0
                .entry(([a, b, c, d, self.provider.into()], month, day))
                .or_default()
                .add(rows.into(), amount);
            return;
        }
        if blocks.add_at(self.block, month, rows, amount) {
            return;
        }
        if self.month == month || self.month == MONTHS {
            self.month = month;
            self.sum.add(rows, amount);
        } else {
            self.block = blocks.open(self.month, self.sum);
            blocks.add_at(self.block, month, rows, amount);
        }
    }
}

impl Blocks {
    /// Opens a block in which one month has a sum.
    fn open(&mut self, month: u8, sum: PackedSum) -> BlockNumber {
        let number = u32::try_from(self.0.len()).expect("no more blocks than accounts");
        let mut quarters = [Quarter::default(); QUARTERS];
        *of_month(&mut quarters, month) = sum;
        self.0.push(quarters);
        BlockNumber(number)
    }

    /// Reads a part of a month, to prefetch it.
    #[inline(always)]
    pub(super) fn prefetch(&self, block: BlockNumber, month: u8) -> u32 {
        self.0.get(block.0 as usize).map_or(0, |block| block[usize::from(month) / QUARTER_MONTHS].0[0].rows)
    }

    /// Adds rows to a month of a block. False if the account has no block, or if the month is held by day.
    #[inline(always)]
    pub(super) fn add_at(&mut self, block: BlockNumber, month: u8, rows: u32, amount: Amount) -> bool {
        match self.0.get_mut(block.0 as usize) {
            Some(quarters) => {
                of_month(quarters, month).add(rows, amount);
                true
            }
            None => false,
        }
    }
}

#[inline(always)]
fn of_month(quarters: &mut [Quarter; QUARTERS], month: u8) -> &mut PackedSum {
    let month = usize::from(month);
    &mut quarters[month / QUARTER_MONTHS].0[month % QUARTER_MONTHS]
}

impl Sums {
    /// Sums of accounts that were opened already, each once. Slots with a block are put in the order of the blocks, so that a scan over
    /// all of them walks through memory.
    pub(super) fn new(accounts: impl Iterator<Item = Slot>, blocks: Blocks, days: DaySums) -> Sums {
        let mut slots = vec![Slot::default(); blocks.0.len()];
        let mut of_one_month = Vec::new();
        for slot in accounts {
            match slots.get_mut(slot.block.0 as usize) {
                Some(place) => *place = slot,
                None => of_one_month.push(slot),
            }
        }
        slots.extend(of_one_month);
        let mut sums = Sums { slots, blocks, days: Vec::new(), days_of: Vec::new() };
        if !days.0.is_empty() {
            sums.sort_days(days);
        }
        sums
    }

    fn sort_days(&mut self, DaySums(days): DaySums) {
        let numbers: HashMap<[u64; 5], u32, FixedState> = self
            .slots
            .iter()
            .zip(0..)
            .filter(|(slot, _)| slot.by_day != 0)
            .map(|(slot, number)| {
                let [a, b, c, d] = slot.words;
                ([a, b, c, d, slot.provider.into()], number)
            })
            .collect();
        let mut sorted: Vec<(u32, DaySum)> = days
            .into_iter()
            .map(|((key, month, day), sum)| (numbers[&key], DaySum { month, day, sum }))
            .collect();
        sorted.sort_unstable_by_key(|(slot, day)| (*slot, day.month, day.day));
        for of_slot in sorted.chunk_by(|a, b| a.0 == b.0) {
            let first = self.days.len();
            self.days.extend(of_slot.iter().map(|(_, day)| *day));
            self.days_of.push((of_slot[0].0, first..self.days.len()));
        }
    }

    /// The sums of several tables without those that `keep` rejects. `keep` gets the key of an account, the month from 0, the day of the month
    /// where the table holds it, and the sum. Accounts of two tables have different keys.
    pub(super) fn filtered(
        tables: &[&Sums],
        mut keep: impl FnMut(&AccountKey, u8, Option<u8>, RowsAndAmount) -> bool,
    ) -> Sums {
        let (mut slots, mut blocks, mut days) = (Vec::new(), Blocks::default(), DaySums::default());
        let rows = |sum: RowsAndAmount| u32::try_from(sum.rows).expect("it was the sum of a slot");
        for table in tables {
            for (number, old) in (0..).zip(&table.slots) {
                let key = old.key();
                let mut slot = Slot::open(key, old.by_day);
                let mut has_rows = false;
                for (month, sum) in table.months(number).filter(|(month, sum)| keep(&key, *month, None, *sum))
                {
                    let addend = Addend { month, day: 1, rows: rows(sum), amount: sum.amount };
                    slot.add(&mut blocks, &mut days, addend);
                    has_rows = true;
                }
                for DaySum { month, day, sum } in table.days(number) {
                    if keep(&key, *month, Some(*day), *sum) {
                        let addend =
                            Addend { month: *month, day: *day, rows: rows(*sum), amount: sum.amount };
                        slot.add(&mut blocks, &mut days, addend);
                        has_rows = true;
                    }
                }
                if has_rows {
                    slots.push(slot);
                }
            }
        }
        Sums::new(slots.into_iter(), blocks, days)
    }

    /// The number of accounts.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.slots.len()).expect("2^32 accounts would need 270 GB")
    }

    /// The key of an account, by its number from 0.
    pub(super) fn key(&self, account: u32) -> AccountKey {
        self.slots[account as usize].key()
    }

    /// The months of an account that have rows and are not held by day, in order.
    #[inline]
    pub(super) fn months(&self, account: u32) -> impl Iterator<Item = (u8, RowsAndAmount)> + '_ {
        let slot = &self.slots[account as usize];
        let (first, block, one) = match self.blocks.0.get(slot.block.0 as usize) {
            Some(block) => (0, block.as_slice(), None),
            None => (slot.month, [].as_slice(), Some(&slot.sum)),
        };
        let sums = block.iter().flat_map(|quarter| &quarter.0).chain(one);
        (first..).zip(sums).map(|(month, sum)| (month, sum.get())).filter(|(_, sum)| sum.rows > 0)
    }

    /// The days of an account that are held, in order.
    #[inline]
    pub(super) fn days(&self, account: u32) -> &[DaySum] {
        if self.days_of.is_empty() || self.slots[account as usize].by_day == 0 {
            return &[];
        }
        match self.days_of.binary_search_by_key(&account, |(slot, _)| *slot) {
            Ok(nth) => &self.days[self.days_of[nth].1.clone()],
            Err(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credits::keys::{Account, OwnerKey, SubscriptionKey};

    #[test]
    fn one_month_several_months_and_days_are_added_up_alike() {
        let key = |source| {
            Account {
                source,
                subscription: SubscriptionKey::NONE,
                owner: OwnerKey::Associations,
                currency: 0,
                year: 0,
            }
            .key()
        };
        let (mut blocks, mut days) = (Blocks::default(), DaySums::default());
        let mut slots = [Slot::open(key(0), 0), Slot::open(key(1), 0), Slot::open(key(2), 1 << 3)];
        let rows = [
            (0, 11, 1, -1),
            (1, 3, 1, 7),
            (0, 11, 2, 5),
            (0, 0, 1, 2),
            (0, 11, 1, 1),
            (2, 3, 9, 4),
            (2, 3, 9, 4),
            (2, 3, 1, 1),
            (2, 5, 1, 6),
        ];
        for (account, month, day, raw) in rows {
            let row = Addend { month, day, rows: 1, amount: Amount::from_raw(raw) };
            slots[usize::try_from(account).unwrap()].add(&mut blocks, &mut days, row);
        }
        let sums = Sums::new(slots.into_iter(), blocks, days);
        let account = |source| (0..sums.len()).find(|n| sums.key(*n) == key(source)).unwrap();
        let months = |source| -> Vec<(u8, u64, i128)> {
            sums.months(account(source)).map(|(month, sum)| (month, sum.rows, sum.amount.raw())).collect()
        };
        assert_eq!(months(0), [(0, 1, 2), (11, 3, 5)]);
        assert_eq!(months(1), [(3, 1, 7)]);
        assert_eq!(months(2), [(5, 1, 6)]);
        let days: Vec<(u8, u8, u64, i128)> =
            sums.days(account(2)).iter().map(|d| (d.month, d.day, d.sum.rows, d.sum.amount.raw())).collect();
        assert_eq!(days, [(3, 1, 1, 1), (3, 9, 2, 8)]);
        assert_eq!(sums.days(account(0)), []);
        assert_eq!(size_of::<Slot>(), 64);
    }
}
