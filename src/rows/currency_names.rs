//! The currencies that exports name in the first column of amounts that they have. Comes in: rows. Goes out: codes by file. It adds nothing up and
//! refuses nothing.

use std::collections::BTreeSet;
use std::io;

use super::{cell, text};
use crate::config::dialect::{ColumnKey, Consumption, Currency, Layout};
use crate::formats::row::{BadRecord, Row};
use crate::formats::scheduler::RowSink;

/// Where the currency of an export stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StatedCurrency {
    Column(ColumnKey),
    Code(String),
    /// Nowhere, or the file is no export.
    Nowhere,
}

/// Where the currency of the first amount column of an export stands.
pub(crate) fn stated_currency(layout: &Layout<'_>, rules: &Consumption) -> StatedCurrency {
    match rules.amounts.iter().find(|amount| layout.has(amount.column)).map(|amount| &amount.currency) {
        Some(Currency::Column(column)) if layout.has(*column) => StatedCurrency::Column(*column),
        Some(Currency::Fixed(code)) => StatedCurrency::Code(code.clone()),
        Some(Currency::Column(_)) | None => StatedCurrency::Nowhere,
    }
}

/// The sink of one worker. Size: codes of three letters are few.
pub(crate) struct CurrencyNames<'n> {
    /// Of each input.
    columns: &'n [StatedCurrency],
    input: usize,
    codes: Vec<BTreeSet<String>>,
}

impl<'n> CurrencyNames<'n> {
    /// Nothing yet.
    pub(crate) fn new(columns: &'n [StatedCurrency]) -> CurrencyNames<'n> {
        CurrencyNames { columns, input: 0, codes: vec![BTreeSet::new(); columns.len()] }
    }

    /// The codes of each input.
    pub(crate) fn merge(
        workers: Vec<CurrencyNames<'_>>,
        columns: &[StatedCurrency],
    ) -> Vec<BTreeSet<String>> {
        let code = |column: &StatedCurrency| match column {
            StatedCurrency::Code(code) => BTreeSet::from([code.clone()]),
            StatedCurrency::Column(_) | StatedCurrency::Nowhere => BTreeSet::new(),
        };
        let mut codes: Vec<BTreeSet<String>> = columns.iter().map(code).collect();
        for worker in workers {
            for (ours, theirs) in codes.iter_mut().zip(worker.codes) {
                ours.extend(theirs);
            }
        }
        codes
    }
}

impl RowSink for CurrencyNames<'_> {
    fn begin(&mut self, input: usize, _block: u64) {
        self.input = input;
    }

    fn row(&mut self, row: &Row<'_>) {
        let StatedCurrency::Column(column) = self.columns[self.input] else { return };
        let codes = &mut self.codes[self.input];
        let Ok(bytes) = text::plain(&cell(row, column)) else { return };
        if bytes.len() == 3 && bytes.iter().all(u8::is_ascii_alphabetic) {
            codes.insert(String::from_utf8_lossy(bytes).to_uppercase());
        }
    }

    fn bad_record(&mut self, _bad: &BadRecord<'_>) {}

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}
