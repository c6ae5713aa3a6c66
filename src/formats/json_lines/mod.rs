//! JSON: one object a line, objects behind each other, or an array of objects. Comes in: a text in UTF-8. Goes out: its keys; then a row
//! for each object, with the wanted values at their places. It does not know what a column means.
//!
//! The path of a row: [`records`] splits the text, [`object`] reads the members of an object, [`keys`] finds the columns of a key, and
//! [`batch`] holds the rows. A column may have another of its names in each object, and an object that lacks a key has a blank cell.

mod batch;
mod keys;
mod object;
mod records;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use self::batch::JsonBatch;
use self::keys::{KeyOutcome, KeyTable};
use self::object::{JsonValue, MemberSink, ObjectFault, read_object, with_quoted_words};
use self::records::{JsonRecord, RecordReader, RecordsError};
use super::csv::OffsetUnit;
use super::decode::{self, Compression, Encoding};
use super::input::{Input, JsonFormat};
use super::row::{BadRecord, BadShape, Origin};
use super::scheduler::RowSink;
use crate::base::limits;
use crate::base::place::RowPlace;
use crate::config::dialect::{Layout, normalise};
use crate::diagnostics::error::InputErrorCode;
use crate::diagnostics::reject::RejectCode;

pub(super) use self::records::JsonForm;

/// Why JSON cannot be read.
pub(super) enum JsonError {
    /// The stream cannot be read.
    Io(io::Error),
    /// The text is cut or damaged; a message for people.
    Damaged(InputErrorCode, String),
    /// Refused rows cannot be kept.
    Sink(io::Error),
}

impl From<RecordsError> for JsonError {
    fn from(error: RecordsError) -> JsonError {
        match error {
            RecordsError::Io(error) => JsonError::Io(error),
            RecordsError::Damaged(code, message) => JsonError::Damaged(code, message),
        }
    }
}

impl JsonError {
    /// The code and message, for people.
    pub(super) fn fault(self, compression: Compression) -> (InputErrorCode, String) {
        match self {
            JsonError::Io(error) => decode::read_error(&error, compression),
            JsonError::Damaged(code, message) => (code, message),
            JsonError::Sink(error) => {
                (InputErrorCode::OutputFolder, format!("refused rows cannot be kept: {error}"))
            }
        }
    }
}

/// Whether a text begins like an object, or like an array of objects.
pub(super) fn begins(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let behind = |open: u8| text.strip_prefix(&[open]).map(|rest| rest.trim_ascii_start().first());
    match (behind(b'{'), behind(b'[')) {
        (Some(first), _) => matches!(first, Some(b'"' | b'}') | None),
        (None, Some(first)) => matches!(first, Some(b'{' | b']') | None),
        (None, None) => false,
    }
}

/// How objects stand in a text that begins like one. `head` holds the first bytes of the text.
pub(super) fn form(head: &[u8]) -> JsonForm {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if text.starts_with(b"[") {
        return JsonForm::Array;
    }
    let is_object = |text: &[u8]| object_keys(text, &mut |_| {});
    let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or(text);
    if is_object(first_line) {
        return JsonForm::Lines;
    }
    let mut objects =
        RecordReader::new(Box::new(io::Cursor::new(text.to_vec())), JsonForm::Objects, OffsetUnit::Byte);
    match objects.next() {
        Ok(Some(JsonRecord { text: Some(text), .. })) if text.contains(&b'\n') && is_object(text) => {
            JsonForm::Objects
        }
        // The first line is cut or damaged.
        Ok(_) | Err(_) => JsonForm::Lines,
    }
}

/// The keys of the objects of a text: each once, by the form in which names are compared, in the order in which they come first.
#[derive(Debug, Default)]
pub(super) struct ObjectKeys {
    pub(super) names: Vec<String>,
    compared: std::collections::BTreeSet<String>,
    /// Keys as they stand, so that few are brought into the compared form.
    verbatim: std::collections::HashSet<String>,
    /// Whether there is any record, object or not.
    pub(super) has_records: bool,
    /// Whether there are more keys than a table has.
    pub(super) is_too_many: bool,
}

