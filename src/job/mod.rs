//! The pipeline, read aloud: find the inputs, read the small roles, fold the consumption, and stop at the first gate where a
//! file is at fault. Comes in: options. Goes out: a [`Reading`], from which `report` judges and `check` tells.

mod account;
mod assumed;
pub(crate) mod check;
mod check_document;
mod completeness;
mod confidence;
pub(crate) mod dialect_draft;
pub(crate) mod diff;
pub(crate) mod explain;
mod explained_consumption;
pub(crate) mod explained_people;
mod explained_rows;
mod explained_sentence;
mod file_options;
pub(crate) mod folder_survey;
mod forms;
pub(crate) mod history;
mod judged_run;
mod judging;
mod left_out;
mod losses;
mod near_credentials;
mod overlap_passes;
pub(crate) mod plan;
mod presented_run;
mod progress;
mod project_sources;
mod providers;
mod reject_lines;
mod repeats;
pub(crate) mod report;
pub(crate) mod rules_diff;
pub(crate) mod run_outcome;
mod shifted_dates;
mod snapshot_list;
mod snapshots;
mod sources;
pub(crate) mod spark;
mod stored_sources;
mod table_folders;
mod tier_changes;
mod understatement;
mod windows;
mod written_control;
mod written_credits;
mod written_ledger;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::amount::DecimalMark;
use crate::base::calendar::{Day, Month, MonthInWindow, Window, WindowKind};
use crate::base::place::RowPlace;
use crate::config::dialect::{self, ColumnKey, Dialect, Grain, Layout, Role};
use crate::config::rules::{self, RuleSet};
use crate::credits::engine::local::fold::{ReadRows, RowPath};
use crate::credits::engine::local::{Fold, FoldContext, Folded, SumTable};
use crate::credits::stored_table::{StoredLines, StoredTable, without_control};
use crate::credits::{CreditTable, PeriodNeeds};
use crate::diagnostics::error::{Error, InputError, InputErrorCode};
use crate::diagnostics::log::Log;
use crate::diagnostics::reject::{CountKey, Reject, RejectCode, RejectLog, RejectOwner, RejectTally, Spill};
use crate::diagnostics::spill::RejectSpill;
use crate::diagnostics::warning::{DeniedWarnings, WarningCode, Warnings};
use crate::formats::scheduler::{ReadOptions, read_rows};
use crate::formats::{
    CopiedInputs, Dialects, Discovered, DiscoveredFile, GivenPath, Input, ManifestPath, RecognisedInputs,
    SkippedFile, TableFolder, assumed_names, changed_archives, digest, discover, recognise_all,
    unpack_archives,
};
use crate::job::assumed::{AssumedFiles, NamedByAssumed};
pub(crate) use crate::job::completeness::RoleDemand;
pub(crate) use crate::job::forms::{RunForms, dialect_order, first_cell};
pub(crate) use crate::job::judging::judge_credits;
use crate::job::left_out::LeftOutFiles;
pub(crate) use crate::job::overlap_passes::Overlapped;
use crate::job::overlap_passes::{OverlapContext, OverlapPasses};
use crate::job::progress::Progress;
pub(crate) use crate::job::project_sources::{SourceDialect, SourceOptions, run_dialects};
use crate::job::shifted_dates::warn_of_shifted;
pub(crate) use crate::job::snapshots::UnreadSnapshot;
pub(crate) use crate::job::sources::ConsumptionSource;
use crate::job::windows::{LaterDays, dating, later_days};
use crate::judge::associations::{AssociationIndex, Numbered};
use crate::judge::bounds::{PossibleRates, RefusedFacts, RepeatedRejects, RepeatedSources};
use crate::judge::coverage::Coverage;
use crate::judge::facts::consumption::RateTable;
use crate::judge::overlaps::{Exclusions, OverlapChoices, months_cut};
use crate::outputs::FileLeftOut;
use crate::roster::Roster;
use crate::roster::people::PassRecords;
use crate::rows::ReadingOptions;
use crate::rows::collect::{Collected, Collecting, Collector, RoleTally, first_date_column};
use crate::rows::file_forms::{DAYS, FileForms, FormDoubts, FormSource};
use crate::rows::plan::{Evidence, Plan};
use crate::sources::Dataset;

