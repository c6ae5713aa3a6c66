//! Renders rows. Comes in: the facts of a row. Goes out: its bytes. Cells that depend on nothing, or only on the meter, the day or the type
//! of charge, are rendered once, neighbouring cells together, and copied into each row. A row allocates nothing unless the buffer grows.

use super::associations::insights_name;
use super::calendar_texts::{DayTexts, days};
use super::catalog::{self, Meter, MeterText, put_quoted};
use super::charges::{ChargeKind, charges};
use super::columns::{FieldSource, fields};
use super::figure::{Figure, FigureText, put_number};
use super::layouts::{ExportFamily, ExportLayout};
use super::world::{Guid, Subscription, World};
use crate::base::association::Association;

/// The precomputed parts of an export's rows.
#[derive(Debug)]
pub(super) struct Template {
    steps: Vec<Step>,
    family: ExportFamily,
    delimiter: u8,
    has_euro: bool,
    /// The days on which rows consume.
    pub(super) days: Vec<DayTexts>,
    /// The meters that rows consume.
    pub(super) meters: Vec<Meter>,
    /// The tags of resources.
    pub(super) tags: Vec<Vec<u8>>,
    /// The types of charge.
    pub(super) charges: &'static [ChargeKind],
}

#[derive(Debug)]
enum Step {
    /// Delimiters and constant cells.
    Text(Vec<u8>),
    /// Neighbouring cells that depend on one key, with the text between them: one text for each value of the key.
    Run(RunKey, Vec<Vec<u8>>),
    /// A cell that differs from row to row.
    Cell(FieldSource),
}

/// The key on which the cells of a run depend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunKey {
    Meter,
    Day,
    ChargeKind,
}

/// The reseller of a subscription.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reseller {
    /// A partner, by number.
    Partner(u64),
    /// No reseller; the text stands in the column.
    Absent(&'static str),
}

/// The facts of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowFacts<'r> {
    pub(super) subscription: Subscription,
    pub(super) subscription_id: Guid,
    /// The credited partner.
    pub(super) partner: u64,
    /// The billed partner.
    pub(super) billed: u64,
    pub(super) reseller: Reseller,
    pub(super) association: Association,
    /// Whether the row is the first of the rows that repeat a consumption.
    pub(super) is_first: bool,
    /// Indices of the row's day, meter and type of charge in the template's lists.
    pub(super) day: usize,
    pub(super) meter: usize,
    pub(super) charge: usize,
    pub(super) tags: &'r [u8],
    /// Number of the resource.
    pub(super) resource: u64,
    /// Whether ids are in upper case.
    pub(super) is_upper: bool,
    /// Whether paths are in upper case.
    pub(super) is_upper_path: bool,
    pub(super) amount: Figure,
    pub(super) amount_text: FigureText,
    pub(super) quantity: FigureText,
    pub(super) price: FigureText,
}

impl Template {
    /// The template of an export with these columns.
    pub(super) fn new(layout: &ExportLayout, columns: &[&str]) -> Template {
        let mut template = Template {
            steps: Vec::new(),
            family: layout.family,
            delimiter: layout.delimiter,
            has_euro: layout.has_euro,
            days: days(),
            meters: catalog::meters(layout.delimiter),
            tags: catalog::tags(layout.family, layout.delimiter),
            charges: charges(layout.family),
        };
        for (n, field) in fields(layout, columns).into_iter().enumerate() {
            if n > 0 {
                template.lay_out(&[layout.delimiter]);
            }
            match field {
                FieldSource::Fixed(text) => template.lay_out(text.as_bytes()),
                FieldSource::Meter(which) => {
                    let texts = template.meters.iter().map(|m| m.text(which).to_vec()).collect();
                    template.lay_out_run(RunKey::Meter, texts);
                }
                FieldSource::Day(which) => {
                    let texts = template.days.iter().map(|d| d.text(which).to_vec()).collect();
                    template.lay_out_run(RunKey::Day, texts);
                }
                FieldSource::Charge(which) => {
                    let texts = template.charges.iter().map(|c| c.text(which).as_bytes().to_vec()).collect();
                    template.lay_out_run(RunKey::ChargeKind, texts);
                }
                field => template.steps.push(Step::Cell(field)),
            }
        }
        template.lay_out(b"\n");
        template
    }

