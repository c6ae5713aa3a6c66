//! `attain report`: read, judge, write. Comes in: options. Goes out: a report, its rejects and its summary, or none of them.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use crate::config::own_columns::CONTROL_SUFFIX;
use crate::diagnostics::error::{Error, InputError};
use crate::diagnostics::spill::RejectSpill;
use crate::job::account;
use crate::job::confidence::heads_in_doubt;
use crate::job::diff::run_files::read_run;
use crate::job::judged_run::{JudgedRun, judge_partners};
use crate::job::losses::{self, LossInputs};
use crate::job::presented_run::PresentedRun;
use crate::job::reject_lines::RejectLines;
use crate::job::run_outcome::{self, Outcome, RunEnd, Tolerance};
use crate::job::tier_changes;
use crate::job::written_credits::WrittenCredits;
use crate::job::{self, Reading, RunOptions, RunRules};
use crate::judge::facts::consumption::Judged;
use crate::judge::loss::LossSources;
use crate::outputs::{
    self, ExcelLocale, OutputFormat, OutputKind, OutputSet, OutputTable, OutputWritten, Paint, Palette,
    PartnerLines, Presentation, PresentationSource, ReportContext, ReportQuestion, SelectedReport,
    ShownLines, StoredReport, StoredRun, Summary, credits_table, ledger_table,
};

/// A file that holds the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReportFile {
    pub(crate) path: PathBuf,
    pub(crate) format: OutputFormat,
}

/// What to write, and where.
#[derive(Debug, Clone)]
pub(crate) struct ReportOptions {
    pub(crate) run: RunOptions,
    pub(crate) tolerance: Tolerance,
    /// Where the report goes, each file in its format; the first names the files beside it. Empty: standard output.
    pub(crate) reports: Vec<ReportFile>,
    /// The summary of a run to compare with. **Absent**: none.
    pub(crate) previous: Option<PathBuf>,
    /// **Absent**: no rejects file.
    pub(crate) rejects: Option<PathBuf>,
    /// **Absent**: no summary file.
    pub(crate) summary: Option<PathBuf>,
    /// **Absent**: no metrics file.
    pub(crate) metrics: Option<PathBuf>,
    /// Where the credits table goes, and its format. **Absent**: nowhere.
    pub(crate) credits: Option<(PathBuf, OutputFormat)>,
    /// Where the ledger goes, and its format. **Absent**: nowhere.
    pub(crate) ledger: Option<(PathBuf, OutputFormat)>,
    /// Of standard output. **Absent**: CSV; on a terminal, an aligned table.
    pub(crate) format: Option<OutputFormat>,
    /// The country whose Excel opens CSV. **Absent**: CSV for programs.
    pub(crate) excel: Option<ExcelLocale>,
    /// Of aligned text on standard output.
    pub(crate) paint: Paint,
    /// Which lines and columns of the report are written.
    pub(crate) question: ReportQuestion,
}

impl ReportOptions {
    /// Every file that is written.
    pub(crate) fn outputs(&self) -> Vec<PathBuf> {
        let reports = self.reports.iter().map(|report| report.path.clone());
        let files = [&self.rejects, &self.summary, &self.metrics].into_iter().flatten().cloned();
        let credits = self.credits.iter().chain(&self.ledger).map(|(path, _)| path.clone());
        reports.chain(files).chain(credits).chain(self.credits_control()).collect()
    }

