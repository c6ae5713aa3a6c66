//! Which accounts give lines of the ledger to which heads. Comes in: the same credits and rules as the ledger has. Goes out: the accounts of each
//! head, so that the lines of some heads are made without a look at the accounts of all others. It makes no line.

use rayon::prelude::*;

use super::attribute::{Attribution, PartnerIndex, subscription_number};
use super::{Context, Judging};
use crate::base::ids::PartnerId;
use crate::credits::CreditShard;
use crate::credits::keys::OwnerKey;

/// The accounts of each head in one table of credits.
#[derive(Debug)]
pub(crate) struct AccountsOfHeads {
    /// In report order, each once.
    heads: Vec<PartnerId>,
    /// Number of the head, of the shard, and of the account in it; sorted, each once.
    accounts: Vec<(u32, u32, u32)>,
    shards: usize,
}

impl AccountsOfHeads {
    /// The accounts of every head: accounts that give it credit, within the window or outside of it, and accounts of subscriptions with which
    /// it is associated on some day.
    pub(crate) fn new(judging: Judging<'_>) -> AccountsOfHeads {
        let partners = PartnerIndex::new(judging);
        let context = Context::new(judging, &partners);
        let head_ids: Vec<&PartnerId> = partners.ids.iter().map(|id| judging.roster.head(id)).collect();
        let mut heads: Vec<PartnerId> = head_ids.iter().map(|id| (*id).clone()).collect();
        heads.par_sort_unstable();
        heads.dedup();
        let number = |id: &&PartnerId| {
            let nth = heads.binary_search(id).expect("every head was collected");
            u32::try_from(nth).expect("fewer than 2^32 partners")
        };
        let head_of: Vec<u32> = head_ids.iter().map(number).collect();
        let shards = &judging.credits.shards;
        let mut accounts: Vec<(u32, u32, u32)> = (0_u32..)
            .zip(shards)
            .collect::<Vec<_>>()
            .into_par_iter()
            .flat_map_iter(|(nth, shard)| context.heads_of(shard, &head_of, nth))
            .collect();
        accounts.par_sort_unstable();
        accounts.dedup();
        let shards = shards.len();
        drop(context);
        AccountsOfHeads { heads, accounts, shards }
    }

    /// The accounts of some heads, by shard; sorted, each once.
    pub(super) fn of(&self, wanted: &[PartnerId]) -> Vec<Vec<u32>> {
        let mut by_shard = vec![Vec::new(); self.shards];
        for head in wanted.iter().filter_map(|head| self.heads.binary_search(head).ok()) {
            let is_before = |(of, ..): &(u32, u32, u32)| (*of as usize) < head;
            let first = self.accounts.partition_point(is_before);
            let of_head = self.accounts[first..].iter().take_while(|(of, ..)| *of as usize == head);
            of_head.for_each(|(_, shard, account)| by_shard[*shard as usize].push(*account));
        }
        for accounts in &mut by_shard {
            accounts.sort_unstable();
            accounts.dedup();
        }
        by_shard
    }
}

impl Context<'_> {
    /// The heads of each account of a shard, with the number of the shard.
    fn heads_of(&self, shard: &CreditShard, head_of: &[u32], nth: u32) -> Vec<(u32, u32, u32)> {
        let mut heads = Vec::new();
        let associations = self.judging.associations;
        for number in 0..shard.accounts() {
            let account = shard.account(number);
            let mut add = |partner: u32| heads.push((head_of[partner as usize], nth, number));
            match self.partners.attribution(&account, self.window_year(account.year).days, self) {
                Attribution::Constant(list) => list.iter().for_each(|(partner, _)| add(*partner)),
                Attribution::Tiers(credit) => credit.partners().iter().for_each(|(partner, _)| add(*partner)),
                // A subscription that one partner has throughout is not among the changing ones.
                Attribution::ByTime(subscription) => {
                    let lists = associations.outcomes_within(subscription);
                    let lists = lists.map(|outcome| self.partners.of_outcome(outcome));
                    lists.flatten().for_each(|(partner, _)| add(*partner));
                }
                Attribution::WithoutPartner(_) => {}
            }
            if account.owner == OwnerKey::Associations
                && let Some(subscription) = subscription_number(&account, &self.judging)
            {
                let changing = associations.changing();
                let first = changing.partition_point(|(of, ..)| *of < subscription);
                let of_subscription = changing[first..].iter().take_while(|(of, ..)| *of == subscription);
                of_subscription.for_each(|(_, head, _)| add(self.partners.of_associations(*head)));
            }
        }
        heads
    }
}
