//! Inputs: find, open, decompress, recognise, and yield rows. Comes in: paths. Goes out: rows of the columns that a dialect
//! uses, each at its place. It does not know what a row means.

pub(crate) mod batch;
mod blocks;
mod delimited;
pub(crate) mod digest;
mod find;
mod floats;
mod guard;
pub(crate) mod manifest;
mod open;
#[cfg_attr(not(feature = "parquet"), path = "no_parquet.rs")]
mod parquet;
pub(crate) mod read;
mod recognise;
mod record_ends;
pub(crate) mod row;
mod rows;
mod same_bytes;
mod scan;
mod stamp;
mod streams;
#[cfg(any(test, feature = "internals"))]
pub(crate) mod twin;
pub(crate) mod words;
mod workbook;

pub(crate) use find::Given;
pub(crate) use find::find;
pub(crate) use recognise::recognise_all;
pub(crate) use recognise::{Dialects, Input, Recognised, Skipped};
