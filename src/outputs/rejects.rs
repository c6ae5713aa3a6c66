//! The rejects file (SPEC 4): one line a refused row, CSV. Comes in: a reject and the input it stands in. Goes out: the
//! bytes of its line, so that workers can render what they refuse and forget it.

use std::borrow::Cow;

use super::text::{cut_to_bytes, defused, one_line};
use crate::base::limits::VALUE_BYTES;
use crate::base::place::InputName;
use crate::config::own_columns::REJECTS;
use crate::diagnostics::reject::Reject;

/// The first line of the rejects file.
pub fn rejects_header() -> Vec<u8> {
    (REJECTS.join(",") + "\n").into_bytes()
}

/// Appends the line of `reject` to `out`. Text is defused as in the report, and stays on its line: control characters are
/// shown as their pictures, since a NUL or a line break in a cell is where spreadsheets and scripts differ. `input` is
/// **absent** for a reject that is not about one row.
pub fn rejects_line(out: &mut Vec<u8>, input: Option<&InputName>, reject: &Reject) {
    let text = |text: Option<&str>| cell(text.unwrap_or_default());
    let number = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
    let (row, byte_offset) = match reject.place {
        Some(place) => (Some(place.row), place.byte_offset),
        None => (None, None),
    };
    let value = cell(&reject.value);
    let cells = [
        text(input.map(|input| input.file.as_str())),
        text(input.and_then(|input| input.sheet.as_deref())),
        number(row),
        number(byte_offset),
        text(reject.column.as_deref()),
        reject.code.as_str().to_owned(),
        text(Some(&reject.message)),
        cut_to_bytes(&value, VALUE_BYTES).to_owned(),
        text(reject.partner_id.as_deref()),
        amount_usd(reject),
    ];
    // A small buffer: a worker may refuse a million rows, each with a writer of its own.
    let mut writer = csv::WriterBuilder::new()
        .buffer_capacity(512)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(out);
    writer.write_record(cells).and_then(|()| Ok(writer.flush()?)).expect("memory takes every line");
}

/// The exact amount in USD; blank, if it is not known or in another currency.
fn amount_usd(reject: &Reject) -> String {
    let usd = reject.amount.as_ref().filter(|amount| amount.currency == "USD");
    usd.map_or(String::new(), |amount| amount.amount.to_string())
}

fn cell(text: &str) -> String {
    match defused(text) {
        Cow::Borrowed(text) => one_line(text).into_owned(),
        Cow::Owned(text) => one_line(&text).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::amount::Amount;
    use crate::base::place::RowPlace;
    use crate::diagnostics::reject::{RejectAmount, RejectCode, RejectOwner};

    fn reject() -> Reject {
        Reject {
            place: Some(RowPlace { row: 1042, byte_offset: Some(98_765) }),
            column: Some("CostInUsd".to_owned()),
            code: RejectCode::BadNumber,
            message: "\"1,234\" is not a number; if the comma is the decimal mark, say --decimal-comma"
                .to_owned(),
            value: "1,234".to_owned(),
            partner_id: Some("4390934".to_owned()),
            amount: None,
            day: None,
            owner: RejectOwner::Anyone,
        }
    }

    fn line(reject: &Reject) -> String {
        let mut out = Vec::new();
        rejects_line(&mut out, Some(&InputName { file: "jan.csv".to_owned(), sheet: None }), reject);
        String::from_utf8(out).unwrap()
    }

    fn cells(line: &str) -> Vec<String> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        reader.records().next().unwrap().unwrap().iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_refused_row_is_one_line_with_its_place_code_and_value() {
        let expected = "jan.csv,,1042,98765,CostInUsd,bad-number,\"\"\"1,234\"\" is not a number; if the comma is the \
            decimal mark, say --decimal-comma\",\"1,234\",4390934,\n";
        assert_eq!(line(&reject()), expected);
        let columns = cells(std::str::from_utf8(&rejects_header()).unwrap());
        assert_eq!(columns.len(), cells(expected).len());
    }

    #[test]
    fn a_reject_about_no_row_and_no_file_has_blank_cells() {
        let none =
            Reject { place: None, column: None, partner_id: None, code: RejectCode::NoRate, ..reject() };
        let mut out = Vec::new();
        rejects_line(&mut out, None, &none);
        assert!(out.starts_with(b",,,,,no-rate,"));
    }

    #[test]
    fn a_sheet_has_a_name_and_a_row_but_no_byte() {
        let mut out = Vec::new();
        let input = InputName { file: "a.xlsx".to_owned(), sheet: Some("=Sheet".to_owned()) };
        let place = Some(RowPlace { row: 7, byte_offset: None });
        rejects_line(&mut out, Some(&input), &Reject { place, ..reject() });
        assert!(out.starts_with(b"a.xlsx,'=Sheet,7,,CostInUsd"));
    }

    #[test]
    fn text_is_defused_and_the_amount_is_not() {
        let odd = Reject {
            value: "=1+1".to_owned(),
            amount: Some(RejectAmount {
                amount: Amount::from_raw(-10_i128.pow(21)),
                currency: "USD".to_owned(),
            }),
            ..reject()
        };
        let cells = cells(&line(&odd));
        assert_eq!((cells[7].as_str(), cells[9].as_str()), ("'=1+1", "-0.001"));
    }

    #[test]
    fn nul_bytes_and_line_breaks_stay_on_the_line() {
        let odd =
            Reject { value: "a\0b\r\nc\"".to_owned(), column: Some("two\nlines".to_owned()), ..reject() };
        let line = line(&odd);
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!((cells(&line)[7].as_str(), cells(&line)[4].as_str()), ("a␀b␍␊c\"", "two␊lines"));
    }

    #[test]
    fn a_value_is_cut_to_200_bytes_between_characters_defused_or_not() {
        let value = |text: String| cells(&line(&Reject { value: text, ..reject() }))[7].clone();
        assert_eq!(value("x".repeat(300)), "x".repeat(200));
        assert_eq!(value(format!("x{}", "é".repeat(150))), format!("x{}", "é".repeat(99)));
        assert_eq!(value("=".repeat(300)), format!("'{}", "=".repeat(199)));
    }
}
