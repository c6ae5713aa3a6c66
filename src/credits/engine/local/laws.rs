//! Laws of adding up: the sums depend neither on the division of rows among workers nor on their order; merging is associative and commutative; the
//! table holds every consumption once, by day where days are needed.

use std::collections::BTreeMap;

use chrono::Days;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::sum_table::{ShardBuffers, SumTable};
use super::{CostKindEvidence, CurrencySums, Tally};
use crate::base::amount::{Amount, Magnitude};
use crate::base::association::Association;
use crate::base::calendar::{Day, Month};
use crate::base::ids::SubscriptionId;
use crate::credits::keys::Account;
use crate::credits::{CreditTable, PeriodNeeds, RowsAndAmount};
use crate::rows::clock_times::ClockTimes;
use crate::rows::plan::{Owner, Provider};

/// A row, as owned values.
#[derive(Debug, Clone)]
struct OneRow {
    source: u32,
    subscription: &'static str,
    owner: Owner<'static>,
    day: Day,
    currency: &'static str,
    amount: Amount,
}

fn amount() -> impl Strategy<Value = Amount> {
    let limit = 10_i128.pow(35);
    prop_oneof![Just(0), -3..4_i128, -limit..limit].prop_map(Amount::from_raw)
}

fn day() -> impl Strategy<Value = Day> {
    (0..400_u64).prop_map(|n| Day::from_ymd_opt(2017, 1, 1).unwrap() + Days::new(n))
}

fn owner() -> impl Strategy<Value = Owner<'static>> {
    let provider = select(vec![
        None,
        Some(Provider::Partner("7".into())),
        Some(Provider::Tenant("7".to_owned())),
        Some(Provider::Tenant("11111111-2222-3333-4444-55555555555a".to_owned())),
    ]);
    let partner = (select(vec!["10", "7", "007", "b"]), select(Association::ALL.to_vec()), provider.clone());
    prop_oneof![
        partner.prop_map(|(partner, association, provider)| Owner::Partner {
            partner: partner.into(),
            association,
            provider
        }),
        provider.prop_map(|provider| provider.map_or(Owner::Associations, Owner::Provider)),
    ]
}

const BY_DAY: &str = "11111111-2222-3333-4444-55555555555a";

fn row() -> impl Strategy<Value = OneRow> {
    let subscriptions = vec![
        "",
        "s2",
        "s1",
        BY_DAY,
        "11111111-2222-3333-4444-555555555559",
        "a subscription of another form",
        "1 more",
    ];
    (0..3_u32, select(subscriptions), owner(), day(), select(vec!["USD", "EUR"]), amount()).prop_map(
        |(source, subscription, owner, day, currency, amount)| OneRow {
            source,
            subscription,
            owner,
            day,
            currency,
            amount,
        },
    )
}

fn month(text: &str) -> Month {
    Month::of(text.parse().unwrap())
}

/// Days are held of one month for every subscription, and of another one for one subscription.
fn needs() -> PeriodNeeds {
    PeriodNeeds {
        days_of: vec![month("2017-12-01")],
        days_of_subscriptions: vec![(SubscriptionId::of(BY_DAY), month("2017-03-01"))],
        ..PeriodNeeds::default()
    }
}

/// A table to which each worker has added some rows. It begins within the months of the rows, so that they lie in two years of accounts.
fn table(workers: &[&[OneRow]]) -> CreditTable {
    let table = SumTable::new(month("2017-04-01"), needs());
    let buffered = |rows: &&[OneRow]| {
        let mut buffers = ShardBuffers::default();
        for row in *rows {
            let day = table.day(row.day);
            table.enqueue(&mut buffers, &account(&table, row), day, row.amount);
        }
        buffers
    };
    let buffers = workers.iter().map(buffered).collect();
    table.flush_all(buffers);
    table.finish()
}

fn account(table: &SumTable, row: &OneRow) -> Account {
    Account {
        source: row.source,
        subscription: table.subscription(row.subscription),
        owner: table.owner(&row.owner),
        currency: table.currency(row.currency),
        year: table.day(row.day).year,
    }
}

/// Source, subscription, owner, first and last day, currency.
type WholeName = (u32, String, String, Day, Day, String);

/// Every line by its whole name, as it is written.
fn named(credits: &CreditTable) -> Vec<(WholeName, (u64, i128))> {
    let name = |line: &crate::credits::credit_table::CreditLine| {
        let (partner, provider, association) = credits.owner_texts(line.account.owner);
        let name = (
            line.account.source,
            credits.subscription(line.account.subscription),
            format!("{partner} {provider} {association}"),
            line.span.first(),
            line.span.last(),
            credits.currency(&line.account).to_owned(),
        );
        (name, (line.sum.rows, line.sum.amount.raw()))
    };
    let mut lines: Vec<_> = credits.sorted_accounts(&[0, 1, 2]).all_lines().iter().map(name).collect();
    lines.sort();
    lines
}

