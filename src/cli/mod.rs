//! The command line: the only file that knows clap. Comes in: arguments. Goes out: an exit code (SPEC 4): 0 done, 1 no
//! report, 2 wrong usage or a bad rule set or dialect, 3 more rows refused than tolerated, 4 a denied warning, 5 another tier in a difference.

mod answer;
mod diff;
mod explain;
mod history;
mod plan;
mod question;
mod rules_diff;
mod spark;

use std::ffi::OsString;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::base::amount::DecimalMark;
use crate::base::calendar::{DateOrder, Day, WindowKind};
use crate::base::file_option::FileOption;
use crate::base::ids::PartnerId;
use crate::base::limits;
use crate::config::dialect::{self, Role};
use crate::config::rules;
use crate::credits::engine::local::fold::RowPath;
use crate::diagnostics::error::Error;
use crate::diagnostics::warning::{CodeSelector, DeniedWarnings, WarningCode};
use crate::formats::{GivenPath, digest};
use crate::job::check::check;
use crate::job::report::{Outcome, ReportOptions, Tolerance, report};
use crate::job::{self, HeldTime, RoleDemand, RunOptions};
use crate::judge::overlaps::{OnOverlap, OverlapChoices};
use crate::outputs::{self, OutputFormat};
use crate::rows::ReadingOptions;
use crate::sources::Dataset;
use crate::testdata::{self, GenerateError};

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
    Report(Box<ReportArgs>),
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
    /// The rule sets: what each tier requires
    #[command(subcommand)]
    Rules(RulesCommand),
    /// The dialects: the known shapes of exports
    #[command(subcommand)]
    Dialects(DialectsCommand),
    /// Write a job that adds up exports on Apache Spark; `attain report` judges its folder
    Spark(spark::SparkArgs),
    /// Write synthetic data
    Generate(GenerateArgs),
}

