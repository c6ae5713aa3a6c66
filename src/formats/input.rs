//! Inputs: what recognition tells of a file or sheet, and all that its reader must know. Comes in: nothing. Goes out: the types, and
//! questions to them. It reads no content, but for the control of a credits table.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::archive::ArchiveFile;
use super::csv::CsvFormat;
#[cfg(any(test, feature = "internals"))]
use super::decode::DecodedText;
use super::decode::{Compression, Encoding};
use super::discover::DiscoveredBy;
use super::fingerprint::Fingerprint;
use super::json_lines::JsonForm;
use super::parquet::ParquetFile;
use super::workbook::{Preflight, WantedRows};
use crate::base::place::InputName;
use crate::config::dialect::{ColumnKey, Layout, Role};
use crate::config::own_columns::{CONTROL_SUFFIX, SPARK_CONTROL, SPARK_CREDITS};

/// One input: a file, or a sheet of a workbook, with its dialect and its columns.
pub(crate) struct Input<'d> {
    /// The name of the file and sheet, as people see it.
    pub(crate) name: InputName,
    /// The dialect, and the position of each of its columns in the file.
    pub(crate) layout: Layout<'d>,
    /// Whether a walk over a folder found the file, or its name was given.
    pub(super) by: DiscoveredBy,
    /// Size and modification time of the file when it was recognised. **Absent**: standard input.
    pub(super) fingerprint: Option<Fingerprint>,
    /// The archive that the file was unpacked from. **Absent**: the file stands in a folder.
    pub(crate) archive: Option<Arc<ArchiveFile>>,
    /// The container, and what its reader must know.
    pub(crate) format: InputFormat,
}

/// The container of an input, and what its reader must know.
pub(crate) enum InputFormat {
    Text(TextFormat),
    Json(JsonFormat),
    Sheet(SheetFormat),
    Parquet(ParquetFormat),
}

/// Delimited text.
pub(crate) struct TextFormat {
    pub(crate) source: TextSource,
    pub(crate) compression: Compression,
    pub(crate) encoding: Encoding,
    /// Whether lines end in carriage returns alone.
    pub(crate) has_lone_returns: bool,
    pub(crate) csv_format: CsvFormat,
    /// Where the rows begin. **Unit**: bytes of the decoded text.
    pub(crate) rows_at: usize,
    /// Where the rows begin in the source. **Unit**: bytes, after decompression and before decoding.
    pub(crate) source_rows_at: u64,
    /// The line on which the rows begin.
    pub(crate) rows_line: u64,
    /// Whether anything follows the header.
    pub(crate) has_rows: bool,
}

impl TextFormat {
    /// Whether the bytes of the file are the decoded text.
    pub(super) fn is_read_as_stored(&self) -> bool {
        self.compression == Compression::None && !self.encoding.is_decoded() && !self.has_lone_returns
    }
}

/// JSON objects.
pub(crate) struct JsonFormat {
    pub(super) path: PathBuf,
    pub(super) compression: Compression,
    pub(super) encoding: Encoding,
    pub(super) form: JsonForm,
    /// Whether there is any object.
    pub(super) has_rows: bool,
}

/// Where text comes from.
pub(crate) enum TextSource {
    Path(PathBuf),
    /// A stream, by which tests compare readers. Its first bytes are in the head of the text. **Absent**: a reader has taken it.
    #[cfg(any(test, feature = "internals"))]
    Stream(std::sync::Mutex<Option<DecodedText>>),
}

/// A sheet of a workbook.
pub(crate) struct SheetFormat {
    pub(crate) path: PathBuf,
    pub(crate) workbook: Arc<Preflight>,
    pub(crate) header_row: u32,
    /// Which columns of the dialect hold dates.
    pub(super) dates: Vec<usize>,
    /// The cells of a row that hold ids.
    pub(super) ids: Vec<usize>,
    /// The cells of a row that hold amounts.
    pub(super) amounts: Vec<usize>,
    /// Rows that tables mark as totals, from 1.
    pub(super) passed_over: Vec<u32>,
    /// Whether the workbook hides the sheet.
    pub(super) is_hidden: bool,
}

