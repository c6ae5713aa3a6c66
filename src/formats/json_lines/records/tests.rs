//! Records of texts, whatever bytes come at once. Comes in: texts. Goes out: nothing, or a panic.

use super::*;

/// Gives a few bytes at a time.
struct Slow(io::Cursor<Vec<u8>>, usize);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(buffer.len());
        self.0.read(&mut buffer[..count])
    }
}

/// Each record as `line@offset text`, with `...` for one that is too long; then the code of the error.
fn records(text: &str, form: JsonForm, step: usize) -> Vec<String> {
    let source = Box::new(Slow(io::Cursor::new(text.as_bytes().to_vec()), step));
    let mut reader = RecordReader::new(source, form, OffsetUnit::Byte);
    let mut records = Vec::new();
    loop {
        match reader.next() {
            Ok(Some(JsonRecord { text, place })) => {
                let text = text.map_or("...".into(), |text| String::from_utf8_lossy(text).into_owned());
                records.push(format!("{}@{} {text}", place.row, place.byte_offset.unwrap()));
            }
            Ok(None) => return records,
            Err(RecordsError::Damaged(code, _)) => {
                records.push(code.as_str().to_owned());
                return records;
            }
            Err(RecordsError::Io(error)) => unreachable!("{error}"),
        }
    }
}

fn assert_records(text: &str, form: JsonForm, expected: &[&str]) {
    for step in [1, 2, 3, 7, 1 << 20] {
        assert_eq!(records(text, form, step), expected, "{text:?} by {step}");
    }
}

#[test]
fn a_line_is_a_record_and_blank_lines_are_none() {
    let form = JsonForm::Lines;
    assert_records("{\"a\":1}\n{}\r\n \n\n{\"b\"", form, &["1@0 {\"a\":1}", "2@8 {}\r", "5@15 {\"b\""]);
    assert_records("\u{feff}{}\n{}", form, &["1@3 {}", "2@6 {}"]);
    assert_records("", form, &[]);
    assert_records("\u{feff}", form, &[]);
}

#[test]
fn objects_stand_behind_each_other_over_several_lines() {
    let form = JsonForm::Objects;
    let text = "{\n \"a\": \"}\\\"{\\\\\"\n}\n{\"b\":{}}{}\n";
    assert_records(text, form, &["1@0 {\n \"a\": \"}\\\"{\\\\\"\n}", "4@19 {\"b\":{}}", "4@27 {}"]);
    assert_records("{}\n{\"a\":{}", form, &["1@0 {}", "truncated"]);
    assert_records("{},{}", form, &["1@0 {}", "corrupt"]);
}

#[test]
fn an_array_has_a_comma_between_its_objects_and_an_end() {
    let form = JsonForm::Array;
    assert_records("[]\n", form, &[]);
    assert_records("[\n {},\n {\"a\":1}\n]\n", form, &["2@3 {}", "3@8 {\"a\":1}"]);
    assert_records("[{},{}", form, &["1@1 {}", "1@4 {}", "truncated"]);
    assert_records("[{},", form, &["1@1 {}", "truncated"]);
    for text in ["[{}{}]", "[{},]", "[{}]x", "[{},5]", "[{}][{}]"] {
        assert_records(text, form, &["1@1 {}", "corrupt"]);
    }
}

#[test]
fn a_record_that_is_too_long_is_passed_over_in_bounded_memory() {
    let long = "x".repeat(limits::RECORD_BYTES);
    let text = format!("{{\"a\":\"{long}\"}}\n{{}}\n");
    let next = format!("2@{} {{}}", limits::RECORD_BYTES + 9);
    for form in [JsonForm::Lines, JsonForm::Objects] {
        for step in [READ_BYTES, 4097] {
            assert_eq!(records(&text, form, step), ["1@0 ...", next.as_str()]);
        }
    }
    let just = format!("{{\"a\":\"{}\"}}", &long[..limits::RECORD_BYTES - 8]);
    assert_eq!(records(&just, JsonForm::Lines, 4096), [format!("1@0 {just}")]);
    assert_eq!(records(&just, JsonForm::Objects, 4096), [format!("1@0 {just}")]);
    let mut reader = RecordReader::new(
        Box::new(io::Cursor::new(format!("{{\"a\":\"{}", "\\\\".repeat(8 << 20)))),
        JsonForm::Objects,
        OffsetUnit::Byte,
    );
    assert!(reader.next().is_err());
    assert!(reader.buffer.len() <= limits::RECORD_BYTES + 2 * READ_BYTES);
}
