//! Runs: the encoding of levels, of numbers into a dictionary, and of some booleans ("RLE/bit-packing hybrid"). Comes in: bytes
//! of a page. Goes out: small numbers, a few at a time, so that a page that claims very many takes no memory.

use super::fault::ParquetFault;

/// A reader of runs; it holds places in a page, not its bytes.
#[derive(Debug, Clone)]
pub(super) struct Runs {
    at: usize,
    end: usize,
    /// Unit: bits. At most 32.
    width: u32,
    run: Run,
}

#[derive(Debug, Clone, Copy)]
enum Run {
    Same { value: u32, left: usize },
    Packed { bit: usize, left: usize },
}

fn ends_early() -> ParquetFault {
    ParquetFault::corrupt("a page ends before its values")
}

impl Runs {
    /// Of the bytes from `at` to `end` of a page.
    pub(super) fn new(at: usize, end: usize, width: u32) -> Result<Runs, ParquetFault> {
        if width > 32 {
            return Err(ParquetFault::corrupt("numbers of more than 32 bits"));
        }
        Ok(Runs { at, end, width, run: Run::Same { value: 0, left: 0 } })
    }

    /// Appends the next `count` numbers.
    pub(super) fn take(
        &mut self,
        page: &[u8],
        mut count: usize,
        out: &mut Vec<u32>,
    ) -> Result<(), ParquetFault> {
        if self.width == 0 {
            out.resize(out.len() + count, 0);
            return Ok(());
        }
        while count > 0 {
            match &mut self.run {
                Run::Same { left: 0, .. } | Run::Packed { left: 0, .. } => self.next_run(page)?,
                Run::Same { value, left } => {
                    let taken = count.min(*left);
                    out.resize(out.len() + taken, *value);
                    *left -= taken;
                    count -= taken;
                }
                Run::Packed { bit, left } => {
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

    /// Takes the next `count` numbers if they are known to be all the same; `None`: they are not, and none was taken.
    pub(super) fn same(&mut self, page: &[u8], count: usize) -> Result<Option<u32>, ParquetFault> {
        if self.width == 0 || count == 0 {
            return Ok(None);
        }
        loop {
            match &mut self.run {
                Run::Same { left: 0, .. } | Run::Packed { left: 0, .. } => self.next_run(page)?,
                Run::Same { value, left } if *left >= count => {
                    *left -= count;
                    return Ok(Some(*value));
                }
                Run::Same { .. } | Run::Packed { .. } => return Ok(None),
            }
        }
    }

    fn next_run(&mut self, page: &[u8]) -> Result<(), ParquetFault> {
        let rest = page.get(self.at..self.end).ok_or_else(ends_early)?;
        let (head, used) = varint(rest).ok_or_else(ends_early)?;
        self.at += used;
        let left = usize::try_from(head >> 1).map_err(|_| ends_early())?;
        if head & 1 == 1 {
            // Groups of eight. The last may be cut, as it need not be full.
            let bytes = left.checked_mul(self.width as usize).ok_or_else(ends_early)?;
            let there = bytes.min(self.end - self.at);
            self.run = Run::Packed { bit: self.at * 8, left: there * 8 / self.width as usize };
            self.at += there;
        } else {
            let bytes = self.width.div_ceil(8) as usize;
            let value = page.get(self.at..self.at + bytes).filter(|_| self.at + bytes <= self.end);
            let value = value.ok_or_else(ends_early)?;
            let value = value.iter().rev().fold(0_u32, |value, byte| (value << 8) | u32::from(*byte));
            self.run = Run::Same { value, left };
            self.at += bytes;
        }
        Ok(())
    }
}

/// Appends `count` numbers of `width` bits, the lowest first. The caller knows that the bytes are there.
fn unpack(bytes: &[u8], bit: usize, width: u32, count: usize, out: &mut Vec<u32>) {
    let mask = u64::from(u32::MAX) >> (32 - width);
    let number = |word: u64, bit: usize| {
        let number = (word >> (bit % 8)) & mask;
        u32::try_from(number).expect("at most 32 bits")
    };
    let width = width as usize;
    // Whole words as far as they reach.
    let fast = (bytes.len().saturating_sub(7) * 8).saturating_sub(bit).div_ceil(width).min(count);
    out.extend((0..fast).map(|nth| {
        let bit = bit + nth * width;
        let word: [u8; 8] = bytes[bit / 8..bit / 8 + 8].try_into().expect("eight bytes");
        number(u64::from_le_bytes(word), bit)
    }));
    out.extend((fast..count).map(|nth| {
        let bit = bit + nth * width;
        let mut word = [0; 8];
        let rest = &bytes[bit / 8..bytes.len().min(bit / 8 + 8)];
        word[..rest.len()].copy_from_slice(rest);
        number(u64::from_le_bytes(word), bit)
    }));
}

/// A number in groups of seven bits, the lowest first, and how many bytes it takes. `None`: it has no end, or is too large.
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

    fn all(bytes: &[u8], width: u32, count: usize, step: usize) -> Result<Vec<u32>, ParquetFault> {
        let mut runs = Runs::new(0, bytes.len(), width)?;
        let (mut out, mut left) = (Vec::new(), count);
        while left > 0 {
            let taken = left.min(step);
            match runs.same(bytes, taken)? {
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
