//! Consumption of each head: window, attribution, conversion, and the choice of one association where an export repeats consumption.
//! Comes in: credits, roster, associations, rates, a rule set. Goes out: exact USD by head, and the outcome of every credit. It reads no
//! export, and the same credits can be judged again by other rules.

mod account;
mod attribute;
mod choose;
mod convert;
mod credit_unknowns;
mod csp_tiers;
pub(crate) mod ledger;
mod ledger_accounts;
pub(crate) mod ledger_chunks;
mod ledger_lines;
mod months;
mod repeated;
mod slots;
mod totals;
mod unknown;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use rust_decimal::Decimal;

use crate::base::association::AssociationSet;
use crate::base::calendar::{Month, Window};
use crate::base::ids::PartnerId;
use crate::config::rules::RuleSet;
use crate::credits::credit_table::ProviderName;
use crate::credits::{CreditShard, CreditTable, RowsAndAmount};
use crate::judge::associations::AssociationIndex;
use crate::judge::bounds::RefusedFacts;
use crate::roster::Roster;

use account::PartnerMonths;
use attribute::{Attribution, PartnerIndex};
use choose::Rival;
pub(crate) use convert::RateTable;
use convert::rates_of;
pub(crate) use credit_unknowns::CreditUnknowns;
use months::{Judgeable, WindowYears};
#[cfg(test)]
pub(crate) use slots::DaySlot;
pub(crate) use slots::{DayTimeline, MonthTimeline, TimeGrain, Timeline, TimelineMonths};
use totals::{CreditedRows, PartialTotals, by_tenant_month};
pub(crate) use totals::{CurrencyJudged, Judged, TenantMonth};

/// Credits, and everything they are judged by.
#[derive(Clone, Copy)]
pub(crate) struct Judging<'j> {
    pub(crate) credits: &'j CreditTable,
    /// By the number of the source.
    pub(crate) sources: &'j [SourceRules],
    pub(crate) roster: &'j Roster,
    pub(crate) associations: &'j AssociationIndex,
    pub(crate) rates: &'j RateTable,
    pub(crate) window: Window,
    pub(crate) rules: &'j RuleSet,
    /// Facts of refused rows, which leave credit unknown.
    pub(crate) refused: &'j RefusedFacts,
    /// The partner of `--partner-id`, by the number of the source. **Absent**: the source has no use for one, or none is given for it.
    pub(crate) partner_options: &'j [Option<PartnerId>],
    /// Whether to list the partners of each source.
    pub(crate) lists_partners: bool,
    /// How finely consumption is kept by time.
    pub(crate) grain: TimeGrain,
    /// Which credit is accounted for.
    pub(crate) extent: JudgedExtent,
    /// By number of the source: months that a table has only as a whole, although the export has days.
    pub(crate) whole_months: &'j BTreeSet<(u32, Month)>,
}

/// The credit that a judging accounts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JudgedExtent {
    /// All: what lies outside of the window is counted as such.
    All,
    /// Credit within the window: accounts of other years are passed over, which for a few days are nearly all.
    Window,
}

/// The properties of a source that judging depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SourceRules {
    /// Whether the export repeats consumption once per association of a partner.
    pub(crate) repeats_per_association: bool,
    /// Whether `--partner-id` names the provider of rows that name none, or whose tenant no partner has.
    pub(crate) takes_partner_id: bool,
    /// Whether rows name a provider beside their reseller: the export is of CSP.
    pub(crate) names_provider: bool,
    /// Whether a row stands for a month.
    pub(crate) is_monthly: bool,
}

/// Parts in which a thread judges shards: each has a sum for every head.
const PARTS: usize = 2;

/// Judges all credit.
pub(crate) fn judge(judging: Judging<'_>) -> Judged {
    let Judging { credits, roster, .. } = judging;
    let partners = Arc::new(PartnerIndex::new(judging));
    let (heads, _) = heads_of(&partners, roster);
    let context = Context::new(judging, Arc::clone(&partners));
    let shards = credits
        .shards
        .par_iter()
        .with_min_len(credits.shards.len().div_ceil(PARTS * rayon::current_num_threads()));
    let parts = shards.fold(|| PartialTotals::zero(&context), |part, shard| context.judge(part, shard));
    let all = parts.reduce_with(PartialTotals::merge).unwrap_or_else(|| PartialTotals::zero(&context));
    let unknown = context.unknown(&all, &heads);
    let currency = |number: u16| credits.currencies[usize::from(number)].clone();
    let timeline = all.timeline.finish(&all.has_credit);
    let of_heads = heads.into_iter().cloned().zip(all.consumption).zip(all.has_credit);
    let mut judged = Judged {
        lacks_rate: BTreeSet::new(),
        all_credits: all.all_credits,
        not_accepted: all.not_accepted.into_iter().map(|(set, sum)| (set.to_string(), sum)).collect(),
        duplicate: all.duplicate,
        is_too_large: all.is_too_large || all.magnitude.is_too_large(),
        consumption: Vec::new(),
        timeline,
        by_currency: BTreeMap::new(),
        by_source: all.by_source,
        partners_by_source: Vec::new(),
        without_rate: BTreeMap::new(),
        without_partner: Vec::new(),
        unknown,
        provider_unknown: BTreeMap::new(),
    };
    for (number, ((head, consumption), has_credit)) in (0..).zip(of_heads) {
        if all.lacks_rate.contains(&number) {
            judged.lacks_rate.insert(head.clone());
        }
        if has_credit {
            judged.consumption.push((head, consumption));
        }
    }
    let ids = |of_source: BTreeSet<u32>| {
        of_source.into_iter().map(|partner| partners.ids[partner as usize].clone()).collect()
    };
    judged.partners_by_source = all.partners_by_source.into_iter().map(ids).collect();
    for (number, of_currency) in (0..).zip(all.by_currency) {
        if of_currency != CurrencyJudged::default() {
            judged.by_currency.insert(currency(number), of_currency);
        }
    }
    for ((number, month), amount) in all.without_rate {
        let first = all.rows.get(&(number, month)).copied().unwrap_or(0);
        judged.without_rate.insert((currency(number), month), RowsAndAmount { rows: first, amount });
    }
    judged.without_partner = by_tenant_month(all.without_partner, credits);
    for ((source, provider), rows) in all.provider_unknown {
        let of_source = judged.provider_unknown.entry(source as usize).or_default();
        of_source.rows += rows;
        if let Some(ProviderName::Tenant(tenant) | ProviderName::Partner(tenant)) =
            provider.map(|provider| credits.provider(provider))
        {
            of_source.tenants.insert(tenant);
        }
    }
    judged
}

