//! Consumption that an export repeats once per association. Comes in: the rivals of one head and subscription. Goes out: the credit of the
//! association that counts, in USD; the rest is duplicate. `choose` has the order of preference.

use super::Context;
use super::choose::{Rival, choose_of_month};
use super::months::Judgeable;
use super::totals::PartialTotals;
use crate::base::amount::Amount;
use crate::credits::CreditShard;

impl Context<'_> {
    /// The credit of one head and subscription that counts, in USD. Adds the rest to `part.duplicate`.
    pub(super) fn counted(&self, shard: &CreditShard, rivals: &[Rival], part: &mut PartialTotals) -> Amount {
        let Some(first) = self.first_of_all_months(rivals) else {
            let mut candidates = Vec::new();
            for rival in rivals {
                let judgeable = self.judgeable(shard, rival);
                self.months(judgeable, |month, sum| {
                    if let Some(usd) =
                        self.convert(judgeable.account.currency, month, sum.amount, rival.head, part)
                    {
                        candidates.push((month, rival.partner, rival.associations, usd));
                    }
                });
            }
            return choose_of_month(&mut candidates, &mut part.duplicate);
        };
        let mut counted = Amount::ZERO;
        for (nth, rival) in rivals.iter().enumerate() {
            let judgeable = self.judgeable(shard, rival);
            let total = self.total_again(judgeable);
            let usd = self.usd(judgeable, rival.head, &total, part).unwrap_or_default();
            let into = if nth == first { &mut counted } else { &mut part.duplicate };
            *into = into.plus_unchecked(usd);
        }
        counted
    }

    /// The account of a rival.
    fn judgeable<'s>(&self, shard: &'s CreditShard, rival: &Rival) -> Judgeable<'s> {
        let account = shard.account(rival.number);
        Judgeable { shard, number: rival.number, account, year: self.window_year(account.year) }
    }

    /// Fast path: the index of the rival that has the best priority and rows in every month of the others, so that it is chosen in all of
    /// them. `None` if the choice must be made month by month.
    fn first_of_all_months(&self, rivals: &[Rival]) -> Option<usize> {
        let (first, chosen) = rivals.iter().enumerate().min_by_key(|(_, rival)| rival.priority())?;
        let is_behind = |(nth, rival): (usize, &Rival)| {
            nth == first || chosen.priority() < rival.priority() && chosen.has_months_of(rival)
        };
        // A month that has no rate has no credit to be chosen.
        let needs_no_rate = rivals.len() == 1 || self.is_usd[usize::from(chosen.currency)];
        (needs_no_rate && rivals.iter().enumerate().all(is_behind)).then_some(first)
    }
}
