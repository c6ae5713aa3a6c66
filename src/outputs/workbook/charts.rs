//! The charts of the summary. Comes in: ranges of cells on it. Goes out: charts of the library, whose figures and names are those cells.

use rust_xlsxwriter::{
    Chart, ChartDataLabel, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartPoint,
    ChartSolidFill, ChartType, ColNum, Color, RowNum,
};

use super::styles::{GREY, INK, MUTED, PALE_GREY, tier_color};

/// Name of the sheet on which all figures of charts stand.
pub(super) const SUMMARY: &str = "Summary";

/// Width of a chart. **Unit**: pixels.
const WIDTH: u32 = 552;

/// Rows beside a chart.
pub(super) const CHART_ROWS: RowNum = 15;

/// Cells of one column, and the cell above them.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChartCells {
    pub(super) head: RowNum,
    pub(super) first: RowNum,
    pub(super) last: RowNum,
    pub(super) column: ColNum,
}

impl ChartCells {
    fn range(self) -> (&'static str, RowNum, ColNum, RowNum, ColNum) {
        (SUMMARY, self.first, self.column, self.last, self.column)
    }

    fn head(self) -> (&'static str, RowNum, ColNum) {
        (SUMMARY, self.head, self.column)
    }
}

fn filled(color: Color) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_solid_fill(ChartSolidFill::new().set_color(color));
    format
}

fn font(size: u8, color: Color) -> ChartFont {
    let mut font = ChartFont::new();
    font.set_size(size).set_color(color);
    font
}

/// A chart of columns with titles.
fn columns(kind: ChartType, (title, x_title, y_title): (&str, &str, &str)) -> Chart {
    let mut chart = Chart::new(kind);
    let bold = |size, color| {
        let mut bold = font(size, color);
        bold.set_bold();
        bold
    };
    let mut plain = font(9, MUTED);
    plain.unset_bold();
    chart.title().set_name(title).set_font(&bold(12, INK));
    chart.x_axis().set_name(x_title).set_name_font(&plain).set_font(&font(9, INK));
    chart
        .y_axis()
        .set_name(y_title)
        .set_name_font(&plain)
        .set_font(&font(9, MUTED))
        .set_num_format("#,##0")
        .set_min(0)
        .set_major_gridlines_line(ChartLine::new().set_color(PALE_GREY));
    let mut border = ChartFormat::new();
    border.set_border(ChartLine::new().set_color(PALE_GREY));
    chart.chart_area().set_format(&mut border);
    chart.legend().set_position(ChartLegendPosition::Bottom).set_font(&font(9, INK));
    chart.set_width(WIDTH).set_height(CHART_ROWS * 20 - 8);
    chart
}

/// Partners by tier, beside the partners of the previous run. `colors`: one for each cell.
pub(super) fn by_tier(
    names: ChartCells,
    partners: ChartCells,
    previous: Option<ChartCells>,
    colors: &[Color],
) -> Chart {
    let titles = ("Partners by tier", "Tier", "Partners");
    let mut chart = columns(ChartType::Column, titles);
    let mut label = ChartDataLabel::new();
    label.show_value().set_font(&font(9, INK)).set_num_format("#,##0");
    if let Some(previous) = previous {
        chart
            .add_series()
            .set_name(previous.head())
            .set_categories(names.range())
            .set_values(previous.range())
            .set_format(&mut filled(GREY))
            .set_data_label(&label)
            .set_gap(60)
            .set_overlap(-5);
    } else {
        chart.legend().set_hidden();
    }
    let points: Vec<ChartPoint> =
        colors.iter().map(|color| ChartPoint::new().set_format(&mut filled(*color))).collect();
    let series = chart.add_series();
    series
        .set_name(partners.head())
        .set_categories(names.range())
        .set_values(partners.range())
        .set_data_label(&label)
        .set_gap(60);
    match previous {
        Some(_) => series.set_format(&mut filled(super::styles::BLUE)),
        None => series.set_points(&points),
    };
    let alt = "A column for each tier: how many partners attain it; the figures stand in the table beside";
    chart.set_alt_text(alt);
    chart
}

/// Partners by what they lack for their next tier, a part of a column for each next tier. `tiers`: the positions of these tiers, and of how many.
pub(super) fn by_distance(
    names: ChartCells,
    series: &[ChartCells],
    (tiers, all): (&[usize], usize),
) -> Chart {
    let x_title = "Consumption still missing, of what the next tier requires";
    let mut chart = columns(ChartType::ColumnStacked, ("Distance to the next tier", x_title, "Partners"));
    for (cells, tier) in series.iter().zip(tiers) {
        let mut format = filled(tier_color(*tier, all).0);
        format.set_border(ChartLine::new().set_color(Color::White));
        chart
            .add_series()
            .set_name(cells.head())
            .set_categories(names.range())
            .set_values(cells.range())
            .set_format(&mut format)
            .set_gap(25)
            .set_overlap(100);
    }
    let alt = "A column for each tenth that partners lack for their next tier; the figures stand in the table beside";
    chart.set_alt_text(alt);
    chart
}
