//! Which of overlapping rows count. Comes in: snapshots. Goes out: each row that does not count is marked, or the codes of what
//! is unclear. Series first, then pairs of snapshots of one dataset, then datasets.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::snapshots::{Age, CostKind, Dataset, Row, Snapshot};
use super::{Choices, DATASETS_OVERLAP, INCOMPLETE_RUN, OVERLAP_UNCLEAR, OnOverlap};
use crate::reference::figures::{self, YearMonth};

/// Why a row does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOut {
    Superseded,
    NotPreferred,
}

/// Subscription, day (or month), partner, invoice.
type Cell = (String, When, String, String);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    Day(NaiveDate),
    Month(YearMonth),
}

/// Rows and exact amounts by currency of one cell.
type Sums = (u64, BTreeMap<String, i128>);

/// Marks every row that does not count. Goes out: whether the specification decides all of it.
pub(crate) fn choose(snapshots: &mut [Snapshot], choices: &Choices) -> Result<bool, BTreeSet<&'static str>> {
    let mut errors = BTreeSet::new();
    let mut is_decided = true;
    if snapshots.iter().any(|snapshot| snapshot.is_incomplete && !is_wholly_superseded(snapshot, snapshots)) {
        errors.insert(INCOMPLETE_RUN);
    }
    let superseded: Vec<Vec<bool>> = snapshots
        .iter()
        .map(|s| s.rows.iter().map(|row| newer_run_tells(row, s, snapshots)).collect())
        .collect();
    mark(snapshots, &superseded, LeftOut::Superseded);

    if prefer(snapshots, &choices.prefer).is_err() {
        errors.insert(DATASETS_OVERLAP);
    }
    match overlaps(snapshots, choices.on_overlap) {
        Ok((superseded, decided)) => {
            mark(snapshots, &superseded, LeftOut::Superseded);
            is_decided = decided;
        }
        Err(()) => drop(errors.insert(OVERLAP_UNCLEAR)),
    }
    if errors.is_empty() { Ok(is_decided) } else { Err(errors) }
}

fn mark(snapshots: &mut [Snapshot], marks: &[Vec<bool>], reason: LeftOut) {
    for (snapshot, marks) in snapshots.iter_mut().zip(marks) {
        for (row, is_marked) in snapshot.rows.iter_mut().zip(marks) {
            if *is_marked {
                row.left_out = row.left_out.or(Some(reason));
            }
        }
    }
}

fn tells_of(snapshot: &Snapshot, day: NaiveDate) -> bool {
    snapshot.period.is_some_and(|(first, last)| first <= day && day <= last)
}

fn is_newer_run(newer: &Snapshot, older: &Snapshot) -> bool {
    older.series.is_some() && newer.series == older.series && newer.is_newer_than(older) == Some(true)
}

/// Every day of the period is told by a newer run.
fn is_wholly_superseded(snapshot: &Snapshot, snapshots: &[Snapshot]) -> bool {
    let Some((first, last)) = snapshot.period else { return false };
    first
        .iter_days()
        .take_while(|day| *day <= last)
        .all(|day| snapshots.iter().any(|newer| is_newer_run(newer, snapshot) && tells_of(newer, day)))
}

/// In a series the newest snapshot that tells of a day counts for it; a row outside the period of its own snapshot only if no
/// other one tells of its day.
fn newer_run_tells(row: &Row, snapshot: &Snapshot, snapshots: &[Snapshot]) -> bool {
    let is_inside = tells_of(snapshot, row.day);
    snapshots.iter().any(|other| {
        let has_the_invoice = || other.rows.iter().any(|r| r.invoice == row.invoice);
        let comes_first = if is_inside {
            is_newer_run(other, snapshot)
        } else {
            snapshot.series.is_some() && other.series == snapshot.series && !std::ptr::eq(other, snapshot)
        };
        comes_first && tells_of(other, row.day) && (row.invoice.is_empty() || has_the_invoice())
    })
}

/// The cells of rows that count, of one invoice.
fn cells(snapshot: &Snapshot, by_month: bool, invoice: &str) -> BTreeMap<Cell, Sums> {
    let mut cells: BTreeMap<Cell, Sums> = BTreeMap::new();
    for row in snapshot.rows.iter().filter(|row| row.left_out.is_none() && row.invoice == invoice) {
        let Some((currency, amount)) = &row.counts else { continue };
        let sums = cells.entry(cell(row, by_month)).or_default();
        sums.0 += 1;
        *sums.1.entry(currency.clone()).or_default() += amount;
    }
    cells
}

