//! Blocks of a stream: gzip, zstd, UTF-16, standard input. Comes in: a stream. Goes out: its blocks, in order, to whoever asks.
//!
//! Whoever asks and finds nobody reading reads ahead, while the others take what was read: the stream never waits for a
//! worker to wake up, and with one thread the same code reads a block and takes it.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Condvar, Mutex, PoisonError};

use super::blocks::{Block, lock};
use super::record_ends::Ending;

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
        bytes.clear();
        bytes.extend(self.ahead.take());
        let limit = u64::try_from(block_bytes + 1 - bytes.len()).expect("a block fits memory");
        self.reader.by_ref().take(limit).read_to_end(&mut bytes)?;
        let ending = if bytes.len() > block_bytes {
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

impl Stream {
    /// A stream that stands at its first row.
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Stream {
        let reader = Some(BlockReader { reader, ahead: None, next: 0 });
        Stream { state: Mutex::new(State { reader, ..State::default() }), change: Condvar::new() }
    }

    /// The next block; at most `most` wait to be taken. `None`: there are no more. Errors: the stream cannot be read; told to
    /// one worker, the others find no more blocks.
    pub(crate) fn next_block(
        &self,
        block_bytes: usize,
        most: usize,
        reuse: Vec<u8>,
    ) -> io::Result<Option<Block>> {
        let mut state = lock(&self.state);
        state.spare.push(reuse);
        loop {
            if state.read.len() < most
                && let Some(mut reader) = state.reader.take()
            {
                let memory = state.spare.pop().unwrap_or_default();
                drop(state);
                let block = reader.read(block_bytes, memory);
                state = lock(&self.state);
                match block {
                    Ok(block) => {
                        state.has_ended = block.ending == Ending::Last;
                        state.read.push_back(block);
                        state.reader = (!state.has_ended).then_some(reader);
                        self.change.notify_all();
                    }
                    Err(error) => {
                        self.stop(&mut state);
                        return Err(error);
                    }
                }
            } else if let Some(block) = state.read.pop_front() {
                return Ok(Some(block));
            } else if state.has_ended {
                return Ok(None);
            } else {
                state = self.change.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
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
