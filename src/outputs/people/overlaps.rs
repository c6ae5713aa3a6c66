//! Overlaps and coverage for people: one line for snapshots that do not count, one for the months of the window. Comes in: the run summary. Goes out:
//! lines. Every figure stands in the summary.

use std::collections::BTreeMap;

use super::{count, counted, grouped, money, named};
use crate::base::amount::Amount;
use crate::outputs::snapshots::{Restated, SnapshotOutcome};
use crate::outputs::summary::Summary;

/// How many snapshots count, and the outcome of the others. `None` if all count.
pub(super) fn snapshots(summary: &Summary) -> Option<String> {
    use SnapshotOutcome::{Counts, CountsInPart, InProgress, NotPreferred, SameBytes, Superseded};
    let of = |outcome: SnapshotOutcome| {
        count(summary.snapshots.iter().filter(|snapshot| snapshot.outcome == outcome).count())
    };
    let counting = of(Counts);
    if counting == count(summary.snapshots.len()) {
        return None;
    }
    let others = [
        (CountsInPart, "count in part"),
        (Superseded, "superseded"),
        (NotPreferred, "not preferred"),
        (SameBytes, "with equal content"),
        (InProgress, "being written"),
    ];
    let others = others.into_iter().filter(|(outcome, _)| of(*outcome) > 0);
    let mut parts: Vec<String> =
        others.map(|(outcome, what)| format!("{} {what}", grouped(of(outcome)))).collect();
    let unread = summary.snapshots.iter().filter(|snapshot| !snapshot.is_read).count();
    if unread > 0 {
        parts.push(format!("{} not read", grouped(count(unread))));
    }
    let counting_text = grouped(counting);
    let mut text = format!(
        "snapshots  {counting_text} {}, {}",
        if counting == 1 { "counts" } else { "count" },
        parts.join(", ")
    );
    let restated: Vec<&Restated> = summary.snapshots.iter().flat_map(|snapshot| &snapshot.restated).collect();
    if let Some(first) = restated.first() {
        let difference = Amount::from_raw(first.to.raw() - first.from.raw());
        text += &format!(
            "; {} restated, first {} by {} {}",
            counted(count(restated.len()), "month"),
            first.month,
            money(difference),
            first.currency
        );
    }
    Some(text)
}

/// The months of the window that are told, and by which datasets. `None` if the window has no months.
pub(super) fn coverage(summary: &Summary) -> Option<String> {
    let months = &summary.coverage;
    let missing: Vec<String> = named(months.iter().filter(|m| !m.is_told).map(|m| m.month.to_string()));
    let told = months.iter().filter(|month| month.is_told).count();
    let mut days: BTreeMap<&str, u64> = BTreeMap::new();
    for (dataset, of_dataset) in months.iter().flat_map(|month| &month.datasets) {
        *days.entry(dataset).or_default() += count(of_dataset.days_told);
    }
    let datasets: Vec<String> =
        days.iter().map(|(dataset, days)| format!("{dataset} {}", counted(*days, "day"))).collect();
    let missing =
        if missing.is_empty() { String::new() } else { format!(", without {}", missing.join(", ")) };
    let datasets = if datasets.is_empty() { String::new() } else { format!(": {}", datasets.join(", ")) };
    let all = counted(count(months.len()), "month");
    (!months.is_empty()).then(|| format!("coverage   {} of {all}{missing}{datasets}", grouped(count(told))))
}
