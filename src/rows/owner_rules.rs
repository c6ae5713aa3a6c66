//! What the rules of a dialect say about the providers of rows. Comes in: the rules. Goes out: whether they name providers, and how. It reads no row.

use crate::config::dialect::{Consumption, OwnerColumn, OwnerRule};
use crate::diagnostics::reject::RejectOwner;

use super::plan::Provider;

/// Whether `--partner-id` names the provider of rows that name none.
pub(crate) fn takes_partner_id(rules: &Consumption) -> bool {
    rules.owner.rules().iter().any(|rule| rule.owner == OwnerColumn::Option)
}

/// Whether rows name their provider by its tenant.
pub(crate) fn names_tenants(rules: &Consumption) -> bool {
    rules.owner.rules().iter().any(|rule| matches!(rule.owner, OwnerColumn::Tenant(_)))
}

/// Whether rows name their provider by its partner id.
pub(crate) fn names_provider_ids(rules: &Consumption) -> bool {
    let is_id = |rule: &OwnerRule| rule.is_provider() && matches!(rule.owner, OwnerColumn::Partner(_));
    rules.owner.rules().iter().any(is_id)
}

/// Whether rows name a provider beside their reseller.
pub(crate) fn names_provider(rules: &Consumption) -> bool {
    takes_partner_id(rules) || names_tenants(rules) || names_provider_ids(rules)
}

/// The provider of a refused row.
pub(super) fn of_provider(provider: Provider<'_>) -> RejectOwner {
    match provider {
        Provider::Partner(partner) => RejectOwner::Partner(partner.into_owned()),
        Provider::Tenant(tenant) => RejectOwner::Tenant(tenant),
    }
}
