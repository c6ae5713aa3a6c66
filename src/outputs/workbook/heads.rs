//! The widths that heads of columns need. Comes in: the name of a column. Goes out: pixels. A spreadsheet breaks a name without blanks where the cell
//! ends: a width is chosen so that it breaks at an underscore. It depends on no font of the machine.

/// Advance widths of `a` to `z` in the bold default font of spreadsheets. **Unit**: 1/2048 of its size.
const LETTERS: [u32; 26] = [
    1011, 1099, 857, 1099, 1031, 648, 971, 1099, 503, 523, 983, 503, 1666, 1099, 1101, 1099, 1099, 728, 817,
    710, 1099, 969, 1526, 941, 970, 814,
];
/// The same of `_`.
const UNDERSCORE: u32 = 1020;
/// The same of digits, and in place of any other character.
const DIGIT: u32 = 1038;
/// Size of heads, 9 points. **Unit**: pixels.
const SIZE: u32 = 12;
/// Pixels of a cell that hold no text.
const PADDING: u32 = 7;
/// Widest head on one line; a longer one breaks anywhere. **Unit**: pixels.
const MOST: u32 = 260;

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

/// Least width of the column of a name: on two lines if it can break at an underscore, else on one. **Unit**: pixels.
pub(super) fn least_pixels(name: &str) -> u32 {
    let breaks = name.match_indices('_').map(|(at, _)| name.split_at(at));
    // Behind the break stands an underscore: the middle of it is far from both neighbours.
    let two_lines = |(first, second): (&str, &str)| {
        let width = pixels(first) + pixels("_") / 2 + 1;
        (pixels(second) <= width).then_some(width)
    };
    let narrowest = breaks.filter_map(two_lines).min().unwrap_or(u32::MAX);
    narrowest.min(pixels(name)).min(MOST) + PADDING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_breaks_at_the_underscore_that_gives_the_narrowest_column() {
        let whole = |text| pixels(text) + PADDING;
        let name = "next_consumption_shortfall_usd";
        let width = least_pixels(name);
        assert!(width > whole("next_consumption") && width < whole("next_consumption_s"), "{width}");
        assert_eq!(least_pixels("tier"), whole("tier"));
        assert_eq!(least_pixels(&"x".repeat(1000)), MOST + PADDING);
    }
}
