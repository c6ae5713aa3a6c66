//! Pages of one column chunk: read by position, checked, decompressed. Comes in: a column chunk of a file. Goes out:
//! the kind of the next page and, if the caller wants it, the bytes of that page. It does not decode values.
//!
//! Memory: a read-ahead buffer, one page as stored and one decompressed, each at most [`limits::PARQUET_PAGE_BYTES`],
//! and an eighth more that is allocated and not touched.

use std::fs::File;

use polars_parquet::parquet::compression::{Compression, DecompressionContext};
use polars_parquet_format::thrift::protocol::TCompactInputProtocol;
use polars_parquet_format::{Encoding, PageHeader, PageType};

use super::ColumnChunk;
use super::decompress::decompress_page;
use super::error::{ParquetInputError, guarded};
use crate::base::limits;
use crate::formats::read_at::read_at;

/// Bytes of one read, unless a page is larger. **Unit**: bytes.
const READ_AHEAD_BYTES: usize = 256 << 10;
/// Most bytes of a page header, which may hold the smallest and the largest text of the page.
const HEADER_BYTES: usize = 1 << 20;

/// The kind of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageKind {
    /// The dictionary of the column chunk.
    Dictionary { values: usize },
    /// Values, with definition levels before them.
    Data { rows: usize, encoding: Encoding, levels: DefinitionLevels },
}

/// Where the definition levels of a data page are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DefinitionLevels {
    /// Data page V1: before the values, after their length. A column that is not optional has none.
    LengthPrefixed,
    /// Data page V1 in an encoding of before 2013, which is not read. Hadoop's writer, and so Spark, also says it of a column that is not
    /// optional, which has none.
    BitPacked,
    /// Data page V2: before the values, after the repetition levels. **Unit**: bytes.
    Sized { repetition_bytes: usize, definition_bytes: usize },
}

/// Reader of the pages of one column chunk.
pub(super) struct PageReader<'f> {
    file: &'f File,
    /// Where the bytes of `buffer` are in the file, where the next page begins, and where the column chunk ends.
    buffer_at: u64,
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    /// Bytes of `buffer` that were read from the file; those after them are stale.
    buffered: usize,
    compression: Compression,
    context: DecompressionContext,
    header: Option<(PageHeader, u64)>,
}

