//! The readings that overlaps need: months first, then days of what two snapshots tell of (SPEC 3.7). Comes in: credits by month. Goes out: the
//! credits that count, and what was found. `judge::overlaps` decides; this file reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::association::{Association, AssociationSet};
use crate::base::calendar::{Day, Window};
use crate::config::dialect::{ColumnKey, EarnedCredit, Prepaid, RoleMeaning};
use crate::config::rules::RuleSet;
use crate::credits::credit_table::Span;
use crate::credits::engine::local::{Fold, FoldContext, Folded, SumTable};
use crate::credits::keys::{Account, OwnerKey};
use crate::credits::{CreditTable, PeriodNeeds};
use crate::diagnostics::error::InputError;
use crate::diagnostics::reject::RejectLog;
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::formats::Input;
use crate::formats::scheduler::{ReadOptions, read_rows};
use crate::job::snapshots::RunSnapshots;
use crate::job::sources;
use crate::job::{ConsumptionSource, RunOptions, RunRules, read_stored};
use crate::judge::associations::{AssociationIndex, SubscriptionNumber};
use crate::judge::overlaps::{DaysWanted, ExcludedSums, Overlapping, Resolution, SnapshotRead};
use crate::rows::file_forms::FileForms;
use crate::rows::plan::{Evidence, Plan};
use crate::sources::DayRange;

/// The outcome of overlaps.
#[derive(Debug, Default)]
pub(crate) struct Overlapped {
    pub(crate) resolution: Resolution,
    /// The credits that count. **Absent**: all of them.
    pub(crate) counted: Option<CreditTable>,
    pub(crate) excluded: ExcludedSums,
}

impl Overlapped {
    /// The credits that count by what was decided.
    pub(super) fn new(resolution: Resolution, credits: &CreditTable) -> Overlapped {
        let (counted, excluded) = match resolution.exclusions.is_empty() {
            true => (None, ExcludedSums::new()),
            false => rayon::join(
                || Some(resolution.exclusions.counted(credits)),
                || resolution.exclusions.sums(credits),
            ),
        };
        Overlapped { resolution, counted, excluded }
    }
}

/// Whether rows must show the kind of their export: another snapshot may tell of the same consumption, or a credits table states the kind.
/// Where nothing needs it, the columns are not read. Columns that tell prepaid usage alone are read of rows without an amount.
pub(super) fn evidence(inputs: &mut [Input<'_>], of_run: &RunSnapshots, options: &RunOptions) -> Evidence {
    let is_needed = of_run.read.len() > 1 || options.held.is_written() || options.lists_partners;
    for input in inputs {
        let RoleMeaning::Consumption(rules) = &input.layout.dialect.meaning else { continue };
        let evidence = rules.cost_kinds.iter().flat_map(|kinds| kinds.benefits.iter().copied());
        let evidence: Vec<ColumnKey> = evidence.chain(rules.invoice).collect();
        let mut on_demand: Vec<ColumnKey> =
            rules.earned_credit.iter().flat_map(EarnedCredit::columns).collect();
        let mut unused = if is_needed { Vec::new() } else { evidence.clone() };
        if let Some(prepaid) = &rules.prepaid {
            let model = prepaid.pricing_model.as_ref().map(|(column, _)| *column);
            match prepaid.pricing_model_in(&input.layout) {
                Some(_) => on_demand.extend(model),
                None => unused.extend(model),
            }
            on_demand.extend(prepaid.list_price_columns());
            unused.retain(|column| !prepaid.benefits.contains(column));
            on_demand.extend(&prepaid.benefits);
        }
        on_demand.retain(|column| !is_needed || !evidence.contains(column));
        input.drop_columns(&unused);
        input.read_on_demand(on_demand);
        // Only rows without an amount that are prepaid tell a list price.
        input.decode_late(rules.prepaid.iter().flat_map(Prepaid::list_price_columns));
    }
    if is_needed { Evidence::Needed } else { Evidence::NotNeeded }
}

/// Everything that the first reading had, for a second one.
pub(super) struct OverlapPasses<'p> {
    pub(super) options: &'p RunOptions,
    pub(super) rules: &'p RunRules,
    /// The days of the window, and of losses.
    pub(super) judged_days: Window,
    pub(super) inputs: &'p [Input<'p>],
    /// By the number of the source of an export, the index of its input.
    pub(super) of_consumption: &'p [usize],
    /// The forms of each input of the run.
    pub(super) forms: &'p [FileForms],
    pub(super) alike: &'p [usize],
    pub(super) needs: PeriodNeeds,
    pub(super) associations: &'p AssociationIndex,
    pub(super) read_options: &'p ReadOptions,
    pub(super) consumption: &'p [ConsumptionSource],
}

