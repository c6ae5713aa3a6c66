//! Preflight of a footer: polars-parquet allocates for as many elements as a list claims to have, so the claims are
//! checked before it runs. It also refuses a file with one column of a logical type that it does not know, so such
//! annotations are cut out. Comes in: the bytes of a footer (Thrift, compact protocol). Goes out: whether the file is
//! encrypted or an index of other files, the columns of unknown types, and what to cut. It builds no metadata.
//!
//! Source: apache/parquet-format, parquet.thrift, unions `LogicalType`, `TimeUnit` and `ColumnOrder`.

use std::ops::Range;

use super::error::ParquetInputError;
use crate::base::limits;

/// What the preflight of a footer finds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FooterFlags {
    /// The whole file or one of its columns is encrypted.
    pub(super) is_encrypted: bool,
    /// Column chunks are in other files: the file only indexes those.
    pub(super) is_index_of_others: bool,
    /// Top-level columns, by index, whose logical type polars-parquet does not know, and the number of the type.
    pub(super) unknown_types: Vec<(usize, i16)>,
    /// Ranges of the footer and the bytes to put in their place, so that polars-parquet reads it; in order.
    edits: Vec<(Range<usize>, Vec<u8>)>,
}

impl FooterFlags {
    /// The footer without the annotations that polars-parquet does not know. `None` if it has none.
    pub(super) fn edited(&self, footer: &[u8]) -> Option<Vec<u8>> {
        let (mut edited, mut at) = (Vec::with_capacity(footer.len()), 0);
        for (range, bytes) in &self.edits {
            edited.extend_from_slice(&footer[at..range.start]);
            edited.extend_from_slice(bytes);
            at = range.end;
        }
        edited.extend_from_slice(&footer[at..]);
        (!self.edits.is_empty()).then_some(edited)
    }
}

/// The name of a logical type that polars-parquet does not know, for people.
pub(super) fn type_name(number: i16) -> String {
    match number {
        TIME | TIMESTAMP => "a time of an unknown unit".to_owned(),
        16 => "VARIANT".to_owned(),
        17 => "GEOMETRY".to_owned(),
        18 => "GEOGRAPHY".to_owned(),
        _ => format!("a newer type (number {number} of LogicalType)"),
    }
}

/// Members of the union `LogicalType` that hold a unit.
const TIME: i16 = 7;
const TIMESTAMP: i16 = 8;

/// Which struct of `parquet.thrift` is being scanned, as far as the preflight needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ThriftStruct {
    FileMetaData,
    /// A column, or a group of columns; the members of a group follow it in the list.
    SchemaElement,
    RowGroup,
    ColumnChunk,
    /// A union: the logical type of a column.
    LogicalType,
    TimeType,
    /// A union.
    TimeUnit,
    /// A union: how the statistics of a column are ordered.
    ColumnOrder,
    Other,
}

impl ThriftStruct {
    /// The struct type of the values of a field.
    fn inner(self, field: i16) -> ThriftStruct {
        match (self, field) {
            (ThriftStruct::FileMetaData, 2) => ThriftStruct::SchemaElement,
            (ThriftStruct::FileMetaData, 4) => ThriftStruct::RowGroup,
            (ThriftStruct::FileMetaData, 7) => ThriftStruct::ColumnOrder,
            (ThriftStruct::RowGroup, 1) => ThriftStruct::ColumnChunk,
            (ThriftStruct::SchemaElement, 10) => ThriftStruct::LogicalType,
            (ThriftStruct::LogicalType, TIME | TIMESTAMP) => ThriftStruct::TimeType,
            (ThriftStruct::TimeType, 2) => ThriftStruct::TimeUnit,
            _ => ThriftStruct::Other,
        }
    }

