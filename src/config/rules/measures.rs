//! What a tier can require: measures, their units, and thresholds by market. Comes in: parts of a rule set. Goes out: values
//! that judging compares. Credit is judged and summed in `judge/facts/consumption`, and
//! `judge/measures` gives each measure its values; its TOML keys are read in `requirement.rs`.

use rust_decimal::Decimal;

use super::CredentialGroup;
use crate::base::amount::Amount;
use crate::base::market::Market;

/// The unit of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MeasureUnit {
    /// US dollars, exact.
    Usd,
    /// A whole number of things.
    Count,
}

/// An exact value of a measure, with its unit. Order: by value, within one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantity {
    /// **Unit**: USD.
    Usd(Amount),
    /// A count.
    Count(u64),
}

impl Quantity {
    /// Nothing, in a unit.
    pub fn zero(unit: MeasureUnit) -> Quantity {
        match unit {
            MeasureUnit::Usd => Quantity::Usd(Amount::ZERO),
            MeasureUnit::Count => Quantity::Count(0),
        }
    }

    /// What this value lacks of `required`, at least 0. Both are of one unit: a rule set compares a measure with a threshold of
    /// the measure's unit only.
    pub fn shortfall_to(self, required: Quantity) -> Quantity {
        match (self, required) {
            (Quantity::Usd(actual), Quantity::Usd(required)) => {
                Quantity::Usd(required.minus(actual).max(Amount::ZERO))
            }
            (Quantity::Count(actual), Quantity::Count(required)) => {
                Quantity::Count(required.saturating_sub(actual))
            }
            (Quantity::Usd(_), Quantity::Count(_)) | (Quantity::Count(_), Quantity::Usd(_)) => {
                unreachable!("a threshold has the unit of its measure")
            }
        }
    }
}

/// What a measure counts, without its parameters. Order: the order of columns in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MeasureKind {
    /// Consumption of the window that counts for the partner.
    Consumption,
    /// Distinct individuals with a counted pass.
    Individuals,
}

impl MeasureKind {
    /// Every kind.
    pub const ALL: [MeasureKind; 2] = [MeasureKind::Consumption, MeasureKind::Individuals];

    /// Word of the kind in a rule set, and in the names of columns.
    pub fn as_str(self) -> &'static str {
        match self {
            MeasureKind::Consumption => "consumption",
            MeasureKind::Individuals => "individuals",
        }
    }

    /// Unit of the values and thresholds.
    pub fn unit(self) -> MeasureUnit {
        match self {
            MeasureKind::Consumption => MeasureUnit::Usd,
            MeasureKind::Individuals => MeasureUnit::Count,
        }
    }

    /// What a partner lacks of the measure, in a word for narrow tables.
    pub fn label(self) -> &'static str {
        match self {
            MeasureKind::Consumption => "USD",
            MeasureKind::Individuals => "people",
        }
    }

    /// Whether a report has the columns of this kind even if no tier requires it. A kind that comes later answers no, so that
    /// reports by older rule sets keep their columns.
    pub fn is_in_every_report(self) -> bool {
        match self {
            MeasureKind::Consumption | MeasureKind::Individuals => true,
        }
    }
}

/// Something that is measured of every partner.
///
/// A score (weighted parts with caps, gates and a pass mark) would be one more variant. Its parts would be indices into
/// [`RuleSet::measures`](super::RuleSet::measures), each with weight, cap and gate; they stand before the score in that list,
/// so that the score is computed from their values. The pass mark is the threshold of the requirement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Consumption of the window that counts for the partner.
    Consumption,
    /// Distinct individuals with a counted pass.
    Individuals {
        /// Indices into [`RuleSet::groups`](super::RuleSet::groups), sorted; at least one.
        groups: Vec<usize>,
        /// How the groups are put together.
        counting: GroupCounting,
    },
}

/// How individuals of several groups are counted. Of one group both ways give the same: it is written as `LargestGroup`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupCounting {
    /// The count of the group with the most individuals.
    LargestGroup,
    /// The count of the union of the groups: `pooled = true` in the rule set.
    Union,
}

