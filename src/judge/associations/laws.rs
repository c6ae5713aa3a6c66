//! Laws of associations: one is in force on exactly the days that its records say, whatever the order of the records.

use std::collections::BTreeMap;

use chrono::Days;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{AssociationIndex, Dating, Throughout};
use crate::base::association::{Association, AssociationSet};
use crate::base::calendar::{Day, Window};
use crate::base::ids::{PartnerId, SubscriptionId};
use crate::diagnostics::warning::Warnings;
use crate::roster::Roster;
use crate::rows::small::{AssociationRecord, PartnerRecord};

fn partner(text: &str) -> PartnerId {
    PartnerId::parse(text).unwrap()
}

fn association() -> impl Strategy<Value = Association> {
    proptest::sample::select(Association::ALL.to_vec())
}

const FIRST: &str = "2017-01-01";
const GUID: &str = "01234567-89ab-cdef-fedc-ba9876543210";
const OTHER_GUID: &str = "00000000-0000-0000-0000-000000000000";

fn association_record() -> impl Strategy<Value = AssociationRecord> {
    let partners = proptest::sample::select(vec!["11", "12", "1", "9"]);
    let days = (option::of(0..20_u64), option::of(0..12_u64));
    (proptest::sample::select(vec!["s1", GUID]), partners, association(), days).prop_map(
        |(subscription, name, association, (from, length))| {
            let day = |n| FIRST.parse::<Day>().unwrap() + Days::new(n);
            AssociationRecord {
                subscription: SubscriptionId::of(subscription),
                partner: partner(name),
                association,
                from: from.map(day),
                to: length.map(|length| day(from.unwrap_or(5) + length)),
            }
        },
    )
}

fn all_time() -> Window {
    Window { first: Day::MIN, last: Day::MAX }
}

/// A roster in which 11 and 12 roll up to 1.
fn roster() -> Roster {
    let up = |name: &str| PartnerRecord {
        partner: partner(name),
        name: None,
        country: None,
        market: None,
        rolls_up_to: Some(partner("1")),
        tenant: None,
        rank: 0,
    };
    Roster::build(vec![up("11"), up("12")], &[], &mut Warnings::default()).0
}

proptest! {
    #[test]
    fn an_association_is_in_force_on_the_days_that_its_records_say(
        records in vec(association_record(), 0..8),
        is_retroactive in any::<bool>(),
    ) {
        let dating = if is_retroactive { Dating::Retroactive } else { Dating::FromItsFirstDay };
        let roster = roster();
        let index = AssociationIndex::build(records.clone(), &roster, dating, all_time(), &mut Warnings::default());
        let start = FIRST.parse::<Day>().unwrap() - Days::new(3);
        let days = (0..45).map(|n| start + Days::new(n)).chain([Day::MIN, Day::MAX]);
        for (day, subscription) in days.flat_map(|day| ["s1", GUID, OTHER_GUID, "s3"].map(|s| (day, s))) {
            let mut in_force: BTreeMap<PartnerId, AssociationSet> = BTreeMap::new();
            for record in records.iter().filter(|r| r.subscription == SubscriptionId::of(subscription)) {
                let has_begun = is_retroactive || record.from.is_none_or(|from| from <= day);
                if has_begun && record.to.is_none_or(|to| day <= to) {
                    in_force.entry(roster.head(&record.partner).clone()).or_default().insert(record.association);
                }
            }
            let in_force_of = |outcome| index.in_force(outcome).map(|(p, set)| (p.clone(), set)).collect();
            let found: BTreeMap<PartnerId, AssociationSet> =
                index.subscription(subscription).and_then(|s| index.outcome(s, day)).map(in_force_of).unwrap_or_default();
            prop_assert_eq!(found, in_force, "{} on {}", subscription, day);
        }
    }

    #[test]
    fn an_outcome_throughout_some_days_is_that_of_each_of_them(
        records in vec(association_record(), 0..6),
        (first, length) in (0..30_u64, 0..20_u64),
    ) {
        let index = AssociationIndex::build(records, &roster(), Dating::FromItsFirstDay, all_time(), &mut Warnings::default());
        let start = FIRST.parse::<Day>().unwrap() - Days::new(3) + Days::new(first);
        for subscription in ["s1", GUID].into_iter().filter_map(|subscription| index.subscription(subscription)) {
            let end = start + Days::new(length);
            if let Throughout::Constant(outcome) = index.outcome_throughout(subscription, start, end) {
                for day in (0..=length).map(|n| start + Days::new(n)) {
                    prop_assert_eq!(index.outcome(subscription, day), outcome);
                }
            }
        }
    }

    #[test]
    fn warnings_do_not_depend_on_the_order_of_the_records(
        (records, shuffled) in vec(association_record(), 0..10)
            .prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle())),
    ) {
        let warnings = |records| {
            let mut warnings = Warnings::default();
            AssociationIndex::build(records, &roster(), Dating::FromItsFirstDay, all_time(), &mut warnings);
            warnings
        };
        prop_assert_eq!(warnings(records), warnings(shuffled));
    }
}
