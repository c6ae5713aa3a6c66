//! Accounts, and their keys of 36 bytes. Comes in: the keys of an account's parts. Goes out: one key, its hash, and the account again.

use super::{OwnerKey, PartnerKey, ProviderNumber, SubscriptionForm, SubscriptionKey};
use crate::base::association::Association;
use crate::formats::inline_key::{halves, mix};

/// An account: rows that differ in their month only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

/// The key of an account without its provider.
type KeyWords = [u64; 4];

/// An account in 36 bytes: the two halves of the subscription, the partner, the small parts, and the provider. The default marks an empty
/// slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::credits) struct AccountKey {
    pub(in crate::credits) words: KeyWords,
    /// The number of the provider plus 1; 0 for none.
    pub(in crate::credits) provider: u32,
}

/// The hash of an account: its shard, and the start of its probe within the shard.
#[derive(Debug, Clone, Copy)]
pub(in crate::credits) struct AccountHash {
    /// All accounts of a subscription have one shard.
    pub(in crate::credits) shard: usize,
    pub(in crate::credits) hash: u32,
}

/// Shards over which subscriptions are spread. Shards are judged in parallel.
pub(in crate::credits) const SHARDS: usize = 64;

/// How the owner of an account is stored.
const BY_NUMBER: u8 = 0;
const BY_TEXT: u8 = 1;
const BY_PROVIDER: u8 = 2;
const BY_ASSOCIATIONS: u8 = 3;

impl Account {
    /// The key of the account.
    #[inline(always)]
    pub(in crate::credits) fn key(&self) -> AccountKey {
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
    /// Whether the key marks an empty slot. No account has this key: a partner by number has a number above 0, and every other owner sets its
    /// kind bits.
    #[inline(always)]
    pub(in crate::credits) fn is_none(&self) -> bool {
        self.words[2] | self.words[3] == 0
    }

    /// The hash of the account.
    #[inline(always)]
    pub(in crate::credits) fn hash(&self) -> AccountHash {
        let [low, high, partner, small] = self.words;
        let subscription = u128::from(low) | u128::from(high) << 64;
        let rest = u128::from(partner) << 32 ^ u128::from(self.provider) ^ u128::from(small) << 64;
        // Rows without a subscription need not share a shard, so their owners spread them.
        let of_subscription = mix(0, if subscription == 0 { rest } else { subscription });
        let [high, ..] = of_subscription.to_be_bytes();
        let shard = usize::from(high) % SHARDS;
        let [a, b, c, d, ..] = mix(of_subscription, rest).to_le_bytes();
        AccountHash { shard, hash: u32::from_le_bytes([a, b, c, d]) }
    }

    /// The account of the key.
    pub(in crate::credits) fn account(&self) -> Account {
        let [low, high, partner, small] = self.words;
        let [a, b, c, d, e, f, g, kinds] = small.to_le_bytes();
        let form = [SubscriptionForm::InlineKey, SubscriptionForm::Guid, SubscriptionForm::Long]
            [usize::from(kinds & 3)];
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
