//! Preflight of a part of an `.xlsb`: its records (MS-XLSB 2.1.4). Comes in: bytes. Goes out: why the part is
//! refused, and counts of shared strings. Records at which calamine would panic are refused; those which it would silently
//! skip are told, so that the part is rewritten. It holds at most the first bytes of one record.

use super::len_u64;
use crate::base::limits;
use crate::formats::workbook::DateSystem;
use crate::formats::workbook::error::WorkbookError;
use crate::formats::workbook::merged_ranges::{MergedRange, MergedRanges};

/// Bytes at the beginning of a record that are kept.
const HEAD_BYTES: usize = 16;

// Record types, by their names in MS-XLSB 2.3.2.
const BRT_ROW_HDR: u16 = 0x0000;
const BRT_CELL_RK: u16 = 0x0002;
const BRT_CELL_ERROR: u16 = 0x0003;
const BRT_CELL_BOOL: u16 = 0x0004;
const BRT_CELL_REAL: u16 = 0x0005;
const BRT_CELL_ST: u16 = 0x0006;
const BRT_CELL_ISST: u16 = 0x0007;
const BRT_FMLA_STRING: u16 = 0x0008;
const BRT_FMLA_NUM: u16 = 0x0009;
const BRT_FMLA_BOOL: u16 = 0x000A;
const BRT_FMLA_ERROR: u16 = 0x000B;
/// Short cells stand right of the cell before and do not name their column.
const BRT_SHORT_BLANK: u16 = 0x000C;
const BRT_SHORT_RK: u16 = 0x000D;
const BRT_SHORT_ERROR: u16 = 0x000E;
const BRT_SHORT_BOOL: u16 = 0x000F;
const BRT_SHORT_REAL: u16 = 0x0010;
const BRT_SHORT_ST: u16 = 0x0011;
const BRT_SHORT_ISST: u16 = 0x0012;
const BRT_SST_ITEM: u16 = 0x0013;
const BRT_CELL_R_STRING: u16 = 0x003E;
const BRT_BEGIN_SHEET_DATA: u16 = 0x0091;
const BRT_END_SHEET_DATA: u16 = 0x0092;
const BRT_WS_DIM: u16 = 0x0094;
const BRT_WB_PROP: u16 = 0x0099;
const BRT_MERGE_CELL: u16 = 0x00B0;

enum RecordState {
    /// Within the type of a record. `bits`: the bits that were read before.
    Type {
        bits: u16,
        bytes: u32,
    },
    /// Within the length of a record. `bits`: the bits that were read before.
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

/// Scanner state.
pub(super) struct XlsbScanner {
    state: RecordState,
    head: Vec<u8>,
    in_rows: bool,
    strings: u64,
    highest_string: Option<u32>,
    date_system: Option<DateSystem>,
    needs_rewrite: bool,
    merged: MergedRanges,
}

impl XlsbScanner {
    pub(super) fn new() -> XlsbScanner {
        XlsbScanner {
            state: RecordState::Type { bits: 0, bytes: 0 },
            head: Vec::with_capacity(HEAD_BYTES),
            in_rows: false,
            strings: 0,
            highest_string: None,
            date_system: None,
            needs_rewrite: false,
            merged: MergedRanges::default(),
        }
    }

    /// The number of shared strings so far.
    pub(super) fn strings(&self) -> u64 {
        self.strings
    }

    /// The highest shared string that a cell refers to, from 0. **Absent**: none so far.
    pub(super) fn highest_string(&self) -> Option<u32> {
        self.highest_string
    }

    /// Whether the part has cells that calamine would silently skip, so that a cell which holds something would look blank.
    pub(super) fn needs_rewrite(&self) -> bool {
        self.needs_rewrite
    }

    /// The merged ranges of the part.
    pub(super) fn into_merged(self) -> MergedRanges {
        self.merged
    }

    /// The date system. **Absent**: the part states none.
    pub(super) fn date_system(&self) -> Option<DateSystem> {
        self.date_system
    }

