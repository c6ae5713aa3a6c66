//! The text of one number. Comes in: a number and what it means. Goes out: its text, and where it comes from.
//!
//! Whole numbers and decimals are exact. A float is the shortest decimal text that reads back the same, as in a workbook, and
//! what is no number is blank. A date is `YYYY-MM-DD`; a moment has `THH:MM:SS` after it, if it is not midnight (what is finer than a
//! second is cut), and is taken as it stands, whether its zone is UTC or none. A truth is `true` or `false`.

use std::io::Write;

use chrono::{DateTime, NaiveDate};

use super::shape::Number;
use super::values::Bits;
use crate::inputs::floats;
use crate::inputs::row::CellKind;

/// The texts of all numbers of a dictionary.
pub(super) struct Rendered {
    bytes: Vec<u8>,
    ends: Vec<(usize, CellKind)>,
}

impl Rendered {
    pub(super) fn new(numbers: &[Bits], meaning: Number) -> Rendered {
        let mut bytes = Vec::new();
        let ends = numbers.iter().map(|number| {
            let kind = write(i128::from_le_bytes(*number), meaning, &mut bytes);
            (bytes.len(), kind)
        });
        let ends = ends.collect();
        Rendered { bytes, ends }
    }

    pub(super) fn get(&self, nth: usize) -> (&[u8], CellKind) {
        let start = nth.checked_sub(1).map_or(0, |before| self.ends[before].0);
        let (end, kind) = self.ends[nth];
        (&self.bytes[start..end], kind)
    }
}

/// Appends the text of a number.
pub(super) fn write(number: i128, meaning: Number, text: &mut Vec<u8>) -> CellKind {
    match meaning {
        // Whole numbers, dates and truths read as the same text of a CSV would.
        Number::Signed | Number::Unsigned => {
            append(text, format_args!("{number}"));
            CellKind::Utf8
        }
        Number::Truth => {
            append(text, format_args!("{}", number != 0));
            CellKind::Utf8
        }
        Number::Uuid => {
            let hex = format!("{:032x}", number.cast_unsigned());
            let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
            append(text, format_args!("{}", parts.join("-")));
            CellKind::Utf8
        }
        Number::Date => {
            write_moment(number.checked_mul(86_400), text, number);
            CellKind::Utf8
        }
        Number::Moment(parts) => {
            write_moment(Some(number.div_euclid(parts.into())), text, number);
            CellKind::Utf8
        }
        // A decimal comma is not meant for what is no text.
        Number::Decimal(scale) => {
            write_decimal(number, scale as usize, text);
            CellKind::Sheet
        }
        Number::Double => {
            floats::write_bits(u64::try_from(number).expect("64 bits"), text);
            CellKind::SheetNumber
        }
        Number::Float => {
            floats::write_short_bits(u32::try_from(number).expect("32 bits"), text);
            CellKind::SheetNumber
        }
    }
}

/// Without zeros at the end, as a person would write it.
fn write_decimal(number: i128, scale: usize, text: &mut Vec<u8>) {
    let digits = format!("{:0width$}", number.unsigned_abs(), width = scale + 1);
    let (units, decimals) = digits.split_at(digits.len() - scale);
    if number < 0 {
        text.push(b'-');
    }
    text.extend_from_slice(units.as_bytes());
    let decimals = decimals.trim_end_matches('0');
    if !decimals.is_empty() {
        text.push(b'.');
        text.extend_from_slice(decimals.as_bytes());
    }
}

/// A moment by its seconds since 1970; one that no calendar holds stays the number that it is.
fn write_moment(seconds: Option<i128>, text: &mut Vec<u8>, number: i128) {
    let years = NaiveDate::from_ymd_opt(1, 1, 1).zip(NaiveDate::from_ymd_opt(9999, 12, 31));
    let moment = seconds
        .and_then(|seconds| i64::try_from(seconds).ok())
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .map(|moment| moment.naive_utc())
        .filter(|moment| years.is_some_and(|(first, last)| (first..=last).contains(&moment.date())));
    match moment {
        None => append(text, format_args!("{number}")),
        Some(moment) if moment.time() == chrono::NaiveTime::MIN => {
            append(text, format_args!("{}", moment.date()));
        }
        Some(moment) => append(text, format_args!("{}", moment.format("%Y-%m-%dT%H:%M:%S"))),
    }
}

fn append(text: &mut Vec<u8>, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("a vector takes all text");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: i128, meaning: Number) -> String {
        let mut text = Vec::new();
        write(number, meaning, &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn numbers_are_exact_text() {
        assert_eq!(text(-5, Number::Signed), "-5");
        assert_eq!(text(i128::from(u64::MAX), Number::Unsigned), "18446744073709551615");
        assert_eq!(text(-5, Number::Decimal(18)), "-0.000000000000000005");
        assert_eq!(text(1_500, Number::Decimal(2)), "15");
        assert_eq!(text(1_050, Number::Decimal(2)), "10.5");
        assert_eq!(text(0, Number::Decimal(38)), "0");
        assert_eq!(text(i128::MIN, Number::Decimal(0)), i128::MIN.to_string());
        assert_eq!(text(i128::from(0.1_f64.to_bits()), Number::Double), "0.1");
        assert_eq!(text(1, Number::Truth), "true");
        let uuid = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef;
        assert_eq!(text(uuid, Number::Uuid), "01234567-89ab-cdef-0123-456789abcdef");
        assert_eq!(text(-1, Number::Uuid), "ffffffff-ffff-ffff-ffff-ffffffffffff");
    }

    #[test]
    fn a_date_and_midnight_are_a_day_and_other_moments_have_their_time() {
        assert_eq!(text(17_318, Number::Date), "2017-06-01");
        assert_eq!(text(-1, Number::Date), "1969-12-31");
        let noon = 17_318 * 86_400 + 43_200;
        assert_eq!(text(noon * 1_000 + 999, Number::Moment(1_000)), "2017-06-01T12:00:00");
        assert_eq!(text(17_318 * 86_400 * 1_000_000_000, Number::Moment(1_000_000_000)), "2017-06-01");
        assert_eq!(text(-1, Number::Moment(1_000_000)), "1969-12-31T23:59:59");
        assert_eq!(text(i64::MAX.into(), Number::Moment(1_000)), i64::MAX.to_string());
        assert_eq!(text(i128::from(i32::MAX), Number::Date), i32::MAX.to_string());
    }
}
