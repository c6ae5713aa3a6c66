//! The table that a worker adds up in, and the exact merge of all workers' tables. Speaks `add / merge / finish`.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::associations::AssociationIndex;
use super::names::Names;
use super::{AssociationSet, Credit, Credits, RowsAndAmount};
use crate::calendar::Month;
use crate::dialects::Association;
use crate::ids::PartnerId;
use crate::money::Amount;

/// What rows are added up by. Numbers are those of one table's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    subscription: u32,
    whose: Whose,
    month: i32,
    currency: u16,
    repeats: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Whose {
    Partner(u32, Association),
    /// Index of what is in force, the same in all tables.
    InForce(u32),
}

#[derive(Debug, Clone, Copy)]
struct Sum {
    key: Key,
    rows: u64,
    amount: Amount,
}

/// Sums of rows.
#[derive(Debug, Default)]
pub(crate) struct Table {
    partners: Names,
    subscriptions: Names,
    currencies: Names,
    index: HashTable<u32>,
    sums: Vec<Sum>,
    hasher: FixedState,
}

/// One row, ready to be added.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addend<'r> {
    /// In the form in which subscriptions are compared.
    pub(crate) subscription: &'r str,
    pub(crate) whose: AddendWhose<'r>,
    pub(crate) month: Month,
    /// Upper case.
    pub(crate) currency: &'r str,
    pub(crate) repeats: bool,
    pub(crate) amount: Amount,
}

/// Whose a row is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AddendWhose<'r> {
    /// This partner's, by this association.
    Partner(&'r str, Association),
    /// Theirs for whom this outcome of the associations index speaks.
    InForce(u32),
}

impl Table {
    /// The number of a currency (upper case).
    pub(crate) fn currency(&mut self, code: &str) -> u16 {
        u16::try_from(self.currencies.number(code)).expect("three letters make 17 576 codes")
    }

    /// How many sums there are.
    pub(crate) fn sums(&self) -> usize {
        self.sums.len()
    }

    /// Adds a row to a sum that [`Table::add`] returned.
    pub(crate) fn add_to(&mut self, sum: u32, amount: Amount) {
        let sum = &mut self.sums[sum as usize];
        sum.rows += 1;
        sum.amount = sum.amount.plus_unchecked(amount);
    }

    /// Adds a row; returns the number of its sum.
    pub(crate) fn add(&mut self, row: &Addend<'_>) -> u32 {
        let key = Key {
            subscription: self.subscriptions.number(row.subscription),
            whose: match row.whose {
                AddendWhose::Partner(partner, association) => {
                    Whose::Partner(self.partners.number(partner), association)
                }
                AddendWhose::InForce(outcome) => Whose::InForce(outcome),
            },
            month: row.month.number(),
            currency: self.currency(row.currency),
            repeats: row.repeats,
        };
        self.add_sum(Sum { key, rows: 1, amount: row.amount })
    }

    fn add_sum(&mut self, sum: Sum) -> u32 {
        let hash = self.hasher.hash_one(sum.key);
        let (sums, hasher) = (&mut self.sums, &self.hasher);
        if let Some(index) = self.index.find(hash, |i| sums[*i as usize].key == sum.key) {
            let known = &mut sums[*index as usize];
            known.rows += sum.rows;
            known.amount = known.amount.plus_unchecked(sum.amount);
            return *index;
        }
        let index = u32::try_from(sums.len()).expect("2^32 sums would need 200 GB");
        sums.push(sum);
        self.index.insert_unique(hash, index, |i| hasher.hash_one(sums[*i as usize].key));
        index
    }

    /// Adds all of another table. Merging is associative and commutative.
    pub(crate) fn merge(&mut self, other: Table) {
        let Table { partners, subscriptions, currencies, index, sums, .. } = other;
        drop(index);
        let to_ours = |theirs: &Names, ours: &mut Names| -> Vec<u32> {
            theirs.iter().map(|n| ours.number(n)).collect()
        };
        let partners = to_ours(&partners, &mut self.partners);
        let subscriptions = to_ours(&subscriptions, &mut self.subscriptions);
        let currencies = to_ours(&currencies, &mut self.currencies);
        for mut sum in sums {
            sum.key.subscription = subscriptions[sum.key.subscription as usize];
            sum.key.currency = u16::try_from(currencies[usize::from(sum.key.currency)]).expect("as in add");
            if let Whose::Partner(partner, association) = sum.key.whose {
                sum.key.whose = Whose::Partner(partners[partner as usize], association);
            }
            self.add_sum(sum);
        }
    }

