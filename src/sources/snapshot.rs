//! Snapshots: what one run of one export wrote. Comes in: files with their inputs, manifests. Goes out: [`Snapshot`]s, sorted, and
//! findings on them. What rows say (period of files without a stated one, disjoint scopes) is added later.

use std::collections::BTreeMap;

use super::age::{Age, AgeKind, DatedName};
use super::dataset::{Dataset, DatasetVariant};
use super::day_range::DayRange;
use super::finding::{RowDifference, SizeDifference, SourceFinding};
use super::grouping::{FolderManifest, Group, Member, folder_manifests, groups};
use super::manifest::{RunManifest, SilentManifest};
use super::parts::unpacked;
use super::run_folder::RunFolder;
use super::series::{SeriesKey, SeriesScope, complete_keys, export_path, stated_key};
use super::{ManifestFile, SourceFile, split_path};
use crate::base::place::InputName;
use crate::config::dialect::DatasetFamily;

/// Names a snapshot of one run: its index in [`Sources::snapshots`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SnapshotId(pub(crate) usize);

/// What makes inputs one snapshot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SnapshotIdentity {
    /// A manifest lists them.
    Manifest { path: String },
    /// They stand in one run's folder.
    RunFolder,
    /// They are named as parts, in one folder, or names of folders hold columns of theirs. If half of their common cells agree, they are no parts; only their rows can show this.
    Parts,
    /// One file, or one sheet.
    File,
}

/// Whether a snapshot may count, as far as is known without its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SnapshotState {
    /// All parts are there, or nothing says how many there are.
    Complete,
    /// A part is missing or has another size: an error, unless the snapshot is superseded. It supersedes nothing.
    Incomplete,
    /// The run is still being written. It does not count, and supersedes nothing.
    InProgress,
}

/// What one run of one export wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) id: SnapshotId,
    pub(crate) identity: SnapshotIdentity,
    /// Sorted by name. Empty if all parts that a manifest lists are missing.
    pub(crate) files: Vec<SnapshotFile>,
    /// The dialect of all its files. **Absent**: there are none.
    pub(crate) dialect: Option<String>,
    pub(crate) family: DatasetFamily,
    /// **Absent**: nothing states it, see [`super::settle_variants`].
    pub(crate) variant: Option<DatasetVariant>,
    /// **Absent**: its maker wrote none, or it is written in several ways.
    pub(crate) age: Option<Age>,
    /// The days that the snapshot covers, as its manifest or folder states them. **Absent**: only the rows tell.
    pub(crate) stated_period: Option<DayRange>,
    pub(crate) series: SeriesKey,
    pub(crate) state: SnapshotState,
    /// What the folders state of the run. **Absent**: it stands in no run's folder.
    pub(crate) run: Option<RunFolder>,
    /// Rows of all parts, as the manifest states them. **Absent**: no manifest states them.
    pub(crate) stated_rows: Option<u64>,
}

/// One input of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnapshotFile {
    pub(crate) input: InputName,
    /// Size of the file as stored. **Unit**: bytes.
    pub(crate) bytes: u64,
    /// Size that the manifest states, of a file that is as delivered. **Absent**: not stated, or not comparable.
    pub(crate) stated_bytes: Option<u64>,
    /// Rows that the manifest states, without the header. **Absent**: not stated.
    pub(crate) stated_rows: Option<u64>,
}

/// All snapshots of a run, and the findings on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sources {
    /// Sorted by the name of the first file; [`SnapshotId`] is the index.
    pub(crate) snapshots: Vec<Snapshot>,
    /// Sorted.
    pub(crate) findings: Vec<SourceFinding>,
}

impl Snapshot {
    /// The snapshot of one file that belongs to no run and no series.
    pub(crate) fn of_file(
        id: SnapshotId,
        input: InputName,
        bytes: u64,
        dialect: &str,
        family: DatasetFamily,
    ) -> Snapshot {
        let scope = SeriesScope::Single { input: input.clone() };
        Snapshot {
            id,
            identity: SnapshotIdentity::File,
            files: vec![SnapshotFile { input, bytes, stated_bytes: None, stated_rows: None }],
            dialect: Some(dialect.to_owned()),
            family,
            variant: None,
            age: None,
            stated_period: None,
            series: SeriesKey { scope, family, variant: None },
            state: SnapshotState::Complete,
            run: None,
            stated_rows: None,
        }
    }

    /// The dataset of the snapshot, as far as is known.
    pub(crate) fn dataset(&self) -> Dataset {
        Dataset::of(self.family, self.variant)
    }

