//! A layout: a dialect that fits the header of a file, with the positions of its columns. Comes in: what `recognise` has found. Goes out: positions
//! and names. It recognises nothing.

use super::{ColumnKey, Dialect, normalise, normalise_localised};

/// A dialect that fits a header, with the positions of its columns in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout<'d> {
    /// The dialect.
    pub dialect: &'d Dialect,
    /// For each column of [`Dialect::columns`], its position in the file. **Absent**: the file lacks the column.
    pub columns: Vec<Option<usize>>,
    /// The names in the header, in the order of the file, without BOM and surrounding blanks.
    pub header: Vec<String>,
}

impl Layout<'_> {
    /// The header name of a column. `None` if the file lacks the column.
    pub fn name(&self, column: ColumnKey) -> Option<&str> {
        self.columns.get(column.0).copied().flatten().and_then(|at| self.header.get(at)).map(String::as_str)
    }

    /// Whether the file has a column.
    pub fn has(&self, column: ColumnKey) -> bool {
        self.columns[column.0].is_some()
    }

    /// A column's name for messages: the name in the header, else the dialect's key.
    pub fn shown_name(&self, column: ColumnKey) -> String {
        self.name(column).unwrap_or(&self.dialect.columns[column.0].key).to_owned()
    }

    /// Whether the header has a name, which is given in the form in which names are compared.
    pub fn has_name(&self, name: &str) -> bool {
        self.header
            .iter()
            .any(|other| normalise(other) == *name || normalise_localised(other).as_deref() == Some(name))
    }

    /// Header names of columns that are not read, in the order of the file.
    pub fn ignored(&self) -> Vec<&str> {
        let read = |at: &usize| self.columns.contains(&Some(*at));
        self.header.iter().enumerate().filter(|(at, _)| !read(at)).map(|(_, name)| name.as_str()).collect()
    }
}
