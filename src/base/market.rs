//! The market class of a partner: an input, never guessed. It does not know which country has which.

/// The market class of a partner. Input, never guessed.
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

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Market::Developed => "developed",
            Market::Developing => "developing",
        }
    }

    /// The market of a word, in any case.
    pub fn parse(text: &str) -> Option<Market> {
        Market::ALL.into_iter().find(|m| m.as_str().eq_ignore_ascii_case(text.trim()))
    }
}
