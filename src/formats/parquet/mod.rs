//! Parquet. Comes in: a file. Goes out: the names of its columns, and the rows of the used columns, batch by batch.
//! It does not know what a column means.
//!
//! polars-parquet reads the footer and page headers, and decompresses; values are decoded here, a page at a time, so
//! that memory is bounded whatever a file claims, and every claim is checked before it is trusted.
//!
//! Memory: for each thread one page as stored, and for each of its used columns one decompressed page and one
//! dictionary, each at most [`limits::PARQUET_PAGE_BYTES`]; and one batch of rows. A row group is read in parts, so
//! that all threads share a large one.

mod batch;
mod column_batch;
mod column_decoder;
mod column_type;
mod decoder;
mod decompress;
mod delta_binary_packed;
mod error;
mod footer;
mod late_column;
mod nested_texts;
mod page;
mod plain;
mod rle_bit_packed;
#[cfg(test)]
mod tests;
mod thrift;
mod value_text;

use std::fs::File;
use std::path::PathBuf;

use polars_parquet::parquet::compression::Compression;

pub(crate) use self::batch::ParquetBatch;
pub(crate) use self::error::ParquetInputError;
pub(crate) use self::footer::ParquetFooter;
pub(crate) use self::nested_texts::nested_texts;

/// Memory of one worker, reused for every part that it reads.
#[derive(Default)]
pub(crate) struct ParquetScratch {
    columns: Vec<ColumnScratch>,
    /// One page as stored, of any column.
    large_page: Vec<u8>,
}

use self::batch::{ConstantColumn, DecodedRows};
use self::column_decoder::{ColumnDecoder, ColumnScratch};
use self::column_type::ColumnType;
use self::late_column::LateColumn;
use super::fingerprint::Fingerprint;
use crate::base::limits;

/// A file, reduced to its used columns.
pub(crate) struct ParquetFile {
    path: PathBuf,
    /// Columns of the dialect, that is, cells of a row.
    slots: usize,
    columns: Vec<UsedColumn>,
    /// Columns that stand in the names of folders.
    constants: Vec<ConstantColumn>,
    groups: Vec<RowGroup>,
    rows: u64,
    stamp: Fingerprint,
}

struct UsedColumn {
    /// Which cell of a row the column is.
    slot: usize,
    name: String,
    column_type: ColumnType,
    /// Whether the pages of the column are decoded only if a row asks for a cell of it.
    is_late: bool,
}

struct RowGroup {
    /// Rows of the row groups before it.
    first_row: u64,
    rows: u64,
    /// By used column.
    chunks: Vec<ColumnChunk>,
}

/// Where the bytes of a column in a row group are in the file.
struct ColumnChunk {
    start: u64,
    end: u64,
    compression: Compression,
}

/// A range of rows of one row group, which one worker reads at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowGroupPart {
    group: usize,
    /// The first row, counted within the row group, and how many rows.
    from: u64,
    rows: u64,
}

