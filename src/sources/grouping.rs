//! Identity: which inputs are one snapshot. Comes in: files, and the manifest of each folder. Goes out: groups of inputs. Nothing
//! here looks at age, period or series.
//!
//! In this order: (a) the parts that a manifest lists, (b) the files of a run's folder, (c) files of one folder that are named as
//! parts, (d) each file, and each sheet of a workbook.

use std::collections::{BTreeMap, BTreeSet};

use super::dataset::{DatasetVariant, family_of_export_type};
use super::manifest::{RunBlob, RunManifest, SilentManifest};
use super::parts::{PartName, PartScheme, stem, unpacked};
use super::run_folder::RunFolder;
use super::snapshot::SnapshotIdentity;
use super::{ManifestFile, SourceFile, SourceInput, split_path};
use crate::config::dialect::{DatasetFamily, normalise};

/// The manifest that counts in a folder.
pub(super) struct FolderManifest {
    pub(super) path: String,
    pub(super) content: Result<RunManifest, SilentManifest>,
}

/// Inputs that are one snapshot.
pub(super) struct Group<'f> {
    pub(super) identity: SnapshotIdentity,
    /// The folder of the files, without folders `name=value` at its end.
    pub(super) folder: &'f str,
    /// Sorted by name. Empty if all parts that a manifest lists are missing.
    pub(super) members: Vec<Member<'f>>,
    /// **Absent**: as `members` is empty.
    pub(super) dialect: Option<&'f str>,
    pub(super) family: DatasetFamily,
    /// **Absent**: nothing states it.
    pub(super) variant: Option<DatasetVariant>,
    /// What the folders state of the run. **Absent**: no run's folder, or the folder's manifest does not list the file.
    pub(super) run: Option<RunFolder>,
    /// The parts that the manifest lists and that are not there; sorted.
    pub(super) missing: Vec<String>,
    /// The manifest beside the file that does not list it.
    pub(super) not_listed_by: Option<&'f str>,
}

/// An input of a group.
pub(super) struct Member<'f> {
    pub(super) file: &'f SourceFile,
    pub(super) input: &'f SourceInput,
    /// **Absent**: no manifest lists the file.
    pub(super) blob: Option<&'f RunBlob>,
}

/// The manifest of each folder: of two in one folder, one that lists blobs before one that says nothing, then `manifest.json` before
/// `_manifest.json`, and both before a name that ends so.
pub(super) fn folder_manifests(manifests: &[ManifestFile]) -> BTreeMap<String, FolderManifest> {
    let mut sorted: Vec<&ManifestFile> = manifests.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    let mut by_folder: BTreeMap<String, FolderManifest> = BTreeMap::new();
    for manifest in sorted {
        let (folder, name) = split_path(&manifest.path);
        if !name.to_ascii_lowercase().ends_with("manifest.json") {
            continue;
        }
        let content = RunManifest::parse(&manifest.text);
        let rank = |content: &Result<RunManifest, SilentManifest>, name: &str| {
            let is_other = !["manifest.json", "_manifest.json"].iter().any(|n| name.eq_ignore_ascii_case(n));
            let is_unreadable = matches!(content, Err(SilentManifest::Unreadable));
            (content.is_err(), is_unreadable, is_other, name.starts_with('_'))
        };
        let is_better = by_folder
            .get(folder)
            .is_none_or(|other| rank(&content, name) < rank(&other.content, split_path(&other.path).1));
        if is_better {
            by_folder.insert(folder.to_owned(), FolderManifest { path: manifest.path.clone(), content });
        }
    }
    by_folder
}

