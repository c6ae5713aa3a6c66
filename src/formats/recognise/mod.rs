//! Recognises each file: container, compression, encoding, delimiter, header and dialect. Comes in: discovered files, and the dialects.
//! Goes out: inputs, ready to be read; skipped files; and an input error for every file that cannot be read. It reads the first bytes
//! of each file, and no rows.
//!
//! Each container has a recogniser of its own: [`text`], [`json`], [`parquet`], [`workbook`].

mod headers;
mod json;
mod own_outputs;
mod own_texts;
mod parquet;
mod text;
mod workbook;

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;
use tempfile::NamedTempFile;

pub(crate) use self::headers::{LikelyHeader, likely_headers};
use self::own_outputs::own_output;
use self::parquet::parquet_input;
use self::text::text_input;
use self::workbook::workbook_input;
use super::decode::{self, Compression, Container};
use super::digest::copied;
use super::discover::{DiscoveredBy, DiscoveredFile, StatedDialect, download, is_lock};
use super::download::download_class;
use super::fingerprint::Fingerprint;
use super::folder_columns::folder_columns;
use super::input::Input;
use super::skipped::{SkipClass, SkippedFile, Unopened};
use super::unread_formats::{UnreadFormat, outcome_by_name};
use super::workbook::workbook_kind;
use crate::base::place::InputName;
use crate::base::text::list_some;
use crate::config::dialect::{
    Dialect, Layout, Recognition, Role, explain, recognise_in_folders, recognise_stated, stated_fault,
};
use crate::diagnostics::error::{InputError, InputErrorCode};

/// The discovered files, by what is done with them.
#[derive(Default)]
pub(crate) struct RecognisedInputs<'d> {
    /// Inputs to be read, in the order of their names.
    pub(crate) inputs: Vec<Input<'d>>,
    /// Files and sheets that are not read.
    pub(crate) skipped: Vec<SkippedFile>,
    /// Files that cannot be read.
    pub(crate) input_errors: Vec<InputError>,
    /// Memory that the packed cells of all sheets of the run take so far. **Unit**: bytes. Locked while a workbook is recognised, so that two
    /// workbooks do not share what is left.
    kept_cells_bytes: Arc<Mutex<usize>>,
    /// Copies of pipes, which last until they are read.
    pub(crate) copies: Vec<NamedTempFile>,
}

impl RecognisedInputs<'_> {
    fn skip(&mut self, name: InputName, class: SkipClass, reason: impl Into<String>) {
        self.skipped.push(SkippedFile { name, class, reason: reason.into() });
    }
}

/// The dialects of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialects<'d> {
    /// The dialects of the user, tried first.
    pub(crate) user: &'d [Dialect],
    /// The dialect files of sources of a project file, for their files alone.
    pub(crate) of_sources: &'d [Dialect],
    /// The built-in dialects.
    pub(crate) builtin: &'d [Dialect],
}

impl<'d> Dialects<'d> {
    /// The dialect that is stated for a file. `None` if its header decides.
    fn stated(self, file: &DiscoveredFile) -> Option<&'d Dialect> {
        file.dialect.map(|stated| match stated {
            StatedDialect::Builtin(index) => &self.builtin[index],
            StatedDialect::OfSource(index) => &self.of_sources[index],
        })
    }
}

/// Files of an archive that a message names.
const FILES_SHOWN: usize = 3;

