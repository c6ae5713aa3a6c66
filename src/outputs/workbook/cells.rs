//! Figures, days and texts as cells of a spreadsheet. Comes in: values of a table. Goes out: what the library writes. A spreadsheet's number is a
//! binary float of 15 digits: this file alone turns decimal text into one, and computes with none.

use std::borrow::Cow;

use crate::base::calendar::Day;
use crate::base::limits::ID_DIGITS;

/// UTF-16 units that a cell holds.
pub(super) const CELL_UNITS: usize = 32_767;

/// A number as a spreadsheet has it: the nearest to a decimal text. `None` if the text is no finite number.
pub(super) fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Whether a spreadsheet shows every digit of a decimal text.
pub(super) fn is_exact(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit);
    digits.skip_while(|digit| *digit == b'0').count() <= ID_DIGITS
}

/// The number of a day: days since 30 December 1899. `None` if spreadsheets disagree about the day or have none: before March 1900, and after 9999.
pub(super) fn day_number(day: Day) -> Option<u32> {
    let serial =
        u32::try_from(day.signed_duration_since(Day::from_ymd_opt(1899, 12, 30)?).num_days()).ok()?;
    (61..=2_958_465).contains(&serial).then_some(serial)
}

/// A text that fits a cell, and whether it was cut.
pub(super) fn fitting(text: &str) -> (Cow<'_, str>, bool) {
    // No text has more UTF-16 units than bytes.
    if text.len() <= CELL_UNITS || text.encode_utf16().count() <= CELL_UNITS {
        return (Cow::Borrowed(text), false);
    }
    let mut units = 0;
    let fits = |character: &char| {
        units += character.len_utf16();
        units < CELL_UNITS
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    cut.push('…');
    (Cow::Owned(cut), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_15_digits_is_exact_and_one_of_16_is_not() {
        for text in ["0", "0.00", "9999999999999.99", "-0.000012345678901234", "123456789012345"] {
            assert!(is_exact(text), "{text}");
        }
        for text in ["12345678901234.56", "1.000000000000001", "-1234567890123456"] {
            assert!(!is_exact(text), "{text}");
        }
    }

    #[test]
    fn days_have_the_numbers_of_spreadsheets() {
        let number = |y, m, d| day_number(Day::from_ymd_opt(y, m, d).unwrap());
        assert_eq!(number(2017, 7, 7), Some(42_923));
        assert_eq!(number(1900, 3, 1), Some(61));
        assert_eq!(number(1900, 2, 28), None);
        assert_eq!(number(9999, 12, 31), Some(2_958_465));
        assert_eq!(number(10_000, 1, 1), None);
        assert_eq!(number(1, 1, 1), None);
    }

    #[test]
    fn a_text_is_cut_to_what_a_cell_holds_and_between_characters() {
        let full = "x".repeat(CELL_UNITS);
        assert_eq!(fitting(&full), (Cow::Borrowed(full.as_str()), false));
        let longer = format!("{full}x");
        let (cut, is_cut) = fitting(&longer);
        assert!(is_cut && cut.ends_with("x…") && cut.encode_utf16().count() == CELL_UNITS);
        // An astral character has two units.
        let astral = "\u{1f600}".repeat(CELL_UNITS / 2 + 1);
        let (cut, is_cut) = fitting(&astral);
        assert!(is_cut && cut.ends_with('…') && cut.encode_utf16().count() <= CELL_UNITS);
        let two_bytes = "é".repeat(CELL_UNITS);
        assert!(!fitting(&two_bytes).1);
    }
}
