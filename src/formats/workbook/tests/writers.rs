//! Valid forms of workbooks that some programs write: each is read as the common form of the same cells.

use std::path::{Path, PathBuf};

use crate::formats::batch::RowBatch;
use crate::formats::row::{CellKind, Row};
use crate::formats::workbook::{Expansion, Preflight, SheetRows, WantedRows, WorkbookKind, workbook_kind};

use super::{TestFolder, ods, read, repacked, rows_of, texts};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/workbooks").join(name)
}

#[test]
fn texts_of_an_xls_are_read_by_its_version_and_not_by_its_code_page() {
    // Excel 97 with 16-bit texts and code page 1252; Excel 5, whose texts are in its code page.
    for (name, subscription) in [
        ("code-page-1252.xls", "sub-漢-1"),
        ("code-page-1252-perl.xls", "sub-é-1"),
        ("excel-5.xls", "sub-é-1"),
    ] {
        let mut workbook = read(&fixture(name));
        assert_eq!(workbook.sheet_names(), ["data"], "{name}");
        let first = workbook.first_rows("data").unwrap();
        assert_eq!(first[0].1[..4], ["date", "partner_id", "association", "subscription_id"], "{name}");
        let rows = rows_of(&mut workbook, "data", 1, &[0, 1, 3, 5]);
        assert_eq!(rows.len(), 2, "{name}");
        assert_eq!(texts(&rows[0].1), ["2016-07-01", "5000001", subscription, "100.25"], "{name}");
    }
}

#[test]
fn short_records_of_an_xlsb_are_the_cells_right_of_those_before() {
    let rows = rows_of(&mut read(&fixture("short-records.xlsb")), "Usage", 3, &[0, 1, 2, 3, 4, 5]);
    let rows: Vec<Vec<&str>> = rows.iter().map(|(_, cells)| texts(cells)).collect();
    let expected = [
        ["1234567", "2017-06-30", "1234.5", "plain", "TRUE", ""],
        ["4765432", "2017-06-30T12:00:00", "0.1", "ümläut — 漢字", "FALSE", ""],
        ["123456789012345", "2000-01-01", "-15000.005", "#N/A", "TRUE", ""],
    ];
    assert_eq!(rows, expected);
}

#[test]
fn an_indented_ods_is_read_as_one_without_blanks() {
    let folder = TestFolder::new();
    let table = "<table:table table:name=\"S\">\n  <table:table-row>\n    <table:table-cell office:value-type=\"string\">\n      <text:p>a  b</text:p>\n    </table:table-cell>\n    \
         <!-- a comment --><table:table-cell table:number-columns-repeated=\"2\" office:value-type=\"float\" office:value=\"0.5\">\n<text:p>1/2</text:p>\n</table:table-cell>\n  </table:table-row>\n\
         <table:table-row>\n<table:table-cell office:value-type=\"date\" office:date-value=\"2016-07-01T23:59:16\"/>\n<table:table-cell office:value-type=\"float\" office:value=\"123456789012345678\"/></table:table-row>\n</table:table>\n";
    let mut workbook = read(&folder.zip("indented.ods", &ods(table)));
    let rows = rows_of(&mut workbook, "S", 0, &[0, 1, 2]);
    let rows: Vec<Vec<&str>> = rows.iter().map(|(_, cells)| texts(cells)).collect();
    assert_eq!(rows, [["a  b", "0.5", "0.5"], ["2016-07-01T23:59:16", "123456789012345678", ""]]);
}

/// The cells of the first two columns; the first is read as a column of dates.
fn dates_of(path: &Path, sheet: &str) -> Vec<(String, String)> {
    let first = std::fs::read(path).unwrap();
    let kind = workbook_kind(path, &first[..16]).unwrap().unwrap();
    let preflight = Preflight::run(path, kind, 1 << 20).unwrap();
    let wanted = WantedRows {
        header_row: 0,
        columns: &[Some(0), Some(1)],
        dates: &[0],
        ids: &[],
        amounts: &[],
        passed_over: &[],
    };
    let mut rows = Vec::new();
    let mut collect = |row: &Row<'_>| {
        let cell = |at: usize| String::from_utf8(row.cells[at].bytes.to_vec()).unwrap();
        rows.push((cell(0), cell(1)));
    };
    preflight
        .rows(sheet, wanted, Expansion::SameThread, &mut |rows| match rows {
            SheetRows::Row(row) => collect(&row),
            SheetRows::Batch(batch) => {
                (0..batch.len()).for_each(|row| batch.visit(row, &mut |row| collect(row)))
            }
        })
        .unwrap();
    rows
}

