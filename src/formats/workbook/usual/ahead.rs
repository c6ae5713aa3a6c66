//! Expands a part of a workbook, block by block: on a thread of its own, some blocks ahead of who looks at them, or in turn
//! with him.

use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{channel, sync_channel};

use super::super::Walk;
use super::super::archive;
use super::super::fault::WorkbookError;

/// Who expands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expanding {
    /// Another thread, while blocks are looked at.
    Ahead,
    InTurn,
}

const BLOCK_BYTES: usize = 256 << 10;
/// Blocks that wait to be looked at.
const BLOCKS_AHEAD: usize = 4;

/// Calls `each` for the blocks of a part, until it says stop; the last one is empty.
///
/// # Errors
/// The part is damaged, or what `each` says.
pub(in super::super) fn blocks(
    path: &Path,
    index: usize,
    expanding: Expanding,
    each: &mut dyn FnMut(&[u8]) -> Result<Walk, WorkbookError>,
) -> Result<(), WorkbookError> {
    match expanding {
        Expanding::InTurn => {
            let mut archive = archive::open(path)?;
            let mut part = archive.by_index(index)?;
            let mut block = vec![0; BLOCK_BYTES];
            loop {
                let read = fill(&mut part, &mut block)?;
                if let Walk::Stop = each(&block[..read])? {
                    return Ok(());
                }
                if read == 0 {
                    return Ok(());
                }
            }
        }
        Expanding::Ahead => ahead(path, index, each),
    }
}

fn ahead(
    path: &Path,
    index: usize,
    each: &mut dyn FnMut(&[u8]) -> Result<Walk, WorkbookError>,
) -> Result<(), WorkbookError> {
    let (full, blocks) = sync_channel::<Result<Vec<u8>, WorkbookError>>(BLOCKS_AHEAD);
    let (empty, used) = channel::<Vec<u8>>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let expand = || -> Result<(), WorkbookError> {
                let mut archive = archive::open(path)?;
                let mut part = archive.by_index(index)?;
                loop {
                    let mut block = used.try_recv().unwrap_or_default();
                    block.resize(BLOCK_BYTES, 0);
                    let read = fill(&mut part, &mut block)?;
                    block.truncate(read);
                    // Nobody listens any more: he has all that he wants.
                    if full.send(Ok(block)).is_err() || read == 0 {
                        return Ok(());
                    }
                }
            };
            if let Err(error) = expand() {
                // As above.
                full.send(Err(error)).unwrap_or(());
            }
        });
        for block in blocks {
            let block = block?;
            if let Walk::Stop = each(&block)? {
                return Ok(());
            }
            if block.is_empty() {
                return Ok(());
            }
            // The other thread may have come to its end.
            empty.send(block).unwrap_or(());
        }
        Ok(())
    })
}

/// Reads until the block is full, or the part over.
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
