//! Ranges of days, both ends included. Comes in: a first and a last day. Goes out: whether ranges cover each other. It reads
//! no rows.

use crate::base::calendar::Day;

/// The days from `first` to `last`, both included; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DayRange {
    first: Day,
    last: Day,
}

impl DayRange {
    /// The range from `first` to `last`. `None` if `last` is before `first`.
    pub(crate) fn new(first: Day, last: Day) -> Option<DayRange> {
        (first <= last).then_some(DayRange { first, last })
    }

    /// The first day.
    pub(crate) fn first(self) -> Day {
        self.first
    }

    /// The last day, which belongs to the range.
    pub(crate) fn last(self) -> Day {
        self.last
    }

    /// Every day, in order.
    pub(crate) fn days(self) -> impl Iterator<Item = Day> {
        self.first.iter_days().take_while(move |day| *day <= self.last)
    }

    /// Whether the ranges share a day.
    pub(crate) fn overlaps(self, other: DayRange) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// The days that both ranges have. `None` if they share none.
    pub(crate) fn intersect(self, other: DayRange) -> Option<DayRange> {
        DayRange::new(self.first.max(other.first), self.last.min(other.last))
    }

    /// Whether every day of this range lies in one of `others`, given in any order.
    pub(crate) fn is_covered_by(self, others: &[DayRange]) -> bool {
        let mut sorted = others.to_vec();
        sorted.sort();
        // Sweep: `next` is the first day that no range has covered yet.
        let mut next = self.first;
        for other in sorted {
            if other.first > next {
                return false;
            }
            if other.last >= self.last {
                return true;
            }
            if other.last >= next {
                let Some(after) = other.last.succ_opt() else { return true };
                next = after;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn june(day: u32) -> Day {
        Day::from_ymd_opt(2017, 6, day).unwrap()
    }

    fn range(first: u32, last: u32) -> DayRange {
        DayRange::new(june(first), june(last)).unwrap()
    }

    #[test]
    fn a_range_is_covered_by_ranges_that_leave_no_day_out() {
        let month = range(1, 30);
        assert!(month.is_covered_by(&[range(11, 30), range(1, 10)]));
        assert!(month.is_covered_by(&[range(1, 30)]));
        assert!(!month.is_covered_by(&[range(1, 10), range(12, 30)]));
        assert!(!month.is_covered_by(&[range(1, 29)]));
        assert!(!month.is_covered_by(&[]));
        assert_eq!(DayRange::new(june(2), june(1)), None);
    }

    proptest! {
        #[test]
        fn covering_is_what_a_count_of_days_says(
            first in 1..=30_u32, length in 0..30_u32,
            others in proptest::collection::vec((1..=30_u32, 0..12_u32), 0..6),
        ) {
            let whole = range(first, (first + length).min(30));
            let others: Vec<DayRange> = others.iter().map(|(f, l)| range(*f, (f + l).min(30))).collect();
            let days = whole.first().iter_days().take_while(|day| *day <= whole.last());
            let plain = days.into_iter().all(|day| others.iter().any(|o| o.first() <= day && day <= o.last()));
            prop_assert_eq!(whole.is_covered_by(&others), plain);
        }
    }
}
