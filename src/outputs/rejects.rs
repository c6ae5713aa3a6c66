//! The rejects file (SPEC 4): one line a refused row. Comes in: rejects and the inputs they stand in. Goes out: an [`OutputTable`].

use std::borrow::Cow;

use super::columns::{CellValue, OutputTable, TableColumn, ValueKind};
use super::lazy::LazyChunks;
use super::text::{cut_to_bytes, defused, one_line};
use crate::base::amount::Amount;
use crate::base::limits::VALUE_BYTES;
use crate::base::place::InputName;
use crate::diagnostics::reject::Reject;

/// One line of the rejects file.
#[derive(Debug, Clone)]
pub struct RejectLine<'r> {
    /// Input in which the row stands. **Absent**: the reject is not about one row.
    pub input: Option<&'r InputName>,
    /// Reject.
    pub reject: Reject,
    /// Exact amount of the row. **Unit**: USD. **Absent**: not read, or its rate is unknown.
    pub amount_usd: Option<Amount>,
    /// Whether the row belongs to a partner whose tier depends on refused rows.
    pub could_change_tier: bool,
}

/// The rejects file. Text is defused as in the report, and stays on its line: control characters are shown as their pictures, since a NUL
/// or a line break in a cell is where spreadsheets and scripts differ.
pub fn rejects_table<'t>(lines: LazyChunks<'t, Vec<RejectLine<'t>>>) -> OutputTable<'t> {
    type Line<'r> = RejectLine<'r>;
    fn text<'t>(
        name: &str,
        what: &str,
        value: impl for<'l> Fn(&'l Line<'t>) -> Option<&'l str> + Send + Sync + 't,
    ) -> TableColumn<'t, Line<'t>> {
        TableColumn::new(name, ValueKind::Text, what, move |line: &Line<'t>| match value(line) {
            Some(text) => CellValue::Verbatim(Cow::Owned(cell(text))),
            None => CellValue::Absent,
        })
        .optional()
    }
    fn count<'t>(
        name: &str,
        what: &str,
        value: impl Fn(&Line<'t>) -> Option<u64> + Send + Sync + 't,
    ) -> TableColumn<'t, Line<'t>> {
        TableColumn::new(name, ValueKind::Count, what, move |line: &Line<'t>| {
            value(line).map_or(CellValue::Absent, CellValue::Count)
        })
        .optional()
    }
    let columns = vec![
        text("file", "File of the row", |line| Some(&line.input?.file)),
        text("sheet", "Sheet of the row", |line| line.input?.sheet.as_deref()),
        count("row", "Line or row on which the record begins", |line| Some(line.reject.place?.row)),
        count("byte_offset", "Where the record begins", |line| line.reject.place?.byte_offset).unit("bytes"),
        text("column", "Column at fault", |line| line.reject.column.as_deref()),
        TableColumn::new("code", ValueKind::Text, "Why the row was refused", |line: &Line<'t>| {
            CellValue::Verbatim(line.reject.code.as_str().into())
        }),
        text("message", "What was found, what was expected, what to do", |line| Some(&line.reject.message)),
        TableColumn::new("value", ValueKind::Text, "Offending value, cut to 200 bytes", |line: &Line<'t>| {
            let value = cell(&line.reject.value);
            CellValue::Verbatim(Cow::Owned(cut_to_bytes(&value, VALUE_BYTES).to_owned()))
        }),
        text("partner_id", "Partner that the row names", |line| line.reject.partner_id.as_deref()),
        TableColumn::new("amount_usd", ValueKind::Amount, "Exact amount of the row", |line: &Line<'t>| {
            line.amount_usd.map_or(CellValue::Absent, CellValue::Amount)
        })
        .unit("USD")
        .optional(),
        TableColumn::new(
            "could_change_tier",
            ValueKind::Text,
            "Whether the row is of a partner whose tier depends on refused rows",
            |line: &Line<'t>| {
                CellValue::Verbatim(if line.could_change_tier { "true" } else { "false" }.into())
            },
        ),
    ];
    OutputTable::new("rejects".to_owned(), "rejects", columns, lines)
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
    use crate::base::place::RowPlace;
    use crate::config::own_columns::REJECTS;
    use crate::diagnostics::reject::{RejectAmount, RejectCode, RejectOwner};
    use crate::outputs::format::OutputFormat;
    use crate::outputs::writers::write;

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
            association: None,
            provider: None,
            subscription: None,
            fact: None,
        }
    }

    fn written(input: Option<InputName>, reject: &Reject) -> String {
        let line = RejectLine {
            input: input.as_ref(),
            amount_usd: reject.amount.as_ref().map(|amount| amount.amount),
            could_change_tier: reject.amount.is_some(),
            reject: reject.clone(),
        };
        let mut out = Vec::new();
        write(&rejects_table(LazyChunks::from(vec![vec![line]])), OutputFormat::Csv, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let (header, line) = text.split_once('\n').unwrap();
        assert_eq!(header, REJECTS.join(","));
        line.trim_end_matches('\n').to_owned()
    }

    fn line(reject: &Reject) -> String {
        written(Some(InputName { file: "jan.csv".to_owned(), sheet: None }), reject)
    }

    fn cells(line: &str) -> Vec<String> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        reader.records().next().unwrap().unwrap().iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_refused_row_is_one_line_with_its_place_code_and_value() {
        let expected = "jan.csv,,1042,98765,CostInUsd,bad-number,\"\"\"1,234\"\" is not a number; if the comma is the \
            decimal mark, say --decimal-comma\",\"1,234\",4390934,,false";
        assert_eq!(line(&reject()), expected);
    }

    #[test]
    fn a_reject_about_no_row_and_no_file_has_blank_cells() {
        let none =
            Reject { place: None, column: None, partner_id: None, code: RejectCode::NoRate, ..reject() };
        assert!(written(None, &none).starts_with(",,,,,no-rate,"));
    }

    #[test]
    fn a_sheet_has_a_name_and_a_row_but_no_byte() {
        let input = InputName { file: "a.xlsx".to_owned(), sheet: Some("=Sheet".to_owned()) };
        let place = Some(RowPlace { row: 7, byte_offset: None });
        let line = written(Some(input), &Reject { place, ..reject() });
        assert!(line.starts_with("a.xlsx,'=Sheet,7,,CostInUsd"));
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
        assert_eq!(&cells[9..], ["-0.001", "true"]);
        assert_eq!(cells[7], "'=1+1");
    }

    #[test]
    fn nul_bytes_and_line_breaks_stay_on_the_line() {
        let odd =
            Reject { value: "a\0b\r\nc\"".to_owned(), column: Some("two\nlines".to_owned()), ..reject() };
        let line = line(&odd);
        assert_eq!(line.matches('\n').count(), 0);
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
