//! Blocks of delimited text. Comes in: a file or a stream. Goes out: its bytes in blocks, and for each block the records that
//! begin in it or before it and end in it.
//!
//! A worker takes a block and guesses that its first line end ends a record. When its turn comes ([`Chain`]), it knows how
//! the sequential reader would have arrived, confirms the guess or undoes it and looks again, and hands the open record
//! over to the next block. Records are then read outside the turn, by all workers at once.

use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use memchr::memchr;

use super::record_ends::{Ending, last_boundary};
use super::scan::{self, RecordIndex, Wanted};
use super::stamp::Stamp;
use super::streams::Stream;

/// Some bytes of an input, in order.
#[derive(Debug)]
pub(crate) struct Block {
    /// Which one, from 0.
    pub(crate) index: u64,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// Whether it is the last.
    pub(crate) ending: Ending,
}

/// Where blocks come from.
pub(crate) enum BlockSource {
    /// A plain file, read by position: workers read at the same time.
    File {
        /// The file.
        file: File,
        /// As it was when it was recognised.
        stamp: Stamp,
        /// Where the rows begin. Unit: bytes.
        start: u64,
        /// The next block.
        next: Mutex<u64>,
    },
    /// Anything that is read in order: one worker reads ahead while the others take what it has read.
    Stream(Stream),
}

impl BlockSource {
    /// Blocks of a stream that stands at its first row.
    pub(crate) fn stream(reader: Box<dyn Read + Send>) -> BlockSource {
        BlockSource::Stream(Stream::new(reader))
    }

    /// Once all of a file was read: says whether it was the same all the while.
    ///
    /// # Errors
    /// It changed while it was read.
    pub(crate) fn check(&self) -> io::Result<()> {
        match self {
            BlockSource::File { file, stamp, .. } => stamp.check(file),
            BlockSource::Stream(_) => Ok(()),
        }
    }

    /// Says that a worker is gone that may have been reading.
    pub(crate) fn fail(&self) {
        if let BlockSource::Stream(stream) = self {
            stream.fail();
        }
    }

    /// The next block, into the memory of `reuse`; of a stream a few blocks for each of `threads` may wait to be taken. `None`:
    /// there are no more.
    pub(crate) fn next_block(
        &self,
        block_bytes: usize,
        threads: usize,
        reuse: Vec<u8>,
    ) -> io::Result<Option<Block>> {
        match self {
            BlockSource::File { file, stamp, start, next } => {
                let index = {
                    let mut next = lock(next);
                    let index = *next;
                    *next += 1;
                    index
                };
                let block = u64::try_from(block_bytes).expect("a block fits memory");
                let from = start + index * block;
                let size = stamp.bytes();
                if from >= size && index > 0 {
                    return Ok(None);
                }
                let length = usize::try_from(block.min(size.saturating_sub(from))).expect("at most a block");
                let mut bytes = reuse;
                bytes.resize(length, 0);
                read_at(file, &mut bytes, from)?;
                let ending = if from + block >= size { Ending::Last } else { Ending::More };
                Ok(Some(Block { index, bytes, ending }))
            }
            BlockSource::Stream(stream) => stream.next_block(block_bytes, threads, reuse),
        }
    }
}

/// Reads all of `bytes` from a place of a file.
#[cfg(unix)]
pub(super) fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

/// Reads all of `bytes` from a place of a file.
#[cfg(windows)]
pub(super) fn read_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                bytes = &mut bytes[count..];
                offset += count as u64;
            }
        }
    }
    Ok(())
}

/// How offsets of the text become offsets of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// The text is the source.
    Bytes,
    /// The source was UTF-16.
    Utf16,
}

impl Measure {
    /// Bytes of the source that `text` came from.
    pub(crate) fn bytes(self, text: &[u8]) -> u64 {
        let count = match self {
            Measure::Bytes => text.len(),
            // Every lead byte is a character, and one of four bytes took two units.
            Measure::Utf16 => {
                2 * text
                    .iter()
                    .map(|b| usize::from(b & 0xC0 != 0x80) + usize::from(*b >= 0xF0))
                    .sum::<usize>()
            }
        };
        u64::try_from(count).expect("a text fits memory")
    }
}

