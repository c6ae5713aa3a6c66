//! The outputs of a history beside its lines. Comes in: a reading, and the days of all windows together. Goes out: the lines, the refused rows
//! of these days, and the run summary, whose totals are of these days and whose tiers are of the last day.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use super::judged_day::DayWriter;
use super::{HistoryDay, HistoryOptions, write_days};
use crate::base::calendar::Window;
use crate::base::ids::PartnerId;
use crate::diagnostics::error::Error;
use crate::diagnostics::spill::RejectSpill;
use crate::job::confidence::RunUnknowns;
use crate::job::reject_lines::RejectLines;
use crate::job::report::{Outcome, tell_reason, written};
use crate::job::{self, Reading, RunRules, account, snapshot_list};
use crate::judge::measures::individuals::CountedIndividuals;
use crate::outputs::{
    self, OutputFormat, OutputKind, OutputSet, PartnerLines, Summary, Timings, rejects_table,
    summary_for_people,
};

/// Everything that the outputs are made of.
pub(super) struct HistoryOutputs<'o> {
    pub(super) options: &'o HistoryOptions,
    pub(super) days: &'o [HistoryDay],
    /// The rules of the last day.
    pub(super) rules: &'o RunRules,
    /// The days of all windows.
    pub(super) span: Window,
    pub(super) spill: Option<RejectSpill>,
    pub(super) started: Instant,
}

impl HistoryOutputs<'_> {
    /// Writes all outputs; the summary last, since it names the others' SHA-256.
    pub(super) fn write(mut self, mut reading: Reading<'_>) -> Result<Outcome, Error> {
        let options = self.options;
        let mut set = OutputSet::new();
        let mut outputs = Vec::new();
        let mut writer = DayWriter::new(options.lines);
        let mut failed: Option<Error> = None;
        let mut lines = |out: &mut dyn Write| {
            write_days(self.days, self.rules, options, &mut reading, (&mut writer, out)).map_err(|error| {
                failed = Some(error);
                io::Error::other("the history ended early")
            })
        };
        let staged = match &options.output {
            Some(path) => set.stage(OutputKind::Report, path, lines).map(|sha256| {
                outputs.push(written(OutputKind::Report, path, sha256));
            }),
            None => {
                let mut out = io::BufWriter::new(io::stdout().lock());
                let shown = |source| Error::Output { path: PathBuf::from("standard output"), source };
                lines(&mut out).and_then(|()| out.flush()).map_err(shown)
            }
        };
        if let Some(error) = failed {
            return Err(error);
        }
        staged?;
        let rules = RunRules { window: self.span, ..self.rules.clone() };
        let in_doubt: Vec<&PartnerId> = writer.in_doubt.iter().collect();
        reading.turn_to(&rules, &options.run)?;
        snapshot_list::warn_of_months(&reading.coverage, &mut reading.warnings);
        let judged = job::judge_credits(&reading, &rules, &options.run)?;
        job::providers::warn_of_unknown(&reading.consumption, &judged, &mut reading.warnings);
        let (_, passes) = CountedIndividuals::count(
            &reading.passes,
            &rules.rules,
            &reading.roster,
            options.run.as_of,
            &mut reading.warnings,
        );
        let refused = job::refused_facts(&reading, &rules);
        let unknowns = RunUnknowns::new(&reading, &rules, &options.run, &refused);
        let nothing = PartnerLines { facts: &[], verdicts: &[], confidences: &[], losses: &[] };
        let mut summary: Summary = account::summary(&reading, &rules, &options.run, &judged, passes, nothing);
        summary.assert_balance();
        (summary.tiers, summary.confidence, summary.losses) = writer.last_day;
        summary.outputs = outputs;
        if let (Some(path), Some(spill)) = (&options.rejects, self.spill.take()) {
            let spilled = spill.finish();
            let reject_lines = RejectLines {
                window: self.span,
                options: &options.run,
                reading: &reading,
                judged: &judged,
                unknowns: &unknowns,
                in_doubt,
            };
            let sha256 = set.stage(OutputKind::Rejects, path, |out| {
                outputs::write(&rejects_table(reject_lines.chunks(&spilled)), OutputFormat::Csv, out)?;
                spilled.check()
            })?;
            summary.outputs.push(written(OutputKind::Rejects, path, sha256));
        }
        summary.timings = Timings::of(reading.bytes, self.started.elapsed(), reading.threads);
        if let Some(path) = &options.summary {
            let json = summary.to_json();
            set.stage(OutputKind::Summary, path, |out| out.write_all(json.as_bytes()))?;
        }
        set.commit()?;
        if let Some(names) = options.output.as_deref().and_then(outputs::names_beside) {
            outputs::remove_failure(&names.failure);
        }
        let refused = summary.rejects.iter().map(|refused| refused.rows).sum();
        let read = summary.inputs.iter().map(|input| input.rows).sum();
        let outcome = Outcome::of(options.tolerance, (refused, read), &summary.completeness);
        if options.run.is_quiet {
            let by_code: Vec<(&str, u64)> =
                summary.rejects.iter().map(|refused| (refused.code.as_str(), refused.rows)).collect();
            tell_reason(outcome, (refused, read), &by_code, (&summary.completeness, &summary.warnings));
        } else {
            let days = match (self.days.first(), self.days.last()) {
                (Some(first), Some(last)) => format!(
                    "history    {} lines as of {} days, {} to {}\n",
                    writer.written,
                    self.days.len(),
                    first.options.as_of,
                    last.options.as_of
                ),
                (None, _) | (_, None) => {
                    "history    no day has a window within the months of the data; --all takes windows that begin before\n"
                        .to_owned()
                }
            };
            let text = days + &summary_for_people(&summary);
            // Nothing is left to be done if people cannot be told.
            io::stderr().write_all(text.as_bytes()).unwrap_or_default();
        }
        Ok(outcome)
    }
}
