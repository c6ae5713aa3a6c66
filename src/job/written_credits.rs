//! The credits table that a run writes. Comes in: what was read. Goes out: its lines in their order, and its control.

use std::borrow::Cow;

use super::sources::{self, ConsumptionSource};
use super::written_control;
use crate::credits::control::Control;
use crate::credits::engine::local::Tally;
use crate::credits::{CreditLine, CreditTable};
use crate::diagnostics::reject::RejectTally;
use crate::job::Reading;
use crate::outputs::{CreditRow, LazyChunks};

/// Lines of a chunk: a page of a Parquet file.
const CHUNK_LINES: usize = 1 << 14;

/// The lines of a credits table, sorted.
pub(super) struct WrittenCredits<'w> {
    sources: &'w [ConsumptionSource],
    tallies: &'w [Tally],
    rejects: &'w RejectTally,
    credits: &'w CreditTable,
    ranks: Vec<u32>,
    sorted: Vec<CreditLine>,
}

impl<'w> WrittenCredits<'w> {
    /// All credits of a run.
    pub(super) fn new(reading: &'w Reading<'_>) -> WrittenCredits<'w> {
        let ranks = sources::source_ranks(&reading.consumption);
        WrittenCredits {
            sources: &reading.consumption,
            tallies: &reading.folded.tallies,
            rejects: &reading.rejects,
            credits: &reading.folded.credits,
            sorted: reading.folded.credits.sorted_lines(&ranks),
            ranks,
        }
    }

    /// What goes with the lines.
    pub(super) fn control(&self) -> Control {
        let WrittenCredits { sources, tallies, rejects, credits, ranks, sorted } = self;
        written_control::control(sources, ranks, tallies, rejects, credits, sorted)
    }

    /// The lines, some at a time.
    pub(super) fn lines(&self) -> LazyChunks<'_, Vec<CreditRow<'_>>> {
        let chunks: Vec<&[CreditLine]> = self.sorted.chunks(CHUNK_LINES).collect();
        LazyChunks::new(chunks.len(), move |nth| chunks[nth].iter().map(|line| self.row(line)).collect())
    }

    fn row(&self, line: &CreditLine) -> CreditRow<'_> {
        let source = &self.sources[line.account.source as usize];
        let (partner, provider, association) = self.credits.owner_texts(line.account.owner);
        CreditRow {
            dataset: source.dataset.as_str(),
            source: source.content.as_deref().unwrap_or_default(),
            subscription: Cow::Owned(self.credits.subscription(line.account.subscription)),
            partner,
            provider,
            association,
            from: line.span.first(),
            to: line.span.last(),
            currency: self.credits.currency(&line.account),
            amount: line.sum.amount,
            rows: line.sum.rows,
        }
    }
}
