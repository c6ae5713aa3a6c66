//! Looks the records of an `.xls` over (MS-XLS) before its reader makes cells of them. Comes in: the workbook stream. Goes out:
//! nothing, or why it is refused.
//!
//! The reader lays each sheet out as one dense block, from its first used row and column to its last, and copies a shared
//! text into every cell that refers to it. A few bytes can so claim more memory than there is; this adds it up first.

use super::fault::WorkbookError;
use super::markup::length;
use super::ole::{number16, number32};
use crate::base::limits;

const FORMULA: u16 = 0x0006;
const END: u16 = 0x000A;
const FILE_PASS: u16 = 0x002F;
const CONTINUE: u16 = 0x003C;
const SHEET: u16 = 0x0085;
const MULTIPLE_RK: u16 = 0x00BD;
const SHARED_TEXTS: u16 = 0x00FC;
const SHARED_TEXT_CELL: u16 = 0x00FD;
const DIMENSIONS: u16 = 0x0200;
const BEGIN: u16 = 0x0809;

/// Refuses a workbook that is encrypted, ends too early, or stands for too many cells or too much text.
pub(super) fn check(stream: &[u8]) -> Result<(), WorkbookError> {
    let mut sheets = Vec::new();
    let mut text_lens = Vec::new();
    let mut records = Records { rest: stream };
    loop {
        let (kind, bytes) = records.next()?;
        match kind {
            FILE_PASS if bytes.iter().take(2).any(|byte| *byte != 0) => {
                return Err(WorkbookError::encrypted());
            }
            SHEET => sheets.push(number32(at_least(bytes, 6)?, 0)),
            SHARED_TEXTS => {
                let mut parts = vec![at_least(bytes, 8)?.split_at(8).1];
                while let Some(part) = records.next_continued() {
                    parts.push(part);
                }
                text_lens = shared_text_lens(&parts)?;
            }
            END => break,
            _ => {}
        }
    }

    let mut held = Held { scanned: 0, cells: 0, text_bytes: 0 };
    for start in sheets {
        let sheet = usize::try_from(start).ok().and_then(|start| stream.get(start..));
        let sheet = sheet.ok_or_else(|| WorkbookError::truncated("a sheet is missing"))?;
        held.add_sheet(sheet, &text_lens)?;
        if held.scanned > length(stream.len()).saturating_mul(4) {
            return Err(WorkbookError::corrupt("its sheets overlap"));
        }
    }
    Ok(())
}

struct Records<'s> {
    rest: &'s [u8],
}

impl<'s> Records<'s> {
    fn next(&mut self) -> Result<(u16, &'s [u8]), WorkbookError> {
        let cut = || WorkbookError::truncated("its last record is cut off");
        let (head, rest) = self.rest.split_at_checked(4).ok_or_else(cut)?;
        let (bytes, rest) = rest.split_at_checked(usize::from(number16(head, 2))).ok_or_else(cut)?;
        self.rest = rest;
        Ok((number16(head, 0), bytes))
    }

    fn next_continued(&mut self) -> Option<&'s [u8]> {
        let mut ahead = Records { rest: self.rest };
        let (kind, bytes) = ahead.next().ok()?;
        (kind == CONTINUE).then(|| {
            self.rest = ahead.rest;
            bytes
        })
    }
}

struct Held {
    scanned: u64,
    cells: u64,
    text_bytes: u64,
}

impl Held {
    fn add_sheet(&mut self, sheet: &[u8], text_lens: &[u64]) -> Result<(), WorkbookError> {
        let mut records = Records { rest: sheet };
        let mut used = Used::default();
        let mut depth = 0u32;
        let mut begun = false;
        loop {
            let (kind, bytes) = records.next()?;
            self.scanned = self.scanned.saturating_add(4 + length(bytes.len()));
            match kind {
                BEGIN if begun => depth += 1,
                BEGIN => begun = true,
                END if depth == 0 => break,
                END => depth -= 1,
                _ if depth > 0 => {}
                DIMENSIONS => dimensions(bytes)?,
                // Number, text, rich text, true or error, RK number.
                0x0203 | 0x0204 | 0x00D6 | 0x0205 | 0x027E | FORMULA | SHARED_TEXT_CELL => {
                    let bytes = at_least(bytes, 6)?;
                    used.add(number16(bytes, 0), number16(bytes, 2));
                    if kind == SHARED_TEXT_CELL {
                        let text = usize::try_from(number32(at_least(bytes, 10)?, 6)).unwrap_or(usize::MAX);
                        let len = text_lens.get(text).ok_or_else(|| {
                            WorkbookError::corrupt("a cell refers to a text that is not there")
                        })?;
                        self.text_bytes = self.text_bytes.saturating_add(*len);
                    }
                }
                MULTIPLE_RK => {
                    let bytes = at_least(bytes, 6)?;
                    let (row, first) = (number16(bytes, 0), number16(bytes, 2));
                    let last = number16(bytes, bytes.len() - 2);
                    if last < first {
                        return Err(WorkbookError::corrupt("a row of numbers ends before it begins"));
                    }
                    used.add(row, first);
                    used.add(row, last);
                }
                _ => {}
            }
        }
        self.cells = self.cells.saturating_add(used.cells());
        if self.cells > limits::WHOLE_WORKBOOK_CELLS {
            return Err(WorkbookError::expands(format!(
                "the workbook stands for more than {} cells, the empty ones between others included",
                limits::WHOLE_WORKBOOK_CELLS
            )));
        }
        if self.text_bytes > limits::WORKBOOK_PART_BYTES {
            return Err(WorkbookError::expands(format!(
                "the workbook expands absurdly: its texts, with all repeats, have more than {} MiB",
                limits::WORKBOOK_PART_BYTES >> 20
            )));
        }
        Ok(())
    }
}

