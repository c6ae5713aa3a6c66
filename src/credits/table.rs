//! The table that a worker adds up in, and the exact merge of all workers' tables. Speaks `account / add / merge / finish`.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::associations::AssociationIndex;
use super::ledger::{Ledger, MONTHS};
use super::names::Names;
use super::{AssociationSet, Credit, Credits, RowsAndAmount};
use crate::calendar::Month;
use crate::dialects::Association;
use crate::ids::PartnerId;
use crate::money::Amount;

/// An account: rows that differ in their month only. Numbers are those of one table's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Account {
    subscription: u32,
    whose: Whose,
    currency: u16,
    repeats: bool,
    /// Which 13 months, from those of the window on.
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
    subscriptions: Names,
    currencies: Names,
    index: HashTable<u32>,
    accounts: Vec<Account>,
    ledger: Ledger,
    hasher: FixedState,
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

/// A month as the table counts: 13 to a year of an account, from the first month of the window on.
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
            subscriptions: Names::default(),
            currencies: Names::default(),
            index: HashTable::new(),
            accounts: Vec::new(),
            ledger: Ledger::default(),
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
        self.accounts.len()
    }

    /// A month as this table counts.
    pub(crate) fn month(&self, month: Month) -> TableMonth {
        let months = month.number() - self.first_month.number();
        let (year, month) = (months.div_euclid(MONTHS.into()), months.rem_euclid(MONTHS.into()));
        TableMonth { year, month: u8::try_from(month).expect("a remainder is small") }
    }

    /// The account of a holder in a year; it is opened if there is none.
    pub(crate) fn account(&mut self, holder: &Holder<'_>, year: i32) -> u32 {
        let account = Account {
            subscription: self.subscriptions.number(holder.subscription),
            whose: match holder.whose {
                HolderWhose::Partner(partner, association) => {
                    Whose::Partner(self.partners.number(partner), association)
                }
                HolderWhose::InForce(outcome) => Whose::InForce(outcome),
            },
            currency: holder.currency,
            repeats: holder.repeats,
            year,
        };
        self.numbered(account)
    }

    fn numbered(&mut self, account: Account) -> u32 {
        let hash = self.hasher.hash_one(account);
        let (accounts, hasher) = (&mut self.accounts, &self.hasher);
        if let Some(number) = self.index.find(hash, |n| accounts[*n as usize] == account) {
            return *number;
        }
        accounts.push(account);
        let number = self.ledger.open();
        self.index.insert_unique(hash, number, |n| hasher.hash_one(accounts[*n as usize]));
        number
    }

    /// Adds a row to a month of an account.
    #[inline]
    pub(crate) fn add(&mut self, account: u32, month: u8, amount: Amount) {
        self.ledger.add(account, month, 1, amount);
    }

    /// Adds all of another table of the same window. Merging is associative and commutative.
    pub(crate) fn merge(&mut self, other: Table) {
        let Table { partners, subscriptions, currencies, index, accounts, ledger, .. } = other;
        drop(index);
        let to_ours = |theirs: &Names, ours: &mut Names| -> Vec<u32> {
            theirs.iter().map(|n| ours.number(n)).collect()
        };
        let partners = to_ours(&partners, &mut self.partners);
        let subscriptions = to_ours(&subscriptions, &mut self.subscriptions);
        let currencies = to_ours(&currencies, &mut self.currencies);
        for (mut account, number) in accounts.into_iter().zip(0..) {
            account.subscription = subscriptions[account.subscription as usize];
            account.currency =
                u16::try_from(currencies[usize::from(account.currency)]).expect("as in `currency`");
            if let Whose::Partner(partner, association) = account.whose {
                account.whose = Whose::Partner(partners[partner as usize], association);
            }
            let ours = self.numbered(account);
            for (month, sum) in ledger.months(number) {
                self.ledger.add(ours, month, sum.rows, sum.amount);
            }
        }
    }

    /// The credits, sorted, so that nothing depends on the order of arrival. `associations` is the index by which the rows were credited.
    pub(crate) fn finish(self, associations: &AssociationIndex) -> Credits {
        let Table { first_month, mut partners, subscriptions, currencies, index, accounts, ledger, .. } =
            self;
        drop(index);
        let mut credits: Vec<Credit> = Vec::with_capacity(accounts.len());
        let mut rows: BTreeMap<(u16, Month), RowsAndAmount> = BTreeMap::new();
        let mut shared: BTreeMap<u16, Amount> = BTreeMap::new();
        let sums = accounts.iter().zip(0..).flat_map(|(account, number)| {
            let first = first_month.number() + account.year * i32::from(MONTHS);
            let month = move |month: u8| Month::from_number(first + i32::from(month));
            ledger.months(number).map(move |(nth, sum)| (account, month(nth), sum))
        });
        for (account, month, sum) in sums {
            rows.entry((account.currency, month)).or_default().add(sum.rows, sum.amount);
            let credit = |partner, associations| Credit {
                partner,
                subscription: account.subscription,
                currency: account.currency,
                associations,
                repeats: account.repeats,
                month,
                amount: sum.amount,
                rows: sum.rows,
            };
            match account.whose {
                Whose::Partner(partner, association) => {
                    credits.push(credit(partner, AssociationSet::of(association)))
                }
                Whose::InForce(outcome) => {
                    for (nth, (partner, set)) in associations.in_force(outcome).enumerate() {
                        credits.push(credit(partners.number(partner.as_str()), set));
                        if nth > 0 {
                            let shared = shared.entry(account.currency).or_default();
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
