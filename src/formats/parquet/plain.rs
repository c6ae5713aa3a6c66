//! Values as they stand in a page one after the other, and dictionaries, which stand so too. Comes in: bytes. Goes out: where texts
//! stand, and numbers.

use std::cell::OnceCell;
use std::sync::atomic::{AtomicU64, Ordering};

use super::cells::Rendered;
use super::fault::ParquetFault;
use super::shape::{Meaning, Number, Shape, Stored};
use crate::formats::row::CellKind;

/// Where a text stands in its buffer.
pub(super) type Span = (u32, u32);
/// A number of 128 bits, little end first.
pub(super) type Bits = [u8; 16];

/// The values that numbers choose from.
#[derive(Default)]
pub(super) struct Dictionary {
    pub(super) bytes: Vec<u8>,
    /// Of texts; the last is blank, for rows that have none.
    pub(super) spans: Vec<Span>,
    pub(super) numbers: Vec<Bits>,
    rendered: OnceCell<Rendered>,
    /// No other dictionary of the run has this number.
    pub(super) serial: u64,
}

/// Dictionaries of this run.
static DICTIONARIES: AtomicU64 = AtomicU64::new(0);

pub(super) fn ends_early() -> ParquetFault {
    ParquetFault::corrupt("a page ends before its values")
}

pub(super) fn small(number: usize) -> u32 {
    u32::try_from(number).expect("a page is smaller than 4 GiB")
}

impl Dictionary {
    /// It has no values.
    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.spans.push((0, 0));
        self.numbers.clear();
        self.rendered = OnceCell::new();
        self.serial = DICTIONARIES.fetch_add(1, Ordering::Relaxed);
    }

    /// The number of the blank text.
    pub(super) fn blank(&self) -> u32 {
        small(self.spans.len().saturating_sub(1))
    }

    /// Finds its `count` values in its bytes.
    pub(super) fn read(&mut self, count: usize, shape: Shape) -> Result<(), ParquetFault> {
        self.clear();
        let Dictionary { bytes, spans, numbers: found, .. } = self;
        match (shape.meaning, shape.stored) {
            (_, Stored::Bit) => return Err(ParquetFault::corrupt("a dictionary of truths")),
            (Meaning::Text, _) => {
                spans.clear();
                texts(bytes, 0, count, spans)?;
                spans.push((0, 0));
            }
            (Meaning::Number(_), Stored::Bytes) => {
                spans.clear();
                texts(bytes, 0, count, spans)?;
                for (start, end) in spans.drain(..) {
                    found.push(bits(number(&bytes[start as usize..end as usize], shape)?));
                }
            }
            (Meaning::Number(_), _) => {
                numbers(bytes, 0, count, shape, found)?;
            }
        }
        Ok(())
    }

    /// The text of a number.
    pub(super) fn rendered(&self, choice: u32, meaning: Number) -> (&[u8], CellKind) {
        self.rendered.get_or_init(|| Rendered::new(&self.numbers, meaning)).get(choice as usize)
    }
}

/// The spans of `count` texts, each with its length before it, from `at` on; returns where they end.
pub(super) fn texts(
    page: &[u8],
    mut at: usize,
    count: usize,
    spans: &mut Vec<Span>,
) -> Result<usize, ParquetFault> {
    let mut length = (u32::MAX.to_le_bytes(), u32::MAX as usize);
    for _ in 0..count {
        let told = page.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or_else(ends_early)?;
        // Ids have one length: then the place of the next is known before this one's length has come from memory.
        if *told != length.0 {
            length = another_length(*told);
        }
        let start = at + 4;
        let end = start.checked_add(length.1).filter(|end| *end <= page.len()).ok_or_else(ends_early)?;
        spans.push((small(start), small(end)));
        at = end;
    }
    Ok(at)
}

/// A length as it stands, and as a number.
#[cold]
#[inline(never)]
fn another_length(told: [u8; 4]) -> ([u8; 4], usize) {
    (told, u32::from_le_bytes(told) as usize)
}

