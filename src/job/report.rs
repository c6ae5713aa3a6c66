//! `attain report`: read, judge, write. Comes in: options. Goes out: a report, its rejects and its summary, or none of them.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;

use crate::base::calendar::Month;
use crate::config::own_columns::CONTROL_SUFFIX;
use crate::diagnostics::error::{Error, InputError};
use crate::diagnostics::spill::RejectSpill;
use crate::job::account;
use crate::job::confidence::{RunUnknowns, heads_in_doubt};
use crate::job::losses::LossInputs;
use crate::job::reject_lines::RejectLines;
use crate::job::written_credits::WrittenCredits;
use crate::job::written_ledger::WrittenLedger;
use crate::job::{self, Reading, RunOptions, RunRules};
use crate::judge::facts::{self, FactSources};
use crate::judge::measures::individuals::CountedIndividuals;
use crate::judge::measures::{self, MeasureSources};
use crate::judge::verdict::{PartnerVerdict, judge};
use crate::outputs::{
    self, Completeness, OutputFormat, OutputKind, OutputSet, OutputTable, OutputWritten, PartnerLines,
    ReportContext, ReportQuestion, SelectedReport, ShownLines, Summary, Timings, WarningsOfCode,
    credits_table, incomplete_for_people, ledger_table, refusals_for_people, rejects_table,
    summary_for_people,
};

/// How many refused rows a run tolerates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tolerance {
    /// So many.
    Rows(u64),
    /// So many of 10⁻⁹ of all rows read, in all roles.
    Billionths(u64),
}

impl Tolerance {
    /// Whether so many refused rows of so many read are within it.
    pub(crate) fn holds(self, refused: u64, read: u64) -> bool {
        match self {
            Tolerance::Rows(rows) => refused <= rows,
            Tolerance::Billionths(share) => {
                u128::from(refused) * 1_000_000_000 <= u128::from(share) * u128::from(read)
            }
        }
    }
}

/// What to write, and where.
#[derive(Debug, Clone)]
pub(crate) struct ReportOptions {
    pub(crate) run: RunOptions,
    pub(crate) tolerance: Tolerance,
    /// **Absent**: standard output.
    pub(crate) output: Option<PathBuf>,
    /// **Absent**: no rejects file.
    pub(crate) rejects: Option<PathBuf>,
    /// **Absent**: no summary file.
    pub(crate) summary: Option<PathBuf>,
    /// Where the credits table goes, and its format. **Absent**: nowhere.
    pub(crate) credits: Option<(PathBuf, OutputFormat)>,
    /// Where the ledger goes, and its format. **Absent**: nowhere.
    pub(crate) ledger: Option<(PathBuf, OutputFormat)>,
    /// **Absent**: CSV; on a terminal, an aligned table.
    pub(crate) format: Option<OutputFormat>,
    /// Which lines and columns of the report are written.
    pub(crate) question: ReportQuestion,
}

impl ReportOptions {
    /// Every file that is written.
    pub(crate) fn outputs(&self) -> Vec<PathBuf> {
        let files = [&self.output, &self.rejects, &self.summary].into_iter().flatten().cloned();
        let credits = self.credits.iter().chain(&self.ledger).map(|(path, _)| path.clone());
        files.chain(credits).chain(self.credits_control()).collect()
    }

    /// Where the control of the credits table goes. **Absent**: into the table's own metadata, or nowhere.
    fn credits_control(&self) -> Option<PathBuf> {
        let (path, format) = self.credits.as_ref()?;
        (*format != OutputFormat::Parquet).then(|| {
            let mut beside = path.clone().into_os_string();
            beside.push(CONTROL_SUFFIX);
            PathBuf::from(beside)
        })
    }
}

/// How a run that gives a result ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The refused rows are tolerated, and no denied warning was met.
    Complete,
    /// More rows were refused than are tolerated, whatever the warnings.
    TooManyRefused,
    /// The refused rows are tolerated, and a denied warning was met.
    Incomplete,
}

impl Outcome {
    /// The outcome of a run that refused so many rows of so many read.
    pub(crate) fn of(
        tolerance: Tolerance,
        (refused, read): (u64, u64),
        completeness: &Completeness,
    ) -> Outcome {
        match (tolerance.holds(refused, read), completeness.complete) {
            (false, _) => Outcome::TooManyRefused,
            (true, false) => Outcome::Incomplete,
            (true, true) => Outcome::Complete,
        }
    }
}

/// Tells on standard error why a quiet run is no success.
pub(crate) fn tell_reason(
    outcome: Outcome,
    (refused, read): (u64, u64),
    by_code: &[(&str, u64)],
    (completeness, warnings): (&Completeness, &[WarningsOfCode]),
) {
    let mut reason = match outcome {
        Outcome::TooManyRefused => refusals_for_people(refused, read, by_code),
        Outcome::Complete | Outcome::Incomplete => String::new(),
    };
    reason += &incomplete_for_people(completeness, warnings).unwrap_or_default();
    // If people cannot be told, the exit code still tells.
    io::stderr().write_all(reason.as_bytes()).unwrap_or_default();
}

