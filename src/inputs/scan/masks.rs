//! The scan itself: masks of 64 bytes at a time, and the walk over them. Comes in: text. Goes out: the marks of its records.
//!
//! This is the one file with `unsafe`: vector instructions are chosen at run time, and are called only where the processor
//! has them; loads stay inside the slice, which the length of each chunk shows.
#![expect(
    unsafe_code,
    reason = "vector instructions, chosen at run time; a portable twin is tested against them"
)]

use std::ops::ControlFlow;

use super::{PLAIN, Record, RecordIndex, Wanted};
use crate::inputs::blocks::lines;
use crate::inputs::delimited::{self, Field, Found};
use crate::inputs::record_ends::{Ahead, Ending, Unfinished};

/// Bytes that one step looks at.
const CHUNK: usize = 64;

/// Finds the records of `text`, of which one begins at `start`. Returns the end of the last complete one, as
/// [`crate::inputs::record_ends::last_boundary`] does. A text has at most 2³² − 2 bytes.
pub(crate) fn index(
    text: &[u8],
    start: usize,
    wanted: &Wanted,
    ending: Ending,
    out: &mut RecordIndex,
) -> Option<usize> {
    assert!(u32::try_from(text.len()).is_ok_and(|len| len < PLAIN), "a block is far smaller than 4 GiB");
    #[cfg(target_arch = "x86_64")]
    {
        if has_avx512() {
            // SAFETY: the processor has every instruction that the function may use, as was just asked.
            return unsafe { index_avx512(text, start, wanted, ending, out) };
        }
        if has_avx2() {
            // SAFETY: as above.
            return unsafe { index_avx2(text, start, wanted, ending, out) };
        }
    }
    index_portable(text, start, wanted, ending, out)
}

/// Whether the processor has all that [`index_avx2`] may use.
#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("pclmulqdq")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("lzcnt")
}

/// Whether the processor has all that [`index_avx512`] may use.
#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    has_avx2()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi2")
}

/// Bits of the bytes of one chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Masks {
    quotes: u64,
    delimiters: u64,
    line_ends: u64,
    nuls: u64,
}

/// How masks are made and used.
trait Lanes {
    /// The masks of a chunk.
    ///
    /// # Safety
    /// The processor has the instructions of the implementation.
    #[inline(always)]
    unsafe fn masks(chunk: &[u8; CHUNK], delimiter: u8) -> Masks {
        // SAFETY: the caller's.
        let bits = |byte: u8| unsafe { Self::bits(chunk, byte) };
        Masks { quotes: bits(b'"'), delimiters: bits(delimiter), line_ends: bits(b'\n'), nuls: bits(0) }
    }

    /// The bits of one byte of a chunk.
    ///
    /// # Safety
    /// As [`Lanes::masks`].
    unsafe fn bits(chunk: &[u8; CHUNK], byte: u8) -> u64;

    /// Each bit of the result is the exclusive or of all bits up to it.
    ///
    /// # Safety
    /// As [`Lanes::masks`].
    unsafe fn prefix_xor(bits: u64) -> u64;

    /// Writes the place of each bit, counted from `base`, to the front of `out`; what stands behind them is anything.
    ///
    /// # Safety
    /// As [`Lanes::masks`].
    unsafe fn places(bits: u64, base: u32, out: &mut [u32; CHUNK]);
}

struct Portable;

impl Lanes for Portable {
    #[inline(always)]
    unsafe fn bits(chunk: &[u8; CHUNK], byte: u8) -> u64 {
        chunk.iter().rev().fold(0_u64, |bits, b| bits << 1 | u64::from(*b == byte))
    }

    #[inline(always)]
    unsafe fn prefix_xor(bits: u64) -> u64 {
        let mut x = bits;
        for shift in [1, 2, 4, 8, 16, 32] {
            x ^= x << shift;
        }
        x
    }

    #[inline(always)]
    unsafe fn places(bits: u64, base: u32, out: &mut [u32; CHUNK]) {
        places_by_fours(bits, base, out);
    }
}

