//! Warnings of consumption whose amounts are below the customer's price. Comes in: the counts of each source. Goes out: warnings, one a file and
//! kind. It changes no figure.

use std::collections::BTreeMap;

use super::ConsumptionSource;
use crate::base::amount::Amount;
use crate::base::text::list_some;
use crate::config::dialect::RoleMeaning;
use crate::credits::engine::local::Folded;
use crate::credits::engine::local::understatement::Understatement;
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::formats::Input;

/// Currencies that a warning lists.
const CURRENCIES_SHOWN: usize = 5;

/// Warns of each export with the partner's price, or with prepaid usage that has no amount.
pub(super) fn warn(
    consumption: &[ConsumptionSource],
    inputs: &[Input<'_>],
    folded: &Folded,
    warnings: &mut Warnings,
) {
    for (source, tally) in consumption.iter().zip(&folded.tallies) {
        let understatement = &tally.understatement;
        let stated = partner_price(understatement, &folded.credits.currencies);
        let text = stated.or_else(|| {
            unstated_rate(&inputs[source.input], tally.taken.saturating_sub(understatement.rows_left_out))
        });
        if let Some(text) = text {
            warnings.add(WarningCode::PartnerPrice, format!("{}: {text}", source.name));
        }
        if let Some(text) = prepaid(understatement) {
            warnings.add(WarningCode::PrepaidWithoutAmount, format!("{}: {text}", source.name));
        }
    }
}

/// What the rows with a rate of partner earned credit lack. `None` if there are none.
fn partner_price(understatement: &Understatement, currencies: &[String]) -> Option<String> {
    let mut rows = 0;
    let mut lacking: BTreeMap<&str, Option<Amount>> = BTreeMap::new();
    for ((rate, currency), sum) in &understatement.earned {
        rows += sum.rows;
        let total = lacking.entry(&currencies[usize::from(*currency)]).or_insert(Some(Amount::ZERO));
        *total = total.zip(rate.lacking(sum.amount)).map(|(total, more)| total.plus_saturating(more));
    }
    let amounts: Vec<String> =
        lacking.iter().filter_map(|(code, amount)| Some(shown((*amount)?, code))).collect();
    (rows > 0).then(|| {
        format!(
            "{} {} below the customer's price, after partner earned credit; compare with the Azure usage report of Partner Center",
            if rows == 1 { "1 row is".to_owned() } else { format!("{rows} rows are") },
            amounts_text(&amounts)
        )
    })
}

/// That amounts are the partner's price, where the file cannot say by how much. `None` if it can, or if they are the customer's.
fn unstated_rate(input: &Input<'_>, rows: u64) -> Option<String> {
    let dialect = input.layout.dialect;
    let RoleMeaning::Consumption(rules) = &dialect.meaning else { return None };
    let rate = rules.earned_credit.as_ref().map(|earned| earned.rate);
    if !rules.has_partner_price || rows == 0 || rate.is_some_and(|rate| input.layout.has(rate)) {
        return None;
    }
    let told_by = rate
        .map_or_else(String::new, |rate| format!(", since it has no {}", dialect.columns[rate.0].names[0]));
    let rows = if rows == 1 { "1 row is".to_owned() } else { format!("{rows} rows are") };
    Some(format!(
        "{rows} at the partner's price, and the file does not tell how far below the customer's{told_by}; compare with the Azure usage report of \
         Partner Center"
    ))
}

/// The rows without an amount that a reservation or savings plan covers. `None` if there are none.
fn prepaid(understatement: &Understatement) -> Option<String> {
    let prices = &understatement.list_prices;
    let amounts: Vec<String> = prices.iter().map(|(code, price)| shown(price.amount, code)).collect();
    let price = match prices.values().map(|price| price.rows).sum::<u64>() {
        0 => String::new(),
        1 => format!("; 1 of them would have {} at its unit price", amounts_text(&amounts)),
        told => format!("; {told} of them would have {} at their unit price", amounts_text(&amounts)),
    };
    let rows = match understatement.prepaid_rows {
        0 => return None,
        1 => "1 row that a reservation or savings plan covers has".to_owned(),
        rows => format!("{rows} rows that a reservation or savings plan covers have"),
    };
    Some(format!(
        "{rows} no amount{price}; give an amortized cost export or the Azure usage report of Partner Center instead"
    ))
}

fn shown(amount: Amount, currency: &str) -> String {
    format!("{} {currency}", amount.floor_to_cents())
}

fn amounts_text(amounts: &[String]) -> String {
    let amounts: Vec<&str> = amounts.iter().map(String::as_str).collect();
    match amounts.is_empty() {
        true => "an unknown amount".to_owned(),
        false => list_some(&amounts, CURRENCIES_SHOWN),
    }
}
