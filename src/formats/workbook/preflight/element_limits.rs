//! Limits on the elements of an XML part that a reader holds one at a time or all at once: the length of a cell or
//! shared string, and the number of shared strings. Comes in: tokens. Goes out: why the part is refused. It holds no
//! element.

use super::len_u64;
use super::xml::{XmlToken, attribute, local_name, tag_name};
use crate::base::limits;
use crate::formats::workbook::error::WorkbookError;

/// Bytes that a shared string takes in memory beside its text.
const STRING_BYTES: u64 = 24;

/// Bytes of the shortest shared string in a file: `<si/>`.
const SHORTEST: u64 = 5;

/// Counts of a part so far.
pub(super) struct ElementLimits {
    /// Bytes of the cell or string that is open; outside of these, bytes since the last tag.
    element_bytes: u64,
    in_element: bool,
    strings: u64,
    /// The number of strings that the part claims; calamine allocates for as many at once.
    claimed: u64,
}

impl ElementLimits {
    pub(super) fn new() -> ElementLimits {
        ElementLimits { element_bytes: 0, in_element: false, strings: 0, claimed: 0 }
    }

    /// Counts a token.
    ///
    /// # Errors
    /// A cell or string, or the text between two tags, is too long.
    pub(super) fn visit(&mut self, token: &XmlToken<'_>) -> Result<(), WorkbookError> {
        match token {
            XmlToken::Text(text) => {
                self.element_bytes = self.element_bytes.saturating_add(len_u64(text.len()))
            }
            XmlToken::Other(bytes) => self.element_bytes = self.element_bytes.saturating_add(*bytes),
            XmlToken::Tag(tag) => {
                let (name, is_start) = tag_name(tag);
                match local_name(name) {
                    name @ (b"c" | b"si") => {
                        self.in_element = is_start && !tag.ends_with(b"/");
                        self.element_bytes = 0;
                        if is_start && name == b"si" {
                            self.strings += 1;
                        }
                    }
                    b"sst" if is_start => {
                        let count =
                            attribute(tag, "uniqueCount").and_then(|count| str::from_utf8(count).ok());
                        self.claimed = count.and_then(|count| count.parse().ok()).unwrap_or(0);
                    }
                    _ if self.in_element => {
                        self.element_bytes = self.element_bytes.saturating_add(len_u64(tag.len()))
                    }
                    _ => self.element_bytes = 0,
                }
            }
        }
        if self.element_bytes > limits::WORKBOOK_CELL_BYTES {
            return Err(WorkbookError::expansion_limit(format!(
                "a cell of the workbook is longer than {} MiB",
                limits::WORKBOOK_CELL_BYTES >> 20
            )));
        }
        Ok(())
    }

    /// Counts strings that the fast path has tokenised.
    pub(super) fn add_strings(&mut self, count: u64) {
        self.strings += count;
    }

    /// Checks the shared strings at the end of their part of `bytes` bytes.
    ///
    /// # Errors
    /// The strings would take more memory than a part may, or are fewer than the part claims.
    pub(super) fn finish(&self, bytes: u64) -> Result<(), WorkbookError> {
        let held = bytes.saturating_add(self.strings.saturating_mul(STRING_BYTES));
        if held > limits::WORKBOOK_PART_BYTES.saturating_mul(2) {
            return Err(WorkbookError::expansion_limit(format!("the workbook has {} texts", self.strings)));
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
