//! The credits that do not count because others tell of the same consumption. Comes in: what the rules on overlaps have decided. Goes out: for
//! every sum of an account, whether it counts, else the reason; and the credits that do count. It decides nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::cells::CellScope;
use super::series::SeriesDays;
use super::{SnapshotRead, Units};
use crate::base::calendar::{Day, Month, Window};
use crate::credits::credit_table::Span;
use crate::credits::keys::Account;
use crate::credits::{CreditTable, RowsAndAmount, SubscriptionKey};
use crate::sources::DayRange;

/// Why consumption does not count although it could.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Exclusion {
    /// Another snapshot of the same dataset tells of it again.
    Superseded,
    /// Another dataset tells of it, and is preferred.
    NotPreferred,
}

/// The excluded credits of a run.
#[derive(Debug, Default)]
pub(crate) struct Exclusions {
    /// **Absent**: there are no overlaps at all.
    window: Option<Window>,
    /// By the number of the source, the index of its snapshot.
    units: HashMap<u32, usize>,
    series: SeriesDays,
    /// By the index of the snapshot.
    of_snapshots: Vec<OfSnapshot>,
    not_preferred: HashSet<(usize, SubscriptionKey, Month)>,
    equal_cells: HashSet<(usize, CellScope, Day)>,
    equal_months: HashSet<(usize, CellScope, Month)>,
}

/// The exclusions of one snapshot.
#[derive(Debug, Default)]
struct OfSnapshot {
    is_by_partner: bool,
    is_monthly: bool,
    /// Whether another snapshot has every cell of it.
    is_repeated: bool,
    /// Months all of whose days are superseded within the series.
    superseded_months: BTreeSet<Month>,
    /// Months whose last day has no row: what stands there is a month that a credits table has only as a whole.
    without_last_day: BTreeSet<Month>,
    newer: Vec<Newer>,
}

/// A newer snapshot that counts instead, for the subscriptions (and partners) that it names and the days of its period.
#[derive(Debug)]
struct Newer {
    days: Vec<DayRange>,
    names: HashSet<CellScope>,
}

impl Exclusions {
    /// The exclusions within series.
    pub(super) fn of_series(units: &Units, series: SeriesDays, window: Window) -> Exclusions {
        let of_snapshot = |(nth, snapshot): (usize, &SnapshotRead)| {
            let months: BTreeSet<Month> = snapshot.days_told.iter().map(|day| Month::of(*day)).collect();
            let counts: BTreeSet<Month> = snapshot
                .days_told
                .iter()
                .filter(|day| !series.is_superseded(nth, **day))
                .map(|day| Month::of(*day))
                .collect();
            OfSnapshot {
                is_by_partner: snapshot.is_by_partner(),
                is_monthly: snapshot.is_monthly,
                superseded_months: months.difference(&counts).copied().collect(),
                without_last_day: months
                    .iter()
                    .filter(|month| !snapshot.days_told.contains(&month.last_day()))
                    .copied()
                    .collect(),
                ..OfSnapshot::default()
            }
        };
        Exclusions {
            window: Some(window),
            units: units.of_source.iter().map(|(source, nth)| (*source, *nth)).collect(),
            of_snapshots: units.snapshots.iter().enumerate().map(of_snapshot).collect(),
            series,
            not_preferred: HashSet::new(),
            equal_cells: HashSet::new(),
            equal_months: HashSet::new(),
        }
    }

    /// Adds subscriptions and months of snapshots whose dataset is not preferred.
    pub(super) fn with_not_preferred(
        mut self,
        not_preferred: HashSet<(usize, SubscriptionKey, Month)>,
    ) -> Exclusions {
        self.not_preferred = not_preferred;
        self
    }

    /// Adds that a snapshot is repeated by another with every cell.
    pub(super) fn add_repeated(&mut self, snapshot: usize) {
        self.of_snapshots[snapshot].is_repeated = true;
    }

    /// Adds a day of a snapshot that another one has alike.
    pub(super) fn add_equal_day(&mut self, snapshot: usize, scope: CellScope, day: Day) {
        self.equal_cells.insert((snapshot, scope, day));
    }

    /// Adds a month of a snapshot that another one has alike.
    pub(super) fn add_equal_month(&mut self, snapshot: usize, scope: CellScope, month: Month) {
        self.equal_months.insert((snapshot, scope, month));
    }

    /// Adds that a newer snapshot counts instead of `older`, for `names` on `days`.
    pub(super) fn add_newer(&mut self, older: usize, days: Vec<DayRange>, names: HashSet<CellScope>) {
        self.of_snapshots[older].newer.push(Newer { days, names });
    }

