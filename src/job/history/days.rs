//! The days of a history. Comes in: what was asked for, and the days of the data. Goes out: each day with the rules in force on it and its
//! window, in order.

use crate::base::calendar::{Day, Month};
use crate::diagnostics::error::Error;
use crate::job::history::HistoryDay;
use crate::job::{self, Reading, RunOptions, RunRules};

use super::judged_day::{context, empty_table};
use crate::sources::Dataset;

/// Which days are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DaySelection {
    pub(crate) every: Every,
    /// The first day. **Absent**: the first whose window lies in the months of the data.
    pub(crate) from: Option<Day>,
    /// Whether a window may begin before the months of the data.
    pub(crate) takes_cut_windows: bool,
}

/// The first month with a row of consumption that was read; assumed rows cover no month. `None` if there is none.
pub(super) fn first_month(reading: &Reading<'_>) -> Option<Month> {
    let sources = reading.consumption.iter().zip(&reading.folded.tallies);
    let read = sources.filter(|(source, _)| source.dataset != Dataset::Assumed);
    let told = read.filter_map(|(_, tally)| tally.days_told.first());
    told.min().map(|day| Month::of(*day))
}

/// How close the days stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Every {
    /// The last day of each month.
    Month,
    Day,
}

impl DaySelection {
    /// The options of the last day; all that is read is read for it.
    pub(super) fn last_day(&self, options: &RunOptions) -> RunOptions {
        let as_of = match self.every {
            Every::Day => options.as_of,
            Every::Month => {
                let month = Month::of(options.as_of);
                let before = Month::from_number(month.number() - 1);
                if month.last_day() == options.as_of { options.as_of } else { before.last_day() }
            }
        };
        RunOptions { as_of, ..options.clone() }
    }

    /// The days up to `as_of`, in order.
    pub(super) fn days(&self, options: &RunOptions, reading: &Reading<'_>) -> Result<Vec<HistoryDay>, Error> {
        let first_month = first_month(reading);
        let mut days: Vec<HistoryDay> = Vec::new();
        for as_of in self.candidates(first_month, options.as_of) {
            let options = RunOptions { as_of, ..options.clone() };
            let rules = job::rules_of(&options)?;
            let is_full = first_month.is_some_and(|month| month.first_day() <= rules.window.first);
            if self.from.is_some() || self.takes_cut_windows || is_full {
                days.push(HistoryDay { rules, options });
            }
        }
        let columns = |rules: &RunRules| -> Vec<String> {
            let context = context(rules, options);
            empty_table(rules, &context).columns.into_iter().map(|column| column.name).collect()
        };
        let differs = |pair: &&[HistoryDay]| columns(&pair[0].rules) != columns(&pair[1].rules);
        if let Some([before, after]) = days.windows(2).find(differs) {
            let message = format!(
                "the reports of {} and {} have different columns: say which version of the rules counts, --rules {}",
                before.rules.rules.id(),
                after.rules.rules.id(),
                after.rules.rules.id()
            );
            return Err(Error::Usage { message });
        }
        Ok(days)
    }

    fn candidates(&self, first_month: Option<Month>, last: Day) -> Vec<Day> {
        let first = self.from.or(first_month.map(Month::first_day)).unwrap_or(last);
        match self.every {
            Every::Day => first.iter_days().take_while(|day| *day <= last).collect(),
            Every::Month => {
                let months = Month::of(first).number()..=Month::of(last).number();
                let ends = months.map(|number| Month::from_number(number).last_day());
                ends.filter(|end| first <= *end && *end <= last).collect()
            }
        }
    }
}