/// Recognises every file.
pub(crate) fn recognise_all<'d>(files: Vec<DiscoveredFile>, dialects: Dialects<'d>) -> RecognisedInputs<'d> {
    let mut recognised = RecognisedInputs::default();
    let archives = archives_by_name(&files);
    let assumed = assumed_names(&files);
    let kept_cells_bytes = recognised.kept_cells_bytes.clone();
    let recognise_file = |file: DiscoveredFile| {
        let mut of_file =
            RecognisedInputs { kept_cells_bytes: kept_cells_bytes.clone(), ..RecognisedInputs::default() };
        recognise_one(&file, dialects, &mut of_file);
        of_file
    };
    let (pipes, files): (Vec<_>, Vec<_>) = files.into_iter().partition(is_pipe);
    // Opening many small files takes longer than reading their first bytes. The order of files is kept.
    let of_files: Vec<_> = files.into_par_iter().map(recognise_file).collect();
    // A pipe may be long in coming: what else is there is known by then.
    let of_pipes: Vec<_> = pipes.into_iter().map(recognise_file).collect();
    for of_file in of_files.into_iter().chain(of_pipes) {
        recognised.inputs.extend(of_file.inputs);
        recognised.skipped.extend(of_file.skipped);
        recognised.input_errors.extend(of_file.input_errors);
        recognised.copies.extend(of_file.copies);
    }
    recognised.unread_archives(&archives);
    recognised.skip_walked_credits(&assumed);
    recognised.inputs.sort_by(|a, b| a.name.cmp(&b.name));
    recognised
}

/// Whether a file is a pipe or device.
fn is_pipe(file: &DiscoveredFile) -> bool {
    let path = file.path.as_ref().filter(|_| file.unopened.is_none());
    path.is_some_and(|path| path.metadata().is_ok_and(|metadata| !metadata.is_file()))
}

/// The archives whose names were given.
fn archives_by_name(files: &[DiscoveredFile]) -> BTreeSet<String> {
    let archives = files.iter().filter_map(|file| file.archive.as_deref());
    archives.filter(|archive| archive.by == DiscoveredBy::Name).map(|archive| archive.shown.clone()).collect()
}

/// The names of the files whose records are assumed.
pub(crate) fn assumed_names(files: &[DiscoveredFile]) -> BTreeSet<String> {
    files.iter().filter(|file| file.is_assumed).map(|file| file.shown.clone()).collect()
}

impl RecognisedInputs<'_> {
    /// Reports each of `archives` that has no file which is read.
    fn unread_archives(&mut self, archives: &BTreeSet<String>) {
        for archive in archives {
            let is_within = |name: &InputName| {
                name.file.strip_prefix(archive.as_str()).is_some_and(|rest| rest.starts_with('/'))
            };
            let is_read = self.inputs.iter().any(|input| is_within(&input.name));
            if is_read || self.input_errors.iter().any(|error| error.input.as_ref().is_some_and(is_within)) {
                continue;
            }
            let skipped = self.skipped.iter().filter(|skipped| is_within(&skipped.name));
            let reasons: Vec<String> =
                skipped.map(|skipped| format!("{}: {}", skipped.name, skipped.reason)).collect();
            let reasons: Vec<&str> = reasons.iter().map(String::as_str).collect();
            let message = format!("no file of the archive is read: {}", list_some(&reasons, FILES_SHOWN));
            let input = Some(InputName { file: archive.clone(), sheet: None });
            self.input_errors.push(InputError { input, code: InputErrorCode::UnknownHeader, message });
        }
    }

    /// Skips credits tables that a walk has found beside exports: what they were made of may be among the exports (SPEC 3.10).
    /// Assumed consumption is no export.
    fn skip_walked_credits(&mut self, assumed: &BTreeSet<String>) {
        let is_export =
            |input: &Input<'_>| input.role() == Role::Consumption && !assumed.contains(&input.name.file);
        if !self.inputs.iter().any(is_export) {
            return;
        }
        let is_skipped =
            |input: &mut Input<'_>| input.role() == Role::Credits && input.by == DiscoveredBy::Walk;
        self.skipped.extend(self.inputs.extract_if(.., is_skipped).map(|input| {
            SkippedFile {
                name: input.name,
                class: SkipClass::CreditsTable,
                reason:
                    "a credits table beside exports, which count instead; give it by its name to count it too"
                        .to_owned(),
            }
        }));
    }
}

