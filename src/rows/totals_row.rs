//! Whether a refused row is like a row of totals, as people type one below the rows of an export. Comes in: a row of consumption. Goes out: yes or
//! no, for its message. It decides nothing of the row.

use super::text;
use crate::base::total_labels::is_total_label;
use crate::config::dialect::{AmountColumn, ColumnKey, Consumption, Currency};
use crate::formats::row::Row;

/// Whether a row has an amount, and no date, id or other text but the label of a total. Its currency may be stated.
pub(super) fn is_like_totals(row: &Row<'_>, rules: &Consumption) -> bool {
    let is_amount = |column: ColumnKey| {
        let of_amount = |amount: &AmountColumn| {
            amount.column == column || amount.zero_is_unavailable_unless_zero == Some(column)
        };
        rules.amounts.iter().any(of_amount)
    };
    let is_currency =
        |column: ColumnKey| rules.amounts.iter().any(|amount| amount.currency == Currency::Column(column));
    let mut has_amount = false;
    for (column, cell) in row.cells.iter().enumerate() {
        let (column, value) = (ColumnKey(column), text::utf8(cell));
        let value = value.trim_ascii();
        if is_amount(column) {
            has_amount |= value.iter().any(u8::is_ascii_digit);
        } else if !value.is_empty()
            && !is_currency(column)
            && !is_total_label(&String::from_utf8_lossy(value))
        {
            return false;
        }
    }
    has_amount
}
