//! Who passed what. Comes in: the tables of credentials. Goes out: per head and group the number of distinct individuals, and
//! the balance of the passes. It knows which credentials a rule set names, nothing of tiers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::roster::{Partner, Roster, named, partner};
use super::text::{Record, Table};
use super::{Refused, figures, rules};

/// What became of every row of credentials.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Passes {
    pub(crate) read: u64,
    pub(crate) counted: u64,
    pub(crate) not_named: u64,
    pub(crate) too_late: u64,
    pub(crate) expired: u64,
    pub(crate) refused: u64,
}

struct Pass {
    partner: Partner,
    /// Ids and mail addresses, each with what it is in front.
    names: Vec<String>,
    code: String,
    title: String,
    completed: NaiveDate,
    expires: Option<NaiveDate>,
}

/// All valid records.
#[derive(Default)]
pub(crate) struct People {
    passes: Vec<Pass>,
    read: u64,
    refused: u64,
}

impl People {
    /// Adds the rows of a `credentials` or `insights-training` file.
    pub(crate) fn add(&mut self, table: &Table, refused: &mut Refused) {
        self.read += table.records.len() as u64;
        self.refused += refused.each(table, |record| {
            self.passes.push(read(table, record)?);
            Ok(())
        });
    }

    /// Partners with a valid record.
    pub(crate) fn partners(&self) -> BTreeSet<Partner> {
        self.passes.iter().map(|p| p.partner.clone()).collect()
    }

    /// Distinct individuals per head and group on `as_of`, and the balance; of passes completed by `data_until`, by the rules of that day.
    pub(crate) fn count(
        &self,
        roster: &Roster,
        as_of: NaiveDate,
        data_until: NaiveDate,
    ) -> (BTreeMap<(Partner, &'static str), usize>, Passes) {
        let person = persons(&self.passes);
        let mut balance = Passes { read: self.read, refused: self.refused, ..Passes::default() };
        let mut individuals: BTreeMap<(Partner, &'static str), BTreeSet<&str>> = BTreeMap::new();
        for pass in &self.passes {
            let Some((group, accepted)) = rules::credential(&pass.code, &pass.title, as_of, data_until)
            else {
                balance.not_named += 1;
                continue;
            };
            if pass.completed > data_until {
                balance.too_late += 1;
            } else if !accepted || pass.expires.is_some_and(|day| day < as_of) {
                balance.expired += 1;
            } else {
                balance.counted += 1;
                let who = individuals.entry((roster.head(&pass.partner), group)).or_default();
                who.insert(person[pass.names[0].as_str()]);
            }
        }
        (individuals.into_iter().map(|(key, who)| (key, who.len())).collect(), balance)
    }
}

fn read(table: &Table, record: &Record) -> Result<Pass, &'static str> {
    let partner = partner(table.cell(record, &["partner_id", "mpnid"])?)?;
    let mut names = Vec::new();
    names.extend(named(table.cell(record, &["individual_id", "mcpid"])?).map(|id| format!("id {id}")));
    for column in ["email", "corpemail"] {
        names.extend(named(table.cell(record, &[column])?).map(|m| format!("mail {}", m.to_lowercase())));
    }
    if names.is_empty() {
        return Err("no-individual");
    }
    let title = table.cell(record, &["credential", "trainingtitle"])?.to_owned();
    let code = table.cell(record, &["credential", "trainingactivityid"])?.to_owned();
    if title.is_empty() {
        return Err("no-credential");
    }
    let completed = figures::day(table.cell(record, &["completed_on", "trainingcompletiondate"])?)?;
    let expires = match table.cell(record, &["expires_on", "expirationdate"])? {
        text if figures::is_blank(text) => None,
        text => Some(figures::day(text)?),
    };
    Ok(Pass { partner, names, code, title, completed, expires })
}

/// For each name one name of its person: names that stand in one record are names of one person. Names take over the smallest
/// name that they share a record with, again and again, until nothing changes.
fn persons(passes: &[Pass]) -> BTreeMap<&str, &str> {
    let mut person: BTreeMap<&str, &str> =
        passes.iter().flat_map(|p| &p.names).map(|n| (n.as_str(), n.as_str())).collect();
    loop {
        let mut changed = false;
        for pass in passes {
            let least = pass.names.iter().map(|n| person[n.as_str()]).min().expect("a record names somebody");
            for name in &pass.names {
                changed |= person.insert(name, least) != Some(least);
            }
        }
        if !changed {
            return person;
        }
    }
}
