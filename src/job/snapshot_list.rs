//! Snapshots, overlaps and coverage for the summary. Comes in: what was read and how overlaps were decided. Goes out: lists, and warnings on months
//! of the window. It decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month, Window};
use crate::credits::CreditTable;
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::job::account::excluded_rows;
use crate::job::snapshots::{Unread, UnreadSnapshot, first_file};
use crate::job::{ConsumptionSource, Overlapped, Reading};
use crate::judge::coverage::{Coverage, Told, told};
use crate::judge::overlaps::{Exclusion, PairOutcome, SnapshotRead};
use crate::outputs::{DatasetEntry, MonthEntry, OverlapEntry, Restated, SnapshotEntry, SnapshotOutcome};
use crate::sources::Dataset;

/// The coverage of the window.
pub(super) fn coverage(
    overlapped: &Overlapped,
    consumption: &[ConsumptionSource],
    counted: &CreditTable,
    window: Window,
) -> Coverage {
    let told: Vec<Told> = overlapped.resolution.snapshots.iter().filter_map(told).collect();
    let datasets: Vec<Dataset> = consumption.iter().map(|source| source.dataset).collect();
    Coverage::new(&told, window, counted, &datasets)
}

/// Warns of months that are not told, or not final.
///
/// `told`: first and last day of all rows, whatever the window.
pub(super) fn warn_of_months(coverage: &Coverage, told: Option<(Day, Day)>, warnings: &mut Warnings) {
    // A window in which no export has a day: the user means another day.
    let is_elsewhere = coverage.months.iter().all(|month| month.days_told == 0);
    let mut elsewhere = told.filter(|_| is_elsewhere);
    for month in &coverage.months {
        if !month.is_told() {
            let text = match (month.days_told, elsewhere.take()) {
                (0, Some((first, last))) => format!(
                    "no export tells of {}; the exports are of {} to {}: for a day of that time, say --as-of",
                    month.month,
                    Month::of(first),
                    Month::of(last)
                ),
                (0, None) => format!("no export tells of {}", month.month),
                (told, _) => format!("exports tell of {told} of {} days of {}", month.days, month.month),
            };
            warnings.add(WarningCode::MissingMonths, text);
        } else if let Some(age) = month.unsettled {
            let text = format!(
                "{} was read on {}, before the 6th of the next month: its usage was not final",
                month.month, age.day
            );
            warnings.add(WarningCode::UnsettledMonth, text);
        }
    }
}

/// The months of the coverage.
pub(super) fn months(coverage: &Coverage) -> Vec<MonthEntry> {
    let one = |month: &crate::judge::coverage::MonthCoverage| MonthEntry {
        month: month.month,
        days: month.days,
        days_told: month.days_told,
        is_told: month.is_told(),
        datasets: month
            .datasets
            .iter()
            .map(|(dataset, of_dataset)| {
                let amounts = of_dataset.amounts.iter().map(|(code, sum)| (code.clone(), sum.amount));
                let listed = DatasetEntry {
                    days_told: of_dataset.days_told,
                    rows: of_dataset.rows,
                    amounts: amounts.collect(),
                };
                (dataset.as_str().to_owned(), listed)
            })
            .collect(),
    };
    coverage.months.iter().map(one).collect()
}

/// Pairs of snapshots outside of a series that share consumption.
pub(super) fn overlaps(overlapped: &Overlapped) -> Vec<OverlapEntry> {
    let pairs = overlapped.resolution.pairs.iter();
    let one = |pair: &crate::judge::overlaps::PairFinding| OverlapEntry {
        files: pair.names.clone(),
        cells: pair.cells,
        agreeing: pair.agreeing,
        counts: match pair.outcome {
            PairOutcome::Equal { .. } => "once",
            PairOutcome::Newer { .. } => "newer",
            PairOutcome::Both => "both",
            PairOutcome::Unclear => "unclear",
        },
    };
    pairs.map(one).collect()
}

/// Every snapshot, sorted by its first file.
pub(super) fn snapshots(reading: &Reading<'_>) -> Vec<SnapshotEntry> {
    let read = &reading.overlapped.resolution.snapshots;
    let mut listed: Vec<SnapshotEntry> =
        read.iter().enumerate().map(|(nth, snapshot)| of_read(reading, nth, snapshot)).collect();
    listed.extend(reading.unread.iter().map(of_unread));
    listed.sort_by(|a, b| a.file.cmp(&b.file));
    listed
}

fn of_unread(UnreadSnapshot { snapshot, why }: &UnreadSnapshot) -> SnapshotEntry {
    let (outcome, superseded_by) = match why {
        Unread::Superseded(by) => (SnapshotOutcome::Superseded, by.clone()),
        Unread::SameBytes(first) => (SnapshotOutcome::SameBytes, vec![first.clone()]),
        Unread::InProgress => (SnapshotOutcome::InProgress, Vec::new()),
    };
    SnapshotEntry {
        file: first_file(snapshot),
        files: snapshot.files.len(),
        dataset: snapshot.dataset().as_str().to_owned(),
        age: snapshot.age.map(crate::sources::Age::shown),
        period: snapshot.stated_period.map(|period| (period.first(), period.last())),
        series: snapshot.series.label(),
        bytes: snapshot.bytes(),
        rows: snapshot.stated_rows,
        is_read: false,
        outcome,
        superseded_rows: 0,
        not_preferred_rows: 0,
        superseded_by,
        restated: Vec::new(),
    }
}

