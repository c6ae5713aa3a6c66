//! Writes a table as CSV or TSV: RFC 4180 quoting, LF, UTF-8, text defused. Comes in: a table. Goes out: bytes.

use std::borrow::Cow;
use std::fmt::Write;
use std::io;

use super::TableWriter;
use crate::outputs::columns::{CellValue, OutputTable};
use crate::outputs::excel_locale::ExcelLocale;
use crate::outputs::figures::{push_count, push_day, push_usd};
use crate::outputs::text::{defused, may_be_defused};

/// Writes cells with a delimiter between them.
pub(in crate::outputs) struct DelimitedWriter {
    delimiter: u8,
    decimal_mark: char,
    has_byte_order_mark: bool,
}

impl TableWriter for DelimitedWriter {
    fn write(&self, table: &OutputTable<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        if self.has_byte_order_mark {
            out.write_all(BYTE_ORDER_MARK)?;
        }
        self.write_header(table, out)?;
        self.write_rows(table, out)
    }
}

impl DelimitedWriter {
    /// The form for programs: UTF-8 without a mark, a decimal point.
    pub(in crate::outputs) fn plain(delimiter: u8) -> DelimitedWriter {
        DelimitedWriter { delimiter, decimal_mark: '.', has_byte_order_mark: false }
    }

    /// The form that Excel of a country opens.
    pub(in crate::outputs) fn for_excel(locale: ExcelLocale) -> DelimitedWriter {
        let ExcelLocale { delimiter, decimal_mark } = locale;
        DelimitedWriter { delimiter, decimal_mark, has_byte_order_mark: true }
    }

    /// Writes the names of the columns.
    pub(in crate::outputs) fn write_header(
        &self,
        table: &OutputTable<'_>,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let names = table.columns.iter().map(|column| defused(&column.name).into_owned());
        out.write_all(&filled(self.delimiter, |writer| writer.write_record(names.map(String::into_bytes)))?)
    }

