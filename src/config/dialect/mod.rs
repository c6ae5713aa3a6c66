//! Dialects: the known shapes of exports, as data. Comes in: one TOML file each, or the names of a header. Goes out: a [`Dialect`], valid by
//! construction, or the dialect that fits the header. It opens no export and reads no row.
//!
//! A dialect defines the meaning of header names, the amount column, the rows that count, and the owner of a row. The built-in ones are
//! embedded; a user's own file has the same schema (`attain dialects show NAME` prints one).

mod builtin;
mod documented;
mod explain;
mod foreign_layouts;
mod header_names;
mod recognise;
mod role_columns;
mod schema;
mod spelling;

use crate::base::association::Association;
use crate::base::calendar::{DateForm, DateOrder};
use crate::diagnostics::reject::RejectCode;

pub use self::{explain::explain, foreign_layouts::ForeignLayout, foreign_layouts::foreign_layouts};
pub use builtin::{builtin, builtin_texts};
pub use documented::{DocumentedHeader, check_all, documented_header, documented_headers};
pub use header_names::{clean, normalise, normalise_localised};
pub use recognise::{Layout, MissingColumn, MisspeltColumn, NearMiss, Recognition, fitting, recognise};
pub use schema::{check, parse};

/// The use of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Amounts of Azure consumption.
    Consumption,
    /// Assessments, exams and certifications of people.
    Credentials,
    /// The roster: names, countries, markets, roll-up, tenants.
    Partners,
    /// Which partner is associated with which subscription, from when to when.
    Associations,
    /// USD per unit of a currency, by month.
    Rates,
    /// The market class of countries.
    Markets,
    /// A credits table that `--credits` wrote: consumption that was read before.
    Credits,
}

impl Role {
    /// Every role, in the order of reading.
    pub const ALL: [Role; 7] = [
        Role::Partners,
        Role::Markets,
        Role::Rates,
        Role::Associations,
        Role::Credentials,
        Role::Consumption,
        Role::Credits,
    ];

    /// The role's word on the command line and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Consumption => "consumption",
            Role::Credentials => "credentials",
            Role::Partners => "partners",
            Role::Associations => "associations",
            Role::Rates => "rates",
            Role::Markets => "markets",
            Role::Credits => "credits",
        }
    }
}

/// Index of a column in [`Dialect::columns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnKey(pub usize);

/// The known shape of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// The name, equal to the file's.
    pub name: String,
    /// The title, for users.
    pub title: String,
    /// The role of its files.
    pub role: Role,
    /// The documents that describe the layout.
    pub source: Vec<String>,
    /// The columns that attain uses.
    pub columns: Vec<DialectColumn>,
    /// Sets of columns. A header must have at least one column of each set.
    pub required: Vec<Vec<ColumnKey>>,
    /// Normalised header names that a header must not have.
    pub forbidden: Vec<String>,
    /// The columns of the role.
    pub meaning: RoleMeaning,
}

impl Dialect {
    /// The columns that hold dates.
    pub(crate) fn date_columns(&self) -> impl Iterator<Item = ColumnKey> {
        let dates: Vec<&DateColumn> = match &self.meaning {
            RoleMeaning::Consumption(meaning) => meaning.dates.iter().collect(),
            RoleMeaning::Credentials(meaning) => {
                [Some(&meaning.completed_on), meaning.expires_on.as_ref()].into_iter().flatten().collect()
            }
            RoleMeaning::Associations(meaning) => {
                [&meaning.from, &meaning.to].into_iter().flatten().collect()
            }
            RoleMeaning::Rates(meaning) => vec![&meaning.month],
            RoleMeaning::Partners(_) | RoleMeaning::Markets(_) | RoleMeaning::Credits(_) => Vec::new(),
        };
        dates.into_iter().map(|date| date.column)
    }
}

/// A column that attain uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialectColumn {
    /// The column's key in the dialect.
    pub key: String,
    /// Header names of the column, as documented, most preferred first.
    pub names: Vec<String>,
    /// The names in the form in which they are compared, in their order.
    pub compared: Vec<String>,
    /// Whether the column holds ids, which must not lose a digit in a spreadsheet.
    pub is_id: bool,
}

