//! Reads a project file and has each of its values judged by clap. Comes in: a path, a profile, the keys. Goes out: the values and sources that hold,
//! or all faults with their lines. It does not know what the user typed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::keys::{OptionKey, PathValue};
use super::layers::{
    ArgumentVerdict, LayerValue, arguments, joined, joined_pattern, of_file, placeholder_fault,
};
use crate::config::dialect;
use crate::config::project::{
    ProjectKey, ProjectPart, SOURCE, Setting, SettingValue, SourceTable, did_you_mean, parse,
};
use crate::config::rules;
use crate::diagnostics::error::Error;
use crate::job::SourceDialect;

/// A day that any name may have in place of `{as_of}`, to let clap judge the name.
const SOME_DAY: &str = "2017-07-07";

/// A project file, by its profile.
pub(super) struct LoadedProject {
    pub(super) path: PathBuf,
    /// The profile that holds. **Absent**: the top level alone.
    pub(super) profile: Option<String>,
    /// Each key with its value.
    pub(super) layers: Vec<(String, LayerValue)>,
    pub(super) sources: Vec<LoadedSource>,
}

/// A source whose paths begin at the folder of the file.
#[derive(Debug, Clone)]
pub(super) struct LoadedSource {
    pub(super) table: SourceTable,
    pub(super) dialect: Option<SourceDialect>,
    /// The source for people.
    pub(super) origin: String,
}

/// Reads the project file. Values of all profiles are judged, so that a fault in one does not wait for the night that uses it.
///
/// # Errors
/// All faults of the file.
pub(super) fn load(
    path: &Path,
    profile: Option<&str>,
    keys: &[OptionKey],
    judge: &mut dyn FnMut(&OsString) -> ArgumentVerdict,
) -> Result<LoadedProject, Error> {
    let name = path.display().to_string();
    let fault = |input_errors: Vec<String>| Error::BadProject { name: name.clone(), input_errors };
    let text =
        std::fs::read_to_string(path).map_err(|error| fault(vec![format!("cannot be read: {error}")]))?;
    let project_keys: Vec<ProjectKey> = keys.iter().map(|key| key.key.clone()).collect();
    let project = parse(&text, &project_keys).map_err(fault)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut faults: Vec<(usize, String)> = Vec::new();
    for part in std::iter::once(&project.top).chain(project.profiles.values()) {
        faults.extend(faults_of(part, keys, folder, judge));
    }
    if let Some(profile) = profile.filter(|profile| !project.profiles.contains_key(*profile)) {
        let near = did_you_mean(profile, project.profiles.keys().map(String::as_str));
        let names: Vec<&str> = project.profiles.keys().map(String::as_str).collect();
        let names = if names.is_empty() {
            "there is none".to_owned()
        } else {
            format!("there are {}", names.join(", "))
        };
        let path = if Path::new(profile).exists() {
            format!("; to read other inputs, say `attain report {profile} --config {name}`")
        } else {
            String::new()
        };
        faults.push((0, format!("no profile `{profile}`; {names}{near}{path}")));
    }
    if !faults.is_empty() {
        faults.sort();
        let line =
            |(line, text): (usize, String)| if line == 0 { text } else { format!("line {line}: {text}") };
        return Err(fault(faults.into_iter().map(line).collect()));
    }
    let chosen = profile.and_then(|profile| Some((profile, project.profiles.get(profile)?)));
    let origin = |line: usize| format!("{name} line {line}");
    let layers_of = |part: &ProjectPart, of: &str| -> Vec<(String, LayerValue)> {
        let layer = |setting: &Setting| {
            let key = keys.iter().find(|key| key.key.name == setting.key)?;
            Some((setting.key.clone(), of_file(setting, key, folder, origin(setting.line) + of)))
        };
        part.settings.iter().filter_map(layer).collect()
    };
    let mut layers = layers_of(&project.top, "");
    let mut sources = project.top.sources.clone();
    if let Some((name, part)) = chosen {
        layers.extend(layers_of(part, &format!(", profile {name}")));
        sources = part.sources.clone().or(sources);
    }
    let loaded = |mut table: SourceTable| {
        table.paths.iter_mut().for_each(|path| *path = joined_pattern(folder, path));
        let dialect = table.dialect.as_ref().and_then(|(name, _)| source_dialect(name, folder));
        LoadedSource { dialect, origin: format!("[[{SOURCE}]] in line {} of {name}", table.line), table }
    };
    let sources = sources.unwrap_or_default().into_iter().map(loaded).collect();
    Ok(LoadedProject { path: path.to_path_buf(), profile: profile.map(str::to_owned), layers, sources })
}

