//! The table that a worker adds up in, and the exact merge of all workers' tables. Speaks `account / add / merge / finish`.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use rayon::prelude::*;

use super::associations::AssociationIndex;
use super::batch::Credited;
use super::ledger::{Ledger, LedgerPlace, MONTHS};
use super::names::Names;
use super::{AssociationSet, CreditAccount, CreditShard, Credits, RowsAndAmount};
use crate::calendar::Month;
use crate::dialects::Association;
use crate::ids::PartnerId;
use crate::inputs::batch::BATCH_ROWS;
use crate::money::Amount;

/// Subscriptions are spread over so many shards, which are merged and judged in parallel.
pub(super) const SHARDS: u32 = 8;

/// An account: rows that differ in their month only. Numbers are those of one table's names, and of the shard's subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Account {
    subscription: u32,
    whose: Whose,
    currency: u16,
    repeats: bool,
    /// Which 12 months, from those of the window on.
    year: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Whose {
    Partner(u32, Association),
    /// Index of what is in force, the same in all tables.
    InForce(u32),
}

/// Sums of rows.
#[derive(Debug)]
pub(crate) struct Table {
    first_month: Month,
    partners: Names,
    currencies: Names,
    /// By the hash of the subscription, the same in all tables.
    shards: Vec<Shard>,
    hasher: FixedState,
}

/// The accounts of some subscriptions. Outside, their numbers, and those of the subscriptions, are [`numbered`].
#[derive(Debug, Default)]
struct Shard {
    subscriptions: Names,
    /// The hash and the number of each account.
    index: HashTable<(u64, u32)>,
    accounts: Vec<Account>,
    ledger: Ledger,
    hasher: FixedState,
}

/// The number outside of what has a number in a shard.
fn numbered(shard: u32, number: u32) -> u32 {
    number.checked_mul(SHARDS).expect("2^32 accounts would need 130 GB") + shard
}

/// The shard and the number in it.
#[inline]
pub(super) fn sharded(number: u32) -> (usize, u32) {
    ((number % SHARDS) as usize, number / SHARDS)
}

/// What an account is opened for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder<'r> {
    /// In the form in which subscriptions are compared.
    pub(crate) subscription: &'r str,
    pub(crate) whose: HolderWhose<'r>,
    /// Its number in the table.
    pub(crate) currency: u16,
    pub(crate) repeats: bool,
}

/// Whose a row is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum HolderWhose<'r> {
    /// This partner's, by this association.
    Partner(&'r str, Association),
    /// Theirs for whom this outcome of the associations index speaks.
    InForce(u32),
}

/// A month as the table counts: 12 to a year of an account, from the first month of the window on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TableMonth {
    /// Which year of accounts.
    pub(crate) year: i32,
    /// Which month of it.
    pub(crate) month: u8,
}

impl Table {
    /// An empty table, of a window that begins in this month.
    pub(crate) fn new(first_month: Month) -> Table {
        Table {
            first_month,
            partners: Names::default(),
            currencies: Names::default(),
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            hasher: FixedState::default(),
        }
    }

    /// The number of a currency (upper case).
    pub(crate) fn currency(&mut self, code: &str) -> u16 {
        u16::try_from(self.currencies.number(code)).expect("three letters make 17 576 codes")
    }

    /// The currency of a number.
    pub(crate) fn currency_code(&self, number: u16) -> &str {
        self.currencies.name(number.into())
    }

    /// How many accounts there are.
    pub(crate) fn accounts(&self) -> usize {
        self.shards.iter().map(|shard| shard.accounts.len()).sum()
    }

    /// A month as this table counts.
    pub(crate) fn month(&self, month: Month) -> TableMonth {
        let months = month.number() - self.first_month.number();
        let (year, month) = (months.div_euclid(MONTHS.into()), months.rem_euclid(MONTHS.into()));
        TableMonth { year, month: u8::try_from(month).expect("a remainder is small") }
    }

    /// The account of a holder in a year; it is opened if there is none.
    pub(crate) fn account(&mut self, holder: &Holder<'_>, year: i32) -> u32 {
        let hash = self.hasher.hash_one(holder.subscription);
        // Its low and its highest bits place it in the shard's own table.
        let number = u32::try_from(hash >> 40 & u64::from(SHARDS - 1)).expect("it was masked");
        let whose = match holder.whose {
            HolderWhose::Partner(partner, association) => {
                Whose::Partner(self.partners.number(partner), association)
            }
            HolderWhose::InForce(outcome) => Whose::InForce(outcome),
        };
        let shard = &mut self.shards[number as usize];
        let subscription = shard.subscriptions.number_of(hash, holder.subscription);
        let Holder { currency, repeats, .. } = *holder;
        numbered(number, shard.account(Account { subscription, whose, currency, repeats, year }))
    }

