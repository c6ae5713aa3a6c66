//! Findings on runs, as values: what is missing, what differs from a manifest, what is still being written. Comes in: nothing, the
//! other files of the room make them. Goes out: [`SourceFinding`]; whether one is an error or a warning is decided later, by whether
//! the run counts.

use super::manifest::SilentManifest;
use super::snapshot::SnapshotId;
use crate::base::place::InputName;

/// A finding on a run of an export.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SourceFinding {
    /// A manifest lists parts that are not there, or that have other sizes: `incomplete-run`, an error if the run counts, a
    /// warning if it is superseded.
    IncompleteRun {
        /// **Absent**: all parts are missing, and nothing states their dataset.
        snapshot: Option<SnapshotId>,
        manifest: String,
        /// Names of parts, as the manifest lists them; sorted.
        missing: Vec<String>,
        sizes: Vec<SizeDifference>,
    },
    /// The newest run of an export has no manifest, while others have one: `run-in-progress`. It does not count.
    RunInProgress {
        snapshot: SnapshotId,
        /// The newest run with a manifest, which counts in its place where their days overlap. **Absent**: all of those are
        /// incomplete.
        complete: Option<SnapshotId>,
    },
    /// A file stands beside a manifest that does not list it: it is a snapshot of its own.
    UnlistedFile { snapshot: SnapshotId, manifest: String },
    /// A manifest without usable content.
    SilentManifest { manifest: String, silence: SilentManifest },
}

/// A part whose size is not the one that its manifest states. **Unit**: bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SizeDifference {
    pub(crate) input: InputName,
    pub(crate) stated: u64,
    pub(crate) actual: u64,
}

/// A part with another number of rows than its manifest states.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowDifference {
    pub(crate) input: InputName,
    pub(crate) stated: u64,
    pub(crate) actual: u64,
}
