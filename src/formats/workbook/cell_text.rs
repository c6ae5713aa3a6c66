//! The text of one cell. Comes in: a value of calamine, or a number as it stands in the XML. Goes out: its text, and
//! the kind of cell. It does not know what a column means.
//!
//! A number is the shortest decimal text that reads back the same; no digit of an integer is lost that the sheet has
//! kept. A date is `YYYY-MM-DD`, with `THH:MM:SS` if it has a time of day (fractions of a second are cut), in both
//! date systems; day 60 of the 1900 system is 1900-02-29, as the sheet shows it. A duration is `PT36H05M00S`, as
//! OpenDocument writes it.

mod date_system;

pub(super) use self::date_system::DateSystem;

use std::io::Write;

use calamine::{Data, DataRef, ExcelDateTime, ExcelDateTimeType};
use chrono::NaiveDate;

use crate::formats::floats;
use crate::formats::row::{CellKind, UNCOMPUTED};
use crate::formats::workbook::preflight::xml::{attribute, attributes};

/// The error values; an `.ods`, and a sheet pasted as values, has them as text.
const ERRORS: [&str; 8] = ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", UNCOMPUTED];

/// Digits that a sheet keeps of a whole number that is typed.
const INTEGER_DIGITS: usize = 15;
/// 2^53, up to which a double holds every whole number.
const WHOLE_IN_A_DOUBLE: &[u8] = b"9007199254740992";

/// The serial number of the day after 9999-12-31, the last date of a sheet, in both date systems; and of that last
/// date in the 1904 system.
const PAST_LAST_1900: f64 = 2_958_466.0;
const PAST_LAST_1904: f64 = 2_957_004.0;
const LAST_1904: f64 = 2_957_003.0;

/// Appends the text of a cell. An empty cell appends nothing.
pub(super) fn write(value: &DataRef<'_>, text: &mut Vec<u8>) -> CellKind {
    match value {
        DataRef::Empty => CellKind::Sheet,
        DataRef::String(found) => plain(found, text),
        DataRef::SharedString(found) => plain(found, text),
        DataRef::Bool(true) => plain("TRUE", text),
        DataRef::Bool(false) => plain("FALSE", text),
        DataRef::Int(number) => {
            append(text, format_args!("{number}"));
            CellKind::SheetNumber
        }
        DataRef::Float(number) => write_float(*number, text),
        DataRef::DateTime(date_time) => write_date_time(*date_time, text),
        DataRef::DateTimeIso(found) => plain(without_midnight(found), text),
        DataRef::DurationIso(found) => plain(found, text),
        DataRef::Error(error) => {
            append(text, format_args!("{error}"));
            CellKind::SheetError
        }
    }
}

/// Whether a tag is a cell of an `.ods` with a formula and without the value of the formula.
pub(super) fn is_uncomputed_ods_cell(tag: &[u8]) -> bool {
    tag.starts_with(b"table:table-cell")
        && attribute(tag, "table:formula").is_some()
        && !attributes(tag).any(|(name, _)| name.starts_with(b"office:"))
}

/// The kind of cell of a text.
#[inline]
pub(super) fn text_kind(found: &[u8]) -> CellKind {
    let is_error = found.starts_with(b"#") && ERRORS.iter().any(|error| error.as_bytes() == found);
    if is_error { CellKind::SheetError } else { CellKind::Sheet }
}

/// How a number format presents a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberPresentation {
    Number,
    DateTime { is_1904: bool },
    Duration { is_1904: bool },
}

impl NumberPresentation {
    /// The presentation that gave a number of 1 this value of calamine.
    pub(super) fn of(date_time: ExcelDateTime) -> NumberPresentation {
        let kind =
            if date_time.is_duration() { ExcelDateTimeType::TimeDelta } else { ExcelDateTimeType::DateTime };
        let is_1904 = date_time == ExcelDateTime::new(date_time.as_f64(), kind, true);
        if date_time.is_duration() {
            NumberPresentation::Duration { is_1904 }
        } else {
            NumberPresentation::DateTime { is_1904 }
        }
    }
}

/// Appends a number, which stands in the XML as this decimal text in ASCII, as its number format presents it.
#[inline]
pub(super) fn write_number_text(
    number: &[u8],
    presentation: NumberPresentation,
    text: &mut Vec<u8>,
) -> CellKind {
    if presentation == NumberPresentation::Number && is_shortest(number) {
        text.extend_from_slice(number);
        return CellKind::SheetNumber;
    }
    write(&number_value(number, presentation), text)
}

/// Whether the text of a number is a whole number of more than 15 digits, which a double may not hold.
#[inline]
pub(super) fn is_long_integer(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    digits.len() > INTEGER_DIGITS && digits[0] != b'0' && digits.iter().all(u8::is_ascii_digit)
}

