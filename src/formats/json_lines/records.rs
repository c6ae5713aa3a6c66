//! Splits a text into the records of JSON: lines, or objects. Comes in: a stream of UTF-8. Goes out: the text of each record, with its
//! line and offset. It reads no member.
//!
//! **Memory**: a record, at most [`limits::RECORD_BYTES`], and one block.

use std::io::{self, Read};

use crate::base::limits;
use crate::base::place::RowPlace;
use crate::diagnostics::error::InputErrorCode;
use crate::formats::csv::{OffsetUnit, count_lines};

/// How objects stand in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonForm {
    /// One object a line.
    Lines,
    /// Objects behind each other, each perhaps over several lines.
    Objects,
    /// An array of objects.
    Array,
}

impl JsonForm {
    /// The form, for people.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            JsonForm::Lines => "JSON lines",
            JsonForm::Objects => "JSON objects over several lines",
            JsonForm::Array => "a JSON array of objects",
        }
    }
}

/// A record.
#[derive(Debug, Clone, Copy)]
pub(super) struct JsonRecord<'b> {
    /// **Absent**: the record is longer than [`limits::RECORD_BYTES`].
    pub(super) text: Option<&'b [u8]>,
    pub(super) place: RowPlace,
}

/// Why a text cannot be split any further.
#[derive(Debug)]
pub(super) enum RecordsError {
    /// The stream cannot be read.
    Io(io::Error),
    /// The text is no array or sequence of objects from here on.
    Damaged(InputErrorCode, String),
}

impl From<io::Error> for RecordsError {
    fn from(error: io::Error) -> RecordsError {
        RecordsError::Io(error)
    }
}

/// Bytes that are read at once.
const READ_BYTES: usize = 256 << 10;

/// Reads records in order.
pub(super) struct RecordReader {
    source: Box<dyn Read + Send>,
    form: JsonForm,
    offset_unit: OffsetUnit,
    buffer: Vec<u8>,
    /// Where the next record, or what stands before it, begins in `buffer`.
    at: usize,
    /// Where the bytes that were read end.
    end: usize,
    has_ended: bool,
    /// Line and source offset of `at`.
    line: u64,
    offset: u64,
    array: ArrayState,
}

/// Where in an array of objects a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ArrayState {
    /// Before `[`.
    Before,
    /// Behind `[`.
    First,
    /// Behind an object.
    BehindObject,
    /// Behind a comma.
    BehindComma,
    /// Behind `]`.
    Behind,
}

/// Whether a record is complete.
enum Scanned {
    /// It ends here, from its beginning on.
    End(usize),
    /// More bytes are needed.
    Open,
}

/// Finds the end of an object, over several buffers.
#[derive(Debug, Clone, Copy, Default)]
struct ObjectScan {
    /// Bytes of the object that were scanned.
    scanned: usize,
    depth: usize,
    in_string: bool,
}

impl ObjectScan {
    /// Scans on in `text`, which begins with the object. A byte behind the scanned ones is scanned again, if an escape is cut.
    fn scan(&mut self, text: &[u8]) -> Scanned {
        loop {
            let rest = &text[self.scanned..];
            if self.in_string {
                let Some(at) = memchr::memchr2(b'"', b'\\', rest) else {
                    self.scanned = text.len();
                    return Scanned::Open;
                };
                if rest[at] == b'"' {
                    self.in_string = false;
                    self.scanned += at + 1;
                } else if at + 1 < rest.len() {
                    self.scanned += at + 2;
                } else {
                    self.scanned += at;
                    return Scanned::Open;
                }
                continue;
            }
            let Some(at) = memchr::memchr3(b'"', b'{', b'}', rest) else {
                self.scanned = text.len();
                return Scanned::Open;
            };
            self.scanned += at + 1;
            match rest[at] {
                b'"' => self.in_string = true,
                b'{' => self.depth += 1,
                _ => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Scanned::End(self.scanned);
                    }
                }
            }
        }
    }
}

impl RecordReader {
    /// Reads from the first byte of a text on. A byte order mark is passed over.
    pub(super) fn new(source: Box<dyn Read + Send>, form: JsonForm, offset_unit: OffsetUnit) -> RecordReader {
        // The decoder of UTF-16 has removed the byte order mark.
        let offset = if offset_unit == OffsetUnit::Utf16 { 2 } else { 0 };
        RecordReader {
            source,
            form,
            offset_unit,
            buffer: Vec::new(),
            at: 0,
            end: 0,
            has_ended: false,
            line: 1,
            offset,
            array: ArrayState::Before,
        }
    }

