//! The measure `individuals`: distinct individuals with a counted pass (SPEC 3.4). Comes in: passes, and the credentials that a rule
//! set names. Goes out: for each head, the individuals of each group, and from them the value for any list of groups; and the
//! passes by their outcome. The uniform judgement of `verdict` compares the value with the threshold.

use std::collections::BTreeMap;

use crate::base::calendar::Day;
use crate::base::ids::PartnerId;
use crate::config::rules::{CredentialId, CredentialIndex, GroupCounting, Quantity, RuleSet};
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::judge::bounds::Unknown;
use crate::roster::Roster;
use crate::roster::people::{CredentialPass, PassRecords};
use crate::rows::small::CredentialTexts;

/// Passes by their outcome. With the refused rows, they add up to the rows read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PassCounts {
    pub(crate) counted: u64,
    pub(crate) not_named: u64,
    pub(crate) too_late: u64,
    pub(crate) expired: u64,
}

/// The outcome of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PassOutcome {
    Counted,
    /// The rule set does not name its credential.
    NotNamed,
    /// It was completed after the day for which partners are judged.
    TooLate,
    /// The last day of the pass is over.
    Expired,
    /// The rule set no longer accepts its credential.
    Retired,
}

/// One pass, explained.
#[derive(Debug, Clone)]
pub(crate) struct ExplainedPass<'p> {
    pub(crate) partner: &'p PartnerId,
    /// The number that stands for the person.
    pub(crate) person: u32,
    pub(crate) texts: &'p CredentialTexts,
    pub(crate) completed_on: Day,
    pub(crate) expires_on: Option<Day>,
    pub(crate) outcome: PassOutcome,
    /// Indices into [`RuleSet::groups`] of the credentials that it names.
    pub(crate) groups: Vec<usize>,
    /// The last day on which the rule set accepts one of these credentials. **Absent**: no end.
    pub(crate) accepted_until: Option<Day>,
}

/// Every pass of the partners that `heads` has, by head, person and day.
pub(crate) fn explained_passes<'p>(
    people: &'p PassRecords,
    rules: &RuleSet,
    roster: &'p Roster,
    as_of: Day,
    heads: &[PartnerId],
) -> BTreeMap<&'p PartnerId, Vec<ExplainedPass<'p>>> {
    let index = CredentialIndex::of(rules);
    let texts = people.credentials();
    let credentials: Vec<NamedCredential> =
        texts.iter().map(|texts| NamedCredential::new(texts, rules, &index, as_of)).collect();
    let mut partners: Vec<Option<(&PartnerId, &PartnerId)>> = vec![None; people.partners().len()];
    for (partner, number) in people.partners() {
        let head = roster.head(partner);
        partners[number as usize] = heads.binary_search(head).is_ok().then_some((head, partner));
    }
    let persons = people.persons();
    let mut of_heads: BTreeMap<&PartnerId, Vec<ExplainedPass<'_>>> = BTreeMap::new();
    for pass in people.passes() {
        let Some((head, partner)) = partners[pass.partner as usize] else { continue };
        let credential = &credentials[pass.credential as usize];
        of_heads.entry(head).or_default().push(ExplainedPass {
            partner,
            person: persons[pass.known_as as usize],
            texts: texts[pass.credential as usize],
            completed_on: pass.completed_on,
            expires_on: pass.expires_on,
            outcome: credential.outcome(pass, as_of),
            groups: credential.groups.clone(),
            accepted_until: credential.accepted_until,
        });
    }
    for passes in of_heads.values_mut() {
        passes.sort_by(|a, b| {
            let key = |pass: &ExplainedPass<'p>| (pass.person, pass.completed_on, pass.expires_on);
            let texts = |pass: &ExplainedPass<'p>| (&pass.texts.codes, &pass.texts.titles, pass.partner);
            key(a).cmp(&key(b)).then_with(|| texts(a).cmp(&texts(b)))
        });
    }
    of_heads
}

/// Individuals with a counted pass.
#[derive(Debug)]
pub(crate) struct CountedIndividuals<'p> {
    /// Sorted.
    heads: Vec<&'p PartnerId>,
    /// Sorted, each person of a head and group once.
    members: Vec<GroupMember>,
}

/// A person who has a counted pass of a group, for a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GroupMember {
    /// Index among the heads.
    pub(super) head: usize,
    pub(super) person: u32,
    /// Index into [`RuleSet::groups`].
    pub(super) group: usize,
    /// The last day on which the person still counts; the last of all days: for ever.
    pub(super) until: Day,
}

