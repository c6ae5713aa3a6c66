//! The outputs of a history beside its lines. Comes in: a reading, and the days of all windows together. Goes out: the lines, the refused rows
//! of these days, and the run summary, whose totals are of these days and whose tiers are of the last day.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use super::days::first_month;
use super::judged_day::{DayWriter, context, empty_table};
use super::{HistoryDay, HistoryOptions, write_day_by_day, write_plain};
use crate::base::ids::PartnerId;
use crate::diagnostics::error::Error;
use crate::diagnostics::spill::RejectSpill;
use crate::job::confidence::RunUnknowns;
use crate::job::reject_lines::RejectLines;
use crate::job::report::written;
use crate::job::run_outcome::{self, Outcome, RunEnd};
use crate::job::{self, Reading, RunRules, account, snapshot_list};
use crate::judge::facts::consumption::Judged;
use crate::judge::measures::individuals::CountedIndividuals;
use crate::outputs::{
    self, OutputFormat, OutputKind, OutputSet, PartnerLines, Summary, TableSeries, rejects_table,
};

/// Everything that the outputs are made of.
pub(super) struct HistoryOutputs<'o> {
    pub(super) options: &'o HistoryOptions,
    pub(super) days: &'o [HistoryDay],
    /// The rules of the last day, and the days of all windows.
    pub(super) span: &'o RunRules,
    /// The credit of all windows.
    pub(super) judged: Judged,
    /// Whether the fast path may be taken.
    pub(super) is_plain: bool,
    pub(super) spill: Option<RejectSpill>,
    pub(super) started: Instant,
}

impl HistoryOutputs<'_> {
    /// Writes all outputs; the summary last, since it names the others' SHA-256.
    pub(super) fn write(mut self, mut reading: Reading<'_>) -> Result<Outcome, Error> {
        let options = self.options;
        let mut set = OutputSet::new();
        let mut outputs = Vec::new();
        let mut writer = DayWriter::new(options.lines, options.output.as_deref());
        let mut failed: Option<Error> = None;
        let mut lines = |out: &mut dyn Write| {
            let mut series = TableSeries::new(options.format.unwrap_or_default());
            let written = match self.is_plain {
                true => {
                    let judged = (self.span, &self.judged);
                    write_plain(self.days, &mut reading, judged, &mut writer, (&mut series, &mut *out))
                }
                false => write_day_by_day(self.days, &mut reading, &mut writer, (&mut series, &mut *out)),
            };
            written.map_err(|error| {
                failed = Some(error);
                io::Error::other("the history ended early")
            })?;
            series.finish(&empty_table(self.span, &context(self.span, &options.run)), out)
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
        let (rules, judged) = (self.span, &self.judged);
        let in_doubt: Vec<&PartnerId> = writer.in_doubt.iter().collect();
        if self.is_plain {
            reading.turn_to_rules(&rules.rules);
        } else {
            reading.turn_to(rules, &options.run)?;
        }
        if let (true, Some(first)) = (options.days.takes_cut_windows, first_month(&reading)) {
            // Windows that begin before the data were asked for.
            reading.coverage.months.retain(|month| first <= month.month);
        }
        snapshot_list::warn_of_months(&reading.coverage, None, &mut reading.warnings);
        job::providers::warn_of_unknown(&reading.consumption, judged, &mut reading.warnings);
        let (_, passes) = CountedIndividuals::count(
            &reading.passes,
            &rules.rules,
            &reading.roster,
            options.run.as_of,
            &mut reading.warnings,
        );
        let refused = job::refused_facts(&reading, rules);
        let unknowns = RunUnknowns::new(&reading, rules, &options.run, &refused);
        let nothing = PartnerLines { facts: &[], verdicts: &[], confidences: &[], losses: &[] };
        let mut summary: Summary = account::summary(&reading, rules, &options.run, judged, passes, nothing);
        summary.assert_balance();
        (summary.tiers, summary.confidence, summary.losses) = writer.last_day;
        summary.outputs = outputs;
        if let (Some(path), Some(spill)) = (&options.rejects, self.spill.take()) {
            let spilled = spill.finish();
            let reject_lines = RejectLines {
                window: rules.window,
                options: &options.run,
                reading: &reading,
                judged,
                unknowns: &unknowns,
                in_doubt,
            };
            let sha256 = set.stage(OutputKind::Rejects, path, |out| {
                outputs::write(&rejects_table(reject_lines.chunks(&spilled)), OutputFormat::Csv, out)?;
                spilled.check()
            })?;
            summary.outputs.push(written(OutputKind::Rejects, path, sha256));
        }
        let end = RunEnd {
            tolerance: options.tolerance,
            begun: self.started,
            summary: options.summary.as_deref(),
            metrics: options.metrics.as_deref(),
            tier_changes: None,
        };
        let outcome = run_outcome::end(&mut set, &mut summary, (&reading, &options.run), end)?;
        run_outcome::commit(set, options.output.as_deref())?;
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
        run_outcome::tell_end(&summary, outcome, &days, &options.run.log);
        Ok(outcome)
    }
}
