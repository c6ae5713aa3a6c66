//! People: which records are of one person, and what each person passed. Comes in: credential records. Goes out: passes with
//! numbers for person, partner and credential texts. It knows no rule set: credentials are named when passes are judged.

use std::collections::{BTreeMap, HashMap};

use crate::base::calendar::Day;
use crate::base::ids::PartnerId;
use crate::base::place::RowPlace;
use crate::rows::small::{CredentialRecord, CredentialTexts, FirstRecord, ID_PREFIX};

/// What a record knows a person by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PersonName<'n> {
    /// An id, lower case.
    Id(&'n str),
    /// A mail address, which no output shows.
    Mail,
}

/// One credential of one person, for one partner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CredentialPass {
    /// Number of the partner, as [`PassRecords::partners`] gives it.
    pub(crate) partner: u32,
    /// Number of an id or mail address; [`PassRecords::persons`] gives the person's.
    pub(crate) known_as: u32,
    /// Number of the credential's texts, as [`PassRecords::credentials`] gives it.
    pub(crate) credential: u32,
    pub(crate) completed_on: Day,
    /// Last day. **Absent**: for ever.
    pub(crate) expires_on: Option<Day>,
}

/// All passes of a run. Size: 24 bytes a pass, and each id, mail address, partner and credential text once.
#[derive(Debug, Default)]
pub(crate) struct PassRecords {
    /// Number of each id or mail address.
    numbers: HashMap<String, u32>,
    /// Union-find over those numbers: an element that is its own parent stands for a person.
    parents: Vec<u32>,
    partners: BTreeMap<PartnerId, u32>,
    /// Distinct texts: a run has millions of passes, but few credentials.
    credentials: HashMap<CredentialTexts, (u32, FirstRecord)>,
    passes: Vec<CredentialPass>,
}

impl PassRecords {
    /// Adds a record. Every record links the ids and mail addresses that it holds, also one of a credential that no rule set names.
    pub(crate) fn add(&mut self, record: CredentialRecord) {
        let mut known_as = None;
        for name in record.known_as {
            let number = self.number(name);
            if let Some(other) = known_as {
                self.unite(other, number);
            }
            known_as = Some(number);
        }
        let known_as = known_as.expect("a record without an id and a mail was refused at the door");
        let next = short(self.partners.len());
        let partner = *self.partners.entry(record.partner).or_insert(next);
        let next = short(self.credentials.len());
        let (credential, first) = self.credentials.entry(record.texts).or_insert((next, NO_RECORD));
        *first = record.first.map_or(*first, |place| place.min(*first));
        let credential = *credential;
        let (completed_on, expires_on) = (record.completed_on, record.expires_on);
        self.passes.push(CredentialPass { partner, known_as, credential, completed_on, expires_on });
    }

    fn number(&mut self, name: String) -> u32 {
        let next = short(self.parents.len());
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.parents.push(next);
        }
        number
    }

    /// The element that stands for the person of `number`; halves the path to it.
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

    /// Of each number of an id or mail address, the number that stands for its person.
    pub(crate) fn persons(&self) -> Vec<u32> {
        let mut persons = self.parents.clone();
        for number in 0..persons.len() {
            persons[number] = persons[persons[number] as usize];
        }
        persons
    }

    /// Every pass, in the order of arrival, which differs from run to run.
    pub(crate) fn passes(&self) -> &[CredentialPass] {
        &self.passes
    }

    /// Every partner that a record names, sorted, with its number.
    pub(crate) fn partners(&self) -> impl ExactSizeIterator<Item = (&PartnerId, u32)> {
        self.partners.iter().map(|(partner, number)| (partner, *number))
    }

    /// Every id and mail address of some persons, sorted. `persons`: as [`PassRecords::persons`] gives them; sorted.
    pub(crate) fn names_of(&self, persons: &[u32]) -> BTreeMap<u32, Vec<PersonName<'_>>> {
        let of_numbers = self.persons();
        let mut names: BTreeMap<u32, Vec<PersonName<'_>>> = BTreeMap::new();
        for (name, number) in &self.numbers {
            let person = of_numbers[*number as usize];
            if persons.binary_search(&person).is_ok() {
                let known_as = match name.strip_prefix(ID_PREFIX) {
                    Some(id) => PersonName::Id(id),
                    None => PersonName::Mail,
                };
                names.entry(person).or_default().push(known_as);
            }
        }
        names.values_mut().for_each(|names| names.sort_unstable());
        names
    }

    /// The distinct texts of credentials, by number.
    pub(crate) fn credentials(&self) -> Vec<&CredentialTexts> {
        let mut numbered: Vec<(u32, &CredentialTexts)> =
            self.credentials.iter().map(|(texts, (number, _))| (*number, texts)).collect();
        numbered.sort_unstable_by_key(|(number, _)| *number);
        numbered.into_iter().map(|(_, texts)| texts).collect()
    }

    /// By the number of distinct texts of credentials: the first record with them.
    pub(crate) fn first_places(&self) -> Vec<FirstRecord> {
        let mut places = vec![NO_RECORD; self.credentials.len()];
        for (number, place) in self.credentials.values() {
            places[*number as usize] = *place;
        }
        places
    }
}

/// Behind every place.
const NO_RECORD: FirstRecord = (usize::MAX, RowPlace { row: u64::MAX, byte_offset: None });

fn short(number: usize) -> u32 {
    u32::try_from(number).expect("fewer than 2^32 partners, credentials and ids")
}
