//! One row as it stands in an export, reduced to the columns that are used.

use std::cell::Cell as Memo;

use super::blocks::{Measure, lines};
use crate::base::place::RowPlace;
use crate::diagnostics::reject::RejectCode;

/// A row: one cell for each column of its dialect, in the dialect's order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'r> {
    /// Where it begins.
    pub(crate) at: Origin<'r>,
    /// Its cells.
    pub(crate) cells: &'r [Cell<'r>],
}

/// A record that has no row: refused for its shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BadRecord<'r> {
    /// Where it begins.
    pub(crate) at: Origin<'r>,
    /// Why.
    pub(crate) code: RejectCode,
    /// What was found, for people.
    pub(crate) found: Found,
}

/// What was found of a record that is refused for its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing that the code does not say.
    Plain,
    /// So many fields, where the header has another number.
    Fields { found: usize, expected: usize },
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell<'r> {
    /// Its text as it stands, unquoted; not trimmed, not checked.
    pub(crate) bytes: &'r [u8],
    /// Where the text comes from.
    pub(crate) kind: CellKind,
}

/// Where a cell's text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellKind {
    /// Delimited text in UTF-8, not yet checked.
    Utf8,
    /// Delimited text in windows-1252.
    Windows1252,
    /// A text of Parquet, in UTF-8, not yet checked; or a whole number, a date or a truth.
    #[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "this build has no Parquet"))]
    Parquet,
    /// A workbook's text, a date as ISO text, or TRUE/FALSE; a decimal of Parquet.
    Sheet,
    /// A binary float of a workbook or of Parquet, as the shortest decimal text that reads back.
    SheetNumber,
    /// A workbook's error value, such as `#N/A`.
    SheetError,
}

impl CellKind {
    /// Whether it is a cell of delimited text, in which a decimal comma may stand.
    pub(crate) fn is_delimited(self) -> bool {
        matches!(self, CellKind::Utf8 | CellKind::Windows1252)
    }
}

impl Cell<'_> {
    /// A column that the file does not have, or a cell that a workbook's row lacks.
    pub(crate) const BLANK: Cell<'static> = Cell { bytes: b"", kind: CellKind::Sheet };

    /// Whether nothing stands in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.kind != CellKind::SheetError
    }
}

/// Where a record begins; in delimited text its line is counted only when somebody asks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Origin<'r> {
    /// At this byte of the locator's text.
    Text(&'r Locator<'r>, usize),
    /// In this row of a sheet.
    Sheet(u32),
    /// In this row of a Parquet file, whose header counts as row 1.
    #[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "this build has no Parquet"))]
    Row(u64),
}

impl Origin<'_> {
    /// The place, for a reject.
    pub(crate) fn place(self) -> RowPlace {
        match self {
            Origin::Text(locator, at) => locator.place(at),
            Origin::Sheet(row) => RowPlace { row: row.into(), byte_offset: None },
            Origin::Row(row) => RowPlace { row, byte_offset: None },
        }
    }
}

/// Turns bytes of a text into lines and offsets of its source.
#[derive(Debug)]
pub(crate) struct Locator<'t> {
    text: &'t [u8],
    measure: Measure,
    /// The last place asked for, its line and its source offset, so that many rejects of one text are not counted from its
    /// start.
    known: Memo<(usize, u64, u64)>,
}

impl<'t> Locator<'t> {
    /// Of a text whose byte `start` is at source offset `offset`, on line `line`.
    pub(crate) fn new(text: &'t [u8], start: usize, offset: u64, line: u64, measure: Measure) -> Locator<'t> {
        Locator { text, measure, known: Memo::new((start, line, offset)) }
    }

    fn place(&self, at: usize) -> RowPlace {
        let (known_at, known_line, known_offset) = self.known.get();
        // Records of a text are asked for in order.
        let between = &self.text[known_at..at];
        let (row, offset) = (known_line + lines(between), known_offset + self.measure.bytes(between));
        self.known.set((at, row, offset));
        RowPlace { row, byte_offset: Some(offset) }
    }
}
