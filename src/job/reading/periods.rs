//! Which periods of consumption a run needs. Comes in: options, the window and the associations. Goes out: months and days to hold.

use crate::base::calendar::{Day, Month, MonthInWindow, Window};
use crate::credits::PeriodNeeds;
use crate::job::{HeldTime, RunOptions, windows};
use crate::judge::associations::Numbered;

/// The first month of the window; where it has all time, any: years of accounts are counted from it.
pub(crate) fn first_month(options: &RunOptions, window: Window) -> Month {
    if options.covers_all_time { Month::from_number(ANY_MONTH) } else { Month::of(window.first) }
}

/// January 2017.
const ANY_MONTH: i32 = 2017 * 12;

/// The days whose consumption is judged: of the window, and those up to `as_of` that count later; in a history, of the windows before too.
pub(crate) fn judged_days(options: &RunOptions, window: Window) -> Window {
    let is_told = options.tells_losses && !options.covers_all_time;
    let first = if options.held.is_of_history() { Day::MIN } else { window.first };
    Window { first, last: if is_told { window.last.max(options.as_of) } else { window.last } }
}

/// Which periods the run needs: the months of its judged days; and days where the window or an association cuts a month, or where a loss
/// depends on them.
pub(crate) fn period_needs(
    options: &RunOptions,
    window: Window,
    judged_days: Window,
    associations: &Numbered,
) -> PeriodNeeds {
    let that_change_at_any_time =
        || associations.months_that_change(Month::of(Day::MIN), Month::of(Day::MAX));
    if options.covers_all_time {
        let days_of_subscriptions = that_change_at_any_time();
        return PeriodNeeds { days_of_subscriptions, ..PeriodNeeds::default() };
    }
    let (first, last) = (Month::of(judged_days.first), Month::of(judged_days.last));
    let cut = [Month::of(window.first), Month::of(window.last)];
    let cut = cut.into_iter().filter(|month| window.covers(*month) == MonthInWindow::Cut);
    PeriodNeeds {
        months: (!options.held.is_written()).then_some((first, last)),
        every_day: options.held == HeldTime::EveryDay,
        days_of: cut.collect(),
        // A credits table is judged for any window.
        days_of_subscriptions: match options.held.is_written() {
            true => that_change_at_any_time(),
            false => associations.months_that_change(first, last),
        },
        compared: windows::days_of_losses(options, window),
        ..PeriodNeeds::default()
    }
}
