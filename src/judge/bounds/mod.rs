//! Bounds: what a run does not know, and the tiers that are possible because of it (SPEC 3.8). Comes in: refused rows and facts, credits,
//! people, the roster. Goes out: for each partner, `certain`, or the codes of what its tier depends on. It changes no figure.
//!
//! Each code leaves an `Unknown` for a partner; each measure states its own bounds from it; `tiers` finds the tiers within them.

mod confidence;
mod left_out;
mod owners;
mod reach;
mod refused;
mod repeated;
#[cfg(test)]
mod tests;
mod tiers;

use std::collections::BTreeMap;

use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month};
use crate::base::ids::PartnerId;
use crate::config::dialect::Role;
use crate::config::rules::RuleSet;
use crate::diagnostics::refused_fact::RefusedParent;
use crate::diagnostics::reject::{BoundsKey, RejectTally};
use crate::judge::facts::PartnerFacts;
use crate::judge::facts::consumption::CreditUnknowns;
use crate::judge::measures::individuals::CountedIndividuals;
use crate::roster::Roster;

use confidence::PartnerUnknowns;
pub(crate) use confidence::confidence;
pub use confidence::{Confidence, ConfidenceCode};
use left_out::LeftOut;
pub(crate) use owners::{PossibleOwners, RefusedOwners};
pub(crate) use reach::{AmountReach, PeopleReach};
pub(crate) use refused::{PossibleRates, RefusedFacts};
use repeated::Displacement;
pub(crate) use repeated::{CellCandidate, RepeatedRejects, RepeatedSources};
pub(in crate::judge) use tiers::{MeasureBounds, measure_of_group};

/// What is unknown of one partner.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Unknown {
    /// How far its consumption could move.
    pub(crate) consumption: AmountReach,
    /// Persons who may count for it too.
    pub(crate) people: PeopleReach,
    /// Whether all that counts for it may belong to another partner, to which it rolls up.
    pub(crate) may_roll_up: bool,
    /// Whether persons that count apart may be one.
    pub(crate) people_may_merge: bool,
    /// Whether its market is unknown.
    pub(crate) market: bool,
}

impl Unknown {
    /// Adds what is unknown for another reason.
    fn add(&mut self, other: &Unknown) {
        self.consumption.add(other.consumption);
        self.people.add_all(&other.people);
        self.may_roll_up |= other.may_roll_up;
        self.people_may_merge |= other.people_may_merge;
        self.market |= other.market;
    }

    /// Whether nothing is unknown.
    fn is_none(&self) -> bool {
        let is_moved = self.may_roll_up || self.people_may_merge || self.market;
        self.consumption.is_none() && self.people.is_none() && !is_moved
    }
}

/// Where unknowns come from.
pub(crate) struct UnknownSources<'u> {
    pub(crate) rules: &'u RuleSet,
    pub(crate) as_of: Day,
    pub(crate) owners: &'u RefusedOwners<'u>,
    pub(crate) rates: PossibleRates<'u>,
    /// Refused rows.
    pub(crate) rejects: &'u RejectTally,
    /// Whether another snapshot tells of the day of refused rows.
    pub(crate) is_superseded: &'u dyn Fn(&BoundsKey) -> bool,
    /// Exact consumption that counts, by head, sorted. **Unit**: USD.
    pub(crate) consumption: &'u [(PartnerId, Amount)],
    pub(crate) individuals: &'u CountedIndividuals<'u>,
    pub(crate) credits: &'u CreditUnknowns,
    /// Whether rows beside a reseller name a provider that nothing identifies.
    pub(crate) has_unknown_providers: bool,
    /// Months of the window that are not covered.
    pub(crate) missing_months: &'u [Month],
    /// Roles that the requirements need, and that have no row.
    pub(crate) missing_roles: &'u [Role],
    /// For each faulty file that was left out, what it may be for; none: anything.
    pub(crate) left_out: &'u [Vec<Role>],
}

