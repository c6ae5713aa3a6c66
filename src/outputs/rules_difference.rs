//! The difference of two rule sets. Comes in: the clauses that differ, and the partners whose tier does. Goes out: text, or a table with a row for
//! each. It compares nothing.

use std::fmt::Write;

use super::columns::{CellValue, ColumnSpec, OutputTable, TableColumn, ValueKind};
use super::lazy::LazyChunks;
use super::text::one_line;
use crate::config::rules::ClauseDifference;

/// Two rule sets, and in what they differ.
#[derive(Debug, Clone)]
pub struct RulesDifference {
    /// The first rule set: `name@version`.
    pub a: String,
    /// The second.
    pub b: String,
    /// The clauses that differ.
    pub clauses: Vec<ClauseDifference>,
    /// What it comes to for partners. **Absent**: no inputs are given.
    pub partners: Option<TierDifferences>,
}

/// Partners that two rule sets judge.
#[derive(Debug, Clone)]
pub struct TierDifferences {
    /// How many partners there are.
    pub compared: usize,
    /// Those whose tier differs, in report order.
    pub differing: Vec<TierDifference>,
}

/// A partner whose tier differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierDifference {
    /// The partner's id.
    pub partner: String,
    /// **Absent**: unknown.
    pub name: Option<String>,
    /// The tier by the first rule set, or `undetermined`. **Absent**: none.
    pub a: Option<String>,
    /// The tier by the second rule set.
    pub b: Option<String>,
}

/// A row of the table.
#[derive(Debug, Clone)]
enum DifferenceRow {
    Clause(ClauseDifference),
    Tier(TierDifference),
}

impl RulesDifference {
    /// The text for people: no value is cut.
    pub fn text(&self) -> String {
        let mut text = format!("a  {}\nb  {}\n", self.a, self.b);
        let mut line = |line: String| {
            text += one_line(&line).trim_end();
            text.push('\n');
        };
        line(match self.clauses.len() {
            0 => "no clause differs".to_owned(),
            1 => "1 clause differs".to_owned(),
            count => format!("{count} clauses differ"),
        });
        let stated = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
        for ClauseDifference { key, a, b } in &self.clauses {
            line(format!("  {key}"));
            line(format!("    a  {}", stated(a)));
            line(format!("    b  {}", stated(b)));
        }
        let Some(TierDifferences { compared, differing }) = &self.partners else { return text };
        line(format!("{} of {compared} partners have another tier", differing.len()));
        let tier = |tier: &Option<String>| tier.clone().unwrap_or_else(|| "no tier".to_owned());
        for TierDifference { partner, name, a, b } in differing {
            let name = name.as_ref().map_or_else(String::new, |name| format!(" {name}"));
            line(format!("  {partner}{name}: a {}, b {}", tier(a), tier(b)));
        }
        text
    }

    /// The table: a row for each clause, then for each partner.
    pub fn table(self) -> OutputTable<'static> {
        let mut caption = String::new();
        write!(caption, "{} (a) and {} (b)", self.a, self.b).expect("a text takes what is written to it");
        let of_partners = self.partners.into_iter().flat_map(|partners| partners.differing);
        let rows: Vec<DifferenceRow> = self
            .clauses
            .into_iter()
            .map(DifferenceRow::Clause)
            .chain(of_partners.map(DifferenceRow::Tier))
            .collect();
        let chunks = if rows.is_empty() { Vec::new() } else { vec![rows] };
        OutputTable::new(caption, "differences", columns(), LazyChunks::from(chunks))
    }
}

/// The columns of every difference of rule sets.
pub(super) fn column_specs() -> Vec<ColumnSpec> {
    OutputTable::new(String::new(), "differences", columns(), LazyChunks::from(Vec::new())).columns
}

fn columns() -> Vec<TableColumn<'static, DifferenceRow>> {
    type Value = for<'l> fn(&'l DifferenceRow) -> CellValue<'l>;
    let column = |name: &str, description: &str, value: Value| {
        TableColumn::new(name, ValueKind::Text, description, move |row: &DifferenceRow| value(row)).optional()
    };
    vec![
        column("kind", "`clause`, or `partner` whose tier differs", |row| match row {
            DifferenceRow::Clause(_) => CellValue::verbatim(Some("clause")),
            DifferenceRow::Tier(_) => CellValue::verbatim(Some("partner")),
        }),
        column("key", "Where the clause stands, or the partner's id", |row| match row {
            DifferenceRow::Clause(clause) => CellValue::text(Some(&clause.key)),
            DifferenceRow::Tier(tier) => CellValue::text(Some(&tier.partner)),
        }),
        column("partner_name", "Name in the roster or profile", |row| match row {
            DifferenceRow::Clause(_) => CellValue::Absent,
            DifferenceRow::Tier(tier) => CellValue::text(tier.name.as_deref()),
        }),
        column("a", "What the first rule set states, or the tier by it", |row| match row {
            DifferenceRow::Clause(clause) => CellValue::text(clause.a.as_deref()),
            DifferenceRow::Tier(tier) => CellValue::verbatim(tier.a.as_deref()),
        }),
        column("b", "What the second rule set states, or the tier by it", |row| match row {
            DifferenceRow::Clause(clause) => CellValue::text(clause.b.as_deref()),
            DifferenceRow::Tier(tier) => CellValue::verbatim(tier.b.as_deref()),
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::{OutputFormat, write};

    #[test]
    fn both_values_of_each_clause_and_both_tiers_of_each_partner_are_told() {
        let text = |text: &str| Some(text.to_owned());
        let difference = RulesDifference {
            a: "x@2017-01-01".to_owned(),
            b: "x@2018-01-01".to_owned(),
            clauses: vec![ClauseDifference {
                key: "tier.gold.individuals.count".to_owned(),
                a: text("2"),
                b: None,
            }],
            partners: Some(TierDifferences {
                compared: 7,
                differing: vec![TierDifference {
                    partner: "42".to_owned(),
                    name: text("Trey"),
                    a: text("gold"),
                    b: None,
                }],
            }),
        };
        let expected = "a  x@2017-01-01\nb  x@2018-01-01\n1 clause differs\n  tier.gold.individuals.count\n    a  2\n    b  –\n\
            1 of 7 partners have another tier\n  42 Trey: a gold, b no tier\n";
        assert_eq!(difference.text(), expected);
        let mut out = Vec::new();
        write(&difference.table(), OutputFormat::Csv, &mut out).unwrap();
        let expected =
            "kind,key,partner_name,a,b\nclause,tier.gold.individuals.count,,2,\npartner,42,Trey,gold,\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
