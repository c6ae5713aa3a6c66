//! The laws of keys: the fast path agrees with the text, a key gives its text and its account again, and no two texts share a key.

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
