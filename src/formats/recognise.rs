//! What each file is. Comes in: the files that were found, the dialects. Goes out: inputs, ready to be read; what was passed
//! over; and every file that is at fault. It reads the first bytes of each file, and no rows.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::blocks::{Measure, lines};
use super::delimited;
use super::find::{FoundBy, FoundFile};
use super::open::{self, Compression, Container, Encoding, OpenText};
use super::parquet::{ParquetFile, ParquetFooter};
use super::record_ends::{Ahead, Ending, Splitting};
use super::same_bytes::same_bytes;
use super::stamp::Stamp;
use super::workbook::{Preflight, Workbook, workbook_kind};
use crate::base::limits;
use crate::base::place::InputName;
use crate::config::dialect::{Dialect, Layout, Recognition, Role, explain, recognise};
use crate::diagnostics::error::{InputError, InputErrorCode};

/// One input: a file, or a sheet of a workbook, with its dialect and its columns.
pub(crate) struct Input<'d> {
    /// Its name.
    pub(crate) name: InputName,
    /// Which columns are where.
    pub(crate) layout: Layout<'d>,
    /// The file as it was. **Absent**: standard input.
    pub(super) stamp: Option<Stamp>,
    /// How to read it.
    pub(crate) format: Format,
}

/// How an input is read.
pub(crate) enum Format {
    Text(TextFormat),
    Sheet(SheetFormat),
    Parquet(ParquetFormat),
}

/// Delimited text.
pub(crate) struct TextFormat {
    pub(crate) source: TextSource,
    pub(crate) compression: Compression,
    pub(crate) encoding: Encoding,
    pub(crate) splitting: Splitting,
    /// Where the rows begin. Unit: bytes of the text.
    pub(crate) rows_at: usize,
    /// The same, in bytes of the source after decompression.
    pub(crate) source_rows_at: u64,
    /// The line of that place.
    pub(crate) rows_line: u64,
    /// Whether anything follows the header.
    pub(crate) has_rows: bool,
}

/// Where text comes from.
pub(crate) enum TextSource {
    Path(PathBuf),
    /// Standard input, of which the first bytes have been read. **Absent**: it was read already.
    Stream(std::sync::Mutex<Option<OpenText>>),
}

/// A sheet of a workbook.
pub(crate) struct SheetFormat {
    pub(crate) path: PathBuf,
    pub(crate) workbook: Arc<Preflight>,
    pub(crate) header_row: u32,
    /// Keeps a workbook from standard input until it is read.
    _spooled: Option<Arc<tempfile::NamedTempFile>>,
}

/// A Parquet file.
pub(crate) struct ParquetFormat {
    path: PathBuf,
    pub(crate) file: ParquetFile,
    /// Keeps a file from standard input until it is read.
    _spooled: Option<Arc<tempfile::NamedTempFile>>,
}

impl Input<'_> {
    /// Its role.
    pub(crate) fn role(&self) -> Role {
        self.layout.dialect.role
    }

    /// Its encoding, for people. **Absent**: a workbook or Parquet.
    pub(crate) fn encoding(&self) -> Option<&'static str> {
        match &self.format {
            Format::Text(text) => Some(text.encoding.as_str()),
            Format::Sheet(_) | Format::Parquet(_) => None,
        }
    }

    /// Its delimiter. **Absent**: a workbook or Parquet.
    pub(crate) fn delimiter(&self) -> Option<char> {
        match &self.format {
            Format::Text(text) => Some(char::from(text.splitting.delimiter)),
            Format::Sheet(_) | Format::Parquet(_) => None,
        }
    }

    /// Size of the file; 0 for standard input. **Unit**: bytes, as stored.
    pub(crate) fn bytes(&self) -> u64 {
        self.stamp.map_or(0, Stamp::bytes)
    }

    /// Whether there is anything to read.
    pub(super) fn has_rows(&self) -> bool {
        match &self.format {
            Format::Text(text) => text.has_rows,
            Format::Sheet(_) => true,
            Format::Parquet(parquet) => parquet.file.rows() > 0,
        }
    }

    /// Where the file is. **Absent**: standard input.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.format {
            Format::Text(TextFormat { source: TextSource::Path(path), .. }) => Some(path),
            Format::Text(_) => None,
            Format::Sheet(sheet) => Some(&sheet.path),
            Format::Parquet(parquet) => Some(&parquet.path),
        }
    }
}

/// A file or sheet that is not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Skipped {
    /// Which.
    pub(crate) name: InputName,
    /// Why.
    pub(crate) reason: String,
}

