//! Control totals: every row and every amount of a run by its use, exactly (SPEC 4). Comes in: counts and sums that
//! the run has formed on its way. Goes out: the same, with the assertion that they balance. It adds up no row.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::base::amount::Amount;
use crate::base::calendar::Month;
use crate::config::dialect::Role;

/// Every row and every amount of a run by its use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ControlTotals {
    /// Rows of consumption.
    pub rows: ConsumptionRows,
    /// Rows of every other role that has an input.
    pub roles: BTreeMap<Role, RoleRows>,
    /// Rows of credentials, once more by the outcome of judging them.
    pub passes: Passes,
    /// Amounts by currency, before conversion.
    pub amounts: BTreeMap<String, CurrencyAmounts>,
    /// Amounts in USD, after conversion.
    pub judging_usd: JudgingUsd,
    /// Credit that could not be converted, sorted by currency and month.
    pub without_rate: Vec<WithoutRate>,
    /// Consumption of tenants that no partner has, sorted by tenant and month.
    pub without_partner: Vec<WithoutPartner>,
}

/// Rows of consumption: read = credited + excluded + refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ConsumptionRows {
    /// All.
    pub read: u64,
    /// Rows that credit at least one partner, and whose credit could be converted.
    pub credited: u64,
    /// Rows that rightly credit no partner.
    pub excluded: ExcludedRows,
    /// Rows in the rejects file, and all rows without a rate.
    pub refused: u64,
}

/// Rows of consumption that rightly credit no partner, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ExcludedRows {
    /// Purchases, refunds, taxes and the like.
    pub not_consumption: u64,
    /// Usage of days that the window does not have.
    pub outside_window: u64,
    /// Rows without a subscription, in an export that repeats consumption per association.
    pub no_subscription: u64,
    /// Usage of subscriptions that no partner was associated with on that day.
    pub unassociated: u64,
    /// Usage that another snapshot of the same dataset tells of again.
    pub superseded: u64,
    /// Usage that a preferred dataset tells of too.
    pub not_preferred: u64,
}

impl ExcludedRows {
    /// Their sum.
    pub fn total(&self) -> u64 {
        self.not_consumption
            + self.outside_window
            + self.no_subscription
            + self.unassociated
            + self.superseded
            + self.not_preferred
    }
}

/// Rows of another role: read = accepted + refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct RoleRows {
    /// All.
    pub read: u64,
    /// Rows that were understood.
    pub accepted: u64,
    /// Rows in the rejects file.
    pub refused: u64,
}

/// Rows of credentials: read = counted + not named + too late + expired + refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Passes {
    /// All.
    pub read: u64,
    /// Passes that count.
    pub counted: u64,
    /// Passes of credentials that the rule set does not name.
    pub not_named: u64,
    /// Passes completed after `as_of`.
    pub too_late: u64,
    /// Passes that expired before `as_of`, or of credentials that the rule set no longer accepts.
    pub expired: u64,
    /// Rows in the rejects file.
    pub refused: u64,
}

/// Amounts of one currency: credited rows + shared = all credits = converted + without rate. **Unit**: that currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct CurrencyAmounts {
    /// Σ of rows that credit at least one partner, each once; rows without a rate included.
    #[serde(serialize_with = "exact")]
    pub credited_rows: Amount,
    /// What rows give to further partners beyond the first.
    #[serde(serialize_with = "exact")]
    pub shared: Amount,
    /// Σ of credits.
    #[serde(serialize_with = "exact")]
    pub all_credits: Amount,
    /// Σ of credits that could be converted, before they were.
    #[serde(serialize_with = "exact")]
    pub converted: Amount,
    /// Σ of credits that have no rate.
    #[serde(serialize_with = "exact")]
    pub without_rate: Amount,
    /// Σ of rows that are excluded since no partner was associated.
    #[serde(serialize_with = "exact")]
    pub unassociated: Amount,
    /// Σ of rows that are excluded since they have no subscription.
    #[serde(serialize_with = "exact")]
    pub no_subscription: Amount,
    /// Σ of rows that are refused since no partner has their tenant.
    #[serde(serialize_with = "exact")]
    pub without_partner: Amount,
    /// Σ of rows that are excluded since another snapshot of the same dataset tells of them again.
    #[serde(serialize_with = "exact")]
    pub superseded: Amount,
    /// Σ of rows that are excluded since a preferred dataset tells of them too.
    #[serde(serialize_with = "exact")]
    pub not_preferred: Amount,
}

