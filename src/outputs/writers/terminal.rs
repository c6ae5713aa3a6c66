//! Writes a table as aligned text for readers at a terminal: the columns that have a terminal style, in few enough characters.
//! Comes in: a table, and colours. Goes out: lines. No figure that the table does not have.

use std::io;

use super::aligned::{self, AlignedColumn};
use super::{TableWriter, line_of};
use crate::outputs::columns::{ColumnSpec, OutputTable, ValueKind};
use crate::outputs::paint::Palette;
use crate::outputs::text::{cut_to_width, one_line};

/// Writes lines of at most `width` characters: the caption, a heading, then a line a row.
pub(super) struct TerminalWriter<'p> {
    pub(super) width: usize,
    pub(super) palette: &'p Palette,
}

/// Width of the terminal; where there is none, 80.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0))
}

/// Lines of the terminal; where there is none, 24.
pub(crate) fn height() -> usize {
    terminal_size::terminal_size().map_or(24, |(_, height)| usize::from(height.0))
}

impl TableWriter for TerminalWriter<'_> {
    fn write(&self, table: &OutputTable<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let mut columns: Vec<Option<AlignedColumn>> = table.columns.iter().map(empty_column).collect();
        table.rows.for_each(&mut |row| {
            for (column, value) in columns.iter_mut().zip(row) {
                column.iter_mut().for_each(|column| column.cells.push(line_of(value)));
            }
        });
        let mut columns: Vec<AlignedColumn> = columns.into_iter().flatten().collect();
        if columns.iter().all(|column| column.cells.is_empty()) {
            return writeln!(out, "{}", cut_to_width(&format!("no {}", table.noun), self.width));
        }
        columns.retain(|column| column.rank == 0 || column.cells.iter().any(|cell| !cell.is_empty()));
        writeln!(out, "{}", cut_to_width(&one_line(&table.caption), self.width))?;
        aligned::write(columns, self.width, self.palette, out)
    }
}

/// The column without cells. **Absent**: terminals do not show it.
fn empty_column(spec: &ColumnSpec) -> Option<AlignedColumn> {
    let style = spec.terminal.as_ref()?;
    let align_right = match spec.kind {
        ValueKind::Text | ValueKind::Date | ValueKind::Month => false,
        ValueKind::Count | ValueKind::Usd | ValueKind::Amount => true,
    };
    let (title, cells) = (style.title.clone(), Vec::new());
    let name = spec.name.clone();
    Some(AlignedColumn { name, title, cells, align_right, rank: style.rank, least_width: style.least_width })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::fixtures::{facts, silver, table, undetermined};

    fn written(width: usize) -> Vec<String> {
        let long = crate::judge::facts::PartnerFacts {
            name: Some("Proseware\u{1b}[31m, Sociedad de Tecnología\nAvanzada".into()),
            market: None,
            ..facts("4390934", "12000")
        };
        let mut out = Vec::new();
        let table = table(&[(facts("42", "15000.0000001"), silver()), (long, undetermined())]);
        TerminalWriter { width, palette: &Palette::default() }.write(&table, &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_wide_terminal_shows_every_column_that_matters() {
        let expected = [
            "cloud-platform@2017-07-07, as of 2017-07-07, consumption of 2016-07-01 to 2017-06-30",
            "partner  name                                             market     tier          confidence  next    lacks USD  lacks people  consumed  assessment  exam  lost on     notes",
            "42       Partner 42                                       developed  silver        certain     gold     85000.00             1  15000.00           0     1  2017-11-30",
            "4390934  Proseware␛[31m, Sociedad de Tecnología␊Avanzada             undetermined  certain     silver                        0  12000.00           0     1              market-unknown",
        ];
        assert_eq!(written(200), expected);
    }

    #[test]
    fn eighty_characters_show_the_tier_and_what_is_lacking() {
        let expected = [
            "cloud-platform@2017-07-07, as of 2017-07-07, consumption of 2016-07-01 to 2017-…",
            "partner  name         tier          next    lacks USD  lacks people  consumed  …",
            "42       Partner 42   silver        gold     85000.00             1  15000.00",
            "4390934  Proseware␛…  undetermined  silver                        0  12000.00",
        ];
        assert_eq!(written(80), expected);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_no_control_character_reaches_it() {
        for width in 1..180 {
            for line in written(width) {
                assert!(line.chars().count() <= width, "{width}: {line}");
                assert!(!line.contains(char::is_control), "{line:?}");
            }
        }
    }

    #[test]
    fn a_report_without_partners_says_so() {
        let mut out = Vec::new();
        TerminalWriter { width: 80, palette: &Palette::default() }.write(&table(&[]), &mut out).unwrap();
        assert_eq!(out, b"no partners\n");
    }
}
