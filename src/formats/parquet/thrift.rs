//! Preflight of a footer: polars-parquet allocates for as many elements as a list claims to have, so the claims are
//! checked before it runs. Comes in: the bytes of a footer (Thrift, compact protocol). Goes out: whether the file is
//! encrypted or an index of other files. It builds no metadata.

use super::error::ParquetInputError;
use crate::base::limits;

/// What the preflight of a footer finds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FooterFlags {
    /// The whole file or one of its columns is encrypted.
    pub(super) is_encrypted: bool,
    /// Column chunks are in other files: the file only indexes those.
    pub(super) is_index_of_others: bool,
}

/// Which struct of `parquet.thrift` is being scanned, as far as the preflight needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ThriftStruct {
    FileMetaData,
    /// A column, or a group of columns; the members of a group follow it in the list.
    SchemaElement,
    RowGroup,
    ColumnChunk,
    Other,
}

impl ThriftStruct {
    /// The struct type of the values of a field.
    fn inner(self, field: i16) -> ThriftStruct {
        match (self, field) {
            (ThriftStruct::FileMetaData, 2) => ThriftStruct::SchemaElement,
            (ThriftStruct::FileMetaData, 4) => ThriftStruct::RowGroup,
            (ThriftStruct::RowGroup, 1) => ThriftStruct::ColumnChunk,
            _ => ThriftStruct::Other,
        }
    }
}

/// Structs and lists are nested at most this deep in a footer.
const DEPTH: usize = 16;
/// Groups of columns are nested at most this deep: polars-parquet recurses into them.
const GROUPS: usize = 64;

/// Scans a footer.
///
/// # Errors
/// The footer is not Thrift, claims more elements than it has bytes, is nested too deep, or lists too many structs.
pub(super) fn preflight(footer: &[u8]) -> Result<FooterFlags, ParquetInputError> {
    let mut scanner =
        FooterScanner { rest: footer, flags: FooterFlags::default(), structs: 0, groups: Vec::new() };
    let is_valid = scanner.structure(ThriftStruct::FileMetaData, DEPTH);
    if scanner.structs > limits::PARQUET_FOOTER_STRUCTS {
        return Err(ParquetInputError::too_large("its footer lists too many columns and row groups"));
    }
    is_valid.ok_or_else(|| ParquetInputError::corrupt("its footer makes no sense"))?;
    Ok(scanner.flags)
}

struct FooterScanner<'f> {
    rest: &'f [u8],
    flags: FooterFlags,
    structs: u64,
    /// For each open group of columns, how many members are still to come.
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

/// Each function returns `None` if the bytes are not a valid footer.
impl FooterScanner<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    /// An unsigned LEB128 number of at most 64 bits.
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

    /// Scans a struct up to its stop field.
    fn structure(&mut self, of: ThriftStruct, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let mut field: i16 = 0;
        let mut members = 0;
        loop {
            let head = self.byte()?;
            // A field header: the upper half is the step from the field before (0: the field number follows), the
            // lower half the type.
            let (step, kind) = (head >> 4, head & 0x0f);
            if kind == STOP {
                return if of == ThriftStruct::SchemaElement { self.element(members) } else { Some(()) };
            }
            field = match step {
                0 => {
                    let zigzag = i16::try_from(self.varint()? >> 1).ok()?;
                    (zigzag >= 0).then_some(zigzag)?
                }
                step => field.checked_add(i16::from(step))?,
            };
            match (of, field) {
                (ThriftStruct::FileMetaData, 8) | (ThriftStruct::ColumnChunk, 8 | 9) => {
                    self.flags.is_encrypted = true
                }
                (ThriftStruct::ColumnChunk, 1) => self.flags.is_index_of_others = true,
                (ThriftStruct::SchemaElement, 5) if kind == I32 => {
                    // `num_children`, zigzag: twice the number, since it is not negative.
                    members = self.varint()? / 2;
                    continue;
                }
                _ => {}
            }
            // A boolean field has its value in the type and no bytes of its own.
            if !matches!(kind, TRUE | FALSE) {
                self.value(kind, of.inner(field), depth)?;
            }
        }
    }

    /// Follows how deep groups of columns are nested: the list of schema elements is the tree in depth-first order.
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

    /// Scans a value of a type; `inner` is the struct type of the structs in it.
    fn value(&mut self, kind: u8, inner: ThriftStruct, depth: usize) -> Option<()> {
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
                // A list header: the upper half is the count (15: the count follows), the lower half the type of the
                // elements.
                let (short, kind) = (head >> 4, head & 0x0f);
                let count = if short == 15 { self.varint()? } else { u64::from(short) };
                // An element takes at least one byte.
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
            // Parquet has no maps; other types do not exist.
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::error::InputErrorCode;

    #[test]
    fn a_list_that_claims_more_than_there_is_is_invalid() {
        // Field 2 (schema): a list of 2^31 - 1 structs.
        let footer = [0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00];
        assert_eq!(preflight(&footer).unwrap_err().code, InputErrorCode::Corrupt);
        assert_eq!(preflight(&[]).unwrap_err().code, InputErrorCode::Corrupt);
        assert_eq!(preflight(&[0x00]), Ok(FooterFlags::default()));
    }

    #[test]
    fn structs_in_structs_without_end_are_invalid() {
        let footer = vec![0x1c; 100_000];
        assert_eq!(preflight(&footer).unwrap_err().code, InputErrorCode::Corrupt);
        let lists = vec![0x19; 100_000];
        assert_eq!(preflight(&lists).unwrap_err().code, InputErrorCode::Corrupt);
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
        assert_eq!(preflight(&footer).unwrap_err().code, InputErrorCode::TooLarge);
    }

    #[test]
    fn groups_of_columns_in_groups_without_end_are_invalid() {
        // Field 2: a list of elements, each with field 5: one member.
        let footer = |groups: u8| {
            let mut footer = vec![0x29, 0xfc, groups + 1];
            (0..groups).for_each(|_| footer.extend([0x55, 2, 0]));
            footer.extend([0, 0]);
            footer
        };
        assert_eq!(preflight(&footer(60)), Ok(FooterFlags::default()));
        assert_eq!(preflight(&footer(70)).unwrap_err().code, InputErrorCode::Corrupt);
    }

    #[test]
    fn encryption_is_detected() {
        // Field 8 of the file: an empty struct.
        assert!(preflight(&[0x8c, 0x00, 0x00]).unwrap().is_encrypted);
        // Field 4: one row group, whose field 1 is one column chunk, whose field 1 is the path of its file.
        let footer = [0x49, 0x1c, 0x19, 0x1c, 0x18, 0x01, b'x', 0x00, 0x00, 0x00];
        let flags = preflight(&footer).unwrap();
        assert!(flags.is_index_of_others && !flags.is_encrypted);
    }
}
