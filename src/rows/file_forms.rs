//! How one file writes numbers and days: its decimal mark and its order of days. Comes in: cells of the columns that are used. Goes out: votes
//! for a form, counted, each with its first cell. It decides nothing, and reads no file.

use std::collections::BTreeSet;

use super::{CellReject, text};
use crate::base::amount::{DecimalMark, MarkVote, NumberText};
use crate::base::calendar::{DateOrder, date_parts};
use crate::base::place::RowPlace;
use crate::config::dialect::ColumnKey;
use crate::diagnostics::reject::RejectCode;
use crate::formats::row::{Cell, CellKind, Row};

/// The forms in which the cells of one file are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FileForms {
    pub(crate) mark: DecimalMark,
    pub(crate) mark_is: FormSource,
    /// **Absent**: the order of the dialect.
    pub(crate) order: Option<DateOrder>,
    pub(crate) order_is: FormSource,
}

/// Where a form comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum FormSource {
    /// Nothing says otherwise.
    #[default]
    Default,
    /// An option states it.
    Option,
    /// The cells of the file show it.
    Inferred,
}

/// What the refused rows of a file show of its forms: enough to tell that the forms must be voted on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FormDoubts {
    /// Whether a cell is a number with a decimal comma only.
    pub(crate) has_comma: bool,
    /// Texts of days that do not exist in the order in which they were read; at most [`DAYS`].
    pub(crate) impossible_days: BTreeSet<String>,
    /// Whether a date with dots may begin or end with its year: `16.07.31`.
    pub(crate) has_open_dots: bool,
}

/// Different days that show an order (SPEC 3.11).
pub(crate) const DAYS: usize = 2;

impl FormDoubts {
    /// Notes what a refused row shows.
    pub(crate) fn note(&mut self, row: &Row<'_>, fault: &CellReject) {
        match (fault.code, fault.column) {
            (RejectCode::BadNumber, Some(column)) => self.note_number(&row.cells[column.0]),
            (RejectCode::ImpossibleDate, Some(column)) => self.note_day(&row.cells[column.0]),
            _ => {}
        }
    }

    /// Notes a cell that is no number as it was read.
    fn note_number(&mut self, cell: &Cell<'_>) {
        self.has_comma |= mark_vote(cell) == Some(MarkVote::Comma);
    }

    /// Notes a cell that is no day as it was read.
    fn note_day(&mut self, cell: &Cell<'_>) {
        let Some(parts) = date_parts(cell.bytes) else { return };
        self.has_open_dots |= parts.is_dotted();
        if self.impossible_days.len() < DAYS {
            self.impossible_days.insert(date_of(cell));
        }
    }

    pub(crate) fn merge(&mut self, other: FormDoubts) {
        self.has_comma |= other.has_comma;
        self.impossible_days.extend(other.impossible_days);
        self.has_open_dots |= other.has_open_dots;
    }
}

/// Cells that vote for one form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Votes {
    pub(crate) cells: u64,
    /// The first of them in the file: its place, its column and its text.
    pub(crate) first: Option<(RowPlace, ColumnKey, String)>,
}

impl Votes {
    /// Adds a cell. Cells come in the order of their rows.
    fn add(&mut self, row: &Row<'_>, column: ColumnKey) {
        self.cells += 1;
        if self.first.is_none() {
            let text = text::shown(text::utf8(&row.cells[column.0]).trim_ascii());
            self.first = Some((row.at.place(), column, text));
        }
    }

    fn merge(&mut self, other: Votes) {
        self.cells += other.cells;
        self.first = match (self.first.take(), other.first) {
            (Some(a), Some(b)) => Some(if a.0 <= b.0 { a } else { b }),
            (a, b) => a.or(b),
        };
    }
}

/// The votes of one file, or of one block of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FormVotes {
    /// Numbers with a decimal point only.
    pub(crate) point: Votes,
    /// Numbers with a decimal comma only.
    pub(crate) comma: Votes,
    /// Numbers that both marks make, and that differ: `1,234`.
    pub(crate) ambiguous: Votes,
    /// Dates with slashes that do not exist with the month first.
    pub(crate) day_first: Votes,
    /// Texts of them; at most [`DAYS`].
    pub(crate) days_first: BTreeSet<String>,
    /// Dates with slashes that do not exist with the day first.
    pub(crate) month_first: Votes,
    /// Texts of them; at most [`DAYS`].
    pub(crate) months_first: BTreeSet<String>,
    /// Dates with slashes that both orders make, and that differ.
    pub(crate) either_order: Votes,
    /// What the dates show of years that stand first.
    pub(crate) years: YearVotes,
    /// What dates with dots and a year of two digits show.
    pub(crate) dots: YearVotes,
}

