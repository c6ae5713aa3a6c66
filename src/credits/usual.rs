//! Whose a row is, of rows whose cells say it as nearly all do. Comes in: cells as they stand. Goes out: keys. Whatever else
//! stands in a cell, [`Plan::whom`] says, which stays the meaning of both.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::keys::{PartnerKey, SubscriptionKey};
use super::memo::{Known, Listed, VALUES};
use crate::base::association::Association;
use crate::base::ids::{self, PartnerId};
use crate::base::simd::{Portable, Simd};
use crate::config::dialect::{ColumnKey, Credit, RowAssociation, Whose};
use crate::formats::batch::RowBatch;
use crate::roster::Roster;
use crate::rows::consumption::Plan;

/// How the rows of one input say whose they are, and what is remembered of it.
#[derive(Debug)]
pub(super) struct UsualWhose<'d> {
    subscription: Option<ColumnKey>,
    repeats: bool,
    credit: UsualCredit<'d>,
}

/// The partners of tenants, as far as both are usual.
#[derive(Debug, Default)]
pub(crate) struct Tenants {
    partners: HashMap<SubscriptionKey, Option<PartnerKey>, FixedState>,
}

impl Tenants {
    /// Those of a roster.
    pub(crate) fn of(roster: &Roster) -> Tenants {
        let usual = |(tenant, partner): (&str, &PartnerId)| {
            let partner = PartnerKey::usual(partner.as_str().as_bytes());
            Some((SubscriptionKey::usual(Portable, tenant.as_bytes())?, partner))
        };
        Tenants { partners: roster.tenants().filter_map(usual).collect() }
    }

    /// What a cell says that holds a tenant.
    fn said_by(&self, text: &[u8]) -> Said {
        // What is no usual text is that of no tenant here, and may be that of another.
        let Some(key) = SubscriptionKey::usual(Portable, text) else {
            return if text.is_empty() { Said::Nobody } else { Said::Unusual };
        };
        match self.partners.get(&key) {
            None => Said::Nobody,
            Some(None) => Said::Unusual,
            Some(Some(partner)) => Said::This(*partner),
        }
    }
}

#[derive(Debug)]
enum UsualCredit<'d> {
    Associated,
    Row(Vec<UsualRule<'d>>),
}

#[derive(Debug)]
struct UsualRule<'d> {
    whose: UsualHolder,
    differs_from: Option<ColumnKey>,
    association: &'d RowAssociation,
    names: Known<Association>,
    said: Listed<Said>,
}

#[derive(Debug, Clone, Copy)]
enum UsualHolder {
    Partner(ColumnKey),
    Tenant(ColumnKey),
    /// Always this one, if it is anybody.
    Fixed(Option<PartnerKey>),
}

/// What a cell says of a partner.
#[derive(Debug, Clone, Copy)]
enum Said {
    Nobody,
    This(PartnerKey),
    Unusual,
}

/// Whose a row is.
#[derive(Debug, Clone, Copy)]
pub(super) enum RowWhose {
    /// This partner's, by this association.
    Partner(PartnerKey, Association),
    /// Theirs who are associated with the subscription.
    Associated,
}

impl<'d> UsualWhose<'d> {
    /// For the rows of an input of this plan. `None`: all its rows are to be read with care.
    pub(super) fn new(plan: &Plan<'d>) -> Option<UsualWhose<'d>> {
        let holder = |whose| {
            Some(match whose {
                Whose::Partner(column) => UsualHolder::Partner(column),
                Whose::Tenant(column) => UsualHolder::Tenant(column),
                Whose::Option => UsualHolder::Fixed(match plan.option_partner() {
                    Some(partner) => Some(PartnerKey::usual(partner.as_bytes())?),
                    None => None,
                }),
            })
        };
        let credit = match &plan.rules.credit {
            Credit::AssociationsFile => UsualCredit::Associated,
            Credit::Row(rules) => {
                let rule = |rule: &'d crate::config::dialect::CreditRule| {
                    Some(UsualRule {
                        whose: holder(rule.whose)?,
                        differs_from: rule.differs_from,
                        association: &rule.association,
                        names: Known::of_at_most(VALUES),
                        said: Listed::new(),
                    })
                };
                UsualCredit::Row(rules.iter().map(rule).collect::<Option<_>>()?)
            }
        };
        let (subscription, repeats) = (plan.rules.subscription, plan.rules.repeats_per_association);
        Some(UsualWhose { subscription, repeats, credit })
    }

