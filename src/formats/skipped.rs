//! Files and sheets that are not read, by their class. Comes in: what recognition found out. Goes out: [`SkippedFile`]. It opens no file.

use crate::base::place::InputName;

/// A file or sheet that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SkippedFile {
    /// The name of the file and sheet.
    pub(crate) name: InputName,
    pub(crate) class: SkipClass,
    /// Why it is not read, for people.
    pub(crate) reason: String,
}

/// Why a file or folder is skipped without being opened, as its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unopened {
    pub(crate) class: SkipClass,
    /// For people.
    pub(crate) reason: &'static str,
}

/// What a file or sheet that is not read is. Order: files that look like data come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum SkipClass {
    /// Data of no recognised layout or format; or every sheet of a workbook none of whose sheets is read.
    Unrecognised,
    /// Data that cannot be used as it stands: a download or a job that has not ended, an archive of another kind, a page of an answer. The reason says
    /// what to do.
    Unusable,
    /// Data in a format that is not read, such as another program's spreadsheet.
    UnreadFormat,
    /// A sheet that looks like data, in a workbook with another sheet that is read.
    UnreadSheet,
    /// A credits table beside exports.
    CreditsTable,
    /// A documented export that holds nothing that attain reads.
    Foreign,
    /// Blank.
    Empty,
    /// Prose, code, a picture, a document, a device.
    NoData,
    /// An output of attain.
    Output,
    /// A file that describes others: a manifest, a control, a list of Parquet files.
    Companion,
    /// An export that another one tells of again, or that is still being written.
    Superseded,
    /// A row of totals, which the table around it marks as one.
    TotalsRow,
    /// A file or folder whose name begins with a dot; it is not opened.
    Hidden,
}

impl SkipClass {
    /// The class as the run summary has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            SkipClass::Unrecognised | SkipClass::Unusable | SkipClass::UnreadFormat => "unrecognised",
            SkipClass::UnreadSheet => "unread-sheet",
            SkipClass::CreditsTable => "credits-table",
            SkipClass::Foreign => "foreign",
            SkipClass::Empty => "empty",
            SkipClass::NoData => "no-data",
            SkipClass::Output => "output",
            SkipClass::Companion => "companion",
            SkipClass::Superseded => "superseded",
            SkipClass::TotalsRow => "totals-row",
            SkipClass::Hidden => "hidden",
        }
    }

    /// Whether the file or sheet holds data, as far as its first bytes tell.
    pub(crate) fn is_data(self) -> bool {
        match self {
            SkipClass::Unrecognised
            | SkipClass::Unusable
            | SkipClass::UnreadFormat
            | SkipClass::UnreadSheet
            | SkipClass::CreditsTable
            | SkipClass::Foreign => true,
            SkipClass::Empty
            | SkipClass::NoData
            | SkipClass::Output
            | SkipClass::Companion
            | SkipClass::Superseded
            | SkipClass::TotalsRow
            | SkipClass::Hidden => false,
        }
    }
}
