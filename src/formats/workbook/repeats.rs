//! Counts the cells that an `.ods` stands for. One cell of its XML can say that it is repeated a million times, and the reader
//! makes them all: this finds out how many before it may. Comes in: the tags of `content.xml`. It holds no cell.

use super::fault::WorkbookError;
use super::markup::{Piece, attribute, attributes, length, tag_name};
use crate::base::limits;

/// What was seen of the document so far.
pub(super) struct Repeats {
    table: Table,
    row: Row,
    cell: Option<Cell>,
    /// Of the tables before this one.
    cells: u64,
    /// Of all cells, with repeats.
    text_bytes: u64,
}

#[derive(Default)]
struct Table {
    rows: u64,
    /// Rows up to the last one that holds something.
    rows_used: u64,
    columns_used: u64,
    /// Cells of the rows, each row counted once.
    held: u64,
}

#[derive(Default)]
struct Row {
    repeats: u64,
    columns: u64,
    /// Columns up to the last one that holds something.
    columns_used: u64,
}

struct Cell {
    repeats: u64,
    bytes: u64,
}

impl Repeats {
    pub(super) fn new() -> Repeats {
        Repeats { table: Table::default(), row: Row::default(), cell: None, cells: 0, text_bytes: 0 }
    }

    /// Refuses a document that stands for too many cells or too much text.
    pub(super) fn see(&mut self, piece: &Piece<'_>) -> Result<(), WorkbookError> {
        let tag = match piece {
            Piece::Tag(tag) => tag,
            Piece::Other(bytes) => {
                if let Some(cell) = &mut self.cell {
                    cell.bytes = cell.bytes.saturating_add(*bytes);
                }
                return Ok(());
            }
        };
        let is_empty = tag.ends_with(b"/");
        match tag_name(tag) {
            (b"table:table", true) => {
                self.cells = self.cells.saturating_add(self.table.cells());
                self.table = Table::default();
            }
            (b"table:table-row", true) => {
                self.row = Row { repeats: count(tag, "table:number-rows-repeated")?, ..Row::default() };
                if is_empty {
                    self.end_row()?;
                }
            }
            (b"table:table-row", false) => self.end_row()?,
            (b"table:table-cell" | b"table:covered-table-cell", true) => self.cell(tag, is_empty)?,
            (b"table:table-cell" | b"table:covered-table-cell", false) => self.end_cell()?,
            (b"text:s", true) => {
                let spaces = count(tag, "text:c")?;
                if let Some(cell) = &mut self.cell {
                    cell.bytes = cell.bytes.saturating_add(spaces);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn cell(&mut self, tag: &[u8], is_empty: bool) -> Result<(), WorkbookError> {
        let repeats = count(tag, "table:number-columns-repeated")?;
        self.row.columns = self.row.columns.saturating_add(repeats);
        // A cell without value and formula is left out where it ends a row.
        let holds = attributes(tag).any(|(name, _)| name.starts_with(b"office:") || name == b"table:formula");
        if holds {
            self.row.columns_used = self.row.columns;
            self.cell = Some(Cell { repeats, bytes: length(tag.len()) });
            if is_empty {
                self.end_cell()?;
            }
        }
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), WorkbookError> {
        if let Some(cell) = self.cell.take() {
            let times = cell.repeats.saturating_mul(self.row.repeats);
            self.text_bytes = self.text_bytes.saturating_add(cell.bytes.saturating_mul(times));
        }
        if self.text_bytes > limits::WORKBOOK_PART_BYTES {
            return Err(WorkbookError::expands(format!(
                "the workbook expands absurdly: its cells, with all repeats, have more than {} MiB",
                limits::WORKBOOK_PART_BYTES >> 20
            )));
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), WorkbookError> {
        let row = std::mem::take(&mut self.row);
        let table = &mut self.table;
        table.rows = table.rows.saturating_add(row.repeats);
        if row.columns_used == 0 {
            return Ok(());
        }
        table.rows_used = table.rows;
        table.columns_used = table.columns_used.max(row.columns_used);
        table.held = table.held.saturating_add(row.columns_used);
        if table.rows_used > u64::from(limits::SHEET_ROWS)
            || table.columns_used > u64::from(limits::SHEET_COLUMNS)
        {
            return Err(WorkbookError::too_large(format!(
                "a sheet of {} rows and {} columns; past {} rows or {} columns, cells would be lost",
                table.rows_used,
                table.columns_used,
                limits::SHEET_ROWS,
                limits::SHEET_COLUMNS
            )));
        }
        if self.cells.saturating_add(table.cells()) > limits::WHOLE_WORKBOOK_CELLS {
            return Err(WorkbookError::expands(format!(
                "the workbook stands for more than {} cells, the repeated and empty ones included",
                limits::WHOLE_WORKBOOK_CELLS
            )));
        }
        Ok(())
    }
}

impl Table {
    fn cells(&self) -> u64 {
        self.rows_used.saturating_mul(self.columns_used).max(self.held)
    }
}

/// A repeat count; 1 where there is none.
fn count(tag: &[u8], name: &str) -> Result<u64, WorkbookError> {
    match attribute(tag, name) {
        None => Ok(1),
        Some(text) => str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| WorkbookError::corrupt(format!("{name} is no number"))),
    }
}
