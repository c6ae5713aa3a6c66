//! Finds the formulas of a sheet of an `.xlsx` whose value is not in the file: a program that computes none wrote it. Comes in: the tokens of the
//! sheet. Goes out: which cells these are. It computes nothing.
//!
//! Some programs leave the value out. Others write 0 for every formula, and ask the spreadsheet to compute all on load (`fullCalcOnLoad`): a 0 is
//! such a value if the workbook asks for that and no formula of the sheet has another value.

use super::xml::{XmlToken, attribute, local_name, tag_name};
use crate::formats::workbook::error::WorkbookError;

/// Most formulas without a value of a sheet, whose places are held.
const FORMULAS: usize = 1 << 22;

/// The number of each cell without its value, among all cells of the sheet in their order, from 0. Ascending.
pub(in crate::formats::workbook) type UncomputedCells = Vec<u32>;

/// Scanner state.
#[derive(Default)]
pub(super) struct FormulaScanner {
    in_rows: bool,
    /// Cells so far.
    cells: u32,
    cell: FormulaCell,
    /// Cells with a formula and no value.
    blank: UncomputedCells,
    /// Cells with a formula whose value is 0.
    zero: UncomputedCells,
    /// Whether a formula has a value other than 0.
    has_values: bool,
}

/// The cell that is open.
#[derive(Default)]
struct FormulaCell {
    has_formula: bool,
    is_text: bool,
    in_value: bool,
    value: Value,
}

/// What was read of a value.
#[derive(Default, PartialEq, Eq)]
enum Value {
    #[default]
    Blank,
    Zero,
    Other,
}

impl FormulaScanner {
    /// Whether the tokens are within the rows of the sheet.
    pub(super) fn is_in_rows(&self) -> bool {
        self.in_rows
    }

    /// Scans a token of a sheet.
    pub(super) fn visit(&mut self, token: &XmlToken<'_>) {
        let tag = match token {
            XmlToken::Tag(tag) => tag,
            XmlToken::Text(text) => {
                if self.cell.in_value {
                    self.cell.value = match (&self.cell.value, *text) {
                        (Value::Blank, b"0") => Value::Zero,
                        (_, _) => Value::Other,
                    };
                }
                return;
            }
            XmlToken::Other(_) => {
                if self.cell.in_value {
                    self.cell.value = Value::Other;
                }
                return;
            }
        };
        let (name, is_start) = tag_name(tag);
        let is_empty = tag.ends_with(b"/");
        match local_name(name) {
            b"sheetData" => self.in_rows = is_start,
            _ if !self.in_rows => {}
            b"c" if is_start => {
                self.cell =
                    FormulaCell { is_text: attribute(tag, "t") == Some(b"str"), ..FormulaCell::default() };
                self.cells = self.cells.saturating_add(u32::from(is_empty));
            }
            b"c" => self.end_cell(),
            b"f" if is_start => self.cell.has_formula = true,
            b"v" => self.cell.in_value = is_start && !is_empty,
            _ => {}
        }
    }

    fn end_cell(&mut self) {
        let at = self.cells;
        self.cells = self.cells.saturating_add(1);
        let FormulaCell { has_formula, is_text, value, .. } = std::mem::take(&mut self.cell);
        let cells = match value {
            _ if !has_formula => return,
            // The empty text is a value of its own.
            Value::Blank if !is_text => &mut self.blank,
            Value::Zero if !is_text => &mut self.zero,
            Value::Blank | Value::Zero | Value::Other => {
                self.has_values = true;
                self.zero = Vec::new();
                return;
            }
        };
        // One more than may be held tells that there are too many.
        if cells.len() <= FORMULAS && !(value == Value::Zero && self.has_values) {
            cells.push(at);
        }
    }

    /// The cells without a value. `computes_on_load`: whether the workbook asks the spreadsheet to compute all formulas on load.
    ///
    /// # Errors
    /// There are too many.
    pub(super) fn finish(mut self, computes_on_load: bool) -> Result<UncomputedCells, WorkbookError> {
        let mut cells = self.blank;
        if computes_on_load {
            cells.append(&mut self.zero);
            cells.sort_unstable();
        }
        if cells.len() > FORMULAS {
            return Err(WorkbookError::too_large(format!(
                "a sheet with more than {FORMULAS} formulas whose value is not in the file"
            )));
        }
        Ok(cells)
    }
}

/// Whether a tag asks the spreadsheet to compute all formulas on load.
pub(super) fn asks_to_compute(tag: &[u8]) -> bool {
    local_name(tag_name(tag).0) == b"calcPr"
        && attribute(tag, "fullCalcOnLoad").is_some_and(|value| matches!(value, b"1" | b"true"))
}

#[cfg(test)]
mod tests {
    use super::super::xml::XmlTokenizer;
    use super::*;

    fn cells(rows: &str, computes_on_load: bool, block: usize) -> UncomputedCells {
        let text =
            format!("<worksheet><c><f>1</f></c><sheetData>{rows}</sheetData><c><f>1</f></c></worksheet>");
        let (mut tokenizer, mut scanner) = (XmlTokenizer::new(), FormulaScanner::default());
        for block in text.as_bytes().chunks(block) {
            let mut visit = |token: XmlToken<'_>| {
                scanner.visit(&token);
                Ok(())
            };
            tokenizer.feed(block, &mut visit).unwrap();
        }
        scanner.finish(computes_on_load).unwrap()
    }

    #[test]
    fn a_formula_without_a_value_is_found_in_every_form() {
        let rows = "<row><c r=\"A1\"/><c><f>1+1</f><v></v></c><c><f>1+1</f><v/></c></row>\
                    <row><x:c t=\"n\"><x:f>A1</x:f></x:c><c><f/><v>2</v></c><c t=\"str\"><f>\"\"</f><v></v></c><c/><c><v>0</v></c>\
                    <c><f t=\"shared\" si=\"0\"/></c></row>";
        for block in [1, 7, 4096] {
            assert_eq!(cells(rows, false, block), [1, 2, 3, 8], "{block}");
            assert_eq!(cells(rows, true, block), [1, 2, 3, 8], "{block}");
        }
    }

    #[test]
    fn zeros_of_formulas_are_no_values_if_all_are_zero_and_shall_be_computed_on_load() {
        let zeros =
            "<row><c><f>A1</f><v>0</v></c><c><v>7</v></c><c><f>A1</f></c><c><f>A2</f><v>0</v></c></row>";
        let one_value = format!("{zeros}<row><c><f>A1</f><v>0.5</v></c></row>");
        for block in [1, 4096] {
            assert_eq!(cells(zeros, true, block), [0, 2, 3]);
            assert_eq!(cells(zeros, false, block), [2]);
            assert_eq!(cells(&one_value, true, block), [2]);
        }
    }

    #[test]
    fn a_workbook_asks_to_compute_by_a_tag() {
        assert!(asks_to_compute(b"calcPr calcId=\"124519\" fullCalcOnLoad=\"1\"/"));
        assert!(asks_to_compute(b"x:calcPr fullCalcOnLoad='true'"));
        assert!(!asks_to_compute(b"calcPr calcId=\"191029\"/"));
        assert!(!asks_to_compute(b"calcPr fullCalcOnLoad=\"0\"/"));
    }
}
