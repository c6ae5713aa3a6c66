//! The arguments of every command that reads inputs. Comes in: arguments. Goes out: the options of a run, or an error of usage. It runs nothing.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, FromArgMatches, ValueEnum};

use super::file_values::{currency_option, partner_option, stated_for};
use super::project::ProjectArgs;
use super::session::Session;
use super::usage;
use crate::base::amount::DecimalMark;
use crate::base::calendar::{DateOrder, Day, WindowKind};
use crate::base::limits;
use crate::config::dialect::Role;
use crate::config::project::did_you_mean;
use crate::credits::engine::local::fold::RowPath;
use crate::diagnostics::error::Error;
use crate::diagnostics::warning::{CodeSelector, DeniedWarnings, WarningCode};
use crate::formats::GivenPath;
use crate::job::run_outcome::Tolerance;
use crate::job::{HeldTime, RoleDemand, RunOptions};
use crate::judge::overlaps::{OnOverlap, OverlapChoices};
use crate::rows::ReadingOptions;
use crate::sources::Dataset;

/// The rule set of a run that names none.
pub(super) const DEFAULT_RULES: &str = "cloud-platform";

#[derive(Args)]
pub(super) struct InputArgs {
    /// Files, folders (walked) or patterns; `-` is standard input. Each file's role is recognised from its header
    #[arg(value_name = "INPUT")]
    pub(super) inputs: Vec<PathBuf>,
    /// A file of consumption (repeatable, like the other roles)
    #[arg(long, value_name = "PATH", help_heading = INPUTS)]
    consumption: Vec<PathBuf>,
    /// A file of credentials
    #[arg(long, value_name = "PATH", help_heading = INPUTS)]
    credentials: Vec<PathBuf>,
    /// A roster of partners
    #[arg(long, value_name = "PATH", help_heading = INPUTS)]
    partners: Vec<PathBuf>,
    /// A file that associates subscriptions with partners
    #[arg(long, value_name = "PATH", help_heading = INPUTS)]
    associations: Vec<PathBuf>,
    /// A file of rates to USD
    #[arg(long, value_name = "PATH", help_heading = INPUTS)]
    rates: Vec<PathBuf>,
    /// A file of countries' markets
    #[arg(long, value_name = "PATH", help_heading = INPUTS)]
    markets: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) project: ProjectArgs,
    /// A what-if: a file of records that are added to what is read (repeatable)
    ///
    /// Consumption, credentials, partners, markets or associations, in attain's own formats. The report's `rule_set` ends in `+assumed`, and the
    /// notes of each partner that it is about say `assumed`.
    #[arg(long, value_name = "FILE", help_heading = INPUTS)]
    assume: Vec<PathBuf>,
    /// One more dialect, tried before the built-in ones (repeatable)
    #[arg(long, value_name = "FILE", help_heading = INPUTS)]
    dialect: Vec<PathBuf>,
    /// A rule set: a name, a name@version, or a file
    #[arg(long, value_name = "NAME|FILE", default_value = DEFAULT_RULES, help_heading = RULES)]
    pub(super) rules: String,
    /// The day for which partners are judged [default: today, UTC]
    ///
    /// `check` without it looks at all rows, of whatever day.
    #[arg(long, value_name = "DATE", value_parser = parse_as_of, help_heading = RULES)]
    pub(super) as_of: Option<Day>,
    /// How the window lies before that day
    #[arg(long, value_enum, default_value = "complete-months", help_heading = RULES)]
    window: WindowArg,
    /// A what-if: a window of so many months, 1 to 120, instead of the rule set's
    ///
    /// The report's `rule_set` says so.
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=120),
        help_heading = RULES,
        hide_short_help = true
    )]
    window_months: Option<u32>,
    /// How many refused rows are tolerated: a number, or a share of all rows read
    #[arg(long, value_name = "N|P%", default_value = "0", value_parser = parse_tolerance, help_heading = GATES)]
    pub(super) max_rejects: Tolerance,
    /// Warnings that make the run incomplete, besides those denied by default
    ///
    /// `all` is every code; docs/CODES.md lists them.
    #[arg(long, value_name = "CODE,...", value_delimiter = ',', value_parser = parse_code, help_heading = GATES)]
    deny: Vec<CodeSelector>,
    /// Warnings that leave the run complete
    ///
    /// A code that is named beats `all`, and --allow beats --deny.
    #[arg(long, value_name = "CODE,...", value_delimiter = ',', value_parser = parse_code, help_heading = GATES)]
    allow: Vec<CodeSelector>,
    /// Roles that must have rows: without a row of one of them there is no report
    #[arg(long, value_name = "ROLE,...", value_delimiter = ',', value_parser = parse_role, help_heading = GATES)]
    require: Vec<Role>,
    /// Leave out faulty files and go on: the run is incomplete (exit code 4) and names each
    ///
    /// What a file that was left out could have changed makes the tiers of partners uncertain: `file-left-out` in the column `confidence`. Faults
    /// between files, and of options, rule sets and dialects, stop the run all the same.
    #[arg(long, help_heading = GATES)]
    keep_going: bool,
    /// The partner of partner cost rows that name none: the direct partner whose own export it is
    ///
    /// ID for all such exports, ID:FILE for one, by its path or the end of it (repeatable; the one for a file beats the one for all).
    #[arg(long, value_name = "ID[:FILE]", help_heading = READING)]
    partner_id: Vec<String>,
    /// The currency of exports without a column for it
    ///
    /// A code such as CNY for all of them, or CODE:FILE for one, by its path or the end of it (repeatable; the one for a file beats the one for
    /// all).
    #[arg(long, value_name = "CODE[:FILE]", help_heading = READING)]
    currency: Vec<String>,
    /// All rows of an export are usage, though it lacks a column that tells usage from other rows
    ///
    /// Of all such exports, or of FILE, by its path or the end of it (repeatable).
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        help_heading = READING,
        hide_short_help = true
    )]
    usage_only: Vec<String>,
    /// Amounts of delimited text use a decimal comma
    ///
    /// Of all files, or of FILE, by its path or the end of it (repeatable). Without this, the cells of each file decide.
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        help_heading = READING
    )]
    decimal_comma: Vec<String>,
    /// Dates with slashes are D/M/Y
    ///
    /// Of all files, or of FILE, by its path or the end of it (repeatable).
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        help_heading = READING
    )]
    day_first: Vec<String>,
    /// What to do where two snapshots of one kind tell of the same consumption
    ///
    /// auto: the newest run of an export counts, equal copies count once, what is unclear is an error. newest: the newer counts where it is
    /// unclear. sum: both count where it is unclear. error: every overlap outside of a scheduled export is an error.
    #[arg(long, value_enum, value_name = "HOW", default_value = "auto", help_heading = READING)]
    on_overlap: OnOverlapArg,
    /// Which kind of data counts where two tell of one subscription in one month, the first first
    ///
    /// insights, cost-actual, cost-amortized, focus, recon-billed, recon-unbilled, own
    #[arg(
        long,
        value_name = "DATASET,...",
        value_delimiter = ',',
        value_parser = parse_dataset,
        help_heading = READING
    )]
    prefer: Vec<Dataset>,
    /// Threads that read [default: all cores]
    #[arg(long, value_name = "N", help_heading = READING, hide_short_help = true)]
    threads: Option<NonZeroUsize>,
    /// Bytes of a block of text: changes the speed, never a figure
    #[arg(long, value_name = "N", hide = true, default_value_t = default_block(), value_parser = parse_block_bytes)]
    block_bytes: NonZeroUsize,
}

