//! `attain config show`: every option with the value that holds, as a project file with a comment of where each comes from. Comes in: layers, and
//! the command line. Goes out: TOML that, saved as a project file, gives the same run.

use std::fmt::Write as _;

use clap::{ArgMatches, Command};

use super::keys::OptionKey;
use super::layers::{LayerValue, Layers, Overrides, is_given};
use super::sources::ResolvedSource;
use super::{Leaf, MergedArguments};
use crate::config::project::{KeyValues, SOURCE, SettingValue};
use crate::config::toml_text::{toml_list, toml_string};
use crate::formats::shown_name;
use crate::job::ProjectUsed;

/// The effective values of a report.
pub(super) fn effective(
    root: &Command,
    keys: &[OptionKey],
    layers: &Layers,
    overrides: &Overrides,
    (leaf, refused): (&Leaf<'_>, &[String]),
    merged: &MergedArguments,
) -> String {
    // What clap cannot read is told when the whole is read.
    let Ok(matches) = root.clone().try_get_matches_from(&merged.arguments) else { return String::new() };
    let all = Leaf::of(root, &matches).given.clone();
    let mut out = String::from("# What holds, and where each value comes from: a project file of its own.\n");
    if let Some(ProjectUsed { path, profile }) = merged.project.used() {
        let profile = profile.map(|profile| format!(", profile {profile}"));
        writeln!(out, "# project file: {}{}", shown_name(&path), profile.unwrap_or_default())
            .expect("a string takes all text");
    }
    for key in keys.iter().filter(|key| !key.is_hidden || is_given(leaf.given, &key.id)) {
        let name = &key.key.name;
        let layer = layers.get(name).filter(|_| !overrides.drops(name));
        let (value, origin) = match layer {
            Some(layer) => (of_layer(key, layer), layer.origin.as_str()),
            None => match is_given(leaf.given, &key.id) || refused.contains(name) {
                true => (of_line(key, &all), "command line"),
                false => (of_line(key, &all), "default"),
            },
        };
        match value {
            Some(value) => writeln!(out, "{name} = {value}  # {origin}"),
            None => writeln!(out, "# {name}: not set"),
        }
        .expect("a string takes all text");
    }
    if leaf.has_inputs() {
        let inputs = all.get_raw("inputs").unwrap_or_default();
        let inputs: Vec<String> = inputs.map(|path| path.to_string_lossy().into_owned()).collect();
        let paths = toml_list(inputs.iter().map(String::as_str));
        write!(out, "\n[[{SOURCE}]]  # command line\npaths = {paths}\n").expect("a string takes all text");
    }
    for source in &merged.project.sources {
        out += &of_source(source);
    }
    out
}

fn of_source(source: &ResolvedSource) -> String {
    let table = &source.table;
    let truth = |truth: bool| truth.to_string();
    let dialect = match &source.dialect {
        Some(crate::job::SourceDialect::File(path)) => Some(toml_string(&path.to_string_lossy())),
        Some(crate::job::SourceDialect::Builtin(_)) | None => {
            table.dialect.as_ref().map(|(name, _)| toml_string(name))
        }
    };
    let values = [
        ("paths", Some(toml_list(table.paths.iter().map(String::as_str)))),
        ("role", table.role.map(|role| toml_string(role.as_str()))),
        ("dialect", dialect),
        ("currency", table.currency.as_deref().map(toml_string)),
        ("decimal_comma", table.decimal_comma.map(truth)),
        ("day_first", table.day_first.map(truth)),
        ("partner_id", table.partner_id.as_ref().map(|partner| toml_string(partner.as_str()))),
        ("usage_only", table.usage_only.then(|| truth(true))),
    ];
    let lines = values.into_iter().filter_map(|(key, value)| Some(format!("{key} = {}\n", value?)));
    format!("\n[[{SOURCE}]]  # {}\n{}", source.origin, lines.collect::<String>())
}

/// The TOML of a value below the command line.
fn of_layer(key: &OptionKey, layer: &LayerValue) -> Option<String> {
    match &layer.value {
        SettingValue::Flag(truth) => Some(truth.to_string()),
        SettingValue::Count(count) => Some(count.to_string()),
        SettingValue::Texts(texts) => {
            of_texts(key, &texts.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>())
        }
    }
}

/// The TOML of a value that the command line or a default gives. `None` if there is none.
fn of_line(key: &OptionKey, matches: &ArgMatches) -> Option<String> {
    let texts = || -> Vec<String> {
        let raw = matches.get_raw(&key.id).unwrap_or_default();
        raw.map(|text| text.to_string_lossy().into_owned()).collect()
    };
    match key.key.takes {
        KeyValues::Flag => Some(matches.get_flag(&key.id).to_string()),
        KeyValues::Count => Some(matches.get_count(&key.id).to_string()),
        KeyValues::One | KeyValues::Many | KeyValues::FlagOrFiles => {
            matches.value_source(&key.id).and_then(|_| of_texts(key, &texts()))
        }
    }
}

fn of_texts(key: &OptionKey, texts: &[String]) -> Option<String> {
    let list = || toml_list(texts.iter().map(String::as_str));
    match (key.key.takes, texts) {
        (KeyValues::FlagOrFiles, [only]) if only.is_empty() => Some("true".to_owned()),
        (KeyValues::Many | KeyValues::FlagOrFiles, _) => Some(list()),
        (_, [only]) => Some(toml_string(only)),
        (_, []) => None,
        (_, [..]) => Some(list()),
    }
}
