//! A batch of rows of a Parquet file. Comes in: the values of the used columns, each of as many rows. Goes out: rows,
//! or single cells, by [`RowBatch`]. It renders a number as text only for a row that is visited.

use std::cell::RefCell;

use super::UsedColumn;
use super::column_batch::TextColumn;
use super::column_decoder::ColumnDecoder;
use super::column_type::{Logical, NumberType};
use super::late_column::LateColumn;
use super::plain::ByteSpan;
use super::value_text;
use crate::base::limits;
use crate::formats::batch::{BATCH_ROWS, NO_DECIMAL, RowBatch};
use crate::formats::floats;
use crate::formats::row::{Cell, CellKind, Origin, Row};

/// A column that stands in the name of a folder.
pub(super) struct ConstantColumn {
    /// Which cell of a row the column is.
    pub(super) slot: usize,
    text: Vec<u8>,
    /// All of `text`.
    span: [ByteSpan; 1],
}

/// The id of the first value of a dictionary, for each row.
static FIRST_ID: [u32; limits::PARQUET_BATCH_ROWS] = [0; limits::PARQUET_BATCH_ROWS];

impl ConstantColumn {
    pub(super) fn new(slot: usize, value: &str) -> ConstantColumn {
        let end = u32::try_from(value.len()).expect("the name of a folder is short");
        ConstantColumn { slot, text: value.as_bytes().to_vec(), span: [(0, end)] }
    }
}

/// Rows that were decoded at once.
pub(super) struct DecodedRows<'b> {
    /// By column of the dialect. **Absent**: the file lacks the column.
    columns: Vec<Option<ColumnCells<'b>>>,
    /// The row number of the first row; the header counts as row 1.
    first: u64,
    len: usize,
    scratch: RefCell<Vec<u8>>,
}

enum ColumnCells<'b> {
    Text(TextColumn<'b>),
    Number {
        values: &'b ColumnDecoder<'b>,
        number_type: NumberType,
    },
    /// The cell of a row, decoded on demand.
    Late(Box<dyn Fn(usize) -> Cell<'b> + 'b>),
}

/// Which cells of a row are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CellDemand {
    All,
    NoneLate,
}

