//! The two tiers of CSP: the reseller of a row gets `csp-tier-2` and its provider `csp-tier-1` (SPEC 3.3). Comes in: reseller and provider of
//! an account, after the roster has resolved tenants. Goes out: the partners that get its credit, one for each head, and how the provider was
//! identified. It adds up no amount.

use super::Context;
use super::totals::PartialTotals;
use crate::base::association::{Association, AssociationSet};
use crate::credits::keys::{Account, OwnerKey, ProviderNumber};

/// A partner by number, with the associations by which it gets credit.
type PartnerCredit = (u32, AssociationSet);

/// The partners that get the credit of CSP rows: an inline list, so that no account allocates one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TierCredit {
    partners: [PartnerCredit; 2],
    len: usize,
    origin: ProviderOrigin,
}

/// How the provider of rows was identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProviderOrigin {
    /// By the rows, perhaps through the roster.
    Row,
    /// By `--partner-id`.
    Option,
    /// Not at all.
    Unknown,
}

impl TierCredit {
    /// The credit of a provider without a reseller beside it.
    pub(super) fn of_provider(provider: u32, origin: ProviderOrigin) -> TierCredit {
        let credit = (provider, AssociationSet::of(Association::CspTier1));
        TierCredit { partners: [credit; 2], len: 1, origin }
    }

    /// The credit of the partner that rows name, and of its provider: of the provider alone if both have one head.
    pub(super) fn of_both(
        named: PartnerCredit,
        provider: Option<(u32, ProviderOrigin)>,
        head_of: &[u32],
    ) -> TierCredit {
        let Some((provider, origin)) = provider else {
            return TierCredit { partners: [named; 2], len: 1, origin: ProviderOrigin::Unknown };
        };
        let alone = TierCredit::of_provider(provider, origin);
        if head_of[named.0 as usize] == head_of[provider as usize] {
            return alone;
        }
        TierCredit { partners: [named, alone.partners[0]], len: 2, origin }
    }

    /// The partners, the one that the rows name first. Never empty.
    pub(super) fn partners(&self) -> &[PartnerCredit] {
        &self.partners[..self.len]
    }
}

impl Context<'_> {
    /// Counts the credited rows of an account by how their provider was identified.
    pub(super) fn note_provider(
        &self,
        account: &Account,
        credit: &TierCredit,
        rows: u64,
        part: &mut PartialTotals,
    ) {
        match credit.origin {
            ProviderOrigin::Row => {}
            ProviderOrigin::Option => part.by_source[account.source as usize].by_partner_id += rows,
            ProviderOrigin::Unknown if rows > 0 => {
                *part.provider_unknown.entry((account.source, provider_of(account))).or_default() += rows;
            }
            ProviderOrigin::Unknown => {}
        }
    }
}

/// The provider that the rows of an account name. `None` if they name none.
fn provider_of(account: &Account) -> Option<ProviderNumber> {
    match account.owner {
        OwnerKey::Partner(_, _, provider) => provider,
        OwnerKey::Provider(provider) => Some(provider),
        OwnerKey::Associations => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credit(reseller: u32, provider: Option<u32>, head_of: &[u32]) -> Vec<(u32, String)> {
        let named = (reseller, AssociationSet::of(Association::CspTier2));
        let provider = provider.map(|provider| (provider, ProviderOrigin::Row));
        let credit = TierCredit::of_both(named, provider, head_of);
        credit.partners().iter().map(|(partner, set)| (*partner, set.to_string())).collect()
    }

    fn pairs(list: &[(u32, &str)]) -> Vec<(u32, String)> {
        list.iter().map(|(partner, word)| (*partner, (*word).to_owned())).collect()
    }

    #[test]
    fn reseller_and_provider_both_get_credit_each_by_its_own_tier() {
        assert_eq!(credit(1, Some(2), &[0, 1, 2]), pairs(&[(1, "csp-tier-2"), (2, "csp-tier-1")]));
    }

    #[test]
    fn a_reseller_that_is_its_own_provider_gets_tier_1_alone() {
        assert_eq!(credit(2, Some(2), &[0, 1, 2]), pairs(&[(2, "csp-tier-1")]));
    }

    #[test]
    fn a_reseller_with_the_head_of_its_provider_gets_nothing_beside_it() {
        assert_eq!(credit(1, Some(2), &[0, 0, 0]), pairs(&[(2, "csp-tier-1")]));
    }

    #[test]
    fn a_provider_that_is_not_known_leaves_the_reseller_alone() {
        assert_eq!(credit(1, None, &[0, 1, 2]), pairs(&[(1, "csp-tier-2")]));
    }
}
