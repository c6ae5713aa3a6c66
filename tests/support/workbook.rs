//! Reads a workbook back, and compares its sheet of partners with a CSV. It shares no code with the program.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};
use chrono::NaiveDate;

/// A workbook that is read whole.
pub(crate) struct Book {
    pub(crate) names: Vec<String>,
    sheets: BTreeMap<String, Vec<Vec<Data>>>,
}

impl Book {
    pub(crate) fn open(path: &Path) -> Book {
        let mut book: Xlsx<_> = open_workbook(path).unwrap();
        let names = book.sheet_names().clone();
        let mut sheets = BTreeMap::new();
        for name in &names {
            let range = book.worksheet_range(name).unwrap();
            assert!(range.start().is_none_or(|start| start == (0, 0)), "{name} does not begin in A1");
            sheets.insert(name.clone(), range.rows().map(<[Data]>::to_vec).collect());
        }
        Book { names, sheets }
    }

    /// The rows of a sheet, the heads first.
    pub(crate) fn rows(&self, sheet: &str) -> &[Vec<Data>] {
        &self.sheets[sheet]
    }

    /// The cells of a column below its head.
    pub(crate) fn column(&self, sheet: &str, head: &str) -> Vec<&Data> {
        let rows = self.rows(sheet);
        let position = rows[0].iter().position(|cell| *cell == Data::String(head.to_owned()));
        let position = position.unwrap_or_else(|| panic!("{sheet} has no {head}"));
        rows[1..].iter().map(|row| &row[position]).collect()
    }

    /// All texts of a sheet, each on a line.
    pub(crate) fn text(&self, sheet: &str) -> String {
        let cells = self.rows(sheet).iter().flatten();
        cells.map(|cell| shown(cell) + "\n").collect()
    }
}

/// A cell as text: of a number, the shortest.
pub(crate) fn shown(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::DateTime(day) => {
            let (year, month, day, ..) = day.to_ymd_hms_milli();
            NaiveDate::from_ymd_opt(year.into(), month.into(), day.into()).unwrap().to_string()
        }
        other => other.to_string(),
    }
}

/// Whether a cell holds the value of a CSV's cell: money with two decimals, dates as dates, text without the guard against formulas.
fn is_equal(cell: &Data, csv: &str) -> bool {
    match cell {
        Data::Empty => csv.is_empty(),
        Data::Float(number) if csv.contains('.') => format!("{number:.2}") == csv,
        Data::Float(number) => number.to_string() == csv,
        Data::DateTime(_) => shown(cell) == csv,
        Data::String(text) => {
            let guarded = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
            if guarded { csv.strip_prefix('\'') == Some(text) } else { text == csv }
        }
        _ => false,
    }
}

/// Asserts that the sheet of partners has every line and every cell of a CSV, ids as text, and its heads.
pub(crate) fn assert_partners_equal(book: &Book, csv: &str, about: &str) {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let heads = reader.headers().unwrap().clone();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(book.rows("Partners").len(), records.len() + 1, "{about}: lines");
    for (position, head) in heads.iter().enumerate() {
        for (cell, record) in book.column("Partners", head).into_iter().zip(&records) {
            let csv = &record[position];
            assert!(is_equal(cell, csv), "{about}: {head}: {cell:?} is not {csv:?}");
            if head == "partner_id" {
                assert!(matches!(cell, Data::String(_)), "{about}: the id {cell:?} is no text");
            }
        }
    }
}

/// The text of a part of a workbook.
pub(crate) fn part(path: &Path, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Asserts that every part is well-formed XML, of characters that XML has, and that no cell has a formula.
pub(crate) fn assert_well_formed(path: &Path) {
    let archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let text = part(path, &name);
        let is_of_xml =
            |c: char| matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
        assert!(text.chars().all(is_of_xml), "{name} has a character that XML has not");
        let mut reader = quick_xml::Reader::from_str(&text);
        reader.config_mut().check_end_names = true;
        let mut depth = 0;
        loop {
            match reader.read_event().unwrap_or_else(|error| panic!("{name}: {error}")) {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Start(tag) => {
                    assert!(
                        tag.name().as_ref() != "f" || !name.contains("worksheets"),
                        "{name} has a formula"
                    );
                    tag.attributes().for_each(|attribute| drop(attribute.unwrap()));
                    depth += 1;
                }
                quick_xml::events::Event::End(_) => depth -= 1,
                _ => {}
            }
        }
        assert_eq!(depth, 0, "{name}");
    }
}
