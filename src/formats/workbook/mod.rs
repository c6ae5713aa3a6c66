//! Workbooks: `.xlsx`, `.xlsb`, `.xls` and `.ods`. Comes in: a file. Goes out: its sheets, their first rows, and the rows
//! below a header, each with the columns that are wanted. It does not know what a column means.
//!
//! `.xlsx` and `.xlsb` are streamed: memory is bounded by their shared strings and [`limits::KEPT_CELLS_BYTES`]. `.xls` and
//! `.ods` are read whole, up to [`limits::WHOLE_WORKBOOK_BYTES`]. Every workbook is looked over first, and once
//! ([`LookedOver`]), so that none can fill the memory, whatever it claims. Sheets of an `.xlsx` in the usual form are read
//! without the workbook library (`usual`).

mod archive;
mod biff;
mod cells;
mod fault;
mod kind;
mod markup;
mod ole;
mod records;
mod repeats;
mod rows;
mod strings;
#[cfg(test)]
mod tests;
mod usual;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::{Path, PathBuf};

use calamine::{Data, DataRef, Ods, Range, Reader, Sheet, SheetType, Xls, Xlsb, Xlsx};

pub(crate) use self::fault::WorkbookError;
pub(crate) use self::kind::workbook_kind;
pub(crate) use self::usual::{Expanding, SheetBatch, WantedRows};

use self::fault::guarded;
use self::rows::{Rows, header_text};
use self::usual::UsualSheets;
use super::row::Row;
use super::fingerprint::Fingerprint;
use crate::base::limits;

/// The kinds of workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum WorkbookKind {
    /// Excel since 2007, with or without macros.
    Xlsx,
    /// The same in binary records.
    Xlsb,
    /// Excel 97 to 2003.
    Xls,
    /// OpenDocument.
    Ods,
}

impl WorkbookKind {
    /// Its name for people.
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
    sheet_names: Vec<String>,
    content: Content<'w>,
}

enum Content<'w> {
    /// All its sheets are usual.
    Usual(&'w LookedOver),
    Xlsx(Box<Xlsx<BufReader<File>>>),
    Xlsb(Box<Xlsb<BufReader<File>>>),
    /// The cells of each sheet, in the order of `sheet_names`.
    Whole(Vec<Range<Data>>),
}

/// A workbook that was looked over.
#[derive(Debug)]
pub(crate) struct LookedOver {
    path: PathBuf,
    kind: WorkbookKind,
    stamp: Fingerprint,
    usual: UsualSheets,
}

/// What comes of reading a sheet.
pub(crate) enum Found<'f> {
    Row(Row<'f>),
    Batch(&'f SheetBatch<'f>),
}

impl LookedOver {
    /// Looks a workbook over. `room`: bytes that cells may take which are kept until they are read.
    ///
    /// # Errors
    /// It ends too early, is damaged, encrypted or too large, or would expand absurdly.
    pub(crate) fn new(path: &Path, kind: WorkbookKind, room: usize) -> Result<LookedOver, WorkbookError> {
        let stamp = Fingerprint::of(&std::fs::metadata(path)?);
        let usual = match kind {
            WorkbookKind::Xlsx => {
                let mut archive = archive::open(path)?;
                let usual = archive::check(&mut archive, path, kind, room)?;
                UsualSheets::of(&mut archive, usual.sheets, usual.texts)
            }
            WorkbookKind::Xlsb => {
                archive::check(&mut archive::open(path)?, path, kind, 0)?;
                UsualSheets::default()
            }
            WorkbookKind::Ods => {
                check_size(path, kind)?;
                archive::check(&mut archive::open(path)?, path, kind, 0)?;
                UsualSheets::default()
            }
            WorkbookKind::Xls => {
                check_size(path, kind)?;
                check_xls(path)?;
                UsualSheets::default()
            }
        };
        Ok(LookedOver { path: path.to_path_buf(), kind, stamp, usual })
    }

    /// Lets go what is kept of sheets that nobody wants. Returns how many bytes remain.
    pub(crate) fn keep_only(&mut self, is_wanted: &dyn Fn(&str) -> bool) -> usize {
        self.usual.keep_only(is_wanted)
    }

    /// Into how many parts the rows of a sheet were cut that are kept. **Absent**: none are, or the file has changed.
    pub(crate) fn kept_parts(&self, sheet: &str) -> Option<usize> {
        let parts = self.usual.kept_parts(sheet)?;
        self.check().is_ok().then_some(parts)
    }

