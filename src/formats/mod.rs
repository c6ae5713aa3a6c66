//! Formats: discover, decompress, recognise and read files. Comes in: paths. Goes out: rows of the columns that a dialect uses, each at
//! its place. It does not know what a row means.
//!
//! The path of a file: [`discover`] finds it, [`recognise`] finds its container, encoding and dialect, [`scheduler`] hands its parts to
//! workers, and one of [`self::csv`], [`json_lines`], [`parquet`] and [`workbook`] gives its rows to a [`scheduler::RowSink`].

mod archive;
pub(crate) mod batch;
mod copied_inputs;
mod csv;
mod data_evidence;
mod decode;
pub(crate) mod digest;
mod discover;
mod download;
mod duplicates;
mod fingerprint;
mod floats;
mod folder_columns;
mod guard;
pub(crate) mod inline_key;
mod input;
mod json_lines;
mod manifest_path;
mod own_table;
#[cfg_attr(not(feature = "parquet"), path = "no_parquet.rs")]
mod parquet;
mod read_at;
mod read_log;
mod recognise;
#[cfg(any(test, feature = "internals"))]
pub(crate) mod reference_reader;
pub(crate) mod row;
mod row_sink;
pub(crate) mod scheduler;
mod skipped;
mod text_encoding;
mod unread_formats;
mod workbook;

pub(crate) use archive::{changed_archives, unpack_archives};
pub(crate) use copied_inputs::CopiedInputs;
pub(crate) use discover::{
    Discovered, DiscoveredFile, GivenPath, StatedDialect, TableFolder, TableFormat, discover, names_of_path,
    shown_name,
};
pub(crate) use duplicates::{FileContent, repeated_files};
pub(crate) use input::Input;
pub(crate) use manifest_path::ManifestPath;
pub(crate) use own_table::own_table;
pub(crate) use parquet::nested_texts;
pub(crate) use recognise::{
    Dialects, LikelyHeader, RecognisedInputs, assumed_names, likely_headers, recognise_all,
};
pub(crate) use skipped::{SkipClass, SkippedFile};