fn cell(row: &Row, by_month: bool) -> Cell {
    let when = if by_month { When::Month(figures::month_of(row.day)) } else { When::Day(row.day) };
    (row.subscription.clone(), when, row.partner.clone(), row.invoice.clone())
}

/// Common cells of two snapshots, and how many of them agree.
pub(crate) fn compare_all(left: &Snapshot, right: &Snapshot) -> (usize, usize) {
    let counts = invoices(left, right).into_iter().map(|invoice| {
        let common = common(left, right, &invoice);
        (common.len(), common.values().filter(|agrees| **agrees).count())
    });
    counts.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
}

fn invoices(left: &Snapshot, right: &Snapshot) -> BTreeSet<String> {
    left.rows.iter().chain(&right.rows).map(|row| row.invoice.clone()).collect()
}

/// The common cells, and whether each agrees.
fn common(left: &Snapshot, right: &Snapshot, invoice: &str) -> BTreeMap<Cell, bool> {
    let by_month = left.is_monthly || right.is_monthly;
    let others = cells(right, by_month, invoice);
    cells(left, by_month, invoice)
        .into_iter()
        .filter_map(|(cell, sums)| others.get(&cell).map(|other| (cell, *other == sums)))
        .collect()
}

/// Compares every two snapshots of one dataset that no series decides; which rows another snapshot tells again. `Err`: unclear.
fn overlaps(snapshots: &[Snapshot], on_overlap: OnOverlap) -> Result<(Vec<Vec<bool>>, bool), ()> {
    let mut marks: Vec<Vec<bool>> = snapshots.iter().map(|s| vec![false; s.rows.len()]).collect();
    // Cells that are equal in two snapshots.
    let mut equal: Vec<(usize, usize, Cell, bool)> = Vec::new();
    for (a, left) in snapshots.iter().enumerate() {
        for (b, right) in snapshots.iter().enumerate().skip(a + 1) {
            let is_decided = is_newer_run(left, right) || is_newer_run(right, left);
            if is_decided || !left.dataset.is_same(right.dataset) {
                continue;
            }
            for invoice in invoices(left, right) {
                let common = common(left, right, &invoice);
                let agreeing = common.values().filter(|agrees| **agrees).count();
                if common.is_empty() {
                    continue;
                }
                if on_overlap == OnOverlap::Error {
                    return Err(());
                }
                if agreeing == common.len() {
                    let by_month = left.is_monthly || right.is_monthly;
                    equal.extend(common.into_keys().map(|cell| (a, b, cell, by_month)));
                    continue;
                }
                let newer = match left.is_newer_than(right) {
                    Some(true) => Some((a, b)),
                    Some(false) => Some((b, a)),
                    None => None,
                };
                let is_restated = 2 * agreeing >= common.len();
                match (newer, on_overlap) {
                    (Some((newer, older)), _) if is_restated || on_overlap == OnOverlap::Newest => {
                        supersede(&snapshots[newer], &snapshots[older], &invoice, &mut marks[older]);
                    }
                    (_, OnOverlap::Sum) => (),
                    _ => return Err(()),
                }
            }
        }
    }
    let is_superseded = |at: usize, cell: &Cell, by_month: bool| {
        let mut rows = snapshots[at].rows.iter().zip(&marks[at]);
        rows.any(|(row, mark)| is_in(row, cell, by_month) && *mark)
    };
    let is_decided = !equal.iter().any(|(a, b, cell, by_month)| {
        is_superseded(*a, cell, *by_month) || is_superseded(*b, cell, *by_month)
    });
    let is_decided = is_decided && is_transitive(&equal);
    one_of_equal_counts(snapshots, &equal, &mut marks);
    Ok((marks, is_decided))
}

/// The newer counts for the subscriptions and partners that it names and the days of its period.
fn supersede(newer: &Snapshot, older: &Snapshot, invoice: &str, marks: &mut [bool]) {
    let name = |row: &Row| (row.subscription.clone(), row.partner.clone());
    let counting = newer.rows.iter().filter(|row| row.left_out.is_none() && row.counts.is_some());
    let names: BTreeSet<_> = counting.filter(|row| row.invoice == invoice).map(name).collect();
    for (row, mark) in older.rows.iter().zip(marks) {
        let is_told = names.contains(&name(row)) && tells_of(newer, row.day) && row.invoice == invoice;
        *mark |= is_told && row.counts.is_some();
    }
}

/// Whether every two snapshots that agree with a third on a cell agree with each other.
fn is_transitive(equal: &[(usize, usize, Cell, bool)]) -> bool {
    let agree = |a: usize, b: usize, of: &Cell| {
        a == b || equal.iter().any(|(c, d, cell, _)| cell == of && (*c, *d) == (a.min(b), a.max(b)))
    };
    equal.iter().all(|(a, b, cell, _)| {
        let thirds = equal.iter().filter(|(.., other, _)| other == cell).flat_map(|(c, d, ..)| [*c, *d]);
        thirds.into_iter().all(|third| agree(*a, third, cell) == agree(*b, third, cell))
    })
}

