//! The ways of a partner to its next tier (SPEC 3.12), as of the day of the report: the consumption that is missing, and the people that each group of
//! credentials lacks. Comes in: facts, verdict, rule set. Goes out: [`NextTierWays`]. It ranks no partner and knows no later day.

use crate::base::amount::Amount;
use crate::config::rules::{GroupCounting, Measure, Quantity, Requirement, RuleSet};
use crate::judge::facts::PartnerFacts;
use crate::judge::verdict::{MissingForTier, required_in_every_market};
use crate::outputs::PartnerLines;

/// What a partner must add for its next tier; empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct NextTierWays {
    /// Missing consumption. **Unit**: USD. **Absent**: the tier requires none.
    pub(super) consumption_usd: Option<Amount>,
    /// Ways to the people that the tier requires, the smallest first.
    pub(super) people: Vec<GroupWay>,
}

/// People of some groups of credentials: any of their credentials counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GroupWay {
    /// Names of the groups, joined by ` or `.
    pub(super) groups: String,
    pub(super) counted: u64,
    pub(super) required: u64,
}

impl GroupWay {
    /// How many people must be added.
    pub(super) fn missing(&self) -> u64 {
        self.required.saturating_sub(self.counted)
    }
}

/// The ways of the partner with a position.
pub(super) fn of(rules: &RuleSet, lines: PartnerLines<'_>, position: usize) -> NextTierWays {
    let (facts, verdict) = (&lines.facts[position], &lines.verdicts[position]);
    let Some(tier) = verdict.next.map(|next| &rules.tiers[next]) else { return NextTierWays::default() };
    let mut ways = NextTierWays::default();
    for requirement in &tier.requires {
        match required_in_every_market(requirement, facts.market) {
            Quantity::Usd(_) => {
                ways.consumption_usd = Some(MissingForTier::of(facts, tier).consumption.part);
            }
            Quantity::Count(required) => ways.people = people(rules, facts, requirement, required),
        }
    }
    ways
}

/// Each group alone, or all groups where they are pooled.
fn people(
    rules: &RuleSet,
    facts: &PartnerFacts<'_>,
    requirement: &Requirement,
    required: u64,
) -> Vec<GroupWay> {
    let Measure::Individuals { groups, counting } = &rules.measures[requirement.measure] else {
        unreachable!("people are counted by individuals alone")
    };
    let name = |group: &usize| rules.groups[*group].name.as_str();
    let mut ways: Vec<GroupWay> = match counting {
        GroupCounting::Union => {
            let names: Vec<&str> = groups.iter().map(name).collect();
            let counted = count_of(facts, requirement.measure);
            vec![GroupWay { groups: names.join(" or "), counted, required }]
        }
        GroupCounting::LargestGroup => {
            let way = |group: &usize| GroupWay {
                groups: name(group).to_owned(),
                counted: measure_of(rules, *group).map_or(0, |measure| count_of(facts, measure)),
                required,
            };
            groups.iter().map(way).collect()
        }
    };
    // A stable sort: ways that need as many people stay in the order of the groups.
    ways.sort_by_key(GroupWay::missing);
    ways
}

/// The measure of one group alone: every rule set has it.
fn measure_of(rules: &RuleSet, group: usize) -> Option<usize> {
    let is_of_group = |measure: &Measure| matches!(measure, Measure::Individuals { groups, .. } if groups.as_slice() == [group]);
    rules.measures.iter().position(is_of_group)
}

fn count_of(facts: &PartnerFacts<'_>, measure: usize) -> u64 {
    match facts.values[measure] {
        Quantity::Count(count) => count,
        Quantity::Usd(_) => unreachable!("people are counted"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::bounds::Confidence;
    use crate::judge::loss::Loss;
    use crate::judge::verdict::judge;
    use crate::outputs::fixtures::{amount, facts, rules};

    fn ways(rules: &RuleSet, facts: PartnerFacts<'static>) -> NextTierWays {
        let verdicts = [judge(&facts, rules)];
        let (facts, confidences, losses) = ([facts], [Confidence::default()], [Loss::default()]);
        let lines =
            PartnerLines { facts: &facts, verdicts: &verdicts, confidences: &confidences, losses: &losses };
        of(rules, lines, 0)
    }

    fn way(groups: &str, counted: u64, required: u64) -> GroupWay {
        GroupWay { groups: groups.to_owned(), counted, required }
    }

    #[test]
    fn each_group_is_a_way_and_the_one_that_lacks_least_comes_first() {
        let silver = ways(&rules(), facts("42", "15000"));
        assert_eq!(silver.consumption_usd, Some(amount("85000")));
        assert_eq!(silver.people, [way("exam", 1, 2), way("assessment", 0, 2)]);
        let missing: Vec<u64> = silver.people.iter().map(GroupWay::missing).collect();
        assert_eq!(missing, [1, 2]);
    }

    #[test]
    fn pooled_groups_are_one_way() {
        let mut rules = rules();
        rules.measures[3] = Measure::individuals(vec![0, 1], GroupCounting::Union);
        assert_eq!(ways(&rules, facts("42", "15000")).people, [way("assessment or exam", 1, 2)]);
    }

    #[test]
    fn an_unknown_market_needs_what_every_market_is_content_with_and_the_highest_tier_nothing() {
        let unknown = PartnerFacts { market: None, ..facts("42", "9000") };
        assert_eq!(ways(&rules(), unknown).consumption_usd, Some(amount("6000")));
        let mut gold = facts("42", "100000");
        gold.values[3] = Quantity::Count(2);
        assert_eq!(ways(&rules(), gold), NextTierWays::default());
    }
}
