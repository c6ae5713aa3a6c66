//! Explanations: why partners have their tiers, as values. Comes in: what the run has worked out for each. Goes out: text for a terminal, JSON
//! or CSV. Amounts are exact; text rounds them as the report does. No name or mail address of a person is part of it.

mod csv;
mod text;

use std::io;

pub(super) use csv::column_specs;
pub(crate) use text::grouped;

use serde::{Serialize, Serializer};

use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month};
use crate::config::rules::Quantity;
use crate::outputs::paint::{Palette, TextStyle};

/// Why the consumption of a credits table has no rows.
const TABLE_WITHOUT_ROWS: &str = "a credits table holds sums by subscription and month or day, not rows; explain the exports that it was made from to see theirs";

/// The explanations of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanations {
    /// Version of this layout.
    pub schema: u32,
    /// `name@version`.
    pub rule_set: String,
    /// Documents that state the rules.
    pub source: Vec<String>,
    /// That the rules are not the ones in force. **Absent**: they are.
    pub note: Option<String>,
    /// The day for which partners are judged.
    #[serde(serialize_with = "day")]
    pub as_of: Day,
    /// First day of the window.
    #[serde(serialize_with = "day")]
    pub window_start: Day,
    /// Last day of the window.
    #[serde(serialize_with = "day")]
    pub window_end: Day,
    /// In report order.
    pub partners: Vec<Explanation>,
}

impl Explanations {
    /// The version of this layout.
    pub const SCHEMA: u32 = 1;

    /// Writes the explanations; text in lines of `width`.
    pub fn write(
        &self,
        format: ExplanationFormat,
        TextStyle { width, paint }: TextStyle,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        match format {
            ExplanationFormat::Text => {
                let tiers = self.partners.first().map_or([].as_slice(), |partner| &partner.tiers);
                let palette = Palette::of(paint, tiers.iter().map(|tier| tier.tier.clone()));
                text::write(self, width, &palette, out)
            }
            ExplanationFormat::Json => {
                serde_json::to_writer_pretty(&mut *out, self)?;
                out.write_all(b"\n")
            }
            ExplanationFormat::Csv => csv::write(self, out),
        }
    }
}

/// A format of explanations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplanationFormat {
    /// Aligned text, as wide as the terminal.
    Text,
    /// One object.
    Json,
    /// A line for each figure.
    Csv,
}

/// Why one partner has its tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// A head.
    pub partner_id: String,
    /// **Absent**: unknown.
    pub partner_name: Option<String>,
    /// **Absent**: unknown.
    pub country: Option<String>,
    /// One sentence that holds the outcome.
    pub sentence: String,
    /// Market class. **Absent**: unknown.
    pub market: Option<String>,
    /// Why the market is that.
    pub market_reason: String,
    /// The highest tier that is met, or `undetermined`. **Absent**: none.
    pub tier: Option<String>,
    /// The first day on which the tier no longer holds if nothing more is consumed and passed. **Absent**: no tier, or see `loss_note`.
    #[serde(serialize_with = "day_if_any")]
    pub lost_on: Option<Day>,
    /// Why there is no such day: `never-lost` or `loss-unknown`. **Absent**: there is one, or no tier.
    pub loss_note: Option<&'static str>,
    /// What the tier lacks on that day.
    pub lost: Vec<LostRequirement>,
    /// `certain`, or codes joined by `+`.
    pub confidence: String,
    /// What each of these codes means.
    pub depends_on: Vec<Dependence>,
    /// Partners that roll up to this one.
    pub includes: Vec<String>,
    /// Each tier, the lowest first.
    pub tiers: Vec<TierExplained>,
    /// Consumption that counts. **Unit**: USD.
    #[serde(serialize_with = "exact")]
    pub consumption_usd: Amount,
    /// By month; these add up to `consumption_usd`.
    pub months: Vec<MonthExplained>,
    /// By association.
    pub associations: Vec<PartExplained>,
    /// By the partner that has the association.
    pub locations: Vec<PartExplained>,
    /// By export.
    pub sources: Vec<PartExplained>,
    /// By subscription and association. **Absent**: not asked for.
    pub subscriptions: Option<Vec<SubscriptionExplained>>,
    /// What was converted.
    pub conversions: Vec<Conversion>,
    /// Consumption that does not count.
    pub not_counted: Vec<NotCounted>,
    /// Refused rows that name the partner, or one that rolls up to it.
    pub refused_rows: u64,
    /// Persons with a pass.
    pub individuals: Vec<PersonExplained>,
    /// Rows of consumption. **Absent**: not asked for.
    pub rows: Option<Vec<RowExplained>>,
    /// The credits tables of the run, whose consumption has no rows. **Absent**: rows are not asked for.
    pub without_rows: Option<Vec<String>>,
}

/// A code of what a tier depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependence {
    /// The code.
    pub code: String,
    /// What it means.
    pub meaning: String,
}

/// One tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TierExplained {
    /// The name of the tier.
    pub tier: String,
    /// `met`, `not-met` or `undetermined`.
    pub status: &'static str,
    /// In the order of the rule set.
    pub requirements: Vec<RequirementExplained>,
}

/// One requirement of a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequirementExplained {
    /// What is measured, such as `consumption` or `individuals (assessment, exam)`.
    pub requirement: String,
    /// USD, or people.
    pub unit: &'static str,
    /// **Absent**: the possible markets give different values.
    #[serde(serialize_with = "quantity_if_any")]
    pub required: Option<Quantity>,
    /// What the partner has.
    #[serde(serialize_with = "quantity")]
    pub actual: Quantity,
    /// **Absent**: the possible markets give different values.
    #[serde(serialize_with = "quantity_if_any")]
    pub shortfall: Option<Quantity>,
    /// `met`, `not-met` or `undetermined`.
    pub status: &'static str,
}

