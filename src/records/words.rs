//! Bytes of cells as numbers, so that cells are compared and hashed a word at a time. Comes in: bytes. Goes out: words; equal
//! words are equal bytes.

/// Bytes of one word.
const WORD: usize = 16;
/// Bytes that a [`Short`] has room for: its last byte is their count.
const SHORT: usize = 2 * WORD - 1;

/// The bytes of a short cell, and how many they are.
pub(crate) type Short = [u128; 2];

/// A cell of at most 31 bytes; `None`: it has more.
#[inline(always)]
pub(crate) fn short(bytes: &[u8]) -> Option<Short> {
    let count = u8::try_from(bytes.len()).ok().filter(|count| usize::from(*count) <= SHORT)?;
    let (first, rest) = bytes.split_at(bytes.len().min(WORD));
    Some([word(first), word(rest) | u128::from(count) << 120])
}

/// At most 16 bytes, the first lowest. Pieces may overlap, where they agree.
#[inline(always)]
fn word(bytes: &[u8]) -> u128 {
    let count = bytes.len();
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << (8 * (count - 8))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        u128::from(u64::from(first) | u64::from(last) << (8 * (count - 4)))
    } else if let (Some(first), Some(last)) = (bytes.first(), bytes.last()) {
        let middle = count / 2;
        let (first, last, middle_byte) = (u64::from(*first), u64::from(*last), u64::from(bytes[middle]));
        u128::from(first | middle_byte << (8 * middle) | last << (8 * (count - 1)))
    } else {
        0
    }
}

/// Mixes a word into a hash. It spreads what exports hold, and promises nothing against an adversary: whoever finds a hash
/// compares words.
#[inline]
pub(crate) fn mix(hash: u64, word: u128) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (low, high) = halves(word);
    let product = u128::from(low ^ hash ^ ODD).wrapping_mul(u128::from(high ^ hash.rotate_left(32) ^ !ODD));
    let (low, high) = halves(product);
    low ^ high
}

/// The lower and the upper 64 bits.
#[inline]
pub(crate) fn halves(word: u128) -> (u64, u64) {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = word.to_le_bytes();
    (u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes([i, j, k, l, m, n, o, p]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_holds_its_bytes_lowest_first() {
        let bytes: Vec<u8> = (1..=16).collect();
        for count in 0..=16 {
            let mut padded = [0; 16];
            padded[..count].copy_from_slice(&bytes[..count]);
            assert_eq!(word(&bytes[..count]), u128::from_le_bytes(padded), "{count} bytes");
        }
    }

    proptest! {
        #[test]
        fn equal_shorts_are_equal_bytes(a in prop::collection::vec(0..2_u8, 0..40), b in prop::collection::vec(0..2_u8, 0..40)) {
            prop_assert_eq!(short(&a).is_some(), a.len() <= 31);
            if let (Some(a_short), Some(b_short)) = (short(&a), short(&b)) {
                prop_assert_eq!(a_short == b_short, a == b);
            }
        }
    }
}
