//! How much a header has in common with the documented headers of a dialect. Comes in: names in the form in which they are compared. Goes out: the
//! names that it shares with the documented header that it is most like. It decides no dialect: it serves messages.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::{Dialect, DocumentedHeader, documented_headers, normalise};

/// Fewest names that a header shares with a documented one that it resembles.
const NAMES: usize = 3;

/// The dialect with the documented header that a header is most like. `None` if the header lacks more than a quarter of the names of each.
pub(super) fn most_alike<'n, 'd>(
    header: impl Iterator<Item = &'n String>,
    dialects: impl Iterator<Item = &'d Dialect>,
) -> Option<&'d Dialect> {
    let header: BTreeSet<&str> = header.map(String::as_str).filter(|name| !name.is_empty()).collect();
    if header.len() < NAMES {
        return None;
    }
    let mut best: Option<(&Dialect, Resemblance)> = None;
    for dialect in dialects {
        for (_, names) in compared_headers().iter().filter(|(name, _)| *name == dialect.name) {
            let shared = names.iter().filter(|name| header.contains(name.as_str())).count();
            let resemblance = Resemblance { shared, either: names.len() + header.len() - shared };
            let is_plain = shared >= NAMES && 4 * shared >= 3 * names.len();
            if is_plain && best.is_none_or(|(_, other)| resemblance.is_greater(other)) {
                best = Some((dialect, resemblance));
            }
        }
    }
    best.map(|(dialect, _)| dialect)
}

/// What a header and a documented one have in common.
#[derive(Debug, Clone, Copy)]
struct Resemblance {
    /// Names that stand in both.
    shared: usize,
    /// Names that stand in one of them at least.
    either: usize,
}

impl Resemblance {
    /// Whether a greater share of the names stands in both.
    fn is_greater(self, other: Resemblance) -> bool {
        self.shared * other.either > other.shared * self.either
    }
}

/// The names of each documented header of a dialect, with the name of the dialect.
fn compared_headers() -> &'static [(&'static str, BTreeSet<String>)] {
    static HEADERS: OnceLock<Vec<(&'static str, BTreeSet<String>)>> = OnceLock::new();
    HEADERS.get_or_init(|| {
        let compared = |header: &DocumentedHeader| {
            Some((header.dialect?, header.columns().map(normalise).filter(|name| !name.is_empty()).collect()))
        };
        documented_headers().iter().filter_map(compared).collect()
    })
}
