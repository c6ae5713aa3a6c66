//! Numbers and days from text, and back. Comes in: the text of a cell. Goes out: a count of 10⁻²⁴, or a day; or the code
//! that refuses it. Rounding: half away from zero when reading and converting; floor and ceiling to the cent when printing.

use chrono::{Datelike, Days, NaiveDate};
use ethnum::I256;

/// Decimals kept.
const DECIMALS: i64 = 24;
/// One unit of a currency.
pub(crate) const ONE: i128 = 10_i128.pow(24);
/// One cent.
const CENT: i128 = ONE / 100;

/// A calendar month: year and month.
pub(crate) type YearMonth = (i32, u32);

/// Reads a decimal number as a count of 10⁻²⁴. **Rounding**: half away from zero past the 24th decimal.
pub(crate) fn decimal(text: &str) -> Result<i128, &'static str> {
    let text = text.trim();
    if is_blank(text) {
        return Err("no-amount");
    }
    let bad = "bad-number";
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            if !all_digits(digits) {
                return Err(bad);
            }
            (mantissa, exponent.parse::<i64>().map_err(|_| bad)?)
        }
        None => (unsigned, 0),
    };
    let (units, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{units}{decimals}");
    if !all_digits(&digits) {
        return Err(bad);
    }
    // The decimal point, in digits from the left, and from it how many digits are kept.
    let point = i64::try_from(units.len()).map_err(|_| bad)? + exponent;
    let kept = point + DECIMALS;
    let Ok(kept) = usize::try_from(kept) else { return Ok(0) };
    if digits.bytes().all(|d| d == b'0') {
        return Ok(0);
    }
    if kept > digits.len() + 60 {
        return Err(bad);
    }
    let padded = format!("{digits:0<kept$}");
    let up = padded.as_bytes().get(kept).is_some_and(|d| *d >= b'5');
    let size: i128 = if kept == 0 { 0 } else { padded[..kept].parse().map_err(|_| bad)? };
    Ok(sign * (size + i128::from(up)))
}

/// Whether a cell is blank, or holds a word that programs write for a blank cell.
pub(crate) fn is_blank(text: &str) -> bool {
    let words = "null|n/a|na|#n/a|#na|#nv|#n/d|nan|nat|none|(blank)|(null)|<null>|<na>|\\n|-";
    text.is_empty() || words.split('|').any(|word| word == text.to_lowercase())
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `sum` × `rate`. **Rounding**: half away from zero to 24 decimals.
pub(crate) fn convert(sum: i128, rate: i128) -> i128 {
    let product = I256::from(sum) * I256::from(rate);
    let half = I256::from(ONE / 2);
    let away = if product < I256::ZERO { product - half } else { product + half };
    i128::try_from(away / I256::from(ONE)).expect("amounts of a test are small")
}

/// To the cent, towards minus infinity.
pub(crate) fn floor_to_cents(amount: i128) -> String {
    cents(amount.div_euclid(CENT))
}

/// To the cent, towards plus infinity.
pub(crate) fn ceil_to_cents(amount: i128) -> String {
    cents(-(-amount).div_euclid(CENT))
}

fn cents(count: i128) -> String {
    let sign = if count < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", count.abs() / 100, count.abs() % 100)
}

/// Every digit, no trailing zeros.
pub(crate) fn exact(amount: i128) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:024}", amount.abs() / ONE, amount.abs() % ONE);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The month of a day.
pub(crate) fn month_of(day: NaiveDate) -> YearMonth {
    (day.year(), day.month())
}

/// The last day of a month.
pub(crate) fn last_day((year, month): YearMonth) -> NaiveDate {
    let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    NaiveDate::from_ymd_opt(next.0, next.1, 1).and_then(|d| d.pred_opt()).expect("a month has a last day")
}

