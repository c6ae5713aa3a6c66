//! Columns of a data block: many short tokens in one text, which compress far better than as many objects. Comes in: figures and texts. Goes out:
//! texts with a comma behind each token. It rounds by the two functions of [`Amount`] alone.

use std::collections::HashMap;
use std::fmt::{Display, Write};

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use crate::base::amount::Amount;

/// A column of tokens without commas; an empty token is absent.
#[derive(Debug, Default)]
pub(super) struct TokenColumn(String);

impl TokenColumn {
    pub(super) fn push(&mut self, token: impl Display) {
        write!(self.0, "{token},").expect("a text takes what is written to it");
    }

    pub(super) fn push_absent(&mut self) {
        self.0.push(',');
    }

    pub(super) fn push_if_any(&mut self, token: Option<impl Display>) {
        match token {
            Some(token) => self.push(token),
            None => self.push_absent(),
        }
    }

    /// A token for a value that the reader has from elsewhere.
    pub(super) fn push_same(&mut self) {
        self.0.push_str("=,");
    }
}

impl Serialize for TokenColumn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Distinct texts in the order of their first use; tokens are their positions.
#[derive(Debug, Default)]
pub(super) struct TextTable {
    texts: Vec<String>,
    positions: HashMap<String, usize>,
}

impl TextTable {
    /// The position of a text.
    pub(super) fn position(&mut self, text: &str) -> usize {
        if let Some(position) = self.positions.get(text) {
            return *position;
        }
        let position = self.texts.len();
        self.texts.push(text.to_owned());
        self.positions.insert(text.to_owned(), position);
        position
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }
}

impl Serialize for TextTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.texts.serialize(serializer)
    }
}

/// Whole cents of an amount. **Rounding**: towards minus infinity.
pub(super) fn floor_cents(amount: Amount) -> i128 {
    cents(amount.floor_to_cents())
}

/// Whole cents of a shortfall. **Rounding**: towards plus infinity.
pub(super) fn ceil_cents(amount: Amount) -> i128 {
    cents(amount.ceil_to_cents())
}

/// Cents of an amount that has two decimals.
pub(super) fn cents(usd: Decimal) -> i128 {
    let mut usd = usd;
    usd.rescale(2);
    usd.mantissa()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::fixtures::amount;

    #[test]
    fn cents_are_whole_and_rounded_as_the_report_rounds() {
        assert_eq!([floor_cents(amount("-0.001")), ceil_cents(amount("0.001"))], [-1, 1]);
        assert_eq!(floor_cents(amount("90071992547409.939")), 9_007_199_254_740_993);
        assert_eq!([cents(Decimal::new(5, 0)), cents(Decimal::new(-1_235, 2))], [500, -1_235]);
    }

    #[test]
    fn a_text_has_one_position_and_an_absent_token_is_empty() {
        let (mut texts, mut column) = (TextTable::default(), TokenColumn::default());
        let positions = ["b", "a", "b"].map(|text| texts.position(text));
        positions.iter().for_each(|position| column.push(position));
        column.push_absent();
        column.push_same();
        column.push_if_any(None::<u64>);
        assert_eq!(
            (column.0.as_str(), texts.texts.as_slice()),
            ("0,1,0,,=,,", &["b".to_owned(), "a".to_owned()][..])
        );
    }
}
