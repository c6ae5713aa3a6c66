//! Merged cells of all kinds of workbooks, from the file to the rows.

use super::{TestCell, TestFolder, ods, read, repacked, rows_of, texts};
use crate::formats::batch::RowBatch;
use crate::formats::row::CellKind;
use crate::formats::workbook::{Expansion, Preflight, SheetRows, WantedRows, WorkbookKind};

fn merged(range: &str) -> TestCell {
    (format!("merged cells {range}"), CellKind::SheetError)
}

#[test]
fn covered_cells_are_no_blanks_on_the_fast_path_and_by_calamine() {
    let folder = TestFolder::new();
    let path = folder.xlsx("merged.xlsx", |book| {
        let plain = rust_xlsxwriter::Format::new();
        let sheet = book.add_worksheet().set_name("R&D").unwrap();
        sheet.merge_range(0, 0, 0, 2, "a title", &plain).unwrap();
        for (column, name) in ["partner", "amount", "unread"].into_iter().enumerate() {
            sheet.write_string(1, u16::try_from(column).unwrap(), name).unwrap();
        }
        for row in 2..7u32 {
            sheet.write_number(row, 1, row).unwrap();
        }
        sheet.merge_range(2, 0, 4, 0, "4000001", &plain).unwrap();
        sheet.write_string(5, 0, "4000002").unwrap();
        sheet.merge_range(2, 2, 6, 2, "x", &plain).unwrap();
        // A range of rows without cells, and one beside the columns that are read.
        sheet.merge_range(8, 0, 9, 1, "a note", &plain).unwrap();
        sheet.merge_range(2, 4, 6, 5, "y", &plain).unwrap();
    });
    let by_calamine = repacked(&folder, &path, "merged-by-calamine.xlsx", |name, bytes| match name {
        "xl/worksheets/sheet1.xml" => {
            String::from_utf8(bytes).unwrap().replacen("<row", "<!-- --><row", 1).into_bytes()
        }
        _ => bytes,
    });
    for path in [path, by_calamine] {
        let preflight = Preflight::run(&path, WorkbookKind::Xlsx, 1 << 20).unwrap();
        let cells = |columns: &[Option<usize>]| {
            let wanted = WantedRows { header_row: 2, columns, ..WantedRows::default() };
            let (mut rows, mut batches) = (Vec::new(), 0);
            let mut note = |row: &crate::formats::row::Row<'_>| {
                rows.push(String::from_utf8_lossy(row.cells[0].bytes).into_owned());
            };
            preflight
                .rows("R&D", wanted, Expansion::SameThread, &mut |found| match found {
                    SheetRows::Row(row) => note(&row),
                    SheetRows::Batch(batch) => {
                        batches += 1;
                        (0..batch.len()).for_each(|row| batch.visit(row, &mut note));
                    }
                })
                .unwrap();
            (rows, batches)
        };
        let partners = ["4000001", "merged cells A3:A5", "merged cells A3:A5", "4000002", "", "a note"]
            .map(str::to_owned);
        assert_eq!(cells(&[Some(0), Some(1)]), (partners.to_vec(), 0));
        assert_eq!(cells(&[Some(6)]).0, [""; 6], "no range touches the column");
    }
}

#[test]
fn a_column_without_merged_cells_stays_on_the_fast_path() {
    let folder = TestFolder::new();
    let path = folder.xlsx("beside.xlsx", |book| {
        let sheet = book.add_worksheet();
        sheet.merge_range(1, 1, 3, 1, "x", &rust_xlsxwriter::Format::new()).unwrap();
        for row in 0..4 {
            sheet.write_number(row, 0, row).unwrap();
        }
    });
    let preflight = Preflight::run(&path, WorkbookKind::Xlsx, 1 << 20).unwrap();
    let is_batch = |column| {
        let wanted = WantedRows { header_row: 1, columns: &[Some(column)], ..WantedRows::default() };
        let mut batches = 0;
        let mut note = |rows: SheetRows<'_>| batches += u32::from(matches!(rows, SheetRows::Batch(_)));
        preflight.rows("Sheet1", wanted, Expansion::SameThread, &mut note).unwrap();
        batches > 0
    };
    assert!(is_batch(0));
    assert!(!is_batch(1));
}

