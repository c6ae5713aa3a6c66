//! The keys of a project file, read from clap's own definition of the options, so that a new option is a key at once. Comes in: the command. Goes
//! out: one [`OptionKey`] for each long option of a report. It reads no arguments.

use std::any::TypeId;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Args, Command};

use crate::cli::input::InputArgs;
use crate::config::dialect::Role;
use crate::config::project::{KeyValues, ProjectKey};

/// Options that say which project file holds, and are no keys of one.
const NO_KEYS: [&str; 2] = ["config", "profile"];

/// A long option that is a key of a project file and, with `ATTAIN_` in front and in upper case, an environment variable.
#[derive(Debug, Clone)]
pub(super) struct OptionKey {
    pub(super) key: ProjectKey,
    /// The id of the argument.
    pub(super) id: String,
    pub(super) long: String,
    pub(super) path: PathValue,
    /// Whether every command with inputs has the option; others are of a report alone.
    pub(super) is_shared: bool,
    /// Whether help leaves the option out.
    pub(super) is_hidden: bool,
}

/// Whether the values of an option are paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathValue {
    Always,
    /// A name, or the path of a file.
    OrName,
    Never,
}

impl OptionKey {
    /// The environment variable of the option.
    pub(super) fn variable(&self) -> String {
        format!("ATTAIN_{}", self.key.name.to_uppercase())
    }

    /// Whether the option names files of a role.
    pub(super) fn role(&self) -> Option<Role> {
        let is_of = |role: &Role| self.is_shared && role.as_str() == self.key.name;
        Role::ALL.into_iter().find(is_of)
    }
}

/// The keys, in the order of the options of `attain report`. `root` is the whole command, built.
pub(super) fn option_keys(root: &Command) -> Vec<OptionKey> {
    let report = root.find_subcommand("report").expect("attain has the command report");
    let shared = InputArgs::augment_args(Command::new("shared"));
    let shared: Vec<&str> = shared.get_arguments().map(|arg| arg.get_id().as_str()).collect();
    let key = |arg: &Arg| {
        let long = arg.get_long()?.to_owned();
        let name = long.replace('-', "_");
        let takes = values_of(arg)?;
        (!NO_KEYS.contains(&name.as_str())).then(|| OptionKey {
            key: ProjectKey { name, takes },
            id: arg.get_id().to_string(),
            path: path_value(arg),
            is_shared: arg.is_global_set() || shared.contains(&arg.get_id().as_str()),
            is_hidden: arg.is_hide_set(),
            long,
        })
    };
    report.get_arguments().filter_map(key).collect()
}

/// The values of an option. `None` if it ends the program, as `--help` does.
fn values_of(arg: &Arg) -> Option<KeyValues> {
    let may_be_alone = arg.get_num_args().is_some_and(|count| count.min_values() == 0);
    match arg.get_action() {
        ArgAction::SetTrue | ArgAction::SetFalse => Some(KeyValues::Flag),
        ArgAction::Count => Some(KeyValues::Count),
        ArgAction::Append if may_be_alone => Some(KeyValues::FlagOrFiles),
        ArgAction::Append => Some(KeyValues::Many),
        ArgAction::Set if arg.get_value_delimiter().is_some() => Some(KeyValues::Many),
        ArgAction::Set => Some(KeyValues::One),
        _ => None,
    }
}

fn path_value(arg: &Arg) -> PathValue {
    let may_be_file = || {
        let names = arg.get_value_names().unwrap_or_default();
        names.iter().any(|name| name.split('|').any(|word| word == "FILE") && name.contains('|'))
    };
    if arg.get_value_parser().type_id() == TypeId::of::<PathBuf>() {
        PathValue::Always
    } else if may_be_file() {
        PathValue::OrName
    } else {
        PathValue::Never
    }
}
