//! Outputs: verdicts in, tables out, then files. A report is a value before it is a file. It judges no partner.
//!
//! [`report_table`] makes the report's [`OutputTable`] from [`columns`](TableColumn), [`write()`] turns it into bytes of a [`OutputFormat`];
//! [`rejects_table`] the rejects file, [`credits_table`] the credits table, [`ledger_table`] the ledger, [`Summary`] the run
//! summary,
//! [`OutputSet`] lets all of them appear whole or not at all.

mod answer;
mod check_document;
mod column_reference;
mod columns;
mod credits;
mod dialect_draft;
mod difference;
mod excel_locale;
pub mod explanation;
mod failure;
mod figures;
#[cfg(test)]
mod fixtures;
mod format;
mod hashed;
mod lazy;
mod ledger;
mod losses;
pub mod metrics;
mod names;
mod output_set;
mod page;
mod paint;
mod people;
mod plan;
mod presentation;
mod project_draft;
mod rejects;
mod report;
mod rules_difference;
mod series;
mod snapshots;
mod spark;
mod stored_report;
mod stored_run;
mod summary;
mod targets;
mod text;
mod totals;
mod workbook;
mod writers;

pub use answer::{AnswerFormat, AnswerTarget};
pub use check_document::{CheckDocument, CheckedInput, DateOrderForm, LackingRate, NumberForm};
pub use column_reference::{ColumnReference, TableReference, table_references};
pub use columns::{CellValue, ColumnSpec, OutputTable, TableColumn, TerminalStyle, ValueKind};
pub use credits::{CreditRow, credits_table};
pub use dialect_draft::DialectDraft;
pub(crate) use dialect_draft::draft_dialect;
pub use difference::{
    ChangeKind, PartnerDifference, RunDifference, RunLabel, WarningDifference, write_difference,
};
pub use excel_locale::ExcelLocale;
pub use failure::{failure_json, record_failure, remove_failure};
pub use format::OutputFormat;
pub use hashed::{sha256_hex, sha256_of_reader};
pub use lazy::{LazyChunks, LazyRows, RowVisitor};
pub use ledger::{LedgerRow, ledger_table};
pub use losses::{LossCounts, NextLoss, SoonLosses};
pub use metrics::TierChanges;
pub use names::{NamesBeside, names_beside};
pub use output_set::{OutputKind, OutputSet};
pub use page::write_page;
pub use paint::{Paint, Palette, TextStyle};
pub use people::{incomplete_for_people, refusals_for_people, summary_for_people};
pub use plan::{PlanAnswer, PlanDay, PlanWay, PlannedPartner};
pub use presentation::{Presentation, PresentationSource, TableVisitor};
pub use project_draft::{LackingKey, SurveyedFile, UnreadFile};
pub(crate) use project_draft::{draft_for_people, project_draft};
pub use rejects::{RejectLine, rejects_table};
pub use report::{
    Nearness, PartnerLines, ReportContext, ReportQuestion, SelectedReport, SortKey, SortOrder, overview,
    report_table, tier_text, undetermined_tier,
};
pub use rules_difference::{RulesDifference, TierDifference, TierDifferences};
pub use series::TableSeries;
pub use snapshots::{DatasetEntry, MonthEntry, OverlapEntry, Restated, SnapshotEntry, SnapshotOutcome};
pub use spark::{SparkJob, SupersededFile};
pub use stored_report::{StoredPartner, StoredReport, stored_report};
pub use stored_run::{StoredOutput, StoredRun, StoredWarnings};
pub use summary::{
    Completeness, ConfidenceCounts, FileLeftOut, FirstPlace, InputRead, OutputWritten, PartnerIdUse, Program,
    ProjectEntry, RejectsOfCode, RuleSetUsed, ShownLines, Skipped, Summary, TierCount, Tiers, Timings,
    UncertainPartner, WarningsOfCode, WindowUsed,
};
pub use targets::{check_folder, is_stream, same_file};
pub use totals::{
    ConsumptionRows, ControlTotals, CurrencyAmounts, ExcludedRows, JudgingUsd, Passes, RoleRows,
    WithoutPartner, WithoutRate,
};
pub use workbook::write_workbook;
pub(crate) use writers::terminal::{height as terminal_height, width as terminal_width};
pub use writers::{TableWriter, write, write_for, write_in_colors};
