//! The ledger: what judging made of each credit. Comes in: the same credits and rules as [`judge`](super::judge) has. Goes out: a line for
//! each (head, partner, subscription, month, association, currency, source, reason), with its amount and, in USD, what of it counts. For each
//! head the counted lines add up to its consumption, to the last digit. It decides nothing that `judge` does not.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::attribute::PartnerIndex;
use super::ledger_accounts::{AccountOfHead, AccountsOfHeads};
use super::ledger_lines::{LinesWithoutHead, WantedLines};
use super::{Context, Judging};
use crate::base::amount::Amount;
use crate::base::association::AssociationSet;
use crate::base::calendar::Month;
use crate::base::ids::PartnerId;
use crate::credits::{CreditTable, SubscriptionKey};
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
    /// Index into [`LedgerMaker::partners`], or [`NO_PARTNER`].
    pub(crate) head: u32,
    /// Index into [`LedgerMaker::partners`], or [`NO_PARTNER`].
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
    /// Lines without a head, of these subscriptions.
    pub(crate) subscriptions: &'s HashSet<SubscriptionNumber>,
    /// Whether many scopes are asked for, so that to know the accounts of every head pays.
    pub(crate) is_one_of_many: bool,
}

/// Makes the ledger of the parts of one table of credits, in which currencies and texts have the same numbers: all lines, or the lines of
/// some heads. Lines have the order of (head, partner, subscription, month, association, currency, source, reason), each key once; lines
/// without a head come last.
pub(crate) struct LedgerMaker<'l> {
    parts: Vec<LedgerPartMaker<'l>>,
    /// Heads and partners, in report order.
    partners: Vec<PartnerId>,
    /// The order of sources; sources of one content have one rank, and their lines are one.
    source_rank: Vec<u32>,
    credits: &'l CreditTable,
    /// Computed when they are asked for.
    accounts: OnceLock<AccountsOfHeads>,
}

/// One part, whose partners are numbered as in the whole ledger.
pub(super) struct LedgerPartMaker<'l> {
    pub(super) context: Context<'l>,
    pub(super) excluded: Option<LedgerReason>,
    /// By number of the partner in judging.
    pub(super) partners: Vec<u32>,
    /// The heads of the same partners.
    pub(super) heads: Vec<u32>,
}

impl<'l> LedgerMaker<'l> {
    /// The ledger of `counted`, and of credits that were left aside. `source_rank`: as [`LedgerMaker::source_rank`].
    pub(crate) fn new(
        counted: LedgerPart<'l>,
        left_aside: impl IntoIterator<Item = LedgerPart<'l>>,
        source_rank: Vec<u32>,
    ) -> LedgerMaker<'l> {
        let parts: Vec<(LedgerPart<'l>, Arc<PartnerIndex>)> = std::iter::once(counted)
            .chain(left_aside)
            .map(|part| (part, Arc::new(PartnerIndex::new(part.judging))))
            .collect();
        // A head may have no credit of its own.
        let head = |id: &PartnerId| counted.judging.roster.head(id).clone();
        let mut partners: Vec<PartnerId> = parts
            .iter()
            .flat_map(|(_, index)| index.ids.iter().flat_map(|id| [head(id), id.clone()]))
            .collect();
        partners.par_sort_unstable();
        partners.dedup();
        let number = |id: &PartnerId| {
            let nth = partners.binary_search(id).expect("every partner was collected");
            u32::try_from(nth).expect("fewer than 2^32 partners")
        };
        let parts = parts
            .into_iter()
            .map(|(LedgerPart { judging, excluded }, index)| LedgerPartMaker {
                partners: index.ids.iter().map(number).collect(),
                heads: index.ids.iter().map(|id| number(judging.roster.head(id))).collect(),
                context: Context::new(judging, index),
                excluded,
            })
            .collect();
        let accounts = OnceLock::new();
        LedgerMaker { parts, partners, source_rank, credits: counted.judging.credits, accounts }
    }

    /// Heads and partners, in report order.
    pub(crate) fn partners(&self) -> &[PartnerId] {
        &self.partners
    }

    /// The accounts of every head.
    pub(super) fn accounts(&self) -> &AccountsOfHeads {
        self.accounts.get_or_init(|| AccountsOfHeads::new(&self.parts, self.partners.len()))
    }

    /// All lines.
    pub(crate) fn all(&self) -> Vec<LedgerLine> {
        let wanted = WantedLines { heads: None, without_head: LinesWithoutHead::All };
        self.of_all_accounts(&wanted)
    }

    /// The lines of some heads.
    pub(crate) fn of_scope(&self, scope: LedgerScope<'_>) -> Vec<LedgerLine> {
        let numbers: Vec<usize> =
            scope.heads.iter().filter_map(|head| self.partners.binary_search(head).ok()).collect();
        let mut is_wanted = vec![false; self.partners.len()];
        numbers.iter().for_each(|number| is_wanted[*number] = true);
        let without_head = LinesWithoutHead::Of(scope.subscriptions);
        let wanted = WantedLines { heads: Some(is_wanted), without_head };
        match scope.is_one_of_many {
            true => {
                let accounts =
                    numbers.iter().flat_map(|number| self.accounts().of_head(*number).iter().copied());
                self.of_accounts(accounts.collect(), &wanted)
            }
            false => self.of_all_accounts(&wanted),
        }
    }

