//! Age: when a snapshot was made, as its maker wrote it. Comes in: the time in a manifest, the name of a run's folder, the name
//! of a file. Goes out: an [`Age`], and the order of two ages. It never uses a file's time of modification.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

use crate::base::calendar::Day;

/// Where an age is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AgeKind {
    /// In the manifest.
    Manifest,
    /// In the name of the run's folder.
    RunFolder,
    /// In the file's name.
    FileName,
}

impl AgeKind {
    const ALL: [AgeKind; 3] = [AgeKind::Manifest, AgeKind::RunFolder, AgeKind::FileName];

    /// The kind as a control writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            AgeKind::Manifest => "manifest",
            AgeKind::RunFolder => "run-folder",
            AgeKind::FileName => "file-name",
        }
    }

    /// The kind of a word. `None` if it is no such word.
    pub(crate) fn of_word(word: &str) -> Option<AgeKind> {
        AgeKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// When a snapshot was made, UTC. Ages have no total order: see [`Age::order`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Age {
    pub(crate) kind: AgeKind,
    pub(crate) day: Day,
    /// The time of day. **Absent**: only the day is written.
    pub(crate) time: Option<NaiveTime>,
}

impl Age {
    /// The age for people: `2017-06-30 05:12:00`.
    pub(crate) fn shown(self) -> String {
        match self.time {
            Some(time) => format!("{} {}", self.day, time.format("%H:%M:%S")),
            None => self.day.to_string(),
        }
    }

    /// The age of kind `kind` at a moment.
    pub(crate) fn at(kind: AgeKind, moment: NaiveDateTime) -> Age {
        Age { kind, day: moment.date(), time: Some(moment.time()) }
    }

    /// Compares two ages: by day and time if they are of one kind, else by day only. `None` if they tie, so that the ages decide nothing.
    /// A strict partial order.
    pub(crate) fn order(self, other: Age) -> Option<Ordering> {
        let by_day = self.day.cmp(&other.day);
        let by_time = || match (self.time, other.time) {
            (Some(time), Some(other_time)) if self.kind == other.kind => time.cmp(&other_time),
            _ => Ordering::Equal,
        };
        Some(by_day.then_with(by_time)).filter(|order| order.is_ne())
    }

    /// Whether `other` is younger. False if either is absent, or they tie.
    pub(crate) fn is_before(age: Option<Age>, other: Option<Age>) -> bool {
        matches!((age, other), (Some(age), Some(other)) if age.order(other) == Some(Ordering::Less))
    }
}

/// The moment in a manifest: RFC 3339 with any number of digits of a second, turned to UTC; without an offset, UTC.
pub(super) fn moment_in_manifest(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    let with_offset = DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.naive_utc());
    with_offset.or_else(|| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok())
}

/// The moment that 12 or 14 digits write, `yyyymmddhhmm` or `yyyymmddhhmmss`. `None` if they are no such moment.
pub(super) fn moment_of_digits(text: &str) -> Option<NaiveDateTime> {
    let (day, time) = text.split_at_checked(8)?;
    let seconds = match time.len() {
        4 => "00",
        6 => &time[4..],
        _ => return None,
    };
    Some(NaiveDateTime::new(day_of_digits(day)?, clock(&time[..2], &time[2..4], seconds)?))
}

/// The day that 8 digits write, `yyyymmdd`. `None` if they are no day of 2000 to 2099.
pub(super) fn day_of_digits(text: &str) -> Option<Day> {
    if text.len() != 8 {
        return None;
    }
    day_of(text.get(..4)?, text.get(4..6)?, text.get(6..)?)
}

/// The number that ASCII digits write, and nothing else.
pub(super) fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn day_of(year: &str, month: &str, day: &str) -> Option<Day> {
    let year: i32 = number(year).filter(|year| (2000..2100).contains(year))?;
    NaiveDate::from_ymd_opt(year, number(month)?, number(day)?)
}

