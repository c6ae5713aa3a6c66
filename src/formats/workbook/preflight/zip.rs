//! Preflight of a zipped workbook: sizes, checksums, lengths, repeats. Comes in: the zip. Goes out: why it is
//! refused, or which of its parts are on the fast path. No reader that comes after it can be made to fill the memory.
//! It holds no part, but for packed cells and shared strings of the fast path.
//!
//! Step 1: the sizes that the directory declares are compared with the limits, so that an honest bomb is refused
//! before one byte is expanded. Step 2: a directory can lie, so every part that calamine opens is expanded once,
//! counted, scanned, and thrown away. This also checks the checksum of each part; calamine stops reading a sheet at
//! its last cell and so does not, and a flipped bit could pass as a wrong figure.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::element_limits::ElementLimits;
use super::len_u64;
use super::ods::OdsCellCounter;
use super::part_role::{PartRole, allowed_bytes, is_list_of_sheets, part_role};
use super::uncomputed_formulas::{FormulaScanner, UncomputedCells, asks_to_compute};
use super::xlsb::XlsbScanner;
use super::xml::{XmlToken, XmlTokenizer, attribute, local_name, tag_name};
use crate::base::limits;
use crate::formats::workbook::error::WorkbookError;
use crate::formats::workbook::merged_ranges::MergedRanges;
use crate::formats::workbook::xlsx::{
    Expansion, FastPathPart, PreflightStop, SharedStrings, SharedStringsPreflight, SheetPreflight,
    for_each_block,
};
use crate::formats::workbook::{DateSystem, WorkbookKind};

/// The zip of a workbook.
pub(in crate::formats::workbook) type Archive = ZipArchive<BufReader<File>>;

/// Opens a zip and reads its directory.
///
/// # Errors
/// The file is cut short, or its directory is damaged.
pub(in crate::formats::workbook) fn open(path: &Path) -> Result<Archive, WorkbookError> {
    let mut file = File::open(path)?;
    match ZipArchive::new(BufReader::new(file.try_clone()?)) {
        Ok(archive) => Ok(archive),
        Err(ZipError::InvalidArchive(found)) => {
            // The directory is at the end of the file, so a file that was cut short has none.
            if has_directory(&mut file)? {
                Err(WorkbookError::corrupt(found))
            } else {
                Err(WorkbookError::truncated("the list of its parts, which stands at its end, is missing"))
            }
        }
        Err(other) => Err(other.into()),
    }
}

