//! Delta tables among the files of a run: Parquet files that the log has removed are no input. Comes in: inputs, the folders of tables. Goes out: the
//! inputs without removed files, and input errors where the live files are not known. `sources` replays the log.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::base::place::InputName;
use crate::config::dialect::Role;
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::formats::{Input, SkipClass, SkippedFile, shown_name};
use crate::job::snapshots::{Beside, incomplete_run, some_of};
use crate::sources::DeltaLog;

/// Bytes of a manifest or of a commit of a Delta log that are read: real ones are far smaller.
const BESIDE_BYTES: u64 = 16 << 20;

/// Passes over the Parquet files that the log of their Delta table has removed.
pub(super) fn skip_removed_parts(
    inputs: &mut Vec<Input<'_>>,
    skipped: &mut Vec<SkippedFile>,
    beside: &Beside<'_>,
    input_errors: &mut Vec<InputError>,
) {
    for table in beside.delta_tables {
        let prefix = match shown_name(table) {
            name if name.is_empty() => String::new(),
            name => format!("{name}/"),
        };
        let is_part = |file: &str| file.starts_with(&prefix) && file.to_lowercase().ends_with(".parquet");
        if !inputs.iter().any(|input| input.role() == Role::Consumption && is_part(&input.name.file)) {
            continue;
        }
        let fault = |message: String| InputError {
            input: Some(InputName { file: prefix.trim_end_matches('/').to_owned(), sheet: None }),
            code: InputErrorCode::Unsupported,
            message: format!(
                "a Delta table whose live files are not known: {message}; write the table out as plain Parquet, and give that"
            ),
        };
        let parts = match delta_log(&table.join("_delta_log")).parts() {
            Ok(parts) => parts,
            Err(message) => {
                input_errors.push(fault(message));
                continue;
            }
        };
        let present: BTreeSet<String> = beside.found.iter().map(|(name, _)| name.clone()).collect();
        let missing = parts.live.iter().filter(|part| !present.contains(&format!("{prefix}{part}")));
        let missing: Vec<&str> = missing.map(String::as_str).collect();
        if !missing.is_empty() {
            let message = format!(
                "the log of the Delta table lists files that are not there: {}; copy the table again",
                some_of(&missing)
            );
            input_errors.push(incomplete_run(prefix.trim_end_matches('/').to_owned(), message));
        }
        let is_removed = |input: &mut Input<'_>| {
            let part = input.name.file.strip_prefix(&prefix);
            part.is_some_and(|part| is_part(&input.name.file) && !parts.live.contains(part))
        };
        skipped.extend(inputs.extract_if(.., is_removed).map(|input| SkippedFile {
            name: input.name,
            class: SkipClass::Superseded,
            reason: "the log of the Delta table does not list it: it belongs to another version".to_owned(),
        }));
    }
}

fn delta_log(folder: &Path) -> DeltaLog {
    let mut log = DeltaLog::default();
    for path in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let (Some(version), Some(text)) = (DeltaLog::version_of(name), read_beside(&path)) {
            log.add(version, text);
        }
    }
    log
}

/// The first bytes of a regular file. `None` if it cannot be read: then it says nothing.
pub(super) fn read_beside(path: &Path) -> Option<Vec<u8>> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = Vec::new();
    File::open(path).ok()?.take(BESIDE_BYTES).read_to_end(&mut text).ok()?;
    Some(text)
}