    /// Scans the next block.
    ///
    /// # Errors
    /// A record is too short, too long, or of a type that calamine does not read.
    pub(super) fn feed(&mut self, mut block: &[u8]) -> Result<(), WorkbookError> {
        while let Some((&byte, rest)) = block.split_first() {
            match self.state {
                RecordState::Type { bits, bytes } => {
                    // Seven bits a byte, the lowest first; a set high bit says that a byte follows. A type has at
                    // most two bytes.
                    let bits = bits | (u16::from(byte & 0x7F) << (7 * bytes));
                    self.state = if bytes == 0 && byte & 0x80 != 0 {
                        RecordState::Type { bits, bytes: 1 }
                    } else {
                        RecordState::Length { kind: bits, bits: 0, bytes: 0 }
                    };
                    block = rest;
                }
                RecordState::Length { kind, bits, bytes } => {
                    // A length has at most four bytes, of the same form.
                    let bits = bits | (u32::from(byte & 0x7F) << (7 * bytes));
                    if byte & 0x80 != 0 && bytes < 3 {
                        self.state = RecordState::Length { kind, bits, bytes: bytes + 1 };
                    } else {
                        self.head.clear();
                        self.begin(kind, bits)?;
                    }
                    block = rest;
                }
                RecordState::Body { kind, len, left } => {
                    let used = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
                    let wanted = HEAD_BYTES.saturating_sub(self.head.len()).min(used);
                    self.head.extend_from_slice(&block[..wanted]);
                    let left = left - u32::try_from(used).expect("at most what was left");
                    self.state = RecordState::Body { kind, len, left };
                    if left == 0 {
                        self.end(kind, len)?;
                    }
                    block = &block[used..];
                }
            }
        }
        Ok(())
    }

    /// Begins the body of a record.
    fn begin(&mut self, kind: u16, len: u32) -> Result<(), WorkbookError> {
        if self.in_rows && u64::from(len) > limits::WORKBOOK_CELL_BYTES {
            return Err(WorkbookError::expansion_limit(format!("a cell of the workbook has {len} bytes")));
        }
        self.state = RecordState::Body { kind, len, left: len };
        if len == 0 { self.end(kind, len) } else { Ok(()) }
    }

    /// Ends a record.
    fn end(&mut self, kind: u16, len: u32) -> Result<(), WorkbookError> {
        self.state = RecordState::Type { bits: 0, bytes: 0 };
        match kind {
            BRT_BEGIN_SHEET_DATA => self.in_rows = true,
            BRT_END_SHEET_DATA => self.in_rows = false,
            BRT_SST_ITEM if !self.in_rows => self.strings += 1,
            BRT_WB_PROP if self.head.first().is_some_and(|flags| flags & 1 != 0) => {
                self.date_system = Some(DateSystem::From1904);
            }
            BRT_WS_DIM | BRT_MERGE_CELL if len < 16 => return Err(too_short()),
            BRT_MERGE_CELL if !self.in_rows => {
                let [top, bottom, left, right] = [0, 4, 8, 12].map(|at| self.u32_at(at));
                self.merged.push(MergedRange { top, bottom, left, right })?;
            }
            _ => {}
        }
        if self.in_rows { self.cell(kind, len) } else { Ok(()) }
    }

