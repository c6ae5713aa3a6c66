//! Typed reading of a TOML text that collects all faults instead of stopping at the first. Comes in: a text. Goes out: the values that could
//! be read, and located faults. It knows no rule set and no dialect.

use std::ops::RangeInclusive;

use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::base::calendar::{DateForm, DateOrder, Day, parse_day};

/// Position of a value in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TomlPlace {
    /// Keys from the root to the value; elements of arrays are counted from 1: `tier[2].requires[1].count`.
    path: String,
    /// Byte of the value's key; in an array, of the value.
    offset: usize,
}

impl TomlPlace {
    /// The text as a whole, or a byte of it.
    pub(super) fn at(offset: usize) -> TomlPlace {
        TomlPlace { path: String::new(), offset }
    }

    /// Keys from the root to the value.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Line of the place in its text, from 1.
    pub(super) fn line(&self, text: &str) -> usize {
        line_of(text, self.offset)
    }

    fn key(&self, key: &str, offset: usize) -> TomlPlace {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        TomlPlace { path, offset }
    }

    fn element(&self, index: usize, offset: usize) -> TomlPlace {
        TomlPlace { path: format!("{}[{}]", self.path, index + 1), offset }
    }
}

/// A value that was read, with its place.
#[derive(Debug, Clone)]
pub(super) struct Located<T> {
    pub(super) value: T,
    pub(super) place: TomlPlace,
}

/// A TOML value with its place.
pub(super) type TomlValue<'a> = Located<&'a DeValue<'a>>;

/// The faults of a text.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: Vec<(TomlPlace, String)>,
}

impl Faults {
    pub(super) fn add(&mut self, place: &TomlPlace, message: impl Into<String>) {
        self.found.push((place.clone(), message.into()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// One line each, in the order of the text: `line 12: tier[1].name: ...`.
    pub(super) fn into_lines(mut self, text: &str) -> Vec<String> {
        self.found.sort_by_key(|(place, _)| place.offset);
        let line = |offset: usize| line_of(text, offset);
        self.found
            .iter()
            .map(|(place, message)| match place.path.as_str() {
                "" => format!("line {}: {message}", line(place.offset)),
                path => format!("line {}: {path}: {message}", line(place.offset)),
            })
            .collect()
    }
}

/// Line of a byte, from 1.
fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

/// A table whose keys are all known.
pub(super) struct TomlTable<'a> {
    entries: &'a DeTable<'a>,
    pub(super) place: TomlPlace,
}

impl<'a> TomlTable<'a> {
    /// The whole text. Every key that is not `known` is a fault.
    pub(super) fn root(entries: &'a DeTable<'a>, known: &[&str], faults: &mut Faults) -> TomlTable<'a> {
        TomlTable::checked(entries, TomlPlace::at(0), known, faults)
    }

    /// The table that `value` is. Every key that is not `known` is a fault.
    pub(super) fn of(value: &TomlValue<'a>, known: &[&str], faults: &mut Faults) -> Option<TomlTable<'a>> {
        match value.value {
            DeValue::Table(entries) => Some(TomlTable::checked(entries, value.place.clone(), known, faults)),
            other => unexpected(value, other, "a table", faults),
        }
    }

    fn checked(
        entries: &'a DeTable<'a>,
        place: TomlPlace,
        known: &[&str],
        faults: &mut Faults,
    ) -> TomlTable<'a> {
        for key in entries.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let place = place.key(name, key.span().start);
                faults.add(&place, format!("unknown key; the keys here are {}", known.join(", ")));
            }
        }
        TomlTable { entries, place }
    }

    /// The value of `key`.
    pub(super) fn optional(&self, key: &str) -> Option<TomlValue<'a>> {
        let (name, value) = self.entries.iter().find(|(name, _)| name.get_ref().as_ref() == key)?;
        Some(Located { value: value.get_ref(), place: self.place.key(key, name.span().start) })
    }

    /// The value of `key`; a fault if there is none.
    pub(super) fn required(&self, key: &str, faults: &mut Faults) -> Option<TomlValue<'a>> {
        let found = self.optional(key);
        if found.is_none() {
            faults.add(&self.place, format!("`{key}` is missing"));
        }
        found
    }
}

/// Parses a text. `None` if it is not valid TOML; all syntax faults are added.
pub(super) fn parse_text<'a>(text: &'a str, faults: &mut Faults) -> Option<Spanned<DeTable<'a>>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let offset = error.span().map_or(0, |span| span.start);
        faults.add(&TomlPlace::at(offset), format!("not valid TOML: {}", error.message()));
    }
    errors.is_empty().then_some(root)
}

/// Text that is not blank, trimmed.
pub(super) fn text(value: &TomlValue<'_>, faults: &mut Faults) -> Option<String> {
    match value.value {
        DeValue::String(text) if text.trim().is_empty() => {
            faults.add(&value.place, "is blank");
            None
        }
        DeValue::String(text) => Some(text.trim().to_owned()),
        other => unexpected(value, other, "text in quotes", faults),
    }
}

/// `true` or `false`.
pub(super) fn truth(value: &TomlValue<'_>, faults: &mut Faults) -> Option<bool> {
    match value.value {
        DeValue::Boolean(truth) => Some(*truth),
        other => unexpected(value, other, "true or false", faults),
    }
}

