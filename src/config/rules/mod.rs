//! Rule sets: the tiers of one competency, what each requires, with source. Comes in: a TOML file. Goes out: a [`RuleSet`],
//! valid by construction. It judges no partner.

mod builtin;
mod check;
mod clauses;
mod measures;
mod naming;
mod near;
mod raw;
mod requirement;
mod schema;

use crate::base::association::Association;
use crate::base::calendar::Day;

pub use builtin::{Selected, builtin, builtin_texts, check_name, select};
pub use clauses::{Clause, ClauseDifference, differing_clauses};
pub use measures::{
    GroupCounting, Measure, MeasureKind, MeasureUnit, Quantity, Requirement, Threshold, Tier,
};
pub use naming::{CredentialId, CredentialIndex};
pub use near::{NearCredential, NearIndex};
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
    /// Title, shown to readers of the list of rule sets.
    pub title: String,
    /// Documents that state the rules.
    pub source: Vec<String>,
    /// Length of the window, in months.
    pub window_months: u32,
    /// Associations whose credit counts, sorted.
    pub accepted: Vec<Association>,
    /// Whether an association counts for days before it began.
    pub retroactive: bool,
    /// Groups of credentials, in the order of the report's columns.
    pub groups: Vec<CredentialGroup>,
    /// The measures of every partner: first the measures with a column of their own, then the measures that only tiers require. A measure that
    /// is computed from others comes after them.
    pub measures: Vec<Measure>,
    /// Tiers, lowest first.
    pub tiers: Vec<Tier>,
    /// Deviations from the file that a run asked for, such as `window-months=6`; empty: none.
    pub what_ifs: Vec<String>,
    /// The file itself, byte for byte.
    pub text: String,
}

impl RuleSet {
    /// `name@version`, as the report names it; each deviation follows a `+`: `cloud-platform@2017-07-07+window-months=6`.
    pub fn id(&self) -> String {
        let what_ifs: String = self.what_ifs.iter().map(|what_if| format!("+{what_if}")).collect();
        format!("{}@{}{what_ifs}", self.name, self.valid_from)
    }

    /// The rule set with a window of this length: a what-if, unless that is the length already.
    #[must_use]
    pub fn with_window_months(mut self, window_months: u32) -> RuleSet {
        if window_months != self.window_months {
            self.window_months = window_months;
            self.what_ifs.push(format!("window-months={window_months}"));
        }
        self
    }

    /// The rule set by which assumed records are judged beside those that were read: a what-if.
    #[must_use]
    pub fn with_assumptions(mut self) -> RuleSet {
        self.what_ifs.push("assumed".to_owned());
        self
    }

    /// Position of a tier's requirement of some kind among [`Tier::requires`]. **Absent**: the tier does not require the kind.
    pub fn requirement_position(&self, tier: &Tier, kind: MeasureKind) -> Option<usize> {
        tier.requires.iter().position(|requirement| self.measures[requirement.measure].kind() == kind)
    }

    /// The kinds of measures that the report has columns for, in the order of those columns.
    pub fn reported_kinds(&self) -> Vec<MeasureKind> {
        let is_required =
            |kind| self.tiers.iter().any(|tier| self.requirement_position(tier, kind).is_some());
        MeasureKind::ALL.into_iter().filter(|kind| kind.is_in_every_report() || is_required(*kind)).collect()
    }
}

/// A group of interchangeable credentials: `assessment`, `exam`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialGroup {
    /// Name of the group: also the prefix of its column in the report.
    pub name: String,
    /// Credentials of the group.
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
