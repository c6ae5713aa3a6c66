//! Decoder of PLAIN: values one after the other, in data pages and in dictionary pages. Comes in: bytes of a page.
//! Goes out: where byte arrays are, and numbers as 128 bits. It does not know the logical type of a number.

use std::cell::OnceCell;

use super::column_type::{ColumnType, Logical, NumberType, Physical};
use super::error::ParquetInputError;
use super::value_text::DictionaryTexts;
use crate::formats::row::CellKind;

/// Start and end of a byte array in its buffer.
pub(super) type ByteSpan = (u32, u32);
/// A number of 128 bits, little-endian.
pub(super) type NumberBytes = [u8; 16];

/// The dictionary of a column chunk.
#[derive(Default)]
pub(super) struct Dictionary {
    pub(super) bytes: Vec<u8>,
    /// Where texts are in `bytes`; the last span is empty, for rows that are null.
    pub(super) spans: Vec<ByteSpan>,
    pub(super) numbers: Vec<NumberBytes>,
    rendered: OnceCell<DictionaryTexts>,
    /// Identifies the dictionary: no other dictionary of the same column in the run has this id.
    pub(super) id: u64,
}

pub(super) fn ends_early() -> ParquetInputError {
    ParquetInputError::corrupt("a page ends before its values")
}

pub(super) fn as_u32(number: usize) -> u32 {
    u32::try_from(number).expect("a page is smaller than 4 GiB")
}

impl Dictionary {
    /// Makes it a dictionary without values, of this id.
    pub(super) fn clear(&mut self, id: u64) {
        self.spans.clear();
        self.spans.push((0, 0));
        self.numbers.clear();
        self.rendered = OnceCell::new();
        self.id = id;
    }

    /// The id of the empty text, for rows that are null.
    pub(super) fn null_id(&self) -> u32 {
        as_u32(self.spans.len().saturating_sub(1))
    }

    /// Decodes its `count` values from `bytes`, which the caller has filled.
    ///
    /// # Errors
    /// The bytes end before `count` values, or a value is not read.
    pub(super) fn decode(
        &mut self,
        count: usize,
        column_type: ColumnType,
        id: u64,
    ) -> Result<(), ParquetInputError> {
        self.clear(id);
        let Dictionary { bytes, spans, numbers: found, .. } = self;
        match (column_type.logical, column_type.physical) {
            (_, Physical::Boolean) => return Err(ParquetInputError::corrupt("a dictionary of truths")),
            (Logical::Text, _) => {
                spans.clear();
                byte_arrays(bytes, 0, count, spans)?;
                spans.push((0, 0));
            }
            (Logical::Number(_), Physical::ByteArray) => {
                spans.clear();
                byte_arrays(bytes, 0, count, spans)?;
                for (start, end) in spans.drain(..) {
                    found.push(number_bytes(number(&bytes[start as usize..end as usize], column_type)?));
                }
            }
            (Logical::Number(_), _) => {
                numbers(bytes, 0, count, column_type, found)?;
            }
        }
        Ok(())
    }

    /// The text of a value of a numeric dictionary; all texts are rendered at the first call.
    pub(super) fn rendered(&self, id: u32, number_type: NumberType) -> (&[u8], CellKind) {
        self.rendered.get_or_init(|| DictionaryTexts::new(&self.numbers, number_type)).get(id as usize)
    }
}

/// Appends the spans of `count` byte arrays from `at` on; a byte array has its length before it. Returns the end of the last one.
///
/// # Errors
/// The page ends before `count` byte arrays.
pub(super) fn byte_arrays(
    page: &[u8],
    mut at: usize,
    count: usize,
    spans: &mut Vec<ByteSpan>,
) -> Result<usize, ParquetInputError> {
    let mut length = (u32::MAX.to_le_bytes(), u32::MAX as usize);
    for _ in 0..count {
        let stored = page.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or_else(ends_early)?;
        // Ids of subscriptions and partners mostly have one length. The branch predicts that this value is as long as the one before, so that
        // the next value is found without waiting for this length to be loaded.
        if *stored != length.0 {
            length = new_length(*stored);
        }
        let start = at + 4;
        let end = start.checked_add(length.1).filter(|end| *end <= page.len()).ok_or_else(ends_early)?;
        spans.push((as_u32(start), as_u32(end)));
        at = end;
    }
    Ok(at)
}

/// A length as stored, and as a number. Kept out of line, so that the compiler does not turn the branch of the caller
/// into a data dependency.
#[cold]
#[inline(never)]
fn new_length(stored: [u8; 4]) -> ([u8; 4], usize) {
    (stored, u32::from_le_bytes(stored) as usize)
}

