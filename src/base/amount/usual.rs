//! Amounts as most cells hold them, read fast. Comes in: the bytes of a cell. Goes out: the amount, if the text has the usual
//! form; whatever else it is, [`Amount::parse_plain`] says, which stays the meaning of both.
//!
//! Digits are read eight at a time: a word of eight bytes is told to hold digits only, and becomes a number, by a few
//! operations on all its bytes at once. The decimals are three such words, filled up with zeros on the right, so that each
//! has a fixed weight whatever the length of the text, and no power of ten is looked up.

use super::{Amount, DECIMALS, LIMIT};
use crate::base::simd::{Lanes, Window};

/// Eight times the digit `0`.
const ZEROS: u64 = 0x3030_3030_3030_3030;
/// The high half of each byte.
const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;
/// A decimal point, once `0` is taken from it by exclusive or.
const POINT: u64 = (b'.' ^ b'0') as u64;
/// Bytes of a word.
const WORD: usize = 8;
/// Digits before the point, at most: so many stay below the limit of an amount.
const UNITS: usize = 14;
/// Decimals, at most.
const PLACES: usize = DECIMALS as usize;
/// Decimals that are read at once.
const HALF: usize = 16;
/// Bytes of a window, after a sign, that are looked at.
const BODY: usize = 32;
/// The weight of a word's digits over those of the next.
const STEP: u64 = 10_u64.pow(8);

impl Amount {
    /// Reads the usual form of decimal text: perhaps a minus, up to 14 digits, perhaps a decimal point and up to 24 digits.
    /// `None`: it may still be an amount; ask [`Amount::parse`]. Nothing is rounded.
    ///
    /// ```
    /// use attain::base::amount::Amount;
    /// assert_eq!(Amount::parse_usual(b"-12.5").unwrap().to_string(), "-12.5");
    /// assert_eq!(Amount::parse_usual(b"1.25E1"), None);
    /// ```
    #[inline]
    pub fn parse_usual(text: &[u8]) -> Option<Amount> {
        let is_negative = text.first() == Some(&b'-');
        let digits = text.get(usize::from(is_negative)..)?;
        let size = match digits.first_chunk() {
            Some(first) => long(digits, *first)?,
            None => short(digits)?,
        };
        // Two's complement without a branch: signs come in no order that could be foreseen.
        let sign = -i128::from(is_negative);
        Some(Amount((size ^ sign).wrapping_sub(sign)))
    }

    /// Reads an amount as [`Amount::parse_usual`], or one with an exponent, of the first `length` bytes of a window. Nothing is
    /// rounded. `None`: it may still be an amount.
    #[inline(always)]
    pub(crate) fn parse_in<L: Lanes>(lanes: L, window: &Window, length: usize) -> Option<Amount> {
        let is_negative = window[0] == b'-';
        let start = usize::from(is_negative);
        let length = length.checked_sub(start).filter(|length| (1..=BODY).contains(length))?;
        let body: &[u8; BODY] = window[start..].first_chunk()?;
        let others = lanes.not_digits(body) & u32::MAX >> (BODY - length);
        let point = (others.trailing_zeros() as usize).min(length);
        let size = if others & others.wrapping_sub(1) == 0 && (point == length || body[point] == b'.') {
            let places = length.saturating_sub(point + 1);
            if point > UNITS || places > PLACES || point + places == 0 {
                return None;
            }
            let units = lanes.number(body.first_chunk()?, point);
            let decimals = body[point + 1..].first_chunk()?;
            let high = lanes.number_filled_up(decimals, places.min(HALF));
            // Seldom more than 16, so that the rest costs most texts nothing.
            let low = match places.checked_sub(HALF) {
                None | Some(0) => 0,
                Some(more) => {
                    lanes.number_filled_up(window[start + point + 1 + HALF..].first_chunk()?, more) / STEP
                }
            };
            let upper = i128::from(units).wrapping_mul(i128::from(STEP * STEP)).wrapping_add(high.into());
            upper.wrapping_mul(STEP.into()).wrapping_add(low.into())
        } else {
            with_exponent(lanes, body, others, length)?
        };
        let sign = -i128::from(is_negative);
        Some(Amount((size ^ sign).wrapping_sub(sign)))
    }
}

