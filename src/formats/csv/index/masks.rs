//! The scan of the index: bit masks of 64 bytes at a time, and the walk over them. Comes in: a text. Goes out: its records, with the
//! offsets of their delimiters. Bit n of a mask stands for byte n of its chunk.
//!
//! The scan covers what RFC 4180 allows. The first byte that it does not cover ends the walk, the grammar ([`split`]) takes that one
//! record, and a new walk begins behind it.

use std::ops::ControlFlow;

use super::{FALLBACK, IndexedRecord, Projection, RecordIndex};
use crate::base::simd::{self, CHUNK, Kernel, Simd};
use crate::formats::csv::grammar::{FieldContent, SplitOutcome, split};
use crate::formats::csv::line_quotes::joins_rows;
use crate::formats::csv::locator::count_lines;
use crate::formats::csv::record_ends::{Incomplete, ResumePoint, TextEnd};

/// Finds the records of `text`; one record begins at `start`. Returns the end of the last whole record, as
/// [`super::super::grammar::last_record_end`] does. A text has at most 2³² − 2 bytes.
pub(crate) fn index(
    text: &[u8],
    start: usize,
    projection: &Projection,
    text_end: TextEnd,
    out: &mut RecordIndex,
) -> Option<usize> {
    simd::dispatch_scan(BuildIndex { text, start, projection, text_end, out })
}

/// The kernel of [`index`].
pub(super) struct BuildIndex<'i> {
    pub(super) text: &'i [u8],
    pub(super) start: usize,
    pub(super) projection: &'i Projection,
    pub(super) text_end: TextEnd,
    pub(super) out: &'i mut RecordIndex,
}

impl Kernel for BuildIndex<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Option<usize> {
        let BuildIndex { text, start, projection, text_end, out } = self;
        assert!(
            u32::try_from(text.len()).is_ok_and(|len| len < FALLBACK),
            "a block is far smaller than 4 GiB"
        );
        build_index(simd, text, start, projection, text_end, out)
    }
}

/// Where the bytes that matter are in one chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ChunkMasks {
    quotes: u64,
    delimiters: u64,
    line_feeds: u64,
    nuls: u64,
}

impl ChunkMasks {
    /// The masks of a chunk.
    #[inline(always)]
    fn of<S: Simd>(simd: S, chunk: &[u8; CHUNK], delimiter: u8) -> ChunkMasks {
        let (quotes, delimiters) = (simd.eq_mask(chunk, b'"'), simd.eq_mask(chunk, delimiter));
        ChunkMasks {
            quotes,
            delimiters,
            line_feeds: simd.eq_mask(chunk, b'\n'),
            nuls: simd.eq_mask(chunk, 0),
        }
    }
}

/// The record that the walk has begun and not ended.
#[derive(Clone, Copy)]
struct OpenRecord {
    start: usize,
    /// The position of the record's first offset in [`RecordIndex::delimiter_offsets`].
    first: usize,
    /// Line feeds before the record.
    lines: u64,
}

#[inline(always)]
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).expect("the length of the text was checked")
}

#[inline(always)]
fn build_index<S: Simd>(
    simd: S,
    text: &[u8],
    start: usize,
    projection: &Projection,
    text_end: TextEnd,
    out: &mut RecordIndex,
) -> Option<usize> {
    // Each byte may be a delimiter, and each step writes a whole chunk of offsets, valid or not.
    out.begin(text.len() + CHUNK);
    let mut fallback_fields: Vec<FieldContent> = Vec::with_capacity(projection.field_count + 1);
    let mut resume = ResumePoint::default();
    let mut open = OpenRecord { start, first: 0, lines: 0 };
    while open.start < text.len() {
        // Where a rejected record was scanned already, the fallback resumes; a walk would scan the same bytes again for each line, which
        // is quadratic.
        if !resume.is_past(open.start) {
            open = walk_records(simd, text, open, projection, out);
        }
        if open.start >= text.len() {
            break;
        }
        // The walk stopped in this record: a byte is not covered, or the record has no line feed. The fallback decides.
        let at = open.start;
        out.lines = open.lines;
        let fallback = IndexedRecord { start: narrow(at), end: FALLBACK, first: narrow(open.first) };
        match split(text, at, projection.csv_format, text_end, &mut fallback_fields, &mut resume) {
            SplitOutcome::Record { next, .. } => {
                out.records.push(fallback);
                open.start = next;
            }
            SplitOutcome::Incomplete(Incomplete::Rejected { next, .. }) => {
                out.records.push(fallback);
                open.start = next?;
            }
            SplitOutcome::BlankLine { next } => open.start = next,
            SplitOutcome::Incomplete(Incomplete::Open) => return Some(at),
        }
        open.lines += count_lines(&text[at..open.start]);
    }
    out.lines = open.lines;
    Some(text.len())
}

