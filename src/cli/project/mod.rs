//! The project file on the command line: `attain run`, `--config`, `--profile`, `attain config show`. Comes in: arguments, environment, the file. Goes
//! out: arguments with the values of file and environment behind the user's, and the sources of the file. It runs nothing.
//!
//! Precedence: the command line, then `ATTAIN_…`, then the profile, then the top level of the file. A list replaces a list, and is never added to
//! one. [`keys`] has the options as clap defines them, [`layers`] turns values into arguments that clap reads as if the user had typed them, so that
//! a new option needs no line here.

mod effective;
mod environment;
mod keys;
mod layers;
mod load;
mod sources;
mod switches;
mod told_outputs;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, CommandFactory};

use self::environment::{Environment, environment};
use self::keys::{OptionKey, option_keys};
use self::layers::{Layers, Overrides, arguments, is_given, verdict, with_day};
use self::load::{LoadedProject, load};
pub(super) use self::sources::ResolvedProject;
use self::switches::without_refused;
pub(super) use self::told_outputs::ToldOutputs;
use super::input::INPUTS;
use super::{Cli, usage};
use crate::base::calendar::Day;
use crate::config::project::{PROJECT_FILE, SettingValue};
use crate::diagnostics::error::Error;

#[derive(Args)]
pub(super) struct ProjectArgs {
    /// A project file, whose options and sources hold where the command line says nothing
    ///
    /// Only `attain run` reads ./attain.toml by itself. Keys are the long options with `_` for `-`; `attain config show` prints what holds.
    #[arg(long, value_name = "FILE", help_heading = INPUTS)]
    config: Option<PathBuf>,
    /// A profile of the project file, which goes before its top level
    #[arg(long, value_name = "NAME", help_heading = INPUTS)]
    profile: Option<String>,
    /// What the project file says and no option can say.
    #[arg(skip)]
    pub(super) resolved: ResolvedProject,
}

#[derive(Args)]
pub(super) struct RunArgs {
    /// A profile of the project file, `[profile.NAME]` [default: its top level alone]
    #[arg(value_name = "PROFILE", conflicts_with = "profile")]
    named_profile: Option<String>,
    #[command(flatten)]
    pub(super) report: super::report::ReportArgs,
}

/// Arguments with the values of environment and project file.
pub(super) struct MergedArguments {
    pub(super) arguments: Vec<OsString>,
    pub(super) project: ResolvedProject,
    /// What was added to the arguments and where it comes from, for people; one line each.
    pub(super) added: Vec<String>,
}

/// The words of the commands down to the last one, and what the command line gives to it.
struct Leaf<'m> {
    path: Vec<&'m str>,
    command: &'m Command,
    given: &'m ArgMatches,
}

impl<'m> Leaf<'m> {
    fn of(root: &'m Command, matches: &'m ArgMatches) -> Leaf<'m> {
        let mut leaf = Leaf { path: Vec::new(), command: root, given: matches };
        while let Some((name, given)) = leaf.given.subcommand() {
            let Some(command) = leaf.command.find_subcommand(name) else { break };
            leaf = Leaf { path: [leaf.path, vec![name]].concat(), command, given };
        }
        leaf
    }

    fn has(&self, id: &str) -> bool {
        self.command.get_arguments().any(|arg| arg.get_id() == id)
    }

    /// The text that the command line gives to an option.
    fn text(&self, id: &str) -> Option<OsString> {
        let is_of_command = is_given(self.given, id);
        is_of_command.then(|| self.given.get_raw(id)?.next().map(OsString::from)).flatten()
    }

    /// Whether the command is a report, to which keys of outputs and questions belong.
    fn is_report(&self) -> bool {
        matches!(self.path.as_slice(), ["report" | "run"]) || self.is_show()
    }

    fn is_show(&self) -> bool {
        matches!(self.path.as_slice(), ["config", "show"])
    }

    /// Whether the command reads ./attain.toml by itself.
    fn reads_by_itself(&self) -> bool {
        matches!(self.path.as_slice(), ["run"]) || self.is_show()
    }

    /// Whether a key holds for the command.
    fn takes(&self, key: &OptionKey) -> bool {
        // The rule sets of `rules diff` are its arguments.
        let is_compared = matches!(self.path.as_slice(), ["rules", "diff"]) && key.id == "rules";
        self.has(&key.id) && !is_compared && (key.is_shared || self.is_report())
    }

    /// Whether the command line gives inputs.
    fn has_inputs(&self) -> bool {
        // All positional arguments of `explain --all` are inputs.
        is_given(self.given, "inputs")
            || (self.path == ["explain"] && is_given(self.given, "all") && is_given(self.given, "ids"))
    }
}

