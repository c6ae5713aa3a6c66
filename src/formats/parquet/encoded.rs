//! How the values of a page are encoded, and which of them comes next. It holds places in the page, not its bytes.

use super::deltas::Deltas;
use super::runs::Runs;

/// How they are encoded.
pub(super) enum Encoded {
    /// Numbers into the dictionary.
    Choices(Runs),
    /// Texts, each with its length.
    Texts {
        at: usize,
    },
    /// Values of one width.
    Fixed {
        at: usize,
    },
    /// One bit each.
    Bits {
        bit: usize,
    },
    /// One bit each, in runs.
    BitRuns(Runs),
    Deltas(Deltas),
    /// Texts whose lengths stand before them all.
    Lengths {
        lengths: Deltas,
        at: usize,
    },
    /// Texts that share their beginning with the one before.
    Shared {
        prefixes: Deltas,
        suffixes: Deltas,
        at: usize,
        last: Vec<u8>,
    },
    /// The first bytes of all values, then the second bytes, and so on.
    Split {
        start: usize,
        count: usize,
        nth: usize,
    },
}
