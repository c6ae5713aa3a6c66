//! The values of one column in one batch of rows. Comes in: the values that are there, in order. Goes out: each at its row.

use super::plain::{Bits, Span};

/// The values of some rows.
#[derive(Default)]
pub(super) struct ColumnBatch {
    /// Of texts, by row; empty where there is none.
    pub(super) spans: Vec<Span>,
    pub(super) source: Source,
    pub(super) own: Vec<u8>,
    /// Of numbers, by row.
    pub(super) numbers: Vec<Bits>,
    /// Which number of the dictionary a row has. Empty: not by dictionary.
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

impl ColumnBatch {
    /// Nothing is there.
    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.own.clear();
        self.numbers.clear();
        self.choices.clear();
        self.missing.clear();
        self.source = Source::Page;
    }

    /// Puts the values that are there to their rows.
    pub(super) fn spread(&mut self) {
        if self.missing.is_empty() {
            return;
        }
        spread(&mut self.spans, &self.missing);
        spread(&mut self.numbers, &self.missing);
        spread(&mut self.choices, &self.missing);
    }
}

/// Moves values apart, so that each stands at its row; the others get nothing.
fn spread<T: Copy + Default>(values: &mut Vec<T>, missing: &[bool]) {
    let mut from = values.len();
    if from == 0 && !missing.iter().all(|missing| *missing) {
        // This batch is not of such values.
        return;
    }
    values.resize(missing.len(), T::default());
    for (row, is_missing) in missing.iter().enumerate().rev() {
        values[row] = if *is_missing {
            T::default()
        } else {
            from -= 1;
            values[from]
        };
    }
}
