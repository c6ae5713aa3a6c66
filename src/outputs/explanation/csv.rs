//! Explanations as CSV: a line for each figure, so that a spreadsheet can filter by section. Comes in: explanations. Goes out: bytes.

use std::io;

use super::{Explanation, Explanations, TABLE_WITHOUT_ROWS};
use crate::base::amount::Amount;
use crate::base::amount::DecimalMark;
use crate::config::rules::Quantity;
use crate::outputs::columns::{ColumnSpec, ValueKind};
use crate::outputs::text::defused;
use crate::outputs::writers::csv::filled;

/// The columns: name, kind and meaning. A section fills those that it has.
const COLUMNS: [(&str, ValueKind, &str); 21] = [
    ("partner_id", ValueKind::Text, "The partner's id"),
    (
        "section",
        ValueKind::Text,
        "What the line is about: verdict, market, depends-on, includes, requirement, lost, consumption, month, association, location, source, subscription, conversion, not-counted, refused-rows, individual, pass, row or without-rows",
    ),
    (
        "name",
        ValueKind::Text,
        "Name of it: the tier, the market, a code, an association, partner or file, a person",
    ),
    (
        "status",
        ValueKind::Text,
        "Of a requirement `met`, `not-met` or `undetermined`; of a person or pass `counted` or `not-counted`",
    ),
    ("required", ValueKind::Amount, "What is required: USD, or people"),
    ("actual", ValueKind::Amount, "What there is: USD, or people; of refused-rows, how many"),
    ("shortfall", ValueKind::Amount, "What is lacking: USD, or people"),
    ("month", ValueKind::Text, "Month of consumption, or the first one; the day of a pass or row"),
    (
        "until",
        ValueKind::Text,
        "The last month; the day on which the month leaves the window, the pass expires or the tier is lost",
    ),
    ("partner", ValueKind::Text, "Partner that has the association, or for whom the person passed"),
    ("association", ValueKind::Text, "Association by which consumption is credited"),
    ("subscription", ValueKind::Text, "Subscription of the rows"),
    ("file", ValueKind::Text, "File of the rows"),
    ("sheet", ValueKind::Text, "Sheet of the rows"),
    ("row", ValueKind::Count, "Line or row on which the record begins"),
    ("currency", ValueKind::Text, "Currency of the amount"),
    ("amount", ValueKind::Amount, "Exact amount, in its currency"),
    ("rate", ValueKind::Amount, "USD per unit of the currency"),
    ("usd", ValueKind::Amount, "Exact amount in USD"),
    (
        "reason",
        ValueKind::Text,
        "Of the verdict, the confidence; of a person, the groups in which it counts; else why it does not count",
    ),
    ("detail", ValueKind::Text, "The requirement, the credential, the dataset, or why, in words"),
];

/// The columns of every explanation.
pub(in crate::outputs) fn column_specs() -> Vec<ColumnSpec> {
    let spec = |(name, kind, description): &(&str, ValueKind, &str)| ColumnSpec {
        name: (*name).to_owned(),
        kind: *kind,
        unit: None,
        description: (*description).to_owned(),
        is_optional: !matches!(*name, "partner_id" | "section"),
        terminal: None,
    };
    COLUMNS.iter().map(spec).collect()
}

/// One line. A figure is never defused, a text is.
#[derive(Default)]
struct Line {
    section: &'static str,
    name: String,
    status: &'static str,
    required: String,
    actual: String,
    shortfall: String,
    month: String,
    until: String,
    partner: String,
    association: String,
    subscription: String,
    file: String,
    sheet: String,
    row: String,
    currency: String,
    amount: String,
    rate: String,
    usd: String,
    reason: String,
    detail: String,
}

impl Line {
    fn of(section: &'static str) -> Line {
        Line { section, ..Line::default() }
    }

    fn cells<'l>(&'l self, partner_id: &'l str) -> [std::borrow::Cow<'l, str>; COLUMNS.len()] {
        [
            defused(partner_id),
            self.section.into(),
            defused(&self.name),
            self.status.into(),
            (&self.required).into(),
            (&self.actual).into(),
            (&self.shortfall).into(),
            (&self.month).into(),
            (&self.until).into(),
            defused(&self.partner),
            (&self.association).into(),
            defused(&self.subscription),
            defused(&self.file),
            defused(&self.sheet),
            (&self.row).into(),
            defused(&self.currency),
            (&self.amount).into(),
            (&self.rate).into(),
            (&self.usd).into(),
            defused(&self.reason),
            defused(&self.detail),
        ]
    }
}

/// Writes the explanations.
pub(super) fn write(explanations: &Explanations, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(&filled(b',', |writer| {
        writer.write_record(COLUMNS.map(|(name, ..)| name))?;
        for of in &explanations.partners {
            for line in lines(of) {
                writer.write_record(line.cells(&of.partner_id).iter().map(|cell| cell.as_bytes()))?;
            }
        }
        Ok(())
    })?)
}