    /// Adds a constant text.
    fn lay_out(&mut self, text: &[u8]) {
        match self.steps.last_mut() {
            Some(Step::Text(before)) => before.extend_from_slice(text),
            Some(Step::Run(_, before)) => before.iter_mut().for_each(|b| b.extend_from_slice(text)),
            Some(Step::Cell(_)) | None => self.steps.push(Step::Text(text.to_vec())),
        }
    }

    /// Adds a text for each value of a key.
    fn lay_out_run(&mut self, by: RunKey, texts: Vec<Vec<u8>>) {
        match self.steps.last_mut() {
            Some(Step::Run(before_by, before)) if *before_by == by => {
                before.iter_mut().zip(&texts).for_each(|(before, text)| before.extend_from_slice(text));
            }
            Some(Step::Text(before)) => {
                let texts = texts.iter().map(|text| [before.as_slice(), text].concat()).collect();
                self.steps.pop();
                self.steps.push(Step::Run(by, texts));
            }
            Some(Step::Run(..) | Step::Cell(_)) | None => self.steps.push(Step::Run(by, texts)),
        }
    }

    /// Appends a row.
    pub(super) fn render(&self, world: &World, row: &RowFacts<'_>, out: &mut Vec<u8>) {
        for step in &self.steps {
            match step {
                Step::Text(text) => out.extend_from_slice(text),
                Step::Run(RunKey::Meter, texts) => out.extend_from_slice(&texts[row.meter]),
                Step::Run(RunKey::Day, texts) => out.extend_from_slice(&texts[row.day]),
                Step::Run(RunKey::ChargeKind, texts) => out.extend_from_slice(&texts[row.charge]),
                Step::Cell(field) => self.cell(world, row, *field, out),
            }
        }
    }

