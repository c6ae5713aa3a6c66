//! Checks across files: actual with amortized cost, overlapping exports, months that the window cuts. Comes in: inputs and the tallies of
//! their rows. Goes out: input errors and warnings.

use std::collections::BTreeMap;

use crate::base::calendar::{Day, Month, MonthInWindow, Window};
use crate::base::place::InputName;
use crate::config::dialect::{Grain, RoleMeaning};
use crate::credits::engine::local::Tally;
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::formats::{Input, manifest};
use crate::rows::plan::Plan;

/// The two ways to book the cost of a commitment. Their files repeat each other's consumption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CostKind {
    /// Cost as invoiced.
    Actual,
    /// Purchases, spread over their term.
    Amortized,
}

impl CostKind {
    const ALL: [CostKind; 2] = [CostKind::Actual, CostKind::Amortized];

    /// The kind as a control writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            CostKind::Actual => "actual",
            CostKind::Amortized => "amortized",
        }
    }

    /// The kind of a word. `None` if it is no such word.
    pub(crate) fn of_word(word: &str) -> Option<CostKind> {
        CostKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// An export of consumption, reduced to the properties that decide overlaps. It was read in this run, or by the run that wrote a credits table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Export {
    /// The name of the file and sheet.
    pub(crate) name: InputName,
    pub(crate) dialect: String,
    /// Whether a row stands for a day or a month.
    pub(crate) grain: Grain,
    /// **Absent**: the dialect has one kind of cost only, or the kind is unknown.
    pub(crate) cost_kind: Option<CostKind>,
    /// The run that the file is part of: its folder, if a manifest lies there; else its name without a part number.
    pub(crate) run: String,
}

impl Export {
    /// The export of an input that was read.
    pub(crate) fn of(input: &Input<'_>, plan: &Plan<'_>, tally: &Tally) -> Export {
        Export {
            name: input.name.clone(),
            dialect: input.layout.dialect.name.clone(),
            grain: plan.grain(),
            cost_kind: cost_kind(input, tally),
            run: run_of(input),
        }
    }

    /// First and last day of its consumption; of a monthly export, of whole months. **Absent**: it has none.
    pub(crate) fn days_covered(&self, tally: &Tally) -> Option<(Day, Day)> {
        let (first, last) = (*tally.days_told.first()?, *tally.days_told.last()?);
        match self.grain {
            Grain::Day => Some((first, last)),
            Grain::Month => Some((Month::of(first).first_day(), last)),
        }
    }
}

/// Actual and amortized files of one billing account and month, which must never be added.
pub(crate) fn actual_with_amortized(exports: &[&Export], tallies: &[Tally]) -> Vec<InputError> {
    let mut files: BTreeMap<_, BTreeMap<CostKind, &Export>> = BTreeMap::new();
    for (export, tally) in exports.iter().zip(tallies) {
        let Some(kind) = export.cost_kind else { continue };
        for (account, month) in &tally.cost_kind.months {
            files.entry((&export.dialect, account, *month)).or_default().entry(kind).or_insert(export);
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
pub(crate) fn months_cut(exports: &[&Export], tallies: &[Tally], window: Window) -> Vec<InputError> {
    let monthly = exports.iter().zip(tallies).filter(|(export, _)| export.grain == Grain::Month);
    let cut = monthly.filter_map(|(export, tally)| {
        let mut months = tally.days_told.iter().map(|day| Month::of(*day));
        let month = months.find(|month| window.covers(*month) == MonthInWindow::Cut)?;
        let message = format!(
            "the export is monthly, and the window from {} to {} cuts its {month}: use --window complete-months",
            window.first, window.last
        );
        Some(InputError { input: Some(export.name.clone()), code: InputErrorCode::MonthCut, message })
    });
    cut.collect()
}

/// Files that are parts of one run, as one: its name, and the days that they cover.
struct Unit<'u> {
    name: &'u str,
    days: (Day, Day),
}

/// Files of one dialect that cover the same days and are not parts of one run.
pub(crate) fn warn_of_overlaps(exports: &[&Export], tallies: &[Tally], warnings: &mut Warnings) {
    let mut units: BTreeMap<(&str, &str), Unit<'_>> = BTreeMap::new();
    for (export, tally) in exports.iter().zip(tallies) {
        let Some(days) = export.days_covered(tally) else { continue };
        let key = (export.dialect.as_str(), export.run.as_str());
        let unit = units.entry(key).or_insert(Unit { name: &export.name.file, days });
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
