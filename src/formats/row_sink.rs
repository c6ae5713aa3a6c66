//! What takes rows. Comes in: rows and bad records of one worker, block by block. Goes out: whatever the sink makes of them.

use std::io;

use super::batch::RowBatch;
use super::row::{BadRecord, Row};

/// Takes the rows that one worker reads.
pub(crate) trait RowSink: Send {
    /// The rows that follow belong to block `block` of the input with index `input`. Within an input, blocks in ascending order hold its
    /// rows in order.
    fn begin(&mut self, input: usize, block: u64);
    /// Takes a row.
    fn row(&mut self, row: &Row<'_>);
    /// Takes consecutive rows of the block.
    fn batch<B: RowBatch>(&mut self, batch: &B) {
        for row in 0..batch.len() {
            batch.visit(row, &mut |row| self.row(row));
        }
    }
    /// Takes a record that gives no row.
    fn bad_record(&mut self, bad: &BadRecord<'_>);
    /// Ends the block.
    ///
    /// # Errors
    /// Rejects of the block could not be written.
    fn end(&mut self) -> io::Result<()>;
}
