//! Days, months and the judged window. Comes in: the text of a date, or an `as_of` day. Goes out: a day, a month or a window. It reads no
//! clock.

use std::fmt::{self, Write};

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

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

/// The order of day and month in a date with slashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// `M/D/Y`
    #[default]
    MonthFirst,
    /// `D/M/Y`
    DayFirst,
}

/// A text form of dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateForm {
    /// `2017-05-31`, with an optional time of day and an optional offset: `2024-01-01T00:00Z`, `2019-07-29 00:00:00`.
    Iso,
    /// `5/31/2017`, `9/2/23`, with an optional time of day: `2/1/2019 0:00`, `2/28/2019 11:59:00 PM`.
    Slashes,
    /// `2017-05` or `201705`: a month.
    IsoMonth,
    /// `May 2017`, `May-17`, `May-2017`: a month, with English names, three letters or whole.
    NamedMonth,
}

/// The reason why a text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotADate {
    /// Blank, or the word `NULL`.
    Blank,
    /// In none of the given forms.
    Malformed,
    /// In one of the forms, but no such day, month or time exists.
    Impossible,
}

/// Reads a date in one of `forms`. A time with an offset is converted to UTC; then the time is dropped. A month becomes its first day.
///
/// Errors: the first form that fits but has no such day decides; later forms are not tried.
pub fn parse_day(text: &[u8], forms: &[DateForm], order: DateOrder) -> Result<Day, NotADate> {
    let text = text.trim_ascii();
    if text.is_empty() || text.eq_ignore_ascii_case(b"null") {
        return Err(NotADate::Blank);
    }
    for form in forms {
        let found = match form {
            DateForm::Iso => iso(text),
            DateForm::Slashes => slashes(text, order),
            DateForm::IsoMonth => iso_month(text),
            DateForm::NamedMonth => named_month(text),
        };
        match found {
            Err(NotADate::Malformed) => {}
            other => return other,
        }
    }
    Err(NotADate::Malformed)
}

/// The number of some decimal digits. `None` if `digits` is empty, holds another byte, or has more than nine.
fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')))
}

fn day(year: u32, month: u32, day: u32) -> Result<Day, NotADate> {
    if year == 0 {
        return Err(NotADate::Impossible);
    }
    let year = i32::try_from(year).map_err(|_| NotADate::Impossible)?;
    Day::from_ymd_opt(year, month, day).ok_or(NotADate::Impossible)
}

fn iso(text: &[u8]) -> Result<Day, NotADate> {
    let malformed = NotADate::Malformed;
    if text.len() < 10 || text[4] != b'-' || text[7] != b'-' {
        return Err(malformed);
    }
    let part = |range: std::ops::Range<usize>| number(&text[range]).ok_or(malformed);
    let (year, month, day_of_month) = (part(0..4)?, part(5..7)?, part(8..10)?);
    let rest = &text[10..];
    let time = match rest.first() {
        None => None,
        Some(b'T' | b't') => Some(&rest[1..]),
        Some(b' ') => Some(rest[1..].trim_ascii_start()),
        Some(_) => return Err(malformed),
    };
    let time = time.map(time_of_day).transpose()?;
    in_utc(day(year, month, day_of_month)?, time)
}

/// Converts a local day and time of day to a day in UTC. Without a time, the day is unchanged.
fn in_utc(day: Day, time: Option<TimeOfDay>) -> Result<Day, NotADate> {
    let Some(TimeOfDay { minutes, offset_minutes }) = time else { return Ok(day) };
    let utc = i64::from(minutes) - i64::from(offset_minutes);
    let shifted = day.checked_add_signed(chrono::TimeDelta::days(utc.div_euclid(24 * 60)));
    shifted.ok_or(NotADate::Impossible)
}

/// A time of day to the minute, with an offset from UTC. **Unit**: minutes.
struct TimeOfDay {
    minutes: i32,
    offset_minutes: i32,
}

