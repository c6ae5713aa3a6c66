//! `attain report`: read, judge, write. Comes in: options. Goes out: a report, its rejects and its summary, or none of them.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;

use crate::base::calendar::Window;
use crate::diagnostics::error::{Error, InputError};
use crate::diagnostics::reject::{Reject, RejectCode, RejectOwner};
use crate::diagnostics::spill::RejectSpill;
use crate::job::account;
use crate::job::{self, Reading, RejectFate, RunOptions};
use crate::judge::facts::{self, FactSources, consumption};
use crate::judge::measures::individuals::CountedIndividuals;
use crate::judge::measures::{self, MeasureSources};
use crate::judge::verdict::{PartnerVerdict, judge};
use crate::outputs::{
    self, CreditsForm, OutputFormat, OutputKind, OutputSet, OutputTable, OutputWritten, ReportContext,
    Summary, Timings, rejects_header, rejects_line, report_table, summary_for_people,
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
    /// Where the credits table goes, and its form. **Absent**: nowhere.
    pub(crate) credits: Option<(PathBuf, CreditsForm)>,
    /// **Absent**: CSV; on a terminal, an aligned table.
    pub(crate) format: Option<OutputFormat>,
}

/// Whether the refused rows of a run were tolerated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// They were.
    Tolerated,
    /// There were more.
    TooManyRefused,
}

/// Runs `attain report`.
pub(crate) fn report(options: &ReportOptions) -> Result<Outcome, Error> {
    job::on_threads(&options.run, || report_on_threads(options))
}

fn report_on_threads(options: &ReportOptions) -> Result<Outcome, Error> {
    let started = Instant::now();
    let rules = job::rules_of(&options.run)?;
    let dialects = job::load_dialects(&options.run.dialects)?;
    let input_errors = output_errors(options);
    let folder = options.rejects.as_deref().filter(|_| input_errors.is_empty()).map(folder_of);
    let spill = options.rejects.as_ref().map(|_| RejectSpill::new(folder));
    let mut reading = job::read(&options.run, &rules, &dialects, input_errors, spill.as_ref())?;
    let judged = job::judge_credits(&reading, &rules, &options.run)?;
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
    let summary = account::summary(&reading, &rules, (as_of, options.run.window), &judged, passes, &verdicts);
    summary.assert_balance();
    let context = ReportContext { rule_set: rule_set.id(), as_of, window: *window };
    let table = report_table(rule_set, &context, &facts, &verdicts);
    let summary = Outputs {
        window: *window,
        options,
        reading: &reading,
        table: &table,
        spill,
        judged: &judged,
        started,
    }
    .write(summary)?;
    if !options.run.is_quiet {
        // Nothing is left to be done if people cannot be told.
        io::stderr().write_all(summary_for_people(&summary).as_bytes()).unwrap_or_default();
    }
    let refused = summary.rejects.iter().map(|refused| refused.rows).sum();
    let read = summary.inputs.iter().map(|input| input.rows).sum();
    // The program ends here: nobody needs this memory back piece by piece.
    drop(table);
    std::mem::forget((facts, verdicts));
    let Reading { folded, roster, associations, passes, .. } = reading;
    std::mem::forget((folded, roster, associations, passes, judged));
    Ok(if options.tolerance.holds(refused, read) { Outcome::Tolerated } else { Outcome::TooManyRefused })
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Folders of outputs that do not exist or cannot be written: told before hours of reading, not after.
fn output_errors(options: &ReportOptions) -> Vec<InputError> {
    let credits = options.credits.as_ref().map(|(path, _)| path);
    let outputs = [&options.output, &options.rejects, &options.summary].map(Option::as_ref);
    outputs
        .into_iter()
        .chain([credits])
        .flatten()
        .filter_map(|path| outputs::check_folder(path).err())
        .collect()
}

struct Outputs<'o, 't> {
    window: Window,
    options: &'o ReportOptions,
    reading: &'o Reading<'o>,
    table: &'o OutputTable<'t>,
    spill: Option<RejectSpill>,
    judged: &'o consumption::Judged,
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
        if let (Some(path), Some(mut spill)) = (&self.options.rejects, self.spill.take()) {
            let judged = self.judged_rejects();
            let (inputs, judge) = (&self.reading.inputs, self.reading.reject_judge(self.window));
            let sha256 = set.stage(OutputKind::Rejects, path, |out| {
                out.write_all(&rejects_header())?;
                let mut line = Vec::new();
                spill.each(|input, reject| {
                    if judge.of(&reject) != RejectFate::Refused {
                        return Ok(());
                    }
                    line.clear();
                    rejects_line(&mut line, Some(&inputs[input].name), &reject);
                    out.write_all(&line)
                })?;
                line.clear();
                judged.iter().for_each(|reject| rejects_line(&mut line, None, reject));
                out.write_all(&line)
            })?;
            summary.outputs.push(written(OutputKind::Rejects, path, sha256));
        }
        summary.timings = Timings::of(self.reading.bytes, self.started.elapsed(), self.reading.threads);
        if let Some(path) = &self.options.summary {
            let json = summary.to_json();
            set.stage(OutputKind::Summary, path, |out| out.write_all(json.as_bytes()))?;
        }
        if self.options.output.is_none() {
            let shown = |source| Error::Output { path: PathBuf::from("standard output"), source };
            to_standard_output(table, format).map_err(shown)?;
        }
        set.commit()?;
        Ok(summary)
    }

    /// Rejects that judging has found: one for each currency and month without a rate, and for each tenant and month without a partner,
    /// whatever the number of rows.
    fn judged_rejects(&self) -> Vec<Reject> {
        let without_rate = self.judged.without_rate.iter().map(|((currency, month), lacking)| {
            let message = format!(
                "no rate turns {currency} into USD in {month}: {} with {} {currency} refused; add the month to a rates file",
                counted_rows(lacking.rows),
                lacking.amount
            );
            judged_reject(RejectCode::NoRate, message, format!("{currency} {month}"))
        });
        let without_partner = self.judged.without_partner.iter().map(|((tenant, month), lacking)| {
            let rows = lacking.values().map(|sum| sum.rows).sum();
            let amounts: Vec<String> =
                lacking.iter().map(|(currency, sum)| format!("{} {currency}", sum.amount)).collect();
            let message = format!(
                "no partner of the roster has the tenant {tenant:?}: {} of {month} with {} refused; add the tenant to a partners file, or say --partner-id",
                counted_rows(rows),
                amounts.join(" and ")
            );
            judged_reject(RejectCode::NoPartner, message, format!("{tenant} {month}"))
        });
        without_rate.chain(without_partner).collect()
    }
}

fn counted_rows(rows: u64) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

fn judged_reject(code: RejectCode, message: String, value: String) -> Reject {
    Reject {
        place: None,
        column: None,
        code,
        message,
        value,
        partner_id: None,
        amount: None,
        day: None,
        owner: RejectOwner::Anyone,
    }
}

fn written(kind: OutputKind, path: &Path, sha256: String) -> OutputWritten {
    OutputWritten { kind, file: path.to_string_lossy().into_owned(), sha256 }
}

/// CSV, or the format that was asked for; on a terminal an aligned table that fits it.
fn to_standard_output(table: &OutputTable<'_>, format: Option<OutputFormat>) -> io::Result<()> {
    let stdout = io::stdout();
    let default = if stdout.is_terminal() { OutputFormat::Table } else { OutputFormat::Csv };
    let mut out = io::BufWriter::new(stdout.lock());
    outputs::write(table, format.unwrap_or(default), &mut out)?;
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
