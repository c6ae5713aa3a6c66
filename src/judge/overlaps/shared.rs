//! Shared cells: what two units both tell of. Comes in: the sums of units, in groups. Goes out: for each pair how many cells both have, how many
//! agree, and the first that differs. It decides nothing.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use super::cells::{CellScope, CellSum, CellSums, cells};
use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month};
use crate::credits::{CreditTable, SubscriptionKey};

/// Two units, by their index, the smaller first.
pub(super) type Pair = (usize, usize);

/// The cells that two units both have.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedCells {
    pub(super) count: u64,
    /// Cells with equal rows and amounts.
    pub(super) agreeing: u64,
    /// Cells with equal rows or equal amounts.
    pub(super) similar: u64,
    pub(super) first_difference: Option<Difference>,
    /// By month and number of the currency: Σ of the shared cells of either unit.
    pub(super) sums: BTreeMap<(Month, u16), (Amount, Amount)>,
}

/// A cell that differs.
#[derive(Debug, Clone)]
pub(super) struct Difference {
    pub(super) scope: CellScope,
    pub(super) day: Day,
    pub(super) sums: (CellSums, CellSums),
}

impl SharedCells {
    fn merge(&mut self, other: SharedCells, credits: &CreditTable) {
        self.count += other.count;
        self.agreeing += other.agreeing;
        self.similar += other.similar;
        for (key, (a, b)) in other.sums {
            let sums = self.sums.entry(key).or_default();
            *sums = (sums.0.plus_unchecked(a), sums.1.plus_unchecked(b));
        }
        self.first_difference = match (self.first_difference.take(), other.first_difference) {
            (Some(a), Some(b)) => Some(if b.is_before(&a, credits) { b } else { a }),
            (a, b) => a.or(b),
        };
    }

    fn add(&mut self, scope: CellScope, day: Day, a: &CellSums, b: &CellSums, credits: &CreditTable) {
        self.count += 1;
        for (currency, sum) in a {
            let sums = self.sums.entry((Month::of(day), *currency)).or_default();
            sums.0 = sums.0.plus_unchecked(sum.amount);
        }
        for (currency, sum) in b {
            let sums = self.sums.entry((Month::of(day), *currency)).or_default();
            sums.1 = sums.1.plus_unchecked(sum.amount);
        }
        let rows = |sums: &CellSums| sums.iter().map(|(_, sum)| sum.rows).sum::<u64>();
        let amounts = |sums: &CellSums| sums.iter().map(|(_, sum)| sum.amount).collect::<Vec<_>>();
        self.similar += u64::from(rows(a) == rows(b) || amounts(a) == amounts(b));
        if a == b {
            self.agreeing += 1;
            return;
        }
        let difference = Difference { scope, day, sums: (a.clone(), b.clone()) };
        if self.first_difference.as_ref().is_none_or(|first| difference.is_before(first, credits)) {
            self.first_difference = Some(difference);
        }
    }

    /// Whether at least half of the cells agree.
    pub(super) fn agrees_by_half(&self) -> bool {
        2 * self.agreeing >= self.count
    }
}

impl Difference {
    /// The order of subscriptions, partners and days, which does not depend on threads.
    fn is_before(&self, other: &Difference, credits: &CreditTable) -> bool {
        let partner = |difference: &Difference| difference.scope.partner.map(|key| credits.partner(key));
        credits
            .order_of_subscriptions(self.scope.subscription, other.scope.subscription)
            .then_with(|| partner(self).cmp(&partner(other)))
            .then_with(|| self.day.cmp(&other.day))
            .is_lt()
    }
}

/// The shared cells of the units of all groups. `is_pair` selects the pairs that are compared; `by_month`: those whose cells are months.
pub(super) fn shared_cells(
    groups: &[Vec<CellSum>],
    credits: &CreditTable,
    is_pair: &(dyn Fn(Pair) -> bool + Sync),
    by_month: &(dyn Fn(Pair) -> bool + Sync),
) -> BTreeMap<Pair, SharedCells> {
    let of_group = |group: &Vec<CellSum>| {
        let mut shared: BTreeMap<Pair, SharedCells> = BTreeMap::new();
        for_each_shared(group, is_pair, by_month, |pair, scope, day, a, b| {
            shared.entry(pair).or_default().add(scope, day, a, b, credits);
        });
        shared
    };
    let merge = |mut ours: BTreeMap<Pair, SharedCells>, theirs: BTreeMap<Pair, SharedCells>| {
        for (pair, cells) in theirs {
            ours.entry(pair).or_default().merge(cells, credits);
        }
        ours
    };
    groups.par_iter().map(of_group).reduce(BTreeMap::new, merge)
}

/// Gives `each` every cell that both units of a pair have, with the sums of either.
pub(super) fn for_each_shared(
    group: &[CellSum],
    is_pair: &dyn Fn(Pair) -> bool,
    by_month: &dyn Fn(Pair) -> bool,
    mut each: impl FnMut(Pair, CellScope, Day, &CellSums, &CellSums),
) {
    for of_month in group.chunk_by(|a, b| (a.scope, a.month()) == (b.scope, b.month())) {
        let of_units: Vec<&[CellSum]> = of_month.chunk_by(|a, b| a.unit == b.unit).collect();
        for (nth, a) in of_units.iter().enumerate() {
            for b in &of_units[nth + 1..] {
                let pair = (a[0].unit, b[0].unit);
                if !is_pair(pair) {
                    continue;
                }
                let by_month = by_month(pair);
                let (of_a, of_b) = (cells(a.iter(), by_month), cells(b.iter(), by_month));
                for (day, sums) in of_a {
                    if let Some(others) = of_b.get(&day) {
                        each(pair, a[0].scope, day, &sums, others);
                    }
                }
            }
        }
    }
}

/// The subscriptions that both units of a pair have in one month.
pub(super) fn shared_subscriptions(
    groups: &[Vec<CellSum>],
    is_pair: &(dyn Fn(Pair) -> bool + Sync),
) -> BTreeMap<Pair, HashSet<SubscriptionKey>> {
    let of_group = |group: &Vec<CellSum>| {
        let mut shared: BTreeMap<Pair, HashSet<SubscriptionKey>> = BTreeMap::new();
        for_each_shared(group, is_pair, &|_| true, |pair, scope, _, _, _| {
            shared.entry(pair).or_default().insert(scope.subscription);
        });
        shared
    };
    let merge = |mut ours: BTreeMap<Pair, HashSet<SubscriptionKey>>,
                 theirs: BTreeMap<Pair, HashSet<SubscriptionKey>>| {
        for (pair, subscriptions) in theirs {
            ours.entry(pair).or_default().extend(subscriptions);
        }
        ours
    };
    groups.par_iter().map(of_group).reduce(BTreeMap::new, merge)
}
