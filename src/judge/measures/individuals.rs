//! The measure `individuals`: distinct individuals with a counted pass (SPEC 3.4). Comes in: passes, and the credentials that a rule
//! set names. Goes out: for each head, the individuals of each group, and from them the value for any list of groups; and the
//! passes by their outcome. The uniform judgement of `verdict` compares the value with the threshold.

use std::collections::BTreeMap;

use crate::base::calendar::Day;
use crate::base::ids::PartnerId;
use crate::config::rules::{CredentialIndex, GroupCounting, Quantity, RuleSet};
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::judge::bounds::Unknown;
use crate::roster::Roster;
use crate::roster::people::PassRecords;
use crate::rows::small::CredentialTexts;

/// Passes by their outcome. With the refused rows, they add up to the rows read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PassCounts {
    pub(crate) counted: u64,
    pub(crate) not_named: u64,
    pub(crate) too_late: u64,
    pub(crate) expired: u64,
}

/// Individuals with a counted pass.
#[derive(Debug)]
pub(crate) struct CountedIndividuals<'p> {
    /// Sorted.
    heads: Vec<&'p PartnerId>,
    /// Sorted, each once.
    members: Vec<GroupMember>,
}

/// A person who has a counted pass of a group, for a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct GroupMember {
    /// Index among the heads.
    head: usize,
    person: u32,
    /// Index into [`RuleSet::groups`].
    group: usize,
}

/// The credentials of a rule set that the texts of a pass name, on a day.
#[derive(Debug)]
struct NamedCredential {
    is_named: bool,
    /// The groups of its credentials that are still accepted.
    accepted_groups: Vec<usize>,
}

