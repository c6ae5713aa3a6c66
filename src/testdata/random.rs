//! Deterministic pseudorandom numbers. Comes in: a seed, a stream, an index. Goes out: an independent sequence of numbers, so that any part
//! of the data can be generated without the parts before it.
//!
//! The generator is SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): a counter that
//! grows by an odd constant, with a bit mixer on top. It is not for secrets.

/// The odd constant by which the counter grows: 2⁶⁴ divided by the golden ratio.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The use of a sequence of numbers. Two uses never share a sequence.
#[derive(Debug, Clone, Copy)]
pub(super) enum RandomStream {
    /// Rows of one chunk.
    Chunk = 1,
    /// Rows of one placed partner.
    Placed = 2,
    /// Facts of one partner.
    Partner = 3,
    /// Facts of one subscription.
    Subscription = 4,
    /// Tenant of a partner.
    Tenant = 5,
    /// Tenant of a customer.
    Customer = 6,
    /// Orders and plans.
    Order = 7,
    /// People of one partner.
    People = 8,
    /// Associations of one subscription.
    Association = 9,
}

/// A sequence of pseudorandom numbers.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The sequence of a seed, a use and an index.
    pub(super) fn of(seed: u64, stream: RandomStream, index: u64) -> Random {
        let start = mix(seed.wrapping_add(STEP.wrapping_mul(stream as u64)));
        Random(mix(start ^ mix(index.wrapping_add(STEP))))
    }

    /// The next number, of 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// The next number below `limit`; 0 if `limit` is 0. The bias is below `limit` / 2⁶⁴.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(limit);
        u64::try_from(product >> 64).expect("the upper half of 128 bits")
    }

    /// True with a probability of `per_thousand` thousandths.
    pub(super) fn chance(&mut self, per_thousand: u64) -> bool {
        self.below(1000) < per_thousand
    }

    /// One of `choices`, all equally likely.
    pub(super) fn pick<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[index(self.below(count(choices.len())))]
    }
}

/// Converts a number below a length to an index.
pub(super) fn index(number: u64) -> usize {
    usize::try_from(number).expect("below a length in memory")
}

/// Converts a length to a number.
pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).expect("a length in memory")
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_the_published_splitmix64_sequence() {
        let mut stream = Random(1_234_567);
        let numbers: Vec<u64> = (0..3).map(|_| stream.next()).collect();
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn streams_of_another_seed_use_or_index_differ() {
        let first = |seed, stream, index| Random::of(seed, stream, index).next();
        let one = first(1, RandomStream::Chunk, 0);
        assert_eq!(one, first(1, RandomStream::Chunk, 0));
        assert_ne!(one, first(2, RandomStream::Chunk, 0));
        assert_ne!(one, first(1, RandomStream::Placed, 0));
        assert_ne!(one, first(1, RandomStream::Chunk, 1));
    }
}
