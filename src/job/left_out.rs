//! Faulty files that `--keep-going` leaves out: which faults are of one file, so that the run can go on without it, and what the file may have
//! been for. Comes in: discovered files, the input errors of an attempt to read them. Goes out: the files of the next attempt, and those that
//! were left out. It opens no file.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::place::InputName;
use crate::base::text::list_some;
use crate::config::dialect::Role;
use crate::credits::control::ControlFileLeftOut;
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::formats::{DiscoveredFile, Input, ManifestPath};
use crate::outputs::FileLeftOut;

/// Files that people are told by name.
const FILES_SHOWN: usize = 4;

/// The files that attempts to read a run had to leave out.
#[derive(Debug, Default)]
pub(super) struct LeftOutFiles {
    /// By file.
    faults: BTreeMap<String, Vec<InputError>>,
    /// The roles of the inputs in each file, as far as any attempt has recognised them.
    recognised: BTreeMap<String, BTreeSet<Role>>,
    /// The roles that options give to files.
    stated: BTreeMap<String, Role>,
    /// Files of assumed records, which are never left out: they are the user's own question.
    assumed: BTreeSet<String>,
}

impl LeftOutFiles {
    /// Nothing is left out yet of `files`.
    pub(super) fn new(files: &[DiscoveredFile]) -> LeftOutFiles {
        let stated = files.iter().filter_map(|file| Some((file.shown.clone(), file.role?)));
        let assumed = files.iter().filter(|file| file.is_assumed).map(|file| file.shown.clone());
        LeftOutFiles { stated: stated.collect(), assumed: assumed.collect(), ..LeftOutFiles::default() }
    }

