//! The lines of the ledger that accounts give. Comes in: a shard of credits, attribution. Goes out: its lines, in no order; where an export repeats
//! consumption, one association of each head, subscription and month counts.

use std::cmp::{Ordering, Reverse};

use super::Context;
use super::attribute::{Attribution, subscription_number};
use super::ledger::{LedgerLine, LedgerReason, LedgerScope, NO_PARTNER};
use super::months::{Judgeable, day_of};
use crate::base::amount::Amount;
use crate::base::association::AssociationSet;
use crate::base::calendar::{Day, Month};
use crate::credits::keys::OwnerKey;
use crate::credits::{CreditShard, RowsAndAmount};

/// The numbers of partners in a ledger, by their numbers in judging.
pub(super) struct LedgerNumbers<'s> {
    pub(super) partners: Vec<u32>,
    /// **Absent**: lines of the head are not wanted.
    pub(super) heads: Vec<Option<u32>>,
    pub(super) scope: Option<LedgerScope<'s>>,
    pub(super) excluded: Option<LedgerReason>,
}

/// The credit of one partner, or of none, in a month, within the window or outside of it.
type PeriodCredit<'p> = (Month, bool, &'p [(u32, AssociationSet)], RowsAndAmount);

/// A sum of an account: its month, the last day of its period, whether the window has it.
type PeriodSum = (Month, Day, bool, RowsAndAmount);

impl Context<'_> {
    /// The lines of some accounts of a shard.
    pub(super) fn ledger_of(
        &self,
        shard: &CreditShard,
        accounts: impl Iterator<Item = u32>,
        numbers: &LedgerNumbers<'_>,
    ) -> Vec<LedgerLine> {
        let mut lines = Vec::new();
        // Lines that repeat consumption: one association counts.
        let mut rivals = Vec::new();
        for number in accounts {
            let account = shard.account(number);
            let judgeable = Judgeable { shard, number, account, year: self.window_year(account.year) };
            let mut maker =
                LineMaker { context: self, numbers, judgeable, lines: &mut lines, rivals: &mut rivals };
            let tiers;
            match self.partners.attribution(&account, judgeable.year.days, self) {
                Attribution::Constant(list) => maker.constant(list),
                Attribution::Tiers(credit) => {
                    tiers = credit;
                    maker.constant(tiers.partners());
                }
                Attribution::ByTime(subscription) => maker.by_time(|day| {
                    let outcome = self.judging.associations.outcome(subscription, day);
                    outcome.map_or(&[], |outcome| self.partners.of_outcome(outcome))
                }),
                // Its rows are refused: each is a line of the rejects.
                Attribution::WithoutPartner(_) => {}
            }
        }
        choose(&mut rivals);
        lines.append(&mut rivals);
        lines
    }

    /// An amount in USD. **Absent**: the month has no rate.
    fn converted(&self, currency: u16, month: Month, amount: Amount) -> Option<Amount> {
        let number = usize::from(currency);
        if self.is_usd[number] { Some(amount) } else { amount.convert(*self.rate_of[number].get(&month)?) }
    }
}

/// Lets one association of each head, subscription and month count, where an export repeats consumption: see `choose`.
fn choose(rivals: &mut [LedgerLine]) {
    let cell = |line: &LedgerLine| (line.subscription, line.head, line.month);
    let credit = |line: &LedgerLine| (line.partner, line.associations);
    rivals.sort_unstable_by(|a, b| cell(a).cmp(&cell(b)).then_with(|| credit(a).cmp(&credit(b))));
    for of_cell in rivals.chunk_by_mut(|a, b| cell(a) == cell(b)) {
        let sum =
            |of: &[LedgerLine]| of.iter().fold(Amount::ZERO, |sum, line| sum.plus_unchecked(line.converted));
        let chosen = of_cell
            .chunk_by(|a, b| credit(a) == credit(b))
            .map(|of| (of[0].associations.iter().next(), Reverse(sum(of)), credit(&of[0])))
            .min();
        let counts = |line: &LedgerLine| {
            chosen.is_some_and(|(.., chosen)| chosen.cmp(&credit(line)) == Ordering::Equal)
        };
        of_cell
            .iter_mut()
            .filter(|line| !counts(line))
            .for_each(|line| line.reason = LedgerReason::Duplicate);
    }
}

/// Makes the lines of one account.
struct LineMaker<'m, 'c> {
    context: &'m Context<'c>,
    numbers: &'m LedgerNumbers<'m>,
    judgeable: Judgeable<'m>,
    lines: &'m mut Vec<LedgerLine>,
    rivals: &'m mut Vec<LedgerLine>,
}

impl LineMaker<'_, '_> {
    /// The lines of an account whose partners are the same on every day of the window.
    fn constant(&mut self, list: &[(u32, AssociationSet)]) {
        if self.is_out_of_scope(list) {
            return;
        }
        let no_one: &[(u32, AssociationSet)] = &[];
        // The associations of other days are not known.
        let outside = if self.judgeable.account.owner == OwnerKey::Associations { no_one } else { list };
        for (month, _, is_inside, sum) in self.months() {
            match is_inside {
                true => self.inside(month, list, sum),
                false => self.credit(month, outside, sum, LedgerReason::OutsideWindow),
            }
        }
    }

