//! The meaning of the rows that are not consumption: roster, markets, rates, associations, credentials. One row in, one
//! record or one fault out; what two rows mean together belongs to later rooms.

use std::borrow::Cow;

use rust_decimal::Decimal;

use crate::base::amount::NumberText;
use crate::base::association::Association;
use crate::base::calendar::{Day, Month};
use crate::base::ids::{self, PartnerId, SubscriptionId};
use crate::base::market::Market;
use crate::base::numeric_id::{NumericId, Sign, numeric_id};
use crate::base::place::RowPlace;
use crate::config::dialect::{self, ColumnKey, DateColumn, Layout};
use crate::diagnostics::reject::RejectCode;
use crate::formats::row::{CellKind, Row};

use super::file_forms::FileForms;
use super::{CellReject, amount::is_currency, cell, date, text};

/// A row of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartnerRecord {
    pub(crate) partner: PartnerId,
    pub(crate) name: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) market: Option<Market>,
    pub(crate) rolls_up_to: Option<PartnerId>,
    /// Lower case.
    pub(crate) tenant: Option<String>,
    /// Of two lines that state a field of a partner, the smaller rank wins: [`ASSUMED_RANK`], else one more than the rank of the dialect.
    pub(crate) rank: u16,
}

/// The rank of a line that the user assumes: it wins over every line that was read.
pub(crate) const ASSUMED_RANK: u16 = 0;

/// A country's market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MarketRecord {
    pub(crate) country: String,
    pub(crate) market: Market,
    /// Whether the user assumes it: it wins over markets that were read.
    pub(crate) is_assumed: bool,
}

/// A currency's rate in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RateRecord {
    /// Upper case.
    pub(crate) currency: String,
    pub(crate) month: Month,
    pub(crate) usd_per_unit: Decimal,
}

/// A subscription's partner, for some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AssociationRecord {
    pub(crate) subscription: SubscriptionId,
    pub(crate) partner: PartnerId,
    pub(crate) association: Association,
    /// First day. **Absent**: without a beginning.
    pub(crate) from: Option<Day>,
    /// Last day. **Absent**: without an end.
    pub(crate) to: Option<Day>,
}

/// What an id of a person begins with in [`CredentialRecord::known_as`].
pub(crate) const ID_PREFIX: &str = "id:";
/// The texts by which a record names its credential.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CredentialTexts {
    /// Cells of code columns.
    pub(crate) codes: Vec<String>,
    /// Cells of title columns.
    pub(crate) titles: Vec<String>,
}

/// A credential of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CredentialRecord {
    pub(crate) partner: PartnerId,
    /// Ids and mail addresses by which the person is known, each with a prefix that keeps the two apart; lower case.
    pub(crate) known_as: Vec<String>,
    pub(crate) texts: CredentialTexts,
    pub(crate) completed_on: Day,
    /// Last day. **Absent**: without an end.
    pub(crate) expires_on: Option<Day>,
    /// Where the record stands. **Absent**: an earlier record of the input has the same texts.
    pub(crate) first: Option<FirstRecord>,
}

/// The first record of an input with some texts: index of the input among all of the run, and place. Sorted as they are read.
pub(crate) type FirstRecord = (usize, RowPlace);

pub(crate) fn partner(row: &Row<'_>, meaning: &dialect::Partners) -> Result<PartnerRecord, CellReject> {
    let partner = partner_id(row, meaning.partner)?;
    let market = match optional(row, meaning.market)? {
        None => None,
        Some(word) => {
            let fault = || CellReject { column: meaning.market, code: RejectCode::UnknownMarket };
            Some(Market::parse(&word).ok_or_else(fault)?)
        }
    };
    Ok(PartnerRecord {
        partner,
        name: optional(row, meaning.name)?,
        country: optional(row, meaning.country)?,
        market,
        rolls_up_to: optional_partner(row, meaning.rolls_up_to)?,
        tenant: optional_id(row, meaning.tenant)?.map(|tenant| ids::subscription_key(&tenant)),
        rank: ASSUMED_RANK + 1 + u16::from(meaning.rank),
    })
}

