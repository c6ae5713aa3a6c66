//! Loss: the first day after `as_of` on which the attained tier of a partner no longer holds if nothing ever comes to what was read up to then
//! (SPEC 3.9). Comes in: facts, verdicts, and the value of each measure on later days. Goes out: a [`Loss`] for each partner. It forecasts
//! nothing: consumption leaves the window, and passes expire.

mod steps;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::base::calendar::Day;
use crate::base::ids::PartnerId;
use crate::config::rules::{Measure, Quantity, RuleSet};
use crate::judge::facts::PartnerFacts;
use crate::judge::measures::individuals::CountedIndividuals;
use crate::judge::verdict::{PartnerVerdict, is_met, judge_tier};

pub(crate) use steps::{ConsumptionSteps, DayWindows, LaterMonths, Remainder};

/// When a partner loses its attained tier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loss {
    /// The first day on which the tier no longer holds. **Absent**: see `reason`.
    pub lost_on: Option<Day>,
    /// What the tier lacks on that day, for each requirement of the tier, in their order; empty: the tier is not lost. **Absent**: the possible
    /// markets give different values, or the value is not known on that day.
    pub shortfalls: Vec<Option<Quantity>>,
    /// Why a cell is blank. **Absent**: no tier is attained, or every cell is told.
    pub reason: Option<LossBlank>,
}

/// Why a loss is blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LossBlank {
    /// The tier is never lost: nothing that it requires ends.
    Never,
    /// Something that the tier requires is known only by month where days decide, or is told by exports that contradict each other.
    Unknown,
}

impl LossBlank {
    /// The note of the report.
    pub fn as_str(self) -> &'static str {
        match self {
            LossBlank::Never => "never-lost",
            LossBlank::Unknown => "loss-unknown",
        }
    }
}

/// A measure of one partner on later days: from each day on, until the next, it has this value. **Absent** value: not known.
pub(crate) type Steps<T> = Vec<(Day, Option<T>)>;

/// What losses are computed from.
pub(crate) struct LossSources<'l> {
    pub(crate) rules: &'l RuleSet,
    pub(crate) consumption: &'l (dyn ConsumptionSteps + Sync),
    pub(crate) individuals: &'l CountedIndividuals<'l>,
}

impl LossSources<'_> {
    /// The loss of a partner.
    pub(crate) fn of(&self, facts: &PartnerFacts<'_>, verdict: &PartnerVerdict) -> Loss {
        let Some(attained) = verdict.attained else { return Loss::default() };
        let tier = &self.rules.tiers[attained];
        let steps: Vec<(usize, Steps<Quantity>)> = tier
            .requires
            .iter()
            .map(|required| (required.measure, self.steps(facts.partner, required.measure)))
            .collect();
        let days: BTreeSet<Day> =
            steps.iter().flat_map(|(_, steps)| steps.iter().map(|(day, _)| *day)).collect();
        let mut values = facts.values.clone();
        let mut is_known = vec![true; values.len()];
        for day in days {
            for (measure, steps) in &steps {
                if let Ok(nth) = steps.binary_search_by_key(&day, |(day, _)| *day) {
                    is_known[*measure] = steps[nth].1.is_some();
                    values[*measure] = steps[nth].1.unwrap_or(values[*measure]);
                }
            }
            let is_lost = |required: &crate::config::rules::Requirement| {
                is_known[required.measure]
                    && !is_met(values[required.measure], &required.at_least, facts.market)
            };
            let is_unknown = tier.requires.iter().any(|required| !is_known[required.measure]);
            if tier.requires.iter().any(is_lost) {
                let lacking = judge_tier(&values, tier, facts.market).requirements;
                let shortfall = |(required, lacking): (&crate::config::rules::Requirement, _)| {
                    let lacking: crate::judge::verdict::RequirementVerdict = lacking;
                    lacking.shortfall.filter(|_| is_known[required.measure])
                };
                return Loss {
                    lost_on: Some(day),
                    shortfalls: tier.requires.iter().zip(lacking).map(shortfall).collect(),
                    reason: is_unknown.then_some(LossBlank::Unknown),
                };
            }
            if is_unknown {
                return Loss { reason: Some(LossBlank::Unknown), ..Loss::default() };
            }
        }
        Loss { reason: Some(LossBlank::Never), ..Loss::default() }
    }

    fn steps(&self, partner: &PartnerId, measure: usize) -> Steps<Quantity> {
        match &self.rules.measures[measure] {
            Measure::Consumption => {
                let usd = self.consumption.of_head(partner).into_iter();
                usd.map(|(day, usd)| (day, usd.map(Quantity::Usd))).collect()
            }
            Measure::Individuals { groups, counting } => {
                let counts = self.individuals.after(partner, groups, *counting).into_iter();
                counts.map(|(day, count)| (day, Some(Quantity::Count(count)))).collect()
            }
        }
    }
}
