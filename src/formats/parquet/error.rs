//! Why a Parquet file cannot be read: a code and a message. Comes in: what was found, and errors of polars-parquet.
//! Goes out: [`ParquetInputError`]. It does not know the path of the file; the caller adds it.

use std::io;

use polars_parquet::parquet::error::ParquetError;

use crate::diagnostics::error::InputErrorCode;
use crate::formats::guard::catch_panic;

/// Why a Parquet file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParquetInputError {
    /// `truncated`, `corrupt`, `encrypted`, `expands-absurdly`, `too-large`, `unsupported` or `unreadable`.
    pub(crate) code: InputErrorCode,
    /// What was found, and what the user can do.
    pub(crate) message: String,
}

impl ParquetInputError {
    pub(super) fn truncated(found: &str) -> ParquetInputError {
        let message = format!("the Parquet file ends too early: {found}; copy or download the file again");
        ParquetInputError { code: InputErrorCode::Truncated, message }
    }

    pub(super) fn corrupt(found: &str) -> ParquetInputError {
        let message = format!("the Parquet file is damaged: {found}; copy or download the file again");
        ParquetInputError { code: InputErrorCode::Corrupt, message }
    }

    pub(super) fn encrypted() -> ParquetInputError {
        let message = "the Parquet file is encrypted; write it without encryption".to_owned();
        ParquetInputError { code: InputErrorCode::Encrypted, message }
    }

    pub(super) fn unsupported(found: &str, instead: &str) -> ParquetInputError {
        let message = format!("{found}, which is not read; {instead}, or export as CSV");
        ParquetInputError { code: InputErrorCode::Unsupported, message }
    }

    pub(super) fn expansion_limit(found: &str) -> ParquetInputError {
        let message =
            format!("{found}; if the file is genuine, write it with smaller pages, or export as CSV");
        ParquetInputError { code: InputErrorCode::ExpandsAbsurdly, message }
    }

    pub(super) fn too_large(found: &str) -> ParquetInputError {
        let message = format!("{found}; write several smaller files, or export as CSV");
        ParquetInputError { code: InputErrorCode::TooLarge, message }
    }

    /// Adds the name of the column in which the error was found.
    pub(super) fn in_column(mut self, column: &str) -> ParquetInputError {
        self.message = format!("column {column}: {}", self.message);
        self
    }
}

impl From<io::Error> for ParquetInputError {
    fn from(error: io::Error) -> ParquetInputError {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return ParquetInputError::truncated("a part of it is cut off");
        }
        ParquetInputError { code: InputErrorCode::Unreadable, message: format!("cannot be read: {error}") }
    }
}

impl From<ParquetError> for ParquetInputError {
    fn from(error: ParquetError) -> ParquetInputError {
        ParquetInputError::corrupt(&error.to_string())
    }
}

/// Runs one call of polars-parquet. polars-parquet trusts some numbers of a footer and of a page header, so a damaged
/// file can make it panic; such a file is `corrupt`, not a bug of this program. The preflight of the footer
/// ([`super::thrift`]) and the checks of [`super::page`] catch the common cases; this catches the rest.
pub(super) fn guarded<T, E: Into<ParquetInputError>>(
    call: impl FnOnce() -> Result<T, E>,
) -> Result<T, ParquetInputError> {
    match catch_panic(call) {
        Some(outcome) => outcome.map_err(Into::into),
        None => Err(ParquetInputError::corrupt("it contradicts itself")),
    }
}