/// The sequential reader's state between two blocks.
#[derive(Debug, Default)]
struct Position {
    next_block: u64,
    /// Source offset of the carried text, or of the next block.
    offset: u64,
    /// Line of the same place.
    line: u64,
    /// The open record.
    carry: Vec<u8>,
    /// The rest of a refused line is passed over.
    is_skipping: bool,
    /// A block could not be read: nobody's turn comes any more.
    has_failed: bool,
    /// Workers that sleep until their turn comes.
    sleeping: usize,
}

/// Looks at whose turn it is before a worker falls asleep, which takes longer than most waits. From the second number on, others
/// may have the core in between.
const LOOKS: u32 = 700;
const SPINS: u32 = 400;

/// What lets blocks of one input be read in any order with the outcome of one sequential reader.
pub(crate) struct Chain {
    position: Mutex<Position>,
    /// The block whose turn it is, for those who wait for it.
    next_block: AtomicU64,
    turn: Condvar,
    wanted: Wanted,
    measure: Measure,
}

/// A piece of text that is made of whole records (and refused lines).
#[derive(Debug)]
pub(crate) struct Piece<'b> {
    /// The text.
    pub(crate) text: PieceText<'b>,
    /// Where the first record begins.
    pub(crate) start: usize,
    /// Where the last one ends.
    pub(crate) end: usize,
    /// Source offset of `base`.
    pub(crate) offset: u64,
    /// Line of `base`.
    pub(crate) line: u64,
    /// The byte of the text that `offset` and `line` are of: `start`, or the rest of a refused line before it.
    pub(crate) base: usize,
    /// Where its records are. **Absent**: to be found by the plain reader.
    pub(crate) index: Option<&'b RecordIndex>,
    /// Whether the input ends with this text.
    pub(crate) ending: Ending,
}

/// Where the bytes of a piece are.
#[derive(Debug)]
pub(crate) enum PieceText<'b> {
    /// In the block.
    Block(&'b [u8]),
    /// Joined with what the last block carried over.
    Joined(Vec<u8>),
}

impl PieceText<'_> {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            PieceText::Block(bytes) => bytes,
            PieceText::Joined(bytes) => bytes,
        }
    }
}

/// What a worker found out about its block before its turn, on the guess that the first line end ends a record.
struct Guess {
    start: usize,
    end: Option<usize>,
    lines: u64,
}

impl Chain {
    /// The chain of an input whose rows begin at source offset `offset`, on line `line`.
    pub(crate) fn new(offset: u64, line: u64, wanted: Wanted, measure: Measure) -> Chain {
        let position = Position { offset, line, ..Position::default() };
        let next_block = AtomicU64::new(position.next_block);
        Chain { position: Mutex::new(position), next_block, turn: Condvar::new(), wanted, measure }
    }

    /// What is wanted of each record.
    pub(crate) fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Says that a block cannot be had, so that nobody waits for it.
    pub(crate) fn fail(&self) {
        lock(&self.position).has_failed = true;
        self.turn.notify_all();
    }

