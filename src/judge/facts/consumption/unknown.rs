//! What credits leave unknown: consumption that no partner is associated with on its day, credit whose rate is unknown, consumption of
//! tenants that no partner has, and consumption of subscriptions with a refused association. Comes in: the accounts of a run. Goes out: how
//! far each head's consumption could move. It counts nothing, and runs only where something of that kind was met.

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use rayon::prelude::*;

use super::attribute::Attribution;
use super::credit_unknowns::{CreditUnknowns, HeadCreditUnknowns, TenantMonths, TenantReach};
use super::months::{Judgeable, day_of};

use super::totals::PartialTotals;
use super::{Context, Judging};
use crate::base::amount::Amount;
use crate::base::association::{Association, AssociationSet};
use crate::base::calendar::{Day, Month};
use crate::base::ids::{PartnerId, SubscriptionId};
use crate::credits::keys::{Account, OwnerKey};
use crate::credits::{CreditShard, RowsAndAmount};
use crate::judge::associations::SubscriptionNumber;
use crate::judge::bounds::{AmountReach, CellCandidate, PossibleRates};

/// Partners with their associations and amounts, by subscription, month and head. **Absent** amount: its rate is unknown.
type Cells = BTreeMap<(SubscriptionId, Month, u32), Vec<(u32, AssociationSet, Option<Amount>)>>;

/// The unknowns of some shards.
#[derive(Default)]
struct PartialUnknowns {
    of_everyone: AmountReach,
    by_head: HashMap<u32, HeadCreditUnknowns, FixedState>,
    /// Σ of credit whose rate is unknown, by head, currency and month. One rate converts all of it, so that the sum decides its sign.
    without_rate: HashMap<(u32, u16, Month), Amount, FixedState>,
    /// Credit of exports that repeat consumption, in cells with refused rows: by subscription, month and head.
    cells: Cells,
    /// Unassociated consumption of subscriptions that are associated with the head on other days.
    unassociated: HashMap<(u32, Month), AmountReach, FixedState>,
    /// Consumption of tenants that no partner has.
    tenants: TenantMonths,
}

impl PartialUnknowns {
    fn merge(mut self, other: PartialUnknowns) -> PartialUnknowns {
        self.of_everyone.add(other.of_everyone);
        for (head, theirs) in other.by_head {
            let ours = self.by_head.entry(head).or_default();
            ours.refused.add(theirs.refused);
            ours.credited.add(theirs.credited);
            ours.both.add(theirs.both);
        }
        for (key, amount) in other.without_rate {
            let sum = self.without_rate.entry(key).or_default();
            *sum = sum.plus_unchecked(amount);
        }
        for (cell, candidates) in other.cells {
            self.cells.entry(cell).or_default().extend(candidates);
        }
        for (key, reach) in other.unassociated {
            self.unassociated.entry(key).or_default().add(reach);
        }
        for (key, theirs) in other.tenants {
            let ours = self.tenants.entry(key).or_default();
            ours.known = ours.known.plus_unchecked(theirs.known);
            ours.unbounded.add(theirs.unbounded);
        }
        self
    }
}

