//! Cells: what two snapshots are compared by, a subscription (and where rows name one, a partner) on a day or in a month. Comes in: credits.
//! Goes out: the sums of cells, by subscription. It compares nothing.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::Overlapping;
use super::exclusions::Exclusions;
use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month, Window};
use crate::credits::credit_table::Span;
use crate::credits::keys::{Account, OwnerKey, PartnerKey};
use crate::credits::{CreditShard, RowsAndAmount, SubscriptionKey};

/// Whose consumption a cell holds: a subscription, and the partner where the dataset has rows for each, or where rows name no subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CellScope {
    pub(crate) subscription: SubscriptionKey,
    /// **Absent**: the subscription alone tells.
    pub(crate) partner: Option<PartnerKey>,
}

impl CellScope {
    pub(super) fn of(account: &Account, is_by_partner: bool) -> CellScope {
        let subscription = account.subscription;
        let partner = match account.owner {
            OwnerKey::Partner(partner, ..) if is_by_partner || subscription == SubscriptionKey::NONE => {
                Some(partner)
            }
            OwnerKey::Partner(..) | OwnerKey::Provider(_) | OwnerKey::Associations => None,
        };
        CellScope { subscription, partner }
    }
}

/// One sum of a cell of a unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct CellSum {
    pub(super) scope: CellScope,
    pub(super) span: Span,
    /// Index of the snapshot, or of the part.
    pub(super) unit: usize,
    pub(super) currency: u16,
    pub(super) sum: RowsAndAmount,
}

impl CellSum {
    pub(super) fn month(&self) -> Month {
        Month::of(self.span.last())
    }
}

/// The sums of a cell by number of the currency, sorted.
pub(super) type CellSums = Vec<(u16, RowsAndAmount)>;

/// Selects the sums that are compared.
#[derive(Clone, Copy)]
pub(super) struct CellSelection<'s> {
    /// By the number of the source, the unit, and whether its cells are by partner. `None` if the source is not compared.
    pub(super) unit_of: &'s (dyn Fn(u32) -> Option<(usize, bool)> + Sync),
    /// Sums that do not count anyway. **Absent**: there are none.
    pub(super) exclusions: Option<&'s Exclusions>,
    pub(super) time: CellTime,
}

/// Which days are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum CellTime {
    /// The days of the window.
    #[default]
    Window,
    /// All other days.
    Elsewhere,
}

/// The selected sums of all units, in groups: every sum of a subscription is in one group, sorted by scope, month, unit, time and currency.
pub(super) fn groups(overlapping: &Overlapping<'_>, selection: CellSelection<'_>) -> Vec<Vec<CellSum>> {
    let shards = &overlapping.credits.shards;
    let mut groups: Vec<Vec<CellSum>> =
        shards.par_iter().map(|shard| of_shard(overlapping, selection, shard)).collect();
    // Rows without a subscription are spread over all shards.
    let mut without: Vec<CellSum> = Vec::new();
    for group in &mut groups {
        without.extend(group.extract_if(.., |sum| sum.scope.subscription == SubscriptionKey::NONE));
    }
    groups.push(without);
    groups.par_iter_mut().for_each(|group| {
        group.sort_unstable_by_key(|sum| (sum.scope, sum.month(), sum.unit, sum.span, sum.currency));
    });
    groups
}

fn of_shard(
    overlapping: &Overlapping<'_>,
    CellSelection { unit_of, exclusions, time }: CellSelection<'_>,
    shard: &CreditShard,
) -> Vec<CellSum> {
    let mut sums = Vec::new();
    for number in 0..shard.accounts() {
        let account = shard.account(number);
        let Some((unit, is_by_partner)) = unit_of(account.source) else { continue };
        let scope = CellScope::of(&account, is_by_partner);
        for (span, sum) in overlapping.credits.sums_of(shard, number) {
            let is_selected = overlapping.window.contains(span.last()) == (time == CellTime::Window);
            let may_count = || (overlapping.may_count)(&account, span);
            if is_selected
                && may_count()
                && exclusions.is_none_or(|exclusions| exclusions.reason(&account, span).is_none())
            {
                sums.push(CellSum { scope, span, unit, currency: account.currency, sum });
            }
        }
    }
    sums
}

/// Adds up the sums of one unit, scope and month (or more) to cells: by day, or by the last day of the month.
pub(super) fn cells<'c>(sums: impl Iterator<Item = &'c CellSum>, by_month: bool) -> BTreeMap<Day, CellSums> {
    let mut cells: BTreeMap<Day, CellSums> = BTreeMap::new();
    for sum in sums {
        let day = if by_month { sum.month().last_day() } else { sum.span.last() };
        let of_cell = cells.entry(day).or_default();
        match of_cell.iter_mut().find(|(currency, _)| *currency == sum.currency) {
            Some((_, total)) => total.add(sum.sum.rows, sum.sum.amount),
            None => of_cell.push((sum.currency, sum.sum)),
        }
    }
    cells.values_mut().for_each(|of_cell| of_cell.sort_unstable_by_key(|(currency, _)| *currency));
    cells
}

/// For each unit, given by its days, whether another unit tells of the same month of the window.
pub(super) fn shares_a_month<'d>(
    units: impl Iterator<Item = &'d BTreeSet<Day>>,
    window: Window,
) -> Vec<bool> {
    let months = |days: &BTreeSet<Day>| {
        let mut months: Vec<Month> =
            days.iter().filter(|day| window.contains(**day)).map(|day| Month::of(*day)).collect();
        months.dedup();
        months
    };
    let of_units: Vec<Vec<Month>> = units.map(months).collect();
    let mut counts: BTreeMap<Month, usize> = BTreeMap::new();
    for month in of_units.iter().flatten() {
        *counts.entry(*month).or_default() += 1;
    }
    of_units.iter().map(|months| months.iter().any(|month| counts[month] > 1)).collect()
}

/// `1234.5 USD of 3 rows and 2 EUR of 1 row`, for messages.
pub(super) fn shown(sums: &[(u16, RowsAndAmount)], currencies: &[String]) -> String {
    let one = |(currency, sum): &(u16, RowsAndAmount)| {
        let RowsAndAmount { rows, amount }: &RowsAndAmount = sum;
        let amount: &Amount = amount;
        let rows = if *rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
        format!("{amount} {} of {rows}", currencies[usize::from(*currency)])
    };
    sums.iter().map(one).collect::<Vec<_>>().join(" and ")
}
