//! Rendering of rows: what is the same in every row of an export, or in every row of one meter, day or type of charge, is
//! laid out once, neighbouring cells together, and copied in. Comes in: the facts of a row. Goes out: its bytes. Nothing is
//! allocated per row, as far as the buffer is wide enough.

use super::associations::insights_name;
use super::calendar_texts::{DayTexts, days};
use super::catalog::{self, Charge, Meter, MeterText, put_quoted};
use super::columns::{Field, fields};
use super::figure::{Figure, FigureText, put_number};
use super::layouts::{Family, Layout};
use super::world::{Guid, Subscription, World};
use crate::base::association::Association;

/// How the rows of an export are rendered.
#[derive(Debug)]
pub(super) struct Template {
    steps: Vec<Step>,
    family: Family,
    delimiter: u8,
    has_euro: bool,
    /// When something can be consumed.
    pub(super) days: Vec<DayTexts>,
    /// What can be consumed.
    pub(super) meters: Vec<Meter>,
    /// Tags that resources have.
    pub(super) tags: Vec<Vec<u8>>,
    /// Types of charge.
    pub(super) charges: &'static [Charge],
}

#[derive(Debug)]
enum Step {
    /// Delimiters and cells that are always the same.
    Text(Vec<u8>),
    /// Neighbouring cells that depend on one thing, and what stands between them: a text for each of its values.
    Run(By, Vec<Vec<u8>>),
    /// A cell of its own.
    Cell(Field),
}

/// What the cells of a run depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Meter,
    Day,
    Charge,
}

/// The reseller of a subscription.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reseller {
    /// That partner.
    Partner(u64),
    /// None: this stands for it.
    Nobody(&'static str),
}

