//! Ids: partners, subscriptions, and the words that stand for nobody. Comes in: the text of an id cell. Goes out: an id, or
//! `None`. It looks nothing up.

use std::cmp::Ordering;
use std::fmt;

/// Words that name no partner, and no other id either (DESIGN 1, DOMAIN 3.3).
const NOBODY: [&str; 8] = ["", "0", "-1", "-2", "null", "unknown", "unassigned", "not applicable"];

/// The id that stands for no subscription in some exports.
const NIL_GUID: &str = "00000000-0000-0000-0000-000000000000";

/// Whether a trimmed id text names nobody.
pub fn names_nobody(text: &str) -> bool {
    text.len() <= 14 && NOBODY.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether a trimmed id text names no subscription: as [`names_nobody`], and the all-zero GUID.
pub fn names_no_subscription(text: &str) -> bool {
    names_nobody(text) || text == NIL_GUID
}

/// The id of a partner (MPN id, PartnerID). Order: the report's; ids of digits by number first, then text; ids equal as
/// numbers by text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PartnerId {
    /// Its number, if it is all digits and has at most 19 of them without leading zeros; else [`LONG`] or [`NO_NUMBER`].
    rank: u64,
    text: Box<str>,
}

/// Digits of which every number fits.
const DIGITS: usize = 19;
/// Rank of a longer number.
const LONG: u64 = u64::MAX - 1;
/// Rank of what is no number.
const NO_NUMBER: u64 = u64::MAX;

impl PartnerId {
    /// The id in a cell; `None` if it names nobody.
    pub fn parse(text: &str) -> Option<PartnerId> {
        let text = text.trim();
        let rank = match digits(text) {
            Some(digits) if digits.len() > DIGITS => LONG,
            Some(digits) => digits.bytes().fold(0, |number, digit| 10 * number + u64::from(digit - b'0')),
            None => NO_NUMBER,
        };
        (!names_nobody(text)).then(|| PartnerId { rank, text: text.into() })
    }

    /// The id as it is printed.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The digits of a text without leading zeros, if it is all digits.
fn digits(text: &str) -> Option<&str> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.trim_start_matches('0'))
}

impl Ord for PartnerId {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_length = || match (digits(&self.text), digits(&other.text)) {
            (Some(a), Some(b)) if self.rank == LONG => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            _ => Ordering::Equal,
        };
        self.rank.cmp(&other.rank).then_with(by_length).then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for PartnerId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for PartnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The form in which subscription ids (and tenant ids) are compared: trimmed, lower case, without a leading `/subscriptions/`.
pub fn subscription_key(text: &str) -> String {
    let text = text.trim().to_lowercase();
    match text.strip_prefix("/subscriptions/") {
        Some(rest) => rest.trim_end_matches('/').to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_digits_sort_by_number_first_then_text() {
        let mut ids: Vec<PartnerId> = [
            "b",
            "10",
            "9",
            "a1",
            "007",
            "7",
            "123456789012345678901234567890",
            "99999999999999999999",
            "A",
            "09999999999999999999",
        ]
        .map(|t| PartnerId::parse(t).unwrap())
        .into();
        ids.sort();
        let texts: Vec<&str> = ids.iter().map(PartnerId::as_str).collect();
        let long = ["09999999999999999999", "99999999999999999999", "123456789012345678901234567890"];
        assert_eq!(texts, [&["007", "7", "9", "10"], &long[..], &["A", "a1", "b"]].concat());
    }

    #[test]
    fn the_words_for_nobody_name_no_partner() {
        for text in
            ["", " ", "0", "-1", "-2", "NULL", "null", "UNKNOWN", "Unassigned", "Not applicable", " NULL "]
        {
            assert_eq!(PartnerId::parse(text), None, "{text:?}");
        }
        assert_eq!(PartnerId::parse(" 4390934 ").unwrap().as_str(), "4390934");
        assert!(PartnerId::parse("00").is_some());
    }

    #[test]
    fn a_subscription_is_the_same_in_any_case_and_as_a_resource_path() {
        assert_eq!(subscription_key(" /subscriptions/1CAAA5A3-0000/ "), subscription_key("1caaa5a3-0000"));
    }
}
