//! Decompression of one page. Comes in: the bytes as stored, the codec, and memory of the size that the header states. Goes out: the page, all of
//! whose bytes are written. It checks no checksum.
//!
//! Source: apache/parquet-format, Compression.md; the framing of the deprecated LZ4 is of Hadoop: the unpacked and the packed size of each frame,
//! 32 bits each, the higher bytes first.

use std::io::Read;

use polars_parquet::parquet::compression::{Compression, DecompressionContext, decompress};

use super::error::{ParquetInputError, guarded};
use super::rle_bit_packed::varint;

/// Memory that the decoder of brotli reads at once. **Unit**: bytes.
const BROTLI_BYTES: usize = 4096;

/// Decompresses `stored` into `page`.
///
/// # Errors
/// The bytes are damaged, or unpack to another size.
pub(super) fn decompress_page(
    compression: Compression,
    stored: &[u8],
    page: &mut [u8],
    context: &mut DecompressionContext,
) -> Result<(), ParquetInputError> {
    let other_size = || ParquetInputError::corrupt("a page has another size than it says");
    match compression {
        Compression::Lz4Raw => lz4_block(stored, page).ok_or_else(other_size),
        // Some writers of the deprecated codec leave the frames out.
        Compression::Lz4 => {
            hadoop_frames(stored, page).or_else(|| lz4_block(stored, page)).ok_or_else(other_size)
        }
        Compression::Brotli => {
            let mut decoder = brotli_decompressor::Decompressor::new(stored, BROTLI_BYTES);
            let unpacked = guarded(|| decoder.read_exact(page).map_err(|_| other_size()));
            unpacked.and_then(|()| match decoder.read(&mut [0]) {
                Ok(0) => Ok(()),
                Ok(_) | Err(_) => Err(other_size()),
            })
        }
        // Snappy data begins with its uncompressed length, which polars-parquet trusts, so it must equal the length in the header.
        Compression::Snappy
            if varint(stored).and_then(|(bytes, _)| usize::try_from(bytes).ok()) != Some(page.len()) =>
        {
            Err(other_size())
        }
        // Here polars-parquet reads exactly the length in the header.
        Compression::Snappy
        | Compression::Gzip
        | Compression::Zstd
        | Compression::Uncompressed
        | Compression::Lzo => guarded(|| decompress(compression, stored, page, context)),
    }
}

/// Unpacks one block of LZ4. `None` if it is damaged, or unpacks to another size.
fn lz4_block(stored: &[u8], page: &mut [u8]) -> Option<()> {
    let bytes = lz4_flex::block::decompress_into(stored, page).ok()?;
    (bytes == page.len()).then_some(())
}

/// Unpacks frames of Hadoop. `None` if the bytes are none.
fn hadoop_frames(mut stored: &[u8], mut page: &mut [u8]) -> Option<()> {
    while !stored.is_empty() || !page.is_empty() {
        let (unpacked, rest) = size(stored)?;
        let (packed, rest) = size(rest)?;
        let (block, behind) = rest.split_at_checked(packed)?;
        let (first, others) = page.split_at_mut_checked(unpacked)?;
        lz4_block(block, first)?;
        (stored, page) = (behind, others);
    }
    Some(())
}

/// A size of 32 bits, and what follows it.
fn size(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    Some((usize::try_from(u32::from_be_bytes(*size)).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `abc`, unpacked from LZ4 as three literals.
    const BLOCK: [u8; 4] = [0x30, b'a', b'b', b'c'];

    fn unpacked(compression: Compression, stored: &[u8], bytes: usize) -> Option<Vec<u8>> {
        let mut page = vec![b'?'; bytes];
        decompress_page(compression, stored, &mut page, &mut DecompressionContext::Unset).ok()?;
        Some(page)
    }

    #[test]
    fn a_block_of_lz4_fills_its_page() {
        assert_eq!(unpacked(Compression::Lz4Raw, &BLOCK, 3), Some(b"abc".to_vec()));
        for bytes in [2, 4] {
            assert_eq!(unpacked(Compression::Lz4Raw, &BLOCK, bytes), None, "{bytes}");
        }
    }

    #[test]
    fn the_deprecated_lz4_has_frames_or_none() {
        let frame = |block: &[u8], bytes: u8| [&[0, 0, 0, bytes, 0, 0, 0, 4][..], block].concat();
        let frames = [frame(&BLOCK, 3), frame(&BLOCK, 3), frame(&BLOCK, 3)].concat();
        assert_eq!(unpacked(Compression::Lz4, &frames, 9), Some(b"abcabcabc".to_vec()));
        assert_eq!(unpacked(Compression::Lz4, &BLOCK, 3), Some(b"abc".to_vec()));
        assert_eq!(unpacked(Compression::Lz4, &frames, 10), None);
        assert_eq!(unpacked(Compression::Lz4, &frames[..20], 9), None);
    }

    #[test]
    fn brotli_ends_where_its_page_ends() {
        // A stream of one uncompressed block.
        let stream = [0x8b, 0x01, 0x80, b'a', b'b', b'c', 0x03];
        assert_eq!(unpacked(Compression::Brotli, &stream, 4), None);
        let stream = [0x0b, 0x01, 0x80, b'a', b'b', b'c', 0x03];
        assert_eq!(unpacked(Compression::Brotli, &stream, 3), Some(b"abc".to_vec()));
        for bytes in [2, 4] {
            assert_eq!(unpacked(Compression::Brotli, &stream, bytes), None, "{bytes}");
        }
    }
}
