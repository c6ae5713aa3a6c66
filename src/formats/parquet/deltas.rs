//! Deltas: whole numbers written as differences to the one before (DELTA_BINARY_PACKED), also the lengths of texts. Comes in:
//! bytes of a page. Goes out: numbers, a few at a time.

use super::fault::ParquetFault;
use super::runs::varint;

/// Values in one bundle of equal width; real writers have 32 or 64. More would take memory for nothing.
const BUNDLE_VALUES: usize = 1 << 16;
/// Bundles in a block; real writers have 4.
const BUNDLES: usize = 1 << 10;

/// A reader of deltas; it holds places in a page, not its bytes.
#[derive(Debug, Clone)]
pub(super) struct Deltas {
    at: usize,
    end: usize,
    bundle_values: usize,
    bundles: usize,
    /// Values that were not taken yet.
    left: u64,
    /// The last value, or the first one if none was taken yet.
    last: i64,
    is_first: bool,
    min_delta: i64,
    /// Where the widths of the block stand, and which bundle is next.
    widths_at: usize,
    next_bundle: usize,
    /// The bundle that is being taken.
    bit: usize,
    width: u32,
    in_bundle: usize,
}

fn no_sense() -> ParquetFault {
    ParquetFault::corrupt("a page of differences makes no sense")
}

fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

impl Deltas {
    /// Of the bytes from `at` to `end` of a page.
    pub(super) fn new(page: &[u8], at: usize, end: usize) -> Result<Deltas, ParquetFault> {
        let mut deltas = Deltas {
            at,
            end,
            bundle_values: 0,
            bundles: 0,
            left: 0,
            last: 0,
            is_first: true,
            min_delta: 0,
            widths_at: 0,
            next_bundle: 0,
            bit: 0,
            width: 0,
            in_bundle: 0,
        };
        let small = |value: u64| usize::try_from(value).map_err(|_| no_sense());
        let block_values = small(deltas.number(page)?)?;
        deltas.bundles = small(deltas.number(page)?)?;
        deltas.left = deltas.number(page)?;
        deltas.last = zigzag(deltas.number(page)?);
        if deltas.bundles == 0 || deltas.bundles > BUNDLES || !block_values.is_multiple_of(deltas.bundles) {
            return Err(no_sense());
        }
        deltas.bundle_values = block_values / deltas.bundles;
        if !(1..=BUNDLE_VALUES).contains(&deltas.bundle_values) || !deltas.bundle_values.is_multiple_of(8) {
            return Err(no_sense());
        }
        deltas.next_bundle = deltas.bundles;
        Ok(deltas)
    }

    /// Gives the next `count` values to `each`.
    pub(super) fn take(
        &mut self,
        page: &[u8],
        count: usize,
        each: &mut dyn FnMut(i64) -> Result<(), ParquetFault>,
    ) -> Result<(), ParquetFault> {
        for _ in 0..count {
            self.left = self.left.checked_sub(1).ok_or_else(no_sense)?;
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

    /// Where the bytes after all values stand. Asked before any value is taken.
    pub(super) fn end(&self, page: &[u8]) -> Result<usize, ParquetFault> {
        let mut walk = self.clone();
        let mut left = walk.left.saturating_sub(1);
        while left > 0 {
            walk.next_bundle(page)?;
            left = left.saturating_sub(u64::try_from(walk.bundle_values).expect("a small number"));
        }
        Ok(walk.at)
    }

    fn number(&mut self, page: &[u8]) -> Result<u64, ParquetFault> {
        let (value, used) = page.get(self.at..self.end).and_then(varint).ok_or_else(no_sense)?;
        self.at += used;
        Ok(value)
    }

    fn delta(&mut self, page: &[u8]) -> Result<i64, ParquetFault> {
        if self.in_bundle == 0 {
            self.next_bundle(page)?;
        }
        self.in_bundle -= 1;
        let bits = bits(page, self.bit, self.width);
        self.bit += self.width as usize;
        Ok(self.min_delta.wrapping_add(bits.cast_signed()))
    }

    fn next_bundle(&mut self, page: &[u8]) -> Result<(), ParquetFault> {
        if self.next_bundle == self.bundles {
            self.min_delta = zigzag(self.number(page)?);
            self.widths_at = self.at;
            self.at += self.bundles;
            self.next_bundle = 0;
        }
        let width = page[..self.end].get(self.widths_at + self.next_bundle).ok_or_else(no_sense)?;
        self.width = u32::from(*width);
        self.next_bundle += 1;
        self.bit = self.at * 8;
        self.at += self.bundle_values / 8 * self.width as usize;
        if self.width > 64 || self.at > self.end {
            return Err(no_sense());
        }
        self.in_bundle = self.bundle_values;
        Ok(())
    }
}

/// A number of `width` bits at a bit of the page. The caller knows that the bytes are there.
fn bits(page: &[u8], bit: usize, width: u32) -> u64 {
    if width == 0 {
        return 0;
    }
    let at = bit / 8;
    let mut word = [0; 16];
    let rest = &page[at..page.len().min(at + 16)];
    word[..rest.len()].copy_from_slice(rest);
    let number = (u128::from_le_bytes(word) >> (bit % 8)) & (u128::MAX >> (128 - width));
    u64::try_from(number).expect("at most 64 bits")
}