impl<'f> PageReader<'f> {
    /// A reader of a column chunk. `buffer` is memory to reuse.
    pub(super) fn new(file: &'f File, chunk: &ColumnChunk, buffer: Vec<u8>) -> PageReader<'f> {
        PageReader {
            file,
            buffer_at: chunk.start,
            at: chunk.start,
            end: chunk.end,
            buffer,
            buffered: 0,
            compression: chunk.compression,
            context: DecompressionContext::Unset,
            header: None,
        }
    }

    /// Returns the memory for reuse.
    pub(super) fn into_memory(self) -> Vec<u8> {
        self.buffer
    }

    /// The kind of the next page, which is not read yet. `None` if there are no more.
    ///
    /// # Errors
    /// The header of the page is damaged, or the page is of a kind that is not read.
    pub(super) fn next(&mut self) -> Result<Option<PageKind>, ParquetInputError> {
        loop {
            if self.at >= self.end {
                return Ok(None);
            }
            let (header, length) = self.read_header()?;
            let kind = page_kind(&header)?;
            self.header = Some((header, length));
            match kind {
                Some(kind) => return Ok(Some(kind)),
                // An index of pages: rows are not looked up, so it is skipped.
                None => self.skip()?,
            }
        }
    }

    /// Skips the page that [`PageReader::next`] returned last.
    pub(super) fn skip(&mut self) -> Result<(), ParquetInputError> {
        let (header, length) = self.header.take().expect("`next` returned a page");
        self.at = self.end_of(length, compressed_bytes(&header)?)?;
        Ok(())
    }

    /// Reads and decompresses the page that [`PageReader::next`] returned last into `page`. `large_page` is memory
    /// for the stored bytes of a page that is larger than the read-ahead buffer.
    ///
    /// # Errors
    /// The page is damaged, or larger than a page may be.
    pub(super) fn read(
        &mut self,
        page: &mut Vec<u8>,
        large_page: &mut Vec<u8>,
    ) -> Result<(), ParquetInputError> {
        let (header, length) = self.header.take().expect("`next` returned a page");
        let stored = compressed_bytes(&header)?;
        let end = self.end_of(length, stored)?;
        self.at += length;
        let stored = if stored > READ_AHEAD_BYTES {
            self.load_large(stored, large_page)?;
            &large_page[..stored]
        } else {
            self.load(stored)?;
            let from = usize::try_from(self.at - self.buffer_at).expect("the buffer fits memory");
            &self.buffer[..self.buffered][from..from + stored]
        };
        // The checksum is of the page as stored, levels included.
        if header.crc.is_some_and(|crc| crc.cast_unsigned() != crc32fast::hash(stored)) {
            return Err(ParquetInputError::corrupt("a page has another checksum than it says"));
        }
        let bytes = uncompressed_bytes(&header)?;
        // The levels of a data page V2 are not compressed.
        let levels = match &header.data_page_header_v2 {
            Some(v2) if header.type_ == PageType::DATA_PAGE_V2 => match levels_of(v2)? {
                DefinitionLevels::Sized { repetition_bytes, definition_bytes } => {
                    repetition_bytes + definition_bytes
                }
                DefinitionLevels::LengthPrefixed | DefinitionLevels::BitPacked => 0,
            },
            _ => 0,
        };
        let is_compressed = self.compression != Compression::Uncompressed
            && header.data_page_header_v2.as_ref().is_none_or(|v2| v2.is_compressed.unwrap_or(true));
        // A page without values may have nothing to decompress.
        let is_empty = stored.len() == levels;
        if levels > stored.len() || levels > bytes || ((is_empty || !is_compressed) && stored.len() != bytes)
        {
            return Err(ParquetInputError::corrupt("a page has another size than it says"));
        }
        // Every byte of the page before is overwritten.
        ensure_len(page, bytes);
        page.truncate(bytes);
        if is_compressed {
            page[..levels].copy_from_slice(&stored[..levels]);
            let (stored, page) = (&stored[levels..], &mut page[levels..]);
            if !is_empty {
                decompress_page(self.compression, stored, page, &mut self.context)?;
            }
        } else {
            page.copy_from_slice(stored);
        }
        self.at = end;
        Ok(())
    }

    /// Where a page ends, whose header has `header` bytes and whose stored data has `stored`.
    fn end_of(&self, header: u64, stored: usize) -> Result<u64, ParquetInputError> {
        let stored = u64::try_from(stored).expect("a page fits memory");
        let end = self.at + header + stored;
        if end > self.end {
            return Err(ParquetInputError::corrupt("a page reaches past its column"));
        }
        Ok(end)
    }

    /// Parses the header of the next page. Returns the header and its length.
    fn read_header(&mut self) -> Result<(PageHeader, u64), ParquetInputError> {
        let mut wanted = 64;
        loop {
            self.load(wanted)?;
            let from = usize::try_from(self.at - self.buffer_at).expect("the buffer fits memory");
            let bytes = &self.buffer[from..self.buffered];
            let mut rest = bytes;
            let read = guarded(|| {
                PageHeader::read_from_in_protocol(&mut TCompactInputProtocol::new(&mut rest, HEADER_BYTES))
                    .map_err(|error| ParquetInputError::corrupt(&format!("the header of a page: {error}")))
            });
            let used = bytes.len() - rest.len();
            match read {
                Ok(header) => return Ok((header, u64::try_from(used).expect("a length fits"))),
                Err(error) => {
                    let left = self.end - self.at;
                    let all =
                        bytes.len() >= HEADER_BYTES || u64::try_from(bytes.len()).is_ok_and(|n| n >= left);
                    if all {
                        return Err(error);
                    }
                    // The header may only be cut off by the end of the buffer: read more of the file, and parse
                    // again.
                    wanted = bytes.len().saturating_mul(4).max(READ_AHEAD_BYTES);
                }
            }
        }
    }

    /// Loads the `count` bytes from `at` on into `large_page`, as far as possible from the buffer.
    fn load_large(&self, count: usize, large_page: &mut Vec<u8>) -> Result<(), ParquetInputError> {
        ensure_len(large_page, count);
        let from =
            usize::try_from(self.at - self.buffer_at).map_or(self.buffered, |from| from.min(self.buffered));
        let kept = (self.buffered - from).min(count);
        large_page[..kept].copy_from_slice(&self.buffer[from..from + kept]);
        read_at(
            self.file,
            &mut large_page[kept..count],
            self.at + u64::try_from(kept).expect("a length fits"),
        )?;
        Ok(())
    }

    /// Loads at least `count` bytes from `at` on into the buffer, or all that are left of the column chunk.
    fn load(&mut self, count: usize) -> Result<(), ParquetInputError> {
        let left = self.end.saturating_sub(self.at);
        let have =
            (self.buffer_at + u64::try_from(self.buffered).expect("a length fits")).saturating_sub(self.at);
        let wanted = u64::try_from(count).expect("a length fits").min(left);
        if have >= wanted {
            return Ok(());
        }
        // Keep the bytes of the buffer that are still needed, and read at least a whole read-ahead more.
        let bytes = wanted.max(u64::try_from(READ_AHEAD_BYTES).expect("a length fits")).min(left);
        let kept = usize::try_from(have).expect("the buffer fits memory");
        let bytes = usize::try_from(bytes).expect("a page fits memory");
        self.buffer.copy_within(self.buffered - kept..self.buffered, 0);
        if kept == 0 {
            ensure_len(&mut self.buffer, bytes);
        } else if self.buffer.len() < bytes {
            self.buffer.resize(bytes, 0);
        }
        (self.buffer_at, self.buffered) = (self.at, kept);
        read_at(self.file, &mut self.buffer[kept..bytes], self.at + have)?;
        self.buffered = bytes;
        Ok(())
    }
}

/// Makes `memory` at least `bytes` long; the contents are undefined afterwards. Memory that must grow is allocated
/// afresh: the old contents are dead, and zeroed pages from the system are not touched, while growing in place would
/// copy and clear. An eighth is added, since the next page may be a little larger.
fn ensure_len(memory: &mut Vec<u8>, bytes: usize) {
    if memory.capacity() < bytes {
        *memory = Vec::new();
        *memory = vec![0; bytes + bytes / 8];
    } else if memory.len() < bytes {
        memory.resize(bytes, 0);
    }
}

fn page_kind(header: &PageHeader) -> Result<Option<PageKind>, ParquetInputError> {
    let lacks = || ParquetInputError::corrupt("the header of a page lacks a part");
    let count = |count: i32| {
        usize::try_from(count)
            .map_err(|_| ParquetInputError::corrupt("a page has a negative number of values"))
    };
    match header.type_ {
        PageType::DATA_PAGE => {
            let v1 = header.data_page_header.as_ref().ok_or_else(lacks)?;
            let levels = match v1.definition_level_encoding {
                Encoding::RLE => DefinitionLevels::LengthPrefixed,
                _ => DefinitionLevels::BitPacked,
            };
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
        _ => Err(ParquetInputError::corrupt("a page of an unknown kind")),
    }
}

pub(super) fn unknown_encoding(encoding: Encoding) -> ParquetInputError {
    let found = format!("it has values in the encoding {}", encoding.0);
    ParquetInputError::unsupported(&found, "write it in another encoding")
}

fn levels_of(
    header: &polars_parquet_format::DataPageHeaderV2,
) -> Result<DefinitionLevels, ParquetInputError> {
    let bytes = |bytes: i32| {
        usize::try_from(bytes).map_err(|_| ParquetInputError::corrupt("a page has levels of a negative size"))
    };
    Ok(DefinitionLevels::Sized {
        repetition_bytes: bytes(header.repetition_levels_byte_length)?,
        definition_bytes: bytes(header.definition_levels_byte_length)?,
    })
}

fn compressed_bytes(header: &PageHeader) -> Result<usize, ParquetInputError> {
    page_bytes(header.compressed_page_size)
}

fn uncompressed_bytes(header: &PageHeader) -> Result<usize, ParquetInputError> {
    page_bytes(header.uncompressed_page_size)
}

fn page_bytes(bytes: i32) -> Result<usize, ParquetInputError> {
    let bytes =
        usize::try_from(bytes).map_err(|_| ParquetInputError::corrupt("a page has a negative size"))?;
    if bytes > limits::PARQUET_PAGE_BYTES {
        let found = format!(
            "a page expands to {} MiB; up to {} MiB are read",
            bytes >> 20,
            limits::PARQUET_PAGE_BYTES >> 20
        );
        return Err(ParquetInputError::expansion_limit(&found));
    }
    Ok(bytes)
}
