//! Layers of options: the project file, its profile, the environment, below the command line. Comes in: values by key, and what the command line
//! says. Goes out: arguments in clap's own form, to be put behind the user's. It parses no value itself: clap does.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command, parser::ValueSource};

use super::keys::{OptionKey, PathValue};
use crate::config::project::{Setting, SettingValue, did_you_mean};

/// The part of a name that stands for the day for which partners are judged.
const AS_OF: &str = "{as_of}";

/// A value below the command line.
#[derive(Debug, Clone)]
pub(super) struct LayerValue {
    pub(super) value: SettingValue,
    /// Where it comes from, for people: `attain.toml line 3`, `ATTAIN_DENY`.
    pub(super) origin: String,
    /// Whether it comes from the file, so that a source of the file may say otherwise.
    pub(super) is_of_file: bool,
}

/// The values that hold, by key.
pub(super) type Layers = BTreeMap<String, LayerValue>;

/// A setting of the file as a value whose paths begin at the folder of the file.
pub(super) fn of_file(setting: &Setting, key: &OptionKey, folder: &Path, origin: String) -> LayerValue {
    let value = match &setting.value {
        SettingValue::Texts(texts) => {
            let resolved = |(text, line): &(String, usize)| (resolved(text, key.path, folder), *line);
            SettingValue::Texts(texts.iter().map(resolved).collect())
        }
        SettingValue::Flag(_) | SettingValue::Count(_) => setting.value.clone(),
    };
    LayerValue { value, origin, is_of_file: true }
}

fn resolved(text: &str, path: PathValue, folder: &Path) -> String {
    let joined = || joined(folder, text);
    match path {
        PathValue::Always => joined(),
        PathValue::OrName => {
            let is_path = text.to_lowercase().ends_with(".toml") || Path::new(&joined()).is_file();
            if is_path { joined() } else { text.to_owned() }
        }
        PathValue::Never => text.to_owned(),
    }
}

/// A path of the file as seen from the current folder. `-` is standard input or output.
pub(super) fn joined(folder: &Path, text: &str) -> String {
    let is_here = text == "-" || folder.as_os_str().is_empty();
    match text.strip_prefix("./").unwrap_or(text) {
        _ if is_here => text.to_owned(),
        "." | "" => folder.to_string_lossy().into_owned(),
        text => folder.join(text).to_string_lossy().into_owned(),
    }
}

/// As [`joined`], for a path that may be a pattern: signs of a pattern in the name of the folder stand for themselves.
pub(super) fn joined_pattern(folder: &Path, text: &str) -> String {
    const SIGNS: [char; 6] = ['*', '?', '[', ']', '{', '}'];
    if !text.contains(SIGNS) {
        return joined(folder, text);
    }
    let escaped = |c: char| if SIGNS.contains(&c) { format!("[{c}]") } else { c.to_string() };
    let folder: String = folder.to_string_lossy().chars().map(escaped).collect();
    joined(Path::new(&folder), text)
}

/// Why a text in which only `{as_of}` may stand between braces has another word there. `None` if it has none, as a pattern with alternatives.
pub(super) fn placeholder_fault(text: &str) -> Option<String> {
    let words = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(word, _)| word);
    let is_name =
        |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    let wrong = words.filter(is_name).find(|word| *word != "as_of")?;
    Some(format!(
        "`{{{wrong}}}` is no part of a name that is replaced; `{AS_OF}` is the day for which partners are judged"
    ))
}

/// A text with the day for which partners are judged.
pub(super) fn with_day(text: &str, as_of: &str) -> String {
    text.replace(AS_OF, as_of)
}

/// Whether the command line gives an argument.
pub(super) fn is_given(matches: &ArgMatches, id: &str) -> bool {
    matches.try_contains_id(id).is_ok() && matches.value_source(id) == Some(ValueSource::CommandLine)
}

/// What a command line says against the layers.
pub(super) struct Overrides {
    /// Keys that the command line gives, or that contradict one that it gives.
    dropped: Vec<String>,
}

