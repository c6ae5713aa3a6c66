//! The values of one column in one batch of rows. Comes in: the values that are there, in order. Goes out: each at its row.

use std::cell::OnceCell;

use super::fault::ParquetFault;
use super::plain::{Bits, Span};
use super::runs::Runs;

/// The values of some rows.
#[derive(Default)]
pub(super) struct ColumnBatch {
    /// Of texts, by row; empty where there is none. Not of those by dictionary.
    pub(super) spans: Vec<Span>,
    pub(super) source: Source,
    pub(super) own: Vec<u8>,
    /// Of numbers, by row. Not of those by dictionary, nor of those that are left in the page.
    pub(super) numbers: Vec<Bits>,
    /// Where numbers begin that are left in the page until somebody asks, since of most columns of amounts nobody does.
    pub(super) in_page: Option<usize>,
    /// Those numbers, if somebody asked for them as bytes.
    pub(super) asked: OnceCell<Vec<Bits>>,
    /// Which value of the dictionary a row has. Empty: not by dictionary.
    pub(super) choices: Vec<u32>,
    /// Which rows have no value. Empty: all have one.
    pub(super) missing: Vec<bool>,
}

/// Where the texts of a batch stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Source {
    #[default]
    Page,
    Dictionary,
    Own,
}

/// The texts of a batch.
pub(super) enum Texts<'b> {
    /// Each row's own.
    Single { bytes: &'b [u8], spans: &'b [Span] },
    /// Those of a dictionary, and which of them each row has.
    Chosen { bytes: &'b [u8], spans: &'b [Span], choices: &'b [u32], serial: u64 },
}

impl<'b> Texts<'b> {
    /// The text of a row.
    #[inline]
    pub(super) fn of(&self, row: usize) -> &'b [u8] {
        let (bytes, (start, end)) = match self {
            Texts::Single { bytes, spans } => (bytes, spans[row]),
            Texts::Chosen { bytes, spans, choices, .. } => (bytes, spans[choices[row] as usize]),
        };
        &bytes[start as usize..end as usize]
    }
}

impl ColumnBatch {
    /// Nothing is there.
    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.own.clear();
        self.numbers.clear();
        self.in_page = None;
        self.asked.take();
        self.choices.clear();
        self.missing.clear();
        self.source = Source::Page;
    }

    /// Takes the levels of the next `rows` rows, with memory to use; returns how many of them have a value.
    pub(super) fn find_missing(
        &mut self,
        levels: &mut Runs,
        page: &[u8],
        rows: usize,
        scratch: &mut Vec<u32>,
    ) -> Result<usize, ParquetFault> {
        let cannot_be = || ParquetFault::corrupt("a level that its column cannot have");
        match levels.same(page, rows)? {
            Some(1) => return Ok(rows),
            Some(0) => {
                self.missing.resize(rows, true);
                return Ok(0);
            }
            Some(_) => return Err(cannot_be()),
            None => {}
        }
        scratch.clear();
        levels.take(page, rows, scratch)?;
        if scratch.iter().fold(0, |all, level| all | level) > 1 {
            return Err(cannot_be());
        }
        let missing = scratch.iter().filter(|level| **level == 0).count();
        if missing > 0 {
            self.missing.extend(scratch.iter().map(|level| *level == 0));
        }
        Ok(rows - missing)
    }

    /// Puts the values that are there to their rows; `blank` is the choice of the others.
    pub(super) fn spread(&mut self, blank: u32) {
        if self.missing.is_empty() {
            return;
        }
        spread(&mut self.spans, &self.missing, (0, 0));
        spread(&mut self.numbers, &self.missing, Bits::default());
        spread(&mut self.choices, &self.missing, blank);
    }
}

/// Moves values apart, so that each stands at its row; the others get `filling`.
fn spread<T: Copy>(values: &mut Vec<T>, missing: &[bool], filling: T) {
    let mut from = values.len();
    if from == 0 && !missing.iter().all(|missing| *missing) {
        // This batch is not of such values.
        return;
    }
    values.resize(missing.len(), filling);
    for (row, is_missing) in missing.iter().enumerate().rev() {
        values[row] = if *is_missing {
            filling
        } else {
            from -= 1;
            values[from]
        };
    }
}
