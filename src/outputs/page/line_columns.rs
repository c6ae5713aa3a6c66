//! The report of a page, column by column. Comes in: the report's table. Goes out: for each column its specification and its cells, as exact as they
//! are in CSV. A browser needs it for the table, the filters and the charts.

use serde::Serialize;

use super::tokens::{TextTable, TokenColumn, cents};
use crate::outputs::{CellValue, ColumnSpec, OutputTable, ValueKind};

/// The columns of the report.
#[derive(Debug, Serialize)]
pub(super) struct LineColumns {
    columns: Vec<LineColumn>,
}

/// A column. Cells of text and days are positions in `texts`, amounts are whole cents.
#[derive(Debug, Serialize)]
struct LineColumn {
    name: String,
    kind: &'static str,
    unit: Option<&'static str>,
    description: String,
    texts: TextTable,
    /// **Absent**: the cells are `texts`, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    cells: Option<TokenColumn>,
}

impl LineColumn {
    fn of(spec: &ColumnSpec) -> LineColumn {
        let kind = match spec.kind {
            ValueKind::Text | ValueKind::Month => "text",
            ValueKind::Count => "count",
            ValueKind::Usd => "usd",
            ValueKind::Amount => "amount",
            ValueKind::Date => "date",
        };
        LineColumn {
            name: spec.name.clone(),
            kind,
            unit: spec.unit,
            description: spec.description.clone(),
            texts: TextTable::default(),
            cells: Some(TokenColumn::default()),
        }
    }

    fn push(&mut self, value: &CellValue<'_>) {
        let LineColumn { texts, cells, .. } = self;
        let cells = cells.get_or_insert_default();
        match value {
            CellValue::Absent => cells.push_absent(),
            CellValue::Text(text) | CellValue::Verbatim(text) => cells.push(texts.position(text)),
            CellValue::Count(count) => cells.push(count),
            CellValue::Usd(usd) => cells.push(cents(*usd)),
            CellValue::Amount(amount) => cells.push(amount),
            CellValue::Date(day) => cells.push(texts.position(&day.to_string())),
            CellValue::Month(month) => cells.push(texts.position(&month.to_string())),
        }
    }
}

/// The columns of a table.
pub(super) fn of(table: &OutputTable<'_>) -> LineColumns {
    let mut columns: Vec<LineColumn> = table.columns.iter().map(LineColumn::of).collect();
    let mut rows = 0;
    table.rows.for_each(&mut |row| {
        rows += 1;
        columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
    });
    for column in &mut columns {
        // As many distinct texts as rows: each row has the text of its own position.
        if column.kind == "text" && column.texts.len() == rows {
            column.cells = None;
        }
    }
    LineColumns { columns }
}
