//! Checks across files: actual with amortized cost, overlapping exports, months that the window cuts. Comes in: inputs and the tallies of
//! their rows. Goes out: input errors and warnings.

use std::collections::BTreeMap;

use crate::base::calendar::{Day, Month, MonthInWindow, Window};
use crate::config::dialect::{Grain, RoleMeaning};
use crate::credits::engine::local::Tally;
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::formats::{Input, manifest};
use crate::rows::plan::Plan;

/// The two ways to book the cost of a commitment. Their files repeat each other's consumption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum CostKind {
    Actual,
    Amortized,
}

/// Actual and amortized files of one billing account and month, which must never be added.
pub(crate) fn actual_with_amortized(inputs: &[&Input<'_>], tallies: &[Tally]) -> Vec<InputError> {
    let mut files: BTreeMap<_, BTreeMap<CostKind, &Input<'_>>> = BTreeMap::new();
    for (input, tally) in inputs.iter().zip(tallies) {
        let Some(kind) = cost_kind(input, tally) else { continue };
        for (account, month) in &tally.cost_kind.months {
            files
                .entry((&input.layout.dialect.name, account, *month))
                .or_default()
                .entry(kind)
                .or_insert(input);
        }
    }
    let mut overlaps: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for ((_, account, month), kinds) in files {
        if let (Some(actual), Some(amortized)) =
            (kinds.get(&CostKind::Actual), kinds.get(&CostKind::Amortized))
        {
            let account = match account.as_str() {
                "" => "an unnamed billing account".to_owned(),
                named => format!("billing account {named}"),
            };
            overlaps
                .entry((&actual.name.file, &amortized.name.file))
                .or_insert_with(|| format!("{account} in {month}"));
        }
    }
    overlaps.into_iter()
        .map(|((actual, amortized), of)| {
            let message = format!(
                "{actual} (actual cost) and {amortized} (amortized cost) both hold {of}: they repeat each other, give one of them"
            );
            InputError { input: None, code: InputErrorCode::ActualWithAmortized, message }
        })
        .collect()
}

/// The kind of a file: from its manifest, else from the name of the file or of a folder, else from its rows.
fn cost_kind(input: &Input<'_>, tally: &Tally) -> Option<CostKind> {
    let RoleMeaning::Consumption(rules) = &input.layout.dialect.meaning else { return None };
    rules.cost_kinds.as_ref()?;
    let stated = |text: &str| {
        let text = text.to_lowercase();
        let is_amortized = text.contains("amortized") || text.contains("amortised");
        match (text.contains("actual"), is_amortized) {
            (true, false) => Some(CostKind::Actual),
            (false, true) => Some(CostKind::Amortized),
            _ => None,
        }
    };
    let by_manifest =
        input.path().and_then(manifest::beside).and_then(|m| m.export_type).and_then(|t| stated(&t));
    let by_name = || input.name.file.rsplit('/').find_map(stated);
    let by_rows = || match (tally.cost_kind.is_amortized, tally.cost_kind.is_actual) {
        (true, _) => Some(CostKind::Amortized),
        (false, true) => Some(CostKind::Actual),
        (false, false) => None,
    };
    by_manifest.or_else(by_name).or_else(by_rows)
}

/// Months of monthly exports that the window cuts.
pub(crate) fn months_cut(
    inputs: &[&Input<'_>],
    plans: &[Plan<'_>],
    tallies: &[Tally],
    window: Window,
) -> Vec<InputError> {
    let is_monthly = |plan: &Plan<'_>| plan.grain() == Grain::Month;
    let monthly = inputs.iter().zip(plans).zip(tallies).filter(|((_, plan), _)| is_monthly(plan));
    let cut = monthly.filter_map(|((input, _), tally)| {
        let mut months = tally.days_told.iter().map(|day| Month::of(*day));
        let month = months.find(|month| window.covers(*month) == MonthInWindow::Cut)?;
        let message = format!(
            "the export is monthly, and the window from {} to {} cuts its {month}: use --window complete-months",
            window.first, window.last
        );
        Some(InputError { input: Some(input.name.clone()), code: InputErrorCode::MonthCut, message })
    });
    cut.collect()
}

/// Files that are parts of one run, as one: its name, and the days that they cover.
struct Unit<'u> {
    name: &'u str,
    days: (Day, Day),
}

/// Files of one dialect that cover the same days and are not parts of one run.
pub(crate) fn warn_of_overlaps(
    inputs: &[&Input<'_>],
    plans: &[Plan<'_>],
    tallies: &[Tally],
    warnings: &mut Warnings,
) {
    let mut units: BTreeMap<(&str, String), Unit<'_>> = BTreeMap::new();
    for ((input, plan), tally) in inputs.iter().zip(plans).zip(tallies) {
        let Some(days) = days_covered(plan, tally) else { continue };
        let key = (input.layout.dialect.name.as_str(), run_of(input));
        let unit = units.entry(key).or_insert(Unit { name: &input.name.file, days });
        unit.days = (unit.days.0.min(days.0), unit.days.1.max(days.1));
    }
    let mut by_dialect: BTreeMap<&str, Vec<Unit<'_>>> = BTreeMap::new();
    for ((dialect, _), unit) in units {
        by_dialect.entry(dialect).or_default().push(unit);
    }
    for (dialect, mut units) in by_dialect {
        units.sort_by_key(|unit| (unit.days, unit.name));
        let mut longest: Option<&Unit<'_>> = None;
        for unit in &units {
            if let Some(other) = longest
                && unit.days.0 <= other.days.1
            {
                let (from, to) = (unit.days.0, unit.days.1.min(other.days.1));
                let text = format!("{} and {} ({dialect}) both cover {from} to {to}", other.name, unit.name);
                warnings.add(WarningCode::OverlappingFiles, text);
            }
            if longest.is_none_or(|other| other.days.1 < unit.days.1) {
                longest = Some(unit);
            }
        }
    }
}

/// First and last day of the consumption of an input; of a monthly export, of whole months.
pub(crate) fn days_covered(plan: &Plan<'_>, tally: &Tally) -> Option<(Day, Day)> {
    let (first, last) = (*tally.days_told.first()?, *tally.days_told.last()?);
    match plan.grain() {
        Grain::Day => Some((first, last)),
        Grain::Month => Some((Month::of(first).first_day(), last)),
    }
}

/// The run that a file is part of: its folder, if a manifest lies there; else its name without a part number.
fn run_of(input: &Input<'_>) -> String {
    let file = &input.name.file;
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    if input.path().and_then(manifest::beside).is_some() {
        return format!("{folder}/");
    }
    format!("{folder}/{}", without_part(name))
}

/// `part_0_0001.csv` and `export-part2.csv.gz` without their numbers; other names as they are.
fn without_part(name: &str) -> String {
    let lower = name.to_lowercase();
    let Some(at) = lower.find("part") else { return lower };
    let (before, after) = lower.split_at(at + 4);
    let rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '-');
    if rest.len() == after.len() { lower } else { format!("{before}{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_one_run_differ_in_their_part_number_only() {
        assert_eq!(without_part("part_0_0001.csv"), without_part("part_1_0002.csv"));
        assert_eq!(without_part("Usage-Part1.csv.gz"), without_part("usage-part2.csv.gz"));
        assert_ne!(without_part("usage-20170601.csv"), without_part("usage-20170602.csv"));
        assert_ne!(without_part("partner-1.csv"), without_part("partner-2.csv"));
    }
}
