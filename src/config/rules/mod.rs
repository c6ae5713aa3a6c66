//! Rule sets: the tiers of one competency, what each requires, with source. Comes in: a TOML file. Goes out: a [`RuleSet`],
//! valid by construction. It judges nobody.

mod builtin;
mod check;
mod naming;
mod raw;
mod schema;

use rust_decimal::Decimal;

use crate::base::amount::Amount;
use crate::base::association::Association;
use crate::base::calendar::Day;
use crate::base::market::Market;

pub use builtin::{Selected, builtin, builtin_texts, select};
pub use naming::{CredentialIndex, Named};
pub use schema::parse;

/// One dated version of a competency's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    /// The competency, such as `cloud-platform`.
    pub name: String,
    /// The day from which this version is in force; also its version.
    pub valid_from: Day,
    /// The last day it is in force. **Absent**: until the next version.
    pub valid_until: Option<Day>,
    /// For people.
    pub title: String,
    /// Where the rules stand.
    pub source: Vec<String>,
    /// Length of the window, in months.
    pub window_months: u32,
    /// Associations whose credit counts, sorted.
    pub accepted: Vec<Association>,
    /// Whether an association counts for days before it began.
    pub retroactive: bool,
    /// Whether a requirement counts the union of its groups, instead of its largest group.
    pub pooled: bool,
    /// Groups of credentials, in the order of the report's columns.
    pub groups: Vec<Group>,
    /// Tiers, lowest first.
    pub tiers: Vec<Tier>,
    /// The file itself, byte for byte.
    pub text: String,
}

impl RuleSet {
    /// `name@version`, as the report names it.
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.valid_from)
    }
}

/// A group of credentials of which one is as good as another: `assessment`, `exam`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name: also the prefix of its column in the report.
    pub name: String,
    /// Its credentials.
    pub credentials: Vec<Credential>,
}

/// An assessment, exam or certification that a rule set names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Course id or exam code, such as `13736` or `70-533`. **Absent**: known by title only.
    pub code: Option<String>,
    /// Whether the code, between non-alphanumerics inside a title, names it (exam codes).
    pub code_in_title: bool,
    /// Titles that name it, with translations and aliases; lower case, blanks collapsed.
    pub titles: Vec<String>,
    /// The last day on which it is accepted. **Absent**: no end.
    pub accepted_until: Option<Day>,
}

/// A tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Its name: also the prefix of its columns in the report.
    pub name: String,
    /// What it requires of consumption. **Absent**: nothing.
    pub consumption: Option<ConsumptionRequirement>,
    /// What it requires of people. **Absent**: nothing.
    pub individuals: Option<IndividualsRequirement>,
}

/// Consumption of the window, at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumptionRequirement {
    developed_usd: Decimal,
    developing_usd: Decimal,
    developed: Amount,
    developing: Amount,
}

impl ConsumptionRequirement {
    /// The requirement with these thresholds, as written. Unit: USD. `None`: one is negative, 10¹³ or more, or has over 24
    /// decimals.
    pub fn new(developed_usd: Decimal, developing_usd: Decimal) -> Option<ConsumptionRequirement> {
        let [developed, developing] = [exact_threshold(developed_usd)?, exact_threshold(developing_usd)?];
        Some(ConsumptionRequirement { developed_usd, developing_usd, developed, developing })
    }

    /// The threshold of a market, as written. Unit: USD.
    pub fn usd(&self, market: Market) -> Decimal {
        match market {
            Market::Developed => self.developed_usd,
            Market::Developing => self.developing_usd,
        }
    }

    /// The threshold of a market, exactly. Unit: USD.
    pub fn amount(&self, market: Market) -> Amount {
        match market {
            Market::Developed => self.developed,
            Market::Developing => self.developing,
        }
    }
}

/// The exact amount of a threshold. `None`: it is negative, has over 24 decimals, or is 10¹³ or more; below that, what is
/// missing to it fits into an [`Amount`], however far below zero the consumption of a run lies.
fn exact_threshold(usd: Decimal) -> Option<Amount> {
    let most = Decimal::from(10_000_000_000_000_u64);
    if usd < Decimal::ZERO || usd >= most { None } else { Amount::from_decimal(usd) }
}

/// Distinct individuals with a credential of one group, at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndividualsRequirement {
    /// How many.
    pub count: u64,
    /// Indices into [`RuleSet::groups`].
    pub groups: Vec<usize>,
}
