//! Consumption of each head: window, attribution, conversion, and the choice of one association where an export repeats consumption.
//! Comes in: credits, roster, associations, rates, a rule set. Goes out: exact USD by head, and what became of every credit. It reads no
//! export, and the same credits can be judged again by other rules.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use rayon::prelude::*;
use rust_decimal::Decimal;

use super::attribute::{Attribution, Partners};
use super::choose::{Rival, choose_of_month};
use crate::base::amount::{Amount, Magnitude};
use crate::base::association::AssociationSet;
use crate::base::calendar::{Day, Month, MonthInWindow, Window};
use crate::base::ids::PartnerId;
use crate::config::rules::RuleSet;
use crate::credits::credit_table::YEAR_MONTHS;
use crate::credits::keys::Account;
use crate::credits::{CreditShard, CreditTable, DaySum, RowsAndAmount};
use crate::judge::associations::{AssociationIndex, SubscriptionNumber};
use crate::roster::Roster;

/// USD per unit of a currency, by currency (upper case) and month.
pub(crate) type RateTable = BTreeMap<(String, Month), Decimal>;

/// What credits are judged by.
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
    /// The partner of `--partner-id`.
    pub(crate) partner_option: Option<&'j PartnerId>,
    /// Whether to tell the partners of each source.
    pub(crate) lists_partners: bool,
}

/// What judging must know of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SourceRules {
    /// Whether the export repeats consumption once per association of a partner.
    pub(crate) repeats_per_association: bool,
    /// Whether `--partner-id` names the provider of rows whose tenant no partner has.
    pub(crate) has_partner_option: bool,
}

/// What became of all credit.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Exact consumption that counts, by head, sorted. **Unit**: USD. A head whose credit is not accepted has 0.
    pub(crate) consumption: Vec<(PartnerId, Amount)>,
    /// Heads of which some credit has no rate.
    pub(crate) lacks_rate: BTreeSet<PartnerId>,
    /// Σ of credits that could be converted. **Unit**: USD.
    pub(crate) all_credits: Amount,
    /// Σ of credits that the rule set does not accept, by their association. **Unit**: USD.
    pub(crate) not_accepted: BTreeMap<String, Amount>,
    /// Σ of credits left aside, since one association of a subscription and month counts. **Unit**: USD.
    pub(crate) duplicate: Amount,
    /// Credit that has no rate, by currency and month: its rows, each once, and the sum of its credits. **Unit**: that currency.
    pub(crate) without_rate: BTreeMap<(String, Month), RowsAndAmount>,
    /// Consumption of tenants that no partner has, by tenant and month, then currency. **Unit**: that currency.
    pub(crate) without_partner: BTreeMap<(String, Month), BTreeMap<String, RowsAndAmount>>,
    /// By currency (upper case). **Unit**: that currency.
    pub(crate) by_currency: BTreeMap<String, CurrencyJudged>,
    /// By the number of the source.
    pub(crate) by_source: Vec<SourceRows>,
    /// Partners that get credit from each source, in report order; empty unless asked for.
    pub(crate) partners_by_source: Vec<Vec<PartnerId>>,
    /// Whether Σ|USD| reaches 10¹⁴, so that the sums cannot be used.
    pub(crate) is_too_large: bool,
}

/// What became of the credit of one currency.
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
    /// What rows give to further partners beyond the first.
    pub(crate) shared: Amount,
    /// Σ of credits.
    pub(crate) all_credits: Amount,
    /// Σ of credits that could be converted, before they were.
    pub(crate) converted: Amount,
    /// Σ|amount| of credits: where rows credit several partners, it is larger than that of the rows.
    pub(crate) magnitude: Magnitude,
}

/// Rows of one source by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SourceRows {
    pub(crate) credited: u64,
    pub(crate) outside_window: u64,
    pub(crate) unassociated: u64,
    pub(crate) without_partner: u64,
}

