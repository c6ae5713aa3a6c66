//! Sheets of an `.xlsx` as the usual programs write them, read without the workbook library, which takes five times as long. Comes
//! in: the XML of a sheet. Goes out: its rows, the same as by the library, its twin.
//!
//! Whether a sheet is usual is found out when the workbook is looked over ([`Look`]), from its first byte to its last; so that
//! it is read in one way or the other, never in both. Its cells are kept ([`kept`]), as far as there is room, so that the sheet is
//! expanded once. What cells refer to, the library says ([`lookups`]), but for usual texts ([`texts`]).

mod ahead;
mod batch;
mod cutter;
mod kept;
mod lookups;
#[cfg(test)]
mod tests;
mod texts;
mod tokens;

use std::collections::BTreeMap;
use std::path::Path;

pub(crate) use self::ahead::Expanding;
pub(super) use self::ahead::blocks;
pub(crate) use self::batch::{SheetBatch, WantedRows};
pub(super) use self::texts::{Texts, TextsLook};

use self::cutter::{Cutter, Piece};
use self::kept::{Chunk, Packer};
use self::lookups::{Highest, Lookups};
use self::tokens::{Unusual, UsualCell, Value};
use super::archive::Archive;
use super::fault::WorkbookError;
use super::{EachCell, Walk};

/// Looks at a part of an `.xlsx`: whether it is a sheet in the usual form.
pub(super) struct Look {
    cutter: Cutter,
    last_row: u32,
    highest: Highest,
    /// **Absent**: its cells are not kept.
    keeping: Option<Keeping>,
}

/// Cells that are kept.
struct Keeping {
    packer: Packer,
    chunks: Vec<Chunk>,
    /// Bytes for more of them.
    room: usize,
}

impl Keeping {
    /// Keeps a chunk. `None`: there is no room for it.
    fn keep(mut self, chunk: Chunk) -> Option<Keeping> {
        self.room = self.room.checked_sub(chunk.bytes())?;
        self.chunks.push(chunk);
        Some(self)
    }
}

/// A sheet in the usual form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Usual {
    highest: Highest,
    /// Its cells. **Absent**: they were not kept, as there is no room.
    kept: Option<Vec<Chunk>>,
}

/// Why a look was broken off.
pub(super) enum Broken {
    /// The part is to be looked at as any XML, from its beginning.
    Unusual,
    Refused(WorkbookError),
}

impl From<Unusual> for Broken {
    fn from(_: Unusual) -> Broken {
        Broken::Unusual
    }
}

impl Look {
    /// `room`: bytes that the cells may take which are kept.
    pub(super) fn new(room: usize) -> Look {
        let keeping = Keeping { packer: Packer::default(), chunks: Vec::new(), room };
        Look { cutter: Cutter::new(), last_row: 0, highest: Highest::default(), keeping: Some(keeping) }
    }

    /// Reads the next block; an empty one is the end. What stands outside of rows goes to `outside`.
    pub(super) fn feed(
        &mut self,
        block: &[u8],
        outside: &mut dyn FnMut(&[u8]) -> Result<(), WorkbookError>,
    ) -> Result<(), Broken> {
        let Look { cutter, last_row, highest, keeping } = self;
        cutter.feed(block, &mut |piece| match piece {
            Piece::Outside(text) => outside(text).map(|()| text.len()).map_err(Broken::Refused),
            Piece::Rows(text) => tokens::rows(text, last_row, &mut |cell: UsualCell<'_>| {
                if let Value::Shared(place) = cell.value {
                    highest.text = highest.text.max(Some(place));
                }
                highest.style = highest.style.max(cell.style);
                if let Some(chunk) = keeping.as_mut().and_then(|keeping| keeping.packer.push(&cell)) {
                    *keeping = keeping.take().and_then(|keeping| keeping.keep(chunk));
                }
                Ok(())
            }),
        })
    }

    /// What was seen. **Absent**: it is no sheet, or an unusual one.
    pub(super) fn finish(mut self) -> Option<Usual> {
        let last = self.keeping.as_mut().map(|keeping| keeping.packer.finish());
        let keeping = self.keeping.zip(last).and_then(|(keeping, last)| keeping.keep(last));
        let kept = keeping.map(|keeping| keeping.chunks);
        self.cutter.has_rows().then_some(Usual { highest: self.highest, kept })
    }
}

impl Usual {
    /// Bytes of the cells that are kept.
    pub(super) fn kept_bytes(&self) -> usize {
        self.kept.iter().flatten().map(Chunk::bytes).sum()
    }
}

/// The usual sheets of a workbook.
#[derive(Debug, Default)]
pub(super) struct UsualSheets {
    /// In the order of the workbook.
    sheets: Vec<UsualSheet>,
    /// Whether it has no other ones.
    are_all: bool,
    /// **Absent**: there are no sheets, or the library does not tell.
    lookups: Option<Lookups>,
}

/// A usual sheet.
#[derive(Debug)]
struct UsualSheet {
    name: String,
    part: usize,
    /// As in [`Usual`].
    kept: Option<Vec<Chunk>>,
}

