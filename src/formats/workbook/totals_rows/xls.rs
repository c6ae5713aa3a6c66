//! The heads of the tables in an `.xls` (MS-XLS 2.4.28, 2.4.114, 2.4.115, 2.5.266). Comes in: records of a sheet. Goes out: the
//! totals rows. It reads the head of each table and no cell.

use super::super::biff_records::text;
use super::super::preflight::ole::{u16_at, u32_at};
use super::{TableHead, TotalsRow};

const FEATURE11: u16 = 0x0872;
const FEATURE12: u16 = 0x0878;

/// The kind of shared feature that a table is.
const ISF_LIST: u16 = 5;

/// Adds the totals rows of a table of a sheet, if the record is the head of one.
pub(in super::super) fn add_totals_rows(
    sheet: &str,
    (kind, bytes): (u16, &[u8]),
    found: &mut Vec<TotalsRow>,
) {
    if matches!(kind, FEATURE11 | FEATURE12)
        && let Some(table) = table_head(bytes)
    {
        table.add_to(sheet, found);
    }
}

/// The head of a table. `None` if the feature is none.
fn table_head(bytes: &[u8]) -> Option<TableHead> {
    // The kind of the record and a rectangle; the kind of feature; the number of its areas. First and last row, first and last column of the first
    // area, from 0.
    let (head, rest) = bytes.split_at_checked(27)?;
    if u16_at(head, 12) != ISF_LIST {
        return None;
    }
    let areas = usize::from(u16_at(head, 19));
    let (area, _) = rest.split_at_checked(8)?;
    // The kind of source and the id; the numbers of rows of the header and of totals; 48 bytes of no use here; the name.
    let table = rest.get(areas.checked_mul(8)?..).filter(|table| table.len() > 64)?;
    Some(TableHead {
        name: text(&table[64..]).unwrap_or_default(),
        last_row: u32::from(u16_at(area, 2)) + 1,
        columns: u32::from(u16_at(area, 4))..=u32::from(u16_at(area, 6)),
        totals_rows: u32_at(table, 12),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::biff_records::for_each_sheet_record;
    use super::*;

    const EOF: u16 = 0x000A;
    const BOUNDSHEET: u16 = 0x0085;
    const BOF: u16 = 0x0809;

    fn record(kind: u16, body: &[u8]) -> Vec<u8> {
        let len = u16::try_from(body.len()).unwrap();
        [&kind.to_le_bytes()[..], &len.to_le_bytes(), body].concat()
    }

    fn list(kind: u16, (last_row, totals): (u16, u32), name: &[u8]) -> Vec<u8> {
        let area = [2u16, last_row, 1, 6].map(u16::to_le_bytes).concat();
        let feature = [
            &[&kind.to_le_bytes()[..], &[0; 2], &area].concat()[..],
            &[5, 0, 0, 0, 0, 0, 0],
            &[1, 0, 0, 0, 0, 0, 0, 0],
            &area,
            &[0u32, 1, 1, totals].map(u32::to_le_bytes).concat(),
            &[0; 48],
            name,
        ];
        record(kind, &feature.concat())
    }

    /// A workbook with two sheets, the second with these records.
    fn workbook(records: &[u8]) -> Vec<u8> {
        let begin = record(BOF, &[0, 6, 16, 0]);
        let sheet = |start: usize, name: &[u8]| {
            record(BOUNDSHEET, &[&u32::try_from(start).unwrap().to_le_bytes()[..], &[0, 0], name].concat())
        };
        let names: [&[u8]; 2] = [&[1, 0, b'A'], &[2, 1, 0xD6, 0, 0x3B, 0x04]];
        let globals = begin.len() + names.iter().map(|name| 4 + 6 + name.len()).sum::<usize>() + 4;
        let second = globals + begin.len() + 4;
        let end = record(EOF, &[]);
        let lists = [sheet(globals, names[0]), sheet(second, names[1])].concat();
        [&begin, &lists, &end, &begin, &end, &begin, records, &end].map(|part| part.to_vec()).concat()
    }

    #[test]
    fn tables_of_both_kinds_count_their_totals_rows() {
        let chart =
            [record(BOF, &[0; 4]), list(FEATURE11, (99, 1), &[1, 0, 0, b'X']), record(EOF, &[])].concat();
        let records = [
            chart,
            list(FEATURE11, (11, 1), &[1, 0, 0, b'L']),
            list(FEATURE12, (30, 2), &[1, 0, 1, 0xD6, 0]),
            list(FEATURE11, (40, 0), &[1, 0, 0, b'N']),
        ];
        let mut found = Vec::new();
        for_each_sheet_record(&workbook(&records.concat()), &mut |sheet, record| {
            add_totals_rows(sheet, record, &mut found);
            Ok(())
        })
        .unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|totals| (totals.sheet.as_str(), totals.table.as_str(), totals.row, totals.columns.clone()))
            .collect();
        let sheet = "\u{D6}\u{43B}";
        assert_eq!(found, [(sheet, "L", 12, 1..=6), (sheet, "Ö", 30, 1..=6), (sheet, "Ö", 31, 1..=6)]);
    }

    #[test]
    fn a_feature_that_is_cut_off_or_no_table_has_no_head() {
        let whole = list(FEATURE11, (11, 1), &[1, 0, 0, b'L']);
        for end in 4..whole.len() - 4 {
            assert_eq!(table_head(&whole[4..end]), None, "cut to {end}");
        }
        let mut other = whole.clone();
        other[4 + 12] = 2;
        assert_eq!(table_head(&other[4..]), None);
        assert!(table_head(&whole[4..]).is_some());
    }
}
