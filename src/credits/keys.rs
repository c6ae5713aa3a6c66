//! Keys: subscriptions, partners, providers and accounts as numbers, so that a row finds its account without comparing texts. Comes in:
//! texts. Goes out: keys, and texts again. One text has one key, whichever worker and path read it.

use std::sync::{Mutex, PoisonError};

use super::interner::Interner;
use crate::base::association::Association;
use crate::base::ids::{self, SubscriptionId};
use crate::base::simd::{PaddedCell, Simd};
use crate::formats::inline_key::{halves, mix};

/// Texts that have no numeric key, interned; all workers share them.
#[derive(Debug, Default)]
pub(super) struct SharedTexts(Mutex<Interner>);

impl SharedTexts {
    /// The number of a text.
    pub(super) fn number(&self, text: &str) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).number(text)
    }

    /// Takes all texts out.
    pub(super) fn take(&self) -> Interner {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A subscription, in the form in which subscriptions are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SubscriptionKey {
    form: Form,
    word: u128,
}

/// How a subscription is stored. Within each of the first two forms, words are in the order of their texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Form {
    /// Up to 15 bytes, the first highest, and their count.
    InlineKey,
    /// The digits of a GUID.
    Guid,
    /// One more than the number of an interned text: 0 is no subscription.
    Long,
}

/// Bytes of a short text.
const SHORT: usize = 15;

impl SubscriptionKey {
    /// The key of rows that name no subscription.
    pub(crate) const NONE: SubscriptionKey = SubscriptionKey { form: Form::InlineKey, word: 0 };

    /// The key of a subscription in the form in which they are compared.
    pub(super) fn of(text: &str, texts: &SharedTexts) -> SubscriptionKey {
        if let Some(key) = SubscriptionKey::short(text.as_bytes()) {
            key
        } else if let Some(word) = ids::guid(text.as_bytes()) {
            SubscriptionKey { form: Form::Guid, word }
        } else {
            SubscriptionKey { form: Form::Long, word: u128::from(texts.number(text)) + 1 }
        }
    }

    /// The key of a GUID, which is not all zeros.
    pub(super) fn of_guid(word: u128) -> SubscriptionKey {
        SubscriptionKey { form: Form::Guid, word }
    }

    /// The key of an id that was parsed.
    pub(super) fn of_id(id: &SubscriptionId, texts: &SharedTexts) -> SubscriptionKey {
        match id {
            SubscriptionId::Guid(word) => SubscriptionKey::of_guid(*word),
            SubscriptionId::Other(text) => SubscriptionKey::of(text, texts),
        }
    }

    /// Fast path: the key of the bytes of a cell, quotes aside. `None`: the slow path must read the cell.
    #[inline(always)]
    pub(super) fn fast<L: Simd>(lanes: L, text: &[u8]) -> Option<SubscriptionKey> {
        if let Some(word) = ids::guid_by(lanes, text) {
            return (word != 0).then_some(SubscriptionKey { form: Form::Guid, word });
        }
        match text.split_at_checked(ids::SUBSCRIPTION_PATH.len()) {
            Some((path, guid)) if path.eq_ignore_ascii_case(ids::SUBSCRIPTION_PATH.as_bytes()) => {
                let word = ids::guid_by(lanes, guid).filter(|word| *word != 0)?;
                Some(SubscriptionKey { form: Form::Guid, word })
            }
            _ => SubscriptionKey::fast_short(text),
        }
    }

    #[inline(never)]
    fn fast_short(text: &[u8]) -> Option<SubscriptionKey> {
        let is_plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if text.is_empty() || text.len() > SHORT || !text.iter().all(is_plain) {
            return None;
        }
        let mut lower = [0; SHORT];
        let lower = &mut lower[..text.len()];
        lower.copy_from_slice(text);
        lower.make_ascii_lowercase();
        let is_none = std::str::from_utf8(lower).map_or(true, ids::is_absent_id);
        if is_none { None } else { SubscriptionKey::short(lower) }
    }