    /// Whether polars-parquet knows a member, if the struct is a union.
    fn knows(self, field: i16) -> bool {
        match self {
            ThriftStruct::LogicalType => matches!(field, 1..=8 | 10..=15),
            ThriftStruct::TimeUnit => matches!(field, 1..=3),
            ThriftStruct::ColumnOrder => matches!(field, 1..=2),
            ThriftStruct::FileMetaData
            | ThriftStruct::SchemaElement
            | ThriftStruct::RowGroup
            | ThriftStruct::ColumnChunk
            | ThriftStruct::TimeType
            | ThriftStruct::Other => true,
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
    let mut scanner = FooterScanner {
        rest: footer,
        length: footer.len(),
        flags: FooterFlags::default(),
        structs: 0,
        groups: Vec::new(),
        top_level: 0,
        unknown: None,
    };
    let is_valid = scanner.structure(ThriftStruct::FileMetaData, DEPTH);
    if scanner.structs > limits::PARQUET_FOOTER_STRUCTS {
        return Err(ParquetInputError::too_large("its footer lists too many columns and row groups"));
    }
    is_valid.ok_or_else(|| ParquetInputError::corrupt("its footer makes no sense"))?;
    Ok(scanner.flags)
}

struct FooterScanner<'f> {
    rest: &'f [u8],
    /// Bytes of the whole footer.
    length: usize,
    flags: FooterFlags,
    structs: u64,
    /// For each open group of columns, how many members are still to come.
    groups: Vec<u64>,
    /// Top-level columns so far.
    top_level: usize,
    /// The member of the union `LogicalType` of the column that is being scanned, or of its order, that polars-parquet
    /// does not know. **Absent**: none so far.
    unknown: Option<i16>,
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
    /// The position in the footer.
    fn at(&self) -> usize {
        self.length - self.rest.len()
    }

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
        let mut unknown = None;
        let mut is_behind_cut = false;
        loop {
            let start = self.at();
            let head = self.byte()?;
            // A field header: the upper half is the step from the field before (0: the field number follows), the
            // lower half the type.
            let (step, kind) = (head >> 4, head & 0x0f);
            if kind == STOP {
                return match of {
                    ThriftStruct::SchemaElement => self.element(members, unknown),
                    _ => Some(()),
                };
            }
            field = match step {
                0 => {
                    let zigzag = i16::try_from(self.varint()? >> 1).ok()?;
                    (zigzag >= 0).then_some(zigzag)?
                }
                step => field.checked_add(i16::from(step))?,
            };
            if is_behind_cut && step != 0 {
                // The step counted from the field that is cut out: write the number of the field instead.
                self.flags.edits.push((start..start + 1, long_header(kind, field)));
            }
            is_behind_cut = false;
            if !of.knows(field) {
                self.unknown = Some(field);
            }
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
            match (of, field) {
                // The unit of a time is within the union.
                (ThriftStruct::LogicalType, TIME | TIMESTAMP) if self.unknown.is_some() => {
                    self.unknown = Some(field)
                }
                (ThriftStruct::SchemaElement, 10) | (ThriftStruct::FileMetaData, 7) => {
                    if let Some(member) = self.unknown.take() {
                        unknown = Some(member);
                        is_behind_cut = true;
                        self.flags.edits.push((start..self.at(), Vec::new()));
                    }
                }
                _ => {}
            }
        }
    }

    /// Follows how deep groups of columns are nested: the list of schema elements is the tree in depth-first order.
    fn element(&mut self, members: u64, unknown: Option<i16>) -> Option<()> {
        if self.groups.len() == 1 {
            self.flags.unknown_types.extend(unknown.map(|member| (self.top_level, member)));
            self.top_level += 1;
        }
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

/// The header of a field that states its number, not its step from the field before.
fn long_header(kind: u8, field: i16) -> Vec<u8> {
    // Zigzag: twice the number, since it is not negative.
    let mut number = u32::from(field.unsigned_abs()) * 2;
    let mut header = vec![kind];
    while number > 0x7f {
        header.push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
        number >>= 7;
    }
    header.push(u8::try_from(number).expect("seven bits"));
    header
}

#[cfg(test)]
mod tests;
