//! Rows of JSON texts, read one by one and in batches. Comes in: texts. Goes out: nothing, or a panic.

use super::*;
use crate::config::dialect::{Dialect, Recognition, Role, builtin, recognise};
use crate::formats::batch::RowBatch;
use crate::formats::row::{CellKind, Row};

/// Writes down rows and bad records.
#[derive(Default)]
struct WrittenRows(Vec<String>);

impl RowSink for WrittenRows {
    fn begin(&mut self, _: usize, _: u64) {}

    fn row(&mut self, row: &Row<'_>) {
        let cell = |cell: &crate::formats::row::Cell<'_>| {
            let text = String::from_utf8_lossy(cell.bytes);
            if cell.kind == CellKind::SheetNumber { format!("={text}") } else { text.into_owned() }
        };
        let cells: Vec<String> = row.cells.iter().map(cell).collect();
        self.0.push(format!("{} {}", row.at.place().row, cells.join("|")));
    }

    fn batch<B: RowBatch>(&mut self, batch: &B) {
        for nth in 0..batch.len() {
            batch.visit(nth, &mut |row| {
                self.row(row);
                for (column, cell) in row.cells.iter().enumerate() {
                    let is_number = cell.kind == CellKind::SheetNumber;
                    assert_eq!(batch.text(nth, column).is_none(), is_number);
                    assert_eq!(batch.decimal(nth, column).is_some(), is_number);
                    let (padded, count) = batch.padded(nth, column).expect("all cells are padded");
                    assert_eq!(&padded[..count.min(48)], &batch.raw(nth, column)[..count.min(48)]);
                }
            });
        }
    }

    fn bad_record(&mut self, bad: &BadRecord<'_>) {
        self.0.push(format!("{} {} {:?}", bad.at.place().row, bad.code, bad.shape));
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn rates() -> &'static Dialect {
    builtin().iter().find(|dialect| dialect.role == Role::Rates).expect("there are rates")
}

fn source(text: &str) -> Box<dyn Read + Send> {
    Box::new(io::Cursor::new(text.as_bytes().to_vec()))
}

/// The rows of a text of rates: currency, month, rate.
fn rows(text: &str) -> Vec<String> {
    let form = form(text.as_bytes());
    let mut found = ObjectKeys::default();
    assert!(keys(source(text), form, Encoding::Utf8, &mut found).is_ok(), "{text}");
    let dialects = std::slice::from_ref(rates());
    let Recognition::Fits(layout) = recognise(&found.names, &[], dialects, None) else {
        unreachable!("{:?} has the layout of rates", found.names)
    };
    let mut sink = WrittenRows::default();
    let read = read_text(source(text), (form, Encoding::Utf8), (0, &layout), &mut sink);
    assert!(read.is_ok(), "{text}");
    sink.0
}

#[test]
fn keys_stand_in_any_order_and_a_key_that_an_object_lacks_is_blank() {
    let text = "{\"currency\":\"EUR\",\"month\":\"2017-06\",\"usd_per_unit\":1.10}\n\
                {\"usd_per_unit\":\"1.2\",\"x\":[{\"month\":1}],\"month\":\"2017-07\"}\n\
                \n{\"month\":null,\"Currency\":\"US\\u0044\",\"usd_per_unit\":1e0}";
    let expected = ["1 EUR|2017-06|=1.10", "2 |2017-07|1.2", "4 USD||=1e0"];
    assert_eq!(rows(text), expected);
    assert_eq!(rows(&text.replace('\n', "\r\n")), expected);
}

#[test]
fn a_line_that_gives_no_row_is_bad_and_the_next_one_is_read() {
    let text = "{\"currency\":\"EUR\",\"month\":\"2017-06\",\"usd_per_unit\":1}\n\
                {\"currency\":\"EUR\",\"month\":\"2017-06\",\"currency\":\"USD\"}\n\
                {\"currency\":\"EUR\",\"CURRENCY\":\"USD\"}\n\
                {\"currency\":{\"code\":\"EUR\"}}\n\
                [1]\n5\n{\"currency\":\"E\0R\"}\n\
                {\"currency\":\"EUR\",\"Currency\":null,\"x\":NaN,\"usd_per_unit\":Infinity}\n\
                {\"x\":1,\"x\":2}\n\
                {\"currency\":\"EU";
    assert_eq!(
        rows(text),
        [
            "1 EUR|2017-06|=1",
            "2 bad-json KeyTwice",
            "3 bad-json KeyTwice",
            "4 bad-json NestedValue",
            "5 bad-json NoObject",
            "6 bad-json NoObject",
            "7 nul-byte CodeOnly",
            "8 EUR||Infinity",
            "9 bad-json KeyTwice",
            "10 bad-json NoObject",
        ]
    );
}

