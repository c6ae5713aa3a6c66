//! Header names, as they are shown and as they are compared.

/// A header name as shown to users: without BOM and surrounding blanks.
pub fn clean(name: &str) -> &str {
    name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// The compared form of a header name: no BOM, no blanks, lower case.
pub fn normalise(name: &str) -> String {
    let visible = clean(name).chars().filter(|c| !c.is_whitespace());
    match name.is_ascii() {
        true => visible.map(|c| c.to_ascii_lowercase()).collect(),
        false => visible.flat_map(char::to_lowercase).collect(),
    }
}

/// The compared form of `Name` in a localised header name, `Local name (Name)`. `None` if the name does not have that form.
pub fn normalise_localised(name: &str) -> Option<String> {
    let open = name.rfind('(').filter(|open| !clean(&name[..*open]).is_empty())?;
    let inner = normalise(clean(&name[open + 1..]).strip_suffix(')')?);
    (!inner.is_empty()).then_some(inner)
}
