//! The numbers of a date whose order its text does not tell. Comes in: the text of a date. Goes out: its numbers, and which orders are possible.
//! It decides no order.

use super::Day;
use super::date_text::{DateOrder, NotADate, day, number, split_time};

/// A date with blanks behind its dots, or with a dot behind its last number, without them: `31. 7. 2016`, `2016. 07. 31.`. `None` if the text is no
/// such date.
pub(super) fn without_blanks_behind_dots(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|b| *b == b'.')?;
    let is_of_date = |b: &u8| b.is_ascii_digit() || matches!(b, b'.' | b' ');
    let is_last = text[..=end].iter().filter(|b| **b == b'.').count() == 3;
    let behind = if is_last { end + 1 } else { end + text[end..].iter().position(u8::is_ascii_digit)? };
    if !text[..behind].iter().all(is_of_date) || !(is_last || text[..behind].contains(&b' ')) {
        return None;
    }
    let date = text[..behind].iter().copied().filter(|b| *b != b' ');
    let mut date: Vec<u8> = date.collect();
    if is_last {
        date.pop();
    }
    date.extend(&text[behind..]);
    Some(date)
}

/// The three numbers of a date, in the order of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateParts {
    first: u32,
    second: u32,
    last: u32,
    /// Whether the first number has two digits, as the year of `17/05/31`.
    is_first_long: bool,
    /// The digits of the last number.
    last_digits: usize,
    /// Whether dots part the numbers: no locale writes the month first then.
    is_dotted: bool,
}

impl DateParts {
    /// Whether no such day exists in this order.
    pub(crate) fn is_impossible(self, order: DateOrder) -> bool {
        self.day(order).is_err()
    }

    /// Whether dots part the numbers.
    pub(crate) fn is_dotted(self) -> bool {
        self.is_dotted
    }

    /// Whether the text itself tells the order: dots, and a year of four digits.
    fn is_dotted_year_last(self) -> bool {
        self.is_dotted && self.last_digits == 4
    }

    /// The day of a date with dots. With [`DateOrder::MonthFirst`], which dots never have, the order is open: a date that may begin with its year,
    /// as `16.07.31` may, is impossible until the dates of its file have decided.
    pub(super) fn dotted_day(self, order: DateOrder) -> Result<Day, NotADate> {
        let day_first = self.day(DateOrder::DayFirst);
        if self.is_dotted_year_last() {
            return day_first;
        }
        match (order, self.day(DateOrder::YearFirst)) {
            (DateOrder::YearFirst, year_first) => year_first,
            (DateOrder::MonthFirst, Ok(year_first)) if day_first != Ok(year_first) => {
                Err(NotADate::Impossible)
            }
            (DateOrder::MonthFirst | DateOrder::DayFirst, _) => day_first,
        }
    }

    /// Whether both orders with the year last are possible and give different days.
    pub(crate) fn is_ambiguous(self) -> bool {
        let days = [DateOrder::MonthFirst, DateOrder::DayFirst].map(|order| self.day(order));
        days.iter().all(Result::is_ok) && days[0] != days[1]
    }

    /// The first and the last number, if this date exists with its year first.
    pub(crate) fn year_first(self) -> Option<(u32, u32)> {
        (!self.is_impossible(DateOrder::YearFirst)).then_some((self.first, self.last))
    }

    pub(super) fn day(self, order: DateOrder) -> Result<Day, NotADate> {
        let century = |year: u32| year + 2000;
        let year_last = match self.last_digits {
            4 => Ok(self.last),
            2 => Ok(century(self.last)),
            _ => Err(NotADate::Impossible),
        };
        match order {
            DateOrder::MonthFirst => day(year_last?, self.first, self.second),
            DateOrder::DayFirst => day(year_last?, self.second, self.first),
            DateOrder::YearFirst if self.is_first_long && self.last_digits < 4 => {
                day(century(self.first), self.second, self.last)
            }
            DateOrder::YearFirst => Err(NotADate::Impossible),
        }
    }
}

/// The parts of a date whose order its text does not tell. `None` if the text is no such date.
pub(crate) fn date_parts(text: &[u8]) -> Option<DateParts> {
    let text = text.trim_ascii();
    let dotted = without_blanks_behind_dots(text);
    let (date, _) = split_time(dotted.as_deref().unwrap_or(text));
    let parts = slashed(date).or_else(|_| parts_of(date, b'.'));
    parts.ok().filter(|parts| !parts.is_dotted_year_last())
}

/// The parts of a date with slashes or hyphens.
pub(super) fn slashed(date: &[u8]) -> Result<DateParts, NotADate> {
    parts_of(date, b'/').or_else(|_| parts_of(date, b'-'))
}

/// Three numbers: two of at most two digits, and one of two or four.
pub(super) fn parts_of(date: &[u8], separator: u8) -> Result<DateParts, NotADate> {
    let malformed = NotADate::Malformed;
    let mut parts = date.split(|b| *b == separator);
    let (Some(one), Some(two), Some(last), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed);
    };
    // A year first leaves a day of one digit: `17/5/1`.
    let is_last_whole = matches!(last.len(), 2 | 4) || last.len() == 1 && one.len() == 2;
    if one.len() > 2 || two.len() > 2 || !is_last_whole {
        return Err(malformed);
    }
    let part = |text| number(text).ok_or(malformed);
    Ok(DateParts {
        first: part(one)?,
        second: part(two)?,
        last: part(last)?,
        is_first_long: one.len() == 2,
        last_digits: last.len(),
        is_dotted: separator == b'.',
    })
}
