//! Switches with a value: `--quiet=false`, `--decimal-comma=true`. Comes in: the user's arguments. Goes out: the arguments as clap reads them, and the
//! switches that are off. It reads neither the environment nor a project file, which give switches the same values.

use std::ffi::OsString;

use clap::{ArgAction, Command};

use super::keys::OptionKey;
use crate::config::project::KeyValues;

/// The value of a switch. `None` if the text is none.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// The arguments with each switch as clap reads it: without `--quiet=false`, with `--quiet` for `--quiet=true`; and the keys of switches that are off,
/// and hold in no layer. What stands behind `--` is no switch.
pub(super) fn without_refused(
    user: Vec<OsString>,
    root: &Command,
    keys: &[OptionKey],
) -> (Vec<OsString>, Vec<String>) {
    let (mut left, mut refused) = (Vec::new(), Vec::new());
    let is_switch = |key: &OptionKey| matches!(key.key.takes, KeyValues::Flag | KeyValues::FlagOrFiles);
    let mut is_behind = false;
    for argument in user {
        is_behind |= argument == "--";
        let said = argument.to_str().and_then(|text| text.strip_prefix("--")?.split_once('='));
        let switch = said.filter(|_| !is_behind).and_then(|(long, value)| {
            let key = keys.iter().find(|key| key.long == long && is_switch(key));
            let is_of_command = key.is_some() || is_flag(root, long);
            Some((long, key)).filter(|_| is_of_command).zip(truth(value))
        });
        match switch {
            Some(((long, _), true)) => left.push(format!("--{long}").into()),
            Some(((_, key), false)) => refused.extend(key.map(|key| key.key.name.clone())),
            None => left.push(argument),
        }
    }
    (left, refused)
}

/// Whether a command, or one below it, has a flag of this name.
fn is_flag(command: &Command, long: &str) -> bool {
    let is_it =
        |arg: &clap::Arg| arg.get_long() == Some(long) && matches!(arg.get_action(), ArgAction::SetTrue);
    command.get_arguments().any(is_it) || command.get_subcommands().any(|below| is_flag(below, long))
}