/// The columns of a row, by role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleMeaning {
    /// A row of consumption.
    Consumption(Consumption),
    /// A credential of a person.
    Credentials(Credentials),
    /// A partner.
    Partners(Partners),
    /// A subscription's partner.
    Associations(Associations),
    /// A currency's rate.
    Rates(Rates),
    /// A country's market.
    Markets(Markets),
    /// A line of a credits table.
    Credits(Credits),
}

/// A date column. Of a list of date columns, the first that the file has is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateColumn {
    /// The column.
    pub column: ColumnKey,
    /// The text forms of the dates.
    pub forms: Vec<DateForm>,
    /// The order of day and month in dates with slashes.
    pub order: DateOrder,
    /// The period of a row: a day or a whole month.
    pub grain: Grain,
}

/// The period of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grain {
    /// One day.
    Day,
    /// One calendar month.
    Month,
}

/// The columns of a line of a credits table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credits {
    /// The dataset of the source.
    pub dataset: ColumnKey,
    /// The content id of the source.
    pub source: ColumnKey,
    /// The subscription; blank: none.
    pub subscription: ColumnKey,
    /// The partner that the rows name; blank: none.
    pub partner: ColumnKey,
    /// The provider that the rows name; blank: none.
    pub provider: ColumnKey,
    /// The association that the rows name; blank: the associations file decides.
    pub association: ColumnKey,
    /// The first day.
    pub from: ColumnKey,
    /// The last day.
    pub to: ColumnKey,
    /// The currency.
    pub currency: ColumnKey,
    /// The exact sum.
    pub amount: ColumnKey,
    /// How many rows were added up.
    pub rows: ColumnKey,
}

/// What kind of data an export of consumption holds: exports of one family may repeat each other (SPEC 3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DatasetFamily {
    /// Partner analytics.
    Insights,
    /// Cost exports of every agreement type and scope: actual or amortized.
    Cost,
    /// FOCUS.
    Focus,
    /// Partner Center reconciliation of usage: billed or unbilled.
    Recon,
    /// A format of the program, or a dialect that a user describes.
    Own,
}

/// The columns of a row of consumption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumption {
    /// What kind of data the export holds.
    pub dataset: DatasetFamily,
    /// Whether the export repeats a consumption, once per association of a partner (SPEC 3.3).
    pub repeats_per_association: bool,
    /// The date columns, in order of preference.
    pub dates: Vec<DateColumn>,
    /// The subscription. **Absent**: the export has no such column.
    pub subscription: Option<ColumnKey>,
    /// The amount columns, in order of preference.
    pub amounts: Vec<AmountColumn>,
    /// The conditions of consumption: a row must meet all of them.
    pub conditions: Vec<RowCondition>,
    /// The source of a row's owner.
    pub owner: OwnerSource,
    /// The columns that tell actual from amortized cost. **Absent**: the export does not distinguish them.
    pub cost_kinds: Option<CostKinds>,
    /// The number of the invoice; blank: the row is not billed yet. **Absent**: rows are on no invoice, or do not say so.
    pub invoice: Option<ColumnKey>,
}

/// An amount column and its currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmountColumn {
    /// The column.
    pub column: ColumnKey,
    /// The currency of the amount.
    pub currency: Currency,
    /// Currencies (upper case) for which the column is used. Empty: any currency.
    pub only: Vec<String>,
    /// A second column. If it is not 0 while the amount is 0 or blank, the amount is not available, and the row is refused. **Absent**: a 0 is
    /// a 0.
    pub zero_is_unavailable_unless_zero: Option<ColumnKey>,
}

/// The currency of an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Currency {
    /// A fixed upper-case ISO 4217 code.
    Fixed(String),
    /// The currency in a column.
    Column(ColumnKey),
}

/// A condition of consumption. If the file lacks the column, every row meets the condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCondition {
    /// The column.
    pub column: ColumnKey,
    /// Values of consumption, case-insensitive.
    pub counts: Vec<String>,
    /// Values of rows that are not consumption, case-insensitive.
    pub excluded: Vec<String>,
    /// What any other value means.
    pub others: OtherValues,
}

