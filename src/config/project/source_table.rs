//! A `[[source]]` of a project file: paths, and what holds for their files alone. Comes in: a TOML table. Goes out: a [`SourceTable`], or faults.
//! It opens no file, and does not resolve paths.

use toml::de::DeValue;

use super::did_you_mean;
use crate::base::ids::PartnerId;
use crate::config::dialect::Role;
use crate::config::located_toml::{Faults, TomlValue, elements, entries, text, truth};

/// The keys of a source; docs/PROJECT-FILE.md explains each.
const SOURCE_KEYS: [&str; 8] =
    ["paths", "role", "dialect", "currency", "decimal_comma", "day_first", "partner_id", "usage_only"];

/// A source as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceTable {
    /// The line of the key `paths`, from 1.
    pub(crate) line: usize,
    /// At least one.
    pub(crate) paths: Vec<String>,
    /// **Absent**: each file's header decides.
    pub(crate) role: Option<Role>,
    /// The name of a dialect, or the path of one, with its line. **Absent**: each file's header decides.
    pub(crate) dialect: Option<(String, usize)>,
    /// An upper-case code of three letters.
    pub(crate) currency: Option<String>,
    /// Whether the decimal mark is the comma.
    pub(crate) decimal_comma: Option<bool>,
    /// Whether the day stands before the month.
    pub(crate) day_first: Option<bool>,
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) usage_only: bool,
}

/// Reads a source. `None` only after a fault was added.
pub(super) fn read(table: &TomlValue<'_>, whole: &str, faults: &mut Faults) -> Option<SourceTable> {
    let entries = entries(table, faults)?;
    let line = entries.first().map_or(table.place.line(whole), |(_, first)| first.place.line(whole));
    let mut source = SourceTable {
        line,
        paths: Vec::new(),
        role: None,
        dialect: None,
        currency: None,
        decimal_comma: None,
        day_first: None,
        partner_id: None,
        usage_only: false,
    };
    let has_paths = entries.iter().any(|(key, _)| key == "paths");
    for (key, value) in &entries {
        match key.as_str() {
            "paths" => {
                source.line = value.place.line(whole);
                source.paths = paths(value, faults);
            }
            "role" => source.role = role(value, faults),
            "dialect" => source.dialect = text(value, faults).map(|name| (name, value.place.line(whole))),
            "currency" => source.currency = currency(value, faults),
            "decimal_comma" => source.decimal_comma = truth(value, faults),
            "day_first" => source.day_first = truth(value, faults),
            "partner_id" => source.partner_id = partner(value, faults),
            "usage_only" => source.usage_only = truth(value, faults).unwrap_or_default(),
            other => {
                let near = did_you_mean(other, SOURCE_KEYS);
                let message = match near.is_empty() {
                    true => format!("unknown key; the keys of a source are {}", SOURCE_KEYS.join(", ")),
                    false => format!("unknown key{near}"),
                };
                faults.add(&value.place, message);
            }
        }
    }
    if !has_paths {
        faults.add(&table.place, "`paths` is missing: files, folders or patterns");
    }
    (!source.paths.is_empty()).then_some(source)
}

/// A text, or a list of texts.
fn paths(value: &TomlValue<'_>, faults: &mut Faults) -> Vec<String> {
    if !matches!(value.value, DeValue::Array(_)) {
        return text(value, faults).into_iter().collect();
    }
    let elements = elements(value, faults).unwrap_or_default();
    if elements.is_empty() {
        faults.add(&value.place, "is an empty list");
    }
    elements.iter().filter_map(|element| text(element, faults)).collect()
}

fn role(value: &TomlValue<'_>, faults: &mut Faults) -> Option<Role> {
    let word = text(value, faults)?;
    let role = Role::ALL.into_iter().find(|role| role.as_str() == word);
    if role.is_none() {
        let words = Role::ALL.map(Role::as_str);
        let near = did_you_mean(&word, words);
        faults.add(&value.place, format!("`{word}` is no role; roles are {}{near}", words.join(", ")));
    }
    role
}

fn currency(value: &TomlValue<'_>, faults: &mut Faults) -> Option<String> {
    let code = text(value, faults)?;
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        faults.add(&value.place, format!("`{code}` is not a code of three letters, such as EUR"));
        return None;
    }
    Some(code.to_ascii_uppercase())
}

/// A partner id: a text, or the number itself.
fn partner(value: &TomlValue<'_>, faults: &mut Faults) -> Option<PartnerId> {
    let id = match value.value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
        _ => text(value, faults)?,
    };
    let partner = PartnerId::parse(&id);
    if partner.is_none() {
        faults.add(&value.place, format!("`{id}` names no partner"));
    }
    partner
}
