//! From segments of text to rows. Comes in: a segment, which consists of whole records. Goes out: rows and bad records, in order, to a
//! sink. Records of the index go as batches (fast path); all others are split one by one (fallback).

use super::grammar::{FieldContent, SplitOutcome, split, unquoted};
use super::index::{FastRecords, FieldSpan, IndexRun, Projection};
use super::locator::{Locator, OffsetUnit};
use super::record_ends::{Incomplete, ResumePoint, TextEnd};
use super::sequencer::TextSegment;
use crate::base::limits;
use crate::base::simd::PaddedCell;
use crate::diagnostics::reject::RejectCode;
use crate::formats::batch::{BATCH_ROWS, RowBatch};
use crate::formats::decode::Encoding;
use crate::formats::input::{Input, TextFormat};
use crate::formats::row::{BadRecord, BadShape, Cell, CellKind, Origin, Row};
use crate::formats::scheduler::RowSink;

/// Gives every record of a segment to the sink. `spans` is memory for the fields of a batch.
pub(crate) fn read_segment<S: RowSink>(
    segment: &TextSegment<'_>,
    projection: &Projection,
    input: &Input<'_>,
    format: &TextFormat,
    spans: &mut Vec<FieldSpan>,
    sink: &mut S,
) {
    let text = segment.text.bytes();
    let offset_unit = OffsetUnit::of(format.encoding);
    let kind = match format.encoding {
        Encoding::Windows1252 => CellKind::Windows1252,
        Encoding::Utf8 | Encoding::Utf8Bom | Encoding::Utf16Le | Encoding::Utf16Be | Encoding::Gb18030 => {
            CellKind::Utf8
        }
    };
    let mut reader = SegmentReader {
        text,
        locator: Locator::new(text, segment.base, segment.offset, segment.line, offset_unit),
        kind,
        columns: &input.layout.columns,
        projection,
        text_end: segment.text_end,
        fields: Vec::with_capacity(projection.field_count() + 1),
        resume: ResumePoint::default(),
        scratch: UnquoteScratch::default(),
    };
    match segment.index {
        Some(index) => {
            for run in index.runs(projection, BATCH_ROWS) {
                match run {
                    IndexRun::Fast(records) => {
                        records.fill_spans(BATCH_ROWS, spans);
                        sink.batch(&TextBatch { reader: &reader, records, spans });
                    }
                    IndexRun::Fallback(at) => {
                        reader.read_record(at, sink);
                    }
                }
            }
        }
        None => {
            let mut at = segment.start;
            while at < segment.end {
                at = reader.read_record(at, sink).unwrap_or(segment.end);
            }
            debug_assert_eq!(at, segment.end, "a segment ends where its last record ends");
        }
    }
}

/// Reads the records of one segment.
struct SegmentReader<'t> {
    text: &'t [u8],
    locator: Locator<'t>,
    kind: CellKind,
    /// For each slot of a row, the field of the record. **Absent**: the file lacks the column.
    columns: &'t [Option<usize>],
    projection: &'t Projection,
    text_end: TextEnd,
    fields: Vec<FieldContent>,
    resume: ResumePoint,
    scratch: UnquoteScratch,
}

impl SegmentReader<'_> {
    /// Gives the record at `at` to the sink, by the fallback. Returns where the next record begins; `None` if none begins in this text.
    fn read_record<S: RowSink>(&mut self, at: usize, sink: &mut S) -> Option<usize> {
        let (text, expected) = (self.text, self.projection.field_count());
        let bad = |code, shape| BadRecord { at: Origin::Text(&self.locator, at), code, shape };
        let (csv_format, text_end) = (self.projection.csv_format(), self.text_end);
        match split(text, at, csv_format, text_end, &mut self.fields, &mut self.resume) {
            SplitOutcome::BlankLine { next } => Some(next),
            SplitOutcome::Record { next, end, bad_quote } => {
                if memchr::memchr(0, &text[at..end]).is_some() {
                    sink.bad_record(&bad(RejectCode::NulByte, BadShape::CodeOnly));
                } else if bad_quote {
                    sink.bad_record(&bad(RejectCode::BadQuote, BadShape::CodeOnly));
                } else if self.fields.len() != expected {
                    let found = self.fields.len();
                    sink.bad_record(&bad(RejectCode::RaggedRow, BadShape::FieldCount { found, expected }));
                } else {
                    let mut cells = [Cell::BLANK; limits::DIALECT_COLUMNS];
                    self.scratch.begin();
                    for (slot, column) in self.columns.iter().enumerate() {
                        if let Some(column) = column {
                            self.scratch.cell(text, slot, self.fields[*column], self.kind, &mut cells);
                        }
                    }
                    self.scratch.finish(self.kind, &mut cells);
                    let at = Origin::Text(&self.locator, at);
                    sink.row(&Row { at, cells: &cells[..self.columns.len()] });
                }
                Some(next)
            }
            SplitOutcome::Incomplete(Incomplete::Rejected { next, code }) => {
                sink.bad_record(&bad(code, BadShape::CodeOnly));
                next
            }
            SplitOutcome::Incomplete(Incomplete::Open) => {
                unreachable!("a segment consists of whole records")
            }
        }
    }
}

