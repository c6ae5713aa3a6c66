//! How a run ended that writes no run summary. Comes in: what was read and judged. Goes out: the outcome; the reason of one that is no success
//! goes to standard error. It decides no code.

use super::account;
use super::report::{Outcome, Tolerance, tell_reason};
use super::{Reading, RunOptions, RunRules};
use crate::judge::facts::consumption::Judged;

/// The outcome of a run; if it is no success, people are told why.
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
    tell_reason(outcome, (refused, read), &by_code, (&completeness, &account::warnings(reading)));
    outcome
}
