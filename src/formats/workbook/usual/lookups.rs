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
use super::super::cells::{self, NumberForm};
use super::super::fault::{WorkbookError, guarded};
use super::super::{WorkbookKind, worksheets};
use super::texts::Texts;
use super::tokens::{Unusual, UsualCell, Value};

/// What cells refer to.
#[derive(Debug)]
pub(super) struct Lookups {
    pub(super) texts: Texts,
    forms: Vec<NumberForm>,
}

/// The highest text and style that cells refer to. **Absent**: none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Highest {
    pub(super) text: Option<u32>,
    pub(super) style: Option<u32>,
}

impl Highest {
    pub(super) fn of_both(self, other: Highest) -> Highest {
        Highest { text: self.text.max(other.text), style: self.style.max(other.style) }
    }
}

impl Lookups {
    /// What the library would say that a cell holds; it tells apart where a text stands.
    pub(super) fn value<'c>(&'c self, cell: UsualCell<'c>) -> Result<DataRef<'c>, Unusual> {
        Ok(match cell.value {
            Value::Nothing => DataRef::Empty,
            Value::Shared(number) => DataRef::SharedString(self.texts.get(number).ok_or(Unusual)?),
            Value::Text(text) => DataRef::SharedString(text),
            Value::Truth(truth) => DataRef::Bool(truth),
            Value::Number(number) => cells::number_as(number, self.form(cell.style)),
        })
    }

    /// What a style makes of a number.
    #[inline]
    pub(super) fn form(&self, style: Option<u32>) -> NumberForm {
        let known = style.and_then(|style| self.forms.get(usize::try_from(style).ok()?));
        known.copied().unwrap_or(NumberForm::Plain)
    }

    /// Asks for what the cells of an `.xlsx` refer to, as far as `highest`. `name` and `part`: those of one of its
    /// sheets. `known`: texts that were read already, and their part.
    ///
    /// # Errors
    /// The library does not read the replica: it would not read the workbook alike either.
    pub(super) fn ask(
        archive: &mut Archive,
        highest: Highest,
        (name, part): (&str, usize),
        known: Option<(usize, Texts)>,
    ) -> Result<Lookups, WorkbookError> {
        let is_enough = |texts: &Texts| highest.text.is_none_or(|text| texts.get(text).is_some());
        if let Some((of_part, texts)) = known
            && is_enough(&texts)
            && Lookups::texts_part(archive, name, part).is_ok_and(|read| read == Some(of_part))
        {
            let highest = Highest { text: None, ..highest };
            let asked = Lookups::ask_library(archive, highest, (name, part), TextParts::LeftOut)?;
            return Ok(Lookups { texts, ..asked });
        }
        Lookups::ask_library(archive, highest, (name, part), TextParts::AsTheyAre)
    }

    fn ask_library(
        archive: &mut Archive,
        highest: Highest,
        (name, part): (&str, usize),
        texts: TextParts,
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
        let (mut workbook, _) = open(archive, texts, &|index| cells_of(index).to_owned())?;
        let mut lookups = Lookups { texts: Texts::default(), forms: Vec::new() };
        let mut cells = guarded(|| workbook.worksheet_cells_reader(name))?;
        let styles = places(highest.style).len();
        while let Some(cell) = guarded(|| cells.next_cell())? {
            match cell.get_value() {
                DataRef::DateTime(moment) if lookups.forms.len() < styles => {
                    lookups.forms.push(NumberForm::of(*moment));
                }
                _ if lookups.forms.len() < styles => lookups.forms.push(NumberForm::Plain),
                DataRef::SharedString(text) => lookups.texts.push(text),
                _ => return Err(WorkbookError::corrupt("a shared text is none")),
            }
        }
        Ok(lookups)
    }

    /// The part from which the library reads shared texts. `None`: from none.
    fn texts_part(archive: &mut Archive, name: &str, part: usize) -> Result<Option<usize>, WorkbookError> {
        let cell = |index| if index == part { "<c t=\"s\"><v>0</v></c>".to_owned() } else { String::new() };
        let (mut workbook, _) = open(archive, TextParts::Numbered, &cell)?;
        let mut cells = guarded(|| workbook.worksheet_cells_reader(name))?;
        let cell = guarded(|| cells.next_cell())?;
        let Some(DataRef::SharedString(part)) = cell.as_ref().map(|cell| cell.get_value()) else {
            return Ok(None);
        };
        Ok(part.parse().ok())
    }
}

/// What the parts of shared texts are in a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextParts {
    AsTheyAre,
    LeftOut,
    /// The only text of each is its number among the parts.
    Numbered,
}

/// The worksheets of an `.xlsx`, in its order, and the part in which each stands.
///
/// # Errors
/// As [`Lookups::ask`].
pub(super) fn parts_of_sheets(archive: &mut Archive) -> Result<Vec<(String, usize)>, WorkbookError> {
    let (mut workbook, sheets) = open(archive, TextParts::LeftOut, &|part| format!("<c><v>{part}</v></c>"))?;
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
    texts: TextParts,
    cells: &dyn Fn(usize) -> String,
) -> Result<(Replica, Vec<String>), WorkbookError> {
    let mut replica = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index)?;
        let name = part.name()?.into_owned();
        match role(&name, WorkbookKind::Xlsx) {
            Role::Styles => replica.raw_copy_file(part)?,
            Role::Strings => match texts {
                TextParts::AsTheyAre => replica.raw_copy_file(part)?,
                TextParts::LeftOut => {}
                TextParts::Numbered => {
                    replica.start_file(name, options)?;
                    write!(replica, "<sst><si><t>{index}</t></si></sst>")?;
                }
            },
            Role::Sheet => {
                replica.start_file(name, options)?;
                let cells = cells(index);
                write!(replica, "<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>")?;
            }
            Role::Content | Role::Unread => {}
        }
    }
    let replica = replica.finish()?;
    let workbook = guarded(|| Xlsx::new(replica))?;
    let sheets = worksheets(workbook.sheets_metadata())?;
    Ok((workbook, sheets))
}
