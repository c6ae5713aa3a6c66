//! Warnings of dates that are local midnights in UTC, and so the day before. Comes in: the times of day that were noted of each input. Goes out:
//! warnings. It changes no day.

use crate::config::dialect::ColumnKey;
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::formats::Input;
use crate::rows::clock_times::ClockTimes;

/// Warns of an input all of whose dates in `column` are local midnights.
pub(super) fn warn_of_shifted(
    input: &Input<'_>,
    column: ColumnKey,
    clock_times: &ClockTimes,
    warnings: &mut Warnings,
) {
    if let Some(shifted) = clock_times.shifted() {
        let text = format!(
            "{}:{}: {}: every date has the time {} in UTC, as a local midnight has; days are taken as they stand, so that the first \
             day of a month counts in the month before: write the dates as days, without a time",
            input.name,
            shifted.first.row,
            input.layout.shown_name(column),
            shifted.shown()
        );
        warnings.add(WarningCode::DatesShifted, text);
    }
}
