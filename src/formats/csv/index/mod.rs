//! Index of the records of a block: finds quotes, delimiters and line feeds 64 bytes at a time, as bit masks, and notes the offset of
//! each delimiter, so that a field is reached by its number without visiting the fields before it. Comes in: a block of text. Goes
//! out: a [`RecordIndex`].
//!
//! This is the fast path. A record with a NUL byte, a quote inside an unquoted field, text behind a closing quote, another number of
//! fields than the header, too great a length, or lines that are rows by themselves is left to the fallback ([`super::grammar`]), record by record. Tests hold both to
//! the same rows on arbitrary bytes.

mod masks;
#[cfg(test)]
mod tests;

use super::grammar::FieldContent;
use super::record_ends::CsvFormat;

pub(crate) use masks::index;

/// Which fields of a record are read, and how records are split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Projection {
    csv_format: CsvFormat,
    /// Fields of the header.
    field_count: usize,
    /// For each slot of a row, the field of the record. **Absent**: the file lacks the column.
    columns: Vec<Option<usize>>,
    /// For each slot of a row, the field of the record whose span is filled for every record. **Absent**: none is.
    filled: Vec<Option<usize>>,
}

impl Projection {
    /// The projection of records of `field_count` fields to the fields in `columns`, one for each slot of a row.
    pub(crate) fn new(columns: &[Option<usize>], field_count: usize, csv_format: CsvFormat) -> Projection {
        let csv_format = CsvFormat { field_count: Some(field_count), ..csv_format };
        Projection { csv_format, field_count, columns: columns.to_vec(), filled: columns.to_vec() }
    }

    /// The projection, with slots whose spans are found only when a row asks for them.
    pub(crate) fn with_on_demand(mut self, slots: impl Iterator<Item = usize>) -> Projection {
        slots.for_each(|slot| self.filled[slot] = None);
        self
    }

    /// How records are split.
    pub(crate) fn csv_format(&self) -> CsvFormat {
        self.csv_format
    }

    /// Fields of the header, which every record must have.
    pub(crate) fn field_count(&self) -> usize {
        self.field_count
    }
}

/// Where the records of a text are, and the delimiters of each record on the fast path. One index serves many blocks, so that its
/// memory is allocated once.
#[derive(Debug, Default)]
pub(crate) struct RecordIndex {
    /// For each record on the fast path, the offsets of its delimiters and of its line feed. The contents past the offsets of the last
    /// record are left over from other blocks, and mean nothing.
    delimiter_offsets: Vec<u32>,
    records: Vec<IndexedRecord>,
    lines: u64,
}

/// The first byte of a field as it stands, with its quotes, and the byte past its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FieldSpan {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// One record of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct IndexedRecord {
    start: u32,
    /// Past the last byte, before the line end. [`FALLBACK`]: the fallback must read this record.
    end: u32,
    /// The position of the record's first offset in [`RecordIndex::delimiter_offsets`].
    first: u32,
}

/// In place of a record's end: the fallback must read this record.
const FALLBACK: u32 = u32::MAX;

/// Consecutive records of an index that are read the same way.
#[derive(Debug, Clone, Copy)]
pub(crate) enum IndexRun<'i> {
    /// Records whose delimiters are known.
    Fast(FastRecords<'i>),
    /// One record for the fallback, which begins at this byte.
    Fallback(usize),
}

/// Records whose delimiters are known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FastRecords<'i> {
    projection: &'i Projection,
    records: &'i [IndexedRecord],
    delimiter_offsets: &'i [u32],
}

