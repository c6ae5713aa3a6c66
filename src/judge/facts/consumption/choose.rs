//! The choice of one association, where an export repeats consumption once per association of a partner (SPEC 3.3). Comes in: accepted
//! accounts of one head and subscription. Goes out: the sum that counts, and the sum of duplicate credit.

use std::cmp::{Ordering, Reverse};
use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use crate::base::amount::Amount;
use crate::base::association::{Association, AssociationSet};
use crate::base::calendar::Month;
use crate::credits::SubscriptionKey;
use crate::credits::keys::Account;

/// An accepted account of an export that repeats consumption.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rival {
    /// A hash of the subscription, compared first, since it is cheaper than the subscription. Two subscriptions may share one.
    subscription_hash: u64,
    subscription: SubscriptionKey,
    pub(super) head: u32,
    pub(super) partner: u32,
    pub(super) associations: AssociationSet,
    pub(super) currency: u16,
    year: i16,
    /// Months with rows in the window: a bit for each.
    months: u16,
    /// Number of the account in its shard.
    pub(super) number: u32,
}

impl Rival {
    pub(super) fn new(
        account: &Account,
        number: u32,
        head: u32,
        partner: u32,
        associations: AssociationSet,
        months: u16,
    ) -> Rival {
        Rival {
            subscription_hash: FixedState::default().hash_one(account.subscription),
            subscription: account.subscription,
            head,
            partner,
            associations,
            currency: account.currency,
            year: account.year,
            months,
            number,
        }
    }

    /// The order by head and subscription, then partner and associations. The hash of the subscription decides most comparisons.
    pub(super) fn order(&self, other: &Rival) -> Ordering {
        let rest = |rival: &Rival| (rival.subscription, rival.partner, rival.associations);
        self.hash_and_head().cmp(&other.hash_and_head()).then_with(|| rest(self).cmp(&rest(other)))
    }

    /// Whether both belong to one consumption: one head and one subscription.
    pub(super) fn is_one_consumption(&self, other: &Rival) -> bool {
        self.hash_and_head() == other.hash_and_head() && self.subscription == other.subscription
    }

    fn hash_and_head(&self) -> (u64, u32) {
        (self.subscription_hash, self.head)
    }

    /// The rank of the best association; the smaller one wins.
    pub(super) fn priority(&self) -> Option<Association> {
        self.associations.iter().next()
    }

    /// Whether this rival has rows in every month in which the other has.
    pub(super) fn has_months_of(&self, other: &Rival) -> bool {
        self.year == other.year && other.months & !self.months == 0
    }
}

/// A month of a rival: partner, associations, USD.
pub(super) type Candidate = (Month, u32, AssociationSet, Amount);

/// The candidates of one head and subscription that count, by month. Adds the rest to `duplicate`.
pub(super) fn choose_of_month(candidates: &mut [Candidate], duplicate: &mut Amount) -> Vec<(Month, Amount)> {
    candidates.sort_by_key(|(month, partner, associations, _)| (*month, *partner, *associations));
    let of_months = candidates.chunk_by(|a, b| a.0 == b.0);
    let chosen = of_months.map(|of_month| {
        let (counted, rest) = choose(of_month);
        *duplicate = duplicate.plus_unchecked(rest);
        (of_month[0].0, counted)
    });
    chosen.collect()
}

/// The sum that counts, and the sum of the rest, of the candidates of one head, subscription and month. `candidates` are sorted by partner
/// and associations.
fn choose(candidates: &[Candidate]) -> (Amount, Amount) {
    let sum = |of: &[Candidate]| of.iter().fold(Amount::ZERO, |sum, one| sum.plus_unchecked(one.3));
    // The sum of each (partner, associations), over currencies and sources.
    let sums = candidates.chunk_by(|a, b| (a.1, a.2) == (b.1, b.2)).map(|one| (one[0].2, sum(one), one[0].1));
    // Highest priority first, then the greater amount, then the first partner.
    let chosen = sums.min_by_key(|(set, usd, partner)| (set.iter().next(), Reverse(*usd), *partner));
    let counted = chosen.map_or(Amount::ZERO, |(_, usd, _)| usd);
    (counted, Amount::from_raw(sum(candidates).raw().wrapping_sub(counted.raw())))
}
