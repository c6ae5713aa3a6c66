//! Zip archives among the files of a run. Comes in: discovered files. Goes out: in place of each archive the files in it, unpacked to a
//! temporary folder, named `outer.zip/folder/inner.csv`; and an input error for what cannot be unpacked. A workbook, and any other
//! document that is a zip archive too, stays as it is. It reads no content but first bytes.
//!
//! A file in an archive is read like any other, several times and by several threads, so that it is unpacked once to disk. No size that
//! the archive states is trusted.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::decode;
use super::discover::{DiscoveredBy, DiscoveredFile, ManifestPath, unopened_member};
use super::fingerprint::Fingerprint;
use super::input::Input;
use super::skipped::{SkipClass, Unopened};
use super::workbook::{is_document, workbook_kind};
use crate::base::limits;
use crate::base::place::InputName;
use crate::config::own_columns::CONTROL_SUFFIX;
use crate::diagnostics::error::{InputError, InputErrorCode};

/// The archive that a file was unpacked from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArchiveFile {
    /// As people see it.
    pub(crate) shown: String,
    pub(crate) path: PathBuf,
    pub(super) by: DiscoveredBy,
    fingerprint: Fingerprint,
    /// Whether the archive holds one file alone, which is named like the archive: then it stands for the archive in its folder.
    pub(crate) is_wrapper: bool,
}

/// The temporary folder of unpacked files, which lasts until they are read.
#[derive(Debug)]
pub(crate) struct UnpackedFiles {
    _folder: TempDir,
}

/// Code and message of an input error.
type Fault = (InputErrorCode, String);

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
            Ok(Members { files: members, manifests: within }) => {
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
    match workbook_kind(path, first).and_then(|kind| Ok((kind, is_document(path, first)?))) {
        Ok((kind, is_document)) => kind.is_none() && !is_document,
        Err(_) => shown.to_ascii_lowercase().ends_with(".zip"),
    }
}

/// The files of an archive.
#[derive(Default)]
struct Members {
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

type Zip = ZipArchive<BufReader<File>>;

impl Unpacking {
    /// Unpacks an archive. A file in it that cannot be unpacked is an input error, and the others are unpacked.
    fn archive(
        &mut self,
        outer: &DiscoveredFile,
        input_errors: &mut Vec<InputError>,
    ) -> Result<Members, Fault> {
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
            is_wrapper: is_wrapper(&outer.shown, &entries),
        });
        let mut members = Members::default();
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
    fn entry(&mut self, zip: &mut Zip, entry: &Entry, shown: &str, allowed: u64) -> Result<PathBuf, Fault> {
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

/// A file that the directory of an archive lists.
struct Entry {
    index: usize,
    /// With `/` between folders.
    name: String,
    /// As the directory states it. **Unit**: bytes, unpacked.
    size: u64,
    /// What the file is, if it is not opened.
    unopened: Option<Unopened>,
}

/// Opens an archive and reads its directory.
fn open(file: File) -> Result<Zip, Fault> {
    let corrupt = |found: &str| {
        (InputErrorCode::Corrupt, format!("the archive is damaged: {found}; copy or download it again"))
    };
    let zip = ZipArchive::new(BufReader::new(file.try_clone().map_err(|e| read_fault(&e))?));
    let zip = match zip {
        Ok(zip) => zip,
        Err(ZipError::InvalidArchive(found)) => {
            // The directory stands at the end, so that an archive that was cut short has none.
            let mut file = file;
            let has_end = ends_with_directory(&mut file).map_err(|error| read_fault(&error))?;
            return Err(match has_end {
                true => corrupt(&found),
                false => (
                    InputErrorCode::Truncated,
                    "the archive ends too early: the list of its files, which stands at its end, is missing; copy or download it again, with all of its volumes".to_owned(),
                ),
            });
        }
        Err(error) => return Err(zip_fault(&error)),
    };
    match zip.has_duplicate_names() {
        true => Err(corrupt("two of its files have one name")),
        false => Ok(zip),
    }
}

fn ends_with_directory(file: &mut File) -> io::Result<bool> {
    // The end record has 22 bytes and a comment of at most 65,535.
    let length = file.seek(io::SeekFrom::End(0))?;
    file.seek(io::SeekFrom::Start(length.saturating_sub(22 + 65_535)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    Ok(memchr::memmem::find(&tail, b"PK\x05\x06").is_some())
}

/// The files of an archive, without folders, in the order of its directory.
///
/// # Errors
/// A file is encrypted or compressed in a way that is not read, or the archive holds a table of another program.
fn entries(zip: &mut Zip) -> Result<Vec<Entry>, Fault> {
    if zip.len() > limits::ARCHIVE_FILES {
        let message = format!("the archive lists more than {} files; unpack it", limits::ARCHIVE_FILES);
        return Err((InputErrorCode::TooLarge, message));
    }
    let mut entries = Vec::new();
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(|error| zip_fault(&error))?;
        if entry.is_dir() {
            continue;
        }
        let name = match entry.name() {
            Ok(name) => name.into_owned(),
            Err(_) => String::from_utf8_lossy(entry.name_raw()).into_owned(),
        };
        let parts = || name.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | ".."));
        let name = parts().collect::<Vec<_>>().join("/");
        let is_hidden = parts().any(|part| part.starts_with('.') || part == "__MACOSX");
        let unopened = match is_hidden {
            true => Some(HIDDEN),
            // A link names a file that may be outside of the archive.
            false if entry.is_symlink() => Some(LINK),
            false => unopened_member(Path::new(&name)),
        };
        if unopened.is_none()
            && let Some((code, what)) = unread_reason(&entry)
        {
            return Err((code, format!("its file {name} {what}")));
        }
        if let Some(table) = table_of_another_program(&name) {
            let message = format!(
                "it holds {table}, whose live files only its log tells; unpack it, and give the folder"
            );
            return Err((InputErrorCode::Unsupported, message));
        }
        let size = if is_hidden { 0 } else { entry.size() };
        entries.push(Entry { index, name, size, unopened });
    }
    Ok(entries)
}

/// Why a file of an archive cannot be unpacked. `None` if it can.
fn unread_reason<R: Read>(entry: &zip::read::ZipFile<'_, R>) -> Option<(InputErrorCode, String)> {
    if entry.encrypted() {
        let what = "is encrypted; unpack it with its password, and give what is in it";
        return Some((InputErrorCode::Encrypted, what.to_owned()));
    }
    match entry.compression() {
        CompressionMethod::Stored | CompressionMethod::Deflated | CompressionMethod::Deflate64 => None,
        other => {
            let what =
                format!("is compressed by {other}, which is not read; unpack it, and give what is in it");
            Some((InputErrorCode::Unsupported, what))
        }
    }
}

/// The table that a file of an archive belongs to, if a log tells which of its files count.
fn table_of_another_program(name: &str) -> Option<&'static str> {
    let parts: Vec<&str> = name.split('/').collect();
    let (file, folders) = parts.split_last()?;
    if folders.contains(&"_delta_log") {
        Some("a Delta table")
    } else if folders.last() == Some(&"metadata") && file.ends_with(".metadata.json") {
        Some("an Iceberg table")
    } else {
        None
    }
}

