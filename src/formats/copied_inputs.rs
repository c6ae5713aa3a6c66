//! Copies of inputs that are no files of their own: streams, members of archives. Comes in: the copies. Goes out: nothing; while they are held,
//! the inputs may be read again, and then they are removed.

use tempfile::NamedTempFile;

use super::archive::UnpackedFiles;

/// Copies of inputs.
#[derive(Debug)]
pub(crate) struct CopiedInputs {
    _spooled: Option<NamedTempFile>,
    _unpacked: Option<UnpackedFiles>,
    copies: Vec<NamedTempFile>,
}

impl CopiedInputs {
    /// Holds copies of pipes.
    pub(crate) fn new(copies: Vec<NamedTempFile>) -> CopiedInputs {
        CopiedInputs { _spooled: None, _unpacked: None, copies }
    }

    /// Holds copies of standard input and of members of archives too.
    pub(crate) fn add(&mut self, spooled: Option<NamedTempFile>, unpacked: Option<UnpackedFiles>) {
        (self._spooled, self._unpacked) = (spooled, unpacked);
    }

    /// Holds further copies of pipes too.
    pub(crate) fn add_pipes(&mut self, copies: Vec<NamedTempFile>) {
        self.copies.extend(copies);
    }
}
