//! TOML as text: values that are written, not read. Comes in: texts. Goes out: TOML. It knows no key.

use std::fmt::Write as _;

/// A text as a TOML string between double quotes.
pub(crate) fn toml_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                write!(quoted, "\\u{:04X}", u32::from(c)).expect("a string takes all text")
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Texts as a TOML list of strings.
pub(crate) fn toml_list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let quoted: Vec<String> = texts.into_iter().map(toml_string).collect();
    format!("[{}]", quoted.join(", "))
}