/// Whether the text of a long integer shows that its writer has kept every digit: a double, or a sheet of 15 digits, would give another text.
pub(super) fn is_exact_integer(number: &[u8]) -> bool {
    if !is_long_integer(number) {
        return false;
    }
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    let significant = digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    if significant <= INTEGER_DIGITS {
        return false;
    }
    // A double holds every whole number up to 2^53.
    let is_held = digits.len() < WHOLE_IN_A_DOUBLE.len()
        || (digits.len() == WHOLE_IN_A_DOUBLE.len() && digits <= WHOLE_IN_A_DOUBLE);
    let mut by_double = Vec::new();
    append(&mut by_double, format_args!("{}", value_of(number)));
    is_held || (significant > INTEGER_DIGITS + 1 && by_double != number)
}

/// The value that calamine makes of a number, which stands in the XML as this decimal text in ASCII.
pub(super) fn number_value(number: &[u8], presentation: NumberPresentation) -> DataRef<'static> {
    let value = value_of(number);
    let (kind, is_1904) = match presentation {
        NumberPresentation::Number => return DataRef::Float(value),
        NumberPresentation::DateTime { is_1904 } => (ExcelDateTimeType::DateTime, is_1904),
        NumberPresentation::Duration { is_1904 } => (ExcelDateTimeType::TimeDelta, is_1904),
    };
    DataRef::DateTime(ExcelDateTime::new(value, kind, is_1904))
}

fn value_of(number: &[u8]) -> f64 {
    let number = str::from_utf8(number).ok().and_then(|number| number.parse().ok());
    number.expect("it has the form of a number")
}

/// Whether a decimal text is the shortest text of its number, so that [`write`] would write it unchanged. With at
/// most 15 digits, no two texts without needless zeros mean the same double, so none is shorter.
#[inline]
fn is_shortest(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    if digits.len() > 16 {
        return false;
    }
    match digits {
        b"0" => digits.len() == number.len(),
        // Below 10⁻⁷ the text would have an exponent.
        [b'0', b'.', decimals @ .., last] => {
            (b'1'..=b'9').contains(last)
                && decimals.iter().all(u8::is_ascii_digit)
                && !decimals.starts_with(b"0000000")
        }
        [b'1'..=b'9', rest @ ..] => {
            let mark = rest.iter().position(|byte| !byte.is_ascii_digit());
            match mark {
                None => rest.len() < 15,
                Some(mark) => {
                    rest[mark] == b'.'
                        && rest[mark + 1..].iter().all(u8::is_ascii_digit)
                        && rest.last().is_some_and(|last| (b'1'..=b'9').contains(last))
                }
            }
        }
        _ => false,
    }
}

/// A value of calamine, borrowed.
pub(super) fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(truth) => DataRef::Bool(*truth),
        Data::DateTime(date_time) => DataRef::DateTime(*date_time),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

fn plain(found: &str, text: &mut Vec<u8>) -> CellKind {
    text.extend_from_slice(found.as_bytes());
    text_kind(found.as_bytes())
}

fn write_float(number: f64, text: &mut Vec<u8>) -> CellKind {
    floats::write(number, text);
    CellKind::SheetNumber
}

fn write_date_time(date_time: ExcelDateTime, text: &mut Vec<u8>) -> CellKind {
    let serial = date_time.as_f64();
    // calamine does not expose the date system of a date, but compares it.
    let is_1904 = date_time == ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, true);
    let past_last = if is_1904 { PAST_LAST_1904 } else { PAST_LAST_1900 };
    // The sheet shows such a date as `####`; it stays a number.
    if !(0.0..past_last).contains(&serial) {
        return write_float(serial, text);
    }
    if date_time.is_duration() {
        return write_duration(serial, text);
    }
    let (year, month, day, hour, minute, second, _) = date_time.to_ymd_hms_milli();
    append(text, format_args!("{year:04}-{month:02}-{day:02}"));
    if (hour, minute, second) != (0, 0, 0) {
        append(text, format_args!("T{hour:02}:{minute:02}:{second:02}"));
    }
    CellKind::Sheet
}

fn write_duration(serial: f64, text: &mut Vec<u8>) -> CellKind {
    // The 1904 system counts days from 0 without a gap, so the date of a serial number in it counts the days of a
    // duration.
    let counted = ExcelDateTime::new(serial.min(LAST_1904), ExcelDateTimeType::TimeDelta, true);
    let (year, month, day, hour, minute, second, _) = counted.to_ymd_hms_milli();
    let days = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day))
        .zip(NaiveDate::from_ymd_opt(1904, 1, 1))
        .map_or(0, |(end, start)| end.signed_duration_since(start).num_days());
    append(text, format_args!("PT{}H{minute:02}M{second:02}S", days * 24 + i64::from(hour)));
    CellKind::Sheet
}

