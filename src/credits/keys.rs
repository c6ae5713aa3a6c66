//! Keys: subscriptions, partners and accounts as numbers, so that a row finds its account without its texts. Comes in: texts.
//! Goes out: keys, and texts again. One text has one key, whoever reads it.

use std::sync::{Mutex, PoisonError};

use super::names::Names;
use crate::base::association::Association;
use crate::base::ids::{self, SubscriptionId};
use crate::base::simd::{PaddedCell, Simd};
use crate::formats::inline_key::{halves, mix};

/// Texts that are no usual ids, numbered; all workers share them.
#[derive(Debug, Default)]
pub(super) struct Texts(Mutex<Names>);

impl Texts {
    /// The number of a text.
    pub(super) fn number(&self, text: &str) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).number(text)
    }

    /// All texts, of which none is left.
    pub(super) fn take(&self) -> Names {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A subscription, in the form in which subscriptions are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SubscriptionKey {
    form: Form,
    word: u128,
}

/// How a subscription is kept. Within each of the first two, the order of the words is that of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Form {
    /// Up to 15 bytes, the first highest, and their count.
    Short,
    /// The digits of a GUID.
    Guid,
    /// One more than the number of a text: 0 is nobody's.
    Long,
}

/// Bytes of a short text.
const SHORT: usize = 15;

impl SubscriptionKey {
    /// That of rows that name no subscription.
    pub(crate) const NONE: SubscriptionKey = SubscriptionKey { form: Form::Short, word: 0 };

    /// The key of a subscription in the form in which they are compared.
    pub(super) fn of(text: &str, texts: &Texts) -> SubscriptionKey {
        if let Some(key) = SubscriptionKey::short(text.as_bytes()) {
            key
        } else if let Some(word) = ids::guid(text.as_bytes()) {
            SubscriptionKey { form: Form::Guid, word }
        } else {
            SubscriptionKey { form: Form::Long, word: u128::from(texts.number(text)) + 1 }
        }
    }

    /// The key of the bytes of a cell, quotes aside, that stand for a subscription as nearly all do. `None`: they must be read
    /// with care.
    #[inline(always)]
    pub(super) fn usual<L: Simd>(lanes: L, text: &[u8]) -> Option<SubscriptionKey> {
        if let Some(word) = ids::guid_by(lanes, text) {
            return (word != 0).then_some(SubscriptionKey { form: Form::Guid, word });
        }
        match text.split_at_checked(ids::SUBSCRIPTION_PATH.len()) {
            // Nothing but a GUID is usual here.
            Some((path, guid)) if path.eq_ignore_ascii_case(ids::SUBSCRIPTION_PATH.as_bytes()) => {
                let word = ids::guid_by(lanes, guid).filter(|word| *word != 0)?;
                Some(SubscriptionKey { form: Form::Guid, word })
            }
            _ => SubscriptionKey::usual_short(text),
        }
    }

    #[inline(never)]
    fn usual_short(text: &[u8]) -> Option<SubscriptionKey> {
        let is_usual = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if text.is_empty() || text.len() > SHORT || !text.iter().all(is_usual) {
            return None;
        }
        let mut lower = [0; SHORT];
        let lower = &mut lower[..text.len()];
        lower.copy_from_slice(text);
        lower.make_ascii_lowercase();
        let is_nobody = std::str::from_utf8(lower).map_or(true, ids::names_nobody);
        if is_nobody { None } else { SubscriptionKey::short(lower) }
    }

    /// The digits, if it is a GUID.
    #[inline]
    pub(super) fn guid(self) -> Option<u128> {
        (self.form == Form::Guid).then_some(self.word)
    }

    fn short(text: &[u8]) -> Option<SubscriptionKey> {
        let count = u8::try_from(text.len()).ok().filter(|count| usize::from(*count) <= SHORT)?;
        let mut bytes = [0; SHORT + 1];
        bytes[..text.len()].copy_from_slice(text);
        bytes[SHORT] = count;
        Some(SubscriptionKey { form: Form::Short, word: u128::from_be_bytes(bytes) })
    }

