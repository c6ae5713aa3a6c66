//! The difference of two runs (SPEC 3.9), from their ledgers. Comes in: the lines of both, their windows, accepted associations and roll-ups.
//! Goes out: for each head its old and its new consumption, and the parts of the change, which add up to it to the last digit. It reads no
//! file, and judges no credit that is in neither ledger.

mod cell;
mod joined;
mod replaced;
mod step_line;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use self::cell::ComparedCell;
use self::step_line::HeadSums;
use super::facts::consumption::ledger::LedgerReason;
use crate::base::amount::Amount;
use crate::base::association::AssociationSet;
use crate::base::calendar::{Day, Month, Window};

pub(crate) use super::facts::consumption::ledger::NO_PARTNER;

/// The number that stands for no subscription.
pub(crate) const NO_SUBSCRIPTION: u32 = u32::MAX;

/// Every reason of a line.
const REASONS: [LedgerReason; 8] = [
    LedgerReason::Counted,
    LedgerReason::Duplicate,
    LedgerReason::NotAccepted,
    LedgerReason::Unassociated,
    LedgerReason::Superseded,
    LedgerReason::NotPreferred,
    LedgerReason::NoRate,
    LedgerReason::OutsideWindow,
];

/// The reason of a word in a ledger. `None` if no ledger has the word.
pub(crate) fn reason_of(word: &str) -> Option<LedgerReason> {
    REASONS.into_iter().find(|reason| reason.as_str() == word)
}

/// USD for one unit of a currency.
pub(crate) type Rate = Decimal;

/// A rate as a ledger states it. `None` if the text is no number.
pub(crate) fn rate_of(text: &str) -> Option<Rate> {
    text.parse().ok()
}

/// A line of a ledger. Texts are numbers, the same in both ledgers; partners are numbered in report order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ComparedLine {
    /// [`NO_PARTNER`]: no head gets the credit.
    pub(crate) head: u32,
    /// [`NO_PARTNER`]: no partner has the association.
    pub(crate) partner: u32,
    /// [`NO_SUBSCRIPTION`]: the rows name none.
    pub(crate) subscription: u32,
    pub(crate) month: Month,
    pub(crate) associations: AssociationSet,
    pub(crate) currency: u32,
    pub(crate) source: u32,
    pub(crate) reason: LedgerReason,
    /// Exact. **Unit**: the currency.
    pub(crate) amount: Amount,
    /// **Unit**: USD. **Absent**: there is no rate.
    pub(crate) usd: Option<Amount>,
    /// **Unit**: USD.
    pub(crate) counted_usd: Amount,
}

impl ComparedLine {
    /// Lines of one cell are compared with each other: of a subscription in a month; without a subscription, of a partner in a month.
    fn cell(&self) -> (u32, Month, u32) {
        let partner = if self.subscription == NO_SUBSCRIPTION { self.partner } else { NO_PARTNER };
        (self.subscription, self.month, partner)
    }

    /// Whether the snapshot of the line counts for it.
    fn is_chosen(&self) -> bool {
        !matches!(self.reason, LedgerReason::Superseded | LedgerReason::NotPreferred)
    }
}

/// One of the two runs.
#[derive(Debug)]
pub(crate) struct ComparedRun {
    /// Of any order.
    pub(crate) lines: Vec<ComparedLine>,
    /// By currency and month. **Absent** value: the run had none.
    pub(crate) rates: BTreeMap<(u32, Month), Option<Rate>>,
    pub(crate) window: Window,
    pub(crate) accepted: AssociationSet,
    /// Whether an association counts for days before it began.
    pub(crate) retroactive: bool,
    /// The head of each partner that the ledger or the report names; also of heads.
    pub(crate) heads: BTreeMap<u32, u32>,
}

/// What a part of a change comes from, in the order in which one thing is replaced after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ChangePart {
    RuleSet,
    WindowLeft,
    WindowEntered,
    RollUp,
    Associations,
    Snapshots,
    Amounts,
    Rates,
}

impl ChangePart {
    /// Every part, in order.
    pub(crate) const ALL: [ChangePart; 8] = [
        ChangePart::RuleSet,
        ChangePart::WindowLeft,
        ChangePart::WindowEntered,
        ChangePart::RollUp,
        ChangePart::Associations,
        ChangePart::Snapshots,
        ChangePart::Amounts,
        ChangePart::Rates,
    ];

