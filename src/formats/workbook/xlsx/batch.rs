//! Batches of rows of a sheet on the fast path. Comes in: chunks of packed cells. Goes out: batches of the rows that
//! are not empty, with the wanted columns. Shared strings are not copied.

use super::packed_cells::{PackedChunk, PackedItem};
use super::styles::CellTables;
use super::tokens::NeedsFallback;
use crate::base::limits;
use crate::formats::batch::{BATCH_ROWS, NO_DECIMAL, RowBatch};
use crate::formats::row::{Cell, CellKind, Origin, Row};
use crate::formats::workbook::cell_text::{self, NumberPresentation};

/// Marks a number in the raw bytes of a cell; no text begins with this byte. The same digits as text are another
/// cell.
const IS_NUMBER: u8 = 0xff;
/// Most digits of a number that is parsed here.
const DIGITS: usize = 30;

/// The rows and columns of a sheet that are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WantedRows<'w> {
    /// Rows up to this one, from 1, are skipped.
    pub(crate) header_row: u32,
    /// For each cell of a row its column in the sheet, from 0. **Absent**: the sheet lacks the column.
    pub(crate) columns: &'w [Option<usize>],
    /// Which cells of a row hold dates, so that a plain number is the serial number of a day.
    pub(crate) dates: &'w [usize],
    /// Which cells of a row hold ids, so that a date is a fault.
    pub(crate) ids: &'w [usize],
    /// Which cells of a row hold amounts, so that one of several rows is of none.
    pub(crate) amounts: &'w [usize],
    /// Rows below the header that are passed over, from 1.
    pub(crate) passed_over: &'w [u32],
}

impl WantedRows<'_> {
    /// Whether a row, from 1, is wanted.
    #[inline]
    pub(in super::super) fn has(&self, row: u32) -> bool {
        row > self.header_row && !self.passed_over.contains(&row)
    }

    /// The columns of the sheet that hold dates, from 0.
    pub(in super::super) fn date_columns(&self) -> impl Iterator<Item = usize> {
        self.sheet_columns(self.dates)
    }

    /// The columns of the sheet that hold ids, from 0.
    pub(in super::super) fn id_columns(&self) -> impl Iterator<Item = usize> {
        self.sheet_columns(self.ids)
    }

    /// The columns of the sheet that hold amounts, from 0.
    pub(in super::super) fn amount_columns(&self) -> impl Iterator<Item = usize> {
        self.sheet_columns(self.amounts)
    }

    fn sheet_columns(&self, cells: &[usize]) -> impl Iterator<Item = usize> {
        cells.iter().filter_map(|cell| self.columns.get(*cell).copied().flatten())
    }
}

/// Where the bytes of a cell are.
#[derive(Debug, Clone, Copy)]
struct BatchSpan {
    start: usize,
    end: usize,
    kind: CellKind,
    /// Whether in the shared strings; else in the batch.
    is_shared: bool,
}

const BLANK: BatchSpan = BatchSpan { start: 0, end: 0, kind: CellKind::Sheet, is_shared: false };

/// A batch of rows of a sheet.
pub(crate) struct SheetBatch<'b> {
    wanted: WantedRows<'b>,
    tables: &'b CellTables,
    /// By column of the sheet, up to the last wanted one: which cell of a stored row it is. **Absent**: not wanted.
    slots: Vec<Option<usize>>,
    /// By wanted column: which cell of a stored row it is. The last cell of a row is blank, for columns that the
    /// sheet lacks.
    slot_of: Vec<usize>,
    /// By cell of a stored row: whether it holds dates.
    holds_dates: Vec<bool>,
    /// By cell of a stored row: whether it holds ids.
    holds_ids: Vec<bool>,
    /// Cells of a stored row.
    width: usize,
    /// The number of each row, from 1.
    rows: Vec<u32>,
    spans: Vec<BatchSpan>,
    bytes: Vec<u8>,
}

