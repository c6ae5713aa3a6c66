//! Attribution: the partners of an account. Comes in: the owner of an account as it stands in its rows, the roster, the associations.
//! Goes out: partners with the associations by which they get credit. It counts nothing.

use std::collections::BTreeSet;

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use super::csp_tiers::{ProviderOrigin, TierCredit};
use super::{Context, Judging};
use crate::base::association::{Association, AssociationSet};
use crate::base::calendar::Day;
use crate::base::ids::PartnerId;
use crate::credits::CreditShard;
use crate::credits::credit_table::ProviderName;
use crate::credits::keys::{Account, OwnerKey, PartnerKey, ProviderNumber};
use crate::judge::associations::{SubscriptionNumber, Throughout};

/// The partners of a run by number, and the partners of each owner.
pub(super) struct PartnerIndex {
    /// Every partner that may have credit, in report order.
    pub(super) ids: Vec<PartnerId>,
    /// The credit of a partner that a row names, by partner and association.
    by_row: HashMap<PartnerKey, u32, FixedState>,
    /// By number of the provider.
    providers: Vec<ProviderCredit>,
    /// By number of the outcome of the associations.
    by_outcome: Vec<Vec<(u32, AssociationSet)>>,
    /// Partners by the number of a head of the associations.
    associated: Vec<u32>,
    /// The partner of `--partner-id`.
    /// By the number of the source.
    options: Vec<Option<u32>>,
    /// `[(partner, association)]` for each partner and association, so that attribution borrows them.
    singles: Vec<[(u32, AssociationSet); 1]>,
}

/// The partner of a provider.
enum ProviderCredit {
    /// The rows hold its id, or `--partner-id` does.
    Partner(u32),
    /// A partner of the roster has the tenant that the rows hold.
    Tenant(u32),
    /// A tenant that no partner of the roster has.
    UnknownTenant,
}

/// The partners that get the credit of an account.
pub(super) enum Attribution<'p> {
    /// All rows in the window have these partners. The rows are unassociated if the list is empty.
    Constant(&'p [(u32, AssociationSet)]),
    /// All rows are CSP rows of these partners.
    Tiers(TierCredit),
    /// The partners of this subscription change within the window.
    ByTime(SubscriptionNumber),
    /// The rows name this tenant and no other owner, and no partner has it.
    WithoutPartner(ProviderNumber),
}

/// Types of associations: each partner has an entry for each of them in `singles`.
const ASSOCIATIONS: usize = Association::ALL.len();

impl PartnerIndex {
    pub(super) fn new(judging: Judging<'_>) -> PartnerIndex {
        let Judging { credits, roster, associations, partner_options, .. } = judging;
        let keys = credits.shards.par_iter().map(partners_of).reduce(HashSet::default, |mut ours, theirs| {
            ours.extend(theirs);
            ours
        });
        let id = |key: PartnerKey| {
            (PartnerId::parse(&credits.partner(key)).expect("a row without a partner was refused"), key)
        };
        let by_key: Vec<(PartnerId, PartnerKey)> =
            keys.into_iter().collect::<Vec<_>>().into_par_iter().map(id).collect();
        let providers: Vec<ProviderName> = credits.providers().collect();
        let provider_id = |provider: &ProviderName| match provider {
            ProviderName::Partner(text) => PartnerId::parse(text),
            ProviderName::Tenant(text) => roster.partner_of_tenant(text).and_then(PartnerId::parse),
        };
        let mut ids: BTreeSet<PartnerId> = BTreeSet::new();
        ids.extend(providers.iter().filter_map(provider_id));
        ids.extend(partner_options.iter().flatten().cloned());
        let mut ids: Vec<PartnerId> = ids.into_iter().collect();
        ids.extend(by_key.iter().map(|(id, _)| id.clone()));
        ids.extend(associations.heads.iter().cloned());
        ids.par_sort_unstable();
        ids.dedup();
        let rank = |id: &PartnerId| {
            let found = ids.binary_search(id).expect("every partner was collected");
            u32::try_from(found).expect("fewer than 2^32 partners")
        };
        let by_row = by_key.iter().map(|(id, key)| (*key, rank(id))).collect();
        let providers = providers
            .iter()
            .map(|provider| match (provider_id(provider), provider) {
                (Some(id), ProviderName::Partner(_)) => ProviderCredit::Partner(rank(&id)),
                (Some(id), ProviderName::Tenant(_)) => ProviderCredit::Tenant(rank(&id)),
                (None, _) => ProviderCredit::UnknownTenant,
            })
            .collect();
        let heads: Vec<u32> = associations.heads.iter().map(rank).collect();
        let of_outcome = |outcome: &crate::judge::associations::InForce| {
            outcome.iter().map(|(head, set)| (heads[*head as usize], *set)).collect()
        };
        let by_outcome = associations.outcomes.iter().map(of_outcome).collect();
        let numbers = 0..u32::try_from(ids.len()).expect("fewer than 2^32 partners");
        let of_partner =
            |partner| Association::ALL.map(|association| [(partner, AssociationSet::of(association))]);
        let singles = numbers.flat_map(of_partner).collect();
        let options = partner_options.iter().map(|option| option.as_ref().map(rank)).collect();
        PartnerIndex { ids, by_row, providers, by_outcome, associated: heads, options, singles }
    }