    /// Whether every credit counts.
    pub(crate) fn is_empty(&self) -> bool {
        let is_empty = |(nth, of_snapshot): (usize, &OfSnapshot)| {
            !of_snapshot.is_repeated && of_snapshot.newer.is_empty() && self.series.by(nth).next().is_none()
        };
        self.not_preferred.is_empty()
            && self.equal_cells.is_empty()
            && self.equal_months.is_empty()
            && self.of_snapshots.iter().enumerate().all(is_empty)
    }

    /// The superseded days within series.
    pub(crate) fn series(&self) -> &SeriesDays {
        &self.series
    }

    /// Why a sum of an account does not count. `None` if it does, or if it lies outside of the window.
    pub(crate) fn reason(&self, account: &Account, span: Span) -> Option<Exclusion> {
        let window = self.window?;
        let nth = *self.units.get(&account.source)?;
        if !window.contains(span.last()) {
            return None;
        }
        let of_snapshot = &self.of_snapshots[nth];
        if of_snapshot.is_repeated || self.is_superseded_in_series(nth, span) {
            return Some(Exclusion::Superseded);
        }
        let month = Month::of(span.last());
        if !self.not_preferred.is_empty() && self.not_preferred.contains(&(nth, account.subscription, month))
        {
            return Some(Exclusion::NotPreferred);
        }
        if of_snapshot.newer.is_empty() && self.equal_cells.is_empty() && self.equal_months.is_empty() {
            return None;
        }
        let scope = CellScope::of(account, of_snapshot.is_by_partner);
        let is_told = |newer: &Newer| {
            let contains = |days: &DayRange| days.first() <= span.last() && span.last() <= days.last();
            newer.names.contains(&scope) && newer.days.iter().any(contains)
        };
        let is_excluded = self.equal_cells.contains(&(nth, scope, span.last()))
            || self.equal_months.contains(&(nth, scope, month))
            || of_snapshot.newer.iter().any(is_told);
        is_excluded.then_some(Exclusion::Superseded)
    }

    fn is_superseded_in_series(&self, nth: usize, span: Span) -> bool {
        let of_snapshot = &self.of_snapshots[nth];
        match span {
            Span::Month(month) if !of_snapshot.is_monthly => of_snapshot.superseded_months.contains(&month),
            Span::Month(month) => self.series.is_superseded(nth, month.last_day()),
            Span::Day(day) => {
                let month = Month::of(day);
                match day == month.last_day() && of_snapshot.without_last_day.contains(&month) {
                    true => of_snapshot.superseded_months.contains(&month),
                    false => self.series.is_superseded(nth, day),
                }
            }
        }
    }

    /// Whether refused rows of a source do not count: another snapshot tells of their day, or of all days.
    pub(crate) fn excludes_reject(&self, source: u32, day: Option<Day>) -> bool {
        let Some(nth) = self.units.get(&source).copied() else { return false };
        let of_snapshot = &self.of_snapshots[nth];
        let is_superseded = |day: Day| {
            self.series.is_superseded(nth, day) || of_snapshot.superseded_months.contains(&Month::of(day))
        };
        of_snapshot.is_repeated || day.is_some_and(is_superseded)
    }

    /// The credits that count.
    pub(crate) fn counted(&self, credits: &CreditTable) -> CreditTable {
        credits.filtered(|account, span, _| self.reason(account, span).is_none())
    }

    /// The sums of all excluded credits, by source, reason, currency and month.
    pub(crate) fn sums(&self, credits: &CreditTable) -> ExcludedSums {
        let of_shard = |shard: &crate::credits::CreditShard| {
            let mut sums = ExcludedSums::new();
            for number in 0..shard.accounts() {
                let account = shard.account(number);
                if !self.units.contains_key(&account.source) {
                    continue;
                }
                for (span, sum) in credits.sums_of(shard, number) {
                    if let Some(reason) = self.reason(&account, span) {
                        let key = (account.source, reason, account.currency, Month::of(span.last()));
                        sums.entry(key).or_default().add(sum.rows, sum.amount);
                    }
                }
            }
            sums
        };
        let merge = |mut ours: ExcludedSums, theirs: ExcludedSums| {
            for (key, sum) in theirs {
                ours.entry(key).or_default().add(sum.rows, sum.amount);
            }
            ours
        };
        credits.shards.par_iter().map(of_shard).reduce(ExcludedSums::new, merge)
    }
}

/// Sums of excluded credits: by number of the source, reason, number of the currency, and month.
pub(crate) type ExcludedSums = BTreeMap<(u32, Exclusion, u16, Month), RowsAndAmount>;
