//! The job that adds up exports on a cluster of Apache Spark (SPEC 3.10). Comes in: sources, dialects, options. Goes out: one file of Python,
//! a template with the dialects as data. It reads no export and starts no job.

mod dialect_data;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::dialect_data::dialect_data;
use crate::base::amount::SIGNS;
use crate::base::ids::{ABSENT_IDS, BLANK_WORDS, SHEET_ERRORS};
use crate::config::dialect::{Dialect, RoleMeaning, builtin, documented_headers, normalise};

/// The program, without its data.
const TEMPLATE: &str = include_str!("job.py");

/// The place of the data in the template.
const DATA: &str = "@JOB@";

/// What a job reads, and how.
#[derive(Debug, Clone, Default)]
pub struct SparkJob<'j> {
    /// Paths, folders and patterns as Spark knows them.
    pub sources: Vec<String>,
    /// Files that newer snapshots supersede, so that they are not among the sources.
    pub superseded: Vec<String>,
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
                RoleMeaning::Consumption(rules) => Some(dialect_data(dialect, rules, is_of_user)),
                _ => None,
            };
            dialects.iter().filter_map(data).collect::<Vec<Value>>()
        };
        let dialects = [of(&self.user, true), of(&self.builtin, false)].concat();
        let entries: [(&str, Value); 13] = [
            ("attain", json!(env!("CARGO_PKG_VERSION"))),
            ("sources", json!(self.sources)),
            ("superseded", json!(self.superseded)),
            ("partner_id", json!(self.partner_id)),
            ("currency", json!(self.currency)),
            ("day_first", json!(self.is_day_first)),
            ("usage_only", json!(self.is_usage_only)),
            ("blank", json!(BLANK_WORDS.as_slice())),
            ("absent", json!([&BLANK_WORDS[..], &ABSENT_IDS[..]].concat())),
            ("sheet_errors", json!(SHEET_ERRORS.as_slice())),
            ("signs", json!(SIGNS.as_slice())),
            ("dialects", json!(dialects)),
            ("documented", json!(documented_names())),
        ];
        let lines: Vec<String> =
            entries.iter().map(|(key, value)| format!("\"{key}\": {}", lines_of(value))).collect();
        format!("{{\n{}\n}}", lines.join(",\n"))
    }
}

/// A value as JSON; an array of objects with one line for each.
fn lines_of(value: &Value) -> String {
    match value {
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
