//! The step of the roll-up. Comes in: the lines of a cell. Goes out: the old lines at the heads of the new run. Where partners have joined or
//! parted, a row still counts once for a head (SPEC 3.3), as far as the ledgers tell.

use std::collections::{BTreeMap, BTreeSet};

use super::Comparison;
use super::cell::ComparedCell;
use super::step_line::{SourceClass, StepLine};
use crate::base::amount::Amount;
use crate::base::association::{Association, AssociationSet};

/// The lines of one class and currency at one head.
type HeadGroup = (SourceClass, u32, u32);

impl ComparedCell<'_> {
    /// The old lines by the roll-up of the new run.
    pub(super) fn rolled_up(&self) -> Vec<StepLine> {
        let (mut old, new) = (self.old_lines(), self.new_lines());
        let regrouped = self.regrouped(&mut old, &new);
        let heads = &self.comparison.new.heads;
        // Heads of the old run by group: more than one have joined.
        let mut groups: BTreeMap<HeadGroup, Vec<(u32, StepLine)>> = BTreeMap::new();
        for line in &old {
            let head = heads.get(&line.partner).copied().unwrap_or(line.head);
            let key = (line.class, line.currency, head);
            groups.entry(key).or_default().push((line.head, StepLine { head, ..*line }));
        }
        self.part(&old, &new, &mut groups);
        let lines = groups.into_iter().flat_map(|((class, currency, head), lines)| {
            let in_group =
                |line: &&StepLine| (line.class, line.currency, line.head) == (class, currency, head);
            let of_new: Vec<StepLine> = new.iter().filter(in_group).copied().collect();
            joined(class, &lines, &of_new)
        });
        lines.chain(regrouped).collect()
    }

    /// The lines of sources that both runs read, at heads between which partners have moved: as long as the associations of these heads together
    /// are the same, the new lines are the old rows by the new roll-up. Takes the old lines out of `old`. Exports that repeat consumption name each
    /// partner, so that theirs are left.
    fn regrouped(&self, old: &mut Vec<StepLine>, new: &[StepLine]) -> Vec<StepLine> {
        let Comparison { moves, .. } = self.comparison;
        let group = |line: &StepLine| {
            let set = moves.get(&line.head).filter(|_| !line.repeats)?;
            matches!(line.class, SourceClass::Common(_)).then_some((line.class, line.currency, *set))
        };
        let groups: BTreeSet<_> = old.iter().filter_map(group).collect();
        let mut regrouped = Vec::new();
        for key in groups {
            let is_of = |line: &&StepLine| group(line) == Some(key);
            let united = |lines: &[StepLine]| -> AssociationSet {
                lines
                    .iter()
                    .filter(is_of)
                    .flat_map(|line| line.associations.iter())
                    .filter(|one| !is_tier(*one))
                    .collect()
            };
            let is_there = new.iter().any(|line| is_of(&line));
            if !is_there || united(old) != united(new) {
                continue;
            }
            let (any, all) = old
                .iter()
                .filter(is_of)
                .fold((false, true), |(any, all), line| (any || line.is_chosen, all && line.is_chosen));
            let is_chosen = |line: &StepLine| if any == all { all } else { line.is_chosen };
            regrouped.extend(
                new.iter().filter(is_of).map(|line| StepLine { is_chosen: is_chosen(line), ..*line }),
            );
            old.retain(|line| group(line) != Some(key));
        }
        regrouped
    }

    /// Gives heads to which partners have gone the lines that stood for these partners at their former heads: a line of the associations file
    /// names the head alone, and a line of a provider stands for its resellers of the same head too.
    fn part(
        &self,
        old: &[StepLine],
        new: &[StepLine],
        groups: &mut BTreeMap<HeadGroup, Vec<(u32, StepLine)>>,
    ) {
        let old_groups: BTreeSet<HeadGroup> = old.iter().map(group_of).collect();
        let new_groups: BTreeSet<HeadGroup> = new.iter().map(group_of).collect();
        let mut gone: BTreeSet<HeadGroup> = BTreeSet::new();
        for (class, currency, head) in &new_groups {
            let key = (*class, *currency, *head);
            for former in self.comparison.formers(*head) {
                let at_former = (*class, *currency, former);
                let has_moved = |lines: &Vec<(u32, StepLine)>| lines.iter().any(|(from, _)| *from == former);
                if !old_groups.contains(&at_former) || groups.get(&key).is_some_and(has_moved) {
                    continue;
                }
                // Where the former head is counted now.
                let followed = self.comparison.new.heads.get(&former).copied().unwrap_or(former);
                let keeps = new_groups.contains(&(*class, *currency, followed));
                if keeps && groups.contains_key(&key) {
                    continue;
                }
                let stood =
                    |line: &&StepLine| group_of(line) == at_former && (keeps || line.partner == former);
                let lines: Vec<StepLine> = old.iter().filter(stood).copied().collect();
                let copies = moved(key, &lines, new);
                if !copies.is_empty() {
                    groups.entry(key).or_default().extend(copies.into_iter().map(|line| (former, line)));
                    gone.extend((!keeps).then_some(at_former));
                }
            }
        }
        for (class, currency, former) in gone {
            let of_class = groups.range_mut((class, currency, 0)..=(class, currency, u32::MAX));
            let others = of_class.filter(|(key, _)| !new_groups.contains(*key));
            others.for_each(|(_, lines)| {
                lines.retain(|(from, line)| (*from, line.partner) != (former, former));
            });
        }
    }
}

