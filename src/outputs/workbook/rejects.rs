//! The sheet of refused rows. Comes in: the rejects. Goes out: the first of them, without the guard against formulas, which a workbook needs not.

use std::io;

use rust_xlsxwriter::{Workbook, Worksheet};

use super::sheet::{DataSheet, SheetColumn, SheetContents};
use super::styles::Styles;
use crate::outputs::OutputTable;
use crate::outputs::columns::CellValue;
use crate::outputs::presentation::Presentation;
use crate::outputs::text::as_written;

/// Most lines of the sheet.
pub(super) const REJECT_ROWS: usize = 50_000;

/// Writes the sheet, with at most `limit` lines, and tells whether that is all of them.
pub(super) fn write(
    workbook: &mut Workbook,
    styles: &Styles,
    presentation: &Presentation<'_>,
    limit: usize,
) -> io::Result<(Worksheet, SheetContents, bool)> {
    let mut is_whole = true;
    let mut data: Option<DataSheet<'_>> = None;
    presentation.source.rejects(&mut |table| {
        let of_table = DataSheet::new(workbook, styles, "Rejects", columns(table), 1)?;
        let data = data.insert(of_table);
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
    let (sheet, contents) = data.ok_or_else(|| io::Error::other("the rejects have no columns"))?.finish()?;
    Ok((sheet, contents, is_whole))
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