/// Parts in which a thread judges shards: each has a sum for every head.
const PARTS: usize = 2;

/// Judges all credit.
pub(crate) fn judge(judging: Judging<'_>) -> Judged {
    let Judging { credits, sources, roster, rates, rules, .. } = judging;
    let partners = Partners::new(judging);
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
    let mut accepted = AssociationSet::default();
    rules.accepted.iter().for_each(|association| accepted.insert(*association));
    let context = Context {
        judging,
        partners: &partners,
        head_of,
        is_usd: credits.currencies.iter().map(|currency| currency == "USD").collect(),
        rate_of: credits.currencies.iter().map(|currency| rates_of(currency, rates)).collect(),
        accepted,
        heads: heads.len(),
        sources: sources.len(),
    };
    let shards = credits
        .shards
        .par_iter()
        .with_min_len(credits.shards.len().div_ceil(PARTS * rayon::current_num_threads()));
    let parts = shards.fold(|| context.nothing(), |part, shard| context.judge(part, shard));
    let all = parts.reduce_with(Part::merge).unwrap_or_else(|| context.nothing());
    let currency = |number: u16| credits.currencies[usize::from(number)].clone();
    let of_heads = heads.into_iter().cloned().zip(all.consumption).zip(all.has_credit);
    let mut judged = Judged {
        lacks_rate: BTreeSet::new(),
        all_credits: all.all_credits,
        not_accepted: all.not_accepted.into_iter().map(|(set, sum)| (set.to_string(), sum)).collect(),
        duplicate: all.duplicate,
        is_too_large: all.is_too_large || all.magnitude.is_too_large(),
        consumption: Vec::new(),
        by_currency: BTreeMap::new(),
        by_source: all.by_source,
        partners_by_source: Vec::new(),
        without_rate: BTreeMap::new(),
        without_partner: BTreeMap::new(),
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
    for ((tenant, number, month), sum) in all.without_partner {
        let of_tenant = judged.without_partner.entry((tenant, month)).or_default();
        of_tenant.entry(currency(number)).or_default().add(sum.rows, sum.amount);
    }
    judged
}

/// What every shard is judged by.
struct Context<'c> {
    judging: Judging<'c>,
    partners: &'c Partners,
    /// Of each partner, the number of its head.
    head_of: Vec<u32>,
    /// By number of the currency.
    is_usd: Vec<bool>,
    /// By number of the currency.
    rate_of: Vec<BTreeMap<Month, Decimal>>,
    /// By the rule set.
    accepted: AssociationSet,
    heads: usize,
    sources: usize,
}

/// What became of the credit of some shards: as [`Judged`], heads and currencies by number.
struct Part {
    consumption: Vec<Amount>,
    has_credit: Vec<bool>,
    lacks_rate: BTreeSet<u32>,
    all_credits: Amount,
    not_accepted: BTreeMap<AssociationSet, Amount>,
    duplicate: Amount,
    without_rate: BTreeMap<(u16, Month), Amount>,
    without_partner: BTreeMap<(String, u16, Month), RowsAndAmount>,
    /// Credited rows, each once.
    rows: BTreeMap<(u16, Month), u64>,
    by_currency: Vec<CurrencyJudged>,
    by_source: Vec<SourceRows>,
    partners_by_source: Vec<BTreeSet<u32>>,
    magnitude: Magnitude,
    is_too_large: bool,
}

impl Part {
    fn merge(mut self, other: Part) -> Part {
        let add = |sum: &mut Amount, amount: Amount| *sum = sum.plus_unchecked(amount);
        self.consumption.iter_mut().zip(other.consumption).for_each(|(sum, amount)| add(sum, amount));
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

    /// Notes that a partner has credit from a source.
    fn note_partner(&mut self, source: u32, partner: u32, head: u32) {
        self.has_credit[head as usize] = true;
        if let Some(of_source) = self.partners_by_source.get_mut(source as usize) {
            of_source.insert(partner);
        }
    }
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
    }
}

