//! The document of `attain check --format json`: everything that the check tells people, as a value. Comes in: what the job knows. Goes out: JSON;
//! docs/check.schema.json describes it. It decides nothing.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::snapshots::{MonthEntry, SnapshotEntry};
use super::summary::{Completeness, FileLeftOut, Program, RejectsOfCode, Skipped, WarningsOfCode};
use crate::base::calendar::{Day, Moment, Month};
use crate::config::dialect::Role;

/// What a check tells. The fields stand in the order of the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckDocument {
    /// The version of this layout: [`CheckDocument::SCHEMA`].
    pub schema: u32,
    /// What made it.
    pub program: Program,
    /// `checked`; a check that could not be made is the record of a failed run.
    pub status: &'static str,
    /// The exit code of the check (SPEC 4).
    pub exit_code: u8,
    /// When the program was started.
    pub started: Moment,
    /// When the check ended.
    pub ended: Moment,
    /// Whether everything was there.
    pub completeness: Completeness,
    /// Every input, sorted by file and sheet; of a credits table, each source.
    pub inputs: Vec<CheckedInput>,
    /// Every snapshot of consumption, sorted by its first file.
    pub snapshots: Vec<SnapshotEntry>,
    /// Every month of the window, with the days that each dataset tells of.
    pub coverage: Vec<MonthEntry>,
    /// Every file and sheet that was passed over, sorted.
    pub skipped: Vec<Skipped>,
    /// Every faulty file that was left out, sorted. **Absent**: none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<FileLeftOut>,
    /// Refused rows by code.
    pub rejects: Vec<RejectsOfCode>,
    /// Currencies and months that lack a rate.
    pub without_rate: Vec<LackingRate>,
    /// Warnings by code.
    pub warnings: Vec<WarningsOfCode>,
}

/// One input of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckedInput {
    /// The path as it is shown to people.
    pub file: String,
    /// **Absent**: the file is no workbook.
    pub sheet: Option<String>,
    /// What it is for.
    pub role: Role,
    /// The dialect in which it was read.
    pub dialect: String,
    /// Whether it is a hidden sheet.
    pub hidden: bool,
    /// Whether its records are assumptions, by `--assume`.
    pub assumed: bool,
    /// **Absent**: it is no text.
    pub encoding: Option<String>,
    /// **Absent**: it is no delimited text.
    pub delimiter: Option<char>,
    /// The form of a text of JSON. **Absent**: it is none.
    pub form: Option<String>,
    /// Where the meaning of the dialect is told. **Absent**: the dialect does not say.
    pub told_by: Option<String>,
    /// By `--currency`. **Absent**: the file states it.
    pub currency: Option<String>,
    /// Whether `--usage-only` says that all rows are usage.
    pub usage_only: bool,
    /// The source within a credits table. **Absent**: it is none.
    pub source: Option<String>,
    /// Rows read, refused ones too.
    pub rows: u64,
    /// Rows of consumption by use, without refused ones.
    pub rows_by_use: BTreeMap<&'static str, u64>,
    /// Refused rows.
    pub refused: u64,
    /// Credited rows whose provider only `--partner-id` identifies.
    pub rows_by_partner_id: u64,
    /// Columns that are used, as the file names them; a column in the name of a folder with its value.
    pub used_columns: Vec<String>,
    /// Columns that nothing uses.
    pub ignored_columns: Vec<String>,
    /// The earliest day of a row. **Absent**: none.
    #[serde(serialize_with = "day_if_any")]
    pub first_day: Option<Day>,
    /// The latest day of a row. **Absent**: none.
    #[serde(serialize_with = "day_if_any")]
    pub last_day: Option<Day>,
    /// Partners that its rows name, sorted.
    pub partners: Vec<String>,
    /// How it writes numbers. **Absent**: it has none.
    pub numbers: Option<NumberForm>,
    /// How it orders days, months and years. **Absent**: it has no date between slashes or points.
    pub dates: Option<DateOrderForm>,
}

/// How an input writes numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NumberForm {
    /// `point` or `comma`.
    pub decimal_mark: &'static str,
    /// What decides: `option`, `dialect` or `cells`.
    pub because: &'static str,
    /// The first cell that shows it, with its place. **Absent**: none does.
    pub example: Option<String>,
}

/// In which order an input writes dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DateOrderForm {
    /// `month/day/year` and the like.
    pub order: &'static str,
    /// What decides: `option`, `dialect` or `cells`.
    pub because: &'static str,
    /// The first cell that shows it, with its place. **Absent**: none does.
    pub example: Option<String>,
}

/// A currency and month without a rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LackingRate {
    /// As in the export.
    pub currency: String,
    /// The month whose rate is missing.
    #[serde(serialize_with = "month")]
    pub month: Month,
    /// Rows; all count as refused.
    pub rows: u64,
}

impl CheckDocument {
    /// The layout that this version writes.
    pub const SCHEMA: u32 = 1;
    /// The status of a check that was made.
    pub const CHECKED: &'static str = "checked";

    /// The document: indented, with a final newline.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("keys are text and nothing fails to serialise") + "\n"
    }
}

fn day_if_any<S: Serializer>(day: &Option<Day>, serializer: S) -> Result<S::Ok, S::Error> {
    match day {
        Some(day) => serializer.collect_str(day),
        None => serializer.serialize_none(),
    }
}

fn month<S: Serializer>(month: &Month, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(month)
}
