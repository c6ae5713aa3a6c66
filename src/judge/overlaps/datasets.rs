//! Datasets that tell of one subscription in one month: they are never added (SPEC 3.7). Comes in: credits by month, the order of preference.
//! Goes out: the subscriptions and months of datasets that are not preferred; an error where no preference decides.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::cells::{CellSelection, CellTime, groups, shares_a_month};
use super::exclusions::Exclusions;
use super::{Overlapping, Units};
use crate::base::calendar::Month;
use crate::credits::SubscriptionKey;
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::sources::Dataset;

/// The subscriptions and months in which a snapshot, by its index, is not preferred.
type NotPreferred = HashSet<(usize, SubscriptionKey, Month)>;

/// Two datasets that no preference decides between, and the first place where they meet.
struct Clash {
    /// How many subscriptions and months there are.
    count: u64,
    subscription: SubscriptionKey,
    month: Month,
    units: (usize, usize),
}

/// Decides between datasets.
pub(super) fn not_preferred(
    overlapping: &Overlapping<'_>,
    units: &Units,
    exclusions: &Exclusions,
) -> (NotPreferred, Vec<InputError>) {
    let (mut not_preferred, mut clashes) = (NotPreferred::new(), BTreeMap::new());
    let datasets: BTreeSet<Dataset> = units.snapshots.iter().map(|snapshot| snapshot.dataset).collect();
    let is_one = |a: &Dataset| datasets.iter().all(|b| a.is_one_with(*b));
    if datasets.iter().all(is_one) {
        return (not_preferred, Vec::new());
    }
    let days = units.snapshots.iter().map(|snapshot| &snapshot.days_told);
    let is_candidate = shares_a_month(days, overlapping.window);
    let unit_of = |source: u32| {
        let unit = units.of_source(source).filter(|unit| is_candidate[*unit])?;
        Some((unit, false))
    };
    let selection = CellSelection { unit_of: &unit_of, exclusions: Some(exclusions), time: CellTime::Window };
    for group in groups(overlapping, selection) {
        let of_month =
            group.chunk_by(|a, b| (a.scope.subscription, a.month()) == (b.scope.subscription, b.month()));
        for sums in of_month.filter(|sums| sums[0].scope.subscription != SubscriptionKey::NONE) {
            let present: BTreeSet<usize> = sums.iter().map(|sum| sum.unit).collect();
            let (subscription, month) = (sums[0].scope.subscription, sums[0].month());
            let dataset = |unit: usize| units.snapshots[unit].dataset;
            let chosen = chosen(present.iter().map(|unit| dataset(*unit)).collect(), overlapping);
            let is_left_aside = |unit: &&usize| !chosen.contains(&dataset(**unit));
            not_preferred
                .extend(present.iter().filter(is_left_aside).map(|unit| (*unit, subscription, month)));
            if let Some((a, b)) = clash(&chosen) {
                let first = |wanted: Dataset| {
                    let of_dataset = present.iter().filter(|unit| dataset(**unit) == wanted);
                    *of_dataset.min_by_key(|unit| &units.snapshots[**unit].name).expect("it is present")
                };
                let met = Clash { count: 1, subscription, month, units: (first(a), first(b)) };
                clashes
                    .entry((a, b))
                    .and_modify(|clash: &mut Clash| clash.add(&met, overlapping))
                    .or_insert(met);
            }
        }
    }
    let errors = clashes.into_iter().map(|(datasets, clash)| clash.error(datasets, overlapping, units));
    (not_preferred, errors.collect())
}

/// The datasets that count among those that tell of one subscription in one month.
fn chosen(mut present: BTreeSet<Dataset>, overlapping: &Overlapping<'_>) -> BTreeSet<Dataset> {
    if clash(&present).is_none() {
        return present;
    }
    let prefer = &overlapping.choices.prefer;
    let rank = |dataset: Dataset| prefer.iter().position(|preferred| preferred.is_one_with(dataset));
    if let Some(best) = present.iter().filter_map(|dataset| rank(*dataset)).min() {
        present.retain(|dataset| rank(*dataset) == Some(best));
    } else if present.contains(&Dataset::ReconBilled) {
        // What is on an invoice is final.
        present.remove(&Dataset::ReconUnbilled);
    }
    present
}

/// The first two datasets that are not one. `None` if all are one.
fn clash(present: &BTreeSet<Dataset>) -> Option<(Dataset, Dataset)> {
    let pairs = present.iter().flat_map(|a| present.iter().map(move |b| (*a, *b)));
    pairs.filter(|(a, b)| a < b).find(|(a, b)| !a.is_one_with(*b))
}

impl Clash {
    fn add(&mut self, other: &Clash, overlapping: &Overlapping<'_>) {
        let order = overlapping.credits.order_of_subscriptions(other.subscription, self.subscription);
        if order.then(other.month.cmp(&self.month)).is_lt() {
            *self = Clash { count: self.count, ..*other };
        }
        self.count += 1;
    }

    fn error(&self, (a, b): (Dataset, Dataset), overlapping: &Overlapping<'_>, units: &Units) -> InputError {
        let (first, second) = self.units;
        let name = |unit: usize| &units.snapshots[unit].name;
        let more = match self.count {
            1 => String::new(),
            count => format!(" (and of {} more subscriptions and months)", count - 1),
        };
        let message = format!(
            "{} ({}) and {} ({}) both tell of subscription {} in {}{more}: kinds of data are never added; say which counts, --prefer {} or --prefer {}, or give one of them",
            name(first),
            a.as_str(),
            name(second),
            b.as_str(),
            overlapping.credits.subscription(self.subscription),
            self.month,
            a.as_str(),
            b.as_str(),
        );
        InputError { input: None, code: InputErrorCode::DatasetsOverlap, message }
    }
}
