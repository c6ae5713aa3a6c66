//! The scan itself: masks of 64 bytes at a time, and the walk over them. Comes in: text. Goes out: the marks of its records.

use std::ops::ControlFlow;

use super::{PLAIN, Record, RecordIndex, Wanted};
use crate::base::simd::{self, CHUNK, Lanes, Work};
use crate::formats::blocks::lines;
use crate::formats::delimited::{self, Field, Found};
use crate::formats::record_ends::{Ahead, Ending, Unfinished};

/// Finds the records of `text`, of which one begins at `start`. Returns the end of the last complete one, as
/// [`crate::formats::record_ends::last_boundary`] does. A text has at most 2³² − 2 bytes.
pub(crate) fn index(
    text: &[u8],
    start: usize,
    wanted: &Wanted,
    ending: Ending,
    out: &mut RecordIndex,
) -> Option<usize> {
    simd::scan_with_best(Indexing { text, start, wanted, ending, out })
}

/// What [`index`] is asked to do.
pub(super) struct Indexing<'i> {
    pub(super) text: &'i [u8],
    pub(super) start: usize,
    pub(super) wanted: &'i Wanted,
    pub(super) ending: Ending,
    pub(super) out: &'i mut RecordIndex,
}

impl Work for Indexing<'_> {
    type Outcome = Option<usize>;

    #[inline(always)]
    fn with<L: Lanes>(self, lanes: L) -> Option<usize> {
        let Indexing { text, start, wanted, ending, out } = self;
        assert!(u32::try_from(text.len()).is_ok_and(|len| len < PLAIN), "a block is far smaller than 4 GiB");
        index_by(lanes, text, start, wanted, ending, out)
    }
}

/// Bits of the bytes of one chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Masks {
    quotes: u64,
    delimiters: u64,
    line_ends: u64,
    nuls: u64,
}

impl Masks {
    /// The masks of a chunk.
    #[inline(always)]
    fn of<L: Lanes>(lanes: L, chunk: &[u8; CHUNK], delimiter: u8) -> Masks {
        let (quotes, delimiters) = (lanes.bits(chunk, b'"'), lanes.bits(chunk, delimiter));
        Masks { quotes, delimiters, line_ends: lanes.bits(chunk, b'\n'), nuls: lanes.bits(chunk, 0) }
    }
}

/// The record that is being scanned.
#[derive(Clone, Copy)]
struct OpenRecord {
    start: usize,
    /// Where its first place is.
    first: usize,
    /// Line ends before it.
    lines: u64,
}

#[inline(always)]
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).expect("the length of the text was checked")
}

#[inline(always)]
fn index_by<L: Lanes>(
    lanes: L,
    text: &[u8],
    start: usize,
    wanted: &Wanted,
    ending: Ending,
    out: &mut RecordIndex,
) -> Option<usize> {
    out.begin(text.len() + CHUNK);
    let mut plain_fields: Vec<Field> = Vec::with_capacity(wanted.expected + 1);
    let mut ahead = Ahead::default();
    let mut open = OpenRecord { start, first: 0, lines: 0 };
    while open.start < text.len() {
        // What the plain reader knows already to be refused need not be looked at again, which might take for ever.
        if !ahead.reaches(open.start) {
            open = usual_records(lanes, text, open, wanted, out);
        }
        if open.start >= text.len() {
            break;
        }
        // What comes is unusual, or has no line end: the plain reader decides on one record.
        let at = open.start;
        out.lines = open.lines;
        let plain = Record { start: narrow(at), end: PLAIN, first: narrow(open.first) };
        match delimited::split(text, at, wanted.splitting, ending, &mut plain_fields, &mut ahead) {
            Found::Record { next, .. } => {
                out.records.push(plain);
                open.start = next;
            }
            Found::Unfinished(Unfinished::Refused { next, .. }) => {
                out.records.push(plain);
                open.start = next?;
            }
            Found::BlankLine { next } => open.start = next,
            Found::Unfinished(Unfinished::Open) => return Some(at),
        }
        open.lines += lines(&text[at..open.start]);
    }
    out.lines = open.lines;
    Some(text.len())
}