#[derive(Args)]
struct InputArgs {
    /// Files, folders (walked) or patterns; `-` is standard input. Each file's role is recognised from its header
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// A file of consumption (repeatable, like the other roles)
    #[arg(long, value_name = "PATH")]
    consumption: Vec<PathBuf>,
    /// A file of credentials
    #[arg(long, value_name = "PATH")]
    credentials: Vec<PathBuf>,
    /// A roster
    #[arg(long, value_name = "PATH")]
    partners: Vec<PathBuf>,
    /// A file that associates subscriptions with partners
    #[arg(long, value_name = "PATH")]
    associations: Vec<PathBuf>,
    /// A file of rates to USD
    #[arg(long, value_name = "PATH")]
    rates: Vec<PathBuf>,
    /// A file of countries' markets
    #[arg(long, value_name = "PATH")]
    markets: Vec<PathBuf>,
    /// A what-if: a file of consumption, credentials, partners, markets or associations in attain's own formats, added to what is read
    /// (repeatable); the report's `rule_set` ends in `+assumed`, and the notes of each partner that it is about say `assumed`
    #[arg(long, value_name = "FILE")]
    assume: Vec<PathBuf>,
    /// A rule set: a name, a name@version, or a file
    #[arg(long, value_name = "NAME|FILE", default_value = DEFAULT_RULES)]
    rules: String,
    /// The day for which partners are judged [default: today, UTC; `check` then looks at all rows, of whatever day]
    #[arg(long, value_name = "DATE", value_parser = parse_as_of)]
    as_of: Option<Day>,
    /// How the window lies before that day
    #[arg(long, value_enum, default_value = "complete-months")]
    window: WindowArg,
    /// A what-if: a window of so many months, 1 to 120, instead of the rule set's; the report's `rule_set` says so
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=120))]
    window_months: Option<u32>,
    /// How many refused rows are tolerated: a number, or a share of all rows read
    #[arg(long, value_name = "N|P%", default_value = "0", value_parser = parse_tolerance)]
    max_rejects: Tolerance,
    /// Warnings that make the run incomplete, besides those denied by default; `all` is every code (docs/CODES.md lists them)
    #[arg(long, value_name = "CODE,...", value_delimiter = ',', value_parser = parse_code)]
    deny: Vec<CodeSelector>,
    /// Warnings that leave the run complete; a code that is named beats `all`, and --allow beats --deny
    #[arg(long, value_name = "CODE,...", value_delimiter = ',', value_parser = parse_code)]
    allow: Vec<CodeSelector>,
    /// One more dialect, tried before the built-in ones (repeatable)
    #[arg(long, value_name = "FILE")]
    dialect: Vec<PathBuf>,
    /// The partner of partner cost rows that name none: the direct partner whose own export it is. ID for all such exports, ID:FILE for one, by
    /// its path or the end of it (repeatable; the one for a file beats the one for all)
    #[arg(long, value_name = "ID[:FILE]")]
    partner_id: Vec<String>,
    /// The currency of exports without a column for it: a code such as CNY for all of them, or CODE:FILE for one, by its path or the end of it
    /// (repeatable; the one for a file beats the one for all)
    #[arg(long, value_name = "CODE[:FILE]")]
    currency: Vec<String>,
    /// All rows of an export are usage, though it lacks a column that tells usage from other rows: of all such exports, or of FILE, by its path
    /// or the end of it (repeatable)
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    usage_only: Vec<String>,
    /// Amounts of delimited text use a decimal comma: of all files, or of FILE, by its path or the end of it (repeatable). Without this, the
    /// cells of each file decide
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    decimal_comma: Vec<String>,
    /// Dates with slashes are D/M/Y: of all files, or of FILE, by its path or the end of it (repeatable)
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    day_first: Vec<String>,
    /// What to do where two snapshots of one kind tell of the same consumption: auto (the newest run of an export counts, equal copies count
    /// once, what is unclear is an error), newest (the newer counts where it is unclear), sum (both count where it is unclear), error (every
    /// overlap outside of a scheduled export is an error)
    #[arg(long, value_enum, value_name = "HOW", default_value = "auto")]
    on_overlap: OnOverlapArg,
    /// Which kind of data counts where two tell of one subscription in one month, the first first: insights, cost-actual, cost-amortized,
    /// focus, recon-billed, recon-unbilled, own
    #[arg(long, value_name = "DATASET,...", value_delimiter = ',', value_parser = parse_dataset)]
    prefer: Vec<Dataset>,
    /// No progress, no summary for people; standard error has one line if the exit code is not 0
    #[arg(long)]
    quiet: bool,
    /// Threads that read [default: all cores]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Bytes of a block of text: changes the speed, never a figure
    #[arg(long, value_name = "N", hide = true, default_value_t = default_block(), value_parser = parse_block_bytes)]
    block_bytes: NonZeroUsize,
}

/// The rule set of a run that names none.
const DEFAULT_RULES: &str = "cloud-platform";

impl InputArgs {
    /// Whether any input is given.
    fn has_inputs(&self) -> bool {
        let by_role = [
            &self.consumption,
            &self.credentials,
            &self.partners,
            &self.associations,
            &self.rates,
            &self.markets,
        ];
        by_role.into_iter().chain([&self.inputs, &self.assume]).any(|paths| !paths.is_empty())
    }
}

fn default_block() -> NonZeroUsize {
    NonZeroUsize::new(limits::BLOCK_BYTES).expect("a block has bytes")
}

#[derive(Args)]
struct ReportArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Where the report goes; beside it appear its .rejects.csv and .run.json [default: standard output, and no other file]
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
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

#[derive(Args)]
struct CheckArgs {
    #[command(flatten)]
    input: InputArgs,
}

#[derive(Subcommand)]
enum RulesCommand {
    /// List the rule sets
    List,
    /// Print a rule set, with its source
    Show {
        /// A name, or a name@version
        name: String,
    },
    /// Tell every fault of a rule set
    Check {
        /// A file, or a name
        file: String,
    },
    /// Tell in which clauses two rule sets differ, and with inputs, the partners whose tier differs
    Diff(Box<rules_diff::RulesDiffArgs>),
}

