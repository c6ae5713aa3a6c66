//! The twin of the block reader: the rules of delimited text, followed byte by byte by one sequential reader that shares no
//! code with it. Both must see the same rows, fields, lines, byte offsets and codes, whatever the bytes, the blocks, the
//! threads and the kind of source. For tests and fuzz targets.

use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, LazyLock, Mutex};

use super::open::{self, Compression, Encoding, OpenText};
use super::read::{ReadOptions, RowSink, read_rows};
use super::recognise::{Format, Input, TextFormat, TextSource};
use super::record_ends::Splitting;
use super::row::{BadRecord, Found, Row};
use super::stamp::Stamp;
use crate::base::place::{InputName, RowPlace};
use crate::config::dialect::{self, Layout};
use crate::diagnostics::error::InputErrorCode;
use crate::diagnostics::reject::RejectCode;

#[cfg(test)]
mod tests;

/// What a reader sees of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Row(Vec<Vec<u8>>),
    Ragged(usize),
    Bad(RejectCode),
}

/// Records with the index of their first byte in the text, and their line.
type Records = Vec<(usize, u64, Seen)>;

/// The rules of a text.
#[derive(Debug, Clone, Copy)]
struct Rules {
    delimiter: u8,
    record_bytes: usize,
    fields: usize,
    /// The fields that are used, as bits; the dialect names them from the last to the first.
    used: u8,
}

impl Rules {
    fn columns(self) -> Vec<Option<usize>> {
        (0..self.fields).rev().map(|field| (self.used >> field & 1 == 1).then_some(field)).collect()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    FieldStart,
    Unquoted,
    Quoted,
    /// After a quote inside a quoted field: it closes, unless another one follows.
    QuoteInQuoted,
    /// Text after a closing quote.
    Bad,
}

/// What one sequential reader sees.
fn sequential(text: &[u8], rules: Rules) -> Records {
    let (mut records, mut at, mut line) = (Vec::new(), 0, 1);
    while at < text.len() {
        let (seen, end) = record(text, at, rules);
        records.extend(seen.map(|seen| (at, line, seen)));
        line += text[at..end].iter().filter(|b| **b == b'\n').count() as u64;
        at = end;
    }
    records
}

/// The record that begins at `start`, unless that line is blank; and where reading goes on.
fn record(text: &[u8], start: usize, rules: Rules) -> (Option<Seen>, usize) {
    if text[start] == b'\n' {
        return (None, start + 1);
    }
    if text[start..].starts_with(b"\r\n") {
        return (None, start + 2);
    }
    let refused = |code| {
        let lf = text[start..].iter().position(|b| *b == b'\n');
        (Some(Seen::Bad(code)), lf.map_or(text.len(), |lf| start + lf + 1))
    };
    let (mut fields, mut field) = (Vec::new(), Vec::new());
    let (mut state, mut is_bad, mut at) = (State::FieldStart, false, start);
    let next = loop {
        if at - start == rules.record_bytes {
            return refused(if state == State::Quoted {
                RejectCode::UnclosedQuote
            } else {
                RejectCode::RecordTooLong
            });
        }
        let Some(byte) = text.get(at).copied() else {
            if state == State::Quoted {
                return refused(RejectCode::UnclosedQuote);
            }
            break at;
        };
        at += 1;
        state = match (state, byte) {
            (State::FieldStart, b'"') => State::Quoted,
            (State::Quoted, b'"') => State::QuoteInQuoted,
            (State::Quoted, _) => {
                field.push(byte);
                State::Quoted
            }
            (State::QuoteInQuoted, b'"') => {
                field.push(byte);
                State::Quoted
            }
            (_, b'\n') => {
                if state == State::Unquoted && field.last() == Some(&b'\r') {
                    field.pop();
                }
                break at;
            }
            (_, byte) if byte == rules.delimiter => {
                fields.push(std::mem::take(&mut field));
                State::FieldStart
            }
            // The CR of a CRLF: the LF is the next byte.
            (State::QuoteInQuoted, b'\r') if text.get(at) == Some(&b'\n') => State::QuoteInQuoted,
            (State::QuoteInQuoted | State::Bad, _) => {
                is_bad = true;
                State::Bad
            }
            (State::FieldStart | State::Unquoted, _) => {
                field.push(byte);
                State::Unquoted
            }
        };
    };
    fields.push(field);
    let seen = if text[start..next].contains(&0) {
        Seen::Bad(RejectCode::NulByte)
    } else if is_bad {
        Seen::Bad(RejectCode::BadQuote)
    } else if fields.len() != rules.fields {
        Seen::Ragged(fields.len())
    } else {
        Seen::Row(fields)
    };
    (Some(seen), next)
}

/// Records with their place in the source.
type Placed = Vec<(RowPlace, Seen)>;

/// Keeps all that it is given, with the input and block it came from.
#[derive(Default)]
struct Keep {
    kept: Vec<((usize, u64), Placed)>,
}

impl RowSink for Keep {
    fn begin(&mut self, input: usize, block: u64) {
        self.kept.push(((input, block), Vec::new()));
    }

