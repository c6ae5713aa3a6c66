//! `attain report` on the command line. Comes in: arguments. Goes out: the options of a report. It runs nothing.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::files_beside::{FilesBeside, FilesBesideArgs};
use super::input::{InputArgs, OUTPUT, run_options};
use super::output_names::{SAY_FORMAT, check_extension, distinct_outputs, extensions};
use super::session::Session;
use super::{question, usage};
use crate::config::dialect::{Recognition, builtin, recognise};
use crate::diagnostics::error::Error;
use crate::formats::digest;
use crate::job::HeldTime;
use crate::job::report::{ReportFile, ReportOptions};
use crate::outputs::{ExcelLocale, OutputFormat};

#[derive(Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Where the report goes: csv, tsv, json, xlsx or html by its extension (repeatable) [default: standard output, and no other file]
    ///
    /// Several files are of one run. Beside the first appear its .rejects.csv and .run.json. Folders are made.
    #[arg(short = 'o', long = "output", value_name = "FILE", help_heading = OUTPUT)]
    pub(super) output: Vec<PathBuf>,
    /// Write CSV as Excel of a country opens it by a double click, such as de-DE
    ///
    /// Its delimiter, its decimal mark, a byte order mark.
    #[arg(long, value_name = "xx-YY", value_parser = ExcelLocale::parse, help_heading = OUTPUT)]
    excel_locale: Option<ExcelLocale>,
    /// The run summary of an earlier report, with which a workbook and a page compare this one
    #[arg(long, value_name = "RUN.json", help_heading = OUTPUT)]
    previous: Option<PathBuf>,
    #[command(flatten)]
    pub(super) beside: FilesBesideArgs,
    /// Also write all consumption before it is judged, to a .csv, .tsv or .parquet
    ///
    /// By source, subscription, owner and month; it can be given again in place of the exports.
    #[arg(long, value_name = "FILE", conflicts_with = "assume", help_heading = OUTPUT)]
    credits: Option<PathBuf>,
    /// Write every day of the credits table, not months
    #[arg(long, requires = "credits", help_heading = OUTPUT, hide_short_help = true)]
    credits_by_day: bool,
    /// Also write what judging made of each credit, to a .csv, .tsv or .parquet
    ///
    /// By partner, subscription, month and source.
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    ledger: Option<PathBuf>,
    #[arg(long, value_name = "FORMAT", value_parser = parse_report_format, help = format_help(OutputFormat::OF_REPORT), help_heading = OUTPUT)]
    format: Option<OutputFormat>,
    /// Record a digest of every input in the summary
    #[arg(long, value_enum, help_heading = OUTPUT, hide_short_help = true)]
    digest: Option<DigestArg>,
    #[command(flatten)]
    question: question::QuestionArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum DigestArg {
    Blake3,
    Sha256,
}

fn parse_report_format(text: &str) -> Result<OutputFormat, String> {
    parse_format(OutputFormat::OF_REPORT, text)
}

pub(super) fn format_help(formats: &[OutputFormat]) -> String {
    let formats = OutputFormat::list(formats.iter().copied());
    format!("{formats} [default: by the extension of -o, else csv; on a terminal, table]")
}

pub(super) fn parse_format(formats: &[OutputFormat], text: &str) -> Result<OutputFormat, String> {
    let formats = || formats.iter().copied();
    let parsed = formats().find(|format| match format.has_extension() {
        true => format.as_str().eq_ignore_ascii_case(text),
        false => format.as_str() == text,
    });
    parsed.ok_or_else(|| format!("{} is expected", OutputFormat::list(formats())))
}