fn clock(hour: &str, minute: &str, second: &str) -> Option<NaiveTime> {
    NaiveTime::from_hms_opt(number(hour)?, number(minute)?, number(second)?)
}

/// The date in a file's name.
///
/// A date is `yyyymmdd`, `yyyy-mm-dd`, `yyyy_mm_dd` or `yyyy.mm.dd` of the years 2000 to 2099, with no digit beside it; behind it
/// may stand a time: 4 or 6 more digits (`201706300512`), `T` and a time, or three groups of two digits (`_05-12-00`). A month
/// (`201706`, `2017-06`) is a period and no date; two dates in a row (`20170601-20170630`) are a period as well; digits of a
/// GUID are none. Day and month first (`30-06-2017`) could be either, so it is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DatedName {
    pub(crate) age: Age,
    /// The name with `{date}` where the date stood, in lower case: names that differ in the date alone have one pattern.
    pub(crate) pattern: String,
}

impl DatedName {
    /// The date in `name`. `None` if there is none, or more than one.
    pub(crate) fn of(name: &str) -> Option<DatedName> {
        let masked = without_guids(name);
        let mut dates = dates(&masked);
        remove_ranges(&masked, &mut dates);
        let [date] = dates[..] else { return None };
        let (before, after) = (&masked[..date.at], &masked[date.end..]);
        let pattern = format!("{before}{{date}}{after}").to_lowercase();
        Some(DatedName { age: Age { kind: AgeKind::FileName, day: date.day, time: date.time }, pattern })
    }
}

