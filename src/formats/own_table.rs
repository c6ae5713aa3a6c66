//! Tables that attain wrote as outputs and reads again, though they are no inputs of a report. Comes in: a path and names of columns. Goes out:
//! an input whose cells are these columns, in this order. It recognises no dialect.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::csv::CsvFormat;
use super::decode::{self, Compression, Container, Encoding};
use super::discover::{DiscoveredBy, shown_name};
use super::fingerprint::Fingerprint;
use super::input::{Input, InputFormat, ParquetFormat, TextFormat, TextSource};
use super::parquet::{ParquetFooter, ParquetInputError};
use crate::base::limits;
use crate::base::place::InputName;
use crate::config::dialect::{Layout, builtin};
use crate::diagnostics::error::{InputError, InputErrorCode};

/// Opens a CSV, TSV or Parquet file with a header of ours.
///
/// # Errors
/// The file cannot be read, or lacks one of the columns.
pub(crate) fn own_table(path: &Path, columns: &[&str]) -> Result<Input<'static>, InputError> {
    let name = InputName { file: shown_name(path), sheet: None };
    opened(path, &name, columns).map_err(|(code, message)| InputError {
        input: Some(name.clone()),
        code,
        message,
    })
}

fn opened(
    path: &Path,
    name: &InputName,
    columns: &[&str],
) -> Result<Input<'static>, (InputErrorCode, String)> {
    let unreadable = |error: io::Error| decode::read_error(&error, Compression::None);
    let mut file = File::open(path).map_err(unreadable)?;
    let fingerprint = Fingerprint::of(&file.metadata().map_err(unreadable)?);
    let first = decode::read_up_to(&mut file, 8).map_err(unreadable)?;
    let (header, format) = match decode::container(&first) {
        Container::Parquet => {
            let fault = |error: ParquetInputError| (error.code, error.message);
            let damaged = || (InputErrorCode::Corrupt, "it only lists other files".to_owned());
            let footer = ParquetFooter::read(path).map_err(fault)?.ok_or_else(damaged)?;
            let header = footer.names();
            let at = positions(&header, columns)?;
            let file = footer.with_columns(path, &at, std::iter::empty()).map_err(fault)?;
            (header, InputFormat::Parquet(ParquetFormat { path: path.to_path_buf(), file, control: None }))
        }
        Container::Text(_) | Container::Workbook => {
            let mut line = String::new();
            let text = BufReader::new(File::open(path).map_err(unreadable)?);
            let limit = u64::try_from(limits::RECORD_BYTES).expect("a length fits");
            text.take(limit).read_line(&mut line).map_err(unreadable)?;
            let delimiter = if line.contains('\t') { b'\t' } else { b',' };
            let names = line.trim_end_matches(['\r', '\n']).split(char::from(delimiter));
            let header: Vec<String> = names.map(str::to_owned).collect();
            let rows_at = line.len();
            let source_rows_at = u64::try_from(rows_at).expect("a length fits");
            let format = TextFormat {
                source: TextSource::Path(path.to_path_buf()),
                compression: Compression::None,
                encoding: Encoding::Utf8,
                has_lone_returns: false,
                csv_format: CsvFormat::with_delimiter(delimiter),
                rows_at,
                source_rows_at,
                rows_line: 2,
                has_rows: fingerprint.bytes() > source_rows_at,
            };
            (header, InputFormat::Text(format))
        }
    };
    let at = positions(&header, columns)?;
    let layout = Layout {
        // A layout has a dialect; the columns of this one are none of it.
        dialect: &builtin()[0],
        columns: at,
        header,
        folder_columns: Vec::new(),
        in_folders: Vec::new(),
        on_demand: Vec::new(),
    };
    Ok(Input {
        name: name.clone(),
        layout,
        by: DiscoveredBy::Name,
        fingerprint: Some(fingerprint),
        archive: None,
        format,
    })
}

/// Where the columns are in a header.
///
/// # Errors
/// One is not there.
fn positions(header: &[String], columns: &[&str]) -> Result<Vec<Option<usize>>, (InputErrorCode, String)> {
    let position = |column: &&str| {
        let at = header.iter().position(|name| name == column);
        at.map(Some).ok_or_else(|| {
            let message = format!("it lacks the column `{column}`, which attain writes; write it again");
            (InputErrorCode::MissingColumn, message)
        })
    };
    columns.iter().map(position).collect()
}