    /// Calls `each` for the rows of a part that is kept, as [`LookedOver::rows`].
    ///
    /// # Errors
    /// As [`Workbook::rows`].
    pub(crate) fn kept_rows(
        &self,
        sheet: &str,
        part: usize,
        wanted: WantedRows<'_>,
        each: &mut dyn FnMut(&SheetBatch<'_>),
    ) -> Result<(), WorkbookError> {
        self.usual.read_kept(sheet, part, wanted, each)
    }

    /// Says whether the file is as it was looked over.
    fn check(&self) -> Result<(), WorkbookError> {
        Ok(self.stamp.check(&File::open(&self.path)?)?)
    }

    /// As [`Workbook::rows`].
    ///
    /// # Errors
    /// As [`Workbook::rows`]; or it has changed since it was looked over.
    pub(crate) fn rows(
        &self,
        sheet: &str,
        wanted: WantedRows<'_>,
        expanding: Expanding,
        each: &mut dyn FnMut(Found<'_>),
    ) -> Result<(), WorkbookError> {
        self.check()?;
        match self.usual.read(&self.path, sheet, wanted, expanding, &mut |batch| each(Found::Batch(batch))) {
            Some(read) => read,
            None => Workbook::open(self)?.rows(sheet, wanted, &mut |row| each(Found::Row(row))),
        }
    }
}

/// What a walk over cells does next.
enum Walk {
    On,
    Stop,
}

/// Takes the row and column of a cell, from 0, and its value.
type EachCell<'e> = dyn FnMut((u32, u32), &DataRef<'_>) -> Result<Walk, WorkbookError> + 'e;

impl<'w> Workbook<'w> {
    /// Opens a workbook that was looked over.
    ///
    /// # Errors
    /// It ends too early, is damaged, encrypted or too large, or would expand absurdly.
    pub(crate) fn open(looked_over: &'w LookedOver) -> Result<Workbook<'w>, WorkbookError> {
        match looked_over.usual.names_of_all() {
            Some(sheet_names) => Ok(Workbook { sheet_names, content: Content::Usual(looked_over) }),
            None => Workbook::by_library(looked_over),
        }
    }

    /// Opens a workbook that was looked over with the workbook library.
    fn by_library(LookedOver { path, kind, .. }: &LookedOver) -> Result<Workbook<'w>, WorkbookError> {
        let (sheets, content) = match kind {
            WorkbookKind::Xlsx => {
                let file = BufReader::new(File::open(path)?);
                let workbook = guarded(|| Xlsx::new(file))?;
                (workbook.sheets_metadata().to_vec(), Content::Xlsx(Box::new(workbook)))
            }
            WorkbookKind::Xlsb => {
                let file = BufReader::new(File::open(path)?);
                let workbook = guarded(|| Xlsb::new(file))?;
                (workbook.sheets_metadata().to_vec(), Content::Xlsb(Box::new(workbook)))
            }
            WorkbookKind::Xls => {
                let bytes = std::fs::read(path)?;
                let workbook = guarded(|| Xls::new(Cursor::new(bytes)))?;
                (workbook.sheets_metadata().to_vec(), Content::Whole(whole(workbook)?))
            }
            WorkbookKind::Ods => {
                let file = BufReader::new(File::open(path)?);
                let workbook = guarded(|| Ods::new(file))?;
                (workbook.sheets_metadata().to_vec(), Content::Whole(whole(workbook)?))
            }
        };
        Ok(Workbook { sheet_names: worksheets(&sheets)?, content })
    }

    /// All worksheets in the order of the workbook, hidden and very hidden ones too; no chart, dialog or macro sheets.
    pub(crate) fn sheet_names(&self) -> Vec<String> {
        self.sheet_names.clone()
    }

    /// The rows among the first [`limits::HEADER_ROWS`] that hold anything, each with its number from 1 and its cells from
    /// the first column on. A cell is cut to [`limits::HEADER_CELL_BYTES`], a row to [`limits::RECORD_BYTES`].
    ///
    /// # Errors
    /// The sheet is damaged.
    pub(crate) fn first_rows(&mut self, sheet: &str) -> Result<Vec<(u32, Vec<String>)>, WorkbookError> {
        let mut found: Vec<(u32, Vec<String>)> = Vec::new();
        let mut row_bytes = 0;
        self.walk(sheet, &mut |(row, column), value| {
            if row >= limits::HEADER_ROWS {
                return Ok(Walk::Stop);
            }
            if column >= limits::SHEET_COLUMNS {
                return Err(WorkbookError::corrupt("a cell stands past the last column of a sheet"));
            }
            let text = header_text(value);
            let column = usize::try_from(column).expect("a column fits a length");
            if found.last().is_none_or(|(last, _)| *last <= row) {
                found.push((row + 1, Vec::new()));
                row_bytes = 0;
            }
            row_bytes += text.len();
            if let Some((_, cells)) = found.last_mut()
                && cells.len() <= column
                && row_bytes <= limits::RECORD_BYTES
                && !text.is_empty()
            {
                cells.resize(column, String::new());
                cells.push(text);
            }
            Ok(Walk::On)
        })?;
        found.retain(|(_, cells)| !cells.is_empty());
        Ok(found)
    }

