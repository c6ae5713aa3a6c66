//! Plans: what a partner must add to attain its next tier, now and as of later days (SPEC 3.12). Comes in: facts, verdicts, and the value of each
//! measure on later days while nothing comes to it. Goes out: a [`PartnerPlan`]. It forecasts nothing.

#[cfg(test)]
mod tests;

use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month};
use crate::config::rules::{GroupCounting, Measure, Quantity, Requirement, RuleSet};
use crate::judge::facts::PartnerFacts;
use crate::judge::loss::ConsumptionSteps;
use crate::judge::measures::individuals::CountedIndividuals;
use crate::judge::verdict::{MissingForTier, PartnerVerdict, required_in_every_market};

/// The ways of a partner to its next tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartnerPlan {
    /// Index of the next tier.
    pub(crate) next: usize,
    /// What is missing as of the day for which partners are judged: the rank of the plan.
    pub(crate) missing: MissingForTier,
    /// Consumption on each day of the plan; empty: the tier requires none.
    pub(crate) consumption: Vec<PlannedConsumption>,
    /// Each way to the people that the tier requires, the smallest first; empty: the tier requires none, or has them on all days of the plan.
    pub(crate) ways: Vec<PeopleWay>,
}

/// Consumption as of a day, if nothing comes to what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlannedConsumption {
    /// **Absent**: it cannot be known on that day. **Unit**: USD.
    pub(crate) counted: Option<Amount>,
    /// **Unit**: USD.
    pub(crate) required: Amount,
}

impl PlannedConsumption {
    /// What must be consumed up to that day. **Unit**: USD. **Absent**: it cannot be known.
    pub(crate) fn missing(&self) -> Option<Amount> {
        self.counted.map(|counted| self.required.minus(counted).max(Amount::ZERO))
    }
}

/// People of some credential groups: any of their credentials counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PeopleWay {
    /// Indices into [`RuleSet::groups`].
    pub(crate) groups: Vec<usize>,
    pub(crate) required: u64,
    /// On each day of the plan, if no pass comes to what was read.
    pub(crate) counted: Vec<u64>,
}

impl PeopleWay {
    /// How many people must be added by each day of the plan.
    pub(crate) fn missing(&self) -> impl Iterator<Item = u64> + '_ {
        self.counted.iter().map(|counted| self.required.saturating_sub(*counted))
    }
}

/// The inputs of plans.
pub(crate) struct PlanSources<'p> {
    pub(crate) rules: &'p RuleSet,
    pub(crate) consumption: &'p (dyn ConsumptionSteps + Sync),
    pub(crate) individuals: &'p CountedIndividuals<'p>,
    /// The days of the plan: the day for which partners are judged, then later ones.
    pub(crate) days: &'p [Day],
}

/// The days of a plan: `as_of`, then the last days of so many months, from the first month that `as_of` does not complete.
pub(crate) fn plan_days(as_of: Day, months: u32) -> Vec<Day> {
    let first = Month::of(as_of.succ_opt().unwrap_or(as_of)).number();
    let ends = (first..).zip(0..months).map(|(number, _)| Month::from_number(number).last_day());
    [as_of].into_iter().chain(ends).collect()
}

impl PlanSources<'_> {
    /// The plan of a partner. `None` if there is no next tier.
    pub(crate) fn of(&self, facts: &PartnerFacts<'_>, verdict: &PartnerVerdict) -> Option<PartnerPlan> {
        let next = verdict.next?;
        let mut plan = PartnerPlan {
            next,
            missing: MissingForTier::of(facts, &self.rules.tiers[next]),
            consumption: Vec::new(),
            ways: Vec::new(),
        };
        for requirement in &self.rules.tiers[next].requires {
            match required_in_every_market(requirement, facts.market) {
                Quantity::Usd(required) => plan.consumption = self.consumption(facts, requirement, required),
                Quantity::Count(required) => plan.ways = self.ways(facts, requirement, required),
            }
        }
        Some(plan)
    }

    fn consumption(
        &self,
        facts: &PartnerFacts<'_>,
        requirement: &Requirement,
        required: Amount,
    ) -> Vec<PlannedConsumption> {
        let now = match facts.values[requirement.measure] {
            Quantity::Usd(usd) => usd,
            Quantity::Count(_) => unreachable!("consumption is in USD"),
        };
        let steps = self.consumption.of_head(facts.partner);
        let on = |day: &Day| PlannedConsumption { counted: value_on(&steps, *day, Some(now)), required };
        self.days.iter().map(on).collect()
    }

    /// The ways to the people of a requirement: each group alone, or all groups where they are pooled.
    fn ways(&self, facts: &PartnerFacts<'_>, requirement: &Requirement, required: u64) -> Vec<PeopleWay> {
        let Measure::Individuals { groups, counting } = &self.rules.measures[requirement.measure] else {
            unreachable!("people are counted by individuals alone")
        };
        let alternatives: Vec<Vec<usize>> = match counting {
            GroupCounting::LargestGroup => groups.iter().map(|group| vec![*group]).collect(),
            GroupCounting::Union => vec![groups.clone()],
        };
        let way = |groups: Vec<usize>| {
            let now = self.individuals.value_of(facts.partner, &groups, *counting);
            let steps = self.individuals.after(facts.partner, &groups, *counting);
            let counted = self.days.iter().map(|day| value_on(&steps, *day, now)).collect();
            PeopleWay { groups, required, counted }
        };
        let mut ways: Vec<PeopleWay> = alternatives.into_iter().map(way).collect();
        // A stable sort: ways that need as many people stay in the order of the groups.
        ways.sort_by_key(|way| way.missing().collect::<Vec<u64>>());
        let needs_nobody = |day: usize| ways.iter().any(|way| way.counted[day] >= required);
        if (0..self.days.len()).all(needs_nobody) {
            ways.clear();
        }
        ways
    }
}

/// The value on a day: of the last step that is not after it, else `now`.
fn value_on<T: Copy>(steps: &[(Day, T)], day: Day, now: T) -> T {
    let passed = steps.partition_point(|(from, _)| *from <= day);
    passed.checked_sub(1).map_or(now, |last| steps[last].1)
}
