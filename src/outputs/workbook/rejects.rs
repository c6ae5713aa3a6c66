//! The sheet of refused rows. Comes in: the rejects. Goes out: the first of them, without the guard against formulas, which a workbook needs not.

use std::io;

use rust_xlsxwriter::Workbook;

use super::sheet::{DataSheet, SheetColumn};
use super::styles::Styles;
use crate::outputs::columns::CellValue;
use crate::outputs::presentation::Presentation;
use crate::outputs::text::as_written;
use crate::outputs::{LazyChunks, OutputTable, rejects_table};

/// Most lines of the sheet.
pub(super) const REJECT_ROWS: usize = 50_000;

/// The sheet, still without lines.
pub(super) fn begin<'s>(workbook: &mut Workbook, styles: &'s Styles) -> io::Result<DataSheet<'s>> {
    let columns = columns(&rejects_table(LazyChunks::from(Vec::new())));
    DataSheet::new(workbook, styles, "Rejects", columns, 1)
}

/// Writes at most `limit` lines, and tells whether that is all of them.
pub(super) fn fill(
    data: &mut DataSheet<'_>,
    presentation: &Presentation<'_>,
    limit: usize,
) -> io::Result<bool> {
    let mut is_whole = true;
    presentation.source.rejects(&mut |table| {
        let mut written = Ok(());
        table.rows.first(limit + 1, &mut |row| {
            if data.rows() == limit {
                is_whole = false;
            } else if written.is_ok() {
                written = data.write_row(row.iter().map(unguarded));
            }
        });
        written
    })?;
    Ok(is_whole)
}

/// A value as it was before it was defused for CSV.
fn unguarded<'v>(value: &'v CellValue<'_>) -> CellValue<'v> {
    match value {
        CellValue::Text(text) | CellValue::Verbatim(text) => CellValue::Text(as_written(text).into()),
        value => value.clone(),
    }
}

fn columns(table: &OutputTable<'_>) -> Vec<SheetColumn> {
    let of = |spec| {
        let column = SheetColumn::of(spec);
        match column.name.as_str() {
            "file" => column.width(40),
            "sheet" | "column" | "code" => column.width(20),
            "message" => column.width(70),
            "value" => column.width(30),
            _ => column,
        }
    };
    table.columns.iter().map(of).collect()
}
