//! Evidence of rows for the kind of cost of their export, actual or amortized. Comes in: rows, consumption or not. Goes out: evidence; and
//! for the fast path, whether a row could add to the evidence, since most rows repeat it.

use std::collections::BTreeSet;

use super::cell_cache::CachedTime;
use crate::base::calendar::Month;
use crate::config::dialect::{ColumnKey, CostKinds};
use crate::formats::batch::RowBatch;
use crate::formats::row::{Cell, Row};
use crate::rows::plan::Plan;
use crate::rows::{cell, text};

/// The evidence of an export's rows for its kind of cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CostKindEvidence {
    /// A usage row has a reservation or benefit, and a cost.
    pub(crate) is_amortized: bool,
    /// There is a purchase row.
    pub(crate) is_actual: bool,
    /// Billing account (lower case) and month.
    pub(crate) months: BTreeSet<(String, Month)>,
}

impl CostKindEvidence {
    pub(crate) fn merge(&mut self, other: CostKindEvidence) {
        self.is_amortized |= other.is_amortized;
        self.is_actual |= other.is_actual;
        self.months.extend(other.months);
    }

    /// Adds the evidence of a row. A row without a valid date is no evidence.
    pub(super) fn note(&mut self, row: &Row<'_>, plan: &Plan<'_>, kinds: &CostKinds) {
        let lossy = |cell: Cell<'_>| String::from_utf8_lossy(text::utf8(&cell).trim_ascii()).into_owned();
        let charge = Charge::of(row, kinds);
        let has_benefit = || kinds.benefits.iter().any(|b| !cell(row, *b).bytes.trim_ascii().is_empty());
        let has_cost = || plan.amount(row).is_ok_and(|(amount, ..)| !amount.is_zero());
        let is_amortized = charge.is_usage && has_benefit() && has_cost();
        let Ok(time) = plan.time(row) else { return };
        let account = lossy(cell(row, kinds.billing_account)).to_lowercase();
        self.is_amortized |= is_amortized;
        self.is_actual |= charge.is_purchase;
        let month = (account, time.month);
        if !self.months.contains(&month) {
            self.months.insert(month);
        }
    }
}

/// The type of charge of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Charge {
    is_usage: bool,
    is_purchase: bool,
}

impl Charge {
    /// The charge of every row of consumption, where the conditions of the dialect leave purchases out.
    pub(super) const CONSUMPTION: Charge = Charge { is_usage: true, is_purchase: false };

    pub(super) fn of(row: &Row<'_>, kinds: &CostKinds) -> Charge {
        let charge_type = text::utf8(&cell(row, kinds.charge_type));
        let is_in = |list: &[String]| {
            list.iter().any(|v| v.as_bytes().eq_ignore_ascii_case(charge_type.trim_ascii()))
        };
        Charge { is_usage: is_in(&kinds.usage), is_purchase: is_in(&kinds.purchase) }
    }
}

/// The evidence that a row could add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adds {
    Nothing,
    /// That the export is amortized, if the row has a cost.
    AmortizedIfItCosts,
    /// Anything else: the row must be noted.
    Something,
}

/// The last billing account of the input, and its months that were noted.
#[derive(Debug, Default)]
pub(super) struct NotedMonths {
    account: Vec<u8>,
    months: Vec<(i16, u8)>,
}

impl NotedMonths {
    /// Starts another input, which has evidence of its own.
    pub(super) fn forget(&mut self) {
        self.account.clear();
        self.months.clear();
    }

    /// The evidence that a row of this charge and time could add to `evidence`. After [`Adds::Something`] the caller must pass the row to
    /// [`CostKindEvidence::note`], because its account and month count as noted from now on.
    #[inline]
    pub(super) fn adds<B: RowBatch>(
        &mut self,
        evidence: &CostKindEvidence,
        kinds: &CostKinds,
        charge: Charge,
        time: &CachedTime,
        batch: &B,
        row: usize,
    ) -> Adds {
        if !self.has(batch.raw(row, kinds.billing_account.0), time)
            || (charge.is_purchase && !evidence.is_actual)
        {
            return Adds::Something;
        }
        let is_blank = |column: &ColumnKey| match batch.raw(row, column.0) {
            b"" => true,
            raw => B::MAY_BE_QUOTED && raw == b"\"\"",
        };
        if evidence.is_amortized || !charge.is_usage || kinds.benefits.iter().all(is_blank) {
            Adds::Nothing
        } else {
            Adds::AmortizedIfItCosts
        }
    }

    /// Whether this account and month were noted before. Notes them.
    #[inline]
    fn has(&mut self, account: &[u8], time: &CachedTime) -> bool {
        let month = (time.table_day.year, time.table_day.month);
        if self.account != account {
            self.months.clear();
            self.account.clear();
            self.account.extend_from_slice(account);
        }
        let is_noted = self.months.contains(&month);
        if !is_noted {
            self.months.push(month);
        }
        is_noted
    }
}
