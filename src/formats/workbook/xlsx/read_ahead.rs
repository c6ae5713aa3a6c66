//! Expands a part of a workbook, block by block: on the same thread, or on a thread of its own that reads ahead while
//! the caller works. Comes in: the zip and the index of a part. Goes out: blocks. It does not interpret them.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::mpsc::{channel, sync_channel};

use super::super::error::WorkbookError;
use super::super::preflight::zip;

/// Takes expanded bytes, and says whether more are wanted.
type TakeBytes<'t> = dyn FnMut(&[u8]) -> Result<ControlFlow<()>, WorkbookError> + 't;

/// On which thread a part is expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expansion {
    /// On a thread of its own, while the caller works on the blocks before.
    ReadAhead,
    SameThread,
}

const BLOCK_BYTES: usize = 256 << 10;
/// Most blocks that wait for the caller.
const BLOCKS_AHEAD: usize = 4;

/// Calls `each` for the blocks of a part until it breaks; the last block is empty.
///
/// # Errors
/// The part is damaged, or `each` fails.
pub(in super::super) fn for_each_block(
    path: &Path,
    index: usize,
    expanding: Expansion,
    each: &mut TakeBytes<'_>,
) -> Result<(), WorkbookError> {
    match expanding {
        Expansion::SameThread => {
            let mut archive = zip::open(path)?;
            let mut part = archive.by_index(index)?;
            let mut block = vec![0; BLOCK_BYTES];
            loop {
                let read = fill(&mut part, &mut block)?;
                if each(&block[..read])?.is_break() {
                    return Ok(());
                }
                if read == 0 {
                    return Ok(());
                }
            }
        }
        Expansion::ReadAhead => read_ahead(path, index, each),
    }
}

fn read_ahead(path: &Path, index: usize, each: &mut TakeBytes<'_>) -> Result<(), WorkbookError> {
    let (full, blocks) = sync_channel::<Result<Vec<u8>, WorkbookError>>(BLOCKS_AHEAD);
    let (empty, used) = channel::<Vec<u8>>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let expand = || -> Result<(), WorkbookError> {
                let mut archive = zip::open(path)?;
                let mut part = archive.by_index(index)?;
                loop {
                    let mut block = used.try_recv().unwrap_or_default();
                    block.resize(BLOCK_BYTES, 0);
                    let read = fill(&mut part, &mut block)?;
                    block.truncate(read);
                    // The caller has broken off and dropped the receiver.
                    if full.send(Ok(block)).is_err() || read == 0 {
                        return Ok(());
                    }
                }
            };
            if let Err(error) = expand() {
                // The caller may have broken off.
                full.send(Err(error)).unwrap_or(());
            }
        });
        for block in blocks {
            let block = block?;
            if each(&block)?.is_break() {
                return Ok(());
            }
            if block.is_empty() {
                return Ok(());
            }
            // Blocks are returned for reuse; the thread may have ended.
            empty.send(block).unwrap_or(());
        }
        Ok(())
    })
}

/// Reads until the block is full or the part ends.
fn fill(part: &mut impl Read, block: &mut [u8]) -> Result<usize, WorkbookError> {
    let mut read = 0;
    while read < block.len() {
        match part.read(&mut block[read..])? {
            0 => break,
            count => read += count,
        }
    }
    Ok(read)
}
