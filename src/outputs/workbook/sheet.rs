//! A sheet of data: heads in the first row, from A1 on, then rows in order, and nothing else. Comes in: columns, then values. Goes out: a sheet whose
//! rows are in a temporary file, so that memory does not grow with them. It decides neither rows nor columns.

use std::io;

use rust_xlsxwriter::{
    ColNum, ConditionalFormatFormula, Format, FormatBorder, RowNum, Table, TableColumn, TableStyle, Workbook,
    Worksheet, XlsxError,
};

use super::cells::{day_number, fitting, is_exact, number};
use super::heads::least_pixels;
use super::styles::{PALE_GREY, Styles};
use super::temporary_files::unwritable;
use crate::base::amount::Amount;
use crate::base::limits::SHEET_ROWS;
use crate::outputs::columns::{CellValue, ColumnSpec, ValueKind};
use crate::outputs::figures::push_usd;

/// Width of a digit in the default font of spreadsheets.
const DIGIT_PIXELS: u32 = 7;

/// Most rows of data below the heads of a sheet.
pub(super) const DATA_ROWS: usize = SHEET_ROWS as usize - 1;

/// An error of the library as the error of an output.
pub(super) fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        XlsxError::TempFileError(folder, error) => unwritable(&folder, error),
        error => io::Error::other(error),
    }
}

/// A kind of column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnKind {
    Text,
    Count,
    /// Two decimals are shown.
    Money,
    /// A part of one, shown in percent.
    Percentage,
    Date,
}

/// A column of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SheetColumn {
    pub(super) name: String,
    pub(super) kind: ColumnKind,
    /// Width of the values. **Unit**: characters.
    pub(super) width: u16,
    /// What the column means, in one sentence without a full stop.
    pub(super) description: String,
    /// **Absent**: values have no unit.
    pub(super) unit: Option<String>,
}

impl SheetColumn {
    pub(super) fn new(name: &str, kind: ColumnKind, width: u16, description: &str) -> SheetColumn {
        let (name, description) = (name.to_owned(), description.to_owned());
        SheetColumn { name, kind, width, description, unit: None }
    }

    /// The column, with a unit.
    pub(super) fn unit(mut self, unit: &str) -> SheetColumn {
        self.unit = Some(unit.to_owned());
        self
    }

    /// The column of a table.
    pub(super) fn of(spec: &ColumnSpec) -> SheetColumn {
        let (kind, least) = match spec.kind {
            ValueKind::Text => (ColumnKind::Text, 13),
            ValueKind::Month => (ColumnKind::Text, 9),
            ValueKind::Count => (ColumnKind::Count, 9),
            ValueKind::Usd | ValueKind::Amount => (ColumnKind::Money, 15),
            ValueKind::Date => (ColumnKind::Date, 13),
        };
        let column = SheetColumn::new(&spec.name, kind, least, &spec.description);
        SheetColumn { unit: spec.unit.map(str::to_owned), ..column }
    }

    /// Width of the column, with its head. **Unit**: pixels.
    pub(super) fn pixels(&self) -> u32 {
        (u32::from(self.width) * DIGIT_PIXELS + 5).max(least_pixels(&self.name))
    }

    /// The column, of another width.
    pub(super) fn width(mut self, width: u16) -> SheetColumn {
        self.width = width;
        self
    }
}

/// What a sheet holds, for the sheets that tell of it.
#[derive(Debug, Clone)]
pub(super) struct SheetContents {
    pub(super) name: &'static str,
    pub(super) columns: Vec<SheetColumn>,
    pub(super) rows: usize,
    /// Texts that were cut to what a cell holds.
    pub(super) cut_texts: u64,
}

/// A sheet that is being written.
pub(super) struct DataSheet<'s> {
    pub(super) sheet: Worksheet,
    styles: &'s Styles,
    contents: SheetContents,
    row: RowNum,
    is_table: bool,
    /// The last column that is printed. **Absent**: all are.
    pub(super) last_printed: Option<ColNum>,
    /// The text of the last amount, whose memory is used again.
    figure: String,
}

