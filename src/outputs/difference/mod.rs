//! The difference of two runs (SPEC 3.9) as an output. Comes in: what differs. Goes out: text for people, CSV or JSON. It compares nothing.

mod json;
mod table;
#[cfg(test)]
mod tests;
mod text;

use std::io;

use super::columns::OutputTable;
use super::format::OutputFormat;
use super::stored_report::StoredPartner;
use super::writers::write;
use crate::base::calendar::{Day, Window};
use crate::base::ids::PartnerId;
use crate::judge::difference::ConsumptionChange;

/// In which way a partner differs, in the order of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// The new tier is higher.
    TierWon,
    /// The new tier is lower, or there is none.
    TierLost,
    /// The tiers cannot be compared: one is undetermined, or of a rule set that lacks the other.
    TierChanged,
    /// The old report lacks the partner.
    Came,
    /// The new report lacks the partner.
    Vanished,
    /// The shortfall to the next tier is smaller.
    Nearer,
    /// The shortfall to the next tier is greater.
    Farther,
    /// Another figure differs.
    Figures,
}

impl ChangeKind {
    /// Every kind, in order.
    pub const ALL: [ChangeKind; 8] = [
        ChangeKind::TierWon,
        ChangeKind::TierLost,
        ChangeKind::TierChanged,
        ChangeKind::Came,
        ChangeKind::Vanished,
        ChangeKind::Nearer,
        ChangeKind::Farther,
        ChangeKind::Figures,
    ];

    /// The word in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::TierWon => "tier-won",
            ChangeKind::TierLost => "tier-lost",
            ChangeKind::TierChanged => "tier-changed",
            ChangeKind::Came => "came",
            ChangeKind::Vanished => "vanished",
            ChangeKind::Nearer => "nearer",
            ChangeKind::Farther => "farther",
            ChangeKind::Figures => "figures",
        }
    }
}

/// A partner that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerDifference {
    /// In which way.
    pub kind: ChangeKind,
    /// The partner.
    pub partner: PartnerId,
    /// The old line. **Absent**: the old report lacks it.
    pub old: Option<StoredPartner>,
    /// The new line. **Absent**: the new report lacks it.
    pub new: Option<StoredPartner>,
    /// Exact, with its parts. **Absent**: a ledger is missing.
    pub consumption: Option<ConsumptionChange>,
    /// What else is to be said.
    pub detail: Option<String>,
}

impl PartnerDifference {
    /// The name, as the new report has it, else the old one.
    pub(super) fn name(&self) -> Option<&str> {
        let name = |line: &'_ Option<StoredPartner>| line.as_ref().and_then(|line| line.name.clone());
        let lines = [&self.new, &self.old];
        let found = lines.into_iter().find(|line| name(line).is_some());
        found.and_then(|line| line.as_ref()).and_then(|line| line.name.as_deref())
    }
}

/// Warnings of one code, if there are more or others than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarningDifference {
    /// The code.
    pub code: String,
    /// How many the old run had.
    pub old_count: u64,
    /// How many the new run has.
    pub new_count: u64,
    /// The first of them that the old run did not list.
    pub listed: Vec<String>,
}

/// One of the two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLabel {
    /// The run summary, as it was given.
    pub file: String,
    /// `name@version`.
    pub rule_set: String,
    /// The day for which partners were judged.
    pub as_of: Day,
    /// The days whose consumption counts.
    pub window: Window,
}

/// All that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDifference {
    /// The old run.
    pub old: RunLabel,
    /// The new run.
    pub new: RunLabel,
    /// By kind, then in report order.
    pub partners: Vec<PartnerDifference>,
    /// By code.
    pub warnings: Vec<WarningDifference>,
    /// The change of all heads together. **Absent**: a ledger is missing.
    pub consumption: Option<ConsumptionChange>,
    /// What the runs lack for a fuller answer, for people.
    pub missing: Vec<String>,
}

impl RunDifference {
    /// Whether a partner has another tier than before; one that came or vanished has none then.
    pub fn has_changed_tier(&self) -> bool {
        let tier = |line: &Option<StoredPartner>| line.as_ref().and_then(|line| line.tier.clone());
        self.partners.iter().any(|partner| tier(&partner.old) != tier(&partner.new))
    }

    fn of_kind(&self, kind: ChangeKind) -> impl Iterator<Item = &PartnerDifference> {
        self.partners.iter().filter(move |partner| partner.kind == kind)
    }
}

pub(super) use table::column_specs;

/// Writes a difference; [`OutputFormat::Table`] is text for people.
pub fn write_difference(
    difference: &RunDifference,
    format: OutputFormat,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        OutputFormat::Table => text::write_text(difference, out),
        OutputFormat::Json => json::write_json(difference, out),
        OutputFormat::Csv
        | OutputFormat::Tsv
        | OutputFormat::Parquet
        | OutputFormat::Xlsx
        | OutputFormat::Html => {
            let table: OutputTable<'_> = table::difference_table(difference);
            write(&table, format, out)
        }
    }
}