    fn short(text: &[u8]) -> Option<SubscriptionKey> {
        let count = u8::try_from(text.len()).ok().filter(|count| usize::from(*count) <= SHORT)?;
        let mut bytes = [0; SHORT + 1];
        bytes[..text.len()].copy_from_slice(text);
        bytes[SHORT] = count;
        Some(SubscriptionKey { form: Form::InlineKey, word: u128::from_be_bytes(bytes) })
    }

    /// The digits, if the subscription is a GUID.
    #[inline]
    pub(crate) fn guid(self) -> Option<u128> {
        (self.form == Form::Guid).then_some(self.word)
    }

    /// The id of the subscription.
    pub(super) fn id(self, texts: &Interner) -> SubscriptionId {
        match self.guid() {
            Some(guid) => SubscriptionId::Guid(guid),
            None => SubscriptionId::Other(self.text(texts).into()),
        }
    }

    /// The text of the subscription; empty for [`SubscriptionKey::NONE`].
    pub(super) fn text(self, texts: &Interner) -> String {
        let bytes = self.word.to_be_bytes();
        match self.form {
            Form::InlineKey => String::from_utf8_lossy(&bytes[..usize::from(bytes[SHORT])]).into_owned(),
            Form::Guid => SubscriptionId::Guid(self.word).to_string(),
            Form::Long => {
                let number = u32::try_from(self.word - 1).expect("it was a u32");
                texts.name(number).to_owned()
            }
        }
    }

    /// Whether texts are in the order of keys.
    pub(super) fn is_in_order_with(self, other: SubscriptionKey) -> bool {
        self.form == other.form && self.form != Form::Long
    }
}

/// A partner as it stands in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PartnerKey {
    /// An id of digits of which the first is not 0.
    Number(u64),
    /// The number of an interned text.
    Text(u32),
}

impl PartnerKey {
    pub(super) fn of(text: &str, texts: &SharedTexts) -> PartnerKey {
        match PartnerKey::fast(text.as_bytes()) {
            Some(key) => key,
            None => PartnerKey::Text(texts.number(text)),
        }
    }

    /// Fast path: the key of an id of digits.
    #[inline(always)]
    pub(super) fn fast(text: &[u8]) -> Option<PartnerKey> {
        // Any number of so many digits has room in 64 bits.
        if !matches!(text, [b'1'..=b'9', ..]) || text.len() > 19 {
            return None;
        }
        let (mut number, mut is_digits) = (0_u64, true);
        for byte in text {
            let digit = byte.wrapping_sub(b'0');
            is_digits &= digit < 10;
            number = number.wrapping_mul(10).wrapping_add(digit.into());
        }
        is_digits.then_some(PartnerKey::Number(number))
    }

    /// Fast path: the key of the first `count` bytes of a padded cell; `None`: [`PartnerKey::fast`] may still find one.
    #[inline(always)]
    pub(super) fn fast_padded<L: Simd>(lanes: L, padded: &PaddedCell, count: usize) -> Option<PartnerKey> {
        if !matches!(padded[0], b'1'..=b'9') || !(1..=16).contains(&count) {
            return None;
        }
        let others = lanes.non_digit_mask(padded.first_chunk()?) & ((1 << count) - 1);
        (others == 0).then_some(PartnerKey::Number(lanes.parse_digits(padded.first_chunk()?, count)))
    }

    pub(super) fn text(self, texts: &Interner) -> String {
        match self {
            PartnerKey::Number(number) => number.to_string(),
            PartnerKey::Text(number) => texts.name(number).to_owned(),
        }
    }
}

/// A provider as it stands in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ProviderKey {
    /// A partner.
    Partner(PartnerKey),
    /// A tenant id.
    Tenant(SubscriptionKey),
    /// The row names none; `--partner-id` does.
    Option,
}

/// The number of a provider in the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ProviderNumber(pub(super) u32);

impl ProviderNumber {
    /// The number as an index.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Who owns the rows of an account, as it stands in the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnerKey {
    /// A partner, by this association, perhaps with a provider beside it.
    Partner(PartnerKey, Association, Option<ProviderNumber>),
    /// The provider alone.
    Provider(ProviderNumber),
    /// The rows name no partner; the associations file decides.
    Associations,
}

