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
    /// For each slot, where its field stands among the marks of a record. **Absent**: the file lacks the column.
    columns: Vec<Option<WantedColumn>>,
}

/// A field begins `past` bytes past its first mark and ends at its other mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct WantedColumn {
    begin: usize,
    past: usize,
    end: usize,
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
        let mark = |ordinal: usize| {
            DELIMITERS + ordinals.binary_search(&number(ordinal)).expect("it was put among them")
        };
        let column = |column: usize| WantedColumn {
            begin: column.checked_sub(1).map_or(START, mark),
            past: usize::from(column > 0),
            end: if column + 1 < expected { mark(column) } else { END },
        };
        let columns = columns.iter().map(|c| c.map(column)).collect();
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

    /// Marks of each record.
    fn stride(&self) -> usize {
        DELIMITERS + self.ordinals.len()
    }
}

/// Among the marks of a record: its first byte.
const START: usize = 0;
/// Its end, before its line end.
const END: usize = 1;
/// The first of the delimiters that are wanted.
const DELIMITERS: usize = 2;

/// Where the records of a text are, and the wanted fields of each that is usual.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RecordIndex {
    /// For each record: start, end before its line end, then the delimiters that are wanted. In a record for the plain
    /// reader, the end is [`PLAIN`] and the rest is 0.
    marks: Vec<u32>,
}

/// In place of a record's end: the plain reader must read it.
const PLAIN: u32 = u32::MAX;

/// Some records of an index: usual ones that follow each other, or one that the plain reader must read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Indexed<'i> {
    /// The marks of their wanted fields.
    Usual(Marks<'i>),
    /// To be read by the plain reader; it begins here.
    Plain(usize),
}

/// The marks of usual records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks<'i> {
    wanted: &'i Wanted,
    marks: &'i [u32],
}

impl Marks<'_> {
    /// How many records.
    pub(crate) fn len(&self) -> usize {
        self.marks.len() / self.wanted.stride()
    }

    /// The first byte of a record.
    pub(crate) fn start(&self, record: usize) -> usize {
        self.marks[record * self.wanted.stride()] as usize
    }

    /// First and past-the-last byte of a field as it stands, with its quotes. `None`: the file lacks the column.
    #[inline]
    pub(crate) fn raw(&self, record: usize, slot: usize) -> Option<(usize, usize)> {
        let column = self.wanted.columns[slot]?;
        let marks = &self.marks[record * self.wanted.stride()..][..self.wanted.stride()];
        Some((marks[column.begin] as usize + column.past, marks[column.end] as usize))
    }

    /// The wanted fields of a record, each with its slot.
    #[inline]
    pub(crate) fn fields(&self, record: usize, text: &[u8], mut each: impl FnMut(usize, Field)) {
        for slot in 0..self.wanted.columns.len() {
            let Some((start, end)) = self.raw(record, slot) else { continue };
            let field = if text.get(start) == Some(&b'"') && start < end {
                let (start, end) = (start + 1, end - 1);
                let doubled = memchr::memchr(b'"', &text[start..end]).is_some();
                Field { start, end, doubled }
            } else {
                Field { start, end, doubled: false }
            };
            each(slot, field);
        }
    }
}

impl RecordIndex {
    /// Its records, in order, of usual ones at most `most` at once.
    pub(crate) fn runs<'i>(
        &'i self,
        wanted: &'i Wanted,
        most: usize,
    ) -> impl Iterator<Item = Indexed<'i>> {
        let stride = wanted.stride();
        let mut rest = self.marks.as_slice();
        std::iter::from_fn(move || {
            let first = rest.first_chunk::<DELIMITERS>()?;
            if first[END] == PLAIN {
                let start = first[START] as usize;
                rest = &rest[stride..];
                return Some(Indexed::Plain(start));
            }
            let records = rest.chunks_exact(stride).take(most);
            let usual = records.take_while(|marks| marks[END] != PLAIN).count();
            let (marks, after) = rest.split_at(usual * stride);
            rest = after;
            Some(Indexed::Usual(Marks { wanted, marks }))
        })
    }
}
