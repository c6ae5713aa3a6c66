//! The parts of the run summary: what was used, read, passed over, written and counted. Comes in: values of a run. Goes out: JSON, field by field, in the
//! order of the file. It counts nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::base::calendar::{Day, WindowKind};
use crate::config::dialect::Role;
use crate::diagnostics::reject::RejectCode;
use crate::outputs::output_set::OutputKind;

/// What made the summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Program {
    /// `attain`.
    pub name: String,
    /// Version of the program.
    pub version: String,
}

impl Program {
    /// This program.
    pub fn this() -> Program {
        Program { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// The project file of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectEntry {
    /// Path of the file.
    pub file: String,
    /// The profile that held. **Absent**: the top level alone.
    pub profile: Option<String>,
}

/// The rule set of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleSetUsed {
    /// `name@version`.
    pub name: String,
    /// Of the file, in hex.
    pub sha256: String,
    /// The associations whose credit counts.
    pub accepted: Vec<&'static str>,
    /// Whether an association counts for days before it began.
    pub retroactive: bool,
    /// That `as_of` lies before the first version or after the last. **Absent**: the version was in force.
    pub note: Option<String>,
}

/// The window of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WindowUsed {
    /// How it lies before `as_of`.
    pub kind: WindowKind,
    /// The first day.
    #[serde(serialize_with = "day")]
    pub first: Day,
    /// The last day.
    #[serde(serialize_with = "day")]
    pub last: Day,
    /// Length of the window.
    pub months: u32,
}

/// The use of `--partner-id` in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartnerIdUse {
    /// The partner of the option.
    pub id: String,
    /// Credited rows whose provider nothing else identifies.
    pub rows: u64,
}

/// A file, or a sheet of a workbook, that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputRead {
    /// The path as it is shown to people.
    pub file: String,
    /// **Absent**: the file is no workbook.
    pub sheet: Option<String>,
    /// What it is for.
    pub role: Role,
    /// The dialect in which it was read.
    pub dialect: String,
    /// The currency of its amounts by `--currency`. **Absent**: the file states it, or has no amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Whether `--usage-only` says that all rows are usage. **Absent**: the file has every column that tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_only: Option<bool>,
    /// Whether its records are assumptions, by `--assume`. **Absent**: they were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assumed: Option<bool>,
    /// **Absent**: the file is a workbook.
    pub encoding: Option<String>,
    /// The character itself. **Absent**: the file is a workbook.
    pub delimiter: Option<char>,
    /// Of the file as it lies on the disk; sheets of one workbook have the same.
    pub bytes: u64,
    /// Rows read: header and blank lines are none, refused rows are.
    pub rows: u64,
    /// The earliest day of a row that was understood. **Absent**: none, or the role has no days.
    #[serde(serialize_with = "day_if_any")]
    pub first_day: Option<Day>,
    /// The latest day of a row that was understood. **Absent**: none, or the role has no days.
    #[serde(serialize_with = "day_if_any")]
    pub last_day: Option<Day>,
    /// `blake3:` or `sha256:` and hex. **Absent**: not asked for.
    pub digest: Option<String>,
}

/// A file or sheet that was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The path as it is shown to people.
    pub file: String,
    /// **Absent**: the whole file.
    pub sheet: Option<String>,
    /// What it is, as far as its name and first bytes tell, such as `unrecognised`, `foreign`, `empty`, `no-data`.
    pub class: String,
    /// Whether it looks like data.
    pub looks_like_data: bool,
    /// Why.
    pub reason: String,
}

/// A faulty file that was left out, whose rows are unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FileLeftOut {
    /// The path as it is shown to people.
    pub file: String,
    /// The sheet at fault. **Absent**: the whole file.
    pub sheet: Option<String>,
    /// What the file may be for. Empty: anything.
    pub roles: Vec<Role>,
    /// The code of the input error.
    pub code: &'static str,
    /// What was found, what was expected, what to do.
    pub message: String,
}

/// An output beside the summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutputWritten {
    /// What it is.
    pub kind: OutputKind,
    /// The path as given.
    pub file: String,
    /// Of its bytes, in hex.
    pub sha256: String,
}

/// RejectsOfCode rows of one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectsOfCode {
    /// Why.
    #[serde(serialize_with = "code")]
    pub code: RejectCode,
    /// How many.
    pub rows: u64,
    /// The first, in the order of files and rows. **Absent**: not about one row.
    pub first: Option<FirstPlace>,
}