/// What became of the files that were found.
#[derive(Default)]
pub(crate) struct Recognised<'d> {
    /// To be read, in the order of names.
    pub(crate) inputs: Vec<Input<'d>>,
    /// Not read.
    pub(crate) skipped: Vec<Skipped>,
    /// At fault.
    pub(crate) input_errors: Vec<InputError>,
    /// Bytes of the cells of sheets that are kept.
    kept_cells_bytes: usize,
}

/// The dialects of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialects<'d> {
    /// The user's own, tried first.
    pub(crate) user: &'d [Dialect],
    /// Those of the program.
    pub(crate) builtin: &'d [Dialect],
}

/// Recognises every file.
pub(crate) fn recognise_all<'d>(files: Vec<FoundFile>, dialects: Dialects<'d>) -> Recognised<'d> {
    let mut recognised = Recognised::default();
    for file in files {
        recognise_one(&file, dialects, &mut recognised);
    }
    recognised.input_errors.extend(same_bytes(&recognised.inputs));
    recognised.inputs.sort_by(|a, b| a.name.cmp(&b.name));
    recognised
}

fn recognise_one<'d>(file: &FoundFile, dialects: Dialects<'d>, out: &mut Recognised<'d>) {
    let name = InputName { file: file.shown.clone(), sheet: None };
    let result = match &file.path {
        Some(path) if file.is_output => own_output(path),
        Some(path) => recognise_path(file, path, dialects, out),
        None => recognise_stdin(file, dialects, out),
    };
    if let Err((code, message)) = result {
        out.input_errors.push(InputError { input: Some(name), code, message });
    }
}

type Outcome = Result<(), (InputErrorCode, String)>;

fn unreadable(error: &io::Error) -> (InputErrorCode, String) {
    open::read_error(error, Compression::None)
}

/// A file that this run will write is passed over, if an earlier run wrote it; somebody's export must not be lost to it.
fn own_output(path: &Path) -> Outcome {
    let compression = Compression::None;
    if is_own_parquet(path) {
        return Ok(());
    }
    let text =
        open::open_file(path, compression, &Arc::default()).map_err(|e| open::read_error(&e, compression))?;
    let is_own_table = || {
        DELIMITERS.iter().filter_map(|delimiter| header(&text, *delimiter)).any(|header| {
            let recognition = recognise(&header.fields, &[], &[], None);
            matches!(recognition, Recognition::OwnOutput)
        })
    };
    let head = text.head.trim_ascii_start();
    let is_own_json = || {
        let begins_with = |word: &[u8]| memchr::memmem::find(&head[..head.len().min(256)], word).is_some();
        (head.starts_with(b"{") && begins_with(b"\"schema\""))
            || (head.starts_with(b"[") && begins_with(b"\"partner_id\""))
    };
    if head.is_empty() || head == b"[]\n" || is_own_json() || is_own_table() {
        return Ok(());
    }
    let message = "the run would write over it, and it is no output of an earlier run: choose another output";
    Err((InputErrorCode::InputIsOutput, message.to_owned()))
}

/// Whether a file is a credits table that was written as Parquet.
fn is_own_parquet(path: &Path) -> bool {
    let first = File::open(path).and_then(|mut file| open::read_up_to(&mut file, 8)).unwrap_or_default();
    open::container(&first) == Container::Parquet
        && ParquetFooter::read(path).is_ok_and(|footer| {
            let names = footer.map_or(Vec::new(), |footer| footer.names());
            matches!(recognise(&names, &[], &[], None), Recognition::OwnOutput)
        })
}

fn recognise_path<'d>(
    file: &FoundFile,
    path: &Path,
    dialects: Dialects<'d>,
    out: &mut Recognised<'d>,
) -> Outcome {
    let mut opened = File::open(path).map_err(|e| unreadable(&e))?;
    let metadata = opened.metadata().map_err(|e| unreadable(&e))?;
    if !metadata.is_file() {
        // A pipe can be read once only.
        let stream = Box::new(opened);
        return recognise_stream(file, stream, dialects, out);
    }
    let stamp = Stamp::of(&metadata);
    let first = open::read_up_to(&mut opened, 8).map_err(|e| unreadable(&e))?;
    match open::container(&first) {
        Container::Text(compression) => {
            let count = Arc::new(AtomicU64::new(0));
            let text =
                open::open_file(path, compression, &count).map_err(|e| open::read_error(&e, compression))?;
            text_input(file, text, compression, Some((path, stamp)), dialects, out)
        }
        Container::Parquet => parquet_input(file, path, stamp, None, dialects, out),
        Container::Workbook => workbook_input(file, path, &first, stamp, None, dialects, out),
    }
}

fn recognise_stdin<'d>(file: &FoundFile, dialects: Dialects<'d>, out: &mut Recognised<'d>) -> Outcome {
    recognise_stream(file, Box::new(io::stdin()), dialects, out)
}