/// The faults of values, each with its line.
fn faults_of(
    part: &ProjectPart,
    keys: &[OptionKey],
    folder: &Path,
    judge: &mut dyn FnMut(&OsString) -> ArgumentVerdict,
) -> Vec<(usize, String)> {
    let mut faults = Vec::new();
    for setting in &part.settings {
        let Some(key) = keys.iter().find(|key| key.key.name == setting.key) else { continue };
        if let (SettingValue::Texts(texts), PathValue::Always | PathValue::OrName) =
            (&setting.value, key.path)
        {
            let wrong = texts.iter().filter_map(|(text, line)| Some((*line, placeholder_fault(text)?)));
            faults.extend(wrong.map(|(line, why)| (line, format!("{}: {why}", setting.key))));
        }
        let layer = of_file(setting, key, folder, String::new());
        if let (PathValue::OrName, SettingValue::Texts(texts)) = (key.path, &layer.value) {
            faults.extend(
                texts.iter().filter_map(|(text, line)| Some((*line, rule_set_fault(&setting.key, text)?))),
            );
        }
        for (argument, line) in arguments(key, &layer.value, SOME_DAY) {
            if let Some(why) = judge(&argument).fault {
                let line = if line == 0 { setting.line } else { line };
                faults.push((line, format!("{}: {why}", setting.key)));
            }
        }
    }
    for source in part.sources.iter().flatten() {
        let wrong = source.paths.iter().filter_map(|path| placeholder_fault(path));
        faults.extend(wrong.map(|why| (source.line, format!("{SOURCE}.paths: {why}"))));
        if let Some((name, line)) = &source.dialect
            && source_dialect(name, folder).is_none()
        {
            let near = did_you_mean(name, dialect::builtin().iter().map(|dialect| dialect.name.as_str()));
            let message = format!(
                "{SOURCE}.dialect: `{name}` is no built-in dialect (`attain dialects list`), and no file{near}"
            );
            faults.push((*line, message));
        }
    }
    faults
}

/// That a name is of no rule set. `None` if it is of one, or the path of a file.
fn rule_set_fault(key: &str, name: &str) -> Option<String> {
    let is_path = name.to_lowercase().ends_with(".toml") || Path::new(name).is_file();
    let names: Vec<String> =
        rules::builtin().iter().flat_map(|rules| [rules.name.clone(), rules.id()]).collect();
    if is_path || names.iter().any(|other| other == name.trim()) {
        return None;
    }
    let near = did_you_mean(name, names.iter().map(String::as_str));
    Some(format!("{key}: there is no rule set `{name}` (`attain rules list`), and no such file{near}"))
}

/// The dialect of a source: a built-in one by its name, else a file. `None` if there is neither.
fn source_dialect(name: &str, folder: &Path) -> Option<SourceDialect> {
    if let Some(index) = dialect::builtin().iter().position(|dialect| dialect.name == name) {
        return Some(SourceDialect::Builtin(index));
    }
    let path = PathBuf::from(joined(folder, name));
    let is_path = path.is_file() || name.to_lowercase().ends_with(".toml");
    is_path.then_some(SourceDialect::File(path))
}
