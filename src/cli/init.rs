//! `attain init`: writes a project file for a folder, and drafts of dialects for files that no dialect fits. Comes in: a folder. Goes out: new files.
//! It writes over none.

use std::path::PathBuf;

use clap::Args;

use super::input::{InputArgs, run_options};
use super::output_names::write_new;
use super::session::Session;
use super::{to_stdout, usage};
use crate::config::project::PROJECT_FILE;
use crate::diagnostics::error::Error;
use crate::formats::shown_name;
use crate::job::folder_survey::folder_survey;
use crate::outputs::{draft_for_people, project_draft};

#[derive(Args)]
pub(super) struct InitArgs {
    /// The folder of the exports [default: this one]
    #[arg(default_value = ".", hide_default_value = true)]
    folder: PathBuf,
}

pub(super) fn init_command(args: InitArgs, session: &Session) -> Result<u8, Error> {
    let folder = args.folder;
    let shown = folder.display();
    if !folder.is_dir() {
        return Err(usage(format!("{shown}: this is no folder; give the folder of the exports")));
    }
    let project = folder.join(PROJECT_FILE);
    if project.exists() {
        return Err(usage(format!(
            "{}: there is such a file already, and it is not written over; rename or remove it",
            shown_name(&project)
        )));
    }
    let options = run_options(InputArgs::of_folder(folder.clone()), session)?;
    let survey = folder_survey(&folder, &options)?;
    if survey.files.is_empty() && survey.unread.is_empty() && !survey.has_files {
        return Err(usage(format!(
            "{shown}: there is no file in this folder; put exports into it, or say which folder has them: attain init FOLDER (`attain generate FOLDER` writes some to try)"
        )));
    }
    if survey.files.is_empty() && survey.unread.is_empty() {
        return Err(usage(format!(
            "{shown}: no file of it is one that attain reads; `attain check {shown}` tells why"
        )));
    }
    for draft in survey.unread.iter().filter_map(|file| file.draft.as_ref()) {
        write_new(&folder.join(format!("{}.dialect.toml", draft.name)), &draft.text)?;
    }
    write_new(&project, &project_draft(&survey.files, &survey.unread, &survey.faults))?;
    let told = draft_for_people(&shown_name(&project), &survey.files, &survey.unread, &survey.faults);
    to_stdout(&told)?;
    Ok(0)
}