/// What a run is asked to read, and how.
#[derive(Debug, Clone)]
pub(crate) struct RunOptions {
    pub(crate) given: Vec<GivenPath>,
    pub(crate) rules: String,
    pub(crate) as_of: Day,
    pub(crate) window: WindowKind,
    /// Length of the window as a what-if. **Absent**: the rule set decides.
    pub(crate) window_months: Option<u32>,
    /// Whether all time is in the window.
    pub(crate) covers_all_time: bool,
    pub(crate) dialects: Vec<PathBuf>,
    pub(crate) reading: ReadingOptions,
    /// **Absent**: all cores.
    pub(crate) threads: Option<NonZeroUsize>,
    pub(crate) block_bytes: NonZeroUsize,
    pub(crate) digest: Option<digest::DigestAlgorithm>,
    /// Whether faulty files are left out.
    pub(crate) keeps_going: bool,
    /// Where people are told what is done.
    pub(crate) log: Log,
    /// Which roles the run asks for.
    pub(crate) demand: RoleDemand,
    /// Roles that must have rows.
    pub(crate) required: Vec<Role>,
    /// The sources of a project file, as [`GivenPath::source`] numbers them.
    pub(crate) sources: Vec<SourceOptions>,
    /// The project file. **Absent**: the run has none.
    pub(crate) project: Option<PathBuf>,
    /// The warnings that make the run incomplete.
    pub(crate) denied: DeniedWarnings,
    /// Outputs of this run, which a walk passes over.
    pub(crate) outputs: Vec<PathBuf>,
    /// Whether to tell, for each input, the partners that it names.
    pub(crate) lists_partners: bool,
    /// Whether to tell when tiers are lost, which needs the consumption of the month of `as_of` up to that day.
    pub(crate) tells_losses: bool,
    /// Which periods of consumption are held.
    pub(crate) held: HeldTime,
    pub(crate) overlaps: OverlapChoices,
    pub(crate) path: RowPath,
}

/// Which periods of consumption a run holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum HeldTime {
    /// Those that its window needs: what other months say is left in the exports.
    #[default]
    Window,
    /// Those that the windows of all days up to `as_of` need, for a history. From `by_day_from` on, every day is judged; **absent**: the last days of
    /// months alone.
    EveryWindow { by_day_from: Option<Day> },
    /// Every month, for a credits table; days where something needs them.
    EveryMonth,
    /// Every day.
    EveryDay,
}

impl HeldTime {
    /// Whether a credits table is written, which tells of more than the windows that are judged.
    pub(crate) fn is_written(self) -> bool {
        match self {
            HeldTime::Window | HeldTime::EveryWindow { .. } => false,
            HeldTime::EveryMonth | HeldTime::EveryDay => true,
        }
    }

    /// Whether many windows are judged.
    pub(crate) fn is_of_history(self) -> bool {
        matches!(self, HeldTime::EveryWindow { .. })
    }
}

/// The rules of a run.
#[derive(Debug, Clone)]
pub(crate) struct RunRules {
    pub(crate) rules: RuleSet,
    /// That they are not those in force.
    pub(crate) note: Option<String>,
    pub(crate) window: Window,
}

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
    numbered: Option<Numbered>,
    pub(crate) coverage: Coverage,
    /// The rows of each role that were not refused.
    accepted: BTreeMap<Role, u64>,
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
    copies: CopiedInputs,
}

/// Rejects of one code: how many, and the first place, with the index of its input.
pub(crate) type RejectsOfRun = BTreeMap<RejectCode, CountOfCode>;

/// How many rejects of a code there are, and the first place of one, with the index of its input.
pub(crate) type CountOfCode = (u64, Option<(usize, RowPlace)>);

/// What becomes of a reject when the run is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RejectFate {
    /// It stays refused.
    Refused,
    /// The window does not have its day: excluded.
    OutsideWindow,
    /// No partner is associated with its subscription on its day: excluded.
    Unassociated,
    /// Another snapshot tells of its day: excluded.
    Superseded,
}

/// What decides the fate of rejects.
#[derive(Clone, Copy)]
pub(crate) struct RejectJudge<'j> {
    pub(crate) window: Window,
    pub(crate) associations: &'j AssociationIndex,
    pub(crate) exclusions: &'j Exclusions,
    /// As [`Reading::consumption`].
    pub(crate) sources: &'j [ConsumptionSource],
}

impl RejectJudge<'_> {
    /// The fate of a reject of the input `input`. `day` is **absent** if its row was refused before its day was read; `subscription`, unless
    /// associations decide whose the row is.
    pub(crate) fn fate(self, input: usize, day: Option<Day>, subscription: Option<&str>) -> RejectFate {
        let in_window = day.is_none_or(|day| self.window.contains(day));
        if in_window && !self.exclusions.is_empty() {
            // Exports stand in the order of inputs, and sources of credits tables have the numbers behind them.
            let nth = self.sources.binary_search_by_key(&input, |source| source.reject_input);
            let number = nth.ok().and_then(|nth| u32::try_from(nth).ok());
            if number.is_some_and(|number| self.exclusions.excludes_reject(number, day)) {
                return RejectFate::Superseded;
            }
        }
        let Some(day) = day else { return RejectFate::Refused };
        if !self.window.contains(day) {
            return RejectFate::OutsideWindow;
        }
        let Some(subscription) = subscription else { return RejectFate::Refused };
        let number = self.associations.subscription(subscription);
        match number.and_then(|number| self.associations.outcome(number, day)) {
            Some(_) => RejectFate::Refused,
            None => RejectFate::Unassociated,
        }
    }

    /// The fate of a reject of the input `input`.
    pub(crate) fn of(self, input: usize, reject: &Reject) -> RejectFate {
        let subscription = match &reject.owner {
            RejectOwner::Subscription(subscription) => Some(subscription.as_str()),
            RejectOwner::Anyone | RejectOwner::Partner(_) | RejectOwner::Tenant(_) => None,
        };
        self.fate(input, reject.day, subscription)
    }
}

