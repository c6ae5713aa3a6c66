//! What the name of a file or folder tells: that it describes other files, belongs to a job or a download that has not ended, or is an output of
//! attain. Comes in: paths of a walk or a pattern. Goes out: [`Unopened`], or whether the file is a download. It opens no file.

use std::ffi::OsStr;
use std::path::Path;

use walkdir::WalkDir;

use super::tables::DELTA_LOG;
use crate::config::own_columns::{
    CONTROL_SUFFIX, FAILED_SUFFIX, SPARK_CONTROL, SPARK_CREDITS, SPARK_REJECTS,
};
use crate::formats::skipped::{SkipClass, Unopened};

/// Names of manifests, in any case.
pub(super) const MANIFESTS: [&str; 2] = ["manifest.json", "_manifest.json"];

/// Files that writers of data put beside it: marks that a job has ended, lists of Parquet files (Spark, fastparquet, dask).
const SIDECARS: [&str; 3] = ["_success", "_metadata", "_common_metadata"];

/// Beginnings of names of such files: of Databricks, which marks each write.
const SIDECAR_BEGINNINGS: [&str; 2] = ["_started_", "_committed_"];

/// Folders whose files describe those beside them: the log of a Delta table, the log of a stream of Spark.
const SIDECAR_FOLDERS: [&str; 2] = [DELTA_LOG, "_spark_metadata"];

/// The folder in which a job of Spark or Hadoop writes until it ends.
const JOB_FOLDER: &str = "_temporary";

/// Endings of names of downloads that have not ended: of Chromium, of Firefox and many others, of WinSCP, of Internet Explorer and Edge, of Safari,
/// of Opera, of aria2.
const DOWNLOADS: [&str; 8] =
    [".crdownload", ".part", ".filepart", ".partial", ".download", ".opdownload", ".aria2", ".tmp"];

/// The beginning of the name of the file by which Microsoft Office locks a document.
const LOCK: &str = "~$";

const BESIDE_CREDITS: &str = "a Spark job has written it beside its credits table";
const DESCRIBES: &str = "it describes the files beside it";
const UNFINISHED_JOB: &str =
    "a job of Spark or Hadoop that did not end has left it, so that nothing in it counts; run the job again";
const UNFINISHED_DOWNLOAD: &str =
    "its name says that its download has not ended, so that nothing in it counts; download it again";

fn name_of(path: &Path) -> String {
    path.file_name().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase()
}

/// Whether a name begins with a dot.
pub(super) fn is_hidden(path: &Path) -> bool {
    path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with('.'))
}

/// Whether a file locks a document of an office program.
pub(in crate::formats) fn is_lock(file: &str) -> bool {
    file.rsplit('/').next().is_some_and(|name| name.starts_with(LOCK))
}

/// Whether a file only lists Parquet files, by its name.
pub(in crate::formats) fn is_parquet_list(file: &str) -> bool {
    file.rsplit('/').next().is_some_and(|name| name.starts_with('_') && SIDECARS.contains(&name))
}

/// The name of a file without the ending that says that its download has not ended, and the ending. `None` if it has no such ending. Dask names
/// parts `0.part`.
pub(in crate::formats) fn download(file: &str) -> Option<(&str, &'static str)> {
    let lower = file.to_ascii_lowercase();
    let ending = DOWNLOADS.into_iter().find(|ending| lower.ends_with(ending))?;
    let stem = &file[..file.len() - ending.len()];
    let name = stem.rsplit('/').next().unwrap_or(stem);
    let is_part = ending == ".part" && !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    (!is_part).then_some((stem, ending))
}

