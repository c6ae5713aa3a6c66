//! The tables `consumption.earned_credit` and `consumption.prepaid` of a dialect. Comes in: their TOML. Goes out: the columns by which warnings
//! tell amounts below the customer's price, or faults. It reads no row.

use super::{RoleReader, values};
use crate::config::dialect::{EarnedCredit, ListPrice, Prepaid};
use crate::config::located_toml::TomlValue;

impl RoleReader<'_> {
    pub(super) fn earned_credit(&mut self, value: &TomlValue<'_>) -> Option<EarnedCredit> {
        let table = self.table(value, &["rate", "applied", "not_applied"])?;
        let rate = self.column(&table, "rate");
        let applied = self.optional_column(&table, "applied");
        let applied = applied.and_then(|column| Some((column, values(self.texts(&table, "not_applied")?))));
        Some(EarnedCredit { rate: rate?, applied })
    }

    pub(super) fn prepaid(&mut self, value: &TomlValue<'_>) -> Option<Prepaid> {
        let keys = ["benefits", "pricing_model", "values", "quantity", "unit_price", "currency_column"];
        let table = self.table(value, &keys)?;
        let benefits = self.required(&table, "benefits");
        let benefits = benefits.map(|value| self.reader.columns(&value, self.faults));
        let pricing_model = self.optional_column(&table, "pricing_model");
        let models = pricing_model.and_then(|column| Some((column, values(self.texts(&table, "values")?))));
        let quantity = self.optional_column(&table, "quantity");
        let list_price = quantity.and_then(|quantity| {
            let unit_price = self.column(&table, "unit_price");
            let currency = self.column(&table, "currency_column");
            Some(ListPrice { quantity, unit_price: unit_price?, currency: currency? })
        });
        Some(Prepaid { benefits: benefits?, pricing_model: models, list_price })
    }
}