impl UsualSheets {
    /// Of an `.xlsx` that was looked over, in which these parts are usual. `texts`: the shared texts, if they are usual, and their
    /// part.
    pub(super) fn of(
        archive: &mut Archive,
        mut usual: BTreeMap<usize, Usual>,
        texts: Option<(usize, Texts)>,
    ) -> UsualSheets {
        if usual.is_empty() {
            return UsualSheets::default();
        }
        // If the library does not read the replica, it reads the sheets.
        let parts = lookups::parts_of_sheets(archive).unwrap_or_default();
        let are_all = parts.iter().all(|(_, part)| usual.contains_key(part));
        let (mut sheets, mut highest) = (Vec::new(), Highest::default());
        for (name, part) in parts {
            // Two names may stand for one part.
            let Some(found) = usual.get_mut(&part) else { continue };
            highest = highest.of_both(found.highest);
            sheets.push(UsualSheet { name, part, kept: found.kept.take() });
        }
        let Some(UsualSheet { name, part, .. }) = sheets.first() else { return UsualSheets::default() };
        let lookups = Lookups::ask(archive, highest, (name, *part), texts).ok();
        UsualSheets { sheets, are_all, lookups }
    }

    /// A sheet that can be read here. **Absent**: it is for the library.
    fn find(&self, sheet: &str) -> Option<(&UsualSheet, &Lookups)> {
        Some((self.sheets.iter().find(|usual| usual.name == sheet)?, self.lookups.as_ref()?))
    }

    /// The names of all worksheets, if the library is needed for none.
    pub(super) fn names_of_all(&self) -> Option<Vec<String>> {
        let names = || self.sheets.iter().map(|sheet| sheet.name.clone()).collect();
        (self.are_all && self.lookups.is_some()).then(names)
    }

    /// Lets go what is kept of sheets that nobody wants. Returns how many bytes remain.
    pub(super) fn keep_only(&mut self, is_wanted: &dyn Fn(&str) -> bool) -> usize {
        let mut bytes = 0;
        for sheet in &mut self.sheets {
            sheet.kept = sheet.kept.take().filter(|_| is_wanted(&sheet.name));
            bytes += sheet.kept.iter().flatten().map(Chunk::bytes).sum::<usize>();
        }
        bytes
    }

    /// As [`super::LookedOver::kept_parts`].
    pub(super) fn kept_parts(&self, sheet: &str) -> Option<usize> {
        self.find(sheet)?.0.kept.as_ref().map(Vec::len)
    }

    /// As [`super::LookedOver::kept_rows`].
    pub(super) fn read_kept(
        &self,
        sheet: &str,
        part: usize,
        wanted: WantedRows<'_>,
        each: &mut dyn FnMut(&SheetBatch<'_>),
    ) -> Result<(), WorkbookError> {
        if let Some((UsualSheet { kept: Some(chunks), .. }, lookups)) = self.find(sheet) {
            SheetBatch::new(wanted, lookups).read(&chunks[part], each)?;
        }
        Ok(())
    }

    /// The rows of a sheet, expanded anew. `None`: it is for the library.
    ///
    /// # Errors
    /// It is not as it was when it was looked over.
    pub(super) fn read(
        &self,
        path: &Path,
        sheet: &str,
        wanted: WantedRows<'_>,
        expanding: Expanding,
        each: &mut dyn FnMut(&SheetBatch<'_>),
    ) -> Option<Result<(), WorkbookError>> {
        let (sheet, lookups) = self.find(sheet)?;
        let mut batch = SheetBatch::new(wanted, lookups);
        let (mut cutter, mut last_row, mut packer) = (Cutter::new(), 0, Packer::default());
        let read = blocks(path, sheet.part, expanding, &mut |block| {
            cutter.feed(block, &mut |piece| match piece {
                Piece::Outside(text) => Ok(text.len()),
                Piece::Rows(text) => tokens::rows(text, &mut last_row, &mut |cell| {
                    if let Some(chunk) = packer.push(&cell) {
                        batch.read(&chunk, each)?;
                    }
                    Ok::<(), WorkbookError>(())
                }),
            })?;
            Ok(if cutter.is_behind() { Walk::Stop } else { Walk::On })
        });
        Some(read.and_then(|()| Ok(batch.read(&packer.finish(), each)?)))
    }

    /// Calls `each` for the cells of a sheet until it says stop. `None`: it is for the library.
    ///
    /// # Errors
    /// As [`UsualSheets::read`], or what `each` says.
    pub(super) fn walk(
        &self,
        path: &Path,
        sheet: &str,
        each: &mut EachCell<'_>,
    ) -> Option<Result<(), WorkbookError>> {
        let (sheet, lookups) = self.find(sheet)?;
        let (mut cutter, mut last_row, mut is_over) = (Cutter::new(), 0, false);
        Some(blocks(path, sheet.part, Expanding::InTurn, &mut |block| {
            cutter.feed(block, &mut |piece| match piece {
                Piece::Outside(text) => Ok(text.len()),
                Piece::Rows(text) => tokens::rows(text, &mut last_row, &mut |cell| {
                    if !is_over {
                        let value = lookups.value(cell)?;
                        is_over = matches!(each((cell.row, cell.column), &value)?, Walk::Stop);
                    }
                    Ok::<(), WorkbookError>(())
                }),
            })?;
            Ok(if cutter.is_behind() || is_over { Walk::Stop } else { Walk::On })
        }))
    }
}

impl From<Unusual> for WorkbookError {
    fn from(_: Unusual) -> WorkbookError {
        WorkbookError::corrupt("it changed while it was read")
    }
}
