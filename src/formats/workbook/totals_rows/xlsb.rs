//! The head of a table in an `.xlsb`, and its worksheets (MS-XLSB 2.4.100, 2.4.313). Comes in: parts of records. Goes out: the name, area and number
//! of totals rows of a table; the part of each worksheet. It reads no sheet.

use super::super::error::WorkbookError;
use super::super::preflight::zip::Archive;
use super::super::xlsb_records::next_record;
use super::{TableHead, read_part, relations};
use crate::base::limits;

const BRT_BUNDLE_SH: u16 = 0x009C;
const BRT_BEGIN_LIST: u16 = 0x0157;

/// The part that lists the sheets.
const WORKBOOK: &str = "xl/workbook.bin";

/// The head of a table. `None` if it has none that is whole.
pub(super) fn table_head(mut part: &[u8]) -> Option<TableHead> {
    let mut body = Vec::new();
    while next_record(&mut part, &mut body).ok()?? != BRT_BEGIN_LIST {}
    // First and last row, first and last column, from 0; the kind of source and the id; the numbers of rows of the header and of totals; flags,
    // six formats and a connection; then the name and the name that people see.
    let number = |nth: usize| {
        let bytes: [u8; 4] = body.get(nth * 4..nth * 4 + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(bytes))
    };
    let mut texts = body.get(64..)?;
    let name = text(&mut texts)?;
    Some(TableHead {
        name: text(&mut texts).flatten().or(name).unwrap_or_default(),
        last_row: number(1)?.checked_add(1)?,
        columns: number(2)?..=number(3)?,
        totals_rows: number(7)?,
    })
}

/// The sheets, and the name of the part of each.
///
/// # Errors
/// The archive is damaged.
pub(super) fn sheet_parts(
    archive: &mut Archive,
    names: &[String],
) -> Result<Vec<(String, String)>, WorkbookError> {
    let Some(at) = names.iter().position(|name| name == WORKBOOK) else { return Ok(Vec::new()) };
    let part = read_part(archive, at, limits::WORKBOOK_STYLES_BYTES)?;
    let relations = relations(archive, names, WORKBOOK)?;
    let (mut part, mut body, mut sheets) = (part.as_slice(), Vec::new(), Vec::new());
    while let Some(kind) = next_record(&mut part, &mut body)? {
        // Whether the sheet is hidden, and its id; the id of the relation; the name.
        if kind == BRT_BUNDLE_SH
            && let Some(mut texts) = body.get(8..)
            && let (Some(Some(id)), Some(Some(sheet))) = (text(&mut texts), text(&mut texts))
            && let Some((_, part)) = relations.iter().find(|(other, _)| *other == id)
        {
            sheets.push((sheet, part.clone()));
        }
    }
    Ok(sheets)
}

/// Takes a text of UTF-16, which has its length before it. `None` if it is cut off, `Some(None)` if it is null.
fn text(bytes: &mut &[u8]) -> Option<Option<String>> {
    let (count, rest) = bytes.split_first_chunk()?;
    let count = u32::from_le_bytes(*count);
    if count == u32::MAX {
        *bytes = rest;
        return Some(None);
    }
    let (text, rest) = rest.split_at_checked(usize::try_from(count).ok()?.checked_mul(2)?)?;
    *bytes = rest;
    let (units, _) = text.as_chunks();
    Some(Some(String::from_utf16_lossy(
        &units.iter().map(|unit| u16::from_le_bytes(*unit)).collect::<Vec<_>>(),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [&u32::try_from(units.len() / 2).unwrap().to_le_bytes()[..], &units].concat()
    }

    #[test]
    fn the_head_of_a_table_is_its_first_record_of_a_list() {
        let numbers = [2u32, 11, 1, 6, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0].map(u32::to_le_bytes).concat();
        let head = |texts: &[u8]| {
            let body = [&numbers, texts].concat();
            // A record of the future, which may stand before the list, then the list.
            let part = [&[0xA5, 0x10, 2, 9, 9, 0xD7, 0x02][..], &[u8::try_from(body.len()).unwrap()], &body];
            table_head(&part.concat())
        };
        let expected = |name: &str| {
            Some(TableHead { name: name.to_owned(), last_row: 12, columns: 1..=6, totals_rows: 1 })
        };
        assert_eq!(head(&[utf16("Table1"), utf16("Kösten")].concat()), expected("Kösten"));
        assert_eq!(head(&[utf16("Table1"), vec![0xFF; 4]].concat()), expected("Table1"));
        assert_eq!(head(&[0xFF; 8]), expected(""));
        assert_eq!(head(&[9, 0, 0, 0]), None, "the name is cut off");
        assert_eq!(table_head(&[0xD8, 0x02, 0]), None);
    }
}
