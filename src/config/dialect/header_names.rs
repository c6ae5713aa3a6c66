//! Header names, as they are shown and as they are compared.

use crate::base::text::has_no_width;

/// A header name as shown to users: without BOM, marks without width and surrounding blanks.
pub fn clean(name: &str) -> &str {
    name.trim_matches(|c: char| c.is_whitespace() || has_no_width(c))
}

/// The compared form of a header name: lower case, without blanks, `_`, `-`, BOM and marks without width (SPEC 3.11).
pub fn normalise(name: &str) -> String {
    let is_compared = |c: &char| !c.is_whitespace() && !matches!(*c, '_' | '-') && !has_no_width(*c);
    let compared = name.chars().filter(is_compared);
    match name.is_ascii() {
        true => compared.map(|c| c.to_ascii_lowercase()).collect(),
        false => compared.flat_map(char::to_lowercase).collect(),
    }
}

/// The compared form of `Name` in a localised header name, `Local name (Name)`. `None` if the name does not have that form.
pub fn normalise_localised(name: &str) -> Option<String> {
    let open = name.rfind('(').filter(|open| !clean(&name[..*open]).is_empty())?;
    let inner = normalise(clean(&name[open + 1..]).strip_suffix(')')?);
    (!inner.is_empty()).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_blanks_low_lines_hyphens_and_byte_order_marks() {
        for name in [
            "ExtendedCost",
            "extended_cost",
            "Extended-Cost",
            " EXTENDED COST ",
            "\u{feff}\u{feff}Extended\u{a0}Cost",
            "\u{feff} _Extended\u{feff}Cost",
            "\u{200b}Extended\u{200e}Cost\u{2060}",
        ] {
            assert_eq!(normalise(name), "extendedcost", "{name}");
        }
        assert_eq!(normalise("订阅 GUID"), "订阅guid");
        assert_eq!(normalise("\u{feff} Cost (USD) "), "cost(usd)");
    }
}