impl<'b> DecodedRows<'b> {
    pub(super) fn new(
        columns: &[&'b UsedColumn],
        values: &'b [ColumnDecoder<'b>],
        slots: usize,
        (first, len): (u64, usize),
    ) -> DecodedRows<'b> {
        let mut by_slot: Vec<Option<ColumnCells<'b>>> = (0..slots).map(|_| None).collect();
        for (column, values) in columns.iter().zip(values) {
            by_slot[column.slot] = Some(match column.column_type.logical {
                Logical::Text => ColumnCells::Text(values.texts()),
                Logical::Number(number_type) => ColumnCells::Number { values, number_type },
            });
        }
        DecodedRows { columns: by_slot, first, len, scratch: RefCell::default() }
    }

    /// Adds a column that is decoded on demand.
    pub(super) fn set_late<'f: 'b>(&mut self, column: &'b LateColumn<'f>) {
        self.columns[column.slot()] = Some(ColumnCells::Late(Box::new(|row| column.cell(row))));
    }

    /// Gives every row the text of a column that stands in the name of a folder, as a dictionary of one value. `dictionary` is its id.
    pub(super) fn set_constant(&mut self, constant: &'b ConstantColumn, dictionary: u64) {
        let ConstantColumn { slot, text, span } = constant;
        let texts = TextColumn::ById { bytes: text, spans: span, ids: &FIRST_ID, dictionary };
        self.columns[*slot] = Some(ColumnCells::Text(texts));
    }

    /// Cuts the rows into batches of at most [`BATCH_ROWS`].
    pub(super) fn batches<'d>(&'d self) -> impl Iterator<Item = ParquetBatch<'d, 'b>> {
        (0..self.len).step_by(BATCH_ROWS).map(|from| {
            let len = BATCH_ROWS.min(self.len - from);
            ParquetBatch { decoded: self, from, len }
        })
    }

    fn visit(&self, row: usize, wanted: CellDemand, visit: &mut dyn FnMut(&Row<'_>)) {
        // The buffer is taken out of its cell, since `visit` may visit another row.
        let mut scratch = self.scratch.take();
        scratch.clear();
        let mut cells = [Cell::BLANK; limits::DIALECT_COLUMNS];
        let mut written = [(0, 0, 0, CellKind::Sheet); limits::DIALECT_COLUMNS];
        let mut count = 0;
        for (slot, column) in self.columns.iter().enumerate() {
            match column {
                None => {}
                Some(ColumnCells::Late(_)) if wanted == CellDemand::NoneLate => {}
                Some(ColumnCells::Late(cell)) => cells[slot] = cell(row),
                Some(ColumnCells::Text(texts)) => {
                    cells[slot] = Cell { bytes: texts.of(row), kind: CellKind::Parquet }
                }
                Some(ColumnCells::Number { values, number_type }) => {
                    let Some(number) = values.number(row) else { continue };
                    if let Some((bytes, kind)) = values.rendered(row, *number_type) {
                        cells[slot] = Cell { bytes, kind };
                        continue;
                    }
                    // Note only where the text is: the buffer may still be reallocated.
                    let start = scratch.len();
                    let kind = value_text::write(number, *number_type, &mut scratch);
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

/// At most [`BATCH_ROWS`] consecutive rows of a Parquet file.
pub(crate) struct ParquetBatch<'d, 'b> {
    decoded: &'d DecodedRows<'b>,
    from: usize,
    len: usize,
}

impl RowBatch for ParquetBatch<'_, '_> {
    const MAY_BE_QUOTED: bool = false;

    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn raw(&self, row: usize, column: usize) -> &[u8] {
        match &self.decoded.columns[column] {
            None => &[],
            Some(ColumnCells::Text(texts)) => texts.of(self.from + row),
            Some(ColumnCells::Late(cell)) => cell(self.from + row).bytes,
            Some(ColumnCells::Number { values, .. }) => {
                values.number_bytes(self.from + row).map_or(&[], |bytes| bytes)
            }
        }
    }

    fn is_constant(&self, column: usize) -> bool {
        let rows = self.from..self.from + self.len;
        match &self.decoded.columns[column] {
            None => true,
            // No early exit, so that the compiler compares many ids at a time.
            Some(ColumnCells::Text(TextColumn::ById { ids, .. })) => {
                ids[rows].iter().fold(0, |other, id| other | (id ^ ids[self.from])) == 0
            }
            Some(
                ColumnCells::Text(TextColumn::ByRow { .. })
                | ColumnCells::Number { .. }
                | ColumnCells::Late(_),
            ) => (1..self.len).all(|row| self.raw(row, column) == self.raw(0, column)),
        }
    }

    #[inline]
    fn text(&self, row: usize, column: usize) -> Option<&[u8]> {
        match &self.decoded.columns[column] {
            Some(ColumnCells::Number { values, .. }) => (!values.has_number(self.from + row)).then_some(&[]),
            None | Some(ColumnCells::Text(_) | ColumnCells::Late(_)) => Some(self.raw(row, column)),
        }
    }

    #[inline]
    fn decimal(&self, row: usize, column: usize) -> Option<(i128, u8)> {
        let Some(ColumnCells::Number { values, number_type }) = &self.decoded.columns[column] else {
            return None;
        };
        let number = values.number(self.from + row)?;
        Some(match number_type {
            NumberType::Signed | NumberType::Unsigned => (number, 0),
            NumberType::Decimal(scale) => u8::try_from(*scale).map_or(NO_DECIMAL, |scale| (number, scale)),
            NumberType::Double => u64::try_from(number)
                .ok()
                .and_then(floats::short_decimal)
                .map_or(NO_DECIMAL, |(n, k)| (n.into(), k)),
            NumberType::Float
            | NumberType::Date
            | NumberType::Timestamp(_)
            | NumberType::Boolean
            | NumberType::Uuid => NO_DECIMAL,
        })
    }

    #[inline]
    fn dictionary_id(&self, row: usize, column: usize) -> Option<(u64, u32)> {
        match self.decoded.columns[column].as_ref()? {
            ColumnCells::Text(TextColumn::ById { ids, dictionary, .. }) => {
                Some((*dictionary, ids[self.from + row]))
            }
            ColumnCells::Text(TextColumn::ByRow { .. }) | ColumnCells::Late(_) => None,
            ColumnCells::Number { values, .. } => values.dictionary_value(self.from + row),
        }
    }

    fn visit(&self, row: usize, visit: &mut dyn FnMut(&Row<'_>)) {
        self.decoded.visit(self.from + row, CellDemand::All, visit);
    }

    fn visit_early(&self, row: usize, visit: &mut dyn FnMut(&Row<'_>)) {
        self.decoded.visit(self.from + row, CellDemand::NoneLate, visit);
    }
}
