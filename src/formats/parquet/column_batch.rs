//! The values of one column in one batch of rows. Comes in: values without the nulls, in order, and definition
//! levels. Goes out: a value or null for each row. It does not decode values.

use std::cell::OnceCell;

use super::error::ParquetInputError;
use super::plain::{ByteSpan, NumberBytes};
use super::rle_bit_packed::RleBitPacked;

/// The values of a column in a batch.
#[derive(Default)]
pub(super) struct ColumnBatch {
    /// Where the texts are, by row; an empty span if null. Unused if the page has dictionary ids.
    pub(super) spans: Vec<ByteSpan>,
    pub(super) text_buffer: TextBuffer,
    /// Texts of DELTA_BYTE_ARRAY, joined from prefixes and suffixes.
    pub(super) joined: Vec<u8>,
    /// Numbers by row. Unused if the page has dictionary ids, or the numbers are left in the page.
    pub(super) numbers: Vec<NumberBytes>,
    /// Where the numbers begin that are left in the page, undecoded, until a row wants one: rows of most amount
    /// columns never do.
    pub(super) at_in_page: Option<usize>,
    /// Those numbers as bytes, once a row has wanted one.
    pub(super) page_numbers: OnceCell<Vec<NumberBytes>>,
    /// Ids of dictionary values, by row. Empty if the page has none.
    pub(super) dictionary_ids: Vec<u32>,
    /// Which rows are null. Empty if none is.
    pub(super) is_null: Vec<bool>,
}

/// The buffer that the spans of a batch are of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum TextBuffer {
    #[default]
    Page,
    Dictionary,
    Joined,
}

/// The texts of a batch.
pub(super) enum TextColumn<'b> {
    /// A span for each row.
    ByRow { bytes: &'b [u8], spans: &'b [ByteSpan] },
    /// The spans of a dictionary, and the id of the value of each row. `dictionary` is the id of the dictionary.
    ById { bytes: &'b [u8], spans: &'b [ByteSpan], ids: &'b [u32], dictionary: u64 },
}

impl<'b> TextColumn<'b> {
    /// The text of a row; empty if null.
    #[inline]
    pub(super) fn of(&self, row: usize) -> &'b [u8] {
        let (bytes, (start, end)) = match self {
            TextColumn::ByRow { bytes, spans } => (bytes, spans[row]),
            TextColumn::ById { bytes, spans, ids, .. } => (bytes, spans[ids[row] as usize]),
        };
        &bytes[start as usize..end as usize]
    }
}

impl ColumnBatch {
    /// Empties the batch for the next rows.
    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.joined.clear();
        self.numbers.clear();
        self.at_in_page = None;
        self.page_numbers.take();
        self.dictionary_ids.clear();
        self.is_null.clear();
        self.text_buffer = TextBuffer::Page;
    }

    /// Decodes the definition levels of the next `rows` rows, where a value has the level `highest`. Returns how many
    /// rows have a value. `scratch` is memory to reuse.
    ///
    /// # Errors
    /// The page ends before its levels, or a level is over the highest one.
    pub(super) fn read_definition_levels(
        &mut self,
        (levels, highest): (&mut RleBitPacked, u32),
        page: &[u8],
        rows: usize,
        scratch: &mut Vec<u32>,
    ) -> Result<usize, ParquetInputError> {
        let invalid_level = || ParquetInputError::corrupt("a level that its column cannot have");
        // Fast path: one run of equal levels, as columns without nulls or without values have.
        match levels.take_repeated(page, rows)? {
            Some(level) if level == highest => return Ok(rows),
            Some(level) if level < highest => {
                self.is_null.resize(rows, true);
                return Ok(0);
            }
            Some(_) => return Err(invalid_level()),
            None => {}
        }
        scratch.clear();
        levels.take(page, rows, scratch)?;
        if scratch.iter().fold(0, |most, level| most.max(*level)) > highest {
            return Err(invalid_level());
        }
        let nulls = scratch.iter().filter(|level| **level < highest).count();
        if nulls > 0 {
            self.is_null.extend(scratch.iter().map(|level| *level < highest));
        }
        Ok(rows - nulls)
    }

    /// Moves the values to their rows. `null_id` is the dictionary id for rows that are null.
    pub(super) fn spread_over_nulls(&mut self, is_text: bool, null_id: u32) {
        if self.is_null.is_empty() {
            return;
        }
        match (self.text_buffer, is_text) {
            _ if !self.dictionary_ids.is_empty() => spread(&mut self.dictionary_ids, &self.is_null, null_id),
            (TextBuffer::Dictionary, true) => spread(&mut self.dictionary_ids, &self.is_null, null_id),
            (_, true) => spread(&mut self.spans, &self.is_null, (0, 0)),
            // Of rows that are null, no number is looked up.
            (_, false) if self.numbers.is_empty() => {}
            (_, false) => spread(&mut self.numbers, &self.is_null, NumberBytes::default()),
        }
    }
}

/// One value in so many rows, or less, are few.
const FEW_VALUES: usize = 8;

/// Moves values apart, from the last row to the first, so that each stands at its row; rows that are null get
/// `filling`.
fn spread<T: Copy>(values: &mut Vec<T>, is_null: &[bool], filling: T) {
    let mut from = values.len();
    values.resize(is_null.len(), filling);
    // Fast path: few values, as columns have that say something of few rows.
    if from <= is_null.len() / FEW_VALUES {
        let few = values[..from].to_vec();
        values[..from].fill(filling);
        let rows = is_null.iter().enumerate().filter(|(_, is_null)| !**is_null).map(|(row, _)| row);
        few.into_iter().zip(rows).for_each(|(value, row)| values[row] = value);
        return;
    }
    for (row, is_missing) in is_null.iter().enumerate().rev() {
        values[row] = if *is_missing {
            filling
        } else {
            from -= 1;
            values[from]
        };
    }
}