/// The votes of dates on where a year of two digits stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct YearVotes {
    /// Dates that exist with the year first.
    pub(crate) first: Votes,
    /// Dates that do not.
    pub(crate) not_first: Votes,
    /// Texts of dates that exist with the year first alone; at most [`DAYS`].
    pub(crate) only_first: BTreeSet<String>,
    /// The first numbers of dates that exist with the year first.
    first_numbers: BTreeSet<u32>,
    /// The last numbers of these.
    last_numbers: BTreeSet<u32>,
}

/// The first year of Azure, without its century: no consumption is older.
const FIRST_YEAR: u32 = 10;

impl YearVotes {
    /// Whether the year stands first rather than last: years are few, and none is before the first of Azure. `None` if nothing tells.
    pub(crate) fn are_first(&self) -> Option<bool> {
        let is_year = |numbers: &BTreeSet<u32>| numbers.iter().all(|number| *number >= FIRST_YEAR);
        match (is_year(&self.first_numbers), is_year(&self.last_numbers)) {
            (true, false) => return Some(true),
            (false, true) => return Some(false),
            (true, true) | (false, false) => {}
        }
        match self.first_numbers.len().cmp(&self.last_numbers.len()) {
            std::cmp::Ordering::Less => Some(true),
            std::cmp::Ordering::Greater => Some(false),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// Whether there is a date at all.
    pub(crate) fn has_dates(&self) -> bool {
        self.first.cells + self.not_first.cells > 0
    }

    fn merge(&mut self, other: YearVotes) {
        self.first.merge(other.first);
        self.not_first.merge(other.not_first);
        self.only_first.extend(other.only_first);
        self.first_numbers.extend(other.first_numbers);
        self.last_numbers.extend(other.last_numbers);
    }
}

impl FormVotes {
    /// Counts a cell of a column of numbers.
    pub(crate) fn note_number(&mut self, row: &Row<'_>, column: ColumnKey) {
        match mark_vote(&row.cells[column.0]) {
            Some(MarkVote::Point) => self.point.add(row, column),
            Some(MarkVote::Comma) => self.comma.add(row, column),
            Some(MarkVote::Ambiguous) => self.ambiguous.add(row, column),
            Some(MarkVote::Neutral) | None => {}
        }
    }

    /// Counts a cell of a column of dates.
    pub(crate) fn note_day(&mut self, row: &Row<'_>, column: ColumnKey) {
        let cell = &row.cells[column.0];
        let Some(parts) = text::plain(cell).ok().and_then(date_parts) else { return };
        let years = if parts.is_dotted() { &mut self.dots } else { &mut self.years };
        match parts.year_first() {
            Some((first, last)) => {
                years.first.add(row, column);
                years.first_numbers.insert(first);
                years.last_numbers.insert(last);
            }
            None => years.not_first.add(row, column),
        }
        if parts.is_dotted() {
            return;
        }
        match (parts.is_impossible(DateOrder::MonthFirst), parts.is_impossible(DateOrder::DayFirst)) {
            (true, false) => {
                self.day_first.add(row, column);
                if self.days_first.len() < DAYS {
                    self.days_first.insert(date_of(cell));
                }
            }
            (false, true) => {
                self.month_first.add(row, column);
                if self.months_first.len() < DAYS {
                    self.months_first.insert(date_of(cell));
                }
            }
            (false, false) if parts.is_ambiguous() => self.either_order.add(row, column),
            (true, true) if parts.year_first().is_some() => {
                if self.years.only_first.len() < DAYS {
                    self.years.only_first.insert(date_of(cell));
                }
            }
            // A date that is one in no order shows no order.
            (false, false) | (true, true) => {}
        }
    }

    pub(crate) fn merge(&mut self, other: FormVotes) {
        self.point.merge(other.point);
        self.comma.merge(other.comma);
        self.ambiguous.merge(other.ambiguous);
        self.day_first.merge(other.day_first);
        self.days_first.extend(other.days_first);
        self.month_first.merge(other.month_first);
        self.months_first.extend(other.months_first);
        self.either_order.merge(other.either_order);
        self.years.merge(other.years);
        self.dots.merge(other.dots);
    }

    /// Whether the text of a date leaves its order open.
    pub(crate) fn has_open_dates(&self) -> bool {
        self.years.has_dates() || self.dots.has_dates()
    }

    /// The dates that exist in an order; the day first is the order of dots.
    pub(crate) fn of_order(&self, order: DateOrder) -> &Votes {
        let has_dots = !self.years.has_dates();
        match order {
            DateOrder::MonthFirst => &self.month_first,
            DateOrder::DayFirst if has_dots && self.dots.not_first.cells > 0 => &self.dots.not_first,
            DateOrder::DayFirst if has_dots => &self.dots.first,
            DateOrder::DayFirst => &self.day_first,
            DateOrder::YearFirst if has_dots => &self.dots.first,
            DateOrder::YearFirst => &self.years.first,
        }
    }
}

/// The date in a cell without its time of day, so that two times of one day are one date.
fn date_of(cell: &Cell<'_>) -> String {
    let text = String::from_utf8_lossy(cell.bytes);
    text.trim().split([' ', 'T']).next().unwrap_or_default().to_owned()
}

/// What a cell of text shows of the decimal mark. `None` if the cell is stored as a number, or is none.
fn mark_vote(cell: &Cell<'_>) -> Option<MarkVote> {
    match cell.kind {
        CellKind::SheetNumber | CellKind::SheetError => return None,
        CellKind::Utf8 | CellKind::Windows1252 | CellKind::Parquet | CellKind::Sheet => {}
    }
    if let Some(vote) = plain_vote(cell.bytes) {
        return Some(vote);
    }
    NumberText::parse(&text::text(cell).ok()?).map(|number| number.vote())
}

/// Fast path: the vote of digits with at most one point or comma. `None` if the cell has another form.
fn plain_vote(bytes: &[u8]) -> Option<MarkVote> {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let Some(at) = digits.iter().position(|b| !b.is_ascii_digit()) else {
        return (!digits.is_empty()).then_some(MarkVote::Neutral);
    };
    let (units, decimals) = (&digits[..at], &digits[at + 1..]);
    if units.is_empty() || decimals.is_empty() || !decimals.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let may_be_group = decimals.len() == 3 && units.len() <= 3 && units[0] != b'0';
    match digits[at] {
        b'.' | b',' if may_be_group => Some(MarkVote::Ambiguous),
        b'.' => Some(MarkVote::Point),
        b',' => Some(MarkVote::Comma),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_few_and_not_before_azure() {
        let votes = |first: &[u32], last: &[u32]| {
            let numbers = |numbers: &[u32]| numbers.iter().copied().collect();
            YearVotes { first_numbers: numbers(first), last_numbers: numbers(last), ..YearVotes::default() }
        };
        assert_eq!(votes(&[16, 17], &[28, 30, 31]).are_first(), Some(true));
        assert_eq!(votes(&[16, 17], &[1]).are_first(), Some(true), "no year is 2001");
        assert_eq!(votes(&[13, 14, 15], &[16, 17]).are_first(), Some(false));
        assert_eq!(votes(&[1, 2], &[16, 17, 18]).are_first(), Some(false), "no year is 2001");
        assert_eq!(votes(&[16, 17], &[13, 14]).are_first(), None);
    }

    #[test]
    fn the_fast_path_votes_as_the_slow_one() {
        for text in [
            "1", "-1", "12.5", "12,5", "1.234", "1,234", "0.125", "0,125", "1234.567", "1234,567", "-0,5",
            "1.2", "999.999", "01.234", "1.2.3", "1,2,3", "", "-", ".", "5.", ",5", "1 234", "x", "1e5",
        ] {
            let slow = NumberText::parse(text).map(|number| number.vote());
            if let Some(fast) = plain_vote(text.as_bytes()) {
                assert_eq!(Some(fast), slow, "{text}");
            }
        }
        assert_eq!(plain_vote(b"1,234"), Some(MarkVote::Ambiguous));
        assert_eq!(plain_vote(b"1,2345"), Some(MarkVote::Comma));
    }
}