/// Rows of one input that the engine refused, by their fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RejectRows {
    pub(crate) refused: u64,
    pub(crate) outside_window: u64,
    pub(crate) unassociated: u64,
    pub(crate) superseded: u64,
}

impl Reading<'_> {
    /// The credits that count, as far as overlaps decide.
    pub(crate) fn counted_credits(&self) -> &CreditTable {
        self.overlapped.counted.as_ref().unwrap_or(&self.folded.credits)
    }

    /// What decides the fate of rejects.
    pub(crate) fn reject_judge(&self, window: Window) -> RejectJudge<'_> {
        RejectJudge {
            window,
            associations: &self.associations,
            exclusions: &self.overlapped.resolution.exclusions,
            sources: &self.consumption,
        }
    }

    /// Rejects that stay refused.
    pub(crate) fn refused(&self, window: Window) -> RejectsOfRun {
        refused(&self.rejects, self.reject_judge(window))
    }

    /// Rejects of an input by their fate.
    pub(crate) fn reject_rows(&self, input: usize, window: Window) -> RejectRows {
        let judge = self.reject_judge(window);
        let mut rows = RejectRows::default();
        for (key, count) in self.rejects.counts().filter(|(key, _)| key.input == input) {
            *match judge.fate(key.input, key.day, key.subscription.as_deref()) {
                RejectFate::Refused => &mut rows.refused,
                RejectFate::OutsideWindow => &mut rows.outside_window,
                RejectFate::Unassociated => &mut rows.unassociated,
                RejectFate::Superseded => &mut rows.superseded,
            } += count.rows;
        }
        rows
    }
}

/// The rejects of a tally that stay refused, by code.
fn refused(rejects: &RejectTally, judge: RejectJudge<'_>) -> RejectsOfRun {
    let mut of_codes = RejectsOfRun::new();
    let stays =
        |key: &CountKey| judge.fate(key.input, key.day, key.subscription.as_deref()) == RejectFate::Refused;
    for (key, count) in rejects.counts().filter(|(key, _)| stays(key)) {
        let entry = of_codes.entry(key.code).or_insert((0, None));
        entry.0 += count.rows;
        let first = count.first.map(|place| (key.input, place));
        entry.1 = match (entry.1, first) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    of_codes
}

/// Does `work` on the threads of a run.
pub(crate) fn on_threads<T: Send>(options: &RunOptions, work: impl FnOnce() -> T + Send) -> T {
    let cores = || std::thread::available_parallelism().ok();
    let threads = options.threads.or_else(cores).map_or(1, NonZeroUsize::get);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
    pool.install(work)
}

/// The rule set of a run: by name, or from a file.
pub(crate) fn rules_of(options: &RunOptions) -> Result<RunRules, Error> {
    let (mut rules, note) = load_rules(&options.rules, options.as_of)?;
    if let Some(months) = options.window_months {
        rules = rules.with_window_months(months);
    }
    if options.given.iter().any(|given| given.is_assumed) {
        rules = rules.with_assumptions();
    }
    let window = if options.covers_all_time {
        Window { first: Day::MIN, last: Day::MAX }
    } else {
        Window::before(options.as_of, options.window, rules.window_months)
    };
    Ok(RunRules { rules, note, window })
}

/// A rule set by its name, or by its file if there is one of that name or it looks like a path.
pub(crate) fn load_rules(name: &str, as_of: Day) -> Result<(RuleSet, Option<String>), Error> {
    let path = Path::new(name);
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) || path.is_file() {
        let fault = |fault: String| Error::BadRuleSet { name: name.to_owned(), input_errors: vec![fault] };
        let text = std::fs::read_to_string(path).map_err(|e| fault(format!("cannot be read: {e}")))?;
        let rules = rules::parse(&text)
            .map_err(|input_errors| Error::BadRuleSet { name: name.to_owned(), input_errors })?;
        rules::check_name(&rules).map_err(fault)?;
        return Ok((rules, None));
    }
    let selected = rules::select(name, as_of)?;
    Ok((selected.rule_set, selected.note))
}

