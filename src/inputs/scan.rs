//! The fast reader of delimited text: finds quotes, delimiters and line ends 64 bytes at a time, as bit masks, and skips to
//! the fields that are wanted without visiting the others. Comes in: a block of text. Goes out: a [`RecordIndex`].
//!
//! It handles what is usual. A record with a NUL, a quote where none should be, another number of fields than the header, or
//! too great a length is handed to the plain reader (`delimited.rs`), its twin, record by record: both give the same rows, which
//! tests hold them to on arbitrary bytes.
//!
//! This is the one file with `unsafe`: vector instructions are chosen at run time, and are called only where the processor
//! has them; loads stay inside the slice, which the length of each chunk shows.
#![expect(
    unsafe_code,
    reason = "vector instructions, chosen at run time; a portable twin is tested against them"
)]

use super::delimited::{self, Field, Found};
use super::record_ends::{Ahead, Ending, Splitting, Unfinished};
/// Bytes that one step looks at.
const CHUNK: usize = 64;

/// What the scanner must know of a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    splitting: Splitting,
    /// Fields of the header.
    expected: usize,
    /// Which delimiters of a record (from 0) bound a wanted field, in order.
    ordinals: Vec<u32>,
    /// For each wanted column: its slot, and where its start and end stand among the marks of a record.
    columns: Vec<WantedColumn>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct WantedColumn {
    slot: usize,
    /// Index of the delimiter before it among the ordinals. **Absent**: it is the first field.
    before: Option<usize>,
    /// Index of the delimiter after it. **Absent**: it is the last field.
    after: Option<usize>,
}

impl Wanted {
    /// For rows of `expected` fields, of which `columns` gives for each slot the field to read.
    pub(crate) fn new(columns: &[Option<usize>], expected: usize, splitting: Splitting) -> Wanted {
        let number = |n: usize| u32::try_from(n).expect("a header has fewer than 2^20 fields");
        let mut ordinals: Vec<u32> = Vec::new();
        for column in columns.iter().flatten() {
            ordinals.extend(column.checked_sub(1).map(number));
            ordinals.extend((column + 1 < expected).then(|| number(*column)));
        }
        ordinals.sort_unstable();
        ordinals.dedup();
        let place = |ordinal: usize| ordinals.binary_search(&number(ordinal)).ok();
        let columns = columns
            .iter()
            .enumerate()
            .filter_map(|(slot, column)| column.map(|column| (slot, column)))
            .map(|(slot, column)| WantedColumn {
                slot,
                before: column.checked_sub(1).and_then(place),
                after: if column + 1 < expected { place(column) } else { None },
            })
            .collect();
        Wanted { splitting, expected, ordinals, columns }
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

/// Where the records of a text are, and the wanted fields of each that is usual.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RecordIndex {
    /// For each record: start, end before its line end, then the delimiters that are wanted. In a record for the plain
    /// reader, the end is [`PLAIN`] and the rest is 0.
    marks: Vec<u32>,
}

/// In place of a record's end: the plain reader must read it.
const PLAIN: u32 = u32::MAX;

/// One record of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Indexed<'i> {
    /// The marks of its wanted fields.
    Usual(Marks<'i>),
    /// To be read by the plain reader; it begins here.
    Plain(usize),
}

/// The marks of one usual record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks<'i> {
    /// Its first byte.
    pub(crate) start: usize,
    end: usize,
    delimiters: &'i [u32],
}

impl Marks<'_> {
    /// The wanted fields of the record, each with its slot.
    #[inline]
    pub(crate) fn fields(&self, text: &[u8], wanted: &Wanted, mut each: impl FnMut(usize, Field)) {
        for column in &wanted.columns {
            let start = column.before.map_or(self.start, |at| self.delimiters[at] as usize + 1);
            let end = column.after.map_or(self.end, |at| self.delimiters[at] as usize);
            let field = if text.get(start) == Some(&b'"') && start < end {
                let (start, end) = (start + 1, end - 1);
                let doubled = memchr::memchr(b'"', &text[start..end]).is_some();
                Field { start, end, doubled }
            } else {
                Field { start, end, doubled: false }
            };
            each(column.slot, field);
        }
    }
}

