//! `attain plan`: what partners must add to attain their next tier. Comes in: options. Goes out: plans, ranked by what is missing, from one reading
//! and one judging. It decides nothing: what is missing today is what a report of the same inputs says.

use crate::base::calendar::Day;
use crate::base::ids::PartnerId;
use crate::base::market::Market;
use crate::config::rules::{Requirement, RuleSet, Tier};
use crate::diagnostics::error::Error;
use crate::job;
use crate::job::RunOptions;
use crate::job::judged_run::{JudgedRun, PartnerOutcome, judge_partners};
use crate::job::losses::LossInputs;
use crate::job::run_outcome::{Outcome, Tolerance, tell_outcome};
use crate::job::wanted_partners::wanted_partners;
use crate::judge::plan::{PartnerPlan, PlanSources, plan_days};
use crate::outputs::{AnswerTarget, PlanAnswer, PlanDay, PlanWay, PlannedPartner};

/// What to plan, and where the answer goes.
#[derive(Debug, Clone)]
pub(crate) struct PlanOptions {
    pub(crate) run: RunOptions,
    pub(crate) tolerance: Tolerance,
    /// Empty: every partner.
    pub(crate) partners: Vec<PartnerId>,
    /// How many month ends are planned for.
    pub(crate) months: u32,
    pub(crate) target: AnswerTarget,
}

/// Runs `attain plan`.
pub(crate) fn plan(options: &PlanOptions) -> Result<Outcome, Error> {
    job::on_threads(&options.run, || plan_on_threads(options))
}

fn plan_on_threads(options: &PlanOptions) -> Result<Outcome, Error> {
    let run = &options.run;
    let rules = job::rules_of(run)?;
    let dialects = job::run_dialects(run)?;
    let mut reading = job::read(run, &rules, &dialects, Vec::new(), None)?;
    let days = plan_days(run.as_of, options.months);
    let planned = judge_partners(&mut reading, &rules, run, |reading, of_run| {
        let JudgedRun { judged, individuals, .. } = of_run;
        let outcomes = of_run.outcomes();
        let wanted = match options.partners.as_slice() {
            [] => outcomes.iter().collect(),
            partners => wanted_partners(reading, &outcomes, partners, "--partner: ")?,
        };
        let losses = LossInputs { reading, rules: &rules, options: run, judged };
        let consumption = losses.consumption();
        let sources =
            PlanSources { rules: &rules.rules, consumption: consumption.as_ref(), individuals, days: &days };
        let answer = answer(&rules.rules, run.as_of, &days, &sources, &wanted);
        Ok::<_, Error>((answer, tell_outcome(reading, judged, &rules, run, options.tolerance)))
    })?;
    let (answer, outcome) = planned?;
    options.target.write(|| answer.text(), || answer.clone().table())?;
    Ok(outcome)
}

/// The plans of some partners, ranked by what is missing today.
fn answer(
    rules: &RuleSet,
    as_of: Day,
    days: &[Day],
    sources: &PlanSources<'_>,
    wanted: &[&PartnerOutcome<'_>],
) -> PlanAnswer {
    let plans = wanted.iter().map(|outcome| (sources.of(outcome.0, outcome.1), *outcome));
    let (with_next, without): (Vec<_>, Vec<_>) = plans.partition(|(plan, _)| plan.is_some());
    let mut ranked: Vec<(PartnerPlan, &PartnerOutcome<'_>)> =
        with_next.into_iter().filter_map(|(plan, outcome)| Some((plan?, outcome))).collect();
    // Stable, so that partners of one rank stay in report order.
    ranked.sort_by_key(|(plan, _)| plan.missing);
    let tier = |nth: usize| rules.tiers[nth].name.clone();
    let planned = |(plan, (facts, verdict, _)): &(PartnerPlan, &PartnerOutcome<'_>)| PlannedPartner {
        partner: facts.partner.to_string(),
        name: facts.name.as_deref().map(str::to_owned),
        tier: verdict.attained.map(tier).or(verdict.is_undetermined().then(|| "undetermined".to_owned())),
        next_tier: tier(plan.next),
        days: plan_days_of(plan, days),
        ways: plan
            .ways
            .iter()
            .map(|way| PlanWay {
                groups: way.groups.iter().map(|group| rules.groups[*group].name.clone()).collect(),
                required: way.required,
                counted: way.counted.clone(),
                missing: way.missing().collect(),
            })
            .collect(),
        market_is_unknown: facts.market.is_none() && depends_on_market(&rules.tiers[plan.next]),
        lacks_rate: facts.lacks_rate,
        is_assumed: facts.is_assumed,
    };
    PlanAnswer {
        rule_set: rules.id(),
        as_of,
        partners: ranked.iter().map(planned).collect(),
        without_next: without.iter().map(|(_, (facts, ..))| facts.partner.to_string()).collect(),
    }
}

/// Whether a tier requires other values in other markets.
fn depends_on_market(tier: &Tier) -> bool {
    let differs = |requirement: &Requirement| {
        let [a, b] = Market::ALL.map(|market| requirement.at_least.of(market));
        a != b
    };
    tier.requires.iter().any(differs)
}

fn plan_days_of(plan: &PartnerPlan, days: &[Day]) -> Vec<PlanDay> {
    let day = |(nth, by): (usize, &Day)| {
        let consumption = plan.consumption.get(nth);
        PlanDay {
            by: *by,
            counted: consumption.and_then(|consumption| consumption.counted),
            required: consumption.map(|consumption| consumption.required),
            missing: consumption.and_then(|consumption| consumption.missing()),
        }
    };
    days.iter().enumerate().map(day).collect()
}
