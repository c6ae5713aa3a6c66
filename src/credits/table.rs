//! The table that all workers add up in, and what it comes to. Speaks `put / add / finish`. Its shards are locked one at a time,
//! for many rows at once: nothing is merged, and an account exists once.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError, TryLockError};

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use super::expansion::{Ranks, expand};
use super::keys::{Account, PartnerKey, Texts, Whose};
use super::ledger::{Ledger, MONTHS};
use super::names::Names;
use super::shard::{Entry, Shard};
use super::{Credits, SubscriptionKey};
use crate::base::amount::Amount;
use crate::base::association::Association;
use crate::base::calendar::Month;
use crate::base::ids::PartnerId;
use crate::roster::associations::AssociationIndex;

/// Subscriptions are spread over so many shards, which are judged in parallel.
pub(super) const SHARDS: usize = 64;
/// Parts in which a thread looks at shards, where parts are merged.
const PARTS: usize = 2;
/// Rows that a worker keeps for a shard before it asks for it.
const KEPT_ROWS: usize = 256;

/// Sums of rows.
#[derive(Debug)]
pub(crate) struct Table {
    first_month: Month,
    texts: Texts,
    currencies: Mutex<Names>,
    /// By the hash of the subscription.
    shards: Vec<Mutex<Shard>>,
}

/// Rows that a worker has not added yet, by shard.
#[derive(Debug)]
pub(crate) struct Outbox(Vec<Vec<Entry>>);

impl Default for Outbox {
    fn default() -> Outbox {
        Outbox((0..SHARDS).map(|_| Vec::new()).collect())
    }
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
            texts: Texts::default(),
            currencies: Mutex::default(),
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

    /// A month as this table counts.
    pub(crate) fn month(&self, month: Month) -> TableMonth {
        let months = month.number() - self.first_month.number();
        let (year, month) = (months.div_euclid(MONTHS.into()), months.rem_euclid(MONTHS.into()));
        TableMonth { year, month: u8::try_from(month).expect("a remainder is small") }
    }

    /// Puts a row of a holder into a worker's outbox.
    pub(crate) fn put(&self, outbox: &mut Outbox, holder: &Holder<'_>, month: TableMonth, amount: Amount) {
        let whose = match holder.whose {
            HolderWhose::Partner(partner, association) => {
                Whose::Partner(PartnerKey::of(partner, &self.texts), association)
            }
            HolderWhose::InForce(outcome) => Whose::InForce(outcome),
        };
        let subscription = SubscriptionKey::of(holder.subscription, &self.texts);
        let Holder { currency, repeats, .. } = *holder;
        let account = Account { subscription, whose, currency, repeats, year: month.year };
        self.put_row(outbox, &account, month.month, amount);
    }

    /// Puts a row of an account into a worker's outbox.
    #[inline]
    pub(super) fn put_row(&self, outbox: &mut Outbox, account: &Account, month: u8, amount: Amount) {
        let key = account.key();
        let place = key.hash();
        let kept = &mut outbox.0[place.shard];
        kept.push(Entry { key, hash: place.hash, amount: amount.raw().to_ne_bytes(), month });
        if kept.len() >= KEPT_ROWS {
            self.offer(place.shard, kept);
        }
    }

    /// Adds the rows of an outbox to a shard, unless another worker has it and there is still some time.
    #[cold]
    #[inline(never)]
    fn offer(&self, shard: usize, kept: &mut Vec<Entry>) {
        match self.shards[shard].try_lock() {
            Err(TryLockError::WouldBlock) if kept.len() < 2 * KEPT_ROWS => {}
            Err(TryLockError::WouldBlock | TryLockError::Poisoned(_)) => self.add(shard, kept),
            Ok(mut shard) => {
                shard.add(kept);
                kept.clear();
            }
        }
    }

