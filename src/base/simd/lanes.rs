//! Lanes: what looks at many bytes at a time, in as many ways as there are kinds of processors.
//!
//! This is the one file with `unsafe`. A value of a type that implements [`Lanes`] proves that the processor has the instructions
//! that its functions use: one is made only after the processor was asked ([`scan_with_best`], [`read_with_best`]). Loads and stores
//! stay inside their arrays, whose lengths are part of their types. [`Portable`] needs no proof; the others are tested against it.
#![cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "vector instructions, chosen at run time; a portable twin is tested against them"
    )
)]

#[cfg(test)]
mod tests;

/// Bytes that are looked at in one step.
pub(crate) const CHUNK: usize = 64;

/// Bytes from the start of a cell on, those of the cell and some behind it.
pub(crate) type Window = [u8; 48];

/// What is done many bytes at a time.
pub(crate) trait Lanes: Copy {
    /// The bits of one byte of a chunk.
    fn bits(self, chunk: &[u8; CHUNK], byte: u8) -> u64;

    /// Each bit of the result is the exclusive or of all bits up to it.
    fn prefix_xor(self, bits: u64) -> u64;

    /// Writes the place of each bit, counted from `base`, to the front of `out`; what stands behind them is anything.
    fn places(self, bits: u64, base: u32, out: &mut [u32; CHUNK]);

    /// The bits of the bytes that are no decimal digits.
    fn not_digits(self, text: &[u8; 32]) -> u32;

    /// The number that the first `count` bytes make, at most 16, which are decimal digits.
    fn number(self, text: &[u8; 16], count: usize) -> u64;

    /// The same, with zeros behind them that make them 16.
    fn number_filled_up(self, text: &[u8; 16], count: usize) -> u64;

    /// The 32 digits of a GUID in either case, as a number. `None`: it is none.
    fn guid(self, text: &[u8; 36]) -> Option<u128>;
}

/// Work that is done by whatever lanes there are.
pub(crate) trait Work {
    /// What it comes to.
    type Outcome;

    /// Does it. To be inlined, so that it is compiled for the lanes.
    fn with<L: Lanes>(self, lanes: L) -> Self::Outcome;
}

/// Does the work of finding bytes in chunks with the best lanes that the processor has.
pub(crate) fn scan_with_best<W: Work>(work: W) -> W::Outcome {
    #[cfg(target_arch = "x86_64")]
    {
        if x86::has_avx512() {
            // SAFETY: the processor has every instruction that the function may use, as was just asked.
            return unsafe { x86::with_avx512(work) };
        }
        if x86::has_avx2() {
            // SAFETY: as above.
            return unsafe { x86::with_avx2(work) };
        }
    }
    work.with(Portable)
}

/// Does the work of reading cells with the best lanes that the processor has. No cell is as wide as AVX-512.
pub(crate) fn read_with_best<W: Work>(work: W) -> W::Outcome {
    #[cfg(target_arch = "x86_64")]
    if x86::has_avx2() {
        // SAFETY: the processor has every instruction that the function may use, as was just asked.
        return unsafe { x86::with_avx2(work) };
    }
    work.with(Portable)
}

/// Lanes that every processor has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Portable;

impl Lanes for Portable {
    #[inline(always)]
    fn bits(self, chunk: &[u8; CHUNK], byte: u8) -> u64 {
        chunk.iter().rev().fold(0_u64, |bits, b| bits << 1 | u64::from(*b == byte))
    }

    #[inline(always)]
    fn prefix_xor(self, bits: u64) -> u64 {
        let mut x = bits;
        for shift in [1, 2, 4, 8, 16, 32] {
            x ^= x << shift;
        }
        x
    }

    #[inline(always)]
    fn places(self, bits: u64, base: u32, out: &mut [u32; CHUNK]) {
        places_by_fours(bits, base, out);
    }

    #[inline(always)]
    fn not_digits(self, text: &[u8; 32]) -> u32 {
        text.iter().rev().fold(0, |bits, b| bits << 1 | u32::from(!b.is_ascii_digit()))
    }

