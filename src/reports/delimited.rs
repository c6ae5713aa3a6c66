//! Writes a table as CSV or TSV: RFC 4180 quoting, LF, UTF-8, text defused. Comes in: a table. Goes out: bytes.

use std::io::{self, Write};

use rayon::prelude::*;
use rust_decimal::Decimal;

use super::text::defused;
use super::{Table, Value};
use crate::calendar::{self, Day};

/// Rows that one thread writes at a time.
const ROWS: usize = 1024;
/// Bytes of most rows, at most.
const ROW_BYTES: usize = 256;

pub(super) fn write(table: &Table<'_>, delimiter: u8, out: &mut dyn Write) -> io::Result<()> {
    let header = table.columns.iter().map(|name| Value::Text(name.into())).collect();
    out.write_all(&written(&[header], delimiter))?;
    // A report has a line for each partner: all of it is small beside the exports.
    let pieces: Vec<Vec<u8>> = table.rows.par_chunks(ROWS).map(|rows| written(rows, delimiter)).collect();
    pieces.into_iter().try_for_each(|piece| out.write_all(&piece))
}

/// Rows as text. By hand, since a library that is given cell after cell takes most of the time that writing takes; tests hold it to
/// the library.
fn written(rows: &[Vec<Value<'_>>], delimiter: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * ROW_BYTES);
    for row in rows {
        for (column, value) in row.iter().enumerate() {
            if column > 0 {
                out.push(delimiter);
            }
            match value {
                Value::Absent => {}
                Value::Text(text) => quoted(&mut out, &defused(text), delimiter),
                Value::Count(count) => digits(&mut out, *count),
                Value::Usd(usd) => amount(&mut out, *usd),
                Value::Date(day) => date(&mut out, *day),
            }
        }
        out.push(b'\n');
    }
    out
}

/// A text, in quotes where it needs them.
fn quoted(out: &mut Vec<u8>, text: &str, delimiter: u8) {
    let asks = |byte: u8| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r');
    // All bytes, so that several are looked at at once.
    if !text.bytes().fold(false, |any, byte| any | asks(byte)) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// A number is never touched by quotes or defusing, negative ones included.
fn amount(out: &mut Vec<u8>, usd: Decimal) {
    match u64::try_from(usd.mantissa().unsigned_abs()) {
        // As every figure of a report is; the library's own way takes several times as long.
        Ok(cents) if usd.scale() == 2 => {
            if usd.is_sign_negative() {
                out.push(b'-');
            }
            digits(out, cents / 100);
            out.push(b'.');
            two_digits(out, cents % 100);
        }
        _ => shown(out, usd),
    }
}

fn date(out: &mut Vec<u8>, day: Day) {
    match calendar::year_month_day(day) {
        (year @ 1000..=9999, month, day) => {
            digits(out, year.unsigned_abs().into());
            out.push(b'-');
            two_digits(out, month.into());
            out.push(b'-');
            two_digits(out, day.into());
        }
        _ => shown(out, day),
    }
}

fn shown(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    write!(out, "{value}").expect("memory takes what is written to it");
}

fn digits(out: &mut Vec<u8>, number: u64) {
    if number >= 100 {
        digits(out, number / 100);
        two_digits(out, number % 100);
    } else if number >= 10 {
        two_digits(out, number);
    } else {
        out.push(digit(number));
    }
}

/// A number below 100.
fn two_digits(out: &mut Vec<u8>, number: u64) {
    out.extend([digit(number / 10), digit(number % 10)]);
}

/// A number below 10.
fn digit(number: u64) -> u8 {
    let [low, ..] = number.to_le_bytes();
    b'0' + low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reports::{Format, write};

    fn shown(format: Format, values: Vec<Value<'_>>) -> String {
        let columns = (0..values.len()).map(|n| format!("c{n}")).collect();
        let mut out = Vec::new();
        write(&Table { columns, rows: vec![values] }, format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn absent_is_blank_and_every_other_value_has_one_form() {
        let day = Day::from_ymd_opt(2017, 7, 7).unwrap();
        let values =
            vec![Value::Absent, Value::Count(0), Value::Usd(Decimal::new(1_500_000, 2)), Value::Date(day)];
        assert_eq!(shown(Format::Csv, values), "c0,c1,c2,c3\n,0,15000.00,2017-07-07\n");
    }

    #[test]
    fn an_amount_is_written_as_the_library_writes_it() {
        let mantissas = [0, 1, -1, 9, 99, -100, 12_345, i64::MAX, i64::MIN];
        for (mantissa, scale) in mantissas.into_iter().flat_map(|m| [0, 1, 2, 3].map(|scale| (m, scale))) {
            let usd = Decimal::new(mantissa, scale);
            assert_eq!(shown(Format::Csv, vec![Value::Usd(usd)]), format!("c0\n{usd}\n"));
            assert_eq!(shown(Format::Csv, vec![Value::Usd(-usd)]), format!("c0\n{}\n", -usd));
        }
    }

    #[test]
    fn a_text_that_looks_like_a_formula_is_defused_and_a_negative_number_is_not() {
        let values = vec![Value::Text("=HYPERLINK(1)".into()), Value::Usd(Decimal::new(-1, 2))];
        assert_eq!(shown(Format::Csv, values.clone()), "c0,c1\n'=HYPERLINK(1),-0.01\n");
        assert_eq!(shown(Format::Tsv, values), "c0\tc1\n'=HYPERLINK(1)\t-0.01\n");
    }

    #[test]
    fn quotes_delimiters_and_line_breaks_are_quoted_and_read_back() {
        let texts = ["a,b", "a\tb", "say \"hi\"", "two\nlines", "a\r\nb", "plain", ""];
        for (format, delimiter) in [(Format::Csv, b','), (Format::Tsv, b'\t')] {
            let text = shown(format, texts.iter().map(|t| Value::Text((*t).into())).collect());
            let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
            let record = reader.records().next().unwrap().unwrap();
            assert_eq!(record.iter().collect::<Vec<_>>(), texts);
        }
        assert_eq!(shown(Format::Csv, vec![Value::Text("say \"a,b\"".into())]), "c0\n\"say \"\"a,b\"\"\"\n");
    }

    proptest! {
        #[test]
        fn texts_dates_and_counts_are_written_as_the_library_writes_them(
            texts in prop::collection::vec("[a-c,;\t\r\n\"'= -]{0,5}|\\PC{0,4}", 2..6),
            days in prop::collection::vec(-800_000_i32..4_000_000, 0..4),
            counts in prop::collection::vec(prop_oneof![0_u64..2000, any::<u64>()], 0..4),
        ) {
            let days = days.iter().map(|day| Day::from_epoch_days(*day).unwrap());
            let texts = texts.iter().map(|text| (Value::Text(text.into()), defused(text).into_owned()));
            let days = days.map(|day| (Value::Date(day), day.to_string()));
            let counts = counts.iter().map(|count| (Value::Count(*count), count.to_string()));
            let (values, cells): (Vec<Value<'_>>, Vec<String>) = texts.chain(days).chain(counts).unzip();
            for (format, delimiter) in [(Format::Csv, b','), (Format::Tsv, b'\t')] {
                let mut writer = csv::WriterBuilder::new()
                    .delimiter(delimiter)
                    .terminator(csv::Terminator::Any(b'\n'))
                    .from_writer(Vec::new());
                writer.write_record((0..cells.len()).map(|n| format!("c{n}"))).unwrap();
                writer.write_record(&cells).unwrap();
                let expected = String::from_utf8(writer.into_inner().unwrap()).unwrap();
                prop_assert_eq!(shown(format, values.clone()), expected);
            }
        }
    }
}