impl SheetFormat {
    /// The rows and columns of the sheet that are wanted.
    pub(super) fn wanted<'s>(&'s self, layout: &'s Layout<'_>) -> WantedRows<'s> {
        WantedRows {
            header_row: self.header_row,
            columns: &layout.columns,
            dates: &self.dates,
            ids: &self.ids,
            amounts: &self.amounts,
            passed_over: &self.passed_over,
        }
    }
}

/// A Parquet file.
pub(crate) struct ParquetFormat {
    pub(super) path: PathBuf,
    pub(crate) file: ParquetFile,
    /// The control of a credits table. **Absent**: the file has none.
    pub(super) control: Option<String>,
}

impl Input<'_> {
    /// The role of the dialect.
    pub(crate) fn role(&self) -> Role {
        self.layout.dialect.role
    }

    /// The name of the encoding. **Absent**: a workbook, JSON or Parquet.
    pub(crate) fn encoding(&self) -> Option<&'static str> {
        match &self.format {
            InputFormat::Text(text) => Some(text.encoding.as_str()),
            InputFormat::Json(_) | InputFormat::Sheet(_) | InputFormat::Parquet(_) => None,
        }
    }

    /// The delimiter. **Absent**: a workbook, JSON or Parquet.
    pub(crate) fn delimiter(&self) -> Option<char> {
        match &self.format {
            InputFormat::Text(text) => Some(char::from(text.csv_format.delimiter)),
            InputFormat::Json(_) | InputFormat::Sheet(_) | InputFormat::Parquet(_) => None,
        }
    }

    /// How objects of JSON stand in the file, and their encoding, for people. **Absent**: the file is no JSON.
    pub(crate) fn json(&self) -> Option<(&'static str, &'static str)> {
        match &self.format {
            InputFormat::Json(json) => Some((json.form.as_str(), json.encoding.as_str())),
            InputFormat::Text(_) | InputFormat::Sheet(_) | InputFormat::Parquet(_) => None,
        }
    }

    /// Size of the file; 0 for standard input. **Unit**: bytes, as stored.
    pub(crate) fn bytes(&self) -> u64 {
        self.fingerprint.map_or(0, Fingerprint::bytes)
    }

    /// Whether anything follows the header.
    pub(crate) fn has_rows(&self) -> bool {
        match &self.format {
            InputFormat::Text(text) => text.has_rows,
            InputFormat::Json(json) => json.has_rows,
            InputFormat::Sheet(_) => true,
            InputFormat::Parquet(parquet) => parquet.file.rows() > 0,
        }
    }

    /// The text of the control that belongs to the input as a credits table: in the metadata of a Parquet file, else in a file beside it.
    /// `None` if there is none.
    pub(crate) fn control(&self) -> io::Result<Option<Vec<u8>>> {
        if let InputFormat::Parquet(parquet) = &self.format {
            return match (&parquet.control, self.spark_folder()) {
                (Some(control), _) => Ok(Some(control.clone().into_bytes())),
                (None, Some(folder)) => spark_control(folder),
                (None, None) => Ok(None),
            };
        }
        let Some(path) = self.path() else { return Ok(None) };
        let mut beside = path.as_os_str().to_owned();
        beside.push(CONTROL_SUFFIX);
        match std::fs::read(PathBuf::from(beside)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The folder of the credits table of a Spark job that holds the input. `None` if the input is no file of such a table.
    pub(crate) fn spark_folder(&self) -> Option<&Path> {
        let InputFormat::Parquet(ParquetFormat { path, control: None, .. }) = &self.format else {
            return None;
        };
        path.parent().filter(|folder| folder.ends_with(SPARK_CREDITS))
    }

    /// Whether the input is a sheet that its workbook hides.
    pub(crate) fn is_hidden_sheet(&self) -> bool {
        matches!(&self.format, InputFormat::Sheet(SheetFormat { is_hidden: true, .. }))
    }

    /// Whether the input is delimited text, in which texts are defused for spreadsheets.
    pub(crate) fn is_delimited(&self) -> bool {
        self.delimiter().is_some()
    }

    /// Whether the input is Parquet, whose columns have types.
    pub(crate) fn is_parquet(&self) -> bool {
        matches!(self.format, InputFormat::Parquet(_))
    }

    /// Columns that nothing in the run reads.
    pub(crate) fn drop_columns(&mut self, columns: &[ColumnKey]) {
        for column in columns {
            self.layout.columns[column.0] = None;
            self.layout.in_folders[column.0] = None;
        }
        if let InputFormat::Parquet(parquet) = &mut self.format {
            parquet.file.drop_columns(&columns.iter().map(|column| column.0).collect::<Vec<_>>());
        }
    }

    /// Names the columns whose cells are wanted of few rows: in delimited text, their fields are found when a row asks.
    pub(crate) fn read_on_demand(&mut self, columns: Vec<ColumnKey>) {
        self.layout.on_demand = columns;
    }

    /// Names the columns whose cells are wanted of fewer rows still: where columns are stored apart, they are decoded when a row asks.
    pub(crate) fn decode_late(&mut self, columns: impl Iterator<Item = ColumnKey>) {
        if let InputFormat::Parquet(parquet) = &mut self.format {
            parquet.file.decode_late(&columns.map(|column| column.0).collect::<Vec<_>>());
        }
    }

    /// How the file is packed. **Absent**: it is not, or it is no text.
    pub(crate) fn is_packed(&self) -> bool {
        match &self.format {
            InputFormat::Text(TextFormat { compression, .. })
            | InputFormat::Json(JsonFormat { compression, .. }) => *compression != Compression::None,
            InputFormat::Sheet(_) | InputFormat::Parquet(_) => false,
        }
    }

    /// The name by which the archive of the file stands for the file. **Absent**: the file stands in no archive, or beside others.
    pub(crate) fn wrapper(&self) -> Option<&str> {
        self.archive.as_deref()?.wrapper.as_deref()
    }

    /// The path of the file as stored: of a file that was unpacked, of its archive. **Absent**: a stream of a test.
    pub(crate) fn stored_path(&self) -> Option<&Path> {
        self.archive.as_deref().map_or_else(|| self.path(), |archive| Some(&archive.path))
    }

    /// The path of the file, unpacked from its archive. **Absent**: a stream of a test.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.format {
            InputFormat::Text(TextFormat { source: TextSource::Path(path), .. }) => Some(path),
            #[cfg(any(test, feature = "internals"))]
            InputFormat::Text(TextFormat { source: TextSource::Stream(_), .. }) => None,
            InputFormat::Json(json) => Some(&json.path),
            InputFormat::Sheet(sheet) => Some(&sheet.path),
            InputFormat::Parquet(parquet) => Some(&parquet.path),
        }
    }
}

/// The control that a Spark job writes beside the folder of its credits table: the one file whose name begins with `part-`. `None` if there is
/// none.
///
/// # Errors
/// The folder cannot be read, or has two.
fn spark_control(credits: &Path) -> io::Result<Option<Vec<u8>>> {
    let folder = credits.parent().unwrap_or(Path::new("")).join(SPARK_CONTROL);
    if !folder.is_dir() {
        return Ok(None);
    }
    let mut parts = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("part-") {
            parts.push(path);
        }
    }
    match &parts[..] {
        [] => Ok(None),
        [part] => fs::read(part).map(Some),
        _ => Err(io::Error::other(format!("{} has two", folder.display()))),
    }
}
