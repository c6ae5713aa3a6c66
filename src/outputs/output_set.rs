//! Outputs that appear whole or not at all. Comes in: what is to be written where. Goes out: files, all staged beside their
//! targets before the first of them is renamed, and their SHA-256. It does not know what stands in them.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;
use tempfile::NamedTempFile;

use super::hashed::Hashed;
use super::targets::{folder_of, is_stream, make_folder, real_path, remove_empty};
use crate::diagnostics::error::Error;

/// How staged files are named: hidden, so that a walk over the folder passes over one that a killed run left.
pub(super) const TEMP_PREFIX: &str = ".attain-";

/// What an output is. Order: that in which outputs appear; the summary comes after those whose SHA-256 it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputKind {
    /// The table of partners.
    Report,
    /// The report as a workbook.
    Workbook,
    /// The report as a page.
    Page,
    /// The refused rows.
    Rejects,
    /// The control of a credits table of delimited text: before the table, so that a table never stands beside an older control.
    CreditsControl,
    /// The credits table.
    Credits,
    /// The ledger.
    Ledger,
    /// The difference of two runs.
    Difference,
    /// The run summary.
    Summary,
    /// The metrics: after the summary, since they say that the run has succeeded.
    Metrics,
    /// The record of a run that gave no report: there is no other output then.
    Failure,
}

/// The outputs of one run. Dropped without [`OutputSet::commit`], it leaves nothing behind, and no folder that was made for it.
#[derive(Debug, Default)]
pub struct OutputSet {
    staged: Vec<Staged>,
    /// After `staged`, so that staged files are removed before their folders.
    folders: NewFolders,
}

/// Folders that were made for outputs. Dropped, it removes those that are empty.
#[derive(Debug, Default)]
struct NewFolders(Vec<PathBuf>);

impl Drop for NewFolders {
    fn drop(&mut self) {
        remove_empty(&self.0);
    }
}

#[derive(Debug)]
struct Staged {
    kind: OutputKind,
    /// As given: for messages.
    path: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// A file beside its target, to be renamed.
    File { temp: NamedTempFile, target: PathBuf },
    /// An unnamed file, to be copied to a device or pipe: so that a stream too gets nothing from a run that fails.
    Stream { temp: File },
}

impl OutputSet {
    /// No outputs.
    pub fn new() -> OutputSet {
        OutputSet::default()
    }

    /// Writes an output beside `path` through `fill`; the target is not touched yet. Returns the SHA-256
    /// in hex. A link stays a link: its file is the target. It keeps the access rights of the file that it replaces;
    /// a new file has the rights of any new file.
    pub fn stage(
        &mut self,
        kind: OutputKind,
        path: &Path,
        fill: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<String, Error> {
        let staged = match is_stream(path) {
            true => staged_stream(fill),
            false => self.make_folder(path).and_then(|target| staged_file(target, fill)),
        };
        let (place, sha256) = staged.map_err(|source| Error::Output { path: path.to_path_buf(), source })?;
        self.staged.push(Staged { kind, path: path.to_path_buf(), place });
        Ok(sha256)
    }

    /// The file that `path` leads to; its folder is there then.
    fn make_folder(&mut self, path: &Path) -> io::Result<PathBuf> {
        let target = real_path(path)?;
        self.folders.0.extend(make_folder(folder_of(&target))?);
        Ok(target)
    }

    /// Lets all outputs appear, in the order of their kinds, each flushed to the disk before the first of them. An error before
    /// the first rename changes nothing; one later leaves whole files, whose SHA-256 the old summary does not have.
    pub fn commit(mut self) -> Result<(), Error> {
        self.staged.sort_by_key(|staged| staged.kind);
        // At the same time, since a disk takes its time for each.
        let flush = |staged: &Staged| match &staged.place {
            Place::File { temp, .. } => temp.as_file().sync_all(),
            Place::Stream { .. } => Ok(()),
        };
        let flushed: Vec<io::Result<()>> = self.staged.par_iter().map(flush).collect();
        for (staged, flushed) in self.staged.iter().zip(flushed) {
            flushed.map_err(|source| Error::Output { path: staged.path.clone(), source })?;
        }
        let mut folders = BTreeSet::new();
        for Staged { kind, path, place } in std::mem::take(&mut self.staged) {
            if kind == OutputKind::Summary {
                // The summary must not reach the disk before the files that it names.
                sync_all(&mut folders);
            }
            let appeared = match place {
                Place::File { temp, target } => {
                    folders.insert(folder_of(&target).to_path_buf());
                    renamed(temp, &target)
                }
                Place::Stream { temp } => copied(temp, &path),
            };
            appeared.map_err(|source| Error::Output { path, source })?;
        }
        sync_all(&mut folders);
        Ok(())
    }
}

/// Flushes what was renamed in folders. Not every file system can do this for a folder, and the files are whole without it.
fn sync_all(folders: &mut BTreeSet<PathBuf>) {
    for folder in std::mem::take(folders) {
        #[cfg(unix)]
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
        #[cfg(not(unix))]
        drop(folder);
    }
}

type Fill<'f> = &'f mut dyn io::Write;

fn staged_file(
    target: PathBuf,
    fill: impl FnOnce(Fill<'_>) -> io::Result<()>,
) -> io::Result<(Place, String)> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMP_PREFIX).suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What any new file gets; the umask takes from it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let temp = builder.tempfile_in(folder_of(&target))?;
    if let Ok(old) = fs::metadata(&target) {
        temp.as_file().set_permissions(old.permissions())?;
    }
    let sha256 = filled(temp.as_file(), fill)?;
    Ok((Place::File { temp, target }, sha256))
}