#[test]
fn a_plain_number_in_a_column_of_dates_is_a_day() {
    let folder = TestFolder::new();
    let numbers = [42_589.0, 42_552.999_490_740_74, 36_525.0, 65_001.0, 20_160_807.0];
    let expected = ["2016-08-07", "2016-07-01T23:59:16", "36525", "65001", "20160807"];
    let plain = ["42589", "42552.99949074074", "36525", "65001", "20160807"];
    let expected: Vec<(String, String)> =
        expected.iter().zip(plain).map(|(day, plain)| ((*day).to_owned(), plain.to_owned())).collect();
    let xlsx = folder.xlsx("plain.xlsx", |book| {
        let sheet = book.add_worksheet();
        for (row, number) in (0..).zip(numbers) {
            sheet.write_number(row, 0, number).unwrap();
            sheet.write_number(row, 1, number).unwrap();
        }
        sheet.write_string(9, 0, "42589").unwrap();
    });
    let of_text = [("42589".to_owned(), String::new())];
    assert_eq!(dates_of(&xlsx, "Sheet1"), [&expected[..], &of_text].concat());
    // A comment leaves the sheet to calamine.
    let by_calamine = repacked(&folder, &xlsx, "calamine.xlsx", |name, bytes| match name {
        "xl/worksheets/sheet1.xml" => {
            String::from_utf8(bytes).unwrap().replacen("<row", "<!-- --><row", 1).into_bytes()
        }
        _ => bytes,
    });
    assert_eq!(dates_of(&by_calamine, "Sheet1"), [&expected[..], &of_text].concat());
    let cells: String = numbers
        .iter()
        .map(|number| {
            let cell = format!("<table:table-cell office:value-type=\"float\" office:value=\"{number}\"/>");
            format!("<table:table-row>{cell}{cell}</table:table-row>")
        })
        .collect();
    let table =
        |settings: &str| ods(&format!("{settings}<table:table table:name=\"S\">{cells}</table:table>"));
    assert_eq!(dates_of(&folder.zip("plain.ods", &table("")), "S"), expected);

    // In the 1904 system, the same numbers are 1,462 days later.
    let settings = "<table:calculation-settings><table:null-date table:date-value=\"1904-01-01\"/></table:calculation-settings>";
    assert_eq!(dates_of(&folder.zip("plain.ods", &table(settings)), "S")[0].0, "2020-08-08");
    for path in [&xlsx, &by_calamine] {
        let changed = repacked(&folder, path, "plain-1904.xlsx", |name, bytes| match name {
            "xl/workbook.xml" => String::from_utf8(bytes)
                .unwrap()
                .replace("<workbookPr ", "<workbookPr date1904=\"1\" ")
                .into_bytes(),
            _ => bytes,
        });
        assert_eq!(dates_of(&changed, "Sheet1")[0].0, "2020-08-08");
    }
}

#[test]
fn a_totals_row_of_a_table_is_told_and_a_table_without_one_has_none() {
    let folder = TestFolder::new();
    let table = |has_totals: bool| {
        folder.xlsx("table.xlsx", |book| {
            let columns = [
                rust_xlsxwriter::TableColumn::new().set_header("date").set_total_label("Total"),
                rust_xlsxwriter::TableColumn::new()
                    .set_header("amount")
                    .set_total_function(rust_xlsxwriter::TableFunction::Sum),
            ];
            let table = rust_xlsxwriter::Table::new()
                .set_columns(&columns)
                .set_total_row(has_totals)
                .set_name("Costs");
            book.add_worksheet().set_name("Other").unwrap();
            book.add_worksheet().set_name("Usage").unwrap().add_table(2, 1, 6, 2, &table).unwrap();
        })
    };
    for has_totals in [true, false] {
        let preflight = Preflight::run(&table(has_totals), WorkbookKind::Xlsx, 0).unwrap();
        let totals: Vec<(u32, &str)> =
            preflight.totals_rows("Usage").map(|totals| (totals.row, totals.table.as_str())).collect();
        assert_eq!(totals, if has_totals { vec![(7, "Costs")] } else { vec![] });
        assert_eq!(preflight.totals_rows("Other").count(), 0);
    }
}

