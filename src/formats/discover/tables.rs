//! Tables whose files are not all live: Delta Lake, Apache Iceberg, Apache Hudi keep files of former versions beside the live ones. Comes in: paths.
//! Goes out: the tables that paths belong to. It reads no log.
//!
//! Source: delta-io/delta, PROTOCOL.md, `_delta_log`; the Iceberg table specification, `metadata/*.metadata.json`; the Hudi technical
//! specification, `.hoodie`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The folder with the log of a Delta table.
pub(super) const DELTA_LOG: &str = "_delta_log";
/// The folder with the metadata of a Hudi table.
const HUDI_TIMELINE: &str = ".hoodie";
/// The folder with the metadata of an Iceberg table, and how the names of its files end.
const ICEBERG_METADATA: &str = "metadata";
const ICEBERG_FILE: &str = ".metadata.json";
/// The folder of an Iceberg table with the files of data.
const ICEBERG_DATA: &str = "data";

/// A format of tables whose log or metadata say which files are live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TableFormat {
    Delta,
    Iceberg,
    Hudi,
}

/// A table on disk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TableFolder {
    /// An absolute path.
    pub(crate) folder: PathBuf,
    pub(crate) format: TableFormat,
}

impl TableFolder {
    /// The path of a file below the folder, with `/` between folders. `None` if it is not below.
    pub(crate) fn part(&self, file: &Path) -> Option<String> {
        let file = absolute(file);
        file.strip_prefix(&self.folder).ok().map(super::shown_name)
    }
}

fn is_named(path: &Path, name: &str) -> bool {
    path.file_name().and_then(OsStr::to_str) == Some(name)
}

/// Whether a folder holds the metadata of an Iceberg table.
pub(super) fn is_iceberg_metadata(folder: &Path) -> bool {
    let entries = || std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    is_named(folder, ICEBERG_METADATA)
        && entries().any(|entry| entry.file_name().to_str().is_some_and(|name| name.ends_with(ICEBERG_FILE)))
}

/// The table whose log or metadata a folder holds. `None` for any other folder.
pub(super) fn table_of_metadata(folder: &Path) -> Option<TableFolder> {
    let format = if is_named(folder, DELTA_LOG) {
        TableFormat::Delta
    } else if is_named(folder, HUDI_TIMELINE) {
        TableFormat::Hudi
    } else if is_iceberg_metadata(folder) {
        TableFormat::Iceberg
    } else {
        return None;
    };
    let folder = absolute(folder);
    Some(TableFolder { folder: folder.parent().unwrap_or(&folder).to_path_buf(), format })
}

/// A path that does not depend on the folder in which a run is started.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// The table that a file or folder is of, which may lie in folders `column=value`. `None` if it is of none.
pub(super) fn table_around(path: &Path) -> Option<TableFolder> {
    let is_inner = |folder: &&Path| {
        let name = folder.file_name().and_then(OsStr::to_str).unwrap_or_default();
        name.contains('=') || name == ICEBERG_DATA
    };
    let path = absolute(path);
    let within = path.ancestors().take_while(is_inner).count();
    path.ancestors().take(within + 1).find_map(|folder| {
        let names = [DELTA_LOG, HUDI_TIMELINE, ICEBERG_METADATA];
        let mut metadata = names.iter().map(|name| folder.join(name)).filter(|folder| folder.is_dir());
        metadata.find_map(|metadata| table_of_metadata(&metadata))
    })
}
