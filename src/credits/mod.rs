//! Credits: all amounts of a run, added up exactly. Comes in: rows of consumption, in any order, by any number of workers.
//! Goes out: credit by (partner, subscription, month, association, currency). It knows no rule set:
//! choosing and converting belong to facts, so that the same credits can be judged again.

mod batch;
pub(crate) mod between_files;
mod cost_kind;
mod expansion;
pub(crate) mod fold;
mod keys;
#[cfg(test)]
mod laws;
mod ledger;
mod memo;
mod names;
mod shard;
mod table;
mod usual;

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use rayon::prelude::*;

use crate::base::amount::{Amount, Magnitude};
use crate::base::association::AssociationSet;
use crate::base::calendar::{Day, Month};
use crate::base::ids::PartnerId;

pub(crate) use cost_kind::CostKindEvidence;
pub(crate) use keys::SubscriptionKey;
use ledger::Ledger;
use names::Names;
pub(crate) use table::Table;
pub(crate) use usual::Tenants;

/// All credit of a run.
#[derive(Debug)]
pub(crate) struct Credits {
    /// Partners that have credit, in report order.
    pub(crate) partners: Vec<PartnerId>,
    /// Currencies, upper case, sorted.
    pub(crate) currencies: Vec<String>,
    first_month: Month,
    /// All credit of a subscription is in one of them.
    pub(crate) shards: Vec<CreditShard>,
    /// Names that are kept as text.
    texts: Names,
    /// How many rows there are, each once, however many partners it credits. By index of the currency.
    pub(crate) rows: BTreeMap<(u16, Month), u64>,
    /// What rows give to further partners beyond the first. By index of the currency.
    pub(crate) shared: BTreeMap<u16, Amount>,
    /// Σ of credits, by index of the currency.
    pub(crate) sums: BTreeMap<u16, Amount>,
    /// Σ|amount| of the credits, by index of the currency: where rows credit several partners, it is larger than that of the
    /// rows.
    pub(crate) magnitudes: BTreeMap<u16, Magnitude>,
}

/// The credit of some subscriptions, and its totals as in [`Credits`].
#[derive(Debug)]
pub(crate) struct CreditShard {
    /// In no order: whoever shows them sorts them.
    pub(crate) accounts: Vec<CreditAccount>,
    ledger: Ledger,
    rows: BTreeMap<(u16, Month), u64>,
    shared: BTreeMap<u16, Amount>,
    sums: BTreeMap<u16, Amount>,
    magnitudes: BTreeMap<u16, Magnitude>,
}

impl CreditShard {
    fn new(
        accounts: Vec<CreditAccount>,
        ledger: Ledger,
        rows: BTreeMap<(u16, Month), u64>,
        shared: BTreeMap<u16, Amount>,
    ) -> CreditShard {
        let mut sums: BTreeMap<u16, Amount> = BTreeMap::new();
        let mut magnitudes: BTreeMap<u16, Magnitude> = BTreeMap::new();
        for of_currency in accounts.chunk_by(|a, b| a.currency == b.currency) {
            let sum = sums.entry(of_currency[0].currency).or_default();
            let magnitude = magnitudes.entry(of_currency[0].currency).or_default();
            for account in of_currency {
                *sum = sum.plus_unchecked(account.total.amount);
                magnitude.merge(account.total.magnitude);
            }
        }
        CreditShard { accounts, ledger, rows, shared, sums, magnitudes }
    }
}

