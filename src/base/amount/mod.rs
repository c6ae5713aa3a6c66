//! Exact money. Comes in: the text of an amount. Goes out: a count of 10⁻²⁴ of a currency.
//!
//! Rounding happens here and nowhere else, in three named places: the door ([`Amount::parse`]), the conversion
//! ([`Amount::convert`]) and the print ([`Amount::floor_to_cents`], [`Amount::ceil_to_cents`]). It does not know which
//! currency an amount is in; callers keep currencies apart.

use std::fmt;

use ethnum::I256;
use rust_decimal::Decimal;

use crate::base::ids::is_blank_word;

mod fast;
mod number_text;
mod share;

#[cfg(any(test, feature = "internals"))]
pub(crate) use fast::ParsePadded;

pub(crate) use number_text::{MarkVote, NumberText, SIGNS, is_sign_of};
pub use share::Share;

#[cfg(test)]
mod tests;

/// Decimals that an amount keeps.
pub const DECIMALS: u32 = 24;
/// One unit of a currency, in 10⁻²⁴.
pub(crate) const ONE: i128 = 10_i128.pow(DECIMALS);
/// Σ|amount| of a run, per currency, must stay below this: 10¹⁴ units, in 10⁻²⁴ (SPEC 3.1).
const LIMIT: u128 = 10_u128.pow(DECIMALS + 14);
/// One cent, in 10⁻²⁴.
const CENT: i128 = ONE / 100;

/// An exact amount of one currency. Unit: 10⁻²⁴ of that currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(i128);

/// The amount of a cell, as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parsed {
    /// The amount, rounded half away from zero to 24 decimals.
    pub amount: Amount,
    /// Whether digits past the 24th decimal were rounded away.
    pub rounded: bool,
}

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAnAmount {
    /// Blank, or a word for a blank cell.
    Blank,
    /// Not a decimal number in the form expected.
    Malformed,
    /// A number of 10¹⁴ or more.
    TooLarge,
}

/// Which character stands between the units and the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecimalMark {
    /// `1234.5`
    #[default]
    Point,
    /// `1234,5`
    Comma,
}

impl Amount {
    /// The amount 0.
    pub const ZERO: Amount = Amount(0);

    /// An amount from its count of 10⁻²⁴.
    pub const fn from_raw(raw: i128) -> Amount {
        Amount(raw)
    }

    /// The count of 10⁻²⁴.
    pub const fn raw(self) -> i128 {
        self.0
    }

    /// Whether the amount is 0.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Reads decimal text: optional sign, digits with at most one decimal mark, optional exponent; surrounding blanks are
    /// ignored. **Rounding**: half away from zero to 24 decimals.
    ///
    /// # Errors
    /// The text is blank, no decimal number, or 10¹⁴ or more.
    ///
    /// ```
    /// use attain::base::amount::{Amount, DecimalMark, NotAnAmount};
    /// let read = |text: &str| Amount::parse(text.as_bytes(), DecimalMark::Point);
    /// assert_eq!(read("5.64902E-05").unwrap().amount.to_string(), "0.0000564902");
    /// assert_eq!(read("1,234"), Err(NotAnAmount::Malformed));
    /// ```
    pub fn parse(text: &[u8], mark: DecimalMark) -> Result<Parsed, NotAnAmount> {
        let fast = match mark {
            DecimalMark::Point => Amount::parse_fast(text),
            DecimalMark::Comma => None,
        };
        fast.map_or_else(|| Amount::parse_scalar(text, mark), |amount| Ok(Parsed { amount, rounded: false }))
    }