    /// Writes every row.
    pub(in crate::outputs) fn write_rows(
        &self,
        table: &OutputTable<'_>,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let chunk = |show_rows: &dyn Fn(&mut crate::outputs::lazy::RowVisitor<'_>)| {
            filled(self.delimiter, |writer| {
                let (mut number, mut written) = (String::new(), Ok(()));
                show_rows(&mut |row| {
                    if written.is_ok() {
                        written = self.write_row(row, &mut number, table.is_read_back, writer);
                    }
                });
                written
            })
        };
        table.rows.in_parallel(chunk, |text| out.write_all(&text?))
    }

    fn write_row(
        &self,
        row: &[CellValue<'_>],
        number: &mut String,
        is_read_back: bool,
        writer: &mut csv::Writer<Vec<u8>>,
    ) -> csv::Result<()> {
        for value in row {
            number.clear();
            match value {
                // One apostrophe is taken away when the table is read: this one.
                CellValue::Text(text) if is_read_back && may_be_defused(text) => {
                    writer.write_field(format!("'{text}").as_bytes())?;
                }
                CellValue::Usd(_) | CellValue::Amount(_) if self.decimal_mark != '.' => {
                    let text = cell(value, number).replace('.', self.decimal_mark.encode_utf8(&mut [0; 4]));
                    writer.write_field(text.as_bytes())?;
                }
                value => writer.write_field(cell(value, number).as_bytes())?,
            }
        }
        writer.write_record(None::<&[u8]>)
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What `fill` writes, in the form of all delimited outputs.
pub(in crate::outputs) fn filled(
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

/// A cell before quoting. A figure is written to `number`, which is empty, and never defused, negative ones included.
fn cell<'v>(value: &'v CellValue<'_>, number: &'v mut String) -> Cow<'v, str> {
    match value {
        CellValue::Absent => return Cow::Borrowed(""),
        CellValue::Text(text) => return defused(text),
        CellValue::Verbatim(text) => return Cow::Borrowed(text),
        CellValue::Count(count) => push_count(number, *count),
        CellValue::Usd(usd) => push_usd(number, *usd),
        CellValue::Date(day) => push_day(number, *day),
        CellValue::Amount(amount) => write!(number, "{amount}").expect("a text takes what is written to it"),
        CellValue::Month(month) => write!(number, "{month}").expect("a text takes what is written to it"),
    }
    Cow::Borrowed(number)
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::base::amount::Amount;
    use crate::base::calendar::{Day, Month};
    use crate::outputs::format::OutputFormat;
    use crate::outputs::writers::tests::{table, written};

    fn shown(format: OutputFormat, values: Vec<CellValue<'static>>) -> String {
        let names: Vec<String> = (0..values.len()).map(|n| format!("c{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        written(&table(&names, vec![values]), format)
    }

    #[test]
    fn absent_is_blank_and_every_other_value_has_one_form() {
        let day = Day::from_ymd_opt(2017, 7, 7).unwrap();
        let values = vec![
            CellValue::Absent,
            CellValue::Count(0),
            CellValue::Usd(Decimal::new(1_500_000, 2)),
            CellValue::Date(day),
            CellValue::Amount(Amount::from_raw(-1)),
            CellValue::Month(Month::of(day)),
            CellValue::Verbatim("=1".into()),
        ];
        let expected =
            "c0,c1,c2,c3,c4,c5,c6\n,0,15000.00,2017-07-07,-0.000000000000000000000001,2017-07,=1\n";
        assert_eq!(shown(OutputFormat::Csv, values), expected);
    }

    #[test]
    fn excel_of_a_country_gets_its_delimiter_and_decimal_mark() {
        let values = vec![
            CellValue::Usd(Decimal::new(-150_050, 2)),
            CellValue::Text("a;b, c.d".into()),
            CellValue::Amount(Amount::from_raw(-1)),
            CellValue::Count(7),
        ];
        let table = table(&["usd", "text", "amount", "count"], vec![values]);
        let in_locale = |locale: &str| {
            let mut out = Vec::new();
            let locale = ExcelLocale::parse(locale).unwrap();
            crate::outputs::write_for(Some(locale), &table, OutputFormat::Csv, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            in_locale("de-DE"),
            "\u{feff}usd;text;amount;count\n-1500,50;\"a;b, c.d\";-0,000000000000000000000001;7\n"
        );
        assert_eq!(
            in_locale("en-US"),
            "\u{feff}usd,text,amount,count\n-1500.50,\"a;b, c.d\",-0.000000000000000000000001,7\n"
        );
    }

    #[test]
    fn a_text_that_looks_like_a_formula_is_defused_and_a_negative_number_is_not() {
        let values = vec![CellValue::Text("=HYPERLINK(1)".into()), CellValue::Usd(Decimal::new(-1, 2))];
        assert_eq!(shown(OutputFormat::Csv, values.clone()), "c0,c1\n'=HYPERLINK(1),-0.01\n");
        assert_eq!(shown(OutputFormat::Tsv, values), "c0\tc1\n'=HYPERLINK(1)\t-0.01\n");
    }

    #[test]
    fn quotes_delimiters_and_line_breaks_are_quoted_and_read_back() {
        let texts = ["a,b", "a\tb", "say \"hi\"", "two\nlines", "a\r\nb", "plain", ""];
        for (format, delimiter) in [(OutputFormat::Csv, b','), (OutputFormat::Tsv, b'\t')] {
            let text = shown(format, texts.map(|text| CellValue::Text(text.into())).into());
            let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
            let record = reader.records().next().unwrap().unwrap();
            assert_eq!(record.iter().collect::<Vec<_>>(), texts);
        }
        assert_eq!(
            shown(OutputFormat::Csv, vec![CellValue::Text("say \"a,b\"".into())]),
            "c0\n\"say \"\"a,b\"\"\"\n"
        );
    }
}
