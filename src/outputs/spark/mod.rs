//! The job that adds up exports on a cluster of Apache Spark (SPEC 3.10). Comes in: sources, dialects, options. Goes out: one file of Python,
//! a template with the dialects as data. It reads no export and starts no job.

mod dialect_data;
mod owner_steps;
mod row_steps;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use self::dialect_data::{DialectReading, dialect_data};
use crate::base::amount::SIGNS;
use crate::base::ids::{ABSENT_WORDS, BLANK_WORDS, OPEN_IDS, SHEET_ERRORS};
use crate::base::total_labels::TOTAL_WORDS;
use crate::config::dialect::{DatasetFamily, Dialect, RoleMeaning, builtin, documented_headers, normalise};

/// The program, without its data.
const TEMPLATE: &str = include_str!("job.py");

/// Expressions of Spark SQL, by name: a line `-- name: what it is`, and the expression in the next line.
const EXPRESSIONS: &str = include_str!("expressions.sql");

/// The place of the data in the template.
const DATA: &str = "@JOB@";

/// A file of a listing that a newer snapshot supersedes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SupersededFile {
    /// Path as Spark knows it.
    pub file: String,
    /// **Unit**: bytes; 0 if the listing does not state it.
    pub bytes: u64,
    /// The name of its dialect. Empty: not known.
    pub dialect: String,
    /// What exports of its dialect tell.
    pub family: DatasetFamily,
}

/// What a job reads, and how.
#[derive(Debug, Clone, Default)]
pub struct SparkJob<'j> {
    /// Paths, folders and patterns as Spark knows them.
    pub sources: Vec<String>,
    /// Files that newer snapshots supersede, so that they are not among the sources.
    pub superseded: Vec<SupersededFile>,
    /// Files of a listing that are no exports by their names.
    pub passed_over: Vec<String>,
    /// The dialects of the user, tried first. Other roles than consumption are passed over.
    pub user: Vec<&'j Dialect>,
    /// Built-in dialects. Other roles than consumption are passed over.
    pub builtin: Vec<&'j Dialect>,
    /// The provider of rows that name none. **Absent**: not given.
    pub partner_id: Option<String>,
    /// The currency of files that do not state it: an upper-case ISO 4217 code. **Absent**: not given.
    pub currency: Option<String>,
    /// Whether days with slashes have the day first.
    pub is_day_first: bool,
    /// Whether all rows are usage, also where a file lacks the columns that tell it.
    pub is_usage_only: bool,
}

impl SparkJob<'_> {
    /// The file of Python.
    pub fn to_python(&self) -> String {
        // A text in triple quotes of Python holds no quote of its own, and no backslash that is not of JSON.
        let data = self.data().replace('\'', "\\u0027");
        TEMPLATE.replace(DATA, &data)
    }

    /// The data of the job as JSON: one line for each dialect.
    fn data(&self) -> String {
        let of = |dialects: &[&Dialect], is_of_user: bool| {
            let data = |dialect: &&Dialect| match &dialect.meaning {
                RoleMeaning::Consumption(rules) => {
                    let reading = DialectReading { is_of_user, is_day_first: self.is_day_first };
                    Some(dialect_data(dialect, rules, reading))
                }
                _ => None,
            };
            dialects.iter().filter_map(data).collect::<Vec<Value>>()
        };
        let dialects = [of(&self.user, true), of(&self.builtin, false)].concat();
        let entries: [(&str, Value); 11] = [
            ("attain", json!(env!("CARGO_PKG_VERSION"))),
            ("sources", json!(self.sources)),
            ("superseded", json!(self.superseded)),
            ("passed_over", json!(self.passed_over)),
            ("partner_id", json!(self.partner_id)),
            ("currency", json!(self.currency)),
            ("day_first", json!(self.is_day_first)),
            ("usage_only", json!(self.is_usage_only)),
            ("dialects", json!(dialects)),
            ("expressions", json!(expressions())),
            ("documented", json!(documented_names())),
        ];
        let lines: Vec<String> =
            entries.iter().map(|(key, value)| format!("\"{key}\": {}", lines_of(value))).collect();
        format!("{{\n{}\n}}", lines.join(",\n"))
    }
}

/// The expressions by name, with the lists of words that they look up.
fn expressions() -> serde_json::Map<String, Value> {
    let words = |lists: &[&[&str]]| {
        let words = lists.iter().copied().flatten();
        let literals: Vec<String> = words.map(|word| format!("'{}'", word.replace('\\', "\\\\"))).collect();
        json!(literals.join(", "))
    };
    let mut by_name = serde_json::Map::new();
    by_name.insert("blank_words".to_owned(), words(&[&BLANK_WORDS]));
    by_name.insert("absent_words".to_owned(), words(&[&BLANK_WORDS, &ABSENT_WORDS]));
    by_name.insert("open_ids".to_owned(), words(&[&OPEN_IDS]));
    by_name.insert("sheet_errors".to_owned(), words(&[&SHEET_ERRORS]));
    by_name.insert("total_words".to_owned(), json!(TOTAL_WORDS.join("|")));
    by_name.insert("signs".to_owned(), words(&[&SIGNS]));
    let mut lines = EXPRESSIONS.lines();
    while let Some(line) = lines.next() {
        if let Some((name, _)) = line.strip_prefix("-- ").and_then(|line| line.split_once(": "))
            && let Some(expression) = lines.next()
        {
            by_name.insert(name.to_owned(), json!(expression));
        }
    }
    by_name
}

/// A value as JSON; an array or object with one line for each value, if they are many.
fn lines_of(value: &Value) -> String {
    match value {
        Value::Object(values) => {
            let lines: Vec<String> =
                values.iter().map(|(key, value)| format!("  {}: {value}", json!(key))).collect();
            format!("{{\n{}}}", lines.join(",\n"))
        }
        Value::Array(values) if values.iter().any(Value::is_object) => {
            let lines: Vec<String> = values.iter().map(|value| format!("  {value}")).collect();
            format!("[\n{}]", lines.join(",\n"))
        }
        other => other.to_string(),
    }
}

/// Every documented header name, in the form in which names are compared: none of them is a misspelling.
fn documented_names() -> BTreeSet<String> {
    let of_headers = documented_headers().iter().flat_map(|header| header.columns()).map(normalise);
    let columns = builtin().iter().flat_map(|dialect| &dialect.columns);
    of_headers.chain(columns.flat_map(|column| column.compared.iter().cloned())).collect()
}
