//! Series: the snapshots that one scheduled export writes, run after run. Comes in: snapshots as grouped. Goes out: the key of each
//! one's series, and the variant that a series states for all its snapshots. Whether files that
//! differ in a date name disjoint subscriptions depends on their rows: a caller that has read them decides.

use std::collections::{BTreeMap, BTreeSet};

use super::age::{DatedName, without_guids};
use super::dataset::{DatasetVariant, only};
use super::grouping::Group;
use super::manifest::RunManifest;
use super::snapshot::{Snapshot, SnapshotId, SnapshotIdentity};
use super::split_path;
use crate::base::place::InputName;
use crate::config::dialect::DatasetFamily;

/// What the snapshots of one series have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SeriesKey {
    pub(crate) scope: SeriesScope,
    pub(crate) family: DatasetFamily,
    /// **Absent**: no snapshot of the series states it.
    pub(crate) variant: Option<DatasetVariant>,
}

/// Which export a series is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SeriesScope {
    /// Manifests name one `exportConfig.resourceId`.
    Export { resource_id: String },
    /// One path without period, run time and GUID.
    Path { path: String },
    /// Files of one folder whose names differ in a date alone; in a period's folder, also in a GUID.
    Names { folder: String, pattern: String },
    /// A snapshot that is in no series: its first file.
    Single { input: InputName },
}

impl SeriesKey {
    /// The series in one text: equal texts are one series.
    pub(crate) fn label(&self) -> String {
        let scope = match &self.scope {
            SeriesScope::Export { resource_id } => format!("export {resource_id}"),
            SeriesScope::Path { path } => format!("path {path}"),
            SeriesScope::Names { folder, pattern } => format!("names {folder}/{pattern}"),
            SeriesScope::Single { input } => format!("single {input}"),
        };
        format!("{} {scope}", super::Dataset::of(self.family, self.variant).as_str())
    }

    /// Whether the series goes by the names of files.
    pub(crate) fn is_by_name(&self) -> bool {
        matches!(self.scope, SeriesScope::Names { .. })
    }
}

/// The key that a group states by itself.
pub(super) fn stated_key(group: &Group<'_>, manifest: Option<&RunManifest>) -> SeriesKey {
    let resource_id = manifest.and_then(|manifest| manifest.resource_id.clone());
    let path = || SeriesScope::Path { path: export_path(group) };
    let scope = match (&group.identity, resource_id, group.members.first()) {
        (SnapshotIdentity::Manifest { .. }, Some(resource_id), _) => SeriesScope::Export { resource_id },
        // Parts that stand in no run's folder are one write of a tool, not one run of many.
        (SnapshotIdentity::Parts, _, Some(member)) if group.run.is_none() => {
            SeriesScope::Single { input: member.input.name.clone() }
        }
        (SnapshotIdentity::Manifest { .. } | SnapshotIdentity::RunFolder | SnapshotIdentity::Parts, ..)
        | (SnapshotIdentity::File, _, None) => path(),
        (SnapshotIdentity::File, _, Some(member)) => {
            let name = split_path(&member.file.path).1;
            let dated = DatedName::of(name).map(|dated| dated.pattern);
            let in_run = group.run.as_ref().map(|_| without_guids(name).to_lowercase());
            match dated.or(in_run) {
                None => SeriesScope::Single { input: member.input.name.clone() },
                Some(pattern) => SeriesScope::Names {
                    folder: export_path(group),
                    pattern: match &member.input.name.sheet {
                        Some(sheet) => format!("{pattern}[{sheet}]"),
                        None => pattern,
                    },
                },
            }
        }
    };
    SeriesKey { scope, family: group.family, variant: group.variant }
}

/// The path that all runs of the group's export share.
pub(super) fn export_path(group: &Group<'_>) -> String {
    group.run.as_ref().map_or_else(|| group.folder.to_owned(), |run| run.export.clone())
}

/// Completes keys that state less than other keys of their path: a run whose manifest is missing belongs to the one export that writes to
/// its path, and a run that states no variant to the one variant of its path. Where a path has several, nothing is completed.
pub(super) fn complete_keys(keys: &mut [(String, SeriesKey)]) {
    let mut by_path: BTreeMap<(String, DatasetFamily), BTreeSet<SeriesKey>> = BTreeMap::new();
    for (path, key) in keys.iter().filter(|(_, key)| has_path(key)) {
        by_path.entry((path.clone(), key.family)).or_default().insert(key.clone());
    }
    for (path, key) in keys.iter_mut().filter(|(_, key)| has_path(key)) {
        let others = || by_path.get(&(path.clone(), key.family)).into_iter().flatten();
        let is_export = |scope: &SeriesScope| matches!(scope, SeriesScope::Export { .. });
        let fits = |other: &&SeriesKey| key.variant.is_none() || other.variant == key.variant;
        let same_export = |other: &&SeriesKey| is_export(&key.scope) && other.scope == key.scope;
        let of_exports = others().filter(|other| is_export(&other.scope)).filter(fits);
        let scope = match is_export(&key.scope) {
            true => Some(key.scope.clone()),
            false => only(of_exports.map(|other| other.scope.clone())),
        };
        let variants = others()
            .filter(|other| same_export(other) || !is_export(&key.scope))
            .filter_map(|other| other.variant);
        let variant = key.variant.or_else(|| only(variants));
        key.scope = scope.unwrap_or_else(|| key.scope.clone());
        key.variant = variant;
    }
}

fn has_path(key: &SeriesKey) -> bool {
    matches!(key.scope, SeriesScope::Export { .. } | SeriesScope::Path { .. })
}

/// Settles variants that no manifest and no name states, by evidence of rows. Cost: the evidence of any snapshot counts for its
/// whole series, unless two disagree. Reconciliation: the evidence of a snapshot counts for that snapshot alone, since one export may be
/// billed later.
pub(crate) fn settle_variants(
    snapshots: &mut [Snapshot],
    evidence: &dyn Fn(SnapshotId) -> Option<DatasetVariant>,
) {
    let mut by_series: BTreeMap<SeriesKey, BTreeSet<DatasetVariant>> = BTreeMap::new();
    let open = |snapshot: &&mut Snapshot| snapshot.variant.is_none();
    for snapshot in snapshots.iter_mut().filter(open) {
        let variant = evidence(snapshot.id);
        if snapshot.family == DatasetFamily::Recon {
            snapshot.variant = variant;
        } else {
            by_series.entry(snapshot.series.clone()).or_default().extend(variant);
        }
    }
    for snapshot in snapshots.iter_mut().filter(open) {
        if let Some(variants) = by_series.get(&snapshot.series) {
            snapshot.variant = only(variants.iter().copied());
        }
    }
}
