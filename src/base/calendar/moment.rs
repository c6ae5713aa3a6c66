//! Moments in UTC, for logs and for the start and end of a run. Comes in: the clock that `main` hands over, the only one. Goes out: RFC 3339
//! text, or seconds. It reads no clock itself, and no figure depends on a moment.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use super::Day;

/// A moment, UTC. **Rounding**: down to the millisecond where it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Moment(DateTime<Utc>);

impl Moment {
    /// Seconds since 1970 with three decimals, such as `1499385600.000`.
    pub fn unix_seconds(self) -> String {
        let millis = self.0.timestamp_millis();
        format!("{}.{:03}", millis.div_euclid(1000), millis.rem_euclid(1000))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The clock of the program.
#[derive(Debug, Clone, Copy)]
pub struct UtcClock(fn() -> DateTime<Utc>);

impl UtcClock {
    /// A clock that reads `now`.
    pub fn new(now: fn() -> DateTime<Utc>) -> UtcClock {
        UtcClock(now)
    }

    /// A clock that stands still in 1970, for tests and benches.
    pub fn stopped() -> UtcClock {
        UtcClock(DateTime::<Utc>::default)
    }

    /// This moment.
    pub fn now(self) -> Moment {
        Moment((self.0)())
    }

    /// This day.
    pub fn today(self) -> Day {
        (self.0)().date_naive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_in_utc_to_the_millisecond() {
        let moment = |millis| Moment(DateTime::from_timestamp_millis(millis).unwrap());
        assert_eq!(moment(1_499_385_600_007).to_string(), "2017-07-07T00:00:00.007Z");
        assert_eq!(moment(1_499_385_600_007).unix_seconds(), "1499385600.007");
        assert_eq!(UtcClock::stopped().now(), Moment::default());
    }
}