/// Four places at a time, so that the loop is the same for most chunks.
#[inline(always)]
fn places_by_fours(mut bits: u64, base: u32, out: &mut [u32; CHUNK]) {
    for four in out.chunks_exact_mut(4) {
        if bits == 0 {
            return;
        }
        for place in four {
            // Past the last bit this is 64, and nobody looks at it.
            *place = base.wrapping_add(bits.trailing_zeros());
            bits &= bits.wrapping_sub(1);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, __m512i, _mm_clmulepi64_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_set1_epi8,
        _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8, _mm512_add_epi32,
        _mm512_castsi512_si128, _mm512_cmpeq_epi8_mask, _mm512_cvtepu8_epi32, _mm512_loadu_si512,
        _mm512_maskz_compress_epi8, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_storeu_si512,
    };

    use super::{CHUNK, Lanes, places_by_fours};

    pub(super) struct Avx2;
    pub(super) struct Avx512;

    #[inline(always)]
    unsafe fn prefix_xor(bits: u64) -> u64 {
        // SAFETY: the caller has carry-less multiplication.
        unsafe {
            let product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(bits.cast_signed()), _mm_set1_epi8(-1), 0);
            _mm_cvtsi128_si64(product).cast_unsigned()
        }
    }

    impl Lanes for Avx2 {
        #[inline(always)]
        unsafe fn bits(chunk: &[u8; CHUNK], byte: u8) -> u64 {
            // SAFETY: the caller has AVX2, and both halves lie in the chunk.
            unsafe {
                let low = _mm256_loadu_si256(chunk.as_ptr().cast::<__m256i>());
                let high = _mm256_loadu_si256(chunk.as_ptr().add(32).cast::<__m256i>());
                let wanted = _mm256_set1_epi8(byte.cast_signed());
                let low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted)).cast_unsigned();
                let high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)).cast_unsigned();
                u64::from(high) << 32 | u64::from(low)
            }
        }

        #[inline(always)]
        unsafe fn prefix_xor(bits: u64) -> u64 {
            // SAFETY: the caller's.
            unsafe { prefix_xor(bits) }
        }

        #[inline(always)]
        unsafe fn places(bits: u64, base: u32, out: &mut [u32; CHUNK]) {
            places_by_fours(bits, base, out);
        }
    }

    /// The number of each byte of a chunk.
    const NUMBERS: [u8; CHUNK] = {
        let mut numbers = [0; CHUNK];
        let mut number = 0;
        while number < 64 {
            numbers[number as usize] = number;
            number += 1;
        }
        numbers
    };

    impl Lanes for Avx512 {
        #[inline(always)]
        unsafe fn bits(chunk: &[u8; CHUNK], byte: u8) -> u64 {
            // SAFETY: the caller has AVX-512 BW, and the chunk has the length of one load.
            unsafe {
                let bytes = _mm512_loadu_si512(chunk.as_ptr().cast::<__m512i>());
                _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()))
            }
        }

        #[inline(always)]
        unsafe fn prefix_xor(bits: u64) -> u64 {
            // SAFETY: the caller's.
            unsafe { prefix_xor(bits) }
        }

        #[inline(always)]
        unsafe fn places(bits: u64, base: u32, out: &mut [u32; CHUNK]) {
            if bits.count_ones() > 16 {
                return places_by_fours(bits, base, out);
            }
            // SAFETY: the caller has AVX-512 F and VBMI2; the 16 places of one store lie in `out`.
            unsafe {
                let numbers = _mm512_loadu_si512(NUMBERS.as_ptr().cast::<__m512i>());
                let first = _mm512_castsi512_si128(_mm512_maskz_compress_epi8(bits, numbers));
                let places =
                    _mm512_add_epi32(_mm512_cvtepu8_epi32(first), _mm512_set1_epi32(base.cast_signed()));
                _mm512_storeu_si512(out.as_mut_ptr().cast::<__m512i>(), places);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,pclmulqdq,bmi1,bmi2,popcnt,lzcnt")]
fn index_avx512(
    text: &[u8],
    start: usize,
    wanted: &Wanted,
    ending: Ending,
    out: &mut RecordIndex,
) -> Option<usize> {
    // SAFETY: this function is called only where the instructions are.
    unsafe { index_by::<x86::Avx512>(text, start, wanted, ending, out) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,popcnt,lzcnt")]
fn index_avx2(
    text: &[u8],
    start: usize,
    wanted: &Wanted,
    ending: Ending,
    out: &mut RecordIndex,
) -> Option<usize> {
    // SAFETY: as above.
    unsafe { index_by::<x86::Avx2>(text, start, wanted, ending, out) }
}

fn index_portable(
    text: &[u8],
    start: usize,
    wanted: &Wanted,
    ending: Ending,
    out: &mut RecordIndex,
) -> Option<usize> {
    // SAFETY: it needs no instruction that a processor may lack.
    unsafe { index_by::<Portable>(text, start, wanted, ending, out) }
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

fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).expect("the length of the text was checked")
}

/// # Safety
/// The processor has the instructions of `L`.
#[inline(always)]
unsafe fn index_by<L: Lanes>(
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
            // SAFETY: the caller's.
            open = unsafe { usual_records::<L>(text, open, wanted, out) };
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
///
/// # Safety
/// The processor has the instructions of `L`.
#[inline(always)]
unsafe fn usual_records<L: Lanes>(
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
    loop {
        if walk.inside | walk.pending == 0 {
            // SAFETY: the caller's.
            chunk_start = unsafe { walk.plain_chunks::<L>(chunk_start) };
        }
        let Some(chunk) = text[chunk_start..].first_chunk::<CHUNK>() else { break };
        // SAFETY: the caller's.
        if unsafe { walk.chunk::<L>(chunk, chunk_start, u64::MAX) }.is_break() {
            return walk.open;
        }
        chunk_start += CHUNK;
    }
    let rest = &text[chunk_start..];
    if !rest.is_empty() {
        let mut padded = [0_u8; CHUNK];
        padded[..rest.len()].copy_from_slice(rest);
        // SAFETY: the caller's. The record that is open at the end, if any, is the walk's, whatever this returns.
        let _ = unsafe { walk.chunk::<L>(&padded, chunk_start, (1 << rest.len()) - 1) };
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

impl Walk<'_> {
    /// Walks over the chunks from `at` on, outside quotes, that have nothing but delimiters: most chunks of wide exports. Returns
    /// where the first other one begins.
    ///
    /// # Safety
    /// The processor has the instructions of `L`.
    #[inline(always)]
    unsafe fn plain_chunks<L: Lanes>(&mut self, mut at: usize) -> usize {
        let mut used = self.used;
        while at + CHUNK <= self.limit
            && let Some(chunk) = self.text.get(at..).and_then(|text| text.first_chunk::<CHUNK>())
        {
            // SAFETY: the caller's.
            let masks = unsafe { L::masks(chunk, self.delimiter) };
            if masks.quotes | masks.line_ends | masks.nuls != 0 {
                break;
            }
            let room = self.places.get_mut(used..).and_then(|room| room.first_chunk_mut::<CHUNK>());
            let room = room.expect("there is room for a place for each byte");
            // SAFETY: the caller's.
            unsafe { L::places(masks.delimiters, narrow(at), room) };
            used += masks.delimiters.count_ones() as usize;
            at += CHUNK;
        }
        self.used = used;
        at
    }

    /// Walks over one chunk, of which the `valid` bytes are of the text. `Break`: the open record is unusual.
    ///
    /// # Safety
    /// The processor has the instructions of `L`.
    #[inline(always)]
    unsafe fn chunk<L: Lanes>(
        &mut self,
        chunk: &[u8; CHUNK],
        chunk_start: usize,
        valid: u64,
    ) -> ControlFlow<()> {
        // SAFETY: the caller's.
        let masks = unsafe { L::masks(chunk, self.delimiter) };
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
            // SAFETY: the caller's.
            (delimiters, line_ends, unusual) = unsafe { self.quoted::<L>(chunk, chunk_start, masks, valid) };
        }
        // Up to the first unusual byte everything is as the masks say.
        let trusted = if unusual == 0 { u64::MAX } else { (unusual & unusual.wrapping_neg()) - 1 };
        let marks = (delimiters | line_ends) & trusted;
        let room = self.places.get_mut(self.used..).and_then(|room| room.first_chunk_mut::<CHUNK>());
        let room = room.expect("there is room for a place for each byte");
        // SAFETY: the caller's.
        unsafe { L::places(marks, narrow(chunk_start), room) };
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
    ///
    /// # Safety
    /// The processor has the instructions of `L`.
    #[inline(always)]
    unsafe fn quoted<L: Lanes>(
        &mut self,
        chunk: &[u8; CHUNK],
        chunk_start: usize,
        masks: Masks,
        valid: u64,
    ) -> (u64, u64, u64) {
        // SAFETY: the caller's.
        let (inside, carriages) =
            unsafe { (L::prefix_xor(masks.quotes) ^ self.inside, L::bits(chunk, b'\r')) };
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

#[cfg(test)]
pub(super) type Implementation = fn(&[u8], usize, &Wanted, Ending, &mut RecordIndex) -> Option<usize>;

/// Every implementation that this processor has.
#[cfg(test)]
pub(super) fn implementations() -> Vec<(&'static str, Implementation)> {
    let mut all: Vec<(&'static str, Implementation)> = vec![("portable", index_portable), ("chosen", index)];
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has the instructions, as was just asked.
        all.push(("avx2", |t, s, w, e, o| unsafe { index_avx2(t, s, w, e, o) }));
    }
    #[cfg(target_arch = "x86_64")]
    if has_avx512() {
        // SAFETY: as above.
        all.push(("avx512", |t, s, w, e, o| unsafe { index_avx512(t, s, w, e, o) }));
    }
    all
}
