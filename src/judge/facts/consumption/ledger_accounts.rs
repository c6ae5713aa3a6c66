//! Which accounts give lines of the ledger to which heads. Comes in: the same credits and rules as the ledger has. Goes out: the accounts of each
//! head, so that the lines of some heads are made without a look at the accounts of all others. It makes no line.

use rayon::prelude::*;

use super::attribute::{Attribution, subscription_number};
use super::ledger::LedgerPartMaker;
use super::months::Judgeable;
use crate::credits::CreditShard;
use crate::credits::keys::OwnerKey;

/// An account that gives a line to some head, or one without a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AccountOfHead {
    /// Number of the part of the ledger.
    pub(super) part: u8,
    /// Number of the shard of its credits.
    pub(super) shard: u32,
    /// Number in the shard.
    pub(super) number: u32,
}

/// The accounts of each head in the parts of a ledger.
pub(super) struct AccountsOfHeads {
    /// By head, those without a head last; of each head sorted, each once.
    accounts: Vec<AccountOfHead>,
    /// Where the accounts of each head end, by number of the partner in the ledger; behind them, lines without a head.
    ends: Vec<usize>,
}

impl AccountsOfHeads {
    /// The accounts of every head: accounts that give it credit, within the window or outside of it, and accounts of subscriptions with which
    /// it is associated on some day.
    pub(super) fn new(parts: &[LedgerPartMaker<'_>], partners: usize) -> AccountsOfHeads {
        let without_head = u32::try_from(partners).expect("fewer than 2^32 partners");
        let mut accounts: Vec<(u32, AccountOfHead)> = Vec::new();
        for (nth, part) in (0_u8..).zip(parts) {
            let shards: Vec<(u32, &CreditShard)> = (0..).zip(&part.context.judging.credits.shards).collect();
            accounts.par_extend(shards.into_par_iter().flat_map_iter(|(shard, of)| {
                let at = AccountOfHead { part: nth, shard, number: 0 };
                part.heads_of(of, at, without_head)
            }));
        }
        accounts.par_sort_unstable();
        accounts.dedup();
        let mut ends = vec![0; partners + 1];
        accounts.iter().for_each(|(head, _)| ends[*head as usize] += 1);
        for nth in 1..ends.len() {
            ends[nth] += ends[nth - 1];
        }
        AccountsOfHeads { accounts: accounts.into_iter().map(|(_, account)| account).collect(), ends }
    }

    /// The accounts of a head, by its number in the ledger.
    pub(super) fn of_head(&self, head: usize) -> &[AccountOfHead] {
        let first = head.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.accounts[first..self.ends[head]]
    }

    /// The accounts that give lines without a head.
    pub(super) fn without_head(&self) -> &[AccountOfHead] {
        self.of_head(self.ends.len() - 1)
    }
}

impl LedgerPartMaker<'_> {
    /// The heads of each account of a shard. `at`: the shard; `without_head`: the number of lines without a head.
    fn heads_of(
        &self,
        shard: &CreditShard,
        at: AccountOfHead,
        without_head: u32,
    ) -> Vec<(u32, AccountOfHead)> {
        let mut heads = Vec::new();
        let (context, associations) = (&self.context, self.context.judging.associations);
        for number in 0..shard.accounts() {
            let account = shard.account(number);
            let year = context.window_year(account.year);
            let mut add = |head: u32| heads.push((head, AccountOfHead { number, ..at }));
            let attribution = context.partners.attribution(&account, year.days, context);
            match &attribution {
                Attribution::Constant(list) => list.iter().for_each(|(of, _)| add(self.heads[*of as usize])),
                Attribution::Tiers(credit) => {
                    credit.partners().iter().for_each(|(of, _)| add(self.heads[*of as usize]));
                }
                // A subscription that one partner has throughout is not among the changing ones.
                Attribution::ByTime(subscription) => {
                    let lists = associations.outcomes_within(*subscription);
                    let lists = lists.flat_map(|outcome| context.partners.of_outcome(outcome));
                    lists.for_each(|(of, _)| add(self.heads[*of as usize]));
                }
                Attribution::WithoutPartner(_) => {}
            }
            if account.owner != OwnerKey::Associations {
                continue;
            }
            if let Some(subscription) = subscription_number(&account, &context.judging) {
                let changing = associations.changing();
                let first = changing.partition_point(|(of, ..)| *of < subscription);
                let of_subscription = changing[first..].iter().take_while(|(of, ..)| *of == subscription);
                of_subscription.for_each(|(_, head, _)| {
                    add(self.heads[context.partners.of_associations(*head) as usize]);
                });
            }
            let has_partner = matches!(attribution, Attribution::Constant(list) if !list.is_empty());
            let judgeable = Judgeable { shard, number, account, year };
            if !has_partner || judgeable.periods(context.judging.window).any(|(.., is_inside, _)| !is_inside)
            {
                add(without_head);
            }
        }
        heads
    }
}
