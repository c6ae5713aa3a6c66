//! A series of tables with the same columns, written as one. Comes in: table after table. Goes out: bytes, as of one table that has the rows of
//! all. No table is stored.

use std::io;

use super::columns::OutputTable;
use super::format::OutputFormat;
use super::writers::csv::DelimitedWriter;
use super::writers::json::JsonWriter;

/// Tables that are written one after another.
#[derive(Debug)]
pub struct TableSeries {
    format: OutputFormat,
    /// Whether the first table was written.
    is_begun: bool,
    /// Whether a row was written.
    has_rows: bool,
}

impl TableSeries {
    /// A series that has no table yet.
    pub fn new(format: OutputFormat) -> TableSeries {
        TableSeries { format, is_begun: false, has_rows: false }
    }

    /// Writes a table; it neither buffers nor flushes. Aligned text has a heading for each table.
    pub fn write(&mut self, table: &OutputTable<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        let delimited = |delimiter: u8, out: &mut dyn io::Write| {
            let writer = DelimitedWriter::plain(delimiter);
            if is_first {
                writer.write_header(table, out)?;
            }
            writer.write_rows(table, out)
        };
        match self.format {
            OutputFormat::Csv => delimited(b',', out),
            OutputFormat::Tsv => delimited(b'\t', out),
            OutputFormat::Json => {
                if is_first {
                    out.write_all(b"[")?;
                }
                JsonWriter.write_rows(table, &mut self.has_rows, out)
            }
            OutputFormat::Table => super::write(table, OutputFormat::Table, out),
            OutputFormat::Parquet | OutputFormat::Xlsx | OutputFormat::Html => {
                Err(io::Error::other("a series of tables is text"))
            }
        }
    }

    /// Ends the series. A series without tables is written as `empty`, a table without rows.
    pub fn finish(mut self, empty: &OutputTable<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        if !self.is_begun {
            self.write(empty, out)?;
        }
        match self.format {
            OutputFormat::Json => out.write_all(b"\n]\n"),
            _ => Ok(()),
        }
    }
}
