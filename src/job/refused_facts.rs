//! The refused rows that can change a figure. Comes in: a reading and its rules. Goes out: the facts from which bounds are made.

use crate::job::{Reading, RejectFate, RunRules};
use crate::judge::bounds::{PossibleRates, RefusedFacts, RepeatedRejects, RepeatedSources};

/// The refused facts of a run that can change a figure.
pub(crate) fn refused_facts(reading: &Reading<'_>, rules: &RunRules) -> RefusedFacts {
    let accepted = rules.rules.accepted.iter().copied().collect();
    let mut facts = RefusedFacts::of(&reading.rejects, accepted);
    let repeating = reading.consumption.iter().filter(|source| source.rules.repeats_per_association);
    let judge = reading.reject_judge(rules.window);
    facts.repeated = RepeatedRejects::of(RepeatedSources {
        rejects: &reading.rejects,
        inputs: repeating.map(|source| source.reject_input).collect(),
        is_superseded: &|key| judge.fate(key.input, key.day, None) == RejectFate::Superseded,
        roster: &reading.roster,
        rates: PossibleRates { rates: &reading.rates, refused: &facts.rates, window: rules.window },
        accepted,
    });
    facts
}
