//! The fast path of `.xlsx`: sheets in the form that common programs write, tokenised without calamine, which takes five times as
//! long. Comes in: the XML of a sheet. Goes out: the rows that calamine would give. It reads no other form.
//!
//! Whether a sheet is on the fast path is found out in the preflight ([`SheetPreflight`]), from the first byte of the sheet to the
//! last, so that a sheet is read in one of the two ways and never in both. The preflight caches packed cells ([`packed_cells`]) as
//! far as there is room, so that the sheet is expanded once. What cells refer to is resolved by calamine ([`styles`]), but for
//! shared strings in the form of the fast path ([`shared_strings`]).

mod batch;
mod entities;
mod packed_cells;
mod read_ahead;
mod row_splitter;
mod shared_strings;
mod styles;
#[cfg(test)]
mod tests;
mod tokens;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

pub(crate) use self::batch::{SheetBatch, WantedRows};
pub(crate) use self::read_ahead::Expansion;
pub(super) use self::read_ahead::for_each_block;
pub(super) use self::shared_strings::{SharedStrings, SharedStringsPreflight};
pub(super) use self::styles::sheet_parts;

use self::packed_cells::{CellPacker, PackedChunk};
use self::row_splitter::{RowSplitter, SheetPiece};
use self::styles::{CellTables, HighestIndexes};
use self::tokens::{NeedsFallback, SheetCell, SheetValue};
use super::cell_text;
use super::error::WorkbookError;
use super::preflight::zip::Archive;
use super::{DateSystem, EachCell, Worksheets};

/// Tokenises a part of an `.xlsx` in the preflight, to find out whether it is a sheet on the fast path.
pub(super) struct SheetPreflight {
    splitter: RowSplitter,
    last_row: u32,
    highest: HighestIndexes,
    has_exact_integers: bool,
    /// **Absent**: cells are not cached.
    cache: Option<PackedCellCache>,
}

/// Packed cells of one sheet.
struct PackedCellCache {
    packer: CellPacker,
    chunks: Vec<PackedChunk>,
    /// Bytes that more chunks may take.
    bytes_left: usize,
}

impl PackedCellCache {
    /// Adds a chunk. `None` if there is no room for it: the cache is given up.
    fn with(mut self, chunk: PackedChunk) -> Option<PackedCellCache> {
        self.bytes_left = self.bytes_left.checked_sub(chunk.bytes())?;
        self.chunks.push(chunk);
        Some(self)
    }
}

/// A part that is a sheet on the fast path.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FastPathPart {
    highest: HighestIndexes,
    /// Whether a whole number has digits that no double gives.
    has_exact_integers: bool,
    /// All cells. **Absent**: there was no room for them.
    packed: Option<Vec<PackedChunk>>,
}

/// Why the preflight of a part on the fast path stops.
pub(super) enum PreflightStop {
    /// The part is to be scanned as any XML, from its beginning.
    Fallback,
    Refused(WorkbookError),
}

impl From<NeedsFallback> for PreflightStop {
    fn from(_: NeedsFallback) -> PreflightStop {
        PreflightStop::Fallback
    }
}

impl SheetPreflight {
    /// `cache_bytes`: how many bytes the packed cells may take.
    pub(super) fn new(cache_bytes: usize) -> SheetPreflight {
        let cache =
            PackedCellCache { packer: CellPacker::default(), chunks: Vec::new(), bytes_left: cache_bytes };
        SheetPreflight {
            splitter: RowSplitter::new(),
            last_row: 0,
            highest: HighestIndexes::default(),
            has_exact_integers: false,
            cache: Some(cache),
        }
    }

