//! Watches the records of an `.xlsb` part go by (MS-XLSB 2.1.4), and refuses those that its reader would stumble over or leave
//! out in silence. It holds at most the first bytes of one record.

use super::fault::WorkbookError;
use super::markup::length;
use crate::base::limits;

/// Bytes at the beginning of a record that are looked at.
const HEAD_BYTES: usize = 16;

const ROW: u16 = 0x0000;
const STRING_ITEM: u16 = 0x0013;
const FORMULA_ERROR: u16 = 0x000B;
/// Cells that stand right of the one before: RK number, error, truth, number, text, shared text.
const SHORT_NUMBER: u16 = 0x000D;
const SHORT_TEXT: u16 = 0x0012;
const RICH_CELL: u16 = 0x003E;
const BEGIN_ROWS: u16 = 0x0091;
const END_ROWS: u16 = 0x0092;
const DIMENSION: u16 = 0x0094;

enum State {
    /// The type, of which these bits are known.
    Type {
        bits: u16,
        bytes: u32,
    },
    /// The length, of which these bits are known.
    Length {
        kind: u16,
        bits: u32,
        bytes: u32,
    },
    Body {
        kind: u16,
        len: u32,
        left: u32,
    },
}

/// What was seen of a part so far.
pub(super) struct Records {
    state: State,
    head: Vec<u8>,
    in_rows: bool,
    strings: u64,
    highest_string: Option<u32>,
}

impl Records {
    pub(super) fn new() -> Records {
        Records {
            state: State::Type { bits: 0, bytes: 0 },
            head: Vec::with_capacity(HEAD_BYTES),
            in_rows: false,
            strings: 0,
            highest_string: None,
        }
    }

    /// The shared strings that were seen.
    pub(super) fn strings(&self) -> u64 {
        self.strings
    }

    /// The highest shared string that a cell refers to, from 0. **Absent**: none.
    pub(super) fn highest_string(&self) -> Option<u32> {
        self.highest_string
    }