    /// Sizes of the snapshot's files, as stored, together. **Unit**: bytes. Sheets of one workbook have its size each.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The files whose number of rows differs from the one that the manifest states. `rows`: rows read of an input, without its
    /// header; `None` if it was not read.
    pub(crate) fn row_differences(&self, rows: &dyn Fn(&InputName) -> Option<u64>) -> Vec<RowDifference> {
        let differences = self.files.iter().filter_map(|file| {
            let (stated, actual) = (file.stated_rows?, rows(&file.input)?);
            (stated != actual).then(|| RowDifference { input: file.input.clone(), stated, actual })
        });
        differences.collect()
    }
}

/// Decides which inputs are one snapshot, and identity, age, stated period, series and state of each. The order of `files` and
/// `manifests` decides nothing; each path stands in `files` once.
pub(crate) fn snapshots(files: &[SourceFile], manifests: &[ManifestFile]) -> Sources {
    let mut sorted: Vec<&SourceFile> = files.iter().collect();
    sorted.sort();
    let manifests = folder_manifests(manifests);
    let (mut groups, orphans) = groups(&sorted, &manifests);
    for group in &mut groups {
        group.members.sort_by(|a, b| a.input.name.cmp(&b.input.name));
    }
    groups.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));

    let manifest_of = |group: &Group<'_>| match &group.identity {
        SnapshotIdentity::Manifest { path } => manifests.get(split_path(path).0),
        SnapshotIdentity::RunFolder | SnapshotIdentity::Parts | SnapshotIdentity::File => None,
    };
    let content = |group: &Group<'_>| manifest_of(group).and_then(|manifest| manifest.content.as_ref().ok());
    let mut keys: Vec<(String, SeriesKey)> =
        groups.iter().map(|group| (export_path(group), stated_key(group, content(group)))).collect();
    complete_keys(&mut keys);

    let with_keys = groups.iter().zip(keys).enumerate();
    let mut snapshots: Vec<Snapshot> = with_keys
        .map(|(nth, (group, (_, key)))| snapshot(SnapshotId(nth), group, content(group), key))
        .collect();
    let mut findings = incomplete_runs(&mut snapshots, &groups);
    findings.extend(orphans.into_iter().map(|(manifest, missing)| SourceFinding::IncompleteRun {
        snapshot: None,
        manifest: manifest.path.clone(),
        missing,
        sizes: Vec::new(),
    }));
    findings.extend(runs_in_progress(&mut snapshots, &groups, &manifests));
    findings.extend(snapshots.iter().zip(&groups).filter_map(|(snapshot, group)| {
        let manifest = group.not_listed_by?.to_owned();
        Some(SourceFinding::UnlistedFile { snapshot: snapshot.id, manifest })
    }));
    findings.extend(manifests.into_values().filter_map(|manifest| {
        let silence = manifest.content.err()?;
        Some(SourceFinding::SilentManifest { manifest: manifest.path, silence })
    }));
    findings.sort();
    Sources { snapshots, findings }
}

/// Groups by the name of their first file; those without files by their manifest.
fn sort_key<'g>(group: &'g Group<'_>) -> (&'g str, Option<&'g InputName>, &'g SnapshotIdentity) {
    let first = group.members.first();
    (first.map_or(group.folder, |member| &member.file.path), first.map(|m| &m.input.name), &group.identity)
}

fn snapshot(
    id: SnapshotId,
    group: &Group<'_>,
    manifest: Option<&RunManifest>,
    series: SeriesKey,
) -> Snapshot {
    let run = group.run.as_ref();
    let by_run = || run?.run_time.map(|moment| Age::at(AgeKind::RunFolder, moment));
    let by_name = || match (&group.identity, group.members.first()) {
        (SnapshotIdentity::File, Some(member)) => {
            DatedName::of(split_path(&member.file.path).1).map(|dated| dated.age)
        }
        _ => None,
    };
    let by_folder = run.map(|run| run.period);
    // An end that is meant as the first day after the period is cut off by the folder's range.
    let stated_period = match (manifest.and_then(|manifest| manifest.period), by_folder) {
        (Some(period), Some(folder)) => Some(period.intersect(folder).unwrap_or(period)),
        (period, folder) => period.or(folder),
    };
    Snapshot {
        id,
        identity: group.identity.clone(),
        files: group.members.iter().map(snapshot_file).collect(),
        dialect: group.dialect.map(str::to_owned),
        family: group.family,
        variant: series.variant,
        age: manifest.and_then(|manifest| manifest.age).or_else(by_run).or_else(by_name),
        stated_period,
        series,
        state: SnapshotState::Complete,
        run: group.run.clone(),
        stated_rows: manifest.and_then(|manifest| manifest.rows),
    }
}

