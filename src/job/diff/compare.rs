//! The partners of two reports. Comes in: both reports, and the change of consumption of each head. Goes out: the partners that differ, and in
//! which way (SPEC 3.9). It reads no file.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::Changes;
use super::run_files::RunFiles;
use crate::base::ids::PartnerId;
use crate::judge::difference::{ChangePart, ConsumptionChange};
use crate::outputs::{ChangeKind, PartnerDifference, StoredPartner, StoredReport};

/// The partners that differ, by kind, then in report order. A report that lacks partners says nothing about them, which `missing` tells.
pub(super) fn compared_partners(
    old: &RunFiles,
    new: &RunFiles,
    changes: Option<&Changes>,
    missing: &mut Vec<String>,
) -> Vec<PartnerDifference> {
    for run in [old, new].into_iter().filter(|run| run.is_partial()) {
        missing.push(format!(
            "the report of {} has {} of {} partners: partners that it lacks are not compared",
            run.shown,
            run.report.len(),
            run.run.partners
        ));
    }
    let partners: BTreeSet<&PartnerId> = old.report.keys().chain(new.report.keys()).collect();
    let rank = Ranks { old: &old.run.tiers, new: &new.run.tiers };
    let difference = |partner: &PartnerId| {
        let (of_old, of_new) = (old.report.get(partner), new.report.get(partner));
        let consumption = changes.map(|changes| changes.get(partner).copied().unwrap_or_default());
        let kind = match (of_old, of_new) {
            (Some(of_old), Some(of_new)) => kind_of(of_old, of_new, consumption.as_ref(), rank)?,
            (None, _) if old.is_partial() => return None,
            (None, _) => ChangeKind::Came,
            (Some(_), None) if new.is_partial() => return None,
            (Some(_), None) => ChangeKind::Vanished,
        };
        let head = match kind {
            ChangeKind::Came => head_of(partner, &old.report).map(|head| format!("rolled up to {head}")),
            ChangeKind::Vanished => head_of(partner, &new.report).map(|head| format!("rolls up to {head}")),
            ChangeKind::TierWon
            | ChangeKind::TierLost
            | ChangeKind::TierChanged
            | ChangeKind::Nearer
            | ChangeKind::Farther
            | ChangeKind::Figures => None,
        };
        Some(PartnerDifference {
            kind,
            partner: partner.clone(),
            old: of_old.cloned(),
            new: of_new.cloned(),
            consumption,
            detail: head,
        })
    };
    let mut differences: Vec<PartnerDifference> = partners.into_iter().filter_map(difference).collect();
    differences.sort_by_key(|difference| difference.kind);
    differences
}

/// The tiers of both rule sets, lowest first.
#[derive(Clone, Copy)]
struct Ranks<'r> {
    old: &'r [String],
    new: &'r [String],
}

/// The tier of a line that is undetermined.
const UNDETERMINED: &str = "undetermined";

impl Ranks<'_> {
    /// How two tiers compare. `None` if they do not: one is undetermined and the other none, or no rule set has both.
    fn compare(self, old: Option<&str>, new: Option<&str>) -> Option<Ordering> {
        let is_tier = |tier: &Option<&str>| tier.is_some_and(|tier| tier != UNDETERMINED);
        match (old, new) {
            (old, new) if old == new => Some(Ordering::Equal),
            (old, new) if !is_tier(&old) && !is_tier(&new) => None,
            (old, _) if !is_tier(&old) => Some(Ordering::Greater),
            (_, new) if !is_tier(&new) => Some(Ordering::Less),
            (old, new) => {
                let place = |tiers: &[String], tier: Option<&str>| {
                    tiers.iter().position(|name| Some(name.as_str()) == tier)
                };
                let compared = |tiers| Some(place(tiers, new)?.cmp(&place(tiers, old)?));
                match (compared(self.old), compared(self.new)) {
                    (Some(a), Some(b)) => (a == b).then_some(a),
                    (a, b) => a.or(b),
                }
            }
        }
    }
}

