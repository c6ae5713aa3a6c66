//! Consumption of each head: roll-up, conversion, and the choice of one association where an export repeats consumption.
//! Comes in: credits, rates, a rule set. Goes out: exact USD by head, and what became of every credit.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rust_decimal::Decimal;

use crate::base::amount::{Amount, Magnitude};
use crate::base::association::AssociationSet;
use crate::base::calendar::Month;
use crate::base::ids::PartnerId;
use crate::config::rules::RuleSet;
use crate::credits::{Credit, CreditAccount, CreditShard, Credits, RowsAndAmount, Total};
use crate::roster::Roster;

/// USD per unit of a currency, by currency (upper case) and month.
pub(crate) type RateTable = BTreeMap<(String, Month), Decimal>;

/// What became of all credit.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Exact consumption that counts, by head, sorted. **Unit**: USD. A head whose credit is not accepted has 0.
    pub(crate) consumption: Vec<(PartnerId, Amount)>,
    /// Heads of which some credit has no rate.
    pub(crate) lacks_rate: BTreeSet<PartnerId>,
    /// Σ of credits that could be converted. **Unit**: USD.
    pub(crate) all_credits: Amount,
    /// Σ of credits that the rule set does not accept, by their association. **Unit**: USD.
    pub(crate) not_accepted: BTreeMap<String, Amount>,
    /// Σ of credits left aside, since one association of a subscription and month counts. **Unit**: USD.
    pub(crate) duplicate: Amount,
    /// Credit that has no rate, by currency and month: its rows, each once, and the sum of its credits. **Unit**: that currency.
    pub(crate) without_rate: BTreeMap<(String, Month), RowsAndAmount>,
    /// Σ of credits that could be converted, before they were, by currency. **Unit**: that currency.
    pub(crate) converted: BTreeMap<String, Amount>,
    /// Whether Σ|USD| reaches 10¹⁴, so that the sums cannot be used.
    pub(crate) is_too_large: bool,
}

/// Parts in which a thread judges shards: each has a sum for every head.
const PARTS: usize = 2;

/// A credit of an export that repeats consumption, in USD. It is one of a head and a subscription.
#[derive(Debug, Clone, Copy)]
struct Repeated {
    month: Month,
    partner: u32,
    associations: AssociationSet,
    usd: Amount,
}

/// An accepted account of an export that repeats consumption.
#[derive(Debug, Clone, Copy)]
struct Rival<'c> {
    subscription_hash: u64,
    head: usize,
    account: &'c CreditAccount,
}

impl Rival<'_> {
    /// Those of one consumption together, by partner and associations. Numbers tell most of them apart.
    fn order(&self, other: &Rival<'_>) -> Ordering {
        let rest = |account: &CreditAccount| (account.subscription, account.partner, account.associations);
        self.numbers().cmp(&other.numbers()).then_with(|| rest(self.account).cmp(&rest(other.account)))
    }

    /// Whether both are of one consumption: that of one head and subscription.
    fn is_one_consumption(&self, other: &Rival<'_>) -> bool {
        self.numbers() == other.numbers() && self.account.subscription == other.account.subscription
    }

    fn numbers(&self) -> (u64, usize) {
        (self.subscription_hash, self.head)
    }
}

/// Judges all credit by `rules`.
pub(crate) fn judge(credits: &Credits, roster: &Roster, rates: &RateTable, rules: &RuleSet) -> Judged {
    let mut by_head: Vec<(&PartnerId, usize)> =
        credits.partners.iter().map(|partner| roster.head(partner)).zip(0..).collect();
    // Stable, since partners are sorted and most are heads.
    by_head.sort();
    let mut heads: Vec<&PartnerId> = Vec::with_capacity(by_head.len());
    let mut head_of = vec![0; by_head.len()];
    for of_head in by_head.chunk_by(|(a, _), (b, _)| a == b) {
        of_head.iter().for_each(|(_, partner)| head_of[*partner] = heads.len());
        heads.push(of_head[0].0);
    }
    let mut accepted = AssociationSet::default();
    rules.accepted.iter().for_each(|association| accepted.insert(*association));
    let bench = Bench {
        credits,
        head_of,
        is_usd: credits.currencies.iter().map(|currency| currency == "USD").collect(),
        rate_of: credits.currencies.iter().map(|c| rates_of(c, rates)).collect(),
        accepted,
        heads: heads.len(),
    };
    let shards = credits
        .shards
        .par_iter()
        .with_min_len(credits.shards.len().div_ceil(PARTS * rayon::current_num_threads()));
    let parts = shards.fold(|| bench.nothing(), |part, shard| bench.judge(part, shard));
    let all = parts.reduce_with(Part::merge).unwrap_or_else(|| bench.nothing());
    let mut judged = Judged {
        lacks_rate: all.lacks_rate.into_iter().map(|head| heads[head].clone()).collect(),
        all_credits: all.all_credits,
        not_accepted: all.not_accepted.into_iter().map(|(set, sum)| (set.to_string(), sum)).collect(),
        duplicate: all.duplicate,
        is_too_large: all.is_too_large || all.magnitude.is_too_large(),
        consumption: heads.into_iter().cloned().zip(all.consumption).collect(),
        converted: credits.currencies.iter().cloned().zip(all.converted).collect(),
        without_rate: BTreeMap::new(),
    };
    for ((currency, month), amount) in all.without_rate {
        let code = credits.currencies[usize::from(currency)].clone();
        let rows = credits.rows.get(&(currency, month)).copied().unwrap_or(0);
        judged.without_rate.insert((code, month), RowsAndAmount { rows, amount });
    }
    judged
}

