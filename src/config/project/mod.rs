//! Project files (`attain.toml`): the options of a run as data. Comes in: the text of a file, and the keys that the command line has. Goes out:
//! values as texts, each with its line, sources and profiles; or all faults at once. It knows no option by its name, and reads no input.

mod source_table;

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

pub(crate) use self::source_table::SourceTable;
use crate::base::text::near_word;
use crate::config::located_toml::{
    Faults, TomlPlace, TomlValue, elements, entries, entries_of, parse_text, shown, unexpected,
};

/// The name of the file that `attain run` reads by itself.
pub(crate) const PROJECT_FILE: &str = "attain.toml";

/// The key of the list of sources.
pub(crate) const SOURCE: &str = "source";
/// The key of the table of profiles.
const PROFILE: &str = "profile";

/// A key that a project file may have, as the command line describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProjectKey {
    /// The long option, with `_` for `-`.
    pub(crate) name: String,
    pub(crate) takes: KeyValues,
}

/// The values that a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyValues {
    /// `true` or `false`.
    Flag,
    /// How often a flag is given.
    Count,
    /// One text, number or date.
    One,
    /// One text, number or date, or a list of them.
    Many,
    /// `true` for all files, `false`, or the paths of files.
    FlagOrFiles,
}

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SettingValue {
    /// Of [`KeyValues::Flag`] and [`KeyValues::FlagOrFiles`].
    Flag(bool),
    Count(u8),
    /// Texts, each with its line.
    Texts(Vec<(String, usize)>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) key: String,
    pub(crate) value: SettingValue,
    /// The line of the key, from 1.
    pub(crate) line: usize,
}

/// The settings and sources of the top level, or of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ProjectPart {
    /// In the order of the file.
    pub(crate) settings: Vec<Setting>,
    /// **Absent**: the part has no list of sources, not even an empty one.
    pub(crate) sources: Option<Vec<SourceTable>>,
}

/// A project file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Project {
    pub(crate) top: ProjectPart,
    pub(crate) profiles: BTreeMap<String, ProjectPart>,
}

/// Reads a project file.
///
/// Errors: all faults of the text at once, in its order, each with line and key. If the text is not valid TOML, those faults alone.
pub(crate) fn parse(text: &str, keys: &[ProjectKey]) -> Result<Project, Vec<String>> {
    let mut faults = Faults::default();
    let root = parse_text(text, &mut faults);
    let project = root.as_ref().map(|root| {
        let mut reader = PartReader { text, keys, faults: &mut faults };
        reader.project(root.get_ref())
    });
    match project {
        Some(project) if faults.is_empty() => Ok(project),
        _ => Err(faults.into_lines(text)),
    }
}

/// What can be read of a project file that may be at fault. `None` if it is no TOML.
pub(crate) fn readable_part(text: &str, keys: &[ProjectKey]) -> Option<Project> {
    let mut faults = Faults::default();
    let root = parse_text(text, &mut faults)?;
    Some(PartReader { text, keys, faults: &mut faults }.project(root.get_ref()))
}

/// What a message adds to a word that is none of some words: the one that was meant, if one is near.
pub(crate) fn did_you_mean<'w>(word: &str, words: impl IntoIterator<Item = &'w str>) -> String {
    near_word(word, words).map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}

struct PartReader<'r> {
    text: &'r str,
    keys: &'r [ProjectKey],
    faults: &'r mut Faults,
}

