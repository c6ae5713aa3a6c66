//! The log of a Delta table: which of its Parquet files are live. Comes in: the commits of the log. Goes out: the live files and the removed ones,
//! by their paths below the table's folder. It opens no file: the caller reads commits, and a checkpoint where the log does not begin with its first
//! commit.
//!
//! Source: delta-io/delta, PROTOCOL.md, actions `add` and `remove`; a file that is in no action is in no version of the table.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::base::text::percent_decoded;

/// The commits of a log.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeltaLog {
    /// Version and bytes of each `NNNNNNNNNNNNNNNNNNNN.json`.
    commits: Vec<(u64, Vec<u8>)>,
    /// Of the checkpoint that stands for the commits up to a version. **Absent**: there is none, or it is not needed.
    checkpoint: Option<(u64, Vec<CheckpointFile>)>,
}

/// A live file, as a checkpoint lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckpointFile {
    /// As in an action `add`.
    pub(crate) path: String,
    /// Whether rows of the file are deleted by a deletion vector.
    pub(crate) has_vector: bool,
}

/// The name of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CheckpointName {
    pub(crate) version: u64,
    /// How many files the checkpoint has.
    pub(crate) parts: u64,
}

impl CheckpointName {
    /// The checkpoint to which a file of this name belongs: `N.checkpoint.parquet`, `N.checkpoint.P.PARTS.parquet`. `None` for any other file, also
    /// for the second version of checkpoints, which refers to further files.
    pub(crate) fn of(name: &str) -> Option<CheckpointName> {
        let (version, rest) = name.strip_suffix(".parquet")?.split_once(".checkpoint")?;
        let version = super::age::number(version).filter(|_| version.len() == 20)?;
        let parts = match rest.strip_prefix('.') {
            None => rest.is_empty().then_some(1),
            Some(part) => part.split_once('.').and_then(|(_, parts)| super::age::number(parts)),
        };
        Some(CheckpointName { version, parts: parts? })
    }
}

/// The files of a table, with `/` between folders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct DeltaParts {
    pub(crate) live: BTreeSet<String>,
    pub(crate) removed: BTreeSet<String>,
}

impl DeltaLog {
    /// The version of the commit in a file of this name: twenty digits and `.json`. `None` if the file holds no commit.
    pub(crate) fn version_of(name: &str) -> Option<u64> {
        let digits = name.strip_suffix(".json").filter(|digits| digits.len() == 20)?;
        super::age::number(digits)
    }

    /// Adds a commit.
    pub(crate) fn add(&mut self, version: u64, text: Vec<u8>) {
        self.commits.push((version, text));
    }

    /// Whether the commits alone do not say which files are live, since old ones are cleaned up.
    pub(crate) fn needs_checkpoint(&self) -> bool {
        !self.commits.iter().any(|(version, _)| *version == 0)
    }

    /// Sets the checkpoint: the files that are live after the commit `version`.
    pub(crate) fn set_checkpoint(&mut self, version: u64, files: Vec<CheckpointFile>) {
        self.checkpoint = Some((version, files));
    }

    /// Replays the log. Errors: why the live files are not known.
    pub(crate) fn parts(mut self) -> Result<DeltaParts, String> {
        self.commits.sort();
        let mut parts = DeltaParts::default();
        let mut next = 0;
        if let Some((version, files)) = self.checkpoint {
            self.commits.retain(|(commit, _)| *commit > version);
            next = version + 1;
            for CheckpointFile { path, has_vector } in files {
                if has_vector {
                    return Err(deletion_vector(&path));
                }
                parts.live.insert(percent_decoded(&path));
            }
        } else if self.commits.is_empty() {
            return Err("its log has no commit".to_owned());
        }
        for (expected, (version, _)) in (next..).zip(&self.commits) {
            if *version != expected {
                return Err(format!(
                    "its log lacks the commit {expected}, and no checkpoint that is read stands for it"
                ));
            }
        }
        for (version, text) in &self.commits {
            for line in text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
                let action: Value = serde_json::from_slice(line)
                    .map_err(|_| format!("the commit {version} of its log is no JSON"))?;
                apply(&action, &mut parts)?;
            }
        }
        Ok(parts)
    }
}

fn deletion_vector(path: &str) -> String {
    format!("rows of {path} are deleted by a deletion vector, which is not read")
}

/// Features of readers by which the files of a log are not the files of the table alone.
const CATALOG_FEATURES: [&str; 2] = ["catalogManaged", "catalogOwned-preview"];

