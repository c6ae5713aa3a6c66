//! Which cells of a sheet are part of merged ranges, row by row, while the sheet is read. Comes in: the merged ranges that touch the wanted columns.
//! Goes out: the wanted cells of a row for which the file holds no value of their own. It reads no cell, and fills none (SPEC 3.11).

use super::merged_ranges::{MergedRange, MergedRanges};
use super::xlsx::WantedRows;

/// The wanted columns of a sheet with merged cells. Rows are asked for in ascending order.
pub(super) struct MergedColumns {
    /// In the order of their first rows.
    ranges: Vec<MergedRange>,
    /// How many of `ranges` have begun.
    begun: usize,
    columns: Vec<MergedColumn>,
    /// The last row of the header, from 1: merged cells of the header may reach into the rows below.
    pub(super) header_row: u32,
    /// Cells under a name of the header that is merged over several columns, but its first; and the column of the name.
    beside: Vec<(usize, usize, MergedRange)>,
}

/// A wanted column.
struct MergedColumn {
    column: usize,
    is_amount: bool,
    /// The range that reaches furthest down of those that have begun.
    range: Option<MergedRange>,
}

impl MergedColumns {
    /// `None` if no range touches the wanted columns.
    pub(super) fn new(ranges: &MergedRanges, wanted: &WantedRows<'_>) -> Option<MergedColumns> {
        let ranges = ranges.relevant(wanted);
        if ranges.is_empty() {
            return None;
        }
        let is_amount = |column| wanted.amount_columns().any(|amount| amount == column);
        let mut columns: Vec<usize> = wanted.columns.iter().flatten().copied().collect();
        columns.sort_unstable();
        columns.dedup();
        // Where every name reaches down to a row, the row has no cell of data in any wanted column.
        let of_header = &ranges[..ranges.partition_point(|range| range.top < wanted.header_row)];
        let last_row_of = |column: &usize| {
            let of_column = of_header.iter().filter(|range| range.has_column(*column));
            of_column.map(|range| range.bottom + 1).max().unwrap_or(0)
        };
        let header_row = columns.iter().map(last_row_of).min().unwrap_or(0).max(wanted.header_row);
        let mut beside = Vec::new();
        for range in of_header {
            let Some(name) = columns.iter().find(|column| range.has_column(**column)) else { continue };
            let others = (range.left..=range.right).filter_map(|column| usize::try_from(column).ok());
            beside
                .extend(others.filter(|other| !columns.contains(other)).map(|other| (other, *name, *range)));
        }
        let columns = columns
            .into_iter()
            .map(|column| MergedColumn { column, is_amount: is_amount(column), range: None })
            .collect();
        Some(MergedColumns { ranges, begun: 0, columns, header_row, beside })
    }

    /// The wanted column, and the range, of a name of the header that is merged over this column too, which is not wanted by itself.
    pub(super) fn name_beside(&self, column: usize) -> Option<(usize, MergedRange)> {
        let found = self.beside.iter().find(|(other, ..)| *other == column);
        found.map(|(_, name, range)| (*name, *range))
    }

    /// Calls `each` for the wanted cells of a row, from 0, for which the file holds no value of their own: all cells of a merged range but its first;
    /// and the first, if it holds an amount of several rows, unless all wanted cells reach down as far, so that they are one row.
    pub(super) fn for_each_covered(&mut self, row: u32, each: &mut dyn FnMut(usize, MergedRange)) {
        // Ranges that begin in this row are next to those that began above it.
        self.begin_until(row.checked_sub(1));
        let is_covered: Vec<bool> = self
            .columns
            .iter()
            .map(|of_column| of_column.range.is_some_and(|range| range.has_row(row)))
            .collect();
        self.begin_until(Some(row));
        let rows_of = |wanted: &MergedColumn| wanted.range.map(|range| (range.top, range.bottom));
        let is_tall_row = self.columns.windows(2).all(|pair| rows_of(&pair[0]) == rows_of(&pair[1]));
        for (of_column, is_covered) in self.columns.iter().zip(is_covered) {
            let Some(range) = of_column.range.filter(|range| range.has_row(row)) else { continue };
            let is_first = range.top == row
                && u32::try_from(of_column.column).is_ok_and(|column| column == range.left)
                && !is_covered;
            let is_amount_of_rows = of_column.is_amount && range.bottom > range.top && !is_tall_row;
            if !is_first || is_amount_of_rows {
                each(of_column.column, range);
            }
        }
    }