/// A whole number within `range`.
pub(super) fn count(value: &TomlValue<'_>, range: RangeInclusive<u32>, faults: &mut Faults) -> Option<u32> {
    let found = match value.value {
        DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
        other => return unexpected(value, other, "a whole number", faults),
    };
    let found = found.filter(|number| range.contains(number));
    if found.is_none() {
        let (least, most) = range.into_inner();
        let found = shown(value.value);
        faults.add(&value.place, format!("{found} is not a whole number from {least} to {most}"));
    }
    found
}

/// A figure, exactly as written: text such as "15000.50", or a whole number. A TOML float is a fault: it would be binary.
pub(super) fn figure(value: &TomlValue<'_>, faults: &mut Faults) -> Option<Decimal> {
    let found = match value.value {
        DeValue::String(text) => plain_decimal(text.trim()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(Decimal::from)
        }
        DeValue::Float(number) => {
            let message = format!("the float {number} would not be exact: write it as text, \"{number}\"");
            faults.add(&value.place, message);
            return None;
        }
        other => return unexpected(value, other, "a decimal number as text, or a whole number", faults),
    };
    if found.is_none() {
        let found = shown(value.value);
        faults.add(
            &value.place,
            format!("{found} is not a decimal number of at most 28 digits, such as \"15000.50\""),
        );
    }
    found
}

/// Digits, perhaps a sign, perhaps a point and digits.
fn plain_decimal(text: &str) -> Option<Decimal> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let plain = match unsigned.split_once('.') {
        Some((units, decimals)) => digits(units) && digits(decimals),
        None => digits(unsigned),
    };
    if plain { Decimal::from_str_exact(text).ok() } else { None }
}

/// A day: ISO text or a TOML date.
pub(super) fn day(value: &TomlValue<'_>, faults: &mut Faults) -> Option<Day> {
    let found = match value.value {
        DeValue::String(text) if text.len() == 10 => {
            parse_day(text.as_bytes(), &[DateForm::Iso], DateOrder::MonthFirst).ok()
        }
        DeValue::String(_) => None,
        DeValue::Datetime(when) => match (when.date, when.time) {
            (Some(date), None) => {
                Day::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
            }
            _ => None,
        },
        other => return unexpected(value, other, "a date such as \"2017-07-07\"", faults),
    };
    if found.is_none() {
        faults.add(&value.place, format!("{} is not a date such as \"2017-07-07\"", shown(value.value)));
    }
    found
}

/// The elements of an array.
pub(super) fn elements<'a>(value: &TomlValue<'a>, faults: &mut Faults) -> Option<Vec<TomlValue<'a>>> {
    let place = |(index, element): (usize, &'a Spanned<DeValue<'a>>)| Located {
        value: element.get_ref(),
        place: value.place.element(index, element.span().start),
    };
    match value.value {
        DeValue::Array(array) => Some(array.iter().enumerate().map(place).collect()),
        other => unexpected(value, other, "a list", faults),
    }
}

/// The texts of an array; a fault if it is empty.
pub(super) fn some_texts(value: &TomlValue<'_>, faults: &mut Faults) -> Vec<Located<String>> {
    if matches!(value.value, DeValue::Array(array) if array.is_empty()) {
        faults.add(&value.place, "is an empty list");
    }
    texts(value, faults)
}

/// The texts of an array, those that could be read.
pub(super) fn texts(value: &TomlValue<'_>, faults: &mut Faults) -> Vec<Located<String>> {
    let elements = elements(value, faults);
    let located = |element: TomlValue<'_>| {
        text(&element, faults).map(|value| Located { value, place: element.place.clone() })
    };
    elements.unwrap_or_default().into_iter().filter_map(located).collect()
}

/// The texts of an array exactly as written: blank ones count, and blanks around them are kept.
pub(super) fn any_texts(value: &TomlValue<'_>, faults: &mut Faults) -> Vec<Located<String>> {
    let elements = elements(value, faults).unwrap_or_default();
    let as_written = |element: TomlValue<'_>| match element.value {
        DeValue::String(text) => Some(Located { value: text.to_string(), place: element.place.clone() }),
        other => unexpected(&element, other, "text in quotes", faults),
    };
    elements.into_iter().filter_map(as_written).collect()
}

/// The keys of a table, sorted, with their values: for tables with keys that a user chooses.
pub(super) fn entries<'a>(
    value: &TomlValue<'a>,
    faults: &mut Faults,
) -> Option<Vec<(String, TomlValue<'a>)>> {
    let DeValue::Table(entries) = value.value else {
        return unexpected(value, value.value, "a table", faults);
    };
    let mut entries = entries_of(entries, &value.place);
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    Some(entries)
}

/// The keys of a table at `place` with their values, in the order of the parser.
pub(super) fn entries_of<'a>(table: &'a DeTable<'a>, place: &TomlPlace) -> Vec<(String, TomlValue<'a>)> {
    let entry = |(name, entry): (&'a Spanned<DeString<'a>>, &'a Spanned<DeValue<'a>>)| {
        let key = name.get_ref().to_string();
        let place = place.key(&key, name.span().start);
        (key, Located { value: entry.get_ref(), place })
    };
    table.iter().map(entry).collect()
}

/// A fault: a value is not of the expected kind. Always `None`.
pub(super) fn unexpected<T>(
    value: &TomlValue<'_>,
    found: &DeValue<'_>,
    expected: &str,
    faults: &mut Faults,
) -> Option<T> {
    faults.add(&value.place, format!("{} is not {expected}", shown(found)));
    None
}

/// A value as a message shows it.
pub(super) fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("\"{text}\""),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(when) => when.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
