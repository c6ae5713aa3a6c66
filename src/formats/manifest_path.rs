//! Where the manifest of a run of an export stands. Comes in: names of files. Goes out: the manifests among them. It opens no file.

use std::path::{Path, PathBuf};

use super::discover::shown_name;

/// The manifest of a run of an export.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ManifestPath {
    /// As people see it.
    pub(crate) shown: String,
    /// Where its text stands.
    pub(crate) path: PathBuf,
}

impl ManifestPath {
    /// The manifest at a path. `None` if another file has the name.
    pub(super) fn beside(path: &Path) -> Option<ManifestPath> {
        ManifestPath::of(shown_name(path), path.to_path_buf())
    }

    /// The manifest of this name, which stands at `path`. `None` if another file has the name.
    pub(super) fn of(shown: String, path: PathBuf) -> Option<ManifestPath> {
        shown.to_ascii_lowercase().ends_with("manifest.json").then_some(ManifestPath { shown, path })
    }
}
