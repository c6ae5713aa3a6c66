//! The record of a run that gave no report: its exit code and all faults, as JSON beside the outputs that it did not write. Comes in: the error
//! of the run. Goes out: a file that appears whole, and that the next good run removes. It touches no file that another program wrote.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use serde::Serialize;

use super::output_set::{OutputKind, OutputSet};
use super::summary::{Program, Summary};
use super::targets::folder_of;
use crate::base::calendar::Moment;
use crate::base::place::InputName;
use crate::diagnostics::error::Error;

/// The record of a run that gave no report. The fields stand in the order of the file.
#[derive(Serialize)]
struct FailureRecord<'e> {
    schema: u32,
    program: Program,
    status: &'static str,
    exit_code: u8,
    started: Moment,
    ended: Moment,
    /// In the order in which people are told.
    faults: Vec<RecordedFault<'e>>,
}

#[derive(Serialize)]
pub(super) struct RecordedFault<'e> {
    /// **Absent**: the fault lies in no one file.
    file: Option<String>,
    /// **Absent**: the whole file.
    sheet: Option<&'e str>,
    pub(super) code: &'e str,
    message: String,
}

/// Writes the record of a failed run to `path`, and tells whether it is there. Nothing is done if it cannot be written, since people are told
/// anyway, if another program wrote the file that is there, or if the folder would have to be made for a command that was wrong.
pub fn record_failure(path: &Path, error: &Error, started: Moment, ended: Moment) -> bool {
    let is_wrong_command = error.exit_code() == 2;
    if path.exists() && !is_record(path) || is_wrong_command && !folder_of(path).is_dir() {
        return false;
    }
    let text = failure_json(error, started, ended);
    let mut set = OutputSet::new();
    let staged = set.stage(OutputKind::Failure, path, |out| out.write_all(text.as_bytes()));
    staged.is_ok() && set.commit().is_ok()
}

/// The record of a failed run, with a final newline.
pub fn failure_json(error: &Error, started: Moment, ended: Moment) -> String {
    let record = FailureRecord {
        schema: Summary::SCHEMA,
        program: Program::this(),
        status: "failed",
        exit_code: error.exit_code(),
        started,
        ended,
        faults: faults(error),
    };
    serde_json::to_string_pretty(&record).expect("keys are text and nothing fails to serialise") + "\n"
}

/// Removes the record of an earlier run that failed.
pub fn remove_failure(path: &Path) {
    if is_record(path) {
        fs::remove_file(path).unwrap_or_default();
    }
}

/// Whether a file is a record of a failed run.
fn is_record(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(256).read_to_end(&mut head));
    let text = String::from_utf8_lossy(&head);
    read.is_ok() && text.starts_with('{') && text.contains("\"attain\"") && text.contains("\"failed\"")
}

pub(super) fn faults(error: &Error) -> Vec<RecordedFault<'_>> {
    let fault = |file: Option<String>, code: &'static str, message: String| RecordedFault {
        file,
        sheet: None,
        code,
        message,
    };
    match error {
        Error::Usage { message } => vec![fault(None, "usage", message.clone())],
        Error::BadRuleSet { name, input_errors } => {
            input_errors.iter().map(|text| fault(Some(name.clone()), "bad-rule-set", text.clone())).collect()
        }
        Error::BadDialect { name, input_errors } => {
            input_errors.iter().map(|text| fault(Some(name.clone()), "bad-dialect", text.clone())).collect()
        }
        Error::BadProject { name, input_errors } => {
            input_errors.iter().map(|text| fault(Some(name.clone()), "bad-project", text.clone())).collect()
        }
        Error::Output { path, source } => {
            vec![fault(Some(path.display().to_string()), "output", format!("cannot be written: {source}"))]
        }
        Error::Inputs { input_errors } => {
            let of = |input: &Option<InputName>| input.as_ref().map(|name| name.file.clone());
            let fault = input_errors.iter().map(|error| RecordedFault {
                file: of(&error.input),
                sheet: error.input.as_ref().and_then(|name| name.sheet.as_deref()),
                code: error.code.as_str(),
                message: error.message.clone(),
            });
            fault.collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage() -> Error {
        Error::Usage { message: "two outputs".to_owned() }
    }

    fn record(path: &Path) -> bool {
        record_failure(path, &usage(), Moment::default(), Moment::default())
    }

    #[test]
    fn a_record_replaces_a_record_and_is_removed_but_no_other_file_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.failed.json");
        assert!(record(&path));
        assert!(record(&path));
        let json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!((&json["status"], &json["exit_code"]), (&"failed".into(), &2.into()));
        assert_eq!(json["faults"][0]["code"], "usage");
        remove_failure(&path);
        assert!(!path.exists());
        fs::write(&path, "{\"mine\": 1}").unwrap();
        assert!(!record(&path));
        remove_failure(&path);
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"mine\": 1}");
    }

    #[test]
    fn a_folder_is_made_for_faults_of_inputs_and_not_for_a_wrong_command() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/r.failed.json");
        assert!(!record(&path));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let faults = Error::Inputs { input_errors: Vec::new() };
        assert!(record_failure(&path, &faults, Moment::default(), Moment::default()));
        assert!(path.exists());
    }
}
