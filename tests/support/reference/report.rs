//! Tiers, and the report as it is printed. Comes in: per head its consumption and its individuals. Goes out: rows of text.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::figures::{ceil_to_cents, floor_to_cents};
use super::roster::{Partner, Roster};
use super::rules::{self, Tier};

/// The columns, in order.
pub(crate) fn header() -> Vec<String> {
    let mut names: Vec<String> = [
        "partner_id",
        "partner_name",
        "country",
        "market",
        "tier",
        "next_tier",
        "next_consumption_shortfall_usd",
        "next_individuals_shortfall",
        "consumption_usd",
    ]
    .map(str::to_owned)
    .into();
    names.extend(rules::GROUPS.map(|group| format!("{group}_individuals")));
    for tier in rules::TIERS {
        names.extend(
            [
                "status",
                "consumption_required_usd",
                "consumption_shortfall_usd",
                "individuals_required",
                "individuals_shortfall",
            ]
            .map(|column| format!("{}_{column}", tier.name)),
        );
    }
    names.extend(["rule_set", "as_of", "window_start", "window_end", "notes"].map(str::to_owned));
    names
}

/// What is known of one head.
pub(crate) struct Facts {
    /// 10⁻²⁴ USD.
    pub(crate) consumption: i128,
    /// Distinct individuals per group.
    pub(crate) individuals: BTreeMap<&'static str, usize>,
    /// Blank: not known.
    pub(crate) market: String,
    /// Partners that roll up to it, in report order.
    pub(crate) includes: Vec<Partner>,
    pub(crate) lacks_a_rate: bool,
}

/// The line of one head.
pub(crate) fn line(
    head: &Partner,
    facts: &Facts,
    roster: &Roster,
    as_of: NaiveDate,
    window: (NaiveDate, NaiveDate),
) -> Vec<String> {
    let people = |group| facts.individuals.get(group).copied().unwrap_or(0);
    let most = rules::GROUPS.map(people).into_iter().max().unwrap_or(0);
    let statuses = rules::TIERS.map(|tier| status(&tier, facts, most));
    let attained = statuses.iter().rposition(|s| *s == "met");
    let tier_name = |index: usize| rules::TIERS.get(index).map_or(String::new(), |t| t.name.to_owned());
    let next = attained.map_or(0, |index| index + 1);
    let undetermined = if statuses.contains(&"undetermined") { "undetermined" } else { "" };
    // Blank, where the possible markets give different amounts.
    let missing = |tier: &Tier| {
        let missing = thresholds(tier, &facts.market).into_iter().map(|r| (r - facts.consumption).max(0));
        if_one_value(&missing.collect::<Vec<_>>()).map(ceil_to_cents).unwrap_or_default()
    };
    let missing_people = |tier: &Tier| tier.individuals.saturating_sub(most).to_string();

    let mut cells = vec![
        defused(&head.0),
        defused(&roster.field(head, "name")),
        defused(&roster.field(head, "country")),
        facts.market.clone(),
        attained.map_or(undetermined.to_owned(), tier_name),
        tier_name(next),
        rules::TIERS.get(next).map(missing).unwrap_or_default(),
        rules::TIERS.get(next).map(missing_people).unwrap_or_default(),
        floor_to_cents(facts.consumption),
    ];
    cells.extend(rules::GROUPS.map(|group| people(group).to_string()));
    for (tier, status) in rules::TIERS.iter().zip(statuses) {
        cells.extend([
            status.to_owned(),
            if_one_value(&thresholds(tier, &facts.market)).map(ceil_to_cents).unwrap_or_default(),
            missing(tier),
            tier.individuals.to_string(),
            missing_people(tier),
        ]);
    }
    cells.push(rules::name_at(as_of).to_owned());
    cells.extend([as_of, window.0, window.1].map(|day| day.to_string()));

    let mut notes = Vec::new();
    if !facts.includes.is_empty() {
        let ids: Vec<&str> = facts.includes.iter().map(|p| p.0.as_str()).collect();
        notes.push(format!("includes {}", ids.join(" ")));
    }
    // A status or a blank amount is explained: with these thresholds, the silver amount is blank for every unknown market.
    if facts.market.is_empty() {
        notes.push("market-unknown".to_owned());
    }
    if facts.lacks_a_rate {
        notes.push("no-rate".to_owned());
    }
    cells.push(notes.join("; "));
    cells
}

/// The amounts that a tier may require, in the markets that are possible.
fn thresholds(tier: &Tier, market: &str) -> Vec<i128> {
    match market {
        "developed" => vec![tier.developed],
        "developing" => vec![tier.developing],
        _ => vec![tier.developed, tier.developing],
    }
}

fn if_one_value(values: &[i128]) -> Option<i128> {
    values.iter().all(|v| *v == values[0]).then(|| values[0])
}

fn status(tier: &Tier, facts: &Facts, most_people: usize) -> &'static str {
    let required = thresholds(tier, &facts.market);
    let met = required.iter().filter(|r| facts.consumption >= **r).count();
    if most_people < tier.individuals || met == 0 {
        "not-met"
    } else if met == required.len() {
        "met"
    } else {
        "undetermined"
    }
}

/// A text that a spreadsheet would run as a formula gets a leading `'`.
fn defused(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