    /// Whose a row is, and its subscription; `None`: it is to be read with care.
    #[inline(always)]
    pub(super) fn of<B: RowBatch, L: Simd>(
        &mut self,
        lanes: L,
        tenants: &Tenants,
        batch: &B,
        row: usize,
    ) -> Option<(SubscriptionKey, RowWhose)> {
        let subscription = match self.subscription {
            Some(column) => match plain::<B>(batch.text(row, column.0)?) {
                b"" if !self.repeats => SubscriptionKey::NONE,
                text => SubscriptionKey::usual(lanes, text)?,
            },
            None if self.repeats => return None,
            None => SubscriptionKey::NONE,
        };
        let UsualCredit::Row(rules) = &mut self.credit else {
            return Some((subscription, RowWhose::Associated));
        };
        for rule in rules {
            let said = match rule.whose {
                UsualHolder::Partner(column) => match rule.said.get(batch, row, column) {
                    Some(said) => said,
                    None => rule.said.note(batch, row, column, partner(lanes, batch, row, column)),
                },
                UsualHolder::Tenant(column) => match rule.said.get(batch, row, column) {
                    Some(said) => said,
                    None => rule.said.note(batch, row, column, tenant(tenants, batch, row, column)),
                },
                UsualHolder::Fixed(said) => said.map_or(Said::Nobody, Said::This),
            };
            let this = match said {
                Said::Nobody => continue,
                Said::This(this) => this,
                Said::Unusual => return None,
            };
            if let Some(column) = rule.differs_from {
                match partner(lanes, batch, row, column) {
                    Said::This(other) if other == this => continue,
                    Said::This(_) | Said::Nobody => {}
                    Said::Unusual => return None,
                }
            }
            return Some((subscription, RowWhose::Partner(this, association(rule, batch, row)?)));
        }
        None
    }
}

/// The text of a cell without its quotes.
#[inline(always)]
fn plain<B: RowBatch>(raw: &[u8]) -> &[u8] {
    match raw {
        [b'"', text @ .., b'"'] if B::MAY_BE_QUOTED => text,
        raw => raw,
    }
}

#[inline(always)]
fn partner<B: RowBatch, L: Simd>(lanes: L, batch: &B, row: usize, column: ColumnKey) -> Said {
    if let Some((text, count)) = batch.padded(row, column.0)
        && let Some(key) = PartnerKey::usual_in(lanes, text, count)
    {
        return Said::This(key);
    }
    other_partner(batch, row, column)
}

#[inline(never)]
fn tenant<B: RowBatch>(tenants: &Tenants, batch: &B, row: usize, column: ColumnKey) -> Said {
    batch.text(row, column.0).map(plain::<B>).map_or(Said::Unusual, |text| tenants.said_by(text))
}

/// Of a cell that is no id of few digits, or of whose digits no window is to be had.
#[inline(never)]
fn other_partner<B: RowBatch>(batch: &B, row: usize, column: ColumnKey) -> Said {
    match (batch.text(row, column.0).map(plain::<B>), batch.decimal(row, column.0)) {
        (Some(text), _) => match PartnerKey::usual(text) {
            Some(key) => Said::This(key),
            None if std::str::from_utf8(text).is_ok_and(ids::names_nobody) => Said::Nobody,
            None => Said::Unusual,
        },
        // A number that has lost its last digits is no id.
        (None, Some((number, 0))) if (1..1_000_000_000_000_000).contains(&number) => {
            u64::try_from(number).map_or(Said::Unusual, |number| Said::This(PartnerKey::Number(number)))
        }
        _ => Said::Unusual,
    }
}

#[inline(always)]
fn association<B: RowBatch>(rule: &mut UsualRule<'_>, batch: &B, row: usize) -> Option<Association> {
    let (column, names) = match rule.association {
        RowAssociation::Fixed(association) => return Some(*association),
        RowAssociation::Column(column, names) => (column, names),
    };
    // As it stands, quotes and all: what is remembered is what the same bytes said.
    rule.names.get(batch.inline_key(row, column.0)?, || {
        let text = plain::<B>(batch.text(row, column.0)?);
        // Other letters are other bytes in other encodings.
        if !text.is_ascii() {
            return None;
        }
        names.iter().find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(text)).map(|(_, a)| *a)
    })
}