#[test]
fn a_long_whole_number_is_the_text_of_its_cell_where_that_holds_its_digits() {
    let folder = TestFolder::new();
    let book = |numbers: [&str; 3]| {
        let path = folder.xlsx("long.xlsx", |book| {
            let sheet = book.add_worksheet();
            for row in 0..3 {
                sheet.write_number(row, 0, 7000 + row).unwrap();
            }
        });
        repacked(&folder, &path, "long-numbers.xlsx", |name, bytes| {
            if name != "xl/worksheets/sheet1.xml" {
                return bytes;
            }
            let text = String::from_utf8(bytes).unwrap();
            let replaced = (0..3).zip(numbers).fold(text, |text, (row, number)| {
                text.replace(&format!("<v>{}</v>", 7000 + row), &format!("<v>{number}</v>"))
            });
            replaced.into_bytes()
        })
    };
    let kinds = |numbers: [&str; 3]| -> Vec<(String, CellKind)> {
        let preflight = Preflight::run(&book(numbers), WorkbookKind::Xlsx, 0).unwrap();
        let wanted = WantedRows {
            header_row: 0,
            columns: &[Some(0)],
            dates: &[],
            ids: &[],
            amounts: &[],
            passed_over: &[],
        };
        let mut cells = Vec::new();
        preflight
            .rows("Sheet1", wanted, Expansion::SameThread, &mut |rows| {
                let SheetRows::Batch(batch) = rows else { panic!("the sheet is on the fast path") };
                (0..batch.len()).for_each(|row| {
                    batch.visit(row, &mut |row| {
                        let cell = row.cells[0];
                        cells.push((String::from_utf8(cell.bytes.to_vec()).unwrap(), cell.kind));
                    });
                });
            })
            .unwrap();
        cells
    };
    let text = |digits: &str| (digits.to_owned(), CellKind::Sheet);
    let number = |digits: &str| (digits.to_owned(), CellKind::SheetNumber);
    // One number that no double gives shows that the writer has kept the digits of the others.
    assert_eq!(
        kinds(["123456789012345678", "123456789012345680", "1234567890123450"]),
        [text("123456789012345678"), text("123456789012345680"), text("1234567890123450")]
    );
    assert_eq!(
        kinds(["123456789012345680", "1.23456789012346E+17", "123456789012345"]),
        [number("123456789012345680"), number("123456789012346000"), number("123456789012345")]
    );
}

#[test]
fn a_date_in_a_column_of_ids_is_a_fault_on_the_fast_path_and_by_calamine() {
    let folder = TestFolder::new();
    let path = folder.xlsx("ids.xlsx", |book| {
        let date = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "id").unwrap();
        sheet.write_number(1, 0, 1_234_567).unwrap();
        sheet.write_number_with_format(2, 0, 1_234_567, &date).unwrap();
        // Past the last date of a sheet, which shows it as a number.
        sheet.write_number_with_format(3, 0, 4_000_001, &date).unwrap();
        sheet.write_string(4, 0, "5280-02-15").unwrap();
    });
    let by_calamine = repacked(&folder, &path, "ids-by-calamine.xlsx", |name, bytes| match name {
        "xl/worksheets/sheet1.xml" => {
            String::from_utf8(bytes).unwrap().replacen("<row", "<!-- --><row", 1).into_bytes()
        }
        _ => bytes,
    });
    let cells = |path: &Path, ids: &[usize]| {
        let preflight = Preflight::run(path, WorkbookKind::Xlsx, 0).unwrap();
        let wanted = WantedRows {
            header_row: 1,
            columns: &[Some(0)],
            dates: &[],
            ids,
            amounts: &[],
            passed_over: &[],
        };
        let mut cells = Vec::new();
        let mut note = |row: &crate::formats::row::Row<'_>| {
            let cell = row.cells[0];
            cells.push((String::from_utf8(cell.bytes.to_vec()).unwrap(), cell.kind));
        };
        preflight
            .rows("Sheet1", wanted, Expansion::SameThread, &mut |rows| match rows {
                SheetRows::Row(row) => note(&row),
                SheetRows::Batch(batch) => (0..batch.len()).for_each(|row| batch.visit(row, &mut note)),
            })
            .unwrap();
        cells
    };
    for path in [path, by_calamine] {
        let cell = |text: &str, kind| (text.to_owned(), kind);
        let expected = |of_date| {
            vec![
                cell("1234567", CellKind::SheetNumber),
                cell("5280-02-15", of_date),
                cell("4000001", CellKind::SheetNumber),
                cell("5280-02-15", CellKind::Sheet),
            ]
        };
        assert_eq!(cells(&path, &[0]), expected(CellKind::SheetError));
        assert_eq!(cells(&path, &[]), expected(CellKind::Sheet));
    }
}
