//! Parquet, through the reader that polars is made of: it reads the footer and the headers of pages, and decompresses; values are
//! decoded here, a page at a time, so that memory is bounded whatever a file claims, and nothing is trusted that was not checked.
//! Comes in: a file. Goes out: the names of its columns, and the rows of those that are used, batch by batch. It does not know what
//! a column means.
//!
//! Memory: for each thread one page as stored, and for each of its used columns one decompressed and one dictionary, each at most
//! [`limits::PARQUET_PAGE_BYTES`]; and one batch of rows. A row group is read in parts, so that a large one is read by all threads.

mod batch;
mod cells;
mod column_batch;
mod deltas;
mod encoded;
mod fault;
mod footer;
mod page;
mod plain;
mod runs;
mod shape;
#[cfg(test)]
mod tests;
mod thrift;
mod values;

use std::fs::File;
use std::path::PathBuf;

use polars_parquet::parquet::compression::Compression;

pub(crate) use self::batch::Batch;
pub(crate) use self::fault::ParquetFault;
pub(crate) use self::footer::Footer;

/// Memory of one worker, used again for every part that it reads.
#[derive(Default)]
pub(crate) struct Workspace {
    columns: Vec<Memory>,
    /// One page as stored, of any column.
    large: Vec<u8>,
}

use self::batch::Decoded;
use self::shape::Shape;
use self::values::{Memory, Values};
use super::fingerprint::Fingerprint;
use crate::base::limits;

/// A file, reduced to the columns that are used.
pub(crate) struct ParquetFile {
    path: PathBuf,
    /// Cells of a row.
    slots: usize,
    columns: Vec<Column>,
    groups: Vec<RowGroup>,
    rows: u64,
    stamp: Fingerprint,
}

struct Column {
    /// Which cell of a row it is.
    slot: usize,
    name: String,
    shape: Shape,
}

struct RowGroup {
    /// Rows of the groups before it.
    first_row: u64,
    rows: u64,
    /// By column.
    chunks: Vec<Chunk>,
}

/// The bytes of a column in a row group.
struct Chunk {
    start: u64,
    end: u64,
    compression: Compression,
}

/// Some rows of a row group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    group: usize,
    /// The first row within the group, and how many.
    from: u64,
    rows: u64,
}

impl ParquetFile {
    /// How many rows it has.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// The part after `last`, or the first. `None`: there are no more.
    pub(crate) fn part_after(&self, last: Option<Part>) -> Option<Part> {
        let (mut group, mut from) = last.map_or((0, 0), |last| (last.group, last.from + last.rows));
        loop {
            let left = self.groups.get(group)?.rows - from;
            if left > 0 {
                return Some(Part { group, from, rows: left.min(limits::PARQUET_PART_ROWS) });
            }
            (group, from) = (group + 1, 0);
        }
    }

    /// Bytes of the file that a part stands for: its share by rows. All parts together have the whole file. **Unit**: bytes.
    pub(crate) fn bytes_of(&self, part: Part) -> u64 {
        let before = |row: u64| {
            let share = u128::from(self.stamp.bytes()) * u128::from(row) / u128::from(self.rows.max(1));
            u64::try_from(share).expect("a share of a number of 64 bits")
        };
        let first = self.groups[part.group].first_row + part.from;
        before(first + part.rows) - before(first)
    }

    /// Gives the rows of a part to `each`, in batches, with the number of their first row in the file, from 0.
    ///
    /// # Errors
    /// The file is damaged or changed, or has values that are not read. `each` may have been called for the rows before.
    pub(crate) fn read(
        &self,
        part: Part,
        Workspace { columns: memory, large }: &mut Workspace,
        each: &mut dyn FnMut(u64, &mut dyn Iterator<Item = Batch<'_, '_>>),
    ) -> Result<(), ParquetFault> {
        let file = File::open(&self.path)?;
        self.stamp.check(&file)?;
        let group = &self.groups[part.group];
        let memory_of = |nth: usize| memory.get_mut(nth).map(std::mem::take).unwrap_or_default();
        let columns = self.columns.iter().zip(&group.chunks).zip((0..).map(memory_of));
        let mut values: Vec<Values<'_>> = columns
            .map(|((column, chunk), memory)| Values::new(&file, column.shape, chunk, memory))
            .collect();
        let too_many = |_| ParquetFault::corrupt("it has more rows than a file can have");
        let from = usize::try_from(part.from).map_err(too_many)?;
        for (column, values) in self.columns.iter().zip(&mut values) {
            values.skip(from, large).map_err(|fault| fault.of_column(&column.name))?;
        }
        let mut left = usize::try_from(part.rows).map_err(too_many)?;
        let mut row = group.first_row + part.from;
        while left > 0 {
            let mut rows = left.min(limits::PARQUET_BATCH_ROWS);
            for (column, values) in self.columns.iter().zip(&mut values) {
                rows = rows.min(values.ready(large).map_err(|fault| fault.of_column(&column.name))?);
            }
            for (column, values) in self.columns.iter().zip(&mut values) {
                values.take(rows).map_err(|fault| fault.of_column(&column.name))?;
            }
            // The header is row 1.
            let decoded = Decoded::new(&self.columns, &values, self.slots, (row + 2, rows));
            each(row, &mut decoded.batches());
            left -= rows;
            row += u64::try_from(rows).expect("a length fits");
        }
        *memory = values.into_iter().map(Values::into_memory).collect();
        Ok(self.stamp.check(&file)?)
    }
}