/// What every shard is judged by.
struct Bench<'b> {
    credits: &'b Credits,
    /// Of each partner, the index of its head.
    head_of: Vec<usize>,
    /// By index of the currency.
    is_usd: Vec<bool>,
    /// By index of the currency.
    rate_of: Vec<BTreeMap<Month, Decimal>>,
    /// By the rule set.
    accepted: AssociationSet,
    heads: usize,
}

/// What became of the credit of some shards: as [`Judged`], heads and currencies by index.
struct Part {
    consumption: Vec<Amount>,
    lacks_rate: BTreeSet<usize>,
    all_credits: Amount,
    not_accepted: BTreeMap<AssociationSet, Amount>,
    duplicate: Amount,
    without_rate: BTreeMap<(u16, Month), Amount>,
    converted: Vec<Amount>,
    magnitude: Magnitude,
    is_too_large: bool,
}

impl Part {
    fn merge(mut self, other: Part) -> Part {
        let add = |sum: &mut Amount, amount: Amount| *sum = sum.plus_unchecked(amount);
        let add_all = |sums: &mut [Amount], amounts: Vec<Amount>| {
            sums.iter_mut().zip(amounts).for_each(|(sum, amount)| add(sum, amount));
        };
        add_all(&mut self.consumption, other.consumption);
        add_all(&mut self.converted, other.converted);
        self.lacks_rate.extend(other.lacks_rate);
        add(&mut self.all_credits, other.all_credits);
        add(&mut self.duplicate, other.duplicate);
        for (set, amount) in other.not_accepted {
            add(self.not_accepted.entry(set).or_default(), amount);
        }
        for (key, amount) in other.without_rate {
            add(self.without_rate.entry(key).or_default(), amount);
        }
        self.magnitude.merge(other.magnitude);
        self.is_too_large |= other.is_too_large;
        self
    }
}

