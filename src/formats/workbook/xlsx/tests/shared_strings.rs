//! Shared strings on the fast path, compared with calamine.

use proptest::prelude::*;

use super::super::super::tests::{TestFolder, repacked};
use super::super::super::{Preflight, WorkbookKind};
use super::super::{Expansion, SharedStringsPreflight, WantedRows};
use super::{collected, is_fast_path, workbook};

/// A workbook with these shared strings, and one sheet that shows the first of them.
fn with_texts(folder: &TestFolder, texts: &str, shown: usize) -> std::path::PathBuf {
    let cell = |n| format!("<row r=\"{0}\"><c r=\"A{0}\" t=\"s\"><v>{n}</v></c></row>", n + 1);
    let sheet: String = (0..shown).map(cell).collect();
    repacked(folder, &workbook(folder, &sheet, false), "texts.xlsx", |name, bytes| match name {
        "xl/sharedStrings.xml" => texts.as_bytes().to_vec(),
        _ => bytes,
    })
}

fn fast_path_strings(part: &str, block: usize) -> Option<Vec<String>> {
    let mut strings = SharedStringsPreflight::new();
    let mut blocks = part.as_bytes().chunks(block).chain([&[][..]]);
    let is_fast_path = blocks.all(|block| strings.feed(block, &mut |_| Ok(())).is_ok());
    let texts = strings.finish();
    let count = u32::try_from(texts.len()).unwrap();
    is_fast_path.then(|| (0..count).map(|n| texts.get(n).unwrap().to_owned()).collect())
}

const SST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sst xmlns=\"x\" count=\"7\">";

#[test]
fn strings_in_the_common_form_are_read_without_calamine() {
    let folder = TestFolder::new();
    let texts = "<si><t> a\n</t></si><si><t xml:space=\"preserve\"> b </t></si><si><t/></si><si><t>#N/A</t></si><si><t>R&amp;D_&lt;ü></t></si>";
    let part = format!("{SST}{texts}</sst>\n");
    assert_eq!(fast_path_strings(&part, 9).unwrap(), ["a", " b ", "", "#N/A", "R&D_<ü>"]);
    for shown in 0..6 {
        // There is no sixth string, which calamine refuses.
        assert_eq!(is_fast_path(&with_texts(&folder, &part, shown), "Sheet1"), Some(true));
    }
    assert_eq!(is_fast_path(&with_texts(&folder, &part, 6), "Sheet1"), Some(false));
    for (from, to) in [
        ("<si>", "<si><r>"),
        ("<si>", "\n<si>"),
        ("<si>", "<!-- <si> --><si>"),
        ("<t>", "<t a=\"b\">"),
        ("</t>", "<phoneticPr/></t>"),
        (" a", "&#65;"),
        (" a", "_x0041_"),
        (" a", "a\r"),
        ("\n<sst", "<!-- --><sst"),
        ("\n<sst", "<?x <sst>?>\n<sst"),
        ("\"UTF-8\"", "\"latin1\""),
        ("count=\"7\"", "count='>'"),
        ("count=\"7\"", "count=\"7\" count=\"7\""),
        ("count=\"7\"", "count =\"7\""),
        ("</sst>", ""),
    ] {
        assert_eq!(fast_path_strings(&part.replacen(from, to, 1), 1 << 20), None, "{to}");
    }
}

#[test]
fn strings_in_a_part_that_calamine_does_not_read_are_not_those_of_the_cells() {
    let folder = TestFolder::new();
    let part = |text: &str| format!("{SST}<si><t>{text}</t></si></sst>");
    let path = with_texts(&folder, &part("right"), 1);
    for order in [["other/sharedStrings.xml", "xl/z"], ["xl/z", "zz/sharedStrings.xml"]] {
        let mut parts = vec![(order[0].to_owned(), part("wrong").into_bytes())];
        repacked(&folder, &path, "same.xlsx", |name, bytes| {
            parts.push((name.to_owned(), bytes.clone()));
            bytes
        });
        parts.push((order[1].to_owned(), part("wrong").into_bytes()));
        let path = folder.zip("two.xlsx", &parts);
        assert_eq!(is_fast_path(&path, "Sheet1"), Some(true));
        let preflight = Preflight::run(&path, WorkbookKind::Xlsx, 0).unwrap();
        let wanted = WantedRows {
            header_row: 0,
            columns: &[Some(0)],
            dates: &[],
            ids: &[],
            amounts: &[],
            passed_over: &[],
        };
        let (rows, _) = collected(|each| preflight.rows("Sheet1", wanted, Expansion::SameThread, each));
        assert_eq!(rows[0].1[0].0, "right");
    }
}

/// A shared string, mostly in the form of the fast path.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "( xml:space=\"preserve\")?>( |\n|\t|[a-cxü#_]|&amp;|&lt;|&gt;|&quot;|&apos;){0,9}</t></si>".prop_map(|text| format!("<si><t{text}")),
        1 => Just("<si><t/></si>".to_owned()),
        1 => prop_oneof![
            Just("<si/>"),
            Just("<si></si>"),
            Just("<si><t>a</t><t>b</t></si>"),
            Just("<si><r><t>a</t></r><r><t> b</t></r></si>"),
            Just("<si><t>a&#10;b&#x20;</t></si>"),
            Just("<si><t>a\r\nb_x0041_</t><rPh><t>c</t></rPh></si>"),
        ].prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn strings_are_read_as_by_calamine_whatever_they_hold(
        texts in prop::collection::vec(text(), 1..5),
        change in prop::option::of((any::<prop::sample::Index>(), "[<>\"/ a-c0-9.&;_x]")),
        block in 1..200_usize,
    ) {
        let shown = texts.len();
        let mut part = format!("{SST}{}</sst>", texts.concat());
        if let Some((at, byte)) = change {
            let places: Vec<usize> = part.char_indices().map(|(at, _)| at).collect();
            let at = places[at.index(places.len())];
            let width = part[at..].chars().next().map_or(0, char::len_utf8);
            part.replace_range(at..at + width, &byte);
        }
        is_fast_path(&with_texts(&TestFolder::new(), &part, shown), "Sheet1");
        prop_assert_eq!(fast_path_strings(&part, block), fast_path_strings(&part, 1 << 20));
    }
}
