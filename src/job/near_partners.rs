//! Partners whose ids have one number, such as `5550001` and `MPN 5550001`. Comes in: every partner that the run names. Goes out: warnings. It makes no
//! partner of two, since nothing proves that they are one.

use std::collections::{BTreeMap, BTreeSet};

use super::Reading;
use crate::base::ids::PartnerId;
use crate::base::text::list_some;
use crate::diagnostics::warning::WarningCode;
use crate::judge::facts::consumption::Judged;

/// Fewest digits of a number that tells a partner: shorter ones count something else.
const DIGITS: usize = 4;

/// Ids of one number that a warning lists.
const IDS_SHOWN: usize = 4;

/// Warns of partners that differ in the text around one number alone (SPEC 3.11).
pub(super) fn warn(reading: &mut Reading<'_>, judged: &Judged) {
    let ids = || {
        let of_files = reading.roster.partners().chain(reading.associations.partners());
        let of_passes = reading.passes.partners().map(|(partner, _)| partner);
        let of_consumption = judged.consumption.iter().map(|(head, _)| head);
        of_files.chain(of_passes).chain(of_consumption)
    };
    let texts: Vec<String> = near(ids, |partner| reading.roster.head(partner));
    for text in texts {
        reading.warnings.add(WarningCode::NearPartner, text);
    }
}

/// The warning for each number that two partners with different heads have. `ids`: with repetitions, in any order.
fn near<'p, I: Iterator<Item = &'p PartnerId>>(
    ids: impl Fn() -> I,
    head: impl Fn(&'p PartnerId) -> &'p PartnerId,
) -> Vec<String> {
    let mut of_number: BTreeMap<&str, BTreeSet<&PartnerId>> = BTreeMap::new();
    for partner in ids() {
        if let Some(number) = decorated_number(partner.as_str()) {
            of_number.entry(number).or_default().insert(partner);
        }
    }
    if of_number.is_empty() {
        return Vec::new();
    }
    for partner in ids() {
        if let Some(partners) = of_number.get_mut(partner.as_str()) {
            partners.insert(partner);
        }
    }
    let are_two = |partners: &BTreeSet<&'p PartnerId>| {
        let heads: BTreeSet<&PartnerId> = partners.iter().map(|partner| head(partner)).collect();
        heads.len() > 1
    };
    let near = of_number.into_iter().filter(|(_, partners)| are_two(partners));
    near.map(|(number, partners)| {
        let ids: Vec<String> = partners.iter().map(|partner| format!("`{partner}`")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let count = ids.len();
        format!(
            "the ids {} count as {count} partners; if they are one, write {number} alone, or roll one up to the other in a partners file",
            list_some(&ids, IDS_SHOWN)
        )
    })
    .collect()
}

/// The only number of an id that has other text too, without leading zeros. `None` for ids of digits, for ids with several numbers or a short one, and
/// for mail addresses.
fn decorated_number(id: &str) -> Option<&str> {
    let is_digit = |c: char| c.is_ascii_digit();
    let number = id.trim_matches(|c: char| !is_digit(c));
    let is_one = number.len() >= DIGITS && number.len() < id.len() && number.chars().all(is_digit);
    let number = number.trim_start_matches('0');
    (is_one && !number.is_empty() && !id.contains('@')).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(ids: &[&str], rolled_up: &[&str]) -> Vec<String> {
        let ids: Vec<PartnerId> = ids.iter().map(|id| PartnerId::parse(id).unwrap()).collect();
        let head = |partner| if rolled_up.contains(&PartnerId::as_str(partner)) { &ids[0] } else { partner };
        near(|| ids.iter(), head)
    }

    #[test]
    fn an_id_with_text_around_the_number_of_another_partner_is_near() {
        for id in [
            "MPN 5550001",
            "MPN: 5550001",
            "MPN-05550001",
            "#5550001",
            "5550001 (Contoso)",
            "PartnerID 5550001;",
        ] {
            let told = warnings(&["5550001", "5550002", id], &[]);
            assert_eq!(told.len(), 1, "{id}");
            assert!(told[0].contains(&format!("`{id}` count as 2 partners")), "{told:?}");
            assert!(warnings(&["5550001", id], &[id]).is_empty(), "{id} rolls up");
        }
        assert_eq!(warnings(&["MPN 5550001", "#5550001"], &[]).len(), 1);
    }

    #[test]
    fn ids_of_other_numbers_are_not_near() {
        for id in ["MPN 5550003", "5550001-1", "A1", "5550001@contoso.example", "contoso", "1b5550001f2"] {
            assert!(warnings(&["5550001", "1", id], &[]).is_empty(), "{id}");
        }
    }
}
