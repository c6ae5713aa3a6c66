//! The table that all workers add up in. Comes in: rows of accounts, in any order. Goes out: a [`CreditTable`]. Speaks
//! `enqueue / flush / finish`. Shards are locked one at a time, for many rows at once: nothing is merged, and an account exists once.

use std::sync::{Mutex, PoisonError, TryLockError};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use rayon::prelude::*;

use super::shard::{BufferedRow, Opening, Shard};
use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month};
use crate::credits::credit_table::{CreditShard, CreditTable};
use crate::credits::interner::Interner;
use crate::credits::keys::{
    Account, OwnerKey, PartnerKey, ProviderKey, ProviderNumber, SHARDS, SharedTexts, SubscriptionKey,
};
use crate::credits::periods::{HeldPeriods, PeriodNeeds};
use crate::credits::sums::MONTHS;
use crate::rows::plan::{Owner, Provider};

/// Rows that a worker buffers for a shard before it tries the lock.
const BUFFERED_ROWS: usize = 256;

/// Sums of rows.
#[derive(Debug)]
pub(crate) struct SumTable {
    first_month: Month,
    texts: SharedTexts,
    currencies: Mutex<Interner>,
    providers: Mutex<Providers>,
    pub(super) periods: HeldPeriods,
    /// By the hash of the subscription.
    shards: Vec<Mutex<Shard>>,
}

/// Providers, numbered in the order in which they were added.
#[derive(Debug, Default)]
struct Providers {
    keys: Vec<ProviderKey>,
    numbers: HashMap<ProviderKey, u32, FixedState>,
}

/// Rows that a worker has not added yet, by shard.
#[derive(Debug)]
pub(crate) struct ShardBuffers(Vec<Vec<BufferedRow>>);

impl Default for ShardBuffers {
    fn default() -> ShardBuffers {
        ShardBuffers((0..SHARDS).map(|_| Vec::new()).collect())
    }
}

/// A day in the table's own calendar: years of twelve months that begin with the table's first month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TableDay {
    /// The year of accounts; 0 begins with the table's first month.
    pub(crate) year: i16,
    /// The month of that year, from 0.
    pub(crate) month: u8,
    /// Day of the month, from 1.
    pub(crate) day: u8,
}

/// The first month of a year of accounts.
pub(crate) fn first_month_of(first_month: Month, year: i16) -> Month {
    Month::from_number(first_month.number() + i32::from(year) * i32::from(MONTHS))
}

