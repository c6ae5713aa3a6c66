//! The table that a worker adds up in, and the exact merge of all workers' tables. Speaks `account / add / merge / finish`.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::associations::AssociationIndex;
use super::ledger::{Ledger, MONTHS};
use super::names::Names;
use super::{AssociationSet, CreditAccount, Credits, RowsAndAmount};
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
    /// The hash and the number of each account.
    index: HashTable<(u64, u32)>,
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

    /// The credits. `associations` is the index by which the rows were credited.
    pub(crate) fn finish(self, associations: &AssociationIndex) -> Credits {
        let Table { first_month, mut partners, subscriptions, currencies, index, accounts, ledger, .. } =
            self;
        drop(index);
        let mut expansion = Expansion {
            of_subscription: vec![0; subscriptions.len()],
            merged: HashMap::with_hasher(FixedState::default()),
            credits: Vec::with_capacity(accounts.len()),
            ledger,
        };
        for account in &accounts {
            let count = &mut expansion.of_subscription[account.subscription as usize];
            *count = count.saturating_add(1);
        }
        let mut rows: BTreeMap<(u16, i32), [RowsAndAmount; MONTHS as usize]> = BTreeMap::new();
        let mut shared: BTreeMap<u16, Amount> = BTreeMap::new();
        let mut numbers: Vec<Option<u32>> = vec![None; associations.heads.len()];
        for (account, number) in accounts.iter().zip(0..) {
            let of_months = rows.entry((account.currency, account.year)).or_default();
            let mut all = Amount::ZERO;
            for (month, sum) in expansion.ledger.months(number) {
                of_months[usize::from(month)].add(sum.rows, sum.amount);
                all = all.plus_unchecked(sum.amount);
            }
            let credit = |partner, associations| CreditAccount {
                partner,
                subscription: account.subscription,
                currency: account.currency,
                associations,
                repeats: account.repeats,
                year: account.year,
                account: number,
            };
            match account.whose {
                Whose::Partner(partner, association) => {
                    expansion.push(credit(partner, AssociationSet::of(association)));
                }
                Whose::InForce(outcome) => {
                    for (nth, (head, set)) in associations.outcomes[outcome as usize].iter().enumerate() {
                        let head = *head as usize;
                        let partner = *numbers[head]
                            .get_or_insert_with(|| partners.number(associations.heads[head].as_str()));
                        expansion.push(credit(partner, *set));
                        if nth > 0 {
                            let shared = shared.entry(account.currency).or_default();
                            *shared = shared.plus_unchecked(all);
                        }
                    }
                }
            }
        }
        let Expansion { mut credits, ledger, .. } = expansion;
        let (partners, partner_rank) =
            ranked(&partners, |name| PartnerId::parse(name).expect("nobody was refused at the door"));
        let (currencies, currency_rank) = ranked(&currencies, str::to_owned);
        let rank = |currency: u16| {
            u16::try_from(currency_rank[usize::from(currency)]).expect("three letters make 17 576 codes")
        };
        for credit in &mut credits {
            credit.partner = partner_rank[credit.partner as usize];
            credit.currency = rank(credit.currency);
        }
        let rows = rows.into_iter().flat_map(|((currency, year), months)| {
            let of_year = (0..).zip(months).filter(|(_, sum)| sum.rows > 0);
            of_year.map(move |(month, sum)| ((rank(currency), calendar_month(first_month, year, month)), sum))
        });
        let rows = rows.collect();
        let shared = shared.into_iter().map(|(currency, amount)| (rank(currency), amount)).collect();
        Credits::new(partners, subscriptions, currencies, credits, (first_month, ledger), rows, shared)
    }
}

/// The month of an account's year.
pub(super) fn calendar_month(first_month: Month, year: i32, month: u8) -> Month {
    Month::from_number(first_month.number() + year * i32::from(MONTHS) + i32::from(month))
}

/// Accounts as credits of partners, each (partner, subscription, association, currency) once in a year.
struct Expansion {
    /// Accounts of each subscription: where it has one only, nothing can meet.
    of_subscription: Vec<u8>,
    merged: HashMap<(u32, u32, AssociationSet, u16, bool, i32), usize, FixedState>,
    credits: Vec<CreditAccount>,
    ledger: Ledger,
}

impl Expansion {
    fn push(&mut self, credit: CreditAccount) {
        if self.of_subscription[credit.subscription as usize] > 1 {
            let CreditAccount { partner, subscription, associations, currency, repeats, year, .. } = credit;
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
