//! Colours of text for people at a terminal: tiers, statuses and confidence. Comes in: whether there are colours, the tiers of the rule set, and
//! text. Goes out: the text, between SGR sequences if there are colours. It does not know where the text goes; files are never coloured.

use super::report::UNDETERMINED;
use crate::config::rules::RuleSet;

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paint {
    /// It is not.
    #[default]
    Plain,
    /// It is.
    Colored,
}

/// How lines of text are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextStyle {
    /// Characters of a line.
    pub width: usize,
    /// Whether it is coloured.
    pub paint: Paint,
}

impl TextStyle {
    /// As wide, without colours: for a file.
    pub fn plain(self) -> TextStyle {
        TextStyle { paint: Paint::Plain, ..self }
    }
}

/// Parameters of SGR sequences: of the highest tier, of the lowest, of those between.
const HIGHEST: &str = "1;33";
const LOWEST: &str = "1;36";
const BETWEEN: &str = "1;35";
/// Of what is met or certain, and of what is not.
const GOOD: &str = "32";
const DOUBTFUL: &str = "31";

/// The colours of a text about the tiers of one rule set.
#[derive(Debug, Clone, Default)]
pub struct Palette {
    paint: Paint,
    /// The lowest first.
    tiers: Vec<String>,
}

impl Palette {
    /// The colours of the tiers of a rule set.
    pub fn new(paint: Paint, rules: &RuleSet) -> Palette {
        Palette::of(paint, rules.tiers.iter().map(|tier| tier.name.clone()))
    }

    /// The colours of tiers, the lowest first.
    pub fn of(paint: Paint, tiers: impl Iterator<Item = String>) -> Palette {
        Palette { paint, tiers: tiers.collect() }
    }

    /// A cell of a column, in its colours. `cell`: as it is shown, perhaps cut.
    pub fn cell(&self, column: &str, cell: &str) -> String {
        let code = match column {
            "tier" | "next_tier" => self.code_of_tier(cell),
            "confidence" => Some(if cell == "certain" { GOOD } else { DOUBTFUL }),
            "status" => code_of_status(cell),
            _ => None,
        };
        self.between(code, cell)
    }

    /// A word of a sentence, which may end in a mark of punctuation: coloured if it is a tier.
    pub fn word(&self, word: &str) -> String {
        let bare = word.trim_end_matches([';', ',', '.', ':']);
        let code = self.code_of_tier(bare).filter(|_| bare != UNDETERMINED);
        self.between(code, bare) + &word[bare.len()..]
    }

    fn code_of_tier(&self, text: &str) -> Option<&'static str> {
        if text == UNDETERMINED {
            return Some(DOUBTFUL);
        }
        let nth = self.tiers.iter().position(|tier| tier == text)?;
        Some(match nth {
            nth if nth + 1 == self.tiers.len() => HIGHEST,
            0 => LOWEST,
            _ => BETWEEN,
        })
    }

    fn between(&self, code: Option<&'static str>, text: &str) -> String {
        match (self.paint, code) {
            (Paint::Colored, Some(code)) if !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            (Paint::Plain | Paint::Colored, _) => text.to_owned(),
        }
    }
}

fn code_of_status(status: &str) -> Option<&'static str> {
    match status {
        "met" => Some(GOOD),
        "not-met" | UNDETERMINED => Some(DOUBTFUL),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::fixtures::rules;

    #[test]
    fn tiers_statuses_and_confidence_are_coloured_and_no_other_cell_is() {
        let colors = Palette::new(Paint::Colored, &rules());
        assert_eq!(colors.cell("tier", "gold"), "\u{1b}[1;33mgold\u{1b}[0m");
        assert_eq!(colors.cell("next_tier", "silver"), "\u{1b}[1;36msilver\u{1b}[0m");
        assert_eq!(colors.cell("status", "not-met"), "\u{1b}[31mnot-met\u{1b}[0m");
        assert_eq!(colors.cell("confidence", "certain"), "\u{1b}[32mcertain\u{1b}[0m");
        assert_eq!(colors.word("gold;"), "\u{1b}[1;33mgold\u{1b}[0m;");
        for (column, cell) in [("partner_name", "gold"), ("tier", ""), ("tier", "none")] {
            assert_eq!(colors.cell(column, cell), cell);
        }
        assert_eq!(Palette::new(Paint::Plain, &rules()).cell("tier", "gold"), "gold");
    }
}