impl ObjectKeys {
    fn add(&mut self, key: &str) {
        if self.verbatim.contains(key) || self.is_too_many {
            return;
        }
        self.is_too_many = self.verbatim.len() >= limits::JSON_KEYS;
        self.verbatim.insert(key.to_owned());
        if self.compared.insert(normalise(key)) {
            self.names.push(key.to_owned());
        }
    }
}

/// The keys of all objects of a text. Records that are no objects are passed over: reading reports them.
///
/// # Errors
/// The text cannot be read, or is cut or damaged.
pub(super) fn keys(
    text: Box<dyn Read + Send>,
    form: JsonForm,
    encoding: Encoding,
    keys: &mut ObjectKeys,
) -> Result<(), JsonError> {
    let mut records = RecordReader::new(text, form, OffsetUnit::of(encoding));
    while let Some(record) = records.next()? {
        keys.has_records = true;
        let Some(text) = record.text else { continue };
        // The keys of a cut object count too: they are names of columns.
        object_keys(text, &mut |key| keys.add(key));
    }
    Ok(())
}

/// Gives the keys of an object to `each`. Returns whether the text is an object.
fn object_keys(text: &[u8], each: &mut dyn FnMut(&str)) -> bool {
    struct Keys<'e>(&'e mut dyn FnMut(&str));
    impl MemberSink for Keys<'_> {
        fn key(&mut self, key: &str) -> Option<bool> {
            (self.0)(key);
            Some(false)
        }

        fn value(&mut self, _: JsonValue<'_>) {}
    }
    match read_object(text, &mut Keys(each)) {
        Ok(()) => true,
        Err(ObjectFault::Malformed) => {
            with_quoted_words(text).is_some_and(|quoted| read_object(&quoted, &mut Keys(each)).is_ok())
        }
        Err(ObjectFault::BadText | ObjectFault::Ended) => false,
    }
}

/// Batches after which a block ends, since rejects are spilled at the end of a block.
const BLOCK_BATCHES: u64 = 16;

/// Gives a row for each object of an input, which has this index, to the sink.
///
/// # Errors
/// The file cannot be read, has changed, or is cut or damaged; or refused rows cannot be kept.
pub(super) fn read_objects<S: RowSink>(
    json: &JsonFormat,
    (index, input): (usize, &Input<'_>),
    progress: &Arc<AtomicU64>,
    sink: &mut S,
) -> Result<(), JsonError> {
    let fingerprint = input.fingerprint.expect("a file has a fingerprint");
    let file = File::open(&json.path).map_err(JsonError::Io)?;
    fingerprint.check(&file).map_err(JsonError::Io)?;
    let handle = file.try_clone().map_err(JsonError::Io)?;
    let text = decode::open_handle(handle, json.compression, progress).map_err(JsonError::Io)?;
    let read = read_text(text.from(0), (json.form, json.encoding), (index, &input.layout), sink);
    // Data that a change has spoilt look damaged.
    fingerprint.check(&file).map_err(JsonError::Io).and(read)
}

/// Gives a row for each object of a text to the sink, for the input with index `input`.
fn read_text<S: RowSink>(
    text: Box<dyn Read + Send>,
    (form, encoding): (JsonForm, Encoding),
    (input, layout): (usize, &Layout<'_>),
    sink: &mut S,
) -> Result<(), JsonError> {
    let mut records = RecordReader::new(text, form, OffsetUnit::of(encoding));
    let mut rows = RowBuilder::new(layout);
    let mut blocks = 0;
    sink.begin(input, blocks);
    let read = loop {
        match records.next() {
            Ok(Some(record)) => rows.record(&record, sink),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error.into()),
        }
        if rows.batches >= BLOCK_BATCHES {
            rows.batches = 0;
            blocks += 1;
            sink.end().map_err(JsonError::Sink)?;
            sink.begin(input, blocks);
        }
    };
    rows.flush(sink);
    sink.end().map_err(JsonError::Sink)?;
    read
}

/// Makes rows of records.
struct RowBuilder<'l> {
    keys: KeyTable<'l>,
    batch: JsonBatch,
    /// Batches that the sink has taken in this block.
    batches: u64,
    /// The entry of the last key.
    entry: usize,
    fault: Option<BadShape>,
}

