//! Block sequencer: blocks are scanned in any order, with the outcome of one sequential reader. Comes in: the blocks of one input.
//! Goes out: for each block, the segments of text whose records end in that block.
//!
//! **Speculation.** A worker cannot know whether its block begins inside quotes. So it assumes that the first line feed of the block
//! ends a record, and indexes the block from there on, before the blocks in front of it are done. **Turn.** Blocks then take turns in
//! order. On its turn the worker knows the record that the block before left open (`carry`). If that record ends exactly at the first
//! line feed, the assumption was right, and the index is the one that a sequential reader would have made. **Resync.** If not, the
//! index is dropped, and the carried record and the whole block are split again. Either way the new open record is carried to the
//! next block. Rows are read from the segments after the turn, by all workers at once, so that a turn costs little.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use memchr::memchr;

use super::blocks::{Block, lock};
use super::grammar::last_record_end;
use super::index::{self, Projection, RecordIndex};
use super::locator::{OffsetUnit, count_lines};
use super::record_ends::TextEnd;

/// The state of a sequential reader between two blocks.
#[derive(Debug, Default)]
struct ReaderState {
    /// The block whose turn it is.
    next_block: u64,
    /// Source offset of the first carried byte, or of the next block if nothing is carried. **Unit**: bytes.
    offset: u64,
    /// The line at `offset`.
    line: u64,
    /// The bytes of the record that no block has ended yet.
    carry: Vec<u8>,
    /// Whether the text up to the next line feed is the rest of a rejected line, which is skipped.
    is_skipping: bool,
    /// A block could not be read, so that no later block can have its turn.
    has_failed: bool,
    /// Workers that are parked until their turn comes.
    sleeping: usize,
}

/// Rounds of polling before a worker parks: most waits are shorter than a wake-up.
const SPIN_ROUNDS: u32 = 700;
/// Rounds of polling before each further round yields the core to another thread.
const ROUNDS_BEFORE_YIELDING: u32 = 400;

/// Gives the blocks of one input their turns, in order.
pub(crate) struct BlockSequencer {
    state: Mutex<ReaderState>,
    /// A copy of `ReaderState::next_block`, to poll without the lock.
    next_block: AtomicU64,
    turn: Condvar,
    projection: Projection,
    offset_unit: OffsetUnit,
}

/// A part of the text that consists of whole records and rejected lines.
#[derive(Debug)]
pub(crate) struct TextSegment<'b> {
    /// The bytes that all positions below are positions of.
    pub(crate) text: SegmentText<'b>,
    /// Where the first record begins.
    pub(crate) start: usize,
    /// Past the end of the last record.
    pub(crate) end: usize,
    /// Source offset of byte `base`. **Unit**: bytes.
    pub(crate) offset: u64,
    /// Line of byte `base`.
    pub(crate) line: u64,
    /// The byte whose offset and line are given: `start`, or an earlier byte if the text begins with the rest of a rejected line.
    pub(crate) base: usize,
    /// Where the records and their fields are. **Absent**: the records are split one by one.
    pub(crate) index: Option<&'b RecordIndex>,
    /// Whether the input ends with this text.
    pub(crate) text_end: TextEnd,
}

/// The bytes of a segment.
#[derive(Debug)]
pub(crate) enum SegmentText<'b> {
    /// The block itself.
    Block(&'b [u8]),
    /// The carried record, joined with bytes of the block.
    Joined(Vec<u8>),
}

impl SegmentText<'_> {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            SegmentText::Block(bytes) => bytes,
            SegmentText::Joined(bytes) => bytes,
        }
    }
}

/// What a worker found in its block before its turn, assuming that the first line feed ends a record.
struct Speculation {
    /// Past that line feed; 0 in the first block, which begins with a record.
    start: usize,
    /// Past the end of the last whole record. **Absent**: the block ends in a rejected line whose line feed comes later.
    end: Option<usize>,
    /// Line feeds from `start` to `end`, or to the end of the block.
    lines: u64,
}

impl BlockSequencer {
    /// The sequencer of an input whose rows begin at source offset `offset`, on line `line`.
    pub(crate) fn new(
        offset: u64,
        line: u64,
        projection: Projection,
        offset_unit: OffsetUnit,
    ) -> BlockSequencer {
        let state = ReaderState { offset, line, ..ReaderState::default() };
        let next_block = AtomicU64::new(state.next_block);
        BlockSequencer { state: Mutex::new(state), next_block, turn: Condvar::new(), projection, offset_unit }
    }

    /// The columns that are read of each record.
    pub(crate) fn projection(&self) -> &Projection {
        &self.projection
    }

    /// Ends the input after a block could not be read: workers that wait for a later turn stop waiting.
    pub(crate) fn fail(&self) {
        lock(&self.state).has_failed = true;
        self.turn.notify_all();
    }

