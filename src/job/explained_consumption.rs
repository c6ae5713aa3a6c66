//! The consumption of one head, explained. Comes in: its lines of the ledger. Goes out: what counts by month, association, location, export and
//! subscription, and what does not count and why. Every sum is of exact amounts.

use std::collections::{BTreeMap, HashMap};

use super::written_ledger::WrittenLedger;
use super::{Reading, RunOptions, RunRules};
use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month, Window, WindowKind};
use crate::base::ids::PartnerId;
use crate::judge::associations::{AssociationIndex, SubscriptionNumber};
use crate::judge::facts::consumption::ledger::{LedgerLine, LedgerReason};
use crate::outputs::LedgerRow;
use crate::outputs::explanation::{
    Conversion, MonthExplained, NotCounted, PartExplained, SubscriptionExplained,
};

/// The heads of subscriptions that some day of the window leaves unassociated.
pub(super) type HeadsOfSubscriptions = HashMap<SubscriptionNumber, Vec<PartnerId>>;

/// A line of the ledger that concerns a head.
pub(super) struct HeadLine<'l> {
    pub(super) row: LedgerRow<'l>,
    pub(super) reason: LedgerReason,
    /// The number of the source.
    pub(super) source: usize,
}

/// The lines that concern one head.
pub(super) type HeadLines<'l> = Vec<HeadLine<'l>>;

/// The lines that concern each head, of some `lines` of a ledger; consumption that is unassociated on its day is a line of every head that its subscription is associated with on others.
pub(super) fn by_head<'l>(
    ledger: &'l WrittenLedger<'_>,
    lines: &[LedgerLine],
    associations: &AssociationIndex,
    of_subscriptions: &HeadsOfSubscriptions,
) -> HashMap<PartnerId, HeadLines<'l>> {
    let mut of_heads: HashMap<PartnerId, HeadLines<'l>> = HashMap::new();
    let mut texts = ledger.texts();
    for line in lines {
        let row = texts.row(line);
        let of_line = |row| HeadLine { row, reason: line.reason, source: line.source as usize };
        match ledger.maker.partners().get(line.head as usize) {
            Some(head) => of_heads.entry(head.clone()).or_default().push(of_line(row)),
            None => {
                let number = associations.subscription(&row.subscription);
                for head in number.and_then(|number| of_subscriptions.get(&number)).into_iter().flatten() {
                    of_heads.entry(head.clone()).or_default().push(of_line(row.clone()));
                }
            }
        }
    }
    of_heads
}

/// The consumption of one head.
#[derive(Debug, Clone, Default)]
pub(super) struct ExplainedConsumption {
    pub(super) total: Amount,
    pub(super) months: Vec<MonthExplained>,
    pub(super) associations: Vec<PartExplained>,
    pub(super) locations: Vec<PartExplained>,
    pub(super) sources: Vec<PartExplained>,
    pub(super) subscriptions: Vec<SubscriptionExplained>,
    pub(super) conversions: Vec<Conversion>,
    pub(super) not_counted: Vec<NotCounted>,
}