    /// Its text.
    pub(super) fn text(self, texts: &Names) -> String {
        let bytes = self.word.to_be_bytes();
        match self.form {
            Form::Short => String::from_utf8_lossy(&bytes[..usize::from(bytes[SHORT])]).into_owned(),
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
pub(super) enum PartnerKey {
    /// An id of digits of which the first is not 0.
    Number(u64),
    /// The number of a text.
    Text(u32),
}

impl PartnerKey {
    pub(super) fn of(text: &str, texts: &Texts) -> PartnerKey {
        match PartnerKey::usual(text.as_bytes()) {
            Some(key) => key,
            None => PartnerKey::Text(texts.number(text)),
        }
    }

    /// The key of an id of digits.
    #[inline(always)]
    pub(super) fn usual(text: &[u8]) -> Option<PartnerKey> {
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

    /// The same, of the first `count` bytes of a window; `None`: it may still be one.
    #[inline(always)]
    pub(super) fn usual_in<L: Simd>(lanes: L, window: &PaddedCell, count: usize) -> Option<PartnerKey> {
        if !matches!(window[0], b'1'..=b'9') || !(1..=16).contains(&count) {
            return None;
        }
        let others = lanes.non_digit_mask(window.first_chunk()?) & ((1 << count) - 1);
        (others == 0).then_some(PartnerKey::Number(lanes.parse_digits(window.first_chunk()?, count)))
    }

    pub(super) fn text(self, texts: &Names) -> String {
        match self {
            PartnerKey::Number(number) => number.to_string(),
            PartnerKey::Text(number) => texts.name(number).to_owned(),
        }
    }
}

/// Whose the rows of an account are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// This partner's, by this association.
    Partner(PartnerKey, Association),
    /// Theirs for whom this outcome of the associations index speaks.
    InForce(u32),
}

/// An account: rows that differ in their month only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) subscription: SubscriptionKey,
    pub(super) whose: Whose,
    /// Its number in the table.
    pub(super) currency: u16,
    pub(super) repeats: bool,
    /// Which 12 months, from those of the window on.
    pub(super) year: i32,
}

/// An account in 32 bytes. The default is that of none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct AccountKey {
    subscription: [u64; 2],
    whose: u64,
    rest: u64,
}

/// Where an account is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct AccountHash {
    /// Below [`super::table::SHARDS`]; that of all accounts of a subscription.
    pub(super) shard: usize,
    pub(super) hash: u64,
}

impl Account {
    #[inline(always)]
    pub(super) fn key(&self) -> AccountKey {
        let (low, high) = halves(self.subscription.word);
        let (kind, association, whose) = match self.whose {
            Whose::Partner(PartnerKey::Number(number), association) => (0, association as u8, number),
            Whose::Partner(PartnerKey::Text(number), association) => (1, association as u8, number.into()),
            Whose::InForce(outcome) => (2, 0, outcome.into()),
        };
        let [a, b, c, d] = self.year.to_le_bytes();
        let [e, f] = self.currency.to_le_bytes();
        let forms = self.subscription.form as u8 | kind << 4;
        let rest = u64::from_le_bytes([a, b, c, d, e, f, forms, association << 1 | u8::from(self.repeats)]);
        AccountKey { subscription: [low, high], whose, rest }
    }
}

impl AccountKey {
    /// Whether it is that of no account: one of a partner by number has a number, and all others have a kind.
    #[inline(always)]
    pub(super) fn is_none(&self) -> bool {
        self.whose | self.rest == 0
    }

    #[inline(always)]
    pub(super) fn hash(&self) -> AccountHash {
        let [low, high] = self.subscription;
        let subscription = u128::from(low) | u128::from(high) << 64;
        let whose = u128::from(self.whose) | u128::from(self.rest) << 64;
        // Rows without a subscription have nothing in common but that: nobody is associated with it.
        let of_subscription = mix(0, if subscription == 0 { whose } else { subscription });
        let [high, ..] = of_subscription.to_be_bytes();
        let shard = usize::from(high) % super::table::SHARDS;
        AccountHash { shard, hash: mix(of_subscription, whose) }
    }

