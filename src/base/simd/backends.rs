//! SIMD backends: one implementation of [`Simd`] for each instruction set, and the run-time dispatch between them. Comes in: bytes, or a
//! [`Kernel`] to run. Goes out: what the kernel gives.
//!
//! This is the one file with `unsafe`. A value of a type that implements [`Simd`] proves that the processor has the instructions that its
//! functions use: such a value is made only after the processor was asked ([`dispatch_scan`], [`dispatch_cells`]). Loads and stores stay
//! inside arrays whose lengths are part of their types. [`Portable`] needs no proof; tests hold the other backends to it.
#![cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "vector instructions, chosen at run time; tests hold them to the portable backend"
    )
)]

#[cfg(test)]
mod tests;

/// Bytes of one step of a scan, one for each bit of a mask.
pub(crate) const CHUNK: usize = 64;

/// The first 48 bytes from the start of a cell on: the cell, and whatever stands behind it. The fixed length allows loads of fixed size,
/// so that the length of the cell decides which bytes count, not which instructions run.
pub(crate) type PaddedCell = [u8; 48];

/// Operations on many bytes at a time.
pub(crate) trait Simd: Copy {
    /// A mask of the bytes of a chunk that equal `byte`.
    fn eq_mask(self, chunk: &[u8; CHUNK], byte: u8) -> u64;

    /// The prefix sum modulo 2: bit n of the result is the exclusive or of bits 0 to n.
    fn prefix_xor(self, bits: u64) -> u64;

    /// Writes the position of each set bit, plus `base`, to the front of `out`, in ascending order. The entries behind them are undefined.
    fn bit_positions(self, bits: u64, base: u32, out: &mut [u32; CHUNK]);

    /// A mask of the bytes that are not decimal digits.
    fn non_digit_mask(self, text: &[u8; 32]) -> u32;

    /// The number in the first `count` bytes, at most 16, which must be decimal digits.
    fn parse_digits(self, text: &[u8; 16], count: usize) -> u64;

    /// The number in the first `count` bytes, at most 16, padded with zeros on the right to 16 digits. The bytes must be decimal digits.
    fn parse_digits_left_aligned(self, text: &[u8; 16], count: usize) -> u64;

    /// The 32 hexadecimal digits of a GUID with hyphens, in either case, as a number. `None` if the text is no GUID.
    fn parse_guid(self, text: &[u8; 36]) -> Option<u128>;
}

/// Code that is compiled once for each backend.
pub(crate) trait Kernel {
    /// What the kernel gives.
    type Output;

    /// Runs the kernel. Implementations are `#[inline(always)]`, so that they are compiled with the backend's instructions enabled.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// Runs a kernel that scans chunks, with the widest backend that the processor has.
pub(crate) fn dispatch_scan<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if x86::has_avx512() {
            // SAFETY: the processor has every instruction that the function enables, as was just asked.
            return unsafe { x86::with_avx512(kernel) };
        }
        if x86::has_avx2() {
            // SAFETY: as above.
            return unsafe { x86::with_avx2(kernel) };
        }
    }
    kernel.run(Portable)
}

/// Runs a kernel that reads cells, with AVX2 if the processor has it. AVX-512 would gain nothing: cells are shorter than its vectors.
pub(crate) fn dispatch_cells<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    if x86::has_avx2() {
        // SAFETY: the processor has every instruction that the function enables, as was just asked.
        return unsafe { x86::with_avx2(kernel) };
    }
    kernel.run(Portable)
}

/// The backend for every processor, in plain Rust: 64-bit and 128-bit words as vectors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Portable;

