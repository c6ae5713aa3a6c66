//! The scan itself: masks of 64 bytes at a time, and the walk over them. Comes in: text. Goes out: the marks of its records.
//!
//! This is the one file with `unsafe`: vector instructions are chosen at run time, and are called only where the processor
//! has them; loads stay inside the slice, which the length of each chunk shows.
#![expect(
    unsafe_code,
    reason = "vector instructions, chosen at run time; a portable twin is tested against them"
)]

use super::{PLAIN, RecordIndex, Wanted};
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
    out.marks.clear();
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
}

/// Bits of the bytes of one chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Masks {
    quotes: u64,
    delimiters: u64,
    line_ends: u64,
    carriages: u64,
    nuls: u64,
}

/// How masks are made and used.
trait Lanes {
    /// The masks of a chunk.
    ///
    /// # Safety
    /// The processor has the instructions of the implementation.
    unsafe fn masks(chunk: &[u8; CHUNK], delimiter: u8) -> Masks;

    /// Each bit of the result is the exclusive or of all bits up to it.
    ///
    /// # Safety
    /// As [`Lanes::masks`].
    unsafe fn prefix_xor(bits: u64) -> u64;

    /// The place of the `nth` set bit, which there is.
    ///
    /// # Safety
    /// As [`Lanes::masks`].
    unsafe fn select(bits: u64, nth: u32) -> u32;
}

struct Portable;