/// An account: rows that differ in their month only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    /// Number of the source, below 2²⁴.
    pub(crate) source: u32,
    pub(crate) subscription: SubscriptionKey,
    pub(crate) owner: OwnerKey,
    /// Number of the currency.
    pub(crate) currency: u16,
    /// Which 12 months, counted from those that begin with the table's first month.
    pub(crate) year: i16,
}

/// The words of the key of an account but its provider.
type KeyWords = [u64; 4];

/// An account in 36 bytes: the two halves of the subscription, the partner, the small parts, and the provider. The default is that of no
/// account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct AccountKey {
    pub(super) words: KeyWords,
    /// One more than the number of the provider; 0: none.
    pub(super) provider: u32,
}

/// Where an account is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct AccountHash {
    /// That of all accounts of a subscription.
    pub(super) shard: usize,
    pub(super) hash: u32,
}

/// Subscriptions are spread over so many shards, which are judged in parallel.
pub(super) const SHARDS: usize = 64;

/// How the owner of an account is stored.
const BY_NUMBER: u8 = 0;
const BY_TEXT: u8 = 1;
const BY_PROVIDER: u8 = 2;
const BY_ASSOCIATIONS: u8 = 3;

impl Account {
    #[inline(always)]
    pub(super) fn key(&self) -> AccountKey {
        let (low, high) = halves(self.subscription.word);
        let (kind, association, partner, provider) = match self.owner {
            OwnerKey::Partner(PartnerKey::Number(number), association, provider) => {
                (BY_NUMBER, association as u8, number, provider)
            }
            OwnerKey::Partner(PartnerKey::Text(number), association, provider) => {
                (BY_TEXT, association as u8, number.into(), provider)
            }
            OwnerKey::Provider(provider) => (BY_PROVIDER, 0, 0, Some(provider)),
            OwnerKey::Associations => (BY_ASSOCIATIONS, 0, 0, None),
        };
        let [a, b] = self.year.to_le_bytes();
        let [c, d] = self.currency.to_le_bytes();
        let [e, f, g, _] = self.source.to_le_bytes();
        let kinds = self.subscription.form as u8 | kind << 2 | association << 4;
        let small = u64::from_le_bytes([a, b, c, d, e, f, g, kinds]);
        let provider = provider.map_or(0, |ProviderNumber(number)| number + 1);
        AccountKey { words: [low, high, partner, small], provider }
    }
}

impl AccountKey {
    /// Whether it is that of no account: a partner by number has a number, and every other owner a kind.
    #[inline(always)]
    pub(super) fn is_none(&self) -> bool {
        self.words[2] | self.words[3] == 0
    }

    #[inline(always)]
    pub(super) fn hash(&self) -> AccountHash {
        let [low, high, partner, small] = self.words;
        let subscription = u128::from(low) | u128::from(high) << 64;
        let rest = u128::from(partner) << 32 ^ u128::from(self.provider) ^ u128::from(small) << 64;
        // Rows without a subscription are never compared with each other, so that they may be spread by their owners.
        let of_subscription = mix(0, if subscription == 0 { rest } else { subscription });
        let [high, ..] = of_subscription.to_be_bytes();
        let shard = usize::from(high) % SHARDS;
        let [a, b, c, d, ..] = mix(of_subscription, rest).to_le_bytes();
        AccountHash { shard, hash: u32::from_le_bytes([a, b, c, d]) }
    }

