//! A batch of rows. Comes in: the values of the used columns, each of as many rows. Goes out: rows, or single cells of them.

use std::cell::RefCell;

use super::Column;
use super::cells;
use super::shape::{Meaning, Number};
use super::values::{Span, Values};
use crate::inputs::row::{Cell, CellKind, Origin, Row};
use crate::limits;

/// Some rows of a Parquet file.
pub(crate) struct Batch<'b> {
    columns: Vec<BatchColumn<'b>>,
    /// Cells of a row; the columns that the file lacks are blank.
    slots: usize,
    /// The place of the first: the header counts as row 1.
    first: u64,
    len: usize,
    scratch: RefCell<Vec<u8>>,
}

struct BatchColumn<'b> {
    slot: usize,
    cells: Cells<'b>,
}

enum Cells<'b> {
    Texts { bytes: &'b [u8], spans: &'b [Span] },
    Numbers { values: &'b Values<'b>, meaning: Number },
}

impl<'b> Batch<'b> {
    pub(super) fn new(
        columns: &'b [Column],
        values: &'b [Values<'b>],
        slots: usize,
        (first, len): (u64, usize),
    ) -> Batch<'b> {
        let columns = columns.iter().zip(values).map(|(column, values)| BatchColumn {
            slot: column.slot,
            cells: match column.shape.meaning {
                Meaning::Text => {
                    let (bytes, spans) = values.texts();
                    Cells::Texts { bytes, spans }
                }
                Meaning::Number(meaning) => Cells::Numbers { values, meaning },
            },
        });
        Batch { columns: columns.collect(), slots, first, len, scratch: RefCell::default() }
    }

    /// How many rows it has.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Gives a row to `each`.
    pub(crate) fn with_row<T>(&self, row: usize, each: impl FnOnce(&Row<'_>) -> T) -> T {
        let mut scratch = self.scratch.borrow_mut();
        scratch.clear();
        let mut cells = [Cell::BLANK; limits::DIALECT_COLUMNS];
        let mut written = [(0, 0, 0, CellKind::Sheet); limits::DIALECT_COLUMNS];
        let mut count = 0;
        for column in &self.columns {
            match &column.cells {
                Cells::Texts { bytes, spans } => {
                    let (start, end) = spans[row];
                    let bytes = &bytes[start as usize..end as usize];
                    cells[column.slot] = Cell { bytes, kind: CellKind::Utf8 };
                }
                Cells::Numbers { values, meaning } => {
                    let Some(number) = values.number(row) else { continue };
                    if let Some((bytes, kind)) = values.rendered(row, *meaning) {
                        cells[column.slot] = Cell { bytes, kind };
                        continue;
                    }
                    // Put aside, since the memory may still move.
                    let start = scratch.len();
                    let kind = cells::write(i128::from_le_bytes(*number), *meaning, &mut scratch);
                    written[count] = (column.slot, start, scratch.len(), kind);
                    count += 1;
                }
            }
        }
        for (slot, start, end, kind) in &written[..count] {
            cells[*slot] = Cell { bytes: &scratch[*start..*end], kind: *kind };
        }
        let at = Origin::Row(self.first + u64::try_from(row).expect("a length fits"));
        each(&Row { at, cells: &cells[..self.slots] })
    }
}
