//! A batch of consecutive rows, read column by column, so that a cell whose bytes were classified before need not become a
//! [`Row`]. Comes in: rows of one input. Goes out: the bytes, numbers and dictionary ids of single cells; whole rows on demand.

use super::inline_key::{InlineKey, inline_key, inline_key_in};
use super::row::Row;
use crate::base::simd::PaddedCell;

/// Consecutive rows of one input. Columns are numbered as the dialect orders them.
pub(crate) trait RowBatch {
    /// Whether cells are delimited text, whose bytes may include the quotes around them.
    const MAY_BE_QUOTED: bool;

    /// The number of rows, at most [`BATCH_ROWS`].
    fn len(&self) -> usize;

    /// Bytes that identify a cell's value: within one column of one input, equal bytes are equal values. Empty for a blank cell, and for
    /// a column that the input lacks.
    fn raw(&self, row: usize, column: usize) -> &[u8];

    /// [`RowBatch::raw`], also of a column that is read on demand.
    fn raw_on_demand(&self, row: usize, column: usize) -> &[u8] {
        self.raw(row, column)
    }

    /// Whether all rows have the same bytes in a column, which may be one that is read on demand. False also if it costs too much to tell.
    fn is_constant(&self, column: usize) -> bool {
        let first = self.raw_on_demand(0, column);
        (1..self.len()).all(|row| self.raw_on_demand(row, column) == first)
    }

    /// The bytes of [`RowBatch::raw`] as a padded cell, and how many of its bytes belong to the cell. `None` if the bytes behind the
    /// cell cannot be read.
    #[inline(always)]
    fn padded(&self, _row: usize, _column: usize) -> Option<(&PaddedCell, usize)> {
        None
    }

    /// The bytes of [`RowBatch::raw`] as a key of fixed size. `None` if the cell is too long for that.
    #[inline(always)]
    fn inline_key(&self, row: usize, column: usize) -> Option<InlineKey> {
        match self.padded(row, column) {
            Some((cell, count)) => inline_key_in(cell, count),
            None => inline_key(self.raw(row, column)),
        }
    }

    /// The bytes of a cell that is stored as text, as [`RowBatch::raw`]. `None` if it is stored as a number.
    fn text(&self, row: usize, column: usize) -> Option<&[u8]>;

    /// The number in a cell that is stored as a number: its digits, and how many of them are decimals. [`NO_DECIMAL`] if the number
    /// cannot be given like that. `None` if the cell is stored as text.
    fn decimal(&self, row: usize, column: usize) -> Option<(i128, u8)>;

    /// The dictionary that a cell's value comes from, and its id in that dictionary. Within a run, equal pairs are equal cells. `None` if
    /// the cell is not dictionary encoded.
    #[inline]
    fn dictionary_id(&self, _row: usize, _column: usize) -> Option<(u64, u32)> {
        None
    }

    /// Calls `visit` with one row.
    fn visit(&self, row: usize, visit: &mut dyn FnMut(&Row<'_>));

    /// [`RowBatch::visit`], where columns that few rows want may be blank: they are not decoded for it.
    fn visit_early(&self, row: usize, visit: &mut dyn FnMut(&Row<'_>)) {
        self.visit(row, visit);
    }
}

/// The most rows of a batch.
pub(crate) const BATCH_ROWS: usize = 256;

/// In place of a number that [`RowBatch::decimal`] cannot give, so that its row must be visited. No amount has as many digits.
pub(crate) const NO_DECIMAL: (i128, u8) = (i128::MAX, 0);
