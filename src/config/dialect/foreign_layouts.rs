//! Foreign layouts: documented exports that hold no consumption, people or partners, such as price sheets. Comes in: `foreign_layouts.toml`, or
//! the names of a header. Goes out: the layout that the header has. It knows none of them by name.

use std::sync::OnceLock;

use super::normalise;
use crate::config::located_toml::{Faults, TomlTable, TomlValue, elements, parse_text, some_texts, text};

const TEXT: &str = include_str!("foreign_layouts.toml");

/// A documented layout of an export that is no input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignLayout {
    /// The title, for users.
    pub title: String,
    /// Names that a header of the layout has, all of them, in the form in which names are compared.
    pub names: Vec<String>,
    /// The names of its documented headers.
    pub headers: Vec<String>,
}

impl ForeignLayout {
    /// Whether a header has the layout. `header` holds names in the form in which names are compared.
    pub(super) fn fits(&self, header: &[&str]) -> bool {
        self.names.iter().all(|name| header.contains(&name.as_str()))
    }
}

/// Every foreign layout, in the order of the file.
pub fn foreign_layouts() -> &'static [ForeignLayout] {
    static LAYOUTS: OnceLock<Vec<ForeignLayout>> = OnceLock::new();
    LAYOUTS.get_or_init(|| parse(TEXT).expect("a test checks the foreign layouts"))
}

/// Reads the layouts. Errors: all faults of the text, each with line and key.
fn parse(toml: &str) -> Result<Vec<ForeignLayout>, Vec<String>> {
    let mut faults = Faults::default();
    let layouts = parse_text(toml, &mut faults).and_then(|root| {
        let table = TomlTable::root(root.get_ref(), &["layout"], &mut faults);
        let layouts = table.required("layout", &mut faults)?;
        let each = elements(&layouts, &mut faults)?;
        Some(each.iter().filter_map(|value| layout(value, &mut faults)).collect())
    });
    match layouts {
        Some(layouts) if faults.is_empty() => Ok(layouts),
        _ => Err(faults.into_lines(toml)),
    }
}

fn layout(value: &TomlValue<'_>, faults: &mut Faults) -> Option<ForeignLayout> {
    let table = TomlTable::of(value, &["title", "names", "headers"], faults)?;
    let title = table.required("title", faults).and_then(|value| text(&value, faults));
    let names = table.required("names", faults).map(|value| some_texts(&value, faults));
    let headers = table.required("headers", faults).map(|value| some_texts(&value, faults));
    Some(ForeignLayout {
        title: title?,
        names: names?.into_iter().map(|name| normalise(&name.value)).collect(),
        headers: headers?.into_iter().map(|header| header.value).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::dialect::documented_headers;

    #[test]
    fn each_layout_has_its_documented_headers_and_no_other() {
        assert_eq!(parse(TEXT).err(), None);
        for layout in foreign_layouts() {
            let fits: Vec<&str> = documented_headers()
                .iter()
                .filter(|header| {
                    let names: Vec<String> = header.columns().map(normalise).collect();
                    layout.fits(&names.iter().map(String::as_str).collect::<Vec<_>>())
                })
                .map(|header| header.name)
                .collect();
            let mut expected: Vec<&str> = layout.headers.iter().map(String::as_str).collect();
            expected.sort_unstable();
            assert_eq!(fits, expected, "{}", layout.title);
        }
    }

    #[test]
    fn faults_of_the_file_are_located() {
        let faults = parse("[[layout]]\ntitle = \"x\"\nnames = []\n").unwrap_err();
        assert!(faults.iter().all(|fault| fault.starts_with("line ")), "{faults:?}");
    }
}