/// The block of a sheet from its first used row and column to its last.
#[derive(Default)]
struct Used {
    /// **Absent**: no cell. First and last row, first and last column.
    block: Option<(u16, u16, u16, u16)>,
}

impl Used {
    fn add(&mut self, row: u16, column: u16) {
        let (top, bottom, left, right) = self.block.unwrap_or((row, row, column, column));
        self.block = Some((top.min(row), bottom.max(row), left.min(column), right.max(column)));
    }

    fn cells(&self) -> u64 {
        self.block.map_or(0, |(top, bottom, left, right)| {
            (u64::from(bottom - top) + 1).saturating_mul(u64::from(right - left) + 1)
        })
    }
}

/// The reader makes room for what a sheet claims to have.
fn dimensions(bytes: &[u8]) -> Result<(), WorkbookError> {
    let (top, bottom, left, right) = match bytes.len() {
        10 => (
            u32::from(number16(bytes, 0)),
            u32::from(number16(bytes, 2)),
            number16(bytes, 4),
            number16(bytes, 6),
        ),
        14.. => (number32(bytes, 0), number32(bytes, 4), number16(bytes, 8), number16(bytes, 10)),
        _ => return Err(WorkbookError::corrupt("a record is too short")),
    };
    // The bounds behind are exclusive; an empty sheet has 0 everywhere, and some writers leave the first row of one.
    if bottom == 0 || right == 0 {
        return Ok(());
    }
    if top >= bottom {
        return Err(WorkbookError::corrupt("a sheet claims to end before it begins"));
    }
    let left = if left > 0xFF || right < left { 0 } else { left };
    let cells = u64::from(bottom - top).saturating_mul(u64::from(right.saturating_sub(left)));
    if cells > limits::WHOLE_WORKBOOK_CELLS {
        return Err(WorkbookError::expands(format!("a sheet of the workbook claims {cells} cells")));
    }
    Ok(())
}

/// The bytes that each shared text takes as UTF-8 at most (MS-XLS 2.5.293).
fn shared_text_lens(parts: &[&[u8]]) -> Result<Vec<u64>, WorkbookError> {
    let mut texts = Texts { parts, rest: &[] };
    let mut lens = Vec::new();
    if let Some((first, parts)) = texts.parts.split_first() {
        (texts.rest, texts.parts) = (first, parts);
    }
    while !texts.rest.is_empty() || texts.turn() {
        if texts.rest.is_empty() {
            // The reader takes an empty continuation for one empty text.
            lens.push(0);
            continue;
        }
        let head = texts.take(3)?;
        let (characters, flags) = (number16(head, 0), head[2]);
        let runs = if flags & 0x8 != 0 { u64::from(number16(texts.take(2)?, 0)) } else { 0 };
        let extra = if flags & 0x4 != 0 { u64::from(number32(texts.take(4)?, 0)) } else { 0 };
        texts.skip_characters(usize::from(characters), flags & 0x1 != 0)?;
        texts.skip(runs * 4 + extra)?;
        lens.push(u64::from(characters) * 3);
    }
    Ok(lens)
}

struct Texts<'p, 's> {
    parts: &'p [&'s [u8]],
    rest: &'s [u8],
}

