//! The ledger: what judging made of each credit. Comes in: the same credits and rules as [`judge`](super::judge) has. Goes out: a line for
//! each (head, partner, subscription, month, association, currency, source, reason), with its amount and, in USD, what of it counts. For each
//! head the counted lines add up to its consumption, to the last digit. It decides nothing that `judge` does not.

use std::collections::HashSet;

use rayon::prelude::*;

use super::attribute::PartnerIndex;
use super::ledger_accounts::AccountsOfHeads;
use super::ledger_lines::LedgerNumbers;
use super::{Context, Judging};
use crate::base::amount::Amount;
use crate::base::association::AssociationSet;
use crate::base::calendar::Month;
use crate::base::ids::PartnerId;
use crate::credits::SubscriptionKey;
use crate::judge::associations::SubscriptionNumber;

/// The outcome of a credit. Sorted as the lines of one month are.
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
    /// The currency has no rate in the month.
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
    /// Exact. **Unit**: the currency.
    pub(crate) amount: Amount,
    /// Converted by the rate of the month; 0 where there is none. **Unit**: USD.
    pub(super) converted: Amount,
    pub(super) has_rate: bool,
}

impl LedgerLine {
    /// Converted by the rate of the month. **Unit**: USD. **Absent**: there is no rate.
    pub(crate) fn usd(&self) -> Option<Amount> {
        self.has_rate.then_some(self.converted)
    }

    /// What of the line counts. **Unit**: USD.
    pub(crate) fn counted_usd(&self) -> Amount {
        if self.reason == LedgerReason::Counted { self.converted } else { Amount::ZERO }
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
    /// Lines of these heads, which are sorted.
    pub(crate) heads: &'s [PartnerId],
    /// Lines without a head, of these subscriptions.
    pub(crate) subscriptions: &'s HashSet<SubscriptionNumber>,
    /// The accounts of every head, by part. **Absent**: all accounts are gone through.
    pub(crate) accounts: Option<&'s [AccountsOfHeads]>,
}

/// The ledger of the parts of one table of credits, in which currencies and texts have the same numbers. `source_rank`: the order of sources;
/// sources of one content have one rank, and their lines are one.
/// `scope` **absent**: all lines.
pub(crate) fn ledger(
    parts: &[LedgerPart<'_>],
    source_rank: &[u32],
    scope: Option<LedgerScope<'_>>,
) -> Ledger {
    let mut of_parts: Vec<LedgerOfPart> =
        parts.iter().enumerate().map(|(nth, part)| of_part(*part, nth, scope)).collect();
    let mut partners: Vec<PartnerId> =
        of_parts.iter().flat_map(|part| part.partners.iter().cloned()).collect();
    partners.par_sort_unstable();
    partners.dedup();
    let numbers: Vec<Vec<u32>> = of_parts
        .iter()
        .map(|part| {
            let number = |id: &PartnerId| {
                let nth = partners.binary_search(id).expect("every partner was collected");
                u32::try_from(nth).expect("fewer than 2^32 partners")
            };
            part.partners.iter().map(number).collect()
        })
        .collect();
    let Some(LedgerPart { judging, .. }) = parts.first() else { return Ledger::default() };
    // Lines may be most of a run's memory. They are brought together by head first; then each head is sorted by itself.
    let renumbered =
        |nth: usize, number: u32| numbers[nth].get(number as usize).copied().unwrap_or(NO_PARTNER);
    let place = |head: u32| if head == NO_PARTNER { partners.len() } else { head as usize };
    let mut ends = vec![0_usize; partners.len() + 2];
    for (nth, part) in of_parts.iter().enumerate() {
        part.of_shards.iter().flatten().for_each(|line| ends[place(renumbered(nth, line.head)) + 1] += 1);
    }
    for nth in 1..ends.len() {
        ends[nth] += ends[nth - 1];
    }
    let total = ends.last().copied().unwrap_or(0);
    let any = of_parts.iter().flat_map(|part| part.of_shards.iter().flatten()).next().copied();
    let Some(any) = any else { return Ledger { partners, lines: Vec::new() } };
    let mut lines: Vec<LedgerLine> = vec![any; total];
    let mut next = ends.clone();
    for (nth, part) in of_parts.iter_mut().enumerate() {
        for of_shard in part.of_shards.drain(..) {
            for line in of_shard {
                let (head, partner) = (renumbered(nth, line.head), renumbered(nth, line.partner));
                let at = &mut next[place(head)];
                lines[*at] = LedgerLine { head, partner, ..line };
                *at += 1;
            }
        }
    }
    let credits = judging.credits;
    let order = |a: &LedgerLine, b: &LedgerLine| {
        let currency = |line: &LedgerLine| &credits.currencies[usize::from(line.currency)];
        let rank = |line: &LedgerLine| source_rank[line.source as usize];
        a.partner
            .cmp(&b.partner)
            .then_with(|| credits.order_of_subscriptions(a.subscription, b.subscription))
            .then_with(|| (a.month, a.associations).cmp(&(b.month, b.associations)))
            .then_with(|| currency(a).cmp(currency(b)))
            .then_with(|| (rank(a), a.reason).cmp(&(rank(b), b.reason)))
    };
    let mut rest = &mut lines[..];
    let mut of_heads: Vec<&mut [LedgerLine]> = Vec::new();
    for pair in ends.windows(2) {
        let (of_head, behind) = rest.split_at_mut(pair[1] - pair[0]);
        of_heads.push(of_head);
        rest = behind;
    }
    of_heads.into_par_iter().for_each(|of_head| of_head.par_sort_unstable_by(order));
    let key = |line: &LedgerLine| {
        let LedgerLine { head, partner, subscription, month, associations, currency, source, reason, .. } =
            *line;
        let rank = source_rank[source as usize];
        (head, partner, subscription, month, associations, currency, rank, reason)
    };
    // Owners that differ in their provider alone are one line.
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
    line.amount = line.amount.plus_unchecked(other.amount);
    line.converted = line.converted.plus_unchecked(other.converted);
    line.has_rate |= other.has_rate;
}

/// The lines of one part, by shard, whose partners are numbered as its own.
struct LedgerOfPart {
    partners: Vec<PartnerId>,
    of_shards: Vec<Vec<LedgerLine>>,
}

fn of_part(
    LedgerPart { judging, excluded }: LedgerPart<'_>,
    nth: usize,
    scope: Option<LedgerScope<'_>>,
) -> LedgerOfPart {
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
    let is_wanted = |head: &&PartnerId| scope.is_none_or(|scope| scope.heads.binary_search(head).is_ok());
    let numbers = LedgerNumbers {
        partners: partners.ids.iter().map(number).collect(),
        heads: head_ids.iter().map(|head| is_wanted(head).then(|| number(head))).collect(),
        scope,
        excluded,
    };
    let accounts = scope.and_then(|scope| Some(scope.accounts?.get(nth)?.of(scope.heads)));
    let shards = &judging.credits.shards;
    let of_shards = match &accounts {
        None => {
            shards.par_iter().map(|shard| context.ledger_of(shard, 0..shard.accounts(), &numbers)).collect()
        }
        Some(accounts) => shards
            .par_iter()
            .zip(accounts)
            .map(|(shard, accounts)| context.ledger_of(shard, accounts.iter().copied(), &numbers))
            .collect(),
    };
    drop(context);
    LedgerOfPart { partners: ids, of_shards }
}
