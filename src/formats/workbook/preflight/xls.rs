//! Preflight of an `.xls`: its records (MS-XLS). Comes in: the workbook stream. Goes out: why it is refused. It
//! builds no cell.
//!
//! calamine lays each sheet out as one dense rectangle, from its first used row and column to its last, and copies a
//! shared string into every cell that refers to it. A few bytes can so claim more memory than there is; this adds it
//! up first.

use super::len_u64;
use super::ole::{u16_at, u32_at};
use crate::base::limits;
use crate::formats::workbook::DateSystem;
use crate::formats::workbook::biff_records::BiffRecords;
use crate::formats::workbook::error::WorkbookError;

// Record types, by their names in MS-XLS 2.3.
const FORMULA: u16 = 0x0006;
const EOF: u16 = 0x000A;
const DATE1904: u16 = 0x0022;
const FILEPASS: u16 = 0x002F;
const WRITEACCESS: u16 = 0x005C;
const BOUNDSHEET: u16 = 0x0085;
const MULRK: u16 = 0x00BD;
const RSTRING: u16 = 0x00D6;
const SST: u16 = 0x00FC;
const LABELSST: u16 = 0x00FD;
const DIMENSIONS: u16 = 0x0200;
const NUMBER: u16 = 0x0203;
const LABEL: u16 = 0x0204;
const BOOLERR: u16 = 0x0205;
const RK: u16 = 0x027E;
const BOF: u16 = 0x0809;

/// The version in BOF of BIFF8, the records of Excel 97 and later.
const BIFF8: u16 = 0x0600;

/// Most characters of the name of a user (MS-XLS 2.4.349).
const USER_NAME_CHARACTERS: u16 = 109;

/// What the globals of a workbook stream state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct XlsGlobals {
    pub(super) is_biff8: bool,
    pub(super) date_system: DateSystem,
    /// Whether the name of the user stands without its length, as xlwt writes it.
    pub(super) has_bare_user_name: bool,
}

/// Runs the preflight of a workbook stream.
///
/// # Errors
/// The workbook is encrypted or cut short, or stands for too many cells or too much text.
pub(super) fn preflight(stream: &[u8]) -> Result<XlsGlobals, WorkbookError> {
    // The globals: where sheets begin, and the lengths of the shared strings.
    let mut globals = XlsGlobals::default();
    let mut sheets = Vec::new();
    let mut string_lens = Vec::new();
    let mut records = BiffRecords::new(stream);
    loop {
        let (kind, bytes) = records.next()?;
        match kind {
            FILEPASS if bytes.iter().take(2).any(|byte| *byte != 0) => {
                return Err(WorkbookError::encrypted());
            }
            BOF => globals.is_biff8 = u16_at(at_least(bytes, 2)?, 0) == BIFF8,
            DATE1904 if u16_at(at_least(bytes, 2)?, 0) == 1 => globals.date_system = DateSystem::From1904,
            WRITEACCESS if bytes.len() > 2 => {
                globals.has_bare_user_name = u16_at(bytes, 0) > USER_NAME_CHARACTERS;
            }
            BOUNDSHEET => sheets.push(u32_at(at_least(bytes, 6)?, 0)),
            SST => {
                let mut parts = vec![at_least(bytes, 8)?.split_at(8).1];
                while let Some(part) = records.next_continued() {
                    parts.push(part);
                }
                string_lens = shared_string_lens(&parts)?;
            }
            EOF => break,
            _ => {}
        }
    }

    // Then each sheet. Two sheets may claim the same bytes; records that are scanned again and again would take time
    // without end.
    let mut held = HeldTotals { scanned: 0, cells: 0, text_bytes: 0 };
    for start in sheets {
        let sheet = usize::try_from(start).ok().and_then(|start| stream.get(start..));
        let sheet = sheet.ok_or_else(|| WorkbookError::truncated("a sheet is missing"))?;
        held.add_sheet(sheet, &string_lens)?;
        if held.scanned > len_u64(stream.len()).saturating_mul(4) {
            return Err(WorkbookError::corrupt("its sheets overlap"));
        }
    }
    Ok(globals)
}

/// What calamine would hold of the sheets so far; `scanned` counts bytes of records.
struct HeldTotals {
    scanned: u64,
    cells: u64,
    text_bytes: u64,
}

