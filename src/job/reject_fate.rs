//! What becomes of refused rows when the run is judged: they stay refused, or are excluded with the rows beside them (SPEC 3.6). Comes in: the
//! rejects of a reading, its associations and overlaps. Goes out: the fate of a reject, and counts by fate. Does not read a row.

use std::collections::BTreeMap;

use crate::base::calendar::{Day, Window};
use crate::base::place::RowPlace;
use crate::credits::CreditTable;
use crate::diagnostics::reject::{CountKey, Reject, RejectCode, RejectOwner, RejectTally};
use crate::job::{ConsumptionSource, Reading};
use crate::judge::associations::AssociationIndex;
use crate::judge::overlaps::Exclusions;

/// Rejects of one code: how many, and the first place, with the index of its input.
pub(crate) type RejectsOfRun = BTreeMap<RejectCode, CountOfCode>;

/// How many rejects of a code there are, and the first place of one, with the index of its input.
pub(crate) type CountOfCode = (u64, Option<(usize, RowPlace)>);

/// What becomes of a reject when the run is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RejectFate {
    /// It stays refused.
    Refused,
    /// The window does not have its day: excluded.
    OutsideWindow,
    /// No partner is associated with its subscription on its day: excluded.
    Unassociated,
    /// Another snapshot tells of its day: excluded.
    Superseded,
}

/// What decides the fate of rejects.
#[derive(Clone, Copy)]
pub(crate) struct RejectJudge<'j> {
    pub(crate) window: Window,
    pub(crate) associations: &'j AssociationIndex,
    pub(crate) exclusions: &'j Exclusions,
    /// As [`Reading::consumption`].
    pub(crate) sources: &'j [ConsumptionSource],
}

impl RejectJudge<'_> {
    /// The fate of a reject of the input `input`. `day` is **absent** if its row was refused before its day was read; `subscription`, unless
    /// associations decide whose the row is.
    pub(crate) fn fate(self, input: usize, day: Option<Day>, subscription: Option<&str>) -> RejectFate {
        let in_window = day.is_none_or(|day| self.window.contains(day));
        if in_window && !self.exclusions.is_empty() {
            // Exports stand in the order of inputs, and sources of credits tables have the numbers behind them.
            let nth = self.sources.binary_search_by_key(&input, |source| source.reject_input);
            let number = nth.ok().and_then(|nth| u32::try_from(nth).ok());
            if number.is_some_and(|number| self.exclusions.excludes_reject(number, day)) {
                return RejectFate::Superseded;
            }
        }
        let Some(day) = day else { return RejectFate::Refused };
        if !self.window.contains(day) {
            return RejectFate::OutsideWindow;
        }
        let Some(subscription) = subscription else { return RejectFate::Refused };
        let number = self.associations.subscription(subscription);
        match number.and_then(|number| self.associations.outcome(number, day)) {
            Some(_) => RejectFate::Refused,
            None => RejectFate::Unassociated,
        }
    }

    /// The fate of a reject of the input `input`.
    pub(crate) fn of(self, input: usize, reject: &Reject) -> RejectFate {
        let subscription = match &reject.owner {
            RejectOwner::Subscription(subscription) => Some(subscription.as_str()),
            RejectOwner::Anyone | RejectOwner::Partner(_) | RejectOwner::Tenant(_) => None,
        };
        self.fate(input, reject.day, subscription)
    }
}

/// Rows of one input that the engine refused, by their fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RejectRows {
    pub(crate) refused: u64,
    pub(crate) outside_window: u64,
    pub(crate) unassociated: u64,
    pub(crate) superseded: u64,
}

impl Reading<'_> {
    /// The credits that count, as far as overlaps decide.
    pub(crate) fn counted_credits(&self) -> &CreditTable {
        self.overlapped.counted.as_ref().unwrap_or(&self.folded.credits)
    }

    /// What decides the fate of rejects.
    pub(crate) fn reject_judge(&self, window: Window) -> RejectJudge<'_> {
        RejectJudge {
            window,
            associations: &self.associations,
            exclusions: &self.overlapped.resolution.exclusions,
            sources: &self.consumption,
        }
    }

    /// Rejects that stay refused.
    pub(crate) fn refused(&self, window: Window) -> RejectsOfRun {
        refused(&self.rejects, self.reject_judge(window))
    }

    /// Rejects of an input by their fate.
    pub(crate) fn reject_rows(&self, input: usize, window: Window) -> RejectRows {
        let judge = self.reject_judge(window);
        let mut rows = RejectRows::default();
        for (key, count) in self.rejects.counts().filter(|(key, _)| key.input == input) {
            *match judge.fate(key.input, key.day, key.subscription.as_deref()) {
                RejectFate::Refused => &mut rows.refused,
                RejectFate::OutsideWindow => &mut rows.outside_window,
                RejectFate::Unassociated => &mut rows.unassociated,
                RejectFate::Superseded => &mut rows.superseded,
            } += count.rows;
        }
        rows
    }
}

/// The rejects of a tally that stay refused, by code.
fn refused(rejects: &RejectTally, judge: RejectJudge<'_>) -> RejectsOfRun {
    let mut of_codes = RejectsOfRun::new();
    let stays =
        |key: &CountKey| judge.fate(key.input, key.day, key.subscription.as_deref()) == RejectFate::Refused;
    for (key, count) in rejects.counts().filter(|(key, _)| stays(key)) {
        let entry = of_codes.entry(key.code).or_insert((0, None));
        entry.0 += count.rows;
        let first = count.first.map(|place| (key.input, place));
        entry.1 = match (entry.1, first) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    of_codes
}
