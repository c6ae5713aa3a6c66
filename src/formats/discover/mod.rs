//! Discovers the files of a run. Comes in: paths, folders and patterns as given. Goes out: files, sorted by the name that people see,
//! and an input error for every path without a file. It opens no file.

mod names;
mod tables;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobBuilder;
use walkdir::WalkDir;

use self::names::{MANIFESTS, is_hidden, unopened_file, unopened_folder};
pub(super) use self::names::{download, is_lock, is_parquet_list, unopened_member};
pub(crate) use self::tables::{TableFolder, TableFormat};
use self::tables::{table_around, table_of_metadata};
use super::archive::ArchiveFile;
use super::manifest_path::ManifestPath;
use super::skipped::{SkipClass, Unopened};
use crate::base::place::InputName;
use crate::config::dialect::Role;
use crate::diagnostics::error::{InputError, InputErrorCode};

/// A file, folder or pattern as given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GivenPath {
    /// The path or pattern; `-` is standard input.
    pub(crate) path: PathBuf,
    /// The role that an option gives. **Absent**: the role is recognised from the header.
    pub(crate) role: Option<Role>,
    /// Whether the records are assumptions of the user, and not an export's.
    pub(crate) is_assumed: bool,
    /// The number of the source of a project file that names the path. **Absent**: the command line does.
    pub(crate) source: Option<usize>,
}

/// A file to be recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DiscoveredFile {
    /// The name that people see: the path with `/` as separator.
    pub(crate) shown: String,
    /// **Absent**: standard input.
    pub(crate) path: Option<PathBuf>,
    /// The role that an option gives. **Absent**: the role is recognised from the header.
    pub(crate) role: Option<Role>,
    pub(crate) by: DiscoveredBy,
    /// Whether its records are assumptions of the user.
    pub(crate) is_assumed: bool,
    /// The number of the source of a project file that the file is of: the first one that names it. **Absent**: of none.
    pub(crate) source: Option<usize>,
    /// The dialect that is stated for the file. **Absent**: its header decides.
    pub(crate) dialect: Option<StatedDialect>,
    /// Whether this run will write the file. Then it must be an output of an earlier run, which is skipped.
    pub(crate) is_output: bool,
    /// Why a file is skipped without being opened. **Absent**: the file is opened and recognised.
    pub(crate) unopened: Option<Unopened>,
    /// The archive that the file was unpacked from. **Absent**: the file stands in a folder.
    pub(crate) archive: Option<Arc<ArchiveFile>>,
}

/// A dialect that a source of a project file states for its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StatedDialect {
    /// Index among the built-in dialects.
    Builtin(usize),
    /// Index among the dialect files of sources.
    OfSource(usize),
}

/// How a file was discovered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DiscoveredBy {
    /// By its name or by a pattern: a file that is no export is an error.
    Name,
    /// In a folder that was walked: a file that is no export is skipped.
    Walk,
}

impl DiscoveredFile {
    fn new(path: PathBuf, role: Option<Role>, by: DiscoveredBy) -> DiscoveredFile {
        let shown = shown_name(&path);
        DiscoveredFile {
            shown,
            path: Some(path),
            role,
            by,
            is_assumed: false,
            source: None,
            dialect: None,
            is_output: false,
            unopened: None,
            archive: None,
        }
    }

    /// A file that was found in a walk or by a pattern, and is skipped without being opened.
    fn unopened(path: PathBuf, why: Unopened) -> DiscoveredFile {
        DiscoveredFile { unopened: Some(why), ..DiscoveredFile::new(path, None, DiscoveredBy::Walk) }
    }
}

/// All files of a run.
#[derive(Debug, Default)]
pub(crate) struct Discovered {
    /// Sorted by the name that people see, with the outputs of the run marked.
    pub(crate) files: Vec<DiscoveredFile>,
    /// Manifests of exports: those that a walk met, and those beside files that were given by name. Sorted.
    pub(crate) manifests: Vec<ManifestPath>,
    /// Tables that some of the files are of, and whose log or metadata say which files are live. Sorted.
    pub(crate) tables: Vec<TableFolder>,
    /// One for each path that has no file or is given twice.
    pub(crate) input_errors: Vec<InputError>,
}