impl FastRecords<'_> {
    /// The number of records.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// The first byte of a record.
    pub(crate) fn start(&self, record: usize) -> usize {
        self.records[record].start as usize
    }

    /// First and past-the-last byte of a field as it stands, with its quotes. `None` if the file lacks the column.
    #[inline(always)]
    pub(crate) fn span(&self, record: usize, slot: usize) -> Option<(usize, usize)> {
        let column = self.projection.columns[slot]?;
        let IndexedRecord { start, end, first } = self.records[record];
        let offset = |delimiter: usize| self.delimiter_offsets[first as usize + delimiter] as usize;
        // Field n lies between delimiters n - 1 and n; the first and the last field lie at the bounds of the record, since the last
        // offset is the line feed, which a CR may precede.
        let start = if column == 0 { start as usize } else { offset(column - 1) + 1 };
        let end = if column + 1 == self.projection.field_count { end as usize } else { offset(column) };
        Some((start, end))
    }

    /// Writes the spans of all fields into `spans`, column by column: slot s of record r is at `s * max_records + r`. Fields of a column
    /// that the file lacks, or that are found on demand, are empty.
    pub(crate) fn fill_spans(&self, max_records: usize, spans: &mut Vec<FieldSpan>) {
        spans.resize(self.projection.columns.len() * max_records, FieldSpan::default());
        for (slot, spans) in self.projection.filled.iter().zip(spans.chunks_exact_mut(max_records)) {
            let records = self.records.iter().zip(spans);
            // The cases of `FastRecords::span`, each decided once for a column instead of once for a record.
            match slot {
                None => records.for_each(|(_, span)| *span = FieldSpan::default()),
                Some(0) => records.for_each(|(record, span)| {
                    span.start = record.start;
                    span.end = if self.projection.field_count == 1 {
                        record.end
                    } else {
                        self.delimiter_offsets[record.first as usize]
                    };
                }),
                Some(column) if column + 1 == self.projection.field_count => {
                    records.for_each(|(record, span)| {
                        span.start = self.delimiter_offsets[record.first as usize + column - 1] + 1;
                        span.end = record.end;
                    });
                }
                Some(column) => records.for_each(|(record, span)| {
                    let before = record.first as usize + column - 1;
                    let Some([start, end]) = self.delimiter_offsets[before..].first_chunk() else {
                        unreachable!("a record on the fast path has all its delimiters");
                    };
                    *span = FieldSpan { start: start + 1, end: *end };
                }),
            }
        }
    }

    /// Calls `each` with every field of the projection, and its slot.
    #[inline]
    pub(crate) fn fields(&self, record: usize, text: &[u8], mut each: impl FnMut(usize, FieldContent)) {
        for slot in 0..self.projection.columns.len() {
            let Some((start, end)) = self.span(record, slot) else { continue };
            let field = if text.get(start) == Some(&b'"') && start < end {
                // On the fast path a field that begins with a quote ends with one.
                let (start, end) = (start + 1, end - 1);
                let has_doubled_quotes = memchr::memchr(b'"', &text[start..end]).is_some();
                FieldContent { start, end, has_doubled_quotes }
            } else {
                FieldContent { start, end, has_doubled_quotes: false }
            };
            each(slot, field);
        }
    }
}

impl RecordIndex {
    /// Drops all records, and makes room for this many offsets.
    fn begin(&mut self, offsets: usize) {
        self.records.clear();
        self.lines = 0;
        if self.delimiter_offsets.len() < offsets {
            self.delimiter_offsets = vec![0; offsets];
        }
    }

    /// Line feeds between the start and the end of what was indexed.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    /// The records in order, in runs; a run on the fast path has at most `max_records`.
    pub(crate) fn runs<'i>(
        &'i self,
        projection: &'i Projection,
        max_records: usize,
    ) -> impl Iterator<Item = IndexRun<'i>> {
        let mut rest = self.records.as_slice();
        std::iter::from_fn(move || {
            let first = rest.first()?;
            if first.end == FALLBACK {
                rest = &rest[1..];
                return Some(IndexRun::Fallback(first.start as usize));
            }
            let fast = rest.iter().take(max_records).take_while(|record| record.end != FALLBACK).count();
            let (records, after) = rest.split_at(fast);
            rest = after;
            let delimiter_offsets = self.delimiter_offsets.as_slice();
            Some(IndexRun::Fast(FastRecords { projection, records, delimiter_offsets }))
        })
    }
}
