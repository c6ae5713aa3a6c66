//! `attain completions` and `attain man`. Comes in: arguments. Goes out: a shell's script, or manual pages, made from the same description of the
//! command line that reads arguments. It writes nothing of its own.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, to_stdout};
use crate::diagnostics::error::Error;

#[derive(Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

#[derive(Args)]
pub(super) struct ManArgs {
    /// Write a page for attain and for each command to this folder, which is made if it is missing [default: the page of attain, to standard
    /// output]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn completions_command(args: &CompletionsArgs) -> Result<u8, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "attain", &mut script);
    to_stdout(&String::from_utf8_lossy(&script))?;
    Ok(0)
}

pub(super) fn man_command(args: ManArgs) -> Result<u8, Error> {
    let Some(dir) = args.dir else {
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
        rendered.map_err(|source| Error::Output { path: PathBuf::from("standard output"), source })?;
        to_stdout(&String::from_utf8_lossy(&page))?;
        return Ok(0);
    };
    let written = std::fs::create_dir_all(&dir).and_then(|()| clap_mangen::generate_to(Cli::command(), &dir));
    written.map_err(|source| Error::Output { path: dir, source })?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_has_a_script_that_knows_every_command() {
        for shell in Shell::value_variants() {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "attain", &mut script);
            let script = String::from_utf8(script).unwrap();
            for command in Cli::command().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell}: {}", command.get_name());
            }
        }
    }

    #[test]
    fn every_command_has_a_page_and_the_pages_have_no_sequences_of_colours() {
        let dir = tempfile::tempdir().unwrap();
        man_command(ManArgs { dir: Some(dir.path().join("man1")) }).unwrap();
        let page = |name: &str| std::fs::read_to_string(dir.path().join("man1").join(name)).unwrap();
        for command in Cli::command().get_subcommands() {
            let text = page(&format!("attain-{}.1", command.get_name()));
            assert!(!text.contains('\u{1b}') && text.contains(".SH"), "{}", command.get_name());
        }
        assert!(page("attain-report.1").contains("Exit codes"));
    }
}
