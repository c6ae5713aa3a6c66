//! Measures: the exact value of each measure of a rule set for each head. Comes in: consumption and individuals by head. Goes out:
//! [`MeasureValues`], one for each of [`RuleSet::measures`]. One kind of measure is one file; it judges no partner.

pub(crate) mod consumption;
pub(crate) mod individuals;

use crate::base::amount::Amount;
use crate::base::ids::PartnerId;
use crate::config::rules::{Measure, Quantity, RuleSet};

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
