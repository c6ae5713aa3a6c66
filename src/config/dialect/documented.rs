//! The documented headers, by which `attain dialects check` proves that no known export fits two dialects. Comes in: the files of
//! `headers/`, one line of names each, which the build script lists; and the user's dialects. Goes out: headers, or faults of dialects.
//!
//! A header's file is named by its dialect and a version, or by `none-` if no dialect may fit it. Names, widths and order come from the
//! sources that the dialect lists; the order of `insights-azure-usage-2021` is not documented. Files that end in `-sample`, `-bom`,
//! `-localised` or `-mixed` are headers of public samples.

use std::collections::BTreeSet;

use super::{ColumnKey, Dialect, builtin, fitting, normalise};

/// A header that a source documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentedHeader {
    /// The name of the file: dialect and version, or `none-` and a description.
    pub name: &'static str,
    /// Name of the dialect that must fit. **Absent**: none may fit, since it is a relative of a known export or our own output.
    pub dialect: Option<&'static str>,
    text: &'static str,
}

impl DocumentedHeader {
    /// The header's column names, in the order of the source. None of them contains a comma or a quote.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.text.trim_end().split(',')
    }

    /// [`DocumentedHeader::columns`] as [`super::recognise()`] takes them.
    pub fn names(&self) -> Vec<String> {
        self.columns().map(str::to_owned).collect()
    }
}

const HEADERS: &[DocumentedHeader] = include!(concat!(env!("OUT_DIR"), "/headers.rs"));

/// Every documented header, in the order of the dialects, then by name; headers of no dialect come last.
pub fn documented_headers() -> &'static [DocumentedHeader] {
    HEADERS
}

/// The documented header of that name. `None` if there is none.
pub fn documented_header(name: &str) -> Option<&'static DocumentedHeader> {
    HEADERS.iter().find(|header| header.name == name)
}

/// Checks the built-in dialects and the user's own against each other; returns all faults.
///
/// Each documented header must fit its dialect and no other. A header of only the columns that a dialect requires must fit that dialect
/// alone. The user's dialects are tried first, so that one of them may fit a documented header, but not two.
pub fn check_all(user: &[Dialect]) -> Vec<String> {
    let mut faults = Vec::new();
    for header in HEADERS {
        let names = header.names();
        let fits = dialect_names(&fitting(&names, builtin()));
        let expected: Vec<&str> = header.dialect.into_iter().collect();
        if fits != expected {
            faults.push(format!(
                "documented header {}: fits {}, expected {}",
                header.name,
                join_names(&fits),
                join_names(&expected)
            ));
        }
        let fits = dialect_names(&fitting(&names, user));
        if fits.len() > 1 {
            faults.push(format!(
                "documented header {}: fits {}, expected one at most",
                header.name,
                join_names(&fits)
            ));
        }
    }
    for group in [builtin(), user] {
        for dialect in group {
            faults.extend(overlaps(dialect, group));
        }
    }
    faults
}

/// Faults of a dialect: a least header of it fits another dialect too, or does not fit the dialect itself.
fn overlaps(dialect: &Dialect, group: &[Dialect]) -> BTreeSet<String> {
    let mut faults = BTreeSet::new();
    for header in least_headers(dialect) {
        let fits = dialect_names(&fitting(&header, group));
        if fits != [dialect.name.as_str()] {
            faults.insert(format!(
                "{}: a header of only what it requires ({}) fits {}",
                dialect.name,
                header.join(", "),
                join_names(&fits)
            ));
        }
    }
    faults
}

/// Headers of only the required columns: one with all preferred names, and one for each other name in place of the preferred one.
fn least_headers(dialect: &Dialect) -> Vec<Vec<String>> {
    let names = |any_of: &Vec<ColumnKey>| -> Vec<String> {
        any_of.iter().flat_map(|key| dialect.columns[key.0].names.clone()).collect()
    };
    let choices: Vec<Vec<String>> = dialect.required.iter().map(names).collect();
    let preferred: Vec<String> = choices.iter().filter_map(|names| names.first().cloned()).collect();
    // Names that are forbidden alone get one of those that lift the prohibition.
    let complete = |mut header: Vec<String>| {
        for unless in &dialect.forbidden_unless {
            let has = |names: &[String]| header.iter().any(|name| names.contains(&normalise(name)));
            if has(&unless.names) && !has(&unless.beside) {
                header.extend(unless.beside.first().cloned());
            }
        }
        header
    };
    let mut headers = vec![complete(preferred.clone())];
    for (place, names) in choices.iter().enumerate() {
        for name in names.iter().skip(1) {
            let mut header = preferred.clone();
            header[place].clone_from(name);
            headers.push(complete(header));
        }
    }
    headers
}

fn dialect_names<'d>(dialects: &[&'d Dialect]) -> Vec<&'d str> {
    dialects.iter().map(|d| d.name.as_str()).collect()
}

fn join_names(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(" and ") }
}
