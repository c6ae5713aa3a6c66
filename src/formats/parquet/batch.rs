//! A batch of rows. Comes in: the values of the used columns, each of as many rows. Goes out: rows, or single cells of them.

use std::cell::RefCell;

use super::Column;
use super::cells;
use super::column_batch::Texts;
use super::shape::{Meaning, Number};
use super::values::Values;
use crate::base::limits;
use crate::formats::batch::{BATCH_ROWS, NO_DECIMAL, RowBatch};
use crate::formats::floats;
use crate::formats::row::{Cell, CellKind, Origin, Row};

/// Rows of a Parquet file that were decoded at once.
pub(super) struct Decoded<'b> {
    /// By cell of a row. **Absent**: the file lacks the column.
    columns: Vec<Option<Cells<'b>>>,
    /// The place of the first: the header counts as row 1.
    first: u64,
    len: usize,
    scratch: RefCell<Vec<u8>>,
}

enum Cells<'b> {
    Texts(Texts<'b>),
    Numbers { values: &'b Values<'b>, meaning: Number },
}

impl<'b> Decoded<'b> {
    pub(super) fn new(
        columns: &'b [Column],
        values: &'b [Values<'b>],
        slots: usize,
        (first, len): (u64, usize),
    ) -> Decoded<'b> {
        let mut by_slot: Vec<Option<Cells<'b>>> = (0..slots).map(|_| None).collect();
        for (column, values) in columns.iter().zip(values) {
            by_slot[column.slot] = Some(match column.shape.meaning {
                Meaning::Text => Cells::Texts(values.texts()),
                Meaning::Number(meaning) => Cells::Numbers { values, meaning },
            });
        }
        Decoded { columns: by_slot, first, len, scratch: RefCell::default() }
    }

    /// Its rows, as many at a time as a batch may have.
    pub(super) fn batches<'d>(&'d self) -> impl Iterator<Item = Batch<'d, 'b>> {
        (0..self.len).step_by(BATCH_ROWS).map(|from| {
            let len = BATCH_ROWS.min(self.len - from);
            Batch { decoded: self, from, len }
        })
    }

    fn visit(&self, row: usize, visit: &mut dyn FnMut(&Row<'_>)) {
        // Taken out, since one row may be visited while another is.
        let mut scratch = self.scratch.take();
        scratch.clear();
        let mut cells = [Cell::BLANK; limits::DIALECT_COLUMNS];
        let mut written = [(0, 0, 0, CellKind::Sheet); limits::DIALECT_COLUMNS];
        let mut count = 0;
        for (slot, column) in self.columns.iter().enumerate() {
            match column {
                None => {}
                Some(Cells::Texts(texts)) => {
                    cells[slot] = Cell { bytes: texts.of(row), kind: CellKind::Parquet }
                }
                Some(Cells::Numbers { values, meaning }) => {
                    let Some(number) = values.number(row) else { continue };
                    if let Some((bytes, kind)) = values.rendered(row, *meaning) {
                        cells[slot] = Cell { bytes, kind };
                        continue;
                    }
                    // Put aside, since the memory may still move.
                    let start = scratch.len();
                    let kind = cells::write(number, *meaning, &mut scratch);
                    written[count] = (slot, start, scratch.len(), kind);
                    count += 1;
                }
            }
        }
        for (slot, start, end, kind) in &written[..count] {
            cells[*slot] = Cell { bytes: &scratch[*start..*end], kind: *kind };
        }
        let at = Origin::Row(self.first + u64::try_from(row).expect("a length fits"));
        visit(&Row { at, cells: &cells[..self.columns.len()] });
        self.scratch.replace(scratch);
    }
}

/// Some rows of a Parquet file.
pub(crate) struct Batch<'d, 'b> {
    decoded: &'d Decoded<'b>,
    from: usize,
    len: usize,
}

impl RowBatch for Batch<'_, '_> {
    const MAY_BE_QUOTED: bool = false;

    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn raw(&self, row: usize, column: usize) -> &[u8] {
        match &self.decoded.columns[column] {
            None => &[],
            Some(Cells::Texts(texts)) => texts.of(self.from + row),
            Some(Cells::Numbers { values, .. }) => values.bits(self.from + row).map_or(&[], |bits| bits),
        }
    }

    #[inline]
    fn text(&self, row: usize, column: usize) -> Option<&[u8]> {
        match &self.decoded.columns[column] {
            Some(Cells::Numbers { values, .. }) => (!values.has_number(self.from + row)).then_some(&[]),
            None | Some(Cells::Texts(_)) => Some(self.raw(row, column)),
        }
    }

    #[inline]
    fn decimal(&self, row: usize, column: usize) -> Option<(i128, u8)> {
        let Some(Cells::Numbers { values, meaning }) = &self.decoded.columns[column] else { return None };
        let bits = values.number(self.from + row)?;
        Some(match meaning {
            Number::Signed | Number::Unsigned => (bits, 0),
            Number::Decimal(scale) => u8::try_from(*scale).map_or(NO_DECIMAL, |scale| (bits, scale)),
            Number::Double => u64::try_from(bits)
                .ok()
                .and_then(floats::short_decimal)
                .map_or(NO_DECIMAL, |(n, k)| (n.into(), k)),
            Number::Float | Number::Date | Number::Moment(_) | Number::Truth | Number::Uuid => NO_DECIMAL,
        })
    }

    #[inline]
    fn dictionary_id(&self, row: usize, column: usize) -> Option<(u64, u32)> {
        match self.decoded.columns[column].as_ref()? {
            Cells::Texts(Texts::Chosen { choices, serial, .. }) => Some((*serial, choices[self.from + row])),
            Cells::Texts(Texts::Single { .. }) => None,
            Cells::Numbers { values, .. } => values.choice(self.from + row),
        }
    }

    fn visit(&self, row: usize, visit: &mut dyn FnMut(&Row<'_>)) {
        self.decoded.visit(self.from + row, visit);
    }
}
