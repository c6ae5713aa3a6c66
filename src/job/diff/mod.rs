//! `attain diff`: two runs, from their summaries. Comes in: two paths. Goes out: what differs, in a file or on standard output. It reads no input of
//! the runs, and judges no partner again.

mod compare;
mod ledgers;
pub(super) mod run_files;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::PathBuf;

use self::compare::compared_partners;
use self::ledgers::{LedgerTexts, compared_runs};
use self::run_files::RunFiles;
use crate::base::ids::PartnerId;
use crate::diagnostics::error::{Error, InputError};
use crate::job::gate;
use crate::judge::difference::{ConsumptionChange, difference};
use crate::outputs::{
    self, OutputFormat, OutputKind, OutputSet, RunDifference, StoredRun, StoredWarnings, WarningDifference,
    write_difference,
};

/// What is compared, and where the difference goes.
#[derive(Debug, Clone)]
pub(crate) struct DiffOptions {
    /// The summary of the old run.
    pub(crate) old: PathBuf,
    /// The summary of the new run.
    pub(crate) new: PathBuf,
    /// **Absent**: standard output.
    pub(crate) output: Option<PathBuf>,
    pub(crate) format: OutputFormat,
}

/// Whether a partner has another tier in the new run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TierOutcome {
    Same,
    Changed,
}

/// Runs `attain diff`.
pub(crate) fn diff(options: &DiffOptions) -> Result<TierOutcome, Error> {
    let mut faults: Vec<InputError> =
        options.output.iter().filter_map(|path| outputs::check_folder(path).err()).collect();
    let mut open = |path| RunFiles::open(path).map_err(|fault| faults.push(fault)).ok();
    let (old, new) = (open(&options.old), open(&options.new));
    let (Some(old), Some(new), true) = (old, new, faults.is_empty()) else {
        return gate(faults).map(|()| TierOutcome::Same);
    };
    if let Some(path) = options.output.as_ref().filter(|path| old.has(path) || new.has(path)) {
        let message = format!("{}: a file of a run that is compared cannot be the output", path.display());
        return Err(Error::Usage { message });
    }
    let mut missing = Vec::new();
    let changes = changes(&old, &new, &mut missing)?;
    let of_heads = |changes: &Changes| {
        changes.values().fold(ConsumptionChange::default(), |mut sum, change| {
            sum.add(change);
            sum
        })
    };
    let consumption = changes.as_ref().map(of_heads);
    let partners = compared_partners(&old, &new, changes.as_ref(), &mut missing);
    let warnings = new_warnings(&old.run, &new.run);
    let (old, new) = (old.label(), new.label());
    let difference = RunDifference { old, new, partners, warnings, consumption, missing };
    match &options.output {
        Some(path) => {
            let mut set = OutputSet::new();
            set.stage(OutputKind::Difference, path, |out| {
                write_difference(&difference, options.format, out)
            })?;
            set.commit()?;
        }
        None => {
            let mut out = io::BufWriter::new(io::stdout().lock());
            let written = write_difference(&difference, options.format, &mut out).and_then(|()| out.flush());
            let path = PathBuf::from("standard output");
            written.map_err(|source| Error::Output { path, source })?;
        }
    }
    Ok(if difference.has_changed_tier() { TierOutcome::Changed } else { TierOutcome::Same })
}

/// The change of consumption of each head.
type Changes = BTreeMap<PartnerId, ConsumptionChange>;

/// The change of consumption of each head, from both ledgers. `None` if one is missing, which `missing` then tells.
fn changes(old: &RunFiles, new: &RunFiles, missing: &mut Vec<String>) -> Result<Option<Changes>, Error> {
    let mut ledgers = Vec::new();
    let mut faults = Vec::new();
    for run in [old, new] {
        match run.ledger() {
            Ok(Some(ledger)) => ledgers.push(ledger),
            Ok(None) => missing.push(match run.credits() {
                None => format!(
                    "{} has no ledger: run report with --ledger to see the parts of each change",
                    run.shown
                ),
                Some(table) => format!(
                    "{} has no ledger, and its credits are not judged: run report with --ledger on {table} and \
                     the other inputs of the run to see the parts of each change",
                    run.shown
                ),
            }),
            Err(fault) => faults.push(fault),
        }
    }
    gate(faults)?;
    let [old_ledger, new_ledger] = ledgers.as_slice() else { return Ok(None) };
    let mut texts = LedgerTexts::default();
    let runs = compared_runs([(old, old_ledger), (new, new_ledger)], &mut texts);
    let [mut old, mut new] = runs.map_err(|input_errors| Error::Inputs { input_errors })?;
    let changes = difference(&mut old, &mut new);
    Ok(Some(changes.into_iter().map(|(head, change)| (texts.partner(head).clone(), change)).collect()))
}

/// The codes with more warnings in the new run, or with others among the first.
fn new_warnings(old: &StoredRun, new: &StoredRun) -> Vec<WarningDifference> {
    let difference = |warnings: &StoredWarnings| {
        let of_old = old.warnings.iter().find(|of_old| of_old.code == warnings.code);
        let old_listed: BTreeSet<String> =
            of_old.iter().flat_map(|of_old| &of_old.listed).map(|text| old.without_folder(text)).collect();
        let is_new = |text: &&String| !old_listed.contains(&new.without_folder(text));
        let difference = WarningDifference {
            code: warnings.code.clone(),
            old_count: of_old.map_or(0, |of_old| of_old.count),
            new_count: warnings.count,
            listed: warnings.listed.iter().filter(is_new).cloned().collect(),
        };
        (difference.new_count > difference.old_count || !difference.listed.is_empty()).then_some(difference)
    };
    new.warnings.iter().filter_map(difference).collect()
}
