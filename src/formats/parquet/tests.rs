//! Damaged files: each is refused or gives rows, never panics, and never takes memory for what it only claims.

use std::path::{Path, PathBuf};

use super::{ParquetFile, ParquetFooter, ParquetInputError, ParquetScratch};
use crate::diagnostics::error::InputErrorCode;
use crate::formats::batch::RowBatch;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/parquet");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "parquet")).collect();
    files.sort();
    files
}

/// All cells of a file, row by row, of the columns that are not nested.
fn rows(path: &Path) -> Result<Vec<Vec<Vec<u8>>>, ParquetInputError> {
    let Some(footer) = ParquetFooter::read(path)? else { return Ok(Vec::new()) };
    let names = footer.names();
    let wanted = ["date", "partner_id", "association", "subscription_id", "amount", "currency"];
    let columns: Vec<Option<usize>> =
        wanted.iter().map(|name| names.iter().position(|found| found == name)).collect();
    let file = footer.with_columns(path, &columns, std::iter::empty())?;
    read(&file)
}

fn read(file: &ParquetFile) -> Result<Vec<Vec<Vec<u8>>>, ParquetInputError> {
    let mut rows = Vec::new();
    let mut part = file.part_after(None);
    let mut workspace = ParquetScratch::default();
    // A footer may claim more rows than could ever be read, so this stops after enough rows.
    while let Some(at) = part.filter(|_| rows.len() < 10_000) {
        file.read(0, at, &mut workspace, &mut |_, batches| {
            for batch in batches {
                for row in 0..batch.len() {
                    batch.visit(row, &mut |row| {
                        rows.push(row.cells.iter().map(|c| c.bytes.to_vec()).collect())
                    });
                    for column in 0..6 {
                        let _ = (batch.raw(row, column), batch.decimal(row, column));
                    }
                }
            }
        })?;
        part = file.part_after(part);
    }
    Ok(rows)
}

fn of_bytes(bytes: &[u8]) -> Result<Vec<Vec<Vec<u8>>>, ParquetInputError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    rows(file.path())
}

/// Distance between damaged bytes: a file is written for each.
const STEP: usize = 13;

#[test]
fn a_file_that_is_cut_anywhere_is_refused() {
    for path in files() {
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(of_bytes(&bytes).unwrap().len(), 40);
        for end in (0..bytes.len()).step_by(STEP) {
            let error = of_bytes(&bytes[..end]).unwrap_err();
            assert_eq!(
                error.code,
                InputErrorCode::Truncated,
                "{} cut at {end}: {}",
                path.display(),
                error.message
            );
        }
    }
}

#[test]
fn a_flipped_bit_anywhere_is_refused_or_gives_rows_and_never_panics() {
    let mut input_errors = 0;
    for path in files() {
        let bytes = std::fs::read(&path).unwrap();
        // All bytes with all masks would take minutes: some claims take long to disprove.
        for at in (0..bytes.len()).step_by(STEP) {
            let mask = if at % 2 == 0 { 1 << (at / 2 % 8) } else { 0xff };
            let mut damaged = bytes.clone();
            damaged[at] ^= mask;
            let outcome = std::panic::catch_unwind(|| of_bytes(&damaged));
            assert!(outcome.is_ok(), "{}: byte {at} with {mask:#x}", path.display());
            input_errors += usize::from(outcome.is_ok_and(|outcome| outcome.is_err()));
        }
    }
    assert!(input_errors > 10_000 / STEP, "only {input_errors} input_errors");
}

#[test]
fn a_flipped_bit_of_a_page_with_a_checksum_is_always_refused() {
    let path = files().into_iter().find(|path| path.to_string_lossy().contains("checksums")).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let footer = u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap());
    let data_end = bytes.len() - 8 - usize::try_from(footer).unwrap();
    let intact = of_bytes(&bytes).unwrap();
    for at in (4..data_end).step_by(5) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        // A page header may have bits without meaning.
        assert!(of_bytes(&damaged).map_or(true, |rows| rows == intact), "byte {at}");
    }
}
