//! Keys: subscriptions, partners, providers and accounts as numbers, so that a row finds its account without comparing texts. Comes in:
//! texts. Goes out: keys, and texts again. One text has one key, whichever worker and path read it. [`account`] packs the keys of an account.

mod account;
#[cfg(test)]
mod laws;

use std::sync::{Mutex, PoisonError};

use super::interner::Interner;
use crate::base::association::Association;
use crate::base::ids::{self, SubscriptionId};
use crate::base::simd::{PaddedCell, Simd};
use crate::base::total_labels::is_total_label;

pub(crate) use account::Account;
pub(super) use account::{AccountKey, SHARDS};

/// Texts that have no numeric key, interned; all workers share them.
#[derive(Debug, Default)]
pub(super) struct SharedTexts(Mutex<Interner>);

impl SharedTexts {
    /// The number of a text.
    pub(super) fn number(&self, text: &str) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).number(text)
    }

    /// Texts that have their numbers already.
    pub(super) fn of(texts: Interner) -> SharedTexts {
        SharedTexts(Mutex::new(texts))
    }

    /// Takes all texts out, and leaves the interner empty.
    pub(super) fn take(&self) -> Interner {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A subscription, in the form in which subscriptions are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SubscriptionKey {
    form: SubscriptionForm,
    word: u128,
}

/// How a subscription is stored. Within each of the first two forms, words are in the order of their texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum SubscriptionForm {
    /// Up to 15 bytes, the first highest, and their count.
    InlineKey,
    /// The digits of a GUID.
    Guid,
    /// One more than the number of an interned text: 0 is no subscription.
    Long,
}

/// Most bytes of a text that is stored in its key.
const SHORT: usize = 15;

impl SubscriptionKey {
    /// The key of rows that name no subscription.
    pub(crate) const NONE: SubscriptionKey = SubscriptionKey { form: SubscriptionForm::InlineKey, word: 0 };

    /// The key of a subscription in the form in which they are compared.
    pub(super) fn of(text: &str, texts: &SharedTexts) -> SubscriptionKey {
        if let Some(key) = SubscriptionKey::short(text.as_bytes()) {
            key
        } else if let Some(word) = ids::guid(text.as_bytes()) {
            SubscriptionKey { form: SubscriptionForm::Guid, word }
        } else {
            SubscriptionKey { form: SubscriptionForm::Long, word: u128::from(texts.number(text)) + 1 }
        }
    }

    /// The key of a GUID, which is not all zeros.
    pub(super) fn of_guid(word: u128) -> SubscriptionKey {
        SubscriptionKey { form: SubscriptionForm::Guid, word }
    }

    /// The key of an id that was parsed.
    pub(super) fn of_id(id: &SubscriptionId, texts: &SharedTexts) -> SubscriptionKey {
        match id {
            SubscriptionId::Guid(word) => SubscriptionKey::of_guid(*word),
            SubscriptionId::Other(text) => SubscriptionKey::of(text, texts),
        }
    }

    /// Fast path: the key of the bytes of a cell without its quotes. `None` if the slow path must read the cell.
    #[inline(always)]
    pub(super) fn fast<L: Simd>(lanes: L, text: &[u8]) -> Option<SubscriptionKey> {
        if let Some(word) = ids::guid_by(lanes, text) {
            return (word != 0).then_some(SubscriptionKey { form: SubscriptionForm::Guid, word });
        }
        match text.split_at_checked(ids::SUBSCRIPTION_PATH.len()) {
            Some((path, guid)) if path.eq_ignore_ascii_case(ids::SUBSCRIPTION_PATH.as_bytes()) => {
                let word = ids::guid_by(lanes, guid).filter(|word| *word != 0)?;
                Some(SubscriptionKey { form: SubscriptionForm::Guid, word })
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
        // Neither a word for a missing id nor the label of a total is a subscription.
        let is_label = |text: &str| !text.bytes().any(|b| b.is_ascii_digit()) && is_total_label(text);
        let is_no_id = |text: &str| ids::is_absent_id(text) || is_label(text);
        let is_none = std::str::from_utf8(lower).map_or(true, is_no_id);
        if is_none { None } else { SubscriptionKey::short(lower) }
    }

    fn short(text: &[u8]) -> Option<SubscriptionKey> {
        let count = u8::try_from(text.len()).ok().filter(|count| usize::from(*count) <= SHORT)?;
        let mut bytes = [0; SHORT + 1];
        bytes[..text.len()].copy_from_slice(text);
        bytes[SHORT] = count;
        Some(SubscriptionKey { form: SubscriptionForm::InlineKey, word: u128::from_be_bytes(bytes) })
    }

    /// The digits, if the subscription is a GUID.
    #[inline]
    pub(crate) fn guid(self) -> Option<u128> {
        (self.form == SubscriptionForm::Guid).then_some(self.word)
    }

    /// The text of the subscription; empty for [`SubscriptionKey::NONE`].
    pub(super) fn text(self, texts: &Interner) -> String {
        let bytes = self.word.to_be_bytes();
        match self.form {
            SubscriptionForm::InlineKey => {
                String::from_utf8_lossy(&bytes[..usize::from(bytes[SHORT])]).into_owned()
            }
            SubscriptionForm::Guid => SubscriptionId::Guid(self.word).to_string(),
            SubscriptionForm::Long => {
                let number = u32::try_from(self.word - 1).expect("it was a u32");
                texts.name(number).to_owned()
            }
        }
    }

    /// Whether texts are in the order of keys.
    pub(super) fn is_in_order_with(self, other: SubscriptionKey) -> bool {
        self.form == other.form && self.form != SubscriptionForm::Long
    }
}

/// A partner as it stands in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PartnerKey {
    /// An id of up to 19 digits that does not begin with 0.
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
        // Every number of 19 digits fits in 64 bits.
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

    /// Fast path: the key of the first `count` bytes of a padded cell. `None` if [`PartnerKey::fast`] must read the cell.
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

/// The owner of the rows of an account, as the rows name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum OwnerKey {
    /// A partner, by this association, perhaps with a provider beside it.
    Partner(PartnerKey, Association, Option<ProviderNumber>),
    /// The provider alone.
    Provider(ProviderNumber),
    /// The rows name no partner; the associations file decides.
    Associations,
}
