//! Reading, in order: find the inputs, read the small roles, fold the consumption, settle overlaps, and stop at the first gate where a file is at
//! fault. Comes in: options. Goes out: a [`Reading`], from which `report` judges and `check` tells. Does not judge.

mod amounts;
mod counts;
mod exports;
mod periods;
mod recognised;
mod small_roles;
mod stored;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::config::dialect::{Dialect, Grain, Role};
use crate::credits::engine::local::Folded;
use crate::diagnostics::error::{Error, InputError};
use crate::diagnostics::reject::{RejectLog, RejectTally, Spill};
use crate::diagnostics::spill::RejectSpill;
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::formats::scheduler::ReadOptions;
use crate::formats::{
    CopiedInputs, Discovered, Input, SkippedFile, changed_archives, digest, discover, unpack_archives,
};
use crate::job::Overlapped;
use crate::job::assumed::{AssumedFiles, NamedByAssumed};
use crate::job::left_out::LeftOutFiles;
use crate::job::overlap_passes::{OverlapContext, OverlapPasses};
use crate::job::progress::Progress;
pub(crate) use crate::job::reading::amounts::{amounts_too_large, too_large, usd_too_large};
use crate::job::reading::counts::{accepted_rows, total_bytes};
pub(crate) use crate::job::reading::exports::plan;
use crate::job::reading::exports::{Exports, ReadExports};
use crate::job::reading::periods::{judged_days, period_needs};
use crate::job::reading::recognised::{FilesOfRun, RecognisedRun};
use crate::job::reading::small_roles::SmallRoles;
use crate::job::reading::stored::StoredRead;
pub(crate) use crate::job::reading::stored::read_stored;
use crate::job::shifted_dates::warn_of_shifted;
use crate::job::snapshots::UnreadSnapshot;
use crate::job::windows::{LaterDays, dating, later_days};
use crate::job::{
    ConsumptionSource, RejectJudge, RunForms, RunOptions, RunRules, assumed, completeness, forms, left_out,
    near_credentials, project_sources, providers, snapshot_list, sources, understatement,
};
use crate::judge::associations::{AssociationIndex, Numbered};
use crate::judge::coverage::Coverage;
use crate::judge::facts::consumption::RateTable;
use crate::judge::overlaps::months_cut;
use crate::outputs::FileLeftOut;
use crate::roster::Roster;
use crate::roster::people::PassRecords;
use crate::rows::collect::{Collected, RoleTally, first_date_column};

/// All that was read, before anything is judged.
pub(crate) struct Reading<'d> {
    pub(crate) inputs: Vec<Input<'d>>,
    /// The files of assumed records.
    pub(crate) assumed: AssumedFiles,
    pub(crate) skipped: Vec<SkippedFile>,
    pub(crate) digests: BTreeMap<String, String>,
    pub(crate) roster: Roster,
    pub(crate) rates: RateTable,
    pub(crate) passes: PassRecords,
    pub(crate) associations: AssociationIndex,
    pub(crate) folded: Folded,
    /// As `folded` numbers its sources.
    pub(crate) consumption: Vec<ConsumptionSource>,
    /// How the inputs write numbers and days.
    pub(crate) forms: RunForms,
    pub(crate) overlapped: Overlapped,
    /// The days after the window up to `as_of`, which count once their month is complete. **Absent**: there are none, or no row is of them.
    pub(crate) later: Option<LaterDays>,
    /// To build the associations of other windows. **Absent**: the run has one window.
    pub(crate) numbered: Option<Numbered>,
    pub(crate) coverage: Coverage,
    /// The rows of each role that were not refused.
    pub(crate) accepted: BTreeMap<Role, u64>,
    /// Roles that the requirements need and that have no row.
    pub(crate) missing_roles: Vec<Role>,
    /// Snapshots that were not read.
    pub(crate) unread: Vec<UnreadSnapshot>,
    /// Index among `inputs` of every other input, and the count of its rows.
    pub(crate) small: Vec<(usize, RoleTally)>,
    /// Of every role.
    pub(crate) rejects: RejectTally,
    pub(crate) warnings: Warnings,
    pub(crate) threads: usize,
    pub(crate) bytes: u64,
    /// Faulty files that were left out.
    pub(crate) left_out: Vec<FileLeftOut>,
    /// Inputs may be read again.
    pub(crate) copies: CopiedInputs,
}

