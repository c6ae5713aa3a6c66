//! Stands for [`super::parquet`] in a build without the feature `parquet`: every Parquet file is `unsupported`, so that no value of the
//! other types exists.

use std::path::Path;

use crate::diagnostics::error::InputErrorCode;

pub(crate) struct ParquetInputError {
    pub(crate) code: InputErrorCode,
    pub(crate) message: String,
}

pub(crate) enum ParquetFooter {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ParquetFile {}
pub(crate) use ParquetFile as RowGroupPart;

pub(crate) fn nested_texts(path: &Path, _: &[&[&str]]) -> Result<Vec<Vec<String>>, ParquetInputError> {
    match ParquetFooter::read(path)? {
        Some(footer) => match footer {},
        None => Ok(Vec::new()),
    }
}

impl ParquetFooter {
    pub(crate) fn read(_: &Path) -> Result<Option<ParquetFooter>, ParquetInputError> {
        let message = "this build of attain has no Parquet; build it with the feature `parquet`, which is on by default, or export as CSV";
        Err(ParquetInputError { code: InputErrorCode::Unsupported, message: message.to_owned() })
    }

    pub(crate) fn text_of_key(&self, _: &str) -> Option<String> {
        match *self {}
    }

    pub(crate) fn names(&self) -> Vec<String> {
        match *self {}
    }

    pub(crate) fn with_columns<'c>(
        self,
        _: &Path,
        _: &[Option<usize>],
        _: impl Iterator<Item = (usize, &'c str)>,
    ) -> Result<ParquetFile, ParquetInputError> {
        match self {}
    }
}

impl ParquetFile {
    pub(crate) fn drop_columns(&mut self, _: &[usize]) {
        match *self {}
    }

    pub(crate) fn decode_late(&mut self, _: &[usize]) {
        match *self {}
    }

    pub(crate) fn rows(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn part_after(&self, _: Option<RowGroupPart>) -> Option<RowGroupPart> {
        match *self {}
    }
}
