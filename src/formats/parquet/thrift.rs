//! A look over the bytes of a footer before the library reads them: it takes memory for as many things as a list claims to
//! hold. Comes in: the bytes of a footer (Thrift, compact protocol). Goes out: what must be known beforehand.

use super::fault::ParquetFault;
use crate::base::limits;

/// What a look over a footer tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The whole file, or one of its columns, is encrypted.
    pub(super) is_encrypted: bool,
    /// Columns stand in other files: this one only lists them.
    pub(super) is_index_of_others: bool,
}

/// Which struct is being looked over, as far as that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    File,
    /// A column, or a group of columns, after which its own follow.
    Element,
    RowGroup,
    ColumnChunk,
    Other,
}

impl Of {
    /// What the structs in a field are.
    fn inner(self, field: i16) -> Of {
        match (self, field) {
            (Of::File, 2) => Of::Element,
            (Of::File, 4) => Of::RowGroup,
            (Of::RowGroup, 1) => Of::ColumnChunk,
            _ => Of::Other,
        }
    }
}

/// Structs stand in structs at most this deep in a footer.
const DEPTH: usize = 16;
/// Groups of columns stand in groups at most this deep: the library goes down into them by calling itself.
const GROUPS: usize = 64;

/// Looks over a footer.
pub(super) fn look_over(footer: &[u8]) -> Result<Seen, ParquetFault> {
    let mut look = Look { rest: footer, seen: Seen::default(), structs: 0, groups: Vec::new() };
    let made_sense = look.structure(Of::File, DEPTH);
    if look.structs > limits::PARQUET_FOOTER_STRUCTS {
        return Err(ParquetFault::too_large("its footer lists too many columns and row groups"));
    }
    made_sense.ok_or_else(|| ParquetFault::corrupt("its footer makes no sense"))?;
    Ok(look.seen)
}

struct Look<'f> {
    rest: &'f [u8],
    seen: Seen,
    structs: u64,
    /// Of each open group of columns, how many members are still to come.
    groups: Vec<u64>,
}

const STOP: u8 = 0;
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const STRUCT: u8 = 12;

/// `None` throughout: the bytes make no sense.
impl Look<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn structure(&mut self, of: Of, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let mut field: i16 = 0;
        let mut members = 0;
        loop {
            let head = self.byte()?;
            let (step, kind) = (head >> 4, head & 0x0f);
            if kind == STOP {
                return if of == Of::Element { self.element(members) } else { Some(()) };
            }
            field = match step {
                0 => {
                    let zigzag = i16::try_from(self.varint()? >> 1).ok()?;
                    (zigzag >= 0).then_some(zigzag)?
                }
                step => field.checked_add(i16::from(step))?,
            };
            match (of, field) {
                (Of::File, 8) | (Of::ColumnChunk, 8 | 9) => self.seen.is_encrypted = true,
                (Of::ColumnChunk, 1) => self.seen.is_index_of_others = true,
                (Of::Element, 5) if kind == I32 => {
                    // Zigzag: twice the number, if it is positive.
                    members = self.varint()? / 2;
                    continue;
                }
                _ => {}
            }
            if !matches!(kind, TRUE | FALSE) {
                self.value(kind, of.inner(field), depth)?;
            }
        }
    }

    /// Notes how deep groups of columns stand in groups.
    fn element(&mut self, members: u64) -> Option<()> {
        if let Some(left) = self.groups.last_mut() {
            *left = left.checked_sub(1)?;
        }
        if members > 0 {
            self.groups.push(members);
        }
        while self.groups.last() == Some(&0) {
            self.groups.pop();
        }
        (self.groups.len() <= GROUPS).then_some(())
    }

    fn value(&mut self, kind: u8, inner: Of, depth: usize) -> Option<()> {
        match kind {
            TRUE | FALSE | BYTE => self.skip(1),
            I16 | I32 | I64 => self.varint().map(|_| ()),
            DOUBLE => self.skip(8),
            BINARY => {
                let bytes = self.varint()?;
                self.skip(bytes)
            }
            LIST | SET => {
                let head = self.byte()?;
                let (short, kind) = (head >> 4, head & 0x0f);
                let count = if short == 15 { self.varint()? } else { u64::from(short) };
                // Each takes a byte at least.
                if count > u64::try_from(self.rest.len()).ok()? {
                    return None;
                }
                if kind == STRUCT {
                    self.structs += count;
                    if self.structs > limits::PARQUET_FOOTER_STRUCTS {
                        return None;
                    }
                }
                let depth = depth.checked_sub(1)?;
                (0..count).try_for_each(|_| self.value(kind, inner, depth))
            }
            STRUCT => self.structure(inner, depth),
            // Parquet has no maps.
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::error::InputErrorCode;

    #[test]
    fn a_list_that_claims_more_than_there_is_makes_no_sense() {
        // Field 2 (schema): a list of 2^31 - 1 structs.
        let footer = [0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00];
        assert_eq!(look_over(&footer).unwrap_err().code, InputErrorCode::Corrupt);
        assert_eq!(look_over(&[]).unwrap_err().code, InputErrorCode::Corrupt);
        assert_eq!(look_over(&[0x00]), Ok(Seen::default()));
    }

    #[test]
    fn structs_in_structs_without_end_make_no_sense() {
        let footer = vec![0x1c; 100_000];
        assert_eq!(look_over(&footer).unwrap_err().code, InputErrorCode::Corrupt);
        let lists = vec![0x19; 100_000];
        assert_eq!(look_over(&lists).unwrap_err().code, InputErrorCode::Corrupt);
    }

    #[test]
    fn a_list_of_very_many_structs_is_too_large() {
        let many = limits::PARQUET_FOOTER_STRUCTS + 1;
        let mut footer = vec![0x29, 0xfc];
        let mut rest = many;
        while rest > 0x7f {
            footer.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
            rest >>= 7;
        }
        footer.push(u8::try_from(rest).unwrap());
        footer.resize(footer.len() + usize::try_from(many).unwrap() + 1, 0);
        assert_eq!(look_over(&footer).unwrap_err().code, InputErrorCode::TooLarge);
    }

    #[test]
    fn groups_of_columns_in_groups_without_end_make_no_sense() {
        // Field 2: a list of elements, each with field 5: one member.
        let footer = |groups: u8| {
            let mut footer = vec![0x29, 0xfc, groups + 1];
            (0..groups).for_each(|_| footer.extend([0x55, 2, 0]));
            footer.extend([0, 0]);
            footer
        };
        assert_eq!(look_over(&footer(60)), Ok(Seen::default()));
        assert_eq!(look_over(&footer(70)).unwrap_err().code, InputErrorCode::Corrupt);
    }

    #[test]
    fn encryption_is_seen() {
        // Field 8 of the file: an empty struct.
        assert!(look_over(&[0x8c, 0x00, 0x00]).unwrap().is_encrypted);
        // Field 4: one row group, whose field 1 is one column chunk, whose field 1 is the path of its file.
        let footer = [0x49, 0x1c, 0x19, 0x1c, 0x18, 0x01, b'x', 0x00, 0x00, 0x00];
        let seen = look_over(&footer).unwrap();
        assert!(seen.is_index_of_others && !seen.is_encrypted);
    }
}
