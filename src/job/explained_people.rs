//! The people of one head, explained. Comes in: their passes. Goes out: persons, each with its passes and why one does not count. Persons are
//! numbered; ids are shown only where they are asked for, names and mail addresses never.

use std::collections::{BTreeMap, HashMap};

use crate::base::ids::PartnerId;
use crate::config::rules::RuleSet;
use crate::judge::measures::individuals::{ExplainedPass, PassOutcome};
use crate::outputs::explanation::{PassExplained, PersonExplained};
use crate::roster::people::{PassRecords, PersonName};

/// In place of a text that may hold a mail address.
const NOT_SHOWN: &str = "(not shown)";

/// How persons are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeopleShown {
    /// `person 1`, by partner.
    Numbers,
    /// By an id of the export, where it has one that is no mail address.
    Ids,
}

/// The persons of each head.
pub(super) fn by_head(
    people: &PassRecords,
    rules: &RuleSet,
    passes: BTreeMap<&PartnerId, Vec<ExplainedPass<'_>>>,
    shown: PeopleShown,
) -> HashMap<PartnerId, Vec<PersonExplained>> {
    let mut persons: Vec<u32> = passes.values().flatten().map(|pass| pass.person).collect();
    persons.sort_unstable();
    persons.dedup();
    let names = people.names_of(&persons);
    let of_head = |passes: &[ExplainedPass<'_>]| {
        let mut of_persons: Vec<&[ExplainedPass<'_>]> =
            passes.chunk_by(|a, b| a.person == b.person).collect();
        // The order of arrival, by which persons have numbers, differs from run to run.
        of_persons.sort_by_cached_key(|passes| {
            let ids: Vec<&str> = ids_of(names.get(&passes[0].person)).collect();
            let passes: Vec<_> = passes
                .iter()
                .map(|pass| (pass.completed_on, &pass.texts.codes, &pass.texts.titles))
                .collect();
            (passes, ids.join(" "))
        });
        let explained = |(nth, passes): (usize, &[ExplainedPass<'_>])| {
            person(nth, passes, names.get(&passes[0].person), rules, shown)
        };
        (1..).zip(of_persons).map(explained).collect()
    };
    passes.iter().map(|(head, passes)| ((*head).clone(), of_head(passes))).collect()
}

/// Ids that are no mail addresses.
fn ids_of<'n>(names: Option<&'n Vec<PersonName<'n>>>) -> impl Iterator<Item = &'n str> {
    names.into_iter().flatten().filter_map(|name| match name {
        PersonName::Id(id) if !id.contains('@') => Some(*id),
        PersonName::Id(_) | PersonName::Mail => None,
    })
}

fn person(
    nth: usize,
    passes: &[ExplainedPass<'_>],
    names: Option<&Vec<PersonName<'_>>>,
    rules: &RuleSet,
    shown: PeopleShown,
) -> PersonExplained {
    let group = |group: &usize| rules.groups[*group].name.clone();
    let mut counts_in: Vec<usize> = passes
        .iter()
        .filter(|pass| pass.outcome == PassOutcome::Counted)
        .flat_map(|pass| pass.groups.iter().copied())
        .collect();
    counts_in.sort_unstable();
    counts_in.dedup();
    let pseudonym = format!("person {nth}");
    PersonExplained {
        person: match shown {
            PeopleShown::Numbers => pseudonym,
            PeopleShown::Ids => ids_of(names).next().map_or(pseudonym, str::to_owned),
        },
        joined_by: joined_by(names, shown),
        counts_in: counts_in.iter().map(group).collect(),
        passes: passes.iter().map(|pass| explained(pass, rules)).collect(),
    }
}

/// Which ids and mail addresses were joined into one person. `None` if there is one of each at most.
fn joined_by(names: Option<&Vec<PersonName<'_>>>, shown: PeopleShown) -> Option<String> {
    let names = names?;
    let ids = names.iter().filter(|name| matches!(name, PersonName::Id(_))).count();
    let mails = names.len() - ids;
    if ids < 2 && mails < 2 {
        return None;
    }
    let count = |count: usize, one: &str, more: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {more}")),
    };
    let ids_text = match shown {
        PeopleShown::Ids if ids_of(Some(names)).next().is_some() => {
            let shown: Vec<&str> = ids_of(Some(names)).collect();
            let hidden = count(ids - shown.len(), NOT_SHOWN, NOT_SHOWN);
            Some(format!(
                "ids {}",
                shown.into_iter().map(str::to_owned).chain(hidden).collect::<Vec<_>>().join(", ")
            ))
        }
        PeopleShown::Ids | PeopleShown::Numbers => count(ids, "id", "ids"),
    };
    let parts: Vec<String> =
        [ids_text, count(mails, "mail address", "mail addresses")].into_iter().flatten().collect();
    Some(format!("one person with {}, joined by records that share them", parts.join(" and ")))
}

fn explained(pass: &ExplainedPass<'_>, rules: &RuleSet) -> PassExplained {
    let mut groups = pass.groups.clone();
    groups.sort_unstable();
    groups.dedup();
    // A cell may stand in the wrong column, so a text that holds a mail address is never shown.
    let mut texts = pass.texts.codes.iter().chain(&pass.texts.titles).filter(|text| !text.contains('@'));
    PassExplained {
        partner_id: pass.partner.to_string(),
        credential: texts.next().cloned().unwrap_or_else(|| NOT_SHOWN.to_owned()),
        groups: groups.iter().map(|group| rules.groups[*group].name.clone()).collect(),
        completed_on: pass.completed_on,
        expires_on: pass.expires_on,
        counts: pass.outcome == PassOutcome::Counted,
        why: match pass.outcome {
            PassOutcome::Counted => String::new(),
            PassOutcome::NotNamed => "the rule set does not name it".to_owned(),
            PassOutcome::TooLate => "passed after the day of the report".to_owned(),
            PassOutcome::Expired => "expired".to_owned(),
            PassOutcome::Retired => match pass.accepted_until {
                Some(day) => format!("accepted until {day} only"),
                None => "no longer accepted".to_owned(),
            },
        },
    }
}