/// All inputs in their groups; and the manifests that have no group, because all their parts are missing and nothing states their dataset.
/// `files` are sorted by path.
pub(super) fn groups<'f>(
    files: &[&'f SourceFile],
    manifests: &'f BTreeMap<String, FolderManifest>,
) -> (Vec<Group<'f>>, Vec<(&'f FolderManifest, Vec<String>)>) {
    let mut groups = Vec::new();
    let mut orphans = Vec::new();
    let mut listed: BTreeSet<&str> = BTreeSet::new();
    let mut by_folder: BTreeMap<&str, BTreeMap<&str, &SourceFile>> = BTreeMap::new();
    for file in files {
        let (folder, name) = split_path(&file.path);
        by_folder.entry(folder).or_default().insert(name, file);
    }
    let no_files = BTreeMap::new();
    for (folder, manifest) in manifests {
        let Ok(content) = &manifest.content else { continue };
        let listing = Listing::of(content, by_folder.get(folder.as_str()).unwrap_or(&no_files));
        listed.extend(listing.parts.iter().map(|(file, _)| file.path.as_str()));
        let (more, orphan) = listing.groups(folder, manifest, content);
        groups.extend(more);
        orphans.extend(orphan.map(|missing| (manifest, missing)));
    }
    let rest = files.iter().filter(|file| !listed.contains(file.path.as_str()));
    groups.extend(groups_without_manifest(rest.copied(), manifests));
    (groups, orphans)
}

/// The files that a manifest lists, in its own folder.
struct Listing<'f> {
    parts: Vec<(&'f SourceFile, &'f RunBlob)>,
    missing: Vec<String>,
}

impl<'f> Listing<'f> {
    /// Looks each blob up by its name; else by the name of the file as packed or unpacked since.
    fn of(manifest: &'f RunManifest, files: &BTreeMap<&'f str, &'f SourceFile>) -> Listing<'f> {
        let mut listing = Listing { parts: Vec::new(), missing: Vec::new() };
        for blob in &manifest.blobs {
            let repacked = || files.iter().find(|(name, _)| unpacked(name) == unpacked(&blob.name));
            let file = files.get(blob.name.as_str()).or_else(|| repacked().map(|(_, file)| file));
            match file {
                Some(file) => listing.parts.push((file, blob)),
                None => listing.missing.push(blob.name.clone()),
            }
        }
        listing
    }

    /// One group for each dialect among the parts. Second: the missing parts, if they are all and their dataset is unknown.
    fn groups(
        self,
        folder: &'f str,
        manifest: &'f FolderManifest,
        content: &'f RunManifest,
    ) -> (Vec<Group<'f>>, Option<Vec<String>>) {
        let mut by_dialect: BTreeMap<(DatasetFamily, &str), Vec<Member<'f>>> = BTreeMap::new();
        for (file, blob) in &self.parts {
            for input in &file.inputs {
                let member = Member { file, input, blob: Some(blob) };
                by_dialect.entry((input.family, input.dialect.as_str())).or_default().push(member);
            }
        }
        let export_type = content.export_type.as_deref();
        let group = |family, dialect, members: Vec<Member<'f>>| {
            let by_type = export_type.and_then(|text| DatasetVariant::of_text(family, text));
            let by_path =
                || DatasetVariant::of_path(family, members.first().map_or(folder, |m| &m.file.path));
            Group {
                identity: SnapshotIdentity::Manifest { path: manifest.path.clone() },
                folder,
                variant: by_type.or_else(by_path),
                members,
                dialect,
                family,
                run: RunFolder::of(folder),
                missing: self.missing.clone(),
                not_listed_by: None,
            }
        };
        if by_dialect.is_empty() && !self.missing.is_empty() {
            let is_alone = self.parts.is_empty() && export_type.is_none();
            return match export_type.and_then(family_of_export_type) {
                Some(family) => (vec![group(family, None, Vec::new())], None),
                None => (Vec::new(), is_alone.then_some(self.missing)),
            };
        }
        let groups =
            by_dialect.into_iter().map(|((family, dialect), members)| group(family, Some(dialect), members));
        (groups.collect(), None)
    }
}

