//! Inputs: find, open, decompress, recognise, and yield rows. Comes in: paths. Goes out: rows of the columns that a dialect
//! uses, each at its place. It does not know what a row means.

pub mod row;
pub mod workbook;
