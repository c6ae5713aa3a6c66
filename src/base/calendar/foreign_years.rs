//! Years of other calendars than the Gregorian. Comes in: a day that was read as Gregorian. Goes out: the calendar that its year is of. It converts no
//! day.

use std::fmt;
use std::ops::RangeInclusive;

use chrono::Datelike;

use super::Day;

/// Years in which there can be usage. A day outside of them is a mistake, or of another calendar.
pub(crate) const USAGE_YEARS: RangeInclusive<i32> = 2000..=2049;

/// A calendar whose years are no usual Gregorian years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ForeignCalendar {
    /// Thailand: 2560 is 2017.
    Buddhist,
    /// Saudi Arabia (1438), Iran and Afghanistan (1396).
    IslamicOrPersian,
    /// 5777 is 2017.
    Hebrew,
    /// Taiwan: 0106 is 2017.
    Minguo,
}

impl fmt::Display for ForeignCalendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ForeignCalendar::Buddhist => "Buddhist calendar",
            ForeignCalendar::IslamicOrPersian => "Islamic or Persian calendar",
            ForeignCalendar::Hebrew => "Hebrew calendar",
            ForeignCalendar::Minguo => "Minguo calendar",
        })
    }
}

/// Whether there can be usage on a day.
pub(crate) fn is_of_usage(day: Day) -> bool {
    USAGE_YEARS.contains(&day.year())
}

/// The calendar in which the year of a day is one of [`USAGE_YEARS`]. `None` if there is none.
pub(crate) fn foreign_calendar(day: Day) -> Option<ForeignCalendar> {
    calendar_of(day.year())
}

fn calendar_of(year: i32) -> Option<ForeignCalendar> {
    match year {
        2543..=2592 => Some(ForeignCalendar::Buddhist),
        1378..=1473 => Some(ForeignCalendar::IslamicOrPersian),
        5760..=5810 => Some(ForeignCalendar::Hebrew),
        89..=138 => Some(ForeignCalendar::Minguo),
        _ => None,
    }
}

/// The Buddhist year of two digits that was read as a year of this century. `None` if the day may be one of usage, or its year is none of the Buddhist
/// calendar.
pub(crate) fn short_buddhist_year(day: Day) -> Option<i32> {
    let buddhist = day.year() + 500;
    let is_buddhist = calendar_of(buddhist) == Some(ForeignCalendar::Buddhist);
    (!is_of_usage(day) && is_buddhist).then_some(buddhist)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32) -> Day {
        Day::from_ymd_opt(year, 6, 30).unwrap()
    }

    #[test]
    fn a_year_of_another_calendar_is_no_year_of_usage() {
        for (year, calendar) in [
            (2560, ForeignCalendar::Buddhist),
            (1438, ForeignCalendar::IslamicOrPersian),
            (1396, ForeignCalendar::IslamicOrPersian),
            (5777, ForeignCalendar::Hebrew),
            (106, ForeignCalendar::Minguo),
        ] {
            assert_eq!(foreign_calendar(day(year)), Some(calendar), "{year}");
            assert!(!is_of_usage(day(year)));
        }
        for year in [1, 1753, 1900, 1970, 2017, 2100, 2999, 9999] {
            assert_eq!(foreign_calendar(day(year)), None, "{year}: an open end of a period, or a day");
        }
        assert_eq!(short_buddhist_year(day(2060)), Some(2560));
        assert_eq!(short_buddhist_year(day(2049)), None);
        assert_eq!(short_buddhist_year(day(2093)), None);
    }
}
