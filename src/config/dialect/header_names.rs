//! Header names, as they are shown and as they are compared.

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A header name as shown to users: without BOM and surrounding blanks.
pub fn clean(name: &str) -> &str {
    name.trim_matches(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK)
}

/// The compared form of a header name: lower case, without blanks, `_`, `-` and BOM (SPEC 3.11).
pub fn normalise(name: &str) -> String {
    let compared = name.chars().filter(|c| !c.is_whitespace() && !matches!(*c, '_' | '-' | BYTE_ORDER_MARK));
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
        ] {
            assert_eq!(normalise(name), "extendedcost", "{name}");
        }
        assert_eq!(normalise("订阅 GUID"), "订阅guid");
        assert_eq!(normalise("\u{feff} Cost (USD) "), "cost(usd)");
    }
}
