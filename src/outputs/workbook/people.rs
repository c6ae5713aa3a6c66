//! The sheet of people: a line for each pass of a person. Comes in: persons under numbers. Goes out: lines. No name and no
//! mail address of a person is part of it.

use std::io;

use rust_xlsxwriter::{ConditionalFormatCell, ConditionalFormatCellRule, Format, Workbook};

use super::ASKED_AT_ONCE;
use super::sheet::{ColumnKind, DataSheet, SheetColumn, failed};
use super::styles::{ORANGE, Styles};
use super::widths::PartnerWidths;
use crate::outputs::columns::CellValue;
use crate::outputs::presentation::Presentation;

/// The position of the column that says whether a pass counts.
const COUNTS: u16 = 4;

/// The sheet, still without lines.
pub(super) fn begin<'s>(
    workbook: &mut Workbook,
    styles: &'s Styles,
    widths: PartnerWidths,
) -> io::Result<DataSheet<'s>> {
    let text = |name, width, what| SheetColumn::new(name, ColumnKind::Text, width, what);
    let date = |name, what| SheetColumn::new(name, ColumnKind::Date, 13, what);
    let columns = vec![
        text("partner_id", widths.id, "The partner at which the person counts"),
        text("partner_name", widths.name, "Name in the roster or profile"),
        text("person", 12, "A number in place of the person's name, by partner"),
        text("credential", 60, "The code of the credential, else its title"),
        text("counts", 8, "Whether the pass counts: yes or no"),
        text("why_not", 44, "Why the pass does not count"),
        date("completed_on", "Day of the pass"),
        date("expires_on", "Last day of the pass"),
        text("groups", 22, "Groups of the rule set that name the credential"),
        text("person_counts_in", 22, "Groups in which the person counts"),
        text("named_partner", widths.id, "The partner that the record names"),
    ];
    DataSheet::new(workbook, styles, "People", columns, 3)
}

/// Writes at most `limit` lines, and tells how many passes have none.
pub(super) fn fill(
    data: &mut DataSheet<'_>,
    presentation: &Presentation<'_>,
    limit: usize,
) -> io::Result<u64> {
    let mut left_out = 0;
    for partners in presentation.selected.chunks(ASKED_AT_ONCE) {
        for (nth, people) in partners.iter().zip(presentation.source.people(partners)) {
            let facts = &presentation.lines.facts[*nth];
            for person in &people {
                let counts_in = person.counts_in.join("; ");
                for pass in &person.passes {
                    if data.rows() >= limit {
                        left_out += 1;
                        continue;
                    }
                    let groups = pass.groups.join("; ");
                    data.write_row([
                        CellValue::text(Some(facts.partner.as_str())),
                        CellValue::text(facts.name.as_deref()),
                        CellValue::text(Some(&person.person)),
                        CellValue::text(Some(&pass.credential)),
                        CellValue::verbatim(Some(if pass.counts { "yes" } else { "no" })),
                        CellValue::text(Some(&pass.why)),
                        CellValue::Date(pass.completed_on),
                        pass.expires_on.map_or(CellValue::Absent, CellValue::Date),
                        CellValue::text(Some(&groups)),
                        CellValue::text(Some(&counts_in)),
                        CellValue::text(Some(&pass.partner_id)),
                    ])?;
                }
            }
        }
    }
    if let Ok(rows @ 1..) = u32::try_from(data.rows()) {
        let no = ConditionalFormatCell::new()
            .set_rule(ConditionalFormatCellRule::EqualTo("no"))
            .set_format(Format::new().set_bold().set_font_color(ORANGE));
        data.sheet.add_conditional_format(1, COUNTS, rows, COUNTS, &no).map_err(failed)?;
    }
    Ok(left_out)
}
