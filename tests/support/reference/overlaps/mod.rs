//! Exports that overlap (SPEC 3.7), again, slowly and plainly: every file is read whole, every row is a record, every pair of
//! snapshots is compared cell by cell. Comes in: a folder, walked. Goes out: what each head's consumption comes to, or the
//! codes of the input errors that end the run. It gives no warnings, and it reads superseded snapshots as all others.

mod choice;
mod files;
mod snapshots;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::reference::credits::Credits;
use crate::reference::layouts::Kind;
use crate::reference::roster::{Partner, Roster};
use crate::reference::rows::Fate;
use crate::reference::{Options, Refused};
use files::File;

/// A part that the manifest of a run lists is missing, or is not as the manifest says; and the run counts.
pub(crate) const INCOMPLETE_RUN: &str = "incomplete-run";
/// Which of two snapshots counts is unclear.
pub(crate) const OVERLAP_UNCLEAR: &str = "overlap-unclear";
/// Two datasets tell of one subscription in one month.
pub(crate) const DATASETS_OVERLAP: &str = "datasets-overlap";

/// `--on-overlap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnOverlap {
    Auto,
    Newest,
    Sum,
    Error,
}

/// What the person who asks says about overlaps.
#[derive(Debug, Clone)]
pub(crate) struct Choices {
    pub(crate) on_overlap: OnOverlap,
    /// `--prefer`: names of datasets, the first before the others.
    pub(crate) prefer: Vec<String>,
}

/// What counts of a folder.
#[derive(Debug)]
pub(crate) struct Counted {
    /// 10⁻²⁴ USD of every head with a credit.
    pub(crate) consumption: BTreeMap<Partner, i128>,
    /// Rows that give credit, also of associations that are not accepted.
    pub(crate) credited: u64,
    /// Rows of a dataset that gave way to a preferred one.
    pub(crate) not_preferred: u64,
    /// Rows that another snapshot tells again.
    pub(crate) superseded: u64,
    /// Rows that give credit of an association that is not accepted; also those of copies, for they are never compared.
    pub(crate) not_accepted: u64,
    /// Whether the specification says which rows count: not where of three snapshots two pairs
    /// of one cell are treated otherwise than the third.
    pub(crate) is_decided: bool,
}

/// Judges a folder: its consumption, or the codes of every input error that it has.
pub(crate) fn judge(
    folder: &Path,
    options: &Options,
    choices: &Choices,
) -> Result<Counted, BTreeSet<&'static str>> {
    let mut roster = Roster::default();
    let mut refused = Refused::default();
    let files = files::all(folder);
    let of = |kind: Kind| files.iter().filter(move |file| file.kind == Some(kind)).map(|file| &file.table);
    of(Kind::Partners).for_each(|t| roster.add_partners(t, 0, &mut refused));
    of(Kind::Rates).for_each(|t| roster.add_rates(t, &mut refused));
    of(Kind::Associations).for_each(|t| roster.add_associations(t, &mut refused));

    let exports: Vec<&File> = files.iter().filter(|file| file.export().is_some()).collect();
    let mut snapshots = snapshots::form(&exports, folder, &roster, options);
    let is_decided = choice::choose(&mut snapshots, choices)?;

    let mut credits = Credits::default();
    let (mut not_preferred, mut superseded, mut not_accepted) = (0, 0, 0);
    for (source, snapshot) in snapshots.into_iter().enumerate() {
        for row in snapshot.rows {
            not_accepted += u64::from(row.counts.is_none() && matches!(row.fate, Fate::Credited(_)));
            match row.left_out {
                Some(choice::LeftOut::NotPreferred) => not_preferred += 1,
                Some(choice::LeftOut::Superseded) => superseded += 1,
                None => credits.add(source, row.fate, &mut refused),
            }
        }
    }
    let judged = credits.judge(&roster, &mut refused);
    Ok(Counted {
        consumption: judged.consumption,
        credited: judged.rows.credited,
        not_preferred,
        superseded,
        not_accepted,
        is_decided,
    })
}
