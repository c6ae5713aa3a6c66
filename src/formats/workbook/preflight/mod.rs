//! Preflight of workbooks: bounds what a workbook expands to, before a reader allocates anything for it. Comes in: a file. Goes
//! out: why it is refused, or a [`Preflight`], which can be read. It does not interpret cells.
//!
//! The formats differ in what can expand: a zipped workbook by compression ([`zip`], [`xml`], [`element_limits`]), an `.ods` also
//! by repeated cells ([`ods`]), an `.xls` by sparse sheets and shared strings ([`xls`]) and by chains of sectors without end
//! ([`ole`]), an `.xlsb` by its record lengths ([`xlsb`]). An `.xlsx` is tokenised on the way, so that a sheet on the fast path
//! ([`super::xlsx`]) is expanded once.

mod element_limits;
mod ods;
pub(super) mod ole;
pub(super) mod part_role;
mod uncomputed_formulas;
mod xls;
mod xls_marks;
mod xlsb;
pub(super) mod xml;
pub(super) mod zip;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use self::uncomputed_formulas::UncomputedCells;
pub(super) use self::xls_marks::UncomputedPlaces;
use self::xls_marks::XlsMarks;
use super::biff_records::for_each_sheet_record;
use super::error::WorkbookError;
use super::merged_ranges::MergedSheets;
use super::totals_rows::{TotalsRow, add_totals_rows, parts_by_sheet, totals_rows_of_archive};
use super::xlsx::{Expansion, FastPathSheets, WantedRows};
use super::{DateSystem, SheetRows, Workbook, WorkbookKind};
use crate::base::limits;
use crate::formats::fingerprint::Fingerprint;

/// A workbook that has passed its preflight.
#[derive(Debug)]
pub(crate) struct Preflight {
    pub(super) path: PathBuf,
    pub(super) kind: WorkbookKind,
    stamp: Fingerprint,
    pub(super) date_system: DateSystem,
    /// Whether it is an `.xls` of Excel 97 or later.
    pub(super) is_biff8: bool,
    /// Whether a part is to be rewritten before calamine reads it.
    pub(super) needs_rewrite: bool,
    /// The formulas of each sheet of an `.xlsx` whose value is not in the file.
    pub(super) uncomputed: BTreeMap<String, UncomputedCells>,
    /// The formulas of each sheet of an `.xls` whose value is not in the file.
    pub(super) uncomputed_places: BTreeMap<String, UncomputedPlaces>,
    pub(super) merged: MergedSheets,
    /// The rows that tables mark as totals; none of an `.ods`.
    totals_rows: Vec<TotalsRow>,
    /// Sheets on the fast path; none unless it is an `.xlsx`.
    pub(super) fast_path: FastPathSheets,
}

impl Preflight {
    /// Runs the preflight of a workbook. `cache_bytes`: how many bytes the packed cells of its sheets may take until they are
    /// read.
    ///
    /// # Errors
    /// The workbook is cut short, damaged, encrypted or too large, or expands beyond the limits.
    pub(crate) fn run(
        path: &Path,
        kind: WorkbookKind,
        cache_bytes: usize,
    ) -> Result<Preflight, WorkbookError> {
        let stamp = Fingerprint::of(&std::fs::metadata(path)?);
        let (mut is_biff8, mut needs_rewrite) = (false, false);
        let (mut totals, mut uncomputed) = (Vec::new(), BTreeMap::new());
        let (mut merged, mut uncomputed_places) = (MergedSheets::default(), BTreeMap::new());
        let (date_system, fast_path) = match kind {
            WorkbookKind::Xlsx => {
                let mut archive = zip::open(path)?;
                let found = zip::preflight(&mut archive, path, kind, cache_bytes)?;
                uncomputed = by_sheet(&mut archive, kind, found.uncomputed)?;
                merged.by_name = by_sheet(&mut archive, kind, found.merged)?;
                let fast_path =
                    FastPathSheets::new(&mut archive, found.sheets, found.shared_strings, found.date_system);
                totals = totals_rows_of_archive(&mut archive, kind)?;
                (found.date_system, fast_path)
            }
            WorkbookKind::Xlsb => {
                let mut archive = zip::open(path)?;
                let found = zip::preflight(&mut archive, path, kind, 0)?;
                needs_rewrite = found.needs_rewrite;
                merged.by_name = by_sheet(&mut archive, kind, found.merged)?;
                totals = totals_rows_of_archive(&mut archive, kind)?;
                (found.date_system, FastPathSheets::default())
            }
            WorkbookKind::Ods => {
                check_file_size(path, kind)?;
                let found = zip::preflight(&mut zip::open(path)?, path, kind, 0)?;
                (needs_rewrite, merged.in_order) = (found.needs_rewrite, found.merged_in_order);
                (found.date_system, FastPathSheets::default())
            }
            WorkbookKind::Xls => {
                check_file_size(path, kind)?;
                let (globals, marks);
                (globals, totals, marks) = preflight_xls(path)?;
                (merged.by_name, uncomputed_places) = marks.finish();
                is_biff8 = globals.is_biff8;
                (globals.date_system, FastPathSheets::default())
            }
        };
        Ok(Preflight {
            path: path.to_path_buf(),
            kind,
            stamp,
            date_system,
            is_biff8,
            needs_rewrite,
            uncomputed,
            uncomputed_places,
            merged,
            totals_rows: totals,
            fast_path,
        })
    }