/// What is unknown in a run.
pub(crate) struct Unknowns<'u> {
    roster: &'u Roster,
    refused: &'u RefusedFacts,
    credits: &'u CreditUnknowns,
    /// Refused rows that may be of any head.
    of_everyone: Unknown,
    /// Refused rows of one head.
    by_head: BTreeMap<PartnerId, Unknown>,
    /// The part of `of_everyone` that cannot move a head, since it is of the head already.
    own_part: BTreeMap<PartnerId, AmountReach>,
    missing_months: Unknown,
    missing_roles: Unknown,
    left_out: LeftOut,
}

impl<'u> Unknowns<'u> {
    pub(crate) fn of(sources: UnknownSources<'u>) -> Unknowns<'u> {
        let mut unknowns = Unknowns {
            roster: sources.owners.roster,
            refused: sources.owners.refused,
            credits: sources.credits,
            of_everyone: Unknown::default(),
            by_head: BTreeMap::new(),
            own_part: BTreeMap::new(),
            missing_months: Unknown::default(),
            missing_roles: Unknown::default(),
            left_out: LeftOut::of(sources.left_out),
        };
        if !sources.missing_months.is_empty() {
            unknowns.missing_months.consumption = AmountReach::NOT_NEGATIVE;
        }
        for role in sources.missing_roles {
            match role {
                Role::Consumption => unknowns.missing_roles.consumption = AmountReach::ANYTHING,
                Role::Credentials => unknowns.missing_roles.people = PeopleReach::anything(),
                Role::Partners | Role::Associations | Role::Rates | Role::Markets | Role::Credits => {}
            }
        }
        unknowns.add_rows(&sources);
        unknowns.add_passes(sources.rules, sources.as_of);
        unknowns.add_roster_lines(sources.consumption, sources.individuals);
        if sources.has_unknown_providers {
            unknowns.add_tenants();
        }
        unknowns
    }

    /// What refused rows leave unknown of a head.
    fn head(&mut self, head: &PartnerId) -> &mut Unknown {
        if !self.by_head.contains_key(head) {
            self.by_head.insert(head.clone(), Unknown::default());
        }
        self.by_head.get_mut(head).expect("it was inserted")
    }

    /// Refused rows of consumption: the amount or nothing.
    fn add_rows(&mut self, sources: &UnknownSources<'_>) {
        let UnknownSources { owners, rates, .. } = *sources;
        for (key, bounds) in sources.rejects.bounds().filter(|(key, _)| !(sources.is_superseded)(key)) {
            let possible = owners.of(&key.row());
            let mut reach = rates.of_rejects(key, bounds);
            match self.refused.repeated.displacement(key) {
                Displacement::None => {}
                // The credits hold the cell, and bound it.
                Displacement::InCell => continue,
                Displacement::Anywhere => reach.add(AmountReach::NOT_POSITIVE),
            }
            match possible {
                PossibleOwners::Everyone => self.of_everyone.consumption.add(reach),
                PossibleOwners::Heads(heads) => {
                    heads.iter().for_each(|head| self.head(head).consumption.add(reach));
                }
            }
        }
    }

    /// Refused passes: one person more in each group to which the credential could belong.
    fn add_passes(&mut self, rules: &RuleSet, as_of: Day) {
        let refused = self.refused;
        for (pass, groups) in refused.groups_of_passes(rules, as_of) {
            match &pass.partner {
                Some(partner) => {
                    let head = self.roster.head(partner).clone();
                    self.head(&head).people.add(&groups, pass.rows);
                }
                None => self.of_everyone.people.add(&groups, pass.rows),
            }
        }
    }

    /// Refused lines of the roster: the market of the partner is unknown, and its credit and people may belong to another head.
    fn add_roster_lines(
        &mut self,
        consumption: &[(PartnerId, Amount)],
        individuals: &CountedIndividuals<'_>,
    ) {
        let (roster, refused) = (self.roster, self.refused);
        for line in &refused.roster_lines {
            let Some(partner) = &line.partner else {
                self.of_everyone.market = true;
                if line.parent != RefusedParent::None {
                    // Any partner may roll up to any other.
                    self.of_everyone.may_roll_up = true;
                    self.of_everyone.people.add_all(&PeopleReach::anything());
                    for (_, usd) in consumption {
                        self.of_everyone.consumption.add(AmountReach::of_amount(*usd));
                    }
                }
                continue;
            };
            // Another line decides the roll-up of a partner that is no head: a second roll-up would be an input error.
            if roster.head(partner) != partner {
                continue;
            }
            self.head(partner).market = true;
            let parent = match &line.parent {
                RefusedParent::None => continue,
                RefusedParent::Unread => None,
                RefusedParent::Partner(text) => match PartnerId::parse(text) {
                    Some(parent) if roster.head(&parent) == partner => continue,
                    Some(parent) => Some(roster.head(&parent).clone()),
                    None => continue,
                },
            };
            // Its credit moves with it, and so do refused rows and persons of it.
            let place = consumption.binary_search_by(|(head, _)| head.cmp(partner));
            let usd = place.map_or(Amount::ZERO, |place| consumption[place].1);
            let of_partner = self.head(partner);
            of_partner.may_roll_up = true;
            let (mut moved, mut people) = (AmountReach::of_amount(usd), of_partner.people.clone());
            moved.add(of_partner.consumption);
            if let Some(of_head) = self.credits.by_head.get(partner) {
                moved.add(of_head.refused);
            }
            individuals.groups_of_persons(partner).iter().for_each(|groups| people.add(groups, 1));
            let gains = match &parent {
                Some(parent) => self.head(parent),
                None => {
                    self.own_part.entry(partner.clone()).or_default().add(moved);
                    &mut self.of_everyone
                }
            };
            gains.consumption.add(moved);
            gains.people.add_all(&people);
        }
    }

    /// Refused lines of the roster may say whose tenant a provider is that nothing identifies.
    fn add_tenants(&mut self) {
        let (roster, refused) = (self.roster, self.refused);
        for line in refused.roster_lines.iter().filter(|line| line.may_have_tenant) {
            match &line.partner {
                Some(partner) => self.head(roster.head(partner)).consumption.add(AmountReach::ANYTHING),
                None => self.of_everyone.consumption.add(AmountReach::ANYTHING),
            }
        }
    }

    /// What each code leaves unknown of a partner.
    fn of_partner(&self, facts: &PartnerFacts<'_>) -> PartnerUnknowns {
        let mut unknowns = PartnerUnknowns::default();
        let mut refused = self.of_everyone.clone();
        refused.consumption.add(self.credits.of_everyone);
        if let Some(own) = self.own_part.get(facts.partner) {
            refused.consumption.take_away(*own);
        }
        if let Some(of_head) = self.by_head.get(facts.partner) {
            refused.add(of_head);
        }
        if let Some(of_head) = self.credits.by_head.get(facts.partner) {
            refused.consumption.take_away(of_head.credited);
            refused.consumption.add(of_head.refused);
            unknowns.both = of_head.both;
            unknowns.by_code[ConfidenceCode::Unassociated as usize].consumption = of_head.unassociated;
        }
        let country = self.roster.country_of_market(facts.partner);
        refused.market |= country.is_some_and(|country| self.refused.markets.may_be_of(country));
        unknowns.by_code[ConfidenceCode::RefusedRows as usize] = refused;
        unknowns.by_code[ConfidenceCode::FileLeftOut as usize] =
            self.left_out.of_partner(facts.partner, self.roster);
        unknowns.by_code[ConfidenceCode::MissingMonths as usize] = self.missing_months.clone();
        unknowns.by_code[ConfidenceCode::RoleMissing as usize] = self.missing_roles.clone();
        unknowns.by_code[ConfidenceCode::UnknownMarket as usize].market = facts.market.is_none();
        unknowns
    }
}
