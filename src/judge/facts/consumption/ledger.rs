//! The ledger: what judging made of each credit. Comes in: the same credits and rules as [`judge`](super::judge) has. Goes out: a line for
//! each (head, partner, subscription, month, association, currency, source, reason), with its amount and, in USD, what of it counts. For each
//! head the counted lines add up to its consumption, to the last digit. It decides nothing that `judge` does not.

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;

use rayon::prelude::*;

use super::attribute::{Attribution, PartnerIndex, subscription_number};
use super::months::{Judgeable, day_of};
use super::{Context, Judging};
use crate::base::amount::Amount;
use crate::base::association::AssociationSet;
use crate::base::calendar::{Day, Month};
use crate::base::ids::PartnerId;
use crate::credits::keys::OwnerKey;
use crate::credits::{CreditShard, RowsAndAmount, SubscriptionKey};
use crate::judge::associations::SubscriptionNumber;

/// What became of a credit. Sorted as the lines of one month are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LedgerReason {
    /// It is consumption of its head.
    Counted,
    /// Another association of the same subscription and month counts.
    Duplicate,
    /// The rule set does not accept the association.
    NotAccepted,
    /// No partner is associated with the subscription on the day.
    Unassociated,
    /// Another snapshot of the same dataset tells of it again.
    Superseded,
    /// Another dataset tells of it, and is preferred.
    NotPreferred,
    /// Its currency has no rate in the month.
    NoRate,
    /// The window leaves its day out.
    OutsideWindow,
}

impl LedgerReason {
    /// The word of the reason in outputs.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            LedgerReason::Counted => "counted",
            LedgerReason::Duplicate => "duplicate",
            LedgerReason::NotAccepted => "not-accepted",
            LedgerReason::Unassociated => "unassociated",
            LedgerReason::Superseded => "superseded",
            LedgerReason::NotPreferred => "not-preferred",
            LedgerReason::NoRate => "no-rate",
            LedgerReason::OutsideWindow => "outside-window",
        }
    }
}

/// The number that stands for no partner, behind all others.
pub(crate) const NO_PARTNER: u32 = u32::MAX;

/// One line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LedgerLine {
    /// Index into [`Ledger::partners`], or [`NO_PARTNER`].
    pub(crate) head: u32,
    /// Index into [`Ledger::partners`], or [`NO_PARTNER`].
    pub(crate) partner: u32,
    pub(crate) subscription: SubscriptionKey,
    pub(crate) month: Month,
    /// Empty: no association of the day is known.
    pub(crate) associations: AssociationSet,
    /// By its number in the credits.
    pub(crate) currency: u16,
    pub(crate) source: u32,
    pub(crate) reason: LedgerReason,
    pub(crate) rows: u64,
    /// Exact. **Unit**: the currency.
    pub(crate) amount: Amount,
    /// Converted by the rate of the month. **Unit**: USD. **Absent**: there is no rate.
    pub(crate) usd: Option<Amount>,
}

impl LedgerLine {
    /// What of the line counts. **Unit**: USD.
    pub(crate) fn counted_usd(&self) -> Amount {
        match self.reason {
            LedgerReason::Counted => self.usd.unwrap_or_default(),
            _ => Amount::ZERO,
        }
    }
}

/// The lines of some credits.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// In report order.
    pub(crate) partners: Vec<PartnerId>,
    /// By head, partner, subscription, month, association, currency, source and reason; each key once.
    pub(crate) lines: Vec<LedgerLine>,
}

/// Credits that lines are made of.
#[derive(Clone, Copy)]
pub(crate) struct LedgerPart<'j> {
    pub(crate) judging: Judging<'j>,
    /// Why none of these credits counts. **Absent**: judging decides.
    pub(crate) excluded: Option<LedgerReason>,
}

/// The lines that are wanted of a ledger.
#[derive(Clone, Copy)]
pub(crate) struct LedgerScope<'s> {
    /// Lines of these heads.
    pub(crate) heads: &'s [PartnerId],
    /// Lines of nobody, of these subscriptions.
    pub(crate) subscriptions: &'s HashSet<SubscriptionNumber>,
}