    /// The rows of a sheet that its tables mark as totals.
    pub(crate) fn totals_rows(&self, sheet: &str) -> impl Iterator<Item = &TotalsRow> {
        self.totals_rows.iter().filter(move |totals| totals.is_on(sheet))
    }

    /// Drops the packed cells of sheets that are not wanted. Returns how many bytes remain.
    pub(crate) fn retain_sheets(&mut self, is_wanted: &dyn Fn(&str) -> bool) -> usize {
        self.fast_path.retain(is_wanted)
    }

    /// Calls `each` for the rows of a sheet, as [`Workbook::rows`]; in batches, if the sheet is on the fast path.
    ///
    /// # Errors
    /// As [`Workbook::rows`]; or the file has changed since the preflight.
    pub(crate) fn rows(
        &self,
        sheet: &str,
        wanted: WantedRows<'_>,
        expansion: Expansion,
        each: &mut dyn FnMut(SheetRows<'_>),
    ) -> Result<(), WorkbookError> {
        self.stamp.check(&File::open(&self.path)?)?;
        if self.merged.by_name.get(sheet).is_some_and(|merged| merged.touch(&wanted)) {
            return Workbook::open(self)?.rows(sheet, wanted, &mut |row| each(SheetRows::Row(row)));
        }
        let rows = self.fast_path.rows(&self.path, sheet, wanted, expansion, &mut |batch| {
            each(SheetRows::Batch(batch));
        });
        match rows {
            Some(outcome) => outcome,
            None => Workbook::open(self)?.rows(sheet, wanted, &mut |row| each(SheetRows::Row(row))),
        }
    }
}

/// Refuses a workbook whose reader holds all of it, if its file is too large.
fn check_file_size(path: &Path, kind: WorkbookKind) -> Result<(), WorkbookError> {
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

/// What was found in sheets by the name of the sheet, from what was found by part.
fn by_sheet<T: Clone>(
    archive: &mut zip::Archive,
    kind: WorkbookKind,
    by_part: BTreeMap<usize, T>,
) -> Result<BTreeMap<String, T>, WorkbookError> {
    if by_part.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sheets = parts_by_sheet(archive, kind)?;
    Ok(sheets.into_iter().filter_map(|(sheet, part)| Some((sheet, by_part.get(&part)?.clone()))).collect())
}

/// The globals of an `.xls`, its totals rows, and what its sheets say beside the values of cells.
fn preflight_xls(path: &Path) -> Result<(xls::XlsGlobals, Vec<TotalsRow>, XlsMarks), WorkbookError> {
    let mut file = ole::CompoundFile::open(path)?;
    // calamine reads the stream of Excel 5 (`Book`) if the stream of Excel 97 (`Workbook`) fails, so both are checked.
    let streams = [file.stream("Workbook")?, file.stream("Book")?];
    let mut first = None;
    for stream in streams.iter().flatten() {
        let globals = xls::preflight(stream)?;
        if first.is_none() {
            let (mut totals, mut marks) = (Vec::new(), XlsMarks::new(globals.has_bare_user_name));
            if globals.is_biff8 {
                for_each_sheet_record(stream, &mut |sheet, record| {
                    add_totals_rows(sheet, record, &mut totals);
                    marks.visit(sheet, record)
                })?;
            }
            first = Some((globals, totals, marks));
        }
    }
    first.ok_or_else(|| WorkbookError::corrupt("it has no workbook stream"))
}

/// A length in memory as 64 bits.
fn len_u64(len: usize) -> u64 {
    u64::try_from(len).expect("a length in memory fits 64 bits")
}
