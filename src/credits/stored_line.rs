//! One line of a credits table that was written before. Comes in: a row. Goes out: its account, days, amount and rows, or what is wrong with it. It
//! adds nothing up.

use std::borrow::Cow;

use super::engine::local::SumTable;
use super::keys::Account;
use super::stored_table::StoredTable;
use crate::base::amount::{Amount, DecimalMark};
use crate::base::association::Association;
use crate::base::calendar::Day;
use crate::base::ids::subscription_key;
use crate::config::dialect::{ColumnKey, Credits};
use crate::diagnostics::error::InputErrorCode;
use crate::formats::row::Row;
use crate::rows::plan::{Owner, Provider};
use crate::rows::{cell, text};

/// The bytes of the cells of a line that name its account.
pub(super) type AccountCells = [Vec<u8>; ACCOUNT_CELLS];

/// Cells that name an account.
const ACCOUNT_CELLS: usize = 7;

/// Cells of an account before the ones that name its source and currency.
pub(super) const CELLS_BEFORE_SOURCE: usize = 4;

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
    /// The columns that name an account; source and currency last.
    pub(super) fn of_account(&self) -> [ColumnKey; ACCOUNT_CELLS] {
        let Credits { dataset, source, subscription, partner, provider, association, currency, .. } =
            *self.table.meaning;
        [subscription, partner, provider, association, currency, source, dataset]
    }

    fn read<'c>(&self, row: &Row<'c>, column: ColumnKey) -> Result<Cow<'c, str>, LineError> {
        let text = text::text(&cell(row, column)).map_err(|code| {
            mismatch(format!("{}: {}", self.table.layout.shown_name(column), code.meaning()))
        })?;
        Ok(match (self.table.is_defused, text) {
            (true, Cow::Borrowed(text)) => Cow::Borrowed(as_it_was(text)),
            (true, Cow::Owned(text)) => Cow::Owned(as_it_was(&text).to_owned()),
            (false, text) => text,
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

    /// The source of a line, by its index in the control, and its currency.
    pub(super) fn source(&self, row: &Row<'_>) -> Result<(usize, String), LineError> {
        let Credits { dataset, source, currency, .. } = self.table.meaning;
        let id = (self.read(row, *dataset)?.into_owned(), self.read(row, *source)?.into_owned());
        let Some(nth) = self.table.by_id.get(&id).copied() else {
            return Err(mismatch(format!("the control does not know the source {} of {}", id.1, id.0)));
        };
        Ok((nth, self.read(row, *currency)?.into_owned()))
    }

    /// The account of a line of this source, of any year. **Absent**: another table or an export counts.
    pub(super) fn account(
        &self,
        row: &Row<'_>,
        (nth, currency): (usize, &str),
        sums_into: &SumTable,
    ) -> Result<Option<Account>, LineError> {
        let Credits { subscription, partner, provider, association, .. } = self.table.meaning;
        let control = &self.table.control.sources[nth];
        let (partner, provider) = (self.read(row, *partner)?, self.read(row, *provider)?);
        let word = self.read(row, *association)?;
        let named = Association::ALL.into_iter().find(|known| known.as_str() == word);
        let provider = match provider {
            text if text.is_empty() => None,
            text if control.is_tenant(&text) => Some(Provider::Tenant(text.into_owned())),
            text => Some(Provider::Partner(text)),
        };
        let owner = match (partner, named, provider) {
            (partner, None, None) if partner.is_empty() && word.is_empty() => Owner::Associations,
            (partner, Some(Association::CspTier1), Some(provider)) if partner.is_empty() => {
                Owner::Provider(provider)
            }
            (partner, Some(association), provider) if !partner.is_empty() => {
                Owner::Partner { partner, association, provider }
            }
            _ => return Err(self.bad(association, &word)),
        };
        let subscription = subscription_key(&self.read(row, *subscription)?);
        Ok(self.table.numbers[nth].map(|number| Account {
            source: number,
            subscription: sums_into.subscription(&subscription),
            owner: sums_into.owner(&owner),
            currency: sums_into.currency(currency),
            year: 0,
        }))
    }
}

/// A text before it was defused for spreadsheets. A text that looked defused got a further apostrophe, so that one is taken away.
pub(crate) fn as_it_was(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => text,
    }
}
