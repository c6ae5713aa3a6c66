//! Ids that are whole numbers, in the forms in which programs write numbers. Comes in: the text of an id cell. Goes out: its digits, or that it is
//! no whole number. It does not know whose id it is.

use std::borrow::Cow;

/// What a trimmed text is as a number that identifies something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NumericId<'t> {
    /// A whole number: its digits without leading zeros, empty for 0; and whether it is negative.
    Whole(Cow<'t, str>, Sign),
    /// A number in exponent form whose last digits are lost.
    LostPrecision,
    /// No whole number.
    Text,
}

/// The sign of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Plus,
    Minus,
}

/// Most digits of a number in exponent form to which zeros may be added: spreadsheets write longer ones with six digits (SPEC 3.11).
const PADDED_DIGITS: usize = 11;
/// Most bytes of a text that is read as a number.
const NUMERIC_BYTES: usize = 64;

/// Reads a trimmed text as a whole number: `007`, `5550001.0` and `5.550001E+06` are the numbers that programs made of ids (SPEC 3.11).
pub(crate) fn numeric_id(text: &str) -> NumericId<'_> {
    if let Some(digits) = digits(text) {
        return if text.is_empty() {
            NumericId::Text
        } else {
            NumericId::Whole(Cow::Borrowed(digits), Sign::Plus)
        };
    }
    let (sign, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (Sign::Minus, &text[1..]),
        Some(b'+') => (Sign::Plus, &text[1..]),
        _ => (Sign::Plus, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let exponent = match exponent.map(|text| text.strip_prefix('+').unwrap_or(text)) {
        None => Some(0),
        Some(text) if !text.is_empty() && is_number(text) => text.parse::<usize>().ok(),
        Some(_) => None,
    };
    let (Some(exponent), true) =
        (exponent, text.len() <= NUMERIC_BYTES && is_number(whole) && is_number(decimals))
    else {
        return NumericId::Text;
    };
    let significant = decimals.trim_end_matches('0');
    if whole.is_empty() || significant.len() > exponent {
        return NumericId::Text;
    }
    let digits = format!("{whole}{significant}");
    let digits = digits.trim_start_matches('0');
    let zeros = exponent - significant.len();
    if zeros > 0 && !digits.is_empty() && digits.len() + zeros > PADDED_DIGITS {
        return NumericId::LostPrecision;
    }
    NumericId::Whole(
        Cow::Owned(if digits.is_empty() { String::new() } else { format!("{digits}{}", "0".repeat(zeros)) }),
        sign,
    )
}

/// The digits of a text without leading zeros. `None` if it is not all digits.
pub(super) fn digits(text: &str) -> Option<&str> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exponent_that_spreadsheets_round_has_lost_digits() {
        assert_eq!(numeric_id("1.23457E+11"), NumericId::LostPrecision);
        assert_eq!(numeric_id("1.2345678901234568e+17"), NumericId::LostPrecision);
        assert_eq!(
            numeric_id("1.2345678901E+10"),
            NumericId::Whole(Cow::Borrowed("12345678901"), Sign::Plus)
        );
        assert_eq!(numeric_id("4E6"), NumericId::Whole(Cow::Borrowed("4000000"), Sign::Plus));
        assert_eq!(numeric_id("5550001.5"), NumericId::Text);
        assert_eq!(numeric_id(""), NumericId::Text);
    }
}
