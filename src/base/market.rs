//! The market class of a partner. Comes in: a word. Goes out: a class. It knows no country: the class is an input (SPEC 1).

/// The market class of a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Market {
    /// A developed market.
    Developed,
    /// A developing market.
    Developing,
}

impl Market {
    /// Every market.
    pub const ALL: [Market; 2] = [Market::Developed, Market::Developing];

    /// The market's word in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Market::Developed => "developed",
            Market::Developing => "developing",
        }
    }

    /// Reads a word, trimmed, in any case. `None` for any other word.
    pub fn parse(text: &str) -> Option<Market> {
        Market::ALL.into_iter().find(|m| m.as_str().eq_ignore_ascii_case(text.trim()))
    }
}