/// The user's own dialects.
pub(crate) fn load_dialects(paths: &[PathBuf]) -> Result<Vec<Dialect>, Error> {
    let load = |path: &PathBuf| {
        let name = path.display().to_string();
        let fault = |input_errors| Error::BadDialect { name: name.clone(), input_errors };
        let text = std::fs::read_to_string(path).map_err(|e| fault(vec![format!("cannot be read: {e}")]))?;
        dialect::parse(&text).map_err(fault)
    };
    paths.iter().map(load).collect()
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
    let Discovered { files: mut found, mut manifests, tables, input_errors: mut of_inputs } =
        discover(&options.given, &options.outputs);
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

/// The files that a run reads, and those that it leaves out.
struct FilesOfRun<'f> {
    found: Vec<DiscoveredFile>,
    manifests: &'f [ManifestPath],
    tables: &'f [TableFolder],
    left_out: &'f mut LeftOutFiles,
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
    let assumed = AssumedFiles { files: assumed_names(&found) };
    let (for_all, of_sources) = user.split_at(options.dialects.len());
    let dialects = Dialects { user: for_all, of_sources, builtin: dialect::builtin() };
    let all_found: Vec<snapshots::NamedFile> =
        found.iter().map(|file| (file.shown.clone(), file.path.clone())).collect();
    let RecognisedInputs { mut inputs, mut skipped, input_errors: unrecognised, copies, .. } =
        recognise_all(found, dialects);
    input_errors.extend(unrecognised);
    left_out.note_roles(&inputs);
    if left_out.is_empty() {
        input_errors.extend(project_sources::without_inputs(&inputs, &input_errors, options));
    }
    let mut warnings = Warnings::default();
    let beside = snapshots::Beside { found: &all_found, manifests, tables };
    if left_out.is_empty() {
        input_errors.extend(file_options::unused(&inputs, options));
    }
    input_errors.extend(assumed.input_errors(&inputs));
    let of_assumed = assumed.split_off(&mut inputs);
    let mut of_run = snapshots::of_run(&mut inputs, &mut skipped, &beside, &mut warnings, &mut input_errors);
    of_run.add_assumed(&of_assumed);
    inputs.extend(of_assumed);
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    input_errors.extend(file_options::unstated(&inputs, options));
    let evidence = overlap_passes::evidence(&mut inputs, &of_run, options);
    if inputs.is_empty() && input_errors.is_empty() {
        let message = format!(
            "no file of a known dialect was found, so that there is nothing to report on{}",
            completeness::passed_over(&skipped)
        );
        input_errors.push(InputError { input: None, code: InputErrorCode::NoInput, message });
    } else if input_errors.is_empty() {
        // A file at fault may be the export.
        input_errors.extend(completeness::no_consumption(
            options.demand,
            &run_rules.rules,
            &inputs,
            &skipped,
            &assumed,
        ));
    }
    if options.keeps_going {
        // The files at fault are left out before the others are read.
        gate(std::mem::take(&mut input_errors))?;
    }
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

    for input in inputs.iter().filter(|input| input.encoding() == Some("windows-1252")) {
        warnings.add(
            WarningCode::EncodingGuessed,
            format!("{} is no UTF-8, and was read as windows-1252", input.name),
        );
    }
    completeness::warn_of_skipped(&skipped, &mut warnings);
    let mut forms = forms::RunForms::stated(&inputs, options);
    let asked = forms.asked_first(&inputs, options);
    forms.vote(&asked, &inputs, &read_options, &mut input_errors);
    let is_assumed = assumed.among(&inputs);
    let mut passes = PassRecords::default();
    let (mut collected, mut met) =
        collect(&inputs, &is_assumed, options, &forms.of_inputs, &read_options, &log, &mut passes);
    let of_small = collected.tallies.iter().map(|(index, tally)| (index, &tally.doubts));
    let doubtful_small = doubtful(of_small, &forms);
    if forms.vote(&doubtful_small, &inputs, &read_options, &mut input_errors) {
        // Read them again, in the forms that their cells show.
        passes = PassRecords::default();
        if let Some(spill) = spill {
            spill.forget(|_| true);
        }
        (collected, met) =
            collect(&inputs, &is_assumed, options, &forms.of_inputs, &read_options, &log, &mut passes);
    }
    input_errors.extend(met);
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
    let to_fold: Vec<&Input<'_>> = of_consumption.iter().map(|index| &inputs[*index]).collect();
    let first_forms = forms.of_inputs.clone();
    let first_plans = plans(&inputs, &of_consumption, options, &first_forms, evidence);
    let first_alike = alike(&to_fold, &of_consumption, &first_forms, options);
    let has_tables = inputs.iter().any(|input| input.role() == Role::Credits);
    let mut contents = match has_tables || options.held.is_written() {
        true => sources::content_ids(&inputs, &mut input_errors),
        false => BTreeMap::new(),
    };
    let judged_days = judged_days(options, run_rules.window);
    let needs = period_needs(options, run_rules.window, judged_days, &numbered);
    let numbers: Vec<u32> = (0..).take(to_fold.len()).collect();
    let sums_days: Vec<bool> = to_fold.iter().map(|input| of_run.is_compared(&input.name)).collect();
    let first_context = FoldContext {
        plans: &first_plans,
        run_index: &of_consumption,
        sources: &numbers,
        sums_days: &sums_days,
        alike: &first_alike,
        table: SumTable::new(first_month(options, run_rules.window), needs.clone()),
        path: options.path,
    };
    let (workers, met) = read_rows(&to_fold, &read_options, || Fold::new(&first_context, log()));
    let first_read = Fold::merge(workers, &first_context);
    let doubtful_exports =
        doubtful(of_consumption.iter().zip(first_read.tallies.iter().map(|tally| &tally.doubts)), &forms);
    let (second_forms, second_plans, second_alike);
    let (plans, alike, context, mut read, met) =
        if forms.vote(&doubtful_exports, &inputs, &read_options, &mut input_errors) {
            // Sums cannot be taken back: all exports are read again, in the forms that their cells show.
            if let Some(spill) = spill {
                spill.forget(|input| of_consumption.contains(&input));
            }
            second_forms = forms.of_inputs.clone();
            second_plans = plans(&inputs, &of_consumption, options, &second_forms, evidence);
            second_alike = alike(&to_fold, &of_consumption, &second_forms, options);
            let table = SumTable::new(first_month(options, run_rules.window), needs.clone());
            let context = FoldContext { plans: &second_plans, alike: &second_alike, table, ..first_context };
            let (workers, met) = read_rows(&to_fold, &read_options, || Fold::new(&context, log()));
            let read = Fold::merge(workers, &context);
            (&second_plans, &second_alike, context, read, met)
        } else {
            (&first_plans, &first_alike, first_context, first_read, met)
        };
    input_errors.extend(met);
    forms.warn(&inputs, &mut warnings);
    let of_small = tallies.iter().map(|(index, tally)| (index, &tally.repeated_headers));
    let of_exports = of_consumption.iter().zip(read.tallies.iter().map(|tally| &tally.repeated_headers));
    for (index, headers) in of_small.chain(of_exports) {
        forms::tell_headers(&inputs[*index], headers, &mut warnings, &mut input_errors);
    }
    of_run.note_rows(&to_fold, &read.tallies);
    for ((input, plan), tally) in to_fold.iter().zip(plans).zip(&read.tallies) {
        warn_of_shifted(input, plan.date_column(), &tally.clock_times, &mut warnings);
    }
    let mut consumption: Vec<ConsumptionSource> = of_consumption
        .iter()
        .zip(plans)
        .zip(&read.tallies)
        .map(|((input, plan), tally)| {
            let snapshot = of_run.of_input(&inputs[*input].name);
            sources::of_export(*input, &inputs[*input], plan, tally, contents.remove(input), snapshot)
        })
        .collect();
    assumed.mark(&mut consumption);
    let StoredRead { sources: stored, left_out: left_out_before, input_errors: met } =
        read_stored(&inputs, &read_options, &context.table, &mut read, &consumption);
    consumption.extend(stored);
    let mut left_out = left_out.list();
    left_out.extend(left_out_before);
    left_out.sort();
    left_out.dedup();
    left_out::warn(&left_out, &mut warnings);
    input_errors.extend(met);
    let is_of_history = options.held.is_of_history();
    let later = later_days(&read.tallies, run_rules.window, options);
    let numbered_again = (is_of_history || later.is_some()).then(|| numbered.clone());
    let (folded, associations) = rayon::join(
        || read.finish(&context.table),
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
        alike,
        needs,
        associations: &associations,
        read_options: &read_options,
        consumption: &consumption,
    };
    let (folded, overlapped) = passes_of_overlaps.run(folded, &of_run, &mut warnings, &mut input_errors);
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
    snapshot_list::warn_of_months(&coverage, &mut warnings);
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
    drop(to_fold);
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
        unread: of_run.unread,
        small,
        rejects,
        warnings,
        threads,
        bytes,
        left_out,
        copies: CopiedInputs::new(copies),
    })
}

