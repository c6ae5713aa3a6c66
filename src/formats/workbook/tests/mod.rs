//! Workbooks for tests: written, repacked, and read back.

mod faults;
mod merged;
mod reading;
mod writers;

use std::fs::File;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use crate::formats::row::CellKind;
use crate::formats::workbook::{Preflight, WantedRows, Workbook, WorkbookError, workbook_kind};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Text and kind of a cell.
pub(crate) type TestCell = (String, CellKind);

/// A folder that is removed with the test.
pub(crate) struct TestFolder(tempfile::TempDir);

impl TestFolder {
    pub(crate) fn new() -> TestFolder {
        TestFolder(tempfile::tempdir().unwrap())
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn xlsx(&self, name: &str, fill: impl FnOnce(&mut rust_xlsxwriter::Workbook)) -> PathBuf {
        let mut book = rust_xlsxwriter::Workbook::new();
        fill(&mut book);
        self.file(name, &book.save_to_buffer().unwrap())
    }

    pub(crate) fn zip(&self, name: &str, parts: &[(String, Vec<u8>)]) -> PathBuf {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (part, bytes) in parts {
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            zip.start_file(part, options).unwrap();
            zip.write_all(bytes).unwrap();
        }
        self.file(name, zip.finish().unwrap().get_ref())
    }
}

/// A zip with parts changed.
pub(crate) fn repacked(
    folder: &TestFolder,
    path: &Path,
    name: &str,
    mut change: impl FnMut(&str, Vec<u8>) -> Vec<u8>,
) -> PathBuf {
    let mut archive = ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        let name = part.name().unwrap().into_owned();
        parts.push((name.clone(), change(&name, bytes)));
    }
    folder.zip(name, &parts)
}

/// The parts of an OpenDocument workbook with these tables.
pub(crate) fn ods(tables: &str) -> Vec<(String, Vec<u8>)> {
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    );
    [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet".to_owned()),
        ("content.xml", content),
        ("META-INF/manifest.xml", "<manifest:manifest></manifest:manifest>".to_owned()),
    ]
    .map(|(name, text)| (name.to_owned(), text.into_bytes()))
    .to_vec()
}

/// Opens a workbook of any kind.
pub(crate) fn open(path: &Path) -> Result<Workbook<'static>, WorkbookError> {
    let mut first = Vec::new();
    File::open(path)?.take(16).read_to_end(&mut first)?;
    let kind = workbook_kind(path, &first)?.expect("a workbook");
    // Leaked: the process ends with the test.
    Workbook::open(Box::leak(Box::new(Preflight::run(path, kind, 0)?)))
}

pub(crate) fn read(path: &Path) -> Workbook<'static> {
    open(path).unwrap()
}

/// Reads every sheet to its last row. Returns how many rows there are.
pub(crate) fn read_all(path: &Path) -> Result<usize, WorkbookError> {
    let mut workbook = open(path)?;
    let mut count = 0;
    for sheet in workbook.sheet_names() {
        workbook.first_rows(&sheet)?;
        let wanted = WantedRows {
            header_row: 0,
            columns: &[0, 1, 2, 3, 4, 5].map(Some),
            dates: &[],
            ids: &[],
            amounts: &[],
            passed_over: &[],
        };
        workbook.rows(&sheet, wanted, &mut |_| count += 1)?;
    }
    Ok(count)
}

pub(crate) fn rows_of(
    workbook: &mut Workbook<'_>,
    sheet: &str,
    header_row: u32,
    columns: &[usize],
) -> Vec<(u64, Vec<TestCell>)> {
    let mut rows = Vec::new();
    let columns: Vec<Option<usize>> = columns.iter().copied().map(Some).collect();
    workbook
        .rows(
            sheet,
            WantedRows {
                header_row,
                columns: &columns,
                dates: &[],
                ids: &[],
                amounts: &[],
                passed_over: &[],
            },
            &mut |row| {
                assert_eq!(row.at.place().byte_offset, None);
                let cells =
                    row.cells.iter().map(|cell| (String::from_utf8(cell.bytes.to_vec()).unwrap(), cell.kind));
                rows.push((row.at.place().row, cells.collect()));
            },
        )
        .unwrap();
    rows
}

pub(crate) fn texts(cells: &[TestCell]) -> Vec<&str> {
    cells.iter().map(|(text, _)| text.as_str()).collect()
}
