//! The command line: the only file that knows clap. Comes in: arguments. Goes out: an exit code (SPEC 4): 0 done, 1 no
//! report, 2 wrong usage or a bad rule set or dialect, 3 more rows refused than tolerated, 4 a denied warning, 5 another tier in a difference.

mod answer;
mod check;
mod columns;
mod completions;
mod dialects;
mod diff;
mod explain;
mod file_values;
mod files_beside;
mod generate;
mod help;
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
mod session;
mod spark;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::session::Session;
use crate::base::calendar::UtcClock;
use crate::diagnostics::error::Error;
use crate::diagnostics::fault_list;
use crate::diagnostics::log::Log;
use crate::job;
use crate::outputs;

/// Which tier does each partner attain, what is it short of, and why?
///
/// attain reads exports of Azure consumption and records of credentials (CSV, Excel, JSON, Parquet), and judges every partner by the tiers of a
/// rule set. A report is exact, its totals balance, and what the run does not know is said.
#[derive(Parser)]
#[command(
    name = "attain",
    version,
    long_version = help::LONG_VERSION,
    max_term_width = 100,
    after_help = help::SHORT,
    after_long_help = help::attain()
)]
struct Cli {
    #[command(flatten)]
    session: session::SessionArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read exports and write every partner's tier and shortfalls
    #[command(after_help = help::SHORT, after_long_help = help::report())]
    Report(Box<report::ReportArgs>),
    /// Write the report that the project file ./attain.toml asks for
    #[command(after_help = help::SHORT, after_long_help = help::run())]
    Run(Box<project::RunArgs>),
    /// Tell why partners have their tiers: what counts and what does not, by month, subscription, person and row
    #[command(after_help = help::SHORT, after_long_help = help::explain())]
    Explain(explain::ExplainArgs),
    /// Read exports once and write every partner's tier and shortfalls as of every month end
    #[command(after_help = help::SHORT, after_long_help = help::history())]
    History(history::HistoryArgs),
    /// Tell what each partner must add for its next tier, and by when; the nearest partner first
    #[command(after_help = help::SHORT, after_long_help = help::plan())]
    Plan(plan::PlanArgs),
    /// Tell what each file is, which columns were found, the days covered, and what is wrong
    #[command(after_help = help::SHORT, after_long_help = help::check())]
    Check(check::CheckArgs),
    /// Compare two runs: tiers won and lost, who is nearer, and what makes up each change
    #[command(after_help = help::SHORT, after_long_help = help::diff())]
    Diff(diff::DiffArgs),
    /// What the columns of the tables mean
    #[command(after_help = help::SHORT, after_long_help = help::columns())]
    Columns(columns::ColumnsArgs),
    /// The rule sets: what each tier requires
    #[command(subcommand, after_help = help::SHORT, after_long_help = help::rules())]
    Rules(rules::RulesCommand),
    /// The dialects: the known shapes of exports
    #[command(subcommand, after_help = help::SHORT, after_long_help = help::dialects())]
    Dialects(dialects::DialectsCommand),
    /// Write a job that adds up exports on Apache Spark; `attain report` judges its folder
    #[command(after_help = help::SHORT, after_long_help = help::spark())]
    Spark(spark::SparkArgs),
    /// Write a project file for a folder of exports: its sources, what was seen of them, outputs and gates
    #[command(after_help = help::SHORT, after_long_help = help::init())]
    Init(init::InitArgs),
    /// The project file
    #[command(subcommand, after_help = help::SHORT, after_long_help = help::config())]
    Config(ConfigCommand),
    /// Write synthetic data
    #[command(after_help = help::SHORT, after_long_help = help::generate())]
    Generate(generate::GenerateArgs),
    /// Print the completions of a shell
    #[command(after_help = help::SHORT, after_long_help = help::completions())]
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write one for each command
    #[command(after_help = help::SHORT, after_long_help = help::man())]
    Man(completions::ManArgs),
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
            | Command::Spark(_)
            | Command::Generate(_)
            | Command::Completions(_)
            | Command::Man(_) => return None,
        };
        Some(&mut input.project.resolved)
    }
}

