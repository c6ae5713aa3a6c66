//! Reports: verdicts in, tables out, then files. A report is a value before it is a file. It judges nobody.

use rust_decimal::Decimal;

use crate::calendar::Day;

/// A table, ready to be written in any format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows of as many values.
    pub rows: Vec<Vec<Value>>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// What cannot be known, or there is none: blank; in JSON, null.
    Absent,
    /// Text; defused where a spreadsheet would run it as a formula.
    Text(String),
    /// A count.
    Count(u64),
    /// **Unit**: USD, two decimals. In JSON a string.
    Usd(Decimal),
    /// ISO.
    Date(Day),
}
