//! The credits table: consumption of every (source, subscription, owner, day or month, currency), added up exactly, before any window,
//! association, roll-up, rate or rule set has touched it. Comes in: the shards of an engine. Goes out: accounts to judge, lines to write.
//! It is the boundary between reading and judging (SPEC 2).

use std::borrow::Cow;
use std::collections::BTreeSet;

use rayon::prelude::*;

use super::engine::local::sum_table::first_month_of;
use super::interner::Interner;
use super::keys::{Account, AccountKey, OwnerKey, PartnerKey, ProviderKey, ProviderNumber, SubscriptionKey};
use super::sums::{DaySum, MONTHS, RowsAndAmount, Sums};
use crate::base::association::Association;
use crate::base::calendar::{Day, Month};

/// All consumption that was read. Size: sources × subscriptions × owners × months.
#[derive(Debug)]
pub(crate) struct CreditTable {
    first_month: Month,
    /// Every consumption of a subscription is in one of them.
    pub(crate) shards: Vec<CreditShard>,
    /// Currencies, upper case, by their numbers.
    pub(crate) currencies: Vec<String>,
    texts: Interner,
    providers: Vec<ProviderKey>,
}

/// The consumption of some subscriptions.
#[derive(Debug)]
pub(crate) struct CreditShard {
    sums: Sums,
}

impl CreditShard {
    pub(super) fn new(sums: Sums) -> CreditShard {
        CreditShard { sums }
    }

    /// How many accounts there are, in no order; they are numbered from 0.
    pub(crate) fn accounts(&self) -> u32 {
        self.sums.len()
    }

    /// An account by its number.
    pub(crate) fn account(&self, number: u32) -> Account {
        self.sums.key(number).account()
    }

    /// The months of an account that have rows and are held whole, from 0 on, in order.
    #[inline]
    pub(crate) fn months(&self, number: u32) -> impl Iterator<Item = (u8, RowsAndAmount)> + '_ {
        self.sums.months(number)
    }

    /// The days of an account that have rows, of months that are held by day, in order.
    #[inline]
    pub(crate) fn days(&self, number: u32) -> &[DaySum] {
        self.sums.days(number)
    }
}

/// A provider as it stands in the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProviderName {
    /// The id of a partner.
    Partner(String),
    /// A tenant id, lower case.
    Tenant(String),
}

/// The time of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Span {
    /// A whole month.
    Month(Month),
    /// One day.
    Day(Day),
}

impl Span {
    /// The first day.
    pub(crate) fn first(self) -> Day {
        match self {
            Span::Month(month) => month.first_day(),
            Span::Day(day) => day,
        }
    }

    /// The last day.
    pub(crate) fn last(self) -> Day {
        match self {
            Span::Month(month) => month.last_day(),
            Span::Day(day) => day,
        }
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CreditLine {
    pub(crate) account: Account,
    pub(crate) span: Span,
    pub(crate) sum: RowsAndAmount,
}

impl CreditTable {
    pub(super) fn new(
        first_month: Month,
        shards: Vec<CreditShard>,
        texts: Interner,
        currencies: &Interner,
        providers: Vec<ProviderKey>,
    ) -> CreditTable {
        let currencies = currencies.iter().map(str::to_owned).collect();
        CreditTable { first_month, shards, currencies, texts, providers }
    }

    /// The first month of the year of an account.
    pub(crate) fn first_month(&self, year: i16) -> Month {
        first_month_of(self.first_month, year)
    }

    /// The table with other sums of some sources: the accounts of `sources` in this table make room for the accounts of `again`, which
    /// continued the numbers of this table: see [`SumTable::continuing`].
    ///
    /// [`SumTable::continuing`]: super::engine::local::SumTable::continuing
    pub(crate) fn with_sources_of(self, again: CreditTable, sources: &BTreeSet<u32>) -> CreditTable {
        let merged = |(old, new): (&CreditShard, &CreditShard)| {
            let is_old = |key: &AccountKey| !sources.contains(&key.account().source);
            let kept = Sums::filtered(&[&old.sums], |key, _, _, _| is_old(key));
            CreditShard { sums: Sums::filtered(&[&kept, &new.sums], |_, _, _, _| true) }
        };
        let shards = self.shards.par_iter().zip(&again.shards).map(merged).collect();
        CreditTable { shards, ..again }
    }

    /// The table without the months and days that `keep` rejects.
    pub(crate) fn filtered(
        &self,
        keep: impl Fn(&Account, Span, RowsAndAmount) -> bool + Sync,
    ) -> CreditTable {
        let filtered = |shard: &CreditShard| CreditShard {
            sums: Sums::filtered(&[&shard.sums], |key, month, day, sum| {
                let account = key.account();
                keep(&account, self.span(&account, month, day), sum)
            }),
        };
        CreditTable {
            first_month: self.first_month,
            shards: self.shards.par_iter().map(filtered).collect(),
            currencies: self.currencies.clone(),
            texts: self.texts.clone(),
            providers: self.providers.clone(),
        }
    }

    /// The time of a sum of an account: its month, counted from 0, and the day of the month where the table holds it.
    fn span(&self, account: &Account, month: u8, day: Option<u8>) -> Span {
        let month = Month::from_number(self.first_month(account.year).number() + i32::from(month));
        match day {
            None => Span::Month(month),
            Some(day) => Span::Day(month.first_day() + chrono::Days::new(u64::from(day) - 1)),
        }
    }

    /// Every sum of an account, in the order of time; of a month that is held by day, the sum of each day.
    pub(crate) fn sums_of<'t>(
        &'t self,
        shard: &'t CreditShard,
        number: u32,
    ) -> impl Iterator<Item = (Span, RowsAndAmount)> + 't {
        let account = shard.account(number);
        let months = shard.months(number).map(|(month, sum)| (month, None, sum));
        let days = shard.days(number).iter().map(|day| (day.month, Some(day.day), day.sum));
        months.chain(days).map(move |(month, day, sum)| (self.span(&account, month, day), sum))
    }