/// Explains the consumption of one head.
pub(super) fn explained(
    lines: &[HeadLine<'_>],
    reading: &Reading<'_>,
    rules: &RunRules,
    options: &RunOptions,
) -> ExplainedConsumption {
    let source = |nth: usize| reading.consumption[nth].name.to_string();
    let dataset = |nth: usize| reading.consumption[nth].dataset.as_str().to_owned();
    let mut total = Amount::ZERO;
    let mut months: BTreeMap<Month, Amount> = BTreeMap::new();
    let mut associations: BTreeMap<String, Amount> = BTreeMap::new();
    let mut locations: BTreeMap<PartnerId, Amount> = BTreeMap::new();
    let mut sources: BTreeMap<(String, String), Amount> = BTreeMap::new();
    let mut subscriptions: BTreeMap<(String, String, String), BTreeMap<Month, Amount>> = BTreeMap::new();
    let mut conversions: BTreeMap<(String, Month), (Amount, String, Amount)> = BTreeMap::new();
    let partner_of = |row: &LedgerRow<'_>| row.partner.unwrap_or_default().to_owned();
    for HeadLine { row, source: nth, .. } in lines.iter().filter(|line| line.reason == LedgerReason::Counted)
    {
        let usd = row.counted_usd;
        add(&mut total, usd);
        add(months.entry(row.month).or_default(), usd);
        add(associations.entry(row.association.to_string()).or_default(), usd);
        if let Some(partner) = row.partner.and_then(PartnerId::parse) {
            add(locations.entry(partner).or_default(), usd);
        }
        add(sources.entry((source(*nth), dataset(*nth))).or_default(), usd);
        let key = (row.subscription.to_string(), row.association.to_string(), partner_of(row));
        add(subscriptions.entry(key).or_default().entry(row.month).or_default(), usd);
        if row.currency != "USD" {
            let rate = row.rate.as_deref().unwrap_or_default().to_owned();
            let of_month = conversions.entry((row.currency.to_owned(), row.month)).or_insert((
                Amount::ZERO,
                rate,
                Amount::ZERO,
            ));
            add(&mut of_month.0, row.amount);
            add(&mut of_month.2, usd);
        }
    }
    let leaves_on = |month: Month| leaves_on(month, options.window, rules.rules.window_months);
    let part = |(name, usd): (String, Amount)| PartExplained { name, detail: None, usd };
    ExplainedConsumption {
        total,
        months: months
            .into_iter()
            .map(|(month, usd)| MonthExplained { month, usd, leaves_on: leaves_on(month) })
            .collect(),
        associations: associations.into_iter().map(part).collect(),
        locations: locations.into_iter().map(|(id, usd)| part((id.to_string(), usd))).collect(),
        sources: sources
            .into_iter()
            .map(|((name, dataset), usd)| PartExplained { name, detail: Some(dataset), usd })
            .collect(),
        subscriptions: subscriptions.into_iter().filter_map(subscription).collect(),
        conversions: conversions
            .into_iter()
            .map(|((currency, month), (amount, rate, usd))| Conversion { currency, month, amount, rate, usd })
            .collect(),
        not_counted: not_counted(lines, &source),
    }
}

fn add(sum: &mut Amount, amount: Amount) {
    *sum = sum.plus_unchecked(amount);
}

/// A subscription, association and partner, with the sums of its months.
type OfSubscription = ((String, String, String), BTreeMap<Month, Amount>);

fn subscription(
    ((subscription, association, partner_id), months): OfSubscription,
) -> Option<SubscriptionExplained> {
    let (first, last) = (months.keys().next()?, months.keys().next_back()?);
    Some(SubscriptionExplained {
        subscription,
        association,
        partner_id,
        months: months.len(),
        first_month: *first,
        last_month: *last,
        usd: months.values().fold(Amount::ZERO, |sum, usd| sum.plus_unchecked(*usd)),
    })
}

/// The first day for which no day of a month lies in the window.
fn leaves_on(month: Month, kind: WindowKind, window_months: u32) -> Day {
    let months = i32::try_from(window_months).expect("a window has at most 120 months");
    let after = Month::from_number(month.number() + months);
    match kind {
        WindowKind::CompleteMonths => after.last_day(),
        WindowKind::TrailingDays => {
            // The first day whose window begins behind the month.
            let days = after.first_day().iter_days().skip(27);
            let is_out = |day: &Day| Window::before(*day, kind, window_months).first > month.last_day();
            days.take(7).find(is_out).unwrap_or(after.last_day())
        }
    }
}

/// First and last month, the amount, the amount in USD, and which credit counts instead.
type NotCountedSums = (Month, Month, Amount, Option<Amount>, Vec<String>);

/// What does not count, by reason, subscription, association, export and currency.
fn not_counted(lines: &[HeadLine<'_>], source: &dyn Fn(usize) -> String) -> Vec<NotCounted> {
    type Key<'k> = (LedgerReason, String, Option<&'k str>, String, String, &'k str);
    let mut groups: BTreeMap<Key<'_>, NotCountedSums> = BTreeMap::new();
    for HeadLine { row, reason, source: nth } in lines {
        if matches!(reason, LedgerReason::Counted | LedgerReason::OutsideWindow) {
            continue;
        }
        let key = (
            *reason,
            row.subscription.to_string(),
            row.partner,
            row.association.to_string(),
            source(*nth),
            row.currency,
        );
        let group =
            groups.entry(key).or_insert((row.month, row.month, Amount::ZERO, Some(Amount::ZERO), Vec::new()));
        group.0 = group.0.min(row.month);
        group.1 = group.1.max(row.month);
        add(&mut group.2, row.amount);
        group.3 = group.3.zip(row.usd).map(|(sum, usd)| sum.plus_unchecked(usd));
        if *reason == LedgerReason::Duplicate {
            let chosen = lines.iter().find(|line| {
                line.reason == LedgerReason::Counted
                    && (&line.row.subscription, line.row.month) == (&row.subscription, row.month)
            });
            if let Some(HeadLine { row: chosen, .. }) = chosen {
                let instead = format!("{} of {}", chosen.association, chosen.partner.unwrap_or_default());
                if !group.4.contains(&instead) {
                    group.4.push(instead);
                }
            }
        }
    }
    groups
        .into_iter()
        .map(|((reason, subscription, partner, association, source, currency), group)| {
            let (first_month, last_month, amount, usd, instead) = group;
            let why = match reason {
                LedgerReason::Duplicate if instead.is_empty() => format!("duplicate by {association}"),
                LedgerReason::Duplicate => {
                    format!("duplicate by {association}: {} counts", instead.join(", "))
                }
                LedgerReason::NotAccepted => format!("{association} is not accepted"),
                LedgerReason::Unassociated => "before or after the association".to_owned(),
                LedgerReason::Superseded => "superseded: another snapshot tells of it again".to_owned(),
                LedgerReason::NotPreferred => "another dataset is preferred".to_owned(),
                LedgerReason::NoRate => format!("{currency} has no rate in the month"),
                LedgerReason::Counted | LedgerReason::OutsideWindow => String::new(),
            };
            NotCounted {
                reason: reason.as_str(),
                partner_id: partner.map(str::to_owned),
                association,
                subscription,
                first_month,
                last_month,
                source,
                currency: currency.to_owned(),
                amount,
                usd,
                why,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_leaves_when_no_window_has_a_day_of_it() {
        let month = |text: &str| Month::of(format!("{text}-01").parse().unwrap());
        for (of, kind, expected) in [
            ("2016-07", WindowKind::CompleteMonths, "2017-07-31"),
            ("2016-02", WindowKind::CompleteMonths, "2017-02-28"),
            ("2016-07", WindowKind::TrailingDays, "2017-07-31"),
            ("2016-02", WindowKind::TrailingDays, "2017-03-01"),
        ] {
            let day = leaves_on(month(of), kind, 12);
            assert_eq!(day.to_string(), expected, "{of} {kind:?}");
            let last = month(of).last_day();
            assert!(!Window::before(day, kind, 12).contains(last), "{of} {kind:?}");
            assert!(Window::before(day.pred_opt().unwrap(), kind, 12).contains(last), "{of} {kind:?}");
        }
    }
}
