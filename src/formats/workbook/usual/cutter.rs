//! Cuts the XML of a sheet, block by block, into what stands before its rows, whole rows, and what stands behind them. It
//! holds one row that is not whole.

use memchr::memmem;

use super::tokens::Unusual;
use crate::base::limits;

/// A piece of a sheet.
pub(super) enum Piece<'t> {
    /// Before or behind the rows.
    Outside(&'t [u8]),
    /// Whole rows; behind the last of all there may be what is outside.
    Rows(&'t [u8]),
}

/// Rows begin within so many bytes.
const BEFORE_BYTES: usize = 64 << 10;
const BEGIN: &[u8] = b"<sheetData>";
const END: &[u8] = b"</sheetData>";
const ROW_END: &[u8] = b"</row>";

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    Rows,
    /// The rows are over, or there are none to be found.
    Behind,
}

/// Where a sheet stands between two blocks.
pub(super) struct Cutter {
    state: State,
    held: Vec<u8>,
    has_rows: bool,
}

impl Cutter {
    pub(super) fn new() -> Cutter {
        Cutter { state: State::Before, held: Vec::new(), has_rows: false }
    }

    /// Whether all rows were met; asked at the end.
    pub(super) fn has_rows(&self) -> bool {
        self.has_rows && self.state == State::Behind
    }

    /// Whether nothing of interest follows.
    pub(super) fn is_behind(&self) -> bool {
        self.state == State::Behind
    }

    /// Reads the next block; an empty one is the end. `each` says how far it came: [`Piece::Rows`] may end before the piece does.
    pub(super) fn feed<E: From<Unusual>>(
        &mut self,
        block: &[u8],
        each: &mut impl FnMut(Piece<'_>) -> Result<usize, E>,
    ) -> Result<(), E> {
        if self.state == State::Behind {
            return each(Piece::Outside(block)).map(|_| ());
        }
        self.held.extend_from_slice(block);
        if self.state == State::Before {
            self.before(block.is_empty(), each)?;
        }
        if self.state == State::Rows {
            self.rows(each)?;
            if self.state == State::Rows && block.is_empty() {
                return Err(Unusual.into());
            }
        }
        Ok(())
    }

    fn before<E: From<Unusual>>(
        &mut self,
        is_end: bool,
        each: &mut impl FnMut(Piece<'_>) -> Result<usize, E>,
    ) -> Result<(), E> {
        let word = &BEGIN[1..BEGIN.len() - 1];
        match memmem::find(&self.held, word) {
            Some(at) if self.held.len() > at + word.len() => {
                let end = at + word.len() + 1;
                if !self.held[..end].ends_with(BEGIN) || !is_plain(&self.held[..end]) {
                    return Err(Unusual.into());
                }
                each(Piece::Outside(&self.held[..end]))?;
                self.held.drain(..end);
                self.state = State::Rows;
                self.has_rows = true;
            }
            None if is_end || self.held.len() > BEFORE_BYTES => {
                each(Piece::Outside(&self.held))?;
                self.held = Vec::new();
                self.state = State::Behind;
            }
            Some(_) if is_end => return Err(Unusual.into()),
            Some(_) | None => {}
        }
        Ok(())
    }

    fn rows<E: From<Unusual>>(
        &mut self,
        each: &mut impl FnMut(Piece<'_>) -> Result<usize, E>,
    ) -> Result<(), E> {
        let whole = memmem::rfind(&self.held, ROW_END).map_or(0, |at| at + ROW_END.len());
        // Behind the last row with cells there may be empty ones.
        let last = memmem::find(&self.held[whole..], END).map(|at| whole + at);
        let cut = last.unwrap_or(whole);
        let used = each(Piece::Rows(&self.held[..cut]))?;
        if used < cut || last.is_some() {
            each(Piece::Outside(&self.held[used..]))?;
            self.held = Vec::new();
            self.state = State::Behind;
            return Ok(());
        }
        self.held.drain(..cut);
        if u64::try_from(self.held.len()).is_ok_and(|held| held > limits::WORKBOOK_CELL_BYTES) {
            return Err(Unusual.into());
        }
        Ok(())
    }
}

/// Whether the rows begin where a reader of XML would say so: in UTF-8, and with no comment or text section in which tags are text.
pub(super) fn is_plain(before: &[u8]) -> bool {
    let declaration = memmem::find(before, b"?>").map_or(&before[..0], |end| &before[..end]);
    let is_utf8 = match memmem::find(declaration, b"encoding") {
        None => true,
        Some(at) => {
            let value = declaration[at + b"encoding".len()..].get(2..7);
            value.is_some_and(|value| value.eq_ignore_ascii_case(b"utf-8"))
        }
    };
    is_utf8 && memmem::find(before, b"<!").is_none()
}