#[derive(Subcommand)]
enum DialectsCommand {
    /// List the dialects
    List,
    /// Print a dialect
    Show {
        /// A name
        name: String,
    },
    /// Tell every fault of the dialects, and that each documented header fits one of them only
    Check {
        /// A dialect of your own, checked together with the built-in ones
        file: Option<PathBuf>,
    },
}

#[derive(Args)]
struct GenerateArgs {
    /// The folder to write to; it is made if it is missing, and must be empty
    dir: PathBuf,
    /// How many partners
    #[arg(long, default_value_t = 1000)]
    partners: u32,
    /// How many rows of consumption
    #[arg(long, default_value_t = 100_000)]
    rows: u64,
    /// The dialect of the consumption
    #[arg(long, default_value = "cost-partner")]
    dialect: String,
    /// The only columns of the consumption to write, with commas between them [default: all that are documented]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    columns: Vec<String>,
    /// Seed: equal seeds give equal bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The order of the rows: anywhere, or by day and subscription as in real exports (other rows, not the same in another order)
    #[arg(long, value_enum, default_value = "random")]
    order: OrderArg,
    /// How often partners occur: a few much oftener than the rest as in real exports, or every subscription alike
    #[arg(long, value_enum, default_value = "skewed")]
    spread: SpreadArg,
}

#[derive(Clone, Copy, ValueEnum)]
enum WindowArg {
    CompleteMonths,
    TrailingDays,
}

#[derive(Clone, Copy, ValueEnum)]
enum OnOverlapArg {
    Auto,
    Newest,
    Sum,
    Error,
}

#[derive(Clone, Copy, ValueEnum)]
enum DigestArg {
    Blake3,
    Sha256,
}

#[derive(Clone, Copy, ValueEnum)]
enum OrderArg {
    Random,
    Grouped,
}

#[derive(Clone, Copy, ValueEnum)]
enum SpreadArg {
    Skewed,
    Even,
}

fn parse_as_of(text: &str) -> Result<Day, String> {
    let day: Option<Day> = text.parse().ok().filter(|_| text.len() == 10);
    let years = Day::from_ymd_opt(1950, 1, 1).zip(Day::from_ymd_opt(9999, 12, 31));
    day.filter(|day| years.is_some_and(|(first, last)| first <= *day && *day <= last))
        .ok_or_else(|| "a date such as 2017-07-07 is expected, from 1950-01-01 on".to_owned())
}

fn parse_dataset(text: &str) -> Result<Dataset, String> {
    Dataset::of_word(text.trim()).ok_or_else(|| format!("one of {} is expected", Dataset::words()))
}

fn parse_tolerance(text: &str) -> Result<Tolerance, String> {
    let expected = || "a number of rows such as 10, or a share such as 0.5%, is expected".to_owned();
    let Some(percent) = text.strip_suffix('%') else {
        return text.parse().map(Tolerance::Rows).map_err(|_| expected());
    };
    // 1 % is 10⁷ billionths; seven decimals of a percent are kept.
    let (units, decimals) = percent.split_once('.').unwrap_or((percent, ""));
    let is_number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    if units.is_empty() || units.len() > 3 || decimals.len() > 7 || !is_number(units) || !is_number(decimals)
    {
        return Err(expected());
    }
    let billionths: u64 = format!("{units}{decimals:0<7}").parse().map_err(|_| expected())?;
    if billionths > 1_000_000_000 { Err(expected()) } else { Ok(Tolerance::Billionths(billionths)) }
}

fn parse_code(text: &str) -> Result<CodeSelector, String> {
    CodeSelector::parse(text).ok_or_else(|| {
        let codes: Vec<&str> = WarningCode::ALL.iter().map(|code| code.as_str()).collect();
        format!("no warning has this code; all, {} are expected", codes.join(", "))
    })
}

fn parse_block_bytes(text: &str) -> Result<NonZeroUsize, String> {
    let bytes: Option<NonZeroUsize> = text.parse().ok();
    bytes
        .filter(|bytes| bytes.get() <= limits::BLOCK_BYTES_MAX)
        .ok_or_else(|| format!("a number of bytes from 1 to {} is expected", limits::BLOCK_BYTES_MAX))
}

