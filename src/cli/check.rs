//! `attain check` on the command line. Comes in: arguments. Goes out: text on standard output, and how the check ended.

use clap::{Args, ValueEnum};

use super::input::{InputArgs, OUTPUT, run_options};
use super::session::Session;
use super::to_stdout;
use crate::diagnostics::error::Error;
use crate::job::RoleDemand;
use crate::job::check::{CheckFormat, check};
use crate::job::run_outcome::Outcome;
use crate::outputs;

#[derive(Args)]
pub(super) struct CheckArgs {
    /// Text for people, or one JSON document (docs/check.schema.json)
    #[arg(long, value_enum, default_value = "text", help_heading = OUTPUT)]
    format: CheckFormatArg,
    #[command(flatten)]
    pub(super) input: InputArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum CheckFormatArg {
    Text,
    Json,
}

pub(super) fn check_command(args: CheckArgs, session: &Session) -> Result<Outcome, Error> {
    let format = match args.format {
        CheckFormatArg::Text => CheckFormat::Text,
        CheckFormatArg::Json => CheckFormat::Json,
    };
    let checked = checked(args, session, format);
    if let (Err(error), CheckFormat::Json) = (&checked, format) {
        to_stdout(&outputs::failure_json(error, session.log.started(), session.log.now()))?;
    }
    checked
}

fn checked(args: CheckArgs, session: &Session, format: CheckFormat) -> Result<Outcome, Error> {
    let tolerance = args.input.max_rejects;
    let covers_all_time = args.input.as_of.is_none();
    let mut options = run_options(args.input, session)?;
    // Without a day to judge for, every row is looked at.
    options.covers_all_time = covers_all_time;
    options.lists_partners = true;
    // A folder, or a day to judge for, asks whether a report would lack anything; a few files ask what they are.
    let is_preflight = !covers_all_time || options.given.iter().any(|given| given.path.is_dir());
    options.demand = if is_preflight { RoleDemand::Preflight } else { RoleDemand::Files };
    let (text, outcome) = check(&options, tolerance, format)?;
    to_stdout(&text)?;
    Ok(outcome)
}
