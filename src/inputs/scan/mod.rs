//! The fast reader of delimited text: finds quotes, delimiters and line ends 64 bytes at a time, as bit masks, and skips to
//! the fields that are wanted without visiting the others. Comes in: a block of text. Goes out: a [`RecordIndex`].
//!
//! It handles what is usual. A record with a NUL, a quote where none should be, another number of fields than the header, or
//! too great a length is handed to the plain reader (`delimited.rs`), its twin, record by record: both give the same rows, which
//! tests hold them to on arbitrary bytes.

mod masks;
#[cfg(test)]
mod tests;

use super::delimited::Field;
use super::record_ends::Splitting;

pub(crate) use masks::index;

/// What the scanner must know of a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    splitting: Splitting,
    /// Fields of the header.
    expected: usize,
    /// Which delimiters of a record (from 0) bound a wanted field, in order.
    ordinals: Vec<u32>,
    /// For each wanted column: its slot, and where its start and end stand among the marks of a record.
    columns: Vec<WantedColumn>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct WantedColumn {
    slot: usize,
    /// Index of the delimiter before it among the ordinals. **Absent**: it is the first field.
    before: Option<usize>,
    /// Index of the delimiter after it. **Absent**: it is the last field.
    after: Option<usize>,
}

impl Wanted {
    /// For rows of `expected` fields, of which `columns` gives for each slot the field to read.
    pub(crate) fn new(columns: &[Option<usize>], expected: usize, splitting: Splitting) -> Wanted {
        let number = |n: usize| u32::try_from(n).expect("a header has fewer than 2^20 fields");
        let mut ordinals: Vec<u32> = Vec::new();
        for column in columns.iter().flatten() {
            ordinals.extend(column.checked_sub(1).map(number));
            ordinals.extend((column + 1 < expected).then(|| number(*column)));
        }
        ordinals.sort_unstable();
        ordinals.dedup();
        let place = |ordinal: usize| ordinals.binary_search(&number(ordinal)).ok();
        let columns = columns
            .iter()
            .enumerate()
            .filter_map(|(slot, column)| column.map(|column| (slot, column)))
            .map(|(slot, column)| WantedColumn {
                slot,
                before: column.checked_sub(1).and_then(place),
                after: if column + 1 < expected { place(column) } else { None },
            })
            .collect();
        Wanted { splitting, expected, ordinals, columns }
    }

    /// How records are split.
    pub(crate) fn splitting(&self) -> Splitting {
        self.splitting
    }

    /// Fields of the header.
    pub(crate) fn expected(&self) -> usize {
        self.expected
    }
}

/// Where the records of a text are, and the wanted fields of each that is usual.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RecordIndex {
    /// For each record: start, end before its line end, then the delimiters that are wanted. In a record for the plain
    /// reader, the end is [`PLAIN`] and the rest is 0.
    marks: Vec<u32>,
}

/// In place of a record's end: the plain reader must read it.
const PLAIN: u32 = u32::MAX;

/// One record of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Indexed<'i> {
    /// The marks of its wanted fields.
    Usual(Marks<'i>),
    /// To be read by the plain reader; it begins here.
    Plain(usize),
}

/// The marks of one usual record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks<'i> {
    /// Its first byte.
    pub(crate) start: usize,
    end: usize,
    delimiters: &'i [u32],
}

impl Marks<'_> {
    /// The wanted fields of the record, each with its slot.
    #[inline]
    pub(crate) fn fields(&self, text: &[u8], wanted: &Wanted, mut each: impl FnMut(usize, Field)) {
        for column in &wanted.columns {
            let start = column.before.map_or(self.start, |at| self.delimiters[at] as usize + 1);
            let end = column.after.map_or(self.end, |at| self.delimiters[at] as usize);
            let field = if text.get(start) == Some(&b'"') && start < end {
                let (start, end) = (start + 1, end - 1);
                let doubled = memchr::memchr(b'"', &text[start..end]).is_some();
                Field { start, end, doubled }
            } else {
                Field { start, end, doubled: false }
            };
            each(column.slot, field);
        }
    }
}

impl RecordIndex {
    /// Its records, in order.
    pub(crate) fn records<'i>(&'i self, wanted: &Wanted) -> impl Iterator<Item = Indexed<'i>> {
        self.marks.chunks_exact(2 + wanted.ordinals.len()).map(|marks| {
            let (start, delimiters) = (marks[0] as usize, &marks[2..]);
            if marks[1] == PLAIN {
                Indexed::Plain(start)
            } else {
                Indexed::Usual(Marks { start, end: marks[1] as usize, delimiters })
            }
        })
    }
}
