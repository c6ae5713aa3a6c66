//! Judges the credits of a run. Comes in: what was read, the rules. Goes out: [`Judged`], or the input errors of sums that are too large. It writes
//! nothing.

use super::windows::JudgingInputs;
use super::{Reading, RunOptions, RunRules, amounts_too_large, gate, refused_facts, usd_too_large};
use crate::base::calendar::WindowKind;
use crate::diagnostics::error::{Error, InputError};
use crate::judge::facts::consumption::{Judged, Judging, TimeGrain, judge};

/// Judges the credits of a run. Errors: amounts that are too large once they are credits, or converted.
pub(crate) fn judge_credits(
    reading: &Reading<'_>,
    rules: &RunRules,
    options: &RunOptions,
) -> Result<Judged, Error> {
    let inputs = JudgingInputs::new(reading, options);
    let refused = refused_facts(reading, rules);
    let grain = match (options.tells_losses, options.window) {
        (false, _) => TimeGrain::Total,
        (true, WindowKind::CompleteMonths) => TimeGrain::Month,
        (true, WindowKind::TrailingDays) => TimeGrain::Day,
    };
    let judging = inputs.judging(reading, &rules.rules, rules.window, &refused);
    let judged = judge(Judging { grain, ..judging });
    let credits_too_large = judged.by_currency.iter().filter(|(_, judged)| judged.magnitude.is_too_large());
    let mut input_errors: Vec<InputError> =
        credits_too_large.map(|(currency, _)| amounts_too_large(currency)).collect();
    if judged.is_too_large {
        input_errors.push(usd_too_large());
    }
    gate(input_errors).map(|()| judged)
}
