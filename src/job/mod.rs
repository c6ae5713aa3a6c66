//! The rooms of a run. Comes in: options. Goes out: what `report`, `check`, `history`, `explain`, `plan` and `diff` write, with the exit code. The
//! inputs are read in `reading`.

mod account;
mod assumed;
pub(crate) mod check;
mod check_document;
mod completeness;
mod confidence;
pub(crate) mod dialect_draft;
pub(crate) mod diff;
pub(crate) mod explain;
mod explained_consumption;
mod explained_outcomes;
pub(crate) mod explained_people;
mod explained_rows;
mod explained_sentence;
mod file_options;
pub(crate) mod folder_survey;
mod forms;
pub(crate) mod history;
mod judged_run;
mod judging;
mod left_out;
mod losses;
mod near_credentials;
mod near_partners;
mod overlap_passes;
pub(crate) mod plan;
mod presented_run;
mod progress;
mod project_sources;
mod providers;
mod reading;
mod refused_facts;
mod reject_fate;
mod reject_lines;
mod repeats;
pub(crate) mod report;
pub(crate) mod rules_diff;
mod run_findings;
mod run_options;
pub(crate) mod run_outcome;
mod shifted_dates;
mod snapshot_list;
mod snapshots;
mod sources;
pub(crate) mod spark;
mod stored_sources;
mod table_folders;
mod tier_changes;
mod understatement;
mod wanted_partners;
mod windows;
mod written_control;
mod written_credits;
mod written_ledger;

pub(crate) use crate::job::completeness::RoleDemand;
pub(crate) use crate::job::forms::{RunForms, dialect_order, first_cell};
pub(crate) use crate::job::judging::judge_credits;
pub(crate) use crate::job::overlap_passes::Overlapped;
pub(crate) use crate::job::project_sources::{SourceDialect, SourceOptions, run_dialects};
pub(crate) use crate::job::reading::{
    Reading, amounts_too_large, gate, plan, read, read_stored, too_large, usd_too_large,
};
pub(crate) use crate::job::refused_facts::refused_facts;
pub(crate) use crate::job::reject_fate::{CountOfCode, RejectFate, RejectJudge, RejectsOfRun};
pub(crate) use crate::job::run_options::{
    HeldTime, ProjectUsed, RunOptions, RunRules, load_dialects, load_rules, on_threads, rules_of,
};
pub(crate) use crate::job::sources::ConsumptionSource;

#[cfg(test)]
mod tests;