/// `name` with `{guid}` in the place of each GUID.
pub(super) fn without_guids(name: &str) -> String {
    let mut masked = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let guid = rest.get(..36).filter(|text| crate::base::ids::guid(text.as_bytes()).is_some());
        let is_apart = !masked.ends_with(|c: char| c.is_ascii_hexdigit());
        if guid.is_some() && is_apart {
            masked.push_str("{guid}");
            rest = &rest[36..];
        } else {
            masked.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    masked
}

/// A date in a name, and its position.
#[derive(Debug, Clone, Copy)]
struct DateAt {
    at: usize,
    end: usize,
    day: Day,
    time: Option<NaiveTime>,
}

fn dates(name: &str) -> Vec<DateAt> {
    let mut dates = Vec::new();
    let mut at = 0;
    while at < name.len() {
        let length = digits(&name[at.min(name.len())..]);
        if length == 0 {
            at += name[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        match date_at(name, at, length) {
            Some(date) => {
                at = date.end;
                dates.push(date);
            }
            None => at += length,
        }
    }
    dates
}

/// How many ASCII digits `text` begins with.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The date whose first of `length` digits stands at `at`.
fn date_at(name: &str, at: usize, length: usize) -> Option<DateAt> {
    let text = &name[at..];
    let (day, end) = match length {
        8 => (day_of_digits(&text[..8])?, at + 8),
        12 | 14 => {
            let moment = moment_of_digits(&text[..length])?;
            return Some(DateAt { at, end: at + length, day: moment.date(), time: Some(moment.time()) });
        }
        4 => (separated(text)?, at + 10),
        _ => return None,
    };
    let (time, length) = time_behind(&name[end..]).map_or((None, 0), |(time, length)| (Some(time), length));
    Some(DateAt { at, end: end + length, day, time })
}

/// The day in `yyyy-mm-dd`, with one sign for both separators.
fn separated(text: &str) -> Option<Day> {
    let (date, rest) = text.split_at_checked(10)?;
    let separator = date.get(4..5).filter(|sign| matches!(*sign, "-" | "_" | "."))?;
    if date.get(7..8) != Some(separator) || digits(rest) > 0 {
        return None;
    }
    day_of(date.get(..4)?, date.get(5..7)?, date.get(8..)?)
}

/// The time of day that stands behind a date, and the length of its text.
fn time_behind(text: &str) -> Option<(NaiveTime, usize)> {
    let sign = text.bytes().next().filter(u8::is_ascii)?;
    let rest = &text[1..];
    let has_t = matches!(sign, b'T' | b't');
    let (time, length) = match digits(rest) {
        length @ (4 | 6) if has_t => {
            let second = if length == 6 { &rest[4..6] } else { "00" };
            (clock(&rest[..2], &rest[2..4], second)?, length)
        }
        2 if has_t || matches!(sign, b'_' | b'-' | b' ') => groups(rest, has_t)?,
        _ => return None,
    };
    // Fractions of a second and the sign of UTC belong to the time.
    let mut length = length;
    if has_t && rest[length..].starts_with('.') && digits(&rest[length + 1..]) > 0 {
        length += 1 + digits(&rest[length + 1..]);
    }
    if has_t && rest[length..].starts_with(['Z', 'z']) {
        length += 1;
    }
    Some((time, length + 1))
}

/// A time in groups of two digits: `05-12-00`; with `may_lack_seconds` also `05-12`.
fn groups(text: &str, may_lack_seconds: bool) -> Option<(NaiveTime, usize)> {
    let group = |at: usize| {
        let is_separated = at == 0 || text.get(at - 1..).is_some_and(|t| t.starts_with(['-', '_', '.', ':']));
        let rest = text.get(at..).filter(|rest| is_separated && digits(rest) == 2)?;
        Some(&rest[..2])
    };
    let (hour, minute) = (group(0)?, group(3)?);
    match group(6) {
        Some(second) => Some((clock(hour, minute, second)?, 8)),
        None if may_lack_seconds => Some((clock(hour, minute, "00")?, 5)),
        None => None,
    }
}

/// Removes every pair of dates in a row that is a period: `20170601-20170630`, `2017-06-01_to_2017-06-30`.
fn remove_ranges(name: &str, dates: &mut Vec<DateAt>) {
    let mut at = 0;
    while at + 1 < dates.len() {
        let (first, last) = (dates[at], dates[at + 1]);
        let between = name[first.end..last.at].to_ascii_lowercase();
        let between = between.trim_matches(['-', '_', ' ', '.']);
        if matches!(between, "" | "to" | "bis" | "–") && first.day <= last.day {
            dates.drain(at..at + 2);
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn age_in(name: &str) -> Option<String> {
        DatedName::of(name).map(|dated| match dated.age.time {
            Some(time) => format!("{} {time}", dated.age.day),
            None => dated.age.day.to_string(),
        })
    }

    #[test]
    fn a_date_in_a_name_is_an_age() {
        for (name, age) in [
            ("usage-2017-06-30.csv", "2017-06-30"),
            ("usage_20170630.csv.gz", "2017-06-30"),
            ("usage_2017_06_30.parquet", "2017-06-30"),
            ("AzureUsage 2017.06.30.tsv", "2017-06-30"),
            ("20170630.csv", "2017-06-30"),
            ("cost_201706300512.csv", "2017-06-30 05:12:00"),
            ("cost_20170630051207.csv", "2017-06-30 05:12:07"),
            ("cost_2017-06-30T05-12-07Z.csv", "2017-06-30 05:12:07"),
            ("cost_2017-06-30T0512.csv", "2017-06-30 05:12:00"),
            ("cost_2017-06-30_05-12-07.csv", "2017-06-30 05:12:07"),
            ("cost_201706_20170705.csv", "2017-07-05"),
            ("cost_20170601-20170630_20170705.csv", "2017-07-05"),
            ("ünited_20170630.csv", "2017-06-30"),
        ] {
            assert_eq!(age_in(name).as_deref(), Some(age), "{name}");
        }
    }

    #[test]
    fn months_periods_ids_and_guids_are_no_age() {
        for name in [
            "Detail_Enrollment_12345_201706_en.csv",
            "usage-2017-06.csv",
            "usage_20170601-20170630.csv",
            "usage_2017-06-01_2017-06-30.csv",
            "usage 2017-06-01 to 2017-06-30.csv",
            "usage_30-06-2017.csv",
            "usage_6034453.csv",
            "usage_20171301.csv",
            "usage_19991231.csv",
            "usage_120170630.csv",
            "daily_20170630-1234-4abc-8def-0123456789ab.csv",
            "a_20170705_of_20170601.csv",
            "part_0_0001.csv",
            "usage.csv",
            "",
        ] {
            assert_eq!(age_in(name), None, "{name}");
        }
    }

    #[test]
    fn four_digits_behind_a_date_may_be_a_customer_and_are_no_time() {
        assert_eq!(age_in("cost_20170630_1001.csv").as_deref(), Some("2017-06-30"));
        let pattern = |name: &str| DatedName::of(name).unwrap().pattern;
        assert_ne!(pattern("cost_20170630_1001.csv"), pattern("cost_20170630_1002.csv"));
        assert_eq!(pattern("Cost_20170630_1001.csv"), pattern("cost_20170701_1001.csv"));
        assert_eq!(pattern("cost_2017-06-30.csv"), "cost_{date}.csv");
    }

    #[test]
    fn a_moment_of_a_manifest_is_read_in_utc() {
        let moment = |text: &str| moment_in_manifest(text).map(|moment| moment.to_string());
        assert_eq!(moment("2025-03-21T21:04:06.5234447Z").unwrap(), "2025-03-21 21:04:06.523444700");
        assert_eq!(moment("2025-03-21T01:00:00+02:00").unwrap(), "2025-03-20 23:00:00");
        assert_eq!(moment("2025-03-21T21:04:06").unwrap(), "2025-03-21 21:04:06");
        assert_eq!(moment("yesterday"), None);
    }

    fn age(kind: AgeKind, day: u32, hour: Option<u32>) -> Age {
        let time = hour.map(|hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap());
        Age { kind, day: Day::from_ymd_opt(2017, 6, day).unwrap(), time }
    }

    #[test]
    fn ages_of_one_kind_compare_as_they_are_and_of_two_kinds_by_their_day() {
        use AgeKind::{FileName, Manifest, RunFolder};
        let morning = age(Manifest, 3, Some(5));
        assert_eq!(morning.order(age(Manifest, 3, Some(20))), Some(Ordering::Less));
        assert_eq!(morning.order(age(RunFolder, 3, Some(20))), None);
        assert_eq!(morning.order(age(RunFolder, 2, Some(20))), Some(Ordering::Greater));
        assert_eq!(morning.order(age(FileName, 4, None)), Some(Ordering::Less));
        assert_eq!(morning.order(morning), None);
        assert_eq!(age(FileName, 3, None).order(age(FileName, 3, Some(5))), None);
        assert!(!Age::is_before(None, Some(morning)) && !Age::is_before(Some(morning), None));
    }

    fn any_age() -> impl Strategy<Value = Age> {
        let kind = prop_oneof![Just(AgeKind::Manifest), Just(AgeKind::RunFolder), Just(AgeKind::FileName)];
        (kind, 1..4_u32, proptest::option::of(0..4_u32)).prop_map(|(kind, day, hour)| age(kind, day, hour))
    }

    proptest! {
        #[test]
        fn the_order_of_ages_is_a_strict_partial_order(a in any_age(), b in any_age(), c in any_age()) {
            let is_less = |x: Age, y: Age| x.order(y) == Some(Ordering::Less);
            prop_assert_eq!(a.order(b), b.order(a).map(Ordering::reverse));
            prop_assert!(!(is_less(a, b) && is_less(b, c)) || is_less(a, c));
        }

        #[test]
        fn no_name_makes_the_reader_panic(name in "[0-9TZ_.\\- éa{]{0,40}|\\PC{0,40}") {
            DatedName::of(&name);
        }
    }
}
