//! Bytes of cells as numbers, so that cells are compared and hashed a word at a time. Comes in: bytes. Goes out: words; equal
//! words are equal bytes.

/// The most bytes of a [`Short`].
const SHORT: usize = 32;

/// The bytes of a short cell, and how many they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Short {
    first: u128,
    last: u128,
    count: u8,
}

impl Short {
    /// For [`mix`].
    #[inline(always)]
    pub(crate) fn word(self) -> u128 {
        self.first ^ self.last.rotate_left(64)
    }
}

/// A cell of at most 32 bytes; `None`: it has more.
#[inline(always)]
pub(crate) fn short(bytes: &[u8]) -> Option<Short> {
    let count = u8::try_from(bytes.len()).ok().filter(|count| usize::from(*count) <= SHORT)?;
    // The first bytes and the last; where they overlap, they agree.
    let (first, last) = if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        (u128::from_le_bytes(*first), u128::from_le_bytes(*last))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        (u64::from_le_bytes(*first).into(), u64::from_le_bytes(*last).into())
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into())
    } else if let (Some(first), Some(last)) = (bytes.first(), bytes.last()) {
        (u128::from(*first) | u128::from(bytes[bytes.len() / 2]) << 8, (*last).into())
    } else {
        (0, 0)
    };
    Some(Short { first, last, count })
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

    proptest! {
        #[test]
        fn equal_shorts_are_equal_bytes(a in prop::collection::vec(0..2_u8, 0..40), b in prop::collection::vec(0..2_u8, 0..40)) {
            prop_assert_eq!(short(&a).is_some(), a.len() <= 32);
            if let (Some(a_short), Some(b_short)) = (short(&a), short(&b)) {
                prop_assert_eq!(a_short == b_short, a == b);
            }
        }
    }
}
