//! Sums of accounts by month, in little memory: an account of one month holds it in its line; one of more has a year of its own.

use super::RowsAndAmount;
use super::keys::AccountKey;
use crate::money::Amount;

/// Months of a year of a ledger.
pub(super) const MONTHS: u8 = 12;

/// What has no year yet.
const NO_YEAR: u32 = u32::MAX;

/// Sums by account and month.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    lines: Vec<Line>,
    years: Vec<[Cell; MONTHS as usize]>,
}

/// One account: 64 bytes, so that it is one piece of a cache.
#[derive(Debug, Clone, Copy)]
struct Line {
    key: AccountKey,
    /// The sum of its one month, if it has no year.
    cell: Cell,
    /// Where its months are. [`NO_YEAR`]: it has one at most.
    year: u32,
    /// The one month.
    month: u8,
}

/// Where the year of an account is, if it has one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LedgerPlace(u32);

/// A sum, in 20 bytes: most of a run's memory is made of them.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    rows: u32,
    amount: [u8; 16],
}

impl Cell {
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

impl Ledger {
    /// Opens an account; returns its number, which counts from 0.
    pub(super) fn open(&mut self, key: AccountKey) -> u32 {
        let account = u32::try_from(self.lines.len()).expect("2^32 accounts would need 270 GB");
        self.lines.push(Line { key, cell: Cell::default(), year: NO_YEAR, month: MONTHS });
        account
    }

    /// The keys of the accounts, in the order of their numbers.
    pub(super) fn keys(&self) -> impl ExactSizeIterator<Item = AccountKey> + '_ {
        self.lines.iter().map(|line| line.key)
    }

    /// The key of an account.
    #[inline]
    pub(super) fn key(&self, account: u32) -> AccountKey {
        self.lines[account as usize].key
    }

    /// Adds rows to a month (from 0) of an account.
    #[inline]
    pub(super) fn add(&mut self, account: u32, month: u8, rows: u32, amount: Amount) {
        let line = &mut self.lines[account as usize];
        if line.year != NO_YEAR {
            self.years[line.year as usize][usize::from(month)].add(rows, amount);
        } else if line.month == month || line.month == MONTHS {
            line.month = month;
            line.cell.add(rows, amount);
        } else {
            let mut year = [Cell::default(); MONTHS as usize];
            year[usize::from(line.month)] = line.cell;
            year[usize::from(month)].add(rows, amount);
            line.year = u32::try_from(self.years.len()).expect("no more years than accounts");
            self.years.push(year);
        }
    }

    /// Adds the sum of a month of another ledger.
    pub(super) fn add_sum(&mut self, account: u32, month: u8, sum: RowsAndAmount) {
        let rows = u32::try_from(sum.rows).expect("it was a u32 there");
        self.add(account, month, rows, sum.amount);
    }

    /// An account that holds the sum of two.
    pub(super) fn sum_of(&mut self, a: u32, b: u32) -> u32 {
        let sum = self.open(self.key(a));
        for account in [a, b] {
            for month in 0..MONTHS {
                if let Some(of_month) = self.get(account, month) {
                    self.add_sum(sum, month, of_month);
                }
            }
        }
        sum
    }

    fn get(&self, account: u32, month: u8) -> Option<RowsAndAmount> {
        self.months(account).find(|(of, _)| *of == month).map(|(_, sum)| sum)
    }

    /// Where the year of an account is, for [`Ledger::add_at`]. `None`: it is not the account of this key.
    #[inline]
    pub(super) fn place(&self, account: u32, key: &AccountKey) -> Option<LedgerPlace> {
        let line = self.lines.get(account as usize)?;
        (line.key == *key).then_some(LedgerPlace(line.year))
    }

    /// Adds a row as [`Ledger::add`] does. `place` is the account's, of any time before.
    #[inline]
    pub(super) fn add_at(&mut self, place: LedgerPlace, account: u32, month: u8, amount: Amount) {
        match self.years.get_mut(place.0 as usize) {
            Some(year) => year[usize::from(month)].add(1, amount),
            None => self.add(account, month, 1, amount),
        }
    }

    /// The months of an account that have rows, in order.
    pub(super) fn months(&self, account: u32) -> impl Iterator<Item = (u8, RowsAndAmount)> + '_ {
        let line = &self.lines[account as usize];
        let (first, cells) = match self.years.get(line.year as usize) {
            Some(year) => (0, year.as_slice()),
            None => (line.month, std::slice::from_ref(&line.cell)),
        };
        (first..).zip(cells).map(|(month, cell)| (month, cell.get())).filter(|(_, sum)| sum.rows > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credits::keys::{Account, SubscriptionKey, Whose};

    #[test]
    fn one_month_and_many_are_added_up_alike() {
        let mut ledger = Ledger::default();
        let key = Account {
            subscription: SubscriptionKey::NONE,
            whose: Whose::InForce(1),
            currency: 0,
            repeats: false,
            year: 0,
        };
        let (a, b) = (ledger.open(key.key()), ledger.open(key.key()));
        let amount = Amount::from_raw;
        for (account, month, raw) in [(a, 11, -1), (b, 3, 7), (a, 11, 5), (a, 0, 2), (a, 11, 1)] {
            ledger.add(account, month, 1, amount(raw));
        }
        let months = |account| -> Vec<(u8, u64, i128)> {
            ledger.months(account).map(|(month, sum)| (month, sum.rows, sum.amount.raw())).collect()
        };
        assert_eq!(months(a), [(0, 1, 2), (11, 3, 5)]);
        assert_eq!(months(b), [(3, 1, 7)]);
        let sum = ledger.sum_of(a, b);
        let months: Vec<_> =
            ledger.months(sum).map(|(month, sum)| (month, sum.rows, sum.amount.raw())).collect();
        assert_eq!(months, [(0, 1, 2), (3, 1, 7), (11, 3, 5)]);
        assert_eq!(ledger.years.len(), 2);
    }
}
