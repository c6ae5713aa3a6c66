//! The text of dates. Comes in: a cell. Goes out: a day in UTC, or why the text is none; and the parts of a date whose order is open. It
//! decides no order.

use chrono::Datelike;
use serde::{Deserialize, Serialize};

use super::Day;
use super::date_parts::{parts_of, slashed, without_blanks_behind_dots};
use crate::base::ids::is_blank_word;

/// The order of day, month and year in a date with slashes or hyphens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// `M/D/Y`
    #[default]
    MonthFirst,
    /// `D/M/Y`
    DayFirst,
    /// `Y/M/D`, the year with two digits.
    YearFirst,
}

/// A text form of dates. Behind every form but a month's, a time of day and an offset may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateForm {
    /// The year first: `2017-05-31`, `2017-5-31`, `2017/05/31`, `20170531`; `2024-01-01T00:00Z`, `2019-07-29 00:00:00 UTC`.
    Iso,
    /// The year last: `5/31/2017`, `9/2/23`, `31-5-2017`, `2/28/2019 11:59:00 PM`; `31.5.2017`, where the day is first; `31-May-2017`,
    /// `May 31, 2017`. With [`DateOrder::YearFirst`], `17/05/31` and `17.05.31`.
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
    let dotted = without_blanks_behind_dots(text);
    let text = dotted.as_deref().unwrap_or(text);
    if text.is_empty() || std::str::from_utf8(text).is_ok_and(is_blank_word) {
        return Err(NotADate::Blank);
    }
    for form in forms {
        let found = match form {
            DateForm::Iso => iso(text),
            DateForm::Slashes => year_last(text, order),
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
pub(super) fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')))
}

pub(super) fn day(year: u32, month: u32, day: u32) -> Result<Day, NotADate> {
    if year == 0 {
        return Err(NotADate::Impossible);
    }
    let year = i32::try_from(year).map_err(|_| NotADate::Impossible)?;
    Day::from_ymd_opt(year, month, day).ok_or(NotADate::Impossible)
}

/// Splits a text into a date and what stands behind its first blank or `T`; the latter is empty if there is none. A blank within `31 May 2017`
/// is no such blank.
pub(super) fn split_time(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|b| matches!(b, b' ' | b'T' | b't')).unwrap_or(text.len());
    let (date, rest) = text.split_at(end);
    (date, rest.strip_prefix(b"T").or(rest.strip_prefix(b"t")).unwrap_or(rest).trim_ascii_start())
}

/// The time of day behind a date. `None` if there is none; a zone alone says nothing of a day.
fn time_behind(text: &[u8]) -> Result<Option<TimeOfDay>, NotADate> {
    match text {
        b"" => Ok(None),
        zone if zone.eq_ignore_ascii_case(b"z") || is_utc(zone) => Ok(None),
        time => time_of_day(time).map(Some),
    }
}

fn is_utc(zone: &[u8]) -> bool {
    zone.eq_ignore_ascii_case(b"utc") || zone.eq_ignore_ascii_case(b"gmt")
}

fn iso(text: &[u8]) -> Result<Day, NotADate> {
    let malformed = NotADate::Malformed;
    if text.len() >= 10 && text[4] == b'-' && text[7] == b'-' {
        let part = |range: std::ops::Range<usize>| number(&text[range]).ok_or(malformed);
        if let (Ok(year), Ok(month), Ok(day_of_month)) = (part(0..4), part(5..7), part(8..10)) {
            let rest = &text[10..];
            let time = match rest.first() {
                None => None,
                Some(b'T' | b't') => Some(time_of_day(&rest[1..])?),
                Some(b' ' | b'Z' | b'z') => time_behind(rest.trim_ascii_start())?,
                Some(_) => return Err(malformed),
            };
            return in_utc(day(year, month, day_of_month)?, time);
        }
    }
    let (date, rest) = split_time(text);
    let (date, rest) = match date {
        [date @ .., b'Z' | b'z'] if rest.is_empty() => (date, rest),
        date => (date, rest),
    };
    let separator = match date.get(4) {
        Some(separator @ (b'-' | b'/' | b'.')) => *separator,
        Some(_) if date.len() == 8 => return compact(date, rest),
        _ => return Err(malformed),
    };
    let mut parts = date.split(|b| *b == separator);
    let (Some(year), Some(month), Some(day_of_month), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed);
    };
    if year.len() != 4 || month.len() > 2 || day_of_month.len() > 2 {
        return Err(malformed);
    }
    let part = |text| number(text).ok_or(malformed);
    let (year, month, day_of_month) = (part(year)?, part(month)?, part(day_of_month)?);
    in_utc(day(year, month, day_of_month)?, time_behind(rest)?)
}

/// `20170531`.
fn compact(date: &[u8], rest: &[u8]) -> Result<Day, NotADate> {
    let part = |range: std::ops::Range<usize>| number(&date[range]).ok_or(NotADate::Malformed);
    in_utc(day(part(0..4)?, part(4..6)?, part(6..8)?)?, time_behind(rest)?)
}

