//! Values of one column, some rows at a time. Comes in: pages. Goes out: for each row the bytes of its text, or its number, or
//! that it has none. It does not know what a number means.
//!
//! Memory: one page, one dictionary, and the rows of one batch.

use std::fs::File;

use polars_parquet_format::Encoding;

use super::Chunk;
use super::column_batch::{ColumnBatch, Source, Texts};
use super::deltas::Deltas;
use super::encoded::Encoded;
use super::fault::ParquetFault;
use super::page::{Levels, PageKind, Pages, unknown_encoding};
use super::plain::{Bits, Dictionary, bits, ends_early, fixed_bytes, low, number, numbers, small, texts};
use super::runs::Runs;
use super::shape::{Meaning, Number, Shape, Stored};
use crate::formats::row::CellKind;

/// One column of one row group.
pub(super) struct Values<'f> {
    shape: Shape,
    pages: Pages<'f>,
    page: Vec<u8>,
    /// Empty, if it has none.
    dictionary: Dictionary,
    has_dictionary: bool,
    /// Rows of the page that were not taken yet.
    left: usize,
    levels: Option<Runs>,
    encoded: Encoded,
    pub(super) batch: ColumnBatch,
    /// Levels of rows.
    scratch: Vec<u32>,
}

/// Memory of a column, used again for the next part.
#[derive(Default)]
pub(crate) struct Memory {
    ahead: Vec<u8>,
    page: Vec<u8>,
    dictionary: Dictionary,
    batch: ColumnBatch,
    /// Levels of rows.
    scratch: Vec<u32>,
}

fn are_below(choices: &[u32], end: u32) -> Result<(), ParquetFault> {
    // All are looked at, since that is done many at a time.
    if choices.iter().fold(false, |is_past, choice| is_past | (*choice >= end)) {
        return Err(ParquetFault::corrupt("a value that its dictionary does not have"));
    }
    Ok(())
}