pub(crate) fn market(row: &Row<'_>, meaning: &dialect::Markets) -> Result<MarketRecord, CellReject> {
    let country = optional(row, Some(meaning.country))?
        .ok_or(CellReject::of(meaning.country, RejectCode::NoCountry))?;
    let word = checked(row, meaning.market)?;
    let market = Market::parse(&word).ok_or(CellReject::of(meaning.market, RejectCode::UnknownMarket))?;
    Ok(MarketRecord { country, market, is_assumed: false })
}

pub(crate) fn rate(
    row: &Row<'_>,
    meaning: &dialect::Rates,
    forms: FileForms,
) -> Result<RateRecord, CellReject> {
    let currency = checked(row, meaning.currency)?;
    if !is_currency(currency.as_bytes()) {
        return Err(CellReject::of(meaning.currency, RejectCode::NoCurrency));
    }
    let day =
        day(row, &meaning.month, forms)?.ok_or(CellReject::of(meaning.month.column, RejectCode::BadDate))?;
    let mut text = checked(row, meaning.usd_per_unit)?.into_owned();
    if ids::is_blank_word(&text) {
        return Err(CellReject::of(meaning.usd_per_unit, RejectCode::NoAmount));
    }
    let is_typed = cell(row, meaning.usd_per_unit).kind == CellKind::SheetNumber;
    if !is_typed && let Some(number) = NumberText::parse(&text).filter(|number| number.currency.is_empty()) {
        let fault = || CellReject::of(meaning.usd_per_unit, RejectCode::BadNumber);
        text = number.plain_text(forms.mark).ok_or_else(fault)?;
    }
    // rust_decimal also reads digits grouped by `_`, which no export writes.
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-' | b'e' | b'E'));
    let read = || Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text)).ok();
    let rate = is_plain.then(read).flatten();
    let usd_per_unit = rate
        .filter(|rate| *rate > Decimal::ZERO)
        .ok_or(CellReject::of(meaning.usd_per_unit, RejectCode::BadNumber))?;
    Ok(RateRecord { currency: currency.to_uppercase(), month: Month::of(day), usd_per_unit })
}

pub(crate) fn association(
    row: &Row<'_>,
    meaning: &dialect::Associations,
    forms: FileForms,
) -> Result<AssociationRecord, CellReject> {
    let subscription = subscription_id(row, meaning.subscription)?;
    let partner = partner_id(row, meaning.partner)?;
    let (column, names) = &meaning.kind;
    let association = dialect::association_named(names, &checked(row, *column)?);
    let association = association.ok_or(CellReject::of(*column, RejectCode::UnknownAssociation))?;
    let bound = |column: &Option<DateColumn>| column.as_ref().map_or(Ok(None), |c| day(row, c, forms));
    let (from, to) = (bound(&meaning.from)?, bound(&meaning.to)?);
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        return Err(CellReject {
            column: meaning.to.as_ref().map(|c| c.column),
            code: RejectCode::BadPeriod,
        });
    }
    Ok(AssociationRecord { subscription, partner, association, from, to })
}

pub(crate) fn credential(
    row: &Row<'_>,
    layout: &Layout<'_>,
    meaning: &dialect::Credentials,
    forms: FileForms,
) -> Result<CredentialRecord, CellReject> {
    let partner = partner_id(row, meaning.partner)?;
    let mut known_as = Vec::new();
    let individual = id(row, meaning.individual)?;
    if !ids::is_absent_id(&individual) {
        known_as.push(format!("{ID_PREFIX}{}", lower(whole(individual))));
    }
    for mail in &meaning.mails {
        let mail = checked(row, *mail)?;
        // `none`, `n/a` and the like are no addresses, and would make one person of many.
        if mail.contains('@') {
            known_as.push(format!("mail:{}", lower(mail)));
        }
    }
    if known_as.is_empty() {
        return Err(CellReject { column: None, code: RejectCode::NoIndividual });
    }
    let present = |columns: &[ColumnKey]| -> Result<Vec<Cow<'_, str>>, CellReject> {
        let texts = columns.iter().filter(|c| layout.has(**c)).map(|c| checked(row, *c));
        texts.filter(|t| t.as_ref().map_or(true, |t| !ids::is_blank_word(t))).collect()
    };
    let codes: Vec<String> =
        present(&meaning.codes)?.into_iter().map(|code| whole(code).into_owned()).collect();
    let titles: Vec<String> = present(&meaning.titles)?.into_iter().map(Cow::into_owned).collect();
    if codes.is_empty() && titles.is_empty() {
        return Err(CellReject { column: None, code: RejectCode::NoCredential });
    }
    let completed = &meaning.completed_on;
    let completed_on =
        day(row, completed, forms)?.ok_or(CellReject::of(completed.column, RejectCode::BadDate))?;
    let expires_on = match &meaning.expires_on {
        Some(column) => day(row, column, forms)?,
        None => None,
    };
    let texts = CredentialTexts { codes, titles };
    Ok(CredentialRecord { partner, known_as, texts, completed_on, expires_on, first: None })
}

