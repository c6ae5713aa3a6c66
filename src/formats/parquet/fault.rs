//! Why a Parquet file cannot be read: a code and a message. Comes in: what was found. It does not know which file is meant;
//! the caller does.

use std::io;

use polars_parquet::parquet::error::ParquetError;

use crate::diagnostics::error::InputErrorCode;
use crate::formats::guard::catch_panic;

/// Why a Parquet file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParquetFault {
    /// `truncated`, `corrupt`, `encrypted`, `expands-absurdly`, `too-large`, `unsupported` or `unreadable`.
    pub(crate) code: InputErrorCode,
    /// What was found and what to do.
    pub(crate) message: String,
}

impl ParquetFault {
    pub(super) fn truncated(found: &str) -> ParquetFault {
        let message = format!("the Parquet file ends too early: {found}; copy or download the file again");
        ParquetFault { code: InputErrorCode::Truncated, message }
    }

    pub(super) fn corrupt(found: &str) -> ParquetFault {
        let message = format!("the Parquet file is damaged: {found}; copy or download the file again");
        ParquetFault { code: InputErrorCode::Corrupt, message }
    }

    pub(super) fn encrypted() -> ParquetFault {
        let message = "the Parquet file is encrypted; write it without encryption".to_owned();
        ParquetFault { code: InputErrorCode::Encrypted, message }
    }

    pub(super) fn unsupported(found: &str, instead: &str) -> ParquetFault {
        let message = format!("{found}, which is not read; {instead}, or export as CSV");
        ParquetFault { code: InputErrorCode::Unsupported, message }
    }

    pub(super) fn expands(found: &str) -> ParquetFault {
        let message =
            format!("{found}; if the file is genuine, write it with smaller pages, or export as CSV");
        ParquetFault { code: InputErrorCode::ExpandsAbsurdly, message }
    }

    pub(super) fn too_large(found: &str) -> ParquetFault {
        let message = format!("{found}; write several smaller files, or export as CSV");
        ParquetFault { code: InputErrorCode::TooLarge, message }
    }

    /// With the column in which it was met.
    pub(super) fn of_column(mut self, column: &str) -> ParquetFault {
        self.message = format!("column {column}: {}", self.message);
        self
    }
}

impl From<io::Error> for ParquetFault {
    fn from(error: io::Error) -> ParquetFault {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return ParquetFault::truncated("a part of it is cut off");
        }
        ParquetFault { code: InputErrorCode::Unreadable, message: format!("cannot be read: {error}") }
    }
}

impl From<ParquetError> for ParquetFault {
    fn from(error: ParquetError) -> ParquetFault {
        ParquetFault::corrupt(&error.to_string())
    }
}

/// Runs one call of the Parquet library. It trusts the numbers of a footer and of a page's header in places, so that a
/// damaged file can make it panic; such a file is corrupt, not a bug of ours. What is common is looked at before
/// ([`super::footer`], [`super::page`]); this catches the rest.
pub(super) fn guarded<T, E: Into<ParquetFault>>(
    call: impl FnOnce() -> Result<T, E>,
) -> Result<T, ParquetFault> {
    match catch_panic(call) {
        Some(outcome) => outcome.map_err(Into::into),
        None => Err(ParquetFault::corrupt("it contradicts itself")),
    }
}