    fn add(&self, shard: usize, kept: &mut Vec<Entry>) {
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner).add(kept);
        kept.clear();
    }

    /// Adds all that is left in the outboxes of all workers.
    pub(crate) fn add_rest(&self, outboxes: Vec<Outbox>) {
        let mut by_shard: Vec<Vec<Vec<Entry>>> = (0..SHARDS).map(|_| Vec::new()).collect();
        for outbox in outboxes {
            for (rest, kept) in by_shard.iter_mut().zip(outbox.0) {
                rest.push(kept);
            }
        }
        by_shard.into_par_iter().enumerate().for_each(|(shard, rest)| {
            rest.into_iter().for_each(|mut kept| self.add(shard, &mut kept));
        });
    }

    /// The credits: all that was added, of which nothing is left here. `associations` is the index by which the rows were credited.
    pub(crate) fn finish(&self, associations: &AssociationIndex) -> Credits {
        let take =
            |shard: &Mutex<Shard>| std::mem::take(&mut *shard.lock().unwrap_or_else(PoisonError::into_inner));
        let shards: Vec<Ledger> = self.shards.par_iter().map(|shard| take(shard).finish()).collect();
        let named = shards
            .par_iter()
            .with_min_len(SHARDS.div_ceil(PARTS * rayon::current_num_threads()))
            .fold(Named::default, Named::add);
        let Named { mut partners, outcomes, currencies } = named.reduce(Named::default, Named::merge);
        // The heads of outcomes that have credit.
        let mut heads = vec![false; associations.heads.len()];
        for (head, _) in outcomes.iter().flat_map(|outcome| &associations.outcomes[*outcome as usize]) {
            heads[*head as usize] = true;
        }
        let of_heads: Vec<Option<PartnerKey>> = associations
            .heads
            .iter()
            .zip(heads)
            .map(|(head, has_credit)| has_credit.then(|| PartnerKey::of(head.as_str(), &self.texts)))
            .collect();
        partners.extend(of_heads.iter().flatten());
        let texts = self.texts.take();
        let mut partners: Vec<PartnerKey> = partners.into_iter().collect();
        partners.par_sort_unstable();
        let id = |key: PartnerKey| {
            (PartnerId::parse(&key.text(&texts)).expect("nobody was refused at the door"), key)
        };
        let mut ranked: Vec<(PartnerId, PartnerKey)> = partners.into_par_iter().map(id).collect();
        // Stable, since numbers are in order by now, and hardly any id is none.
        ranked.sort_by(|a, b| a.0.cmp(&b.0));
        let rank: HashMap<PartnerKey, u32, FixedState> =
            ranked.iter().zip(0..).map(|((_, key), rank)| (*key, rank)).collect();
        let partners = ranked.into_iter().map(|(id, _)| id).collect();
        let names = std::mem::take(&mut *self.currencies.lock().unwrap_or_else(PoisonError::into_inner));
        let (currencies, currency_rank) = sorted(&names, &currencies);
        let heads = of_heads.iter().map(|key| key.map_or(0, |key| rank[&key])).collect();
        let ranks = Ranks { partners: rank, currencies: currency_rank, heads };
        let expand = |ledger: Ledger| expand(ledger, &ranks, associations, self.first_month);
        let shards = shards.into_par_iter().map(expand).collect();
        Credits::new(partners, currencies, self.first_month, shards, texts)
    }
}

/// Whom accounts name, each once.
#[derive(Default)]
struct Named {
    partners: HashSet<PartnerKey, FixedState>,
    outcomes: HashSet<u32, FixedState>,
    currencies: BTreeSet<u16>,
}

impl Named {
    /// Adds those of a shard.
    fn add(mut self, ledger: &Ledger) -> Named {
        let mut last = None;
        for account in ledger.keys().map(|key| key.account()) {
            match account.whose {
                Whose::Partner(partner, _) => _ = self.partners.insert(partner),
                Whose::InForce(outcome) => _ = self.outcomes.insert(outcome),
            }
            if last.replace(account.currency) != Some(account.currency) {
                self.currencies.insert(account.currency);
            }
        }
        self
    }

    fn merge(mut self, other: Named) -> Named {
        self.partners.extend(other.partners);
        self.outcomes.extend(other.outcomes);
        self.currencies.extend(other.currencies);
        self
    }
}

/// Some names in order, and the rank of each number among them.
fn sorted(names: &Names, numbers: &BTreeSet<u16>) -> (Vec<String>, Vec<u16>) {
    let mut all: Vec<(&str, u16)> = numbers.iter().map(|n| (names.name((*n).into()), *n)).collect();
    all.sort_unstable();
    let mut rank = vec![0; numbers.last().map_or(0, |last| usize::from(*last) + 1)];
    for ((_, number), position) in all.iter().zip(0..) {
        rank[usize::from(*number)] = position;
    }
    (all.into_iter().map(|(name, _)| name.to_owned()).collect(), rank)
}
