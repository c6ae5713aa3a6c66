//! Days that are judged beside the window of a run. Comes in: what was read. Goes out: the associations and the credits that count on those
//! days, and the inputs of judging any window. It reads no file and decides no overlap.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::calendar::{Day, Month, Window, WindowKind};
use crate::base::ids::PartnerId;
use crate::config::dialect::Grain;
use crate::config::rules::RuleSet;
use crate::credits::engine::local::{Folded, Tally};
use crate::credits::{ComparedDays, CreditTable};
use crate::diagnostics::error::Error;
use crate::diagnostics::warning::Warnings;
use crate::job::overlap_passes::{OverlapContext, Overlapped};
use crate::job::{
    self, ConsumptionSource, HeldTime, Reading, RunOptions, RunRules, completeness, providers, snapshot_list,
    sources,
};
use crate::judge::associations::{AssociationIndex, Dating, Numbered};
use crate::judge::bounds::RefusedFacts;
use crate::judge::facts::consumption::{JudgedExtent, Judging, SourceRules, TimeGrain};
use crate::judge::overlaps::months_cut;
use crate::roster::Roster;

/// The days after the window up to `as_of`.
#[derive(Debug)]
pub(crate) struct LaterDays {
    pub(crate) days: Window,
    pub(crate) associations: AssociationIndex,
    /// The credits that count on these days. **Absent**: all of them.
    pub(crate) counted: Option<CreditTable>,
    /// Whether exports contradict each other on these days, so that nothing decides which counts.
    pub(crate) is_unclear: bool,
    /// Rows of these days, by the number of the source.
    pub(crate) rows: BTreeMap<u32, u64>,
}

/// The days after the window up to `as_of`, if any row is of them.
pub(super) fn later_days(tallies: &[Tally], window: Window, options: &RunOptions) -> Option<Window> {
    if !options.tells_losses || options.covers_all_time {
        return None;
    }
    let days = Window { first: window.last.succ_opt()?, last: options.as_of };
    if days.first > days.last {
        return None;
    }
    // A table may have a month only as a whole: its last day stands for all.
    let told = days.first..=Month::of(days.last).last_day();
    let is_told = |tally: &Tally| tally.days_told.range(told.clone()).next().is_some();
    tallies.iter().any(is_told).then_some(days)
}

/// The first month of a history with trailing days. No export is older.
const FIRST_YEAR: i32 = 1950;

/// The days that losses depend on: of the month of `as_of`, if that is not over; of every month, if the window has trailing days.
pub(super) fn days_of_losses(options: &RunOptions, window: Window) -> ComparedDays {
    let since = match options.held {
        HeldTime::EveryWindow { by_day_from } => Some(by_day_from),
        HeldTime::Window | HeldTime::EveryMonth | HeldTime::EveryDay => None,
    };
    let first = match (options.window, since) {
        (WindowKind::TrailingDays, Some(_)) => Day::from_ymd_opt(FIRST_YEAR, 1, 1),
        (WindowKind::TrailingDays, None) => Some(window.first),
        (WindowKind::CompleteMonths, Some(by_day_from)) => by_day_from,
        (WindowKind::CompleteMonths, None) => window.last.succ_opt(),
    };
    let first = first.filter(|first| options.tells_losses && *first <= options.as_of);
    let months = first.map(|first| Month::of(first).number()..=Month::of(options.as_of).number());
    let months = months.into_iter().flatten().map(Month::from_number).collect();
    ComparedDays { months, of_subscriptions: BTreeSet::new() }
}

/// The first day on which associations count.
pub(super) fn dating(rules: &RuleSet) -> Dating {
    match rules.retroactive {
        true => Dating::Retroactive,
        false => Dating::FromItsFirstDay,
    }
}

impl LaterDays {
    pub(super) fn new(
        days: Window,
        numbered: Numbered,
        roster: &Roster,
        folded: &Folded,
        context: OverlapContext<'_>,
    ) -> LaterDays {
        // The run warns of associations that overlap already.
        let mut warned = Warnings::default();
        let associations =
            AssociationIndex::build(numbered, roster, dating(context.rules), days, &mut warned);
        let snapshots = sources::snapshot_reads(context.consumption, &folded.tallies);
        let credits = &folded.credits;
        let resolution =
            context.ask(days, &associations, &snapshots, credits, |overlapping| overlapping.resolve());
        let exclusions = &resolution.exclusions;
        LaterDays {
            days,
            counted: (!exclusions.is_empty()).then(|| exclusions.counted(credits)),
            is_unclear: !resolution.input_errors.is_empty(),
            rows: rows_of(credits, days),
            associations,
        }
    }
}

