//! Watches the cells and shared strings of an XML part go by: how long each is, and how many there are. It holds none.

use super::fault::WorkbookError;
use super::markup::{Piece, attribute, length, local_name, tag_name};
use crate::base::limits;

/// Bytes that a shared string takes in memory beside its text.
const STRING_BYTES: u64 = 24;

/// The shortest shared string in a file: `<si/>`.
const SHORTEST: u64 = 5;

/// What was seen of a part so far.
pub(super) struct Elements {
    /// Bytes since the last tag, or since the cell or string began that is open.
    run: u64,
    in_element: bool,
    strings: u64,
    /// What the part says that its number of strings is; the reader makes room for them at once.
    claimed: u64,
}

impl Elements {
    pub(super) fn new() -> Elements {
        Elements { run: 0, in_element: false, strings: 0, claimed: 0 }
    }

    /// Refuses a cell or string, or text between them, that is absurdly long.
    pub(super) fn see(&mut self, piece: &Piece<'_>) -> Result<(), WorkbookError> {
        match piece {
            Piece::Other(bytes) => self.run = self.run.saturating_add(*bytes),
            Piece::Tag(tag) => {
                let (name, is_start) = tag_name(tag);
                match local_name(name) {
                    name @ (b"c" | b"si") => {
                        self.in_element = is_start && !tag.ends_with(b"/");
                        self.run = 0;
                        if is_start && name == b"si" {
                            self.strings += 1;
                        }
                    }
                    b"sst" if is_start => {
                        let count =
                            attribute(tag, "uniqueCount").and_then(|count| str::from_utf8(count).ok());
                        self.claimed = count.and_then(|count| count.parse().ok()).unwrap_or(0);
                    }
                    _ if self.in_element => self.run = self.run.saturating_add(length(tag.len())),
                    _ => self.run = 0,
                }
            }
        }
        if self.run > limits::WORKBOOK_CELL_BYTES {
            return Err(WorkbookError::expands(format!(
                "a cell of the workbook is longer than {} MiB",
                limits::WORKBOOK_CELL_BYTES >> 20
            )));
        }
        Ok(())
    }

    /// Counts strings that went by elsewhere.
    pub(super) fn add_strings(&mut self, count: u64) {
        self.strings += count;
    }

    /// Refuses shared strings that would need more memory than their part may have. `bytes`: the size of the part.
    pub(super) fn finish(&self, bytes: u64) -> Result<(), WorkbookError> {
        let held = bytes.saturating_add(self.strings.saturating_mul(STRING_BYTES));
        if held > limits::WORKBOOK_PART_BYTES.saturating_mul(2) {
            return Err(WorkbookError::expands(format!("the workbook has {} texts", self.strings)));
        }
        if self.claimed > bytes / SHORTEST {
            return Err(WorkbookError::corrupt(format!(
                "it says that it has {} texts, but has {}",
                self.claimed, self.strings
            )));
        }
        Ok(())
    }
}
