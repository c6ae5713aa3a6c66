//! The columns of an export that tell whether amounts are below the customer's price: partner earned credit, prepaid usage and its list price.
//! Comes in: nothing. Goes out: types. `role_columns` reads them. No figure of a report depends on them: they serve warnings.

use super::{ColumnKey, Consumption, Dialect, Layout, RoleMeaning};

/// The columns of the partner earned credit, which the amounts are after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarnedCredit {
    /// The rate: in percent, or below 1 as a fraction.
    pub rate: ColumnKey,
    /// Whether the credit was applied, with the values that say that it was not. **Absent**: the rate alone tells it.
    pub applied: Option<(ColumnKey, Vec<String>)>,
}

/// The columns that tell usage which a reservation or savings plan covers: without an amount, it understates consumption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepaid {
    /// Columns with the id of a reservation or another benefit.
    pub benefits: Vec<ColumnKey>,
    /// The pricing model, with its values for such usage. **Absent**: the export has none.
    pub pricing_model: Option<(ColumnKey, Vec<String>)>,
    /// The columns of the list price of the usage. **Absent**: the export has none.
    pub list_price: Option<ListPrice>,
}

/// The columns of a list price: quantity × price of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListPrice {
    /// The quantity.
    pub quantity: ColumnKey,
    /// The price of one unit.
    pub unit_price: ColumnKey,
    /// The currency of the price.
    pub currency: ColumnKey,
}

impl Dialect {
    /// Whether only warnings depend on a column: a file is read without it if its header has it twice or misspells it.
    pub(crate) fn is_for_warnings(&self, column: ColumnKey) -> bool {
        let RoleMeaning::Consumption(rules) = &self.meaning else { return false };
        let decides = self.required.iter().flatten().any(|other| *other == column)
            || self.conditions().iter().any(|condition| condition.column == column)
            || rules.amounts.iter().any(|amount| amount.column == column);
        !decides && rules.columns_for_warnings().any(|other| other == column)
    }
}

impl Consumption {
    /// The columns of the partner earned credit, and of prepaid usage without its benefits.
    fn columns_for_warnings(&self) -> impl Iterator<Item = ColumnKey> {
        let prepaid = self.prepaid.iter().flat_map(|prepaid| {
            let model = prepaid.pricing_model.as_ref().map(|(column, _)| *column);
            model.into_iter().chain(prepaid.list_price_columns())
        });
        self.earned_credit.iter().flat_map(EarnedCredit::columns).chain(prepaid)
    }
}

impl EarnedCredit {
    /// All columns.
    pub(crate) fn columns(&self) -> impl Iterator<Item = ColumnKey> {
        [Some(self.rate), self.applied.as_ref().map(|(column, _)| *column)].into_iter().flatten()
    }
}

impl Prepaid {
    /// The quantity and the price of a unit.
    pub(crate) fn list_price_columns(&self) -> impl Iterator<Item = ColumnKey> {
        self.list_price.iter().flat_map(|price| [price.quantity, price.unit_price])
    }

    /// The pricing model, with its values for prepaid usage. `None` if the file has all columns of benefits, which tell as much.
    pub(crate) fn pricing_model_in(&self, layout: &Layout<'_>) -> Option<&(ColumnKey, Vec<String>)> {
        let has_all = self.benefits.iter().all(|column| layout.has(*column));
        self.pricing_model.as_ref().filter(|(column, _)| !has_all && layout.has(*column))
    }
}