/// `2017-06-30T00:00:00` is a date, also with `.000` and `Z`.
fn without_midnight(date_time: &str) -> &str {
    match date_time.split_once('T') {
        Some((date, time)) => {
            let rest = time.strip_prefix("00:00:00").or_else(|| time.strip_prefix("00:00"));
            let is_midnight = rest.is_some_and(|rest| {
                let rest = rest.strip_suffix('Z').unwrap_or(rest);
                rest.is_empty()
                    || rest.strip_prefix('.').is_some_and(|rest| rest.bytes().all(|digit| digit == b'0'))
            });
            if is_midnight { date } else { date_time }
        }
        None => date_time,
    }
}

fn append(text: &mut Vec<u8>, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to memory cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: f64) -> String {
        text(&DataRef::Float(number))
    }

    fn text(value: &DataRef<'_>) -> String {
        let mut text = Vec::new();
        write(value, &mut text);
        String::from_utf8(text).unwrap()
    }

    fn date(serial: f64, is_1904: bool) -> String {
        text(&DataRef::DateTime(ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, is_1904)))
    }

    #[test]
    fn a_number_is_the_shortest_text_that_reads_back() {
        for (found, expected) in [
            (0.1, "0.1"),
            (100_000.0, "100000"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (5.64902e-5, "0.0000564902"),
            (1e-9, "1E-9"),
            (1.5e300, "1.5E300"),
            (123_456_789_012_345.0, "123456789012345"),
            (1_234_567_890_123_456.0, "1234567890123456"),
            (-15_000.005, "-15000.005"),
        ] {
            assert_eq!(number(found), expected);
            assert_eq!(expected.parse::<f64>().unwrap(), found);
        }
    }

    #[test]
    fn a_date_is_iso_in_both_date_systems() {
        assert_eq!(date(42_916.0, false), "2017-06-30");
        assert_eq!(date(42_916.5, false), "2017-06-30T12:00:00");
        assert_eq!(date(41_454.0, true), "2017-06-30");
        assert_eq!(date(1.0, false), "1900-01-01");
        assert_eq!(date(59.0, false), "1900-02-28");
        assert_eq!(date(60.0, false), "1900-02-29");
        assert_eq!(date(61.0, false), "1900-03-01");
        assert_eq!(date(0.0, true), "1904-01-01");
    }

    #[test]
    fn a_time_that_a_float_cannot_hold_exactly_is_the_second_that_was_meant() {
        assert_eq!(date(42_916.999_988_425_93, false), "2017-06-30T23:59:59");
        assert_eq!(date(42_916.791_666_666_7, false), "2017-06-30T19:00:00");
    }

    #[test]
    fn a_date_before_the_first_or_past_the_last_stays_a_number() {
        assert_eq!(date(-1.0, false), "-1");
        assert_eq!(date(2_958_466.0, false), "2958466");
        assert_eq!(date(2_958_465.0, false), "9999-12-31");
        assert_eq!(date(2_957_004.0, true), "2957004");
        assert_eq!(date(2_957_003.0, true), "9999-12-31");
    }

    #[test]
    fn an_iso_date_loses_only_its_midnight() {
        assert_eq!(without_midnight("2017-06-30T00:00:00"), "2017-06-30");
        assert_eq!(without_midnight("2017-06-30T00:00:00.000Z"), "2017-06-30");
        assert_eq!(without_midnight("2017-06-30T00:00:01"), "2017-06-30T00:00:01");
        assert_eq!(without_midnight("2017-06-30"), "2017-06-30");
    }

    #[test]
    fn a_long_integer_is_exact_if_no_double_would_give_its_text() {
        for (number, expected) in [
            ("123456789012345678", true),
            ("-123456789012345678", true),
            ("98765432109876543", true),
            ("1234567890123456", true),
            ("12345678901234567890123", true),
            // 15 digits and a zero; 17 digits of a double; the double nearest to a number of 18 digits; 16 digits of it.
            ("1234567890123450", false),
            ("123456789012345000", false),
            ("12345678901234568", false),
            ("123456789012345680", false),
            ("123456789012345700", false),
            ("123456789012345", false),
            ("1.234567890123456789", false),
            ("1234567890123456E2", false),
        ] {
            assert_eq!(is_exact_integer(number.as_bytes()), expected, "{number}");
        }
    }

    #[test]
    fn a_duration_counts_hours_past_a_day() {
        let duration = DataRef::DateTime(ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false));
        assert_eq!(text(&duration), "PT36H00M00S");
    }
}