/// Runs `attain report`.
pub(crate) fn report(options: &ReportOptions) -> Result<Outcome, Error> {
    job::on_threads(&options.run, || report_on_threads(options))
}

fn report_on_threads(options: &ReportOptions) -> Result<Outcome, Error> {
    let started = Instant::now();
    let rules = job::rules_of(&options.run)?;
    options.question.check(&rules.rules)?;
    let dialects = job::run_dialects(&options.run)?;
    let input_errors = output_errors(options);
    let folder = options.rejects.as_deref().filter(|_| input_errors.is_empty()).map(folder_of);
    let spill = options.rejects.as_ref().map(|_| RejectSpill::new(folder));
    let mut reading = job::read(&options.run, &rules, &dialects, input_errors, spill.as_ref())?;
    let judged = job::judge_credits(&reading, &rules, &options.run)?;
    job::providers::warn_of_unknown(&reading.consumption, &judged, &mut reading.warnings);
    let (as_of, job::RunRules { rules: rule_set, window, .. }) = (options.run.as_of, &rules);
    let (individuals, passes) =
        CountedIndividuals::count(&reading.passes, rule_set, &reading.roster, as_of, &mut reading.warnings);
    let sources = MeasureSources { consumption: &judged.consumption, individuals: &individuals };
    let values = measures::values(rule_set, &sources);
    let sources = FactSources { roster: &reading.roster, values: &values, lacks_rate: &judged.lacks_rate };
    let of_files = reading.roster.partners().chain(reading.associations.partners());
    let of_passes = reading.passes.partners().map(|(partner, _)| partner);
    let named = of_files.chain(of_passes).chain(judged.consumption.iter().map(|(head, _)| head));
    let facts = facts::of_partners(named, &sources);
    let verdicts: Vec<PartnerVerdict> = facts.par_iter().map(|facts| judge(facts, rule_set)).collect();
    let refused = job::refused_facts(&reading, &rules);
    let unknowns = RunUnknowns::new(&reading, &rules, &options.run, &refused);
    let missing_months: Vec<Month> = reading.coverage.missing().collect();
    let confidences = unknowns.confidence(&facts, &judged, &individuals, &missing_months);
    let unlost = PartnerLines { facts: &facts, verdicts: &verdicts, confidences: &confidences, losses: &[] };
    let loss_inputs = LossInputs {
        reading: &reading,
        rules: &rules,
        options: &options.run,
        judged: &judged,
        individuals: &individuals,
    };
    let losses = loss_inputs.losses(unlost);
    let lines = PartnerLines { losses: &losses, ..unlost };
    let mut summary = account::summary(&reading, &rules, &options.run, &judged, passes, lines);
    summary.assert_balance();
    let context = ReportContext { rule_set: rule_set.id(), as_of, window: *window };
    let SelectedReport { table, shown, not_shown } = options.question.select(rule_set, &context, lines)?;
    if not_shown > 0 || !options.question.filters().is_empty() {
        summary.shown = Some(ShownLines { lines: shown, not_shown, filters: options.question.filters() });
    }
    // On a terminal, a report of many partners that nothing else is asked of is an overview.
    let is_overview = options.output.is_none()
        && options.format.is_none()
        && options.question.is_empty()
        && io::stdout().is_terminal()
        && shown > outputs::terminal_height().saturating_sub(LINES_AROUND);
    let show = |out: &mut dyn io::Write| match is_overview {
        true => outputs::overview(rule_set, &context, lines, out),
        false => {
            let default = if io::stdout().is_terminal() { OutputFormat::Table } else { OutputFormat::Csv };
            outputs::write(&table, options.format.unwrap_or(default), out)
        }
    };
    let summary = Outputs {
        options,
        reading: &reading,
        rules: &rules,
        table: &table,
        show: &show,
        spill,
        reject_lines: RejectLines {
            window: *window,
            options: &options.run,
            reading: &reading,
            judged: &judged,
            unknowns: &unknowns,
            in_doubt: heads_in_doubt(&facts, &confidences),
        },
        started,
    }
    .write(summary)?;
    let refused = summary.rejects.iter().map(|refused| refused.rows).sum();
    let read = summary.inputs.iter().map(|input| input.rows).sum();
    let outcome = Outcome::of(options.tolerance, (refused, read), &summary.completeness);
    if options.run.is_quiet {
        let by_code: Vec<(&str, u64)> =
            summary.rejects.iter().map(|refused| (refused.code.as_str(), refused.rows)).collect();
        tell_reason(outcome, (refused, read), &by_code, (&summary.completeness, &summary.warnings));
    } else {
        // Nothing is left to be done if people cannot be told.
        io::stderr().write_all(summary_for_people(&summary).as_bytes()).unwrap_or_default();
    }
    // The program ends here: to free this memory piece by piece would only take time.
    drop(table);
    std::mem::forget((facts, verdicts));
    let Reading { folded, roster, associations, passes, .. } = reading;
    std::mem::forget((folded, roster, associations, passes, judged));
    Ok(outcome)
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Folders of outputs that do not exist or cannot be written: told before hours of reading, not after.
fn output_errors(options: &ReportOptions) -> Vec<InputError> {
    options.outputs().iter().filter_map(|path| outputs::check_folder(path).err()).collect()
}

struct Outputs<'o, 't> {
    options: &'o ReportOptions,
    reading: &'o Reading<'o>,
    rules: &'o RunRules,
    table: &'o OutputTable<'t>,
    /// Writes the report to standard output.
    show: &'o dyn Fn(&mut dyn io::Write) -> io::Result<()>,
    spill: Option<RejectSpill>,
    reject_lines: RejectLines<'o>,
    started: Instant,
}

impl Outputs<'_, '_> {
    /// Writes all outputs; the summary last, since it names the others' SHA-256.
    fn write(mut self, mut summary: Summary) -> Result<Summary, Error> {
        let mut set = OutputSet::new();
        let (table, format) = (self.table, self.options.format);
        if let Some(path) = &self.options.output {
            let format = format.unwrap_or_default();
            let sha256 = set.stage(OutputKind::Report, path, |out| outputs::write(table, format, out))?;
            summary.outputs.push(written(OutputKind::Report, path, sha256));
        }
        if let (Some(path), Some(spill)) = (&self.options.rejects, self.spill.take()) {
            let spilled = spill.finish();
            let sha256 = set.stage(OutputKind::Rejects, path, |out| {
                outputs::write(&rejects_table(self.reject_lines.chunks(&spilled)), OutputFormat::Csv, out)?;
                spilled.check()
            })?;
            summary.outputs.push(written(OutputKind::Rejects, path, sha256));
        }
        if let Some((path, format)) = &self.options.credits {
            let credits = WrittenCredits::new(self.reading);
            let control = credits.control().to_json();
            if let Some(beside) = self.options.credits_control() {
                let sha256 =
                    set.stage(OutputKind::CreditsControl, &beside, |out| out.write_all(control.as_bytes()))?;
                summary.outputs.push(written(OutputKind::CreditsControl, &beside, sha256));
            }
            let table = credits_table(credits.lines(), control);
            let sha256 = set.stage(OutputKind::Credits, path, |out| outputs::write(&table, *format, out))?;
            summary.outputs.push(written(OutputKind::Credits, path, sha256));
        }
        if let Some((path, format)) = &self.options.ledger {
            let ledger = WrittenLedger::new(self.reading, self.rules, &self.options.run, None);
            ledger.assert_balance(self.reject_lines.judged);
            let table = ledger_table(ledger.lines());
            let sha256 = set.stage(OutputKind::Ledger, path, |out| outputs::write(&table, *format, out))?;
            summary.outputs.push(written(OutputKind::Ledger, path, sha256));
        }
        summary.timings = Timings::of(self.reading.bytes, self.started.elapsed(), self.reading.threads);
        if let Some(path) = &self.options.summary {
            let json = summary.to_json();
            set.stage(OutputKind::Summary, path, |out| out.write_all(json.as_bytes()))?;
        }
        if self.options.output.is_none() {
            let shown = |source| Error::Output { path: PathBuf::from("standard output"), source };
            to_standard_output(self.show).map_err(shown)?;
        }
        set.commit()?;
        if let Some(names) = self.options.output.as_deref().and_then(outputs::names_beside) {
            outputs::remove_failure(&names.failure);
        }
        Ok(summary)
    }
}

pub(super) fn written(kind: OutputKind, path: &Path, sha256: String) -> OutputWritten {
    OutputWritten { kind, file: path.to_string_lossy().into_owned(), sha256 }
}

/// Lines of a terminal that show no partner: caption, heading, and the prompt.
const LINES_AROUND: usize = 3;

fn to_standard_output(show: &dyn Fn(&mut dyn io::Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    show(&mut out)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerance_in_percent_is_of_all_rows_read_and_exact() {
        let one_percent = Tolerance::Billionths(10_000_000);
        assert!(one_percent.holds(1, 100));
        assert!(!one_percent.holds(2, 199));
        assert!(one_percent.holds(0, 0));
        assert!(Tolerance::Rows(2).holds(2, 2) && !Tolerance::Rows(2).holds(3, 1_000));
    }
}
