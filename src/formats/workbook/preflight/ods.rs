//! Counts the cells that an `.ods` stands for. One cell of its XML can say that it is repeated a million times, and
//! calamine allocates them all, so they are counted first. Comes in: the tokens of `content.xml`. Goes out: why it is
//! refused. It holds no cell.

use memchr::memmem;

use super::len_u64;
use super::xml::{XmlToken, attribute, attributes, tag_name};
use crate::base::limits;
use crate::formats::workbook::cell_text;
use crate::formats::workbook::error::WorkbookError;
use crate::formats::workbook::merged_ranges::{MergedRange, MergedRanges};

/// Counts of the document so far.
pub(super) struct OdsCellCounter {
    table: OdsTable,
    row: OdsRow,
    cell: Option<OdsCell>,
    /// Cells of the tables before `table`.
    cells: u64,
    /// Bytes of text of all cells, repeats included.
    text_bytes: u64,
    in_row: bool,
    /// Paragraphs that are open.
    paragraphs: u32,
    needs_rewrite: bool,
    /// Of the tables so far.
    merged: Vec<MergedRanges>,
}

#[derive(Default)]
struct OdsTable {
    rows: u64,
    /// Rows up to the last one that is not empty.
    rows_used: u64,
    columns_used: u64,
    /// Cells of the rows, each row counted once.
    row_cells: u64,
}

#[derive(Default)]
struct OdsRow {
    repeats: u64,
    columns: u64,
    /// Columns up to the last one that is not empty.
    columns_used: u64,
    /// First column, columns and rows of each cell that spans several.
    spans: Vec<[u64; 3]>,
}

struct OdsCell {
    repeats: u64,
    bytes: u64,
}

impl OdsCellCounter {
    pub(super) fn new() -> OdsCellCounter {
        OdsCellCounter {
            table: OdsTable::default(),
            row: OdsRow::default(),
            cell: None,
            cells: 0,
            text_bytes: 0,
            in_row: false,
            paragraphs: 0,
            needs_rewrite: false,
            merged: Vec::new(),
        }
    }

    /// Whether a row has text or comments outside of paragraphs, such as blanks between its cells, which calamine refuses; a whole number
    /// that calamine would round; or a formula without a value, which it takes for blank.
    pub(super) fn needs_rewrite(&self) -> bool {
        self.needs_rewrite
    }

    /// The merged ranges of all tables, in their order.
    pub(super) fn into_merged(self) -> Vec<MergedRanges> {
        self.merged
    }

