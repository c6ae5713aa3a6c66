//! The records of a part of an `.xlsb` (MS-XLSB 2.1.4). Comes in: the part. Goes out: the type and body of each record. It interprets none.

use std::io::Read;

use super::error::WorkbookError;

/// Reads the next record. Returns its type, and leaves its body in `body`. `None` at the end of the part.
///
/// # Errors
/// The part ends within the record.
pub(super) fn next_record(part: &mut impl Read, body: &mut Vec<u8>) -> Result<Option<u16>, WorkbookError> {
    let Some(first) = byte(part)? else { return Ok(None) };
    let kind = match first {
        0x80.. => u16::from(first & 0x7F) | u16::from(next_byte(part)? & 0x7F) << 7,
        _ => u16::from(first),
    };
    let len = length(part)?;
    body.clear();
    if part.take(len.into()).read_to_end(body)? != usize::try_from(len).unwrap_or(usize::MAX) {
        return Err(WorkbookError::truncated("its last record is cut off"));
    }
    Ok(Some(kind))
}

/// The next byte. `None` at the end of the part.
fn byte(part: &mut impl Read) -> Result<Option<u8>, WorkbookError> {
    let mut byte = [0];
    Ok((part.read(&mut byte)? == 1).then_some(byte[0]))
}

fn next_byte(part: &mut impl Read) -> Result<u8, WorkbookError> {
    byte(part)?.ok_or_else(|| WorkbookError::truncated("its last record is cut off"))
}

/// The length of a record, at most four bytes of seven bits.
fn length(part: &mut impl Read) -> Result<u32, WorkbookError> {
    let mut len = 0;
    for at in 0..4 {
        let next = next_byte(part)?;
        len |= u32::from(next & 0x7F) << (7 * at);
        if next & 0x80 == 0 {
            break;
        }
    }
    Ok(len)
}