/// Appends `count` numbers of one width, from `at` on. Returns where they end.
///
/// # Errors
/// The page ends before `count` numbers, or a number is not read.
pub(super) fn numbers(
    page: &[u8],
    at: usize,
    count: usize,
    column_type: ColumnType,
    out: &mut Vec<NumberBytes>,
) -> Result<usize, ParquetInputError> {
    let width = column_type.physical.width();
    let page = fixed_width_bytes(page, at, count, column_type)?;
    // The common types have loops of their own, which the compiler vectorises.
    match (column_type.physical, column_type.is_unsigned()) {
        (Physical::Int64, false) => {
            out.extend(page.chunks_exact(8).map(|b| number_bytes(i64::from_le_bytes(array(b)).into())));
        }
        (Physical::Int32, false) => {
            out.extend(page.chunks_exact(4).map(|b| number_bytes(i32::from_le_bytes(array(b)).into())));
        }
        (Physical::FixedLenByteArray(16), false) => {
            out.extend(page.chunks_exact(16).map(|b| number_bytes(i128::from_be_bytes(array(b)))));
        }
        _ => {
            for bytes in page.chunks_exact(width) {
                out.push(number_bytes(number(bytes, column_type)?));
            }
        }
    }
    Ok(at + page.len())
}

/// The bytes of `count` numbers of one width, from `at` on.
///
/// # Errors
/// The page ends before `count` numbers.
pub(super) fn fixed_width_bytes(
    page: &[u8],
    at: usize,
    count: usize,
    column_type: ColumnType,
) -> Result<&[u8], ParquetInputError> {
    let end = count.checked_mul(column_type.physical.width()).and_then(|bytes| at.checked_add(bytes));
    let end = end.filter(|end| *end <= page.len()).ok_or_else(ends_early)?;
    Ok(&page[at..end])
}

pub(super) fn number_bytes(number: i128) -> NumberBytes {
    number.to_le_bytes()
}

/// The lower 32 bits of a number.
pub(super) fn low_half(number: i64) -> [u8; 4] {
    array(&number.to_le_bytes()[..4])
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("bytes of one width")
}

/// Nanoseconds of a day, and the Julian day of 1970-01-01.
const DAY_NANOS: i128 = 86_400_000_000_000;
const JULIAN_1970: i128 = 2_440_588;

/// The number in the bytes of one value: an integer or decimal as it is, a float as its bits, an INT96 as nanoseconds
/// since 1970-01-01, a UUID as its 128 bits.
///
/// # Errors
/// A decimal is over 128 bits.
pub(super) fn number(bytes: &[u8], column_type: ColumnType) -> Result<i128, ParquetInputError> {
    let is_unsigned = column_type.is_unsigned();
    Ok(match column_type.physical {
        Physical::Int32 if is_unsigned => u32::from_le_bytes(array(bytes)).into(),
        Physical::Int32 => i32::from_le_bytes(array(bytes)).into(),
        Physical::Float => u32::from_le_bytes(array(bytes)).into(),
        Physical::Int64 if is_unsigned => u64::from_le_bytes(array(bytes)).into(),
        Physical::Int64 => i64::from_le_bytes(array(bytes)).into(),
        Physical::Double => u64::from_le_bytes(array(bytes)).into(),
        Physical::Int96 => {
            let nanos = i64::from_le_bytes(array(&bytes[..8]));
            let day = i32::from_le_bytes(array(&bytes[8..]));
            (i128::from(day) - JULIAN_1970) * DAY_NANOS + i128::from(nanos)
        }
        Physical::FixedLenByteArray(16) => i128::from_be_bytes(array(bytes)),
        // A decimal, big-endian two's complement of any length: the last 16 bytes are the number if all bytes before
        // them only extend its sign. A UUID has exactly 16 bytes, as above.
        Physical::ByteArray | Physical::FixedLenByteArray(_) => {
            let (high, low) = bytes.split_at(bytes.len().saturating_sub(16));
            let is_negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
            let sign_byte = if is_negative { 0xff } else { 0 };
            let mut all = [sign_byte; 16];
            all[16 - low.len()..].copy_from_slice(low);
            let number = i128::from_be_bytes(all);
            if high.iter().any(|byte| *byte != sign_byte) || (!high.is_empty() && (number < 0) != is_negative)
            {
                let found = "a number of more than 38 digits";
                return Err(ParquetInputError::unsupported(found, "write it with fewer digits"));
            }
            number
        }
        Physical::Boolean => unreachable!("booleans are decoded bit by bit"),
    })
}
