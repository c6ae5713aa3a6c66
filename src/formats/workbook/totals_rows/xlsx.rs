//! The head of a table in an `.xlsx`. Comes in: the part of the table. Goes out: its name, area and number of totals rows. It reads the first tag.

use std::ops::RangeInclusive;

use super::super::error::WorkbookError;
use super::super::preflight::xml::{attribute, local_name, tag_name};
use super::super::preflight::zip::Archive;
use super::super::xlsx;
use super::{TableHead, tags};

/// The head of a table. `None` if it has none that is whole.
pub(super) fn table_head(text: &[u8]) -> Option<TableHead> {
    let tag = tags(text).find(|tag| local_name(tag_name(tag).0) == b"table")?;
    let count = attribute(tag, "totalsRowCount").unwrap_or(b"0");
    let area = str::from_utf8(attribute(tag, "ref")?).ok()?;
    let (first, last) = area.split_once(':').unwrap_or((area, area));
    let name = attribute(tag, "displayName").or_else(|| attribute(tag, "name")).unwrap_or(b"");
    Some(TableHead {
        name: String::from_utf8_lossy(name).into_owned(),
        last_row: digits(last).parse().ok()?,
        columns: columns(first, last)?,
        totals_rows: str::from_utf8(count).ok()?.parse().ok()?,
    })
}

/// The worksheets, and the name of the part of each.
///
/// # Errors
/// The archive is damaged.
pub(super) fn sheet_parts(
    archive: &mut Archive,
    names: &[String],
) -> Result<Vec<(String, String)>, WorkbookError> {
    let (sheets, parts) = xlsx::sheet_parts(archive)?;
    Ok(sheets
        .names
        .into_iter()
        .zip(parts)
        .filter_map(|(sheet, part)| Some((sheet, names.get(part)?.clone())))
        .collect())
}

fn digits(cell: &str) -> String {
    cell.chars().filter(char::is_ascii_digit).collect()
}

/// The columns between two cells, from 0: A is 0, Z is 25, AA is 26.
fn columns(first: &str, last: &str) -> Option<RangeInclusive<u32>> {
    let column = |cell: &str| {
        let letters = cell.bytes().filter(u8::is_ascii_alphabetic).map(|letter| letter.to_ascii_uppercase());
        let mut number = letters.map(|letter| u32::from(letter - b'A') + 1);
        number.try_fold(0u32, |sum, digit| sum.checked_mul(26)?.checked_add(digit))?.checked_sub(1)
    };
    Some(column(first)?..=column(last)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_table_is_its_first_tag() {
        let table = |attributes: &str| {
            let text = format!(
                "<?xml version=\"1.0\"?>\n<table xmlns=\"x\" id=\"1\" {attributes}><autoFilter/></table>"
            );
            table_head(text.as_bytes())
        };
        let head = |last_row, columns, totals_rows| {
            Some(TableHead { name: "C".to_owned(), last_row, columns, totals_rows })
        };
        let of_area = |area: &str, rest: &str| table(&format!("displayName=\"C\" ref=\"{area}\" {rest}"));
        assert_eq!(of_area("A1:F12", "totalsRowCount=\"1\""), head(12, 0..=5, 1));
        assert_eq!(of_area("$B$3:$AB$12", "totalsRowCount=\"2\""), head(12, 1..=27, 2));
        assert_eq!(of_area("A1:F12", "totalsRowShown=\"0\""), head(12, 0..=5, 0));
        assert_eq!(of_area("A1:F12", "totalsRowCount=\"0\" totalsRowShown=\"1\""), head(12, 0..=5, 0));
        assert_eq!(of_area("A1:F12", "totalsRowCount=\"many\""), None);
        assert_eq!(of_area("", "totalsRowCount=\"1\""), None);
    }
}
