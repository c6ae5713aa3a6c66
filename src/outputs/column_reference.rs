//! What the columns of our tables mean. Comes in: a rule set, on which the columns of a report depend. Goes out: the name, kind, unit and meaning
//! of each column, from the tables' own definitions; as text for people and as a table. It holds no description of its own.

use super::columns::{CellValue, ColumnSpec, OutputTable, TableColumn, ValueKind};
use super::lazy::LazyChunks;
use super::report::{PartnerLines, ReportContext, report_table};
use super::{credits_table, difference, explanation, ledger_table, plan, rejects_table, rules_difference};
use crate::base::calendar::{Day, Window};
use crate::base::text::typed_word;
use crate::config::rules::RuleSet;

/// The columns of one table.
#[derive(Debug, Clone)]
pub struct TableReference {
    /// Word of the table on the command line.
    pub table: &'static str,
    /// What the table is, and who writes it.
    pub title: &'static str,
    /// In the order of the table.
    pub columns: Vec<ColumnSpec>,
}

/// The columns of every table that is written; of reports by a rule set.
pub fn table_references(rules: &RuleSet) -> Vec<TableReference> {
    let first = Day::MIN;
    let context = ReportContext { rule_set: rules.id(), as_of: first, window: Window { first, last: first } };
    let none = PartnerLines { facts: &[], verdicts: &[], confidences: &[], losses: &[] };
    let reference = |table, title, columns| TableReference { table, title, columns };
    vec![
        reference(
            "report",
            "The report: one line a partner (attain report -o report.csv, report.xlsx)",
            report_table(rules, &context, none).columns,
        ),
        reference(
            "history",
            "The history: the lines of the reports of many days (attain history)",
            report_table(rules, &context, none).columns,
        ),
        reference(
            "rejects",
            "The rejects: one line a refused row (beside the report, --rejects)",
            rejects_table(LazyChunks::from(Vec::new())).columns,
        ),
        reference(
            "credits",
            "The credits: all consumption that was read, added up, before it is judged (--credits)",
            credits_table(LazyChunks::from(Vec::new()), String::new()).columns,
        ),
        reference(
            "ledger",
            "The ledger: what judging made of each credit (--ledger)",
            ledger_table(LazyChunks::from(Vec::new())).columns,
        ),
        reference(
            "difference",
            "The difference of two runs (attain diff -o difference.csv)",
            difference::column_specs(),
        ),
        reference(
            "explanation",
            "The explanation: a line for each figure; a section fills the columns that it has (attain explain --format csv)",
            explanation::column_specs(),
        ),
        reference("plan", "The plan: ways to the next tier (attain plan --format csv)", plan::column_specs()),
        reference(
            "rules-difference",
            "The difference of two rule sets (attain rules diff --format csv)",
            rules_difference::column_specs(),
        ),
    ]
}

/// The references of some tables.
#[derive(Debug, Clone)]
pub struct ColumnReference {
    tables: Vec<TableReference>,
}

impl ColumnReference {
    /// The reference of one table, or of all.
    ///
    /// # Errors
    /// There is no such table: the message has the nearest.
    pub fn of(rules: &RuleSet, table: Option<&str>) -> Result<ColumnReference, String> {
        let mut tables = table_references(rules);
        let words: Vec<&str> = tables.iter().map(|reference| reference.table).collect();
        if let Some(word) = table {
            if !words.contains(&word) {
                let nearest = typed_word(word, words.iter().copied());
                let nearest = nearest.map_or_else(String::new, |near| format!("; the nearest is `{near}`"));
                return Err(format!("there is no table `{word}`{nearest}; there are {}", words.join(", ")));
            }
            tables.retain(|reference| reference.table == word);
        }
        Ok(ColumnReference { tables })
    }

    /// Text for people: a section for each table.
    pub fn text(&self) -> String {
        let sections: Vec<String> = self.tables.iter().map(section).collect();
        sections.join("\n")
    }

    /// A row for each column of each table.
    pub fn table(self) -> OutputTable<'static> {
        let rows: Vec<(&'static str, ColumnSpec)> = self
            .tables
            .into_iter()
            .flat_map(|TableReference { table, columns, .. }| {
                columns.into_iter().map(move |spec| (table, spec))
            })
            .collect();
        type Row = (&'static str, ColumnSpec);
        type Value = for<'l> fn(&'l Row) -> CellValue<'l>;
        let column = |name: &str, description: &str, value: Value| {
            TableColumn::new(name, ValueKind::Text, description, move |row: &Row| value(row))
        };
        let columns = vec![
            column("table", "Word of the table", |(table, _)| CellValue::verbatim(Some(table))),
            column("column", "Name in the header", |(_, spec)| CellValue::verbatim(Some(&spec.name))),
            column("kind", "Kind of the values", |(_, spec)| CellValue::verbatim(Some(spec.kind.as_str()))),
            column("unit", "Unit of the values", |(_, spec)| CellValue::verbatim(spec.unit)).optional(),
            column("may_be_blank", "Whether a cell may be blank", |(_, spec)| {
                CellValue::verbatim(Some(if spec.is_optional { "true" } else { "false" }))
            }),
            column("meaning", "What the column means", |(_, spec)| {
                CellValue::verbatim(Some(&spec.description))
            }),
        ];
        let chunks = if rows.is_empty() { Vec::new() } else { vec![rows] };
        OutputTable::new("columns".to_owned(), "columns", columns, LazyChunks::from(chunks))
    }
}

fn section(reference: &TableReference) -> String {
    let width = |of: fn(&ColumnSpec) -> usize| reference.columns.iter().map(of).max().unwrap_or(0);
    let (names, kinds) = (width(|spec| spec.name.len()), width(|spec| kind_of(spec).len()));
    let line = |spec: &ColumnSpec| {
        let blank = if spec.is_optional { "; may be blank" } else { "" };
        format!("  {:names$}  {:kinds$}  {}{blank}\n", spec.name, kind_of(spec), spec.description)
    };
    format!("{}\n{}", reference.title, reference.columns.iter().map(line).collect::<String>())
}

fn kind_of(spec: &ColumnSpec) -> String {
    match (spec.kind, spec.unit) {
        (ValueKind::Usd, _) | (_, None) => spec.kind.as_str().to_owned(),
        (kind, Some(unit)) => format!("{}, {unit}", kind.as_str()),
    }
}