impl OverlapPasses<'_> {
    /// Reads again what must be known by day, and decides.
    pub(super) fn run(
        self,
        mut folded: Folded,
        of_run: &RunSnapshots,
        warnings: &mut Warnings,
        input_errors: &mut Vec<InputError>,
    ) -> (Folded, Overlapped) {
        let snapshots = sources::snapshot_reads(self.consumption, &folded.tallies);
        let context =
            OverlapContext { options: self.options, rules: &self.rules.rules, consumption: self.consumption };
        let held = self.options.held;
        let wanted =
            context.ask(self.judged_days, self.associations, &snapshots, &folded.credits, |overlapping| {
                match held.is_of_history() || held.is_written() {
                    false => overlapping.days_wanted(),
                    true => overlapping.of_others().days_wanted(),
                }
            });
        if !wanted.sources.is_empty() {
            folded = self.read_again(folded, wanted, input_errors);
        }
        let resolution =
            context.ask(self.rules.window, self.associations, &snapshots, &folded.credits, |overlapping| {
                overlapping.resolve()
            });
        input_errors.extend(resolution.input_errors.iter().cloned());
        for (a, b) in &resolution.elsewhere {
            let text = format!("{a} and {b} tell of the same consumption on days that the window leaves out");
            warnings.add(WarningCode::OverlapElsewhere, text);
        }
        incomplete_runs(of_run, &resolution, warnings, input_errors);
        outside_periods(&resolution, self.rules, warnings);
        let overlapped = Overlapped::new(resolution, &folded.credits);
        (folded, overlapped)
    }

    /// Reads some sources again, by day, in the place of what was read of them.
    fn read_again(&self, folded: Folded, wanted: DaysWanted, input_errors: &mut Vec<InputError>) -> Folded {
        let Folded { credits, sums, tallies, mut rejects } = folded;
        let exports = self.of_consumption.len();
        let is_wanted = |nth: &usize| wanted.sources.contains(&number(*nth));
        let again: Vec<usize> = (0..exports).filter(is_wanted).collect();
        let mut replaced: BTreeSet<u32> =
            again.iter().zip(0..).map(|(nth, _): (&usize, u32)| number(*nth)).collect();
        let mut needs = self.needs.clone();
        needs.compared.extend(&wanted.days);
        needs.overlapping = wanted.required;
        let to_fold: Vec<&Input<'_>> =
            again.iter().map(|nth| &self.inputs[self.of_consumption[*nth]]).collect();
        let plans: Vec<Plan<'_>> = again
            .iter()
            .map(|nth| {
                let input = &self.inputs[self.of_consumption[*nth]];
                let forms = self.forms[self.of_consumption[*nth]];
                super::plan(input, self.options, forms, Evidence::NotNeeded)
            })
            .collect();
        let alike: Vec<usize> = {
            let mut first: BTreeMap<usize, usize> = BTreeMap::new();
            again.iter().enumerate().map(|(at, nth)| *first.entry(self.alike[*nth]).or_insert(at)).collect()
        };
        let run_index: Vec<usize> = again.iter().map(|nth| self.of_consumption[*nth]).collect();
        let numbers: Vec<u32> = again.iter().map(|nth| number(*nth)).collect();
        let sums_days = vec![false; again.len()];
        let context = FoldContext {
            plans: &plans,
            run_index: &run_index,
            sources: &numbers,
            sums_days: &sums_days,
            alike: &alike,
            table: SumTable::continuing(&credits, needs),
            told: None,
            path: self.options.path,
        };
        let read_options = ReadOptions { progress: Arc::default(), ..self.read_options.clone() };
        let (workers, met) = read_rows(&to_fold, &read_options, || Fold::new(&context, RejectLog::new(None)));
        input_errors.extend(met);
        let mut read = Fold::merge(workers, &context);
        if wanted.sources.iter().any(|source| *source as usize >= exports) {
            // Lines of a credits table are few: all tables are read again.
            let of_exports = &self.consumption[..exports];
            let met =
                read_stored(self.inputs, &read_options, &context.table, &mut read, of_exports).input_errors;
            input_errors.extend(met);
            replaced.extend((exports..self.consumption.len()).map(number));
        }
        let again = read.finish(&context.table);
        rejects.forget(|input| run_index.contains(&input));
        let mut of_exports = again.rejects;
        of_exports.forget(|input| !run_index.contains(&input));
        rejects.merge(of_exports);
        Folded { credits: credits.with_sources_of(again.credits, &replaced), sums, tallies, rejects }
    }
}

