//! The days on which passes count. Comes in: passes, and the credentials that a rule set names. Goes out: the individuals of any day, of all
//! heads or of some, without matching credentials again; and the number of individuals of each head from day to day.

use std::collections::BTreeMap;

use super::individuals::{CountedIndividuals, GroupMember, NamedCredential, heads};
use crate::base::calendar::Day;
use crate::base::ids::PartnerId;
use crate::config::rules::{CredentialIndex, GroupCounting, Measure, RuleSet};
use crate::roster::Roster;
use crate::roster::people::PassRecords;

/// The days on which a pass counts for a head, in one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PassSpan {
    head: usize,
    person: u32,
    group: usize,
    first: Day,
    last: Day,
}

/// The passes of a run by the days on which they count.
#[derive(Debug)]
pub(crate) struct PassSpans<'p> {
    /// Sorted.
    heads: Vec<&'p PartnerId>,
    /// Sorted.
    spans: Vec<PassSpan>,
}

impl<'p> PassSpans<'p> {
    pub(crate) fn new(people: &'p PassRecords, rules: &RuleSet, roster: &'p Roster) -> PassSpans<'p> {
        let index = CredentialIndex::of(rules);
        let texts = people.credentials().into_iter();
        let credentials: Vec<NamedCredential> =
            texts.map(|texts| NamedCredential::new(texts, rules, &index, Day::MIN)).collect();
        let (heads, head_of) = heads(people, roster);
        let persons = people.persons();
        let mut spans = Vec::new();
        for pass in people.passes() {
            let (head, person) = (head_of[pass.partner as usize], persons[pass.known_as as usize]);
            for (group, until) in &credentials[pass.credential as usize].accepted_groups {
                let last = pass.expires_on.unwrap_or(Day::MAX).min(*until);
                let first = pass.completed_on;
                if first <= last {
                    spans.push(PassSpan { head, person, group: *group, first, last });
                }
            }
        }
        spans.sort_unstable();
        PassSpans { heads, spans }
    }

    /// How many heads there are.
    pub(crate) fn heads(&self) -> usize {
        self.heads.len()
    }

    /// The index of a head.
    pub(crate) fn head(&self, head: &PartnerId) -> Option<usize> {
        self.heads.binary_search(&head).ok()
    }

    /// The individuals with a pass that counts on a day, of the heads that `is_wanted` selects by their index.
    pub(crate) fn on(&self, day: Day, is_wanted: impl Fn(usize) -> bool) -> CountedIndividuals<'p> {
        let mut members: Vec<GroupMember> = Vec::new();
        for of_head in self.spans.chunk_by(|a, b| a.head == b.head).filter(|spans| is_wanted(spans[0].head)) {
            let counts = of_head.iter().filter(|span| span.first <= day && day <= span.last);
            members.extend(counts.map(|span| GroupMember {
                head: span.head,
                person: span.person,
                group: span.group,
                until: span.last,
            }));
        }
        CountedIndividuals::of_members(self.heads.clone(), members)
    }

    /// The number of individuals of each head, to be followed from day to day.
    pub(crate) fn counts(&self, rules: &RuleSet) -> IndividualCounts {
        let mut units: Vec<Vec<usize>> = (0..rules.groups.len()).map(|group| vec![group]).collect();
        let mut unit_of: BTreeMap<Vec<usize>, usize> = units.iter().cloned().zip(0..).collect();
        let mut of_measures = Vec::new();
        for measure in &rules.measures {
            of_measures.push(match measure {
                Measure::Consumption => Vec::new(),
                Measure::Individuals { groups, counting: GroupCounting::LargestGroup } => groups.clone(),
                Measure::Individuals { groups, counting: GroupCounting::Union } => {
                    let unit = *unit_of.entry(groups.clone()).or_insert_with(|| {
                        units.push(groups.clone());
                        units.len() - 1
                    });
                    vec![unit]
                }
            });
        }
        let mut changes: Vec<CountChange> = Vec::new();
        for of_person in self.spans.chunk_by(|a, b| (a.head, a.person) == (b.head, b.person)) {
            for (unit, groups) in units.iter().enumerate() {
                let mut spans: Vec<(Day, Day)> = of_person
                    .iter()
                    .filter(|span| groups.contains(&span.group))
                    .map(|span| (span.first, span.last))
                    .collect();
                spans.sort_unstable();
                let head = of_person[0].head;
                let mut counted_to: Option<Day> = None;
                for (first, last) in spans {
                    // A person counts once, however many passes overlap.
                    let first =
                        counted_to.map_or(Some(first), |to| to.succ_opt().map(|next| next.max(first)));
                    let Some(first) = first.filter(|first| *first <= last) else { continue };
                    changes.push(CountChange { day: first, head, unit, change: 1 });
                    if let Some(day) = last.succ_opt() {
                        changes.push(CountChange { day, head, unit, change: -1 });
                    }
                    counted_to = Some(last);
                }
            }
        }
        changes.sort_unstable();
        let counts = vec![0; self.heads.len() * units.len()];
        IndividualCounts { units: units.len(), of_measures, changes, next: 0, counts }
    }
}

/// A person begins or ceases to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct CountChange {
    day: Day,
    head: usize,
    unit: usize,
    change: i64,
}

/// The number of individuals of each head on a day that moves on.
#[derive(Debug)]
pub(crate) struct IndividualCounts {
    units: usize,
    /// By the index of a measure, the units whose greatest count is its value.
    of_measures: Vec<Vec<usize>>,
    /// Sorted.
    changes: Vec<CountChange>,
    next: usize,
    /// The units of the first head, then of the second, and so on.
    counts: Vec<i64>,
}

impl IndividualCounts {
    /// Moves on to a later day.
    pub(crate) fn advance(&mut self, day: Day) {
        while let Some(change) = self.changes.get(self.next).filter(|change| change.day <= day) {
            self.counts[change.head * self.units + change.unit] += change.change;
            self.next += 1;
        }
    }

    /// The value of a measure of individuals, by the index of the measure and of the head.
    pub(crate) fn value(&self, measure: usize, head: Option<usize>) -> u64 {
        let Some(head) = head else { return 0 };
        let of_head = &self.counts[head * self.units..(head + 1) * self.units];
        let counts = self.of_measures[measure].iter().map(|unit| of_head[*unit]);
        u64::try_from(counts.max().unwrap_or(0)).expect("no person ceases to count twice")
    }
}
