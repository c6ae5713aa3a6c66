//! The meaning of one row of consumption. Comes in: a row and the plan of its file. Goes out: kind, time, owner and amount of the
//! row, each as it stands in the row, or the reject. Tests of a row, in this order; the first that fails decides (SPEC 3.3): is
//! it consumption → date → owner → amount. The plan knows no window, no roster, no association and no rule set: those judge credits.

use std::borrow::Cow;

use crate::base::amount::DecimalMark;
use crate::base::association::Association;
use crate::base::calendar::{DateOrder, Day, Month};
use crate::base::ids::{self, PartnerId};
use crate::config::dialect::{
    ColumnKey, Consumption, CostKinds, DateColumn, Grain, Layout, OtherValues, OwnerColumn, OwnerRule,
    RoleMeaning, RowAssociation, RowCondition, association_named,
};
use crate::diagnostics::reject::{Reject, RejectAmount, RejectCode, RejectOwner};
use crate::formats::row::Row;

use super::amount::{self, AmountPlan};
use super::file_forms::{FileForms, FormVotes};
use super::owner_rules::of_provider;
pub(crate) use super::owner_rules::{names_provider, names_provider_ids, names_tenants, takes_partner_id};
use super::{CellReject, cell, first_date, row_reject, text, usage_day};

/// How the rows of one file are read: its dialect, reduced to the columns that the file has.
pub(crate) struct Plan<'d> {
    pub(crate) layout: &'d Layout<'d>,
    pub(crate) rules: &'d Consumption,
    pub(crate) date: &'d DateColumn,
    order: DateOrder,
    pub(super) mark: DecimalMark,
    pub(super) amounts: Vec<AmountPlan<'d>>,
    conditions: Vec<&'d RowCondition>,
    /// The provider of rows that name none, by `--partner-id`. **Absent**: the option is not given, or the dialect has no use for it.
    partner_option: Option<&'d str>,
    /// Whether a tenant must be a GUID: rows name their provider by partner id or by tenant, and a credits table holds both in one column.
    tenants_are_guids: bool,
    forms: FileForms,
    evidence: Evidence,
}

/// Whether the rows of a file must show what kind of export it is: actual or amortized cost, billed or unbilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Evidence {
    /// A manifest or name states the kind, or nothing depends on it.
    #[default]
    NotNeeded,
    Needed,
}

/// The time of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time {
    /// The row's day; of a monthly row, the month's last day.
    pub(crate) day: Day,
    pub(crate) month: Month,
}

/// The owner of the consumption of a row, as the row names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner<'r> {
    /// The row names a partner.
    Partner {
        partner: Cow<'r, str>,
        association: Association,
        /// **Absent**: the export has none, or the row names none.
        provider: Option<Provider<'r>>,
    },
    /// The row names its provider alone.
    Provider(Provider<'r>),
    /// The row names no partner; the associations file decides.
    Associations,
}

/// The partner that a row names, with the rule that found it; and its provider.
type NamedOwner<'r, 'd> = (Option<(Cow<'r, str>, &'d OwnerRule)>, Option<Provider<'r>>);

/// The provider of a CSP row: who sells the subscription, directly or through a reseller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Provider<'r> {
    /// The id of a partner.
    Partner(Cow<'r, str>),
    /// A tenant id, lower case: the roster says whose it is.
    Tenant(String),
}

/// The kind of a row: whether it is consumption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Consumption,
    Other,
}

/// The verdict of one cell on its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The row may be consumption.
    Counts,
    /// The row is no consumption.
    Excluded,
    /// The value is not known.
    Unknown,
}

