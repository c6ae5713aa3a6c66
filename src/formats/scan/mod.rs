//! The fast reader of delimited text: finds quotes, delimiters and line ends 64 bytes at a time, as bit masks, and skips to
//! the fields that are wanted without visiting the others. Comes in: a block of text. Goes out: a [`RecordIndex`].
//!
//! It handles what is usual. A record with a NUL, a quote where none should be, another number of fields than the header, or
//! too great a length is handed to the plain reader (`delimited.rs`), its twin, record by record: both give the same rows, which
//! tests hold them to on arbitrary bytes.

mod masks;
#[cfg(test)]
mod tests;

use super::delimited::Field;
use super::record_ends::Splitting;

pub(crate) use masks::index;

/// What the scanner must know of a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    splitting: Splitting,
    /// Fields of the header.
    expected: usize,
    /// For each slot, its field. **Absent**: the file lacks the column.
    columns: Vec<Option<usize>>,
}

impl Wanted {
    /// For rows of `expected` fields, of which `columns` gives for each slot the field to read.
    pub(crate) fn new(columns: &[Option<usize>], expected: usize, splitting: Splitting) -> Wanted {
        Wanted { splitting, expected, columns: columns.to_vec() }
    }

    /// How records are split.
    pub(crate) fn splitting(&self) -> Splitting {
        self.splitting
    }

    /// Fields of the header.
    pub(crate) fn expected(&self) -> usize {
        self.expected
    }
}

/// Where the records of a text are, and the fields of each that is usual. It is used again and again, so that its memory is
/// asked for once.
#[derive(Debug, Default)]
pub(crate) struct RecordIndex {
    /// Of each usual record, where its delimiters and its line end are. Past those of the last record stands anything.
    places: Vec<u32>,
    records: Vec<Record>,
    lines: u64,
}

/// A field as it stands, with its quotes: its first byte, and the one past its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A record of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Record {
    start: u32,
    /// Before its line end. [`PLAIN`]: the plain reader must read it.
    end: u32,
    /// Which place is its first.
    first: u32,
}

/// In place of a record's end: the plain reader must read it.
const PLAIN: u32 = u32::MAX;

/// Some records of an index: usual ones that follow each other, or one that the plain reader must read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Indexed<'i> {
    /// The marks of their wanted fields.
    Usual(Marks<'i>),
    /// To be read by the plain reader; it begins here.
    Plain(usize),
}

/// The marks of usual records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks<'i> {
    wanted: &'i Wanted,
    records: &'i [Record],
    places: &'i [u32],
}

impl Marks<'_> {
    /// How many records.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// The first byte of a record.
    pub(crate) fn start(&self, record: usize) -> usize {
        self.records[record].start as usize
    }

    /// First and past-the-last byte of a field as it stands, with its quotes. `None`: the file lacks the column.
    #[inline]
    pub(crate) fn raw(&self, record: usize, slot: usize) -> Option<(usize, usize)> {
        let column = self.wanted.columns[slot]?;
        let Record { start, end, first } = self.records[record];
        let place = |delimiter: usize| self.places[first as usize + delimiter] as usize;
        let start = if column == 0 { start as usize } else { place(column - 1) + 1 };
        let end = if column + 1 == self.wanted.expected { end as usize } else { place(column) };
        Some((start, end))
    }

    /// The fields of all records, column by column, into `spans`: those of a slot stand together, in as many places as there may be
    /// records. Fields of a column that the file lacks are empty.
    pub(crate) fn spans(&self, most: usize, spans: &mut Vec<Span>) {
        spans.resize(self.wanted.columns.len() * most, Span::default());
        for (slot, spans) in self.wanted.columns.iter().zip(spans.chunks_exact_mut(most)) {
            let records = self.records.iter().zip(spans);
            match slot {
                None => records.for_each(|(_, span)| *span = Span::default()),
                Some(0) => records.for_each(|(record, span)| {
                    span.start = record.start;
                    span.end = if self.wanted.expected == 1 {
                        record.end
                    } else {
                        self.places[record.first as usize]
                    };
                }),
                Some(column) if column + 1 == self.wanted.expected => records.for_each(|(record, span)| {
                    span.start = self.places[record.first as usize + column - 1] + 1;
                    span.end = record.end;
                }),
                Some(column) => records.for_each(|(record, span)| {
                    let before = record.first as usize + column - 1;
                    let Some([start, end]) = self.places[before..].first_chunk() else {
                        unreachable!("a usual record has all its places");
                    };
                    *span = Span { start: start + 1, end: *end };
                }),
            }
        }
    }

    /// The wanted fields of a record, each with its slot.
    #[inline]
    pub(crate) fn fields(&self, record: usize, text: &[u8], mut each: impl FnMut(usize, Field)) {
        for slot in 0..self.wanted.columns.len() {
            let Some((start, end)) = self.raw(record, slot) else { continue };
            let field = if text.get(start) == Some(&b'"') && start < end {
                let (start, end) = (start + 1, end - 1);
                let doubled = memchr::memchr(b'"', &text[start..end]).is_some();
                Field { start, end, doubled }
            } else {
                Field { start, end, doubled: false }
            };
            each(slot, field);
        }
    }
}

impl RecordIndex {
    /// Forgets what it holds, and has room for so many places.
    fn begin(&mut self, places: usize) {
        self.records.clear();
        self.lines = 0;
        if self.places.len() < places {
            self.places = vec![0; places];
        }
    }

    /// Line ends between the start and the end of what was indexed.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    /// Its records, in order, of usual ones at most `most` at once.
    pub(crate) fn runs<'i>(&'i self, wanted: &'i Wanted, most: usize) -> impl Iterator<Item = Indexed<'i>> {
        let mut rest = self.records.as_slice();
        std::iter::from_fn(move || {
            let first = rest.first()?;
            if first.end == PLAIN {
                rest = &rest[1..];
                return Some(Indexed::Plain(first.start as usize));
            }
            let usual = rest.iter().take(most).take_while(|record| record.end != PLAIN).count();
            let (records, after) = rest.split_at(usual);
            rest = after;
            Some(Indexed::Usual(Marks { wanted, records, places: &self.places }))
        })
    }
}