/// The ledger of the parts of one table of credits, in which currencies and texts have the same numbers. `source_rank`: the order of sources;
/// those of one content have one rank, and their lines are one.
/// `scope` **absent**: all lines.
pub(crate) fn ledger(
    parts: &[LedgerPart<'_>],
    source_rank: &[u32],
    scope: Option<LedgerScope<'_>>,
) -> Ledger {
    let mut of_parts: Vec<Ledger> = parts.iter().map(|part| of_part(*part, scope)).collect();
    let mut partners: Vec<PartnerId> =
        of_parts.iter().flat_map(|part| part.partners.iter().cloned()).collect();
    partners.par_sort_unstable();
    partners.dedup();
    let mut lines = Vec::with_capacity(of_parts.iter().map(|part| part.lines.len()).sum());
    for part in &mut of_parts {
        let number = |id: &PartnerId| {
            let nth = partners.binary_search(id).expect("every partner was collected");
            u32::try_from(nth).expect("fewer than 2^32 partners")
        };
        let numbers: Vec<u32> = part.partners.iter().map(number).collect();
        let renumbered = |number: u32| numbers.get(number as usize).copied().unwrap_or(NO_PARTNER);
        lines.extend(std::mem::take(&mut part.lines).into_iter().map(|line| LedgerLine {
            head: renumbered(line.head),
            partner: renumbered(line.partner),
            ..line
        }));
    }
    let Some(LedgerPart { judging, .. }) = parts.first() else { return Ledger::default() };
    let credits = judging.credits;
    lines.par_sort_unstable_by(|a, b| {
        let owner = |line: &LedgerLine| (line.head, line.partner);
        let currency = |line: &LedgerLine| &credits.currencies[usize::from(line.currency)];
        let rank = |line: &LedgerLine| source_rank[line.source as usize];
        owner(a)
            .cmp(&owner(b))
            .then_with(|| credits.order_of_subscriptions(a.subscription, b.subscription))
            .then_with(|| (a.month, a.associations).cmp(&(b.month, b.associations)))
            .then_with(|| currency(a).cmp(currency(b)))
            .then_with(|| (rank(a), a.reason).cmp(&(rank(b), b.reason)))
    });
    // Owners that differ in their provider alone are one line.
    let key = |line: &LedgerLine| {
        let LedgerLine { head, partner, subscription, month, associations, currency, source, reason, .. } =
            *line;
        let rank = source_rank[source as usize];
        (head, partner, subscription, month, associations, currency, rank, reason)
    };
    lines.dedup_by(|later, first| {
        let is_same = key(first) == key(later);
        if is_same {
            add(first, later);
        }
        is_same
    });
    Ledger { partners, lines }
}

/// Adds a line of the same key. Each credit was converted by itself.
fn add(line: &mut LedgerLine, other: &LedgerLine) {
    line.rows += other.rows;
    line.amount = line.amount.plus_unchecked(other.amount);
    line.usd = match (line.usd, other.usd) {
        (Some(a), Some(b)) => Some(a.plus_unchecked(b)),
        (a, b) => a.or(b),
    };
}

fn of_part(LedgerPart { judging, excluded }: LedgerPart<'_>, scope: Option<LedgerScope<'_>>) -> Ledger {
    let partners = PartnerIndex::new(judging);
    let context = Context::new(judging, &partners);
    let head_ids: Vec<&PartnerId> = partners.ids.iter().map(|partner| judging.roster.head(partner)).collect();
    // A head may have no credit of its own.
    let mut ids: Vec<PartnerId> =
        head_ids.iter().map(|id| (*id).clone()).chain(partners.ids.iter().cloned()).collect();
    ids.par_sort_unstable();
    ids.dedup();
    let number = |id: &PartnerId| {
        let nth = ids.binary_search(id).expect("every partner was collected");
        u32::try_from(nth).expect("fewer than 2^32 partners")
    };
    let is_wanted = |head: &&PartnerId| scope.is_none_or(|scope| scope.heads.contains(head));
    let numbers = Numbers {
        partners: partners.ids.iter().map(number).collect(),
        heads: head_ids.iter().map(|head| is_wanted(head).then(|| number(head))).collect(),
        scope,
        excluded,
    };
    let of_shards: Vec<Vec<LedgerLine>> =
        judging.credits.shards.par_iter().map(|shard| context.ledger_of(shard, &numbers)).collect();
    let mut lines = Vec::with_capacity(of_shards.iter().map(Vec::len).sum());
    of_shards.into_iter().for_each(|of_shard| lines.extend(of_shard));
    drop(context);
    Ledger { partners: ids, lines }
}

/// The numbers of partners in a ledger, by their numbers in judging.
struct Numbers<'s> {
    partners: Vec<u32>,
    /// **Absent**: lines of the head are not wanted.
    heads: Vec<Option<u32>>,
    scope: Option<LedgerScope<'s>>,
    excluded: Option<LedgerReason>,
}

/// A sum of an account: its month, the last day of its period, whether the window has it.
type Period = (Month, Day, bool, RowsAndAmount);

impl Context<'_> {
    fn ledger_of(&self, shard: &CreditShard, numbers: &Numbers<'_>) -> Vec<LedgerLine> {
        let mut lines = Vec::new();
        // Lines of which one association counts.
        let mut rivals = Vec::new();
        for number in 0..shard.accounts() {
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
        let sum = |of: &[LedgerLine]| {
            of.iter().fold(Amount::ZERO, |sum, line| sum.plus_unchecked(line.usd.unwrap_or_default()))
        };
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
    numbers: &'m Numbers<'m>,
    judgeable: Judgeable<'m>,
    lines: &'m mut Vec<LedgerLine>,
    rivals: &'m mut Vec<LedgerLine>,
}

impl LineMaker<'_, '_> {
    /// The lines of an account whose partners are the same on every day of the window.
    fn constant(&mut self, list: &[(u32, AssociationSet)]) {
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

    /// The lines of an account whose partners change within the window.
    fn by_time<'l>(&mut self, partners_on: impl Fn(Day) -> &'l [(u32, AssociationSet)]) {
        let periods: Vec<Period> = self.periods().collect();
        // Each credit of a month is converted by itself, its days added first.
        let mut groups: Vec<(Month, bool, &[(u32, AssociationSet)], RowsAndAmount)> = Vec::new();
        for (month, day, is_inside, sum) in periods {
            let list = if is_inside { partners_on(day) } else { &[] };
            let lists: Vec<&[(u32, AssociationSet)]> =
                if list.is_empty() { vec![list] } else { list.chunks(1).collect() };
            for list in lists {
                let is_same = |group: &&mut (Month, bool, &[(u32, AssociationSet)], RowsAndAmount)| {
                    (group.0, group.1, group.2) == (month, is_inside, list)
                };
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

    /// A line for each partner, or one of nobody; `reason` is the outcome of accepted credit that has a rate.
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
            rows: sum.rows,
            amount: sum.amount,
            usd,
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
    fn periods(&self) -> impl Iterator<Item = Period> + use<'_> {
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

    /// The sums of the account by month, those of days within and outside of the window apart.
    fn months(&self) -> Vec<Period> {
        let mut months: Vec<Period> = Vec::with_capacity(12);
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
