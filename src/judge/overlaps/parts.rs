//! Files that are parts of one snapshot by their names alone. Comes in: snapshots, credits. Goes out: snapshots in which files that repeat each
//! other are snapshots of their own: half of their common cells agree (SPEC 3.7).

use std::collections::HashMap;

use super::cells::{CellSelection, CellSum, CellTime, groups};
use super::shared::{Pair, SharedCells, shared_cells, shared_subscriptions};
use super::{DaysWanted, Overlapping, SnapshotPart, SnapshotRead};
use crate::base::calendar::Month;
use crate::sources::DayRange;

/// Up to this size, parts that share a subscription in a month are compared by day, which takes a second reading. Larger ones only if a month
/// looks repeated. **Unit**: bytes.
const COMPARED_BYTES: u64 = 256 << 20;

/// One month in so many with equal rows or an equal amount makes parts look repeated.
const REPEATED_SHARE: u64 = 8;

/// The parts of all snapshots, with the index of their snapshot.
fn all_parts<'s>(overlapping: &Overlapping<'s>) -> Vec<(usize, &'s SnapshotPart)> {
    let of_snapshot =
        |(nth, snapshot): (usize, &'s SnapshotRead)| snapshot.parts.iter().map(move |part| (nth, part));
    overlapping.snapshots.iter().enumerate().flat_map(of_snapshot).collect()
}

/// The days from the first to the last row of a part. `None` if it has no row of consumption.
fn days_of(part: &SnapshotPart) -> Option<DayRange> {
    DayRange::new(*part.days_told.first()?, *part.days_told.last()?)
}

/// The days that two parts of one snapshot may share. `None` if they share none, are of two snapshots, or have other columns in the names of
/// their folders: then no row of one is a row of the other.
fn shared_days(parts: &[(usize, &SnapshotPart)], (a, b): Pair) -> Option<DayRange> {
    let days = days_of(parts[a].1)?.intersect(days_of(parts[b].1)?);
    days.filter(|_| parts[a].0 == parts[b].0 && parts[a].1.partition == parts[b].1.partition)
}

fn part_groups(overlapping: &Overlapping<'_>, parts: &[(usize, &SnapshotPart)]) -> Vec<Vec<CellSum>> {
    let is_by_partner = |nth: usize| overlapping.snapshots[nth].is_by_partner();
    let of_source: HashMap<u32, usize> =
        parts.iter().enumerate().map(|(unit, (_, part))| (part.source, unit)).collect();
    let unit_of = |source: u32| {
        let unit = *of_source.get(&source)?;
        Some((unit, is_by_partner(parts[unit].0)))
    };
    groups(overlapping, CellSelection { unit_of: &unit_of, exclusions: None, time: CellTime::Window })
}

impl Overlapping<'_> {
    /// Wants the days of parts that could be repetitions of each other.
    pub(super) fn parts_to_compare(&self, wanted: &mut DaysWanted) {
        let parts = all_parts(self);
        if parts.is_empty() {
            return;
        }
        let groups = part_groups(self, &parts);
        let is_pair =
            |(a, b): Pair| shared_days(&parts, (a, b)).is_some() && !self.snapshots[parts[a].0].is_monthly;
        let looks_repeated = self.repeated_months(&groups, &is_pair);
        for ((a, b), subscriptions) in shared_subscriptions(&groups, &is_pair) {
            let snapshot = &self.snapshots[parts[a].0];
            if snapshot.bytes > COMPARED_BYTES && !looks_repeated {
                continue;
            }
            wanted.sources.extend([parts[a].1.source, parts[b].1.source]);
            let Some(days) = shared_days(&parts, (a, b)) else { continue };
            for month in Month::of(days.first()).number()..=Month::of(days.last()).number() {
                let month = Month::from_number(month);
                wanted.days.of_subscriptions.extend(subscriptions.iter().map(|key| (*key, month)));
            }
        }
    }

    /// Whether enough months of two parts have equal rows or an equal amount.
    fn repeated_months(&self, groups: &[Vec<CellSum>], is_pair: &(dyn Fn(Pair) -> bool + Sync)) -> bool {
        let shared = shared_cells(groups, self.credits, is_pair, &|_| true);
        shared.values().any(|cells| REPEATED_SHARE * cells.similar >= cells.count)
    }

    /// The snapshots, where every file of a snapshot whose parts repeat each other is a snapshot of its own.
    pub(super) fn without_false_parts(&self) -> Vec<SnapshotRead> {
        let parts = all_parts(self);
        if parts.is_empty() {
            return self.snapshots.to_vec();
        }
        let groups = part_groups(self, &parts);
        let is_pair = |pair: Pair| shared_days(&parts, pair).is_some();
        let by_month = |(a, _): Pair| self.snapshots[parts[a].0].is_monthly;
        let shared = shared_cells(&groups, self.credits, &is_pair, &by_month);
        let is_repeated = |nth: usize| {
            let mut of_snapshot = shared.iter().filter(|((a, _), _)| parts[*a].0 == nth);
            of_snapshot.any(|(_, cells): (&Pair, &SharedCells)| cells.agrees_by_half())
        };
        let mut snapshots = Vec::new();
        for (nth, snapshot) in self.snapshots.iter().enumerate() {
            if snapshot.parts.len() < 2 || !is_repeated(nth) {
                snapshots.push(snapshot.clone());
                continue;
            }
            for (position, part) in snapshot.parts.iter().enumerate() {
                snapshots.push(SnapshotRead {
                    name: part.name.clone(),
                    age: part.age,
                    days_told: part.days_told.clone(),
                    // A series of its own: no other snapshot has this number.
                    series: usize::MAX - (nth << 16) - position,
                    parts: Vec::new(),
                    sources: vec![part.source],
                    ..snapshot.clone()
                });
            }
        }
        snapshots
    }
}
