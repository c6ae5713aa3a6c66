//! Reference reader of delimited text, for tests and fuzz targets: one sequential reader that follows the grammar byte by byte, as a state
//! machine, and shares no code with the block reader. Comes in: bytes, and how to read them. Goes out: nothing, or a panic that shows
//! where the two readers differ: in rows, fields, lines, byte offsets or codes, whatever the bytes, the block size, the threads and
//! the kind of source.

use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, LazyLock, Mutex};

use super::csv::CsvFormat;
use super::decode::{self, Compression, DecodedText, Encoding};
use super::discover::DiscoveredBy;
use super::fingerprint::Fingerprint;
use super::input::{Input, InputFormat, TextFormat, TextSource};
use super::row::{BadRecord, BadShape, Row};
use super::scheduler::{ReadOptions, RowSink, read_rows};
use crate::base::place::{InputName, RowPlace};
use crate::config::dialect::{self, Layout};
use crate::diagnostics::error::InputErrorCode;
use crate::diagnostics::log::Log;
use crate::diagnostics::reject::RejectCode;

mod line_quotes;
#[cfg(test)]
mod tests;

/// What a reader makes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
enum RecordOutcome {
    /// The fields of a row.
    Row(Vec<Vec<u8>>),
    /// The number of fields, where the header has another.
    Ragged(usize),
    Bad(RejectCode),
}

/// Records, each with the position of its first byte in the text, and its line.
type ReferenceRecords = Vec<(usize, u64, RecordOutcome)>;

/// How a text is split, and which fields are read.
#[derive(Debug, Clone, Copy)]
struct ReferenceFormat {
    delimiter: u8,
    record_bytes: usize,
    fields: usize,
    /// A bit mask of the fields that are read; the slots of a row take them from the last to the first.
    used: u8,
}

