//! `attain dialects` on the command line. Comes in: arguments. Goes out: text on standard output.

use std::path::PathBuf;

use clap::Subcommand;

use super::output_names::write_new;
use super::{to_stdout, usage};
use crate::config::dialect;
use crate::diagnostics::error::Error;
use crate::job;

#[derive(Subcommand)]
pub(super) enum DialectsCommand {
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
    /// Draft a dialect for a file that no dialect reads: which column means what, by its header and first rows
    New {
        /// The file
        file: PathBuf,
        /// The sheet of a workbook [default: the one with the most columns]
        #[arg(long, value_name = "NAME")]
        sheet: Option<String>,
        /// Where the draft goes, a new file [default: standard output]
        #[arg(short = 'o', long = "output", value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

pub(super) fn dialects_command(command: DialectsCommand) -> Result<u8, Error> {
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
        DialectsCommand::New { file, sheet, output } => {
            let draft = job::dialect_draft::dialect_draft(&file, sheet.as_deref())?;
            match output.filter(|output| output.as_os_str() != "-") {
                Some(output) => {
                    write_new(&output, &draft.text)?;
                    to_stdout(&format!("{}: {}\n", output.display(), draft.to_do()))?;
                }
                None => to_stdout(&draft.text)?,
            }
        }
    }
    Ok(0)
}