impl Bench<'_> {
    fn nothing(&self) -> Part {
        Part {
            consumption: vec![Amount::ZERO; self.heads],
            lacks_rate: BTreeSet::new(),
            all_credits: Amount::ZERO,
            not_accepted: BTreeMap::new(),
            duplicate: Amount::ZERO,
            without_rate: BTreeMap::new(),
            converted: vec![Amount::ZERO; self.credits.currencies.len()],
            magnitude: Magnitude::default(),
            is_too_large: false,
        }
    }

    /// Judges the credit of a shard, which has all of that of its subscriptions, into `part`.
    fn judge(&self, mut part: Part, shard: &CreditShard) -> Part {
        let mut rivals: Vec<Rival<'_>> = Vec::new();
        for account in &shard.accounts {
            let head = self.head_of[account.partner as usize];
            let is_accepted = account.associations.meets(self.accepted);
            if is_accepted && account.repeats {
                rivals.push(Rival { subscription_hash: account.subscription_hash(), head, account });
            } else if let Some(usd) = self.usd(shard, account, &mut part) {
                let into = match is_accepted {
                    true => &mut part.consumption[head],
                    false => part.not_accepted.entry(account.associations).or_default(),
                };
                *into = into.plus_unchecked(usd);
            }
        }
        rivals.sort_unstable_by(Rival::order);
        for rivals in rivals.chunk_by(Rival::is_one_consumption) {
            let counted = self.counted(shard, rivals, &mut part);
            let sum = &mut part.consumption[rivals[0].head];
            *sum = sum.plus_unchecked(counted);
        }
        part
    }

    /// What counts of the credit of one head and subscription, of exports that repeat it. The rest is duplicate.
    fn counted(&self, shard: &CreditShard, rivals: &[Rival<'_>], part: &mut Part) -> Amount {
        let Some(first) = self.first(rivals) else {
            let mut group: Vec<Repeated> = Vec::new();
            for Rival { account, .. } in rivals {
                let CreditAccount { partner, associations, .. } = **account;
                let mut add = |month, usd| group.push(Repeated { month, partner, associations, usd });
                self.months(shard, account, part, &mut add);
            }
            return chosen(&mut group, &mut part.duplicate);
        };
        for (_, rival) in rivals.iter().enumerate().filter(|(nth, _)| *nth != first) {
            let usd = self.usd(shard, rival.account, part).unwrap_or_default();
            part.duplicate = part.duplicate.plus_unchecked(usd);
        }
        self.usd(shard, rivals[first].account, part).unwrap_or_default()
    }

    /// The index of the one that is chosen in each month of them all, as it is of most. `None`: months must be looked at.
    fn first(&self, rivals: &[Rival<'_>]) -> Option<usize> {
        let priority = |rival: &Rival<'_>| rival.account.associations.iter().next();
        let (first, chosen) = rivals.iter().enumerate().min_by_key(|(_, rival)| priority(rival))?;
        let is_behind = |(nth, rival): (usize, &Rival<'_>)| {
            nth == first || priority(chosen) < priority(rival) && chosen.account.has_months_of(rival.account)
        };
        // A month that has no rate has no credit to be chosen.
        let needs_no_rate = rivals.len() == 1 || self.is_usd[usize::from(chosen.account.currency)];
        (needs_no_rate && rivals.iter().enumerate().all(is_behind)).then_some(first)
    }

    /// The sum of an account. `None`: nothing of it could be converted.
    fn usd(&self, shard: &CreditShard, account: &CreditAccount, part: &mut Part) -> Option<Amount> {
        let currency = usize::from(account.currency);
        if !self.is_usd[currency] {
            let mut sum: Option<Amount> = None;
            let mut add = |_, usd| sum = Some(sum.unwrap_or_default().plus_unchecked(usd));
            self.months(shard, account, part, &mut add);
            return sum;
        }
        // Most of all credit: its months need not be looked at.
        let Total { amount, magnitude, .. } = account.total;
        part.converted[currency] = part.converted[currency].plus_unchecked(amount);
        part.magnitude.merge(magnitude);
        part.all_credits = part.all_credits.plus_unchecked(amount);
        Some(amount)
    }

    /// Gives `each` the amount of each month of an account that could be converted.
    fn months(
        &self,
        shard: &CreditShard,
        account: &CreditAccount,
        part: &mut Part,
        each: &mut dyn FnMut(Month, Amount),
    ) {
        let currency = usize::from(account.currency);
        for Credit { month, amount, .. } in self.credits.of(shard, account) {
            let usd = if self.is_usd[currency] {
                Some(amount)
            } else if let Some(rate) = self.rate_of[currency].get(&month) {
                amount.convert(*rate)
            } else {
                part.lacks_rate.insert(self.head_of[account.partner as usize]);
                let lacking = part.without_rate.entry((account.currency, month)).or_default();
                *lacking = lacking.plus_unchecked(amount);
                continue;
            };
            part.converted[currency] = part.converted[currency].plus_unchecked(amount);
            let Some(usd) = usd else {
                part.is_too_large = true;
                continue;
            };
            part.magnitude.add(usd);
            part.all_credits = part.all_credits.plus_unchecked(usd);
            each(month, usd);
        }
    }
}

/// The rates of one currency. USD needs none, whatever a rates file says.
fn rates_of(currency: &str, rates: &RateTable) -> BTreeMap<Month, Decimal> {
    if currency == "USD" {
        return BTreeMap::new();
    }
    let of_it = rates.iter().filter(|((code, _), _)| code == currency);
    of_it.map(|((_, month), rate)| (*month, *rate)).collect()
}

/// What counts of the credits of one head and subscription, of exports that repeat it; the rest is added to `duplicate`. They are
/// sorted by partner and associations.
fn chosen(group: &mut [Repeated], duplicate: &mut Amount) -> Amount {
    group.sort_by_key(|r| r.month);
    let mut counted = Amount::ZERO;
    for of_month in group.chunk_by(|a, b| a.month == b.month) {
        let (of_one, rest) = choose(of_month);
        counted = counted.plus_unchecked(of_one);
        *duplicate = duplicate.plus_unchecked(rest);
    }
    counted
}

/// What counts of the credits of one head, subscription and month, of exports that repeat it; and the rest. They are sorted by
/// partner and associations.
fn choose(group: &[Repeated]) -> (Amount, Amount) {
    let sum = |of: &[Repeated]| of.iter().fold(Amount::ZERO, |sum, one| sum.plus_unchecked(one.usd));
    // The sum of each (partner, association).
    let of_one = |a: &Repeated, b: &Repeated| (a.partner, a.associations) == (b.partner, b.associations);
    let candidates = group.chunk_by(of_one).map(|one| (one[0].associations, sum(one), one[0].partner));
    // Highest priority first, then the greater amount, then the first partner.
    let chosen = candidates.min_by_key(|(set, usd, partner)| (set.iter().next(), Reverse(*usd), *partner));
    let counted = chosen.map_or(Amount::ZERO, |(_, usd, _)| usd);
    (counted, Amount::from_raw(sum(group).raw().wrapping_sub(counted.raw())))
}