    /// The word of the part in outputs.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ChangePart::RuleSet => "rule_set",
            ChangePart::WindowLeft => "window_left",
            ChangePart::WindowEntered => "window_entered",
            ChangePart::RollUp => "roll_up",
            ChangePart::Associations => "associations",
            ChangePart::Snapshots => "snapshots",
            ChangePart::Amounts => "amounts",
            ChangePart::Rates => "rates",
        }
    }
}

/// The change of a head's consumption. **Unit**: USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConsumptionChange {
    /// Consumption of the old run, exact.
    pub old: Amount,
    /// Consumption of the new run, exact.
    pub new: Amount,
    /// What makes up the change, in the order of [`ChangePart::ALL`].
    parts: [Amount; ChangePart::ALL.len()],
}

impl ConsumptionChange {
    /// The new consumption less the old.
    pub fn change(&self) -> Amount {
        self.new.minus(self.old)
    }

    /// A part of the change.
    pub(crate) fn part(&self, part: ChangePart) -> Amount {
        self.parts[part as usize]
    }

    fn add_part(&mut self, part: ChangePart, amount: Amount) {
        let sum = &mut self.parts[part as usize];
        *sum = sum.plus(amount);
    }

    /// Adds the change of another head.
    pub(crate) fn add(&mut self, other: &ConsumptionChange) {
        self.old = self.old.plus(other.old);
        self.new = self.new.plus(other.new);
        ChangePart::ALL.into_iter().for_each(|part| self.add_part(part, other.part(part)));
    }

    /// Proves that the parts add up.
    ///
    /// # Panics
    /// Otherwise: a part was lost, which is a bug.
    fn assert_balance(&self) {
        let parts = ChangePart::ALL.into_iter().fold(Amount::ZERO, |sum, part| sum.plus(self.part(part)));
        assert_eq!(parts, self.change(), "the parts of a change do not add up to it");
    }
}

/// How a month lies in both windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MonthChange {
    /// Both windows have the same days of it.
    Shared,
    /// The new window lacks it, or begins elsewhere in it.
    Left,
    /// The old window lacks it, or ends elsewhere in it.
    Entered,
}

/// What all cells are compared by.
struct Comparison<'c> {
    old: &'c ComparedRun,
    new: &'c ComparedRun,
    old_sources: BTreeSet<u32>,
    new_sources: BTreeSet<u32>,
    /// By head of the new run, the other heads that a partner of it had in the old run.
    formers: BTreeMap<u32, BTreeSet<u32>>,
    /// Heads between which partners have moved: the number of the set that each is in.
    moves: BTreeMap<u32, u32>,
    /// Sources that repeat consumption once per association: one of their lines is a duplicate.
    repeating: BTreeSet<u32>,
}

/// The change of every head that has a line, by the number of the head.
pub(crate) fn difference(old: &mut ComparedRun, new: &mut ComparedRun) -> BTreeMap<u32, ConsumptionChange> {
    for run in [&mut *old, &mut *new] {
        run.lines.sort_unstable_by_key(|line| {
            let owner = (line.head, line.partner, line.associations);
            (line.cell(), owner, line.currency, line.source, line.reason)
        });
    }
    let sources = |run: &ComparedRun| run.lines.iter().map(|line| line.source).collect();
    let duplicates = old.lines.iter().chain(&new.lines).filter(|line| line.reason == LedgerReason::Duplicate);
    let repeating = duplicates.map(|line| line.source).collect();
    let formers = formers(&old.heads, &new.heads);
    let comparison = Comparison {
        old,
        new,
        old_sources: sources(old),
        new_sources: sources(new),
        moves: sets_of(&formers),
        formers,
        repeating,
    };
    let mut changes = BTreeMap::new();
    let (mut old_rest, mut new_rest) = (&old.lines[..], &new.lines[..]);
    let next = |rest: &[ComparedLine]| rest.first().map(ComparedLine::cell);
    while let Some(cell) = next(old_rest).into_iter().chain(next(new_rest)).min() {
        let of_cell = |rest: &[ComparedLine]| rest.iter().take_while(|line| line.cell() == cell).count();
        let (old_lines, rest) = old_rest.split_at(of_cell(old_rest));
        old_rest = rest;
        let (new_lines, rest) = new_rest.split_at(of_cell(new_rest));
        new_rest = rest;
        comparison.add_cell(cell.1, old_lines, new_lines, &mut changes);
    }
    changes.values().for_each(ConsumptionChange::assert_balance);
    changes
}

