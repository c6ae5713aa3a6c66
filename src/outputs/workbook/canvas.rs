//! A sheet for reading, with titles and blocks below each other. Comes in: texts and values for cells. Goes out: a sheet. It knows no run.

use std::io;

use rust_xlsxwriter::{ColNum, Format, RowNum, Worksheet};

use super::cells::{day_number, fitting, is_exact, number};
use super::sheet::{failed, page};
use super::styles::Styles;
use crate::base::amount::Amount;
use crate::base::calendar::Day;

/// The sheet, and the row that is written next.
pub(super) struct Canvas<'s> {
    pub(super) sheet: Worksheet,
    pub(super) styles: &'s Styles,
    pub(super) row: RowNum,
}

impl<'s> Canvas<'s> {
    /// An empty sheet, without lines between its cells. `widths`: of the columns, in characters.
    pub(super) fn new(name: &str, styles: &'s Styles, widths: &[u16]) -> io::Result<Canvas<'s>> {
        let mut sheet = Worksheet::new();
        sheet.set_name(name).map_err(failed)?;
        page(&mut sheet);
        sheet.set_screen_gridlines(false);
        for (column, width) in (0..).zip(widths) {
            sheet.set_column_width(column, *width).map_err(failed)?;
        }
        Ok(Canvas { sheet, styles, row: 0 })
    }

    pub(super) fn text(&mut self, column: ColNum, text: &str, format: &Format) -> io::Result<()> {
        let text = fitting(text).0;
        self.sheet.write_string_with_format(self.row, column, text, format).map(drop).map_err(failed)
    }

    pub(super) fn count(&mut self, column: ColNum, count: u64, format: &Format) -> io::Result<()> {
        self.figure(column, &count.to_string(), format)
    }

    /// Writes a decimal number: as a number if a spreadsheet keeps all of its digits, else as text.
    pub(super) fn figure(&mut self, column: ColNum, figure: &str, format: &Format) -> io::Result<()> {
        match number(figure).filter(|_| is_exact(figure)) {
            Some(number) => {
                let written = self.sheet.write_number_with_format(self.row, column, number, format);
                written.map(drop).map_err(failed)
            }
            None => self.text(column, figure, format),
        }
    }

    /// Writes an amount of money. **Rounding**: down to the cent.
    pub(super) fn money(&mut self, column: ColNum, amount: Amount, format: &Format) -> io::Result<()> {
        self.figure(column, &amount.floor_to_cents().to_string(), format)
    }

    pub(super) fn day(&mut self, column: ColNum, day: Day, format: &Format) -> io::Result<()> {
        match day_number(day) {
            Some(number) => {
                let written = self.sheet.write_number_with_format(self.row, column, number, format);
                written.map(drop).map_err(failed)
            }
            None => self.text(column, &day.to_string(), format),
        }
    }

    /// Writes the title of a block, and goes to the next row.
    pub(super) fn section(&mut self, title: &str) -> io::Result<()> {
        self.text(0, title, &self.styles.section)?;
        self.sheet.set_row_height(self.row, 20).map_err(failed)?;
        self.row += 1;
        Ok(())
    }

    /// Writes the heads of a block, text first and figures behind, and goes to the next row.
    pub(super) fn heads(&mut self, texts: &[&str], figures: &[&str]) -> io::Result<()> {
        let formats = texts
            .iter()
            .map(|head| (head, &self.styles.head))
            .chain(figures.iter().map(|head| (head, &self.styles.head_right)));
        for (column, (head, format)) in (0..).zip(formats) {
            self.text(column, head, format)?;
        }
        self.row += 1;
        Ok(())
    }

    /// Writes a line of explanation, and goes to the next row.
    pub(super) fn note(&mut self, text: &str) -> io::Result<()> {
        self.text(0, text, &self.styles.note)?;
        self.row += 1;
        Ok(())
    }
}