/// Indexes the records from `open` on, up to the first that the masks do not cover or that has no line feed; returns that record.
#[inline(always)]
fn walk_records<S: Simd>(
    simd: S,
    text: &[u8],
    open: OpenRecord,
    projection: &Projection,
    out: &mut RecordIndex,
) -> OpenRecord {
    let mut walker = ChunkWalker {
        text,
        delimiter: projection.csv_format.delimiter,
        field_count: projection.field_count,
        record_bytes: projection.csv_format.record_bytes,
        delimiter_offsets: &mut out.delimiter_offsets,
        records: &mut out.records,
        from: open.start,
        inside: 0,
        pending: 0,
        offset_count: open.first,
        lines: open.lines,
        limit: open.start.saturating_add(projection.csv_format.record_bytes),
        open,
    };
    let mut chunk_start = open.start;
    while let Some((chunk, masks)) = walker.skip_delimiter_chunks(simd, &mut chunk_start) {
        let walked = if masks.quotes | masks.nuls | walker.inside | walker.pending == 0 {
            walker.unquoted_chunk(simd, masks, chunk_start)
        } else {
            walker.chunk(simd, chunk, masks, chunk_start, u64::MAX)
        };
        if walked.is_break() {
            return walker.open;
        }
        chunk_start += CHUNK;
    }
    // The last bytes are fewer than a chunk: pad with NULs, which `valid` hides.
    let rest = &text[chunk_start..];
    if !rest.is_empty() {
        let mut padded = [0_u8; CHUNK];
        padded[..rest.len()].copy_from_slice(rest);
        let masks = ChunkMasks::of(simd, &padded, walker.delimiter);
        let _ = walker.chunk(simd, &padded, masks, chunk_start, (1 << rest.len()) - 1);
    }
    walker.open
}

/// Walks over chunks, and carries from one chunk to the next what quotes mean.
struct ChunkWalker<'w> {
    text: &'w [u8],
    delimiter: u8,
    field_count: usize,
    record_bytes: usize,
    delimiter_offsets: &'w mut [u32],
    records: &'w mut Vec<IndexedRecord>,
    /// The start of the walk, where a record begins.
    from: usize,
    /// All ones if the chunk before ended inside quotes, else 0.
    inside: u64,
    /// Bit 0: the last byte of the chunk before is a closing quote. Bit 1: it is a CR behind a closing quote.
    pending: u64,
    /// Offsets that are written and valid.
    offset_count: usize,
    /// Line feeds so far, those inside quotes included.
    lines: u64,
    open: OpenRecord,
    /// Where the open record becomes too long.
    limit: usize,
}

impl<'w> ChunkWalker<'w> {
    /// Walks over chunks outside quotes that hold nothing but delimiters and data, as most chunks of wide exports do. Returns the first
    /// chunk that needs more, and moves `at` to it. `None` if less than a chunk is left.
    #[inline(always)]
    fn skip_delimiter_chunks<S: Simd>(
        &mut self,
        simd: S,
        at: &mut usize,
    ) -> Option<(&'w [u8; CHUNK], ChunkMasks)> {
        let text = self.text;
        // A local counter stays in a register; the field would be stored in each step.
        let mut offset_count = self.offset_count;
        loop {
            let Some(chunk) = text.get(*at..).and_then(|text| text.first_chunk::<CHUNK>()) else {
                self.offset_count = offset_count;
                return None;
            };
            let masks = ChunkMasks::of(simd, chunk, self.delimiter);
            let others = masks.quotes | masks.line_feeds | masks.nuls | self.inside | self.pending;
            if others != 0 || *at + CHUNK > self.limit {
                self.offset_count = offset_count;
                return Some((chunk, masks));
            }
            let room = self
                .delimiter_offsets
                .get_mut(offset_count..)
                .and_then(|room| room.first_chunk_mut::<CHUNK>());
            let room = room.expect("there is room for an offset for each byte");
            simd.bit_positions(masks.delimiters, narrow(*at), room);
            offset_count += masks.delimiters.count_ones() as usize;
            *at += CHUNK;
        }
    }

