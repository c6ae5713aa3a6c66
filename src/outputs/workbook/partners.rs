//! The sheet of partners: the report's lines as a table, with what the reader asks first in front. Comes in: the report and the figures of months.
//! Goes out: lines with colours, bars and sparklines. Sparklines lie in the line whose figures they show, so that they follow a sort.

use std::io;

use rust_xlsxwriter::{
    ColNum, Color, ConditionalFormatCell, ConditionalFormatCellRule, ConditionalFormatDataBar,
    ConditionalFormatDataBarDirection, ConditionalFormatType, Format, RowNum, Sparkline, SparklineType,
    Workbook, Worksheet, XlsxError,
};

use super::cells::day_number;
use super::months::MonthFigures;
use super::sheet::{ColumnKind, DataSheet, SheetColumn, failed};
use super::styles::{AMBER, BLUE, NAVY, ORANGE, PALE_BLUE, PALE_ORANGE, Styles, tier_color};
use super::widths::PartnerWidths;
use crate::base::amount::Share;
use crate::config::own_columns::REPORT_FIRST;
use crate::config::rules::{MeasureKind, Quantity};
use crate::outputs::columns::{CellValue, ColumnSpec};
use crate::outputs::presentation::Presentation;
use crate::outputs::report::{column_names, undetermined_tier};

/// Width of a line that is still legible on a page. **Unit**: pixels.
const PRINTED_PIXELS: u32 = 1_800;

/// Where the values of a column come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ColumnSource {
    /// A column of the report, by its position.
    Report(usize),
    /// Consumption over what the next tier requires.
    ShareOfNextTier,
    /// A sparkline of the months.
    Trend,
    /// A month of the window, by its position.
    Month(usize),
}

/// Whether so many partners fit a sheet. Errors: they do not.
pub(super) fn check_rows(partners: usize, limit: usize) -> io::Result<()> {
    if partners <= limit {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "the report has {partners} partners, and a sheet has room for {limit}; write CSV, or show fewer by --tier, --country or --top"
    )))
}

/// The sheet, with room for its lines.
pub(super) struct PartnersSheet<'s> {
    pub(super) data: DataSheet<'s>,
    sources: Vec<ColumnSource>,
}

impl<'s> PartnersSheet<'s> {
    /// The sheet, still without lines.
    pub(super) fn begin(
        workbook: &mut Workbook,
        styles: &'s Styles,
        presentation: &Presentation<'_>,
        (months, widths): (&MonthFigures, PartnerWidths),
    ) -> io::Result<PartnersSheet<'s>> {
        let partners = presentation.selected.len();
        let sources = sources(presentation, months);
        let columns: Vec<SheetColumn> =
            sources.iter().map(|source| column(*source, presentation, (months, widths))).collect();
        let is_in_view = |column: &&SheetColumn| REPORT_FIRST[..2].contains(&column.name.as_str());
        let frozen =
            columns.iter().take_while(is_in_view).count().max(1).min(columns.len().saturating_sub(1));
        let last_printed = last_printed(&columns);
        let frozen = ColNum::try_from(frozen).map_err(io::Error::other)?;
        let mut data = DataSheet::new(workbook, styles, "Partners", columns, frozen)?;
        data.last_printed = Some(last_printed);
        data.make_table(partners)?;
        if let Ok(rows @ 1..) = RowNum::try_from(partners) {
            decorate(&mut data.sheet, &sources, (presentation, months), rows).map_err(failed)?;
        }
        Ok(PartnersSheet { data, sources })
    }

    /// Writes every line of the report.
    pub(super) fn fill(&mut self, presentation: &Presentation<'_>, months: &MonthFigures) -> io::Result<()> {
        let (mut line, mut written) = (0, Ok(()));
        presentation.table.rows.for_each(&mut |row| {
            if written.is_ok() {
                written = write_line(&mut self.data, &self.sources, presentation, months, (line, row));
            }
            line += 1;
        });
        written
    }
}