/// Amounts after conversion: all credits = not accepted + duplicate + consumption. **Unit**: USD.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct JudgingUsd {
    /// Σ of credits that could be converted.
    #[serde(serialize_with = "exact")]
    pub all_credits: Amount,
    /// Σ of credits whose association the rule set does not accept, by association.
    #[serde(serialize_with = "exact_each")]
    pub not_accepted: BTreeMap<String, Amount>,
    /// Σ of accepted credits that were left aside, since one association of a subscription and month counts.
    #[serde(serialize_with = "exact")]
    pub duplicate: Amount,
    /// Σ of the partners' consumption before rounding.
    #[serde(serialize_with = "exact")]
    pub consumption: Amount,
    /// Σ of rows that another snapshot tells of again, converted where there is a rate; each once, for whichever partner. Beside the credits.
    #[serde(serialize_with = "exact")]
    pub superseded: Amount,
    /// Σ of rows that a preferred dataset tells of too, in the same way.
    #[serde(serialize_with = "exact")]
    pub not_preferred: Amount,
}

/// Credit of one currency and month that could not be converted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithoutRate {
    /// As in the export.
    pub currency: String,
    /// The month whose rate is missing.
    #[serde(serialize_with = "shown")]
    pub month: Month,
    /// Rows; all count as refused.
    pub rows: u64,
    /// Σ of its credits. **Unit**: that currency.
    #[serde(serialize_with = "exact")]
    pub amount: Amount,
}

/// Consumption of one tenant and month whose partner is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithoutPartner {
    /// Lower case; empty: `--partner-id` should name the partner.
    #[serde(serialize_with = "shown")]
    pub tenant: Arc<str>,
    /// The month of the rows.
    #[serde(serialize_with = "shown")]
    pub month: Month,
    /// Rows; all count as refused.
    pub rows: u64,
    /// Σ by currency, sorted. **Unit**: that currency.
    #[serde(serialize_with = "exact_pairs")]
    pub amounts: Vec<(Arc<str>, Amount)>,
}

impl ControlTotals {
    /// Asserts every equation of SPEC 4, to the last digit.
    ///
    /// # Panics
    /// If one does not hold: then something was dropped or counted twice, which is a bug.
    pub fn assert_balance(&self) {
        let rows = &self.rows;
        balance("rows of consumption", rows.read, rows.credited + rows.excluded.total() + rows.refused);
        let without_rate: u64 = self.without_rate.iter().map(|lacking| lacking.rows).sum();
        let without_partner: u64 = self.without_partner.iter().map(|lacking| lacking.rows).sum();
        assert!(
            without_rate + without_partner <= rows.refused,
            "rows without a rate or a partner do not count as refused"
        );
        for (role, rows) in &self.roles {
            balance(role.as_str(), rows.read, rows.accepted + rows.refused);
        }
        let passes = &self.passes;
        let judged = passes.counted + passes.not_named + passes.too_late + passes.expired;
        balance("passes", passes.read, judged + passes.refused);
        let credentials = self.roles.get(&Role::Credentials).copied().unwrap_or_default();
        balance("rows of credentials", credentials.read, passes.read);
        balance("refused rows of credentials", credentials.refused, passes.refused);
        for (currency, amounts) in &self.amounts {
            balance(currency, amounts.all_credits, amounts.credited_rows.plus(amounts.shared));
            balance(
                &format!("credits in {currency}"),
                amounts.all_credits,
                amounts.converted.plus(amounts.without_rate),
            );
            let lacking = self.without_rate.iter().filter(|lacking| lacking.currency == *currency);
            let lacking = lacking.fold(Amount::ZERO, |sum, lacking| sum.plus(lacking.amount));
            balance(&format!("credits in {currency} without a rate"), amounts.without_rate, lacking);
            let lacking = self.without_partner.iter().flat_map(|lacking| &lacking.amounts);
            let lacking = lacking.filter(|(code, _)| **code == **currency);
            let lacking = lacking.fold(Amount::ZERO, |sum, (_, amount)| sum.plus(*amount));
            balance(&format!("{currency} of tenants without a partner"), amounts.without_partner, lacking);
        }
        self.assert_judging_balance();
    }

    fn assert_judging_balance(&self) {
        let judging = &self.judging_usd;
        let not_accepted = judging.not_accepted.values().fold(Amount::ZERO, |sum, amount| sum.plus(*amount));
        let parts = not_accepted.plus(judging.duplicate).plus(judging.consumption);
        balance("credits after conversion", judging.all_credits, parts);
        if self.amounts.keys().all(|currency| currency == "USD") {
            let usd = self.amounts.get("USD").copied().unwrap_or_default();
            balance("USD before and after conversion", judging.all_credits, usd.all_credits);
        }
    }
}