impl<'f> Values<'f> {
    /// Of a chunk, from its first row on, with memory to use.
    pub(super) fn new(file: &'f File, shape: Shape, chunk: &Chunk, memory: Memory) -> Values<'f> {
        let Memory { ahead, page, dictionary, batch, scratch } = memory;
        Values {
            shape,
            pages: Pages::new(file, chunk, ahead),
            page,
            dictionary,
            has_dictionary: false,
            left: 0,
            levels: None,
            encoded: Encoded::Fixed { at: 0 },
            batch,
            scratch,
        }
    }

    /// The memory that it was given.
    pub(super) fn into_memory(self) -> Memory {
        let Values { pages, page, dictionary, batch, scratch, .. } = self;
        Memory { ahead: pages.into_memory(), page, dictionary, batch, scratch }
    }

    /// Passes over rows; whole pages of them are not read.
    pub(super) fn skip(&mut self, mut rows: usize, large: &mut Vec<u8>) -> Result<(), ParquetFault> {
        while rows > 0 {
            if self.left == 0 {
                let skipped = self.next_page(rows, large)?;
                rows -= skipped;
                continue;
            }
            let taken = rows.min(self.left).min(crate::base::limits::PARQUET_BATCH_ROWS);
            self.take(taken)?;
            rows -= taken;
        }
        Ok(())
    }

    /// How many rows can be taken at once: those that are left of the page, at least one.
    pub(super) fn ready(&mut self, large: &mut Vec<u8>) -> Result<usize, ParquetFault> {
        while self.left == 0 {
            self.next_page(0, large)?;
        }
        Ok(self.left)
    }

    /// Takes the next rows, at most those that are ready, as the batch.
    pub(super) fn take(&mut self, rows: usize) -> Result<(), ParquetFault> {
        self.left = self.left.checked_sub(rows).ok_or_else(ends_early)?;
        let batch = &mut self.batch;
        batch.clear();
        let there = match &mut self.levels {
            Some(levels) => batch.find_missing(levels, &self.page, rows, &mut self.scratch)?,
            None => rows,
        };
        match self.shape.meaning {
            Meaning::Text => self.take_texts(there)?,
            Meaning::Number(_) => self.take_numbers(there)?,
        }
        self.batch.spread(self.dictionary.blank());
        Ok(())
    }

    /// Goes to the next page of values, and reads it if it has more than `skipped` rows, with memory to use; else passes over it and
    /// returns how many rows it had.
    fn next_page(&mut self, skipped: usize, large: &mut Vec<u8>) -> Result<usize, ParquetFault> {
        match self.pages.next()?.ok_or_else(ends_early)? {
            PageKind::Dictionary { values } => {
                if self.has_dictionary {
                    return Err(ParquetFault::corrupt("a column has two dictionaries"));
                }
                self.has_dictionary = true;
                self.pages.read(&mut self.dictionary.bytes, large)?;
                self.dictionary.read(values, self.shape)?;
                Ok(0)
            }
            PageKind::Data { rows, .. } if rows <= skipped => {
                self.pages.skip()?;
                Ok(rows)
            }
            PageKind::Data { rows, encoding, levels } => {
                if !self.has_dictionary {
                    // What another part had.
                    self.dictionary.clear();
                    self.has_dictionary = true;
                }
                self.pages.read(&mut self.page, large)?;
                let at = self.find_levels(levels)?;
                self.encoded = self.find_values(at, encoding)?;
                self.left = rows;
                Ok(0)
            }
        }
    }

    /// Finds the levels of a page; returns where its values begin.
    fn find_levels(&mut self, levels: Levels) -> Result<usize, ParquetFault> {
        self.levels = None;
        let (at, end) = match levels {
            Levels::Counted if !self.shape.is_optional => return Ok(0),
            Levels::Counted => {
                let bytes = self.page.first_chunk::<4>().ok_or_else(ends_early)?;
                let bytes = usize::try_from(u32::from_le_bytes(*bytes)).map_err(|_| ends_early())?;
                (4, bytes.checked_add(4).ok_or_else(ends_early)?)
            }
            Levels::Of { skipped, bytes } => (skipped, skipped + bytes),
        };
        if end > self.page.len() {
            return Err(ends_early());
        }
        if self.shape.is_optional {
            self.levels = Some(Runs::new(at, end, 1)?);
        }
        Ok(end)
    }

    fn find_values(&self, at: usize, encoding: Encoding) -> Result<Encoded, ParquetFault> {
        let (page, end) = (&self.page, self.page.len());
        let is_fixed = !matches!(self.shape.stored, Stored::Bit | Stored::Bytes);
        Ok(match (encoding, self.shape.stored) {
            (Encoding::PLAIN, Stored::Bit) => Encoded::Bits { bit: at * 8 },
            (Encoding::PLAIN, Stored::Bytes) => Encoded::Texts { at },
            (Encoding::PLAIN, _) => Encoded::Fixed { at },
            (Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY, _) => {
                // A page of missing values only may have no byte at all: of it, no bit can be taken.
                let width = page.get(at).map_or(1, |width| u32::from(*width));
                Encoded::Choices(Runs::new((at + 1).min(end), end, width)?)
            }
            (Encoding::RLE, Stored::Bit) => {
                // A length, which says nothing new.
                Encoded::BitRuns(Runs::new((at + 4).min(end), end, 1)?)
            }
            (Encoding::DELTA_BINARY_PACKED, Stored::Int32 | Stored::Int64) => {
                Encoded::Deltas(Deltas::new(page, at, end)?)
            }
            (Encoding::DELTA_LENGTH_BYTE_ARRAY, Stored::Bytes) => {
                let lengths = Deltas::new(page, at, end)?;
                let at = lengths.end(page)?;
                Encoded::Lengths { lengths, at }
            }
            (Encoding::DELTA_BYTE_ARRAY, Stored::Bytes | Stored::Fixed(_)) => {
                let prefixes = Deltas::new(page, at, end)?;
                let suffixes = Deltas::new(page, prefixes.end(page)?, end)?;
                let at = suffixes.end(page)?;
                Encoded::Shared { prefixes, suffixes, at, last: Vec::new() }
            }
            (Encoding::BYTE_STREAM_SPLIT, _) if is_fixed => {
                let width = self.shape.stored.width();
                Encoded::Split { start: at, count: (end - at) / width, nth: 0 }
            }
            (other, _) => return Err(unknown_encoding(other)),
        })
    }

    /// The spans of the next `count` texts.
    fn take_texts(&mut self, count: usize) -> Result<(), ParquetFault> {
        let (page, batch) = (&self.page, &mut self.batch);
        match &mut self.encoded {
            Encoded::Choices(runs) => {
                runs.take(page, count, &mut batch.choices)?;
                batch.source = Source::Dictionary;
                are_below(&batch.choices, self.dictionary.blank())?;
            }
            Encoded::Texts { at } => *at = texts(page, *at, count, &mut batch.spans)?,
            Encoded::Lengths { lengths, at } => lengths.take(page, count, &mut |length| {
                let length = usize::try_from(length).map_err(|_| ends_early())?;
                let end = at.checked_add(length).filter(|end| *end <= page.len()).ok_or_else(ends_early)?;
                batch.spans.push((small(*at), small(end)));
                *at = end;
                Ok(())
            })?,
            Encoded::Shared { prefixes, suffixes, at, last } => {
                batch.source = Source::Own;
                let length = |deltas: &mut Deltas| {
                    let mut length = 0;
                    let mut take = |value| {
                        length = usize::try_from(value).map_err(|_| ends_early())?;
                        Ok(())
                    };
                    deltas.take(page, 1, &mut take).map(|()| length)
                };
                for _ in 0..count {
                    let (prefix, suffix) = (length(prefixes)?, length(suffixes)?);
                    let end =
                        at.checked_add(suffix).filter(|end| *end <= page.len()).ok_or_else(ends_early)?;
                    if prefix > last.len() || last.len() + suffix > page.len() {
                        return Err(ends_early());
                    }
                    last.truncate(prefix);
                    last.extend_from_slice(&page[*at..end]);
                    *at = end;
                    let start = small(batch.own.len());
                    batch.own.extend_from_slice(last);
                    if batch.own.len() > crate::base::limits::PARQUET_PAGE_BYTES {
                        return Err(ParquetFault::expands("texts that share their beginnings are too long"));
                    }
                    batch.spans.push((start, small(batch.own.len())));
                }
            }
            Encoded::Fixed { .. }
            | Encoded::Bits { .. }
            | Encoded::BitRuns(_)
            | Encoded::Deltas(_)
            | Encoded::Split { .. } => unreachable!("texts are not encoded so"),
        }
        Ok(())
    }

    /// The next `count` numbers.
    fn take_numbers(&mut self, count: usize) -> Result<(), ParquetFault> {
        let is_unsigned = self.shape.is_unsigned();
        let page = &self.page;
        let batch = &mut self.batch;
        match &mut self.encoded {
            Encoded::Choices(runs) => {
                runs.take(page, count, &mut batch.choices)?;
                let numbers = &self.dictionary.numbers;
                are_below(&batch.choices, small(numbers.len()))?;
            }
            Encoded::Fixed { at } if batch.missing.is_empty() && self.shape.is_always_read() => {
                let end = *at + fixed_bytes(page, *at, count, self.shape)?.len();
                batch.in_page = Some(*at);
                *at = end;
            }
            Encoded::Fixed { at } => *at = numbers(page, *at, count, self.shape, &mut batch.numbers)?,
            Encoded::Bits { bit } => {
                let end = bit.checked_add(count).filter(|end| end.div_ceil(8) <= page.len());
                let end = end.ok_or_else(ends_early)?;
                batch.numbers.extend((*bit..end).map(|bit| bits(i128::from(page[bit / 8] >> (bit % 8) & 1))));
                *bit = end;
            }
            Encoded::BitRuns(runs) => {
                self.scratch.clear();
                runs.take(page, count, &mut self.scratch)?;
                batch.numbers.extend(self.scratch.iter().map(|bit| bits((*bit).into())));
            }
            Encoded::Deltas(deltas) => {
                let stored = self.shape.stored;
                deltas.take(page, count, &mut |value| {
                    batch.numbers.push(bits(match (stored, is_unsigned) {
                        // What is past the width of a column is no part of the number.
                        (Stored::Int32, false) => i32::from_le_bytes(low(value)).into(),
                        (Stored::Int32, true) => u32::from_le_bytes(low(value)).into(),
                        (_, false) => value.into(),
                        (_, true) => value.cast_unsigned().into(),
                    }));
                    Ok(())
                })?;
            }
            Encoded::Split { start, count: all, nth } => {
                let width = self.shape.stored.width();
                if *nth + count > *all {
                    return Err(ends_early());
                }
                let mut value = vec![0; width];
                for row in *nth..*nth + count {
                    for (byte, place) in value.iter_mut().zip((*start + row..).step_by(*all)) {
                        *byte = page[place];
                    }
                    batch.numbers.push(bits(number(&value, self.shape)?));
                }
                *nth += count;
            }
            Encoded::Texts { .. } | Encoded::Lengths { .. } | Encoded::Shared { .. } => {
                self.take_texts(count)?;
                let batch = &mut self.batch;
                let bytes = if batch.source == Source::Own { &batch.own } else { &self.page };
                for (start, end) in batch.spans.drain(..) {
                    let bytes = &bytes[start as usize..end as usize];
                    batch.numbers.push(bits(number(bytes, self.shape)?));
                }
            }
        }
        Ok(())
    }

    /// The texts of the batch: the bytes in which they stand, and where. Of a column of texts.
    pub(super) fn texts(&self) -> Texts<'_> {
        let bytes = match self.batch.source {
            Source::Page => &self.page,
            Source::Own => &self.batch.own,
            Source::Dictionary => {
                let Dictionary { bytes, spans, serial, .. } = &self.dictionary;
                return Texts::Chosen { bytes, spans, choices: &self.batch.choices, serial: *serial };
            }
        };
        Texts::Single { bytes, spans: &self.batch.spans }
    }