/// Discovers the files of `given`. `outputs`: files that the run will write.
pub(crate) fn discover(given: &[GivenPath], outputs: &[PathBuf]) -> Discovered {
    let mut found = Discovered::default();
    given.iter().for_each(|one| found.add(one));
    let Discovered { mut files, mut tables, mut input_errors, .. } = found;
    let mut beside: Vec<PathBuf> = Vec::new();
    for file in &files {
        match (file.unopened, &file.path) {
            (Some(Unopened { class: SkipClass::Companion, .. }), Some(path)) => beside.push(path.clone()),
            (None, Some(path)) if file.by == DiscoveredBy::Name => beside.extend(manifests_beside(path)),
            _ => {}
        }
    }
    beside.sort();
    beside.dedup();
    let manifests = beside.iter().filter_map(|path| ManifestPath::beside(path)).collect();
    tables.sort();
    tables.dedup();
    let outputs: Vec<PathBuf> = outputs.iter().filter_map(|p| p.canonicalize().ok()).collect();
    for file in &mut files {
        let is_output = |path: &PathBuf| path.canonicalize().is_ok_and(|p| outputs.contains(&p));
        file.is_output = file.path.as_ref().is_some_and(is_output);
    }
    let mut files = without_repeats(files, &mut input_errors);
    files.sort_by(|a, b| a.shown.cmp(&b.shown));
    Discovered { files, manifests, tables, input_errors }
}

/// The manifests in the folder of a file that is given by name.
fn manifests_beside(file: &Path) -> impl Iterator<Item = PathBuf> {
    let folder = file.parent().map(Path::to_path_buf);
    let manifests = folder.into_iter().flat_map(|folder| MANIFESTS.map(|name| folder.join(name)));
    manifests.filter(|path| path.is_file())
}

impl Discovered {
    /// Has files that a walk met be passed over: the project file of the run, and the rule set and dialects that it reads.
    pub(crate) fn pass_over(&mut self, configuration: &[PathBuf]) {
        let paths: Vec<PathBuf> = configuration.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let is_one = |path: &PathBuf| path.canonicalize().is_ok_and(|path| paths.contains(&path));
        let reason = "the project file, rule set or a dialect of this run";
        for file in self.files.iter_mut().filter(|file| file.by == DiscoveredBy::Walk) {
            if !paths.is_empty() && file.path.as_ref().is_some_and(is_one) {
                file.unopened = Some(Unopened { class: SkipClass::Companion, reason });
            }
        }
    }

    /// Adds the files of a path as given.
    fn add(&mut self, given: &GivenPath) {
        let (path, role) = (&given.path, given.role);
        let first = self.files.len();
        if path.as_os_str() == "-" {
            let (shown, by) = ("-".to_owned(), DiscoveredBy::Name);
            self.files.push(DiscoveredFile {
                shown,
                path: None,
                role,
                by,
                is_assumed: given.is_assumed,
                source: None,
                dialect: None,
                is_output: false,
                unopened: None,
                archive: None,
            });
        } else if path.is_dir() {
            self.walk(path, role);
        } else if path.exists() {
            self.add_file(path.clone(), role, DiscoveredBy::Name);
            self.files.last_mut().expect("it was added").is_assumed = given.is_assumed;
        } else if is_pattern(path) {
            self.expand(path, role);
        } else {
            self.input_errors.push(missing_input(path, advice_for_missing(path)));
        }
        self.files[first..].iter_mut().for_each(|file| file.source = given.source);
    }

    /// Adds a file that is given by its name or matches a pattern, with the table that it is of.
    fn add_file(&mut self, path: PathBuf, role: Option<Role>, by: DiscoveredBy) {
        self.tables.extend(path.parent().and_then(table_around));
        self.files.push(DiscoveredFile::new(path, role, by));
    }