impl Lanes for Portable {
    #[inline(always)]
    unsafe fn masks(chunk: &[u8; CHUNK], delimiter: u8) -> Masks {
        let bits = |byte: u8| chunk.iter().rev().fold(0_u64, |bits, b| bits << 1 | u64::from(*b == byte));
        Masks {
            quotes: bits(b'"'),
            delimiters: bits(delimiter),
            line_ends: bits(b'\n'),
            carriages: bits(b'\r'),
            nuls: bits(0),
        }
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
    unsafe fn select(mut bits: u64, nth: u32) -> u32 {
        for _ in 0..nth {
            bits &= bits - 1;
        }
        bits.trailing_zeros()
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, __m512i, _mm_clmulepi64_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_set1_epi8,
        _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8,
        _mm512_cmpeq_epi8_mask, _mm512_loadu_si512, _mm512_set1_epi8, _pdep_u64,
    };

    use super::{CHUNK, Lanes, Masks};

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

    #[inline(always)]
    unsafe fn select(bits: u64, nth: u32) -> u32 {
        // SAFETY: the caller has BMI2.
        unsafe { _pdep_u64(1 << nth, bits) }.trailing_zeros()
    }

    impl Lanes for Avx2 {
        #[inline(always)]
        unsafe fn masks(chunk: &[u8; CHUNK], delimiter: u8) -> Masks {
            // SAFETY: the caller has AVX2, and both halves lie in the chunk.
            unsafe {
                let low = _mm256_loadu_si256(chunk.as_ptr().cast::<__m256i>());
                let high = _mm256_loadu_si256(chunk.as_ptr().add(32).cast::<__m256i>());
                let bits = |byte: u8| {
                    let wanted = _mm256_set1_epi8(byte.cast_signed());
                    let low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted)).cast_unsigned();
                    let high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)).cast_unsigned();
                    u64::from(high) << 32 | u64::from(low)
                };
                Masks {
                    quotes: bits(b'"'),
                    delimiters: bits(delimiter),
                    line_ends: bits(b'\n'),
                    carriages: bits(b'\r'),
                    nuls: bits(0),
                }
            }
        }

        #[inline(always)]
        unsafe fn prefix_xor(bits: u64) -> u64 {
            // SAFETY: the caller's.
            unsafe { prefix_xor(bits) }
        }

        #[inline(always)]
        unsafe fn select(bits: u64, nth: u32) -> u32 {
            // SAFETY: the caller's.
            unsafe { select(bits, nth) }
        }
    }

    impl Lanes for Avx512 {
        #[inline(always)]
        unsafe fn masks(chunk: &[u8; CHUNK], delimiter: u8) -> Masks {
            // SAFETY: the caller has AVX-512 BW, and the chunk has the length of one load.
            unsafe {
                let bytes = _mm512_loadu_si512(chunk.as_ptr().cast::<__m512i>());
                let bits = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()));
                Masks {
                    quotes: bits(b'"'),
                    delimiters: bits(delimiter),
                    line_ends: bits(b'\n'),
                    carriages: bits(b'\r'),
                    nuls: bits(0),
                }
            }
        }

        #[inline(always)]
        unsafe fn prefix_xor(bits: u64) -> u64 {
            // SAFETY: the caller's.
            unsafe { prefix_xor(bits) }
        }

        #[inline(always)]
        unsafe fn select(bits: u64, nth: u32) -> u32 {
            // SAFETY: the caller's.
            unsafe { select(bits, nth) }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,pclmulqdq,bmi1,bmi2,popcnt,lzcnt")]
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

/// What the scanner carries from chunk to chunk of a record.
struct Carried {
    /// All ones inside quotes.
    inside: u64,
    /// Whether a quote that opens may stand at the first byte of the next chunk.
    may_open: u64,
    /// Whether the last byte closed a quote.
    has_closed: u64,
    /// Whether the last byte was a CR after a closing quote.
    has_carriage: u64,
}

impl Carried {
    const AT_START: Carried = Carried { inside: 0, may_open: 1, has_closed: 0, has_carriage: 0 };
}

/// The record that is being scanned: its place among the marks, and what was seen of it.
struct OpenRecord {
    start: usize,
    at: usize,
    /// Delimiters seen.
    seen: u32,
    /// Wanted delimiters seen.
    found: usize,
}

impl OpenRecord {
    #[inline(always)]
    fn begin(out: &mut RecordIndex, start: usize, stride: usize) -> OpenRecord {
        let at = out.marks.len();
        out.marks.resize(at + stride, 0);
        OpenRecord { start, at, seen: 0, found: 0 }
    }

    /// Notes the delimiters of `bits`, which lie in the chunk at `chunk_start`.
    ///
    /// # Safety
    /// The processor has the instructions of `L`.
    #[inline(always)]
    unsafe fn delimiters<L: Lanes>(
        &mut self,
        out: &mut RecordIndex,
        wanted: &Wanted,
        bits: u64,
        chunk_start: usize,
    ) {
        let seen = self.seen + bits.count_ones();
        while let Some(ordinal) = wanted.ordinals.get(self.found)
            && *ordinal < seen
        {
            // SAFETY: the caller's; the bit is there, since fewer delimiters were seen than its ordinal.
            let place = unsafe { L::select(bits, ordinal - self.seen) };
            out.marks[self.at + 2 + self.found] = narrow(chunk_start) + place;
            self.found += 1;
        }
        self.seen = seen;
    }

    /// Ends the record at the LF at `line_end`. `false`: it is one for the plain reader.
    #[inline(always)]
    fn end(&self, out: &mut RecordIndex, text: &[u8], line_end: usize, wanted: &Wanted) -> bool {
        let has_carriage = line_end > self.start && text[line_end - 1] == b'\r';
        let end = line_end - usize::from(has_carriage);
        if end == self.start {
            // A line without bytes is no record.
            out.marks.truncate(self.at);
            return true;
        }
        out.marks[self.at] = narrow(self.start);
        out.marks[self.at + 1] = narrow(end);
        self.seen as usize + 1 == wanted.expected && line_end - self.start < wanted.splitting.record_bytes
    }

    /// Leaves the record to the plain reader.
    fn give_up(self, out: &mut RecordIndex, stride: usize) {
        out.marks.truncate(self.at);
        out.marks.resize(self.at + stride, 0);
        out.marks[self.at] = narrow(self.start);
        out.marks[self.at + 1] = PLAIN;
    }
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
    let stride = 2 + wanted.ordinals.len();
    let mut plain_fields: Vec<Field> = Vec::new();
    let mut ahead = Ahead::default();
    let mut record_start = start;
    while record_start < text.len() {
        let open = if ahead.reaches(record_start) {
            // The plain reader knows already what comes; to look again at each of many refused lines would take for ever.
            OpenRecord::begin(out, record_start, stride)
        } else {
            // SAFETY: the caller's.
            unsafe { usual_records::<L>(text, record_start, wanted, out) }
        };
        if open.start >= text.len() {
            out.marks.truncate(open.at);
            break;
        }
        // What comes is unusual, or has no line end: the plain reader decides on one record.
        let at = open.start;
        match delimited::split(text, at, wanted.splitting, ending, &mut plain_fields, &mut ahead) {
            Found::Record { next, .. } => {
                open.give_up(out, stride);
                record_start = next;
            }
            Found::Unfinished(Unfinished::Refused { next, .. }) => {
                open.give_up(out, stride);
                record_start = next?;
            }
            Found::BlankLine { next } => {
                out.marks.truncate(open.at);
                record_start = next;
            }
            Found::Unfinished(Unfinished::Open) => {
                out.marks.truncate(open.at);
                return Some(at);
            }
        }
    }
    Some(text.len())
}

/// Indexes the records from `record_start` on, until one is unusual or the text ends; returns that one.
///
/// # Safety
/// The processor has the instructions of `L`.
#[inline(always)]
unsafe fn usual_records<L: Lanes>(
    text: &[u8],
    record_start: usize,
    wanted: &Wanted,
    out: &mut RecordIndex,
) -> OpenRecord {
    let stride = 2 + wanted.ordinals.len();
    let mut open = OpenRecord::begin(out, record_start, stride);
    let mut carried = Carried::AT_START;
    let mut chunk_start = record_start;
    while chunk_start < text.len() {
        let rest = &text[chunk_start..];
        let mut padded = [0_u8; CHUNK];
        let (chunk, valid): (&[u8; CHUNK], u64) = match rest.first_chunk::<CHUNK>() {
            Some(chunk) => (chunk, u64::MAX),
            None => {
                padded[..rest.len()].copy_from_slice(rest);
                (&padded, (1 << rest.len()) - 1)
            }
        };
        // SAFETY: the caller's.
        let masks = unsafe { L::masks(chunk, wanted.splitting.delimiter) };
        // SAFETY: the caller's.
        let inside = unsafe { L::prefix_xor(masks.quotes) } ^ carried.inside;
        let delimiters = masks.delimiters & !inside;
        let line_ends = masks.line_ends & !inside;
        let opening = masks.quotes & inside;
        let closing = masks.quotes & !inside;
        let may_open = delimiters | line_ends | masks.quotes;
        let may_follow = masks.delimiters | masks.line_ends | masks.quotes | masks.carriages;
        let after_closing = closing << 1 | carried.has_closed;
        let carriage = after_closing & masks.carriages;
        let after_carriage = carriage << 1 | carried.has_carriage;
        let unusual = valid
            & ((opening & !(may_open << 1 | carried.may_open))
                | (after_closing & !may_follow)
                | (after_carriage & !masks.line_ends)
                | masks.nuls);
        // Up to the first unusual byte everything is as the masks say.
        let trusted = if unusual == 0 { valid } else { (unusual & unusual.wrapping_neg()) - 1 };
        let mut ends = line_ends & trusted;
        let mut unseen = delimiters & trusted;
        while ends != 0 {
            let before = (ends & ends.wrapping_neg()) - 1;
            let line_end = chunk_start + ends.trailing_zeros() as usize;
            // SAFETY: the caller's.
            unsafe { open.delimiters::<L>(out, wanted, unseen & before, chunk_start) };
            if !open.end(out, text, line_end, wanted) {
                return open;
            }
            open = OpenRecord::begin(out, line_end + 1, stride);
            unseen &= !before;
            ends &= ends - 1;
        }
        if unusual != 0 || chunk_start + CHUNK - open.start > wanted.splitting.record_bytes {
            return open;
        }
        // SAFETY: the caller's.
        unsafe { open.delimiters::<L>(out, wanted, unseen, chunk_start) };
        carried = Carried {
            inside: (inside >> 63).wrapping_neg(),
            may_open: may_open >> 63,
            has_closed: closing >> 63,
            has_carriage: carriage >> 63,
        };
        chunk_start += CHUNK;
    }
    open
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