/// Adds what environment and project file say to the arguments of a command that takes it. Other commands keep theirs, and so does a command whose
/// project file or environment is at fault; then the fault stands beside them, with the outputs that they name.
pub(super) fn merged(
    arguments: Vec<OsString>,
    today: Day,
) -> (MergedArguments, Option<(Error, ToldOutputs)>) {
    match try_merge(arguments.clone(), today) {
        Ok(merged) => (merged, None),
        Err(fault) => {
            let told = told_outputs::told_outputs(arguments.clone(), today).unwrap_or_default();
            let merged =
                MergedArguments { arguments, project: ResolvedProject::default(), added: Vec::new() };
            (merged, Some((fault, told)))
        }
    }
}

/// The whole command.
fn root() -> Command {
    Cli::command()
}

/// As [`merged`].
///
/// # Errors
/// Faults of the project file or of a variable of the environment.
fn try_merge(arguments: Vec<OsString>, today: Day) -> Result<MergedArguments, Error> {
    let mut root = root();
    root.build();
    let unchanged =
        |arguments| MergedArguments { arguments, project: ResolvedProject::default(), added: Vec::new() };
    let keys = option_keys(&root);
    let (arguments, refused) = without_refused(arguments, &root, &keys);
    // Faults of the command line, help and version are told when the whole is read.
    let Ok(matches) = root.clone().ignore_errors(true).try_get_matches_from(&arguments) else {
        return Ok(unchanged(arguments));
    };
    let leaf = Leaf::of(&root, &matches);
    if !leaf.has("config") {
        return Ok(unchanged(arguments));
    }
    let said = environment(std::env::vars_os(), &keys)?;
    let Some(config) = config_of(&leaf, &said)? else {
        if let Some(profile) = leaf.text("profile") {
            let profile = profile.to_string_lossy();
            return Err(usage(format!("--profile {profile}: say the project file too, with --config FILE")));
        }
        return merge((arguments, refused), &leaf, &root, &keys, said, None, today);
    };
    let profile = leaf.text("named_profile").or_else(|| leaf.text("profile"));
    let profile = profile.map(|profile| profile.to_string_lossy().into_owned()).or(said.profile.clone());
    let mut reader = root.clone();
    let loaded = load(&config, profile.as_deref(), &keys, &mut |argument| verdict(&mut reader, argument))?;
    merge((arguments, refused), &leaf, &root, &keys, said, Some(loaded), today)
}

/// The project file of a command. `None` if it has none.
///
/// # Errors
/// The command reads ./attain.toml, and there is none.
fn config_of(leaf: &Leaf<'_>, said: &Environment) -> Result<Option<PathBuf>, Error> {
    if let Some(config) = leaf.text("config").or_else(|| said.config.clone()) {
        return Ok(Some(PathBuf::from(config)));
    }
    if !leaf.reads_by_itself() {
        return Ok(None);
    }
    let here = PathBuf::from(PROJECT_FILE);
    if here.is_file() {
        return Ok(Some(here));
    }
    Err(usage(format!(
        "there is no {PROJECT_FILE} in this folder; `attain init FOLDER` writes one for a folder of exports, --config FILE names another"
    )))
}

