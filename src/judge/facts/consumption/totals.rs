//! Totals of judged credit: by head, by currency and by source. Comes in: amounts and rows, each judged already. Goes out: [`Judged`], which
//! is merged from the [`PartialTotals`] of the workers. Sums are exact, so that they do not depend on how shards are divided.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use rayon::prelude::*;

use super::Context;
use super::credit_unknowns::CreditUnknowns;
use super::slots::{PartialTimeline, Timeline};
use crate::base::amount::{Amount, Magnitude};
use crate::base::association::AssociationSet;
use crate::base::calendar::Month;
use crate::base::ids::PartnerId;
use crate::credits::CreditTable;
use crate::credits::RowsAndAmount;
use crate::credits::credit_table::{ProviderName, YEAR_MONTHS};
use crate::credits::keys::ProviderNumber;

/// The outcome of all credit.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Exact consumption that counts, by head, sorted. **Unit**: USD. A head whose credit is not accepted has 0.
    pub(crate) consumption: Vec<(PartnerId, Amount)>,
    /// The parts of `consumption` by time.
    pub(crate) timeline: Timeline,
    /// Heads with some credit that has no rate.
    pub(crate) lacks_rate: BTreeSet<PartnerId>,
    /// Σ of credits that could be converted. **Unit**: USD.
    pub(crate) all_credits: Amount,
    /// Σ of credits that the rule set does not accept, by their association. **Unit**: USD.
    pub(crate) not_accepted: BTreeMap<String, Amount>,
    /// Σ of credits that do not count, because another association of the same subscription and month does. **Unit**: USD.
    pub(crate) duplicate: Amount,
    /// Credit that has no rate, by currency and month: its rows, each once, and the sum of its credits. **Unit**: that currency.
    pub(crate) without_rate: BTreeMap<(String, Month), RowsAndAmount>,
    /// Consumption of tenants that no partner has, by tenant and month, sorted.
    pub(crate) without_partner: Vec<TenantMonth>,
    /// Credited rows whose provider is not known, by the number of the source; sources without such rows are absent.
    pub(crate) provider_unknown: BTreeMap<usize, ProviderUnknown>,
    /// By currency (upper case). **Unit**: that currency.
    pub(crate) by_currency: BTreeMap<String, CurrencyJudged>,
    /// By the number of the source.
    pub(crate) by_source: Vec<SourceRows>,
    /// Partners that get credit from each source, in report order; empty unless asked for.
    pub(crate) partners_by_source: Vec<Vec<PartnerId>>,
    /// Whether Σ|USD| reaches 10¹⁴, so that the sums cannot be used.
    pub(crate) is_too_large: bool,
    /// What the credits leave unknown.
    pub(crate) unknown: CreditUnknowns,
}

/// Consumption of a tenant that no partner has, in one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TenantMonth {
    /// As rows name it, lower case.
    pub(crate) tenant: Arc<str>,
    pub(crate) month: Month,
    /// By currency (upper case), sorted. **Unit**: that currency.
    pub(crate) sums: Vec<(Arc<str>, RowsAndAmount)>,
}

/// Credited rows of one source whose reseller is a partner, while nothing identifies their provider.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ProviderUnknown {
    pub(crate) rows: u64,
    /// Tenants that no partner has. Rows may name no tenant at all.
    pub(crate) tenants: BTreeSet<String>,
}

/// The outcome of the credit of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CurrencyJudged {
    /// All rows of the table.
    pub(crate) all: RowsAndAmount,
    /// Rows of the window that credit at least one partner, each once.
    pub(crate) credited: RowsAndAmount,
    /// Rows of other days.
    pub(crate) outside_window: RowsAndAmount,
    /// Rows of subscriptions that no partner was associated with.
    pub(crate) unassociated: RowsAndAmount,
    /// Rows of tenants that no partner has.
    pub(crate) without_partner: RowsAndAmount,
    /// Σ of the credits that rows give to partners after their first.
    pub(crate) shared: Amount,
    /// Σ of credits.
    pub(crate) all_credits: Amount,
    /// Σ of credits that could be converted, before they were.
    pub(crate) converted: Amount,
    /// Σ|amount| of credits. A row that credits several partners is counted once for each of them.
    pub(crate) magnitude: Magnitude,
}

/// Rows of one source, by their outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SourceRows {
    pub(crate) credited: u64,
    pub(crate) outside_window: u64,
    pub(crate) unassociated: u64,
    pub(crate) without_partner: u64,
    /// Credited rows whose provider only `--partner-id` identifies.
    pub(crate) by_partner_id: u64,
}

