//! Whose a row is, of rows whose cells say it as nearly all do. Comes in: cells as they stand. Goes out: keys. Whatever else
//! stands in a cell, [`Plan::whom`] says, which stays the meaning of both.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::keys::{PartnerKey, SubscriptionKey};
use super::memo::Listed;
use crate::dialects::{Association, ColumnKey, Credit, RowAssociation, Whose};
use crate::ids;
use crate::inputs::batch::RowBatch;
use crate::records::consumption::Plan;
use crate::records::words::{Short, short};
use crate::roster::Roster;

/// Names of associations that are remembered.
const NAMES: usize = 16;
/// Tenants that are remembered.
const TENANTS: usize = 1 << 16;

/// How the rows of one input say whose they are, and what is remembered of it.
#[derive(Debug)]
pub(super) struct UsualWhose<'d> {
    subscription: Option<ColumnKey>,
    repeats: bool,
    credit: UsualCredit<'d>,
    tenants: HashMap<SubscriptionKey, Option<PartnerKey>, FixedState>,
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
    names: Vec<(Short, Association)>,
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
                let rule = |rule: &'d crate::dialects::CreditRule| {
                    Some(UsualRule {
                        whose: holder(rule.whose)?,
                        differs_from: rule.differs_from,
                        association: &rule.association,
                        names: Vec::new(),
                        said: Listed::new(),
                    })
                };
                UsualCredit::Row(rules.iter().map(rule).collect::<Option<_>>()?)
            }
        };
        let (subscription, repeats) = (plan.rules.subscription, plan.rules.repeats_per_association);
        Some(UsualWhose { subscription, repeats, credit, tenants: HashMap::default() })
    }

    /// Whose a row is, and its subscription; `None`: it is to be read with care.
    #[inline(always)]
    pub(super) fn of<B: RowBatch>(
        &mut self,
        roster: &Roster,
        batch: &B,
        row: usize,
    ) -> Option<(SubscriptionKey, RowWhose)> {
        let subscription = match self.subscription {
            Some(column) => match plain::<B>(batch.text(row, column.0)?) {
                b"" if !self.repeats => SubscriptionKey::NONE,
                text => SubscriptionKey::usual(text)?,
            },
            None if self.repeats => return None,
            None => SubscriptionKey::NONE,
        };
        let UsualCredit::Row(rules) = &mut self.credit else {
            return Some((subscription, RowWhose::Associated));
        };
        for rule in rules {
            let said = match rule.whose {
                UsualHolder::Partner(column) => {
                    rule.said.get(batch, (row, column), || Some(partner(batch, row, column)))
                }
                UsualHolder::Tenant(column) => rule.said.get(batch, (row, column), || {
                    Some(tenant(&mut self.tenants, roster, batch, row, column))
                }),
                UsualHolder::Fixed(said) => Some(said.map_or(Said::Nobody, Said::This)),
            };
            let this = match said? {
                Said::Nobody => continue,
                Said::This(this) => this,
                Said::Unusual => return None,
            };
            if let Some(column) = rule.differs_from {
                match partner(batch, row, column) {
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
fn partner<B: RowBatch>(batch: &B, row: usize, column: ColumnKey) -> Said {
    match batch.text(row, column.0).and_then(|raw| PartnerKey::usual(plain::<B>(raw))) {
        Some(key) => Said::This(key),
        None => other_partner(batch, row, column),
    }
}

/// Of a cell that is no id of digits.
#[inline(never)]
fn other_partner<B: RowBatch>(batch: &B, row: usize, column: ColumnKey) -> Said {
    match (batch.text(row, column.0), batch.decimal(row, column.0)) {
        (Some(raw), _) if std::str::from_utf8(plain::<B>(raw)).is_ok_and(ids::names_nobody) => Said::Nobody,
        // A number that has lost its last digits is no id.
        (None, Some((number, 0))) if (1..1_000_000_000_000_000).contains(&number) => {
            u64::try_from(number).map_or(Said::Unusual, |number| Said::This(PartnerKey::Number(number)))
        }
        _ => Said::Unusual,
    }
}

/// The partner that the roster names for a tenant.
#[inline(never)]
fn tenant<B: RowBatch>(
    known: &mut HashMap<SubscriptionKey, Option<PartnerKey>, FixedState>,
    roster: &Roster,
    batch: &B,
    row: usize,
    column: ColumnKey,
) -> Said {
    let Some(text) = batch.text(row, column.0).map(plain::<B>) else { return Said::Unusual };
    let Some(key) = SubscriptionKey::usual(text) else {
        return if text.is_empty() { Said::Nobody } else { Said::Unusual };
    };
    if let Some(found) = known.get(&key) {
        return found.map_or(Said::Nobody, Said::This);
    }
    let tenant = String::from_utf8_lossy(text).to_lowercase();
    let found = match roster.partner_of_tenant(&tenant).map(|partner| PartnerKey::usual(partner.as_bytes())) {
        Some(None) => return Said::Unusual,
        Some(found) => found,
        None => None,
    };
    if known.len() < TENANTS {
        known.insert(key, found);
    }
    found.map_or(Said::Nobody, Said::This)
}

#[inline(always)]
fn association<B: RowBatch>(rule: &mut UsualRule<'_>, batch: &B, row: usize) -> Option<Association> {
    let (column, names) = match rule.association {
        RowAssociation::Fixed(association) => return Some(*association),
        RowAssociation::Column(column, names) => (column, names),
    };
    let text = plain::<B>(batch.text(row, column.0)?);
    let name = short(text)?;
    if let Some((_, association)) = rule.names.iter().find(|(known, _)| *known == name) {
        return Some(*association);
    }
    let (_, association) = names.iter().find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(text))?;
    if rule.names.len() < NAMES {
        rule.names.push((name, *association));
    }
    Some(*association)
}
