//! Dialects: the known shapes of exports, as data. Comes in: one TOML file each, or the names of a header. Goes out: a [`Dialect`], valid by
//! construction, or the dialect that fits the header. It opens no export and reads no row.
//!
//! A dialect defines the meaning of header names, the amount column, the rows that count, and the owner of a row. The built-in ones are
//! embedded; a user's own file has the same schema (`attain dialects show NAME` prints one).

mod association_names;
mod builtin;
mod column_evidence;
mod consumption;
mod documented;
mod explain;
mod foreign_layouts;
mod header_names;
mod layout;
mod price_columns;
mod recognise;
mod resemblance;
mod role_columns;
mod schema;
mod spelling;
mod undecided;

use crate::base::association::Association;
use crate::base::calendar::{DateForm, DateOrder};

pub(crate) use self::column_evidence::{ColumnEvidence, EVIDENCE_ROWS};
pub use self::explain::{OWN_OUTPUT, explain};
pub use self::foreign_layouts::{ForeignLayout, foreign_layouts, foreign_text};
pub use association_names::association_named;
pub use builtin::{builtin, builtin_texts};
pub use consumption::{
    AmountColumn, ColumnAbsence, Consumption, CostKinds, Currency, DatasetFamily, OtherValues, OwnerColumn,
    OwnerRule, OwnerSource, RowAssociation, RowCondition,
};
pub use documented::{DocumentedHeader, check_all, documented_header, documented_headers};
pub use header_names::{clean, normalise, normalise_localised};
pub use layout::{FolderColumn, Layout};
pub use price_columns::{EarnedCredit, ListPrice, Prepaid};
pub use recognise::{
    MissingColumn, MisspeltColumn, NearMiss, Recognition, fitting, recognise, recognise_in_folders,
    recognise_stated, stated_fault,
};
pub use schema::{check, parse};
pub use undecided::undecided;

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
    /// Names that a header may have only beside others.
    pub forbidden_unless: Vec<ForbiddenUnless>,
    /// What tells its files from files of dialects that read the same columns, for users. **Absent**: no dialect is that near.
    pub told_by: Option<String>,
    /// The columns of the role.
    pub meaning: RoleMeaning,
}

/// Header names that a header must not have, unless it has one of some others. All names are normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForbiddenUnless {
    /// The names that are forbidden.
    pub names: Vec<String>,
    /// The names that lift the prohibition, one of them alone.
    pub beside: Vec<String>,
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

    /// The columns that hold amounts, which are added up.
    pub(crate) fn amount_columns(&self) -> impl Iterator<Item = ColumnKey> {
        let amounts = match &self.meaning {
            RoleMeaning::Consumption(meaning) => meaning.amounts.as_slice(),
            RoleMeaning::Credentials(_)
            | RoleMeaning::Associations(_)
            | RoleMeaning::Rates(_)
            | RoleMeaning::Partners(_)
            | RoleMeaning::Markets(_)
            | RoleMeaning::Credits(_) => &[],
        };
        amounts
            .iter()
            .flat_map(|amount| [Some(amount.column), amount.zero_is_unavailable_unless_zero])
            .flatten()
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
    /// Whether the dates are the last moments of periods, whose time of day tells nothing of a zone.
    pub is_period_end: bool,
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
    /// The type of association, with the associations of its values (see [`association_named`]).
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
