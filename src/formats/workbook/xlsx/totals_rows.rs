//! Totals rows of the tables in an `.xlsx`: rows that a table itself marks as no data. Comes in: the archive. Goes out: the rows, by sheet. It
//! reads the first tag of each table, and which sheet a table is on; no cell.

use std::io::Read;

use super::super::error::WorkbookError;
use super::super::preflight::xml::{attribute, attributes, local_name, tag_name};
use super::super::preflight::zip::Archive;
use super::styles::sheet_parts;
use crate::base::limits;

/// A totals row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TotalsRow {
    pub(in super::super) sheet: String,
    /// The name of the table, as people see it.
    pub(crate) table: String,
    /// From 1.
    pub(crate) row: u32,
}

/// Bytes of a table that are read: its first tag.
const TABLE_BYTES: u64 = 64 << 10;
/// Bytes of the list of parts that a sheet refers to.
const RELATIONS_BYTES: u64 = 1 << 20;

/// The totals rows of all tables, in the order of the sheets.
///
/// # Errors
/// The archive is damaged.
pub(in super::super) fn totals_rows(archive: &mut Archive) -> Result<Vec<TotalsRow>, WorkbookError> {
    let names: Vec<String> =
        archive.file_names().flatten().map(|name| name.to_ascii_lowercase().replace('\\', "/")).collect();
    let mut tables = Vec::new();
    for (part, name) in names.iter().enumerate() {
        let file = name.rsplit('/').next().unwrap_or(name);
        if name.ends_with(".xml") && (file.starts_with("table") || name.contains("/tables/")) {
            let text = read_part(archive, part, TABLE_BYTES)?;
            if let Some((table, rows)) = totals_of(&text) {
                tables.push((name.as_str(), table, rows));
            }
        }
    }
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let (worksheets, parts) = sheet_parts(archive)?;
    let mut found = Vec::new();
    for (sheet, part) in worksheets.names.iter().zip(parts) {
        let Some(name) = names.get(part) else { continue };
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        let relations = format!("{folder}/_rels/{file}.rels");
        let Some(at) = names.iter().position(|name| *name == relations.trim_start_matches('/')) else {
            continue;
        };
        for target in targets(&read_part(archive, at, RELATIONS_BYTES)?) {
            let target = resolved(folder, &target);
            for (_, table, rows) in tables.iter().filter(|(name, ..)| *name == target) {
                let row = |row| TotalsRow { sheet: sheet.clone(), table: table.clone(), row };
                found.extend(rows.clone().map(row));
            }
        }
    }
    Ok(found)
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

/// The name and the totals rows of a table. `None` if it has none.
fn totals_of(text: &[u8]) -> Option<(String, std::ops::Range<u32>)> {
    let tag = tags(text).find(|tag| local_name(tag_name(tag).0) == b"table")?;
    let number = |text: &[u8]| str::from_utf8(text).ok()?.parse::<u32>().ok();
    let count = attribute(tag, "totalsRowCount").and_then(number).filter(|count| *count > 0)?;
    let area = attribute(tag, "ref")?;
    let corner = area.rsplit(|byte| *byte == b':').next()?;
    let digits: Vec<u8> = corner.iter().copied().filter(u8::is_ascii_digit).collect();
    let last = number(&digits).filter(|last| *last <= limits::SHEET_ROWS)?;
    let name = attribute(tag, "displayName").or_else(|| attribute(tag, "name")).unwrap_or(b"");
    Some((String::from_utf8_lossy(name).into_owned(), (last + 1).saturating_sub(count)..last + 1))
}

/// The parts that a list of parts refers to.
fn targets(text: &[u8]) -> Vec<String> {
    let target = |tag: &[u8]| {
        let is_target = |(name, _): &(&[u8], &[u8])| *name == b"Target";
        let (_, value) = attributes(tag).find(is_target)?;
        Some(String::from_utf8_lossy(value).to_ascii_lowercase().replace('\\', "/"))
    };
    tags(text).filter(|tag| local_name(tag_name(tag).0) == b"Relationship").filter_map(target).collect()
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
    fn a_totals_row_is_the_last_of_its_table_where_the_table_counts_one() {
        let table = |attributes: &str| {
            totals_of(
                format!(
                    "<?xml version=\"1.0\"?>\n<table xmlns=\"x\" id=\"1\" {attributes}><autoFilter/></table>"
                )
                .as_bytes(),
            )
        };
        assert_eq!(
            table("displayName=\"Costs\" ref=\"A1:F12\" totalsRowCount=\"1\""),
            Some(("Costs".to_owned(), 12..13))
        );
        assert_eq!(
            table("displayName=\"C\" ref=\"$B$3:$F$12\" totalsRowCount=\"2\""),
            Some(("C".to_owned(), 11..13))
        );
        assert_eq!(table("displayName=\"Costs\" ref=\"A1:F12\" totalsRowShown=\"0\""), None);
        assert_eq!(
            table("displayName=\"Costs\" ref=\"A1:F12\" totalsRowCount=\"0\" totalsRowShown=\"1\""),
            None
        );
    }

    #[test]
    fn a_target_is_resolved_from_the_folder_of_the_sheet() {
        assert_eq!(resolved("xl/worksheets", "../tables/table1.xml"), "xl/tables/table1.xml");
        assert_eq!(resolved("xl/worksheets", "/xl/tables/table1.xml"), "xl/tables/table1.xml");
        assert_eq!(resolved("", "table1.xml"), "table1.xml");
    }
}
