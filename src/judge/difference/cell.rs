//! One subscription in one month, in both ledgers. Comes in: its lines. Goes out: the consumption of each head after each step from the old
//! run to the new one (SPEC 3.9). It knows no window.

use std::collections::{BTreeMap, BTreeSet};

use super::step_line::{HeadSums, SourceClass, StepLine, counted};
use super::{ComparedLine, Comparison, NO_PARTNER};
use crate::base::amount::Amount;
use crate::base::association::AssociationSet;
use crate::judge::facts::consumption::ledger::LedgerReason;

/// The lines of a cell within the window, with the exports that each is compared with.
pub(super) struct ComparedCell<'c> {
    pub(super) comparison: &'c Comparison<'c>,
    old: &'c [ComparedLine],
    new: &'c [ComparedLine],
    /// Whether lines of exports that repeat consumption are chosen anew in every step. Else the choice of the ledgers stands.
    chooses: bool,
    /// Currencies of lines of the class [`SourceClass::Replaced`] that repeat consumption.
    replaced_repeating: Vec<u32>,
}

/// The class of a line, and its amount in USD.
type ClassAndUsd = (Option<SourceClass>, Option<Amount>);

/// The lines of a class and currency before and after associations are replaced, also lines of no partner.
pub(super) struct ClassLines {
    /// Whether lines of the old run, or of the new one, stand for it, also of no partner.
    pub(super) told: (bool, bool),
    /// By the new roll-up.
    pub(super) old: Vec<StepLine>,
    pub(super) new: Vec<StepLine>,
    /// Amounts of lines of no partner.
    pub(super) of_no_partner: (Vec<(Amount, Option<Amount>)>, Vec<Amount>),
}

