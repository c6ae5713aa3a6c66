//! Dialects: the known shapes of exports, as data. Comes in: one TOML file each. Goes out: [`Dialect`], valid by
//! construction; and, for the names of a header, the dialect that fits. It opens no export and reads no row.
//!
//! A dialect says which header names mean what, which column is the amount, which rows count, and whom a row credits.
//! The built-in ones are embedded; a user's own file has the same schema (`attain dialects show NAME` prints one).

mod builtin;
mod documented;
mod recognise;
mod schema;

use crate::base::association::Association;
use crate::base::calendar::{DateForm, DateOrder};
use crate::diagnostics::reject::RejectCode;

pub use builtin::{builtin, builtin_texts};
pub use documented::{DocumentedHeader, check_all, documented_headers};
pub use recognise::{Layout, Missing, NearMiss, Recognition, explain, fitting, recognise};
pub use schema::{check, parse};

/// What a file is for.
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
}

impl Role {
    /// Every role, in the order of reading.
    pub const ALL: [Role; 6] = [
        Role::Partners,
        Role::Markets,
        Role::Rates,
        Role::Associations,
        Role::Credentials,
        Role::Consumption,
    ];

    /// Its word, as on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Consumption => "consumption",
            Role::Credentials => "credentials",
            Role::Partners => "partners",
            Role::Associations => "associations",
            Role::Rates => "rates",
            Role::Markets => "markets",
        }
    }
}

/// Index of a column in [`Dialect::columns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnKey(pub usize);

/// The known shape of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// Its name: that of its file.
    pub name: String,
    /// What it is, for people.
    pub title: String,
    /// What its files are for.
    pub role: Role,
    /// Where the layout is documented.
    pub source: Vec<String>,
    /// The columns that attain uses, each with the header names it goes by, most preferred first.
    pub columns: Vec<Column>,
    /// Sets of columns of which a header must have at least one each.
    pub required: Vec<Vec<ColumnKey>>,
    /// Normalised header names that a header must not have.
    pub forbidden: Vec<String>,
    /// What a row means, by role.
    pub meaning: Meaning,
}

/// A column that attain uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Our name for it.
    pub key: String,
    /// The header names it goes by, as documented, most preferred first.
    pub names: Vec<String>,
    /// Whether it holds ids, which must not lose a digit.
    pub is_id: bool,
}

/// What a row means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
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
}

/// A date column: the first of a list that the file has is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateColumn {
    /// The column.
    pub column: ColumnKey,
    /// The forms its dates have.
    pub forms: Vec<DateForm>,
    /// The order of day and month in dates with slashes.
    pub order: DateOrder,
    /// Whether a row stands for a day or for a whole month.
    pub grain: Grain,
}

/// How long a time a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grain {
    /// One day.
    Day,
    /// One calendar month.
    Month,
}

/// What a consumption row means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumption {
    /// Whether the same consumption is repeated, once per association of a partner (SPEC 3.3).
    pub repeats_per_association: bool,
    /// The date columns, in order of preference.
    pub dates: Vec<DateColumn>,
    /// The subscription. **Absent**: the export has none.
    pub subscription: Option<ColumnKey>,
    /// The amount columns, in order of preference.
    pub amounts: Vec<AmountColumn>,
    /// Which rows are consumption: all conditions must hold.
    pub conditions: Vec<Condition>,
    /// Whom a row credits.
    pub credit: Credit,
    /// How to tell actual from amortized cost. **Absent**: the export has no such kinds.
    pub cost_kinds: Option<CostKinds>,
}

/// An amount column and the currency that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmountColumn {
    /// The column.
    pub column: ColumnKey,
    /// Its currency.
    pub currency: Currency,
    /// Currencies (upper case) for which this column is used; empty: any.
    pub only: Vec<String>,
    /// If this column is not 0 while the amount is 0 or blank, the amount is not available: the row is refused.
    pub zero_is_unavailable_unless_zero: Option<ColumnKey>,
}

/// The currency of an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Currency {
    /// Always this one, an upper-case ISO 4217 code.
    Fixed(String),
    /// What this column says.
    Column(ColumnKey),
}

