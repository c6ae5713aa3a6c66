//! Consumption of each head: roll-up, conversion, and the choice of one association where an export repeats consumption.
//! Comes in: credits, rates, a rule set. Goes out: exact USD by head, and what became of every credit.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::calendar::Month;
use crate::credits::{AssociationSet, Credit, Credits, RowsAndAmount};
use crate::dialects::Association;
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

/// A credit in USD.
#[derive(Debug, Clone, Copy)]
struct Converted<'c> {
    credit: &'c Credit,
    usd: Amount,
}

/// Judges all credit by `rules`.
pub(crate) fn judge(credits: &Credits, roster: &Roster, rates: &RateTable, rules: &RuleSet) -> Judged {
    let mut judged = Judged::default();
    // Partners that share a head, by its rank among the heads, so that their credits stand together.
    let heads: Vec<&PartnerId> = credits.partners.iter().map(|partner| roster.head(partner)).collect();
    let sorted: BTreeSet<&PartnerId> = heads.iter().copied().collect();
    let sorted: Vec<&PartnerId> = sorted.into_iter().collect();
    let rank =
        |partner: u32| sorted.binary_search(&heads[partner as usize]).expect("every head is among the heads");
    let ranks: Vec<usize> =
        (0..heads.len()).map(|p| rank(u32::try_from(p).expect("partners have u32 numbers"))).collect();
    let group_of = |credit: &Credit| (ranks[credit.partner as usize], credit.subscription, credit.month);
    let mut order: Vec<u32> =
        (0..u32::try_from(credits.credits.len()).expect("credits have u32 numbers")).collect();
    // Stable, so that within a group credits stay in the table's order: by partner, then association.
    order.sort_by_key(|index| group_of(&credits.credits[*index as usize]));
    let rate_of: Vec<BTreeMap<Month, Decimal>> =
        credits.currencies.iter().map(|c| rates_of(c, rates)).collect();
    let mut magnitude = Magnitude::default();
    let mut converted = vec![Amount::ZERO; credits.currencies.len()];
    let mut group: Vec<Converted<'_>> = Vec::new();
    let by_group = order
        .chunk_by(|a, b| group_of(&credits.credits[*a as usize]) == group_of(&credits.credits[*b as usize]));
    for indices in by_group {
        group.clear();
        let head = heads[credits.credits[indices[0] as usize].partner as usize];
        for index in indices {
            let credit = &credits.credits[*index as usize];
            let currency = &credits.currencies[usize::from(credit.currency)];
            let rate = rate_of[usize::from(credit.currency)].get(&credit.month);
            if currency != "USD" && rate.is_none() {
                judged.lacks_rate.insert(head.clone());
                let lacking = judged.without_rate.entry((currency.clone(), credit.month)).or_default();
                lacking.add(0, credit.amount);
                continue;
            }
            let of_currency = &mut converted[usize::from(credit.currency)];
            *of_currency = of_currency.plus_unchecked(credit.amount);
            match rate.map_or(Some(credit.amount), |rate| credit.amount.convert(*rate)) {
                Some(usd) => {
                    magnitude.add(usd);
                    judged.all_credits = judged.all_credits.plus_unchecked(usd);
                    group.push(Converted { credit, usd });
                }
                None => judged.is_too_large = true,
            }
        }
        let counted = choose(&group, rules, &mut judged);
        let sum = judged.consumption.entry(head.clone()).or_default();
        *sum = sum.plus_unchecked(counted);
    }
    for ((currency, month), rows) in &credits.rows {
        let code = &credits.currencies[usize::from(*currency)];
        if code != "USD" && !rate_of[usize::from(*currency)].contains_key(month) {
            judged.without_rate.entry((code.clone(), *month)).or_default().rows = rows.rows;
        }
    }
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

/// What counts of the credits of one head, subscription and month; the rest is noted as not accepted or duplicate.
fn choose(group: &[Converted<'_>], rules: &RuleSet, judged: &mut Judged) -> Amount {
    let mut counted = Amount::ZERO;
    // Of an export that repeats: the sum of each (partner, association), in the order of the table.
    let mut candidates: Vec<(u32, AssociationSet, Amount)> = Vec::new();
    for Converted { credit, usd } in group {
        if !credit.associations.iter().any(|a| accepts(rules, a)) {
            let sum = judged.not_accepted.entry(credit.associations.to_string()).or_default();
            *sum = sum.plus_unchecked(*usd);
        } else if !credit.repeats {
            counted = counted.plus_unchecked(*usd);
        } else {
            match candidates
                .iter_mut()
                .find(|(p, set, _)| *p == credit.partner && *set == credit.associations)
            {
                Some((_, _, sum)) => *sum = sum.plus_unchecked(*usd),
                None => candidates.push((credit.partner, credit.associations, *usd)),
            }
        }
    }
    // Highest priority first, then the greater amount, then the first partner (the table is in report order).
    candidates.sort_by_key(|(partner, set, usd)| (set.iter().next(), std::cmp::Reverse(*usd), *partner));
    for (position, (_, _, usd)) in candidates.into_iter().enumerate() {
        if position == 0 {
            counted = counted.plus_unchecked(usd);
        } else {
            judged.duplicate = judged.duplicate.plus_unchecked(usd);
        }
    }
    counted
}

fn accepts(rules: &RuleSet, association: Association) -> bool {
    rules.accepted.contains(&association)
}
