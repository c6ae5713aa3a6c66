//! The date system of a workbook: from which day its serial numbers count. Comes in: what the file states. Goes out: [`DateSystem`], and which
//! serial numbers are days where a column of dates holds a plain number. It does not know which column holds dates.

use calamine::{DataRef, ExcelDateTime, ExcelDateTimeType};

/// The date system of a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) enum DateSystem {
    /// Day 1 is 1900-01-01, as every program writes unless told otherwise.
    #[default]
    From1900,
    /// Day 0 is 1904-01-01, as Excel for the Macintosh wrote.
    From1904,
}

/// The serial numbers of 2000-01-01 and of the day after 2077-12-16, in both systems. A number outside is no day of an export, and may be a
/// year or a date as digits, such as 20170630.
const DAYS_1900: std::ops::Range<f64> = 36_526.0..65_001.0;
const DAYS_1904: std::ops::Range<f64> = 35_064.0..63_539.0;

impl DateSystem {
    /// The moment of a plain number in a column of dates. `None` if the number is no day of an export.
    pub(in super::super) fn moment(self, value: &DataRef<'_>) -> Option<DataRef<'static>> {
        let serial = match value {
            DataRef::Float(serial) => *serial,
            DataRef::Int(serial) => f64::from(i32::try_from(*serial).ok()?),
            DataRef::DateTime(_)
            | DataRef::DateTimeIso(_)
            | DataRef::DurationIso(_)
            | DataRef::String(_)
            | DataRef::SharedString(_)
            | DataRef::Bool(_)
            | DataRef::Error(_)
            | DataRef::Empty => return None,
        };
        let (days, is_1904) = match self {
            DateSystem::From1900 => (DAYS_1900, false),
            DateSystem::From1904 => (DAYS_1904, true),
        };
        days.contains(&serial)
            .then(|| DataRef::DateTime(ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, is_1904)))
    }
}

#[cfg(test)]
mod tests {
    use super::super as cell_text;
    use super::*;

    fn day(system: DateSystem, value: &DataRef<'_>) -> Option<String> {
        let mut text = Vec::new();
        cell_text::write(&system.moment(value)?, &mut text);
        Some(String::from_utf8(text).unwrap())
    }

    #[test]
    fn a_serial_number_is_the_day_of_its_date_system() {
        use DateSystem::{From1900, From1904};
        for (system, serial, expected) in [
            (From1900, 42_589.0, Some("2016-08-07")),
            (From1900, 42_589.5, Some("2016-08-07T12:00:00")),
            (From1900, 36_526.0, Some("2000-01-01")),
            (From1900, 65_000.0, Some("2077-12-16")),
            (From1900, 36_525.0, None),
            (From1900, 65_001.0, None),
            (From1900, 20_160_807.0, None),
            (From1904, 41_127.0, Some("2016-08-07")),
            (From1904, 35_063.0, None),
        ] {
            assert_eq!(day(system, &DataRef::Float(serial)).as_deref(), expected, "{serial}");
        }
        assert_eq!(day(From1900, &DataRef::Int(42_589)).as_deref(), Some("2016-08-07"));
        assert_eq!(day(From1900, &DataRef::SharedString("42589")), None);
    }
}
