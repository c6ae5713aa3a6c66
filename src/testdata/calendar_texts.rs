//! The days of generated data. Comes in: nothing. Goes out: each day with its texts in the forms that exports write, computed once a run.

use chrono::Days;

use crate::base::calendar::{Day, Month};

/// A form in which exports write a day, its month or the end of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayText {
    /// `07/31/2016`
    Slashes,
    /// `7/31/2016`
    ShortSlashes,
    /// `2016-07-31`
    Iso,
    /// `2016-07-31T00:00:00Z`
    Instant,
    /// The next day: an exclusive end. `2016-08-01T00:00:00Z`
    NextInstant,
    /// First day of the month: `07/01/2016`
    MonthStart,
    /// Last day of the month: `07/31/2016`
    MonthEnd,
    /// First day of the month: `2016-07-01`
    MonthIso,
    /// First instant of the month: `2016-07-01T00:00:00Z`
    MonthInstant,
    /// First instant of the next month: an exclusive end. `2016-08-01T00:00:00Z`
    NextMonthInstant,
    /// Number of the month's invoice: `G01607`
    Invoice,
    /// First minute of the month: `7/1/2016 0:00`
    ChargeStart,
    /// Last minute of the month: `7/31/2016 23:59`
    ChargeEnd,
    /// `7`
    MonthNumber,
    /// `31`
    DayNumber,
    /// `2016`
    YearNumber,
}

/// The texts of one day, by [`DayText`].
#[derive(Debug)]
pub(super) struct DayTexts {
    texts: [String; 16],
    /// Whether the day lies in the 12 months that are judged.
    pub(super) in_window: bool,
}

impl DayTexts {
    /// The day in one form.
    pub(super) fn text(&self, which: DayText) -> &[u8] {
        self.texts[which as usize].as_bytes()
    }
}

/// The days of the data, in order: the 12 months from July 2016 to June 2017, and a few days before and after.
pub(super) fn days() -> Vec<DayTexts> {
    let day = |year, month, day| Day::from_ymd_opt(year, month, day).expect("a day of the calendar");
    let (first, last) = (day(2016, 6, 25), day(2017, 7, 7));
    let window = day(2016, 7, 1)..=day(2017, 6, 30);
    first.iter_days().take_while(|d| *d <= last).map(|d| texts(d, window.contains(&d))).collect()
}

fn texts(day: Day, in_window: bool) -> DayTexts {
    let month = Month::of(day);
    let next_month = month.last_day() + Days::new(1);
    let slashes = |d: Day| d.format("%m/%d/%Y").to_string();
    let instant = |d: Day| d.format("%Y-%m-%dT00:00:00Z").to_string();
    let texts = [
        slashes(day),
        day.format("%-m/%-d/%Y").to_string(),
        day.format("%Y-%m-%d").to_string(),
        instant(day),
        instant(day + Days::new(1)),
        slashes(month.first_day()),
        slashes(month.last_day()),
        month.first_day().format("%Y-%m-%d").to_string(),
        instant(month.first_day()),
        instant(next_month),
        day.format("G0%y%m").to_string(),
        month.first_day().format("%-m/%-d/%Y 0:00").to_string(),
        month.last_day().format("%-m/%-d/%Y 23:59").to_string(),
        day.format("%-m").to_string(),
        day.format("%-d").to_string(),
        day.format("%Y").to_string(),
    ];
    DayTexts { texts, in_window }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_are_the_12_months_and_a_few_around_them() {
        let days = days();
        assert_eq!(days.len(), 378);
        assert_eq!(days.iter().filter(|d| d.in_window).count(), 365);
        assert_eq!(days[5].text(DayText::Slashes), b"06/30/2016");
        assert_eq!(days[6].text(DayText::ShortSlashes), b"7/1/2016");
        assert_eq!(days[370].text(DayText::NextInstant), b"2017-07-01T00:00:00Z");
        assert_eq!(days[370].text(DayText::NextMonthInstant), b"2017-07-01T00:00:00Z");
        assert_eq!(days[370].text(DayText::MonthEnd), b"06/30/2017");
        assert_eq!(days[370].text(DayText::ChargeStart), b"6/1/2017 0:00");
        assert_eq!(days[370].text(DayText::ChargeEnd), b"6/30/2017 23:59");
    }
}
