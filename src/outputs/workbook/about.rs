//! The sheet that explains the others: the rules with their source, each column, the control totals, the inputs. Comes in: the run's values and what
//! the other sheets hold. Goes out: blocks of text and figures.

use std::io;

use rust_xlsxwriter::Worksheet;
use serde::Serialize;
use serde_json::Value;

use super::canvas::Canvas;
use super::cells::is_exact;
use super::contents::WorkbookContents;
use super::sheet::failed;
use super::styles::Styles;
use crate::base::market::Market;
use crate::config::own_columns::WORKBOOK_MARK;
use crate::config::rules::{MeasureUnit, Quantity, Requirement, RuleSet};
use crate::outputs::presentation::Presentation;
use crate::outputs::summary::{InputRead, Program, Summary};
use crate::outputs::totals::ControlTotals;

/// Columns of the sheet.
const WIDTHS: [u16; 7] = [34, 22, 18, 16, 12, 12, 60];

/// Widest first column; a longer path goes on in the next line of its cell. **Unit**: characters.
const WIDEST: u16 = 70;

/// Height of a line of text. **Unit**: points.
const LINE_POINTS: u16 = 15;

/// Highest row of a spreadsheet. **Unit**: points.
const MOST_POINTS: u16 = 409;

/// Inputs that have a line at most.
const INPUTS: usize = 5_000;

/// Entries of a list of the control totals that have lines: tenants without a partner may be very many.
const OF_EACH_LIST: usize = 100;

/// Writes the sheet.
pub(super) fn write(
    styles: &Styles,
    presentation: &Presentation<'_>,
    contents: &WorkbookContents,
) -> io::Result<Worksheet> {
    let mut widths = WIDTHS;
    widths[0] = width_of_paths(presentation.summary);
    let mut canvas = Canvas::new("About", styles, &widths)?;
    canvas.text(0, WORKBOOK_MARK, &styles.title)?;
    canvas.row += 1;
    let Program { name, version } = &presentation.summary.program;
    let what = "It holds values and no formulas; the same run writes the same bytes.";
    canvas.text(0, &format!("Written by {name} {version}. {what}"), &styles.subtitle)?;
    canvas.row += 2;
    rule_set(&mut canvas, presentation)?;
    columns(&mut canvas, contents)?;
    control_totals(&mut canvas, presentation.summary)?;
    inputs(&mut canvas, presentation.summary, widths[0])?;
    Ok(canvas.sheet)
}

/// Width of the column that has the paths of inputs. **Unit**: characters.
fn width_of_paths(summary: &Summary) -> u16 {
    let lengths = summary.inputs.iter().take(INPUTS).map(|input| path(input).chars().count());
    u16::try_from(lengths.max().unwrap_or(0)).unwrap_or(u16::MAX).clamp(WIDTHS[0], WIDEST)
}

/// The path of an input, with its sheet.
fn path(input: &InputRead) -> String {
    match &input.sheet {
        Some(sheet) => format!("{}[{sheet}]", input.file),
        None => input.file.clone(),
    }
}

fn rule_set(canvas: &mut Canvas<'_>, presentation: &Presentation<'_>) -> io::Result<()> {
    let (rules, context) = (presentation.rules, presentation.context);
    let used = &presentation.summary.rule_set;
    canvas.section("Rule set")?;
    let window = context.window;
    let months = rules.window_months;
    let mut lines = vec![
        ("name", context.rule_set.clone()),
        ("title", rules.title.clone()),
        ("in force from", rules.valid_from.to_string()),
        ("in force until", rules.valid_until.map_or("further notice".to_owned(), |day| day.to_string())),
    ];
    lines.extend(rules.source.iter().map(|source| ("source", source.clone())));
    lines.extend(used.note.iter().map(|note| ("note", note.clone())));
    lines.extend([
        ("sha256 of the file", used.sha256.clone()),
        ("judged as of", context.as_of.to_string()),
        ("window", format!("{} to {}, {months} months", window.first, window.last)),
        ("associations that count", used.accepted.join(", ")),
        (
            "before an association began",
            if used.retroactive { "counts" } else { "does not count" }.to_owned(),
        ),
    ]);
    for tier in &rules.tiers {
        let requires: Vec<String> = tier.requires.iter().map(|requires| required(requires, rules)).collect();
        lines.push(("a tier and what it requires", format!("{}: {}", tier.name, requires.join("; "))));
    }
    for (label, text) in lines.iter().filter(|(_, text)| !text.is_empty()) {
        canvas.text(0, label, &canvas.styles.muted)?;
        canvas.text(1, text, &canvas.styles.plain)?;
        canvas.row += 1;
    }
    canvas.row += 1;
    Ok(())
}