    /// Reads the next block.
    pub(super) fn feed(&mut self, mut block: &[u8]) -> Result<(), WorkbookError> {
        while let Some((&byte, rest)) = block.split_first() {
            match self.state {
                State::Type { bits, bytes } => {
                    // Seven bits a byte, the high bit of the first says that there is a second; type 128 is two bytes.
                    let bits = bits | (u16::from(byte & 0x7F) << (7 * bytes));
                    self.state = if bytes == 0 && byte & 0x80 != 0 {
                        State::Type { bits, bytes: 1 }
                    } else {
                        State::Length { kind: bits, bits: 0, bytes: 0 }
                    };
                    block = rest;
                }
                State::Length { kind, bits, bytes } => {
                    let bits = bits | (u32::from(byte & 0x7F) << (7 * bytes));
                    if byte & 0x80 != 0 && bytes < 3 {
                        self.state = State::Length { kind, bits, bytes: bytes + 1 };
                    } else {
                        self.head.clear();
                        self.begin(kind, bits)?;
                    }
                    block = rest;
                }
                State::Body { kind, len, left } => {
                    let used = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
                    let wanted = HEAD_BYTES.saturating_sub(self.head.len()).min(used);
                    self.head.extend_from_slice(&block[..wanted]);
                    let left = left - u32::try_from(used).expect("at most what was left");
                    self.state = State::Body { kind, len, left };
                    if left == 0 {
                        self.end(kind, len)?;
                    }
                    block = &block[used..];
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, kind: u16, len: u32) -> Result<(), WorkbookError> {
        if self.in_rows && u64::from(len) > limits::WORKBOOK_CELL_BYTES {
            return Err(WorkbookError::expands(format!("a cell of the workbook has {len} bytes")));
        }
        self.state = State::Body { kind, len, left: len };
        if len == 0 { self.end(kind, len) } else { Ok(()) }
    }

    fn end(&mut self, kind: u16, len: u32) -> Result<(), WorkbookError> {
        self.state = State::Type { bits: 0, bytes: 0 };
        match kind {
            BEGIN_ROWS => self.in_rows = true,
            END_ROWS => self.in_rows = false,
            STRING_ITEM if !self.in_rows => self.strings += 1,
            DIMENSION if len < 16 => return Err(too_short()),
            _ => {}
        }
        if self.in_rows { self.cell(kind, len) } else { Ok(()) }
    }

    fn cell(&mut self, kind: u16, len: u32) -> Result<(), WorkbookError> {
        // The column and style take eight bytes, the value what it needs.
        let least = match kind {
            ROW => 4,
            0x0003 | 0x0004 | 0x000A => 9,
            0x0002 | 0x0006 | 0x0007 | 0x0008 => 12,
            0x0005 | 0x0009 => 16,
            // The reader passes these over without a word, and a cell that holds something would look blank.
            FORMULA_ERROR => return Err(passed_over("a formula that gives an error value")),
            SHORT_NUMBER..=SHORT_TEXT => return Err(passed_over("a cell that does not name its column")),
            RICH_CELL => return Err(passed_over("a cell whose text is formatted in place")),
            _ => return Ok(()),
        };
        if len < least {
            return Err(too_short());
        }
        match kind {
            // The reader would take such a row for the end of the sheet.
            ROW if self.number(0) >= limits::SHEET_ROWS => {
                Err(WorkbookError::corrupt(format!("row {} is past the last", self.number(0))))
            }
            0x0006 | 0x0008 if u64::from(self.number(8)) * 2 + 12 > u64::from(len) => Err(too_short()),
            0x0007 => {
                self.highest_string = self.highest_string.max(Some(self.number(8)));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn number(&self, at: usize) -> u32 {
        debug_assert!(length(self.head.len()) >= length(at) + 4, "lengths are checked first");
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&self.head[at..at + 4]);
        u32::from_le_bytes(bytes)
    }
}

fn passed_over(what: &str) -> WorkbookError {
    WorkbookError::unsupported(format!("it has {what}, which cannot be read from an .xlsb; save it as xlsx"))
}

fn too_short() -> WorkbookError {
    WorkbookError::corrupt("a record is too short")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::error::InputErrorCode;

    /// A sheet of these records: kinds below 128 and bodies below 128 bytes.
    fn sheet(records: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0x91, 0x01, 0];
        for (kind, body) in records {
            bytes.extend([*kind, u8::try_from(body.len()).unwrap()]);
            bytes.extend_from_slice(body);
        }
        bytes.extend([0x92, 0x01, 0]);
        bytes
    }

    fn seen(bytes: &[u8], block: usize) -> Result<Records, WorkbookError> {
        let mut records = Records::new();
        bytes.chunks(block).try_for_each(|block| records.feed(block))?;
        Ok(records)
    }

    #[test]
    fn records_are_seen_alike_whatever_the_block_size() {
        let cell = [0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0];
        let bytes = sheet(&[(0, &[3, 0, 0, 0]), (7, &cell), (1, &[0; 8])]);
        for block in 1..=bytes.len() {
            let records = seen(&bytes, block).unwrap();
            assert_eq!(records.highest_string(), Some(7), "block of {block}");
            assert!(!records.in_rows, "block of {block}");
        }
    }

    #[test]
    fn a_record_that_the_reader_would_stumble_over_or_pass_over_is_refused() {
        let text = [0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, b'a', 0];
        for (record, code) in [
            ((0x05, &[0u8; 15] as &[u8]), InputErrorCode::Corrupt),
            ((0x07, &[0; 8]), InputErrorCode::Corrupt),
            ((0x06, &text), InputErrorCode::Corrupt),
            ((0x00, &[0, 0, 0x10, 0]), InputErrorCode::Corrupt),
            ((0x0B, &[0; 9]), InputErrorCode::Unsupported),
            ((0x10, &[0; 12]), InputErrorCode::Unsupported),
            ((0x3E, &[0; 12]), InputErrorCode::Unsupported),
        ] {
            assert_eq!(seen(&sheet(&[record]), 64).err().unwrap().code, code, "{:#x}", record.0);
        }
    }
}
