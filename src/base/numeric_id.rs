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
    let (sign, unsigned) = match text.chars().next() {
        Some(minus @ ('-' | MINUS)) => (Sign::Minus, &text[minus.len_utf8()..]),
        Some('+') => (Sign::Plus, &text[1..]),
        _ => (Sign::Plus, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, decimals) = units_and_decimals(mantissa, exponent.is_some());
    let whole = &*whole;
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

/// The units of a number, without marks between groups of three digits, and its decimals, by whichever mark makes a whole number of it. A
/// point alone, and a comma before zeros alone, are decimal marks: `4,000` is what it is in both readings, and stays a text.
fn units_and_decimals(mantissa: &str, has_exponent: bool) -> (Cow<'_, str>, &str) {
    let is_mark = |c: char| matches!(c, '.' | ',' | ' ' | '\'' | '\u{a0}' | '\u{202f}' | '\u{2019}');
    let Some(first) = mantissa.find(is_mark) else { return (Cow::Borrowed(mantissa), "") };
    let mark = mantissa[first..].chars().next().unwrap_or('.');
    let (units, rest) = (&mantissa[..first], &mantissa[first + mark.len_utf8()..]);
    let is_group = |group: &str| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit());
    let is_first_group = (1..=3).contains(&units.len())
        && !units.starts_with('0')
        && units.bytes().all(|b| b.is_ascii_digit());
    let is_zeros = |decimals: &str| decimals.bytes().all(|b| b == b'0');
    // Where another mark follows the groups, decimals stand behind it.
    let (groups, decimals) = match rest.find(|c: char| matches!(c, '.' | ',') && c != mark) {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, ""),
    };
    let may_be_grouped = is_first_group && !has_exponent && groups.split(mark).all(is_group);
    let is_one_mark = !rest.contains(is_mark);
    match (mark, is_one_mark) {
        ('.', true) if !may_be_grouped || is_zeros(rest) => (Cow::Borrowed(units), rest),
        (',', true) if !may_be_grouped => (Cow::Borrowed(units), rest),
        (',', true) if is_zeros(rest) => (Cow::Borrowed(mantissa), ""),
        _ if may_be_grouped => (Cow::Owned(format!("{units}{}", groups.replace(mark, ""))), decimals),
        _ => (Cow::Borrowed(mantissa), ""),
    }
}

/// U+2212, by which some programs write a sign.
const MINUS: char = '\u{2212}';

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

    #[test]
    fn a_decimal_comma_or_marks_between_groups_make_no_other_id() {
        for text in [
            "4000162,0",
            "4000162,00",
            "4000162.0",
            "4,000162E+06",
            "4.000162E+06",
            "4.000.162",
            "4,000,162",
            "4 000 162",
            "4\u{a0}000\u{a0}162",
            "4\u{202f}000\u{202f}162",
            "4'000'162",
            "4.000.162,0",
            "4,000,162.00",
            "4 000 162,0",
        ] {
            assert_eq!(numeric_id(text), NumericId::Whole(Cow::Borrowed("4000162"), Sign::Plus), "{text}");
        }
        for text in ["162,345", "162.345", "162 345"] {
            assert_eq!(numeric_id(text), NumericId::Whole(Cow::Borrowed("162345"), Sign::Plus), "{text}");
        }
        for text in ["-1", "\u{2212}1", "-1,0", "\u{2212}1.0"] {
            assert_eq!(numeric_id(text), NumericId::Whole(Cow::Borrowed("1"), Sign::Minus), "{text}");
        }
        assert_eq!(numeric_id("0,0"), NumericId::Whole(Cow::Borrowed(""), Sign::Plus));
        for text in [
            "4,000",
            "4000162,5",
            "4000101,4000102",
            "4.000.16",
            "04.000.162",
            "4.000,162",
            "4 000",
            "a,b",
            ",",
            ".",
            "4,",
            "4..000",
            "70-533",
        ] {
            let read = numeric_id(text);
            let expected = match text {
                "4 000" => NumericId::Whole(Cow::Borrowed("4000"), Sign::Plus),
                "4," => NumericId::Whole(Cow::Borrowed("4"), Sign::Plus),
                _ => NumericId::Text,
            };
            assert_eq!(read, expected, "{text}");
        }
    }
}