    #[inline(always)]
    fn number(self, text: &[u8; 16], count: usize) -> u64 {
        // In two steps, since a shift by 128 bits is none.
        let half = 4 * (text.len() - count);
        sixteen(u128::from_le_bytes(*text) << half << half)
    }

    #[inline(always)]
    fn number_filled_up(self, text: &[u8; 16], count: usize) -> u64 {
        sixteen(u128::from_le_bytes(*text) & front(count))
    }

    #[inline(always)]
    fn guid(self, text: &[u8; 36]) -> Option<u128> {
        let (a, b) = (eight(text, 0, 4), eight(text, 9, 14));
        let (c, d) = (eight(text, 19, 24), eight(text, 28, 32));
        let number = u128::from(a.0 << 32 | b.0) << 64 | u128::from(c.0 << 32 | d.0);
        (has_hyphens(text) & a.1 & b.1 & c.1 & d.1).then_some(number)
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

/// All bits of the first `count` bytes, at most 16, of a word whose lowest byte is the first.
#[inline(always)]
pub(crate) fn front(count: usize) -> u128 {
    const FRONTS: [u128; 17] = {
        let mut fronts = [u128::MAX; 17];
        let mut count = 0;
        while count < 16 {
            fronts[count] = (1 << (8 * count)) - 1;
            count += 1;
        }
        fronts
    };
    FRONTS[count]
}

/// The number that 16 decimal digits make, the first in the lowest byte; a byte of 0 is a digit 0 too.
#[inline(always)]
fn sixteen(digits: u128) -> u64 {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = digits.to_le_bytes();
    let first = eight_digits(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    first * 100_000_000 + eight_digits(u64::from_le_bytes([i, j, k, l, m, n, o, p]))
}

#[inline(always)]
fn eight_digits(digits: u64) -> u64 {
    const PAIR: u64 = 0x0000_00FF_0000_00FF;
    let digits = digits & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let hundreds = (pairs & PAIR).wrapping_mul(100 + (1_000_000 << 32));
    let ones = (pairs >> 16 & PAIR).wrapping_mul(1 + (10_000 << 32));
    hundreds.wrapping_add(ones) >> 32
}

/// Whether the hyphens of a GUID are where they should be.
#[inline(always)]
fn has_hyphens(text: &[u8; 36]) -> bool {
    (text[8] == b'-') & (text[13] == b'-') & (text[18] == b'-') & (text[23] == b'-')
}

/// [`hex`] of the four bytes at each of two places.
#[inline(always)]
fn eight(text: &[u8; 36], first: usize, second: usize) -> (u64, bool) {
    let four = |at: usize| u32::from_be_bytes([text[at], text[at + 1], text[at + 2], text[at + 3]]);
    hex(u64::from(four(first)) << 32 | u64::from(four(second)))
}

/// The number that eight hex digits make, and whether that is what they are. All eight bytes at once: bit 7 of a byte of a
/// sum says that the byte is that large or larger, since no byte of ASCII has it.
#[inline(always)]
fn hex(digits: u64) -> (u64, bool) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    let from = |bytes: u64, first: u8| bytes.wrapping_add(u64::from(0x80 - first) * EACH);
    let is_digit = from(digits, b'0') & !from(digits, b'9' + 1) & HIGH;
    let small = digits | (0x20 * EACH);
    let is_letter = from(small, b'a') & !from(small, b'f' + 1) & HIGH;
    let is_hex = (digits & HIGH == 0) & (is_digit | is_letter == HIGH);
    let fours = (digits & (0x0f * EACH)).wrapping_add((is_letter >> 7).wrapping_mul(9));
    let bytes = (fours | fours >> 4) & 0x00ff_00ff_00ff_00ff;
    let pairs = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    ((pairs | pairs >> 16) & 0xffff_ffff, is_hex)
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m128i, __m256i, __m512i, _mm_and_si128, _mm_clmulepi64_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64,
        _mm_loadu_si128, _mm_madd_epi16, _mm_maddubs_epi16, _mm_packus_epi32, _mm_set1_epi8, _mm_set1_epi16,
        _mm_set1_epi32, _mm_shuffle_epi8, _mm256_add_epi8, _mm256_and_si256, _mm256_cmpeq_epi8,
        _mm256_extract_epi64, _mm256_loadu_si256, _mm256_maddubs_epi16, _mm256_min_epu8,
        _mm256_movemask_epi8, _mm256_or_si256, _mm256_packus_epi16, _mm256_set_m128i, _mm256_set1_epi8,
        _mm256_set1_epi16, _mm256_shuffle_epi8, _mm256_sub_epi8, _mm512_add_epi32, _mm512_castsi512_si128,
        _mm512_cmpeq_epi8_mask, _mm512_cvtepu8_epi32, _mm512_loadu_si512, _mm512_maskz_compress_epi8,
        _mm512_set1_epi8, _mm512_set1_epi32, _mm512_storeu_si512,
    };

    use super::{CHUNK, Lanes, Work, has_hyphens, places_by_fours};

    /// Whether the processor has all that [`with_avx2`] may use.
    pub(super) fn has_avx2() -> bool {
        is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("pclmulqdq")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt")
            && is_x86_feature_detected!("lzcnt")
    }

    /// Whether the processor has all that [`with_avx512`] may use.
    pub(super) fn has_avx512() -> bool {
        has_avx2()
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi2")
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,pclmulqdq,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) fn with_avx512<W: Work>(work: W) -> W::Outcome {
        work.with(Avx512(Avx2(())))
    }

    #[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) fn with_avx2<W: Work>(work: W) -> W::Outcome {
        work.with(Avx2(()))
    }

