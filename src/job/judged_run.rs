//! One judging of what was read: from credits and people to verdicts with their confidence. Comes in: what was read, the rules. Goes out:
//! everything that reports and explanations show. It writes nothing.

use rayon::prelude::*;

use super::confidence::RunUnknowns;
use super::{Reading, RunOptions, RunRules, judge_credits, near_partners, providers, refused_facts};
use crate::base::calendar::Month;
use crate::diagnostics::error::Error;
use crate::judge::bounds::Confidence;
use crate::judge::facts::consumption::Judged;
use crate::judge::facts::{self, FactSources, PartnerFacts};
use crate::judge::measures::individuals::CountedIndividuals;
use crate::judge::measures::individuals::PassCounts;
use crate::judge::measures::{self, MeasureSources};
use crate::judge::verdict::{PartnerVerdict, judge};

/// The outcome for one partner.
pub(super) type PartnerOutcome<'o> = (&'o PartnerFacts<'o>, &'o PartnerVerdict, &'o Confidence);

/// The outcome of a run.
#[derive(Clone, Copy)]
pub(super) struct JudgedRun<'j> {
    pub(super) judged: &'j Judged,
    pub(super) individuals: &'j CountedIndividuals<'j>,
    pub(super) passes: PassCounts,
    pub(super) unknowns: &'j RunUnknowns<'j>,
    /// In report order.
    pub(super) facts: &'j [PartnerFacts<'j>],
    /// Of each of `facts`.
    pub(super) verdicts: &'j [PartnerVerdict],
    /// Of each of `facts`.
    pub(super) confidences: &'j [Confidence],
}

impl<'j> JudgedRun<'j> {
    /// The outcome of the partner at a position.
    pub(super) fn outcome(&self, nth: usize) -> PartnerOutcome<'j> {
        (&self.facts[nth], &self.verdicts[nth], &self.confidences[nth])
    }

    /// The outcome of every partner, in report order.
    pub(super) fn outcomes(&self) -> Vec<PartnerOutcome<'j>> {
        (0..self.facts.len()).map(|nth| self.outcome(nth)).collect()
    }
}

/// Judges what was read, and gives `each` the outcome of every partner, in report order.
pub(super) fn judge_partners<T>(
    reading: &mut Reading<'_>,
    rules: &RunRules,
    options: &RunOptions,
    each: impl FnOnce(&Reading<'_>, JudgedRun<'_>) -> T,
) -> Result<T, Error> {
    let judged = judge_credits(reading, rules, options)?;
    providers::warn_of_unknown(&reading.consumption, &judged, &mut reading.warnings);
    near_partners::warn(reading, &judged);
    let rule_set = &rules.rules;
    let (individuals, passes) = CountedIndividuals::count(
        &reading.passes,
        rule_set,
        &reading.roster,
        options.as_of,
        &mut reading.warnings,
    );
    let reading = &*reading;
    let sources = MeasureSources { consumption: &judged.consumption, individuals: &individuals };
    let values = measures::values(rule_set, &sources);
    let sources = FactSources { roster: &reading.roster, values: &values, lacks_rate: &judged.lacks_rate };
    let of_files = reading.roster.partners().chain(reading.associations.partners());
    let of_passes = reading.passes.partners().map(|(partner, _)| partner);
    let named = of_files.chain(of_passes).chain(judged.consumption.iter().map(|(head, _)| head));
    let facts = facts::of_partners(named, &sources);
    let verdicts: Vec<PartnerVerdict> = facts.par_iter().map(|facts| judge(facts, rule_set)).collect();
    let refused = refused_facts(reading, rules);
    let unknowns = RunUnknowns::new(reading, rules, options, &refused);
    let missing_months: Vec<Month> = reading.coverage.missing().collect();
    let confidences = unknowns.confidence(&facts, &judged, &individuals, &missing_months);
    let of_run = JudgedRun {
        judged: &judged,
        individuals: &individuals,
        passes,
        unknowns: &unknowns,
        facts: &facts,
        verdicts: &verdicts,
        confidences: &confidences,
    };
    Ok(each(reading, of_run))
}
