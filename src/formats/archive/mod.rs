//! Zip archives among the files of a run. Comes in: discovered files. Goes out: in place of each archive the files in it, unpacked to a
//! temporary folder, named `outer.zip/folder/inner.csv`; and an input error for what cannot be unpacked. A workbook, and any other
//! document that is a zip archive too, stays as it is. It reads no content but first bytes.
//!
//! A file in an archive is read like any other, several times and by several threads, so that it is unpacked once to disk. No size that
//! the archive states is trusted.

mod directory;
mod fault;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::directory::{ArchiveEntry, Zip, entries, open, wrapper_name};
use self::fault::{Fault, allowed_bytes, expansion_fault, read_fault, write_fault, zip_fault};
use super::decode;
use super::discover::{DiscoveredBy, DiscoveredFile};
use super::fingerprint::Fingerprint;
use super::input::Input;
use super::manifest_path::ManifestPath;
use super::skipped::{SkipClass, Unopened};
use super::workbook::{WorkbookError, is_document, unread_container, workbook_kind};
use crate::base::place::InputName;
use crate::config::own_columns::CONTROL_SUFFIX;
use crate::diagnostics::error::{InputError, InputErrorCode};
use tempfile::TempDir;

/// The archive that a file was unpacked from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArchiveFile {
    /// As people see it.
    pub(crate) shown: String,
    pub(crate) path: PathBuf,
    pub(super) by: DiscoveredBy,
    fingerprint: Fingerprint,
    /// The name of the one file in the archive, with the archive's folder and ending, if the archive is named like it: `usage.zip` of
    /// `usage.csv` is `usage.csv.zip`. **Absent**: the archive holds other files.
    pub(crate) wrapper: Option<String>,
}

/// The temporary folder of unpacked files, which lasts until they are read.
#[derive(Debug)]
pub(crate) struct UnpackedFiles {
    _folder: TempDir,
}

/// Puts the files in each archive in its place. `None` if there is no archive.
pub(crate) fn unpack_archives(
    files: &mut Vec<DiscoveredFile>,
    manifests: &mut Vec<ManifestPath>,
    input_errors: &mut Vec<InputError>,
) -> Option<UnpackedFiles> {
    let is_archive = |file: &DiscoveredFile| {
        let path = file.path.as_deref().filter(|_| file.unopened.is_none() && !file.is_output);
        path.is_some_and(|path| begins_archive(path) && is_to_unpack(path, &file.shown))
    };
    let archives: Vec<DiscoveredFile> = files.extract_if(.., |file| is_archive(file)).collect();
    if archives.is_empty() {
        return None;
    }
    let folder = match tempfile::Builder::new().prefix("attain-").tempdir() {
        Ok(folder) => folder,
        Err(error) => {
            let (code, message) = write_fault(&error);
            input_errors.push(InputError { input: None, code, message });
            return None;
        }
    };
    let mut unpacking = Unpacking { folder: folder.path().to_owned(), numbers: BTreeMap::new(), bytes: 0 };
    for archive in &archives {
        match unpacking.archive(archive, input_errors) {
            Ok(UnpackedMembers { files: members, manifests: within }) => {
                files.extend(members);
                manifests.extend(within);
            }
            Err((code, message)) => {
                let input = Some(InputName { file: archive.shown.clone(), sheet: None });
                input_errors.push(InputError { input, code, message });
            }
        }
    }
    files.sort_by(|a, b| a.shown.cmp(&b.shown));
    manifests.sort();
    Some(UnpackedFiles { _folder: folder })
}

