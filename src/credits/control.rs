//! The control of a credits table: what goes with its lines, so that they can be checked and judged as the exports would be (SPEC 3.10).
//! Comes in: what a run has counted, or the text of a control. Goes out: a value. It is no table: lines are in [`CreditTable`].
//!
//! [`CreditTable`]: super::CreditTable

mod of_spark;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::ids;
use crate::diagnostics::reject::RejectOwner;

pub(crate) use of_spark::{SparkControl, SparkOutcome, SparkSource, SparkUnread};

/// The control of a credits table. Fields are in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Control {
    /// The version of this layout: [`Control::SCHEMA`].
    pub(crate) schema: u32,
    /// Name and version of the program that wrote the table.
    pub(crate) program: String,
    /// Dimensions beside those that every table has: none yet.
    pub(crate) dimensions: Vec<String>,
    /// Faulty files that were left out and may be of consumption. Left out of the text if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_out: Vec<ControlFileLeftOut>,
    /// Every source, in the order of the lines.
    pub(crate) sources: Vec<ControlSource>,
}

/// A faulty file that was left out when the table was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ControlFileLeftOut {
    pub(crate) file: String,
    /// **Absent**: the whole file.
    pub(crate) sheet: Option<String>,
    /// What the file may be for. Empty: anything.
    pub(crate) roles: Vec<String>,
    /// The code of the input error.
    pub(crate) code: String,
    pub(crate) message: String,
}

/// What goes with the lines of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ControlSource {
    /// As in the lines.
    pub(crate) dataset: String,
    /// Content id, as in the lines.
    pub(crate) source: String,
    /// The file as it was shown to people.
    pub(crate) file: String,
    /// **Absent**: the file was no workbook.
    pub(crate) sheet: Option<String>,
    pub(crate) dialect: String,
    /// The first file of the snapshot that the file belongs to.
    pub(crate) snapshot: String,
    /// Whether the file belongs to the snapshot by its name alone.
    pub(crate) is_part_by_name: bool,
    /// Columns that names of folders hold in place of the file, as `name=value`. Left out if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) partition: Vec<String>,
    /// Whether all parts of the snapshot were there.
    pub(crate) is_complete: bool,
    /// `day` or `month`: how long a time a row stands for.
    pub(crate) grain: String,
    /// Whether the export repeats consumption once per association of a partner.
    pub(crate) repeats_per_association: bool,
    /// Whether `--partner-id` names the provider of rows that name none.
    pub(crate) takes_partner_id: bool,
    /// Whether `provider` holds tenant ids.
    pub(crate) provider_is_tenant: bool,
    /// Whether `provider` holds partner ids; beside tenant ids, which are GUIDs then. Tables of version 0.1 do not say it.
    #[serde(default)]
    pub(crate) provider_is_partner: bool,
    /// The partner id of `--partner-id`, which stands in `provider` where rows named no tenant. **Absent**: it was not given.
    pub(crate) partner_id: Option<String>,
    /// Invoices that its rows name.
    pub(crate) invoices: Vec<String>,
    /// When the snapshot was made. **Absent**: not known.
    pub(crate) age: Option<ControlAge>,
    /// What scheduled export wrote the snapshot.
    pub(crate) series: String,
    /// The days that a manifest or folder states. **Absent**: nothing states them.
    pub(crate) stated_period: Option<(String, String)>,
    /// First and last day of its rows. **Absent**: no row was dated.
    pub(crate) period: Option<(String, String)>,
    /// Days told, as ranges of consecutive days, both ends included; of a monthly export, whole months.
    pub(crate) days_told: Vec<(String, String)>,
    /// Rows by their outcome.
    pub(crate) rows: ControlRows,
    /// Rows without a subscription, of an export that repeats consumption.
    pub(crate) no_subscription: Vec<ControlLeftOut>,
    /// Σ of the lines, by currency.
    pub(crate) lines: BTreeMap<String, ControlSum>,
    /// Refused rows by code.
    pub(crate) rejects: Vec<ControlReject>,
    /// What refused rows could add, by owner and day.
    pub(crate) reject_bounds: Vec<ControlBounds>,
}

/// When a snapshot was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ControlAge {
    /// `manifest`, `run-folder` or `file-name`: where it is written.
    pub(crate) kind: String,
    pub(crate) day: String,
    /// UTC. **Absent**: only the day is written.
    pub(crate) time: Option<String>,
}