#[test]
fn more_rows_than_a_batch_and_a_block_hold_stay_in_order() {
    let row = |nth: usize| match nth % 500 {
        7 => "5".to_owned(),
        _ => {
            format!("{{\"currency\":\"EUR\",\"month\":\"{}\",\"usd_per_unit\":{nth}}}", "m".repeat(nth % 70))
        }
    };
    let text: Vec<String> = (0..6000).map(row).collect();
    let read = rows(&text.join("\n"));
    assert_eq!(read.len(), 6000);
    for (nth, row) in read.iter().enumerate() {
        assert!(row.starts_with(&format!("{} ", nth + 1)), "{row}");
    }
}

#[test]
fn arrays_and_objects_over_several_lines_give_the_rows_of_lines() {
    let objects = [
        "{\n  \"currency\": \"EUR\",\n  \"month\": \"2017-06\", \"usd_per_unit\": 1\n}",
        "{\"currency\": \"CHF\", \"month\": \"2017-06\", \"usd_per_unit\": 2}",
    ];
    let behind =
        |text: String| rows(&text).iter().map(|row| row.split(' ').nth(1).unwrap().to_owned()).collect();
    let expected: Vec<String> = vec!["EUR|2017-06|=1".into(), "CHF|2017-06|=2".into()];
    let array: Vec<String> = behind(format!("[\n{}\n]\n", objects.join(",\n")));
    assert_eq!(array, expected);
    let sequence: Vec<String> = behind(objects.join("\n"));
    assert_eq!(sequence, expected);
}

#[test]
fn the_form_is_told_by_the_first_object() {
    assert_eq!(form(b"{\"a\":1}\n{\n"), JsonForm::Lines);
    assert_eq!(form(b"{\"a\":1}"), JsonForm::Lines);
    assert_eq!(form(b"\xef\xbb\xbf \n[\n"), JsonForm::Array);
    assert_eq!(form(b"{\n\"a\":1}\n"), JsonForm::Objects);
    assert_eq!(form(b"{\"a\":\n{\"a\":1}\n"), JsonForm::Lines);
    for text in ["{\"a", "{}", "{", "[{", "[]", "\u{feff}[ {"] {
        assert!(begins(text.as_bytes()), "{text}");
    }
    for text in ["", "[Date],[Cost]\n", "{a},b\n", "[1,2]", "\"a\",\"b\"\n", "[\"a\"]"] {
        assert!(!begins(text.as_bytes()), "{text}");
    }
}

#[test]
fn a_key_beyond_the_limit_of_keys_is_read_if_a_column_has_its_name() {
    let layout_of = |names: &[String]| match recognise(names, &[], std::slice::from_ref(rates()), None) {
        Recognition::Fits(layout) => layout,
        other => unreachable!("{other:?}"),
    };
    let layout = layout_of(&["currency", "month", "usd_per_unit"].map(str::to_owned));
    let other: Vec<String> = (0..limits::JSON_KEYS + 10).map(|nth| format!("\"k{nth}\":1")).collect();
    let text = format!("{{{},\"currency\":\"EUR\"}}\n", other.join(","));
    let mut sink = WrittenRows::default();
    assert!(read_text(source(&text), (JsonForm::Lines, Encoding::Utf8), (0, &layout), &mut sink).is_ok());
    assert_eq!(sink.0, ["1 EUR||"]);
    let mut found = ObjectKeys::default();
    assert!(keys(source(&text), JsonForm::Lines, Encoding::Utf8, &mut found).is_ok());
    assert!(found.is_too_many);
}