    /// Whether nothing was left out.
    pub(super) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// Notes the roles of inputs as an attempt has recognised them.
    pub(super) fn note_roles(&mut self, inputs: &[Input<'_>]) {
        for input in inputs {
            self.recognised.entry(input.name.file.clone()).or_default().insert(input.role());
        }
    }

    /// Parts errors into faults of files that can be left out, and others.
    pub(super) fn split(&self, input_errors: Vec<InputError>) -> (Vec<InputError>, Vec<InputError>) {
        input_errors.into_iter().partition(|error| {
            let file = error.input.as_ref().map(|name| name.file.as_str());
            is_of_file(error.code) && file.is_some_and(|file| !self.assumed.contains(file))
        })
    }

    /// Leaves out the files at fault: they are gone from `files` and `manifests` then. Returns why another attempt cannot succeed: no file was
    /// left out that was not before. **Absent**: one was, so that the other errors may have come from it.
    pub(super) fn leave_out(
        &mut self,
        input_errors: Vec<InputError>,
        files: &mut Vec<DiscoveredFile>,
        manifests: &mut Vec<ManifestPath>,
    ) -> Option<Vec<InputError>> {
        let (of_files, others) = self.split(input_errors);
        let mut is_new = false;
        for error in of_files {
            let Some(name) = &error.input else { continue };
            let file = name.file.clone();
            is_new |= !self.faults.contains_key(&file) || is_there(&file, files, manifests);
            // A fault of an archive or of a table is a fault of all files in it.
            let folder = format!("{file}/");
            let is_in = |shown: &str| shown == file || shown.starts_with(&folder);
            files.retain(|file| !is_in(&file.shown));
            manifests.retain(|manifest| !is_in(&manifest.shown));
            self.faults.entry(file).or_default().push(error);
        }
        if is_new {
            return None;
        }
        // What was left out may be why the others are met.
        let mut all: Vec<InputError> = self.faults.values().flatten().cloned().collect();
        all.extend(others);
        Some(all)
    }

    /// The files that were left out, each fault once.
    pub(super) fn list(&self) -> Vec<FileLeftOut> {
        let mut left_out: Vec<FileLeftOut> = self
            .faults
            .iter()
            .flat_map(|(file, faults)| faults.iter().map(move |error| (file, error)))
            .map(|(file, error)| FileLeftOut {
                file: file.clone(),
                sheet: error.input.as_ref().and_then(|name| name.sheet.clone()),
                roles: self.roles(file, error),
                code: error.code.as_str(),
                message: error.message.clone(),
            })
            .collect();
        left_out.sort();
        left_out.dedup();
        left_out
    }

    /// What a file may have been for, sorted. Empty: anything.
    fn roles(&self, file: &str, error: &InputError) -> Vec<Role> {
        // A file that is for something else than an option says is for anything.
        if error.code == InputErrorCode::WrongRole {
            return Vec::new();
        }
        if error.code == InputErrorCode::IncompleteRun {
            return vec![Role::Consumption];
        }
        if let Some(role) = self.stated.get(file) {
            return vec![*role];
        }
        // A sheet that was not recognised is for anything, whatever the other sheets are for.
        let is_unrecognised = matches!(
            error.code,
            InputErrorCode::UnknownHeader | InputErrorCode::MissingColumn | InputErrorCode::AmbiguousHeader
        );
        match self.recognised.get(file) {
            Some(roles) if !is_unrecognised => roles.iter().copied().collect(),
            Some(_) | None => Vec::new(),
        }
    }
}

/// Warns of each file.
pub(super) fn warn(left_out: &[FileLeftOut], warnings: &mut Warnings) {
    for FileLeftOut { file, sheet, code, message, .. } in left_out {
        let name = InputName { file: file.clone(), sheet: sheet.clone() };
        warnings.add(WarningCode::FileLeftOut, format!("{name}: {code}: {message}"));
    }
}

/// Whether a file, or a file in it, is still to be read.
fn is_there(file: &str, files: &[DiscoveredFile], manifests: &[ManifestPath]) -> bool {
    let of_files = files.iter().map(|file| &file.shown);
    let mut shown = of_files.chain(manifests.iter().map(|manifest| &manifest.shown));
    let folder = format!("{file}/");
    shown.any(|shown| shown == file || shown.starts_with(&folder))
}

/// What a credits table tells of files that were left out when it was made: the ones that may be of consumption.
pub(super) fn of_table(left_out: &[FileLeftOut]) -> Vec<ControlFileLeftOut> {
    let may_be_read = |left_out: &&FileLeftOut| {
        let is_consumption = |role: &Role| matches!(role, Role::Consumption | Role::Credits);
        left_out.roles.is_empty() || left_out.roles.iter().any(is_consumption)
    };
    let written = |left_out: &FileLeftOut| ControlFileLeftOut {
        file: left_out.file.clone(),
        sheet: left_out.sheet.clone(),
        roles: left_out.roles.iter().map(|role| role.as_str().to_owned()).collect(),
        code: left_out.code.to_owned(),
        message: left_out.message.clone(),
    };
    left_out.iter().filter(may_be_read).map(written).collect()
}

/// The inverse of [`of_table`]. Errors: a role or a code that there is not.
pub(super) fn of_control(left_out: &ControlFileLeftOut) -> Result<FileLeftOut, String> {
    let role = |word: &String| {
        let role = Role::ALL.into_iter().find(|role| role.as_str() == word);
        role.ok_or_else(|| format!("{word:?} is no role"))
    };
    let code = InputErrorCode::ALL.iter().find(|code| code.as_str() == left_out.code);
    Ok(FileLeftOut {
        file: left_out.file.clone(),
        sheet: left_out.sheet.clone(),
        roles: left_out.roles.iter().map(role).collect::<Result<_, String>>()?,
        code: code.ok_or_else(|| format!("{:?} is no code of an input error", left_out.code))?.as_str(),
        message: left_out.message.clone(),
    })
}

/// The first files that were left out, for people.
pub(super) fn for_people(left_out: &[FileLeftOut]) -> String {
    let mut files: Vec<&str> = left_out.iter().map(|left_out| left_out.file.as_str()).collect();
    files.dedup();
    format!("faulty files were left out: {}", list_some(&files, FILES_SHOWN))
}

/// Whether a fault is of one file, so that the other files can be read without it. Faults between files and faults of a command are not.
fn is_of_file(code: InputErrorCode) -> bool {
    match code {
        InputErrorCode::NotFound
        | InputErrorCode::Unreadable
        | InputErrorCode::UnknownHeader
        | InputErrorCode::MissingColumn
        | InputErrorCode::AmbiguousHeader
        | InputErrorCode::ChangedHeader
        | InputErrorCode::AmbiguousNumbers
        | InputErrorCode::AmbiguousDays
        | InputErrorCode::WrongRole
        | InputErrorCode::Truncated
        | InputErrorCode::Corrupt
        | InputErrorCode::Encrypted
        | InputErrorCode::ExpandsAbsurdly
        | InputErrorCode::TooLarge
        | InputErrorCode::Unsupported
        | InputErrorCode::IncompleteRun
        | InputErrorCode::NoCurrencyColumn
        | InputErrorCode::NoControl
        | InputErrorCode::ControlMismatch
        | InputErrorCode::AmountsTooLarge => true,
        InputErrorCode::InputIsOutput
        | InputErrorCode::NoInput
        | InputErrorCode::NoConsumption
        | InputErrorCode::RequiredRole
        | InputErrorCode::NoPartner
        | InputErrorCode::SameBytes
        | InputErrorCode::OverlapUnclear
        | InputErrorCode::DatasetsOverlap
        | InputErrorCode::PartnerIdUnused
        | InputErrorCode::OptionUnused
        | InputErrorCode::MonthCut
        | InputErrorCode::RollUpCycle
        | InputErrorCode::RollUpDisagrees
        | InputErrorCode::NoRunSummary
        | InputErrorCode::MixedSet
        | InputErrorCode::OutputFolder => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(file: Option<&str>, code: InputErrorCode) -> InputError {
        let input = file.map(|file| InputName { file: file.to_owned(), sheet: None });
        InputError { input, code, message: "wrong".to_owned() }
    }

    #[test]
    fn a_fault_between_files_stops_and_tells_what_was_left_out_before() {
        let mut left_out = LeftOutFiles::default();
        let (mut files, mut manifests) = (Vec::new(), Vec::new());
        let corrupt = error(Some("a.csv"), InputErrorCode::Corrupt);
        assert_eq!(left_out.leave_out(vec![corrupt.clone()], &mut files, &mut manifests), None);
        let none = error(None, InputErrorCode::NoConsumption);
        let stops = left_out.leave_out(vec![none.clone()], &mut files, &mut manifests);
        assert_eq!(stops, Some(vec![corrupt, none]));
    }

    #[test]
    fn a_fault_that_comes_again_without_its_file_ends_the_attempts() {
        let mut left_out = LeftOutFiles::default();
        let (mut files, mut manifests) = (Vec::new(), Vec::new());
        let corrupt = error(Some("a.csv"), InputErrorCode::Corrupt);
        assert_eq!(left_out.leave_out(vec![corrupt.clone()], &mut files, &mut manifests), None);
        assert!(left_out.leave_out(vec![corrupt], &mut files, &mut manifests).is_some());
    }
}
