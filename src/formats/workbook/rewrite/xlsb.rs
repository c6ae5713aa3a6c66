//! Rewrites the records of a sheet of an `.xlsb` (MS-XLSB 2.1.4, 2.3.2): a short cell, which stands right of the cell before and does not name
//! its column, becomes a cell that does; an error value of a formula becomes a plain one; a text that is formatted in place, a plain text. Comes
//! in: the part. Goes out: the part with the same cells. It holds one record.

use std::io::{Read, Write};

use crate::formats::workbook::error::WorkbookError;
use crate::formats::workbook::xlsb_records::next_record;

const BRT_ROW_HDR: u16 = 0x0000;
const BRT_CELL_BLANK: u16 = 0x0001;
const BRT_CELL_ERROR: u16 = 0x0003;
const BRT_CELL_ST: u16 = 0x0006;
const BRT_FMLA_ERROR: u16 = 0x000B;
const BRT_SHORT_BLANK: u16 = 0x000C;
const BRT_SHORT_ISST: u16 = 0x0012;
const BRT_CELL_R_STRING: u16 = 0x003E;
const BRT_BEGIN_SHEET_DATA: u16 = 0x0091;
const BRT_END_SHEET_DATA: u16 = 0x0092;

/// Rewrites all records of a part.
///
/// # Errors
/// A record is cut short, or a short cell has no cell before it in its row.
pub(super) fn rewrite(part: &mut impl Read, out: &mut impl Write) -> Result<(), WorkbookError> {
    let (mut is_in_rows, mut last_column) = (false, None);
    let mut body = Vec::new();
    while let Some(kind) = next_record(part, &mut body)? {
        match kind {
            BRT_BEGIN_SHEET_DATA => is_in_rows = true,
            BRT_END_SHEET_DATA => is_in_rows = false,
            _ => {}
        }
        if !is_in_rows {
            write_record(kind, &[&body], out)?;
            continue;
        }
        match kind {
            BRT_ROW_HDR => {
                last_column = None;
                write_record(kind, &[&body], out)?;
            }
            BRT_SHORT_BLANK..=BRT_SHORT_ISST => {
                // Both lists of types are in one order.
                let column = next_column(last_column)?;
                write_record(kind - BRT_SHORT_BLANK + BRT_CELL_BLANK, &[&column.to_le_bytes(), &body], out)?;
                last_column = Some(column);
            }
            BRT_CELL_BLANK..=BRT_FMLA_ERROR | BRT_CELL_R_STRING => {
                let (column, _) = body.split_first_chunk().ok_or_else(too_short)?;
                last_column = Some(u32::from_le_bytes(*column));
                write_cell(kind, &body, out)?;
            }
            _ => write_record(kind, &[&body], out)?,
        }
    }
    Ok(())
}

/// The column of a short cell.
fn next_column(last: Option<u32>) -> Result<u32, WorkbookError> {
    let next = last.and_then(|last| last.checked_add(1));
    next.ok_or_else(|| WorkbookError::corrupt("a cell that does not name its column begins a row"))
}

/// Writes a cell that names its column. Column and style take eight bytes, the value comes after them.
fn write_cell(kind: u16, body: &[u8], out: &mut impl Write) -> Result<(), WorkbookError> {
    match kind {
        // The error value, without its formula.
        BRT_FMLA_ERROR => write_record(BRT_CELL_ERROR, &[body.get(..9).ok_or_else(too_short)?], out),
        // A byte of flags, the text with its length before it, and its formats.
        BRT_CELL_R_STRING => {
            let (place, text) = body.split_at_checked(8).ok_or_else(too_short)?;
            let text = text.get(1..).ok_or_else(too_short)?;
            let (count, _) = text.split_first_chunk().ok_or_else(too_short)?;
            let characters = usize::try_from(u32::from_le_bytes(*count)).unwrap_or(usize::MAX);
            let text = text.get(..characters.saturating_mul(2).saturating_add(4)).ok_or_else(too_short)?;
            write_record(BRT_CELL_ST, &[place, text], out)
        }
        _ => write_record(kind, &[body], out),
    }
}

