//! The kind of a workbook, by content. Comes in: a file and its first bytes. Goes out: [`WorkbookKind`], if it is a
//! workbook. It does not look at the name of the file, and checks no more than it needs.

use std::io::Read;
use std::path::Path;

use super::WorkbookKind;
use super::error::WorkbookError;
use super::preflight::{ole, zip};

const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
const ODS_MIME: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";

/// The kind of workbook that a file is. `first_bytes`: the first eight bytes or more, or all that the file has.
/// **Absent**: no workbook.
///
/// # Errors
/// The file is a zip or compound file that cannot be read or is cut short, or an encrypted workbook.
pub(crate) fn workbook_kind(path: &Path, first_bytes: &[u8]) -> Result<Option<WorkbookKind>, WorkbookError> {
    if first_bytes.starts_with(ZIP_MAGIC) {
        zip_kind(path)
    } else if first_bytes.starts_with(ole::MAGIC) {
        compound_kind(path)
    } else {
        Ok(None)
    }
}

/// The spreadsheet, not read by attain, that a zip or compound file holds, with its article. `first_bytes` as for [`workbook_kind`]. **Absent**:
/// it holds none.
///
/// # Errors
/// As [`workbook_kind`].
pub(crate) fn unread_container(
    path: &Path,
    first_bytes: &[u8],
) -> Result<Option<&'static str>, WorkbookError> {
    if first_bytes.starts_with(ole::MAGIC) {
        let file = ole::CompoundFile::open(path)?;
        let streams = [
            ("PerfectOffice_MAIN", "a Quattro Pro workbook"),
            ("WksSSWorkBook", "a Microsoft Works workbook"),
        ];
        return Ok(streams.iter().find(|(stream, _)| file.has(stream)).map(|(_, name)| *name));
    }
    if !first_bytes.starts_with(ZIP_MAGIC) {
        return Ok(None);
    }
    let mut archive = zip::open(path)?;
    let is_numbers =
        archive.file_names().flatten().any(|name| is_part_of_numbers(&name.to_ascii_lowercase()));
    if is_numbers {
        return Ok(Some("an Apple Numbers document"));
    }
    let mut mime = Vec::new();
    if let Ok(part) = archive.by_name("mimetype") {
        part.take(64).read_to_end(&mut mime)?;
    }
    Ok(mime.starts_with(b"application/vnd.sun.xml.calc").then_some("an OpenOffice 1 spreadsheet (.sxc)"))
}

/// Whether a file that is no workbook is a document, a program or another archive with parts of its own, which is not to be unpacked.
/// `first_bytes` as for [`workbook_kind`].
///
/// # Errors
/// The file is a zip file that cannot be read.
pub(crate) fn is_document(path: &Path, first_bytes: &[u8]) -> Result<bool, WorkbookError> {
    if !first_bytes.starts_with(ZIP_MAGIC) {
        return Ok(first_bytes.starts_with(ole::MAGIC));
    }
    let archive = zip::open(path)?;
    let names: Vec<String> = archive.file_names().flatten().map(|name| name.to_ascii_lowercase()).collect();
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    let is_numbers = names.iter().any(|name| is_part_of_numbers(name));
    let is_damaged_workbook = names.iter().any(|name| name.starts_with("xl/"));
    let marks = ["[content_types].xml", "mimetype", "meta-inf/manifest.mf"];
    Ok(!is_damaged_workbook && (is_numbers || marks.iter().any(|n| has(n))))
}

/// Whether an archive with a part of this name, in lower case, is a document of Apple Numbers.
fn is_part_of_numbers(name: &str) -> bool {
    matches!(name, "index/document.iwa" | "index.zip" | "index.apxl") || name.ends_with("/index/document.iwa")
}

fn zip_kind(path: &Path) -> Result<Option<WorkbookKind>, WorkbookError> {
    let mut archive = zip::open(path)?;
    // A part whose name cannot be decoded is none of those that are looked for.
    let names: Vec<String> =
        archive.file_names().flatten().map(|name| name.to_ascii_lowercase().replace('\\', "/")).collect();
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    if has("xl/workbook.bin") {
        return Ok(Some(WorkbookKind::Xlsb));
    }
    if has("[content_types].xml") && names.iter().any(|name| name.rsplit('/').next() == Some("workbook.xml"))
    {
        return Ok(Some(WorkbookKind::Xlsx));
    }
    if has("mimetype") {
        let mut found = Vec::new();
        archive.by_name("mimetype")?.take(64).read_to_end(&mut found)?;
        if found.starts_with(ODS_MIME) {
            return Ok(Some(WorkbookKind::Ods));
        }
    }
    Ok(None)
}

fn compound_kind(path: &Path) -> Result<Option<WorkbookKind>, WorkbookError> {
    let file = ole::CompoundFile::open(path)?;
    if file.has("EncryptedPackage") {
        return Err(WorkbookError::encrypted());
    }
    Ok((file.has("Workbook") || file.has("Book")).then_some(WorkbookKind::Xls))
}