/// `count` numbers of one width, from `at` on; returns where they end.
pub(super) fn numbers(
    page: &[u8],
    at: usize,
    count: usize,
    shape: Shape,
    out: &mut Vec<Bits>,
) -> Result<usize, ParquetFault> {
    let width = shape.stored.width();
    let page = fixed_bytes(page, at, count, shape)?;
    match (shape.stored, shape.is_unsigned()) {
        (Stored::Int64, false) => {
            out.extend(page.chunks_exact(8).map(|b| bits(i64::from_le_bytes(fixed(b)).into())));
        }
        (Stored::Int32, false) => {
            out.extend(page.chunks_exact(4).map(|b| bits(i32::from_le_bytes(fixed(b)).into())));
        }
        (Stored::Fixed(16), false) => {
            out.extend(page.chunks_exact(16).map(|b| bits(i128::from_be_bytes(fixed(b)))));
        }
        _ => {
            for bytes in page.chunks_exact(width) {
                out.push(bits(number(bytes, shape)?));
            }
        }
    }
    Ok(at + page.len())
}

/// The bytes of `count` numbers of one width, from `at` on.
pub(super) fn fixed_bytes(page: &[u8], at: usize, count: usize, shape: Shape) -> Result<&[u8], ParquetFault> {
    let end = count.checked_mul(shape.stored.width()).and_then(|bytes| at.checked_add(bytes));
    let end = end.filter(|end| *end <= page.len()).ok_or_else(ends_early)?;
    Ok(&page[at..end])
}

pub(super) fn bits(number: i128) -> Bits {
    number.to_le_bytes()
}

/// The low half of a number.
pub(super) fn low(number: i64) -> [u8; 4] {
    fixed(&number.to_le_bytes()[..4])
}

fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("bytes of one width")
}

/// Nanoseconds of a day, and days from the first of the Julian calendar to 1970.
const DAY_NANOS: i128 = 86_400_000_000_000;
const JULIAN_1970: i128 = 2_440_588;

/// The number in the bytes of one value.
pub(super) fn number(bytes: &[u8], shape: Shape) -> Result<i128, ParquetFault> {
    let is_unsigned = shape.is_unsigned();
    Ok(match shape.stored {
        Stored::Int32 if is_unsigned => u32::from_le_bytes(fixed(bytes)).into(),
        Stored::Int32 => i32::from_le_bytes(fixed(bytes)).into(),
        Stored::Float => u32::from_le_bytes(fixed(bytes)).into(),
        Stored::Int64 if is_unsigned => u64::from_le_bytes(fixed(bytes)).into(),
        Stored::Int64 => i64::from_le_bytes(fixed(bytes)).into(),
        Stored::Double => u64::from_le_bytes(fixed(bytes)).into(),
        Stored::Int96 => {
            let nanos = i64::from_le_bytes(fixed(&bytes[..8]));
            let day = i32::from_le_bytes(fixed(&bytes[8..]));
            (i128::from(day) - JULIAN_1970) * DAY_NANOS + i128::from(nanos)
        }
        Stored::Fixed(16) => i128::from_be_bytes(fixed(bytes)),
        // A decimal, its big end first; a UUID has exactly these bytes.
        Stored::Bytes | Stored::Fixed(_) => {
            let (head, tail) = bytes.split_at(bytes.len().saturating_sub(16));
            let is_negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
            let filling = if is_negative { 0xff } else { 0 };
            let mut all = [filling; 16];
            all[16 - tail.len()..].copy_from_slice(tail);
            let number = i128::from_be_bytes(all);
            if head.iter().any(|byte| *byte != filling) || (!head.is_empty() && (number < 0) != is_negative) {
                let found = "a number of more than 38 digits";
                return Err(ParquetFault::unsupported(found, "write it with fewer digits"));
            }
            number
        }
        Stored::Bit => unreachable!("truths are read bit by bit"),
    })
}
