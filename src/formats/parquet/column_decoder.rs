//! Decoder of one column of one row group, some rows at a time. Comes in: pages. Goes out: for each row the bytes of
//! its text, or its number, or null. It does not know what a number means.
//!
//! Memory: one page, one dictionary, and the rows of one batch.

use std::fs::File;

use polars_parquet_format::Encoding;

use super::ColumnChunk;
use super::column_batch::{ColumnBatch, TextBuffer, TextColumn};
use super::column_type::{ColumnType, Logical, NumberType, Physical};
use super::decoder::ValueDecoder;
use super::delta_binary_packed::DeltaBinaryPacked;
use super::error::ParquetInputError;
use super::page::{DefinitionLevels, PageKind, PageReader, unknown_encoding};
use super::plain::{
    Dictionary, NumberBytes, as_u32, byte_arrays, ends_early, fixed_width_bytes, low_half, number,
    number_bytes, numbers,
};
use super::rle_bit_packed::RleBitPacked;
use crate::base::limits;
use crate::formats::row::CellKind;

/// The id of a dictionary that a column chunk lacks.
const NO_DICTIONARY: u64 = u64::MAX;

/// The decoder of one column of one row group.
pub(super) struct ColumnDecoder<'f> {
    column_type: ColumnType,
    pages: PageReader<'f>,
    page: Vec<u8>,
    /// Empty if the column chunk has none.
    dictionary: Dictionary,
    dictionary_id: u64,
    has_dictionary: bool,
    /// Rows of the page that were not taken yet.
    left: usize,
    levels: Option<RleBitPacked>,
    decoder: ValueDecoder,
    pub(super) batch: ColumnBatch,
    /// Memory for definition levels and for booleans.
    scratch: Vec<u32>,
}

/// Memory of a column, reused for the next part.
#[derive(Default)]
pub(crate) struct ColumnScratch {
    read_ahead: Vec<u8>,
    page: Vec<u8>,
    dictionary: Dictionary,
    batch: ColumnBatch,
    /// Memory for definition levels and for booleans.
    scratch: Vec<u32>,
}

/// # Errors
/// An id is not below `end`, the number of values of the dictionary.
fn check_ids(dictionary_ids: &[u32], end: u32) -> Result<(), ParquetInputError> {
    // No early exit, so that the compiler compares many ids at a time.
    if dictionary_ids.iter().fold(false, |is_past, id| is_past | (*id >= end)) {
        return Err(ParquetInputError::corrupt("a value that its dictionary does not have"));
    }
    Ok(())
}

