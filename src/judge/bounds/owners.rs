//! The partners to which a refused row of consumption may belong. Comes in: the owner of the row as far as it was read, its day, the roster,
//! the associations. Goes out: heads, or all of them. Bounds and the rejects file ask the same question here.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::association::{Association, AssociationSet};
use crate::base::calendar::{Day, Window};
use crate::base::ids::PartnerId;
use crate::config::rules::{CredentialIndex, RuleSet};
use crate::diagnostics::refused_fact::{RefusedFact, RefusedParent};
use crate::diagnostics::reject::{BoundsKey, Reject, RejectOwner};
use crate::judge::associations::AssociationIndex;
use crate::roster::Roster;

use super::refused::{RefusedFacts, RefusedPass};

/// What decides the owners of refused rows.
#[derive(Debug, Clone)]
pub(crate) struct RefusedOwners<'o> {
    pub(crate) roster: &'o Roster,
    pub(crate) associations: &'o AssociationIndex,
    pub(crate) refused: &'o RefusedFacts,
    pub(crate) rules: &'o RuleSet,
    /// Of the rule set.
    pub(crate) credentials: CredentialIndex,
    pub(crate) window: Window,
    /// The partner of `--partner-id`, by the number under which the rejects of an input are counted: inputs for which it names the provider of
    /// rows whose tenant no partner has.
    pub(crate) partner_options: BTreeMap<usize, &'o PartnerId>,
}

/// A refused row of consumption, as far as it was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RefusedRow<'r> {
    /// The number under which the rejects of its input are counted.
    pub(crate) input: usize,
    pub(crate) owner: &'r RejectOwner,
    /// **Absent**: any, or the associations file decides.
    pub(crate) association: Option<Association>,
    /// The provider beside the owner. **Absent**: none.
    pub(crate) provider: Option<&'r RejectOwner>,
    /// **Absent**: any day.
    pub(crate) day: Option<Day>,
}

impl BoundsKey {
    /// The rows of the key.
    pub(crate) fn row(&self) -> RefusedRow<'_> {
        RefusedRow {
            input: self.input,
            owner: &self.owner,
            association: self.association,
            provider: self.provider.as_ref(),
            day: self.day,
        }
    }
}

impl Reject {
    /// A refused row of consumption of an input.
    pub(crate) fn row(&self, input: usize) -> RefusedRow<'_> {
        RefusedRow {
            input,
            owner: &self.owner,
            association: self.association,
            provider: self.provider.as_ref(),
            day: self.day,
        }
    }
}

/// The heads to which a refused row may belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PossibleOwners {
    /// Any head.
    Everyone,
    /// These, each once; none if the row cannot count for any partner.
    Heads(Vec<PartnerId>),
}

impl PossibleOwners {
    fn of(mut heads: Vec<PartnerId>) -> PossibleOwners {
        heads.sort_unstable();
        heads.dedup();
        PossibleOwners::Heads(heads)
    }

    /// Whether one of the heads is among `among`, which are sorted; of all heads, whether there is any.
    pub(crate) fn meet(&self, among: &[&PartnerId]) -> bool {
        match self {
            PossibleOwners::Everyone => !among.is_empty(),
            PossibleOwners::Heads(heads) => heads.iter().any(|head| among.binary_search(&head).is_ok()),
        }
    }
}