impl Measure {
    /// Individuals of some groups; they are sorted.
    pub fn individuals(mut groups: Vec<usize>, counting: GroupCounting) -> Measure {
        groups.sort_unstable();
        let counting = if groups.len() == 1 { GroupCounting::LargestGroup } else { counting };
        Measure::Individuals { groups, counting }
    }

    /// Kind of the measure.
    pub fn kind(&self) -> MeasureKind {
        match self {
            Measure::Consumption => MeasureKind::Consumption,
            Measure::Individuals { .. } => MeasureKind::Individuals,
        }
    }

    /// The column of the measure's value in the report, if it has one: its name, and its title in narrow tables. `groups`: the
    /// groups of the rule set. **Absent**: the value follows from other columns.
    pub fn column(&self, groups: &[CredentialGroup]) -> Option<(String, String)> {
        match self {
            Measure::Consumption => Some(("consumption_usd".to_owned(), "consumed".to_owned())),
            Measure::Individuals { groups: of, .. } => match of.as_slice() {
                [group] => {
                    Some((format!("{}_individuals", groups[*group].name), groups[*group].name.clone()))
                }
                _ => None,
            },
        }
    }

    /// The measures of every rule set, whether a tier requires them or not: consumption, then each of so many groups by
    /// itself. They have a column in the report.
    pub fn of_every_rule_set(groups: usize) -> Vec<Measure> {
        let single = (0..groups).map(|group| Measure::individuals(vec![group], GroupCounting::LargestGroup));
        [Measure::Consumption].into_iter().chain(single).collect()
    }
}

/// What a requirement asks for, by market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    developed: Quantity,
    developing: Quantity,
}

impl Threshold {
    /// The threshold with these figures, as a rule set writes them. **Absent**: an amount is negative, 10¹³ or more, or has over
    /// 24 decimals; a count is no whole number or negative.
    pub fn new(unit: MeasureUnit, developed: Decimal, developing: Decimal) -> Option<Threshold> {
        let [developed, developing] = [exact(unit, developed)?, exact(unit, developing)?];
        Some(Threshold { developed, developing })
    }

    /// The threshold of a market.
    pub fn of(&self, market: Market) -> Quantity {
        match market {
            Market::Developed => self.developed,
            Market::Developing => self.developing,
        }
    }
}

/// The exact value of a threshold. An amount stays below 10¹³, so that its difference to the consumption of a run fits into an
/// [`Amount`], however far below zero that consumption lies.
fn exact(unit: MeasureUnit, figure: Decimal) -> Option<Quantity> {
    let most = Decimal::from(10_000_000_000_000_u64);
    match unit {
        MeasureUnit::Usd if figure < Decimal::ZERO || figure >= most => None,
        MeasureUnit::Usd => Amount::from_decimal(figure).map(Quantity::Usd),
        MeasureUnit::Count if !figure.is_integer() => None,
        MeasureUnit::Count => u64::try_from(figure).ok().map(Quantity::Count),
    }
}

/// One thing that a tier requires: a measure, at least so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// Index into [`RuleSet::measures`](super::RuleSet::measures).
    pub measure: usize,
    /// The least value that meets the requirement, in the measure's unit.
    pub at_least: Threshold,
}

/// A tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Name of the tier: also the prefix of its columns in the report.
    pub name: String,
    /// All that must be met, in the order of the file; no two of one kind.
    pub requires: Vec<Requirement>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_out_of_range_is_none() {
        let figure = |text: &str| Decimal::from_str_exact(text).unwrap();
        for (unit, text, is_sound) in [
            (MeasureUnit::Usd, "0", true),
            (MeasureUnit::Usd, "9999999999999.999999999999999", true),
            (MeasureUnit::Usd, "10000000000000", false),
            (MeasureUnit::Usd, "-1", false),
            (MeasureUnit::Usd, "0.0000000000000000000000001", false),
            (MeasureUnit::Count, "2", true),
            (MeasureUnit::Count, "-1", false),
            (MeasureUnit::Count, "1.5", false),
        ] {
            let threshold = Threshold::new(unit, figure(text), figure(text));
            assert_eq!(threshold.is_some(), is_sound, "{unit:?} {text}");
        }
    }
}