    /// Begins the ranges down to a row.
    fn begin_until(&mut self, row: Option<u32>) {
        let Some(row) = row else { return };
        while let Some(range) = self.ranges.get(self.begun).filter(|range| range.top <= row) {
            for of_column in self.columns.iter_mut().filter(|wanted| range.has_column(wanted.column)) {
                if of_column.range.is_none_or(|other| other.bottom < range.bottom) {
                    of_column.range = Some(*range);
                }
            }
            self.begun += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covered cells by row, from 1, as `row: column = range`, of a sheet with wanted columns 0, 1 and 3; column 3 holds amounts.
    fn covered(references: &[(u32, u32, u32, u32)], header_row: u32, rows: &[u32]) -> Vec<String> {
        let mut ranges = MergedRanges::default();
        for (top, left, bottom, right) in references.iter().copied() {
            ranges.push(MergedRange { top, bottom, left, right }).unwrap();
        }
        let columns = [Some(0), Some(1), None, Some(3)];
        let wanted = WantedRows { header_row, columns: &columns, amounts: &[3], ..WantedRows::default() };
        let Some(mut merged) = MergedColumns::new(&ranges, &wanted) else { return Vec::new() };
        let mut found = Vec::new();
        for row in rows.iter().filter(|row| **row > merged.header_row).collect::<Vec<_>>() {
            merged.for_each_covered(row - 1, &mut |column, range| {
                found.push(format!("{row}: {column} = {range}"));
            });
        }
        found
    }

    #[test]
    fn the_first_cell_of_a_range_holds_its_value_but_an_amount_of_several_rows_is_of_no_row() {
        assert_eq!(covered(&[(1, 0, 3, 0)], 1, &[2, 3, 4, 5]), ["3: 0 = A2:A4", "4: 0 = A2:A4"]);
        assert_eq!(covered(&[(1, 3, 2, 3)], 1, &[2, 3]), ["2: 3 = D2:D3", "3: 3 = D2:D3"]);
        assert_eq!(covered(&[(1, 3, 1, 5)], 1, &[2, 3]), [""; 0], "the amount of one row");
        assert_eq!(covered(&[(1, 0, 1, 1)], 1, &[2, 3]), ["2: 1 = A2:B2"]);
        assert_eq!(covered(&[(1, 2, 1, 3)], 1, &[2]), ["2: 3 = C2:D2"], "its first column is not read");
    }

    #[test]
    fn a_row_all_of_whose_cells_reach_down_alike_is_one_row() {
        let tall = [(1, 0, 2, 0), (1, 1, 2, 1), (1, 3, 2, 3)];
        assert_eq!(covered(&tall, 1, &[2]), [""; 0]);
        assert_eq!(covered(&tall[1..], 1, &[2]), ["2: 3 = D2:D3"]);
    }

    #[test]
    fn ranges_that_begin_in_rows_without_cells_reach_into_those_below() {
        assert_eq!(
            covered(&[(1, 0, 5, 1), (7, 1, 8, 1)], 1, &[4, 9]),
            ["4: 0 = A2:B6", "4: 1 = A2:B6", "9: 1 = B8:B9"]
        );
    }

    #[test]
    fn a_cell_of_two_ranges_is_covered_by_either() {
        let expected = ["3: 0 = A2:A4", "4: 0 = A2:A4", "3: 0 = A3:A9"];
        assert_eq!(covered(&[(1, 0, 3, 0), (2, 0, 2, 1)], 1, &[3, 4])[0], expected[0]);
        assert_eq!(covered(&[(1, 0, 3, 0), (2, 0, 8, 0)], 1, &[3])[0], expected[2]);
    }

    #[test]
    fn a_row_in_which_every_name_reaches_down_is_of_the_header() {
        let whole = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 3, 1, 3)];
        assert_eq!(covered(&whole, 1, &[2, 3]), [""; 0]);
        assert_eq!(covered(&whole[..2], 1, &[2, 3]), ["2: 0 = A1:A2", "2: 1 = B1:B2"]);
    }

    #[test]
    fn a_name_that_is_merged_over_a_column_more_has_cells_beside_it() {
        let mut ranges = MergedRanges::default();
        ranges.push(MergedRange { top: 0, bottom: 0, left: 1, right: 2 }).unwrap();
        ranges.push(MergedRange { top: 4, bottom: 4, left: 3, right: 4 }).unwrap();
        let columns = [Some(0), Some(1), Some(3)];
        let wanted = WantedRows { header_row: 1, columns: &columns, ..WantedRows::default() };
        let merged = MergedColumns::new(&ranges, &wanted).unwrap();
        let beside = (0..5).map(|column| merged.name_beside(column).map(|(name, _)| name));
        assert_eq!(beside.collect::<Vec<_>>(), [None, None, Some(1), None, None]);
    }
}
