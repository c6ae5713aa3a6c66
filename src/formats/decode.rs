//! Decompresses and decodes text; compression and encoding are recognised by content. Comes in: a path or a stream. Goes out: the first
//! bytes of the text, and a stream of the rest. It does not split the text.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{CoderResult, Decoder};

use crate::base::limits;
use crate::diagnostics::error::InputErrorCode;
pub(crate) use crate::formats::text_encoding::Encoding;

/// How an input is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

/// The container of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    Text(Compression),
    Parquet,
    /// A zip archive or an OLE compound file, which may be a workbook.
    Workbook,
}

/// Recognises a container by its first bytes.
pub(crate) fn container(first: &[u8]) -> Container {
    match first {
        [0x1f, 0x8b, ..] => Container::Text(Compression::Gzip),
        // A skippable frame may come first: parallel compressors write the size of the next frame into it.
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            Container::Text(Compression::Zstd)
        }
        // `PARE` is the magic number of a file with an encrypted footer.
        [b'P', b'A', b'R', b'1' | b'E', ..] => Container::Parquet,
        [b'P', b'K', 3 | 5, 4 | 6, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => Container::Workbook,
        _ => Container::Text(Compression::None),
    }
}

/// A decompressed text in UTF-8 or windows-1252; other encodings are decoded to UTF-8.
pub(crate) struct DecodedText {
    pub(crate) encoding: Encoding,
    /// Whether lines end in carriage returns alone; each is a line feed in the decoded text.
    pub(crate) has_lone_returns: bool,
    /// The first [`limits::RECORD_BYTES`] of the text, or all of a shorter text.
    pub(crate) head: Vec<u8>,
    /// Whether the head is the whole text.
    pub(crate) is_whole: bool,
    /// The text behind the head.
    pub(crate) rest: Box<dyn Read + Send>,
}

impl DecodedText {
    /// The text from byte `start` on, which lies in the head.
    pub(crate) fn from(self, start: usize) -> Box<dyn Read + Send> {
        let mut head = Cursor::new(self.head);
        head.set_position(u64::try_from(start).expect("the head fits memory"));
        Box::new(head.chain(self.rest))
    }
}

/// A file that counts the bytes that are read from it, for the progress bar.
pub(crate) struct Counted {
    pub(crate) file: File,
    pub(crate) count: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.count.fetch_add(u64::try_from(read).expect("a buffer fits memory"), Ordering::Relaxed);
        Ok(read)
    }
}

/// Opens the text of a file.
pub(crate) fn open_file(
    path: &Path,
    compression: Compression,
    count: &Arc<AtomicU64>,
) -> io::Result<DecodedText> {
    open_handle(File::open(path)?, compression, count)
}

/// Opens the text of an open file that stands at its first byte.
pub(crate) fn open_handle(
    file: File,
    compression: Compression,
    count: &Arc<AtomicU64>,
) -> io::Result<DecodedText> {
    open(Box::new(Counted { file, count: Arc::clone(count) }), compression)
}

/// Opens the text of a stream that stands at its first byte.
pub(crate) fn open(raw: Box<dyn Read + Send>, compression: Compression) -> io::Result<DecodedText> {
    let mut plain: Box<dyn Read + Send> = match compression {
        Compression::None => raw,
        Compression::Gzip => {
            Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(1 << 18, raw)))
        }
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(raw)?),
    };
    let first = read_up_to(&mut plain, limits::SNIFF_BYTES)?;
    let encoding = Encoding::of(&first);
    let mut text: Box<dyn Read + Send> = Box::new(Cursor::new(first).chain(plain));
    if let Some(decoder) = encoding.decoder() {
        text = Box::new(DecodingReader::new(text, decoder));
    }
    let mut head = read_up_to(&mut text, limits::RECORD_BYTES)?;
    let has_lone_returns = memchr::memchr(b'\n', &head).is_none() && memchr::memchr(b'\r', &head).is_some();
    if has_lone_returns {
        returns_to_line_feeds(&mut head);
        text = Box::new(LineFeedReader(text));
    }
    let is_whole = head.len() < limits::RECORD_BYTES;
    Ok(DecodedText { encoding, has_lone_returns, is_whole, head, rest: text })
}

/// Makes each carriage return a line feed.
fn returns_to_line_feeds(text: &mut [u8]) {
    text.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
}

/// Reads a text whose lines end in carriage returns alone, as of old Macintosh programs, with line feeds.
struct LineFeedReader(Box<dyn Read + Send>);

impl Read for LineFeedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        returns_to_line_feeds(&mut buffer[..count]);
        Ok(count)
    }
}