impl Context<'_> {
    /// What the credits leave unknown. `totals`: the outcome of all credits; `heads`: by their number.
    pub(super) fn unknown(&self, totals: &PartialTotals, heads: &[&PartnerId]) -> CreditUnknowns {
        let Judging { refused, credits, .. } = self.judging;
        let is_unassociated = totals.by_currency.iter().any(|of| of.unassociated.rows > 0);
        let needs_pass = is_unassociated
            || !totals.without_rate.is_empty()
            || !totals.without_partner.is_empty()
            || !refused.associations.is_empty()
            || !refused.rates.is_empty()
            || !refused.repeated.is_empty();
        if !needs_pass {
            return CreditUnknowns::default();
        }
        let changing = if is_unassociated { self.judging.associations.changing() } else { &[] };
        let parts = credits
            .shards
            .par_iter()
            .fold(PartialUnknowns::default, |part, shard| self.unknown_of(part, shard, changing));
        let all = parts.reduce(PartialUnknowns::default, PartialUnknowns::merge);
        let mut unknowns = CreditUnknowns {
            of_everyone: all.of_everyone,
            tenants: TenantReach::new(&all.tenants, credits),
            ..CreditUnknowns::default()
        };
        unknowns.of_everyone.add(unknowns.tenants.of_all());
        let mut by_head = all.by_head;
        let named = |((head, month), reach): (&(u32, Month), &AmountReach)| {
            (heads[*head as usize].clone(), *month, *reach)
        };
        unknowns.unassociated = all.unassociated.iter().map(named).collect();
        unknowns.unassociated.sort_unstable_by(|(a, from, _), (b, other, _)| (a, from).cmp(&(b, other)));
        for ((head, _), reach) in all.unassociated {
            by_head.entry(head).or_default().unassociated.add(reach);
        }
        for ((head, currency, month), sum) in all.without_rate {
            by_head.entry(head).or_default().refused.add(self.unknown_rate(currency, month, sum));
            let of_rate =
                unknowns.without_rate.entry((self.currency(currency).to_owned(), month)).or_default();
            of_rate.push(heads[head as usize].clone());
        }
        unknowns.without_rate.values_mut().for_each(|heads| heads.sort_unstable());
        let mut in_cells: BTreeMap<PartnerId, AmountReach> = BTreeMap::new();
        let mut rest = refused.repeated.cells_of_heads();
        for ((subscription, month, number), candidates) in &all.cells {
            let head = heads[*number as usize];
            rest.remove(&(subscription, *month, head));
            let with_ids: Vec<CellCandidate<'_>> = candidates
                .iter()
                .map(|(partner, set, usd)| (&self.partners.ids[*partner as usize], *set, *usd))
                .collect();
            if let Some(reach) = refused.repeated.reach((subscription, *month), head, &with_ids) {
                in_cells.entry(head.clone()).or_default().add(reach);
            }
        }
        for (subscription, month, head) in rest {
            if let Some(reach) = refused.repeated.reach((subscription, month), head, &[]) {
                in_cells.entry(head.clone()).or_default().add(reach);
            }
        }
        let named = |(head, of_head): (u32, HeadCreditUnknowns)| (heads[head as usize].clone(), of_head);
        unknowns.by_head = by_head.into_iter().map(named).collect();
        for (head, reach) in in_cells {
            unknowns.by_head.entry(head).or_default().refused.add(reach);
        }
        unknowns
    }

    fn possible_rates(&self) -> PossibleRates<'_> {
        let Judging { rates, refused, window, .. } = self.judging;
        PossibleRates { rates, refused: &refused.rates, window }
    }

    fn currency(&self, number: u16) -> &str {
        &self.judging.credits.currencies[usize::from(number)]
    }

    /// Whether the rate of a currency and month is unknown.
    fn is_without_rate(&self, currency: u16, month: Month) -> bool {
        let number = usize::from(currency);
        let is_refused = || self.judging.refused.rates.may_be_of(self.currency(currency), month);
        !self.is_usd[number] && (!self.rate_of[number].contains_key(&month) || is_refused())
    }

    /// How far an unknown rate could move the credit of a month: its sign is known. What a refused rate might replace counts today.
    fn unknown_rate(&self, currency: u16, month: Month, sum: Amount) -> AmountReach {
        let mut reach = AmountReach::of_sign(sum);
        let rate = self.rate_of[usize::from(currency)].get(&month);
        if let Some(usd) = rate.and_then(|rate| sum.convert(*rate)) {
            reach.add(AmountReach::of_amount(Amount::from_raw(-usd.raw())));
        }
        reach
    }

    fn unknown_of(
        &self,
        mut part: PartialUnknowns,
        shard: &CreditShard,
        changing: &[(SubscriptionNumber, u32, AssociationSet)],
    ) -> PartialUnknowns {
        for number in 0..shard.accounts() {
            let account = shard.account(number);
            let judgeable = Judgeable { shard, number, account, year: self.window_year(account.year) };
            match account.owner {
                OwnerKey::Associations => self.unknown_of_associations(judgeable, changing, &mut part),
                OwnerKey::Partner(..) | OwnerKey::Provider(_) => self.unknown_of_named(judgeable, &mut part),
            }
        }
        part
    }

    /// An account whose rows name their partner.
    fn unknown_of_named(&self, judgeable: Judgeable<'_>, part: &mut PartialUnknowns) {
        let Judgeable { account, year, .. } = judgeable;
        self.note_cells(judgeable, part);
        // Credit in USD is known, unless no partner has the tenant of its provider.
        if self.is_usd[judgeable.currency()] && matches!(account.owner, OwnerKey::Partner(..)) {
            return;
        }
        match self.partners.attribution(&account, year.days, self) {
            Attribution::Constant(list) => self.note_rates(judgeable, list, part),
            Attribution::Tiers(credit) => self.note_rates(judgeable, credit.partners(), part),
            Attribution::ByTime(_) => {}
            Attribution::WithoutPartner(tenant) => {
                if !AssociationSet::of(Association::CspTier1).meets(self.accepted) {
                    return;
                }
                let rates = self.possible_rates();
                self.months(judgeable, |nth, sum| {
                    let month = judgeable.year.month(nth);
                    let of_month = part.tenants.entry((tenant, month)).or_default();
                    match rates.usd(self.currency(account.currency), month, sum.amount) {
                        Some(usd) => of_month.known = of_month.known.plus_unchecked(usd),
                        None => of_month.unbounded.add(AmountReach::of_sign(sum.amount)),
                    }
                });
            }
        }
    }

    /// Notes the months of an account whose rate is unknown.
    fn note_rates(
        &self,
        judgeable: Judgeable<'_>,
        list: &[(u32, AssociationSet)],
        part: &mut PartialUnknowns,
    ) {
        let account = judgeable.account;
        let repeats = self.judging.sources[account.source as usize].repeats_per_association;
        let accepted: Vec<u32> = self.accepted_heads(list);
        self.months(judgeable, |nth, sum| {
            let month = judgeable.year.month(nth);
            if !self.is_without_rate(account.currency, month) {
                return;
            }
            for head in &accepted {
                note_without_rate(part, (*head, account.currency, month), sum.amount);
                if repeats {
                    // The month may also displace another association that counts.
                    part.by_head.entry(*head).or_default().refused.add(AmountReach::ANYTHING);
                }
            }
        });
    }

    /// Notes the months of an account of an export that repeats consumption, as far as a refused row may be of them.
    fn note_cells(&self, judgeable: Judgeable<'_>, part: &mut PartialUnknowns) {
        let Judgeable { account, year, .. } = judgeable;
        let Judging { refused, sources, credits, .. } = self.judging;
        if refused.repeated.is_empty() || !sources[account.source as usize].repeats_per_association {
            return;
        }
        let subscription = match account.subscription.guid() {
            Some(guid) => SubscriptionId::Guid(guid),
            None => SubscriptionId::of(&credits.subscription(account.subscription)),
        };
        if !refused.repeated.has(&subscription) {
            return;
        }
        let Attribution::Constant(list) = self.partners.attribution(&account, year.days, self) else {
            return;
        };
        let rates = self.possible_rates();
        for (partner, set) in list.iter().filter(|(_, set)| set.meets(self.accepted)) {
            let head = self.head_of[*partner as usize];
            self.months(judgeable, |nth, sum| {
                let month = judgeable.year.month(nth);
                let usd = rates.usd(self.currency(account.currency), month, sum.amount);
                let cell = part.cells.entry((subscription.clone(), month, head)).or_default();
                cell.push((*partner, *set, usd));
            });
        }
    }

    /// An account for which the associations file decides.
    fn unknown_of_associations(
        &self,
        judgeable: Judgeable<'_>,
        changing: &[(SubscriptionNumber, u32, AssociationSet)],
        part: &mut PartialUnknowns,
    ) {
        let account = judgeable.account;
        let (subscription, may_be_refused) = self.subscription_of(&account);
        let of_other_days = self.associated_on_other_days(subscription, changing);
        if of_other_days.is_empty() && !may_be_refused && self.is_usd[judgeable.currency()] {
            return;
        }
        let rates = self.possible_rates();
        self.each_period(judgeable, |month, day, sum| {
            let outcome = subscription.and_then(|number| self.judging.associations.outcome(number, day));
            let list = outcome.map_or(&[][..], |outcome| self.partners.of_outcome(outcome));
            let accepted = self.accepted_heads(list);
            if self.is_without_rate(account.currency, month) {
                for head in &accepted {
                    note_without_rate(part, (*head, account.currency, month), sum.amount);
                }
            }
            let reach = rates.reach(self.currency(account.currency), month, sum.amount);
            if may_be_refused {
                part.of_everyone.add(reach);
                for head in &accepted {
                    part.by_head.entry(*head).or_default().credited.add(reach);
                }
            }
            if outcome.is_none() {
                for head in &of_other_days {
                    part.unassociated.entry((*head, month)).or_default().add(reach);
                    if may_be_refused {
                        part.by_head.entry(*head).or_default().both.add(reach);
                    }
                }
            }
        });
    }

    /// The number of the subscription of an account, and whether a refused association may be of it.
    fn subscription_of(&self, account: &Account) -> (Option<SubscriptionNumber>, bool) {
        let Judging { associations, refused, credits, .. } = self.judging;
        let text = || credits.subscription(account.subscription);
        let number = match account.subscription.guid() {
            Some(guid) => associations.subscription_of_guid(guid),
            None => associations.subscription(&text()),
        };
        (number, !refused.associations.is_empty() && refused.associations.may_be_of(&text()))
    }

    /// Heads with an accepted association of the subscription on any day, if the subscription is unassociated on some days.
    fn associated_on_other_days(
        &self,
        subscription: Option<SubscriptionNumber>,
        changing: &[(SubscriptionNumber, u32, AssociationSet)],
    ) -> Vec<u32> {
        let Some(subscription) = subscription else { return Vec::new() };
        let first = changing.partition_point(|(other, ..)| *other < subscription);
        let of_one = changing[first..].iter().take_while(|(other, ..)| *other == subscription);
        let accepted = of_one.filter(|(_, _, set)| set.meets(self.accepted));
        let mut heads: Vec<u32> = accepted.map(|(_, head, _)| self.partners.of_associations(*head)).collect();
        for head in &mut heads {
            *head = self.head_of[*head as usize];
        }
        heads.sort_unstable();
        heads.dedup();
        heads
    }

    /// The heads of those partners that are credited by an accepted association.
    fn accepted_heads(&self, list: &[(u32, AssociationSet)]) -> Vec<u32> {
        let accepted = list.iter().filter(|(_, set)| set.meets(self.accepted));
        let mut heads: Vec<u32> = accepted.map(|(partner, _)| self.head_of[*partner as usize]).collect();
        heads.sort_unstable();
        heads.dedup();
        heads
    }

    /// Gives `each` the sum of every month of an account within the window, or of every day where days are held, with its last day.
    fn each_period(&self, judgeable: Judgeable<'_>, mut each: impl FnMut(Month, Day, RowsAndAmount)) {
        let Judgeable { shard, number, year, .. } = judgeable;
        for (nth, sum) in shard.months(number).filter(|(nth, _)| year.is_whole(*nth)) {
            each(year.month(nth), year.month(nth).last_day(), sum);
        }
        for day in shard.days(number) {
            let date = day_of(&year, day.month, day.day);
            if self.judging.window.contains(date) {
                each(year.month(day.month), date, day.sum);
            }
        }
    }
}

fn note_without_rate(part: &mut PartialUnknowns, key: (u32, u16, Month), amount: Amount) {
    let sum = part.without_rate.entry(key).or_default();
    *sum = sum.plus_unchecked(amount);
}
