//! The control of a credits table that a run writes. Comes in: sources, their tallies and rejects, the credits. Goes out: a [`Control`].

use std::collections::BTreeMap;

use crate::base::calendar::{Day, Month};
use crate::config::dialect::Grain;
use crate::credits::control::{
    Control, ControlAge, ControlBounds, ControlLeftOut, ControlReject, ControlRows, ControlSource,
    ControlSum, DAILY, MONTHLY,
};
use crate::credits::engine::local::Tally;
use crate::credits::{CreditTable, RowsAndAmount};
use crate::diagnostics::reject::{BoundsKey, CountKey, RejectBounds, RejectCount, RejectTally};
use crate::job::ConsumptionSource;
use crate::sources::{Age, DayRange};

/// The control of the table of all credits of a run.
pub(super) fn control(
    sources: &[ConsumptionSource],
    ranks: &[u32],
    tallies: &[Tally],
    rejects: &RejectTally,
    credits: &CreditTable,
) -> Control {
    let sums = credits.sums_of_sources(sources.len());
    let mut ordered: Vec<(u32, ControlSource)> = sources
        .iter()
        .zip(tallies)
        .zip(sums)
        .zip(ranks)
        .map(|(((source, tally), sums), rank)| (*rank, control_of(source, tally, &sums, rejects, credits)))
        .collect();
    ordered.sort_by_key(|(rank, _)| *rank);
    Control {
        schema: Control::SCHEMA,
        program: format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
        dimensions: Vec::new(),
        left_out: Vec::new(),
        sources: ordered.into_iter().map(|(_, source)| source).collect(),
    }
}

fn control_of(
    source: &ConsumptionSource,
    tally: &Tally,
    sums: &BTreeMap<&str, RowsAndAmount>,
    rejects: &RejectTally,
    credits: &CreditTable,
) -> ControlSource {
    let label = &source.snapshot;
    let days = |days: DayRange| (days.first().to_string(), days.last().to_string());
    let left_out = |((day, currency), sum): (&(Day, Option<u16>), &RowsAndAmount)| ControlLeftOut {
        day: day.to_string(),
        currency: currency.map(|currency| credits.currencies[usize::from(currency)].clone()),
        rows: sum.rows,
        amount: sum.amount.to_string(),
    };
    let reject = |(key, count): (&CountKey, &RejectCount)| ControlReject {
        code: key.code.as_str().to_owned(),
        day: key.day.map(|day| day.to_string()),
        subscription: key.subscription.clone(),
        rows: count.rows,
    };
    let bounds = |(key, bounds): (&BoundsKey, &RejectBounds)| ControlBounds {
        owner: (&key.owner).into(),
        association: key.association.map(|association| association.as_str().to_owned()),
        provider: key.provider.as_ref().map(Into::into),
        subscription: key.subscription.clone(),
        day: key.day.map(|day| day.to_string()),
        currency: key.currency.clone(),
        rows: bounds.rows,
        negative: bounds.negative.to_string(),
        positive: bounds.positive.to_string(),
    };
    ControlSource {
        dataset: source.dataset.as_str().to_owned(),
        source: source.content.clone().unwrap_or_default(),
        file: source.name.file.clone(),
        sheet: source.name.sheet.clone(),
        dialect: source.dialect.clone(),
        snapshot: label.first_file.clone(),
        is_part_by_name: label.is_part_by_name,
        partition: label.partition.clone(),
        is_complete: label.is_complete,
        grain: match source.grain {
            Grain::Day => DAILY,
            Grain::Month => MONTHLY,
        }
        .to_owned(),
        repeats_per_association: source.rules.repeats_per_association,
        takes_partner_id: source.rules.takes_partner_id,
        provider_is_tenant: source.provider_is_tenant,
        provider_is_partner: source.provider_is_partner,
        partner_id: source.partner_id.clone(),
        invoices: tally.invoices.numbers.iter().cloned().collect(),
        age: label.age.map(control_age),
        series: label.series.clone(),
        stated_period: label.stated_period.map(days),
        period: source.days.map(|(first, last)| (first.to_string(), last.to_string())),
        days_told: days_told(tally, source.grain),
        rows: ControlRows {
            read: tally.rows,
            not_consumption: tally.not_consumption,
            in_lines: tally.taken,
            refused: tally.refused,
            rounded: tally.rounded,
        },
        no_subscription: tally.no_subscription.iter().map(left_out).collect(),
        lines: sums
            .iter()
            .map(|(currency, sum)| {
                ((*currency).to_owned(), ControlSum { rows: sum.rows, amount: sum.amount.to_string() })
            })
            .collect(),
        rejects: rejects.counts().filter(|(key, _)| key.input == source.reject_input).map(reject).collect(),
        reject_bounds: rejects
            .bounds()
            .filter(|(key, _)| key.input == source.reject_input)
            .map(bounds)
            .collect(),
    }
}

/// The age of a snapshot as a control writes it.
pub(super) fn control_age(age: Age) -> ControlAge {
    ControlAge {
        kind: age.kind.as_str().to_owned(),
        day: age.day.to_string(),
        time: age.time.map(|time| time.to_string()),
    }
}

/// Days told as ranges of consecutive days; of a monthly export, of whole months.
fn days_told(tally: &Tally, grain: Grain) -> Vec<(String, String)> {
    let mut ranges: Vec<(Day, Day)> = Vec::new();
    for day in &tally.days_told {
        let (first, last) = match grain {
            Grain::Day => (*day, *day),
            Grain::Month => (Month::of(*day).first_day(), *day),
        };
        match ranges.last_mut() {
            Some((_, end)) if end.succ_opt() == Some(first) => *end = last,
            _ => ranges.push((first, last)),
        }
    }
    ranges.into_iter().map(|(first, last)| (first.to_string(), last.to_string())).collect()
}