fn snapshot_file(member: &Member<'_>) -> SnapshotFile {
    let name = split_path(&member.file.path).1;
    // Sizes are compared only for files as delivered, neither packed nor unpacked since. A file delivered packed has a checksum of its own,
    // and no source says whether its manifest counts bytes before or after packing.
    let is_comparable = |blob: &str| blob == name && unpacked(name) == name;
    SnapshotFile {
        input: member.input.name.clone(),
        bytes: member.file.bytes,
        stated_bytes: member.blob.filter(|blob| is_comparable(&blob.name)).and_then(|blob| blob.bytes),
        stated_rows: member.blob.and_then(|blob| blob.rows),
    }
}

/// Marks the snapshots whose manifest lists parts that are missing or have other sizes.
fn incomplete_runs(snapshots: &mut [Snapshot], groups: &[Group<'_>]) -> Vec<SourceFinding> {
    let mut findings = Vec::new();
    for (snapshot, group) in snapshots.iter_mut().zip(groups) {
        let SnapshotIdentity::Manifest { path } = &group.identity else { continue };
        let sizes: Vec<SizeDifference> = snapshot.files.iter().filter_map(size_difference).collect();
        if !group.missing.is_empty() || !sizes.is_empty() {
            snapshot.state = SnapshotState::Incomplete;
            let (snapshot, manifest, missing) = (Some(snapshot.id), path.clone(), group.missing.clone());
            findings.push(SourceFinding::IncompleteRun { snapshot, manifest, missing, sizes });
        }
    }
    findings
}

fn size_difference(file: &SnapshotFile) -> Option<SizeDifference> {
    let (stated, actual) = (file.stated_bytes?, file.bytes);
    (stated != actual).then(|| SizeDifference { input: file.input.clone(), stated, actual })
}

/// Marks the runs without a manifest beside runs of one path that have one, unless one of those is known to be newer: by the times of
/// their folders, else by age, else by the last day of their periods.
fn runs_in_progress(
    snapshots: &mut [Snapshot],
    groups: &[Group<'_>],
    manifests: &BTreeMap<String, FolderManifest>,
) -> Vec<SourceFinding> {
    let mut with_manifest: BTreeMap<(String, DatasetFamily), Vec<usize>> = BTreeMap::new();
    for (index, group) in groups.iter().enumerate() {
        if matches!(group.identity, SnapshotIdentity::Manifest { .. }) && group.run.is_some() {
            with_manifest.entry((export_path(group), group.family)).or_default().push(index);
        }
    }
    let mut findings = Vec::new();
    for index in 0..groups.len() {
        if !lacks_manifest(&groups[index], manifests) {
            continue;
        }
        let run = &snapshots[index];
        let beside = with_manifest.get(&(export_path(&groups[index]), run.family));
        let beside: Vec<&Snapshot> = beside
            .into_iter()
            .flatten()
            .map(|other| &snapshots[*other])
            .filter(|other| other.variant.is_none() || run.variant.is_none() || other.variant == run.variant)
            .collect();
        if beside.is_empty() || beside.iter().any(|other| is_newer_run(other, run)) {
            continue;
        }
        let complete: Vec<&&Snapshot> =
            beside.iter().filter(|other| other.state == SnapshotState::Complete).collect();
        let newest = complete.iter().find(|one| !complete.iter().any(|other| is_newer_run(other, one)));
        findings.push(SourceFinding::RunInProgress {
            snapshot: run.id,
            complete: newest.map(|newest| newest.id),
        });
        snapshots[index].state = SnapshotState::InProgress;
    }
    findings
}

/// Whether a run's folder has no manifest, or one that is cut off.
fn lacks_manifest(group: &Group<'_>, manifests: &BTreeMap<String, FolderManifest>) -> bool {
    let is_run = match group.identity {
        SnapshotIdentity::RunFolder | SnapshotIdentity::Parts => group.run.is_some(),
        SnapshotIdentity::Manifest { .. } | SnapshotIdentity::File => false,
    };
    let manifest = manifests.get(group.folder).map(|manifest| &manifest.content);
    is_run && matches!(manifest, None | Some(Err(SilentManifest::Unreadable)))
}

/// Whether `run` is known to be newer than `other`.
fn is_newer_run(run: &Snapshot, other: &Snapshot) -> bool {
    let time = |snapshot: &Snapshot| snapshot.run.as_ref().and_then(|run| run.run_time);
    let by_time =
        time(run).zip(time(other)).map(|(run, other)| run.cmp(&other)).filter(|order| order.is_ne());
    let by_age = || run.age.zip(other.age).and_then(|(run, other)| run.order(other));
    let last = |snapshot: &Snapshot| snapshot.stated_period.map(DayRange::last);
    let by_period = || last(run).zip(last(other)).map(|(run, other)| run.cmp(&other));
    by_time.or_else(by_age).or_else(by_period).is_some_and(|order| order.is_gt())
}
