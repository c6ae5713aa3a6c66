//! `attain rules diff`: in what two rule sets differ, and what that comes to for the partners of some inputs. Comes in: options. Goes out: the
//! difference. Inputs are read once, unless the rule sets ask for other rows of them: another window, or other associations.

use super::judged_run::{JudgedRun, PartnerOutcome, judge_partners};
use super::run_outcome::{Outcome, Tolerance, tell_outcome};
use super::{RunOptions, RunRules};
use crate::base::calendar::Day;
use crate::base::ids::PartnerId;
use crate::config::rules::{RuleSet, differing_clauses};
use crate::diagnostics::error::Error;
use crate::job;
use crate::outputs::{AnswerTarget, RulesDifference, TierDifference, TierDifferences};

/// What to compare, and where the answer goes.
#[derive(Debug, Clone)]
pub(crate) struct RulesDiffOptions {
    /// A name, a name@version, or a file.
    pub(crate) a: String,
    pub(crate) b: String,
    /// The day by which names choose their version.
    pub(crate) as_of: Day,
    /// **Absent**: no inputs are given.
    pub(crate) judged: Option<JudgedInputs>,
    pub(crate) target: AnswerTarget,
}

/// Inputs that are judged by both rule sets.
#[derive(Debug, Clone)]
pub(crate) struct JudgedInputs {
    pub(crate) run: RunOptions,
    pub(crate) tolerance: Tolerance,
}

/// The tier of one partner.
struct JudgedTier {
    partner: PartnerId,
    name: Option<String>,
    /// **Absent**: none.
    tier: Option<String>,
}

/// Runs `attain rules diff`.
pub(crate) fn rules_diff(options: &RulesDiffOptions) -> Result<Outcome, Error> {
    let (a, _) = job::load_rules(&options.a, options.as_of)?;
    let (b, _) = job::load_rules(&options.b, options.as_of)?;
    let clauses = differing_clauses(&a, &b);
    let (mut ids, mut partners, mut outcome) = ((a.id(), b.id()), None, Outcome::Complete);
    if let Some(inputs) = &options.judged {
        let both = job::on_threads(&inputs.run, || judge_both(options, inputs))?;
        (ids, partners, outcome) = (both.ids, Some(both.partners), both.outcome);
    }
    let difference = RulesDifference { a: ids.0, b: ids.1, clauses, partners };
    options.target.write(|| difference.text(), || difference.clone().table())?;
    Ok(outcome)
}

/// The outcome of judging by both rule sets.
struct JudgedByBoth {
    /// With the deviations that the run asks for.
    ids: (String, String),
    partners: TierDifferences,
    outcome: Outcome,
}

fn judge_both(options: &RulesDiffOptions, inputs: &JudgedInputs) -> Result<JudgedByBoth, Error> {
    let with = |rules: &str| RunOptions { rules: rules.to_owned(), ..inputs.run.clone() };
    let (options_a, options_b) = (with(&options.a), with(&options.b));
    let (rules_a, rules_b) = (job::rules_of(&options_a)?, job::rules_of(&options_b)?);
    let dialects = job::run_dialects(&inputs.run)?;
    let mut reading = job::read(&options_a, &rules_a, &dialects, Vec::new(), None)?;
    let judged = judge_partners(&mut reading, &rules_a, &options_a, |reading, of_run| {
        let (JudgedRun { judged, .. }, outcomes) = (of_run, of_run.outcomes());
        let outcome = tell_outcome(reading, judged, &rules_a, &options_a, inputs.tolerance);
        (tiers(&rules_a.rules, &outcomes), outcome)
    });
    let (of_a, outcome) = judged?;
    if !reads_alike(&rules_a, &rules_b) {
        reading = job::read(&options_b, &rules_b, &dialects, Vec::new(), None)?;
    }
    let of_b = judge_partners(&mut reading, &rules_b, &options_b, |_, of_run| {
        tiers(&rules_b.rules, &of_run.outcomes())
    })?;
    let partners = differing(of_a, of_b);
    Ok(JudgedByBoth { ids: (rules_a.rules.id(), rules_b.rules.id()), partners, outcome })
}

/// Whether what was read for one rule set is what the other needs: the days of the window, and the associations that count, which overlaps of
/// exports depend on.
fn reads_alike(a: &RunRules, b: &RunRules) -> bool {
    a.window == b.window && a.rules.retroactive == b.rules.retroactive && a.rules.accepted == b.rules.accepted
}

fn tiers(rules: &RuleSet, outcomes: &[PartnerOutcome<'_>]) -> Vec<JudgedTier> {
    let tier = |(facts, verdict, _): &PartnerOutcome<'_>| {
        let undetermined = verdict.is_undetermined().then(|| "undetermined".to_owned());
        JudgedTier {
            partner: facts.partner.clone(),
            name: facts.name.as_deref().map(str::to_owned),
            tier: verdict.attained.map(|tier| rules.tiers[tier].name.clone()).or(undetermined),
        }
    };
    outcomes.iter().map(tier).collect()
}

/// The partners whose tier differs. Both lists are in report order; a partner that one lacks has no tier there.
fn differing(a: Vec<JudgedTier>, b: Vec<JudgedTier>) -> TierDifferences {
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    let mut differences = TierDifferences { compared: 0, differing: Vec::new() };
    while let Some(next) = a.peek().into_iter().chain(b.peek()).map(|tier| tier.partner.clone()).min() {
        let of_a = a.next_if(|tier| tier.partner == next);
        let of_b = b.next_if(|tier| tier.partner == next);
        differences.compared += 1;
        let name = of_a.as_ref().or(of_b.as_ref()).and_then(|tier| tier.name.clone());
        let (a, b) = (of_a.and_then(|tier| tier.tier), of_b.and_then(|tier| tier.tier));
        if a != b {
            differences.differing.push(TierDifference { partner: next.to_string(), name, a, b });
        }
    }
    differences
}