    /// Tokenises the next block; an empty one is the end. What is outside of rows goes to `outside`.
    ///
    /// # Errors
    /// The sheet needs the fallback, or `outside` fails.
    pub(super) fn feed(
        &mut self,
        block: &[u8],
        outside: &mut dyn FnMut(&[u8]) -> Result<(), WorkbookError>,
    ) -> Result<(), PreflightStop> {
        let SheetPreflight { splitter, last_row, highest, has_exact_integers, cache } = self;
        splitter.feed(block, &mut |piece| match piece {
            SheetPiece::Outside(text) => outside(text).map(|()| text.len()).map_err(PreflightStop::Refused),
            SheetPiece::Rows(text) => tokens::rows(text, last_row, &mut |cell: SheetCell<'_>| {
                if let SheetValue::SharedString(index) = cell.value {
                    highest.string = highest.string.max(Some(index));
                }
                if let SheetValue::Number(number) = cell.value {
                    *has_exact_integers |= cell_text::is_exact_integer(number);
                }
                highest.style = highest.style.max(cell.style);
                if let Some(chunk) = cache.as_mut().and_then(|cache| cache.packer.push(&cell)) {
                    *cache = cache.take().and_then(|cache| cache.with(chunk));
                }
                Ok(())
            }),
        })
    }

    /// What the preflight has found. **Absent**: the part is no sheet.
    pub(super) fn finish(mut self) -> Option<FastPathPart> {
        let last = self.cache.as_mut().map(|cache| cache.packer.finish());
        let cache = self.cache.zip(last).and_then(|(cache, last)| cache.with(last));
        let packed = cache.map(|cache| cache.chunks);
        self.splitter.has_rows().then_some(FastPathPart {
            highest: self.highest,
            has_exact_integers: self.has_exact_integers,
            packed,
        })
    }
}

impl FastPathPart {
    /// Bytes of the packed cells.
    pub(super) fn packed_bytes(&self) -> usize {
        self.packed.iter().flatten().map(PackedChunk::bytes).sum()
    }
}

/// The sheets of a workbook that are on the fast path.
#[derive(Debug, Default)]
pub(super) struct FastPathSheets {
    /// In the order of the workbook.
    sheets: Vec<FastPathSheet>,
    /// All worksheets of the workbook.
    worksheets: Worksheets,
    /// **Absent**: there are no sheets, or calamine does not resolve what cells refer to.
    tables: Option<CellTables>,
}

/// A sheet on the fast path.
#[derive(Debug)]
struct FastPathSheet {
    name: String,
    /// The index of its part in the zip.
    part: usize,
    /// As in [`FastPathPart`].
    packed: Option<Vec<PackedChunk>>,
}

impl FastPathSheets {
    /// The sheets of an `.xlsx` whose `parts` are on the fast path. `shared_strings`: the strings and their part, if they are on
    /// the fast path too.
    pub(super) fn new(
        archive: &mut Archive,
        mut parts: BTreeMap<usize, FastPathPart>,
        shared_strings: Option<(usize, SharedStrings)>,
        date_system: DateSystem,
    ) -> FastPathSheets {
        if parts.is_empty() {
            return FastPathSheets::default();
        }
        // If calamine does not read the replica, all sheets are left to it.
        let (worksheets, sheet_parts) = styles::sheet_parts(archive).unwrap_or_default();
        let (mut sheets, mut highest) = (Vec::new(), HighestIndexes::default());
        let mut has_exact_integers = false;
        for (name, part) in worksheets.names.iter().zip(sheet_parts) {
            // Two names may stand for one part; its packed cells go to the first.
            let Some(found) = parts.get_mut(&part) else { continue };
            highest = highest.max(found.highest);
            has_exact_integers |= found.has_exact_integers;
            sheets.push(FastPathSheet { name: name.clone(), part, packed: found.packed.take() });
        }
        let Some(FastPathSheet { name, part, .. }) = sheets.first() else {
            return FastPathSheets::default();
        };
        let mut tables = CellTables::resolve(archive, highest, (name, *part), shared_strings).ok();
        if let Some(tables) = &mut tables {
            tables.date_system = date_system;
            tables.has_exact_integers = has_exact_integers;
        }
        FastPathSheets { sheets, worksheets, tables }
    }

