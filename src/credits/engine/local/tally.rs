//! The counts of a worker beside the table: rows of each input by their outcome; sums by currency. Speaks `merge`. It judges nothing: it
//! takes rows of any period, owner and association.

use std::collections::{BTreeMap, BTreeSet};

use super::cost_kind::CostKindEvidence;
use super::invoices::Invoices;
use super::understatement::Understatement;
use crate::base::amount::{Amount, Magnitude};
use crate::base::calendar::{Day, Month};
use crate::credits::sums::RowsAndAmount;
use crate::rows::clock_times::ClockTimes;
use crate::rows::file_forms::FormDoubts;
use crate::rows::header_row::RepeatedHeaders;

/// The rows of one input by their outcome: rows = not consumption + not held + without subscription + taken + refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    pub(crate) not_consumption: u64,
    /// Consumption of months that the caller did not need.
    pub(crate) not_held: u64,
    /// Rows without a subscription, in an export that repeats consumption, by counted day and currency. **Absent** currency: the
    /// amount cannot be read.
    pub(crate) no_subscription: BTreeMap<(Day, Option<u16>), RowsAndAmount>,
    /// Rows that are in the table.
    pub(crate) taken: u64,
    pub(crate) refused: u64,
    /// Whether refused rows show other forms of numbers or days.
    pub(crate) doubts: FormDoubts,
    pub(crate) repeated_headers: RepeatedHeaders,
    /// Amounts that were rounded at the door.
    pub(crate) rounded: u64,
    /// Days of rows of consumption, held or not; for a monthly export, the last day of each month.
    pub(crate) days_told: BTreeSet<Day>,
    /// Months that a credits table has only as a whole, although the export had days.
    pub(crate) whole_months: BTreeSet<Month>,
    /// The sum of each day and currency of the rows in the table, where snapshots of one series are compared; else empty.
    pub(crate) day_sums: BTreeMap<(Day, u16), RowsAndAmount>,
    /// The times of day of the same rows.
    pub(crate) clock_times: ClockTimes,
    pub(crate) cost_kind: CostKindEvidence,
    pub(crate) invoices: Invoices,
    pub(crate) understatement: Understatement,
}

impl Tally {
    pub(crate) fn merge(&mut self, other: Tally) {
        self.rows += other.rows;
        self.not_consumption += other.not_consumption;
        self.not_held += other.not_held;
        self.taken += other.taken;
        self.refused += other.refused;
        self.rounded += other.rounded;
        self.doubts.merge(other.doubts);
        self.repeated_headers.merge(other.repeated_headers);
        for (key, sum) in other.no_subscription {
            self.no_subscription.entry(key).or_default().add(sum.rows, sum.amount);
        }
        self.days_told.extend(other.days_told);
        self.whole_months.extend(other.whole_months);
        for (key, sum) in other.day_sums {
            self.day_sums.entry(key).or_default().add(sum.rows, sum.amount);
        }
        self.clock_times.merge(other.clock_times);
        self.cost_kind.merge(other.cost_kind);
        self.invoices.merge(other.invoices);
        self.understatement.merge(other.understatement);
    }
}

/// Sums of rows in one currency, kept beside the table so that its totals can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CurrencySums {
    /// Σ|amount| of all rows with an amount: it proves that no sum has overflowed.
    pub(crate) magnitude: Magnitude,
    /// Rows that are in the table.
    pub(crate) taken: RowsAndAmount,
}

impl CurrencySums {
    /// Adds rows that are in the table.
    #[inline]
    pub(in crate::credits) fn take(&mut self, rows: u64, amount: Amount) {
        self.magnitude.add(amount);
        self.taken.add(rows, amount);
    }

    pub(crate) fn merge(&mut self, other: &CurrencySums) {
        self.magnitude.merge(other.magnitude);
        self.taken.add(other.taken.rows, other.taken.amount);
    }
}

/// Sums by currency (upper case).
pub(crate) type SumsByCurrency = BTreeMap<String, CurrencySums>;
