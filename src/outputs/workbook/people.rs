//! The sheet of people: a line for each pass of a person. Comes in: explanations, in which persons are numbered. Goes out: lines. No name and no
//! mail address of a person is part of it.

use std::io;

use rust_xlsxwriter::{ConditionalFormatCell, ConditionalFormatCellRule, Format, Workbook, Worksheet};

use super::sheet::{ColumnKind, DATA_ROWS, DataSheet, SheetColumn, SheetContents, failed};
use super::styles::{ORANGE, Styles};
use crate::outputs::columns::CellValue;
use crate::outputs::explanation::Explanation;

/// The position of the column that says whether a pass counts.
const COUNTS: u16 = 4;

/// The sheet, being written.
pub(super) struct PeopleSheet<'s> {
    data: DataSheet<'s>,
    limit: usize,
    /// Passes that the sheet has no line for.
    left_out: u64,
}

impl<'s> PeopleSheet<'s> {
    pub(super) fn new(
        workbook: &mut Workbook,
        styles: &'s Styles,
        id_width: u16,
    ) -> io::Result<PeopleSheet<'s>> {
        let text = |name, width, what| SheetColumn::new(name, ColumnKind::Text, width, what);
        let date = |name, what| SheetColumn::new(name, ColumnKind::Date, 12, what);
        let columns = vec![
            text("partner_id", id_width, "The partner at which the person counts"),
            text("partner_name", 30, "Name in the roster or profile"),
            text("person", 12, "A number in place of the person's name, by partner"),
            text("credential", 60, "The code of the credential, else its title"),
            text("counts", 8, "Whether the pass counts: yes or no"),
            text("why_not", 44, "Why the pass does not count"),
            date("completed_on", "Day of the pass"),
            date("expires_on", "Last day of the pass"),
            text("groups", 22, "Groups of the rule set that name the credential"),
            text("person_counts_in", 22, "Groups in which the person counts"),
            text("named_partner", id_width, "The partner that the record names"),
        ];
        let data = DataSheet::new(workbook, styles, "People", columns, 3)?;
        Ok(PeopleSheet { data, limit: DATA_ROWS, left_out: 0 })
    }

    /// Writes the lines of a partner.
    pub(super) fn write(&mut self, explanation: &Explanation) -> io::Result<()> {
        for person in &explanation.individuals {
            let counts_in = person.counts_in.join("; ");
            for pass in &person.passes {
                if self.data.rows() >= self.limit {
                    self.left_out += 1;
                    continue;
                }
                let groups = pass.groups.join("; ");
                self.data.write_row([
                    CellValue::text(Some(&explanation.partner_id)),
                    CellValue::text(explanation.partner_name.as_deref()),
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
        Ok(())
    }

    /// The whole sheet, and how many passes it leaves out.
    pub(super) fn finish(mut self) -> io::Result<(Worksheet, SheetContents, u64)> {
        if let Ok(rows @ 1..) = u32::try_from(self.data.rows()) {
            let no = ConditionalFormatCell::new()
                .set_rule(ConditionalFormatCellRule::EqualTo("no"))
                .set_format(Format::new().set_bold().set_font_color(ORANGE));
            self.data.sheet.add_conditional_format(1, COUNTS, rows, COUNTS, &no).map_err(failed)?;
        }
        let (sheet, contents) = self.data.finish()?;
        Ok((sheet, contents, self.left_out))
    }
}