impl Simd for Portable {
    #[inline(always)]
    fn eq_mask(self, chunk: &[u8; CHUNK], byte: u8) -> u64 {
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
    fn bit_positions(self, bits: u64, base: u32, out: &mut [u32; CHUNK]) {
        bit_positions_by_fours(bits, base, out);
    }

    #[inline(always)]
    fn non_digit_mask(self, text: &[u8; 32]) -> u32 {
        text.iter().rev().fold(0, |bits, b| bits << 1 | u32::from(!b.is_ascii_digit()))
    }

    #[inline(always)]
    fn parse_digits(self, text: &[u8; 16], count: usize) -> u64 {
        // Shift the digits to the end, so that zeros stand before them. In two shifts, since a shift by all 128 bits overflows.
        let half = 4 * (text.len() - count);
        sixteen(u128::from_le_bytes(*text) << half << half)
    }

    #[inline(always)]
    fn parse_digits_left_aligned(self, text: &[u8; 16], count: usize) -> u64 {
        sixteen(u128::from_le_bytes(*text) & low_bytes_mask(count))
    }

    #[inline(always)]
    fn parse_guid(self, text: &[u8; 36]) -> Option<u128> {
        // The digits between the hyphens, in eights: bytes 0 to 7, 9 to 12 and 14 to 17, 19 to 22 and 24 to 27, 28 to 35.
        let (a, b) = (eight(text, 0, 4), eight(text, 9, 14));
        let (c, d) = (eight(text, 19, 24), eight(text, 28, 32));
        let number = u128::from(a.0 << 32 | b.0) << 64 | u128::from(c.0 << 32 | d.0);
        (has_hyphens(text) & a.1 & b.1 & c.1 & d.1).then_some(number)
    }
}

/// Writes four positions a step, so that most chunks take the same number of steps and the branch is predicted.
#[inline(always)]
fn bit_positions_by_fours(mut bits: u64, base: u32, out: &mut [u32; CHUNK]) {
    for four in out.chunks_exact_mut(4) {
        if bits == 0 {
            return;
        }
        for position in four {
            // Behind the last bit this is 64, one of the undefined entries.
            *position = base.wrapping_add(bits.trailing_zeros());
            // Clear the lowest bit.
            bits &= bits.wrapping_sub(1);
        }
    }
}

/// A mask of the lowest `count` bytes of a word, at most 16.
#[inline(always)]
pub(crate) fn low_bytes_mask(count: usize) -> u128 {
    const MASKS: [u128; 17] = {
        let mut masks = [u128::MAX; 17];
        let mut count = 0;
        while count < 16 {
            masks[count] = (1 << (8 * count)) - 1;
            count += 1;
        }
        masks
    };
    MASKS[count]
}

/// The number in 16 decimal digits, the first digit in the lowest byte. A byte of 0 counts as the digit 0.
#[inline(always)]
fn sixteen(digits: u128) -> u64 {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = digits.to_le_bytes();
    let first = eight_digits(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    first * 100_000_000 + eight_digits(u64::from_le_bytes([i, j, k, l, m, n, o, p]))
}

/// The number in eight decimal digits, the first digit in the lowest byte, by three multiplications instead of eight.
#[inline(always)]
fn eight_digits(digits: u64) -> u64 {
    const PAIR: u64 = 0x0000_00FF_0000_00FF;
    // The low half of an ASCII digit is its value.
    let digits = digits & 0x0F0F_0F0F_0F0F_0F0F;
    // Bytes 0, 2, 4 and 6 become ten times their digit plus the next one: four numbers of two digits; the other bytes are not used.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    // The upper half of each product is the weighted sum of two pairs: 1,000,000 × pair 0 + 100 × pair 2, and 10,000 × pair 1 + pair 3.
    let hundreds = (pairs & PAIR).wrapping_mul(100 + (1_000_000 << 32));
    let ones = (pairs >> 16 & PAIR).wrapping_mul(1 + (10_000 << 32));
    hundreds.wrapping_add(ones) >> 32
}

/// Whether the four hyphens of a GUID are in their places.
#[inline(always)]
fn has_hyphens(text: &[u8; 36]) -> bool {
    (text[8] == b'-') & (text[13] == b'-') & (text[18] == b'-') & (text[23] == b'-')
}

/// [`hex`] of the four bytes from `first` on and the four from `second` on.
#[inline(always)]
fn eight(text: &[u8; 36], first: usize, second: usize) -> (u64, bool) {
    let four = |at: usize| u32::from_be_bytes([text[at], text[at + 1], text[at + 2], text[at + 3]]);
    hex(u64::from(four(first)) << 32 | u64::from(four(second)))
}

/// The number in eight hexadecimal digits, the first in the highest byte, and whether all eight bytes are hexadecimal digits.
#[inline(always)]
fn hex(digits: u64) -> (u64, bool) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    // Adding 0x80 - first to an ASCII byte sets bit 7 if the byte is `first` or more; no carry leaves the byte, since ASCII has no bit 7.
    let from = |bytes: u64, first: u8| bytes.wrapping_add(u64::from(0x80 - first) * EACH);
    let is_digit = from(digits, b'0') & !from(digits, b'9' + 1) & HIGH;
    // Bit 5 makes a letter lower case; of a digit it is set already.
    let small = digits | (0x20 * EACH);
    let is_letter = from(small, b'a') & !from(small, b'f' + 1) & HIGH;
    // Bytes that are not ASCII spoil the tests above, and fail this one.
    let is_hex = (digits & HIGH == 0) & (is_digit | is_letter == HIGH);
    // The value is the low half, plus 9 for a letter, whose low half is 1 to 6.
    let fours = (digits & (0x0f * EACH)).wrapping_add((is_letter >> 7).wrapping_mul(9));
    // Join neighbours: 4-bit values to bytes, bytes to pairs, pairs to 32 bits.
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

    use super::{CHUNK, Kernel, Simd, bit_positions_by_fours, has_hyphens};

    /// Whether the processor has all that [`with_avx2`] enables.
    pub(super) fn has_avx2() -> bool {
        is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("pclmulqdq")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt")
            && is_x86_feature_detected!("lzcnt")
    }

    /// Whether the processor has all that [`with_avx512`] enables.
    pub(super) fn has_avx512() -> bool {
        has_avx2()
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi2")
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,pclmulqdq,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) fn with_avx512<K: Kernel>(kernel: K) -> K::Output {
        kernel.run(Avx512(Avx2(())))
    }

    #[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) fn with_avx2<K: Kernel>(kernel: K) -> K::Output {
        kernel.run(Avx2(()))
    }