impl CurrencyJudged {
    fn merge(&mut self, other: CurrencyJudged) {
        for (ours, theirs) in [
            (&mut self.all, other.all),
            (&mut self.credited, other.credited),
            (&mut self.outside_window, other.outside_window),
            (&mut self.unassociated, other.unassociated),
            (&mut self.without_partner, other.without_partner),
        ] {
            ours.add(theirs.rows, theirs.amount);
        }
        self.shared = self.shared.plus_unchecked(other.shared);
        self.all_credits = self.all_credits.plus_unchecked(other.all_credits);
        self.converted = self.converted.plus_unchecked(other.converted);
        self.magnitude.merge(other.magnitude);
    }
}

impl SourceRows {
    fn merge(&mut self, other: SourceRows) {
        self.credited += other.credited;
        self.outside_window += other.outside_window;
        self.unassociated += other.unassociated;
        self.without_partner += other.without_partner;
        self.by_partner_id += other.by_partner_id;
    }
}

/// The fields of [`Judged`] for the credit of some shards, with heads and currencies by their numbers.
pub(super) struct PartialTotals {
    pub(super) consumption: Vec<Amount>,
    pub(super) timeline: PartialTimeline,
    pub(super) has_credit: Vec<bool>,
    pub(super) lacks_rate: BTreeSet<u32>,
    pub(super) all_credits: Amount,
    pub(super) not_accepted: BTreeMap<AssociationSet, Amount>,
    pub(super) duplicate: Amount,
    pub(super) without_rate: BTreeMap<(u16, Month), Amount>,
    pub(super) without_partner: HashMap<(ProviderNumber, u16, Month), RowsAndAmount, FixedState>,
    /// Rows by source and the provider that they name.
    pub(super) provider_unknown: BTreeMap<(u32, Option<ProviderNumber>), u64>,
    /// Credited rows, each once, by currency and month.
    pub(super) rows: BTreeMap<(u16, Month), u64>,
    pub(super) by_currency: Vec<CurrencyJudged>,
    pub(super) by_source: Vec<SourceRows>,
    pub(super) partners_by_source: Vec<BTreeSet<u32>>,
    pub(super) magnitude: Magnitude,
    pub(super) is_too_large: bool,
}

impl PartialTotals {
    /// The totals of no shard.
    pub(super) fn zero(context: &Context<'_>) -> PartialTotals {
        PartialTotals {
            consumption: vec![Amount::ZERO; context.heads],
            timeline: PartialTimeline::zero(context.judging.grain, context.judging.window, context.heads),
            has_credit: vec![false; context.heads],
            lacks_rate: BTreeSet::new(),
            all_credits: Amount::ZERO,
            not_accepted: BTreeMap::new(),
            duplicate: Amount::ZERO,
            without_rate: BTreeMap::new(),
            without_partner: HashMap::default(),
            provider_unknown: BTreeMap::new(),
            rows: BTreeMap::new(),
            by_currency: vec![CurrencyJudged::default(); context.is_usd.len()],
            by_source: vec![SourceRows::default(); context.sources],
            partners_by_source: match context.judging.lists_partners {
                true => vec![BTreeSet::new(); context.sources],
                false => Vec::new(),
            },
            magnitude: Magnitude::default(),
            is_too_large: false,
        }
    }

    /// Adds the totals of other shards.
    pub(super) fn merge(mut self, other: PartialTotals) -> PartialTotals {
        let add = |sum: &mut Amount, amount: Amount| *sum = sum.plus_unchecked(amount);
        self.consumption.iter_mut().zip(other.consumption).for_each(|(sum, amount)| add(sum, amount));
        self.timeline.merge(other.timeline);
        self.has_credit.iter_mut().zip(other.has_credit).for_each(|(ours, theirs)| *ours |= theirs);
        self.lacks_rate.extend(other.lacks_rate);
        add(&mut self.all_credits, other.all_credits);
        add(&mut self.duplicate, other.duplicate);
        for (set, amount) in other.not_accepted {
            add(self.not_accepted.entry(set).or_default(), amount);
        }
        for (key, amount) in other.without_rate {
            add(self.without_rate.entry(key).or_default(), amount);
        }
        for (key, sum) in other.without_partner {
            self.without_partner.entry(key).or_default().add(sum.rows, sum.amount);
        }
        for (key, rows) in other.provider_unknown {
            *self.provider_unknown.entry(key).or_default() += rows;
        }
        for (key, rows) in other.rows {
            *self.rows.entry(key).or_default() += rows;
        }
        self.by_currency.iter_mut().zip(other.by_currency).for_each(|(ours, theirs)| ours.merge(theirs));
        self.by_source.iter_mut().zip(other.by_source).for_each(|(ours, theirs)| ours.merge(theirs));
        for (ours, theirs) in self.partners_by_source.iter_mut().zip(other.partners_by_source) {
            ours.extend(theirs);
        }
        self.magnitude.merge(other.magnitude);
        self.is_too_large |= other.is_too_large;
        self
    }

