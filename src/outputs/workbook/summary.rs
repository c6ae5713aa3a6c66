//! The sheet that opens the workbook: what was judged, as of when, how certain it is, and how many partners attain what. Comes in: the run's
//! values and what the other sheets hold. Goes out: cards, tables and charts; every figure of a chart stands in a cell.

use std::io;

use rust_xlsxwriter::{
    Color, ConditionalFormat2ColorScale, ConditionalFormatDataBar, ConditionalFormatDataBarDirection,
    ConditionalFormatType, Worksheet,
};

use super::canvas::Canvas;
use super::charts::{self, CHART_ROWS, ChartCells, SUMMARY};
use super::contents::WorkbookContents;
use super::counts::{by_country, distances};
use super::sheet::failed;
use super::styles::{AMBER, GREY, PALE_BLUE, Styles, tier_color};
use crate::outputs::presentation::Presentation;
use crate::outputs::report::undetermined_tier;

/// Columns of the sheet: one for names, and as wide ones for figures.
const COLUMNS: u16 = 11;

/// Countries that have a line of their own at most.
const COUNTRIES: usize = 40;

/// Writes the sheet.
pub(super) fn write(
    styles: &Styles,
    presentation: &Presentation<'_>,
    contents: &WorkbookContents,
) -> io::Result<Worksheet> {
    let widths: Vec<u16> = (0..COLUMNS).map(|column| if column == 0 { 30 } else { 13 }).collect();
    let mut canvas = Canvas::new(SUMMARY, styles, &widths)?;
    titles(&mut canvas, presentation)?;
    cards(&mut canvas, presentation)?;
    tiers(&mut canvas, presentation)?;
    distance(&mut canvas, presentation)?;
    countries(&mut canvas, presentation)?;
    coverage(&mut canvas, presentation)?;
    contents.list(&mut canvas)?;
    Ok(canvas.sheet)
}

fn titles(canvas: &mut Canvas<'_>, presentation: &Presentation<'_>) -> io::Result<()> {
    let (context, summary, styles) = (presentation.context, presentation.summary, canvas.styles);
    canvas.sheet.set_row_height(0, 32).map_err(failed)?;
    let title = match presentation.rules.title.as_str() {
        "" => "Tiers of partners".to_owned(),
        title => format!("Tiers of partners: {title}"),
    };
    canvas.text(0, &title, &styles.title)?;
    canvas.row += 1;
    let window = context.window;
    let what = format!(
        "{} as of {}, consumption of {} to {}",
        context.rule_set, context.as_of, window.first, window.last
    );
    canvas.text(0, &what, &styles.subtitle)?;
    canvas.row += 1;
    if let Some(note) = &summary.rule_set.note {
        canvas.text(0, note, &styles.subtitle)?;
        canvas.row += 1;
    }
    if !summary.completeness.complete {
        let by = summary.completeness.incomplete_by.join(", ");
        let text = format!("INCOMPLETE by {by}: see the sheet {}", super::warnings::NAME);
        for column in 1..COLUMNS {
            canvas.sheet.write_blank(canvas.row, column, &styles.alert).map_err(failed)?;
        }
        canvas.text(0, &text, &styles.alert)?;
        canvas.row += 1;
    }
    canvas.row += 1;
    Ok(())
}

