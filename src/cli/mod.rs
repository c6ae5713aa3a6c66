//! The command line: the only file that knows clap. Comes in: arguments. Goes out: an exit code (SPEC 4): 0 done, 1 no
//! report, 2 wrong usage or a bad rule set or dialect, 3 more rows refused than tolerated, 4 a denied warning, 5 another tier in a difference.

mod answer;
mod columns;
mod dialects;
mod diff;
mod explain;
mod generate;
mod history;
mod init;
mod input;
mod output_names;
mod plan;
mod project;
mod question;
mod report;
mod rules;
mod rules_diff;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use self::input::{InputArgs, run_options};
use crate::base::calendar::Day;
use crate::diagnostics::error::Error;
use crate::job::check::check;
use crate::job::run_outcome::Outcome;
use crate::job::{self, RoleDemand};
use crate::outputs;

/// Which tier does each partner attain, what is it short of, and why?
#[derive(Parser)]
#[command(name = "attain", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read exports and write every partner's tier and shortfalls
    Report(Box<report::ReportArgs>),
    /// Write the report that the project file ./attain.toml asks for
    Run(Box<project::RunArgs>),
    /// Tell why partners have their tiers: what counts and what does not, by month, subscription, person and row
    Explain(explain::ExplainArgs),
    /// Read exports once and write every partner's tier and shortfalls as of every month end
    History(history::HistoryArgs),
    /// Tell what each partner must add for its next tier, and by when; the nearest partner first
    Plan(plan::PlanArgs),
    /// Tell what each file is, which columns were found, the days covered, and what is wrong
    Check(CheckArgs),
    /// Compare two runs: tiers won and lost, who is nearer, and what makes up each change
    Diff(diff::DiffArgs),
    /// What the columns of the tables mean
    Columns(columns::ColumnsArgs),
    /// The rule sets: what each tier requires
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// The dialects: the known shapes of exports
    #[command(subcommand)]
    Dialects(dialects::DialectsCommand),
    /// Write a project file for a folder of exports: its sources, what was seen of them, outputs and gates
    Init(init::InitArgs),
    /// The project file
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Write synthetic data
    Generate(generate::GenerateArgs),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print what `attain run` would use with the same arguments, as a project file, and where each value comes from
    Show(Box<project::RunArgs>),
}

impl Command {
    /// What the project file says to the command. `None` if it takes none.
    fn project_mut(&mut self) -> Option<&mut project::ResolvedProject> {
        let input = match self {
            Command::Report(args) => &mut args.input,
            Command::Run(args) | Command::Config(ConfigCommand::Show(args)) => &mut args.report.input,
            Command::Explain(args) => &mut args.input,
            Command::History(args) => &mut args.input,
            Command::Plan(args) => &mut args.input,
            Command::Check(args) => &mut args.input,
            Command::Rules(rules::RulesCommand::Diff(args)) => &mut args.input,
            Command::Init(_)
            | Command::Diff(_)
            | Command::Rules(_)
            | Command::Dialects(_)
            | Command::Columns(_)
            | Command::Generate(_) => {
                return None;
            }
        };
        Some(&mut input.project.resolved)
    }
}

#[derive(Args)]
struct CheckArgs {
    #[command(flatten)]
    input: InputArgs,
}

/// Runs the program; `today` is the default of `--as-of`.
pub fn main(args: impl IntoIterator<Item = OsString>, today: Day) -> ExitCode {
    let merged = match project::merged(args.into_iter().collect(), today) {
        Ok(merged) => merged,
        Err(error) => return failed(&error),
    };
    let mut cli = match Cli::try_parse_from(merged.arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; clap gives 0 for them, 2 for the rest.
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            error.print().unwrap_or_default();
            if code != 0 && !merged.added.is_empty() {
                to_stderr(&format!("\nnot of the command line: {}\n", merged.added.join(", ")));
            }
            return ExitCode::from(code);
        }
    };
    if let Some(project) = cli.command.project_mut() {
        *project = merged.project;
    }
    match execute(cli.command, today) {
        Ok(code) => ExitCode::from(code),
        Err(error) => failed(&error),
    }
}

/// Tells people of an error, and gives its exit code.
fn failed(error: &Error) -> ExitCode {
    for line in error.to_string().lines() {
        to_stderr(&format!("attain: {line}\n"));
    }
    ExitCode::from(error.exit_code())
}

fn execute(command: Command, today: Day) -> Result<u8, Error> {
    match command {
        Command::Report(args) => {
            let output = args.output.first().cloned().filter(|output| output.as_os_str() != "-");
            let result = report::report_options(*args, today)
                .and_then(|options| job::report::report(&options).map(exit_code));
            let beside = output.as_deref().and_then(outputs::names_beside);
            if let (Err(error), Some(names)) = (&result, beside) {
                outputs::record_failure(&names.failure, error);
            }
            result
        }
        Command::Init(args) => init::init_command(args, today),
        Command::Run(args) => execute(Command::Report(Box::new(args.report)), today),
        Command::Config(ConfigCommand::Show(args)) => {
            to_stdout(&args.report.input.project.resolved.effective)?;
            Ok(0)
        }
        Command::History(args) => {
            let output = args.output.clone().filter(|output| output.as_os_str() != "-");
            let result = history::history_options(args, today)
                .and_then(|options| job::history::history(&options).map(exit_code));
            let beside = output.as_deref().and_then(outputs::names_beside);
            if let (Err(error), Some(names)) = (&result, beside) {
                outputs::record_failure(&names.failure, error);
            }
            result
        }
        Command::Check(args) => {
            let tolerance = args.input.max_rejects;
            let covers_all_time = args.input.as_of.is_none();
            let mut options = run_options(args.input, today)?;
            // Without a day to judge for, every row is looked at.
            options.covers_all_time = covers_all_time;
            options.lists_partners = true;
            // A folder, or a day to judge for, asks whether a report would lack anything; a few files ask what they are.
            let is_preflight = !covers_all_time || options.given.iter().any(|given| given.path.is_dir());
            options.demand = if is_preflight { RoleDemand::Preflight } else { RoleDemand::Files };
            let (text, outcome) = check(&options, tolerance)?;
            to_stdout(&text)?;
            Ok(exit_code(outcome))
        }
        Command::Diff(args) => diff::diff_command(args),
        Command::Explain(args) => {
            let options = explain::options(args, today)?;
            job::explain::explain(&options).map(exit_code)
        }
        Command::Plan(args) => {
            let options = plan::options(args, today)?;
            job::plan::plan(&options).map(exit_code)
        }
        Command::Columns(args) => columns::columns_command(args, today),
        Command::Rules(command) => rules::rules_command(command, today),
        Command::Dialects(command) => dialects::dialects_command(command),
        Command::Generate(args) => generate::generate_command(args),
    }
}

fn exit_code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Complete => 0,
        Outcome::TooManyRefused => 3,
        Outcome::Incomplete => 4,
    }
}

fn usage(message: impl Into<String>) -> Error {
    Error::Usage { message: message.into() }
}

fn to_stdout(text: &str) -> Result<(), Error> {
    let written = io::stdout().lock().write_all(text.as_bytes());
    written.map_err(|source| Error::Output { path: PathBuf::from("standard output"), source })
}

fn to_stderr(text: &str) {
    // If people cannot be told, the exit code still tells.
    io::stderr().write_all(text.as_bytes()).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
