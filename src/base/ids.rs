//! Ids of partners and subscriptions. Comes in: the text of an id cell. Goes out: an id, or
//! `None`. It looks nothing up.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

pub(crate) use super::absent_words::{ABSENT_WORDS, BLANK_WORDS, OPEN_IDS, SHEET_ERRORS, is_absent_word};
pub use super::absent_words::{is_absent_id, is_blank_word};
use super::numeric_id::{NumericId, Sign, digits, numeric_id};
use crate::base::simd::{Portable, Simd};

/// The zero GUID, by which some exports mean that there is no subscription.
#[cfg(test)]
const NIL_GUID: &str = "00000000-0000-0000-0000-000000000000";

/// Whether a trimmed cell holds no subscription: a word for a missing id, or the zero GUID.
pub fn is_absent_subscription(text: &str) -> bool {
    is_absent_id(text) || SubscriptionId::of(text) == SubscriptionId::Guid(0)
}

/// The id of a partner in the form in which it is compared and printed: trimmed; a whole number is its digits. `None` if the text names no
/// partner.
pub(crate) fn partner_text(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    match numeric_id(text) {
        NumericId::Whole(digits, _) if digits.is_empty() => None,
        NumericId::Whole(digits, Sign::Plus) => Some(digits),
        NumericId::Whole(digits, Sign::Minus) if matches!(&*digits, "1" | "2") => None,
        NumericId::Whole(_, Sign::Minus) | NumericId::LostPrecision | NumericId::Text => {
            (!is_absent_id(text)).then_some(Cow::Borrowed(text))
        }
    }
}

/// The id of a partner (MPN id, PartnerID). **Order**, as in the report: ids of digits by number first, then text; ids that are equal as
/// numbers by text.
#[derive(Clone, PartialEq, Eq)]
pub struct PartnerId {
    /// The number, if the id is all digits, at most 19 without leading zeros; else [`LONG`] or [`NO_NUMBER`].
    rank: u64,
    text: IdText,
}

/// A text with a small-string optimisation, since ids of partners are copied often. Bytes past the length are 0.
#[derive(Clone, PartialEq, Eq)]
enum IdText {
    InlineKey(u8, [u8; SHORT]),
    Long(Box<str>),
}

/// Bytes of a text stored inline: the most that do not enlarge the enum.
const SHORT: usize = 22;

/// Most digits with which every number fits into a `u64`.
const DIGITS: usize = 19;
/// Rank of an id of more than [`DIGITS`] digits.
const LONG: u64 = u64::MAX - 1;
/// Rank of an id that is not all digits.
const NO_NUMBER: u64 = u64::MAX;

impl PartnerId {
    /// The id in a cell; a whole number is the same id in whatever form it is written. `None` if the cell holds no id.
    pub fn parse(text: &str) -> Option<PartnerId> {
        let text = partner_text(text)?;
        let rank = match digits(&text) {
            Some(digits) if digits.len() > DIGITS => LONG,
            Some(digits) => digits.bytes().fold(0, |number, digit| 10 * number + u64::from(digit - b'0')),
            None => NO_NUMBER,
        };
        Some(PartnerId { rank, text: IdText::of(&text) })
    }

    /// The id as printed: trimmed; a number without leading zeros.
    pub fn as_str(&self) -> &str {
        match &self.text {
            IdText::InlineKey(length, bytes) => {
                std::str::from_utf8(&bytes[..usize::from(*length)]).expect("it was a text")
            }
            IdText::Long(text) => text,
        }
    }
}

impl IdText {
    fn of(text: &str) -> IdText {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                IdText::InlineKey(length, bytes)
            }
            _ => IdText::Long(text.into()),
        }
    }
}

impl Hash for PartnerId {
    /// Hashes the number alone: two texts of one number (leading zeros) are rare, and equality tells them apart.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank.hash(state);
        if self.rank >= LONG {
            self.as_str().hash(state);
        }
    }
}

impl PartnerId {
    #[cold]
    fn cmp_within_rank(&self, other: &Self) -> Ordering {
        let (a, b) = (self.as_str(), other.as_str());
        let by_length = match (digits(a), digits(b)) {
            (Some(a), Some(b)) if self.rank == LONG => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            _ => Ordering::Equal,
        };
        by_length.then_with(|| a.cmp(b))
    }
}

impl Ord for PartnerId {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank).then_with(|| match self.text == other.text {
            true => Ordering::Equal,
            false => self.cmp_within_rank(other),
        })
    }
}

impl PartialOrd for PartnerId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for PartnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for PartnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// A subscription in its compared form ([`subscription_key`]). **Order**: as texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SubscriptionId {
    /// A GUID, as [`guid`] reads it; the common case.
    Guid(u128),
    /// Any other text.
    Other(Box<str>),
}

