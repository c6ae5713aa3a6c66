//! Recognises each file: container, compression, encoding, delimiter, header and dialect. Comes in: discovered files, and the dialects.
//! Goes out: inputs, ready to be read; skipped files; and an input error for every file that cannot be read. It reads the first bytes
//! of each file, and no rows.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::csv::{
    CsvFormat, FieldContent, OffsetUnit, ResumePoint, SplitOutcome, TextEnd, count_lines, split, unquoted,
};
use super::data_evidence;
use super::decode::{self, Compression, Container, DecodedText, Encoding};
use super::discover::{DiscoveredBy, DiscoveredFile};
use super::fingerprint::Fingerprint;
use super::parquet::{ParquetFile, ParquetFooter};
use super::skipped::{SkipClass, SkippedFile};
use super::unread_formats::{UnreadFormat, outcome_by_name, unread_format};
use super::workbook::{Preflight, TotalsRow, Workbook, is_document, unread_container, workbook_kind};
use crate::base::limits;
use crate::base::place::InputName;
use crate::config::dialect::{ColumnKey, Dialect, Layout, Recognition, Role, builtin, explain, recognise};
use crate::config::own_columns::{CONTROL_KEY, CONTROL_SUFFIX};
use crate::diagnostics::error::{InputError, InputErrorCode};

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
    /// The container, and what its reader must know.
    pub(crate) format: InputFormat,
}

/// The container of an input, and what its reader must know.
pub(crate) enum InputFormat {
    Text(TextFormat),
    Sheet(SheetFormat),
    Parquet(ParquetFormat),
}

/// Delimited text.
pub(crate) struct TextFormat {
    pub(crate) source: TextSource,
    pub(crate) compression: Compression,
    pub(crate) encoding: Encoding,
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

/// Where text comes from.
pub(crate) enum TextSource {
    Path(PathBuf),
    /// Standard input or a pipe, whose first bytes are in the head of the text. **Absent**: a reader has taken it.
    Stream(std::sync::Mutex<Option<DecodedText>>),
}

/// A sheet of a workbook.
pub(crate) struct SheetFormat {
    pub(crate) path: PathBuf,
    pub(crate) workbook: Arc<Preflight>,
    pub(crate) header_row: u32,
    /// Which columns of the dialect hold dates.
    pub(super) dates: Vec<usize>,
    /// Rows that tables mark as totals, from 1.
    pub(super) passed_over: Vec<u32>,
    /// Whether the workbook hides the sheet.
    is_hidden: bool,
    /// The temporary file of a workbook from standard input, which lasts until it is read.
    _spooled: Option<Arc<tempfile::NamedTempFile>>,
}

/// A Parquet file.
pub(crate) struct ParquetFormat {
    path: PathBuf,
    pub(crate) file: ParquetFile,
    /// The control of a credits table. **Absent**: the file has none.
    control: Option<String>,
    /// The temporary file of an input from standard input, which lasts until it is read.
    _spooled: Option<Arc<tempfile::NamedTempFile>>,
}

impl Input<'_> {
    /// The role of the dialect.
    pub(crate) fn role(&self) -> Role {
        self.layout.dialect.role
    }