fn recognise_one<'d>(file: &DiscoveredFile, dialects: Dialects<'d>, out: &mut RecognisedInputs<'d>) {
    let name = InputName { file: file.shown.clone(), sheet: None };
    if let Some(Unopened { class, reason }) = file.unopened {
        return out.skip(name, class, reason);
    }
    let skipped_before = out.skipped.len();
    let result = match &file.path {
        Some(path) if file.is_output => own_output(path).map(|()| {
            out.skip(
                name.clone(),
                SkipClass::Output,
                "an output of an earlier run, which this run writes again",
            );
        }),
        Some(path) => recognise_path(file, path, dialects, out),
        // Standard input was copied to a file; if it could not be, that is told.
        None => Ok(()),
    };
    let result = outcome_by_name(file, result, &mut out.skipped, skipped_before, &is_workbook);
    if let Err((code, message)) = result {
        out.input_errors.push(InputError { input: Some(name), code, message });
    }
}

/// Whether a file is a workbook, of whatever sheets.
fn is_workbook(path: &Path) -> bool {
    let first = File::open(path).and_then(|mut file| decode::read_up_to(&mut file, 8)).unwrap_or_default();
    matches!(workbook_kind(path, &first), Ok(Some(_)))
}

/// Passes over a file in a format that is not read.
///
/// # Errors
/// The file may not be passed over.
fn skip_format(file: &DiscoveredFile, format: UnreadFormat, out: &mut RecognisedInputs<'_>) -> FileOutcome {
    let class = format.skip_class(file)?;
    out.skip(InputName { file: file.shown.clone(), sheet: None }, class, format.message());
    Ok(())
}

/// `Err`: why a file cannot be read, with the message for people.
type FileOutcome = Result<(), (InputErrorCode, String)>;

fn unreadable(error: &io::Error) -> (InputErrorCode, String) {
    decode::read_error(error, Compression::None)
}

fn recognise_path<'d>(
    file: &DiscoveredFile,
    path: &Path,
    dialects: Dialects<'d>,
    out: &mut RecognisedInputs<'d>,
) -> FileOutcome {
    let mut opened = File::open(path).map_err(|e| unreadable(&e))?;
    let metadata = opened.metadata().map_err(|e| unreadable(&e))?;
    if !metadata.is_file() {
        // A pipe can be read only once.
        let copy = copied(opened).map_err(|e| unreadable(&e))?;
        let path = copy.path().to_path_buf();
        out.copies.push(copy);
        return recognise_path(file, &path, dialects, out);
    }
    if let Some((stem, ending)) = download(&file.shown) {
        return unfinished_download(file, (stem, ending), &mut opened, out);
    }
    if is_lock(&file.shown) {
        let message = "an office program locks a document by it, and it holds no data; give the document";
        return Err((InputErrorCode::UnknownHeader, message.to_owned()));
    }
    let fingerprint = Fingerprint::of(&metadata);
    let first = decode::read_up_to(&mut opened, 8).map_err(|e| unreadable(&e))?;
    match decode::container(&first) {
        Container::Text(compression) => {
            let count = Arc::new(AtomicU64::new(0));
            let text = decode::open_file(path, compression, &count)
                .map_err(|e| decode::read_error(&e, compression))?;
            text_input(file, text, compression, (path, fingerprint), dialects, out)
        }
        Container::Parquet => parquet_input(file, path, fingerprint, dialects, out),
        Container::Workbook => workbook_input(file, path, &first, fingerprint, dialects, out),
    }
}

/// Passes over a download that has not ended, which a walk has met.
///
/// # Errors
/// It is given by its name.
fn unfinished_download(
    file: &DiscoveredFile,
    (stem, ending): (&str, &str),
    opened: &mut File,
    out: &mut RecognisedInputs<'_>,
) -> FileOutcome {
    let why = format!("its name ends in {ending}, as long as its download has not ended");
    let advice = match &file.archive {
        Some(_) => "pack the archive again once it has, or leave the file out of it",
        None => "let it end and run again, or remove the file",
    };
    if file.by == DiscoveredBy::Name {
        let message = format!("{why}; let it end and give the whole file, or rename the file if it is whole");
        return Err((InputErrorCode::Truncated, message));
    }
    let class = download_class(stem, opened).map_err(|e| unreadable(&e))?;
    let name = InputName { file: file.shown.clone(), sheet: None };
    out.skip(name, class, format!("{why}; {advice}"));
    Ok(())
}

