//! The lines of the ledger that accounts give. Comes in: a shard of credits, attribution. Goes out: its lines, in no order; where an export repeats
//! consumption, one association of each head, subscription and month counts.

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;

use super::Context;
use super::attribute::{Attribution, subscription_number};
use super::ledger::{LedgerLine, LedgerPartMaker, LedgerReason, NO_PARTNER};
use super::months::{Judgeable, day_of};
use crate::base::amount::Amount;
use crate::base::association::AssociationSet;
use crate::base::calendar::{Day, Month, Window};
use crate::credits::keys::OwnerKey;
use crate::credits::{CreditShard, RowsAndAmount};
use crate::judge::associations::SubscriptionNumber;

/// The lines that are wanted.
pub(super) struct WantedLines<'w> {
    /// By number of the partner in the ledger. **Absent**: lines of every head.
    pub(super) heads: Option<Vec<bool>>,
    pub(super) without_head: LinesWithoutHead<'w>,
}

/// Lines without a head.
#[derive(Clone, Copy)]
pub(super) enum LinesWithoutHead<'w> {
    All,
    None,
    /// Of these subscriptions.
    Of(&'w HashSet<SubscriptionNumber>),
}

impl WantedLines<'_> {
    fn has_head(&self, head: u32) -> bool {
        self.heads.as_ref().is_none_or(|heads| heads[head as usize])
    }

    fn has_lines_without_head(&self, subscription: impl FnOnce() -> Option<SubscriptionNumber>) -> bool {
        match self.without_head {
            LinesWithoutHead::All => true,
            LinesWithoutHead::None => false,
            LinesWithoutHead::Of(subscriptions) => {
                subscription().is_some_and(|number| subscriptions.contains(&number))
            }
        }
    }
}

/// The credit of one partner, or of none, in a month, within the window or outside of it.
type PeriodCredit<'p> = (Month, bool, &'p [(u32, AssociationSet)], RowsAndAmount);

/// A sum of an account: its month, the last day of its period, whether the window has it.
pub(super) type PeriodSum = (Month, Day, bool, RowsAndAmount);

impl LedgerPartMaker<'_> {
    /// The lines of some accounts of a shard, in no order.
    pub(super) fn lines(
        &self,
        shard: &CreditShard,
        accounts: impl Iterator<Item = u32>,
        wanted: &WantedLines<'_>,
    ) -> Vec<LedgerLine> {
        let context = &self.context;
        let mut lines = Vec::new();
        // Lines that repeat consumption: one association counts.
        let mut rivals = Vec::new();
        for number in accounts {
            let account = shard.account(number);
            let judgeable = Judgeable { shard, number, account, year: context.window_year(account.year) };
            let mut maker =
                LineMaker { part: self, wanted, judgeable, lines: &mut lines, rivals: &mut rivals };
            let tiers;
            match context.partners.attribution(&account, judgeable.year.days, context) {
                Attribution::Constant(list) => maker.constant(list),
                Attribution::Tiers(credit) => {
                    tiers = credit;
                    maker.constant(tiers.partners());
                }
                Attribution::ByTime(subscription) => maker.by_time(|day| {
                    let outcome = context.judging.associations.outcome(subscription, day);
                    outcome.map_or(&[], |outcome| context.partners.of_outcome(outcome))
                }),
                // Its rows are refused: each is a line of the rejects.
                Attribution::WithoutPartner(_) => {}
            }
        }
        choose(&mut rivals);
        lines.append(&mut rivals);
        lines
    }
}

impl Context<'_> {
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
    part: &'m LedgerPartMaker<'c>,
    wanted: &'m WantedLines<'m>,
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
        let is_wanted =
            |(partner, _): &(u32, AssociationSet)| self.wanted.has_head(self.part.heads[*partner as usize]);
        !list.iter().any(is_wanted) && !self.wants_lines_without_head()
    }

    fn wants_lines_without_head(&self) -> bool {
        let account = &self.judgeable.account;
        self.wanted.has_lines_without_head(|| subscription_number(account, &self.part.context.judging))
    }

    /// The lines of an account whose partners change within the window.
    fn by_time<'l>(&mut self, partners_on: impl Fn(Day) -> &'l [(u32, AssociationSet)]) {
        let periods: Vec<PeriodSum> = self.judgeable.periods(self.part.context.judging.window).collect();
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
        self.credit(month, list, sum, self.part.excluded.unwrap_or(reason));
    }

    /// A line for each partner, or one without a partner; `reason` is the outcome of accepted credit that has a rate.
    fn credit(
        &mut self,
        month: Month,
        list: &[(u32, AssociationSet)],
        sum: RowsAndAmount,
        reason: LedgerReason,
    ) {
        let (context, account) = (&self.part.context, self.judgeable.account);
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
            if self.wants_lines_without_head() {
                self.lines.push(line);
            }
            return;
        }
        let repeats = context.judging.sources[account.source as usize].repeats_per_association;
        for (partner, associations) in list.iter().copied() {
            let head = self.part.heads[partner as usize];
            if !self.wanted.has_head(head) {
                continue;
            }
            let is_accepted = associations.meets(context.accepted);
            let reason = match (reason, usd, is_accepted) {
                (LedgerReason::Counted, None, _) => LedgerReason::NoRate,
                (LedgerReason::Counted, Some(_), false) => LedgerReason::NotAccepted,
                (reason, ..) => reason,
            };
            let partner = self.part.partners[partner as usize];
            let line = LedgerLine { head, partner, associations, reason, ..line };
            let into =
                if repeats && reason == LedgerReason::Counted { &mut *self.rivals } else { &mut *self.lines };
            into.push(line);
        }
    }

    /// The sums of the account by month, apart for days within and outside of the window.
    fn months(&self) -> Vec<PeriodSum> {
        let mut months: Vec<PeriodSum> = Vec::with_capacity(12);
        for (month, day, is_inside, sum) in self.judgeable.periods(self.part.context.judging.window) {
            let same = months.iter_mut().rev().find(|of| (of.0, of.2) == (month, is_inside));
            match same {
                Some((.., of_month)) => of_month.add(sum.rows, sum.amount),
                None => months.push((month, day, is_inside, sum)),
            }
        }
        months
    }
}

impl Judgeable<'_> {
    /// Every sum of the account.
    pub(super) fn periods(&self, window: Window) -> impl Iterator<Item = PeriodSum> + use<'_> {
        let Judgeable { shard, number, year, .. } = *self;
        let months = shard
            .months(number)
            .map(move |(nth, sum)| (year.month(nth), year.month(nth).last_day(), year.is_whole(nth), sum));
        let days = shard.days(number).iter().map(move |day| {
            let date = day_of(&year, day.month, day.day);
            (year.month(day.month), date, window.contains(date), day.sum)
        });
        months.chain(days)
    }
}
