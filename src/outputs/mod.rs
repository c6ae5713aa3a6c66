//! Reports: verdicts in, tables out, then files. A report is a value before it is a file. It judges nobody.
//!
//! [`report_table`] makes the table, [`write()`] and [`write_for_terminal`] turn it into text; [`rejects_line`] and
//! [`RejectsSpill`] make the rejects file, [`write_credits`] the credits table, [`Summary`] the run summary, [`OutputSet`] lets all of them appear whole or not
//! at all.

mod aligned;
mod credits;
mod delimited;
mod figures;
mod hashed;
mod json;
mod made;
mod names;
mod outputs;
mod people;
mod rejects;
mod spill;
mod summary;
mod table;
mod targets;
mod terminal;
mod text;
mod totals;

use std::borrow::Cow;
use std::io;
use std::path::Path;

use rust_decimal::Decimal;

use crate::base::calendar::Day;

pub use credits::{CreditLine, CreditLines, CreditsForm, NotCredits, write_credits};
pub use hashed::sha256_hex;
pub use made::{Made, Rows};
pub use names::{NamesBeside, names_beside};
pub use outputs::{OutputKind, OutputSet};
pub use people::summary_for_people;
pub use rejects::{rejects_header, rejects_line};
pub use spill::{RejectsSpill, SegmentKey};
pub use summary::{
    FirstPlace, InputRead, OutputWritten, Program, RejectsOfCode, RuleSetUsed, Skipped, Summary, TierCount,
    Tiers, Timings, WarningsOfCode, WindowUsed,
};
pub use table::{About, report_table};
pub use targets::{check_folder, is_stream, same_file};
pub use terminal::write_for_terminal;
pub use totals::{
    ConsumptionRows, ControlTotals, CurrencyAmounts, ExcludedRows, JudgingUsd, Passes, RoleRows, WithoutRate,
};

/// A table, ready to be written in any format.
#[derive(Debug)]
pub struct Table<'t> {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows of as many values.
    pub rows: Rows<'t>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'t> {
    /// What cannot be known, or there is none: blank; in JSON, null.
    Absent,
    /// Text; defused where a spreadsheet would run it as a formula.
    Text(Cow<'t, str>),
    /// A count.
    Count(u64),
    /// **Unit**: USD, two decimals. In JSON a string.
    Usd(Decimal),
    /// ISO.
    Date(Day),
}

/// A form in which a table is written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Format {
    /// Comma-separated, quoted by RFC 4180, LF, UTF-8 without BOM.
    #[default]
    Csv,
    /// The same, separated by tabs.
    Tsv,
    /// An array of objects, one a line; money as strings, counts as numbers, dates as ISO strings, absent as null.
    Json,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 3] = [Format::Csv, Format::Tsv, Format::Json];

    /// Its word on the command line; also its file extension.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Tsv => "tsv",
            Format::Json => "json",
        }
    }

    /// The format of a word or extension, in any case.
    pub fn parse(word: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.as_str().eq_ignore_ascii_case(word))
    }

    /// The format that a file's extension names. **Absent**: no extension, or that of no format.
    pub fn of_extension(path: &Path) -> Option<Format> {
        Format::parse(path.extension()?.to_str()?)
    }
}

/// Writes a table to `out`; it neither buffers nor flushes.
pub fn write(table: &Table<'_>, format: Format, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Csv => delimited::write(table, b',', out),
        Format::Tsv => delimited::write(table, b'\t', out),
        Format::Json => json::write(table, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_of_a_file_names_its_format_in_any_case() {
        assert_eq!(Format::of_extension(Path::new("a/report.CSV")), Some(Format::Csv));
        assert_eq!(Format::of_extension(Path::new("report.x.tsv")), Some(Format::Tsv));
        assert_eq!(Format::of_extension(Path::new("report.json")), Some(Format::Json));
        for path in ["report", "report.xlsx", ".csv", "report.csv.gz"] {
            assert_eq!(Format::of_extension(Path::new(path)), None, "{path}");
        }
    }
}
