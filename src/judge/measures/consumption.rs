//! The measure `consumption`: exact consumption of the window that counts for a head (SPEC 3.3). Comes in: the consumption that
//! counts, by head, in USD. Goes out: the value of each head. The uniform judgement of `verdict` compares it with the threshold.

use crate::base::amount::Amount;
use crate::base::ids::PartnerId;
use crate::config::rules::Quantity;
use crate::judge::bounds::Unknown;

/// The consumption of each head, sorted as `consumption` is.
pub(super) fn by_head(consumption: &[(PartnerId, Amount)]) -> Vec<(&PartnerId, Quantity)> {
    consumption.iter().map(|(head, usd)| (head, Quantity::Usd(*usd))).collect()
}

/// The least and the greatest consumption, where the run knows `value`.
pub(super) fn bounds(value: Amount, unknown: &Unknown) -> (Amount, Amount) {
    let (least, greatest) = match unknown.may_roll_up {
        true => (value.min(Amount::ZERO), value.max(Amount::ZERO)),
        false => (value, value),
    };
    (unknown.consumption.least(least), unknown.consumption.greatest(greatest))
}
