//! Reads of a file by position, which several threads do at the same time on one handle. Comes in: a file and an offset. Goes out:
//! bytes. It does not move the file's cursor on Unix; on Windows it does, so that nothing else may rely on the cursor.

use std::fs::File;
use std::io;

/// Fills `bytes` with the bytes of `file` from `offset` on.
///
/// # Errors
/// The file ends before `bytes` is full (`UnexpectedEof`), or cannot be read.
#[cfg(unix)]
pub(super) fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

/// Fills `bytes` with the bytes of `file` from `offset` on.
///
/// # Errors
/// The file ends before `bytes` is full (`UnexpectedEof`), or cannot be read.
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