/// `month`, `count` months earlier.
pub(crate) fn months_before((year, month): YearMonth, count: u32) -> YearMonth {
    (0..count).fold((year, month), |(y, m), _| if m == 1 { (y - 1, 12) } else { (y, m - 1) })
}

/// Reads a day: ISO with or without a time, M/D/Y with or without a time, and a month (its first day).
pub(crate) fn day(text: &str) -> Result<NaiveDate, &'static str> {
    let text = text.trim();
    let (date, time) = match text.find(['T', ' ']) {
        Some(at) if text.as_bytes()[0].is_ascii_digit() => (&text[..at], text[at + 1..].trim()),
        _ => (text, ""),
    };
    let parts: Vec<&str> = date.split(['/', '-', '.']).collect();
    let slashes = date.contains('/');
    let (year, month, day) = match parts[..] {
        [y, m, d] if y.len() == 4 && (1..=2).contains(&m.len()) && (1..=2).contains(&d.len()) => {
            (number(y)?, number(m)?, number(d)?)
        }
        [m, d, y] if slashes && m.len() <= 2 && d.len() <= 2 && y.len() == 4 => {
            (number(y)?, number(m)?, number(d)?)
        }
        [m, d, y] if slashes && m.len() <= 2 && d.len() <= 2 && y.len() == 2 => {
            (number(y)? + 2000, number(m)?, number(d)?)
        }
        [y, m, d] if !slashes && y.len() == 4 && m.len() == 2 && d.len() == 2 => {
            (number(y)?, number(m)?, number(d)?)
        }
        [y, m] if !slashes && y.len() == 4 && m.len() == 2 => (number(y)?, number(m)?, 1),
        [ym] if ym.len() == 6 && all_digits(ym) => (number(&ym[..4])?, number(&ym[4..])?, 1),
        _ => named_month(text)?,
    };
    let year = i32::try_from(year).map_err(|_| "bad-date")?;
    let day = NaiveDate::from_ymd_opt(year, month, day).ok_or("impossible-date")?;
    let day = match utc_shift_days(time)? {
        0 => day,
        shift if shift < 0 => day - Days::new(1),
        _ => day + Days::new(1),
    };
    // 2000 to 2049 in the calendars of Thailand, of Islam and Iran, of the Jews, and of Taiwan.
    let elsewhere = [(2543, 2592), (1378, 1473), (5760, 5810), (89, 138)];
    if elsewhere.iter().any(|(first, last)| (*first..=*last).contains(&day.year())) {
        return Err("foreign-year");
    }
    Ok(day)
}

fn number(text: &str) -> Result<u32, &'static str> {
    if all_digits(text) { text.parse().map_err(|_| "bad-date") } else { Err("bad-date") }
}

/// `May 2017`, `May-17`.
fn named_month(text: &str) -> Result<(u32, u32, u32), &'static str> {
    const NAMES: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let (name, year) = text.split_once([' ', '-']).ok_or("bad-date")?;
    let name = name.to_lowercase();
    let month = (1..).zip(NAMES).find(|(_, n)| name.starts_with(n)).ok_or("bad-date")?.0;
    let year = number(year)? + if year.len() == 2 { 2000 } else { 0 };
    Ok((year, month, 1))
}

/// By how many days a time of day with an offset moves its day when it is turned to UTC.
fn utc_shift_days(time: &str) -> Result<i32, &'static str> {
    let sign_at = time.rfind(['+', '-']);
    let Some(at) = sign_at else { return Ok(0) };
    let minutes = |text: &str| -> Result<i32, &'static str> {
        let (hour, minute) = text.split_once(':').ok_or("bad-date")?;
        Ok(hour.parse::<i32>().map_err(|_| "bad-date")? * 60
            + minute[..2].parse::<i32>().map_err(|_| "bad-date")?)
    };
    let offset = minutes(&time[at + 1..])? * if time[at..].starts_with('-') { -1 } else { 1 };
    Ok((minutes(&time[..at])? - offset).div_euclid(24 * 60))
}
