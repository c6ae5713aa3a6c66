//! Rows of a usual sheet by the batch. Comes in: chunks. Goes out: batches of the rows that hold anything, with the wanted
//! columns. Shared texts stay where they are.

use super::kept::{Chunk, Packed};
use super::lookups::Lookups;
use super::tokens::Unusual;
use crate::base::limits;
use crate::formats::batch::{BATCH_ROWS, NO_DECIMAL, RowBatch};
use crate::formats::row::{Cell, CellKind, Origin, Row};
use crate::formats::workbook::cells;

/// Stands before a number, as no text begins with it: the same digits as text are another cell.
const IS_NUMBER: u8 = 0xff;
/// Digits of a number whose value is told.
const DIGITS: usize = 30;

/// What is wanted of a sheet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WantedRows<'w> {
    /// Rows up to this one, from 1, are passed over.
    pub(crate) header_row: u32,
    /// For each cell of a row its column in the sheet, from 0. **Absent**: the sheet lacks it.
    pub(crate) columns: &'w [Option<usize>],
}

/// Where a cell's bytes stand.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    kind: CellKind,
    /// Among the shared texts; else in the batch.
    is_shared: bool,
}

const BLANK: Span = Span { start: 0, end: 0, kind: CellKind::Sheet, is_shared: false };

/// A batch of rows of a usual sheet.
pub(crate) struct SheetBatch<'b> {
    wanted: WantedRows<'b>,
    lookups: &'b Lookups,
    /// By column of the sheet, as far as the last wanted one: its place among the cells of a row. **Absent**: not wanted.
    places: Vec<Option<usize>>,
    /// By wanted column: its place among the cells of a row; the last one is blank.
    place_of: Vec<usize>,
    /// Cells that are held of a row.
    width: usize,
    /// The number of each row, from 1.
    rows: Vec<u32>,
    spans: Vec<Span>,
    bytes: Vec<u8>,
}

impl<'b> SheetBatch<'b> {
    pub(super) fn new(wanted: WantedRows<'b>, lookups: &'b Lookups) -> SheetBatch<'b> {
        let columns = || wanted.columns.iter().flatten();
        let mut places = vec![None; columns().max().map_or(0, |last| last + 1)];
        let mut width = 0;
        for column in columns() {
            places[*column].get_or_insert_with(|| {
                width += 1;
                width - 1
            });
        }
        let place = |column: &Option<usize>| column.and_then(|column| places[column]).unwrap_or(width);
        let place_of = wanted.columns.iter().map(place).collect();
        let (rows, spans, bytes) = (Vec::new(), Vec::new(), Vec::new());
        SheetBatch { wanted, lookups, places, place_of, width: width + 1, rows, spans, bytes }
    }

    /// Calls `each` for the rows of a chunk, batch by batch.
    pub(super) fn read(
        &mut self,
        chunk: &Chunk,
        each: &mut dyn FnMut(&SheetBatch<'_>),
    ) -> Result<(), Unusual> {
        let (mut row, mut column) = (0, 0);
        let (mut is_passed_over, mut is_blank) = (true, true);
        for packed in chunk.unpacked() {
            match packed {
                Packed::Row(next) => {
                    self.end_row(row, is_passed_over || is_blank, each);
                    (row, column, is_blank) = (next + 1, 0, true);
                    is_passed_over = row <= self.wanted.header_row;
                    if !is_passed_over {
                        self.spans.resize(self.spans.len() + self.width, BLANK);
                    }
                }
                Packed::Column(next) => column = next as usize,
                Packed::Shared(_) | Packed::Number(..) | Packed::Text(_) | Packed::Truth(_) => {
                    if !is_passed_over {
                        let place = self.places.get(column).copied().flatten();
                        is_blank &= self.cell(packed, place, is_blank)?;
                    }
                    column += 1;
                }
            }
        }
        self.end_row(row, is_passed_over || is_blank, each);
        self.give(each);
        Ok(())
    }

    /// Holds the next cell, if it is wanted. Returns whether it is blank, if `is_blank_so_far`.
    #[inline]
    fn cell(
        &mut self,
        cell: Packed<'_>,
        place: Option<usize>,
        is_blank_so_far: bool,
    ) -> Result<bool, Unusual> {
        if place.is_none() && !is_blank_so_far {
            return Ok(false);
        }
        let start = self.bytes.len();
        let span = match cell {
            Packed::Shared(number) => {
                let (start, end) = self.lookups.texts.span(number).ok_or(Unusual)?;
                let kind = cells::text_kind(&self.lookups.texts.bytes()[start..end]);
                Span { start, end, kind, is_shared: true }
            }
            Packed::Number(style, number) => {
                self.bytes.push(IS_NUMBER);
                let kind = cells::write_number_as(number, self.lookups.form(style), &mut self.bytes);
                // A date is a text.
                let start = start + usize::from(kind != CellKind::SheetNumber);
                Span { start, end: self.bytes.len(), kind, is_shared: false }
            }
            Packed::Text(text) => {
                self.bytes.extend_from_slice(text);
                Span { start, end: self.bytes.len(), kind: cells::text_kind(text), is_shared: false }
            }
            Packed::Truth(truth) => {
                self.bytes.extend_from_slice(if truth { b"TRUE" } else { b"FALSE" });
                Span { start, end: self.bytes.len(), kind: CellKind::Sheet, is_shared: false }
            }
            Packed::Row(_) | Packed::Column(_) => BLANK,
        };
        if let Some(place) = place {
            let row = self.spans.len() - self.width;
            self.spans[row + place] = span;
        }
        Ok(span.start == span.end)
    }

    fn end_row(&mut self, row: u32, is_left_out: bool, each: &mut dyn FnMut(&SheetBatch<'_>)) {
        if is_left_out {
            self.spans.truncate(self.rows.len() * self.width);
        } else {
            self.rows.push(row);
            if self.rows.len() == BATCH_ROWS {
                self.give(each);
            }
        }
    }

    fn give(&mut self, each: &mut dyn FnMut(&SheetBatch<'_>)) {
        if !self.rows.is_empty() {
            each(self);
        }
        self.rows.clear();
        self.spans.clear();
        self.bytes.clear();
    }

    #[inline(always)]
    fn span(&self, row: usize, column: usize) -> (Span, &[u8]) {
        let span = self.spans[row * self.width + self.place_of[column]];
        let bytes = if span.is_shared { self.lookups.texts.bytes() } else { &self.bytes };
        (span, &bytes[span.start..span.end])
    }

    fn cell_of(&self, row: usize, column: usize) -> Cell<'_> {
        let (Span { kind, .. }, bytes) = self.span(row, column);
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

/// A number of digits and perhaps a point, as whole digits and how many of them are decimals. `None`: it has another form.
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