/// The months of a year of accounts that lie in the window.
#[derive(Debug, Clone, Copy)]
struct WindowYear {
    year: i16,
    first: Month,
    /// Months whose every day is in the window: a bit for each.
    whole: u16,
    /// The first and the last day of the window within the year, if it has any.
    days: Option<(Day, Day)>,
}

impl WindowYear {
    fn month(&self, nth: u8) -> Month {
        Month::from_number(self.first.number() + i32::from(nth))
    }

    fn is_whole(&self, nth: u8) -> bool {
        self.whole >> nth & 1 == 1
    }
}

/// What the months of an account within the window come to.
#[derive(Debug, Clone, Copy, Default)]
struct Total {
    sum: RowsAndAmount,
    magnitude: Magnitude,
    /// Which months have rows: a bit for each.
    months: u16,
}

/// The months of one (partner, associations) of an account whose attribution changes.
struct Group {
    partner: u32,
    associations: AssociationSet,
    sums: [Amount; YEAR_MONTHS],
    months: u16,
}

/// What is judged of one account: its shard, its number, and what its key says.
#[derive(Clone, Copy)]
struct Judgeable<'s> {
    shard: &'s CreditShard,
    number: u32,
    account: Account,
    year: WindowYear,
}

impl Judgeable<'_> {
    fn currency(&self) -> usize {
        usize::from(self.account.currency)
    }
}