    /// Adds the files that match a pattern, for shells that do not expand patterns.
    fn expand(&mut self, pattern: &Path, role: Option<Role>) {
        let matches = match pattern_matches(pattern) {
            Ok(matches) => matches,
            Err(message) => return self.input_errors.push(missing_input(pattern, &message)),
        };
        if matches.is_empty() {
            self.input_errors.push(missing_input(pattern, "the pattern matches nothing; check it"));
        }
        for path in matches {
            let is_folder = path.is_dir();
            let unopened = if is_folder { unopened_folder(&path) } else { unopened_file(&path) };
            if let Some(unopened) = unopened {
                self.files.push(DiscoveredFile::unopened(path, unopened));
            } else if is_folder {
                self.walk(&path, role);
            } else {
                // A pattern is not meant for a download that has not ended.
                let is_download = download(&shown_name(&path)).is_some();
                let by = if is_download { DiscoveredBy::Walk } else { DiscoveredBy::Name };
                self.add_file(path, role, by);
            }
        }
    }

    /// Adds the files below a folder. Hidden files and folders, those that describe others, and whatever is no regular file are not opened.
    fn walk(&mut self, folder: &Path, role: Option<Role>) {
        self.tables.extend(table_around(folder));
        let mut entries = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
        while let Some(entry) = entries.next() {
            match entry {
                Ok(entry) if entry.file_type().is_dir() && entry.depth() > 0 => {
                    self.tables.extend(table_of_metadata(entry.path()));
                    let unopened = match is_hidden(entry.path()) {
                        true => Some(HIDDEN),
                        false => unopened_folder(entry.path()),
                    };
                    if let Some(unopened) = unopened {
                        entries.skip_current_dir();
                        self.files.push(DiscoveredFile::unopened(entry.into_path(), unopened));
                    }
                }
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => {
                    // A pipe or device that is met by chance may never end.
                    let is_regular = entry.file_type().is_file();
                    let path = entry.into_path();
                    let unopened = match is_regular {
                        _ if is_hidden(&path) => Some(HIDDEN),
                        true => unopened_file(&path),
                        false => Some(NO_FILE),
                    };
                    self.files.push(match unopened {
                        Some(unopened) => DiscoveredFile::unopened(path, unopened),
                        None => DiscoveredFile::new(path, role, DiscoveredBy::Walk),
                    });
                }
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_path_buf();
                    let input = Some(InputName { file: shown_name(&path), sheet: None });
                    let message = match error.io_error() {
                        Some(cause) => format!("cannot be read: {cause}"),
                        None => error.to_string(),
                    };
                    self.input_errors.push(InputError { input, code: InputErrorCode::Unreadable, message });
                }
            }
        }
    }
}

const HIDDEN: Unopened = Unopened { class: SkipClass::Hidden, reason: "hidden: its name begins with a dot" };
const NO_FILE: Unopened =
    Unopened { class: SkipClass::NoData, reason: "no regular file; give a pipe or device by its name" };