/// The rows of each role that were not refused and are no assumptions; rows of credits tables are rows of consumption.
fn accepted_rows(
    inputs: &[Input<'_>],
    tallies: &BTreeMap<usize, RoleTally>,
    folded: &Folded,
    consumption: &[ConsumptionSource],
    assumed: &AssumedFiles,
) -> BTreeMap<Role, u64> {
    let mut accepted: BTreeMap<Role, u64> = BTreeMap::new();
    for (input, tally) in tallies.iter().filter(|(input, _)| !assumed.has(&inputs[**input].name)) {
        *accepted.entry(inputs[*input].role()).or_default() += tally.rows - tally.refused;
    }
    let is_assumed: BTreeSet<usize> = consumption
        .iter()
        .filter(|source| source.dataset == Dataset::Assumed)
        .map(|source| source.reject_input)
        .collect();
    let read = consumption.iter().zip(&folded.tallies);
    let read: u64 = read
        .filter(|(source, _)| !is_assumed.contains(&source.reject_input))
        .map(|(_, tally)| tally.rows)
        .sum();
    let rejects = folded.rejects.counts().filter(|(key, _)| !is_assumed.contains(&key.input));
    let refused: u64 = rejects.map(|(_, count)| count.rows).sum();
    accepted.insert(Role::Consumption, read.saturating_sub(refused));
    accepted
}

/// What the credits tables of a run hold beside their lines.
struct StoredRead {
    sources: Vec<ConsumptionSource>,
    /// Files that were left out when a table was made.
    left_out: Vec<FileLeftOut>,
    input_errors: Vec<InputError>,
}

/// Reads the credits tables among the inputs into the table of the run. Returns their sources, numbered behind `exports`, and what is
/// wrong with the tables.
fn read_stored(
    inputs: &[Input<'_>],
    read_options: &ReadOptions,
    sum_table: &SumTable,
    read: &mut ReadRows,
    exports: &[ConsumptionSource],
) -> StoredRead {
    let (mut stored, mut input_errors) = (Vec::new(), Vec::new());
    let id = |source: &ConsumptionSource| Some((source.dataset.as_str().to_owned(), source.content.clone()?));
    let mut counted: BTreeSet<(String, String)> = exports.iter().filter_map(id).collect();
    let mut next = u32::try_from(exports.len()).expect("a run has fewer than 2^24 sources");
    let tables = stored_sources::stored_tables(inputs, &mut next, &mut counted, &mut input_errors);
    let mut is_sound = true;
    let mut left_out = Vec::new();
    for table in &tables {
        match stored_sources::of_table(table, sum_table, inputs.len(), &mut read.rejects) {
            Ok(of_table) => of_table.into_iter().for_each(|(source, tally)| {
                stored.push(source);
                read.tallies.push(tally);
            }),
            Err(why) => {
                is_sound = false;
                input_errors.push(without_control(inputs[table.0].name.clone(), &why));
            }
        }
        match table.1.control.left_out.iter().map(left_out::of_control).collect::<Result<Vec<_>, _>>() {
            Ok(of_table) => left_out.extend(of_table),
            Err(why) => input_errors.push(without_control(inputs[table.0].name.clone(), &why)),
        }
    }
    if !is_sound || tables.is_empty() {
        return StoredRead { sources: stored, left_out, input_errors };
    }
    let to_read: Vec<&Input<'_>> = tables.iter().map(|(index, _)| &inputs[*index]).collect();
    let (indices, tables): (Vec<usize>, Vec<StoredTable<'_>>) = tables.into_iter().unzip();
    let (workers, met) = read_rows(&to_read, read_options, || StoredLines::new(&tables, sum_table));
    input_errors.extend(met);
    for (source, month) in workers.iter().flat_map(|worker| &worker.whole_months) {
        // A second reading has no tallies of other sources, and needs none.
        if let Some(tally) = read.tallies.get_mut(*source as usize) {
            tally.whole_months.insert(*month);
        }
    }
    let (sums, wrong) = StoredLines::merge(workers, &tables);
    for (currency, theirs) in sums {
        read.sums.entry(currency).or_default().merge(&theirs);
    }
    for (nth, (code, message)) in wrong {
        let input = inputs[indices[nth]].name.clone();
        if !input_errors.iter().any(|met| met.input.as_ref() == Some(&input)) {
            input_errors.push(InputError { input: Some(input), code, message });
        }
    }
    StoredRead { sources: stored, left_out, input_errors }
}

/// The first month of the window; where it has all time, any: years of accounts are counted from it.
fn first_month(options: &RunOptions, window: Window) -> Month {
    if options.covers_all_time { Month::from_number(ANY_MONTH) } else { Month::of(window.first) }
}

/// January 2017.
const ANY_MONTH: i32 = 2017 * 12;

/// The days whose consumption is judged: of the window, and those up to `as_of` that count later; in a history, of the windows before too.
fn judged_days(options: &RunOptions, window: Window) -> Window {
    let is_told = options.tells_losses && !options.covers_all_time;
    let first = if options.held.is_of_history() { Day::MIN } else { window.first };
    Window { first, last: if is_told { window.last.max(options.as_of) } else { window.last } }
}

/// Which periods the run needs: the months of its judged days; and days where the window or an association cuts a month, or where a loss
/// depends on them.
fn period_needs(
    options: &RunOptions,
    window: Window,
    judged_days: Window,
    associations: &Numbered,
) -> PeriodNeeds {
    if options.covers_all_time {
        let days_of_subscriptions = associations.months_that_change(Month::of(Day::MIN), Month::of(Day::MAX));
        return PeriodNeeds { days_of_subscriptions, ..PeriodNeeds::default() };
    }
    let (first, last) = (Month::of(judged_days.first), Month::of(judged_days.last));
    let cut = [Month::of(window.first), Month::of(window.last)];
    let cut = cut.into_iter().filter(|month| window.covers(*month) == MonthInWindow::Cut);
    PeriodNeeds {
        months: (!options.held.is_written()).then_some((first, last)),
        every_day: options.held == HeldTime::EveryDay,
        days_of: cut.collect(),
        days_of_subscriptions: associations.months_that_change(first, last),
        compared: windows::days_of_losses(options, window),
    }
}

/// The refused facts of a run that can change a figure.
pub(crate) fn refused_facts(reading: &Reading<'_>, rules: &RunRules) -> RefusedFacts {
    let accepted = rules.rules.accepted.iter().copied().collect();
    let mut facts = RefusedFacts::of(&reading.rejects, accepted);
    let repeating = reading.consumption.iter().filter(|source| source.rules.repeats_per_association);
    let judge = reading.reject_judge(rules.window);
    facts.repeated = RepeatedRejects::of(RepeatedSources {
        rejects: &reading.rejects,
        inputs: repeating.map(|source| source.reject_input).collect(),
        is_superseded: &|key| judge.fate(key.input, key.day, None) == RejectFate::Superseded,
        roster: &reading.roster,
        rates: PossibleRates { rates: &reading.rates, refused: &facts.rates, window: rules.window },
        accepted,
    });
    facts
}

/// How the rows of an export are read.
fn plan<'p>(input: &'p Input<'_>, options: &'p RunOptions, forms: FileForms, evidence: Evidence) -> Plan<'p> {
    let partner_option = options.reading.partner_id.of(&input.name.file);
    let plan = Plan::new(&input.layout, partner_option, forms, evidence);
    match file_options::currency(input, options) {
        Some(currency) => plan.with_currency(currency),
        None => plan,
    }
}

/// How the rows of each export are read.
fn plans<'p>(
    inputs: &'p [Input<'_>],
    of_consumption: &[usize],
    options: &'p RunOptions,
    forms: &[FileForms],
    evidence: Evidence,
) -> Vec<Plan<'p>> {
    of_consumption.iter().map(|index| plan(&inputs[*index], options, forms[*index], evidence)).collect()
}

