//! The environment variables `ATTAIN_…`, one for each key of a project file. Comes in: variables. Goes out: values, or errors of usage for names that
//! are no option. It is the only file that reads the environment.

use std::ffi::OsString;

use super::keys::OptionKey;
use super::layers::LayerValue;
use super::switches::truth;
use crate::cli::usage;
use crate::config::project::{KeyValues, SettingValue, did_you_mean};
use crate::diagnostics::error::Error;

/// What every variable begins with.
const PREFIX: &str = "ATTAIN_";

/// The project file, and its profile.
const CONFIG: &str = "ATTAIN_CONFIG";
const PROFILE: &str = "ATTAIN_PROFILE";

/// Variables of the development of attain itself: what its tests and benches read, and what its build script tells the compiler, since cargo hands
/// that on to the programs that it runs.
const OF_DEVELOPMENT: [&str; 5] =
    ["ATTAIN_BLESS", "ATTAIN_BENCH_ENTERED", "ATTAIN_COMMIT", "ATTAIN_FEATURES", "ATTAIN_TARGET"];

/// What the environment says.
#[derive(Debug, Default)]
pub(super) struct Environment {
    pub(super) config: Option<OsString>,
    pub(super) profile: Option<String>,
    /// Each key with its value.
    pub(super) values: Vec<(String, LayerValue)>,
}

/// Reads the variables. A blank one is not set.
///
/// # Errors
/// A variable is no option, or its value is none that the option can have.
pub(super) fn environment(
    variables: impl Iterator<Item = (OsString, OsString)>,
    keys: &[OptionKey],
) -> Result<Environment, Error> {
    let (environment, mut faults) = readable_variables(variables, keys);
    faults.sort();
    if faults.is_empty() { Ok(environment) } else { Err(usage(faults.join("\n"))) }
}

/// As [`environment`], with the faults beside what can be read.
pub(super) fn readable_variables(
    variables: impl Iterator<Item = (OsString, OsString)>,
    keys: &[OptionKey],
) -> (Environment, Vec<String>) {
    let mut environment = Environment::default();
    let mut faults = Vec::new();
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
        if value.is_empty() || OF_DEVELOPMENT.contains(&name) || is_of_cluster(name) {
            continue;
        }
        if name == CONFIG {
            environment.config = Some(value);
            continue;
        }
        let Ok(text) = value.into_string() else {
            faults.push(format!("{name}: the environment variable is no UTF-8"));
            continue;
        };
        if name == PROFILE {
            environment.profile = Some(text);
        } else if let Some(key) = keys.iter().find(|key| key.variable() == name) {
            match setting(key, &text) {
                Ok(value) => {
                    let value = LayerValue { value, origin: name.to_owned(), is_of_file: false };
                    environment.values.push((key.key.name.clone(), value));
                }
                Err(expected) => {
                    faults.push(format!(
                        "{name}: the environment variable is `{text}`, and {expected} is expected"
                    ));
                }
            }
        } else {
            let names: Vec<String> = keys.iter().map(OptionKey::variable).collect();
            let names = names.iter().map(String::as_str).chain([CONFIG, PROFILE]);
            let near = did_you_mean(&name[PREFIX.len()..], names.map(|name| &name[PREFIX.len()..]));
            let near = near.replace("mean `", &format!("mean `{PREFIX}"));
            let rest = match near.is_empty() {
                true => "; names are those of the keys of a project file, in upper case: rename or unset it",
                false => "",
            };
            faults.push(format!("the environment variable {name} is no option of attain{near}{rest}"));
        }
    }
    (environment, faults)
}

/// Whether a cluster or container engine sets such a variable for a service that is called `attain`.
fn is_of_cluster(name: &str) -> bool {
    let rest = &name[PREFIX.len()..];
    rest == "PORT"
        || rest == "NAME"
        || ["SERVICE_HOST", "SERVICE_PORT", "PORT_", "ENV_"].iter().any(|of| rest.starts_with(of))
}

/// The value of a variable: what would stand behind `=` on the command line; of an option that may be repeated, one value a line.
fn setting(key: &OptionKey, text: &str) -> Result<SettingValue, &'static str> {
    let truth = truth(text);
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let texts = |texts: &mut dyn Iterator<Item = &str>| {
        SettingValue::Texts(texts.map(|text| (text.to_owned(), 0)).collect())
    };
    match (key.key.takes, truth) {
        (KeyValues::Flag, truth) => truth.map(SettingValue::Flag).ok_or("true or false"),
        (KeyValues::FlagOrFiles, Some(truth)) => Ok(SettingValue::Flag(truth)),
        (KeyValues::Count, _) => text.parse().map(SettingValue::Count).map_err(|_| "a number"),
        (KeyValues::One, _) => Ok(texts(&mut std::iter::once(text))),
        (KeyValues::Many | KeyValues::FlagOrFiles, _) => Ok(texts(&mut lines())),
    }
}
