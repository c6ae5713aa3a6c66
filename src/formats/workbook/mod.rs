//! Workbooks: `.xlsx`, `.xlsb`, `.xls` and `.ods`. Comes in: a file. Goes out: its sheets, their first rows, and the rows below a
//! header, each with the wanted columns. It does not know what a column means.
//!
//! `.xlsx` and `.xlsb` are streamed: memory is bounded by their shared strings and [`limits::KEPT_CELLS_BYTES`]. `.xls` and
//! `.ods` are read whole, up to [`limits::WHOLE_WORKBOOK_BYTES`]. Every workbook has one [`Preflight`] before it is read, so that
//! none can fill the memory, whatever it claims. Sheets of an `.xlsx` in the form that common programs write are on the fast path
//! ([`xlsx`]); calamine is the fallback.

mod biff_records;
mod cell_text;
mod error;
mod kind;
mod merged_columns;
mod merged_ranges;
mod preflight;
mod rewrite;
mod row_assembler;
#[cfg(test)]
mod tests;
mod totals_rows;
mod xlsb_records;
mod xlsx;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Cursor};
use std::ops::ControlFlow;

use calamine::{
    CellErrorType, Data, DataRef, Ods, Range, Reader, Sheet, SheetType, SheetVisible, Xls, XlsOptions, Xlsb,
    Xlsx,
};

use self::cell_text::DateSystem;
pub(crate) use self::error::WorkbookError;
pub(crate) use self::kind::{is_document, unread_container, workbook_kind};
pub(crate) use self::preflight::Preflight;
pub(crate) use self::totals_rows::TotalsRow;
pub(crate) use self::xlsx::{Expansion, SheetBatch, WantedRows};

use self::error::guarded;
use self::merged_columns::MergedColumns;
use self::merged_ranges::MergedSheets;
use self::row_assembler::{RowAssembler, header_text};
use super::row::Row;
use crate::base::limits;

/// The code page by which calamine decodes texts of 16-bit characters.
const UTF_16_CODE_PAGE: u16 = 1200;

/// The kinds of workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum WorkbookKind {
    /// Excel since 2007, with or without macros.
    Xlsx,
    /// Excel since 2007, in binary records.
    Xlsb,
    /// Excel 97 to 2003.
    Xls,
    /// OpenDocument.
    Ods,
}

impl WorkbookKind {
    /// The file extension of the kind.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            WorkbookKind::Xlsx => "xlsx",
            WorkbookKind::Xlsb => "xlsb",
            WorkbookKind::Xls => "xls",
            WorkbookKind::Ods => "ods",
        }
    }
}

/// An open workbook.
pub(crate) struct Workbook<'w> {
    sheets: Worksheets,
    date_system: DateSystem,
    merged: &'w MergedSheets,
    content: Content<'w>,
}

/// The worksheets of a workbook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Worksheets {
    /// All names, in the order of the workbook.
    names: Vec<String>,
    /// Names of the hidden and very hidden ones.
    hidden: Vec<String>,
}

enum Content<'w> {
    /// All sheets are on the fast path.
    FastPath(&'w Preflight),
    /// With the formulas of each sheet whose value is not in the file.
    Xlsx(Box<Xlsx<BufReader<File>>>, &'w BTreeMap<String, Vec<u32>>),
    Xlsb(Box<Xlsb<BufReader<File>>>),
    /// The cells of each sheet, in the order of `sheet_names`.
    Whole(Vec<Range<Data>>),
}

/// Rows of a sheet: one row of the fallback, or a batch of the fast path.
pub(crate) enum SheetRows<'r> {
    Row(Row<'r>),
    Batch(&'r SheetBatch<'r>),
}

/// Takes the row and column of a cell, from 0, and the value of the cell.
type EachCell<'e> = dyn FnMut((u32, u32), &DataRef<'_>) -> Result<ControlFlow<()>, WorkbookError> + 'e;