impl Credits {
    fn new(
        partners: Vec<PartnerId>,
        currencies: Vec<String>,
        first_month: Month,
        shards: Vec<CreditShard>,
        texts: Names,
    ) -> Credits {
        let mut rows: BTreeMap<(u16, Month), u64> = BTreeMap::new();
        let [mut shared, mut sums]: [BTreeMap<u16, Amount>; 2] = Default::default();
        let mut magnitudes: BTreeMap<u16, Magnitude> = BTreeMap::new();
        for shard in &shards {
            for (key, of_month) in &shard.rows {
                *rows.entry(*key).or_default() += of_month;
            }
            for (ours, theirs) in [(&mut shared, &shard.shared), (&mut sums, &shard.sums)] {
                for (currency, amount) in theirs {
                    let sum = ours.entry(*currency).or_default();
                    *sum = sum.plus_unchecked(*amount);
                }
            }
            for (currency, magnitude) in &shard.magnitudes {
                magnitudes.entry(*currency).or_default().merge(*magnitude);
            }
        }
        Credits { partners, currencies, first_month, shards, texts, rows, shared, sums, magnitudes }
    }

    /// The credits of an account of a shard, by month.
    pub(crate) fn of<'c>(
        &'c self,
        shard: &'c CreditShard,
        account: &'c CreditAccount,
    ) -> impl Iterator<Item = Credit> + 'c {
        let month = |month| expansion::calendar_month(self.first_month, account.year, month);
        let credit = move |(nth, sum): (u8, RowsAndAmount)| Credit {
            partner: account.partner,
            subscription: account.subscription,
            currency: account.currency,
            associations: account.associations,
            repeats: account.repeats,
            month: month(nth),
            amount: sum.amount,
            rows: sum.rows,
        };
        shard.ledger.months(account.account).map(credit)
    }

    /// Every credit, sorted by partner, subscription, month, association, currency, and whether its export repeats.
    pub(crate) fn sorted(&self) -> Vec<Credit> {
        let of_shard = |shard| move |account| self.of(shard, account);
        let all = self.shards.iter().flat_map(|shard| shard.accounts.iter().flat_map(of_shard(shard)));
        let mut credits: Vec<Credit> = all.collect();
        credits.par_sort_unstable_by(|a, b| {
            let rest = |credit: &Credit| (credit.month, credit.associations, credit.currency, credit.repeats);
            let by_name = || match (a.subscription, b.subscription) {
                (ours, theirs) if ours.is_in_order_with(theirs) => ours.cmp(&theirs),
                (ours, theirs) => ours.text(&self.texts).cmp(&theirs.text(&self.texts)),
            };
            a.partner.cmp(&b.partner).then_with(by_name).then_with(|| rest(a).cmp(&rest(b)))
        });
        credits
    }

    /// A subscription, in the form in which they are compared; empty: that of rows that name none.
    pub(crate) fn subscription(&self, key: SubscriptionKey) -> String {
        key.text(&self.texts)
    }
}

/// What is credited to (partner, subscription, association, currency) in up to 12 months.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CreditAccount {
    /// Index into [`Credits::partners`]: as it stands in the row, or the head, if the associations file says whose it is.
    pub(crate) partner: u32,
    /// For [`Credits::subscription`].
    pub(crate) subscription: SubscriptionKey,
    /// Index into [`Credits::currencies`].
    pub(crate) currency: u16,
    /// The types of association in force.
    pub(crate) associations: AssociationSet,
    /// Whether its export repeats consumption once per association.
    pub(crate) repeats: bool,
    /// Of all its months.
    pub(crate) total: Total,
    year: i32,
    account: u32,
}

impl CreditAccount {
    /// Whether it has credit in every month in which the other has.
    pub(crate) fn has_months_of(&self, other: &CreditAccount) -> bool {
        self.year == other.year && other.total.months & !self.total.months == 0
    }

    /// A number of the subscription, by which accounts are sorted faster; two subscriptions may have one.
    pub(crate) fn subscription_hash(&self) -> u64 {
        FixedState::default().hash_one(self.subscription)
    }
}

/// What the months of an account come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Total {
    /// Their sum, exact.
    pub(crate) amount: Amount,
    /// Σ|amount|.
    pub(crate) magnitude: Magnitude,
    /// Which of its year have rows: a bit for each.
    months: u16,
}

