//! One row as it stands in an export, reduced to the columns that are used.

use crate::issues::Code;
use crate::place::RowPlace;

/// A row: one cell for each used column, in the order of the layout.
#[derive(Debug, Clone, Copy)]
pub struct Row<'r> {
    /// Where it begins.
    pub place: RowPlace,
    /// Its cells.
    pub cells: &'r [Cell<'r>],
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'r> {
    /// Its text as it stands, unquoted; not trimmed; valid UTF-8 unless `kind` says otherwise.
    pub bytes: &'r [u8],
    /// Where the text comes from.
    pub kind: CellKind,
}

/// Where a cell's text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Delimited text in UTF-8, not yet checked.
    Utf8,
    /// Delimited text in windows-1252.
    Windows1252,
    /// A workbook's text, a date as ISO text, or TRUE/FALSE.
    Sheet,
    /// A workbook's number as the shortest decimal text that reads back.
    SheetNumber,
    /// A workbook's error value, such as `#N/A`.
    SheetError,
}

impl Cell<'_> {
    /// A column that the file does not have, or a cell that a workbook's row lacks.
    pub const BLANK: Cell<'static> = Cell { bytes: b"", kind: CellKind::Sheet };
}

/// A record that has no row: refused for its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadRecord<'r> {
    /// Where it begins.
    pub place: RowPlace,
    /// Why.
    pub code: Code,
    /// Its first bytes.
    pub bytes: &'r [u8],
}