    /// The dictionary's serial number and which of its numbers a row has. Of a column of numbers.
    pub(super) fn choice(&self, row: usize) -> Option<(u64, u32)> {
        let choice = *self.batch.choices.get(row)?;
        self.has_number(row).then_some((self.dictionary.serial, choice))
    }

    /// Whether a row of the batch has a number. Of a column of numbers.
    pub(super) fn has_number(&self, row: usize) -> bool {
        !self.batch.missing.get(row).copied().unwrap_or_default()
    }

    /// The number of a row of the batch. `None`: it has none. Of a column of numbers.
    pub(super) fn number(&self, row: usize) -> Option<i128> {
        let Some(at) = self.batch.in_page else { return self.bits(row).copied().map(i128::from_le_bytes) };
        let at = at + row * self.shape.stored.width();
        let found = fixed_bytes(&self.page, at, 1, self.shape).and_then(|bytes| number(bytes, self.shape));
        Some(found.expect("such numbers are always read, and the page has those of the batch"))
    }

    /// The number of a row of the batch, as bytes. `None`: it has none. Of a column of numbers.
    pub(super) fn bits(&self, row: usize) -> Option<&Bits> {
        let batch = &self.batch;
        if !self.has_number(row) {
            return None;
        }
        Some(match (batch.in_page, batch.choices.get(row)) {
            (Some(at), _) => &batch.asked.get_or_init(|| self.read_in_page(at))[row],
            (None, Some(choice)) => &self.dictionary.numbers[*choice as usize],
            (None, None) => &batch.numbers[row],
        })
    }

    fn read_in_page(&self, at: usize) -> Vec<Bits> {
        let Encoded::Fixed { at: end } = self.encoded else { unreachable!("numbers of one width") };
        let (mut found, count) = (Vec::new(), (end - at) / self.shape.stored.width());
        numbers(&self.page, at, count, self.shape, &mut found).expect("such numbers are always read");
        found
    }

    /// The text of a row's number, if the dictionary has it.
    pub(super) fn rendered(&self, row: usize, meaning: Number) -> Option<(&[u8], CellKind)> {
        let choice = *self.batch.choices.get(row)?;
        Some(self.dictionary.rendered(choice, meaning))
    }
}
