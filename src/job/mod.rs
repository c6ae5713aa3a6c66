//! The pipeline, read aloud: find the inputs, read the small roles, fold the consumption, and stop at the first gate where a
//! file is at fault. Comes in: options. Goes out: a [`Reading`], from which `report` judges and `check` tells.

mod account;
pub(crate) mod check;
mod progress;
pub(crate) mod report;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::calendar::{Day, Month, Window, WindowKind};
use crate::base::place::InputName;
use crate::config::dialect::{self, Dialect, Layout, Role};
use crate::config::rules::{self, RuleSet};
use crate::credits::between_files::{actual_with_amortized, months_cut, warn_of_overlaps};
use crate::credits::fold::{Fold, FoldContext, Folded};
use crate::credits::{Table, Tenants};
use crate::diagnostics::error::{Error, InputError, InputErrorCode};
use crate::diagnostics::reject::{Reject, RejectCounts, RejectLog, Spill, merge_count};
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::formats::read::{ReadOptions, read_rows};
use crate::formats::{Dialects, Given, Input, Recognised, Skipped, digest, find, recognise_all};
use crate::job::progress::Progress;
use crate::outputs::{RejectsSpill, rejects_line};
use crate::roster::Roster;
use crate::roster::associations::{AssociationIndex, Dating, Numbered};
use crate::roster::people::PassRecords;
use crate::rows::ReadingOptions;
use crate::rows::collect::{Collected, Collecting, Collector, RoleTally};
use crate::rows::consumption::Plan;

/// What a run is asked to read, and how.
#[derive(Debug, Clone)]
pub(crate) struct RunOptions {
    pub(crate) given: Vec<Given>,
    pub(crate) rules: String,
    pub(crate) as_of: Day,
    pub(crate) window: WindowKind,
    /// Whether all time is in the window.
    pub(crate) covers_all_time: bool,
    pub(crate) dialects: Vec<PathBuf>,
    pub(crate) reading: ReadingOptions,
    /// **Absent**: all cores.
    pub(crate) threads: Option<NonZeroUsize>,
    pub(crate) block_bytes: NonZeroUsize,
    pub(crate) digest: Option<digest::Kind>,
    pub(crate) is_quiet: bool,
    /// Outputs of this run, which a walk passes over.
    pub(crate) outputs: Vec<PathBuf>,
    /// Whether to keep, for each input, the partners that it names.
    pub(crate) keeps_partners: bool,
}

/// The rules of a run.
pub(crate) struct RunRules {
    pub(crate) rules: RuleSet,
    /// That they are not those in force.
    pub(crate) note: Option<String>,
    pub(crate) window: Window,
}

/// All that was read, before anything is judged.
pub(crate) struct Reading<'d> {
    pub(crate) inputs: Vec<Input<'d>>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) digests: BTreeMap<String, String>,
    pub(crate) roster: Roster,
    pub(crate) rates: crate::judge::facts::consumption::RateTable,
    pub(crate) passes: PassRecords,
    pub(crate) associations: AssociationIndex,
    pub(crate) folded: Folded,
    /// Index among `inputs` of each input of consumption, as `folded.tallies` counts them.
    pub(crate) consumption: Vec<usize>,
    /// Index among `inputs` of every other input, and what became of its rows.
    pub(crate) small: Vec<(usize, RoleTally)>,
    pub(crate) refused: RejectCounts,
    pub(crate) warnings: Warnings,
    pub(crate) threads: usize,
    pub(crate) bytes: u64,
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
    let (rules, note) = load_rules(&options.rules, options.as_of)?;
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

