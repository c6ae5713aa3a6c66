//! Widths of the columns that identify partners. Comes in: the partners that a report shows. Goes out: widths in characters, the same on every sheet.
//! It writes no cell.

use crate::outputs::presentation::Presentation;

/// Bounds of the width of a name: its column's head, and what leaves room for other columns on a page.
const NAME: (usize, usize) = (18, 50);

/// Bounds of the width of an id.
const ID: (usize, usize) = (9, 38);

/// Room beside an id for the indent of its cell.
const BESIDE_ID: u16 = 3;

/// Widths of the columns of a partner's id and name. **Unit**: characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PartnerWidths {
    pub(super) id: u16,
    pub(super) name: u16,
}

impl PartnerWidths {
    /// Widths that show every id and name whole, up to a bound.
    pub(super) fn new(presentation: &Presentation<'_>) -> PartnerWidths {
        let (mut id, mut name) = (0, 0);
        for nth in presentation.selected {
            let facts = &presentation.lines.facts[*nth];
            id = id.max(facts.partner.as_str().len());
            name = name.max(facts.name.as_deref().map_or(0, digits));
        }
        let clamped = |width: usize, (least, most): (usize, usize)| {
            u16::try_from(width.clamp(least, most)).unwrap_or(u16::MAX)
        };
        PartnerWidths { id: clamped(id, ID) + BESIDE_ID, name: clamped(name, NAME) }
    }
}

/// Width of a text in a proportional font. **Unit**: digits. Letters of alphabets are narrower than a digit on average; characters above U+1100 (Hangul,
/// kana, ideographs) are as wide as two.
fn digits(text: &str) -> usize {
    let wide = text.chars().filter(|character| *character >= '\u{1100}').count();
    let narrow = text.chars().count() - wide;
    narrow - narrow / 12 + 2 * wide + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_character_takes_the_room_of_two_digits() {
        assert_eq!(digits("Contoso"), 8);
        assert_eq!(digits("株式会社"), 9);
        assert!(digits(&"n".repeat(50)) < 50);
    }
}
