//! Why an archive cannot be unpacked. Comes in: errors of reading and writing. Goes out: codes, and messages for people. It does not know the
//! name of the archive; the caller adds it.

use std::io;

use zip::result::ZipError;

use crate::base::limits;
use crate::diagnostics::error::InputErrorCode;

/// Code and message of an input error.
pub(super) type Fault = (InputErrorCode, String);

/// Bytes that an archive of `packed` bytes may expand to in all.
pub(super) fn allowed_bytes(packed: u64) -> u64 {
    let by_ratio = packed.saturating_mul(limits::ARCHIVE_EXPANSION);
    by_ratio.clamp(limits::ARCHIVE_EXPANSION_FREE_BYTES, limits::ARCHIVE_EXPANDED_BYTES)
}

pub(super) fn expansion_fault(allowed: u64) -> Fault {
    let message = format!(
        "the archive expands absurdly: to more than {allowed} bytes; if it is genuine, unpack it, and give what is in it"
    );
    (InputErrorCode::ExpandsAbsurdly, message)
}

pub(super) fn zip_fault(error: &ZipError) -> Fault {
    match error {
        ZipError::Io(error) => read_fault(error),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            (InputErrorCode::Encrypted, "it is encrypted; unpack it with its password".to_owned())
        }
        other => {
            let message = format!("the archive is damaged: {other}; copy or download it again");
            (InputErrorCode::Corrupt, message)
        }
    }
}

/// The fault of a read from an archive.
pub(super) fn read_fault(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            let message = "the archive ends too early: a file in it is cut off; copy or download it again";
            (InputErrorCode::Truncated, message.to_owned())
        }
        _ if error.raw_os_error().is_some() => {
            (InputErrorCode::Unreadable, format!("cannot be read: {error}"))
        }
        _ => {
            let message = format!("the archive is damaged: {error}; copy or download it again");
            (InputErrorCode::Corrupt, message)
        }
    }
}

/// The fault of a write to the temporary folder.
pub(super) fn write_fault(error: &io::Error) -> Fault {
    let message = format!(
        "cannot be unpacked to the temporary folder {}: {error}; make room there, or set TMPDIR to another folder",
        std::env::temp_dir().display()
    );
    (InputErrorCode::Unreadable, message)
}
