//! A list of the files of a lake. Comes in: the text that `azcopy list`, `dbutils.fs.ls` or `hdfs dfs -ls` give, or a line for each file with path, size and time. Goes
//! out: the files of the newest snapshots, by the same rules as local ones, and the superseded ones. It opens no file of the lake: a manifest shows that its run has ended, and no more.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::place::InputName;
use crate::config::dialect::DatasetFamily;
use crate::outputs::SupersededFile;
use crate::sources::{
    ManifestFile, SnapshotState, SourceFile, SourceInput, snapshots, superseded_by_stated_period,
};

/// The files of a listing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ListingFiles {
    /// Files of the newest snapshots, and manifests; sorted.
    pub(super) sources: Vec<String>,
    /// Files of snapshots all of whose days newer ones tell, sorted.
    pub(super) superseded: Vec<SupersededFile>,
    /// Files that are no exports by their names, or whose run is still being written; sorted.
    pub(super) passed_over: Vec<String>,
}

/// The name of the manifest of a run.
const MANIFEST: &str = "manifest.json";

/// Endings of names of exports that a job reads.
const EXPORTS: [&str; 5] = [".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet"];

/// Reads a listing of exports of one family. `folder`: where paths begin that are neither whole nor have a scheme.
///
/// # Errors
/// The line that names no file.
pub(super) fn files_of_listing(
    text: &str,
    folder: &str,
    family: DatasetFamily,
) -> Result<ListingFiles, String> {
    let mut listed = ListingFiles::default();
    let mut files: Vec<SourceFile> = Vec::new();
    let mut manifests: Vec<String> = Vec::new();
    for (path, bytes) in entries(text)? {
        let is_whole = path.starts_with('/') || path.contains(":/");
        let path = if is_whole { path } else { format!("{}/{path}", folder.trim_end_matches('/')) };
        let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
        if name == MANIFEST {
            manifests.push(path);
            continue;
        }
        if name.starts_with(['_', '.']) || !EXPORTS.iter().any(|ending| name.ends_with(ending)) {
            listed.passed_over.push(path);
            continue;
        }
        let input = InputName { file: path.clone(), sheet: None };
        let input = SourceInput { name: input, dialect: String::new(), family, partition: Vec::new() };
        files.push(SourceFile { path, bytes, inputs: vec![input] });
    }
    files.sort();
    files.dedup_by(|a, b| a.path == b.path);
    let with_manifests = manifests_of_listing(&manifests, &files);
    let of_files = snapshots(&files, &with_manifests).snapshots;
    let superseded: BTreeSet<_> =
        superseded_by_stated_period(&of_files).into_iter().map(|(id, _)| id).collect();
    for snapshot in of_files {
        let of_snapshot = snapshot.files.into_iter().map(|file| (file.input.file, file.bytes));
        if superseded.contains(&snapshot.id) {
            listed.superseded.extend(of_snapshot.map(|(file, bytes)| SupersededFile {
                file,
                bytes,
                dialect: String::new(),
                family,
            }));
        } else if snapshot.state == SnapshotState::InProgress {
            listed.passed_over.extend(of_snapshot.map(|(file, _)| file));
        } else {
            listed.sources.extend(of_snapshot.map(|(file, _)| file));
        }
    }
    listed.sources.extend(manifests);
    listed.sources.sort();
    listed.superseded.sort_by(|a, b| a.file.cmp(&b.file));
    listed.passed_over.sort();
    Ok(listed)
}

/// Manifests that list every export of their folders, since a listing does not show what they say: their runs have ended. Whether all parts are there, the report
/// checks against the true ones.
fn manifests_of_listing(manifests: &[String], files: &[SourceFile]) -> Vec<ManifestFile> {
    let folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let mut by_folder: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for file in files {
        by_folder.entry(folder(&file.path)).or_default().push(&file.path);
    }
    let manifest = |path: &String| {
        ManifestFile::of_parts(path.clone(), &by_folder.remove(&folder(path)).unwrap_or_default())
    };
    manifests.iter().map(manifest).collect()
}

/// Path and size of each file of a listing.
fn entries(text: &str) -> Result<Vec<(String, u64)>, String> {
    let mut found = Vec::new();
    for (nth, line) in text.lines().enumerate() {
        let line = line.trim();
        let is_heading = line.is_empty()
            || line.starts_with("Found ")
            || line.starts_with("path,")
            || line.starts_with('d');
        if line.contains("FileInfo(") {
            found.extend(line.split("FileInfo(").skip(1).filter_map(of_databricks));
        } else if let Some((path, rest)) = line.split_once(";") {
            found.push((path.trim_start_matches("INFO: ").trim().to_owned(), of_azcopy(rest)));
        } else if let Some(entry) = of_hdfs(line).or_else(|| of_columns(line)) {
            found.push(entry);
        } else if !is_heading && !line.starts_with("INFO:") && line != "]" {
            return Err(format!(
                "line {}: {line:?} names no file: what `azcopy list`, `dbutils.fs.ls` or `hdfs dfs -ls` give is expected, or path, size and time with commas or tabs",
                nth + 1
            ));
        }
    }
    // Folders of `dbutils.fs.ls` end in a slash.
    found.retain(|(path, _)| !path.ends_with('/'));
    Ok(found)
}