    /// The account of the key.
    pub(super) fn account(&self) -> Account {
        let [low, high, partner, small] = self.words;
        let [a, b, c, d, e, f, g, kinds] = small.to_le_bytes();
        let form = [Form::InlineKey, Form::Guid, Form::Long][usize::from(kinds & 3)];
        let provider = self.provider.checked_sub(1).map(ProviderNumber);
        let association = || Association::ALL[usize::from(kinds >> 4)];
        let owner = match kinds >> 2 & 3 {
            BY_NUMBER => OwnerKey::Partner(PartnerKey::Number(partner), association(), provider),
            BY_TEXT => {
                let number = u32::try_from(partner).expect("it was a u32");
                OwnerKey::Partner(PartnerKey::Text(number), association(), provider)
            }
            BY_PROVIDER => OwnerKey::Provider(provider.expect("the key has one")),
            _ => OwnerKey::Associations,
        };
        Account {
            source: u32::from_le_bytes([e, f, g, 0]),
            subscription: SubscriptionKey { form, word: u128::from(low) | u128::from(high) << 64 },
            owner,
            currency: u16::from_le_bytes([c, d]),
            year: i16::from_le_bytes([a, b]),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::base::simd::Portable;

    const FORMS: &str = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9A-Za-z._-]{0,17}|.{0,20}";

    fn owner() -> impl Strategy<Value = OwnerKey> {
        let association = || select(Association::ALL.to_vec());
        let provider = || proptest::option::of((0..u32::MAX).prop_map(ProviderNumber));
        prop_oneof![
            (1..=u64::MAX, association(), provider()).prop_map(|(n, a, p)| OwnerKey::Partner(
                PartnerKey::Number(n),
                a,
                p
            )),
            (any::<u32>(), association(), provider()).prop_map(|(n, a, p)| OwnerKey::Partner(
                PartnerKey::Text(n),
                a,
                p
            )),
            (0..u32::MAX).prop_map(|n| OwnerKey::Provider(ProviderNumber(n))),
            Just(OwnerKey::Associations),
        ]
    }

    proptest! {
        #[test]
        fn the_fast_path_gives_the_key_of_the_text(cell in prop_oneof![
            FORMS,
            "[0-9]{1,21}",
            select(vec!["0", "-1", "NULL", "Unknown", "00000000-0000-0000-0000-000000000000"]).prop_map(str::to_owned),
        ]) {
            let texts = SharedTexts::default();
            if let Some(key) = SubscriptionKey::fast(Portable, cell.as_bytes()) {
                prop_assert!(!ids::is_absent_subscription(cell.trim()));
                prop_assert_eq!(key, SubscriptionKey::of(&ids::subscription_key(&cell), &texts));
                prop_assert_eq!(key.text(&texts.take()), ids::subscription_key(&cell));
            }
            if let Some(key) = PartnerKey::fast(cell.as_bytes()) {
                prop_assert!(!ids::is_absent_id(cell.trim()));
                prop_assert_eq!(&key.text(&texts.take()), &cell);
            }
            let mut padded = [b'1'; _];
            let count = cell.len().min(48);
            padded[..count].copy_from_slice(&cell.as_bytes()[..count]);
            if let Some(key) = PartnerKey::fast_padded(Portable, &padded, count) {
                prop_assert_eq!(Some(key), PartnerKey::fast(cell.as_bytes()));
            }
        }

        #[test]
        fn a_key_gives_its_text_again_and_another_text_has_another_key(a in FORMS, b in FORMS) {
            let texts = SharedTexts::default();
            let (a, b) = (ids::subscription_key(&a), ids::subscription_key(&b));
            let keys = [&a, &b].map(|text| SubscriptionKey::of(text, &texts));
            let partners = [&a, &b].map(|text| PartnerKey::of(text, &texts));
            prop_assert_eq!(keys[0], SubscriptionKey::of_id(&SubscriptionId::of(&a), &texts));
            prop_assert_eq!(keys[0] == keys[1], a == b);
            prop_assert_eq!(partners[0] == partners[1], a == b);
            prop_assert!(!keys[0].is_in_order_with(keys[1]) || keys[0].cmp(&keys[1]) == a.cmp(&b));
            let texts = texts.take();
            prop_assert_eq!(keys[0].id(&texts), SubscriptionId::of(&a));
            prop_assert_eq!(keys.map(|key| key.text(&texts)), [&a, &b].map(String::clone));
            prop_assert_eq!(partners.map(|key| key.text(&texts)), [a, b]);
        }

        #[test]
        fn a_key_gives_its_account_again(
            subscription in FORMS,
            owner in owner(),
            (source, currency, year) in (0..1_u32 << 24, any::<u16>(), any::<i16>()),
        ) {
            let subscription = SubscriptionKey::of(&subscription, &SharedTexts::default());
            let account = Account { source, subscription, owner, currency, year };
            prop_assert_eq!(account.key().account(), account);
            prop_assert!(!account.key().is_none());
            prop_assert!(account.key().hash().shard < SHARDS);
        }
    }
}
