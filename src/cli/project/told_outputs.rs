//! Where a report whose project file or environment is at fault would have gone, so that the fault is recorded there. Comes in: arguments. Goes out:
//! paths of outputs, as far as the file tells them. It tells no fault.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::environment::readable_variables;
use super::keys::{OptionKey, option_keys};
use super::layers::{Layers, Overrides, arguments, of_file};
use super::{Leaf, config_of, day_of, without_refused};
use crate::base::calendar::Day;
use crate::cli::input::parse_as_of;
use crate::config::project::{ProjectKey, ProjectPart, readable_part};

/// Outputs that a project file or the environment names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::cli) struct ToldOutputs {
    /// The first file of the report. **Absent**: standard output, or it cannot be told.
    pub(in crate::cli) output: Option<PathBuf>,
    /// **Absent**: none, or it cannot be told.
    pub(in crate::cli) metrics: Option<PathBuf>,
}

/// The outputs of a command whose project file or environment is at fault. `None` if the command is no report, or the file is no TOML.
pub(super) fn told_outputs(user: Vec<OsString>, today: Day) -> Option<ToldOutputs> {
    let mut root = super::root();
    root.build();
    let keys = option_keys(&root);
    let (user, _) = without_refused(user, &root, &keys);
    let matches = root.clone().ignore_errors(true).try_get_matches_from(&user).ok()?;
    let leaf = Leaf::of(&root, &matches);
    if !leaf.is_report() || leaf.is_show() {
        return None;
    }
    let (said, _) = readable_variables(std::env::vars_os(), &keys);
    let mut layers = Layers::new();
    if let Ok(Some(config)) = config_of(&leaf, &said) {
        let profile = leaf.text("named_profile").or_else(|| leaf.text("profile"));
        let profile = profile.map(|profile| profile.to_string_lossy().into_owned()).or(said.profile.clone());
        layers = layers_of(&config, profile.as_deref(), &keys)?;
    }
    layers.extend(said.values);
    let overrides = Overrides::new(leaf.command, leaf.given, &keys);
    let as_of = day_of(&leaf, &layers, today);
    // A day that cannot be read names no file.
    let as_of = parse_as_of(&as_of).ok().map(|day| day.to_string());
    let first = |name: &str| {
        let key = keys.iter().find(|key| key.key.name == name).filter(|_| !overrides.drops(name))?;
        let (argument, _) = arguments(key, &layers.get(name)?.value, as_of.as_deref()?).into_iter().next()?;
        let path = argument.to_str()?.strip_prefix(&format!("--{}=", key.long))?;
        (path != "-").then(|| PathBuf::from(path))
    };
    Some(ToldOutputs { output: first("output"), metrics: first("metrics") })
}

/// The values of a project file that can be read, by key. `None` if it is no TOML.
fn layers_of(config: &Path, profile: Option<&str>, keys: &[OptionKey]) -> Option<Layers> {
    let text = fs::read_to_string(config).ok()?;
    let project_keys: Vec<ProjectKey> = keys.iter().map(|key| key.key.clone()).collect();
    let project = readable_part(&text, &project_keys)?;
    let folder = config.parent().unwrap_or(Path::new(""));
    let of_profile = profile.and_then(|profile| project.profiles.get(profile));
    let mut layers = Layers::new();
    for ProjectPart { settings, .. } in [&project.top].into_iter().chain(of_profile) {
        for setting in settings {
            let Some(key) = keys.iter().find(|key| key.key.name == setting.key) else { continue };
            layers.insert(setting.key.clone(), of_file(setting, key, folder, String::new()));
        }
    }
    Some(layers)
}
