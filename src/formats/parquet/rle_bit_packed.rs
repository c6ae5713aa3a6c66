//! Decoder of the RLE/bit-packing hybrid: the encoding of definition levels, of dictionary ids, and of booleans in
//! data pages V2. Comes in: bytes of a page. Goes out: numbers of up to 32 bits, as many as the caller asks for, so
//! that a page that claims a huge count takes no memory. It does not know what the numbers mean.

use super::error::ParquetInputError;

/// Decoder state. It holds offsets into the page, not the bytes of the page.
#[derive(Debug, Clone)]
pub(super) struct RleBitPacked {
    at: usize,
    end: usize,
    /// **Unit**: bits; at most 32.
    width: u32,
    run: Run,
}

#[derive(Debug, Clone, Copy)]
enum Run {
    /// One value, repeated `left` more times.
    Rle { value: u32, left: usize },
    /// `left` more values, each of `width` bits, the next one from `bit` of the page on.
    BitPacked { bit: usize, left: usize },
}

fn ends_early() -> ParquetInputError {
    ParquetInputError::corrupt("a page ends before its values")
}

impl RleBitPacked {
    /// A decoder of the bytes from `at` to `end` of a page, for numbers of `width` bits.
    ///
    /// # Errors
    /// `width` is over 32.
    pub(super) fn new(at: usize, end: usize, width: u32) -> Result<RleBitPacked, ParquetInputError> {
        if width > 32 {
            return Err(ParquetInputError::corrupt("numbers of more than 32 bits"));
        }
        Ok(RleBitPacked { at, end, width, run: Run::Rle { value: 0, left: 0 } })
    }

    /// Appends the next `count` numbers to `out`.
    ///
    /// # Errors
    /// The runs end before `count` numbers.
    pub(super) fn take(
        &mut self,
        page: &[u8],
        mut count: usize,
        out: &mut Vec<u32>,
    ) -> Result<(), ParquetInputError> {
        // Numbers of 0 bits take no bytes and are all 0.
        if self.width == 0 {
            out.resize(out.len() + count, 0);
            return Ok(());
        }
        while count > 0 {
            match &mut self.run {
                Run::Rle { left: 0, .. } | Run::BitPacked { left: 0, .. } => self.next_run(page)?,
                Run::Rle { value, left } => {
                    let taken = count.min(*left);
                    out.resize(out.len() + taken, *value);
                    *left -= taken;
                    count -= taken;
                }
                Run::BitPacked { bit, left } => {
                    let taken = count.min(*left);
                    unpack(&page[..self.end], *bit, self.width, taken, out);
                    *bit += taken * self.width as usize;
                    *left -= taken;
                    count -= taken;
                }
            }
        }
        Ok(())
    }

    /// Takes the next `count` numbers if one RLE run holds them all, and returns their value. `None` if it does not;
    /// no number is taken then.
    pub(super) fn take_repeated(
        &mut self,
        page: &[u8],
        count: usize,
    ) -> Result<Option<u32>, ParquetInputError> {
        if self.width == 0 || count == 0 {
            return Ok(None);
        }
        loop {
            match &mut self.run {
                Run::Rle { left: 0, .. } | Run::BitPacked { left: 0, .. } => self.next_run(page)?,
                Run::Rle { value, left } if *left >= count => {
                    *left -= count;
                    return Ok(Some(*value));
                }
                Run::Rle { .. } | Run::BitPacked { .. } => return Ok(None),
            }
        }
    }

    fn next_run(&mut self, page: &[u8]) -> Result<(), ParquetInputError> {
        let rest = page.get(self.at..self.end).ok_or_else(ends_early)?;
        // The header of a run: the lowest bit tells bit-packed from RLE, the other bits count groups or repeats.
        let (head, used) = varint(rest).ok_or_else(ends_early)?;
        self.at += used;
        let left = usize::try_from(head >> 1).map_err(|_| ends_early())?;
        if head & 1 == 1 {
            // The count is of groups of eight numbers, that is, of `width` bytes each. Writers may cut the last group
            // of a page short, so as many numbers are taken as the page has bytes for.
            let bytes = left.checked_mul(self.width as usize).ok_or_else(ends_early)?;
            let there = bytes.min(self.end - self.at);
            self.run = Run::BitPacked { bit: self.at * 8, left: there * 8 / self.width as usize };
            self.at += there;
        } else {
            // RLE: the value follows in whole bytes, the lowest first.
            let bytes = self.width.div_ceil(8) as usize;
            let value = page.get(self.at..self.at + bytes).filter(|_| self.at + bytes <= self.end);
            let value = value.ok_or_else(ends_early)?;
            let value = value.iter().rev().fold(0_u32, |value, byte| (value << 8) | u32::from(*byte));
            self.run = Run::Rle { value, left };
            self.at += bytes;
        }
        Ok(())
    }
}

