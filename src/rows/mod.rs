//! Records: the typed, validated meaning of one row, or a reject. Comes in: rows and the dialect's plan for them. Goes out:
//! records. It adds nothing up and judges no partner.

pub(crate) mod amount;
pub(crate) mod clock_times;
pub(crate) mod collect;
pub(crate) mod currency_names;
pub(crate) mod customer_price;
mod date_message;
pub(crate) mod evidence_counter;
pub(crate) mod file_forms;
pub(crate) mod form_votes;
pub(crate) mod header_row;
mod message;
pub(crate) mod named_partners;
mod owner_rules;
pub(crate) mod plan;
mod refused;
pub(crate) mod small;
pub(crate) mod text;
mod totals_row;

use crate::base::amount::DecimalMark;
use crate::base::calendar::{Clock, DateOrder, Day, NotADate, foreign_calendar, is_of_usage, parse_day};
use crate::base::file_option::FileOption;
use crate::base::ids::PartnerId;
use crate::config::dialect::{ColumnKey, DateColumn, Layout, RoleMeaning};
use crate::diagnostics::reject::{Reject, RejectCode, RejectOwner};
use crate::formats::row::{BadRecord, Cell, Row};

use file_forms::FileForms;
use message::Refused;

/// The options of a run that apply to all files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ReadingOptions {
    /// The files of delimited text whose decimal mark is stated.
    pub(crate) decimal_mark: FileOption<DecimalMark>,
    /// The files whose order of days is stated.
    pub(crate) date_order: FileOption<DateOrder>,
    /// The partner of partner cost rows that name none.
    pub(crate) partner_id: FileOption<PartnerId>,
    /// The currency of files that do not state it: an upper-case ISO 4217 code.
    pub(crate) currency: FileOption<String>,
    /// The files that may lack columns by which usage is told from other rows, since all of their rows are usage.
    pub(crate) usage_only: FileOption<()>,
}

/// A fault of one cell, before it becomes a reject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CellReject {
    /// The column. **Absent**: the row as a whole.
    pub(crate) column: Option<ColumnKey>,
    pub(crate) code: RejectCode,
}

impl CellReject {
    pub(crate) fn of(column: ColumnKey, code: RejectCode) -> CellReject {
        CellReject { column: Some(column), code }
    }
}

/// The cell of a column; blank if the file lacks it.
pub(crate) fn cell<'r>(row: &Row<'r>, column: ColumnKey) -> Cell<'r> {
    row.cells[column.0]
}

/// The day in a date column.
pub(crate) fn date(row: &Row<'_>, column: &DateColumn, order: DateOrder) -> Result<Day, RejectCode> {
    let bytes = text::plain(&cell(row, column.column))?;
    let day = parse_day(bytes, &column.forms, order).map_err(|fault| match fault {
        NotADate::Blank | NotADate::Malformed => RejectCode::BadDate,
        NotADate::Impossible => RejectCode::ImpossibleDate,
    })?;
    match foreign_calendar(day) {
        Some(_) => Err(RejectCode::ForeignYear),
        None => Ok(day),
    }
}

/// The day of usage in a date column.
fn usage_day(row: &Row<'_>, column: &DateColumn, order: DateOrder) -> Result<Day, RejectCode> {
    let day = date(row, column, order)?;
    if is_of_usage(day) { Ok(day) } else { Err(RejectCode::ForeignYear) }
}

/// The time of day in a date column.
pub(crate) fn clock(row: &Row<'_>, column: ColumnKey) -> Clock {
    Clock::of(cell(row, column).bytes)
}

/// The first date column of a list that the file has.
pub(crate) fn first_date<'d>(layout: &Layout<'_>, columns: &'d [DateColumn]) -> Option<&'d DateColumn> {
    columns.iter().find(|c| layout.has(c.column))
}

/// The reject of a record that has no row, in a file of this layout.
pub(crate) fn shape_reject(bad: &BadRecord<'_>, layout: &Layout<'_>) -> Reject {
    Reject {
        place: Some(bad.at.place()),
        column: None,
        code: bad.code,
        message: message::of_record(bad),
        // A whole record may hold names and mail addresses.
        value: String::new(),
        partner_id: None,
        amount: None,
        day: None,
        owner: RejectOwner::Anyone,
        association: None,
        provider: None,
        subscription: None,
        fact: refused::unread(&layout.dialect.meaning),
    }
}

/// The reject of a row with a fault, for people. `personal` columns show no value.
pub(crate) fn row_reject(
    row: &Row<'_>,
    layout: &Layout<'_>,
    fault: &CellReject,
    personal: &[ColumnKey],
    forms: FileForms,
) -> Reject {
    let name = fault.column.map(|c| layout.shown_name(c));
    let found = fault.column.map_or(String::new(), |column| text::shown(&text::utf8(&cell(row, column))));
    // A cell may stand in the wrong column, so a mail address is never shown, nor any value of a file of people.
    let is_of_people = matches!(layout.dialect.meaning, RoleMeaning::Credentials(_));
    let is_personal = fault.column.is_some_and(|column| personal.contains(&column))
        || found.contains('@')
        || (is_of_people && found.chars().any(char::is_alphabetic));
    let value = if is_personal { String::new() } else { found };
    let message = Refused { row, layout, fault, value: &value, is_personal, forms }.message();
    let partner_id = partner_column(&layout.dialect.meaning).and_then(|column| named_partner(row, column));
    Reject {
        place: Some(row.at.place()),
        column: name,
        code: fault.code,
        message,
        value,
        owner: partner_id.clone().map_or(RejectOwner::Anyone, RejectOwner::Partner),
        partner_id,
        amount: None,
        day: None,
        association: None,
        provider: None,
        subscription: None,
        fact: refused::fact(row, layout, forms),
    }
}

/// The column in which a row of a small role names its partner.
fn partner_column(meaning: &RoleMeaning) -> Option<ColumnKey> {
    match meaning {
        RoleMeaning::Credentials(meaning) => Some(meaning.partner),
        RoleMeaning::Partners(meaning) => Some(meaning.partner),
        RoleMeaning::Associations(meaning) => Some(meaning.partner),
        RoleMeaning::Consumption(_)
        | RoleMeaning::Rates(_)
        | RoleMeaning::Markets(_)
        | RoleMeaning::Credits(_) => None,
    }
}

/// The partner that a cell names, for explanation only.
fn named_partner(row: &Row<'_>, column: ColumnKey) -> Option<String> {
    let text = text::partner(&cell(row, column)).ok()??;
    (!text.contains('@')).then(|| text::shown(text.as_bytes()))
}