/// A file whose name alone tells that it is no input. `None` for any other file.
pub(super) fn unopened_file(path: &Path) -> Option<Unopened> {
    let name = name_of(path);
    let is_sidecar = name.ends_with("manifest.json")
        || name.ends_with(CONTROL_SUFFIX)
        || name.ends_with(".crc")
        || SIDECARS.contains(&name.as_str())
        || SIDECAR_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
    if is_sidecar {
        Some(Unopened { class: SkipClass::Companion, reason: DESCRIBES })
    } else if name.ends_with(FAILED_SUFFIX) {
        Some(Unopened { class: SkipClass::Output, reason: "an output of an earlier run" })
    } else if name.starts_with(LOCK) {
        let reason = "the file by which an office program locks a document";
        Some(Unopened { class: SkipClass::NoData, reason })
    } else {
        None
    }
}

/// A file in an archive whose name alone, or the names of its folders, tell that it is no input. `None` for any other file.
pub(in crate::formats) fn unopened_member(path: &Path) -> Option<Unopened> {
    let is_of_job = path.iter().any(|part| part == JOB_FOLDER);
    let of_job = is_of_job.then_some(Unopened { class: SkipClass::Unusable, reason: UNFINISHED_JOB });
    of_job.or_else(|| unopened_file(path))
}

/// A folder that is passed over whole. `None` for any other folder.
pub(super) fn unopened_folder(path: &Path) -> Option<Unopened> {
    let name = name_of(path);
    if SIDECAR_FOLDERS.contains(&name.as_str()) || super::tables::is_iceberg_metadata(path) {
        return Some(Unopened { class: SkipClass::Companion, reason: DESCRIBES });
    }
    let is_beside_credits = || path.parent().is_some_and(|folder| folder.join(SPARK_CREDITS).is_dir());
    if (name == SPARK_REJECTS || name == SPARK_CONTROL) && is_beside_credits() {
        return Some(Unopened { class: SkipClass::Companion, reason: BESIDE_CREDITS });
    }
    let reason = match &*name {
        JOB_FOLDER => UNFINISHED_JOB,
        name if name.ends_with(".download") => UNFINISHED_DOWNLOAD,
        _ => return None,
    };
    // A later run of the job that has ended leaves no doubt.
    let has_ended = || path.parent().is_some_and(|folder| folder.join("_SUCCESS").is_file());
    let class = match holds_bytes(path) && !(name == JOB_FOLDER && has_ended()) {
        true => SkipClass::Unusable,
        false => SkipClass::Companion,
    };
    Some(Unopened { class, reason })
}

/// Whether a file below a folder is neither empty nor hidden.
fn holds_bytes(folder: &Path) -> bool {
    let mut files = WalkDir::new(folder).into_iter().filter_map(Result::ok);
    files.any(|entry| {
        let is_filled = || entry.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0);
        !is_hidden(entry.path()) && unopened_file(entry.path()).is_none() && is_filled()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sidecars_are_passed_over_by_name() {
        for name in [
            "_SUCCESS",
            "_metadata",
            "_common_metadata",
            "_started_123",
            "_committed_123",
            "data.parquet.crc",
            "manifest.json",
            "_manifest.json",
        ] {
            let unopened = unopened_file(&Path::new("/in").join(name));
            assert_eq!(unopened.map(|unopened| unopened.class), Some(SkipClass::Companion), "{name}");
        }
        for name in ["metadata.csv", "success.csv", "_usage.csv", "started_1.csv", "crc.csv"] {
            assert_eq!(unopened_file(Path::new(name)), None, "{name}");
        }
    }

    #[test]
    fn downloads_are_told_by_their_ending_and_parts_of_dask_are_none() {
        assert_eq!(download("a/usage.csv.crdownload"), Some(("a/usage.csv", ".crdownload")));
        assert_eq!(download("usage.parquet.PART"), Some(("usage.parquet", ".part")));
        assert_eq!(download("a/usage.tmp"), Some(("a/usage", ".tmp")));
        for file in ["a/0.part", "012.part", "usage.part.csv", "part-0.parquet", "crdownload"] {
            assert_eq!(download(file), None, "{file}");
        }
        assert!(is_lock("a/~$usage.xlsx") && !is_lock("a~$/usage.xlsx"));
    }
}
