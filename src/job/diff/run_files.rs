//! The files of a run that was written before. Comes in: the path of its summary. Goes out: its report and the path of its ledger, both proved
//! by their SHA-256. It compares nothing.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::base::place::InputName;
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::outputs::{
    self, RunLabel, StoredOutput, StoredReport, StoredRun, sha256_hex, sha256_of_reader, stored_report,
};

/// A run, with its report.
#[derive(Debug)]
pub(in crate::job) struct RunFiles {
    /// The summary, as it was given.
    pub(super) shown: String,
    summary: PathBuf,
    pub(super) run: StoredRun,
    pub(in crate::job) report: StoredReport,
}

impl RunFiles {
    /// Reads a run.
    ///
    /// # Errors
    /// The file is no run summary; its report is not there, or is not the one that the summary names.
    pub(in crate::job) fn open(summary: &Path) -> Result<RunFiles, InputError> {
        let shown = summary.display().to_string();
        let fault = |code, message| fault(&shown, code, message);
        let run = read_run(summary)?;
        let output = run.output("report").ok_or_else(|| {
            let message = "the run wrote no report as CSV, TSV or JSON; run report with -o report.csv";
            fault(InputErrorCode::NoRunSummary, message.to_owned())
        })?;
        let path = located(&shown, summary, output)?;
        let name = path.display().to_string();
        let bytes = fs::read(&path).map_err(|error| unreadable(&name, &error))?;
        if sha256_hex(&bytes) != output.sha256 {
            return Err(mixed(&name, &shown));
        }
        let report = stored_report(&bytes).map_err(|why| {
            self::fault(&name, InputErrorCode::Unsupported, format!("it cannot be read as a report: {why}"))
        })?;
        Ok(RunFiles { shown, summary: summary.to_path_buf(), run, report })
    }

    /// The ledger of the run. `None` if it wrote none, or it is no longer there.
    ///
    /// # Errors
    /// The ledger is not the one that the summary names.
    pub(super) fn ledger(&self) -> Result<Option<PathBuf>, InputError> {
        let Some(output) = self.run.output("ledger") else { return Ok(None) };
        match located(&self.shown, &self.summary, output) {
            Ok(path) => Ok(Some(path)),
            Err(fault) if fault.code == InputErrorCode::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// The credits table of the run, as its summary names it.
    pub(super) fn credits(&self) -> Option<&str> {
        self.run.output("credits").map(|output| output.file.as_str())
    }

    /// Whether a path leads to a file of the run.
    pub(super) fn has(&self, path: &Path) -> bool {
        let given = self.run.outputs.iter().map(|output| PathBuf::from(&output.file));
        let beside = |given: &PathBuf| given.file_name().map(|name| self.summary.with_file_name(name));
        let outputs: Vec<PathBuf> = given.collect();
        let all =
            outputs.iter().cloned().chain(outputs.iter().filter_map(beside)).chain([self.summary.clone()]);
        all.into_iter().any(|file| outputs::same_file(&file, path))
    }

    /// The run, for people.
    pub(super) fn label(self) -> RunLabel {
        let StoredRun { rule_set, as_of, window, .. } = self.run;
        RunLabel { file: self.shown, rule_set, as_of, window }
    }

    /// Whether the report lacks partners that were judged.
    pub(in crate::job) fn is_partial(&self) -> bool {
        u64::try_from(self.report.len()).is_ok_and(|lines| lines < self.run.partners)
    }
}

/// The path of an output: as it was given, else beside the summary.
///
/// # Errors
/// Neither is the file whose SHA-256 the summary names.
fn located(shown: &str, summary: &Path, output: &StoredOutput) -> Result<PathBuf, InputError> {
    let given = PathBuf::from(&output.file);
    let beside = given.file_name().map(|name| summary.with_file_name(name));
    let mut is_there = None;
    for path in [given.clone()].into_iter().chain(beside) {
        let name = path.display().to_string();
        match File::open(&path).and_then(sha256_of_reader) {
            Ok(sha256) if sha256 == output.sha256 => return Ok(path),
            Ok(_) => is_there = Some(mixed(&name, shown)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(&name, &error)),
        }
    }
    Err(is_there.unwrap_or_else(|| {
        let message = format!(
            "no such file; {shown} names it as its {}: keep it where it was written, or beside the run summary",
            output.kind
        );
        fault(&output.file, InputErrorCode::NotFound, message)
    }))
}

fn mixed(file: &str, summary: &str) -> InputError {
    let message = format!(
        "it is not the file that {summary} names: it was changed since, or is of another run; run report again"
    );
    fault(file, InputErrorCode::MixedSet, message)
}

/// Reads a run summary.
///
/// # Errors
/// The file cannot be read, or is no run summary.
pub(in crate::job) fn read_run(summary: &Path) -> Result<StoredRun, InputError> {
    let shown = summary.display().to_string();
    let bytes = fs::read(summary).map_err(|error| unreadable(&shown, &error))?;
    StoredRun::parse(&bytes).map_err(|why| {
        let message =
            format!("no run summary ({why}); give the .run.json that report wrote beside its report");
        fault(&shown, InputErrorCode::NoRunSummary, message)
    })
}

fn unreadable(file: &str, error: &io::Error) -> InputError {
    match error.kind() {
        io::ErrorKind::NotFound => fault(file, InputErrorCode::NotFound, "no such file".to_owned()),
        _ => fault(file, InputErrorCode::Unreadable, format!("cannot be read: {error}")),
    }
}

fn fault(file: &str, code: InputErrorCode, message: String) -> InputError {
    InputError { input: Some(InputName { file: file.to_owned(), sheet: None }), code, message }
}
