//! The confidence of a run: what it does not know, put together for `judge/bounds`. Comes in: what was read and judged. Goes out: the
//! confidence of each partner, and for each line of the rejects file whether it could change a tier. It judges nothing itself.

#[cfg(test)]
mod enumerated;

use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month};
use crate::base::ids::PartnerId;
use crate::base::limits::PARTNERS_LISTED;
use crate::config::rules::CredentialIndex;
use crate::diagnostics::reject::{BoundsKey, CountKey, Reject};
use crate::job::{Reading, RejectFate, RunOptions, RunRules};
use crate::judge::bounds::{
    Confidence, ConfidenceCode, PossibleOwners, PossibleRates, RefusedFacts, RefusedOwners, UnknownSources,
    Unknowns, confidence,
};
use crate::judge::facts::PartnerFacts;
use crate::judge::facts::consumption::Judged;
use crate::judge::measures::individuals::CountedIndividuals;
use crate::outputs::{ConfidenceCounts, PartnerLines, UncertainPartner};

/// What decides the confidence of a run.
pub(super) struct RunUnknowns<'r> {
    reading: &'r Reading<'r>,
    rules: &'r RunRules,
    as_of: Day,
    owners: RefusedOwners<'r>,
    rates: PossibleRates<'r>,
}

/// The heads whose tier depends on refused rows, sorted.
pub(super) type HeadsInDoubt<'f> = Vec<&'f PartnerId>;

impl<'r> RunUnknowns<'r> {
    pub(super) fn new(
        reading: &'r Reading<'r>,
        rules: &'r RunRules,
        options: &'r RunOptions,
        refused: &'r RefusedFacts,
    ) -> RunUnknowns<'r> {
        let owners = RefusedOwners {
            roster: &reading.roster,
            associations: &reading.associations,
            refused,
            rules: &rules.rules,
            credentials: CredentialIndex::of(&rules.rules),
            window: rules.window,
            partner_options: crate::job::providers::partner_options(&reading.consumption, options).collect(),
        };
        let rates = PossibleRates { rates: &reading.rates, refused: &refused.rates, window: rules.window };
        RunUnknowns { reading, rules, as_of: options.as_of, owners, rates }
    }

    /// The confidence of each partner, in the order of `facts`. `missing_months`: months of the window that are not covered.
    pub(super) fn confidence(
        &self,
        facts: &[PartnerFacts<'_>],
        judged: &Judged,
        individuals: &CountedIndividuals<'_>,
        missing_months: &[Month],
    ) -> Vec<Confidence> {
        let is_superseded = |key: &BoundsKey| self.is_superseded(key);
        let left_out: Vec<_> = self.reading.left_out.iter().map(|file| file.roles.clone()).collect();
        let unknowns = Unknowns::of(UnknownSources {
            rules: &self.rules.rules,
            as_of: self.as_of,
            owners: &self.owners,
            rates: self.rates,
            rejects: &self.reading.rejects,
            is_superseded: &is_superseded,
            consumption: &judged.consumption,
            individuals,
            credits: &judged.unknown,
            has_unknown_providers: !judged.provider_unknown.is_empty(),
            missing_months,
            missing_roles: &self.reading.missing_roles,
            left_out: &left_out,
        });
        confidence(facts, &self.rules.rules, &unknowns)
    }

    /// Whether another snapshot tells of the day of refused rows.
    fn is_superseded(&self, key: &BoundsKey) -> bool {
        let judge = self.reading.reject_judge(self.rules.window);
        judge.fate(key.input, key.day, None) == RejectFate::Superseded
    }

    /// Whether a refused row of an input belongs to a head in doubt.
    pub(super) fn could_change_tier(
        &self,
        input: usize,
        reject: &Reject,
        in_doubt: &HeadsInDoubt<'_>,
    ) -> bool {
        if in_doubt.is_empty() {
            return false;
        }
        let owners = match &reject.fact {
            Some(fact) => self.owners.of_fact(fact, self.as_of),
            None => self.owners.of(&reject.row(input)),
        };
        owners.meet(in_doubt)
    }

    /// Whether a row of a source in a credits table, refused on a day, belongs to a head in doubt.
    pub(super) fn stored_could_change_tier(&self, key: &CountKey, in_doubt: &HeadsInDoubt<'_>) -> bool {
        let mut of_day = self.reading.rejects.bounds().filter(|(bounds, _)| {
            bounds.input == key.input && bounds.day == key.day && !self.is_superseded(bounds)
        });
        !in_doubt.is_empty() && of_day.any(|(bounds, _)| self.owners.of(&bounds.row()).meet(in_doubt))
    }

    /// Whether credit without a rate belongs to a head in doubt.
    pub(super) fn without_rate_could_change_tier(
        &self,
        judged: &Judged,
        rate: &(String, Month),
        in_doubt: &HeadsInDoubt<'_>,
    ) -> bool {
        let heads = judged.unknown.without_rate.get(rate).cloned().unwrap_or_default();
        PossibleOwners::Heads(heads).meet(in_doubt)
    }

    /// The amount of a refused row in USD. **Absent**: it was not read, or its rate is unknown.
    pub(super) fn usd(&self, reject: &Reject) -> Option<Amount> {
        let amount = reject.amount.as_ref()?;
        match reject.day {
            Some(day) => self.rates.usd(&amount.currency, Month::of(day), amount.amount),
            None => (amount.currency == "USD").then_some(amount.amount),
        }
    }
}

/// The heads whose tier depends on refused rows.
pub(super) fn heads_in_doubt<'f>(
    facts: &'f [PartnerFacts<'f>],
    confidences: &[Confidence],
) -> HeadsInDoubt<'f> {
    let is_in_doubt = |confidence: &Confidence| confidence.codes.contains(&ConfidenceCode::RefusedRows);
    let of_partners = facts.iter().zip(confidences).filter(|(_, confidence)| is_in_doubt(confidence));
    of_partners.map(|(facts, _)| facts.partner).collect()
}

/// How many tiers are certain, and the first partners whose tier could change.
pub(super) fn counts(rules: &RunRules, partners: PartnerLines<'_>) -> ConfidenceCounts {
    let mut counts = ConfidenceCounts::default();
    let tier_name = |tier: usize| rules.rules.tiers[tier].name.clone();
    let PartnerLines { facts, verdicts, confidences, .. } = partners;
    for ((facts, verdict), confidence) in facts.iter().zip(verdicts).zip(confidences) {
        if confidence.is_certain() {
            counts.certain += 1;
            continue;
        }
        counts.uncertain += 1;
        for code in &confidence.codes {
            *counts.by_code.entry(code.as_str()).or_default() += 1;
        }
        if counts.first.len() < PARTNERS_LISTED {
            counts.first.push(UncertainPartner {
                partner: facts.partner.to_string(),
                tier: verdict.attained.map(tier_name),
                possible: confidence.possible.iter().map(|tier| tier.map(tier_name)).collect(),
                confidence: confidence.text(),
            });
        }
    }
    counts
}