/// The credentials of a rule set that the texts of a pass name, on a day.
#[derive(Debug)]
pub(super) struct NamedCredential {
    is_named: bool,
    /// The groups of its credentials.
    groups: Vec<usize>,
    /// The groups of its credentials that are still accepted, each with the last day on which it is.
    pub(super) accepted_groups: Vec<(usize, Day)>,
    /// The last day on which one of them is accepted. **Absent**: no end.
    accepted_until: Option<Day>,
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
    let named = NamedCredential::new(&texts, rules, index, as_of);
    let mut groups: Vec<usize> = named.accepted_groups.into_iter().map(|(group, _)| group).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// The least and the greatest number of individuals of some groups. `count` is the number of individuals that the run knows of one group,
/// or of a union the number of all.
pub(super) fn bounds(groups: &[usize], count: u64, unknown: &Unknown) -> (u64, u64) {
    let least = match (unknown.may_roll_up, unknown.people_may_merge) {
        (true, _) => 0,
        (false, true) => count.min(1),
        (false, false) => count,
    };
    (least, count.saturating_add(unknown.people.most(groups)))
}

impl NamedCredential {
    pub(super) fn new(
        texts: &CredentialTexts,
        rules: &RuleSet,
        index: &CredentialIndex,
        as_of: Day,
    ) -> NamedCredential {
        let [codes, titles] =
            [&texts.codes, &texts.titles].map(|texts| texts.iter().map(String::as_str).collect::<Vec<_>>());
        let named = index.names(&codes, &titles);
        let last = |id: &CredentialId| (id.group, rules.credential(*id).accepted_until.unwrap_or(Day::MAX));
        let until: Vec<Option<Day>> = named.iter().map(|id| rules.credential(*id).accepted_until).collect();
        NamedCredential {
            is_named: !named.is_empty(),
            accepted_groups: named.iter().map(last).filter(|(_, until)| as_of <= *until).collect(),
            groups: named.iter().map(|id| id.group).collect(),
            accepted_until: if until.contains(&None) { None } else { until.into_iter().flatten().max() },
        }
    }

    /// What becomes of a pass of the credential.
    fn outcome(&self, pass: &CredentialPass, as_of: Day) -> PassOutcome {
        if !self.is_named {
            PassOutcome::NotNamed
        } else if pass.completed_on > as_of {
            PassOutcome::TooLate
        } else if pass.expires_on.is_some_and(|day| day < as_of) {
            PassOutcome::Expired
        } else if self.accepted_groups.is_empty() {
            PassOutcome::Retired
        } else {
            PassOutcome::Counted
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
            match credential.outcome(pass, as_of) {
                PassOutcome::NotNamed => counts.not_named += 1,
                PassOutcome::TooLate => counts.too_late += 1,
                PassOutcome::Expired | PassOutcome::Retired => counts.expired += 1,
                PassOutcome::Counted => {
                    counts.counted += 1;
                    let (head, person) = (head_of[pass.partner as usize], persons[pass.known_as as usize]);
                    let expires_on = pass.expires_on.unwrap_or(Day::MAX);
                    let of_group = |(group, until): &(usize, Day)| GroupMember {
                        head,
                        person,
                        group: *group,
                        until: expires_on.min(*until),
                    };
                    members.extend(credential.accepted_groups.iter().map(of_group));
                }
            }
        }
        let counted = CountedIndividuals::of_members(heads, members);
        counted.warn_of_two_partners(warnings);
        (counted, counts)
    }

    /// The individuals of passes that count.
    pub(super) fn of_members(
        heads: Vec<&'p PartnerId>,
        mut members: Vec<GroupMember>,
    ) -> CountedIndividuals<'p> {
        members.sort_unstable();
        // The last of equal members is the one that counts longest.
        members.dedup_by(|later, first| {
            let is_same = (later.head, later.person, later.group) == (first.head, first.person, first.group);
            if is_same {
                first.until = later.until;
            }
            is_same
        });
        CountedIndividuals { heads, members }
    }

    /// The value for some groups of each head that has a counted pass of any group, sorted.
    pub(super) fn by_head(
        &self,
        groups: &[usize],
        counting: GroupCounting,
    ) -> Vec<(&'p PartnerId, Quantity)> {
        let of_head = |members: &[GroupMember]| {
            let count = count(members, groups, counting);
            (self.heads[members[0].head], Quantity::Count(count))
        };
        self.members.chunk_by(|a, b| a.head == b.head).map(of_head).collect()
    }

    /// The value for some groups of a head.
    pub(crate) fn value_of(&self, head: &PartnerId, groups: &[usize], counting: GroupCounting) -> u64 {
        count(self.members_of(head), groups, counting)
    }

    /// The value for some groups of a head on later days, while no pass comes to those that count: from each day on, until the next.
    pub(crate) fn after(
        &self,
        head: &PartnerId,
        groups: &[usize],
        counting: GroupCounting,
    ) -> Vec<(Day, u64)> {
        let members = self.members_of(head);
        let mut lasts: Vec<Day> = members.iter().map(|m| m.until).filter(|until| *until < Day::MAX).collect();
        lasts.sort_unstable();
        lasts.dedup();
        let from = |day: Day| {
            let left: Vec<GroupMember> = members.iter().filter(|m| m.until >= day).copied().collect();
            (day, count(&left, groups, counting))
        };
        lasts.into_iter().filter_map(|last| last.succ_opt()).map(from).collect()
    }

    /// The members of a head.
    fn members_of(&self, head: &PartnerId) -> &[GroupMember] {
        let Ok(number) = self.heads.binary_search(&head) else { return &[] };
        let first = self.members.partition_point(|member| member.head < number);
        let of_head = &self.members[first..];
        &of_head[..of_head.partition_point(|member| member.head == number)]
    }

    /// The groups in which each person of a head counts.
    pub(crate) fn groups_of_persons(&self, head: &PartnerId) -> Vec<Vec<usize>> {
        let of_head = self.members_of(head);
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

/// The number of individuals of some groups.
fn count(members: &[GroupMember], groups: &[usize], counting: GroupCounting) -> u64 {
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
    u64::try_from(count).expect("people fit memory")
}

/// The heads of all partners that a record names, sorted; and by number of the partner, the index of its head.
pub(super) fn heads<'p>(people: &'p PassRecords, roster: &'p Roster) -> (Vec<&'p PartnerId>, Vec<usize>) {
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