    /// Calls `each` for every row after the header (0: every row) that holds anything in any column, with the cells that are
    /// wanted (one that the row lacks is blank). Rows are streamed in the order of the sheet.
    ///
    /// # Errors
    /// The sheet is damaged. `each` may have been called for the rows before the damage.
    pub(crate) fn rows(
        &mut self,
        sheet: &str,
        wanted: WantedRows<'_>,
        each: &mut dyn FnMut(Row<'_>),
    ) -> Result<(), WorkbookError> {
        let mut rows = Rows::new(wanted, each);
        self.walk(sheet, &mut |place, value| rows.cell(place, value).map(|()| Walk::On))?;
        rows.finish();
        Ok(())
    }

    /// Calls `each` for the cells of a sheet, with row and column from 0, until it says stop.
    fn walk(&mut self, sheet: &str, each: &mut EachCell<'_>) -> Result<(), WorkbookError> {
        match &mut self.content {
            Content::Usual(LookedOver { path, usual, .. }) => {
                let missing = || Err(WorkbookError::corrupt(format!("its sheet {sheet} is missing")));
                return usual.walk(path, sheet, each).unwrap_or_else(missing);
            }
            Content::Xlsx(workbook) => {
                let mut cells = guarded(|| workbook.worksheet_cells_reader(sheet))?;
                while let Some(cell) = guarded(|| cells.next_cell())? {
                    if let Walk::Stop = each(cell.get_position(), cell.get_value())? {
                        return Ok(());
                    }
                }
            }
            Content::Xlsb(workbook) => {
                let mut cells = guarded(|| workbook.worksheet_cells_reader(sheet))?;
                while let Some(cell) = guarded(|| cells.next_cell())? {
                    if let Walk::Stop = each(cell.get_position(), cell.get_value())? {
                        return Ok(());
                    }
                }
            }
            Content::Whole(sheets) => {
                let at = self.sheet_names.iter().position(|name| name == sheet);
                let range = at.and_then(|at| sheets.get(at));
                let range =
                    range.ok_or_else(|| WorkbookError::corrupt(format!("its sheet {sheet} is missing")))?;
                let (top, left) = range.start().unwrap_or((0, 0));
                for (row, cells) in (top..).zip(range.rows()) {
                    for (column, value) in (left..).zip(cells) {
                        if matches!(value, Data::Empty) {
                            continue;
                        }
                        if let Walk::Stop = each((row, column), &cells::borrowed(value))? {
                            return Ok(());
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn check_size(path: &Path, kind: WorkbookKind) -> Result<(), WorkbookError> {
    let bytes = std::fs::metadata(path)?.len();
    if bytes > limits::WHOLE_WORKBOOK_BYTES {
        return Err(WorkbookError::too_large(format!(
            "{} MiB; an .{} is read whole, up to {} MiB",
            bytes >> 20,
            kind.as_str(),
            limits::WHOLE_WORKBOOK_BYTES >> 20
        )));
    }
    Ok(())
}

fn check_xls(path: &Path) -> Result<(), WorkbookError> {
    let mut ole = ole::Ole::open(path)?;
    // The reader takes the older stream where the newer one fails it.
    let streams = [ole.stream("Workbook")?, ole.stream("Book")?];
    if streams.iter().all(Option::is_none) {
        return Err(WorkbookError::corrupt("it has no workbook stream"));
    }
    streams.iter().flatten().try_for_each(|stream| biff::check(stream))
}

fn is_worksheet(sheet: &Sheet) -> bool {
    sheet.typ == SheetType::WorkSheet
}

fn worksheets(sheets: &[Sheet]) -> Result<Vec<String>, WorkbookError> {
    let names: Vec<String> =
        sheets.iter().filter(|sheet| is_worksheet(sheet)).map(|sheet| sheet.name.clone()).collect();
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(twice) => Err(WorkbookError::corrupt(format!("two sheets have the name {twice}"))),
        None => Ok(names),
    }
}

/// The cells of all worksheets; what else the reader holds is let go.
fn whole<S: std::io::Read + std::io::Seek, R>(mut workbook: R) -> Result<Vec<Range<Data>>, WorkbookError>
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