    /// Proves that the processor has what [`with_avx2`] enables; it is made there and where more is enabled.
    #[derive(Clone, Copy)]
    pub(super) struct Avx2(());

    /// Proves that the processor has what [`with_avx512`] enables, which alone makes it.
    #[derive(Clone, Copy)]
    pub(super) struct Avx512(Avx2);

    /// Shuffles that move the first so many bytes to the end, with zeros before them.
    static TO_THE_END: [[u8; 16]; 17] = {
        let mut shuffles = [[0x80; 16]; 17];
        let mut count = 0;
        while count <= 16 {
            let mut nth: u8 = 0;
            while (nth as usize) < count {
                shuffles[count][16 - count + nth as usize] = nth;
                nth += 1;
            }
            count += 1;
        }
        shuffles
    };

    /// The first so many bytes.
    static FRONTS: [[u8; 16]; 17] = {
        let mut fronts = [[0; 16]; 17];
        let mut count = 0;
        while count <= 16 {
            let mut nth = 0;
            while nth < count {
                fronts[count][nth] = 0x0F;
                nth += 1;
            }
            count += 1;
        }
        fronts
    };

    const NONE: u8 = 0x80;

    /// The digits of a GUID among its bytes from 0 and from 19 on, and the last ones among those from 2 and from 20 on.
    static GUID_DIGITS: [u8; 32] = [
        0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, NONE, NONE, 0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13,
        14, 15, NONE,
    ];
    static LAST_GUID_DIGITS: [u8; 32] = {
        let mut shuffle = [NONE; 32];
        (shuffle[14], shuffle[15], shuffle[31]) = (14, 15, 15);
        shuffle
    };

