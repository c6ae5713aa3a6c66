//! People: who is one person, and whose passes count. Comes in: credential records. Goes out: for each head, the distinct
//! individuals of each group of the rule set; and what became of every pass.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::base::calendar::Day;
use crate::base::ids::PartnerId;
use crate::config::rules::{CredentialIndex, Named, RuleSet};
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::roster::Roster;
use crate::rows::small::CredentialRecord;

/// What became of the passes; with the refused rows they add up to the rows read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PassCounts {
    pub(crate) counted: u64,
    pub(crate) not_named: u64,
    pub(crate) too_late: u64,
    pub(crate) expired: u64,
}

/// The people of one head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeadPeople {
    /// Distinct individuals, for each group of the rule set.
    pub(crate) individuals: Vec<u64>,
    /// Distinct individuals of any of a tier's groups, for each tier.
    pub(crate) pooled: Vec<u64>,
}

impl HeadPeople {
    /// Nobody.
    pub(crate) fn nobody(rules: &RuleSet) -> HeadPeople {
        HeadPeople { individuals: vec![0; rules.groups.len()], pooled: vec![0; rules.tiers.len()] }
    }
}

/// Credential records as they come in: what judging needs of each, small.
#[derive(Debug)]
pub(crate) struct Passes {
    index: CredentialIndex,
    /// Number of each id or mail address by which a person is known.
    known: HashMap<String, u32>,
    /// Union-find over those numbers: an element that is its own parent stands for a person.
    parents: Vec<u32>,
    partners: BTreeMap<PartnerId, u32>,
    passes: Vec<Pass>,
}

#[derive(Debug)]
struct Pass {
    partner: u32,
    person: u32,
    named: Vec<Named>,
    completed_on: Day,
    expires_on: Option<Day>,
}

impl Passes {
    /// No passes, to be named by `rules`.
    pub(crate) fn new(rules: &RuleSet) -> Passes {
        Passes {
            index: CredentialIndex::of(rules),
            known: HashMap::new(),
            parents: Vec::new(),
            partners: BTreeMap::new(),
            passes: Vec::new(),
        }
    }

    /// Adds a record. All records tell who is one person, also those of credentials that nobody asks for.
    pub(crate) fn add(&mut self, record: CredentialRecord) {
        let mut person = None;
        for name in record.known_as {
            let number = self.number(name);
            if let Some(other) = person {
                self.unite(other, number);
            }
            person = Some(number);
        }
        let person = person.expect("a record without an id and a mail was refused at the door");
        let next = u32::try_from(self.partners.len()).expect("fewer than 2^32 partners");
        let partner = *self.partners.entry(record.partner).or_insert(next);
        let codes: Vec<&str> = record.codes.iter().map(String::as_str).collect();
        let titles: Vec<&str> = record.titles.iter().map(String::as_str).collect();
        let named = self.index.names(&codes, &titles);
        self.passes.push(Pass {
            partner,
            person,
            named,
            completed_on: record.completed_on,
            expires_on: record.expires_on,
        });
    }

    fn number(&mut self, name: String) -> u32 {
        let next = u32::try_from(self.parents.len()).expect("fewer than 2^32 ids");
        let number = *self.known.entry(name).or_insert(next);
        if number == next {
            self.parents.push(next);
        }
        number
    }

    /// The element that stands for the person of `number`; shortens the way to it.
    fn person(&mut self, mut number: u32) -> u32 {
        while self.parents[number as usize] != number {
            let parent = self.parents[number as usize];
            self.parents[number as usize] = self.parents[parent as usize];
            number = parent;
        }
        number
    }

    fn unite(&mut self, a: u32, b: u32) {
        let (a, b) = (self.person(a), self.person(b));
        // The smaller number stands for both, so that parents always come first.
        self.parents[a.max(b) as usize] = a.min(b);
    }

    /// The element that stands for the person of each number.
    fn persons(&self) -> Vec<u32> {
        let mut persons = self.parents.clone();
        for number in 0..persons.len() {
            persons[number] = persons[persons[number] as usize];
        }
        persons
    }

    /// Every partner that a record names.
    pub(crate) fn partners(&self) -> impl Iterator<Item = &PartnerId> {
        self.partners.keys()
    }

    /// Counts what counts on `as_of`, by head, sorted.
    pub(crate) fn judge(
        &self,
        rules: &RuleSet,
        roster: &Roster,
        as_of: Day,
        warnings: &mut Warnings,
    ) -> (Vec<(PartnerId, HeadPeople)>, PassCounts) {
        let mut partners: Vec<(u32, &PartnerId)> =
            self.partners.iter().map(|(p, number)| (*number, p)).collect();
        partners.sort_unstable();
        let persons = self.persons();
        let mut counts = PassCounts::default();
        let mut people: BTreeMap<&PartnerId, Vec<BTreeSet<u32>>> = BTreeMap::new();
        for pass in &self.passes {
            let is_accepted =
                |named: &&Named| rules.credential(**named).accepted_until.is_none_or(|until| as_of <= until);
            let accepted: Vec<&Named> = pass.named.iter().filter(is_accepted).collect();
            if pass.named.is_empty() {
                counts.not_named += 1;
            } else if pass.completed_on > as_of {
                counts.too_late += 1;
            } else if pass.expires_on.is_some_and(|day| day < as_of) || accepted.is_empty() {
                counts.expired += 1;
            } else {
                counts.counted += 1;
                let head = roster.head(partners[pass.partner as usize].1);
                let groups = people.entry(head).or_insert_with(|| vec![BTreeSet::new(); rules.groups.len()]);
                for named in accepted {
                    groups[named.group].insert(persons[pass.person as usize]);
                }
            }
        }
        warn_of_two_partners(&people, warnings);
        let counted =
            people.into_iter().map(|(head, groups)| (head.clone(), head_people(&groups, rules))).collect();
        (counted, counts)
    }
}

fn head_people(groups: &[BTreeSet<u32>], rules: &RuleSet) -> HeadPeople {
    let count = |set: &BTreeSet<u32>| u64::try_from(set.len()).expect("people fit memory");
    let pooled = rules.tiers.iter().map(|tier| {
        let of_tier = tier.individuals.iter().flat_map(|i| &i.groups);
        count(&of_tier.flat_map(|group| groups[*group].iter().copied()).collect())
    });
    HeadPeople { individuals: groups.iter().map(count).collect(), pooled: pooled.collect() }
}

/// A person counts at each partner; the text names partners only, never the person.
fn warn_of_two_partners(people: &BTreeMap<&PartnerId, Vec<BTreeSet<u32>>>, warnings: &mut Warnings) {
    let mut heads_of: BTreeMap<u32, BTreeSet<&PartnerId>> = BTreeMap::new();
    for (head, groups) in people {
        for person in groups.iter().flatten() {
            heads_of.entry(*person).or_default().insert(head);
        }
    }
    let mut persons: BTreeMap<Vec<&PartnerId>, u64> = BTreeMap::new();
    for heads in heads_of.into_values().filter(|heads| heads.len() > 1) {
        *persons.entry(heads.into_iter().collect()).or_default() += 1;
    }
    for (heads, count) in persons {
        let list: Vec<&str> = heads.iter().map(|h| h.as_str()).collect();
        let text = match count {
            1 => format!("1 person counts at each of the partners {}", list.join(", ")),
            n => format!("{n} persons count at each of the partners {}", list.join(", ")),
        };
        warnings.add(WarningCode::PersonAtTwoPartners, text);
    }
}