impl Context<'_> {
    fn nothing(&self) -> Part {
        Part {
            consumption: vec![Amount::ZERO; self.heads],
            has_credit: vec![false; self.heads],
            lacks_rate: BTreeSet::new(),
            all_credits: Amount::ZERO,
            not_accepted: BTreeMap::new(),
            duplicate: Amount::ZERO,
            without_rate: BTreeMap::new(),
            without_partner: BTreeMap::new(),
            rows: BTreeMap::new(),
            by_currency: vec![CurrencyJudged::default(); self.is_usd.len()],
            by_source: vec![SourceRows::default(); self.sources],
            partners_by_source: match self.judging.lists_partners {
                true => vec![BTreeSet::new(); self.sources],
                false => Vec::new(),
            },
            magnitude: Magnitude::default(),
            is_too_large: false,
        }
    }

    fn window_year(&self, year: i16) -> WindowYear {
        let window = self.judging.window;
        let first = self.judging.credits.first_month(year);
        let mut of_year = WindowYear { year, first, whole: 0, days: None };
        for nth in 0..u8::try_from(YEAR_MONTHS).expect("twelve") {
            if window.covers(of_year.month(nth)) == MonthInWindow::Whole {
                of_year.whole |= 1 << nth;
            }
        }
        let last = of_year.month(11).last_day();
        let (from, to) = (window.first.max(first.first_day()), window.last.min(last));
        of_year.days = (from <= to).then_some((from, to));
        of_year
    }

    /// Judges the credit of a shard, which has all of that of its subscriptions, into `part`.
    fn judge(&self, mut part: Part, shard: &CreditShard) -> Part {
        let mut rivals: Vec<Rival> = Vec::new();
        let mut groups: Vec<Group> = Vec::new();
        let mut rows = RowsByMonth::default();
        // Accounts of different years alternate, and a year is costly to lay out.
        let mut years: HashMap<i16, WindowYear, FixedState> = HashMap::default();
        for number in 0..shard.accounts() {
            if number % STEP_ACCOUNTS == 0 {
                prefetch(shard, number);
            }
            let account = shard.account(number);
            let year = *years.entry(account.year).or_insert_with(|| self.window_year(account.year));
            let judgeable = Judgeable { shard, number, account, year };
            match self.partners.attribution(&account, year.days, &self.judging) {
                Attribution::Constant(list) => {
                    self.judge_constant(judgeable, list, &mut part, &mut rows, &mut rivals);
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
            let counted = self.counted(shard, rivals, &mut part);
            let sum = &mut part.consumption[rivals[0].head as usize];
            *sum = sum.plus_unchecked(counted);
        }
        part
    }

    /// The months of an account within the window; the rest is counted as outside of it.
    fn total(&self, judgeable: Judgeable<'_>, part: &mut Part, mut each: impl FnMut(u8, u64)) -> Total {
        let Judgeable { shard, number, account, year } = judgeable;
        let (mut total, mut outside) = (Total::default(), RowsAndAmount::default());
        let mut add = |nth: u8, is_inside: bool, sum: RowsAndAmount| {
            if is_inside {
                total.sum.add(sum.rows, sum.amount);
                total.magnitude.add(sum.amount);
                total.months |= 1 << nth;
                each(nth, sum.rows);
            } else {
                outside.add(sum.rows, sum.amount);
            }
        };
        shard.months(number).for_each(|(nth, sum)| add(nth, year.is_whole(nth), sum));
        for day in shard.days(number) {
            add(day.month, self.judging.window.contains(day_of(&year, day.month, day.day)), day.sum);
        }
        self.note_outside(account, outside, part);
        total
    }

    fn note_outside(&self, account: Account, outside: RowsAndAmount, part: &mut Part) {
        if outside.rows > 0 {
            let of_currency = &mut part.by_currency[usize::from(account.currency)];
            of_currency.all.add(outside.rows, outside.amount);
            of_currency.outside_window.add(outside.rows, outside.amount);
            part.by_source[account.source as usize].outside_window += outside.rows;
        }
    }

    /// Judges an account all of whose rows in the window have the same partners.
    fn judge_constant(
        &self,
        judgeable: Judgeable<'_>,
        list: &[(u32, AssociationSet)],
        part: &mut Part,
        rows: &mut RowsByMonth,
        rivals: &mut Vec<Rival>,
    ) {
        let account = judgeable.account;
        if list.is_empty() {
            let total = self.total(judgeable, part, |_, _| {});
            self.note_unassociated(account, total.sum, part);
            return;
        }
        let of_year = rows.of(account.currency, account.year);
        let total = self.total(judgeable, part, |nth, count| of_year[usize::from(nth)] += count);
        if total.sum.rows == 0 {
            return;
        }
        self.note_credited(account, total.sum, list.len(), part);
        let repeats = self.judging.sources[account.source as usize].repeats_per_association;
        for (partner, associations) in list.iter().copied() {
            let head = self.head_of[partner as usize];
            part.note_partner(account.source, partner, head);
            part.by_currency[judgeable.currency()].magnitude.merge(total.magnitude);
            let is_accepted = associations.meets(self.accepted);
            if is_accepted && repeats {
                let Judgeable { number, .. } = judgeable;
                rivals.push(Rival::new(&account, number, head, partner, associations, total.months));
            } else if let Some(usd) = self.usd(judgeable, head, &total, part) {
                self.count(head, associations, is_accepted, usd, part);
            }
        }
    }

    fn count(
        &self,
        head: u32,
        associations: AssociationSet,
        is_accepted: bool,
        usd: Amount,
        part: &mut Part,
    ) {
        let into = match is_accepted {
            true => &mut part.consumption[head as usize],
            false => part.not_accepted.entry(associations).or_default(),
        };
        *into = into.plus_unchecked(usd);
    }

    /// Judges an account whose partners change within the window: month by month, and day by day where the table holds days.
    fn judge_by_time(
        &self,
        judgeable: Judgeable<'_>,
        subscription: SubscriptionNumber,
        part: &mut Part,
        rows: &mut RowsByMonth,
        groups: &mut Vec<Group>,
    ) {
        let Judgeable { shard, number, account, year } = judgeable;
        groups.clear();
        let (mut outside, mut unassociated) = (RowsAndAmount::default(), RowsAndAmount::default());
        let of_year = rows.of(account.currency, account.year);
        let months =
            shard.months(number).map(|(nth, sum)| (nth, year.month(nth).last_day(), year.is_whole(nth), sum));
        let days = shard.days(number).iter().map(|day| {
            let date = day_of(&year, day.month, day.day);
            (day.month, date, self.judging.window.contains(date), day.sum)
        });
        for (nth, day, is_inside, sum) in months.chain(days) {
            if !is_inside {
                outside.add(sum.rows, sum.amount);
                continue;
            }
            let Some(outcome) = self.judging.associations.outcome(subscription, day) else {
                unassociated.add(sum.rows, sum.amount);
                continue;
            };
            let list = self.partners.of_outcome(outcome);
            of_year[usize::from(nth)] += sum.rows;
            self.note_credited(account, sum, list.len(), part);
            for (partner, associations) in list.iter().copied() {
                let is_group = |group: &Group| (group.partner, group.associations) == (partner, associations);
                let group = match groups.iter().position(is_group) {
                    Some(nth) => &mut groups[nth],
                    None => {
                        groups.push(Group { partner, associations, sums: Default::default(), months: 0 });
                        groups.last_mut().expect("it was pushed")
                    }
                };
                let of_month = &mut group.sums[usize::from(nth)];
                *of_month = of_month.plus_unchecked(sum.amount);
                group.months |= 1 << nth;
            }
        }
        self.note_outside(account, outside, part);
        self.note_unassociated(account, unassociated, part);
        for Group { partner, associations, sums, months } in &*groups {
            let head = self.head_of[*partner as usize];
            part.note_partner(account.source, *partner, head);
            let with_rows = (0..).zip(sums).filter(|(nth, _)| months >> nth & 1 == 1);
            let mut usd: Option<Amount> = None;
            for (nth, amount) in with_rows {
                part.by_currency[judgeable.currency()].magnitude.add(*amount);
                if let Some(of_month) = self.convert(account.currency, year.month(nth), *amount, head, part) {
                    usd = Some(usd.unwrap_or_default().plus_unchecked(of_month));
                }
            }
            if let Some(usd) = usd {
                self.count(head, *associations, associations.meets(self.accepted), usd, part);
            }
        }
    }

    fn note_unassociated(&self, account: Account, sum: RowsAndAmount, part: &mut Part) {
        if sum.rows > 0 {
            let of_currency = &mut part.by_currency[usize::from(account.currency)];
            of_currency.all.add(sum.rows, sum.amount);
            of_currency.unassociated.add(sum.rows, sum.amount);
            part.by_source[account.source as usize].unassociated += sum.rows;
        }
    }

    /// Notes rows that credit so many partners.
    fn note_credited(&self, account: Account, sum: RowsAndAmount, partners: usize, part: &mut Part) {
        let of_currency = &mut part.by_currency[usize::from(account.currency)];
        of_currency.all.add(sum.rows, sum.amount);
        of_currency.credited.add(sum.rows, sum.amount);
        of_currency.all_credits = of_currency.all_credits.plus_unchecked(sum.amount);
        for _ in 1..partners {
            of_currency.all_credits = of_currency.all_credits.plus_unchecked(sum.amount);
            of_currency.shared = of_currency.shared.plus_unchecked(sum.amount);
        }
        part.by_source[account.source as usize].credited += sum.rows;
    }

    /// Notes rows of a tenant that no partner has.
    fn note_without_partner(&self, judgeable: Judgeable<'_>, tenant: &str, part: &mut Part) {
        let account = judgeable.account;
        let total = self.total(judgeable, part, |_, _| {});
        if total.sum.rows == 0 {
            return;
        }
        let of_currency = &mut part.by_currency[judgeable.currency()];
        of_currency.all.add(total.sum.rows, total.sum.amount);
        of_currency.without_partner.add(total.sum.rows, total.sum.amount);
        part.by_source[account.source as usize].without_partner += total.sum.rows;
        self.months(judgeable, |month, sum| {
            let key = (tenant.to_owned(), account.currency, month);
            part.without_partner.entry(key).or_default().add(sum.rows, sum.amount);
        });
    }

    /// Gives `each` the sum of each month of an account within the window, days added first.
    fn months(&self, judgeable: Judgeable<'_>, mut each: impl FnMut(Month, RowsAndAmount)) {
        let Judgeable { shard, number, year, .. } = judgeable;
        for (nth, sum) in shard.months(number).filter(|(nth, _)| year.is_whole(*nth)) {
            each(year.month(nth), sum);
        }
        let contains = |day: &&DaySum| self.judging.window.contains(day_of(&year, day.month, day.day));
        for of_month in shard.days(number).chunk_by(|a, b| a.month == b.month) {
            let mut sum = RowsAndAmount::default();
            of_month.iter().filter(contains).for_each(|day| sum.add(day.sum.rows, day.sum.amount));
            if sum.rows > 0 {
                each(year.month(of_month[0].month), sum);
            }
        }
    }

    /// What counts of the credit of one head and subscription, of exports that repeat it. The rest is duplicate.
    fn counted(&self, shard: &CreditShard, rivals: &[Rival], part: &mut Part) -> Amount {
        let Some(first) = self.first_of_all_months(rivals) else {
            let mut candidates = Vec::new();
            for rival in rivals {
                let judgeable = self.judgeable(shard, rival);
                self.months(judgeable, |month, sum| {
                    if let Some(usd) =
                        self.convert(judgeable.account.currency, month, sum.amount, rival.head, part)
                    {
                        candidates.push((month, rival.partner, rival.associations, usd));
                    }
                });
            }
            return choose_of_month(&mut candidates, &mut part.duplicate);
        };
        let mut counted = Amount::ZERO;
        for (nth, rival) in rivals.iter().enumerate() {
            let judgeable = self.judgeable(shard, rival);
            let total = self.total_again(judgeable);
            let usd = self.usd(judgeable, rival.head, &total, part).unwrap_or_default();
            let into = if nth == first { &mut counted } else { &mut part.duplicate };
            *into = into.plus_unchecked(usd);
        }
        counted
    }

    fn judgeable<'s>(&self, shard: &'s CreditShard, rival: &Rival) -> Judgeable<'s> {
        let account = shard.account(rival.number);
        Judgeable { shard, number: rival.number, account, year: self.window_year(account.year) }
    }

    /// [`Context::total`] of an account that was counted already.
    fn total_again(&self, judgeable: Judgeable<'_>) -> Total {
        let mut total = Total::default();
        self.months(judgeable, |_, sum| {
            total.sum.add(sum.rows, sum.amount);
            total.magnitude.add(sum.amount);
        });
        total
    }

    /// The number of the rival that is chosen in each month of them all, as one is of most. `None`: months must be compared.
    fn first_of_all_months(&self, rivals: &[Rival]) -> Option<usize> {
        let (first, chosen) = rivals.iter().enumerate().min_by_key(|(_, rival)| rival.priority())?;
        let is_behind = |(nth, rival): (usize, &Rival)| {
            nth == first || chosen.priority() < rival.priority() && chosen.has_months_of(rival)
        };
        // A month that has no rate has no credit to be chosen.
        let needs_no_rate = rivals.len() == 1 || self.is_usd[usize::from(chosen.currency)];
        (needs_no_rate && rivals.iter().enumerate().all(is_behind)).then_some(first)
    }

    /// The USD of an account. `None`: nothing of it could be converted.
    fn usd(&self, judgeable: Judgeable<'_>, head: u32, total: &Total, part: &mut Part) -> Option<Amount> {
        let currency = judgeable.currency();
        if !self.is_usd[currency] {
            let mut usd: Option<Amount> = None;
            self.months(judgeable, |month, sum| {
                if let Some(of_month) =
                    self.convert(judgeable.account.currency, month, sum.amount, head, part)
                {
                    usd = Some(usd.unwrap_or_default().plus_unchecked(of_month));
                }
            });
            return usd;
        }
        // Most of all credit: its months need not be looked at again.
        let of_currency = &mut part.by_currency[currency];
        of_currency.converted = of_currency.converted.plus_unchecked(total.sum.amount);
        part.magnitude.merge(total.magnitude);
        part.all_credits = part.all_credits.plus_unchecked(total.sum.amount);
        Some(total.sum.amount)
    }

    /// The USD of a month of an account. `None`: it has no rate, or it is more than a run can add up.
    fn convert(
        &self,
        currency: u16,
        month: Month,
        amount: Amount,
        head: u32,
        part: &mut Part,
    ) -> Option<Amount> {
        let number = usize::from(currency);
        let usd = if self.is_usd[number] {
            Some(amount)
        } else if let Some(rate) = self.rate_of[number].get(&month) {
            amount.convert(*rate)
        } else {
            part.lacks_rate.insert(head);
            let lacking = part.without_rate.entry((currency, month)).or_default();
            *lacking = lacking.plus_unchecked(amount);
            return None;
        };
        let of_currency = &mut part.by_currency[number];
        of_currency.converted = of_currency.converted.plus_unchecked(amount);
        let Some(usd) = usd else {
            part.is_too_large = true;
            return None;
        };
        part.magnitude.add(usd);
        part.all_credits = part.all_credits.plus_unchecked(usd);
        Some(usd)
    }
}