/// What the attained tier lacks of one requirement on the day on which it is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LostRequirement {
    /// What is measured.
    pub requirement: String,
    /// **Absent**: the possible markets give different values, or it is not known.
    #[serde(serialize_with = "quantity_if_any")]
    pub shortfall: Option<Quantity>,
}

/// The counted consumption of one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthExplained {
    /// The month.
    #[serde(serialize_with = "month")]
    pub month: Month,
    /// **Unit**: USD.
    #[serde(serialize_with = "exact")]
    pub usd: Amount,
    /// The first day for which the month does not count.
    #[serde(serialize_with = "day")]
    pub leaves_on: Day,
}

/// A part of the counted consumption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartExplained {
    /// What it is a part by.
    pub name: String,
    /// More about it. **Absent**: nothing.
    pub detail: Option<String>,
    /// **Unit**: USD.
    #[serde(serialize_with = "exact")]
    pub usd: Amount,
}

/// The counted consumption of one subscription by one association.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubscriptionExplained {
    /// Blank: rows name none.
    pub subscription: String,
    /// Associations in force, joined by `+`.
    pub association: String,
    /// The partner that has the association.
    pub partner_id: String,
    /// Months with consumption.
    pub months: usize,
    /// First of them.
    #[serde(serialize_with = "month")]
    pub first_month: Month,
    /// Last of them.
    #[serde(serialize_with = "month")]
    pub last_month: Month,
    /// **Unit**: USD.
    #[serde(serialize_with = "exact")]
    pub usd: Amount,
}

/// Counted consumption of one currency and month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conversion {
    /// Upper case.
    pub currency: String,
    /// The month of the rate.
    #[serde(serialize_with = "month")]
    pub month: Month,
    /// **Unit**: the currency.
    #[serde(serialize_with = "exact")]
    pub amount: Amount,
    /// USD per unit.
    pub rate: String,
    /// **Unit**: USD.
    #[serde(serialize_with = "exact")]
    pub usd: Amount,
}

/// Consumption that does not count, of one reason, subscription, association and source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotCounted {
    /// The reason of the ledger.
    pub reason: &'static str,
    /// The partner that has the association. **Absent**: none.
    pub partner_id: Option<String>,
    /// Associations in force; blank: none.
    pub association: String,
    /// Blank: rows name none.
    pub subscription: String,
    /// First month.
    #[serde(serialize_with = "month")]
    pub first_month: Month,
    /// Last month.
    #[serde(serialize_with = "month")]
    pub last_month: Month,
    /// File and sheet.
    pub source: String,
    /// Upper case.
    pub currency: String,
    /// **Unit**: the currency.
    #[serde(serialize_with = "exact")]
    pub amount: Amount,
    /// **Unit**: USD. **Absent**: there is no rate.
    #[serde(serialize_with = "exact_if_any")]
    pub usd: Option<Amount>,
    /// Why, in words.
    pub why: String,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonExplained {
    /// `person 1`, or an id of the export.
    pub person: String,
    /// How the person's records were joined. **Absent**: by one id or mail address alone.
    pub joined_by: Option<String>,
    /// Groups in which the person counts.
    pub counts_in: Vec<String>,
    /// Passes, in the order of their days.
    pub passes: Vec<PassExplained>,
}

/// One pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassExplained {
    /// The partner that the record names.
    pub partner_id: String,
    /// The code, else the title.
    pub credential: String,
    /// Groups that name it.
    pub groups: Vec<String>,
    /// Day of the pass.
    #[serde(serialize_with = "day")]
    pub completed_on: Day,
    /// Last day. **Absent**: none.
    #[serde(serialize_with = "day_if_any")]
    pub expires_on: Option<Day>,
    /// Whether it counts.
    pub counts: bool,
    /// Why not; blank if it counts.
    pub why: String,
}

/// One row of consumption of the partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowExplained {
    /// File.
    pub file: String,
    /// **Absent**: the file has none.
    pub sheet: Option<String>,
    /// Line of the first character of the record; the header is 1.
    pub row: u64,
    /// Day, or last day of a monthly row. **Absent**: the row was refused before its day was read.
    #[serde(serialize_with = "day_if_any")]
    pub day: Option<Day>,
    /// Blank: the row names none.
    pub subscription: String,
    /// Associations; blank: none.
    pub association: String,
    /// As it stands in the row.
    pub amount: String,
    /// Upper case; blank: it was not read.
    pub currency: String,
    /// The outcome of the row.
    pub outcome: String,
}

fn day<S: Serializer>(day: &Day, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
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

fn exact<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

fn exact_if_any<S: Serializer>(amount: &Option<Amount>, serializer: S) -> Result<S::Ok, S::Error> {
    match amount {
        Some(amount) => serializer.collect_str(amount),
        None => serializer.serialize_none(),
    }
}

fn quantity<S: Serializer>(quantity: &Quantity, serializer: S) -> Result<S::Ok, S::Error> {
    match quantity {
        Quantity::Usd(usd) => serializer.collect_str(usd),
        Quantity::Count(count) => serializer.serialize_u64(*count),
    }
}

fn quantity_if_any<S: Serializer>(of: &Option<Quantity>, serializer: S) -> Result<S::Ok, S::Error> {
    match of {
        Some(of) => quantity(of, serializer),
        None => serializer.serialize_none(),
    }
}
