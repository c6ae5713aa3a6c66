//! What a page states of its run. Comes in: a [`Presentation`]. Goes out: a value that is written as JSON. It holds no figure that the run summary or
//! the rule set does not have.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::calendar::Month;
use crate::config::rules::{MeasureKind, MeasureUnit};
use crate::outputs::presentation::Presentation;
use crate::outputs::{
    Completeness, ConfidenceCounts, ControlTotals, FileLeftOut, InputRead, LossCounts, MonthEntry, Program,
    RejectsOfCode, RuleSetUsed, ShownLines, Skipped, StoredRun, Tiers, WarningsOfCode, WindowUsed,
};

/// Inputs and files passed over that a page lists; the run summary lists all.
const LISTED_INPUTS: usize = 500;

/// Files passed over that a page does not list: what earlier runs wrote, so that a page among its own inputs is the same when it is written again.
const UNTOLD_CLASSES: [&str; 3] = ["output", "hidden", "companion"];

/// What a page states of its run.
#[derive(Debug, Serialize)]
pub(super) struct RunBlock<'p> {
    program: &'p Program,
    rule_set: &'p RuleSetUsed,
    title: &'p str,
    source: &'p [String],
    as_of: String,
    window: &'p WindowUsed,
    /// Months that have a day in the window.
    window_months: Vec<String>,
    completeness: &'p Completeness,
    warnings: &'p [WarningsOfCode],
    rejects: &'p [RejectsOfCode],
    control_totals: &'p ControlTotals,
    coverage: &'p [MonthEntry],
    tiers: &'p Tiers,
    confidence: &'p ConfidenceCounts,
    losses: &'p LossCounts,
    shown: Option<&'p ShownLines>,
    inputs: &'p [InputRead],
    inputs_not_listed: usize,
    skipped: Vec<&'p Skipped>,
    skipped_not_listed: usize,
    left_out: &'p [FileLeftOut],
    left_out_not_listed: usize,
    /// Partners that were judged, on this page or not.
    judged: usize,
    /// Partners on this page.
    partners: usize,
    /// Partners of a detail block.
    detail_partners: usize,
    /// What the rule set measures, in the order of the report's columns.
    kinds: Vec<KindEntry>,
    /// The tiers of the rule set, lowest first.
    requires: Vec<TierEntry<'p>>,
    /// Columns of the report that are asked for.
    columns: Vec<&'p str>,
    previous: Option<PreviousEntry<'p>>,
}

/// The run to compare with.
#[derive(Debug, Serialize)]
struct PreviousEntry<'p> {
    rule_set: &'p str,
    as_of: String,
    partners: u64,
    /// Partners by tier, `none` and `undetermined`.
    tiers: BTreeMap<&'p str, u64>,
    certain: Option<u64>,
}

impl<'p> PreviousEntry<'p> {
    fn of(run: &'p StoredRun) -> PreviousEntry<'p> {
        PreviousEntry {
            rule_set: &run.rule_set,
            as_of: run.as_of.to_string(),
            partners: run.partners,
            tiers: run.counts.iter().map(|(tier, count)| (tier.as_str(), *count)).collect(),
            certain: run.certain,
        }
    }
}

#[derive(Debug, Serialize)]
struct KindEntry {
    name: &'static str,
    label: &'static str,
    is_usd: bool,
}

#[derive(Debug, Serialize)]
struct TierEntry<'p> {
    tier: &'p str,
    /// The kind of each requirement.
    kinds: Vec<&'static str>,
}

impl<'p> RunBlock<'p> {
    pub(super) fn of(presentation: &'p Presentation<'p>, detail_partners: usize) -> RunBlock<'p> {
        let Presentation { rules, summary, table, .. } = presentation;
        let kind = |kind: MeasureKind| KindEntry {
            name: kind.as_str(),
            label: kind.label(),
            is_usd: kind.unit() == MeasureUnit::Usd,
        };
        let months = Month::of(summary.window.first).number()..=Month::of(summary.window.last).number();
        let listed = |all: usize| all.min(LISTED_INPUTS);
        let (inputs, left_out) = (&summary.inputs, &summary.left_out);
        let is_told = |skipped: &&Skipped| !UNTOLD_CLASSES.contains(&skipped.class.as_str());
        let skipped: Vec<&Skipped> = summary.skipped.iter().filter(is_told).collect();
        RunBlock {
            program: &summary.program,
            rule_set: &summary.rule_set,
            title: &rules.title,
            source: &rules.source,
            as_of: summary.as_of.to_string(),
            window: &summary.window,
            window_months: months.map(|number| Month::from_number(number).to_string()).collect(),
            completeness: &summary.completeness,
            warnings: &summary.warnings,
            rejects: &summary.rejects,
            control_totals: &summary.control_totals,
            coverage: &summary.coverage,
            tiers: &summary.tiers,
            confidence: &summary.confidence,
            losses: &summary.losses,
            shown: summary.shown.as_ref(),
            inputs: &inputs[..listed(inputs.len())],
            inputs_not_listed: inputs.len() - listed(inputs.len()),
            skipped_not_listed: skipped.len() - listed(skipped.len()),
            skipped: skipped.into_iter().take(LISTED_INPUTS).collect(),
            left_out: &left_out[..listed(left_out.len())],
            left_out_not_listed: left_out.len() - listed(left_out.len()),
            judged: presentation.lines.facts.len(),
            partners: presentation.selected.len(),
            detail_partners,
            kinds: rules.reported_kinds().into_iter().map(kind).collect(),
            requires: rules
                .tiers
                .iter()
                .map(|tier| TierEntry {
                    tier: &tier.name,
                    kinds: tier.requires.iter().map(|r| rules.measures[r.measure].kind().as_str()).collect(),
                })
                .collect(),
            columns: table.columns.iter().map(|column| column.name.as_str()).collect(),
            previous: presentation.previous.map(PreviousEntry::of),
        }
    }
}
