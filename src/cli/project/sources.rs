//! The sources of a project file in a run. Comes in: sources as loaded, and what the command line and the environment say instead. Goes out: paths and
//! what holds for their files, in the options of a run. It opens no file.

use std::path::{Path, PathBuf};

use super::Leaf;
use super::keys::OptionKey;
use super::layers::{Layers, Overrides, is_given, with_day};
use super::load::{LoadedProject, LoadedSource};
use crate::base::amount::DecimalMark;
use crate::base::calendar::DateOrder;
use crate::config::dialect::Role;
use crate::config::project::{SettingValue, SourceTable};
use crate::formats::{GivenPath, names_of_path, shown_name};
use crate::job::{ProjectUsed, SourceDialect, SourceOptions};
use crate::rows::ReadingOptions;

/// What a project file says and no option can say.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct ResolvedProject {
    /// The project file. **Absent**: there is none.
    pub(in crate::cli) path: Option<PathBuf>,
    /// The profile that holds. **Absent**: the top level alone.
    pub(super) profile: Option<String>,
    pub(super) sources: Vec<ResolvedSource>,
    /// For `attain config show`: the values that hold.
    pub(in crate::cli) effective: String,
}

/// A source with paths as they are opened.
#[derive(Debug, Clone)]
pub(super) struct ResolvedSource {
    pub(super) table: SourceTable,
    pub(super) dialect: Option<SourceDialect>,
    pub(super) origin: String,
    /// Paths with the day in them.
    paths: Vec<PathBuf>,
}

/// The sources that hold: none if the command line gives inputs, none of a role whose files it or the environment names. A value of theirs
/// for all inputs goes before the value of a source.
pub(super) fn resolve(
    leaf: &Leaf<'_>,
    keys: &[OptionKey],
    layers: &Layers,
    overrides: &Overrides,
    loaded: Option<LoadedProject>,
    as_of: &str,
) -> ResolvedProject {
    let Some(LoadedProject { path, profile, mut sources, .. }) = loaded else {
        return ResolvedProject::default();
    };
    let above = Above { leaf, keys, layers, overrides };
    let given: Vec<Role> =
        keys.iter().filter_map(OptionKey::role).filter(|role| above.gives(role.as_str())).collect();
    sources.retain(|source| {
        let is_given = source.table.role.is_some_and(|role| given.contains(&role));
        !leaf.has_inputs() && !is_given
    });
    // A key of the file that gives way to inputs of the command line gives them way with the sources.
    debug_assert!(
        !leaf.has_inputs() || keys.iter().all(|key| key.role().is_none() || overrides.drops(&key.key.name))
    );
    let resolved = |LoadedSource { mut table, dialect, origin }: LoadedSource| {
        if above.states_all("currency") {
            table.currency = None;
        }
        if above.states_all("partner_id") {
            table.partner_id = None;
        }
        if above.states_all("decimal_comma") {
            table.decimal_comma = None;
        }
        if above.states_all("day_first") {
            table.day_first = None;
        }
        if above.states_all("usage_only") {
            table.usage_only = false;
        }
        let paths = table.paths.iter().map(|path| PathBuf::from(with_day(path, as_of))).collect();
        ResolvedSource { table, dialect, origin, paths }
    };
    let sources = sources.into_iter().map(resolved).collect();
    ResolvedProject { path: Some(path), profile, sources, effective: String::new() }
}

/// The command line and the environment, which go before the file.
struct Above<'a> {
    leaf: &'a Leaf<'a>,
    keys: &'a [OptionKey],
    layers: &'a Layers,
    overrides: &'a Overrides,
}

impl Above<'_> {
    /// Whether a key has a value.
    fn gives(&self, key: &str) -> bool {
        !self.values(key).is_empty() || self.layers.get(key).is_some_and(|layer| !layer.is_of_file)
    }

    /// The values of a key on the command line, else in the environment.
    fn values(&self, key: &str) -> Vec<String> {
        let id = self.keys.iter().find(|of| of.key.name == key).map(|of| of.id.as_str());
        if let Some(id) = id.filter(|id| is_given(self.leaf.given, id)) {
            let raw = self.leaf.given.get_raw(id).unwrap_or_default();
            return raw.map(|value| value.to_string_lossy().into_owned()).collect();
        }
        match self.layers.get(key).filter(|layer| !layer.is_of_file).map(|layer| &layer.value) {
            Some(SettingValue::Texts(texts)) => texts.iter().map(|(text, _)| text.clone()).collect(),
            Some(SettingValue::Flag(_)) => vec![String::new()],
            Some(SettingValue::Count(_)) | None => Vec::new(),
        }
    }

    /// Whether a key has a value for all files, and not for one that it names; a switch also if the command line puts it off.
    fn states_all(&self, key: &str) -> bool {
        let is_for_all = |value: &String| match key {
            "currency" | "partner_id" => !value.contains(':'),
            _ => value.is_empty(),
        };
        let is_of_line = |of: &OptionKey| of.key.name == key && is_given(self.leaf.given, &of.id);
        let is_switch = !matches!(key, "currency" | "partner_id");
        let is_off = is_switch && self.overrides.drops(key) && !self.keys.iter().any(is_of_line);
        is_off || self.values(key).iter().any(is_for_all)
    }
}

impl ResolvedProject {
    /// The project file and its profile. `None` if there is none.
    pub(in crate::cli) fn used(&self) -> Option<ProjectUsed> {
        Some(ProjectUsed { path: self.path.clone()?, profile: self.profile.clone() })
    }

    /// Whether the file has any source that holds.
    pub(in crate::cli) fn has_sources(&self) -> bool {
        !self.sources.is_empty()
    }

    /// The paths of all sources.
    pub(in crate::cli) fn given(&self) -> impl Iterator<Item = GivenPath> {
        self.sources.iter().enumerate().flat_map(|(number, source)| {
            let role = source.table.role;
            let given = |path: &PathBuf| GivenPath {
                path: path.clone(),
                role,
                is_assumed: false,
                source: Some(number),
            };
            source.paths.iter().map(given).collect::<Vec<_>>()
        })
    }

    /// States in the options of a run what holds for the files of each source, and returns the sources.
    pub(in crate::cli) fn state(&self, reading: &mut ReadingOptions) -> Vec<SourceOptions> {
        let options = |source: &ResolvedSource| {
            let shown = |path: &PathBuf| shown_name(path);
            let names: Vec<String> =
                source.paths.iter().flat_map(|path: &PathBuf| names_of_path(Path::new(path))).collect();
            let SourceTable { role, currency, decimal_comma, day_first, partner_id, usage_only, .. } =
                &source.table;
            let mark = |is_comma| if is_comma { DecimalMark::Comma } else { DecimalMark::Point };
            let order = |is_day_first| if is_day_first { DateOrder::DayFirst } else { DateOrder::MonthFirst };
            reading.currency.add_source(&names, currency.clone());
            reading.decimal_mark.add_source(&names, decimal_comma.map(mark));
            reading.date_order.add_source(&names, day_first.map(order));
            reading.partner_id.add_source(&names, partner_id.clone());
            reading.usage_only.add_source(&names, usage_only.then_some(()));
            SourceOptions {
                label: source.origin.clone(),
                paths: source.paths.iter().map(shown).collect(),
                names,
                role: *role,
                dialect: source.dialect.clone(),
            }
        };
        self.sources.iter().map(options).collect()
    }
}
