//! Sums of accounts by month, in little memory: an account of one month holds it in its line; one of more has a year of its own.

use super::RowsAndAmount;
use super::keys::AccountKey;
use crate::base::amount::Amount;

/// Months of a year of a ledger.
pub(super) const MONTHS: u8 = 12;

/// What has no year yet.
const NO_YEAR: u32 = u32::MAX;

/// Sums by account and month.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    lines: Vec<Line>,
    years: Years,
}

/// One account: 64 bytes, so that it is one piece of a cache.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub(super) struct Line {
    key: AccountKey,
    /// The sum of its one month, if it has no year.
    cell: Cell,
    /// Where its months are.
    year: LineYear,
    /// The one month; [`MONTHS`]: none yet.
    month: u8,
}

/// Where the months of a line are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineYear(u32);

/// The months of accounts that have more than one.
#[derive(Debug, Default)]
pub(super) struct Years(Vec<[Quarter; QUARTERS]>);

const QUARTERS: usize = 4;
const QUARTER_MONTHS: usize = 3;

/// Three months: 64 bytes, so that a month is in one piece of a cache.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Quarter([Cell; QUARTER_MONTHS]);

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

impl Default for LineYear {
    fn default() -> LineYear {
        LineYear(NO_YEAR)
    }
}

impl Line {
    /// A line of an account that has no rows yet.
    pub(super) fn open(key: AccountKey) -> Line {
        Line { key, month: MONTHS, ..Line::default() }
    }

    #[inline(always)]
    pub(super) fn key(&self) -> AccountKey {
        self.key
    }

    /// Some of it, for whoever wants it to come from memory.
    #[inline(always)]
    pub(super) fn touch(&self) -> u32 {
        self.year.0
    }

    /// Where its months are, for [`Years::add_at`].
    #[inline(always)]
    pub(super) fn year(&self) -> LineYear {
        self.year
    }

    /// Adds rows to a month (from 0).
    #[inline]
    pub(super) fn add(&mut self, years: &mut Years, month: u8, rows: u32, amount: Amount) {
        if years.add_at(self.year, month, rows, amount) {
            return;
        }
        if self.month == month || self.month == MONTHS {
            self.month = month;
            self.cell.add(rows, amount);
        } else {
            self.year = years.open(self.month, self.cell);
            years.add_at(self.year, month, rows, amount);
        }
    }
}

impl Years {
    /// A year of which one month is known.
    fn open(&mut self, month: u8, cell: Cell) -> LineYear {
        let year = u32::try_from(self.0.len()).expect("no more years than accounts");
        let mut quarters = [Quarter::default(); QUARTERS];
        *of_month(&mut quarters, month) = cell;
        self.0.push(quarters);
        LineYear(year)
    }

    /// Some of a month, for whoever wants it to come from memory.
    #[inline(always)]
    pub(super) fn touch(&self, year: LineYear, month: u8) -> u32 {
        self.0.get(year.0 as usize).map_or(0, |year| year[usize::from(month) / QUARTER_MONTHS].0[0].rows)
    }

    /// Adds rows to a month of a line whose year is known. `false`: it has no year.
    #[inline(always)]
    pub(super) fn add_at(&mut self, year: LineYear, month: u8, rows: u32, amount: Amount) -> bool {
        match self.0.get_mut(year.0 as usize) {
            Some(quarters) => {
                of_month(quarters, month).add(rows, amount);
                true
            }
            None => false,
        }
    }
}

#[inline(always)]
fn of_month(quarters: &mut [Quarter; QUARTERS], month: u8) -> &mut Cell {
    let month = usize::from(month);
    &mut quarters[month / QUARTER_MONTHS].0[month % QUARTER_MONTHS]
}

impl Ledger {
    /// Of accounts that were opened already, each once. Those with a year are in the order of the years, so that whoever looks at
    /// all of them walks through memory.
    pub(super) fn new(accounts: impl Iterator<Item = Line>, years: Years) -> Ledger {
        let mut lines = vec![Line::default(); years.0.len()];
        let mut of_one_month = Vec::new();
        for line in accounts {
            match lines.get_mut(line.year.0 as usize) {
                Some(place) => *place = line,
                None => of_one_month.push(line),
            }
        }
        lines.extend(of_one_month);
        Ledger { lines, years }
    }

    /// Opens an account; returns its number, which counts from 0.
    fn open(&mut self, key: AccountKey) -> u32 {
        let account = u32::try_from(self.lines.len()).expect("2^32 accounts would need 270 GB");
        self.lines.push(Line::open(key));
        account
    }

    /// The keys of the accounts, in the order of their numbers.
    pub(super) fn keys(&self) -> impl ExactSizeIterator<Item = AccountKey> + '_ {
        self.lines.iter().map(|line| line.key)
    }

    /// Adds rows to a month (from 0) of an account.
    fn add(&mut self, account: u32, month: u8, rows: u32, amount: Amount) {
        self.lines[account as usize].add(&mut self.years, month, rows, amount);
    }

    /// An account that holds the sum of two.
    pub(super) fn sum_of(&mut self, a: u32, b: u32) -> u32 {
        let sum = self.open(self.lines[a as usize].key);
        for account in [a, b] {
            for month in 0..MONTHS {
                if let Some(of_month) = self.get(account, month) {
                    let rows = u32::try_from(of_month.rows).expect("it was a u32 there");
                    self.add(sum, month, rows, of_month.amount);
                }
            }
        }
        sum
    }

    fn get(&self, account: u32, month: u8) -> Option<RowsAndAmount> {
        self.months(account).find(|(of, _)| *of == month).map(|(_, sum)| sum)
    }

    /// The months of an account that have rows, in order.
    pub(super) fn months(&self, account: u32) -> impl Iterator<Item = (u8, RowsAndAmount)> + '_ {
        let line = &self.lines[account as usize];
        let (first, year, one) = match self.years.0.get(line.year.0 as usize) {
            Some(year) => (0, year.as_slice(), None),
            None => (line.month, [].as_slice(), Some(&line.cell)),
        };
        let cells = year.iter().flat_map(|quarter| &quarter.0).chain(one);
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
        assert_eq!(ledger.years.0.len(), 2);
    }
}