    /// Whether some output shows the refused rows.
    fn shows_rejects(&self) -> bool {
        let is_presentation = |format: OutputFormat| format.is_presentation();
        self.rejects.is_some()
            || self.format.is_some_and(is_presentation)
            || self.reports.iter().any(|report| is_presentation(report.format))
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

/// Runs `attain report`.
pub(crate) fn report(options: &ReportOptions) -> Result<Outcome, Error> {
    job::on_threads(&options.run, || report_on_threads(options))
}

fn report_on_threads(options: &ReportOptions) -> Result<Outcome, Error> {
    let started = Instant::now();
    let rules = job::rules_of(&options.run)?;
    options.question.check(&rules.rules)?;
    let dialects = job::run_dialects(&options.run)?;
    let mut input_errors = output_errors(options);
    let previous = options
        .previous
        .as_deref()
        .and_then(|path| read_run(path).map_err(|input_error| input_errors.push(input_error)).ok());
    let for_metrics = options.previous.as_deref().filter(|_| options.metrics.is_some());
    // Before it is replaced: it may be the file that this run writes.
    let report_before = for_metrics.and_then(tier_changes::report_before);
    let folder = options.rejects.as_deref().filter(|_| input_errors.is_empty()).map(folder_of);
    let spill = options.shows_rejects().then(|| RejectSpill::new(folder));
    let mut reading = job::read(&options.run, &rules, &dialects, input_errors, spill.as_ref())?;
    let outcome = judge_partners(&mut reading, &rules, &options.run, |reading, of_run| {
        ReportRun { options, rules: &rules, reading, of_run, previous, report_before, spill, started }.write()
    })?;
    // The program ends here: to free this memory piece by piece would only take time.
    let Reading { folded, roster, associations, passes, .. } = reading;
    std::mem::forget((folded, roster, associations, passes));
    outcome
}

/// A run that has been judged, and is to be written.
struct ReportRun<'r> {
    options: &'r ReportOptions,
    rules: &'r RunRules,
    reading: &'r Reading<'r>,
    of_run: JudgedRun<'r>,
    previous: Option<StoredRun>,
    /// The report of that run, for the metrics.
    report_before: Option<StoredReport>,
    spill: Option<RejectSpill>,
    started: Instant,
}

impl ReportRun<'_> {
    /// Writes every output, and tells people how the run ended.
    fn write(self) -> Result<Outcome, Error> {
        let ReportRun { options, rules, reading, of_run, previous, report_before, spill, started } = self;
        let JudgedRun { judged, individuals, facts, verdicts, confidences, .. } = of_run;
        let (as_of, rule_set) = (options.run.as_of, &rules.rules);
        let loss_inputs = LossInputs { reading, rules, options: &options.run, judged };
        let consumption = loss_inputs.consumption();
        let loss_sources = LossSources { rules: rule_set, consumption: consumption.as_ref(), individuals };
        let losses = losses::of_partners(&loss_sources, facts, verdicts);
        let lines = PartnerLines { facts, verdicts, confidences, losses: &losses };
        let mut summary = account::summary(reading, rules, &options.run, judged, of_run.passes, lines);
        summary.assert_balance();
        let context = ReportContext { rule_set: rule_set.id(), as_of, window: rules.window };
        let SelectedReport { table, positions, not_shown } =
            options.question.select(rule_set, &context, lines)?;
        if not_shown > 0 || !options.question.filters().is_empty() {
            let filters = options.question.filters();
            summary.shown = Some(ShownLines { lines: positions.len(), not_shown, filters });
        }
        // On a terminal, a report of many partners that nothing else is asked of is an overview.
        let is_overview = options.reports.is_empty()
            && options.format.is_none()
            && options.question.is_empty()
            && io::stdout().is_terminal()
            && positions.len() > outputs::terminal_height().saturating_sub(LINES_AROUND);
        let reject_lines = RejectLines {
            window: rules.window,
            options: &options.run,
            reading,
            judged,
            unknowns: of_run.unknowns,
            in_doubt: heads_in_doubt(facts, confidences),
        };
        let spilled = spill.map(RejectSpill::finish);
        let ledger_inputs = OnceLock::new();
        let parts = PresentedRun {
            reading,
            rules,
            options: &options.run,
            of_run,
            losses: &loss_sources,
            reject_lines: &reject_lines,
            spilled: spilled.as_ref(),
            ledger_inputs: &ledger_inputs,
            ledger: OnceLock::new(),
        };
        let outputs = Outputs {
            options,
            reading,
            rules,
            judged,
            table: &table,
            parts: &parts,
            lines,
            context: &context,
            positions: &positions,
            previous: previous.as_ref(),
            report_before: report_before.as_ref(),
            is_overview,
            started,
        };
        let (summary, outcome) = outputs.write(summary)?;
        run_outcome::tell_end(&summary, outcome, "", &options.run.log);
        Ok(outcome)
    }
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Folders of outputs that do not exist or cannot be written: told before hours of reading, not after.
fn output_errors(options: &ReportOptions) -> Vec<InputError> {
    options.outputs().iter().filter_map(|path| outputs::check_folder(path).err()).collect()
}

struct Outputs<'o> {
    options: &'o ReportOptions,
    reading: &'o Reading<'o>,
    rules: &'o RunRules,
    judged: &'o Judged,
    table: &'o OutputTable<'o>,
    parts: &'o PresentedRun<'o>,
    lines: PartnerLines<'o>,
    context: &'o ReportContext,
    positions: &'o [usize],
    previous: Option<&'o StoredRun>,
    report_before: Option<&'o StoredReport>,
    /// Whether a terminal shows an overview in place of the report.
    is_overview: bool,
    started: Instant,
}

