//! Tokenizer of the rows of a sheet on the fast path. Comes in: whole rows of XML. Goes out: cells. Any other form,
//! valid or not, is [`NeedsFallback`]: calamine decides on it. It resolves no shared string and no style.
//!
//! The form: every row and cell says where it is, in order; a cell has a value and nothing else. Two forms of a cell are told apart by their
//! first bytes: without blanks between elements and entities in text, as most programs write, and with them. Comments and escapes are neither.

use memchr::memchr;

use super::entities::unescape;
use crate::base::limits;

/// The sheet or the shared strings are not in the form of the fast path: calamine reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NeedsFallback;

/// A cell of the fast path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SheetCell<'t> {
    /// From 0.
    pub(super) row: u32,
    /// From 0.
    pub(super) column: u32,
    /// The index of its style. **Absent**: it has none; a number is shown as a number.
    pub(super) style: Option<u32>,
    pub(super) value: SheetValue<'t>,
}

/// The value of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SheetValue<'t> {
    Empty,
    /// A decimal number in ASCII as it stands in the XML; its style may make it a date.
    Number(&'t [u8]),
    /// An index into the shared strings.
    SharedString(u32),
    Text(&'t str),
    /// A text with entities, which [`unescape`](super::entities::unescape) decodes.
    EscapedText(&'t str),
    Bool(bool),
}

/// Most bytes of a text, and of the attributes of a row.
pub(super) const TEXT_BYTES: usize = 1 << 20;
const ROW_TAG_BYTES: usize = 4096;
/// Style indexes are below this: packed cells have 16 bits for them.
const STYLES: u32 = 1 << 16;
/// Most bytes of a number; a double has 17 digits.
const NUMBER_BYTES: usize = 40;

/// Calls `each` for the cells of whole rows. `last` is the number of the row before, from 1, and becomes the number of the last row read.
/// Returns how many bytes were used: all, or the bytes up to the end of the rows.
///
/// # Errors
/// The text is not in the form of the fast path, or `each` fails.
pub(super) fn rows<'t, E: From<NeedsFallback>>(
    text: &'t [u8],
    last: &mut u32,
    each: &mut impl FnMut(SheetCell<'t>) -> Result<(), E>,
) -> Result<usize, E> {
    let mut cursor = Cursor { rest: text };
    while !cursor.rest.is_empty() {
        if cursor.rest.starts_with(b"</sheetData>") {
            break;
        }
        if cursor.skip_blanks() {
            continue;
        }
        let row = cursor.row(*last)?;
        *last = row.number;
        if row.is_empty {
            continue;
        }
        let mut next_column = 0;
        while !cursor.eat(b"</row>") {
            if cursor.skip_blanks() {
                continue;
            }
            let cell = cursor.cell(row, next_column)?;
            next_column = cell.column + 1;
            each(cell)?;
        }
    }
    Ok(text.len() - cursor.rest.len())
}

/// The start tag of a row.
#[derive(Clone, Copy)]
struct RowTag {
    /// From 1.
    number: u32,
    reference: RowReference,
    is_empty: bool,
}

/// The row number in the references of its cells, such as the 12 of `B12`, and the closing quote: up to eight bytes
/// in one word, the first byte lowest. Comparing the word checks the row number of a cell without parsing it.
#[derive(Clone, Copy)]
struct RowReference {
    bytes: u64,
    /// Ones where the word has bytes.
    mask: u64,
    length: usize,
}

impl RowReference {
    /// `digits`: at most seven.
    fn new(digits: &[u8]) -> RowReference {
        let bytes = digits.iter().rev().fold(u64::from(b'"'), |bytes, digit| bytes << 8 | u64::from(*digit));
        let length = digits.len() + 1;
        RowReference { bytes, mask: u64::MAX >> (64 - 8 * length), length }
    }
}

struct Cursor<'t> {
    rest: &'t [u8],
}

impl<'t> Cursor<'t> {
    /// Skips `word` if it comes next. Returns whether it did.
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

    /// Skips blanks. Returns whether there were some.
    #[inline(always)]
    fn skip_blanks(&mut self) -> bool {
        let is_blank = self.rest.first().is_some_and(u8::is_ascii_whitespace);
        if is_blank {
            self.rest = self.rest.trim_ascii_start();
        }
        is_blank
    }

    #[inline(always)]
    fn expect<const N: usize>(&mut self, word: &[u8; N]) -> Result<(), NeedsFallback> {
        if self.eat(word) { Ok(()) } else { Err(NeedsFallback) }
    }

    #[inline(always)]
    fn take(&mut self, count: usize) -> &'t [u8] {
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        taken
    }

    /// A number of at most nine digits, so that it cannot overflow.
    #[inline(always)]
    fn number(&mut self) -> Result<u32, NeedsFallback> {
        let mut number = 0;
        let mut count = 0;
        while let Some(digit) = self.rest.get(count).filter(|byte| byte.is_ascii_digit()) {
            if count == 9 {
                return Err(NeedsFallback);
            }
            number = number * 10 + u32::from(digit - b'0');
            count += 1;
        }
        if count == 0 {
            return Err(NeedsFallback);
        }
        self.rest = &self.rest[count..];
        Ok(number)
    }

    /// The start tag of a row. Attributes other than `r` are skipped.
    fn row(&mut self, last: u32) -> Result<RowTag, NeedsFallback> {
        self.expect(b"<row r=\"")?;
        let before = self.rest;
        let number = self.number()?;
        let digits = &before[..before.len() - self.rest.len()];
        if digits[0] == b'0' || number <= last || number > limits::SHEET_ROWS {
            return Err(NeedsFallback);
        }
        self.expect(b"\"")?;
        let end = memchr(b'>', self.rest).filter(|end| *end <= ROW_TAG_BYTES).ok_or(NeedsFallback)?;
        let attributes = self.take(end);
        self.rest = &self.rest[1..];
        // `>` must be the end of the tag: quotes come in pairs, and nothing needs decoding.
        let quotes = attributes.iter().filter(|byte| **byte == b'"').count();
        let is_plain = !attributes.iter().any(|byte| matches!(byte, b'<' | b'\'' | b'&'));
        if !quotes.is_multiple_of(2) || !is_plain || !attributes.is_ascii() {
            return Err(NeedsFallback);
        }
        Ok(RowTag { number, reference: RowReference::new(digits), is_empty: attributes.ends_with(b"/") })
    }

    #[inline]
    fn cell(&mut self, row: RowTag, next_column: u32) -> Result<SheetCell<'t>, NeedsFallback> {
        self.expect(b"<c r=\"")?;
        // The column letters: a number in base 26 without zero, A = 1.
        let mut column = 0;
        while let Some((letter @ b'A'..=b'Z', rest)) = self.rest.split_first() {
            column = column * 26 + u32::from(letter - b'A') + 1;
            self.rest = rest;
            if column > limits::SHEET_COLUMNS {
                return Err(NeedsFallback);
            }
        }
        // Without letters, the column is 0.
        let column = column.checked_sub(1).filter(|column| *column >= next_column).ok_or(NeedsFallback)?;
        // Eight bytes are always left: a cell does not end in so few.
        let reference = u64::from_le_bytes(*self.rest.first_chunk().ok_or(NeedsFallback)?);
        if reference & row.reference.mask != row.reference.bytes {
            return Err(NeedsFallback);
        }
        self.rest = &self.rest[row.reference.length..];
        let mut style = None;
        if self.eat(b" s=\"") {
            style = Some(self.number()?).filter(|style| *style < STYLES);
            if style.is_none() {
                return Err(NeedsFallback);
            }
            self.expect(b"\"")?;
        }
        let start = self.rest;
        let value = match self.value() {
            Ok(value) => value,
            Err(NeedsFallback) => {
                self.rest = start;
                self.value_with_blanks()?
            }
        };
        Ok(SheetCell { row: row.number - 1, column, style, value })
    }

    /// The rest of a cell, from its type on. The forms are tried one after the other, common ones first.
    #[inline]
    fn value(&mut self) -> Result<SheetValue<'t>, NeedsFallback> {
        if self.eat(b"/>") {
            return Ok(SheetValue::Empty);
        }
        if self.eat(b" t=\"s\"><v>") {
            let place = self.number()?;
            self.expect(b"</v></c>")?;
            return Ok(SheetValue::SharedString(place));
        }
        if self.eat(b"><v>") || self.eat(b" t=\"n\"><v>") {
            let length = number_length(self.rest).ok_or(NeedsFallback)?;
            let number = self.take(length);
            self.expect(b"</v></c>")?;
            return Ok(SheetValue::Number(number));
        }
        if self.eat(b" t=\"inlineStr\"><is><t") {
            let keeps_blanks = self.eat(b" xml:space=\"preserve\"");
            self.expect(b">")?;
            let text = self.text()?;
            self.expect(b"</t></is></c>")?;
            return Ok(SheetValue::Text(if keeps_blanks {
                text
            } else {
                text.trim_matches([' ', '\t', '\n'])
            }));
        }
        if self.eat(b" t=\"str\"><v>") {
            let text = self.text()?;
            self.expect(b"</v></c>")?;
            return Ok(SheetValue::Text(text));
        }
        if self.eat(b" t=\"b\"><v>") {
            let truth = self.eat(b"1");
            if !truth {
                self.expect(b"0")?;
            }
            self.expect(b"</v></c>")?;
            return Ok(SheetValue::Bool(truth));
        }
        if self.eat(b"></c>") || self.eat(b" t=\"s\"/>") || self.eat(b" t=\"n\"/>") {
            return Ok(SheetValue::Empty);
        }
        Err(NeedsFallback)
    }

    /// The rest of a cell, from its type on, with blanks between elements, entities in its text, or without a value.
    #[cold]
    fn value_with_blanks(&mut self) -> Result<SheetValue<'t>, NeedsFallback> {
        let mut kind: &[u8] = b"n";
        if self.eat(b" t=\"") {
            let end = memchr(b'"', self.rest).ok_or(NeedsFallback)?;
            kind = self.take(end);
            self.expect(b"\"")?;
        }
        if !matches!(kind, b"n" | b"s" | b"str" | b"inlineStr" | b"b") {
            return Err(NeedsFallback);
        }
        if self.eat(b"/>") {
            return Ok(SheetValue::Empty);
        }
        self.expect(b">")?;
        self.skip_blanks();
        if self.eat(b"</c>") {
            return Ok(SheetValue::Empty);
        }
        let value = if kind == b"inlineStr" {
            self.expect(b"<is>")?;
            self.skip_blanks();
            self.expect(b"<t")?;
            let keeps_blanks = self.eat(b" xml:space=\"preserve\"");
            self.expect(b">")?;
            let text = self.escaped_text()?;
            self.expect(b"</t>")?;
            self.skip_blanks();
            self.expect(b"</is>")?;
            SheetValue::EscapedText(if keeps_blanks { text } else { text.trim_matches([' ', '\t', '\n']) })
        } else {
            self.expect(b"<v>")?;
            let value = match kind {
                b"s" => SheetValue::SharedString(self.number()?),
                b"str" => SheetValue::EscapedText(self.escaped_text()?),
                b"b" if self.eat(b"1") => SheetValue::Bool(true),
                b"b" => {
                    self.expect(b"0")?;
                    SheetValue::Bool(false)
                }
                _ => {
                    let length = number_length(self.rest).ok_or(NeedsFallback)?;
                    SheetValue::Number(self.take(length))
                }
            };
            self.expect(b"</v>")?;
            value
        };
        self.skip_blanks();
        self.expect(b"</c>")?;
        Ok(value)
    }

    /// Text up to the next tag, in which [`unescape`] decodes all entities.
    fn escaped_text(&mut self) -> Result<&'t str, NeedsFallback> {
        let end = memchr(b'<', self.rest).filter(|end| *end <= TEXT_BYTES).ok_or(NeedsFallback)?;
        let text = str::from_utf8(self.take(end)).map_err(|_| NeedsFallback)?;
        unescape(text)?;
        Ok(text)
    }

    /// Text up to the next tag. Entities (`&`), carriage returns and escapes (`_x`) need decoding, which the fallback
    /// does.
    fn text(&mut self) -> Result<&'t str, NeedsFallback> {
        let end = memchr(b'<', self.rest).filter(|end| *end <= TEXT_BYTES).ok_or(NeedsFallback)?;
        let text = self.take(end);
        let is_escaped = |(at, byte): (usize, &u8)| match byte {
            b'&' | b'\r' => true,
            b'_' => text.get(at + 1).is_some_and(|next| next.eq_ignore_ascii_case(&b'x')),
            _ => false,
        };
        if text.iter().enumerate().any(is_escaped) {
            return Err(NeedsFallback);
        }
        str::from_utf8(text).map_err(|_| NeedsFallback)
    }
}

/// The length of the decimal number at the beginning of a text: sign, digits, decimals, exponent. `None` if there is
/// none.
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
        // An exponent of more digits may be out of range of a double; one program writes a zero before two digits.
        let zeros = usize::from(text.get(digits) == Some(&b'0'));
        end = digits_from(digits).filter(|end| *end <= digits + 2 + zeros)?;
    }
    (end <= NUMBER_BYTES).then_some(end)
}
