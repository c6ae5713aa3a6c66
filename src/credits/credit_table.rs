//! The credits table: consumption of every (source, subscription, owner, day or month, currency), added up exactly, before any window,
//! association, roll-up, rate or rule set has touched it. Comes in: the shards of an engine. Goes out: accounts to judge, lines to write.
//! It is the boundary between reading and judging (SPEC 2).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

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

    /// The order of lines: by the first day, then by the last.
    fn order(self, other: Span) -> Ordering {
        match (self, other) {
            (Span::Month(a), Span::Month(b)) => a.cmp(&b),
            (Span::Day(a), Span::Day(b)) => a.cmp(&b),
            (a, b) => a.first().cmp(&b.first()).then(a.last().cmp(&b.last())),
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

/// Where an account stands.
#[derive(Debug, Clone, Copy)]
struct AccountPlace {
    shard: u32,
    number: u32,
}

/// The accounts of a table in the order of its lines. Lines are most of what a run would hold; accounts are few beside them.
pub(crate) struct SortedAccounts<'t> {
    table: &'t CreditTable,
    accounts: Vec<(Account, AccountPlace)>,
}

impl SortedAccounts<'_> {
    /// Ranges of accounts, each with at least `lines` lines but the last.
    pub(crate) fn chunks(&self, lines: usize) -> Vec<Range<usize>> {
        let (mut chunks, mut first, mut count) = (Vec::new(), 0, 0);
        for (nth, (account, place)) in self.accounts.iter().enumerate() {
            let shard = &self.table.shards[place.shard as usize];
            count += shard.months(place.number).count() + shard.days(place.number).len();
            // Accounts that differ in their currency alone have lines between each other's.
            let is_last_of_year =
                self.accounts.get(nth + 1).is_none_or(|(next, _)| !self.are_alike(account, next));
            if count >= lines && is_last_of_year {
                chunks.push(first..nth + 1);
                (first, count) = (nth + 1, 0);
            }
        }
        if count > 0 {
            chunks.push(first..self.accounts.len());
        }
        chunks
    }

    /// The lines of some accounts, in order. `accounts` is one of [`SortedAccounts::chunks`].
    pub(crate) fn lines(&self, accounts: Range<usize>) -> Vec<CreditLine> {
        let mut lines = Vec::new();
        for alike in self.accounts[accounts].chunk_by(|(a, _), (b, _)| self.are_alike(a, b)) {
            let first = lines.len();
            for (account, place) in alike {
                let shard = &self.table.shards[place.shard as usize];
                let sums = self.table.sums_of(shard, place.number);
                lines.extend(sums.map(|(span, sum)| CreditLine { account: *account, span, sum }));
            }
            let currency = |line: &CreditLine| self.table.currency(&line.account);
            if alike.len() > 1 {
                let sum = |line: &CreditLine| (line.sum.rows, line.sum.amount);
                lines[first..].sort_by(|a, b| {
                    let order = a.span.order(b.span).then_with(|| currency(a).cmp(currency(b)));
                    order.then_with(|| sum(a).cmp(&sum(b)))
                });
            }
        }
        lines
    }

    /// Every line.
    #[cfg(test)]
    pub(crate) fn all_lines(&self) -> Vec<CreditLine> {
        self.lines(0..self.accounts.len())
    }

    /// Whether lines of two accounts stand between each other's: they differ in their currency at most, as they are written.
    fn are_alike(&self, a: &Account, b: &Account) -> bool {
        let rest = |account: &Account| (account.source, account.subscription, account.year);
        rest(a) == rest(b) && self.table.order_of_owners(a.owner, b.owner) == Ordering::Equal
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

    /// The last month of the year of an account.
    pub(crate) fn last_month(&self, year: i16) -> Month {
        Month::from_number(first_month_of(self.first_month, year + 1).number() - 1)
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

    /// The sums of each source, by currency.
    pub(crate) fn sums_of_sources(&self, sources: usize) -> Vec<BTreeMap<&str, RowsAndAmount>> {
        type Sums = Vec<Vec<RowsAndAmount>>;
        let none = || vec![vec![RowsAndAmount::default(); self.currencies.len()]; sources];
        let add = |mut sums: Sums, shard: &CreditShard| {
            for number in 0..shard.accounts() {
                let account = shard.account(number);
                let sum = &mut sums[account.source as usize][usize::from(account.currency)];
                self.sums_of(shard, number).for_each(|(_, of_time)| sum.add(of_time.rows, of_time.amount));
            }
            sums
        };
        let merge = |mut ours: Sums, theirs: Sums| {
            let sums = ours.iter_mut().flatten().zip(theirs.iter().flatten());
            sums.for_each(|(sum, theirs)| sum.add(theirs.rows, theirs.amount));
            ours
        };
        let sums = self.shards.par_iter().fold(none, add).reduce(none, merge);
        let named = |of_source: Vec<RowsAndAmount>| {
            let named = self.currencies.iter().map(String::as_str).zip(of_source);
            named.filter(|(_, sum)| sum.rows > 0).collect()
        };
        sums.into_iter().map(named).collect()
    }

    /// Every account in the order in which lines are written: by `source_rank`, then subscription, owner, time and currency.
    pub(crate) fn sorted_accounts(&self, source_rank: &[u32]) -> SortedAccounts<'_> {
        let place = |shard: usize| u32::try_from(shard).expect("a table has few shards");
        let of_shard = |(nth, shard): (usize, &CreditShard)| -> Vec<(Account, AccountPlace)> {
            let numbers = 0..shard.accounts();
            numbers
                .map(|number| (shard.account(number), AccountPlace { shard: place(nth), number }))
                .collect()
        };
        let of_shards: Vec<Vec<(Account, AccountPlace)>> =
            self.shards.par_iter().enumerate().map(of_shard).collect();
        let mut accounts = of_shards.concat();
        accounts.par_sort_unstable_by(|(a, _), (b, _)| {
            let rank = |account: &Account| source_rank[account.source as usize];
            rank(a)
                .cmp(&rank(b))
                .then_with(|| self.order_of_subscriptions(a.subscription, b.subscription))
                .then_with(|| self.order_of_owners(a.owner, b.owner))
                .then_with(|| a.year.cmp(&b.year))
                .then_with(|| self.currency(a).cmp(self.currency(b)))
        });
        SortedAccounts { table: self, accounts }
    }

    /// The order of owners as they are written. Most neighbours have one owner, whose texts need not be made.
    fn order_of_owners(&self, a: OwnerKey, b: OwnerKey) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        self.owner_texts(a).cmp(&self.owner_texts(b))
    }

    pub(crate) fn order_of_subscriptions(&self, a: SubscriptionKey, b: SubscriptionKey) -> Ordering {
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
