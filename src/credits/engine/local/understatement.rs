//! Rows whose amount is below the customer's price: after partner earned credit, or without an amount since a reservation or savings plan covers
//! them. Comes in: rows that are in the table. Goes out: their numbers, and what they lack. It changes no amount.

use std::collections::BTreeMap;

use super::cell_cache::{InlineCache, VALUES};
use crate::base::amount::Amount;
use crate::base::ids::is_absent_id;
use crate::config::dialect::{ColumnKey, EarnedCredit, Prepaid};
use crate::credits::sums::RowsAndAmount;
use crate::formats::batch::RowBatch;
use crate::formats::inline_key::inline_key;
use crate::formats::row::Row;
use crate::rows::customer_price::EarnedCreditRate;
use crate::rows::plan::Plan;

/// The rows of one input whose amount is below the customer's price.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Understatement {
    /// Rows after partner earned credit, by its rate and the number of the currency: few.
    pub(crate) earned: Vec<((EarnedCreditRate, u16), RowsAndAmount)>,
    /// Rows in the table about which no warning tells.
    pub(crate) rows_left_out: u64,
    /// Rows without an amount that a reservation or savings plan covers.
    pub(crate) prepaid_rows: u64,
    /// The rows among them whose list price the file tells, by currency.
    pub(crate) list_prices: BTreeMap<String, RowsAndAmount>,
}

impl Understatement {
    #[inline]
    pub(super) fn add_earned(&mut self, rate: EarnedCreditRate, currency: u16, rows: u64, amount: Amount) {
        let key = (rate, currency);
        match self.earned.iter_mut().find(|(other, _)| *other == key) {
            Some((_, sum)) => sum.add(rows, amount),
            None => {
                let mut sum = RowsAndAmount::default();
                sum.add(rows, amount);
                self.earned.push((key, sum));
            }
        }
    }

    /// Notes a row without an amount.
    fn note_prepaid(&mut self, row: &Row<'_>, plan: &Plan<'_>, prepaid: &Prepaid) {
        if !plan.is_prepaid(row, prepaid) {
            return;
        }
        self.prepaid_rows += 1;
        if let Some((amount, currency)) = plan.list_price(row, prepaid) {
            let price = self.list_prices.entry(currency).or_default();
            price.rows += 1;
            price.amount = price.amount.plus_saturating(amount);
        }
    }

    /// Notes a row that is in the table.
    pub(super) fn note(&mut self, row: &Row<'_>, plan: &Plan<'_>, currency: u16, amount: Amount) {
        if let Some(earned) = plan.earned_credit() {
            let rate = plan.earned_credit_rate(row, earned);
            if !rate.is_none() {
                self.add_earned(rate, currency, 1, amount);
            }
        }
        if amount.is_zero()
            && let Some(prepaid) = plan.prepaid()
        {
            self.note_prepaid(row, plan, prepaid);
        }
    }

    pub(crate) fn merge(&mut self, other: Understatement) {
        for ((rate, currency), sum) in other.earned {
            self.add_earned(rate, currency, sum.rows, sum.amount);
        }
        // The order in which workers met the rates decides nothing.
        self.earned.sort_unstable_by_key(|(key, _)| *key);
        self.rows_left_out += other.rows_left_out;
        self.prepaid_rows += other.prepaid_rows;
        for (currency, sum) in other.list_prices {
            let price = self.list_prices.entry(currency).or_default();
            price.rows += sum.rows;
            price.amount = price.amount.plus_saturating(sum.amount);
        }
    }
}

/// The cells of the fast path that tell whether an amount is below the customer's price.
#[derive(Debug)]
pub(super) struct PriceCells<'d> {
    earned: Option<&'d EarnedCredit>,
    rates: InlineCache<EarnedCreditRate>,
    unapplied: InlineCache<bool>,
    /// The rate of all rows of the batch: most batches have one. **Absent**: rows have several, or the file states none.
    of_batch: Option<EarnedCreditRate>,
    prepaid: Option<&'d Prepaid>,
    models: InlineCache<bool>,
    is_empty: bool,
    /// Rows in the table since the last sum about which no warning tells.
    left_out: RowsAndAmount,
}

/// Whether the dialect of an input tells of amounts below the customer's price.
pub(super) fn may_be_below_price(plan: &Plan<'_>) -> bool {
    plan.earned_credit().is_some() || plan.prepaid().is_some() || plan.rules.has_partner_price
}