impl<'w> Workbook<'w> {
    /// Opens a workbook after its preflight.
    ///
    /// # Errors
    /// The workbook is cut short, damaged or encrypted.
    pub(crate) fn open(preflight: &'w Preflight) -> Result<Workbook<'w>, WorkbookError> {
        match preflight.fast_path.sheets_if_all() {
            Some(sheets) => Ok(Workbook {
                sheets: sheets.clone(),
                date_system: preflight.date_system,
                merged: &preflight.merged,
                content: Content::FastPath(preflight),
            }),
            None => Workbook::open_by_calamine(preflight),
        }
    }

    /// Opens a workbook by calamine.
    fn open_by_calamine(
        Preflight {
            path,
            kind,
            date_system,
            is_biff8,
            needs_rewrite,
            uncomputed,
            uncomputed_places,
            merged,
            ..
        }: &'w Preflight,
    ) -> Result<Workbook<'w>, WorkbookError> {
        let open = || match needs_rewrite {
            true => rewrite::rewritten(path, *kind).map(BufReader::new),
            false => Ok(BufReader::new(File::open(path)?)),
        };
        let (sheets, content) = match kind {
            WorkbookKind::Xlsx => {
                let file = open()?;
                let workbook = guarded(|| Xlsx::new(file))?;
                (workbook.sheets_metadata().to_vec(), Content::Xlsx(Box::new(workbook), uncomputed))
            }
            WorkbookKind::Xlsb => {
                let file = open()?;
                let workbook = guarded(|| Xlsb::new(file))?;
                (workbook.sheets_metadata().to_vec(), Content::Xlsb(Box::new(workbook)))
            }
            WorkbookKind::Xls => {
                let bytes = std::fs::read(path)?;
                let mut options = XlsOptions::default();
                // Texts of BIFF8 are UTF-16, whatever code page the workbook states; only older texts are in that code page.
                options.force_codepage = is_biff8.then_some(UTF_16_CODE_PAGE);
                let workbook = guarded(|| Xls::new_with_options(Cursor::new(bytes), options))?;
                let sheets = workbook.sheets_metadata().to_vec();
                let mut cells = cells_of_all_sheets(workbook)?;
                for (sheet, cells) in sheets.iter().filter(|sheet| is_worksheet(sheet)).zip(&mut cells) {
                    mark_uncomputed(cells, uncomputed_places.get(&sheet.name).into_iter().flatten());
                }
                (sheets, Content::Whole(cells))
            }
            WorkbookKind::Ods => {
                let file = open()?;
                let workbook = guarded(|| Ods::new(file))?;
                (workbook.sheets_metadata().to_vec(), Content::Whole(cells_of_all_sheets(workbook)?))
            }
        };
        Ok(Workbook { sheets: Worksheets::of(&sheets)?, date_system: *date_system, merged, content })
    }

    /// All worksheets in the order of the workbook, hidden and very hidden ones too; no chart, dialog or macro sheets.
    pub(crate) fn sheet_names(&self) -> Vec<String> {
        self.sheets.names.clone()
    }

    /// Whether the workbook hides a sheet.
    pub(crate) fn is_hidden(&self, sheet: &str) -> bool {
        self.sheets.hidden.iter().any(|hidden| hidden == sheet)
    }

