//! Sources: what each input is a snapshot of (SPEC 3.7). Comes in: the files that were found, the dialect of each input in them, the
//! bytes of manifests. Goes out: snapshots with identity, age, stated period and series; findings on runs; and the snapshots that
//! need not be read. It opens no file, reads no rows and judges nothing; its outcome does not depend on the order of files.

mod age;
mod dataset;
mod day_range;
mod delta;
mod finding;
mod grouping;
mod manifest;
mod parts;
mod run_folder;
mod series;
mod snapshot;
mod superseded;
#[cfg(test)]
mod tests;

use crate::base::place::InputName;
use crate::config::dialect::{DatasetFamily, FolderColumn};

pub(crate) use age::{Age, AgeKind, DatedName};
pub(crate) use dataset::{Dataset, DatasetVariant};
pub(crate) use day_range::DayRange;
pub(crate) use delta::{CheckpointFile, CheckpointName, DeltaLog};
pub(crate) use finding::SourceFinding;
pub(crate) use series::{SeriesKey, settle_variants};
pub(crate) use snapshot::{
    Snapshot, SnapshotFile, SnapshotId, SnapshotIdentity, SnapshotState, Sources, snapshots,
};
pub(crate) use superseded::superseded_by_stated_period;

/// A file that was found, whether it is an input or not: a manifest may list it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SourceFile {
    /// As people see it, with `/` between folders.
    pub(crate) path: String,
    /// Size as stored. **Unit**: bytes.
    pub(crate) bytes: u64,
    /// The inputs of consumption in the file: one, or one for each sheet; none if the file was passed over or has another role.
    pub(crate) inputs: Vec<SourceInput>,
}

/// An input of consumption.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SourceInput {
    pub(crate) name: InputName,
    /// The name of its dialect.
    pub(crate) dialect: String,
    pub(crate) family: DatasetFamily,
    /// Columns that the names of folders hold in place of the file.
    pub(crate) partition: Vec<FolderColumn>,
}

/// A file whose name ends in `manifest.json`, in any case; others are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManifestFile {
    /// As people see it, with `/` between folders.
    pub(crate) path: String,
    /// The caller limits the size: a file that is larger than it wants to read is handed over as its first bytes, which are no JSON.
    pub(crate) text: Vec<u8>,
}

/// Folder and name of a path.
fn split_path(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
