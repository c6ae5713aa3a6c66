//! Lines and byte offsets of records. Comes in: a text, and the line and the source offset of one of its bytes. Goes out: the place of
//! any later byte. Nothing is counted for records that need no place.

use std::cell::Cell;

use encoding_rs::GB18030;

use crate::base::place::RowPlace;
use crate::formats::decode::Encoding;

/// How bytes of the decoded text count as bytes of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OffsetUnit {
    /// The text is the source: UTF-8 or windows-1252.
    Byte,
    /// The source was UTF-16, and the text is its UTF-8 form.
    Utf16,
    /// The source was GB18030, and the text is its UTF-8 form.
    Gb18030,
}

impl OffsetUnit {
    pub(crate) fn of(encoding: Encoding) -> OffsetUnit {
        match encoding {
            Encoding::Utf16Le | Encoding::Utf16Be => OffsetUnit::Utf16,
            Encoding::Gb18030 => OffsetUnit::Gb18030,
            Encoding::Utf8 | Encoding::Utf8Bom | Encoding::Windows1252 => OffsetUnit::Byte,
        }
    }

    /// The number of source bytes that `text` was decoded from. **Unit**: bytes, after decompression.
    pub(crate) fn source_bytes(self, text: &[u8]) -> u64 {
        let count = match self {
            OffsetUnit::Byte => text.len(),
            // Each character has one byte that is no continuation byte (0b10xxxxxx), and takes one UTF-16 unit of two bytes; a
            // character of four UTF-8 bytes (lead byte 0xF0 or above) is a surrogate pair, which takes a second unit.
            OffsetUnit::Utf16 => {
                2 * text
                    .iter()
                    .map(|b| usize::from(b & 0xC0 != 0x80) + usize::from(*b >= 0xF0))
                    .sum::<usize>()
            }
            OffsetUnit::Gb18030 => String::from_utf8_lossy(text)
                .chars()
                .map(|character| if character.is_ascii() { 1 } else { gb18030_bytes(character) })
                .sum::<usize>(),
        };
        u64::try_from(count).expect("a text fits memory")
    }
}

/// The bytes of a character in GB18030.
fn gb18030_bytes(character: char) -> usize {
    GB18030.encode(character.encode_utf8(&mut [0; 4])).0.len()
}

/// The number of line feeds in `text`.
pub(crate) fn count_lines(text: &[u8]) -> u64 {
    u64::try_from(memchr::memchr_iter(b'\n', text).count()).expect("a text fits memory")
}

/// Converts byte positions of a text into lines and source offsets.
#[derive(Debug)]
pub(crate) struct Locator<'t> {
    text: &'t [u8],
    offset_unit: OffsetUnit,
    /// The position that was asked for last, its line and its source offset. Counting resumes there, so that locating all records
    /// of a text is linear in its length.
    last: Cell<(usize, u64, u64)>,
}

impl<'t> Locator<'t> {
    /// A locator for `text`, whose byte `start` is at source offset `offset`, on line `line`.
    pub(crate) fn new(
        text: &'t [u8],
        start: usize,
        offset: u64,
        line: u64,
        offset_unit: OffsetUnit,
    ) -> Locator<'t> {
        Locator { text, offset_unit, last: Cell::new((start, line, offset)) }
    }

    /// The place of byte `at` of the text. Positions are asked for in ascending order.
    pub(crate) fn place(&self, at: usize) -> RowPlace {
        let (last_at, last_line, last_offset) = self.last.get();
        let between = &self.text[last_at..at];
        let row = last_line + count_lines(between);
        let offset = last_offset + self.offset_unit.source_bytes(between);
        self.last.set((at, row, offset));
        RowPlace { row, byte_offset: Some(offset) }
    }
}