/// Reads everything, on the threads of the run. `input_errors` are those that are known already; they are told together with those that
/// are met here. `spill` keeps refused rows; **absent**: no rejects file is asked for.
pub(crate) fn read<'d>(
    options: &RunOptions,
    run_rules: &RunRules,
    user: &'d [Dialect],
    mut input_errors: Vec<InputError>,
    spill: Option<&RejectSpill>,
) -> Result<Reading<'d>, Error> {
    let mut discovered = discover(&options.given, &options.outputs);
    discovered.pass_over(&options.configuration_files());
    let Discovered { files: mut found, mut manifests, tables, input_errors: mut of_inputs } = discovered;
    project_sources::name_sources(&mut of_inputs, options);
    project_sources::state_dialects(&mut found, options);
    // Digests, overlaps, and the forms of numbers and days may need a stream twice.
    let spooled = digest::spool(&mut found, &mut of_inputs);
    let unpacked = unpack_archives(&mut found, &mut manifests, &mut of_inputs);
    let mut left_out = LeftOutFiles::new(&found);
    if !options.keeps_going {
        input_errors.extend(of_inputs);
        let files = FilesOfRun { found, manifests: &manifests, tables: &tables, left_out: &mut left_out };
        let mut reading = read_files(options, run_rules, user, input_errors, spill, files)?;
        reading.copies.add(spooled, unpacked);
        return Ok(reading);
    }
    let pipes = digest::spool_pipes(&mut found, &mut of_inputs);
    // Faults that are met before a file is opened leave their files out; the others, and faults of outputs, stop every attempt.
    let (mut met, others) = left_out.split(of_inputs);
    input_errors.extend(others);
    loop {
        if !met.is_empty()
            && let Some(input_errors) = left_out.leave_out(met, &mut found, &mut manifests)
        {
            gate(input_errors)?;
        }
        let files = FilesOfRun {
            found: found.clone(),
            manifests: &manifests,
            tables: &tables,
            left_out: &mut left_out,
        };
        match read_files(options, run_rules, user, input_errors.clone(), spill, files) {
            Err(Error::Inputs { input_errors }) => met = input_errors,
            Err(other) => return Err(other),
            Ok(mut reading) => {
                reading.copies.add(spooled, unpacked);
                reading.copies.add_pipes(pipes);
                return Ok(reading);
            }
        }
        if let Some(spill) = spill {
            spill.forget(|_| true);
        }
    }
}