/// Figures that are read first: each has a label above and a note below.
fn cards(canvas: &mut Canvas<'_>, presentation: &Presentation<'_>) -> io::Result<()> {
    let (summary, lines) = (presentation.summary, presentation.lines);
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let partners = count(lines.facts.len());
    let attained: Vec<String> =
        summary.tiers.attained.iter().rev().map(|tier| format!("{} {}", tier.partners, tier.tier)).collect();
    let with_tier = summary.tiers.attained.iter().map(|tier| tier.partners).sum();
    let (losses, soon) = (&summary.losses, &summary.losses.soon);
    let told = summary.coverage.iter().filter(|month| month.is_told).count();
    let read = summary.read_rows();
    let shown = match count(presentation.selected.len()) {
        all if all == partners => "all on the sheet Partners".to_owned(),
        shown => format!("{shown} on the sheet Partners, {} not shown", partners - shown),
    };
    let uncertain = match summary.confidence.uncertain {
        0 => "no tier can change".to_owned(),
        uncertain => format!("{uncertain} could change"),
    };
    let cards: [(&str, CardFigure, String); 6] = [
        ("Partners", CardFigure::Count(partners), shown),
        ("With a tier", CardFigure::Count(with_tier), attained.join(", ")),
        ("Tier certain", CardFigure::Count(summary.confidence.certain), uncertain),
        (
            "Lose their tier soon",
            CardFigure::Count(count(soon.partners)),
            format!("by {}, if no data come; {} ever", soon.by, losses.dated),
        ),
        (
            "Months covered",
            CardFigure::Text(format!("{told} of {}", summary.coverage.len())),
            if told == summary.coverage.len() { "all days told" } else { "some days are not told" }
                .to_owned(),
        ),
        ("Rows refused", CardFigure::Count(summary.refused_rows()), format!("of {read} rows read")),
    ];
    let styles = canvas.styles;
    canvas.sheet.set_row_height(canvas.row + 1, 26).map_err(failed)?;
    for (nth, (label, figure, note)) in (0..).zip(&cards) {
        let (first, last) = if nth == 0 { (0, 0) } else { (2 * nth - 1, 2 * nth) };
        let top = canvas.row;
        let formats = [&styles.card_label, &styles.card_count, &styles.card_note];
        for (row, format) in (top..).zip(formats) {
            if first < last {
                canvas.sheet.merge_range(row, first, row, last, "", format).map_err(failed)?;
            }
        }
        canvas.text(first, label, &styles.card_label)?;
        canvas.row += 1;
        match figure {
            CardFigure::Count(count) => canvas.count(first, *count, &styles.card_count)?,
            CardFigure::Text(text) => canvas.text(first, text, &styles.card_text)?,
        }
        canvas.row += 1;
        canvas.text(first, note, &styles.card_note)?;
        canvas.row = top;
    }
    canvas.row += 4;
    Ok(())
}

/// The figure of a card.
enum CardFigure {
    Count(u64),
    Text(String),
}

/// Partners by tier and by confidence, with a chart beside.
fn tiers(canvas: &mut Canvas<'_>, presentation: &Presentation<'_>) -> io::Result<()> {
    let (summary, styles) = (presentation.summary, canvas.styles);
    let counts = &summary.tiers;
    let all = counts.attained.len();
    let mut lines: Vec<(&str, &str, u64, Color)> = counts
        .attained
        .iter()
        .enumerate()
        .rev()
        .map(|(nth, tier)| (tier.tier.as_str(), tier.tier.as_str(), tier.partners, tier_color(nth, all).0))
        .collect();
    lines.push(("no tier", "none", counts.none, GREY));
    lines.push((undetermined_tier(), undetermined_tier(), counts.undetermined, AMBER));
    let partners: u64 = lines.iter().map(|line| line.2).sum();
    let top = canvas.row;
    canvas.section("Partners by tier")?;
    let head = canvas.row;
    let previous = presentation.previous;
    let before = previous.map(|previous| format!("as of {}", previous.as_of)).unwrap_or_default();
    let now = format!("as of {}", presentation.context.as_of);
    match previous {
        Some(_) => canvas.heads(&["tier"], &[&now, "share", &before, "change"])?,
        None => canvas.heads(&["tier"], &["partners", "share"])?,
    }
    let first = canvas.row;
    for (label, word, count, _) in &lines {
        canvas.text(0, label, &styles.label)?;
        canvas.count(1, *count, &styles.line_count)?;
        if let Some(share) = share(*count, partners) {
            canvas.figure(2, &share, &styles.line_share)?;
        }
        if let Some(previous) = previous {
            let before = previous.counts.iter().find(|(tier, _)| tier == word);
            let before = before.map_or(0, |(_, partners)| *partners);
            canvas.count(3, before, &styles.line_count)?;
            canvas.figure(4, &(i128::from(*count) - i128::from(before)).to_string(), &styles.line_change)?;
        }
        canvas.row += 1;
    }
    let cells = |column| ChartCells { head, first, last: canvas.row - 1, column };
    let colors: Vec<Color> = lines.iter().map(|line| line.3).collect();
    let chart = charts::by_tier(cells(0), cells(1), previous.map(|_| cells(3)), &colors);
    canvas.sheet.insert_chart_with_offset(top, 5, &chart, 24, 0).map_err(failed)?;
    if let Some(previous) = previous {
        compared(canvas, presentation, previous)?;
    }
    canvas.row += 1;
    canvas.section("Confidence")?;
    canvas.heads(&["what the tier depends on"], &["partners"])?;
    let confidence = &summary.confidence;
    let codes = confidence.by_code.iter().map(|(code, partners)| (*code, *partners));
    for (label, partners) in [("certain", confidence.certain)].into_iter().chain(codes) {
        canvas.text(0, label, &styles.label)?;
        canvas.count(1, partners, &styles.line_count)?;
        canvas.row += 1;
    }
    canvas.row = (canvas.row + 1).max(top + CHART_ROWS + 1);
    Ok(())
}

