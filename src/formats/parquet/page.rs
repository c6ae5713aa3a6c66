//! Pages of one column: read by position, checked, decompressed. Comes in: a chunk of a file. Goes out: the bytes of one page at
//! a time, and what they are. It does not decode values.
//!
//! Memory: what is read ahead, and one page as stored and one decompressed, each at most [`limits::PARQUET_PAGE_BYTES`], and an eighth
//! more that is asked for and not touched.

use std::fs::File;

use polars_parquet::parquet::compression::{Compression, DecompressionContext, decompress};
use polars_parquet_format::thrift::protocol::TCompactInputProtocol;
use polars_parquet_format::{Encoding, PageHeader, PageType};

use super::Chunk;
use super::fault::{ParquetFault, guarded};
use super::runs::varint;
use crate::base::limits;
use crate::formats::read_at::read_at;

/// Bytes that are read at once, if a page is smaller.
const AHEAD_BYTES: usize = 256 << 10;
/// A header of a page has at most this many bytes; it may hold the smallest and the largest text of the page.
const HEADER_BYTES: usize = 1 << 20;

/// What the bytes of a page are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageKind {
    /// The values that pages of numbers choose from.
    Dictionary { values: usize },
    /// Values, with levels that say which are missing.
    Data { rows: usize, encoding: Encoding, levels: Levels },
}

/// Where the levels of a page stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Levels {
    /// Before the values, with their length.
    Counted,
    /// Before the values; so many bytes, after so many others.
    Of { skipped: usize, bytes: usize },
}

/// The pages of one column in one row group.
pub(super) struct Pages<'f> {
    file: &'f File,
    /// Where the bytes in `ahead` stand in the file, and where the next page begins.
    ahead_at: u64,
    at: u64,
    end: u64,
    ahead: Vec<u8>,
    /// Bytes of `ahead` that are of the file; those after them are overwritten.
    there: usize,
    compression: Compression,
    context: DecompressionContext,
    header: Option<(PageHeader, u64)>,
}

