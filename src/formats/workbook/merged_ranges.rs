//! Merged ranges of the sheets of a workbook. Comes in: ranges, as the tags and records of the preflight state them. Goes out: those that touch the
//! columns that are read. It reads no cell, and fills none.

use std::collections::BTreeMap;
use std::fmt;

use super::error::WorkbookError;
use super::preflight::xml::{XmlToken, attribute, local_name, tag_name};
use super::xlsx::WantedRows;
use crate::base::limits;

/// Most merged ranges of a sheet that are held.
const RANGES: usize = 1 << 22;

/// A merged range: rows and columns from 0, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MergedRange {
    pub(super) top: u32,
    pub(super) bottom: u32,
    pub(super) left: u32,
    pub(super) right: u32,
}

/// The merged ranges of a sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MergedRanges {
    ranges: Vec<MergedRange>,
}

/// The merged ranges of the sheets of a workbook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MergedSheets {
    /// Of sheets that have some. Empty in an `.ods`.
    pub(super) by_name: BTreeMap<String, MergedRanges>,
    /// Of all sheets of an `.ods`, in their order.
    pub(super) in_order: Vec<MergedRanges>,
}

impl MergedSheets {
    /// The merged ranges of a sheet. `names`: of all sheets, in their order. `None` if it has none.
    pub(super) fn of(&self, sheet: &str, names: &[String]) -> Option<&MergedRanges> {
        let in_order = || self.in_order.get(names.iter().position(|name| name == sheet)?);
        self.by_name.get(sheet).or_else(in_order).filter(|ranges| !ranges.is_empty())
    }
}

impl MergedRange {
    /// Whether the range has a column of a sheet, from 0.
    pub(super) fn has_column(&self, column: usize) -> bool {
        u32::try_from(column).is_ok_and(|column| (self.left..=self.right).contains(&column))
    }

    /// Whether the range has a row, from 0.
    pub(super) fn has_row(&self, row: u32) -> bool {
        (self.top..=self.bottom).contains(&row)
    }

    /// A range in the form `A2:B5`. `None` if it is in another form.
    fn parse(reference: &[u8]) -> Option<MergedRange> {
        let (first, last) = str::from_utf8(reference).ok()?.split_once(':')?;
        let ((top, left), (bottom, right)) = (cell_place(first)?, cell_place(last)?);
        Some(MergedRange { top, bottom, left, right })
    }
}

impl fmt::Display for MergedRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}:", column_letters(self.left), self.top + 1)?;
        write!(f, "{}{}", column_letters(self.right), self.bottom + 1)
    }
}

impl MergedRanges {
    /// Adds a range, as far as it is on a sheet. One of a single cell merges nothing.
    ///
    /// # Errors
    /// There are too many.
    pub(super) fn push(&mut self, range: MergedRange) -> Result<(), WorkbookError> {
        let MergedRange { top, left, .. } = range;
        let (bottom, right) =
            (range.bottom.min(limits::SHEET_ROWS - 1), range.right.min(limits::SHEET_COLUMNS - 1));
        if top > bottom || left > right || (top, left) == (bottom, right) {
            return Ok(());
        }
        if self.ranges.len() == RANGES {
            return Err(WorkbookError::too_large(format!("a sheet with more than {RANGES} merged ranges")));
        }
        self.ranges.push(MergedRange { top, bottom, left, right });
        Ok(())
    }