/// The position of the last column for which a page has room.
fn last_printed(columns: &[SheetColumn]) -> ColNum {
    let mut sum = 0_u32;
    let has_room = |column: &&SheetColumn| {
        sum = sum.saturating_add(column.pixels());
        sum <= PRINTED_PIXELS
    };
    let printed = columns.iter().take_while(has_room).count().max(1);
    ColNum::try_from(printed - 1).unwrap_or(ColNum::MAX)
}

fn write_line(
    data: &mut DataSheet<'_>,
    sources: &[ColumnSource],
    presentation: &Presentation<'_>,
    months: &MonthFigures,
    (line, row): (usize, &[CellValue<'_>]),
) -> io::Result<()> {
    data.next_row();
    for (column, source) in (0..).zip(sources) {
        match source {
            ColumnSource::Report(nth) => data.write(column, &row[*nth])?,
            ColumnSource::Month(month) => data.write(column, &months.value(line, *month))?,
            ColumnSource::Trend => {}
            ColumnSource::ShareOfNextTier => {
                if let Some(share) = share_of_next_tier(presentation, presentation.selected[line]) {
                    data.write_figure(column, &share)?;
                }
            }
        }
    }
    Ok(())
}

/// The columns, in order. If the report has all of its columns, those that are asked for first are in front, and the months behind.
fn sources(presentation: &Presentation<'_>, months: &MonthFigures) -> Vec<ColumnSource> {
    let specs = &presentation.table.columns;
    let all: Vec<ColumnSource> = (0..specs.len()).map(ColumnSource::Report).collect();
    let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
    if column_names(presentation.rules) != names {
        return all;
    }
    let is_first = |spec: &ColumnSpec| {
        REPORT_FIRST.contains(&spec.name.as_str()) || spec.name.starts_with("next_") || spec.name == "lost_on"
    };
    let (first, rest): (Vec<ColumnSource>, Vec<ColumnSource>) =
        all.into_iter().partition(|source| match source {
            ColumnSource::Report(nth) => is_first(&specs[*nth]),
            ColumnSource::ShareOfNextTier | ColumnSource::Trend | ColumnSource::Month(_) => false,
        });
    let of_months = (0..months.months.len()).map(ColumnSource::Month);
    // One month has no course.
    let trend = (months.months.len() > 1).then_some(ColumnSource::Trend);
    let share = ColumnSource::ShareOfNextTier;
    // Bars that fill their cell stand beside days, which do not touch them.
    first.into_iter().chain(trend).chain([share]).chain(rest).chain(of_months).collect()
}

fn column(
    source: ColumnSource,
    presentation: &Presentation<'_>,
    (months, widths): (&MonthFigures, PartnerWidths),
) -> SheetColumn {
    match source {
        ColumnSource::Report(nth) => {
            let spec = &presentation.table.columns[nth];
            let column = SheetColumn::of(spec);
            match spec.name.as_str() {
                "partner_id" => column.width(widths.id),
                "partner_name" => column.width(widths.name),
                "country" => column.width(18),
                "market" | "tier" => column.width(13),
                "next_tier" => column.width(11),
                "confidence" => column.width(20),
                "rule_set" => column.width(26),
                "notes" => column.width(30),
                _ => column,
            }
        }
        ColumnSource::ShareOfNextTier => {
            let what = "Consumption over what the next tier requires, rounded down; the bar ends at 100%";
            SheetColumn::new("share_of_next_tier", ColumnKind::Percentage, 12, what)
        }
        ColumnSource::Trend => {
            let what =
                "The months of the window as bars, the oldest first; their figures are the last columns";
            SheetColumn::new("trend", ColumnKind::Text, 20, what)
        }
        ColumnSource::Month(month) => months.column(month),
    }
}

/// Consumption over what the next tier requires, as decimal text. **Rounding**: down to 10⁻⁴. `None` if there is no next tier, or what it requires is
/// unknown or nothing.
fn share_of_next_tier(presentation: &Presentation<'_>, partner: usize) -> Option<String> {
    let (rules, verdict) = (presentation.rules, &presentation.lines.verdicts[partner]);
    let next = verdict.next?;
    let position = rules.requirement_position(&rules.tiers[next], MeasureKind::Consumption)?;
    let requirement = verdict.tiers[next].requirements[position];
    let (Quantity::Usd(part), Some(Quantity::Usd(whole))) = (requirement.actual, requirement.required) else {
        return None;
    };
    let share = Share { part, whole }.ten_thousandths()?;
    Some(rust_decimal::Decimal::new(share, 4).to_string())
}

/// Adds colours, bars, sparklines and what is printed.
fn decorate(
    sheet: &mut Worksheet,
    sources: &[ColumnSource],
    (presentation, months): (&Presentation<'_>, &MonthFigures),
    rows: RowNum,
) -> Result<(), XlsxError> {
    let specs = &presentation.table.columns;
    let position = |is_it: &dyn Fn(ColumnSource) -> bool| {
        sources.iter().position(|source| is_it(*source)).and_then(|nth| ColNum::try_from(nth).ok())
    };
    let named = |name: &str| {
        position(&|source| matches!(source, ColumnSource::Report(nth) if specs[nth].name == name))
    };
    if let Some(column) = named("tier") {
        let tiers = &presentation.rules.tiers;
        for (nth, tier) in tiers.iter().enumerate() {
            let (color, is_dark) = tier_color(nth, tiers.len());
            let ink = if is_dark { Color::White } else { NAVY };
            let format = Format::new().set_background_color(color).set_font_color(ink);
            sheet.add_conditional_format(1, column, rows, column, &equal_to(&tier.name, format))?;
        }
        let format = Format::new().set_background_color(AMBER).set_font_color(NAVY);
        sheet.add_conditional_format(1, column, rows, column, &equal_to(undetermined_tier(), format))?;
    }
    let attention = || Format::new().set_background_color(PALE_ORANGE).set_font_color(ORANGE);
    if let Some(column) = named("confidence") {
        let rule = ConditionalFormatCellRule::NotEqualTo("certain");
        let uncertain = ConditionalFormatCell::new().set_rule(rule).set_format(attention());
        sheet.add_conditional_format(1, column, rows, column, &uncertain)?;
    }
    if let (Some(column), Some(soon)) = (named("lost_on"), day_number(presentation.summary.losses.soon.by)) {
        // A blank cell is 0.
        let rule = ConditionalFormatCellRule::Between(1, soon);
        let soon = ConditionalFormatCell::new().set_rule(rule).set_format(attention());
        sheet.add_conditional_format(1, column, rows, column, &soon)?;
    }
    if let Some(column) = position(&|source| source == ColumnSource::ShareOfNextTier) {
        let bar = ConditionalFormatDataBar::new()
            .set_fill_color(PALE_BLUE)
            .set_solid_fill(true)
            .set_direction(ConditionalFormatDataBarDirection::LeftToRight)
            .set_minimum(ConditionalFormatType::Number, 0)
            .set_maximum(ConditionalFormatType::Number, 1);
        sheet.add_conditional_format(1, column, rows, column, &bar)?;
    }
    let trend = position(&|source| source == ColumnSource::Trend);
    let oldest = position(&|source| source == ColumnSource::Month(0));
    if let (Some(trend), Some(oldest), Ok(last)) = (trend, oldest, ColNum::try_from(sources.len() - 1)) {
        for (first, end, has_negative) in months.stretches() {
            let (first, end) = (first + 1, end + 1);
            let bars = Sparkline::new()
                .set_type(SparklineType::Column)
                .set_range(("Partners", first, oldest, end, last))
                .set_sparkline_color(BLUE);
            let bars = match has_negative {
                true => bars.show_negative_points(true).set_negative_points_color(ORANGE).show_axis(true),
                false => bars.set_custom_min(0),
            };
            // The library tells a line from a block.
            match first == end {
                true => sheet.add_sparkline(first, trend, &bars)?,
                false => sheet.add_sparkline_group(first, trend, end, trend, &bars)?,
            };
        }
    }
    Ok(())
}

/// A rule for cells that hold a text.
fn equal_to(text: &str, format: Format) -> ConditionalFormatCell {
    ConditionalFormatCell::new()
        .set_rule(ConditionalFormatCellRule::EqualTo(text.to_owned()))
        .set_format(format)
}
