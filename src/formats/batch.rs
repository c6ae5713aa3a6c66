//! Rows that stand together, before anybody looks at them one by one: whoever knows a cell's bytes from before need not.

use super::row::Row;
use super::words::{Short, short, short_in};
use crate::base::simd::Window;

/// Rows of one input, one after the other. Columns are those of the dialect, in its order.
pub(crate) trait RowBatch {
    /// Whether it is delimited text, which may stand in quotes that are no part of it.
    const MAY_BE_QUOTED: bool;

    /// How many rows.
    fn len(&self) -> usize;

    /// Bytes that stand for a cell: in one column of one input the same bytes mean the same. A blank cell, and that of a column
    /// that the input lacks, has none.
    fn raw(&self, row: usize, column: usize) -> &[u8];

    /// The bytes of a cell, as [`RowBatch::raw`], with some that stand behind it; and how many are its own. `None`: to be had without
    /// them.
    #[inline(always)]
    fn window(&self, _row: usize, _column: usize) -> Option<(&Window, usize)> {
        None
    }

    /// The bytes of a cell, as [`RowBatch::raw`], in few words; `None`: it has too many.
    #[inline(always)]
    fn short(&self, row: usize, column: usize) -> Option<Short> {
        match self.window(row, column) {
            Some((window, count)) => short_in(window, count),
            None => short(self.raw(row, column)),
        }
    }

    /// The bytes of a cell that is kept as text, as [`RowBatch::raw`]; `None`: it is kept as a number.
    fn text(&self, row: usize, column: usize) -> Option<&[u8]>;

    /// The number in a cell, if it is kept as one: its digits, and how many of them are decimals. One that cannot be told so is
    /// [`NO_DECIMAL`].
    fn decimal(&self, row: usize, column: usize) -> Option<(i128, u8)>;

    /// Which of the values that the rows of a column choose from a cell has: the list of them, and a number in it. The same number
    /// in the same list is the same cell, and no other list of the run is called so. `None`: not known.
    #[inline]
    fn choice(&self, _row: usize, _column: usize) -> Option<(u64, u32)> {
        None
    }

    /// Shows a row to `visit`.
    fn visit(&self, row: usize, visit: &mut dyn FnMut(&Row<'_>));
}

/// The most rows of a batch.
pub(crate) const BATCH_ROWS: usize = 256;

/// A number whose row must be looked at: no amount has as many digits.
pub(crate) const NO_DECIMAL: (i128, u8) = (i128::MAX, 0);