    /// Adds a row to a month of an account.
    #[inline]
    pub(crate) fn add(&mut self, account: u32, month: u8, amount: Amount) {
        let (shard, account) = sharded(account);
        self.shards[shard].ledger.add(account, month, 1, amount);
    }

    /// Adds rows of a batch.
    pub(super) fn add_all(&mut self, rows: &[Credited]) {
        let mut places = [LedgerPlace::default(); BATCH_ROWS];
        let places = &mut places[..rows.len()];
        for (place, row) in places.iter_mut().zip(rows) {
            let (shard, account) = sharded(row.account);
            *place = self.shards[shard].ledger.place(account);
        }
        for (place, row) in places.iter().zip(rows) {
            let (shard, account) = sharded(row.account);
            self.shards[shard].ledger.add_at(*place, account, row.month, row.amount);
        }
    }

    /// Adds all of another table of the same window. Merging is associative and commutative.
    pub(crate) fn merge(&mut self, other: Table) {
        let to_ours = |theirs: &Names, ours: &mut Names| -> Vec<u32> {
            theirs.iter().map(|n| ours.number(n)).collect()
        };
        let partners = to_ours(&other.partners, &mut self.partners);
        let currencies = to_ours(&other.currencies, &mut self.currencies);
        let shards = self.shards.par_iter_mut().zip(other.shards);
        shards.for_each(|(ours, theirs)| ours.merge(theirs, &partners, &currencies));
    }

    /// The credits. `associations` is the index by which the rows were credited.
    pub(crate) fn finish(self, associations: &AssociationIndex) -> Credits {
        let Table { first_month, mut partners, currencies, shards, .. } = self;
        let mut is_in_force = vec![false; associations.outcomes.len()];
        for account in shards.iter().flat_map(|shard| &shard.accounts) {
            if let Whose::InForce(outcome) = account.whose {
                is_in_force[outcome as usize] = true;
            }
        }
        // The number of each head that has credit.
        let mut heads = vec![0; associations.heads.len()];
        for (outcome, _) in associations.outcomes.iter().zip(is_in_force).filter(|(_, is)| *is) {
            for (head, _) in outcome {
                heads[*head as usize] = partners.number(associations.heads[*head as usize].as_str());
            }
        }
        let (partners, partner_rank) =
            ranked(&partners, |name| PartnerId::parse(name).expect("nobody was refused at the door"));
        let (currencies, currency_rank) = ranked(&currencies, str::to_owned);
        let ranks = Ranks { partners: partner_rank, currencies: currency_rank, heads };
        let expand = |(number, shard): (u32, Shard)| {
            Expansion::new(number, shard.ledger).expand(
                &shard.accounts,
                shard.subscriptions,
                &ranks,
                associations,
                first_month,
            )
        };
        let shards: Vec<(u32, Shard)> = (0..).zip(shards).collect();
        let shards = shards.into_par_iter().map(expand).collect();
        Credits::new(partners, currencies, first_month, shards)
    }
}

impl Shard {
    fn account(&mut self, account: Account) -> u32 {
        let hash = self.hasher.hash_one(account);
        let accounts = &mut self.accounts;
        let found = self.index.find(hash, |(known, n)| *known == hash && accounts[*n as usize] == account);
        if let Some((_, number)) = found {
            return *number;
        }
        accounts.push(account);
        let number = self.ledger.open();
        self.index.insert_unique(hash, (hash, number), |(hash, _)| *hash);
        number
    }

    fn merge(&mut self, other: Shard, partners: &[u32], currencies: &[u32]) {
        let subscriptions: Vec<u32> =
            other.subscriptions.iter().map(|n| self.subscriptions.number(n)).collect();
        for (mut account, number) in other.accounts.into_iter().zip(0..) {
            account.subscription = subscriptions[account.subscription as usize];
            account.currency =
                u16::try_from(currencies[usize::from(account.currency)]).expect("as in `currency`");
            if let Whose::Partner(partner, association) = account.whose {
                account.whose = Whose::Partner(partners[partner as usize], association);
            }
            let ours = self.account(account);
            for (month, sum) in other.ledger.months(number) {
                self.ledger.add_sum(ours, month, sum);
            }
        }
    }
}

/// Ranks of a table's numbers among sorted names; and the numbers of the heads that have credit.
struct Ranks {
    partners: Vec<u32>,
    currencies: Vec<u32>,
    heads: Vec<u32>,
}

