//! Rows of a sheet, in the form in which the usual programs write them. Comes in: whole rows of XML. Goes out: cells. What has
//! any other form, correct or not, is [`Unusual`]: the workbook library decides on it.
//!
//! The form: every row and cell says where it stands, in order, without blanks or comments between elements; a cell has a value
//! and nothing else; text holds no entities and no escapes.

use memchr::memchr;

use crate::base::limits;

/// Something that is left to the workbook library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unusual;

/// A cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UsualCell<'t> {
    /// From 0.
    pub(super) row: u32,
    /// From 0.
    pub(super) column: u32,
    /// Its place among the styles. **Absent**: none, which shows a number as it is.
    pub(super) style: Option<u32>,
    pub(super) value: Value<'t>,
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'t> {
    Nothing,
    /// A decimal number in ASCII, as it stands; perhaps a moment, by its style.
    Number(&'t [u8]),
    /// A place among the shared texts.
    Shared(u32),
    Text(&'t str),
    Truth(bool),
}

/// Bytes of a text, and of the attributes of a row, that are usual.
pub(super) const TEXT_BYTES: usize = 1 << 20;
const ROW_TAG_BYTES: usize = 4096;
/// Styles are numbered below this.
const STYLES: u32 = 1 << 16;
/// Digits of a number that is usual; a double has 17.
const NUMBER_BYTES: usize = 40;

/// Calls `each` for the cells of whole rows. `last` is the row (from 1) before them, and becomes the last of them. Returns where
/// it stopped: at the end of the text, or at that of all rows.
pub(super) fn rows<'t, E: From<Unusual>>(
    text: &'t [u8],
    last: &mut u32,
    each: &mut impl FnMut(UsualCell<'t>) -> Result<(), E>,
) -> Result<usize, E> {
    let mut cursor = Cursor { rest: text };
    while !cursor.rest.is_empty() {
        if cursor.rest.starts_with(b"</sheetData>") {
            break;
        }
        let row = cursor.row(*last)?;
        *last = row.number;
        if row.is_empty {
            continue;
        }
        let mut next_column = 0;
        while !cursor.eat(b"</row>") {
            let cell = cursor.cell(row, next_column)?;
            next_column = cell.column + 1;
            each(cell)?;
        }
    }
    Ok(text.len() - cursor.rest.len())
}

/// The start of a row.
#[derive(Clone, Copy)]
struct RowTag {
    /// From 1.
    number: u32,
    name: RowName,
    is_empty: bool,
}

/// How cells of a row call it: its digits and a quote, at most eight bytes, the first in the lowest place.
#[derive(Clone, Copy)]
struct RowName {
    bytes: u64,
    /// Ones in the places of its bytes.
    mask: u64,
    length: usize,
}

impl RowName {
    /// Of at most seven digits.
    fn new(digits: &[u8]) -> RowName {
        let bytes = digits.iter().rev().fold(u64::from(b'"'), |bytes, digit| bytes << 8 | u64::from(*digit));
        let length = digits.len() + 1;
        RowName { bytes, mask: u64::MAX >> (64 - 8 * length), length }
    }
}

struct Cursor<'t> {
    rest: &'t [u8],
}

impl<'t> Cursor<'t> {
    /// Passes over `word`, if it comes next.
    #[inline(always)]
    fn eat<const N: usize>(&mut self, word: &[u8; N]) -> bool {
        match self.rest.split_first_chunk() {
            Some((first, rest)) if first == word => {
                self.rest = rest;
                true
            }
            Some(_) | None => false,
        }
    }

    #[inline(always)]
    fn expect<const N: usize>(&mut self, word: &[u8; N]) -> Result<(), Unusual> {
        if self.eat(word) { Ok(()) } else { Err(Unusual) }
    }