impl<'d> PriceCells<'d> {
    /// The cells of an input of this plan.
    pub(super) fn new(plan: &Plan<'d>) -> PriceCells<'d> {
        PriceCells {
            earned: plan.earned_credit(),
            rates: InlineCache::with_capacity(VALUES),
            unapplied: InlineCache::with_capacity(VALUES),
            of_batch: None,
            prepaid: plan.prepaid(),
            models: InlineCache::with_capacity(VALUES),
            is_empty: !may_be_below_price(plan),
            left_out: RowsAndAmount::default(),
        }
    }

    /// Whether all amounts of the input are the customer's price, as far as its dialect knows.
    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Leaves a row that is in the table out of what is told.
    #[inline]
    pub(super) fn leave_out(&mut self, amount: Amount, understatement: &mut Understatement) {
        understatement.rows_left_out += 1;
        self.left_out.add(1, amount);
    }

    /// Starts a batch.
    #[inline(never)]
    pub(super) fn begin_batch<B: RowBatch>(&mut self, plan: &Plan<'_>, batch: &B) {
        let Some(earned) = self.earned.filter(|_| batch.len() > 0) else { return };
        let is_constant = earned.columns().all(|column| batch.is_constant(column.0));
        self.of_batch = is_constant.then(|| self.rate(plan, batch, 0, earned));
    }

    /// Notes rows of the batch that are in the table, in one currency.
    pub(super) fn note_sum(
        &mut self,
        currency: u16,
        taken: RowsAndAmount,
        understatement: &mut Understatement,
    ) {
        let left_out = std::mem::take(&mut self.left_out);
        let amount = taken.amount.minus_unchecked(left_out.amount);
        let sum = RowsAndAmount { rows: taken.rows - left_out.rows, amount };
        if let Some(rate) = self.of_batch.filter(|rate| !rate.is_none() && sum.rows > 0) {
            understatement.add_earned(rate, currency, sum.rows, sum.amount);
        }
    }

    /// Notes a row that is in the table, beside [`PriceCells::note_sum`].
    #[inline(always)]
    pub(super) fn note<B: RowBatch>(
        &mut self,
        plan: &Plan<'_>,
        (batch, row): (&B, usize),
        (currency, amount): (u16, Amount),
        understatement: &mut Understatement,
    ) {
        if let Some(earned) = self.earned
            && self.of_batch.is_none()
        {
            let rate = self.rate(plan, batch, row, earned);
            if !rate.is_none() {
                understatement.add_earned(rate, currency, 1, amount);
            }
        }
        if amount.is_zero()
            && let Some(prepaid) = self.prepaid
            && self.may_be_prepaid(plan, batch, row, prepaid)
        {
            batch.visit(row, &mut |row| understatement.note_prepaid(row, plan, prepaid));
        }
    }

    /// [`Plan::earned_credit_rate`].
    #[inline(never)]
    fn rate<B: RowBatch>(
        &mut self,
        plan: &Plan<'_>,
        batch: &B,
        row: usize,
        earned: &EarnedCredit,
    ) -> EarnedCreditRate {
        let stated = |row: &Row<'_>| plan.stated_rate(row, earned.rate);
        let rate = cached(&mut self.rates, batch, row, earned.rate, stated);
        let Some(applied) = earned.applied.as_ref().filter(|_| !rate.is_none()) else { return rate };
        let is_unapplied = |row: &Row<'_>| plan.is_unapplied(row, applied);
        match cached(&mut self.unapplied, batch, row, applied.0, is_unapplied) {
            true => EarnedCreditRate::default(),
            false => rate,
        }
    }

    /// Whether a row has an id of a benefit, or a pricing model of prepaid usage.
    #[inline(never)]
    fn may_be_prepaid<B: RowBatch>(
        &mut self,
        plan: &Plan<'_>,
        batch: &B,
        row: usize,
        prepaid: &Prepaid,
    ) -> bool {
        let is_filled = |column: &ColumnKey| match batch.raw_on_demand(row, column.0) {
            b"" | b"\"\"" => false,
            raw => !std::str::from_utf8(raw.trim_ascii()).is_ok_and(is_absent_id),
        };
        if prepaid.benefits.iter().any(is_filled) {
            return true;
        }
        let Some((column, _)) = prepaid.pricing_model_in(plan.layout) else { return false };
        cached(&mut self.models, batch, row, *column, |row| plan.has_prepaid_model(row, prepaid))
    }
}

/// The meaning of a cell by a cache; by the row, if the cache lacks it or the cell is too long for a key.
fn cached<B: RowBatch, T: Copy + Default>(
    cache: &mut InlineCache<T>,
    batch: &B,
    row: usize,
    column: ColumnKey,
    of: impl Fn(&Row<'_>) -> T,
) -> T {
    let read = || {
        let mut found = T::default();
        batch.visit_early(row, &mut |row| found = of(row));
        found
    };
    let key = inline_key(batch.raw_on_demand(row, column.0));
    key.and_then(|key| cache.get_or_insert(key, || Some(read()))).unwrap_or_else(read)
}
