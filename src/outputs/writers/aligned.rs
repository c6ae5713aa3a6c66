//! Fits columns of text into a width and aligns them. Comes in: columns with what they may lose. Goes out: lines.
//! It knows no report.

use std::io;

use crate::outputs::paint::Palette;
use crate::outputs::text::cut_to_width;

/// Characters between two columns.
const GAP: usize = 2;

/// One column of text.
pub(super) struct AlignedColumn {
    /// Name of the column, which decides the colours of its cells.
    pub(super) name: String,
    /// Heading of the column.
    pub(super) title: String,
    /// Cells, each on one line.
    pub(super) cells: Vec<String>,
    /// Whether cells are aligned at their right end: figures.
    pub(super) align_right: bool,
    /// Columns are left out by rank, the highest first; rank 0 never.
    pub(super) rank: u8,
    /// Width to which cells may be cut. **Absent**: cells are never cut.
    pub(super) least_width: Option<usize>,
}

impl AlignedColumn {
    fn natural_width(&self) -> usize {
        let widest = self.cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
        widest.max(self.title.chars().count())
    }
}

/// Writes a heading and the rows of `columns`, no line wider than `width`: first cells are cut, the widest columns first,
/// then columns left out by rank; a last heading `…` says so.
pub(super) fn write(
    mut columns: Vec<AlignedColumn>,
    width: usize,
    palette: &Palette,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let rows = columns.first().map_or(0, |column| column.cells.len());
    let mut widths = fitted(&columns, width);
    while total(&widths) > width {
        let Some(rank) = columns.iter().map(|column| column.rank).max().filter(|rank| *rank > 0) else {
            break;
        };
        columns.retain(|column| column.rank != rank && column.title != "…");
        columns.push(omission(rows));
        widths = fitted(&columns, width);
    }
    let titles = columns.iter().map(|column| column.title.as_str());
    write_line(&columns, &widths, width, titles, &Palette::default(), out)?;
    for row in 0..rows {
        let cells = columns.iter().map(|column| column.cells[row].as_str());
        write_line(&columns, &widths, width, cells, palette, out)?;
    }
    Ok(())
}

/// The column that stands for those that were left out.
fn omission(rows: usize) -> AlignedColumn {
    AlignedColumn {
        name: String::new(),
        title: "…".to_owned(),
        cells: vec![String::new(); rows],
        align_right: false,
        rank: 0,
        least_width: None,
    }
}

/// The widths of columns, after cutting what may be cut until they fit, or no more can be cut.
fn fitted(columns: &[AlignedColumn], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = columns.iter().map(AlignedColumn::natural_width).collect();
    while total(&widths) > width {
        let may_shrink =
            |index: &usize| columns[*index].least_width.is_some_and(|least| widths[*index] > least);
        let Some(widest) = (0..columns.len()).filter(may_shrink).max_by_key(|index| widths[*index]) else {
            break;
        };
        widths[widest] -= 1;
    }
    widths
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

fn write_line<'c>(
    columns: &[AlignedColumn],
    widths: &[usize],
    width: usize,
    cells: impl Iterator<Item = &'c str>,
    palette: &Palette,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut line = String::new();
    // A line that is cut has no room for colours.
    let is_whole = total(widths) <= width;
    for (index, ((column, cell_width), cell)) in columns.iter().zip(widths).zip(cells).enumerate() {
        let gap = if index == 0 { 0 } else { GAP };
        let cell = cut_to_width(cell, *cell_width);
        let blanks = cell_width - cell.chars().count();
        let (before, after) = if column.align_right { (blanks, 0) } else { (0, blanks) };
        line.extend(std::iter::repeat_n(' ', gap + before));
        match is_whole {
            true => line.push_str(&palette.cell(&column.name, &cell)),
            false => line.push_str(&cell),
        }
        line.extend(std::iter::repeat_n(' ', after));
    }
    match is_whole {
        true => writeln!(out, "{}", line.trim_end()),
        false => writeln!(out, "{}", cut_to_width(line.trim_end(), width)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(title: &str, cell: &str, rank: u8, least_width: Option<usize>) -> AlignedColumn {
        let align_right = cell.starts_with(|c: char| c.is_ascii_digit());
        AlignedColumn {
            name: String::new(),
            title: title.into(),
            cells: vec![cell.into()],
            align_right,
            rank,
            least_width,
        }
    }

    fn written(width: usize) -> String {
        let columns = vec![
            column("id", "1", 0, None),
            column("name", "Fabrikam Größe", 2, Some(6)),
            column("usd", "15000.00", 1, None),
            column("extra", "x", 3, None),
        ];
        let mut out = Vec::new();
        write(columns, width, &Palette::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cells_are_cut_first_then_columns_left_out_by_rank() {
        assert_eq!(written(40), "id  name                 usd  extra\n 1  Fabrikam Größe  15000.00  x\n");
        assert_eq!(written(30), "id  name            usd  extra\n 1  Fabrikam…  15000.00  x\n");
        assert_eq!(written(25), "id  name           usd  …\n 1  Fabrika…  15000.00\n");
        assert_eq!(written(16), "id       usd  …\n 1  15000.00\n");
        assert_eq!(written(5), "id  …\n 1\n");
        assert_eq!(written(2), "i…\n 1\n");
    }

    #[test]
    fn no_line_is_wider_than_the_width() {
        for width in 0..50 {
            assert!(written(width).lines().all(|line| line.chars().count() <= width), "{width}");
        }
    }
}
