//! The ledger (SPEC 3.10): what judging made of each credit. Comes in: lines in their order. Goes out: an [`OutputTable`], from which the
//! difference of two runs is made. It is no input.

use std::sync::Arc;

use super::columns::{CellValue, OutputTable, TableColumn, ValueKind};
use super::lazy::LazyChunks;
use crate::base::amount::Amount;
use crate::base::calendar::Month;

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow<'l> {
    /// The partner at which the credit counts. **Absent**: no partner gets it.
    pub head: Option<&'l str>,
    /// The partner that has the association. **Absent**: none.
    pub partner: Option<&'l str>,
    /// In the form in which subscriptions are compared; empty: the rows name none.
    pub subscription: Arc<str>,
    /// Month of consumption.
    pub month: Month,
    /// Associations in force, joined by `+`; empty: none is known.
    pub association: Arc<str>,
    /// Upper case.
    pub currency: &'l str,
    /// Content id of the source.
    pub source: &'l str,
    /// The outcome of the credit.
    pub reason: &'static str,
    /// Exact. **Unit**: the currency.
    pub amount: Amount,
    /// USD per unit of the currency. **Absent**: there is none.
    pub rate: Option<Arc<str>>,
    /// Exact. **Unit**: USD. **Absent**: there is no rate.
    pub usd: Option<Amount>,
    /// What of it is consumption of the head: all or nothing. **Unit**: USD.
    pub counted_usd: Amount,
}

/// The ledger as a table.
pub fn ledger_table<'t>(lines: LazyChunks<'t, Vec<LedgerRow<'t>>>) -> OutputTable<'t> {
    type Line<'l> = LedgerRow<'l>;
    fn text<'t>(
        name: &str,
        what: &str,
        value: impl for<'l> Fn(&'l Line<'t>) -> Option<&'l str> + Send + Sync + 't,
    ) -> TableColumn<'t, Line<'t>> {
        TableColumn::new(name, ValueKind::Text, what, move |line: &Line<'t>| {
            CellValue::text(value(line).filter(|text| !text.is_empty()))
        })
        .optional()
    }
    let columns = vec![
        text("head", "Partner at which the credit counts", |line| line.head),
        text("partner", "Partner that has the association", |line| line.partner),
        text("subscription", "Subscription of the rows", |line| Some(&*line.subscription)),
        TableColumn::new("month", ValueKind::Month, "Month of consumption", |line: &Line<'t>| {
            CellValue::Month(line.month)
        }),
        text("association", "Associations in force", |line| Some(&*line.association)),
        text("currency", "Currency of the amount", |line| Some(line.currency)),
        text("source", "Content id of the source", |line| Some(line.source)),
        TableColumn::new("reason", ValueKind::Text, "What became of the credit", |line: &Line<'t>| {
            CellValue::Verbatim(line.reason.into())
        }),
        TableColumn::new("amount", ValueKind::Amount, "Exact sum of the rows", |line: &Line<'t>| {
            CellValue::Amount(line.amount)
        }),
        TableColumn::new("rate", ValueKind::Text, "USD per unit of the currency", |line: &Line<'t>| {
            CellValue::verbatim(line.rate.as_deref())
        })
        .optional(),
        TableColumn::new("usd", ValueKind::Amount, "The amount in USD, exact", |line: &Line<'t>| {
            line.usd.map_or(CellValue::Absent, CellValue::Amount)
        })
        .unit("USD")
        .optional(),
        TableColumn::new("counted_usd", ValueKind::Amount, "What of it counts, exact", |line: &Line<'t>| {
            CellValue::Amount(line.counted_usd)
        })
        .unit("USD"),
    ];
    OutputTable::new("ledger".to_owned(), "ledger", columns, lines).that_is_read_back()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::calendar::Day;
    use crate::config::own_columns::LEDGER;
    use crate::outputs::format::OutputFormat;
    use crate::outputs::writers::write;

    #[test]
    fn what_is_not_known_is_blank_and_what_does_not_count_is_zero() {
        let line = LedgerRow {
            head: None,
            partner: None,
            subscription: "s1".into(),
            month: Month::of(Day::from_ymd_opt(2017, 6, 1).unwrap()),
            association: "".into(),
            currency: "EUR",
            source: "ab",
            reason: "unassociated",
            amount: Amount::from_raw(-1),
            rate: None,
            usd: None,
            counted_usd: Amount::ZERO,
        };
        let counted = LedgerRow {
            head: Some("=1"),
            association: "dpor+tpor".into(),
            rate: Some("1.100".into()),
            usd: Some(Amount::from_raw(-1)),
            counted_usd: Amount::from_raw(-1),
            ..line.clone()
        };
        let mut out = Vec::new();
        write(&ledger_table(LazyChunks::from(vec![vec![counted, line]])), OutputFormat::Csv, &mut out)
            .unwrap();
        let tiny = "-0.000000000000000000000001";
        let expected = format!(
            "{}\n'=1,,s1,2017-06,dpor+tpor,EUR,ab,unassociated,{tiny},1.100,{tiny},{tiny}\n,,s1,2017-06,,EUR,ab,unassociated,{tiny},,,0\n",
            LEDGER.join(",")
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
