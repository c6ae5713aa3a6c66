//! The amount of a row of consumption: its column, its currency, and its value. Comes in: a row. Goes out: an exact amount, or a reject.

use super::plan::Plan;
use super::{CellReject, cell, text};
use crate::base::amount::{Amount, DecimalMark, NotAnAmount, NumberText, Parsed, is_sign_of};
use crate::base::simd::{PaddedCell, Simd};
use crate::config::dialect::{ColumnKey, Consumption, Currency, Layout};
use crate::diagnostics::reject::RejectCode;
use crate::formats::row::{Cell, CellKind, Row};

/// An amount column that the file has.
pub(super) struct AmountPlan<'d> {
    pub(super) column: ColumnKey,
    currency: CurrencyPlan<'d>,
    only: &'d [String],
    unavailable_unless_zero: Option<ColumnKey>,
}

enum CurrencyPlan<'d> {
    Fixed(&'d str),
    Column(ColumnKey),
    /// The file lacks the column of the currency.
    Unknown(ColumnKey),
}

/// The amount columns that a file has, in their order.
pub(super) fn plans<'d>(layout: &Layout<'_>, rules: &'d Consumption) -> Vec<AmountPlan<'d>> {
    let plan = |a: &'d crate::config::dialect::AmountColumn| AmountPlan {
        column: a.column,
        currency: match &a.currency {
            Currency::Fixed(code) => CurrencyPlan::Fixed(code),
            Currency::Column(column) if layout.has(*column) => CurrencyPlan::Column(*column),
            Currency::Column(column) => CurrencyPlan::Unknown(*column),
        },
        only: &a.only,
        unavailable_unless_zero: a.zero_is_unavailable_unless_zero.filter(|c| layout.has(*c)),
    };
    rules.amounts.iter().filter(|a| layout.has(a.column)).map(plan).collect()
}

impl<'d> AmountPlan<'d> {
    /// Says in which currency the amounts are, if the file does not.
    pub(super) fn set_currency(&mut self, currency: &'d str) {
        if matches!(self.currency, CurrencyPlan::Unknown(_)) {
            self.currency = CurrencyPlan::Fixed(currency);
        }
    }
}

/// The amount column of a file whose currency the file does not state, and the column that would state it. `None` if it does, or if the
/// currency of another amount column decides first.
pub(crate) fn without_currency(layout: &Layout<'_>, rules: &Consumption) -> Option<(ColumnKey, ColumnKey)> {
    let mut restricted = None;
    for plan in plans(layout, rules) {
        match plan.currency {
            CurrencyPlan::Unknown(currency) if plan.only.is_empty() => return Some((plan.column, currency)),
            CurrencyPlan::Unknown(currency) => {
                restricted = restricted.or(Some((plan.column, currency)));
            }
            CurrencyPlan::Fixed(_) | CurrencyPlan::Column(_) if plan.only.is_empty() => return None,
            CurrencyPlan::Fixed(_) | CurrencyPlan::Column(_) => {}
        }
    }
    restricted
}

/// The amount column of a row, and its currency.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice<'r> {
    /// The column of the amount.
    pub(crate) column: ColumnKey,
    /// The currency of the amount.
    pub(crate) currency: CurrencyText<'r>,
    /// If this one is not 0 while the amount is 0 or blank, the amount is not available.
    pub(crate) unavailable_unless_zero: Option<ColumnKey>,
}

impl<'d> Plan<'d> {
    /// The columns by which [`Plan::choice`] chooses.
    pub(crate) fn choice_columns(&self) -> Vec<ColumnKey> {
        let mut columns = Vec::new();
        for plan in &self.amounts {
            columns.extend(match plan.currency {
                CurrencyPlan::Column(column) => Some(column),
                CurrencyPlan::Fixed(_) | CurrencyPlan::Unknown(_) => None,
            });
            if plan.only.is_empty() {
                break;
            }
        }
        columns
    }