    fn row(&mut self, row: &Row<'_>) {
        let cells = row.cells.iter().map(|cell| cell.bytes.to_vec()).collect();
        self.kept.last_mut().expect("a block has begun").1.push((row.at.place(), Seen::Row(cells)));
    }

    fn bad_record(&mut self, bad: &BadRecord<'_>) {
        let seen = match bad.found {
            Found::Plain => Seen::Bad(bad.code),
            Found::Fields { found, .. } => Seen::Ragged(found),
        };
        self.kept.last_mut().expect("a block has begun").1.push((bad.at.place(), seen));
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Four threads, whatever the machine has.
static POOL: LazyLock<rayon::ThreadPool> =
    LazyLock::new(|| rayon::ThreadPoolBuilder::new().num_threads(4).build().expect("threads start"));

/// How a reader is started.
#[derive(Debug, Clone, Copy)]
struct How {
    threads: usize,
    block_bytes: usize,
}

/// What the block reader sees of each input, in the order of blocks; and the input_errors of files.
fn by_blocks(inputs: &[Input<'_>], how: How) -> (Vec<Placed>, Vec<InputErrorCode>) {
    let options =
        ReadOptions { threads: how.threads, block_bytes: how.block_bytes, progress: Arc::default() };
    let inputs: Vec<&Input<'_>> = inputs.iter().collect();
    let (sinks, input_errors) = POOL.install(|| read_rows(&inputs, &options, Keep::default));
    let mut kept: Vec<_> = sinks.into_iter().flat_map(|sink| sink.kept).collect();
    kept.sort_by_key(|(block, _)| *block);
    let mut seen = vec![Vec::new(); inputs.len()];
    for ((input, _), records) in kept {
        seen[input].extend(records);
    }
    (seen, input_errors.into_iter().map(|fault| fault.code).collect())
}

/// Gives a few bytes at a time, then perhaps an error.
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
enum Source {
    File,
    Gzip,
    Stream { step: usize, fails: bool },
    Utf16,
}

const HEADER: &str = "a,\"b\nc\"\r\n";

/// An input of these bytes behind a header of two lines, as a text that this reader must split by `rules`. `keep` holds its
/// file for as long as it is read.
fn input(
    text: &[u8],
    rules: Rules,
    source: Source,
    keep: &mut Vec<tempfile::NamedTempFile>,
) -> Input<'static> {
    let whole = [HEADER.as_bytes(), text].concat();
    let mut encoding = Encoding::Utf8;
    let mut compression = Compression::None;
    let (mut rows_at, mut source_rows_at) = (HEADER.len(), HEADER.len() as u64);
    let mut file = |bytes: &[u8]| {
        let mut file = tempfile::NamedTempFile::new().expect("temporary files can be written");
        file.write_all(bytes).expect("temporary files can be written");
        let path = file.path().to_path_buf();
        keep.push(file);
        TextSource::Path(path)
    };
    let stream = |open| TextSource::Stream(Mutex::new(Some(open)));
    let source = match source {
        Source::File => file(&whole),
        Source::Gzip => {
            compression = Compression::Gzip;
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&whole).expect("memory can be written");
            file(&encoder.finish().expect("memory can be written"))
        }
        Source::Stream { step, fails } => {
            let (head, rest) = whole.split_at(HEADER.len() + text.len() / 3);
            let rest = Box::new(Trickle { bytes: Cursor::new(rest.to_vec()), step, fails });
            stream(OpenText { encoding, head: head.to_vec(), is_whole: false, rest })
        }
        Source::Utf16 => {
            let units = text_of(&whole).encode_utf16();
            let marked: Vec<u8> = [0xfeff].into_iter().chain(units).flat_map(u16::to_le_bytes).collect();
            let open =
                open::open(Box::new(Cursor::new(marked)), Compression::None).expect("memory can be read");
            encoding = open.encoding;
            (rows_at, source_rows_at) = (HEADER.len(), 2 + 2 * HEADER.len() as u64);
            stream(open)
        }
    };
    let splitting = Splitting { delimiter: rules.delimiter, record_bytes: rules.record_bytes };
    let stamp = match &source {
        TextSource::Path(path) => Some(Stamp::of(&path.metadata().expect("it was just written"))),
        TextSource::Stream(_) => None,
    };
    Input {
        name: InputName { file: "twin".to_owned(), sheet: None },
        layout: Layout {
            dialect: &dialect::builtin()[0],
            columns: rules.columns(),
            header: vec![String::new(); rules.fields],
        },
        stamp,
        format: Format::Text(TextFormat {
            source,
            compression,
            encoding,
            splitting,
            rows_at,
            source_rows_at,
            rows_line: 3,
            has_rows: true,
        }),
    }
}

/// What the block reader must see of a text behind [`HEADER`].
fn expected(text: &[u8], rules: Rules, source: Source) -> Placed {
    let offset = |at: usize| match source {
        Source::Utf16 => 2 * (1 + HEADER.len() + text_of(&text[..at]).encode_utf16().count()),
        Source::File | Source::Gzip | Source::Stream { .. } => HEADER.len() + at,
    };
    let used = |seen| match seen {
        Seen::Row(fields) => {
            let cell = |column: Option<usize>| column.map_or(Vec::new(), |field| fields[field].clone());
            Seen::Row(rules.columns().into_iter().map(cell).collect())
        }
        other => other,
    };
    let place = |at, line| RowPlace { row: line + 2, byte_offset: Some(offset(at) as u64) };
    sequential(text, rules).into_iter().map(|(at, line, seen)| (place(at, line), used(seen))).collect()
}

/// UTF-8 that the caller knows to be such.
fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("only text is put into UTF-16")
}

/// Holds both readers to the same on arbitrary bytes: the first eight say how a text is read, the rest is the text.
/// It panics if they differ.
pub(crate) fn assert_agree(data: &[u8]) {
    let Some((how, text)) = data.split_first_chunk() else { return };
    let [delimiter, bytes, bytes_shift, fields, source, block, workers, _] = how.map(usize::from);
    let rules = Rules {
        delimiter: b",;\t|"[delimiter % 4],
        record_bytes: (2 + bytes) << (bytes_shift % 13),
        fields: 1 + fields % 8,
        used: how[7],
    };
    let how = How { threads: 1 + workers % 4, block_bytes: (1 + block) << (workers / 4 % 5) };
    let source = match source % 16 {
        0 => Source::File,
        1 => Source::Gzip,
        2..=5 if std::str::from_utf8(text).is_ok() => Source::Utf16,
        step => Source::Stream { step, fails: false },
    };
    let mut keep = Vec::new();
    let (seen, input_errors) = by_blocks(&[input(text, rules, source, &mut keep)], how);
    assert_eq!(input_errors, [], "{rules:?} {source:?} {how:?}");
    assert_eq!(seen, [expected(text, rules, source)], "{rules:?} {source:?} {how:?}");
}
