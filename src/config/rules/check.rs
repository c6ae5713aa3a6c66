//! Whether the parts of a rule set fit each other. Comes in: [`RawRuleSet`]. Goes out: faults. It reads no text.
//!
//! What is absent because it could not be read has its fault already; nothing is said of it twice.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::naming::comparable;
use super::raw::{RawGroup, RawRuleSet, RawTier};
use crate::base::market::Market;
use crate::config::located_toml::{Faults, Located, TomlPlace as Place};

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
        && raw.tiers.iter().any(|tier| tier.consumption.is_some())
    {
        faults.add(place, "a tier requires consumption, but no association is accepted");
    }
    for market in Market::ALL {
        let word = market.as_str();
        rising(
            &raw.tiers,
            |tier| consumption(tier, market),
            &format!("US dollars in {word} markets"),
            faults,
        );
    }
    rising(&raw.tiers, individuals, "individuals", faults);
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
) -> impl Iterator<Item = (String, &'a Place)> {
    names.flatten().map(|name| (name.value.clone(), &name.place))
}

/// A fault for every word after the first equal one.
fn unique<'a>(words: impl Iterator<Item = (String, &'a Place)>, faults: &mut Faults) {
    let mut first: BTreeMap<String, &Place> = BTreeMap::new();
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
    for requirement in raw.tiers.iter().filter_map(|tier| tier.individuals.as_ref()) {
        let named = &requirement.value.groups;
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

/// What a tier requires of one measure: a level, nothing (the default), or `None` if it could not be read.
type Level<'a, T> = Option<(T, &'a Place)>;

fn consumption(tier: &RawTier, market: Market) -> Level<'_, rust_decimal::Decimal> {
    match &tier.consumption {
        Some(found) => found.value.usd(market).map(|usd| (usd, &found.place)),
        None => tier.is_readable.then_some((rust_decimal::Decimal::ZERO, &tier.place)),
    }
}

fn individuals(tier: &RawTier) -> Level<'_, u32> {
    match &tier.individuals {
        Some(found) => found.value.count.map(|count| (count, &found.place)),
        None => tier.is_readable.then_some((0, &tier.place)),
    }
}

/// A fault for every tier that requires less than one below it.
fn rising<'a, T: Ord + Copy + Display>(
    tiers: &'a [RawTier],
    level: impl Fn(&'a RawTier) -> Level<'a, T>,
    unit: &str,
    faults: &mut Faults,
) {
    let mut highest: Option<T> = None;
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
    use crate::config::own_columns::{REPORT_END, REPORT_START, REPORT_TIER};

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
            let fixed = REPORT_START.iter().chain(&REPORT_END).chain([&REPORT_TIER]);
            assert!(fixed.clone().all(|column| !column.ends_with(suffix)), "{suffix}");
            assert_eq!(SUFFIXES.iter().filter(|other| other.ends_with(suffix)).count(), 1, "{suffix}");
        }
    }
}
