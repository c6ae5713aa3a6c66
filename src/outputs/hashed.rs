//! SHA-256: of bytes, and of what is written while it is written. Comes in: bytes. Goes out: 64 lower-case hex digits.

use std::io;

use sha2::{Digest, Sha256};

use crate::base::text::hex;

/// The SHA-256 of `bytes`, in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes).as_slice())
}

/// The SHA-256 of `bytes`.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The SHA-256 of all that a reader gives, in lower-case hex.
///
/// # Errors
/// It cannot be read.
pub fn sha256_of_reader(mut reader: impl io::Read) -> io::Result<String> {
    let mut hashed = Hashed::new(io::sink());
    io::copy(&mut reader, &mut hashed)?;
    Ok(hashed.sha256_hex())
}

/// A writer that knows the SHA-256 of what went through it.
pub(super) struct Hashed<W> {
    inner: W,
    hash: Sha256,
}

/// Fewer bytes are hashed sooner than another thread is asked for it.
const WORTH_A_THREAD: usize = 64 << 10;

impl<W: io::Write + Send> Hashed<W> {
    pub(super) fn new(inner: W) -> Hashed<W> {
        Hashed { inner, hash: Sha256::new() }
    }

    /// The SHA-256 of all that was written, in lower-case hex.
    pub(super) fn sha256_hex(self) -> String {
        hex(self.hash.finalize().as_slice())
    }
}

impl<W: io::Write + Send> io::Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() >= WORTH_A_THREAD {
            let Hashed { inner, hash } = self;
            let (written, ()) = rayon::join(|| inner.write_all(bytes), || hash.update(bytes));
            return written.map(|()| bytes.len());
        }
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_is_written_in_pieces_has_the_digest_of_the_whole() {
        let mut out = Hashed::new(Vec::new());
        out.write_all(b"a").unwrap();
        out.write_all(b"bc").unwrap();
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(out.sha256_hex(), known);
        assert_eq!(sha256_hex(b"abc"), known);
    }

    #[test]
    fn what_is_hashed_on_another_thread_has_the_digest_of_the_whole() {
        let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(3 * WORTH_A_THREAD).collect();
        let mut out = Hashed::new(Vec::new());
        for piece in bytes.chunks(WORTH_A_THREAD + 1) {
            out.write_all(piece).unwrap();
        }
        assert_eq!(out.inner, bytes);
        assert_eq!(out.sha256_hex(), sha256_hex(&bytes));
    }
}
