//! Brute force: the tiers of a head over all completions of its unknowns, and its codes by their definition. Every completion is judged by
//! the program's own verdict.

use std::collections::BTreeSet;

use super::case::Case;
use super::effects::{AnyAmount, Effect};
use crate::base::amount::Amount;
use crate::base::ids::PartnerId;
use crate::base::market::Market;
use crate::config::rules::{Quantity, RuleSet};
use crate::judge::bounds::ConfidenceCode;
use crate::judge::facts::PartnerFacts;
use crate::judge::verdict::judge;

/// An amount beyond every threshold.
const ALWAYS: i64 = 10_000_000;

impl Case {
    /// The tiers of a head over all completions of what `codes` stand for. `in_part`: whether a row may also count in part, which is what
    /// bounds assume between the least and the greatest.
    pub(super) fn tiers(
        &self,
        head: usize,
        codes: &BTreeSet<ConfidenceCode>,
        assumed: Option<Market>,
        in_part: bool,
        rules: &RuleSet,
    ) -> BTreeSet<Option<usize>> {
        let items = self.items.iter().filter(|(of, item)| *of == head && codes.contains(&item.code));
        let mut completions: Vec<Effect> = vec![Effect::default()];
        for (_, item) in items {
            let mut next = Vec::new();
            for so_far in &completions {
                for option in &item.options {
                    let mut both = so_far.clone();
                    both.rows.extend(&option.rows);
                    both.any = match (so_far.any, option.any) {
                        (Some(a), Some(b)) if a == b => Some(a),
                        (Some(_), Some(_)) => Some(AnyAmount::Any),
                        (a, b) => a.or(b),
                    };
                    both.assessments += option.assessments;
                    both.exams += option.exams;
                    both.market = option.market.or(so_far.market);
                    both.rolls_away |= option.rolls_away;
                    next.push(both);
                }
            }
            completions = next;
        }
        let (usd, assessments, exams) = self.known.get(&head).copied().unwrap_or_default();
        let mut tiers = BTreeSet::new();
        for effect in completions {
            let market = effect.market.or(self.market_of[&head]).or(assumed).unwrap();
            let rows: i64 = effect.rows.values().sum();
            let sum = usd + rows;
            let (least, greatest) = match effect.any {
                Some(AnyAmount::Any) => (-ALWAYS, ALWAYS),
                Some(AnyAmount::Positive) => (sum, ALWAYS),
                Some(AnyAmount::Negative) => (-ALWAYS, sum),
                None if in_part => {
                    let of_sign =
                        |sign: i64| effect.rows.values().filter(|row| **row * sign > 0).sum::<i64>();
                    (usd + of_sign(-1), usd + of_sign(1))
                }
                None => (sum, sum),
            };
            let thresholds = [10_000, 15_000, 100_000].into_iter().flat_map(|t| [t - 1, t, t + 1]);
            let within = thresholds.filter(|t| least <= *t && *t <= greatest);
            for total in [least, greatest].into_iter().chain(within) {
                let facts = self.facts(total, assessments + effect.assessments, exams + effect.exams, market);
                tiers.insert(judge(&facts, rules).attained);
            }
        }
        tiers
    }

    fn facts(&self, usd: i64, assessments: u64, exams: u64, market: Market) -> PartnerFacts<'static> {
        static PARTNER: std::sync::OnceLock<PartnerId> = std::sync::OnceLock::new();
        let counts = [assessments, exams, assessments.max(exams)].map(Quantity::Count);
        PartnerFacts {
            partner: PARTNER.get_or_init(|| PartnerId::parse("1").unwrap()),
            name: None,
            country: None,
            market: Some(market),
            values: [Quantity::Usd(Amount::from_raw(i128::from(usd) * 10_i128.pow(24)))]
                .into_iter()
                .chain(counts)
                .collect(),
            includes: Vec::new(),
            lacks_rate: false,
            is_assumed: false,
        }
    }

    /// The codes of a head by their definition: some set of the other codes leaves fewer tiers possible without the code than with it.
    pub(super) fn codes(&self, head: usize, in_part: bool, rules: &RuleSet) -> Vec<ConfidenceCode> {
        let assumed: Vec<Option<Market>> = match self.market_of[&head] {
            Some(_) => vec![None],
            None => Market::ALL.map(Some).into(),
        };
        let all = ConfidenceCode::ALL;
        let mut named = BTreeSet::new();
        for bits in 0..1_u32 << all.len() {
            let codes: BTreeSet<ConfidenceCode> =
                (0..all.len()).filter(|nth| bits >> nth & 1 == 1).map(|nth| all[nth]).collect();
            for market in &assumed {
                let without = self.tiers(head, &codes, *market, in_part, rules);
                for code in all.into_iter().filter(|code| !codes.contains(code)) {
                    let with = codes.iter().copied().chain([code]).collect();
                    if self.tiers(head, &with, *market, in_part, rules).len() > without.len() {
                        named.insert(code);
                    }
                }
            }
        }
        named.into_iter().collect()
    }
}
