//! What is read of workbooks of every kind: cells, dates, numbers, rows, sheets.

use std::path::PathBuf;

use crate::formats::row::CellKind;
use crate::formats::workbook::{DateSystem, Preflight, Workbook, WorkbookKind, workbook_kind};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula};

use super::{TestFolder, ods, read, repacked, rows_of, texts};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/workbooks").join(name)
}

#[test]
fn the_same_sheet_is_read_alike_from_xls_xlsb_and_ods() {
    for (name, kind) in [
        ("small.xls", WorkbookKind::Xls),
        ("small.xlsb", WorkbookKind::Xlsb),
        ("small.ods", WorkbookKind::Ods),
    ] {
        let path = fixture(name);
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(workbook_kind(&path, &bytes[..16]).unwrap(), Some(kind), "{name}");
        let preflight = Preflight::run(&path, kind, 0).unwrap();
        let mut workbook = Workbook::open(&preflight).unwrap();
        assert_eq!(workbook.sheet_names(), ["Usage", "Hidden", "Empty"], "{name}");

        let first = workbook.first_rows("Usage").unwrap();
        assert_eq!(first[0], (1, vec!["Consumption of the year".to_owned()]), "{name}");
        assert_eq!(first[1].0, 3, "{name}");
        assert_eq!(first[1].1, ["PartnerId", "", "Date", "", "Amount", "", "Note", "", "Flag"], "{name}");
        assert_eq!(first.len(), 5, "{name}");

        let rows = rows_of(&mut workbook, "Usage", 3, &[0, 2, 4, 6, 8]);
        // The spreadsheet that wrote the .ods keeps a boolean as 1 or 0, shown as TRUE or FALSE.
        let (yes, no) = if kind == WorkbookKind::Ods { ("1", "0") } else { ("TRUE", "FALSE") };
        let expected = [
            (4, ["1234567", "2017-06-30", "1234.5", "plain", yes]),
            (5, ["4765432", "2017-06-30T12:00:00", "0.1", "ümläut — 漢字", no]),
            (7, ["123456789012345", "2000-01-01", "-15000.005", "#N/A", yes]),
        ];
        for ((row, cells), (expected_row, expected)) in rows.iter().zip(expected) {
            assert_eq!(*row, expected_row, "{name}");
            assert_eq!(texts(cells), expected, "{name}");
        }
        assert_eq!(rows.len(), expected.len(), "{name}");
        assert_eq!(rows[0].1[0].1, CellKind::Sheet, "{name}: a text of digits");
        assert_eq!(rows[1].1[0].1, CellKind::SheetNumber, "{name}");
        assert_eq!(rows[0].1[1].1, CellKind::Sheet, "{name}");
        assert_eq!(rows[2].1[3].1, CellKind::SheetError, "{name}");
        assert_eq!(
            rows_of(&mut workbook, "Hidden", 1, &[2, 0])[0],
            (2, vec![("2".to_owned(), CellKind::SheetNumber), ("1".to_owned(), CellKind::SheetNumber)])
        );
        assert!(workbook.first_rows("Empty").unwrap().is_empty(), "{name}");
    }
}

#[test]
fn dates_of_the_1904_system_are_four_years_and_a_day_later() {
    let folder = TestFolder::new();
    let xlsb = repacked(&folder, &fixture("small.xlsb"), "epoch-1904.xlsb", |name, mut bytes| {
        if name == "xl/workbook.bin" {
            let properties = memchr::memmem::find(&bytes, b"\x99\x01\x24").unwrap() + 3;
            bytes[properties] |= 1;
        }
        bytes
    });
    for (path, kind) in [(fixture("epoch-1904.xls"), WorkbookKind::Xls), (xlsb, WorkbookKind::Xlsb)] {
        assert_eq!(Preflight::run(&path, kind, 0).unwrap().date_system, DateSystem::From1904);
        let rows = rows_of(&mut read(&path), "Usage", 3, &[2]);
        assert_eq!(texts(&rows[0].1), ["2021-07-01"], "{}", path.display());
        assert_eq!(texts(&rows[1].1), ["2021-07-01T12:00:00"], "{}", path.display());
    }
    let path = folder.xlsx("dates.xlsx", |book| {
        let date = Format::new().set_num_format("yyyy-mm-dd");
        book.add_worksheet().write_number_with_format(0, 0, 41_454.0, &date).unwrap();
    });
    let path = repacked(&folder, &path, "dates-1904.xlsx", |name, bytes| {
        if name == "xl/workbook.xml" {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains("<workbookPr "));
            text.replace("<workbookPr ", "<workbookPr date1904=\"1\" ").into_bytes()
        } else {
            bytes
        }
    });
    assert_eq!(texts(&rows_of(&mut read(&path), "Sheet1", 0, &[0])[0].1), ["2017-06-30"]);
}

#[test]
fn texts_that_go_on_over_several_records_of_an_xls_are_whole() {
    let preflight = Preflight::run(&fixture("continued.xls"), WorkbookKind::Xls, 0).unwrap();
    let mut workbook = Workbook::open(&preflight).unwrap();
    assert_eq!(workbook.sheet_names(), ["Usage", "Hidden"]);
    assert_eq!(workbook.first_rows("Usage").unwrap()[0].0, 2);
    let rows = rows_of(&mut workbook, "Usage", 2, &[0, 1, 3]);
    assert_eq!(rows.len(), 45);
    assert_eq!(rows[44].0, 47);
    assert_eq!(texts(&rows[44].1), ["1000044", "2017-02-14", &format!("note 44 {}", "x".repeat(150))]);
}

