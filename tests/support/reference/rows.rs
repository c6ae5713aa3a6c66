//! The tests of one consumption row, in the order of SPEC 3.3; the first that fails decides. Comes in: a record of an export.
//! Goes out: its [`Fate`]. It adds nothing up.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::Options;
use super::figures::{self, YearMonth, decimal};
use super::layouts::Export;
use super::roster::{self, Partner, Roster, association, named, partner_id};
use super::text::{Record, Table};

/// What becomes of a row.
pub(crate) enum Fate {
    Refused(&'static str),
    NotConsumption,
    OutsideWindow,
    NoSubscription,
    /// Nobody is of record. The amount, where it can be read.
    Unassociated(Option<(String, i128)>),
    Credited(Credited),
}

/// A row that gives credit.
pub(crate) struct Credited {
    pub(crate) to: Whom,
    pub(crate) subscription: String,
    pub(crate) month: YearMonth,
    pub(crate) currency: String,
    pub(crate) amount: i128,
    pub(crate) repeats: bool,
}

/// Who gets the credit.
pub(crate) enum Whom {
    /// The partner as it stands in the row, and its association.
    Row(Partner, &'static str),
    /// Of a CSP row, reseller and provider, each with its tier: those that a head gets credit for. And how the row names both.
    Tiers(Vec<(Partner, &'static str)>, Csp),
    /// Per head the types in force, by the associations file.
    File(BTreeMap<Partner, BTreeSet<String>>),
    /// No partner of the roster has this tenant.
    UnknownTenant(String),
}

/// What a CSP row says of its owner.
pub(crate) struct Csp {
    /// Reseller and provider as they stand in the row.
    pub(crate) owner: String,
    /// Which of reseller and provider there are, and whether they have one head.
    pub(crate) case: &'static str,
    /// Whether only `--partner-id` says who the provider is.
    pub(crate) by_option: bool,
}

/// Nothing says who the provider is.
pub(crate) const PROVIDER_UNKNOWN: &str = "provider-unknown";

/// Judges a row.
pub(crate) fn fate(
    export: Export,
    table: &Table,
    record: &Record,
    roster: &Roster,
    options: &Options,
) -> Fate {
    weigh(export, table, record, roster, options).unwrap_or_else(Fate::Refused)
}

fn weigh(
    export: Export,
    table: &Table,
    record: &Record,
    roster: &Roster,
    options: &Options,
) -> Result<Fate, &'static str> {
    roster::shape(record)?;
    let layout = export.layout();

    if !is_consumption(export, table, record)? {
        return Ok(Fate::NotConsumption);
    }

    let (day, _) = day_of(export, table, record)?;
    let month = figures::month_of(day);
    let (first, last) = options.window();
    if day < first || day > last || options.data_until.is_some_and(|until| day > until) {
        return Ok(Fate::OutsideWindow);
    }

    let id = table.cell(record, layout.subscription)?;
    if roster::is_label(id) {
        return Err("no-subscription");
    }
    if layout.repeats && names_no_subscription(id) {
        return Ok(Fate::NoSubscription);
    }

    let reseller = match export.reseller() {
        Some(column) => partner_id(table.cell(record, &[column])?)?,
        None => None,
    };
    let to = if let Some(reseller) = reseller {
        Whom::Row(reseller, "csp-tier-2")
    } else if export.names_no_partner() {
        let heads = roster.in_force(id, day);
        if heads.is_empty() {
            return Ok(Fate::Unassociated(amount(export, table, record).ok()));
        }
        Whom::File(heads)
    } else {
        match whose(export, table, record, roster, options)? {
            Owner::Partner(partner, kind) => Whom::Row(partner, kind),
            Owner::Csp { reseller, provider, csp } => Whom::Tiers(tiers(reseller, provider, csp.case), csp),
            Owner::UnknownTenant(tenant) => Whom::UnknownTenant(tenant),
        }
    };

    let (currency, amount) = amount(export, table, record)?;
    let subscription = roster::subscription(id);
    Ok(Fate::Credited(Credited { to, subscription, month, currency, amount, repeats: layout.repeats }))
}

/// The day of a row of consumption, and whether it stands for its whole month: then its last day.
pub(crate) fn day_of(
    export: Export,
    table: &Table,
    record: &Record,
) -> Result<(NaiveDate, bool), &'static str> {
    let columns = export.layout().date;
    let day = figures::day(table.cell(record, columns)?)?;
    if !(2000..2050).contains(&day.year()) {
        return Err("foreign-year");
    }
    let is_monthly = columns.iter().find(|name| table.has(name)).is_some_and(|name| *name == "month");
    Ok((if is_monthly { figures::last_day(figures::month_of(day)) } else { day }, is_monthly))
}

/// Any value that does not count excludes the row; else any unknown value refuses it.
fn is_consumption(export: Export, table: &Table, record: &Record) -> Result<bool, &'static str> {
    let mut unknown = None;
    for sieve in export.layout().sieves.iter().filter(|s| table.has(s.column)) {
        let value = table.cell(record, &[sieve.column])?.to_lowercase();
        if sieve.does_not.contains(&value.as_str()) {
            return Ok(false);
        }
        let is_in_no_list = !sieve.counts.contains(&value.as_str());
        let value = if is_in_no_list && named(&value).is_none() { String::new() } else { value };
        if sieve.does_not.contains(&value.as_str()) {
            return Ok(false);
        }
        if !sieve.counts.contains(&value.as_str()) {
            if sieve.excludes_others && !value.is_empty() {
                return Ok(false);
            }
            unknown = unknown.or(Some(sieve.otherwise));
        }
    }
    unknown.map_or(Ok(true), Err)
}

fn names_no_subscription(id: &str) -> bool {
    named(id).is_none() || id == "00000000-0000-0000-0000-000000000000"
}

/// Who owns a row that names its partner.
enum Owner {
    /// The partner, and its association.
    Partner(Partner, &'static str),
    /// Reseller or provider, or both.
    Csp { reseller: Option<Partner>, provider: Option<Partner>, csp: Csp },
    /// A tenant that no partner of the roster has.
    UnknownTenant(String),
}

fn whose(
    export: Export,
    table: &Table,
    record: &Record,
    roster: &Roster,
    options: &Options,
) -> Result<Owner, &'static str> {
    let partner = |names: &[&str]| partner_id(table.cell(record, names)?);
    match export {
        Export::InsightsAzureUsage => {
            let who = partner(&["mpnid", "partnerid"])?.ok_or("no-partner")?;
            Ok(Owner::Partner(who, association(table.cell(record, &["partnerattributiontype"])?)?))
        }
        Export::Own => {
            let who = partner(&["partner_id"])?.ok_or("no-partner")?;
            Ok(Owner::Partner(who, association(table.cell(record, &["association"])?)?))
        }
        Export::ReconDailyRated => {
            let itself = partner(&["mpnid"])?;
            let reseller = partner(&["resellermpnid", "tier2mpnid"])?;
            let tenant = match itself {
                Some(_) => "",
                None => table.cell(record, &["partnerid"])?,
            };
            // Only a GUID is a tenant here.
            let tenant = if is_guid(tenant) { tenant } else { "" };
            csp(reseller, itself, tenant, None, roster)
        }
        _ => {
            let tenant = table.cell(record, &["partnertenantid"])?;
            let reseller = partner(&["resellermpnid"])?;
            csp(reseller, None, tenant, options.partner_id.clone(), roster)
        }
    }
}

/// The owner of a CSP row: its reseller, and its provider by id, else by tenant, else by `--partner-id`.
fn csp(
    reseller: Option<Partner>,
    itself: Option<Partner>,
    tenant: &str,
    option: Option<String>,
    roster: &Roster,
) -> Result<Owner, &'static str> {
    let in_row = itself.as_ref().map_or(tenant.to_lowercase(), |id| id.0.clone());
    let owner = format!("{:?} {in_row}", reseller.as_ref().map(|id| &id.0));
    let by_row = itself.or_else(|| roster.of_tenant(tenant));
    let by_option = by_row.is_none() && option.is_some();
    let provider = by_row.or(option.map(Partner));
    if reseller.is_none() && provider.is_none() {
        return if names_no_subscription(tenant) {
            Err("no-partner")
        } else {
            Ok(Owner::UnknownTenant(tenant.to_lowercase()))
        };
    }
    let case = match (&reseller, &provider) {
        (None, _) => "no-reseller",
        (_, None) => PROVIDER_UNKNOWN,
        (Some(reseller), Some(provider)) if reseller == provider => "one-partner",
        (Some(reseller), Some(provider)) if roster.head(reseller) == roster.head(provider) => "one-head",
        _ => "both",
    };
    let csp = Csp { owner, case, by_option };
    Ok(Owner::Csp { reseller, provider, csp })
}