/// Indexes the records from `open` on, until one is unusual or the text ends; returns that one.
#[inline(always)]
fn usual_records<L: Lanes>(
    lanes: L,
    text: &[u8],
    open: OpenRecord,
    wanted: &Wanted,
    out: &mut RecordIndex,
) -> OpenRecord {
    let mut walk = Walk {
        text,
        delimiter: wanted.splitting.delimiter,
        expected: wanted.expected,
        record_bytes: wanted.splitting.record_bytes,
        places: &mut out.places,
        records: &mut out.records,
        from: open.start,
        inside: 0,
        pending: 0,
        used: open.first,
        lines: open.lines,
        limit: open.start.saturating_add(wanted.splitting.record_bytes),
        open,
    };
    let mut chunk_start = open.start;
    while let Some((chunk, masks)) = walk.chunk_with_more(lanes, &mut chunk_start) {
        let walked = if masks.quotes | masks.nuls | walk.inside | walk.pending == 0 {
            walk.plain_chunk(lanes, masks, chunk_start)
        } else {
            walk.chunk(lanes, chunk, masks, chunk_start, u64::MAX)
        };
        if walked.is_break() {
            return walk.open;
        }
        chunk_start += CHUNK;
    }
    let rest = &text[chunk_start..];
    if !rest.is_empty() {
        let mut padded = [0_u8; CHUNK];
        padded[..rest.len()].copy_from_slice(rest);
        let masks = Masks::of(lanes, &padded, walk.delimiter);
        let _ = walk.chunk(lanes, &padded, masks, chunk_start, (1 << rest.len()) - 1);
    }
    walk.open
}

/// A walk over chunks.
struct Walk<'w> {
    text: &'w [u8],
    delimiter: u8,
    expected: usize,
    record_bytes: usize,
    places: &'w mut [u32],
    records: &'w mut Vec<Record>,
    /// Where the walk began: at a record.
    from: usize,
    /// All ones if the chunk before ended inside quotes.
    inside: u64,
    /// Bit 0: the chunk before ended with a closing quote; bit 1: with a CR after one.
    pending: u64,
    /// Places that are written.
    used: usize,
    /// Line ends so far.
    lines: u64,
    open: OpenRecord,
    /// Where the open record becomes too long.
    limit: usize,
}

impl<'w> Walk<'w> {
    /// The first chunk from `at` on that is not outside quotes with nothing but delimiters, as most chunks of wide exports are; those
    /// are walked over.
    #[inline(always)]
    fn chunk_with_more<L: Lanes>(&mut self, lanes: L, at: &mut usize) -> Option<(&'w [u8; CHUNK], Masks)> {
        let text = self.text;
        let mut used = self.used;
        loop {
            let Some(chunk) = text.get(*at..).and_then(|text| text.first_chunk::<CHUNK>()) else {
                self.used = used;
                return None;
            };
            let masks = Masks::of(lanes, chunk, self.delimiter);
            let others = masks.quotes | masks.line_ends | masks.nuls | self.inside | self.pending;
            if others != 0 || *at + CHUNK > self.limit {
                self.used = used;
                return Some((chunk, masks));
            }
            let room = self.places.get_mut(used..).and_then(|room| room.first_chunk_mut::<CHUNK>());
            let room = room.expect("there is room for a place for each byte");
            lanes.places(masks.delimiters, narrow(*at), room);
            used += masks.delimiters.count_ones() as usize;
            *at += CHUNK;
        }
    }

