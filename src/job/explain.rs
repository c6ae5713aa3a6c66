//! `attain explain`: why partners have their tiers. Comes in: options. Goes out: explanations, from one reading and one judging. It decides
//! nothing: what a report of the same inputs says, it says too.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::PathBuf;

use super::explained_consumption::{self, HeadLine};
use super::explained_people::{self, PeopleShown};
use super::explained_rows;
use super::explained_sentence::sentence;
use super::judged_run::{JudgedRun, PartnerOutcome, judge_partners};
use super::left_out;
use super::losses::LossInputs;
use super::run_outcome::{Outcome, Tolerance, tell_outcome};
use super::wanted_partners::wanted_partners;
use super::written_ledger::{LedgerInputs, WrittenLedger};
use super::{Reading, RunOptions, RunRules};
use crate::base::ids::PartnerId;
use crate::config::rules::{Measure, MeasureUnit, RuleSet, Tier};
use crate::diagnostics::error::Error;
use crate::diagnostics::reject::{BoundsKey, RejectOwner};
use crate::job::{self, RejectFate};
use crate::judge::bounds::{Confidence, ConfidenceCode};
use crate::judge::facts::PartnerFacts;
use crate::judge::facts::consumption::ledger::LedgerScope;
use crate::judge::loss::{Loss, LossBlank, LossSources};
use crate::judge::measures::individuals::explained_passes;
use crate::judge::verdict::{PartnerVerdict, TierVerdict};
use crate::outputs::explanation::{
    Dependence, Explanation, ExplanationFormat, Explanations, LostRequirement, PersonExplained,
    RequirementExplained, TierExplained,
};
use crate::outputs::{OutputKind, OutputSet, TextStyle};
use crate::roster::MarketReason;

/// How deep an explanation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExplanationDepth {
    /// The verdict and its requirements.
    Tier,
    /// Consumption by month, association and source; people.
    Months,
    /// Consumption by subscription too.
    Subscriptions,
    /// Each row of consumption too.
    Rows,
}

/// What to explain, and how.
#[derive(Debug, Clone)]
pub(crate) struct ExplainOptions {
    pub(crate) run: RunOptions,
    pub(crate) tolerance: Tolerance,
    /// **Absent**: every partner.
    pub(crate) partners: Option<Vec<PartnerId>>,
    pub(crate) depth: ExplanationDepth,
    pub(crate) people: PeopleShown,
    pub(crate) format: ExplanationFormat,
    /// Of text on standard output.
    pub(crate) style: TextStyle,
    /// **Absent**: standard output.
    pub(crate) output: Option<PathBuf>,
}

/// Runs `attain explain`.
pub(crate) fn explain(options: &ExplainOptions) -> Result<Outcome, Error> {
    job::on_threads(&options.run, || explain_on_threads(options))
}

fn explain_on_threads(options: &ExplainOptions) -> Result<Outcome, Error> {
    let rules = job::rules_of(&options.run)?;
    let dialects = job::run_dialects(&options.run)?;
    let mut reading = job::read(&options.run, &rules, &dialects, Vec::new(), None)?;
    let explained = judge_partners(&mut reading, &rules, &options.run, |reading, of_run| {
        let JudgedRun { judged, individuals, .. } = of_run;
        let outcomes = of_run.outcomes();
        let wanted = match options.partners.as_deref() {
            None => outcomes.iter().collect(),
            Some(partners) => wanted_partners(reading, &outcomes, partners, "")?,
        };
        let inputs = LossInputs { reading, rules: &rules, options: &options.run, judged };
        let consumption = inputs.consumption();
        let losses = LossSources { rules: &rules.rules, consumption: consumption.as_ref(), individuals };
        let ledger_inputs = LedgerInputs::new(reading, &rules, &options.run);
        let ledger = WrittenLedger::new(&ledger_inputs, reading, &rules);
        let context = Explaining {
            reading,
            rules: &rules,
            options: &options.run,
            losses: &losses,
            ledger: &ledger,
            wanted: match options.partners {
                None => WantedPartners::All,
                Some(_) => WantedPartners::Some,
            },
            depth: options.depth,
            people: options.people,
        };
        let explanations = context.explanations(&wanted)?;
        let outcome = tell_outcome(reading, judged, &rules, &options.run, options.tolerance);
        Ok::<_, Error>((explanations, outcome))
    })?;
    let (explanations, outcome) = explained?;
    write(&explanations, options)?;
    Ok(outcome)
}