impl PartReader<'_> {
    fn project<'a>(&mut self, root: &'a DeTable<'a>) -> Project {
        let mut profiles = BTreeMap::new();
        let mut of_top = Vec::new();
        for (key, value) in entries_of(root, &TomlPlace::at(0)) {
            if key == PROFILE {
                for (name, value) in entries(&value, self.faults).unwrap_or_default() {
                    if let Some(settings) = entries(&value, self.faults) {
                        profiles.insert(name, self.part(settings, &[SOURCE]));
                    }
                }
            } else {
                of_top.push((key, value));
            }
        }
        Project { top: self.part(of_top, &[SOURCE, PROFILE]), profiles }
    }

    /// `tables`: the keys of tables that the part may have, for messages.
    fn part(&mut self, entries: Vec<(String, TomlValue<'_>)>, tables: &[&str]) -> ProjectPart {
        let mut part = ProjectPart::default();
        for (name, value) in entries {
            if name == SOURCE {
                part.sources = self.sources(&value);
            } else if let Some(key) = self.keys.iter().find(|key| key.name == name) {
                if let Some(setting) = self.value(key, &value) {
                    let line = value.place.line(self.text);
                    part.settings.push(Setting { key: name, value: setting, line });
                }
            } else {
                self.unknown(&name, &value, tables);
            }
        }
        part.settings.sort_by_key(|setting| setting.line);
        part
    }

    fn unknown(&mut self, name: &str, value: &TomlValue<'_>, tables: &[&str]) {
        let names = || self.keys.iter().map(|key| key.name.as_str()).chain(tables.iter().copied());
        let message = match name.contains('-') && names().any(|key| key == name.replace('-', "_")) {
            true => format!("unknown key; did you mean `{}`?", name.replace('-', "_")),
            false => format!("unknown key{}", did_you_mean(name, names())),
        };
        let message = match message.contains("did you mean") {
            true => message,
            false => message + "; keys are the long options of `attain run --help`, with `_` for `-`",
        };
        self.faults.add(&value.place, message);
    }

    fn sources(&mut self, value: &TomlValue<'_>) -> Option<Vec<SourceTable>> {
        let tables = elements(value, self.faults)?;
        Some(tables.iter().filter_map(|table| source_table::read(table, self.text, self.faults)).collect())
    }

    fn value(&mut self, key: &ProjectKey, value: &TomlValue<'_>) -> Option<SettingValue> {
        match (key.takes, value.value) {
            (KeyValues::Flag | KeyValues::FlagOrFiles, DeValue::Boolean(flag)) => {
                Some(SettingValue::Flag(*flag))
            }
            (KeyValues::Flag, other) => unexpected(value, other, "true or false", self.faults),
            (KeyValues::Count, DeValue::Integer(number)) => {
                let count = u8::from_str_radix(number.as_str(), number.radix()).ok();
                if count.is_none() {
                    self.faults.add(&value.place, format!("{number} is not a number from 0 to 255"));
                }
                count.map(SettingValue::Count)
            }
            (KeyValues::Count, DeValue::Boolean(flag)) => Some(SettingValue::Count(u8::from(*flag))),
            (KeyValues::Count, other) => unexpected(value, other, "a whole number", self.faults),
            (KeyValues::Many | KeyValues::FlagOrFiles, DeValue::Array(_)) => {
                let elements = elements(value, self.faults)?;
                let texts = elements.iter().map(|element| self.scalar(element, "a text, number or date"));
                texts.collect::<Option<_>>().map(SettingValue::Texts)
            }
            (KeyValues::One, _) => {
                self.scalar(value, "one text, number or date").map(|text| SettingValue::Texts(vec![text]))
            }
            (KeyValues::Many, _) => {
                self.scalar(value, "a text, or a list").map(|text| SettingValue::Texts(vec![text]))
            }
            (KeyValues::FlagOrFiles, _) => {
                let text = self.scalar(value, "true, false, a path, or a list of paths");
                text.map(|text| SettingValue::Texts(vec![text]))
            }
        }
    }

    /// The text of a value as a command line would have it, with its line.
    fn scalar(&mut self, value: &TomlValue<'_>, expected: &str) -> Option<(String, usize)> {
        let text = match value.value {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
            DeValue::Float(number) => number.as_str().to_owned(),
            DeValue::Datetime(when) => when.to_string(),
            DeValue::Integer(_) | DeValue::Boolean(_) | DeValue::Array(_) | DeValue::Table(_) => {
                self.faults.add(&value.place, format!("{} is not {expected}", shown(value.value)));
                return None;
            }
        };
        Some((text, value.place.line(self.text)))
    }
}

#[cfg(test)]
mod tests;
