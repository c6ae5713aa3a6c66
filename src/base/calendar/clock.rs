//! The time of day in the text of a date. Comes in: the text, in any form of a date. Goes out: the time of day in UTC, and as written. It reads no
//! date.

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Clock {
    /// **Unit**: seconds since midnight in UTC. A text without offset is in UTC.
    pub(crate) utc: u32,
    /// As written. **Unit**: seconds since midnight in the zone of the text.
    pub(crate) local: u32,
}

/// Seconds of a day.
const DAY: i32 = 24 * 60 * 60;

impl Clock {
    /// Midnight, which dates without a time stand for.
    pub(crate) const MIDNIGHT: Clock = Clock { utc: 0, local: 0 };

    /// The time of day in a text; fractions of a second are cut. A text in which no time of day can be read has midnight.
    pub(crate) fn of(text: &[u8]) -> Clock {
        Clock::read(text).unwrap_or(Clock::MIDNIGHT)
    }

    fn read(text: &[u8]) -> Option<Clock> {
        let colon = text.iter().position(|byte| *byte == b':')?;
        let digits = text[..colon].iter().rev().take(2).take_while(|byte| byte.is_ascii_digit()).count();
        let mut hour = two_digits(&text[colon - digits..colon])?;
        let (minute, mut rest) = text[colon + 1..].split_at_checked(2)?;
        let (minute, mut second) = (two_digits(minute)?, 0);
        if let Some((digits, behind)) = rest.strip_prefix(b":").and_then(|rest| rest.split_at_checked(2)) {
            (second, rest) = (two_digits(digits)?, behind);
        }
        if let [b'.' | b',', fraction @ ..] = rest {
            let end = fraction.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(fraction.len());
            rest = &fraction[end..];
        }
        let rest = rest.trim_ascii();
        let half = rest.get(..2).map(<[u8]>::to_ascii_lowercase);
        let zone = match half.as_deref() {
            Some(b"am" | b"pm") => {
                hour = hour % 12 + if half.as_deref() == Some(b"pm") { 12 } else { 0 };
                rest[2..].trim_ascii()
            }
            _ => rest,
        };
        let local = (hour * 60 + minute) * 60 + second;
        let utc = (local - offset(zone).unwrap_or(0)).rem_euclid(DAY);
        Some(Clock { utc: utc.unsigned_abs(), local: local.unsigned_abs() })
    }
}

/// The offset of a zone `+HH:MM`, `+HHMM`, `+HH`. **Unit**: seconds. `None` if the text is none, such as `Z` or `UTC`.
fn offset(zone: &[u8]) -> Option<i32> {
    let (sign, rest) = zone.split_first()?;
    let (hours, rest) = rest.split_at_checked(2)?;
    let minutes = rest.strip_prefix(b":").unwrap_or(rest);
    let minutes = if minutes.is_empty() { 0 } else { two_digits(minutes.get(..2)?)? };
    let size = (two_digits(hours)? * 60 + minutes) * 60;
    match sign {
        b'+' => Some(size),
        b'-' => Some(-size),
        _ => None,
    }
}

/// The number of one or two digits.
fn two_digits(digits: &[u8]) -> Option<i32> {
    let is_number = matches!(digits.len(), 1 | 2) && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0, |number, digit| number * 10 + i32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_every_form_with_its_offset() {
        let clock = |utc: u32, local: u32| Clock { utc: utc * 60, local: local * 60 };
        for (text, expected) in [
            ("2017-06-30T22:00:00Z", clock(1320, 1320)),
            ("2017-06-30 22:00", clock(1320, 1320)),
            ("20170630 22:00:00.000 UTC", clock(1320, 1320)),
            ("6/30/2017 10:00:00 PM", clock(1320, 1320)),
            ("2016-07-13 00:00:00+02:00", clock(1320, 0)),
            ("2016-07-13T00:00+0530", clock(1110, 0)),
            ("13-Jul-2016 00:00:00 -05", clock(300, 0)),
            ("7/1/2016 12:00:00 AM", Clock::MIDNIGHT),
            ("2016-07-13", Clock::MIDNIGHT),
            ("a: b", Clock::MIDNIGHT),
            (":", Clock::MIDNIGHT),
            ("", Clock::MIDNIGHT),
        ] {
            assert_eq!(Clock::of(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(Clock::of(b"2016-06-30T23:59:16").utc, 86_356);
    }
}