impl<'f> ColumnDecoder<'f> {
    /// A reader of a column chunk from its first row on. `dictionary_id` identifies the dictionary of the chunk: no
    /// other dictionary of the column in the run has it. `memory` is memory to reuse.
    pub(super) fn new(
        file: &'f File,
        column_type: ColumnType,
        chunk: &ColumnChunk,
        dictionary_id: u64,
        memory: ColumnScratch,
    ) -> ColumnDecoder<'f> {
        let ColumnScratch { read_ahead, page, dictionary, batch, scratch } = memory;
        ColumnDecoder {
            column_type,
            pages: PageReader::new(file, chunk, read_ahead),
            page,
            dictionary,
            dictionary_id,
            has_dictionary: false,
            left: 0,
            levels: None,
            decoder: ValueDecoder::PlainFixed { at: 0 },
            batch,
            scratch,
        }
    }

    /// Returns the memory for reuse.
    pub(super) fn into_memory(self) -> ColumnScratch {
        let ColumnDecoder { pages, page, dictionary, batch, scratch, .. } = self;
        ColumnScratch { read_ahead: pages.into_memory(), page, dictionary, batch, scratch }
    }

    /// Skips rows; pages that hold only skipped rows are not read.
    pub(super) fn skip(
        &mut self,
        mut rows: usize,
        large_page: &mut Vec<u8>,
    ) -> Result<(), ParquetInputError> {
        while rows > 0 {
            if self.left == 0 {
                let skipped = self.next_page(rows, large_page)?;
                rows -= skipped;
                continue;
            }
            let taken = rows.min(self.left).min(limits::PARQUET_BATCH_ROWS);
            self.take(taken)?;
            rows -= taken;
        }
        Ok(())
    }

    /// How many rows can be taken at once: those left of the current page, at least one.
    pub(super) fn ready(&mut self, large_page: &mut Vec<u8>) -> Result<usize, ParquetInputError> {
        while self.left == 0 {
            self.next_page(0, large_page)?;
        }
        Ok(self.left)
    }

    /// Decodes the next rows, at most those that are ready, into the batch.
    pub(super) fn take(&mut self, rows: usize) -> Result<(), ParquetInputError> {
        self.left = self.left.checked_sub(rows).ok_or_else(ends_early)?;
        let batch = &mut self.batch;
        batch.clear();
        let values = match &mut self.levels {
            Some(levels) => {
                let level = u32::from(self.column_type.definition_level);
                batch.read_definition_levels((levels, level), &self.page, rows, &mut self.scratch)?
            }
            None => rows,
        };
        match self.column_type.logical {
            Logical::Text => self.take_texts(values)?,
            Logical::Number(_) => self.take_numbers(values)?,
        }
        let is_text = matches!(self.column_type.logical, Logical::Text);
        self.batch.spread_over_nulls(is_text, self.dictionary.null_id());
        Ok(())
    }

    /// Goes to the next page. Skips a data page of at most `skipped` rows and returns how many rows it has; reads any
    /// other page and returns 0. `large_page` is memory to reuse.
    fn next_page(&mut self, skipped: usize, large_page: &mut Vec<u8>) -> Result<usize, ParquetInputError> {
        match self.pages.next()?.ok_or_else(ends_early)? {
            PageKind::Dictionary { values } => {
                if self.has_dictionary {
                    return Err(ParquetInputError::corrupt("a column has two dictionaries"));
                }
                self.has_dictionary = true;
                self.pages.read(&mut self.dictionary.bytes, large_page)?;
                self.dictionary.decode(values, self.column_type, self.dictionary_id)?;
                Ok(0)
            }
            PageKind::Data { rows, .. } if rows <= skipped => {
                self.pages.skip()?;
                Ok(rows)
            }
            PageKind::Data { rows, encoding, levels } => {
                if !self.has_dictionary {
                    // Drops the dictionary of another column chunk. All values of a page of ids are null then.
                    self.dictionary.clear(NO_DICTIONARY);
                    self.has_dictionary = true;
                }
                self.pages.read(&mut self.page, large_page)?;
                let at = self.start_levels(levels)?;
                self.decoder = self.start_values(at, encoding)?;
                self.left = rows;
                Ok(0)
            }
        }
    }

    /// Prepares the definition levels of the page. Returns where the values begin.
    fn start_levels(&mut self, levels: DefinitionLevels) -> Result<usize, ParquetInputError> {
        self.levels = None;
        let (at, end) = match levels {
            DefinitionLevels::LengthPrefixed | DefinitionLevels::BitPacked
                if self.column_type.definition_level == 0 =>
            {
                return Ok(0);
            }
            DefinitionLevels::BitPacked => {
                let found = "it has levels in an encoding of before 2013";
                return Err(ParquetInputError::unsupported(found, "write it anew"));
            }
            DefinitionLevels::LengthPrefixed => {
                let bytes = self.page.first_chunk::<4>().ok_or_else(ends_early)?;
                let bytes = usize::try_from(u32::from_le_bytes(*bytes)).map_err(|_| ends_early())?;
                (4, bytes.checked_add(4).ok_or_else(ends_early)?)
            }
            DefinitionLevels::Sized { repetition_bytes, definition_bytes } => {
                (repetition_bytes, repetition_bytes + definition_bytes)
            }
        };
        if end > self.page.len() {
            return Err(ends_early());
        }
        let level = self.column_type.definition_level;
        if level > 0 {
            self.levels = Some(RleBitPacked::new(at, end, u8::BITS - level.leading_zeros())?);
        }
        Ok(end)
    }

    /// The decoder of the values of the page, which begin at `at`.
    ///
    /// # Errors
    /// The encoding is not read, or not for this physical type; or the page is cut short.
    fn start_values(&self, at: usize, encoding: Encoding) -> Result<ValueDecoder, ParquetInputError> {
        let (page, end) = (&self.page, self.page.len());
        let is_fixed = !matches!(self.column_type.physical, Physical::Boolean | Physical::ByteArray);
        Ok(match (encoding, self.column_type.physical) {
            (Encoding::PLAIN, Physical::Boolean) => ValueDecoder::PlainBoolean { bit: at * 8 },
            (Encoding::PLAIN, Physical::ByteArray) => ValueDecoder::PlainByteArray { at },
            (Encoding::PLAIN, _) => ValueDecoder::PlainFixed { at },
            (Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY, _) => {
                // The first byte is the bit width of ids. A page of nulls only may lack it; then no value is ever
                // taken.
                let width = page.get(at).map_or(1, |width| u32::from(*width));
                ValueDecoder::DictionaryIds(RleBitPacked::new((at + 1).min(end), end, width)?)
            }
            (Encoding::RLE, Physical::Boolean) => {
                // Four bytes of length come first, which say nothing new.
                ValueDecoder::RleBoolean(RleBitPacked::new((at + 4).min(end), end, 1)?)
            }
            (Encoding::DELTA_BINARY_PACKED, Physical::Int32 | Physical::Int64) => {
                ValueDecoder::DeltaBinaryPacked(DeltaBinaryPacked::new(page, at, end)?)
            }
            (Encoding::DELTA_LENGTH_BYTE_ARRAY, Physical::ByteArray) => {
                // All lengths come before all bytes.
                let lengths = DeltaBinaryPacked::new(page, at, end)?;
                let at = lengths.end(page)?;
                ValueDecoder::DeltaLengthByteArray { lengths, at }
            }
            (Encoding::DELTA_BYTE_ARRAY, Physical::ByteArray | Physical::FixedLenByteArray(_)) => {
                // Prefix lengths, suffix lengths, then the bytes of all suffixes.
                let prefixes = DeltaBinaryPacked::new(page, at, end)?;
                let suffixes = DeltaBinaryPacked::new(page, prefixes.end(page)?, end)?;
                let at = suffixes.end(page)?;
                ValueDecoder::DeltaByteArray { prefixes, suffixes, at, last: Vec::new() }
            }
            (Encoding::BYTE_STREAM_SPLIT, _) if is_fixed => {
                let width = self.column_type.physical.width();
                ValueDecoder::ByteStreamSplit { start: at, count: (end - at) / width, nth: 0 }
            }
            (other, _) => return Err(unknown_encoding(other)),
        })
    }

    /// Decodes the next `count` byte arrays into spans, or dictionary ids.
    fn take_texts(&mut self, count: usize) -> Result<(), ParquetInputError> {
        let (page, batch) = (&self.page, &mut self.batch);
        match &mut self.decoder {
            ValueDecoder::DictionaryIds(runs) => {
                runs.take(page, count, &mut batch.dictionary_ids)?;
                batch.text_buffer = TextBuffer::Dictionary;
                check_ids(&batch.dictionary_ids, self.dictionary.null_id())?;
            }
            ValueDecoder::PlainByteArray { at } => *at = byte_arrays(page, *at, count, &mut batch.spans)?,
            ValueDecoder::DeltaLengthByteArray { lengths, at } => {
                lengths.take(page, count, &mut |length| {
                    let length = usize::try_from(length).map_err(|_| ends_early())?;
                    let end =
                        at.checked_add(length).filter(|end| *end <= page.len()).ok_or_else(ends_early)?;
                    batch.spans.push((as_u32(*at), as_u32(end)));
                    *at = end;
                    Ok(())
                })?
            }
            ValueDecoder::DeltaByteArray { prefixes, suffixes, at, last } => {
                batch.text_buffer = TextBuffer::Joined;
                let length = |deltas: &mut DeltaBinaryPacked| {
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
                    // A prefix is of the value before; a value is no longer than the page, so that prefixes cannot
                    // grow without bound.
                    if prefix > last.len() || last.len() + suffix > page.len() {
                        return Err(ends_early());
                    }
                    last.truncate(prefix);
                    last.extend_from_slice(&page[*at..end]);
                    *at = end;
                    let start = as_u32(batch.joined.len());
                    batch.joined.extend_from_slice(last);
                    if batch.joined.len() > limits::PARQUET_PAGE_BYTES {
                        return Err(ParquetInputError::expansion_limit(
                            "texts that share their beginnings are too long",
                        ));
                    }
                    batch.spans.push((start, as_u32(batch.joined.len())));
                }
            }
            ValueDecoder::PlainFixed { .. }
            | ValueDecoder::PlainBoolean { .. }
            | ValueDecoder::RleBoolean(_)
            | ValueDecoder::DeltaBinaryPacked(_)
            | ValueDecoder::ByteStreamSplit { .. } => unreachable!("byte arrays have no such encoding"),
        }
        Ok(())
    }

    /// Decodes the next `count` numbers, or dictionary ids.
    fn take_numbers(&mut self, count: usize) -> Result<(), ParquetInputError> {
        let is_unsigned = self.column_type.is_unsigned();
        let page = &self.page;
        let batch = &mut self.batch;
        match &mut self.decoder {
            ValueDecoder::DictionaryIds(runs) => {
                runs.take(page, count, &mut batch.dictionary_ids)?;
                let numbers = &self.dictionary.numbers;
                check_ids(&batch.dictionary_ids, as_u32(numbers.len()))?;
            }
            ValueDecoder::PlainFixed { at }
                if batch.is_null.is_empty() && self.column_type.is_infallible() =>
            {
                // Deferred: the numbers stay in the page until a row wants its number.
                let end = *at + fixed_width_bytes(page, *at, count, self.column_type)?.len();
                batch.at_in_page = Some(*at);
                *at = end;
            }
            ValueDecoder::PlainFixed { at } => {
                *at = numbers(page, *at, count, self.column_type, &mut batch.numbers)?
            }
            ValueDecoder::PlainBoolean { bit } => {
                let end = bit.checked_add(count).filter(|end| end.div_ceil(8) <= page.len());
                let end = end.ok_or_else(ends_early)?;
                batch
                    .numbers
                    .extend((*bit..end).map(|bit| number_bytes(i128::from(page[bit / 8] >> (bit % 8) & 1))));
                *bit = end;
            }
            ValueDecoder::RleBoolean(runs) => {
                self.scratch.clear();
                runs.take(page, count, &mut self.scratch)?;
                batch.numbers.extend(self.scratch.iter().map(|bit| number_bytes((*bit).into())));
            }
            ValueDecoder::DeltaBinaryPacked(deltas) => {
                let stored = self.column_type.physical;
                deltas.take(page, count, &mut |value| {
                    batch.numbers.push(number_bytes(match (stored, is_unsigned) {
                        // A difference may overflow the physical type; it wraps, so only the lower bits are the
                        // number.
                        (Physical::Int32, false) => i32::from_le_bytes(low_half(value)).into(),
                        (Physical::Int32, true) => u32::from_le_bytes(low_half(value)).into(),
                        (_, false) => value.into(),
                        (_, true) => value.cast_unsigned().into(),
                    }));
                    Ok(())
                })?;
            }
            ValueDecoder::ByteStreamSplit { start, count: all, nth } => {
                let width = self.column_type.physical.width();
                if *nth + count > *all {
                    return Err(ends_early());
                }
                // Byte n of a value stands in stream n, at the place of the value among all values.
                let mut value = vec![0; width];
                for row in *nth..*nth + count {
                    for (byte, place) in value.iter_mut().zip((*start + row..).step_by(*all)) {
                        *byte = page[place];
                    }
                    batch.numbers.push(number_bytes(number(&value, self.column_type)?));
                }
                *nth += count;
            }
            ValueDecoder::PlainByteArray { .. }
            | ValueDecoder::DeltaLengthByteArray { .. }
            | ValueDecoder::DeltaByteArray { .. } => {
                self.take_texts(count)?;
                let batch = &mut self.batch;
                let bytes = if batch.text_buffer == TextBuffer::Joined { &batch.joined } else { &self.page };
                for (start, end) in batch.spans.drain(..) {
                    let bytes = &bytes[start as usize..end as usize];
                    batch.numbers.push(number_bytes(number(bytes, self.column_type)?));
                }
            }
        }
        Ok(())
    }

    /// The texts of the batch. Only for a column of texts.
    pub(super) fn texts(&self) -> TextColumn<'_> {
        let bytes = match self.batch.text_buffer {
            TextBuffer::Page => &self.page,
            TextBuffer::Joined => &self.batch.joined,
            TextBuffer::Dictionary => {
                let Dictionary { bytes, spans, id, .. } = &self.dictionary;
                let ids = &self.batch.dictionary_ids;
                return TextColumn::ById { bytes, spans, ids, dictionary: *id };
            }
        };
        TextColumn::ByRow { bytes, spans: &self.batch.spans }
    }

    /// The id of the dictionary, and which of its values a row has. `None` if the row is null or its page has no
    /// dictionary. Only for a column of numbers.
    pub(super) fn dictionary_value(&self, row: usize) -> Option<(u64, u32)> {
        let id = *self.batch.dictionary_ids.get(row)?;
        self.has_number(row).then_some((self.dictionary.id, id))
    }

    /// Whether a row of the batch has a number. Only for a column of numbers.
    pub(super) fn has_number(&self, row: usize) -> bool {
        !self.batch.is_null.get(row).copied().unwrap_or_default()
    }

    /// The number of a row of the batch. `None` if the row is null. Only for a column of numbers.
    pub(super) fn number(&self, row: usize) -> Option<i128> {
        let Some(at) = self.batch.at_in_page else {
            return self.number_bytes(row).copied().map(i128::from_le_bytes);
        };
        let at = at + row * self.column_type.physical.width();
        let found = fixed_width_bytes(&self.page, at, 1, self.column_type)
            .and_then(|bytes| number(bytes, self.column_type));
        Some(found.expect("decoding such numbers cannot fail, and the page has those of the batch"))
    }

    /// The number of a row of the batch, as bytes. `None` if the row is null. Only for a column of numbers.
    pub(super) fn number_bytes(&self, row: usize) -> Option<&NumberBytes> {
        let batch = &self.batch;
        if !self.has_number(row) {
            return None;
        }
        Some(match (batch.at_in_page, batch.dictionary_ids.get(row)) {
            (Some(at), _) => &batch.page_numbers.get_or_init(|| self.decode_in_page(at))[row],
            (None, Some(id)) => &self.dictionary.numbers[*id as usize],
            (None, None) => &batch.numbers[row],
        })
    }

    /// All numbers of the batch, which were left in the page from `at` on.
    fn decode_in_page(&self, at: usize) -> Vec<NumberBytes> {
        let ValueDecoder::PlainFixed { at: end } = self.decoder else {
            unreachable!("only numbers of one width are left in the page")
        };
        let (mut found, count) = (Vec::new(), (end - at) / self.column_type.physical.width());
        numbers(&self.page, at, count, self.column_type, &mut found)
            .expect("decoding such numbers cannot fail");
        found
    }

    /// The text of the number of a row. `None` if its page has no dictionary, so that no text is rendered yet.
    pub(super) fn rendered(&self, row: usize, number_type: NumberType) -> Option<(&[u8], CellKind)> {
        let id = *self.batch.dictionary_ids.get(row)?;
        Some(self.dictionary.rendered(id, number_type))
    }
}
