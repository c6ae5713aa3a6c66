//! Readers held to their plain twins, for fuzz targets. Comes in: arbitrary bytes. Goes out: nothing, or a panic that says
//! where the two differ.

use crate::base::amount::{Amount, DecimalMark, Parsed};
use crate::base::simd::{self, Lanes, Window, Work};
use crate::formats::twin;

/// Reads a text by blocks, as a run does, and by the sequential reader. The first eight bytes say how it is split, where it
/// comes from, and on how many threads it is read in blocks of what size; the rest is the text.
///
/// # Panics
/// If the rows, their fields, lines or byte offsets, or the records without a row differ.
pub fn rows(data: &[u8]) {
    twin::assert_agree(data);
}

/// Reads an amount in both ways.
///
/// # Panics
/// If amounts, whether they were rounded, or the reasons why there is none differ.
pub fn amount(text: &[u8]) {
    let plain = Amount::parse_plain(text, DecimalMark::Point);
    if let Some(amount) = Amount::parse_usual(text) {
        assert_eq!(plain, Ok(Parsed { amount, rounded: false }));
    }
    let mut window = [b'0'; _];
    let count = text.len().min(window.len());
    window[..count].copy_from_slice(&text[..count]);
    if count == text.len()
        && let Some(amount) = simd::read_with_best(InWindow(&window, count))
    {
        assert_eq!(plain, Ok(Parsed { amount, rounded: false }));
    }
    assert_eq!(Amount::parse(text, DecimalMark::Point), plain);
    assert_eq!(Amount::parse(text, DecimalMark::Comma), Amount::parse_plain(text, DecimalMark::Comma));
}

/// An amount in a window.
struct InWindow<'w>(&'w Window, usize);

impl Work for InWindow<'_> {
    type Outcome = Option<Amount>;

    #[inline(always)]
    fn with<L: Lanes>(self, lanes: L) -> Option<Amount> {
        Amount::parse_in(lanes, self.0, self.1)
    }
}
