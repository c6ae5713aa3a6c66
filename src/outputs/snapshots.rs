//! The parts of the run summary on overlaps: every snapshot with its outcome, pairs of snapshots that share consumption, coverage. Comes in: what
//! the run knows. Goes out: values that the summary writes as JSON. It decides nothing.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month};

/// A snapshot: what one run of one export wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SnapshotEntry {
    /// The first file, with the sheet of a workbook in brackets.
    pub file: String,
    /// How many files it has.
    pub files: usize,
    /// `cost-actual`, `focus`, ...
    pub dataset: String,
    /// When it was made: a day, and a time if one is stated. **Absent**: its maker wrote none.
    pub age: Option<String>,
    /// The days that it tells of, as stated or by its rows. **Absent**: none.
    #[serde(serialize_with = "days_if_any")]
    pub period: Option<(Day, Day)>,
    /// The scheduled export that wrote it; equal texts are one series.
    pub series: String,
    /// Size of its files, as stored; 0 if a credits table holds it.
    pub bytes: u64,
    /// Rows read, or as a manifest states them if it was not read. **Absent**: neither is known.
    pub rows: Option<u64>,
    /// Whether its rows were read.
    pub is_read: bool,
    /// Whether it counts.
    pub outcome: SnapshotOutcome,
    /// Rows that do not count because another snapshot of the same dataset tells of them again.
    pub superseded_rows: u64,
    /// Rows that do not count because a preferred dataset tells of them.
    pub not_preferred_rows: u64,
    /// First files of the snapshots that count in its place.
    pub superseded_by: Vec<String>,
    /// Months that those restated.
    pub restated: Vec<Restated>,
}

/// The outcome of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotOutcome {
    /// All of its rows count, as far as overlaps decide.
    Counts,
    /// Some of its rows count.
    CountsInPart,
    /// Other snapshots of the same dataset tell of all of it.
    Superseded,
    /// A preferred dataset tells of all of it.
    NotPreferred,
    /// Another snapshot has the same content.
    SameBytes,
    /// The run is still being written.
    InProgress,
}

/// A month whose amount a newer snapshot changed, on the days that both tell of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restated {
    /// The month.
    #[serde(serialize_with = "shown")]
    pub month: Month,
    /// Upper case.
    pub currency: String,
    /// Σ of the older snapshot. **Unit**: the currency.
    #[serde(serialize_with = "shown")]
    pub from: Amount,
    /// Σ of the snapshot that counts. **Unit**: the currency.
    #[serde(serialize_with = "shown")]
    pub to: Amount,
}

/// Two snapshots of one dataset, outside of a series, that tell of the same cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OverlapEntry {
    /// Their first files.
    pub files: (String, String),
    /// Cells that both have: a subscription on a day, or in a month.
    pub cells: u64,
    /// Cells with equal rows and amounts.
    pub agreeing: u64,
    /// `once`, `newer` or `both`: what counts.
    pub counts: &'static str,
}

/// The coverage of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthEntry {
    /// The month.
    #[serde(serialize_with = "shown")]
    pub month: Month,
    /// Days of the month in the window.
    pub days: usize,
    /// Those that some dataset tells of.
    pub days_told: usize,
    /// Whether at most 5 are not told.
    pub is_told: bool,
    /// By dataset.
    pub datasets: BTreeMap<String, DatasetEntry>,
}

/// What a dataset tells of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatasetEntry {
    /// Days of the window that it tells of.
    pub days_told: usize,
    /// Rows of consumption that count, as far as overlaps decide.
    pub rows: u64,
    /// Σ by currency.
    #[serde(serialize_with = "shown_each")]
    pub amounts: BTreeMap<String, Amount>,
}

fn shown<T: std::fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn shown_each<S: Serializer>(amounts: &BTreeMap<String, Amount>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(amounts.iter().map(|(name, amount)| (name, amount.to_string())))
}

fn days_if_any<S: Serializer>(days: &Option<(Day, Day)>, serializer: S) -> Result<S::Ok, S::Error> {
    match days {
        Some((first, last)) => serializer.collect_seq([first.to_string(), last.to_string()]),
        None => serializer.serialize_none(),
    }
}
