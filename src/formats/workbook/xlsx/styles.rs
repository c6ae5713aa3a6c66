//! The tables that cells of an `.xlsx` index: shared strings, and the number formats of styles. Comes in: the
//! archive. Goes out: [`CellTables`], or the parts of the sheets. It reads no sheet.
//!
//! calamine resolves shared strings and number formats for the cells that it reads, not by index. It is fed a replica
//! of the workbook in memory, with every part that matters copied but with synthetic sheets, whose cells use each
//! string and each style once. What calamine makes of those cells is what it would make of the cells of the workbook,
//! whatever is in those parts.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use calamine::{DataRef, Reader, Xlsx};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::cell_text::{self, NumberPresentation};
use super::super::error::{WorkbookError, guarded};
use super::super::preflight::part_role::{PartRole, part_role};
use super::super::preflight::zip::Archive;
use super::super::{DateSystem, WorkbookKind, Worksheets};
use super::entities::unescape;
use super::shared_strings::SharedStrings;
use super::tokens::{NeedsFallback, SheetCell, SheetValue};

/// The tables that cells index.
#[derive(Debug)]
pub(super) struct CellTables {
    pub(super) shared_strings: SharedStrings,
    presentations: Vec<NumberPresentation>,
    pub(super) date_system: DateSystem,
    /// Whether a whole number of the workbook has digits that no double gives, so that all whole numbers are exact.
    pub(super) has_exact_integers: bool,
}

/// The highest shared string and style that cells refer to. **Absent**: none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct HighestIndexes {
    pub(super) string: Option<u32>,
    pub(super) style: Option<u32>,
}

impl HighestIndexes {
    pub(super) fn max(self, other: HighestIndexes) -> HighestIndexes {
        HighestIndexes { string: self.string.max(other.string), style: self.style.max(other.style) }
    }
}

impl CellTables {
    /// The value of a cell as calamine would give it; [`DataRef`] also tells where a text is from.
    pub(super) fn value<'c>(&'c self, cell: SheetCell<'c>) -> Result<DataRef<'c>, NeedsFallback> {
        Ok(match cell.value {
            SheetValue::Empty => DataRef::Empty,
            SheetValue::SharedString(number) => {
                DataRef::SharedString(self.shared_strings.get(number).ok_or(NeedsFallback)?)
            }
            SheetValue::Text(text) => DataRef::SharedString(text),
            SheetValue::EscapedText(text) => DataRef::String(unescape(text)?.into_owned()),
            SheetValue::Bool(truth) => DataRef::Bool(truth),
            SheetValue::Number(number) => cell_text::number_value(number, self.presentation(cell.style)),
        })
    }

    /// How the number format of a style presents a number.
    #[inline]
    pub(super) fn presentation(&self, style: Option<u32>) -> NumberPresentation {
        let presentation = style.and_then(|style| self.presentations.get(usize::try_from(style).ok()?));
        presentation.copied().unwrap_or(NumberPresentation::Number)
    }

    /// Whether the text of a number holds all digits of a whole number of more than 15, which is then read as the text that it is.
    #[inline]
    pub(super) fn holds_digits(&self, style: Option<u32>, number: &[u8]) -> bool {
        cell_text::is_long_integer(number)
            && self.presentation(style) == NumberPresentation::Number
            && (self.has_exact_integers || cell_text::is_exact_integer(number))
    }

    /// How a number without a date format is presented in a column of dates.
    pub(super) fn presentation_in_dates(&self, number: &[u8]) -> NumberPresentation {
        let value = cell_text::number_value(number, NumberPresentation::Number);
        match self.date_system.moment(&value) {
            Some(_) => NumberPresentation::DateTime { is_1904: self.date_system == DateSystem::From1904 },
            None => NumberPresentation::Number,
        }
    }

    /// Resolves the strings and styles that cells refer to, up to `highest`. `name` and `part`: the name and part of
    /// one of the sheets. `tokenised`: shared strings that the fast path has read, and their part.
    ///
    /// # Errors
    /// calamine does not read the replica, so it would not read the workbook alike either.
    pub(super) fn resolve(
        archive: &mut Archive,
        highest: HighestIndexes,
        (name, part): (&str, usize),
        tokenised: Option<(usize, SharedStrings)>,
    ) -> Result<CellTables, WorkbookError> {
        let has_all =
            |strings: &SharedStrings| highest.string.is_none_or(|index| strings.get(index).is_some());
        // Cells refer to the strings of the fast path if calamine reads its shared strings from the part that the fast path has read.
        if let Some((its_part, strings)) = tokenised
            && has_all(&strings)
            && CellTables::shared_strings_part(archive, name, part).is_ok_and(|read| read == Some(its_part))
        {
            let highest = HighestIndexes { string: None, ..highest };
            let resolved =
                CellTables::resolve_by_calamine(archive, highest, (name, part), ReplicaStrings::Omitted)?;
            return Ok(CellTables { shared_strings: strings, ..resolved });
        }
        CellTables::resolve_by_calamine(archive, highest, (name, part), ReplicaStrings::Copied)
    }