/// What the previous run was, where its tiers are not simply comparable.
fn compared(
    canvas: &mut Canvas<'_>,
    presentation: &Presentation<'_>,
    previous: &crate::outputs::StoredRun,
) -> io::Result<()> {
    let ours = &presentation.context.rule_set;
    if previous.rule_set != *ours {
        canvas.note(&format!("The previous run was judged by {}", previous.rule_set))?;
    }
    let gone: Vec<&str> = previous
        .tiers
        .iter()
        .map(String::as_str)
        .filter(|tier| presentation.rules.tiers.iter().all(|of_rules| of_rules.name != *tier))
        .collect();
    if !gone.is_empty() {
        canvas.note(&format!("Its tiers {} are not in these rules", gone.join(", ")))?;
    }
    canvas.note("Which partners changed, and why: attain diff")
}

/// A count of all, as decimal text. **Rounding**: down to 10⁻⁴. `None` of nothing.
fn share(count: u64, all: u64) -> Option<String> {
    let share = (u128::from(count) * 10_000).checked_div(u128::from(all))?;
    Some(rust_decimal::Decimal::new(i64::try_from(share).ok()?, 4).to_string())
}

/// Partners by what they lack for the next tier, with a chart beside.
fn distance(canvas: &mut Canvas<'_>, presentation: &Presentation<'_>) -> io::Result<()> {
    let styles = canvas.styles;
    let distances = distances(presentation);
    let top = canvas.row;
    canvas.section("Distance to the next tier")?;
    if distances.tiers.is_empty() {
        canvas.note("No partner has a next tier.")?;
        canvas.row += 1;
        return Ok(());
    }
    let tiers = &presentation.rules.tiers;
    let names: Vec<String> =
        distances.tiers.iter().map(|tier| format!("next: {}", tiers[*tier].name)).collect();
    let head = canvas.row;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    canvas.heads(&["consumption still missing"], &names)?;
    let first = canvas.row;
    for (label, partners) in &distances.bins {
        canvas.text(0, label, &styles.label)?;
        for (column, partners) in (1..).zip(partners) {
            canvas.count(column, *partners, &styles.line_count)?;
        }
        canvas.row += 1;
    }
    canvas.note("nothing: only people are lacking")?;
    let last = canvas.row - 2;
    let cells = |column| ChartCells { head, first, last, column };
    let series: Vec<ChartCells> = (1..).zip(&distances.tiers).map(|(column, _)| cells(column)).collect();
    let chart = charts::by_distance(cells(0), &series, (&distances.tiers, tiers.len()));
    let beside = u16::try_from(series.len() + 1).unwrap_or(u16::MAX).max(5);
    canvas.sheet.insert_chart_with_offset(top, beside, &chart, 24, 0).map_err(failed)?;
    canvas.row = (canvas.row + 1).max(top + CHART_ROWS + 1);
    Ok(())
}

