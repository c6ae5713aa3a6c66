//! Placed partners: partners put exactly at, under and over each threshold, and one for each situation that a report can show. Comes in:
//! nothing. Goes out: a fixed list. Their amounts add up to a target to the last digit of the format (see `chunk`); no other partner's
//! rows count for them.

use crate::base::amount::{Amount, DECIMALS};
use crate::base::market::Market::{self, Developed, Developing};

/// A partner in a known situation.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlacedPartner {
    /// The partner's name, which describes the situation.
    pub(super) name: &'static str,
    /// The market in the roster. **Absent**: unknown.
    pub(super) market: Option<Market>,
    /// The exact sum of the partner's rows. **Absent**: the partner has no rows.
    pub(super) target: Option<Target>,
    /// The people of the partner, and what they have passed.
    pub(super) people: PlacedPeople,
    /// Whether the partner rolls up to the placed partner before it.
    pub(super) rolls_up: bool,
}

/// An exact sum: whole USD plus some smallest steps of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    usd: i128,
    steps: i128,
}

impl Target {
    /// The sum as an amount; one step is the last of `decimals` decimals.
    pub(super) fn amount(self, decimals: u32) -> Amount {
        Amount::from_raw(self.usd * 10_i128.pow(DECIMALS) + self.steps * 10_i128.pow(DECIMALS - decimals))
    }
}

/// The passes of a placed partner's people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlacedPeople {
    /// No person has passed anything.
    NoPass,
    /// One person has an assessment.
    OneAssessment,
    /// One person has an exam.
    OneExam,
    /// Two people have an assessment each.
    TwoAssessments,
    /// Two people have an exam each.
    TwoExams,
    /// One person has an assessment, another an exam.
    OneOfEach,
    /// Two ids with an exam each, and one mail address: one person.
    OnePersonTwice,
    /// One person's certification expired before the judged day.
    Expired,
}

const fn at(usd: i128) -> Option<Target> {
    Some(Target { usd, steps: 0 })
}
const fn under(usd: i128) -> Option<Target> {
    Some(Target { usd, steps: -1 })
}
const fn over(usd: i128) -> Option<Target> {
    Some(Target { usd, steps: 1 })
}
const fn placed(
    name: &'static str,
    market: Option<Market>,
    target: Option<Target>,
    people: PlacedPeople,
) -> PlacedPartner {
    PlacedPartner { name, market, target, people, rolls_up: false }
}

/// Every placed partner; small data sets hold the first ones. Thresholds: `cloud-platform@2017-07-07`.
pub(super) const PLACED: &[PlacedPartner] = &[
    placed("Silver developed, exactly", Some(Developed), at(15_000), PlacedPeople::OneExam),
    placed("Silver developed, just under", Some(Developed), under(15_000), PlacedPeople::OneExam),
    placed("Silver developed, just over", Some(Developed), over(15_000), PlacedPeople::OneAssessment),
    placed("Silver developing, exactly", Some(Developing), at(10_000), PlacedPeople::OneAssessment),
    placed("Silver developing, just under", Some(Developing), under(10_000), PlacedPeople::OneAssessment),
    placed("Silver developing, just over", Some(Developing), over(10_000), PlacedPeople::OneExam),
    placed("Gold, exactly", Some(Developed), at(100_000), PlacedPeople::TwoExams),
    placed("Gold, just under", Some(Developing), under(100_000), PlacedPeople::TwoExams),
    placed("Gold, just over", Some(Developing), over(100_000), PlacedPeople::TwoAssessments),
    placed("Gold money, one person", Some(Developed), at(123_456), PlacedPeople::OneExam),
    placed("Gold money, one person of each group", Some(Developed), at(100_000), PlacedPeople::OneOfEach),
    placed("Gold money, nobody", Some(Developing), at(250_000), PlacedPeople::NoPass),
    placed("Silver money, expired certification", Some(Developed), at(15_000), PlacedPeople::Expired),
    placed("Short of both", Some(Developed), under(5_000), PlacedPeople::NoPass),
    placed("Unknown market, between the thresholds", None, at(12_000), PlacedPeople::OneExam),
    placed("Unknown market, above both", None, at(15_000), PlacedPeople::OneExam),
    placed("Head, gold with its location", Some(Developed), at(60_000), PlacedPeople::TwoExams),
    PlacedPartner {
        rolls_up: true,
        ..placed("Location of the head", Some(Developed), at(40_000), PlacedPeople::NoPass)
    },
    placed(
        "Gold money, one person with two ids",
        Some(Developing),
        at(100_000),
        PlacedPeople::OnePersonTwice,
    ),
    placed("Nothing at all", Some(Developed), None, PlacedPeople::NoPass),
    placed("People only", Some(Developing), None, PlacedPeople::TwoAssessments),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_just_under_differs_by_the_last_digit_of_the_format() {
        assert_eq!(PLACED[1].target.unwrap().amount(16).to_string(), "14999.9999999999999999");
        assert_eq!(PLACED[1].target.unwrap().amount(24).to_string(), "14999.999999999999999999999999");
        assert_eq!(PLACED[0].target.unwrap().amount(16).to_string(), "15000");
    }

    #[test]
    fn each_threshold_of_the_built_in_rules_has_a_partner_at_under_and_over_it() {
        for (market, usd) in [(Developed, 15_000), (Developing, 10_000)] {
            for target in [at(usd), under(usd), over(usd)] {
                assert!(PLACED.iter().any(|p| p.market == Some(market) && p.target == target), "{target:?}");
            }
        }
        for target in [at(100_000), under(100_000), over(100_000)] {
            assert!(PLACED.iter().any(|p| p.target == target), "{target:?}");
        }
    }
}