    /// The records of `block`, in at most two pieces. Waits until all blocks before it have had their turn.
    /// `None`: another block failed. `index` is memory for those of the block.
    pub(crate) fn pieces<'b>(&self, block: &'b Block, index: &'b mut RecordIndex) -> Option<Vec<Piece<'b>>> {
        let guess = self.guess(block, index);
        // Mostly the turn comes before a worker could fall asleep and be woken.
        for look in 0..LOOKS {
            if self.next_block.load(Ordering::Acquire) == block.index {
                break;
            }
            if look < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
        let mut position = lock(&self.position);
        while position.next_block != block.index {
            if position.has_failed {
                return None;
            }
            position.sleeping += 1;
            position = self.turn.wait(position).unwrap_or_else(PoisonError::into_inner);
            position.sleeping -= 1;
        }
        let pieces = match guess.and_then(|guess| self.confirmed(&mut position, block, guess, index)) {
            Some(pieces) => pieces,
            None => vec![self.undone(&mut position, block)],
        };
        position.next_block += 1;
        self.next_block.store(position.next_block, Ordering::Release);
        let anybody_sleeps = position.sleeping > 0;
        drop(position);
        if anybody_sleeps {
            self.turn.notify_all();
        }
        Some(pieces)
    }

    fn guess(&self, block: &Block, index: &mut RecordIndex) -> Option<Guess> {
        let start = if block.index == 0 { 0 } else { memchr(b'\n', &block.bytes)? + 1 };
        let end = scan::index(&block.bytes, start, &self.wanted, block.ending, index);
        let lines = if end.is_some() { index.lines() } else { lines(&block.bytes[start..]) };
        Some(Guess { start, end, lines })
    }

    /// The pieces, if what was carried over ends where the guess begins.
    fn confirmed<'b>(
        &self,
        position: &mut Position,
        block: &'b Block,
        guess: Guess,
        index: &'b RecordIndex,
    ) -> Option<Vec<Piece<'b>>> {
        let mut pieces = Vec::with_capacity(2);
        let head = &block.bytes[..guess.start];
        if position.is_skipping {
            position.is_skipping = false;
            position.advance(head, self.measure);
        } else if !head.is_empty() {
            let carried = position.carry.len();
            position.carry.extend_from_slice(head);
            if last_boundary(&position.carry, 0, self.wanted.splitting(), Ending::More)
                != Some(position.carry.len())
            {
                position.carry.truncate(carried);
                return None;
            }
            let joined = std::mem::take(&mut position.carry);
            let (offset, line, end) = (position.offset, position.line, joined.len());
            position.advance(&joined, self.measure);
            let text = PieceText::Joined(joined);
            pieces.push(Piece {
                text,
                start: 0,
                end,
                offset,
                line,
                base: 0,
                index: None,
                ending: Ending::More,
            });
        }
        let (start, end) = (guess.start, guess.end.unwrap_or(block.bytes.len()));
        pieces.push(Piece {
            text: PieceText::Block(&block.bytes),
            start,
            end,
            offset: position.offset,
            line: position.line,
            base: start,
            index: Some(index),
            ending: block.ending,
        });
        position.offset += self.measure.bytes(&block.bytes[start..end]);
        position.line += guess.lines;
        position.is_skipping = guess.end.is_none();
        position.carry.extend_from_slice(&block.bytes[end..]);
        Some(pieces)
    }

    /// The one piece that the sequential reader makes of what was carried over and the whole block.
    fn undone<'b>(&self, position: &mut Position, block: &'b Block) -> Piece<'b> {
        let mut joined = std::mem::take(&mut position.carry);
        joined.extend_from_slice(&block.bytes);
        let (offset, line, ending) = (position.offset, position.line, block.ending);
        let start = if position.is_skipping { memchr(b'\n', &joined).map(|lf| lf + 1) } else { Some(0) };
        let boundary = start.and_then(|start| last_boundary(&joined, start, self.wanted.splitting(), ending));
        let end = boundary.unwrap_or(joined.len());
        position.is_skipping = boundary.is_none();
        position.advance(&joined[..end], self.measure);
        position.carry.extend_from_slice(&joined[end..]);
        let start = start.unwrap_or(joined.len());
        Piece { text: PieceText::Joined(joined), start, end, offset, line, base: 0, index: None, ending }
    }
}

impl Position {
    fn advance(&mut self, text: &[u8], measure: Measure) {
        self.offset += measure.bytes(text);
        self.line += lines(text);
    }
}

/// Line ends in `text`.
pub(crate) fn lines(text: &[u8]) -> u64 {
    u64::try_from(memchr::memchr_iter(b'\n', text).count()).expect("a text fits memory")
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A worker that panicked is a bug that stops the run; the others may still see what it left.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
