//! A batch of rows of JSON objects. Comes in: the wanted values of each object. Goes out: rows, or single cells, by [`RowBatch`]. A number
//! keeps its digits as they stand.

use super::object::JsonValue;
use crate::base::limits;
use crate::base::place::RowPlace;
use crate::base::simd::PaddedCell;
use crate::formats::batch::{BATCH_ROWS, NO_DECIMAL, RowBatch};
use crate::formats::row::{Cell, CellKind, Origin, Row};

/// Marks a number in the raw bytes of a cell; no text begins with this byte. The same digits as text are another cell.
const IS_NUMBER: u8 = 0xff;

/// Most digits of a number that is parsed here.
const DIGITS: usize = 37;

/// Where the bytes of a cell are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct JsonSpan {
    start: usize,
    end: usize,
    is_number: bool,
}

const BLANK: JsonSpan = JsonSpan { start: 0, end: 0, is_number: false };

/// At most [`BATCH_ROWS`] rows.
pub(super) struct JsonBatch {
    /// Cells of a row.
    width: usize,
    places: Vec<RowPlace>,
    /// The cells of all rows, row by row; of the row that is being built too.
    spans: Vec<JsonSpan>,
    /// The names by which the cells of the row that is being built were named, by their rank. **Absent**: the cell is blank.
    ranks: Vec<Option<usize>>,
    bytes: Vec<u8>,
}

impl JsonBatch {
    pub(super) fn new(width: usize) -> JsonBatch {
        let (places, spans, bytes) = (Vec::new(), Vec::new(), Vec::new());
        JsonBatch { width, places, spans, ranks: vec![None; width], bytes }
    }

    pub(super) fn is_full(&self) -> bool {
        self.places.len() == BATCH_ROWS
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.places.clear();
        self.spans.clear();
        self.bytes.clear();
    }

    /// Begins a row, in place of one that was not ended.
    pub(super) fn begin_row(&mut self) {
        self.spans.truncate(self.places.len() * self.width);
        self.spans.resize((self.places.len() + 1) * self.width, BLANK);
        self.ranks.fill(None);
    }

    /// Puts a value into a cell of the row, unless a name of a better rank has filled the cell. Returns whether the cell had a value of the
    /// same rank.
    pub(super) fn put(&mut self, slot: usize, rank: usize, value: &JsonValue<'_>) -> bool {
        let (bytes, is_number) = match value {
            JsonValue::Null | JsonValue::Nested => return false,
            JsonValue::Text(text) => (&**text, false),
            JsonValue::Number(digits) => (*digits, true),
        };
        if bytes.is_empty() || self.ranks[slot].is_some_and(|filled| filled < rank) {
            return false;
        }
        let is_repeated = self.ranks[slot] == Some(rank);
        self.ranks[slot] = Some(rank);
        let start = self.bytes.len();
        if is_number {
            self.bytes.push(IS_NUMBER);
        }
        self.bytes.extend_from_slice(bytes);
        let row = self.places.len() * self.width;
        self.spans[row + slot] = JsonSpan { start, end: self.bytes.len(), is_number };
        is_repeated
    }

    /// Ends the row.
    pub(super) fn end_row(&mut self, place: RowPlace) {
        self.places.push(place);
    }

    /// Makes the bytes behind the last cell readable, for padded cells.
    pub(super) fn pad(&mut self) {
        self.bytes.resize(self.bytes.len() + size_of::<PaddedCell>(), 0);
    }

    #[inline(always)]
    fn span(&self, row: usize, column: usize) -> JsonSpan {
        self.spans[row * self.width + column]
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        match self.span(row, column) {
            JsonSpan { start, end, is_number: true } => {
                Cell { bytes: &self.bytes[start + 1..end], kind: CellKind::SheetNumber }
            }
            JsonSpan { start, end, is_number: false } => {
                Cell { bytes: &self.bytes[start..end], kind: CellKind::Utf8 }
            }
        }
    }
}

impl RowBatch for JsonBatch {
    const MAY_BE_QUOTED: bool = false;

    fn len(&self) -> usize {
        self.places.len()
    }

    #[inline(always)]
    fn raw(&self, row: usize, column: usize) -> &[u8] {
        let JsonSpan { start, end, .. } = self.span(row, column);
        &self.bytes[start..end]
    }

    #[inline(always)]
    fn padded(&self, row: usize, column: usize) -> Option<(&PaddedCell, usize)> {
        let JsonSpan { start, end, .. } = self.span(row, column);
        Some((self.bytes.get(start..)?.first_chunk()?, end - start))
    }

    #[inline(always)]
    fn text(&self, row: usize, column: usize) -> Option<&[u8]> {
        (!self.span(row, column).is_number).then(|| self.raw(row, column))
    }

    #[inline]
    fn decimal(&self, row: usize, column: usize) -> Option<(i128, u8)> {
        let JsonSpan { start, end, is_number } = self.span(row, column);
        is_number.then(|| decimal(&self.bytes[start + 1..end]).unwrap_or(NO_DECIMAL))
    }

    fn visit(&self, row: usize, visit: &mut dyn FnMut(&Row<'_>)) {
        let mut cells = [Cell::BLANK; limits::DIALECT_COLUMNS];
        for (column, cell) in cells[..self.width].iter_mut().enumerate() {
            *cell = self.cell(row, column);
        }
        visit(&Row { at: Origin::Place(self.places[row]), cells: &cells[..self.width] });
    }
}

/// A number without an exponent, as an integer and its count of decimals. `None` if it has another form, or more digits.
fn decimal(text: &[u8]) -> Option<(i128, u8)> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.len() > DIGITS {
        return None;
    }
    let (mut number, mut point) = (0_i128, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => number = number * 10 + i128::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let decimals = point.map_or(0, |point| digits.len() - point - 1);
    Some((if digits.len() == text.len() { number } else { -number }, u8::try_from(decimals).ok()?))
}