/// Of snapshots that agree on a cell one counts: the newest, else the first. A snapshot that agrees with none that counts, counts.
fn one_of_equal_counts(
    snapshots: &[Snapshot],
    equal: &[(usize, usize, Cell, bool)],
    marks: &mut [Vec<bool>],
) {
    let cells: BTreeSet<(&Cell, bool)> =
        equal.iter().map(|(_, _, cell, by_month)| (cell, *by_month)).collect();
    for (cell, by_month) in cells {
        let edges = equal.iter().filter(|(_, _, c, m)| c == cell && *m == by_month);
        let edges: BTreeSet<(usize, usize)> = edges.map(|(a, b, ..)| (*a, *b)).collect();
        let mut order: Vec<usize> = edges.iter().flat_map(|(a, b)| [*a, *b]).collect();
        order.sort_by_key(|at| (Reverse(snapshots[*at].age.map(Age::day_and_time)), *at));
        order.dedup();
        let mut counting: Vec<usize> = Vec::new();
        for at in order {
            let mut rows = snapshots[at].rows.iter().zip(&marks[at]);
            if !rows.any(|(row, mark)| is_in(row, cell, by_month) && !mark) {
                continue;
            }
            if !counting.iter().any(|other| edges.contains(&(*other.min(&at), *other.max(&at)))) {
                counting.push(at);
                continue;
            }
            for (row, mark) in snapshots[at].rows.iter().zip(&mut marks[at]) {
                *mark |= is_in(row, cell, by_month);
            }
        }
    }
}

fn is_in(row: &Row, of: &Cell, by_month: bool) -> bool {
    row.left_out.is_none() && row.counts.is_some() && cell(row, by_month) == *of
}

type SubscriptionMonth = (String, YearMonth);

fn subscription_month(row: &Row) -> Option<SubscriptionMonth> {
    let counts = row.counts.is_some() && row.left_out.is_none() && !row.subscription.is_empty();
    counts.then(|| (row.subscription.clone(), figures::month_of(row.day)))
}

fn is_named(dataset: Dataset, name: &str) -> bool {
    match dataset {
        Dataset::Insights => name == "insights",
        Dataset::Cost(Some(CostKind::Actual)) => name == "cost-actual",
        Dataset::Cost(Some(CostKind::Amortized)) => name == "cost-amortized",
        Dataset::Cost(None) => name == "cost-actual" || name == "cost-amortized",
        Dataset::Focus => name == "focus",
        Dataset::ReconBilled => name == "recon-billed",
        Dataset::ReconUnbilled => name == "recon-unbilled",
        Dataset::Own => name == "own",
    }
}

/// Of datasets that tell of one subscription in one month, the first that is named counts; where none is, billed before unbilled
/// reconciliation. `Err`: neither decides.
fn prefer(snapshots: &mut [Snapshot], preferred: &[String]) -> Result<(), ()> {
    let mut datasets: BTreeMap<SubscriptionMonth, BTreeSet<Dataset>> = BTreeMap::new();
    for snapshot in snapshots.iter() {
        for key in snapshot.rows.iter().filter_map(subscription_month) {
            datasets.entry(key).or_default().insert(snapshot.dataset);
        }
    }
    datasets.retain(|_, told| told.iter().any(|a| told.iter().any(|b| !a.is_same(*b))));
    let mut chosen: BTreeMap<SubscriptionMonth, Dataset> = BTreeMap::new();
    for (key, told) in datasets {
        let is_recon = |dataset: &Dataset| matches!(dataset, Dataset::ReconBilled | Dataset::ReconUnbilled);
        let billed = told.iter().all(is_recon).then(|| "recon-billed".to_owned());
        let mut names = preferred.iter().chain(&billed);
        let name = names.find(|name| told.iter().any(|dataset| is_named(*dataset, name))).ok_or(())?;
        let dataset = told.into_iter().rev().find(|dataset| is_named(*dataset, name));
        chosen.insert(key, dataset.expect("it was found by its name"));
    }
    for snapshot in snapshots {
        let dataset = snapshot.dataset;
        for row in &mut snapshot.rows {
            let choice = subscription_month(row).and_then(|key| chosen.get(&key));
            if choice.is_some_and(|choice| !choice.is_same(dataset)) {
                row.left_out = Some(LeftOut::NotPreferred);
            }
        }
    }
    Ok(())
}
