//! What the cells of a workbook refer to: shared texts, and what its styles make of a number. Comes in: the archive. Goes out:
//! [`Lookups`], or the parts in which sheets stand.
//!
//! The workbook library knows all this and does not tell. So it is asked: it is given a replica of the workbook in memory, with
//! every part that matters as it is, but with sheets of ours, whose cells refer to each text and each style once. What the library
//! makes of those cells is what it would make of others, whatever is in those parts.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use calamine::{DataRef, Reader, Xlsx};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::archive::{Archive, Role, role};
use super::super::cells::NumberForm;
use super::super::fault::{WorkbookError, guarded};
use super::super::{WorkbookKind, worksheets};

/// What cells refer to.
#[derive(Debug)]
pub(super) struct Lookups {
    /// All shared texts, one after the other.
    texts: String,
    /// Where each ends.
    ends: Vec<usize>,
    forms: Vec<NumberForm>,
}

/// The highest text and style that cells refer to. **Absent**: none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Highest {
    pub(super) text: Option<u32>,
    pub(super) style: Option<u32>,
}

impl Highest {
    pub(super) fn of_both(self, other: Highest) -> Highest {
        Highest { text: self.text.max(other.text), style: self.style.max(other.style) }
    }
}

impl Lookups {
    /// A shared text. `None`: there is none of that number.
    #[inline]
    pub(super) fn text(&self, number: u32) -> Option<&str> {
        let number = usize::try_from(number).ok()?;
        let start = number.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.texts.get(start..*self.ends.get(number)?)
    }

    /// What a style makes of a number.
    #[inline]
    pub(super) fn form(&self, style: Option<u32>) -> NumberForm {
        let known = style.and_then(|style| self.forms.get(usize::try_from(style).ok()?));
        known.copied().unwrap_or(NumberForm::Plain)
    }

    /// Asks for what the cells of an `.xlsx` refer to, as far as `highest`. `name` and `part`: those of one of its
    /// sheets.
    ///
    /// # Errors
    /// The library does not read the replica: it would not read the workbook alike either.
    pub(super) fn ask(
        archive: &mut Archive,
        highest: Highest,
        name: &str,
        part: usize,
    ) -> Result<Lookups, WorkbookError> {
        let places = |highest: Option<u32>| highest.map_or(0..0, |highest| 0..highest + 1);
        let mut sheet = String::new();
        for place in places(highest.style) {
            write!(sheet, "<c s=\"{place}\"><v>1</v></c>").expect("memory can be written");
        }
        for place in places(highest.text) {
            write!(sheet, "<c t=\"s\"><v>{place}</v></c>").expect("memory can be written");
        }
        let cells_of = |index| if index == part { sheet.as_str() } else { "" };
        let (mut workbook, _) = open(archive, true, &|index| cells_of(index).to_owned())?;
        let mut lookups = Lookups { texts: String::new(), ends: Vec::new(), forms: Vec::new() };
        let mut cells = guarded(|| workbook.worksheet_cells_reader(name))?;
        let styles = places(highest.style).len();
        while let Some(cell) = guarded(|| cells.next_cell())? {
            match cell.get_value() {
                DataRef::DateTime(moment) if lookups.forms.len() < styles => {
                    lookups.forms.push(NumberForm::of(*moment));
                }
                _ if lookups.forms.len() < styles => lookups.forms.push(NumberForm::Plain),
                DataRef::SharedString(text) => {
                    lookups.texts.push_str(text);
                    lookups.ends.push(lookups.texts.len());
                }
                _ => return Err(WorkbookError::corrupt("a shared text is none")),
            }
        }
        Ok(lookups)
    }
}

/// The worksheets of an `.xlsx`, in its order, and the part in which each stands.
///
/// # Errors
/// As [`Lookups::ask`].
pub(super) fn parts_of_sheets(archive: &mut Archive) -> Result<Vec<(String, usize)>, WorkbookError> {
    let (mut workbook, sheets) = open(archive, false, &|part| format!("<c><v>{part}</v></c>"))?;
    let mut parts = Vec::new();
    for sheet in sheets {
        let mut cells = guarded(|| workbook.worksheet_cells_reader(&sheet))?;
        let cell = guarded(|| cells.next_cell())?;
        let Some(DataRef::Float(part)) = cell.as_ref().map(|cell| cell.get_value()) else {
            return Err(WorkbookError::corrupt("its sheets are not to be told apart"));
        };
        // Written as an integer, so that its text is one.
        let part = part.to_string().parse();
        parts.push((sheet, part.map_err(|_| WorkbookError::corrupt("a part has no number"))?));
    }
    Ok(parts)
}

type Replica = Xlsx<Cursor<Vec<u8>>>;

/// Opens a replica of an `.xlsx`, in which each sheet has one row, of these cells; and tells its worksheets.
fn open(
    archive: &mut Archive,
    with_texts: bool,
    cells: &dyn Fn(usize) -> String,
) -> Result<(Replica, Vec<String>), WorkbookError> {
    let mut replica = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index)?;
        match role(part.name(), WorkbookKind::Xlsx) {
            Role::Styles => replica.raw_copy_file(part)?,
            Role::Strings if with_texts => replica.raw_copy_file(part)?,
            Role::Sheet => {
                let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
                replica.start_file(part.name(), options)?;
                let cells = cells(index);
                write!(replica, "<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>")?;
            }
            Role::Strings | Role::Content | Role::Unread => {}
        }
    }
    let replica = replica.finish()?;
    let workbook = guarded(|| Xlsx::new(replica))?;
    let sheets = worksheets(workbook.sheets_metadata())?;
    Ok((workbook, sheets))
}