impl<'f> Pages<'f> {
    /// Of a chunk; `ahead` is memory to use.
    pub(super) fn new(file: &'f File, chunk: &Chunk, ahead: Vec<u8>) -> Pages<'f> {
        Pages {
            file,
            ahead_at: chunk.start,
            at: chunk.start,
            end: chunk.end,
            ahead,
            there: 0,
            compression: chunk.compression,
            context: DecompressionContext::Unset,
            header: None,
        }
    }

    /// The memory that it was given.
    pub(super) fn into_memory(self) -> Vec<u8> {
        self.ahead
    }

    /// What the next page is, without reading it. `None`: there are no more.
    pub(super) fn next(&mut self) -> Result<Option<PageKind>, ParquetFault> {
        loop {
            if self.at >= self.end {
                return Ok(None);
            }
            let (header, length) = self.read_header()?;
            let kind = kind(&header)?;
            self.header = Some((header, length));
            match kind {
                Some(kind) => return Ok(Some(kind)),
                // An index of pages, which nobody needs.
                None => self.skip()?,
            }
        }
    }

    /// Passes over the page that [`Pages::next`] told of.
    pub(super) fn skip(&mut self) -> Result<(), ParquetFault> {
        let (header, length) = self.header.take().expect("a page was told of");
        self.at = self.end_of(length, stored_bytes(&header)?)?;
        Ok(())
    }

    /// Reads the page that [`Pages::next`] told of into `page`; `large` is memory for one that is large as stored.
    pub(super) fn read(&mut self, page: &mut Vec<u8>, large: &mut Vec<u8>) -> Result<(), ParquetFault> {
        let (header, length) = self.header.take().expect("a page was told of");
        let stored = stored_bytes(&header)?;
        let end = self.end_of(length, stored)?;
        self.at += length;
        let stored = if stored > AHEAD_BYTES {
            self.have_large(stored, large)?;
            &large[..stored]
        } else {
            self.have(stored)?;
            let from = usize::try_from(self.at - self.ahead_at).expect("what is ahead fits memory");
            &self.ahead[..self.there][from..from + stored]
        };
        if header.crc.is_some_and(|crc| crc.cast_unsigned() != crc32fast::hash(stored)) {
            return Err(ParquetFault::corrupt("a page has another checksum than it says"));
        }
        let bytes = plain_bytes(&header)?;
        let levels = match &header.data_page_header_v2 {
            Some(v2) if header.type_ == PageType::DATA_PAGE_V2 => match levels_of(v2)? {
                Levels::Of { skipped, bytes } => skipped + bytes,
                Levels::Counted => 0,
            },
            _ => 0,
        };
        let is_packed = self.compression != Compression::Uncompressed
            && header.data_page_header_v2.as_ref().is_none_or(|v2| v2.is_compressed.unwrap_or(true));
        // A page without values may have nothing to decompress.
        let is_empty = stored.len() == levels;
        if levels > stored.len() || levels > bytes || ((is_empty || !is_packed) && stored.len() != bytes) {
            return Err(ParquetFault::corrupt("a page has another size than it says"));
        }
        // What is there of the page before is overwritten, every byte of it.
        make_room(page, bytes);
        page.truncate(bytes);
        if is_packed {
            page[..levels].copy_from_slice(&stored[..levels]);
            let (stored, page) = (&stored[levels..], &mut page[levels..]);
            if !is_empty {
                // Of the others, the library reads as many bytes as there must be.
                let is_snappy = self.compression == Compression::Snappy;
                let told = if is_snappy { varint(stored).map(|(bytes, _)| bytes) } else { None };
                if is_snappy && told != u64::try_from(page.len()).ok() {
                    return Err(ParquetFault::corrupt("a page has another size than it says"));
                }
                let (compression, context) = (self.compression, &mut self.context);
                guarded(|| decompress(compression, stored, page, context))?;
            }
        } else {
            page.copy_from_slice(stored);
        }
        self.at = end;
        Ok(())
    }

    fn end_of(&self, header: u64, stored: usize) -> Result<u64, ParquetFault> {
        let stored = u64::try_from(stored).expect("a page fits memory");
        let end = self.at + header + stored;
        if end > self.end {
            return Err(ParquetFault::corrupt("a page reaches past its column"));
        }
        Ok(end)
    }

    /// The header of the next page, and its length.
    fn read_header(&mut self) -> Result<(PageHeader, u64), ParquetFault> {
        let mut wanted = 64;
        loop {
            self.have(wanted)?;
            let from = usize::try_from(self.at - self.ahead_at).expect("what is ahead fits memory");
            let bytes = &self.ahead[from..self.there];
            let mut rest = bytes;
            let read = guarded(|| {
                PageHeader::read_from_in_protocol(&mut TCompactInputProtocol::new(&mut rest, HEADER_BYTES))
                    .map_err(|error| ParquetFault::corrupt(&format!("the header of a page: {error}")))
            });
            let used = bytes.len() - rest.len();
            match read {
                Ok(header) => return Ok((header, u64::try_from(used).expect("a length fits"))),
                Err(fault) => {
                    let there = self.end - self.at;
                    let all =
                        bytes.len() >= HEADER_BYTES || u64::try_from(bytes.len()).is_ok_and(|n| n >= there);
                    if all {
                        return Err(fault);
                    }
                    // It may only be cut off.
                    wanted = bytes.len().saturating_mul(4).max(AHEAD_BYTES);
                }
            }
        }
    }

    /// Has `count` bytes from the place `at` on in `large`.
    fn have_large(&self, count: usize, large: &mut Vec<u8>) -> Result<(), ParquetFault> {
        make_room(large, count);
        let from = usize::try_from(self.at - self.ahead_at).map_or(self.there, |from| from.min(self.there));
        let kept = (self.there - from).min(count);
        large[..kept].copy_from_slice(&self.ahead[from..from + kept]);
        read_at(self.file, &mut large[kept..count], self.at + u64::try_from(kept).expect("a length fits"))?;
        Ok(())
    }

    /// Has at least `count` bytes from the place `at` on ahead, or all that the column has.
    fn have(&mut self, count: usize) -> Result<(), ParquetFault> {
        let left = self.end.saturating_sub(self.at);
        let have =
            (self.ahead_at + u64::try_from(self.there).expect("a length fits")).saturating_sub(self.at);
        let wanted = u64::try_from(count).expect("a length fits").min(left);
        if have >= wanted {
            return Ok(());
        }
        let bytes = wanted.max(u64::try_from(AHEAD_BYTES).expect("a length fits")).min(left);
        let kept = usize::try_from(have).expect("what is ahead fits memory");
        let bytes = usize::try_from(bytes).expect("a page fits memory");
        self.ahead.copy_within(self.there - kept..self.there, 0);
        if kept == 0 {
            make_room(&mut self.ahead, bytes);
        } else if self.ahead.len() < bytes {
            self.ahead.resize(bytes, 0);
        }
        (self.ahead_at, self.there) = (self.at, kept);
        read_at(self.file, &mut self.ahead[kept..bytes], self.at + have)?;
        self.there = bytes;
        Ok(())
    }
}

/// Makes `memory` at least as long as a page, whatever its bytes are then. Memory that must grow is had anew, as zeros that nobody
/// writes: to move what need not be kept touches every byte twice. The next page may be a little longer.
fn make_room(memory: &mut Vec<u8>, bytes: usize) {
    if memory.capacity() < bytes {
        *memory = Vec::new();
        *memory = vec![0; bytes + bytes / 8];
    } else if memory.len() < bytes {
        memory.resize(bytes, 0);
    }
}

fn kind(header: &PageHeader) -> Result<Option<PageKind>, ParquetFault> {
    let lacks = || ParquetFault::corrupt("the header of a page lacks a part");
    let count = |count: i32| {
        usize::try_from(count).map_err(|_| ParquetFault::corrupt("a page has a negative number of values"))
    };
    match header.type_ {
        PageType::DATA_PAGE => {
            let v1 = header.data_page_header.as_ref().ok_or_else(lacks)?;
            if v1.definition_level_encoding != Encoding::RLE {
                let found = "it has levels in an encoding of before 2013";
                return Err(ParquetFault::unsupported(found, "write it anew"));
            }
            let levels = Levels::Counted;
            Ok(Some(PageKind::Data { rows: count(v1.num_values)?, encoding: v1.encoding, levels }))
        }
        PageType::DATA_PAGE_V2 => {
            let v2 = header.data_page_header_v2.as_ref().ok_or_else(lacks)?;
            let levels = levels_of(v2)?;
            Ok(Some(PageKind::Data { rows: count(v2.num_values)?, encoding: v2.encoding, levels }))
        }
        PageType::DICTIONARY_PAGE => {
            let dictionary = header.dictionary_page_header.as_ref().ok_or_else(lacks)?;
            if !matches!(dictionary.encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY) {
                return Err(unknown_encoding(dictionary.encoding));
            }
            Ok(Some(PageKind::Dictionary { values: count(dictionary.num_values)? }))
        }
        PageType::INDEX_PAGE => Ok(None),
        _ => Err(ParquetFault::corrupt("a page of an unknown kind")),
    }
}

pub(super) fn unknown_encoding(encoding: Encoding) -> ParquetFault {
    let found = format!("it has values in the encoding {}", encoding.0);
    ParquetFault::unsupported(&found, "write it in another encoding")
}

fn levels_of(header: &polars_parquet_format::DataPageHeaderV2) -> Result<Levels, ParquetFault> {
    let bytes = |bytes: i32| {
        usize::try_from(bytes).map_err(|_| ParquetFault::corrupt("a page has levels of a negative size"))
    };
    Ok(Levels::Of {
        skipped: bytes(header.repetition_levels_byte_length)?,
        bytes: bytes(header.definition_levels_byte_length)?,
    })
}

fn stored_bytes(header: &PageHeader) -> Result<usize, ParquetFault> {
    page_bytes(header.compressed_page_size)
}

fn plain_bytes(header: &PageHeader) -> Result<usize, ParquetFault> {
    page_bytes(header.uncompressed_page_size)
}

fn page_bytes(bytes: i32) -> Result<usize, ParquetFault> {
    let bytes = usize::try_from(bytes).map_err(|_| ParquetFault::corrupt("a page has a negative size"))?;
    if bytes > limits::PARQUET_PAGE_BYTES {
        let found = format!(
            "a page expands to {} MiB; up to {} MiB are read",
            bytes >> 20,
            limits::PARQUET_PAGE_BYTES >> 20
        );
        return Err(ParquetFault::expands(&found));
    }
    Ok(bytes)
}