    /// Proves that the processor has what [`with_avx2`] enables. Made only there and in [`with_avx512`], which enables more.
    #[derive(Clone, Copy)]
    pub(super) struct Avx2(());

    /// Proves that the processor has what [`with_avx512`] enables. Made only there.
    #[derive(Clone, Copy)]
    pub(super) struct Avx512(Avx2);

    /// `TO_THE_END[count]` is a shuffle that moves the first `count` bytes to the end and writes zeros before them: a shuffle writes 0 for
    /// each index with bit 7.
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

    /// `DIGIT_VALUES[count]` keeps the low halves of the first `count` bytes.
    static DIGIT_VALUES: [[u8; 16]; 17] = {
        let mut masks = [[0; 16]; 17];
        let mut count = 0;
        while count <= 16 {
            let mut nth = 0;
            while nth < count {
                masks[count][nth] = 0x0F;
                nth += 1;
            }
            count += 1;
        }
        masks
    };

    /// The shuffle index that writes 0.
    const NONE: u8 = 0x80;

    /// Shuffles that gather the 32 digits of a GUID without its hyphens. The first takes the digits within bytes 0 to 15 and within bytes 19
    /// to 34; the second the three that are missing, within bytes 2 to 17 and bytes 20 to 35.
    static GUID_DIGITS: [u8; 32] = [
        0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, NONE, NONE, 0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13,
        14, 15, NONE,
    ];
    static LAST_GUID_DIGITS: [u8; 32] = {
        let mut shuffle = [NONE; 32];
        (shuffle[14], shuffle[15], shuffle[31]) = (14, 15, 15);
        shuffle
    };

