//! What the workbook holds, and where the rest is. Comes in: what was written of each sheet. Goes out: a list for the summary. It knows no cell of the
//! other sheets.

use std::io;

use rust_xlsxwriter::Url;

use super::canvas::Canvas;
use super::ledger::LedgerExtent;
use super::sheet::{SheetContents, failed};
use super::warnings;
use crate::outputs::presentation::Presentation;

/// What the sheets that may be cut hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct WorkbookExtent {
    pub(super) ledger: LedgerExtent,
    /// Passes that the sheet of people has no line for.
    pub(super) passes_left_out: u64,
    pub(super) has_all_rejects: bool,
}

/// Every sheet of data, in order.
pub(super) struct WorkbookContents {
    sheets: Vec<(SheetContents, String)>,
}

impl WorkbookContents {
    /// Of sheets that are written.
    pub(super) fn new(
        sheets: Vec<SheetContents>,
        presentation: &Presentation<'_>,
        extent: WorkbookExtent,
    ) -> WorkbookContents {
        let WorkbookExtent { ledger, passes_left_out, has_all_rejects } = extent;
        let told = |contents: SheetContents| {
            let mut notes = vec![match contents.name {
                "Partners" => partners(presentation),
                "Months" => "Consumption by month, a line a partner".to_owned(),
                "Ledger" => ledger_note(presentation, ledger),
                "People" if passes_left_out > 0 => {
                    format!(
                        "Passes of persons under numbers; {passes_left_out} have no room: attain explain --all"
                    )
                }
                "People" => "Passes of persons under numbers: what counts, and why not".to_owned(),
                "Rejects" => rejects(presentation, contents.rows, has_all_rejects),
                warnings::NAME => "What is odd, what is covered, what was passed over".to_owned(),
                _ => String::new(),
            }];
            if contents.cut_texts > 0 {
                let cut = contents.cut_texts;
                notes.push(format!("{cut} texts longer than a cell end in …: they are whole in the CSV"));
            }
            (contents, notes.join("; "))
        };
        WorkbookContents { sheets: sheets.into_iter().map(told).collect() }
    }

    /// The sheets.
    pub(super) fn sheets(&self) -> impl Iterator<Item = &SheetContents> {
        self.sheets.iter().map(|(contents, _)| contents)
    }

    /// Writes the list of sheets.
    pub(super) fn list(&self, canvas: &mut Canvas<'_>) -> io::Result<()> {
        let styles = canvas.styles;
        canvas.section("In this workbook")?;
        canvas.heads(&["sheet"], &["lines"])?;
        let about =
            ("About", None, "The rules with their source, each column explained, control totals, inputs");
        let of_data = self.sheets.iter().map(|(sheet, note)| (sheet.name, Some(sheet.rows), note.as_str()));
        for (name, rows, note) in of_data.chain([about]) {
            let link = Url::new(format!("internal:'{name}'!A1")).set_text(name);
            canvas.sheet.write_url(canvas.row, 0, link).map_err(failed)?;
            if let Some(rows) = rows {
                canvas.figure(1, &rows.to_string(), &styles.top_count)?;
            }
            canvas.text(2, note, &styles.text)?;
            canvas.row += 1;
        }
        Ok(())
    }
}

fn partners(presentation: &Presentation<'_>) -> String {
    let (all, shown) = (presentation.lines.facts.len(), presentation.selected.len());
    let filters = presentation.summary.shown.as_ref().map(|shown| shown.filters.join(" "));
    match filters {
        Some(filters) => {
            format!("{shown} of {all} partners; {} are not shown ({filters})", all.saturating_sub(shown))
        }
        None => "The report, a line a partner, to filter and sort".to_owned(),
    }
}

fn ledger_note(presentation: &Presentation<'_>, ledger: LedgerExtent) -> String {
    let shown = presentation.selected.len();
    if ledger.is_whole {
        return format!(
            "What judging made of each credit of the {shown} partners shown; all credits: --ledger ledger.csv"
        );
    }
    let of = ledger.partners;
    format!("The {of} of {shown} partners nearest to a change of their tier; the rest: --ledger ledger.csv")
}

fn rejects(presentation: &Presentation<'_>, rows: usize, is_whole: bool) -> String {
    if is_whole {
        return "What was refused, each with its place and why".to_owned();
    }
    let all = presentation.summary.refused_rows();
    format!("The first {rows} lines; {all} rows were refused in all: --rejects rejects.csv has every line")
}
