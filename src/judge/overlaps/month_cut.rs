//! Months that the window cuts, in exports whose rows stand for months. Comes in: sources, the days that they tell of, the window. Goes out:
//! input errors.

use std::collections::BTreeSet;

use crate::base::calendar::{Day, Month, MonthInWindow, Window};
use crate::base::place::InputName;
use crate::diagnostics::error::{InputError, InputErrorCode};

/// The months of monthly exports that the window cuts: an error for each export. `exports`: the name of each monthly export, and the last day
/// of each of its months.
pub(crate) fn months_cut<'e>(
    exports: impl Iterator<Item = (&'e InputName, &'e BTreeSet<Day>)>,
    window: Window,
) -> Vec<InputError> {
    let cut = exports.filter_map(|(name, days)| {
        let mut months = days.iter().map(|day| Month::of(*day));
        let month = months.find(|month| window.covers(*month) == MonthInWindow::Cut)?;
        let message = format!(
            "the export is monthly, and the window from {} to {} cuts its {month}: use --window complete-months",
            window.first, window.last
        );
        Some(InputError { input: Some(name.clone()), code: InputErrorCode::MonthCut, message })
    });
    cut.collect()
}

/// The months that credits tables have only as a whole and that the window cuts: an error for each source. `sources`: the name of each source's
/// table, and the months that it has as a whole.
pub(crate) fn whole_months_cut<'e>(
    sources: impl Iterator<Item = (&'e InputName, &'e BTreeSet<Month>)>,
    window: Window,
) -> Vec<InputError> {
    let cut = sources.filter_map(|(name, months)| {
        let month = months.iter().find(|month| window.covers(**month) == MonthInWindow::Cut)?;
        let message = format!(
            "the table has {month} only as a whole, and the window from {} to {} cuts it: write the table again with --credits-by-day",
            window.first, window.last
        );
        Some(InputError { input: Some(name.clone()), code: InputErrorCode::MonthCut, message })
    });
    cut.collect()
}
