//! From the accounts of a shard to credits of partners. Comes in: accounts, and what was in force. Goes out: each (partner,
//! subscription, association, currency) once in a year.

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::associations::AssociationIndex;
use super::keys::{Account, PartnerKey, Whose};
use super::ledger::{Ledger, MONTHS};
use super::{AssociationSet, CreditAccount, CreditShard, RowsAndAmount, SubscriptionKey};
use crate::calendar::Month;
use crate::money::Amount;

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

/// What credits of one subscription have in common that are one credit.
type MergeKey = (u32, SubscriptionKey, AssociationSet, u16, bool, i32);

/// The accounts of a shard on their way to credits.
pub(super) struct Expansion {
    merged: HashMap<MergeKey, usize, FixedState>,
    credits: Vec<CreditAccount>,
    ledger: Ledger,
}

impl Expansion {
    pub(super) fn new(ledger: Ledger) -> Expansion {
        Expansion { merged: HashMap::default(), credits: Vec::new(), ledger }
    }

    pub(super) fn expand(
        mut self,
        ranks: &Ranks,
        associations: &AssociationIndex,
        first_month: Month,
    ) -> CreditShard {
        let accounts: Vec<Account> = self.ledger.keys().map(|key| key.account()).collect();
        self.credits.reserve(accounts.len());
        // Where nothing was in force, accounts differ in what credits differ in.
        let may_meet = accounts.iter().any(|account| matches!(account.whose, Whose::InForce(_)));
        let mut rows: BTreeMap<(u16, i32), [RowsAndAmount; MONTHS as usize]> = BTreeMap::new();
        let mut shared: BTreeMap<u16, Amount> = BTreeMap::new();
        for (account, number) in accounts.iter().zip(0..) {
            let currency = ranks.currencies[usize::from(account.currency)];
            let of_months = rows.entry((currency, account.year)).or_default();
            let mut all = Amount::ZERO;
            for (month, sum) in self.ledger.months(number) {
                of_months[usize::from(month)].add(sum.rows, sum.amount);
                all = all.plus_unchecked(sum.amount);
            }
            let credit = |partner, associations| CreditAccount {
                partner,
                subscription: account.subscription,
                currency,
                associations,
                repeats: account.repeats,
                year: account.year,
                account: number,
            };
            match account.whose {
                Whose::Partner(partner, association) => {
                    self.push(credit(ranks.partners[&partner], AssociationSet::of(association)), may_meet);
                }
                Whose::InForce(outcome) => {
                    for (nth, (head, set)) in associations.outcomes[outcome as usize].iter().enumerate() {
                        self.push(credit(ranks.heads[*head as usize], *set), may_meet);
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
        CreditShard::new(self.credits, self.ledger, rows, shared)
    }

    fn push(&mut self, credit: CreditAccount, may_meet: bool) {
        if may_meet {
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
