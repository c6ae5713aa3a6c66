//! Days, months and the judged window. Comes in: the text of a date, or an `as_of` day. Goes out: a day, a month or a window. It reads no
//! clock.

use std::fmt::{self, Write};

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

mod clock;
mod date_parts;
mod date_text;
mod foreign_years;
mod moment;
#[cfg(test)]
mod tests;

pub(crate) use clock::Clock;
pub(crate) use date_parts::date_parts;
pub use date_text::{DateForm, DateOrder, NotADate, parse_day};
pub(crate) use foreign_years::{USAGE_YEARS, foreign_calendar, is_of_usage, short_buddhist_year};
pub use moment::{Moment, UtcClock};

/// A day of the civil calendar, UTC.
pub type Day = NaiveDate;

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// The month of `day`.
    pub fn of(day: Day) -> Month {
        Month(day.year() * 12 + i32::try_from(day.month0()).expect("0 to 11"))
    }

    /// The month's first day.
    pub fn first_day(self) -> Day {
        let month = u32::try_from(self.0.rem_euclid(12)).expect("0 to 11") + 1;
        Day::from_ymd_opt(self.0.div_euclid(12), month, 1).expect("a month comes from a day")
    }

    /// The month's last day.
    pub fn last_day(self) -> Day {
        Month(self.0 + 1).first_day() - Days::new(1)
    }

    /// Months since January of year 0, to sort and store months by.
    pub fn number(self) -> i32 {
        self.0
    }

    /// The inverse of [`Month::number`].
    pub fn from_number(number: i32) -> Month {
        Month(number)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.first_day();
        match iso_text(day) {
            Some([month @ .., _, _, _]) => month.iter().try_for_each(|byte| f.write_char(char::from(*byte))),
            None => write!(f, "{}", day.format("%Y-%m")),
        }
    }
}

/// A day as `YYYY-MM-DD`, several times faster than by `Display`. `None` if the year does not have four digits.
pub(crate) fn iso_text(day: Day) -> Option<[u8; 10]> {
    let two = |number: u32| [number / 10, number % 10].map(|digit| b"0123456789"[digit as usize]);
    let year = u32::try_from(day.year()).ok().filter(|year| *year < 10_000)?;
    let ([a, b], [c, d]) = (two(year / 100), two(year % 100));
    let ([e, f], [g, h]) = (two(day.month()), two(day.day()));
    Some([a, b, c, d, b'-', e, f, b'-', g, h])
}

/// The position of the window relative to `as_of` (SPEC 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindowKind {
    /// The last *n* calendar months whose last day is on or before `as_of`.
    #[default]
    CompleteMonths,
    /// From `as_of` − *n* months + 1 day to `as_of`.
    TrailingDays,
}

/// The days whose consumption counts. Both ends are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
}

impl Window {
    /// The window of `months` months before `as_of`.
    ///
    /// ```
    /// use attain::base::calendar::{Day, Window, WindowKind};
    /// let as_of = Day::from_ymd_opt(2017, 7, 7).unwrap();
    /// let window = Window::before(as_of, WindowKind::CompleteMonths, 12);
    /// assert_eq!((window.first.to_string(), window.last.to_string()), ("2016-07-01".into(), "2017-06-30".into()));
    /// ```
    pub fn before(as_of: Day, kind: WindowKind, months: u32) -> Window {
        match kind {
            WindowKind::CompleteMonths => {
                let ending = Month::of(as_of);
                let last = if ending.last_day() == as_of { ending } else { Month(ending.0 - 1) };
                let back = i32::try_from(months).expect("a rule set's window is at most 120 months") - 1;
                Window { first: Month(last.0 - back).first_day(), last: last.last_day() }
            }
            WindowKind::TrailingDays => {
                Window { first: as_of - Months::new(months) + Days::new(1), last: as_of }
            }
        }
    }

    /// Whether `day` lies in the window.
    pub fn contains(&self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    /// The position of a whole month relative to the window.
    pub fn covers(&self, month: Month) -> MonthInWindow {
        let (first, last) = (self.contains(month.first_day()), self.contains(month.last_day()));
        if first && last {
            MonthInWindow::Whole
        } else if first || last || (month.first_day() < self.first && self.last < month.last_day()) {
            MonthInWindow::Cut
        } else {
            MonthInWindow::Outside
        }
    }
}

/// The position of a month relative to a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonthInWindow {
    /// All days of the month are in the window.
    Whole,
    /// The window's first or last day cuts the month.
    Cut,
    /// No day of the month is in the window.
    Outside,
}