/// Reports files that are given twice, also under two names. A file may be given once with and once without a role: both are then one
/// file with that role.
fn without_repeats(files: Vec<DiscoveredFile>, input_errors: &mut Vec<InputError>) -> Vec<DiscoveredFile> {
    let mut unique: Vec<DiscoveredFile> = Vec::new();
    let mut index_of: BTreeMap<PathBuf, usize> = BTreeMap::new();
    let real = |file: &DiscoveredFile| {
        let path = file.path.as_ref();
        path.map_or_else(|| PathBuf::from("-"), |p| p.canonicalize().unwrap_or_else(|_| p.clone()))
    };
    let (files, unopened): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.unopened.is_none());
    for file in files {
        let real = real(&file);
        match index_of.get(&real) {
            None => {
                index_of.insert(real, unique.len());
                unique.push(file);
            }
            // An assumed file that a walk met too is assumed, and nothing else.
            Some(&index) if unique[index].is_assumed != file.is_assumed && unique[index].by != file.by => {
                if file.is_assumed {
                    unique[index] = file;
                }
            }
            // Of several sources, the first one that names a file decides what holds for it.
            Some(&index) if unique[index].source.is_some() && file.source.is_some() => {
                unique[index].by = unique[index].by.min(file.by);
            }
            Some(&index)
                if unique[index].role.is_none() != file.role.is_none()
                    && unique[index].is_assumed == file.is_assumed =>
            {
                let other = &mut unique[index];
                other.role = other.role.or(file.role);
                other.by = other.by.min(file.by);
                other.source = other.source.or(file.source);
            }
            Some(&index) => {
                let other = &unique[index].shown;
                let also = if *other == file.shown { String::new() } else { format!(", also as {other}") };
                let message = format!("{} is given twice{also}; give it once", file.shown);
                input_errors.push(InputError { input: None, code: InputErrorCode::SameBytes, message });
            }
        }
    }
    // A file that is not opened here is an input if its name is given elsewhere.
    for file in unopened {
        if let Entry::Vacant(entry) = index_of.entry(real(&file)) {
            entry.insert(unique.len());
            unique.push(file);
        }
    }
    unique
}

/// Whether a path has signs of a pattern.
fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '[', '{'])
}

/// Files and folders that match a pattern and are not hidden, sorted.
///
/// # Errors
/// It is no pattern.
fn pattern_matches(pattern: &Path) -> Result<Vec<PathBuf>, String> {
    let text = shown_name(pattern);
    let glob = GlobBuilder::new(&text).literal_separator(true).build();
    let glob =
        glob.map_err(|error| format!("no such file, and no pattern: {}", error.kind()))?.compile_matcher();
    let fixed: PathBuf = pattern.components().take_while(|part| !is_pattern(part.as_ref())).collect();
    let base = if fixed.as_os_str().is_empty() { Path::new(".") } else { fixed.as_path() };
    let mut matches: Vec<PathBuf> = WalkDir::new(base)
        .follow_links(true)
        .into_iter()
        .filter_map(Result::ok)
        .map(|entry| entry.path().strip_prefix("./").unwrap_or(entry.path()).to_path_buf())
        .filter(|path| glob.is_match(path) && !is_hidden(path))
        .collect();
    matches.sort();
    Ok(matches)
}

/// The names, as people see them, of the files and folders that a path stands for: of a pattern, of all that it matches now.
pub(crate) fn names_of_path(path: &Path) -> Vec<String> {
    match !path.exists() && is_pattern(path) {
        true => pattern_matches(path).unwrap_or_default().iter().map(|path| shown_name(path)).collect(),
        false => vec![shown_name(path)],
    }
}

/// What to do about a path that is no file: it may be a day, or the id of a partner, that stands in the place of an input.
fn advice_for_missing(path: &Path) -> &'static str {
    let text = path.to_string_lossy();
    let is_day = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    let is_number = text.len() >= 4 && text.bytes().all(|b| b.is_ascii_digit());
    match (is_day, is_number) {
        (true, _) => "no such file or folder; if it is a day, say --as-of before it",
        (_, true) => {
            "no such file or folder; if it is the id of a partner, ids stand in one word, with commas between them"
        }
        _ => "no such file or folder; check the name",
    }
}

fn missing_input(path: &Path, message: &str) -> InputError {
    let input = Some(InputName { file: shown_name(path), sheet: None });
    InputError { input, code: InputErrorCode::NotFound, message: message.to_owned() }
}

/// The name of a path as people see it: with `/` as separator, and without `./` in front.
pub(crate) fn shown_name(path: &Path) -> String {
    let name = path.to_string_lossy().replace('\\', "/");
    match name.trim_start_matches("./") {
        "" => name,
        below => below.to_owned(),
    }
}

#[cfg(test)]
mod tests;
