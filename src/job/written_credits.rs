//! The credits table that a run writes. Comes in: what was read. Goes out: its lines in their order, and its control.

use std::sync::Arc;

use super::sources::{self, ConsumptionSource};
use super::{left_out, written_control};
use crate::credits::control::Control;
use crate::credits::engine::local::Tally;
use crate::credits::{CreditLine, CreditTable, SortedAccounts};
use crate::diagnostics::reject::RejectTally;
use crate::job::Reading;
use crate::outputs::{CreditRow, FileLeftOut, LazyChunks};

/// Lines of a chunk: a page of a Parquet file.
const CHUNK_LINES: usize = 1 << 14;

/// The lines of a credits table, sorted.
pub(super) struct WrittenCredits<'w> {
    sources: &'w [ConsumptionSource],
    tallies: &'w [Tally],
    rejects: &'w RejectTally,
    credits: &'w CreditTable,
    left_out: &'w [FileLeftOut],
    ranks: Vec<u32>,
    sorted: SortedAccounts<'w>,
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
            left_out: &reading.left_out,
            sorted: reading.folded.credits.sorted_accounts(&ranks),
            ranks,
        }
    }

    /// What goes with the lines.
    pub(super) fn control(&self) -> Control {
        let WrittenCredits { sources, tallies, rejects, credits, ranks, .. } = self;
        let control = written_control::control(sources, ranks, tallies, rejects, credits);
        Control { left_out: left_out::of_table(self.left_out), ..control }
    }

    /// The lines, some at a time.
    pub(super) fn lines(&self) -> LazyChunks<'_, Vec<CreditRow<'_>>> {
        let chunks = self.sorted.chunks(CHUNK_LINES);
        LazyChunks::new(chunks.len(), move |nth| self.rows(&self.sorted.lines(chunks[nth].clone())))
    }

    fn rows(&self, lines: &[CreditLine]) -> Vec<CreditRow<'_>> {
        let mut rows = Vec::with_capacity(lines.len());
        for alike in lines.chunk_by(|a, b| a.account == b.account) {
            let account = alike[0].account;
            let source = &self.sources[account.source as usize];
            let subscription: Arc<str> = self.credits.subscription(account.subscription).into();
            let (partner, provider, association) = self.credits.owner_texts(account.owner);
            let (partner, provider): (Arc<str>, Arc<str>) = (partner.into(), provider.into());
            rows.extend(alike.iter().map(|line| CreditRow {
                dataset: source.dataset.as_str(),
                source: source.content.as_deref().unwrap_or_default(),
                subscription: Arc::clone(&subscription),
                partner: Arc::clone(&partner),
                provider: Arc::clone(&provider),
                association,
                from: line.span.first(),
                to: line.span.last(),
                currency: self.credits.currency(&line.account),
                amount: line.sum.amount,
                rows: line.sum.rows,
            }));
        }
        rows
    }
}