impl<'s> DataSheet<'s> {
    /// A sheet with heads, whose first `frozen` columns stay in view.
    pub(super) fn new(
        workbook: &mut Workbook,
        styles: &'s Styles,
        name: &'static str,
        columns: Vec<SheetColumn>,
        frozen: ColNum,
    ) -> io::Result<DataSheet<'s>> {
        let sheet = workbook.new_worksheet_with_constant_memory().map_err(failed)?;
        let contents = SheetContents { name, columns, rows: 0, cut_texts: 0 };
        let mut data = DataSheet {
            sheet,
            styles,
            contents,
            row: 0,
            is_table: false,
            last_printed: None,
            figure: String::new(),
        };
        data.lay_out(frozen).map_err(failed)?;
        Ok(data)
    }

    fn lay_out(&mut self, frozen: ColNum) -> Result<(), XlsxError> {
        let DataSheet { sheet, styles, contents, .. } = self;
        sheet.set_name(contents.name)?;
        page(sheet);
        sheet.set_screen_gridlines(false);
        sheet.set_repeat_rows(0, 0)?.set_freeze_panes(1, frozen)?.set_row_height(0, 24)?;
        for (nth, column) in (0..).zip(&contents.columns) {
            let format = match column.kind {
                ColumnKind::Text => &styles.text,
                ColumnKind::Count => &styles.count,
                ColumnKind::Money => &styles.money,
                ColumnKind::Percentage => &styles.share,
                ColumnKind::Date => &styles.date,
            };
            sheet.set_column_format(nth, format)?.set_column_width_pixels(nth, column.pixels())?;
            sheet.write_string_with_format(0, nth, &column.name, styles.of_head(column.kind))?;
        }
        Ok(())
    }

    /// Makes the heads and so many rows a table. Rows are written later: the library must know their table before.
    pub(super) fn make_table(&mut self, rows: usize) -> io::Result<()> {
        let (Some(last), Ok(rows)) = (self.contents.columns.len().checked_sub(1), u32::try_from(rows)) else {
            return Ok(());
        };
        if rows == 0 {
            return Ok(());
        }
        let head = |column: &SheetColumn| {
            TableColumn::new().set_header(&column.name).set_header_format(self.styles.of_head(column.kind))
        };
        let columns: Vec<TableColumn> = self.contents.columns.iter().map(head).collect();
        let table =
            Table::new().set_name(self.contents.name).set_columns(&columns).set_style(TableStyle::None);
        let last = ColNum::try_from(last).map_err(io::Error::other)?;
        self.sheet.add_table(0, 0, rows, last, &table).map_err(failed)?;
        self.is_table = true;
        Ok(())
    }

    /// How many rows of data the sheet has so far.
    pub(super) fn rows(&self) -> usize {
        self.contents.rows
    }

    /// Begins the next row.
    pub(super) fn next_row(&mut self) {
        self.row += 1;
        self.contents.rows += 1;
    }

    /// Writes a row.
    pub(super) fn write_row<'v>(
        &mut self,
        values: impl IntoIterator<Item = CellValue<'v>>,
    ) -> io::Result<()> {
        self.next_row();
        (0..).zip(values).try_for_each(|(column, value)| self.write(column, &value))
    }

    /// Writes a cell of the row.
    pub(super) fn write(&mut self, column: ColNum, value: &CellValue<'_>) -> io::Result<()> {
        match value {
            CellValue::Absent => Ok(()),
            CellValue::Text(text) | CellValue::Verbatim(text) => self.write_text(column, text),
            CellValue::Count(count) => match u32::try_from(*count) {
                Ok(count) => self.sheet.write_number(self.row, column, count).map(drop).map_err(failed),
                Err(_) => self.write_figure(column, &count.to_string()),
            },
            CellValue::Usd(usd) => {
                let mut figure = std::mem::take(&mut self.figure);
                figure.clear();
                push_usd(&mut figure, *usd);
                let written = self.write_figure(column, &figure);
                self.figure = figure;
                written
            }
            CellValue::Amount(amount) => self.write_figure(column, &amount.to_string()),
            CellValue::Date(day) => match day_number(*day) {
                Some(number) => self.sheet.write_number(self.row, column, number).map(drop).map_err(failed),
                None => self.write_text(column, &day.to_string()),
            },
            CellValue::Month(month) => self.write_text(column, &month.to_string()),
        }
    }

    /// Writes a text as it is. A text that is longer than a cell is cut.
    pub(super) fn write_text(&mut self, column: ColNum, text: &str) -> io::Result<()> {
        let (text, is_cut) = fitting(text);
        self.contents.cut_texts += u64::from(is_cut);
        let written = match self.styles.of_text(&text) {
            Some(format) => self.sheet.write_string_with_format(self.row, column, text, format),
            None => self.sheet.write_string(self.row, column, text),
        };
        written.map(drop).map_err(failed)
    }

    /// Writes a decimal number: as a number if a spreadsheet keeps all of its digits, else as text.
    pub(super) fn write_figure(&mut self, column: ColNum, figure: &str) -> io::Result<()> {
        let written = match number(figure).filter(|_| is_exact(figure)) {
            Some(number) => self.sheet.write_number(self.row, column, number),
            None => self.sheet.write_string_with_format(self.row, column, figure, &self.styles.figure_text),
        };
        written.map(drop).map_err(failed)
    }

    /// Writes an exact amount as the nearest number, and, if that has fewer digits, the whole of it as text in the column `beside`.
    pub(super) fn write_amount(&mut self, column: ColNum, beside: ColNum, amount: Amount) -> io::Result<()> {
        let figure = amount.to_string();
        if let Some(number) = number(&figure) {
            self.sheet.write_number(self.row, column, number).map_err(failed)?;
        }
        if !is_exact(&figure) {
            let format = &self.styles.figure_text;
            self.sheet.write_string_with_format(self.row, beside, &figure, format).map_err(failed)?;
        }
        Ok(())
    }

    /// Sets what is printed, and how large: nothing of a sheet without rows, which would be a page with heads alone.
    fn set_print(&mut self, last: ColNum) -> Result<(), XlsxError> {
        let DataSheet { sheet, contents, row, .. } = self;
        if *row == 0 {
            // Programs leave out a page without content.
            sheet.set_repeat_rows(1, 1)?.set_print_area(1, 0, 1, last)?;
            return Ok(());
        }
        let printed = self.last_printed.unwrap_or(last);
        // Without it, a text that is longer than the last column is printed on a page beside.
        sheet.set_print_area(0, 0, *row, printed)?;
        if *row > FITTED_ROWS {
            let columns = contents.columns.iter().take(usize::from(printed) + 1);
            let width = columns.map(SheetColumn::pixels).fold(1, u32::saturating_add);
            let scale = (PAGE_PIXELS * 100 / width).clamp(LEAST_SCALE, 100);
            sheet.set_print_scale(u16::try_from(scale).unwrap_or(100));
        }
        Ok(())
    }

    /// The whole sheet, with filters, and a line below each row.
    pub(super) fn finish(mut self) -> io::Result<(Worksheet, SheetContents)> {
        let Some(last) = self.contents.columns.len().checked_sub(1) else {
            return Ok((self.sheet, self.contents));
        };
        let last = ColNum::try_from(last).map_err(io::Error::other)?;
        if !self.is_table {
            self.sheet.autofilter(0, 0, self.row, last).map_err(failed)?;
        }
        self.set_print(last).map_err(failed)?;
        if self.row > 0 {
            // A rule that always holds: a format of columns would go on below the last row.
            let line = Format::new().set_border_bottom(FormatBorder::Thin).set_border_bottom_color(PALE_GREY);
            let always = ConditionalFormatFormula::new().set_rule("=TRUE").set_format(line);
            self.sheet.add_conditional_format(1, 0, self.row, last, &always).map_err(failed)?;
        }
        Ok((self.sheet, self.contents))
    }
}

/// Rows up to which a program that prints finds out by itself how to fit a page's width. For each page LibreOffice lays the whole sheet out several times
/// to find out, so that the time grows with the square of the rows: minutes at 10,000.
const FITTED_ROWS: RowNum = 1_000;

/// Width of a page between its margins at full scale, 1,045, less what widths of columns differ by between programs: LibreOffice has room for 980.
/// **Unit**: pixels.
const PAGE_PIXELS: u32 = 950;

/// Smallest scale of a page. **Unit**: percent.
const LEAST_SCALE: u32 = 10;

/// How every sheet is printed: A4, landscape, as wide as a page, with its name and the number of the page.
pub(super) fn page(sheet: &mut Worksheet) {
    sheet
        .set_landscape()
        .set_paper_size(9)
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3)
        .set_footer("&L&9&F&C&9&A&R&9&P / &N");
}
