//! How far consumption of tenants that no partner has could move the consumption of a head (SPEC 3.8). Comes in: amounts by tenant and month. Goes
//! out: their reach within a window. It knows no rate and no account.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::base::amount::Amount;
use crate::base::calendar::{Month, Window};
use crate::credits::keys::ProviderNumber;
use crate::judge::bounds::AmountReach;

/// Consumption of one tenant in one month.
#[derive(Debug, Clone, Copy, Default)]
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
    months: Vec<(ProviderNumber, Month, MonthReach)>,
}

impl TenantReach {
    pub(super) fn new(months: TenantMonths) -> TenantReach {
        let mut months: Vec<_> =
            months.into_iter().map(|((tenant, month), reach)| (tenant, month, reach)).collect();
        months.sort_unstable_by_key(|(tenant, month, _)| (*tenant, *month));
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
        self.of(|month| window.contains(month.last_day()))
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