    /// The name of the encoding. **Absent**: a workbook or Parquet.
    pub(crate) fn encoding(&self) -> Option<&'static str> {
        match &self.format {
            InputFormat::Text(text) => Some(text.encoding.as_str()),
            InputFormat::Sheet(_) | InputFormat::Parquet(_) => None,
        }
    }

    /// The delimiter. **Absent**: a workbook or Parquet.
    pub(crate) fn delimiter(&self) -> Option<char> {
        match &self.format {
            InputFormat::Text(text) => Some(char::from(text.csv_format.delimiter)),
            InputFormat::Sheet(_) | InputFormat::Parquet(_) => None,
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
            InputFormat::Sheet(_) => true,
            InputFormat::Parquet(parquet) => parquet.file.rows() > 0,
        }
    }

    /// The text of the control that belongs to the input as a credits table: in the metadata of a Parquet file, else in a file beside it.
    /// `None` if there is none.
    pub(crate) fn control(&self) -> io::Result<Option<Vec<u8>>> {
        if let InputFormat::Parquet(parquet) = &self.format {
            return Ok(parquet.control.clone().map(String::into_bytes));
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

    /// Whether the input is a sheet that its workbook hides.
    pub(crate) fn is_hidden_sheet(&self) -> bool {
        matches!(&self.format, InputFormat::Sheet(SheetFormat { is_hidden: true, .. }))
    }

    /// Whether the input is delimited text, in which texts are defused for spreadsheets.
    pub(crate) fn is_delimited(&self) -> bool {
        self.delimiter().is_some()
    }

    /// Columns that nothing in the run reads.
    pub(crate) fn drop_columns(&mut self, columns: &[ColumnKey]) {
        for column in columns {
            self.layout.columns[column.0] = None;
        }
        if let InputFormat::Parquet(parquet) = &mut self.format {
            parquet.file.drop_columns(&columns.iter().map(|column| column.0).collect::<Vec<_>>());
        }
    }

    /// Whether the input can be read once only.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(&self.format, InputFormat::Text(TextFormat { source: TextSource::Stream(_), .. }))
    }

    /// How the file is packed. **Absent**: it is not, or it is no text.
    pub(crate) fn is_packed(&self) -> bool {
        matches!(&self.format, InputFormat::Text(text) if text.compression != Compression::None)
    }

    /// The path of the file. **Absent**: standard input as text.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.format {
            InputFormat::Text(TextFormat { source: TextSource::Path(path), .. }) => Some(path),
            InputFormat::Text(_) => None,
            InputFormat::Sheet(sheet) => Some(&sheet.path),
            InputFormat::Parquet(parquet) => Some(&parquet.path),
        }
    }
}

/// The discovered files, by what is done with them.
#[derive(Default)]
pub(crate) struct RecognisedInputs<'d> {
    /// Inputs to be read, in the order of their names.
    pub(crate) inputs: Vec<Input<'d>>,
    /// Files and sheets that are not read.
    pub(crate) skipped: Vec<SkippedFile>,
    /// Files that cannot be read.
    pub(crate) input_errors: Vec<InputError>,
    /// Memory that the packed cells of sheets take so far. **Unit**: bytes.
    kept_cells_bytes: usize,
}

impl RecognisedInputs<'_> {
    fn skip(&mut self, name: InputName, class: SkipClass, reason: impl Into<String>) {
        self.skipped.push(SkippedFile { name, class, reason: reason.into() });
    }
}

/// The dialects of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialects<'d> {
    /// The dialects of the user, tried first.
    pub(crate) user: &'d [Dialect],
    /// The built-in dialects.
    pub(crate) builtin: &'d [Dialect],
}

/// Recognises every file.
pub(crate) fn recognise_all<'d>(files: Vec<DiscoveredFile>, dialects: Dialects<'d>) -> RecognisedInputs<'d> {
    let mut recognised = RecognisedInputs::default();
    for file in files {
        recognise_one(&file, dialects, &mut recognised);
    }
    recognised.skip_walked_credits();
    recognised.inputs.sort_by(|a, b| a.name.cmp(&b.name));
    recognised
}

impl RecognisedInputs<'_> {
    /// Skips credits tables that a walk has found beside exports: what they were made of may be among the exports (SPEC 3.10).
    fn skip_walked_credits(&mut self) {
        if !self.inputs.iter().any(|input| input.role() == Role::Consumption) {
            return;
        }
        let is_skipped =
            |input: &mut Input<'_>| input.role() == Role::Credits && input.by == DiscoveredBy::Walk;
        self.skipped.extend(self.inputs.extract_if(.., is_skipped).map(|input| {
            SkippedFile {
                name: input.name,
                class: SkipClass::CreditsTable,
                reason:
                    "a credits table beside exports, which count instead; give it by its name to count it too"
                        .to_owned(),
            }
        }));
    }
}

fn recognise_one<'d>(file: &DiscoveredFile, dialects: Dialects<'d>, out: &mut RecognisedInputs<'d>) {
    let name = InputName { file: file.shown.clone(), sheet: None };
    if let Some(class) = file.unopened {
        return out.skip(name, class, unopened_reason(class));
    }
    let skipped_before = out.skipped.len();
    let result = match &file.path {
        Some(path) if file.is_output => own_output(path).map(|()| {
            out.skip(
                name.clone(),
                SkipClass::Output,
                "an output of an earlier run, which this run writes again",
            );
        }),
        Some(path) => recognise_path(file, path, dialects, out),
        None => recognise_stdin(file, dialects, out),
    };
    let result = outcome_by_name(file, result, &mut out.skipped, skipped_before, &is_workbook);
    if let Err((code, message)) = result {
        out.input_errors.push(InputError { input: Some(name), code, message });
    }
}