impl Overrides {
    /// The keys to which `given`, what the command line gives of the options of `command`, leaves no room.
    pub(super) fn new(command: &Command, given: &ArgMatches, keys: &[OptionKey]) -> Overrides {
        let is_of_command = |key: &&OptionKey| given.try_contains_id(&key.id).is_ok();
        let conflicts = |id: &str| -> Vec<String> {
            let arg = command.get_arguments().find(|arg| arg.get_id() == id);
            let conflicts = arg.map(|arg| command.get_arg_conflicts_with(arg)).unwrap_or_default();
            conflicts.iter().map(|other| other.get_id().to_string()).collect()
        };
        let of_line: Vec<String> = command
            .get_arguments()
            .map(|arg| arg.get_id().to_string())
            .filter(|id| is_given(given, id))
            .collect();
        let against: Vec<String> = of_line.iter().flat_map(|id| conflicts(id)).collect();
        let is_dropped = |key: &&OptionKey| {
            of_line.contains(&key.id)
                || against.contains(&key.id)
                || conflicts(&key.id).iter().any(|other| of_line.contains(other))
        };
        let dropped = keys.iter().filter(is_of_command).filter(is_dropped);
        Overrides { dropped: dropped.map(|key| key.key.name.clone()).collect() }
    }

    /// Whether a key gives way to the command line.
    pub(super) fn drops(&self, key: &str) -> bool {
        self.dropped.iter().any(|dropped| dropped == key)
    }

    /// Drops a key too.
    pub(super) fn add(&mut self, key: &str) {
        self.dropped.push(key.to_owned());
    }
}

/// The arguments that give a value to an option, each with the line of the file that it stands in; 0 for the line of the key.
pub(super) fn arguments(key: &OptionKey, value: &SettingValue, as_of: &str) -> Vec<(OsString, usize)> {
    let flag = || OsString::from(format!("--{}", key.long));
    match (value, key.key.takes) {
        (SettingValue::Flag(true), _) => vec![(flag(), 0)],
        (SettingValue::Flag(false), _) => Vec::new(),
        (SettingValue::Count(count), _) => (0..*count).map(|_| (flag(), 0)).collect(),
        (SettingValue::Texts(texts), _) => {
            let argument = |(text, line): &(String, usize)| {
                let text = match key.path {
                    PathValue::Always | PathValue::OrName => with_day(text, as_of),
                    PathValue::Never if key.id == "as_of" && text == "today" => as_of.to_owned(),
                    PathValue::Never => text.clone(),
                };
                (OsString::from(format!("--{}={text}", key.long)), *line)
            };
            texts.iter().map(argument).collect()
        }
    }
}

/// What clap says to one argument of a report: why its value is none that the option can have, or the options that it cannot be without.
pub(super) struct ArgumentVerdict {
    pub(super) fault: Option<String>,
    pub(super) requires: Vec<String>,
}

/// Lets clap read one argument by itself.
pub(super) fn verdict(root: &mut Command, argument: &OsString) -> ArgumentVerdict {
    let arguments = [OsString::from("attain"), OsString::from("report"), argument.clone()];
    let Err(error) = root.try_get_matches_from_mut(arguments) else {
        return ArgumentVerdict { fault: None, requires: Vec::new() };
    };
    let strings = |kind| match error.get(kind) {
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(ContextValue::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    };
    if error.kind() == ErrorKind::MissingRequiredArgument {
        let long = |text: &String| text.strip_prefix("--")?.split([' ', '=', '[']).next().map(str::to_owned);
        return ArgumentVerdict {
            fault: None,
            requires: strings(ContextKind::InvalidArg).iter().filter_map(long).collect(),
        };
    }
    let value = strings(ContextKind::InvalidValue).concat();
    let valid = strings(ContextKind::ValidValue);
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    let fault = match (error.kind(), cause) {
        (ErrorKind::InvalidValue, _) if !valid.is_empty() => {
            let near = did_you_mean(&value, valid.iter().map(String::as_str));
            format!("`{value}` is none of {}{near}", valid.join(", "))
        }
        (ErrorKind::ValueValidation, Some(cause)) => format!("`{value}`: {cause}"),
        _ => {
            let text = error.to_string();
            text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
    };
    ArgumentVerdict { fault: Some(fault), requires: Vec::new() }
}