impl<'c> ComparedCell<'c> {
    pub(super) fn new(
        comparison: &'c Comparison<'c>,
        old: &'c [ComparedLine],
        new: &'c [ComparedLine],
    ) -> ComparedCell<'c> {
        let mut cell = ComparedCell { comparison, old, new, chooses: true, replaced_repeating: Vec::new() };
        let replaced = cell.inside(old).map(|line| (line, cell.class_of_old(line)));
        let replaced = replaced.chain(cell.inside(new).map(|line| (line, cell.class_of_new(line))));
        let repeating = replaced.filter(|(line, class)| {
            *class == Some(SourceClass::Replaced) && comparison.repeating.contains(&line.source)
        });
        cell.replaced_repeating = repeating.map(|(line, _)| line.currency).collect();
        // A choice that the ledgers do not show is none to be made again.
        let new_lines = cell.lines(new, &|line| (cell.class_of_new(line), line.usd));
        cell.chooses = counted(&cell.old_lines(), comparison.old.accepted) == by_ledger(old)
            && counted(&new_lines, comparison.new.accepted) == by_ledger(new);
        cell
    }

    /// Consumption of the old run, and by the accepted associations of the new one.
    pub(super) fn rule_set(&self) -> [HeadSums; 2] {
        let lines = self.old_lines();
        let judged = match self.comparison.old.accepted == self.comparison.new.accepted {
            true => by_ledger(self.old),
            false => counted(&lines, self.comparison.new.accepted),
        };
        [by_ledger(self.old), judged]
    }

    /// Consumption of the new run.
    pub(super) fn after(&self) -> HeadSums {
        by_ledger(self.new)
    }

    /// Consumption before and after each step: rule set, roll-up, associations, snapshots, amounts, rates.
    pub(super) fn steps(&self) -> Vec<HeadSums> {
        let accepted = self.comparison.new.accepted;
        let rolled_up = self.rolled_up();
        let (mut attributed, mut chosen) = (Vec::new(), Vec::new());
        for class in self.classes(&rolled_up) {
            match class.0 {
                SourceClass::Replaced => {
                    let lines = class.1.with_old_amounts();
                    attributed.extend_from_slice(&lines);
                    chosen.extend(lines);
                }
                SourceClass::Common(_) => {
                    let (by_old_choice, by_new_choice) = class.1.by_choice();
                    attributed.extend(by_old_choice);
                    chosen.extend(by_new_choice);
                }
            }
        }
        let [before, judged] = self.rule_set();
        vec![
            before,
            judged,
            counted(&rolled_up, accepted),
            counted(&attributed, accepted),
            counted(&chosen, accepted),
            counted(&self.new_lines(), accepted),
            self.after(),
        ]
    }

    fn inside<'l>(&self, lines: &'l [ComparedLine]) -> impl Iterator<Item = &'l ComparedLine> + use<'l> {
        lines.iter().filter(|line| line.reason != LedgerReason::OutsideWindow)
    }

    /// The lines of the old run that have a partner.
    pub(super) fn old_lines(&self) -> Vec<StepLine> {
        self.lines(self.old, &|line| (self.class_of_old(line), line.usd))
    }

    /// The lines of the new run that have a partner, at the rates of the old run.
    pub(super) fn new_lines(&self) -> Vec<StepLine> {
        self.lines(self.new, &|line| (self.class_of_new(line), self.at_old_rate(line)))
    }

    fn lines(
        &self,
        lines: &[ComparedLine],
        class_and_usd: &dyn Fn(&ComparedLine) -> ClassAndUsd,
    ) -> Vec<StepLine> {
        let is_wanted = |line: &&ComparedLine| {
            line.head != NO_PARTNER && (self.chooses || line.reason != LedgerReason::Duplicate)
        };
        let step_line = |line: &ComparedLine| {
            let (class, usd) = class_and_usd(line);
            self.step_line(line, class, usd)
        };
        self.inside(lines).filter(is_wanted).map(step_line).collect()
    }

    fn step_line(&self, line: &ComparedLine, class: Option<SourceClass>, usd: Option<Amount>) -> StepLine {
        let class = class.unwrap_or(SourceClass::Common(line.source));
        let is_replaced = class == SourceClass::Replaced && self.replaced_repeating.contains(&line.currency);
        let repeats = self.comparison.repeating.contains(&line.source) || is_replaced;
        StepLine {
            head: line.head,
            partner: line.partner,
            associations: line.associations,
            currency: line.currency,
            class,
            repeats: repeats && self.chooses,
            is_chosen: line.is_chosen(),
            amount: line.amount,
            usd,
        }
    }

    /// A new line in USD at the rate of the old run. An amount that the old ledger has too is converted as there, since each credit was rounded by
    /// itself; a currency that the old ledger does not have in the month, at the new rate.
    fn at_old_rate(&self, line: &ComparedLine) -> Option<Amount> {
        let key = |line: &ComparedLine| (line.source, line.partner, line.associations);
        let is_alike = |old: &&ComparedLine| (old.currency, old.amount) == (line.currency, line.amount);
        let mut alike = self.old.iter().filter(is_alike);
        if let Some(first) = alike.next() {
            let same = [first].into_iter().chain(alike).find(|old| key(old) == key(line));
            return same.unwrap_or(first).usd;
        }
        let at = (line.currency, line.month);
        match (self.comparison.old.rates.get(&at), self.comparison.new.rates.get(&at)) {
            (None, _) => line.usd,
            (Some(old), Some(new)) if old == new => line.usd,
            (Some(old), _) => line.amount.convert((*old)?),
        }
    }

    /// The class of an old line. `None` if it stands for nothing: a line of a snapshot that did not count and is no longer read.
    fn class_of_old(&self, line: &ComparedLine) -> Option<SourceClass> {
        let Comparison { old_sources, new_sources, .. } = self.comparison;
        class_of(line, (self.old, self.new), (old_sources, new_sources))
    }

    fn class_of_new(&self, line: &ComparedLine) -> Option<SourceClass> {
        let Comparison { old_sources, new_sources, .. } = self.comparison;
        class_of(line, (self.new, self.old), (new_sources, old_sources))
    }

    /// The lines of each class and currency; old ones are among `rolled_up`.
    fn classes(&self, rolled_up: &[StepLine]) -> Vec<(SourceClass, ClassLines)> {
        let old = self.inside(self.old).filter_map(|line| Some((self.class_of_old(line)?, line)));
        let new = self.inside(self.new).filter_map(|line| Some((self.class_of_new(line)?, line)));
        let (old, new): (Vec<_>, Vec<_>) = (old.collect(), new.collect());
        let new_lines = self.new_lines();
        let mut keys: Vec<(SourceClass, u32)> =
            old.iter().chain(&new).map(|(class, line)| (*class, line.currency)).collect();
        keys.sort_unstable();
        keys.dedup();
        let of_key = |(class, currency): (SourceClass, u32)| {
            let is_of =
                |(of, line): &&(SourceClass, &ComparedLine)| (*of, line.currency) == (class, currency);
            let is_no_partner = |(_, line): &&(SourceClass, &ComparedLine)| line.head == NO_PARTNER;
            let in_class = |line: &&StepLine| (line.class, line.currency) == (class, currency);
            let of_no_partner = (
                old.iter()
                    .filter(is_of)
                    .filter(is_no_partner)
                    .map(|(_, line)| (line.amount, line.usd))
                    .collect(),
                new.iter().filter(is_of).filter(is_no_partner).map(|(_, line)| line.amount).collect(),
            );
            let lines = ClassLines {
                told: (old.iter().any(|line| is_of(&line)), new.iter().any(|line| is_of(&line))),
                old: rolled_up.iter().filter(in_class).copied().collect(),
                new: new_lines.iter().filter(in_class).copied().collect(),
                of_no_partner,
            };
            (class, lines)
        };
        keys.into_iter().map(of_key).collect()
    }
}