    /// The lines of the heads with numbers in a range.
    pub(super) fn of_heads(&self, heads: Range<usize>) -> Vec<LedgerLine> {
        let mut is_wanted = vec![false; self.partners.len()];
        is_wanted[heads.clone()].fill(true);
        let wanted = WantedLines { heads: Some(is_wanted), without_head: LinesWithoutHead::None };
        let accounts = heads.flat_map(|number| self.accounts().of_head(number).iter().copied());
        self.of_accounts(accounts.collect(), &wanted)
    }

    /// The lines without a head.
    pub(super) fn without_head(&self) -> Vec<LedgerLine> {
        let heads = Some(vec![false; self.partners.len()]);
        let wanted = WantedLines { heads, without_head: LinesWithoutHead::All };
        self.of_accounts(self.accounts().without_head().to_vec(), &wanted)
    }

    fn of_all_accounts(&self, wanted: &WantedLines<'_>) -> Vec<LedgerLine> {
        let of_part = |part: &LedgerPartMaker<'_>| -> Vec<Vec<LedgerLine>> {
            let shards = part.context.judging.credits.shards.par_iter();
            shards.map(|shard| part.lines(shard, 0..shard.accounts(), wanted)).collect()
        };
        self.in_order(self.parts.iter().flat_map(of_part).collect())
    }

    /// The lines that some accounts give.
    fn of_accounts(&self, mut accounts: Vec<AccountOfHead>, wanted: &WantedLines<'_>) -> Vec<LedgerLine> {
        accounts.sort_unstable();
        accounts.dedup();
        let of_shard = |accounts: &[AccountOfHead]| {
            let part = &self.parts[accounts[0].part as usize];
            let shard = &part.context.judging.credits.shards[accounts[0].shard as usize];
            part.lines(shard, accounts.iter().map(|account| account.number), wanted)
        };
        let is_same = |a: &AccountOfHead, b: &AccountOfHead| (a.part, a.shard) == (b.part, b.shard);
        self.in_order(accounts.chunk_by(is_same).map(of_shard).collect())
    }

    /// Lines in their order, each key once. There may be very many: they are brought together by head first, then each head is sorted by itself.
    fn in_order(&self, of_shards: Vec<Vec<LedgerLine>>) -> Vec<LedgerLine> {
        let place = |head: u32| if head == NO_PARTNER { self.partners.len() } else { head as usize };
        let places = || of_shards.iter().flatten().map(|line| place(line.head));
        let Some(first) = places().min() else { return Vec::new() };
        let last = places().max().unwrap_or(first);
        let mut ends = vec![0_usize; last - first + 2];
        places().for_each(|place| ends[place - first + 1] += 1);
        for nth in 1..ends.len() {
            ends[nth] += ends[nth - 1];
        }
        let total = ends.last().copied().unwrap_or(0);
        let any = of_shards.iter().flatten().next().copied();
        let mut lines: Vec<LedgerLine> = any.map_or_else(Vec::new, |any| vec![any; total]);
        let mut next = ends.clone();
        for line in of_shards.into_iter().flatten() {
            let at = &mut next[place(line.head) - first];
            lines[*at] = line;
            *at += 1;
        }
        let mut rest = &mut lines[..];
        let mut of_heads: Vec<&mut [LedgerLine]> = Vec::new();
        for pair in ends.windows(2) {
            let (of_head, behind) = rest.split_at_mut(pair[1] - pair[0]);
            of_heads.push(of_head);
            rest = behind;
        }
        of_heads.into_par_iter().for_each(|of_head| of_head.par_sort_unstable_by(|a, b| self.order(a, b)));
        // Owners that differ in their provider alone are one line.
        lines.dedup_by(|later, first| {
            let is_same = self.key(first) == self.key(later);
            if is_same {
                add(first, later);
            }
            is_same
        });
        lines
    }

    /// The order of two lines of one head.
    fn order(&self, a: &LedgerLine, b: &LedgerLine) -> Ordering {
        let currency = |line: &LedgerLine| &self.credits.currencies[usize::from(line.currency)];
        let rank = |line: &LedgerLine| self.source_rank[line.source as usize];
        a.partner
            .cmp(&b.partner)
            .then_with(|| self.credits.order_of_subscriptions(a.subscription, b.subscription))
            .then_with(|| (a.month, a.associations).cmp(&(b.month, b.associations)))
            .then_with(|| currency(a).cmp(currency(b)))
            .then_with(|| (rank(a), a.reason).cmp(&(rank(b), b.reason)))
    }

    /// What two lines that are one have in common.
    fn key(&self, line: &LedgerLine) -> impl PartialEq + use<'l> {
        let LedgerLine { head, partner, subscription, month, associations, currency, source, reason, .. } =
            *line;
        let rank = self.source_rank[source as usize];
        (head, partner, subscription, month, associations, currency, rank, reason)
    }
}

/// Adds a line of the same key. Each credit was converted by itself.
fn add(line: &mut LedgerLine, other: &LedgerLine) {
    line.amount = line.amount.plus_unchecked(other.amount);
    line.converted = line.converted.plus_unchecked(other.converted);
    line.has_rate |= other.has_rate;
}