fn has_directory(file: &mut File) -> Result<bool, WorkbookError> {
    // The end record has 22 bytes and a comment of at most 65,535.
    let len = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(len.saturating_sub(22 + 65_535)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    Ok(memchr::memmem::find(&tail, b"PK\x05\x06").is_some())
}

/// Parts from this size on are expanded on a thread of their own.
const READ_AHEAD_FROM_BYTES: u64 = 1 << 20;

/// Parts of an `.xlsx` that are on the fast path, by their index in the zip.
#[derive(Default)]
pub(super) struct FastPathParts {
    pub(super) sheets: BTreeMap<usize, FastPathPart>,
    /// **Absent**: the shared strings are not on the fast path.
    pub(super) shared_strings: Option<(usize, SharedStrings)>,
    /// The date system of a workbook of any zipped kind.
    pub(super) date_system: DateSystem,
    /// Whether a part has a form that is to be rewritten before calamine reads it.
    pub(super) needs_rewrite: bool,
    /// Formulas without a value, by the index of their sheet in the zip. **Absent**: it has none.
    pub(super) uncomputed: BTreeMap<usize, UncomputedCells>,
    /// Merged ranges, by the index of their sheet in the zip. **Absent**: it has none.
    pub(super) merged: BTreeMap<usize, MergedRanges>,
    /// Merged ranges of the sheets of an `.ods`, in their order.
    pub(super) merged_in_order: Vec<MergedRanges>,
}

/// Runs the preflight of a zipped workbook. `cache_bytes`: how many bytes the packed cells of its sheets may take.
///
/// # Errors
/// The workbook is damaged, encrypted, or expands beyond the limits.
pub(super) fn preflight(
    archive: &mut Archive,
    path: &Path,
    kind: WorkbookKind,
    mut cache_bytes: usize,
) -> Result<FastPathParts, WorkbookError> {
    let roles = check_declared_sizes(archive, kind)?;
    let mut fast_path = FastPathParts::default();
    let mut total = 0u64;
    let mut strings = None;
    let mut highest_string = None;
    let (mut formulas, mut computes_on_load) = (Vec::new(), false);
    // Step 2: expand every part that is read. A part of an `.xlsx` is tried on the fast path first; if it turns out
    // to need the fallback, it is expanded again as any XML.
    for (index, role) in roles.into_iter().enumerate() {
        if role == PartRole::Unread {
            continue;
        }
        let fast_path_bytes = match role {
            PartRole::Sheet if kind == WorkbookKind::Xlsx => {
                let found = expand_fast_path_sheet(archive, path, index, cache_bytes)?;
                found.map(|(bytes, sheet, merged)| {
                    fast_path.merged.extend((!merged.is_empty()).then_some((index, merged)));
                    cache_bytes -= sheet.as_ref().map_or(0, FastPathPart::packed_bytes);
                    fast_path.sheets.extend(sheet.map(|sheet| (index, sheet)));
                    bytes
                })
            }
            PartRole::Strings if kind == WorkbookKind::Xlsx && fast_path.shared_strings.is_none() => {
                let found = expand_fast_path_strings(archive, path, index)?;
                found.map(|(bytes, strings)| {
                    fast_path.shared_strings = Some((index, strings));
                    bytes
                })
            }
            PartRole::Strings | PartRole::Styles | PartRole::Sheet | PartRole::Content | PartRole::Unread => {
                None
            }
        };
        let part = match fast_path_bytes {
            Some(bytes) => ExpandedPart { bytes, ..ExpandedPart::default() },
            None => expand_part(archive, index, role, kind)?,
        };
        total = total.saturating_add(part.bytes);
        if total > limits::WORKBOOK_EXPANDED_BYTES {
            return Err(total_expansion_error(total));
        }
        strings = strings.or(part.strings);
        highest_string = highest_string.max(part.highest_string);
        fast_path.needs_rewrite |= part.needs_rewrite;
        computes_on_load |= part.computes_on_load;
        formulas.extend(part.formulas.map(|formulas| (index, formulas)));
        fast_path.merged.extend((!part.merged.is_empty()).then_some((index, part.merged)));
        fast_path.merged_in_order.extend(part.merged_in_order);
        fast_path.date_system = part.date_system.unwrap_or(fast_path.date_system);
    }
    // The list of sheets, which may come last, says whether formulas are to be computed on load.
    for (index, formulas) in formulas {
        let cells = formulas.finish(computes_on_load)?;
        fast_path.uncomputed.extend((!cells.is_empty()).then_some((index, cells)));
    }
    // calamine panics at a cell of an `.xlsb` that points past the shared strings.
    if kind == WorkbookKind::Xlsb
        && highest_string.is_some_and(|highest| u64::from(highest) >= strings.unwrap_or(0))
    {
        return Err(WorkbookError::corrupt("a cell refers to a text that is not there"));
    }
    Ok(fast_path)
}

/// Step 1: compares the sizes that the directory declares with the limits. Returns the roles of the parts.
fn check_declared_sizes(archive: &mut Archive, kind: WorkbookKind) -> Result<Vec<PartRole>, WorkbookError> {
    let mut total = 0u64;
    let mut roles = Vec::new();
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index)?;
        let name = part.name()?;
        let role = part_role(&name, kind);
        if part.size() > allowed_bytes(role, part.compressed_size()) && role != PartRole::Unread {
            return Err(part_expansion_error(&name, part.size(), part.compressed_size()));
        }
        total = total.saturating_add(part.size());
        roles.push(role);
    }
    if total > limits::WORKBOOK_EXPANDED_BYTES {
        return Err(total_expansion_error(total));
    }
    Ok(roles)
}