/// Converts a local day and time of day to a day in UTC. Without a time, the day is unchanged.
fn in_utc(day: Day, time: Option<TimeOfDay>) -> Result<Day, NotADate> {
    let Some(TimeOfDay { minutes, offset_minutes }) = time else { return Ok(day) };
    let utc = i64::from(minutes) - i64::from(offset_minutes);
    let shifted = day.checked_add_signed(chrono::TimeDelta::days(utc.div_euclid(24 * 60)));
    // A year of four digits, as every date that is read or written has.
    shifted.filter(|day| (1..=9999).contains(&day.year())).ok_or(NotADate::Impossible)
}

/// A time of day to the minute, with an offset from UTC. **Unit**: minutes.
struct TimeOfDay {
    minutes: i32,
    offset_minutes: i32,
}

/// `H:MM`, `HH:MM:SS`, `HH:MM:SS.fffffff`, then nothing or `AM`/`PM`, then nothing, `Z`, `UTC` or an offset `+HH:MM`, `+HHMM`, `+HH`, behind
/// which `UTC` may stand.
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
    let zone = match zone.split_last_chunk::<3>() {
        Some((offset @ [_, ..], utc)) if is_utc(utc) => offset.trim_ascii(),
        _ if is_utc(zone) => b"",
        _ => zone,
    };
    let is_half = |half: &[u8]| zone.get(..2).is_some_and(|text| text.eq_ignore_ascii_case(half));
    let (is_morning, is_afternoon) = (is_half(b"am"), is_half(b"pm"));
    let zone = if is_morning || is_afternoon { zone[2..].trim_ascii() } else { zone };
    if is_morning || is_afternoon {
        if hour == 0 || hour > 12 {
            return Err(NotADate::Impossible);
        }
        hour = hour % 12 + if is_afternoon { 12 } else { 0 };
    }
    let mut offset_minutes = 0;
    if !(zone.is_empty() || zone.eq_ignore_ascii_case(b"z")) {
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

/// `5/31/2017`, `31.5.2017`, `31-May-2017` and the like.
fn year_last(text: &[u8], order: DateOrder) -> Result<Day, NotADate> {
    let (date, rest) = split_time(text);
    match slashed(date) {
        Ok(parts) => in_utc(parts.day(order)?, time_behind(rest)?),
        Err(_) => match parts_of(date, b'.') {
            Ok(parts) => in_utc(parts.dotted_day(order)?, time_behind(rest)?),
            Err(_) => named_day(text),
        },
    }
}

/// A year of four digits, or of two in this century.
fn year_of(year: &[u8]) -> Result<u32, NotADate> {
    let century = match year.len() {
        2 => 2000,
        4 => 0,
        _ => return Err(NotADate::Malformed),
    };
    Ok(number(year).ok_or(NotADate::Malformed)? + century)
}

/// A day with the name of its month: `31-May-2017`, `31 May 17`, `May 31, 2017`, `2017-May-31`; a time may stand behind it.
fn named_day(text: &[u8]) -> Result<Day, NotADate> {
    let malformed = NotADate::Malformed;
    let is_separator = |b: &u8| matches!(b, b' ' | b'-' | b'/' | b',' | b'.');
    let mut parts = [&text[..0]; 3];
    let mut rest = text;
    for part in &mut parts {
        let start = rest.iter().position(|b| !is_separator(b)).ok_or(malformed)?;
        let end = rest[start..].iter().position(is_separator).map_or(rest.len(), |end| start + end);
        (*part, rest) = (&rest[start..end], &rest[end..]);
    }
    let [one, two, year] = parts;
    // The year may stand first: `2016-Jul-31`.
    let (one, year) = if one.len() == 4 && month_of(one).is_none() { (year, one) } else { (one, year) };
    let (month, day_of_month) = match (month_of(one), month_of(two)) {
        (None, Some(month)) => (month, one),
        (Some(month), None) => (month, two),
        _ => return Err(malformed),
    };
    if day_of_month.len() > 2 {
        return Err(malformed);
    }
    let day_of_month = number(day_of_month).ok_or(malformed)?;
    in_utc(day(year_of(year)?, month, day_of_month)?, time_behind(rest.trim_ascii())?)
}

/// The number of a month by its English name, three letters or whole.
fn month_of(name: &[u8]) -> Option<u32> {
    let is_name = |month: &str| {
        name.eq_ignore_ascii_case(month.as_bytes()) || name.eq_ignore_ascii_case(&month.as_bytes()[..3])
    };
    let nth = MONTHS.iter().position(|month| is_name(month))?;
    u32::try_from(nth + 1).ok()
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
    let is_separator = |b: &u8| matches!(b, b' ' | b'-' | b',');
    let end = text.iter().position(is_separator).ok_or(malformed)?;
    let year: Vec<u8> = text[end..].iter().copied().skip_while(is_separator).collect();
    let month = month_of(&text[..end]).ok_or(malformed)?;
    day(year_of(&year)?, month, 1)
}
