//! Totals rows of the tables of a workbook: rows that a table itself marks as no data. Comes in: the zip, or the stream of records. Goes out: the
//! rows, by sheet. It reads the head of each table, and which sheet a table is on; no cell. OpenDocument marks no such rows.

mod xls;
mod xlsb;
mod xlsx;

use std::io::Read;
use std::ops::RangeInclusive;

use super::WorkbookKind;
use super::error::WorkbookError;
use super::preflight::xml::{attribute, local_name, tag_name};
use super::preflight::zip::Archive;
use crate::base::limits;

pub(super) use self::xls::add_totals_rows;

/// A totals row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TotalsRow {
    sheet: String,
    /// The name of the table, as people see it.
    pub(crate) table: String,
    /// From 1.
    pub(crate) row: u32,
    /// The columns of the table, from 0.
    columns: RangeInclusive<u32>,
}

impl TotalsRow {
    /// Whether the row is one of a sheet.
    pub(super) fn is_on(&self, sheet: &str) -> bool {
        self.sheet == sheet
    }

    /// Whether the table has a column of the sheet, from 0. Beside the table, cells of the row are no totals.
    pub(crate) fn covers(&self, column: usize) -> bool {
        u32::try_from(column).is_ok_and(|column| self.columns.contains(&column))
    }
}

/// Bytes of a table that are read: its head.
const TABLE_BYTES: u64 = 64 << 10;
/// Bytes of a list of parts that a part refers to.
const RELATIONS_BYTES: u64 = 1 << 20;
/// Most totals rows of a table: spreadsheets give a table one or none.
const TOTALS_ROWS: u32 = 8;

/// Reads the head of a table from the beginning of its part. `None` if it has none that is whole.
type ReadTableHead = fn(&[u8]) -> Option<TableHead>;

/// The head of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TableHead {
    name: String,
    /// The last row, from 1.
    last_row: u32,
    columns: RangeInclusive<u32>,
    totals_rows: u32,
}

impl TableHead {
    /// Adds the totals rows of the table, which is on `sheet`.
    fn add_to(&self, sheet: &str, found: &mut Vec<TotalsRow>) {
        let count = self.totals_rows;
        if count > TOTALS_ROWS || count >= self.last_row || self.last_row > limits::SHEET_ROWS {
            return;
        }
        found.extend((self.last_row + 1 - count..=self.last_row).map(|row| TotalsRow {
            sheet: sheet.to_owned(),
            table: self.name.clone(),
            row,
            columns: self.columns.clone(),
        }));
    }
}

/// The totals rows of all tables of an `.xlsx` or `.xlsb`, in the order of the sheets.
///
/// # Errors
/// The archive is damaged.
pub(super) fn totals_rows_of_archive(
    archive: &mut Archive,
    kind: WorkbookKind,
) -> Result<Vec<TotalsRow>, WorkbookError> {
    let names: Vec<String> = archive.file_names().flatten().map(normalised).collect();
    let (extension, head_of): (&str, ReadTableHead) = match kind {
        WorkbookKind::Xlsx => (".xml", xlsx::table_head),
        WorkbookKind::Xlsb => (".bin", xlsb::table_head),
        WorkbookKind::Xls | WorkbookKind::Ods => return Ok(Vec::new()),
    };
    let mut tables = Vec::new();
    for (part, name) in names.iter().enumerate() {
        let file = name.rsplit('/').next().unwrap_or(name);
        if name.ends_with(extension) && (file.starts_with("table") || name.contains("/tables/")) {
            let head = head_of(&read_part(archive, part, TABLE_BYTES)?);
            tables.extend(head.filter(|head| head.totals_rows > 0).map(|head| (name.as_str(), head)));
        }
    }
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let sheets = match kind {
        WorkbookKind::Xlsb => xlsb::sheet_parts(archive, &names)?,
        WorkbookKind::Xlsx | WorkbookKind::Xls | WorkbookKind::Ods => xlsx::sheet_parts(archive, &names)?,
    };
    let mut found = Vec::new();
    for (sheet, part) in sheets {
        for (_, target) in relations(archive, &names, &part)? {
            for (_, table) in tables.iter().filter(|(name, _)| *name == target) {
                table.add_to(&sheet, &mut found);
            }
        }
    }
    Ok(found)
}

