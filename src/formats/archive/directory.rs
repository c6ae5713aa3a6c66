//! The directory of a zip archive. Comes in: the open file. Goes out: the files that it lists, and what each is; or why it cannot be
//! unpacked. It unpacks nothing.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::fault::{Fault, read_fault, zip_fault};
use crate::base::limits;
use crate::diagnostics::error::InputErrorCode;
use crate::formats::discover::unopened_member;
use crate::formats::skipped::{SkipClass, Unopened};

const HIDDEN: Unopened = Unopened { class: SkipClass::Hidden, reason: "hidden: its name begins with a dot" };
const LINK: Unopened = Unopened { class: SkipClass::NoData, reason: "a link to another file" };

pub(super) type Zip = ZipArchive<BufReader<File>>;

/// A file that the directory of an archive lists.
pub(super) struct ArchiveEntry {
    pub(super) index: usize,
    /// With `/` between folders.
    pub(super) name: String,
    /// As the directory states it. **Unit**: bytes, unpacked.
    pub(super) size: u64,
    /// What the file is, if it is not opened.
    pub(super) unopened: Option<Unopened>,
}

/// Opens an archive and reads its directory.
pub(super) fn open(file: File) -> Result<Zip, Fault> {
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
pub(super) fn entries(zip: &mut Zip) -> Result<Vec<ArchiveEntry>, Fault> {
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
        entries.push(ArchiveEntry { index, name, size, unopened });
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

/// The name by which an archive of one file stands for the file, `usage.csv.zip`, if the archive has that name or is `usage.zip`.
pub(super) fn wrapper_name(shown: &str, entries: &[ArchiveEntry]) -> Option<String> {
    let (folder, outer) = shown.rsplit_once('/').map_or(("", shown), |(folder, outer)| (folder, outer));
    let outer = outer.to_lowercase();
    let outer = outer.strip_suffix(".zip").unwrap_or(&outer);
    let mut opened = entries.iter().filter(|entry| entry.unopened.is_none());
    let (Some(only), None) = (opened.next(), opened.next()) else { return None };
    let inner = only.name.rsplit('/').next().unwrap_or(&only.name);
    let lower = inner.to_lowercase();
    let is_wrapper = lower == outer || lower.rsplit_once('.').is_some_and(|(stem, _)| stem == outer);
    let slash = if shown.contains('/') { "/" } else { "" };
    is_wrapper.then(|| format!("{folder}{slash}{inner}.zip"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_of_one_file_of_its_name_stands_for_the_file() {
        let name = |shown: &str, files: &[&str]| {
            let entry =
                |name: &&str| ArchiveEntry { index: 0, name: (*name).to_owned(), size: 0, unopened: None };
            wrapper_name(shown, &files.iter().map(entry).collect::<Vec<_>>())
        };
        assert_eq!(name("a/usage.zip", &["usage.csv"]).as_deref(), Some("a/usage.csv.zip"));
        assert_eq!(name("a/usage.csv.zip", &["in/usage.csv"]).as_deref(), Some("a/usage.csv.zip"));
        assert_eq!(name("USAGE.ZIP", &["usage.csv"]).as_deref(), Some("usage.csv.zip"));
        assert_eq!(name("/usage.zip", &["usage.csv"]).as_deref(), Some("/usage.csv.zip"));
        assert_eq!(name("a/june.zip", &["usage.csv"]), None);
        assert_eq!(name("a/usage.zip", &["usage.csv", "b.csv"]), None);
    }
}