/// Whether an association is one of the two tiers of CSP, which the rows of an export name together.
fn is_tier(association: Association) -> bool {
    matches!(association, Association::CspTier1 | Association::CspTier2)
}

fn group_of(line: &StepLine) -> HeadGroup {
    (line.class, line.currency, line.head)
}

/// Lines of a former head at the head of a group: a source that both runs read has the same rows in the new lines.
fn moved(key: HeadGroup, lines: &[StepLine], new: &[StepLine]) -> Vec<StepLine> {
    let is_chosen = lines.iter().any(|line| line.is_chosen);
    let mut of_new = new.iter().filter(|line| group_of(line) == key);
    match (key.0, lines.is_empty()) {
        (_, true) => Vec::new(),
        (SourceClass::Common(_), false) => of_new.map(|line| StepLine { is_chosen, ..*line }).collect(),
        (SourceClass::Replaced, false) => {
            let Some(first) = of_new.next() else { return Vec::new() };
            let (partner, associations) = (first.partner, first.associations);
            lines.iter().map(|line| StepLine { head: key.2, partner, associations, ..*line }).collect()
        }
    }
}

/// The lines of a group, each with its head in the old run; rows of several of those heads count once.
fn joined(class: SourceClass, lines: &[(u32, StepLine)], of_new: &[StepLine]) -> Vec<StepLine> {
    let all = || lines.iter().map(|(_, line)| *line).collect::<Vec<_>>();
    let first_head = lines.first().map(|(head, _)| *head);
    let is_joined = lines.iter().any(|(head, _)| Some(*head) != first_head);
    if !is_joined || lines.iter().any(|(_, line)| line.repeats) {
        return all();
    }
    let is_chosen = lines.iter().any(|(_, line)| line.is_chosen);
    if let (SourceClass::Common(_), false) = (class, of_new.is_empty()) {
        return of_new.iter().map(|line| StepLine { is_chosen, ..*line }).collect();
    }
    // Where the new lines name several partners of the head, each has rows of its own.
    let partners: BTreeSet<u32> = of_new.iter().map(|line| line.partner).collect();
    if partners.len() > 1 {
        return all();
    }
    let mut sums: BTreeMap<u32, Amount> = BTreeMap::new();
    for (head, line) in lines {
        let sum = sums.entry(*head).or_default();
        *sum = sum.plus(line.amount);
    }
    let mut amounts = sums.values();
    let first = amounts.next();
    if amounts.all(|amount| Some(amount) == first) {
        // Each had all rows.
        let associations: AssociationSet =
            lines.iter().flat_map(|(_, line)| line.associations.iter()).collect();
        let of_first = lines.iter().filter(|(head, _)| Some(*head) == first_head);
        return of_first.map(|(_, line)| StepLine { associations, ..*line }).collect();
    }
    let provider = AssociationSet::of(Association::CspTier1);
    let is_csp = lines.iter().all(|(_, line)| line.associations.iter().all(is_tier));
    let of_provider: Vec<StepLine> =
        lines.iter().filter(|(_, line)| line.associations == provider).map(|(_, line)| *line).collect();
    // The provider has the rows of its resellers too.
    if is_csp && !of_provider.is_empty() { of_provider } else { all() }
}