impl<'b> SheetBatch<'b> {
    pub(super) fn new(wanted: WantedRows<'b>, tables: &'b CellTables) -> SheetBatch<'b> {
        let columns = || wanted.columns.iter().flatten();
        let mut slots = vec![None; columns().max().map_or(0, |last| last + 1)];
        let mut width = 0;
        for column in columns() {
            slots[*column].get_or_insert_with(|| {
                width += 1;
                width - 1
            });
        }
        let slot = |column: &Option<usize>| column.and_then(|column| slots[column]).unwrap_or(width);
        let slot_of = wanted.columns.iter().map(slot).collect();
        let mut holds_dates = vec![false; width];
        for slot in wanted.date_columns().filter_map(|column| slots[column]) {
            holds_dates[slot] = true;
        }
        let mut holds_ids = vec![false; width];
        for slot in wanted.id_columns().filter_map(|column| slots[column]) {
            holds_ids[slot] = true;
        }
        let (rows, spans, bytes) = (Vec::new(), Vec::new(), Vec::new());
        let width = width + 1;
        SheetBatch { wanted, tables, slots, slot_of, holds_dates, holds_ids, width, rows, spans, bytes }
    }

    /// Calls `each` for the rows of a chunk, batch by batch.
    ///
    /// # Errors
    /// A cell refers to a shared string that does not exist, so the sheet has changed since the preflight.
    pub(super) fn read(
        &mut self,
        chunk: &PackedChunk,
        each: &mut dyn FnMut(&SheetBatch<'_>),
    ) -> Result<(), NeedsFallback> {
        let (mut row, mut column) = (0, 0);
        let (mut is_skipped, mut is_blank) = (true, true);
        for packed in chunk.items() {
            match packed {
                PackedItem::Row(next) => {
                    self.end_row(row, is_skipped || is_blank, each);
                    (row, column, is_blank) = (next + 1, 0, true);
                    is_skipped = !self.wanted.has(row);
                    if !is_skipped {
                        self.spans.resize(self.spans.len() + self.width, BLANK);
                    }
                }
                PackedItem::Column(next) => column = next as usize,
                PackedItem::SharedString(_)
                | PackedItem::Number(..)
                | PackedItem::Text(_)
                | PackedItem::Bool(_) => {
                    if !is_skipped {
                        let slot = self.slots.get(column).copied().flatten();
                        is_blank &= self.cell(packed, slot, is_blank)?;
                    }
                    column += 1;
                }
            }
        }
        self.end_row(row, is_skipped || is_blank, each);
        self.flush(each);
        Ok(())
    }

    /// Stores the next cell if it is wanted. Returns whether it is blank; that is only needed while
    /// `is_blank_so_far`.
    #[inline]
    fn cell(
        &mut self,
        cell: PackedItem<'_>,
        slot: Option<usize>,
        is_blank_so_far: bool,
    ) -> Result<bool, NeedsFallback> {
        if slot.is_none() && !is_blank_so_far {
            return Ok(false);
        }
        let start = self.bytes.len();
        let span = match cell {
            PackedItem::SharedString(number) => {
                let (start, end) = self.tables.shared_strings.span(number).ok_or(NeedsFallback)?;
                let kind = cell_text::text_kind(&self.tables.shared_strings.bytes()[start..end]);
                BatchSpan { start, end, kind, is_shared: true }
            }
            PackedItem::Number(style, number) if self.tables.holds_digits(style, number) => {
                self.bytes.extend_from_slice(number);
                BatchSpan { start, end: self.bytes.len(), kind: CellKind::Sheet, is_shared: false }
            }
            PackedItem::Number(style, number) => {
                self.bytes.push(IS_NUMBER);
                let mut presentation = self.tables.presentation(style);
                if presentation == NumberPresentation::Number
                    && slot.is_some_and(|slot| self.holds_dates[slot])
                {
                    presentation = self.tables.presentation_in_dates(number);
                }
                let kind = cell_text::write_number_text(number, presentation, &mut self.bytes);
                if kind == CellKind::Sheet && slot.is_some_and(|slot| self.holds_ids[slot]) {
                    // The mark tells it from a text of the same form.
                    let end = self.bytes.len();
                    return Ok(self.store(
                        slot,
                        BatchSpan { start, end, kind: CellKind::SheetError, is_shared: false },
                    ));
                }
                // A date or duration is a text, without the mark.
                let start = start + usize::from(kind != CellKind::SheetNumber);
                BatchSpan { start, end: self.bytes.len(), kind, is_shared: false }
            }
            PackedItem::Text(text) => {
                self.bytes.extend_from_slice(text);
                BatchSpan { start, end: self.bytes.len(), kind: cell_text::text_kind(text), is_shared: false }
            }
            PackedItem::Bool(value) => {
                self.bytes.extend_from_slice(if value { b"TRUE" } else { b"FALSE" });
                BatchSpan { start, end: self.bytes.len(), kind: CellKind::Sheet, is_shared: false }
            }
            PackedItem::Row(_) | PackedItem::Column(_) => BLANK,
        };
        Ok(self.store(slot, span))
    }

    /// Stores a cell if it is wanted. Returns whether it is blank.
    #[inline]
    fn store(&mut self, slot: Option<usize>, span: BatchSpan) -> bool {
        if let Some(slot) = slot {
            let row = self.spans.len() - self.width;
            self.spans[row + slot] = span;
        }
        span.start == span.end
    }

    /// Ends a row: keeps it in the batch, or drops its cells.
    fn end_row(&mut self, row: u32, is_dropped: bool, each: &mut dyn FnMut(&SheetBatch<'_>)) {
        if is_dropped {
            self.spans.truncate(self.rows.len() * self.width);
        } else {
            self.rows.push(row);
            if self.rows.len() == BATCH_ROWS {
                self.flush(each);
            }
        }
    }

    /// Gives the batch to `each`, and begins the next.
    fn flush(&mut self, each: &mut dyn FnMut(&SheetBatch<'_>)) {
        if !self.rows.is_empty() {
            each(self);
        }
        self.rows.clear();
        self.spans.clear();
        self.bytes.clear();
    }

    #[inline(always)]
    fn span(&self, row: usize, column: usize) -> (BatchSpan, &[u8]) {
        let span = self.spans[row * self.width + self.slot_of[column]];
        let bytes = if span.is_shared { self.tables.shared_strings.bytes() } else { &self.bytes };
        (span, &bytes[span.start..span.end])
    }

    fn cell_of(&self, row: usize, column: usize) -> Cell<'_> {
        let (BatchSpan { kind, .. }, bytes) = self.span(row, column);
        Cell { bytes: bytes.strip_prefix(&[IS_NUMBER]).unwrap_or(bytes), kind }
    }
}

impl RowBatch for SheetBatch<'_> {
    const MAY_BE_QUOTED: bool = false;

    fn len(&self) -> usize {
        self.rows.len()
    }

    #[inline(always)]
    fn raw(&self, row: usize, column: usize) -> &[u8] {
        self.span(row, column).1
    }

    #[inline]
    fn text(&self, row: usize, column: usize) -> Option<&[u8]> {
        let Cell { bytes, kind } = self.cell_of(row, column);
        (kind == CellKind::Sheet || bytes.is_empty()).then_some(bytes)
    }

    #[inline]
    fn decimal(&self, row: usize, column: usize) -> Option<(i128, u8)> {
        Some(decimal(self.cell_of(row, column).bytes).unwrap_or(NO_DECIMAL))
    }

    fn visit(&self, row: usize, visit: &mut dyn FnMut(&Row<'_>)) {
        let mut cells = [Cell::BLANK; limits::DIALECT_COLUMNS];
        let columns = self.wanted.columns.len();
        for (column, cell) in cells[..columns].iter_mut().enumerate() {
            *cell = self.cell_of(row, column);
        }
        visit(&Row { at: Origin::Sheet(self.rows[row]), cells: &cells[..columns] });
    }
}

/// A number of digits and at most one point, as an integer and its count of decimals. `None` if it has another form.
#[inline]
fn decimal(text: &[u8]) -> Option<(i128, u8)> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.len() > DIGITS {
        return None;
    }
    let (mut number, mut point) = (0_i128, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => number = number * 10 + i128::from(byte - b'0'),
            b'.' if point.is_none() && at > 0 => point = Some(at),
            _ => return None,
        }
    }
    let decimals = point.map_or(0, |point| digits.len() - point - 1);
    if digits.is_empty() || (point.is_some() && decimals == 0) {
        return None;
    }
    Some((if digits.len() == text.len() { number } else { -number }, u8::try_from(decimals).ok()?))
}