/// Reads `count` bytes, or fewer if the reader ends.
pub(crate) fn read_up_to(reader: &mut dyn Read, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(u64::try_from(count).expect("a limit fits memory")).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Decodes a text to UTF-8. What the encoding does not allow, such as an unpaired surrogate, becomes U+FFFD.
struct DecodingReader {
    source: Box<dyn Read + Send>,
    decoder: Decoder,
    raw: Vec<u8>,
    text: Vec<u8>,
    at: usize,
    has_ended: bool,
}

impl DecodingReader {
    fn new(source: Box<dyn Read + Send>, decoder: Decoder) -> DecodingReader {
        DecodingReader { source, decoder, raw: vec![0; 1 << 16], text: Vec::new(), at: 0, has_ended: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        let count = self.source.read(&mut self.raw)?;
        self.has_ended = count == 0;
        self.text.resize(self.decoder.max_utf8_buffer_length(count).expect("a small buffer"), 0);
        let (result, _, written, _) =
            self.decoder.decode_to_utf8(&self.raw[..count], &mut self.text, self.has_ended);
        assert!(
            matches!(result, CoderResult::InputEmpty),
            "the buffer has the length that the decoder asks for"
        );
        self.text.truncate(written);
        self.at = 0;
        Ok(())
    }
}

impl Read for DecodingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() && !self.has_ended {
            self.fill()?;
        }
        let count = buffer.len().min(self.text.len() - self.at);
        buffer[..count].copy_from_slice(&self.text[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// The message of the zstd library for a frame whose window is larger than its limit; the error has no code of its own.
const ZSTD_WINDOW: &str = "Frame requires too much memory for decoding";

/// The code and message of a failed read.
pub(crate) fn read_error(error: &io::Error, compression: Compression) -> (InputErrorCode, String) {
    let what = match compression {
        Compression::None => return (InputErrorCode::Unreadable, format!("cannot be read: {error}")),
        Compression::Gzip => "gzip",
        Compression::Zstd => "zstd",
    };
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            (InputErrorCode::Truncated, format!("the {what} data ends too early; copy or download the file again"))
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound | io::ErrorKind::ResourceBusy => {
            (InputErrorCode::Unreadable, format!("cannot be read: {error}"))
        }
        _ if error.to_string() == ZSTD_WINDOW => (
            InputErrorCode::Unsupported,
            "the zstd data needs a window of more than 128 MiB, which is not read; compress it without --long".to_owned(),
        ),
        _ => (
            InputErrorCode::Corrupt,
            format!("the {what} data is damaged ({error}); copy or download the file again"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn text(bytes: Vec<u8>, compression: Compression) -> io::Result<(Encoding, Vec<u8>)> {
        let open = open(Box::new(Cursor::new(bytes)), compression)?;
        let encoding = open.encoding;
        let mut all = Vec::new();
        open.from(0).read_to_end(&mut all)?;
        Ok((encoding, all))
    }

    #[test]
    fn the_encoding_is_decided_by_mark_or_content() {
        let read = |bytes: &[u8]| text(bytes.to_vec(), Compression::None).unwrap();
        assert_eq!(read("é,b".as_bytes()), (Encoding::Utf8, "é,b".as_bytes().to_vec()));
        assert_eq!(read(b"\xef\xbb\xbfa"), (Encoding::Utf8Bom, b"\xef\xbb\xbfa".to_vec()));
        assert_eq!(read(b"\xff\xfea\0\xe9\0"), (Encoding::Utf16Le, "aé".as_bytes().to_vec()));
        assert_eq!(read(b"\xfe\xff\0a\0\xe9"), (Encoding::Utf16Be, "aé".as_bytes().to_vec()));
        assert_eq!(read(b"caf\xe9,b"), (Encoding::Windows1252, b"caf\xe9,b".to_vec()));
        assert_eq!(read(b"a,b\r1,2\r"), (Encoding::Utf8, b"a,b\n1,2\n".to_vec()));
        let chinese = "账户所有者,订阅GUID,扩展的成本,日期\r\n王小明,x,1.25,2017-05-01\r\n";
        let (bytes, _, is_lossy) = encoding_rs::GB18030.encode(chinese);
        assert!(!is_lossy);
        assert_eq!(read(&bytes), (Encoding::Gb18030, chinese.as_bytes().to_vec()));
    }

    #[test]
    fn a_character_cut_by_the_edge_of_the_first_64_kib_is_still_utf_8() {
        let mut bytes = vec![b'a'; limits::SNIFF_BYTES - 1];
        bytes.extend("é".as_bytes());
        assert_eq!(text(bytes, Compression::None).unwrap().0, Encoding::Utf8);
        assert_eq!(text(b"a\xc3".to_vec(), Compression::None).unwrap().0, Encoding::Windows1252);
    }

    #[test]
    fn gzip_of_several_members_and_zstd_are_read_and_truncation_is_noticed() {
        let gzip = |data: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(data).unwrap();
            encoder.finish().unwrap()
        };
        let mut two = gzip(b"a,b\n");
        two.extend(gzip(b"c,d\n"));
        assert_eq!(text(two.clone(), Compression::Gzip).unwrap().1, b"a,b\nc,d\n");
        let code = |bytes, compression| read_error(&text(bytes, compression).err().unwrap(), compression).0;
        assert_eq!(code(two[..two.len() - 5].to_vec(), Compression::Gzip), InputErrorCode::Truncated);
        let zstd = zstd::stream::encode_all(&b"a,b\n"[..], 3).unwrap();
        assert_eq!(text(zstd.clone(), Compression::Zstd).unwrap().1, b"a,b\n");
        assert_eq!(code(zstd[..zstd.len() - 2].to_vec(), Compression::Zstd), InputErrorCode::Truncated);
        let window_of_2_gib = b"\x28\xb5\x2f\xfd\0\xa8\x01\0\0".to_vec();
        assert_eq!(code(window_of_2_gib, Compression::Zstd), InputErrorCode::Unsupported);
        let mut parallel = b"P*M\x18\x04\0\0\0size".to_vec();
        parallel.extend(&zstd);
        assert_eq!(container(&parallel[..8]), Container::Text(Compression::Zstd));
        assert_eq!(text(parallel.repeat(2), Compression::Zstd).unwrap().1, b"a,b\na,b\n");
        let mut damaged = two;
        damaged[12] ^= 0xff;
        assert_eq!(code(damaged, Compression::Gzip), InputErrorCode::Corrupt);
    }
}