/// The day in a column; blank is `None`.
fn day(row: &Row<'_>, column: &DateColumn, forms: FileForms) -> Result<Option<Day>, CellReject> {
    if cell(row, column.column).is_empty() {
        return Ok(None);
    }
    let found = checked(row, column.column)?;
    if ids::is_blank_word(&found) {
        return Ok(None);
    }
    let order = forms.order.unwrap_or(column.order);
    date(row, column, order).map(Some).map_err(|code| CellReject::of(column.column, code))
}

fn optional_partner(row: &Row<'_>, column: Option<ColumnKey>) -> Result<Option<PartnerId>, CellReject> {
    let Some(column) = column else { return Ok(None) };
    let text = text::partner(&cell(row, column)).map_err(|code| CellReject::of(column, code))?;
    Ok(text.and_then(|text| PartnerId::parse(&text)))
}

fn partner_id(row: &Row<'_>, column: ColumnKey) -> Result<PartnerId, CellReject> {
    let text = text::partner(&cell(row, column)).map_err(|code| CellReject::of(column, code))?;
    text.and_then(|text| PartnerId::parse(&text)).ok_or(CellReject::of(column, RejectCode::NoPartner))
}

/// The digits of an id that is a whole number: programs write `13736.0` for 13736. Any other text stays as it is.
fn whole(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text;
    }
    match numeric_id(&text) {
        NumericId::Whole(digits, Sign::Plus) if !digits.is_empty() => Cow::Owned(digits.into_owned()),
        NumericId::Whole(..) | NumericId::LostPrecision | NumericId::Text => text,
    }
}

pub(super) fn subscription_id(row: &Row<'_>, column: ColumnKey) -> Result<SubscriptionId, CellReject> {
    let cell = cell(row, column);
    let is_text = !matches!(cell.kind, CellKind::SheetNumber | CellKind::SheetError);
    if is_text && let Some(guid) = ids::guid(cell.bytes).filter(|guid| *guid != 0) {
        return Ok(SubscriptionId::Guid(guid));
    }
    let text = text::subscription(&cell).map_err(|code| CellReject::of(column, code))?;
    let is_one = !ids::is_absent_subscription(&text);
    is_one.then(|| SubscriptionId::of(&text)).ok_or(CellReject::of(column, RejectCode::NoSubscription))
}

fn id<'r>(row: &Row<'r>, column: ColumnKey) -> Result<Cow<'r, str>, CellReject> {
    text::id(&cell(row, column)).map_err(|code| CellReject::of(column, code))
}

fn optional_id<'r>(row: &Row<'r>, column: Option<ColumnKey>) -> Result<Option<Cow<'r, str>>, CellReject> {
    let Some(column) = column else { return Ok(None) };
    let text = id(row, column)?;
    Ok((!ids::is_absent_id(&text)).then_some(text))
}

fn checked<'r>(row: &Row<'r>, column: ColumnKey) -> Result<Cow<'r, str>, CellReject> {
    text::text(&cell(row, column)).map_err(|code| CellReject::of(column, code))
}

/// In lower case, as nearly every word stands.
fn lower(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_lower = text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase());
    if is_lower { text } else { Cow::Owned(text.to_lowercase()) }
}

fn optional(row: &Row<'_>, column: Option<ColumnKey>) -> Result<Option<String>, CellReject> {
    let Some(column) = column else { return Ok(None) };
    text::optional(&cell(row, column)).map_err(|code| CellReject::of(column, code))
}
