//! How a run that gives a result ends: its outcome, its last outputs, and what people are told. Comes in: what was read and judged, or the
//! run summary. Goes out: the outcome; the run summary and the metrics, staged; lines of the log. It decides no code.

use std::path::Path;
use std::time::Instant;

use super::account;
use super::{Reading, RunOptions, RunRules};
use crate::diagnostics::error::Error;
use crate::diagnostics::log::{Log, LogEvent, LogFormat, LogLevel};
use crate::diagnostics::warning::WarningCode;
use crate::judge::facts::consumption::Judged;
use crate::outputs::{
    self, Completeness, FileLeftOut, OutputKind, OutputSet, Summary, TierChanges, Timings, WarningsOfCode,
    incomplete_for_people, metrics, refusals_for_people, summary_for_people,
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

    /// The exit code of the program (SPEC 4).
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Outcome::Complete => 0,
            Outcome::TooManyRefused => 3,
            Outcome::Incomplete => 4,
        }
    }
}

/// Texts of warnings of one code that a JSON log tells each.
const WARNINGS_TOLD: usize = 5;

/// What the end of a run depends on besides what was read.
#[derive(Clone, Copy)]
pub(super) struct RunEnd<'o> {
    pub(super) tolerance: Tolerance,
    pub(super) begun: Instant,
    /// **Absent**: no summary file.
    pub(super) summary: Option<&'o Path>,
    /// **Absent**: no metrics file.
    pub(super) metrics: Option<&'o Path>,
    /// Of an earlier run to this one. **Absent**: none was given, or its report cannot be read.
    pub(super) tier_changes: Option<TierChanges>,
}

