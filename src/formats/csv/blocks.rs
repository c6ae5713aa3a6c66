//! Blocks of delimited text. Comes in: a file or a stream that stands at its first row. Goes out: the bytes of the input in numbered
//! blocks of fixed size, cut without regard to records. Where records begin, [`super::sequencer`] decides.

use std::fs::File;
use std::io::{self, Read};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::record_ends::TextEnd;
use super::stream::BlockStream;
use crate::formats::fingerprint::Fingerprint;
use crate::formats::read_at::read_at;

/// Consecutive bytes of an input.
#[derive(Debug)]
pub(crate) struct Block {
    /// The number of the block within the input, from 0.
    pub(crate) index: u64,
    /// The bytes of the block.
    pub(crate) bytes: Vec<u8>,
    /// Whether the input ends with this block.
    pub(crate) text_end: TextEnd,
}

/// Where the blocks of an input come from.
pub(crate) enum BlockSource {
    /// A plain file, read by position, by several workers at the same time.
    File {
        /// The open file.
        file: File,
        /// Size and modification time of the file when it was recognised.
        fingerprint: Fingerprint,
        /// Where the rows begin. **Unit**: bytes.
        start: u64,
        /// The index of the block that is taken next.
        next: Mutex<u64>,
    },
    /// An input that can be read in order only: one worker at a time reads, and queues blocks for the others.
    Stream {
        /// The blocks.
        blocks: BlockStream,
        /// The open file, and its size and modification time when it was recognised. **Absent**: standard input or a pipe.
        file: Option<(File, Fingerprint)>,
    },
}

impl BlockSource {
    /// The blocks of a stream that stands at its first row; `file` is the file that it reads.
    pub(crate) fn stream(reader: Box<dyn Read + Send>, file: Option<(File, Fingerprint)>) -> BlockSource {
        BlockSource::Stream { blocks: BlockStream::new(reader), file }
    }

    /// Checks, once all blocks of a file have been read, that the file did not change since it was recognised.
    ///
    /// # Errors
    /// The file changed while it was read.
    pub(crate) fn check(&self) -> io::Result<()> {
        match self {
            BlockSource::File { file, fingerprint, .. }
            | BlockSource::Stream { file: Some((file, fingerprint)), .. } => fingerprint.check(file),
            BlockSource::Stream { file: None, .. } => Ok(()),
        }
    }

    /// Ends the input after a worker panicked, which may have been the reader of a stream.
    pub(crate) fn fail(&self) {
        if let BlockSource::Stream { blocks, .. } = self {
            blocks.fail();
        }
    }

    /// Reads the next block into the memory of `reuse`. Of a stream, a few blocks for each of `threads` may be queued. `None` if the
    /// input has no more blocks.
    ///
    /// # Errors
    /// The input cannot be read.
    pub(crate) fn next_block(
        &self,
        block_bytes: usize,
        threads: usize,
        reuse: Vec<u8>,
    ) -> io::Result<Option<Block>> {
        match self {
            BlockSource::File { file, fingerprint, start, next } => {
                let index = {
                    let mut next = lock(next);
                    let index = *next;
                    *next += 1;
                    index
                };
                let block = u64::try_from(block_bytes).expect("a block fits memory");
                let from = start + index * block;
                let size = fingerprint.bytes();
                // A file without rows still has block 0, whose turn checks the file.
                if from >= size && index > 0 {
                    return Ok(None);
                }
                let length = usize::try_from(block.min(size.saturating_sub(from))).expect("at most a block");
                let mut bytes = reuse;
                bytes.resize(length, 0);
                read_at(file, &mut bytes, from)?;
                let text_end = if from + block >= size { TextEnd::EndOfInput } else { TextEnd::MoreFollows };
                Ok(Some(Block { index, bytes, text_end }))
            }
            BlockSource::Stream { blocks, .. } => blocks.next_block(block_bytes, threads, reuse),
        }
    }
}

/// Locks a mutex, also one that a panicking worker has poisoned: the panic stops the run, and the other workers only need to leave.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
