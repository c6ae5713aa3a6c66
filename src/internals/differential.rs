//! Fast paths held to their reference implementations, for fuzz targets. Comes in: arbitrary bytes. Goes out: nothing, or a panic that
//! shows where the two differ.

use crate::base::amount::{Amount, DecimalMark, ParsePadded, Parsed};
use crate::base::simd;
use crate::formats::reference_reader;

/// Reads a text with the block reader, as a run does, and with the sequential reference reader. The first eight bytes say how the text
/// is split, what its source is, the number of threads and the size of blocks; the rest is the text.
///
/// # Panics
/// The rows, their fields, lines or byte offsets, or the rejected records differ.
pub fn rows(data: &[u8]) {
    reference_reader::assert_agree(data);
}

/// Reads an amount with the fast path and with the scalar parser.
///
/// # Panics
/// The amounts, whether they were rounded, or the reasons why there is none differ.
pub fn amount(text: &[u8]) {
    let scalar = Amount::parse_scalar(text, DecimalMark::Point);
    if let Some(amount) = Amount::parse_fast(text) {
        assert_eq!(scalar, Ok(Parsed { amount, rounded: false }));
    }
    // Digits behind the text, which must not count.
    let mut cell = [b'0'; _];
    let count = text.len().min(cell.len());
    cell[..count].copy_from_slice(&text[..count]);
    if count == text.len()
        && let Some(amount) = simd::dispatch_cells(ParsePadded(&cell, count))
    {
        assert_eq!(scalar, Ok(Parsed { amount, rounded: false }));
    }
    assert_eq!(Amount::parse(text, DecimalMark::Point), scalar);
    assert_eq!(Amount::parse(text, DecimalMark::Comma), Amount::parse_scalar(text, DecimalMark::Comma));
}
