//! Faults of the temporary files that hold the rows of sheets. Comes in: work that writes them. Goes out: its result, or an error that names the folder.
//! The library has an error for a file that cannot be made, and panics if one cannot be written: it offers no other way. Any other panic goes on.

use std::any::Any;
use std::fmt::Display;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Once;
use std::{env, io};

/// How the library begins the message of such a panic; the error follows.
const PANIC_BEGINS: &str = "Couldn't write to xml file: Os { code: ";

/// The result of `work`, which writes temporary files.
///
/// # Errors
/// A temporary file cannot be written, or what `work` gives.
pub(super) fn or_error<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    silence();
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(panicked) => match cause(&*panicked) {
            Some(cause) => Err(unwritable(&env::temp_dir(), cause)),
            None => panic::resume_unwind(panicked),
        },
    }
}

/// The error of a temporary file.
pub(super) fn unwritable(folder: &Path, cause: impl Display) -> io::Error {
    io::Error::other(format!(
        "a temporary file cannot be written in {}: {cause}; make room, or name another folder by TMPDIR",
        folder.display()
    ))
}

/// Has such a panic print nothing, since its error is told.
fn silence() {
    static SILENCED: Once = Once::new();
    SILENCED.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if cause(info.payload()).is_none() {
                hook(info);
            }
        }));
    });
}

/// Why a temporary file could not be written, as the operating system says it. `None` for any other panic.
fn cause(panicked: &(dyn Any + Send)) -> Option<&str> {
    let error = panicked.downcast_ref::<String>()?.strip_prefix(PANIC_BEGINS)?;
    let (_, message) = error.split_once("message: \"")?;
    message.split_once('"').map(|(message, _)| message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_another_kind_goes_on() {
        let result =
            panic::catch_unwind(|| or_error::<()>(|| panic::resume_unwind(Box::new("a bug".to_owned()))));
        assert_eq!(result.unwrap_err().downcast_ref::<String>().unwrap(), "a bug");
    }

    #[test]
    fn the_cause_is_what_the_operating_system_says() {
        let panicked: Box<dyn Any + Send> =
            Box::new(format!("{PANIC_BEGINS}28, kind: StorageFull, message: \"No space left on device\" }}"));
        assert_eq!(cause(&*panicked), Some("No space left on device"));
    }
}