/// Of the first `length` bytes of a text: digits, perhaps with a point, an `E` and an exponent of few digits. `others` are those that
/// are no digits.
#[inline(never)]
fn with_exponent<L: Lanes>(lanes: L, body: &[u8; BODY], others: u32, length: usize) -> Option<i128> {
    let first = others.trailing_zeros() as usize;
    let (point, letter) = match body.get(first)? {
        b'.' => (first, (others & others.wrapping_sub(1)).trailing_zeros() as usize),
        _ => (first, first),
    };
    let places = letter.saturating_sub(point + 1);
    if point > UNITS || places > HALF || point + places == 0 {
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
    let units = lanes.number(body.first_chunk()?, point);
    let decimals = lanes.number(body.get(point + 1..)?.first_chunk()?, places);
    let places = u32::try_from(places).ok()?;
    let digits = u128::from(units) * 10_u128.pow(places) + u128::from(decimals);
    let zeros = (DECIMALS.cast_signed() + exponent).checked_sub_unsigned(places)?;
    let size = digits.checked_mul(10_u128.checked_pow(u32::try_from(zeros).ok()?)?)?;
    if size < LIMIT { i128::try_from(size).ok() } else { None }
}

/// A text of fewer than eight bytes: one word.
#[inline]
fn short(text: &[u8]) -> Option<i128> {
    let length = text.len();
    let first = text.first()?;
    let bytes = match (text.first_chunk(), text.last_chunk()) {
        (Some(head), Some(tail)) => {
            u64::from(u32::from_le_bytes(*head)) | u64::from(u32::from_le_bytes(*tail)) << (8 * (length - 4))
        }
        _ => {
            let (middle, last) = (length / 2, length - 1);
            u64::from(*first) | u64::from(text[middle]) << (8 * middle) | u64::from(text[last]) << (8 * last)
        }
    };
    let word = Word((bytes ^ ZEROS) & u64::MAX >> (8 * (WORD - length)));
    let point = word.digits_before_other().min(length);
    let has_point = point < length;
    if length == usize::from(has_point) || (has_point && word.byte(point) != POINT) {
        return None;
    }
    let decimals = word.without_first(point + 1);
    decimals.is_digits().then(|| in_all(word.first(point).number(), decimals.number(), 0))
}

/// A text of eight bytes or more.
#[inline]
fn long(text: &[u8], first: [u8; WORD]) -> Option<i128> {
    let word = Word::of(first);
    let point = word.digits_before_other();
    if point == WORD {
        return wide(text, word.number());
    }
    if word.byte(point) != POINT {
        return None;
    }
    let (high, low) = decimals(text, point + 1)?;
    Some(in_all(word.first(point).number(), high, low))
}

/// A text whose first eight bytes are digits, worth `head`.
#[inline(never)]
fn wide(text: &[u8], head: u64) -> Option<i128> {
    let mut units = head;
    let mut point = WORD;
    while let Some(digit) = text.get(point).filter(|byte| byte.is_ascii_digit()) {
        if point == UNITS {
            return None;
        }
        units = units * 10 + u64::from(digit - b'0');
        point += 1;
    }
    let (high, low) = match text.get(point) {
        None => (0, 0),
        Some(b'.') => decimals(text, point + 1)?,
        Some(_) => return None,
    };
    Some(in_all(units, high, low))
}

/// The decimals from byte `start` of a text of eight bytes or more to its end: the first eight as a number, then the other 16.
#[inline]
fn decimals(text: &[u8], start: usize) -> Option<(u64, u64)> {
    if text.len() > start + PLACES {
        return None;
    }
    let (first, second) = (word_from(text, start)?, word_from(text, start + WORD)?);
    // Seldom more than 16, so that the third word costs most texts nothing.
    let third = if text.len() > start + 2 * WORD { word_from(text, start + 2 * WORD)? } else { Word(0) };
    let all = first.is_digits() & second.is_digits() & third.is_digits();
    all.then(|| (first.number(), second.number() * STEP + third.number()))
}

/// Eight bytes from `start` of a text of at least that length; past its end there are zeros.
#[inline]
fn word_from(text: &[u8], start: usize) -> Option<Word> {
    // Near the end the last eight bytes are taken, and those before `start` shifted out.
    let from = start.min(text.len() - WORD);
    let word = Word::of(*text.get(from..)?.first_chunk()?);
    Some(word.without_first((start - from).min(WORD)))
}

/// An amount in 10⁻²⁴: units below 10¹⁴, the first eight decimals, the other 16.
#[inline]
fn in_all(units: u64, high: u64, low: u64) -> i128 {
    // At most 10³⁸ - 1, below 2¹²⁷; for the usual few units one multiplication of 64 by 64 bits.
    let upper = i128::from(units).wrapping_mul(i128::from(STEP)).wrapping_add(i128::from(high));
    upper.wrapping_mul(i128::from(STEP * STEP)).wrapping_add(i128::from(low))
}

/// Eight bytes of text, the first in the lowest place, `0` taken from each by exclusive or: a digit is its value.
#[derive(Clone, Copy)]
struct Word(u64);

impl Word {
    #[inline]
    fn of(bytes: [u8; WORD]) -> Word {
        Word(u64::from_le_bytes(bytes) ^ ZEROS)
    }

    /// The high half of a byte is set where it is no digit; of bytes behind such a one nothing is known.
    #[inline]
    fn others(self) -> u64 {
        // A digit is below 10, so that 6 more stays below 16; what is 250 or more carries into the next byte.
        (self.0 | self.0.wrapping_add(0x0606_0606_0606_0606)) & HIGH
    }

    #[inline]
    fn is_digits(self) -> bool {
        self.others() == 0
    }

    /// How many bytes at the front are digits.
    #[inline]
    fn digits_before_other(self) -> usize {
        (self.others().trailing_zeros() / 8) as usize
    }

    #[inline]
    fn byte(self, nth: usize) -> u64 {
        self.0 >> (8 * nth) & 0xFF
    }

    /// Its first `count` bytes, at most eight, moved to the end, with zeros before them.
    #[inline]
    fn first(self, count: usize) -> Word {
        // In two steps, since a shift by 64 bits is none.
        let half = 4 * (WORD - count);
        Word(self.0 << half << half)
    }

    /// What is behind its first `count` bytes, at most eight, with zeros behind it.
    #[inline]
    fn without_first(self, count: usize) -> Word {
        let half = 4 * count;
        Word(self.0 >> half >> half)
    }

    /// The number that eight digits make; nonsense if some byte is none.
    #[inline]
    fn number(self) -> u64 {
        const PAIR: u64 = 0x0000_00FF_0000_00FF;
        let pairs = self.0.wrapping_mul(10).wrapping_add(self.0 >> 8);
        let hundreds = (pairs & PAIR).wrapping_mul(100 + (1_000_000 << 32));
        let ones = (pairs >> 16 & PAIR).wrapping_mul(1 + (10_000 << 32));
        hundreds.wrapping_add(ones) >> 32
    }
}
