//! The sheet of months: a line a partner, a column a month of the window. Comes in: consumption by month. Goes out: lines, and the figures of the
//! months for the other sheets. It adds up nothing.

use std::io;

use rust_xlsxwriter::{ConditionalFormatCell, ConditionalFormatCellRule, Format, FormatBorder, Workbook};

use super::ASKED_AT_ONCE;
use super::counts::consumption;
use super::sheet::{ColumnKind, DataSheet, SheetColumn, failed};
use super::styles::{MUTED, PALE_GREY, Styles};
use super::widths::PartnerWidths;
use crate::base::calendar::Month;
use crate::outputs::columns::CellValue;
use crate::outputs::presentation::Presentation;
use crate::outputs::report::tier_text;

/// The consumption of the partners that a report shows, by month. **Rounding**: down to the cent.
#[derive(Debug)]
pub(super) struct MonthFigures {
    /// The months of the window, the oldest first.
    pub(super) months: Vec<Month>,
    /// Whether some export tells of each.
    is_told: Vec<bool>,
    /// Of each partner, in the order of the report, each month. **Unit**: cents of USD.
    cents: Vec<i64>,
}

impl MonthFigures {
    /// Of every partner that the report shows.
    pub(super) fn new(presentation: &Presentation<'_>) -> MonthFigures {
        let window = presentation.context.window;
        let numbers = Month::of(window.first).number()..=Month::of(window.last).number();
        let months: Vec<Month> = numbers.map(Month::from_number).collect();
        let coverage = &presentation.summary.coverage;
        let is_told =
            |month: &Month| coverage.iter().any(|entry| entry.month == *month && entry.days_told > 0);
        let is_told = months.iter().map(is_told).collect();
        let mut cents = Vec::with_capacity(presentation.selected.len() * months.len());
        for partners in presentation.selected.chunks(ASKED_AT_ONCE) {
            for of_partner in presentation.source.months(partners) {
                let of_month = |month: &Month| {
                    let usd = of_partner.iter().find(|(of, _)| of == month);
                    usd.map_or(0, |(_, usd)| {
                        i64::try_from(usd.floor_to_cents().mantissa()).expect("an amount is below 10^14")
                    })
                };
                cents.extend(months.iter().map(of_month));
            }
        }
        MonthFigures { months, is_told, cents }
    }

    /// The figure of a partner, by its place in the report, and a month. **Absent**: no export tells of the month.
    pub(super) fn value(&self, partner: usize, month: usize) -> CellValue<'static> {
        let cents = self.cents[partner * self.months.len() + month];
        match cents != 0 || self.is_told[month] {
            true => CellValue::Usd(rust_decimal::Decimal::new(cents, 2)),
            false => CellValue::Absent,
        }
    }

    /// Stretches of partners whose months are all positive, or with a negative one: the first and last place of each, and whether one is negative.
    pub(super) fn stretches(&self) -> Vec<(u32, u32, bool)> {
        let mut stretches: Vec<(u32, u32, bool)> = Vec::new();
        for (place, cents) in (0..).zip(self.cents.chunks(self.months.len())) {
            let has_negative = cents.iter().any(|cents| *cents < 0);
            match stretches.last_mut() {
                Some((_, last, of_last)) if *of_last == has_negative => *last = place,
                _ => stretches.push((place, place, has_negative)),
            }
        }
        stretches
    }

    /// The column of a month.
    pub(super) fn column(&self, month: usize) -> SheetColumn {
        let description = "Consumption of the month, rounded down to the cent; blank: no export tells of it";
        SheetColumn::new(&self.months[month].to_string(), ColumnKind::Money, 13, description).unit("USD")
    }
}

/// The sheet, still without lines.
pub(super) fn begin<'s>(
    workbook: &mut Workbook,
    styles: &'s Styles,
    figures: &MonthFigures,
    widths: PartnerWidths,
) -> io::Result<DataSheet<'s>> {
    let text = |name, width, what| SheetColumn::new(name, ColumnKind::Text, width, what);
    let mut columns = vec![
        text("partner_id", widths.id, "The partner's id"),
        text("partner_name", widths.name, "Name in the roster or profile"),
        text("tier", 13, "Highest tier that is met"),
    ];
    columns.extend((0..figures.months.len()).map(|month| figures.column(month)));
    let total = "Consumption of the window: the sum of the months before they are rounded";
    columns.push(SheetColumn::new("consumption_usd", ColumnKind::Money, 15, total).unit("USD"));
    DataSheet::new(workbook, styles, "Months", columns, 2)
}

/// Writes a line for each partner of the report.
pub(super) fn fill(
    data: &mut DataSheet<'_>,
    presentation: &Presentation<'_>,
    figures: &MonthFigures,
) -> io::Result<()> {
    let Presentation { rules, lines, selected, .. } = presentation;
    for (place, nth) in selected.iter().enumerate() {
        let facts = &lines.facts[*nth];
        let head = [
            CellValue::text(Some(facts.partner.as_str())),
            CellValue::text(facts.name.as_deref()),
            CellValue::verbatim(Some(tier_text(rules, &lines.verdicts[*nth]))),
        ];
        let months = (0..figures.months.len()).map(|month| figures.value(place, month));
        let total = consumption(presentation, *nth);
        let total = total.map_or(CellValue::Absent, |usd| CellValue::Usd(usd.floor_to_cents()));
        data.write_row(head.into_iter().chain(months).chain([total]))?;
    }
    if let (Ok(rows @ 1..), Ok(last)) =
        (u32::try_from(selected.len()), u16::try_from(2 + figures.months.len()))
    {
        let zero = ConditionalFormatCell::new().set_rule(ConditionalFormatCellRule::EqualTo(0)).set_format(
            Format::new()
                .set_font_color(MUTED)
                .set_border_bottom(FormatBorder::Thin)
                .set_border_bottom_color(PALE_GREY),
        );
        data.sheet.add_conditional_format(1, 3, rows, last, &zero).map_err(failed)?;
    }
    Ok(())
}