    #[inline(always)]
    fn take(&mut self, count: usize) -> &'t [u8] {
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        taken
    }

    /// A number of at most nine digits.
    #[inline(always)]
    fn number(&mut self) -> Result<u32, Unusual> {
        let mut number = 0;
        let mut count = 0;
        while let Some(digit) = self.rest.get(count).filter(|byte| byte.is_ascii_digit()) {
            if count == 9 {
                return Err(Unusual);
            }
            number = number * 10 + u32::from(digit - b'0');
            count += 1;
        }
        if count == 0 {
            return Err(Unusual);
        }
        self.rest = &self.rest[count..];
        Ok(number)
    }

    fn row(&mut self, last: u32) -> Result<RowTag, Unusual> {
        self.expect(b"<row r=\"")?;
        let before = self.rest;
        let number = self.number()?;
        let digits = &before[..before.len() - self.rest.len()];
        if digits[0] == b'0' || number <= last || number > limits::SHEET_ROWS {
            return Err(Unusual);
        }
        self.expect(b"\"")?;
        let end = memchr(b'>', self.rest).filter(|end| *end <= ROW_TAG_BYTES).ok_or(Unusual)?;
        let attributes = self.take(end);
        self.rest = &self.rest[1..];
        let quotes = attributes.iter().filter(|byte| **byte == b'"').count();
        let is_plain = !attributes.iter().any(|byte| matches!(byte, b'<' | b'\'' | b'&'));
        if !quotes.is_multiple_of(2) || !is_plain || !attributes.is_ascii() {
            return Err(Unusual);
        }
        Ok(RowTag { number, name: RowName::new(digits), is_empty: attributes.ends_with(b"/") })
    }

    #[inline]
    fn cell(&mut self, row: RowTag, next_column: u32) -> Result<UsualCell<'t>, Unusual> {
        self.expect(b"<c r=\"")?;
        let mut column = 0;
        while let Some((letter @ b'A'..=b'Z', rest)) = self.rest.split_first() {
            column = column * 26 + u32::from(letter - b'A') + 1;
            self.rest = rest;
            if column > limits::SHEET_COLUMNS {
                return Err(Unusual);
            }
        }
        // Letters of nothing make 0.
        let column = column.checked_sub(1).filter(|column| *column >= next_column).ok_or(Unusual)?;
        // A cell never ends in so few bytes.
        let name = u64::from_le_bytes(*self.rest.first_chunk().ok_or(Unusual)?);
        if name & row.name.mask != row.name.bytes {
            return Err(Unusual);
        }
        self.rest = &self.rest[row.name.length..];
        let mut style = None;
        if self.eat(b" s=\"") {
            style = Some(self.number()?).filter(|style| *style < STYLES);
            if style.is_none() {
                return Err(Unusual);
            }
            self.expect(b"\"")?;
        }
        let value = self.value()?;
        Ok(UsualCell { row: row.number - 1, column, style, value })
    }

    /// The rest of a cell, from its type on.
    #[inline]
    fn value(&mut self) -> Result<Value<'t>, Unusual> {
        if self.eat(b"/>") {
            return Ok(Value::Nothing);
        }
        if self.eat(b" t=\"s\"><v>") {
            let place = self.number()?;
            self.expect(b"</v></c>")?;
            return Ok(Value::Shared(place));
        }
        if self.eat(b"><v>") || self.eat(b" t=\"n\"><v>") {
            let length = number_length(self.rest).ok_or(Unusual)?;
            let number = self.take(length);
            self.expect(b"</v></c>")?;
            return Ok(Value::Number(number));
        }
        if self.eat(b" t=\"inlineStr\"><is><t") {
            let keeps_blanks = self.eat(b" xml:space=\"preserve\"");
            self.expect(b">")?;
            let text = self.text()?;
            self.expect(b"</t></is></c>")?;
            return Ok(Value::Text(if keeps_blanks { text } else { text.trim_matches([' ', '\t', '\n']) }));
        }
        if self.eat(b" t=\"str\"><v>") {
            let text = self.text()?;
            self.expect(b"</v></c>")?;
            return Ok(Value::Text(text));
        }
        if self.eat(b" t=\"b\"><v>") {
            let truth = self.eat(b"1");
            if !truth {
                self.expect(b"0")?;
            }
            self.expect(b"</v></c>")?;
            return Ok(Value::Truth(truth));
        }
        if self.eat(b"></c>") || self.eat(b" t=\"s\"/>") || self.eat(b" t=\"n\"/>") {
            return Ok(Value::Nothing);
        }
        Err(Unusual)
    }

    /// Text up to the next tag, without anything that stands for something else.
    fn text(&mut self) -> Result<&'t str, Unusual> {
        let end = memchr(b'<', self.rest).filter(|end| *end <= TEXT_BYTES).ok_or(Unusual)?;
        let text = self.take(end);
        let is_escaped = |(at, byte): (usize, &u8)| match byte {
            b'&' | b'\r' => true,
            b'_' => text.get(at + 1).is_some_and(|next| next.eq_ignore_ascii_case(&b'x')),
            _ => false,
        };
        if text.iter().enumerate().any(is_escaped) {
            return Err(Unusual);
        }
        str::from_utf8(text).map_err(|_| Unusual)
    }
}

/// The length of the decimal number at the beginning of a text. `None`: there is none.
#[inline]
fn number_length(text: &[u8]) -> Option<usize> {
    let digits_from = |start: usize| {
        let rest = text.get(start..)?;
        let count = rest.iter().take(NUMBER_BYTES).take_while(|byte| byte.is_ascii_digit()).count();
        (count > 0).then_some(start + count)
    };
    let mut end = digits_from(usize::from(text.first() == Some(&b'-')))?;
    if text.get(end) == Some(&b'.') {
        end = digits_from(end + 1)?;
    }
    if let Some(b'e' | b'E') = text.get(end) {
        let digits = end + 1 + usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        // More than two digits may be past what a double can hold.
        end = digits_from(digits).filter(|end| *end <= digits + 2)?;
    }
    (end <= NUMBER_BYTES).then_some(end)
}
