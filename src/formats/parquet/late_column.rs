//! Late materialization of a column that few rows want: no page of it is decoded until a row of the batch asks for its cell. Comes in: the decoder
//! of the column. Goes out: the cells of the rows of a batch, as texts. It decodes no value itself.

use std::cell::{OnceCell, RefCell};

use super::column_decoder::{ColumnDecoder, ColumnScratch};
use super::column_type::Logical;
use super::error::ParquetInputError;
use super::{UsedColumn, value_text};
use crate::formats::row::{Cell, CellKind};

/// A column of one row group, batch by batch.
pub(super) struct LateColumn<'f> {
    column: &'f UsedColumn,
    state: RefCell<DecoderState<'f>>,
    /// Rows of the batch.
    rows: usize,
    /// **Absent**: no row of the batch has asked for a cell so far.
    batch: OnceCell<RenderedBatch>,
}

struct DecoderState<'f> {
    decoder: ColumnDecoder<'f>,
    /// Rows before the batch that the decoder still stands before.
    behind: usize,
    /// One page as stored.
    large_page: Vec<u8>,
    /// **Absent**: no decoding has failed.
    error: Option<ParquetInputError>,
}

/// The cells of a batch.
#[derive(Default)]
struct RenderedBatch {
    text: Vec<u8>,
    /// Where the text of each row ends; it begins where the text before ends. Rows that could not be decoded lack an entry.
    cells: Vec<(usize, CellKind)>,
}

impl<'f> LateColumn<'f> {
    /// A column whose decoder stands `behind` rows before the first batch.
    pub(super) fn new(column: &'f UsedColumn, decoder: ColumnDecoder<'f>, behind: usize) -> LateColumn<'f> {
        let state = DecoderState { decoder, behind, large_page: Vec::new(), error: None };
        LateColumn { column, state: RefCell::new(state), rows: 0, batch: OnceCell::new() }
    }

    /// Which cell of a row the column is.
    pub(super) fn slot(&self) -> usize {
        self.column.slot
    }

    /// Begins the next batch, of `rows` rows.
    pub(super) fn begin_batch(&mut self, rows: usize) {
        if self.batch.take().is_none() {
            self.state.get_mut().behind += self.rows;
        }
        self.rows = rows;
    }

    /// The cell of a row of the batch. Blank if the row is null, or if decoding has failed.
    pub(super) fn cell(&self, row: usize) -> Cell<'_> {
        let batch = self.batch.get_or_init(|| self.state.borrow_mut().render(self.column, self.rows));
        let Some((end, kind)) = batch.cells.get(row) else { return Cell::BLANK };
        let start = row.checked_sub(1).map_or(0, |before| batch.cells[before].0);
        Cell { bytes: &batch.text[start..*end], kind: *kind }
    }

    /// # Errors
    /// Decoding has failed.
    pub(super) fn check(&mut self) -> Result<(), ParquetInputError> {
        match self.state.get_mut().error.take() {
            Some(error) => Err(error.in_column(&self.column.name)),
            None => Ok(()),
        }
    }

    /// Returns the memory of the decoder for reuse.
    pub(super) fn into_memory(self) -> ColumnScratch {
        self.state.into_inner().decoder.into_memory()
    }
}

impl DecoderState<'_> {
    /// The cells of the next `rows` rows. If decoding fails, the error is noted, and the cells after it are missing.
    fn render(&mut self, column: &UsedColumn, rows: usize) -> RenderedBatch {
        let mut batch = RenderedBatch::default();
        if let Err(error) = self.decode(column, rows, &mut batch) {
            self.error = Some(error);
        }
        batch
    }

    fn decode(
        &mut self,
        column: &UsedColumn,
        rows: usize,
        batch: &mut RenderedBatch,
    ) -> Result<(), ParquetInputError> {
        let DecoderState { decoder, behind, large_page, .. } = self;
        decoder.skip(std::mem::take(behind), large_page)?;
        while batch.cells.len() < rows {
            // The batch may reach over pages of this column.
            let taken = decoder.ready(large_page)?.min(rows - batch.cells.len());
            decoder.take(taken)?;
            for row in 0..taken {
                let kind = match column.column_type.logical {
                    Logical::Text => {
                        batch.text.extend_from_slice(decoder.texts().of(row));
                        CellKind::Parquet
                    }
                    Logical::Number(number_type) => decoder.number(row).map_or(CellKind::Sheet, |number| {
                        value_text::write(number, number_type, &mut batch.text)
                    }),
                };
                batch.cells.push((batch.text.len(), kind));
            }
        }
        Ok(())
    }
}
