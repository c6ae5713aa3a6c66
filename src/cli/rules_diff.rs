//! The arguments of `attain rules diff`. Comes in: arguments. Goes out: options of the job.

use clap::Args;

use super::answer::AnswerArgs;
use super::input::{DEFAULT_RULES, InputArgs, run_options};
use super::session::Session;
use super::usage;
use crate::diagnostics::error::Error;
use crate::job::rules_diff::{JudgedInputs, RulesDiffOptions};

#[derive(Args)]
pub(super) struct RulesDiffArgs {
    /// A rule set: a name, a name@version, or a file
    a: String,
    /// Another one
    b: String,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    pub(super) input: InputArgs,
}

pub(super) fn options(args: RulesDiffArgs, session: &Session) -> Result<RulesDiffOptions, Error> {
    let RulesDiffArgs { a, b, answer, input } = args;
    let target = answer.target()?;
    if input.rules != DEFAULT_RULES {
        return Err(usage("--rules: the rule sets are the two arguments; leave the option out"));
    }
    let as_of = input.as_of.unwrap_or(session.today);
    let judged = match input.has_inputs() {
        false => None,
        true => {
            let tolerance = input.max_rejects;
            let mut run = run_options(input, session)?;
            run.outputs = target.output.iter().cloned().collect();
            Some(JudgedInputs { run, tolerance })
        }
    };
    Ok(RulesDiffOptions { a, b, as_of, judged, target })
}
