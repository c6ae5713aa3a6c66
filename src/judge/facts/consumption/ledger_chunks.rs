//! A whole ledger, some lines at a time. Comes in: what makes its lines. Goes out: chunks, each made when it is asked for: many times the memory of a
//! run would go into all lines at once. The lines of a head that has very many are made once, and held.

use std::borrow::Cow;
use std::ops::Range;

use super::ledger::{LedgerLine, LedgerMaker};

/// Accounts of a chunk. An account has up to twelve months: about 16,000 lines.
const CHUNK_ACCOUNTS: usize = 1 << 10;

/// Accounts of a head whose lines are held.
const HELD_ACCOUNTS: usize = 1 << 14;

/// Lines of a chunk that are held.
const CHUNK_LINES: usize = 1 << 14;

/// A ledger in chunks.
pub(crate) struct LedgerChunks<'c> {
    maker: &'c LedgerMaker<'c>,
    chunks: Vec<LedgerChunk>,
    /// Of one head each, or without a head.
    held: Vec<Vec<LedgerLine>>,
}

/// One chunk.
enum LedgerChunk {
    /// All lines of the heads with these numbers.
    Heads(Range<usize>),
    /// Lines without a head.
    WithoutHead,
    /// Some of the lines that are held.
    Held(usize, Range<usize>),
}

/// Lines that are made together.
pub(crate) struct ChunkLines<'c> {
    /// In their order.
    pub(crate) lines: Cow<'c, [LedgerLine]>,
    /// The numbers of the heads that have all their lines here.
    pub(crate) heads: Range<usize>,
}

impl<'c> LedgerChunks<'c> {
    /// The chunks of a ledger. They depend on its credits alone.
    pub(crate) fn new(maker: &'c LedgerMaker<'c>) -> LedgerChunks<'c> {
        let accounts = maker.accounts();
        let mut all = LedgerChunks { maker, chunks: Vec::new(), held: Vec::new() };
        let (mut first, mut in_chunk) = (0, 0);
        let heads = maker.partners().len();
        for head in 0..heads {
            let of_head = accounts.of_head(head).len();
            let is_held = of_head >= HELD_ACCOUNTS;
            if in_chunk > 0 && (is_held || in_chunk + of_head > CHUNK_ACCOUNTS) {
                all.chunks.push(LedgerChunk::Heads(first..head));
                (first, in_chunk) = (head, 0);
            }
            if is_held {
                all.hold(maker.of_heads(head..head + 1));
                (first, in_chunk) = (head + 1, 0);
            } else {
                in_chunk += of_head;
            }
        }
        if in_chunk > 0 {
            all.chunks.push(LedgerChunk::Heads(first..heads));
        }
        match accounts.without_head().len() {
            0 => {}
            many if many >= HELD_ACCOUNTS => all.hold(maker.without_head()),
            _ => all.chunks.push(LedgerChunk::WithoutHead),
        }
        all
    }

    fn hold(&mut self, lines: Vec<LedgerLine>) {
        for first in (0..lines.len()).step_by(CHUNK_LINES) {
            let chunk = first..lines.len().min(first + CHUNK_LINES);
            self.chunks.push(LedgerChunk::Held(self.held.len(), chunk));
        }
        self.held.push(lines);
    }

    /// How many chunks there are.
    pub(crate) fn count(&self) -> usize {
        self.chunks.len()
    }

    /// The lines of a chunk.
    pub(crate) fn lines(&self, nth: usize) -> ChunkLines<'_> {
        match &self.chunks[nth] {
            LedgerChunk::Heads(heads) => {
                ChunkLines { lines: Cow::Owned(self.maker.of_heads(heads.clone())), heads: heads.clone() }
            }
            LedgerChunk::WithoutHead => {
                ChunkLines { lines: Cow::Owned(self.maker.without_head()), heads: 0..0 }
            }
            LedgerChunk::Held(held, lines) => {
                ChunkLines { lines: Cow::Borrowed(&self.held[*held][lines.clone()]), heads: 0..0 }
            }
        }
    }

    /// The lines that are held: of one head each, all its lines, or those without a head.
    pub(crate) fn held(&self) -> impl Iterator<Item = &[LedgerLine]> {
        self.held.iter().map(Vec::as_slice)
    }
}