    /// The rows among the first [`limits::HEADER_ROWS`] that are not empty, each with its number from 1 and its cells from the
    /// first column on. A cell is cut to [`limits::HEADER_CELL_BYTES`], a row to [`limits::RECORD_BYTES`].
    ///
    /// # Errors
    /// The sheet is damaged.
    pub(crate) fn first_rows(&mut self, sheet: &str) -> Result<Vec<(u32, Vec<String>)>, WorkbookError> {
        let mut rows: Vec<(u32, Vec<String>)> = Vec::new();
        let mut row_bytes = 0;
        self.for_each_cell(sheet, &mut |(row, column), value| {
            if row >= limits::HEADER_ROWS {
                return Ok(ControlFlow::Break(()));
            }
            if column >= limits::SHEET_COLUMNS {
                return Err(WorkbookError::corrupt("a cell stands past the last column of a sheet"));
            }
            let text = header_text(value);
            let column = usize::try_from(column).expect("a column fits a length");
            if rows.last().is_none_or(|(last, _)| *last <= row) {
                rows.push((row + 1, Vec::new()));
                row_bytes = 0;
            }
            row_bytes += text.len();
            if let Some((_, cells)) = rows.last_mut()
                && cells.len() <= column
                && row_bytes <= limits::RECORD_BYTES
                && !text.is_empty()
            {
                cells.resize(column, String::new());
                cells.push(text);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        rows.retain(|(_, cells)| !cells.is_empty());
        if let Some(merged) = self.merged.of(sheet, &self.sheets.names) {
            merged.fill_names(&mut rows);
        }
        Ok(rows)
    }

    /// Calls `each` for every row below the header (0: every row) that is not empty in all columns, with the wanted cells (a cell
    /// that the row lacks is blank). Rows are streamed in the order of the sheet.
    ///
    /// # Errors
    /// The sheet is damaged. `each` may have been called for the rows before the damage.
    pub(crate) fn rows(
        &mut self,
        sheet: &str,
        wanted: WantedRows<'_>,
        each: &mut dyn FnMut(Row<'_>),
    ) -> Result<(), WorkbookError> {
        let merged = self.merged.of(sheet, &self.sheets.names);
        let merged = merged.and_then(|merged| MergedColumns::new(merged, &wanted));
        let mut rows = RowAssembler::new(wanted, merged, self.date_system, each);
        self.for_each_cell(sheet, &mut |place, value| {
            rows.cell(place, value).map(|()| ControlFlow::Continue(()))
        })?;
        rows.finish();
        Ok(())
    }

    /// Calls `each` for the cells of a sheet until it breaks.
    fn for_each_cell(&mut self, sheet: &str, each: &mut EachCell<'_>) -> Result<(), WorkbookError> {
        match &mut self.content {
            Content::FastPath(Preflight { path, fast_path, .. }) => {
                let missing = || Err(WorkbookError::corrupt(format!("its sheet {sheet} is missing")));
                return fast_path.for_each_cell(path, sheet, each).unwrap_or_else(missing);
            }
            Content::Xlsx(workbook, uncomputed) => {
                let mut uncomputed = uncomputed.get(sheet).into_iter().flatten().peekable();
                let mut cells = guarded(|| workbook.worksheet_cells_reader(sheet))?;
                for nth in 0u32.. {
                    let Some(cell) = guarded(|| cells.next_cell())? else { break };
                    let value = match uncomputed.next_if_eq(&&nth) {
                        Some(_) => &DataRef::Error(CellErrorType::GettingData),
                        None => cell.get_value(),
                    };
                    if each(cell.get_position(), value)?.is_break() {
                        return Ok(());
                    }
                }
            }
            Content::Xlsb(workbook) => {
                let mut cells = guarded(|| workbook.worksheet_cells_reader(sheet))?;
                while let Some(cell) = guarded(|| cells.next_cell())? {
                    if each(cell.get_position(), cell.get_value())?.is_break() {
                        return Ok(());
                    }
                }
            }
            Content::Whole(sheets) => {
                let at = self.sheets.names.iter().position(|name| name == sheet);
                let range = at.and_then(|at| sheets.get(at));
                let range =
                    range.ok_or_else(|| WorkbookError::corrupt(format!("its sheet {sheet} is missing")))?;
                let (top, left) = range.start().unwrap_or((0, 0));
                for (row, cells) in (top..).zip(range.rows()) {
                    for (column, value) in (left..).zip(cells) {
                        if matches!(value, Data::Empty) {
                            continue;
                        }
                        if each((row, column), &cell_text::borrowed(value))?.is_break() {
                            return Ok(());
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn is_worksheet(sheet: &Sheet) -> bool {
    sheet.typ == SheetType::WorkSheet
}

impl Worksheets {
    /// # Errors
    /// Two sheets have one name.
    fn of(sheets: &[Sheet]) -> Result<Worksheets, WorkbookError> {
        let sheets = || sheets.iter().filter(|sheet| is_worksheet(sheet));
        let names: Vec<String> = sheets().map(|sheet| sheet.name.clone()).collect();
        let hidden = sheets().filter(|sheet| sheet.visible != SheetVisible::Visible);
        let hidden = hidden.map(|sheet| sheet.name.clone()).collect();
        let mut distinct = BTreeSet::new();
        match names.iter().find(|name| !distinct.insert(name.as_str())) {
            Some(twice) => Err(WorkbookError::corrupt(format!("two sheets have the name {twice}"))),
            None => Ok(Worksheets { names, hidden }),
        }
    }
}

/// Makes error values of formulas without a value, which calamine reads as the text or number that stands in the place of one.
fn mark_uncomputed<'p>(cells: &mut Range<Data>, places: impl Iterator<Item = &'p (u16, u16)>) {
    let (Some(start), Some(end)) = (cells.start(), cells.end()) else { return };
    for (row, column) in places.map(|(row, column)| (u32::from(*row), u32::from(*column))) {
        if (start.0..=end.0).contains(&row) && (start.1..=end.1).contains(&column) {
            cells.set_value((row, column), Data::Error(CellErrorType::GettingData));
        }
    }
}

/// The cells of all worksheets. The workbook is dropped, and with it whatever else calamine holds.
fn cells_of_all_sheets<S: std::io::Read + std::io::Seek, R>(
    mut workbook: R,
) -> Result<Vec<Range<Data>>, WorkbookError>
where
    R: Reader<S>,
    WorkbookError: From<R::Error>,
{
    let sheets = workbook.sheets_metadata().to_vec();
    sheets
        .iter()
        .filter(|sheet| is_worksheet(sheet))
        .map(|sheet| guarded(|| workbook.worksheet_range(&sheet.name)))
        .collect()
}
