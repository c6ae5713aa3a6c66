//! What stands for [`super::parquet`] in a build without the feature `parquet`: every Parquet file is `unsupported`.

use std::path::Path;

use super::batch::RowBatch;
use super::row::Row;
use crate::diagnostics::error::InputErrorCode;

/// Why a Parquet file cannot be read.
pub(crate) struct ParquetInputError {
    pub(crate) code: InputErrorCode,
    pub(crate) message: String,
}

/// There is none.
pub(crate) enum ParquetFooter {}

/// There is none.
pub(crate) enum ParquetFile {}

/// There is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RowGroupPart {}

/// There is none.
pub(crate) enum ParquetBatch {}

/// Nothing is kept.
#[derive(Default)]
pub(crate) struct ParquetScratch;

impl ParquetFooter {
    pub(crate) fn read(_: &Path) -> Result<Option<ParquetFooter>, ParquetInputError> {
        let message = "this build of attain has no Parquet; build it with the feature `parquet`, which is on by default, or export as CSV";
        Err(ParquetInputError { code: InputErrorCode::Unsupported, message: message.to_owned() })
    }

    pub(crate) fn names(&self) -> Vec<String> {
        match *self {}
    }

    pub(crate) fn with_columns(
        self,
        _: &Path,
        _: &[Option<usize>],
    ) -> Result<ParquetFile, ParquetInputError> {
        match self {}
    }
}

impl ParquetFile {
    pub(crate) fn rows(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn part_after(&self, _: Option<RowGroupPart>) -> Option<RowGroupPart> {
        match *self {}
    }

    pub(crate) fn bytes_of(&self, _: RowGroupPart) -> u64 {
        match *self {}
    }

    pub(crate) fn read(
        &self,
        _: usize,
        _: RowGroupPart,
        _: &mut ParquetScratch,
        _: &mut dyn FnMut(u64, &mut dyn Iterator<Item = ParquetBatch>),
    ) -> Result<(), ParquetInputError> {
        match *self {}
    }
}

impl RowBatch for ParquetBatch {
    const MAY_BE_QUOTED: bool = false;

    fn len(&self) -> usize {
        match *self {}
    }

    fn raw(&self, _: usize, _: usize) -> &[u8] {
        match *self {}
    }

    fn text(&self, _: usize, _: usize) -> Option<&[u8]> {
        match *self {}
    }

    fn decimal(&self, _: usize, _: usize) -> Option<(i128, u8)> {
        match *self {}
    }

    fn visit(&self, _: usize, _: &mut dyn FnMut(&Row<'_>)) {
        match *self {}
    }
}
