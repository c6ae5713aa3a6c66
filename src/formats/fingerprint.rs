//! Size and modification time of an input, to detect that it changed during the run. Comes in: a file or its metadata. Goes out: a
//! [`Fingerprint`], or the error that a file changed. It reads no content.

use std::fs::{File, Metadata};
use std::io;
use std::time::SystemTime;

/// Size and modification time of a file when it was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint {
    bytes: u64,
    /// **Absent**: the file system keeps no modification time.
    modified: Option<SystemTime>,
}

impl Fingerprint {
    /// The fingerprint that `metadata` gives.
    pub(super) fn of(metadata: &Metadata) -> Fingerprint {
        Fingerprint { bytes: metadata.len(), modified: metadata.modified().ok() }
    }

    /// The size of the file. **Unit**: bytes, as stored.
    pub(super) fn bytes(self) -> u64 {
        self.bytes
    }

    /// Compares the file as it is now with this fingerprint.
    ///
    /// # Errors
    /// Size or modification time differ (`ResourceBusy`), or the metadata cannot be read.
    pub(super) fn check(self, file: &File) -> io::Result<()> {
        if Fingerprint::of(&file.metadata()?) == self {
            Ok(())
        } else {
            // Not `ErrorKind::Other`: the zip and xml readers use that kind for damaged data.
            Err(io::Error::new(io::ErrorKind::ResourceBusy, "the file changed while it was read"))
        }
    }
}