/// Whether a file is a workbook, of whatever sheets.
fn is_workbook(path: &Path) -> bool {
    let first = File::open(path).and_then(|mut file| decode::read_up_to(&mut file, 8)).unwrap_or_default();
    matches!(workbook_kind(path, &first), Ok(Some(_)))
}

/// Why a file of a class is not opened, for people.
fn unopened_reason(class: SkipClass) -> &'static str {
    match class {
        SkipClass::Hidden => "hidden: its name begins with a dot",
        SkipClass::Companion => "it describes the files beside it",
        SkipClass::Output => "an output of an earlier run",
        SkipClass::NoData
        | SkipClass::Unrecognised
        | SkipClass::UnreadFormat
        | SkipClass::UnreadSheet
        | SkipClass::CreditsTable
        | SkipClass::Foreign
        | SkipClass::Superseded
        | SkipClass::TotalsRow
        | SkipClass::Empty => "no regular file; give a pipe or device by its name",
    }
}

/// `Err`: why a file cannot be read, with the message for people.
type FileOutcome = Result<(), (InputErrorCode, String)>;

fn unreadable(error: &io::Error) -> (InputErrorCode, String) {
    decode::read_error(error, Compression::None)
}

/// Skips a file that this run will write, if an earlier run wrote it.
///
/// # Errors
/// The file is no output of attain: it may be an export, which this run would overwrite.
fn own_output(path: &Path) -> FileOutcome {
    let compression = Compression::None;
    if is_own_parquet(path) {
        return Ok(());
    }
    let text = decode::open_file(path, compression, &Arc::default())
        .map_err(|e| decode::read_error(&e, compression))?;
    let has_own_header = || {
        DELIMITERS
            .iter()
            .filter_map(|delimiter| header(&text, *delimiter))
            .any(|header| is_own_table(&header.fields))
    };
    let head = text.head.trim_ascii_start();
    if head.is_empty() || head == b"[]\n" || is_own_json(head) || has_own_header() {
        return Ok(());
    }
    let message = "the run would write over it, and it is no output of an earlier run: choose another output";
    Err((InputErrorCode::InputIsOutput, message.to_owned()))
}

/// Whether a text begins like a report or a run summary of attain as JSON.
fn is_own_json(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let has = |word: &[u8]| memchr::memmem::find(&head[..head.len().min(256)], word).is_some();
    (head.starts_with(b"{") && has(b"\"schema\"") && has(b"\"attain\""))
        || (head.starts_with(b"[") && has(b"\"partner_id\"") && has(b"\"partner_name\""))
}

/// Whether a file is a credits table that attain wrote as Parquet.
fn is_own_parquet(path: &Path) -> bool {
    let first = File::open(path).and_then(|mut file| decode::read_up_to(&mut file, 8)).unwrap_or_default();
    decode::container(&first) == Container::Parquet
        && ParquetFooter::read(path).is_ok_and(|footer| {
            let names = footer.map_or(Vec::new(), |footer| footer.names());
            is_own_table(&names)
        })
}

/// Whether a header belongs to a report, a rejects file or a credits table.
fn is_own_table(header: &[String]) -> bool {
    match recognise(header, &[], builtin(), Some(Role::Credits)) {
        Recognition::OwnOutput | Recognition::Fits(_) => true,
        Recognition::Ambiguous { .. }
        | Recognition::DuplicateColumn { .. }
        | Recognition::OtherRole { .. }
        | Recognition::NearMiss(_)
        | Recognition::Misspelt { .. }
        | Recognition::Foreign(_)
        | Recognition::Unknown => false,
    }
}

