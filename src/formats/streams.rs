//! Blocks of a stream: gzip, zstd, UTF-16, standard input. Comes in: a stream. Goes out: its blocks, in order, to whoever asks.
//!
//! Whoever asks and finds nobody reading reads ahead, while the others take what was read: the stream never waits for a
//! worker to wake up, and with one thread the same code reads a block and takes it. To decompress takes longer than to read
//! rows, so the one who reads goes on doing it as long as others take his blocks, and they are woken for some blocks at a time.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use super::blocks::{Block, lock};
use super::record_ends::Ending;
use crate::base::limits;

/// Blocks that are worth waking a worker: to wake one costs as much as a few percent of decompressing a block.
const WORTH_WAKING: usize = 4;

/// A stream, and the blocks that were read of it and not yet taken.
pub(crate) struct Stream {
    state: Mutex<State>,
    /// There is a block to take, or reading to be done, or nothing more to come.
    change: Condvar,
}

#[derive(Default)]
struct State {
    /// **Absent**: a worker is reading, or the stream has ended or failed.
    reader: Option<BlockReader>,
    read: VecDeque<Block>,
    spare: Vec<Vec<u8>>,
    has_ended: bool,
    /// Workers that sleep until there is a change.
    sleeping: usize,
    /// Who read the last block.
    last_reader: Option<ThreadId>,
    /// Whether the last block was taken by another than had read.
    has_takers: bool,
}

/// Reads blocks in order.
struct BlockReader {
    reader: Box<dyn Read + Send>,
    /// A byte read ahead, to know whether a block is the last.
    ahead: Option<u8>,
    next: u64,
}

impl BlockReader {
    fn read(&mut self, block_bytes: usize, memory: Vec<u8>) -> io::Result<Block> {
        let mut bytes = memory;
        let wanted = block_bytes + 1;
        let mut count = 0;
        // Read into memory that has its length already, so that it is neither cleared before nor read in small pieces.
        bytes.truncate(wanted);
        if let Some(ahead) = self.ahead.take() {
            bytes.resize(bytes.len().max(1), 0);
            bytes[0] = ahead;
            count = 1;
        }
        loop {
            if count == bytes.len() {
                if count == wanted {
                    break;
                }
                // A stream may end long before a large block is full.
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
        let ending = if count == wanted {
            self.ahead = bytes.pop();
            Ending::More
        } else {
            Ending::Last
        };
        let index = self.next;
        self.next += 1;
        Ok(Block { index, bytes, ending })
    }
}

impl State {
    /// Blocks that may wait to be taken: who reads for himself has each at once, while it is in his cache.
    fn most(&self, block_bytes: usize, threads: usize) -> usize {
        if self.sleeping == 0 && !self.has_takers {
            1
        } else if block_bytes > limits::BLOCK_BYTES {
            threads
        } else {
            2 * threads + WORTH_WAKING
        }
    }
}

impl Stream {
    /// A stream that stands at its first row.
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Stream {
        let reader = Some(BlockReader { reader, ahead: None, next: 0 });
        Stream { state: Mutex::new(State { reader, ..State::default() }), change: Condvar::new() }
    }

    /// The next block; `threads` bounds how many wait to be taken. `None`: there are no more. Errors: the stream cannot be read;
    /// told to one worker, the others find no more blocks.
    pub(crate) fn next_block(
        &self,
        block_bytes: usize,
        threads: usize,
        reuse: Vec<u8>,
    ) -> io::Result<Option<Block>> {
        let me = thread::current().id();
        let mut state = lock(&self.state);
        state.spare.push(reuse);
        loop {
            if state.read.len() < state.most(block_bytes, threads)
                && let Some(mut reader) = state.reader.take()
            {
                let memory = state.spare.pop().unwrap_or_default();
                drop(state);
                let block = reader.read(block_bytes, memory);
                state = lock(&self.state);
                match block {
                    // Stopped in the meantime.
                    Ok(_) if state.has_ended => return Ok(None),
                    Ok(block) => {
                        state.has_ended = block.ending == Ending::Last;
                        state.read.push_back(block);
                        state.reader = (!state.has_ended).then_some(reader);
                        state.last_reader = Some(me);
                        self.tell_of_block(&state, block_bytes);
                    }
                    Err(error) => {
                        self.stop(&mut state);
                        return Err(error);
                    }
                }
            } else if let Some(block) = state.read.pop_front() {
                state.has_takers = state.last_reader != Some(me);
                // Whoever reads and leaves to read rows may leave sleepers behind, of whom one must read.
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

    /// Wakes whom the block that was read last is worth it.
    fn tell_of_block(&self, state: &State, block_bytes: usize) {
        if state.sleeping == 0 {
            return;
        }
        // Blocks that are larger than they need be are worth it each.
        let is_worth_it = block_bytes > limits::BLOCK_BYTES || state.read.len().is_multiple_of(WORTH_WAKING);
        if state.has_ended {
            self.change.notify_all();
        } else if is_worth_it {
            self.change.notify_one();
        }
    }

    /// Says that a worker is gone that may have been reading.
    pub(crate) fn fail(&self) {
        self.stop(&mut lock(&self.state));
    }

    fn stop(&self, state: &mut State) {
        state.has_ended = true;
        state.reader = None;
        self.change.notify_all();
    }
}
