//! Answers: what a command shows beside a report. Comes in: text or a table. Goes out: text for people, CSV or JSON, on standard output or in a
//! file that appears whole. It knows no question.

use std::io::{self, Write};
use std::path::PathBuf;

use super::output_set::{OutputKind, OutputSet};
use super::{OutputFormat, OutputTable, write};
use crate::diagnostics::error::Error;

/// The format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnswerFormat {
    /// Text for people.
    Text,
    /// A table as CSV.
    Csv,
    /// The same table as JSON.
    Json,
}

/// Where an answer goes, and how.
#[derive(Debug, Clone)]
pub struct AnswerTarget {
    /// The format.
    pub format: AnswerFormat,
    /// **Absent**: standard output.
    pub output: Option<PathBuf>,
}

impl AnswerTarget {
    /// Writes an answer: its text, or its table.
    pub fn write(
        &self,
        text: impl FnOnce() -> String,
        table: impl FnOnce() -> OutputTable<'static>,
    ) -> Result<(), Error> {
        let fill = |out: &mut dyn io::Write| match self.format {
            AnswerFormat::Text => out.write_all(text().as_bytes()),
            AnswerFormat::Csv => write(&table(), OutputFormat::Csv, out),
            AnswerFormat::Json => write(&table(), OutputFormat::Json, out),
        };
        let Some(path) = &self.output else {
            let mut out = io::BufWriter::new(io::stdout().lock());
            let written = fill(&mut out).and_then(|()| out.flush());
            return written
                .map_err(|source| Error::Output { path: PathBuf::from("standard output"), source });
        };
        let mut set = OutputSet::new();
        set.stage(OutputKind::Report, path, fill)?;
        set.commit()
    }
}
