//! The clauses of a rule set: each statement of its file that has a meaning, by a key that says where it stands. Comes in: rule sets. Goes out:
//! clauses, and those in which two rule sets differ. Comments and layout are no clauses.

use std::collections::BTreeMap;

use super::{Credential, GroupCounting, Measure, Quantity, Requirement, RuleSet};
use crate::base::market::Market;

/// One statement of a rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Where it stands: `tier.silver.consumption.developed_usd`. Each clause of a rule set has a key of its own.
    pub key: String,
    /// What it states.
    pub value: String,
}

/// A clause in which two rule sets differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseDifference {
    /// Where it stands.
    pub key: String,
    /// What the first rule set states. **Absent**: it has no such clause.
    pub a: Option<String>,
    /// What the second rule set states. **Absent**: it has no such clause.
    pub b: Option<String>,
}

/// The clauses in which two rule sets differ, in the order in which they stand.
pub fn differing_clauses(a: &RuleSet, b: &RuleSet) -> Vec<ClauseDifference> {
    let (of_a, of_b) = (clauses(a), clauses(b));
    let values = |clauses: &[Clause]| -> BTreeMap<String, String> {
        clauses.iter().map(|clause| (clause.key.clone(), clause.value.clone())).collect()
    };
    let (values_of_a, values_of_b) = (values(&of_a), values(&of_b));
    let mut keys: Vec<&String> = of_a.iter().map(|clause| &clause.key).collect();
    // A clause of the second alone stands behind the one before it there.
    let mut before = 0;
    for clause in &of_b {
        match keys.iter().position(|key| **key == clause.key) {
            Some(nth) => before = nth + 1,
            None => {
                keys.insert(before, &clause.key);
                before += 1;
            }
        }
    }
    let difference = |key: &String| ClauseDifference {
        key: key.clone(),
        a: values_of_a.get(key).cloned(),
        b: values_of_b.get(key).cloned(),
    };
    keys.into_iter().map(difference).filter(|both| both.a != both.b).collect()
}

/// Every clause of a rule set, in the order of its file.
fn clauses(rules: &RuleSet) -> Vec<Clause> {
    let mut clauses = Vec::new();
    let mut add = |key: String, value: String| clauses.push(Clause { key, value });
    add("name".to_owned(), rules.name.clone());
    add("title".to_owned(), rules.title.clone());
    add("valid_from".to_owned(), rules.valid_from.to_string());
    if let Some(until) = rules.valid_until {
        add("valid_until".to_owned(), until.to_string());
    }
    add("source".to_owned(), rules.source.join("; "));
    add("window_months".to_owned(), rules.window_months.to_string());
    let accepted: Vec<&str> = rules.accepted.iter().map(|association| association.as_str()).collect();
    add("accepted_associations".to_owned(), accepted.join(", "));
    add("retroactive".to_owned(), rules.retroactive.to_string());
    for group in &rules.groups {
        for credential in &group.credentials {
            of_credential(&group.name, credential, &mut add);
        }
    }
    let tiers: Vec<&str> = rules.tiers.iter().map(|tier| tier.name.as_str()).collect();
    add("tier".to_owned(), tiers.join(", "));
    for tier in &rules.tiers {
        for requirement in &tier.requires {
            of_requirement(rules, &tier.name, requirement, &mut add);
        }
    }
    clauses
}

fn of_credential(group: &str, credential: &Credential, add: &mut impl FnMut(String, String)) {
    // A rule set names each code and each title once.
    let name = credential.code.as_ref().or(credential.titles.first());
    let prefix = format!("group.{group}.{}", name.map_or("", String::as_str));
    if let Some(code) = &credential.code {
        add(format!("{prefix}.code"), code.clone());
        add(format!("{prefix}.code_in_title"), credential.code_in_title.to_string());
    }
    if !credential.titles.is_empty() {
        add(format!("{prefix}.titles"), credential.titles.join("; "));
    }
    if let Some(until) = credential.accepted_until {
        add(format!("{prefix}.accepted_until"), until.to_string());
    }
}