fn day_of(year: &WindowYear, month: u8, day: u8) -> Day {
    year.month(month).first_day() + chrono::Days::new(u64::from(day) - 1)
}

/// Accounts whose sums are prefetched at a time.
const STEP_ACCOUNTS: u32 = 64;

/// Touches the sums of the next accounts, which lie anywhere, so that their cache misses overlap. Without it, judging takes half as long
/// again; touching every month gains no more.
fn prefetch(shard: &CreditShard, first: u32) {
    let rows = |account| shard.months(account).next().map_or(0, |(_, sum)| sum.rows);
    let step = first..shard.accounts().min(first + STEP_ACCOUNTS);
    std::hint::black_box(step.map(rows).sum::<u64>());
}

/// Credited rows by currency, year and month.
#[derive(Default)]
struct RowsByMonth {
    years: Vec<((u16, i16), [u64; YEAR_MONTHS])>,
    last: usize,
}

impl RowsByMonth {
    fn of(&mut self, currency: u16, year: i16) -> &mut [u64; YEAR_MONTHS] {
        let key = (currency, year);
        if self.years.get(self.last).is_none_or(|(last, _)| *last != key) {
            self.last = match self.years.iter().position(|(known, _)| *known == key) {
                Some(nth) => nth,
                None => {
                    self.years.push((key, [0; YEAR_MONTHS]));
                    self.years.len() - 1
                }
            };
        }
        &mut self.years[self.last].1
    }

    fn add_to(&self, rows: &mut BTreeMap<(u16, Month), u64>, first_month: impl Fn(i16) -> Month) {
        for ((currency, year), of_months) in &self.years {
            let first = first_month(*year).number();
            for (month, count) in (first..).zip(of_months).filter(|(_, count)| **count > 0) {
                *rows.entry((*currency, Month::from_number(month))).or_default() += count;
            }
        }
    }
}

/// The rates of one currency. USD needs none, whatever a rates file says.
fn rates_of(currency: &str, rates: &RateTable) -> BTreeMap<Month, Decimal> {
    if currency == "USD" {
        return BTreeMap::new();
    }
    let of_it = rates.iter().filter(|((code, _), _)| code == currency);
    of_it.map(|((_, month), rate)| (*month, *rate)).collect()
}
