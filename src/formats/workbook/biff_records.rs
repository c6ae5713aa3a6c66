//! The records of an `.xls` (MS-XLS 2.1.4). Comes in: the workbook stream. Goes out: the type and body of each record. It interprets none.

use super::error::WorkbookError;
use super::preflight::ole::u16_at;

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
