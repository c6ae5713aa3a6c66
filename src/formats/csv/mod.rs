//! Delimited text: bytes to rows, in parallel within one file. Comes in: a file or a stream of UTF-8 or windows-1252 text that
//! stands at its first row. Goes out: rows and bad records, each at its line and byte offset. It does not know what a row means.
//!
//! The path of a row: [`blocks`] cuts the input into blocks of fixed size ([`stream`] does that for gzip, zstd, UTF-16 and standard
//! input); [`sequencer`] decides, block by block, where records begin; [`index`] finds delimiters and line ends by SIMD; [`reader`]
//! gives rows to the sink. [`grammar`] splits one record byte by byte: the fallback for all records that the index does not take, and
//! the definition of what a record is; [`line_quotes`] tells quotes that are data. [`record_ends`] decides whether a record without an end is open or rejected.

mod blocks;
mod grammar;
mod index;
mod line_quotes;
mod locator;
mod reader;
mod record_ends;
mod sequencer;
mod stream;

pub(super) use self::blocks::BlockSource;
pub(super) use self::grammar::{FieldContent, SplitOutcome, split, unquoted};
pub(super) use self::index::{FieldSpan, Projection, RecordIndex};
pub(super) use self::locator::{Locator, OffsetUnit, count_lines};
pub(super) use self::reader::read_segment;
pub(super) use self::record_ends::{CsvFormat, ResumePoint, TextEnd};
pub(super) use self::sequencer::BlockSequencer;