    /// [`Amount::parse`] digit by digit: defines what an amount is, and is the fallback of [`Amount::parse_fast`].
    pub(crate) fn parse_scalar(text: &[u8], mark: DecimalMark) -> Result<Parsed, NotAnAmount> {
        let text = text.trim_ascii();
        if text.is_empty() || std::str::from_utf8(text).is_ok_and(is_blank_word) {
            return Err(NotAnAmount::Blank);
        }
        let (negative, unsigned) = match text[0] {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let mark = match mark {
            DecimalMark::Point => b'.',
            DecimalMark::Comma => b',',
        };
        let units_end = unsigned.iter().position(|b| !b.is_ascii_digit()).unwrap_or(unsigned.len());
        let (units, rest) = unsigned.split_at(units_end);
        let (decimals, rest) = match rest.split_first() {
            Some((&first, after)) if first == mark => {
                let end = after.iter().position(|b| !b.is_ascii_digit()).unwrap_or(after.len());
                after.split_at(end)
            }
            _ => (&rest[..0], rest),
        };
        if units.is_empty() && decimals.is_empty() {
            return Err(NotAnAmount::Malformed);
        }
        let exponent = exponent(rest)?;
        let (magnitude, rounded) = magnitude(units, decimals, exponent)?;
        let magnitude = i128::try_from(magnitude).map_err(|_| NotAnAmount::TooLarge)?;
        Ok(Parsed { amount: Amount(if negative { -magnitude } else { magnitude }), rounded })
    }

    /// The amount `digits` × 10^-`decimals`. `None` if it is 10¹⁴ or more, or has over 24 decimals.
    pub(crate) fn of_decimal(digits: i128, decimals: u8) -> Option<Amount> {
        let zeros = 24_u32.checked_sub(u32::from(decimals))?;
        let raw = digits.checked_mul(10_i128.pow(zeros))?;
        (raw.unsigned_abs() < LIMIT).then_some(Amount(raw))
    }

    /// The amount of a figure as written, such as a threshold, exactly. `None` if it is 10¹⁴ or more, or has over 24 decimals.
    pub fn from_decimal(figure: Decimal) -> Option<Amount> {
        let factor = 10_i128.checked_pow(DECIMALS.checked_sub(figure.scale())?)?;
        let raw = figure.mantissa().checked_mul(factor)?;
        (raw.unsigned_abs() < LIMIT).then_some(Amount(raw))
    }

    /// The sum. It cannot overflow, since the [`Magnitude`] check bounds the amounts of one run.
    #[must_use]
    pub fn plus(self, other: Amount) -> Amount {
        Amount(self.0.checked_add(other.0).expect("sums of a run stay below 10^14, which Magnitude checks"))
    }

    /// The sum, for adding up before the [`Magnitude`] of the run is known. The sum may wrap, and must not be used if that magnitude is too
    /// large.
    #[must_use]
    pub fn plus_unchecked(self, other: Amount) -> Amount {
        Amount(self.0.wrapping_add(other.0))
    }

    /// The difference; wraps as [`Amount::plus_unchecked`] does.
    #[must_use]
    pub(crate) fn minus_unchecked(self, other: Amount) -> Amount {
        Amount(self.0.wrapping_sub(other.0))
    }

    /// The sum, saturated at the largest amount (1.7 × 10¹⁴ units): for bounds of amounts, which no total includes.
    #[must_use]
    pub(crate) fn plus_saturating(self, other: Amount) -> Amount {
        Amount(self.0.saturating_add(other.0))
    }

    /// The difference; see [`Amount::plus`].
    #[must_use]
    pub fn minus(self, other: Amount) -> Amount {
        Amount(self.0.checked_sub(other.0).expect("sums of a run stay below 10^14, which Magnitude checks"))
    }

    /// This sum × `rate`, in 256 bits. **Rounding**: half away from zero to 24 decimals. `None` if the result is 10¹⁴ or more.
    pub fn convert(self, rate: Decimal) -> Option<Amount> {
        self.scaled(rate.mantissa(), 10_i128.pow(rate.scale()))
    }

    /// This amount × `numerator` / `denominator`, which is positive, in 256 bits. **Rounding**: half away from zero to 24 decimals. `None` if the
    /// result is 10¹⁴ or more.
    pub(crate) fn scaled(self, numerator: i128, denominator: i128) -> Option<Amount> {
        let (product, divisor) = (I256::from(self.0) * I256::from(numerator), I256::from(denominator));
        let (quotient, remainder) = (product / divisor, product % divisor);
        let away = if remainder.abs() * I256::from(2) >= divisor { product.signum() } else { I256::ZERO };
        let raw = i128::try_from(quotient + away).ok()?;
        (raw.unsigned_abs() < LIMIT).then_some(Amount(raw))
    }

    /// For print. **Rounding**: towards minus infinity to the cent; two decimals.
    pub fn floor_to_cents(self) -> Decimal {
        Decimal::from_i128_with_scale(self.0.div_euclid(CENT), 2)
    }

    /// For print of a shortfall. **Rounding**: towards plus infinity to the cent; two decimals.
    pub fn ceil_to_cents(self) -> Decimal {
        Decimal::from_i128_with_scale(-(-self.0).div_euclid(CENT), 2)
    }
}

/// The exponent after the digits: 0 if `text` is empty, else `E` with an optional sign and digits; clamped to ± 10⁹.
fn exponent(text: &[u8]) -> Result<i64, NotAnAmount> {
    let Some((&letter, digits)) = text.split_first() else { return Ok(0) };
    if !letter.eq_ignore_ascii_case(&b'e') {
        return Err(NotAnAmount::Malformed);
    }
    let (negative, digits) = match digits.first() {
        Some(b'-') => (true, &digits[1..]),
        Some(b'+') => (false, &digits[1..]),
        _ => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NotAnAmount::Malformed);
    }
    let size = digits.iter().fold(0_i64, |n, d| (n * 10 + i64::from(d - b'0')).min(1_000_000_000));
    Ok(if negative { -size } else { size })
}