fn of_requirement(
    rules: &RuleSet,
    tier: &str,
    requirement: &Requirement,
    add: &mut impl FnMut(String, String),
) {
    let measure = &rules.measures[requirement.measure];
    let prefix = format!("tier.{tier}.{}", measure.kind().as_str());
    let at_least = |market: Market| match requirement.at_least.of(market) {
        Quantity::Usd(usd) => usd.to_string(),
        Quantity::Count(count) => count.to_string(),
    };
    match measure {
        Measure::Consumption => {
            for market in Market::ALL {
                add(format!("{prefix}.{}_usd", market.as_str()), at_least(market));
            }
        }
        Measure::Individuals { groups, counting } => {
            // A count is the same in every market.
            add(format!("{prefix}.count"), at_least(Market::Developed));
            let names: Vec<&str> = groups.iter().map(|group| rules.groups[*group].name.as_str()).collect();
            add(format!("{prefix}.groups"), names.join(", "));
            if groups.len() > 1 {
                add(format!("{prefix}.pooled"), (*counting == GroupCounting::Union).to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::rules::{builtin, builtin_texts, parse};

    fn differences(a: &RuleSet, b: &RuleSet) -> Vec<(String, Option<String>, Option<String>)> {
        differing_clauses(a, b).into_iter().map(|both| (both.key, both.a, both.b)).collect()
    }

    #[test]
    fn the_two_versions_of_the_built_in_rule_set_differ_in_their_exams() {
        let found = differences(&builtin()[0], &builtin()[1]);
        let keys: Vec<&str> = found.iter().map(|(key, ..)| key.as_str()).collect();
        for key in ["valid_from", "group.exam.70-535.code", "group.exam.70-534.accepted_until"] {
            assert!(keys.contains(&key), "{keys:?}");
        }
        assert!(!keys.iter().any(|key| key.starts_with("tier")), "{keys:?}");
        let until = found.iter().find(|(key, ..)| key == "group.exam.70-534.accepted_until").unwrap();
        assert_eq!((until.1.as_deref(), until.2.as_deref()), (None, Some("2018-12-31")));
    }

    #[test]
    fn a_clause_of_each_kind_that_is_changed_is_told_and_no_other() {
        let (_, text) = builtin_texts()[0];
        for (from, to, key, a, b) in [
            ("retroactive = false", "retroactive = true", "retroactive", "false", "true"),
            ("window_months = 12", "window_months = 6", "window_months", "12", "6"),
            (
                "developing_usd = \"10000\"",
                "developing_usd = \"9000.50\"",
                "tier.silver.consumption.developing_usd",
                "10000",
                "9000.5",
            ),
            ("count = 2", "count = 3", "tier.gold.individuals.count", "2", "3"),
        ] {
            assert!(text.contains(from), "{from}");
            let found = differences(&parse(text).unwrap(), &parse(&text.replacen(from, to, 1)).unwrap());
            assert_eq!(found, [(key.to_owned(), Some(a.to_owned()), Some(b.to_owned()))]);
        }
        let pooled = parse(&text.replace("pooled = false", "pooled = true")).unwrap();
        let keys: Vec<String> =
            differences(&builtin()[0], &pooled).into_iter().map(|(key, ..)| key).collect();
        assert_eq!(keys, ["tier.silver.individuals.pooled", "tier.gold.individuals.pooled"]);
    }

    #[test]
    fn every_clause_has_a_key_of_its_own_and_a_rule_set_does_not_differ_from_itself() {
        for rules in builtin() {
            let mut keys: Vec<String> = clauses(rules).into_iter().map(|clause| clause.key).collect();
            keys.sort();
            let all = keys.len();
            keys.dedup();
            assert_eq!(keys.len(), all);
            assert_eq!(differing_clauses(rules, rules), []);
        }
    }
}
