//! Sheets on the fast path, compared with calamine.

use std::path::Path;

use proptest::prelude::*;
use rust_xlsxwriter::Format;

use super::super::tests::{TestFolder, repacked};
use super::super::{Preflight, SheetRows, Workbook, WorkbookKind, cell_text};
use super::packed_cells::PackedItem;
use super::*;
use crate::base::amount::Amount;
use crate::diagnostics::error::InputErrorCode;
use crate::formats::batch::{NO_DECIMAL, RowBatch};
use crate::formats::row::{CellKind, Row};

mod shared_strings;

type ReadOutcome = (Vec<(u64, Vec<(String, CellKind)>)>, Result<(), WorkbookError>);

fn collected(read: impl FnOnce(&mut dyn FnMut(SheetRows<'_>)) -> Result<(), WorkbookError>) -> ReadOutcome {
    let mut rows = Vec::new();
    let mut collect = |row: &Row<'_>| {
        let cells = row.cells.iter().map(|cell| (String::from_utf8(cell.bytes.to_vec()).unwrap(), cell.kind));
        rows.push((row.at.place().row, cells.collect()));
    };
    let result = read(&mut |rows| match rows {
        SheetRows::Row(row) => collect(&row),
        SheetRows::Batch(batch) => {
            for row in 0..batch.len() {
                batch.visit(row, &mut |shown| {
                    collect(shown);
                    check_raw(batch, row, shown);
                });
            }
        }
    });
    (rows, result)
}

/// The raw bytes and the decimal of a cell agree with its text.
fn check_raw(batch: &SheetBatch<'_>, row: usize, shown: &Row<'_>) {
    for (column, cell) in shown.cells.iter().enumerate() {
        let raw = batch.raw(row, column);
        let is_number = cell.kind == CellKind::SheetNumber;
        assert_eq!(raw, [if is_number { &b"\xff"[..] } else { b"" }, cell.bytes].concat());
        if let Some((digits, decimals)) = batch.decimal(row, column).filter(|found| *found != NO_DECIMAL) {
            let amount = Amount::of_decimal(digits, decimals);
            assert_eq!(amount, Amount::parse_fast(cell.bytes).filter(|_| amount.is_some()), "{cell:?}");
        }
    }
}

/// Reads a sheet in every way: some columns and all, with packed cells and expanded again. Returns whether it is on
/// the fast path. `None` if the workbook is refused.
fn is_fast_path(path: &Path, sheet: &str) -> Option<bool> {
    let cached = Preflight::run(path, WorkbookKind::Xlsx, 1 << 20).ok()?;
    let uncached = Preflight::run(path, WorkbookKind::Xlsx, 0).unwrap();
    let first = |workbook: Result<Workbook<'_>, WorkbookError>| workbook?.first_rows(sheet);
    assert_eq!(first(Workbook::open(&cached)), first(Workbook::open_by_calamine(&cached)));
    let all = [0, 1, 2, 3, 4, 5, 6, 7, 27].map(Some);
    for columns in [&all[..], &[Some(3), None, Some(1), Some(3)], &[]] {
        for header_row in [0, 2] {
            let wanted =
                WantedRows { header_row, columns, dates: &[], ids: &[], amounts: &[], passed_over: &[] };
            let by_calamine = collected(|each| {
                Workbook::open_by_calamine(&cached)?.rows(sheet, wanted, &mut |row| each(SheetRows::Row(row)))
            });
            for (preflight, expansion) in [
                (&cached, Expansion::SameThread),
                (&uncached, Expansion::ReadAhead),
                (&uncached, Expansion::SameThread),
            ] {
                let found = collected(|each| preflight.rows(sheet, wanted, expansion, each));
                assert_eq!(found, by_calamine);
            }
        }
    }
    Some(cached.fast_path.find(sheet).is_some())
}

/// A workbook with shared strings, number formats and one sheet, whose rows are replaced by `rows`.
fn workbook(folder: &TestFolder, rows: &str, is_1904: bool) -> std::path::PathBuf {
    let whole = folder.xlsx("whole.xlsx", |book| {
        let sheet = book.add_worksheet();
        for (row, text) in (0..).zip(["a", "", " b c ", "ü<&>\"\u{1F600}", "#N/A", "_x0041_", "NULL"]) {
            sheet.write_string(row, 0, text).unwrap();
        }
        for (row, form) in
            (0..).zip(["0.00", "yyyy-mm-dd", "[h]:mm:ss", "General", "0.0\"d\"", "d/m/yy h:mm"])
        {
            sheet.write_number_with_format(row, 1, 1.0, &Format::new().set_num_format(form)).unwrap();
        }
    });
    repacked(folder, &whole, "changed.xlsx", |name, bytes| {
        let text = || String::from_utf8(bytes.clone()).unwrap();
        match name {
            "xl/worksheets/sheet1.xml" => {
                let text = text();
                let (start, _) = text.split_once("<sheetData>").unwrap();
                let (_, end) = text.split_once("</sheetData>").unwrap();
                format!("{start}<sheetData>{rows}</sheetData>{end}").into_bytes()
            }
            "xl/workbook.xml" if is_1904 => {
                text().replace("<workbookPr ", "<workbookPr date1904=\"1\" ").into_bytes()
            }
            _ => bytes,
        }
    })
}

#[test]
fn what_common_programs_write_is_on_the_fast_path_and_read_as_by_calamine() {
    let rows = concat!(
        "<row r=\"1\" spans=\"1:4\" x14ac:dyDescent=\"0.25\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"D1\" s=\"1\"/></row>",
        "<row r=\"2\"/><row r=\"3\" ht=\"15\" customHeight=\"1\"></row>",
        "<row r=\"4\"><c r=\"A4\" s=\"2\"><v>42916</v></c><c r=\"B4\" s=\"3\" t=\"n\"><v>1.5</v></c>",
        "<c r=\"C4\" t=\"inlineStr\"><is><t> x y</t></is></c>",
        "<c r=\"D4\" t=\"inlineStr\"><is><t xml:space=\"preserve\"> x &gt;</t></is></c></row>",
        "\r\n  <row r=\"5\">\n    <c r=\"A5\" s=\"1\">\n      <v>0.5</v>\n    </c>\n    <c r=\"B5\" t=\"s\">\n<v>2</v>\n</c>",
        "<c r=\"C5\" t=\"str\"><v> R&amp;D </v></c>\n<c r=\"D5\" t=\"inlineStr\">\n<is>\n<t> &quot;x&apos; </t>\n</is>\n</c>",
        "<c r=\"E5\" t=\"inlineStr\"></c><c r=\"F5\" t=\"str\"/><c r=\"G5\" t=\"b\">\n<v>0</v></c><c r=\"H5\">\n</c>",
        "</row>\n<row r=\"6\"><c r=\"A6\"><v>5.64902E-005</v></c><c r=\"B6\"><v>1E099</v></c></row>\n",
    );
    for is_1904 in [false, true] {
        let folder = TestFolder::new();
        assert_eq!(is_fast_path(&workbook(&folder, rows, is_1904), "Sheet1"), Some(true));
        let every_text: String = (0..6)
            .map(|n| format!("<row r=\"{0}\"><c r=\"B{0}\" t=\"s\"><v>{n}</v></c></row>", n + 1))
            .collect();
        assert_eq!(is_fast_path(&workbook(&folder, &every_text, is_1904), "Sheet1"), Some(true));
        let moments: String = (0..9)
            .flat_map(|style| {
                ["0", "59", "60.5", "-1", "42916.75", "2958466", "1E5", "0.1"].map(|n| (style, n))
            })
            .zip(1..)
            .map(|((style, n), row)| {
                format!("<row r=\"{row}\"><c r=\"AB{row}\" s=\"{style}\"><v>{n}</v></c></row>")
            })
            .collect();
        assert_eq!(is_fast_path(&workbook(&folder, &moments, is_1904), "Sheet1"), Some(true));
    }
}

#[test]
fn what_is_written_in_another_way_is_left_to_calamine() {
    let good = "<row r=\"2\"><c r=\"A2\" s=\"1\"><v>7</v></c><c r=\"B2\" t=\"str\"><v>x</v></c></row>";
    let folder = TestFolder::new();
    assert_eq!(is_fast_path(&workbook(&folder, good, false), "Sheet1"), Some(true));
    for (from, to) in [
        ("<v>7</v>", "<v> 7</v>"),
        ("<v>7</v>", "<v>7x</v>"),
        ("<v>7</v>", "<v/>"),
        ("<v>7</v>", "<v>1E400</v>"),
        ("<v>7</v>", "<f>3+4</f><v>7</v>"),
        ("<v>7</v>", "<v><!-- 8 -->7</v>"),
        ("<v>7</v>", "<v><![CDATA[7]]></v>"),
        ("<v>x</v>", "<v>&#60;</v>"),
        ("<v>x</v>", "<v>_x0041_</v>"),
        ("<v>x</v>", "<v>x\r\ny</v>"),
        ("t=\"str\"", "t=\"e\""),
        ("t=\"str\"", "t=\"s\""),
        ("t=\"str\"", "t='str'"),
        ("t=\"str\"><v>x", "t=\"s\"><v>7"),
        ("t=\"str\"><v>x", "t=\"d\"><v>2017-06-30"),
        ("<row r=\"2\">", "<row>"),
        ("<row r=\"2\">", "<row r=\"02\">"),
        ("<row r=\"2\">", "<row r=\"3\">"),
        ("<row r=\"2\">", "<!-- --><row r=\"2\">"),
        ("<row r=\"2\">", "<row r=\"2\" a='>'>"),
        ("<row ", "<x:row "),
        ("<c r=\"A2\"", "<c"),
        ("<c r=\"A2\"", "<c r=\"a2\""),
        ("<c r=\"A2\"", "<c r=\"C2\""),
        ("<c r=\"A2\"", "<c r=\"XFE2\""),
        ("</row>", ""),
    ] {
        assert!(good.contains(from), "{from}");
        let changed = workbook(&folder, &good.replacen(from, to, 1), false);
        // It may also be refused.
        assert_ne!(is_fast_path(&changed, "Sheet1"), Some(true), "{to}");
    }
}

#[test]
fn a_workbook_that_changes_after_its_preflight_is_refused() {
    let folder = TestFolder::new();
    let wanted = WantedRows {
        header_row: 0,
        columns: &[Some(0)],
        dates: &[],
        ids: &[],
        amounts: &[],
        passed_over: &[],
    };
    let row = |text: &str| format!("<row r=\"1\"><c r=\"A1\" t=\"str\"><v>{text}</v></c></row>");
    let path = workbook(&folder, &row("before"), false);
    let preflight = Preflight::run(&path, WorkbookKind::Xlsx, 1 << 20).unwrap();
    workbook(&folder, &row("afterwards"), false);
    let (rows, result) = collected(|each| preflight.rows("Sheet1", wanted, Expansion::SameThread, each));
    let error = result.unwrap_err();
    assert_eq!((rows.len(), error.code), (0, InputErrorCode::Unreadable));
    assert_eq!(error.message, "it cannot be read: the file changed while it was read");
}

#[test]
fn packed_cells_are_cached_as_far_as_there_is_room() {
    let folder = TestFolder::new();
    let row = |n| {
        format!("<row r=\"{n}\"><c r=\"B{n}\"><v>{n}.5</v></c><c r=\"XFD{n}\" t=\"b\"><v>1</v></c></row>")
    };
    let path = workbook(&folder, &(1..20_000).map(row).collect::<String>(), false);
    let chunks = |preflight: &Preflight| {
        let (sheet, _) = preflight.fast_path.find("Sheet1").unwrap();
        sheet.packed.as_ref().map(Vec::len)
    };
    let chunks_of = |bytes| chunks(&Preflight::run(&path, WorkbookKind::Xlsx, bytes).unwrap());
    assert_eq!((chunks_of(1 << 20), chunks_of(200 << 10), chunks_of(0)), (Some(4), None, None));
    assert_eq!(is_fast_path(&path, "Sheet1"), Some(true));
    let mut preflight = Preflight::run(&path, WorkbookKind::Xlsx, 1 << 20).unwrap();
    assert!(preflight.retain_sheets(&|sheet| sheet == "Sheet1") > 256 << 10);
    assert_eq!(preflight.retain_sheets(&|_| false), 0);
    assert_eq!(chunks(&preflight), None);
}

/// Rows in the form of the fast path, some of them with one piece of another form.
fn sheet() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        4 => "-?[0-9]{1,3}(\\.[0-9]{1,17})?(E-?[0-9]{1,2})?".prop_map(|n| format!("><v>{n}</v></c>")),
        4 => (0..6).prop_map(|n| format!(" t=\"s\"><v>{n}</v></c>")),
        2 => "[ a-zü#/_<]{0,6}".prop_map(|t| format!(" t=\"inlineStr\"><is><t>{t}</t></is></c>")),
        2 => "[ a-z&;x_]{0,9}".prop_map(|t| format!(" t=\"str\"><v>{t}</v></c>")),
        2 => "( ?(&amp;|&lt;|&quot;|a)){0,4}".prop_map(|t| format!(" t=\"str\">\n<v>{t}</v>\n</c>\n")),
        1 => Just(" t=\"inlineStr\"></c>".to_owned()),
        1 => "-?[0-9]\\.[0-9]{1,15}E[+-]0[0-9]{2}".prop_map(|n| format!("><v>{n}</v></c>")),
        1 => Just(" t=\"str\"><v>#N/A</v></c>".to_owned()),
        1 => Just(" t=\"b\"><v>1</v></c>".to_owned()),
        1 => Just("/>".to_owned()),
        1 => Just("></c>".to_owned()),
    ];
    let cell = (prop::option::of(0..9_u8), value);
    let row = (1_u32..4, prop::collection::vec((1_usize..4, cell), 0..6));
    prop::collection::vec(row, 0..9).prop_map(|rows| {
        let (mut sheet, mut number) = (String::new(), 0);
        for (step, cells) in rows {
            number += step;
            sheet += &format!("<row r=\"{number}\">");
            let mut column = 0;
            for (step, (style, value)) in cells {
                column += step;
                let letters =
                    ["A", "B", "C", "D", "E", "F", "G", "H", "AA", "AB", "ZZ", "AAA"][column.min(12) - 1];
                let style = style.map(|style| format!(" s=\"{style}\"")).unwrap_or_default();
                sheet += &format!("<c r=\"{letters}{number}\"{style}{value}");
            }
            sheet += "</row>";
        }
        sheet
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sheets_are_read_as_by_calamine_whatever_they_hold(
        sheet in sheet(),
        is_1904 in any::<bool>(),
        change in prop::option::of((any::<prop::sample::Index>(), "[<>\"/ a-c0-9.&]")),
    ) {
        let mut sheet = sheet;
        if let Some((at, byte)) = change {
            let places: Vec<usize> = sheet.char_indices().map(|(at, _)| at).collect();
            if !places.is_empty() {
                let at = places[at.index(places.len())];
                let width = sheet[at..].chars().next().map_or(0, char::len_utf8);
                sheet.replace_range(at..at + width, &byte);
            }
        }
        let folder = TestFolder::new();
        is_fast_path(&workbook(&folder, &sheet, is_1904), "Sheet1");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_number_that_is_written_as_it_stands_is_the_shortest_of_itself(number in "-?[0-9]{1,9}(\\.0{0,8}[0-9]{0,16})?") {
        prop_assume!(!number.ends_with('.'));
        let (mut fast, mut slow) = (Vec::new(), Vec::new());
        cell_text::write_number_text(number.as_bytes(), cell_text::NumberPresentation::Number, &mut fast);
        cell_text::write(&calamine::DataRef::Float(number.parse().unwrap()), &mut slow);
        prop_assert_eq!(fast, slow, "{}", number);
    }

    #[test]
    fn what_is_packed_is_unpacked(sheet in sheet(), wide in any::<u32>()) {
        let (mut packer, mut last_row, mut found) = (CellPacker::default(), 0, Vec::new());
        let mut collect = |cell: SheetCell<'_>| {
            let cell = match cell.value {
                SheetValue::SharedString(place) => SheetCell { value: SheetValue::SharedString(place.wrapping_mul(wide)), ..cell },
                SheetValue::EscapedText(text) => {
                    let text: &str = Box::leak(entities::unescape(text).unwrap().into_owned().into_boxed_str());
                    SheetCell { value: SheetValue::Text(text), ..cell }
                }
                SheetValue::Empty | SheetValue::Number(_) | SheetValue::Text(_) | SheetValue::Bool(_) => cell,
            };
            assert!(packer.push(&cell).is_none());
            if cell.value != SheetValue::Empty {
                found.push(format!("{:?}", (cell.row, cell.column, cell.value, cell.style.filter(|_| matches!(cell.value, SheetValue::Number(_))))));
            }
            Ok::<(), NeedsFallback>(())
        };
        // Cells before one that needs the fallback are packed too.
        let _ = tokens::rows(sheet.as_bytes(), &mut last_row, &mut collect);
        let (mut place, mut again) = ((0, 0), Vec::new());
        for packed in packer.finish().items() {
            let (value, style) = match packed {
                PackedItem::Row(row) => {
                    place = (row, 0);
                    continue;
                }
                PackedItem::Column(column) => {
                    place.1 = column;
                    continue;
                }
                PackedItem::SharedString(place) => (SheetValue::SharedString(place), None),
                PackedItem::Number(style, number) => (SheetValue::Number(number), style),
                PackedItem::Text(text) => (SheetValue::Text(str::from_utf8(text).unwrap()), None),
                PackedItem::Bool(truth) => (SheetValue::Bool(truth), None),
            };
            again.push(format!("{:?}", (place.0, place.1, value, style)));
            place.1 += 1;
        }
        prop_assert_eq!(again, found);
    }

    #[test]
    fn a_sheet_is_split_alike_in_blocks_of_any_size(sheet in sheet(), block in 1..200_usize) {
        let preflight_in = |block: usize| {
            let text = format!("<?xml version=\"1.0\"?><worksheet><sheetData>{sheet}</sheetData><x/></worksheet>");
            let (mut sheet, mut outside) = (SheetPreflight::new(0), Vec::new());
            let mut feed = |block: &[u8]| {
                sheet.feed(block, &mut |text| {
                    outside.extend_from_slice(text);
                    Ok(())
                })
            };
            let is_whole = text.as_bytes().chunks(block).chain([&[][..]]).all(|block| feed(block).is_ok());
            is_whole.then(|| (sheet.finish(), outside))
        };
        prop_assert_eq!(preflight_in(block), preflight_in(1 << 20));
    }
}