fn merge(
    (user, refused): (Vec<OsString>, Vec<String>),
    leaf: &Leaf<'_>,
    root: &Command,
    keys: &[OptionKey],
    said: Environment,
    loaded: Option<LoadedProject>,
    today: Day,
) -> Result<MergedArguments, Error> {
    let mut layers: Layers = loaded.iter().flat_map(|loaded| loaded.layers.clone()).collect();
    layers.extend(said.values);
    let mut overrides = Overrides::new(leaf.command, leaf.given, keys);
    refused.iter().for_each(|key| overrides.add(key));
    let by_role = |key: &&OptionKey| key.role().is_some();
    if leaf.has_inputs() {
        keys.iter().filter(by_role).for_each(|key| overrides.add(&key.key.name));
    }
    let as_of = day_of(leaf, &layers, today);
    let mut reader = root.clone();
    let (mut behind, mut added, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for key in keys.iter().filter(|key| leaf.takes(key) && !overrides.drops(&key.key.name)) {
        let Some(layer) = layers.get(&key.key.name) else { continue };
        for (argument, _) in arguments(key, &layer.value, &as_of) {
            let verdict = verdict(&mut reader, &argument);
            // Values of the file were judged when it was read, each with its line.
            faults.extend(
                verdict.fault.filter(|_| !layer.is_of_file).map(|why| format!("{}: {why}", layer.origin)),
            );
            let lacks = |long: &String| {
                overrides.drops(&long.replace('-', "_")) && !is_given(leaf.given, &long.replace('-', "_"))
            };
            if verdict.requires.iter().any(lacks) {
                continue;
            }
            added.push(format!("{} ({})", argument.to_string_lossy(), layer.origin));
            behind.push(argument);
        }
    }
    if !faults.is_empty() {
        return Err(usage(faults.join("\n")));
    }
    let project = sources::resolve(leaf, keys, &layers, &overrides, loaded, &as_of);
    let arguments = with_behind(with_today(user, &as_of, today), behind);
    let mut merged = MergedArguments { arguments, project, added };
    if leaf.is_show() {
        merged.project.effective =
            effective::effective(root, keys, &layers, &overrides, (leaf, &refused), &merged);
    }
    Ok(merged)
}

/// The day for which partners are judged, as text.
fn day_of(leaf: &Leaf<'_>, layers: &Layers, today: Day) -> String {
    let of_layer = || match &layers.get("as_of")?.value {
        SettingValue::Texts(texts) => texts.first().map(|(text, _)| text.clone()),
        SettingValue::Flag(_) | SettingValue::Count(_) => None,
    };
    let of_line = leaf.text("as_of").map(|text| text.to_string_lossy().into_owned());
    let said = of_line.or_else(of_layer).filter(|text| text != TODAY);
    said.unwrap_or_else(|| today.to_string())
}

/// The word for the day on which the program runs, in UTC.
const TODAY: &str = "today";

/// The user's arguments with days in place of `--as-of today` and of `{as_of}`.
fn with_today(user: Vec<OsString>, as_of: &str, today: Day) -> Vec<OsString> {
    let mut is_day_next = false;
    let replaced = |argument: OsString| {
        let Some(text) = argument.to_str() else { return argument };
        let is_day = std::mem::replace(&mut is_day_next, text == "--as-of");
        match text {
            TODAY if is_day => today.to_string().into(),
            "--as-of=today" => format!("--as-of={today}").into(),
            text => with_day(text, as_of).into(),
        }
    };
    user.into_iter().map(replaced).collect()
}

/// The user's arguments with others behind them, and before the positional ones that follow `--`.
fn with_behind(mut user: Vec<OsString>, behind: Vec<OsString>) -> Vec<OsString> {
    let at = user.iter().position(|argument| argument == "--").unwrap_or(user.len());
    user.splice(at..at, behind);
    user
}
