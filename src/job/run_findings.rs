//! What names, folders and manifests tell of the runs of exports. Comes in: snapshots and findings on them. Goes out: the runs that need not be read, those that are an
//! error if they count, and warnings. It reads no row.

use std::collections::BTreeMap;

use crate::base::place::InputName;
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::job::snapshots::{Unread, first_file, some_of};
use crate::sources::{
    Age, Snapshot, SnapshotId, SnapshotState, SourceFinding, Sources, superseded_by_stated_period,
};

/// The snapshots that need not be read, and why, as far as names, folders and manifests tell.
pub(super) fn unread_runs(snapshots: &[Snapshot]) -> BTreeMap<SnapshotId, Unread> {
    let name = |id: &SnapshotId| first_file(&snapshots[id.0]);
    let superseded = superseded_by_stated_period(snapshots);
    let mut why: BTreeMap<SnapshotId, Unread> = superseded
        .into_iter()
        .map(|(id, by)| (id, Unread::Superseded(by.iter().map(name).collect())))
        .collect();
    let in_progress = snapshots.iter().filter(|snapshot| snapshot.state == SnapshotState::InProgress);
    why.extend(in_progress.map(|snapshot| (snapshot.id, Unread::InProgress)));
    why
}

/// Tells of the findings on runs. Returns the runs that are an error if they count.
pub(super) fn incomplete_runs(
    sources: &Sources,
    why: &BTreeMap<SnapshotId, Unread>,
    warnings: &mut Warnings,
    input_errors: &mut Vec<InputError>,
) -> BTreeMap<SnapshotId, InputError> {
    let mut incomplete = BTreeMap::new();
    for finding in &sources.findings {
        told_of(finding, &sources.snapshots, why, &mut incomplete, warnings, input_errors);
    }
    shrunk(&sources.snapshots, why, warnings);
    incomplete
}

/// That a file of a snapshot has another number of rows than its manifest states.
pub(super) fn other_rows(
    snapshot: &Snapshot,
    rows: &dyn Fn(&InputName) -> Option<u64>,
) -> Option<InputError> {
    let differences = snapshot.row_differences(rows);
    let first = differences.first()?;
    let message = format!(
        "its manifest states {} rows, and it has {}; fetch the run again",
        first.stated, first.actual
    );
    Some(incomplete_run(first.input.to_string(), message))
}

/// That a run lacks what its manifest lists.
pub(super) fn incomplete_run(file: String, message: String) -> InputError {
    let input = Some(InputName { file, sheet: None });
    InputError { input, code: InputErrorCode::IncompleteRun, message }
}

/// Tells of a finding on a run.
fn told_of(
    finding: &SourceFinding,
    snapshots: &[Snapshot],
    why: &BTreeMap<SnapshotId, Unread>,
    incomplete: &mut BTreeMap<SnapshotId, InputError>,
    warnings: &mut Warnings,
    input_errors: &mut Vec<InputError>,
) {
    match finding {
        SourceFinding::IncompleteRun { snapshot, manifest, missing, sizes } => {
            let mut what = Vec::new();
            if !missing.is_empty() {
                let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
                what.push(format!("parts that are not there: {}", some_of(&missing)));
            }
            what.extend(sizes.iter().map(|size| {
                format!("{} with {} bytes, and it has {}", size.input, size.stated, size.actual)
            }));
            let message = format!("the manifest lists {}; fetch the run again", what.join("; "));
            match snapshot {
                Some(id) if why.contains_key(id) => {
                    warnings.add(WarningCode::IncompleteRun, format!("{manifest}: {message}"));
                }
                Some(id) if !snapshots[id.0].files.is_empty() => {
                    incomplete.insert(*id, incomplete_run(manifest.clone(), message));
                }
                _ => input_errors.push(incomplete_run(manifest.clone(), message)),
            }
        }
        SourceFinding::RunInProgress { snapshot, complete } => {
            let instead = match complete {
                Some(complete) => {
                    format!("{} counts instead", first_file(&snapshots[complete.0]))
                }
                None => "no other run is complete".to_owned(),
            };
            let text = format!(
                "{} has no manifest, while other runs of its export have one: it is being written; {instead}",
                first_file(&snapshots[snapshot.0])
            );
            warnings.add(WarningCode::RunInProgress, text);
        }
        SourceFinding::UnlistedFile { .. } | SourceFinding::SilentManifest { .. } => {}
    }
}

/// The newest snapshot of a series has less than half of the rows or bytes of the one before it, for the same period.
fn shrunk(snapshots: &[Snapshot], why: &BTreeMap<SnapshotId, Unread>, warnings: &mut Warnings) {
    let is_newest = |snapshot: &&Snapshot| !why.contains_key(&snapshot.id);
    for newest in snapshots.iter().filter(is_newest) {
        let Some(period) = newest.stated_period else { continue };
        let before = snapshots.iter().filter(|other| {
            let covers = other.stated_period.is_some_and(|of_other| {
                of_other.first() == period.first() && of_other.last() <= period.last()
            });
            other.series == newest.series
                && covers
                && other.state == SnapshotState::Complete
                && Age::is_before(other.age, newest.age)
        });
        let last = before.reduce(|a, b| if Age::is_before(a.age, b.age) { b } else { a });
        let Some(last) = last else { continue };
        let rows = last.stated_rows.zip(newest.stated_rows);
        let (what, (old, new)) = match rows {
            Some(rows) => ("rows", rows),
            None => ("bytes", (last.bytes(), newest.bytes())),
        };
        if 2 * new < old {
            let text = format!(
                "{} has {new} {what}, and {} before it has {old} for the same days",
                first_file(newest),
                first_file(last)
            );
            warnings.add(WarningCode::Shrunk, text);
        }
    }
}