/// Consecutive records of the index.
struct TextBatch<'b, 't> {
    reader: &'b SegmentReader<'t>,
    records: FastRecords<'b>,
    /// The fields of all records, as [`FastRecords::fill_spans`] lays them out.
    spans: &'b [FieldSpan],
}

impl TextBatch<'_, '_> {
    #[inline(always)]
    fn span(&self, row: usize, column: usize) -> (usize, usize) {
        let FieldSpan { start, end } = self.spans[column * BATCH_ROWS + row];
        (start as usize, end as usize)
    }
}

impl RowBatch for TextBatch<'_, '_> {
    const MAY_BE_QUOTED: bool = true;

    fn len(&self) -> usize {
        self.records.len()
    }

    #[inline(always)]
    fn raw(&self, row: usize, column: usize) -> &[u8] {
        let (start, end) = self.span(row, column);
        &self.reader.text[start..end]
    }

    #[inline(always)]
    fn padded(&self, row: usize, column: usize) -> Option<(&PaddedCell, usize)> {
        let (start, end) = self.span(row, column);
        Some((self.reader.text.get(start..)?.first_chunk()?, end - start))
    }

    #[inline(always)]
    fn text(&self, row: usize, column: usize) -> Option<&[u8]> {
        Some(self.raw(row, column))
    }

    fn raw_on_demand(&self, row: usize, column: usize) -> &[u8] {
        let (start, end) = self.records.span(row, column).unwrap_or_default();
        &self.reader.text[start..end]
    }

    fn is_constant(&self, column: usize) -> bool {
        // Cells of less than one word are compared as words; a longer one is not worth it.
        let Some((first_start, first_end)) = self.records.span(0, column) else { return true };
        let word_at = |start: usize| self.reader.text.get(start..).and_then(|text| text.first_chunk::<8>());
        let (Some(first), count @ 0..8) = (word_at(first_start), first_end - first_start) else {
            return false;
        };
        let differs = |word: &[u8; 8]| u64::from_le_bytes(*word) ^ u64::from_le_bytes(*first);
        let own_bits = !(u64::MAX << (8 * count));
        (1..self.len()).all(|row| {
            let (start, end) = self.records.span(row, column).unwrap_or_default();
            end - start == count && word_at(start).is_some_and(|word| differs(word) & own_bits == 0)
        })
    }

    fn decimal(&self, _row: usize, _column: usize) -> Option<(i128, u8)> {
        None
    }

    fn visit(&self, row: usize, visit: &mut dyn FnMut(&Row<'_>)) {
        let SegmentReader { text, kind, columns, locator, .. } = self.reader;
        let mut cells = [Cell::BLANK; limits::DIALECT_COLUMNS];
        let mut scratch = UnquoteScratch::default();
        self.records.fields(row, text, |slot, field| scratch.cell(text, slot, field, *kind, &mut cells));
        scratch.finish(*kind, &mut cells);
        let at = Origin::Text(locator, self.records.start(row));
        visit(&Row { at, cells: &cells[..columns.len()] });
    }
}

/// Memory for fields that hold doubled quotes, which are copied with each pair made one quote.
#[derive(Default)]
struct UnquoteScratch {
    /// The copied fields, one behind the other.
    text: Vec<u8>,
    /// For each copied field, its slot, its start and its end in `text`.
    spans: Vec<(usize, usize, usize)>,
    one: Vec<u8>,
}

impl UnquoteScratch {
    fn begin(&mut self) {
        self.text.clear();
        self.spans.clear();
    }

    /// Puts a field into its cell. A copied field gets its cell in [`UnquoteScratch::finish`], since `text` may still move.
    #[inline]
    fn cell<'c>(
        &mut self,
        text: &'c [u8],
        slot: usize,
        field: FieldContent,
        kind: CellKind,
        cells: &mut [Cell<'c>],
    ) {
        if field.has_doubled_quotes {
            let start = self.text.len();
            self.text.extend_from_slice(unquoted(text, field, &mut self.one));
            self.spans.push((slot, start, self.text.len()));
        } else {
            cells[slot] = Cell { bytes: &text[field.start..field.end], kind };
        }
    }

    /// Puts the copied fields into their cells.
    fn finish<'c>(&'c self, kind: CellKind, cells: &mut [Cell<'c>]) {
        for (slot, start, end) in &self.spans {
            cells[*slot] = Cell { bytes: &self.text[*start..*end], kind };
        }
    }
}
