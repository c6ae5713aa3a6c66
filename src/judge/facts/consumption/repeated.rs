//! Consumption that an export repeats once per association. Comes in: the rivals of one head and subscription. Goes out: the credit of the
//! association that counts, in USD, added to the totals; the rest is duplicate. `choose` has the order of preference.

use super::Context;
use super::choose::{Rival, choose_of_month};
use super::months::Judgeable;
use super::totals::PartialTotals;
use crate::credits::CreditShard;

impl Context<'_> {
    /// Counts the credit of one head and subscription, in USD. Adds the rest to `part.duplicate`.
    pub(super) fn count_chosen(&self, shard: &CreditShard, rivals: &[Rival], part: &mut PartialTotals) {
        let head = rivals[0].head;
        for rival in rivals {
            self.add_by_window(self.judgeable(shard, rival), &[head], part);
        }
        let Some(first) = self.first_of_all_months(rivals) else {
            let mut candidates = Vec::new();
            for rival in rivals {
                let judgeable = self.judgeable(shard, rival);
                self.months(judgeable, |nth, sum| {
                    let month = judgeable.year.month(nth);
                    if let Some(usd) = self.convert(judgeable.account.currency, month, sum.amount, head, part)
                    {
                        candidates.push((month, rival.partner, rival.associations, usd));
                    }
                });
            }
            for (month, usd) in choose_of_month(&mut candidates, &mut part.duplicate) {
                let sum = &mut part.consumption[head as usize];
                *sum = sum.plus_unchecked(usd);
                part.timeline.add_month(head, month, usd);
            }
            return;
        };
        for (nth, rival) in rivals.iter().enumerate() {
            let judgeable = self.judgeable(shard, rival);
            let total = self.total_again(judgeable);
            let credit = self.usd(judgeable, head, &total, part);
            let into = if nth == first {
                part.timeline.add_months(head, judgeable.year.first, &credit);
                &mut part.consumption[head as usize]
            } else {
                &mut part.duplicate
            };
            *into = into.plus_unchecked(credit.sum);
        }
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
