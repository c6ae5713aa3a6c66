//! The associations of each subscription, for exports that state them in rows and for the associations file. Comes in: a
//! subscription. Goes out: associations, drawn from the seed. A placed partner's associations are always in force and accepted.

use super::random::{Random, RandomStream};
use super::world::{Subscription, World};
use crate::base::association::Association::{
    self, CspTier1, CspTier2, Dpor, Pal, PartnerAsEndCustomer, Tpor,
};

/// The partner that an association credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AssociationHolder {
    /// The subscription's own partner.
    Own,
    /// The distributor that is billed for the subscription.
    Distributor,
}

impl AssociationHolder {
    /// The partner's number in the world.
    pub(super) fn partner(self, world: &World, subscription: Subscription) -> u64 {
        match self {
            AssociationHolder::Own => subscription.partner,
            AssociationHolder::Distributor => world.distributor(subscription.partner),
        }
    }
}

/// An association with its first and last day as ISO text. A blank day leaves that end open.
#[derive(Debug, Clone, Copy)]
pub(super) struct AssociationPeriod {
    pub(super) holder: AssociationHolder,
    pub(super) association: Association,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
}

const fn always(holder: AssociationHolder, association: Association) -> AssociationPeriod {
    AssociationPeriod { holder, association, from: "", to: "" }
}

const OWN_DPOR: AssociationPeriod = always(AssociationHolder::Own, Dpor);

/// The associations of a subscription in an Insights export, which repeats each consumption once for each of them.
pub(super) fn repeated(
    world: &World,
    subscription: Subscription,
) -> &'static [(AssociationHolder, Association)] {
    use AssociationHolder::{Distributor, Own};
    if subscription.partner < world.placed {
        return match subscription.number % 3 {
            0 => &[(Own, Pal), (Own, Dpor)],
            1 => &[(Own, Tpor), (Own, Dpor)],
            _ => &[(Own, CspTier2), (Distributor, CspTier1)],
        };
    }
    match Random::of(world.seed, RandomStream::Association, subscription.number).below(100) {
        0..=34 => &[(Own, Dpor)],
        35..=54 => &[(Own, Pal), (Own, Dpor)],
        55..=69 => &[(Own, CspTier2), (Distributor, CspTier1)],
        70..=74 => &[(Own, CspTier1)],
        75..=82 => &[(Own, Tpor)],
        83..=89 => &[(Own, Tpor), (Own, Dpor), (Distributor, Tpor)],
        90..=94 => &[(Own, Pal)],
        95..=97 => &[(Own, Pal), (Own, CspTier2)],
        _ => &[(Own, PartnerAsEndCustomer)],
    }
}

/// The one association of a subscription, for exports that state one a row.
pub(super) fn single(world: &World, subscription: Subscription) -> Association {
    if subscription.partner < world.placed {
        return [Dpor, Tpor, CspTier1][usize::try_from(subscription.number % 3).expect("below 3")];
    }
    match Random::of(world.seed, RandomStream::Association, subscription.number).below(100) {
        0..=49 => Dpor,
        50..=69 => CspTier2,
        70..=84 => Tpor,
        85..=94 => CspTier1,
        _ => Pal,
    }
}

/// The lines of a subscription in the associations file. Empty if its consumption is to be unassociated.
pub(super) fn association_periods(world: &World, subscription: Subscription) -> &'static [AssociationPeriod] {
    use AssociationHolder::{Distributor, Own};
    if subscription.partner < world.placed {
        return const { &[OWN_DPOR] };
    }
    match Random::of(world.seed, RandomStream::Association, subscription.number).below(100) {
        0..=59 => const { &[OWN_DPOR] },
        60..=69 => const { &[AssociationPeriod { from: "2016-11-15", ..OWN_DPOR }] },
        70..=76 => {
            const {
                &[
                    AssociationPeriod { to: "2017-02-28", ..OWN_DPOR },
                    AssociationPeriod { holder: Distributor, from: "2017-03-01", ..OWN_DPOR },
                ]
            }
        }
        77..=82 => const { &[always(Own, Tpor), always(Distributor, Tpor)] },
        83..=87 => const { &[always(Own, Pal)] },
        88..=93 => const { &[always(Own, CspTier2), always(Distributor, CspTier1)] },
        94..=96 => {
            const {
                &[
                    AssociationPeriod { from: "2016-07-01", to: "2016-12-31", ..OWN_DPOR },
                    AssociationPeriod { from: "2017-01-01", to: "2017-06-30", ..OWN_DPOR },
                ]
            }
        }
        _ => &[],
    }
}

/// The name of an association in an Insights export.
pub(super) fn insights_name(association: Association) -> &'static str {
    match association {
        Pal => "Partner Admin Link",
        Tpor => "Transacting partner of record",
        Dpor => "Partner of record",
        CspTier1 => "CSP Tier 1",
        CspTier2 => "CSP Tier 2",
        PartnerAsEndCustomer => "Partner as end-customer",
        Association::DealRegistration => "Deal registration",
    }
}
