//! The meaning of a row of consumption, as a dialect defines it: dates, amounts, what counts, the owner. It is data, which `role_columns` reads
//! and `rows` applies; it reads no row.

use super::{ColumnKey, DateColumn, Dialect, EarnedCredit, Prepaid, RoleMeaning};
use crate::base::association::Association;
use crate::diagnostics::reject::RejectCode;

/// What kind of data an export of consumption holds: exports of one family may repeat each other (SPEC 3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
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
    /// Whether amounts are the partner's price, also where the file states no rate of the partner earned credit.
    pub has_partner_price: bool,
    /// The columns of the partner earned credit. **Absent**: the export has none.
    pub earned_credit: Option<EarnedCredit>,
    /// The columns that tell usage which a reservation or savings plan covers. **Absent**: the export does not tell it, or has its amount.
    pub prepaid: Option<Prepaid>,
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

/// A condition of consumption. If the file lacks the column and may lack it, every row meets the condition.
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
    /// When a file may lack the column.
    pub absence: ColumnAbsence,
}

/// The meaning of a value that a condition of consumption does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherValues {
    /// The row is refused, with this code.
    Refused(RejectCode),
    /// The row is not consumption; a blank cell is refused.
    Excluded,
}

/// When a file may lack a column that decides whether a row is consumption: in the documented layouts that lack it (SPEC 3.11). All names are
/// normalised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ColumnAbsence {
    /// Never: every documented layout has the column.
    #[default]
    Never,
    /// If the header has one of these names: layouts that have them lack the column.
    With(Vec<String>),
    /// If the header has none of these names: layouts that have them have the column too.
    Without(Vec<String>),
    /// Always: the documents do not ask for the column.
    Always,
}

/// The source of a row's owner (SPEC 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerSource {
    /// The row itself. The first rule that finds a partner decides.
    Row(Vec<OwnerRule>),
    /// The row itself, by the first rule that finds a partner; the associations file, where none does.
    RowElseAssociationsFile(Vec<OwnerRule>),
    /// The associations file.
    AssociationsFile,
}

impl OwnerSource {
    /// The rules that find the partner of a row. Empty if no row names one.
    pub fn rules(&self) -> &[OwnerRule] {
        match self {
            OwnerSource::Row(rules) | OwnerSource::RowElseAssociationsFile(rules) => rules,
            OwnerSource::AssociationsFile => &[],
        }
    }

    /// Whether the associations file decides where a row names no partner.
    pub fn uses_associations_file(&self) -> bool {
        match self {
            OwnerSource::Row(_) => false,
            OwnerSource::RowElseAssociationsFile(_) | OwnerSource::AssociationsFile => true,
        }
    }
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
    /// A column, with the associations of its values (see [`super::association_named`]).
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

impl Dialect {
    /// The conditions of consumption. Empty if the role is another.
    pub(super) fn conditions(&self) -> &[RowCondition] {
        match &self.meaning {
            RoleMeaning::Consumption(rules) => &rules.conditions,
            RoleMeaning::Credentials(_)
            | RoleMeaning::Partners(_)
            | RoleMeaning::Associations(_)
            | RoleMeaning::Rates(_)
            | RoleMeaning::Markets(_)
            | RoleMeaning::Credits(_) => &[],
        }
    }
}
