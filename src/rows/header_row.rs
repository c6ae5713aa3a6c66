//! Headers in the middle of a file: parts that were joined without removing theirs. Comes in: a row. Goes out: whether it repeats the header of
//! its file, or is a header with other columns.

use super::{cell, text};
use crate::base::place::RowPlace;
use crate::config::dialect::{ColumnKey, Layout};
use crate::formats::row::Row;

/// Headers that come again in one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RepeatedHeaders {
    pub(crate) rows: u64,
    /// The first of them.
    pub(crate) first: Option<RowPlace>,
    /// The first header with other columns, behind which cells cannot be read.
    pub(crate) changed: Option<RowPlace>,
}

impl RepeatedHeaders {
    /// Notes a row that repeats the header.
    pub(crate) fn note(&mut self, row: &Row<'_>) {
        self.rows += 1;
        let place = row.at.place();
        self.first = Some(self.first.map_or(place, |first| first.min(place)));
    }

    /// Notes a row that is a header with other columns.
    pub(crate) fn note_changed(&mut self, row: &Row<'_>) {
        let place = row.at.place();
        self.changed = Some(self.changed.map_or(place, |first| first.min(place)));
    }

    pub(crate) fn merge(&mut self, other: RepeatedHeaders) {
        let first = |a: Option<RowPlace>, b: Option<RowPlace>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.rows += other.rows;
        self.first = first(self.first, other.first);
        self.changed = first(self.changed, other.changed);
    }
}

/// Most columns that are compared: a row that is no header differs in the first one.
const MOST: usize = 64;

/// Whether every cell of a row is the name of its column. Columns in the names of folders are not asked.
pub(crate) fn repeats(row: &Row<'_>, layout: &Layout<'_>) -> bool {
    let mut columns = (0..layout.columns.len().min(MOST))
        .map(ColumnKey)
        .filter(|column| layout.columns[column.0].is_some());
    let mut is_any = false;
    columns.all(|column| {
        is_any = true;
        layout.name(column).is_some_and(|name| is_name(row, column, name))
    }) && is_any
}

/// Whether at least three cells of a row, and half of them, are names of the header, though not each of its own column.
pub(crate) fn is_other_header(row: &Row<'_>, layout: &Layout<'_>) -> bool {
    let columns: Vec<ColumnKey> = (0..layout.columns.len())
        .map(ColumnKey)
        .filter(|column| layout.columns[column.0].is_some())
        .collect();
    let is_of_header = |column: &&ColumnKey| holds_name(row, **column, layout);
    let names = columns.iter().filter(is_of_header).count();
    names >= 3 && 2 * names >= columns.len()
}

/// Whether a cell is a name of the header.
pub(crate) fn holds_name(row: &Row<'_>, column: ColumnKey, layout: &Layout<'_>) -> bool {
    layout.header.iter().any(|name| is_name(row, column, name))
}

fn is_name(row: &Row<'_>, column: ColumnKey, name: &str) -> bool {
    let cell = cell(row, column);
    // Most rows end here, without a copy.
    if cell.bytes.len() > name.len() + 8 || name.is_empty() {
        return false;
    }
    let bytes = text::utf8(&cell);
    let bytes = text::trim_mark(&bytes).trim_ascii();
    let bytes = bytes.strip_prefix(b"\"").and_then(|bytes| bytes.strip_suffix(b"\"")).unwrap_or(bytes);
    bytes.eq_ignore_ascii_case(name.as_bytes())
}