impl HeldTotals {
    fn add_sheet(&mut self, sheet: &[u8], string_lens: &[u64]) -> Result<(), WorkbookError> {
        let mut records = BiffRecords::new(sheet);
        let mut used = UsedRange::default();
        let mut depth = 0u32;
        let mut begun = false;
        loop {
            let (kind, bytes) = records.next()?;
            self.scanned = self.scanned.saturating_add(4 + len_u64(bytes.len()));
            match kind {
                // Substreams, such as charts, are nested between BOF and EOF; their records are not cells of the
                // sheet.
                BOF if begun => depth += 1,
                BOF => begun = true,
                EOF if depth == 0 => break,
                EOF => depth -= 1,
                _ if depth > 0 => {}
                DIMENSIONS => check_dimensions(bytes)?,
                NUMBER | LABEL | RSTRING | BOOLERR | RK | FORMULA | LABELSST => {
                    let bytes = at_least(bytes, 6)?;
                    used.add(u16_at(bytes, 0), u16_at(bytes, 2));
                    if kind == LABELSST {
                        let text = usize::try_from(u32_at(at_least(bytes, 10)?, 6)).unwrap_or(usize::MAX);
                        let len = string_lens.get(text).ok_or_else(|| {
                            WorkbookError::corrupt("a cell refers to a text that is not there")
                        })?;
                        self.text_bytes = self.text_bytes.saturating_add(*len);
                    }
                }
                MULRK => {
                    let bytes = at_least(bytes, 6)?;
                    let (row, first) = (u16_at(bytes, 0), u16_at(bytes, 2));
                    let last = u16_at(bytes, bytes.len() - 2);
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
            return Err(WorkbookError::expansion_limit(format!(
                "the workbook stands for more than {} cells, the empty ones between others included",
                limits::WHOLE_WORKBOOK_CELLS
            )));
        }
        if self.text_bytes > limits::WORKBOOK_PART_BYTES {
            return Err(WorkbookError::expansion_limit(format!(
                "the workbook expands absurdly: its texts, with all repeats, have more than {} MiB",
                limits::WORKBOOK_PART_BYTES >> 20
            )));
        }
        Ok(())
    }
}

/// The rectangle of a sheet from its first used row and column to its last.
#[derive(Default)]
struct UsedRange {
    /// First and last row, first and last column. **Absent**: no cell.
    block: Option<(u16, u16, u16, u16)>,
}

impl UsedRange {
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

/// Checks the rectangle that a sheet claims to have: calamine allocates for it.
fn check_dimensions(bytes: &[u8]) -> Result<(), WorkbookError> {
    let (top, bottom, left, right) = match bytes.len() {
        10 => (u32::from(u16_at(bytes, 0)), u32::from(u16_at(bytes, 2)), u16_at(bytes, 4), u16_at(bytes, 6)),
        14.. => (u32_at(bytes, 0), u32_at(bytes, 4), u16_at(bytes, 8), u16_at(bytes, 10)),
        _ => return Err(WorkbookError::corrupt("a record is too short")),
    };
    // The upper bounds are exclusive; an empty sheet has 0 everywhere, and some writers leave the first row of one.
    if bottom == 0 || right == 0 {
        return Ok(());
    }
    if top >= bottom {
        return Err(WorkbookError::corrupt("a sheet claims to end before it begins"));
    }
    // calamine corrects a left column that is out of range likewise.
    let left = if left > 0xFF || right < left { 0 } else { left };
    let cells = u64::from(bottom - top).saturating_mul(u64::from(right.saturating_sub(left)));
    if cells > limits::WHOLE_WORKBOOK_CELLS {
        return Err(WorkbookError::expansion_limit(format!("a sheet of the workbook claims {cells} cells")));
    }
    Ok(())
}

/// The most bytes that each shared string takes as UTF-8 (MS-XLS 2.5.293), from the bodies of SST and its CONTINUE
/// records.
fn shared_string_lens(parts: &[&[u8]]) -> Result<Vec<u64>, WorkbookError> {
    let mut strings = SstReader { parts, rest: &[] };
    let mut lens = Vec::new();
    if let Some((first, parts)) = strings.parts.split_first() {
        (strings.rest, strings.parts) = (first, parts);
    }
    while !strings.rest.is_empty() || strings.next_part() {
        if strings.rest.is_empty() {
            // calamine takes an empty CONTINUE for one empty string.
            lens.push(0);
            continue;
        }
        // A string: its number of characters, flags, counts of formatting runs (4 bytes each) and of phonetic data,
        // the characters, and then what was counted.
        let head = strings.take(3)?;
        let (characters, flags) = (u16_at(head, 0), head[2]);
        let runs = if flags & 0x8 != 0 { u64::from(u16_at(strings.take(2)?, 0)) } else { 0 };
        let extra = if flags & 0x4 != 0 { u64::from(u32_at(strings.take(4)?, 0)) } else { 0 };
        strings.skip_characters(usize::from(characters), flags & 0x1 != 0)?;
        strings.skip(runs * 4 + extra)?;
        lens.push(u64::from(characters) * 3);
    }
    Ok(lens)
}

/// Reader of the SST over the edges of its records.
struct SstReader<'p, 's> {
    parts: &'p [&'s [u8]],
    rest: &'s [u8],
}

impl<'s> SstReader<'_, 's> {
    /// Goes on to the next record. False if there is none.
    fn next_part(&mut self) -> bool {
        match self.parts.split_first() {
            Some((next, parts)) => {
                (self.rest, self.parts) = (next, parts);
                true
            }
            None => false,
        }
    }

    fn take(&mut self, len: usize) -> Result<&'s [u8], WorkbookError> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or_else(broken_string)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Skips characters. After the edge of a record, a string goes on with a flag that says how wide its characters
    /// are.
    fn skip_characters(&mut self, mut left: usize, mut is_wide: bool) -> Result<(), WorkbookError> {
        while left > 0 {
            let width = if is_wide { 2 } else { 1 };
            let here = left.min(self.rest.len() / width);
            self.take(here * width)?;
            left -= here;
            if left > 0 {
                if !self.next_part() {
                    return Err(broken_string());
                }
                is_wide = self.take(1)?[0] & 0x1 != 0;
            }
        }
        Ok(())
    }

    fn skip(&mut self, mut left: u64) -> Result<(), WorkbookError> {
        while left > 0 {
            if self.rest.is_empty() && !self.next_part() {
                return Err(broken_string());
            }
            let here = usize::try_from(left).unwrap_or(usize::MAX).min(self.rest.len());
            self.take(here)?;
            left -= len_u64(here);
        }
        Ok(())
    }
}

fn broken_string() -> WorkbookError {
    WorkbookError::corrupt("a shared text is broken")
}

fn at_least(bytes: &[u8], len: usize) -> Result<&[u8], WorkbookError> {
    if bytes.len() < len { Err(WorkbookError::corrupt("a record is too short")) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::error::InputErrorCode;

    const CONTINUE: u16 = 0x003C;

    fn record(kind: u16, body: &[u8]) -> Vec<u8> {
        [kind.to_le_bytes(), u16::try_from(body.len()).unwrap().to_le_bytes()]
            .concat()
            .into_iter()
            .chain(body.iter().copied())
            .collect()
    }

    /// A workbook with these shared strings and one sheet of these records.
    fn workbook(strings: &[Vec<u8>], records: &[Vec<u8>]) -> Vec<u8> {
        let begin = record(BOF, &[0, 6, 5, 0]);
        let strings = strings.concat();
        let start = begin.len() + strings.len() + 10 + 4;
        let sheet = [&u32::try_from(start).unwrap().to_le_bytes()[..], &[0, 0]].concat();
        [
            begin.clone(),
            strings,
            record(BOUNDSHEET, &sheet),
            record(EOF, &[]),
            begin,
            records.concat(),
            record(EOF, &[]),
        ]
        .concat()
    }

    fn number(row: u16, column: u16) -> Vec<u8> {
        record(NUMBER, &[&row.to_le_bytes()[..], &column.to_le_bytes(), &[0; 10]].concat())
    }

    fn outcome(records: &[Vec<u8>]) -> Option<InputErrorCode> {
        preflight(&workbook(&[], records)).err().map(|error| error.code)
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
        let strings = [
            record(SST, &text),
            record(CONTINUE, &rest),
            record(CONTINUE, &rest),
            record(CONTINUE, &rest[..6_001]),
        ];
        let cell = |row: u16| record(LABELSST, &[&row.to_le_bytes()[..], &[0; 8]].concat());
        let few: Vec<Vec<u8>> = (0..10_000).map(cell).collect();
        let many: Vec<Vec<u8>> = (0..20_000).map(cell).collect();
        assert!(preflight(&workbook(&strings, &few)).is_ok());
        assert_eq!(
            preflight(&workbook(&strings, &many)).err().map(|error| error.code),
            Some(InputErrorCode::ExpandsAbsurdly)
        );
    }

    #[test]
    fn a_stream_without_end_is_truncated() {
        let whole = workbook(&[], &[number(0, 0)]);
        for kept in 0..whole.len() {
            let code = preflight(&whole[..kept]).err().map(|error| error.code);
            assert_eq!(code, Some(InputErrorCode::Truncated), "cut to {kept}");
        }
    }
}
