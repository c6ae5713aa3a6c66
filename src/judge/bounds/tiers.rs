//! Possible tiers: which tiers a partner could attain if each measure had any value between its bounds. Comes in: bounds and markets. Goes
//! out: the exact set of tiers. A tier is met when all its requirements are, and the highest met tier is attained (SPEC 3.5), so that only
//! the thresholds within the bounds matter: each is tried.

use std::collections::BTreeMap;

use crate::base::market::Market;
use crate::config::rules::{GroupCounting, Measure, Quantity, RuleSet};

/// A set of tiers, with a place for no tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TierSet(Vec<bool>);

impl TierSet {
    fn empty(rules: &RuleSet) -> TierSet {
        TierSet(vec![false; rules.tiers.len() + 1])
    }

    fn insert(&mut self, tier: Option<usize>) {
        self.0[tier.map_or(0, |tier| tier + 1)] = true;
    }

    /// How many tiers the set has; no tier counts as one.
    pub(super) fn count(&self) -> usize {
        self.0.iter().filter(|is_in| **is_in).count()
    }

    /// The tiers, the lowest first; `None` stands for no tier.
    pub(super) fn tiers(&self) -> Vec<Option<usize>> {
        let is_in = self.0.iter().enumerate().filter(|(_, is_in)| **is_in);
        is_in.map(|(place, _)| place.checked_sub(1)).collect()
    }
}

/// The bounds of a measure: the least and the greatest value.
pub(crate) type MeasureBounds = (Quantity, Quantity);

/// The thresholds of a rule set, by the measures that can move independently of each other.
#[derive(Debug)]
pub(super) struct TierSpace<'r> {
    rules: &'r RuleSet,
    /// By market: measures that no other measure determines, each with its thresholds, sorted. A union of groups comes after its groups.
    free: BTreeMap<Market, Vec<(usize, Vec<Quantity>)>>,
    /// Measures that are the largest of several groups, each with the measures of its groups.
    largest: Vec<(usize, Vec<usize>)>,
    /// Measures that are the union of several groups, likewise.
    unions: Vec<(usize, Vec<usize>)>,
}

/// The index of the measure of one group alone. Every rule set has it.
pub(in crate::judge) fn measure_of_group(rules: &RuleSet, group: usize) -> usize {
    let is_alone = |measure: &Measure| match measure {
        Measure::Consumption => false,
        Measure::Individuals { groups, .. } => groups.as_slice() == [group],
    };
    rules.measures.iter().position(is_alone).expect("every group has a measure of its own")
}

impl<'r> TierSpace<'r> {
    pub(super) fn new(rules: &'r RuleSet) -> TierSpace<'r> {
        let mut space = TierSpace { rules, free: BTreeMap::new(), largest: Vec::new(), unions: Vec::new() };
        for (index, measure) in rules.measures.iter().enumerate() {
            let Measure::Individuals { groups, counting } = measure else { continue };
            if groups.len() < 2 {
                continue;
            }
            let singles: Vec<usize> = groups.iter().map(|group| measure_of_group(rules, *group)).collect();
            match counting {
                GroupCounting::LargestGroup => space.largest.push((index, singles)),
                GroupCounting::Union => space.unions.push((index, singles)),
            }
        }
        space.free = Market::ALL.into_iter().map(|market| (market, space.thresholds(market))).collect();
        space
    }

    /// Measures that no other measure determines, with their thresholds in a market.
    fn thresholds(&self, market: Market) -> Vec<(usize, Vec<Quantity>)> {
        let mut thresholds: Vec<Vec<Quantity>> = vec![Vec::new(); self.rules.measures.len()];
        for required in self.rules.tiers.iter().flat_map(|tier| &tier.requires) {
            thresholds[required.measure].push(required.at_least.of(market));
        }
        // The largest of several groups moves with its groups, a union within limits that they set.
        for (index, singles) in self.largest.iter().chain(&self.unions) {
            let of_several = thresholds[*index].clone();
            singles.iter().for_each(|single| thresholds[*single].extend(&of_several));
        }
        let mut free: Vec<(usize, Vec<Quantity>)> = thresholds.into_iter().enumerate().collect();
        free.retain(|(index, _)| self.largest.iter().all(|(other, _)| other != index));
        for (_, of_measure) in &mut free {
            of_measure.sort_unstable();
            of_measure.dedup();
        }
        free.sort_by_key(|(index, _)| self.unions.iter().any(|(union, _)| union == index));
        free
    }

    /// The highest met tier. `value`: of a measure.
    fn attained(&self, value: impl Fn(usize) -> Quantity, market: Market) -> Option<usize> {
        self.rules.tiers.iter().rposition(|tier| {
            tier.requires.iter().all(|required| value(required.measure) >= required.at_least.of(market))
        })
    }

    /// The tiers that are possible within the bounds of all measures, in any of the markets.
    pub(super) fn possible(&self, bounds: &[MeasureBounds], markets: &[Market]) -> TierSet {
        let mut tiers = TierSet::empty(self.rules);
        let mut values = Vec::new();
        for market in markets {
            let least = self.attained(|measure| bounds[measure].0, *market);
            // Fast path: a greater value never meets less, so that the same tier at both ends is the only one.
            if least == self.attained(|measure| bounds[measure].1, *market) {
                tiers.insert(least);
                continue;
            }
            values.clear();
            values.extend(bounds.iter().map(|(least, _)| *least));
            self.try_values(&self.free[market], bounds, *market, &mut values, &mut tiers);
        }
        tiers
    }

    /// Tries the values of free measures: the least, and every threshold within the bounds.
    fn try_values(
        &self,
        free: &[(usize, Vec<Quantity>)],
        bounds: &[MeasureBounds],
        market: Market,
        values: &mut Vec<Quantity>,
        tiers: &mut TierSet,
    ) {
        let Some(((measure, thresholds), others)) = free.split_first() else {
            for (largest, of) in &self.largest {
                values[*largest] = of.iter().map(|single| values[*single]).max().expect("several groups");
            }
            tiers.insert(self.attained(|measure| values[measure], market));
            return;
        };
        let (least, greatest) = bounds[*measure];
        // A union has as many persons as each of its groups.
        let of_groups = self.unions.iter().find(|(union, _)| union == measure);
        let floor = of_groups.and_then(|(_, of)| of.iter().map(|single| values[*single]).max());
        let least = floor.map_or(least, |floor| floor.max(least));
        let within = thresholds.iter().filter(|threshold| least < **threshold && **threshold <= greatest);
        for value in [least].into_iter().chain(within.copied()) {
            values[*measure] = value;
            self.try_values(others, bounds, market, values, tiers);
        }
    }
}
