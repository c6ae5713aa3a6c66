//! The measure `consumption`: exact consumption of the window that counts for a head (SPEC 3.3). Comes in: the consumption that
//! counts, by head, in USD. Goes out: the value of each head. The uniform judgement of `verdict` compares it with the threshold.

use crate::base::amount::Amount;
use crate::base::ids::PartnerId;
use crate::config::rules::Quantity;

/// The consumption of each head, sorted as `consumption` is.
pub(super) fn by_head(consumption: &[(PartnerId, Amount)]) -> Vec<(&PartnerId, Quantity)> {
    consumption.iter().map(|(head, usd)| (head, Quantity::Usd(*usd))).collect()
}