/// What the header of a file is, with the columns in the names of its folders.
fn recognise_header<'d>(file: &DiscoveredFile, header: &[String], dialects: Dialects<'d>) -> Recognition<'d> {
    let folder_columns = folder_columns(&file.shown);
    match dialects.stated(file) {
        Some(dialect) => recognise_stated(header, &folder_columns, dialect),
        None => recognise_in_folders(header, &folder_columns, dialects.user, dialects.builtin, file.role),
    }
}

/// Why the header of a file does not fit the dialect that is stated for it, with how much it lacks. `None` if none is stated.
fn fault_of_stated(
    file: &DiscoveredFile,
    header: &[String],
    dialects: Dialects<'_>,
) -> Option<(usize, String)> {
    let dialect = dialects.stated(file)?;
    Some(stated_fault(header, &folder_columns(&file.shown), dialect))
}

/// The layout of a header. `None` if the file is skipped; `class` tells what a file is that no dialect fits.
///
/// # Errors
/// No dialect fits, and the file may not be skipped.
fn layout_of<'d>(
    file: &DiscoveredFile,
    name: &InputName,
    header: &[String],
    dialects: Dialects<'d>,
    class: &dyn Fn() -> SkipClass,
    out: &mut RecognisedInputs<'d>,
) -> Result<Option<Layout<'d>>, (InputErrorCode, String)> {
    let recognition = recognise_header(file, header, dialects);
    let code = match recognition {
        Recognition::Fits(layout) => return Ok(Some(layout)),
        Recognition::Ambiguous { .. } | Recognition::DuplicateColumn { .. } => {
            InputErrorCode::AmbiguousHeader
        }
        Recognition::NearMiss(_) | Recognition::Misspelt { .. } => InputErrorCode::MissingColumn,
        Recognition::OtherRole { .. } => InputErrorCode::WrongRole,
        Recognition::Unknown | Recognition::OwnOutput | Recognition::Foreign(_) => {
            InputErrorCode::UnknownHeader
        }
    };
    let is_misfit = matches!(recognition, Recognition::NearMiss(_) | Recognition::Unknown);
    let stated = is_misfit.then(|| fault_of_stated(file, header, dialects)).flatten();
    let message = match stated {
        Some((_, message)) => {
            // Prose in a folder may be passed over, data may not.
            if matches!(recognition, Recognition::NearMiss(_))
                || file.by == DiscoveredBy::Name
                || class().is_data()
            {
                return Err((InputErrorCode::MissingColumn, message));
            }
            message
        }
        None => reason(&recognition, header),
    };
    let class = match recognition {
        Recognition::Unknown => class(),
        Recognition::OwnOutput => SkipClass::Output,
        Recognition::Foreign(_) => SkipClass::Foreign,
        Recognition::OtherRole { .. } => SkipClass::Unrecognised,
        Recognition::Fits(_)
        | Recognition::Ambiguous { .. }
        | Recognition::DuplicateColumn { .. }
        | Recognition::NearMiss(_)
        | Recognition::Misspelt { .. } => return Err((code, message)),
    };
    match file.by {
        DiscoveredBy::Walk => {
            out.skip(name.clone(), class, message);
            Ok(None)
        }
        DiscoveredBy::Name => Err((code, message)),
    }
}

/// Why a header has no layout, for people.
fn reason(recognition: &Recognition<'_>, header: &[String]) -> String {
    explain(recognition, header).expect("a header that fits has a layout")
}