/// Who gets credit: both, or the provider alone if both have one head.
fn tiers(reseller: Option<Partner>, provider: Option<Partner>, case: &str) -> Vec<(Partner, &'static str)> {
    let reseller = reseller.filter(|_| !matches!(case, "one-partner" | "one-head"));
    let reseller = reseller.map(|id| (id, "csp-tier-2"));
    reseller.into_iter().chain(provider.map(|id| (id, "csp-tier-1"))).collect()
}

fn is_guid(text: &str) -> bool {
    let is_hyphen = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = |(at, c): (usize, char)| if is_hyphen(at) { c == '-' } else { c.is_ascii_hexdigit() };
    text.len() == 36 && text.chars().enumerate().all(fits)
}

/// The currency and the amount of a row: of the first column that the file has and whose currency condition holds.
fn amount(export: Export, table: &Table, record: &Record) -> Result<(String, i128), &'static str> {
    for (column, currency_column, only_usd) in export.money() {
        if !table.has(column) || currency_column.is_some_and(|c| !table.has(c)) {
            continue;
        }
        let currency = match currency_column {
            None => "USD".to_owned(),
            Some(name) => named(table.cell(record, &[name])?).unwrap_or_default().to_uppercase(),
        };
        if *only_usd && currency != "USD" {
            continue;
        }
        // The currency decides which column is the amount: without one there is none to read.
        if currency.is_empty() {
            return Err("no-currency");
        }
        let cell = table.cell(record, &[column])?;
        if *column == "x_effectivecostinusd" {
            let is_nothing = matches!(decimal(cell), Ok(0) | Err("no-amount"));
            let cost = decimal(table.cell(record, &["effectivecost"])?).unwrap_or(0);
            if is_nothing && cost != 0 {
                return Err("usd-unavailable");
            }
        }
        let amount = decimal(if currency == "USD" { cell.trim_start_matches('$') } else { cell })?;
        return Ok((currency, amount));
    }
    Err("no-currency")
}

impl Options {
    /// First and last day that count.
    pub(crate) fn window(&self) -> (NaiveDate, NaiveDate) {
        use chrono::Datelike;
        let this_month = figures::month_of(self.as_of);
        let months = self.window_months.unwrap_or(super::rules::WINDOW_MONTHS);
        if self.trailing_days {
            let (year, month) = figures::months_before(this_month, months);
            let same_day = NaiveDate::from_ymd_opt(year, month, self.as_of.day());
            let before = same_day.unwrap_or_else(|| figures::last_day((year, month)));
            return (before.succ_opt().expect("a day"), self.as_of);
        }
        let is_complete = figures::last_day(this_month) == self.as_of;
        let last_month = figures::months_before(this_month, u32::from(!is_complete));
        let (year, month) = figures::months_before(last_month, months - 1);
        (NaiveDate::from_ymd_opt(year, month, 1).expect("a day"), figures::last_day(last_month))
    }
}