impl ParquetFile {
    /// The file, with columns whose value is the same in every row: the index of the column in the dialect, and the value.
    fn with_constants<'c>(self, constants: impl Iterator<Item = (usize, &'c str)>) -> ParquetFile {
        let constants = constants.map(|(slot, value)| ConstantColumn::new(slot, value)).collect();
        ParquetFile { constants, ..self }
    }

    /// Leaves columns of the dialect out: their cells are blank.
    pub(crate) fn drop_columns(&mut self, slots: &[usize]) {
        let is_kept: Vec<bool> = self.columns.iter().map(|column| !slots.contains(&column.slot)).collect();
        let retain = |nth: &mut usize| {
            *nth += 1;
            is_kept[*nth - 1]
        };
        for group in &mut self.groups {
            let mut nth = 0;
            group.chunks.retain(|_| retain(&mut nth));
        }
        let mut nth = 0;
        self.columns.retain(|_| retain(&mut nth));
        self.constants.retain(|constant| !slots.contains(&constant.slot));
    }

    /// Names columns of the dialect whose cells few rows want: their pages are decoded if a row asks.
    pub(crate) fn decode_late(&mut self, slots: &[usize]) {
        for column in &mut self.columns {
            column.is_late |= slots.contains(&column.slot);
        }
    }

    /// How many rows the file has.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// The part after `last`, or the first part. `None` if there are no more.
    pub(crate) fn part_after(&self, last: Option<RowGroupPart>) -> Option<RowGroupPart> {
        let (mut group, mut from) = last.map_or((0, 0), |last| (last.group, last.from + last.rows));
        loop {
            let left = self.groups.get(group)?.rows - from;
            if left > 0 {
                return Some(RowGroupPart { group, from, rows: left.min(limits::PARQUET_PART_ROWS) });
            }
            (group, from) = (group + 1, 0);
        }
    }

    /// The share of the file that a part is, by rows, for progress; the shares of all parts add up to the size of the
    /// file. **Unit**: bytes.
    pub(crate) fn bytes_of(&self, part: RowGroupPart) -> u64 {
        let before = |row: u64| {
            let share = u128::from(self.stamp.bytes()) * u128::from(row) / u128::from(self.rows.max(1));
            u64::try_from(share).expect("a share of a number of 64 bits")
        };
        let first = self.groups[part.group].first_row + part.from;
        before(first + part.rows) - before(first)
    }

    /// Gives the rows of a part to `each`, in batches, with the number of their first row in the file, from 0.
    /// `input` is the number of the input in the run.
    ///
    /// # Errors
    /// The file is damaged or changed, or has values that are not read. `each` may have been called for rows before
    /// that.
    pub(crate) fn read(
        &self,
        input: usize,
        part: RowGroupPart,
        ParquetScratch { columns: memory, large_page }: &mut ParquetScratch,
        each: &mut dyn FnMut(u64, &mut dyn Iterator<Item = ParquetBatch<'_, '_>>),
    ) -> Result<(), ParquetInputError> {
        let file = File::open(&self.path)?;
        self.stamp.check(&file)?;
        let group = &self.groups[part.group];
        // All parts of a row group see the same dictionaries, so a dictionary is identified by input, row group and
        // column; the column is known to the reader of the id.
        let to_u64 = |index: usize| u64::try_from(index).expect("an index fits 64 bits");
        let dictionary_id = to_u64(input) << 32 | to_u64(part.group);
        let memory_of = |nth: usize| memory.get_mut(nth).map(std::mem::take).unwrap_or_default();
        let too_many = |_| ParquetInputError::corrupt("it has more rows than a file can have");
        let from = usize::try_from(part.from).map_err(too_many)?;
        let (mut columns, mut values, mut late) = (Vec::new(), Vec::new(), Vec::new());
        for ((column, chunk), memory) in self.columns.iter().zip(&group.chunks).zip((0..).map(memory_of)) {
            let mut decoder = ColumnDecoder::new(&file, column.column_type, chunk, dictionary_id, memory);
            if column.is_late {
                late.push(LateColumn::new(column, decoder, from));
                continue;
            }
            decoder.skip(from, large_page).map_err(|error| error.in_column(&column.name))?;
            columns.push(column);
            values.push(decoder);
        }
        let mut left = usize::try_from(part.rows).map_err(too_many)?;
        let mut row = group.first_row + part.from;
        // A batch ends where the page of any column ends, but for late columns.
        while left > 0 {
            let mut rows = left.min(limits::PARQUET_BATCH_ROWS);
            for (column, values) in columns.iter().zip(&mut values) {
                rows = rows.min(values.ready(large_page).map_err(|error| error.in_column(&column.name))?);
            }
            for (column, values) in columns.iter().zip(&mut values) {
                values.take(rows).map_err(|error| error.in_column(&column.name))?;
            }
            late.iter_mut().for_each(|column| column.begin_batch(rows));
            // Rows are numbered as in a table of text: the header is row 1.
            let mut decoded = DecodedRows::new(&columns, &values, self.slots, (row + 2, rows));
            for column in &late {
                decoded.set_late(column);
            }
            for constant in &self.constants {
                // No row group has this number.
                decoded.set_constant(constant, dictionary_id | u64::from(u32::MAX));
            }
            each(row, &mut decoded.batches());
            drop(decoded);
            late.iter_mut().try_for_each(LateColumn::check)?;
            left -= rows;
            row += u64::try_from(rows).expect("a length fits");
        }
        let of_late = late.into_iter().map(LateColumn::into_memory);
        *memory = values.into_iter().map(ColumnDecoder::into_memory).chain(of_late).collect();
        Ok(self.stamp.check(&file)?)
    }
}
