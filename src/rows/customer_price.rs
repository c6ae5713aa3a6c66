//! Whether the amount of a row of consumption is below the customer's price. Comes in: a row. Goes out: the rate of the partner earned credit that
//! the amount is after; whether a reservation or savings plan covers the usage; its list price. It changes no amount.

use super::plan::Plan;
use super::{cell, text};
use crate::base::amount::{Amount, ONE};
use crate::base::ids::is_absent_id;
use crate::config::dialect::{ColumnKey, EarnedCredit, ListPrice, Prepaid};
use crate::formats::row::Row;
use crate::rows::amount::is_currency;

/// A rate of partner earned credit. **Unit**: a fraction, in 10⁻²⁴; below 1. 0: the amount is the customer's price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct EarnedCreditRate(i128);

impl EarnedCreditRate {
    /// The rate of a cell: 15 and 0.15 are 15 percent. A rate that leaves no price is none.
    pub(crate) fn of(written: Amount) -> EarnedCreditRate {
        let fraction = if written.raw() < ONE { written.raw() } else { written.raw() / 100 };
        EarnedCreditRate(if (1..ONE).contains(&fraction) { fraction } else { 0 })
    }

    /// Whether the amount is the customer's price.
    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// What a sum after the credit lacks of the customer's price. `None` if it is 10¹⁴ or more.
    pub(crate) fn lacking(self, sum: Amount) -> Option<Amount> {
        sum.scaled(self.0, ONE - self.0)
    }
}

impl<'d> Plan<'d> {
    /// The columns of the partner earned credit. `None` if the file states no rate.
    pub(crate) fn earned_credit(&self) -> Option<&'d EarnedCredit> {
        self.rules.earned_credit.as_ref().filter(|earned| self.layout.has(earned.rate))
    }

    /// The rate in a cell of a row. A cell that is no number gives none.
    pub(crate) fn stated_rate(&self, row: &Row<'_>, column: ColumnKey) -> EarnedCreditRate {
        self.number(row, column).map(EarnedCreditRate::of).unwrap_or_default()
    }

    /// Whether a row says that the credit of its rate was not applied.
    pub(crate) fn is_unapplied(&self, row: &Row<'_>, (column, values): &(ColumnKey, Vec<String>)) -> bool {
        let value = text::utf8(&cell(row, *column));
        is_one_of(value.trim_ascii(), values)
    }

    /// The rate of the partner earned credit that the amount of a row is after.
    pub(crate) fn earned_credit_rate(&self, row: &Row<'_>, earned: &EarnedCredit) -> EarnedCreditRate {
        let rate = self.stated_rate(row, earned.rate);
        let applied = earned.applied.as_ref().filter(|_| !rate.is_none());
        if applied.is_some_and(|applied| self.is_unapplied(row, applied)) {
            EarnedCreditRate::default()
        } else {
            rate
        }
    }

    /// The columns that tell prepaid usage. `None` if the dialect has none.
    pub(crate) fn prepaid(&self) -> Option<&'d Prepaid> {
        self.rules.prepaid.as_ref()
    }

    /// Whether the pricing model of a row is one of prepaid usage.
    pub(crate) fn has_prepaid_model(&self, row: &Row<'_>, prepaid: &Prepaid) -> bool {
        let Some((column, values)) = prepaid.pricing_model_in(self.layout) else { return false };
        let value = text::utf8(&cell(row, *column));
        is_one_of(value.trim_ascii(), values)
    }

    /// Whether a reservation or savings plan covers the usage of a row.
    pub(crate) fn is_prepaid(&self, row: &Row<'_>, prepaid: &Prepaid) -> bool {
        let is_filled = |column: &ColumnKey| {
            let value = text::utf8(&cell(row, *column));
            !std::str::from_utf8(value.trim_ascii()).is_ok_and(is_absent_id)
        };
        prepaid.benefits.iter().any(is_filled) || self.has_prepaid_model(row, prepaid)
    }

    /// The list price of the usage of a row, with its currency. `None` if the row does not tell it.
    pub(crate) fn list_price(&self, row: &Row<'_>, prepaid: &Prepaid) -> Option<(Amount, String)> {
        let ListPrice { quantity, unit_price, currency } = prepaid.list_price?;
        let (quantity, price) = (self.number(row, quantity)?, self.number(row, unit_price)?);
        let code = cell(row, currency);
        let code = text::plain(&code).ok().filter(|code| is_currency(code))?;
        let amount = quantity.scaled(price.raw(), ONE).filter(|amount| !amount.is_zero())?;
        Some((amount, String::from_utf8_lossy(code).to_uppercase()))
    }
}

/// Whether a value is one of some, in any case.
fn is_one_of(value: &[u8], values: &[String]) -> bool {
    values.iter().any(|other| other.as_bytes().eq_ignore_ascii_case(value))
}
