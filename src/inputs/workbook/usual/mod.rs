//! Sheets of an `.xlsx` as the usual programs write them, read without the workbook library, which takes five times as long. Comes
//! in: the XML of a sheet. Goes out: its rows, the same as by the library, its twin.
//!
//! Whether a sheet is usual is found out when the workbook is looked over ([`Look`]), from its first byte to its last; so that
//! it is read in one way or the other, never in both. What cells refer to, the library says ([`lookups`]).

mod ahead;
mod cutter;
mod lookups;
#[cfg(test)]
mod tests;
mod tokens;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use calamine::DataRef;

pub(crate) use self::ahead::Expanding;
pub(super) use self::ahead::blocks;
pub(crate) use self::lookups::Highest;

use self::cutter::{Cutter, Piece};
use self::lookups::Lookups;
use self::tokens::{Unusual, UsualCell, Value};
use super::archive::{self, Archive};
use super::cells;
use super::fault::WorkbookError;
use super::rows::Rows;
use super::{EachCell, Walk};

/// Looks at a part of an `.xlsx`: whether it is a sheet in the usual form.
pub(super) struct Look {
    cutter: Cutter,
    last_row: u32,
    highest: Highest,
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
    pub(super) fn new() -> Look {
        Look { cutter: Cutter::new(), last_row: 0, highest: Highest::default() }
    }

    /// Reads the next block; an empty one is the end. What stands outside of rows goes to `outside`.
    pub(super) fn feed(
        &mut self,
        block: &[u8],
        outside: &mut dyn FnMut(&[u8]) -> Result<(), WorkbookError>,
    ) -> Result<(), Broken> {
        let Look { cutter, last_row, highest } = self;
        cutter.feed(block, &mut |piece| match piece {
            Piece::Outside(text) => outside(text).map(|()| text.len()).map_err(Broken::Refused),
            Piece::Rows(text) => tokens::rows(text, last_row, &mut |cell: UsualCell<'_>| {
                if let Value::Shared(place) = cell.value {
                    highest.text = highest.text.max(Some(place));
                }
                highest.style = highest.style.max(cell.style);
                Ok(())
            }),
        })
    }

    /// What cells refer to. **Absent**: it is no sheet, or an unusual one.
    pub(super) fn finish(self) -> Option<Highest> {
        self.cutter.has_rows().then_some(self.highest)
    }
}

/// The usual sheets of a workbook.
#[derive(Debug, Default)]
pub(super) struct UsualSheets {
    /// Each with its part, in the order of the workbook.
    sheets: Vec<(String, usize)>,
    /// Whether it has no other ones.
    are_all: bool,
    highest: Highest,
    lookups: OnceLock<Option<Lookups>>,
}

impl UsualSheets {
    /// Of an `.xlsx` that was looked over, in which these parts are usual.
    pub(super) fn of(archive: &mut Archive, usual: &BTreeMap<usize, Highest>) -> UsualSheets {
        if usual.is_empty() {
            return UsualSheets::default();
        }
        // If the library does not read the replica, it reads the sheets.
        let mut sheets = lookups::parts_of_sheets(archive).unwrap_or_default();
        let are_all = sheets.iter().all(|(_, part)| usual.contains_key(part)) && !sheets.is_empty();
        sheets.retain(|(_, part)| usual.contains_key(part));
        let highest = sheets.iter().filter_map(|(_, part)| usual.get(part)).copied();
        let highest = highest.fold(Highest::default(), Highest::of_both);
        UsualSheets { sheets, are_all, highest, lookups: OnceLock::new() }
    }

