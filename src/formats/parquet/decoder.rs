//! State of decoding one page of one column: which encoding its values have, and which value comes next. Comes in: offsets into
//! the page. Goes out: nothing by itself; [`super::column_decoder`] decodes by this state. It does not hold the bytes of the page.

use super::delta_binary_packed::DeltaBinaryPacked;
use super::rle_bit_packed::RleBitPacked;

/// The decoder of the page that is being read, by encoding.
pub(super) enum ValueDecoder {
    /// RLE_DICTIONARY or PLAIN_DICTIONARY: ids of dictionary values.
    DictionaryIds(RleBitPacked),
    /// PLAIN, BYTE_ARRAY: each value has its length before it.
    PlainByteArray { at: usize },
    /// PLAIN, values of one width.
    PlainFixed { at: usize },
    /// PLAIN, BOOLEAN: one bit a value, the lowest bit of a byte first.
    PlainBoolean { bit: usize },
    /// RLE, BOOLEAN.
    RleBoolean(RleBitPacked),
    /// DELTA_BINARY_PACKED.
    DeltaBinaryPacked(DeltaBinaryPacked),
    /// DELTA_LENGTH_BYTE_ARRAY: all lengths, then the bytes of all values; `at` is where the next value begins.
    DeltaLengthByteArray { lengths: DeltaBinaryPacked, at: usize },
    /// DELTA_BYTE_ARRAY: the lengths of prefixes that values share with the value before, the lengths of suffixes, then the
    /// bytes of all suffixes. `last` is the value before.
    DeltaByteArray { prefixes: DeltaBinaryPacked, suffixes: DeltaBinaryPacked, at: usize, last: Vec<u8> },
    /// BYTE_STREAM_SPLIT: the first bytes of all `count` values, then the second bytes, and so on. `nth` is the next value.
    ByteStreamSplit { start: usize, count: usize, nth: usize },
}