pub(super) fn report_options(args: ReportArgs, session: &Session) -> Result<ReportOptions, Error> {
    question::refuse_ids_as_inputs(&args.input.inputs)?;
    let tolerance = args.input.max_rejects;
    let mut run = run_options(args.input, session)?;
    run.tells_losses = true;
    run.digest = args.digest.map(|digest| match digest {
        DigestArg::Blake3 => digest::DigestAlgorithm::Blake3,
        DigestArg::Sha256 => digest::DigestAlgorithm::Sha256,
    });
    let reports = report_files(args.output, args.format)?;
    let FilesBeside { rejects, summary, metrics } =
        args.beside.beside(reports.first().map(|report| report.path.as_path()))?;
    let credits = args.credits.map(|path| table_format("--credits", path)).transpose()?;
    let ledger = args.ledger.map(|path| table_format("--ledger", path)).transpose()?;
    if credits.is_some() || ledger.is_some() {
        run.held = if args.credits_by_day { HeldTime::EveryDay } else { HeldTime::EveryMonth };
    }
    let question = args.question.question()?;
    refuse_columns_of_an_input(&question.columns, &reports)?;
    let (previous, excel, format) = (args.previous, args.excel_locale, args.format);
    let mut options = ReportOptions {
        run,
        tolerance,
        reports,
        previous,
        rejects,
        summary,
        metrics,
        credits,
        ledger,
        format,
        excel,
        paint: session.paint,
        question,
    };
    let outputs = options.outputs();
    distinct_outputs(&outputs, &options.run)?;
    options.run.outputs = outputs;
    Ok(options)
}

/// Columns from which on a table that nothing recognises looks like data that were forgotten.
const COLUMNS_OF_DATA: usize = 3;

/// Refuses to write a file that a later run over its folder would take for a roster, or for data of an unknown layout: nothing in it tells that it is a
/// report (SPEC 3.12).
fn refuse_columns_of_an_input(columns: &[String], reports: &[ReportFile]) -> Result<(), Error> {
    let is_open = |report: &&ReportFile| !report.format.is_presentation();
    let Some(report) = reports.iter().find(is_open).filter(|_| !columns.is_empty()) else { return Ok(()) };
    match recognise(columns, &[], builtin(), None) {
        Recognition::OwnOutput => Ok(()),
        Recognition::Unknown if columns.len() < COLUMNS_OF_DATA => Ok(()),
        Recognition::Unknown
        | Recognition::Fits(_)
        | Recognition::Ambiguous { .. }
        | Recognition::DuplicateColumn { .. }
        | Recognition::OtherRole { .. }
        | Recognition::NearMiss(_)
        | Recognition::Misspelt { .. }
        | Recognition::Foreign(_) => Err(usage(format!(
            "--columns: {} with these columns alone would be taken for an input when its folder is read; add a column that only a report has, such as \
             next_tier, consumption_usd or rule_set, or write to standard output",
            report.path.display()
        ))),
    }
}

/// The files of a report, each with its format: `--format` for one file, else by its extension, else CSV. Standard output alone is no file.
fn report_files(output: Vec<PathBuf>, format: Option<OutputFormat>) -> Result<Vec<ReportFile>, Error> {
    // `-` is standard output, as it is standard input elsewhere.
    let is_standard = |path: &Path| path.as_os_str() == "-";
    match output.as_slice() {
        [] => return Ok(Vec::new()),
        [only] if is_standard(only) => return Ok(Vec::new()),
        [_] => {}
        several if several.iter().any(|path| is_standard(path)) => {
            return Err(usage(
                "-o -: the report goes to standard output, or to files; leave one of them out",
            ));
        }
        _ if format.is_some() => {
            return Err(usage("--format: with several -o, the extension of each says its format"));
        }
        _ => {}
    }
    let file = |path: PathBuf| {
        if format.is_none() {
            check_extension(&path, ("a report is", &extensions(OutputFormat::OF_REPORT)), SAY_FORMAT)?;
        }
        let by_extension = || OutputFormat::of_extension(&path, OutputFormat::OF_REPORT);
        let format = format.or_else(by_extension).unwrap_or_default();
        Ok(ReportFile { path, format })
    };
    output.into_iter().map(file).collect()
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
