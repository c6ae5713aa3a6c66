//! What completions of unknowns change for one head.

use std::collections::BTreeMap;

use crate::base::market::Market;
use crate::judge::bounds::ConfidenceCode;

/// Which amounts an unknown amount may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnyAmount {
    Any,
    Positive,
    Negative,
}

/// What one completion of an unknown changes for one head.
#[derive(Debug, Clone, Default)]
pub(super) struct Effect {
    /// Rows that count now, by their number, with their amounts.
    pub(super) rows: BTreeMap<usize, i64>,
    pub(super) any: Option<AnyAmount>,
    pub(super) assessments: u64,
    pub(super) exams: u64,
    pub(super) market: Option<Market>,
    pub(super) rolls_away: bool,
}

/// An unknown, as it is for one head: its code, and every completion of it; the first is what the run assumes.
pub(super) struct Item {
    pub(super) code: ConfidenceCode,
    pub(super) options: Vec<Effect>,
}

pub(super) fn counts(row: usize, amount: i64) -> Effect {
    Effect { rows: BTreeMap::from([(row, amount)]), ..Effect::default() }
}

pub(super) fn any(any: AnyAmount) -> Effect {
    Effect { any: Some(any), ..Effect::default() }
}