/// What inputs without a manifest have in common if they are one snapshot. Order decides nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct GroupKey<'f> {
    folder: &'f str,
    family: DatasetFamily,
    dialect: &'f str,
    variant: Option<DatasetVariant>,
    kind: GroupKind<'f>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum GroupKind<'f> {
    RunFolder,
    Parts(PartScheme, String),
    /// Files of one table whose writer has moved columns of these names to the names of folders.
    Partitions(Vec<String>),
    File(&'f SourceInput),
}

fn groups_without_manifest<'f>(
    files: impl Iterator<Item = &'f SourceFile>,
    manifests: &'f BTreeMap<String, FolderManifest>,
) -> Vec<Group<'f>> {
    let mut by_key: BTreeMap<GroupKey<'f>, Vec<Member<'f>>> = BTreeMap::new();
    for file in files {
        let (direct, name) = split_path(&file.path);
        let folder = without_column_folders(direct);
        let is_unlisted = lists_blobs(manifests.get(direct));
        let is_of_one_run = !is_unlisted && RunFolder::of(folder).is_some_and(|run| run.is_of_one_run());
        for input in &file.inputs {
            let kind = match PartName::of(name) {
                _ if input.name.sheet.is_some() => GroupKind::File(input),
                _ if is_of_one_run => GroupKind::RunFolder,
                _ if !input.partition.is_empty() => GroupKind::Partitions(
                    input.partition.iter().map(|column| normalise(&column.name)).collect(),
                ),
                Some(part) => GroupKind::Parts(part.scheme, part.prefix),
                None => GroupKind::File(input),
            };
            let variant = DatasetVariant::of_path(input.family, &file.path);
            let key = GroupKey { folder, family: input.family, dialect: &input.dialect, variant, kind };
            by_key.entry(key).or_default().push(Member { file, input, blob: None });
        }
    }
    let mut groups = Vec::new();
    for (key, members) in by_key {
        let identity = match key.kind {
            GroupKind::RunFolder => SnapshotIdentity::RunFolder,
            GroupKind::Parts(..) | GroupKind::Partitions(_) => SnapshotIdentity::Parts,
            GroupKind::File(_) => SnapshotIdentity::File,
        };
        for members in without_repeats(key.folder, members) {
            let direct = members.first().map_or("", |member| split_path(&member.file.path).0);
            let beside = manifests.get(direct).filter(|manifest| manifest.content.is_ok());
            groups.push(Group {
                identity: identity.clone(),
                folder: key.folder,
                members,
                dialect: Some(key.dialect),
                family: key.family,
                variant: key.variant,
                run: RunFolder::of(key.folder).filter(|_| beside.is_none()),
                missing: Vec::new(),
                not_listed_by: beside.map(|manifest| manifest.path.as_str()),
            });
        }
    }
    groups
}

fn lists_blobs(manifest: Option<&FolderManifest>) -> bool {
    manifest.is_some_and(|manifest| manifest.content.is_ok())
}

/// Splits files that hold one part twice, such as once plain and once packed, by their extensions.
fn without_repeats<'f>(folder: &str, members: Vec<Member<'f>>) -> Vec<Vec<Member<'f>>> {
    // Folders `name=value` below the folder belong to a part's name.
    let part = |member: &Member<'f>| stem(&member.file.path[folder.len()..]).to_lowercase();
    let distinct: BTreeSet<String> = members.iter().map(part).collect();
    if distinct.len() == members.len() {
        return vec![members];
    }
    let mut by_extension: BTreeMap<String, Vec<Member<'f>>> = BTreeMap::new();
    for member in members {
        let name = &member.file.path[folder.len()..];
        by_extension.entry(name[stem(name).len()..].to_lowercase()).or_default().push(member);
    }
    by_extension.into_values().collect()
}

/// A folder without the folders `name=value` at its end, in which writers of partitioned tables keep columns.
fn without_column_folders(folder: &str) -> &str {
    let mut folder = folder;
    loop {
        let (before, name) = split_path(folder);
        match name.split_once('=') {
            Some((column, _)) if !column.is_empty() => folder = before,
            _ => return folder,
        }
    }
}
