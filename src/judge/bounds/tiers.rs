//! Possible tiers: which tiers a partner could attain if each measure had any value between its bounds. Comes in: bounds and markets. Goes
//! out: the exact set of tiers. A tier is met when all its requirements are, and the highest met tier is attained (SPEC 3.5), so that only
//! the thresholds within the bounds matter: each is tried.

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
    /// Measures that no other measure determines, each with its thresholds, sorted. A union of groups comes after its groups.
    free: Vec<(usize, Vec<Quantity>)>,
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
        let mut space = TierSpace { rules, free: Vec::new(), largest: Vec::new(), unions: Vec::new() };
        let mut thresholds: Vec<Vec<Quantity>> = vec![Vec::new(); rules.measures.len()];
        for required in rules.tiers.iter().flat_map(|tier| &tier.requires) {
            thresholds[required.measure].extend(Market::ALL.map(|market| required.at_least.of(market)));
        }
        for (index, measure) in rules.measures.iter().enumerate() {
            let Measure::Individuals { groups, counting } = measure else { continue };
            if groups.len() < 2 {
                continue;
            }
            let singles: Vec<usize> = groups.iter().map(|group| measure_of_group(rules, *group)).collect();
            // The largest of several groups moves with its groups, a union within limits that they set.
            let of_several = thresholds[index].clone();
            singles.iter().for_each(|single| thresholds[*single].extend(&of_several));
            match counting {
                GroupCounting::LargestGroup => space.largest.push((index, singles)),
                GroupCounting::Union => space.unions.push((index, singles)),
            }
        }
        for (index, mut of_measure) in thresholds.into_iter().enumerate() {
            if space.largest.iter().all(|(other, _)| *other != index) {
                of_measure.sort_unstable();
                of_measure.dedup();
                space.free.push((index, of_measure));
            }
        }
        space.free.sort_by_key(|(index, _)| space.unions.iter().any(|(union, _)| union == index));
        space
    }

    /// The highest met tier. `value`: of a measure.
    fn attained(&self, value: impl Fn(usize) -> Quantity, market: Market) -> Option<usize> {
        self.rules.tiers.iter().rposition(|tier| {
            tier.requires.iter().all(|required| value(required.measure) >= required.at_least.of(market))
        })
    }

    /// The tiers that are possible within the bounds of all measures, in any of the markets.
    pub(super) fn possible(&self, bounds: &[MeasureBounds], markets: &[Market]) -> TierSet {
        // Fast path: a greater value never meets less, so that the same tier at both ends is the only one.
        let mut tiers = TierSet::empty(self.rules);
        for market in markets {
            let least = self.attained(|measure| bounds[measure].0, *market);
            if least != self.attained(|measure| bounds[measure].1, *market) {
                return self.tried(bounds, markets);
            }
            tiers.insert(least);
        }
        tiers
    }

    /// The tiers of every combination of values.
    fn tried(&self, bounds: &[MeasureBounds], markets: &[Market]) -> TierSet {
        let mut tiers = TierSet::empty(self.rules);
        let mut values: Vec<Quantity> = bounds.iter().map(|(least, _)| *least).collect();
        self.try_values(0, bounds, markets, &mut values, &mut tiers);
        tiers
    }

    /// Tries the values of the free measures from the `nth` on: the least, and every threshold within the bounds.
    fn try_values(
        &self,
        nth: usize,
        bounds: &[MeasureBounds],
        markets: &[Market],
        values: &mut Vec<Quantity>,
        tiers: &mut TierSet,
    ) {
        let Some((measure, thresholds)) = self.free.get(nth) else {
            for (largest, of) in &self.largest {
                values[*largest] = of.iter().map(|single| values[*single]).max().expect("several groups");
            }
            markets.iter().for_each(|market| tiers.insert(self.attained(|measure| values[measure], *market)));
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
            self.try_values(nth + 1, bounds, markets, values, tiers);
        }
    }
}
