//! Rows that stand together, before anybody looks at them one by one: whoever knows a cell's bytes from before need not.

use super::row::Row;

/// Rows of one input, one after the other. Columns are those of the dialect, in its order.
pub(crate) trait RowBatch {
    /// How many rows.
    fn len(&self) -> usize;

    /// Bytes that stand for a cell: in one column of one input the same bytes mean the same. Text may still be in quotes. A
    /// column that the input lacks has none.
    fn raw(&self, row: usize, column: usize) -> &[u8];

    /// The number in a cell, if it is kept as one: its digits, and how many of them are decimals.
    fn decimal(&self, row: usize, column: usize) -> Option<(i128, u8)>;

    /// Shows a row to `visit`.
    fn visit(&self, row: usize, visit: &mut dyn FnMut(&Row<'_>));
}

/// The most rows of a batch.
pub(crate) const BATCH_ROWS: usize = 256;