/// Where the first refused row of a code stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FirstPlace {
    /// The path as it is shown to people.
    pub file: String,
    /// **Absent**: the file is no workbook.
    pub sheet: Option<String>,
    /// The line, or the row of the sheet.
    pub row: u64,
}

/// Whether a run is complete: no denied warning was met.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Completeness {
    /// Whether no denied warning was met.
    pub complete: bool,
    /// The codes of the denied warnings that were met, sorted.
    pub incomplete_by: Vec<String>,
    /// Every code that was denied in this run, sorted.
    pub denied: Vec<String>,
}

/// Something odd that changes no figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WarningsOfCode {
    /// A fixed code, such as `overlapping-dpor`.
    pub code: String,
    /// How many.
    pub count: u64,
    /// The first of them, at most [`crate::base::limits::WARNINGS_LISTED`], sorted; never a person's name or mail address.
    pub listed: Vec<String>,
}

/// The lines of a report from which some were left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownLines {
    /// Lines that are written.
    pub lines: usize,
    /// Lines that are left out.
    pub not_shown: usize,
    /// The options that leave lines out.
    pub filters: Vec<String>,
}

/// Partners by the tier that they attain; their sum is the number of lines of the report, shown or not. In JSON one map.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tiers {
    /// For each tier of the rule set, lowest first.
    pub attained: Vec<TierCount>,
    /// Partners that attain no tier.
    pub none: u64,
    /// Partners with an unknown market that attain no tier for certain, and perhaps one.
    pub undetermined: u64,
}

/// How many partners attain a tier, as their highest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierCount {
    /// The tier's name.
    pub tier: String,
    /// How many.
    pub partners: u64,
}

impl Serialize for Tiers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let attained = self.attained.iter().map(|count| (count.tier.as_str(), count.partners));
        serializer.collect_map(attained.chain([("none", self.none), ("undetermined", self.undetermined)]))
    }
}

/// Partners by the confidence in their tier; certain and uncertain ones are all lines of the report.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ConfidenceCounts {
    /// Partners that can have no other tier.
    pub certain: u64,
    /// Partners whose tier could change.
    pub uncertain: u64,
    /// Partners whose tier could change, by each code of what it depends on.
    pub by_code: BTreeMap<&'static str, u64>,
    /// The first partners whose tier could change, at most [`crate::base::limits::PARTNERS_LISTED`], in the order of the report.
    pub first: Vec<UncertainPartner>,
}

/// A partner whose tier could change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UncertainPartner {
    /// The partner's id.
    pub partner: String,
    /// The tier that it attains. **Absent**: none.
    pub tier: Option<String>,
    /// Every tier that is possible, the lowest first; `null` is no tier.
    pub possible: Vec<Option<String>>,
    /// The codes of what the tier depends on, as in the report.
    pub confidence: String,
}

/// How long a run took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Timings {
    /// From start to the writing of the summary. **Rounding**: down to the millisecond.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub elapsed: Duration,
    /// Bytes of all inputs over that time.
    pub bytes_per_second: u64,
    /// Threads that read.
    pub threads: usize,
}

impl Timings {
    /// The timings of a run that read `bytes` in `elapsed`.
    pub fn of(bytes: u64, elapsed: Duration, threads: usize) -> Timings {
        Timings { elapsed, bytes_per_second: per_second(bytes, elapsed), threads }
    }
}

/// How many a second; 0 if no time passed.
pub(in crate::outputs) fn per_second(count: u64, elapsed: Duration) -> u64 {
    let per_second = (u128::from(count) * 1_000_000_000).checked_div(elapsed.as_nanos()).unwrap_or(0);
    u64::try_from(per_second).unwrap_or(u64::MAX)
}

pub(super) fn day<S: Serializer>(day: &Day, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

fn day_if_any<S: Serializer>(found: &Option<Day>, serializer: S) -> Result<S::Ok, S::Error> {
    match found {
        Some(found) => serializer.collect_str(found),
        None => serializer.serialize_none(),
    }
}

fn code<S: Serializer>(code: &RejectCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

fn seconds<S: Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    serializer.serialize_f64(Duration::from_millis(millis).as_secs_f64())
}
