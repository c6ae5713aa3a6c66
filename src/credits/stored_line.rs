//! One line of a credits table that was written before. Comes in: a row. Goes out: its account, days, amount and rows, or what is wrong with it. It
//! adds nothing up.

use super::engine::local::SumTable;
use super::engine::local::tally::CurrencySums;
use super::keys::Account;
use super::stored_table::StoredTable;
use super::sums::RowsAndAmount;
use crate::base::amount::{Amount, DecimalMark};
use crate::base::association::Association;
use crate::base::calendar::Day;
use crate::base::ids::subscription_key;
use crate::config::dialect::{ColumnKey, Credits};
use crate::diagnostics::error::InputErrorCode;
use crate::formats::row::Row;
use crate::rows::plan::{Owner, Provider};
use crate::rows::{cell, text};

/// The cells of a line that name its account, and what they mean.
#[derive(Debug)]
pub(super) struct LastAccount {
    pub(super) cells: [Vec<u8>; ACCOUNT_CELLS],
    /// Index of the source in the control.
    pub(super) nth: usize,
    pub(super) currency: String,
    /// Of any year. **Absent**: another table or an export counts.
    pub(super) account: Option<Account>,
    pub(super) sum: RowsAndAmount,
    pub(super) of_currency: CurrencySums,
}

/// Cells that name an account.
pub(super) const ACCOUNT_CELLS: usize = 7;

/// What is wrong with a line.
pub(super) type LineError = (InputErrorCode, String);

pub(super) fn mismatch(message: String) -> LineError {
    (InputErrorCode::ControlMismatch, message)
}

/// The cells of the lines of one table.
pub(super) struct TableColumns<'t> {
    pub(super) table: &'t StoredTable<'t>,
}

impl TableColumns<'_> {
    /// The columns that name an account.
    pub(super) fn of_account(&self) -> [ColumnKey; ACCOUNT_CELLS] {
        let Credits { dataset, source, subscription, partner, provider, association, currency, .. } =
            *self.table.meaning;
        [subscription, partner, provider, association, currency, source, dataset]
    }

    fn read(&self, row: &Row<'_>, column: ColumnKey) -> Result<String, LineError> {
        let text = text::text(&cell(row, column)).map_err(|code| {
            mismatch(format!("{}: {}", self.table.layout.shown_name(column), code.meaning()))
        })?;
        Ok(match self.table.is_defused {
            true => as_it_was(&text).to_owned(),
            false => text.into_owned(),
        })
    }

    fn bad(&self, column: &ColumnKey, text: &str) -> LineError {
        let column = self.table.layout.shown_name(*column);
        mismatch(format!("{column} is {text:?}, which no credits table has there"))
    }

    pub(super) fn day(&self, row: &Row<'_>, column: &ColumnKey) -> Result<Day, LineError> {
        let text = self.read(row, *column)?;
        text.parse::<Day>().map_err(|_| self.bad(column, &text))
    }

    pub(super) fn amount(&self, row: &Row<'_>) -> Result<Amount, LineError> {
        let column = &self.table.meaning.amount;
        if let Ok(parsed) = Amount::parse(cell(row, *column).bytes, DecimalMark::Point) {
            return Ok(parsed.amount);
        }
        let text = self.read(row, *column)?;
        let parsed = Amount::parse(text.as_bytes(), DecimalMark::Point);
        parsed.map(|parsed| parsed.amount).map_err(|_| self.bad(column, &text))
    }

    pub(super) fn rows(&self, row: &Row<'_>) -> Result<u32, LineError> {
        let column = &self.table.meaning.rows;
        if let Some(rows) =
            std::str::from_utf8(cell(row, *column).bytes).ok().and_then(|text| text.parse().ok())
        {
            return Ok(rows);
        }
        let text = self.read(row, *column)?;
        text.parse().map_err(|_| self.bad(column, &text))
    }

    /// The account of a line.
    pub(super) fn account(&self, row: &Row<'_>, sums_into: &SumTable) -> Result<LastAccount, LineError> {
        let Credits { dataset, source, subscription, partner, provider, association, currency, .. } =
            self.table.meaning;
        let id = (self.read(row, *dataset)?, self.read(row, *source)?);
        let Some(nth) = self.table.by_id.get(&id).copied() else {
            return Err(mismatch(format!("the control does not know the source {} of {}", id.1, id.0)));
        };
        let control = &self.table.control.sources[nth];
        let currency = self.read(row, *currency)?;
        let (partner, provider) = (self.read(row, *partner)?, self.read(row, *provider)?);
        let word = self.read(row, *association)?;
        let named = Association::ALL.into_iter().find(|known| known.as_str() == word);
        let provider = match provider.as_str() {
            "" => None,
            text if control.is_tenant(text) => Some(Provider::Tenant(text.to_owned())),
            text => Some(Provider::Partner(text.into())),
        };
        let owner = match (partner.as_str(), named, provider) {
            ("", None, None) if word.is_empty() => Owner::Associations,
            ("", Some(Association::CspTier1), Some(provider)) => Owner::Provider(provider),
            ("", ..) | (_, None, _) => return Err(self.bad(association, &word)),
            (partner, Some(association), provider) => {
                Owner::Partner { partner: partner.into(), association, provider }
            }
        };
        let subscription = subscription_key(&self.read(row, *subscription)?);
        let account = self.table.numbers[nth].map(|number| Account {
            source: number,
            subscription: sums_into.subscription(&subscription),
            owner: sums_into.owner(&owner),
            currency: sums_into.currency(&currency),
            year: 0,
        });
        Ok(LastAccount {
            cells: self.of_account().map(|column| cell(row, column).bytes.to_vec()),
            nth,
            currency,
            account,
            sum: RowsAndAmount::default(),
            of_currency: CurrencySums::default(),
        })
    }
}

/// A text before it was defused for spreadsheets. A text that looked defused got a further apostrophe, so that one is taken away.
pub(crate) fn as_it_was(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => text,
    }
}
