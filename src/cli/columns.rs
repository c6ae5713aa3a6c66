//! `attain columns` on the command line. Comes in: arguments. Goes out: what the columns of our tables mean.

use clap::Args;

use super::answer::AnswerArgs;
use super::input::DEFAULT_RULES;
use super::session::Session;
use super::usage;
use crate::diagnostics::error::Error;
use crate::job;
use crate::outputs::ColumnReference;

#[derive(Args)]
pub(super) struct ColumnsArgs {
    /// report, history, rejects, credits, ledger, difference, explanation, plan or rules-difference [default: all]
    #[arg(value_name = "TABLE")]
    table: Option<String>,
    /// The rule set that the columns of a report follow from: a name, a name@version, or a file
    #[arg(long, value_name = "NAME|FILE", default_value = DEFAULT_RULES)]
    rules: String,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub(super) fn columns_command(args: ColumnsArgs, session: &Session) -> Result<u8, Error> {
    let (rules, _) = job::load_rules(&args.rules, session.today)?;
    let reference = ColumnReference::of(&rules, args.table.as_deref()).map_err(usage)?;
    args.answer.target()?.write(|| reference.text(), || reference.clone().table())?;
    Ok(0)
}