#[test]
fn cells_that_span_in_a_document_are_merged_also_in_repeated_rows() {
    let folder = TestFolder::new();
    let text = |text: &str, spans: &str| {
        format!(
            "<table:table-cell {spans} office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>"
        )
    };
    let row = |repeats: &str, cells: &str| format!("<table:table-row {repeats}>{cells}</table:table-row>");
    let covered = "<table:covered-table-cell/>";
    let rows = [
        row("", &[text("a", ""), text("b", ""), text("c", "")].concat()),
        row(
            "",
            &[
                text("1", "table:number-rows-spanned=\"2\" table:number-columns-spanned=\"1\""),
                text("2", ""),
                text("3", ""),
            ]
            .concat(),
        ),
        row("", &[covered, &text("4", ""), &text("5", "")].concat()),
        row(
            "table:number-rows-repeated=\"2\"",
            &[
                &text("6", "table:number-columns-spanned=\"2\" table:number-rows-spanned=\"1\""),
                covered,
                &text("7", ""),
            ]
            .concat(),
        ),
        row("", &[text("8", ""), text("9", ""), text("0", "")].concat()),
    ];
    let first = format!("<table:table table:name=\"First\">{}</table:table>", row("", &text("x", "")));
    let second = format!("<table:table table:name=\"A &amp; B\">{}</table:table>", rows.concat());
    let path = folder.zip("merged.ods", &ods(&[first, second].concat()));
    let rows = rows_of(&mut read(&path), "A & B", 1, &[0, 1]);
    let cells: Vec<Vec<&str>> = rows.iter().map(|(_, cells)| texts(cells)).collect();
    assert_eq!(
        cells,
        [
            vec!["1", "2"],
            vec!["merged cells A2:A3", "4"],
            vec!["6", "merged cells A4:B4"],
            vec!["6", "merged cells A5:B5"],
            vec!["8", "9"]
        ]
    );
    assert_eq!(rows_of(&mut read(&path), "First", 0, &[0]).len(), 1);
}

#[test]
fn names_that_are_merged_over_two_rows_stand_in_both() {
    let folder = TestFolder::new();
    let path = folder.xlsx("header.xlsx", |book| {
        let plain = rust_xlsxwriter::Format::new();
        let sheet = book.add_worksheet();
        sheet.merge_range(0, 0, 1, 0, "partner", &plain).unwrap();
        sheet.merge_range(0, 1, 0, 2, "costs", &plain).unwrap();
        sheet.write_string(1, 1, "amount").unwrap();
        sheet.write_string(1, 2, "currency").unwrap();
        sheet.write_string(2, 0, "4000001").unwrap();
    });
    let mut workbook = read(&path);
    let rows = workbook.first_rows("Sheet1").unwrap();
    assert_eq!(rows[0].1, ["partner", "costs"]);
    assert_eq!(rows[1].1, ["partner", "amount", "currency"]);
    assert_eq!(rows[2].1, ["4000001"]);
}

#[test]
fn a_cell_beside_the_first_under_a_merged_name_makes_the_row_doubtful() {
    let folder = TestFolder::new();
    let path = folder.xlsx("wide.xlsx", |book| {
        let sheet = book.add_worksheet();
        sheet.merge_range(0, 0, 0, 1, "partner", &rust_xlsxwriter::Format::new()).unwrap();
        sheet.write_string(0, 2, "amount").unwrap();
        for (row, column) in [(1, 0), (2, 1), (3, 2)] {
            sheet.write_string(row, column, "x").unwrap();
        }
    });
    let rows = rows_of(&mut read(&path), "Sheet1", 1, &[0, 2]);
    let first = |row: usize| rows[row].1[0].clone();
    assert_eq!(first(0), ("x".to_owned(), CellKind::Sheet));
    assert_eq!(first(1), merged("A1:B1"));
    assert_eq!(first(2), (String::new(), CellKind::Sheet));
}
