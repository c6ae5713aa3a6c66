//! Why a workbook cannot be read: a code and a message. Comes in: what was found, and errors of calamine and zip.
//! Goes out: [`WorkbookError`]. It does not know the path of the file or the name of the sheet; the caller adds them.

use std::error::Error as StdError;
use std::io;

use calamine::{OdsError, XlsError, XlsbError, XlsxError};
use zip::result::ZipError;

use crate::diagnostics::error::InputErrorCode;
use crate::formats::guard::catch_panic;

/// Why a workbook cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct WorkbookError {
    /// `truncated`, `corrupt`, `encrypted`, `expands-absurdly`, `too-large`, `unsupported` or `unreadable`.
    pub(crate) code: InputErrorCode,
    /// What was found, and what the user can do.
    pub(crate) message: String,
}

impl WorkbookError {
    pub(super) fn truncated(found: impl Into<String>) -> WorkbookError {
        WorkbookError {
            code: InputErrorCode::Truncated,
            message: format!("the workbook ends too early: {}; get the whole file again", found.into()),
        }
    }

    pub(super) fn corrupt(found: impl Into<String>) -> WorkbookError {
        WorkbookError {
            code: InputErrorCode::Corrupt,
            message: format!(
                "the workbook is damaged: {}; get it again, or open it in a spreadsheet and save it anew",
                found.into()
            ),
        }
    }

    pub(super) fn encrypted() -> WorkbookError {
        WorkbookError {
            code: InputErrorCode::Encrypted,
            message: "the workbook is encrypted; save it without a password".to_owned(),
        }
    }

    pub(super) fn expansion_limit(found: impl Into<String>) -> WorkbookError {
        WorkbookError {
            code: InputErrorCode::ExpandsAbsurdly,
            message: format!("{}; if the workbook is genuine, save it as CSV", found.into()),
        }
    }

    pub(super) fn too_large(found: impl Into<String>) -> WorkbookError {
        WorkbookError {
            code: InputErrorCode::TooLarge,
            message: format!("{}; save it as xlsx or CSV", found.into()),
        }
    }

    pub(super) fn unsupported(found: impl Into<String>) -> WorkbookError {
        WorkbookError { code: InputErrorCode::Unsupported, message: found.into() }
    }
}

/// The message of zip about a part that expands to more bytes than the directory of the archive declares; its error
/// type has no variant for that. A test of bombs fails if the text changes.
const MORE_THAN_DECLARED: &str = "File is larger than its declared uncompressed size";

impl From<io::Error> for WorkbookError {
    fn from(error: io::Error) -> WorkbookError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => WorkbookError::truncated("a part of it is cut off"),
            io::ErrorKind::InvalidData if error.to_string() == MORE_THAN_DECLARED => {
                WorkbookError::expansion_limit(
                    "a part of the workbook expands to more than its directory declares",
                )
            }
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                WorkbookError::corrupt(error.to_string())
            }
            // Errors that libraries make themselves, without an error number of the system.
            io::ErrorKind::Other if error.raw_os_error().is_none() => {
                WorkbookError::corrupt(error.to_string())
            }
            _ => WorkbookError {
                code: InputErrorCode::Unreadable,
                message: format!("it cannot be read: {error}"),
            },
        }
    }
}

impl From<ZipError> for WorkbookError {
    fn from(error: ZipError) -> WorkbookError {
        match error {
            ZipError::Io(error) => error.into(),
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
                WorkbookError::encrypted()
            }
            other => WorkbookError::corrupt(other.to_string()),
        }
    }
}

impl From<XlsxError> for WorkbookError {
    fn from(error: XlsxError) -> WorkbookError {
        match error {
            XlsxError::Password => WorkbookError::encrypted(),
            XlsxError::CellError(value) => WorkbookError::unsupported(format!(
                "a cell holds the error value {value}, which cannot be read; replace or clear it"
            )),
            XlsxError::Unrecognized { typ, val } => WorkbookError::unsupported(format!(
                "it has a {typ} that cannot be read: {val}; save the sheet as CSV"
            )),
            other => by_cause(&other),
        }
    }
}

impl From<XlsbError> for WorkbookError {
    fn from(error: XlsbError) -> WorkbookError {
        match error {
            XlsbError::Password => WorkbookError::encrypted(),
            XlsbError::Unrecognized { typ, val } => WorkbookError::unsupported(format!(
                "it has a {typ} that cannot be read: {val}; save the sheet as CSV"
            )),
            other => by_cause(&other),
        }
    }
}

impl From<XlsError> for WorkbookError {
    fn from(error: XlsError) -> WorkbookError {
        match error {
            XlsError::Password => WorkbookError::encrypted(),
            XlsError::EoStream(what) => WorkbookError::truncated(format!("no {what} any more")),
            other => by_cause(&other),
        }
    }
}

impl From<OdsError> for WorkbookError {
    fn from(error: OdsError) -> WorkbookError {
        match error {
            OdsError::Password => WorkbookError::encrypted(),
            // A valid document, but not as spreadsheets write it.
            OdsError::Mismatch { expected: "table-cell", found } if found.starts_with("Text(") => {
                WorkbookError::unsupported(
                    "it has text between its cells, which cannot be read; open it in a spreadsheet and save it anew",
                )
            }
            other => by_cause(&other),
        }
    }
}

/// An I/O error anywhere in the chain of causes decides the code; without one, the workbook is damaged.
fn by_cause(error: &(dyn StdError + 'static)) -> WorkbookError {
    let mut cause = Some(error);
    while let Some(at) = cause {
        if let Some(found) = at.downcast_ref::<io::Error>() {
            return io::Error::new(found.kind(), found.to_string()).into();
        }
        cause = at.source();
    }
    WorkbookError::corrupt(error.to_string())
}

/// Runs one call of calamine. calamine indexes into records of `.xls` and `.xlsb` without checking their length, so a
/// damaged file can make it panic; such a file is `corrupt`, not a bug of this program. The preflight
/// ([`super::preflight`]) catches the common cases; this catches the rest.
pub(super) fn guarded<T, E: Into<WorkbookError>>(
    call: impl FnOnce() -> Result<T, E>,
) -> Result<T, WorkbookError> {
    match catch_panic(call) {
        Some(outcome) => outcome.map_err(Into::into),
        None => Err(WorkbookError::corrupt("a record contradicts itself")),
    }
}