/// What overlaps are decided by, whatever the days.
#[derive(Clone, Copy)]
pub(super) struct OverlapContext<'c> {
    pub(super) options: &'c RunOptions,
    pub(super) rules: &'c RuleSet,
    pub(super) consumption: &'c [ConsumptionSource],
}

impl OverlapContext<'_> {
    /// Asks about the overlaps of `window`, for which `associations` were built.
    pub(super) fn ask<T>(
        self,
        window: Window,
        associations: &AssociationIndex,
        snapshots: &[SnapshotRead],
        credits: &CreditTable,
        ask: impl FnOnce(Overlapping<'_>) -> T,
    ) -> T {
        let mut accepted = AssociationSet::default();
        self.rules.accepted.iter().for_each(|association| accepted.insert(*association));
        let is_accepted = |association: Association| AssociationSet::of(association).meets(accepted);
        let may_count = |account: &Account, span: Span| match account.owner {
            OwnerKey::Partner(_, association, provider) => {
                is_accepted(association) || (provider.is_some() && is_accepted(Association::CspTier1))
            }
            OwnerKey::Provider(_) => is_accepted(Association::CspTier1),
            OwnerKey::Associations => {
                let subscription = match account.subscription.guid() {
                    Some(guid) => associations.subscription_of_guid(guid),
                    None => associations.subscription(&credits.subscription(account.subscription)),
                };
                subscription.is_some_and(|number| is_accepted_on(associations, number, span.last(), accepted))
            }
        };
        ask(Overlapping {
            snapshots,
            credits,
            window,
            choices: &self.options.overlaps,
            has_other_months: self.options.held.is_written() && !self.options.covers_all_time,
            is_for_others: false,
            may_count: &may_count,
        })
    }
}

/// Whether a subscription has an accepted association on a day. A month that is held whole has one outcome on all of its days.
fn is_accepted_on(
    associations: &AssociationIndex,
    number: SubscriptionNumber,
    day: Day,
    accepted: AssociationSet,
) -> bool {
    let outcome = associations.outcome(number, day);
    let is_accepted =
        |outcome: u32| associations.outcomes[outcome as usize].iter().any(|(_, set)| set.meets(accepted));
    outcome.is_some_and(is_accepted)
}

fn number(source: usize) -> u32 {
    u32::try_from(source).expect("a run has fewer than 2^24 sources")
}

/// A run that lacks parts is an error if it counts on any of its days, else a warning.
fn incomplete_runs(
    of_run: &RunSnapshots,
    resolution: &Resolution,
    warnings: &mut Warnings,
    input_errors: &mut Vec<InputError>,
) {
    for snapshot in &of_run.read {
        let Some(error) = of_run.incomplete.get(&snapshot.id) else { continue };
        let name = crate::job::snapshots::first_file(snapshot);
        let nth = resolution.snapshots.iter().position(|read| read.name == name);
        let is_superseded = nth.is_some_and(|nth| {
            // The missing rows may be of any day that the run tells of.
            let series = resolution.exclusions.series();
            let read = &resolution.snapshots[nth];
            let mut stated = read.period().into_iter().flat_map(DayRange::days);
            !read.days_told.is_empty()
                && stated.all(|day| series.is_superseded(nth, day))
                && read.days_told.iter().all(|day| series.is_superseded(nth, *day))
        });
        match is_superseded {
            true => {
                let file = error.input.as_ref().map_or_else(String::new, ToString::to_string);
                warnings.add(WarningCode::IncompleteRun, format!("{file}: {}", error.message));
            }
            false => input_errors.push(error.clone()),
        }
    }
}

/// Rows outside of the days that a manifest or folder states count, but are odd.
fn outside_periods(resolution: &Resolution, rules: &RunRules, warnings: &mut Warnings) {
    for (nth, snapshot) in resolution.snapshots.iter().enumerate() {
        let Some(stated) = snapshot.stated_period else { continue };
        let is_outside = |day: &&Day| {
            (**day < stated.first() || **day > stated.last())
                && rules.window.contains(**day)
                && !resolution.exclusions.series().is_superseded(nth, **day)
        };
        if let Some(day) = snapshot.days_told.iter().find(is_outside) {
            let text = format!(
                "{} has rows of {day}, and its run states {} to {}; they count",
                snapshot.name,
                stated.first(),
                stated.last()
            );
            warnings.add(WarningCode::OutsidePeriod, text);
        }
    }
}
