//! The lines of the summary on partners: how many attain each tier, and how many the report does not show. Comes in: the run summary. Goes out:
//! lines.

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

/// How many partners attain each tier, shown or not.
pub(super) fn tiers(summary: &Summary) -> String {
    let tiers = &summary.tiers;
    let attained = tiers.attained.iter().rev();
    let mut parts: Vec<String> =
        attained.map(|count| format!("{} {}", count.tier, grouped(count.partners))).collect();
    parts.push(format!("no tier {}", grouped(tiers.none)));
    if tiers.undetermined > 0 {
        parts.push(format!("undetermined {} (market unknown)", grouped(tiers.undetermined)));
    }
    format!("partners   {}", parts.join(", "))
}
