//! Numbers that look random and are the same in every run. Comes in: a seed, a stream, an index. Goes out: a stream of
//! numbers of its own, so that any part of the data can be made without the parts before it.
//!
//! The generator is SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): a counter that
//! grows by an odd constant, and a mixing of its bits. It is not for secrets.

/// The odd constant by which the counter grows: 2⁶⁴ divided by the golden ratio.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// What a stream of numbers is for: no two uses share numbers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
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

/// A stream of numbers.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The stream of that seed, use and index.
    pub(super) fn of(seed: u64, stream: Stream, index: u64) -> Random {
        let start = mix(seed.wrapping_add(STEP.wrapping_mul(stream as u64)));
        Random(mix(start ^ mix(index.wrapping_add(STEP))))
    }

    /// The next number, of 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// The next number below `limit`; 0 if that is 0. Its bias is below `limit` / 2⁶⁴.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(limit);
        u64::try_from(product >> 64).expect("the upper half of 128 bits")
    }

    /// True for `per_thousand` of a thousand numbers.
    pub(super) fn chance(&mut self, per_thousand: u64) -> bool {
        self.below(1000) < per_thousand
    }

    /// One of the `choices`.
    pub(super) fn pick<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[index(self.below(count(choices.len())))]
    }
}

/// An index from a number that is below a length.
pub(super) fn index(number: u64) -> usize {
    usize::try_from(number).expect("below a length in memory")
}

/// A length as a number.
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
        let one = first(1, Stream::Chunk, 0);
        assert_eq!(one, first(1, Stream::Chunk, 0));
        assert_ne!(one, first(2, Stream::Chunk, 0));
        assert_ne!(one, first(1, Stream::Placed, 0));
        assert_ne!(one, first(1, Stream::Chunk, 1));
    }
}
