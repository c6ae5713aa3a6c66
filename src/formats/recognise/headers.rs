//! The likely header of a file that no dialect fits. Comes in: a path. Goes out: names, one list for each sheet. It knows no dialect, and reads the
//! first rows alone.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::text::{best_header_at, title_lines};
use crate::diagnostics::error::InputErrorCode;
use crate::formats::decode::{self, Container};
use crate::formats::json_lines::{self, ObjectKeys};
use crate::formats::parquet::ParquetFooter;
use crate::formats::workbook::{Preflight, Workbook, workbook_kind};

/// The likely header of a file or sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LikelyHeader {
    /// **Absent**: the file has no sheets.
    pub(crate) sheet: Option<String>,
    pub(crate) names: Vec<String>,
}

/// Fewest names of a header.
const NAMES: usize = 2;

/// The likely headers of a file: of a workbook, one for each sheet that has one.
///
/// # Errors
/// The file cannot be read, with the message for people.
pub(crate) fn likely_headers(path: &Path) -> Result<Vec<LikelyHeader>, (InputErrorCode, String)> {
    let unreadable = |error: std::io::Error| decode::read_error(&error, decode::Compression::None);
    let mut opened = File::open(path).map_err(unreadable)?;
    let first = decode::read_up_to(&mut opened, 8).map_err(unreadable)?;
    let headers = match decode::container(&first) {
        Container::Text(compression) => {
            let text = decode::open_file(path, compression, &Arc::new(AtomicU64::new(0)));
            let text = text.map_err(|error| decode::read_error(&error, compression))?;
            if json_lines::begins(&text.head) {
                let mut keys = ObjectKeys::default();
                let head = Box::new(std::io::Cursor::new(text.head.clone()));
                // The head may end inside of an object.
                drop(json_lines::keys(head, json_lines::form(&text.head), text.encoding, &mut keys));
                vec![LikelyHeader { sheet: None, names: keys.names }]
            } else {
                let start = text.encoding.mark_bytes().min(text.head.len());
                let lines = std::iter::once(start).chain(title_lines(&text));
                let lines = lines.filter_map(|at| best_header_at(&text, at)).map(|(_, header)| header.fields);
                likeliest(lines).map(|names| LikelyHeader { sheet: None, names }).into_iter().collect()
            }
        }
        Container::Parquet => {
            let footer = ParquetFooter::read(path).map_err(|error| (error.code, error.message))?;
            footer.map(|footer| LikelyHeader { sheet: None, names: footer.names() }).into_iter().collect()
        }
        Container::Workbook => of_workbook(path, &first)?,
    };
    Ok(headers.into_iter().filter(|header| header.names.len() >= NAMES).collect())
}

fn of_workbook(path: &Path, first: &[u8]) -> Result<Vec<LikelyHeader>, (InputErrorCode, String)> {
    let fault = |error: crate::formats::workbook::WorkbookError| (error.code, error.message);
    let Some(kind) = workbook_kind(path, first).map_err(fault)? else { return Ok(Vec::new()) };
    let preflight = Preflight::run(path, kind, 0).map_err(fault)?;
    let mut workbook = Workbook::open(&preflight).map_err(fault)?;
    let mut headers = Vec::new();
    for sheet in workbook.sheet_names() {
        let rows = workbook.first_rows(&sheet).map_err(fault)?;
        let names = likeliest(rows.into_iter().map(|(_, cells)| cells));
        headers.extend(names.map(|names| LikelyHeader { sheet: Some(sheet.clone()), names }));
    }
    Ok(headers)
}

/// The first of some rows with the most different cells that may be names: that have a letter, and are no day and no id.
fn likeliest(rows: impl Iterator<Item = Vec<String>>) -> Option<Vec<String>> {
    let is_name = |cell: &&str| {
        let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
        let digits = cell.chars().filter(char::is_ascii_digit).count();
        letters > digits && !cell.contains('@')
    };
    let score =
        |row: &Vec<String>| row.iter().map(|cell| cell.trim()).filter(is_name).collect::<BTreeSet<_>>().len();
    let mut best: Option<(usize, Vec<String>)> = None;
    for row in rows {
        let score = score(&row);
        if score >= NAMES && best.as_ref().is_none_or(|(most, _)| score > *most) {
            best = Some((score, row));
        }
    }
    best.map(|(_, row)| row)
}
