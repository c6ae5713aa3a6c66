//! Places in inputs: file, sheet, line, byte. Comes in: nothing. Goes out: values for messages and rejects. It opens no file.

use std::fmt;

/// One source of rows: a file, or one sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputName {
    /// The path as shown to users: as given, or as found in a given folder. `-` is standard input.
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

/// The place of a record's first character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowPlace {
    /// Line of the record's first character; the first line of a file is 1. In a workbook: row of the sheet. In Parquet: row of the
    /// file, the first being 2, as if a header stood before it.
    pub row: u64,
    /// Byte offset of the record's first character in the text after decompression. **Absent**: the input is a workbook or Parquet.
    pub byte_offset: Option<u64>,
}
