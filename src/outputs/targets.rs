//! Where an output goes: a file, which is replaced whole, or a stream, which is written to. Comes in: a path as given. Goes
//! out: the real path, or the fault of its folder. It writes no output.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use tempfile::NamedTempFile;

use crate::base::place::InputName;
use crate::diagnostics::error::{InputError, InputErrorCode};

/// Symbolic links that are followed, as on Linux, before they are a circle.
const LINKS: usize = 40;

/// Names of the process's own streams: they are written to, even where they lead to a file.
const STREAMS: [&str; 2] = ["/dev/stdout", "/dev/stderr"];
/// Folders of the process's own streams.
const STREAM_FOLDERS: [&str; 2] = ["/dev/fd", "/proc/self/fd"];

/// Whether `path` is something that is written to and cannot be replaced: a device, a pipe, the process's own output.
pub fn is_stream(path: &Path) -> bool {
    STREAMS.iter().any(|name| path == Path::new(name))
        || STREAM_FOLDERS.iter().any(|folder| path.starts_with(folder))
        || fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Whether two paths lead to the same file, which need not be there yet. Streams are never the same.
pub fn same_file(a: &Path, b: &Path) -> bool {
    let place = |path: &Path| {
        let real = real_path(path).ok()?;
        Some(real_folder(folder_of(&real))?.join(real.file_name()?))
    };
    !is_stream(a) && !is_stream(b) && place(a).is_some_and(|a| place(b) == Some(a))
}

/// A folder without links, also one that is not there yet: what is missing of it is taken as written. `None` if nothing of it can be found.
fn real_folder(folder: &Path) -> Option<PathBuf> {
    let nearest = nearest_folder(folder)?;
    let mut real = fs::canonicalize(nearest).ok()?;
    for part in folder.strip_prefix(nearest).unwrap_or(folder).components() {
        match part {
            Component::ParentDir => drop(real.pop()),
            Component::Normal(name) => real.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    Some(real)
}

/// The nearest folder above a path, or the path itself, that is there. `None` if none is.
fn nearest_folder(path: &Path) -> Option<&Path> {
    let above =
        path.ancestors().map(|above| if above.as_os_str().is_empty() { Path::new(".") } else { above });
    above.into_iter().find(|above| fs::symlink_metadata(above).is_ok())
}

/// Makes the folder of an output, and tells which folders were made for it, the outermost first.
pub(super) fn make_folder(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let is_missing = |above: &&Path| !above.as_os_str().is_empty() && !above.exists();
    let mut missing: Vec<PathBuf> =
        folder.ancestors().take_while(is_missing).map(Path::to_path_buf).collect();
    missing.reverse();
    let mut made = Vec::new();
    for folder in missing {
        match fs::create_dir(&folder) {
            Ok(()) => made.push(folder),
            // Another run made it meanwhile, or it leads back to a folder that is there.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
            Err(error) => {
                remove_empty(&made);
                return Err(error);
            }
        }
    }
    Ok(made)
}

/// Removes those folders that are empty, the innermost first.
pub(super) fn remove_empty(folders: &[PathBuf]) {
    // A folder that is not empty stays.
    folders.iter().rev().for_each(|folder| fs::remove_dir(folder).unwrap_or_default());
}

/// Whether an output can appear at `path`: its folder takes a file, or can be made, and what it replaces is a file that may be
/// written. Asked before any input is read, so that a long run does not end in vain.
pub fn check_folder(path: &Path) -> Result<(), InputError> {
    fault_of(path).map_or(Ok(()), |message| {
        let input = Some(InputName { file: path.display().to_string(), sheet: None });
        Err(InputError { input, code: InputErrorCode::OutputFolder, message })
    })
}

fn fault_of(path: &Path) -> Option<String> {
    if is_stream(path) {
        return None;
    }
    let names_folder =
        path.as_os_str().as_encoded_bytes().last().is_none_or(|b| std::path::is_separator((*b).into()));
    if names_folder || path.file_name().is_none() || path.is_dir() {
        return Some("this is a folder; give the name of a file in it".to_owned());
    }
    let real = match real_path(path) {
        Ok(real) => real,
        Err(error) => return Some(format!("the link cannot be followed: {error}")),
    };
    let wanted = folder_of(&real);
    // A folder that is not there is made when the outputs are written.
    let Some(folder) = nearest_folder(wanted) else {
        return Some(format!("the folder {} cannot be found", wanted.display()));
    };
    match fs::metadata(folder) {
        Err(error) => return Some(format!("the folder {} cannot be opened: {error}", folder.display())),
        Ok(found) if !found.is_dir() => return Some(format!("{} is no folder", folder.display())),
        Ok(_) => {}
    }
    if fs::metadata(&real).is_ok_and(|old| old.permissions().readonly()) {
        return Some("the file is there and is read-only; allow writing, or give another name".to_owned());
    }
    let trial = NamedTempFile::with_prefix_in(super::output_set::TEMP_PREFIX, folder);
    trial.err().map(|error| format!("the folder {} cannot be written: {error}", folder.display()))
}

/// The path that `path` leads to when it is a symbolic link, also one whose file is not there yet; else `path`.
pub(super) fn real_path(path: &Path) -> io::Result<PathBuf> {
    let mut real = path.to_path_buf();
    for _ in 0..LINKS {
        match fs::read_link(&real) {
            Ok(to) => real = folder_of(&real).join(to),
            Err(_) => return Ok(real),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// The folder in which `path` stands.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(path: &Path) -> String {
        let fault = check_folder(path).unwrap_err();
        assert_eq!(fault.code, InputErrorCode::OutputFolder);
        fault.message
    }

    #[test]
    fn a_folder_that_takes_the_file_has_no_fault_and_stays_empty() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(check_folder(&folder.path().join("report.csv")), Ok(()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(check_folder(Path::new("/dev/stdout")), Ok(()));
    }

    #[test]
    fn a_file_in_place_of_a_folder_and_a_folder_in_place_of_a_file_are_faults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(fault(&file.join("report.csv")).contains("file is no folder"));
        assert!(fault(&file.join("a/report.csv")).contains("file is no folder"));
        assert!(fault(folder.path()).starts_with("this is a folder"));
        assert!(fault(Path::new("new/")).starts_with("this is a folder"));
        assert!(fault(Path::new("")).starts_with("this is a folder"));
    }

    #[test]
    fn a_folder_that_is_not_there_is_no_fault_and_is_not_made_by_asking() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("a/b");
        assert_eq!(check_folder(&new.join("report.csv")), Ok(()));
        assert!(same_file(&new.join("report.csv"), &folder.path().join("a/./b/c/../report.csv")));
        assert!(!same_file(&new.join("report.csv"), &folder.path().join("a/report.csv")));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let made = make_folder(&new).unwrap();
        assert_eq!(made, [folder.path().join("a"), new.clone()]);
        assert_eq!(make_folder(&new).unwrap(), Vec::<PathBuf>::new());
        fs::write(folder.path().join("a/file"), "x").unwrap();
        remove_empty(&made);
        assert!(!new.exists() && folder.path().join("a/file").exists());
    }

    #[test]
    fn a_read_only_file_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.csv");
        fs::write(&file, "x").unwrap();
        let mut permissions = fs::metadata(&file).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&file, permissions).unwrap();
        assert!(fault(&file).contains("read-only"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_takes_no_file_is_a_fault() {
        assert!(fault(Path::new("/proc/report.csv")).starts_with("the folder /proc cannot be written"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_leads_to_its_file_and_a_circle_of_links_is_a_fault() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        symlink("new.csv", path("link.csv")).unwrap();
        symlink("circle.csv", path("circle.csv")).unwrap();
        assert_eq!(real_path(&path("link.csv")).unwrap(), path("new.csv"));
        assert!(same_file(&path("link.csv"), &path("./new.csv")));
        assert!(!same_file(&path("link.csv"), &path("other.csv")));
        assert!(fault(&path("circle.csv")).contains("too many symbolic links"));
    }
}