/// Reads the files of a run, as [`read`] says.
fn read_files<'d>(
    options: &RunOptions,
    run_rules: &RunRules,
    user: &'d [Dialect],
    mut input_errors: Vec<InputError>,
    spill: Option<&RejectSpill>,
    FilesOfRun { found, manifests, tables, left_out }: FilesOfRun<'_>,
) -> Result<Reading<'d>, Error> {
    let mut warnings = Warnings::default();
    let files = FilesOfRun { found, manifests, tables, left_out: &mut *left_out };
    let recognised =
        RecognisedRun::of_files(options, &run_rules.rules, user, files, &mut warnings, &mut input_errors)?;
    let RecognisedRun { inputs, assumed, skipped, mut snapshots, evidence, copies } = recognised;
    let digests = match options.digest {
        Some(kind) => digest::of_inputs(&inputs, kind, &mut input_errors),
        None => BTreeMap::new(),
    };
    let threads = rayon::current_num_threads();
    let bytes = total_bytes(&inputs);
    let progress = Arc::new(AtomicU64::new(0));
    let _bar = Progress::start(bytes, &progress, options.log);
    let read_options =
        ReadOptions { threads, block_bytes: options.block_bytes.get(), progress, log: options.log };
    let append = |key, encoded: &[u8]| spill.map_or(Ok(()), |spill| spill.append(key, encoded));
    let append: &Spill<'_> = &append;
    let log = || RejectLog::new(spill.map(|_| append));
    warn_of_encodings(&inputs, &mut warnings);
    completeness::warn_of_skipped(&skipped, &mut warnings);
    let mut forms = RunForms::stated(&inputs, options);
    let asked = forms.asked_first(&inputs, options);
    forms.vote(&asked, &inputs, &read_options, &mut input_errors);

    let is_assumed = assumed.among(&inputs);
    let small = SmallRoles {
        inputs: &inputs,
        is_assumed: &is_assumed,
        options,
        read_options: &read_options,
        log: &log,
        spill,
    };
    let (collected, passes) = small.read(&mut forms, &mut input_errors);
    let mut named_by_assumed = NamedByAssumed::of_collected(&assumed, &collected, &inputs);
    let heads_before = assumed::heads_before(&collected.partners);
    let Collected { partners, markets, rates, associations, tallies, mut rejects } = collected;
    for (index, tally) in &tallies {
        let input = &inputs[*index];
        if let Some(column) = first_date_column(&input.layout.dialect.meaning) {
            warn_of_shifted(input, column, &tally.clock_times, &mut warnings);
        }
    }
    let (numbered, (mut roster, met)) =
        rayon::join(|| Numbered::from(associations), || Roster::build(partners, &markets, &mut warnings));
    input_errors.extend(met);

    let of_consumption: Vec<usize> =
        (0..inputs.len()).filter(|index| inputs[*index].role() == Role::Consumption).collect();
    let of_exports: Vec<&Input<'_>> = of_consumption.iter().map(|index| &inputs[*index]).collect();
    let has_tables = inputs.iter().any(|input| input.role() == Role::Credits);
    let mut contents = match has_tables || options.held.is_written() {
        true => sources::content_ids(&inputs, &mut input_errors),
        false => BTreeMap::new(),
    };
    let judged_days = judged_days(options, run_rules.window);
    let needs = period_needs(options, run_rules.window, judged_days, &numbered);
    let sums_days: Vec<bool> = of_exports.iter().map(|input| snapshots.is_compared(&input.name)).collect();
    let exports = Exports {
        inputs: &inputs,
        of_consumption: &of_consumption,
        options,
        read_options: &read_options,
        evidence,
        window: run_rules.window,
        needs: &needs,
        sums_days: &sums_days,
        log: &log,
        spill,
    };
    let ReadExports { plans, alike, table, mut rows } = exports.read(&mut forms, &mut input_errors);
    forms.warn(&inputs, &mut warnings);
    let headers_of_small = tallies.iter().map(|(index, tally)| (index, &tally.repeated_headers));
    let headers_of_exports =
        of_consumption.iter().zip(rows.tallies.iter().map(|tally| &tally.repeated_headers));
    for (index, headers) in headers_of_small.chain(headers_of_exports) {
        forms::tell_headers(&inputs[*index], headers, &mut warnings, &mut input_errors);
    }
    snapshots.note_rows(&of_exports, &rows.tallies);
    let dated = of_exports.iter().zip(&plans).zip(&rows.tallies);
    for ((input, plan), tally) in dated.filter(|((_, plan), _)| !plan.date.is_period_end) {
        warn_of_shifted(input, plan.date_column(), &tally.clock_times, &mut warnings);
    }
    let of_plans = of_consumption.iter().zip(&plans).zip(&rows.tallies);
    let mut consumption: Vec<ConsumptionSource> = of_plans
        .map(|((input, plan), tally)| {
            let snapshot = snapshots.of_input(&inputs[*input].name);
            sources::of_export(*input, &inputs[*input], plan, tally, contents.remove(input), snapshot)
        })
        .collect();
    assumed.mark(&mut consumption);
    let StoredRead { sources: stored, left_out: left_out_before, warnings: of_runs, input_errors: met } =
        read_stored(&inputs, &read_options, &table, &mut rows, &consumption);
    warnings.merge(&of_runs);
    consumption.extend(stored);
    input_errors.extend(met);
    let mut left_out = left_out.list();
    left_out.extend(left_out_before);
    left_out.sort();
    left_out.dedup();
    left_out::warn(&left_out, &mut warnings);
    let is_of_history = options.held.is_of_history();
    let later = later_days(&rows.tallies, run_rules.window, options);
    let numbered_again = (is_of_history || later.is_some()).then(|| numbered.clone());
    let (folded, associations) = rayon::join(
        || rows.finish(&table),
        || {
            let dating = dating(&run_rules.rules);
            AssociationIndex::build(numbered, &roster, dating, run_rules.window, &mut warnings)
        },
    );
    named_by_assumed.add_consumption(&assumed, &inputs, &read_options);
    assumed.note_heads(&mut roster, &heads_before, &named_by_assumed);
    if input_errors.is_empty() && left_out.is_empty() {
        input_errors.extend(providers::partner_id_unused(options, &inputs, &consumption, user));
    }
    let passes_of_overlaps = OverlapPasses {
        options,
        rules: run_rules,
        judged_days,
        inputs: &inputs,
        of_consumption: &of_consumption,
        forms: &forms.of_inputs,
        alike: &alike,
        needs,
        associations: &associations,
        read_options: &read_options,
        consumption: &consumption,
    };
    let (folded, overlapped) = passes_of_overlaps.run(folded, &snapshots, &mut warnings, &mut input_errors);
    let later = later.zip(numbered_again.clone()).map(|(days, numbered)| {
        let context = OverlapContext { options, rules: &run_rules.rules, consumption: &consumption };
        LaterDays::new(days, numbered, &roster, &folded, context)
    });
    understatement::warn(&consumption, &inputs, &folded, &mut warnings);
    near_credentials::warn(&passes, &run_rules.rules, &inputs, &mut warnings);
    let counted = overlapped.counted.as_ref().unwrap_or(&folded.credits);
    // A history turns to the window of each day.
    let coverage = match is_of_history {
        true => Coverage::default(),
        false => snapshot_list::coverage(&overlapped, &consumption, counted, run_rules.window),
    };
    let told = folded.tallies.iter().flat_map(|tally| &tally.days_told);
    let told = told.clone().min().copied().zip(told.max().copied());
    snapshot_list::warn_of_months(&coverage, told, &mut warnings);
    let monthly = consumption.iter().zip(&folded.tallies).filter(|(source, _)| source.grain == Grain::Month);
    let monthly = monthly.map(|(source, tally)| (&source.name, &tally.days_told));
    input_errors.extend(months_cut(monthly, run_rules.window));
    let judge = RejectJudge {
        window: run_rules.window,
        associations: &associations,
        exclusions: &overlapped.resolution.exclusions,
        sources: &consumption,
    };
    input_errors.extend(too_large(&consumption, &folded, judge));
    input_errors.extend(changed_archives(&inputs));
    rejects.merge(folded.rejects.clone());
    let accepted = accepted_rows(&inputs, &tallies, &folded, &consumption, &assumed);
    if input_errors.is_empty() {
        input_errors.extend(completeness::without_required(options, &accepted));
    }
    gate(input_errors)?;
    let missing_roles = completeness::missing_roles(&run_rules.rules, &accepted);
    completeness::warn_of_missing_roles(options.demand, &run_rules.rules, &missing_roles, &mut warnings);
    completeness::warn_of_required(options, &accepted, &missing_roles, &mut warnings);
    let small = tallies.into_iter().collect();
    Ok(Reading {
        inputs,
        assumed,
        skipped,
        digests,
        roster,
        rates,
        passes,
        associations,
        folded,
        consumption,
        forms,
        overlapped,
        later,
        numbered: numbered_again.filter(|_| is_of_history),
        coverage,
        accepted,
        missing_roles,
        unread: snapshots.unread,
        small,
        rejects,
        warnings,
        threads,
        bytes,
        left_out,
        copies,
    })
}

/// Warns of text that is no UTF-8.
fn warn_of_encodings(inputs: &[Input<'_>], warnings: &mut Warnings) {
    let guessed = |input: &Input<'_>| input.encoding().filter(|it| matches!(*it, "windows-1252" | "GB18030"));
    for (input, encoding) in inputs.iter().filter_map(|input| Some((input, guessed(input)?))) {
        let text = format!("{} is no UTF-8, and was read as {encoding}", input.name);
        warnings.add(WarningCode::EncodingGuessed, text);
    }
}

/// Lets a run pass if no file is at fault.
pub(crate) fn gate(mut input_errors: Vec<InputError>) -> Result<(), Error> {
    input_errors.sort();
    input_errors.dedup();
    if input_errors.is_empty() { Ok(()) } else { Err(Error::Inputs { input_errors }) }
}