/// Writes a record: its type and its length, seven bits a byte, the lowest first, and its body.
fn write_record(kind: u16, body: &[&[u8]], out: &mut impl Write) -> Result<(), WorkbookError> {
    let mut head = Vec::with_capacity(6);
    let [low, high] = [kind & 0x7F, kind >> 7].map(|bits| u8::try_from(bits & 0x7F).unwrap_or(0));
    if high == 0 {
        head.push(low);
    } else {
        head.extend_from_slice(&[low | 0x80, high]);
    }
    let mut len: usize = body.iter().map(|part| part.len()).sum();
    loop {
        let bits = u8::try_from(len & 0x7F).unwrap_or(0);
        len >>= 7;
        head.push(if len == 0 { bits } else { bits | 0x80 });
        if len == 0 {
            break;
        }
    }
    out.write_all(&head)?;
    for part in body {
        out.write_all(part)?;
    }
    Ok(())
}

fn too_short() -> WorkbookError {
    WorkbookError::corrupt("a record is too short")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sheet of records of types below 128 with bodies below 128 bytes.
    fn sheet(records: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0x91, 0x01, 0];
        for (kind, body) in records {
            bytes.extend([*kind, u8::try_from(body.len()).unwrap()]);
            bytes.extend_from_slice(body);
        }
        bytes.extend([0x92, 0x01, 0]);
        bytes
    }

    fn outcome(records: &[(u8, &[u8])]) -> Result<Vec<u8>, WorkbookError> {
        let mut out = Vec::new();
        rewrite(&mut sheet(records).as_slice(), &mut out).map(|()| out)
    }

    #[test]
    fn a_short_cell_is_right_of_the_cell_before() {
        let long: &[u8] = &[2, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9];
        let found = outcome(&[
            (0, &[0; 4]),
            (2, long),
            (13, &[0, 0, 0, 1, 8, 8, 8, 8]),
            (12, &[0; 4]),
            (18, &[0; 8]),
        ]);
        let expected: [(u8, &[u8]); 5] = [
            (0, &[0; 4]),
            (2, long),
            (2, &[3, 0, 0, 0, 0, 0, 0, 1, 8, 8, 8, 8]),
            (1, &[4, 0, 0, 0, 0, 0, 0, 0]),
            (7, &[5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ];
        assert_eq!(found.unwrap(), sheet(&expected));
        assert!(outcome(&[(0, &[0; 4]), (13, &[0; 8])]).is_err(), "no cell before");
        assert!(
            outcome(&[(2, long), (0, &[0; 4]), (13, &[0; 8])]).is_err(),
            "the cell before is in another row"
        );
    }

    #[test]
    fn error_values_of_formulas_and_texts_formatted_in_place_are_plain() {
        let place: &[u8] = &[1, 0, 0, 0, 0, 0, 0, 0];
        let error = [place, &[0x2A, 0, 0, 1, 0, 0, 0, 0x17]].concat();
        let text = [place, &[1, 2, 0, 0, 0, b'h', 0, b'i', 0, 1, 0, 0, 0, 0, 0, 1, 0]].concat();
        let expected_text = [place, &[2, 0, 0, 0, b'h', 0, b'i', 0]].concat();
        let found = outcome(&[(0, &[0; 4]), (11, &error), (62, &text)]).unwrap();
        assert_eq!(found, sheet(&[(0, &[0; 4]), (3, &error[..9]), (6, &expected_text)]));
        let cut = [place, &[1, 9, 0, 0, 0, b'h', 0]].concat();
        assert!(outcome(&[(62, &cut)]).is_err());
    }

    #[test]
    fn what_is_outside_of_rows_and_long_records_are_unchanged() {
        let long = [&[0x80, 0x02, 0xAC, 0x02][..], &[7; 300]].concat();
        let whole = [long, sheet(&[(0, &[0; 4])]), vec![13, 1, 5]].concat();
        let mut out = Vec::new();
        rewrite(&mut whole.as_slice(), &mut out).unwrap();
        assert_eq!(out, whole);
    }
}
