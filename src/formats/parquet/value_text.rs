//! The text of one number. Comes in: a number and its logical type. Goes out: its text, and the kind of cell.
//!
//! Integers and decimals are exact. A float is the shortest decimal text that reads back the same, as in a workbook;
//! a float that is not a number is blank. A date is `YYYY-MM-DD`; a timestamp has `THH:MM:SS` after the date unless
//! it is midnight (fractions of a second are cut), and is taken as stored, in UTC or without zone. A boolean is
//! `true` or `false`.

use std::io::Write;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike};

use super::column_type::NumberType;
use super::plain::NumberBytes;
use crate::formats::floats;
use crate::formats::row::CellKind;

/// The texts of all values of a numeric dictionary.
pub(super) struct DictionaryTexts {
    bytes: Vec<u8>,
    /// Where the text of each value ends in `bytes`, and its kind.
    ends: Vec<(usize, CellKind)>,
}

impl DictionaryTexts {
    pub(super) fn new(numbers: &[NumberBytes], number_type: NumberType) -> DictionaryTexts {
        let mut bytes = Vec::new();
        let ends = numbers.iter().map(|number| {
            let kind = write(i128::from_le_bytes(*number), number_type, &mut bytes);
            (bytes.len(), kind)
        });
        let ends = ends.collect();
        DictionaryTexts { bytes, ends }
    }

    pub(super) fn get(&self, nth: usize) -> (&[u8], CellKind) {
        let start = nth.checked_sub(1).map_or(0, |before| self.ends[before].0);
        let (end, kind) = self.ends[nth];
        (&self.bytes[start..end], kind)
    }
}

/// Appends the text of a number.
pub(super) fn write(number: i128, number_type: NumberType, text: &mut Vec<u8>) -> CellKind {
    match number_type {
        // Integers, dates, timestamps, booleans and UUIDs read as the same text in a CSV would.
        NumberType::Signed | NumberType::Unsigned => {
            append(text, format_args!("{number}"));
            CellKind::Parquet
        }
        NumberType::Boolean => {
            append(text, format_args!("{}", number != 0));
            CellKind::Parquet
        }
        NumberType::Uuid => {
            let hex = format!("{:032x}", number.cast_unsigned());
            let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
            append(text, format_args!("{}", parts.join("-")));
            CellKind::Parquet
        }
        NumberType::Date => {
            write_timestamp(number.checked_mul(86_400), text, number);
            CellKind::Parquet
        }
        NumberType::Timestamp(parts) => {
            write_timestamp(Some(number.div_euclid(parts.into())), text, number);
            CellKind::Parquet
        }
        // `--decimal-comma` is for texts, not for decimals.
        NumberType::Decimal(scale) => {
            write_decimal(number, scale as usize, text);
            CellKind::Sheet
        }
        NumberType::Double => {
            floats::write_bits(u64::try_from(number).expect("64 bits"), text);
            CellKind::SheetNumber
        }
        NumberType::Float => {
            floats::write_short_bits(u32::try_from(number).expect("32 bits"), text);
            CellKind::SheetNumber
        }
    }
}

/// Appends a decimal without trailing zeros, as a person would write it.
fn write_decimal(number: i128, scale: usize, text: &mut Vec<u8>) {
    // Room for 39 digits, and for a point at most 76 digits from the right.
    let mut digits = [b'0'; 128];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    // Nineteen digits at a time: one slow division of 128 bits for each piece, and divisions of 64 bits within it.
    while rest > 0 {
        let (head, tail) = if rest < PIECE { (0, rest) } else { (rest / PIECE, rest % PIECE) };
        let end = at;
        let mut piece = u64::try_from(tail).expect("less than 10^19");
        // Two digits at a time, from a table.
        while piece >= 100 {
            at -= 2;
            digits[at..at + 2].copy_from_slice(&PAIRS[usize::try_from(piece % 100).expect("two digits")]);
            piece /= 100;
        }
        while piece > 0 {
            at -= 1;
            digits[at] = b'0' + u8::try_from(piece % 10).expect("a digit");
            piece /= 10;
        }
        // A piece with digits above it has all nineteen, leading zeros included.
        if head > 0 {
            at = end - PIECE_DIGITS;
        }
        rest = head;
    }
    let point = digits.len() - scale;
    let units = &digits[at.min(point - 1)..point];
    let decimals = &digits[point..];
    let zeros = decimals.iter().rev().take_while(|digit| **digit == b'0').count();
    let decimals = &decimals[..decimals.len() - zeros];
    if number < 0 {
        text.push(b'-');
    }
    text.extend_from_slice(units);
    if !decimals.is_empty() {
        text.push(b'.');
        text.extend_from_slice(decimals);
    }
}

/// `00` to `99`.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut nth = 1;
    while nth < 100 {
        // The pair before, plus one.
        let [tens, ones] = pairs[nth - 1];
        pairs[nth] = if ones == b'9' { [tens + 1, b'0'] } else { [tens, ones + 1] };
        nth += 1;
    }
    pairs
};