impl SubscriptionId {
    /// The id in a cell, also if the cell holds a word for a missing id.
    pub(crate) fn of(text: &str) -> SubscriptionId {
        let of_key = |key: String| {
            guid(key.as_bytes()).map_or(SubscriptionId::Other(key.into()), SubscriptionId::Guid)
        };
        guid(text.as_bytes()).map_or_else(|| of_key(subscription_key(text)), SubscriptionId::Guid)
    }
}

impl Ord for SubscriptionId {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (SubscriptionId::Guid(a), SubscriptionId::Guid(b)) => a.cmp(b),
            (SubscriptionId::Other(a), SubscriptionId::Other(b)) => a.cmp(b),
            (a, b) => a.to_string().cmp(&b.to_string()),
        }
    }
}

impl PartialOrd for SubscriptionId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SubscriptionId::Guid(guid) => {
                let mut text = *b"00000000-0000-0000-0000-000000000000";
                let digits = guid.to_be_bytes().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
                for (place, digit) in text.iter_mut().filter(|byte| **byte != b'-').zip(digits) {
                    *place = b"0123456789abcdef"[usize::from(digit)];
                }
                f.write_str(std::str::from_utf8(&text).expect("digits and hyphens are text"))
            }
            SubscriptionId::Other(text) => f.write_str(text),
        }
    }
}

/// The prefix of a subscription that is written as a resource path; compared without case.
pub(crate) const SUBSCRIPTION_PATH: &str = "/subscriptions/";

/// The compared form of a subscription or tenant id: trimmed, lower case; of a resource path, the subscription alone; a GUID with hyphens and
/// without braces, quotes or the prefix of a URN.
pub fn subscription_key(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let id = match text.strip_prefix(SUBSCRIPTION_PATH).or_else(|| text.strip_prefix(&SUBSCRIPTION_PATH[1..]))
    {
        Some(path) => path.split('/').next().unwrap_or_default(),
        None => &text,
    };
    let id = id.strip_prefix("urn:uuid:").unwrap_or(id);
    let pairs = [('{', '}'), ('(', ')'), ('\'', '\''), ('"', '"')];
    let inner = pairs.iter().find_map(|(open, close)| id.strip_prefix(*open)?.strip_suffix(*close));
    let bare = inner.unwrap_or(id).trim();
    match guid(bare.as_bytes()).or_else(|| guid_of_digits(bare)) {
        Some(guid) => SubscriptionId::Guid(guid).to_string(),
        None => id.to_owned(),
    }
}

