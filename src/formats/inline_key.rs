//! Cells as keys of fixed size, so that cells are compared and hashed a word at a time. Comes in: bytes. Goes out: words; equal words
//! are equal bytes.

use crate::base::simd::{PaddedCell, low_bytes_mask};

/// The most bytes of an [`InlineKey`].
const INLINE_BYTES: usize = 32;

/// The bytes of a cell of at most 32 bytes, zeros behind them, and their count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct InlineKey {
    first: u128,
    last: u128,
    count: u8,
}

impl InlineKey {
    /// A hash of the bytes, for tables of this process.
    #[inline(always)]
    pub(crate) fn hash(self) -> usize {
        // Rotate one half, so that two equal halves do not cancel out.
        let [a, b, c, d, ..] = mix(0, self.first ^ self.last.rotate_left(64)).to_le_bytes();
        u32::from_le_bytes([a, b, c, d]) as usize
    }
}

/// The key of a cell. `None` if it has more than 32 bytes.
#[inline(always)]
pub(crate) fn inline_key(bytes: &[u8]) -> Option<InlineKey> {
    let count = u8::try_from(bytes.len()).ok().filter(|count| usize::from(*count) <= INLINE_BYTES)?;
    // Load the first 16 (or 8) bytes and the last 16 (or 8), and shift the second load to its place. Where both overlap they hold the
    // same bytes: with 16 or more the overlap is shifted out, with 8 or more it is or-ed onto itself.
    let (first, last) = if let (Some(first), Some(tail)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, tail) = (u128::from_le_bytes(*first), u128::from_le_bytes(*tail));
        // In two shifts, since a shift by all 128 bits overflows.
        let half = 4 * (INLINE_BYTES - bytes.len());
        (first, tail >> half >> half)
    } else if let (Some(first), Some(tail)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let [first, tail] = [*first, *tail].map(|word| u128::from(u64::from_le_bytes(word)));
        (first | tail << (8 * (bytes.len() - 8)), 0)
    } else {
        (bytes.iter().rev().fold(0, |word, byte| word << 8 | u128::from(*byte)), 0)
    };
    Some(InlineKey { first, last, count })
}

/// The key of a padded cell whose first `count` bytes are its own: equal to [`inline_key`] of these bytes, and free of branches on their
/// number.
#[inline(always)]
pub(crate) fn inline_key_in(cell: &PaddedCell, count: usize) -> Option<InlineKey> {
    if count > INLINE_BYTES {
        return None;
    }
    let (first, last) = (cell.first_chunk()?, cell[16..].first_chunk()?);
    Some(InlineKey {
        first: u128::from_le_bytes(*first) & low_bytes_mask(count.min(16)),
        last: u128::from_le_bytes(*last) & low_bytes_mask(count.saturating_sub(16)),
        count: u8::try_from(count).ok()?,
    })
}

/// Mixes a word into a hash by a folded multiply. It spreads what exports hold, and does not withstand an adversary: all tables compare
/// keys after hashes, so that collisions cost time only.
#[inline]
pub(crate) fn mix(hash: u64, word: u128) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (low, high) = halves(word);
    let product = u128::from(low ^ hash ^ ODD).wrapping_mul(u128::from(high ^ hash.rotate_left(32) ^ !ODD));
    let (lower, upper) = halves(product);
    // A folded multiply loses one operand if the other is 0, so mix both in again.
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
        fn equal_keys_are_equal_bytes(a in prop::collection::vec(0..2_u8, 0..40), b in prop::collection::vec(0..2_u8, 0..40)) {
            prop_assert_eq!(inline_key(&a).is_some(), a.len() <= 32);
            if let (Some(a_key), Some(b_key)) = (inline_key(&a), inline_key(&b)) {
                prop_assert_eq!(a_key == b_key, a == b);
            }
            let mut cell = [b'x'; 48];
            cell[..a.len()].copy_from_slice(&a);
            prop_assert_eq!(inline_key(&a), inline_key_in(&cell, a.len()));
        }
    }
}