    /// The parts from which a table is made that continues this one.
    pub(super) fn numbered(&self) -> (Month, Interner, &[String], &[ProviderKey]) {
        (self.first_month, self.texts.clone(), &self.currencies, &self.providers)
    }

    /// The text of a subscription, in the form in which they are compared; empty: the rows name none.
    pub(crate) fn subscription(&self, key: SubscriptionKey) -> String {
        key.text(&self.texts)
    }

    /// The id of a partner as it stands in the rows.
    pub(crate) fn partner(&self, key: PartnerKey) -> String {
        key.text(&self.texts)
    }

    /// The number of every provider.
    pub(crate) fn providers(&self) -> impl Iterator<Item = ProviderName> + '_ {
        self.providers.iter().map(|key| self.provider_name(*key))
    }

    /// A provider by its number.
    pub(crate) fn provider(&self, ProviderNumber(number): ProviderNumber) -> ProviderName {
        self.provider_name(self.providers[number as usize])
    }

    fn provider_name(&self, key: ProviderKey) -> ProviderName {
        match key {
            ProviderKey::Partner(partner) => ProviderName::Partner(partner.text(&self.texts)),
            ProviderKey::Tenant(tenant) => ProviderName::Tenant(tenant.text(&self.texts)),
        }
    }

    /// Every line, in no order.
    fn lines(&self) -> Vec<CreditLine> {
        let of_shard = |shard: &CreditShard| {
            let mut lines = Vec::with_capacity(shard.accounts() as usize);
            for number in 0..shard.accounts() {
                let account = shard.account(number);
                let first = self.first_month(account.year);
                let month = |nth: u8| Month::from_number(first.number() + i32::from(nth));
                lines.extend(shard.months(number).map(|(nth, sum)| CreditLine {
                    account,
                    span: Span::Month(month(nth)),
                    sum,
                }));
                lines.extend(shard.days(number).iter().map(|DaySum { month: nth, day, sum }| {
                    let day = month(*nth).first_day() + chrono::Days::new(u64::from(*day) - 1);
                    CreditLine { account, span: Span::Day(day), sum: *sum }
                }));
            }
            lines
        };
        let of_shards: Vec<Vec<CreditLine>> = self.shards.par_iter().map(of_shard).collect();
        let mut lines = Vec::with_capacity(of_shards.iter().map(Vec::len).sum());
        // Lines may be most of a run's memory: each shard frees its lines as soon as they are copied.
        of_shards.into_iter().for_each(|of_shard| lines.extend(of_shard));
        lines
    }

    /// Every line, sorted by `source_rank`, then subscription, owner, time and currency, as they are written.
    pub(crate) fn sorted_lines(&self, source_rank: &[u32]) -> Vec<CreditLine> {
        let mut lines = self.lines();
        lines.par_sort_unstable_by(|a, b| {
            let rank = |line: &CreditLine| source_rank[line.account.source as usize];
            rank(a)
                .cmp(&rank(b))
                .then_with(|| self.order_of_subscriptions(a.account.subscription, b.account.subscription))
                .then_with(|| self.order_of_owners(a.account.owner, b.account.owner))
                .then_with(|| a.span.first().cmp(&b.span.first()).then(a.span.last().cmp(&b.span.last())))
                .then_with(|| self.currency(&a.account).cmp(self.currency(&b.account)))
        });
        lines
    }

    /// The order of owners as they are written. Most neighbours have one owner, whose texts need not be made.
    fn order_of_owners(&self, a: OwnerKey, b: OwnerKey) -> std::cmp::Ordering {
        if a == b {
            return std::cmp::Ordering::Equal;
        }
        self.owner_texts(a).cmp(&self.owner_texts(b))
    }

    pub(crate) fn order_of_subscriptions(
        &self,
        a: SubscriptionKey,
        b: SubscriptionKey,
    ) -> std::cmp::Ordering {
        match a.is_in_order_with(b) {
            true => a.cmp(&b),
            false => a.text(&self.texts).cmp(&b.text(&self.texts)),
        }
    }

    /// The currency of an account, upper case.
    pub(crate) fn currency(&self, account: &Account) -> &str {
        &self.currencies[usize::from(account.currency)]
    }

    /// The owner as it is written: partner, provider and association, each blank where the rows name none.
    pub(crate) fn owner_texts(&self, owner: OwnerKey) -> (Cow<'_, str>, Cow<'_, str>, &'static str) {
        let provider = |number: ProviderNumber| match self.provider(number) {
            ProviderName::Partner(text) | ProviderName::Tenant(text) => Cow::Owned(text),
        };
        match owner {
            OwnerKey::Partner(partner, association, beside) => {
                let beside = beside.map_or(Cow::Borrowed(""), provider);
                (Cow::Owned(self.partner(partner)), beside, association.as_str())
            }
            OwnerKey::Provider(alone) => (Cow::Borrowed(""), provider(alone), Association::CspTier1.as_str()),
            OwnerKey::Associations => (Cow::Borrowed(""), Cow::Borrowed(""), ""),
        }
    }
}

/// Months of a year of accounts.
pub(crate) const YEAR_MONTHS: usize = MONTHS as usize;