/// The heads of some partners, sorted, and for each partner the number of its head.
fn heads_of<'p>(partners: &'p PartnerIndex, roster: &'p Roster) -> (Vec<&'p PartnerId>, Vec<u32>) {
    let mut by_head: Vec<(&PartnerId, usize)> =
        partners.ids.iter().map(|partner| roster.head(partner)).zip(0..).collect();
    // Stable, since partners are sorted and most are heads.
    by_head.sort();
    let mut heads: Vec<&PartnerId> = Vec::with_capacity(by_head.len());
    let mut head_of: Vec<u32> = vec![0; by_head.len()];
    for of_head in by_head.chunk_by(|(a, _), (b, _)| a == b) {
        let head = u32::try_from(heads.len()).expect("fewer than 2^32 partners");
        of_head.iter().for_each(|(_, partner)| head_of[*partner] = head);
        heads.push(of_head[0].0);
    }
    (heads, head_of)
}

/// The inputs of judging, prepared once for all shards.
struct Context<'c> {
    judging: Judging<'c>,
    partners: Arc<PartnerIndex>,
    /// The number of the head of each partner.
    head_of: Vec<u32>,
    /// Whether a currency is USD, by number of the currency.
    is_usd: Vec<bool>,
    /// The rates of a currency, by its number.
    rate_of: Vec<BTreeMap<Month, Decimal>>,
    /// Associations that the rule set accepts.
    accepted: AssociationSet,
    heads: usize,
    sources: usize,
    years: WindowYears,
}

impl<'c> Context<'c> {
    fn new(judging: Judging<'c>, partners: Arc<PartnerIndex>) -> Context<'c> {
        let Judging { credits, sources, rates, rules, .. } = judging;
        let (heads, head_of) = heads_of(&partners, judging.roster);
        let heads = heads.len();
        Context {
            judging,
            partners,
            head_of,
            is_usd: credits.currencies.iter().map(|currency| currency == "USD").collect(),
            rate_of: credits.currencies.iter().map(|currency| rates_of(currency, rates)).collect(),
            accepted: rules.accepted.iter().copied().collect(),
            heads,
            sources: sources.len(),
            years: WindowYears::new(judging.window, credits.first_month(0)),
        }
    }
}

impl Context<'_> {
    /// Adds the outcome of a shard to `part`. A subscription has all its credit in one shard.
    fn judge(&self, mut part: PartialTotals, shard: &CreditShard) -> PartialTotals {
        let mut rivals: Vec<Rival> = Vec::new();
        let mut groups: Vec<PartnerMonths> = Vec::new();
        let mut rows = CreditedRows::default();
        for number in 0..shard.accounts() {
            if number % STEP_ACCOUNTS == 0 {
                prefetch(shard, number);
            }
            let account = shard.account(number);
            let year = self.window_year(account.year);
            if year.days.is_none() && self.judging.extent == JudgedExtent::Window {
                continue;
            }
            let judgeable = Judgeable { shard, number, account, year };
            match self.partners.attribution(&account, year.days, self) {
                Attribution::Constant(list) => {
                    self.judge_constant(judgeable, list, &mut part, &mut rows, &mut rivals);
                }
                Attribution::Tiers(credit) => {
                    let list = credit.partners();
                    let credited = self.judge_constant(judgeable, list, &mut part, &mut rows, &mut rivals);
                    self.note_provider(&account, &credit, credited, &mut part);
                }
                Attribution::ByTime(subscription) => {
                    self.judge_by_time(judgeable, subscription, &mut part, &mut rows, &mut groups);
                }
                Attribution::WithoutPartner(tenant) => {
                    self.note_without_partner(judgeable, tenant, &mut part)
                }
            }
        }
        rows.add_to(&mut part.rows, |year| self.window_year(year).first);
        rivals.sort_unstable_by(Rival::order);
        for rivals in rivals.chunk_by(Rival::is_one_consumption) {
            self.count_chosen(shard, rivals, &mut part);
        }
        part
    }
}

/// Accounts whose sums are prefetched at a time.
const STEP_ACCOUNTS: u32 = 64;

/// Prefetches the sums of the next accounts, which lie anywhere in memory, so that their cache misses overlap. Without it, judging takes
/// half as long again; touching every month gains no more.
fn prefetch(shard: &CreditShard, first: u32) {
    let rows = |account| shard.months(account).next().map_or(0, |(_, sum)| sum.rows);
    let step = first..shard.accounts().min(first + STEP_ACCOUNTS);
    std::hint::black_box(step.map(rows).sum::<u64>());
}