/// A condition that a consumption row meets. A column that the file does not have lets every row pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The column.
    pub column: ColumnKey,
    /// Values that are consumption, case-insensitive.
    pub counts: Vec<String>,
    /// Values that are not.
    pub excluded: Vec<String>,
    /// The reject of any other value.
    pub code: RejectCode,
}

/// Whom a row credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credit {
    /// The row names the partner; the first rule that finds one decides.
    Row(Vec<CreditRule>),
    /// The associations file says it.
    AssociationsFile,
}

/// One way to find a row's partner and association.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditRule {
    /// Whose it is.
    pub whose: Whose,
    /// The partner must differ from what this column holds.
    pub differs_from: Option<ColumnKey>,
    /// Why the partner gets credit.
    pub association: RowAssociation,
}

/// Whose credit a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The partner id in this column.
    Partner(ColumnKey),
    /// The partner that the roster names for the tenant id in this column.
    Tenant(ColumnKey),
    /// The partner of `--partner-id`.
    Option,
}

/// Which association a row carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowAssociation {
    /// Always this one.
    Fixed(Association),
    /// What this column says, by these names (case-insensitive).
    Column(ColumnKey, Vec<(String, Association)>),
}

/// How to tell the actual from the amortized cost of one billing account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostKinds {
    /// The billing account. **Absent** in older layouts.
    pub billing_account: ColumnKey,
    /// The type of charge.
    pub charge_type: ColumnKey,
    /// Values of the charge type that are usage.
    pub usage: Vec<String>,
    /// Values of the charge type that are a purchase.
    pub purchase: Vec<String>,
    /// Columns that name a reservation or another benefit.
    pub benefits: Vec<ColumnKey>,
}

/// What a credentials row means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The partner of the person.
    pub partner: ColumnKey,
    /// The id of the person (MCID).
    pub individual: ColumnKey,
    /// Mail addresses of the person.
    pub mails: Vec<ColumnKey>,
    /// Columns that hold a code (exam code, course id).
    pub codes: Vec<ColumnKey>,
    /// Columns that hold a title, or a text with the exam code in it.
    pub titles: Vec<ColumnKey>,
    /// The day of passing.
    pub completed_on: DateColumn,
    /// The last day it is valid; blank: for ever.
    pub expires_on: Option<DateColumn>,
}

/// What a roster row means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partners {
    /// The partner.
    pub partner: ColumnKey,
    /// Its name.
    pub name: Option<ColumnKey>,
    /// Its country.
    pub country: Option<ColumnKey>,
    /// Its market class.
    pub market: Option<ColumnKey>,
    /// The partner it rolls up to; itself or blank: none.
    pub rolls_up_to: Option<ColumnKey>,
    /// Its tenant id.
    pub tenant: Option<ColumnKey>,
    /// Where two dialects say something of one partner, the smaller rank wins (0 before 1).
    pub rank: u8,
}

/// What a row of the associations file means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Associations {
    /// The subscription.
    pub subscription: ColumnKey,
    /// The partner.
    pub partner: ColumnKey,
    /// The type of association, by these names (case-insensitive).
    pub kind: (ColumnKey, Vec<(String, Association)>),
    /// First day. **Absent** or blank: since ever.
    pub from: Option<DateColumn>,
    /// Last day. **Absent** or blank: for ever.
    pub to: Option<DateColumn>,
}

/// What a row of the rates file means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// The currency.
    pub currency: ColumnKey,
    /// The month.
    pub month: DateColumn,
    /// USD per unit of the currency.
    pub usd_per_unit: ColumnKey,
}

/// What a row of the markets file means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markets {
    /// The country.
    pub country: ColumnKey,
    /// Its market class.
    pub market: ColumnKey,
}

/// A header name without BOM and surrounding blanks, as people see it.
pub fn clean(name: &str) -> &str {
    name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// A header name as it is compared: no BOM, no blanks, lower case.
pub fn normalise(name: &str) -> String {
    clean(name).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The `Name` of a localised header name, `Local name (Name)`, as it is compared. **Absent**: no such form.
pub fn normalise_localised(name: &str) -> Option<String> {
    let open = name.rfind('(').filter(|open| !clean(&name[..*open]).is_empty())?;
    let inner = normalise(clean(&name[open + 1..]).strip_suffix(')')?);
    (!inner.is_empty()).then_some(inner)
}
