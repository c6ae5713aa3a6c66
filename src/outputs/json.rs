//! Writes a table as JSON: an array of objects in the order of the columns, one object a line. Comes in: a table. Goes
//! out: bytes. Nothing is defused: no spreadsheet runs JSON.

use std::io;

use super::{Table, Value};

pub(super) fn write(table: &Table<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let names = table.columns.iter().map(serde_json::to_string).collect::<Result<Vec<String>, _>>()?;
    out.write_all(b"[")?;
    for (index, row) in table.rows.iter().enumerate() {
        out.write_all(if index == 0 { b"\n{" } else { b",\n{" })?;
        for (column, (name, value)) in names.iter().zip(&row).enumerate() {
            let comma = if column == 0 { "" } else { "," };
            write!(out, "{comma}{name}:")?;
            write_value(value, out)?;
        }
        out.write_all(b"}")?;
    }
    out.write_all(b"\n]\n")
}

fn write_value(value: &Value<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    match value {
        Value::Absent => out.write_all(b"null"),
        Value::Text(text) => Ok(serde_json::to_writer(out, text)?),
        Value::Count(count) => write!(out, "{count}"),
        Value::Usd(usd) => write!(out, "\"{usd}\""),
        Value::Date(day) => write!(out, "\"{day}\""),
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use crate::base::calendar::Day;
    use crate::outputs::{Format, Table, Value, write};

    fn written(rows: Vec<Vec<Value<'_>>>) -> String {
        let columns = ["z", "a", "m", "d", "n"].map(String::from).into();
        let mut out = Vec::new();
        write(&Table { columns, rows: rows.into() }, Format::Json, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn money_is_a_string_a_count_a_number_absent_null_and_text_is_not_defused() {
        let row = vec![
            Value::Text("=a \"b\"\n".into()),
            Value::Absent,
            Value::Usd(Decimal::new(1_500_000, 2)),
            Value::Date(Day::from_ymd_opt(2017, 7, 7).unwrap()),
            Value::Count(2),
        ];
        let text = written(vec![row.clone(), row]);
        let line = r#"{"z":"=a \"b\"\n","a":null,"m":"15000.00","d":"2017-07-07","n":2}"#;
        assert_eq!(text, format!("[\n{line},\n{line}\n]\n"));
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn a_table_without_rows_is_an_empty_array() {
        assert_eq!(written(Vec::new()), "[\n]\n");
    }
}
