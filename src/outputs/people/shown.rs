//! The line of the summary on what a report does not show. Comes in: the run summary. Goes out: a line.

use super::{TEXT_WIDTH, count, counted, grouped};
use crate::outputs::summary::{ShownLines, Summary};
use crate::outputs::text::cut_to_width;

/// How many lines of the report are not shown, and why. `None` if all are.
pub(super) fn lines(summary: &Summary) -> Option<String> {
    let ShownLines { lines, not_shown, filters } = summary.shown.as_ref()?;
    let (lines, not_shown) = (count(*lines), count(*not_shown));
    Some(format!(
        "shown      {} of {}, {} not ({})",
        grouped(lines),
        counted(lines + not_shown, "partner"),
        grouped(not_shown),
        cut_to_width(&filters.join(" "), TEXT_WIDTH)
    ))
}