fn recognise_path<'d>(
    file: &DiscoveredFile,
    path: &Path,
    dialects: Dialects<'d>,
    out: &mut RecognisedInputs<'d>,
) -> FileOutcome {
    let mut opened = File::open(path).map_err(|e| unreadable(&e))?;
    let metadata = opened.metadata().map_err(|e| unreadable(&e))?;
    if !metadata.is_file() {
        // A pipe can be read only once.
        let stream = Box::new(opened);
        return recognise_stream(file, stream, dialects, out);
    }
    let fingerprint = Fingerprint::of(&metadata);
    let first = decode::read_up_to(&mut opened, 8).map_err(|e| unreadable(&e))?;
    match decode::container(&first) {
        Container::Text(compression) => {
            let count = Arc::new(AtomicU64::new(0));
            let text = decode::open_file(path, compression, &count)
                .map_err(|e| decode::read_error(&e, compression))?;
            text_input(file, text, compression, Some((path, fingerprint)), dialects, out)
        }
        Container::Parquet => parquet_input(file, path, fingerprint, None, dialects, out),
        Container::Workbook => workbook_input(file, path, &first, fingerprint, None, dialects, out),
    }
}

fn recognise_stdin<'d>(
    file: &DiscoveredFile,
    dialects: Dialects<'d>,
    out: &mut RecognisedInputs<'d>,
) -> FileOutcome {
    recognise_stream(file, Box::new(io::stdin()), dialects, out)
}

fn recognise_stream<'d>(
    file: &DiscoveredFile,
    mut stream: Box<dyn Read + Send>,
    dialects: Dialects<'d>,
    out: &mut RecognisedInputs<'d>,
) -> FileOutcome {
    let first = decode::read_up_to(&mut stream, 8).map_err(|e| unreadable(&e))?;
    let mut whole = io::Cursor::new(first.clone()).chain(stream);
    match decode::container(&first) {
        Container::Text(compression) => {
            let text = decode::open(Box::new(whole), compression)
                .map_err(|e| decode::read_error(&e, compression))?;
            text_input(file, text, compression, None, dialects, out)
        }
        container => {
            let mut spooled = tempfile::NamedTempFile::new().map_err(|e| unreadable(&e))?;
            io::copy(&mut whole, spooled.as_file_mut()).map_err(|e| unreadable(&e))?;
            spooled.flush().map_err(|e| unreadable(&e))?;
            let fingerprint = Fingerprint::of(&spooled.as_file().metadata().map_err(|e| unreadable(&e))?);
            let path = spooled.path().to_path_buf();
            let spooled = Some(Arc::new(spooled));
            if container == Container::Parquet {
                parquet_input(file, &path, fingerprint, spooled, dialects, out)
            } else {
                workbook_input(file, &path, &first, fingerprint, spooled, dialects, out)
            }
        }
    }
}

/// The header of a text.
struct TextHeader {
    fields: Vec<String>,
    /// Where the rows begin. **Unit**: bytes of the decoded text.
    end: usize,
    /// The line on which the rows begin.
    line: u64,
}

/// The first record of a text, split at `delimiter`. `None` if no record ends within the limit of a record.
fn header(text: &DecodedText, delimiter: u8) -> Option<TextHeader> {
    let text_end = if text.is_whole { TextEnd::EndOfInput } else { TextEnd::MoreFollows };
    let mut at = text.encoding.mark_bytes().min(text.head.len());
    let mut fields = Vec::new();
    while at < text.head.len() {
        let csv_format = CsvFormat::with_delimiter(delimiter);
        match split(&text.head, at, csv_format, text_end, &mut fields, &mut ResumePoint::default()) {
            SplitOutcome::BlankLine { next } => at = next,
            SplitOutcome::Record { next, .. } => {
                let mut scratch = Vec::new();
                let decode = |field: &FieldContent| {
                    let bytes = unquoted(&text.head, *field, &mut scratch);
                    match text.encoding {
                        Encoding::Windows1252 => {
                            encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
                        }
                        Encoding::Utf8 | Encoding::Utf8Bom | Encoding::Utf16Le | Encoding::Utf16Be => {
                            String::from_utf8_lossy(bytes).into_owned()
                        }
                    }
                };
                let decoded = fields.iter().map(decode).collect();
                return Some(TextHeader {
                    fields: decoded,
                    end: next,
                    line: 1 + count_lines(&text.head[..next]),
                });
            }
            SplitOutcome::Incomplete(_) => return None,
        }
    }
    None
}

const DELIMITERS: [u8; 4] = *b",;\t|";