impl MemberSink for RowBuilder<'_> {
    fn key(&mut self, key: &str) -> Option<bool> {
        match self.keys.take(key) {
            KeyOutcome::Wanted(entry) => {
                self.entry = entry;
                Some(true)
            }
            KeyOutcome::Ignored => Some(false),
            KeyOutcome::Twice => {
                self.fault = Some(BadShape::KeyTwice);
                None
            }
        }
    }

    fn value(&mut self, value: JsonValue<'_>) {
        for column in self.keys.columns(self.entry) {
            if self.batch.put(column.slot, column.rank, &value) {
                self.fault = self.fault.or(Some(BadShape::KeyTwice));
            } else if value == JsonValue::Nested {
                self.fault = self.fault.or(Some(BadShape::NestedValue));
            }
        }
    }
}

impl<'l> RowBuilder<'l> {
    fn new(layout: &'l Layout<'l>) -> RowBuilder<'l> {
        RowBuilder {
            keys: KeyTable::new(layout),
            batch: JsonBatch::new(layout.columns.len()),
            batches: 0,
            entry: 0,
            fault: None,
        }
    }

    /// Takes a record: a row of the batch, or a bad record.
    fn record<S: RowSink>(&mut self, record: &JsonRecord<'_>, sink: &mut S) {
        let Some(text) = record.text else {
            return self.bad(record.place, (RejectCode::RecordTooLong, BadShape::CodeOnly), sink);
        };
        let mut read = self.object(text);
        if read == Err(ObjectFault::Malformed)
            && let Some(quoted) = with_quoted_words(text)
        {
            read = self.object(&quoted);
        }
        let fault = match (read, self.fault) {
            (Ok(()) | Err(ObjectFault::Ended), Some(shape)) => (RejectCode::BadJson, shape),
            (Ok(()), None) => {
                self.batch.end_row(record.place);
                if self.batch.is_full() {
                    self.flush(sink);
                }
                return;
            }
            (Err(ObjectFault::BadText), _) => (RejectCode::BadText, BadShape::CodeOnly),
            (Err(ObjectFault::Malformed | ObjectFault::Ended), _) if memchr::memchr(0, text).is_some() => {
                (RejectCode::NulByte, BadShape::CodeOnly)
            }
            (Err(ObjectFault::Malformed | ObjectFault::Ended), _) => {
                (RejectCode::BadJson, BadShape::NoObject)
            }
        };
        self.bad(record.place, fault, sink);
    }

    /// Reads an object into the row that is being built.
    fn object(&mut self, text: &[u8]) -> Result<(), ObjectFault> {
        self.keys.begin_object();
        self.batch.begin_row();
        self.fault = None;
        read_object(text, self)
    }

    /// Gives a bad record to the sink, behind the rows before it.
    fn bad<S: RowSink>(&mut self, place: RowPlace, (code, shape): (RejectCode, BadShape), sink: &mut S) {
        self.flush(sink);
        sink.bad_record(&BadRecord { at: Origin::Place(place), code, shape });
        self.batches += 1;
    }

    /// Gives the rows of the batch to the sink.
    fn flush<S: RowSink>(&mut self, sink: &mut S) {
        if !self.batch.is_empty() {
            self.batch.pad();
            sink.batch(&self.batch);
            self.batches += 1;
        }
        self.batch.clear();
    }
}