/// Reads everything, on the threads of the run. `input_errors` are those that are known already; they are told together with those that are met here.
/// `spill` keeps refused rows, if anybody wants them.
pub(crate) fn read<'d>(
    options: &RunOptions,
    run_rules: &RunRules,
    user: &'d [Dialect],
    mut input_errors: Vec<InputError>,
    spill: Option<&RejectsSpill>,
) -> Result<Reading<'d>, Error> {
    let (mut found, not_found) = find(&options.given, &options.outputs);
    input_errors.extend(not_found);
    // A digest needs all bytes, and a stream can be read once only.
    let _spooled = if options.digest.is_some() { digest::spool(&mut found, &mut input_errors) } else { None };
    let dialects = Dialects { user, builtin: dialect::builtin() };
    let Recognised { inputs, skipped, input_errors: unrecognised, .. } = recognise_all(found, dialects);
    input_errors.extend(unrecognised);
    if inputs.is_empty() && input_errors.is_empty() {
        let message =
            "no file of a known dialect was found, so that there is nothing to report on".to_owned();
        input_errors.push(InputError { input: None, code: InputErrorCode::NoInput, message });
    }
    let digests = match options.digest {
        Some(kind) => digest::of_inputs(&inputs, kind, &mut input_errors),
        None => BTreeMap::new(),
    };
    let threads = rayon::current_num_threads();
    let bytes = total_bytes(&inputs);
    let progress = Arc::new(AtomicU64::new(0));
    let _bar = Progress::start(bytes, &progress, options.is_quiet);
    let read_options = ReadOptions { threads, block_bytes: options.block_bytes.get(), progress };
    let names: Vec<InputName> = inputs.iter().map(|input| input.name.clone()).collect();
    let render = |out: &mut Vec<u8>, input: &InputName, reject: &Reject| {
        if spill.is_some() {
            rejects_line(out, Some(input), reject);
        }
    };
    let keep: &Spill<'_> = &|key, lines| spill.map_or(Ok(()), |spill| spill.append(key, lines));
    let log = || RejectLog::new(&names, &render, keep);
    let consumption: Vec<usize> =
        (0..inputs.len()).filter(|index| inputs[*index].role() == Role::Consumption).collect();

    let mut warnings = Warnings::default();
    for input in inputs.iter().filter(|input| input.encoding() == Some("windows-1252")) {
        warnings.add(
            WarningCode::EncodingGuessed,
            format!("{} is no UTF-8, and was read as windows-1252", input.name),
        );
    }
    let mut passes = PassRecords::default();
    let (collected, met) = collect(&inputs, options, &read_options, &log, &mut passes);
    input_errors.extend(met);
    let Collected { partners, markets, rates, associations, tallies, mut refused } = collected;
    let (numbered, (roster, met)) =
        rayon::join(|| Numbered::from(associations), || Roster::build(partners, &markets, &mut warnings));
    input_errors.extend(met);
    let dating = if run_rules.rules.retroactive { Dating::Retroactive } else { Dating::FromItsFirstDay };
    let associations = AssociationIndex::build(numbered, &roster, dating, run_rules.window, &mut warnings);

    let to_fold: Vec<&Input<'_>> = consumption.iter().map(|index| &inputs[*index]).collect();
    let plans: Vec<Plan<'_>> =
        to_fold.iter().map(|input| Plan::new(&input.layout, run_rules.window, &options.reading)).collect();
    let alike = alike(&to_fold);
    let context = FoldContext {
        alike: &alike,
        table: Table::new(Month::of(run_rules.window.first)),
        plans: &plans,
        run_index: &consumption,
        roster: &roster,
        tenants: Tenants::of(&roster),
        associations: &associations,
        keeps_partners: options.keeps_partners,
    };
    let (workers, met) = read_rows(&to_fold, &read_options, || Fold::new(&context, log()));
    input_errors.extend(met);
    let folded = Fold::merge(workers, &context);
    input_errors.extend(actual_with_amortized(&to_fold, &folded.tallies));
    input_errors.extend(months_cut(&to_fold, &folded.tallies, run_rules.window));
    input_errors.extend(too_large(&to_fold, &folded));
    warn_of_overlaps(&to_fold, &folded.tallies, &mut warnings);
    for (code, (rows, first)) in &folded.refused {
        merge_count(&mut refused, *code, *rows, *first);
    }
    drop(to_fold);
    drop(plans);
    gate(input_errors)?;
    let small = tallies.into_iter().collect();
    Ok(Reading {
        inputs,
        skipped,
        digests,
        roster,
        rates,
        passes,
        associations,
        folded,
        consumption,
        small,
        refused,
        warnings,
        threads,
        bytes,
    })
}