impl ReferenceFormat {
    fn columns(self) -> Vec<Option<usize>> {
        (0..self.fields).rev().map(|field| (self.used >> field & 1 == 1).then_some(field)).collect()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum SplitState {
    FieldStart,
    Unquoted,
    Quoted,
    /// After a quote inside a quoted field. The quote closes the field, unless another quote follows.
    QuoteInQuoted,
    /// In text after a closing quote.
    Bad,
}

/// The records of a text.
fn sequential(text: &[u8], format: ReferenceFormat) -> ReferenceRecords {
    let (mut records, mut at, mut line) = (Vec::new(), 0, 1);
    while at < text.len() {
        let (outcome, end) = line_quotes::lines_decided(text, at, format);
        records.extend(outcome.map(|outcome| (at, line, outcome)));
        line += text[at..end].iter().filter(|b| **b == b'\n').count() as u64;
        at = end;
    }
    records
}

/// The record that begins at `start`, `None` if that line is blank; and where the next record begins.
fn record(text: &[u8], start: usize, format: ReferenceFormat) -> (Option<RecordOutcome>, usize) {
    if text[start] == b'\n' {
        return (None, start + 1);
    }
    if text[start..].starts_with(b"\r\n") {
        return (None, start + 2);
    }
    let rejected = |code| {
        let lf = text[start..].iter().position(|b| *b == b'\n');
        (Some(RecordOutcome::Bad(code)), lf.map_or(text.len(), |lf| start + lf + 1))
    };
    let (mut fields, mut field) = (Vec::new(), Vec::new());
    let (mut state, mut is_bad, mut at) = (SplitState::FieldStart, false, start);
    let next = loop {
        if at - start == format.record_bytes {
            return rejected(if state == SplitState::Quoted {
                RejectCode::UnclosedQuote
            } else {
                RejectCode::RecordTooLong
            });
        }
        let Some(byte) = text.get(at).copied() else {
            if state == SplitState::Quoted {
                return rejected(RejectCode::UnclosedQuote);
            }
            break at;
        };
        at += 1;
        state = match (state, byte) {
            (SplitState::FieldStart, b'"') => SplitState::Quoted,
            (SplitState::Quoted, b'"') => SplitState::QuoteInQuoted,
            (SplitState::Quoted, _) => {
                field.push(byte);
                SplitState::Quoted
            }
            (SplitState::QuoteInQuoted, b'"') => {
                field.push(byte);
                SplitState::Quoted
            }
            (_, b'\n') => {
                if state == SplitState::Unquoted && field.last() == Some(&b'\r') {
                    field.pop();
                }
                break at;
            }
            (_, byte) if byte == format.delimiter => {
                fields.push(std::mem::take(&mut field));
                SplitState::FieldStart
            }
            // The CR of a CRLF: the LF is the next byte.
            (SplitState::QuoteInQuoted, b'\r') if text.get(at) == Some(&b'\n') => SplitState::QuoteInQuoted,
            (SplitState::QuoteInQuoted | SplitState::Bad, _) => {
                is_bad = true;
                SplitState::Bad
            }
            (SplitState::FieldStart | SplitState::Unquoted, _) => {
                field.push(byte);
                SplitState::Unquoted
            }
        };
    };
    fields.push(field);
    let outcome = if text[start..next].contains(&0) {
        RecordOutcome::Bad(RejectCode::NulByte)
    } else if is_bad {
        RecordOutcome::Bad(RejectCode::BadQuote)
    } else if fields.len() != format.fields {
        RecordOutcome::Ragged(fields.len())
    } else {
        RecordOutcome::Row(fields)
    };
    (Some(outcome), next)
}

/// Records, each with its place in the source.
type PlacedRecords = Vec<(RowPlace, RecordOutcome)>;

/// Collects all records, by input and block.
#[derive(Default)]
struct CollectSink {
    blocks: Vec<((usize, u64), PlacedRecords)>,
}

impl CollectSink {
    fn push(&mut self, place: RowPlace, outcome: RecordOutcome) {
        self.blocks.last_mut().expect("a block has begun").1.push((place, outcome));
    }
}

impl RowSink for CollectSink {
    fn begin(&mut self, input: usize, block: u64) {
        self.blocks.push(((input, block), Vec::new()));
    }

    fn row(&mut self, row: &Row<'_>) {
        let cells = row.cells.iter().map(|cell| cell.bytes.to_vec()).collect();
        self.push(row.at.place(), RecordOutcome::Row(cells));
    }

    fn bad_record(&mut self, bad: &BadRecord<'_>) {
        let outcome = match bad.shape {
            BadShape::CodeOnly | BadShape::NoObject | BadShape::KeyTwice | BadShape::NestedValue => {
                RecordOutcome::Bad(bad.code)
            }
            BadShape::FieldCount { found, .. } => RecordOutcome::Ragged(found),
        };
        self.push(bad.at.place(), outcome);
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A pool of four threads, whatever the machine has.
static POOL: LazyLock<rayon::ThreadPool> =
    LazyLock::new(|| rayon::ThreadPoolBuilder::new().num_threads(4).build().expect("threads start"));

/// How the block reader is run.
#[derive(Debug, Clone, Copy)]
struct ReaderSetup {
    threads: usize,
    block_bytes: usize,
}

/// What the block reader makes of each input, in the order of blocks; and the codes of input errors.
fn by_blocks(inputs: &[Input<'_>], setup: ReaderSetup) -> (Vec<PlacedRecords>, Vec<InputErrorCode>) {
    let options = ReadOptions {
        threads: setup.threads,
        block_bytes: setup.block_bytes,
        progress: Arc::default(),
        log: Log::silent(),
    };
    let inputs: Vec<&Input<'_>> = inputs.iter().collect();
    let (sinks, input_errors) = POOL.install(|| read_rows(&inputs, &options, CollectSink::default));
    let mut blocks: Vec<_> = sinks.into_iter().flat_map(|sink| sink.blocks).collect();
    blocks.sort_by_key(|(block, _)| *block);
    let mut records = vec![Vec::new(); inputs.len()];
    for ((input, _), block) in blocks {
        records[input].extend(block);
    }
    (records, input_errors.into_iter().map(|fault| fault.code).collect())
}

/// A reader that gives at most `step` bytes at a time, and then an error if it `fails`.
struct Trickle {
    bytes: Cursor<Vec<u8>>,
    step: usize,
    fails: bool,
}

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let step = self.step.min(buffer.len());
        match self.bytes.read(&mut buffer[..step])? {
            0 if self.fails && step > 0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => Ok(count),
        }
    }
}

/// Where the bytes of an input come from.
#[derive(Debug, Clone, Copy)]
enum ReferenceSource {
    File,
    Gzip,
    Stream { step: usize, fails: bool },
    Utf16,
}

const HEADER: &str = "a,\"b\nc\"\r\n";

/// An input of these bytes behind a header of two lines. Its temporary file is added to `files`, which must live until it is read.
fn input(
    text: &[u8],
    format: ReferenceFormat,
    source: ReferenceSource,
    files: &mut Vec<tempfile::NamedTempFile>,
) -> Input<'static> {
    let whole = [HEADER.as_bytes(), text].concat();
    let mut encoding = Encoding::Utf8;
    let mut compression = Compression::None;
    let (mut rows_at, mut source_rows_at) = (HEADER.len(), HEADER.len() as u64);
    let mut file = |bytes: &[u8]| {
        let mut file = tempfile::NamedTempFile::new().expect("temporary files can be written");
        file.write_all(bytes).expect("temporary files can be written");
        let path = file.path().to_path_buf();
        files.push(file);
        TextSource::Path(path)
    };
    let stream = |text| TextSource::Stream(Mutex::new(Some(text)));
    let source = match source {
        ReferenceSource::File => file(&whole),
        ReferenceSource::Gzip => {
            compression = Compression::Gzip;
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&whole).expect("memory can be written");
            file(&encoder.finish().expect("memory can be written"))
        }
        ReferenceSource::Stream { step, fails } => {
            let (head, rest) = whole.split_at(HEADER.len() + text.len() / 3);
            let rest = Box::new(Trickle { bytes: Cursor::new(rest.to_vec()), step, fails });
            let head = head.to_vec();
            stream(DecodedText { encoding, has_lone_returns: false, head, is_whole: false, rest })
        }
        ReferenceSource::Utf16 => {
            let units = text_of(&whole).encode_utf16();
            let marked: Vec<u8> = [0xfeff].into_iter().chain(units).flat_map(u16::to_le_bytes).collect();
            let decoded =
                decode::open(Box::new(Cursor::new(marked)), Compression::None).expect("memory can be read");
            encoding = decoded.encoding;
            (rows_at, source_rows_at) = (HEADER.len(), 2 + 2 * HEADER.len() as u64);
            stream(decoded)
        }
    };
    let csv_format =
        CsvFormat { delimiter: format.delimiter, record_bytes: format.record_bytes, field_count: None };
    let fingerprint = match &source {
        TextSource::Path(path) => Some(Fingerprint::of(&path.metadata().expect("it was just written"))),
        TextSource::Stream(_) => None,
    };
    Input {
        name: InputName { file: "reference".to_owned(), sheet: None },
        layout: Layout {
            dialect: &dialect::builtin()[0],
            columns: format.columns(),
            header: vec![String::new(); format.fields],
            folder_columns: Vec::new(),
            in_folders: Vec::new(),
            on_demand: Vec::new(),
        },
        by: DiscoveredBy::Name,
        archive: None,
        fingerprint,
        format: InputFormat::Text(TextFormat {
            source,
            compression,
            encoding,
            has_lone_returns: false,
            csv_format,
            rows_at,
            source_rows_at,
            rows_line: 3,
            has_rows: true,
        }),
    }
}

/// What the block reader must make of a text behind [`HEADER`].
fn expected(text: &[u8], format: ReferenceFormat, source: ReferenceSource) -> PlacedRecords {
    let offset = |at: usize| match source {
        ReferenceSource::Utf16 => 2 * (1 + HEADER.len() + text_of(&text[..at]).encode_utf16().count()),
        ReferenceSource::File | ReferenceSource::Gzip | ReferenceSource::Stream { .. } => HEADER.len() + at,
    };
    let projected = |outcome| match outcome {
        RecordOutcome::Row(fields) => {
            let cell = |column: Option<usize>| column.map_or(Vec::new(), |field| fields[field].clone());
            RecordOutcome::Row(format.columns().into_iter().map(cell).collect())
        }
        other => other,
    };
    let place = |at, line| RowPlace { row: line + 2, byte_offset: Some(offset(at) as u64) };
    sequential(text, format)
        .into_iter()
        .map(|(at, line, outcome)| (place(at, line), projected(outcome)))
        .collect()
}

/// Bytes that must be UTF-8.
fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("only text is put into UTF-16")
}

