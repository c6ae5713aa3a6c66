//! Fast path of amounts, by SIMD. Comes in: a padded cell. Goes out: the amount, if the text is a plain decimal number or one with a
//! short exponent; nothing is rounded. All other texts are left to [`Amount::parse_scalar`], which defines what an amount is.
//!
//! One mask finds all bytes that are not digits; the digits before and behind the point are then each read by one operation. The
//! decimals are padded with zeros on the right to 24 digits, so that they have a fixed weight whatever the length of the text, and no
//! power of ten is looked up.

use super::{Amount, DECIMALS, LIMIT};
use crate::base::simd::{self, Kernel, PaddedCell, Simd};

/// The most digits before the point: 10¹⁴ is the limit of an amount.
const MAX_UNITS: usize = 14;
/// The most digits behind the point.
const MAX_DECIMALS: usize = DECIMALS as usize;
/// Digits that one operation reads.
const STEP_DIGITS: usize = 16;
/// Bytes that are examined, behind a minus.
const BODY: usize = 32;
/// The weight of a number over the next eight digits.
const EIGHT_DIGITS: u64 = 10_u64.pow(8);

/// The kernel of [`Amount::parse_fast`]: a padded cell, and how many of its bytes are the text.
pub(crate) struct ParsePadded<'c>(pub(crate) &'c PaddedCell, pub(crate) usize);

impl Kernel for ParsePadded<'_> {
    type Output = Option<Amount>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Option<Amount> {
        Amount::parse_padded(simd, self.0, self.1)
    }
}

impl Amount {
    /// Reads decimal text, by [`Amount::parse_padded`] on a copy of the text. `None` if the text is longer than that reads, or has another
    /// form: it may still be an amount.
    #[inline]
    pub(crate) fn parse_fast(text: &[u8]) -> Option<Amount> {
        let mut cell: PaddedCell = [0; _];
        cell.get_mut(..text.len())?.copy_from_slice(text);
        simd::dispatch_cells(ParsePadded(&cell, text.len()))
    }

    /// Reads the first `length` bytes of a padded cell: perhaps a minus, up to 14 digits, perhaps a point and up to 24 digits, perhaps an
    /// exponent of one or two digits; at most 32 bytes behind the minus. Nothing is rounded. `None` if the text has another form: it may
    /// still be an amount.
    #[inline(always)]
    pub(crate) fn parse_padded<S: Simd>(simd: S, cell: &PaddedCell, length: usize) -> Option<Amount> {
        let is_negative = cell[0] == b'-';
        let start = usize::from(is_negative);
        let length = length.checked_sub(start).filter(|length| (1..=BODY).contains(length))?;
        let body: &[u8; BODY] = cell[start..].first_chunk()?;
        // The bytes of the text that are not digits: only the point, or none.
        let others = simd.non_digit_mask(body) & u32::MAX >> (BODY - length);
        let point = (others.trailing_zeros() as usize).min(length);
        let size = if others & others.wrapping_sub(1) == 0 && (point == length || body[point] == b'.') {
            let decimal_count = length.saturating_sub(point + 1);
            if point > MAX_UNITS || decimal_count > MAX_DECIMALS || point + decimal_count == 0 {
                return None;
            }
            let units = simd.parse_digits(body.first_chunk()?, point);
            let decimals = body[point + 1..].first_chunk()?;
            // The first 16 decimals, padded with zeros to 16 digits.
            let high = simd.parse_digits_left_aligned(decimals, decimal_count.min(STEP_DIGITS));
            // Decimals 17 to 24, padded to 16 digits and cut to 8. Most texts have none.
            let low = match decimal_count.checked_sub(STEP_DIGITS) {
                None | Some(0) => 0,
                Some(more) => {
                    let rest = cell[start + point + 1 + STEP_DIGITS..].first_chunk()?;
                    simd.parse_digits_left_aligned(rest, more) / EIGHT_DIGITS
                }
            };
            // (units × 10¹⁶ + high) × 10⁸ + low, at most 10³⁸ - 1, which is below 2¹²⁷: nothing wraps.
            let upper = i128::from(units)
                .wrapping_mul(i128::from(EIGHT_DIGITS * EIGHT_DIGITS))
                .wrapping_add(high.into());
            upper.wrapping_mul(EIGHT_DIGITS.into()).wrapping_add(low.into())
        } else {
            with_exponent(simd, body, others, length)?
        };
        // Negate without a branch, which random signs would mispredict: x ^ -1 is -x - 1 in two's complement.
        let sign = -i128::from(is_negative);
        Some(Amount((size ^ sign).wrapping_sub(sign)))
    }
}

/// |amount| in 10⁻²⁴ of the first `length` bytes of `body`: digits, perhaps a point and more digits, an `E` and an exponent of one or two
/// digits. `others` is the mask of the bytes that are not digits. `None` if the text has another form, is 10¹⁴ or more, or has digits
/// below 10⁻²⁴.
#[inline(never)]
fn with_exponent<S: Simd>(simd: S, body: &[u8; BODY], others: u32, length: usize) -> Option<i128> {
    let first = others.trailing_zeros() as usize;
    let (point, letter) = match body.get(first)? {
        b'.' => (first, (others & others.wrapping_sub(1)).trailing_zeros() as usize),
        _ => (first, first),
    };
    let decimal_count = letter.saturating_sub(point + 1);
    if point > MAX_UNITS || decimal_count > STEP_DIGITS || point + decimal_count == 0 {
        return None;
    }
    let (is_negative, exponent) = match body.get(letter..length)? {
        [b'e' | b'E', b'-', exponent @ ..] => (true, exponent),
        [b'e' | b'E', b'+', exponent @ ..] | [b'e' | b'E', exponent @ ..] => (false, exponent),
        _ => return None,
    };
    if !(1..=2).contains(&exponent.len()) || !exponent.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let exponent = exponent.iter().fold(0, |number, digit| 10 * number + i32::from(digit - b'0'));
    let exponent = if is_negative { -exponent } else { exponent };
    let units = simd.parse_digits(body.first_chunk()?, point);
    let decimals = simd.parse_digits(body.get(point + 1..)?.first_chunk()?, decimal_count);
    let decimal_count = u32::try_from(decimal_count).ok()?;
    let digits = u128::from(units) * 10_u128.pow(decimal_count) + u128::from(decimals);
    // Digits × 10^(24 + exponent - decimals) is the count of 10⁻²⁴; a negative power would need rounding.
    let zeros = (DECIMALS.cast_signed() + exponent).checked_sub_unsigned(decimal_count)?;
    let size = digits.checked_mul(10_u128.checked_pow(u32::try_from(zeros).ok()?)?)?;
    if size < LIMIT { i128::try_from(size).ok() } else { None }
}
