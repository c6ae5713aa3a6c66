//! Where something stands in an input: the file, the sheet of a workbook, the line, the byte.

use std::fmt;

/// One input that rows come from: a file, or one sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputName {
    /// The path as it is shown to people: as given, or as found below the folder that was given. `-` is standard input.
    pub file: String,
    /// The sheet of a workbook. **Absent**: the file is no workbook.
    pub sheet: Option<String>,
}

impl fmt::Display for InputName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sheet {
            Some(sheet) => write!(f, "{}[{sheet}]", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// Where a record begins in its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowPlace {
    /// Line of the record's first character; the first line of a file is 1. In a workbook: the row of the sheet. In Parquet:
    /// the row, the first of all being 2, as if the names of the columns stood before it.
    pub row: u64,
    /// Byte of the record's first character, from 0, in the text after decompression. **Absent**: a workbook or
    /// Parquet.
    pub byte_offset: Option<u64>,
}
