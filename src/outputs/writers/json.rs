//! Writes a table as JSON: an array of objects in the order of the columns, one object a line. Comes in: a table. Goes
//! out: bytes. Nothing is defused: no spreadsheet runs JSON.

use std::io::{self, Write};

use super::TableWriter;
use crate::outputs::columns::{CellValue, OutputTable};

/// Writes an array of objects.
pub(in crate::outputs) struct JsonWriter;

impl TableWriter for JsonWriter {
    fn write(&self, table: &OutputTable<'_>, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"[")?;
        self.write_rows(table, &mut false, out)?;
        out.write_all(b"\n]\n")
    }
}

impl JsonWriter {
    /// Writes every row. `has_rows`: whether a row stands before it in the array, then whether one does after it.
    pub(in crate::outputs) fn write_rows(
        &self,
        table: &OutputTable<'_>,
        has_rows: &mut bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let names = table.columns.iter().map(|column| serde_json::to_string(&column.name));
        let names = names.collect::<Result<Vec<String>, _>>()?;
        let chunk = |show_rows: &dyn Fn(&mut crate::outputs::lazy::RowVisitor<'_>)| {
            let (mut text, mut written) = (Vec::new(), Ok(()));
            show_rows(&mut |row| {
                if written.is_ok() {
                    written = write_row(&names, row, &mut text);
                }
            });
            written.map(|()| text)
        };
        table.rows.in_parallel(chunk, |text| {
            let text = text?;
            // Each row begins with a comma, also the first of all.
            let skipped = usize::from(!*has_rows && !text.is_empty());
            *has_rows |= !text.is_empty();
            out.write_all(&text[skipped..])
        })
    }
}

fn write_row(names: &[String], row: &[CellValue<'_>], out: &mut Vec<u8>) -> io::Result<()> {
    out.extend(b",\n{");
    for (column, (name, value)) in names.iter().zip(row).enumerate() {
        let comma = if column == 0 { "" } else { "," };
        write!(out, "{comma}{name}:")?;
        write_value(value, out)?;
    }
    out.extend(b"}");
    Ok(())
}

fn write_value(value: &CellValue<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    match value {
        CellValue::Absent => out.write_all(b"null"),
        CellValue::Text(text) | CellValue::Verbatim(text) => Ok(serde_json::to_writer(out, text)?),
        CellValue::Count(count) => write!(out, "{count}"),
        CellValue::Usd(usd) => write!(out, "\"{usd}\""),
        CellValue::Amount(amount) => write!(out, "\"{amount}\""),
        CellValue::Date(day) => write!(out, "\"{day}\""),
        CellValue::Month(month) => write!(out, "\"{month}\""),
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use crate::base::calendar::Day;
    use crate::outputs::columns::CellValue;
    use crate::outputs::format::OutputFormat;
    use crate::outputs::writers::tests::table;

    fn written(rows: Vec<Vec<CellValue<'static>>>) -> String {
        crate::outputs::writers::tests::written(&table(&["z", "a", "m", "d", "n"], rows), OutputFormat::Json)
    }

    #[test]
    fn money_is_a_string_a_count_a_number_absent_null_and_text_is_not_defused() {
        let row = vec![
            CellValue::Text("=a \"b\"\n".into()),
            CellValue::Absent,
            CellValue::Usd(Decimal::new(1_500_000, 2)),
            CellValue::Date(Day::from_ymd_opt(2017, 7, 7).unwrap()),
            CellValue::Count(2),
        ];
        let text = written(vec![row; 3]);
        let line = r#"{"z":"=a \"b\"\n","a":null,"m":"15000.00","d":"2017-07-07","n":2}"#;
        assert_eq!(text, format!("[\n{line},\n{line},\n{line}\n]\n"));
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn a_table_without_rows_is_an_empty_array() {
        assert_eq!(written(Vec::new()), "[\n]\n");
    }
}