/// The groups of the credentials that codes and titles name, as far as the rule set still accepts them on `as_of`; sorted, each once.
pub(crate) fn accepted_groups(
    codes: &[String],
    titles: &[String],
    rules: &RuleSet,
    index: &CredentialIndex,
    as_of: Day,
) -> Vec<usize> {
    let texts = CredentialTexts { codes: codes.to_vec(), titles: titles.to_vec() };
    let mut groups = NamedCredential::new(&texts, rules, index, as_of).accepted_groups;
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// The least and the greatest number of individuals of some groups. `count` is the number of individuals that the run knows of one group,
/// or of a union the number of all.
pub(super) fn bounds(groups: &[usize], count: u64, unknown: &Unknown) -> (u64, u64) {
    let least = if unknown.may_roll_up { 0 } else { count };
    (least, count.saturating_add(unknown.people.most(groups)))
}

impl NamedCredential {
    fn new(texts: &CredentialTexts, rules: &RuleSet, index: &CredentialIndex, as_of: Day) -> NamedCredential {
        let [codes, titles] =
            [&texts.codes, &texts.titles].map(|texts| texts.iter().map(String::as_str).collect::<Vec<_>>());
        let named = index.names(&codes, &titles);
        let is_accepted = |until: Option<Day>| until.is_none_or(|until| as_of <= until);
        let accepted = named.iter().filter(|id| is_accepted(rules.credential(**id).accepted_until));
        NamedCredential {
            is_named: !named.is_empty(),
            accepted_groups: accepted.map(|id| id.group).collect(),
        }
    }
}

impl<'p> CountedIndividuals<'p> {
    /// Counts the passes that count on `as_of`. A person at two heads counts at each, which is a warning.
    pub(crate) fn count(
        people: &'p PassRecords,
        rules: &RuleSet,
        roster: &'p Roster,
        as_of: Day,
        warnings: &mut Warnings,
    ) -> (CountedIndividuals<'p>, PassCounts) {
        // There are few distinct credentials, so each is matched once, not once for each pass.
        let index = CredentialIndex::of(rules);
        let credentials: Vec<NamedCredential> = people
            .credentials()
            .into_iter()
            .map(|texts| NamedCredential::new(texts, rules, &index, as_of))
            .collect();
        let (heads, head_of) = heads(people, roster);
        let persons = people.persons();
        let (mut counts, mut members) = (PassCounts::default(), Vec::new());
        for pass in people.passes() {
            let credential = &credentials[pass.credential as usize];
            if !credential.is_named {
                counts.not_named += 1;
            } else if pass.completed_on > as_of {
                counts.too_late += 1;
            } else if pass.expires_on.is_some_and(|day| day < as_of) || credential.accepted_groups.is_empty()
            {
                counts.expired += 1;
            } else {
                counts.counted += 1;
                let (head, person) = (head_of[pass.partner as usize], persons[pass.known_as as usize]);
                let of_group = |group: &usize| GroupMember { head, person, group: *group };
                members.extend(credential.accepted_groups.iter().map(of_group));
            }
        }
        members.sort_unstable();
        members.dedup();
        let counted = CountedIndividuals { heads, members };
        counted.warn_of_two_partners(warnings);
        (counted, counts)
    }

    /// The value for some groups of each head that has a counted pass of any group, sorted.
    pub(super) fn by_head(
        &self,
        groups: &[usize],
        counting: GroupCounting,
    ) -> Vec<(&'p PartnerId, Quantity)> {
        let of_head = |members: &[GroupMember]| {
            let count = match counting {
                GroupCounting::LargestGroup => {
                    let size = |group: &usize| members.iter().filter(|m| m.group == *group).count();
                    groups.iter().map(size).max().unwrap_or(0)
                }
                GroupCounting::Union => members
                    .chunk_by(|a, b| a.person == b.person)
                    .filter(|of_person| of_person.iter().any(|m| groups.contains(&m.group)))
                    .count(),
            };
            let count = u64::try_from(count).expect("people fit memory");
            (self.heads[members[0].head], Quantity::Count(count))
        };
        self.members.chunk_by(|a, b| a.head == b.head).map(of_head).collect()
    }

    /// The groups in which each person of a head counts.
    pub(crate) fn groups_of_persons(&self, head: &PartnerId) -> Vec<Vec<usize>> {
        let Ok(number) = self.heads.binary_search(&head) else { return Vec::new() };
        let first = self.members.partition_point(|member| member.head < number);
        let of_head = &self.members[first..];
        let of_head = &of_head[..of_head.partition_point(|member| member.head == number)];
        let groups = |of_person: &[GroupMember]| of_person.iter().map(|member| member.group).collect();
        of_head.chunk_by(|a, b| a.person == b.person).map(groups).collect()
    }

    /// The warning names partners only, never a person.
    fn warn_of_two_partners(&self, warnings: &mut Warnings) {
        let mut places: Vec<(u32, usize)> = self.members.iter().map(|m| (m.person, m.head)).collect();
        places.sort_unstable();
        places.dedup();
        let mut persons: BTreeMap<Vec<usize>, u64> = BTreeMap::new();
        for of_person in places.chunk_by(|a, b| a.0 == b.0).filter(|heads| heads.len() > 1) {
            *persons.entry(of_person.iter().map(|(_, head)| *head).collect()).or_default() += 1;
        }
        for (heads, count) in persons {
            let ids: Vec<&str> = heads.iter().map(|head| self.heads[*head].as_str()).collect();
            let text = match count {
                1 => format!("1 person counts at each of the partners {}", ids.join(", ")),
                n => format!("{n} persons count at each of the partners {}", ids.join(", ")),
            };
            warnings.add(WarningCode::PersonAtTwoPartners, text);
        }
    }
}

/// The heads of all partners that a record names, sorted; and by number of the partner, the index of its head.
fn heads<'p>(people: &'p PassRecords, roster: &'p Roster) -> (Vec<&'p PartnerId>, Vec<usize>) {
    let mut by_head: Vec<(&PartnerId, u32)> =
        people.partners().map(|(partner, number)| (roster.head(partner), number)).collect();
    // Stable, since partners are sorted and most are heads.
    by_head.sort();
    let (mut heads, mut head_of) = (Vec::with_capacity(by_head.len()), vec![0; by_head.len()]);
    for of_head in by_head.chunk_by(|(a, _), (b, _)| a == b) {
        of_head.iter().for_each(|(_, partner)| head_of[*partner as usize] = heads.len());
        heads.push(of_head[0].0);
    }
    (heads, head_of)
}