impl RefusedOwners<'_> {
    /// The heads for which a refused row may count.
    pub(crate) fn of(&self, row: &RefusedRow<'_>) -> PossibleOwners {
        if row.day.is_some_and(|day| !self.window.contains(day)) {
            return PossibleOwners::Heads(Vec::new());
        }
        let accepted = self.accepted();
        let is_accepted = |association: Option<Association>| {
            association.is_none_or(|association| AssociationSet::of(association).meets(accepted))
        };
        let mut heads = Vec::new();
        match row.owner {
            RejectOwner::Anyone => return PossibleOwners::Everyone,
            RejectOwner::Subscription(subscription) => return self.associated(subscription, row.day),
            RejectOwner::Partner(text) if is_accepted(row.association) => heads.extend(self.head(text)),
            RejectOwner::Tenant(tenant) if is_accepted(row.association) => {
                match self.of_tenant(tenant, row.input) {
                    Some(head) => heads.push(head),
                    // Any partner may have the tenant.
                    None => return PossibleOwners::Everyone,
                }
            }
            RejectOwner::Partner(_) | RejectOwner::Tenant(_) => {}
        }
        if is_accepted(Some(Association::CspTier1)) {
            heads.extend(match row.provider {
                Some(RejectOwner::Partner(text)) => self.head(text),
                Some(RejectOwner::Tenant(tenant)) => self.of_tenant(tenant, row.input),
                Some(RejectOwner::Anyone | RejectOwner::Subscription(_)) | None => self.of_option(row.input),
            });
        }
        PossibleOwners::of(heads)
    }

    /// Associations that the rule set accepts.
    fn accepted(&self) -> AssociationSet {
        self.rules.accepted.iter().copied().collect()
    }

    /// The heads to which a refused fact of a small role may belong.
    pub(crate) fn of_fact(&self, fact: &RefusedFact, as_of: Day) -> PossibleOwners {
        let none = PossibleOwners::Heads(Vec::new());
        match fact {
            RefusedFact::Association { association, .. } => {
                let is_accepted = association.is_none_or(|of| AssociationSet::of(of).meets(self.accepted()));
                if is_accepted { PossibleOwners::Everyone } else { none }
            }
            RefusedFact::Rate { .. } | RefusedFact::Market { country: None } => PossibleOwners::Everyone,
            RefusedFact::Market { country: Some(country) } => {
                let rests_on = |partner: &&PartnerId| {
                    let of_partner = self.roster.country_of_market(partner);
                    of_partner.is_some_and(|of_partner| of_partner.to_lowercase() == *country)
                };
                let partners = self.roster.entries().iter().map(|(partner, _)| partner).filter(rests_on);
                PossibleOwners::of(partners.map(|partner| self.roster.head(partner).clone()).collect())
            }
            RefusedFact::RosterLine { partner, parent, .. } => {
                match (partner.as_deref().and_then(|text| self.head(text)), parent) {
                    (None, _) | (_, RefusedParent::Unread) => PossibleOwners::Everyone,
                    (Some(head), RefusedParent::None) => PossibleOwners::Heads(vec![head]),
                    (Some(head), RefusedParent::Partner(parent)) => {
                        PossibleOwners::of([head].into_iter().chain(self.head(parent)).collect())
                    }
                }
            }
            RefusedFact::Pass { partner, credential, completed_on } => {
                let pass = RefusedPass {
                    partner: partner.as_deref().and_then(PartnerId::parse),
                    credential: credential.clone(),
                    completed_on: *completed_on,
                    rows: 1,
                };
                match &pass.partner {
                    _ if pass.groups(self.rules, &self.credentials, as_of).is_empty() => none,
                    Some(partner) => PossibleOwners::Heads(vec![self.roster.head(partner).clone()]),
                    None => PossibleOwners::Everyone,
                }
            }
        }
    }

    fn head(&self, text: &str) -> Option<PartnerId> {
        PartnerId::parse(text).map(|partner| self.roster.head(&partner).clone())
    }

    /// The head of the partner that has a tenant. `None` if no partner has it.
    fn of_tenant(&self, tenant: &str, input: usize) -> Option<PartnerId> {
        match self.roster.partner_of_tenant(tenant) {
            Some(partner) => self.head(partner),
            None => self.of_option(input),
        }
    }

    /// The head of the partner of `--partner-id`, if it is the provider of rows that name none.
    fn of_option(&self, input: usize) -> Option<PartnerId> {
        self.partner_options.get(&input).map(|partner| self.roster.head(partner).clone())
    }

    /// Heads with an accepted association of a subscription on a day. **Absent** day: on any day of the window.
    fn associated(&self, subscription: &str, day: Option<Day>) -> PossibleOwners {
        if self.refused.associations.may_be_of(subscription) {
            return PossibleOwners::Everyone;
        }
        let Some(number) = self.associations.subscription(subscription) else {
            return PossibleOwners::Heads(Vec::new());
        };
        let accepted = self.accepted();
        let outcomes: BTreeSet<u32> = match day {
            Some(day) => self.associations.outcome(number, day).into_iter().collect(),
            None => self.associations.outcomes_within(number).collect(),
        };
        let in_force = outcomes.into_iter().flat_map(|outcome| self.associations.in_force(outcome));
        let of_accepted = in_force.filter(|(_, set)| set.meets(accepted));
        PossibleOwners::of(of_accepted.map(|(head, _)| head.clone()).collect())
    }
}
