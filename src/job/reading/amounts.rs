//! Amounts that no run can add up. Comes in: what was folded, or a sum that was converted. Goes out: input errors with what to do.

use std::collections::BTreeMap;

use crate::base::place::RowPlace;
use crate::credits::engine::local::Folded;
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::diagnostics::reject::RejectCode;
use crate::job::{ConsumptionSource, RejectFate, RejectJudge};

/// What people are told to do about amounts that no run can add up.
const AMOUNTS_LIMIT: &str = "the amounts of one currency may add up to less than 10^14";

/// The amounts that no run can add up: single ones, the first of each input, and the amounts of a currency together.
pub(crate) fn too_large(
    consumption: &[ConsumptionSource],
    folded: &Folded,
    judge: RejectJudge<'_>,
) -> Vec<InputError> {
    let mut first: BTreeMap<usize, Option<RowPlace>> = BTreeMap::new();
    for (key, count) in folded.rejects.counts().filter(|(key, _)| key.code == RejectCode::AmountTooLarge) {
        if judge.fate(key.input, key.day, key.subscription.as_deref()) == RejectFate::Refused {
            let of_input = first.entry(key.input).or_insert(count.first);
            *of_input = count.first.min(*of_input);
        }
    }
    let name = |reject_input: usize| {
        let source = consumption.iter().find(|source| source.reject_input == reject_input);
        source.map(|source| source.name.clone())
    };
    let single = first.into_iter().map(|(input, place)| {
        let line = place.map_or(String::new(), |place| format!("line {}: ", place.row));
        let message = format!("{line}an amount of 10^14 or more; {AMOUNTS_LIMIT}; correct it");
        InputError { input: name(input), code: InputErrorCode::AmountsTooLarge, message }
    });
    let of_rows = folded.sums.iter().filter(|(_, sums)| sums.magnitude.is_too_large());
    single.chain(of_rows.map(|(currency, _)| amounts_too_large(currency))).collect()
}

/// That the amounts of a currency are more than a run can add up.
pub(crate) fn amounts_too_large(currency: &str) -> InputError {
    let message = format!(
        "the amounts in {currency} add up to 10^14 or more, disregarding signs; {AMOUNTS_LIMIT}; look for amounts that are none"
    );
    InputError { input: None, code: InputErrorCode::AmountsTooLarge, message }
}

/// That amounts, once converted, are more than a run can add up.
pub(crate) fn usd_too_large() -> InputError {
    let message = "converted to USD, the amounts add up to 10^14 or more; check the rates".to_owned();
    InputError { input: None, code: InputErrorCode::AmountsTooLarge, message }
}
