//! The log of a Delta table: which of its Parquet files are live. Comes in: the commits of the log. Goes out: the live files and the removed ones,
//! by their paths below the table's folder. It opens no file, and reads no checkpoint: a log that does not begin with its first commit is an
//! error.
//!
//! Source: delta-io/delta, PROTOCOL.md, actions `add` and `remove`; a file that is in no action is in no version of the table.

use std::collections::BTreeSet;

use serde_json::Value;

/// The commits of a log.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeltaLog {
    /// Name and bytes of each `NNNNNNNNNNNNNNNNNNNN.json`.
    commits: Vec<(u64, Vec<u8>)>,
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

    /// Replays the log. Errors: why the live files are not known.
    pub(crate) fn parts(mut self) -> Result<DeltaParts, String> {
        self.commits.sort();
        for (expected, (version, _)) in (0..).zip(&self.commits) {
            if *version != expected {
                return Err(format!("its log lacks the commit {expected}, and checkpoints are not read"));
            }
        }
        if self.commits.is_empty() {
            return Err("its log has no commit".to_owned());
        }
        let mut parts = DeltaParts::default();
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

fn apply(action: &Value, parts: &mut DeltaParts) -> Result<(), String> {
    let path = |of: &Value| of.get("path").and_then(Value::as_str).map(unescaped);
    if let Some(add) = action.get("add") {
        let path = path(add).ok_or("an `add` of its log has no path")?;
        if add.get("deletionVector").is_some_and(|vector| !vector.is_null()) {
            return Err(format!("rows of {path} are deleted by a deletion vector, which is not read"));
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

/// A path without its percent signs.
fn unescaped(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
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
    fn a_commit_has_twenty_digits() {
        assert_eq!(DeltaLog::version_of("00000000000000000010.json"), Some(10));
        assert_eq!(DeltaLog::version_of("00000000000000000010.checkpoint.parquet"), None);
        assert_eq!(DeltaLog::version_of("10.json"), None);
    }
}