/// Asserts that both sides of an equation are equal.
pub(super) fn balance<T: PartialEq + std::fmt::Display>(what: &str, whole: T, parts: T) {
    assert!(whole == parts, "{what} do not balance: {whole} is not {parts}");
}

fn exact<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

fn exact_each<S: Serializer>(amounts: &BTreeMap<String, Amount>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(amounts.iter().map(|(name, amount)| (name, amount.to_string())))
}

fn exact_pairs<S: Serializer>(amounts: &[(Arc<str>, Amount)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(amounts.iter().map(|(name, amount)| (&**name, amount.to_string())))
}

fn shown<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::base::calendar::Day;
    use crate::outputs::fixtures::amount;

    pub(in crate::outputs) fn balanced() -> ControlTotals {
        let excluded = ExcludedRows {
            not_consumption: 10,
            outside_window: 20,
            no_subscription: 3,
            unassociated: 4,
            ..ExcludedRows::default()
        };
        let usd = CurrencyAmounts {
            credited_rows: amount("1234567.000000000000000000000001"),
            shared: amount("0.5"),
            all_credits: amount("1234567.500000000000000000000001"),
            converted: amount("1234567.500000000000000000000001"),
            without_rate: Amount::ZERO,
            unassociated: amount("99.99"),
            no_subscription: amount("-1"),
            ..CurrencyAmounts::default()
        };
        let eur = CurrencyAmounts {
            credited_rows: amount("100"),
            all_credits: amount("100"),
            converted: amount("50"),
            without_rate: amount("50"),
            unassociated: amount("7"),
            ..CurrencyAmounts::default()
        };
        ControlTotals {
            rows: ConsumptionRows { read: 1_234_567, credited: 1_234_500, excluded, refused: 30 },
            roles: BTreeMap::from([
                (Role::Credentials, RoleRows { read: 20, accepted: 19, refused: 1 }),
                (Role::Partners, RoleRows { read: 5, accepted: 5, refused: 0 }),
            ]),
            passes: Passes { read: 20, counted: 10, not_named: 5, too_late: 3, expired: 1, refused: 1 },
            amounts: BTreeMap::from([("USD".to_owned(), usd), ("EUR".to_owned(), eur)]),
            judging_usd: JudgingUsd {
                all_credits: amount("1234617.500000000000000000000001"),
                not_accepted: BTreeMap::from([("pal".to_owned(), amount("17.5"))]),
                duplicate: amount("600"),
                consumption: amount("1234000.000000000000000000000001"),
                ..JudgingUsd::default()
            },
            without_rate: vec![WithoutRate {
                currency: "EUR".to_owned(),
                month: Month::of(Day::from_ymd_opt(2017, 5, 1).unwrap()),
                rows: 2,
                amount: amount("50"),
            }],
            without_partner: Vec::new(),
        }
    }

    fn fails(change: impl FnOnce(&mut ControlTotals)) -> String {
        let mut totals = balanced();
        change(&mut totals);
        let failed = std::panic::catch_unwind(|| totals.assert_balance()).unwrap_err();
        failed
            .downcast_ref::<String>()
            .cloned()
            .unwrap_or_else(|| (*failed.downcast::<&str>().unwrap()).to_owned())
    }

    #[test]
    fn totals_that_balance_pass_and_empty_ones_too() {
        balanced().assert_balance();
        ControlTotals::default().assert_balance();
    }

    #[test]
    fn one_row_too_few_or_one_last_digit_too_many_is_a_bug() {
        let last_digit = Amount::from_raw(1);
        assert_eq!(
            fails(|t| t.rows.excluded.unassociated -= 1),
            "rows of consumption do not balance: 1234567 is not 1234566"
        );
        assert!(fails(|t| t.without_rate[0].rows = 31).contains("without a rate"));
        assert!(fails(|t| t.roles.get_mut(&Role::Partners).unwrap().read = 6).starts_with("partners do not"));
        assert!(fails(|t| t.passes.expired += 1).starts_with("passes do not"));
        let usd = fails(|t| t.amounts.get_mut("USD").unwrap().shared = amount("0.5").plus(last_digit));
        assert_eq!(
            usd,
            "USD do not balance: 1234567.500000000000000000000001 is not 1234567.500000000000000000000002"
        );
        let lost = fails(|t| t.judging_usd.duplicate = amount("600").minus(last_digit));
        assert!(lost.starts_with("credits after conversion do not balance"), "{lost}");
    }

    #[test]
    fn usd_needs_no_conversion() {
        let fault = fails(|t| {
            t.amounts.remove("EUR");
            t.without_rate.clear();
        });
        assert!(fault.starts_with("USD before and after conversion do not balance"), "{fault}");
    }
}