    /// The account of which this is the key.
    pub(super) fn account(&self) -> Account {
        let [low, high] = self.subscription;
        let [a, b, c, d, e, f, forms, last] = self.rest.to_le_bytes();
        let form = [Form::Short, Form::Guid, Form::Long][usize::from(forms & 0xF)];
        let association = Association::ALL[usize::from(last >> 1)];
        let number = || u32::try_from(self.whose).expect("it was a u32");
        let whose = match forms >> 4 {
            0 => Whose::Partner(PartnerKey::Number(self.whose), association),
            1 => Whose::Partner(PartnerKey::Text(number()), association),
            _ => Whose::InForce(number()),
        };
        Account {
            subscription: SubscriptionKey { form, word: u128::from(low) | u128::from(high) << 64 },
            whose,
            currency: u16::from_le_bytes([e, f]),
            repeats: last & 1 == 1,
            year: i32::from_le_bytes([a, b, c, d]),
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

    proptest! {
        #[test]
        fn what_is_read_fast_has_the_key_of_its_text(cell in prop_oneof![
            FORMS,
            "[0-9]{1,21}",
            select(vec!["0", "-1", "NULL", "Unknown", "00000000-0000-0000-0000-000000000000"]).prop_map(str::to_owned),
        ]) {
            let texts = Texts::default();
            if let Some(key) = SubscriptionKey::usual(Portable, cell.as_bytes()) {
                prop_assert!(!ids::names_no_subscription(cell.trim()));
                prop_assert_eq!(key, SubscriptionKey::of(&ids::subscription_key(&cell), &texts));
                prop_assert_eq!(key.text(&texts.take()), ids::subscription_key(&cell));
            }
            if let Some(key) = PartnerKey::usual(cell.as_bytes()) {
                prop_assert!(!ids::names_nobody(cell.trim()));
                prop_assert_eq!(&key.text(&texts.take()), &cell);
            }
            let mut window = [b'1'; _];
            let count = cell.len().min(48);
            window[..count].copy_from_slice(&cell.as_bytes()[..count]);
            if let Some(key) = PartnerKey::usual_in(Portable, &window, count) {
                prop_assert_eq!(Some(key), PartnerKey::usual(cell.as_bytes()));
            }
        }

        #[test]
        fn a_text_is_had_back_and_another_text_has_another_key(a in FORMS, b in FORMS) {
            let texts = Texts::default();
            let (a, b) = (ids::subscription_key(&a), ids::subscription_key(&b));
            let keys = [&a, &b].map(|text| SubscriptionKey::of(text, &texts));
            let partners = [&a, &b].map(|text| PartnerKey::of(text, &texts));
            prop_assert_eq!(keys[0] == keys[1], a == b);
            prop_assert_eq!(partners[0] == partners[1], a == b);
            prop_assert!(!keys[0].is_in_order_with(keys[1]) || keys[0].cmp(&keys[1]) == a.cmp(&b));
            let texts = texts.take();
            prop_assert_eq!(keys.map(|key| key.text(&texts)), [&a, &b].map(String::clone));
            prop_assert_eq!(partners.map(|key| key.text(&texts)), [a, b]);
        }

        #[test]
        fn an_account_is_had_back_from_its_key(
            subscription in FORMS,
            whose in prop_oneof![
                (1..=u64::MAX, select(Association::ALL.to_vec())).prop_map(|(n, a)| Whose::Partner(PartnerKey::Number(n), a)),
                (any::<u32>(), select(Association::ALL.to_vec())).prop_map(|(n, a)| Whose::Partner(PartnerKey::Text(n), a)),
                any::<u32>().prop_map(Whose::InForce),
            ],
            (currency, repeats, year) in any::<(u16, bool, i32)>(),
        ) {
            let subscription = SubscriptionKey::of(&subscription, &Texts::default());
            let account = Account { subscription, whose, currency, repeats, year };
            prop_assert_eq!(account.key().account(), account);
            prop_assert!(!account.key().is_none());
            prop_assert!(account.key().hash().shard < super::super::table::SHARDS);
        }
    }
}
