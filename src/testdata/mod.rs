//! Synthetic data: exports of any size that look like real ones, with invented partners. Comes in: [`Options`]. Goes out: a folder
//! that `attain report` reads without a refused row, as of 2017-07-07.
//!
//! The same options give the same bytes, whatever the number of threads; the dialect and the order are part of the options.
//! Memory does not grow with the number of rows, partners or subscriptions. It measures and judges nothing.

mod associations;
mod calendar_texts;
mod catalog;
mod charges;
mod chunk;
mod columns;
mod figure;
mod layouts;
mod older_columns;
mod people;
mod placed;
mod random;
mod rosters;
mod template;
#[cfg(test)]
mod tests;
mod world;
mod write;

use std::io;
use std::path::PathBuf;

pub use write::generate;

/// What to generate, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The folder to write to; created if it is missing. It must be empty.
    pub dir: PathBuf,
    /// Number of partners, at least 1. From 22 on, all placed partners are among them.
    pub partners: u32,
    /// Exact number of rows of consumption. From 336 on, there is room for all placed partners.
    pub rows: u64,
    /// Name of a consumption dialect: one of [`dialects`].
    pub dialect: String,
    /// Names (in any case) of the consumption's columns to write, in the documented order. Empty: all.
    pub columns: Vec<String>,
    /// Seed of all random numbers: the same seed gives the same data.
    pub seed: u64,
    /// Order of the rows of consumption.
    pub order: Order,
    /// Distribution of the rows over partners.
    pub spread: Spread,
    /// Number of threads; 0: one for each core.
    pub threads: usize,
}

/// Order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Day and subscription at random.
    #[default]
    Random,
    /// By day, then subscription, as in real exports.
    Grouped,
}

/// Distribution of the rows over the partners that are not placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spread {
    /// A few partners have most rows, as in real exports.
    #[default]
    Skewed,
    /// Every subscription has the same number of rows: together with [`Order::Random`] the worst case for caches.
    Even,
}

/// The result: the files written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The files, with their size in bytes, in the order of writing.
    pub files: Vec<(PathBuf, u64)>,
}

/// The error of [`generate`].
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// Wrong usage: no such dialect.
    #[error("no consumption dialect `{name}` can be generated; there are: {}", dialects().join(", "))]
    UnknownDialect {
        /// The name asked for.
        name: String,
    },
    /// Wrong usage: no such column.
    #[error("an export of {dialect} has no column `{name}`")]
    UnknownColumn {
        /// The name asked for.
        name: String,
        /// The dialect.
        dialect: &'static str,
    },
    /// Wrong usage: 0 partners.
    #[error("at least one partner is needed")]
    NoPartners,
    /// The folder holds files, which are never overwritten.
    #[error("{}: the folder is not empty; name a new or an empty one", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The folder or a file in it cannot be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Output {
        /// The folder or file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The system gives no threads.
    #[error("cannot start threads: {source}")]
    Threads {
        /// The cause.
        source: rayon::ThreadPoolBuildError,
    },
}

/// The dialects that can be generated.
pub fn dialects() -> Vec<&'static str> {
    layouts::LAYOUTS.iter().map(|layout| layout.dialect).collect()
}