    /// Adds the range of a tag of a sheet of an `.xlsx`, if it states one.
    ///
    /// # Errors
    /// As [`MergedRanges::push`].
    pub(super) fn visit(&mut self, token: &XmlToken<'_>) -> Result<(), WorkbookError> {
        let XmlToken::Tag(tag) = token else { return Ok(()) };
        if local_name(tag_name(tag).0) != b"mergeCell" {
            return Ok(());
        }
        attribute(tag, "ref").and_then(MergedRange::parse).map_or(Ok(()), |range| self.push(range))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether a range that does not end above the header touches a wanted column, so that a cell which looks blank may not be.
    pub(super) fn touch(&self, wanted: &WantedRows<'_>) -> bool {
        self.ranges.iter().any(|range| is_relevant(range, wanted))
    }

    /// Fills names that are merged over several rows into the lower ones, where the rest of the header may stand. `rows`: numbers from 1, and cells.
    pub(super) fn fill_names(&self, rows: &mut [(u32, Vec<String>)]) {
        for range in self.ranges.iter().filter(|range| range.top < limits::HEADER_ROWS) {
            let Ok(column) = usize::try_from(range.left) else { continue };
            let first = rows.iter().find(|(row, _)| *row == range.top + 1);
            let name = first.and_then(|(_, cells)| cells.get(column)).cloned().unwrap_or_default();
            if name.is_empty() {
                continue;
            }
            for (_, cells) in
                rows.iter_mut().filter(|(row, _)| range.has_row(*row - 1) && *row > range.top + 1)
            {
                if cells.len() <= column {
                    cells.resize(column + 1, String::new());
                }
                if cells[column].is_empty() {
                    cells[column].clone_from(&name);
                }
            }
        }
    }

    /// The ranges that [`MergedRanges::touch`] asks for, in the order of their first rows.
    pub(super) fn relevant(&self, wanted: &WantedRows<'_>) -> Vec<MergedRange> {
        let mut ranges: Vec<MergedRange> =
            self.ranges.iter().filter(|range| is_relevant(range, wanted)).copied().collect();
        ranges.sort_by_key(|range| (range.top, range.left));
        ranges
    }
}

fn is_relevant(range: &MergedRange, wanted: &WantedRows<'_>) -> bool {
    range.bottom + 1 >= wanted.header_row
        && wanted.columns.iter().flatten().any(|column| range.has_column(*column))
}

/// Row and column, from 0, of a cell such as `B5` or `$B$5`.
fn cell_place(cell: &str) -> Option<(u32, u32)> {
    let cell = cell.replace('$', "");
    let digits = cell.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = cell[..cell.len() - digits.len()].bytes().map(|letter| letter.to_ascii_uppercase());
    let mut numbers = letters.map(|letter| u32::from(letter - b'A') + 1);
    let column = numbers.try_fold(0u32, |sum, number| sum.checked_mul(26)?.checked_add(number))?;
    Some((digits.parse::<u32>().ok()?.checked_sub(1)?, column.checked_sub(1)?))
}

/// The letters of a column, from 0: A, Z, AA.
fn column_letters(column: u32) -> String {
    let (mut letters, mut rest) = (Vec::new(), column + 1);
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_and_shown_alike() {
        for (text, (top, left), (bottom, right)) in [
            ("A2:A5", (1, 0), (4, 0)),
            ("Z9:AA10", (8, 25), (9, 26)),
            ("XFC1:XFD1048576", (0, 16_382), (1_048_575, 16_383)),
        ] {
            let range = MergedRange { top, bottom, left, right };
            assert_eq!(MergedRange::parse(text.as_bytes()), Some(range), "{text}");
            assert_eq!(range.to_string(), text);
        }
        assert_eq!(MergedRange::parse(b"$A$2:$B$3"), MergedRange::parse(b"a2:b3"));
        for text in ["A2", "2:5", "A:B", "A0:A2", "", "A2:A5:A7", "ZZZZZZZZ2:A5"] {
            assert_eq!(MergedRange::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn only_ranges_of_several_cells_of_a_sheet_are_held() {
        let mut ranges = MergedRanges::default();
        for reference in ["A2:A5", "B3:B3", "C4:B4", "A7:A6", "XFD9:XFE9", "A9:A1048577", "A9:ZZZ9"] {
            ranges.push(MergedRange::parse(reference.as_bytes()).unwrap()).unwrap();
        }
        assert_eq!(
            ranges.ranges.iter().map(MergedRange::to_string).collect::<Vec<_>>(),
            ["A2:A5", "A9:A1048576", "A9:XFD9"]
        );
    }

    #[test]
    fn ranges_above_the_header_and_beside_the_columns_that_are_read_are_of_no_matter() {
        let of = |reference: &str| {
            let mut ranges = MergedRanges::default();
            ranges.push(MergedRange::parse(reference.as_bytes()).unwrap()).unwrap();
            let columns = [Some(1), None, Some(3)];
            ranges.touch(&WantedRows { header_row: 3, columns: &columns, ..WantedRows::default() })
        };
        assert!(of("B4:B5") && of("A9:B9") && of("A1:F3") && of("D3:E3"));
        assert!(!of("A1:F2") && !of("C4:C9") && !of("E1:Z99") && !of("A3:A7"));
    }
}
