//! Splits the XML of a sheet, block by block, into what is before the rows, whole rows, and what is after them. Comes
//! in: blocks of any size. Goes out: pieces, in order. It holds one row that is not complete yet, and parses nothing
//! within rows.

use memchr::memmem;

use super::tokens::NeedsFallback;
use crate::base::limits;

/// A piece of a sheet.
pub(super) enum SheetPiece<'t> {
    /// Before or after the rows.
    Outside(&'t [u8]),
    /// Whole rows. After the last row of the sheet, the piece may end with what is outside.
    Rows(&'t [u8]),
}

/// Rows must begin within this many bytes.
const BEFORE_BYTES: usize = 64 << 10;
const BEGIN: &[u8] = b"<sheetData>";
const END: &[u8] = b"</sheetData>";
const ROW_END: &[u8] = b"</row>";

#[derive(Clone, Copy, PartialEq, Eq)]
enum SplitterState {
    Before,
    Within,
    /// The rows have ended, or the part has none.
    After,
}

/// Splitter state between two blocks.
pub(super) struct RowSplitter {
    state: SplitterState,
    pending: Vec<u8>,
    has_rows: bool,
}

impl RowSplitter {
    pub(super) fn new() -> RowSplitter {
        RowSplitter { state: SplitterState::Before, pending: Vec::new(), has_rows: false }
    }

    /// Whether the part has rows and all of them were split. To be called at the end.
    pub(super) fn has_rows(&self) -> bool {
        self.has_rows && self.state == SplitterState::After
    }

    /// Whether all rows were split, so that nothing of interest follows.
    pub(super) fn is_past_rows(&self) -> bool {
        self.state == SplitterState::After
    }

    /// Splits the next block; an empty one is the end. `each` returns how many bytes of the piece it used:
    /// [`SheetPiece::Rows`] may be used in part only, if the rows end within it.
    ///
    /// # Errors
    /// The sheet needs the fallback, or `each` fails.
    pub(super) fn feed<E: From<NeedsFallback>>(
        &mut self,
        block: &[u8],
        each: &mut impl FnMut(SheetPiece<'_>) -> Result<usize, E>,
    ) -> Result<(), E> {
        if self.state == SplitterState::After {
            return each(SheetPiece::Outside(block)).map(|_| ());
        }
        self.pending.extend_from_slice(block);
        if self.state == SplitterState::Before {
            self.split_prolog(block.is_empty(), each)?;
        }
        if self.state == SplitterState::Within {
            self.split_rows(each)?;
            if self.state == SplitterState::Within && block.is_empty() {
                return Err(NeedsFallback.into());
            }
        }
        Ok(())
    }

    /// Looks for the start of the rows in what is pending.
    fn split_prolog<E: From<NeedsFallback>>(
        &mut self,
        is_end: bool,
        each: &mut impl FnMut(SheetPiece<'_>) -> Result<usize, E>,
    ) -> Result<(), E> {
        let word = &BEGIN[1..BEGIN.len() - 1];
        match memmem::find(&self.pending, word) {
            // The word may be cut off by the end of the block, so the byte after it decides.
            Some(at) if self.pending.len() > at + word.len() => {
                let end = at + word.len() + 1;
                if !self.pending[..end].ends_with(BEGIN) || !is_plain_prolog(&self.pending[..end]) {
                    return Err(NeedsFallback.into());
                }
                each(SheetPiece::Outside(&self.pending[..end]))?;
                self.pending.drain(..end);
                self.state = SplitterState::Within;
                self.has_rows = true;
            }
            // No rows so far: an empty sheet, or a part of another kind.
            None if is_end || self.pending.len() > BEFORE_BYTES => {
                each(SheetPiece::Outside(&self.pending))?;
                self.pending = Vec::new();
                self.state = SplitterState::After;
            }
            Some(_) if is_end => return Err(NeedsFallback.into()),
            Some(_) | None => {}
        }
        Ok(())
    }

    /// Gives the complete rows of what is pending to `each`, and keeps the rest.
    fn split_rows<E: From<NeedsFallback>>(
        &mut self,
        each: &mut impl FnMut(SheetPiece<'_>) -> Result<usize, E>,
    ) -> Result<(), E> {
        let whole = memmem::rfind(&self.pending, ROW_END).map_or(0, |at| at + ROW_END.len());
        // After the last row with cells there may be empty rows, which do not end with a tag of their own.
        let last = memmem::find(&self.pending[whole..], END).map(|at| whole + at);
        let cut = last.unwrap_or(whole);
        let used = each(SheetPiece::Rows(&self.pending[..cut]))?;
        // The rows have ended.
        if used < cut || last.is_some() {
            each(SheetPiece::Outside(&self.pending[used..]))?;
            self.pending = Vec::new();
            self.state = SplitterState::After;
            return Ok(());
        }
        self.pending.drain(..cut);
        if u64::try_from(self.pending.len()).is_ok_and(|pending| pending > limits::WORKBOOK_CELL_BYTES) {
            return Err(NeedsFallback.into());
        }
        Ok(())
    }
}

/// Whether `<sheetData>` is where an XML reader would find it: the document is UTF-8, and has no comment, CDATA or
/// document type before, in which tags are text.
pub(super) fn is_plain_prolog(prolog: &[u8]) -> bool {
    let declaration = memmem::find(prolog, b"?>").map_or(&prolog[..0], |end| &prolog[..end]);
    let is_utf8 = match memmem::find(declaration, b"encoding") {
        None => true,
        Some(at) => {
            let value = declaration[at + b"encoding".len()..].get(2..7);
            value.is_some_and(|value| value.eq_ignore_ascii_case(b"utf-8"))
        }
    };
    is_utf8 && memmem::find(prolog, b"<!").is_none()
}
