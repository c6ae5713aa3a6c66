//! From the accounts of a shard to credits of partners. Comes in: accounts, and what was in force. Goes out: each (partner,
//! subscription, association, currency) once in a year.

use std::collections::BTreeMap;
use std::ops::Range;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::keys::{PartnerKey, Whose};
use super::ledger::{Ledger, MONTHS};
use super::{CreditAccount, CreditShard, SubscriptionKey, Total};
use crate::base::amount::Amount;
use crate::base::association::AssociationSet;
use crate::base::calendar::Month;
use crate::roster::associations::AssociationIndex;

/// Ranks of the table's numbers among sorted names.
pub(super) struct Ranks {
    pub(super) partners: HashMap<PartnerKey, u32, FixedState>,
    pub(super) currencies: Vec<u16>,
    /// Of each head of the associations that has credit.
    pub(super) heads: Vec<u32>,
}

/// The month of an account's year.
pub(super) fn calendar_month(first_month: Month, year: i32, month: u8) -> Month {
    Month::from_number(first_month.number() + year * i32::from(MONTHS) + i32::from(month))
}

/// Accounts whose sums are asked for at a time.
const STEP_ACCOUNTS: u32 = 64;

/// What is counted of one currency in one year.
#[derive(Default)]
struct OfYear {
    rows: [u64; MONTHS as usize],
    shared: Amount,
}

/// The credit of the accounts of a shard.
pub(super) fn expand(
    mut ledger: Ledger,
    ranks: &Ranks,
    associations: &AssociationIndex,
    first_month: Month,
) -> CreditShard {
    let mut credits: Vec<CreditAccount> = Vec::with_capacity(ledger.keys().len());
    let mut years: HashMap<(u16, i32), OfYear, FixedState> = HashMap::default();
    // Where nothing was in force, accounts differ in what credits differ in.
    let mut may_meet = false;
    let numbers = 0..u32::try_from(ledger.keys().len()).expect("an account's number is a u32");
    // The sums of all months are most of a run's memory: all that is asked of each is asked here, and once.
    for (account, number) in ledger.keys().map(|key| key.account()).zip(numbers.clone()) {
        if number % STEP_ACCOUNTS == 0 {
            ask_for(&ledger, number..numbers.end.min(number + STEP_ACCOUNTS));
        }
        let currency = ranks.currencies[usize::from(account.currency)];
        let of_year = years.entry((currency, account.year)).or_default();
        let mut total = Total::default();
        for (month, sum) in ledger.months(number) {
            of_year.rows[usize::from(month)] += sum.rows;
            total.add(month, sum.amount);
        }
        let credit = |partner, associations| CreditAccount {
            partner,
            subscription: account.subscription,
            currency,
            associations,
            repeats: account.repeats,
            total,
            year: account.year,
            account: number,
        };
        match account.whose {
            Whose::Partner(partner, association) => {
                credits.push(credit(ranks.partners[&partner], AssociationSet::of(association)));
            }
            Whose::InForce(outcome) => {
                may_meet = true;
                let in_force = &associations.outcomes[outcome as usize];
                credits.extend(in_force.iter().map(|(head, set)| credit(ranks.heads[*head as usize], *set)));
                for _ in in_force.iter().skip(1) {
                    of_year.shared = of_year.shared.plus_unchecked(total.amount);
                }
            }
        }
    }
    if may_meet {
        credits = met(credits, &mut ledger);
    }
    let mut rows: BTreeMap<(u16, Month), u64> = BTreeMap::new();
    let mut shared: BTreeMap<u16, Amount> = BTreeMap::new();
    for ((currency, year), of_year) in years {
        let of_months = (0..).zip(of_year.rows).filter(|(_, rows)| *rows > 0);
        rows.extend(of_months.map(|(n, rows)| ((currency, calendar_month(first_month, year, n)), rows)));
        let shared = shared.entry(currency).or_default();
        *shared = shared.plus_unchecked(of_year.shared);
    }
    CreditShard::new(credits, ledger, rows, shared)
}

/// Looks at the sums of accounts, which lie anywhere, so that memory is asked for those of all of them at a time. Without it, all of
/// this takes half as long again; to look at every month of them gains no more.
fn ask_for(ledger: &Ledger, accounts: Range<u32>) {
    let rows = |account| ledger.months(account).next().map_or(0, |(_, sum)| sum.rows);
    std::hint::black_box(accounts.map(rows).sum::<u64>());
}

/// What credits of one subscription have in common that are one credit.
type MergeKey = (u32, SubscriptionKey, AssociationSet, u16, bool, i32);

/// Credits, each once: two outcomes may give the same partner the same types, and so may an outcome and a row.
fn met(credits: Vec<CreditAccount>, ledger: &mut Ledger) -> Vec<CreditAccount> {
    let mut known: HashMap<MergeKey, usize, FixedState> =
        HashMap::with_capacity_and_hasher(credits.len(), FixedState::default());
    let mut once: Vec<CreditAccount> = Vec::with_capacity(credits.len());
    for credit in credits {
        let CreditAccount { partner, subscription, associations, currency, repeats, year, .. } = credit;
        let key = (partner, subscription, associations, currency, repeats, year);
        let index = *known.entry(key).or_insert(once.len());
        match once.get_mut(index) {
            Some(known) => {
                known.account = ledger.sum_of(known.account, credit.account);
                known.total = Total::default();
                ledger.months(known.account).for_each(|(month, sum)| known.total.add(month, sum.amount));
            }
            None => once.push(credit),
        }
    }
    once
}