/// Every line by its whole name, added up row by row. Owners that are written alike may be several accounts.
fn naive(rows: &[OneRow]) -> Vec<(WholeName, (u64, i128))> {
    let mut sums: BTreeMap<(WholeName, String), (u64, i128)> = BTreeMap::new();
    for row in rows {
        let provider = |provider: &Provider<'_>| match provider {
            Provider::Partner(text) => text.to_string(),
            Provider::Tenant(text) => text.clone(),
        };
        let owner = match &row.owner {
            Owner::Partner { partner, association, provider: beside } => {
                let beside = beside.as_ref().map_or(String::new(), provider);
                format!("{partner} {beside} {}", association.as_str())
            }
            Owner::Provider(alone) => format!(" {} csp-tier-1", provider(alone)),
            Owner::Associations => "  ".to_owned(),
        };
        let of_month = Month::of(row.day);
        let is_by_day = of_month == month("2017-12-01")
            || (of_month == month("2017-03-01") && row.subscription == BY_DAY);
        let (first, last) = match is_by_day {
            true => (row.day, row.day),
            false => (of_month.first_day(), of_month.last_day()),
        };
        let name = (row.source, row.subscription.to_owned(), owner, first, last, row.currency.to_owned());
        let sum = sums.entry((name, format!("{:?}", row.owner))).or_default();
        *sum = (sum.0 + 1, sum.1 + row.amount.raw());
    }
    let mut lines: Vec<_> = sums.into_iter().map(|((name, _), sum)| (name, sum)).collect();
    lines.sort();
    lines
}

fn tally() -> impl Strategy<Value = Tally> {
    let invoices = vec(select(vec!["A", "B"]), 0..3);
    let left_out = vec((day(), option::of(0..2_u16), 1..9_u64, amount()), 0..3);
    let counts = proptest::array::uniform6(0..1_000_u64);
    (counts, vec(day(), 0..4), left_out, invoices, any::<bool>(), any::<bool>()).prop_map(
        |(counts, days, left_out, invoices, is_amortized, is_actual)| {
            let mut tally = Tally {
                rows: counts[0],
                not_consumption: counts[1],
                not_held: counts[2],
                taken: counts[3],
                refused: counts[4],
                rounded: counts[5],
                days_told: days.into_iter().collect(),
                clock_times: ClockTimes::default(),
                cost_kind: CostKindEvidence { is_amortized, is_actual },
                ..Tally::default()
            };
            for (day, currency, rows, amount) in left_out {
                tally.no_subscription.entry((day, currency)).or_default().add(rows, amount);
                tally.day_sums.entry((day, currency.unwrap_or(0))).or_default().add(rows, amount);
            }
            tally.invoices.numbers.extend(invoices.into_iter().map(str::to_owned));
            tally
        },
    )
}

fn sums() -> impl Strategy<Value = CurrencySums> {
    (amount(), 0..9_u64, amount()).prop_map(|(read, rows, amount)| {
        let mut magnitude = Magnitude::default();
        magnitude.add(read);
        CurrencySums { magnitude, taken: RowsAndAmount { rows, amount } }
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

proptest! {
    #[test]
    fn workers_add_in_any_order_what_one_worker_adds_up(
        (a, b, c) in (vec(row(), 0..25), vec(row(), 0..400), vec(row(), 0..25)),
    ) {
        let whole = named(&table(&[&[a.as_slice(), &b, &c].concat()]));
        prop_assert_eq!(&named(&table(&[&a, &b, &c])), &whole);
        prop_assert_eq!(&named(&table(&[&c, &a, &[], &b])), &whole);
    }

    #[test]
    fn a_table_holds_every_consumption_once_to_the_last_digit(rows in vec(row(), 0..60)) {
        prop_assert_eq!(named(&table(&[&rows])), naive(&rows));
    }

    #[test]
    fn tallies_and_sums_merge_in_any_order(
        (a, b, c) in (tally(), tally(), tally()),
        (d, e, f) in (sums(), sums(), sums()),
    ) {
        merges([&a, &b, &c], &Tally::default(), |ours, theirs| ours.merge(theirs.clone()))?;
        merges([&d, &e, &f], &CurrencySums::default(), CurrencySums::merge)?;
    }
}
