//! The times of day in a date column of one input: whether all of its dates are local midnights that were turned to UTC, and so are the day
//! before. Comes in: the time of each date. Goes out: the times, if they are such. It changes no day.

use std::collections::BTreeSet;

use crate::base::calendar::Clock;
use crate::base::place::RowPlace;

/// Different times of day that are noted; more are no local midnights. Daylight saving makes two of one.
const TIMES: usize = 4;
const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
/// Zones are at most 14 hours ahead of UTC, so that their midnights are no earlier than this.
const EARLIEST: u32 = 10 * HOUR;
/// Dates that were written at noon, as some systems do so that no zone moves them, are no later than this.
const NOON: u32 = 12 * HOUR;
/// Times behind this one are a midnight that was missed by seconds.
const LAST_MINUTES: u32 = 24 * HOUR - 10 * MINUTE;

/// The times of day of a date column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClockTimes {
    /// So far, every date has a time of day that is not midnight in UTC.
    Timed {
        times: BTreeSet<Clock>,
        /// The first row. **Absent**: no date was noted, or the place of its row is not known yet.
        first: Option<RowPlace>,
    },
    /// Some date has no time of day or midnight, or there are too many times.
    Plain,
}

impl Default for ClockTimes {
    fn default() -> ClockTimes {
        ClockTimes::Timed { times: BTreeSet::new(), first: None }
    }
}

/// Dates that are local midnights in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShiftedDates {
    /// The times of day in UTC, ascending. **Unit**: seconds since midnight.
    pub(crate) times: Vec<u32>,
    /// The first row.
    pub(crate) first: RowPlace,
}

impl ClockTimes {
    /// Whether further dates may change what is known.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, ClockTimes::Timed { .. })
    }

    /// Whether the first row is not set yet.
    pub(crate) fn lacks_first(&self) -> bool {
        matches!(self, ClockTimes::Timed { first: None, .. })
    }

    /// Sets the first row, if it is not set. Rows are set in their order.
    pub(crate) fn set_first(&mut self, place: RowPlace) {
        if let ClockTimes::Timed { first, .. } = self {
            first.get_or_insert(place);
        }
    }

    /// Notes the time of a date. `place`: the place of its row, if it is the first row.
    pub(crate) fn note(&mut self, clock: Clock, place: Option<RowPlace>) {
        let ClockTimes::Timed { times, first } = self else { return };
        times.insert(clock);
        *first = first.map_or(place, |first| Some(place.map_or(first, |place| place.min(first))));
        if clock.utc == 0 || times.len() > TIMES {
            *self = ClockTimes::Plain;
        }
    }

    pub(crate) fn merge(&mut self, other: ClockTimes) {
        match (&mut *self, other) {
            (ClockTimes::Plain, _) => {}
            (_, ClockTimes::Plain) => *self = ClockTimes::Plain,
            (ClockTimes::Timed { times, first }, ClockTimes::Timed { times: others, first: other }) => {
                times.extend(others);
                *first = match (*first, other) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
                if times.len() > TIMES {
                    *self = ClockTimes::Plain;
                }
            }
        }
    }

    /// The times, if all dates are local midnights that are the day before in UTC. `None` if they are not, or there are none.
    pub(crate) fn shifted(&self) -> Option<ShiftedDates> {
        let ClockTimes::Timed { times, first: Some(first) } = self else { return None };
        let utc: BTreeSet<u32> = times.iter().map(|clock| clock.utc).collect();
        let (earliest, latest) = (*utc.first()?, *utc.last()?);
        let are_local_midnights = times.iter().all(|clock| clock.local == 0);
        let is_shifted = match utc.len() {
            _ if earliest > LAST_MINUTES => true,
            1 => earliest > NOON || (are_local_midnights && earliest >= EARLIEST),
            // Daylight saving moves clocks by an hour, or by half of one.
            2 => earliest >= EARLIEST && matches!(latest - earliest, HOUR | HALF_HOUR),
            _ => false,
        };
        is_shifted.then(|| ShiftedDates { times: utc.into_iter().collect(), first: *first })
    }
}

const HALF_HOUR: u32 = 30 * MINUTE;

impl ShiftedDates {
    /// The times as people read them: `22:00:00` or `22:00:00 and 23:00:00`.
    pub(crate) fn shown(&self) -> String {
        let time = |at: &u32| format!("{:02}:{:02}:{:02}", at / HOUR, at / MINUTE % 60, at % MINUTE);
        let times: Vec<String> = self.times.iter().map(time).collect();
        times.join(" and ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shifted(texts: &[&str]) -> Option<String> {
        let mut times = ClockTimes::default();
        for (row, text) in (2..).zip(texts) {
            times.note(Clock::of(text.as_bytes()), Some(RowPlace { row, byte_offset: None }));
        }
        let found = times.shifted()?;
        assert_eq!(found.first.row, 2);
        Some(found.shown())
    }

    #[test]
    fn one_time_late_in_the_day_is_a_local_midnight() {
        for (texts, expected) in [
            (&["2016-06-30T22:00:00Z"][..], "22:00:00"),
            (&["2016-06-30T22:00:00", "2016-12-31T23:00:00"], "22:00:00 and 23:00:00"),
            (&["2016-06-30T23:59:16", "2016-07-30T23:59:45"], "23:59:16 and 23:59:45"),
            (&["2016-07-13 00:00:00+05:30"], "18:30:00"),
            (&["2016-07-13 00:00:00+14:00"], "10:00:00"),
            (&["6/30/2016 11:00:00 AM", "12/31/2016 12:00:00 PM"], "11:00:00 and 12:00:00"),
        ] {
            assert_eq!(shifted(texts).as_deref(), Some(expected), "{texts:?}");
        }
    }

    #[test]
    fn midnights_noons_and_moments_are_no_local_midnights() {
        for texts in [
            &[][..],
            &["2016-07-01"],
            &["2016-06-30T22:00:00", "2016-07-01"],
            &["2016-06-30T22:00:00", "2016-07-02T00:00:00"],
            &["2016-06-30T12:00:00Z"],
            &["2016-07-13 00:00:00-05:00"],
            &["2016-06-30T22:00:00", "2016-06-30T22:10:00"],
            &["2016-06-30T21:00:00", "2016-06-30T22:00:00", "2016-06-30T23:00:00"],
        ] {
            assert_eq!(shifted(texts), None, "{texts:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_order_of_rows_and_of_workers_changes_nothing(
            clocks in proptest::collection::vec((0_u32..6, 1_u64..9), 0..12),
            cut in 0_usize..12,
        ) {
            let note = |times: &mut ClockTimes, (hour, row): &(u32, u64)| {
                let clock = Clock { utc: hour * HOUR, local: 0 };
                times.note(clock, Some(RowPlace { row: *row, byte_offset: None }));
            };
            let all = |clocks: &[(u32, u64)]| {
                let mut times = ClockTimes::default();
                clocks.iter().for_each(|one| note(&mut times, one));
                times
            };
            let (a, b) = clocks.split_at(cut.min(clocks.len()));
            let (mut merged, mut turned) = (all(a), all(b));
            merged.merge(all(b));
            turned.merge(all(a));
            proptest::prop_assert_eq!(&merged, &all(&clocks));
            proptest::prop_assert_eq!(&turned, &merged);
        }
    }
}