/// The worksheets of an `.xlsx` or `.xlsb`, and the index of the part of each in the zip.
///
/// # Errors
/// The archive is damaged.
pub(super) fn parts_by_sheet(
    archive: &mut Archive,
    kind: WorkbookKind,
) -> Result<Vec<(String, usize)>, WorkbookError> {
    if kind == WorkbookKind::Xlsx {
        let (sheets, parts) = super::xlsx::sheet_parts(archive)?;
        return Ok(sheets.names.into_iter().zip(parts).collect());
    }
    let names: Vec<String> = archive.file_names().flatten().map(normalised).collect();
    let index_of =
        |(sheet, part): (String, String)| Some((sheet, names.iter().position(|name| *name == part)?));
    Ok(xlsb::sheet_parts(archive, &names)?.into_iter().filter_map(index_of).collect())
}

/// The name of a part as names are compared: ignoring case, and with either slash.
fn normalised(name: impl AsRef<str>) -> String {
    name.as_ref().to_ascii_lowercase().replace('\\', "/")
}

fn read_part(archive: &mut Archive, part: usize, bytes: u64) -> Result<Vec<u8>, WorkbookError> {
    let mut text = Vec::new();
    archive.by_index(part)?.take(bytes).read_to_end(&mut text)?;
    Ok(text)
}

/// The tags of a text, without `<` and `>`. No tag of a table or of a list of parts has a `>` within a value.
fn tags(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'<').skip(1).filter_map(|rest| rest.split(|byte| *byte == b'>').next())
}

/// The ids and names of the parts to which a part refers.
fn relations(
    archive: &mut Archive,
    names: &[String],
    part: &str,
) -> Result<Vec<(String, String)>, WorkbookError> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let list = format!("{folder}/_rels/{file}.rels");
    let Some(at) = names.iter().position(|name| *name == list.trim_start_matches('/')) else {
        return Ok(Vec::new());
    };
    let text = read_part(archive, at, RELATIONS_BYTES)?;
    let relation = |tag: &[u8]| {
        let value = |name| attribute(tag, name).map(|value| String::from_utf8_lossy(value).into_owned());
        let target = resolved(folder, &normalised(value("Target")?));
        Some((value("Id").unwrap_or_default(), target))
    };
    let of_name = |tag: &&[u8]| local_name(tag_name(tag).0) == b"Relationship";
    Ok(tags(&text).filter(of_name).filter_map(relation).collect())
}

/// The name of a part to which a part in `folder` refers.
fn resolved(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "." | "" => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_resolved_from_the_folder_of_the_sheet() {
        assert_eq!(resolved("xl/worksheets", "../tables/table1.xml"), "xl/tables/table1.xml");
        assert_eq!(resolved("xl/worksheets", "/xl/tables/table1.xml"), "xl/tables/table1.xml");
        assert_eq!(resolved("", "table1.xml"), "table1.xml");
    }

    #[test]
    fn a_totals_row_is_the_last_of_its_table_where_the_table_counts_one() {
        let rows = |last_row, totals_rows| {
            let head = TableHead { name: "Costs".to_owned(), last_row, columns: 1..=3, totals_rows };
            let mut found = Vec::new();
            head.add_to("Usage", &mut found);
            found.iter().map(|totals| totals.row).collect::<Vec<_>>()
        };
        assert_eq!(rows(12, 1), [12]);
        assert_eq!(rows(12, 2), [11, 12]);
        assert_eq!(rows(12, 0), [0; 0]);
        assert_eq!(rows(1_048_577, 1), [0; 0], "there is no such row");
        assert_eq!(rows(1_000_000, 900_000), [0; 0], "no spreadsheet gives a table so many");
    }

    #[test]
    fn cells_beside_a_table_are_no_totals() {
        let totals = TotalsRow { sheet: String::new(), table: String::new(), row: 9, columns: 2..=3 };
        assert_eq!([1, 2, 3, 4].map(|column| totals.covers(column)), [false, true, true, false]);
    }
}