/// Runs the program. The clock gives the default of `--as-of`, and the times of logs and of the run.
pub fn main(args: impl IntoIterator<Item = OsString>, clock: UtcClock) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let command = Cli::command().color(session::help_colors(&args));
    let (merged, fault) = project::merged(args, clock.today());
    let matches = command.try_get_matches_from(merged.arguments);
    let mut cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; clap gives 0 for them, 2 for the rest.
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            error.print().unwrap_or_default();
            if code != 0 && !merged.added.is_empty() {
                let added = format!("\nnot of the command line: {}\n", merged.added.join(", "));
                io::stderr().write_all(added.as_bytes()).unwrap_or_default();
            }
            return ExitCode::from(code);
        }
    };
    let session = cli.session.session(clock);
    let mut records = RunRecords::of(&cli.command);
    let fault = fault.map(|(fault, told)| {
        records.add(told);
        fault
    });
    if let Some(project) = cli.command.project_mut() {
        *project = merged.project;
    }
    let code = match fault.map_or_else(|| execute(cli.command, &session), Err) {
        Ok(code) => code,
        Err(error) => {
            let record = records.write(&error, &session.log);
            if !error.is_closed_pipe() || record.is_some() {
                fault_list::tell(&error, record.as_deref(), &session.log);
            }
            error.exit_code()
        }
    };
    session.log.end(code);
    ExitCode::from(code)
}

/// The files that tell of a run that gave no report.
#[derive(Default)]
struct RunRecords {
    failure: Option<PathBuf>,
    metrics: Option<PathBuf>,
}

impl RunRecords {
    fn of(command: &Command) -> RunRecords {
        let (output, metrics) = match command {
            Command::Report(args) => (args.output.first(), &args.beside.metrics),
            Command::Run(args) => (args.report.output.first(), &args.report.beside.metrics),
            Command::History(args) => (args.output.as_ref(), &args.beside.metrics),
            _ => return RunRecords::default(),
        };
        RunRecords::new(output.map(PathBuf::as_path), metrics.as_deref())
    }

    fn new(output: Option<&Path>, metrics: Option<&Path>) -> RunRecords {
        let output = output.filter(|output| output.as_os_str() != "-");
        let beside = output.and_then(outputs::names_beside);
        // Not to a name that is refused.
        let is_name = |path: &&Path| output_names::check_names_beside(None, None, Some(path)).is_ok();
        let metrics = metrics.filter(is_name).map(Path::to_path_buf);
        RunRecords { failure: beside.map(|names| names.failure), metrics }
    }

    /// Adds what a project file at fault names, where the command line names nothing.
    fn add(&mut self, told: project::ToldOutputs) {
        let told = RunRecords::new(told.output.as_deref(), told.metrics.as_deref());
        self.failure = self.failure.take().or(told.failure);
        self.metrics = self.metrics.take().or(told.metrics);
    }

    /// Writes the records of a failed run, and tells the name of the one that has all faults, if it could be written.
    fn write(self, error: &Error, log: &Log) -> Option<String> {
        let (started, ended) = (log.started(), log.now());
        if let Some(metrics) = self.metrics {
            outputs::metrics::record_failure(&metrics, error, started, ended);
        }
        let failure = self.failure?;
        outputs::record_failure(&failure, error, started, ended).then(|| failure.display().to_string())
    }
}

fn execute(command: Command, session: &Session) -> Result<u8, Error> {
    let outcome = match command {
        Command::Report(args) => job::report::report(&report::report_options(*args, session)?)?,
        Command::Run(args) => job::report::report(&report::report_options(args.report, session)?)?,
        Command::Init(args) => return init::init_command(args, session),
        Command::Config(ConfigCommand::Show(args)) => {
            to_stdout(&args.report.input.project.resolved.effective)?;
            return Ok(0);
        }
        Command::History(args) => job::history::history(&history::history_options(args, session)?)?,
        Command::Check(args) => check::check_command(args, session)?,
        Command::Explain(args) => job::explain::explain(&explain::options(args, session)?)?,
        Command::Plan(args) => job::plan::plan(&plan::options(args, session)?)?,
        Command::Diff(args) => return diff::diff_command(args),
        Command::Rules(command) => return rules::rules_command(command, session),
        Command::Dialects(command) => return dialects::dialects_command(command),
        Command::Columns(args) => return columns::columns_command(args, session),
        Command::Spark(args) => return spark::spark_command(args),
        Command::Generate(args) => return generate::generate_command(args),
        Command::Completions(args) => return completions::completions_command(&args),
        Command::Man(args) => return completions::man_command(args),
    };
    Ok(outcome.exit_code())
}

fn usage(message: impl Into<String>) -> Error {
    Error::Usage { message: message.into() }
}

fn to_stdout(text: &str) -> Result<(), Error> {
    let written = io::stdout().lock().write_all(text.as_bytes());
    written.map_err(|source| Error::Output { path: PathBuf::from("standard output"), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
