//! The files beside an output: refused rows, run summary, metrics. Comes in: arguments, and the output that names them. Goes out: paths. It opens nothing.

use std::path::{Path, PathBuf};

use clap::Args;

use super::input::OUTPUT;
use super::output_names::check_names_beside;
use crate::diagnostics::error::Error;
use crate::outputs;

#[derive(Args)]
pub(super) struct FilesBesideArgs {
    /// Where the refused rows go
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    rejects: Option<PathBuf>,
    /// Where the run summary goes
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    summary: Option<PathBuf>,
    /// Also write metrics of the run for Prometheus (.prom), also if the run fails
    ///
    /// As node_exporter's textfile collector reads them.
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    pub(super) metrics: Option<PathBuf>,
}

/// Paths of the files beside an output. **Absent**: the file is not written.
pub(super) struct FilesBeside {
    pub(super) rejects: Option<PathBuf>,
    pub(super) summary: Option<PathBuf>,
    pub(super) metrics: Option<PathBuf>,
}

impl FilesBesideArgs {
    /// The files that are asked for, or have their names from an output.
    ///
    /// # Errors
    /// A name promises another format.
    pub(super) fn beside(self, output: Option<&Path>) -> Result<FilesBeside, Error> {
        let FilesBesideArgs { rejects, summary, metrics } = self;
        let (rejects, summary) = match output.and_then(outputs::names_beside) {
            Some(names) => (rejects.or(Some(names.rejects)), summary.or(Some(names.summary))),
            None => (rejects, summary),
        };
        check_names_beside(rejects.as_deref(), summary.as_deref(), metrics.as_deref())?;
        Ok(FilesBeside { rejects, summary, metrics })
    }
}
