//! What the records of the sheets of an `.xls` say beside the values of cells (MS-XLS 2.4.127, 2.4.168): merged ranges, and formulas whose value is not
//! in the file. Comes in: records of sheets. Goes out: both, by sheet. It builds no cell and computes nothing.
//!
//! Programs that compute no formula leave marks. Spreadsheet::WriteExcel, JExcelApi and Apache POI write 0, and ask for each formula to be computed on
//! load, by a bit that spreadsheets leave clear. xlwt writes blank texts, and is told by the name of the user, which it writes without its length;
//! LibreOffice writes a blank text that was computed in the same bytes.

use std::collections::BTreeMap;

use super::ole::u16_at;
use crate::formats::workbook::error::WorkbookError;
use crate::formats::workbook::merged_ranges::{MergedRange, MergedRanges};

const FORMULA: u16 = 0x0006;
const MERGECELLS: u16 = 0x00E5;

/// The bit of a formula that asks to compute it on load.
const CALC_ON_LOAD: u16 = 0x0002;
/// The last bytes of a value that is no number.
const NO_NUMBER: u16 = 0xFFFF;
const BLANK_TEXT: u8 = 3;

/// Rows and columns, from 0, of formulas whose value is not in the file.
pub(in crate::formats::workbook) type UncomputedPlaces = Vec<(u16, u16)>;

/// The marks of all sheets so far.
#[derive(Default)]
pub(super) struct XlsMarks {
    /// Whether a blank text of a formula is no value.
    blank_is_no_value: bool,
    merged: BTreeMap<String, MergedRanges>,
    formulas: BTreeMap<String, SheetFormulas>,
}

/// The formulas of a sheet so far.
#[derive(Default)]
struct SheetFormulas {
    /// Formulas whose value may not have been computed.
    doubtful: UncomputedPlaces,
    /// Whether a formula has a value that was computed.
    has_values: bool,
}

impl XlsMarks {
    /// `blank_is_no_value`: whether the program that wrote the workbook writes blank texts instead of values.
    pub(super) fn new(blank_is_no_value: bool) -> XlsMarks {
        XlsMarks { blank_is_no_value, ..XlsMarks::default() }
    }

    /// Takes a record of a sheet.
    ///
    /// # Errors
    /// A sheet has too many merged ranges.
    pub(super) fn visit(&mut self, sheet: &str, (kind, bytes): (u16, &[u8])) -> Result<(), WorkbookError> {
        match kind {
            FORMULA if bytes.len() >= 16 => self.formula(sheet, bytes),
            MERGECELLS => {
                let ranges = merged_ranges(bytes);
                if !ranges.is_empty() {
                    let merged = self.merged.entry(sheet.to_owned()).or_default();
                    ranges.into_iter().try_for_each(|range| merged.push(range))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn formula(&mut self, sheet: &str, bytes: &[u8]) {
        let is_text_or_so = u16_at(bytes, 12) == NO_NUMBER;
        let asks_to_compute = u16_at(bytes, 14) & CALC_ON_LOAD != 0;
        let is_doubtful = match is_text_or_so {
            true => bytes[6] == BLANK_TEXT && (self.blank_is_no_value || asks_to_compute),
            false => asks_to_compute && bytes[6..14].iter().all(|byte| *byte == 0),
        };
        if !self.formulas.contains_key(sheet) {
            self.formulas.insert(sheet.to_owned(), SheetFormulas::default());
        }
        let Some(formulas) = self.formulas.get_mut(sheet) else { return };
        if !is_doubtful {
            (formulas.has_values, formulas.doubtful) = (true, Vec::new());
        } else if !formulas.has_values {
            formulas.doubtful.push((u16_at(bytes, 0), u16_at(bytes, 2)));
        }
    }

    /// The merged ranges, and the formulas without a value, of the sheets that have some. Beside a value that was computed, no formula of the sheet is
    /// without one.
    pub(super) fn finish(self) -> (BTreeMap<String, MergedRanges>, BTreeMap<String, UncomputedPlaces>) {
        let formulas = self.formulas.into_iter().map(|(sheet, formulas)| (sheet, formulas.doubtful));
        (self.merged, formulas.filter(|(_, places)| !places.is_empty()).collect())
    }
}

/// The merged ranges of a record: their number, then first and last row, first and last column of each.
fn merged_ranges(bytes: &[u8]) -> Vec<MergedRange> {
    let Some((count, ranges)) = bytes.split_at_checked(2) else { return Vec::new() };
    let range = |range: &[u8; 8]| {
        let [top, bottom, left, right] = [0, 2, 4, 6].map(|at| u32::from(u16_at(range, at)));
        MergedRange { top, bottom, left, right }
    };
    ranges.as_chunks().0.iter().take(usize::from(u16_at(count, 0))).map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranges_of_a_record_are_as_many_as_it_states() {
        let ranges = [2u16, 1, 4, 0, 0, 6, 6, 2, 3, 9, 9, 9, 9].map(u16::to_le_bytes).concat();
        let range = |top, bottom, left, right| MergedRange { top, bottom, left, right };
        let expected = [range(1, 4, 0, 0), range(6, 6, 2, 3)];
        assert_eq!(merged_ranges(&ranges), expected);
        assert_eq!(merged_ranges(&ranges[..17]), expected[..1], "cut off");
        assert_eq!(merged_ranges(&[]), []);
    }

    const ZERO: [u8; 8] = [0; 8];
    const BLANK: [u8; 8] = [3, 0, 0, 0, 0, 0, 0xFF, 0xFF];
    const TEXT: [u8; 8] = [0, 0, 0, 0, 0, 0, 0xFF, 0xFF];
    const ONE: [u8; 8] = [0, 0, 0, 0, 0, 0, 0xF0, 0x3F];

    /// Rows of formulas without a value, of a sheet with these values and flags of formulas, one a row.
    fn uncomputed(blank_is_no_value: bool, formulas: &[([u8; 8], u16)]) -> Vec<u16> {
        let mut marks = XlsMarks::new(blank_is_no_value);
        for (row, (value, flags)) in (0u16..).zip(formulas) {
            let head = [row, 7, 0].map(u16::to_le_bytes).concat();
            let record = [&head[..], value, &flags.to_le_bytes(), &[0; 6]].concat();
            marks.visit("S", (FORMULA, &record)).unwrap();
        }
        let (_, mut places) = marks.finish();
        places.remove("S").unwrap_or_default().into_iter().map(|(row, _)| row).collect()
    }

    #[test]
    fn a_zero_that_asks_to_be_computed_is_no_value_unless_another_formula_has_one() {
        assert_eq!(uncomputed(false, &[(ZERO, 3), (ZERO, 2)]), [0, 1]);
        assert_eq!(uncomputed(false, &[(ZERO, 2), (ONE, 2)]), [0; 0], "computed by Apache POI");
        assert_eq!(uncomputed(false, &[(ZERO, 2), (TEXT, 0), (ZERO, 2)]), [0; 0]);
        assert_eq!(uncomputed(false, &[(ZERO, 0), (ZERO, 1), (ZERO, 8)]), [0; 0], "by a spreadsheet");
    }

    #[test]
    fn a_blank_text_is_no_value_where_the_writer_computes_none() {
        assert_eq!(uncomputed(true, &[(BLANK, 0), (BLANK, 0)]), [0, 1]);
        assert_eq!(uncomputed(false, &[(BLANK, 0), (BLANK, 0)]), [0; 0]);
        assert_eq!(uncomputed(true, &[(BLANK, 0), (ONE, 0)]), [0; 0]);
    }
}