fn write(explanations: &Explanations, options: &ExplainOptions) -> Result<(), Error> {
    let Some(path) = &options.output else {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let written = explanations.write(options.format, options.style, &mut out).and_then(|()| out.flush());
        return written.map_err(|source| Error::Output { path: PathBuf::from("standard output"), source });
    };
    let mut set = OutputSet::new();
    set.stage(OutputKind::Report, path, |out| {
        explanations.write(options.format, options.style.plain(), out)
    })?;
    set.commit()
}

/// Which partners of a run are explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WantedPartners {
    All,
    Some,
    /// Others will follow.
    SomeOfMany,
}

/// What explanations are made of.
#[derive(Clone, Copy)]
pub(super) struct Explaining<'e> {
    pub(super) reading: &'e Reading<'e>,
    pub(super) rules: &'e RunRules,
    pub(super) options: &'e RunOptions,
    pub(super) losses: &'e LossSources<'e>,
    pub(super) ledger: &'e WrittenLedger<'e>,
    pub(super) wanted: WantedPartners,
    pub(super) depth: ExplanationDepth,
    pub(super) people: PeopleShown,
}

impl Explaining<'_> {
    /// The explanations of some partners. `wanted` is in report order. Errors: rows cannot be read again.
    pub(super) fn explanations(&self, wanted: &[&PartnerOutcome<'_>]) -> Result<Explanations, Error> {
        let Explaining { reading, rules, options, .. } = self;
        let heads: Vec<PartnerId> = wanted.iter().map(|(facts, ..)| facts.partner.clone()).collect();
        let of_heads = self.subscriptions_of(&heads);
        let subscriptions: HashSet<_> = of_heads.keys().copied().collect();
        let is_one_of_many = self.wanted == WantedPartners::SomeOfMany;
        let ledger_lines = match self.wanted {
            WantedPartners::All => self.ledger.maker.all(),
            WantedPartners::Some | WantedPartners::SomeOfMany => self.ledger.maker.of_scope(LedgerScope {
                heads: &heads,
                subscriptions: &subscriptions,
                is_one_of_many,
            }),
        };
        let lines =
            explained_consumption::by_head(self.ledger, &ledger_lines, &reading.associations, &of_heads);
        let mut rows = match self.depth >= ExplanationDepth::Rows {
            true => Some(explained_rows::rows_of(reading, rules, options, &lines, &heads)?),
            false => None,
        };
        let without_rows = rows.is_some().then(|| explained_rows::tables_without_rows(reading));
        let passes = explained_passes(&reading.passes, &rules.rules, &reading.roster, options.as_of, &heads);
        let mut passes = explained_people::by_head(&reading.passes, &rules.rules, passes, self.people);
        let partners = wanted
            .iter()
            .map(|outcome| {
                let head = outcome.0.partner;
                let lines = lines.get(head).map_or(&[][..], Vec::as_slice);
                let rows = rows.as_mut().map(|rows| rows.remove(head).unwrap_or_default());
                Explanation {
                    rows,
                    without_rows: without_rows.clone(),
                    ..self.explanation(outcome, lines, passes.remove(head))
                }
            })
            .collect();
        Ok(Explanations {
            schema: Explanations::SCHEMA,
            rule_set: rules.rules.id(),
            source: rules.rules.source.clone(),
            note: rules.note.clone(),
            as_of: options.as_of,
            window_start: rules.window.first,
            window_end: rules.window.last,
            partners,
        })
    }

    /// The heads that are associated with a subscription on some day, of subscriptions that are not associated throughout.
    fn subscriptions_of(&self, heads: &[PartnerId]) -> explained_consumption::HeadsOfSubscriptions {
        let associations = &self.reading.associations;
        let mut of_heads = explained_consumption::HeadsOfSubscriptions::new();
        for (subscription, head, _) in associations.changing() {
            let head = &associations.heads[*head as usize];
            if self.wanted == WantedPartners::All || heads.binary_search(head).is_ok() {
                let of_subscription = of_heads.entry(*subscription).or_default();
                if !of_subscription.contains(head) {
                    of_subscription.push(head.clone());
                }
            }
        }
        of_heads
    }

    fn explanation(
        &self,
        (facts, verdict, confidence): &PartnerOutcome<'_>,
        lines: &[HeadLine<'_>],
        individuals: Option<Vec<PersonExplained>>,
    ) -> Explanation {
        let Explaining { reading, rules, options, losses, .. } = self;
        let loss = losses.of(facts, verdict);
        let rule_set = &rules.rules;
        let is_deep = |depth: ExplanationDepth| self.depth >= depth;
        let consumption = explained_consumption::explained(lines, reading, rules, options);
        let shown = |is_shown: bool| if is_shown { consumption.clone() } else { Default::default() };
        let of_months = shown(is_deep(ExplanationDepth::Months));
        let months = is_deep(ExplanationDepth::Months);
        Explanation {
            partner_id: facts.partner.to_string(),
            partner_name: facts.name.as_deref().map(str::to_owned),
            country: facts.country.as_deref().map(str::to_owned),
            sentence: sentence((facts, verdict, confidence), &loss, rule_set),
            lost_on: loss.lost_on,
            loss_note: loss.reason.map(LossBlank::as_str),
            lost: lost_requirements(&loss, verdict, rule_set),
            market: facts.market.map(|market| market.as_str().to_owned()),
            market_reason: self.market_reason(facts),
            tier: verdict
                .attained
                .map(|tier| rule_set.tiers[tier].name.clone())
                .or_else(|| verdict.is_undetermined().then(|| "undetermined".to_owned())),
            confidence: confidence.text(),
            depends_on: confidence.codes.iter().map(|code| self.dependence(*code, confidence)).collect(),
            includes: facts.includes.iter().map(ToString::to_string).collect(),
            tiers: tiers(verdict, rule_set),
            consumption_usd: consumption.total,
            months: of_months.months,
            associations: of_months.associations,
            locations: of_months.locations,
            sources: of_months.sources,
            subscriptions: is_deep(ExplanationDepth::Subscriptions)
                .then(|| consumption.subscriptions.clone()),
            conversions: of_months.conversions,
            not_counted: of_months.not_counted,
            refused_rows: self.refused_rows(facts.partner),
            individuals: individuals.filter(|_| months).unwrap_or_default(),
            rows: None,
            without_rows: None,
        }
    }

    fn market_reason(&self, facts: &PartnerFacts<'_>) -> String {
        match self.reading.roster.market_reason(facts.partner) {
            MarketReason::Stated => "stated for the partner".to_owned(),
            MarketReason::Contradicted => "lines of the roster disagree".to_owned(),
            MarketReason::Country(country) => format!("the market of {country}"),
            MarketReason::UnknownCountry(country) => format!("no input says the market of {country}"),
            MarketReason::NoCountry => "the roster says neither the market nor one country".to_owned(),
            MarketReason::NoLine => "the partner is in no roster".to_owned(),
        }
    }

    fn dependence(&self, code: ConfidenceCode, confidence: &Confidence) -> Dependence {
        let tier = |tier: &Option<usize>| match tier {
            Some(tier) => self.rules.rules.tiers[*tier].name.as_str(),
            None => "none",
        };
        let possible: Vec<&str> = confidence.possible.iter().map(tier).collect();
        let why = match code {
            ConfidenceCode::FileLeftOut => left_out::for_people(&self.reading.left_out),
            ConfidenceCode::MissingMonths => {
                let months: Vec<String> =
                    self.reading.coverage.missing().map(|month| month.to_string()).collect();
                format!("no export tells of {}", months.join(", "))
            }
            ConfidenceCode::RefusedRows => "refused rows may be the partner's".to_owned(),
            ConfidenceCode::RoleMissing => {
                let roles: Vec<&str> = self.reading.missing_roles.iter().map(|role| role.as_str()).collect();
                format!("no row of {} was read", roles.join(", "))
            }
            ConfidenceCode::Unassociated => {
                "consumption of its subscriptions lies on days without an association".to_owned()
            }
            ConfidenceCode::UnknownMarket => "the market is unknown".to_owned(),
        };
        Dependence {
            code: code.as_str().to_owned(),
            meaning: format!("{why}; possible tiers: {}", possible.join(", ")),
        }
    }

    /// Refused rows that name the head, or a partner that rolls up to it.
    fn refused_rows(&self, head: &PartnerId) -> u64 {
        let judge = self.reading.reject_judge(self.rules.window);
        let roster = &self.reading.roster;
        let is_of_head = |owner: &RejectOwner| match owner {
            RejectOwner::Partner(partner) => {
                PartnerId::parse(partner).is_some_and(|partner| roster.head(&partner) == head)
            }
            RejectOwner::Anyone | RejectOwner::Tenant(_) | RejectOwner::Subscription(_) => false,
        };
        let stays = |key: &BoundsKey| judge.fate(key.input, key.day, None) == RejectFate::Refused;
        let of_head = self.reading.rejects.bounds().filter(|(key, _)| is_of_head(&key.owner) && stays(key));
        of_head.map(|(_, bounds)| bounds.rows).sum()
    }
}

fn tiers(verdict: &PartnerVerdict, rules: &RuleSet) -> Vec<TierExplained> {
    let of_tier = |(tier, verdict): (&Tier, &TierVerdict)| {
        let requirements = tier.requires.iter().zip(&verdict.requirements).map(|(requires, outcome)| {
            let measure = &rules.measures[requires.measure];
            RequirementExplained {
                requirement: measure_text(measure, rules),
                unit: match measure.kind().unit() {
                    MeasureUnit::Usd => "USD",
                    MeasureUnit::Count => measure.kind().as_str(),
                },
                required: outcome.required,
                actual: outcome.actual,
                shortfall: outcome.shortfall,
                status: outcome.status.as_str(),
            }
        });
        TierExplained {
            tier: tier.name.clone(),
            status: verdict.status.as_str(),
            requirements: requirements.collect(),
        }
    };
    rules.tiers.iter().zip(&verdict.tiers).map(of_tier).collect()
}

fn measure_text(measure: &Measure, rules: &RuleSet) -> String {
    match measure {
        Measure::Consumption => "consumption, USD".to_owned(),
        Measure::Individuals { groups, .. } => {
            let names: Vec<&str> = groups.iter().map(|group| rules.groups[*group].name.as_str()).collect();
            format!("people by {}", names.join(" or "))
        }
    }
}

/// What the attained tier lacks on the day on which it is lost.
fn lost_requirements(loss: &Loss, verdict: &PartnerVerdict, rules: &RuleSet) -> Vec<LostRequirement> {
    let Some(tier) = verdict.attained.map(|tier| &rules.tiers[tier]) else { return Vec::new() };
    let of_tier = tier.requires.iter().zip(&loss.shortfalls);
    of_tier
        .map(|(requires, shortfall)| LostRequirement {
            requirement: measure_text(&rules.measures[requires.measure], rules),
            shortfall: *shortfall,
        })
        .collect()
}