/// In which way a partner of both reports differs. `None` if it does not.
fn kind_of(
    old: &StoredPartner,
    new: &StoredPartner,
    consumption: Option<&ConsumptionChange>,
    ranks: Ranks<'_>,
) -> Option<ChangeKind> {
    match ranks.compare(old.tier.as_deref(), new.tier.as_deref()) {
        Some(Ordering::Greater) => return Some(ChangeKind::TierWon),
        Some(Ordering::Less) => return Some(ChangeKind::TierLost),
        None => return Some(ChangeKind::TierChanged),
        Some(Ordering::Equal) => {}
    }
    let is_same_next = old.next_tier.is_some() && old.next_tier == new.next_tier;
    match distance(old, new).filter(|_| is_same_next) {
        Some(Ordering::Less) => Some(ChangeKind::Nearer),
        Some(Ordering::Greater) => Some(ChangeKind::Farther),
        Some(Ordering::Equal) | None => {
            let figures = |line: &StoredPartner| {
                (line.next_tier.clone(), line.next_usd, line.next_individuals, line.consumption_usd)
            };
            let has_parts = consumption
                .is_some_and(|change| ChangePart::ALL.into_iter().any(|part| !change.part(part).is_zero()));
            (figures(old) != figures(new) || has_parts).then_some(ChangeKind::Figures)
        }
    }
}

/// How the new shortfall to the next tier compares with the old one: the USD decide, and people where the USD are equal. `None` if one of the
/// runs does not know a shortfall that decides.
fn distance(old: &StoredPartner, new: &StoredPartner) -> Option<Ordering> {
    fn compared<T: Ord>(old: Option<T>, new: Option<T>) -> Option<Ordering> {
        match (old, new) {
            (Some(old), Some(new)) => Some(new.cmp(&old)),
            (None, None) => Some(Ordering::Equal),
            (Some(_), None) | (None, Some(_)) => None,
        }
    }
    match compared(old.next_usd, new.next_usd)? {
        Ordering::Equal => compared(old.next_individuals, new.next_individuals),
        decided @ (Ordering::Less | Ordering::Greater) => Some(decided),
    }
}

/// The head that a partner rolls up to, by the notes of a report.
fn head_of<'r>(partner: &PartnerId, report: &'r StoredReport) -> Option<&'r PartnerId> {
    report.iter().find(|(_, line)| line.includes.contains(partner)).map(|(head, _)| head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranks<'r>(old: &'r [String], new: &'r [String]) -> Ranks<'r> {
        Ranks { old, new }
    }

    fn tiers(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn tiers_compare_by_name_also_of_two_rule_sets() {
        let (old, new) = (tiers(&["silver", "gold"]), tiers(&["bronze", "silver", "gold", "platinum"]));
        let ranks = ranks(&old, &new);
        let compare = |a: &str, b: &str| {
            ranks.compare(Some(a).filter(|a| !a.is_empty()), Some(b).filter(|b| !b.is_empty()))
        };
        assert_eq!(compare("silver", "gold"), Some(Ordering::Greater));
        assert_eq!(compare("gold", "bronze"), Some(Ordering::Less));
        assert_eq!(compare("gold", ""), Some(Ordering::Less));
        assert_eq!(compare("undetermined", "silver"), Some(Ordering::Greater));
        assert_eq!(compare("silver", "undetermined"), Some(Ordering::Less));
        assert_eq!(compare("undetermined", ""), None);
        assert_eq!(compare("", ""), Some(Ordering::Equal));
        assert_eq!(compare("gold", "other"), None);
        let upside_down = tiers(&["gold", "silver"]);
        let ranks = super::tests::ranks(&old, &upside_down);
        assert_eq!(ranks.compare(Some("silver"), Some("gold")), None);
    }

    #[test]
    fn the_usd_decide_who_is_nearer_and_people_where_they_are_equal() {
        let line = |usd: &str, people: &str| StoredPartner {
            next_tier: Some("gold".to_owned()),
            next_usd: usd.parse().ok(),
            next_individuals: people.parse().ok(),
            ..StoredPartner::default()
        };
        let ranks = ranks(&[], &[]);
        let kind = |old, new| kind_of(&old, &new, None, ranks);
        assert_eq!(kind(line("2.00", "1"), line("1.00", "2")), Some(ChangeKind::Nearer));
        assert_eq!(kind(line("1.00", "2"), line("1.01", "0")), Some(ChangeKind::Farther));
        assert_eq!(kind(line("1.00", "2"), line("1.00", "1")), Some(ChangeKind::Nearer));
        assert_eq!(kind(line("", "1"), line("", "2")), Some(ChangeKind::Farther));
        assert_eq!(kind(line("", "1"), line("1.00", "1")), Some(ChangeKind::Figures));
        assert_eq!(kind(line("1.00", "1"), line("1.00", "1")), None);
        let other = StoredPartner { next_tier: Some("silver".to_owned()), ..line("1.00", "1") };
        assert_eq!(kind(line("2.00", "1"), other), Some(ChangeKind::Figures));
    }
}