    /// The records that end in `block`, in at most two segments. Waits until all blocks before it have had their turn. `index` is
    /// memory for the index of the block. `None` if another block failed.
    pub(crate) fn segments<'b>(
        &self,
        block: &'b Block,
        index: &'b mut RecordIndex,
    ) -> Option<Vec<TextSegment<'b>>> {
        let speculation = self.speculate(block, index);
        // Spin before parking.
        for round in 0..SPIN_ROUNDS {
            if self.next_block.load(Ordering::Acquire) == block.index {
                break;
            }
            if round < ROUNDS_BEFORE_YIELDING { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
        let mut state = lock(&self.state);
        while state.next_block != block.index {
            if state.has_failed {
                return None;
            }
            state.sleeping += 1;
            state = self.turn.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.sleeping -= 1;
        }
        let segments = match speculation.and_then(|it| self.confirm(&mut state, block, it, index)) {
            Some(segments) => segments,
            None => vec![self.resync(&mut state, block)],
        };
        state.next_block += 1;
        self.next_block.store(state.next_block, Ordering::Release);
        // Wake after unlocking, and only if a worker is parked: a system call inside the lock would delay the next turn.
        let has_sleepers = state.sleeping > 0;
        drop(state);
        if has_sleepers {
            self.turn.notify_all();
        }
        Some(segments)
    }

    /// Indexes a block before its turn. `None` if the block has no line feed, so that no record is known to begin in it.
    fn speculate(&self, block: &Block, index: &mut RecordIndex) -> Option<Speculation> {
        let start = if block.index == 0 { 0 } else { memchr(b'\n', &block.bytes)? + 1 };
        let end = index::index(&block.bytes, start, &self.projection, block.text_end, index);
        let lines = if end.is_some() { index.lines() } else { count_lines(&block.bytes[start..]) };
        Some(Speculation { start, end, lines })
    }

    /// The segments of a block whose speculation holds: the carried record ends where the speculation starts. `None` if it ends
    /// elsewhere; the state is then as it was.
    fn confirm<'b>(
        &self,
        state: &mut ReaderState,
        block: &'b Block,
        speculation: Speculation,
        index: &'b RecordIndex,
    ) -> Option<Vec<TextSegment<'b>>> {
        let mut segments = Vec::with_capacity(2);
        let head = &block.bytes[..speculation.start];
        if state.is_skipping {
            // The head is the rest of a rejected line, and its line feed is the first one: the next record begins behind it.
            state.is_skipping = false;
            state.advance(head, self.offset_unit);
        } else if !head.is_empty() {
            // The head must complete the carried record, and nothing else: the whole of both is then made of ended records.
            let carried = state.carry.len();
            state.carry.extend_from_slice(head);
            let end = last_record_end(&state.carry, 0, self.projection.csv_format(), TextEnd::MoreFollows);
            if end != Some(state.carry.len()) {
                state.carry.truncate(carried);
                return None;
            }
            let joined = std::mem::take(&mut state.carry);
            let (offset, line, end) = (state.offset, state.line, joined.len());
            state.advance(&joined, self.offset_unit);
            let text = SegmentText::Joined(joined);
            let text_end = TextEnd::MoreFollows;
            segments.push(TextSegment { text, start: 0, end, offset, line, base: 0, index: None, text_end });
        }
        let (start, end) = (speculation.start, speculation.end.unwrap_or(block.bytes.len()));
        segments.push(TextSegment {
            text: SegmentText::Block(&block.bytes),
            start,
            end,
            offset: state.offset,
            line: state.line,
            base: start,
            index: Some(index),
            text_end: block.text_end,
        });
        // The bytes behind the last whole record are the open record of the next block.
        state.offset += self.offset_unit.source_bytes(&block.bytes[start..end]);
        state.line += speculation.lines;
        state.is_skipping = speculation.end.is_none();
        state.carry.extend_from_slice(&block.bytes[end..]);
        Some(segments)
    }

    /// The one segment that a sequential reader makes of the carried record and the whole block.
    fn resync<'b>(&self, state: &mut ReaderState, block: &'b Block) -> TextSegment<'b> {
        let mut joined = std::mem::take(&mut state.carry);
        joined.extend_from_slice(&block.bytes);
        let (offset, line, text_end) = (state.offset, state.line, block.text_end);
        // Inside a rejected line, records begin behind its line feed; `None` if that line feed is in a later block.
        let start = if state.is_skipping { memchr(b'\n', &joined).map(|lf| lf + 1) } else { Some(0) };
        let csv_format = self.projection.csv_format();
        let last_end = start.and_then(|start| last_record_end(&joined, start, csv_format, text_end));
        let end = last_end.unwrap_or(joined.len());
        state.is_skipping = last_end.is_none();
        state.advance(&joined[..end], self.offset_unit);
        state.carry.extend_from_slice(&joined[end..]);
        let start = start.unwrap_or(joined.len());
        TextSegment {
            text: SegmentText::Joined(joined),
            start,
            end,
            offset,
            line,
            base: 0,
            index: None,
            text_end,
        }
    }
}

impl ReaderState {
    /// Moves offset and line past `text`.
    fn advance(&mut self, text: &[u8], offset_unit: OffsetUnit) {
        self.offset += offset_unit.source_bytes(text);
        self.line += count_lines(text);
    }
}