impl<'s> Texts<'_, 's> {
    /// Goes on to the next record.
    fn turn(&mut self) -> bool {
        match self.parts.split_first() {
            Some((next, parts)) => {
                (self.rest, self.parts) = (next, parts);
                true
            }
            None => false,
        }
    }

    fn take(&mut self, len: usize) -> Result<&'s [u8], WorkbookError> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or_else(broken_text)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The text goes on behind the edge of a record with a flag of its own that says how wide its characters are.
    fn skip_characters(&mut self, mut left: usize, mut is_wide: bool) -> Result<(), WorkbookError> {
        while left > 0 {
            let width = if is_wide { 2 } else { 1 };
            let here = left.min(self.rest.len() / width);
            self.take(here * width)?;
            left -= here;
            if left > 0 {
                if !self.turn() {
                    return Err(broken_text());
                }
                is_wide = self.take(1)?[0] & 0x1 != 0;
            }
        }
        Ok(())
    }

    fn skip(&mut self, mut left: u64) -> Result<(), WorkbookError> {
        while left > 0 {
            if self.rest.is_empty() && !self.turn() {
                return Err(broken_text());
            }
            let here = usize::try_from(left).unwrap_or(usize::MAX).min(self.rest.len());
            self.take(here)?;
            left -= length(here);
        }
        Ok(())
    }
}

fn broken_text() -> WorkbookError {
    WorkbookError::corrupt("a shared text is broken")
}

fn at_least(bytes: &[u8], len: usize) -> Result<&[u8], WorkbookError> {
    if bytes.len() < len { Err(WorkbookError::corrupt("a record is too short")) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::error::InputErrorCode;

    fn record(kind: u16, body: &[u8]) -> Vec<u8> {
        [kind.to_le_bytes(), u16::try_from(body.len()).unwrap().to_le_bytes()]
            .concat()
            .into_iter()
            .chain(body.iter().copied())
            .collect()
    }

    /// A workbook with these shared texts and one sheet of these records.
    fn workbook(texts: &[Vec<u8>], records: &[Vec<u8>]) -> Vec<u8> {
        let begin = record(BEGIN, &[0, 6, 5, 0]);
        let texts = texts.concat();
        let start = begin.len() + texts.len() + 10 + 4;
        let sheet = [&u32::try_from(start).unwrap().to_le_bytes()[..], &[0, 0]].concat();
        [
            begin.clone(),
            texts,
            record(SHEET, &sheet),
            record(END, &[]),
            begin,
            records.concat(),
            record(END, &[]),
        ]
        .concat()
    }

    fn number(row: u16, column: u16) -> Vec<u8> {
        record(0x0203, &[&row.to_le_bytes()[..], &column.to_le_bytes(), &[0; 10]].concat())
    }

    fn outcome(records: &[Vec<u8>]) -> Option<InputErrorCode> {
        check(&workbook(&[], records)).err().map(|error| error.code)
    }

    #[test]
    fn two_cells_in_far_corners_are_refused_and_a_full_sheet_is_not() {
        assert_eq!(outcome(&[number(0, 0), number(65_535, 65_535)]), Some(InputErrorCode::ExpandsAbsurdly));
        assert_eq!(outcome(&[number(0, 0), number(65_535, 255)]), None);
    }

    #[test]
    fn a_sheet_that_claims_more_cells_than_a_sheet_has_is_refused() {
        let claim = |rows: u32, columns: u16| {
            record(
                DIMENSIONS,
                &[&[0; 4][..], &rows.to_le_bytes(), &[0; 2], &columns.to_le_bytes(), &[0; 2]].concat(),
            )
        };
        assert_eq!(outcome(&[claim(u32::MAX, 256)]), Some(InputErrorCode::ExpandsAbsurdly));
        assert_eq!(outcome(&[claim(65_536, 256)]), None);
        assert_eq!(outcome(&[claim(0, 0)]), None);
    }

    #[test]
    fn one_long_text_in_a_great_many_cells_is_refused() {
        let text = [&[0; 8][..], &30_000u16.to_le_bytes(), &[0], &[b'x'; 8_000]].concat();
        let rest = [&[0u8][..], &[b'x'; 8_000]].concat();
        let texts = [
            record(SHARED_TEXTS, &text),
            record(CONTINUE, &rest),
            record(CONTINUE, &rest),
            record(CONTINUE, &rest[..6_001]),
        ];
        let cell = |row: u16| record(SHARED_TEXT_CELL, &[&row.to_le_bytes()[..], &[0; 8]].concat());
        let few: Vec<Vec<u8>> = (0..10_000).map(cell).collect();
        let many: Vec<Vec<u8>> = (0..20_000).map(cell).collect();
        assert_eq!(check(&workbook(&texts, &few)), Ok(()));
        assert_eq!(
            check(&workbook(&texts, &many)).err().map(|error| error.code),
            Some(InputErrorCode::ExpandsAbsurdly)
        );
    }

    #[test]
    fn a_stream_without_end_is_truncated() {
        let whole = workbook(&[], &[number(0, 0)]);
        for kept in 0..whole.len() {
            let code = check(&whole[..kept]).err().map(|error| error.code);
            assert_eq!(code, Some(InputErrorCode::Truncated), "cut to {kept}");
        }
    }
}
