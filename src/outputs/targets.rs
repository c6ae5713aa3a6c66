//! Where an output goes: a file, which is replaced whole, or a stream, which is written to. Comes in: a path as given. Goes
//! out: the real path, or the fault of its folder. It writes no output.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
        Some(fs::canonicalize(folder_of(&real)).ok()?.join(real.file_name()?))
    };
    !is_stream(a) && !is_stream(b) && place(a).is_some_and(|a| place(b) == Some(a))
}

/// Whether an output can appear at `path`: its folder is there and takes a file, and what it replaces is a file that may be
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
    let folder = folder_of(&real);
    match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Some(format!("the folder {} does not exist; make it first", folder.display()));
        }
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
    fn a_missing_folder_and_a_target_that_is_a_folder_are_faults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(fault(&folder.path().join("none/report.csv")).contains("none does not exist; make it first"));
        assert!(fault(&file.join("report.csv")).contains("file is no folder"));
        assert!(fault(folder.path()).starts_with("this is a folder"));
        assert!(fault(Path::new("new/")).starts_with("this is a folder"));
        assert!(fault(Path::new("")).starts_with("this is a folder"));
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
