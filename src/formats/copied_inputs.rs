//! Copies of inputs that are no files of their own: streams, members of archives. Comes in: the copies. Goes out: nothing; while they are held,
//! the inputs may be read again, and then they are removed.

use tempfile::NamedTempFile;

use super::archive::UnpackedFiles;

/// Copies of inputs.
#[derive(Debug)]
pub(crate) struct CopiedInputs {
    _spooled: Option<NamedTempFile>,
    _unpacked: Option<UnpackedFiles>,
    _copies: Vec<NamedTempFile>,
}

impl CopiedInputs {
    /// Holds copies of standard input, of members of archives, and of pipes.
    pub(crate) fn new(
        spooled: Option<NamedTempFile>,
        unpacked: Option<UnpackedFiles>,
        copies: Vec<NamedTempFile>,
    ) -> CopiedInputs {
        CopiedInputs { _spooled: spooled, _unpacked: unpacked, _copies: copies }
    }
}