/// Appends `count` numbers of `width` bits, packed from `bit` of `bytes` on, the lowest bit first. The caller has
/// checked that the bytes are there.
fn unpack(bytes: &[u8], bit: usize, width: u32, count: usize, out: &mut Vec<u32>) {
    let mask = u64::from(u32::MAX) >> (32 - width);
    let number = |word: u64, bit: usize| {
        let number = (word >> (bit % 8)) & mask;
        u32::try_from(number).expect("at most 32 bits")
    };
    let width = width as usize;
    // Fast path: a number of at most 32 bits that begins within a byte fits one word of 64 bits, so a whole word is
    // loaded and shifted. This works for all numbers that begin at least 8 bytes before the end.
    let fast = (bytes.len().saturating_sub(7) * 8).saturating_sub(bit).div_ceil(width).min(count);
    out.extend((0..fast).map(|nth| {
        let bit = bit + nth * width;
        let word: [u8; 8] = bytes[bit / 8..bit / 8 + 8].try_into().expect("eight bytes");
        number(u64::from_le_bytes(word), bit)
    }));
    // Fallback near the end: the word is filled up with zeros.
    out.extend((fast..count).map(|nth| {
        let bit = bit + nth * width;
        let mut word = [0; 8];
        let rest = &bytes[bit / 8..bytes.len().min(bit / 8 + 8)];
        word[..rest.len()].copy_from_slice(rest);
        number(u64::from_le_bytes(word), bit)
    }));
}

/// An unsigned LEB128 number: seven bits a byte, the lowest first. Returns the number and how many bytes it takes.
/// `None` if it does not end within the bytes, or is over 64 bits.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value: u64 = 0;
    for (nth, byte) in bytes.iter().enumerate().take(10) {
        let bits = u64::from(byte & 0x7f);
        let shift = 7 * u32::try_from(nth).expect("at most ten");
        if shift == 63 && bits > 1 {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Some((value, nth + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use polars_parquet::parquet::encoding::hybrid_rle::{HybridRleDecoder, encode};
    use proptest::prelude::*;

    use super::*;

    fn all(bytes: &[u8], width: u32, count: usize, step: usize) -> Result<Vec<u32>, ParquetInputError> {
        let mut runs = RleBitPacked::new(0, bytes.len(), width)?;
        let (mut out, mut left) = (Vec::new(), count);
        while left > 0 {
            let taken = left.min(step);
            match runs.take_repeated(bytes, taken)? {
                Some(value) => out.resize(out.len() + taken, value),
                None => runs.take(bytes, taken, &mut out)?,
            }
            left -= taken;
        }
        Ok(out)
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_in_steps_of_any_size(
            width in 1_u32..=32,
            seeds in prop::collection::vec((any::<u32>(), 1_usize..40), 0..60),
            step in 1_usize..100,
        ) {
            let mask = u32::MAX >> (32 - width);
            let values: Vec<u32> =
                seeds.iter().flat_map(|(value, count)| std::iter::repeat_n(value & mask, *count)).collect();
            let mut bytes = Vec::new();
            encode::<u32, _, _>(&mut bytes, values.iter().copied(), width).unwrap();
            prop_assert_eq!(all(&bytes, width, values.len(), step).unwrap(), values);
        }

        #[test]
        fn any_bytes_give_what_the_library_reads_or_a_fault(
            width in 1_u32..=24,
            bytes in prop::collection::vec(any::<u8>(), 0..60),
            count in 0_usize..300,
            step in 1_usize..100,
        ) {
            if let Ok(ours) = all(&bytes, width, count, step) {
                let theirs = HybridRleDecoder::new(&bytes, width, count).collect().unwrap();
                prop_assert_eq!(ours, theirs);
            }
        }
    }
}
