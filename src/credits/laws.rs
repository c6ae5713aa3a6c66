//! Laws of what is added up: it does not depend on who adds what, nor on the order; merging is associative and commutative; an
//! association is in force on exactly the days that its records say.

use std::collections::BTreeMap;

use chrono::Days;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::table::{Holder, HolderWhose, Outbox};
use super::{CostKindEvidence, Credits, CurrencySums, RowsAndAmount, Table, Tally};
use crate::base::amount::{Amount, Magnitude};
use crate::base::association::{Association, AssociationSet};
use crate::base::calendar::{Day, Month, Window};
use crate::base::ids::{PartnerId, SubscriptionId};
use crate::base::place::RowPlace;
use crate::diagnostics::warning::Warnings;
use crate::roster::Roster;
use crate::roster::associations::{AssociationIndex, Dating, InForce};
use crate::rows::small::{AssociationRecord, PartnerRecord};

/// A row, as owned values.
#[derive(Debug, Clone)]
struct OneRow {
    subscription: &'static str,
    /// A partner and its association, or an outcome of the associations.
    whose: Result<(&'static str, Association), u32>,
    month: i32,
    currency: &'static str,
    repeats: bool,
    amount: Amount,
}

fn partner(text: &str) -> PartnerId {
    PartnerId::parse(text).unwrap()
}

fn association() -> impl Strategy<Value = Association> {
    proptest::sample::select(Association::ALL.to_vec())
}

fn amount() -> impl Strategy<Value = Amount> {
    let limit = 10_i128.pow(35);
    prop_oneof![Just(0), -3..4_i128, -limit..limit].prop_map(Amount::from_raw)
}

/// What can be in force: two outcomes give the same partner the same types.
fn outcomes() -> Vec<Vec<(PartnerId, AssociationSet)>> {
    let set = AssociationSet::of;
    vec![
        Vec::new(),
        vec![(partner("7"), set(Association::Dpor))],
        vec![(partner("7"), set(Association::Dpor)), (partner("9"), set(Association::Pal))],
        vec![(partner("10"), set(Association::Tpor)), (partner("b"), set(Association::Dpor))],
    ]
}

/// The index that speaks of these outcomes.
fn index() -> AssociationIndex {
    let mut heads: Vec<PartnerId> = outcomes().into_iter().flatten().map(|(partner, _)| partner).collect();
    heads.sort();
    heads.dedup();
    let number = |partner: &PartnerId| u32::try_from(heads.binary_search(partner).unwrap()).unwrap();
    let numbered = |outcome: Vec<(PartnerId, AssociationSet)>| -> InForce {
        outcome.iter().map(|(partner, set)| (number(partner), *set)).collect()
    };
    let outcomes = outcomes().into_iter().map(numbered).collect();
    AssociationIndex::speaking_of(heads, outcomes)
}

fn row() -> impl Strategy<Value = OneRow> {
    let whose = prop_oneof![
        (proptest::sample::select(vec!["10", "7", "007", "b"]), association()).prop_map(Ok),
        (1..4_u32).prop_map(Err),
    ];
    let subscription = proptest::sample::select(vec![
        "",
        "s2",
        "s1",
        "11111111-2222-3333-4444-55555555555a",
        "11111111-2222-3333-4444-555555555559",
        "a subscription of another form",
        "1 more",
    ]);
    let currency = proptest::sample::select(vec!["USD", "EUR"]);
    (subscription, whose, 24_000..24_003, currency, any::<bool>(), amount()).prop_map(
        |(subscription, whose, month, currency, repeats, amount)| OneRow {
            subscription,
            // Nobody is associated with no subscription.
            whose: if subscription.is_empty() { whose.or(Ok(("7", Association::Dpor))) } else { whose },
            month,
            currency,
            repeats,
            amount,
        },
    )
}

/// A table whose window begins within the months of the rows, so that they lie in two years of accounts.
fn empty() -> Table {
    Table::new(Month::from_number(24_001))
}

/// A table to which each worker has added some rows.
fn table(workers: &[&[OneRow]]) -> Table {
    let table = empty();
    let outbox = |rows: &&[OneRow]| {
        let mut outbox = Outbox::default();
        rows.iter().for_each(|row| put(&table, &mut outbox, row));
        outbox
    };
    let outboxes = workers.iter().map(outbox).collect();
    table.add_rest(outboxes);
    table
}

fn put(table: &Table, outbox: &mut Outbox, row: &OneRow) {
    let holder = Holder {
        subscription: row.subscription,
        whose: match row.whose {
            Ok((partner, association)) => HolderWhose::Partner(partner, association),
            Err(outcome) => HolderWhose::InForce(outcome),
        },
        currency: table.currency(row.currency),
        repeats: row.repeats,
    };
    table.put(outbox, &holder, table.month(Month::from_number(row.month)), row.amount);
}

/// Every credit by its whole name, in order.
fn named(credits: &Credits) -> Vec<(WholeName, (u64, i128))> {
    let name = |credit: &super::Credit| {
        (
            credits.partners[credit.partner as usize].clone(),
            credits.subscription(credit.subscription),
            credit.month.number(),
            credit.associations,
            credits.currencies[usize::from(credit.currency)].clone(),
            credit.repeats,
        )
    };
    credits.sorted().iter().map(|c| (name(c), (c.rows, c.amount.raw()))).collect()
}

/// All that a table has come to.
fn finished(table: Table) -> impl PartialEq + std::fmt::Debug {
    let credits = table.finish(&index());
    let named = named(&credits);
    let Credits { partners, currencies, rows, shared, sums, magnitudes, .. } = credits;
    (partners, currencies, named, rows, shared, sums, magnitudes)
}

/// Partner, subscription, month, associations, currency, and whether its export repeats.
type WholeName = (PartnerId, String, i32, AssociationSet, String, bool);

/// Every credit by its whole name, added up row by row.
fn naive(rows: &[OneRow]) -> BTreeMap<WholeName, (u64, i128)> {
    let mut sums = BTreeMap::new();
    for row in rows {
        let whose = match row.whose {
            Ok((name, association)) => vec![(partner(name), AssociationSet::of(association))],
            Err(outcome) => outcomes()[outcome as usize].clone(),
        };
        for (partner, set) in whose {
            let (subscription, currency) = (row.subscription.to_owned(), row.currency.to_owned());
            let sum: &mut (u64, i128) =
                sums.entry((partner, subscription, row.month, set, currency, row.repeats)).or_default();
            *sum = (sum.0 + 1, sum.1 + row.amount.raw());
        }
    }
    sums
}

fn tally() -> impl Strategy<Value = Tally> {
    let day = (0..400_u64).prop_map(|n| Day::from_ymd_opt(2017, 1, 1).unwrap() + Days::new(n));
    let months = vec((proptest::sample::select(vec!["", "a", "b"]), 24_000..24_003), 0..3);
    let counts = proptest::array::uniform8(0..1_000_u64);
    let partners = vec("[ab]", 0..3);
    let rest = (option::of(24_000..24_003), option::of(1..9_u64), any::<bool>(), any::<bool>());
    (counts, option::of((day.clone(), day)), partners, months, rest).prop_map(
        |(counts, days, partners, months, (cut, too_large, is_amortized, is_actual))| Tally {
            rows: counts[0],
            not_consumption: counts[1],
            outside_window: counts[2],
            no_subscription: counts[3],
            unassociated: counts[4],
            credited: counts[5],
            refused: counts[6],
            rounded: counts[7],
            days: days.map(|(a, b)| (a.min(b), a.max(b))),
            cut_month: cut.map(Month::from_number),
            too_large: too_large.map(|row| RowPlace { row, byte_offset: Some(row) }),
            partners: partners.into_iter().collect(),
            cost_kind: CostKindEvidence {
                is_amortized,
                is_actual,
                months: months.into_iter().map(|(a, m)| (a.to_owned(), Month::from_number(m))).collect(),
            },
        },
    )
}

fn sums() -> impl Strategy<Value = CurrencySums> {
    let one = || (0..9_u64, amount()).prop_map(|(rows, amount)| RowsAndAmount { rows, amount });
    (amount(), one(), one(), one()).prop_map(|(seen, credited, unassociated, no_subscription)| {
        let mut magnitude = Magnitude::default();
        magnitude.add(seen);
        CurrencySums { magnitude, credited, unassociated, no_subscription }
    })
}

/// Asserts that `merge` is associative and commutative, and that `zero` changes nothing.
fn merges<T: Clone + PartialEq + std::fmt::Debug>(
    [a, b, c]: [&T; 3],
    zero: &T,
    merge: impl Fn(&mut T, &T),
) -> Result<(), TestCaseError> {
    let merged = |a: &T, b: &T| {
        let mut a = a.clone();
        merge(&mut a, b);
        a
    };
    prop_assert_eq!(merged(a, b), merged(b, a));
    prop_assert_eq!(merged(&merged(a, b), c), merged(a, &merged(b, c)));
    prop_assert_eq!(&merged(a, zero), a);
    Ok(())
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
    fn workers_add_in_any_order_what_one_worker_adds_up(
        (a, b, c) in (vec(row(), 0..25), vec(row(), 0..400), vec(row(), 0..25)),
    ) {
        let whole = finished(table(&[&[a.as_slice(), &b, &c].concat()]));
        prop_assert_eq!(&finished(table(&[&a, &b, &c])), &whole);
        prop_assert_eq!(&finished(table(&[&c, &a, &[], &b])), &whole);
    }

    #[test]
    fn a_table_holds_every_credit_once_in_order_and_to_the_last_digit(rows in vec(row(), 0..60)) {
        let credits = table(&[&rows]).finish(&index());
        prop_assert_eq!(named(&credits), naive(&rows).into_iter().collect::<Vec<_>>());
        let all_credits = credits.sorted();
        let Credits { currencies, rows: by_month, shared, sums, magnitudes, .. } = credits;
        for (index, code) in currencies.iter().enumerate() {
            let of_it = || rows.iter().filter(|row| row.currency == code);
            let sum: i128 = of_it().map(|row| row.amount.raw()).sum();
            let ours = |currency: u16| usize::from(currency) == index;
            let number = u16::try_from(index).unwrap();
            for month in 24_000..24_003 {
                let counted = by_month.get(&(number, Month::from_number(month)));
                let expected = of_it().filter(|row| row.month == month).count() as u64;
                prop_assert_eq!(counted.copied().unwrap_or(0), expected);
            }
            let further: i128 = shared.iter().filter(|(c, _)| ours(**c)).map(|(_, sum)| sum.raw()).sum();
            let ours_of_all = || all_credits.iter().filter(|c| ours(c.currency)).map(|c| c.amount);
            let all: i128 = ours_of_all().map(Amount::raw).sum();
            let mut magnitude = Magnitude::default();
            ours_of_all().for_each(|amount| magnitude.add(amount));
            prop_assert_eq!(all, sum + further);
            prop_assert_eq!((sums[&number].raw(), magnitudes[&number]), (all, magnitude));
        }
    }

    #[test]
    fn tallies_and_sums_merge_in_any_order(
        (a, b, c) in (tally(), tally(), tally()),
        (d, e, f) in (sums(), sums(), sums()),
    ) {
        merges([&a, &b, &c], &Tally::default(), |ours, theirs| ours.merge(theirs.clone()))?;
        merges([&d, &e, &f], &CurrencySums::default(), CurrencySums::merge)?;
    }

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
