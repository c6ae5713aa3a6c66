//! Packed cells: the cells of a sheet on the fast path in few bytes, cached from the preflight until the rows are
//! read, so that the sheet is expanded once. Comes in: cells in the order of the sheet. Goes out: chunks of whole
//! rows, and the items in them. Empty cells are left out. It resolves no shared string and no style.
//!
//! A chunk is a sequence of items. The first byte of an item is its tag; where a number of 24 bits follows, tag and
//! number are one little-endian word.

use super::entities::unescape;
use super::tokens::{SheetCell, SheetValue};

/// A chunk is complete from this size on, plus room for its last row.
const CHUNK_BYTES: usize = 128 << 10;
const LAST_ROW_BYTES: usize = 4 << 10;

// Tags of items.
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
pub(super) struct PackedChunk(Vec<u8>);

/// An item of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PackedItem<'k> {
    /// A row begins: its number, from 0. The next cell is in the first column.
    Row(u32),
    /// The column of the next cell, from 0. Left out if it is right of the cell before.
    Column(u32),
    SharedString(u32),
    /// The style, if any, and the decimal text.
    Number(Option<u32>, &'k [u8]),
    Text(&'k [u8]),
    Bool(bool),
}

/// Packs cells into chunks.
#[derive(Debug, Default)]
pub(super) struct CellPacker {
    chunk: Vec<u8>,
    row: Option<u32>,
    next_column: u32,
}

impl CellPacker {
    /// Packs a cell. If it begins a row and the rows before it fill a chunk, returns that chunk, which this cell has
    /// completed; the cell itself is in the next chunk.
    #[inline]
    pub(super) fn push(&mut self, cell: &SheetCell<'_>) -> Option<PackedChunk> {
        if cell.value == SheetValue::Empty {
            return None;
        }
        let mut completed = None;
        if self.row != Some(cell.row) {
            if self.chunk.len() >= CHUNK_BYTES {
                completed = Some(self.finish());
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
            SheetValue::Empty => {}
            SheetValue::SharedString(index) if index < 1 << 24 => self.word(SHARED, index),
            SheetValue::SharedString(index) => {
                self.chunk.push(SHARED_WIDE);
                self.chunk.extend_from_slice(&index.to_le_bytes());
            }
            SheetValue::Number(number) => {
                let len = u8::try_from(number.len()).expect("a number of the fast path is short");
                match cell.style {
                    None => self.chunk.extend_from_slice(&[NUMBER, len]),
                    Some(style) => {
                        let [low, high, ..] = style.to_le_bytes();
                        self.chunk.extend_from_slice(&[STYLED, len, low, high]);
                    }
                }
                self.chunk.extend_from_slice(number);
            }
            SheetValue::Text(text) => self.text(text),
            SheetValue::EscapedText(text) => {
                self.text(&unescape(text).expect("the tokenizer has decoded it"));
            }
            SheetValue::Bool(truth) => self.chunk.push(if truth { TRUE } else { FALSE }),
        }
        completed
    }

    /// The rows since the last completed chunk. To be called at the end.
    pub(super) fn finish(&mut self) -> PackedChunk {
        PackedChunk(std::mem::take(&mut self.chunk))
    }

    fn text(&mut self, text: &str) {
        self.word(TEXT, u32::try_from(text.len()).expect("a text of the fast path is short"));
        self.chunk.extend_from_slice(text.as_bytes());
    }

    /// Appends a tag and a number of at most 24 bits as one word.
    #[inline]
    fn word(&mut self, tag: u8, number: u32) {
        self.chunk.extend_from_slice(&(number << 8 | u32::from(tag)).to_le_bytes());
    }
}

impl PackedChunk {
    /// Bytes that the chunk takes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity()
    }

    /// The items of the chunk, in order.
    pub(super) fn items(&self) -> PackedItems<'_> {
        PackedItems { rest: &self.0 }
    }
}

/// Iterates over the items of a chunk.
pub(super) struct PackedItems<'k> {
    rest: &'k [u8],
}

impl<'k> PackedItems<'k> {
    #[inline]
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.rest.split_first_chunk().expect("it is as it was packed");
        self.rest = rest;
        *taken
    }

    #[inline]
    fn slice(&mut self, len: usize) -> &'k [u8] {
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        taken
    }
}

impl<'k> Iterator for PackedItems<'k> {
    type Item = PackedItem<'k>;

    #[inline]
    fn next(&mut self) -> Option<PackedItem<'k>> {
        Some(match *self.rest.first()? {
            ROW => PackedItem::Row(u32::from_le_bytes(self.take()) >> 8),
            COLUMN => PackedItem::Column(u32::from_le_bytes(self.take()) >> 8),
            SHARED => PackedItem::SharedString(u32::from_le_bytes(self.take()) >> 8),
            SHARED_WIDE => {
                let [_, index @ ..] = self.take::<5>();
                PackedItem::SharedString(u32::from_le_bytes(index))
            }
            NUMBER => {
                let [_, len] = self.take();
                PackedItem::Number(None, self.slice(len.into()))
            }
            STYLED => {
                let [_, len, low, high] = self.take();
                let style = u16::from_le_bytes([low, high]);
                PackedItem::Number(Some(style.into()), self.slice(len.into()))
            }
            TEXT => {
                let len = u32::from_le_bytes(self.take()) >> 8;
                PackedItem::Text(self.slice(len as usize))
            }
            TRUE => {
                self.rest = &self.rest[1..];
                PackedItem::Bool(true)
            }
            FALSE => {
                self.rest = &self.rest[1..];
                PackedItem::Bool(false)
            }
            _ => unreachable!("it is as it was packed"),
        })
    }
}