    /// Resolves all by calamine. The first sheet of the replica has a cell for each style, then a cell for each
    /// string.
    fn resolve_by_calamine(
        archive: &mut Archive,
        highest: HighestIndexes,
        (name, part): (&str, usize),
        strings: ReplicaStrings,
    ) -> Result<CellTables, WorkbookError> {
        let indexes = |highest: Option<u32>| highest.map_or(0..0, |highest| 0..highest + 1);
        let mut sheet = String::new();
        for index in indexes(highest.style) {
            write!(sheet, "<c s=\"{index}\"><v>1</v></c>").expect("memory can be written");
        }
        for index in indexes(highest.string) {
            write!(sheet, "<c t=\"s\"><v>{index}</v></c>").expect("memory can be written");
        }
        let cells_of = |index| if index == part { sheet.as_str() } else { "" };
        let (mut workbook, _) = open_replica(archive, strings, &|index| cells_of(index).to_owned())?;
        let mut tables = CellTables {
            shared_strings: SharedStrings::default(),
            presentations: Vec::new(),
            date_system: DateSystem::default(),
            has_exact_integers: false,
        };
        let mut cells = guarded(|| workbook.worksheet_cells_reader(name))?;
        let styles = indexes(highest.style).len();
        while let Some(cell) = guarded(|| cells.next_cell())? {
            match cell.get_value() {
                DataRef::DateTime(moment) if tables.presentations.len() < styles => {
                    tables.presentations.push(NumberPresentation::of(*moment));
                }
                _ if tables.presentations.len() < styles => {
                    tables.presentations.push(NumberPresentation::Number)
                }
                DataRef::SharedString(text) => tables.shared_strings.push(text),
                _ => return Err(WorkbookError::corrupt("a shared text is none")),
            }
        }
        Ok(tables)
    }

    /// The part from which calamine reads shared strings, found by a replica in which every part has its own number
    /// as the only string. `None` if it reads none.
    fn shared_strings_part(
        archive: &mut Archive,
        name: &str,
        part: usize,
    ) -> Result<Option<usize>, WorkbookError> {
        let cell = |index| if index == part { "<c t=\"s\"><v>0</v></c>".to_owned() } else { String::new() };
        let (mut workbook, _) = open_replica(archive, ReplicaStrings::Numbered, &cell)?;
        let mut cells = guarded(|| workbook.worksheet_cells_reader(name))?;
        let cell = guarded(|| cells.next_cell())?;
        let Some(DataRef::SharedString(part)) = cell.as_ref().map(|cell| cell.get_value()) else {
            return Ok(None);
        };
        Ok(part.parse().ok())
    }
}

/// What the parts of shared strings are in a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReplicaStrings {
    Copied,
    Omitted,
    /// The only string of each is its number among the parts.
    Numbered,
}

/// The worksheets of an `.xlsx`, and the part of each in their order, found by a replica in which each
/// sheet has the number of its part as its only cell.
///
/// # Errors
/// As [`CellTables::resolve`].
pub(in crate::formats::workbook) fn sheet_parts(
    archive: &mut Archive,
) -> Result<(Worksheets, Vec<usize>), WorkbookError> {
    let (mut workbook, sheets) =
        open_replica(archive, ReplicaStrings::Omitted, &|part| format!("<c><v>{part}</v></c>"))?;
    let mut parts = Vec::new();
    for sheet in &sheets.names {
        let mut cells = guarded(|| workbook.worksheet_cells_reader(sheet))?;
        let cell = guarded(|| cells.next_cell())?;
        let Some(DataRef::Float(part)) = cell.as_ref().map(|cell| cell.get_value()) else {
            return Err(WorkbookError::corrupt("its sheets are not to be told apart"));
        };
        // A float that is an integer is written without decimals.
        let part = part.to_string().parse();
        parts.push(part.map_err(|_| WorkbookError::corrupt("a part has no number"))?);
    }
    Ok((sheets, parts))
}

type Replica = Xlsx<Cursor<Vec<u8>>>;

/// Opens a replica of an `.xlsx`, in which each sheet has one row, of the cells that `cells` gives for its part.
/// Returns it with its worksheets.
fn open_replica(
    archive: &mut Archive,
    strings: ReplicaStrings,
    cells: &dyn Fn(usize) -> String,
) -> Result<(Replica, Worksheets), WorkbookError> {
    let mut replica = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index)?;
        let name = part.name()?.into_owned();
        match part_role(&name, WorkbookKind::Xlsx) {
            PartRole::Styles => replica.raw_copy_file(part)?,
            PartRole::Strings => match strings {
                ReplicaStrings::Copied => replica.raw_copy_file(part)?,
                ReplicaStrings::Omitted => {}
                ReplicaStrings::Numbered => {
                    replica.start_file(name, options)?;
                    write!(replica, "<sst><si><t>{index}</t></si></sst>")?;
                }
            },
            PartRole::Sheet => {
                replica.start_file(name, options)?;
                let cells = cells(index);
                write!(replica, "<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>")?;
            }
            PartRole::Content | PartRole::Unread => {}
        }
    }
    let replica = replica.finish()?;
    let workbook = guarded(|| Xlsx::new(replica))?;
    let sheets = Worksheets::of(workbook.sheets_metadata())?;
    Ok((workbook, sheets))
}
