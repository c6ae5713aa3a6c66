//! Consumption of each head: roll-up, conversion, and the choice of one association where an export repeats consumption.
//! Comes in: credits, rates, a rule set. Goes out: exact USD by head, and what became of every credit.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::calendar::Month;
use crate::credits::{AssociationSet, Credit, CreditAccount, Credits, RowsAndAmount};
use crate::ids::PartnerId;
use crate::money::{Amount, Magnitude};
use crate::roster::Roster;
use crate::rules::RuleSet;

/// USD per unit of a currency, by currency (upper case) and month.
pub(crate) type RateTable = BTreeMap<(String, Month), Decimal>;

/// What became of all credit.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Exact consumption that counts, by head. **Unit**: USD. A head whose credit is not accepted has 0.
    pub(crate) consumption: BTreeMap<PartnerId, Amount>,
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

/// A credit of an export that repeats consumption, in USD. It is one of a head and a subscription.
#[derive(Debug, Clone, Copy)]
struct Repeated {
    month: Month,
    partner: u32,
    associations: AssociationSet,
    usd: Amount,
}

/// Judges all credit by `rules`.
pub(crate) fn judge(credits: &Credits, roster: &Roster, rates: &RateTable, rules: &RuleSet) -> Judged {
    let mut judged = Judged::default();
    let mut heads: Vec<&PartnerId> = credits.partners.iter().map(|partner| roster.head(partner)).collect();
    let of_partner = heads.clone();
    heads.sort();
    heads.dedup();
    let number = |head: &PartnerId| heads.binary_search(&head).expect("every head is among the heads");
    let of_partner: Vec<usize> = of_partner.into_iter().map(number).collect();
    let rate_of: Vec<BTreeMap<Month, Decimal>> =
        credits.currencies.iter().map(|c| rates_of(c, rates)).collect();
    let mut magnitude = Magnitude::default();
    let mut converted = vec![Amount::ZERO; credits.currencies.len()];
    let mut consumption = vec![Amount::ZERO; heads.len()];
    let mut not_accepted: BTreeMap<AssociationSet, Amount> = BTreeMap::new();
    let mut group: Vec<Repeated> = Vec::new();
    // Of exports that repeat consumption, accounts of one head and subscription stand together.
    let (mut repeating, plain): (Vec<&CreditAccount>, Vec<&CreditAccount>) =
        credits.accounts.iter().partition(|account| account.repeats);
    let shared = |account: &CreditAccount| (of_partner[account.partner as usize], account.subscription);
    repeating.sort_unstable_by_key(|account| (shared(account), account.partner, account.associations));
    let groups = repeating.chunk_by(|a, b| shared(a) == shared(b)).chain(plain.chunks(1));
    for accounts in groups {
        let head = of_partner[accounts[0].partner as usize];
        group.clear();
        for account in accounts {
            let currency = usize::from(account.currency);
            let (code, is_usd) = (&credits.currencies[currency], credits.currencies[currency] == "USD");
            let is_accepted = account.associations.iter().any(|a| rules.accepted.contains(&a));
            let has_rival = is_accepted && accounts.len() > 1;
            // What counts, or is not accepted.
            let mut sum: Option<Amount> = None;
            for Credit { month, amount, .. } in credits.of(account) {
                let usd = if is_usd {
                    Some(amount)
                } else if let Some(rate) = rate_of[currency].get(&month) {
                    amount.convert(*rate)
                } else {
                    judged.lacks_rate.insert(heads[head].clone());
                    judged.without_rate.entry((code.clone(), month)).or_default().add(0, amount);
                    continue;
                };
                converted[currency] = converted[currency].plus_unchecked(amount);
                let Some(usd) = usd else {
                    judged.is_too_large = true;
                    continue;
                };
                magnitude.add(usd);
                judged.all_credits = judged.all_credits.plus_unchecked(usd);
                if has_rival {
                    let CreditAccount { partner, associations, .. } = **account;
                    group.push(Repeated { month, partner, associations, usd });
                } else {
                    sum = Some(sum.unwrap_or_default().plus_unchecked(usd));
                }
            }
            if let Some(sum) = sum {
                let into = match is_accepted {
                    true => &mut consumption[head],
                    false => not_accepted.entry(account.associations).or_default(),
                };
                *into = into.plus_unchecked(sum);
            }
        }
        group.sort_unstable_by_key(|r| (r.month, r.partner, r.associations));
        for of_month in group.chunk_by(|a, b| a.month == b.month) {
            let (counted, duplicate) = choose(of_month);
            consumption[head] = consumption[head].plus_unchecked(counted);
            judged.duplicate = judged.duplicate.plus_unchecked(duplicate);
        }
    }
    for ((currency, month), rows) in &credits.rows {
        let code = &credits.currencies[usize::from(*currency)];
        if code != "USD" && !rate_of[usize::from(*currency)].contains_key(month) {
            judged.without_rate.entry((code.clone(), *month)).or_default().rows = rows.rows;
        }
    }
    judged.not_accepted = not_accepted.into_iter().map(|(set, sum)| (set.to_string(), sum)).collect();
    judged.consumption = heads.into_iter().cloned().zip(consumption).collect();
    judged.converted = credits.currencies.iter().cloned().zip(converted).collect();
    judged.is_too_large |= magnitude.is_too_large();
    judged
}

/// The rates of one currency. USD needs none, whatever a rates file says.
fn rates_of(currency: &str, rates: &RateTable) -> BTreeMap<Month, Decimal> {
    if currency == "USD" {
        return BTreeMap::new();
    }
    let of_it = rates.iter().filter(|((code, _), _)| code == currency);
    of_it.map(|((_, month), rate)| (*month, *rate)).collect()
}

/// What counts of the credits of one head, subscription and month, of exports that repeat it; and the rest. They are sorted.
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
