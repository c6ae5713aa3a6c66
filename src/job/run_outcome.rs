//! How a run ended. Comes in: refused rows, warnings, what is tolerated. Goes out: the outcome; the reason of one that is no success goes to
//! standard error. It decides no exit code.

use std::io::{self, Write};

use super::account;
use super::{Reading, RunOptions, RunRules};
use crate::judge::facts::consumption::Judged;
use crate::outputs::{Completeness, WarningsOfCode, incomplete_for_people, refusals_for_people};

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