/// The facts of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'r> {
    pub(super) subscription: Subscription,
    pub(super) subscription_id: Guid,
    /// Credited partner.
    pub(super) partner: u64,
    /// Partner that is billed.
    pub(super) billed: u64,
    pub(super) reseller: Reseller,
    pub(super) association: Association,
    /// Whether it is the first of the rows that repeat a consumption.
    pub(super) is_first: bool,
    /// Index of its day, meter and type of charge in the template's lists.
    pub(super) day: usize,
    pub(super) meter: usize,
    pub(super) charge: usize,
    pub(super) tags: &'r [u8],
    /// Number of its resource.
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
    pub(super) fn new(layout: &Layout, columns: &[&str]) -> Template {
        let mut template = Template {
            steps: Vec::new(),
            family: layout.family,
            delimiter: layout.delimiter,
            has_euro: layout.has_euro,
            days: days(),
            meters: catalog::meters(layout.delimiter),
            tags: catalog::tags(layout.family, layout.delimiter),
            charges: catalog::charges(layout.family),
        };
        for (n, field) in fields(layout, columns).into_iter().enumerate() {
            if n > 0 {
                template.lay_out(&[layout.delimiter]);
            }
            match field {
                Field::Fixed(text) => template.lay_out(text.as_bytes()),
                Field::Meter(which) => {
                    let texts = template.meters.iter().map(|m| m.text(which).to_vec()).collect();
                    template.lay_out_run(By::Meter, texts);
                }
                Field::Day(which) => {
                    let texts = template.days.iter().map(|d| d.text(which).to_vec()).collect();
                    template.lay_out_run(By::Day, texts);
                }
                Field::Charge(which) => {
                    let texts = template.charges.iter().map(|c| c.text(which).as_bytes().to_vec()).collect();
                    template.lay_out_run(By::Charge, texts);
                }
                field => template.steps.push(Step::Cell(field)),
            }
        }
        template.lay_out(b"\n");
        template
    }

    /// Adds a text that is the same in every row.
    fn lay_out(&mut self, text: &[u8]) {
        match self.steps.last_mut() {
            Some(Step::Text(before)) => before.extend_from_slice(text),
            Some(Step::Run(_, before)) => before.iter_mut().for_each(|b| b.extend_from_slice(text)),
            Some(Step::Cell(_)) | None => self.steps.push(Step::Text(text.to_vec())),
        }
    }

    /// Adds a text for each value of what it depends on.
    fn lay_out_run(&mut self, by: By, texts: Vec<Vec<u8>>) {
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
    pub(super) fn render(&self, world: &World, row: &Row<'_>, out: &mut Vec<u8>) {
        for step in &self.steps {
            match step {
                Step::Text(text) => out.extend_from_slice(text),
                Step::Run(By::Meter, texts) => out.extend_from_slice(&texts[row.meter]),
                Step::Run(By::Day, texts) => out.extend_from_slice(&texts[row.day]),
                Step::Run(By::Charge, texts) => out.extend_from_slice(&texts[row.charge]),
                Step::Cell(field) => self.cell(world, row, *field, out),
            }
        }
    }

    fn cell(&self, world: &World, row: &Row<'_>, field: Field, out: &mut Vec<u8>) {
        match field {
            Field::Fixed(text) => out.extend_from_slice(text.as_bytes()),
            Field::Meter(which) => out.extend_from_slice(self.meters[row.meter].text(which)),
            Field::Day(which) => out.extend_from_slice(self.days[row.day].text(which)),
            Field::Charge(which) => out.extend_from_slice(self.charges[row.charge].text(which).as_bytes()),
            Field::SubscriptionId => put_cased(out, &row.subscription_id, row.is_upper),
            Field::SubscriptionPath => {
                out.extend_from_slice(b"/subscriptions/");
                put_cased(out, &row.subscription_id, row.is_upper);
            }
            Field::SubscriptionName => put_numbered(out, "Subscription ", row.subscription.number),
            Field::OrderId => out.extend_from_slice(&world.order_id(row.subscription)),
            Field::CustomerTenant => out.extend_from_slice(&world.customer_tenant(row.subscription)),
            Field::CustomerNumber => put_number(out, 70_000_000 + row.subscription.number / 3),
            Field::CustomerName => put_numbered(out, "Example Customer ", row.subscription.number / 3),
            Field::CustomerDomain => {
                put_numbered(out, "customer", row.subscription.number / 3);
                out.extend_from_slice(b".example.com");
            }
            Field::PartnerId => put_number(out, world.partner_id(row.partner)),
            Field::PartnerName => self.put_name(out, world, row.partner),
            Field::HeadId => put_number(out, world.partner_id(world.head(row.partner))),
            Field::BilledTenant => put_cased(out, &world.tenant(row.billed), row.is_upper),
            Field::BilledName => self.put_name(out, world, row.billed),
            Field::BilledId => put_number(out, world.partner_id(row.billed)),
            Field::ResellerId => match row.reseller {
                Reseller::Partner(partner) => put_number(out, world.partner_id(partner)),
                Reseller::Nobody(text) => out.extend_from_slice(text.as_bytes()),
            },
            Field::ResellerName => {
                if let Reseller::Partner(partner) = row.reseller {
                    self.put_name(out, world, partner);
                }
            }
            Field::Association => out.extend_from_slice(match self.family {
                Family::Insights => insights_name(row.association).as_bytes(),
                _ => row.association.as_str().as_bytes(),
            }),
            Field::AdminRole if row.association == Association::Pal => out.extend_from_slice(b"Contributor"),
            Field::AdminRole => {}
            Field::DuplicateFlag => out.push(if row.is_first { b'0' } else { b'1' }),
            Field::ResourceGroup => put_numbered(out, "rg-workload-", row.resource % 40),
            Field::ResourceId => self.put_resource(out, row),
            Field::ResourceName => self.put_resource_name(out, row),
            Field::Tags => out.extend_from_slice(row.tags),
            Field::Amount => out.extend_from_slice(row.amount_text.as_bytes()),
            Field::Retail => row.amount.retail().write(out),
            Field::Net => row.amount.net().write(out),
            Field::Price => out.extend_from_slice(row.price.as_bytes()),
            Field::Quantity => out.extend_from_slice(row.quantity.as_bytes()),
            Field::Currency => {
                let is_euro = self.has_euro && world.is_in_euro(row.subscription);
                out.extend_from_slice(if is_euro { b"EUR" } else { b"USD" });
            }
        }
    }

    /// Appends the path of the row's resource.
    fn put_resource(&self, out: &mut Vec<u8>, row: &Row<'_>) {
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

    fn put_resource_name(&self, out: &mut Vec<u8>, row: &Row<'_>) {
        out.extend_from_slice(self.meters[row.meter].text(MeterText::Prefix));
        put_numbered(out, "-", 42_850_000 + row.resource);
    }

    /// Appends a partner's name, in quotes where it needs them.
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