fn staged_stream(fill: impl FnOnce(Fill<'_>) -> io::Result<()>) -> io::Result<(Place, String)> {
    let temp = tempfile::tempfile()?;
    let sha256 = filled(&temp, fill)?;
    Ok((Place::Stream { temp }, sha256))
}

/// Writes through `fill` and returns the SHA-256 of what was written.
fn filled(file: &File, fill: impl FnOnce(Fill<'_>) -> io::Result<()>) -> io::Result<String> {
    let mut out = BufWriter::with_capacity(64 << 10, Hashed::new(file));
    fill(&mut out)?;
    let hashed = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(hashed.sha256_hex())
}

fn renamed(temp: NamedTempFile, target: &Path) -> io::Result<()> {
    temp.persist(target).map(|_| ()).map_err(|failed| failed.error)
}

fn copied(mut temp: File, stream: &Path) -> io::Result<()> {
    temp.seek(SeekFrom::Start(0))?;
    // Appending, so that a file behind `/dev/stdout` keeps what the shell was told to keep.
    let mut out = OpenOptions::new().append(true).open(stream)?;
    io::copy(&mut temp, &mut out).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::sha256_hex;

    fn entries(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_changes_before_the_commit_and_everything_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let (report, summary) = (folder.path().join("r.csv"), folder.path().join("r.run.json"));
        fs::write(&report, "old").unwrap();
        let mut outputs = OutputSet::new();
        let sha256 = outputs.stage(OutputKind::Report, &report, |out| out.write_all(b"new")).unwrap();
        assert_eq!(sha256, sha256_hex(b"new"));
        outputs.stage(OutputKind::Summary, &summary, |out| write!(out, "{sha256}")).unwrap();
        assert_eq!(fs::read_to_string(&report).unwrap(), "old");
        assert!(!summary.exists());
        outputs.commit().unwrap();
        assert_eq!(fs::read_to_string(&report).unwrap(), "new");
        assert_eq!(fs::read_to_string(&summary).unwrap(), sha256);
        assert_eq!(entries(folder.path()), ["r.csv", "r.run.json"]);
    }

    #[test]
    fn a_full_disk_is_an_error_and_leaves_the_old_files_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (report, rejects) = (folder.path().join("r.csv"), folder.path().join("r.rejects.csv"));
        fs::write(&report, "old").unwrap();
        fs::write(&rejects, "old too").unwrap();
        let mut outputs = OutputSet::new();
        outputs.stage(OutputKind::Report, &report, |out| out.write_all(b"new")).unwrap();
        let full = outputs.stage(OutputKind::Rejects, &rejects, |out| {
            out.write_all(&[b'x'; 100_000])?;
            Err(io::ErrorKind::StorageFull.into())
        });
        let error = full.unwrap_err();
        assert_eq!(error.exit_code(), 1);
        assert!(error.to_string().ends_with("r.rejects.csv: cannot be written: no storage space"), "{error}");
        drop(outputs);
        assert_eq!(fs::read_to_string(&report).unwrap(), "old");
        assert_eq!(fs::read_to_string(&rejects).unwrap(), "old too");
        assert_eq!(entries(folder.path()), ["r.csv", "r.rejects.csv"]);
    }

    #[test]
    fn folders_are_made_with_the_outputs_and_go_with_outputs_that_do_not_appear() {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("2017/07/r.csv");
        let mut outputs = OutputSet::new();
        outputs.stage(OutputKind::Report, &report, |out| out.write_all(b"new")).unwrap();
        drop(outputs);
        assert_eq!(entries(folder.path()), Vec::<String>::new());
        let mut outputs = OutputSet::new();
        outputs.stage(OutputKind::Report, &report, |out| out.write_all(b"new")).unwrap();
        outputs.commit().unwrap();
        assert_eq!(fs::read_to_string(&report).unwrap(), "new");
    }

    #[test]
    fn the_summary_appears_last_and_not_at_all_when_another_output_cannot() {
        let folder = tempfile::tempdir().unwrap();
        let (rejects, summary) = (folder.path().join("rejects"), folder.path().join("summary"));
        let mut outputs = OutputSet::new();
        outputs.stage(OutputKind::Summary, &summary, |_| Ok(())).unwrap();
        outputs.stage(OutputKind::Rejects, &rejects, |_| Ok(())).unwrap();
        fs::create_dir(&rejects).unwrap();
        assert!(outputs.commit().is_err());
        assert_eq!(entries(folder.path()), ["rejects"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_has_the_rights_of_any_new_file_and_a_replaced_one_keeps_its_own() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mode = |name: &str| fs::metadata(path(name)).unwrap().permissions().mode() & 0o777;
        fs::write(path("plain"), "").unwrap();
        fs::write(path("old"), "").unwrap();
        fs::set_permissions(path("old"), fs::Permissions::from_mode(0o640)).unwrap();
        let mut outputs = OutputSet::new();
        outputs.stage(OutputKind::Report, &path("new"), |_| Ok(())).unwrap();
        outputs.stage(OutputKind::Rejects, &path("old"), |_| Ok(())).unwrap();
        outputs.commit().unwrap();
        assert_eq!(mode("new"), mode("plain"));
        assert_eq!(mode("old"), 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_its_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("real")).unwrap();
        for (link, there) in [("a.csv", true), ("b.csv", false)] {
            let (file, link) = (folder.path().join("real").join(link), folder.path().join(link));
            if there {
                fs::write(&file, "old").unwrap();
            }
            std::os::unix::fs::symlink(Path::new("real").join(link.file_name().unwrap()), &link).unwrap();
            let mut outputs = OutputSet::new();
            outputs.stage(OutputKind::Report, &link, |out| out.write_all(b"new")).unwrap();
            outputs.commit().unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_written_to_and_stays_a_device() {
        let folder = tempfile::tempdir().unwrap();
        let summary = folder.path().join("summary");
        let mut outputs = OutputSet::new();
        outputs.stage(OutputKind::Report, Path::new("/dev/null"), |out| out.write_all(b"new")).unwrap();
        outputs.commit().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        let mut outputs = OutputSet::new();
        outputs.stage(OutputKind::Report, Path::new("/dev/full"), |out| out.write_all(b"new")).unwrap();
        outputs.stage(OutputKind::Summary, &summary, |_| Ok(())).unwrap();
        let error = outputs.commit().unwrap_err();
        assert!(error.to_string().starts_with("/dev/full: cannot be written: No space left"), "{error}");
        assert_eq!(entries(folder.path()), Vec::<String>::new());
    }
}