/// What expanding a part tells.
#[derive(Default)]
struct ExpandedPart {
    bytes: u64,
    /// The number of shared strings. **Absent**: not the shared strings of an `.xlsb`.
    strings: Option<u64>,
    /// The highest shared string that a cell refers to. **Absent**: no cell of an `.xlsb` refers to one.
    highest_string: Option<u32>,
    /// **Absent**: the part states none.
    date_system: Option<DateSystem>,
    needs_rewrite: bool,
    /// **Absent**: not a sheet of an `.xlsx`.
    formulas: Option<FormulaScanner>,
    computes_on_load: bool,
    merged: MergedRanges,
    merged_in_order: Vec<MergedRanges>,
}

/// The date system that a tag of the list of sheets states; in an `.ods`, a tag before the cells. `None` if it states none.
fn date_system_of(tag: &[u8], kind: WorkbookKind) -> Option<DateSystem> {
    let value = match (kind, local_name(tag_name(tag).0)) {
        (WorkbookKind::Xlsx, b"workbookPr") => attribute(tag, "date1904")?,
        (WorkbookKind::Ods, b"null-date") => attribute(tag, "table:date-value")?,
        _ => return None,
    };
    let is_1904 = matches!(value, b"1" | b"true") || value.starts_with(b"1904-01-01");
    is_1904.then_some(DateSystem::From1904)
}

/// Expands a part block by block and scans it, without holding it.
fn expand_part(
    archive: &mut Archive,
    index: usize,
    role: PartRole,
    kind: WorkbookKind,
) -> Result<ExpandedPart, WorkbookError> {
    let mut part = archive.by_index(index)?;
    let (name, packed) = (part.name()?.into_owned(), part.compressed_size());
    let is_xml = !name.to_ascii_lowercase().ends_with(".bin") && name != "mimetype";
    let is_records = kind == WorkbookKind::Xlsb
        && !is_xml
        && (matches!(role, PartRole::Strings | PartRole::Sheet) || is_list_of_sheets(&name));
    let allowed = allowed_bytes(role, packed);

    let mut tokenizer = XmlTokenizer::new();
    let mut elements = ElementLimits::new();
    let mut ods_cells = OdsCellCounter::new();
    let mut records = XlsbScanner::new();
    let states_dates = role == PartRole::Content || (role == PartRole::Styles && is_list_of_sheets(&name));
    let mut date_system = None;
    let mut formulas = (kind == WorkbookKind::Xlsx && role == PartRole::Sheet).then(FormulaScanner::default);
    let (mut computes_on_load, mut merged) = (false, MergedRanges::default());
    let mut bytes = 0u64;
    let mut block = vec![0u8; 64 << 10];
    loop {
        let read = part.read(&mut block)?;
        if read == 0 {
            break;
        }
        bytes += len_u64(read);
        if bytes > allowed {
            return Err(part_expansion_error(&name, bytes, packed));
        }
        if is_xml {
            tokenizer.feed(&block[..read], &mut |token: XmlToken<'_>| {
                elements.visit(&token)?;
                if let (true, XmlToken::Tag(tag)) = (states_dates, &token) {
                    date_system = date_system.or_else(|| date_system_of(tag, kind));
                    computes_on_load |= asks_to_compute(tag);
                }
                if let Some(formulas) = &mut formulas {
                    formulas.visit(&token);
                    if !formulas.is_in_rows() {
                        merged.visit(&token)?;
                    }
                }
                if role == PartRole::Content { ods_cells.visit(&token) } else { Ok(()) }
            })?;
        } else if is_records {
            records.feed(&block[..read])?;
        }
    }
    if role == PartRole::Strings && is_xml {
        elements.finish(bytes)?;
    }
    Ok(ExpandedPart {
        bytes,
        strings: (role == PartRole::Strings && is_records).then_some(records.strings()),
        highest_string: records.highest_string(),
        date_system: date_system.or(records.date_system()),
        needs_rewrite: records.needs_rewrite() || ods_cells.needs_rewrite(),
        formulas,
        computes_on_load,
        merged: if is_records { records.into_merged() } else { merged },
        merged_in_order: ods_cells.into_merged(),
    })
}

