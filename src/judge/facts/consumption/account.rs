//! The credit of one account: its rows within the window are given to the partners of its attribution. Comes in: an account and its
//! attribution. Goes out: credit by head and association in the totals, or candidates for the choice of one association. It does not
//! choose.

use super::Context;
use super::choose::Rival;
use super::months::{Judgeable, day_of};
use super::slots::UsdCredit;
use super::totals::{CreditedRows, PartialTotals};
use crate::base::amount::Amount;
use crate::base::association::AssociationSet;
use crate::credits::RowsAndAmount;
use crate::credits::credit_table::YEAR_MONTHS;
use crate::credits::keys::{Account, ProviderNumber};
use crate::judge::associations::SubscriptionNumber;

/// The months of one (partner, associations) of an account whose attribution changes.
pub(super) struct PartnerMonths {
    partner: u32,
    associations: AssociationSet,
    sums: [Amount; YEAR_MONTHS],
    months: u16,
}

impl Context<'_> {
    /// Judges an account all of whose rows in the window have the same partners. Returns the number of rows that give credit.
    pub(super) fn judge_constant(
        &self,
        judgeable: Judgeable<'_>,
        list: &[(u32, AssociationSet)],
        part: &mut PartialTotals,
        rows: &mut CreditedRows,
        rivals: &mut Vec<Rival>,
    ) -> u64 {
        let account = judgeable.account;
        if list.is_empty() {
            let total = self.total(judgeable, part, |_, _| {});
            self.note_unassociated(account, total.sum, part);
            return 0;
        }
        let of_year = rows.of_year(account.currency, account.year);
        let total = self.total(judgeable, part, |nth, count| of_year[usize::from(nth)] += count);
        if total.sum.rows == 0 {
            return 0;
        }
        self.note_credited(account, total.sum, list.len(), part);
        let repeats = self.judging.sources[account.source as usize].repeats_per_association;
        for (partner, associations) in list.iter().copied() {
            let head = self.head_of[partner as usize];
            part.note_partner(account.source, (partner, head), (judgeable.year.first, total.months));
            part.by_currency[judgeable.currency()].magnitude.merge(total.magnitude);
            let is_accepted = associations.meets(self.accepted);
            if is_accepted && repeats {
                let Judgeable { number, .. } = judgeable;
                rivals.push(Rival::new(&account, number, head, partner, associations, total.months));
            } else {
                if is_accepted {
                    self.add_days(judgeable, head, part);
                }
                let credit = self.usd(judgeable, head, &total, part);
                self.count(head, associations, (judgeable, &credit), part);
            }
        }
        total.sum.rows
    }

    /// Judges an account whose partners change within the window: month by month, and day by day where the table holds days.
    pub(super) fn judge_by_time(
        &self,
        judgeable: Judgeable<'_>,
        subscription: SubscriptionNumber,
        part: &mut PartialTotals,
        rows: &mut CreditedRows,
        groups: &mut Vec<PartnerMonths>,
    ) {
        let Judgeable { shard, number, account, year } = judgeable;
        groups.clear();
        let (mut outside, mut unassociated) = (RowsAndAmount::default(), RowsAndAmount::default());
        let of_year = rows.of_year(account.currency, account.year);
        let months =
            shard.months(number).map(|(nth, sum)| (nth, year.month(nth).last_day(), year.is_whole(nth), sum));
        let days = shard.days(number).iter().map(|day| {
            let date = day_of(&year, day.month, day.day);
            (day.month, date, self.judging.window.contains(date), day.sum)
        });
        for (nth, day, is_inside, sum) in months.chain(days) {
            if !is_inside {
                outside.add(sum.rows, sum.amount);
                continue;
            }
            let Some(outcome) = self.judging.associations.outcome(subscription, day) else {
                unassociated.add(sum.rows, sum.amount);
                continue;
            };
            let list = self.partners.of_outcome(outcome);
            of_year[usize::from(nth)] += sum.rows;
            self.note_credited(account, sum, list.len(), part);
            for (partner, associations) in list.iter().copied() {
                let is_group =
                    |group: &PartnerMonths| (group.partner, group.associations) == (partner, associations);
                let group = match groups.iter().position(is_group) {
                    Some(nth) => &mut groups[nth],
                    None => {
                        groups.push(PartnerMonths {
                            partner,
                            associations,
                            sums: Default::default(),
                            months: 0,
                        });
                        groups.last_mut().expect("a group was pushed")
                    }
                };
                let of_month = &mut group.sums[usize::from(nth)];
                *of_month = of_month.plus_unchecked(sum.amount);
                group.months |= 1 << nth;
            }
        }
        self.note_outside(account, outside, part);
        self.note_unassociated(account, unassociated, part);
        for PartnerMonths { partner, associations, sums, months } in &*groups {
            let head = self.head_of[*partner as usize];
            part.note_partner(account.source, (*partner, head), (year.first, *months));
            let with_rows = (0..).zip(sums).filter(|(nth, _)| months >> nth & 1 == 1);
            let mut credit = UsdCredit::NONE;
            for (nth, amount) in with_rows {
                part.by_currency[judgeable.currency()].magnitude.add(*amount);
                if let Some(usd) = self.convert(account.currency, year.month(nth), *amount, head, part) {
                    credit.add(nth, usd);
                }
            }
            self.count(head, *associations, (judgeable, &credit), part);
        }
        let accepted = groups.iter().filter(|group| group.associations.meets(self.accepted));
        let heads: Vec<u32> = accepted.map(|group| self.head_of[group.partner as usize]).collect();
        self.add_by_window(judgeable, &heads, part);
    }

    /// Adds credit in USD to the consumption of its head, or to what the rule set does not accept. Without a month that could be converted it
    /// does nothing.
    fn count(
        &self,
        head: u32,
        associations: AssociationSet,
        (judgeable, credit): (Judgeable<'_>, &UsdCredit),
        part: &mut PartialTotals,
    ) {
        if credit.months == 0 {
            return;
        }
        let into = if associations.meets(self.accepted) {
            part.timeline.add_months(head, judgeable.year.first, credit);
            &mut part.consumption[head as usize]
        } else {
            part.not_accepted.entry(associations).or_default()
        };
        *into = into.plus_unchecked(credit.sum);
    }

    /// Counts rows outside of the window.
    pub(super) fn note_outside(&self, account: Account, outside: RowsAndAmount, part: &mut PartialTotals) {
        if outside.rows > 0 {
            let of_currency = &mut part.by_currency[usize::from(account.currency)];
            of_currency.all.add(outside.rows, outside.amount);
            of_currency.outside_window.add(outside.rows, outside.amount);
            part.by_source[account.source as usize].outside_window += outside.rows;
        }
    }

    /// Counts rows of a subscription that no partner is associated with.
    fn note_unassociated(&self, account: Account, sum: RowsAndAmount, part: &mut PartialTotals) {
        if sum.rows > 0 {
            let of_currency = &mut part.by_currency[usize::from(account.currency)];
            of_currency.all.add(sum.rows, sum.amount);
            of_currency.unassociated.add(sum.rows, sum.amount);
            part.by_source[account.source as usize].unassociated += sum.rows;
        }
    }

    /// Counts rows that credit `partners` partners.
    fn note_credited(&self, account: Account, sum: RowsAndAmount, partners: usize, part: &mut PartialTotals) {
        let of_currency = &mut part.by_currency[usize::from(account.currency)];
        of_currency.all.add(sum.rows, sum.amount);
        of_currency.credited.add(sum.rows, sum.amount);
        of_currency.all_credits = of_currency.all_credits.plus_unchecked(sum.amount);
        for _ in 1..partners {
            of_currency.all_credits = of_currency.all_credits.plus_unchecked(sum.amount);
            of_currency.shared = of_currency.shared.plus_unchecked(sum.amount);
        }
        part.by_source[account.source as usize].credited += sum.rows;
    }

    /// Counts rows of a tenant that no partner has.
    pub(super) fn note_without_partner(
        &self,
        judgeable: Judgeable<'_>,
        tenant: ProviderNumber,
        part: &mut PartialTotals,
    ) {
        let account = judgeable.account;
        let total = self.total(judgeable, part, |_, _| {});
        if total.sum.rows == 0 {
            return;
        }
        let of_currency = &mut part.by_currency[judgeable.currency()];
        of_currency.all.add(total.sum.rows, total.sum.amount);
        of_currency.without_partner.add(total.sum.rows, total.sum.amount);
        part.by_source[account.source as usize].without_partner += total.sum.rows;
        self.months(judgeable, |nth, sum| {
            let key = (tenant, account.currency, judgeable.year.month(nth));
            part.without_partner.entry(key).or_default().add(sum.rows, sum.amount);
        });
    }
}