    /// Walks over a chunk far from quotes, where everything is as it looks.
    #[inline(always)]
    fn plain_chunk<L: Lanes>(&mut self, lanes: L, masks: Masks, chunk_start: usize) -> ControlFlow<()> {
        let marks = masks.delimiters | masks.line_ends;
        self.mark(lanes, marks, chunk_start);
        if masks.line_ends != 0 {
            self.end_records(chunk_start, marks, masks.line_ends, 0)?;
        }
        self.used += marks.count_ones() as usize;
        if chunk_start + CHUNK > self.limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Writes down the places of a chunk's marks; they are not used yet.
    #[inline(always)]
    fn mark<L: Lanes>(&mut self, lanes: L, marks: u64, chunk_start: usize) {
        let room = self.places.get_mut(self.used..).and_then(|room| room.first_chunk_mut::<CHUNK>());
        lanes.places(marks, narrow(chunk_start), room.expect("there is room for a place for each byte"));
    }

    /// Walks over one chunk, of which the `valid` bytes are of the text. `Break`: the open record is unusual.
    #[inline(always)]
    fn chunk<L: Lanes>(
        &mut self,
        lanes: L,
        chunk: &[u8; CHUNK],
        masks: Masks,
        chunk_start: usize,
        valid: u64,
    ) -> ControlFlow<()> {
        let nuls = masks.nuls & valid;
        let (delimiters, line_ends, unusual);
        if masks.quotes | self.inside | self.pending == 0 {
            // Far from quotes everything is as it looks.
            (delimiters, line_ends, unusual) = (masks.delimiters, masks.line_ends, nuls);
        } else if masks.quotes == 0 && self.inside != 0 {
            // All of it is quoted.
            self.lines += u64::from(masks.line_ends.count_ones());
            (delimiters, line_ends, unusual) = (0, 0, nuls);
        } else {
            (delimiters, line_ends, unusual) = self.quoted(lanes, chunk, chunk_start, masks, valid);
        }
        // Up to the first unusual byte everything is as the masks say.
        let trusted = if unusual == 0 { u64::MAX } else { (unusual & unusual.wrapping_neg()) - 1 };
        let marks = (delimiters | line_ends) & trusted;
        self.mark(lanes, marks, chunk_start);
        let ends = line_ends & trusted;
        if ends != 0 {
            self.end_records(chunk_start, marks, ends, masks.line_ends & !line_ends)?;
        }
        if unusual != 0 || chunk_start + CHUNK > self.limit {
            return ControlFlow::Break(());
        }
        self.used += marks.count_ones() as usize;
        ControlFlow::Continue(())
    }

    /// The delimiters, line ends and unusual bytes of a chunk with quotes.
    #[inline(always)]
    fn quoted<L: Lanes>(
        &mut self,
        lanes: L,
        chunk: &[u8; CHUNK],
        chunk_start: usize,
        masks: Masks,
        valid: u64,
    ) -> (u64, u64, u64) {
        let (inside, carriages) = (lanes.prefix_xor(masks.quotes) ^ self.inside, lanes.bits(chunk, b'\r'));
        let delimiters = masks.delimiters & !inside;
        let line_ends = masks.line_ends & !inside;
        let opening = masks.quotes & inside;
        let closing = masks.quotes & !inside;
        let is_bound = |byte: u8| byte == self.delimiter || byte == b'\n' || byte == b'"';
        let may_begin = chunk_start == self.from || is_bound(self.text[chunk_start - 1]);
        let may_open = delimiters | line_ends | masks.quotes;
        let may_follow = masks.delimiters | masks.line_ends | masks.quotes | carriages;
        let after_closing = closing << 1 | self.pending & 1;
        let carriage = after_closing & carriages;
        let after_carriage = carriage << 1 | self.pending >> 1;
        let unusual = valid
            & (masks.nuls
                | (opening & !(may_open << 1 | u64::from(may_begin)))
                | (after_closing & !may_follow)
                | (after_carriage & !masks.line_ends));
        self.lines += u64::from((masks.line_ends & inside).count_ones());
        self.inside = (inside >> 63).wrapping_neg();
        self.pending = closing >> 63 | (carriage >> 63) << 1;
        (delimiters, line_ends, unusual)
    }

    /// Ends a record at each of `ends`. `marks` are the places of this chunk; the `quoted_line_ends` are counted already.
    #[inline(always)]
    fn end_records(
        &mut self,
        chunk_start: usize,
        marks: u64,
        mut ends: u64,
        quoted_line_ends: u64,
    ) -> ControlFlow<()> {
        while ends != 0 {
            let before = (ends & ends.wrapping_neg()) - 1;
            let line_end = chunk_start + ends.trailing_zeros() as usize;
            // Where the place of the line end is.
            let last = self.used + (marks & before).count_ones() as usize;
            let start = self.open.start;
            let has_carriage = line_end > start && self.text[line_end - 1] == b'\r';
            let end = line_end - usize::from(has_carriage);
            // A line without bytes is no record.
            if end > start {
                if last - self.open.first + 1 != self.expected || line_end - start >= self.record_bytes {
                    return ControlFlow::Break(());
                }
                let first = narrow(self.open.first);
                self.records.push(Record { start: narrow(start), end: narrow(end), first });
            }
            self.lines += 1;
            // Those that come later in this chunk are not before the next record.
            let later = (quoted_line_ends & !before).count_ones();
            self.open =
                OpenRecord { start: line_end + 1, first: last + 1, lines: self.lines - u64::from(later) };
            self.limit = (line_end + 1).saturating_add(self.record_bytes);
            ends &= ends - 1;
        }
        ControlFlow::Continue(())
    }
}