/// The month of an account's year.
pub(super) fn calendar_month(first_month: Month, year: i32, month: u8) -> Month {
    Month::from_number(first_month.number() + year * i32::from(MONTHS) + i32::from(month))
}

/// The accounts of a shard as credits of partners, each (partner, subscription, association, currency) once in a year.
struct Expansion {
    shard: u32,
    /// Accounts of each subscription: where it has one only, nothing can meet.
    of_subscription: Vec<u8>,
    merged: HashMap<(u32, u32, AssociationSet, u16, bool, i32), usize, FixedState>,
    credits: Vec<CreditAccount>,
    ledger: Ledger,
}

impl Expansion {
    fn new(shard: u32, ledger: Ledger) -> Expansion {
        let merged = HashMap::with_hasher(FixedState::default());
        Expansion { shard, of_subscription: Vec::new(), merged, credits: Vec::new(), ledger }
    }

    fn expand(
        mut self,
        accounts: &[Account],
        subscriptions: Names,
        ranks: &Ranks,
        associations: &AssociationIndex,
        first_month: Month,
    ) -> CreditShard {
        self.credits.reserve(accounts.len());
        self.of_subscription = vec![0; subscriptions.len()];
        for account in accounts {
            let count = &mut self.of_subscription[account.subscription as usize];
            *count = count.saturating_add(1);
        }
        let rank = |currency: u16| {
            u16::try_from(ranks.currencies[usize::from(currency)]).expect("three letters make 17 576 codes")
        };
        let mut rows: BTreeMap<(u16, i32), [RowsAndAmount; MONTHS as usize]> = BTreeMap::new();
        let mut shared: BTreeMap<u16, Amount> = BTreeMap::new();
        for (account, number) in accounts.iter().zip(0..) {
            let currency = rank(account.currency);
            let of_months = rows.entry((currency, account.year)).or_default();
            let mut all = Amount::ZERO;
            for (month, sum) in self.ledger.months(number) {
                of_months[usize::from(month)].add(sum.rows, sum.amount);
                all = all.plus_unchecked(sum.amount);
            }
            let subscription = numbered(self.shard, account.subscription);
            let credit = |partner: u32, associations| CreditAccount {
                partner: ranks.partners[partner as usize],
                subscription,
                currency,
                associations,
                repeats: account.repeats,
                year: account.year,
                account: number,
            };
            match account.whose {
                Whose::Partner(partner, association) => {
                    let credit = credit(partner, AssociationSet::of(association));
                    self.push(account.subscription, credit);
                }
                Whose::InForce(outcome) => {
                    for (nth, (head, set)) in associations.outcomes[outcome as usize].iter().enumerate() {
                        let credit = credit(ranks.heads[*head as usize], *set);
                        self.push(account.subscription, credit);
                        if nth > 0 {
                            let shared = shared.entry(currency).or_default();
                            *shared = shared.plus_unchecked(all);
                        }
                    }
                }
            }
        }
        let rows = rows.into_iter().flat_map(|((currency, year), months)| {
            let of_year = (0..).zip(months).filter(|(_, sum)| sum.rows > 0);
            of_year.map(move |(month, sum)| ((currency, calendar_month(first_month, year, month)), sum))
        });
        let rows = rows.collect();
        CreditShard::new(self.credits, self.ledger, subscriptions, rows, shared)
    }

    fn push(&mut self, subscription: u32, credit: CreditAccount) {
        if self.of_subscription[subscription as usize] > 1 {
            let CreditAccount { partner, associations, currency, repeats, year, .. } = credit;
            let key = (partner, subscription, associations, currency, repeats, year);
            let index = *self.merged.entry(key).or_insert(self.credits.len());
            // Two outcomes may give the same partner the same types, and so may an outcome and a row.
            if let Some(known) = self.credits.get_mut(index) {
                known.account = self.ledger.sum_of(known.account, credit.account);
                return;
            }
        }
        self.credits.push(credit);
    }
}

/// Names as sorted values, and the rank of each number among them.
fn ranked<T: Ord>(names: &Names, value: impl Fn(&str) -> T) -> (Vec<T>, Vec<u32>) {
    let mut values: Vec<(T, u32)> =
        names.iter().zip(0..).map(|(name, number)| (value(name), number)).collect();
    values.sort_unstable();
    let mut rank = vec![0; values.len()];
    for ((_, number), position) in values.iter().zip(0..) {
        rank[*number as usize] = position;
    }
    (values.into_iter().map(|(value, _)| value).collect(), rank)
}
