//! The invoices that the rows of a reconciliation file name. Comes in: rows. Goes out: invoice numbers, and whether rows are on none. It does
//! not decide what they mean for overlaps.

use std::collections::BTreeSet;

use crate::config::dialect::ColumnKey;
use crate::formats::batch::RowBatch;
use crate::formats::row::Row;
use crate::rows::{cell, text};

/// Invoice numbers of one input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Invoices {
    /// Trimmed, upper case.
    pub(crate) numbers: BTreeSet<String>,
    /// Whether a row names no invoice.
    pub(crate) has_unbilled: bool,
    /// The bytes of the last cell: most rows repeat it.
    last: Option<Vec<u8>>,
}

impl Invoices {
    /// Notes the invoice of a row.
    pub(super) fn note(&mut self, row: &Row<'_>, column: ColumnKey) {
        let text = text::utf8(&cell(row, column));
        let number = String::from_utf8_lossy(text.trim_ascii()).to_uppercase();
        if number.is_empty() || crate::base::ids::is_absent_id(&number) {
            self.has_unbilled = true;
        } else if !self.numbers.contains(&number) {
            self.numbers.insert(number);
        }
    }

    /// Whether the cell of a row has the bytes of the row before, which was noted. Remembers the bytes: if they differ, the caller must note the
    /// row.
    #[inline]
    pub(super) fn is_repeated<B: RowBatch>(&mut self, batch: &B, row: usize, column: ColumnKey) -> bool {
        let raw = batch.raw(row, column.0);
        if self.last.as_deref() == Some(raw) {
            return true;
        }
        self.last = Some(raw.to_vec());
        false
    }

    /// Starts another input or batch of cells, whose bytes may mean something else.
    pub(super) fn forget(&mut self) {
        self.last = None;
    }

    pub(crate) fn merge(&mut self, other: Invoices) {
        self.numbers.extend(other.numbers);
        self.has_unbilled |= other.has_unbilled;
        self.last = None;
    }
}
