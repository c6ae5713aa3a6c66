//! Conversion to USD, by the rate of the currency and month (SPEC 3.3). Comes in: amounts of accounts, rates. Goes out: USD, and the credit
//! that has no rate. The product is rounded by [`Amount::convert`], and nowhere else.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Context;
use super::months::{Judgeable, Total};
use super::slots::UsdCredit;
use super::totals::PartialTotals;
use crate::base::amount::Amount;
use crate::base::calendar::Month;
use crate::credits::credit_table::YEAR_MONTHS;

/// USD per unit of a currency, by currency (upper case) and month.
pub(crate) type RateTable = BTreeMap<(String, Month), Decimal>;

/// The rates of one currency. USD needs none, whatever a rates file says.
pub(super) fn rates_of(currency: &str, rates: &RateTable) -> BTreeMap<Month, Decimal> {
    if currency == "USD" {
        return BTreeMap::new();
    }
    let of_currency = rates.iter().filter(|((code, _), _)| code == currency);
    of_currency.map(|((_, month), rate)| (*month, *rate)).collect()
}

impl Context<'_> {
    /// The credit of an account in USD, given to `head`: of the months that could be converted.
    pub(super) fn usd(
        &self,
        judgeable: Judgeable<'_>,
        head: u32,
        total: &Total,
        part: &mut PartialTotals,
    ) -> UsdCredit {
        let currency = judgeable.currency();
        if !self.is_usd[currency] {
            let mut credit = UsdCredit::NONE;
            for nth in (0..).take(YEAR_MONTHS).filter(|nth| total.months >> nth & 1 == 1) {
                let (month, amount) = (judgeable.year.month(nth), total.by_month[usize::from(nth)]);
                if let Some(usd) = self.convert(judgeable.account.currency, month, amount, head, part) {
                    credit.add(nth, usd);
                }
            }
            return credit;
        }
        // Nearly all credit is in USD, and needs no rate.
        let of_currency = &mut part.by_currency[currency];
        of_currency.converted = of_currency.converted.plus_unchecked(total.sum.amount);
        part.magnitude.merge(total.magnitude);
        part.all_credits = part.all_credits.plus_unchecked(total.sum.amount);
        UsdCredit { sum: total.sum.amount, months: total.months, by_month: total.by_month }
    }

    /// The credit of one month in USD. `None` if the month has no rate, or if the product exceeds what a run can add up.
    pub(super) fn convert(
        &self,
        currency: u16,
        month: Month,
        amount: Amount,
        head: u32,
        part: &mut PartialTotals,
    ) -> Option<Amount> {
        let number = usize::from(currency);
        let usd = if self.is_usd[number] {
            Some(amount)
        } else if let Some(rate) = self.rate_of[number].get(&month) {
            amount.convert(*rate)
        } else {
            part.lacks_rate.insert(head);
            let lacking = part.without_rate.entry((currency, month)).or_default();
            *lacking = lacking.plus_unchecked(amount);
            return None;
        };
        let of_currency = &mut part.by_currency[number];
        of_currency.converted = of_currency.converted.plus_unchecked(amount);
        let Some(usd) = usd else {
            part.is_too_large = true;
            return None;
        };
        part.magnitude.add(usd);
        part.all_credits = part.all_credits.plus_unchecked(usd);
        Some(usd)
    }
}
