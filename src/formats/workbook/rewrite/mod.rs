//! Rewrites a zipped workbook into the form that calamine reads, where a program has written another valid form: short cell records of an
//! `.xlsb` ([`xlsb`]), blanks between the elements of an `.ods` ([`ods`]). Comes in: a workbook after its preflight, which bounds every part.
//! Goes out: a temporary file with the same cells. It interprets no cell.

mod ods;
mod xlsb;

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::WorkbookKind;
use super::error::WorkbookError;
use super::preflight::part_role::{PartRole, part_role};
use super::preflight::zip as parts;

/// Rewrites a workbook, and opens the result at its beginning.
///
/// # Errors
/// The workbook is damaged, or the temporary file cannot be written.
pub(super) fn rewritten(path: &Path, kind: WorkbookKind) -> Result<File, WorkbookError> {
    let mut archive = parts::open(path)?;
    let mut writer = ZipWriter::new(BufWriter::new(tempfile::tempfile()?));
    // Fast rather than small: the file is read once.
    let options = SimpleFileOptions::default().compression_level(Some(1)).large_file(true);
    for index in 0..archive.len() {
        let name = archive.by_index_raw(index)?.name()?.into_owned();
        match (kind, part_role(&name, kind)) {
            (WorkbookKind::Xlsb, PartRole::Sheet) if name.to_ascii_lowercase().ends_with(".bin") => {
                writer.start_file(name, options)?;
                xlsb::rewrite(&mut BufReader::new(archive.by_index(index)?), &mut writer)?;
            }
            (WorkbookKind::Ods, PartRole::Content) => {
                let mut content = Vec::new();
                archive.by_index(index)?.read_to_end(&mut content)?;
                writer.start_file(name, options)?;
                writer.write_all(&ods::without_indentation(&content))?;
            }
            _ => writer.raw_copy_file(archive.by_index_raw(index)?)?,
        }
    }
    let file = writer.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error);
    let mut file = file?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}
