//! The words that stand for a missing id or a blank cell. Comes in: the text of a cell. Goes out: whether it is one of them.

use super::numeric_id::{NumericId, Sign, numeric_id};

/// Words that stand for nothing in columns of ids, choices and names, in lower case, beside [`BLANK_WORDS`] (SPEC 1, SPEC 3.11).
pub(crate) const ABSENT_WORDS: [&str; 6] = ["0", "-1", "-2", "unknown", "unassigned", "not applicable"];

/// Words for an id that is to come, in lower case. In a column of choices they are no choice.
pub(crate) const OPEN_IDS: [&str; 2] = ["tbd", "?"];

/// Words that programs write in place of a blank cell, in lower case (SPEC 3.11).
pub(crate) const BLANK_WORDS: [&str; 25] = [
    "", "null", "n/a", "na", "#n/a", "nan", "none", "(blank)", "<na>", "\\n", "-", "nat", "(null)", "<null>",
    "#na", "#nv", "#n/d", "n.a.", "k.a.", "n/d", "n.d.", "--", "---", "–", "—",
];

/// Error values that a spreadsheet saves in place of a value, so that an id is lost. `#N/A` is a blank word.
pub(crate) const SHEET_ERRORS: [&str; 9] =
    ["#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"];

/// Whether a trimmed cell is blank, or holds a word that stands for a blank cell.
pub fn is_blank_word(text: &str) -> bool {
    text.len() <= 7 && BLANK_WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether a trimmed cell holds no id: it is blank or a word for a missing id.
pub fn is_absent_id(text: &str) -> bool {
    is_absent_word(text) || OPEN_IDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether a trimmed cell of ids, choices or names is blank or a word that stands for nothing.
pub(crate) fn is_absent_word(text: &str) -> bool {
    text.len() <= 14
        && (is_blank_word(text)
            || ABSENT_WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
            || is_absent_number(text))
}

/// Whether a text is one of the numbers among [`ABSENT_WORDS`] in another form, such as `0,0` or `-1.0`.
fn is_absent_number(text: &str) -> bool {
    text.starts_with(['0', '-', '\u{2212}'])
        && match numeric_id(text) {
            NumericId::Whole(digits, _) if digits.is_empty() => true,
            NumericId::Whole(digits, Sign::Minus) => matches!(&*digits, "1" | "2"),
            NumericId::Whole(_, Sign::Plus) | NumericId::LostPrecision | NumericId::Text => false,
        }
}