/// Headings of the help.
pub(super) const INPUTS: &str = "Inputs";
const RULES: &str = "Rules";
const READING: &str = "How inputs are read";
const GATES: &str = "What makes a run fail";
pub(super) const OUTPUT: &str = "Output";

impl InputArgs {
    /// The arguments of a command that reads a folder, and says nothing more.
    pub(super) fn of_folder(folder: PathBuf) -> InputArgs {
        let parse = |arguments: [&str; 1]| {
            InputArgs::augment_args(clap::Command::new("attain")).try_get_matches_from(arguments)
        };
        let matches = parse(["attain"]).expect("no argument is required");
        let mut args = InputArgs::from_arg_matches(&matches).expect("all have defaults");
        args.inputs = vec![folder];
        args
    }

    /// Whether any input is given.
    pub(super) fn has_inputs(&self) -> bool {
        let by_role = [
            &self.consumption,
            &self.credentials,
            &self.partners,
            &self.associations,
            &self.rates,
            &self.markets,
        ];
        self.project.resolved.has_sources()
            || by_role.into_iter().chain([&self.inputs, &self.assume]).any(|paths| !paths.is_empty())
    }
}

fn default_block() -> NonZeroUsize {
    NonZeroUsize::new(limits::BLOCK_BYTES).expect("a block has bytes")
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

pub(super) fn parse_as_of(text: &str) -> Result<Day, String> {
    let day: Option<Day> = text.parse().ok().filter(|_| text.len() == 10);
    let years = Day::from_ymd_opt(1950, 1, 1).zip(Day::from_ymd_opt(9999, 12, 31));
    day.filter(|day| years.is_some_and(|(first, last)| first <= *day && *day <= last))
        .ok_or_else(|| "a date such as 2017-07-07 is expected, from 1950-01-01 on".to_owned())
}

fn parse_dataset(text: &str) -> Result<Dataset, String> {
    let words = Dataset::words();
    let near = || did_you_mean(text, words.split(", "));
    Dataset::of_word(text.trim()).ok_or_else(|| format!("one of {words} is expected{}", near()))
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
        let near = did_you_mean(text, codes.iter().copied());
        format!("no warning has this code; all, {} are expected{near}", codes.join(", "))
    })
}