impl RecordIndex {
    /// Its records, in order.
    pub(crate) fn records<'i>(&'i self, wanted: &Wanted) -> impl Iterator<Item = Indexed<'i>> {
        self.marks.chunks_exact(2 + wanted.ordinals.len()).map(|marks| {
            let (start, delimiters) = (marks[0] as usize, &marks[2..]);
            if marks[1] == PLAIN {
                Indexed::Plain(start)
            } else {
                Indexed::Usual(Marks { start, end: marks[1] as usize, delimiters })
            }
        })
    }
}

/// Finds the records of `text`, of which one begins at `start`. Returns the end of the last complete one, as
/// [`super::record_ends::last_boundary`] does. A text has at most 2³² − 2 bytes.
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
        if is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("pclmulqdq")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt")
        {
            // SAFETY: the processor has the instructions, as was just asked.
            return unsafe { index_avx512(text, start, wanted, ending, out) };
        }
        if is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("pclmulqdq")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt")
        {
            // SAFETY: as above.
            return unsafe { index_avx2(text, start, wanted, ending, out) };
        }
    }
    index_portable(text, start, wanted, ending, out)
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits;

    type Implementation = fn(&[u8], usize, &Wanted, Ending, &mut RecordIndex) -> Option<usize>;

    /// Every implementation that this processor has.
    fn implementations() -> Vec<(&'static str, Implementation)> {
        let mut all: Vec<(&'static str, Implementation)> =
            vec![("portable", index_portable), ("chosen", index)];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2") {
            // SAFETY: the processor has the instructions, as was just asked.
            all.push(("avx2", |t, s, w, e, o| unsafe { index_avx2(t, s, w, e, o) }));
        }
        all
    }

    type Records = Vec<Result<Vec<Vec<u8>>, usize>>;

    fn cells(text: &[u8], fields: impl Iterator<Item = Field>) -> Vec<Vec<u8>> {
        fields.map(|f| delimited::unquoted(text, f, &mut Vec::new()).to_vec()).collect()
    }

    /// What the plain reader makes of a text: wanted fields of the usual records, places of the rest; and where it ends.
    fn plainly(
        text: &[u8],
        columns: &[Option<usize>],
        expected: usize,
        splitting: Splitting,
        ending: Ending,
    ) -> (Records, Option<usize>) {
        let (mut at, mut fields, mut found, mut ahead) = (0, Vec::new(), Vec::new(), Ahead::default());
        while at < text.len() {
            match delimited::split(text, at, splitting, ending, &mut fields, &mut ahead) {
                Found::Record { next, end, bad_quote } => {
                    let is_bad = bad_quote || fields.len() != expected || text[at..end].contains(&0);
                    let wanted = || cells(text, columns.iter().flatten().map(|c| fields[*c]));
                    found.push(if is_bad { Err(at) } else { Ok(wanted()) });
                    at = next;
                }
                Found::BlankLine { next } => at = next,
                Found::Unfinished(Unfinished::Refused { next, .. }) => {
                    found.push(Err(at));
                    match next {
                        Some(next) => at = next,
                        None => return (found, None),
                    }
                }
                Found::Unfinished(Unfinished::Open) => return (found, Some(at)),
            }
        }
        (found, Some(text.len()))
    }

    fn quickly(index: &RecordIndex, text: &[u8], wanted: &Wanted, columns: usize) -> Records {
        let record = |record: Indexed<'_>| match record {
            Indexed::Plain(at) => Err(at),
            Indexed::Usual(marks) => {
                let mut slots = vec![None; columns];
                marks.fields(text, wanted, |slot, field| slots[slot] = Some(field));
                Ok(cells(text, slots.into_iter().flatten()))
            }
        };
        index.records(wanted).map(record).collect()
    }

    /// The fast reader may leave records to the plain one that are usual after all: the last without a line end, and those with
    /// a quote that is data.
    fn agree(text: &[u8], columns: &[Option<usize>], expected: usize, splitting: Splitting, ending: Ending) {
        let (plain, plain_end) = plainly(text, columns, expected, splitting, ending);
        // Where nothing follows, the end of the text and the rest of a refused line are the same.
        let same_end =
            |end: Option<usize>| if ending == Ending::Last { end.or(Some(text.len())) } else { end };
        let wanted = Wanted::new(columns, expected, splitting);
        for (name, implementation) in implementations() {
            let mut out = RecordIndex::default();
            let end = implementation(text, 0, &wanted, ending, &mut out);
            assert_eq!(same_end(end), same_end(plain_end), "{name}: {:?}", String::from_utf8_lossy(text));
            let boundary = crate::inputs::record_ends::last_boundary(text, 0, splitting, ending);
            assert_eq!(same_end(end), same_end(boundary), "{name}");
            let quick = quickly(&out, text, &wanted, columns.len());
            assert_eq!(quick.len(), plain.len(), "{name}: {:?}", String::from_utf8_lossy(text));
            for (nth, (quick, plain)) in quick.iter().zip(&plain).enumerate() {
                let is_left_over = quick.is_err() && plain.is_ok();
                assert!(
                    quick == plain || is_left_over,
                    "{name}, record {nth}: {:?}",
                    String::from_utf8_lossy(text)
                );
            }
        }
    }

    fn columns() -> impl Strategy<Value = (Vec<Option<usize>>, usize)> {
        (1_usize..6).prop_flat_map(|expected| {
            (prop::collection::vec(prop::option::of(0..expected), 1..5), Just(expected))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn it_agrees_with_the_plain_reader_on_arbitrary_bytes(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "\"", ",", "\n", "\r\n", "\r", "a", "é", "\0", "\"\"", "\",\"", "\"\n", ",\"", "0123456789", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                ]),
                0..120,
            ),
            (columns, expected) in columns(),
            is_last in any::<bool>(),
            record_bytes in prop::sample::select(vec![16_usize, 100, 1 << 20]),
        ) {
            let ending = if is_last { Ending::Last } else { Ending::More };
            let splitting = Splitting { delimiter: b',', record_bytes };
            agree(pieces.concat().as_bytes(), &columns, expected, splitting, ending);
        }

        #[test]
        fn it_agrees_with_the_plain_reader_on_records_that_are_mostly_usual(
            rows in prop::collection::vec(
                prop::collection::vec(
                    prop::sample::select(vec!["", "1", "abc", "\"q\"", "\"a,b\"", "\"{\"\"k\"\": \"\"v\"\"}\"", "\"line\nbreak\"", "x\"y", "\"z\"w"]),
                    3..5,
                ),
                0..60,
            ),
            (columns, _) in columns(),
            line_end in prop::sample::select(vec!["\n", "\r\n"]),
        ) {
            let columns: Vec<Option<usize>> = columns.into_iter().map(|c| c.filter(|c| *c < 4)).collect();
            let text: String = rows.iter().map(|row| row.join(",") + line_end).collect();
            agree(text.as_bytes(), &columns, 4, Splitting::at(b','), Ending::Last);
        }
    }

    #[test]
    fn nothing_that_rfc_4180_allows_is_left_to_the_plain_reader() {
        let row = "1,\"a,b\",\"{\"\"k\"\": \"\"v\nw\"\"}\",\"\",x y\r\n";
        let text = row.repeat(100);
        let wanted = Wanted::new(&[Some(0), Some(2), Some(4)], 5, Splitting::at(b','));
        for (name, implementation) in implementations() {
            let mut out = RecordIndex::default();
            assert_eq!(implementation(text.as_bytes(), 0, &wanted, Ending::Last, &mut out), Some(text.len()));
            let records: Vec<Indexed<'_>> = out.records(&wanted).collect();
            assert_eq!(records.len(), 100, "{name}");
            assert!(records.iter().all(|r| matches!(r, Indexed::Usual(_))), "{name}");
        }
    }

    #[test]
    fn records_of_more_than_1_mib_are_left_to_the_plain_reader() {
        let long = "x".repeat(limits::RECORD_BYTES);
        let text = format!("a,b\n{long},c\nd,e\n\"{long}\",f\ng,\"{long}");
        agree(text.as_bytes(), &[Some(0), Some(1)], 2, Splitting::at(b','), Ending::Last);
        agree(text.as_bytes(), &[Some(0), Some(1)], 2, Splitting::at(b','), Ending::More);
    }
}
