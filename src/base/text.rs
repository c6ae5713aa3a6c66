//! Text that several rooms write alike. Comes in: values. Goes out: their text. It knows no file and no message.

/// Lower-case hexadecimal digits of `bytes`, two for each byte, the first byte first.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a character has no width: byte order marks within joined files, and the marks that come with texts copied from web pages and dialogs.
pub(crate) fn has_no_width(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}')
}

/// The first `shown` items, joined by commas, and how many more there are: `a, b and 3 more`.
pub(crate) fn list_some(items: &[impl AsRef<str>], shown: usize) -> String {
    let first: Vec<&str> = items.iter().take(shown).map(AsRef::as_ref).collect();
    let first = first.join(", ");
    match items.len().checked_sub(shown) {
        None | Some(0) => first,
        Some(more) => format!("{first} and {more} more"),
    }
}

/// A text in which each `%` and two hexadecimal digits stand for a byte, as in paths of tables. Any other `%` stands for itself.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Levenshtein distance of two texts, in characters.
pub(crate) fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// The word that takes the fewest edits to become `text`, in any case; of several, the first. `None` if there is no word.
fn nearest_word<'w>(text: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let lower = text.to_lowercase();
    words.into_iter().min_by_key(|word| edits(&lower, &word.to_lowercase()))
}

/// Edits, among so many characters of a word, by which it may be misspelt: a transposition is two edits.
const NEAR_EDITS: (usize, usize) = (2, 5);

/// As [`NEAR_EDITS`], of a word that a person has typed and is only asked about.
const TYPED_EDITS: (usize, usize) = (1, 2);

/// The nearest word, if it is near enough to have been meant: at most two edits in five characters, or one begins with the other. `None` if no word
/// is.
pub(crate) fn near_word<'w>(text: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    near_within(NEAR_EDITS, text, words)
}

/// The nearest word, if a person may have meant it: at most an edit in two characters, or one begins with the other. `None` if no word is.
pub(crate) fn typed_word<'w>(text: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    near_within(TYPED_EDITS, text, words)
}

fn near_within<'w>(
    (most, among): (usize, usize),
    text: &str,
    words: impl IntoIterator<Item = &'w str>,
) -> Option<&'w str> {
    let lower = text.to_lowercase();
    let near = nearest_word(text, words)?;
    let word = near.to_lowercase();
    let length = lower.chars().count().max(word.chars().count());
    let is_beginning = lower.len() >= 3 && (word.starts_with(&lower) || lower.starts_with(&word));
    (is_beginning || edits(&lower, &word) * among <= length * most).then_some(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_shows_its_first_items_and_counts_the_others() {
        assert_eq!(list_some(&["a", "b"], 2), "a, b");
        assert_eq!(list_some(&["a", "b", "c", "d"], 2), "a, b and 2 more");
        assert_eq!(list_some(&[""; 0], 2), "");
    }

    #[test]
    fn a_percent_sign_before_two_digits_is_a_byte() {
        assert_eq!(percent_decoded("Microsoft%20365"), "Microsoft 365");
        assert_eq!(percent_decoded("%C3%a9t\u{e9}%2"), "\u{e9}t\u{e9}%2");
        assert_eq!(percent_decoded("100%zz%+5%"), "100%zz%+5%");
    }

    #[test]
    fn each_byte_is_two_digits() {
        assert_eq!(hex(&[0, 0x0a, 0xff]), "000aff");
        assert_eq!(hex(&[]), "");
    }

    #[test]
    fn edits_are_counted_by_character() {
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("costinusd", "costinusd"), 0);
        assert_eq!(edits("cost_in_usd", "costinusd"), 2);
        assert_eq!(edits("subscriptoinid", "subscriptionid"), 2);
        assert_eq!(edits("maßeinheit", "masseinheit"), 2);
    }

    #[test]
    fn a_near_word_is_two_edits_in_five_characters_away() {
        let words = ["max_rejects", "deny", "quiet"];
        assert_eq!(near_word("max_rejets", words), Some("max_rejects"));
        assert_eq!(near_word("max_reject", words), Some("max_rejects"));
        assert_eq!(near_word("DENI", words), Some("deny"));
        assert_eq!(near_word("quite", words), Some("quiet"));
        assert_eq!(near_word("colour", words), None);
        assert_eq!(near_word("", words), None);
    }

    #[test]
    fn a_word_that_was_typed_may_be_an_edit_in_two_characters_away() {
        assert_eq!(typed_word("teir", ["tier", "country"]), Some("tier"));
        assert_eq!(typed_word("Deutschland", ["Switzerland", "France"]), None);
        assert_eq!(typed_word("platinum", ["silver", "none"]), None);
    }

    #[test]
    fn the_nearest_word_takes_the_fewest_edits_in_any_case() {
        let words = ["silver", "gold", "none"];
        assert_eq!(nearest_word("GOLDEN", words), Some("gold"));
        assert_eq!(nearest_word("sliver", words), Some("silver"));
        assert_eq!(nearest_word("x", []), None);
    }
}
