//! The months of an account that lie in the window. Comes in: an account, whose months are held whole or by day. Goes out: the sum of each
//! month within the window, and what lies outside of it.

use super::Context;
use super::totals::PartialTotals;
use crate::base::amount::{Amount, Magnitude};
use crate::base::calendar::{Day, Month, MonthInWindow, Window};
use crate::credits::credit_table::YEAR_MONTHS;
use crate::credits::keys::Account;
use crate::credits::{CreditShard, DaySum, RowsAndAmount};

/// The months of a year of accounts that lie in the window.
#[derive(Debug, Clone, Copy)]
pub(super) struct WindowYear {
    pub(super) first: Month,
    /// Months whose every day is in the window: a bit for each.
    whole: u16,
    /// The first and the last day of the window within the year, if it has any.
    pub(super) days: Option<(Day, Day)>,
}

/// The years of the window and some around them, laid out once: every account asks for one.
#[derive(Debug)]
pub(super) struct WindowYears {
    first_year: i32,
    laid_out: Vec<WindowYear>,
}

/// Years before and after the window that are laid out too: exports hold some history.
const YEARS_AROUND: i32 = 8;
/// Years at most, and how many of them may come before year 0: a window of all time has more than exports do.
const YEARS_LAID_OUT: usize = 64;
const YEARS_BEFORE_ZERO: i32 = 32;

impl WindowYears {
    /// The years of a window; `year_zero` is the first month of year 0.
    pub(super) fn new(window: Window, year_zero: Month) -> WindowYears {
        let months = i32::try_from(YEAR_MONTHS).expect("twelve");
        let year_of = |day: Day| (Month::of(day).number() - year_zero.number()).div_euclid(months);
        let first_year = (year_of(window.first) - YEARS_AROUND).max(-YEARS_BEFORE_ZERO);
        let last_year = year_of(window.last) + YEARS_AROUND;
        let first_month = |year: i32| Month::from_number(year_zero.number() + year * months);
        let years = (first_year..=last_year).take(YEARS_LAID_OUT);
        let laid_out = years.map(|year| WindowYear::new(window, first_month(year))).collect();
        WindowYears { first_year, laid_out }
    }
}

impl WindowYear {
    /// The year that begins with the month `first`.
    fn new(window: Window, first: Month) -> WindowYear {
        let mut of_year = WindowYear { first, whole: 0, days: None };
        for nth in 0..u8::try_from(YEAR_MONTHS).expect("twelve") {
            if window.covers(of_year.month(nth)) == MonthInWindow::Whole {
                of_year.whole |= 1 << nth;
            }
        }
        let last = of_year.month(11).last_day();
        let (from, to) = (window.first.max(first.first_day()), window.last.min(last));
        of_year.days = (from <= to).then_some((from, to));
        of_year
    }

    /// A month of the year, counted from 0.
    pub(super) fn month(&self, nth: u8) -> Month {
        Month::from_number(self.first.number() + i32::from(nth))
    }

    /// Whether every day of a month is in the window.
    pub(super) fn is_whole(&self, nth: u8) -> bool {
        self.whole >> nth & 1 == 1
    }
}

/// The sum of the months of an account within the window.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Total {
    pub(super) sum: RowsAndAmount,
    pub(super) magnitude: Magnitude,
    /// Which months have rows: a bit for each.
    pub(super) months: u16,
    /// By month of the account's year. **Unit**: the currency of the account.
    pub(super) by_month: [Amount; YEAR_MONTHS],
}

impl Total {
    fn add(&mut self, nth: u8, sum: RowsAndAmount) {
        self.sum.add(sum.rows, sum.amount);
        self.magnitude.add(sum.amount);
        self.months |= 1 << nth;
        let of_month = &mut self.by_month[usize::from(nth)];
        *of_month = of_month.plus_unchecked(sum.amount);
    }
}

/// One account to judge: its shard, its number in the shard, its decoded key, and its year.
#[derive(Clone, Copy)]
pub(super) struct Judgeable<'s> {
    pub(super) shard: &'s CreditShard,
    pub(super) number: u32,
    pub(super) account: Account,
    pub(super) year: WindowYear,
}

impl Judgeable<'_> {
    /// The number of the currency, as an index.
    pub(super) fn currency(&self) -> usize {
        usize::from(self.account.currency)
    }
}

impl Context<'_> {
    /// The months of a year of accounts that lie in the window.
    #[inline]
    pub(super) fn window_year(&self, year: i16) -> WindowYear {
        let nth = usize::try_from(i32::from(year) - self.years.first_year).ok();
        match nth.and_then(|nth| self.years.laid_out.get(nth)) {
            Some(of_year) => *of_year,
            None => WindowYear::new(self.judging.window, self.judging.credits.first_month(year)),
        }
    }

    /// The sum of an account within the window; counts the rest as outside of it. `each` gets every month or day within, and its rows.
    pub(super) fn total(
        &self,
        judgeable: Judgeable<'_>,
        part: &mut PartialTotals,
        mut each: impl FnMut(u8, u64),
    ) -> Total {
        let Judgeable { shard, number, account, year } = judgeable;
        let (mut total, mut outside) = (Total::default(), RowsAndAmount::default());
        let mut add = |nth: u8, is_inside: bool, sum: RowsAndAmount| {
            if is_inside {
                total.add(nth, sum);
                each(nth, sum.rows);
            } else {
                outside.add(sum.rows, sum.amount);
            }
        };
        shard.months(number).for_each(|(nth, sum)| add(nth, year.is_whole(nth), sum));
        for day in shard.days(number) {
            add(day.month, self.judging.window.contains(day_of(&year, day.month, day.day)), day.sum);
        }
        self.note_outside(account, outside, part);
        total
    }

    /// Gives `each` the sum of each month of an account within the window, the month counted from the first of its year. Held days are added
    /// up by month.
    pub(super) fn months(&self, judgeable: Judgeable<'_>, mut each: impl FnMut(u8, RowsAndAmount)) {
        let Judgeable { shard, number, year, .. } = judgeable;
        for (nth, sum) in shard.months(number).filter(|(nth, _)| year.is_whole(*nth)) {
            each(nth, sum);
        }
        let contains = |day: &&DaySum| self.judging.window.contains(day_of(&year, day.month, day.day));
        for of_month in shard.days(number).chunk_by(|a, b| a.month == b.month) {
            let mut sum = RowsAndAmount::default();
            of_month.iter().filter(contains).for_each(|day| sum.add(day.sum.rows, day.sum.amount));
            if sum.rows > 0 {
                each(of_month[0].month, sum);
            }
        }
    }

    /// The sum of an account within the window, if its rows outside were counted before.
    pub(super) fn total_again(&self, judgeable: Judgeable<'_>) -> Total {
        let mut total = Total::default();
        self.months(judgeable, |nth, sum| total.add(nth, sum));
        total
    }
}

/// The date of a held day: its month counted from the first of the year, and its day of the month.
pub(super) fn day_of(year: &WindowYear, month: u8, day: u8) -> Day {
    year.month(month).first_day() + chrono::Days::new(u64::from(day) - 1)
}
