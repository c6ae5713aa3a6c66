//! Recognises workbooks, sheet by sheet. Comes in: a file that begins as a zip archive or a compound file. Goes out: an input for each
//! sheet with a header that is recognised; or why sheets, or the file, are skipped. It reads the first rows of each sheet.

use std::path::Path;
use std::sync::{Arc, PoisonError};

use super::{
    Dialects, FileOutcome, RecognisedInputs, fault_of_stated, reason, recognise_header, skip_format,
};
use crate::base::limits;
use crate::base::place::InputName;
use crate::config::dialect::{OWN_OUTPUT, Recognition};
use crate::config::own_columns::{WORKBOOK_MARK, WORKBOOK_SHEETS};
use crate::diagnostics::error::InputErrorCode;
use crate::formats::data_evidence;
use crate::formats::discover::{DiscoveredBy, DiscoveredFile};
use crate::formats::fingerprint::Fingerprint;
use crate::formats::input::{Input, InputFormat, SheetFormat};
use crate::formats::skipped::{SkipClass, SkippedFile};
use crate::formats::unread_formats::UnreadFormat;
use crate::formats::workbook::{
    Preflight, TotalsRow, Workbook, WorkbookError, is_document, unread_container, workbook_kind,
};

/// Whether attain wrote a workbook, by its sheets and the first cell of About; also if another program has saved it again.
fn is_own_workbook(workbook: &mut Workbook<'_>) -> Result<bool, WorkbookError> {
    let names = workbook.sheet_names();
    if !WORKBOOK_SHEETS.iter().all(|sheet| names.iter().any(|name| name == sheet)) {
        return Ok(false);
    }
    let [.., about] = WORKBOOK_SHEETS;
    let rows = workbook.first_rows(about)?;
    let first = rows.iter().flat_map(|(_, cells)| cells).find(|cell| !cell.trim().is_empty());
    Ok(first.is_some_and(|cell| cell.trim() == WORKBOOK_MARK))
}

/// Whether a file is a workbook that attain wrote. A file that cannot be read as a workbook is none.
pub(super) fn is_own_workbook_file(path: &Path, first: &[u8]) -> bool {
    let is_own = || -> Result<bool, WorkbookError> {
        let Some(kind) = workbook_kind(path, first)? else { return Ok(false) };
        is_own_workbook(&mut Workbook::open(&Preflight::run(path, kind, 0)?)?)
    };
    is_own().unwrap_or(false)
}

