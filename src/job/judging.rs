//! What the credits of a run are judged by. Comes in: what was read, the rules. Goes out: [`Judged`], or the input errors of sums that are too
//! large. It writes nothing.

use std::collections::BTreeSet;

use crate::base::calendar::{Month, WindowKind};
use crate::base::ids::PartnerId;
use crate::credits::CreditTable;
use crate::diagnostics::error::{Error, InputError};
use crate::judge::bounds::RefusedFacts;
use crate::judge::facts::consumption::{Judged, Judging, SourceRules, TimeGrain, judge};

use super::sources::ConsumptionSource;
use super::{
    Reading, RunOptions, RunRules, amounts_too_large, gate, providers, refused_facts, usd_too_large,
};

/// What [`Judging`] borrows, and is not in the [`Reading`] as such.
pub(crate) struct JudgingInputs {
    sources: Vec<SourceRules>,
    partner_options: Vec<Option<PartnerId>>,
    refused: RefusedFacts,
    lists_partners: bool,
    /// By number of the source, months that a credits table has only as a whole.
    whole_months: BTreeSet<(u32, Month)>,
}

impl JudgingInputs {
    /// Those of a run.
    pub(crate) fn new(reading: &Reading<'_>, rules: &RunRules, options: &RunOptions) -> JudgingInputs {
        let partner_option = |source: &ConsumptionSource| providers::partner_option(source, options).cloned();
        let tallies = (0..).zip(&reading.folded.tallies);
        let whole_months = tallies.flat_map(|(number, tally): (u32, _)| {
            tally.whole_months.iter().map(move |month| (number, *month))
        });
        JudgingInputs {
            whole_months: whole_months.collect(),
            sources: reading.consumption.iter().map(|input| input.rules).collect(),
            partner_options: reading.consumption.iter().map(partner_option).collect(),
            refused: refused_facts(reading, rules),
            lists_partners: options.lists_partners,
        }
    }

    /// Some credits of the run, with what they are judged by, by the total alone.
    pub(crate) fn judging<'j>(
        &'j self,
        reading: &'j Reading<'_>,
        rules: &'j RunRules,
        credits: &'j CreditTable,
    ) -> Judging<'j> {
        Judging {
            credits,
            sources: &self.sources,
            roster: &reading.roster,
            associations: &reading.associations,
            rates: &reading.rates,
            refused: &self.refused,
            window: rules.window,
            rules: &rules.rules,
            partner_options: &self.partner_options,
            lists_partners: self.lists_partners,
            grain: TimeGrain::Total,
            whole_months: &self.whole_months,
        }
    }

    /// Whether a credits table has a month of a source only as a whole.
    pub(super) fn is_whole(&self, source: u32, month: Month) -> bool {
        self.whole_months.contains(&(source, month))
    }
}

/// Judges the credits of a run. Errors: amounts that are too large once they are credits, or converted.
pub(crate) fn judge_credits(
    reading: &Reading<'_>,
    rules: &RunRules,
    options: &RunOptions,
) -> Result<Judged, Error> {
    let inputs = JudgingInputs::new(reading, rules, options);
    let grain = match (options.tells_losses, options.window) {
        (false, _) => TimeGrain::Total,
        (true, WindowKind::CompleteMonths) => TimeGrain::Month,
        (true, WindowKind::TrailingDays) => TimeGrain::Day,
    };
    let judged = judge(Judging { grain, ..inputs.judging(reading, rules, reading.counted_credits()) });
    let credits_too_large = judged.by_currency.iter().filter(|(_, judged)| judged.magnitude.is_too_large());
    let mut input_errors: Vec<InputError> =
        credits_too_large.map(|(currency, _)| amounts_too_large(currency)).collect();
    if judged.is_too_large {
        input_errors.push(usd_too_large());
    }
    gate(input_errors).map(|()| judged)
}