/// Of each input, the first text of the same dialect, columns and encoding; a file that is no text is like no other.
fn alike(inputs: &[&Input<'_>]) -> Vec<usize> {
    let mut first: BTreeMap<_, usize> = BTreeMap::new();
    let kind = |index: usize, input: &Input<'_>| {
        let has: Vec<bool> = input.layout.columns.iter().map(Option::is_some).collect();
        let encoding = input.encoding().ok_or(index);
        (std::ptr::from_ref(input.layout.dialect).addr(), has, encoding)
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

/// Reads all inputs but those of consumption.
fn collect<'l>(
    inputs: &[Input<'_>],
    options: &RunOptions,
    read_options: &ReadOptions,
    log: &(dyn Fn() -> RejectLog<'l> + Sync),
    passes: &mut PassRecords,
) -> (Collected, Vec<InputError>) {
    let (mut collected, mut input_errors) = (Collected::default(), Vec::new());
    let passes = Mutex::new(passes);
    let (rates, others): (Vec<usize>, Vec<usize>) = (0..inputs.len())
        .filter(|index| inputs[*index].role() != Role::Consumption)
        .partition(|index| inputs[*index].role() == Role::Rates);
    // Of two rates of a month the first one stands, so that one worker reads them, in the order of files and rows.
    for (wanted, threads) in [(rates, 1), (others, read_options.threads)] {
        let to_collect: Vec<&Input<'_>> = wanted.iter().map(|index| &inputs[*index]).collect();
        let layouts: Vec<&Layout<'_>> = to_collect.iter().map(|input| &input.layout).collect();
        let asked = Collecting {
            layouts: &layouts,
            run_index: &wanted,
            options: &options.reading,
            on_credentials: &|records| {
                let mut passes = passes.lock().unwrap_or_else(PoisonError::into_inner);
                records.drain(..).for_each(|record| passes.add(record));
            },
            keeps_partners: options.keeps_partners,
        };
        let options = ReadOptions { threads, ..read_options.clone() };
        let (workers, met) = read_rows(&to_collect, &options, || Collector::new(&asked, log()));
        collected.add(workers);
        input_errors.extend(met);
    }
    (collected, input_errors)
}

/// The amounts that no run can add up.
fn too_large(inputs: &[&Input<'_>], folded: &Folded) -> Vec<InputError> {
    let limit = "the amounts of one currency may add up to less than 10^14";
    let single = inputs.iter().zip(&folded.tallies).filter_map(|(input, tally)| {
        let place = tally.too_large?;
        let message = format!("line {}: an amount of 10^14 or more; {limit}; correct it", place.row);
        Some(InputError { input: Some(input.name.clone()), code: InputErrorCode::AmountsTooLarge, message })
    });
    let mut input_errors: Vec<InputError> = single.collect();
    let credits = &folded.credits;
    for (currency, sums) in &folded.sums {
        let number = credits.currencies.binary_search(currency).ok().and_then(|n| u16::try_from(n).ok());
        let of_credits = number.and_then(|n| credits.magnitudes.get(&n).copied()).unwrap_or_default();
        if sums.magnitude.is_too_large() || of_credits.is_too_large() {
            let message = format!(
                "the amounts in {currency} add up to 10^14 or more, disregarding signs; {limit}; look for amounts that are none"
            );
            input_errors.push(InputError { input: None, code: InputErrorCode::AmountsTooLarge, message });
        }
    }
    input_errors
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