/// What the ledger counts for each head.
fn by_ledger(lines: &[ComparedLine]) -> HeadSums {
    let mut sums = HeadSums::new();
    for line in lines.iter().filter(|line| line.reason == LedgerReason::Counted) {
        let sum = sums.entry(line.head).or_default();
        *sum = sum.plus(line.counted_usd);
    }
    sums
}

/// The class of a line of one run. Lines and sources come in pairs: of this run, then of the other one.
fn class_of(
    line: &ComparedLine,
    (own, other): (&[ComparedLine], &[ComparedLine]),
    (own_sources, other_sources): (&BTreeSet<u32>, &BTreeSet<u32>),
) -> Option<SourceClass> {
    let is_inside = |other: &&ComparedLine| {
        other.reason != LedgerReason::OutsideWindow && other.currency == line.currency
    };
    if !other_sources.contains(&line.source) {
        return line.is_chosen().then_some(SourceClass::Replaced);
    }
    let chosen = |lines: &[ComparedLine]| {
        let of_source = lines.iter().filter(is_inside).filter(|other| other.source == line.source);
        of_source.fold((false, false), |(_, chosen), other| (true, chosen || other.is_chosen()))
    };
    // A snapshot of the one run alone that counts in place of another is its replacement.
    let is_told = |lines: &[ComparedLine], elsewhere: &BTreeSet<u32>| {
        lines.iter().filter(is_inside).any(|other| other.is_chosen() && !elsewhere.contains(&other.source))
    };
    match (chosen(own), chosen(other)) {
        ((_, true), (true, false)) if is_told(other, own_sources) => {
            line.is_chosen().then_some(SourceClass::Replaced)
        }
        ((_, false), (true, true)) if is_told(own, other_sources) => None,
        _ => Some(SourceClass::Common(line.source)),
    }
}

impl ClassLines {
    /// The lines of a source that both runs read, by the new associations: as the old run chose snapshots, and as the new one does.
    fn by_choice(self) -> (Vec<StepLine>, Vec<StepLine>) {
        match self.told {
            // Rows of one file that one of the runs did not take at all: as if they were of another file.
            (false, _) => return (Vec::new(), Vec::new()),
            (_, false) => return (self.old.clone(), self.old),
            (true, true) => {}
        }
        let chosen = self.old.iter().filter(|line| line.is_chosen).count();
        let by_old_choice = if chosen == self.old.len() {
            // Also if all of its old lines are of no partner.
            self.new.iter().map(|line| StepLine { is_chosen: true, ..*line }).collect()
        } else if chosen == 0 {
            Vec::new()
        } else if totals(&self.old) == totals(&self.new) {
            self.old
        } else {
            self.new.clone()
        };
        (by_old_choice, self.new)
    }
}

/// The amount of each partner and association, whether its snapshot counts or not.
fn totals(lines: &[StepLine]) -> BTreeMap<(u32, u32, AssociationSet), Amount> {
    let mut totals = BTreeMap::new();
    for line in lines {
        let total: &mut Amount = totals.entry((line.head, line.partner, line.associations)).or_default();
        *total = total.plus(line.amount);
    }
    totals
}