    /// The amount column of a row, and its currency: the first column whose currency fits.
    pub(crate) fn choice<'r>(&self, row: &Row<'r>) -> Result<Choice<'r>, CellReject>
    where
        'd: 'r,
    {
        let mut unknown_currency = None;
        for plan in &self.amounts {
            let currency: CurrencyText<'r> = match plan.currency {
                CurrencyPlan::Fixed(code) => CurrencyText(code.as_bytes()),
                CurrencyPlan::Column(column) => {
                    let bytes =
                        text::plain(&cell(row, column)).map_err(|code| CellReject::of(column, code))?;
                    if !is_currency(bytes) {
                        unknown_currency = unknown_currency.or(Some(column));
                        if plan.only.is_empty() {
                            return Err(CellReject::of(column, RejectCode::NoCurrency));
                        }
                        continue;
                    }
                    CurrencyText(bytes)
                }
                CurrencyPlan::Unknown(_) if !plan.only.is_empty() => continue,
                CurrencyPlan::Unknown(column) => return Err(CellReject::of(column, RejectCode::NoCurrency)),
            };
            if plan.only.is_empty() || plan.only.iter().any(|c| currency.is(c)) {
                let AmountPlan { column, unavailable_unless_zero, .. } = *plan;
                return Ok(Choice { column, currency, unavailable_unless_zero });
            }
        }
        Err(CellReject { column: unknown_currency, code: RejectCode::NoCurrency })
    }

    /// The amount of a row, its currency, and whether it was rounded at the door.
    pub(crate) fn amount<'r>(&self, row: &Row<'r>) -> Result<(Amount, CurrencyText<'r>, bool), CellReject>
    where
        'd: 'r,
    {
        let Choice { column, currency, unavailable_unless_zero } = self.choice(row)?;
        let parsed = self.parse(row, column, currency);
        if let Some(other) = unavailable_unless_zero
            && matches!(parsed, Ok((Amount::ZERO, _)) | Err(NotAnAmount::Blank))
            && self.parse(row, other, currency).is_ok_and(|(amount, _)| !amount.is_zero())
        {
            return Err(CellReject::of(column, RejectCode::UsdUnavailable));
        }
        let code = |fault| match fault {
            NotAnAmount::Blank => RejectCode::NoAmount,
            NotAnAmount::Malformed if text::plain(&cell(row, column)).is_err() => RejectCode::BadText,
            NotAnAmount::Malformed => RejectCode::BadNumber,
            NotAnAmount::TooLarge => RejectCode::AmountTooLarge,
        };
        let (amount, rounded) = parsed.map_err(|fault| CellReject::of(column, code(fault)))?;
        Ok((amount, currency, rounded))
    }

    /// The amount in a cell of delimited text, of `length` bytes at the front of a padded cell. `None` if [`Plan::fast_amount`] must read it.
    #[inline(always)]
    pub(crate) fn amount_in<L: Simd>(&self, lanes: L, window: &PaddedCell, length: usize) -> Option<Amount> {
        match self.mark {
            DecimalMark::Point => Amount::parse_padded(lanes, window, length),
            DecimalMark::Comma => None,
        }
    }

    /// The decimal mark of a cell: the one of the file in text, and the point in a number.
    fn mark_of(&self, kind: CellKind) -> DecimalMark {
        match kind {
            CellKind::Utf8 | CellKind::Windows1252 | CellKind::Sheet => self.mark,
            CellKind::Parquet | CellKind::SheetNumber | CellKind::SheetError => DecimalMark::Point,
        }
    }

    /// Fast path: the amount of a cell; in delimited text it may stand in quotes. `None` if the slow path must read the cell.
    #[inline(never)]
    pub(crate) fn fast_amount(&self, raw: &[u8], is_delimited: bool) -> Option<Amount> {
        // A text in a sheet is not told from a number here.
        if !is_delimited && self.mark == DecimalMark::Comma {
            return None;
        }
        let mark = self.mark;
        let text = match raw {
            [b'"', text @ .., b'"'] => text,
            text => text,
        };
        if mark == DecimalMark::Point
            && let Some(amount) = Amount::parse_fast(text)
        {
            return Some(amount);
        }
        Amount::parse_scalar(text, mark).ok().filter(|parsed| !parsed.rounded).map(|parsed| parsed.amount)
    }

    /// The number in a cell that is no amount to add up. `None` if it is none.
    pub(super) fn number(&self, row: &Row<'_>, column: ColumnKey) -> Option<Amount> {
        self.parse(row, column, CurrencyText(b"")).ok().map(|(number, _)| number)
    }

    fn parse(
        &self,
        row: &Row<'_>,
        column: ColumnKey,
        currency: CurrencyText<'_>,
    ) -> Result<(Amount, bool), NotAnAmount> {
        let cell = cell(row, column);
        if self.mark == DecimalMark::Point
            && cell.kind != CellKind::SheetError
            && let Some(amount) = Amount::parse_fast(cell.bytes)
        {
            return Ok((amount, false));
        }
        let mark = self.mark_of(cell.kind);
        let plain = text::plain(&cell).map_err(|_| NotAnAmount::Malformed);
        let parsed = match plain.and_then(|bytes| Amount::parse_scalar(bytes, mark)) {
            Err(NotAnAmount::Malformed) => with_groups(&cell, mark, currency)?,
            parsed => parsed?,
        };
        Ok((parsed.amount, parsed.rounded))
    }
}

/// The amount of a cell with groups of digits, a sign of its currency or parentheses (SPEC 3.11).
#[cold]
fn with_groups(
    cell: &Cell<'_>,
    mark: DecimalMark,
    currency: CurrencyText<'_>,
) -> Result<Parsed, NotAnAmount> {
    let text = text::text(cell).map_err(|_| NotAnAmount::Malformed)?;
    let number = NumberText::parse(&text).ok_or(NotAnAmount::Malformed)?;
    if !number.currency.is_empty() && !is_sign_of(number.currency, &currency.code()) {
        return Err(NotAnAmount::Malformed);
    }
    number.amount(mark)
}

/// The text of a currency as it stands in a row; compared without case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CurrencyText<'r>(pub(crate) &'r [u8]);

impl CurrencyText<'_> {
    pub(crate) fn is(self, code: &str) -> bool {
        self.0.eq_ignore_ascii_case(code.as_bytes())
    }

    /// The code itself, upper case.
    pub(crate) fn code(self) -> String {
        String::from_utf8_lossy(self.0).to_uppercase()
    }
}

/// Whether a text is the code of a currency: three letters.
pub(crate) fn is_currency(bytes: &[u8]) -> bool {
    bytes.len() == 3 && bytes.iter().all(u8::is_ascii_alphabetic)
}