    /// The partners of an outcome of the associations.
    pub(super) fn of_outcome(&self, outcome: u32) -> &[(u32, AssociationSet)] {
        &self.by_outcome[outcome as usize]
    }

    /// The number of a head of the associations.
    pub(super) fn of_associations(&self, head: u32) -> u32 {
        self.associated[head as usize]
    }

    fn single(&self, partner: u32, association: Association) -> Attribution<'_> {
        Attribution::Constant(&self.singles[partner as usize * ASSOCIATIONS + association as usize])
    }

    /// The partners of an account on `days`, the days of the window that lie in its year.
    pub(super) fn attribution<'p>(
        &'p self,
        account: &Account,
        days: Option<(Day, Day)>,
        context: &Context<'_>,
    ) -> Attribution<'p> {
        let source = &context.judging.sources[account.source as usize];
        match account.owner {
            OwnerKey::Partner(partner, association, None) if !source.names_provider => {
                self.single(self.by_row[&partner], association)
            }
            OwnerKey::Partner(partner, association, provider) => {
                let named = (self.by_row[&partner], AssociationSet::of(association));
                let provider = self.provider(provider, account.source);
                Attribution::Tiers(TierCredit::of_both(named, provider, &context.head_of))
            }
            OwnerKey::Provider(provider) => {
                match (self.provider(Some(provider), account.source), &self.providers[provider.index()]) {
                    (Some((partner, origin)), _) => {
                        Attribution::Tiers(TierCredit::of_provider(partner, origin))
                    }
                    (None, ProviderCredit::UnknownTenant) => Attribution::WithoutPartner(provider),
                    (None, ProviderCredit::Partner(_) | ProviderCredit::Tenant(_)) => {
                        unreachable!("a provider that is a partner is known")
                    }
                }
            }
            OwnerKey::Associations => self.associated(account, days, &context.judging),
        }
    }

    /// The partner that is the provider of rows, and how it was identified: by the rows, else by `--partner-id`. `None` if neither does.
    fn provider(&self, provider: Option<ProviderNumber>, source: u32) -> Option<(u32, ProviderOrigin)> {
        let option = self.options[source as usize];
        match provider.map(|provider| &self.providers[provider.index()]) {
            Some(ProviderCredit::Tenant(partner)) => Some((*partner, ProviderOrigin::Row)),
            // The reader puts the id of `--partner-id` into rows that name no tenant.
            Some(ProviderCredit::Partner(partner)) if option == Some(*partner) => {
                Some((*partner, ProviderOrigin::Option))
            }
            Some(ProviderCredit::Partner(partner)) => Some((*partner, ProviderOrigin::Row)),
            Some(ProviderCredit::UnknownTenant) | None => {
                option.map(|partner| (partner, ProviderOrigin::Option))
            }
        }
    }

    fn associated<'p>(
        &'p self,
        account: &Account,
        days: Option<(Day, Day)>,
        judging: &Judging<'_>,
    ) -> Attribution<'p> {
        let associations = judging.associations;
        let subscription = subscription_number(account, judging);
        let (Some(subscription), Some((first, last))) = (subscription, days) else {
            return Attribution::Constant(&[]);
        };
        match associations.outcome_throughout(subscription, first, last) {
            Throughout::Constant(Some(outcome)) => Attribution::Constant(self.of_outcome(outcome)),
            Throughout::Constant(None) => Attribution::Constant(&[]),
            Throughout::Changes => Attribution::ByTime(subscription),
        }
    }
}

/// The number of the subscription of an account in the associations. `None` if they do not name it.
pub(super) fn subscription_number(account: &Account, judging: &Judging<'_>) -> Option<SubscriptionNumber> {
    match account.subscription.guid() {
        Some(guid) => judging.associations.subscription_of_guid(guid),
        None => judging.associations.subscription(&judging.credits.subscription(account.subscription)),
    }
}

/// The partners that the rows of a shard name.
fn partners_of(shard: &CreditShard) -> HashSet<PartnerKey, FixedState> {
    let mut partners = HashSet::default();
    for number in 0..shard.accounts() {
        if let OwnerKey::Partner(partner, ..) = shard.account(number).owner {
            partners.insert(partner);
        }
    }
    partners
}