    fn cell(&self, world: &World, row: &RowFacts<'_>, field: FieldSource, out: &mut Vec<u8>) {
        match field {
            FieldSource::Fixed(text) => out.extend_from_slice(text.as_bytes()),
            FieldSource::Meter(which) => out.extend_from_slice(self.meters[row.meter].text(which)),
            FieldSource::Day(which) => out.extend_from_slice(self.days[row.day].text(which)),
            FieldSource::Charge(which) => {
                out.extend_from_slice(self.charges[row.charge].text(which).as_bytes())
            }
            FieldSource::SubscriptionId => put_cased(out, &row.subscription_id, row.is_upper),
            FieldSource::SubscriptionPath => {
                out.extend_from_slice(b"/subscriptions/");
                put_cased(out, &row.subscription_id, row.is_upper);
            }
            FieldSource::SubscriptionNumber => put_number(out, 4_100_000 + row.subscription.number),
            FieldSource::SubscriptionName => put_numbered(out, "Subscription ", row.subscription.number),
            FieldSource::OrderId => out.extend_from_slice(&world.order_id(row.subscription)),
            FieldSource::CustomerTenant => out.extend_from_slice(&world.customer_tenant(row.subscription)),
            FieldSource::CustomerNumber => put_number(out, 70_000_000 + row.subscription.number / 3),
            FieldSource::CustomerName => put_numbered(out, "Example Customer ", row.subscription.number / 3),
            FieldSource::CustomerDomain => {
                put_numbered(out, "customer", row.subscription.number / 3);
                out.extend_from_slice(b".example.com");
            }
            FieldSource::PartnerId => put_number(out, world.partner_id(row.partner)),
            FieldSource::PartnerName => self.put_name(out, world, row.partner),
            FieldSource::HeadId => put_number(out, world.partner_id(world.head(row.partner))),
            FieldSource::BilledTenant => put_cased(out, &world.tenant(row.billed), row.is_upper),
            FieldSource::BilledName => self.put_name(out, world, row.billed),
            FieldSource::BilledId => put_number(out, world.partner_id(row.billed)),
            FieldSource::ResellerId => match row.reseller {
                Reseller::Partner(partner) => put_number(out, world.partner_id(partner)),
                Reseller::Absent(text) => out.extend_from_slice(text.as_bytes()),
            },
            FieldSource::ResellerName => {
                if let Reseller::Partner(partner) = row.reseller {
                    self.put_name(out, world, partner);
                }
            }
            FieldSource::Association => out.extend_from_slice(match self.family {
                ExportFamily::Insights => insights_name(row.association).as_bytes(),
                _ => row.association.as_str().as_bytes(),
            }),
            FieldSource::AdminRole if row.association == Association::Pal => {
                out.extend_from_slice(b"Contributor")
            }
            FieldSource::AdminRole => {}
            FieldSource::DuplicateFlag => out.push(if row.is_first { b'0' } else { b'1' }),
            FieldSource::ResourceGroup => put_numbered(out, "rg-workload-", row.resource % 40),
            FieldSource::ResourceId => self.put_resource(out, row),
            FieldSource::ResourceName => self.put_resource_name(out, row),
            FieldSource::Tags => out.extend_from_slice(row.tags),
            FieldSource::Amount => out.extend_from_slice(row.amount_text.as_bytes()),
            FieldSource::Retail => row.amount.retail().write(out),
            FieldSource::Net => row.amount.net().write(out),
            FieldSource::Price => out.extend_from_slice(row.price.as_bytes()),
            FieldSource::Quantity => out.extend_from_slice(row.quantity.as_bytes()),
            FieldSource::Currency => {
                let is_euro = self.has_euro && world.is_in_euro(row.subscription);
                out.extend_from_slice(if is_euro { b"EUR" } else { b"USD" });
            }
        }
    }

    /// Appends the path of the row's resource.
    fn put_resource(&self, out: &mut Vec<u8>, row: &RowFacts<'_>) {
        out.extend_from_slice(b"/subscriptions/");
        let start = out.len();
        out.extend_from_slice(&row.subscription_id);
        put_numbered(out, "/resourceGroups/rg-workload-", row.resource % 40);
        out.extend_from_slice(b"/providers/");
        out.extend_from_slice(self.meters[row.meter].text(MeterText::ResourceType));
        out.push(b'/');
        self.put_resource_name(out, row);
        if row.is_upper_path {
            out[start..].make_ascii_uppercase();
        }
    }

    fn put_resource_name(&self, out: &mut Vec<u8>, row: &RowFacts<'_>) {
        out.extend_from_slice(self.meters[row.meter].text(MeterText::Prefix));
        put_numbered(out, "-", 42_850_000 + row.resource);
    }

    /// Appends the name of a partner, quoted if it holds the delimiter.
    fn put_name(&self, out: &mut Vec<u8>, world: &World, partner: u64) {
        if let Some(placed) = world.situation(partner) {
            return put_quoted(out, placed.name, self.delimiter);
        }
        let words = world.name_words(partner);
        let needs_quotes = words.iter().any(|word| word.as_bytes().contains(&self.delimiter));
        if needs_quotes {
            out.push(b'"');
        }
        for word in words {
            out.extend_from_slice(word.as_bytes());
        }
        out.push(b' ');
        put_number(out, partner);
        if needs_quotes {
            out.push(b'"');
        }
    }
}

fn put_cased(out: &mut Vec<u8>, text: &[u8], is_upper: bool) {
    let start = out.len();
    out.extend_from_slice(text);
    if is_upper {
        out[start..].make_ascii_uppercase();
    }
}

fn put_numbered(out: &mut Vec<u8>, text: &str, number: u64) {
    out.extend_from_slice(text.as_bytes());
    put_number(out, number);
}
