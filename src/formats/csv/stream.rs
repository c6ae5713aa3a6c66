//! Blocks of an input that can be read in order only: gzip, zstd, UTF-16, standard input. Comes in: a stream. Goes out: its blocks, in
//! order, one to each caller.
//!
//! A caller that finds the reader idle reads ahead, while other workers take the blocks that it queues: the stream never waits for a
//! worker to wake up, and with one thread the same code reads a block and takes it. Decompressing takes longer than reading rows, so
//! the reading worker keeps reading for as long as other workers take its blocks, and wakes them once for several blocks.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use super::blocks::{Block, lock};
use super::record_ends::TextEnd;
use crate::base::limits;

/// The number of queued blocks for which a parked worker is woken: a wake-up costs as much as a few percent of decompressing a block.
const BLOCKS_PER_WAKE_UP: usize = 4;

/// A stream, and the queue of its blocks that no worker has taken yet.
pub(crate) struct BlockStream {
    state: Mutex<StreamState>,
    /// Signalled when a block is queued, the reader becomes idle, or the stream ends.
    change: Condvar,
}

#[derive(Default)]
struct StreamState {
    /// **Absent**: a worker is reading, or the stream has ended or failed.
    reader: Option<BlockReader>,
    queue: VecDeque<Block>,
    /// Memory of blocks that have been read, to be filled again.
    spare: Vec<Vec<u8>>,
    has_ended: bool,
    /// Workers that are parked until a change.
    sleeping: usize,
    /// The worker that read the last block.
    last_reader: Option<ThreadId>,
    /// Whether the last block was taken by another worker than the one that read it.
    has_takers: bool,
}

/// Reads blocks in order.
struct BlockReader {
    reader: Box<dyn Read + Send>,
    /// The byte after the last block, read to tell whether that block was the last.
    lookahead: Option<u8>,
    next: u64,
}

impl BlockReader {
    /// Reads the next block into `memory`: `block_bytes` bytes, fewer at the end of the stream.
    fn read(&mut self, block_bytes: usize, memory: Vec<u8>) -> io::Result<Block> {
        let mut bytes = memory;
        // One byte more than a block: if it exists, the block is not the last.
        let wanted = block_bytes + 1;
        let mut count = 0;
        // Overwrite the old contents in place, which saves both clearing the memory and growing it in small steps.
        bytes.truncate(wanted);
        if let Some(lookahead) = self.lookahead.take() {
            bytes.resize(bytes.len().max(1), 0);
            bytes[0] = lookahead;
            count = 1;
        }
        loop {
            if count == bytes.len() {
                if count == wanted {
                    break;
                }
                // Grow by doubling: a stream may end long before a large block is full.
                bytes.resize(wanted.min(limits::BLOCK_BYTES.max(2 * count) + 1), 0);
            }
            match self.reader.read(&mut bytes[count..]) {
                Ok(0) => break,
                Ok(read) => count += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(count);
        let text_end = if count == wanted {
            self.lookahead = bytes.pop();
            TextEnd::MoreFollows
        } else {
            TextEnd::EndOfInput
        };
        let index = self.next;
        self.next += 1;
        Ok(Block { index, bytes, text_end })
    }
}

impl StreamState {
    /// How many blocks may be queued: one while the reading worker takes its own blocks, so that each is still in its cache.
    fn queue_limit(&self, block_bytes: usize, threads: usize) -> usize {
        if self.sleeping == 0 && !self.has_takers {
            1
        } else if block_bytes > limits::BLOCK_BYTES {
            threads
        } else {
            2 * threads + BLOCKS_PER_WAKE_UP
        }
    }
}

impl BlockStream {
    /// A stream that stands at its first row.
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> BlockStream {
        let reader = Some(BlockReader { reader, lookahead: None, next: 0 });
        let state = StreamState { reader, ..StreamState::default() };
        BlockStream { state: Mutex::new(state), change: Condvar::new() }
    }

    /// The next block; `threads` bounds the queue. `None` if the stream has no more blocks.
    ///
    /// # Errors
    /// The stream cannot be read. One worker gets the error; the others find the stream ended.
    pub(crate) fn next_block(
        &self,
        block_bytes: usize,
        threads: usize,
        reuse: Vec<u8>,
    ) -> io::Result<Option<Block>> {
        let this_thread = thread::current().id();
        let mut state = lock(&self.state);
        state.spare.push(reuse);
        loop {
            // Read first, take second: the queue is filled to its limit before this worker leaves to read rows.
            if state.queue.len() < state.queue_limit(block_bytes, threads)
                && let Some(mut reader) = state.reader.take()
            {
                let memory = state.spare.pop().unwrap_or_default();
                drop(state);
                let block = reader.read(block_bytes, memory);
                state = lock(&self.state);
                match block {
                    // Another worker stopped the stream during the read.
                    Ok(_) if state.has_ended => return Ok(None),
                    Ok(block) => {
                        state.has_ended = block.text_end == TextEnd::EndOfInput;
                        state.queue.push_back(block);
                        state.reader = (!state.has_ended).then_some(reader);
                        state.last_reader = Some(this_thread);
                        self.wake_for_block(&state, block_bytes);
                    }
                    Err(error) => {
                        self.stop(&mut state);
                        return Err(error);
                    }
                }
            } else if let Some(block) = state.queue.pop_front() {
                state.has_takers = state.last_reader != Some(this_thread);
                // The reader is idle once this worker leaves: wake one parked worker to take over.
                if state.sleeping > 0 && state.reader.is_some() {
                    self.change.notify_one();
                }
                return Ok(Some(block));
            } else if state.has_ended {
                return Ok(None);
            } else {
                state.sleeping += 1;
                state = self.change.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.sleeping -= 1;
            }
        }
    }

    /// Wakes parked workers after a block was queued, if enough blocks are queued to be worth a wake-up.
    fn wake_for_block(&self, state: &StreamState, block_bytes: usize) {
        if state.sleeping == 0 {
            return;
        }
        // A block larger than the default is worth a wake-up by itself.
        let is_worth_a_wake_up =
            block_bytes > limits::BLOCK_BYTES || state.queue.len().is_multiple_of(BLOCKS_PER_WAKE_UP);
        if state.has_ended {
            self.change.notify_all();
        } else if is_worth_a_wake_up {
            self.change.notify_one();
        }
    }

    /// Ends the stream after a worker panicked, which may have been reading.
    pub(crate) fn fail(&self) {
        self.stop(&mut lock(&self.state));
    }

    fn stop(&self, state: &mut StreamState) {
        state.has_ended = true;
        state.reader = None;
        self.change.notify_all();
    }
}