/// `path='dbfs:/x/a.csv', name='a.csv', size=12, modificationTime=...)`
fn of_databricks(text: &str) -> Option<(String, u64)> {
    let (path, rest) = text.strip_prefix("path='")?.split_once("', name=")?;
    let size = rest.split_once("size=")?.1;
    let digits = size.find(|c: char| !c.is_ascii_digit()).unwrap_or(size.len());
    Some((path.to_owned(), size[..digits].parse().ok()?))
}

/// ` Content Length: 2.27 MiB`: the size, rounded as it is written. 0 if it says none.
fn of_azcopy(text: &str) -> u64 {
    let size = text.split_once("Content Length:").map_or("", |(_, size)| size).trim();
    let (number, unit) = size.split_once(' ').unwrap_or((size, "B"));
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let factor: u64 = match unit.trim_end_matches(';').split(';').next().unwrap_or_default().trim() {
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => 1,
    };
    let hundredths =
        format!("{decimals:0<2}").get(..2).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let whole: u64 = whole.parse().unwrap_or(0);
    whole.saturating_mul(factor).saturating_add(hundredths.saturating_mul(factor) / 100)
}

/// `-rw-r--r--   3 user group 12345 2026-11-01 10:00 /path/file name.csv`
fn of_hdfs(line: &str) -> Option<(String, u64)> {
    if !line.starts_with("-r") && !line.starts_with("--") {
        return None;
    }
    let mut rest = line;
    let mut columns = [""; 7];
    for column in &mut columns {
        let end = rest.find(char::is_whitespace)?;
        *column = &rest[..end];
        rest = rest[end..].trim_start();
    }
    Some((rest.to_owned(), columns[4].parse().ok()?))
}

/// `path,size,time`, or with tabs.
fn of_columns(line: &str) -> Option<(String, u64)> {
    let mark = if line.contains('\t') { '\t' } else { ',' };
    // A path may hold a comma, a size and a time do not.
    let (rest, _time) = line.rsplit_once(mark)?;
    let (path, size) = rest.rsplit_once(mark)?;
    Some((path.trim().trim_matches('"').to_owned(), size.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tool_lists_path_and_size() {
        let hdfs = "Found 2 items\ndrwxr-xr-x   - me us          0 2026-11-01 10:00 /lake/x\n\
                    -rw-r--r--   3 me us      12345 2026-11-01 10:00 /lake/x/a b.csv\n";
        assert_eq!(entries(hdfs).unwrap(), [("/lake/x/a b.csv".to_owned(), 12345)]);
        let azcopy = "INFO: 2026/a.csv;  Content Length: 2.50 KiB\n2026/b.csv; Content Length: 12\n";
        assert_eq!(
            entries(azcopy).unwrap(),
            [("2026/a.csv".to_owned(), 2560), ("2026/b.csv".to_owned(), 12)]
        );
        let databricks = "[FileInfo(path='dbfs:/mnt/a.csv', name='a.csv', size=7, modificationTime=1), FileInfo(path='dbfs:/mnt/b/', name='b/', size=0, modificationTime=1)]";
        assert_eq!(entries(databricks).unwrap(), [("dbfs:/mnt/a.csv".to_owned(), 7)]);
        assert_eq!(
            entries("path,size,time\nx/a,b.csv,9,2026-11-01\n").unwrap(),
            [("x/a,b.csv".to_owned(), 9)]
        );
        assert!(entries("what is this").unwrap_err().starts_with("line 1: "));
    }

    #[test]
    fn of_a_series_the_runs_that_newer_ones_cover_are_superseded() {
        let run = |time: &str| format!("exports/daily/20260601-20260630/{time}/c.csv,10,2026-06-01\n");
        let text = format!(
            "{}{}exports/daily/_manifest.json,1,2026-06-01\n",
            run("202606020300"),
            run("202606030300")
        );
        let listed = files_of_listing(&text, "abfss://c@a/", DatasetFamily::Cost).unwrap();
        assert_eq!(listed.sources, ["abfss://c@a/exports/daily/20260601-20260630/202606030300/c.csv"]);
        let superseded: Vec<&str> = listed.superseded.iter().map(|one| one.file.as_str()).collect();
        assert_eq!(superseded, ["abfss://c@a/exports/daily/20260601-20260630/202606020300/c.csv"]);
        assert_eq!(listed.passed_over, ["abfss://c@a/exports/daily/_manifest.json"]);
    }

    #[test]
    fn the_newest_run_without_a_manifest_beside_runs_with_one_is_still_being_written() {
        let run = |time: &str| format!("x/daily/20260601-20260630/{time}/c.csv,10,2026-06-01\n");
        let manifest = |time: &str| format!("x/daily/20260601-20260630/{time}/manifest.json,1,2026-06-01\n");
        let (first, second, third) = ("202606020300", "202606030300", "202606040300");
        let text = [run(first), manifest(first), run(second), manifest(second), run(third)].concat();
        let listed = files_of_listing(&text, "", DatasetFamily::Cost).unwrap();
        let of_second = "/x/daily/20260601-20260630/202606030300";
        let of_first = "/x/daily/20260601-20260630/202606020300/manifest.json";
        let expected =
            [of_first.to_owned(), format!("{of_second}/c.csv"), format!("{of_second}/manifest.json")];
        assert_eq!(listed.sources, expected);
        assert_eq!(listed.superseded[0].file, "/x/daily/20260601-20260630/202606020300/c.csv");
        assert_eq!(listed.superseded[0].bytes, 10);
        assert_eq!(listed.passed_over, ["/x/daily/20260601-20260630/202606040300/c.csv"]);
    }
}
