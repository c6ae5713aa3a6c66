//! Foreign layouts: outputs of the trade that hold no consumption by subscription, people or partners, such as price sheets. Comes in:
//! `foreign_layouts.toml`, and the names of a header or the beginning of a text. Goes out: the layout that the header or text has. It knows none
//! of them by name.

use std::sync::OnceLock;

use super::normalise;
use crate::config::located_toml::{
    Faults, Located, TomlTable, TomlValue, any_texts, elements, parse_text, some_texts, text,
};

const TEXT: &str = include_str!("foreign_layouts.toml");

/// Bytes of a text in which the keys of a JSON output are searched.
const JSON_BYTES: usize = 2048;

/// A documented layout of an output that is no input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignLayout {
    /// The title, for users.
    pub title: String,
    /// What to give instead, for users.
    pub hint: String,
    /// Names that a header of the layout has, all of them, in the form in which names are compared.
    pub names: Vec<String>,
    /// The other names that a header of the layout may have. **Absent**: any.
    pub only: Option<Vec<String>>,
    /// The names of its documented headers.
    pub headers: Vec<String>,
    /// How a text of the layout begins that is no table.
    begins: Vec<String>,
    /// Keys that all stand near the beginning of a JSON text of the layout; one list for each form of it.
    json: Vec<Vec<String>>,
}

impl ForeignLayout {
    /// Whether a header has the layout. `header` holds names in the form in which names are compared.
    fn fits(&self, header: &[&str]) -> bool {
        let has_others = |only: &Vec<String>| {
            header.iter().any(|name| !self.names.iter().chain(only).any(|other| other == name))
        };
        self.names.iter().all(|name| header.contains(&name.as_str()))
            && !self.only.as_ref().is_some_and(has_others)
    }

    /// Whether a text that is no table has the layout. `head` is the beginning of the text, without blanks in front.
    fn fits_text(&self, head: &str) -> bool {
        let is_json = head.starts_with(['{', '[']);
        let has_key = |key: &String| head.contains(&format!("\"{key}\""));
        self.begins.iter().any(|begin| head.starts_with(begin.as_str()))
            || is_json && self.json.iter().any(|keys| keys.iter().all(has_key))
    }

    /// What the file is and what to give instead, for users.
    pub fn message(&self) -> String {
        format!("{}, which attain does not read; {}", self.title, self.hint)
    }
}

/// The foreign layout of a header, whose names are in the form in which names are compared. `None` if it has none.
pub(super) fn foreign_header(header: &[&str]) -> Option<&'static ForeignLayout> {
    foreign_layouts().iter().find(|layout| layout.fits(header))
}

/// The foreign layout of a text that is no table, by its first bytes. `None` if it has none.
pub fn foreign_text(head: &[u8]) -> Option<&'static ForeignLayout> {
    let head = String::from_utf8_lossy(&head[..head.len().min(JSON_BYTES)]);
    let head = head.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    foreign_layouts().iter().find(|layout| layout.fits_text(head))
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
    let table =
        TomlTable::of(value, &["title", "names", "only", "headers", "begins", "json", "hint"], faults)?;
    let title = table.required("title", faults).and_then(|value| text(&value, faults));
    let hint = table.required("hint", faults).and_then(|value| text(&value, faults));
    let names = table.required("names", faults).map(|value| some_texts(&value, faults));
    let only = table.optional("only").map(|value| any_texts(&value, faults));
    let headers = table.required("headers", faults).map(|value| some_texts(&value, faults));
    let begins = table.optional("begins").map(|value| some_texts(&value, faults));
    let json = table.optional("json").and_then(|value| elements(&value, faults));
    let json = json.unwrap_or_default().iter().map(|keys| values(some_texts(keys, faults))).collect();
    let compared = |names: Vec<Located<String>>| names.iter().map(|name| normalise(&name.value)).collect();
    Some(ForeignLayout {
        title: title?,
        hint: hint?,
        names: compared(names?),
        only: only.map(compared),
        headers: values(headers?),
        begins: values(begins.unwrap_or_default()),
        json,
    })
}

fn values(texts: Vec<Located<String>>) -> Vec<String> {
    texts.into_iter().map(|text| text.value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::dialect::documented_headers;

    #[test]
    fn each_layout_has_its_documented_headers_and_no_other() {
        assert_eq!(parse(TEXT).err(), None);
        for header in documented_headers() {
            let names: Vec<String> = header.columns().map(normalise).collect();
            let layout = foreign_header(&names.iter().map(String::as_str).collect::<Vec<_>>());
            let listed: Vec<&str> = foreign_layouts()
                .iter()
                .filter(|layout| layout.headers.iter().any(|name| name == header.name))
                .map(|layout| layout.title.as_str())
                .collect();
            let expected: Vec<&str> = layout.map(|layout| layout.title.as_str()).into_iter().collect();
            // A header of a dialect never comes so far.
            if header.dialect.is_none() {
                assert_eq!(listed, expected, "{}", header.name);
            }
        }
        let is_documented = |name: &String| documented_headers().iter().any(|header| header.name == name);
        assert!(foreign_layouts().iter().flat_map(|layout| &layout.headers).all(is_documented));
    }

    #[test]
    fn outputs_that_are_no_tables_are_named_by_their_beginning() {
        let title = |text: &str| foreign_text(text.as_bytes()).map(|layout| layout.title.as_str());
        for text in [
            "\u{feff}Azure Cost Overview for Contoso from 05/01/2023 to 05/31/2023\n",
            "# Azure Cost Overview\n\n> Accumulated cost for subscription id `Contoso`",
            "{\n  \"totals\": {\n    \"todaysCost\": 0.5,",
            "[{\"Date\":\"2023-05-01\",\"Items\":[{\"Name\":\"rg\",\"Cost\":1,\"Currency\":\"EUR\",\"CostUsd\":1}]}]",
        ] {
            assert!(title(text).is_some_and(|title| title.contains("azure-cost-cli")), "{text}");
        }
        for text in
            ["", "Cost Overview", "{\"totals\": {}}", "Date,Cost,CostUsd,Currency\n", "totals todaysCost"]
        {
            assert_eq!(title(text), None, "{text}");
        }
    }

    #[test]
    fn a_summary_with_any_other_column_is_none() {
        let fits = |names: &[&str]| foreign_header(names).is_some();
        assert!(fits(&["costusd", "usagedate", "servicename"]));
        assert!(!fits(&["costusd", "usagedate", "quantity"]));
        assert!(!fits(&["usagedate", "cost", "currency"]));
    }

    #[test]
    fn faults_of_the_file_are_located() {
        let faults = parse("[[layout]]\ntitle = \"x\"\nnames = []\n").unwrap_err();
        assert!(faults.iter().all(|fault| fault.starts_with("line ")), "{faults:?}");
    }
}
