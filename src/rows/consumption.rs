//! The meaning of one row of consumption. Tests of a row, in this order; the first that fails decides (SPEC 3.3): is it
//! consumption → date → window → partner and association → amount. Whether anybody is associated with a subscription is
//! asked between [`Plan::time`] and [`Plan::amount`], by the room that knows the associations.

use crate::base::amount::DecimalMark;
use crate::base::association::Association;
use crate::base::calendar::{DateOrder, Day, Month, MonthInWindow, Window};
use crate::base::ids;
use crate::config::dialect::{
    ColumnKey, Consumption, DateColumn, Grain, Layout, OwnerColumn, OwnerRule, OwnerSource, RoleMeaning,
    RowAssociation, RowCondition,
};
use crate::diagnostics::reject::{Reject, RejectCode};
use crate::formats::row::Row;

use super::amount::{self, AmountPlan};
use super::{CellReject, ReadingOptions, cell, date, first_date, row_reject, text, usd_text};

/// How the rows of one file are read: its dialect, reduced to the columns that the file has.
pub(crate) struct Plan<'d> {
    pub(crate) layout: &'d Layout<'d>,
    pub(crate) rules: &'d Consumption,
    date: &'d DateColumn,
    order: DateOrder,
    window: Window,
    pub(super) mark: DecimalMark,
    pub(super) amounts: Vec<AmountPlan<'d>>,
    conditions: Vec<&'d RowCondition>,
    option_partner: Option<&'d str>,
    options: &'d ReadingOptions,
}

/// What is known of a row's time before anything else is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time {
    /// The row's day; of a monthly row, the month's last day.
    pub(crate) day: Day,
    pub(crate) month: Month,
    pub(crate) coverage: MonthInWindow,
}

/// Whom a row credits, as it stands in the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whom<'r> {
    /// This partner, by this association.
    Partner(std::borrow::Cow<'r, str>, Association),
    /// Whoever is associated with the subscription.
    Associated,
}

/// Looks up the partner of a tenant id (lower case).
pub(crate) type PartnerOfTenant<'f, 't> = &'f dyn Fn(&str) -> Option<&'t str>;

/// What a row is, before its time and amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Consumption,
    Other,
}

/// What one cell says of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It may be consumption.
    Counts,
    /// It is none.
    Excluded,
    /// The value is not known.
    Unknown,
}

fn verdict(condition: &RowCondition, row: &Row<'_>) -> Verdict {
    let value = text::utf8(&cell(row, condition.column));
    let value = value.trim_ascii();
    let is_in = |list: &[String]| list.iter().any(|v| v.as_bytes().eq_ignore_ascii_case(value));
    if is_in(&condition.counts) {
        Verdict::Counts
    } else if is_in(&condition.excluded) {
        Verdict::Excluded
    } else {
        Verdict::Unknown
    }
}

impl<'d> Plan<'d> {
    /// The plan of a file, whose dialect is one of consumption.
    pub(crate) fn new(layout: &'d Layout<'d>, window: Window, options: &'d ReadingOptions) -> Plan<'d> {
        let RoleMeaning::Consumption(rules) = &layout.dialect.meaning else {
            unreachable!("the caller sorts inputs by role");
        };
        let date =
            first_date(layout, &rules.dates).or(rules.dates.first()).expect("the schema wants a date column");
        Plan {
            layout,
            rules,
            date,
            order: options.date_order.unwrap_or(date.order),
            window,
            mark: options.decimal_mark,
            amounts: amount::plans(layout, rules),
            conditions: rules.conditions.iter().filter(|c| layout.has(c.column)).collect(),
            option_partner: options.partner_id.as_ref().map(|id| id.as_str()),
            options,
        }
    }

    /// Whether a row is consumption. A value that is known not to count beats one that is not known.
    pub(crate) fn kind(&self, row: &Row<'_>) -> Result<Kind, CellReject> {
        let mut fault = None;
        for condition in &self.conditions {
            match verdict(condition, row) {
                Verdict::Counts => {}
                Verdict::Excluded => return Ok(Kind::Other),
                Verdict::Unknown => {
                    let code = text::text(&cell(row, condition.column)).err().unwrap_or(condition.code);
                    fault = fault.or(Some(CellReject::of(condition.column, code)));
                }
            }
        }
        fault.map_or(Ok(Kind::Consumption), Err)
    }

    /// The columns that decide whether a row is consumption.
    pub(crate) fn condition_columns(&self) -> impl Iterator<Item = ColumnKey> {
        self.conditions.iter().map(|condition| condition.column)
    }

    /// What the `nth` of those columns says of a row.
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

    /// The partner of `--partner-id`.
    pub(crate) fn option_partner(&self) -> Option<&'d str> {
        self.option_partner
    }

