//! Whether the parts of a rule set fit each other. Comes in: [`RawRuleSet`]. Goes out: faults. It reads no text.
//!
//! A part that is absent because it could not be read has a fault already, and gets no second one.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::measures::{MeasureKind, MeasureUnit};
use super::naming::comparable;
use super::raw::{RawGroup, RawRuleSet, RawTier};
use super::requirement::RawRequirement;
use crate::base::market::Market;
use crate::config::located_toml::{Faults, Located, TomlPlace};

/// Adds every fault of `raw` that lies between two of its parts.
pub(super) fn check(raw: &RawRuleSet, faults: &mut Faults) {
    dates(raw, faults);
    let accepted = raw.accepted.iter().map(|a| (a.value.as_str().to_owned(), &a.place));
    unique(accepted, faults);
    // Report columns are a name and a suffix; no suffix ends another or a fixed column, so that only equal names clash.
    unique(names(raw.groups.iter().map(|g| &g.name)), faults);
    unique(names(raw.tiers.iter().map(|t| &t.name)), faults);
    credentials(&raw.groups, faults);
    groups(raw, faults);
    if let Some(place) = &raw.accepts_nothing
        && requirements(&raw.tiers, MeasureKind::Consumption).next().is_some()
    {
        faults.add(place, "a tier requires consumption, but no association is accepted");
    }
    for kind in MeasureKind::ALL {
        let levels = |market| move |tier| level(tier, kind, market);
        match kind.unit() {
            MeasureUnit::Usd => {
                for market in Market::ALL {
                    let unit = format!("US dollars in {} markets", market.as_str());
                    rising(&raw.tiers, levels(market), &unit, faults);
                }
            }
            // A count is the same in every market.
            MeasureUnit::Count => rising(&raw.tiers, levels(Market::Developed), kind.as_str(), faults),
        }
    }
}

/// The requirements of one kind, from the lowest tier on.
fn requirements(tiers: &[RawTier], kind: MeasureKind) -> impl Iterator<Item = &RawRequirement> {
    tiers.iter().flat_map(|tier| &tier.requires).filter(move |requirement| requirement.kind == kind)
}

fn dates(raw: &RawRuleSet, faults: &mut Faults) {
    let Some(from) = raw.valid_from else { return };
    if let Some(until) = raw.valid_until.as_ref().filter(|until| until.value < from) {
        faults.add(&until.place, format!("{} is before valid_from, {from}", until.value));
    }
    for credential in raw.groups.iter().flat_map(|group| &group.credentials) {
        if let Some(until) = credential.accepted_until.as_ref().filter(|until| until.value < from) {
            let message = format!("{} is before valid_from, {from}: leave the credential out", until.value);
            faults.add(&until.place, message);
        }
    }
}

fn names<'a>(
    names: impl Iterator<Item = &'a Option<Located<String>>>,
) -> impl Iterator<Item = (String, &'a TomlPlace)> {
    names.flatten().map(|name| (name.value.clone(), &name.place))
}

/// A fault for every word after the first equal one.
fn unique<'a>(words: impl Iterator<Item = (String, &'a TomlPlace)>, faults: &mut Faults) {
    let mut first: BTreeMap<String, &TomlPlace> = BTreeMap::new();
    for (word, place) in words {
        if let Some(earlier) = first.get(&word) {
            faults.add(place, format!("\"{word}\" stands already at {}", earlier.path()));
        } else {
            first.insert(word, place);
        }
    }
}

/// Codes and titles name one credential each, over all groups, as they are compared.
fn credentials(groups: &[RawGroup], faults: &mut Faults) {
    let all = || groups.iter().flat_map(|group| &group.credentials);
    let codes = all().filter_map(|c| c.code.as_ref()).map(|code| (comparable(&code.value), &code.place));
    unique(codes, faults);
    let titles = all().flat_map(|c| &c.titles).map(|title| (comparable(&title.value), &title.place));
    unique(titles, faults);
}

/// Every group that a tier names exists, and every group is named by a tier.
fn groups(raw: &RawRuleSet, faults: &mut Faults) {
    let known: Vec<&str> =
        raw.groups.iter().filter_map(|group| group.name.as_ref()).map(|name| name.value.as_str()).collect();
    let mut used: Vec<&str> = Vec::new();
    for requirement in requirements(&raw.tiers, MeasureKind::Individuals) {
        let named = &requirement.groups;
        unique(named.iter().map(|name| (name.value.clone(), &name.place)), faults);
        for name in named {
            used.push(&name.value);
            if known.len() == raw.groups.len() && !known.contains(&name.value.as_str()) {
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                faults.add(&name.place, format!("unknown group \"{}\"; the groups are: {known}", name.value));
            }
        }
    }
    if raw.tiers.iter().any(|tier| !tier.is_readable) {
        return;
    }
    for group in &raw.groups {
        if let Some(name) = group.name.as_ref().filter(|name| !used.contains(&name.value.as_str())) {
            faults.add(&group.place, format!("no tier requires individuals of the group \"{}\"", name.value));
        }
    }
}

/// What a tier requires of one kind of measure; 0 if it does not require the kind. **Absent**: it could not be read.
fn level(tier: &RawTier, kind: MeasureKind, market: Market) -> Option<(Decimal, &TomlPlace)> {
    match tier.requires.iter().find(|requirement| requirement.kind == kind) {
        Some(requirement) => requirement.at_least(market).map(|level| (level, &requirement.place)),
        None => tier.is_readable.then_some((Decimal::ZERO, &tier.place)),
    }
}

/// A fault for every tier that requires less than one below it.
fn rising<'a>(
    tiers: &'a [RawTier],
    level: impl Fn(&'a RawTier) -> Option<(Decimal, &'a TomlPlace)>,
    unit: &str,
    faults: &mut Faults,
) {
    let mut highest: Option<Decimal> = None;
    for (here, place) in tiers.iter().filter_map(level) {
        match highest {
            Some(below) if here < below => {
                let message = format!("the tier requires {here} {unit}, and one before it {below}");
                faults.add(place, format!("tiers are out of order, the lowest comes first: {message}"));
            }
            _ => highest = Some(here),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::own_columns::{REPORT_FIRST, REPORT_LAST};

    /// What follows the name of a group or a tier in its report columns.
    const SUFFIXES: [&str; 6] = [
        "_individuals",
        "_status",
        "_consumption_required_usd",
        "_consumption_shortfall_usd",
        "_individuals_required",
        "_individuals_shortfall",
    ];

    #[test]
    fn report_columns_clash_only_if_two_tiers_or_two_groups_have_one_name() {
        for suffix in SUFFIXES {
            let next = ["next_tier"].iter();
            assert!(
                REPORT_FIRST.iter().chain(&REPORT_LAST).chain(next).all(|column| !column.ends_with(suffix)),
                "{suffix}"
            );
            assert_eq!(SUFFIXES.iter().filter(|other| other.ends_with(suffix)).count(), 1, "{suffix}");
        }
    }
}