/// The inputs whose refused rows show other forms than those in which they were read, unless an option states these, or their cells have
/// decided already.
fn doubtful<'d>(doubts: impl Iterator<Item = (&'d usize, &'d FormDoubts)>, forms: &RunForms) -> Vec<usize> {
    let is_open = |index: &usize, doubts: &FormDoubts| {
        let of_input = forms.of_inputs[*index];
        let is_in_doubt = doubts.has_comma && of_input.mark_is == FormSource::Default
            || (doubts.impossible_days.len() >= DAYS || doubts.has_open_dots)
                && of_input.order_is == FormSource::Default;
        is_in_doubt && !forms.votes.contains_key(index)
    };
    doubts.filter(|(index, doubts)| is_open(index, doubts)).map(|(index, _)| *index).collect()
}

/// Of each input, the first text of the same dialect, columns, encoding, forms and currency by option; a file that is no text is like no other.
fn alike(
    inputs: &[&Input<'_>],
    run_index: &[usize],
    forms: &[FileForms],
    options: &RunOptions,
) -> Vec<usize> {
    let mut first: BTreeMap<_, usize> = BTreeMap::new();
    let kind = |index: usize, input: &Input<'_>| {
        let has: Vec<bool> =
            (0..input.layout.columns.len()).map(|at| input.layout.has(ColumnKey(at))).collect();
        let encoding = input.encoding().ok_or(index);
        let FileForms { mark, order, .. } = forms[run_index[index]];
        let forms = (mark == DecimalMark::Comma, order);
        let currency = file_options::currency(input, options);
        (std::ptr::from_ref(input.layout.dialect).addr(), has, encoding, forms, currency)
    };
    let first_alike = |(index, input)| *first.entry(kind(index, input)).or_insert(index);
    inputs.iter().copied().enumerate().map(first_alike).collect()
}

