//! The formats in which tables are written, and which of them a report and a credits table may have. Comes in: a word or a file's
//! extension. Goes out: a [`OutputFormat`]. It writes nothing: `writers` has a file for each format.

use std::path::Path;

/// A format in which a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum OutputFormat {
    /// Comma-separated, quoted by RFC 4180, LF, UTF-8 without BOM.
    #[default]
    Csv,
    /// CSV, separated by tabs.
    Tsv,
    /// An array of objects, one a line; money as strings, counts as numbers, dates as ISO strings, absent as null.
    Json,
    /// Aligned text for readers at a terminal, as wide as the terminal; where there is none, of 80 characters.
    Table,
    /// Apache Parquet; not in every build.
    Parquet,
    /// A workbook: the report with all that explains it.
    Xlsx,
    /// One page for a browser: the report with all that explains it.
    Html,
}

impl OutputFormat {
    /// The formats of a report.
    pub const OF_REPORT: &[OutputFormat] = &[
        OutputFormat::Csv,
        OutputFormat::Tsv,
        OutputFormat::Json,
        OutputFormat::Xlsx,
        OutputFormat::Html,
        OutputFormat::Table,
    ];

    /// The formats of a table of text, such as a history.
    pub const OF_TABLE: &[OutputFormat] =
        &[OutputFormat::Csv, OutputFormat::Tsv, OutputFormat::Json, OutputFormat::Table];

    /// The formats of a credits table and of a ledger.
    pub const OF_CREDITS: &[OutputFormat] = &[OutputFormat::Csv, OutputFormat::Tsv, OutputFormat::Parquet];

    /// The formats of the difference of two runs; [`OutputFormat::Table`] is text for people.
    pub const OF_DIFFERENCE: &[OutputFormat] = &[OutputFormat::Table, OutputFormat::Csv, OutputFormat::Json];

    /// Word of the format on the command line; also its file extension, except for [`OutputFormat::Table`].
    pub fn as_str(self) -> &'static str {
        match self {
            OutputFormat::Csv => "csv",
            OutputFormat::Tsv => "tsv",
            OutputFormat::Json => "json",
            OutputFormat::Table => "table",
            OutputFormat::Parquet => "parquet",
            OutputFormat::Xlsx => "xlsx",
            OutputFormat::Html => "html",
        }
    }

    /// Whether the format shows the whole run, not the report's table alone.
    pub fn is_presentation(self) -> bool {
        matches!(self, OutputFormat::Xlsx | OutputFormat::Html)
    }

    /// Whether files of this format are named by its word.
    pub fn has_extension(self) -> bool {
        self != OutputFormat::Table
    }

    /// The format among `formats` that a file's extension names, in any case. **Absent**: no extension, or one that names no such format.
    pub fn of_extension(path: &Path, formats: &[OutputFormat]) -> Option<OutputFormat> {
        let extension = path.extension()?.to_str()?;
        let is_it = |format: &&OutputFormat| {
            format.has_extension() && format.as_str().eq_ignore_ascii_case(extension)
        };
        formats.iter().find(is_it).copied()
    }

    /// Words of formats, as a message lists them: `csv, tsv or json`.
    pub fn list(formats: impl Iterator<Item = OutputFormat>) -> String {
        let words: Vec<&str> = formats.map(OutputFormat::as_str).collect();
        match words.as_slice() {
            [] => String::new(),
            [only] => (*only).to_owned(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_of_a_file_names_its_format_in_any_case() {
        let format = |path: &str, formats| OutputFormat::of_extension(Path::new(path), formats);
        assert_eq!(format("a/report.CSV", OutputFormat::OF_REPORT), Some(OutputFormat::Csv));
        assert_eq!(format("report.x.tsv", OutputFormat::OF_REPORT), Some(OutputFormat::Tsv));
        assert_eq!(format("report.json", OutputFormat::OF_REPORT), Some(OutputFormat::Json));
        assert_eq!(format("credits.Parquet", OutputFormat::OF_CREDITS), Some(OutputFormat::Parquet));
        for path in ["report", "report.xls", ".csv", "report.csv.gz", "report.table", "report.parquet"] {
            assert_eq!(format(path, OutputFormat::OF_REPORT), None, "{path}");
        }
        assert_eq!(format("credits.json", OutputFormat::OF_CREDITS), None);
    }

    #[test]
    fn a_message_lists_the_formats() {
        assert_eq!(
            OutputFormat::list(OutputFormat::OF_REPORT.iter().copied()),
            "csv, tsv, json, xlsx, html or table"
        );
        assert_eq!(OutputFormat::list([OutputFormat::Csv].into_iter()), "csv");
    }
}
