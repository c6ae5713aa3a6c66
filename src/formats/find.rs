//! Which files a run reads. Comes in: paths, folders and patterns as given. Goes out: files, sorted by the name that people
//! see. It opens nothing.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use walkdir::WalkDir;

use crate::base::place::InputName;
use crate::config::dialect::Role;
use crate::diagnostics::error::{InputError, InputErrorCode};

/// A path, folder or pattern as given, with the role that was said for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    /// As given; `-` is standard input.
    pub(crate) path: PathBuf,
    /// The role that an option says. **Absent**: it is recognised from the header.
    pub(crate) role: Option<Role>,
}

/// A file to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundFile {
    /// As people see it.
    pub(crate) shown: String,
    /// **Absent**: standard input.
    pub(crate) path: Option<PathBuf>,
    pub(crate) role: Option<Role>,
    pub(crate) by: FoundBy,
    /// Whether it is where this run will write: then it must be what an earlier run wrote, which is passed over.
    pub(crate) is_output: bool,
}

/// How a file was come upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FoundBy {
    /// By its name or a pattern: it must be readable and have a role.
    Name,
    /// In a folder: it may be something else.
    Walk,
}

/// All files of `given`, sorted, and which of them are among `outputs`; and what is wrong with what was given.
pub(crate) fn find(given: &[Given], outputs: &[PathBuf]) -> (Vec<FoundFile>, Vec<InputError>) {
    let mut found: Vec<FoundFile> = Vec::new();
    let mut input_errors = Vec::new();
    for one in given {
        find_one(one, &mut found, &mut input_errors);
    }
    let outputs: Vec<PathBuf> = outputs.iter().filter_map(|p| p.canonicalize().ok()).collect();
    for file in &mut found {
        let is_output = |path: &PathBuf| path.canonicalize().is_ok_and(|p| outputs.contains(&p));
        file.is_output = file.path.as_ref().is_some_and(is_output);
    }
    let mut found = without_repeats(found, &mut input_errors);
    found.sort_by(|a, b| a.shown.cmp(&b.shown));
    (found, input_errors)
}

fn find_one(given: &Given, found: &mut Vec<FoundFile>, input_errors: &mut Vec<InputError>) {
    let (path, role) = (&given.path, given.role);
    if path.as_os_str() == "-" {
        found.push(FoundFile {
            shown: "-".to_owned(),
            path: None,
            role,
            by: FoundBy::Name,
            is_output: false,
        });
    } else if path.is_dir() {
        walk(path, role, found, input_errors);
    } else if path.exists() {
        found.push(FoundFile {
            shown: shown(path),
            path: Some(path.clone()),
            role,
            by: FoundBy::Name,
            is_output: false,
        });
    } else if path.to_string_lossy().contains(['*', '?', '[', '{']) {
        expand(path, role, found, input_errors);
    } else {
        input_errors.push(not_found(path, "no such file or folder; check the name"));
    }
}

/// The files of a pattern, on systems whose shell leaves patterns to the program.
fn expand(
    pattern: &Path,
    role: Option<Role>,
    found: &mut Vec<FoundFile>,
    input_errors: &mut Vec<InputError>,
) {
    let text = shown(pattern);
    let glob = match GlobBuilder::new(&text).literal_separator(true).build() {
        Ok(glob) => glob.compile_matcher(),
        Err(error) => {
            return input_errors
                .push(not_found(pattern, &format!("no such file, and no pattern: {}", error.kind())));
        }
    };
    let fixed: PathBuf = pattern
        .components()
        .take_while(|c| !c.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']))
        .collect();
    let base = if fixed.as_os_str().is_empty() { Path::new(".") } else { fixed.as_path() };
    let mut matches: Vec<PathBuf> = WalkDir::new(base)
        .follow_links(true)
        .into_iter()
        .filter_map(Result::ok)
        .map(|entry| entry.path().strip_prefix("./").unwrap_or(entry.path()).to_path_buf())
        .filter(|path| glob.is_match(path) && !is_hidden(path))
        .collect();
    matches.sort();
    if matches.is_empty() {
        input_errors.push(not_found(pattern, "the pattern matches nothing; check it"));
    }
    for path in matches {
        if path.is_dir() {
            walk(&path, role, found, input_errors);
        } else {
            found.push(FoundFile {
                shown: shown(&path),
                path: Some(path),
                role,
                by: FoundBy::Name,
                is_output: false,
            });
        }
    }
}

fn walk(folder: &Path, role: Option<Role>, found: &mut Vec<FoundFile>, input_errors: &mut Vec<InputError>) {
    let entries = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.path())) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() || is_manifest(entry.path()) => {}
            Ok(entry) => {
                let path = entry.into_path();
                found.push(FoundFile {
                    shown: shown(&path),
                    path: Some(path),
                    role,
                    by: FoundBy::Walk,
                    is_output: false,
                });
            }
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_path_buf();
                let input = Some(InputName { file: shown(&path), sheet: None });
                let message = match error.io_error() {
                    Some(cause) => format!("cannot be read: {cause}"),
                    None => error.to_string(),
                };
                input_errors.push(InputError { input, code: InputErrorCode::Unreadable, message });
            }
        }
    }
}