fn recognise_stream<'d>(
    file: &FoundFile,
    mut stream: Box<dyn Read + Send>,
    dialects: Dialects<'d>,
    out: &mut Recognised<'d>,
) -> Outcome {
    let first = open::read_up_to(&mut stream, 8).map_err(|e| unreadable(&e))?;
    let mut whole = io::Cursor::new(first.clone()).chain(stream);
    match open::container(&first) {
        Container::Text(compression) => {
            let text =
                open::open(Box::new(whole), compression).map_err(|e| open::read_error(&e, compression))?;
            text_input(file, text, compression, None, dialects, out)
        }
        container => {
            let mut spooled = tempfile::NamedTempFile::new().map_err(|e| unreadable(&e))?;
            io::copy(&mut whole, spooled.as_file_mut()).map_err(|e| unreadable(&e))?;
            spooled.flush().map_err(|e| unreadable(&e))?;
            let stamp = Stamp::of(&spooled.as_file().metadata().map_err(|e| unreadable(&e))?);
            let path = spooled.path().to_path_buf();
            let spooled = Some(Arc::new(spooled));
            if container == Container::Parquet {
                parquet_input(file, &path, stamp, spooled, dialects, out)
            } else {
                workbook_input(file, &path, &first, stamp, spooled, dialects, out)
            }
        }
    }
}

/// The header of a text: its fields, where the rows begin, and the line of that place.
struct Header {
    fields: Vec<String>,
    end: usize,
    line: u64,
}

/// The first record of a text, split at `delimiter`. `None`: there is none within the limit of a record.
fn header(text: &OpenText, delimiter: u8) -> Option<Header> {
    let ending = if text.is_whole { Ending::Last } else { Ending::More };
    let mut at = text.encoding.mark_bytes().min(text.head.len());
    let mut fields = Vec::new();
    while at < text.head.len() {
        match delimited::split(
            &text.head,
            at,
            Splitting::at(delimiter),
            ending,
            &mut fields,
            &mut Ahead::default(),
        ) {
            delimited::Found::BlankLine { next } => at = next,
            delimited::Found::Record { next, .. } => {
                let mut scratch = Vec::new();
                let decode = |field: &delimited::Field| {
                    let bytes = delimited::unquoted(&text.head, *field, &mut scratch);
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
                return Some(Header { fields: decoded, end: next, line: 1 + lines(&text.head[..next]) });
            }
            delimited::Found::Unfinished(_) => return None,
        }
    }
    None
}

const DELIMITERS: [u8; 4] = *b",;\t|";

fn text_input<'d>(
    file: &FoundFile,
    text: OpenText,
    compression: Compression,
    path: Option<(&Path, Stamp)>,
    dialects: Dialects<'d>,
    out: &mut Recognised<'d>,
) -> Outcome {
    let name = InputName { file: file.shown.clone(), sheet: None };
    // The delimiter that makes the most fields of the header; a header of one field has any.
    let mut best: Option<(u8, Header)> = None;
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
            FoundBy::Name => Err((InputErrorCode::UnknownHeader, reason.to_owned())),
            FoundBy::Walk => {
                out.skipped.push(Skipped { name, reason: reason.to_owned() });
                Ok(())
            }
        };
    };
    let Some(layout) = layout_of(file, &name, &header.fields, dialects, out)? else { return Ok(()) };
    let measure = if text.encoding.is_utf16() { Measure::Utf16 } else { Measure::Bytes };
    // A UTF-16 mark of two bytes was removed by the decoder.
    let mark = if text.encoding.is_utf16() { 2 } else { 0 };
    let format = TextFormat {
        compression,
        encoding: text.encoding,
        splitting: Splitting::at(delimiter),
        rows_at: header.end,
        source_rows_at: mark + measure.bytes(&text.head[..header.end]),
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
        stamp: path.map(|(_, stamp)| stamp),
        format: Format::Text(format),
    });
    Ok(())
}

/// The layout of a header; `None` if the file is passed over.
fn layout_of<'d>(
    file: &FoundFile,
    name: &InputName,
    header: &[String],
    dialects: Dialects<'d>,
    out: &mut Recognised<'d>,
) -> Result<Option<Layout<'d>>, (InputErrorCode, String)> {
    let recognition = recognise(header, dialects.user, dialects.builtin, file.role);
    let code = match recognition {
        Recognition::Fits(layout) => return Ok(Some(layout)),
        Recognition::Ambiguous { .. } | Recognition::DuplicateColumn { .. } => {
            InputErrorCode::AmbiguousHeader
        }
        Recognition::NearMiss(_) => InputErrorCode::MissingColumn,
        Recognition::OtherRole { .. } => InputErrorCode::WrongRole,
        Recognition::Unknown | Recognition::OwnOutput => InputErrorCode::UnknownHeader,
    };
    let message = reason(&recognition, header);
    let may_be_skipped = matches!(code, InputErrorCode::WrongRole | InputErrorCode::UnknownHeader);
    if file.by == FoundBy::Walk && may_be_skipped {
        out.skipped.push(Skipped { name: name.clone(), reason: message });
        return Ok(None);
    }
    Err((code, message))
}

