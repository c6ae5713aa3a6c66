//! The arguments of `attain plan`. Comes in: arguments. Goes out: options of the job.

use clap::Args;

use super::answer::AnswerArgs;
use super::input::{InputArgs, run_options};
use super::question::{partners, refuse_ids_as_inputs};
use super::session::Session;
use crate::diagnostics::error::Error;
use crate::job::plan::PlanOptions;

#[derive(Args)]
pub(super) struct PlanArgs {
    /// Plan for these partners, or for the partners that they roll up to [default: all]
    #[arg(long, value_name = "ID,...")]
    partner: Vec<String>,
    /// For how many month ends to come, 1 to 24
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=24))]
    months: u32,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    pub(super) input: InputArgs,
}

pub(super) fn options(args: PlanArgs, session: &Session) -> Result<PlanOptions, Error> {
    let tolerance = args.input.max_rejects;
    refuse_ids_as_inputs(&args.input.inputs)?;
    let partners = partners(&args.partner)?;
    let target = args.answer.target()?;
    let mut run = run_options(args.input, session)?;
    run.outputs = target.output.iter().cloned().collect();
    // What counts on later days is what losses are told from.
    run.tells_losses = true;
    Ok(PlanOptions { run, tolerance, partners, months: args.months, target })
}
