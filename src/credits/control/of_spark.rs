//! The control that a Spark job writes beside its credits table. Comes in: its text. Goes out: a value: for each source the counts of its
//! rows, and nothing that follows from the names of files. It judges nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Control, ControlSum};
use crate::config::dialect::DatasetFamily;

/// The control of a Spark job.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SparkControl {
    /// The version of this layout: [`Control::SCHEMA`].
    schema: u32,
    /// Version of the program that wrote the job.
    pub(crate) attain: String,
    /// Version of Spark.
    pub(crate) spark: String,
    /// The partner of `--partner-id`. **Absent**: it was not given.
    pub(crate) partner_id: Option<String>,
    /// Files that newer snapshots supersede, and that the job has not read.
    pub(crate) superseded: Vec<SparkUnread>,
    /// Manifests of runs among the files: path and text.
    pub(crate) manifests: Vec<(String, String)>,
    /// Sorted by path.
    pub(crate) sources: Vec<SparkSource>,
}

/// A file that the job has not read, since a newer snapshot supersedes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SparkUnread {
    pub(crate) file: String,
    /// Size. **Unit**: bytes.
    pub(crate) bytes: u64,
    /// Empty: not known.
    pub(crate) dialect: String,
    pub(crate) family: DatasetFamily,
}

/// What was counted of the rows of one file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SparkSource {
    /// Path as Spark names it.
    pub(crate) file: String,
    /// As in the lines.
    pub(crate) source: String,
    /// As in the lines: the family of the dialect, whose variant is told from names and evidence.
    pub(crate) dataset: String,
    pub(crate) family: DatasetFamily,
    pub(crate) dialect: String,
    /// `day` or `month`.
    pub(crate) grain: String,
    pub(crate) rules: SparkRules,
    /// Size before and after the job. **Unit**: bytes.
    pub(crate) bytes: u64,
    /// Time of modification before and after the job: for people.
    #[serde(rename = "modified")]
    _modified: String,
    /// All rows that were read.
    pub(crate) rows: u64,
    /// Amounts that were rounded at the door.
    pub(crate) rounded: u64,
    /// Days of rows of consumption; of a monthly export, the last day of each month.
    pub(crate) days: Vec<String>,
    /// Whether there is a purchase row.
    pub(crate) is_actual: bool,
    /// Whether a usage row has a reservation or benefit, and a cost.
    pub(crate) is_amortized: bool,
    /// Numbers of invoices, trimmed, upper case; a blank one if a row names none.
    pub(crate) invoices: Vec<String>,
    pub(crate) lines: BTreeMap<String, ControlSum>,
    /// Rows that are in no line.
    pub(crate) outcomes: Vec<SparkOutcome>,
}

/// What the dialect states about owners.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SparkRules {
    pub(crate) repeats_per_association: bool,
    pub(crate) takes_partner_id: bool,
    pub(crate) provider_is_tenant: bool,
    pub(crate) provider_is_partner: bool,
}

/// Rows that are in no line, and alike.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SparkOutcome {
    /// `excluded`, `without` (a subscription) or `refused`.
    pub(crate) outcome: String,
    /// **Absent**: not refused.
    pub(crate) code: Option<String>,
    /// **Absent**: the rows name none, or it cannot be read.
    pub(crate) partner: Option<String>,
    /// **Absent**: as of `partner`.
    pub(crate) provider: Option<String>,
    /// `partner` or `tenant`: what `provider` holds.
    pub(crate) provider_is: Option<String>,
    /// **Absent**: not read. `?`: not known.
    pub(crate) association: Option<String>,
    pub(crate) subscription: Option<String>,
    /// Whether the associations file decides.
    pub(crate) is_open: bool,
    pub(crate) day: Option<String>,
    /// **Absent**: the amounts are not known.
    pub(crate) currency: Option<String>,
    pub(crate) rows: u64,
    /// Sum of the amounts, of the negative and of the positive ones. **Absent**: not known.
    pub(crate) amount: Option<String>,
    pub(crate) negative: Option<String>,
    pub(crate) positive: Option<String>,
}

impl SparkControl {
    /// Whether a text is the control of a Spark job. Else a run of attain wrote it.
    pub(crate) fn is_one(text: &[u8]) -> bool {
        serde_json::from_slice::<BTreeMap<String, serde_json::Value>>(text)
            .is_ok_and(|control| control.contains_key("spark"))
    }

    /// Reads a control. Errors: why the text is none that this version reads.
    pub(crate) fn parse(text: &[u8]) -> Result<SparkControl, String> {
        let control: SparkControl = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        match control.schema {
            Control::SCHEMA => Ok(control),
            other => Err(format!("its schema is {other}, and this version reads {}", Control::SCHEMA)),
        }
    }
}