/// The archives of inputs that have changed since they were unpacked.
pub(crate) fn changed_archives(inputs: &[Input<'_>]) -> Vec<InputError> {
    let archives: BTreeMap<&str, &ArchiveFile> = inputs
        .iter()
        .filter_map(|input| input.archive.as_deref())
        .map(|archive| (archive.shown.as_str(), archive))
        .collect();
    let error = |archive: &ArchiveFile| {
        let checked = File::open(&archive.path).and_then(|file| archive.fingerprint.check(&file));
        let (code, message) = decode::read_error(&checked.err()?, decode::Compression::None);
        let input = Some(InputName { file: archive.shown.clone(), sheet: None });
        Some(InputError { input, code, message })
    };
    archives.into_values().filter_map(error).collect()
}

/// Whether a file begins like a zip archive. A file that cannot be read is none: opening it again reports the error.
fn begins_archive(path: &Path) -> bool {
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let first = || File::open(path).and_then(|mut file| decode::read_up_to(&mut file, 4));
    is_file && first().is_ok_and(|first| is_zip(&first))
}

/// Whether bytes begin a zip archive, also an empty one, or the first of several volumes.
fn is_zip(first: &[u8]) -> bool {
    matches!(first, [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..])
}

/// Whether a zip archive is to be unpacked: it is no workbook and no other document. One that is damaged is what its name says.
fn is_to_unpack(path: &Path, shown: &str) -> bool {
    let first = b"PK\x03\x04";
    let is_other = || {
        Ok::<_, WorkbookError>(
            workbook_kind(path, first)?.is_some()
                || unread_container(path, first)?.is_some()
                || is_document(path, first)?,
        )
    };
    match is_other() {
        Ok(is_other) => !is_other,
        Err(_) => shown.to_ascii_lowercase().ends_with(".zip"),
    }
}

/// The files of an archive.
#[derive(Default)]
struct UnpackedMembers {
    files: Vec<DiscoveredFile>,
    manifests: Vec<ManifestPath>,
}

/// Unpacks into one folder.
struct Unpacking {
    folder: PathBuf,
    /// The number of each file, by the name that people see: the name of the unpacked file. A control has the number of its table.
    numbers: BTreeMap<String, usize>,
    /// Bytes unpacked from the archive so far.
    bytes: u64,
}

impl Unpacking {
    /// Unpacks an archive. A file in it that cannot be unpacked is an input error, and the others are unpacked.
    fn archive(
        &mut self,
        outer: &DiscoveredFile,
        input_errors: &mut Vec<InputError>,
    ) -> Result<UnpackedMembers, Fault> {
        let path = outer.path.as_deref().expect("an archive has a path");
        let unreadable = |error: io::Error| decode::read_error(&error, decode::Compression::None);
        let file = File::open(path).map_err(unreadable)?;
        let fingerprint = Fingerprint::of(&file.metadata().map_err(unreadable)?);
        let mut zip = open(file.try_clone().map_err(unreadable)?)?;
        let entries = entries(&mut zip)?;
        self.bytes = 0;
        let allowed = allowed_bytes(fingerprint.bytes());
        if entries.iter().fold(0, |sum: u64, entry| sum.saturating_add(entry.size)) > allowed {
            return Err(expansion_fault(allowed));
        }
        let archive = Arc::new(ArchiveFile {
            shown: outer.shown.clone(),
            path: path.to_path_buf(),
            by: outer.by,
            fingerprint,
            wrapper: wrapper_name(&outer.shown, &entries),
        });
        let mut members = UnpackedMembers::default();
        for entry in &entries {
            let shown = format!("{}/{}", outer.shown, entry.name);
            let unpacked = match entry.unopened.map(|unopened| unopened.class) {
                Some(SkipClass::Hidden | SkipClass::NoData) => Ok(PathBuf::new()),
                _ => self.entry(&mut zip, entry, &shown, allowed),
            };
            match unpacked {
                Ok(path) => {
                    if entry.unopened.is_some_and(|unopened| unopened.class == SkipClass::Companion) {
                        members.manifests.extend(ManifestPath::of(shown.clone(), path.clone()));
                    }
                    members.files.push(DiscoveredFile {
                        shown,
                        path: Some(path),
                        role: outer.role,
                        by: DiscoveredBy::Walk,
                        is_assumed: outer.is_assumed,
                        source: outer.source,
                        dialect: outer.dialect,
                        is_output: false,
                        unopened: entry.unopened,
                        archive: Some(archive.clone()),
                    });
                }
                Err((code, message)) => {
                    let input = Some(InputName { file: shown, sheet: None });
                    input_errors.push(InputError { input, code, message });
                }
            }
        }
        fingerprint.check(&file).map_err(unreadable)?;
        if entries.is_empty() {
            return without_files(outer, archive);
        }
        Ok(members)
    }

    /// Unpacks one file of an archive.
    fn entry(
        &mut self,
        zip: &mut Zip,
        entry: &ArchiveEntry,
        shown: &str,
        allowed: u64,
    ) -> Result<PathBuf, Fault> {
        let mut packed = zip.by_index(entry.index).map_err(|error| zip_fault(&error))?;
        let path = self.path_of(shown);
        let mut unpacked = File::create(&path).map_err(|error| write_fault(&error))?;
        let mut block = vec![0; 64 << 10];
        loop {
            let count = match packed.read(&mut block) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(read_fault(&error)),
            };
            self.bytes += u64::try_from(count).expect("a block fits memory");
            if self.bytes > allowed {
                return Err(expansion_fault(allowed));
            }
            unpacked.write_all(&block[..count]).map_err(|error| write_fault(&error))?;
        }
        drop(packed);
        let first = std::fs::File::open(&path).and_then(|mut file| decode::read_up_to(&mut file, 4));
        if first.is_ok_and(|first| is_zip(&first)) && is_to_unpack(&path, shown) {
            let message = "an archive in an archive, which is not read; unpack the outer one";
            return Err((InputErrorCode::Unsupported, message.to_owned()));
        }
        Ok(path)
    }

    /// The path of an unpacked file. The control of a table stands beside the table.
    fn path_of(&mut self, shown: &str) -> PathBuf {
        let (table, suffix) = match shown.strip_suffix(CONTROL_SUFFIX) {
            Some(table) => (table, CONTROL_SUFFIX),
            None => (shown, ""),
        };
        let next = self.numbers.len();
        let number = *self.numbers.entry(table.to_owned()).or_insert(next);
        self.folder.join(format!("{number}{suffix}"))
    }
}

/// An archive without files.
fn without_files(outer: &DiscoveredFile, archive: Arc<ArchiveFile>) -> Result<UnpackedMembers, Fault> {
    match outer.by {
        DiscoveredBy::Name => {
            Err((InputErrorCode::UnknownHeader, "the archive holds no file; pack it again".to_owned()))
        }
        DiscoveredBy::Walk => {
            let unopened = Some(Unopened { class: SkipClass::Empty, reason: "the archive holds no file" });
            let file = DiscoveredFile { unopened, archive: Some(archive), ..outer.clone() };
            Ok(UnpackedMembers { files: vec![file], manifests: Vec::new() })
        }
    }
}
