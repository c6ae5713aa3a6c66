//! Notes what the cells of the first rows of one file show of its columns. Comes in: rows. Goes out: evidence by column. It refuses nothing.

use std::io;

use super::{cell, text};
use crate::config::dialect::{ColumnEvidence, ColumnKey, EVIDENCE_ROWS};
use crate::formats::row::{BadRecord, Row};
use crate::formats::scheduler::RowSink;

/// The sink of the only worker.
pub(crate) struct EvidenceCounter {
    columns: Vec<ColumnEvidence>,
    rows: u32,
}

impl EvidenceCounter {
    /// Nothing yet. `names`: the columns of the layout, in its order.
    pub(crate) fn new(names: &[String]) -> EvidenceCounter {
        EvidenceCounter { columns: names.iter().map(|name| ColumnEvidence::new(name)).collect(), rows: 0 }
    }

    /// What the cells show.
    pub(crate) fn into_columns(self) -> Vec<ColumnEvidence> {
        self.columns
    }
}

impl RowSink for EvidenceCounter {
    fn begin(&mut self, _input: usize, _block: u64) {}

    fn row(&mut self, row: &Row<'_>) {
        if self.rows == EVIDENCE_ROWS {
            return;
        }
        self.rows += 1;
        for (key, column) in self.columns.iter_mut().enumerate() {
            if let Ok(text) = text::text(&cell(row, ColumnKey(key))) {
                column.note(&text);
            }
        }
    }

    fn bad_record(&mut self, _bad: &BadRecord<'_>) {}

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}
