//! Workbooks that are damaged, encrypted, or built to fill the memory: each is refused with its code.

use std::path::{Path, PathBuf};

use crate::diagnostics::error::InputErrorCode;
use crate::formats::workbook::{Preflight, Workbook, WorkbookKind};

use super::{TestFolder, ods, open, read_all, repacked};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/workbooks").join(name)
}

fn code(path: &Path) -> Option<InputErrorCode> {
    read_all(path).err().map(|error| error.code)
}

fn small_xlsx(folder: &TestFolder) -> PathBuf {
    folder.xlsx("small.xlsx", |book| {
        let sheet = book.add_worksheet();
        for row in 0..200u32 {
            sheet.write_string(row, 0, format!("text {row}")).unwrap();
            sheet.write_number(row, 1, row).unwrap();
        }
    })
}

/// Every size in the directory of a zip is made to say 1,000.
fn lying(folder: &TestFolder, path: &Path, name: &str) -> PathBuf {
    let mut bytes = std::fs::read(path).unwrap();
    for (magic, at) in [(b"PK\x01\x02", 24), (b"PK\x03\x04", 22)] {
        let places: Vec<usize> = memchr::memmem::find_iter(&bytes, magic).collect();
        for place in places {
            bytes[place + at..place + at + 4].copy_from_slice(&1_000u32.to_le_bytes());
        }
    }
    folder.file(name, &bytes)
}

#[test]
fn a_bomb_is_refused_whether_its_directory_is_honest_or_lies() {
    let folder = TestFolder::new();
    let small = small_xlsx(&folder);
    for part in ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"] {
        let bomb = repacked(&folder, &small, "bomb.xlsx", |name, mut bytes| {
            if name == part {
                // Short tags, so that only the size is over a limit.
                bytes.extend(b"<a/>".repeat(20 << 20));
            }
            bytes
        });
        let error = open(&bomb).err().unwrap();
        assert_eq!(error.code, InputErrorCode::ExpandsAbsurdly, "{part}");
        assert!(error.message.contains(part), "{}", error.message);
        assert_eq!(
            code(&lying(&folder, &bomb, "lying.xlsx")),
            Some(InputErrorCode::ExpandsAbsurdly),
            "{part}"
        );
    }
}

#[test]
fn a_cell_that_never_ends_is_refused() {
    let folder = TestFolder::new();
    let small = small_xlsx(&folder);
    let noise: Vec<u8> =
        (0..6u32 << 20).map(|at| b'a' + u8::try_from(at.wrapping_mul(2_654_435_761) % 23).unwrap()).collect();
    for (part, tag) in [("xl/sharedStrings.xml", "<t>"), ("xl/worksheets/sheet1.xml", "<v>")] {
        let path = repacked(&folder, &small, "long.xlsx", |name, bytes| {
            if name != part {
                return bytes;
            }
            let at = memchr::memmem::find(&bytes, tag.as_bytes()).unwrap() + tag.len();
            [&bytes[..at], &noise, &bytes[at..]].concat()
        });
        assert_eq!(code(&path), Some(InputErrorCode::ExpandsAbsurdly), "{part}");
    }
}

#[test]
fn a_sheet_that_claims_absurdly_much_makes_no_room_for_it() {
    let folder = TestFolder::new();
    let small = small_xlsx(&folder);
    let strings = repacked(&folder, &small, "strings.xlsx", |name, bytes| {
        if name == "xl/sharedStrings.xml" {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains("uniqueCount=\"200\""));
            text.replace("uniqueCount=\"200\"", "uniqueCount=\"4000000000000\"").into_bytes()
        } else {
            bytes
        }
    });
    assert_eq!(code(&strings), Some(InputErrorCode::Corrupt));
    let wide = repacked(&folder, &small, "wide.xlsx", |name, bytes| {
        if name == "xl/worksheets/sheet1.xml" {
            String::from_utf8(bytes).unwrap().replace("ref=\"A1:B200\"", "ref=\"A1:XFD1048576\"").into_bytes()
        } else {
            bytes
        }
    });
    assert_eq!(read_all(&wide).unwrap(), 200);
}

#[test]
fn rows_that_stand_twice_or_out_of_order_are_corrupt() {
    let folder = TestFolder::new();
    let small = small_xlsx(&folder);
    for (from, to) in [("r=\"A7\"", "r=\"A3\""), ("r=\"B7\"", "r=\"A7\""), ("r=\"A7\"", "r=\"A9999999\"")] {
        let path = repacked(&folder, &small, "order.xlsx", |name, bytes| {
            if name == "xl/worksheets/sheet1.xml" {
                String::from_utf8(bytes).unwrap().replace(from, to).into_bytes()
            } else {
                bytes
            }
        });
        assert_eq!(code(&path), Some(InputErrorCode::Corrupt), "{from} as {to}");
    }
}

