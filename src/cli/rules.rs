//! `attain rules` on the command line. Comes in: arguments. Goes out: text on standard output.

use clap::Subcommand;

use super::session::Session;
use super::{rules_diff, to_stdout};
use crate::config::rules;
use crate::diagnostics::error::Error;
use crate::job;
use crate::job::run_outcome::Outcome;

#[derive(Subcommand)]
pub(super) enum RulesCommand {
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

pub(super) fn rules_command(command: RulesCommand, session: &Session) -> Result<u8, Error> {
    match command {
        RulesCommand::List => {
            let line = |rules: &rules::RuleSet| format!("{}  {}\n", rules.id(), rules.title);
            to_stdout(&rules::builtin().iter().map(line).collect::<String>())?;
        }
        RulesCommand::Show { name } => {
            let selected = rules::select(&name, session.today)?;
            to_stdout(&selected.rule_set.text)?;
        }
        RulesCommand::Check { file } => {
            let (rules, _) = job::load_rules(&file, session.today)?;
            to_stdout(&format!("{}: sound\n", rules.id()))?;
        }
        RulesCommand::Diff(args) => {
            let options = rules_diff::options(*args, session)?;
            return job::rules_diff::rules_diff(&options).map(Outcome::exit_code);
        }
    }
    Ok(0)
}
