//! The sources of a project file in a run: the dialect that each states for its files, and that each has files. Comes in: options, discovered
//! files, inputs. Goes out: dialects, marks on files, input errors. It reads no row.

use std::path::{Path, PathBuf};

use super::{RunOptions, load_dialects};
use crate::base::file_option::is_within;
use crate::base::place::InputName;
use crate::base::text::list_some;
use crate::config::dialect::{self, Dialect, Role};
use crate::diagnostics::error::{Error, InputError, InputErrorCode};
use crate::formats::{DiscoveredFile, Input, StatedDialect};

/// Paths of a source that a message names.
pub(super) const PATHS_SHOWN: usize = 4;

/// A source of a project file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceOptions {
    /// The source for people, such as `[[source]] in line 4 of attain.toml`.
    pub(crate) label: String,
    /// The paths, as people see them.
    pub(crate) paths: Vec<String>,
    /// The names of its files and folders: of patterns, of what they match.
    pub(crate) names: Vec<String>,
    /// **Absent**: each header decides.
    pub(crate) role: Option<Role>,
    /// **Absent**: each header decides.
    pub(crate) dialect: Option<SourceDialect>,
}

impl SourceOptions {
    /// The file of the dialect. `None` if there is none.
    pub(crate) fn dialect_file(&self) -> Option<&Path> {
        match self.dialect.as_ref()? {
            SourceDialect::Builtin(_) => None,
            SourceDialect::File(path) => Some(path),
        }
    }
}

/// The dialect that a source states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SourceDialect {
    /// Index among the built-in dialects.
    Builtin(usize),
    File(PathBuf),
}

/// The dialects of the user in a run: those for all files, then the dialects of sources, in the order of the sources.
///
/// # Errors
/// A dialect file is at fault, or its role is not the role of its source.
pub(crate) fn run_dialects(options: &RunOptions) -> Result<Vec<Dialect>, Error> {
    let mut dialects = load_dialects(&options.dialects)?;
    for source in &options.sources {
        let dialect = match &source.dialect {
            Some(SourceDialect::File(path)) => {
                dialects.extend(load_dialects(std::slice::from_ref(path))?);
                dialects.last()
            }
            Some(SourceDialect::Builtin(index)) => Some(&dialect::builtin()[*index]),
            None => None,
        };
        if let Some((dialect, role)) =
            dialect.zip(source.role).filter(|(dialect, role)| dialect.role != *role)
        {
            let (name, of, role) = (&dialect.name, dialect.role.as_str(), role.as_str());
            let message = format!("{}: role = {role:?}, and the dialect {name} is of {of}", source.label);
            return Err(Error::Usage { message });
        }
    }
    Ok(dialects)
}

/// Marks the files of each source that states a dialect with it.
pub(super) fn state_dialects(files: &mut [DiscoveredFile], options: &RunOptions) {
    let mut of_sources = 0..;
    let stated: Vec<Option<StatedDialect>> = options
        .sources
        .iter()
        .map(|source| match &source.dialect {
            Some(SourceDialect::Builtin(index)) => Some(StatedDialect::Builtin(*index)),
            Some(SourceDialect::File(_)) => of_sources.next().map(StatedDialect::OfSource),
            None => None,
        })
        .collect();
    for file in files {
        file.dialect = file.source.and_then(|source| stated[source]);
    }
}

/// Tells of each path without a file which source names it.
pub(super) fn name_sources(not_found: &mut [InputError], options: &RunOptions) {
    for error in not_found.iter_mut().filter(|error| error.code == InputErrorCode::NotFound) {
        let Some(InputName { file, .. }) = &error.input else { continue };
        if let Some(source) = options.sources.iter().find(|source| source.paths.contains(file)) {
            error.message += &format!("; it stands in {}", source.label);
        }
    }
}

/// An input error for each source none of whose files is read, unless one of its paths or files is at fault already.
pub(super) fn without_inputs(
    inputs: &[Input<'_>],
    input_errors: &[InputError],
    options: &RunOptions,
) -> Vec<InputError> {
    let is_of = |source: &SourceOptions, file: &str| {
        source.names.iter().chain(&source.paths).any(|name| is_within(file, name))
    };
    let has_input = |source: &SourceOptions| inputs.iter().any(|input| is_of(source, &input.name.file));
    let is_told = |source: &SourceOptions| {
        input_errors.iter().filter_map(|error| error.input.as_ref()).any(|input| is_of(source, &input.file))
    };
    let error = |source: &SourceOptions| {
        let paths: Vec<&str> = source.paths.iter().map(String::as_str).collect();
        let message = format!(
            "{}: no file of {} is read; correct the paths, or remove the source",
            source.label,
            list_some(&paths, PATHS_SHOWN)
        );
        InputError { input: None, code: InputErrorCode::NoInput, message }
    };
    let sources = options.sources.iter();
    sources.filter(|source| !has_input(source) && !is_told(source)).map(error).collect()
}
