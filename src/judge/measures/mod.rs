//! Measures: the exact value of each measure of a rule set for each head. Comes in: consumption and individuals by head. Goes out:
//! [`MeasureValues`], one for each of [`RuleSet::measures`]. One kind of measure is one file; it judges no partner.

pub(crate) mod consumption;
pub(crate) mod individuals;
pub(crate) mod pass_spans;

use crate::base::amount::Amount;
use crate::base::ids::PartnerId;
use crate::config::rules::{GroupCounting, Measure, Quantity, RuleSet};
use crate::judge::bounds::{MeasureBounds, Unknown, measure_of_group};

use individuals::CountedIndividuals;

/// The inputs of measures.
pub(crate) struct MeasureSources<'s> {
    /// Exact consumption that counts, by head, sorted. **Unit**: USD.
    pub(crate) consumption: &'s [(PartnerId, Amount)],
    /// Individuals with a counted pass, by head.
    pub(crate) individuals: &'s CountedIndividuals<'s>,
}

/// The values of one measure.
#[derive(Debug)]
pub(crate) struct MeasureValues<'s> {
    /// Heads with something to measure, sorted.
    pub(crate) by_head: Vec<(&'s PartnerId, Quantity)>,
    /// The value of every other head.
    pub(crate) of_others: Quantity,
}

/// The values of every measure of `rules`, in their order. A measure that is computed from others, such as a score, would take
/// the values of the measures before it.
pub(crate) fn values<'s>(rules: &RuleSet, sources: &MeasureSources<'s>) -> Vec<MeasureValues<'s>> {
    let by_head = |measure: &Measure| match measure {
        Measure::Consumption => consumption::by_head(sources.consumption),
        Measure::Individuals { groups, counting } => sources.individuals.by_head(groups, *counting),
    };
    let values = |measure: &Measure| MeasureValues {
        by_head: by_head(measure),
        of_others: Quantity::zero(measure.kind().unit()),
    };
    rules.measures.iter().map(values).collect()
}

/// The bounds of every measure of `rules`, in their order, where the run knows `values`.
pub(crate) fn bounds(rules: &RuleSet, values: &[Quantity], unknown: &Unknown) -> Vec<MeasureBounds> {
    let of_count = |groups: &[usize], value: Quantity| {
        let Quantity::Count(count) = value else { unreachable!("individuals are counted") };
        individuals::bounds(groups, count, unknown)
    };
    let of_measure = |(measure, value): (&Measure, &Quantity)| match (measure, *value) {
        (Measure::Consumption, Quantity::Usd(usd)) => {
            let (least, greatest) = consumption::bounds(usd, unknown);
            (Quantity::Usd(least), Quantity::Usd(greatest))
        }
        (Measure::Individuals { groups, counting: GroupCounting::LargestGroup }, _) => {
            let of_group = |group: &usize| of_count(&[*group], values[measure_of_group(rules, *group)]);
            let largest = groups.iter().map(of_group).fold((0, 0), |(least, greatest), of_group| {
                (u64::max(least, of_group.0), u64::max(greatest, of_group.1))
            });
            (Quantity::Count(largest.0), Quantity::Count(largest.1))
        }
        (Measure::Individuals { groups, counting: GroupCounting::Union }, value) => {
            let (least, greatest) = of_count(groups, value);
            (Quantity::Count(least), Quantity::Count(greatest))
        }
        (Measure::Consumption, Quantity::Count(_)) => unreachable!("consumption is an amount"),
    };
    rules.measures.iter().zip(values).map(of_measure).collect()
}
