//! The fact that a refused row of a small role would have stated: as much of it as can be read. Comes in: a row that was refused. Goes
//! out: a [`RefusedFact`], from which confidence derives what the row could change. A cell that cannot be read makes its part absent.

use super::file_forms::FileForms;
use super::{cell, date, small, text};
use crate::base::calendar::Month;
use crate::base::ids;
use crate::config::dialect::{ColumnKey, DateColumn, Layout, RoleMeaning, association_named};
use crate::diagnostics::refused_fact::{RefusedFact, RefusedParent};
use crate::formats::row::Row;

use super::amount::is_currency;

/// The fact of a record whose cells cannot be told apart. **Absent**: a row of consumption, which is no fact of a small role.
pub(super) fn unread(meaning: &RoleMeaning) -> Option<RefusedFact> {
    match meaning {
        RoleMeaning::Credentials(_) => {
            Some(RefusedFact::Pass { partner: None, credential: None, completed_on: None })
        }
        RoleMeaning::Partners(meaning) => {
            let parent = match meaning.rolls_up_to {
                Some(_) => RefusedParent::Unread,
                None => RefusedParent::None,
            };
            Some(RefusedFact::RosterLine { partner: None, parent, may_have_tenant: meaning.tenant.is_some() })
        }
        RoleMeaning::Associations(_) => {
            Some(RefusedFact::Association { subscription: None, association: None })
        }
        RoleMeaning::Rates(_) => Some(RefusedFact::Rate { currency: None, month: None }),
        RoleMeaning::Markets(_) => Some(RefusedFact::Market { country: None }),
        RoleMeaning::Consumption(_) | RoleMeaning::Credits(_) => None,
    }
}

/// The fact of a row. **Absent**: a row of consumption.
pub(super) fn fact(row: &Row<'_>, layout: &Layout<'_>, forms: FileForms) -> Option<RefusedFact> {
    match &layout.dialect.meaning {
        RoleMeaning::Credentials(meaning) => {
            let texts = |columns: &[ColumnKey]| -> Option<Vec<String>> {
                let present = columns.iter().filter(|column| layout.has(**column));
                let texts = present.map(|column| text::text(&cell(row, *column)).ok());
                let texts: Vec<String> = texts.map(|text| text.map(Into::into)).collect::<Option<_>>()?;
                Some(texts.into_iter().filter(|text| !ids::is_blank_word(text)).collect())
            };
            let credential = texts(&meaning.codes).zip(texts(&meaning.titles));
            Some(RefusedFact::Pass {
                partner: id(row, meaning.partner),
                credential: credential.filter(|(codes, titles)| !codes.is_empty() || !titles.is_empty()),
                completed_on: day(row, &meaning.completed_on, forms),
            })
        }
        RoleMeaning::Partners(meaning) => {
            let partner = id(row, meaning.partner);
            let parent = match meaning.rolls_up_to.filter(|column| layout.has(*column)) {
                None => RefusedParent::None,
                Some(column) => match text::partner(&cell(row, column)) {
                    Ok(None) => RefusedParent::None,
                    Ok(Some(text)) if partner.as_deref() == Some(&*text) => RefusedParent::None,
                    Ok(Some(text)) => RefusedParent::Partner(text.into_owned()),
                    Err(_) => RefusedParent::Unread,
                },
            };
            let tenant = meaning.tenant.filter(|column| layout.has(*column));
            let may_have_tenant = tenant.is_some_and(|column| {
                text::id(&cell(row, column)).map_or(true, |text| !ids::is_absent_id(&text))
            });
            Some(RefusedFact::RosterLine { partner, parent, may_have_tenant })
        }
        RoleMeaning::Associations(meaning) => {
            let subscription = small::subscription_id(row, meaning.subscription).ok();
            let (column, names) = &meaning.kind;
            let association = association_named(names, &text::text(&cell(row, *column)).unwrap_or_default());
            Some(RefusedFact::Association {
                subscription: subscription.map(|subscription| subscription.to_string()),
                association,
            })
        }
        RoleMeaning::Rates(meaning) => {
            let currency = text::text(&cell(row, meaning.currency)).ok();
            let currency = currency.filter(|text| is_currency(text.as_bytes()));
            Some(RefusedFact::Rate {
                currency: currency.map(|text| text.to_uppercase()),
                month: day(row, &meaning.month, forms).map(Month::of),
            })
        }
        RoleMeaning::Markets(meaning) => {
            let country = text::optional(&cell(row, meaning.country)).ok().flatten();
            Some(RefusedFact::Market { country: country.map(|country| country.to_lowercase()) })
        }
        RoleMeaning::Consumption(_) | RoleMeaning::Credits(_) => None,
    }
}

fn id(row: &Row<'_>, column: ColumnKey) -> Option<String> {
    text::partner(&cell(row, column)).ok()?.map(Into::into)
}

fn day(row: &Row<'_>, column: &DateColumn, forms: FileForms) -> Option<crate::base::calendar::Day> {
    date(row, column, forms.order.unwrap_or(column.order)).ok()
}