    /// A sheet on the fast path. **Absent**: calamine reads it.
    fn find(&self, name: &str) -> Option<(&FastPathSheet, &CellTables)> {
        Some((self.sheets.iter().find(|sheet| sheet.name == name)?, self.tables.as_ref()?))
    }

    /// All worksheets, if all are on the fast path.
    pub(super) fn sheets_if_all(&self) -> Option<&Worksheets> {
        let are_all = self.sheets.len() == self.worksheets.names.len() && self.tables.is_some();
        are_all.then_some(&self.worksheets)
    }

    /// Drops the packed cells of sheets that are not wanted. Returns how many bytes remain.
    pub(super) fn retain(&mut self, is_wanted: &dyn Fn(&str) -> bool) -> usize {
        let mut bytes = 0;
        for sheet in &mut self.sheets {
            sheet.packed = sheet.packed.take().filter(|_| is_wanted(&sheet.name));
            bytes += sheet.packed.iter().flatten().map(PackedChunk::bytes).sum::<usize>();
        }
        bytes
    }

    /// Calls `each` for the rows of a sheet, from its packed cells if they are cached; else the sheet is expanded again. `None` if
    /// calamine reads the sheet.
    ///
    /// # Errors
    /// The sheet has changed since the preflight.
    pub(super) fn rows(
        &self,
        path: &Path,
        sheet: &str,
        wanted: WantedRows<'_>,
        expansion: Expansion,
        each: &mut dyn FnMut(&SheetBatch<'_>),
    ) -> Option<Result<(), WorkbookError>> {
        let (sheet, tables) = self.find(sheet)?;
        let mut batch = SheetBatch::new(wanted, tables);
        if let Some(chunks) = &sheet.packed {
            return Some(chunks.iter().try_for_each(|chunk| Ok(batch.read(chunk, each)?)));
        }
        let (mut splitter, mut last_row, mut packer) = (RowSplitter::new(), 0, CellPacker::default());
        let outcome = for_each_block(path, sheet.part, expansion, &mut |block| {
            splitter.feed(block, &mut |piece| match piece {
                SheetPiece::Outside(text) => Ok(text.len()),
                SheetPiece::Rows(text) => tokens::rows(text, &mut last_row, &mut |cell| {
                    if let Some(chunk) = packer.push(&cell) {
                        batch.read(&chunk, each)?;
                    }
                    Ok::<(), WorkbookError>(())
                }),
            })?;
            Ok(if splitter.is_past_rows() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        Some(outcome.and_then(|()| Ok(batch.read(&packer.finish(), each)?)))
    }

    /// Calls `each` for the cells of a sheet until it breaks. `None` if calamine reads the sheet.
    ///
    /// # Errors
    /// As [`FastPathSheets::rows`], or `each` fails.
    pub(super) fn for_each_cell(
        &self,
        path: &Path,
        sheet: &str,
        each: &mut EachCell<'_>,
    ) -> Option<Result<(), WorkbookError>> {
        let (sheet, tables) = self.find(sheet)?;
        let (mut splitter, mut last_row, mut is_over) = (RowSplitter::new(), 0, false);
        Some(for_each_block(path, sheet.part, Expansion::SameThread, &mut |block| {
            splitter.feed(block, &mut |piece| match piece {
                SheetPiece::Outside(text) => Ok(text.len()),
                // The rest of the piece is still tokenised after a break, and the block is the last.
                SheetPiece::Rows(text) => tokens::rows(text, &mut last_row, &mut |cell| {
                    if !is_over {
                        let value = tables.value(cell)?;
                        is_over = each((cell.row, cell.column), &value)?.is_break();
                    }
                    Ok::<(), WorkbookError>(())
                }),
            })?;
            let is_done = splitter.is_past_rows() || is_over;
            Ok(if is_done { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        }))
    }
}

impl From<NeedsFallback> for WorkbookError {
    fn from(_: NeedsFallback) -> WorkbookError {
        WorkbookError::corrupt("it changed while it was read")
    }
}