/// Rows of a source: read = not consumption + left out + in lines + refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ControlRows {
    pub(crate) read: u64,
    pub(crate) not_consumption: u64,
    pub(crate) in_lines: u64,
    pub(crate) refused: u64,
    /// Amounts that were rounded at the door.
    pub(crate) rounded: u64,
}

/// Some rows and their amount.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ControlSum {
    pub(crate) rows: u64,
    /// Exact decimal text.
    pub(crate) amount: String,
}

/// Rows without a subscription, of one counted day and currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ControlLeftOut {
    pub(crate) day: String,
    /// **Absent**: the amounts cannot be read.
    pub(crate) currency: Option<String>,
    pub(crate) rows: u64,
    pub(crate) amount: String,
}

/// Refused rows of one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ControlReject {
    pub(crate) code: String,
    /// **Absent**: refused before the day was read.
    pub(crate) day: Option<String>,
    /// **Absent**: the associations file does not decide whose the rows are.
    pub(crate) subscription: Option<String>,
    pub(crate) rows: u64,
}

/// Bounds of refused rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ControlBounds {
    pub(crate) owner: ControlOwner,
    /// **Absent**: not read, or the associations file decides.
    pub(crate) association: Option<String>,
    /// The provider beside the owner. **Absent**: none, or not read.
    pub(crate) provider: Option<ControlOwner>,
    /// Of an export that repeats consumption. **Absent**: not read, or another export.
    pub(crate) subscription: Option<String>,
    pub(crate) day: Option<String>,
    /// **Absent**: the amounts are not known.
    pub(crate) currency: Option<String>,
    pub(crate) rows: u64,
    /// Σ of known negative amounts.
    pub(crate) negative: String,
    /// Σ of known positive amounts.
    pub(crate) positive: String,
}

/// Whose refused rows could be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ControlOwner {
    Anyone,
    Partner(String),
    Subscription(String),
    Tenant(String),
}

impl From<&ControlOwner> for RejectOwner {
    fn from(owner: &ControlOwner) -> RejectOwner {
        match owner.clone() {
            ControlOwner::Anyone => RejectOwner::Anyone,
            ControlOwner::Partner(partner) => RejectOwner::Partner(partner),
            ControlOwner::Subscription(subscription) => RejectOwner::Subscription(subscription),
            ControlOwner::Tenant(tenant) => RejectOwner::Tenant(tenant),
        }
    }
}

impl From<&RejectOwner> for ControlOwner {
    fn from(owner: &RejectOwner) -> ControlOwner {
        match owner.clone() {
            RejectOwner::Anyone => ControlOwner::Anyone,
            RejectOwner::Partner(partner) => ControlOwner::Partner(partner),
            RejectOwner::Subscription(subscription) => ControlOwner::Subscription(subscription),
            RejectOwner::Tenant(tenant) => ControlOwner::Tenant(tenant),
        }
    }
}

impl ControlSource {
    /// Whether rows name a provider beside their reseller.
    pub(crate) fn names_provider(&self) -> bool {
        self.provider_is_tenant || self.provider_is_partner || self.takes_partner_id
    }

    /// Whether a text in `provider` is a tenant rather than the id of a partner.
    pub(crate) fn is_tenant(&self, provider: &str) -> bool {
        self.provider_is_tenant
            && self.partner_id.as_deref() != Some(provider)
            && (!self.provider_is_partner || ids::guid(provider.as_bytes()).is_some())
    }

    /// Whether a row stands for a whole month.
    pub(crate) fn is_monthly(&self) -> bool {
        self.grain == MONTHLY
    }
}

/// The word for exports whose rows stand for months.
pub(crate) const MONTHLY: &str = "month";
/// The word for exports whose rows stand for days.
pub(crate) const DAILY: &str = "day";

impl Control {
    /// The layout that this version writes and reads.
    pub(crate) const SCHEMA: u32 = 1;

    /// The control as JSON, with a line feed at its end.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a control has texts as keys") + "\n"
    }

    /// Reads a control. Errors: why the text is none that this version reads.
    pub(crate) fn parse(text: &[u8]) -> Result<Control, String> {
        let control: Control = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        match control.schema {
            Control::SCHEMA => Ok(control),
            other => Err(format!("its schema is {other}, and this version reads {}", Control::SCHEMA)),
        }
    }
}