/// Reads arbitrary bytes with both readers. The first eight bytes say how the text is read, the rest is the text.
///
/// # Panics
/// The readers differ.
pub(crate) fn assert_agree(data: &[u8]) {
    let Some((how, text)) = data.split_first_chunk() else { return };
    let [delimiter, bytes, bytes_shift, fields, source, block, workers, _] = how.map(usize::from);
    let format = ReferenceFormat {
        delimiter: b",;\t|"[delimiter % 4],
        record_bytes: (2 + bytes) << (bytes_shift % 13),
        fields: 1 + fields % 8,
        used: how[7],
    };
    let setup = ReaderSetup { threads: 1 + workers % 4, block_bytes: (1 + block) << (workers / 4 % 5) };
    let source = match source % 16 {
        0 => ReferenceSource::File,
        1 => ReferenceSource::Gzip,
        2..=5 if std::str::from_utf8(text).is_ok() => ReferenceSource::Utf16,
        step => ReferenceSource::Stream { step, fails: false },
    };
    let mut files = Vec::new();
    let (records, input_errors) = by_blocks(&[input(text, format, source, &mut files)], setup);
    assert_eq!(input_errors, [], "{format:?} {source:?} {setup:?}");
    assert_eq!(records, [expected(text, format, source)], "{format:?} {source:?} {setup:?}");
}