fn text_input<'d>(
    file: &DiscoveredFile,
    text: DecodedText,
    compression: Compression,
    path: Option<(&Path, Fingerprint)>,
    dialects: Dialects<'d>,
    out: &mut RecognisedInputs<'d>,
) -> FileOutcome {
    let name = InputName { file: file.shown.clone(), sheet: None };
    if let Some(what) = data_evidence::container(&text.head) {
        let reason = format!("{what}, which is not read; unpack it, or save it as CSV or Parquet");
        if file.by == DiscoveredBy::Walk {
            out.skip(name, SkipClass::Unrecognised, reason);
            return Ok(());
        }
        return Err((InputErrorCode::Unsupported, reason));
    }
    if let Some(format) = unread_format(&text.head) {
        return skip_format(file, format, out);
    }
    if file.by == DiscoveredBy::Walk && is_own_json(&text.head) {
        out.skip(name, SkipClass::Output, "an output of attain");
        return Ok(());
    }
    // Take the delimiter that splits the header into the most fields, the first of them if several do.
    let mut best: Option<(u8, TextHeader)> = None;
    for delimiter in DELIMITERS {
        if let Some(header) = header(&text, delimiter)
            && best.as_ref().is_none_or(|(_, b)| header.fields.len() > b.fields.len())
        {
            best = Some((delimiter, header));
        }
    }
    let Some((delimiter, header)) = best else {
        let is_empty = text.is_whole
            && text.head[text.encoding.mark_bytes().min(text.head.len())..].trim_ascii().is_empty();
        let reason = if is_empty {
            "the file is empty: it has no header; export it again"
        } else {
            "no header: the first record has no end within 1 MiB"
        };
        return match file.by {
            DiscoveredBy::Name => Err((InputErrorCode::UnknownHeader, reason.to_owned())),
            DiscoveredBy::Walk => {
                let class = match is_empty {
                    true => SkipClass::Empty,
                    false => data_evidence::class_of_text(&file.shown, &text.head),
                };
                out.skip(name, class, reason);
                Ok(())
            }
        };
    };
    let class = || data_evidence::class_of_text(&file.shown, &text.head);
    let Some(layout) = layout_of(file, &name, &header.fields, dialects, &class, out)? else { return Ok(()) };
    let offset_unit = if text.encoding.is_utf16() { OffsetUnit::Utf16 } else { OffsetUnit::Byte };
    // The decoder of UTF-16 removed the byte order mark of two bytes; the mark of UTF-8 is still in the text.
    let mark = if text.encoding.is_utf16() { 2 } else { 0 };
    let format = TextFormat {
        compression,
        encoding: text.encoding,
        csv_format: CsvFormat::with_delimiter(delimiter),
        rows_at: header.end,
        source_rows_at: mark + offset_unit.source_bytes(&text.head[..header.end]),
        rows_line: header.line,
        has_rows: !text.is_whole || !text.head[header.end..].trim_ascii().is_empty(),
        source: match path {
            Some((path, _)) => TextSource::Path(path.to_path_buf()),
            None => TextSource::Stream(std::sync::Mutex::new(Some(text))),
        },
    };
    out.inputs.push(Input {
        name,
        layout,
        by: file.by,
        fingerprint: path.map(|(_, fingerprint)| fingerprint),
        format: InputFormat::Text(format),
    });
    Ok(())
}

/// Passes over a file in a format that is not read.
///
/// # Errors
/// The file may not be passed over.
fn skip_format(file: &DiscoveredFile, format: UnreadFormat, out: &mut RecognisedInputs<'_>) -> FileOutcome {
    let class = format.skip_class(file)?;
    out.skip(InputName { file: file.shown.clone(), sheet: None }, class, format.message());
    Ok(())
}

