//! The cells of a usual sheet in few bytes, so that they are kept from the look-over until their rows are read, and the sheet is
//! expanded once. Comes in: cells in the order of the sheet. Goes out: chunks of whole rows, and what stands in them. What holds
//! nothing is left out.

use super::tokens::{UsualCell, Value};

/// A chunk is full from this size on, with a little room for its last row.
const CHUNK_BYTES: usize = 128 << 10;
const LAST_ROW_BYTES: usize = 4 << 10;

/// What comes next: the first byte says it. Where it is followed by a number of 24 bits, the two are one word.
const ROW: u8 = 0;
const COLUMN: u8 = 1;
const SHARED: u8 = 2;
/// Followed by a number of 32 bits.
const SHARED_WIDE: u8 = 3;
const NUMBER: u8 = 4;
/// A number with a style of 16 bits.
const STYLED: u8 = 5;
const TEXT: u8 = 6;
const TRUE: u8 = 7;
const FALSE: u8 = 8;

/// Whole rows of a sheet, packed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Chunk(Vec<u8>);

/// What stands in a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packed<'k> {
    /// The cells that follow are those of this row, from 0, and its first column on.
    Row(u32),
    /// The cell that follows stands in this column, from 0.
    Column(u32),
    Shared(u32),
    /// With its style.
    Number(Option<u32>, &'k [u8]),
    Text(&'k [u8]),
    Truth(bool),
}

/// Packs cells into chunks.
#[derive(Debug, Default)]
pub(super) struct Packer {
    chunk: Vec<u8>,
    row: Option<u32>,
    next_column: u32,
}

impl Packer {
    /// Takes the next cell. Returns the rows before it, if they fill a chunk.
    #[inline]
    pub(super) fn push(&mut self, cell: &UsualCell<'_>) -> Option<Chunk> {
        if cell.value == Value::Nothing {
            return None;
        }
        let mut full = None;
        if self.row != Some(cell.row) {
            if self.chunk.len() >= CHUNK_BYTES {
                full = Some(self.finish());
            }
            if self.chunk.capacity() == 0 {
                self.chunk.reserve_exact(CHUNK_BYTES + LAST_ROW_BYTES);
            }
            self.word(ROW, cell.row);
            (self.row, self.next_column) = (Some(cell.row), 0);
        }
        if self.next_column != cell.column {
            self.word(COLUMN, cell.column);
        }
        self.next_column = cell.column + 1;
        match cell.value {
            Value::Nothing => {}
            Value::Shared(place) if place < 1 << 24 => self.word(SHARED, place),
            Value::Shared(place) => {
                self.chunk.push(SHARED_WIDE);
                self.chunk.extend_from_slice(&place.to_le_bytes());
            }
            Value::Number(number) => {
                let length = u8::try_from(number.len()).expect("a usual number is short");
                match cell.style {
                    None => self.chunk.extend_from_slice(&[NUMBER, length]),
                    Some(style) => {
                        let [low, high, ..] = style.to_le_bytes();
                        self.chunk.extend_from_slice(&[STYLED, length, low, high]);
                    }
                }
                self.chunk.extend_from_slice(number);
            }
            Value::Text(text) => {
                self.word(TEXT, u32::try_from(text.len()).expect("a usual text is short"));
                self.chunk.extend_from_slice(text.as_bytes());
            }
            Value::Truth(truth) => self.chunk.push(if truth { TRUE } else { FALSE }),
        }
        full
    }

    /// The rows since the last chunk.
    pub(super) fn finish(&mut self) -> Chunk {
        Chunk(std::mem::take(&mut self.chunk))
    }

    /// `number` has at most 24 bits.
    #[inline]
    fn word(&mut self, what: u8, number: u32) {
        self.chunk.extend_from_slice(&(number << 8 | u32::from(what)).to_le_bytes());
    }
}

impl Chunk {
    /// Bytes that it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity()
    }

    /// What stands in it, in order.
    pub(super) fn unpacked(&self) -> Unpacked<'_> {
        Unpacked { rest: &self.0 }
    }
}

/// Goes through a chunk.
pub(super) struct Unpacked<'k> {
    rest: &'k [u8],
}

impl<'k> Unpacked<'k> {
    #[inline]
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.rest.split_first_chunk().expect("it is as it was packed");
        self.rest = rest;
        *taken
    }

    #[inline]
    fn slice(&mut self, length: usize) -> &'k [u8] {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }
}

impl<'k> Iterator for Unpacked<'k> {
    type Item = Packed<'k>;

    #[inline]
    fn next(&mut self) -> Option<Packed<'k>> {
        Some(match *self.rest.first()? {
            ROW => Packed::Row(u32::from_le_bytes(self.take()) >> 8),
            COLUMN => Packed::Column(u32::from_le_bytes(self.take()) >> 8),
            SHARED => Packed::Shared(u32::from_le_bytes(self.take()) >> 8),
            SHARED_WIDE => {
                let [_, place @ ..] = self.take::<5>();
                Packed::Shared(u32::from_le_bytes(place))
            }
            NUMBER => {
                let [_, length] = self.take();
                Packed::Number(None, self.slice(length.into()))
            }
            STYLED => {
                let [_, length, low, high] = self.take();
                let style = u16::from_le_bytes([low, high]);
                Packed::Number(Some(style.into()), self.slice(length.into()))
            }
            TEXT => {
                let length = u32::from_le_bytes(self.take()) >> 8;
                Packed::Text(self.slice(length as usize))
            }
            TRUE => {
                self.rest = &self.rest[1..];
                Packed::Truth(true)
            }
            FALSE => {
                self.rest = &self.rest[1..];
                Packed::Truth(false)
            }
            _ => unreachable!("it is as it was packed"),
        })
    }
}