/// |amount| in 10⁻²⁴ of `units`.`decimals` × 10^`exponent`, and whether non-zero digits were rounded away.
fn magnitude(units: &[u8], decimals: &[u8], exponent: i64) -> Result<(u128, bool), NotAnAmount> {
    let digits = || units.iter().chain(decimals).map(|d| u128::from(d - b'0'));
    let count = |slice: &[u8]| i64::try_from(slice.len()).expect("a record is at most 1 MiB");
    // Digits with a weight of 10⁻²⁴ or more count; the first digit after them decides the rounding.
    let shift = i64::from(DECIMALS) + exponent - count(decimals);
    let counted = count(units) + count(decimals) + shift.min(0);
    let mut value: u128 = 0;
    let mut round_up = false;
    let mut rounded = false;
    for (digit, index) in digits().zip(0_i64..) {
        if index < counted {
            value = with_digit(value, digit)?;
        } else {
            round_up |= index == counted && digit >= 5;
            rounded |= digit != 0;
        }
    }
    value += u128::from(round_up);
    if value != 0 {
        for _ in 0..shift.max(0) {
            value = with_digit(value, 0)?;
        }
    }
    if value >= LIMIT { Err(NotAnAmount::TooLarge) } else { Ok((value, rounded)) }
}

/// `value`, which is below the limit, with one more digit. Checked before it is formed, since ten times the limit overflows.
fn with_digit(value: u128, digit: u128) -> Result<u128, NotAnAmount> {
    if value >= LIMIT / 10 { Err(NotAnAmount::TooLarge) } else { Ok(value * 10 + digit) }
}

impl fmt::Display for Amount {
    /// Exact decimal text, no trailing zeros, no exponent: `-0.5`, `12`, `0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        let (units, decimals) = (size / ONE.unsigned_abs(), size % ONE.unsigned_abs());
        if decimals == 0 {
            return write!(f, "{sign}{units}");
        }
        let mut digits = [0; DECIMALS as usize];
        let (high, low) = digits.split_at_mut(DECIMALS as usize / 2);
        let half = 10_u128.pow(DECIMALS / 2);
        put_digits(decimals / half, high);
        put_digits(decimals % half, low);
        let significant = digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
        let decimals = std::str::from_utf8(&digits[..significant]).expect("digits are text");
        write!(f, "{sign}{units}.{decimals}")
    }
}

/// Writes the 12 digits of half of the decimals, a number that fits 64 bits.
fn put_digits(half: u128, digits: &mut [u8]) {
    let mut rest = u64::try_from(half).expect("it is below 10^12");
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).expect("one digit");
        rest /= 10;
    }
}

/// Σ|amount| of a run in one currency: bounds every partial sum, in whatever order it is formed, so that none overflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Magnitude(u128);

impl Magnitude {
    /// Adds |`amount`|.
    pub fn add(&mut self, amount: Amount) {
        self.0 = self.0.saturating_add(amount.0.unsigned_abs());
    }

    /// Adds another part of the run.
    pub fn merge(&mut self, other: Magnitude) {
        self.0 = self.0.saturating_add(other.0);
    }

    /// Whether the magnitude reaches 10¹⁴, so that the run must stop with an error.
    pub fn is_too_large(self) -> bool {
        self.0 >= LIMIT
    }
}