fn of_read(reading: &Reading<'_>, nth: usize, snapshot: &SnapshotRead) -> SnapshotEntry {
    let tallies = || snapshot.sources.iter().map(|source| &reading.folded.tallies[*source as usize]);
    let excluded = |reason: Exclusion| -> u64 {
        snapshot.sources.iter().map(|source| excluded_rows(reading, *source as usize, reason)).sum()
    };
    let (superseded_rows, not_preferred_rows) =
        (excluded(Exclusion::Superseded), excluded(Exclusion::NotPreferred));
    let rows: u64 = tallies().map(|tally| tally.rows).sum();
    let later = |source: &u32| reading.later.as_ref().and_then(|later| later.rows.get(source)).copied();
    let later: u64 = snapshot.sources.iter().filter_map(later).sum();
    let taken = tallies().map(|tally| tally.taken).sum::<u64>() - later;
    let outcome = match superseded_rows + not_preferred_rows {
        0 => SnapshotOutcome::Counts,
        excluded if excluded < taken => SnapshotOutcome::CountsInPart,
        _ if not_preferred_rows > superseded_rows => SnapshotOutcome::NotPreferred,
        _ => SnapshotOutcome::Superseded,
    };
    let (superseded_by, restated) = replaced(reading, nth, snapshot);
    let label = snapshot
        .sources
        .first()
        .map_or_else(String::new, |source| reading.consumption[*source as usize].snapshot.series.clone());
    SnapshotEntry {
        file: snapshot.name.clone(),
        files: snapshot.sources.len(),
        dataset: snapshot.dataset.as_str().to_owned(),
        age: snapshot.age.map(crate::sources::Age::shown),
        period: snapshot.period().map(|period| (period.first(), period.last())),
        series: label,
        bytes: snapshot.bytes,
        rows: Some(rows),
        is_read: true,
        outcome,
        superseded_rows,
        not_preferred_rows,
        superseded_by,
        restated,
    }
}

/// The snapshots that count in place of another, and the months that they restate.
fn replaced(reading: &Reading<'_>, nth: usize, snapshot: &SnapshotRead) -> (Vec<String>, Vec<Restated>) {
    let resolution = &reading.overlapped.resolution;
    let series = resolution.exclusions.series();
    let mut by: BTreeSet<String> = BTreeSet::new();
    let mut sums: BTreeMap<(Month, String), (Amount, Amount)> = BTreeMap::new();
    // The snapshot of the series that counts on each superseded day.
    let mut days_by: BTreeMap<usize, BTreeSet<Day>> = BTreeMap::new();
    for day in &snapshot.days_told {
        let counting = series.by(nth).find(|(days, other)| {
            days.first() <= *day && *day <= days.last() && !series.is_superseded(*other, *day)
        });
        if let Some((_, other)) = counting {
            days_by.entry(other).or_default().insert(*day);
        }
    }
    for (other, days) in &days_by {
        by.insert(resolution.snapshots[*other].name.clone());
        for (key, amount) in day_sums(reading, snapshot, days) {
            let both = sums.entry(key).or_default();
            both.0 = both.0.plus(amount);
        }
        for (key, amount) in day_sums(reading, &resolution.snapshots[*other], days) {
            let both = sums.entry(key).or_default();
            both.1 = both.1.plus(amount);
        }
    }
    for pair in &resolution.pairs {
        let (older, newer) = match pair.outcome {
            PairOutcome::Equal { repeated } => (repeated, None),
            PairOutcome::Newer { older, newer } => (older, Some(newer)),
            PairOutcome::Both | PairOutcome::Unclear => continue,
        };
        if older != nth {
            continue;
        }
        let (a, b) = &pair.names;
        by.insert(if *a == snapshot.name { b.clone() } else { a.clone() });
        if newer.is_some() {
            sums.extend(pair.restated.iter().map(|(key, both)| (key.clone(), *both)));
        }
    }
    let restated = sums.into_iter().filter(|(_, (from, to))| from != to);
    let restated =
        restated.map(|((month, currency), (from, to))| Restated { month, currency, from, to }).collect();
    (by.into_iter().collect(), restated)
}

/// Σ of the days of a snapshot, by month and currency. Days are summed only for snapshots that are compared with others of their series.
fn day_sums(
    reading: &Reading<'_>,
    snapshot: &SnapshotRead,
    days: &BTreeSet<Day>,
) -> BTreeMap<(Month, String), Amount> {
    let mut sums: BTreeMap<(Month, String), Amount> = BTreeMap::new();
    for source in &snapshot.sources {
        let tally = &reading.folded.tallies[*source as usize];
        let is_later = |day: &Day| reading.later.as_ref().is_some_and(|later| later.days.first <= *day);
        let of_days = tally.day_sums.iter().filter(|((day, _), _)| days.contains(day) && !is_later(day));
        for ((day, currency), sum) in of_days {
            let code = reading.folded.credits.currencies[usize::from(*currency)].clone();
            let total = sums.entry((Month::of(*day), code)).or_default();
            *total = total.plus(sum.amount);
        }
    }
    sums
}