/// What a tier requires of a measure, in each market.
fn required(requirement: &Requirement, rules: &RuleSet) -> String {
    let kind = rules.measures[requirement.measure].kind();
    let figure = |market: Market| match requirement.at_least.of(market) {
        Quantity::Usd(usd) => usd.ceil_to_cents().to_string(),
        Quantity::Count(count) => count.to_string(),
    };
    let mut figures: Vec<(String, Vec<&str>)> = Vec::new();
    for market in Market::ALL {
        let figure = figure(market);
        match figures.iter_mut().find(|(of, _)| *of == figure) {
            Some((_, markets)) => markets.push(market.as_str()),
            None => figures.push((figure, vec![market.as_str()])),
        }
    }
    let unit = match kind.unit() {
        MeasureUnit::Usd => " USD",
        MeasureUnit::Count => "",
    };
    let texts: Vec<String> = match figures.as_slice() {
        [(figure, _)] => vec![format!("{figure}{unit}")],
        several => {
            let text =
                |(figure, markets): &(String, Vec<&str>)| format!("{figure}{unit} ({})", markets.join(", "));
            several.iter().map(text).collect()
        }
    };
    format!("{} of at least {}", kind.as_str(), texts.join(" or "))
}

/// Each column of each sheet of data.
fn columns(canvas: &mut Canvas<'_>, contents: &WorkbookContents) -> io::Result<()> {
    canvas.section("Columns")?;
    canvas.heads(&["column", "sheet", "unit", "meaning", "", "", ""], &[])?;
    for sheet in contents.sheets() {
        for column in &sheet.columns {
            canvas.text(0, &column.name, &canvas.styles.plain)?;
            canvas.text(1, sheet.name, &canvas.styles.muted)?;
            canvas.text(2, column.unit.as_deref().unwrap_or_default(), &canvas.styles.muted)?;
            canvas.text(3, &column.description.replace('`', ""), &canvas.styles.plain)?;
            canvas.row += 1;
        }
    }
    for note in [
        "Amounts of more than 15 digits are text, since a spreadsheet's number keeps no more; in the ledger, the whole stands beside the number.",
        "The sheet Partners prints as many columns as a page has room for; the sheet has all.",
        "Colours: the higher a tier the darker its blue; what needs attention is orange, a day of loss within three months among it.",
    ] {
        canvas.note(note)?;
    }
    canvas.row += 1;
    Ok(())
}

/// Every figure of the control totals, as the run summary has it.
fn control_totals(canvas: &mut Canvas<'_>, summary: &Summary) -> io::Result<()> {
    canvas.section("Control totals: every row and amount by its use")?;
    canvas.heads(&["part", "of"], &["figure"])?;
    for (path, figure) in control_lines(&summary.control_totals).map_err(io::Error::other)? {
        let (of, part) = path.rsplit_once(' ').unwrap_or(("", &path));
        canvas.text(0, &part.replace('_', " "), &canvas.styles.plain)?;
        canvas.text(1, &of.replace('_', " "), &canvas.styles.muted)?;
        match figure {
            Value::Number(number) => canvas.figure(2, &number.to_string(), &canvas.styles.top_count)?,
            Value::String(text) if is_decimal(&text) => {
                let format = if is_exact(&text) { &canvas.styles.money } else { &canvas.styles.figure_text };
                canvas.figure(2, &text, format)?;
            }
            Value::String(text) => canvas.text(2, &text, &canvas.styles.plain)?,
            other => canvas.text(2, &other.to_string(), &canvas.styles.plain)?,
        }
        canvas.row += 1;
    }
    canvas.row += 1;
    Ok(())
}

/// Each figure of the totals with its path. Lists are cut before they are values: tenants without a partner may be a hundred thousand.
fn control_lines(totals: &ControlTotals) -> serde_json::Result<Vec<(String, Value)>> {
    let ControlTotals { rows, roles, passes, amounts, judging_usd, without_rate, without_partner } = totals;
    let mut lines = Vec::new();
    let without_lists = ControlTotals {
        rows: *rows,
        roles: roles.clone(),
        passes: *passes,
        amounts: amounts.clone(),
        judging_usd: judging_usd.clone(),
        without_rate: Vec::new(),
        without_partner: Vec::new(),
    };
    flatten("", &serde_json::to_value(&without_lists)?, &mut lines);
    add_list("without_rate", without_rate, &mut lines)?;
    add_list("without_partner", without_partner, &mut lines)?;
    Ok(lines)
}

