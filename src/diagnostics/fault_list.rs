//! The faults of a run as people are told them: the first of each code, and how many more there are of it and where. Comes in: an error. Goes
//! out: lines. All faults stand in the record of the failed run.

use std::collections::BTreeMap;

use super::error::{Error, InputError};
use super::log::{Log, LogEvent, LogLevel};
use crate::base::text::list_some;

/// Faults of one code that are told each.
const SHOWN: usize = 5;

/// Files that are named of those that have the other faults.
const FILES_SHOWN: usize = 2;

/// One fault, or how many more there are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ToldFault {
    code: &'static str,
    /// **Absent**: it lies in no one file.
    file: Option<String>,
    message: String,
    /// As people read it.
    line: String,
}

/// Tells an error of a run. `record`: the file that has all its faults; **absent**: there is none.
pub fn tell(error: &Error, record: Option<&str>, log: &Log) {
    for fault in told_faults(error, record, log.is_verbose()) {
        let ToldFault { code, file, message, line } = &fault;
        let event = LogEvent { level: LogLevel::Error, code, file: file.as_deref(), message };
        let lines: Vec<String> = line.lines().map(|line| format!("attain: {line}")).collect();
        log.event(event, &lines.join("\n"));
    }
}

fn told_faults(error: &Error, record: Option<&str>, is_verbose: bool) -> Vec<ToldFault> {
    let plain = |code, message: String| ToldFault { code, file: None, line: message.clone(), message };
    match error {
        Error::Usage { message } => vec![plain("usage", message.clone())],
        Error::BadRuleSet { .. } => {
            error.to_string().lines().map(|l| plain("bad-rule-set", l.to_owned())).collect()
        }
        Error::BadDialect { .. } => {
            error.to_string().lines().map(|l| plain("bad-dialect", l.to_owned())).collect()
        }
        Error::BadProject { .. } => {
            error.to_string().lines().map(|l| plain("bad-project", l.to_owned())).collect()
        }
        Error::Output { path, .. } => {
            let file = Some(path.display().to_string());
            vec![ToldFault { file, ..plain("output", error.to_string()) }]
        }
        Error::Inputs { input_errors } => told_input_errors(input_errors, record, is_verbose),
    }
}

/// The first faults of each code in the order of the run, and the others of the code by their number.
fn told_input_errors(input_errors: &[InputError], record: Option<&str>, is_verbose: bool) -> Vec<ToldFault> {
    let one = |error: &InputError| ToldFault {
        code: error.code.as_str(),
        file: error.input.as_ref().map(ToString::to_string),
        message: error.message.clone(),
        line: error.to_string(),
    };
    let mut of_codes: BTreeMap<&'static str, Vec<&InputError>> = BTreeMap::new();
    for error in input_errors {
        of_codes.entry(error.code.as_str()).or_default().push(error);
    }
    // One more than are shown takes the line that would count it.
    let is_capped = |of_code: &[&InputError]| !is_verbose && of_code.len() > SHOWN + 1;
    let mut told = Vec::new();
    let mut shown: BTreeMap<&'static str, usize> = BTreeMap::new();
    for error in input_errors {
        let count = shown.entry(error.code.as_str()).or_default();
        *count += 1;
        if *count <= SHOWN || !is_capped(&of_codes[error.code.as_str()]) {
            told.push(one(error));
        }
    }
    for (code, of_code) in of_codes.into_iter().filter(|(_, of_code)| is_capped(of_code)) {
        let mut files: Vec<&str> =
            of_code[SHOWN..].iter().filter_map(|error| Some(error.input.as_ref()?.file.as_str())).collect();
        files.dedup();
        let places = if files.is_empty() { String::new() } else { format!(" in {}", places(&files)) };
        let all = record.map_or(String::new(), |record| format!("; all are in {record}"));
        let message = format!("{} more{places}{all}", of_code.len() - SHOWN);
        let line = format!("{code}: {message}");
        told.push(ToldFault { code, file: None, message, line });
    }
    told
}

/// Some files: the folder that has them all and more than can be named, else the first few.
fn places(files: &[&str]) -> String {
    if files.len() > FILES_SHOWN
        && let Some(folder) = common_folder(files)
    {
        return format!("{} files of {folder}", files.len());
    }
    list_some(files, FILES_SHOWN)
}

/// The deepest folder in which all files stand. `None` if there is none but the current one.
fn common_folder<'f>(files: &[&'f str]) -> Option<&'f str> {
    let folder = |file: &'f str| file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut common = folder(files.first()?);
    for file in files {
        while !common.is_empty() && !file.strip_prefix(common).is_some_and(|rest| rest.starts_with('/')) {
            common = folder(common);
        }
    }
    (!common.is_empty()).then_some(common)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::place::InputName;
    use crate::diagnostics::error::InputErrorCode;

    fn errors(count: usize, folder: &str, code: InputErrorCode) -> Vec<InputError> {
        let input = |nth: usize| Some(InputName { file: format!("{folder}{nth:04}.csv"), sheet: None });
        (0..count).map(|nth| InputError { input: input(nth), code, message: "wrong".to_owned() }).collect()
    }

    fn told_lines(input_errors: &[InputError], record: Option<&str>) -> Vec<String> {
        told_input_errors(input_errors, record, false).into_iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn three_thousand_equal_faults_are_five_lines_and_a_count() {
        let mut all = errors(3_000, "exports/june/", InputErrorCode::UnknownHeader);
        all.extend(errors(1, "x", InputErrorCode::Corrupt));
        let lines = told_lines(&all, Some("report.failed.json"));
        assert_eq!(lines.len(), 7, "{lines:?}");
        assert_eq!(lines[0], "exports/june/0000.csv: unknown-header: wrong");
        assert_eq!(lines[5], "x0000.csv: corrupt: wrong");
        assert_eq!(
            lines[6],
            "unknown-header: 2995 more in 2995 files of exports/june; all are in report.failed.json"
        );
        assert_eq!(told_input_errors(&all, None, true).len(), 3_001);
    }

    #[test]
    fn a_single_fault_more_is_shown_itself() {
        assert_eq!(told_lines(&errors(6, "", InputErrorCode::Corrupt), None).len(), 6);
        let lines = told_lines(&errors(8, "", InputErrorCode::Corrupt), None);
        assert_eq!(lines[5], "corrupt: 3 more in 0005.csv, 0006.csv and 1 more");
    }

    #[test]
    fn the_common_folder_is_the_deepest_of_all() {
        assert_eq!(common_folder(&["a/b/1", "a/b/c/2"]), Some("a/b"));
        assert_eq!(common_folder(&["a/b/1", "a/bc/2"]), Some("a"));
        assert_eq!(common_folder(&["a/1", "b/2"]), None);
    }
}