impl Total {
    fn add(&mut self, month: u8, amount: Amount) {
        self.amount = self.amount.plus_unchecked(amount);
        self.magnitude.add(amount);
        self.months |= 1 << month;
    }
}

/// An amount credited to (partner, subscription, month, association, currency).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Credit {
    /// As [`CreditAccount::partner`].
    pub(crate) partner: u32,
    /// As [`CreditAccount::subscription`].
    pub(crate) subscription: SubscriptionKey,
    /// As [`CreditAccount::currency`].
    pub(crate) currency: u16,
    /// As [`CreditAccount::associations`].
    pub(crate) associations: AssociationSet,
    /// As [`CreditAccount::repeats`].
    pub(crate) repeats: bool,
    /// The month of the rows.
    pub(crate) month: Month,
    /// Exact, in the currency.
    pub(crate) amount: Amount,
    /// Rows that were added up.
    pub(crate) rows: u64,
}

/// Some rows and their amount, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RowsAndAmount {
    /// How many.
    pub(crate) rows: u64,
    /// Exact.
    pub(crate) amount: Amount,
}

impl RowsAndAmount {
    pub(crate) fn add(&mut self, rows: u64, amount: Amount) {
        self.rows += rows;
        self.amount = self.amount.plus_unchecked(amount);
    }
}

/// What became of the rows of one input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    pub(crate) not_consumption: u64,
    pub(crate) outside_window: u64,
    pub(crate) no_subscription: u64,
    pub(crate) unassociated: u64,
    pub(crate) credited: u64,
    pub(crate) refused: u64,
    /// Amounts that were rounded at the door.
    pub(crate) rounded: u64,
    /// First and last day of its rows of consumption, inside the window or not.
    pub(crate) days: Option<(Day, Day)>,
    /// A month that the window cuts, of a monthly export.
    pub(crate) cut_month: Option<Month>,
    /// An amount that no run can add up.
    pub(crate) too_large: Option<crate::base::place::RowPlace>,
    /// Partners that it credits. Only kept for `attain check`.
    pub(crate) partners: std::collections::BTreeSet<String>,
    pub(crate) cost_kind: CostKindEvidence,
}

impl Tally {
    pub(crate) fn merge(&mut self, other: Tally) {
        let Tally {
            rows,
            not_consumption,
            outside_window,
            no_subscription,
            unassociated,
            credited,
            refused,
            ..
        } = other;
        self.rows += rows;
        self.not_consumption += not_consumption;
        self.outside_window += outside_window;
        self.no_subscription += no_subscription;
        self.unassociated += unassociated;
        self.credited += credited;
        self.refused += refused;
        self.rounded += other.rounded;
        self.days = match (self.days, other.days) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (a, b) => a.or(b),
        };
        self.cut_month = first(self.cut_month, other.cut_month);
        self.too_large = first(self.too_large, other.too_large);
        self.partners.extend(other.partners);
        self.cost_kind.merge(other.cost_kind);
    }

    pub(crate) fn saw_day(&mut self, first: Day, last: Day) {
        self.days = Some(self.days.map_or((first, last), |(a, b)| (a.min(first), b.max(last))));
    }
}

fn first<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Sums of rows in one currency, kept beside the table so that its totals can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CurrencySums {
    /// Of all rows whose amount was read: the check that no sum can overflow.
    pub(crate) magnitude: Magnitude,
    pub(crate) credited: RowsAndAmount,
    pub(crate) unassociated: RowsAndAmount,
    pub(crate) no_subscription: RowsAndAmount,
}

impl CurrencySums {
    fn merge(&mut self, other: &CurrencySums) {
        self.magnitude.merge(other.magnitude);
        for (ours, theirs) in [
            (&mut self.credited, other.credited),
            (&mut self.unassociated, other.unassociated),
            (&mut self.no_subscription, other.no_subscription),
        ] {
            ours.add(theirs.rows, theirs.amount);
        }
    }
}

/// Sums by currency (upper case).
pub(crate) type Sums = BTreeMap<String, CurrencySums>;