/// One file under two names is given twice, except that an option may say the role of a file that is given otherwise too.
fn without_repeats(found: Vec<FoundFile>, input_errors: &mut Vec<InputError>) -> Vec<FoundFile> {
    let mut kept: Vec<FoundFile> = Vec::new();
    let mut seen: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for file in found {
        let real = file
            .path
            .as_ref()
            .map_or_else(|| PathBuf::from("-"), |p| p.canonicalize().unwrap_or_else(|_| p.clone()));
        match seen.get(&real) {
            None => {
                seen.insert(real, kept.len());
                kept.push(file);
            }
            Some(&index) if kept[index].role.is_none() != file.role.is_none() => {
                let other = &mut kept[index];
                other.role = other.role.or(file.role);
                other.by = other.by.min(file.by);
            }
            Some(&index) => {
                let other = &kept[index].shown;
                let also = if *other == file.shown { String::new() } else { format!(", also as {other}") };
                let message = format!("{} is given twice{also}; give it once", file.shown);
                input_errors.push(InputError { input: None, code: InputErrorCode::SameBytes, message });
            }
        }
    }
    kept
}

fn not_found(path: &Path, message: &str) -> InputError {
    let input = Some(InputName { file: shown(path), sheet: None });
    InputError { input, code: InputErrorCode::NotFound, message: message.to_owned() }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with('.'))
}

fn is_manifest(path: &Path) -> bool {
    path.file_name()
        .and_then(OsStr::to_str)
        .is_some_and(|name| name.to_ascii_lowercase().ends_with("manifest.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(path: PathBuf, role: Option<Role>) -> Given {
        Given { path, role }
    }

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file).unwrap();
        }
        folder
    }

    fn names(found: &[FoundFile], folder: &Path) -> Vec<String> {
        let prefix = format!("{}/", shown(folder));
        found.iter().map(|f| f.shown.replace(&prefix, "")).collect()
    }

    #[test]
    fn a_folder_is_walked_sorted_without_hidden_files_and_manifests() {
        let files = [
            "b.csv",
            "a/c.csv",
            ".hidden.csv",
            ".git/x.csv",
            "a/_manifest.json",
            "a/manifest.json",
            "out.csv",
        ];
        let folder = folder(&files);
        let (found, input_errors) =
            find(&[given(folder.path().into(), None)], &[folder.path().join("out.csv")]);
        assert_eq!(input_errors, []);
        assert_eq!(names(&found, folder.path()), ["a/c.csv", "b.csv", "out.csv"]);
        assert!(found.iter().all(|f| f.by == FoundBy::Walk && f.is_output == f.shown.ends_with("out.csv")));
    }

    #[test]
    fn a_pattern_names_its_files_and_one_without_a_match_is_a_fault() {
        let folder = folder(&["b.csv", "a.csv", "c.tsv"]);
        let (found, input_errors) = find(&[given(folder.path().join("*.csv"), None)], &[]);
        assert_eq!(input_errors, []);
        assert_eq!(names(&found, folder.path()), ["a.csv", "b.csv"]);
        let (_, input_errors) = find(&[given(folder.path().join("*.xlsx"), None)], &[]);
        assert_eq!(input_errors[0].code, InputErrorCode::NotFound);
    }

    #[test]
    fn a_file_given_twice_is_a_fault_unless_an_option_says_its_role() {
        let folder = folder(&["a.csv"]);
        let file = folder.path().join("a.csv");
        let walked = given(folder.path().into(), None);
        let (found, input_errors) = find(&[walked.clone(), given(file.clone(), Some(Role::Partners))], &[]);
        assert_eq!(input_errors, []);
        assert_eq!((found.len(), found[0].role, found[0].by), (1, Some(Role::Partners), FoundBy::Name));
        let (_, input_errors) = find(&[walked, given(file, None)], &[]);
        assert_eq!(input_errors[0].code, InputErrorCode::SameBytes);
    }
}