    /// A sheet that can be read here. **Absent**: it is for the library.
    pub(super) fn find(&self, path: &Path, sheet: &str) -> Option<UsualSheet<'_>> {
        let (_, part) = *self.sheets.iter().find(|(name, _)| name == sheet)?;
        let ask = || {
            let mut archive = archive::open(path).ok()?;
            Lookups::ask(&mut archive, self.highest, sheet, part).ok()
        };
        let lookups = self.lookups.get_or_init(ask).as_ref()?;
        Some(UsualSheet { part, lookups })
    }

    /// The names of all worksheets, if the library is needed for none.
    pub(super) fn names_of_all(&self, path: &Path) -> Option<Vec<String>> {
        let names: Vec<String> = self.sheets.iter().map(|(name, _)| name.clone()).collect();
        (self.are_all && names.iter().all(|name| self.find(path, name).is_some())).then_some(names)
    }
}

/// A usual sheet.
pub(super) struct UsualSheet<'l> {
    part: usize,
    lookups: &'l Lookups,
}

impl UsualSheet<'_> {
    /// Puts its cells into rows.
    ///
    /// # Errors
    /// It is not as it was when it was looked over.
    pub(super) fn read(
        &self,
        path: &Path,
        expanding: Expanding,
        rows: &mut Rows<'_>,
    ) -> Result<(), WorkbookError> {
        let (mut cutter, mut last_row) = (Cutter::new(), 0);
        blocks(path, self.part, expanding, &mut |block| {
            cutter.feed(block, &mut |piece| match piece {
                Piece::Outside(text) => Ok(text.len()),
                Piece::Rows(text) => tokens::rows(text, &mut last_row, &mut |cell| self.cell(cell, rows)),
            })?;
            Ok(if cutter.is_behind() { Walk::Stop } else { Walk::On })
        })
    }

    /// Calls `each` for its cells until it says stop.
    ///
    /// # Errors
    /// As [`UsualSheet::read`], or what `each` says.
    pub(super) fn walk(&self, path: &Path, each: &mut EachCell<'_>) -> Result<(), WorkbookError> {
        let (mut cutter, mut last_row, mut is_over) = (Cutter::new(), 0, false);
        blocks(path, self.part, Expanding::InTurn, &mut |block| {
            cutter.feed(block, &mut |piece| match piece {
                Piece::Outside(text) => Ok(text.len()),
                Piece::Rows(text) => tokens::rows(text, &mut last_row, &mut |cell| {
                    if !is_over {
                        let value = self.value(cell)?;
                        is_over = matches!(each((cell.row, cell.column), &value)?, Walk::Stop);
                    }
                    Ok::<(), WorkbookError>(())
                }),
            })?;
            Ok(if cutter.is_behind() || is_over { Walk::Stop } else { Walk::On })
        })
    }

    /// What the library would say that a cell holds; it tells apart where a text stands.
    fn value<'c>(&'c self, cell: UsualCell<'c>) -> Result<DataRef<'c>, WorkbookError> {
        Ok(match cell.value {
            Value::Nothing => DataRef::Empty,
            Value::Shared(number) => DataRef::SharedString(self.lookups.text(number).ok_or(Unusual)?),
            Value::Text(text) => DataRef::SharedString(text),
            Value::Truth(truth) => DataRef::Bool(truth),
            Value::Number(number) => cells::number_as(number, self.lookups.form(cell.style)),
        })
    }

    #[inline]
    fn cell(&self, cell: UsualCell<'_>, rows: &mut Rows<'_>) -> Result<(), WorkbookError> {
        let place = (cell.row, cell.column);
        match cell.value {
            Value::Nothing => rows.text_cell(place, ""),
            Value::Shared(number) => rows.text_cell(place, self.lookups.text(number).ok_or(Unusual)?),
            Value::Text(text) => rows.text_cell(place, text),
            Value::Truth(true) => rows.text_cell(place, "TRUE"),
            Value::Truth(false) => rows.text_cell(place, "FALSE"),
            Value::Number(number) => {
                let form = self.lookups.form(cell.style);
                rows.cell_by(place, false, |text| cells::write_number_as(number, form, text))
            }
        }
    }
}

impl From<Unusual> for WorkbookError {
    fn from(_: Unusual) -> WorkbookError {
        WorkbookError::corrupt("it changed while it was read")
    }
}