/// Lets a run pass if no file is at fault.
pub(crate) fn gate(mut input_errors: Vec<InputError>) -> Result<(), Error> {
    input_errors.sort();
    input_errors.dedup();
    if input_errors.is_empty() { Ok(()) } else { Err(Error::Inputs { input_errors }) }
}

/// Reads all inputs but consumption.
fn collect<'l>(
    inputs: &[Input<'_>],
    is_assumed: &[bool],
    options: &RunOptions,
    forms: &[FileForms],
    read_options: &ReadOptions,
    log: &(dyn Fn() -> RejectLog<'l> + Sync),
    passes: &mut PassRecords,
) -> (Collected, Vec<InputError>) {
    let (mut collected, mut input_errors) = (Collected::default(), Vec::new());
    let passes = Mutex::new(passes);
    let (rates, others): (Vec<usize>, Vec<usize>) = (0..inputs.len())
        .filter(|index| !matches!(inputs[*index].role(), Role::Consumption | Role::Credits))
        .partition(|index| inputs[*index].role() == Role::Rates);
    // Of two rates of a month the first one stands, so that one worker reads them, in the order of files and rows.
    for (wanted, threads) in [(rates, 1), (others, read_options.threads)] {
        let to_collect: Vec<&Input<'_>> = wanted.iter().map(|index| &inputs[*index]).collect();
        let layouts: Vec<&Layout<'_>> = to_collect.iter().map(|input| &input.layout).collect();
        let forms: Vec<FileForms> = wanted.iter().map(|index| forms[*index]).collect();
        let is_assumed: Vec<bool> = wanted.iter().map(|index| is_assumed[*index]).collect();
        let asked = Collecting {
            layouts: &layouts,
            run_index: &wanted,
            forms: &forms,
            keeps_partners: options.lists_partners,
            is_assumed: &is_assumed,
            on_credentials: &|records| {
                let mut passes = passes.lock().unwrap_or_else(PoisonError::into_inner);
                records.drain(..).for_each(|record| passes.add(record));
            },
        };
        let options = ReadOptions { threads, ..read_options.clone() };
        let (workers, met) = read_rows(&to_collect, &options, || Collector::new(&asked, log()));
        collected.add(workers);
        input_errors.extend(met);
    }
    (collected, input_errors)
}

/// What people are told to do about amounts that no run can add up.
const AMOUNTS_LIMIT: &str = "the amounts of one currency may add up to less than 10^14";

/// The amounts that no run can add up: single ones, the first of each input, and the amounts of a currency together.
fn too_large(consumption: &[ConsumptionSource], folded: &Folded, judge: RejectJudge<'_>) -> Vec<InputError> {
    let mut first: BTreeMap<usize, Option<RowPlace>> = BTreeMap::new();
    for (key, count) in folded.rejects.counts().filter(|(key, _)| key.code == RejectCode::AmountTooLarge) {
        if judge.fate(key.input, key.day, key.subscription.as_deref()) == RejectFate::Refused {
            let of_input = first.entry(key.input).or_insert(count.first);
            *of_input = count.first.min(*of_input);
        }
    }
    let name = |reject_input: usize| {
        let source = consumption.iter().find(|source| source.reject_input == reject_input);
        source.map(|source| source.name.clone())
    };
    let single = first.into_iter().map(|(input, place)| {
        let line = place.map_or(String::new(), |place| format!("line {}: ", place.row));
        let message = format!("{line}an amount of 10^14 or more; {AMOUNTS_LIMIT}; correct it");
        InputError { input: name(input), code: InputErrorCode::AmountsTooLarge, message }
    });
    let of_rows = folded.sums.iter().filter(|(_, sums)| sums.magnitude.is_too_large());
    single.chain(of_rows.map(|(currency, _)| amounts_too_large(currency))).collect()
}

/// That the amounts of a currency are more than a run can add up.
fn amounts_too_large(currency: &str) -> InputError {
    let message = format!(
        "the amounts in {currency} add up to 10^14 or more, disregarding signs; {AMOUNTS_LIMIT}; look for amounts that are none"
    );
    InputError { input: None, code: InputErrorCode::AmountsTooLarge, message }
}

/// Bytes of all inputs as stored; sheets of one workbook are one file.
fn total_bytes(inputs: &[Input<'_>]) -> u64 {
    let mut files: BTreeMap<&str, u64> = BTreeMap::new();
    for input in inputs {
        files.insert(&input.name.file, input.bytes());
    }
    files.values().sum()
}

/// That amounts, once converted, are more than a run can add up.
pub(crate) fn usd_too_large() -> InputError {
    let message = "converted to USD, the amounts add up to 10^14 or more; check the rates".to_owned();
    InputError { input: None, code: InputErrorCode::AmountsTooLarge, message }
}

#[cfg(test)]
mod tests;
