//! What the summary counts beyond the run summary. Comes in: facts and verdicts. Goes out: partners by country, and by their distance to the next tier.
//! Sums are exact.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::base::amount::Amount;
use crate::config::rules::{MeasureKind, Quantity};
use crate::judge::verdict::{MissingForTier, PartnerVerdict};
use crate::outputs::presentation::Presentation;

/// Partners by tier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TierTally {
    /// For each tier of the rule set, lowest first.
    pub(super) attained: Vec<u64>,
    pub(super) none: u64,
    pub(super) undetermined: u64,
}

impl TierTally {
    fn new(tiers: usize) -> TierTally {
        TierTally { attained: vec![0; tiers], none: 0, undetermined: 0 }
    }

    fn add(&mut self, verdict: &PartnerVerdict) {
        match verdict.attained {
            Some(tier) => self.attained[tier] += 1,
            None if verdict.is_undetermined() => self.undetermined += 1,
            None => self.none += 1,
        }
    }

    fn merge(&mut self, other: &TierTally) {
        self.attained.iter_mut().zip(&other.attained).for_each(|(sum, count)| *sum += count);
        self.none += other.none;
        self.undetermined += other.undetermined;
    }

    pub(super) fn partners(&self) -> u64 {
        self.attained.iter().sum::<u64>() + self.none + self.undetermined
    }
}

/// What counts of a partner's consumption. **Unit**: USD. `None` if no measure is consumption.
pub(super) fn consumption(presentation: &Presentation<'_>, partner: usize) -> Option<Amount> {
    let measures = &presentation.rules.measures;
    let nth = measures.iter().position(|measure| measure.kind() == MeasureKind::Consumption)?;
    match presentation.lines.facts[partner].values[nth] {
        Quantity::Usd(usd) => Some(usd),
        Quantity::Count(_) => None,
    }
}

/// The partners of one country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CountryTotals {
    pub(super) country: String,
    pub(super) tally: TierTally,
    /// **Unit**: USD.
    pub(super) consumption: Amount,
}

/// All judged partners by country, the greatest consumption first; those behind the first `most` in one line.
pub(super) fn by_country(presentation: &Presentation<'_>, most: usize) -> Vec<CountryTotals> {
    let Presentation { rules, lines, .. } = presentation;
    let mut countries: BTreeMap<&str, CountryTotals> = BTreeMap::new();
    for (nth, (facts, verdict)) in lines.facts.iter().zip(lines.verdicts).enumerate() {
        let country = facts.country.as_deref().unwrap_or_default();
        let totals = countries.entry(country).or_insert_with(|| CountryTotals {
            country: if country.is_empty() { "(no country)" } else { country }.to_owned(),
            tally: TierTally::new(rules.tiers.len()),
            consumption: Amount::ZERO,
        });
        totals.tally.add(verdict);
        if let Some(usd) = consumption(presentation, nth) {
            totals.consumption = totals.consumption.plus_unchecked(usd);
        }
    }
    let mut totals: Vec<CountryTotals> = countries.into_values().collect();
    totals.sort_by_key(|totals| Reverse(totals.consumption));
    if totals.len() > most {
        let rest = totals.split_off(most.saturating_sub(1));
        let mut others = CountryTotals {
            country: format!("{} other countries", rest.len()),
            tally: TierTally::new(rules.tiers.len()),
            consumption: Amount::ZERO,
        };
        for country in &rest {
            others.tally.merge(&country.tally);
            others.consumption = others.consumption.plus_unchecked(country.consumption);
        }
        totals.push(others);
    }
    totals
}

/// Partners with a next tier, by the consumption that it lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Distances {
    /// The tiers that are a next tier of some partner, the lowest first.
    pub(super) tiers: Vec<usize>,
    /// What is lacking, and the partners for each of these tiers.
    pub(super) bins: Vec<(String, Vec<u64>)>,
}

/// How far all judged partners are from their next tier. What depends on an unknown market is not known.
pub(super) fn distances(presentation: &Presentation<'_>) -> Distances {
    let Presentation { rules, lines, .. } = presentation;
    let labels = ["nothing".to_owned()]
        .into_iter()
        .chain((1..=10).map(|tenth| format!("up to {}%", tenth * 10)))
        .chain(["over 100%".to_owned(), "not known".to_owned()]);
    let mut bins: Vec<(String, Vec<u64>)> = labels.map(|label| (label, vec![0; rules.tiers.len()])).collect();
    let (over, unknown) = (bins.len() - 2, bins.len() - 1);
    for (facts, verdict) in lines.facts.iter().zip(lines.verdicts) {
        let (Some(next), Some(missing)) = (verdict.next, MissingForTier::for_next(facts, verdict, rules))
        else {
            continue;
        };
        let tenths = (0..=10_i64).position(|tenth| missing.consumption.is_within(Decimal::from(tenth * 10)));
        let is_unknown = verdict.tiers[next].requirements.iter().any(|of| of.shortfall.is_none());
        bins[if is_unknown { unknown } else { tenths.unwrap_or(over) }].1[next] += 1;
    }
    for last in [unknown, over] {
        if bins[last].1.iter().all(|partners| *partners == 0) {
            bins.remove(last);
        }
    }
    let is_next = |tier: &usize| bins.iter().any(|(_, partners)| partners[*tier] > 0);
    let tiers: Vec<usize> = (0..rules.tiers.len()).filter(is_next).collect();
    for (_, partners) in &mut bins {
        *partners = tiers.iter().map(|tier| partners[*tier]).collect();
    }
    Distances { tiers, bins }
}