    /// When a row was.
    pub(crate) fn time(&self, row: &Row<'_>) -> Result<Time, CellReject> {
        let day = date(row, self.date, self.order).map_err(|code| CellReject::of(self.date.column, code))?;
        let month = Month::of(day);
        Ok(match self.date.grain {
            Grain::Day if self.window.contains(day) => Time { day, month, coverage: MonthInWindow::Whole },
            Grain::Day => Time { day, month, coverage: MonthInWindow::Outside },
            Grain::Month => Time { day: month.last_day(), month, coverage: self.window.covers(month) },
        })
    }

    /// The first day of a row's time.
    pub(crate) fn first_day(&self, time: Time) -> Day {
        match self.date.grain {
            Grain::Day => time.day,
            Grain::Month => time.month.first_day(),
        }
    }

    /// The subscription of a row, as it stands. `None`: the row names none.
    pub(crate) fn subscription<'r>(
        &self,
        row: &Row<'r>,
    ) -> Result<Option<std::borrow::Cow<'r, str>>, CellReject> {
        let Some(column) = self.rules.subscription else { return Ok(None) };
        let text = text::id(&cell(row, column)).map_err(|code| CellReject::of(column, code))?;
        Ok((!ids::is_absent_subscription(&text)).then_some(text))
    }

    /// Whom a row credits.
    pub(crate) fn whom<'r>(
        &self,
        row: &Row<'r>,
        partner_of_tenant: PartnerOfTenant<'_, 'r>,
    ) -> Result<Whom<'r>, CellReject>
    where
        'd: 'r,
    {
        match &self.rules.owner {
            OwnerSource::AssociationsFile => Ok(Whom::Associated),
            OwnerSource::Row(rules) => {
                let (partner, rule) = self.partner(row, rules, partner_of_tenant)?;
                Ok(Whom::Partner(partner, self.association(row, &rule.association)?))
            }
        }
    }

    /// The partner of a row that names it, and the rule that found it.
    fn partner<'r>(
        &self,
        row: &Row<'r>,
        rules: &'d [OwnerRule],
        partner_of_tenant: PartnerOfTenant<'_, 'r>,
    ) -> Result<(std::borrow::Cow<'r, str>, &'d OwnerRule), CellReject>
    where
        'd: 'r,
    {
        for rule in rules {
            let partner = match rule.owner {
                OwnerColumn::Partner(column) => {
                    let text = text::id(&cell(row, column)).map_err(|code| CellReject::of(column, code))?;
                    if ids::is_absent_id(&text) {
                        continue;
                    }
                    text
                }
                OwnerColumn::Tenant(column) => {
                    let text = text::id(&cell(row, column)).map_err(|code| CellReject::of(column, code))?;
                    match partner_of_tenant(&text.to_lowercase()) {
                        Some(partner) => partner.into(),
                        None => continue,
                    }
                }
                OwnerColumn::Option => match self.option_partner {
                    Some(partner) => partner.into(),
                    None => continue,
                },
            };
            if let Some(column) = rule.differs_from {
                let other = text::id(&cell(row, column)).map_err(|code| CellReject::of(column, code))?;
                if other == partner {
                    continue;
                }
            }
            return Ok((partner, rule));
        }
        let column = rules.iter().find_map(|rule| match rule.owner {
            OwnerColumn::Partner(column) => Some(column),
            OwnerColumn::Tenant(_) | OwnerColumn::Option => None,
        });
        Err(CellReject { column, code: RejectCode::NoPartner })
    }

    fn association(&self, row: &Row<'_>, association: &RowAssociation) -> Result<Association, CellReject> {
        match association {
            RowAssociation::Fixed(association) => Ok(*association),
            RowAssociation::Column(column, names) => {
                let text = text::text(&cell(row, *column)).map_err(|code| CellReject::of(*column, code))?;
                let found =
                    names.iter().find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(text.as_bytes()));
                found.map(|(_, a)| *a).ok_or_else(|| CellReject::of(*column, RejectCode::UnknownAssociation))
            }
        }
    }

    /// The reject of a row with a fault, with what else is known of the row.
    pub(crate) fn reject(&self, row: &Row<'_>, fault: &CellReject) -> Reject {
        let mut reject = row_reject(row, self.layout, fault, &[], self.options);
        if let OwnerSource::Row(rules) = &self.rules.owner {
            let partner = self.partner(row, rules, &|_| None).ok();
            reject.partner_id = partner.map(|(partner, _)| text::shown(partner.as_bytes()));
        }
        let amount = self.amount(row).ok();
        reject.amount_usd = usd_text(
            amount.map(|(amount, currency, _)| (amount, if currency.is("USD") { "USD" } else { "" })),
        );
        reject
    }
}