    /// The credits, sorted, so that nothing depends on the order of arrival. `associations` is the index by which the rows were credited.
    pub(crate) fn finish(self, associations: &AssociationIndex) -> Credits {
        let Table { mut partners, subscriptions, currencies, index, sums, .. } = self;
        drop(index);
        let mut credits: Vec<Credit> = Vec::with_capacity(sums.len());
        let mut rows: BTreeMap<(u16, Month), RowsAndAmount> = BTreeMap::new();
        let mut shared: BTreeMap<u16, Amount> = BTreeMap::new();
        for sum in sums {
            let month = Month::from_number(sum.key.month);
            rows.entry((sum.key.currency, month)).or_default().add(sum.rows, sum.amount);
            let credit = |partner, associations| Credit {
                partner,
                subscription: sum.key.subscription,
                currency: sum.key.currency,
                associations,
                repeats: sum.key.repeats,
                month,
                amount: sum.amount,
                rows: sum.rows,
            };
            match sum.key.whose {
                Whose::Partner(partner, association) => {
                    credits.push(credit(partner, AssociationSet::of(association)))
                }
                Whose::InForce(outcome) => {
                    for (nth, (partner, set)) in associations.in_force(outcome).enumerate() {
                        credits.push(credit(partners.number(partner.as_str()), set));
                        if nth > 0 {
                            let shared = shared.entry(sum.key.currency).or_default();
                            *shared = shared.plus_unchecked(sum.amount);
                        }
                    }
                }
            }
        }
        let (partners, partner_rank) =
            ranked(&partners, |name| PartnerId::parse(name).expect("nobody was refused at the door"));
        let (_, subscription_rank) = ranked(&subscriptions, str::to_owned);
        let (currencies, currency_rank) = ranked(&currencies, str::to_owned);
        let small = |rank: u32| u16::try_from(rank).expect("three letters make 17 576 codes");
        for credit in &mut credits {
            credit.partner = partner_rank[credit.partner as usize];
            credit.subscription = subscription_rank[credit.subscription as usize];
            credit.currency = small(currency_rank[usize::from(credit.currency)]);
        }
        credits.sort_unstable_by_key(order);
        // Two outcomes may give the same partner the same types.
        credits.dedup_by(|later, kept| {
            let same = order(later) == order(kept);
            if same {
                kept.rows += later.rows;
                kept.amount = kept.amount.plus_unchecked(later.amount);
            }
            same
        });
        let rank = |currency: u16| small(currency_rank[usize::from(currency)]);
        let rows = rows.into_iter().map(|((currency, month), sum)| ((rank(currency), month), sum)).collect();
        let shared = shared.into_iter().map(|(currency, amount)| (rank(currency), amount)).collect();
        Credits { partners, currencies, credits, rows, shared }
    }
}

fn order(credit: &Credit) -> (u32, u32, Month, AssociationSet, u16, bool) {
    let Credit { partner, subscription, month, associations, currency, repeats, .. } = *credit;
    (partner, subscription, month, associations, currency, repeats)
}

/// Names as sorted values, and the rank of each number among them.
fn ranked<T: Ord>(names: &Names, value: impl Fn(&str) -> T) -> (Vec<T>, Vec<u32>) {
    let mut values: Vec<(T, u32)> =
        names.iter().zip(0..).map(|(name, number)| (value(name), number)).collect();
    values.sort();
    let mut rank = vec![0; values.len()];
    for ((_, number), position) in values.iter().zip(0..) {
        rank[*number as usize] = position;
    }
    (values.into_iter().map(|(value, _)| value).collect(), rank)
}