    /// The bytes of `digits` that are at most `most`.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn up_to(most: i8, digits: __m256i) -> __m256i {
        _mm256_cmpeq_epi8(_mm256_min_epu8(digits, _mm256_set1_epi8(most)), digits)
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn not_digits(text: &[u8; 32]) -> u32 {
        // SAFETY: the text has the length of one load.
        let text = unsafe { _mm256_loadu_si256(text.as_ptr().cast::<__m256i>()) };
        let digits = _mm256_sub_epi8(text, _mm256_set1_epi8(0x30));
        !_mm256_movemask_epi8(up_to(9, digits)).cast_unsigned()
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn load(bytes: &[u8; 16]) -> __m128i {
        // SAFETY: they have the length of one load.
        unsafe { _mm_loadu_si128(bytes.as_ptr().cast::<__m128i>()) }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn number(text: &[u8; 16], count: usize) -> u64 {
        let digits = _mm_and_si128(load(text), _mm_set1_epi8(0x0F));
        number_of(_mm_shuffle_epi8(digits, load(&TO_THE_END[count])))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn number_filled_up(text: &[u8; 16], count: usize) -> u64 {
        number_of(_mm_and_si128(load(text), load(&FRONTS[count])))
    }

    /// The number that 16 digits make, of which each is a value below 10.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn number_of(digits: __m128i) -> u64 {
        let pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A));
        let fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x0001_0064));
        let eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x0001_2710));
        let both = _mm_cvtsi128_si64(eights).cast_unsigned();
        (both & 0xFFFF_FFFF) * 100_000_000 + (both >> 32)
    }

    /// Two times 16 bytes, shuffled.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn shuffled(low: &[u8; 16], high: &[u8; 16], shuffle: &[u8; 32]) -> __m256i {
        // SAFETY: the shuffle has the length of one load.
        let shuffle = unsafe { _mm256_loadu_si256(shuffle.as_ptr().cast::<__m256i>()) };
        _mm256_shuffle_epi8(_mm256_set_m128i(load(high), load(low)), shuffle)
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn guid(text: &[u8; 36]) -> Option<u128> {
        let (low, high) = (text.first_chunk()?, text[19..].first_chunk()?);
        let (last_low, last_high) = (text[2..].first_chunk()?, text.last_chunk()?);
        let last = shuffled(last_low, last_high, &LAST_GUID_DIGITS);
        let digits = _mm256_or_si256(shuffled(low, high, &GUID_DIGITS), last);
        let is_digit = up_to(9, _mm256_sub_epi8(digits, _mm256_set1_epi8(0x30)));
        let small = _mm256_or_si256(digits, _mm256_set1_epi8(0x20));
        let is_letter = up_to(5, _mm256_sub_epi8(small, _mm256_set1_epi8(0x61)));
        let is_hex = _mm256_movemask_epi8(_mm256_or_si256(is_digit, is_letter)) == -1;
        let nine = _mm256_and_si256(is_letter, _mm256_set1_epi8(9));
        let fours = _mm256_add_epi8(_mm256_and_si256(digits, _mm256_set1_epi8(0x0F)), nine);
        let bytes = _mm256_maddubs_epi16(fours, _mm256_set1_epi16(0x0110));
        let bytes = _mm256_packus_epi16(bytes, bytes);
        let high = _mm256_extract_epi64(bytes, 0).cast_unsigned().swap_bytes();
        let low = _mm256_extract_epi64(bytes, 2).cast_unsigned().swap_bytes();
        (has_hyphens(text) & is_hex).then_some(u128::from(high) << 64 | u128::from(low))
    }

    /// The bits of one byte of half a chunk.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn half_bits(half: &[u8; CHUNK / 2], byte: u8) -> u64 {
        // SAFETY: it has the length of one load.
        let half = unsafe { _mm256_loadu_si256(half.as_ptr().cast::<__m256i>()) };
        let is_byte = _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte.cast_signed()));
        _mm256_movemask_epi8(is_byte).cast_unsigned().into()
    }

    #[target_feature(enable = "pclmulqdq")]
    #[inline]
    fn prefix_xor(bits: u64) -> u64 {
        let product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(bits.cast_signed()), _mm_set1_epi8(-1), 0);
        _mm_cvtsi128_si64(product).cast_unsigned()
    }

    impl Lanes for Avx2 {
        #[inline(always)]
        fn bits(self, chunk: &[u8; CHUNK], byte: u8) -> u64 {
            let halves = (chunk.first_chunk(), chunk.last_chunk());
            let (Some(low), Some(high)) = halves else { unreachable!("a chunk has two halves") };
            // SAFETY: the processor has AVX2.
            unsafe { half_bits(high, byte) << 32 | half_bits(low, byte) }
        }

        #[inline(always)]
        fn prefix_xor(self, bits: u64) -> u64 {
            // SAFETY: the processor has carry-less multiplication.
            unsafe { prefix_xor(bits) }
        }

        #[inline(always)]
        fn places(self, bits: u64, base: u32, out: &mut [u32; CHUNK]) {
            places_by_fours(bits, base, out);
        }

        #[inline(always)]
        fn not_digits(self, text: &[u8; 32]) -> u32 {
            // SAFETY: the processor has AVX2.
            unsafe { not_digits(text) }
        }

        #[inline(always)]
        fn number(self, text: &[u8; 16], count: usize) -> u64 {
            // SAFETY: as above.
            unsafe { number(text, count) }
        }

        #[inline(always)]
        fn number_filled_up(self, text: &[u8; 16], count: usize) -> u64 {
            // SAFETY: as above.
            unsafe { number_filled_up(text, count) }
        }

        #[inline(always)]
        fn guid(self, text: &[u8; 36]) -> Option<u128> {
            // SAFETY: as above.
            unsafe { guid(text) }
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

    #[target_feature(enable = "avx512f,avx512bw")]
    #[inline]
    fn bits(chunk: &[u8; CHUNK], byte: u8) -> u64 {
        // SAFETY: the chunk has the length of one load.
        let bytes = unsafe { _mm512_loadu_si512(chunk.as_ptr().cast::<__m512i>()) };
        _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()))
    }

    /// Of at most 16 bits.
    #[target_feature(enable = "avx512f,avx512vbmi2")]
    #[inline]
    fn places(bits: u64, base: u32, out: &mut [u32; CHUNK]) {
        // SAFETY: the numbers have the length of one load.
        let numbers = unsafe { _mm512_loadu_si512(NUMBERS.as_ptr().cast::<__m512i>()) };
        let first = _mm512_castsi512_si128(_mm512_maskz_compress_epi8(bits, numbers));
        let places = _mm512_add_epi32(_mm512_cvtepu8_epi32(first), _mm512_set1_epi32(base.cast_signed()));
        // SAFETY: the 16 places of one store lie in `out`.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast::<__m512i>(), places) }
    }

    impl Lanes for Avx512 {
        #[inline(always)]
        fn bits(self, chunk: &[u8; CHUNK], byte: u8) -> u64 {
            // SAFETY: the processor has AVX-512 BW.
            unsafe { bits(chunk, byte) }
        }

        #[inline(always)]
        fn prefix_xor(self, bits: u64) -> u64 {
            self.0.prefix_xor(bits)
        }

        #[inline(always)]
        fn places(self, bits: u64, base: u32, out: &mut [u32; CHUNK]) {
            if bits.count_ones() > 16 {
                return places_by_fours(bits, base, out);
            }
            // SAFETY: the processor has AVX-512 F and VBMI2.
            unsafe { places(bits, base, out) }
        }

        #[inline(always)]
        fn not_digits(self, text: &[u8; 32]) -> u32 {
            self.0.not_digits(text)
        }

        #[inline(always)]
        fn number(self, text: &[u8; 16], count: usize) -> u64 {
            self.0.number(text, count)
        }

        #[inline(always)]
        fn number_filled_up(self, text: &[u8; 16], count: usize) -> u64 {
            self.0.number_filled_up(text, count)
        }

        #[inline(always)]
        fn guid(self, text: &[u8; 36]) -> Option<u128> {
            self.0.guid(text)
        }
    }
}

/// Does a work by all lanes that this processor has.
#[cfg(test)]
pub(crate) fn by_all<W: Work>(work: impl Fn() -> W) -> Vec<(&'static str, W::Outcome)> {
    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "there are no others"))]
    let mut all = vec![("portable", work().with(Portable)), ("chosen", scan_with_best(work()))];
    #[cfg(target_arch = "x86_64")]
    if x86::has_avx2() {
        // SAFETY: the processor has the instructions, as was just asked.
        all.push(("avx2", unsafe { x86::with_avx2(work()) }));
    }
    #[cfg(target_arch = "x86_64")]
    if x86::has_avx512() {
        // SAFETY: as above.
        all.push(("avx512", unsafe { x86::with_avx512(work()) }));
    }
    all
}
