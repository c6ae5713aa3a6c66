//! What is done to text before it stands in a cell or on a line. It changes no number.

use std::borrow::Cow;

/// First characters of what a spreadsheet runs as a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text that a spreadsheet will not run as a formula: a leading `'` where it starts with `= + - @`, tab or CR (SPEC 4).
pub(super) fn defused(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// A text of an output before it was defused.
pub(super) fn as_written(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(text)
}

/// Whether a text begins as one that was defused, once or more often.
pub(super) fn may_be_defused(text: &str) -> bool {
    text.starts_with('\'') && text.trim_start_matches('\'').starts_with(FORMULA)
}

/// A text that stays on its line, and that spreadsheets and terminals show as it is: control characters become their
/// pictures (`␀ ␉ ␊ ␍`), others without a picture U+FFFD.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(breaks_line) {
        Cow::Owned(text.chars().map(picture).collect())
    } else {
        Cow::Borrowed(text)
    }
}

fn breaks_line(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

fn picture(character: char) -> char {
    match character {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        other if breaks_line(other) => '\u{fffd}',
        other => other,
    }
}

/// The longest beginning of `text` that has at most `bytes` bytes and cuts no character.
pub(super) fn cut_to_bytes(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// At most `width` characters: a longer text ends in `…`.
pub(super) fn cut_to_width(text: &str, width: usize) -> Cow<'_, str> {
    if text.chars().count() <= width {
        return Cow::Borrowed(text);
    }
    let Some(kept) = width.checked_sub(1) else { return Cow::Borrowed("") };
    Cow::Owned(text.chars().take(kept).chain(['…']).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_a_spreadsheet_would_run_gets_a_leading_apostrophe() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(defused(text), format!("'{text}"), "{text:?}");
        }
        for text in ["", "Fabrikam", "'=1", "1-1", " =1"] {
            assert_eq!(defused(text), text, "{text:?}");
        }
    }

    #[test]
    fn control_characters_are_shown_as_pictures_on_one_line() {
        assert_eq!(one_line("a\0b\r\nc\td\x7f"), "a␀b␍␊c␉d␡");
        assert_eq!(one_line("a\u{85}b\u{2028}"), "a\u{fffd}b\u{fffd}");
        assert_eq!(one_line("Größe"), "Größe");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut_to_bytes("aé", 2), "a");
        assert_eq!(cut_to_bytes("aé", 3), "aé");
        assert_eq!(cut_to_width("Größe", 5), "Größe");
        assert_eq!(cut_to_width("Größen", 5), "Größ…");
        assert_eq!(cut_to_width("ab", 0), "");
    }
}