pub(super) fn workbook_input<'d>(
    file: &DiscoveredFile,
    path: &Path,
    first: &[u8],
    fingerprint: Fingerprint,
    dialects: Dialects<'d>,
    out: &mut RecognisedInputs<'d>,
) -> FileOutcome {
    let fault = |e: WorkbookError| (e.code, e.message);
    let name = InputName { file: file.shown.clone(), sheet: None };
    let Some(kind) = workbook_kind(path, first).map_err(fault)? else {
        if let Some(container) = unread_container(path, first).map_err(fault)? {
            return skip_format(file, UnreadFormat::sheet(container), out);
        }
        let reason = "an archive that is no workbook; unpack it, and give what is in it".to_owned();
        if file.by == DiscoveredBy::Walk {
            let is_document = is_document(path, first).map_err(fault)?;
            if is_document && !data_evidence::is_named_like_data(&file.shown) {
                out.skip(name, SkipClass::NoData, "a document that is no workbook");
            } else {
                out.skip(name, SkipClass::Unusable, reason);
            }
            return Ok(());
        }
        return Err((InputErrorCode::Unsupported, reason));
    };
    let kept_cells_bytes = out.kept_cells_bytes.clone();
    let mut kept_cells_bytes = kept_cells_bytes.lock().unwrap_or_else(PoisonError::into_inner);
    let room = limits::KEPT_CELLS_BYTES - *kept_cells_bytes;
    let mut preflight = Preflight::run(path, kind, room).map_err(fault)?;
    let mut workbook = Workbook::open(&preflight).map_err(fault)?;
    if is_own_workbook(&mut workbook).map_err(fault)? {
        if file.by == DiscoveredBy::Name {
            return Err((InputErrorCode::UnknownHeader, OWN_OUTPUT.to_owned()));
        }
        out.skip(name, SkipClass::Output, OWN_OUTPUT);
        return Ok(());
    }
    let (mut sheets, mut skipped) = (Vec::new(), Vec::new());
    let mut nearest_stated: Option<(usize, String)> = None;
    for sheet in workbook.sheet_names() {
        let name = InputName { file: file.shown.clone(), sheet: Some(sheet.clone()) };
        let rows = workbook.first_rows(&sheet).map_err(fault)?;
        let (mut found, mut near) = (None, None);
        let mut why = "no recognised header in its first 20 rows".to_owned();
        let mut class =
            if data_evidence::is_data_sheet(&rows) { SkipClass::UnreadSheet } else { SkipClass::NoData };
        for (row, cells) in &rows {
            let recognition = recognise_header(file, cells, dialects);
            match recognition {
                Recognition::Fits(layout) => {
                    found = Some((*row, layout));
                    break;
                }
                Recognition::Ambiguous { .. } | Recognition::DuplicateColumn { .. } => {
                    return Err((
                        InputErrorCode::AmbiguousHeader,
                        format!("sheet {sheet}: {}", reason(&recognition, cells)),
                    ));
                }
                Recognition::NearMiss(_) => {
                    near = near.or_else(|| {
                        let stated = fault_of_stated(file, cells, dialects).map(|(_, why)| why);
                        let why = stated.unwrap_or_else(|| reason(&recognition, cells));
                        Some(format!("sheet {sheet}, row {row}: {why}"))
                    });
                }
                Recognition::Misspelt { .. } => {
                    near = Some(format!("sheet {sheet}, row {row}: {}", reason(&recognition, cells)));
                    break;
                }
                Recognition::OwnOutput => {
                    (class, why) = (SkipClass::Output, reason(&recognition, cells));
                    break;
                }
                Recognition::Foreign(_) => {
                    (class, why) = (SkipClass::Foreign, reason(&recognition, cells));
                    break;
                }
                Recognition::Unknown | Recognition::OtherRole { .. } => {
                    let fault = fault_of_stated(file, cells, dialects);
                    let fault = fault.map(|(lacks, why)| (lacks, format!("sheet {sheet}, row {row}: {why}")));
                    nearest_stated = match (nearest_stated, fault) {
                        (Some(nearest), Some(fault)) if fault.0 < nearest.0 => Some(fault),
                        (nearest, fault) => nearest.or(fault),
                    };
                }
            }
        }
        match (found, near) {
            (Some((header_row, layout)), _) => {
                sheets.push((name, layout, header_row, workbook.is_hidden(&sheet)))
            }
            // A near miss is an error beside sheets that are read.
            (None, Some(message)) => return Err((InputErrorCode::MissingColumn, message)),
            (None, None) => skipped.push(SkippedFile { name, class, reason: why }),
        }
    }
    if sheets.is_empty() {
        if let Some((_, message)) = nearest_stated {
            return Err((InputErrorCode::MissingColumn, message));
        }
        let is_explained =
            |skipped: &SkippedFile| matches!(skipped.class, SkipClass::Output | SkipClass::Foreign);
        if file.by == DiscoveredBy::Name {
            let explained = skipped.iter().find(|skipped| is_explained(skipped));
            if let Some(SkippedFile { name, reason, .. }) = explained {
                let sheet = name.sheet.as_deref().unwrap_or_default();
                return Err((InputErrorCode::UnknownHeader, format!("sheet {sheet}: {reason}")));
            }
            return Err((
                InputErrorCode::UnknownHeader,
                "no sheet has a recognised header in its first 20 rows; `attain dialects list` names the known ones, \
                 `attain dialects new FILE` drafts one for this file, --dialect adds it"
                    .to_owned(),
            ));
        }
        if skipped.is_empty() {
            let reason =
                "no sheet is found in the workbook; if it should have some, it is damaged: save it again";
            out.skip(InputName { file: file.shown.clone(), sheet: None }, SkipClass::Unrecognised, reason);
        }
        if !skipped.iter().any(is_explained) {
            skipped.iter_mut().for_each(|skipped| skipped.class = SkipClass::Unrecognised);
        }
    }
    drop(workbook);
    let is_wanted = |sheet: &str| sheets.iter().any(|(name, ..)| name.sheet.as_deref() == Some(sheet));
    *kept_cells_bytes += preflight.retain_sheets(&is_wanted);
    let workbook = Arc::new(preflight);
    out.inputs.extend(sheets.into_iter().map(|(name, layout, header_row, is_hidden)| {
        let path = path.to_path_buf();
        let dates = layout.dialect.date_columns().map(|column| column.0).collect();
        let amounts = layout.dialect.amount_columns().map(|column| column.0).collect();
        let columns = layout.dialect.columns.iter().enumerate();
        let ids = columns.filter(|(_, column)| column.is_id).map(|(nth, _)| nth).collect();
        // Beside a table, and above the header, rows are no totals of what is read.
        let is_of_rows = |totals: &&TotalsRow| {
            totals.row > header_row && layout.columns.iter().flatten().any(|column| totals.covers(*column))
        };
        let totals: Vec<&TotalsRow> =
            workbook.totals_rows(name.sheet.as_deref().unwrap_or_default()).filter(is_of_rows).collect();
        let passed_over = totals.iter().map(|totals| totals.row).collect();
        skipped.extend(totals.iter().map(|totals| SkippedFile {
            name: name.clone(),
            class: SkipClass::TotalsRow,
            reason: format!("row {} is the totals row of the table {}", totals.row, totals.table),
        }));
        let workbook = workbook.clone();
        let format = SheetFormat { path, workbook, header_row, dates, ids, amounts, passed_over, is_hidden };
        Input {
            name,
            layout,
            by: file.by,
            archive: file.archive.clone(),
            fingerprint: Some(fingerprint),
            format: InputFormat::Sheet(format),
        }
    }));
    out.skipped.extend(skipped);
    Ok(())
}