/// Why a header gives no layout, for people.
fn reason(recognition: &Recognition<'_>, header: &[String]) -> String {
    explain(recognition, header).unwrap_or_else(|| "the header is that of attain's own output".to_owned())
}

fn parquet_input<'d>(
    file: &FoundFile,
    path: &Path,
    stamp: Stamp,
    spooled: Option<Arc<tempfile::NamedTempFile>>,
    dialects: Dialects<'d>,
    out: &mut Recognised<'d>,
) -> Outcome {
    let fault = |e: super::parquet::ParquetInputError| (e.code, e.message);
    let name = InputName { file: file.shown.clone(), sheet: None };
    let Some(footer) = ParquetFooter::read(path).map_err(fault)? else {
        let reason = "it only lists other Parquet files; give those".to_owned();
        if file.by == FoundBy::Walk {
            out.skipped.push(Skipped { name, reason });
            return Ok(());
        }
        return Err((InputErrorCode::Unsupported, reason));
    };
    let Some(layout) = layout_of(file, &name, &footer.names(), dialects, out)? else { return Ok(()) };
    let parquet = footer.with_columns(path, &layout.columns).map_err(fault)?;
    let format = ParquetFormat { path: path.to_path_buf(), file: parquet, _spooled: spooled };
    out.inputs.push(Input { name, layout, stamp: Some(stamp), format: Format::Parquet(format) });
    Ok(())
}

fn workbook_input<'d>(
    file: &FoundFile,
    path: &Path,
    first: &[u8],
    stamp: Stamp,
    spooled: Option<Arc<tempfile::NamedTempFile>>,
    dialects: Dialects<'d>,
    out: &mut Recognised<'d>,
) -> Outcome {
    let fault = |e: super::workbook::WorkbookError| (e.code, e.message);
    let name = InputName { file: file.shown.clone(), sheet: None };
    let Some(kind) = workbook_kind(path, first).map_err(fault)? else {
        let reason = "an archive that is no workbook; unpack it, and give what is in it".to_owned();
        if file.by == FoundBy::Walk {
            out.skipped.push(Skipped { name, reason });
            return Ok(());
        }
        return Err((InputErrorCode::Unsupported, reason));
    };
    let room = limits::KEPT_CELLS_BYTES - out.kept_cells_bytes;
    let mut preflight = Preflight::run(path, kind, room).map_err(fault)?;
    let mut workbook = Workbook::open(&preflight).map_err(fault)?;
    let (mut sheets, mut skipped, mut near) = (Vec::new(), Vec::new(), None);
    for sheet in workbook.sheet_names() {
        let name = InputName { file: file.shown.clone(), sheet: Some(sheet.clone()) };
        let rows = workbook.first_rows(&sheet).map_err(fault)?;
        let mut found = None;
        let mut why = "no recognised header in its first 20 rows".to_owned();
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
                    let text = reason(&recognition, cells);
                    near = near.or(Some(format!("sheet {sheet}, row {row}: {text}")));
                    why = format!("row {row}: {text}");
                }
                Recognition::OwnOutput => {
                    why = reason(&recognition, cells);
                    break;
                }
                Recognition::Unknown | Recognition::OtherRole { .. } => {}
            }
        }
        match found {
            Some((header_row, layout)) => sheets.push((name, layout, header_row)),
            None => skipped.push(Skipped { name, reason: why }),
        }
    }
    if sheets.is_empty() {
        if let Some(message) = near {
            return Err((InputErrorCode::MissingColumn, message));
        }
        if file.by == FoundBy::Name {
            return Err((
                InputErrorCode::UnknownHeader,
                "no sheet has a recognised header in its first 20 rows; `attain dialects list` names the known ones, --dialect FILE adds one".to_owned(),
            ));
        }
    }
    drop(workbook);
    let is_wanted = |sheet: &str| sheets.iter().any(|(name, ..)| name.sheet.as_deref() == Some(sheet));
    out.kept_cells_bytes += preflight.retain_sheets(&is_wanted);
    let workbook = Arc::new(preflight);
    out.inputs.extend(sheets.into_iter().map(|(name, layout, header_row)| {
        let (path, workbook, _spooled) = (path.to_path_buf(), workbook.clone(), spooled.clone());
        let format = SheetFormat { path, workbook, header_row, _spooled };
        Input { name, layout, stamp: Some(stamp), format: Format::Sheet(format) }
    }));
    out.skipped.extend(skipped);
    Ok(())
}
