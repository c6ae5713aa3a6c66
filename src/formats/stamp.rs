//! By what a change of a file is noticed, so that a report is never of half of what a file was and half of what it became.

use std::fs::{File, Metadata};
use std::io;
use std::time::SystemTime;

/// A file as it was when it was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    bytes: u64,
    /// **Absent**: the system does not tell.
    modified: Option<SystemTime>,
}

impl Stamp {
    /// Of a file of this metadata.
    pub(super) fn of(metadata: &Metadata) -> Stamp {
        Stamp { bytes: metadata.len(), modified: metadata.modified().ok() }
    }

    /// The size of the file. **Unit**: bytes, as stored.
    pub(super) fn bytes(self) -> u64 {
        self.bytes
    }

    /// Says whether `file` is still as it was.
    ///
    /// # Errors
    /// It has another size, or was written to; or nothing is known of it.
    pub(super) fn check(self, file: &File) -> io::Result<()> {
        if Stamp::of(&file.metadata()?) == self {
            Ok(())
        } else {
            // Not `other`, which the readers of archives say of damage.
            Err(io::Error::new(io::ErrorKind::ResourceBusy, "the file changed while it was read"))
        }
    }
}
