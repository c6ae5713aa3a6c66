//! The widths that heads of columns need. Comes in: the name of a column. Goes out: pixels. A spreadsheet breaks a name without blanks anywhere, so that
//! a head stands on one line. It depends on no font of the machine.

/// Advance widths of `a` to `z` in the bold default font of spreadsheets. **Unit**: 1/2048 of its size.
const LETTERS: [u32; 26] = [
    1011, 1099, 857, 1099, 1031, 648, 971, 1099, 503, 523, 983, 503, 1666, 1099, 1101, 1099, 1099, 728, 817,
    710, 1099, 969, 1526, 941, 970, 814,
];
/// Advance width of `_`.
const UNDERSCORE: u32 = 1020;
/// Advance width of a digit, and in place of any other character.
const DIGIT: u32 = 1038;
/// Size of heads, 9 points. **Unit**: pixels.
const SIZE: u32 = 12;
/// Pixels beside the text of a head: of the cell's edges, and of the button that filters.
const BESIDE: u32 = 32;
/// Widest head; the end of a longer one is not shown. **Unit**: pixels.
const MOST: u32 = 300;

/// Width of a text in a head. **Unit**: pixels. **Rounding**: up.
fn pixels(text: &str) -> u32 {
    let units: u32 = text
        .chars()
        .map(|character| match character {
            'a'..='z' => LETTERS[usize::try_from(u32::from(character) - u32::from('a')).unwrap_or(0)],
            '_' => UNDERSCORE,
            _ => DIGIT,
        })
        .sum();
    (units * SIZE).div_ceil(2048)
}

/// Least width of the column of a name. **Unit**: pixels.
pub(super) fn least_pixels(name: &str) -> u32 {
    pixels(name).min(MOST) + BESIDE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_as_wide_as_its_letters() {
        assert_eq!(pixels("tier"), (710 + 503 + 1031 + 728) * 12 / 2048 + 1);
        assert!(least_pixels("next_consumption_shortfall_usd") > 30 * 5);
        assert_eq!(least_pixels(&"x".repeat(1000)), MOST + BESIDE);
    }
}