fn countries(canvas: &mut Canvas<'_>, presentation: &Presentation<'_>) -> io::Result<()> {
    let styles = canvas.styles;
    let tiers = presentation.rules.tiers.iter().rev().map(|tier| tier.name.as_str());
    let heads: Vec<&str> = ["partners"]
        .into_iter()
        .chain(tiers)
        .chain(["no tier", undetermined_tier(), "consumption, USD"])
        .collect();
    let columns = u16::try_from(heads.len() + 1).unwrap_or(u16::MAX);
    canvas.section("Totals by country")?;
    canvas.heads(&["country"], &heads)?;
    let first = canvas.row;
    for totals in by_country(presentation, COUNTRIES) {
        canvas.text(0, &totals.country, &styles.label)?;
        let tally = &totals.tally;
        let counts = [tally.partners()]
            .into_iter()
            .chain(tally.attained.iter().rev().copied())
            .chain([tally.none, tally.undetermined]);
        for (column, count) in (1..).zip(counts) {
            canvas.count(column, count, &styles.line_count)?;
        }
        canvas.money(columns - 1, totals.consumption, &styles.line_money)?;
        canvas.row += 1;
    }
    if canvas.row > first {
        let bar = ConditionalFormatDataBar::new()
            .set_fill_color(PALE_BLUE)
            .set_solid_fill(true)
            .set_direction(ConditionalFormatDataBarDirection::LeftToRight);
        let last = canvas.row - 1;
        canvas.sheet.add_conditional_format(first, columns - 1, last, columns - 1, &bar).map_err(failed)?;
    }
    canvas.row += 1;
    Ok(())
}

/// The days of each month that each dataset tells of.
fn coverage(canvas: &mut Canvas<'_>, presentation: &Presentation<'_>) -> io::Result<()> {
    let (styles, coverage) = (canvas.styles, &presentation.summary.coverage);
    let mut datasets: Vec<&str> =
        coverage.iter().flat_map(|month| month.datasets.keys()).map(String::as_str).collect();
    datasets.sort_unstable();
    datasets.dedup();
    let heads: Vec<&str> = ["days", "days told"].into_iter().chain(datasets.iter().copied()).collect();
    let columns = u16::try_from(heads.len() + 1).unwrap_or(u16::MAX);
    canvas.section("Coverage: days of each month that each dataset tells of")?;
    canvas.heads(&["month"], &heads)?;
    let first = canvas.row;
    let days = |days: usize| u64::try_from(days).unwrap_or(u64::MAX);
    for month in coverage {
        canvas.text(0, &month.month.to_string(), &styles.label)?;
        canvas.count(1, days(month.days), &styles.line_count)?;
        let told = if month.is_told { &styles.line_count } else { &styles.alert };
        canvas.count(2, days(month.days_told), told)?;
        for (column, dataset) in (3..).zip(&datasets) {
            match month.datasets.get(*dataset) {
                Some(of_dataset) => {
                    canvas.count(column, days(of_dataset.days_told), &styles.line_count)?;
                }
                None => canvas.text(column, "", &styles.line_count)?,
            }
        }
        canvas.row += 1;
    }
    if canvas.row > first && columns > 3 {
        let scale = ConditionalFormat2ColorScale::new()
            .set_minimum(ConditionalFormatType::Number, 0)
            .set_maximum(ConditionalFormatType::Number, 31)
            .set_minimum_color(Color::White)
            .set_maximum_color(PALE_BLUE);
        let last = canvas.row - 1;
        canvas.sheet.add_conditional_format(first, 3, last, columns - 1, &scale).map_err(failed)?;
    }
    canvas.note(
        "blank: the dataset has no consumption of the month; orange: no dataset tells of the whole month",
    )?;
    canvas.row += 1;
    Ok(())
}
