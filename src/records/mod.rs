//! Records: the typed, validated meaning of one row, or an issue. Comes in: rows and the dialect's plan for them. Goes out:
//! records. It adds nothing up and judges nobody.

pub(crate) mod collect;
pub(crate) mod consumption;
pub(crate) mod small;
pub(crate) mod text;

use crate::calendar::{DateOrder, Day, NotADate, parse_day};
use crate::dialects::{ColumnKey, DateColumn, Layout};
use crate::inputs::row::{BadRecord, Cell, Found, Row};
use crate::issues::{Code, Issue};
use crate::limits;
use crate::money::{Amount, DecimalMark};

/// What the person who runs the program says about all files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ReadingOptions {
    /// Amounts of delimited text use a decimal comma.
    pub(crate) decimal_mark: DecimalMark,
    /// Ambiguous dates are D/M/Y. **Absent**: as the dialect says.
    pub(crate) date_order: Option<DateOrder>,
    /// The partner of partner cost rows that name none.
    pub(crate) partner_id: Option<crate::ids::PartnerId>,
}

/// A fault of one cell, before it becomes an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CellFault {
    /// The column. **Absent**: the row as a whole.
    pub(crate) column: Option<ColumnKey>,
    pub(crate) code: Code,
}

impl CellFault {
    pub(crate) fn of(column: ColumnKey, code: Code) -> CellFault {
        CellFault { column: Some(column), code }
    }
}

/// The cell of a column; blank if the file lacks it.
pub(crate) fn cell<'r>(row: &Row<'r>, column: ColumnKey) -> Cell<'r> {
    row.cells[column.0]
}

/// The day in a date column.
pub(crate) fn date(row: &Row<'_>, column: &DateColumn, order: DateOrder) -> Result<Day, Code> {
    let bytes = text::plain(&cell(row, column.column))?;
    parse_day(bytes, &column.forms, order).map_err(|fault| match fault {
        NotADate::Blank | NotADate::Malformed => Code::BadDate,
        NotADate::Impossible => Code::ImpossibleDate,
    })
}

/// The first date column of a list that the file has.
pub(crate) fn first_date<'d>(layout: &Layout<'_>, columns: &'d [DateColumn]) -> Option<&'d DateColumn> {
    columns.iter().find(|c| layout.has(c.column))
}

/// The issue of a record that has no row.
pub(crate) fn shape_issue(bad: &BadRecord<'_>) -> Issue {
    let message = match bad.found {
        Found::Plain => match bad.code {
            Code::UnclosedQuote => format!(
                "a quote opens that does not close within {} bytes or before the end of the file; the line is passed over",
                limits::RECORD_BYTES
            ),
            Code::RecordTooLong => {
                format!("the record is longer than {} bytes; the line is passed over", limits::RECORD_BYTES)
            }
            other => other.meaning().to_owned(),
        },
        Found::Fields { found, expected } => {
            format!("the record has {found} fields, the header has {expected}")
        }
    };
    Issue {
        place: Some(bad.at.place()),
        column: None,
        code: bad.code,
        message,
        // A whole record may hold names and mail addresses.
        value: String::new(),
        partner_id: None,
        amount_usd: None,
    }
}

/// The issue of a row with a fault, for people. `personal` columns show no value.
pub(crate) fn row_issue(
    row: &Row<'_>,
    layout: &Layout<'_>,
    fault: &CellFault,
    personal: &[ColumnKey],
) -> Issue {
    let name = fault.column.map(|c| layout.shown_name(c));
    let value = match fault.column {
        Some(column) if !personal.contains(&column) => text::shown(cell(row, column).bytes),
        _ => String::new(),
    };
    let found = if value.is_empty() { "it is blank".to_owned() } else { format!("{value:?}") };
    let message = message(fault.code, &found, &value);
    Issue {
        place: Some(row.at.place()),
        column: name,
        code: fault.code,
        message,
        value,
        partner_id: None,
        amount_usd: None,
    }
}

fn message(code: Code, found: &str, value: &str) -> String {
    let advice = match code {
        Code::BadNumber if value.contains(',') => {
            "is not a number; if the comma is the decimal mark, say --decimal-comma"
        }
        Code::BadNumber => "is not a number",
        Code::ImpossibleDate if value.contains('/') => {
            "is no day of the calendar; if the day stands first, say --day-first"
        }
        Code::ImpossibleDate => "is no day of the calendar",
        Code::BadDate => "is not a date in a form that this column has",
        Code::NoPartner => {
            "names no partner; say --partner-id, or give a roster with the tenant, if the export is a partner's own"
        }
        Code::UsdUnavailable => {
            "the amount in USD is 0 or blank, while the cost is not: export again when it is there"
        }
        Code::IdLostPrecision => {
            "was stored as a number of more than 15 digits, so its last digits are lost; store it as text"
        }
        Code::NoCurrency => "no currency is known for the amount; a dialect of your own can say which it is",
        Code::UnknownMarket => "is neither developed nor developing",
        Code::UnknownAssociation => "is no association that the dialect knows",
        other => other.meaning(),
    };
    format!("{found}: {advice}")
}

/// An amount, read for explanation only: in USD as exact text, if it can be read and is in USD.
pub(crate) fn usd_text(amount: Option<(Amount, &str)>) -> Option<String> {
    amount.filter(|(_, currency)| *currency == "USD").map(|(amount, _)| amount.to_string())
}