/// The layout of a header. `None` if the file is skipped; `class` tells what a file is that no dialect fits.
///
/// # Errors
/// No dialect fits, and the file may not be skipped.
fn layout_of<'d>(
    file: &DiscoveredFile,
    name: &InputName,
    header: &[String],
    dialects: Dialects<'d>,
    class: &dyn Fn() -> SkipClass,
    out: &mut RecognisedInputs<'d>,
) -> Result<Option<Layout<'d>>, (InputErrorCode, String)> {
    let recognition = recognise(header, dialects.user, dialects.builtin, file.role);
    let code = match recognition {
        Recognition::Fits(layout) => return Ok(Some(layout)),
        Recognition::Ambiguous { .. } | Recognition::DuplicateColumn { .. } => {
            InputErrorCode::AmbiguousHeader
        }
        Recognition::NearMiss(_) | Recognition::Misspelt { .. } => InputErrorCode::MissingColumn,
        Recognition::OtherRole { .. } => InputErrorCode::WrongRole,
        Recognition::Unknown | Recognition::OwnOutput | Recognition::Foreign(_) => {
            InputErrorCode::UnknownHeader
        }
    };
    let message = reason(&recognition, header);
    let class = match recognition {
        Recognition::Unknown => class(),
        Recognition::OwnOutput => SkipClass::Output,
        Recognition::Foreign(_) => SkipClass::Foreign,
        Recognition::OtherRole { .. } => SkipClass::Unrecognised,
        Recognition::Fits(_)
        | Recognition::Ambiguous { .. }
        | Recognition::DuplicateColumn { .. }
        | Recognition::NearMiss(_)
        | Recognition::Misspelt { .. } => return Err((code, message)),
    };
    match file.by {
        DiscoveredBy::Walk => {
            out.skip(name.clone(), class, message);
            Ok(None)
        }
        DiscoveredBy::Name => Err((code, message)),
    }
}

/// Why a header has no layout, for people.
fn reason(recognition: &Recognition<'_>, header: &[String]) -> String {
    explain(recognition, header).unwrap_or_else(|| "the header is that of attain's own output".to_owned())
}

fn parquet_input<'d>(
    file: &DiscoveredFile,
    path: &Path,
    fingerprint: Fingerprint,
    spooled: Option<Arc<tempfile::NamedTempFile>>,
    dialects: Dialects<'d>,
    out: &mut RecognisedInputs<'d>,
) -> FileOutcome {
    let fault = |e: super::parquet::ParquetInputError| (e.code, e.message);
    let name = InputName { file: file.shown.clone(), sheet: None };
    let Some(footer) = ParquetFooter::read(path).map_err(fault)? else {
        let reason = "it only lists other Parquet files; give those".to_owned();
        if file.by == DiscoveredBy::Walk {
            let is_list = ["_metadata", "_common_metadata"].iter().any(|end| file.shown.ends_with(end));
            let class = if is_list { SkipClass::Companion } else { SkipClass::Unrecognised };
            out.skip(name, class, reason);
            return Ok(());
        }
        return Err((InputErrorCode::Unsupported, reason));
    };
    let class = || SkipClass::Unrecognised;
    let Some(layout) = layout_of(file, &name, &footer.names(), dialects, &class, out)? else { return Ok(()) };
    let control = footer.text_of_key(CONTROL_KEY);
    let parquet = footer.with_columns(path, &layout.columns).map_err(fault)?;
    let format = ParquetFormat { path: path.to_path_buf(), file: parquet, control, _spooled: spooled };
    out.inputs.push(Input {
        name,
        layout,
        by: file.by,
        fingerprint: Some(fingerprint),
        format: InputFormat::Parquet(format),
    });
    Ok(())
}