/// Expands a part that may be a sheet on the fast path, whose rows are tokenised by the fast path alone. Returns the
/// size of the part, the sheet if it is one, and its merged ranges. `None` if the part begins like such a sheet but needs the fallback.
fn expand_fast_path_sheet(
    archive: &mut Archive,
    path: &Path,
    index: usize,
    cache_bytes: usize,
) -> Result<Option<(u64, Option<FastPathPart>, MergedRanges)>, WorkbookError> {
    let (mut sheet, mut tokenizer, mut elements) =
        (SheetPreflight::new(cache_bytes), XmlTokenizer::new(), ElementLimits::new());
    let mut merged = MergedRanges::default();
    let bytes = expand_with(archive, path, (index, PartRole::Sheet), &mut |block| {
        sheet.feed(block, &mut |text| {
            tokenizer.feed(text, &mut |token: XmlToken<'_>| {
                merged.visit(&token)?;
                elements.visit(&token)
            })
        })
    })?;
    Ok(bytes.map(|bytes| (bytes, sheet.finish(), merged)))
}

/// Expands the shared strings on the fast path. Returns the size of the part, and the strings. `None` if they need
/// the fallback.
fn expand_fast_path_strings(
    archive: &mut Archive,
    path: &Path,
    index: usize,
) -> Result<Option<(u64, SharedStrings)>, WorkbookError> {
    let (mut strings, mut tokenizer, mut elements) =
        (SharedStringsPreflight::new(), XmlTokenizer::new(), ElementLimits::new());
    let bytes = expand_with(archive, path, (index, PartRole::Strings), &mut |block| {
        strings
            .feed(block, &mut |text| tokenizer.feed(text, &mut |token: XmlToken<'_>| elements.visit(&token)))
    })?;
    let Some(bytes) = bytes else { return Ok(None) };
    let strings = strings.finish();
    elements.add_strings(len_u64(strings.len()));
    elements.finish(bytes)?;
    Ok(Some((bytes, strings)))
}

/// Expands a part and gives its blocks to `scan`. Returns the size of the part. `None` if `scan` says that it needs
/// the fallback.
fn expand_with(
    archive: &mut Archive,
    path: &Path,
    (index, role): (usize, PartRole),
    scan: &mut dyn FnMut(&[u8]) -> Result<(), PreflightStop>,
) -> Result<Option<u64>, WorkbookError> {
    let part = archive.by_index(index)?;
    let (name, packed) = (part.name()?.into_owned(), part.compressed_size());
    // A small part is not worth a thread. The declared size decides nothing else, so it may lie.
    let expansion =
        if part.size() < READ_AHEAD_FROM_BYTES { Expansion::SameThread } else { Expansion::ReadAhead };
    drop(part);
    let allowed = allowed_bytes(role, packed);
    let (mut bytes, mut needs_fallback) = (0u64, false);
    for_each_block(path, index, expansion, &mut |block| {
        bytes += len_u64(block.len());
        if bytes > allowed {
            return Err(part_expansion_error(&name, bytes, packed));
        }
        match scan(block) {
            Ok(()) => Ok(ControlFlow::Continue(())),
            Err(PreflightStop::Fallback) => {
                needs_fallback = true;
                Ok(ControlFlow::Break(()))
            }
            Err(PreflightStop::Refused(error)) => Err(error),
        }
    })?;
    Ok((!needs_fallback).then_some(bytes))
}

fn part_expansion_error(name: &str, bytes: u64, packed: u64) -> WorkbookError {
    WorkbookError::expansion_limit(format!(
        "the workbook expands absurdly: its part {name} has {packed} bytes packed, and {bytes} or more unpacked"
    ))
}

fn total_expansion_error(bytes: u64) -> WorkbookError {
    WorkbookError::expansion_limit(format!("the workbook expands absurdly: to {bytes} bytes or more in all"))
}