impl Reading<'_> {
    /// Turns the reading to another window, and to the days after it up to `as_of`: their associations, overlaps and coverage. Errors: the
    /// inputs do not allow to judge that window.
    pub(super) fn turn_to(&mut self, rules: &RunRules, options: &RunOptions) -> Result<(), Error> {
        let numbered = self.numbered.clone().expect("a reading of one window is never turned");
        let dating = dating(&rules.rules);
        let mut warned = Warnings::default();
        let later = later_days(&self.folded.tallies, rules.window, options);
        let context = OverlapContext { options, rules: &rules.rules, consumption: &self.consumption };
        let later_numbered = later.map(|days| (days, numbered.clone()));
        self.associations =
            AssociationIndex::build(numbered, &self.roster, dating, rules.window, &mut warned);
        self.later = later_numbered
            .map(|(days, numbered)| LaterDays::new(days, numbered, &self.roster, &self.folded, context));
        let snapshots = sources::snapshot_reads(&self.consumption, &self.folded.tallies);
        let credits = &self.folded.credits;
        let resolution = context
            .ask(rules.window, &self.associations, &snapshots, credits, |overlapping| overlapping.resolve());
        let mut input_errors = resolution.input_errors.clone();
        self.overlapped = Overlapped::new(resolution, credits);
        let counted = self.overlapped.counted.as_ref().unwrap_or(credits);
        self.coverage = snapshot_list::coverage(&self.overlapped, &self.consumption, counted, rules.window);
        let tallies = self.consumption.iter().zip(&self.folded.tallies);
        let monthly = tallies.filter(|(source, _)| source.grain == Grain::Month);
        let monthly = monthly.map(|(source, tally)| (&source.name, &tally.days_told));
        input_errors.extend(months_cut(monthly, rules.window));
        let judge = self.reject_judge(rules.window);
        input_errors.extend(job::too_large(&self.consumption, &self.folded, judge));
        self.turn_to_rules(&rules.rules);
        job::gate(input_errors)
    }

    /// Turns the reading to a rule set that gives credit in the same way.
    pub(super) fn turn_to_rules(&mut self, rules: &RuleSet) {
        self.missing_roles = completeness::missing_roles(rules, &self.accepted);
    }
}

/// The rows of a table on some days, by the number of the source.
fn rows_of(credits: &CreditTable, days: Window) -> BTreeMap<u32, u64> {
    let mut rows = BTreeMap::new();
    // Most accounts are of earlier years.
    let is_later = |year: i16| days.first <= credits.last_month(year).last_day();
    for shard in &credits.shards {
        for number in (0..shard.accounts()).filter(|number| is_later(shard.account(*number).year)) {
            let later = credits.sums_of(shard, number).filter(|(span, _)| days.first <= span.last());
            let later: u64 = later.map(|(_, sum)| sum.rows).sum();
            if later > 0 {
                *rows.entry(shard.account(number).source).or_default() += later;
            }
        }
    }
    rows
}

/// What judging needs of the sources of a run.
pub(super) struct JudgingInputs {
    sources: Vec<SourceRules>,
    partner_options: Vec<Option<PartnerId>>,
    /// By number of the source, months that a credits table has only as a whole.
    whole_months: BTreeSet<(u32, Month)>,
    lists_partners: bool,
}

impl JudgingInputs {
    pub(super) fn new(reading: &Reading<'_>, options: &RunOptions) -> JudgingInputs {
        let partner_option = |source: &ConsumptionSource| providers::partner_option(source, options).cloned();
        let tallies = (0..).zip(&reading.folded.tallies);
        let whole_months = tallies.flat_map(|(number, tally): (u32, _)| {
            tally.whole_months.iter().map(move |month| (number, *month))
        });
        JudgingInputs {
            sources: reading.consumption.iter().map(|source| source.rules).collect(),
            partner_options: reading.consumption.iter().map(partner_option).collect(),
            whole_months: whole_months.collect(),
            lists_partners: options.lists_partners,
        }
    }

    /// How the counted credits of a window are judged, by the total alone.
    pub(super) fn judging<'j>(
        &'j self,
        reading: &'j Reading<'_>,
        rules: &'j RuleSet,
        window: Window,
        refused: &'j RefusedFacts,
    ) -> Judging<'j> {
        Judging {
            credits: reading.counted_credits(),
            sources: &self.sources,
            roster: &reading.roster,
            associations: &reading.associations,
            rates: &reading.rates,
            refused,
            window,
            rules,
            partner_options: &self.partner_options,
            lists_partners: self.lists_partners,
            grain: TimeGrain::Total,
            extent: JudgedExtent::All,
            whole_months: &self.whole_months,
        }
    }

    /// Whether a credits table has a month only as a whole, of any source.
    pub(super) fn has_whole(&self, month: Month) -> bool {
        self.whole_months.iter().any(|(_, whole)| *whole == month)
    }

    /// Whether a credits table has a month of a source only as a whole.
    pub(super) fn is_whole(&self, source: u32, month: Month) -> bool {
        self.whole_months.contains(&(source, month))
    }
}
