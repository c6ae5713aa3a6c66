//! What faulty files that were left out leave unknown (SPEC 3.8). Comes in: the roles that each may have had. Goes out: the unknown of each
//! partner. It knows no file: whatever stands in one is possible.

use super::{AmountReach, PeopleReach, Unknown};
use crate::base::ids::PartnerId;
use crate::config::dialect::Role;
use crate::roster::Roster;

/// What all files that were left out leave unknown.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    of_everyone: Unknown,
    /// Whether the markets of countries may be others.
    markets: bool,
}

impl LeftOut {
    /// For each file, what it may be for; none: anything.
    pub(super) fn of(files: &[Vec<Role>]) -> LeftOut {
        let mut left_out = LeftOut::default();
        for roles in files {
            match roles.is_empty() {
                true => Role::ALL.into_iter().for_each(|role| left_out.add(role)),
                false => roles.iter().for_each(|role| left_out.add(*role)),
            }
        }
        left_out
    }

    fn add(&mut self, role: Role) {
        let everyone = &mut self.of_everyone;
        match role {
            // Consumption that the file tells of may be added, and may take the place of what another export or table told: it is then more or
            // less. An association makes consumption count, of whatever sign; a rate may be another than the first that was read.
            Role::Consumption | Role::Credits | Role::Associations | Role::Rates => {
                everyone.consumption.add(AmountReach::ANYTHING);
            }
            // A record may be of a further person, or show that two persons are one.
            Role::Credentials => {
                everyone.people.add_all(&PeopleReach::anything());
                everyone.people_may_merge = true;
            }
            // A line may state another market, a tenant, and that any partner rolls up to any other.
            Role::Partners => {
                everyone.consumption.add(AmountReach::ANYTHING);
                everyone.people.add_all(&PeopleReach::anything());
                everyone.may_roll_up = true;
                everyone.market = true;
            }
            Role::Markets => self.markets = true,
        }
    }

    /// What is unknown of a partner.
    pub(super) fn of_partner(&self, partner: &PartnerId, roster: &Roster) -> Unknown {
        let mut unknown = self.of_everyone.clone();
        // A market that the roster states itself beats the market of the country.
        unknown.market |= self.markets && roster.country_of_market(partner).is_some();
        unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_one_role_leaves_the_measures_of_other_roles_certain() {
        let people = LeftOut::of(&[vec![Role::Credentials]]).of_everyone;
        assert!(people.consumption.is_none() && people.people_may_merge && !people.market);
        let consumption = LeftOut::of(&[vec![Role::Consumption]]).of_everyone;
        assert_eq!(consumption.consumption, AmountReach::ANYTHING);
        assert!(consumption.people.is_none() && !consumption.people_may_merge);
        assert!(LeftOut::of(&[]).of_everyone.is_none());
    }

    #[test]
    fn a_file_that_may_be_for_anything_leaves_everything_unknown() {
        let left_out = LeftOut::of(&[Vec::new()]);
        let everyone = &left_out.of_everyone;
        assert!(left_out.markets && everyone.market && everyone.may_roll_up && everyone.people_may_merge);
        assert!(!everyone.consumption.is_none() && !everyone.people.is_none());
    }
}
