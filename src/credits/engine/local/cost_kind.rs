//! Evidence of rows for the kind of cost of their export, actual or amortized. Comes in: rows, consumption or not. Goes out: evidence; and
//! for the fast path, whether a row could add to the evidence, since most rows repeat it.

use crate::base::ids::is_absent_id;
use crate::config::dialect::{ColumnKey, CostKinds};
use crate::formats::batch::RowBatch;
use crate::formats::row::Row;
use crate::rows::plan::Plan;
use crate::rows::{cell, text};

/// The evidence of an export's rows for its kind of cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CostKindEvidence {
    /// A usage row has a reservation or benefit, and a cost.
    pub(crate) is_amortized: bool,
    /// There is a purchase row.
    pub(crate) is_actual: bool,
}

impl CostKindEvidence {
    pub(crate) fn merge(&mut self, other: CostKindEvidence) {
        self.is_amortized |= other.is_amortized;
        self.is_actual |= other.is_actual;
    }

    /// Adds the evidence of a row. A row without a valid date is no evidence.
    pub(super) fn note(&mut self, row: &Row<'_>, plan: &Plan<'_>, kinds: &CostKinds) {
        let charge = Charge::of(row, kinds);
        let has_benefit =
            || kinds.benefits.iter().any(|benefit| !is_absent(&text::utf8(&cell(row, *benefit))));
        let has_cost = || plan.amount(row).is_ok_and(|(amount, ..)| !amount.is_zero());
        let is_amortized = !self.is_amortized && charge.is_usage && has_benefit() && has_cost();
        if (is_amortized || charge.is_purchase && !self.is_actual) && plan.time(row).is_ok() {
            self.is_amortized |= is_amortized;
            self.is_actual |= charge.is_purchase;
        }
    }
}

/// Whether a cell names no reservation or benefit: it is blank, or a word for a missing id such as `Not applicable`.
fn is_absent(cell: &[u8]) -> bool {
    std::str::from_utf8(cell.trim_ascii()).is_ok_and(is_absent_id)
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

impl Adds {
    /// The evidence that a row of this charge could add to `evidence`.
    #[inline]
    pub(super) fn of<B: RowBatch>(
        evidence: &CostKindEvidence,
        kinds: &CostKinds,
        charge: Charge,
        batch: &B,
        row: usize,
    ) -> Adds {
        if charge.is_purchase && !evidence.is_actual {
            return Adds::Something;
        }
        let is_blank = |column: &ColumnKey| match batch.raw(row, column.0) {
            b"" => true,
            raw if B::MAY_BE_QUOTED && raw == b"\"\"" => true,
            raw => is_absent(raw),
        };
        if evidence.is_amortized || !charge.is_usage || kinds.benefits.iter().all(is_blank) {
            Adds::Nothing
        } else {
            Adds::AmortizedIfItCosts
        }
    }
}
