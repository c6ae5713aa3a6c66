//! What kind of workbook a file is, by its content and never by its name.

use std::io::Read;
use std::path::Path;

use super::WorkbookKind;
use super::fault::WorkbookError;
use super::{archive, ole};

const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
const ODS_MIME: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";

/// What a file is. `first_bytes`: its first eight bytes or more, or all that it has. **Absent**: no workbook.
///
/// # Errors
/// The file is a zip or compound file that cannot be read, ends too early, or is an encrypted workbook.
pub(crate) fn workbook_kind(path: &Path, first_bytes: &[u8]) -> Result<Option<WorkbookKind>, WorkbookError> {
    if first_bytes.starts_with(ZIP_MAGIC) {
        zipped(path)
    } else if first_bytes.starts_with(ole::MAGIC) {
        compound(path)
    } else {
        Ok(None)
    }
}

fn zipped(path: &Path) -> Result<Option<WorkbookKind>, WorkbookError> {
    let mut archive = archive::open(path)?;
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

fn compound(path: &Path) -> Result<Option<WorkbookKind>, WorkbookError> {
    let ole = ole::Ole::open(path)?;
    if ole.has("EncryptedPackage") {
        return Err(WorkbookError::encrypted());
    }
    Ok((ole.has("Workbook") || ole.has("Book")).then_some(WorkbookKind::Xls))
}