    /// Counts a token.
    ///
    /// # Errors
    /// The document stands for too many cells or too much text.
    pub(super) fn visit(&mut self, token: &XmlToken<'_>) -> Result<(), WorkbookError> {
        let tag = match token {
            XmlToken::Tag(tag) => tag,
            XmlToken::Text(text) => {
                self.text(len_u64(text.len()));
                return Ok(());
            }
            XmlToken::Other(bytes) => {
                self.text(*bytes);
                return Ok(());
            }
        };
        let is_empty = tag.ends_with(b"/");
        match tag_name(tag) {
            (b"table:table", true) => {
                self.cells = self.cells.saturating_add(self.table.cells());
                self.table = OdsTable::default();
                // A table without a name is no sheet.
                self.merged.extend(attribute(tag, "table:name").map(|_| MergedRanges::default()));
            }
            (b"text:p" | b"text:h", is_start) if !is_empty => {
                self.paragraphs = if is_start {
                    self.paragraphs.saturating_add(1)
                } else {
                    self.paragraphs.saturating_sub(1)
                };
            }
            (b"table:table-row", true) => {
                self.in_row = !is_empty;
                self.row =
                    OdsRow { repeats: repeat_count(tag, "table:number-rows-repeated")?, ..OdsRow::default() };
                if is_empty {
                    self.end_row()?;
                }
            }
            (b"table:table-row", false) => {
                self.in_row = false;
                self.end_row()?;
            }
            (b"table:table-cell" | b"table:covered-table-cell", true) => self.cell(tag, is_empty)?,
            (b"table:table-cell" | b"table:covered-table-cell", false) => self.end_cell()?,
            (b"text:s", true) => {
                let spaces = repeat_count(tag, "text:c")?;
                if let Some(cell) = &mut self.cell {
                    cell.bytes = cell.bytes.saturating_add(spaces);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Counts text, or a comment.
    fn text(&mut self, bytes: u64) {
        self.needs_rewrite |= self.in_row && self.paragraphs == 0;
        if let Some(cell) = &mut self.cell {
            cell.bytes = cell.bytes.saturating_add(bytes);
        }
    }

    fn cell(&mut self, tag: &[u8], is_empty: bool) -> Result<(), WorkbookError> {
        let repeats = repeat_count(tag, "table:number-columns-repeated")?;
        if memmem::find(tag, b"-spanned=").is_some() {
            let columns = repeat_count(tag, "table:number-columns-spanned")?;
            self.row.spans.push([self.row.columns, columns, repeat_count(tag, "table:number-rows-spanned")?]);
        }
        self.row.columns = self.row.columns.saturating_add(repeats);
        // calamine leaves out cells without value and formula at the end of a row.
        let holds = attributes(tag).any(|(name, _)| name.starts_with(b"office:") || name == b"table:formula");
        if holds {
            self.needs_rewrite |= attribute(tag, "office:value").is_some_and(cell_text::is_exact_integer)
                || cell_text::is_uncomputed_ods_cell(tag);
            self.row.columns_used = self.row.columns;
            self.cell = Some(OdsCell { repeats, bytes: len_u64(tag.len()) });
            if is_empty {
                self.end_cell()?;
            }
        }
        Ok(())
    }

    /// A cell repeated within a row that is repeated: the product counts.
    fn end_cell(&mut self) -> Result<(), WorkbookError> {
        if let Some(cell) = self.cell.take() {
            let times = cell.repeats.saturating_mul(self.row.repeats);
            self.text_bytes = self.text_bytes.saturating_add(cell.bytes.saturating_mul(times));
        }
        if self.text_bytes > limits::WORKBOOK_PART_BYTES {
            return Err(WorkbookError::expansion_limit(format!(
                "the workbook expands absurdly: its cells, with all repeats, have more than {} MiB",
                limits::WORKBOOK_PART_BYTES >> 20
            )));
        }
        Ok(())
    }

    /// Adds the merged ranges that begin in a row, and in its repeats, to the ranges of the table.
    fn add_merged(&mut self, row: &OdsRow) -> Result<(), WorkbookError> {
        let Some(merged) = self.merged.last_mut() else { return Ok(()) };
        let first_row = self.table.rows;
        let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        for [left, columns, rows] in row.spans.iter().copied() {
            // Cells that span several rows do not stand in repeated rows, whose copies they would cover.
            let repeats = if rows > 1 { 1 } else { row.repeats.min(limits::SHEET_ROWS.into()) };
            for top in first_row..first_row.saturating_add(repeats) {
                merged.push(MergedRange {
                    top: number(top),
                    bottom: number(top.saturating_add(rows.max(1) - 1)),
                    left: number(left),
                    right: number(left.saturating_add(columns.max(1) - 1)),
                })?;
            }
        }
        Ok(())
    }

    /// Adds a row to its table. Empty rows count only if a row below holds something.
    fn end_row(&mut self) -> Result<(), WorkbookError> {
        let row = std::mem::take(&mut self.row);
        if row.columns_used > 0 {
            self.add_merged(&row)?;
        }
        let table = &mut self.table;
        table.rows = table.rows.saturating_add(row.repeats);
        if row.columns_used == 0 {
            return Ok(());
        }
        table.rows_used = table.rows;
        table.columns_used = table.columns_used.max(row.columns_used);
        table.row_cells = table.row_cells.saturating_add(row.columns_used);
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
            return Err(WorkbookError::expansion_limit(format!(
                "the workbook stands for more than {} cells, the repeated and empty ones included",
                limits::WHOLE_WORKBOOK_CELLS
            )));
        }
        Ok(())
    }
}

impl OdsTable {
    /// calamine allocates the rectangle up to the last used row and column.
    fn cells(&self) -> u64 {
        self.rows_used.saturating_mul(self.columns_used).max(self.row_cells)
    }
}

/// The repeat count in an attribute; 1 if the tag has no such attribute.
fn repeat_count(tag: &[u8], name: &str) -> Result<u64, WorkbookError> {
    match attribute(tag, name) {
        None => Ok(1),
        Some(text) => str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| WorkbookError::corrupt(format!("{name} is no number"))),
    }
}