fn apply(action: &Value, parts: &mut DeltaParts) -> Result<(), String> {
    let mode = action.pointer("/metaData/configuration/delta.columnMapping.mode").and_then(Value::as_str);
    if mode.is_some_and(|mode| mode != "none") {
        return Err("it maps the names of columns, which is not read".to_owned());
    }
    let features = action.pointer("/protocol/readerFeatures").and_then(Value::as_array);
    let is_of_catalog =
        |feature: &Value| feature.as_str().is_some_and(|name| CATALOG_FEATURES.contains(&name));
    if features.is_some_and(|features| features.iter().any(is_of_catalog)) {
        return Err("a catalog keeps a part of its log".to_owned());
    }
    let path = |of: &Value| of.get("path").and_then(Value::as_str).map(percent_decoded);
    if let Some(add) = action.get("add") {
        let path = path(add).ok_or("an `add` of its log has no path")?;
        if add.get("deletionVector").is_some_and(|vector| !vector.is_null()) {
            return Err(deletion_vector(&path));
        }
        let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
        let folder_names = || folders.split('/').filter_map(|folder| folder.split_once('='));
        let is_in_folder = |column: &String| folder_names().any(|(name, _)| percent_decoded(name) == *column);
        let values = add.get("partitionValues").and_then(Value::as_object);
        if let Some(column) =
            values.into_iter().flat_map(|values| values.keys()).find(|name| !is_in_folder(name))
        {
            return Err(format!("it keeps the column {column} in its log alone, which is not read"));
        }
        parts.removed.remove(&path);
        parts.live.insert(path);
    } else if let Some(remove) = action.get("remove") {
        let path = path(remove).ok_or("a `remove` of its log has no path")?;
        parts.live.remove(&path);
        parts.removed.insert(path);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(commits: &[(u64, &str)]) -> Result<DeltaParts, String> {
        let mut log = DeltaLog::default();
        commits.iter().for_each(|(version, text)| log.add(*version, text.as_bytes().to_vec()));
        log.parts()
    }

    #[test]
    fn the_last_action_on_a_file_says_whether_it_is_live() {
        let first = "{\"protocol\":{}}\n{\"add\":{\"path\":\"a.parquet\"}}\n{\"add\":{\"path\":\"m=1%202/b.parquet\"}}\n";
        let second = "{\"remove\":{\"path\":\"a.parquet\"}}\n{\"add\":{\"path\":\"c.parquet\"}}";
        let parts = log(&[(1, second), (0, first)]).unwrap();
        assert_eq!(parts.live, BTreeSet::from(["c.parquet".to_owned(), "m=1 2/b.parquet".to_owned()]));
        assert_eq!(parts.removed, BTreeSet::from(["a.parquet".to_owned()]));
    }

    #[test]
    fn a_log_that_begins_later_or_deletes_rows_is_an_error() {
        assert!(log(&[(3, "{}")]).unwrap_err().contains("lacks the commit 0"));
        assert!(log(&[]).unwrap_err().contains("no commit"));
        assert!(log(&[(0, "{")]).unwrap_err().contains("no JSON"));
        let vector = "{\"add\":{\"path\":\"a\",\"deletionVector\":{\"storageType\":\"u\"}}}";
        assert!(log(&[(0, vector)]).unwrap_err().contains("deletion vector"));
    }

    #[test]
    fn a_checkpoint_stands_for_the_commits_up_to_its_version() {
        let file = |path: &str, has_vector| CheckpointFile { path: path.to_owned(), has_vector };
        let commit = |path: &str| format!("{{\"add\":{{\"path\":\"{path}\"}}}}").into_bytes();
        let mut log = DeltaLog::default();
        log.add(9, commit("old.parquet"));
        log.add(11, commit("c.parquet"));
        assert!(log.needs_checkpoint());
        assert!(log.clone().parts().unwrap_err().contains("lacks the commit 0"));
        log.set_checkpoint(10, vec![file("a.parquet", false), file("b%201.parquet", false)]);
        let live = ["a.parquet", "b 1.parquet", "c.parquet"].map(str::to_owned);
        assert_eq!(log.clone().parts().unwrap().live, BTreeSet::from(live));
        log.add(13, commit("d.parquet"));
        assert!(log.clone().parts().unwrap_err().contains("lacks the commit 12"));
        log.set_checkpoint(13, vec![file("a.parquet", true)]);
        assert!(log.parts().unwrap_err().contains("deletion vector"));
    }

    #[test]
    fn checkpoints_are_told_by_their_names() {
        let name = |version, parts| Some(CheckpointName { version, parts });
        assert_eq!(CheckpointName::of("00000000000000000010.checkpoint.parquet"), name(10, 1));
        let part = "00000000000000000010.checkpoint.0000000002.0000000003.parquet";
        assert_eq!(CheckpointName::of(part), name(10, 3));
        for name in [
            "00000000000000000010.json",
            "00000000000000000010.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet",
            "10.checkpoint.parquet",
            "_last_checkpoint",
        ] {
            assert_eq!(CheckpointName::of(name), None, "{name}");
        }
    }

    #[test]
    fn a_log_that_renames_columns_or_keeps_their_values_is_an_error() {
        let mapped = r#"{"metaData":{"configuration":{"delta.columnMapping.mode":"name"}}}"#;
        assert!(log(&[(0, mapped)]).unwrap_err().contains("maps the names"));
        let add = |path: &str| {
            log(&[(0, &format!(r#"{{"add":{{"path":"{path}","partitionValues":{{"a b":"1"}}}}}}"#))])
        };
        assert!(add("x/part-0.parquet").unwrap_err().contains("a b"));
        assert!(add("a%2520b=1/part-0.parquet").is_ok());
        let catalog = r#"{"protocol":{"minReaderVersion":3,"readerFeatures":["catalogManaged"]}}"#;
        assert!(log(&[(0, catalog)]).unwrap_err().contains("catalog"));
    }

    #[test]
    fn a_commit_has_twenty_digits() {
        assert_eq!(DeltaLog::version_of("00000000000000000010.json"), Some(10));
        assert_eq!(DeltaLog::version_of("00000000000000000010.checkpoint.parquet"), None);
        assert_eq!(DeltaLog::version_of("10.json"), None);
    }
}