/// Ends the summary, by the outcome and the times of the run, and stages it with the metrics.
pub(super) fn end(
    set: &mut OutputSet,
    summary: &mut Summary,
    (reading, options): (&Reading<'_>, &RunOptions),
    end: RunEnd<'_>,
) -> Result<Outcome, Error> {
    let refused = summary.rejects.iter().map(|refused| refused.rows).sum();
    let read = summary.inputs.iter().map(|input| input.rows).sum();
    let outcome = Outcome::of(end.tolerance, (refused, read), &summary.completeness);
    summary.exit_code = outcome.exit_code();
    summary.started = options.log.started();
    summary.ended = options.log.now();
    summary.timings = Timings::of(reading.bytes, end.begun.elapsed(), reading.threads);
    if let Some(path) = end.summary {
        let json = summary.to_json();
        set.stage(OutputKind::Summary, path, |out| out.write_all(json.as_bytes()))?;
    }
    if let Some(path) = end.metrics {
        let text = metrics::of_run(summary, end.tier_changes.as_ref(), path);
        set.stage(OutputKind::Metrics, path, |out| out.write_all(text.as_bytes()))?;
    }
    let last = end.summary.into_iter().chain(end.metrics);
    summary.last_outputs = last.map(|path| path.to_string_lossy().into_owned()).collect();
    Ok(outcome)
}

/// Has all outputs appear, and removes the record of an earlier run that failed. `first`: the output that names those beside it.
pub(super) fn commit(set: OutputSet, first: Option<&Path>) -> Result<(), Error> {
    set.commit()?;
    if let Some(names) = first.and_then(outputs::names_beside) {
        outputs::remove_failure(&names.failure);
    }
    Ok(())
}

/// Tells people how a run ended that has a summary. `heading`: lines that come before the summary.
pub(super) fn tell_end(summary: &Summary, outcome: Outcome, heading: &str, log: &Log) {
    if !log.is_quiet() {
        if log.format == LogFormat::Json {
            tell_left_out(summary, log);
            tell_warnings(&summary.warnings, &summary.completeness, log);
            tell_rejects(summary, log);
        }
        let text = heading.to_owned() + &summary_for_people(summary);
        log.lines(LogLevel::Info, "summary", &text);
    }
    if log.is_quiet() || log.format == LogFormat::Json {
        let refused = summary.rejects.iter().map(|refused| refused.rows).sum();
        let read = summary.inputs.iter().map(|input| input.rows).sum();
        let by_code: Vec<(&str, u64)> =
            summary.rejects.iter().map(|refused| (refused.code.as_str(), refused.rows)).collect();
        tell_reason(outcome, (refused, read), &by_code, (&summary.completeness, &summary.warnings), log);
    }
}

/// The outcome of a run without a summary; if it is no success, people are told why.
pub(super) fn tell_outcome(
    reading: &Reading<'_>,
    judged: &Judged,
    rules: &RunRules,
    options: &RunOptions,
    tolerance: Tolerance,
) -> Outcome {
    let rejects = account::rejects(reading, judged, rules.window);
    let completeness = account::completeness(reading, &options.denied);
    let refused: u64 = rejects.values().map(|(rows, _)| rows).sum();
    let of_consumption = reading.folded.tallies.iter().map(|tally| tally.rows);
    let read: u64 = of_consumption.chain(reading.small.iter().map(|(_, tally)| tally.rows)).sum();
    let outcome = Outcome::of(tolerance, (refused, read), &completeness);
    let by_code: Vec<(&str, u64)> = rejects.iter().map(|(code, (rows, _))| (code.as_str(), *rows)).collect();
    let warnings = account::warnings(reading);
    tell_reason(outcome, (refused, read), &by_code, (&completeness, &warnings), &options.log);
    outcome
}

/// Tells on standard error why a run is no success.
pub(crate) fn tell_reason(
    outcome: Outcome,
    (refused, read): (u64, u64),
    by_code: &[(&str, u64)],
    (completeness, warnings): (&Completeness, &[WarningsOfCode]),
    log: &Log,
) {
    if outcome == Outcome::TooManyRefused {
        log.lines(LogLevel::Error, "too-many-refused", &refusals_for_people(refused, read, by_code));
    }
    if let Some(reason) = incomplete_for_people(completeness, warnings) {
        log.lines(LogLevel::Error, "incomplete", &reason);
    }
}

/// Tells the first files that were left out, and how many more there are.
fn tell_left_out(summary: &Summary, log: &Log) {
    let code = WarningCode::FileLeftOut.as_str();
    let level = match summary.completeness.incomplete_by.iter().any(|denied| denied == code) {
        true => LogLevel::Error,
        false => LogLevel::Warning,
    };
    for FileLeftOut { file, code: fault, message, .. } in summary.left_out.iter().take(WARNINGS_TOLD) {
        let message = format!("{fault}: {message}");
        log.event(LogEvent { level, code, file: Some(file), message: &message }, &message);
    }
    if let Some(more) = summary.left_out.len().checked_sub(WARNINGS_TOLD).filter(|more| *more > 0) {
        let message = format!("{more} more; the run summary lists all");
        log.event(LogEvent { level, code, file: None, message: &message }, &message);
    }
}

/// Tells the first warnings of each code, and how many more there are of it.
fn tell_warnings(warnings: &[WarningsOfCode], completeness: &Completeness, log: &Log) {
    let is_told = |warnings: &&WarningsOfCode| warnings.code != WarningCode::FileLeftOut.as_str();
    for WarningsOfCode { code, count, listed } in warnings.iter().filter(is_told) {
        let level = match completeness.incomplete_by.contains(code) {
            true => LogLevel::Error,
            false => LogLevel::Warning,
        };
        let told = listed.len().min(WARNINGS_TOLD);
        for message in &listed[..told] {
            log.event(LogEvent { level, code, file: None, message }, message);
        }
        let more = count.saturating_sub(u64::try_from(told).unwrap_or(u64::MAX));
        if more > 0 {
            let message = format!("{more} more; the run summary counts them");
            log.event(LogEvent { level, code, file: None, message: &message }, &message);
        }
    }
}

/// Tells the refused rows of each code.
fn tell_rejects(summary: &Summary, log: &Log) {
    for refused in &summary.rejects {
        let file = refused.first.as_ref().map(|first| first.file.as_str());
        let first = refused.first.as_ref().map_or(String::new(), |first| match &first.sheet {
            Some(sheet) => format!(", the first in row {} of sheet {sheet}", first.row),
            None => format!(", the first in line {}", first.row),
        });
        let message = format!("{} rows refused{first}: {}", refused.rows, refused.code.meaning());
        let event =
            LogEvent { level: LogLevel::Warning, code: refused.code.as_str(), file, message: &message };
        log.event(event, &message);
    }
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
