//! The days of a series that an older snapshot does not count for, because a newer one tells of them (SPEC 3.7). Comes in: snapshots. Goes
//! out: for each, the superseded days, and the snapshots that count there. It compares no amounts.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::cells::CellScope;
use super::{DaysWanted, Overlapping, SnapshotRead};
use crate::base::calendar::{Day, Month, Window};
use crate::credits::ComparedDays;
use crate::sources::{Age, DayRange};

/// For each snapshot, the days on which another snapshot of its series counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SeriesDays {
    /// By the index of the snapshot: days that are superseded, and the index of a snapshot that tells of them instead.
    superseded: Vec<Vec<(DayRange, usize)>>,
}

impl SeriesDays {
    /// Compares the snapshots of each series.
    pub(super) fn new(snapshots: &[SnapshotRead], overlapping: &Overlapping<'_>) -> SeriesDays {
        let mut by_series: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (nth, snapshot) in snapshots.iter().enumerate() {
            by_series.entry(snapshot.series).or_default().push(nth);
        }
        let mut superseded = vec![Vec::new(); snapshots.len()];
        for members in by_series.into_values().filter(|members| members.len() > 1) {
            let is_by_name = members.iter().any(|nth| snapshots[*nth].is_series_by_name);
            if is_by_name && has_disjoint_snapshots(snapshots, &members, overlapping) {
                continue;
            }
            for nth in &members {
                superseded[*nth] = superseded_days(snapshots, *nth, &members);
            }
        }
        SeriesDays { superseded }
    }

    /// Whether a day of a snapshot is superseded.
    pub(crate) fn is_superseded(&self, snapshot: usize, day: Day) -> bool {
        self.by(snapshot).any(|(days, _)| days.first() <= day && day <= days.last())
    }

    /// The superseded days of a snapshot, each with a snapshot that counts there.
    pub(crate) fn by(&self, snapshot: usize) -> impl Iterator<Item = (DayRange, usize)> + '_ {
        self.superseded.get(snapshot).into_iter().flatten().copied()
    }

    /// The months of the window in which a snapshot counts for some of its days only: its sources are wanted by day.
    pub(super) fn cut_months(&self, snapshots: &[SnapshotRead], window: Window, wanted: &mut DaysWanted) {
        for (nth, snapshot) in snapshots.iter().enumerate().filter(|(_, snapshot)| !snapshot.is_monthly) {
            let mut by_month: BTreeMap<Month, (bool, bool)> = BTreeMap::new();
            for day in snapshot.days_told.iter().filter(|day| window.contains(**day)) {
                let (counts, superseded) = by_month.entry(Month::of(*day)).or_default();
                *(if self.is_superseded(nth, *day) { superseded } else { counts }) = true;
            }
            let cut = by_month.into_iter().filter(|(_, both)| *both == (true, true));
            let months: BTreeSet<Month> = cut.map(|(month, _)| month).collect();
            if !months.is_empty() {
                wanted.require(&snapshot.sources, &ComparedDays { months, ..ComparedDays::default() });
            }
        }
    }
}

/// The days on which a snapshot does not count: newer snapshots tell of them; or they lie outside of its own stated period, and another
/// snapshot tells of them.
fn superseded_days(snapshots: &[SnapshotRead], nth: usize, members: &[usize]) -> Vec<(DayRange, usize)> {
    let snapshot = &snapshots[nth];
    let own = snapshot.period();
    let mut days = Vec::new();
    let may_tell_again = |other: &SnapshotRead| other.is_complete && !snapshot.is_of_other_invoices(other);
    for other in members.iter().filter(|other| **other != nth && may_tell_again(&snapshots[**other])) {
        let Some(period) = snapshots[*other].period() else { continue };
        if Age::is_before(snapshot.age, snapshots[*other].age) {
            days.push((period, *other));
        } else if let Some(own) = own.filter(|_| snapshot.stated_period.is_some()) {
            let before = own.first().pred_opt().and_then(|last| DayRange::new(period.first(), last));
            let after = own.last().succ_opt().and_then(|first| DayRange::new(first, period.last()));
            let outside = [before, after].into_iter().flatten().filter_map(|days| days.intersect(period));
            days.extend(outside.map(|days| (days, *other)));
        }
    }
    days
}

/// Whether two snapshots name no subscription in common (and no partner, where rows name no subscription): then they are exports of different
/// scopes, and no series.
fn has_disjoint_snapshots(
    snapshots: &[SnapshotRead],
    members: &[usize],
    overlapping: &Overlapping<'_>,
) -> bool {
    let mut member_of: BTreeMap<u32, usize> = BTreeMap::new();
    for (position, nth) in members.iter().enumerate() {
        member_of.extend(snapshots[*nth].sources.iter().map(|source| (*source, position)));
    }
    let mut named: Vec<HashSet<CellScope>> = vec![HashSet::new(); members.len()];
    for shard in &overlapping.credits.shards {
        for account in (0..shard.accounts()).map(|number| shard.account(number)) {
            if let Some(position) = member_of.get(&account.source) {
                named[*position].insert(CellScope::of(&account, false));
            }
        }
    }
    let with_rows: Vec<&HashSet<CellScope>> = named.iter().filter(|named| !named.is_empty()).collect();
    let mut pairs =
        with_rows.iter().enumerate().flat_map(|(n, a)| with_rows[n + 1..].iter().map(move |b| (a, b)));
    pairs.any(|(a, b)| a.is_disjoint(b))
}

/// Days as ranges of consecutive days.
pub(super) fn ranges(days: &BTreeSet<Day>) -> Vec<DayRange> {
    let mut ranges: Vec<DayRange> = Vec::new();
    for day in days {
        match ranges.last_mut() {
            Some(last) if last.last().succ_opt() == Some(*day) => {
                *last = DayRange::new(last.first(), *day).expect("the day follows");
            }
            _ => ranges.extend(DayRange::new(*day, *day)),
        }
    }
    ranges
}
