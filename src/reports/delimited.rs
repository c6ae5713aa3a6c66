//! Writes a table as CSV or TSV: RFC 4180 quoting, LF, UTF-8, text defused. Comes in: a table. Goes out: bytes.

use std::borrow::Cow;
use std::fmt::Write;
use std::io;

use rayon::prelude::*;

use super::text::defused;
use super::{Table, Value};

/// Rows that one thread writes at a time.
const ROWS: usize = 1024;

pub(super) fn write(table: &Table<'_>, delimiter: u8, out: &mut dyn io::Write) -> io::Result<()> {
    let header = table.columns.iter().map(|name| Value::Text(name.into())).collect();
    out.write_all(&written(&[header], delimiter)?)?;
    // A report has a line for each partner: all of it is small beside the exports.
    let pieces: Vec<io::Result<Vec<u8>>> =
        table.rows.par_chunks(ROWS).map(|rows| written(rows, delimiter)).collect();
    pieces.into_iter().try_for_each(|piece| out.write_all(&piece?))
}

fn written(rows: &[Vec<Value<'_>>], delimiter: u8) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    let mut number = String::new();
    for row in rows {
        for value in row {
            number.clear();
            writer.write_field(cell(value, &mut number).as_bytes())?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

/// A cell before quoting; what is no text is written to `number`, which is empty. A number is never touched, negative ones
/// included.
fn cell<'v>(value: &'v Value<'_>, number: &'v mut String) -> Cow<'v, str> {
    match value {
        Value::Absent => return Cow::Borrowed(""),
        Value::Text(text) => return defused(text),
        Value::Count(count) => write!(number, "{count}"),
        Value::Usd(usd) => match u64::try_from(usd.mantissa().unsigned_abs()) {
            // As every figure of a report is; the library's own way takes several times as long.
            Ok(cents) if usd.scale() == 2 => {
                let sign = if usd.is_sign_negative() { "-" } else { "" };
                write!(number, "{sign}{}.{:02}", cents / 100, cents % 100)
            }
            _ => write!(number, "{usd}"),
        },
        Value::Date(day) => write!(number, "{day}"),
    }
    .expect("a text takes what is written to it");
    Cow::Borrowed(number)
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::calendar::Day;
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
}
