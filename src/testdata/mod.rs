//! Synthetic data: exports that look like real ones, of any size, about nobody. Comes in: [`Options`]. Goes out: a folder
//! that `attain report` reads without a refused row, as of 2017-07-07.
//!
//! The same options give the same bytes, whatever the number of threads; the dialect and the order are part of the options.
//! Memory does not grow with the number of rows, partners or subscriptions. It measures and judges nothing.

mod associations;
mod calendar_texts;
mod catalog;
mod chunk;
mod columns;
mod figure;
mod layouts;
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
    /// The folder; it is made if it is missing, and must be empty.
    pub dir: PathBuf,
    /// Partners, at least 1. From 22 on, all placed partners are among them.
    pub partners: u32,
    /// Rows of consumption, exactly. From 336 on, there is room for all placed partners.
    pub rows: u64,
    /// Name of a consumption dialect: one of [`dialects`].
    pub dialect: String,
    /// The only columns of the consumption to write, in the documented order, named in any case; empty: all.
    pub columns: Vec<String>,
    /// Other seeds give other data.
    pub seed: u64,
    /// How the rows of consumption follow each other.
    pub order: Order,
    /// How often each partner occurs.
    pub spread: Spread,
    /// How many threads; 0: one for each core.
    pub threads: usize,
}

/// How rows follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Day and subscription at random.
    #[default]
    Random,
    /// By day, then subscription, as in real exports.
    Grouped,
}

/// How the rows of consumption are spread over the partners that are not placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spread {
    /// A few partners have most rows, as in real exports.
    #[default]
    Skewed,
    /// Every subscription has as many rows as any other: together with [`Order::Random`] the worst case for caches.
    Even,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The files, with their size in bytes, in the order of writing.
    pub files: Vec<(PathBuf, u64)>,
}

/// Why nothing, or not everything, was generated.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// Wrong usage: no such dialect.
    #[error("no consumption dialect `{name}` can be generated; there are: {}", dialects().join(", "))]
    UnknownDialect {
        /// What was asked for.
        name: String,
    },
    /// Wrong usage: no such column.
    #[error("an export of {dialect} has no column `{name}`")]
    UnknownColumn {
        /// What was asked for.
        name: String,
        /// The dialect.
        dialect: &'static str,
    },
    /// Wrong usage: nobody to write about.
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
        /// Why.
        source: io::Error,
    },
    /// The system gives no threads.
    #[error("cannot start threads: {source}")]
    Threads {
        /// Why.
        source: rayon::ThreadPoolBuildError,
    },
}

/// The dialects that can be generated.
pub fn dialects() -> Vec<&'static str> {
    layouts::LAYOUTS.iter().map(|layout| layout.dialect).collect()
}