/// Whether an archive holds one file, named like the archive: `usage.csv` in `usage.csv.zip` or in `usage.zip`.
fn is_wrapper(shown: &str, entries: &[Entry]) -> bool {
    let outer = shown.rsplit('/').next().unwrap_or(shown).to_lowercase();
    let outer = outer.strip_suffix(".zip").unwrap_or(&outer);
    let mut opened = entries.iter().filter(|entry| entry.unopened.is_none());
    let (Some(only), None) = (opened.next(), opened.next()) else { return false };
    let inner = only.name.rsplit('/').next().unwrap_or(&only.name).to_lowercase();
    inner == outer || inner.rsplit_once('.').is_some_and(|(stem, _)| stem == outer)
}

const HIDDEN: Unopened =
    Unopened { class: SkipClass::Hidden, reason: "hidden: its name begins with a dot" };
const LINK: Unopened = Unopened { class: SkipClass::NoData, reason: "a link to another file" };

/// An archive without files.
fn without_files(outer: &DiscoveredFile, archive: Arc<ArchiveFile>) -> Result<Members, Fault> {
    match outer.by {
        DiscoveredBy::Name => {
            Err((InputErrorCode::UnknownHeader, "the archive holds no file; pack it again".to_owned()))
        }
        DiscoveredBy::Walk => {
            let unopened = Some(Unopened { class: SkipClass::Empty, reason: "the archive holds no file" });
            let file = DiscoveredFile { unopened, archive: Some(archive), ..outer.clone() };
            Ok(Members { files: vec![file], manifests: Vec::new() })
        }
    }
}

/// Bytes that an archive of `packed` bytes may expand to in all.
fn allowed_bytes(packed: u64) -> u64 {
    let by_ratio = packed.saturating_mul(limits::ARCHIVE_EXPANSION);
    by_ratio.max(limits::ARCHIVE_EXPANSION_FREE_BYTES).min(limits::ARCHIVE_EXPANDED_BYTES)
}

fn expansion_fault(allowed: u64) -> Fault {
    let message = format!(
        "the archive expands absurdly: to more than {allowed} bytes; if it is genuine, unpack it, and give what is in it"
    );
    (InputErrorCode::ExpandsAbsurdly, message)
}

fn zip_fault(error: &ZipError) -> Fault {
    match error {
        ZipError::Io(error) => read_fault(error),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            (InputErrorCode::Encrypted, "it is encrypted; unpack it with its password".to_owned())
        }
        other => {
            let message = format!("the archive is damaged: {other}; copy or download it again");
            (InputErrorCode::Corrupt, message)
        }
    }
}

/// The fault of a read from an archive.
fn read_fault(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            let message = "the archive ends too early: a file in it is cut off; copy or download it again";
            (InputErrorCode::Truncated, message.to_owned())
        }
        _ if error.raw_os_error().is_some() => {
            (InputErrorCode::Unreadable, format!("cannot be read: {error}"))
        }
        _ => {
            let message = format!("the archive is damaged: {error}; copy or download it again");
            (InputErrorCode::Corrupt, message)
        }
    }
}

/// The fault of a write to the temporary folder.
fn write_fault(error: &io::Error) -> Fault {
    let message = format!(
        "cannot be unpacked to the temporary folder {}: {error}; make room there, or set TMPDIR to another folder",
        std::env::temp_dir().display()
    );
    (InputErrorCode::Unreadable, message)
}