/// By head of the new run, the other heads that a partner of it had in the old run.
fn formers(old: &BTreeMap<u32, u32>, new: &BTreeMap<u32, u32>) -> BTreeMap<u32, BTreeSet<u32>> {
    let mut formers: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (partner, head) in new {
        if let Some(former) = old.get(partner).filter(|former| *former != head) {
            formers.entry(*head).or_default().insert(*former);
        }
    }
    formers
}

/// The heads between which partners have moved, in sets, each numbered by one of its heads.
fn sets_of(formers: &BTreeMap<u32, BTreeSet<u32>>) -> BTreeMap<u32, u32> {
    let mut sets: BTreeMap<u32, u32> = BTreeMap::new();
    let pairs = formers.iter().flat_map(|(head, formers)| formers.iter().map(|former| (*head, *former)));
    for (head, former) in pairs {
        let of_head = *sets.entry(head).or_insert(head);
        let of_former = *sets.entry(former).or_insert(former);
        let (first, other) = (of_head.min(of_former), of_head.max(of_former));
        if first != other {
            sets.values_mut().filter(|set| **set == other).for_each(|set| *set = first);
        }
    }
    sets
}

impl Comparison<'_> {
    fn formers(&self, head: u32) -> impl Iterator<Item = u32> + '_ {
        self.formers.get(&head).into_iter().flatten().copied()
    }

    fn add_cell(
        &self,
        month: Month,
        old: &[ComparedLine],
        new: &[ComparedLine],
        changes: &mut BTreeMap<u32, ConsumptionChange>,
    ) {
        for line in old.iter().filter(|line| line.reason == LedgerReason::Counted) {
            let change = changes.entry(line.head).or_default();
            change.old = change.old.plus(line.counted_usd);
        }
        for line in new.iter().filter(|line| line.reason == LedgerReason::Counted) {
            let change = changes.entry(line.head).or_default();
            change.new = change.new.plus(line.counted_usd);
        }
        let month_change = self.month_change(month);
        if old == new && month_change == MonthChange::Shared && self.old.accepted == self.new.accepted {
            return;
        }
        let cell = ComparedCell::new(self, old, new);
        match month_change {
            MonthChange::Shared => cell.steps().windows(2).zip(SHARED_PARTS).for_each(|(states, part)| {
                add_parts(changes, self.part_of_step(part), &states[0], &states[1]);
            }),
            MonthChange::Left | MonthChange::Entered => {
                let [before, judged] = cell.rule_set();
                let part = match month_change {
                    MonthChange::Entered => ChangePart::WindowEntered,
                    MonthChange::Left | MonthChange::Shared => ChangePart::WindowLeft,
                };
                add_parts(changes, ChangePart::RuleSet, &before, &judged);
                add_parts(changes, part, &judged, &cell.after());
            }
        }
    }

    /// The part that a step stands for: rule sets that differ on the days for which an association counts change associations.
    fn part_of_step(&self, part: ChangePart) -> ChangePart {
        let differs = self.old.retroactive != self.new.retroactive;
        if differs && part == ChangePart::Associations { ChangePart::RuleSet } else { part }
    }

    fn month_change(&self, month: Month) -> MonthChange {
        let days = |window: &Window| -> Option<(Day, Day)> {
            let first = window.first.max(month.first_day());
            let last = window.last.min(month.last_day());
            (first <= last).then_some((first, last))
        };
        match (days(&self.old.window), days(&self.new.window)) {
            (old, new) if old == new => MonthChange::Shared,
            (None, _) => MonthChange::Entered,
            (_, None) => MonthChange::Left,
            (Some((old, _)), Some((new, _))) if old != new => MonthChange::Left,
            (Some(_), Some(_)) => MonthChange::Entered,
        }
    }
}

/// The parts between the states of a cell whose month both windows share.
const SHARED_PARTS: [ChangePart; 6] = [
    ChangePart::RuleSet,
    ChangePart::RollUp,
    ChangePart::Associations,
    ChangePart::Snapshots,
    ChangePart::Amounts,
    ChangePart::Rates,
];

/// Adds the difference of two states of a cell to a part of each head.
fn add_parts(
    changes: &mut BTreeMap<u32, ConsumptionChange>,
    part: ChangePart,
    before: &HeadSums,
    after: &HeadSums,
) {
    for head in before.keys().chain(after.keys().filter(|head| !before.contains_key(head))) {
        let sum = |state: &HeadSums| state.get(head).copied().unwrap_or_default();
        let change = sum(after).minus(sum(before));
        if !change.is_zero() {
            changes.entry(*head).or_default().add_part(part, change);
        }
    }
}
