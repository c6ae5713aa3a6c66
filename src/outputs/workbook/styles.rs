//! The look of the workbook: colours, cell formats, widths. Comes in: nothing. Goes out: formats of the library. It writes no cell. Tiers have
//! shades of one blue, the higher the darker, and what needs attention is orange: both are told apart by colour-blind readers and in grey.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use super::sheet::ColumnKind;

/// Text.
pub(super) const INK: Color = Color::RGB(0x001F_2933);
/// Text that explains.
pub(super) const MUTED: Color = Color::RGB(0x005B_6770);
/// Heads of tables.
pub(super) const NAVY: Color = Color::RGB(0x001F_3A5F);
/// Bars of charts.
pub(super) const BLUE: Color = Color::RGB(0x002F_6DA8);
/// Bars of shares behind figures.
pub(super) const PALE_BLUE: Color = Color::RGB(0x009C_C3E6);
/// What needs attention.
pub(super) const ORANGE: Color = Color::RGB(0x00B4_5F06);
/// Behind text that needs attention.
pub(super) const PALE_ORANGE: Color = Color::RGB(0x00FD_EBD3);
/// Partners whose tier is undetermined.
pub(super) const AMBER: Color = Color::RGB(0x00E6_9F00);
/// Partners without a tier, and what was before.
pub(super) const GREY: Color = Color::RGB(0x00B8_C1CA);
/// Behind cards, and lines of charts.
pub(super) const PALE_GREY: Color = Color::RGB(0x00EE_F2F6);

const SHADES: [u32; 5] = [0x00B7_D3EC, 0x0086_B6DD, 0x005B_9BCF, 0x003A_7BB8, 0x001D_5A96];

/// The color of a tier among `tiers`, the lowest first, and whether text on it is white.
pub(super) fn tier_color(tier: usize, tiers: usize) -> (Color, bool) {
    let last = SHADES.len() - 1;
    let shade = match tiers {
        0 | 1 => last - 1,
        tiers => (tier * last) / (tiers - 1),
    };
    (Color::RGB(SHADES[shade.min(last)]), shade >= 3)
}

/// The formats of cells.
pub(super) struct Styles {
    /// Heads of texts in sheets for reading.
    pub(super) head: Format,
    /// Heads of columns of text in sheets of data, apart from the figures before them.
    pub(super) head_text: Format,
    /// Heads of figures in sheets for reading.
    pub(super) head_right: Format,
    /// Heads of columns of figures in sheets of data.
    pub(super) head_figure: Format,
    /// Text in sheets of data, apart from the figures before it.
    pub(super) text: Format,
    /// Text in sheets for reading.
    pub(super) plain: Format,
    pub(super) muted: Format,
    /// Text that a spreadsheet would run as a formula when the cell is edited.
    pub(super) quoted: Format,
    pub(super) count: Format,
    pub(super) money: Format,
    pub(super) share: Format,
    pub(super) date: Format,
    /// Figures with more digits than a number of a spreadsheet keeps.
    pub(super) figure_text: Format,
    pub(super) title: Format,
    pub(super) subtitle: Format,
    pub(super) section: Format,
    pub(super) note: Format,
    pub(super) alert: Format,
    pub(super) card_label: Format,
    pub(super) card_count: Format,
    pub(super) card_text: Format,
    pub(super) card_note: Format,
    pub(super) label: Format,
    pub(super) wrapped: Format,
    pub(super) top_count: Format,
    pub(super) top_date: Format,
    pub(super) line_count: Format,
    pub(super) line_money: Format,
    pub(super) line_share: Format,
    pub(super) line_change: Format,
}

impl Styles {
    pub(super) fn new() -> Styles {
        let base = Format::new().set_font_color(INK);
        let head = base
            .clone()
            .set_bold()
            .set_font_size(9)
            .set_font_color(Color::White)
            .set_background_color(NAVY)
            .set_align(FormatAlign::VerticalCenter);
        let line = base.clone().set_border_bottom(FormatBorder::Thin).set_border_bottom_color(PALE_GREY);
        let card = base.clone().set_background_color(PALE_GREY).set_align(FormatAlign::Left).set_indent(1);
        let big = card.clone().set_bold().set_font_size(18).set_font_color(NAVY);
        let text = base.clone().set_align(FormatAlign::Left).set_indent(1);
        let counted = "#,##0";
        let money = "#,##0.00";
        Styles {
            head_right: head.clone().set_align(FormatAlign::Right),
            // The button that filters covers the end of a head.
            head_figure: head.clone().set_align(FormatAlign::Right).set_indent(2),
            head: head.clone().set_align(FormatAlign::Left),
            head_text: head.set_align(FormatAlign::Left).set_indent(1),
            quoted: text.clone().set_quote_prefix(),
            count: base.clone().set_num_format(counted),
            money: base.clone().set_num_format(money).set_shrink(),
            share: base.clone().set_num_format("0.0%"),
            // Apart from a figure before it: LibreOffice does not indent every figure that is told to be.
            date: text.clone().set_indent(2).set_num_format("yyyy-mm-dd"),
            figure_text: base.clone().set_align(FormatAlign::Right),
            title: base.clone().set_bold().set_font_size(20).set_font_color(NAVY),
            subtitle: base.clone().set_font_size(11).set_font_color(MUTED),
            section: base.clone().set_bold().set_font_size(13).set_font_color(NAVY),
            note: base.clone().set_font_size(9).set_font_color(MUTED),
            alert: base.clone().set_bold().set_font_color(ORANGE).set_background_color(PALE_ORANGE),
            card_label: card.clone().set_font_size(9).set_font_color(MUTED),
            card_count: big.clone().set_num_format(counted),
            card_text: big,
            card_note: card.set_font_size(9).set_font_color(MUTED).set_shrink(),
            label: line.clone(),
            wrapped: base.clone().set_text_wrap().set_align(FormatAlign::Top),
            line_count: line.clone().set_num_format(counted),
            line_money: line.clone().set_num_format(money).set_shrink(),
            line_share: line.clone().set_num_format("0.0%"),
            line_change: line.set_num_format("+#,##0;-#,##0;0"),
            top_count: base.clone().set_num_format(counted).set_align(FormatAlign::Top),
            top_date: base.clone().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Top),
            plain: base.clone(),
            muted: base.set_font_color(MUTED),
            text,
        }
    }

    /// Formats of single cells of sheets of data; other cells have the format of their column.
    pub(super) fn in_rows(&self) -> [&Format; 2] {
        [&self.quoted, &self.figure_text]
    }

    /// The format of a head.
    pub(super) fn of_head(&self, kind: ColumnKind) -> &Format {
        match kind {
            ColumnKind::Text | ColumnKind::Date => &self.head_text,
            ColumnKind::Count | ColumnKind::Money | ColumnKind::Percentage => &self.head_figure,
        }
    }

    /// The format of a text: a spreadsheet would take some for formulas when their cell is edited.
    pub(super) fn of_text(&self, text: &str) -> Option<&Format> {
        text.starts_with(['=', '+', '-', '@']).then_some(&self.quoted)
    }
}