/// A role whose rows a run may require: a credits table has rows of consumption.
fn parse_role(text: &str) -> Result<Role, String> {
    let roles = || Role::ALL.into_iter().filter(|role| *role != Role::Credits);
    let words: Vec<&str> = roles().map(Role::as_str).collect();
    let role = roles().find(|role| role.as_str() == text);
    role.ok_or_else(|| {
        format!("one of {} is expected{}", words.join(", "), did_you_mean(text, words.iter().copied()))
    })
}

fn parse_block_bytes(text: &str) -> Result<NonZeroUsize, String> {
    let bytes: Option<NonZeroUsize> = text.parse().ok();
    bytes
        .filter(|bytes| bytes.get() <= limits::BLOCK_BYTES_MAX)
        .ok_or_else(|| format!("a number of bytes from 1 to {} is expected", limits::BLOCK_BYTES_MAX))
}

pub(super) fn run_options(args: InputArgs, session: &Session) -> Result<RunOptions, Error> {
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
            paths.into_iter().map(move |path| GivenPath { path, role, is_assumed: false, source: None })
        })
        .chain(args.project.resolved.given())
        .collect();
    if given.is_empty() {
        return Err(usage(match &args.project.resolved.path {
            Some(path) => {
                format!(
                    "no input: {} has no [[source]] that holds here; add one, or give files",
                    path.display()
                )
            }
            None => "no input: give files, folders or patterns, such as the folder of the exports; --help tells of each option".to_owned(),
        }));
    }
    for path in args.assume {
        if path.is_dir() {
            return Err(usage(format!("--assume {}: this is a folder; give files", path.display())));
        }
        given.push(GivenPath { path, role: None, is_assumed: true, source: None });
    }
    if given.iter().filter(|given| given.path.as_os_str() == "-").count() > 1 {
        return Err(usage("standard input can be read once only"));
    }
    let mut reading = ReadingOptions {
        decimal_mark: stated_for(&args.decimal_comma, DecimalMark::Comma),
        date_order: stated_for(&args.day_first, DateOrder::DayFirst),
        partner_id: partner_option(&args.partner_id)?,
        currency: currency_option(&args.currency)?,
        usage_only: stated_for(&args.usage_only, ()),
    };
    let sources = args.project.resolved.state(&mut reading);
    Ok(RunOptions {
        given,
        required: args.require,
        sources,
        project: args.project.resolved.used(),
        rules: args.rules,
        as_of: args.as_of.unwrap_or(session.today),
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
        keeps_going: args.keep_going,
        log: session.log,
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

#[cfg(test)]
mod tests {
    use super::*;

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