impl SumTable {
    /// An empty table that holds the periods of `needs`. `first_month`: the month with which years of accounts begin; best the first month
    /// that is needed, so that accounts have few years.
    pub(crate) fn new(first_month: Month, needs: PeriodNeeds) -> SumTable {
        let texts = SharedTexts::default();
        SumTable {
            first_month,
            periods: HeldPeriods::new(needs, &texts),
            texts,
            currencies: Mutex::default(),
            providers: Mutex::default(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    /// An empty table that holds the periods of `needs` and gives every text, currency and provider of `credits` its number there, so that
    /// accounts of both tables can be compared and joined.
    pub(crate) fn continuing(credits: &CreditTable, needs: PeriodNeeds) -> SumTable {
        let (first_month, texts, codes, keys) = credits.numbered();
        let mut currencies = Interner::default();
        codes.iter().for_each(|code| {
            currencies.number(code);
        });
        let numbers = keys.iter().copied().zip(0..).collect();
        let texts = SharedTexts::of(texts);
        SumTable {
            first_month,
            periods: HeldPeriods::new(needs, &texts),
            texts,
            currencies: Mutex::new(currencies),
            providers: Mutex::new(Providers { keys: keys.to_vec(), numbers }),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    /// The number of a currency (upper case).
    pub(crate) fn currency(&self, code: &str) -> u16 {
        let number = self.currencies.lock().unwrap_or_else(PoisonError::into_inner).number(code);
        u16::try_from(number).expect("three letters make 17 576 codes")
    }

    /// The currency of a number.
    pub(crate) fn currency_code(&self, number: u16) -> String {
        self.currencies.lock().unwrap_or_else(PoisonError::into_inner).name(number.into()).to_owned()
    }

    /// A day in the table's own calendar.
    pub(crate) fn day(&self, day: Day) -> TableDay {
        let months = Month::of(day).number() - self.first_month.number();
        let (year, month) = (months.div_euclid(MONTHS.into()), months.rem_euclid(MONTHS.into()));
        TableDay {
            year: i16::try_from(year).expect("a date has a year of four digits"),
            month: u8::try_from(month).expect("a remainder is small"),
            day: u8::try_from(chrono::Datelike::day(&day)).expect("a month has 31 days"),
        }
    }

    /// The day under which rows of a subscription and day are counted: the day itself if the table holds the days of its month, else the
    /// first day of the month.
    pub(super) fn counted_day(&self, subscription: SubscriptionKey, day: Day) -> Day {
        let table_day = self.day(day);
        let by_day = self.periods.by_day(subscription, first_month_of(self.first_month, table_day.year));
        if by_day >> table_day.month & 1 == 1 { day } else { Month::of(day).first_day() }
    }

    /// Whether days of a subscription in the month of a day decide its partners or the window.
    pub(in crate::credits) fn needs_days(&self, subscription: SubscriptionKey, day: Day) -> bool {
        let day = self.day(day);
        let by_day = self.periods.required_by_day(subscription, first_month_of(self.first_month, day.year));
        by_day >> day.month & 1 == 1
    }

    /// Whether days of a subscription in the month of a day decide whether this source counts, or another.
    pub(in crate::credits) fn compares_days(
        &self,
        source: u32,
        subscription: SubscriptionKey,
        day: Day,
    ) -> bool {
        let day = self.day(day);
        let first = first_month_of(self.first_month, day.year);
        self.periods.overlapping(source, subscription, first) >> day.month & 1 == 1
    }

    /// The key of a subscription in the form in which they are compared.
    pub(in crate::credits) fn subscription(&self, text: &str) -> SubscriptionKey {
        SubscriptionKey::of(text, &self.texts)
    }

    /// The number of a provider.
    pub(super) fn provider(&self, key: ProviderKey) -> ProviderNumber {
        let mut providers = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        let Providers { keys, numbers } = &mut *providers;
        let number = *numbers.entry(key).or_insert_with(|| {
            keys.push(key);
            u32::try_from(keys.len() - 1).expect("fewer than 2^32 providers")
        });
        ProviderNumber(number)
    }

    /// The key of an owner as it stands in a row.
    pub(in crate::credits) fn owner(&self, owner: &Owner<'_>) -> OwnerKey {
        let provider = |provider: &Provider<'_>| {
            self.provider(match provider {
                Provider::Partner(text) => ProviderKey::Partner(PartnerKey::of(text, &self.texts)),
                Provider::Tenant(text) => ProviderKey::Tenant(SubscriptionKey::of(text, &self.texts)),
            })
        };
        match owner {
            Owner::Partner { partner, association, provider: beside } => OwnerKey::Partner(
                PartnerKey::of(partner, &self.texts),
                *association,
                beside.as_ref().map(provider),
            ),
            Owner::Provider(alone) => OwnerKey::Provider(provider(alone)),
            Owner::Associations => OwnerKey::Associations,
        }
    }

    /// Buffers a row of an account for its shard.
    #[inline(always)]
    pub(super) fn enqueue(
        &self,
        buffers: &mut ShardBuffers,
        account: &Account,
        day: TableDay,
        amount: Amount,
    ) {
        let key = account.key();
        let place = key.hash();
        let buffered = &mut buffers.0[place.shard];
        let amount = amount.raw().to_ne_bytes();
        buffered.push(BufferedRow { key, hash: place.hash, amount, month: day.month, day: day.day });
        if buffered.len() >= BUFFERED_ROWS {
            self.try_flush(place.shard, buffered);
        }
    }

    /// Adds the sum of several rows of an account.
    pub(in crate::credits) fn add_sum(&self, account: &Account, day: TableDay, rows: u32, amount: Amount) {
        let key = account.key();
        let place = key.hash();
        let amount = amount.raw().to_ne_bytes();
        let entry = BufferedRow { key, hash: place.hash, amount, month: day.month, day: day.day };
        let mut shard = self.shards[place.shard].lock().unwrap_or_else(PoisonError::into_inner);
        shard.add_sum(&entry, rows, self.opening());
    }

    fn opening(&self) -> Opening<'_> {
        Opening { periods: &self.periods, first_month: self.first_month }
    }

    /// Adds the buffered rows to a shard, unless another worker holds its lock and the buffer still has room.
    #[cold]
    #[inline(never)]
    fn try_flush(&self, shard: usize, buffered: &mut Vec<BufferedRow>) {
        match self.shards[shard].try_lock() {
            Err(TryLockError::WouldBlock) if buffered.len() < 2 * BUFFERED_ROWS => {}
            Err(TryLockError::WouldBlock | TryLockError::Poisoned(_)) => self.flush(shard, buffered),
            Ok(mut shard) => {
                shard.add(buffered, self.opening());
                buffered.clear();
            }
        }
    }

    fn flush(&self, shard: usize, buffered: &mut Vec<BufferedRow>) {
        let mut shard = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        shard.add(buffered, self.opening());
        buffered.clear();
    }

    /// Adds the rows that are left in the buffers of all workers.
    pub(crate) fn flush_all(&self, workers: Vec<ShardBuffers>) {
        let mut by_shard: Vec<Vec<Vec<BufferedRow>>> = (0..SHARDS).map(|_| Vec::new()).collect();
        for buffers in workers {
            for (rest, buffered) in by_shard.iter_mut().zip(buffers.0) {
                rest.push(buffered);
            }
        }
        by_shard.into_par_iter().enumerate().for_each(|(shard, rest)| {
            rest.into_iter().for_each(|mut buffered| self.flush(shard, &mut buffered));
        });
    }

    /// Takes all sums out as a credit table, and leaves this table empty.
    pub(crate) fn finish(&self) -> CreditTable {
        let take =
            |shard: &Mutex<Shard>| std::mem::take(&mut *shard.lock().unwrap_or_else(PoisonError::into_inner));
        let shards = self.shards.par_iter().map(|shard| CreditShard::new(take(shard).finish())).collect();
        let currencies = std::mem::take(&mut *self.currencies.lock().unwrap_or_else(PoisonError::into_inner));
        let providers = std::mem::take(&mut *self.providers.lock().unwrap_or_else(PoisonError::into_inner));
        CreditTable::new(self.first_month, shards, self.texts.take(), &currencies, providers.keys)
    }
}
