//! The records of an `.xls` (MS-XLS 2.1.4). Comes in: the workbook stream. Goes out: the type and body of each record, also
//! sheet by sheet. It interprets none but the list of sheets.

use super::error::WorkbookError;
use super::preflight::ole::{u16_at, u32_at};

const EOF: u16 = 0x000A;
const BOUNDSHEET: u16 = 0x0085;
const BOF: u16 = 0x0809;

/// A record that goes on with the one before.
const CONTINUE: u16 = 0x003C;

/// The records of a stream, from a place on.
pub(super) struct BiffRecords<'s> {
    rest: &'s [u8],
}

impl<'s> BiffRecords<'s> {
    /// The records of a stream, from its beginning.
    pub(super) fn new(stream: &'s [u8]) -> BiffRecords<'s> {
        BiffRecords { rest: stream }
    }

    /// The next record: its type and body.
    ///
    /// # Errors
    /// The stream ends within the record.
    pub(super) fn next(&mut self) -> Result<(u16, &'s [u8]), WorkbookError> {
        let cut = || WorkbookError::truncated("its last record is cut off");
        let (head, rest) = self.rest.split_at_checked(4).ok_or_else(cut)?;
        let (bytes, rest) = rest.split_at_checked(usize::from(u16_at(head, 2))).ok_or_else(cut)?;
        self.rest = rest;
        Ok((u16_at(head, 0), bytes))
    }

    /// The body of the next record if it is CONTINUE. **Absent**: it is another, which stays the next.
    pub(super) fn next_continued(&mut self) -> Option<&'s [u8]> {
        let mut ahead = BiffRecords { rest: self.rest };
        let (kind, bytes) = ahead.next().ok()?;
        (kind == CONTINUE).then(|| {
            self.rest = ahead.rest;
            bytes
        })
    }
}

/// Takes the name of a sheet, and the type and body of a record of it.
type EachSheetRecord<'e> = dyn FnMut(&str, (u16, &[u8])) -> Result<(), WorkbookError> + 'e;

/// Calls `each` for the records of all sheets of Excel 97 or later, in the order of the sheets; not for records of charts within them.
///
/// # Errors
/// The stream is cut short, or `each` fails.
pub(super) fn for_each_sheet_record(
    stream: &[u8],
    each: &mut EachSheetRecord<'_>,
) -> Result<(), WorkbookError> {
    let mut sheets = Vec::new();
    let mut records = BiffRecords::new(stream);
    loop {
        let (kind, bytes) = records.next()?;
        match kind {
            BOUNDSHEET if bytes.len() > 6 => {
                // The length has one byte here, and two in other records.
                let name = [&[bytes[6], 0][..], &bytes[7..]].concat();
                sheets.extend(text(&name).map(|name| (u32_at(bytes, 0), name)));
            }
            EOF => break,
            _ => {}
        }
    }
    for (start, sheet) in sheets {
        let bytes = usize::try_from(start).ok().and_then(|start| stream.get(start..));
        let mut records = BiffRecords::new(bytes.unwrap_or_default());
        // Substreams, such as charts, are nested between BOF and EOF.
        let mut depth = 0u32;
        loop {
            let (kind, bytes) = records.next()?;
            match kind {
                BOF => depth += 1,
                EOF if depth <= 1 => break,
                EOF => depth -= 1,
                _ if depth == 1 => each(&sheet, (kind, bytes))?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// A text: its number of characters, whether they have two bytes each, and the characters. `None` if it is cut off.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let (head, rest) = bytes.split_at_checked(3)?;
    let count = usize::from(u16_at(head, 0));
    if head[2] & 1 == 0 {
        return Some(rest.get(..count)?.iter().map(|byte| char::from(*byte)).collect());
    }
    let (units, _) = rest.get(..count * 2)?.as_chunks();
    Some(String::from_utf16_lossy(&units.iter().map(|unit| u16::from_le_bytes(*unit)).collect::<Vec<_>>()))
}