fn workbook_input<'d>(
    file: &DiscoveredFile,
    path: &Path,
    first: &[u8],
    fingerprint: Fingerprint,
    spooled: Option<Arc<tempfile::NamedTempFile>>,
    dialects: Dialects<'d>,
    out: &mut RecognisedInputs<'d>,
) -> FileOutcome {
    let fault = |e: super::workbook::WorkbookError| (e.code, e.message);
    let name = InputName { file: file.shown.clone(), sheet: None };
    let Some(kind) = workbook_kind(path, first).map_err(fault)? else {
        if let Some(container) = unread_container(path, first).map_err(fault)? {
            return skip_format(file, UnreadFormat::sheet(container), out);
        }
        let reason = "an archive that is no workbook; unpack it, and give what is in it".to_owned();
        if file.by == DiscoveredBy::Walk {
            let is_document = is_document(path, first).map_err(fault)?;
            if is_document && !data_evidence::is_named_like_data(&file.shown) {
                out.skip(name, SkipClass::NoData, "a document that is no workbook");
            } else {
                out.skip(name, SkipClass::Unrecognised, reason);
            }
            return Ok(());
        }
        return Err((InputErrorCode::Unsupported, reason));
    };
    let room = limits::KEPT_CELLS_BYTES - out.kept_cells_bytes;
    let mut preflight = Preflight::run(path, kind, room).map_err(fault)?;
    let mut workbook = Workbook::open(&preflight).map_err(fault)?;
    let (mut sheets, mut skipped) = (Vec::new(), Vec::new());
    for sheet in workbook.sheet_names() {
        let name = InputName { file: file.shown.clone(), sheet: Some(sheet.clone()) };
        let rows = workbook.first_rows(&sheet).map_err(fault)?;
        let (mut found, mut near) = (None, None);
        let mut why = "no recognised header in its first 20 rows".to_owned();
        let mut class =
            if data_evidence::is_data_sheet(&rows) { SkipClass::UnreadSheet } else { SkipClass::NoData };
        for (row, cells) in &rows {
            let recognition = recognise(cells, dialects.user, dialects.builtin, file.role);
            match recognition {
                Recognition::Fits(layout) => {
                    found = Some((*row, layout));
                    break;
                }
                Recognition::Ambiguous { .. } | Recognition::DuplicateColumn { .. } => {
                    return Err((
                        InputErrorCode::AmbiguousHeader,
                        format!("sheet {sheet}: {}", reason(&recognition, cells)),
                    ));
                }
                Recognition::NearMiss(_) => {
                    near = near.or_else(|| {
                        Some(format!("sheet {sheet}, row {row}: {}", reason(&recognition, cells)))
                    });
                }
                Recognition::Misspelt { .. } => {
                    near = Some(format!("sheet {sheet}, row {row}: {}", reason(&recognition, cells)));
                    break;
                }
                Recognition::OwnOutput => {
                    (class, why) = (SkipClass::Output, reason(&recognition, cells));
                    break;
                }
                Recognition::Foreign(_) => {
                    (class, why) = (SkipClass::Foreign, reason(&recognition, cells));
                    break;
                }
                Recognition::Unknown | Recognition::OtherRole { .. } => {}
            }
        }
        match (found, near) {
            (Some((header_row, layout)), _) => {
                sheets.push((name, layout, header_row, workbook.is_hidden(&sheet)))
            }
            // A near miss is an error beside sheets that are read.
            (None, Some(message)) => return Err((InputErrorCode::MissingColumn, message)),
            (None, None) => skipped.push(SkippedFile { name, class, reason: why }),
        }
    }
    if sheets.is_empty() {
        if file.by == DiscoveredBy::Name {
            return Err((
                InputErrorCode::UnknownHeader,
                "no sheet has a recognised header in its first 20 rows; `attain dialects list` names the known ones, --dialect FILE adds one".to_owned(),
            ));
        }
        if skipped.is_empty() {
            let reason =
                "no sheet is found in the workbook; if it should have some, it is damaged: save it again";
            out.skip(InputName { file: file.shown.clone(), sheet: None }, SkipClass::Unrecognised, reason);
        }
        let is_explained =
            |skipped: &SkippedFile| matches!(skipped.class, SkipClass::Output | SkipClass::Foreign);
        if !skipped.iter().any(is_explained) {
            skipped.iter_mut().for_each(|skipped| skipped.class = SkipClass::Unrecognised);
        }
    }
    drop(workbook);
    let is_wanted = |sheet: &str| sheets.iter().any(|(name, ..)| name.sheet.as_deref() == Some(sheet));
    out.kept_cells_bytes += preflight.retain_sheets(&is_wanted);
    let workbook = Arc::new(preflight);
    out.inputs.extend(sheets.into_iter().map(|(name, layout, header_row, is_hidden)| {
        let (path, _spooled) = (path.to_path_buf(), spooled.clone());
        let dates = layout.dialect.date_columns().map(|column| column.0).collect();
        let totals: Vec<&TotalsRow> =
            workbook.totals_rows(name.sheet.as_deref().unwrap_or_default()).collect();
        let passed_over = totals.iter().map(|totals| totals.row).collect();
        skipped.extend(totals.iter().map(|totals| SkippedFile {
            name: name.clone(),
            class: SkipClass::TotalsRow,
            reason: format!("row {} is the totals row of the table {}", totals.row, totals.table),
        }));
        let workbook = workbook.clone();
        let format = SheetFormat { path, workbook, header_row, dates, passed_over, is_hidden, _spooled };
        Input {
            name,
            layout,
            by: file.by,
            fingerprint: Some(fingerprint),
            format: InputFormat::Sheet(format),
        }
    }));
    out.skipped.extend(skipped);
    Ok(())
}
