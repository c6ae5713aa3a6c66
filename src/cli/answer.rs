//! The arguments that every answer has: its format and its file. Comes in: arguments. Goes out: a target, or an error of usage.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::input::OUTPUT;
use super::output_names::{SAY_FORMAT, check_extension};
use crate::diagnostics::error::Error;
use crate::outputs::{AnswerFormat, AnswerTarget};

#[derive(Args)]
pub(super) struct AnswerArgs {
    /// Text for people, CSV or JSON [default: by the extension of -o, else text]
    #[arg(long, value_enum, help_heading = OUTPUT)]
    format: Option<AnswerFormatArg>,
    /// Where the answer goes [default: standard output]
    #[arg(short = 'o', long = "output", value_name = "FILE", help_heading = OUTPUT)]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum AnswerFormatArg {
    Text,
    Csv,
    Json,
}

impl AnswerArgs {
    /// Where the answer goes. Errors: an extension that promises another format.
    pub(super) fn target(self) -> Result<AnswerTarget, Error> {
        let output = self.output.filter(|output| output.as_os_str() != "-");
        let format = match self.format {
            Some(AnswerFormatArg::Text) => AnswerFormat::Text,
            Some(AnswerFormatArg::Csv) => AnswerFormat::Csv,
            Some(AnswerFormatArg::Json) => AnswerFormat::Json,
            None => output.as_deref().map_or(Ok(AnswerFormat::Text), of_extension)?,
        };
        Ok(AnswerTarget { format, output })
    }
}

fn of_extension(path: &Path) -> Result<AnswerFormat, Error> {
    check_extension(path, ("an answer is", &["txt", "csv", "json"]), SAY_FORMAT)?;
    match path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase).as_deref() {
        Some("json") => Ok(AnswerFormat::Json),
        Some("csv") => Ok(AnswerFormat::Csv),
        Some(_) | None => Ok(AnswerFormat::Text),
    }
}
