//! `attain history`: the verdicts of every partner as of many days, from one reading (SPEC 3.9). Comes in: options. Goes out: the lines of the
//! reports of those days, one day after the other; the refused rows and the summary of all their windows together.

mod days;
mod judged_day;
mod plain;
mod summary;

use std::path::PathBuf;
use std::time::Instant;

use crate::base::calendar::{Day, Window, WindowKind};
use crate::diagnostics::error::Error;
use crate::diagnostics::spill::RejectSpill;
use crate::job::report::folder_of;
use crate::job::run_outcome::{Outcome, Tolerance};
use crate::job::{self, Reading, RunOptions, RunRules};
use crate::judge::facts::consumption::Judged;
use crate::outputs::{self, OutputFormat, TableSeries};

pub(crate) use days::{DaySelection, Every};
use judged_day::{DayWriter, JudgedDay};
use plain::PlainDays;
use summary::HistoryOutputs;

/// What to write, and where.
#[derive(Debug, Clone)]
pub(crate) struct HistoryOptions {
    /// As of the last day.
    pub(crate) run: RunOptions,
    pub(crate) days: DaySelection,
    pub(crate) lines: HistoryLines,
    pub(crate) tolerance: Tolerance,
    /// **Absent**: standard output.
    pub(crate) output: Option<PathBuf>,
    /// **Absent**: no rejects file.
    pub(crate) rejects: Option<PathBuf>,
    /// **Absent**: no summary file.
    pub(crate) summary: Option<PathBuf>,
    /// **Absent**: no metrics file.
    pub(crate) metrics: Option<PathBuf>,
    /// **Absent**: CSV.
    pub(crate) format: Option<OutputFormat>,
}

/// Which lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HistoryLines {
    /// Every line of every report.
    All,
    /// Lines whose tier differs from the tier in the line of the partner before.
    Changes,
}

impl HistoryOptions {
    /// Every file that is written.
    pub(crate) fn outputs(&self) -> Vec<PathBuf> {
        [&self.output, &self.rejects, &self.summary, &self.metrics].into_iter().flatten().cloned().collect()
    }
}

/// One day of the history.
pub(crate) struct HistoryDay {
    pub(crate) rules: RunRules,
    /// As of the day.
    pub(crate) options: RunOptions,
}

/// Runs `attain history`.
pub(crate) fn history(options: &HistoryOptions) -> Result<Outcome, Error> {
    job::on_threads(&options.run, || on_threads(options))
}

fn on_threads(options: &HistoryOptions) -> Result<Outcome, Error> {
    let started = Instant::now();
    let options = &HistoryOptions { run: options.days.last_day(&options.run), ..options.clone() };
    let rules = job::rules_of(&options.run)?;
    let dialects = job::run_dialects(&options.run)?;
    let input_errors =
        options.outputs().iter().filter_map(|path| outputs::check_folder(path).err()).collect::<Vec<_>>();
    let folder = options.rejects.as_deref().filter(|_| input_errors.is_empty()).map(folder_of);
    let spill = options.rejects.as_ref().map(|_| RejectSpill::new(folder));
    let mut reading = job::read(&options.run, &rules, &dialects, input_errors, spill.as_ref())?;
    let days = options.days.days(&options.run, &reading)?;
    let span = RunRules { window: span(&days, &rules), ..rules };
    // No line is written before every day is known to be judged.
    reading.turn_to(&span, &options.run)?;
    let judged = judge_span(&reading, &span, &options.run)?;
    let is_plain = plain::is_plain(&reading, &judged, &days);
    if !is_plain {
        for day in &days {
            reading.turn_to(&day.rules, &day.options).map_err(|error| of_day(error, day.options.as_of))?;
        }
    }
    HistoryOutputs { options, days: &days, span: &span, judged, is_plain, spill, started }.write(reading)
}

/// Judges all windows together. Consumption is kept by month where windows have complete months.
fn judge_span(reading: &Reading<'_>, span: &RunRules, options: &RunOptions) -> Result<Judged, Error> {
    let tells_losses = options.window == WindowKind::CompleteMonths;
    job::judge_credits(reading, span, &RunOptions { tells_losses, ..options.clone() })
}

/// Writes the lines of every day, each judged alone.
fn write_day_by_day(
    days: &[HistoryDay],
    reading: &mut Reading<'_>,
    writer: &mut DayWriter,
    (series, out): (&mut TableSeries, &mut dyn std::io::Write),
) -> Result<(), Error> {
    for day in days {
        let as_of = day.options.as_of;
        reading.turn_to(&day.rules, &day.options).map_err(|error| of_day(error, as_of))?;
        let judged = JudgedDay { reading, day, is_last: is_last(day, days) };
        judged.write(writer, (series, out)).map_err(|error| of_day(error, as_of))?;
    }
    Ok(())
}

/// Writes the lines of every day, from one judging of all windows for each rule set.
fn write_plain(
    days: &[HistoryDay],
    reading: &mut Reading<'_>,
    (span, judged): (&RunRules, &Judged),
    writer: &mut DayWriter,
    (series, out): (&mut TableSeries, &mut dyn std::io::Write),
) -> Result<(), Error> {
    for of_rules in days.chunk_by(|a, b| a.rules.rules == b.rules.rules) {
        let HistoryDay { rules, options } = &of_rules[0];
        reading.turn_to_rules(&rules.rules);
        let of_other_rules = match rules.rules == span.rules {
            true => None,
            false => {
                let rules = RunRules { window: span.window, ..rules.clone() };
                Some(judge_span(reading, &rules, options)?)
            }
        };
        let judged = of_other_rules.as_ref().unwrap_or(judged);
        let mut plain = PlainDays::new(reading, &rules.rules, judged, span.window);
        plain.note_doubt_of_last(of_rules, writer);
        for day in of_rules {
            plain.write(day, is_last(day, days), writer, (&mut *series, &mut *out))?;
        }
    }
    Ok(())
}

/// Whether a day is the last one.
fn is_last(day: &HistoryDay, days: &[HistoryDay]) -> bool {
    days.last().is_some_and(|last| last.options.as_of == day.options.as_of)
}

/// The days of all windows.
fn span(days: &[HistoryDay], rules: &RunRules) -> Window {
    let first = days.iter().map(|day| day.rules.window.first).min().unwrap_or(rules.window.first);
    let last = days.iter().map(|day| day.rules.window.last).max().unwrap_or(rules.window.last);
    Window { first, last }
}

/// An error of one day, which says so.
fn of_day(error: Error, as_of: Day) -> Error {
    let Error::Inputs { mut input_errors } = error else { return error };
    for input_error in &mut input_errors {
        input_error.message.push_str(&format!(" (as of {as_of})"));
    }
    Error::Inputs { input_errors }
}
