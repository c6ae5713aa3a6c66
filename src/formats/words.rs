//! Bytes of cells as numbers, so that cells are compared and hashed a word at a time. Comes in: bytes. Goes out: words; equal
//! words are equal bytes.

use crate::base::simd::{Window, front};

/// The most bytes of a [`Short`].
const SHORT: usize = 32;

/// The bytes of a short cell, zeros behind them, and how many they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Short {
    first: u128,
    last: u128,
    count: u8,
}

impl Short {
    /// A hash of it.
    #[inline(always)]
    pub(crate) fn hash(self) -> usize {
        let [a, b, c, d, ..] = mix(0, self.first ^ self.last.rotate_left(64)).to_le_bytes();
        u32::from_le_bytes([a, b, c, d]) as usize
    }
}

/// A cell of at most 32 bytes; `None`: it has more.
#[inline(always)]
pub(crate) fn short(bytes: &[u8]) -> Option<Short> {
    let count = u8::try_from(bytes.len()).ok().filter(|count| usize::from(*count) <= SHORT)?;
    // The first bytes and the last; where they overlap, they agree.
    let (first, last) = if let (Some(first), Some(tail)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, tail) = (u128::from_le_bytes(*first), u128::from_le_bytes(*tail));
        // In two steps, since a shift by 128 bits is none.
        let half = 4 * (SHORT - bytes.len());
        (first, tail >> half >> half)
    } else if let (Some(first), Some(tail)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let [first, tail] = [*first, *tail].map(|word| u128::from(u64::from_le_bytes(word)));
        (first | tail << (8 * (bytes.len() - 8)), 0)
    } else {
        (bytes.iter().rev().fold(0, |word, byte| word << 8 | u128::from(*byte)), 0)
    };
    Some(Short { first, last, count })
}

/// The same, of a cell of `count` bytes at the front of a window.
#[inline(always)]
pub(crate) fn short_in(window: &Window, count: usize) -> Option<Short> {
    if count > SHORT {
        return None;
    }
    let (first, last) = (window.first_chunk()?, window[16..].first_chunk()?);
    Some(Short {
        first: u128::from_le_bytes(*first) & front(count.min(16)),
        last: u128::from_le_bytes(*last) & front(count.saturating_sub(16)),
        count: u8::try_from(count).ok()?,
    })
}

/// Mixes a word into a hash. It spreads what exports hold, and promises nothing against an adversary: whoever finds a hash
/// compares words.
#[inline]
pub(crate) fn mix(hash: u64, word: u128) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (low, high) = halves(word);
    let product = u128::from(low ^ hash ^ ODD).wrapping_mul(u128::from(high ^ hash.rotate_left(32) ^ !ODD));
    let (lower, upper) = halves(product);
    // A factor of 0 would hide the other one.
    lower ^ upper ^ low.rotate_left(32) ^ high
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
    fn a_factor_of_0_hides_nothing() {
        const ODD: u128 = 0x9e37_79b9_7f4a_7c15;
        let not_odd = u128::from(!0x9e37_79b9_7f4a_7c15_u64) << 64;
        let hashes: std::collections::BTreeSet<u64> =
            (0..1000).flat_map(|n| [mix(0, n << 64 | ODD), mix(0, not_odd | n)]).collect();
        assert!(hashes.len() > 1990);
    }

    proptest! {
        #[test]
        fn equal_shorts_are_equal_bytes(a in prop::collection::vec(0..2_u8, 0..40), b in prop::collection::vec(0..2_u8, 0..40)) {
            prop_assert_eq!(short(&a).is_some(), a.len() <= 32);
            if let (Some(a_short), Some(b_short)) = (short(&a), short(&b)) {
                prop_assert_eq!(a_short == b_short, a == b);
            }
            let mut window = [b'x'; 48];
            window[..a.len()].copy_from_slice(&a);
            prop_assert_eq!(short(&a), short_in(&window, a.len()));
        }
    }
}
