//! What credits leave unknown (SPEC 3.8), as it is told. Comes in: amounts by tenant, head and month. Goes out: how far each head's consumption
//! could move, in all of them or in one window. It knows no rate and no account.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use rayon::prelude::*;

use super::totals::tenant_names;
use crate::base::amount::Amount;
use crate::base::calendar::{Month, Window};
use crate::base::ids::PartnerId;
use crate::credits::CreditTable;
use crate::credits::keys::ProviderNumber;
use crate::judge::bounds::AmountReach;

/// What credits leave unknown.
#[derive(Debug, Default)]
pub(crate) struct CreditUnknowns {
    /// Consumption that may be credit of any head. **Unit**: USD.
    pub(crate) of_everyone: AmountReach,
    /// The part of `of_everyone` that is consumption of tenants that no partner has.
    pub(crate) tenants: TenantReach,
    pub(crate) by_head: BTreeMap<PartnerId, HeadCreditUnknowns>,
    /// The `unassociated` of each head by month, sorted.
    pub(crate) unassociated: Vec<(PartnerId, Month, AmountReach)>,
    /// Heads with credit whose rate is unknown, by currency and month; sorted.
    pub(crate) without_rate: BTreeMap<(String, Month), Vec<PartnerId>>,
}

/// What credits leave unknown of the consumption of one head. **Unit**: USD.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HeadCreditUnknowns {
    /// Credit whose rate is unknown.
    pub(crate) refused: AmountReach,
    /// The part of [`CreditUnknowns::of_everyone`] that is credit of the head for certain.
    pub(crate) credited: AmountReach,
    /// Unassociated consumption of subscriptions that are associated with the head on other days.
    pub(crate) unassociated: AmountReach,
    /// The part of `unassociated` that is in [`CreditUnknowns::of_everyone`] too.
    pub(crate) both: AmountReach,
}

/// Consumption of one tenant in one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct MonthReach {
    /// Σ of what has a rate. **Unit**: USD.
    pub(super) known: Amount,
    /// What has no rate.
    pub(super) unbounded: AmountReach,
}

/// Consumption by tenant and month, in any order.
pub(super) type TenantMonths = HashMap<(ProviderNumber, Month), MonthReach, FixedState>;

/// Consumption of tenants that no partner has, which counts for some head if a partner has the tenant.
#[derive(Debug, Default)]
pub(crate) struct TenantReach {
    /// Sorted by tenant, then month.
    months: Vec<(Arc<str>, Month, MonthReach)>,
}

impl TenantReach {
    pub(super) fn new(months: &TenantMonths, credits: &CreditTable) -> TenantReach {
        let names = tenant_names(months.keys().map(|(tenant, _)| *tenant), credits);
        let named = |((tenant, month), reach): (&(ProviderNumber, Month), &MonthReach)| {
            (Arc::clone(&names[tenant]), *month, *reach)
        };
        let mut months: Vec<_> = months.iter().map(named).collect();
        months.par_sort_unstable();
        TenantReach { months }
    }

    /// Whether there is no such consumption.
    pub(crate) fn is_empty(&self) -> bool {
        self.months.is_empty()
    }

    /// The reach of all of it.
    pub(super) fn of_all(&self) -> AmountReach {
        self.of(|_| true)
    }

    /// The reach of what lies in a window of whole months.
    pub(crate) fn within(&self, window: Window) -> AmountReach {
        let months = Month::of(window.first)..=Month::of(window.last);
        self.of(|month| months.contains(&month))
    }

    /// A tenant has one partner, who gets all of its consumption or nothing.
    fn of(&self, counts: impl Fn(Month) -> bool) -> AmountReach {
        let mut reach = AmountReach::default();
        for of_tenant in self.months.chunk_by(|(a, ..), (b, ..)| a == b) {
            let mut known = Amount::ZERO;
            for (_, _, of_month) in of_tenant.iter().filter(|(_, month, _)| counts(*month)) {
                known = known.plus_unchecked(of_month.known);
                reach.add(of_month.unbounded);
            }
            reach.add(AmountReach::of_amount(known));
        }
        reach
    }
}

impl CreditUnknowns {
    /// What is unknown within a window of whole months, of unknowns that are of tenants and unassociated consumption alone.
    pub(crate) fn within(&self, window: Window) -> CreditUnknowns {
        let mut unknowns =
            CreditUnknowns { of_everyone: self.tenants.within(window), ..CreditUnknowns::default() };
        let months = Month::of(window.first)..=Month::of(window.last);
        for (head, month, reach) in &self.unassociated {
            if months.contains(month) {
                unknowns.by_head.entry(head.clone()).or_default().unassociated.add(*reach);
            }
        }
        unknowns
    }
}
