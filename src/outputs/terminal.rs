//! The report for people at a terminal: the columns that matter, in few enough characters. Comes in: the report's table.
//! Goes out: aligned text. No colour, and no figure that the table does not have.

use std::io;

use super::aligned::{self, Column};
use super::text::{cut_to_width, one_line};
use super::{Table, Value};

/// Writes the report's table in lines of at most `width` characters: what it is about, then a line a partner with its
/// consumption, counts, tier, and what it lacks for the next one.
pub fn write_for_terminal(table: &Table<'_>, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let rows: Vec<Vec<Value<'_>>> = table.rows.iter().collect();
    let Some(first) = rows.first() else {
        return writeln!(out, "{}", cut_to_width("no partners", width));
    };
    let shown = |name: &str| shown(cell(table, first, name));
    let about = format!(
        "{}, as of {}, consumption of {} to {}",
        shown("rule_set"),
        shown("as_of"),
        shown("window_start"),
        shown("window_end"),
    );
    writeln!(out, "{}", cut_to_width(&about, width))?;
    aligned::write(columns(table, &rows), width, out)
}

fn columns(table: &Table<'_>, rows: &[Vec<Value<'_>>]) -> Vec<Column> {
    let text = |title: &str, name: &str, rank, least_width| Column {
        title: title.to_owned(),
        cells: rows.iter().map(|row| shown(cell(table, row, name))).collect(),
        align_right: false,
        rank,
        least_width,
    };
    let number =
        |title: &str, name: &str, rank| Column { align_right: true, ..text(title, name, rank, None) };
    let lacks = |title: &str, suffix: &str| Column {
        title: title.to_owned(),
        cells: rows.iter().map(|row| lacked(table, row, suffix)).collect(),
        align_right: true,
        rank: 1,
        least_width: None,
    };
    let mut columns = vec![
        text("partner", "partner_id", 0, None),
        text("name", "partner_name", 3, Some(10)),
        text("market", "market", 6, None),
        number("consumed USD", "consumption_usd", 2),
    ];
    let groups = table.columns.iter().filter_map(|name| Some((name, name.strip_suffix("_individuals")?)));
    columns.extend(groups.map(|(name, group)| number(group, name, 5)));
    columns.extend([
        text("tier", "tier", 0, None),
        text("next", "next_tier", 1, None),
        lacks("lacks USD", "consumption_shortfall_usd"),
        lacks("lacks people", "individuals_shortfall"),
        text("notes", "notes", 4, Some(10)),
    ]);
    columns.retain(|column| column.rank == 0 || column.cells.iter().any(|cell| !cell.is_empty()));
    columns
}

/// What a partner lacks of a requirement of its next tier; empty where it has none, or it is not known.
fn lacked(table: &Table<'_>, row: &[Value<'_>], suffix: &str) -> String {
    match cell(table, row, "next_tier") {
        Value::Text(tier) => shown(cell(table, row, &format!("{tier}_{suffix}"))),
        Value::Absent | Value::Count(_) | Value::Usd(_) | Value::Date(_) => String::new(),
    }
}

fn cell<'t>(table: &Table<'_>, row: &'t [Value<'t>], name: &str) -> &'t Value<'t> {
    let column = table.columns.iter().position(|column| column == name);
    column.and_then(|index| row.get(index)).unwrap_or(&Value::Absent)
}

fn shown(value: &Value<'_>) -> String {
    match value {
        Value::Absent => String::new(),
        Value::Text(text) => one_line(text).into_owned(),
        Value::Count(count) => count.to_string(),
        Value::Usd(usd) => usd.to_string(),
        Value::Date(day) => day.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::table::tests::{facts, silver, table, undetermined};

    fn written(width: usize) -> Vec<String> {
        let long = crate::judge::facts::PartnerFacts {
            name: Some("Proseware\u{1b}[31m, Sociedad de Tecnología\nAvanzada".into()),
            market: None,
            ..facts("4390934", "12000")
        };
        let mut out = Vec::new();
        let table = table(&[(facts("42", "15000.0000001"), silver()), (long, undetermined())]);
        write_for_terminal(&table, width, &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_wide_terminal_shows_every_column_that_matters() {
        let expected = [
            "cloud-platform@2017-07-07, as of 2017-07-07, consumption of 2016-07-01 to 2017-06-30",
            "partner  name                                             market     consumed USD  assessment  exam  tier    next    lacks USD  lacks people  notes",
            "42       Partner 42                                       developed      15000.00           0     1  silver  gold     85000.00             1",
            "4390934  Proseware␛[31m, Sociedad de Tecnología␊Avanzada                 12000.00           0     1          silver                        0  market-unknown",
        ];
        assert_eq!(written(200), expected);
    }

    #[test]
    fn eighty_characters_show_the_tier_and_what_is_lacking() {
        let expected = [
            "cloud-platform@2017-07-07, as of 2017-07-07, consumption of 2016-07-01 to 2017-…",
            "partner  name           consumed USD  tier    next    lacks USD  lacks people  …",
            "42       Partner 42         15000.00  silver  gold     85000.00             1",
            "4390934  Proseware␛[3…      12000.00          silver                        0",
        ];
        assert_eq!(written(80), expected);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_no_control_character_reaches_it() {
        for width in 1..180 {
            for line in written(width) {
                assert!(line.chars().count() <= width, "{width}: {line}");
                assert!(!line.contains(char::is_control), "{line:?}");
            }
        }
    }

    #[test]
    fn a_report_of_nobody_says_so() {
        let mut out = Vec::new();
        write_for_terminal(&table(&[]), 80, &mut out).unwrap();
        assert_eq!(out, b"no partners\n");
    }
}
