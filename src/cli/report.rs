//! `attain report` on the command line. Comes in: arguments. Goes out: the options of a report. It runs nothing.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::input::{InputArgs, run_options};
use super::output_names::{distinct_outputs, foreign_extension};
use super::{question, usage};
use crate::base::calendar::Day;
use crate::diagnostics::error::Error;
use crate::formats::digest;
use crate::job::HeldTime;
use crate::job::report::ReportOptions;
use crate::outputs::{self, OutputFormat};

#[derive(Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Where the report goes; beside it appear its .rejects.csv and .run.json [default: standard output, and no other file]
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Where the refused rows go
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Where the run summary goes
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Also write all consumption by source, subscription, owner and month, before it is judged, to a .csv, .tsv or .parquet; it can be
    /// given again in place of the exports
    #[arg(long, value_name = "FILE", conflicts_with = "assume")]
    credits: Option<PathBuf>,
    /// Write every day of the credits table, not months
    #[arg(long, requires = "credits")]
    credits_by_day: bool,
    /// Also write what judging made of each credit, by partner, subscription, month and source, to a .csv, .tsv or .parquet
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    #[arg(long, value_name = "FORMAT", value_parser = parse_format, help = format_help())]
    format: Option<OutputFormat>,
    /// Record a digest of every input in the summary
    #[arg(long, value_enum)]
    digest: Option<DigestArg>,
    #[command(flatten)]
    question: question::QuestionArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum DigestArg {
    Blake3,
    Sha256,
}

pub(super) fn format_help() -> String {
    let formats = OutputFormat::list(OutputFormat::OF_REPORT.iter().copied());
    format!("{formats} [default: by the extension of -o, else csv; on a terminal, table]")
}

pub(super) fn parse_format(text: &str) -> Result<OutputFormat, String> {
    let formats = || OutputFormat::OF_REPORT.iter().copied();
    let parsed = formats().find(|format| match format.has_extension() {
        true => format.as_str().eq_ignore_ascii_case(text),
        false => format.as_str() == text,
    });
    parsed.ok_or_else(|| format!("{} is expected", OutputFormat::list(formats())))
}

pub(super) fn report_options(args: ReportArgs, today: Day) -> Result<ReportOptions, Error> {
    let tolerance = args.input.max_rejects;
    let mut run = run_options(args.input, today)?;
    run.tells_losses = true;
    run.digest = args.digest.map(|digest| match digest {
        DigestArg::Blake3 => digest::DigestAlgorithm::Blake3,
        DigestArg::Sha256 => digest::DigestAlgorithm::Sha256,
    });
    // `-` is standard output, as it is standard input elsewhere.
    let output = args.output.filter(|output| output.as_os_str() != "-");
    let beside = output.as_deref().and_then(outputs::names_beside);
    let (rejects, summary) = match beside {
        Some(names) => (args.rejects.or(Some(names.rejects)), args.summary.or(Some(names.summary))),
        None => (args.rejects, args.summary),
    };
    let credits = args.credits.map(|path| table_format("--credits", path)).transpose()?;
    let ledger = args.ledger.map(|path| table_format("--ledger", path)).transpose()?;
    if credits.is_some() || ledger.is_some() {
        run.held = if args.credits_by_day { HeldTime::EveryDay } else { HeldTime::EveryMonth };
    }
    let by_extension = |output: &Path| OutputFormat::of_extension(output, OutputFormat::OF_REPORT);
    let format = args.format.or_else(|| output.as_deref().and_then(by_extension));
    let question = args.question.question()?;
    let mut options =
        ReportOptions { run, tolerance, output, rejects, summary, credits, ledger, format, question };
    let outputs = options.outputs();
    let run = &options.run;
    distinct_outputs(&outputs, run)?;
    if let (Some(output), None) = (&options.output, args.format)
        && let Some(extension) = foreign_extension(output)
    {
        let files = OutputFormat::OF_REPORT.iter().copied().filter(|format| format.has_extension());
        let formats = OutputFormat::list(files);
        return Err(usage(format!(
            "{}: a report is {formats}, not {extension}; say --format if the name is right",
            output.display()
        )));
    }
    options.run.outputs = outputs;
    Ok(options)
}

/// The format of a credits table or ledger, by its extension.
fn table_format(option: &str, path: PathBuf) -> Result<(PathBuf, OutputFormat), Error> {
    let shown = path.display();
    match OutputFormat::of_extension(&path, OutputFormat::OF_CREDITS) {
        Some(OutputFormat::Parquet) if !cfg!(feature = "parquet") => {
            Err(usage(format!("{option} {shown}: this build of attain has no Parquet; give a .csv or .tsv")))
        }
        Some(format) => Ok((path, format)),
        None => Err(usage(format!("{option} {shown}: give a .csv, .tsv or .parquet"))),
    }
}
