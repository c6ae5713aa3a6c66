//! Writers: one file a format. Comes in: a table. Goes out: bytes. A writer rounds nothing and chooses no column.

mod aligned;
pub(super) mod csv;
pub(super) mod json;
#[cfg(feature = "parquet")]
mod parquet;
pub(super) mod terminal;

use std::io;

use super::columns::{CellValue, OutputTable};
use super::excel_locale::ExcelLocale;
use super::format::OutputFormat;
use super::paint::Palette;
use super::text::one_line;

/// Turns a table into bytes of one format.
pub trait TableWriter {
    /// Writes `table` to `out`; it neither buffers nor flushes.
    fn write(&self, table: &OutputTable<'_>, out: &mut dyn io::Write) -> io::Result<()>;
}

/// Writes a table to `out` in a format; it neither buffers nor flushes.
pub fn write(table: &OutputTable<'_>, format: OutputFormat, out: &mut dyn io::Write) -> io::Result<()> {
    let writer: &dyn TableWriter = match format {
        OutputFormat::Csv => &csv::DelimitedWriter::plain(b','),
        OutputFormat::Tsv => &csv::DelimitedWriter::plain(b'\t'),
        OutputFormat::Json => &json::JsonWriter,
        OutputFormat::Table => {
            &terminal::TerminalWriter { width: terminal::width(), palette: &Palette::default() }
        }
        #[cfg(feature = "parquet")]
        OutputFormat::Parquet => &parquet::ParquetWriter,
        #[cfg(not(feature = "parquet"))]
        OutputFormat::Parquet => return Err(io::Error::other("this build has no Parquet")),
        OutputFormat::Xlsx | OutputFormat::Html => {
            return Err(io::Error::other("a table alone is no workbook and no page"));
        }
    };
    writer.write(table, out)
}

/// Writes a table as [`write()`] does; aligned text in colours.
pub fn write_in_colors(
    table: &OutputTable<'_>,
    palette: &Palette,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    terminal::TerminalWriter { width: terminal::width(), palette }.write(table, out)
}

/// Writes a table as [`write()`] does; CSV as Excel of a country opens it.
pub fn write_for(
    excel: Option<ExcelLocale>,
    table: &OutputTable<'_>,
    format: OutputFormat,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match (excel, format) {
        (Some(locale), OutputFormat::Csv) => csv::DelimitedWriter::for_excel(locale).write(table, out),
        _ => write(table, format, out),
    }
}

/// A value for readers: text on one line, figures with all their digits.
fn line_of(value: &CellValue<'_>) -> String {
    match value {
        CellValue::Absent => String::new(),
        CellValue::Text(text) | CellValue::Verbatim(text) => one_line(text).into_owned(),
        CellValue::Count(count) => count.to_string(),
        CellValue::Usd(usd) => usd.to_string(),
        CellValue::Amount(amount) => amount.to_string(),
        CellValue::Date(day) => day.to_string(),
        CellValue::Month(month) => month.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::super::columns::{TableColumn, ValueKind};
    use super::super::lazy::LazyChunks;
    use super::*;

    /// A table of these rows, with columns named by `names`, in chunks of two rows.
    pub(super) fn table(names: &[&str], rows: Vec<Vec<CellValue<'static>>>) -> OutputTable<'static> {
        let columns = names.iter().enumerate().map(|(nth, name)| {
            TableColumn::new(*name, ValueKind::Text, "a column", move |row: &Vec<CellValue<'static>>| {
                row[nth].clone()
            })
        });
        let chunks: Vec<Vec<Vec<CellValue<'static>>>> = rows.chunks(2).map(<[_]>::to_vec).collect();
        OutputTable::new("rows".to_owned(), "rows", columns.collect(), LazyChunks::from(chunks))
    }

    /// Rows of `table` in `format`.
    pub(super) fn written(table: &OutputTable<'_>, format: OutputFormat) -> String {
        let mut out = Vec::new();
        write(table, format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn many_chunks_are_written_in_order() {
        let texts: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
        let rows = texts.iter().map(|text| vec![CellValue::Text(Cow::Owned(text.clone()))]).collect();
        let csv = written(&table(&["n"], rows), OutputFormat::Csv);
        assert_eq!(csv, format!("n\n{}\n", texts.join("\n")));
    }
}
