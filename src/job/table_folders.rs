//! Tables among the files of a run whose log or metadata say which files are live. Comes in: inputs, the folders of tables. Goes out: the inputs
//! without files that the log of a Delta table has removed, and input errors where the live files are not known: of Iceberg and Hudi they never
//! are. `sources` replays the log.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::base::place::InputName;
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::formats::{Input, SkipClass, SkippedFile, TableFolder, TableFormat, nested_texts, shown_name};
use crate::job::run_findings::incomplete_run;
use crate::job::snapshots::{Beside, some_of};
use crate::sources::{CheckpointFile, CheckpointName, DeltaLog};

/// Bytes of a manifest or of a commit of a Delta log that are read: real ones are far smaller.
const BESIDE_BYTES: u64 = 16 << 20;

/// Passes over the Parquet files that the log of their Delta table has removed.
pub(super) fn skip_removed_parts(
    inputs: &mut Vec<Input<'_>>,
    skipped: &mut Vec<SkippedFile>,
    beside: &Beside<'_>,
    input_errors: &mut Vec<InputError>,
) {
    for table in beside.tables {
        let mut of_table =
            inputs.iter().filter_map(|input| Some((input.name.file.as_str(), part_of(table, input)?)));
        let Some(name) = of_table.next().map(|(file, part)| name_of(table, file, &part)) else {
            explain_unread_parts(table, skipped, input_errors);
            continue;
        };
        let fault = |message: String| {
            let input = Some(InputName { file: name.clone(), sheet: None });
            let message = format!("{message}; write the table out as plain Parquet, and give that");
            InputError { input, code: InputErrorCode::Unsupported, message }
        };
        match table.format {
            TableFormat::Delta => {}
            TableFormat::Iceberg | TableFormat::Hudi => {
                let format = if table.format == TableFormat::Iceberg { "Iceberg" } else { "Hudi" };
                input_errors.push(fault(format!(
                    "a table of {format}: which of its files are live stands in its metadata, which is not read"
                )));
                continue;
            }
        }
        let parts = match delta_log(&table.folder.join("_delta_log")).and_then(DeltaLog::parts) {
            Ok(parts) => parts,
            Err(message) => {
                input_errors.push(fault(format!("a Delta table whose live files are not known: {message}")));
                continue;
            }
        };
        let missing = parts.live.iter().filter(|part| !table.folder.join(part).is_file());
        let missing: Vec<&str> = missing.map(String::as_str).collect();
        if !missing.is_empty() {
            input_errors.push(missing_parts(name.clone(), &missing));
        }
        let is_removed =
            |input: &mut Input<'_>| part_of(table, input).is_some_and(|part| !parts.live.contains(&part));
        skipped.extend(inputs.extract_if(.., is_removed).map(|input| SkippedFile {
            name: input.name,
            class: SkipClass::Superseded,
            reason: "the log of the Delta table does not list it: it belongs to another version".to_owned(),
        }));
    }
}

/// Gives what the log of a Delta table without an input tells: that the live files are missing, as an input error; or why the rows of its files
/// are not known, as the reason of each file that is passed over.
fn explain_unread_parts(
    table: &TableFolder,
    skipped: &mut [SkippedFile],
    input_errors: &mut Vec<InputError>,
) {
    if table.format != TableFormat::Delta {
        return;
    }
    let is_part = |file: &&mut SkippedFile| {
        file.class == SkipClass::Unrecognised && table.part(Path::new(&file.name.file)).is_some()
    };
    match delta_log(&table.folder.join("_delta_log")).and_then(DeltaLog::parts) {
        Ok(parts) => {
            let is_missing = |part: &String| !table.folder.join(part).is_file();
            if !parts.live.is_empty() && parts.live.iter().all(is_missing) {
                let live: Vec<&str> = parts.live.iter().map(String::as_str).collect();
                let name = |file: &SkippedFile| {
                    let file = file.name.file.as_str();
                    Some(name_of(table, file, &table.part(Path::new(file))?))
                };
                let name = skipped.iter().find_map(name).unwrap_or_else(|| shown_name(&table.folder));
                input_errors.push(missing_parts(name, &live));
            }
        }
        Err(message) => {
            for file in skipped.iter_mut().filter(is_part) {
                file.class = SkipClass::UnreadFormat;
                file.reason = format!(
                    "a part of a Delta table whose rows are not known: {message}; write the table out as plain Parquet, and give that"
                );
            }
        }
    }
}

/// The input error of a Delta table that lacks live files.
fn missing_parts(name: String, missing: &[&str]) -> InputError {
    let message = format!(
        "the log of the Delta table lists files that are not there: {}; copy the table again",
        some_of(missing)
    );
    incomplete_run(name, message)
}

/// The path of an input below the folder of a table. `None` if it is no Parquet file of the table.
fn part_of(table: &TableFolder, input: &Input<'_>) -> Option<String> {
    let file = Path::new(&input.name.file);
    let is_parquet = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"));
    if is_parquet { table.part(file) } else { None }
}

/// The folder of a table as the names of its files show it to people.
fn name_of(table: &TableFolder, file: &str, part: &str) -> String {
    match file.strip_suffix(part) {
        Some("") => ".".to_owned(),
        Some(folder) => folder.trim_end_matches('/').to_owned(),
        None => shown_name(&table.folder),
    }
}

/// The log in a folder: its commits, and the newest whole checkpoint if the first commits are cleaned up.
fn delta_log(folder: &Path) -> Result<DeltaLog, String> {
    let mut log = DeltaLog::default();
    let mut checkpoints: BTreeMap<CheckpointName, Vec<PathBuf>> = BTreeMap::new();
    for path in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let (Some(version), Some(text)) = (DeltaLog::version_of(name), read_beside(&path)) {
            log.add(version, text);
        } else if let Some(checkpoint) = CheckpointName::of(name) {
            checkpoints.entry(checkpoint).or_default().push(path);
        }
    }
    let is_whole =
        |(name, paths): &(CheckpointName, Vec<PathBuf>)| u64::try_from(paths.len()) == Ok(name.parts);
    if log.needs_checkpoint()
        && let Some((name, paths)) = checkpoints.into_iter().rev().find(is_whole)
    {
        let mut files = Vec::new();
        for path in paths {
            files.extend(checkpoint_files(&path)?);
        }
        log.set_checkpoint(name.version, files);
    }
    Ok(log)
}

/// The live files that a checkpoint lists.
fn checkpoint_files(path: &Path) -> Result<Vec<CheckpointFile>, String> {
    let columns: [&[&str]; 3] =
        [&["add", "path"], &["add", "deletionVector", "storageType"], &["sidecar", "path"]];
    let rows = nested_texts(path, &columns)
        .map_err(|error| format!("its checkpoint cannot be read: {}", error.message))?;
    let mut files = Vec::new();
    for row in rows {
        let [path, vector, sidecar] = <[String; 3]>::try_from(row).expect("a row has a cell for each column");
        if !sidecar.is_empty() {
            return Err("its checkpoint refers to further files, which are not read".to_owned());
        }
        if !path.is_empty() {
            files.push(CheckpointFile { path, has_vector: !vector.is_empty() });
        }
    }
    Ok(files)
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