/// The first entries of a list, and how many more there are.
fn add_list<T: Serialize>(
    path: &str,
    entries: &[T],
    lines: &mut Vec<(String, Value)>,
) -> serde_json::Result<()> {
    for (number, entry) in (1..).zip(entries.iter().take(OF_EACH_LIST)) {
        flatten(&format!("{path} {number}"), &serde_json::to_value(entry)?, lines);
    }
    if let Some(more) = entries.len().checked_sub(OF_EACH_LIST).filter(|more| *more > 0) {
        let told = format!("{more} more stand in the run summary (--summary)");
        lines.push((format!("{path} more"), Value::String(told)));
    }
    Ok(())
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// Each figure with its path; `path` ends in a blank, or is empty.
fn flatten(path: &str, value: &Value, lines: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
                flatten(&path, value, lines);
            }
        }
        Value::Array(values) => {
            for (number, value) in (1..).zip(values) {
                flatten(&format!("{path} {number}"), value, lines);
            }
        }
        figure => lines.push((path.to_owned(), figure.clone())),
    }
}

/// Every input. `width`: of the column of paths.
fn inputs(canvas: &mut Canvas<'_>, summary: &Summary, width: u16) -> io::Result<()> {
    canvas.section("Inputs")?;
    canvas.heads(&["file", "dialect", "role"], &["rows", "first day", "last day"])?;
    canvas.row -= 1;
    canvas.text(6, "digest", &canvas.styles.head_text)?;
    canvas.row += 1;
    for input in summary.inputs.iter().take(INPUTS) {
        let file = path(input);
        // Programs that open a workbook do not all heighten a row for its text.
        let lines =
            u16::try_from(file.chars().count().div_ceil(usize::from(width.max(1)))).unwrap_or(u16::MAX);
        if lines > 1 {
            let points = lines.saturating_mul(LINE_POINTS).min(MOST_POINTS);
            canvas.sheet.set_row_height(canvas.row, points).map_err(failed)?;
        }
        canvas.text(0, &file, &canvas.styles.wrapped)?;
        canvas.text(1, &input.dialect, &canvas.styles.wrapped)?;
        canvas.text(2, input.role.as_str(), &canvas.styles.wrapped)?;
        canvas.count(3, input.rows, &canvas.styles.top_count)?;
        for (column, day) in [(4, input.first_day), (5, input.last_day)] {
            if let Some(day) = day {
                canvas.day(column, day, &canvas.styles.top_date)?;
            }
        }
        canvas.text(6, input.digest.as_deref().unwrap_or_default(), &canvas.styles.text)?;
        canvas.row += 1;
    }
    if let Some(more) = summary.inputs.len().checked_sub(INPUTS).filter(|more| *more > 0) {
        canvas.note(&format!("{more} more: the run summary beside the report has all"))?;
    }
    canvas.note("Files that were passed over stand on the sheet Warnings and coverage.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::amount::Amount;
    use crate::base::calendar::Month;
    use crate::outputs::totals::{ConsumptionRows, WithoutRate};

    #[test]
    fn each_figure_has_its_path_and_a_long_list_is_cut() {
        let lacking = WithoutRate {
            currency: "EUR".to_owned(),
            month: Month::of("2017-05-01".parse().unwrap()),
            rows: 7,
            amount: Amount::ZERO,
        };
        let totals = ControlTotals {
            rows: ConsumptionRows { read: 5, ..Default::default() },
            without_rate: vec![lacking; OF_EACH_LIST + 2],
            ..Default::default()
        };
        let lines = control_lines(&totals).unwrap();
        let figure =
            |path: &str| lines.iter().filter(|line| line.0 == path).map(|line| &line.1).collect::<Vec<_>>();
        assert_eq!(figure("rows read"), [&Value::from(5)]);
        assert_eq!(figure("without_rate 100 rows"), [&Value::from(7)]);
        assert_eq!(figure("without_rate 101 rows"), [] as [&Value; 0]);
        let (path, told) = lines.last().unwrap();
        assert_eq!(path, "without_rate more");
        assert!(told.as_str().unwrap().starts_with("2 more "), "{told}");
        assert!(is_decimal("-0.5") && is_decimal("12") && !is_decimal("EUR") && !is_decimal("2017-05"));
    }
}