impl Outputs<'_> {
    /// Writes all outputs; the summary last, since it names the others' SHA-256.
    fn write(&self, mut summary: Summary) -> Result<(Summary, Outcome), Error> {
        let mut set = OutputSet::new();
        for ReportFile { path, format } in &self.options.reports {
            let kind = kind_of(*format);
            let sha256 = set.stage(kind, path, |out| self.write_report(*format, &summary, out))?;
            summary.outputs.push(written(kind, path, sha256));
        }
        if let Some(path) = &self.options.rejects {
            let sha256 = set.stage(OutputKind::Rejects, path, |out| {
                let excel = self.options.excel;
                self.parts.rejects(&mut |table| outputs::write_for(excel, table, OutputFormat::Csv, out))
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
            let table = ledger_table(self.parts.ledger().all_rows(self.judged));
            let sha256 = set.stage(OutputKind::Ledger, path, |out| outputs::write(&table, *format, out))?;
            summary.outputs.push(written(OutputKind::Ledger, path, sha256));
        }
        let tier_changes =
            self.report_before.map(|before| tier_changes::count(before, self.lines, &self.rules.rules));
        let end = RunEnd {
            tolerance: self.options.tolerance,
            begun: self.started,
            summary: self.options.summary.as_deref(),
            metrics: self.options.metrics.as_deref(),
            tier_changes,
        };
        let outcome = run_outcome::end(&mut set, &mut summary, (self.reading, &self.options.run), end)?;
        if self.options.reports.is_empty() {
            let shown = |source| Error::Output { path: PathBuf::from("standard output"), source };
            to_standard_output(&|out| self.show(&summary, out)).map_err(shown)?;
        }
        run_outcome::commit(set, self.options.reports.first().map(|report| report.path.as_path()))?;
        Ok((summary, outcome))
    }

    /// Writes the report in a format.
    fn write_report(
        &self,
        format: OutputFormat,
        summary: &Summary,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let presentation = || Presentation {
            rules: &self.rules.rules,
            context: self.context,
            lines: self.lines,
            selected: self.positions,
            table: self.table,
            summary,
            previous: self.previous,
            source: self.parts,
        };
        match format {
            OutputFormat::Xlsx => outputs::write_workbook(&presentation(), out),
            OutputFormat::Html => outputs::write_page(&presentation(), out),
            OutputFormat::Csv
            | OutputFormat::Tsv
            | OutputFormat::Json
            | OutputFormat::Table
            | OutputFormat::Parquet => outputs::write_for(self.options.excel, self.table, format, out),
        }
    }

    /// Writes the report to standard output.
    fn show(&self, summary: &Summary, out: &mut dyn io::Write) -> io::Result<()> {
        let palette = Palette::new(self.options.paint, &self.rules.rules);
        if self.is_overview {
            return outputs::overview(&self.rules.rules, self.context, self.lines, &palette, out);
        }
        let default = if io::stdout().is_terminal() { OutputFormat::Table } else { OutputFormat::Csv };
        match self.options.format.unwrap_or(default) {
            OutputFormat::Table => outputs::write_in_colors(self.table, &palette, out),
            format => self.write_report(format, summary, out),
        }
    }
}

/// What a report in a format is.
fn kind_of(format: OutputFormat) -> OutputKind {
    match format {
        OutputFormat::Xlsx => OutputKind::Workbook,
        OutputFormat::Html => OutputKind::Page,
        OutputFormat::Csv
        | OutputFormat::Tsv
        | OutputFormat::Json
        | OutputFormat::Table
        | OutputFormat::Parquet => OutputKind::Report,
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
