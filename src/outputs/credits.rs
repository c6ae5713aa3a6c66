//! The credits table (SPEC 3.10): all consumption by source, added up, before any rule set has touched it. Comes in: lines in their order,
//! and the control. Goes out: an [`OutputTable`], which is an input too.

use std::sync::Arc;

use super::columns::{CellValue, OutputTable, TableColumn, ValueKind};
use super::lazy::LazyChunks;
use crate::base::amount::Amount;
use crate::base::calendar::Day;
use crate::config::own_columns::CONTROL_KEY;

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditRow<'c> {
    /// What kind of data the source is.
    pub dataset: &'c str,
    /// Content id of the source.
    pub source: &'c str,
    /// In the form in which subscriptions are compared; empty: the rows name none.
    pub subscription: Arc<str>,
    /// As it stands in the rows; empty: the rows name none.
    pub partner: Arc<str>,
    /// Partner id or tenant id, as it stands in the rows; empty: the rows name none.
    pub provider: Arc<str>,
    /// Association of the partner or provider; empty: the associations file decides.
    pub association: &'c str,
    /// First day.
    pub from: Day,
    /// Last day: equal to the first, or the last day of the month.
    pub to: Day,
    /// Upper case.
    pub currency: &'c str,
    /// Exact. **Unit**: the currency.
    pub amount: Amount,
    /// Rows that were added up.
    pub rows: u64,
}

/// The credits table. `control` goes into the metadata of formats that have such.
pub fn credits_table<'t>(lines: LazyChunks<'t, Vec<CreditRow<'t>>>, control: String) -> OutputTable<'t> {
    type Line<'c> = CreditRow<'c>;
    fn text<'t>(
        name: &str,
        what: &str,
        value: impl for<'l> Fn(&'l Line<'t>) -> &'l str + Send + Sync + 't,
    ) -> TableColumn<'t, Line<'t>> {
        TableColumn::new(name, ValueKind::Text, what, move |line: &Line<'t>| {
            let text = value(line);
            CellValue::text((!text.is_empty()).then_some(text))
        })
        .optional()
    }
    let columns = vec![
        TableColumn::new("dataset", ValueKind::Text, "What kind of data the source is", |line: &Line<'t>| {
            CellValue::Verbatim(line.dataset.into())
        }),
        TableColumn::new("source", ValueKind::Text, "Content id of the source", |line: &Line<'t>| {
            CellValue::Text(line.source.into())
        }),
        text("subscription", "Subscription of the rows", |line| &line.subscription),
        text("partner", "Partner that the rows name", |line| &line.partner),
        text("provider", "Partner or tenant that the rows name as provider", |line| &line.provider),
        text("association", "Association that the rows name", |line| line.association),
        TableColumn::new("from", ValueKind::Date, "First day", |line: &Line<'t>| CellValue::Date(line.from)),
        TableColumn::new("to", ValueKind::Date, "Last day", |line: &Line<'t>| CellValue::Date(line.to)),
        TableColumn::new("currency", ValueKind::Text, "Currency of the amount", |line: &Line<'t>| {
            CellValue::Text(line.currency.into())
        }),
        TableColumn::new("amount", ValueKind::Amount, "Exact sum of the rows", |line: &Line<'t>| {
            CellValue::Amount(line.amount)
        }),
        TableColumn::new("rows", ValueKind::Count, "Rows that were added up", |line: &Line<'t>| {
            CellValue::Count(line.rows)
        }),
    ];
    OutputTable::new("credits".to_owned(), "credits", columns, lines)
        .that_is_read_back()
        .with_metadata(CONTROL_KEY, control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::own_columns::CREDITS;
    use crate::outputs::format::OutputFormat;
    use crate::outputs::writers::write;

    #[test]
    fn a_line_has_every_column_and_a_text_is_read_back_as_it_was() {
        let day = Day::from_ymd_opt(2017, 6, 1).unwrap();
        let line = CreditRow {
            dataset: "own",
            source: "ab",
            subscription: "".into(),
            partner: "'=1".into(),
            provider: "=1".into(),
            association: "csp-tier-2",
            from: day,
            to: day,
            currency: "USD",
            amount: Amount::from_raw(-1),
            rows: 7,
        };
        let table = credits_table(LazyChunks::from(vec![vec![line]]), "{}".to_owned());
        let mut out = Vec::new();
        write(&table, OutputFormat::Csv, &mut out).unwrap();
        let expected = format!(
            "{}\nown,ab,,''=1,'=1,csp-tier-2,2017-06-01,2017-06-01,USD,-0.000000000000000000000001,7\n",
            CREDITS.join(",")
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