fn verdict(condition: &RowCondition, row: &Row<'_>) -> Verdict {
    let value = text::utf8(&cell(row, condition.column));
    let value = text::trim_mark(&value).trim_ascii();
    let verdict_of = |value: &[u8]| {
        let is_in = |list: &[String]| list.iter().any(|v| v.as_bytes().eq_ignore_ascii_case(value));
        if is_in(&condition.counts) {
            Verdict::Counts
        } else if is_in(&condition.excluded) {
            Verdict::Excluded
        } else {
            Verdict::Unknown
        }
    };
    let verdict = match verdict_of(value) {
        // Words for a missing value stand for a blank cell, unless the dialect lists them.
        Verdict::Unknown if std::str::from_utf8(value).is_ok_and(ids::is_absent_word) => verdict_of(b""),
        verdict => verdict,
    };
    match (verdict, condition.others) {
        // A blank cell names no one to exclude.
        (Verdict::Unknown, OtherValues::Excluded)
            if text::optional(&cell(row, condition.column)).is_ok_and(|text| text.is_some()) =>
        {
            Verdict::Excluded
        }
        (verdict, OtherValues::Refused(_) | OtherValues::Excluded) => verdict,
    }
}

/// The code of the reject for a value with [`Verdict::Unknown`].
fn unknown_code(condition: &RowCondition, row: &Row<'_>) -> RejectCode {
    match (text::text(&cell(row, condition.column)), condition.others) {
        (Err(code), _) | (Ok(_), OtherValues::Refused(code)) => code,
        (Ok(_), OtherValues::Excluded) => RejectCode::UnknownValue,
    }
}