    /// A mask of the bytes of `digits` that are at most `most`, unsigned: the smaller of both is then the byte itself.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn up_to(most: i8, digits: __m256i) -> __m256i {
        _mm256_cmpeq_epi8(_mm256_min_epu8(digits, _mm256_set1_epi8(most)), digits)
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn non_digit_mask(text: &[u8; 32]) -> u32 {
        // SAFETY: the text is 32 bytes long, the length of one load.
        let text = unsafe { _mm256_loadu_si256(text.as_ptr().cast::<__m256i>()) };
        // Less '0', digits are 0 to 9, and all other bytes more, those below '0' by wrapping around.
        let digits = _mm256_sub_epi8(text, _mm256_set1_epi8(0x30));
        !_mm256_movemask_epi8(up_to(9, digits)).cast_unsigned()
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn load(bytes: &[u8; 16]) -> __m128i {
        // SAFETY: the bytes are 16, the length of one load.
        unsafe { _mm_loadu_si128(bytes.as_ptr().cast::<__m128i>()) }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn parse_digits(text: &[u8; 16], count: usize) -> u64 {
        let digits = _mm_and_si128(load(text), _mm_set1_epi8(0x0F));
        number_of(_mm_shuffle_epi8(digits, load(&TO_THE_END[count])))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn parse_digits_left_aligned(text: &[u8; 16], count: usize) -> u64 {
        number_of(_mm_and_si128(load(text), load(&DIGIT_VALUES[count])))
    }

    /// The number in 16 digits, given as values below 10: neighbours are joined to numbers of two, four and eight digits.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn number_of(digits: __m128i) -> u64 {
        // 10 × first + second, in 16 bits.
        let pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A));
        // 100 × first + second, in 32 bits.
        let fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x0001_0064));
        // Back to 16 bits, which numbers of four digits fit; then 10,000 × first + second.
        let eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x0001_2710));
        let both = _mm_cvtsi128_si64(eights).cast_unsigned();
        (both & 0xFFFF_FFFF) * 100_000_000 + (both >> 32)
    }

    /// 16 bytes in each half of a vector, shuffled within their half.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn shuffled(low: &[u8; 16], high: &[u8; 16], shuffle: &[u8; 32]) -> __m256i {
        // SAFETY: the shuffle is 32 bytes long, the length of one load.
        let shuffle = unsafe { _mm256_loadu_si256(shuffle.as_ptr().cast::<__m256i>()) };
        _mm256_shuffle_epi8(_mm256_set_m128i(load(high), load(low)), shuffle)
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn parse_guid(text: &[u8; 36]) -> Option<u128> {
        // Gather the 32 digits into one vector.
        let (low, high) = (text.first_chunk()?, text[19..].first_chunk()?);
        let (last_low, last_high) = (text[2..].first_chunk()?, text.last_chunk()?);
        let last = shuffled(last_low, last_high, &LAST_GUID_DIGITS);
        let digits = _mm256_or_si256(shuffled(low, high, &GUID_DIGITS), last);
        // Classify: '0' to '9', or 'a' to 'f' once bit 5 makes letters lower case.
        let is_digit = up_to(9, _mm256_sub_epi8(digits, _mm256_set1_epi8(0x30)));
        let small = _mm256_or_si256(digits, _mm256_set1_epi8(0x20));
        let is_letter = up_to(5, _mm256_sub_epi8(small, _mm256_set1_epi8(0x61)));
        let is_hex = _mm256_movemask_epi8(_mm256_or_si256(is_digit, is_letter)) == -1;
        // The value is the low half of the byte, plus 9 for a letter, whose low half is 1 to 6.
        let nine = _mm256_and_si256(is_letter, _mm256_set1_epi8(9));
        let fours = _mm256_add_epi8(_mm256_and_si256(digits, _mm256_set1_epi8(0x0F)), nine);
        // 16 × first + second makes bytes, in 16 bits each; packed, each half of the vector holds 8 bytes, the first digits lowest.
        let bytes = _mm256_maddubs_epi16(fours, _mm256_set1_epi16(0x0110));
        let bytes = _mm256_packus_epi16(bytes, bytes);
        let high = _mm256_extract_epi64(bytes, 0).cast_unsigned().swap_bytes();
        let low = _mm256_extract_epi64(bytes, 2).cast_unsigned().swap_bytes();
        (has_hyphens(text) & is_hex).then_some(u128::from(high) << 64 | u128::from(low))
    }

    /// A mask of the bytes of half a chunk that equal `byte`.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn half_eq_mask(half: &[u8; CHUNK / 2], byte: u8) -> u64 {
        // SAFETY: half a chunk is 32 bytes, the length of one load.
        let half = unsafe { _mm256_loadu_si256(half.as_ptr().cast::<__m256i>()) };
        let is_byte = _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte.cast_signed()));
        _mm256_movemask_epi8(is_byte).cast_unsigned().into()
    }

    /// A carry-less product with all ones adds, at each bit, all bits up to that bit, without carries: the prefix exclusive or.
    #[target_feature(enable = "pclmulqdq")]
    #[inline]
    fn prefix_xor(bits: u64) -> u64 {
        let product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(bits.cast_signed()), _mm_set1_epi8(-1), 0);
        _mm_cvtsi128_si64(product).cast_unsigned()
    }

    impl Simd for Avx2 {
        #[inline(always)]
        fn eq_mask(self, chunk: &[u8; CHUNK], byte: u8) -> u64 {
            let halves = (chunk.first_chunk(), chunk.last_chunk());
            let (Some(low), Some(high)) = halves else { unreachable!("a chunk has two halves") };
            // SAFETY: the processor has AVX2.
            unsafe { half_eq_mask(high, byte) << 32 | half_eq_mask(low, byte) }
        }

        #[inline(always)]
        fn prefix_xor(self, bits: u64) -> u64 {
            // SAFETY: the processor has carry-less multiplication.
            unsafe { prefix_xor(bits) }
        }

        #[inline(always)]
        fn bit_positions(self, bits: u64, base: u32, out: &mut [u32; CHUNK]) {
            bit_positions_by_fours(bits, base, out);
        }

        #[inline(always)]
        fn non_digit_mask(self, text: &[u8; 32]) -> u32 {
            // SAFETY: the processor has AVX2.
            unsafe { non_digit_mask(text) }
        }

        #[inline(always)]
        fn parse_digits(self, text: &[u8; 16], count: usize) -> u64 {
            // SAFETY: as above.
            unsafe { parse_digits(text, count) }
        }

        #[inline(always)]
        fn parse_digits_left_aligned(self, text: &[u8; 16], count: usize) -> u64 {
            // SAFETY: as above.
            unsafe { parse_digits_left_aligned(text, count) }
        }

        #[inline(always)]
        fn parse_guid(self, text: &[u8; 36]) -> Option<u128> {
            // SAFETY: as above.
            unsafe { parse_guid(text) }
        }
    }

    /// The position of each byte of a chunk.
    const POSITIONS: [u8; CHUNK] = {
        let mut positions = [0; CHUNK];
        let mut position = 0;
        while position < 64 {
            positions[position as usize] = position;
            position += 1;
        }
        positions
    };

    #[target_feature(enable = "avx512f,avx512bw")]
    #[inline]
    fn eq_mask(chunk: &[u8; CHUNK], byte: u8) -> u64 {
        // SAFETY: a chunk is 64 bytes, the length of one load.
        let bytes = unsafe { _mm512_loadu_si512(chunk.as_ptr().cast::<__m512i>()) };
        _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()))
    }

    /// The positions of at most 16 set bits, without a loop.
    #[target_feature(enable = "avx512f,avx512vbmi2")]
    #[inline]
    fn bit_positions(bits: u64, base: u32, out: &mut [u32; CHUNK]) {
        // SAFETY: the positions are 64 bytes, the length of one load.
        let all = unsafe { _mm512_loadu_si512(POSITIONS.as_ptr().cast::<__m512i>()) };
        // Compress moves the positions of set bits to the front; 16 of them are widened from bytes to 32 bits.
        let first = _mm512_castsi512_si128(_mm512_maskz_compress_epi8(bits, all));
        let positions = _mm512_add_epi32(_mm512_cvtepu8_epi32(first), _mm512_set1_epi32(base.cast_signed()));
        // SAFETY: one store writes 16 entries, and `out` has 64.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast::<__m512i>(), positions) }
    }

    impl Simd for Avx512 {
        #[inline(always)]
        fn eq_mask(self, chunk: &[u8; CHUNK], byte: u8) -> u64 {
            // SAFETY: the processor has AVX-512 BW.
            unsafe { eq_mask(chunk, byte) }
        }

        #[inline(always)]
        fn prefix_xor(self, bits: u64) -> u64 {
            self.0.prefix_xor(bits)
        }

        #[inline(always)]
        fn bit_positions(self, bits: u64, base: u32, out: &mut [u32; CHUNK]) {
            if bits.count_ones() > 16 {
                return bit_positions_by_fours(bits, base, out);
            }
            // SAFETY: the processor has AVX-512 F and VBMI2.
            unsafe { bit_positions(bits, base, out) }
        }

        #[inline(always)]
        fn non_digit_mask(self, text: &[u8; 32]) -> u32 {
            self.0.non_digit_mask(text)
        }

        #[inline(always)]
        fn parse_digits(self, text: &[u8; 16], count: usize) -> u64 {
            self.0.parse_digits(text, count)
        }

        #[inline(always)]
        fn parse_digits_left_aligned(self, text: &[u8; 16], count: usize) -> u64 {
            self.0.parse_digits_left_aligned(text, count)
        }

        #[inline(always)]
        fn parse_guid(self, text: &[u8; 36]) -> Option<u128> {
            self.0.parse_guid(text)
        }
    }
}

/// Runs a kernel with every backend that this processor has.
#[cfg(test)]
pub(crate) fn dispatch_all<K: Kernel>(kernel: impl Fn() -> K) -> Vec<(&'static str, K::Output)> {
    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "there are no others"))]
    let mut all = vec![("portable", kernel().run(Portable)), ("dispatched", dispatch_scan(kernel()))];
    #[cfg(target_arch = "x86_64")]
    if x86::has_avx2() {
        // SAFETY: the processor has the instructions, as was just asked.
        all.push(("avx2", unsafe { x86::with_avx2(kernel()) }));
    }
    #[cfg(target_arch = "x86_64")]
    if x86::has_avx512() {
        // SAFETY: as above.
        all.push(("avx512", unsafe { x86::with_avx512(kernel()) }));
    }
    all
}