fn lines(of: &Explanation) -> Vec<Line> {
    let mut lines = vec![Line {
        name: of.tier.clone().unwrap_or_default(),
        until: of.lost_on.map(|day| day.to_string()).unwrap_or_default(),
        reason: of.confidence.clone(),
        detail: of.sentence.clone(),
        ..Line::of("verdict")
    }];
    lines.push(Line {
        name: of.market.clone().unwrap_or_default(),
        detail: of.market_reason.clone(),
        ..Line::of("market")
    });
    lines.extend(of.depends_on.iter().map(|on| Line {
        name: on.code.clone(),
        detail: on.meaning.clone(),
        ..Line::of("depends-on")
    }));
    lines.extend(of.includes.iter().map(|id| Line { partner: id.clone(), ..Line::of("includes") }));
    for tier in &of.tiers {
        lines.extend(tier.requirements.iter().map(|required| Line {
            name: tier.tier.clone(),
            status: required.status,
            required: quantity_if_any(required.required),
            actual: quantity(required.actual),
            shortfall: quantity_if_any(required.shortfall),
            detail: required.requirement.clone(),
            ..Line::of("requirement")
        }));
    }
    lines.extend(of.lost.iter().filter(|_| of.lost_on.is_some()).map(|lost| Line {
        until: of.lost_on.map(|day| day.to_string()).unwrap_or_default(),
        shortfall: quantity_if_any(lost.shortfall),
        detail: lost.requirement.clone(),
        ..Line::of("lost")
    }));
    lines.push(Line { usd: of.consumption_usd.to_string(), ..Line::of("consumption") });
    lines.extend(of.months.iter().map(|month| Line {
        month: month.month.to_string(),
        until: month.leaves_on.to_string(),
        usd: month.usd.to_string(),
        ..Line::of("month")
    }));
    for (section, parts) in
        [("association", &of.associations), ("location", &of.locations), ("source", &of.sources)]
    {
        lines.extend(parts.iter().map(|part| Line {
            name: part.name.clone(),
            usd: part.usd.to_string(),
            detail: part.detail.clone().unwrap_or_default(),
            ..Line::of(section)
        }));
    }
    lines.extend(of.subscriptions.iter().flatten().map(|sub| Line {
        month: sub.first_month.to_string(),
        until: sub.last_month.to_string(),
        partner: sub.partner_id.clone(),
        association: sub.association.clone(),
        subscription: sub.subscription.clone(),
        usd: sub.usd.to_string(),
        ..Line::of("subscription")
    }));
    lines.extend(of.conversions.iter().map(|conversion| Line {
        month: conversion.month.to_string(),
        currency: conversion.currency.clone(),
        amount: conversion.amount.to_string(),
        rate: conversion.rate.clone(),
        usd: conversion.usd.to_string(),
        ..Line::of("conversion")
    }));
    lines.extend(of.not_counted.iter().map(|not| Line {
        month: not.first_month.to_string(),
        until: not.last_month.to_string(),
        partner: not.partner_id.clone().unwrap_or_default(),
        association: not.association.clone(),
        subscription: not.subscription.clone(),
        file: not.source.clone(),
        currency: not.currency.clone(),
        amount: not.amount.to_string(),
        usd: usd_if_any(not.usd),
        reason: not.reason.to_owned(),
        detail: not.why.clone(),
        ..Line::of("not-counted")
    }));
    if of.refused_rows > 0 {
        lines.push(Line { actual: of.refused_rows.to_string(), ..Line::of("refused-rows") });
    }
    for person in &of.individuals {
        lines.push(Line {
            name: person.person.clone(),
            status: if person.counts_in.is_empty() { "not-counted" } else { "counted" },
            reason: person.counts_in.join("+"),
            detail: person.joined_by.clone().unwrap_or_default(),
            ..Line::of("individual")
        });
        lines.extend(person.passes.iter().map(|pass| Line {
            name: person.person.clone(),
            status: if pass.counts { "counted" } else { "not-counted" },
            month: pass.completed_on.to_string(),
            until: pass.expires_on.map(|day| day.to_string()).unwrap_or_default(),
            partner: pass.partner_id.clone(),
            reason: pass.why.clone(),
            detail: pass.credential.clone(),
            ..Line::of("pass")
        }));
    }
    lines.extend(of.rows.iter().flatten().map(|row| Line {
        month: row.day.map(|day| day.to_string()).unwrap_or_default(),
        association: row.association.clone(),
        subscription: row.subscription.clone(),
        file: row.file.clone(),
        sheet: row.sheet.clone().unwrap_or_default(),
        row: row.row.to_string(),
        currency: row.currency.clone(),
        amount: figure_or_text(&row.amount),
        reason: row.outcome.clone(),
        ..Line::of("row")
    }));
    lines.extend(of.without_rows.iter().flatten().map(|table| Line {
        file: table.clone(),
        detail: TABLE_WITHOUT_ROWS.to_owned(),
        ..Line::of("without-rows")
    }));
    lines
}

/// A cell of an export: a number as it is, any other text defused.
fn figure_or_text(cell: &str) -> String {
    match Amount::parse(cell.as_bytes(), DecimalMark::Point) {
        Ok(_) => cell.to_owned(),
        Err(_) => defused(cell).into_owned(),
    }
}

fn usd_if_any(usd: Option<Amount>) -> String {
    usd.map(|usd| usd.to_string()).unwrap_or_default()
}

fn quantity(quantity: Quantity) -> String {
    match quantity {
        Quantity::Usd(usd) => usd.to_string(),
        Quantity::Count(count) => count.to_string(),
    }
}

fn quantity_if_any(of: Option<Quantity>) -> String {
    of.map(quantity).unwrap_or_default()
}