fn format_help() -> String {
    let formats = OutputFormat::list(OutputFormat::OF_REPORT.iter().copied());
    format!("{formats} [default: by the extension of -o, else csv; on a terminal, table]")
}

fn parse_format(text: &str) -> Result<OutputFormat, String> {
    let formats = || OutputFormat::OF_REPORT.iter().copied();
    let parsed = formats().find(|format| match format.has_extension() {
        true => format.as_str().eq_ignore_ascii_case(text),
        false => format.as_str() == text,
    });
    parsed.ok_or_else(|| format!("{} is expected", OutputFormat::list(formats())))
}

/// Runs the program; `today` is the default of `--as-of`.
pub fn main(args: impl IntoIterator<Item = OsString>, today: Day) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; clap gives 0 for them, 2 for the rest.
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            error.print().unwrap_or_default();
            return ExitCode::from(code);
        }
    };
    match execute(cli.command, today) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            for line in error.to_string().lines() {
                to_stderr(&format!("attain: {line}\n"));
            }
            ExitCode::from(error.exit_code())
        }
    }
}

fn execute(command: Command, today: Day) -> Result<u8, Error> {
    match command {
        Command::Report(args) => {
            let output = args.output.clone().filter(|output| output.as_os_str() != "-");
            let result = report_options(*args, today).and_then(|options| report(&options).map(exit_code));
            let beside = output.as_deref().and_then(outputs::names_beside);
            if let (Err(error), Some(names)) = (&result, beside) {
                outputs::record_failure(&names.failure, error);
            }
            result
        }
        Command::History(args) => {
            let output = args.output.clone().filter(|output| output.as_os_str() != "-");
            let result = history::history_options(args, today)
                .and_then(|options| crate::job::history::history(&options).map(exit_code));
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
        Command::Rules(command) => rules_command(command, today),
        Command::Dialects(command) => dialects_command(command),
        Command::Spark(args) => spark::run(args),
        Command::Generate(args) => generate_command(args),
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

fn run_options(args: InputArgs, today: Day) -> Result<RunOptions, Error> {
    let by_role = [
        (Some(Role::Consumption), args.consumption),
        (Some(Role::Credentials), args.credentials),
        (Some(Role::Partners), args.partners),
        (Some(Role::Associations), args.associations),
        (Some(Role::Rates), args.rates),
        (Some(Role::Markets), args.markets),
        (None, args.inputs),
    ];
    let mut given: Vec<GivenPath> = by_role
        .into_iter()
        .flat_map(|(role, paths)| {
            paths.into_iter().map(move |path| GivenPath { path, role, is_assumed: false })
        })
        .collect();
    if given.is_empty() {
        return Err(usage("no input: give files, folders or patterns; see attain report --help"));
    }
    for path in args.assume {
        if path.is_dir() {
            return Err(usage(format!("--assume {}: this is a folder; give files", path.display())));
        }
        given.push(GivenPath { path, role: None, is_assumed: true });
    }
    if given.iter().filter(|given| given.path.as_os_str() == "-").count() > 1 {
        return Err(usage("standard input can be read once only"));
    }
    let reading = ReadingOptions {
        decimal_mark: stated_for(&args.decimal_comma, DecimalMark::Comma),
        date_order: stated_for(&args.day_first, DateOrder::DayFirst),
        partner_id: partner_option(&args.partner_id)?,
        currency: currency_option(&args.currency)?,
        usage_only: stated_for(&args.usage_only, ()),
    };
    Ok(RunOptions {
        given,
        rules: args.rules,
        as_of: args.as_of.unwrap_or(today),
        window: match args.window {
            WindowArg::CompleteMonths => WindowKind::CompleteMonths,
            WindowArg::TrailingDays => WindowKind::TrailingDays,
        },
        window_months: args.window_months,
        dialects: args.dialect,
        reading,
        threads: args.threads,
        block_bytes: args.block_bytes,
        covers_all_time: false,
        digest: None,
        is_quiet: args.quiet,
        demand: RoleDemand::Report,
        denied: DeniedWarnings::new(&args.deny, &args.allow),
        outputs: Vec::new(),
        lists_partners: false,
        tells_losses: false,
        held: HeldTime::default(),
        overlaps: OverlapChoices {
            on_overlap: match args.on_overlap {
                OnOverlapArg::Auto => OnOverlap::Auto,
                OnOverlapArg::Newest => OnOverlap::Newest,
                OnOverlapArg::Sum => OnOverlap::Sum,
                OnOverlapArg::Error => OnOverlap::Error,
            },
            prefer: args.prefer,
        },
        path: RowPath::default(),
    })
}

/// The values of `--currency`: a code for all exports, or a code and the path of one.
fn currency_option(values: &[String]) -> Result<FileOption<String>, Error> {
    let mut option = FileOption::default();
    for value in values {
        let (code, path) =
            value.split_once(':').map_or((value.as_str(), None), |(code, path)| (code, Some(path)));
        if code.len() != 3
            || !code.bytes().all(|b| b.is_ascii_alphabetic())
            || path.is_some_and(str::is_empty)
        {
            return Err(usage(format!(
                "--currency {value}: a code of three letters is expected, such as EUR, or EUR:jan.csv"
            )));
        }
        let of = path.map_or("all exports".to_owned(), |path| format!("`{path}`"));
        let disagree = |_| usage(format!("--currency: two currencies are given for {of}"));
        option.add(code.to_ascii_uppercase(), path).map_err(disagree)?;
    }
    Ok(option)
}

/// The values of `--partner-id`: a partner for all exports, or a partner and the path of one.
fn partner_option(values: &[String]) -> Result<FileOption<PartnerId>, Error> {
    let mut option = FileOption::default();
    for value in values {
        let (id, path) = value.split_once(':').map_or((value.as_str(), None), |(id, path)| (id, Some(path)));
        let nobody = || usage(format!("--partner-id: `{id}` names no partner"));
        let id = PartnerId::parse(id).ok_or_else(nobody)?;
        let of = path.map_or("all exports".to_owned(), |path| format!("`{path}`"));
        let disagree = |_| usage(format!("--partner-id: two partners are given for {of}"));
        option.add(id, path).map_err(disagree)?;
    }
    Ok(option)
}

/// A value that an option states for all inputs, where its text is blank, or for the file of a path.
fn stated_for<T: Copy + PartialEq>(texts: &[String], value: T) -> FileOption<T> {
    let mut option = FileOption::default();
    for text in texts {
        let path = Some(text.as_str()).filter(|path| !path.is_empty());
        option.add(value, path).expect("one value agrees with itself");
    }
    option
}

fn report_options(args: ReportArgs, today: Day) -> Result<ReportOptions, Error> {
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

/// Outputs must differ from each other, and from the rule set and dialects of the run.
fn distinct_outputs(outputs: &[PathBuf], run: &RunOptions) -> Result<(), Error> {
    for (index, output) in outputs.iter().enumerate() {
        if outputs[..index].iter().any(|other| outputs::same_file(other, output)) {
            return Err(usage(format!("{}: two outputs cannot be the same file", output.display())));
        }
        let rules = Path::new(&run.rules);
        if run
            .dialects
            .iter()
            .map(PathBuf::as_path)
            .chain([rules])
            .any(|used| used.is_file() && outputs::same_file(used, output))
        {
            return Err(usage(format!(
                "{}: a rule set or dialect of the run cannot be an output",
                output.display()
            )));
        }
    }
    Ok(())
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

/// The extension of a name that promises another format than a report can have.
fn foreign_extension(output: &Path) -> Option<String> {
    if OutputFormat::of_extension(output, OutputFormat::OF_REPORT).is_some() {
        return None;
    }
    let extension = output.extension()?.to_str()?.to_lowercase();
    let foreign = ["xlsx", "xlsm", "xlsb", "xls", "ods", "parquet", "gz", "zst", "zip", "pdf", "html"];
    foreign.contains(&extension.as_str()).then_some(extension)
}

fn rules_command(command: RulesCommand, today: Day) -> Result<u8, Error> {
    match command {
        RulesCommand::List => {
            let line = |rules: &rules::RuleSet| format!("{}  {}\n", rules.id(), rules.title);
            to_stdout(&rules::builtin().iter().map(line).collect::<String>())?;
        }
        RulesCommand::Show { name } => {
            let selected = rules::select(&name, today)?;
            to_stdout(&selected.rule_set.text)?;
        }
        RulesCommand::Check { file } => {
            let (rules, _) = job::load_rules(&file, today)?;
            to_stdout(&format!("{}: sound\n", rules.id()))?;
        }
        RulesCommand::Diff(args) => {
            let options = rules_diff::options(*args, today)?;
            return job::rules_diff::rules_diff(&options).map(exit_code);
        }
    }
    Ok(0)
}

fn dialects_command(command: DialectsCommand) -> Result<u8, Error> {
    match command {
        DialectsCommand::List => {
            let line = |d: &dialect::Dialect| format!("{:28} {:13} {}\n", d.name, d.role.as_str(), d.title);
            to_stdout(&dialect::builtin().iter().map(line).collect::<String>())?;
        }
        DialectsCommand::Show { name } => {
            let text = dialect::builtin_texts().iter().find(|(known, _)| *known == name);
            let (_, text) =
                text.ok_or_else(|| usage(format!("no dialect `{name}`; attain dialects list names them")))?;
            to_stdout(text)?;
        }
        DialectsCommand::Check { file } => {
            let user = job::load_dialects(file.as_slice())?;
            let name = file.as_ref().map_or("built-in".to_owned(), |file| file.display().to_string());
            let input_errors = dialect::check_all(&user);
            if !input_errors.is_empty() {
                return Err(Error::BadDialect { name, input_errors });
            }
            let headers = dialect::documented_headers().len();
            let count = dialect::builtin().len() + user.len();
            to_stdout(&format!(
                "{count} dialects are sound; each of {headers} documented headers fits its own only\n"
            ))?;
        }
    }
    Ok(0)
}

fn generate_command(args: GenerateArgs) -> Result<u8, Error> {
    let options = testdata::Options {
        dir: args.dir.clone(),
        partners: args.partners,
        rows: args.rows,
        dialect: args.dialect,
        columns: args.columns,
        seed: args.seed,
        order: match args.order {
            OrderArg::Random => testdata::Order::Random,
            OrderArg::Grouped => testdata::Order::Grouped,
        },
        spread: match args.spread {
            SpreadArg::Skewed => testdata::Spread::Skewed,
            SpreadArg::Even => testdata::Spread::Even,
        },
        threads: 0,
    };
    let generated = testdata::generate(&options).map_err(|error| match error {
        GenerateError::UnknownDialect { .. }
        | GenerateError::UnknownColumn { .. }
        | GenerateError::NoPartners => usage(error.to_string()),
        other => Error::Output { path: args.dir.clone(), source: io::Error::other(other.to_string()) },
    })?;
    let line = |(path, bytes): &(PathBuf, u64)| format!("{}  {bytes} bytes\n", path.display());
    to_stdout(&generated.files.iter().map(line).collect::<String>())?;
    Ok(0)
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

    #[test]
    fn a_tolerance_is_rows_or_a_share() {
        assert_eq!(parse_tolerance("10"), Ok(Tolerance::Rows(10)));
        assert_eq!(parse_tolerance("0.5%"), Ok(Tolerance::Billionths(5_000_000)));
        assert_eq!(parse_tolerance("100%"), Ok(Tolerance::Billionths(1_000_000_000)));
        for text in ["", "%", "-1", "1.5", "101%", "1e2%", "0.12345678%", ".5%"] {
            assert!(parse_tolerance(text).is_err(), "{text}");
        }
    }

    #[test]
    fn as_of_is_an_iso_date() {
        assert!(parse_as_of("2017-07-07").is_ok());
        for text in ["2017-7-7", "07/07/2017", "0001-01-01", "2017-02-29", "today"] {
            assert!(parse_as_of(text).is_err(), "{text}");
        }
    }
}