    /// Walks over a whole chunk without quotes and NULs, outside quotes: each delimiter and each line feed counts.
    #[inline(always)]
    fn unquoted_chunk<S: Simd>(&mut self, simd: S, masks: ChunkMasks, chunk_start: usize) -> ControlFlow<()> {
        let marks = masks.delimiters | masks.line_feeds;
        self.write_offsets(simd, marks, chunk_start);
        if masks.line_feeds != 0 {
            self.end_records(chunk_start, marks, masks.line_feeds, 0)?;
        }
        self.offset_count += marks.count_ones() as usize;
        if chunk_start + CHUNK > self.limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Writes the offsets of a chunk's marks behind the valid ones. They become valid once `offset_count` counts them.
    #[inline(always)]
    fn write_offsets<S: Simd>(&mut self, simd: S, marks: u64, chunk_start: usize) {
        let room = self
            .delimiter_offsets
            .get_mut(self.offset_count..)
            .and_then(|room| room.first_chunk_mut::<CHUNK>());
        let room = room.expect("there is room for an offset for each byte");
        simd.bit_positions(marks, narrow(chunk_start), room);
    }

    /// Walks over one chunk, whatever it holds; the bits of `valid` are bytes of the text. `Break` if the fallback must read the open
    /// record.
    #[inline(always)]
    fn chunk<S: Simd>(
        &mut self,
        simd: S,
        chunk: &[u8; CHUNK],
        masks: ChunkMasks,
        chunk_start: usize,
        valid: u64,
    ) -> ControlFlow<()> {
        let nuls = masks.nuls & valid;
        let (delimiters, line_ends, uncovered);
        if masks.quotes | self.inside | self.pending == 0 {
            // No quote in this chunk and none open before it: each delimiter and each line feed counts.
            (delimiters, line_ends, uncovered) = (masks.delimiters, masks.line_feeds, nuls);
        } else if masks.quotes == 0 && self.inside != 0 {
            // The whole chunk is inside quotes: all of it is data, and line feeds count as lines only.
            self.lines += u64::from(masks.line_feeds.count_ones());
            (delimiters, line_ends, uncovered) = (0, 0, nuls);
        } else {
            (delimiters, line_ends, uncovered) = self.quoted(simd, chunk, chunk_start, masks, valid);
        }
        // The masks are right up to the first byte that they do not cover: keep only the bits below the lowest bit of `uncovered`.
        // `x & -x` is the lowest set bit of x, and one less than that is all bits below it.
        let trusted = if uncovered == 0 { u64::MAX } else { (uncovered & uncovered.wrapping_neg()) - 1 };
        let marks = (delimiters | line_ends) & trusted;
        self.write_offsets(simd, marks, chunk_start);
        let ends = line_ends & trusted;
        if ends != 0 {
            self.end_records(chunk_start, marks, ends, masks.line_feeds & !line_ends)?;
        }
        if uncovered != 0 || chunk_start + CHUNK > self.limit {
            return ControlFlow::Break(());
        }
        self.offset_count += marks.count_ones() as usize;
        ControlFlow::Continue(())
    }

    /// The delimiters and line ends of a chunk with quotes, and the bytes that this algebra does not cover.
    #[inline(always)]
    fn quoted<S: Simd>(
        &mut self,
        simd: S,
        chunk: &[u8; CHUNK],
        chunk_start: usize,
        masks: ChunkMasks,
        valid: u64,
    ) -> (u64, u64, u64) {
        // A byte is inside quotes if an odd number of quotes stands at or before it. The prefix sum modulo 2 of the quote bits says so
        // for all 64 bytes; the carry of the chunk before flips all of them. An opening quote counts as inside, a closing one as outside.
        // A doubled quote closes and opens at once, so that the parity behind it is what it was.
        let (inside, carriages) = (simd.prefix_xor(masks.quotes) ^ self.inside, simd.eq_mask(chunk, b'\r'));
        // Inside quotes, delimiters and line feeds are data.
        let delimiters = masks.delimiters & !inside;
        let line_ends = masks.line_feeds & !inside;
        let opening = masks.quotes & inside;
        let closing = masks.quotes & !inside;
        // Parity is the truth only if each quote that opens is the first byte of a field, or the second of a doubled quote: the byte
        // before must be an unquoted delimiter, an unquoted line feed, or a quote. For the first byte of the chunk, the byte before is in
        // the text; a walk begins at a record, whose first byte may open a field.
        let is_bound = |byte: u8| byte == self.delimiter || byte == b'\n' || byte == b'"';
        let may_begin = chunk_start == self.from || is_bound(self.text[chunk_start - 1]);
        let may_open = delimiters | line_ends | masks.quotes;
        // A quote that closes must be followed by a delimiter, a line feed, a quote (then it was doubled), or a CR, and that CR by a line
        // feed. Shifting a mask left by one asks of each byte whether the byte before it is in the mask; `pending` carries the answer
        // across the edge of a chunk.
        let may_follow = masks.delimiters | masks.line_feeds | masks.quotes | carriages;
        let after_closing = closing << 1 | self.pending & 1;
        let carriage = after_closing & carriages;
        let after_carriage = carriage << 1 | self.pending >> 1;
        let uncovered = valid
            & (masks.nuls
                | (opening & !(may_open << 1 | u64::from(may_begin)))
                | (after_closing & !may_follow)
                | (after_carriage & !masks.line_feeds));
        // Line feeds inside quotes end no record but count as lines; `end_records` counts the others.
        self.lines += u64::from((masks.line_feeds & inside).count_ones());
        // Carry the state of the last byte: its inside bit, spread over the word, and whether it asks something of the next byte.
        self.inside = (inside >> 63).wrapping_neg();
        self.pending = closing >> 63 | (carriage >> 63) << 1;
        (delimiters, line_ends, uncovered)
    }

    /// Ends a record at each bit of `ends`. `marks` are the delimiters and line ends of the chunk, whose offsets are written but not yet
    /// counted; `quoted_line_feeds` are already in `lines`. `Break` if a record has another number of fields, or is too long.
    #[inline(always)]
    fn end_records(
        &mut self,
        chunk_start: usize,
        marks: u64,
        mut ends: u64,
        quoted_line_feeds: u64,
    ) -> ControlFlow<()> {
        while ends != 0 {
            // All bits below the lowest end.
            let before = (ends & ends.wrapping_neg()) - 1;
            let line_end = chunk_start + ends.trailing_zeros() as usize;
            // The position of this line end among the offsets: the marks before it in the chunk stand in front of it.
            let last = self.offset_count + (marks & before).count_ones() as usize;
            let start = self.open.start;
            let has_carriage = line_end > start && self.text[line_end - 1] == b'\r';
            let end = line_end - usize::from(has_carriage);
            // A line without bytes is no record.
            if end > start {
                // Each field has one offset behind it: its delimiter or the line end.
                if last - self.open.first + 1 != self.field_count || line_end - start >= self.record_bytes {
                    return ControlFlow::Break(());
                }
                // Line feeds inside quotes of this record: all counted so far, less those behind this line end and those before it.
                let behind = (quoted_line_feeds & !before).count_ones();
                if self.lines - u64::from(behind) != self.open.lines
                    && joins_rows(&self.text[start..end], self.delimiter, self.field_count)
                {
                    return ControlFlow::Break(());
                }
                let first = narrow(self.open.first);
                self.records.push(IndexedRecord { start: narrow(start), end: narrow(end), first });
            }
            self.lines += 1;
            // `lines` counts all quoted line feeds of the chunk; take away those behind this line end, which the next record does not
            // have before it.
            let later = (quoted_line_feeds & !before).count_ones();
            self.open =
                OpenRecord { start: line_end + 1, first: last + 1, lines: self.lines - u64::from(later) };
            self.limit = (line_end + 1).saturating_add(self.record_bytes);
            // Clear the lowest bit.
            ends &= ends - 1;
        }
        ControlFlow::Continue(())
    }
}