    /// The next record. `None` at the end of the text.
    ///
    /// # Errors
    /// The stream cannot be read, or the text is no array or sequence of objects.
    pub(super) fn next(&mut self) -> Result<Option<JsonRecord<'_>>, RecordsError> {
        if self.offset == 0 && self.at == 0 && self.line == 1 {
            self.skip_mark()?;
        }
        let (start, end, place) = match self.form {
            JsonForm::Lines => match self.next_line()? {
                Some(found) => found,
                None => return Ok(None),
            },
            JsonForm::Objects | JsonForm::Array => {
                if !self.advance_to_object()? {
                    return Ok(None);
                }
                self.next_object()?
            }
        };
        let text = (start < end).then(|| &self.buffer[start..end]);
        Ok(Some(JsonRecord { text, place }))
    }

    fn place(&self) -> RowPlace {
        RowPlace { row: self.line, byte_offset: Some(self.offset) }
    }

    /// Passes over the byte order mark of UTF-8.
    fn skip_mark(&mut self) -> Result<(), RecordsError> {
        while self.end < 3 && self.fill()? {}
        if self.buffer[..self.end].starts_with(b"\xef\xbb\xbf") {
            self.pass(3);
        }
        Ok(())
    }

    /// Moves behind the next `count` bytes.
    fn pass(&mut self, count: usize) {
        let text = &self.buffer[self.at..self.at + count];
        self.line += count_lines(text);
        self.offset += self.offset_unit.source_bytes(text);
        self.at += count;
    }

    /// Reads more bytes behind those that are there; bytes before `at` are dropped. Returns whether there were any.
    fn fill(&mut self) -> Result<bool, RecordsError> {
        if self.has_ended {
            return Ok(false);
        }
        if self.at > 0 {
            self.buffer.copy_within(self.at..self.end, 0);
            (self.at, self.end) = (0, self.end - self.at);
        }
        if self.buffer.len() < self.end + READ_BYTES {
            self.buffer.resize(self.end + READ_BYTES, 0);
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.has_ended = true;
                    return Ok(false);
                }
                Ok(count) => {
                    self.end += count;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The next line that is not blank: where it stands in the buffer, and its place. A line that is too long is an empty range.
    fn next_line(&mut self) -> Result<Option<(usize, usize, RowPlace)>, RecordsError> {
        let mut scanned = 0;
        loop {
            let rest = &self.buffer[self.at + scanned..self.end];
            let found = memchr::memchr(b'\n', rest).map(|at| scanned + at);
            let length = match found {
                Some(length) => length,
                None => {
                    scanned = self.end - self.at;
                    if scanned > limits::RECORD_BYTES {
                        return self.skip_line().map(Some);
                    }
                    if self.fill()? {
                        continue;
                    }
                    if scanned == 0 {
                        return Ok(None);
                    }
                    scanned
                }
            };
            let (start, place) = (self.at, self.place());
            let end = start + length;
            self.pass(length + usize::from(found.is_some()));
            if length > limits::RECORD_BYTES {
                return Ok(Some((start, start, place)));
            }
            if !self.buffer[start..end].trim_ascii().is_empty() {
                return Ok(Some((start, end, place)));
            }
            scanned = 0;
        }
    }

    /// Passes over a line that is too long.
    fn skip_line(&mut self) -> Result<(usize, usize, RowPlace), RecordsError> {
        let place = self.place();
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[self.at..self.end]) {
                self.pass(at + 1);
                break;
            }
            self.pass(self.end - self.at);
            if !self.fill()? {
                break;
            }
        }
        Ok((0, 0, place))
    }

    /// Passes over what stands between objects. Returns whether an object follows.
    fn advance_to_object(&mut self) -> Result<bool, RecordsError> {
        loop {
            let rest = &self.buffer[self.at..self.end];
            let Some(blanks) = rest.iter().position(|byte| !byte.is_ascii_whitespace()) else {
                self.pass(rest.len());
                if self.fill()? {
                    continue;
                }
                return self.end_of_text();
            };
            let byte = rest[blanks];
            self.pass(blanks);
            self.array = match (self.form, self.array, byte) {
                (JsonForm::Objects, _, b'{') => return Ok(true),
                (JsonForm::Array, ArrayState::First | ArrayState::BehindComma, b'{') => return Ok(true),
                (JsonForm::Array, ArrayState::Before, b'[') => ArrayState::First,
                (JsonForm::Array, ArrayState::BehindObject, b',') => ArrayState::BehindComma,
                (JsonForm::Array, ArrayState::First | ArrayState::BehindObject, b']') => ArrayState::Behind,
                (JsonForm::Lines | JsonForm::Objects | JsonForm::Array, ..) => {
                    return Err(self.damaged("something else than the next object, or the end, follows"));
                }
            };
            self.pass(1);
        }
    }

    /// Ends the text between two objects.
    fn end_of_text(&self) -> Result<bool, RecordsError> {
        if self.form == JsonForm::Array && self.array != ArrayState::Behind {
            let message =
                format!("the array of objects has no end: the text ends on line {}; {AGAIN}", self.line);
            return Err(RecordsError::Damaged(InputErrorCode::Truncated, message));
        }
        Ok(false)
    }

    fn damaged(&self, what: &str) -> RecordsError {
        let message = format!("the JSON is damaged: on line {} {what}; {AGAIN}", self.line);
        RecordsError::Damaged(InputErrorCode::Corrupt, message)
    }

    /// The object that begins at `at`: where it stands in the buffer, and its place. An object that is too long is an empty range.
    fn next_object(&mut self) -> Result<(usize, usize, RowPlace), RecordsError> {
        let place = self.place();
        let (mut scan, mut is_too_long) = (ObjectScan::default(), false);
        loop {
            if let Scanned::End(length) = scan.scan(&self.buffer[self.at..self.end]) {
                let start = self.at;
                self.pass(length);
                self.array = ArrayState::BehindObject;
                let is_too_long = is_too_long || length > limits::RECORD_BYTES;
                return Ok((start, if is_too_long { start } else { start + length }, place));
            }
            if self.end - self.at > limits::RECORD_BYTES {
                // What was scanned is not wanted any more.
                is_too_long = true;
                self.pass(scan.scanned);
                scan.scanned = 0;
            }
            if !self.fill()? {
                let message =
                    format!("the text ends inside of the object that begins on line {}; {AGAIN}", place.row);
                return Err(RecordsError::Damaged(InputErrorCode::Truncated, message));
            }
        }
    }
}

/// What people are told to do about a text that is cut or damaged.
const AGAIN: &str = "export or download the file again";

#[cfg(test)]
mod tests;