const PIECE_DIGITS: usize = 19;
const PIECE: u128 = 10_u128.pow(19);

/// Appends the date and time of seconds since 1970; of a time outside the years 1 to 9999, the number itself.
fn write_timestamp(seconds: Option<i128>, text: &mut Vec<u8>, number: i128) {
    let years = NaiveDate::from_ymd_opt(1, 1, 1).zip(NaiveDate::from_ymd_opt(9999, 12, 31));
    let timestamp = seconds
        .and_then(|seconds| i64::try_from(seconds).ok())
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .map(|timestamp| timestamp.naive_utc())
        .filter(|timestamp| years.is_some_and(|(first, last)| (first..=last).contains(&timestamp.date())));
    match timestamp {
        None => append(text, format_args!("{number}")),
        Some(timestamp) => {
            // Pairs of digits: the formatter of dates takes several times as long, and a credits table has two dates in each line.
            let year = timestamp.year().unsigned_abs();
            push_pair(year / 100, text);
            push_pair(year % 100, text);
            let date = [(b'-', timestamp.month()), (b'-', timestamp.day())];
            let time = [(b'T', timestamp.hour()), (b':', timestamp.minute()), (b':', timestamp.second())];
            let is_midnight = timestamp.time() == NaiveTime::MIN;
            for (mark, pair) in date.into_iter().chain(time.into_iter().filter(|_| !is_midnight)) {
                text.push(mark);
                push_pair(pair, text);
            }
        }
    }
}

/// Appends a number below 100 as two digits.
fn push_pair(number: u32, text: &mut Vec<u8>) {
    text.extend(PAIRS[number as usize]);
}

fn append(text: &mut Vec<u8>, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("a vector takes all text");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: i128, number_type: NumberType) -> String {
        let mut text = Vec::new();
        write(number, number_type, &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn numbers_are_exact_text() {
        assert_eq!(text(-5, NumberType::Signed), "-5");
        assert_eq!(text(i128::from(u64::MAX), NumberType::Unsigned), "18446744073709551615");
        assert_eq!(text(-5, NumberType::Decimal(18)), "-0.000000000000000005");
        assert_eq!(text(1_500, NumberType::Decimal(2)), "15");
        assert_eq!(text(1_050, NumberType::Decimal(2)), "10.5");
        assert_eq!(text(0, NumberType::Decimal(38)), "0");
        assert_eq!(text(i128::MIN, NumberType::Decimal(0)), i128::MIN.to_string());
        assert_eq!(text(i128::from(0.1_f64.to_bits()), NumberType::Double), "0.1");
        assert_eq!(text(1, NumberType::Boolean), "true");
        let uuid = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef;
        assert_eq!(text(uuid, NumberType::Uuid), "01234567-89ab-cdef-0123-456789abcdef");
        assert_eq!(text(-1, NumberType::Uuid), "ffffffff-ffff-ffff-ffff-ffffffffffff");
    }

    proptest::proptest! {
        #[test]
        fn a_decimal_is_its_digits_with_a_point(number: i128, few: i64, scale in 0_usize..=76) {
            for number in [number, number >> 70, few.into(), few.into(), i128::from(few) * 10_i128.pow(19)] {
                let mut plain = format!("{:0width$}", number.unsigned_abs(), width = scale + 1);
                plain.insert(plain.len() - scale, '.');
                let plain = plain.trim_end_matches('0').trim_end_matches('.');
                let sign = if number < 0 { "-" } else { "" };
                let scale = u32::try_from(scale).expect("it is small");
                proptest::prop_assert_eq!(text(number, NumberType::Decimal(scale)), format!("{sign}{plain}"));
            }
        }
    }

    #[test]
    fn a_date_and_midnight_are_a_day_and_other_moments_have_their_time() {
        assert_eq!(text(17_318, NumberType::Date), "2017-06-01");
        assert_eq!(text(-1, NumberType::Date), "1969-12-31");
        assert_eq!(text(-719_162, NumberType::Date), "0001-01-01");
        assert_eq!(text(2_932_896, NumberType::Date), "9999-12-31");
        let noon = 17_318 * 86_400 + 43_200;
        assert_eq!(text(noon * 1_000 + 999, NumberType::Timestamp(1_000)), "2017-06-01T12:00:00");
        assert_eq!(text(17_318 * 86_400 * 1_000_000_000, NumberType::Timestamp(1_000_000_000)), "2017-06-01");
        assert_eq!(text(-1, NumberType::Timestamp(1_000_000)), "1969-12-31T23:59:59");
        assert_eq!(text(i64::MAX.into(), NumberType::Timestamp(1_000)), i64::MAX.to_string());
        assert_eq!(text(i128::from(i32::MAX), NumberType::Date), i32::MAX.to_string());
    }
}