#[test]
fn repeats_of_an_ods_that_stand_for_too_much_are_refused() {
    let folder = TestFolder::new();
    let row = |rows: u64, columns: u64, text: &str| {
        format!(
            "<table:table-row table:number-rows-repeated=\"{rows}\"><table:table-cell table:number-columns-repeated=\"{columns}\" \
             office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell></table:table-row>"
        )
    };
    let table = |rows: &str| ods(&format!("<table:table table:name=\"S\">{rows}</table:table>"));
    let bombs = [
        table(&row(1_048_576, 16_384, "x")),
        table(&row(1, 16_384, "x").repeat(2_000)),
        table(&row(1_000, 1_000, &"x".repeat(10_000))),
        table(&row(10, 10, "<text:s text:c=\"4000000000\"/>")),
    ];
    for (at, bomb) in bombs.iter().enumerate() {
        assert_eq!(code(&folder.zip("bomb.ods", bomb)), Some(InputErrorCode::ExpandsAbsurdly), "bomb {at}");
    }
    let lost = folder.zip("lost.ods", &table(&row(1, 16_385, "x")));
    assert_eq!(code(&lost), Some(InputErrorCode::TooLarge));
    let odd = folder.zip("odd.ods", &table("<table:table-row table:number-rows-repeated=\"&#57;\"/>"));
    assert_eq!(code(&odd), Some(InputErrorCode::Corrupt));
}

#[test]
fn a_workbook_that_was_cut_anywhere_is_truncated() {
    let folder = TestFolder::new();
    for path in [small_xlsx(&folder), fixture("small.xlsb"), fixture("small.ods")] {
        let whole = std::fs::read(&path).unwrap();
        for kept in [64, whole.len() / 4, whole.len() / 2, whole.len() - 30] {
            let cut = folder.file("cut", &whole[..kept]);
            assert_eq!(code(&cut), Some(InputErrorCode::Truncated), "{} cut to {kept}", path.display());
        }
    }
    let whole = std::fs::read(fixture("continued.xls")).unwrap();
    for kept in [64, 600, whole.len() / 4, whole.len() / 2, whole.len() - 5_000] {
        let cut = folder.file("cut", &whole[..kept]);
        assert_eq!(code(&cut), Some(InputErrorCode::Truncated), "xls cut to {kept}");
    }
}

#[test]
fn a_flipped_bit_in_a_sheet_is_corrupt_and_never_another_figure() {
    let folder = TestFolder::new();
    let whole = std::fs::read(small_xlsx(&folder)).unwrap();
    let name = memchr::memmem::find(&whole, b"xl/worksheets/sheet1.xml").unwrap();
    for at in (name + 40..name + 400).step_by(30) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        assert_eq!(code(&folder.file("flipped.xlsx", &bytes)), Some(InputErrorCode::Corrupt), "at {at}");
    }
}

#[test]
fn an_encrypted_workbook_is_named_so() {
    let folder = TestFolder::new();
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let xls = std::fs::read(fixture("small.xls")).unwrap();

    let mut package = xls.clone();
    let at = memchr::memmem::find(&package, &wide("Workbook\0")).unwrap();
    let name = wide("EncryptedPackage");
    package[at..at + name.len()].copy_from_slice(&name);
    assert_eq!(code(&folder.file("a.xlsx", &package)), Some(InputErrorCode::Encrypted));

    // The record after BOF is made FILEPASS, which says how the rest is encrypted.
    let mut pass = xls;
    let at = memchr::memmem::find(&pass, b"\x09\x08\x10\x00\x00\x06\x05\x00").unwrap() + 20;
    pass[at..at + 2].copy_from_slice(&[0x2F, 0x00]);
    pass[at + 4..at + 6].copy_from_slice(&[1, 0]);
    assert_eq!(code(&folder.file("b.xls", &pass)), Some(InputErrorCode::Encrypted));

    let mut parts = ods("");
    parts[2].1 = b"<manifest:manifest><manifest:file-entry manifest:full-path=\"content.xml\"><manifest:encryption-data/>\
        </manifest:file-entry></manifest:manifest>"
        .to_vec();
    assert_eq!(code(&folder.zip("c.ods", &parts)), Some(InputErrorCode::Encrypted));
}

#[test]
fn an_ods_with_text_between_its_cells_says_what_to_do() {
    let folder = TestFolder::new();
    let path = folder.zip(
        "text.ods",
        &ods("<table:table table:name=\"S\"><table:table-row>text<table:table-cell/></table:table-row></table:table>"),
    );
    assert_eq!(code(&path), Some(InputErrorCode::Unsupported));
}

#[test]
fn a_workbook_that_is_read_whole_has_a_limit() {
    let folder = TestFolder::new();
    let path = folder.file("large.xls", b"");
    std::fs::File::options().write(true).open(&path).unwrap().set_len((64 << 20) + 1).unwrap();
    let error = Preflight::run(&path, WorkbookKind::Xls, 0).err().unwrap();
    assert_eq!(error.code, InputErrorCode::TooLarge);
    assert!(error.message.contains("save it as xlsx or CSV"), "{}", error.message);
}

#[test]
fn damage_anywhere_is_refused_or_gives_rows_and_never_panics() {
    let folder = TestFolder::new();
    let mut seed = 1u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for name in
        ["small.xls", "continued.xls", "epoch-1904.xls", "small.xlsb", "short-records.xlsb", "small.ods"]
    {
        let whole = std::fs::read(fixture(name)).unwrap();
        for _ in 0..150 {
            let mut bytes = whole.clone();
            for _ in 0..1 + next(4) {
                let at = 8 + next(bytes.len() - 8);
                bytes[at] = u8::try_from(next(256)).unwrap();
            }
            let path = folder.file("damaged", &bytes);
            let first = bytes[..16].to_vec();
            if let Ok(Some(kind)) = crate::formats::workbook::workbook_kind(&path, &first) {
                drop(Preflight::run(&path, kind, 0).map(|preflight| Workbook::open(&preflight).map(|_| ())));
                drop(std::panic::catch_unwind(|| read_all(&path)).expect("an error, not a panic"));
            }
        }
    }
}
