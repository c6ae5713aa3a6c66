//! Assembles rows from cells of calamine. Comes in: cells in the order of the sheet. Goes out: each row that is not
//! empty, with the wanted columns. It holds one row at a time. Sheets on the fast path have [`super::xlsx`] instead.

use calamine::DataRef;

use super::DateSystem;
use super::cell_text;
use super::error::WorkbookError;
use super::merged_columns::MergedColumns;
use super::merged_ranges::MergedRange;
use super::xlsx::WantedRows;
use crate::base::limits;
use crate::formats::row::{Cell, CellKind, MERGED, Origin, Row};

/// Where the text of a wanted cell is in [`RowAssembler::text`].
#[derive(Debug, Clone, Copy)]
struct CellSpan {
    start: usize,
    end: usize,
    kind: CellKind,
}

const EMPTY: CellSpan = CellSpan { start: 0, end: 0, kind: CellKind::Sheet };

/// The row that is being assembled.
pub(super) struct RowAssembler<'a> {
    wanted: WantedRows<'a>,
    /// **Absent**: no merged range touches a wanted column.
    merged: Option<MergedColumns>,
    /// Wanted columns of the row, where the name in the header is merged over a column that holds something too.
    doubtful: Vec<(usize, MergedRange)>,
    each: &'a mut dyn FnMut(Row<'_>),
    /// By column of the sheet, up to the last wanted one. **Absent**: not wanted.
    spans: Vec<Option<CellSpan>>,
    /// By column of the sheet, as `spans`: whether it holds dates.
    holds_dates: Vec<bool>,
    /// By column of the sheet, as `spans`: whether it holds ids.
    holds_ids: Vec<bool>,
    date_system: DateSystem,
    text: Vec<u8>,
    /// Row and column of the last cell, from 0. **Absent**: no cell yet.
    last: Option<(u32, u32)>,
    is_blank: bool,
}

impl<'a> RowAssembler<'a> {
    pub(super) fn new(
        mut wanted: WantedRows<'a>,
        merged: Option<MergedColumns>,
        date_system: DateSystem,
        each: &'a mut dyn FnMut(Row<'_>),
    ) -> RowAssembler<'a> {
        wanted.header_row = merged.as_ref().map_or(wanted.header_row, |merged| merged.header_row);
        let columns = || wanted.columns.iter().flatten();
        let mut spans = vec![None; columns().max().map_or(0, |last| last + 1)];
        for column in columns() {
            spans[*column] = Some(EMPTY);
        }
        let mut holds_dates = vec![false; spans.len()];
        for column in wanted.date_columns() {
            holds_dates[column] = true;
        }
        let mut holds_ids = vec![false; spans.len()];
        for column in wanted.id_columns() {
            holds_ids[column] = true;
        }
        RowAssembler {
            wanted,
            merged,
            doubtful: Vec::new(),
            each,
            spans,
            holds_dates,
            holds_ids,
            date_system,
            text: Vec::new(),
            last: None,
            is_blank: true,
        }
    }

    /// Takes the next cell. Row and column count from 0.
    ///
    /// # Errors
    /// The cell is past the edge of a sheet, or out of order.
    pub(super) fn cell(
        &mut self,
        (row, column): (u32, u32),
        value: &DataRef<'_>,
    ) -> Result<(), WorkbookError> {
        if row >= limits::SHEET_ROWS || column >= limits::SHEET_COLUMNS {
            return Err(WorkbookError::corrupt("a cell stands past the last row or column of a sheet"));
        }
        if self.last.is_some_and(|last| last >= (row, column)) {
            return Err(WorkbookError::corrupt(format!("row {} stands twice or out of order", row + 1)));
        }
        if self.last.is_some_and(|(last, _)| last < row) {
            self.end_row();
        }
        self.last = Some((row, column));
        if !self.wanted.has(row + 1) {
            return Ok(());
        }
        let at = usize::try_from(column).unwrap_or(usize::MAX);
        if let Some(Some(span)) = self.spans.get_mut(at) {
            let start = self.text.len();
            let moment = if self.holds_dates[at] { self.date_system.moment(value) } else { None };
            let mut kind = cell_text::write(moment.as_ref().unwrap_or(value), &mut self.text);
            let is_date =
                matches!(value, DataRef::DateTime(_) | DataRef::DateTimeIso(_) | DataRef::DurationIso(_));
            if is_date && kind == CellKind::Sheet && self.holds_ids[at] {
                kind = CellKind::SheetError;
            }
            *span = CellSpan { start, end: self.text.len(), kind };
            self.is_blank &= span.end == start;
        } else {
            let is_blank = match value {
                DataRef::Empty => true,
                DataRef::String(text) => text.is_empty(),
                DataRef::SharedString(text) => text.is_empty(),
                _ => false,
            };
            self.is_blank &= is_blank;
            let merged = self.merged.as_ref().filter(|_| !is_blank);
            self.doubtful.extend(merged.and_then(|merged| merged.name_beside(at)));
        }
        Ok(())
    }

    /// Ends the last row.
    pub(super) fn finish(mut self) {
        self.end_row();
    }

    /// Makes error values of the wanted cells of the row for which the file holds no value, since they are merged with others (SPEC 3.11). A row that
    /// is blank otherwise stays blank.
    fn mark_merged_cells(&mut self) {
        let (Some(merged), Some((row, _)), false) = (&mut self.merged, self.last, self.is_blank) else {
            return;
        };
        let (spans, text) = (&mut self.spans, &mut self.text);
        let mut mark = |column: usize, range: MergedRange| {
            let start = text.len();
            text.extend_from_slice(format!("{MERGED}{range}").as_bytes());
            spans[column] = Some(CellSpan { start, end: text.len(), kind: CellKind::SheetError });
        };
        merged.for_each_covered(row, &mut mark);
        self.doubtful.drain(..).for_each(|(column, range)| mark(column, range));
    }

    /// Gives the row to `each` unless it is empty, and begins the next.
    fn end_row(&mut self) {
        self.mark_merged_cells();
        if let (Some((row, _)), false) = (self.last, self.is_blank) {
            let cells: Vec<Cell<'_>> = self
                .wanted
                .columns
                .iter()
                .map(|column| {
                    let span = column.and_then(|column| self.spans[column]).unwrap_or(EMPTY);
                    Cell { bytes: &self.text[span.start..span.end], kind: span.kind }
                })
                .collect();
            (self.each)(Row { at: Origin::Sheet(row + 1), cells: &cells });
        }
        self.text.clear();
        self.doubtful.clear();
        self.is_blank = true;
        for span in self.spans.iter_mut().flatten() {
            *span = EMPTY;
        }
    }
}

/// The text of a cell where a header is looked for, cut to [`limits::HEADER_CELL_BYTES`].
pub(super) fn header_text(value: &DataRef<'_>) -> String {
    let mut text = Vec::new();
    cell_text::write(value, &mut text);
    text.truncate(limits::HEADER_CELL_BYTES);
    String::from_utf8_lossy(&text).into_owned()
}