    /// Notes that a partner has credit from a source, in some months of a year: a bit for each.
    pub(super) fn note_partner(
        &mut self,
        source: u32,
        (partner, head): (u32, u32),
        (year, months): (Month, u16),
    ) {
        self.has_credit[head as usize] = true;
        self.timeline.note_months(head, year, months);
        if let Some(of_source) = self.partners_by_source.get_mut(source as usize) {
            of_source.insert(partner);
        }
    }
}

/// The name of each tenant, as rows name it.
pub(super) fn tenant_names(
    tenants: impl Iterator<Item = ProviderNumber>,
    credits: &CreditTable,
) -> HashMap<ProviderNumber, Arc<str>, FixedState> {
    let name = |number: ProviderNumber| {
        let (ProviderName::Tenant(name) | ProviderName::Partner(name)) = credits.provider(number);
        Arc::from(name)
    };
    let mut names = HashMap::default();
    for tenant in tenants {
        names.entry(tenant).or_insert_with(|| name(tenant));
    }
    names
}

/// Consumption of tenants that no partner has, in report order.
pub(super) fn by_tenant_month(
    sums: HashMap<(ProviderNumber, u16, Month), RowsAndAmount, FixedState>,
    credits: &CreditTable,
) -> Vec<TenantMonth> {
    let names = tenant_names(sums.keys().map(|(tenant, ..)| *tenant), credits);
    let currencies: Vec<Arc<str>> = credits.currencies.iter().map(|code| code.as_str().into()).collect();
    let mut sorted: Vec<_> = sums
        .iter()
        .map(|((tenant, currency, month), sum)| {
            ((&names[tenant], *month, &currencies[usize::from(*currency)]), *sum)
        })
        .collect();
    sorted.par_sort_unstable_by_key(|(key, _)| *key);
    let mut months: Vec<TenantMonth> = Vec::new();
    for ((tenant, month, currency), sum) in sorted {
        match months.last_mut().filter(|last| last.tenant == *tenant && last.month == month) {
            // Two providers of one name differ in what they are.
            Some(TenantMonth { sums, .. }) => match sums.last_mut().filter(|(last, _)| last == currency) {
                Some((_, total)) => total.add(sum.rows, sum.amount),
                None => sums.push((Arc::clone(currency), sum)),
            },
            None => months.push(TenantMonth {
                tenant: Arc::clone(tenant),
                month,
                sums: vec![(Arc::clone(currency), sum)],
            }),
        }
    }
    months
}

/// Credited rows by currency, year and month of one shard.
#[derive(Default)]
pub(super) struct CreditedRows {
    years: Vec<((u16, i16), [u64; YEAR_MONTHS])>,
    last: usize,
}

impl CreditedRows {
    /// The rows of a currency in the 12 months of a year. Accounts of one year stand together, so that the year before is tried first.
    pub(super) fn of_year(&mut self, currency: u16, year: i16) -> &mut [u64; YEAR_MONTHS] {
        let key = (currency, year);
        if self.years.get(self.last).is_none_or(|(last, _)| *last != key) {
            self.last = match self.years.iter().position(|(other, _)| *other == key) {
                Some(nth) => nth,
                None => {
                    self.years.push((key, [0; YEAR_MONTHS]));
                    self.years.len() - 1
                }
            };
        }
        &mut self.years[self.last].1
    }

    /// Adds the rows to `rows`. `first_month` gives the first month of a year.
    pub(super) fn add_to(&self, rows: &mut BTreeMap<(u16, Month), u64>, first_month: impl Fn(i16) -> Month) {
        for ((currency, year), of_months) in &self.years {
            let first = first_month(*year).number();
            for (month, count) in (first..).zip(of_months).filter(|(_, count)| **count > 0) {
                *rows.entry((*currency, Month::from_number(month))).or_default() += count;
            }
        }
    }
}