impl<'d> Plan<'d> {
    /// The plan of a file of consumption.
    pub(crate) fn new(
        layout: &'d Layout<'d>,
        partner_option: Option<&'d PartnerId>,
        forms: FileForms,
        evidence: Evidence,
    ) -> Plan<'d> {
        let RoleMeaning::Consumption(rules) = &layout.dialect.meaning else {
            unreachable!("the caller sorts inputs by role");
        };
        let date =
            first_date(layout, &rules.dates).or(rules.dates.first()).expect("the schema wants a date column");
        Plan {
            layout,
            rules,
            date,
            order: forms.order.unwrap_or(date.order),
            mark: forms.mark,
            amounts: amount::plans(layout, rules),
            conditions: rules.conditions.iter().filter(|c| layout.has(c.column)).collect(),
            partner_option: partner_option.map(PartnerId::as_str).filter(|_| takes_partner_id(rules)),
            tenants_are_guids: names_provider_ids(rules),
            forms,
            evidence,
        }
    }

    /// Plan of a file without a column of the currency, whose amounts are in `currency`.
    pub(crate) fn with_currency(mut self, currency: &'d str) -> Plan<'d> {
        self.amounts.iter_mut().for_each(|amount| amount.set_currency(currency));
        self
    }

    /// Whether a row is consumption. A value that excludes the row beats an unknown value.
    pub(crate) fn kind(&self, row: &Row<'_>) -> Result<Kind, CellReject> {
        let mut fault = None;
        for condition in &self.conditions {
            match verdict(condition, row) {
                Verdict::Counts => {}
                Verdict::Excluded => return Ok(Kind::Other),
                Verdict::Unknown => {
                    fault = fault.or(Some(CellReject::of(condition.column, unknown_code(condition, row))));
                }
            }
        }
        fault.map_or(Ok(Kind::Consumption), Err)
    }

    /// The columns that tell actual from amortized cost. `None` if the dialect has none, or if no row must show it.
    pub(crate) fn cost_kinds(&self) -> Option<&'d CostKinds> {
        self.rules.cost_kinds.as_ref().filter(|_| self.evidence == Evidence::Needed)
    }

    /// The column with the number of the invoice. `None` if the file has none, or if no row must show it.
    pub(crate) fn invoice(&self) -> Option<ColumnKey> {
        self.rules.invoice.filter(|column| self.evidence == Evidence::Needed && self.layout.has(*column))
    }

    /// The columns that decide whether a row is consumption.
    pub(crate) fn condition_columns(&self) -> impl Iterator<Item = ColumnKey> {
        self.conditions.iter().map(|condition| condition.column)
    }

    /// The verdict of the `nth` of those columns on a row.
    pub(crate) fn verdict(&self, nth: usize, row: &Row<'_>) -> Verdict {
        verdict(self.conditions[nth], row)
    }

    /// Whether a row that counts has none of `values` in this column.
    pub(crate) fn tells_usage_from(&self, column: ColumnKey, values: &[String]) -> bool {
        let is_among = |value: &String| values.iter().any(|other| other.eq_ignore_ascii_case(value));
        let mut of_column = self.conditions.iter().filter(|condition| condition.column == column);
        of_column.next().is_some_and(|condition| !condition.counts.iter().any(is_among))
    }

    /// The column that says when a row was.
    pub(crate) fn date_column(&self) -> ColumnKey {
        self.date.column
    }

    /// The provider of rows that name none, by `--partner-id`. **Absent**: the option is not given, or the dialect has no use for it.
    pub(crate) fn partner_option(&self) -> Option<&'d str> {
        self.partner_option
    }

    /// Whether a tenant that is no GUID names no provider.
    pub(crate) fn tenants_are_guids(&self) -> bool {
        self.tenants_are_guids
    }

    /// Whether a row stands for a day or for a whole month.
    pub(crate) fn grain(&self) -> Grain {
        self.date.grain
    }

    /// The time of a row.
    pub(crate) fn time(&self, row: &Row<'_>) -> Result<Time, CellReject> {
        let day =
            usage_day(row, self.date, self.order).map_err(|code| CellReject::of(self.date.column, code))?;
        let month = Month::of(day);
        Ok(match self.date.grain {
            Grain::Day => Time { day, month },
            Grain::Month => Time { day: month.last_day(), month },
        })
    }

    /// The subscription of a row, as it stands. `None` if the row names none.
    pub(crate) fn subscription<'r>(&self, row: &Row<'r>) -> Result<Option<Cow<'r, str>>, CellReject> {
        let Some(column) = self.rules.subscription else { return Ok(None) };
        let text = text::subscription(&cell(row, column)).map_err(|code| CellReject::of(column, code))?;
        Ok((!ids::is_absent_subscription(&text)).then_some(text))
    }

    /// The owner of a row: the partner of the first rule that finds one, and the provider beside it, if the dialect names one.
    pub(crate) fn owner<'r>(&self, row: &Row<'r>) -> Result<Owner<'r>, CellReject>
    where
        'd: 'r,
    {
        let rules = self.rules.owner.rules();
        let (partner, provider) = self.named(row, rules)?;
        match (partner, provider) {
            (Some((partner, rule)), provider) => {
                let association = self.association(row, &rule.association)?;
                Ok(Owner::Partner { partner, association, provider })
            }
            (None, Some(provider)) => Ok(Owner::Provider(provider)),
            (None, None) if self.rules.owner.uses_associations_file() => Ok(Owner::Associations),
            (None, None) => {
                let column = rules.iter().find_map(|rule| match rule.owner {
                    OwnerColumn::Partner(column) => Some(column),
                    OwnerColumn::Tenant(_) | OwnerColumn::Option => None,
                });
                Err(CellReject { column, code: RejectCode::NoPartner })
            }
        }
    }

    /// The partner that a row names, with the rule that found it, and its provider.
    fn named<'r>(&self, row: &Row<'r>, rules: &'d [OwnerRule]) -> Result<NamedOwner<'r, 'd>, CellReject>
    where
        'd: 'r,
    {
        let mut partner: Option<(Cow<'r, str>, &'d OwnerRule)> = None;
        let mut provider: Option<Provider<'r>> = None;
        for rule in rules {
            // A cell that cannot matter is not read: the fast path does not read it either.
            if if rule.is_provider() { provider.is_some() } else { partner.is_some() || provider.is_some() } {
                continue;
            }
            let named = match rule.owner {
                OwnerColumn::Partner(column) => {
                    let Some(text) = self.partner(row, column)? else { continue };
                    if self.equals_other(row, rule, &text)? {
                        continue;
                    }
                    Provider::Partner(text)
                }
                OwnerColumn::Tenant(column) => {
                    let text = self.id(row, column)?;
                    let text = ids::subscription_key(&text);
                    let is_guid = || ids::guid(text.as_bytes()).is_some();
                    if ids::is_absent_subscription(&text) || self.tenants_are_guids && !is_guid() {
                        continue;
                    }
                    Provider::Tenant(text)
                }
                OwnerColumn::Option => match self.partner_option {
                    Some(partner) => Provider::Partner(partner.into()),
                    None => continue,
                },
            };
            match named {
                Provider::Partner(text) if !rule.is_provider() => partner = Some((text, rule)),
                named => provider = Some(named),
            }
        }
        Ok((partner, provider))
    }

    fn id<'r>(&self, row: &Row<'r>, column: ColumnKey) -> Result<Cow<'r, str>, CellReject> {
        text::id(&cell(row, column)).map_err(|code| CellReject::of(column, code))
    }

    fn partner<'r>(&self, row: &Row<'r>, column: ColumnKey) -> Result<Option<Cow<'r, str>>, CellReject> {
        text::partner(&cell(row, column)).map_err(|code| CellReject::of(column, code))
    }

    /// Whether the column from which the partner of a rule must differ holds the same id.
    fn equals_other(&self, row: &Row<'_>, rule: &OwnerRule, partner: &str) -> Result<bool, CellReject> {
        match rule.differs_from {
            Some(column) => Ok(self.partner(row, column)?.as_deref() == Some(partner)),
            None => Ok(false),
        }
    }

    fn association(&self, row: &Row<'_>, association: &RowAssociation) -> Result<Association, CellReject> {
        match association {
            RowAssociation::Fixed(association) => Ok(*association),
            RowAssociation::Column(column, names) => {
                let text = text::text(&cell(row, *column)).map_err(|code| CellReject::of(*column, code))?;
                association_named(names, &text)
                    .ok_or_else(|| CellReject::of(*column, RejectCode::UnknownAssociation))
            }
        }
    }

    /// Counts what the cells of a row show of the forms of its file, whatever the row is.
    pub(crate) fn vote(&self, row: &Row<'_>, votes: &mut FormVotes) {
        votes.note_day(row, self.date.column);
        match self.choice(row) {
            Ok(choice) => votes.note_number(row, choice.column),
            Err(_) => {
                if let Some(plan) = self.amounts.first() {
                    votes.note_number(row, plan.column);
                }
            }
        }
    }

    /// The reject of a row with a fault, with the bounds of its amount and the owner, as far as the row can be read.
    pub(crate) fn reject(&self, row: &Row<'_>, fault: &CellReject) -> Reject {
        let mut reject = row_reject(row, self.layout, fault, &[], self.forms);
        match self.named(row, self.rules.owner.rules()).ok() {
            Some((Some((partner, rule)), provider)) => {
                reject.owner = RejectOwner::Partner(partner.to_string());
                reject.partner_id = Some(text::shown(partner.as_bytes()));
                reject.association = self.association(row, &rule.association).ok();
                reject.provider = provider.map(of_provider);
            }
            Some((None, Some(provider))) => {
                if let Provider::Partner(partner) = &provider {
                    reject.partner_id = Some(text::shown(partner.as_bytes()));
                }
                reject.owner = of_provider(provider);
                reject.association = Some(Association::CspTier1);
            }
            Some((None, None)) => {
                if self.rules.owner.uses_associations_file()
                    && let Ok(subscription) = self.subscription(row)
                {
                    let key = subscription.map_or(String::new(), |text| ids::subscription_key(&text));
                    reject.owner = RejectOwner::Subscription(key);
                }
            }
            // The cell that would name the partner cannot be read.
            None => {}
        }
        if self.rules.repeats_per_association {
            let subscription = self.subscription(row).ok().flatten();
            reject.subscription = subscription.map(|text| ids::subscription_key(&text));
        }
        reject.day = self.time(row).ok().map(|time| time.day);
        let amount = self.amount(row).ok();
        reject.amount =
            amount.map(|(amount, currency, _)| RejectAmount { amount, currency: currency.code() });
        reject
    }
}
