//! `attain check` on the command line. Comes in: arguments. Goes out: text on standard output, and how the check ended.

use clap::Args;

use super::input::{InputArgs, run_options};
use super::session::Session;
use super::to_stdout;
use crate::diagnostics::error::Error;
use crate::job::RoleDemand;
use crate::job::check::check;
use crate::job::run_outcome::Outcome;

#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    input: InputArgs,
}

pub(super) fn check_command(args: CheckArgs, session: &Session) -> Result<Outcome, Error> {
    let tolerance = args.input.max_rejects;
    let covers_all_time = args.input.as_of.is_none();
    let mut options = run_options(args.input, session)?;
    // Without a day to judge for, every row is looked at.
    options.covers_all_time = covers_all_time;
    options.lists_partners = true;
    // A folder, or a day to judge for, asks whether a report would lack anything; a few files ask what they are.
    let is_preflight = !covers_all_time || options.given.iter().any(|given| given.path.is_dir());
    options.demand = if is_preflight { RoleDemand::Preflight } else { RoleDemand::Files };
    let (text, outcome) = check(&options, tolerance)?;
    to_stdout(&text)?;
    Ok(outcome)
}
