//! One row as it stands in an export, reduced to the columns that are used. It is what every format gives to a
//! [`super::scheduler::RowSink`]; no cell is trimmed, checked or given a meaning.

use super::csv::Locator;
use crate::base::place::RowPlace;
use crate::diagnostics::reject::RejectCode;

/// A row: one cell for each column of the dialect, in the dialect's order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'r> {
    /// Where the row begins.
    pub(crate) at: Origin<'r>,
    /// The cells. A column that the file lacks has [`Cell::BLANK`].
    pub(crate) cells: &'r [Cell<'r>],
}

/// A record of delimited text that gives no row: rejected for its shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BadRecord<'r> {
    /// Where the record begins.
    pub(crate) at: Origin<'r>,
    /// Why the record is rejected.
    pub(crate) code: RejectCode,
    /// What the code does not say, for the message.
    pub(crate) shape: BadShape,
}

/// The shape of a rejected record, as far as the code does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadShape {
    /// The code says all.
    CodeOnly,
    /// The record has `found` fields, the header `expected`.
    FieldCount { found: usize, expected: usize },
    /// A line of JSON is no object.
    NoObject,
    /// An object of JSON has a key twice, or two spellings of one.
    KeyTwice,
    /// An object of JSON has an object or an array where a used column has a value.
    NestedValue,
}

/// The error value that stands for a formula whose value is not in the workbook.
pub(crate) const UNCOMPUTED: &str = "#DATA!";

/// What an error value begins with that stands for a cell that is merged with others, so that the file holds no value for it; the range follows.
pub(crate) const MERGED: &str = "merged cells ";

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell<'r> {
    /// The text as it stands, unquoted; not trimmed, not checked.
    pub(crate) bytes: &'r [u8],
    /// What the text was in its file.
    pub(crate) kind: CellKind,
}

/// What the text of a cell was in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellKind {
    /// Delimited text or a string of JSON, in UTF-8, not yet checked.
    Utf8,
    /// Delimited text in windows-1252.
    Windows1252,
    /// A Parquet string in UTF-8, not yet checked; or the text of a whole number, a date or a boolean.
    Parquet,
    /// A workbook's text, a date as ISO text, or TRUE/FALSE; a decimal of Parquet.
    Sheet,
    /// A binary float of a workbook or of Parquet, as the shortest decimal text that reads back; a number of JSON, as it stands.
    SheetNumber,
    /// A workbook's error value, such as `#N/A`.
    SheetError,
}

impl Cell<'_> {
    /// The cell of a column that the file lacks, or that a workbook's row does not store.
    pub(crate) const BLANK: Cell<'static> = Cell { bytes: b"", kind: CellKind::Sheet };

    /// Whether the cell is blank. An error value is not.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.kind != CellKind::SheetError
    }
}

/// Where a record begins. In delimited text, its line is counted only if a place is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Origin<'r> {
    /// At this byte of the locator's text.
    Text(&'r Locator<'r>, usize),
    /// In this row of a sheet, from 1.
    Sheet(u32),
    /// At this place.
    Place(RowPlace),
    /// In this row of a Parquet file, whose column names count as row 1.
    #[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "this build has no Parquet"))]
    Row(u64),
}

impl Origin<'_> {
    /// The place, for a reject.
    pub(crate) fn place(self) -> RowPlace {
        match self {
            Origin::Text(locator, at) => locator.place(at),
            Origin::Sheet(row) => RowPlace { row: row.into(), byte_offset: None },
            Origin::Place(place) => place,
            Origin::Row(row) => RowPlace { row, byte_offset: None },
        }
    }
}
