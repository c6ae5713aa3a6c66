//! `attain history` on the command line. Comes in: arguments. Goes out: the options of a history. It runs nothing.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::files_beside::{FilesBeside, FilesBesideArgs};
use super::input::{InputArgs, OUTPUT, parse_as_of, run_options};
use super::output_names::{SAY_FORMAT, check_extension, distinct_outputs, extensions};
use super::report::{format_help, parse_format};
use super::session::Session;
use super::usage;
use crate::base::calendar::Day;
use crate::diagnostics::error::Error;
use crate::job::HeldTime;
use crate::job::history::{DaySelection, Every, HistoryLines, HistoryOptions};
use crate::outputs::OutputFormat;

/// A heading of the help.
const DAYS: &str = "Which days and lines";

#[derive(Args)]
pub(super) struct HistoryArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Where the history goes [default: standard output, and no other file]
    ///
    /// Beside it appear its .rejects.csv and .run.json. Folders are made.
    #[arg(short = 'o', long = "output", value_name = "FILE", help_heading = OUTPUT)]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) beside: FilesBesideArgs,
    /// Every month with data, also those whose window begins before the data
    #[arg(long, help_heading = DAYS)]
    all: bool,
    /// Which days are judged: the last day of each month, or every day from --from to --to
    #[arg(long, value_enum, default_value = "month", help_heading = DAYS)]
    every: EveryArg,
    /// The first day [default: the first one whose window lies in the months of the data]
    #[arg(long, value_name = "DATE", value_parser = parse_as_of, help_heading = DAYS)]
    from: Option<Day>,
    /// The last day [default: --as-of]
    #[arg(long, value_name = "DATE", value_parser = parse_as_of, conflicts_with = "as_of", help_heading = DAYS)]
    to: Option<Day>,
    /// Only lines whose tier differs from the line of the partner before
    ///
    /// The first line of a partner stays if it has a tier.
    #[arg(long, help_heading = DAYS)]
    changes: bool,
    #[arg(long, value_name = "FORMAT", value_parser = parse_table_format, help = format_help(OutputFormat::OF_TABLE))]
    format: Option<OutputFormat>,
}

#[derive(Clone, Copy, ValueEnum)]
enum EveryArg {
    Month,
    Day,
}

fn parse_table_format(text: &str) -> Result<OutputFormat, String> {
    parse_format(OutputFormat::OF_TABLE, text)
}

/// The options of a history.
pub(super) fn history_options(args: HistoryArgs, session: &Session) -> Result<HistoryOptions, Error> {
    let tolerance = args.input.max_rejects;
    let mut run = run_options(args.input, session)?;
    run.as_of = args.to.unwrap_or(run.as_of);
    run.tells_losses = true;
    let every = match args.every {
        EveryArg::Month => Every::Month,
        EveryArg::Day => Every::Day,
    };
    let by_day_from = match (every, args.from) {
        (Every::Day, None) => return Err(usage("--every day: say the first day, --from DATE")),
        (Every::Day, from) => from,
        (Every::Month, _) => None,
    };
    if let Some(from) = args.from.filter(|from| *from > run.as_of) {
        return Err(usage(format!("--from {from} is later than the last day, {}", run.as_of)));
    }
    run.held = HeldTime::EveryWindow { by_day_from };
    // `-` is standard output, as it is standard input elsewhere.
    let output = args.output.filter(|output| output.as_os_str() != "-");
    let FilesBeside { rejects, summary, metrics } = args.beside.beside(output.as_deref())?;
    if let (Some(output), None) = (&output, args.format) {
        let formats = extensions(OutputFormat::OF_TABLE);
        check_extension(output, ("a history is", &formats), SAY_FORMAT)?;
    }
    let by_extension = |output: &PathBuf| OutputFormat::of_extension(output, OutputFormat::OF_TABLE);
    let format = args.format.or_else(|| output.as_ref().and_then(by_extension));
    let days = DaySelection { every, from: args.from, takes_cut_windows: args.all };
    let lines = if args.changes { HistoryLines::Changes } else { HistoryLines::All };
    let mut options =
        HistoryOptions { run, days, lines, tolerance, output, rejects, summary, metrics, format };
    let files = options.outputs();
    distinct_outputs(&files, &options.run)?;
    options.run.outputs = files;
    Ok(options)
}