/// The 32 digits of a GUID that is written without hyphens. `None` if `text` is no such GUID.
fn guid_of_digits(text: &str) -> Option<u128> {
    let is_guid = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_guid.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

/// The 32 digits of a GUID (36 bytes, any case) as a number, which sorts as the lower-case texts do. `None` if `text` is no GUID.
#[inline(always)]
pub(crate) fn guid(text: &[u8]) -> Option<u128> {
    guid_by(Portable, text)
}

/// As [`guid`], with the given SIMD kernels.
#[inline(always)]
pub(crate) fn guid_by<L: Simd>(lanes: L, text: &[u8]) -> Option<u128> {
    lanes.parse_guid(text.try_into().ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        let long = ["9999999999999999999", "99999999999999999999", "123456789012345678901234567890"];
        assert_eq!(texts, [&["7", "7", "9", "10"], &long[..], &["A", "a1", "b"]].concat());
    }

    #[test]
    fn words_for_a_missing_id_name_no_partner() {
        let words = ["", " ", "null", "UNKNOWN", "Unassigned", "Not applicable", " NULL "];
        let of_programs = ["N/A", "NA", "#N/A", "nan", "None", "(blank)", "<NA>", "\\N", "-", "NaT", "#NV"];
        let numbers = ["0", "00", "0.0", "-1", "-2", "-1.0", "-2.000", "0E+00", "-1E0"];
        for text in words.into_iter().chain(of_programs).chain(numbers) {
            assert_eq!(PartnerId::parse(text), None, "{text:?}");
        }
        assert_eq!(PartnerId::parse(" 4390934 ").unwrap().as_str(), "4390934");
    }

    #[test]
    fn a_whole_number_is_one_partner_in_whatever_form_a_program_wrote_it() {
        for (text, id) in [
            ("5550001", "5550001"),
            ("005550001", "5550001"),
            ("5550001.0", "5550001"),
            ("5550001.", "5550001"),
            ("+5550001", "5550001"),
            ("5.550001E+06", "5550001"),
            ("5.550001000e6", "5550001"),
            ("4e+06", "4000000"),
            ("123456789012345678.0", "123456789012345678"),
            ("1.23456789012345678E+17", "123456789012345678"),
            // These are no numbers, or no whole ones.
            ("5550001.5", "5550001.5"),
            (".0", ".0"),
            ("5550001e", "5550001e"),
            ("5550001e-1", "5550001e-1"),
            ("-5", "-5"),
            ("1e99999999999999999999", "1e99999999999999999999"),
            ("E5", "E5"),
        ] {
            assert_eq!(PartnerId::parse(text).unwrap().as_str(), id, "{text}");
        }
    }

    #[test]
    fn a_subscription_is_the_same_in_any_case_and_as_a_resource_path() {
        assert_eq!(subscription_key(" /subscriptions/1CAAA5A3-0000/ "), subscription_key("1caaa5a3-0000"));
        let path = SubscriptionId::of(" /subscriptions/01234567-89AB-cdef-FEDC-ba9876543210/ ");
        assert_eq!(path, SubscriptionId::of("01234567-89ab-cdef-fedc-ba9876543210"));
        assert_eq!(path.to_string(), "01234567-89ab-cdef-fedc-ba9876543210");
        for text in ["{G}", "/subscriptions/G/resourceGroups/rg1/x", "/SUBSCRIPTIONS/{G}", "subscriptions/G/"]
        {
            let text = text.replace('G', "01234567-89AB-cdef-fedc-ba9876543210");
            assert_eq!(SubscriptionId::of(&text), path, "{text}");
        }
        assert_eq!(SubscriptionId::of("0123456789abcdeffedcba9876543210"), path);
        let none = [NIL_GUID, "{00000000-0000-0000-0000-000000000000}", "\\N", "n/a"];
        assert!(none.into_iter().all(is_absent_subscription));
        assert_eq!(subscription_key("{ab}"), "{ab}");
    }

    #[test]
    fn a_partner_id_of_any_length_is_printed_as_it_stands() {
        for text in (1..40).flat_map(|length| ["é1".repeat(length), "9".repeat(length)]) {
            assert_eq!(PartnerId::parse(&text).unwrap().as_str(), text);
        }
    }

    /// A plain reader of GUIDs, digit by digit, to compare with.
    fn plain_guid(text: &[u8]) -> Option<u128> {
        let text = std::str::from_utf8(text).ok().filter(|text| text.len() == 36 && text.is_ascii())?;
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        let digits = text.replace('-', "");
        let is_guid = lengths == [8, 4, 4, 4, 12] && digits.bytes().all(|b| b.is_ascii_hexdigit());
        is_guid.then(|| u128::from_str_radix(&digits, 16).unwrap())
    }

    #[test]
    fn a_guid_is_one_number_in_any_case_and_nothing_else_is_a_guid() {
        let number = Some(0x0123_4567_89ab_cdef_fedc_ba98_7654_3210);
        for text in ["01234567-89ab-cdef-fedc-ba9876543210", "01234567-89AB-CDEF-FEDC-BA9876543210"] {
            assert_eq!(guid(text.as_bytes()), number);
        }
        assert_eq!(guid(NIL_GUID.as_bytes()), Some(0));
        assert_eq!(guid(&b"ffffffff-ffff-ffff-ffff-ffffffffffff"[..]), Some(u128::MAX));
        for wrong in ["", "01234567-89ab-cdef-fedc-ba987654321", "01234567-89ab-cdef-fedc-ba98765432100"] {
            assert_eq!(guid(wrong.as_bytes()), None, "{wrong:?}");
        }
    }

    #[test]
    fn every_byte_at_every_place_of_a_guid_is_read_as_by_the_plain_reader() {
        let whole = *b"01234567-89ab-cdef-fedc-ba9876543210";
        for (at, byte) in (0..36).flat_map(|at| (0..=255).map(move |byte| (at, byte))) {
            let mut text = whole;
            text[at] = byte;
            assert_eq!(guid(&text), plain_guid(&text), "{byte} at {at}");
        }
    }

    proptest! {
        #[test]
        fn subscriptions_have_the_order_of_their_texts(
            a in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-g]{0,9}",
            b in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-g]{0,9}",
        ) {
            prop_assert_eq!(SubscriptionId::of(&a).cmp(&SubscriptionId::of(&b)), a.cmp(&b));
        }

        #[test]
        fn a_guid_is_read_as_by_the_plain_reader(
            text in "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
            other in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            wrong in proptest::collection::vec((0..36_usize, any::<u8>()), 0..4),
        ) {
            let lower = text.to_lowercase();
            prop_assert_eq!(guid(text.as_bytes()).cmp(&guid(other.as_bytes())), lower.cmp(&other));
            prop_assert_eq!(SubscriptionId::of(&text).to_string(), lower);
            let mut bytes = text.into_bytes();
            for (at, byte) in wrong {
                bytes[at] = byte;
            }
            prop_assert_eq!(guid(&bytes), plain_guid(&bytes));
        }
    }
}