    /// Whether no line of the account is wanted: none of its heads is, nor a line of its subscription without a head.
    fn is_out_of_scope(&self, list: &[(u32, AssociationSet)]) -> bool {
        let Some(scope) = self.numbers.scope else { return false };
        let is_wanted =
            |(partner, _): &(u32, AssociationSet)| self.numbers.heads[*partner as usize].is_some();
        if list.iter().any(is_wanted) {
            return false;
        }
        let number = subscription_number(&self.judgeable.account, &self.context.judging);
        !number.is_some_and(|number| scope.subscriptions.contains(&number))
    }

    /// The lines of an account whose partners change within the window.
    fn by_time<'l>(&mut self, partners_on: impl Fn(Day) -> &'l [(u32, AssociationSet)]) {
        let periods: Vec<PeriodSum> = self.periods().collect();
        // Each credit of a month is converted by itself, its days added first.
        let mut groups: Vec<PeriodCredit<'_>> = Vec::new();
        for (month, day, is_inside, sum) in periods {
            let list = if is_inside { partners_on(day) } else { &[] };
            let lists: Vec<&[(u32, AssociationSet)]> =
                if list.is_empty() { vec![list] } else { list.chunks(1).collect() };
            for list in lists {
                let is_same =
                    |group: &&mut PeriodCredit<'_>| (group.0, group.1, group.2) == (month, is_inside, list);
                match groups.iter_mut().find(is_same) {
                    Some((.., of_group)) => of_group.add(sum.rows, sum.amount),
                    None => groups.push((month, is_inside, list, sum)),
                }
            }
        }
        for (month, is_inside, list, sum) in groups {
            match is_inside {
                true => self.inside(month, list, sum),
                false => self.credit(month, list, sum, LedgerReason::OutsideWindow),
            }
        }
    }

    /// The credit of some rows within the window.
    fn inside(&mut self, month: Month, list: &[(u32, AssociationSet)], sum: RowsAndAmount) {
        let reason = if list.is_empty() { LedgerReason::Unassociated } else { LedgerReason::Counted };
        self.credit(month, list, sum, self.numbers.excluded.unwrap_or(reason));
    }

    /// A line for each partner, or one without a partner; `reason` is the outcome of accepted credit that has a rate.
    fn credit(
        &mut self,
        month: Month,
        list: &[(u32, AssociationSet)],
        sum: RowsAndAmount,
        reason: LedgerReason,
    ) {
        let (context, account) = (self.context, self.judgeable.account);
        let usd = context.converted(account.currency, month, sum.amount);
        let line = LedgerLine {
            head: NO_PARTNER,
            partner: NO_PARTNER,
            subscription: account.subscription,
            month,
            associations: AssociationSet::default(),
            currency: account.currency,
            source: account.source,
            reason,
            amount: sum.amount,
            converted: usd.unwrap_or_default(),
            has_rate: usd.is_some(),
        };
        if list.is_empty() {
            let is_wanted = self.numbers.scope.is_none_or(|scope| {
                let number = subscription_number(&account, &context.judging);
                number.is_some_and(|number| scope.subscriptions.contains(&number))
            });
            if is_wanted {
                self.lines.push(line);
            }
            return;
        }
        let repeats = context.judging.sources[account.source as usize].repeats_per_association;
        for (partner, associations) in list.iter().copied() {
            let Some(head) = self.numbers.heads[partner as usize] else { continue };
            let is_accepted = associations.meets(context.accepted);
            let reason = match (reason, usd, is_accepted) {
                (LedgerReason::Counted, None, _) => LedgerReason::NoRate,
                (LedgerReason::Counted, Some(_), false) => LedgerReason::NotAccepted,
                (reason, ..) => reason,
            };
            let partner = self.numbers.partners[partner as usize];
            let line = LedgerLine { head, partner, associations, reason, ..line };
            let into =
                if repeats && reason == LedgerReason::Counted { &mut *self.rivals } else { &mut *self.lines };
            into.push(line);
        }
    }

    /// Every sum of the account.
    fn periods(&self) -> impl Iterator<Item = PeriodSum> + use<'_> {
        let Judgeable { shard, number, year, .. } = self.judgeable;
        let window = self.context.judging.window;
        let months = shard
            .months(number)
            .map(move |(nth, sum)| (year.month(nth), year.month(nth).last_day(), year.is_whole(nth), sum));
        let days = shard.days(number).iter().map(move |day| {
            let date = day_of(&year, day.month, day.day);
            (year.month(day.month), date, window.contains(date), day.sum)
        });
        months.chain(days)
    }

    /// The sums of the account by month, apart for days within and outside of the window.
    fn months(&self) -> Vec<PeriodSum> {
        let mut months: Vec<PeriodSum> = Vec::with_capacity(12);
        for (month, day, is_inside, sum) in self.periods() {
            let same = months.iter_mut().rev().find(|of| (of.0, of.2) == (month, is_inside));
            match same {
                Some((.., of_month)) => of_month.add(sum.rows, sum.amount),
                None => months.push((month, day, is_inside, sum)),
            }
        }
        months
    }
}