#[test]
fn cells_of_an_xlsx_are_read_by_their_value() {
    let folder = TestFolder::new();
    let path = folder.xlsx("cells.xlsx", |book| {
        let date = Format::new().set_num_format("d/m/yyyy");
        let duration = Format::new().set_num_format("[h]:mm:ss");
        let money = Format::new().set_num_format("[$USD] #,##0.00");
        let bold = Format::new().set_bold();
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "Title").unwrap();
        sheet.write_row(4, 0, ["text", "number"]).unwrap();
        sheet.write_string(5, 0, "  kept blanks & <marks> ").unwrap();
        sheet.write_rich_string(6, 0, &[(&Format::default(), "half "), (&bold, "bold")]).unwrap();
        sheet.write_formula(7, 0, Formula::new("=1+1").set_result("two")).unwrap();
        sheet.write_boolean(8, 0, true).unwrap();
        sheet.write_datetime_with_format(9, 0, ExcelDateTime::from_ymd(2016, 2, 29).unwrap(), &date).unwrap();
        sheet.write_number_with_format(10, 0, 1.5, &duration).unwrap();
        sheet.write_blank(11, 0, &bold).unwrap();
        sheet.write_string(12, 0, "").unwrap();
        for (row, number) in [
            (5, 123_456_789_012_345.0),
            (6, 1_234_567_890_123_456.0),
            (7, 0.1),
            (8, -0.0),
            (9, 1e-12),
            (10, 0.30000000000000004),
        ] {
            sheet.write_number(row, 1, number).unwrap();
        }
        sheet.write_number_with_format(13, 1, -99.5, &money).unwrap();
        sheet.write_string(14, 7, "elsewhere").unwrap();
    });
    let rows = rows_of(&mut read(&path), "Sheet1", 5, &[1, 0]);
    let found: Vec<(u64, Vec<&str>)> = rows.iter().map(|(row, cells)| (*row, texts(cells))).collect();
    assert_eq!(
        found,
        [
            (6, vec!["123456789012345", "  kept blanks & <marks> "]),
            (7, vec!["1234567890123456", "half bold"]),
            (8, vec!["0.1", "two"]),
            (9, vec!["0", "TRUE"]),
            (10, vec!["1E-12", "2016-02-29"]),
            (11, vec!["0.30000000000000004", "PT36H00M00S"]),
            (14, vec!["-99.5", ""]),
            // A row that is not empty in another column is a row.
            (15, vec!["", ""]),
        ]
    );
}

#[test]
fn hidden_sheets_are_read_and_chart_sheets_are_not_listed() {
    let folder = TestFolder::new();
    let path = folder.xlsx("hidden.xlsx", |book| {
        book.add_worksheet().set_name("Seen").unwrap().write_number(0, 0, 1).unwrap();
        book.add_worksheet().set_name("Hidden").unwrap().set_hidden(true).write_number(0, 0, 2).unwrap();
        book.add_worksheet().set_name("Very").unwrap().set_very_hidden(true).write_number(0, 0, 3).unwrap();
        let mut chart = rust_xlsxwriter::Chart::new(rust_xlsxwriter::ChartType::Line);
        chart.add_series().set_values("Seen!$A$1:$A$1");
        book.add_chartsheet().set_name("Chart").unwrap().insert_chart(0, 0, &chart).unwrap();
    });
    let mut workbook = read(&path);
    assert_eq!(workbook.sheet_names(), ["Seen", "Hidden", "Very"]);
    assert_eq!(["Seen", "Hidden", "Very"].map(|sheet| workbook.is_hidden(sheet)), [false, true, true]);
    assert_eq!(texts(&rows_of(&mut workbook, "Very", 0, &[0])[0].1), ["3"]);
}

#[test]
fn an_ods_is_read_with_its_repeated_rows_and_columns() {
    let folder = TestFolder::new();
    let path = folder.zip("repeats.ods", &ods(
        "<table:table table:name=\"S\">\
         <table:table-row table:number-rows-repeated=\"3\"><table:table-cell table:number-columns-repeated=\"1024\"/></table:table-row>\
         <table:table-row><table:table-cell/><table:table-cell office:value-type=\"string\"><text:p>Date</text:p></table:table-cell></table:table-row>\
         <table:table-row table:number-rows-repeated=\"2\"><table:table-cell/>\
         <table:table-cell table:number-columns-repeated=\"2\" office:value-type=\"date\" office:date-value=\"2017-06-30T00:00:00\"/>\
         <table:table-cell office:value-type=\"time\" office:time-value=\"PT36H00M00S\"/>\
         <table:table-cell office:value-type=\"currency\" office:value=\"12.50\"/>\
         <table:table-cell office:value-type=\"boolean\" office:boolean-value=\"true\"/></table:table-row>\
         <table:table-row table:number-rows-repeated=\"1048570\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>\
         </table:table>",
    ));
    let mut workbook = read(&path);
    assert_eq!(workbook.first_rows("S").unwrap()[0], (4, vec![String::new(), "Date".to_owned()]));
    let rows = rows_of(&mut workbook, "S", 4, &[1, 2, 3, 4, 5]);
    let found: Vec<(u64, Vec<&str>)> = rows.iter().map(|(row, cells)| (*row, texts(cells))).collect();
    let expected = ["2017-06-30", "2017-06-30", "PT36H00M00S", "12.5", "TRUE"];
    assert_eq!(found, [(5, expected.to_vec()), (6, expected.to_vec())]);
}

#[test]
fn what_is_no_workbook_has_no_kind() {
    let folder = TestFolder::new();
    let text = folder.file("a.xlsx", b"PartnerId,Amount\n1,2\n");
    assert_eq!(workbook_kind(&text, b"PartnerId,Amount").unwrap(), None);
    let zip = folder.zip("b.xlsx", &[("a.csv".to_owned(), b"a,b\n".to_vec())]);
    assert_eq!(workbook_kind(&zip, b"PK\x03\x04").unwrap(), None);
}
