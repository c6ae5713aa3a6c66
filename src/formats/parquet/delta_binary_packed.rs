//! Decoder of DELTA_BINARY_PACKED: integers as differences to the value before, also the lengths of the DELTA byte
//! array encodings. Comes in: bytes of a page. Goes out: integers, as many as the caller asks for. It does not know
//! what the integers mean.
//!
//! Layout: a header (values in a block, miniblocks in a block, count of values, first value), then blocks. A block is
//! its smallest difference, the bit width of each miniblock, and the miniblocks: differences less the smallest,
//! bit-packed.

use super::error::ParquetInputError;
use super::rle_bit_packed::varint;

/// Most values in a miniblock: writers have 32 or 64. A page that claims more is refused.
const MINIBLOCK_VALUES: usize = 1 << 16;
/// Most miniblocks in a block: writers have 4.
const MINIBLOCKS: usize = 1 << 10;

/// Decoder state. It holds offsets into the page, not the bytes of the page.
#[derive(Debug, Clone)]
pub(super) struct DeltaBinaryPacked {
    at: usize,
    end: usize,
    miniblock_values: usize,
    miniblocks: usize,
    /// Values that were not taken yet.
    left: u64,
    /// The value taken last; the first value if none was taken yet.
    last: i64,
    is_first: bool,
    min_delta: i64,
    /// Where the bit widths of the current block begin, and which miniblock of the block comes next.
    widths_at: usize,
    next_miniblock: usize,
    /// The current miniblock: where its next difference begins, the width of each, and how many are left.
    bit: usize,
    width: u32,
    left_in_miniblock: usize,
}

fn invalid() -> ParquetInputError {
    ParquetInputError::corrupt("a page of differences makes no sense")
}

/// Zigzag: 0, 1, 2, 3 stand for 0, -1, 1, -2.
fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

impl DeltaBinaryPacked {
    /// A decoder of the bytes from `at` to `end` of a page; reads the header.
    ///
    /// # Errors
    /// The header is cut short, or its counts break the rules of the format.
    pub(super) fn new(page: &[u8], at: usize, end: usize) -> Result<DeltaBinaryPacked, ParquetInputError> {
        let mut deltas = DeltaBinaryPacked {
            at,
            end,
            miniblock_values: 0,
            miniblocks: 0,
            left: 0,
            last: 0,
            is_first: true,
            min_delta: 0,
            widths_at: 0,
            next_miniblock: 0,
            bit: 0,
            width: 0,
            left_in_miniblock: 0,
        };
        let as_usize = |value: u64| usize::try_from(value).map_err(|_| invalid());
        let block_values = as_usize(deltas.number(page)?)?;
        deltas.miniblocks = as_usize(deltas.number(page)?)?;
        deltas.left = deltas.number(page)?;
        deltas.last = zigzag(deltas.number(page)?);
        // The format wants equal miniblocks whose number of values is a multiple of 32; a multiple of 8 is enough to
        // find their bytes.
        if deltas.miniblocks == 0
            || deltas.miniblocks > MINIBLOCKS
            || !block_values.is_multiple_of(deltas.miniblocks)
        {
            return Err(invalid());
        }
        deltas.miniblock_values = block_values / deltas.miniblocks;
        if !(1..=MINIBLOCK_VALUES).contains(&deltas.miniblock_values)
            || !deltas.miniblock_values.is_multiple_of(8)
        {
            return Err(invalid());
        }
        // No block was begun yet: the first difference begins one.
        deltas.next_miniblock = deltas.miniblocks;
        Ok(deltas)
    }

    /// Gives the next `count` values to `each`.
    ///
    /// # Errors
    /// The page has fewer values, or `each` fails.
    pub(super) fn take(
        &mut self,
        page: &[u8],
        count: usize,
        each: &mut dyn FnMut(i64) -> Result<(), ParquetInputError>,
    ) -> Result<(), ParquetInputError> {
        for _ in 0..count {
            self.left = self.left.checked_sub(1).ok_or_else(invalid)?;
            // The first value stands in the header, not in a block.
            if self.is_first {
                self.is_first = false;
            } else {
                let delta = self.delta(page)?;
                self.last = self.last.wrapping_add(delta);
            }
            each(self.last)?;
        }
        Ok(())
    }

    /// Where the bytes after all values begin. To be called before any value is taken: it walks over every block.
    pub(super) fn end(&self, page: &[u8]) -> Result<usize, ParquetInputError> {
        let mut scan = self.clone();
        let mut left = scan.left.saturating_sub(1);
        while left > 0 {
            scan.next_miniblock(page)?;
            left = left.saturating_sub(u64::try_from(scan.miniblock_values).expect("a small number"));
        }
        Ok(scan.at)
    }

    fn number(&mut self, page: &[u8]) -> Result<u64, ParquetInputError> {
        let (value, used) = page.get(self.at..self.end).and_then(varint).ok_or_else(invalid)?;
        self.at += used;
        Ok(value)
    }

    fn delta(&mut self, page: &[u8]) -> Result<i64, ParquetInputError> {
        if self.left_in_miniblock == 0 {
            self.next_miniblock(page)?;
        }
        // A difference is the smallest of its block and what is packed. It wraps, as the format says.
        self.left_in_miniblock -= 1;
        let bits = bits(page, self.bit, self.width);
        self.bit += self.width as usize;
        Ok(self.min_delta.wrapping_add(bits.cast_signed()))
    }

    fn next_miniblock(&mut self, page: &[u8]) -> Result<(), ParquetInputError> {
        // The block is used up: the next one begins with its smallest difference and the widths of its miniblocks.
        if self.next_miniblock == self.miniblocks {
            self.min_delta = zigzag(self.number(page)?);
            self.widths_at = self.at;
            self.at += self.miniblocks;
            self.next_miniblock = 0;
        }
        let width = page[..self.end].get(self.widths_at + self.next_miniblock).ok_or_else(invalid)?;
        self.width = u32::from(*width);
        self.next_miniblock += 1;
        // `miniblock_values` is a multiple of 8, so that a miniblock has whole bytes.
        self.bit = self.at * 8;
        self.at += self.miniblock_values / 8 * self.width as usize;
        if self.width > 64 || self.at > self.end {
            return Err(invalid());
        }
        self.left_in_miniblock = self.miniblock_values;
        Ok(())
    }
}

/// The number of `width` bits (0 to 64) from `bit` of the page on, the lowest bit first. The caller has checked that
/// its bytes are there.
fn bits(page: &[u8], bit: usize, width: u32) -> u64 {
    if width == 0 {
        return 0;
    }
    // 64 bits from within a byte take up to 9 bytes: load 16, filled up with zeros at the end of the page, and shift.
    let at = bit / 8;
    let mut word = [0; 16];
    let rest = &page[at..page.len().min(at + 16)];
    word[..rest.len()].copy_from_slice(rest);
    let number = (u128::from_le_bytes(word) >> (bit % 8)) & (u128::MAX >> (128 - width));
    u64::try_from(number).expect("at most 64 bits")
}