    /// Checks a row or cell.
    fn cell(&mut self, kind: u16, len: u32) -> Result<(), WorkbookError> {
        // The least length of the record: column and style take eight bytes, the style of a short cell four; the value comes after
        // them.
        let least = match kind {
            BRT_ROW_HDR => 4,
            BRT_SHORT_BLANK => 4,
            BRT_SHORT_ERROR | BRT_SHORT_BOOL => 5,
            BRT_SHORT_RK | BRT_SHORT_ST | BRT_SHORT_ISST => 8,
            BRT_CELL_ERROR | BRT_CELL_BOOL | BRT_FMLA_BOOL | BRT_FMLA_ERROR => 9,
            BRT_SHORT_REAL => 12,
            BRT_CELL_R_STRING => 13,
            BRT_CELL_RK | BRT_CELL_ST | BRT_CELL_ISST | BRT_FMLA_STRING => 12,
            BRT_CELL_REAL | BRT_FMLA_NUM => 16,
            _ => return Ok(()),
        };
        if len < least {
            return Err(too_short());
        }
        self.needs_rewrite |=
            matches!(kind, BRT_SHORT_BLANK..=BRT_SHORT_ISST | BRT_FMLA_ERROR | BRT_CELL_R_STRING);
        match kind {
            // calamine would take such a row for the end of the sheet.
            BRT_ROW_HDR if self.u32_at(0) >= limits::SHEET_ROWS => {
                Err(WorkbookError::corrupt(format!("row {} is past the last", self.u32_at(0))))
            }
            // A text of UTF-16 with its length before it.
            BRT_CELL_ST | BRT_FMLA_STRING if u64::from(self.u32_at(8)) * 2 + 12 > u64::from(len) => {
                Err(too_short())
            }
            BRT_SHORT_ST if u64::from(self.u32_at(4)) * 2 + 8 > u64::from(len) => Err(too_short()),
            BRT_CELL_R_STRING if u64::from(self.u32_at(9)) * 2 + 13 > u64::from(len) => Err(too_short()),
            BRT_SHORT_ISST => {
                self.highest_string = self.highest_string.max(Some(self.u32_at(4)));
                Ok(())
            }
            BRT_CELL_ISST => {
                self.highest_string = self.highest_string.max(Some(self.u32_at(8)));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn u32_at(&self, at: usize) -> u32 {
        debug_assert!(len_u64(self.head.len()) >= len_u64(at) + 4, "lengths are checked first");
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&self.head[at..at + 4]);
        u32::from_le_bytes(bytes)
    }
}

fn too_short() -> WorkbookError {
    WorkbookError::corrupt("a record is too short")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::error::InputErrorCode;

    /// A sheet of these records: types below 128 and bodies below 128 bytes.
    fn sheet(scanner: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0x91, 0x01, 0];
        for (kind, body) in scanner {
            bytes.extend([*kind, u8::try_from(body.len()).unwrap()]);
            bytes.extend_from_slice(body);
        }
        bytes.extend([0x92, 0x01, 0]);
        bytes
    }

    fn scan(bytes: &[u8], block: usize) -> Result<XlsbScanner, WorkbookError> {
        let mut scanner = XlsbScanner::new();
        bytes.chunks(block).try_for_each(|block| scanner.feed(block))?;
        Ok(scanner)
    }

    #[test]
    fn records_are_scanned_alike_whatever_the_block_size() {
        let cell = [0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0];
        let bytes = sheet(&[(0, &[3, 0, 0, 0]), (7, &cell), (1, &[0; 8])]);
        for block in 1..=bytes.len() {
            let scanner = scan(&bytes, block).unwrap();
            assert_eq!(scanner.highest_string(), Some(7), "block of {block}");
            assert!(!scanner.in_rows, "block of {block}");
        }
    }

    #[test]
    fn a_record_that_calamine_would_panic_at_is_refused() {
        let text = [0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, b'a', 0];
        for (record, code) in [
            ((0x05, &[0u8; 15] as &[u8]), InputErrorCode::Corrupt),
            ((0x07, &[0; 8]), InputErrorCode::Corrupt),
            ((0x06, &text), InputErrorCode::Corrupt),
            ((0x00, &[0, 0, 0x10, 0]), InputErrorCode::Corrupt),
            ((0x0B, &[0; 8]), InputErrorCode::Corrupt),
            ((0x0C, &[0; 3]), InputErrorCode::Corrupt),
            ((0x10, &[0; 11]), InputErrorCode::Corrupt),
            ((0x11, &[0, 0, 0, 0, 1, 0, 0, 0]), InputErrorCode::Corrupt),
            ((0x3E, &[0; 12]), InputErrorCode::Corrupt),
        ] {
            assert_eq!(scan(&sheet(&[record]), 64).err().unwrap().code, code, "{:#x}", record.0);
        }
    }

    #[test]
    fn merged_ranges_stand_behind_the_rows() {
        let range = [1u32, 4, 0, 2].map(u32::to_le_bytes).concat();
        let record = [&[0xB0, 0x01, 16][..], &range].concat();
        let mut expected = MergedRanges::default();
        expected.push(MergedRange { top: 1, bottom: 4, left: 0, right: 2 }).unwrap();
        let bytes = [sheet(&[(1, &[0; 8])]), record.clone()].concat();
        for block in [1, 7, 64] {
            assert_eq!(scan(&bytes, block).unwrap().into_merged(), expected);
        }
        let short = [sheet(&[]), [&[0xB0, 0x01, 15][..], &range[..15]].concat()].concat();
        assert_eq!(scan(&short, 64).err().unwrap().code, InputErrorCode::Corrupt);
    }

    #[test]
    fn a_record_that_calamine_would_skip_is_told() {
        for record in
            [(0x0B, &[0u8; 9] as &[u8]), (0x0C, &[0; 4]), (0x10, &[0; 12]), (0x12, &[0; 8]), (0x3E, &[0; 13])]
        {
            assert!(scan(&sheet(&[record]), 64).unwrap().needs_rewrite(), "{:#x}", record.0);
        }
        assert!(!scan(&sheet(&[(0, &[0; 4]), (1, &[0; 8])]), 64).unwrap().needs_rewrite());
    }
}