/// `H:MM`, `HH:MM:SS`, `HH:MM:SS.fffffff`, then nothing, `AM`/`PM`, `Z` or an offset `+HH:MM`, `+HHMM`, `+HH`.
fn time_of_day(text: &[u8]) -> Result<TimeOfDay, NotADate> {
    let malformed = NotADate::Malformed;
    let end =
        text.iter().position(|b| !(b.is_ascii_digit() || matches!(b, b':' | b'.'))).unwrap_or(text.len());
    let (clock, zone) = text.split_at(end);
    let (whole, fraction) = match clock.iter().position(|b| *b == b'.') {
        Some(point) => (&clock[..point], Some(&clock[point + 1..])),
        None => (clock, None),
    };
    let mut parts = [0_u32; 3];
    let mut count = 0;
    for part in whole.split(|b| *b == b':') {
        let is_whole = part.len() == 2 || (count == 0 && part.len() == 1);
        if count == 3 || !is_whole {
            return Err(malformed);
        }
        parts[count] = number(part).ok_or(malformed)?;
        count += 1;
    }
    let is_complete = match fraction {
        None => count >= 2,
        Some(digits) => count == 3 && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
    };
    if !is_complete {
        return Err(malformed);
    }
    let [mut hour, minute, second] = parts;
    let zone = zone.trim_ascii();
    let mut offset_minutes = 0;
    if zone.eq_ignore_ascii_case(b"am") || zone.eq_ignore_ascii_case(b"pm") {
        if hour == 0 || hour > 12 {
            return Err(NotADate::Impossible);
        }
        hour = hour % 12 + if zone.eq_ignore_ascii_case(b"pm") { 12 } else { 0 };
    } else if !(zone.is_empty() || zone.eq_ignore_ascii_case(b"z")) {
        let (hours, minutes) = match zone[1..] {
            [a, b] => (number(&[a, b]), Some(0)),
            [a, b, c, d] | [a, b, b':', c, d] => (number(&[a, b]), number(&[c, d])),
            _ => return Err(malformed),
        };
        let (hours, minutes) = (hours.ok_or(malformed)?, minutes.ok_or(malformed)?);
        if hours > 18 || minutes > 59 {
            return Err(NotADate::Impossible);
        }
        let size = i32::try_from(hours * 60 + minutes).map_err(|_| malformed)?;
        offset_minutes = match zone[0] {
            b'+' => size,
            b'-' => -size,
            _ => return Err(malformed),
        };
    }
    if hour > 23 || minute > 59 || second > 60 {
        return Err(NotADate::Impossible);
    }
    Ok(TimeOfDay { minutes: i32::try_from(hour * 60 + minute).map_err(|_| malformed)?, offset_minutes })
}

fn slashes(text: &[u8], order: DateOrder) -> Result<Day, NotADate> {
    let malformed = NotADate::Malformed;
    let end = text.iter().position(|b| *b == b' ' || *b == b'T').unwrap_or(text.len());
    let (date, time) = text.split_at(end);
    let mut parts = date.split(|b| *b == b'/');
    let (Some(one), Some(two), Some(year), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed);
    };
    if one.len() > 2 || two.len() > 2 || !matches!(year.len(), 2 | 4) {
        return Err(malformed);
    }
    let (one, two) = (number(one).ok_or(malformed)?, number(two).ok_or(malformed)?);
    let year_number = number(year).ok_or(malformed)? + if year.len() == 2 { 2000 } else { 0 };
    let time = time.trim_ascii();
    let time = if time.is_empty() { None } else { Some(time_of_day(time)?) };
    let found = match order {
        DateOrder::MonthFirst => day(year_number, one, two),
        DateOrder::DayFirst => day(year_number, two, one),
    };
    in_utc(found?, time)
}

fn iso_month(text: &[u8]) -> Result<Day, NotADate> {
    let (year, month) = match text.len() {
        7 if text[4] == b'-' => (&text[..4], &text[5..]),
        6 => (&text[..4], &text[4..]),
        _ => return Err(NotADate::Malformed),
    };
    let (year, month) = (number(year).ok_or(NotADate::Malformed)?, number(month).ok_or(NotADate::Malformed)?);
    day(year, month, 1)
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn named_month(text: &[u8]) -> Result<Day, NotADate> {
    let malformed = NotADate::Malformed;
    let end = text.iter().position(|b| matches!(b, b' ' | b'-' | b',')).ok_or(malformed)?;
    let name = std::str::from_utf8(&text[..end]).map_err(|_| malformed)?.to_ascii_lowercase();
    let year: Vec<u8> = text[end..].iter().copied().skip_while(|b| matches!(b, b' ' | b'-' | b',')).collect();
    let month = MONTHS.iter().position(|m| *m == name || m[..3] == name).ok_or(malformed)?;
    let year_number = match year.len() {
        4 => number(&year).ok_or(malformed)?,
        2 => number(&year).ok_or(malformed)? + 2000,
        _ => return Err(malformed),
    };
    day(year_number, u32::try_from(month).map_err(|_| malformed)? + 1, 1)
}
