//! Writes a table as CSV or TSV: RFC 4180 quoting, LF, UTF-8, text defused. Comes in: a table. Goes out: bytes.

use std::borrow::Cow;
use std::io;

use rayon::prelude::*;

use super::figures::{push_count, push_day, push_usd};
use super::text::defused;
use super::{Table, Value};

/// Rows that one thread writes at a time.
const ROWS: usize = 1024;

pub(super) fn write(table: &Table<'_>, delimiter: u8, out: &mut dyn io::Write) -> io::Result<()> {
    let header = table.columns.iter().map(|name| Value::Text(name.into())).collect();
    out.write_all(&written([header], delimiter)?)?;
    // A report has a line for each partner: all of it is small beside the exports.
    let rows = table.rows.len();
    let piece = |first: usize| {
        let rows = (first..rows.min(first + ROWS)).filter_map(|nth| table.rows.get(nth));
        written(rows, delimiter)
    };
    let pieces: Vec<io::Result<Vec<u8>>> = (0..rows).into_par_iter().step_by(ROWS).map(piece).collect();
    pieces.into_iter().try_for_each(|piece| out.write_all(&piece?))
}

fn written<'t>(rows: impl IntoIterator<Item = Vec<Value<'t>>>, delimiter: u8) -> io::Result<Vec<u8>> {
    filled(delimiter, |writer| {
        let mut number = String::new();
        for row in rows {
            for value in &row {
                number.clear();
                writer.write_field(cell(value, &mut number).as_bytes())?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        Ok(())
    })
}

/// What `fill` writes, in the form of all delimited outputs.
pub(super) fn filled(
    delimiter: u8,
    fill: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> csv::Result<()>,
) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    fill(&mut writer)?;
    writer.into_inner().map_err(|error| error.into_error())
}

/// A cell before quoting; what is no text is written to `number`, which is empty. A number is never touched, negative ones
/// included.
fn cell<'v>(value: &'v Value<'_>, number: &'v mut String) -> Cow<'v, str> {
    match value {
        Value::Absent => return Cow::Borrowed(""),
        Value::Text(text) => return defused(text),
        Value::Count(count) => push_count(number, *count),
        Value::Usd(usd) => push_usd(number, *usd),
        Value::Date(day) => push_day(number, *day),
    }
    Cow::Borrowed(number)
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::base::calendar::Day;
    use crate::outputs::{Format, write};

    fn shown(format: Format, values: Vec<Value<'_>>) -> String {
        let columns = (0..values.len()).map(|n| format!("c{n}")).collect();
        let mut out = Vec::new();
        write(&Table { columns, rows: vec![values].into() }, format, &mut out).unwrap();
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