/// The meaning of a value that a condition of consumption does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherValues {
    /// The row is refused, with this code.
    Refused(RejectCode),
    /// The row is not consumption.
    Excluded,
}

/// The source of a row's owner (SPEC 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerSource {
    /// The row itself. The first rule that finds a partner decides.
    Row(Vec<OwnerRule>),
    /// The associations file.
    AssociationsFile,
}

/// A rule that finds the partner and association of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerRule {
    /// The column that identifies the partner.
    pub owner: OwnerColumn,
    /// A column that must hold another id than the partner's, else the rule finds no partner. **Absent**: no such condition.
    pub differs_from: Option<ColumnKey>,
    /// The association of the partner.
    pub association: RowAssociation,
}

impl OwnerRule {
    /// Whether the rule names the provider of a CSP row, beside whom a reseller may stand.
    pub fn is_provider(&self) -> bool {
        self.association == RowAssociation::Fixed(Association::CspTier1)
    }
}

/// The place in which a rule finds the partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerColumn {
    /// A column with partner ids.
    Partner(ColumnKey),
    /// A column with tenant ids, which the roster resolves to partners.
    Tenant(ColumnKey),
    /// The option `--partner-id`.
    Option,
}

/// The source of a row's association.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowAssociation {
    /// A fixed association.
    Fixed(Association),
    /// A column, with the associations of its values (case-insensitive).
    Column(ColumnKey, Vec<(String, Association)>),
}

/// The columns that tell actual from amortized cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostKinds {
    /// The type of charge.
    pub charge_type: ColumnKey,
    /// Charge types of usage.
    pub usage: Vec<String>,
    /// Charge types of purchases.
    pub purchase: Vec<String>,
    /// Columns with the id of a reservation or another benefit.
    pub benefits: Vec<ColumnKey>,
}

/// The columns of a row of credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The partner of the person.
    pub partner: ColumnKey,
    /// The id of the person (MCID).
    pub individual: ColumnKey,
    /// Mail addresses of the person.
    pub mails: Vec<ColumnKey>,
    /// Columns with a code (exam code, course id).
    pub codes: Vec<ColumnKey>,
    /// Columns with a title, or a text that contains the exam code.
    pub titles: Vec<ColumnKey>,
    /// The day of passing.
    pub completed_on: DateColumn,
    /// The last day of validity. **Absent** or blank: no end.
    pub expires_on: Option<DateColumn>,
}

/// The columns of a row of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partners {
    /// The partner.
    pub partner: ColumnKey,
    /// The partner's name.
    pub name: Option<ColumnKey>,
    /// The partner's country.
    pub country: Option<ColumnKey>,
    /// The partner's market class.
    pub market: Option<ColumnKey>,
    /// The partner that it rolls up to. Blank or the partner itself: none.
    pub rolls_up_to: Option<ColumnKey>,
    /// The partner's tenant id.
    pub tenant: Option<ColumnKey>,
    /// Precedence if two dialects describe one partner: the smaller rank wins.
    pub rank: u8,
}

/// The columns of a row of the associations file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Associations {
    /// The subscription.
    pub subscription: ColumnKey,
    /// The partner.
    pub partner: ColumnKey,
    /// The type of association, with the associations of its values (case-insensitive).
    pub kind: (ColumnKey, Vec<(String, Association)>),
    /// The first day. **Absent** or blank: no beginning.
    pub from: Option<DateColumn>,
    /// The last day. **Absent** or blank: no end.
    pub to: Option<DateColumn>,
}

/// The columns of a row of the rates file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// The currency.
    pub currency: ColumnKey,
    /// The month.
    pub month: DateColumn,
    /// USD per unit of the currency.
    pub usd_per_unit: ColumnKey,
}

/// The columns of a row of the markets file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markets {
    /// The country.
    pub country: ColumnKey,
    /// The country's market class.
    pub market: ColumnKey,
}
