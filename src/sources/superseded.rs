//! Supersession by stated period: a snapshot need not be read if newer snapshots of its series cover all of its days. Comes in: snapshots.
//! Goes out: the superseded snapshots, each with the snapshots that replace it. It reads no rows, so that it decides only between runs whose
//! manifests or folders state age and period.

use std::collections::BTreeMap;

use super::age::{Age, AgeKind};
use super::day_range::DayRange;
use super::series::SeriesKey;
use super::snapshot::{Snapshot, SnapshotId, SnapshotState};

/// A run that states its age and period.
#[derive(Clone, Copy)]
struct DatedRun {
    id: SnapshotId,
    age: Age,
    period: DayRange,
    /// Whether the run may supersede others.
    is_complete: bool,
}

/// The snapshots whose days are all covered by newer complete snapshots of their series, each with the snapshots that count in its place;
/// sorted.
///
/// The newest snapshot that covers a day counts for that day (SPEC 3.7). An incomplete run, or a run that is still being written, supersedes
/// nothing; an incomplete run can be superseded. A date in a file's name supersedes nothing here.
pub(crate) fn superseded_by_stated_period(snapshots: &[Snapshot]) -> Vec<(SnapshotId, Vec<SnapshotId>)> {
    let mut by_series: BTreeMap<&SeriesKey, Vec<DatedRun>> = BTreeMap::new();
    for snapshot in snapshots {
        by_series.entry(&snapshot.series).or_default().extend(dated_run(snapshot));
    }
    let mut superseded = Vec::new();
    for runs in by_series.values() {
        superseded.extend(runs.iter().filter_map(|run| Some((run.id, superseding(run, runs)?))));
    }
    superseded.sort();
    superseded
}

fn dated_run(snapshot: &Snapshot) -> Option<DatedRun> {
    let age = snapshot.age.filter(|age| match age.kind {
        AgeKind::Manifest | AgeKind::RunFolder => true,
        AgeKind::FileName => false,
    })?;
    let is_complete = match snapshot.state {
        SnapshotState::Complete => true,
        SnapshotState::Incomplete => false,
        SnapshotState::InProgress => return None,
    };
    Some(DatedRun { id: snapshot.id, age, period: snapshot.stated_period?, is_complete })
}

/// The runs that count in place of `run`. `None` if no newer complete run covers some day of `run`.
fn superseding(run: &DatedRun, runs: &[DatedRun]) -> Option<Vec<SnapshotId>> {
    let is_before = |run: &DatedRun, other: &DatedRun| Age::is_before(Some(run.age), Some(other.age));
    let newer: Vec<&DatedRun> = runs
        .iter()
        .filter(|other| other.is_complete && is_before(run, other) && other.period.overlaps(run.period))
        .collect();
    let periods: Vec<DayRange> = newer.iter().map(|other| other.period).collect();
    if !run.period.is_covered_by(&periods) {
        return None;
    }
    // A newer run counts for a day of `run` if no still newer run covers that day.
    let counts = |other: &&&DatedRun| {
        let newer_still = newer.iter().filter(|third| is_before(other, third)).map(|third| third.period);
        let shared = other.period.intersect(run.period);
        shared.is_some_and(|days| !days.is_covered_by(&newer_still.collect::<Vec<_>>()))
    };
    Some(newer.iter().filter(counts).map(|other| other.id).collect())
}
